"""Random programs: the generated kernel and the NumPy reference give the same bits."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import numba
import numpy as np
import pytest
import sympy

from analogtheory.algorithms import residual_learning
from analogtheory.dynamics import Assign, Draw, Dynamics, Let, Pulse, gradient
from analogtheory.kernels import numba_printer, packing
from analogtheory.noise import Gaussian, NoNoise, Rademacher, TwoPoint, Uniform
from analogtheory.objectives import FormulaObjective, ScalarQuadratic
from analogtheory.responses.formulas import WEIGHT, parameter
from analogtheory.responses.response import Response
from analogtheory.simulation import Fidelity, SimulationResult, simulate, tiled

from .comparing import assert_joined, assert_same_bits

LANES = 150  # two tiles and a bit
W, P, H, a, b, g, q, alpha, beta = sympy.symbols("W P H a b g q alpha beta", real=True)
LAWS = [Gaussian(0.4), Uniform(0.3), Rademacher(0.5), TwoPoint(0.4, 0.2), NoNoise()]
FIDELITIES = [
    Fidelity("averaged"),
    Fidelity("ceiling", 0.02, cycle_noise=0.3, multiplicative_noise=True),
    Fidelity("rounded", 0.02),
    Fidelity("pulsed", 0.01, cycle_noise=0.4, train_length=5),
]


def devices(choice: random.Random) -> list[Response]:
    tau = parameter("tau")
    spread = np.linspace(0.5, 0.9, LANES)
    return [
        Response(1 - WEIGHT / tau, 1 + WEIGHT / tau, -tau, tau, parameters={"tau": spread}),
        Response((1 - WEIGHT / 2) ** 3, (1 + WEIGHT / 2) ** 3, -0.9, 0.7),
        Response(sympy.exp(-WEIGHT) / 2, sympy.exp(WEIGHT) / 2, -0.8, 0.8),
        Response(sympy.sqrt(2 - WEIGHT), 1 + sympy.Max(WEIGHT, 0) / 3, -0.6, 0.9),
    ][: 2 + choice.randrange(3)]


def expression(choice: random.Random, symbols: list[Any], depth: int) -> Any:
    """A random formula that is finite wherever its symbols are."""
    if depth == 0:
        return choice.choice([*symbols, sympy.Rational(choice.randrange(1, 30), 10)])
    x, y = (expression(choice, symbols, depth - 1) for _ in range(2))
    return choice.choice(
        [
            x + y,
            x - sympy.Rational(3, 7) * y,
            x * y,
            x / (1 + y**2),
            sympy.sqrt(1 + x**2) - y,
            sympy.Abs(x) - y**3 / 9,
            sympy.Max(x, y) - sympy.Min(x, sympy.Rational(1, 4)),
            sympy.exp(-(x**2)) * y,
            sympy.log(2 + x**2) / (2 + sympy.Abs(y)) ** sympy.Rational(3, 2),
            sympy.Piecewise((x, x > sympy.Rational(1, 10)), (2 * y, True)),
            sympy.sign(x) + gradient(y),
        ]
    )


def bounded(choice: random.Random, symbols: list[Any]) -> Any:
    x = expression(choice, symbols, 2)
    return alpha * x / (1 + sympy.Abs(x)) + beta * choice.choice(symbols)


def random_dynamics(seed: int) -> Dynamics:
    choice = random.Random(seed)
    found = devices(choice)
    known = [W, P, H, a, b]
    steps: list[Any] = [Let(g, gradient(W + beta * P) + a)]
    known.append(g)
    for number, target in enumerate([W, *choice.sample([P, H, q], 3)]):
        if target is H:
            steps.append(Assign(H, bounded(choice, known)))
        elif target is q:
            steps.append(Let(q, expression(choice, known, 2)))
            known.append(q)
        else:
            steps.append(Pulse(target, bounded(choice, known), found[number % len(found)]))
    quartic = FormulaObjective("(w - 0.3)**2/2 + w**4/5", -1, 1)
    return Dynamics(
        f"random program {seed}",
        states=(W, P, H),
        draws=(Draw(a, choice.choice(LAWS[:2])), Draw(b, choice.choice(LAWS))),
        steps=tuple(steps),
        objective=choice.choice([ScalarQuadratic(1.3, 0.2), quartic]),
        parameters={alpha: 0.07, beta: 0.05},
        weight=W,
        source="test",
    )


def run(number: int, backend: str, **changes: Any) -> SimulationResult:
    options: dict[str, Any] = {
        "trajectories": LANES,
        "steps": 31,
        "start": {"W": np.linspace(-0.4, 0.4, LANES), "H": 0.1},
        "fidelity": FIDELITIES[number % 4],
        "seed": 2**40 + number,
        "observe": {"square": (W - P) ** 2, "slope": gradient(W) * H},
        "burn_in": 5,
        "record": "trajectory",
        "every": 4,
        "backend": backend,
    }
    return simulate(random_dynamics(number), **{**options, **changes})


@pytest.fixture
def _threads() -> Iterator[None]:
    before = numba.get_num_threads()
    yield
    numba.set_num_threads(before)


@pytest.mark.usefixtures("_threads")
@pytest.mark.parametrize("seed", range(4))
def test_random_programs_have_the_bits_of_the_reference(seed: int) -> None:
    """Also for other seeds and lengths, and on one thread or two: the kernel is the same."""
    kernel = run(seed, "numba")
    assert kernel.backend == "numba"
    assert_same_bits(kernel, run(seed, "numpy"))
    numba.set_num_threads(1)
    assert_same_bits(run(seed, "numba"), kernel)
    other = {"steps": 8, "seed": 2**64 - 1, "burn_in": 0, "every": 3}
    again = run(seed, "numba", **other)
    assert again.compile_seconds == 0.0
    assert_same_bits(again, run(seed, "numpy", **other))


@pytest.mark.skipif(not packing.can_pack(), reason="what the other tests run then")
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_lanes_that_are_sorted_in_place_of_packed(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on processors without the instructions that pack."""
    monkeypatch.setattr(numba_printer, "can_pack", lambda: False)
    assert_same_bits(run(seed, "numba"), run(seed, "numpy"))


@pytest.mark.usefixtures("_threads")
def test_any_size_of_tiles_gives_the_same_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tiles from 64 lanes to the largest, which a batch fills once and a bit; one compilation."""
    numba.set_num_threads(1)
    device = Response("1 - w/0.7", "1 + w/0.7", -0.7, 0.7)
    program = residual_learning(device, ScalarQuadratic(1, 0.3), Gaussian(0.5), lr=0.05)
    options: dict[str, Any] = {"trajectories": 600, "steps": 9, "record": "trajectory"}
    options["fidelity"] = Fidelity("pulsed", 0.004, 0.4, train_length=29)
    ends = np.linspace(-0.7, 0.7, 600)
    options["start"] = {"W": ends, "P": -ends}
    expected = simulate(program, backend="numpy", **options)
    assert max(expected.clipped.values()) > 0.0
    for shares in (1, 2, 100):
        monkeypatch.setattr(tiled, "_SHARES", shares)
        assert_same_bits(simulate(program, backend="numba", **options), expected)


def test_random_programs_use_every_part() -> None:
    """Clipping, truncated trains, every kind of step, of law and of device."""
    results = [run(seed, "numpy") for seed in range(4)]
    assert any(max(result.clipped.values()) > 0 for result in results)
    assert any(max(result.truncated.values(), default=0.0) > 0 for result in results)
    programs = [random_dynamics(seed) for seed in range(4)]
    laws = {type(draw.law) for program in programs for draw in program.draws}
    assert laws >= {Gaussian, Uniform}
    assert len(laws) >= 4
    shapes = {r.shape for program in programs for r in program.responses.values()}
    assert shapes == {(), (LANES,)}


@pytest.mark.usefixtures("_threads")
def test_any_split_gives_the_same_bits() -> None:
    """Of a program whose devices, starts and results all differ between trajectories."""
    whole = run(0, "numba", start=None)
    dynamics = random_dynamics(0)
    assert any(response.shape for response in dynamics.responses.values())
    pieces = []
    for first, count in ((0, 1), (1, 63), (64, 64), (128, 22)):
        part = random_dynamics(0)
        part.steps = tuple(_cut(step, first, count) for step in part.steps)
        pieces.append(
            simulate(
                part, trajectories=count, first_trajectory=first, steps=31,
                fidelity=FIDELITIES[0], seed=2**40, burn_in=5, record="trajectory", every=4,
                observe={"square": (W - P) ** 2, "slope": gradient(W) * H}, backend="numba",
            )
        )  # fmt: skip
    assert_joined(pieces, whole)


def _cut(step: Any, first: int, count: int) -> Any:
    """The step with the devices of some of the trajectories."""
    if not (isinstance(step, Pulse) and step.response.shape):
        return step
    spread = step.response.parameters["tau"][first : first + count]
    return Pulse(step.state, step.change, step.response.with_parameters(tau=spread))
