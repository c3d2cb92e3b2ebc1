"""Checks of the vectors that a user gives to a tile: every call makes them, so they are quick."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analogtheory.errors import InputError

Array = NDArray[Any]

#: So many numbers are looked at together.
_FEW = 4096


def rate(lr: Any, problems: int) -> Array:
    """lr ≥ 0 of each problem.

    Raises
    ------
    InputError
        If it is negative, not finite, or does not fit.
    """
    if type(lr) is float and 0.0 <= lr < math.inf:
        same = np.empty(problems)
        same.fill(lr)  # np.full takes longer
        return same
    try:
        array = np.asarray(lr, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(f"lr: must be a number ≥ 0, got {lr!r}") from None
    if array.shape not in ((), (problems,)):
        raise InputError(
            f"lr: must be one number or one per problem ({problems}), got {array.shape}"
        )
    if not (np.isfinite(array) & (array >= 0)).all():
        raise InputError(f"lr: must be ≥ 0 and finite, got {lr!r}")
    return np.full(problems, array)


def lines(x: ArrayLike, d: ArrayLike, full: tuple[int, int, int]) -> tuple[Array, Array]:
    """Inputs and errors as (problems, batch, columns) and (problems, batch, rows).

    Whether they are finite is left to what goes through them anyway: see :func:`finite_lines`.

    Raises
    ------
    InputError
        If they do not fit each other or the tile.
    """
    problems, rows, columns = full
    vectors, errors = _vectors("x", x, problems, columns), _vectors("d", d, problems, rows)
    if vectors.shape[1] != errors.shape[1]:
        raise InputError(f"x and d: hold {vectors.shape[1]} and {errors.shape[1]} vectors")
    return _for_each(problems, vectors), _for_each(problems, errors)


def finite_lines(x: Array, d: Array) -> None:
    """Refuse inputs and errors that are not finite.

    Raises
    ------
    InputError
        If one is not.
    """
    _finite("x", x)
    _finite("d", d)


def _finite(name: str, array: Array) -> None:
    if not all_finite(array):
        raise InputError(f"{name}: must be finite, got {array[~np.isfinite(array)].flat[0]}")


def _for_each(problems: int, given: Array) -> Array:
    if len(given) != problems:
        given = np.broadcast_to(given, (problems, *given.shape[1:]))
    return np.ascontiguousarray(given)


def read_vectors(given: ArrayLike, problems: int, length: int) -> tuple[Array, int]:
    """Vectors to read with as (problems or 1, batch, length), and how many axes they had.

    Raises
    ------
    InputError
        If they do not fit, or are not finite.
    """
    name = "the vectors to read"
    array = _vectors(name, given, problems, length)
    _finite(name, array)
    return array, np.ndim(given)


def _vectors(name: str, given: ArrayLike, problems: int, length: int) -> Array:
    try:
        array = np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(f"{name}: must be an array of numbers") from None
    shape = array.shape
    if not 1 <= len(shape) <= 3 or shape[-1] != length:
        raise InputError(
            f"{name}: needs {length} numbers a vector, as ({length},), (batch, {length}) or "
            f"({problems}, batch, {length}); got shape {shape}"
        )
    while array.ndim < 3:
        array = array[None]
    if len(array) not in (1, problems):
        raise InputError(f"{name}: holds {len(array)} problems, the tile {problems}")
    return array


def all_finite(array: Array) -> bool:
    """Whether all numbers are finite; of few it takes less time than looking at each."""
    # a finite sum of squares has finite parts; of many, the library that adds them starts threads
    if array.size <= _FEW and math.isfinite(np.vdot(array, array)):
        return True
    return bool(np.isfinite(array).all())
