"""What an objective answers, and objectives that are formulas in one weight."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import sympy
from numpy.typing import ArrayLike, NDArray

from analogtheory.enclosure import (
    Formula,
    domain_violation,
    enclose_extremum,
)
from analogtheory.errors import InputError
from analogtheory.responses.formulas import WEIGHT

Array = NDArray[np.float64]
Expr: TypeAlias = sympy.Expr


class Objective(ABC):
    """A function to minimise.

    Attributes
    ----------
    dimension : int
        D, the number of weights.
    """

    dimension: int

    @abstractmethod
    def value(self, w: ArrayLike) -> Array:
        """f(w). Scalar objectives: element-wise; others: w of shape (..., D) → (...)."""

    @abstractmethod
    def gradient(self, w: ArrayLike) -> Array:
        """∇f(w), the shape of w."""

    @property
    @abstractmethod
    def smoothness(self) -> float:
        """L: an upper bound of the Lipschitz constant of the gradient (tight if known)."""

    @property
    @abstractmethod
    def strong_convexity(self) -> float | None:
        """μ > 0, or None if the objective is not known to be strongly convex."""

    @property
    @abstractmethod
    def minimiser(self) -> Any:
        """W*: a float for scalar objectives, else an array of shape (D,)."""


class ScalarObjective(Objective):
    """A scalar objective given by a formula f(w); the gradient is derived from it."""

    dimension = 1
    expr: Expr

    @cached_property
    def gradient_expr(self) -> Expr:
        """f′(w)."""
        slope = sympy.diff(self.expr, WEIGHT)
        # Factored, a multiple zero keeps its place; expanded, it drowns in cancellation.
        return sympy.factor(slope) if slope.is_polynomial(WEIGHT) else slope

    @cached_property
    def _value(self) -> Any:
        return sympy.lambdify(WEIGHT, self.expr, modules="numpy")

    @cached_property
    def _gradient(self) -> Any:
        return sympy.lambdify(WEIGHT, self.gradient_expr, modules="numpy")

    def value(self, w: ArrayLike) -> Array:
        weights = np.asarray(w, dtype=np.float64)
        return np.asarray(self._value(weights) + 0.0 * weights)

    def gradient(self, w: ArrayLike) -> Array:
        weights = np.asarray(w, dtype=np.float64)
        return np.asarray(self._gradient(weights) + 0.0 * weights)

    @property
    @abstractmethod
    def curvature(self) -> float:
        """f″(w*), the curvature at the minimiser."""

    def smoothness_between(self, low: float, high: float) -> float:
        """An upper bound of |f″| on [low, high], which may reach beyond the range.

        Raises
        ------
        InputError
            If f″ is not real and finite there.
        """
        second = sympy.diff(self.expr, WEIGHT, 2)
        ends = (sympy.Rational(low), sympy.Rational(high))
        violation = domain_violation(second, WEIGHT, *ends)
        if violation is not None:
            raise InputError(f"objective {self.expr}: {violation.reason}")
        formula = Formula(second, WEIGHT, *ends)
        return max(enclose_extremum(formula, "sup").high, -enclose_extremum(formula, "inf").low)
