"""Response functions: markers agree with the formulas, and the facts that the figure shows."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from scipy import optimize

from analogtheory.experiments import response_families, store
from analogtheory.experiments.core import Data


@pytest.fixture(scope="module")
def data() -> Data:
    return store.read("response_families", Path(__file__).parents[2] / "paper_figs").data


def exact(part: str, data: Data) -> np.ndarray:
    found = zip(response_families.devices(), data["pulsed_weight"], strict=True)
    return np.array([getattr(device, f"q_{part}")(weight) for device, weight in found])


def test_pulses_move_weights_by_the_response(data: Data) -> None:
    """140 means within twice their 99 % half-width: a right one fails with probability 3e-7."""
    for part, other in (("up", "down"), ("down", "up")):
        mean, half = data[f"pulsed_{part}"], data[f"pulsed_{part}_half"]
        assert np.all(np.abs(mean - exact(part, data)) <= 2 * half)
        assert np.all(half < 0.03 * exact(part, data))
        wrong = np.abs(mean - exact(other, data)) > 5 * half
        assert wrong.mean() > 0.8  # the other direction is told apart


def test_curves_are_consistent(data: Data) -> None:
    up, down = data["up"], data["down"]
    assert data["F"] == pytest.approx((up + down) / 2, abs=1e-12)
    assert data["G"] == pytest.approx((down - up) / 2, abs=1e-12)
    assert data["M"] == pytest.approx(up * down, abs=1e-11)
    assert data["G_at_symmetric"] == pytest.approx(np.zeros(10), abs=1e-9)
    assert np.all(np.diff(data["G"], axis=1) > 0)  # one symmetric point each


def test_responses_vanish_at_the_ends_of_the_families_only(data: Data) -> None:
    """Claim responses-vanish-at-range-ends; the fitted step devices do not."""
    vanish = np.abs(data["up"][:, -1]) < 1e-12
    assert vanish.tolist() == [True] * 6 + [False, False, False, True]
    assert np.array_equal(vanish, np.abs(data["down"][:, 0]) < 1e-12)


def exponential_step(w: float) -> float:
    """q₊ − q₋ of the ReRAM fit, written out: q = 1 − A·e^{5z}, z = ∓(w ± 1)/2, q₋ scaled."""
    up = 1 + 1.18445 * math.exp(-2.5 * (w + 1))
    return up - (1 - 0.259359) * (1 + 0.081404 * math.exp(2.5 * (w + 1)))


def test_symmetric_points(data: Data) -> None:
    """cτ for the linear device (claim linear-response-algebra); 0 but for two devices."""
    points = data["symmetric"]
    assert points[1] == pytest.approx(0.3, abs=1e-12)
    assert points[8] == pytest.approx(optimize.brentq(exponential_step, -1, 1), abs=1e-9)
    assert np.delete(points, [1, 8]) == pytest.approx(np.zeros(8), abs=1e-12)


def test_extremes_of_the_ledger(data: Data) -> None:
    """Claims power-response-algebra, exponential-extremes: M ≤ 1, F_max = (e^γ + 1)/2."""
    assert data["M"][2:6].max(axis=1) == pytest.approx(np.ones(4), abs=1e-12)
    assert data["F"][2].max() == pytest.approx(2.0)  # 2^(γ − 1)
    assert data["F"][4].max() == pytest.approx((np.e + 1) / 2)
