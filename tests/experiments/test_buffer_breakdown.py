"""TTv2's breakdown: the law of S, the mean flow, and the stored full simulation against both.

Sampled numbers are held to 4.9 standard errors (1.9 of the stored 99 % half-widths): a correct one
fails with probability 1e-6.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import integrate, special, stats

from analogtheory.experiments import buffer_breakdown_theory as theory
from analogtheory.experiments import store
from analogtheory.proofs.breakdown_label_noise import correlation, critical, relative_error, typical

FULL = store.read("buffer_breakdown", Path(__file__).parents[2] / "paper_figs").data
SIZES = list(enumerate(FULL["columns"]))


def test_inverse_is_that_of_the_claims() -> None:
    offsets = np.linspace(0.0, theory.LARGEST, 40)
    expected = [correlation(float(q)) for q in offsets]
    assert theory.inverse(offsets) == pytest.approx(expected, abs=1e-12)
    assert theory.inverse(-offsets) == pytest.approx(expected, abs=1e-12)
    assert np.isinf(theory.inverse(np.array([0.64])))
    direction = typical(10)
    assert theory.sums(critical(direction) * direction, 1.0) == pytest.approx(1.0, abs=1e-9)


def test_law_of_s_for_one_and_two_columns() -> None:
    """One offset: P(|q| > f(√level)); two: one integral over the first."""
    spread, level = 0.8, 0.3
    limit = float(theory.force(np.sqrt(level)))
    alone = special.erfc(limit / (spread * np.sqrt(2)))
    assert theory.broken(1, spread, level) == pytest.approx(alone, abs=2e-5)
    deviation = spread / np.sqrt(2)

    def inside(q: float) -> float:
        left = level - float(theory.inverse(np.array(q))) ** 2
        other = float(theory.force(np.sqrt(max(left, 0.0))))
        density = 2 * stats.norm.pdf(q, scale=deviation)
        return float(density * special.erf(other / (deviation * np.sqrt(2))))

    both = 1 - integrate.quad(inside, 0, limit, epsabs=1e-9)[0]
    assert theory.broken(2, spread, level) == pytest.approx(both, abs=2e-5)


@pytest.mark.parametrize("n", [5, 40])
def test_critical_spread_by_drawing(n: int) -> None:
    drawn = np.random.default_rng(1).standard_normal((20_000, n)) / np.sqrt(n)
    error = 4.9 * 0.5 / np.sqrt(20_000)
    for spread, is_critical in (
        (theory.critical_spread(n), True),
        (theory.critical_spread_simple(n), False),
    ):
        share = (theory.sums(spread * drawn, 1.0) > 1).mean()
        assert bool(abs(share - 0.5) < error) is is_critical


def test_flow_rests_where_the_claim_says() -> None:
    direction = typical(10)
    end = theory.flow(0.7 * direction, np.zeros(10), np.array([80.0]), noise=True)[0]
    assert np.linalg.norm(end) == pytest.approx(relative_error(direction, 0.7), rel=1e-6)
    beyond = theory.flow(1.1 * direction, direction, np.array([20.0, 40.0]), noise=False)
    assert np.linalg.norm(beyond[1]) > np.linalg.norm(beyond[0]) > 1


@pytest.mark.parametrize(("row", "n"), SIZES)
def test_rows_have_the_claimed_error(row: int, n: float) -> None:
    """Up to what pulses add: between 0 and 3.5 % more. √S/(1 − S) would be far off."""
    total, error = FULL["row_sum"][row].ravel(), FULL["row_error"][row].ravel()
    inside = (total > 0.05) & (total < 0.7)
    ratio = error[inside] / np.sqrt(total[inside] / (1 - total[inside]))
    margin = 4.9 * ratio.std() / np.sqrt(inside.sum())
    assert 1 - margin < ratio.mean() < 1.035 + margin
    assert margin < 0.01
    wrong = error[inside] * (1 - total[inside]) / np.sqrt(total[inside])
    assert wrong.mean() < 0.9


@pytest.mark.parametrize(("row", "n"), SIZES)
def test_rows_follow_the_flow_where_they_have_not_come_to_rest(row: int, n: float) -> None:
    """From S = 0.7 on, within 0 to 3.5 % in the mean; the rest point is far off near S = 1."""
    total, error = FULL["row_sum"][row].ravel(), FULL["row_error"][row].ravel()
    late = (total > 0.7) & (total < 10)  # 10 is where S is cut
    ratio = error[late] / FULL["row_flow"][row].ravel()[late]
    margin = 4.9 * ratio.std() / np.sqrt(late.sum())
    assert 1 - margin < ratio.mean() < 1.035 + margin
    assert margin < 0.02
    assert np.all(np.abs(np.quantile(ratio, [0.05, 0.95]) - 1.015) < 0.06)
    near = (total > 0.9) & (total < 1)
    assert np.median(error[near] / np.sqrt(total[near] / (1 - total[near]))) < 0.9


@pytest.mark.parametrize(("row", "n"), SIZES)
def test_rows_beyond_one_grow(row: int, n: float) -> None:
    share, same_rows = FULL["growth_share"][row], FULL["growth_predicted"][row]
    assert np.all(np.abs(share - same_rows) < 0.08)
    drawn = [theory.broken(int(n), f * FULL["critical_proved"][row]) for f in FULL["growth_factor"]]
    early = [
        theory.broken(int(n), f * FULL["critical_proved"][row], 0.7) for f in FULL["growth_factor"]
    ]
    assert np.abs(same_rows - drawn).max() < 0.2
    assert np.mean(np.abs(share - early)) > 2 * np.mean(np.abs(share - drawn))


def test_critical_spreads() -> None:
    found, half = FULL["critical"], FULL["critical_half"]
    assert np.all(np.abs(found - FULL["critical_proved"]) < 1.9 * half)
    few = FULL["columns"] <= 20
    assert np.all(1.0 - found[few] > 1.9 * half[few])  # π/(2κ√n) is not where it breaks down


def test_departures_are_small() -> None:
    ratio, half = FULL["departure_ratio"], FULL["departure_ratio_half"]
    assert np.all(np.abs(ratio - 1) < 0.1)
    assert ratio[1] - half[1] > ratio[0] + half[0]  # larger pulses raise the error
