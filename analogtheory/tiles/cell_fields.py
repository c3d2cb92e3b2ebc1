"""The fields of the cells of a tile in the layout of its kernels, and these kernels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from analogtheory.kernels.compiled import Kernel, compiled
from analogtheory.tiles import arguments, expected_source
from analogtheory.tiles.kernel_source import UpdateSource, padded_size
from analogtheory.tiles.prepared import Preparation
from analogtheory.tiles.sparse_source import SparseSource
from analogtheory.tiles.step import Field, Step

Array = NDArray[Any]


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
        return self._kept(key, compiled(source, arguments.typed(arguments.DENSE, self.precision)))

    def sparse_kernel(self, *, is_recording: bool) -> Kernel:
        """The compiled kernel of a sparse update."""
        key = f"sparse {is_recording}"
        if key in self._kernels:
            return self._kernels[key]
        source = SparseSource(
            self.step, self.precision, self.arrays, self.constant_rows, is_recording
        ).source()
        return self._kept(key, compiled(source, arguments.typed(arguments.SPARSE, self.precision)))

    def expected_kernel(self) -> Kernel:
        """The compiled kernel of an expected update."""
        if "expected" in self._kernels:
            return self._kernels["expected"]
        source = expected_source.source(self.step, self.precision, self.arrays, self.constant_rows)
        return self._kept(
            "expected", compiled(source, arguments.typed(arguments.EXPECTED, self.precision))
        )

    def _kept(self, key: str, kernel: Kernel) -> Kernel:
        self._kernels[key] = Kernel(kernel.run, 0.0)  # its seconds count once
        return kernel


def _placed(field: Field, values: list[Any]) -> tuple[int, int]:
    values.append(field.up)
    if field.is_sided:
        values.append(field.down)
    return len(values) - 1 - field.is_sided, len(values) - 1
