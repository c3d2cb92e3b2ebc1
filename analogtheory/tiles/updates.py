"""Pulsed updates of a tile: checked, turned into trains, and fired."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analogtheory.errors import InputError
from analogtheory.tiles import checks, streams, vector_checks
from analogtheory.tiles.batch import Batch
from analogtheory.tiles.cell_fields import CellFields
from analogtheory.tiles.cells import Cells
from analogtheory.tiles.group_source import normals_per_counter
from analogtheory.tiles.line_reads import LineReads
from analogtheory.tiles.programming import ORDERS, alternating_lines
from analogtheory.tiles.trains import Lines, Trains, Vectors, checked_trains

Array = NDArray[Any]


class Updates(ABC):
    """What of a :class:`analogtheory.tiles.Tile` changes its weights by pulses."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    seed: int
    stream: int
    first_problem: int
    backend: str
    dw_min: Array
    reference: Array
    vectors: int
    pulses: int
    truncated: int
    _full: tuple[int, int, int]
    _fields: CellFields
    _cells: Cells
    _spread: Array | None

    @abstractmethod
    def _visible(self) -> Any:
        """The weights as they are read, (problems, rows, columns), where the cells are."""

    def update(
        self,
        x: ArrayLike,
        d: ArrayLike,
        lr: Any,
        *,
        pulses: int = 31,
        train: str = "stochastic",
        management: bool = True,
        length_management: bool = True,
    ) -> None:
        """W ← W − lr·d xᵀ by pulses, vector after vector.

        Parameters
        ----------
        x : array, (columns,), (batch, columns) or (problems, batch, columns)
        d : array, (rows,), (batch, rows) or (problems, batch, rows)
        lr : float or array (problems,)
            ≥ 0.
        pulses : int
            Slots of the longest train, 1 to 1000.
        train : str
            "stochastic", "deterministic", "mean-count", or "expected": no pulses and no
            noise, but W ← W + Δ·F(W) − |Δ|·G(W) (2502.06309 eq. (5)). See
            :mod:`analogtheory.tiles.trains`.
        management, length_management : bool
            Update management and update-BL management, as the field defines them.

        Raises
        ------
        InputError
            If shapes do not fit, or a number cannot be used.
        """
        trains = checked_trains(train, pulses, management, length_management)
        self._update(*self._checked(x, d, lr, trains), trains)

    def update_and_read(
        self,
        x: ArrayLike,
        d: ArrayLike,
        lr: Any,
        lines: ArrayLike,
        *,
        rows: bool = False,
        pulses: int = 31,
        train: str = "stochastic",
        management: bool = True,
        length_management: bool = True,
    ) -> Array:
        """As :meth:`update`; after a vector one line of the weights may be read, exactly.

        The bits are those of updates with one vector each and :attr:`weights` between them.
        All of it is one call of the kernel unless there is write noise, the train is
        "expected" or the backend is "cupy": these stop for each read.

        Parameters
        ----------
        x, d, lr, pulses, train, management, length_management
            As for :meth:`update`.
        lines : array of int (batch,)
            Which line is read after each vector; −1 for none.
        rows : bool
            Whether lines are rows; else they are columns.

        Returns
        -------
        array (reads, rows or columns) or (problems, reads, rows or columns)
            The lines that were read, in the order of the reads.

        Raises
        ------
        InputError
            If a line is not one of the tile; else as for :meth:`update`.
        """
        trains = checked_trains(train, pulses, management, length_management)
        columns, errors, rate = self._checked(x, d, lr, trains)
        reads = LineReads.of(lines, rows, self._full, columns.shape[1], self.dtype)
        if self._spread is not None or train == "expected" or self.backend == "cupy":
            self._update_in_parts(columns, errors, rate, trains, reads)
            values = reads.values
        else:
            self._update(columns, errors, rate, trains, reads)
            values = self._less_reference(reads)
        return values if len(self.shape) == 3 else values[0]

    def _checked(
        self, x: ArrayLike, d: ArrayLike, lr: Any, trains: Trains
    ) -> tuple[Array, Array, Array]:
        """Vectors (problems, batch, …) of columns and rows, and the rate of each problem."""
        self._check_length(trains)
        columns, rows = vector_checks.lines(x, d, self._full)
        rate = vector_checks.rate(lr, self._full[0])
        checks.vectors(self.vectors + columns.shape[1])
        return columns, rows, rate

    @cached_property
    def _granularity(self) -> Array:
        """The pulse size that trains are computed with, one per problem."""
        return np.full(self._full[0], checks.granularity(self.dw_min))

    def _update(
        self,
        columns: Array,
        rows: Array,
        rate: Array,
        trains: Trains,
        reads: LineReads | None = None,
    ) -> None:
        size = self._granularity
        if trains.kind == "expected":
            vector_checks.finite_lines(columns, rows)
            self._cells.expect(columns, rows, rate / size)
        else:
            self._fire(Vectors(columns, rows, rate, size), trains, reads)
        self.vectors += columns.shape[1]

    def _update_in_parts(
        self, columns: Array, rows: Array, rate: Array, trains: Trains, reads: LineReads
    ) -> None:
        """Up to each read by itself: where what is read is not what the kernel keeps."""
        vector_checks.finite_lines(columns, rows)  # before a part of them is applied

        def run(first: int, end: int) -> None:
            if first < end:
                inputs = np.ascontiguousarray(columns[:, first:end])
                errors = np.ascontiguousarray(rows[:, first:end])
                self._update(inputs, errors, rate, trains)

        done = 0
        for vector in map(int, np.flatnonzero(reads.is_read)):
            run(done, vector + 1)
            reads.take(self._cells.host(self._visible()), vector)
            done = vector + 1
        run(done, columns.shape[1])

    def _less_reference(self, reads: LineReads) -> Array:
        """Weights in place of the conductances that were read, as :attr:`weights` has them."""
        if not self.reference.any():
            return reads.values
        reference = reads.of_cells(np.broadcast_to(self.reference, self._full))
        return np.asarray(reads.values - reference, dtype=self.dtype)

    def _check_length(self, trains: Trains) -> None:
        """Refuse more pulses of a cell than have an address for their noise."""
        most = normals_per_counter(8 * self.dtype.itemsize) * streams.REPETITIONS
        if self._fields.step.is_noisy and trains.pulses > most:
            raise InputError(
                f"pulses: with cycle noise a tile of {self.dtype.name} takes at most {most} slots, "
                f"got {trains.pulses}"
            )

    def _fire(self, given: Vectors | Lines, trains: Trains, reads: LineReads | None = None) -> None:
        # number 0 of a touched cell means: not pulsed since the weights were set
        batch = Batch(
            given, trains, self.seed, self.stream, self.vectors + 1, self.first_problem, reads
        )
        pulses, truncated = self._cells.fire(batch)
        self.pulses += pulses
        self.truncated += truncated

    def program_symmetric_point(self, pulses: int, order: str = "alternating") -> None:
        """Fire pulses of changing direction at every cell, which takes it to its symmetric point.

        Parameters
        ----------
        pulses : int
            Per cell.
        order : str
            "alternating" (up, down, up, … by the number of the vector, up for the first of a
            new tile) or "random": each direction with probability ½.

        Raises
        ------
        InputError
            If an argument cannot be used.

        Source: zero-shifting, H. Kim et al., arXiv:1907.10228 [recalled]; arXiv:2602.21321
        Algorithm 1 for the random order.
        """
        count = checks.whole("pulses", pulses, 1)
        checks.vectors(self.vectors + count)
        if order not in ORDERS:
            raise InputError(f"order {order!r}: unknown; use one of {', '.join(ORDERS)}")
        trains = Trains("deterministic", 1)
        while count:
            part = min(count, 256)
            lines = alternating_lines(
                self._full,
                part,
                order,
                self.seed,
                self.stream,
                self.vectors + 1,
                self.first_problem,
            )
            self._fire(lines, trains)
            self.vectors += part
            count -= part
