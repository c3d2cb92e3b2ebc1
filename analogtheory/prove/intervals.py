"""Outward-rounded intervals and their first and second derivatives, over many boxes at once.

The fast tier of :mod:`analogtheory.prove.interval`: NumPy arrays of lower and upper ends,
every operation rounded outwards by one float. What it closes is closed again in Arb.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analogtheory.errors import InputError

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Interval:
    """[low, high] for every box; nan where undefined."""

    low: Any
    high: Any

    def __add__(self, other: Interval) -> Interval:
        return _outward(self.low + other.low, self.high + other.high)

    def __sub__(self, other: Interval) -> Interval:
        return _outward(self.low - other.high, self.high - other.low)

    def __neg__(self) -> Interval:
        return Interval(-self.high, -self.low)

    def __mul__(self, other: Interval) -> Interval:
        ends = [a * b for a in (self.low, self.high) for b in (other.low, other.high)]
        return _outward(reduce(np.minimum, ends), reduce(np.maximum, ends))

    def inverse(self) -> Interval:
        """1/x; undefined where 0 may be a value."""
        bad = (self.low <= 0) & (self.high >= 0)
        low, high = 1.0 / self.high, 1.0 / self.low
        return _outward(np.where(bad, np.nan, low), np.where(bad, np.nan, high))

    def monotone(self, function: Callable[[Any], Any]) -> Interval:
        """An increasing function, whose last digits are not trusted."""
        low, high = function(self.low), function(self.high)
        return _outward(low - 4e-16 * np.abs(low), high + 4e-16 * np.abs(high))

    def power(self, n: int) -> Interval:
        """xⁿ for n ≥ 0."""
        if n == 0:
            return Interval(np.ones_like(self.low), np.ones_like(self.high))
        low, high = np.power(self.low, n), np.power(self.high, n)
        if n % 2 == 0:
            most = np.maximum(low, high)
            least = np.where((self.low <= 0) & (self.high >= 0), 0.0, np.minimum(low, high))
            low, high = least, most
        slack = 1e-15 * n
        return _outward(low - slack * np.abs(low), high + slack * np.abs(high))

    def hull(self, other: Interval) -> Interval:
        """The smallest interval that contains both."""
        return Interval(np.minimum(self.low, other.low), np.maximum(self.high, other.high))

    def where(self, condition: Any, other: Interval) -> Interval:
        """This one where the condition holds, the other elsewhere."""
        return Interval(
            np.where(condition, self.low, other.low), np.where(condition, self.high, other.high)
        )


def _outward(low: Any, high: Any) -> Interval:
    return Interval(np.nextafter(low, -np.inf), np.nextafter(high, np.inf))


def constant(value: Fraction) -> Interval:
    """A rational between two floats."""
    number = np.float64(value.numerator / value.denominator)
    if Fraction(float(number)) == value:
        return Interval(number, number)
    return _outward(number, number)


ZERO, ONE = constant(Fraction(0)), constant(Fraction(1))
_UNKNOWN = Interval(np.float64(-np.inf), np.float64(np.inf))


@dataclass(frozen=True)
class Jet:
    """A value with its first and pure second partial derivatives, each an interval.

    Attributes
    ----------
    value : Interval
    slopes, curvatures : dict of str to Interval
        ∂f/∂x and ∂²f/∂x² by variable; what is missing is 0.
    """

    value: Interval
    slopes: Mapping[str, Interval]
    curvatures: Mapping[str, Interval]

    def __add__(self, other: Jet) -> Jet:
        return Jet(
            self.value + other.value,
            _merge(self.slopes, other.slopes),
            _merge(self.curvatures, other.curvatures),
        )

    def __neg__(self) -> Jet:
        return Jet(
            -self.value,
            {k: -v for k, v in self.slopes.items()},
            {k: -v for k, v in self.curvatures.items()},
        )

    def __sub__(self, other: Jet) -> Jet:
        return self + (-other)

    def __mul__(self, other: Jet) -> Jet:
        slopes = _merge(_times(self.slopes, other.value), _times(other.slopes, self.value))
        bends = _merge(_times(self.curvatures, other.value), _times(other.curvatures, self.value))
        cross = {
            k: constant(Fraction(2)) * s * other.slopes[k]
            for k, s in self.slopes.items()
            if k in other.slopes
        }
        return Jet(self.value * other.value, slopes, _merge(bends, cross))

    def chain(self, value: Interval, first: Interval, second: Interval) -> Jet:
        """g(f) from g, g′ and g″ at f."""
        squares = {k: second * s.power(2) for k, s in self.slopes.items()}
        return Jet(
            value,
            _times(self.slopes, first),
            _merge(_times(self.curvatures, first), squares),
        )

    def where(self, condition: Any, other: Jet) -> Jet:
        """This one where the condition holds, the other elsewhere."""

        def pick(one: Mapping[str, Interval], two: Mapping[str, Interval]) -> dict[str, Interval]:
            return {k: one.get(k, ZERO).where(condition, two.get(k, ZERO)) for k in {*one, *two}}

        return Jet(
            self.value.where(condition, other.value),
            pick(self.slopes, other.slopes),
            pick(self.curvatures, other.curvatures),
        )


def _merge(one: Mapping[str, Interval], two: Mapping[str, Interval]) -> dict[str, Interval]:
    found = {**one, **two}
    for key in one.keys() & two.keys():
        found[key] = one[key] + two[key]
    return found


def _times(parts: Mapping[str, Interval], factor: Interval) -> dict[str, Interval]:
    return {k: part * factor for k, part in parts.items()}


class Jets:
    """The algebra of jets on boxes.

    Parameters
    ----------
    boxes : dict of str to Interval
        Each variable on every box.
    slopes : bool
        Whether derivatives are wanted.
    """

    def __init__(self, boxes: Mapping[str, Interval], *, slopes: bool = True):
        self._boxes, self._slopes = boxes, slopes

    def number(self, value: Fraction) -> Jet:
        """A rational constant."""
        return Jet(constant(value), {}, {})

    def name(self, name: str) -> Jet:
        """A variable."""
        if name not in self._boxes:
            raise InputError(f"{name}: is no symbol of the statement")
        return Jet(self._boxes[name], {name: ONE} if self._slopes else {}, {})

    def call(self, function: str, arguments: list[Jet]) -> Jet:
        """A function value."""
        if function in ("Max", "Min"):
            return reduce(_maximum if function == "Max" else _minimum, arguments)
        (jet,) = arguments
        x = jet.value
        match function:
            case "Abs":
                return _maximum(jet, -jet)
            case "exp":
                g = x.monotone(np.exp)
                return jet.chain(g, g, g)
            case "log":
                inverse = x.inverse()
                return jet.chain(x.monotone(np.log), inverse, -inverse.power(2))
            case "sqrt":
                return self.power(jet, Fraction(1, 2))
            case "tanh":
                g = x.monotone(np.tanh)
                first = ONE - g.power(2)
                return jet.chain(g, first, constant(Fraction(-2)) * g * first)
        up, down = self.call("exp", [jet]), self.call("exp", [-jet])
        half = self.number(Fraction(1, 2))
        return (up - down) * half if function == "sinh" else (up + down) * half

    def power(self, base: Jet, exponent: Fraction) -> Jet:
        """base**exponent."""
        x = base.value
        if exponent.denominator == 1:
            n = exponent.numerator
            if n < 0:
                return self.power(_inverse(base), Fraction(-n))
            lower = [x.power(max(n - k, 0)) for k in range(3)]
            return base.chain(
                lower[0],
                constant(Fraction(n)) * lower[1],
                constant(Fraction(n * (n - 1))) * lower[2],
            )
        if exponent.denominator == 2:
            root = x.monotone(np.sqrt)
            inverse = root.inverse()
            first = constant(Fraction(1, 2)) * inverse
            second = constant(Fraction(-1, 4)) * inverse.power(3)
            return self.power(base.chain(root, first, second), Fraction(exponent.numerator))
        log = self.call("log", [base])
        return self.call("exp", [log * self.number(exponent)])


def _inverse(jet: Jet) -> Jet:
    inverse = jet.value.inverse()
    return jet.chain(inverse, -inverse.power(2), constant(Fraction(2)) * inverse.power(3))


def _maximum(one: Jet, two: Jet) -> Jet:
    """The larger; where neither is, slopes lie between and curvatures are unknown."""
    gap = one.value - two.value
    value = Interval(
        np.maximum(one.value.low, two.value.low), np.maximum(one.value.high, two.value.high)
    )
    keys = {*one.slopes, *two.slopes}
    slopes = {k: one.slopes.get(k, ZERO).hull(two.slopes.get(k, ZERO)) for k in keys}
    mixed = Jet(value, slopes, dict.fromkeys(keys, _UNKNOWN))
    return one.where(gap.low >= 0, two.where(gap.high <= 0, mixed))


def _minimum(one: Jet, two: Jet) -> Jet:
    return -_maximum(-one, -two)
