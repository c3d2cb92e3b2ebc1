"""The closed forms: algebra, and the numbers of the theory notes."""

from __future__ import annotations

import math

import numpy as np
import pytest
import sympy

from analogtheory.algorithms import residual_learning
from analogtheory.algorithms.symbols import P
from analogtheory.bounds import (
    LOWER_INSTANCE,
    MEAN_ABS_RESIDUAL,
    RADEMACHER_MEAN,
    REMARK_1,
    SQRT_ALPHA_BIAS,
    TILT,
    WEIGHTED,
    folded_mean,
)
from analogtheory.errors import InputError
from analogtheory.noise import Rademacher
from analogtheory.objectives import ScalarQuadratic
from analogtheory.responses import Response, get
from analogtheory.stationary import stationary_law


def test_gap_between_upper_and_lower_bound_is_two_over_one_minus_rho_squared() -> None:
    """Upper 2σ²S (F = 1, α → 0, per-iterate M), lower σ²S/(1+S) (theory notes 3.4)."""
    rho = sympy.Symbol("rho", positive=True)
    s = rho**2 / (1 - rho**2)
    (S,) = (x for x in LOWER_INSTANCE.expr.free_symbols if x.name == "S")
    (sigma,) = (x for x in LOWER_INSTANCE.expr.free_symbols if x.name == "sigma")
    ratio = sympy.simplify((2 * sigma**2 * s / LOWER_INSTANCE.expr).subs(S, s))
    assert sympy.simplify(ratio - 2 / (1 - rho**2)) == 0


def test_rademacher_mean_solves_the_one_line_recursion() -> None:
    h, tau, sigma, w_star, alpha = (0.7, 1.3, 0.4, 0.5, 0.03)
    mean = RADEMACHER_MEAN(h=h, tau=tau, sigma=sigma, w_star=w_star)
    # E W⁺ = (1 − αh − ασ/τ) W + αh w*
    assert (1 - alpha * h - alpha * sigma / tau) * mean + alpha * h * w_star == pytest.approx(mean)
    assert RADEMACHER_MEAN(h=1, tau=1, sigma=0.5, w_star=0.9) == pytest.approx(0.6)


def test_remark_1_is_the_weighted_bound_over_m_min() -> None:
    values = {"alpha": 0.1, "L": 2.0, "sigma": 0.5, "F_max": 1.5, "S": 0.02}
    assert REMARK_1(**values, M_min=0.25) == pytest.approx(4 * WEIGHTED(**values))
    assert WEIGHTED(**values) == pytest.approx(2 * 1.5 * 0.25 * (0.1 * 2 * 2.25 + 0.02))


#: h = τ = 1, σ = 1/2, γ = 0.4, w* = 1/2: so κ = 0.9 and R(w*) = 1/2.
RESIDUAL = {"sigma": 0.5, "h": 1.0, "F_0": 1.0, "Sigma": 0.5, "slope": 1.0, "gamma": 0.4}


def test_size_of_the_residual_against_the_exact_law() -> None:
    """E|P| from the exact law of (P, W), β/α = 0.1, α = 0.0025: relative difference below 3e-3.

    With √(2/π) for a(R), as in the theory notes 4.3, it would be 9 %.
    """
    dynamics = residual_learning(
        get("linear"),
        ScalarQuadratic(1, 0.5),
        Rademacher(0.5),
        lr=0.0025,
        transfer_lr=0.00025,
        gamma=0.4,
    )
    exact = stationary_law(dynamics).expectation(sympy.Abs(P)).value
    size = MEAN_ABS_RESIDUAL(**RESIDUAL, a=folded_mean(0.5), alpha=0.0025)
    assert size == pytest.approx(exact, rel=3e-3)
    assert MEAN_ABS_RESIDUAL(**RESIDUAL, a=folded_mean(0.0), alpha=0.0025) < 0.93 * exact


@pytest.mark.parametrize(
    ("alpha", "printed"), [(0.04, -0.0273), (0.01, -0.0141), (0.0025, -0.0072)]
)
def test_bias_of_the_main_array_as_in_the_notes(alpha: float, printed: float) -> None:
    """Theory notes 4.3 (predicted, with E|P| from a simulation): W − w* = −(γ + ΣG′(0)/h)·E P."""
    size = MEAN_ABS_RESIDUAL(**RESIDUAL, a=folded_mean(0.5), alpha=alpha)
    main = -(0.4 + 0.5) * 0.5 * size
    assert main == pytest.approx(printed, rel=0.075)
    mixed = SQRT_ALPHA_BIAS(**RESIDUAL, a=folded_mean(0.5), alpha=alpha, R_W=0.5)
    assert mixed == pytest.approx(main * 0.5 / 0.9, rel=1e-12)


@pytest.mark.parametrize("scale", [0.5, 2.0])
def test_bias_scales_with_the_step_at_zero(scale: float) -> None:
    """q± = s(1 ∓ w): F(0) = s. Exact law at α = 0.0025 to 4 %; without 1/F(0) it is off by s."""
    device = Response(f"{scale}*(1 - w)", f"{scale}*(1 + w)", -1, 1)
    dynamics = residual_learning(
        device, ScalarQuadratic(1, 0.5), Rademacher(0.5), lr=0.0025, transfer_lr=0.00025, gamma=0.4
    )
    exact = stationary_law(dynamics).expectation(dynamics.mixed_weight).value - 0.5
    values = {**RESIDUAL, "F_0": scale, "slope": scale, "alpha": 0.0025}
    bias = SQRT_ALPHA_BIAS(**values, a=folded_mean(0.5), R_W=0.5)
    assert bias == pytest.approx(exact, rel=0.04)


def test_folded_mean_is_the_mean_of_a_folded_normal() -> None:
    for ratio in (-0.8, 0.0, 0.3, 0.9):
        value = folded_mean(ratio)
        x = np.linspace(-12, 12, 200001)
        density = np.exp(-0.5 * (x - ratio * value) ** 2) / math.sqrt(2 * math.pi)
        assert np.trapezoid(np.abs(x) * density, x) == pytest.approx(value, rel=1e-8)


def test_tilt() -> None:
    assert TILT(Sigma=0.5, R_P=-0.2) == pytest.approx(0.1)


def test_missing_values_are_named() -> None:
    with pytest.raises(InputError, match="F_max, S"):
        WEIGHTED(alpha=0.1, L=1, sigma=0.5)
