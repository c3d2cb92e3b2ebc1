"""Numbers as the decimals they are written as, without binary rounding."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import sympy

from analogtheory.errors import InputError


def exact(number: Any) -> sympy.Rational:
    """The rational number that a decimal stands for: 0.8 is 4/5.

    A float is read through its shortest decimal representation, so that the exact value
    is the one a user sees printed.

    Raises
    ------
    InputError
        If it is not a finite real number.

    Examples
    --------
    >>> exact(0.8), exact("1e-3"), exact(2)
    (4/5, 1/1000, 2)
    """
    if isinstance(number, sympy.Rational):
        return number
    if isinstance(number, bool) or not isinstance(number, int | float | str | Fraction | np.number):
        if isinstance(number, np.ndarray) and number.ndim == 0:
            return exact(number.item())
        raise InputError(f"{number!r} is not a real number")
    if isinstance(number, np.number):
        number = number.item()
    if isinstance(number, float) and not math.isfinite(number):
        raise InputError(f"{number} is not a finite number")
    try:
        value = Fraction(repr(number) if isinstance(number, float) else number)
    except (ValueError, ZeroDivisionError) as problem:
        raise InputError(f"{number!r} is not a number") from problem
    return sympy.Rational(value.numerator, value.denominator)
