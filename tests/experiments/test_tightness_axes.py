"""Bounds lie on their side of the exact error on every axis, and end where hypotheses end."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from analogtheory.experiments import store, tightness_axes

QUICK = Path(__file__).parents[2] / "paper_figs" / "quick"


@pytest.mark.parametrize("axis", ["sigma", "tau", "w_star"])
def test_the_exact_error_lies_between_its_bounds(axis: str) -> None:
    data = store.read("tightness_axes", QUICK).data
    exact = data[f"{axis}_exact"]
    assert np.all(data[f"{axis}_error"] < 1e-8 * exact)
    lower, sharper = data[f"{axis}_lower"], data[f"{axis}_lower_step"]
    assert np.all((lower < sharper) & (sharper <= exact * (1 + 1e-9)))
    there = np.isfinite(data[f"{axis}_remark_1"])
    assert there.any()
    assert np.all(data[f"{axis}_remark_1"][there] >= exact[there])
    assert np.all(data[f"{axis}_weighted"] >= 1)


def test_the_upper_bound_ends_with_bounded_saturation() -> None:
    data, base = store.read("tightness_axes", QUICK).data, tightness_axes.INPUTS["quick"]["base"]
    for axis in ("sigma", "tau", "w_star"):
        given = {name: np.full_like(data[axis], base[name]) for name in base} | {axis: data[axis]}
        inside = given["w_star"] + given["sigma"] < given["tau"]
        assert np.array_equal(np.isfinite(data[f"{axis}_remark_1"]), inside)


@pytest.mark.parametrize("axis", ["sigma", "tau", "w_star"])
def test_the_bounds_written_out(axis: str) -> None:
    """σ²ρ² + ασ²(1 − ρ²)²/(λ(2 − αλ)) with ρ = w*/(τ + σ), λ = 1 + σ/τ, and Remark 1.

    For Remark 1 E G² = E w²/τ², from the exact E f′² and E w = ρτ, and the largest weight is
    w* + σ, where the mean step under the same noise again and again vanishes.
    """
    data, base = store.read("tightness_axes", QUICK).data, tightness_axes.INPUTS["quick"]["base"]
    given = {name: np.full_like(data[axis], base[name]) for name in base} | {axis: data[axis]}
    sigma, tau, best, alpha = (given[name] for name in ("sigma", "tau", "w_star", "alpha"))
    rho, rate = best / (tau + sigma), 1 + sigma / tau
    spread = alpha * (sigma * (1 - rho**2)) ** 2 / (rate * (2 - alpha * rate))
    assert data[f"{axis}_lower"] == pytest.approx((sigma * rho) ** 2, rel=1e-12)
    assert data[f"{axis}_lower_step"] == pytest.approx((sigma * rho) ** 2 + spread, rel=1e-12)
    variance = data[f"{axis}_exact"] - (rho * tau - best) ** 2
    asymmetry = (variance + (rho * tau) ** 2) / tau**2
    upper = 2 * sigma**2 * (alpha + asymmetry) / (1 - ((best + sigma) / tau) ** 2)
    there = best + sigma < tau
    assert data[f"{axis}_remark_1"][there] == pytest.approx(upper[there], rel=1e-8)


def test_the_error_passes_what_its_bias_tends_to() -> None:
    """With σ the lower bound tends to w*² = 0.04; the exact error does not stay below it."""
    given, base = tightness_axes.INPUTS["full"], tightness_axes.INPUTS["full"]["base"]
    exact, _, _, _, lower, _ = tightness_axes._row(
        tightness_axes.setting(base, sigma=10.0), given["bounds"]
    )
    assert lower < 0.04 < exact
