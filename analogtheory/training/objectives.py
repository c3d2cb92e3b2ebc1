"""What is trained on: streams of inputs and errors, for many problems at once.

==========================  ===========================================================
task                        error d of a vector x, y = W x
==========================  ===========================================================
:class:`LinearRegression`   y − (W* x + s·ξ),  x ~ N(0, I): label noise s
:class:`LeastSquares`       y − t, the pair (x, t) drawn from a table of samples
:class:`LogisticRegression`  σ(y) − label,  label ~ Bernoulli(σ(W* x)), row by row
:class:`Descent`            ∇f(W) + s·ξ of a function of the package, e.g. a quadratic
==========================  ===========================================================

Random numbers have addresses (:mod:`analogtheory.training.randomness`): vector number t of
a problem is the same however a run is cut.
"""

from __future__ import annotations

from analogtheory.training.descent import Descent
from analogtheory.training.regression import (
    LeastSquares,
    LinearRegression,
    LogisticRegression,
    drawn_target,
)
from analogtheory.training.task import Task

__all__ = [
    "Descent",
    "LeastSquares",
    "LinearRegression",
    "LogisticRegression",
    "Task",
    "drawn_target",
]
