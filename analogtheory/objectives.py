"""What is minimised: an objective, its gradient, and the constants the theorems need.

Scalar objectives are formulas in w, so that every symbolic derivation reaches them:
:class:`ScalarQuadratic`, :class:`FormulaObjective`. Objectives in D dimensions have
array-valued gradients: :class:`SeparableQuadratic`, :class:`Quadratic`,
:class:`LeastSquares`. L is the smoothness constant (A1), μ the strong-convexity constant
(A3) of arXiv:2502.06309. A constant that is not known is None, never guessed.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import sympy
from numpy.typing import ArrayLike, NDArray

from analogtheory.enclosure import (
    Bounds,
    Formula,
    Zero,
    domain_violation,
    enclose_extremum,
    isolate_zeros,
)
from analogtheory.errors import InputError
from analogtheory.exact import exact
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


class ScalarQuadratic(ScalarObjective):
    """f(w) = (h/2)(w − w*)².

    Parameters
    ----------
    curvature : float
        h > 0 (= L = μ).
    minimiser : float
        w*.

    Examples
    --------
    >>> f = ScalarQuadratic(curvature=2, minimiser=0.5)
    >>> f.gradient_expr, float(f.gradient(1.0)), f.smoothness
    (2*w - 1, 1.0, 2.0)
    """

    def __init__(self, curvature: float = 1.0, minimiser: float = 0.5):
        self._h, self._minimiser = exact(curvature), exact(minimiser)
        if self._h <= 0:
            raise InputError(f"curvature: must be a positive number, got {curvature}")
        self.expr = self._h * (WEIGHT - self._minimiser) ** 2 / 2

    @property
    def curvature(self) -> float:
        """h."""
        return float(self._h)

    @property
    def smoothness(self) -> float:
        """L = h."""
        return float(self._h)

    @property
    def strong_convexity(self) -> float:
        """μ = h."""
        return float(self._h)

    @property
    def minimiser(self) -> float:
        """w*."""
        return float(self._minimiser)

    def __repr__(self) -> str:
        return f"ScalarQuadratic(curvature={self.curvature:g}, minimiser={self.minimiser:g})"


class FormulaObjective(ScalarObjective):
    """A scalar objective typed as a formula in w, on a range of weights.

    Parameters
    ----------
    formula : str or sympy.Expr
        f(w), twice differentiable on the range.
    low, high : number
        The range on which smoothness is enclosed and the minimiser is sought.

    Raises
    ------
    InputError
        If the formula cannot be read, is not real and finite on the range, has a kink
        (|·|, max, min), or its minimiser on the range is not unique and interior.

    Examples
    --------
    >>> f = FormulaObjective("(w - 0.5)**2/2 + w**4/4", -1, 1)
    >>> f.minimiser_enclosure.high - f.minimiser_enclosure.low < 1e-12
    True
    >>> round(f.minimiser, 6), f.smoothness_enclosure
    (0.423854, Bounds(low=4.0, high=4.0))
    """

    def __init__(self, formula: str | Expr, low: Any, high: Any):
        if isinstance(formula, str):
            from analogtheory.responses.expressions import parse

            formula = parse(formula, names=(WEIGHT.name,), what="objective")
        self.expr = formula
        self._low, self._high = exact(low), exact(high)
        self._check()

    def _check(self) -> None:
        if self.expr.has(sympy.Abs, sympy.Max, sympy.Min):
            raise InputError(
                f"objective {self.expr}: abs, max and min have kinks; "
                "give a twice differentiable formula"
            )
        if not self.expr.has(WEIGHT):
            raise InputError(f"objective {self.expr}: does not depend on {WEIGHT}")
        for part in (self.expr, sympy.diff(self.expr, WEIGHT, 2)):
            violation = domain_violation(part, WEIGHT, self._low, self._high)
            if violation is not None:
                raise InputError(
                    f"objective {self.expr}: {violation.reason} at w = {violation.point:.6g}, "
                    f"inside the range [{float(self._low):g}, {float(self._high):g}]"
                )
        _ = self.minimiser_enclosure

    def _formula(self, expression: Expr) -> Formula:
        return Formula(expression, WEIGHT, self._low, self._high)

    @cached_property
    def minimiser_enclosure(self) -> Zero:
        """The minimiser on the range, enclosed.

        Every critical point is enclosed; the one with the smallest value must lie below
        all others and below both ends of the range. A minimum of higher order (kind
        ``multiple``) is enclosed to 1e-6 of the range or refused.
        """
        critical = isolate_zeros(self._formula(self.gradient_expr))
        width = float(self._high - self._low)
        minima = [z for z in critical if z.direction > 0 and z.high - z.low < 1e-6 * width]
        if not minima:
            raise InputError(
                f"objective {self.expr}: no minimiser inside the range "
                f"[{float(self._low):g}, {float(self._high):g}]; give a range that contains it"
            )
        best = min(minima, key=lambda zero: float(self.value(zero.value)))
        rivals = [zero.value for zero in critical if zero is not best]
        rivals += [float(self._low), float(self._high)]
        lowest = float(self.value(best.value))
        spread = max(float(self.value(rival)) for rival in rivals) - lowest
        for rival in rivals:
            if float(self.value(rival)) <= lowest + 1e-9 * spread:
                raise InputError(
                    f"objective {self.expr}: the minimiser on the range is not unique "
                    f"(w = {best.value:.6g} and w = {rival:.6g}); narrow the range"
                )
        return best

    @property
    def minimiser(self) -> float:
        """The middle of :attr:`minimiser_enclosure`."""
        return self.minimiser_enclosure.value

    @cached_property
    def smoothness_enclosure(self) -> Bounds:
        """sup |f″| on the range, enclosed."""
        second = self._formula(sympy.diff(self.expr, WEIGHT, 2))
        top, bottom = enclose_extremum(second, "sup"), enclose_extremum(second, "inf")
        low = max(top.low, -bottom.high)
        return Bounds(low, max(top.high, -bottom.low, low))

    @property
    def smoothness(self) -> float:
        """L: the upper end of :attr:`smoothness_enclosure`."""
        return self.smoothness_enclosure.high

    @cached_property
    def strong_convexity(self) -> float | None:
        """μ: a proved lower bound of f″ on the range; None if it is not positive."""
        second = enclose_extremum(self._formula(sympy.diff(self.expr, WEIGHT, 2)), "inf")
        return second.low if second.low > 0 else None

    @cached_property
    def curvature(self) -> float:
        """f″ at the minimiser."""
        second = sympy.lambdify(WEIGHT, sympy.diff(self.gradient_expr, WEIGHT), modules="math")
        return float(second(self.minimiser))

    def __repr__(self) -> str:
        return f"FormulaObjective({str(self.expr)!r}, {self._low}, {self._high})"


class Quadratic(Objective):
    """f(W) = ½(W − W*)ᵀH(W − W*) in D dimensions, H symmetric positive definite.

    Examples
    --------
    >>> f = Quadratic([[2.0, 1.0], [1.0, 2.0]], [0.1, 0.2])
    >>> f.smoothness, f.strong_convexity
    (3.0, 1.0)
    """

    def __init__(self, hessian: ArrayLike, minimiser: ArrayLike):
        self.hessian = np.array(hessian, dtype=np.float64)
        self._minimiser = np.array(minimiser, dtype=np.float64)
        self.dimension = self._minimiser.size
        if self.hessian.shape != (self.dimension, self.dimension):
            raise InputError(
                f"hessian: must have shape ({self.dimension}, {self.dimension}) to go with the "
                f"minimiser, got {self.hessian.shape}"
            )
        if not (np.all(np.isfinite(self.hessian)) and np.all(np.isfinite(self._minimiser))):
            raise InputError("hessian and minimiser: must be finite numbers")
        if not np.allclose(self.hessian, self.hessian.T, rtol=0, atol=1e-12):
            raise InputError("hessian: must be symmetric")
        self._eigenvalues = np.linalg.eigvalsh(self.hessian)
        if self._eigenvalues[0] <= 0:
            raise InputError(
                f"hessian: must be positive definite, its smallest eigenvalue is "
                f"{self._eigenvalues[0]:g}"
            )

    @classmethod
    def generate(
        cls, dimension: int, *, condition: float = 10.0, spread: float = 0.5, seed: int = 0
    ) -> Quadratic:
        """A random quadratic: eigenvalues geometric from 1/condition to 1, random axes.

        The minimiser is uniform on [−spread, spread] in each coordinate.
        """
        if dimension < 1 or condition < 1:
            raise InputError("dimension and condition number: both must be at least 1")
        generator = np.random.Generator(np.random.Philox(seed))
        axes, upper = np.linalg.qr(generator.standard_normal((dimension, dimension)))
        axes *= np.sign(np.diag(upper))
        eigenvalues = np.geomspace(1.0 / condition, 1.0, dimension)
        hessian = (axes * eigenvalues) @ axes.T
        minimiser = generator.uniform(-spread, spread, dimension)
        return cls(0.5 * (hessian + hessian.T), minimiser)

    def value(self, w: ArrayLike) -> Array:
        offset = np.asarray(w, dtype=np.float64) - self._minimiser
        return np.asarray(0.5 * np.einsum("...i,ij,...j->...", offset, self.hessian, offset))

    def gradient(self, w: ArrayLike) -> Array:
        return np.asarray((np.asarray(w, dtype=np.float64) - self._minimiser) @ self.hessian)

    @property
    def smoothness(self) -> float:
        """The largest eigenvalue of H."""
        return float(self._eigenvalues[-1])

    @property
    def strong_convexity(self) -> float:
        """The smallest eigenvalue of H."""
        return float(self._eigenvalues[0])

    @property
    def minimiser(self) -> Array:
        """W*."""
        return self._minimiser


class SeparableQuadratic(Quadratic):
    """f(W) = Σ_d (h_d/2)(W_d − W*_d)²: a quadratic with a diagonal Hessian.

    Examples
    --------
    >>> SeparableQuadratic([1.0, 4.0], [0.0, 0.5]).gradient([1.0, 1.0])
    array([1., 2.])
    """

    def __init__(self, curvatures: ArrayLike, minimiser: ArrayLike):
        h = np.atleast_1d(np.array(curvatures, dtype=np.float64))
        super().__init__(np.diag(h), np.atleast_1d(np.asarray(minimiser, dtype=np.float64)))
        self.curvatures = h

    def gradient(self, w: ArrayLike) -> Array:
        return np.asarray((np.asarray(w, dtype=np.float64) - self._minimiser) * self.curvatures)


class LeastSquares(Objective):
    """f(W) = ‖AW − b‖²/(2N) for N rows of data.

    Parameters
    ----------
    design : array, shape (N, D)
        A.
    targets : array, shape (N,)
        b.

    Notes
    -----
    With linearly dependent columns the minimiser is the one of smallest norm and
    `strong_convexity` is None.

    Examples
    --------
    >>> f = LeastSquares([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]], [1.0, 2.0, 3.0])
    >>> f.minimiser.round(12)
    array([1., 2.])
    """

    def __init__(self, design: ArrayLike, targets: ArrayLike):
        self.design = np.array(design, dtype=np.float64)
        self.targets = np.array(targets, dtype=np.float64)
        if self.design.ndim != 2 or self.targets.shape != self.design.shape[:1]:
            raise InputError(
                "least squares: design must have shape (N, D) and targets (N,), got "
                f"{self.design.shape} and {self.targets.shape}"
            )
        if not (np.all(np.isfinite(self.design)) and np.all(np.isfinite(self.targets))):
            raise InputError("least squares: design and targets must be finite numbers")
        rows, self.dimension = self.design.shape
        self.hessian = self.design.T @ self.design / rows
        self._eigenvalues = np.linalg.eigvalsh(self.hessian)

    def value(self, w: ArrayLike) -> Array:
        residual = np.asarray(w, dtype=np.float64) @ self.design.T - self.targets
        return np.asarray(0.5 * np.mean(residual**2, axis=-1))

    def gradient(self, w: ArrayLike) -> Array:
        residual = np.asarray(w, dtype=np.float64) @ self.design.T - self.targets
        return np.asarray(residual @ self.design / len(self.targets))

    @property
    def smoothness(self) -> float:
        """The largest eigenvalue of AᵀA/N."""
        return float(self._eigenvalues[-1])

    @property
    def strong_convexity(self) -> float | None:
        """The smallest eigenvalue of AᵀA/N, or None if it is 0 to rounding."""
        smallest = float(self._eigenvalues[0])
        return smallest if smallest > 1e-12 * self.smoothness else None

    @cached_property
    def minimiser(self) -> Array:
        """The least-squares solution (of smallest norm)."""
        return np.asarray(np.linalg.lstsq(self.design, self.targets, rcond=None)[0])
