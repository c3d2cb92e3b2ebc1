"""A layer in floating point: what the analog layers are compared with."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analogtheory.tiles import Tile
from analogtheory.training.algorithms import Algorithm
from analogtheory.training.checks import matrices, numbers, numbers_per_problem, vectors
from analogtheory.training.settings import Grid

Array = NDArray[Any]


class DigitalSGD(Algorithm):
    """W ← W − lr·d xᵀ exactly, in double precision.

    Parameters
    ----------
    grid : Grid or tuple of int
        (problems, rows, columns).
    lr : float or array (problems,)
        > 0.
    initial : float or array that broadcasts to (problems, rows, columns)
    bound : float, optional
        Weights are cut at ± this after every step: what a finite range alone does.

    Raises
    ------
    InputError
        If an argument cannot be used.

    Examples
    --------
    >>> sgd = DigitalSGD((1, 2), lr=0.1)
    >>> sgd.step([1.0, 0.0], [1.0])
    >>> sgd.effective_weights.tolist()
    [[[-0.1, 0.0]]]
    """

    name = "digital SGD"

    def __init__(
        self,
        grid: Grid | tuple[int, ...],
        *,
        lr: Any,
        initial: ArrayLike = 0.0,
        bound: float | None = None,
    ):
        super().__init__(grid, {"lr": lr, "initial": initial, "bound": bound})
        self._lr = numbers_per_problem("lr", lr, "positive", self.shape[0])
        self._bound = None if bound is None else float(numbers("bound", bound, "positive"))
        self._weights = matrices("initial", initial, self.shape)

    def step(self, x: ArrayLike, d: ArrayLike) -> None:
        """As :meth:`Algorithm.step`; the vectors are summed up, which changes rounding only."""
        inputs, errors = self._lines(x, d)
        self._weights -= (self.factor * self._lr)[:, None, None] * (errors.swapaxes(1, 2) @ inputs)
        if self._bound is not None:
            np.clip(self._weights, -self._bound, self._bound, out=self._weights)
        self.vectors += inputs.shape[1]

    def unchanged_for(self) -> int:
        """1: every vector moves the weights."""
        return 1

    @property
    def effective_weights(self) -> Array:
        """W, a copy."""
        return self._weights.copy()

    def forward(self, x: ArrayLike) -> Array:
        """y = W x, (problems, batch, rows)."""
        given = vectors("x", x, self.shape[0], self.shape[2])
        return np.asarray(given @ self._weights.swapaxes(1, 2))

    def backward(self, d: ArrayLike) -> Array:
        """Wᵀ d, (problems, batch, columns)."""
        return np.asarray(vectors("d", d, self.shape[0], self.shape[1]) @ self._weights)

    def tiles(self) -> dict[str, Tile]:
        """None."""
        return {}

    def _digital(self) -> dict[str, Array]:
        return {"weights": self._weights}
