"""Short rationals: those with small numerators and denominators."""

from __future__ import annotations

import itertools
from fractions import Fraction
from math import gcd


def height(value: Fraction) -> int:
    """Length of a rational: |numerator| + denominator, a sign costs one."""
    return 2 * (abs(value.numerator) + value.denominator) + (value < 0)


def simplest(low: Fraction, high: Fraction) -> Fraction:
    """The rational with the smallest denominator between two others.

    Examples
    --------
    >>> simplest(Fraction(31, 100), Fraction(34, 100))
    Fraction(1, 3)
    """
    if low <= 0 <= high:
        return Fraction(0)
    if high < 0:
        return -simplest(-high, -low)
    whole = -(-low.numerator // low.denominator)
    if whole <= high:
        return Fraction(whole)
    below = whole - 1
    return below + 1 / simplest(1 / (high - below), 1 / (low - below))


def _short_rationals(most: int) -> list[Fraction]:
    found = {Fraction(0)}
    for p, q in itertools.product(range(1, most), repeat=2):
        if p + q <= most and gcd(p, q) == 1:
            found |= {Fraction(p, q), Fraction(-p, q)}
    found |= {sign * Fraction(10) ** k for sign in (1, -1) for k in (-3, -2, 2, 3)}
    return sorted(found, key=height)


#: 0, ±1, ±2, ±1/2, …, shortest first.
SHORT = _short_rationals(31)
