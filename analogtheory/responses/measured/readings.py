"""Two columns of readings in units of the observed range, and the change to those units."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import sympy
from numpy.typing import NDArray

from analogtheory.errors import InputError
from analogtheory.responses.formulas import WEIGHT
from analogtheory.responses.measured.table import PulseTable

Array = NDArray[np.float64]

#: Direction s of the pulses, first axis: up, down.
DIRECTION = np.array([[1.0], [-1.0]])
#: Both columns.
BOTH = slice(0, 2)


def rational(value: float, digits: int = 10) -> sympy.Rational:
    """The decimal number of so many significant digits nearest to `value`, exactly."""
    return sympy.Rational(f"{value:.{digits - 1}e}")


@dataclass(frozen=True)
class Frame:
    """The affine change to units of the observed range, w = low + span·u, exactly.

    Attributes
    ----------
    low, span : sympy.Rational
        In the units of the file.
    """

    low: sympy.Rational
    span: sympy.Rational

    @classmethod
    def of(cls, table: PulseTable) -> Frame:
        """The frame of a table, from moving averages over a fortieth of each column.

        Their extremes become u = 0 and u = 1, to six significant digits of the span.

        Raises
        ------
        InputError
            If the readings do not move beyond rounding (1e-9 of their size).
        """
        means = []
        for column in (table.up, table.down):
            width = max(5, column.size // 40)
            window = np.ones(width) / width
            means.append(np.convolve(column, window, mode="valid"))
        low, high = min(m.min() for m in means), max(m.max() for m in means)
        scale = max(abs(low), abs(high))
        if not high - low > 1e-9 * scale:
            raise InputError(
                f"{table.path}: the readings do not move beyond rounding; give the readings "
                "of a device that responds to its pulses"
            )
        digits = 6 + max(0, math.ceil(math.log10(scale / (high - low))))
        return cls(rational(float(low), digits), rational(float(high - low), 6))

    def inside(self, w: Array) -> Array:
        """Conductances w as u."""
        return (w - float(self.low)) / float(self.span)

    def outside(self, u: float) -> float:
        """A state u as a conductance w."""
        return float(self.low) + float(self.span) * u

    @property
    def u(self) -> sympy.Expr:
        """The formula of u in the weight."""
        return (WEIGHT - self.low) / self.span


@dataclass(frozen=True)
class Readings:
    """Two columns of readings in units of the observed range.

    Attributes
    ----------
    values : ndarray, shape (n, 2)
        Padded with zeros beyond the end of the shorter column.
    lengths : tuple of int
        Readings in the up and in the down column.
    """

    values: Array
    lengths: tuple[int, int]

    @classmethod
    def of(cls, up: Array, down: Array) -> Readings:
        """Pad the columns, shapes (n_up,) and (n_down,), to a common length."""
        values = np.zeros((max(up.size, down.size), 2))
        values[: up.size, 0], values[: down.size, 1] = up, down
        return cls(values, (up.size, down.size))

    @cached_property
    def count(self) -> int:
        """Number of readings in both columns."""
        return sum(self.lengths)

    @cached_property
    def unit(self) -> float:
        """The step that crosses the range in the longer column."""
        return 1.0 / max(self.lengths)

    def columns(self) -> list[Array]:
        """The readings of the up and of the down column, without the padding."""
        return [self.values[:n, column] for column, n in enumerate(self.lengths)]

    def segments(self) -> list[tuple[slice, slice]]:
        """(rows, columns) with readings: first both columns, then the longer one alone."""
        short, long = sorted(self.lengths)
        parts = [(slice(0, short), BOTH)]
        if long > short:
            column = int(np.argmax(self.lengths))
            parts.append((slice(short, long), slice(column, column + 1)))
        return parts
