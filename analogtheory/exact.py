"""Numbers as the decimals they are written as, without binary rounding."""

from __future__ import annotations

import math
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

import numpy as np
import sympy

from analogtheory.errors import InputError

_SMALLEST, _LARGEST = Fraction(1, 10**100), Fraction(10**100)


def exact(number: Any) -> sympy.Rational:
    """The rational number that a decimal stands for: 0.8 is 4/5.

    A float is read through its shortest decimal representation, so that the exact value
    is the one a user sees printed.

    Raises
    ------
    InputError
        If it is not a finite real number, or its size lies outside 1e-100 to 1e100.

    Examples
    --------
    >>> exact(0.8), exact("1e-3"), exact(2)
    (4/5, 1/1000, 2)
    """
    if isinstance(number, sympy.Rational):
        return number
    if isinstance(number, np.ndarray) and number.ndim == 0:
        number = number.item()
    if isinstance(number, np.number):
        number = number.item()
    if isinstance(number, bool) or not isinstance(number, int | float | str | Fraction):
        raise InputError(f"{_shown(number)} is not a real number")
    if isinstance(number, float):
        if not math.isfinite(number):
            raise InputError(f"{number} is not a finite number")
        number = repr(number)
    value = _fraction(number) if isinstance(number, str) else Fraction(number)
    if value and not _SMALLEST <= abs(value) <= _LARGEST:
        raise InputError(f"{_shown(number)} is out of scale: use units between 1e-100 and 1e100")
    return sympy.Rational(value.numerator, value.denominator)


def _fraction(text: str) -> Fraction:
    parts = text.strip().split("/")
    try:
        decimals = [Decimal(part) for part in parts]
        if len(parts) > 2 or not all(part.is_finite() for part in decimals):
            raise ValueError
        if any(part and abs(part.adjusted()) > 200 for part in decimals):
            raise InputError(f"{_shown(text)} is out of scale: use units between 1e-100 and 1e100")
        top, bottom = Fraction(decimals[0]), Fraction(decimals[-1]) if len(parts) == 2 else 1
        return top / bottom
    except (ValueError, ZeroDivisionError, InvalidOperation) as problem:
        if isinstance(problem, InputError):
            raise
        raise InputError(f"{_shown(text)} is not a number") from problem


def _shown(number: Any) -> str:
    text = repr(number)
    return text if len(text) <= 40 else text[:37] + "..."
