"""What cannot be used is refused in one line; what diverges is named."""

import numpy as np
import pytest
import sympy
from scipy import stats

import analogtheory.simulation as package
from analogtheory.algorithms import analog_sgd, residual_learning
from analogtheory.algorithms.symbols import H, W, epsilon
from analogtheory.dynamics import Assign, Draw, Dynamics, Pulse
from analogtheory.errors import InputError
from analogtheory.noise import NoNoise, Rademacher
from analogtheory.objectives import ScalarQuadratic, SeparableQuadratic
from analogtheory.responses.formulas import WEIGHT, parameter
from analogtheory.responses.response import Response
from analogtheory.simulation import DivergedError, Fidelity, simulate


@pytest.fixture
def dynamics(linear):
    return analog_sgd(linear("0.5"), ScalarQuadratic(1, 0.3), Rademacher(0.5))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"trajectories": 0}, "trajectories: must be at least 1, got 0"),
        ({"trajectories": 2.0}, "trajectories: must be a whole number at least 1, got 2.0"),
        ({"trajectories": True}, "trajectories: must be a whole number"),
        ({"first_trajectory": -1}, "first_trajectory: must be at least 0"),
        ({"first_trajectory": 2**32 - 4}, r"trajectories: \(first_trajectory \+ trajectories\)"),
        ({"steps": 0}, "steps: must be at least 1"),
        ({"steps": 2**32 + 1}, "steps: must be from 1 to 4294967296"),
        ({"every": 0}, "every: must be at least 1"),
        ({"burn_in": -1}, "burn_in: must be at least 0"),
        ({"burn_in": 4}, "burn_in: must be from 0 to 3"),
        ({"burn_in": 3, "observe": {"W": W}}, "burn_in: must be less than steps = 3"),
        ({"record": "all"}, "record 'all': use one of final, trajectory"),
        ({"seed": -1}, "seed: must lie between"),
        ({"seed": 0.5}, "seed: must be a whole number"),
        ({"backend": "torch"}, "backend 'torch': unknown; use one of auto, numpy, numba, cupy"),
        ({"fidelity": "rounded"}, "fidelity 'rounded': needs dw_min"),
        ({"fidelity": "best", "dw_min": 0.1}, "fidelity 'best': unknown; use one of averaged"),
        (
            {"fidelity": Fidelity("rounded", 0.1), "dw_min": 0.1},
            "dw_min, cycle_noise: are part of the Fidelity",
        ),
        (
            {"fidelity": Fidelity("rounded", 0.1), "cycle_noise": 0.1},
            "dw_min, cycle_noise: are part of the Fidelity",
        ),
        ({"start": {"P": 0.0}}, "start: unknown state 'P'; it has W"),
        ({"start": {"W": "x"}}, "start: W must be a number or an array of numbers"),
        ({"start": {"W": np.nan}}, "start: W must be finite"),
        ({"start": {"W": [0.1, 0.2]}}, r"start: W: shape \(2,\) does not broadcast to \(5,\)"),
        ({"start": {"W": 0.6}}, r"start: W = 0.6 lies outside the range \[-0.5, 0.5\] of linear"),
        ({"start": {W: -0.6}}, "start: W = -0.6 lies outside"),
        ({"observe": {"x": sympy.Symbol("Q")}}, "observable 'x': unknown name Q; use W, alpha"),
        ({"observe": {"x": epsilon}}, "observable 'x': unknown name epsilon"),
        ({"observe": {"x": 3.0}}, "observable 'x': give a sympy expression or a function"),
        (
            {"observe": {"x": lambda s: 1.0}},
            r"observable 'x': must give an array of shape \(5, …\)",
        ),
        ({"observe": {"x": lambda s: s["W"][:4]}}, r"observable 'x': .* got shape \(4,\)"),
        ({"fidelity": "ceiling", "dw_min": 1e-12}, "dw_min: 1e-12 is too small"),
    ],
)
def test_bad_arguments(dynamics, arguments, message):
    with pytest.raises(InputError, match=rf"^{message}[^\n]*$"):
        simulate(dynamics, **{"trajectories": 5, "steps": 3, **arguments})


def test_the_last_lane_is_usable(dynamics):
    edge = simulate(dynamics, trajectories=5, first_trajectory=2**32 - 5, steps=2)
    assert edge.final["W"].shape == (5,)
    assert edge.first_trajectory == 2**32 - 5


def test_lanes_are_counted_per_coordinate(linear):
    objective = SeparableQuadratic([1.0, 2.0], [0.1, 0.2])
    plane = analog_sgd(linear("0.5"), objective, NoNoise())
    with pytest.raises(InputError, match=r"^trajectories: [^\n]* the number of lanes$"):
        simulate(plane, trajectories=2, first_trajectory=2**31 - 1, steps=1)
    assert simulate(plane, trajectories=1, first_trajectory=2**31 - 1, steps=1).steps == 1


def test_a_default_start_outside_the_range_asks_for_one():
    device = Response(2 - WEIGHT, WEIGHT, sympy.Rational(1, 2), 1, name="shifted")
    shifted = analog_sgd(device, ScalarQuadratic(1, 0.7), NoNoise())
    with pytest.raises(
        InputError, match=r"^start: W = 0 lies outside [^\n]*give start=\{'W': …\}$"
    ):
        simulate(shifted, trajectories=2, steps=2)
    assert simulate(shifted, trajectories=2, steps=2, start={"W": 0.7}).steps == 2


@pytest.mark.parametrize(("shape", "wanted"), [((3,), r"\(4,\)"), ((4, 1), r"\(4,\)")])
def test_device_parameters_must_fit_the_trajectories(shape, wanted):
    end = parameter("tau")
    device = Response(
        1 - WEIGHT / end, 1 + WEIGHT / end, -end, end, parameters={"tau": np.ones(shape)}
    )
    with pytest.raises(InputError, match=rf"^parameters of [^\n]* does not broadcast to {wanted}"):
        simulate(analog_sgd(device, ScalarQuadratic(1, 0.3), NoNoise()), trajectories=4, steps=1)
    vector = analog_sgd(device, SeparableQuadratic([1.0, 2.0], [0.1, 0.2]), NoNoise())
    if shape == (3,):
        with pytest.raises(InputError, match=r"does not broadcast to \(4, 2\), \(traj"):
            simulate(vector, trajectories=4, steps=1)
    else:
        assert simulate(vector, trajectories=4, steps=1).final["W"].shape == (4, 2)


def test_the_start_of_every_analog_state_is_checked(linear):
    dynamics = residual_learning(linear("0.5"), ScalarQuadratic(1, 0.3), NoNoise())
    with pytest.raises(InputError, match=r"^start: P = 0.7 lies outside"):
        simulate(dynamics, trajectories=2, steps=2, start={"P": 0.7})


# ---------------------------------------------------------------------- divergence


def custom(linear, steps, states=(W, H)):
    return Dynamics(
        "custom",
        states=states,
        draws=(Draw(epsilon, NoNoise()),),
        steps=steps(linear("0.5")),
        objective=ScalarQuadratic(1, 0.3),
        parameters={},
        weight=W,
        source="test",
    )


def test_a_digital_state_that_diverges_is_named(linear):
    grow = custom(linear, lambda device: (Assign(H, 1e200 * (H + 1)), Pulse(W, W - W, device)))
    with pytest.raises(DivergedError, match=r"^step 1: state H is not a finite number[^\n]*$"):
        simulate(grow, trajectories=2, steps=5)
    assert issubclass(DivergedError, InputError)
    assert issubclass(DivergedError, RuntimeError)


def test_clipping_does_not_hide_an_infinite_change(linear):
    grow = custom(linear, lambda device: (Assign(H, H + 400), Pulse(W, sympy.exp(H), device)))
    for options in ({}, {"fidelity": "pulsed", "dw_min": 0.1}):
        with pytest.raises(DivergedError, match=r"^step 1: state W is not a finite number"):
            simulate(grow, trajectories=2, steps=5, **options)


def test_an_observable_that_is_not_finite_is_named(dynamics):
    with pytest.raises(DivergedError, match=r"^observable 'x': is not finite"):
        simulate(dynamics, trajectories=2, steps=2, observe={"x": 1 / W})  # W starts at 0


# ---------------------------------------------------------------------- results


def test_interval_is_students(dynamics):
    values = np.array([1.0, 2.0, 4.0, 8.0, 9.0])
    result = simulate(
        dynamics,
        trajectories=5,
        steps=2,
        observe={"x": lambda states: values, "pair": lambda s: np.stack([values, -values], 1)},
    )
    mean, low, high, replicas = result.interval("x", confidence=0.99)
    expected = stats.ttest_1samp(values, 0.0).confidence_interval(0.99)
    assert (mean, replicas) == (pytest.approx(4.8), 5)
    assert (low, high) == (pytest.approx(expected.low), pytest.approx(expected.high))
    assert isinstance(low, float)
    pair = result.interval("pair", confidence=0.99)
    assert pair.mean == pytest.approx(np.array([4.8, -4.8]))
    assert pair.low == pytest.approx(np.array([expected.low, -expected.high]))
    usual = stats.ttest_1samp(values, 0.0).confidence_interval(0.95)
    assert result.interval("x").high == pytest.approx(usual.high)


@pytest.mark.parametrize(
    ("name", "confidence", "message"),
    [
        ("y", 0.95, "observable 'y': not observed; there are: x"),
        ("x", 1.0, "confidence: must lie strictly between 0 and 1"),
        ("x", 0.0, "confidence: must lie strictly between 0 and 1"),
    ],
)
def test_bad_intervals(dynamics, name, confidence, message):
    result = simulate(dynamics, trajectories=5, steps=2, observe={"x": W})
    with pytest.raises(InputError, match=rf"^{message}[^\n]*$"):
        result.interval(name, confidence)


def test_one_trajectory_has_no_interval(dynamics):
    result = simulate(dynamics, trajectories=1, steps=2, observe={"x": W})
    with pytest.raises(InputError, match=r"^interval: needs at least 2 trajectories"):
        result.interval("x")
    two = {"x": lambda states: np.array([1.0, 3.0])}
    pair = simulate(dynamics, trajectories=2, steps=2, observe=two).interval("x")
    assert pair.low < pair.mean == 2.0 < pair.high


def test_the_result_says_what_was_done(dynamics):
    result = simulate(
        dynamics, trajectories=np.int64(3), steps=4, burn_in=1, seed=8, backend="numpy"
    )
    assert (result.trajectories, result.steps, result.burn_in, result.seed) == (3, 4, 1, 8)
    assert type(result.trajectories) is int
    assert (result.backend, result.fidelity) == ("numpy", Fidelity("averaged"))
    assert simulate(dynamics, trajectories=1, steps=1).backend == "numpy"


def test_public_names_are_not_module_names():
    assert package.__all__ == [
        "DivergedError",
        "Fidelity",
        "Interval",
        "SimulationResult",
        "simulate",
    ]
    assert callable(package.simulate)
