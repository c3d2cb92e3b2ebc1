"""The pulsed update of a fast array, at a fixed rate or one scaled to the vectors."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

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
        largest = np.stack([np.abs(x).max(axis=2), np.abs(d).max(axis=2)])
        products = np.empty(largest.shape[1:])
        for vector in range(largest.shape[2]):
            newest = largest[:, :, vector]
            weight = np.where(self.means > 0, self.rate.average_rate, 1.0)
            moved = self.means + weight * (newest - self.means)
            self.means[...] = np.where(newest > 0, moved, self.means)
            products[:, vector] = self.means[0] * self.means[1]
        return self._over(products)
