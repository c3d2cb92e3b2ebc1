"""Digital and analog errors against the learning rate: what the figure says, on stored numbers.

"Agrees" is within so many 99 % half-widths that a right number fails with probability 1e-7
(Student's t of the replicas). The laws of analog devices close at second moments, which is allowed
1 %.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from analogtheory.experiments import learning_rates, store
from analogtheory.experiments.core import Data
from analogtheory.experiments.learning_rates import INPUTS, law_of
from analogtheory.experiments.least_squares import drawn

GIVEN = INPUTS["full"]


def widths(method: str) -> float:
    """Half-widths that a right number leaves with probability 1e-7."""
    runs = GIVEN["replicas"][method] - 1
    return float(stats.t.isf(5e-8, runs) / stats.t.isf(0.005, runs))


@pytest.fixture(scope="module")
def data() -> Data:
    return store.read("learning_rates", Path(__file__).parents[2] / "paper_figs").data


def laws(method: str, data: Data) -> np.ndarray:
    problem = drawn(GIVEN["problem"], GIVEN["seed"])
    found = []
    for lr in data["lr"]:
        law = law_of(method, problem, float(lr), GIVEN)
        found.append(law.loss(*law.stationary()))
    return np.array(found)


@pytest.mark.parametrize(
    ("method", "closure"), [("digital", 0), ("vector", 0.01), ("samples", 0.01)]
)
def test_late_errors_are_those_of_the_law(method: str, closure: float, data: Data) -> None:
    mean, half = data[f"{method}_late"], data[f"{method}_late_half"]
    exact = laws(method, data)
    assert np.all(np.abs(mean - exact) <= widths(method) * half + closure * exact)
    assert np.all(half < 0.08 * mean)


def test_a_law_that_leaves_out_pulses_is_noticed(data: Data) -> None:
    """The averaged dynamics, without the variance of the counts."""
    from analogtheory.experiments.least_squares_theory import Averaged

    problem, s = drawn(GIVEN["problem"], GIVEN["seed"]), learning_rates.weight_noise(GIVEN)
    for lr, mean, half in zip(
        data["lr"], data["vector_late"], data["vector_late_half"], strict=True
    ):
        law = Averaged(problem, float(lr), s, GIVEN["tau"])
        assert mean - law.loss(*law.stationary()) > 5 * half


def test_the_digital_error_falls_and_the_analog_one_does_not(data: Data) -> None:
    rates = data["lr"]
    digital, samples = data["digital_late"], data["samples_late"]
    assert np.all(np.diff(digital) < 0)
    assert digital[0] / digital[-1] > rates[0] / rates[-1]  # α/(2 − αλ)
    assert samples.max() / samples.min() < 1.25
    assert np.all(samples > data["samples_bias"])
    assert np.all(data["vector_late"] > data["vector_bias"] + digital)
    ends = data["samples"][:, -1]
    assert ends.max() / ends.min() < 1.5


@pytest.mark.parametrize(
    ("method", "closure"), [("digital", 0), ("vector", 0.005), ("samples", 0.01)]
)
def test_curves_follow_their_laws(method: str, closure: float, data: Data) -> None:
    """43 points of 4 rates: all of them."""
    path = data[f"{method}_path"]
    gap = np.abs(data[method] - path)
    assert np.all(gap <= widths(method) * data[f"{method}_half"] + closure * path)


def test_samples_that_act_at_once_are_noticed(data: Data) -> None:
    """H(W − W*) + Σ(W)⊙W/τ, without the order of the vectors: off by a tenth after one step."""
    problem = drawn(GIVEN["problem"], GIVEN["seed"])
    start = problem.gradient(np.zeros(40))  # W = 0, where the asymmetry has no effect yet
    at_once = problem.loss(-GIVEN["lr"][0] * start)
    mean, half = data["samples"][0, 0], data["samples_half"][0, 0]
    assert data["step"][0] == 1
    assert mean - at_once > 5 * half
    assert mean / at_once > 1.1
