"""Simulation pulse by pulse against loops in plain Python, and its counters."""

import pytest

from analogtheory.algorithms import analog_sgd, residual_learning
from analogtheory.noise import Gaussian, NoNoise, Rademacher
from analogtheory.objectives import ScalarQuadratic
from analogtheory.simulation import Fidelity, simulate


def residual_learning_by_hand(uniform, normal, lane, steps, seed, kind):
    """Residual Learning on the linear device, τ = 0.7, pulse by pulse, one trajectory."""
    p, w, fired = 0.0, 0.1, {"P": 0, "W": 0}

    def fire(value, change, k, stage):
        x = abs(change) / 0.0043
        u = 0.5 if kind == "ceiling" else uniform(seed, k, lane, 2**16 + stage)
        count = {"ceiling": -int(-x // 1), "rounded": int(x) + (u < x % 1)}[kind]
        fired["PW"[stage]] += count
        sign = 1 if change > 0 else -1
        for j in range(count):
            xi = normal(seed, k, lane, 2**17 + stage, j // 2, j % 2)
            value += sign * 0.0043 * (1 - sign * value / 0.7 + 0.5 * xi)
            value = min(max(value, -0.7), 0.7)
        return value

    for k in range(steps):
        epsilon = 0.5 if uniform(seed, k, lane, 0) > 0.5 else -0.5
        read = 0.2 * normal(seed, k // 2, lane, 1, 0, k % 2)
        p = fire(p, -0.05 * (1.5 * (w + 0.4 * p - 0.3) + epsilon), k, 0)
        w = fire(w, 0.1 * (p + read), k, 1)
    return p, w, fired


@pytest.mark.parametrize("kind", ["ceiling", "rounded"])
def test_pulsed_residual_learning_by_hand(linear, oracle_uniform, oracle_normal, kind):
    dynamics = residual_learning(
        linear("0.7"),
        ScalarQuadratic(1.5, 0.3),
        Rademacher(0.5),
        lr=0.05,
        transfer_lr=0.1,
        gamma=0.4,
        read_noise=Gaussian(0.2),
    )
    seed = 2**40 + 3
    result = simulate(
        dynamics,
        trajectories=3,
        first_trajectory=5,
        steps=12,
        start={"W": 0.1},
        seed=seed,
        fidelity=Fidelity(kind, 0.0043, 0.5, one_by_one=True),
    )
    total = {"P": 0, "W": 0}
    for i in range(3):
        p, w, fired = residual_learning_by_hand(
            oracle_uniform, oracle_normal, 5 + i, 12, seed, kind
        )
        assert result.final["P"][i] == pytest.approx(p, abs=1e-13)
        assert result.final["W"][i] == pytest.approx(w, abs=1e-13)
        total = {name: total[name] + fired[name] for name in total}
    assert result.pulses == pytest.approx({name: n / 36 for name, n in total.items()})
    assert result.truncated == {"P": 0.0, "W": 0.0}


def test_truncated_trains_are_reported(ideal):
    # the ideal device without noise: x = α|w* − w|/Δw_min = 10, 9.6, …; BL = 4 always too short
    dynamics = analog_sgd(ideal, ScalarQuadratic(1, 0.5), NoNoise(), lr=0.2)
    fidelity = Fidelity("pulsed", 0.01, train_length=4)
    result = simulate(dynamics, trajectories=2, steps=5, fidelity=fidelity)
    assert result.final["W"] == pytest.approx([0.2, 0.2], abs=1e-15)
    assert result.pulses == {"W": 4.0}
    assert result.truncated == {"W": 1.0}
    assert result.fidelity == fidelity


def test_clipping_is_counted(ideal):
    # w ← min(½, w + (2 − w)/10): 0.2, 0.38, then 0.542 and all later ones are cut
    dynamics = analog_sgd(ideal, ScalarQuadratic(1, 2), NoNoise(), lr=0.1)
    result = simulate(dynamics, trajectories=3, steps=10)
    assert result.final["W"].tolist() == [0.5] * 3
    assert result.clipped == {"W": 0.8}
