"""Noisy gradient descent of a function as a task."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from analogtheory.errors import InputError
from analogtheory.objectives import Objective, ScalarObjective
from analogtheory.training.algorithms.base import Algorithm
from analogtheory.training.checks import matrices, numbers_per_problem
from analogtheory.training.randomness import DATA, Source
from analogtheory.training.task import Task

Array = NDArray[Any]


class Descent(Task):
    """Gradient steps of a function: each row of W is a point, its gradient gets noise.

    A step is one vector per row: x = ∇f(W_i) + s·ξ, d = e_i. The gradient is that of the
    weights at the start of the step, read without periphery.

    Parameters
    ----------
    shape : tuple of three int
        (problems, rows, columns).
    objective : analogtheory.objectives.Objective
        Of D = columns weights; a scalar one is applied to each weight by itself.
    noise : float or array (problems,)
        s ≥ 0.
    law : str
        Of ξ: "gaussian" or "rademacher" (±1).
    seed, stream : int

    Raises
    ------
    InputError
        If an argument cannot be used.
    """

    def __init__(
        self,
        shape: tuple[int, int, int],
        objective: Objective,
        *,
        noise: Any = 0.0,
        law: str = "gaussian",
        seed: int = 0,
        stream: int = 0,
    ):
        if not isinstance(objective, Objective):
            raise InputError(f"objective: must be an Objective, got {objective!r}")
        if not isinstance(objective, ScalarObjective) and objective.dimension != shape[2]:
            raise InputError(f"objective: has {objective.dimension} weights, a row has {shape[2]}")
        if law not in ("gaussian", "rademacher"):
            raise InputError(f"law {law!r}: use 'gaussian' or 'rademacher'")
        self.shape, self.objective, self.law = shape, objective, law
        self.target = matrices("minimiser", objective.minimiser, shape)
        self.vectors_per_step = shape[1]
        self._noise = numbers_per_problem("noise", noise, "non-negative", shape[0])
        self._source = Source.of(seed, DATA, stream, np.arange(shape[0]))

    def check(self, algorithm: Algorithm) -> None:
        """As :meth:`Task.check`."""
        if algorithm.shape != self.shape:
            raise InputError(f"objective: is for {self.shape}, the algorithm {algorithm.shape}")

    def vectors(self, algorithm: Algorithm, first: int, steps: int) -> tuple[Array, Array]:
        """As :meth:`Task.vectors`."""
        problems, rows, columns = self.shape
        slope = self.objective.gradient(algorithm.effective_weights)
        x = np.repeat(slope[:, None], steps, axis=1)
        if self._noise.any():
            xi = self._source.normal(first + np.arange(steps), rows * columns)
            xi = np.sign(xi) if self.law == "rademacher" else xi
            x = x + self._noise[:, None, None, None] * xi.reshape(x.shape)
        d = np.broadcast_to(np.tile(np.eye(rows), (steps, 1)), (problems, steps * rows, rows))
        return x.reshape(problems, steps * rows, columns), d

    def loss(self, weights: Array) -> Array:
        """f, summed over the rows (and weights of a scalar function), (problems,)."""
        values = self.objective.value(weights)
        return np.asarray(values.reshape(len(values), -1).sum(axis=1))

    def settings(self) -> dict[str, Any]:
        """As :meth:`Task.settings`."""
        return {
            "objective": repr(self.objective), "target": self.target, "law": self.law,
            "noise": self._noise, "source": self._source,
            "slope": self.objective.gradient(np.zeros(self.shape)),
        }  # fmt: skip
