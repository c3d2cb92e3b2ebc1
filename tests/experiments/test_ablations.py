"""Range, noise and start: what the figure says, on stored numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analogtheory.experiments import ablations, store
from analogtheory.experiments.core import Data
from analogtheory.experiments.least_squares import Problem, drawn

GIVEN = ablations.INPUTS["full"]
PANELS = ("range", "noise")


@pytest.fixture(scope="module")
def data() -> Data:
    return store.read("ablations", Path(__file__).parents[2] / "paper_figs").data


def settings(panel: str) -> tuple[Problem, dict[str, Any]]:
    return drawn(GIVEN[panel]["problem"], GIVEN["seed"]), GIVEN[panel]


@pytest.mark.parametrize("panel", PANELS)
@pytest.mark.parametrize("law", ablations.LAWS)
def test_errors_are_those_of_the_law(panel: str, law: str, data: Data) -> None:
    """Within 5.2 standard errors, and 0.5 % for what the law leaves out."""
    mean, half = data[f"{panel}_{law}"], data[f"{panel}_{law}_half"]
    problem, setting = settings(panel)
    exact = ablations.law_errors(problem, setting, panel, data[f"{panel}_place"], law)
    assert np.all(np.abs(mean - exact) <= 2 * half + 0.005 * exact)
    assert np.all(half < 0.02 * mean)


@pytest.mark.parametrize("panel", PANELS)
def test_bounds_hold_and_are_used_where_they_may_be(panel: str, data: Data) -> None:
    problem, setting = settings(panel)
    assert setting["lr"] <= 1 / (4 * problem.smoothness)
    assert np.all(data[f"{panel}_beyond"] == 0)  # |∂f| ≤ s at every step that was looked at
    mean, half = data[f"{panel}_rademacher"], data[f"{panel}_rademacher_half"]
    places = zip(
        *ablations.noise_and_range(problem, setting, panel, data[f"{panel}_place"]), strict=True
    )
    lower = np.array([ablations.lower(problem, s, tau) for s, tau in places])
    assert np.all(lower < mean - half)
    for law in ablations.LAWS:
        assert np.all(data[f"{panel}_{law}"] < data[f"{panel}_upper_single"])
    assert np.all(data[f"{panel}_upper_single"] < data[f"{panel}_upper"])


def test_a_lower_bound_with_twice_the_noise_is_noticed(data: Data) -> None:
    problem, setting = settings("noise")
    s = np.sqrt(data["noise_place"] / len(problem.target))
    wrong = np.array([ablations.lower(problem, 2 * x, setting["tau"]) for x in s])
    assert np.all(wrong > data["noise_rademacher"] + 5 * data["noise_rademacher_half"])


def test_the_error_falls_with_the_range_and_rises_with_the_noise(data: Data) -> None:
    for law in ablations.LAWS:
        assert np.all(np.diff(data[f"range_{law}"]) < 0)
        per_variance = data[f"noise_{law}"] / data["noise_place"]
        assert np.all(np.diff(per_variance) < 0)  # κ/(λ + κ) saturates
        assert per_variance.max() / per_variance.min() < 1.15


def test_every_start_ends_at_the_same_error(data: Data) -> None:
    late = data["start_step"] > 1000
    assert late.sum() >= 2
    mean, half = data["start"][:, late], data["start_half"][:, late]
    assert np.all(np.abs(mean - data["start_law"]) <= 3 * half)
    assert np.all(half < 0.1 * mean)
    assert data["start"][0, 0] > 1e6 * data["start_law"] > 0 == data["start"][-1, 0]


def test_curves_follow_their_law(data: Data) -> None:
    """44 points of 5 starts: within 5.2 standard errors, and 0.5 % for what the law leaves out."""
    path, mean, half = data["start_path"], data["start"], data["start_half"]
    assert np.all(np.abs(mean - path) <= 2 * half + 0.005 * path + 1e-15)
