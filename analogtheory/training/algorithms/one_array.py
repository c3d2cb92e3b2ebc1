"""What algorithms with one array have in common: the array holds the weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analogtheory.tiles import Tile
from analogtheory.training.algorithms.base import Algorithm
from analogtheory.training.checks import numbers_per_problem
from analogtheory.training.devices import Devices
from analogtheory.training.settings import Grid

Array = NDArray[Any]


class OneArray(Algorithm):
    """An algorithm whose weights are those of one array, read through its periphery.

    Parameters
    ----------
    grid : Grid or tuple of int
    devices : Devices
    lr : float or array (problems,)
        > 0.
    initial : float or array that broadcasts to (problems, rows, columns)
        W at the start.
    settings : mapping
        Further settings, for the fingerprint.

    Attributes
    ----------
    weights : Tile

    Raises
    ------
    InputError
        If an argument cannot be used.
    """

    def __init__(
        self,
        grid: Grid | tuple[int, ...],
        devices: Devices,
        *,
        lr: Any,
        initial: ArrayLike,
        settings: Mapping[str, Any],
    ):
        super().__init__(grid, {"devices": devices, "lr": lr, "initial": initial, **settings})
        self._lr = numbers_per_problem("lr", lr, "positive", self.shape[0])
        self.weights = devices.tile(self.grid, 0)
        self.weights.set_weights(initial)

    @property
    def effective_weights(self) -> Array:
        """W."""
        return np.asarray(self.weights.weights)

    def forward(self, x: ArrayLike) -> Array:
        """As :meth:`Algorithm.forward`."""
        return self.weights.forward(x)

    def backward(self, d: ArrayLike) -> Array:
        """As :meth:`Algorithm.backward`."""
        return self.weights.backward(d)

    def tiles(self) -> dict[str, Tile]:
        """The weights."""
        return {"weights": self.weights}
