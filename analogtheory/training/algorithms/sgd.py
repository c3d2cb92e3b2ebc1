"""In-memory SGD: every gradient goes to the weights as pulses."""

from __future__ import annotations

from typing import Any

from numpy.typing import ArrayLike

from analogtheory.training.algorithms.one_array import OneArray
from analogtheory.training.devices import Devices
from analogtheory.training.settings import Grid, Pulses


class InMemorySGD(OneArray):
    """W ← W − lr·d xᵀ by pulse trains, vector after vector.

    Parameters
    ----------
    grid : Grid or tuple of int
    devices : Devices
    lr : float or array (problems,)
        > 0.
    pulses : Pulses
    initial : float or array that broadcasts to (problems, rows, columns)
        W at the start.

    Raises
    ------
    InputError
        If an argument cannot be used.

    Source: T. Gokmen & Y. Vlasov, Front. Neurosci. 10, 333 (2016) [recalled].

    Examples
    --------
    >>> sgd = InMemorySGD((1, 2), Devices("ideal", dw_min=0.01), lr=0.1)
    >>> sgd.step([1.0, 0.0], [1.0])
    >>> sgd.effective_weights.astype(float).round(6).tolist()
    [[[-0.1, 0.0]]]
    """

    name = "in-memory SGD"

    def __init__(
        self,
        grid: Grid | tuple[int, ...],
        devices: Devices,
        *,
        lr: Any,
        pulses: Pulses | None = None,
        initial: ArrayLike = 0.0,
    ):
        self._pulses = pulses or Pulses()
        super().__init__(grid, devices, lr=lr, initial=initial, settings={"pulses": self._pulses})

    def step(self, x: ArrayLike, d: ArrayLike) -> None:
        """As :meth:`Algorithm.step`."""
        inputs, errors = self._lines(x, d)
        self.weights.update(inputs, errors, self.factor * self._lr, **self._pulses.arguments())
        self.vectors += inputs.shape[1]

    def unchanged_for(self) -> int:
        """1: every vector moves the weights."""
        return 1
