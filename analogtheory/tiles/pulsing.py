"""Applying the trains of a batch to the weights: by a generated kernel, or by NumPy.

The NumPy version goes through the vectors, and for each through the pulses, on whole
arrays: it is the reference that the kernel is tested against, bit by bit.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analogtheory.kernels import elementary, elementary_single
from analogtheory.kernels.numpy_printer import numpy_function
from analogtheory.kernels.threads import in_threads
from analogtheory.philox import philox4x32
from analogtheory.tiles import kernel_source
from analogtheory.tiles.batch import Batch
from analogtheory.tiles.cell_fields import CellFields
from analogtheory.tiles.group_source import normals_per_counter
from analogtheory.tiles.line_reads import LineReads
from analogtheory.tiles.streams import CYCLE_NOISE, REPETITIONS, stream_of
from analogtheory.tiles.trains import LONGEST_TRAIN, NOT_FINITE
from analogtheory.tiles.vector_checks import finite_lines

Array = NDArray[Any]

#: Cells on lines that fired, over all vectors, from which on threads are started.
_WORTH_THREADS = 30_000

#: Trains up to this length share one kernel.
_SHORT = 31


# ---------------------------------------------------------------------- kernel


def run_kernel(
    cells: CellFields, weights: Array, touched: NDArray[np.uint32], batch: Batch
) -> tuple[int, int, float]:
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
    truncated : int
        For how many vectors the longest train is too short.
    seconds : float
        Of compilation.

    Raises
    ------
    InputError
        If a vector is not finite.
    """
    is_recording, by_product = touched.size > 0, batch.trains.kind != "stochastic"
    lines, work = cells.preparation(batch, kernel_source.packs(cells.step))
    candidates, is_sparse, count, truncated = work.totals.tolist()
    if truncated == NOT_FINITE:
        finite_lines(*batch.given[:2])
    pulses = np.zeros(count + 1, dtype=np.int64)  # of each share, at its beginning
    reads = batch.reads
    if reads is None:
        reads = LineReads.none(batch.vectors, cells.dtype)
    else:  # the kernel visits what has pulses only: all other cells stay as they are
        reads.begin(weights[: cells.size].reshape(cells.shape))
    lists: tuple[Array, ...] = ()
    columns: tuple[Array, ...] = lines.column_negative, work.fired, work.fired_count
    if is_sparse:
        kernel = cells.sparse_kernel(is_recording=is_recording)
        lists = work.starts, work.entries
        columns = (
            work.chunk_starts, work.chunk_masks, work.chunk_places, work.chunk_count,
            work.listed, work.fired_count, work.is_single,
        )  # fmt: skip
    else:
        longest = _SHORT if batch.trains.pulses <= _SHORT else LONGEST_TRAIN
        kernel = cells.kernel(is_recording=is_recording, longest=longest)
    arguments = (
        work.busy, *lists, *cells.shape, batch.vectors, work.column_bits.shape[2],
        batch.first_vector, batch.stream_of(CYCLE_NOISE), batch.seed & 0xFFFFFFFF, batch.seed >> 32,
        batch.first_problem, by_product, work.column_bits, work.row_bits,
        *(batch.factors if by_product else lines[1:3]), lines.row_negative, *columns,
        weights, cells.fields, cells.constants, touched, pulses,
        reads.lines, reads.is_rows, reads.values,
    )  # fmt: skip
    _in_shares(lambda first, end: kernel.run(first, end, *arguments), count, candidates)
    fired = pulses.sum() if candidates >= _WORTH_THREADS else pulses[0]
    cells.preparation.keep(work)
    return int(fired), lines.truncated + truncated, kernel.seconds


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
    for vector in range(batch.vectors):
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
