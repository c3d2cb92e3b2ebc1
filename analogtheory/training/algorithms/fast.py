"""The pulsed update of a fast array, at a fixed rate or one scaled to the vectors."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analogtheory.kernels.compiled import compiled
from analogtheory.kernels.numba_statements import HEADER
from analogtheory.tiles import Tile
from analogtheory.tiles import checks as tile_checks
from analogtheory.tiles.line_reads import NONE
from analogtheory.training.checks import per_problem
from analogtheory.training.settings import FastRate

Array = NDArray[Any]
Lines = NDArray[np.int64]


def granularity(tile: Tile) -> Array:
    """Δw_min of each problem, shape (problems,)."""
    mean = tile_checks.granularity(np.asarray(tile.dw_min))
    return np.array(np.broadcast_to(mean.reshape(-1), (tile.shape[0],)))


class FastUpdate:
    """Updates of a fast array; see :class:`analogtheory.training.settings.FastRate`.

    Parameters
    ----------
    tile : Tile
        With a batch axis.
    rate : FastRate

    Attributes
    ----------
    means : array (2, problems)
        Running means m_x and m_d; 0 before the first vector that is not 0.
    """

    def __init__(self, tile: Tile, rate: FastRate):
        self.tile, self.rate = tile, rate
        self._lr = per_problem("fast rate", rate.lr, tile.shape[0])
        self._scaled = self._lr * rate.pulses.longest * granularity(tile)
        self.means = np.zeros((2, tile.shape[0]))

    @property
    def lr(self) -> Array:
        """lr_A now, (problems,); 0 where it is scaled and no vector has come yet."""
        if not self.rate.scaled:
            return self._lr
        return self._over(np.prod(self.means, axis=0)[:, None])[:, 0]

    def _over(self, products: Array) -> Array:
        """lr_A for some products of the means, (problems, …)."""
        scale = np.zeros_like(products)
        np.divide(self._scaled[:, None], products, out=scale, where=products > 0)
        return scale

    def __call__(self, x: Array, d: Array, lines: Lines | None = None, rows: bool = False) -> Array:
        """A ← A − lr_A·d xᵀ for vectors (problems, batch, …), one after the other.

        Parameters
        ----------
        x, d : arrays
        lines : array of int (batch,), optional
            The line of A that is read after each vector; −1 for none.
        rows : bool
            Whether lines are rows.

        Returns
        -------
        array (problems, reads, across)
            The lines that were read.
        """
        lr: Any = self._lr
        if self.rate.scaled:
            d, lr = d * self._scales(x, d)[:, :, None], 1.0
        if lines is None:
            lines = np.full(x.shape[1], NONE)
        arguments = self.rate.pulses.arguments()
        return self.tile.update_and_read(x, d, lr, lines, rows=rows, **arguments)

    def _scales(self, x: Array, d: Array) -> Array:
        """Take vectors into the running means; the rate after each, (problems, batch)."""
        products = np.empty(x.shape[:2])
        x, d = np.ascontiguousarray(x), np.ascontiguousarray(d)
        _means_kernel()(x, d, float(self.rate.average_rate), self.means, products)
        return self._over(products)


_ARGUMENTS = {
    "x": "float64[:, :, ::1]", "d": "float64[:, :, ::1]", "rate": "float64",
    "means": "float64[:, ::1]", "products": "float64[:, ::1]",
}  # fmt: skip

_KERNEL = f"""
@njit(error_model="numpy")
def largest_of(values):
    largest = U(0)  # of numbers that are not negative the order is that of their bits
    for value in values:
        largest = max(largest, bits(abs(value)))
    return unbits(largest)

@njit(error_model="numpy")
def moved(mean, newest, rate):
    if not newest > 0.0:
        return mean
    return mean + (rate if mean > 0.0 else 1.0) * (newest - mean)

def kernel({", ".join(_ARGUMENTS)}):
    for v in range(x.shape[1]):
        for p in range(x.shape[0]):
            means[0, p] = moved(means[0, p], largest_of(x[p, v]), rate)
            means[1, p] = moved(means[1, p], largest_of(d[p, v]), rate)
            products[p, v] = means[0, p] * means[1, p]
"""


@cache
def _means_kernel() -> Callable[..., None]:
    return compiled(HEADER + _KERNEL, _ARGUMENTS).run
