"""The collocated Koopman operator on one grid, and what is solved with it."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

from analogtheory.stationary.grid import Grid

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Operator:
    """(P h)(x_i) = E[h(T(x_i, ξ))] on the nodes x_i.

    Attributes
    ----------
    grid : Grid
    matrix : array, shape (n, n)
        Rows sum to 1.
    overshoot : array, shape (n,)
        Expected distance, in half-widths of the domain, by which one iteration from node i
        is clipped at a soft end.
    """

    grid: Grid
    matrix: Array
    overshoot: Array


class Solution:
    """The left null vector v of I − P with Σv = 1, so that E_π f = v·f(nodes).

    Bordered by ones: (I − P + 1uᵀ)ᵀv = u for u = 1/n, since vᵀ(I − P) = 0 and vᵀ1 = 1
    (derived here). The same factors solve Poisson's equation.
    """

    def __init__(self, operator: Operator):
        self.operator = operator
        size = operator.grid.size
        border = np.full(size, 1.0 / size)
        bordered = np.eye(size) - operator.matrix + border[None, :]
        norm = float(np.abs(bordered).sum(axis=0).max())
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", linalg.LinAlgWarning)
            self._factors = linalg.lu_factor(bordered, check_finite=False)
        weights = linalg.lu_solve(self._factors, border, trans=1)
        self.weights: Array = np.asarray(weights / weights.sum())
        reciprocal, _ = linalg.lapack.dgecon(self._factors[0], norm)
        #: 1-norm condition number of the bordered I − P (LAPACK's estimate).
        self.condition = float(1.0 / reciprocal) if reciprocal > 0 else np.inf

    @cached_property
    def sum_abs_weights(self) -> float:
        """Σ|v|: 1 for a positive rule; how much an error in f can be amplified."""
        return float(np.abs(self.weights).sum())

    @cached_property
    def clipped(self) -> float:
        """Mean distance clipped at soft ends per iteration, in half-widths of the domain."""
        return abs(float(self.weights @ self.operator.overshoot))

    def expect(self, values: Array) -> float:
        """E_π f from the values of f on the nodes."""
        return float(self.weights @ values)

    def perturbation(self, values: Array) -> float:
        """How much E_π f can change if one iteration ends a half-width off: max h − min h.

        h solves Poisson's equation h − P h = f − E_π f. If P is changed by δP, E_π f
        changes by v·(δP h), to first order in δP.
        """
        centred = values - self.expect(values)
        h = linalg.lu_solve(self._factors, centred)
        return float(h.max() - h.min())
