"""The statements of ``hidden_conditions`` as numbers: one function a panel, all exact.

Every function gives both sides, or a ratio that is at most 1 where the statement holds. The numbers
are those of the claims named; what is written out here is the arithmetic, not the proof.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from scipy import optimize

from analogtheory.experiments.core import Array
from analogtheory.noise import NoiseLaw
from analogtheory.proofs.analog_sgd_remark_1 import valley
from analogtheory.proofs.residual_runs import Ideal
from analogtheory.proofs.theorem_3 import ideal_sides
from analogtheory.proofs.theorem_3_printed import printed_sides


def step_size(step: Array) -> Array:
    """E f′² over its bound 2αLσ² (analog-sgd-weighted-bound) on the ideal device, step = αL.

    SGD on f = Lw²/2 has E f′² = αLσ²/(2 − αL) in stationarity, for αL < 2.
    """
    return 1 / (2 * (2 - step))


def total_variance(dimensions: Array, step: float, steps: int) -> tuple[Array, Array]:
    """5·(1/K)ΣE‖∇f‖² over the bound 16α of (73), σ² read in two ways; step = αL = α, L = σ = 1.

    f = ‖w‖²/2 on the ideal device, a start with f(w₀) = α²K, for which α is the prescribed step.
    First: each of D coordinates has variance σ²; second: all together (analog-sgd-total-variance).
    """

    def ratio(variance: Array) -> Array:
        square, total = np.full_like(variance, 2 * step**2 * steps), np.zeros_like(variance)
        for _ in range(steps):
            total += square
            square = (1 - step) ** 2 * square + step**2 * variance
        return np.asarray(5 * total / steps / (16 * step))

    return ratio(dimensions.astype(float)), ratio(np.ones(len(dimensions)))


def saturated_gradient(minimiser: Array, steps: int) -> Array:
    """|f′(w_K)| of Analog GD with αL = 1/2, L = τ = 1, w₀ = 1/2 (bounded-saturation-needed)."""
    w = np.full_like(minimiser, 0.5)
    for _ in range(steps):
        change = 0.5 * (minimiser - w)
        w = w + np.where(change >= 0, change * (1 - w), change * (1 + w))
    return np.asarray(np.abs(minimiser - w))


def remark_1(epsilon: int) -> tuple[float, float, float]:
    """Left side at least, printed and repaired right side at most, for ε = 1/`epsilon`.

    The instance of analog-sgd-remark-1-printed, W₀ = 1/32. The repaired right side has M_min = ε².
    """
    _, left, printed = valley(True, Fraction(1, epsilon))
    _, _, repaired = valley(False, Fraction(1, epsilon))
    return float(left), float(printed), float(repaired)


def discretisation(size: Array, pulse: Any) -> Array:
    """Relative error of the averaged update on the linear device, τ = 1, no cycle noise.

    |S − x|/S, x = |Δ|, S = 1 − (1 − Δw_min)^n, n = ⌈x/Δw_min⌉ pulses (linear-pulse-train-ratio).
    """
    count = np.ceil(size / pulse - 1e-9)
    moved = -np.expm1(count * np.log1p(-pulse))
    return np.asarray(np.abs(moved - size) / moved)


def penalty_ratios(distance: Array, size: float) -> dict[str, Array]:
    """Ratios of (45) with w⋄ = 0, w* = δ and Σ = `size`: as it should be, and what is left out.

    "holds": f = (w − δ)²/2, R = w + w³. "slope": R = w³ (penalty-needs-asymmetry-slope).
    "curvature": f = (w − δ)⁴/4, R = w (penalty-needs-curvature). "continuity": R = w, f quadratic,
    the second ratio, with E|∇f(w; ξ)| = Σ at w* and 2Σ elsewhere (penalty-needs-continuous-noise).
    """
    d = distance
    best = d / (1 + size)  # W̃* for f″ = 1, R′(0) = 1
    bottom = np.minimum(size * (d + d**3), d)
    smooth = np.abs(best - d + size * (best + best**3)) / bottom
    flat = size * d**3 / np.minimum(size * d**3, d)  # W̃* = w*
    # f″(w*) = 0, so W̃* = w⋄ = 0, where f_Σ′ = −δ³
    level = d**3 / np.minimum(size * d, d**3)
    jump = np.abs(best - d + 2 * size * best) / np.minimum(size * d, d)
    return {"holds": smooth, "slope": flat, "curvature": level, "continuity": jump}


def theorem_3(root: Fraction) -> tuple[float, float, float]:
    """γ = 2·root², and E_K over its bound, as printed (92) and as repaired.

    Ideal device, no noise, α = 1/4, K = 50, W₀ = W*, P₀ = 1: an instance of theorem-3-printed;
    for this γ, β of (89) is rational.
    """
    gamma = 2 * root**2
    case = Ideal(gamma, Fraction(1, 4), 50, residual=Fraction(1))
    printed, repaired = printed_sides(case), ideal_sides(case)
    return float(gamma), float(printed[0] / printed[1]), float(repaired[0] / repaired[1])


def lemma_7(share: Array) -> tuple[Array, Array]:
    """E‖P⁺ − P*‖² over the right side of (85), with F_max² (printed) and with q_max² (repaired).

    The instance of lemma-7-printed: P = P*, α = 2/5, γ = L = μ = F = 1, q₊ = 9/10, q₋ = 11/10,
    two-valued noise that is positive with probability `share`; σ cancels.
    """
    alpha, up, down = 0.4, 0.9, 1.1
    left = alpha**2 * ((1 - share) * down**2 + share * up**2)
    noise = 4 * alpha * ((down - up) / 2) ** 2
    return left / (noise + alpha**2), left / (noise + alpha**2 * down**2)


def tilted_gradient(law: NoiseLaw, c: float) -> float:
    """|∇f|/σ at rest, ∇f = c·E|∇f + ε|, of Residual Learning with R_P(0) = −c
    (residual-learning-tilt)."""
    if not c:
        return 0.0
    high = 1.0 + c * law.sigma / (1 - c)  # as m(g) ≤ |g| + σ
    root = optimize.brentq(lambda g: g - c * float(law.mean_abs_at(g)), 0.0, high, xtol=1e-14)
    return float(root / law.sigma)
