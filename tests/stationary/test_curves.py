from __future__ import annotations

import numpy as np
import pytest

from analogtheory.algorithms.symbols import P, W
from analogtheory.noise import Gaussian, NoNoise, Rademacher
from analogtheory.responses.response import Response
from analogtheory.stationary import stationary_law

from .devices import linear, power, residual, sgd


@pytest.mark.parametrize("start", [0.6, -0.15])
def test_the_mean_decays_geometrically_with_rademacher_noise(start: float) -> None:
    lr, steps = 0.1, 1000
    law = stationary_law(sgd(linear("0.7"), 0.3, Rademacher(0.5), lr))
    curve = law.curve(W, {"W": start}, steps)
    rest = 0.3 * 0.7 / 1.2
    exact = rest + (1 - lr * (1 + 0.5 / 0.7)) ** np.arange(steps + 1) * (start - rest)
    assert curve.values == pytest.approx(exact, abs=1e-13)
    assert curve.errors.max() < 1e-12


def test_a_start_outside_the_trap_is_reached_too() -> None:
    law = stationary_law(sgd(linear("0.7"), 0.3, Rademacher(0.5), 0.1))
    curve = law.curve(W, {"W": -0.6}, 400)
    # both branches move up from −.6: g + ε = −.9 ± .5
    up = -0.6 + 0.5 * 0.1 * (0.4 + 1.4) * (1 + 0.6 / 0.7)
    assert curve.values[1] == pytest.approx(up, abs=1e-12)
    assert curve.values[-1] == pytest.approx(0.175, abs=1e-9)


def test_the_first_step_of_residual_learning() -> None:
    law = stationary_law(residual(linear(), Gaussian(0.5), 0.04))
    curve = law.curve(P, {"P": 0.0, "W": 0.3}, 2000)
    # from P = 0 the device is symmetric up to |g|·G(0) = 0: E P = −α(W − W*)
    assert curve.values[0] == 0.0
    assert curve.values[1] == pytest.approx(0.04 * 0.2, abs=1e-7)
    assert curve.values[-1] == pytest.approx(law.mean("P").value, abs=1e-5)


def test_second_moments_of_an_ideal_device_obey_the_linear_recursion() -> None:
    ideal = Response("1", "1", -20, 20)
    law = stationary_law(residual(ideal, Gaussian(0.5), 0.1, ratio=0.5))
    a, b, gamma = 0.1, 0.05, 0.4
    gain = np.array([1 - a * gamma, -a])
    step = np.array([gain, [b * gain[0], 1 + b * gain[1]]])
    noise = np.array([-a * 0.5, -a * b * 0.5])
    covariance = np.zeros((2, 2))
    for _ in range(4000):
        covariance = step @ covariance @ step.T + np.outer(noise, noise)
    found = [law.expectation(f).value for f in (P * P, P * (W - 0.5), (W - 0.5) ** 2)]
    exact = [covariance[0, 0], covariance[0, 1], covariance[1, 1]]
    assert found == pytest.approx(exact, rel=1e-6)
    assert law.mean("P").value == pytest.approx(0.0, abs=1e-9)


def test_without_noise_the_law_is_a_point() -> None:
    law = stationary_law(sgd(power(), 0.5, NoNoise(), 0.1))
    assert law.mean("W").value == pytest.approx(0.5, abs=1e-9)
    assert law.expectation(lambda w: w**2).error == pytest.approx(0.0, abs=1e-9)
    curve = law.curve(W, [0.0], 2)
    assert curve.values[:2] == pytest.approx([0.0, 0.05])
    assert curve.values[2] == pytest.approx(0.05 + 0.045 * 0.95**3)
    assert "no noise" in law.health.how
