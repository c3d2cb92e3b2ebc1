"""Random least squares on arrays of linear devices: the toy problem, and how it is run.

    f(W) = ‖A(W − W*)‖²/N = ½(W − W*)ᵀH(W − W*),  H = 2AᵀA/N,  A (N, D) and W* Gaussian,

D weights with q± = 1 ∓ w/τ, gradients with additive noise. Many independent lanes at once; lanes
of one replica number see the same noise, whatever their settings. Four ways to take a step:

==============  =====================================================================
:class:`Digital`   W − αg, g = ∇f(W) + ε
:class:`Averaged`  W − αg − α|g|W/τ (arXiv:2502.06309 eqs. (2), (5)), clipped to ±τ
:class:`Pulsed`    g as one vector of pulse trains on a tile
:class:`Sampled`   the N terms of g, each with noise on its output, as N vectors of trains
==============  =====================================================================

The laws of all four are in :mod:`analogtheory.experiments.least_squares_theory`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analogtheory.experiments.core import Array, Progress, silent
from analogtheory.responses.formulas import WEIGHT, parameter
from analogtheory.responses.response import Response
from analogtheory.tiles import Tile
from analogtheory.training.randomness import DATA, Source

#: Steps whose noise is drawn together, and points at which a curve is kept.
_CHUNK, _KEPT = 50, 50


@dataclass(frozen=True, eq=False)
class Problem:
    """One least-squares problem: A (N, D) and W* (D,)."""

    design: Array
    target: Array

    @cached_property
    def hessian(self) -> Array:
        """H = 2AᵀA/N."""
        return 2 * self.design.T @ self.design / len(self.design)

    @cached_property
    def smoothness(self) -> float:
        """L, the largest eigenvalue of H."""
        return float(np.linalg.eigvalsh(self.hessian)[-1])

    def gradient(self, weights: Array) -> Array:
        """∇f, (..., D)."""
        return np.asarray((weights - self.target) @ self.hessian)

    def loss(self, weights: Array) -> Array:
        """f/D, (...): what the public scripts of arXiv:2406.12774 log (theory notes 7.1)."""
        away = (weights - self.target) @ self.design.T
        return np.asarray(np.square(away).mean(axis=-1) / len(self.target))

    def squared_gradient(self, weights: Array) -> Array:
        """‖∇f‖², (...): what its theorems speak of."""
        return np.asarray(np.square(self.gradient(weights)).sum(axis=-1))


def drawn(given: Mapping[str, Any], seed: int) -> Problem:
    """The problem of `given`: dimension, samples, and the spreads of A and W*."""
    generator = np.random.Generator(np.random.Philox(key=seed))
    size = given["samples"], given["dimension"]
    design = given["design"] * generator.standard_normal(size)
    return Problem(design, given["target"] * generator.standard_normal(size[1]))


@dataclass(frozen=True, eq=False)
class Lanes:
    """Settings × replicas, flat; every attribute has one number a lane."""

    lr: Array
    tau: Array
    dw_min: Array
    replica: NDArray[np.int64]
    replicas: int

    @classmethod
    def of(cls, replicas: int, *, lr: Any, tau: Any = np.inf, dw_min: Any = 1.0) -> Lanes:
        """Each of the settings (numbers or vectors of one length) with each replica."""
        settings = np.broadcast_arrays(*(np.atleast_1d(v).astype(float) for v in (lr, tau, dw_min)))
        rates, ranges, sizes = (np.repeat(v, replicas) for v in settings)
        numbers = np.tile(np.arange(replicas), len(settings[0]))
        return cls(rates, ranges, sizes, numbers, replicas)

    def __len__(self) -> int:
        return len(self.lr)

    def grouped(self, values: Array) -> Array:
        """(..., lanes) → (..., settings, replicas)."""
        return values.reshape(*values.shape[:-1], -1, self.replicas)


# ------------------------------------------------------------------ steps


class Arrays(ABC):
    """Weights of all lanes, (lanes, D), and a step.

    Parameters
    ----------
    problem : Problem
    lanes : Lanes
    start : array that broadcasts to (lanes, D)
    """

    def __init__(self, problem: Problem, lanes: Lanes, start: Any = 0.0):
        self.problem, self.lanes = problem, lanes
        shape = len(lanes), len(problem.target)
        self.weights = np.array(np.broadcast_to(np.asarray(start, dtype=float), shape))

    @property
    def draws(self) -> int:
        """Noise numbers that a lane needs for a step."""
        return len(self.problem.target)

    @abstractmethod
    def step(self, noise: Array) -> None:
        """One step; noise (lanes, draws)."""


class Digital(Arrays):
    """W ← W − αg."""

    def step(self, noise: Array) -> None:
        """As :meth:`Arrays.step`."""
        self.weights -= self.lanes.lr[:, None] * (self.problem.gradient(self.weights) + noise)


class Averaged(Arrays):
    """W ← W − αg − α|g|W/τ, clipped to ±τ.

    Attributes
    ----------
    reach : array (lanes,)
        The largest |W_d| so far.
    """

    def __init__(self, problem: Problem, lanes: Lanes, start: Any = 0.0):
        super().__init__(problem, lanes, start)
        self.reach = np.abs(self.weights).max(axis=1)

    def step(self, noise: Array) -> None:
        """As :meth:`Arrays.step`."""
        change = -self.lanes.lr[:, None] * (self.problem.gradient(self.weights) + noise)
        tau = self.lanes.tau[:, None]
        self.weights += change - np.abs(change) * self.weights / tau
        np.clip(self.weights, -tau, tau, out=self.weights)
        np.maximum(self.reach, np.abs(self.weights).max(axis=1), out=self.reach)


class Pulsed(Arrays):
    """g as one vector of stochastic pulse trains, on one tile of (lanes, 1, D) devices.

    Parameters
    ----------
    longest : int
        Slots of the longest train; lengths are managed, so that shorter ones do where they can.
    """

    def __init__(self, problem: Problem, lanes: Lanes, start: Any, *, longest: int, seed: int):
        super().__init__(problem, lanes, start)
        tau = parameter("tau")
        device = Response(
            1 - WEIGHT / tau, 1 + WEIGHT / tau, -tau, tau,
            parameters={"tau": lanes.tau[:, None, None]},
        )  # fmt: skip
        shape = len(lanes), 1, len(problem.target)
        self.tile = Tile(device, shape, dw_min=lanes.dw_min, dtype="float64", seed=seed)
        self.tile.set_weights(self.weights[:, None])
        self.longest = longest

    def step(self, noise: Array) -> None:
        """As :meth:`Arrays.step`."""
        self.fire((self.problem.gradient(self.weights) + noise)[:, None], np.ones((len(noise), 1)))

    def fire(self, columns: Array, rows: Array) -> None:
        """Vectors in turn; columns as a tile takes them, rows (lanes, vectors)."""
        self.tile.update(columns, rows[:, :, None], self.lanes.lr, pulses=self.longest)
        self.weights = self.tile.weights[:, 0]


class Sampled(Pulsed):
    """g = (2/N)Σ_i a_i(a_iᵀ(W − W*) + η_i), term by term, all errors at the W of the step's start.

    What a crossbar does with a batch: each sample is a vector of trains of its own.
    """

    @property
    def draws(self) -> int:
        """As :meth:`Arrays.draws`: η_i of each sample."""
        return len(self.problem.design)

    def step(self, noise: Array) -> None:
        """As :meth:`Arrays.step`."""
        design = self.problem.design
        errors = (self.weights - self.problem.target) @ design.T + noise
        self.fire(design, 2 / len(design) * errors)


# ------------------------------------------------------------------ runs


@dataclass(frozen=True)
class Noise:
    """Independent noise: its standard deviation (a number, or one a lane), law and address."""

    size: Any
    seed: int
    stream: int = 0
    law: str = "gaussian"

    def draw(self, lanes: Lanes, first: int, steps: int, count: int) -> Array:
        """(lanes, steps, count)."""
        source = Source.of(self.seed, DATA, self.stream, lanes.replica)
        xi = source.normal(first + np.arange(steps), count)
        xi = np.sign(xi) if self.law == "rademacher" else xi
        return np.asarray(np.broadcast_to(self.size, len(lanes))[:, None, None] * xi)


def kept_steps(steps: int) -> list[int]:
    """Numbers of steps at which curves are kept, spaced as a logarithmic axis shows them."""
    return [int(k) for k in np.unique(np.geomspace(1, steps, _KEPT).astype(int))]


def run(
    arrays: Arrays,
    noise: Noise,
    steps: int,
    measure: Mapping[str, Callable[[Array], Array]],
    *,
    keep: Sequence[int] = (),
    late: int | None = None,
    every: int = 5,
    progress: Progress = silent,
) -> dict[str, Array]:
    """Run, and measure.

    Parameters
    ----------
    measure : mapping of name to function of the weights (lanes, D) → (lanes, …)
    keep : numbers of steps, increasing
        Before which the measures are kept, under "NAME": (kept, settings, replicas).
    late : int, optional
        Step from which on the measures are averaged over time, every few steps, under
        "NAME_late": (settings, replicas).
    """
    lanes = arrays.lanes
    kept: dict[str, list[Array]] = {name: [] for name in measure}
    sums: dict[str, Any]
    sums, count, wanted = dict.fromkeys(measure, 0.0), 0, set(keep)
    for number in range(steps + 1):
        if number in wanted:
            for name, function in measure.items():
                kept[name].append(function(arrays.weights))
        if late is not None and number >= late and number % every == 0:
            count += 1
            for name, function in measure.items():
                sums[name] = sums[name] + function(arrays.weights)
        if number < steps:
            if number % _CHUNK == 0:
                drawn_now = noise.draw(lanes, number, min(_CHUNK, steps - number), arrays.draws)
                progress(number / steps)
            arrays.step(drawn_now[:, number % _CHUNK])
    found = {n: lanes.grouped(np.array(v)) for n, v in kept.items() if wanted}
    return found | {f"{n}_late": lanes.grouped(v / count) for n, v in sums.items() if count}
