"""Objectives of one weight."""

from __future__ import annotations

from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import sympy
from numpy.typing import NDArray

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
from analogtheory.objectives.objective import ScalarObjective
from analogtheory.responses.formulas import WEIGHT

Array = NDArray[np.float64]
Expr: TypeAlias = sympy.Expr


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
