"""The tightness experiment: proved bounds lie on the right side, and its numbers come back."""

from __future__ import annotations

import pytest

from analogtheory.experiments import tightness
from analogtheory.experiments.tightness_ratios import (
    FAMILIES,
    ROWS,
    Ratio,
    Setting,
    measure,
    ratios,
)
from analogtheory.stationary import certify_expectation


@pytest.fixture(scope="module")
def quick() -> list[Ratio]:
    return measure(quick=True)


def test_no_bound_is_beaten_by_an_exact_value(quick: list[Ratio]) -> None:
    """A ratio below 1 would refute a proved bound, beyond the error of the exact value.

    One-state laws carry relative errors below 1e-6, those of two states (Residual
    Learning) up to 1e-3.
    """
    assert len(quick) > 40
    for ratio in quick:
        allowed = 1e-3 if ratio.bound == "residual" else 1e-6
        assert ratio.error < allowed * ratio.exact
        assert ratio.looseness >= 1 - allowed, ratio
    assert {ratio.bound for ratio in quick} == set(ROWS)


def by_bound(setting: Setting) -> dict[str, Ratio]:
    return {ratio.bound: ratio for ratio in ratios(setting)}


def test_numbers_are_those_of_the_closed_forms() -> None:
    """τ = 1, σ = 0.2, w* = 0.24, h = 1: w_S = 0.24/1.2 = 0.2 = ρ, λ = 1.2, written out again."""
    alpha, sigma, rho, rate = 0.05, 0.2, 0.2, 1.2
    found = by_bound(Setting("linear", 1.0, sigma, 0.24, alpha, "rademacher"))
    spread = found["least"].exact
    second = found["lower"].exact
    assert second == pytest.approx(sigma**2 * rho**2 + spread, rel=1e-10)
    assert found["lower"].proved == pytest.approx(sigma**2 * rho**2)
    assert found["lower-step"].proved == pytest.approx(
        found["lower"].proved + found["least"].proved
    )
    assert found["crude"].proved == pytest.approx(4 * alpha * sigma**2 / rate)
    slow = rate * (2 - alpha * rate)
    below = alpha * sigma**2 * (1 - rho**2)
    assert found["least"].proved == pytest.approx(below * (1 - rho**2) / slow)
    assert found["largest"].proved == pytest.approx(2 * below / (slow - 2 * alpha * sigma))
    saturation = rho**2 + spread  # E w², the mean being ρ
    assert found["weighted"].proved == pytest.approx(2 * sigma**2 * (alpha + saturation))
    assert found["sharp"].proved == pytest.approx(sigma**2 * (2 * alpha + saturation))
    assert found["remark-1"].proved == pytest.approx(
        found["weighted"].proved / (1 - (0.24 + 0.2) ** 2)
    )


def test_an_exact_value_agrees_with_its_poisson_certificate() -> None:
    setting = Setting("linear", 1.0, 0.2, 0.24, 0.05, "rademacher")
    found = by_bound(setting)["least"]
    from analogtheory.verdicts.analog import AnalogAnalysis

    dynamics = AnalogAnalysis(setting.problem()).dynamics
    [state] = dynamics.states
    proof = certify_expectation(dynamics, state**2)
    mean = certify_expectation(dynamics, state)
    assert float(mean.center) == pytest.approx(0.2, abs=1e-15)
    assert float(proof.center) - 0.2**2 == pytest.approx(found.exact, rel=1e-9)


def test_bounds_speak_only_where_their_hypotheses_hold() -> None:
    gaussian = by_bound(Setting("linear", 1.0, 0.2, 0.5, 0.05, "gaussian"))
    assert set(gaussian) == {"weighted", "sharp"}  # every weight is reached: no M_min
    shifted = by_bound(Setting("linear, c = 0.2", 1.0, 0.2, 0.5, 0.05, "rademacher"))
    assert "lower" not in shifted
    saturated = by_bound(Setting("linear", 1.0, 0.5, 0.7, 0.05, "rademacher"))
    assert "remark-1" not in saturated  # w* + σ > τ: M falls to 0
    assert not by_bound(Setting("linear", 1.0, 0.2, 0.5, 0.4, "rademacher")).keys() & {"weighted"}


def test_arrays_hold_every_ratio(quick: list[Ratio]) -> None:
    data = tightness.as_arrays(quick)
    assert {len(column) for column in data.values()} == {len(quick)}
    for row in (0, len(quick) // 2, -1):
        ratio = quick[row]
        assert list(ROWS)[int(data["bound"][row])] == ratio.bound
        assert list(FAMILIES)[int(data["family"][row])] == ratio.setting.family
        assert data["looseness"][row] == ratio.looseness
        assert data["alpha"][row] == ratio.setting.alpha


def test_the_table_counts_them(quick: list[Ratio]) -> None:
    lines = tightness.table(tightness.as_arrays(quick)).splitlines()
    assert len(lines) == 2 + len(ROWS)
    counts = [int(line.split("|")[3]) for line in lines[2:]]
    assert sum(counts) == len(quick)
    smallest = min(ratio.looseness for ratio in quick if ratio.bound == "weighted")
    assert f"| {smallest:.3g} |" in lines[2]
