"""The averaged fidelity against the formulas of the Dynamics, iterated without it."""

import numpy as np
import pytest
import sympy

from analogtheory.algorithms import analog_sgd, buffered_residual_learning, residual_learning
from analogtheory.algorithms.symbols import W
from analogtheory.noise import Gaussian, NoNoise, Rademacher, Uniform
from analogtheory.objectives import ScalarQuadratic
from analogtheory.philox import uniforms
from analogtheory.simulation import simulate


def drawn(oracle_normal, law, seed, step, lanes, stream):
    """The documented draws: Gaussian ones in pairs of steps, the others by inversion."""
    if isinstance(law, Gaussian):
        address = (stream, 0, step % 2)
        return law.sigma * np.array(
            [oracle_normal(seed, step // 2, int(lane), *address) for lane in lanes]
        )
    return law.quantile(uniforms(seed, step, lanes, stream))


def iterate_averaged_map(oracle_normal, dynamics, seed, steps, lanes, start):
    """The formulas of `averaged_map`, iterated by hand with the documented draws."""
    symbols = [*dynamics.states, *(draw.symbol for draw in dynamics.draws)]
    formulas = dynamics.averaged_map()
    step_function = sympy.lambdify(symbols, [formulas[state] for state in dynamics.states])
    states = [np.full(lanes.shape, start[str(state)]) for state in dynamics.states]
    for step in range(steps):
        draws = [
            drawn(oracle_normal, draw.law, seed, step, lanes, stream)
            for stream, draw in enumerate(dynamics.draws)
        ]
        states = list(step_function(*states, *draws))
    return dict(zip(map(str, dynamics.states), states, strict=True))


@pytest.mark.parametrize("algorithm", [analog_sgd, residual_learning, buffered_residual_learning])
def test_averaged_simulation_iterates_the_averaged_map(algorithm, power, oracle_normal):
    options = {"lr": 0.02}
    if algorithm is not analog_sgd:
        options |= {"transfer_lr": 0.01, "gamma": 0.3, "read_noise": Uniform(0.2)}
    dynamics = algorithm(power, ScalarQuadratic(1.5, 0.3), Gaussian(0.5), **options)
    start = {str(state): 0.1 * (k + 1) for k, state in enumerate(dynamics.states)}
    result = simulate(dynamics, trajectories=20, steps=40, seed=7, start=start)
    expected = iterate_averaged_map(oracle_normal, dynamics, 7, 40, np.arange(20), start)
    assert set(result.final) == set(expected)
    for name, values in expected.items():
        assert result.final[name] == pytest.approx(values, abs=1e-15 * 40)
    assert result.clipped == dict.fromkeys(dynamics.responses, 0.0)
    assert (result.pulses, result.truncated) == ({}, {})


def test_ideal_device_is_gradient_descent(ideal):
    dynamics = analog_sgd(ideal, ScalarQuadratic(2, 0.3), NoNoise(), lr=0.1)
    result = simulate(
        dynamics, trajectories=3, steps=10, start={W: -0.2}, record="trajectory", every=4
    )
    k = np.array([0, 4, 8])
    assert result.recorded_steps.tolist() == k.tolist()
    curve = np.broadcast_to((0.3 - 0.5 * 0.8**k)[:, None], (3, 3))
    assert result.trajectory["W"] == pytest.approx(curve, abs=1e-15)
    assert result.final["W"] == pytest.approx(0.3 - 0.5 * 0.8**10, abs=1e-15)


def test_record_ends_with_the_final_states_and_is_off_by_default(ideal):
    dynamics = analog_sgd(ideal, ScalarQuadratic(1, 0.3), Rademacher(0.2), lr=0.1)
    result = simulate(dynamics, trajectories=2, steps=6, record="trajectory", every=3)
    assert result.trajectory["W"].shape == (3, 2)
    assert np.array_equal(result.trajectory["W"][-1], result.final["W"])
    plain = simulate(dynamics, trajectories=2, steps=6)
    assert plain.trajectory == {}
    assert plain.recorded_steps.size == 0
    assert np.array_equal(plain.final["W"], result.final["W"])
