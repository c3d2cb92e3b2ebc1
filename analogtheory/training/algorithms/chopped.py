"""c-TTv2: TTv2 with choppers, which remove the mean of an offset."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analogtheory.tiles.line_reads import NONE
from analogtheory.training.algorithms.buffered import TTv2
from analogtheory.training.algorithms.transfer import Lines
from analogtheory.training.checks import per_problem
from analogtheory.training.devices import Devices
from analogtheory.training.randomness import CHOPPER
from analogtheory.training.settings import Buffer, Chopper, FastRate, Grid, Transfer

Array = NDArray[Any]


class ChoppedTTv2(TTv2):
    """c-TTv2: updates and reads of a line carry its sign; signs flip after reads.

    Per read of line k with sign c_k and signs r across::

        H[:, k] ← H[:, k] + lr_H·c_k·(r∘v), then as TTv2; then c_k may flip;
        after the last line of a sweep the signs r may flip

    Parameters
    ----------
    grid, fast, slow, rate, transfer, buffer, gamma, initial, settings
        See :class:`analogtheory.training.algorithms.buffered.TTv2`.
    chopper : Chopper

    Attributes
    ----------
    line_signs, across_signs : arrays (problems, lines) and (problems, across)
        ±1.

    Raises
    ------
    InputError
        If an argument cannot be used.

    Source: M. Rasch et al., Nat. Commun. 15:7133 (arXiv:2303.04721); theory notes 5.2 [from
    the public source of aihwkit 1.2.0, read].
    """

    name = "c-TTv2"

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
        gamma: Any = 0.0,
        initial: ArrayLike = 0.0,
        settings: Mapping[str, Any] | None = None,
    ):
        self.chopper = chopper or Chopper()
        super().__init__(
            grid, fast, slow, rate=rate, transfer=transfer, buffer=buffer, gamma=gamma,
            initial=initial, settings={"chopper": self.chopper, **(settings or {})},
        )  # fmt: skip
        problems = self.shape[0]
        given = self.chopper.probability
        self._flip = per_problem("chopper probability", given, problems)
        self._flip_across = per_problem("across", self.chopper.across, problems)
        self.period = per_problem("period", self.chopper.period, problems)
        self._flips = self.grid.source(CHOPPER)
        self.line_signs = np.ones((problems, self.lines))
        self.across_signs = np.ones((problems, self.across))

    def _sign_of(self, axis: int) -> Array | None:
        is_line = (axis == 1) == self.transfer.rows
        return self.line_signs if is_line else self.across_signs

    def _signed(self, x: Array, d: Array, read: Lines) -> tuple[Array, Array]:
        signs = self._signs_at(read)
        if self.transfer.rows:
            return self._chopped(x, 2), d * signs
        return x * signs, self._chopped(d, 1)

    def _signs_at(self, read: Lines) -> Array:
        """Signs of the lines at each vector, (problems, batch, lines): they flip after a read."""
        before = read[:-1]  # a line that is read after the last vector flips after all of them
        lines = before[before != NONE]
        signs = self.line_signs[:, None]
        if not lines.size:
            return signs
        flips = np.zeros(self.line_signs.shape, dtype=np.bool_)
        flips[:, lines] = self._flipping(lines)
        if not flips.any():
            return signs
        last = np.full(self.lines, len(read))
        last[lines] = np.flatnonzero(before != NONE)
        has_passed = np.arange(len(read))[:, None] > last
        return np.where(has_passed & flips[:, None], -signs, signs)

    def _move(self, lines: Lines, values: Array) -> None:
        self._collect(lines, values * self._signs_of_reads(lines))
        self._flip_signs(lines)

    def _signs_of_reads(self, lines: Lines) -> Array:
        return np.asarray(self.line_signs[:, lines, None] * self.across_signs[:, None, :])

    def _flip_signs(self, lines: Lines) -> Array:
        """Flip after the reads of some lines; which lines flipped, (problems, lines)."""
        flips = self._flipping(lines)
        self.line_signs[:, lines] *= np.where(flips, -1.0, 1.0)
        if lines[-1] == self.lines - 1 and self._flip_across.any():
            drawn = self._flips.uniform(self.sweep, np.arange(self.across), place=1)[:, 0]
            self.across_signs *= np.where(drawn < self._flip_across[:, None], -1.0, 1.0)
        return flips

    def _flipping(self, lines: Lines) -> Array:
        if self.chopper.regular:
            last = self.sweep % self.period + 1 == self.period
            return np.repeat(last[:, None], len(lines), axis=1)
        if not self._flip.any():
            return np.zeros((self.shape[0], len(lines)), dtype=np.bool_)
        drawn = self._flips.uniform(self.sweep, lines)[:, 0]
        return np.asarray(drawn < self._flip[:, None])

    def _digital(self) -> dict[str, Array]:
        signs = {"line_signs": self.line_signs, "across_signs": self.across_signs}
        return {**super()._digital(), **signs}
