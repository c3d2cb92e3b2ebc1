"""Weights on a GPU for a read: products by cuBLAS, converters by generated kernels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from analogtheory.tiles import cuda_conversion
from analogtheory.tiles.conversion import Addresses, Converter
from analogtheory.tiles.conversion_kernel import PER_COUNTER
from analogtheory.tiles.launching import Kernels
from analogtheory.tiles.matrices import finite

Array = NDArray[Any]


class DeviceMatrices:
    """See :class:`analogtheory.tiles.matrices.Matrices`.

    Between a converter and a product vectors stay on the device. The bits are those of the
    other backends but for the products, whose order of summation is that of cuBLAS.

    Parameters
    ----------
    kernels : Kernels
    array : array on the device, (problem, row, column)
    """

    def __init__(self, kernels: Kernels, array: Any):
        self._kernels, self._cupy, self._array = kernels, kernels.cupy, array
        self.shape, self.dtype = tuple(array.shape), np.dtype(array.dtype)

    def problem(self, number: int) -> DeviceMatrices:
        """The weights of one problem."""
        return DeviceMatrices(self._kernels, self._array[number : number + 1])

    def weights(self) -> Array:
        """A copy of the weights."""
        return self.host(self._array)

    def product(self, vectors: Any, transposed: bool) -> Any:
        """y = W x, or Wᵀ x, for all vectors of each problem."""
        matrices = self._array if transposed else self._array.swapaxes(1, 2)
        products = self._cupy.matmul(self._cupy.asarray(vectors), matrices)
        return finite(products, bool(self._cupy.isfinite(products).all()))

    def joined(self, parts: list[Any]) -> Any:
        """Vectors one after the other."""
        return self._cupy.concatenate(parts)

    def convert(
        self,
        converter: Converter,
        values: Any,
        scales: Array,
        deviations: list[Array],
        streams: list[int],
        addresses: Addresses,
    ) -> tuple[Any, NDArray[np.bool_]]:
        """Vectors through a converter."""
        cupy, precision = self._cupy, 8 * self.dtype.itemsize
        vectors, lines = values.shape
        groups = -(-lines // PER_COUNTER[precision])
        spreads = np.array(deviations, dtype=self.dtype).reshape(-1, vectors)
        out = cupy.empty((vectors, lines), dtype=self.dtype)
        saturated = cupy.asarray(np.zeros(vectors, dtype=np.uint32))
        on_host = (
            np.ascontiguousarray(scales), spreads, np.array(streams, dtype=np.uint64),
            addresses.vectors, addresses.problems,
            np.array([converter.step, converter.bound], dtype=self.dtype),
        )  # fmt: skip
        kernel = self._kernels.kernel(
            cuda_conversion.CONVERT,
            f"{converter.kind} {precision}",
            lambda: cuda_conversion.source(converter.kind, precision),
        )
        numbers = (vectors * groups, groups, lines, len(spreads))
        self._kernels.launch(
            kernel,
            vectors * groups,
            (*map(np.int64, numbers), *map(np.uint64, addresses.key),
             cupy.ascontiguousarray(cupy.asarray(values)),
             *map(cupy.asarray, on_host), out, saturated),
        )  # fmt: skip
        return out, self.host(saturated) != 0

    def host(self, vectors: Any) -> Array:
        """Vectors as a NumPy array."""
        return np.asarray(self._cupy.asnumpy(vectors))
