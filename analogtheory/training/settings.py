"""What an algorithm on tiles is built from: problems, pulses, rates, transfer, buffer, chopper."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analogtheory.errors import InputError
from analogtheory.philox import check_seed
from analogtheory.tiles import Periphery
from analogtheory.tiles import checks as tile_checks
from analogtheory.tiles.streams import KINDS, PROBLEMS, check_first
from analogtheory.tiles.trains import checked_trains
from analogtheory.training.checks import flag, numbers, whole
from analogtheory.training.randomness import Source

Array = NDArray[Any]


@dataclass(frozen=True)
class Grid:
    """Independent problems of one size, and where their random numbers come from.

    Attributes
    ----------
    shape : tuple of int
        (problems, rows, columns); or (rows, columns) for one problem.
    seed : int
        0 ≤ seed < 2⁶⁴.
    stream : int
        First number of the tiles; an algorithm uses `stream` to `stream` + 3.
    first_problem : int
        Number of the first problem: problems 3 and 4 alone are ``first_problem=3``.
    dtype : str
        "float32" or "float64".
    backend : str
        As for :class:`analogtheory.tiles.Tile`.

    Raises
    ------
    InputError
        If one of them cannot be used.
    """

    shape: tuple[int, ...]
    seed: int = 0
    stream: int = 0
    first_problem: int = 0
    dtype: str = "float32"
    backend: str = "auto"

    def __post_init__(self) -> None:
        _, full = tile_checks.shapes(self.shape)
        object.__setattr__(self, "shape", full)
        check_seed(self.seed)
        check_first("stream", self.stream, 4, 2**32 // KINDS)
        check_first("first_problem", self.first_problem, full[0], PROBLEMS)

    @property
    def problems(self) -> int:
        """How many problems."""
        return self.shape[0]

    def numbers(self) -> NDArray[np.int64]:
        """The numbers of the problems."""
        return self.first_problem + np.arange(self.problems)

    def source(self, kind: int) -> Source:
        """Random numbers of a kind for these problems."""
        return Source.of(self.seed, kind, self.stream, self.numbers())

    @classmethod
    def of(cls, given: Any) -> Grid:
        """A grid, or the grid of a shape.

        Raises
        ------
        InputError
            If it is neither.
        """
        return given if isinstance(given, Grid) else cls(given)


@dataclass(frozen=True)
class Pulses:
    """How an update is turned into pulses; see :meth:`analogtheory.tiles.Tile.update`.

    Attributes
    ----------
    longest : int
        Slots of the longest train.
    train : str
        "stochastic", "deterministic", "mean-count" or "expected" (no pulses, no noise).
    management, length_management : bool
    """

    longest: int = 31
    train: str = "stochastic"
    management: bool = True
    length_management: bool = True

    def __post_init__(self) -> None:
        checked_trains(self.train, self.longest, self.management, self.length_management)

    def arguments(self) -> dict[str, Any]:
        """As keyword arguments of :meth:`analogtheory.tiles.Tile.update`."""
        return {
            "pulses": self.longest,
            "train": self.train,
            "management": self.management,
            "length_management": self.length_management,
        }


@dataclass(frozen=True, eq=False)
class FastRate:
    """The rate of the fast array, fixed or scaled to the vectors (theory notes 3.2).

    Fixed: lr_A = `lr`. Scaled::

        lr_A = lr·BL·Δw_min/(m_x·m_d)

    with BL the longest train and m_x, m_d running means of max|x| and max|d|, so that the
    cell that moves most expects about lr·BL pulses from every vector. A running mean starts
    at its first value that is not 0, passes over zeros, and takes in the vector at hand
    before it is used. Source: the public source of aihwkit 1.2.0 [read, theory notes].

    Attributes
    ----------
    lr : float or array (problems,)
        > 0.
    scaled : bool
    average_rate : float
        Weight of the newest vector in the running means, in (0, 1].
    pulses : Pulses
    """

    lr: Any = 0.01
    scaled: bool = False
    average_rate: float = 0.01
    pulses: Pulses = field(default_factory=Pulses)

    def __post_init__(self) -> None:
        numbers("fast rate", self.lr, "positive")
        flag("scaled", self.scaled)
        rate = numbers("average_rate", self.average_rate, "positive")
        if rate.ndim or rate > 1:
            raise InputError(f"average_rate: must lie in (0, 1], got {self.average_rate!r}")
        if not isinstance(self.pulses, Pulses):
            raise InputError(f"pulses: must be a Pulses, got {self.pulses!r}")


@dataclass(frozen=True, eq=False)
class Transfer:
    """When and how the fast array is read line by line.

    Attributes
    ----------
    every : int
        n_s ≥ 1: vectors from transfer to transfer.
    reads : int or None
        Lines that one transfer reads, in turn, at most all; None for all.
    rows : bool
        Whether rows are read instead of columns.
    read_noise : float or array (problems,)
        Standard deviation of Gaussian noise on each number read, in weight units.
    periphery : Periphery, optional
        Converters and noise of the read. Noise and bound management are switched off, as
        is the practice of the field for one-hot vectors.
    """

    every: int = 1
    reads: int | None = 1
    rows: bool = False
    read_noise: Any = 0.0
    periphery: Periphery | None = None

    def __post_init__(self) -> None:
        whole("every", self.every, 1)
        if self.reads is not None:
            whole("reads", self.reads, 1)
        flag("rows", self.rows)
        numbers("read_noise", self.read_noise, "non-negative")
        tile_checks.periphery(self.periphery)

    @staticmethod
    def automatic_period(states: float, lines: int, sweeps: float = 1.0) -> int:
        """n_s = max(1, round(states·sweeps/lines)): one sweep takes as long as a cell needs
        through its range (theory notes 3.2).

        Raises
        ------
        InputError
            If a number is not positive.
        """
        count = numbers("states", states, "positive") * numbers("sweeps", sweeps, "positive")
        return max(1, round(float(count) / whole("lines", lines, 1)))


@dataclass(frozen=True, eq=False)
class Buffer:
    """The digital buffer H between the arrays, and its threshold (theory notes 3.1, 3.2).

    Per read of a line with values v (sign of the chopper included)::

        H ← H + lr_H·v,   n = trunc(H/θ) cut at ± most_pulses,   n pulses are written
        where n ≠ 0:  H ← m·H (forget)  or  H − (1 − m)·n·θ (keep)

    and lr_H, in pulses of the slow array per unit read::

        lr_H = transfer_lr·lr/b,   b = granularity·Δ_A·(auto_granularity/(lines·n_s) if given)
        corrected:  lr_H = transfer_lr·lr/(lr_A·b·Δ_C/Δ_A)

    with Δ_A, Δ_C = Δw_min of the fast and the slow array.

    Attributes
    ----------
    lr, transfer_lr, granularity : float or array (problems,)
        > 0.
    auto_granularity : float or array, optional
        g₀ > 0.
    corrected : bool
        Correct gradient magnitudes: divide by the rate of the fast array.
    threshold : float or array (problems,)
        θ > 0.
    most_pulses : int
    forget : bool
    momentum : float
        m in [0, 1].

    Source: the public source of aihwkit 1.2.0 [read, theory notes].
    """

    lr: Any = 0.05
    transfer_lr: Any = 1.0
    granularity: Any = 1.0
    auto_granularity: Any = None
    corrected: bool = False
    threshold: Any = 1.0
    most_pulses: int = 1
    forget: bool = True
    momentum: float = 0.0

    def __post_init__(self) -> None:
        for name in ("lr", "transfer_lr", "granularity", "threshold"):
            numbers(name, getattr(self, name), "positive")
        if self.auto_granularity is not None:
            numbers("auto_granularity", self.auto_granularity, "positive")
        flag("corrected", self.corrected)
        flag("forget", self.forget)
        if whole("most_pulses", self.most_pulses, 1) > 1000:
            raise InputError(f"most_pulses: must be at most 1000, got {self.most_pulses}")
        if numbers("momentum", self.momentum, "probability").ndim:
            raise InputError("momentum: must be one number")

    def rate(self, fast: Array, slow: Array, lines: int, every: int) -> Array:
        """lr_H, but for the division by lr_A.

        Parameters
        ----------
        fast, slow : arrays (problems,)
            Δ_A and Δ_C.
        lines, every : int
            Lines of a sweep, and n_s.
        """
        unit = np.asarray(self.granularity) * fast
        if self.auto_granularity is not None:
            unit = unit * np.asarray(self.auto_granularity) / (lines * every)
        if self.corrected:
            unit = unit * slow / fast
        return np.asarray(np.asarray(self.transfer_lr) * np.asarray(self.lr) / unit)


@dataclass(frozen=True, eq=False)
class Chopper:
    """Signs that flip: per line that is read, and optionally per line across.

    Attributes
    ----------
    probability : float or array (problems,)
        p. Random: a line flips after each of its reads with probability p. Regular: all
        lines flip in the last of every N = max(⌈1/p⌉, 2) sweeps; p = 0 never.
    regular : bool
    across : float or array (problems,)
        Probability that a line across (a row, where columns are read) flips at the end of a
        sweep.

    Source: theory notes 5.2, from the public source of aihwkit 1.2.0 [read].

    Examples
    --------
    >>> Chopper(0.1).period.item(), Chopper(1.0).period.item()
    (10.0, 2.0)
    """

    probability: Any = 0.1
    regular: bool = False
    across: Any = 0.0

    def __post_init__(self) -> None:
        numbers("chopper probability", self.probability, "probability")
        numbers("across", self.across, "probability")
        flag("regular", self.regular)

    @property
    def period(self) -> Array:
        """N, in sweeps; infinite where p = 0."""
        p = np.asarray(self.probability, dtype=np.float64)
        with np.errstate(divide="ignore"):
            quotient = np.where(p > 0, 1.0 / p, math.inf)
        return np.maximum(np.ceil(quotient * (1.0 - 2.0**-50)), 2.0)
