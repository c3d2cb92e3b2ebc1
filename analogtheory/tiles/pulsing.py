"""Applying the trains of a batch to the weights: by a generated kernel, or by NumPy.

The NumPy version goes through the vectors, and for each through the pulses, on whole
arrays: it is the reference that the kernel is tested against, bit by bit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analogtheory.kernels import elementary, elementary_single
from analogtheory.kernels.compiled import Kernel, compiled
from analogtheory.kernels.numpy_printer import numpy_function
from analogtheory.kernels.threads import in_threads
from analogtheory.philox import philox4x32
from analogtheory.tiles import expected_source, kernel_source, sparse_source
from analogtheory.tiles.group_source import normals_per_counter
from analogtheory.tiles.kernel_source import UpdateSource, padded_size
from analogtheory.tiles.line_reads import LineReads
from analogtheory.tiles.prepared import Preparation, Source
from analogtheory.tiles.sparse_source import SparseSource
from analogtheory.tiles.step import Field, Step
from analogtheory.tiles.streams import (
    COLUMN_TRAINS,
    CYCLE_NOISE,
    KINDS,
    REPETITIONS,
    ROW_TRAINS,
    stream_of,
)
from analogtheory.tiles.trains import (
    LONGEST_TRAIN,
    Bits,
    Lines,
    Trains,
    draw_bits,
    products,
)

Array = NDArray[Any]

#: Cells on lines that fired, over all vectors, from which on threads are started.
_WORTH_THREADS = 30_000

#: Trains up to this length share one kernel.
_SHORT = 31


@dataclass(frozen=True, eq=False)
class Batch:
    """The trains of a batch, and where their random numbers come from.

    Attributes
    ----------
    lines : Lines
    trains : Trains
    seed, stream, first_vector, first_problem : int
    reads : LineReads, optional
        Reads between the vectors, which fill in their values.
    """

    lines: Lines
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
    def source(self) -> Source:
        """Where the random numbers of the trains come from."""
        return Source(
            self.stream_of(COLUMN_TRAINS), self.stream_of(ROW_TRAINS), self.first_vector,
            self.first_problem, self.seed,
        )  # fmt: skip

    @property
    def words(self) -> int:
        """Words of the longest train that may be drawn."""
        return -(-self.trains.pulses // 32)

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
            self.lines.columns, lengths, stream=stream_of(COLUMN_TRAINS, self.stream), **common
        )
        rows = draw_bits(
            self.lines.rows, lengths, stream=stream_of(ROW_TRAINS, self.stream), **common
        )
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


class CellFields:
    """The fields of the cells in the layout of the kernels, and the statements of a device.

    Parameters
    ----------
    step : Step
    shape : tuple of three int
        (problems, rows, columns).
    precision : int
        32 or 64.
    """

    def __init__(self, step: Step, shape: tuple[int, int, int], precision: int):
        self.shape, self.precision = shape, precision
        self.dtype = np.dtype(f"float{precision}")
        self.size = int(np.prod(shape))
        self._kernels: dict[str, Kernel] = {}
        self.preparation = Preparation(shape, precision)
        self.arrays: dict[str, tuple[int, int]] = {}
        self.constant_rows: dict[str, tuple[int, int]] = {}
        arrays: list[Array] = []
        constants: list[float] = []
        for field in step.fields:
            if np.ndim(field.up) == 0 and np.ndim(field.down) == 0:
                self.constant_rows[field.name] = _placed(field, constants)
            else:
                self.arrays[field.name] = _placed(field, arrays)
        self.constants = np.array(constants, dtype=self.dtype)
        self.fields = np.zeros((len(arrays), padded_size(self.size)), dtype=self.dtype)
        for row, values in zip(self.fields, arrays, strict=True):
            row[: self.size].reshape(shape)[...] = values
        self.step = step.without_values()  # which are in the rows now

    def field(self, name: str, up: bool = True) -> Array:
        """A field, of shape () or that of the cells."""
        side = 0 if up else 1
        if name in self.constant_rows:
            return np.asarray(self.constants[self.constant_rows[name][side]])
        return self.fields[self.arrays[name][side], : self.size].reshape(self.shape)

    def given(self, up: Array) -> list[Array]:
        """The fields for the directions of the pulses."""
        return [
            np.where(up, self.field(f.name), self.field(f.name, up=False))
            if f.is_sided
            else self.field(f.name)
            for f in self.step.fields
        ]

    def kernel(self, *, is_recording: bool, longest: int) -> Kernel:
        """The compiled kernel of a pulsed update."""
        key = f"pulsed {is_recording} {longest}"
        if key in self._kernels:
            return self._kernels[key]
        source = UpdateSource(
            self.step, self.precision, self.arrays, self.constant_rows, is_recording, longest
        ).source()
        return self._kept(key, compiled(source, kernel_source.arguments(self.precision)))

    def sparse_kernel(self, *, is_recording: bool) -> Kernel:
        """The compiled kernel of a sparse update."""
        key = f"sparse {is_recording}"
        if key in self._kernels:
            return self._kernels[key]
        source = SparseSource(
            self.step, self.precision, self.arrays, self.constant_rows, is_recording
        ).source()
        return self._kept(key, compiled(source, sparse_source.arguments(self.precision)))

    def expected_kernel(self) -> Kernel:
        """The compiled kernel of an expected update."""
        if "expected" in self._kernels:
            return self._kernels["expected"]
        source = expected_source.source(self.step, self.precision, self.arrays, self.constant_rows)
        return self._kept("expected", compiled(source, expected_source.arguments(self.precision)))

    def _kept(self, key: str, kernel: Kernel) -> Kernel:
        self._kernels[key] = Kernel(kernel.run, 0.0)  # its seconds count once
        return kernel


def _ahead(values: Array) -> Array:
    """A copy with room behind it: kernels read whole vectors."""
    room = np.zeros(values.size + 16)
    room[: values.size].reshape(values.shape)[...] = values
    return room[: values.size].reshape(values.shape)


def _placed(field: Field, values: list[Any]) -> tuple[int, int]:
    values.append(field.up)
    if field.is_sided:
        values.append(field.down)
    return len(values) - 1 - field.is_sided, len(values) - 1


# ---------------------------------------------------------------------- kernel


def run_kernel(
    cells: CellFields, weights: Array, touched: NDArray[np.uint32], batch: Batch
) -> tuple[int, float]:
    """Apply a batch to the weights in place.

    Parameters
    ----------
    cells : CellFields
    weights : array, flat and padded as the fields
    touched : array of uint32, flat: number of the last vector that pulsed a cell; or empty
    batch : Batch

    Returns
    -------
    pulses : int
        How many pulses were fired.
    seconds : float
        Of compilation.
    """
    lines, by_product = batch.lines, batch.trains.kind != "stochastic"
    vectors, is_recording = lines.lengths.shape[1], touched.size > 0
    factors = batch.factors if by_product else None
    work = cells.preparation(
        lines, factors, batch.words, batch.source, cells.step.is_noisy and kernel_source.can_pack()
    )
    candidates, is_sparse, count = work.totals.tolist()
    pulses = np.zeros(count + 1, dtype=np.int64)  # of each share, at its beginning
    reads = batch.reads or LineReads.none(vectors, cells.dtype)
    # the kernel visits what has pulses only: all other cells stay as they are
    reads.begin(weights[: cells.size].reshape(cells.shape))
    if is_sparse:
        kernel = cells.sparse_kernel(is_recording=is_recording)
        lists = work.starts, work.entries
        chunks = (
            work.chunk_starts, work.chunk_masks, work.chunk_places, work.chunk_count,
            work.listed, work.fired_count, work.is_single,
        )  # fmt: skip
    else:
        longest = _SHORT if batch.trains.pulses <= _SHORT else LONGEST_TRAIN
        kernel = cells.kernel(is_recording=is_recording, longest=longest)
        lists = ()
        chunks = lines.column_negative, work.fired, work.fired_count
    arguments = (
        work.busy, *lists, *cells.shape, vectors, work.column_bits.shape[2], batch.first_vector,
        batch.stream_of(CYCLE_NOISE), batch.seed & 0xFFFFFFFF, batch.seed >> 32,
        batch.first_problem, by_product, work.column_bits, work.row_bits,
        *(factors or (_NO_VALUES, _NO_VALUES)), lines.row_negative, *chunks,
        weights, cells.fields, cells.constants, touched, pulses,
        reads.lines, reads.is_rows, reads.values,
    )  # fmt: skip
    _in_shares(lambda first, end: kernel.run(first, end, *arguments), count, candidates)
    fired = pulses.sum() if candidates >= _WORTH_THREADS else pulses[0]
    return int(fired), kernel.seconds


#: In place of what the other kind of train has.
_NO_VALUES = np.zeros((1, 1, 1))


# ---------------------------------------------------------------------- NumPy


def run_expected(
    cells: CellFields, weights: Array, x: Array, d: Array, rate: Array, backend: str
) -> float:
    """w ← w ± |rate·x·d|·s(w) vector after vector, in place; the seconds of compilation."""
    scaled = np.ascontiguousarray(rate[:, None, None] * x, dtype=cells.dtype)
    errors = np.array(d, dtype=cells.dtype, order="C")  # a kernel takes writable arrays only
    if backend != "numpy":
        _, rows, columns = cells.shape
        kernel = cells.expected_kernel()
        arguments = (
            rows,
            columns,
            x.shape[1],
            scaled,
            errors,
            weights,
            cells.fields,
            cells.constants,
        )
        _in_shares(
            lambda first, end: kernel.run(first, end, *arguments),
            cells.shape[0] * rows, cells.size * x.shape[1],
        )  # fmt: skip
        return kernel.seconds
    w, expected = weights[: cells.size].reshape(cells.shape), numpy_function(cells.step.expected)
    for vector in range(x.shape[1]):
        product = errors[:, vector, :, None] * scaled[:, vector, None, :]
        up = product < 0
        with np.errstate(all="ignore"):  # outside the range a formula may not be defined
            (w[...],) = expected(w, up, np.abs(product), *cells.given(up))
    return 0.0


def _in_shares(run: Callable[[int, int], None], parts: int, work: int) -> None:
    """In threads, if there is enough work to repay their start."""
    if work < _WORTH_THREADS:
        run(0, parts)
    else:
        in_threads(run, parts)


def run_numpy(cells: CellFields, weights: Array, touched: NDArray[np.uint32], batch: Batch) -> int:
    """As :func:`run_kernel`, pulse by pulse on arrays; returns the number of pulses."""
    w = weights[: cells.size].reshape(cells.shape)
    pulse = numpy_function(cells.step.pulse)
    fired = 0
    for vector in range(batch.lines.lengths.shape[1]):
        counts, up = batch.counts(vector), batch.up(vector)
        fired += int(counts.sum())
        given = cells.given(up)
        for number in range(int(counts.max(initial=0))):
            active = counts > number
            noise = _normals(cells, batch, vector, number) if cells.step.is_noisy else 0.0
            with np.errstate(all="ignore"):  # outside the range a formula may not be defined
                (moved,) = pulse(w, up, noise, *given)
            w[active] = np.broadcast_to(moved, w.shape)[active]
        if touched.size:
            touched.reshape(cells.shape)[counts > 0] = batch.first_vector + vector
        if batch.reads is not None:
            batch.reads.take(w, vector)
    return fired


def _normals(cells: CellFields, batch: Batch, vector: int, number: int) -> Array:
    """ξ of pulse `number` of every cell: see :mod:`analogtheory.tiles.streams`."""
    per = normals_per_counter(cells.precision)
    problems, rows, columns = cells.shape
    counter, place = divmod(number, per)
    problem = (batch.first_problem + np.arange(problems))[:, None, None] * REPETITIONS
    words = philox4x32(
        (
            np.asarray(batch.first_vector + vector),
            np.arange(rows * columns).reshape(rows, columns),
            np.asarray(stream_of(CYCLE_NOISE, batch.stream)),
            problem + counter,
        ),
        (batch.seed & 0xFFFFFFFF, batch.seed >> 32),
    )
    with np.errstate(over="ignore"):  # words are added modulo 2³² or 2⁶⁴
        if per == 4:
            first = 2 * (place // 2)
            return np.asarray(_pair(32)(words[first], words[first + 1])[place % 2])
        return np.asarray(_pair(64)(*(word.astype(np.uint64) for word in words))[place])


@cache
def _pair(precision: int) -> Callable[..., Any]:
    """Two normal numbers from two words, or in double precision from four."""
    function = elementary_single.normal_pair if precision == 32 else elementary.normal_pair
    return numpy_function(function())
