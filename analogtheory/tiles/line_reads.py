"""Lines of the conductances that are read between the vectors of a batch."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analogtheory.errors import InputError

Array = NDArray[Any]
Shape = tuple[int, int, int]

#: In place of a line: none is read after this vector.
NONE = -1


@dataclass(frozen=True, eq=False)
class LineReads:
    """Which lines are read after which vectors, and room for what is read.

    Attributes
    ----------
    lines : array of int (vectors,)
        The line that is read after each vector, or :data:`NONE`.
    is_rows : bool
        Whether lines are rows; else they are columns.
    values : array (problems, reads, across)
        The conductances of the lines in the order of the reads; filled in by an update.
    """

    lines: NDArray[np.int64]
    is_rows: bool
    values: Array

    @classmethod
    def none(cls, vectors: int, dtype: Any) -> LineReads:
        """No reads; the same object each time."""
        return _none(vectors, dtype)

    @classmethod
    def of(cls, lines: ArrayLike, is_rows: Any, full: Shape, vectors: int, dtype: Any) -> LineReads:
        """Checked lines of a tile (problems, rows, columns), with room for their values.

        Raises
        ------
        InputError
            If they are not one line of the tile, or −1, for each vector.
        """
        if not isinstance(is_rows, bool | np.bool_):
            raise InputError(f"rows: must be True or False, got {is_rows!r}")
        problems, rows, columns = full
        most, across = (rows, columns) if is_rows else (columns, rows)
        wanted = _lines(lines, vectors, most)
        values = np.empty((problems, np.count_nonzero(wanted != NONE), across), dtype)
        return cls(wanted, bool(is_rows), values)

    @property
    def is_read(self) -> NDArray[np.bool_]:
        """After which vectors a line is read."""
        return np.asarray(self.lines != NONE)

    def of_cells(self, cells: Array) -> Array:
        """The same lines of one array (problems, rows, columns), (problems, reads, across)."""
        lines = in_a_row(self.lines[self.is_read])
        return cells[:, lines] if self.is_rows else cells[:, :, lines].swapaxes(1, 2)

    def begin(self, cells: Array) -> None:
        """Read all lines from the cells (problems, rows, columns) as they are before a batch."""
        if self.values.size:
            self.values[...] = self.of_cells(cells)

    def take(self, cells: Array, vector: int) -> None:
        """Read from the cells as they are after one vector, if a line is to be read."""
        line = self.lines[vector]
        if line != NONE:
            place = np.count_nonzero(self.is_read[:vector])
            self.values[:, place] = cells[:, line] if self.is_rows else cells[:, :, line]


def in_a_row(lines: NDArray[np.int64]) -> Any:
    """An index of these lines: a slice, which is faster, where each follows the one before."""
    count = lines.size
    if not count or (count > 1 and not (lines[1:] == lines[:-1] + 1).all()):
        return lines
    return slice(int(lines[0]), int(lines[0]) + count)


@lru_cache(maxsize=16)
def _none(vectors: int, dtype: Any) -> LineReads:
    return LineReads(np.full(vectors, NONE, dtype=np.int64), False, np.empty((0, 0, 0), dtype))


def _lines(lines: ArrayLike, vectors: int, most: int) -> NDArray[np.int64]:
    given = np.asarray(lines)
    if given.dtype.kind not in "iu" or given.shape != (vectors,):
        raise InputError(
            f"lines: must be {vectors} whole numbers, one for each vector, "
            f"got {given.dtype} of shape {given.shape}"
        )
    wrong = given[(given < NONE) | (given >= most)]
    if wrong.size:
        raise InputError(f"lines: must be from 0 to {most - 1}, or -1 for none, got {wrong[0]}")
    return np.array(given, dtype=np.int64)  # a kernel takes writable arrays only
