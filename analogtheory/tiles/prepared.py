"""What the kernels of a pulsed update go through, made of the vectors of a batch in one call.

Lengths and probabilities of the trains are computed where they are not known yet, the trains are
drawn, and the lines that fire are listed. A dense update visits the blocks with a
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
from analogtheory.tiles.batch import Batch
from analogtheory.tiles.drawing import DRAW
from analogtheory.tiles.group_source import LANES
from analogtheory.tiles.listing import LISTS
from analogtheory.tiles.streams import COLUMN_TRAINS, ROW_TRAINS
from analogtheory.tiles.trains import (
    LINES,
    MAKE_LINES,
    NOT_FINITE,
    VECTORS,
    Lines,
    Vectors,
    empty_lines,
)

Array = NDArray[Any]

#: A batch whose lists and trains take more bytes than this gets new arrays each time.
_MOST_KEPT = 2**20

#: An update is sparse if fewer than one in so many cells lies on lines that fire: if no cell gets
#: more than one pulse of a vector, and else. Measured.
SINGLE, OTHERS = 2, 16


class Work(NamedTuple):
    """The arrays that a call fills.

    Attributes
    ----------
    size : tuple of two int
        Of how many vectors, and words of a train; 0 words if trains are not drawn.
    is_small : bool
        Whether it is worth keeping.
    lines : Lines
        Room for them if they are not known before.
    column_bits, row_bits : arrays (problem, vector, word, line) of uint32
        As :class:`analogtheory.tiles.drawing.Bits` has them.
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
    totals : array of int64 (4)
        Cells on lines that fire, over all vectors; whether the update is sparse; the number of
        what is busy; for how many vectors the longest train is too short, if that was not known,
        or :data:`analogtheory.tiles.trains.NOT_FINITE`: then nothing else is done.
    """

    size: tuple[int, int]
    is_small: bool
    lines: Lines
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
        self._kept: list[Work] = []

    def __getstate__(self) -> dict[str, Any]:
        """Without the arrays: a copy of one has no room behind it."""
        return {**self.__dict__, "_kept": []}

    def __call__(self, batch: Batch, may_be_sparse: bool) -> tuple[Lines, Work]:
        """Draw and list: the lines of a batch, and what was made of them."""
        trains, is_drawn = batch.trains, batch.trains.kind == "stochastic"
        # products, and how many words there are, are made of the lines
        is_known = isinstance(batch.given, Lines) or not is_drawn or trains.pulses > 32
        work = self._work((batch.vectors, batch.words if is_drawn else 0))
        lines = batch.lines if is_known else work.lines
        columns, rows = (lines.columns, lines.rows) if is_drawn else batch.factors
        _kernel()(
            *(_NO_VECTORS if is_known else batch.given),
            trains.pulses, trains.management, trains.length_management,
            lines.lengths, columns, rows, *lines[3:6],
            is_known, not is_drawn, may_be_sparse, self._lanes,
            batch.stream_of(COLUMN_TRAINS), batch.stream_of(ROW_TRAINS), batch.first_vector,
            batch.first_problem, batch.seed & 0xFFFFFFFF, batch.seed >> 32, self._blocks,
            *work[_ARRAYS:],
        )  # fmt: skip
        return lines, work

    def keep(self, work: Work) -> None:
        """Take back what is no longer needed, for a later call.

        What a call that was broken off had is not taken back: a thread may still be at it.
        """
        if work.is_small:
            self._kept = [work]

    def _work(self, size: tuple[int, int]) -> Work:
        try:
            work = self._kept.pop()  # in one step: of several threads only one gets it
        except IndexError:
            return self._new_work(size)
        return work if work.size == size else self._new_work(size)

    def _new_work(self, size: tuple[int, int]) -> Work:
        problems, rows, columns = self._shape
        vectors, words = size
        outer = problems, vectors
        bits = (*outer, words) if words else (1, 1, 1)
        chunks = -(-columns // self._lanes)
        spare = self._lanes
        arrays: tuple[Any, ...] = (
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
            np.empty(4, np.int64),
        )
        is_small = sum(array.nbytes for array in arrays) <= _MOST_KEPT
        lines = empty_lines((*outer, columns), (*outer, rows))
        return Work(size, is_small, lines, *arrays)


#: Where the arrays for the kernel begin in :class:`Work`.
_ARRAYS = 3

#: In place of vectors, where their trains are known.
_NO_VECTORS = Vectors(*np.zeros((2, 1, 1, 1)), *np.zeros((2, 1)))


def _padded(shape: tuple[int, ...], kind: Any, spare: int) -> Array:
    """Zeros, with more behind the last: kernels read whole vectors."""
    size = int(np.prod(shape))
    return np.zeros(size + spare, dtype=kind)[:size].reshape(shape)


def blocks(problems: int, rows: int, columns: int) -> int:
    """How many blocks the kernel divides the cells into."""
    if columns <= LANES:
        return -(-problems * rows // (LANES // columns))
    return problems * rows * -(-columns // LANES)


_ARGUMENTS = VECTORS | LINES | {
    "is_known": "boolean", "by_product": "boolean", "may_be_sparse": "boolean", "lanes": "int64",
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

_KERNEL = f"""
def kernel({", ".join(_ARGUMENTS)}):
    problems, vectors = lengths.shape
    totals[3] = 0
    if not is_known:
        totals[3] = make_lines({", ".join([*VECTORS, *LINES])})
        if totals[3] == {NOT_FINITE}:
            return
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
    text = "\n\n".join([HEADER, definition(elementary.philox()), MAKE_LINES, DRAW, LISTS, _KERNEL])
    return compiled(text, _ARGUMENTS).run
