"""What all algorithms on tiles have: a step, reads, weights, and a state."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analogtheory.errors import InputError
from analogtheory.tiles import Tile
from analogtheory.training.checks import vectors
from analogtheory.training.fingerprint import fingerprint
from analogtheory.training.settings import Grid

Array = NDArray[Any]


class Algorithm(ABC):
    """A training algorithm for a layer y = W x, for independent problems at once.

    Attributes
    ----------
    name : str
    grid : Grid
    shape : tuple of int
        (problems, rows, columns).
    vectors : int
        How many vectors it has been trained with.
    factor : float
        Of a schedule: what learning rates are multiplied with. For two arrays it acts on the
        transfer only, the rate of the fast array stays (theory notes 9).
    """

    name: ClassVar[str]

    def __init__(self, grid: Grid | tuple[int, ...], settings: Mapping[str, Any]):
        self.grid = Grid.of(grid)
        if len(self.grid.shape) != 3:
            raise InputError(f"shape: must have three axes, got {self.grid.shape}")
        self.shape = (self.grid.shape[0], self.grid.shape[1], self.grid.shape[2])
        self._settings = dict(settings)
        self.vectors = 0
        self.factor = 1.0

    # ------------------------------------------------------------------ training

    @abstractmethod
    def step(self, x: ArrayLike, d: ArrayLike) -> None:
        """Train with some vectors, one after the other: W ← W − lr·d xᵀ, in intention.

        Parameters
        ----------
        x : array, (columns,), (batch, columns) or (problems, batch, columns)
            Inputs.
        d : array, (rows,), (batch, rows) or (problems, batch, rows)
            Errors: derivatives of the loss by the outputs.

        Raises
        ------
        InputError
            If shapes do not fit, or a number is not finite.
        """

    @abstractmethod
    def unchanged_for(self) -> int:
        """For how many vectors from now on the weights seen by the gradient stay as they are,
        the first of them included: that many may be given to one :meth:`step`."""

    def _lines(self, x: ArrayLike, d: ArrayLike) -> tuple[Array, Array]:
        problems, rows, columns = self.shape
        inputs, errors = vectors("x", x, problems, columns), vectors("d", d, problems, rows)
        if inputs.shape[1] != errors.shape[1]:
            raise InputError(
                f"x and d: hold {inputs.shape[1]} and {errors.shape[1]} vectors; must be as many"
            )
        return inputs, errors

    # ------------------------------------------------------------------ reads

    @property
    @abstractmethod
    def effective_weights(self) -> Array:
        """W as the layer applies it, without periphery, (problems, rows, columns)."""

    @abstractmethod
    def forward(self, x: ArrayLike) -> Array:
        """y = W x through the periphery, (problems, batch, rows)."""

    @abstractmethod
    def backward(self, d: ArrayLike) -> Array:
        """Wᵀ d through the periphery, (problems, batch, columns)."""

    # ------------------------------------------------------------------ state

    @abstractmethod
    def tiles(self) -> dict[str, Tile]:
        """The arrays by their names."""

    def _digital(self) -> dict[str, Array]:
        """The digital state: arrays that change in place, by their names."""
        return {}

    def _counters(self) -> dict[str, int]:
        """Whole numbers that change, by the names of their attributes."""
        return {"vectors": self.vectors}

    def fingerprint(self) -> str:
        """Equal for algorithms that were built from equal settings."""
        return fingerprint([type(self).__name__, self.grid, self._settings])

    def state(self) -> dict[str, Array]:
        """All that changes in training, as arrays by names; copies."""
        parts = {f"digital/{name}": array.copy() for name, array in self._digital().items()}
        for name, tile in self.tiles().items():
            parts |= {f"{name}/{part}": np.array(a) for part, a in tile.state().items()}
        counters = {f"counter/{name}": np.array(n) for name, n in self._counters().items()}
        return parts | counters

    def restore(self, state: Mapping[str, Array]) -> None:
        """Go on from a state of an algorithm built in the same way; the bits are the same.

        Raises
        ------
        InputError
            If a part is unknown, missing or does not fit; nothing is changed then.
        """
        known = self.state()
        for name in sorted({*state, *known}):
            _check_part(name, state.get(name), known.get(name))
        for name, array in self._digital().items():
            array[...] = state[f"digital/{name}"]
        for name in self._counters():
            setattr(self, name, int(state[f"counter/{name}"]))
        for name, tile in self.tiles().items():
            parts = {part: state[f"{name}/{part}"] for part in tile.state()}
            tile.restore(parts)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(shape={self.shape}, vectors={self.vectors})"


def _check_part(name: str, given: Array | None, known: Array | None) -> None:
    if known is None:
        raise InputError(f"state: holds {name!r}, which this algorithm does not have")
    if given is None:
        raise InputError(f"state: {name!r} is missing")
    fits = given.shape == known.shape or name.endswith("/reference")
    if not fits or given.dtype != known.dtype:
        raise InputError(
            f"state: {name!r} is {given.dtype} of shape {given.shape}, "
            f"not {known.dtype} of shape {known.shape}"
        )
    if given.dtype.kind == "f" and not np.isfinite(given).all():
        raise InputError(f"state: {name!r} holds a number that is not finite")
