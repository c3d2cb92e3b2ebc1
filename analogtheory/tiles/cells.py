"""The state of the cells of a tile in memory, and what acts on it, by NumPy or by numba."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from analogtheory.tiles.batch import Batch
from analogtheory.tiles.cell_fields import CellFields
from analogtheory.tiles.kernel_source import padded_size
from analogtheory.tiles.pulsing import run_expected, run_kernel, run_numpy
from analogtheory.tiles.write_noise import write_noise

Array = NDArray[Any]


class Source(Protocol):
    """Where the random numbers of a tile come from."""

    seed: int
    stream: int
    first_problem: int


class Cells(Protocol):
    """The conductances of a tile, wherever they are kept."""

    @property
    def seconds(self) -> float:
        """Spent on compiling kernels, or on loading them."""

    def stored(self) -> Array:
        """The conductances (problem, row, column); not to be written to."""

    def store(self, values: Array) -> None:
        """Replace the conductances; the values broadcast to the cells."""

    def touched(self) -> NDArray[np.uint32]:
        """Number of the last vector that pulsed each cell, flat; empty if it is not kept."""

    def touch(self, numbers: Any) -> None:
        """Replace these numbers."""

    def fire(self, batch: Batch) -> tuple[int, int]:
        """Apply the pulses of a batch; how many they were, and how many trains were too short."""

    def expect(self, x: Array, d: Array, rate: Array) -> None:
        """w ← w ± rate·|x·d|·s(w), vector after vector."""

    def visible(self, reference: Array, spread: Array | None, source: Source) -> Any:
        """Weights (problem, row, column) as :func:`analogtheory.tiles.reading.read` takes them.

        Parameters
        ----------
        reference : array that broadcasts to the cells
        spread : array that broadcasts to the cells, or None
            Standard deviation of the write noise.
        source : Source
            Of the write noise.
        """

    def host(self, weights: Any) -> Array:
        """Visible weights as a NumPy array."""


class HostCells:
    """Cells in main memory.

    Parameters
    ----------
    fields : CellFields
    is_recording : bool
        Whether to keep which vector pulsed a cell last.
    backend : str
        "numpy", else numba.
    """

    def __init__(self, fields: CellFields, is_recording: bool, backend: str):
        self.seconds = 0.0
        self._fields, self._backend = fields, "numpy" if backend == "numpy" else "numba"
        self._weights = np.zeros(padded_size(fields.size), dtype=fields.dtype)
        self._touched = np.zeros(fields.size if is_recording else 0, dtype=np.uint32)

    def stored(self) -> Array:
        """The conductances (problem, row, column), a view."""
        return self._weights[: self._fields.size].reshape(self._fields.shape)

    def store(self, values: Array) -> None:
        """Replace the conductances."""
        self.stored()[...] = values

    def touched(self) -> NDArray[np.uint32]:
        """Number of the last vector that pulsed each cell, a view."""
        return self._touched

    def touch(self, numbers: Any) -> None:
        """Replace these numbers."""
        self._touched[:] = numbers

    def fire(self, batch: Batch) -> tuple[int, int]:
        """Apply the pulses of a batch; how many they were, and how many trains were too short."""
        if self._backend == "numpy":
            pulses = run_numpy(self._fields, self._weights, self._touched, batch)
            return pulses, batch.lines.truncated
        pulses, truncated, seconds = run_kernel(self._fields, self._weights, self._touched, batch)
        self.seconds += seconds
        return pulses, truncated

    def expect(self, x: Array, d: Array, rate: Array) -> None:
        """Apply expected pulses."""
        self.seconds += run_expected(self._fields, self._weights, x, d, rate, self._backend)

    def visible(self, reference: Array, spread: Array | None, source: Source) -> Array:
        """The weights as they are read; a view of the conductances where they are the same."""
        if not np.any(reference) and spread is None:
            return self.stored()
        weights = self.stored() - reference
        if spread is not None:
            xi = write_noise(
                self._touched, self._fields.shape[0], seed=source.seed, stream=source.stream,
                first_problem=source.first_problem, backend=self._backend,
            )  # fmt: skip
            weights = weights + spread * xi.reshape(self._fields.shape)
        return np.asarray(weights, dtype=self._fields.dtype)

    def host(self, weights: Array) -> Array:
        """The weights themselves."""
        return weights
