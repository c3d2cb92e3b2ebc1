"""Cells on a GPU: generated CUDA kernels, launched through CuPy.

Conductances and fields stay on the device between calls. What a line does (its probability
and sign, or the vector that is read) is copied there, trains are drawn there, and what is
read is copied back.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from analogtheory.tiles import cuda_lines
from analogtheory.tiles import cuda_source as text
from analogtheory.tiles.batch import Batch
from analogtheory.tiles.cell_fields import CellFields
from analogtheory.tiles.cells import Source
from analogtheory.tiles.device_matrices import DeviceMatrices
from analogtheory.tiles.launching import Kernels
from analogtheory.tiles.streams import (
    COLUMN_TRAINS,
    CYCLE_NOISE,
    ROW_TRAINS,
    WRITE_NOISE,
    stream_of,
)
from analogtheory.tiles.trains import LONGEST_TRAIN

Array = NDArray[Any]

#: Trains up to this length share one kernel; they fit into a word beside the sign of the line.
_SHORT = 31


class DeviceCells:
    """The cells of a tile on the current device; see :class:`analogtheory.tiles.cells.Cells`.

    Parameters
    ----------
    fields : CellFields
    is_recording : bool
        Whether to keep which vector pulsed a cell last.

    Raises
    ------
    MissingExtra
        If CuPy is not installed.
    InputError
        If it is, and there is no device.
    """

    def __init__(self, fields: CellFields, is_recording: bool):
        self._kernels = Kernels()
        self._cupy = cupy = self._kernels.cupy
        self._cells, self._is_recording = fields, is_recording
        self._places = text.Places(fields.arrays, fields.constant_rows)
        self._fields = cupy.asarray(np.ascontiguousarray(fields.fields[:, : fields.size]))
        self._constants = cupy.asarray(fields.constants)
        self._weights = cupy.asarray(np.zeros(fields.size, dtype=fields.dtype))
        self._touched = cupy.asarray(np.zeros(fields.size if is_recording else 0, dtype=np.uint32))
        self._kept: dict[str, tuple[Array | None, Any]] = {}

    @property
    def seconds(self) -> float:
        """Spent on compiling kernels, or on loading them."""
        return self._kernels.seconds

    # ------------------------------------------------------------------ state

    def stored(self) -> Array:
        """A copy of the conductances (problem, row, column)."""
        return np.asarray(self._cupy.asnumpy(self._weights)).reshape(self._cells.shape)

    def store(self, values: Array) -> None:
        """Replace the conductances."""
        self._weights = self._cupy.asarray(self._flat(values, self._cells.dtype))

    def touched(self) -> NDArray[np.uint32]:
        """A copy of the number of the last vector that pulsed each cell."""
        return np.asarray(self._cupy.asnumpy(self._touched))

    def touch(self, numbers: Any) -> None:
        """Replace these numbers."""
        size = self._touched.shape
        self._touched = self._cupy.asarray(np.array(np.broadcast_to(numbers, size), np.uint32))

    def _flat(self, values: Any, dtype: Any) -> Array:
        wanted = np.broadcast_to(values, self._cells.shape)
        return np.array(wanted, dtype=dtype, order="C").reshape(-1)

    # ------------------------------------------------------------------ updates

    def fire(self, batch: Batch) -> tuple[int, int]:
        """Apply the pulses of a batch; how many they were, and how many trains were too short."""
        cupy, lines = self._cupy, batch.lines
        stochastic = batch.trains.kind == "stochastic"
        nothing = cupy.asarray(np.zeros(1))
        column_bits = row_bits = cupy.asarray(np.zeros(1, dtype=np.uint32))
        values, words = (nothing, nothing), 0
        negative = [
            cupy.asarray(np.ascontiguousarray(signs))
            for signs in (lines.column_negative, lines.row_negative)
        ]
        if stochastic:
            words = max(1, -(-int(lines.lengths.max(initial=1)) // 32))
            column_bits = self._trains(batch, lines.columns, negative[0], COLUMN_TRAINS, words)
            row_bits = self._trains(batch, lines.rows, negative[1], ROW_TRAINS, words)
        else:
            values = tuple(map(cupy.asarray, batch.factors))
        sums = cupy.asarray(np.zeros(text.SUMS, dtype=np.uint64))
        numbers = (*self._cells.shape, batch.vectors, words, batch.first_vector)
        self._kernels.launch(
            self._update_kernel(batch.trains.pulses, words),
            self._cells.size,
            (*map(np.int64, (*numbers, batch.first_problem)),
             *_words(stream_of(CYCLE_NOISE, batch.stream), batch.seed),
             column_bits, row_bits, *values,
             *negative, self._fields, self._constants, self._weights, self._touched, sums),
        )  # fmt: skip
        return int(cupy.asnumpy(sums).sum()), lines.truncated

    def _update_kernel(self, pulses: int, words: int) -> Any:
        cells, longest = self._cells, _SHORT if pulses <= _SHORT else LONGEST_TRAIN
        counting = "product" if not words else "word" if pulses <= _SHORT else "words"
        return self._kernels.kernel(
            text.UPDATE,
            f"{text.UPDATE} {longest} {counting}",
            lambda: text.update_source(
                cells.step, cells.precision, self._places,
                is_recording=self._is_recording, longest=longest, counting=counting,
            ),
        )  # fmt: skip

    def _trains(
        self, batch: Batch, probabilities: Array, negative: Any, kind: int, words: int
    ) -> Any:
        """The packed trains of some lines, (problem, vector, word, line)."""
        cupy = self._cupy
        problems, vectors, lines = probabilities.shape
        bits = cupy.empty((problems, vectors, words, lines), dtype=np.uint32)
        is_signed = batch.trains.pulses <= _SHORT
        numbers = (probabilities.size, vectors, lines, words, is_signed, batch.first_vector)
        self._kernels.launch(
            self._kernels.kernel(cuda_lines.TRAINS, cuda_lines.TRAINS, cuda_lines.trains_source),
            probabilities.size,
            (*map(np.int64, (*numbers, batch.first_problem)),
             *_words(stream_of(kind, batch.stream), batch.seed),
             cupy.asarray(np.ascontiguousarray(probabilities)),
             cupy.asarray(np.ascontiguousarray(batch.lines.lengths)), negative, bits),
        )  # fmt: skip
        return bits

    def expect(self, x: Array, d: Array, rate: Array) -> None:
        """w ← w ± rate·|x·d|·s(w), vector after vector."""
        cells, cupy = self._cells, self._cupy
        scaled = np.ascontiguousarray(rate[:, None, None] * x, dtype=cells.dtype)
        errors = np.ascontiguousarray(d, dtype=cells.dtype)
        kernel = self._kernels.kernel(
            text.EXPECTED, text.EXPECTED,
            lambda: text.expected_source(cells.step, cells.precision, self._places),
        )  # fmt: skip
        self._kernels.launch(
            kernel,
            cells.size,
            (*map(np.int64, (*cells.shape, x.shape[1])), cupy.asarray(scaled),
             cupy.asarray(errors), self._fields, self._constants, self._weights),
        )  # fmt: skip

    # ------------------------------------------------------------------ reads

    def visible(self, reference: Array, spread: Array | None, source: Source) -> DeviceMatrices:
        """The weights as they are read, on the device."""
        cells = self._cells
        if not np.any(reference) and spread is None:
            return DeviceMatrices(self._kernels, self._weights.reshape(cells.shape))
        seen = self._cupy.empty(cells.shape, dtype=cells.dtype)
        one_problem = cells.size // cells.shape[0]
        numbers = (cells.size, one_problem, spread is not None, source.first_problem)
        kernel = self._kernels.kernel(
            cuda_lines.VISIBLE,
            cuda_lines.VISIBLE,
            lambda: cuda_lines.visible_source(cells.precision),
        )
        self._kernels.launch(
            kernel,
            cells.size,
            (*map(np.int64, numbers), *_words(stream_of(WRITE_NOISE, source.stream), source.seed),
             self._weights, self._copied("reference", reference), self._copied("spread", spread),
             self._touched, seen),
        )  # fmt: skip
        return DeviceMatrices(self._kernels, seen)

    def host(self, weights: DeviceMatrices) -> Array:
        """Visible weights as a NumPy array."""
        return weights.weights()

    def _copied(self, name: str, values: Array | None) -> Any:
        """Doubles of the cells on the device, copied anew only if they are another array."""
        if name not in self._kept or self._kept[name][0] is not values:
            flat = np.zeros(1) if values is None else self._flat(values, np.float64)
            self._kept[name] = values, self._cupy.asarray(flat)
        return self._kept[name][1]


def _words(stream: int, seed: int) -> tuple[np.uint64, ...]:
    """Stream and key as arguments of a kernel."""
    return np.uint64(stream), np.uint64(seed & 0xFFFFFFFF), np.uint64(seed >> 32)
