"""What a family of step sizes is: q₊(u), q₋(u) with a handful of parameters."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable

import numpy as np
import sympy
from numpy.typing import NDArray

from analogtheory.responses.measured.readings import BOTH, DIRECTION

Array = NDArray[np.float64]
Step = Callable[[Array], tuple[Array, Array]]


class Family(ABC):
    """A parametric pair of step sizes q₊(u), q₋(u) on the observed range 0 ≤ u ≤ 1.

    Step sizes are measured in `unit`, the step that crosses the range in one column.
    Where a parameter is weakly determined a normal prior worth a fraction of a nat keeps it
    finite: `prior_mean`, `prior_precision` (shape (size,), (size, size)).

    Attributes
    ----------
    name : str
        What rankings and notes call the family.
    size : int
        Number of its parameters.
    """

    name: str
    size: int

    @property
    def prior_mean(self) -> Array:
        """Mean of the weak prior of the family's parameters, shape (size,)."""
        return np.zeros(self.size)

    @property
    def prior_precision(self) -> Array:
        """Precision matrix of the weak prior, shape (size, size)."""
        return np.zeros((self.size, self.size))

    @abstractmethod
    def step(self, shape: Array, columns: slice = BOTH) -> Step:
        """The map u ↦ (s·q_s(u), its derivative).

        Parameters
        ----------
        shape : ndarray, shape (size, lanes)
            Parameters, one vector per lane.
        columns : slice
            Which of the columns up, down.

        Returns
        -------
        callable
            From u, shape (columns, lanes), to two arrays that broadcast to that shape,
            in `unit`.
        """

    @abstractmethod
    def expression(self, shape: Array, column: int, u: sympy.Expr, unit: float) -> sympy.Expr:
        """q_s(u)·unit with its numbers as short exact rationals.

        Parameters
        ----------
        shape : ndarray, shape (size,)
            Parameters.
        column : int
            0 for up, 1 for down.
        u : sympy.Expr
            The state as a formula in the weight.
        unit : float
            What the formula is multiplied with.

        Returns
        -------
        sympy.Expr
        """

    def applies(self, shape: Array, u: Array) -> NDArray[np.bool_]:
        """At which points u, shape (points,), the formula holds for one `shape`, (size,)."""
        return np.ones(u.shape, dtype=bool)

    def shortened(self, shape: Array) -> tuple[Array, tuple[int, ...]]:
        """The shape with the parameters that must be short fractions rounded, and which.

        The others are then fitted anew, so that the formula is the fit and not near it.
        """
        return shape, ()

    def sizes(self, shape: Array, u: Array) -> Array:
        """q₊ and q₋ in `unit` at the points u, shape (points,), for each lane of `shape`.

        Returns
        -------
        ndarray, shape (2, lanes, points)
        """
        lanes, points = shape.shape[1], u.size
        spread = np.repeat(shape, points, axis=1)
        moved, _ = self.step(spread)(np.tile(u, (2, lanes)))
        return (DIRECTION * np.broadcast_to(moved, (2, lanes * points))).reshape(2, lanes, points)
