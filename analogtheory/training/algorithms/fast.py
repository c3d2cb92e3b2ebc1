"""The pulsed update of a fast array, at a fixed rate or one scaled to the vectors."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from analogtheory.tiles import Tile
from analogtheory.tiles import checks as tile_checks
from analogtheory.training.checks import per_problem
from analogtheory.training.settings import FastRate

Array = NDArray[Any]


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
        return self._over(np.prod(self.means, axis=0)) if self.rate.scaled else self._lr

    def _over(self, product: Array) -> Array:
        scale = np.zeros_like(product)
        np.divide(self._scaled, product, out=scale, where=product > 0)
        return scale

    def __call__(self, x: Array, d: Array) -> None:
        """A ← A − lr_A·d xᵀ for vectors (problems, batch, …), one after the other."""
        arguments = self.rate.pulses.arguments()
        if not self.rate.scaled:
            self.tile.update(x, d, self._lr, **arguments)
            return
        scales = np.stack([self._next(x[:, v], d[:, v]) for v in range(x.shape[1])], axis=1)
        self.tile.update(x, d * scales[:, :, None], 1.0, **arguments)

    def _next(self, x: Array, d: Array) -> Array:
        """Take one vector into the running means, and the rate that follows, (problems,)."""
        newest = np.stack([np.abs(x).max(axis=1), np.abs(d).max(axis=1)])
        weight = np.where(self.means > 0, self.rate.average_rate, 1.0)
        moved = self.means + weight * (newest - self.means)
        self.means[...] = np.where(newest > 0, moved, self.means)
        return self.lr
