"""What is minimised: an objective, its gradient, and the constants the theorems need.

Scalar objectives are formulas in w, so that every symbolic derivation reaches them:
:class:`ScalarQuadratic`, :class:`FormulaObjective`. Objectives in D dimensions have
array-valued gradients: :class:`SeparableQuadratic`, :class:`Quadratic`,
:class:`LeastSquares`. L is the smoothness constant (A1), μ the strong-convexity constant
(A3) of arXiv:2502.06309. A constant that is not known is None, never guessed.
"""

from __future__ import annotations

from analogtheory.objectives.objective import Objective, ScalarObjective
from analogtheory.objectives.scalar import FormulaObjective, ScalarQuadratic
from analogtheory.objectives.vector import LeastSquares, Quadratic, SeparableQuadratic

__all__ = [
    "FormulaObjective",
    "LeastSquares",
    "Objective",
    "Quadratic",
    "ScalarObjective",
    "ScalarQuadratic",
    "SeparableQuadratic",
]
