"""What a read needs of the weights: products, and converters for the vectors around them."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from analogtheory.errors import InputError
from analogtheory.tiles.conversion import Addresses, Converter, convert

Array = NDArray[Any]
Flags = NDArray[np.bool_]


@runtime_checkable
class Matrices(Protocol):
    """Weights (problem, row, column), wherever they are kept.

    Vectors are NumPy arrays on the way in. Between a converter and a product they are
    whatever these methods give, arrays that can be reshaped.

    Attributes
    ----------
    shape : tuple of three int
    dtype : numpy.dtype
    """

    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    def problem(self, number: int) -> Matrices:
        """The weights of one problem."""

    def product(self, vectors: Any, transposed: bool) -> Any:
        """y = W x, or Wᵀ x, for all vectors of each problem.

        Raises
        ------
        InputError
            If a product is not finite.
        """

    def joined(self, parts: list[Any]) -> Any:
        """Vectors one after the other."""

    def convert(
        self,
        converter: Converter,
        values: Any,
        scales: Array,
        deviations: list[Array],
        streams: list[int],
        addresses: Addresses,
    ) -> tuple[Any, Flags]:
        """Vectors through a converter: see :func:`analogtheory.tiles.conversion.convert`."""

    def host(self, vectors: Any) -> Array:
        """Vectors as a NumPy array."""


class HostMatrices:
    """Weights in main memory.

    Parameters
    ----------
    weights : array (problem, row, column)
    backend : str
        What runs converters: "numpy", "numba" or "auto".
    """

    def __init__(self, weights: Array, backend: str):
        self._weights, self._backend = weights, backend
        self.shape, self.dtype = weights.shape, weights.dtype

    def problem(self, number: int) -> HostMatrices:
        """The weights of one problem."""
        return HostMatrices(self._weights[number, None], self._backend)

    def product(self, vectors: Array, transposed: bool) -> Array:
        """y = W x, or Wᵀ x, for all vectors of each problem."""
        with np.errstate(all="ignore"):
            # BLAS is fastest when it needs not transpose the large matrix
            if transposed:
                products = vectors @ self._weights
            else:
                products = self._weights @ vectors.swapaxes(1, 2)
                products = np.ascontiguousarray(products.swapaxes(1, 2))
        # the product of what is not finite is not finite either: no pass over the weights
        return np.asarray(finite(products, bool(np.isfinite(products).all())))

    def joined(self, parts: list[Array]) -> Array:
        """Vectors one after the other."""
        return np.concatenate(parts)

    def convert(
        self,
        converter: Converter,
        values: Array,
        scales: Array,
        deviations: list[Array],
        streams: list[int],
        addresses: Addresses,
    ) -> tuple[Array, Flags]:
        """Vectors through a converter."""
        return convert(converter, values, scales, deviations, streams, addresses, self._backend)

    def host(self, vectors: Array) -> Array:
        """The vectors themselves."""
        return vectors


def finite(products: Any, are_finite: bool) -> Any:
    """The products, if they are finite.

    Raises
    ------
    InputError
        Otherwise.
    """
    if not are_finite:
        raise InputError("weights: must be finite, and so must their products with the inputs")
    return products
