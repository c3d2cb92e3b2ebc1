"""The numba backend on the package's algorithms: grids of parameters, failures, choices."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy

from analogtheory.algorithms import analog_sgd, buffered_residual_learning
from analogtheory.algorithms.symbols import H, W, alpha, epsilon
from analogtheory.dynamics import Assign, Draw, Dynamics, Pulse
from analogtheory.errors import InputError
from analogtheory.noise import Gaussian, NoNoise, Rademacher, TwoPoint
from analogtheory.objectives import ScalarQuadratic, SeparableQuadratic
from analogtheory.responses.formulas import WEIGHT, parameter
from analogtheory.responses.response import Response
from analogtheory.simulation import DivergedError, Fidelity, backends, simulate

from .comparing import assert_joined, assert_same_bits

COUNT = 70
GRID = {
    "alpha": np.geomspace(0.01, 0.2, COUNT),
    "gamma": np.linspace(0.0, 1.0, COUNT),
    "epsilon": np.linspace(0.2, 1.0, COUNT),
    "epsilon_read": np.linspace(0.3, 0.1, COUNT),
}
TAU = np.linspace(0.4, 0.9, COUNT)
PULSE = np.geomspace(0.002, 0.02, COUNT)
NOISE = np.linspace(0.0, 0.5, COUNT)


def family(tau: Any) -> Response:
    end = parameter("tau")
    return Response(1 - WEIGHT / end, 1 + WEIGHT / end, -end, end, parameters={"tau": tau})


def grid_run(backend: str, part: slice = slice(None), **changes: Any) -> Any:
    dynamics = buffered_residual_learning(
        family(TAU[part]), ScalarQuadratic(1, 0.3), Gaussian(0.5), read_noise=TwoPoint(0.2)
    )
    pulses = Fidelity("pulsed", PULSE[part], NOISE[part])
    options: dict[str, Any] = {
        "trajectories": COUNT,
        "steps": 25,
        "seed": 5,
        "fidelity": pulses,
        "parameters": {name: values[part] for name, values in GRID.items()},
        "observe": {"W": W, "power": alpha * H**2},
    }
    return simulate(dynamics, backend=backend, **{**options, **changes})


def test_a_grid_of_parameters_in_one_call() -> None:
    """Both backends; a batch split; and each trajectory alone, with its numbers as scalars."""
    whole = grid_run("numba")
    assert_same_bits(whole, grid_run("numpy"))
    cuts = [(0, 1), (1, 65), (65, COUNT)]
    pieces = [
        grid_run("numba", slice(i, j), trajectories=j - i, first_trajectory=i) for i, j in cuts
    ]
    assert_joined(pieces, whole)
    for i in (0, 33, COUNT - 1):
        dynamics = buffered_residual_learning(
            family(TAU[i]), ScalarQuadratic(1, 0.3), Gaussian(GRID["epsilon"][i]),
            read_noise=TwoPoint(GRID["epsilon_read"][i]), lr=GRID["alpha"][i],
            transfer_lr=0.005, gamma=GRID["gamma"][i],
        )  # fmt: skip
        alone = simulate(
            dynamics, trajectories=1, first_trajectory=i, steps=25, seed=5, backend="numpy",
            fidelity="pulsed", dw_min=PULSE[i], cycle_noise=NOISE[i], observe={"W": W},
        )  # fmt: skip
        assert alone.final["W"][0] == whole.final["W"][i]
        assert alone.averages["W"][0] == whole.averages["W"][i]


def test_new_numbers_do_not_need_a_new_kernel() -> None:
    grid_run("numba")
    assert grid_run("numba", seed=6).compile_seconds == 0.0


# ---------------------------------------------------------------------- failures


def growing(device: Response) -> Dynamics:
    """H grows from its start by 10¹⁰⁰ each step; W is pulsed towards it."""
    return Dynamics(
        "growing",
        states=(W, H),
        draws=(Draw(epsilon, NoNoise()),),
        steps=(Assign(H, 10**100 * (H + 1)), Pulse(W, H / 10**90, device)),
        objective=ScalarQuadratic(1, 0.3),
        parameters={},
        weight=W,
        source="test",
    )


@pytest.mark.parametrize(
    ("start", "message"),
    [
        ({"H": 1e250}, "step 0: state H is not a finite number"),
        ({"H": 1e50}, r"dw_min: 0.1 is too small, a change needs 1e\+61 pulses"),
    ],
)
def test_failures_are_those_of_the_reference(start: dict[str, float], message: str) -> None:
    """The earliest failure in any tile, in the order of the program."""
    starts = {"H": np.where(np.arange(200) == 130, start["H"], -1.0)}
    with pytest.raises(InputError, match=rf"^{message}") as expected:
        simulate(growing(family(0.5)), trajectories=200, steps=9, start=starts, backend="numpy",
                 fidelity="ceiling", dw_min=0.1)  # fmt: skip
    with pytest.raises(type(expected.value)) as found:
        simulate(growing(family(0.5)), trajectories=200, steps=9, start=starts, backend="numba",
                 fidelity="ceiling", dw_min=0.1)  # fmt: skip
    assert str(found.value) == str(expected.value)


def two_failures(backend: str) -> None:
    """In one step: trajectory 7 leaves the numbers, trajectory 130 needs too many pulses."""
    lanes = np.arange(200)
    pulse = np.select([lanes == 7, lanes == 130], [1e308, 1e-9], 0.1)
    steep = Response(20 + 0 * WEIGHT, 20 + 0 * WEIGHT, -1e100, 1e100)
    starts = {"H": np.select([lanes == 7, lanes == 130], [1e50, 1e50], -1.0)}
    with pytest.raises(InputError, match=r"^dw_min: 1e-09 is too small, a change needs 1e\+69 p"):
        simulate(growing(steep), trajectories=200, steps=3, start=starts, backend=backend,
                 fidelity=Fidelity("ceiling", pulse))  # fmt: skip


@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_too_many_pulses_are_noticed_before_one_is_made(backend: str) -> None:
    two_failures(backend)


@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_the_first_step_that_fails_is_named(backend: str) -> None:
    starts = {
        "H": np.where(np.arange(200) == 7, 1.0, -1.0) + np.where(np.arange(200) == 90, 1e9, 0)
    }
    with pytest.raises(DivergedError, match=r"^step 2: state H is not a finite number"):
        simulate(growing(family(0.5)), trajectories=200, steps=9, start=starts, backend=backend)


def test_an_observable_that_is_not_finite_is_named() -> None:
    with pytest.raises(DivergedError, match=r"^observable 'x': is not finite"):
        simulate(sgd(), trajectories=3, steps=2, observe={"x": 1 / W}, backend="numba")


# ---------------------------------------------------------------------- choices


def sgd(device: Response | None = None, **options: Any) -> Dynamics:
    objective = options.pop("objective", ScalarQuadratic(1, 0.3))
    return analog_sgd(device or family(0.7), objective, options.pop("noise", Rademacher(0.5)))


class Strange(Rademacher):
    """A law that the package does not know."""


@pytest.mark.parametrize(
    ("dynamics", "options", "message"),
    [
        (sgd(objective=SeparableQuadratic([1.0, 2.0], [0.1, 0.2])), {}, "the objective is not a"),
        (sgd(noise=Strange(0.5)), {}, "noise 'rademacher:0.5' is not one of this package"),
        (sgd(), {"observe": {"x": lambda s: s["W"]}}, "observable 'x' is a Python function"),
        (sgd(), {"observe": {"x": sympy.gamma(W + 2)}}, r"gamma\(W \+ 2\): the function gamma has"),
    ],
)  # fmt: skip
def test_what_numba_cannot_run(dynamics: Dynamics, options: Any, message: str) -> None:
    with pytest.raises(InputError, match=rf"^backend 'numba': {message}[^\n]*; use 'numpy'$"):
        simulate(dynamics, trajectories=4, steps=2, backend="numba", **options)


def test_what_numba_cannot_run_is_left_to_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backends, "WORTH_COMPILING", 1)
    dynamics = sgd(noise=Strange(0.5))
    assert simulate(dynamics, trajectories=4, steps=2).backend == "numpy"
    result = simulate(sgd(), trajectories=4, steps=2, observe={"x": lambda s: s["W"]})
    assert (result.backend, result.compile_seconds) == ("numpy", 0.0)


def test_auto_chooses_by_size_but_never_changes_the_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    powers = Response("(1 - w)**0.7", "(1 + w)**0.7", -0.9, 0.9)
    small = simulate(sgd(), trajectories=4, steps=20)
    monkeypatch.setattr(backends, "WORTH_COMPILING", 80)
    large = simulate(sgd(), trajectories=4, steps=20)
    assert (small.backend, large.backend) == ("numpy", "numba")
    assert_same_bits(small, large)
    # pow comes from the library of the machine: only on request, to a few ulp in each step
    assert simulate(sgd(powers), trajectories=4, steps=20).backend == "numpy"
    asked = simulate(sgd(powers), trajectories=4, steps=20, backend="numba")
    reference = simulate(sgd(powers), trajectories=4, steps=20, backend="numpy")
    assert asked.final["W"] == pytest.approx(reference.final["W"], abs=20 * 4 * 2.0**-53)


@pytest.mark.parametrize("backend", ["numpy", "numba"])
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"parameters": {"delta": 1.0}}, "parameters: unknown name 'delta'; it has alpha, epsilon"),
        ({"parameters": {"alpha": "x"}}, "parameters: alpha must be a number or an array"),
        ({"parameters": {"alpha": [0.1, 0.2]}}, r"parameters: alpha: shape \(2,\) does not broad"),
        ({"parameters": {"alpha": [0.1, 0.0, 0.1]}}, "parameters: alpha must be positive in every"),
        ({"parameters": {alpha: np.inf}}, "parameters: alpha must be positive in every"),
        ({"parameters": {"epsilon": -1.0}}, "parameters: epsilon must be positive in every"),
        ({"fidelity": "rounded", "dw_min": [0.1, 0.2]}, r"dw_min: shape \(2,\) does not broadcast"),
        ({"fidelity": "rounded", "dw_min": [0.1, 0.0, 1]}, "dw_min: must hold positive numbers"),
        ({"fidelity": "rounded", "dw_min": ["a"]}, "dw_min: must be a number or an array"),
        ({"fidelity": "rounded", "dw_min": 0.1, "cycle_noise": [0, -1, 0]}, "cycle_noise: must"),
        ({"observe": {"x": sympy.Symbol("Q")}}, "observable 'x': unknown name Q; use W, alpha"),
    ],
)  # fmt: skip
def test_bad_grids(backend: str, arguments: Any, message: str) -> None:
    with pytest.raises(InputError, match=rf"^{message}[^\n]*$"):
        simulate(sgd(), **{"trajectories": 3, "steps": 3, "backend": backend, **arguments})


def test_a_law_without_spread_has_none_to_replace() -> None:
    with pytest.raises(InputError, match=r"^parameters: a draw of noise 'none' has no σ"):
        simulate(sgd(noise=NoNoise()), trajectories=2, steps=2, parameters={"epsilon": 0.5})


def test_parameters_of_coordinates() -> None:
    """In D dimensions parameters broadcast with (N, D), for the reference."""
    rates, spread = np.array([0.1, 0.05]), np.array([[0.3], [0.6], [0.9]])
    plane = sgd(objective=SeparableQuadratic([1.0, 2.0], [0.1, 0.2]))
    grid = {"alpha": rates, "epsilon": spread}
    found = simulate(plane, trajectories=3, steps=15, parameters=grid).final["W"]
    for i in range(3):
        for d in range(2):
            objective = ScalarQuadratic([1.0, 2.0][d], [0.1, 0.2][d])
            alone = analog_sgd(family(0.7), objective, Rademacher(spread[i, 0]), lr=rates[d])
            one = simulate(alone, trajectories=1, first_trajectory=2 * i + d, steps=15)
            assert found[i, d] == pytest.approx(one.final["W"][0], abs=1e-14)
