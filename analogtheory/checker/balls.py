"""Arb series: a formula on a box, with its value, slope and curvature along one variable.

Taylor arithmetic on balls encloses f, f′ and f″ without differentiating a formula.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import flint

from analogtheory.checker.expressions import evaluate
from analogtheory.errors import InputError

Box = dict[str, tuple[Fraction, Fraction]]


def ball(low: Fraction, high: Fraction) -> Any:
    """A ball that contains [low, high]."""
    left, right = _arb(low), _arb(high)
    return left if low == high else left.union(right)


def _arb(value: Fraction) -> Any:
    return flint.arb(flint.fmpq(value.numerator, value.denominator))


def _range_of_power(value: Any, n: int) -> Any:
    """All xⁿ for x in a ball: between those of its ends, and from 0 if n is even and 0 inside."""
    if n == 0:
        return flint.arb(1)
    ends = (value.lower() ** n).union(value.upper() ** n)
    return ends if n % 2 or not value.contains(0) else flint.arb(0).union(ends.abs_upper())


class _Undefined(Exception):
    """A function value or quotient that is not finite on the whole box."""


class Series:
    """The algebra of Taylor series in the distance along one variable.

    All coefficients are nan unless every part of a formula is defined on the whole box,
    also a part that is multiplied by 0.

    Parameters
    ----------
    box : dict
        The ends of every variable.
    along : str or None
        The variable of the series; None for values only.
    order : int
        Number of coefficients: f, f′, f″/2, ….
    """

    def __init__(self, box: Box, along: str | None = None, order: int = 1):
        self._box, self._along, self._order = box, along, order

    def __call__(self, text: str) -> list[Any]:
        """The coefficients, each a ball."""
        with flint.ctx.extraprec(20):
            try:
                series = evaluate(text, self)
            except _Undefined:
                return [flint.arb("nan")] * self._order
            return [series[k] for k in range(self._order)]

    def _defined(self, series: Any) -> Any:
        if not series[0].is_finite():
            raise _Undefined
        return series

    def _series(self, coefficients: list[Any]) -> Any:
        return flint.arb_series(coefficients, prec=self._order)

    def number(self, value: Fraction) -> Any:
        """A rational constant."""
        return self._series([_arb(value)])

    def name(self, name: str) -> Any:
        """A variable on its interval."""
        if name not in self._box:
            raise InputError(f"certificate: the variable {name} has no interval")
        return self._series([ball(*self._box[name]), flint.arb(1 if name == self._along else 0)])

    def call(self, function: str, arguments: list[Any]) -> Any:
        """A function of :data:`analogtheory.checker.expressions.FUNCTIONS`."""
        if function in ("Max", "Min"):
            return self._extremum(function, arguments)
        (argument,) = arguments
        if function == "Abs":
            return self._absolute(argument)
        if function in ("exp", "log", "sqrt"):
            return self._defined(getattr(argument, function)())
        up, down = self._defined(argument.exp()), self._defined((-argument).exp())
        if function == "sinh":
            return (up - down) / 2
        return (up + down) / 2 if function == "cosh" else (up - down) / (up + down)

    def power(self, base: Any, exponent: Fraction) -> Any:
        """base**exponent."""
        if exponent.denominator == 1:
            n = exponent.numerator
            if n >= 0:
                return self._power(base, n)
            if base[0].contains(0):
                raise _Undefined
            return self._power(self._defined(self.number(Fraction(1)) / base), -n)
        if exponent.denominator == 2:
            return self.power(self.call("sqrt", [base]), Fraction(exponent.numerator))
        return (self.call("log", [base]) * self.number(exponent)).exp()

    def _power(self, base: Any, n: int) -> Any:
        """fⁿ, n·fⁿ⁻¹·f′ and n·fⁿ⁻¹·f″/2 + n(n−1)/2·fⁿ⁻²·f′², the powers by their ranges."""
        if n < 2:
            return base**n
        value, lower, least = (_range_of_power(base[0], n - k) for k in range(3))
        bend = n * lower * base[2] + n * (n - 1) // 2 * least * _range_of_power(base[1], 2)
        slope = n * lower * base[1]
        return self._series([value, slope, bend][: self._order])

    def _absolute(self, argument: Any) -> Any:
        value = argument[0]
        if value >= 0:
            return argument
        if value <= 0:
            return -argument
        largest = abs(value).abs_upper()
        rest = self._beyond_a_kink([argument[1], -argument[1]]) if self._order > 1 else []
        return self._series([flint.arb(0).union(largest), *rest])

    def _extremum(self, function: str, arguments: list[Any]) -> Any:
        best = arguments[0]
        for other in arguments[1:]:
            gap = best - other if function == "Max" else other - best
            if gap[0] >= 0:
                continue
            if gap[0] <= 0:
                best = other
            else:
                pick = flint.arb.max if function == "Max" else flint.arb.min
                value = pick(best[0], other[0])
                rest = self._beyond_a_kink([best[1], other[1]]) if self._order > 1 else []
                best = self._series([value, *rest])
        return best

    def _beyond_a_kink(self, slopes: list[Any]) -> list[Any]:
        """The slope lies between those of the sides; there is no curvature."""
        unknown = flint.arb("nan")
        return [slopes[0].union(slopes[1]), *[unknown] * (self._order - 2)]
