"""TTv2: between the arrays a digital buffer with a threshold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analogtheory.training.algorithms.fast import granularity
from analogtheory.training.algorithms.transfer import Lines, TransferAlgorithm
from analogtheory.training.checks import per_problem
from analogtheory.training.devices import Devices
from analogtheory.training.settings import Buffer, FastRate, Grid, Transfer

Array = NDArray[Any]


class TTv2(TransferAlgorithm):
    """TTv2: a line of C is written where the buffer H has reached its threshold.

    Per read of line k, see :class:`analogtheory.training.settings.Buffer`::

        H[:, k] ← H[:, k] + lr_H·v;   C[:, k] gets n pulses;   H forgets, or keeps the rest

    Parameters
    ----------
    grid, fast, slow, rate, transfer, gamma, initial, settings
        See :class:`analogtheory.training.algorithms.transfer.TransferAlgorithm`.
    buffer : Buffer

    Attributes
    ----------
    buffer : array (problems, rows, columns)
        H, in pulses of the slow array.

    Raises
    ------
    InputError
        If an argument cannot be used.

    Source: T. Gokmen, Front. Artif. Intell. 4:699148; theory notes 3.1 [from the public
    source of aihwkit 1.2.0, read].
    """

    name = "TTv2"

    def __init__(
        self,
        grid: Grid | tuple[int, ...],
        fast: Devices,
        slow: Devices,
        *,
        rate: FastRate | None = None,
        transfer: Transfer | None = None,
        buffer: Buffer | None = None,
        gamma: Any = 0.0,
        initial: ArrayLike = 0.0,
        settings: Mapping[str, Any] | None = None,
    ):
        self.rule = buffer or Buffer()
        super().__init__(
            grid, fast, slow, rate=rate, transfer=transfer, gamma=gamma, initial=initial,
            settings={"buffer": self.rule, **(settings or {})},
        )  # fmt: skip
        problems = self.shape[0]
        for name in ("lr", "transfer_lr", "granularity", "auto_granularity", "threshold"):
            if getattr(self.rule, name) is not None:
                per_problem(name, getattr(self.rule, name), problems)
        sizes = granularity(self.fast), self.pulse_size
        self._rate = self.rule.rate(*sizes, self.lines, self.transfer.every)
        self._threshold = per_problem("threshold", self.rule.threshold, problems)[:, None, None]
        self.buffer = self._zeros()

    @property
    def buffer_rate(self) -> Array:
        """lr_H now, (problems,)."""
        rate = self.factor * self._rate
        if not self.rule.corrected:
            return np.asarray(rate)
        fast = self._update.lr
        return np.where(fast > 0, rate / np.where(fast > 0, fast, 1.0), 0.0)

    @property
    def _reads_ahead(self) -> bool:
        return not self.rule.corrected

    def _move(self, lines: Lines, values: Array) -> None:
        self._collect(lines, values)

    def _collect(self, lines: Lines, values: Array, is_written: Array | bool = True) -> None:
        """H takes in some lines; C is written where it is due and `is_written`, (problems,)."""
        held = self._by_line(self.buffer, lines) + self.buffer_rate[:, None, None] * values
        most = self.rule.most_pulses
        count = np.clip(np.trunc(held / self._threshold), -most, most)
        self._put(self.buffer, lines, self._after_write(held, count))
        self._write_pulses(lines, count * np.reshape(is_written, (-1, 1, 1)), most)

    def _after_write(self, held: Array, count: Array) -> Array:
        momentum = self.rule.momentum
        if self.rule.forget:
            return np.where(count != 0, momentum * held, held)
        return np.asarray(held - (1.0 - momentum) * count * self._threshold)

    def _digital(self) -> dict[str, Array]:
        return {**super()._digital(), "buffer": self.buffer}
