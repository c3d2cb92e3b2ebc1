"""Where TTv2 breaks down with drawn offsets: the law of S, and the mean flow in time.

A row of n offsets o_j ~ N(0, σ²), K = π/(2κ), q_j = o_j/K, f(ρ) = ρ/(√(1 − ρ²) + ρ·arcsin ρ):
S = Σ_j f⁻¹(q_j)² decides (claim ttv2-breakdown-exact), and with label noise s the row rests at
s√(S/(1 − S)) (claim ttv2-label-noise-error). A q_j beyond 2/π counts as S = ∞. The law of S over
drawn rows, and with it the spread at which half of them break down, is computed here.
"""

from __future__ import annotations

import numpy as np
from scipy import optimize, special, stats

from analogtheory.experiments.core import Array

#: f(1): the largest offset over K that one coordinate can balance.
LARGEST = 2 / np.pi
#: Nodes of the law of S on [0, 1], and of the quadrature between two of them.
_NODES, _GAUSS = 2000, 8
#: Step of the mean flow, in units of s/(λK).
_STEP = 0.1


def force(rho: Array) -> Array:
    """f(ρ) = ρ/(√(1 − ρ²) + ρ·arcsin ρ)."""
    inside = np.clip(rho, -1.0, 1.0)
    return np.asarray(inside / (np.sqrt(1 - inside**2) + inside * np.arcsin(inside)))


def inverse(q: Array) -> Array:
    """|f⁻¹(q)|, by Newton's method in ψ = arcsin ρ; ∞ beyond 2/π.

    The function (cos ψ + ψ sin ψ)/sin ψ − 1/q falls and is convex, so that the steps from
    ψ = q, where it is positive, come from one side.
    """
    size = np.abs(np.asarray(q, dtype=float))
    reached = size <= LARGEST
    goal = np.where(reached & (size > 0), size, 0.5)
    psi = goal.copy()
    for _ in range(60):
        value = 1 / np.tan(psi) + psi - 1 / goal
        slope = 1 - 1 / np.sin(psi) ** 2
        psi = np.minimum(psi - value / np.minimum(slope, -1e-12), np.pi / 2)
    return np.where(reached, np.where(size > 0, np.sin(psi), 0.0), np.inf)


def sums(offsets: Array, reach: float) -> Array:
    """S of rows of offsets, (…, n), reach = K."""
    return np.asarray((inverse(offsets / reach) ** 2).sum(axis=-1))


def broken(n: int, spread: float, level: float = 1.0) -> float:
    """P(S > level), level ≤ 1, for n offsets of standard deviation spread·K/√n.

    One term f⁻¹(q)² ≤ x exactly if |q| ≤ f(√x). Its law is put on equally spaced nodes so that
    the mean between two nodes is kept (second differences of the integrated distribution
    function), and convolved n times.
    """
    step = 1 / _NODES
    roots = np.sqrt(np.linspace(0.0, 1.0, _NODES + 1))
    points, weights = np.polynomial.legendre.leggauss(_GAUSS)
    half = np.diff(roots)[:, None] / 2
    r = roots[:-1, None] + half * (1 + points)
    scale = np.sqrt(n) / (spread * np.sqrt(2))
    below = special.erf(force(r) * scale)
    cells = (below * 2 * r * weights * half).sum(axis=1)  # ∫ P(X ≤ x) dx over each cell
    mass = np.diff(cells, prepend=0.0) / step
    size = 1 << (n * _NODES).bit_length()
    law = np.fft.irfft(np.fft.rfft(mass, size) ** n, size)
    last = level * _NODES
    whole = int(np.floor(last - 0.5)) + 1  # nodes stand for half a step on either side
    part = last + 0.5 - whole
    return float(1 - law[:whole].sum() - part * law[whole] * (whole < _NODES))


def quantile(n: int, spread: float, share: float = 0.5) -> float:
    """The S that a share of the rows does not exceed; NaN if it is larger than 0.99."""
    if broken(n, spread, 0.99) > 1 - share:
        return float("nan")
    return float(
        optimize.brentq(lambda s: broken(n, spread, s) - (1 - share), 1e-6, 0.99, xtol=1e-9)
    )


def critical_spread(n: int) -> float:
    """Spread·√n/K at which half of the rows break down."""
    return float(optimize.brentq(lambda t: broken(n, t) - 0.5, 0.2, 1.5, xtol=1e-8))


def critical_spread_simple(n: int) -> float:
    """The same with h = 1, where S = ‖o‖²/K²."""
    return float(np.sqrt(n / stats.chi2.ppf(0.5, n)))


def flow(relative: Array, start: Array, times: Array, noise: bool) -> Array:
    """y(t) of y_j′ = q_j − f(y_j/√(‖y‖² + 1)), without label noise y_j/‖y‖, by Runge-Kutta.

    Lengths are in units of s (without label noise: of the start), times in units of s/(λK);
    relative = o/K and start are (…, n), the result (times, …, n), times a multiple of 1/10.
    """
    unit = 1.0 if noise else 0.0

    def slope(y: Array) -> Array:
        size = np.sqrt((y**2).sum(axis=-1, keepdims=True) + unit)
        return relative - force(y / np.maximum(size, 1e-9))

    y, now, kept = np.array(start, dtype=float), 0, []
    for moment in times:
        while now < round(moment / _STEP):
            a = slope(y)
            b = slope(y + _STEP / 2 * a)
            c = slope(y + _STEP / 2 * b)
            d = slope(y + _STEP * c)
            y = y + _STEP / 6 * (a + 2 * b + 2 * c + d)
            now += 1
        kept.append(y)
    return np.array(kept)
