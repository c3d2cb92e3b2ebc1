"""Curves of ``tiki_taka_asymmetry``: the conversion of up_down, thresholds, rest points."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import optimize

from analogtheory.experiments.core import Array
from analogtheory.proofs.interpolation import threshold


def offset_of(up_down: Any) -> Any:
    """c of the linear response with q₊ = 1 − w/τ and q₋ = (1 − u)(1 + w/τ), up to a factor.

    (1 − c)/(1 + c) = 1 − u, so c = u/(2 − u); the symmetric point is cτ.
    """
    return up_down / (2 - up_down)


def up_down_of(offset: Any) -> Any:
    """The inverse, u = 2c/(1 + c)."""
    return 2 * offset / (1 + offset)


def growth_rate(offset: Array, dimensions: int) -> Array:
    """Analog SGD along (1, …, 1): c/c_D − 1 per unit of time. The threshold c_D is that of claim
    interpolation-threshold, the rate is read off the same mean drift."""
    return np.asarray(offset / threshold(dimensions) - 1)


def residual_growth_rate(offset: Array, dimensions: int, ratio: float, gamma: float) -> Array:
    """Residual Learning along (1, …, 1) beyond c_D, NaN below: the positive root of
    λ² + γκλ + (β/α)κ = 0 with κ = 1 − c/c_D, per unit of time αk. Derived here."""
    excess = np.maximum(growth_rate(offset, dimensions), 0.0)
    root = gamma * excess / 2 + np.sqrt((gamma * excess / 2) ** 2 + ratio * excess)
    return np.where(excess > 0, root, np.nan)


def drawn_threshold(design: Array, iterations: int = 3000) -> float:
    """A c at which Hd = cΣ(d), Σ_j(d) = mean_i|a_ij||a_iᵀd|, has a solution d ≠ 0.

    For one table of samples: there a real direction stops to be attracted by W*. By iterating
    d ← H⁻¹Σ(d) from (1, …, 1); that no smaller c has a solution is not proved (other starts end at
    the same d). Derived here; tends to c_D for many samples.
    """
    samples = len(design)
    inverse = np.linalg.inv(design.T @ design / samples)
    sizes = np.abs(design).T / samples
    d = np.ones(design.shape[1])
    length = math.sqrt(len(d))
    for _ in range(iterations):
        d = inverse @ (sizes @ np.abs(design @ (d / length)))
        length = float(np.linalg.norm(d))
    return 1 / length


def resting_sgd(offset: float, noise: float, optimum: float) -> float:
    """|∇f| where the mean step of Analog SGD vanishes, ±σ noise, h = τ = 1."""

    def drift(w: float) -> float:
        return w - optimum + noise * (w - offset) / (1 - offset * w)

    low, high = sorted((offset, optimum))
    root = optimize.brentq(drift, low, high, xtol=1e-14) if high > low else low
    return abs(float(root) - optimum)


def resting_bound(offset: Array, noise: float) -> Array:
    """Root of what theorem-3-convergence leaves of ‖∇f‖² for α → 0, K → ∞, with P at rest at 0.

    There ∇f = g > 0, F = F_max = 1, G = −c, M_P = 1 − c², S = c² and P − P* = g/γ (h = μ = 1), so
    ((1 − c)² + ¾M_P + ½M_P)g² ≤ 6σ²c². Derived here.
    """
    weight = (1 - offset) ** 2 + 1.25 * (1 - offset**2)
    return np.asarray(np.sqrt(6 * noise**2 * offset**2 / weight))
