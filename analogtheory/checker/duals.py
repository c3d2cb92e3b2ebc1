"""Dual numbers over exact rational functions: the slope of a formula at a point."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from analogtheory.checker.expressions import evaluate
from analogtheory.checker.rational import Ratio, Rationals
from analogtheory.errors import InputError


@dataclass(frozen=True)
class Dual:
    """A value and its derivative along one variable."""

    value: Ratio
    slope: Ratio

    def __add__(self, other: Dual) -> Dual:
        return Dual(self.value + other.value, self.slope + other.slope)

    def __neg__(self) -> Dual:
        return Dual(-self.value, -self.slope)

    def __sub__(self, other: Dual) -> Dual:
        return self + (-other)

    def __mul__(self, other: Dual) -> Dual:
        return Dual(self.value * other.value, self.slope * other.value + self.value * other.slope)


class Duals:
    """The algebra of dual numbers at `variable` = `at`, exact in every other variable."""

    def __init__(self, variable: str, at: Fraction):
        self._variable = variable
        self._rationals = Rationals({variable: at})

    def __call__(self, text: str) -> Dual:
        """The formula and its slope at the point."""
        result: Dual = evaluate(text, self)
        return result

    def _number(self, value: int) -> Ratio:
        return self._rationals.number(Fraction(value))

    def number(self, value: Fraction) -> Dual:
        """A rational constant."""
        return Dual(self._rationals.number(value), self._number(0))

    def name(self, name: str) -> Dual:
        """A variable."""
        slope = 1 if name == self._variable else 0
        return Dual(self._rationals.name(name), self._number(slope))

    def call(self, function: str, arguments: list[Dual]) -> Dual:
        """A smooth function; Abs, Max and Min only where nothing varies."""
        values = [argument.value for argument in arguments]
        value = self._rationals.call(function, values)
        if function != "sqrt" and all(argument.slope.is_zero for argument in arguments):
            return Dual(value, self._number(0))
        if len(arguments) != 1 or function in ("Abs", "Max", "Min"):
            raise InputError(f"certificate: no slope of {function} at a contact point")
        (argument,) = arguments
        if function == "sqrt" and value.is_zero:
            raise InputError("certificate: no slope of sqrt where it is 0")
        return Dual(value, self._derivative(function, argument.value, value) * argument.slope)

    def _derivative(self, function: str, argument: Ratio, value: Ratio) -> Ratio:
        one = self._number(1)
        match function:
            case "exp":
                return value
            case "log":
                return one / argument
            case "sqrt":
                return one / (value + value)
            case "sinh":
                return self._rationals.call("cosh", [argument])
            case "cosh":
                return self._rationals.call("sinh", [argument])
        return one - value * value  # tanh

    def power(self, base: Dual, exponent: Fraction) -> Dual:
        """base**exponent; a half-integer power is a power of the square root."""
        if exponent.denominator == 2:
            return self.power(self.call("sqrt", [base]), Fraction(exponent.numerator))
        value = self._rationals.power(base.value, exponent)
        if base.slope.is_zero or exponent == 0:
            return Dual(value, self._number(0))
        lower = self._rationals.power(base.value, exponent - 1)
        return Dual(value, self._rationals.number(exponent) * lower * base.slope)
