"""The simulator against formulas and against loops written without it."""

from statistics import NormalDist

import numpy as np
import pytest
import sympy

from analogtheory.algorithms import analog_sgd, buffered_residual_learning, residual_learning
from analogtheory.algorithms.symbols import H, P, W, alpha, beta, gamma
from analogtheory.dynamics import gradient
from analogtheory.noise import Gaussian, NoNoise, Rademacher, TwoPoint, Uniform
from analogtheory.objectives import Quadratic, ScalarQuadratic, SeparableQuadratic
from analogtheory.responses.response import WEIGHT, Response, parameter
from analogtheory.simulation import Fidelity, program, simulate
from analogtheory.simulation.philox import uniforms

IDEAL = Response(1 + 0 * WEIGHT, 1 + 0 * WEIGHT, sympy.Rational(-1, 2), sympy.Rational(1, 2))


# ---------------------------------------------------------------------- averaged


def iterate_averaged_map(dynamics, seed, steps, lanes, start):
    """The formulas of `averaged_map`, iterated by hand with the documented draws."""
    symbols = [*dynamics.states, *(draw.symbol for draw in dynamics.draws)]
    formulas = dynamics.averaged_map()
    step_function = sympy.lambdify(symbols, [formulas[state] for state in dynamics.states])
    states = [np.full(lanes.shape, start[str(state)]) for state in dynamics.states]
    for step in range(steps):
        draws = [
            draw.law.quantile(uniforms(seed, step, lanes, stream))
            for stream, draw in enumerate(dynamics.draws)
        ]
        states = list(step_function(*states, *draws))
    return dict(zip(map(str, dynamics.states), states, strict=True))


@pytest.mark.parametrize("algorithm", [analog_sgd, residual_learning, buffered_residual_learning])
def test_averaged_simulation_iterates_the_averaged_map(algorithm, power):
    options = {"lr": 0.02}
    if algorithm is not analog_sgd:
        options |= {"transfer_lr": 0.01, "gamma": 0.3, "read_noise": Uniform(0.2)}
    dynamics = algorithm(power, ScalarQuadratic(1.5, 0.3), Gaussian(0.5), **options)
    start = {str(state): 0.1 * (k + 1) for k, state in enumerate(dynamics.states)}
    result = simulate(dynamics, trajectories=20, steps=40, seed=7, start=start)
    expected = iterate_averaged_map(dynamics, 7, 40, np.arange(20), start)
    assert set(result.final) == set(expected)
    for name, values in expected.items():
        assert result.final[name] == pytest.approx(values, abs=1e-15 * 40)
    assert result.clipped == dict.fromkeys(dynamics.responses, 0.0)
    assert (result.pulses, result.truncated) == ({}, {})


def test_ideal_device_is_gradient_descent():
    dynamics = analog_sgd(IDEAL, ScalarQuadratic(2, 0.3), NoNoise(), lr=0.1)
    result = simulate(
        dynamics, trajectories=3, steps=10, start={W: -0.2}, record="trajectory", every=4
    )
    k = np.array([0, 4, 8])
    assert result.recorded_steps.tolist() == k.tolist()
    curve = np.broadcast_to((0.3 - 0.5 * 0.8**k)[:, None], (3, 3))
    assert result.trajectory["W"] == pytest.approx(curve, abs=1e-15)
    assert result.final["W"] == pytest.approx(0.3 - 0.5 * 0.8**10, abs=1e-15)


def test_record_ends_with_the_final_states_and_is_off_by_default():
    dynamics = analog_sgd(IDEAL, ScalarQuadratic(1, 0.3), Rademacher(0.2), lr=0.1)
    result = simulate(dynamics, trajectories=2, steps=6, record="trajectory", every=3)
    assert result.trajectory["W"].shape == (3, 2)
    assert np.array_equal(result.trajectory["W"][-1], result.final["W"])
    plain = simulate(dynamics, trajectories=2, steps=6)
    assert plain.trajectory == {}
    assert plain.recorded_steps.size == 0
    assert np.array_equal(plain.final["W"], result.final["W"])


# ---------------------------------------------------------------------- pulses


def residual_learning_by_hand(uniform, lane, steps, seed, kind):
    """Residual Learning on the linear device, τ = 0.7, pulse by pulse, one trajectory."""
    p, w, fired = 0.0, 0.1, {"P": 0, "W": 0}

    def fire(value, change, k, stage):
        x = abs(change) / 0.0043
        u = 0.5 if kind == "ceiling" else uniform(seed, k, lane, 2**16 + stage)
        count = {"ceiling": -int(-x // 1), "rounded": int(x) + (u < x % 1)}[kind]
        fired["PW"[stage]] += count
        sign = 1 if change > 0 else -1
        for j in range(count):
            xi = NormalDist().inv_cdf(uniform(seed, k, lane, 2**17 + stage, j))
            value += sign * 0.0043 * (1 - sign * value / 0.7 + 0.5 * xi)
            value = min(max(value, -0.7), 0.7)
        return value

    for k in range(steps):
        epsilon = 0.5 if uniform(seed, k, lane, 0) > 0.5 else -0.5
        read = 0.2 * NormalDist().inv_cdf(uniform(seed, k, lane, 1))
        p = fire(p, -0.05 * (1.5 * (w + 0.4 * p - 0.3) + epsilon), k, 0)
        w = fire(w, 0.1 * (p + read), k, 1)
    return p, w, fired


@pytest.mark.parametrize("kind", ["ceiling", "rounded"])
def test_pulsed_residual_learning_by_hand(linear, oracle_uniform, kind):
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
        fidelity=kind,
        dw_min=0.0043,
        cycle_noise=0.5,
    )
    total = {"P": 0, "W": 0}
    for i in range(3):
        p, w, fired = residual_learning_by_hand(oracle_uniform, 5 + i, 12, seed, kind)
        assert result.final["P"][i] == pytest.approx(p, abs=1e-13)
        assert result.final["W"][i] == pytest.approx(w, abs=1e-13)
        total = {name: total[name] + fired[name] for name in total}
    assert result.pulses == pytest.approx({name: n / 36 for name, n in total.items()})
    assert result.truncated == {"P": 0.0, "W": 0.0}


def test_truncated_trains_are_reported():
    # the ideal device without noise: x = α|w* − w|/Δw_min = 10, 9.6, …; BL = 4 always too short
    dynamics = analog_sgd(IDEAL, ScalarQuadratic(1, 0.5), NoNoise(), lr=0.2)
    fidelity = Fidelity("pulsed", 0.01, train_length=4)
    result = simulate(dynamics, trajectories=2, steps=5, fidelity=fidelity)
    assert result.final["W"] == pytest.approx([0.2, 0.2], abs=1e-15)
    assert result.pulses == {"W": 4.0}
    assert result.truncated == {"W": 1.0}
    assert result.fidelity == fidelity


def test_clipping_is_counted():
    # w ← min(½, w + (2 − w)/10): 0.2, 0.38, then 0.542 and all later ones are cut
    dynamics = analog_sgd(IDEAL, ScalarQuadratic(1, 2), NoNoise(), lr=0.1)
    result = simulate(dynamics, trajectories=3, steps=10)
    assert result.final["W"].tolist() == [0.5] * 3
    assert result.clipped == {"W": 0.8}


# ---------------------------------------------------------------------- splitting


def split_cases(power):
    noisy = {"fidelity": Fidelity("pulsed", 0.003, cycle_noise=0.4), "steps": 12}
    scalar = ScalarQuadratic(1, 0.3)
    exponential = Response(
        sympy.exp(1 - WEIGHT) - 1, sympy.exp(1 + WEIGHT) - 1, -1, 1, name="exponential"
    )
    matrix = Quadratic.generate(7, condition=5, spread=0.3, seed=3)
    buffered = buffered_residual_learning(
        power, matrix, Gaussian(0.3), lr=0.05, read_noise=TwoPoint(0.2)
    )
    return {
        "averaged": (analog_sgd(exponential, scalar, Gaussian(0.5)), {"steps": 50}),
        "pulsed": (residual_learning(exponential, scalar, Gaussian(0.5)), noisy),
        "matrix": (buffered, {"steps": 40}),
        "matrix pulsed": (buffered, noisy),
    }


@pytest.mark.parametrize("case", ["averaged", "pulsed", "matrix", "matrix pulsed"])
def test_any_split_gives_the_same_bits(case, power):
    dynamics, options = split_cases(power)[case]
    options = options | {"seed": 9, "observe": {"g": gradient(dynamics.weight) ** 2}}
    whole = simulate(dynamics, trajectories=150, **options)
    pieces = [
        simulate(dynamics, first_trajectory=first, trajectories=count, **options)
        for first, count in ((0, 1), (1, 32), (33, 70), (103, 47))
    ]
    for name in whole.final:
        joined = np.concatenate([piece.final[name] for piece in pieces])
        assert joined.tobytes() == whole.final[name].tobytes()
    joined = np.concatenate([piece.averages["g"] for piece in pieces])
    assert joined.tobytes() == whole.averages["g"].tobytes()


def test_drawing_one_step_at_a_time_gives_the_same_bits(linear, monkeypatch):
    dynamics = analog_sgd(linear(), ScalarQuadratic(1, 0.3), Gaussian(0.5))
    table = simulate(dynamics, trajectories=5, steps=30)
    for span in (1, 35):  # one step; seven steps, which do not divide thirty
        monkeypatch.setattr(program, "DRAWN", span)
        assert np.array_equal(
            simulate(dynamics, trajectories=5, steps=30).final["W"], table.final["W"]
        )


def test_the_seed_and_the_trajectory_number_matter(linear):
    dynamics = analog_sgd(linear(), ScalarQuadratic(1, 0.3), Gaussian(0.5))
    first = simulate(dynamics, trajectories=50, steps=3).final["W"]
    other = simulate(dynamics, trajectories=50, steps=3, seed=2).final["W"]
    assert np.unique(np.concatenate([first, other])).size == 100


# ---------------------------------------------------------------------- dimensions, arrays


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


def test_a_gradient_may_be_its_own_argument():
    ideal = analog_sgd(IDEAL, HalfSquare([1.0, 1.0], [0.0, 0.0]), NoNoise(), lr=0.5)
    result = simulate(
        ideal,
        trajectories=3,
        steps=1,
        start={"W": 0.4},
        observe={"x": gradient(W) + 10 * gradient(W / 2) + 100 * gradient(W / 4)},
    )
    assert result.final["W"] == pytest.approx(np.full((3, 2), 0.2), abs=1e-15)
    assert result.averages["x"] == pytest.approx(np.full((3, 2), 12.4), abs=1e-14)


def test_starts_per_trajectory():
    dynamics = analog_sgd(IDEAL, ScalarQuadratic(1, 0.1), NoNoise(), lr=0.5)
    start = np.array([-0.5, 0.0, 0.5])
    result = simulate(dynamics, trajectories=3, steps=2, start={"W": start})
    assert result.final["W"] == pytest.approx(0.1 + 0.25 * (start - 0.1), abs=1e-15)
    assert start.tolist() == [-0.5, 0.0, 0.5]


# ---------------------------------------------------------------------- observables


def test_time_averages_run_over_the_states_before_each_step():
    # w_k = 0.4(1 − 0.9ᵏ): the mean over k = 3 … 9 in closed form
    dynamics = analog_sgd(IDEAL, ScalarQuadratic(1, 0.4), NoNoise(), lr=0.1)
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


def test_a_function_cannot_change_the_states():
    dynamics = analog_sgd(IDEAL, ScalarQuadratic(1, 0.4), NoNoise())

    def meddle(states):
        states["W"] += 1.0
        return states["W"]

    with pytest.raises(ValueError, match="read-only"):
        simulate(dynamics, trajectories=2, steps=2, observe={"x": meddle})


# ---------------------------------------------------------------------- in law


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


def test_pulses_agree_with_the_averaged_update_in_the_mean(linear):
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
        )
        _, low, high, _ = result.interval("W", confidence=1 - 1e-6)
        assert low < mean < high
        assert high - low < 0.003  # one pulse of 0.02 is seen seven times over
