"""D dimensions, devices and starts that differ between trajectories and coordinates."""

import numpy as np
import pytest

from analogtheory.algorithms import analog_sgd
from analogtheory.algorithms.symbols import W
from analogtheory.dynamics import gradient
from analogtheory.noise import Gaussian, NoNoise, Rademacher
from analogtheory.objectives import Quadratic, ScalarQuadratic, SeparableQuadratic
from analogtheory.philox import uniforms
from analogtheory.responses.formulas import WEIGHT, parameter
from analogtheory.responses.response import Response
from analogtheory.simulation import simulate


def test_each_coordinate_is_a_lane_of_its_own(power):
    curvatures, minimiser = [1.0, 0.5, 2.0], [0.3, -0.2, 0.1]
    many = analog_sgd(power, SeparableQuadratic(curvatures, minimiser), Gaussian(0.4), lr=0.1)
    result = simulate(many, trajectories=4, steps=25, seed=3)
    assert result.final["W"].shape == (4, 3)
    for t in range(4):
        for d in range(3):
            one = analog_sgd(
                power, ScalarQuadratic(curvatures[d], minimiser[d]), Gaussian(0.4), lr=0.1
            )
            alone = simulate(one, trajectories=1, first_trajectory=3 * t + d, steps=25, seed=3)
            assert result.final["W"][t, d] == pytest.approx(alone.final["W"][0], abs=1e-14)


def test_quadratic_in_five_dimensions_by_hand(linear):
    objective = Quadratic.generate(5, spread=0.3, seed=1)
    dynamics = analog_sgd(linear("0.7"), objective, Rademacher(0.3), lr=0.1)
    start = np.linspace(-0.3, 0.3, 5)
    result = simulate(dynamics, trajectories=6, steps=20, start={"W": start}, seed=4)
    w = np.tile(start, (6, 1))
    for step in range(20):
        u = uniforms(4, step, np.arange(30).reshape(6, 5), 0)
        g = (w - objective.minimiser) @ objective.hessian + np.where(u > 0.5, 0.3, -0.3)
        w = w - 0.1 * g - 0.1 * np.abs(g) * w / 0.7
    assert result.final["W"] == pytest.approx(w, abs=1e-14)


def device_family(tau):
    end = parameter("tau")
    return Response(1 - WEIGHT / end, 1 + WEIGHT / end, -end, end, parameters={"tau": tau})


@pytest.mark.parametrize("kind", ["averaged", "rounded"])
def test_one_device_per_trajectory(kind):
    taus = np.array([0.4, 0.55, 0.7, 1.1])
    options = {"steps": 30, "seed": 5, "fidelity": kind}
    options |= {"dw_min": 0.01, "cycle_noise": 0.3} if kind == "rounded" else {}
    objective = ScalarQuadratic(1, 0.9)
    together = simulate(
        analog_sgd(device_family(taus), objective, Rademacher(0.9), lr=0.6),
        trajectories=4,
        **options,
    )
    for i, tau in enumerate(taus):
        alone = simulate(
            analog_sgd(device_family(tau), objective, Rademacher(0.9), lr=0.6),
            trajectories=1,
            first_trajectory=i,
            **options,
        )
        assert together.final["W"][i] == pytest.approx(alone.final["W"][0], abs=1e-14)
    assert together.clipped["W"] > 0  # each device has its own range too


@pytest.mark.parametrize("shape", [(3,), (2, 1), (2, 3)])
def test_devices_per_coordinate_or_cell(shape):
    taus = np.linspace(0.5, 1.2, int(np.prod(shape))).reshape(shape)
    objective = SeparableQuadratic([1.0, 2.0, 0.5], [0.3, -0.2, 0.1])
    dynamics = analog_sgd(device_family(taus), objective, Rademacher(0.4), lr=0.05)
    result = simulate(dynamics, trajectories=2, steps=15)
    full, w = np.broadcast_to(taus, (2, 3)), np.zeros((2, 3))
    for step in range(15):
        u = uniforms(1, step, np.arange(6).reshape(2, 3), 0)
        g = (w - objective.minimiser) * objective.curvatures + np.where(u > 0.5, 0.4, -0.4)
        w = w - 0.05 * g - 0.05 * np.abs(g) * w / full
    assert result.final["W"] == pytest.approx(w, abs=1e-14)


class HalfSquare(SeparableQuadratic):
    """f = ½‖W‖², whose gradient is the array it is given."""

    def gradient(self, w):
        return w


def test_a_gradient_may_be_its_own_argument(ideal):
    dynamics = analog_sgd(ideal, HalfSquare([1.0, 1.0], [0.0, 0.0]), NoNoise(), lr=0.5)
    result = simulate(
        dynamics,
        trajectories=3,
        steps=1,
        start={"W": 0.4},
        observe={"x": gradient(W) + 10 * gradient(W / 2) + 100 * gradient(W / 4)},
    )
    assert result.final["W"] == pytest.approx(np.full((3, 2), 0.2), abs=1e-15)
    assert result.averages["x"] == pytest.approx(np.full((3, 2), 12.4), abs=1e-14)


def test_starts_per_trajectory(ideal):
    dynamics = analog_sgd(ideal, ScalarQuadratic(1, 0.1), NoNoise(), lr=0.5)
    start = np.array([-0.5, 0.0, 0.5])
    result = simulate(dynamics, trajectories=3, steps=2, start={"W": start})
    assert result.final["W"] == pytest.approx(0.1 + 0.25 * (start - 0.1), abs=1e-15)
    assert start.tolist() == [-0.5, 0.0, 0.5]
