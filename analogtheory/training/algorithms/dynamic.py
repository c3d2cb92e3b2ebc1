"""AGAD: the reference of a read is the running mean of earlier reads."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analogtheory.errors import InputError
from analogtheory.training.algorithms.chopped import ChoppedTTv2
from analogtheory.training.algorithms.transfer import Lines
from analogtheory.training.checks import numbers_per_problem
from analogtheory.training.devices import Devices
from analogtheory.training.settings import Buffer, Chopper, FastRate, Grid, Transfer

Array = NDArray[Any]


class AGAD(ChoppedTTv2):
    """AGAD: c-TTv2 with a reference that each chopper period hands to the next.

    Per read of line k, with N the period of the chopper in sweeps::

        if k flipped after its last read: P_ref[:, k] ← P[:, k]
        H[:, k] ← H[:, k] + lr_H·c_k·(v − P_ref[:, k]), then as TTv2
        P[:, k] ← (1 − β)P[:, k] + β·v,   β = min(tail/N, 1)

    H runs from the start; C is written from sweep N + 1 on, where the first sweep is 0, as in
    aihwkit and in :func:`analogtheory.algorithms.agad`.

    Parameters
    ----------
    grid, fast, slow, rate, transfer, buffer, gamma, initial
        See :class:`analogtheory.training.algorithms.buffered.TTv2`. Of the fast array γ
        mixes in A − P_ref, the signs removed.
    chopper : Chopper
        With p > 0; regular unless given.
    tail : float or array (problems,)
        > 0: tail weight.

    Attributes
    ----------
    mean, reference : arrays (problems, rows, columns)
        P and P_ref.
    is_due : array of bool (problems, lines)
        Which lines flipped after their last read.

    Raises
    ------
    InputError
        If an argument cannot be used.

    Source: M. Rasch et al., Nat. Commun. 15:7133 (arXiv:2303.04721); theory notes 5.2 [from
    the public source of aihwkit 1.2.0, read].
    """

    name = "AGAD"

    def __init__(
        self,
        grid: Grid | tuple[int, ...],
        fast: Devices,
        slow: Devices,
        *,
        rate: FastRate | None = None,
        transfer: Transfer | None = None,
        buffer: Buffer | None = None,
        chopper: Chopper | None = None,
        tail: Any = 5.0,
        gamma: Any = 0.0,
        initial: ArrayLike = 0.0,
    ):
        signs = chopper or Chopper(regular=True)
        super().__init__(
            grid, fast, slow, rate=rate, transfer=transfer, buffer=buffer, gamma=gamma,
            chopper=signs, initial=initial, settings={"tail": tail},
        )  # fmt: skip
        if not np.isfinite(self.period).all():
            raise InputError("chopper probability: must be positive for AGAD, got 0")
        weight = numbers_per_problem("tail", tail, "positive", self.shape[0])
        self._beta = np.minimum(weight / self.period, 1.0)[:, None, None]
        self.mean, self.reference = self._zeros(), self._zeros()
        self.is_due = np.zeros((self.shape[0], self.lines), dtype=np.bool_)

    def _move(self, lines: Lines, values: Array) -> None:
        mean, reference = (self._by_line(a, lines) for a in (self.mean, self.reference))
        reference = np.where(self.is_due[:, lines, None], mean, reference)
        self._put(self.reference, lines, reference)
        signal = (values - reference) * self._signs_of_reads(lines)
        self._collect(lines, signal, is_written=self.sweep > self.period)
        self._put(self.mean, lines, mean + self._beta * (values - mean))
        self.is_due[:, lines] = self._flip_signs(lines)

    def _fast_reference(self) -> Array | None:
        return self.reference

    def _digital(self) -> dict[str, Array]:
        own = {"mean": self.mean, "reference": self.reference, "is_due": self.is_due}
        return {**super()._digital(), **own}
