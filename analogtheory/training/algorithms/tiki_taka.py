"""Tiki-Taka (TTv1), Stochastic Hamiltonian Descent and Residual Learning: no buffer."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analogtheory.training.algorithms.transfer import Lines, TransferAlgorithm
from analogtheory.training.checks import numbers, numbers_per_problem
from analogtheory.training.devices import Devices
from analogtheory.training.settings import FastRate, Grid, Pulses, Transfer

Array = NDArray[Any]


class TikiTaka(TransferAlgorithm):
    """TTv1: what is read of a line of A goes to the same line of C, by pulses.

    Per read of line k: C[:, k] ← C[:, k] + transfer_lr·v.

    Parameters
    ----------
    grid, fast, slow, rate, transfer, gamma, initial
        See :class:`analogtheory.training.algorithms.transfer.TransferAlgorithm`.
    transfer_lr : float or array (problems,)
        > 0.
    pulses : Pulses
        Of the writes to C.

    Raises
    ------
    InputError
        If an argument cannot be used.

    Source: T. Gokmen, W. Haensch, Front. Neurosci. 14:103 (arXiv:1909.07908); theory notes
    2.3 [from the public source of aihwkit 1.2.0, read].

    Examples
    --------
    >>> device = Devices("linear", dw_min=0.01)
    >>> tt = TikiTaka((1, 2), device, device, transfer_lr=0.5, rate=FastRate(0.1))
    >>> tt.step([1.0, 0.0], [-1.0])
    >>> bool(tt.fast.weights[0, 0, 0] > 0.05), bool(tt.slow.weights[0, 0, 0] > 0)
    (True, True)
    """

    name = "TTv1"

    def __init__(
        self,
        grid: Grid | tuple[int, ...],
        fast: Devices,
        slow: Devices,
        *,
        transfer_lr: Any,
        rate: FastRate | None = None,
        transfer: Transfer | None = None,
        gamma: Any = 0.0,
        pulses: Pulses | None = None,
        initial: ArrayLike = 0.0,
    ):
        self._pulses = pulses or Pulses()
        settings = {"transfer_lr": transfer_lr, "pulses": self._pulses}
        super().__init__(
            grid, fast, slow, rate=rate, transfer=transfer, gamma=gamma, initial=initial,
            settings=settings,
        )  # fmt: skip
        self._transfer_lr = numbers_per_problem(
            "transfer_lr", transfer_lr, "positive", self.shape[0]
        )

    def _move(self, lines: Lines, values: Array) -> None:
        lr = self.factor * self._transfer_lr
        self._write(lines, values, lr, **self._pulses.arguments())


class StochasticHamiltonianDescent(TikiTaka):
    """SHD: TTv1 with one line after every vector, and γ = 0.

    C is the position, A the momentum, the asymmetry of A the friction.

    Parameters
    ----------
    grid, fast, slow, transfer_lr, rate, pulses, initial
        See :class:`TikiTaka`.
    read_noise : float or array (problems,)

    Raises
    ------
    InputError
        If an argument cannot be used.

    Source: M. Onen et al., Front. Artif. Intell. 5:891624 (arXiv:2201.13377); theory notes
    4.1 [recalled].
    """

    name = "SHD"

    def __init__(
        self,
        grid: Grid | tuple[int, ...],
        fast: Devices,
        slow: Devices,
        *,
        transfer_lr: Any,
        rate: FastRate | None = None,
        pulses: Pulses | None = None,
        read_noise: Any = 0.0,
        initial: ArrayLike = 0.0,
    ):
        super().__init__(
            grid, fast, slow, transfer_lr=transfer_lr, rate=rate, pulses=pulses, initial=initial,
            transfer=Transfer(every=1, reads=1, read_noise=read_noise),
        )  # fmt: skip


class ResidualLearning(TikiTaka):
    """Residual Learning: all lines are transferred, W = C + γA with γ > 0.

    Parameters
    ----------
    grid, fast, slow, transfer_lr, rate, pulses, initial
        See :class:`TikiTaka`; `fast` is the residual array P, `slow` the main array.
    gamma : float or array (problems,)
        γ ≥ 0; 0 is Tiki-Taka as the paper writes it.
    every : int
        Vectors from transfer to transfer.
    read_noise : float or array (problems,)

    Raises
    ------
    InputError
        If an argument cannot be used.

    Source: arXiv:2502.06309 eqs. (9) to (11).
    """

    name = "Residual Learning"

    def __init__(
        self,
        grid: Grid | tuple[int, ...],
        fast: Devices,
        slow: Devices,
        *,
        transfer_lr: Any,
        gamma: Any = 0.4,
        every: int = 1,
        rate: FastRate | None = None,
        pulses: Pulses | None = None,
        read_noise: Any = 0.0,
        initial: ArrayLike = 0.0,
    ):
        super().__init__(
            grid, fast, slow, transfer_lr=transfer_lr, rate=rate, pulses=pulses, initial=initial,
            gamma=gamma, transfer=Transfer(every=every, reads=None, read_noise=read_noise),
        )  # fmt: skip


class BufferedResidualLearning(ResidualLearning):
    """Residual Learning v2: the transfer goes through a moving average H.

        H ← (1 − η)H + η·v
        average:    C ← C + transfer_lr·H, by pulses
        threshold:  n = trunc(H/(θ·Δ_C)) cut at ± 1 pulses;  H ← H − n·θ·Δ_C

    Parameters
    ----------
    average_rate : float or array (problems,), optional
        η in (0, 1]; `transfer_lr` unless given, as in eq. (14).
    threshold : float or array (problems,), optional
        θ > 0, in pulses of C; None for the moving average.

    Others, and errors, as for :class:`ResidualLearning`. With a threshold `transfer_lr` is
    used for η only.

    Source: arXiv:2502.06309 eqs. (14), (15); threshold of its section 5 as in theory notes
    4.6, what a write leaves in H is chosen here [derived].
    """

    name = "Residual Learning v2"

    def __init__(
        self,
        grid: Grid | tuple[int, ...],
        fast: Devices,
        slow: Devices,
        *,
        transfer_lr: Any,
        average_rate: Any = None,
        threshold: Any = None,
        **others: Any,
    ):
        super().__init__(grid, fast, slow, transfer_lr=transfer_lr, **others)
        self._settings |= {"average_rate": average_rate, "threshold": threshold}
        problems = self.shape[0]
        rate = transfer_lr if average_rate is None else average_rate
        eta = numbers_per_problem("average_rate", rate, "positive", problems)
        self._eta = numbers("average_rate", eta, "probability")
        self._threshold: Array | None = None
        if threshold is not None:
            self._threshold = numbers_per_problem("threshold", threshold, "positive", problems)
        self.buffer = np.zeros(self.shape)

    def _move(self, lines: Lines, values: Array) -> None:
        held = self._by_line(self.buffer, lines)
        held = held + self._eta[:, None, None] * (values - held)
        if self._threshold is None:
            super()._move(lines, held)
        else:
            unit = (self._threshold * self.pulse_size)[:, None, None]
            count = np.clip(np.trunc(held / unit), -1, 1)
            held = held - count * unit
            self._write_pulses(lines, count)
        self._put(self.buffer, lines, held)

    def _digital(self) -> dict[str, Array]:
        return {**super()._digital(), "buffer": self.buffer}
