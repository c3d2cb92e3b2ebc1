"""Means over many trajectories; each interval misses with probability 1e-6."""

import pytest

from analogtheory.algorithms import analog_sgd
from analogtheory.algorithms.symbols import W
from analogtheory.noise import Gaussian, NoNoise, Rademacher
from analogtheory.objectives import ScalarQuadratic
from analogtheory.simulation import simulate
from analogtheory.stationary import stationary_law


def test_stationary_mean_of_analog_sgd_under_rademacher_noise(linear):
    """E W = w_S = w*·hτ/(hτ + σ), exactly, while |h(w − w*)| ≤ σ (one line of algebra).

    h = 1, w* = 0.3, σ = 0.5, τ = 0.7, α = 0.1: [−0.2, 0.7] is invariant, and the mean
    approaches w_S = 0.175 like (1 − α(h + σ/τ))ᵏ, 1e-16 at k = 200. The t interval over
    4096 independent trajectories misses with probability 1e-6; it is narrower than
    ±0.001, so that errors above 0.6 % of w_S would be seen (w* is off by 71 %).
    """
    dynamics = analog_sgd(linear("0.7"), ScalarQuadratic(1, 0.3), Rademacher(0.5), lr=0.1)
    result = simulate(dynamics, steps=1200, burn_in=200, observe={"W": W}, seed=20)
    mean, low, high, replicas = result.interval("W", confidence=1 - 1e-6)
    assert replicas == 4096
    assert high - low < 0.002
    assert low < 0.175 < high
    assert low < mean < high


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_pulses_agree_with_the_averaged_update_in_the_mean(linear, dtype):
    """Unbiased counts on a linear device: E w⁺ of one step, to O(Δw_min).

    With n pulses w_n = τ − (τ − w)aⁿ, a = 1 − Δw_min/τ. For a wanted x = 2.5 pulses
    "rounded" takes 2 or 3 with probability ½, "pulsed" has E aⁿ = (1 − p + pa)^BL. The
    interval is a t interval that misses with probability 1e-6, on 20 000 trajectories.
    """
    dynamics = analog_sgd(linear("0.7"), ScalarQuadratic(1, 0.5), NoNoise(), lr=0.1)
    a, p = 1 - 0.02 / 0.7, 2.5 / 31
    expected = {
        "rounded": 0.7 * (1 - (a**2 + a**3) / 2),
        "pulsed": 0.7 * (1 - (1 - p + p * a) ** 31),
    }
    for kind, mean in expected.items():
        result = simulate(
            dynamics,
            trajectories=20_000,
            steps=2,
            burn_in=1,
            fidelity=kind,
            dw_min=0.02,
            cycle_noise=0.3,
            observe={"W": W},
            dtype=dtype,
        )
        _, low, high, _ = result.interval("W", confidence=1 - 1e-6)
        assert low < mean < high
        assert high - low < 0.003  # one pulse of 0.02 is seen seven times over


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_gaussian_draws_through_the_exact_stationary_law(linear, dtype):
    """E W, E (W − w*)² and E|W| of Analog SGD, known to 1e-11 without sampling.

    Each t interval over 8192 independent trajectories of 4000 counted steps misses with
    probability 1e-7 (3e-7 together); it is narrower than 0.8 % of the value.
    """
    dynamics = analog_sgd(linear("0.7"), ScalarQuadratic(1, 0.3), Gaussian(0.5), lr=0.1)
    law = stationary_law(dynamics)
    observables = {"mean": W, "square": (W - 0.3) ** 2, "size": abs(W)}
    result = simulate(
        dynamics, trajectories=8192, steps=4200, burn_in=200, observe=observables, seed=3,
        dtype=dtype,
    )  # fmt: skip
    assert result.backend == "numba"
    for name, observable in observables.items():
        exact = law.expectation(observable)
        assert exact.error < 1e-11
        mean, low, high, _ = result.interval(name, confidence=1 - 1e-7)
        assert low < exact.value < high
        assert high - low < 8e-3 * mean
