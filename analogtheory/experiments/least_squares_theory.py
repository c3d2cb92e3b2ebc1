"""Laws of SGD on random least squares: exact where linear, else closed at second moments.

Mean m and covariance V of the weights follow (derived here)

    m⁺ = m − αb,    V⁺ = (1 − αJ)V(1 − αJ)ᵀ + α²Q,

with b the mean change, J its slope and Q the variance that a step adds. For digital SGD b = g =
H(m − W*), J = H, Q = s²·1, and the law is exact. On a linear device the change is g + |g|W/τ; with
W taken as Gaussian of these moments, y = g + ε is Gaussian of variance S² = s² + (HVH)_dd and

    b = g + (E|y|·m + P·(HV)_dd)/τ,    J = (1 + Pm/τ)H + E|y|/τ,    P = E sgn y.

==============  ====================================================================
digital         as above
averaged        Q the variance of ε-noise in y + |y|m/τ, coordinate by coordinate
pulsed          the same, and the variance of the number of pulses: a cell that expects
                n̄ pulses of a train of BL slots gets n with Var n = n̄(1 − n̄/BL);
                Cov(n_d, n_e), of the train that they share, is left out
sampled         :mod:`analogtheory.experiments.learning_rates_theory`
==============  ====================================================================

With noise ±s, E|y| = s and P = 0 given W as long as |g| ≤ s: b is linear, and its zero the exact
mean at rest (claim exact-mean-rademacher for one weight; H in place of h derived here).
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import linalg, special

from analogtheory.experiments.core import Array
from analogtheory.experiments.least_squares import Problem


@dataclass(frozen=True)
class Folded:
    """|y| of y = g + ε, element-wise: E|y|, P = E sgn y, Cov(y, |y|) and Var|y|."""

    mean: Array
    sign: Array
    covariance: Array
    variance: Array


def folded(g: Array, size: Any, law: str = "gaussian") -> Folded:
    """Of noise N(0, size²), or of ±size for |g| ≤ size (claim mean-abs-closed-forms)."""
    if law == "rademacher":
        return Folded(np.full_like(g, size), 0 * g, size * g, g**2)
    sign = special.erf(g / (size * math.sqrt(2)))
    density = size * np.exp(-((g / size) ** 2) / 2) / math.sqrt(2 * math.pi)
    mean = 2 * density + g * sign
    both = (g**2 + size**2) * sign + 2 * g * density  # E y|y|
    return Folded(mean, sign, both - g * mean, g**2 + size**2 - mean**2)


@dataclass(frozen=True)
class Step(ABC):
    """One step of a setting.

    Attributes
    ----------
    problem : Problem
    lr : float
    noise : float
        s, of each coordinate (of each output for samples).
    tau : float
    law : str
    """

    problem: Problem
    lr: float
    noise: float
    tau: float = math.inf
    law: str = "gaussian"

    @abstractmethod
    def field(self, w: Array, second: Array) -> tuple[Array, Array]:
        """b and J at a mean and a covariance."""

    @abstractmethod
    def spread(self, w: Array, second: Array) -> Array:
        """Q at a mean and a covariance."""

    def share(self, size: Array) -> Array:
        """Of wanted changes of these sizes, what is executed."""
        return np.ones_like(size)

    # -------------------------------------------------------------- what follows

    def rest(self, second: Array | None = None, start: Array | None = None) -> Array:
        """Zero of b at a given covariance (0: the rest point of the mean field), by Newton."""
        covariance = np.zeros_like(self.problem.hessian) if second is None else second
        w = np.array(self.problem.target if start is None else start)
        for _ in range(50):
            value, jacobian = self.field(w, covariance)
            move = linalg.solve(jacobian, value)
            w = w - move
            if np.abs(move).max() <= 1e-13 * (1 + np.abs(w).max()):
                break
        return w

    def stationary(self) -> tuple[Array, Array]:
        """Mean and covariance at rest, found in turns."""
        mean, covariance = self.rest(), np.zeros_like(self.problem.hessian)
        for _ in range(100):
            _, jacobian = self.field(mean, covariance)
            turn = np.eye(len(mean)) - self.lr * jacobian
            added = self.lr**2 * self.spread(mean, covariance)
            before = covariance
            covariance = np.asarray(linalg.solve_discrete_lyapunov(turn, added), dtype=np.float64)
            mean = self.rest(covariance, mean)
            if np.abs(covariance - before).max() <= 1e-12 * np.abs(covariance).max():
                break
        return mean, covariance

    def path(
        self, start: Array, steps: int, longest: float = math.inf
    ) -> Iterator[tuple[Array, Array]]:
        """Mean and covariance before each step and after the last, from a fixed start.

        `longest`: the largest α|g_d| that a train can bring (its slots times Δw_min); beyond it
        the whole vector is scaled down, see :mod:`analogtheory.tiles.trains`.
        """
        mean, covariance = np.array(start, dtype=float), np.zeros_like(self.problem.hessian)
        yield mean, covariance
        for _ in range(steps):
            value, jacobian = self.field(mean, covariance)
            gradient = np.abs(self.problem.gradient(mean))
            largest = self.lr * gradient.max()
            lr = self.lr * min(1.0, longest / largest) if largest else self.lr
            turn = np.eye(len(mean)) - lr * jacobian
            added = lr**2 * self.spread(mean, covariance)
            covariance = turn @ covariance @ turn.T + added
            mean = mean - lr * value * self.share(lr * gradient)
            yield mean, covariance

    def along(self, start: Array, kept: Collection[int], longest: float = math.inf) -> Array:
        """E f/D before the steps of some numbers, from a fixed start; `longest` as for a path."""
        path = self.path(start, max(kept), longest)
        return np.array([self.loss(*moments) for step, moments in enumerate(path) if step in kept])

    def loss(self, mean: Array, covariance: Array) -> Array:
        """E f/D from the first two moments, (...)."""
        spread = (self.problem.hessian * covariance).sum(axis=(-2, -1))
        return np.asarray(self.problem.loss(mean) + spread / (2 * mean.shape[-1]))

    def squared_gradient(self, mean: Array, covariance: Array) -> Array:
        """E‖∇f‖², (...)."""
        square = self.problem.hessian @ self.problem.hessian
        spread = (square * covariance).sum(axis=(-2, -1))
        return np.asarray(self.problem.squared_gradient(mean) + spread)


class Digital(Step):
    """W − αg."""

    def field(self, w: Array, second: Array) -> tuple[Array, Array]:
        """As :meth:`Step.field`."""
        return self.problem.gradient(w), self.problem.hessian

    def spread(self, w: Array, second: Array) -> Array:
        """As :meth:`Step.spread`."""
        return np.asarray(self.noise**2 * np.eye(len(w)))


class Averaged(Step):
    """W − αg − α|g|W/τ."""

    def _width(self, second: Array) -> Any:
        """S, of y; s for noise ±s, where E|y| does not depend on it."""
        if self.law == "rademacher":
            return self.noise
        return np.sqrt(self.noise**2 + quadratic(self.problem.hessian, second))

    def field(self, w: Array, second: Array) -> tuple[Array, Array]:
        """As :meth:`Step.field`."""
        gradient, hessian = self.problem.gradient(w), self.problem.hessian
        size = folded(gradient, self._width(second), self.law)
        mixed = (hessian * second).sum(axis=1)
        rows = 1 + size.sign * w / self.tau
        return (
            gradient + (size.mean * w + size.sign * mixed) / self.tau,
            rows[:, None] * hessian + np.diag(size.mean) / self.tau,
        )

    def spread(self, w: Array, second: Array) -> Array:
        """As :meth:`Step.spread`."""
        size = folded(self.problem.gradient(w), self.noise, self.law)
        ratio = w / self.tau
        return np.diag(self.noise**2 + 2 * ratio * size.covariance + ratio**2 * size.variance)


@dataclass(frozen=True)
class Pulsed(Averaged):
    """The same by one vector of managed stochastic trains; Gaussian noise.

    Attributes
    ----------
    dw_min : float
    """

    dw_min: float = 1.0

    def share(self, size: Array) -> Array:
        """As :meth:`Step.share`: pulses one after the other, 1 − e^{−x} for x = size/τ.

        Claim linear-pulse-train-ratio as Δw_min → 0.
        """
        x = np.maximum(size / self.tau, 1e-12)
        return np.asarray(-np.expm1(-x) / x)

    def spread(self, w: Array, second: Array) -> Array:
        """As :meth:`Step.spread`: a pulse moves by Δw_min(1 ± w/τ)."""
        gradient, width, ratio = self.problem.gradient(w), self._width(second), w / self.tau
        size, unit = folded(gradient, width), self.dw_min / self.lr
        counts = unit * (size.mean * (1 + ratio**2) + 2 * ratio * gradient)
        # E y|y|/BL as that share of E y²/BL which it would be with a fixed BL
        share = (size.covariance + gradient * size.mean) / (gradient**2 + width**2)
        sure = mean_square_over_length(gradient, width, unit) * (1 + ratio**2 + 2 * ratio * share)
        return super().spread(w, second) + np.diag(counts - sure)


def mean_square_over_length(g: Array, s: Array, unit: float) -> Array:
    """E y_d²/BL with y = g + ε Gaussian and BL = ⌈max_i|y_i|/unit⌉.

    P(BL ≤ n) splits into independent events |y_i| ≤ n·unit, so with A_d(n) =
    E[y_d²; |y_d| ≤ n·unit]·Π_{i≠d}P(|y_i| ≤ n·unit) the value is Σ_n (A_d(n) − A_d(n−1))/n.
    """
    first = max(0, math.floor((np.abs(g) - 9 * s).max() / unit))
    levels = np.arange(first, math.ceil((np.abs(g) + 9 * s).max() / unit) + 1)
    edge = levels[:, None] * unit
    high, low = (edge - g) / s, (-edge - g) / s
    inside = special.ndtr(high) - special.ndtr(low)
    # ∫(g + sz)² φ(z) from low to high
    phi_high, phi_low = (np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi) for z in (high, low))
    square = (
        (g**2 + s**2) * inside
        - s * ((2 * g + s * high) * phi_high - (2 * g + s * low) * phi_low)
    )  # fmt: skip
    with np.errstate(divide="ignore", invalid="ignore"):
        others = np.exp(np.log(inside).sum(axis=1, keepdims=True) - np.log(inside))
    parts = np.nan_to_num(square * others)
    return np.asarray((np.diff(parts, axis=0) / levels[1:, None]).sum(axis=0))


def quadratic(rows: Array, second: Array) -> Array:
    """xᵀVx for each row x."""
    return np.asarray(((rows @ second) * rows).sum(axis=1))


def ridge(problem: Problem, kappa: float) -> Array:
    """(H + κ)⁻¹HW*: the rest point with E|g + ε| = κτ (claim ridge-bias)."""
    hessian = problem.hessian
    return np.asarray(
        linalg.solve(hessian + kappa * np.eye(len(hessian)), hessian @ problem.target)
    )
