"""Two arrays: a fast one that collects gradients, a slow one that it is transferred to.

The loop of all algorithms with a transfer (theory notes 2.3, 3.1, 5.1, 5.2), for one vector::

    A ← A − lr_A·(s_r∘d)(s_c∘x)ᵀ             pulses; s: signs of the choppers, 1 without
    t ← t + 1
    every n_s vectors, for each of n_reads lines k in turn:
        v = line k of A, as it is read
        what the algorithm does with v: it writes line k of the slow array C
        signs flip

    W = γ·(s_r s_cᵀ)∘(A − A_ref) + C

A line is a column, or a row where rows are read. A_ref is 0 but for AGAD.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analogtheory.errors import InputError
from analogtheory.tiles import Tile
from analogtheory.tiles.line_reads import NONE, in_a_row
from analogtheory.tiles.reading import read
from analogtheory.training.algorithms.base import Algorithm
from analogtheory.training.algorithms.fast import FastUpdate, granularity
from analogtheory.training.checks import numbers_per_problem, per_problem, vectors
from analogtheory.training.devices import Devices
from analogtheory.training.randomness import TRANSFER_READ
from analogtheory.training.settings import FastRate, Grid, Transfer

Array = NDArray[Any]
Lines = NDArray[np.int64]

#: Numbers of the arrays, and of the periphery of the transfer, among the tiles of an algorithm.
FAST, SLOW, READ = 0, 1, 2


class TransferAlgorithm(Algorithm):
    """A fast array A, a slow array C, and a transfer between them.

    Parameters
    ----------
    grid : Grid or tuple of int
    fast, slow : Devices
    rate : FastRate
    transfer : Transfer
    gamma : float or array (problems,)
        γ ≥ 0: share of the fast array in the weights.
    initial : float or array that broadcasts to (problems, rows, columns)
        C at the start.
    settings : mapping
        Further settings, for the fingerprint.

    Attributes
    ----------
    fast, slow : Tile
    reads : int
        How many lines have been read.

    Raises
    ------
    InputError
        If an argument cannot be used.
    """

    def __init__(
        self,
        grid: Grid | tuple[int, ...],
        fast: Devices,
        slow: Devices,
        *,
        rate: FastRate | None = None,
        transfer: Transfer | None = None,
        gamma: Any = 0.0,
        initial: ArrayLike = 0.0,
        settings: Mapping[str, Any],
    ):
        self.rate, self.transfer = rate or FastRate(), transfer or Transfer()
        own = {"fast": fast, "slow": slow, "rate": self.rate, "transfer": self.transfer}
        super().__init__(grid, {**own, "gamma": gamma, "initial": initial, **settings})
        problems, rows, columns = self.shape
        self.lines = rows if self.transfer.rows else columns
        self.across = columns if self.transfer.rows else rows
        self._reads_each = self.lines if self.transfer.reads is None else self.transfer.reads
        if self._reads_each > self.lines:
            raise InputError(
                f"reads: a transfer reads at most all {self.lines} lines, got {self._reads_each}"
            )
        self.gamma = numbers_per_problem("gamma", gamma, "non-negative", problems)
        self._noise = per_problem("read_noise", self.transfer.read_noise, problems)
        self._source = self.grid.source(TRANSFER_READ)
        self.fast, self.slow = fast.tile(self.grid, FAST), slow.tile(self.grid, SLOW)
        self.slow.set_weights(initial)
        self._update = FastUpdate(self.fast, self.rate)
        self.reads = 0

    # ------------------------------------------------------------------ training

    def step(self, x: ArrayLike, d: ArrayLike) -> None:
        """As :meth:`Algorithm.step`; a transfer may fall between two vectors of a batch."""
        inputs, errors = self._lines(x, d)
        done, batch = 0, inputs.shape[1]
        while done < batch:
            count = min(batch - done, self._together())
            part = slice(done, done + count)
            self._train(inputs[:, part], errors[:, part])
            done += count

    def _together(self) -> int:
        """How many vectors make one call of the fast array at most.

        Up to the next transfer; where transfers of one line do not act back on the pulses of
        the fast array, all up to the end of a sweep, in which no line is read twice.
        """
        every = self.transfer.every
        first = every - self.vectors % every
        if self._reads_each > 1 or not self._reads_ahead:
            return first
        return first + (self.lines - 1 - self.reads % self.lines) * every

    @property
    def _reads_ahead(self) -> bool:
        """Whether lines may be used later than they are read: nothing else has changed then."""
        return True

    def _train(self, x: Array, d: Array) -> None:
        """The vectors of one call, with the transfers among them and at their end."""
        is_transfer = (self.vectors + 1 + np.arange(x.shape[1])) % self.transfer.every == 0
        if self._reads_each > 1:
            self._update(self._chopped(x, 2), self._chopped(d, 1))
            self.vectors += x.shape[1]
            if is_transfer[-1]:
                self._transfer()
            return
        lines = self.reads % self.lines + np.arange(np.count_nonzero(is_transfer))
        read = np.full(x.shape[1], NONE, dtype=np.int64)
        read[is_transfer] = lines
        columns, rows = self._signed(x, d, read)
        values = self._update(columns, rows, read, self.transfer.rows)
        self.vectors += x.shape[1]
        if lines.size:
            self._move(lines, self._as_read(values))
            self.reads += lines.size

    def _signed(self, x: Array, d: Array, read: Lines) -> tuple[Array, Array]:
        """Vectors of columns and rows times the signs of their lines.

        Parameters
        ----------
        x, d : arrays (problems, batch, columns) and (problems, batch, rows)
        read : array of int (batch,)
            The line that is read after each vector.
        """
        return self._chopped(x, 2), self._chopped(d, 1)

    def unchanged_for(self) -> int:
        """Without a share of A in the weights they stay up to and with the next transfer."""
        if self.gamma.any():
            return 1
        return self.transfer.every - self.vectors % self.transfer.every

    def _transfer(self) -> None:
        left = self._reads_each
        while left:  # in parts that end with a sweep
            first = self.reads % self.lines
            lines = np.arange(first, first + min(left, self.lines - first))
            self._move(lines, self._read(lines))
            self.reads += len(lines)
            left -= len(lines)

    @property
    def sweep(self) -> int:
        """The number of the present sweep over all lines, from 0."""
        return self.reads // self.lines

    @abstractmethod
    def _move(self, lines: Lines, values: Array) -> None:
        """Use what was read of some lines of one sweep, (problems, lines, across)."""

    # ------------------------------------------------------------------ reads and writes

    def _zeros(self) -> Array:
        """0 for each cell; the cells of a line lie next to each other in memory."""
        if self.transfer.rows:
            return np.zeros(self.shape)
        problems, rows, columns = self.shape
        return np.zeros((problems, columns, rows)).swapaxes(1, 2)

    def _by_line(self, cells: Array, lines: Lines) -> Array:
        """Some lines of (problems, rows, columns), as (problems, lines, across); or a view."""
        span = in_a_row(lines)
        if self.transfer.rows:
            return np.asarray(cells[:, span])
        return np.asarray(cells[:, :, span].swapaxes(1, 2))

    def _put(self, cells: Array, lines: Lines, values: Array) -> None:
        """Set some lines of (problems, rows, columns)."""
        span = in_a_row(lines)
        if self.transfer.rows:
            cells[:, span] = values
        else:
            cells[:, :, span] = values.swapaxes(1, 2)

    def _read(self, lines: Lines) -> Array:
        """v: some lines of A as they are read, (problems, lines, across)."""
        return self._as_read(self._by_line(self.fast.weights, lines))

    def _as_read(self, weights: Array) -> Array:
        """The next lines of the sweep, (problems, lines, across), with what a read does to them."""
        values = weights.astype(np.float64)
        if self.transfer.periphery is not None:
            values = self._through_periphery(values)
        if self._noise.any():
            xi = self._source.normal(self.reads + np.arange(values.shape[1]), self.across)
            values = values + self._noise[:, None, None] * xi
        return values

    def _through_periphery(self, values: Array) -> Array:
        """One-hot reads: the product of a line with 1 through converters and noise."""
        assert self.transfer.periphery is not None
        periphery = replace(
            self.transfer.periphery, noise_management="none", bound_management="none"
        )
        outputs = [
            read(
                np.ascontiguousarray(values[:, line, :, None]).astype(self.fast.dtype),
                np.ones((1, 1, 1)), periphery, seed=self.grid.seed,
                stream=self.grid.stream + READ, first_vector=self.reads + line,
                first_problem=self.grid.first_problem, backend=self.grid.backend,
            )
            for line in range(values.shape[1])
        ]  # fmt: skip
        return np.concatenate(outputs, axis=1).astype(np.float64)

    def _write(self, lines: Lines, values: Array, lr: Any, **pulses: Any) -> None:
        """C ← C + lr·v on some lines; v as (problems, lines, across)."""
        if not values.any():
            self.slow.vectors += len(lines)  # the vectors of other problems keep their numbers
            return
        one_hot = (lines[:, None] == np.arange(self.lines)).astype(np.float64)
        x, d = (-values, one_hot) if self.transfer.rows else (one_hot, -values)
        self.slow.update(x, d, lr, **pulses)

    @cached_property
    def pulse_size(self) -> Array:
        """Δw_min of the slow array, (problems,)."""
        return granularity(self.slow)

    def _write_pulses(self, lines: Lines, count: Array, most: int = 1) -> None:
        """Whole numbers of pulses to some lines of C, (problems, lines, across)."""
        self._write(lines, count, self.pulse_size, pulses=most, train="deterministic")

    # ------------------------------------------------------------------ layer

    def _sign_of(self, axis: int) -> Array | None:
        """Signs of the rows (axis 1) or of the columns (axis 2), (problems, …); None for 1."""
        return None

    def _chopped(self, given: Array, axis: int) -> Array:
        """Vectors along an axis of the weights, times the signs of its lines."""
        signs = self._sign_of(axis)
        return given if signs is None else given * signs[:, None, :]

    def _fast_reference(self) -> Array | None:
        """A_ref, (problems, rows, columns); None for 0."""
        return None

    @property
    def effective_weights(self) -> Array:
        """W = γ·(s_r s_cᵀ)∘(A − A_ref) + C."""
        slow = self.slow.weights
        if not self.gamma.any():
            return np.asarray(slow)
        fast = self.fast.weights
        reference, rows, columns = self._fast_reference(), self._sign_of(1), self._sign_of(2)
        if reference is not None:
            fast = fast - reference
        if rows is not None and columns is not None:
            fast = fast * rows[:, :, None] * columns[:, None, :]
        return np.asarray(slow + self.gamma[:, None, None] * fast)

    def forward(self, x: ArrayLike) -> Array:
        """As :meth:`Algorithm.forward`: each array is read through its own periphery."""
        return self._layer(vectors("x", x, self.shape[0], self.shape[2]), 2)

    def backward(self, d: ArrayLike) -> Array:
        """As :meth:`Algorithm.backward`."""
        return self._layer(vectors("d", d, self.shape[0], self.shape[1]), 1)

    def _layer(self, given: Array, axis: int) -> Array:
        is_forward = axis == 2
        outputs = self.slow.forward(given) if is_forward else self.slow.backward(given)
        if not self.gamma.any():
            return outputs
        chopped, reference = self._chopped(given, axis), self._fast_reference()
        fast = self.fast.forward(chopped) if is_forward else self.fast.backward(chopped)
        if reference is not None:
            fast = fast - chopped @ (reference.swapaxes(1, 2) if is_forward else reference)
        fast = self._chopped(fast, 3 - axis)
        return np.asarray(outputs + self.gamma[:, None, None] * fast)

    # ------------------------------------------------------------------ state

    def tiles(self) -> dict[str, Tile]:
        """The fast and the slow array."""
        return {"fast": self.fast, "slow": self.slow}

    def _digital(self) -> dict[str, Array]:
        return {"means": self._update.means}

    def _counters(self) -> dict[str, int]:
        return {"vectors": self.vectors, "reads": self.reads}
