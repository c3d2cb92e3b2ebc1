"""A formula in one variable on an interval, ready to be enclosed."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Literal, TypeAlias

import flint
import sympy

from analogtheory.enclosure.arithmetic import (
    WHOLE,
    Function,
    Interval,
    add,
    compile_interval,
    exact_interval,
    intersection,
    is_bounded,
    join,
    mul,
)
from analogtheory.enclosure.rational import rational_value

Expr: TypeAlias = sympy.Expr
#: Working precisions, in bits, at which a sign is sought.
_PRECISIONS = (160, 500)


class Formula:
    """A formula in one variable on an interval with exact ends, ready to be enclosed.

    The formula must be real and finite on the interval (:func:`domain_violation` proves
    it): the sign of a derivative says nothing across a pole.

    Parameters
    ----------
    expression : sympy.Expr
        The formula; free of symbols other than `variable`.
    variable : sympy.Symbol
    low, high : sympy.Rational
        Exact ends of the interval, low < high.
    """

    def __init__(self, expression: Expr, variable: sympy.Symbol, low: Expr, high: Expr):
        self.expression, self.variable = expression, variable
        self.low, self.high = sympy.sympify(low), sympy.sympify(high)
        self._value = compile_interval(expression, variable)
        self._slope = _compile_slope(expression, variable)
        left, right = exact_interval(self.low), exact_interval(self.high)
        self.box = Interval(left.low, right.high)
        self._ends = {self.box.low: self.low, self.box.high: self.high}

    def at(self, point: Any) -> Interval:
        """The value at one point; exact at the ends of the range where it is rational."""
        end = self._ends.get(point)
        if end is None:
            return self._value(Interval(point, point))
        exact = rational_value(self.expression, self.variable, Fraction(int(end.p), int(end.q)))
        if exact is not None:
            return exact_interval(sympy.Rational(exact.numerator, exact.denominator))
        # The box may stick out of the range by one rounding; the exact end does not.
        return self._value(exact_interval(end))

    def sign_at(self, point: Any) -> int | None:
        """The proved sign at a point: −1, 0 (exactly zero), +1; None if it stays undecided.

        What working precision cannot tell from 0 is evaluated with 160 and 500 bits.
        """
        value = self.at(point)
        if value.sign():
            return value.sign()
        if value.low.is_zero() and value.high.is_zero():
            return 0
        for bits in _PRECISIONS:
            with flint.ctx.workprec(bits):
                end = self._ends.get(point)
                place = Interval(point, point) if end is None else exact_interval(end)
                sign = compile_interval(self.expression, self.variable)(place).sign()
            if sign:
                return sign
        return None

    def vanishes_at(self, end: Expr) -> bool:
        """Whether the value at an end of the interval is proved to be exactly 0."""
        return self.sign_at(self.box.low if end == self.low else self.box.high) == 0

    def end_at(self, point: Any) -> Literal[-1, 0, 1]:
        """Whether a point is the lower (−1) or the upper end (+1) of the interval."""
        if point == self.box.low:
            return -1
        return 1 if point == self.box.high else 0

    def over(self, box: Interval) -> Interval:
        """An enclosure of the values on `box`."""
        natural = self._value(box)
        slope = self.slope(box)
        if slope.sign() and is_bounded(natural):
            return join(self.at(box.low), self.at(box.high))
        return intersection(natural, self._mean_value(box, slope))

    def slope(self, box: Interval) -> Interval:
        """An enclosure of the derivative on `box`."""
        return self._slope(box)

    def _mean_value(self, box: Interval, slope: Interval) -> Interval:
        centre = middle(box)
        offset = Interval((box.low - centre).lower(), (box.high - centre).upper())
        return add(self.at(centre), mul(slope, offset))


def _compile_slope(expression: Expr, variable: sympy.Symbol) -> Function:
    slope = sympy.diff(expression, variable)
    if slope.has(sympy.DiracDelta, sympy.Derivative):  # a jump: no bound on the derivative
        return lambda x: WHOLE
    return compile_interval(slope, variable)


def middle(box: Interval) -> Any:
    """A point inside the box, near its middle."""
    # Off centre on purpose: zeros of hand-written formulas like to sit at dyadic points.
    return (box.low + (box.high - box.low) * flint.arb(0.4921875)).mid()


def halves(box: Interval) -> tuple[Interval, Interval]:
    """The two parts of a box."""
    centre = middle(box)
    return Interval(box.low, centre), Interval(centre, box.high)


def width(box: Interval) -> float:
    """high − low."""
    return float(box.high - box.low)
