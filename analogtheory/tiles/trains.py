"""Stochastic pulse trains of a rank-1 update: their lengths, probabilities and bits.

One vector of a batch asks for W ← W − lr·d xᵀ. With X = max|x_j|, D = max|d_i| and the
pulse size g = Δw_min, the cell that moves most expects

    k = lr·X·D/g

pulses. A train has BL slots; in a slot line j of the columns fires with probability
p_j = B|x_j|, line i of the rows with q_i = A|d_i|, and a cell is pulsed where both do, so
that it expects BL·p_j·q_i = lr|x_j||d_i|/g pulses. Cells of a line share its bits.

=====================  =====================================================================
BL management          BL = min(⌈k⌉, pulses); without it BL = pulses
update management      A = √(lr/(g BL))·√(X/D′), B = √(lr/(g BL))·√(D′/X), D′ = D·min(1,
                       pulses/k): the largest p and q are equal, and where k > pulses only
                       q is cut; without it A = B = √(lr/(g BL))
`stochastic`           n = number of slots in which both lines fire
`deterministic`        n = round(BL·p_j·q_i), p and q cut at 1
`mean-count`           n = round(n_j n_i/BL), n_j = round(BL·p_j) and n_i = round(BL·q_i),
                       cut at BL: the mean counts of the two lines
=====================  =====================================================================

Probabilities above 1 fire always. Source: T. Gokmen & Y. Vlasov, Front. Neurosci. 10, 333
(2016) for the scheme [recalled]; management and the two deterministic trains as aihwkit
1.2.0 computes them, read in its public source.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from analogtheory.errors import InputError
from analogtheory.kernels.compiled import compiled
from analogtheory.kernels.numba_statements import HEADER
from analogtheory.tiles.vector_checks import finite_lines

Array = NDArray[np.float64]

TRAINS = ("stochastic", "deterministic", "mean-count", "expected")

#: A train has at most this many slots.
LONGEST_TRAIN = 1000

#: More expected pulses than this are counted as so many.
_MOST_WANTED = 1e300

#: A train is too short if k is longer by more than rounding.
_SLACK = 1 + 1e-12

#: k this close above a whole number counts as that number.
_ROUNDING = 1.0 - 2.0**-50


@dataclass(frozen=True)
class Trains:
    """How a rank-1 update is turned into pulses.

    Attributes
    ----------
    kind : str
        One of :data:`TRAINS`.
    pulses : int
        The longest train, 1 to 1000.
    management : bool
        Update management.
    length_management : bool
        BL management.
    """

    kind: str = "stochastic"
    pulses: int = 31
    management: bool = True
    length_management: bool = True


class Vectors(NamedTuple):
    """What the trains of a batch are made of.

    Attributes
    ----------
    x, d : arrays (problem, vector, column) and (problem, vector, row)
    rate, size : arrays (problem,)
        lr ≥ 0 and Δw_min > 0.
    """

    x: Array
    d: Array
    rate: Array
    size: Array


class Lines(NamedTuple):
    """The trains of a batch; axes (problem, vector, line).

    Attributes
    ----------
    lengths : array (problem, vector)
        BL; 0 where nothing is to be done.
    columns, rows : arrays
        p_j and q_i.
    column_negative, row_negative : arrays of uint8
        Whether x_j < 0, d_i < 0: a cell is pulsed up where the two differ.
    wanted : array (problem, vector)
        k.
    truncated : int
        For how many vectors the longest train is shorter than k.
    """

    lengths: NDArray[np.int64]
    columns: Array
    rows: Array
    column_negative: NDArray[np.uint8]
    row_negative: NDArray[np.uint8]
    wanted: Array
    truncated: int = 0


def lines_of(x: Array, d: Array, rate: Array, size: Array, trains: Trains) -> Lines:
    """Train lengths and probabilities of a batch, given as in :class:`Vectors`.

    Raises
    ------
    InputError
        If x or d is not finite.
    """
    lines = empty_lines(x.shape, d.shape)
    truncated = np.zeros(1, np.int64)
    settings = trains.pulses, trains.management, trains.length_management
    _lines_kernel()(x, d, rate, size, *settings, *lines[:-1], truncated)
    if truncated[0] == NOT_FINITE:
        finite_lines(x, d)
    return lines._replace(truncated=int(truncated[0]))


def empty_lines(columns: tuple[int, ...], rows: tuple[int, ...]) -> Lines:
    """Room for the lines of so many (problem, vector, column) and (problem, vector, row)."""
    outer = columns[:2]
    return Lines(
        np.empty(outer, np.int64), np.empty(columns), np.empty(rows),
        np.empty(columns, np.uint8), np.empty(rows, np.uint8), np.empty(outer),
    )  # fmt: skip


#: What kernels take to make trains of vectors, and the arrays of :class:`Lines` that they fill.
VECTORS = {
    # what a user gives may be read-only
    "x": "Array(float64, 3, 'C', True)", "d": "Array(float64, 3, 'C', True)",
    "rate": "float64[::1]", "size": "float64[::1]",
    "longest": "int64", "management": "boolean", "length_management": "boolean",
}  # fmt: skip
LINES = {
    "lengths": "int64[:, ::1]", "columns": "float64[:, :, ::1]", "rows": "float64[:, :, ::1]",
    "column_negative": "uint8[:, :, ::1]", "row_negative": "uint8[:, :, ::1]",
    "wanted": "float64[:, ::1]",
}  # fmt: skip

#: In place of a number of vectors: x or d is not finite.
NOT_FINITE = -1

#: A function that fills in the lines of vectors; it returns for how many the longest train is too
#: short, or NOT_FINITE.
MAKE_LINES = f"""
@njit(error_model="numpy")
def largest_of(values):
    # of numbers that are not negative the order is that of their bits; what is none comes last
    largest = U(0)
    for value in values:
        largest = max(largest, bits(abs(value)))
    return unbits(largest)

@njit(error_model="numpy")
def scale(values, largest, gain, scaled, negative):
    for line in range(len(values)):
        part = abs(values[line]) / largest if largest > 0.0 else 0.0
        scaled[line] = gain * part
        negative[line] = math.copysign(1.0, values[line]) < 0.0

@njit(error_model="numpy")
def make_lines({", ".join([*VECTORS, *LINES])}):
    truncated = 0
    for p in range(x.shape[0]):
        ratio = min(rate[p] / size[p], {_MOST_WANTED!r})
        for v in range(x.shape[1]):
            big_x, big_d = largest_of(x[p, v]), largest_of(d[p, v])
            if not (big_x < np.inf and big_d < np.inf):
                return {NOT_FINITE}
            # the larger of the two last: only the product itself may be too large
            k = min(ratio * min(big_x, big_d) * max(big_x, big_d), {_MOST_WANTED!r})
            length = 0
            column = row = 0.0
            if k > 0.0:
                length = longest
                if length_management:
                    length = max(1, int(min(np.ceil(k * {_ROUNDING!r}), float(longest))))
                if management:
                    cut = min(k, float(longest))
                    column = math.sqrt(cut / length)
                    row = column * (k / cut)
                else:
                    gain = math.sqrt(ratio / length)
                    column = min(gain * big_x, {_MOST_WANTED!r})
                    row = min(gain * big_d, {_MOST_WANTED!r})
            wanted[p, v], lengths[p, v] = k, length
            truncated += k > longest * {_SLACK!r}
            scale(x[p, v], big_x, column, columns[p, v], column_negative[p, v])
            scale(d[p, v], big_d, row, rows[p, v], row_negative[p, v])
    return truncated
"""

_KERNEL = f"""
def kernel({", ".join([*VECTORS, *LINES])}, truncated):
    truncated[0] = make_lines({", ".join([*VECTORS, *LINES])})
"""


@cache
def _lines_kernel() -> Callable[..., None]:
    arguments = VECTORS | LINES | {"truncated": "int64[::1]"}
    return compiled("\n\n".join([HEADER, MAKE_LINES, _KERNEL]), arguments).run


def products(lines: Lines, kind: str) -> tuple[Array, Array]:
    """Factors of the columns and the rows: a cell gets round(column·row) pulses."""
    length = lines.lengths[:, :, None].astype(np.float64)
    columns, rows = np.minimum(lines.columns, 1.0), np.minimum(lines.rows, 1.0)
    if kind == "deterministic":
        return columns, length * rows
    safe = np.maximum(length, 1.0)
    return np.rint(length * columns), np.rint(length * rows) / safe


def checked_trains(kind: Any, pulses: Any, management: Any, length_management: Any) -> Trains:
    """The settings of an update.

    Raises
    ------
    InputError
        If one of them cannot be used.
    """
    try:
        return _known_trains(kind, pulses, management, length_management)
    except TypeError:  # what cannot be looked up is looked at
        return _trains(kind, pulses, management, length_management)


def _trains(kind: Any, pulses: Any, management: Any, length_management: Any) -> Trains:
    if kind not in TRAINS:
        raise InputError(f"train {kind!r}: unknown; use one of {', '.join(TRAINS)}")
    if isinstance(pulses, bool) or not isinstance(pulses, int | np.integer):
        raise InputError(
            f"pulses: must be a whole number from 1 to {LONGEST_TRAIN}, got {pulses!r}"
        )
    if not 1 <= pulses <= LONGEST_TRAIN:
        raise InputError(f"pulses: must be from 1 to {LONGEST_TRAIN}, got {pulses}")
    for name, value in (("management", management), ("length_management", length_management)):
        if not isinstance(value, bool | np.bool_):
            raise InputError(f"{name}: must be True or False, got {value!r}")
    return Trains(str(kind), int(pulses), bool(management), bool(length_management))


#: Most updates have the settings of an earlier one; True and 1 are told apart.
_known_trains = lru_cache(maxsize=64, typed=True)(_trains)
