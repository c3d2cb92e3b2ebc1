"""Statements of single or double precision executed over intervals: what kernels may compute.

An interval has the results of its ends for ends, in the precision of the kernel: rounding to the
nearest keeps the order of numbers, so that no rounded result is left out, and none is added where
each operand is used once. Words are intervals of whole numbers. Where an interval would hold what
is not a number, or a word of no order, the interval is too long (:class:`TooLong`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from analogtheory.kernels.interpreter import Arithmetic

#: A float of the kernel's precision.
Float: TypeAlias = Any


class TooLong(Exception):
    """Shorter intervals are needed."""


class Reals(NamedTuple):
    """Floats from low to high."""

    low: Float
    high: Float

    @property
    def size(self) -> Float:
        """The largest absolute value."""
        return max(abs(self.low), abs(self.high))


class Words(NamedTuple):
    """Words from low to high."""

    low: int
    high: int


class Pattern(NamedTuple):
    """The words that floats are stored as."""

    reals: Reals


def _hull(*values: Float) -> Reals:
    if any(np.isnan(value) for value in values):
        raise TooLong
    return Reals(min(values), max(values))


def _mul(a: Reals, b: Reals) -> Reals:
    if a is b and a.low < 0 < a.high:  # the square of one name, which is not negative
        return Reals(0 * a.size, a.size * a.size)
    return _hull(*(x * y for x in a for y in b))


def _div(a: Reals, b: Reals) -> Reals:
    if b.low <= 0 <= b.high:
        raise TooLong
    return _hull(*(x / y for x in a for y in b))


def _sqrt(a: Reals) -> Reals:
    if a.low < 0:
        raise TooLong
    return Reals(np.sqrt(a.low), np.sqrt(a.high))


def _select(condition: bool, yes: Reals, no: Reals) -> Reals:
    return yes if condition else no


def _odd(word: Words) -> bool:
    if word.low != word.high:
        raise TooLong
    return bool(word.low & 1)


def _constant(words: Words) -> int:
    if words.low != words.high:
        raise TooLong
    return words.low


def _and(words: Words, mask: Words) -> Words:
    """With a mask of the lowest bits, or of a word that is known."""
    kept = _constant(mask)
    if words.low == words.high:
        return Words(words.low & kept, words.low & kept)
    if kept & (kept + 1):
        raise TooLong
    if words.low // (kept + 1) == words.high // (kept + 1):  # the other bits are the same
        return Words(words.low & kept, words.high & kept)
    return Words(0, kept)


def _or(a: Words, b: Words) -> Words:
    """a | b is a + b where they share no bit, and lies between the larger and a + b in any case."""
    for one, other in ((a, b), (b, a)):
        if one.low == one.high and other.high < (one.low & -one.low):
            return Words(one.low + other.low, one.low + other.high)
    return Words(max(a.low, b.low), a.high + b.high)


def intervals(precision: int) -> Arithmetic:
    """The arithmetic of a kernel of 32 or 64 bits over intervals."""
    real: Callable[..., Float] = {32: np.float32, 64: np.float64}[precision]
    bits: Any = {32: np.uint32, 64: np.uint64}[precision]
    top = 1 << (precision - 1)

    def number(value: float) -> Reals | Words:
        if isinstance(value, int):
            return Words(value, value)
        return Reals(real(value), real(value))

    def stored(value: Float) -> int:
        return int(value.view(bits))

    def words_of(value: Words | Pattern) -> Words:
        if isinstance(value, Words):
            return value
        if value.reals.low < 0:
            raise TooLong
        return Words(*map(stored, value.reals))

    def unbits(value: Words | Pattern) -> Reals:
        if isinstance(value, Pattern):
            return value.reals
        if value.high >= top:
            raise TooLong
        return _hull(*(bits(word).view(real) for word in value))

    def xor(value: Pattern, sign: Words) -> Pattern:
        """Only the sign of a float."""
        changed = _constant(sign)
        if changed not in (0, top):
            raise TooLong
        low, high = value.reals
        return Pattern(Reals(-high, -low) if changed else value.reals)

    def uadd(value: Words | Pattern, other: Words) -> Words:
        a = words_of(value)
        low, high = a.low + other.low, a.high + other.high
        if low >> precision != high >> precision:
            raise TooLong
        return Words(low % (2 * top), high % (2 * top))

    def shifted(value: Words, by: Words) -> Words:
        low, high = (end << _constant(by) for end in value)
        if high >= 2 * top:
            raise TooLong
        return Words(low, high)

    return Arithmetic(
        {
            "add": lambda a, b: _hull(a.low + b.low, a.high + b.high),
            "sub": lambda a, b: _hull(a.low - b.high, a.high - b.low),
            "mul": _mul,
            "div": _div,
            "sqrt": _sqrt,
            "select": _select,
            "odd": _odd,
            "real": lambda a: Reals(*map(real, a)),
            "bits": Pattern,
            "unbits": unbits,
            "uxor": xor,
            "uadd": uadd,
            "uand": lambda a, mask: _and(words_of(a), mask),
            "uor": lambda a, b: _or(words_of(a), b),
            "ushl": shifted,
            "ushr": lambda a, by: Words(*(end >> _constant(by) for end in a)),
        },
        number,
    )
