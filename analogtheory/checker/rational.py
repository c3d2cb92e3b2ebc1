"""Exact rational functions over the rationals, and over opaque function values.

``exp(u)``, ``sqrt(u)`` and the like are independent generators: what holds for independent
generators holds for the functions, so nothing false is ever accepted.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import isqrt
from typing import Any

import flint

from analogtheory.checker.expressions import evaluate
from analogtheory.errors import InputError

#: Values of functions at points where they are rational.
_KNOWN = {("exp", 0): 1, ("log", 1): 0, ("sinh", 0): 0, ("cosh", 0): 1, ("tanh", 0): 0}
_MOST_GENERATORS = 60


@dataclass(frozen=True)
class Ratio:
    """numerator/denominator, two polynomials; not reduced."""

    numerator: Any
    denominator: Any

    def __add__(self, other: Ratio) -> Ratio:
        if self.denominator == other.denominator:
            return Ratio(self.numerator + other.numerator, self.denominator)
        return Ratio(
            self.numerator * other.denominator + other.numerator * self.denominator,
            self.denominator * other.denominator,
        )

    def __neg__(self) -> Ratio:
        return Ratio(-self.numerator, self.denominator)

    def __sub__(self, other: Ratio) -> Ratio:
        return self + (-other)

    def __mul__(self, other: Ratio) -> Ratio:
        return Ratio(self.numerator * other.numerator, self.denominator * other.denominator)

    def __truediv__(self, other: Ratio) -> Ratio:
        if other.is_zero:
            raise InputError("certificate: division by zero")
        return Ratio(self.numerator * other.denominator, self.denominator * other.numerator)

    def __pow__(self, exponent: int) -> Ratio:
        if exponent >= 0:
            return Ratio(self.numerator**exponent, self.denominator**exponent)
        if self.is_zero:
            raise InputError("certificate: division by zero")
        return Ratio(self.denominator**-exponent, self.numerator**-exponent)

    @property
    def is_zero(self) -> bool:
        """Whether it is identically 0."""
        return bool(self.numerator.is_zero())

    @property
    def is_polynomial(self) -> bool:
        """Whether it has no denominator."""
        return bool(self.reduced.denominator.is_constant())

    @property
    def reduced(self) -> Ratio:
        """Without common factors, the denominator's leading coefficient 1."""
        common = self.numerator.gcd(self.denominator)
        top, bottom = self.numerator / common, self.denominator / common
        lead = bottom.leading_coefficient()
        return Ratio(top / lead, bottom / lead)

    @property
    def constant(self) -> Fraction | None:
        """The number that it is, if it is one."""
        low = self.reduced
        if low.numerator.is_constant() and low.denominator.is_constant():
            return _fraction(low.numerator) / _fraction(low.denominator)
        return None


def _fraction(polynomial: Any) -> Fraction:
    if polynomial.is_zero():
        return Fraction(0)
    value = polynomial.leading_coefficient()
    return Fraction(int(value.p), int(value.q))


class Rationals:
    """The algebra of rational functions; `values` replaces variables.

    Parameters
    ----------
    values : dict of str to Fraction or Ratio, optional
        Replacements; other variables are generators.
    shared : Rationals, optional
        An algebra whose generators are used, so that values can be combined.
    """

    def __init__(self, values: dict[str, Any] | None = None, shared: Rationals | None = None):
        self._values = values or {}
        if shared is None:
            labels = tuple(f"g{k}" for k in range(_MOST_GENERATORS))
            self._ring = flint.fmpq_mpoly_ctx.get(labels, "degrevlex")
            self._slots: dict[str, int] = {}
        else:
            self._ring, self._slots = shared._ring, shared._slots

    def __call__(self, text: str) -> Ratio:
        """The formula as a rational function."""
        result: Ratio = evaluate(text, self)
        return result

    def number(self, value: Fraction) -> Ratio:
        """A rational constant."""
        rational = flint.fmpq(value.numerator, value.denominator)
        return Ratio(self._ring.constant(rational), self._ring.constant(1))

    def name(self, name: str) -> Ratio:
        """A variable, or what replaces it."""
        value = self._values.get(name)
        if isinstance(value, Ratio):
            return value
        return self._generator(name) if value is None else self.number(Fraction(value))

    def call(self, function: str, arguments: list[Ratio]) -> Ratio:
        """A function value: a number where it is rational, a generator elsewhere."""
        constants = [argument.constant for argument in arguments]
        if all(constant is not None for constant in constants):
            value = _rational_value(function, [c for c in constants if c is not None])
            if value is not None:
                return self.number(value)
        texts = [f"({a.reduced.numerator})/({a.reduced.denominator})" for a in arguments]
        return self._generator(f"{function}({', '.join(sorted(texts))})")

    def power(self, base: Ratio, exponent: Fraction) -> Ratio:
        """base**exponent; a half-integer power is a power of the square root."""
        if exponent.denominator == 1:
            return base**exponent.numerator
        if exponent.denominator == 2:
            return self.call("sqrt", [base]) ** exponent.numerator
        raise InputError(f"certificate: no exact rule for the exponent {exponent}")

    @property
    def generators(self) -> int:
        """How many variables and function values have occurred."""
        return len(self._slots)

    def _generator(self, key: str) -> Ratio:
        slot = self._slots.setdefault(key, len(self._slots))
        if slot >= _MOST_GENERATORS:
            raise InputError(f"certificate: more than {_MOST_GENERATORS} variables")
        return Ratio(self._ring.gen(slot), self._ring.constant(1))

    def names_of(self, polynomial: Any) -> list[dict[str, int]]:
        """The monomials of a polynomial, as exponents by variable."""
        labels = {slot: key for key, slot in self._slots.items()}
        return [
            {labels[k]: int(power) for k, power in enumerate(monomial) if power}
            for monomial in polynomial.monoms()
        ]


def _rational_value(function: str, values: list[Fraction]) -> Fraction | None:
    if function in ("Max", "Min"):
        return max(values) if function == "Max" else min(values)
    (value,) = values
    if (function == "sqrt" and value < 0) or (function == "log" and value <= 0):
        raise InputError(f"certificate: {function}({value}) is not a real number")
    if function == "Abs":
        return abs(value)
    if function == "sqrt":
        top, bottom = isqrt(value.numerator), isqrt(value.denominator)
        square = top * top == value.numerator and bottom * bottom == value.denominator
        return Fraction(top, bottom) if square else None
    known = _KNOWN.get((function, value.numerator)) if value.denominator == 1 else None
    return None if known is None else Fraction(known)
