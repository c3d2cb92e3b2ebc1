"""Simulations in single precision: every backend has the bits of the NumPy interpreter."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import pytest
import sympy

from analogtheory.algorithms import analog_sgd, residual_learning
from analogtheory.algorithms.symbols import H, W, epsilon
from analogtheory.dynamics import Assign, Draw, Dynamics, Let, Pulse
from analogtheory.errors import InputError
from analogtheory.kernels import numba_printer, packing
from analogtheory.noise import Gaussian, NoNoise, Uniform
from analogtheory.objectives import ScalarQuadratic, SeparableQuadratic
from analogtheory.responses.response import Response
from analogtheory.simulation import DivergedError, Fidelity, backends, gpu, simulate, tiled
from analogtheory.simulation.interpreted import run_interpreted
from analogtheory.simulation.iteration import written
from analogtheory.simulation.settings import Settings

from ..kernels.cupy_stand_in import Device
from . import test_numba_backend as grids
from . import test_numba_programs as programs
from .comparing import assert_joined, assert_same_bits

LINEAR = Response("1 - w/0.7", "1 + w/0.7", -0.7, 0.7)
IDEAL = Response("1 + 0*w", "1 + 0*w", -1000, 1000)


def run(number: int, backend: str, **changes: Any) -> Any:
    return programs.run(number, backend, **{"dtype": "float32", **changes})


# ---------------------------------------------------------------------- bits


@pytest.mark.parametrize("backend", ["numpy", "numba"])
@pytest.mark.parametrize("steps", [1, 2, 3])
def test_states_that_are_handed_on(steps: int, backend: str) -> None:
    """(W, H) ← (H, W), and (W, H) ← (W + 1, W): nothing is written over before it is read."""
    common: dict[str, Any] = {
        "states": (W, H), "draws": (), "objective": ScalarQuadratic(1, 0.3), "parameters": {},
        "weight": W, "source": "test",
    }  # fmt: skip
    kept = sympy.Symbol("kept", real=True)
    swap = Dynamics("swap", steps=(Let(kept, W), Assign(W, H), Assign(H, kept)), **common)
    shift = Dynamics("shift", steps=(Assign(H, W), Assign(W, W + 1)), **common)
    given: dict[str, Any] = {
        "trajectories": 3, "steps": steps, "start": {"W": 1.0, "H": 2.0}, "backend": backend,
        "dtype": "float32",
    }  # fmt: skip
    final = simulate(swap, **given).final
    assert (final["W"][0], final["H"][0]) == ((2.0, 1.0) if steps % 2 else (1.0, 2.0))
    final = simulate(shift, **given).final
    assert (final["W"][0], final["H"][0]) == (1.0 + steps, float(steps))


@pytest.mark.parametrize("seed", range(4))
def test_random_programs_have_the_bits_of_the_interpreter(seed: int) -> None:
    """Also for another seed and length with the same kernel, and one thread."""
    kernel, expected = run(seed, "numba"), run(seed, "numpy")
    assert (kernel.backend, expected.backend) == ("numba", "numpy")
    assert_same_bits(kernel, expected)
    assert {kernel.dtype, *(str(v.dtype) for v in kernel.final.values())} == {"float32"}
    assert {str(v.dtype) for v in kernel.trajectory.values()} == {"float32"}
    assert {str(v.dtype) for v in kernel.averages.values()} == {"float64"}
    other = {"steps": 8, "seed": 2**64 - 1, "burn_in": 0, "every": 3}
    again = run(seed, "numba", **other)
    assert again.compile_seconds == 0.0
    assert_same_bits(again, run(seed, "numpy", **other))


@pytest.mark.parametrize("seed", range(4))
def test_the_interpreter_in_double_precision_has_the_bits_of_the_reference(seed: int) -> None:
    """Two programs that share no line: blocks of statements, and arrays step by step."""
    choices: dict[str, Any] = {
        "trajectories": programs.LANES, "steps": 31, "seed": 2**40 + seed, "burn_in": 5,
        "fidelity": programs.FIDELITIES[seed % 4], "record": "trajectory", "every": 4,
        "observe": {"square": (programs.W - programs.P) ** 2},
    }  # fmt: skip
    dynamics = programs.random_dynamics(seed)
    settings = Settings(dynamics=dynamics, first_trajectory=0, given={}, **choices)
    found = run_interpreted(written(settings), settings.starting(None))
    assert_same_bits(found, simulate(dynamics, backend="numpy", **choices))


@pytest.mark.skipif(not packing.can_pack(), reason="what the other tests run then")
@pytest.mark.parametrize("seed", [1, 3])  # with noise: without, nothing differs from doubles
def test_lanes_that_are_sorted_in_place_of_packed(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(numba_printer, "can_pack", lambda: False)
    assert_same_bits(run(seed, "numba"), run(seed, "numpy"))


@pytest.mark.parametrize("prelude", ["c", "cuda"])
@pytest.mark.parametrize("seed", range(4))
def test_c_and_cuda_have_the_bits_of_the_interpreter(
    seed: int, prelude: str, device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also cut into launches, which begin where a Philox counter does."""
    fake = device(prelude)
    expected = run(seed, "numpy")
    assert_same_bits(run(seed, "cupy"), expected)
    fake.launched.clear()
    monkeypatch.setattr(gpu, "FIRST_LAUNCH", 6)
    monkeypatch.setattr(gpu, "LAUNCH_SECONDS", 0.0)
    assert_same_bits(run(seed, "cupy"), expected)
    assert [begin % 4 for begin, _ in fake.launched] == [0] * 7


def test_a_grid_of_parameters_and_any_split() -> None:
    whole = grids.grid_run("numba", dtype="float32")
    assert_same_bits(whole, grids.grid_run("numpy", dtype="float32"))
    pieces = [
        grids.grid_run(
            "numba", slice(i, j), trajectories=j - i, first_trajectory=i, dtype="float32"
        )
        for i, j in ((0, 2), (2, 65), (65, grids.COUNT))
    ]
    assert_joined(pieces, whole)


def test_any_size_of_tiles_gives_the_same_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tiles from 64 lanes to the largest; up to 29 pulses: seven Philox counters and a bit."""
    program = residual_learning(LINEAR, ScalarQuadratic(1, 0.3), Gaussian(0.5), lr=0.05)
    options: dict[str, Any] = {"trajectories": 1200, "steps": 9, "dtype": "float32"}
    options["fidelity"] = Fidelity("pulsed", 0.004, 0.4, train_length=29)
    ends = np.linspace(-0.7, 0.7, 1200)
    options["start"] = {"W": ends, "P": -ends}
    expected = simulate(program, backend="numpy", **options)
    assert max(expected.clipped.values()) > 0.0
    before = numba.get_num_threads()
    numba.set_num_threads(1)
    for shares in (1, 2, 100):
        monkeypatch.setattr(tiled, "_SHARES", shares)
        assert_same_bits(simulate(program, backend="numba", **options), expected)
    numba.set_num_threads(before)


def test_auto_chooses_by_size_but_never_changes_the_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    options: dict[str, Any] = {"trajectories": 4, "steps": 20, "dtype": "float32"}
    small = simulate(grids.sgd(), **options)
    monkeypatch.setattr(backends, "WORTH_COMPILING", 80)
    large = simulate(grids.sgd(), **options)
    assert (small.backend, large.backend) == ("numpy", "numba")
    assert_same_bits(small, large)
    waves = Response("1 - tanh(w)", "1 + tanh(w)", -0.9, 0.9)
    assert simulate(grids.sgd(waves), **options).backend == "numpy"


# ---------------------------------------------------------------------- addresses of draws


def drawing(law: Any) -> Dynamics:
    """H becomes the draw itself."""
    return Dynamics(
        "drawing", states=(W, H), draws=(Draw(epsilon, law),),
        steps=(Assign(H, epsilon), Pulse(W, H, LINEAR)), objective=ScalarQuadratic(1, 0.3),
        parameters={}, weight=W, source="test",
    )  # fmt: skip


SEED, STEPS, FIRST = 2**33 + 5, 7, 11


def drawn(law: Any) -> Any:
    result = simulate(
        drawing(law), trajectories=3, first_trajectory=FIRST, steps=STEPS, seed=SEED,
        record="trajectory", dtype="float32",
    )  # fmt: skip
    return result.trajectory["H"][1:]


def normals(words: Any) -> list[float]:
    """Four normal numbers of a counter, with Python's own mathematics."""
    found = []
    for radial, angular in (words[:2], words[2:]):
        radius = np.sqrt(-2 * np.log((radial + 0.5) / 2**32))
        quadrant, rest = divmod(angular, 2**30)
        angle = np.pi / 2 * (quadrant + (rest + 0.5) / 2**30 - 0.5)
        found += [radius * np.cos(angle), radius * np.sin(angle)]
    return found


def test_normal_draws_take_four_numbers_from_a_counter(oracle_philox: Any) -> None:
    found = drawn(Gaussian(0.5))
    for step in range(STEPS):
        for lane in range(3):
            words = oracle_philox((step // 4, FIRST + lane, 0, 0), (SEED % 2**32, SEED >> 32))
            assert found[step, lane] == pytest.approx(0.5 * normals(words)[step % 4], abs=2e-6)


def test_uniform_draws_take_four_numbers_from_a_counter(oracle_philox: Any) -> None:
    found = drawn(Uniform(0.5))
    for step in range(STEPS):
        for lane in range(3):
            words = oracle_philox((step // 4, FIRST + lane, 0, 0), (SEED % 2**32, SEED >> 32))
            u = (words[step % 4] + 0.5) / 2**32
            assert found[step, lane] == pytest.approx(0.5 * 3**0.5 * (2 * u - 1), abs=3e-7)


@pytest.mark.parametrize("one_by_one", [True, False])
def test_cycle_noise_takes_four_numbers_from_a_counter(
    one_by_one: bool, oracle_philox: Any
) -> None:
    """11 pulses of an ideal device: W = Δw_min·(11 + σ_c·Σξ), the sum √11·ξ if at once."""
    dynamics = Dynamics(
        "pulsing", states=(W, H), draws=(),
        steps=(Pulse(H, sympy.Integer(3), IDEAL), Pulse(W, sympy.Integer(11), IDEAL)),
        objective=ScalarQuadratic(1, 0.3), parameters={}, weight=W, source="test",
    )  # fmt: skip
    result = simulate(
        dynamics, trajectories=3, first_trajectory=FIRST, steps=5, seed=SEED, dtype="float32",
        record="trajectory", fidelity=Fidelity("ceiling", 1.0, 0.25, one_by_one=one_by_one),
    )  # fmt: skip

    def four(step: int, lane: int, stream: int, index: int) -> list[float]:
        counter = (step, FIRST + lane, stream, index)
        return normals(oracle_philox(counter, (SEED % 2**32, SEED >> 32)))

    def noise(step: int, lane: int) -> float:
        if one_by_one:
            return sum([z for index in range(3) for z in four(step, lane, 2**17 + 1, index)][:11])
        return 11**0.5 * four(step // 4, lane, 2**18 + 1, 0)[step % 4]

    moved = np.diff(result.trajectory["W"].astype(float), axis=0)
    for step in range(5):
        for lane in range(3):
            expected = 11 + 0.25 * noise(step, lane)
            assert moved[step, lane] == pytest.approx(expected, abs=3e-5)


# ---------------------------------------------------------------------- what cannot be


@pytest.mark.parametrize("backend", ["auto", "numpy", "numba"])
@pytest.mark.parametrize(
    ("dynamics", "options", "message"),
    [
        (grids.sgd(objective=SeparableQuadratic([1.0, 2.0], [0.1, 0.2])), {}, "dtype 'float32': "
         "the objective is not a scalar formula; use dtype='float64'"),
        (grids.sgd(noise=grids.Strange(0.5)), {}, "dtype 'float32': noise 'rademacher:0.5' is "
         "not one of this package; use dtype='float64'"),
        (grids.sgd(), {"observe": {"x": lambda s: s["W"]}}, "dtype 'float32': observable 'x' is "
         "a Python function; use dtype='float64'"),
        (grids.sgd(), {"dtype": "float16"}, "dtype: must be 'float32' or 'float64', got 'float16'"),
        (grids.sgd(), {"dtype": None}, "dtype: must be 'float32' or 'float64', got None"),
        (grids.sgd(), {"fidelity": Fidelity("pulsed", 0.01, train_length=121)}, "train_length: "
         "must be from 1 to 120 for dtype 'float32', got 121; use dtype='float64'"),
        (grids.sgd(), {"parameters": {"alpha": 1e39}}, r"parameter alpha: 1e\+39 is out of the "
         r"range of dtype 'float32' \(1.2e-38 to 3.4e\+38\); use dtype='float64'"),
        (grids.sgd(), {"fidelity": "ceiling", "dw_min": 1e-46}, "dw_min: 1e-46 is out of the "),
        (grids.sgd(), {"parameters": {"alpha": [0.1, 0.1, 1e-39]}}, "parameter alpha: 1e-39 is "),
        (drawing(Gaussian(0.5)), {"start": {"H": -1e39}}, r"start: H: -1e\+39 is out "),
    ],
)  # fmt: skip
def test_what_cannot_be(backend: str, dynamics: Any, options: Any, message: str) -> None:
    given = {"trajectories": 3, "steps": 2, "dtype": "float32", "backend": backend, **options}
    with pytest.raises(InputError, match=rf"^{message}[^\n]*$"):
        simulate(dynamics, **given)


@pytest.mark.parametrize("backend", ["numpy", "numba"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_longest_trains_are_taken(backend: str, dtype: str) -> None:
    """And have the mean number of pulses; the interval misses with probability 1e-6."""
    length = {"float32": 120, "float64": 1000}[dtype]
    fidelity = Fidelity("pulsed", 0.001, train_length=length)
    dynamics = analog_sgd(IDEAL, ScalarQuadratic(1, 0.5 * 0.001 * length), NoNoise(), lr=1.0)
    result = simulate(
        dynamics, trajectories=4096, steps=1, fidelity=fidelity, backend=backend, dtype=dtype
    )
    half = 4.9 * np.sqrt(0.25 * length / 4096)
    assert abs(result.pulses["W"] - 0.5 * length) < half


@pytest.mark.parametrize("cycle_noise", [0.0, 0.3])
def test_a_pulse_beyond_all_floats_is_not_hidden_by_clipping(cycle_noise: float) -> None:
    """Δw_min·q = 1e40 for the one trajectory that is pulsed, in the statements of all kernels."""
    device = Response("1e30 + 0*w", "1e30 + 0*w", -1, 1)
    dynamics = analog_sgd(device, ScalarQuadratic(1, 0.25), NoNoise(), lr=0.1)
    options: dict[str, Any] = {"trajectories": 40, "steps": 2, "dtype": "float32"}
    options |= {"fidelity": "ceiling", "dw_min": 1e10, "cycle_noise": cycle_noise}
    at_target = np.full(40, 0.25)
    assert simulate(dynamics, start={"W": at_target}, **options).pulses == {"W": 0.0}
    at_target[7] = 0.0
    with pytest.raises(DivergedError, match=r"^step 0: state W is not a finite number"):
        simulate(dynamics, start={"W": at_target}, **options)


@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_failures_are_those_of_double_precision(backend: str) -> None:
    lanes = np.arange(200)
    start = {"H": np.where(lanes == 130, 1e20, -1.0)}
    options: dict[str, Any] = {"trajectories": 200, "steps": 9, "backend": backend}
    options |= {"fidelity": "ceiling", "dw_min": 0.1, "start": start, "dtype": "float32"}
    dynamics = Dynamics(
        "growing", states=(W, H), draws=(),
        steps=(Assign(H, 100 * (H + 1)), Pulse(W, H, grids.family(0.5))),
        objective=ScalarQuadratic(1, 0.3), parameters={}, weight=W, source="test",
    )  # fmt: skip
    with pytest.raises(InputError, match=r"^dw_min: 0.1 is too small, a change needs 1e\+23 puls"):
        simulate(dynamics, **options)
    options["start"] = {"H": np.where(lanes == 130, 1e38, -1.0)}
    with pytest.raises(InputError, match=r"^step 0: state H is not a finite number"):
        simulate(dynamics, **options)


# ---------------------------------------------------------------------- sums and counters


def test_counters_and_sums_are_in_double_precision() -> None:
    """300 updates of 70 001 pulses are more than 2²⁴; the mean of 0.1 errs by that of a double."""
    dynamics = Dynamics(
        "counting", states=(W, H), draws=(), steps=(Pulse(W, H, IDEAL),),
        objective=ScalarQuadratic(1, 0.3), parameters={}, weight=W, source="test",
    )  # fmt: skip
    result = simulate(
        dynamics, trajectories=1, steps=300, start={"H": 70001.0}, fidelity="ceiling",
        dw_min=1.0, backend="numba", dtype="float32", observe={"tenth": H / 700010},
    )  # fmt: skip
    assert result.pulses["W"] == 70001.0
    assert result.clipped["W"] == 1.0
    tenth = float(np.float32(70001.0) * np.float32(1 / 700010))
    assert result.averages["tenth"][0] == pytest.approx(tenth, abs=1e-14)
