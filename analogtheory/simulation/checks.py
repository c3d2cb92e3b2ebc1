"""Checks of numbers that the parts of a simulation share."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from analogtheory.errors import InputError


def whole(name: str, value: Any, low: int, high: int | None = None) -> int:
    """A whole number in [low, high].

    Raises
    ------
    InputError
        Otherwise.
    """
    right = f"at least {low}" if high is None else f"from {low} to {high}"
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise InputError(f"{name}: must be a whole number {right}, got {value!r}")
    if value < low or (high is not None and value > high):
        raise InputError(f"{name}: must be {right}, got {value}")
    return int(value)


def reals(name: str, value: Any, *, positive: bool = False) -> Any:
    """A number as by :func:`real`, or an array of them as nested tuples.

    Raises
    ------
    InputError
        If one of them is not finite, or not ≥ 0 (> 0 if it must be positive).
    """
    if np.ndim(value) == 0 and not isinstance(value, np.ndarray):
        return real(name, value, positive=positive)
    array = np.asarray(value)
    if array.dtype.kind not in "iuf" or array.size == 0:
        raise InputError(f"{name}: must be a number or an array of numbers")
    wrong = ~np.isfinite(array) | (array < 0) | (positive & (array == 0))
    if wrong.any():
        right = "positive numbers" if positive else "numbers ≥ 0"
        raise InputError(f"{name}: must hold {right}, got {array[wrong].flat[0]}")
    return _tuples(array.astype(np.float64).tolist())


def _tuples(nested: Any) -> Any:
    return tuple(map(_tuples, nested)) if isinstance(nested, list) else nested


def real(name: str, value: Any, *, positive: bool = False) -> float:
    """A finite number ≥ 0, or > 0 if it must be positive.

    Raises
    ------
    InputError
        Otherwise.
    """
    right = "a positive number" if positive else "a number ≥ 0"
    is_number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    if not is_number or not math.isfinite(value) or value < 0 or (positive and value == 0):
        raise InputError(f"{name}: must be {right}, got {value!r}")
    return float(value)
