"""The picked fit with the normal approximation of its uncertainty (the delta method)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analogtheory.responses.measured.cycle_noise import CycleCurve, restricted_likelihood
from analogtheory.responses.measured.family import Family
from analogtheory.responses.measured.maximise import climb
from analogtheory.responses.measured.model import Fit, Model
from analogtheory.responses.measured.parameters import COMMON, CYCLE, NOISES
from analogtheory.responses.measured.readings import Readings

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Posterior:
    """Estimate and covariance of the parameters.

    σ_c is estimated by restricted likelihood and the covariance of the other parameters is
    averaged over the levels of σ_c that the data allow, Σ_j w_j (C_j + (θ_j−θ̂)(θ_j−θ̂)ᵀ),
    w_j the restricted likelihood (a flat prior of σ_c ≥ 0; derived here). Another noise
    parameter about which the data say next to nothing (a standard error of its logarithm
    above 1, as at a level of zero) is held at its estimate.

    Attributes
    ----------
    full, model : Model
        The picked model; the same with σ_c and the parameters not determined held.
    peak : Fit
        The plain maximum of `full`.
    cycle : CycleCurve
        The restricted likelihood of σ_c.
    theta : ndarray, shape (p,)
        The estimate.
    covariance : ndarray, shape (free, free)
        Of the free parameters of `model`.
    """

    full: Model
    model: Model
    peak: Fit
    cycle: CycleCurve
    theta: Array
    covariance: Array

    @classmethod
    def of(cls, full: Model, start: Array) -> Posterior:
        """From a model and its roughly fitted parameters, shape (p,)."""
        refined = climb(full, start[None, :], tolerance=1e-5)
        theta = refined.theta[0]
        precisions = dict(zip(refined.vary.tolist(), np.diag(refined.information[0]), strict=True))
        weak = [k for k in refined.vary.tolist() if k < NOISES.stop and precisions[k] < 1.0]
        model = full.fixing(CYCLE, *weak)
        cycle = restricted_likelihood(model, theta, float(precisions[CYCLE]))
        settled = _settled(model, cycle)
        covariance = _covariance(model, cycle, settled)
        return cls(full, model, full.fit_at(theta), cycle, settled, covariance)

    @property
    def family(self) -> Family:
        """The picked family."""
        return self.model.family

    @property
    def shape(self) -> Array:
        """The family's parameters, shape (family.size,)."""
        return self.theta[COMMON:]

    @property
    def readings(self) -> Readings:
        """The data."""
        return self.model.readings

    def steps(self, u: Array) -> Array:
        """q₊ and q₋ per pulse in units of the range, shape (2, points)."""
        return self.family.sizes(self.shape[:, None], u)[:, 0] * self.readings.unit

    def step_gradient(self, u: Array) -> Array:
        """Derivatives of :meth:`steps` in the free parameters, shape (free, 2, points)."""
        h, vary = 1e-5, self.model.varying
        moves = np.zeros((vary.size, self.theta.size))
        moves[np.arange(vary.size), vary] = h
        lanes = np.concatenate([self.theta + moves, self.theta - moves])[:, COMMON:].T
        values = self.family.sizes(lanes, u) * self.readings.unit
        forward, backward = values[:, : vary.size], values[:, vary.size :]
        return np.swapaxes(forward - backward, 0, 1) / (2.0 * h)

    def error(self, gradient: Array) -> Array:
        """Standard error √(gᵀCg) of a quantity from its derivatives g, shape (free, …)."""
        variance = np.einsum("i...,ij,j...->...", gradient, self.covariance, gradient)
        return np.asarray(np.sqrt(np.maximum(variance, 0.0)))

    def parameter_error(self, index: int) -> float | None:
        """Standard error of parameter `index` itself; None if it is held."""
        hit = self.model.varying == index
        return float(self.error(hit.astype(float))) if hit.any() else None


def _settled(model: Model, cycle: CycleCurve) -> Array:
    """θ at the mode of the restricted likelihood, exponents as short fractions."""
    level = max(cycle.mode, math.exp(float(model.lowest[CYCLE])))
    start = cycle.thetas[int(np.argmin(np.abs(cycle.levels - level)))].copy()
    start[CYCLE] = math.log(level)
    theta: Array = climb(model, start[None, :], tolerance=1e-5).theta[0]
    theta[COMMON:], held = model.family.shortened(theta[COMMON:])
    if held:
        held_model = model.fixing(*(COMMON + k for k in held))
        theta = climb(held_model, theta[None, :], tolerance=1e-5).theta[0]
    return theta


def _covariance(model: Model, cycle: CycleCurve, theta: Array) -> Array:
    """Observed information at the estimate, averaged over σ_c relative to Fisher's."""
    fisher = model.expand(theta[None, :])[2][0]
    observed = model.observed_information(theta, fisher)
    scale = 1.0 / np.sqrt(np.diag(fisher))
    scaled = scale[:, None] * observed * scale
    regular = bool(np.all(np.isfinite(scaled))) and np.linalg.eigvalsh(scaled)[0] > 1e-6
    own = _inverse(observed) - _inverse(fisher) if regular else 0.0
    weights = np.exp(cycle.adjusted - cycle.adjusted.max()) * np.gradient(cycle.levels)
    away = (cycle.thetas - theta)[:, model.varying]
    spread = np.einsum("j,ja,jb->ab", weights, away, away)
    for weight, information in zip(weights, cycle.informations, strict=True):
        spread += weight * _inverse(information)
    return np.asarray(spread / weights.sum() + own)


def _inverse(information: Array) -> Array:
    """Inverse of an information matrix, its smallest eigenvalues kept above rounding."""
    scale = 1.0 / np.sqrt(np.diag(information))
    values, vectors = np.linalg.eigh(scale[:, None] * information * scale)
    inverse = (vectors / np.maximum(values, 1e-9)) @ vectors.T
    return np.asarray(scale[:, None] * inverse * scale)
