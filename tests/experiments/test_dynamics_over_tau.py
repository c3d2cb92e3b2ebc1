"""Digital, averaged and pulsed dynamics over τ: what the figure says, on stored numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from analogtheory.experiments import dynamics_over_tau, store
from analogtheory.experiments.core import Data
from analogtheory.experiments.least_squares import drawn

GIVEN = dynamics_over_tau.INPUTS["full"]


@pytest.fixture(scope="module")
def data() -> Data:
    return store.read("dynamics_over_tau", Path(__file__).parents[2] / "paper_figs").data


@pytest.mark.parametrize("method", dynamics_over_tau.METHODS)
def test_late_errors_are_those_of_the_law(method: str, data: Data) -> None:
    """Within 5.2 standard errors, and 0.5 % for what the law leaves out."""
    mean, half = data[f"{method}_late"], data[f"{method}_late_half"]
    law = data[f"{method}_law"]
    closure = 0.0 if method == "digital" else 0.005
    assert np.all(np.abs(mean - law) <= 2 * half + closure * law)
    assert np.all(half < 0.03 * mean)


@pytest.mark.parametrize("method", dynamics_over_tau.METHODS)
def test_curves_follow_their_laws(method: str, data: Data) -> None:
    """43 points of 4 ranges: within 5.2 standard errors, and 0.5 % for what the law leaves out."""
    gap, path = np.abs(data[method] - data[f"{method}_path"]), data[f"{method}_path"]
    closure = 0.0 if method == "digital" else 0.005
    assert np.all(gap <= 2 * data[f"{method}_half"] + closure * path + 1e-15)


def test_pulses_are_not_averaged_dynamics(data: Data) -> None:
    """The law without the variance of the counts is rejected, more so at larger τ."""
    excess = data["pulsed_late"] - data["averaged_law"]
    assert np.all(excess > 3 * data["pulsed_late_half"])
    assert np.all(np.diff(excess) > 0)


def test_the_averaged_error_is_bias_and_digital_error(data: Data) -> None:
    """To 4 %: E|g + ε| > Σ adds to the bias, its pull takes from the fluctuation."""
    together = data["bias"] + data["digital_law"]
    assert np.all(np.abs(data["averaged_law"] / together - 1) < 0.04)
    assert np.any(np.abs(data["averaged_law"] / data["bias"] - 1) > 0.2)


def test_limits_are_those_of_the_ledger(data: Data) -> None:
    """Claim least-squares-toy-bias."""
    assert data["limit"] == pytest.approx([5.08e-4, 2.68e-4, 1.66e-4, 1.13e-4], abs=5e-7)
    assert np.all(np.abs(data["bias"] / data["limit"] - 1) < 0.25)  # one problem


def test_no_train_is_cut() -> None:
    """At W = 0, where the gradient is largest, with noise of 8 deviations: fewer than 30 slots."""
    problem = drawn(GIVEN["problem"], GIVEN["seed"])
    largest = np.abs(problem.gradient(np.zeros(40))).max() + 8 * GIVEN["noise"]
    slots = GIVEN["lr"] * largest / (min(GIVEN["tau"]) / GIVEN["pulses_per_range"])
    assert slots < 30 < GIVEN["longest"]
