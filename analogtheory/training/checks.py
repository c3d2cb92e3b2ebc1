"""Checks of what a user gives to the algorithms on tiles."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analogtheory.errors import InputError
from analogtheory.tiles.vector_checks import all_finite

Array = NDArray[Any]

#: What a number may be: how the message says it, and the test.
_RULES: dict[str, tuple[str, Callable[[Array], Array]]] = {
    "positive": ("> 0", lambda a: a > 0),
    "non-negative": ("≥ 0", lambda a: a >= 0),
    "probability": ("from 0 to 1", lambda a: (a >= 0) & (a <= 1)),
    "any": ("finite", lambda a: np.isfinite(a)),
}


def numbers(name: str, value: Any, rule: str) -> Array:
    """One number, or a vector of numbers, one per problem.

    Parameters
    ----------
    name : str
        For the message.
    value : float or array (problems,)
    rule : str
        "positive", "non-negative", "probability" or "any".

    Raises
    ------
    InputError
        If it is neither, not finite, or against the rule.

    Examples
    --------
    >>> numbers("lr", 0.5, "positive")
    array(0.5)
    """
    words, holds = _RULES[rule]
    try:
        array = np.array(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(f"{name}: must be numbers {words}, got {value!r}") from None
    if array.ndim > 1 or array.size == 0 or isinstance(value, bool | np.bool_):
        got = f"shape {array.shape}" if array.ndim else repr(value)
        raise InputError(f"{name}: must be one number or one per problem, got {got}")
    bad = ~(np.isfinite(array) & holds(array))
    if bad.any():
        raise InputError(f"{name}: must be {words}, got {array[bad].flat[0]:g}")
    return array


def per_problem(name: str, value: Any, problems: int) -> Array:
    """A checked number as one number per problem, shape (problems,).

    Raises
    ------
    InputError
        If it holds another number of problems.
    """
    array = np.asarray(value, dtype=np.float64)
    if array.ndim and array.shape != (problems,):
        raise InputError(
            f"{name}: holds {array.size} numbers, the algorithm {problems} problems; "
            "give one number, or one per problem"
        )
    return np.array(np.broadcast_to(array, (problems,)))


def numbers_per_problem(name: str, value: Any, rule: str, problems: int) -> Array:
    """:func:`numbers`, then :func:`per_problem`.

    Raises
    ------
    InputError
        As they do.

    Examples
    --------
    >>> numbers_per_problem("lr", 0.5, "positive", 2)
    array([0.5, 0.5])
    """
    return per_problem(name, numbers(name, value, rule), problems)


def whole(name: str, value: Any, low: int) -> int:
    """A whole number that is not below `low`.

    Raises
    ------
    InputError
        Otherwise.
    """
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < low:
        raise InputError(f"{name}: must be a whole number of at least {low}, got {value!r}")
    return int(value)


def flag(name: str, value: Any) -> bool:
    """True or False.

    Raises
    ------
    InputError
        Otherwise.
    """
    if not isinstance(value, bool | np.bool_):
        raise InputError(f"{name}: must be True or False, got {value!r}")
    return bool(value)


def vectors(name: str, given: ArrayLike, problems: int, length: int) -> Array:
    """A batch of vectors as (problems, batch, length).

    Parameters
    ----------
    given : array, (length,), (batch, length) or (problems, batch, length)

    Raises
    ------
    InputError
        If the shape does not fit, or a number is not finite.
    """
    try:
        array = np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(f"{name}: must be an array of numbers") from None
    if array.ndim in (1, 2):
        array = array.reshape(1, -1, array.shape[-1])
    fits = array.ndim == 3 and array.shape[0] in (1, problems) and array.shape[2] == length
    if not fits or array.size == 0:
        raise InputError(
            f"{name}: must be ({length},), (batch, {length}) or ({problems}, batch, {length}), "
            f"got shape {np.shape(given)}"
        )
    if not all_finite(array):
        raise InputError(f"{name}: must be finite, got {array[~np.isfinite(array)].flat[0]}")
    if array.shape[0] != problems:
        array = np.broadcast_to(array, (problems, *array.shape[1:]))
    return np.array(array)


def matrices(name: str, given: ArrayLike, shape: tuple[int, int, int]) -> Array:
    """Numbers that broadcast to (problems, rows, columns), at that shape.

    Raises
    ------
    InputError
        If they do not fit, or one is not finite.
    """
    try:
        array = np.asarray(given, dtype=np.float64)
        full = np.array(np.broadcast_to(array, shape))
    except (TypeError, ValueError):
        raise InputError(
            f"{name}: must be numbers that fit (problems, rows, columns) = {shape}, "
            f"got shape {np.shape(given)}"
        ) from None
    if not np.isfinite(full).all():
        raise InputError(f"{name}: must be finite, got {full[~np.isfinite(full)].flat[0]}")
    return full
