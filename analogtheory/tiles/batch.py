"""The trains of a batch of vectors, and where their random numbers come from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analogtheory.tiles.drawing import Bits, draw_bits
from analogtheory.tiles.line_reads import LineReads
from analogtheory.tiles.streams import COLUMN_TRAINS, KINDS, ROW_TRAINS
from analogtheory.tiles.trains import Lines, Trains, Vectors, lines_of, products

Array = NDArray[Any]


@dataclass(eq=False)
class Batch:
    """The trains of a batch, and where their random numbers come from.

    Attributes
    ----------
    given : Vectors or Lines
        What the trains are made of, or the trains themselves.
    trains : Trains
    seed, stream, first_vector, first_problem : int
    reads : LineReads, optional
        Reads between the vectors, which fill in their values.
    """

    given: Vectors | Lines
    trains: Trains
    seed: int
    stream: int
    first_vector: int
    first_problem: int
    reads: LineReads | None = None

    def stream_of(self, kind: int) -> int:
        """The stream of one kind of random numbers."""
        return kind + KINDS * self.stream

    @property
    def vectors(self) -> int:
        """How many vectors there are."""
        return int(self.given[0].shape[1])

    @cached_property
    def lines(self) -> Lines:
        """Lengths and probabilities of the trains."""
        return self.given if isinstance(self.given, Lines) else lines_of(*self.given, self.trains)

    @property
    def words(self) -> int:
        """Words of the longest train."""
        if self.trains.pulses <= 32:
            return 1
        return max(1, -(-int(self.lines.lengths.max(initial=1)) // 32))

    @cached_property
    def bits(self) -> tuple[Bits, Bits]:
        """The packed trains of the columns and of the rows."""
        common: dict[str, Any] = {
            "seed": self.seed,
            "first_vector": self.first_vector,
            "first_problem": self.first_problem,
        }
        lengths = self.lines.lengths
        columns = draw_bits(
            self.lines.columns, lengths, stream=self.stream_of(COLUMN_TRAINS), **common
        )
        rows = draw_bits(self.lines.rows, lengths, stream=self.stream_of(ROW_TRAINS), **common)
        return columns, rows

    @cached_property
    def factors(self) -> tuple[Array, Array]:
        """Of the two deterministic kinds: round(column·row) pulses."""
        columns, rows = products(self.lines, self.trains.kind)
        return _ahead(columns), _ahead(rows)

    def counts(self, vector: int) -> NDArray[np.int64]:
        """The number of pulses of each cell (problem, row, column) by one vector."""
        if self.trains.kind != "stochastic":
            columns, rows = (factor[:, vector] for factor in self.factors)
            return np.asarray(np.rint(rows[:, :, None] * columns[:, None, :]), dtype=np.int64)
        column_bits, row_bits = (bits.words[:, vector] for bits in self.bits)
        together = row_bits[:, :, :, None] & column_bits[:, :, None, :]
        return np.asarray(np.bitwise_count(together).sum(axis=1, dtype=np.int64))

    def up(self, vector: int) -> NDArray[np.bool_]:
        """Which cells are pulsed up by one vector."""
        columns, rows = self.lines.column_negative[:, vector], self.lines.row_negative[:, vector]
        return np.asarray(rows[:, :, None] != columns[:, None, :])


def _ahead(values: Array) -> Array:
    """A copy with room behind it: kernels read whole vectors."""
    room = np.zeros(values.size + 16)
    room[: values.size].reshape(values.shape)[...] = values
    return room[: values.size].reshape(values.shape)
