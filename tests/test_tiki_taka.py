"""Tiki-Taka and stochastic Hamiltonian descent: one step by hand, equivalence, errors."""

from __future__ import annotations

import math

import numpy as np
import pytest
import sympy

from analogtheory.algorithms import residual_learning
from analogtheory.algorithms.symbols import P, W, epsilon, epsilon_read
from analogtheory.algorithms.transfer import A, C, stochastic_hamiltonian_descent, tiki_taka
from analogtheory.errors import InputError
from analogtheory.noise import Gaussian, NoNoise, Rademacher
from analogtheory.objectives import ScalarQuadratic
from analogtheory.responses import get
from analogtheory.simulation import simulate

LINEAR, CUBIC = get("linear"), get("power", gamma_res=3)
OBJECTIVE = ScalarQuadratic(2.0, 0.9)


def test_one_step_by_hand() -> None:
    dynamics = tiki_taka(
        LINEAR, OBJECTIVE, NoNoise(), lr=0.1, transfer_lr=0.2, gamma=0.5, reference=0.3,
        read_noise=Rademacher(0.5),
    )  # fmt: skip
    start = {A: sympy.Rational(1, 5), C: sympy.Rational(2, 5), epsilon: sympy.Rational(1, 10)}
    new = dynamics.averaged_map()
    g = 2 * (0.4 + 0.5 * (0.2 - 0.3) - 0.9) + 0.1
    fast = 0.2 - 0.1 * g - 0.1 * abs(g) * 0.2  # linear device, τ = 1: F = 1, G = w
    read = fast - 0.3 + 0.5
    slow = 0.4 + 0.2 * read - 0.2 * abs(read) * 0.4
    noisy = {**start, epsilon_read: sympy.Rational(1, 2)}
    assert float(new[A].subs(noisy)) == pytest.approx(fast, rel=1e-13)
    assert float(new[C].subs(noisy)) == pytest.approx(slow, rel=1e-13)


def test_without_reference_it_is_residual_learning() -> None:
    settings = {"lr": 0.1, "transfer_lr": 0.03, "gamma": 0.4, "read_noise": Gaussian(0.2)}
    left = tiki_taka(CUBIC, OBJECTIVE, Gaussian(0.3), fast_response=LINEAR, **settings)
    right = residual_learning(CUBIC, OBJECTIVE, Gaussian(0.3), residual_response=LINEAR, **settings)
    renamed = {A: P, C: W}
    for mine, other in ((A, P), (C, W)):
        gap = left.averaged_map()[mine].subs(renamed) - right.averaged_map()[other]
        assert sympy.expand(gap) == 0


@pytest.mark.parametrize("offset", [-0.3, 0.0, 0.5])
def test_rest_point_with_an_offset(offset: float) -> None:
    """g = κo·E|g + ε| (ideal C, κ = 1): for ±s noise g = os."""
    ideal = get("linear", tau=1000.0)
    dynamics = stochastic_hamiltonian_descent(
        ideal, OBJECTIVE, Rademacher(0.5), fast_response=LINEAR, reference=-offset
    )
    (point,) = dynamics.fixed_points()
    assert point.state["A"] == pytest.approx(-offset, abs=1e-9)
    assert 2 * (point.state["C"] - 0.9) == pytest.approx(0.5 * offset, abs=1e-6)


def test_it_simulates() -> None:
    dynamics = stochastic_hamiltonian_descent(LINEAR, ScalarQuadratic(1, 0.5), Gaussian(0.3))
    found = simulate(dynamics, trajectories=64, steps=4000, backend="numpy")
    means = np.asarray(found.final["C"]).mean()
    assert means == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"lr": 0.0}, "lr"),
        ({"transfer_lr": -1.0}, "transfer_lr"),
        ({"reference": math.inf}, "reference"),
        ({"gamma": -0.1}, "gamma"),
    ],
)
def test_errors(settings: dict[str, float], words: str) -> None:
    with pytest.raises(InputError, match=words):
        tiki_taka(LINEAR, OBJECTIVE, NoNoise(), **settings)
    if "gamma" not in settings:
        with pytest.raises(InputError, match=words):
            stochastic_hamiltonian_descent(LINEAR, OBJECTIVE, NoNoise(), **settings)
