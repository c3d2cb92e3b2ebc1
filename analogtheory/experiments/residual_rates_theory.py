"""Closed forms behind the experiment on the rates of Residual Learning.

Linear devices with c = 0 and range 1, f = (w − w*)²/2, ±σ gradient noise, κ = γ + σ.
"""

from __future__ import annotations

import math

import numpy as np
from scipy import linalg, optimize

from analogtheory.experiments.residual_problem import Problem, bias, scale


def root_mean_square(problem: Problem) -> float:
    """√E(W̄ − w*)² for β ≪ α and small α: W at rest, P around its mean with v = ασ²/(2κ).

    W̄ − w* then has the mean of the √α bias and the deviation γ√v (derived here).
    """
    return math.hypot(bias(problem), problem.gamma * scale(problem))


def spread(problem: Problem) -> float:
    """Deviation of what the transfer uses: v + ρ², or v·β/(β + ακ) + ρ²β/(2 − β) through the
    buffer (claims buffer-reduces-fluctuation, buffer-variance), v = ασ²/(2κ)."""
    beta = problem.lr * problem.ratio
    square, noise = scale(problem) ** 2, problem.read**2
    if problem.buffered:
        square *= beta / (beta + problem.lr * problem.damping)
        noise *= beta / (2 - beta)
    return math.sqrt(square + noise)


def coupled_spread(problem: Problem) -> float:
    """Deviation of H in version 2, linearised at rest with the weight in motion (derived here).

    With d = W − w* and noises ξ, η of variance 1, for F = 1 and without the mean of |H|G(W):

        P⁺ = (1 − ακ)P − αd + ασξ,  H⁺ = (1 − β)H + β(P⁺ + ρη),  d⁺ = d + βH⁺,

    whose stationary covariance solves a linear (Lyapunov) equation.
    """
    alpha, beta = problem.lr, problem.lr * problem.ratio
    fast = np.array([[1 - alpha * problem.damping, 0, -alpha], [0, 1, 0], [0, 0, 1]])
    buffer = np.array([[1, 0, 0], [beta, 1 - beta, 0], [0, 0, 1]])
    weight = np.array([[1, 0, 0], [0, 1, 0], [0, beta, 1]])
    gradient = weight @ buffer @ np.array([alpha * problem.sigma, 0, 0])
    read = weight @ np.array([0, beta * problem.read, 0])
    noise = np.outer(gradient, gradient) + np.outer(read, read)
    return math.sqrt(linalg.solve_discrete_lyapunov(weight @ buffer @ fast, noise)[1, 1])


def rest(read: float, problem: Problem) -> tuple[float, float]:
    """W̄ − w* and W − w* where the mean field with read noise rests, ±σ gradient noise.

    P = E|P + ε_r|·W, W̄ − w* = −σP, W = W̄ − γP (claim read-noise-equilibrium).
    """

    def mean_abs(p: float) -> float:
        bell = read * math.sqrt(2 / math.pi) * math.exp(-(p**2) / (2 * read**2))
        return bell + p * math.erf(p / (read * math.sqrt(2)))

    def gap(p: float) -> float:
        return p - mean_abs(p) * (problem.target - problem.damping * p)

    p = float(optimize.brentq(gap, 0.0, problem.target / problem.damping, xtol=1e-15))
    return -problem.sigma * p, -problem.damping * p


def step_limits(gamma: float, lr: float) -> tuple[float, float]:
    """The β/α between which the iteration is unstable, κ = γ, q = 1, β ≤ 1; NaN if there are none.

    κ(ακ + β − ακβ) = (1 − ακ)(1 − β)β (claim buffered-residual-learning-step-sizes) has at most
    two roots β; the second condition of the claim holds for α, β ≤ 1.
    """
    slow = lr * gamma
    # (1 − x)β² + (γ(1 − x) − (1 − x))β + γx = 0, x = ακ
    half = (1 - gamma) / 2
    square = half**2 - gamma * slow / (1 - slow)
    if square < 0 or half <= 0:
        return float("nan"), float("nan")
    return (half - math.sqrt(square)) / lr, (half + math.sqrt(square)) / lr
