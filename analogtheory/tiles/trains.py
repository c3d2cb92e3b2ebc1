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
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analogtheory.errors import InputError
from analogtheory.kernels import elementary
from analogtheory.kernels.compiled import compiled
from analogtheory.kernels.numba_statements import HEADER, definition

Array = NDArray[np.float64]

TRAINS = ("stochastic", "deterministic", "mean-count", "expected")

#: A train has at most this many slots.
LONGEST_TRAIN = 1000

#: More expected pulses than this are counted as so many.
_MOST_WANTED = 1e300

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


@dataclass(frozen=True, eq=False)
class Lines:
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
    """

    lengths: NDArray[np.int64]
    columns: Array
    rows: Array
    column_negative: NDArray[np.uint8]
    row_negative: NDArray[np.uint8]
    wanted: Array


def lines_of(x: Array, d: Array, rate: Array, size: Array, trains: Trains) -> Lines:
    """Train lengths and probabilities of a batch.

    Parameters
    ----------
    x, d : arrays (problem, vector, column) and (problem, vector, row)
    rate, size : arrays (problem,)
        lr ≥ 0 and Δw_min > 0.
    trains : Trains
    """
    largest_x, largest_d = np.abs(x).max(axis=2), np.abs(d).max(axis=2)
    with np.errstate(over="ignore"):
        ratio = np.minimum(rate / size, _MOST_WANTED)
        # the larger of the two last: only the product itself may be too large
        wanted = ratio[:, None] * np.minimum(largest_x, largest_d)
        wanted = np.minimum(wanted * np.maximum(largest_x, largest_d), _MOST_WANTED)
    lengths = np.full(wanted.shape, trains.pulses, dtype=np.int64)
    if trains.length_management:
        lengths = np.minimum(np.ceil(wanted * _ROUNDING), trains.pulses).astype(np.int64)
    lengths = np.where(wanted > 0, np.maximum(lengths, 1), 0)
    by_column, by_row = _gains(wanted, lengths, ratio, largest_x, largest_d, trains)
    with np.errstate(divide="ignore", invalid="ignore"):
        parts_x = np.where(largest_x[:, :, None] > 0, np.abs(x) / largest_x[:, :, None], 0.0)
        parts_d = np.where(largest_d[:, :, None] > 0, np.abs(d) / largest_d[:, :, None], 0.0)
    return Lines(
        lengths=lengths,
        columns=by_column[:, :, None] * parts_x,
        rows=by_row[:, :, None] * parts_d,
        column_negative=np.signbit(x).astype(np.uint8),
        row_negative=np.signbit(d).astype(np.uint8),
        wanted=wanted,
    )


def _gains(
    wanted: Array,
    lengths: NDArray[np.int64],
    ratio: Array,
    largest_x: Array,
    largest_d: Array,
    trains: Trains,
) -> tuple[Array, Array]:
    """The largest p and the largest q of each vector: B·X and A·D."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if trains.management:
            cut = np.minimum(wanted, trains.pulses)
            column = np.sqrt(cut / lengths)
            row = column * (wanted / cut)
        else:
            gain = np.sqrt(ratio[:, None] / lengths)
            column = np.minimum(gain * largest_x, _MOST_WANTED)
            row = np.minimum(gain * largest_d, _MOST_WANTED)
    return np.where(lengths > 0, column, 0.0), np.where(lengths > 0, row, 0.0)


def products(lines: Lines, kind: str) -> tuple[Array, Array]:
    """Factors of the columns and the rows: a cell gets round(column·row) pulses."""
    length = lines.lengths[:, :, None].astype(np.float64)
    columns, rows = np.minimum(lines.columns, 1.0), np.minimum(lines.rows, 1.0)
    if kind == "deterministic":
        return columns, length * rows
    safe = np.maximum(length, 1.0)
    return np.rint(length * columns), np.rint(length * rows) / safe


# ---------------------------------------------------------------------- bits

_ARGUMENTS = {
    "probabilities": "float64[:, :, ::1]", "lengths": "int64[:, ::1]", "stream": "uint64",
    "first_vector": "int64", "first_problem": "int64", "key0": "uint64", "key1": "uint64",
    "bits": "uint32[:, :, :, ::1]",
}  # fmt: skip

#: Lines that draw together.
_GROUP = 32

_KERNEL = f"""
def kernel({", ".join(_ARGUMENTS)}):
    problems, vectors, lines = probabilities.shape
    limit = np.zeros({_GROUP}, np.uint64)
    word = np.zeros({_GROUP}, np.uint32)
    for p in range(problems):
        problem = U((first_problem + p) << 8)
        for v in range(vectors):
            vector = U(first_vector + v)
            length = lengths[p, v]
            for start in range(0, lines, {_GROUP}):
                end = min(start + {_GROUP}, lines)
                for l in range(end - start):
                    limit[l] = U(math.ceil(min(probabilities[p, v, start + l], 1.0) * 4294967296.0))
                for q in range((length + 31) // 32):
                    for l in range({_GROUP}):
                        word[l] = I(0)
                    for part in range(8 * q, min(8 * q + 8, (length + 3) // 4)):
                        left = min(length - 4 * part, 4)
                        keep = I((1 << left) - 1)
                        place = I(4 * (part - 8 * q))
                        for l in range({_GROUP}):
                            a, b, c, d = philox(
                                vector, U(start + l), stream, problem | U(part), key0, key1
                            )
                            fires = I(a < limit[l]) | I(I(b < limit[l]) << I(1))
                            fires |= I(I(c < limit[l]) << I(2)) | I(I(d < limit[l]) << I(3))
                            word[l] |= I(I(fires & keep) << place)
                    for l in range(end - start):
                        bits[p, v, q, start + l] = word[l]
"""


@cache
def _kernel() -> Callable[..., None]:
    text = "\n\n".join([HEADER, definition(elementary.philox()), _KERNEL])
    return compiled(text, _ARGUMENTS).run


def draw_bits(
    probabilities: Array,
    lengths: NDArray[np.int64],
    *,
    seed: int,
    stream: int,
    first_vector: int,
    first_problem: int,
) -> NDArray[np.uint32]:
    """The trains of lines as packed words: bit s % 32 of word ⌊s/32⌋ is slot s.

    Slot s of line l fires if word s mod 4 of the counter (vector, l, stream,
    problem·256 + ⌊s/4⌋) is below ⌈p·2³²⌉, that is with probability p to 2⁻³².

    Returns
    -------
    array (problem, vector, word, line) of uint32
    """
    problems, vectors, count = probabilities.shape
    words = max(1, -(-int(lengths.max(initial=1)) // 32))
    bits = np.zeros((problems, vectors, words, count), dtype=np.uint32)
    _kernel()(
        np.ascontiguousarray(probabilities),
        lengths,
        np.uint64(stream),
        first_vector,
        first_problem,
        np.uint64(seed & 0xFFFFFFFF),
        np.uint64(seed >> 32),
        bits,
    )
    return bits


def checked_trains(kind: Any, pulses: Any, management: Any, length_management: Any) -> Trains:
    """The settings of an update.

    Raises
    ------
    InputError
        If one of them cannot be used.
    """
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
