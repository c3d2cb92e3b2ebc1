"""Mixed precision: gradients are summed digitally, whole pulses are written."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analogtheory.errors import InputError
from analogtheory.training.algorithms.fast import granularity
from analogtheory.training.algorithms.one_array import OneArray
from analogtheory.training.checks import numbers_per_problem, whole
from analogtheory.training.devices import Devices
from analogtheory.training.settings import Grid

Array = NDArray[Any]


class MixedPrecision(OneArray):
    """The digital yardstick: χ collects the gradient, its whole pulses go to W.

        χ ← χ − lr·d xᵀ
        every n_s vectors: n = trunc(χ/ε) cut at ± most_pulses, χ ← χ − n·ε, W gets n pulses

    Parameters
    ----------
    grid : Grid or tuple of int
    devices : Devices
    lr : float or array (problems,)
        > 0.
    every : int
        n_s ≥ 1.
    granularity_factor : float or array (problems,)
        ε/Δw_min > 0.
    most_pulses : int
        What is beyond stays in χ.
    initial : float or array that broadcasts to (problems, rows, columns)

    Attributes
    ----------
    collected : array (problems, rows, columns)
        χ, in weight units.

    Raises
    ------
    InputError
        If an argument cannot be used.

    Source: the compound of that name in the public source of aihwkit 1.2.0 [read, facts on
    compounds]; inputs are not quantised here and no transfer comes a vector late.
    """

    name = "mixed precision"

    def __init__(
        self,
        grid: Grid | tuple[int, ...],
        devices: Devices,
        *,
        lr: Any,
        every: int = 1,
        granularity_factor: Any = 1.0,
        most_pulses: int = 31,
        initial: ArrayLike = 0.0,
    ):
        settings = {
            "every": every, "granularity_factor": granularity_factor, "most_pulses": most_pulses,
        }  # fmt: skip
        super().__init__(grid, devices, lr=lr, initial=initial, settings=settings)
        self.every = whole("every", every, 1)
        if whole("most_pulses", most_pulses, 1) > 1000:
            raise InputError(f"most_pulses: must be at most 1000, got {most_pulses}")
        self._most = most_pulses
        factor = numbers_per_problem(
            "granularity_factor", granularity_factor, "positive", self.shape[0]
        )
        self._size = granularity(self.weights)
        self._unit = factor * self._size
        self.collected = np.zeros(self.shape)

    def step(self, x: ArrayLike, d: ArrayLike) -> None:
        """As :meth:`Algorithm.step`."""
        inputs, errors = self._lines(x, d)
        rate = (self.factor * self._lr)[:, None, None]
        for v in range(inputs.shape[1]):
            self.collected -= rate * errors[:, v, :, None] * inputs[:, v, None, :]
            self.vectors += 1
            if self.vectors % self.every == 0:
                self._write()

    def _write(self) -> None:
        unit = self._unit[:, None, None]
        count = np.clip(np.trunc(self.collected / unit), -self._most, self._most)
        self.collected -= count * unit
        rows = np.eye(self.shape[1])
        self.weights.update(
            count, -rows, self._size, pulses=self._most, train="deterministic"
        )  # row after row

    def unchanged_for(self) -> int:
        """The weights stay up to and with the vector that ends in a write."""
        return self.every - self.vectors % self.every

    def _digital(self) -> dict[str, Array]:
        return {"collected": self.collected}
