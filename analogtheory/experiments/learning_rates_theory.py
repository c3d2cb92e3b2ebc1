"""The law of a step whose gradient is pulsed sample by sample, as a crossbar takes a batch.

The gradient is Σ_i c·a_i·y_i, c = 2/N, y_i = e_i + η_i, e_i = a_iᵀ(W − W*), η_i ~ N(0, s²). On
the linear device, for small α (derived here, as
:mod:`analogtheory.experiments.least_squares_theory`)

    b = H(W − W*) + Σ(W)⊙W/τ,    Σ_d = c·Σ_i |a_id|·E|y_i|,

so the asymmetry sees the sum of the sizes of the samples where one vector for the whole gradient
would have it see the size of their sum. The vectors come one after the other: with x_id =
αc|a_id|·E|y_i|/τ and r_id = −sgn(a_id)·E y_i/E|y_i|, vector i takes W_d to W_d·e^{−x} + τr(1 −
e^{−x}) (claim linear-pulse-train-ratio as Δw_min → 0, |y_i| at its mean), so that after all

    W_d⁺ = W_d·e^{−Σ_i x_id} + τ·Σ_i r_id(1 − e^{−x_id})·e^{−Σ_{j>i} x_jd},    b = (W − W⁺)/α,

which at the first steps differs from the line above by a tenth (J is the slope of that line). The
trains of sample i have BL = ⌈k⌉ slots, in which the
row fires with probability q = √(k/BL) and column d with p_d = q|a_id|/max|a_i|, k =
αc|y_i|·max|a_i|/Δw_min. Given y_i the counts n_d have

    Var n_d = BL·p_d q(1 − p_d q),    Cov(n_d, n_e) = BL·p_d p_e q(1 − q).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from analogtheory.experiments.core import Array
from analogtheory.experiments.least_squares_theory import Step, folded, quadratic


@dataclass(frozen=True)
class Sampled(Step):
    """All N terms of the gradient as vectors of their own; `noise` is Gaussian, of an output.

    Attributes
    ----------
    dw_min : float
    nodes : int
        Points of equal probability that stand for a normal number where counts are averaged.
    """

    dw_min: float = 1.0
    nodes: int = 200

    @property
    def _scale(self) -> float:
        return 2 / len(self.problem.design)

    def _outputs(self, w: Array, second: Array) -> tuple[Array, Array]:
        """Mean and deviation of y_i."""
        design = self.problem.design
        spread = quadratic(design, second)
        return design @ (w - self.problem.target), np.sqrt(self.noise**2 + spread)

    def field(self, w: Array, second: Array) -> tuple[Array, Array]:
        """As :meth:`Step.field`."""
        errors, width = self._outputs(w, second)
        size = folded(errors, width)
        design, sides = self.problem.design, np.abs(self.problem.design)
        pull = self._scale * sides.T @ size.mean
        slope = self._scale * sides.T @ (size.sign[:, None] * design)
        mixed = (slope * second).sum(axis=1)
        jacobian = self.problem.hessian + (w / self.tau)[:, None] * slope
        moved = self._in_turn(w, errors / size.mean, size.mean)
        return mixed / self.tau - moved / self.lr, jacobian + np.diag(pull) / self.tau

    def _in_turn(self, w: Array, direction: Array, size: Array) -> Array:
        """W⁺ − W by all vectors, one after the other; E y/E|y| and E|y| of each."""
        design = self.problem.design
        x = self.lr * self._scale / self.tau * np.abs(design) * size[:, None]
        later = x.sum(axis=0) - np.cumsum(x, axis=0)
        towards = -np.sign(design) * direction[:, None]
        added = self.tau * (towards * -np.expm1(-x) * np.exp(-later)).sum(axis=0)
        return np.asarray(w * np.expm1(-x.sum(axis=0)) + added)

    def spread(self, w: Array, second: Array) -> Array:
        """As :meth:`Step.spread`."""
        errors, width = self._outputs(w, second)
        size = folded(errors, self.noise)
        design, ratio = self.problem.design, w / self.tau
        sides = np.abs(design) * ratio
        mixed = design.T @ (size.covariance[:, None] * sides)
        square = self.noise**2 * design.T @ design + sides.T @ (size.variance[:, None] * sides)
        return np.asarray(self._scale**2 * (square + mixed + mixed.T) + self._counts(errors, width))

    def _counts(self, errors: Array, width: Array) -> Array:
        """Covariance of the pulse counts, in units of (Δw_min/α)²; (w/τ)² ≪ 1 left out."""
        design, scale = self.problem.design, self._scale
        unit = self.dw_min / self.lr
        points = special.ndtri((np.arange(self.nodes) + 0.5) / self.nodes)
        square = np.square(scale * (errors[:, None] + width[:, None] * points))
        wanted = np.sqrt(square) * np.abs(design).max(axis=1, keepdims=True) / unit
        length = np.maximum(np.ceil(wanted), 1.0)
        fires = np.sqrt(wanted / length)
        shared = (square * (1 - fires) / (fires * length)).mean(axis=1)
        apart = (square / length).mean(axis=1)
        together = design.T @ (shared[:, None] * design)
        poisson = unit * scale * np.abs(design).T @ folded(errors, width).mean
        single = np.diag(poisson - (design**2).T @ apart)
        return np.asarray(together - np.diag(np.diag(together)) + single)
