"""What the kernels of a pulsed update go through, made of the lines of a batch in one call.

The trains are drawn, and the lines that fire are listed. A dense update visits the blocks with a
row that fires. A sparse one (:mod:`analogtheory.tiles.sparse_source`) takes each row that fires
with its vectors, and columns in *chunks*: a chunk is a vector of neighbours some of which fire,
given by its first column, and by a word with a bit for each column that fires and, 16 bits
further up, one for each of these with x < 0.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from analogtheory.kernels import elementary
from analogtheory.kernels.compiled import compiled
from analogtheory.kernels.numba_statements import HEADER, definition
from analogtheory.kernels.packing import lanes
from analogtheory.tiles.group_source import LANES
from analogtheory.tiles.trains import DRAW, Lines

Array = NDArray[Any]

#: A batch whose arrays take more bytes than this gets new ones each time.
_MOST_KEPT = 2**20

#: An update is sparse if fewer than one in so many cells lies on lines that fire: if no cell gets
#: more than one pulse of a vector, and else. Measured.
SINGLE, OTHERS = 2, 16


class Work(NamedTuple):
    """The arrays that a call fills.

    Attributes
    ----------
    column_bits, row_bits : arrays (problem, vector, word, line) of uint32
        As :class:`analogtheory.tiles.trains.Bits` has them.
    fired, fired_rows : arrays (problem, vector, line) of int32
        The lines that fire, in order.
    fired_count, row_count : arrays (problem, vector) of int64
        How many they are.
    busy : array of int64
        Numbers of the blocks, or if the update is sparse of the rows, that fire in some vector.
    starts : array of int64
        Where the entries of each busy row begin, and where those of the last one end.
    entries : array of int32
        The vectors that fire a row, in their order, row after row.
    chunk_starts, chunk_masks : arrays (problem, vector, chunk) of int32 and uint32
    chunk_places : array (problem, vector, chunk + 1) of int32
        Where the columns of a chunk begin among those that fire.
    chunk_count : array (problem, vector) of int64
    listed : array (problem, vector, column) of uint32
        The columns that fire, times 2, and 1 more where x < 0.
    is_single : array (problem, vector) of uint8
        Whether no cell gets more than one pulse.
    totals : array of int64 (3)
        Cells on lines that fire, over all vectors; whether the update is sparse; the number of
        what is busy.
    """

    column_bits: NDArray[np.uint32]
    row_bits: NDArray[np.uint32]
    fired: NDArray[np.int32]
    fired_rows: NDArray[np.int32]
    fired_count: NDArray[np.int64]
    row_count: NDArray[np.int64]
    busy: NDArray[np.int64]
    starts: NDArray[np.int64]
    entries: NDArray[np.int32]
    chunk_starts: NDArray[np.int32]
    chunk_masks: NDArray[np.uint32]
    chunk_places: NDArray[np.int32]
    chunk_count: NDArray[np.int64]
    listed: NDArray[np.uint32]
    is_single: NDArray[np.uint8]
    totals: NDArray[np.int64]


class Source(NamedTuple):
    """Where the random numbers of trains come from."""

    column_stream: int
    row_stream: int
    first_vector: int
    first_problem: int
    seed: int


class Preparation:
    """Prepares the updates of one tile.

    Parameters
    ----------
    shape : tuple of three int
        (problems, rows, columns).
    precision : int
        32 or 64.
    """

    def __init__(self, shape: tuple[int, int, int], precision: int):
        self._shape, self._lanes = shape, lanes(precision)
        self._blocks = blocks(*shape)
        self._kept: tuple[tuple[int, int], Work] | None = None

    def __call__(
        self, lines: Lines, factors: tuple[Array, Array] | None, words: int, source: Source,
        may_be_sparse: bool,
    ) -> Work:  # fmt: skip
        """Draw and list; the arrays are good until the next call.

        Parameters
        ----------
        lines : Lines
        factors : pair of arrays, optional
            For trains that are not drawn: a cell gets round(column·row) pulses.
        words : int
            Of the longest train.
        source : Source
        may_be_sparse : bool
        """
        work = self._work(lines.lengths.shape[1], 0 if factors else words)
        columns, rows = factors or (lines.columns, lines.rows)
        _kernel()(
            lines.lengths, columns, rows, lines.column_negative, lines.row_negative,
            factors is not None, may_be_sparse, self._lanes, source.column_stream,
            source.row_stream, source.first_vector, source.first_problem,
            source.seed & 0xFFFFFFFF, source.seed >> 32, self._blocks, *work,
        )  # fmt: skip
        return work

    def _work(self, vectors: int, words: int) -> Work:
        if self._kept is not None and self._kept[0] == (vectors, words):
            return self._kept[1]
        work = self._new_work(vectors, words)
        if sum(array.nbytes for array in work) <= _MOST_KEPT:
            self._kept = (vectors, words), work
        return work

    def _new_work(self, vectors: int, words: int) -> Work:
        problems, rows, columns = self._shape
        outer = problems, vectors
        bits = (*outer, words) if words else (1, 1, 1)
        chunks = -(-columns // self._lanes)
        spare = self._lanes
        return Work(
            _padded((*bits, columns if words else 1), np.uint32, spare),
            _padded((*bits, rows if words else 1), np.uint32, spare),
            np.empty((*outer, columns), np.int32),
            np.empty((*outer, rows), np.int32),
            np.empty(outer, np.int64),
            np.empty(outer, np.int64),
            np.empty(max(self._blocks, problems * rows), np.int64),
            np.empty(problems * rows + 1, np.int64),
            np.empty(problems * rows * vectors, np.int32),
            np.empty((*outer, chunks), np.int32),
            np.empty((*outer, chunks), np.uint32),
            np.empty((*outer, chunks + 1), np.int32),
            np.empty(outer, np.int64),
            _padded((*outer, columns), np.uint32, spare),
            np.empty(outer, np.uint8),
            np.empty(3, np.int64),
        )


def _padded(shape: tuple[int, ...], kind: Any, spare: int) -> Array:
    """Zeros, with more behind the last: kernels read whole vectors."""
    size = int(np.prod(shape))
    return np.zeros(size + spare, dtype=kind)[:size].reshape(shape)


def blocks(problems: int, rows: int, columns: int) -> int:
    """How many blocks the kernel divides the cells into."""
    if columns <= LANES:
        return -(-problems * rows // (LANES // columns))
    return problems * rows * -(-columns // LANES)


_ARGUMENTS = {
    "lengths": "int64[:, ::1]", "columns": "float64[:, :, ::1]", "rows": "float64[:, :, ::1]",
    "column_negative": "uint8[:, :, ::1]", "row_negative": "uint8[:, :, ::1]",
    "by_product": "boolean", "may_be_sparse": "boolean", "lanes": "int64",
    "column_stream": "uint64", "row_stream": "uint64", "first_vector": "int64",
    "first_problem": "int64", "key0": "uint64", "key1": "uint64", "blocks": "int64",
    "column_bits": "uint32[:, :, :, ::1]", "row_bits": "uint32[:, :, :, ::1]",
    "fired": "int32[:, :, ::1]", "fired_rows": "int32[:, :, ::1]",
    "fired_count": "int64[:, ::1]", "row_count": "int64[:, ::1]",
    "busy": "int64[::1]", "starts": "int64[::1]", "entries": "int32[::1]",
    "chunk_starts": "int32[:, :, ::1]", "chunk_masks": "uint32[:, :, ::1]",
    "chunk_places": "int32[:, :, ::1]", "chunk_count": "int64[:, ::1]",
    "listed": "uint32[:, :, ::1]", "is_single": "uint8[:, ::1]", "totals": "int64[::1]",
}  # fmt: skip

_LISTS = f"""
@njit(error_model="numpy")
def positive(values, fired, count):
    for p in range(values.shape[0]):
        for v in range(values.shape[1]):
            one, own, found = values[p, v], fired[p, v], 0
            for line in range(values.shape[2]):
                own[U(found)] = line
                found += one[U(line)] > 0.0
            count[p, v] = found

@njit(error_model="numpy")
def largest_value(values, fired, count):
    largest = 0.0
    for k in range(count):
        largest = max(largest, values[fired[k]])
    return largest

@njit(error_model="numpy")
def list_blocks(fired_rows, row_count, rows, columns, blocks, busy):
    height = {LANES} // columns
    parts = (columns + {LANES - 1}) // {LANES}
    is_busy = np.zeros(blocks, np.uint8)
    for p in range(row_count.shape[0]):
        for v in range(row_count.shape[1]):
            for k in range(row_count[p, v]):
                row = p * rows + fired_rows[p, v, k]
                if height > 0:
                    is_busy[row // height] = 1
                else:
                    is_busy[row * parts : (row + 1) * parts] = 1
    found = 0
    for block in range(blocks):
        busy[found] = block
        found += is_busy[block]
    return found

@njit(error_model="numpy")
def list_rows(fired_rows, row_count, rows, busy, starts, entries):
    problems, vectors = row_count.shape
    if vectors == 1:
        found = 0
        for p in range(problems):
            for k in range(row_count[p, 0]):
                busy[found] = p * rows + fired_rows[p, 0, k]
                starts[found], entries[found] = found, 0
                found += 1
        starts[found] = found
        return found
    ends = np.zeros(problems * rows, np.int64)
    for p in range(problems):
        for v in range(vectors):
            for k in range(row_count[p, v]):
                ends[p * rows + fired_rows[p, v, k]] += 1
    found, place = 0, 0
    for row in range(problems * rows):
        busy[found], starts[found] = row, place
        found += ends[row] > 0
        place, ends[row] = place + ends[row], place
    starts[found] = place
    for p in range(problems):
        for v in range(vectors):
            for k in range(row_count[p, v]):
                row = p * rows + fired_rows[p, v, k]
                entries[ends[row]] = v
                ends[row] += 1
    return found

@njit(error_model="numpy")
def list_chunks(lanes, fired, count, negative, starts, masks, places, listed):
    chunk, last = -1, -1
    for k in range(count):
        j = np.int64(fired[k])
        first = j & -lanes
        if first != last:
            last = first
            chunk += 1
            starts[chunk], places[chunk], masks[chunk] = first, k, I(0)
        sign = I(negative[j])
        listed[k] = I(I(j << 1) | sign)
        masks[chunk] |= I(I(I(1) | I(sign << I(16))) << I(j - first))
    places[chunk + 1] = count
    return chunk + 1
"""

_KERNEL = f"""
def kernel({", ".join(_ARGUMENTS)}):
    problems, vectors = lengths.shape
    if by_product:
        positive(columns, fired, fired_count)
        positive(rows, fired_rows, row_count)
    else:
        draw_trains(columns, lengths, column_stream, first_vector, first_problem, key0, key1,
                    column_bits, fired, fired_count)
        draw_trains(rows, lengths, row_stream, first_vector, first_problem, key0, key1,
                    row_bits, fired_rows, row_count)
    candidates, all_single = 0, True
    for p in range(problems):
        for v in range(vectors):
            candidates += fired_count[p, v] * row_count[p, v]
            if by_product:
                column = largest_value(columns[p, v], fired[p, v], fired_count[p, v])
                row = largest_value(rows[p, v], fired_rows[p, v], row_count[p, v])
                is_single[p, v] = column * row < 1.5
            else:
                is_single[p, v] = lengths[p, v] <= 1
            all_single &= is_single[p, v] != 0
    width, height = columns.shape[2], rows.shape[2]
    share = {SINGLE} if all_single else {OTHERS}
    is_sparse = may_be_sparse and share * candidates < problems * vectors * width * height
    totals[0], totals[1] = candidates, is_sparse
    if not is_sparse:
        totals[2] = list_blocks(fired_rows, row_count, height, width, blocks, busy)
        return
    totals[2] = list_rows(fired_rows, row_count, height, busy, starts, entries)
    for p in range(problems):
        for v in range(vectors):
            chunk_count[p, v] = list_chunks(
                lanes, fired[p, v], fired_count[p, v], column_negative[p, v], chunk_starts[p, v],
                chunk_masks[p, v], chunk_places[p, v], listed[p, v],
            )
"""


@cache
def _kernel() -> Callable[..., None]:
    text = "\n\n".join([HEADER, definition(elementary.philox()), DRAW, _LISTS, _KERNEL])
    return compiled(text, _ARGUMENTS).run
