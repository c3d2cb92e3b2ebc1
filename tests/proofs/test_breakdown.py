"""The numbers behind TTv2's breakdown against quadrature and against the flow itself."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import integrate, special

from analogtheory.proofs.breakdown_gaussian import clip_factor
from analogtheory.proofs.breakdown_label_noise import (
    correlation,
    correlations,
    critical,
    relative_error,
    response,
    typical,
)


@pytest.mark.parametrize("rho", [0.0, 0.2, -0.7, 0.99])
def test_mean_abs_product_by_quadrature(rho: float) -> None:
    """E|XY| = E|X|·m(ρX, √(1 − ρ²)), one integral with the closed form of E|μ + sZ|."""
    spread = math.sqrt(1 - rho**2)

    def inner(x: float) -> float:
        mean = rho * x
        folded = spread * math.sqrt(2 / math.pi) * math.exp(-(mean**2) / (2 * spread**2))
        folded += mean * math.erf(mean / (spread * math.sqrt(2)))
        return 2 * x * folded * math.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)

    value = integrate.quad(inner, 0, np.inf, epsabs=1e-12, epsrel=1e-12)[0]
    expected = 2 / math.pi * (spread + rho * math.asin(rho))
    assert value == pytest.approx(expected, abs=1e-10)
    assert response(rho) == pytest.approx(rho / (expected * math.pi / 2), abs=1e-14)


@pytest.mark.parametrize("t", [0.3, 1.0, 2.2])
def test_clip_factor_by_quadrature(t: float) -> None:
    def density(z: float) -> float:
        return math.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)

    force = 2 * integrate.quad(lambda z: z * min(z, t) * density(z), 0, 12, points=[t])[0]
    size = 2 * integrate.quad(lambda z: min(z, t) * density(z), 0, 12, points=[t])[0]
    assert clip_factor(t) == pytest.approx(force / size * math.sqrt(2 / math.pi), abs=1e-7)
    assert force == pytest.approx(special.erf(t / math.sqrt(2)), abs=1e-7)


def test_the_inverse_is_one() -> None:
    for rho in (-1.0, -0.3, 0.0, 0.5, 1.0):
        assert correlation(response(rho)) == pytest.approx(rho, abs=1e-12)


def test_the_flow_rests_where_the_formula_says() -> None:
    """e′ = o − Kf(e/√(‖e‖² + s²)) integrated in time, below breakdown and beyond it."""
    direction, noise = typical(10), 0.1
    for radius in (0.5, 0.8):
        offsets = radius * direction
        end = integrate.solve_ivp(
            lambda _, e, o=offsets: _flow(e, o, noise), (0, 60), np.zeros(10), rtol=1e-9, atol=1e-12
        ).y[:, -1]
        assert np.linalg.norm(end) == pytest.approx(
            noise * relative_error(direction, radius), rel=1e-6
        )
        assert end / np.hypot(np.linalg.norm(end), noise) == pytest.approx(
            correlations(direction, radius), abs=1e-6
        )
    offsets = 1.02 * critical(direction) * direction
    ends = integrate.solve_ivp(
        lambda _, e: _flow(e, offsets, noise), (0, 400), np.zeros(10), t_eval=[200, 400], rtol=1e-8
    ).y
    first, second = np.linalg.norm(ends, axis=0)
    assert second > 1.5 * first > 1.0


def _flow(e: np.ndarray, offsets: np.ndarray, noise: float) -> np.ndarray:
    rho = e / math.sqrt(float(e @ e) + noise**2)
    return offsets - np.array([response(float(r)) for r in np.clip(rho, -1, 1)])
