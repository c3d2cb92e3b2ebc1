"""The hidden conditions: each panel shows its statement hold, and fail, where the claims say so."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from analogtheory import responses
from analogtheory.algorithms import analog_sgd, residual_learning
from analogtheory.experiments import hidden_conditions, store
from analogtheory.experiments import hidden_conditions_theory as theory
from analogtheory.experiments.core import Data
from analogtheory.noise import Gaussian, Rademacher
from analogtheory.objectives import ScalarQuadratic
from analogtheory.stationary import stationary_law

QUICK = Path(__file__).parents[2] / "paper_figs" / "quick"


@pytest.fixture(scope="module")
def data() -> Data:
    return store.read("hidden_conditions", QUICK).data


def test_step_sizes(data: Data) -> None:
    """The closed form is that of the exact law; it passes 1 at αL = 3/2."""
    dynamics = analog_sgd(
        responses.get("ideal", tau=8.0), ScalarQuadratic(1, 0), Rademacher(0.5), lr=0.4
    )
    law = stationary_law(dynamics)
    exact = law.expectation(dynamics.states[0] ** 2).value / (2 * 0.4 * 0.5**2)
    assert float(theory.step_size(np.array(0.4))) == pytest.approx(exact, rel=1e-9)
    assert np.array_equal(data["step_ratio"] > 1, data["step"] > 1.5)


def test_total_variance(data: Data) -> None:
    assert np.all(data["dimension_total"] < 1)
    assert data["dimension_each"][-1] > 3
    assert np.array_equal(data["dimension_each"] > 1, data["dimension"] >= 4)


def test_saturation(data: Data) -> None:
    last = data["minimiser_gradient"][-1]
    beyond = data["minimiser"] > 1
    assert np.all(data["minimiser_gradient"][:, beyond] >= data["minimiser"][beyond] - 1)
    assert last[data["minimiser"] < 0.95].max() < 1e-12


def test_the_ledgers_own_numbers() -> None:
    """analog-sgd-remark-1-printed at ε = 1/1024, lemma-7-printed at p = 1/5."""
    left, printed, repaired = theory.remark_1(1024)
    assert left == pytest.approx(4194273 / 67371008, rel=1e-12)
    assert printed == pytest.approx(41087 / 6316032, rel=1e-12)
    assert printed < left < repaired
    ratio, fixed = theory.lemma_7(np.array([0.2, 0.5]))
    assert ratio[0] == pytest.approx(0.1808 / 0.176, rel=1e-12)
    assert ratio[1] < 1
    assert fixed.max() < 1


def test_theorem_3_fails_below_a_mixing_of_a_third(data: Data) -> None:
    """theorem-3-printed: 1.09 of the bound at γ = 8/25, none refuted from 0.35 on."""
    assert np.array_equal(data["gamma_printed"] > 1, data["gamma"] < 0.35)
    assert data["gamma_repaired"].max() < 0.4
    from fractions import Fraction

    assert theory.theorem_3(Fraction(2, 5))[1] == pytest.approx(1.087, abs=5e-4)


def test_theorem_4_with_and_without_its_hypothesis(data: Data) -> None:
    small = data["change"] < 1e-3
    expected = 1 - data["change"][small] / 1e-3
    assert np.allclose(data["change_fixed"][small], expected, atol=1e-9)
    bound = np.maximum(data["change"] / (1 + data["change"]), data["change"] / (2 - data["change"]))
    assert np.all(data["change_fine"] <= bound + 1e-9)  # claim linear-discretisation-error


def test_theorem_5(data: Data) -> None:
    order = np.diff(np.log(data["distance_holds"])) / np.diff(np.log(data["distance"]))
    assert order[0] == pytest.approx(2, abs=0.01)
    for name in ("slope", "curvature"):
        assert np.allclose(data[f"distance_{name}"], 1, atol=1e-12)
    assert np.all(data["distance_continuity"] >= 0.5)


def test_the_tilt_is_the_rest_point_of_the_mean_field() -> None:
    device = responses.get("linear", c=0.3)
    for law in (Rademacher(0.5), Gaussian(0.5)):
        dynamics = residual_learning(
            device, ScalarQuadratic(1, 0.1), law, lr=0.01, transfer_lr=0.001, gamma=0.4
        )
        (point,) = dynamics.fixed_points()
        found = theory.tilted_gradient(law, 0.3) * law.sigma
        assert point.state["W"] - 0.1 == pytest.approx(found, abs=1e-9)
        assert point.state["P"] == pytest.approx(0, abs=1e-9)


def test_quick_and_full_differ_in_the_number_of_points_only() -> None:
    quick, full = (dict(hidden_conditions.INPUTS[size]) for size in ("quick", "full"))
    for name in ("points", "changes", "roots"):
        assert quick.pop(name) < full.pop(name)
    assert quick == full
