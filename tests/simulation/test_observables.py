"""Time averages of expressions and functions."""

import numpy as np
import pytest
import sympy

from analogtheory.algorithms import analog_sgd, buffered_residual_learning
from analogtheory.algorithms.symbols import H, P, W, alpha, beta, gamma
from analogtheory.dynamics import gradient
from analogtheory.noise import NoNoise, Rademacher
from analogtheory.objectives import ScalarQuadratic
from analogtheory.simulation import simulate


def test_time_averages_run_over_the_states_before_each_step(ideal):
    # w_k = 0.4(1 − 0.9ᵏ): the mean over k = 3 … 9 in closed form
    dynamics = analog_sgd(ideal, ScalarQuadratic(1, 0.4), NoNoise(), lr=0.1)
    result = simulate(
        dynamics,
        trajectories=2,
        steps=10,
        burn_in=3,
        observe={
            "W": W,
            "plain symbol": sympy.Symbol("W"),
            "scaled": alpha * W + 1,
            "gradient": gradient(W),
            "function": lambda states: np.stack([states["W"], -states["W"]], axis=-1),
            "constant": sympy.Integer(2),
        },
    )
    mean = 0.4 * (1 - (0.9**3 - 0.9**10) / 0.1 / 7)
    expected = {
        "W": mean,
        "plain symbol": mean,
        "scaled": 0.1 * mean + 1,
        "gradient": mean - 0.4,
        "constant": 2.0,
    }
    for name, value in expected.items():
        assert result.averages[name] == pytest.approx([value, value], abs=1e-15)
    assert result.averages["function"] == pytest.approx(np.array([[mean, -mean]] * 2), abs=1e-15)


def test_observables_see_every_state_and_parameter(power):
    dynamics = buffered_residual_learning(
        power, ScalarQuadratic(1, 0.3), Rademacher(0.5), gamma=0.2
    )
    expression = H + beta * P + gradient(W + gamma * P)
    result = simulate(
        dynamics, trajectories=3, steps=20, observe={"x": expression}, record="trajectory"
    )
    h, p, w = (result.trajectory[name][:-1] for name in "HPW")
    expected = (h + 0.005 * p + (w + 0.2 * p - 0.3)).mean(axis=0)
    assert result.averages["x"] == pytest.approx(expected, abs=1e-15)


def test_a_function_cannot_change_the_states(ideal):
    dynamics = analog_sgd(ideal, ScalarQuadratic(1, 0.4), NoNoise())

    def meddle(states):
        states["W"] += 1.0
        return states["W"]

    with pytest.raises(ValueError, match="read-only"):
        simulate(dynamics, trajectories=2, steps=2, observe={"x": meddle})
