"""Generated C and CUDA text, executed by the system's C compiler: the bits of both others.

`simulate(backend="cupy")` runs here as on a device, through a stand-in for CuPy.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest

from analogtheory.algorithms import analog_sgd, buffered_residual_learning, residual_learning
from analogtheory.algorithms.symbols import W
from analogtheory.errors import InputError, MissingExtra
from analogtheory.noise import Gaussian, Rademacher, TwoPoint, Uniform
from analogtheory.objectives import ScalarQuadratic
from analogtheory.responses.response import Response
from analogtheory.simulation import DivergedError, Fidelity, gpu, simulate

from ..benchmarks import test_gpu as timing
from ..kernels.cupy_stand_in import Device
from ..kernels.fake_cupy import FakeCupy
from . import test_numba_backend as grids
from . import test_numba_programs as programs
from .comparing import assert_joined, assert_same_bits


@pytest.mark.parametrize("prelude", ["c", "cuda"])
@pytest.mark.parametrize("seed", range(8))
def test_random_programs_have_the_bits_of_the_reference(
    seed: int, prelude: str, device: Device
) -> None:
    """Every fidelity, records, observables, parameters per trajectory, exp and log."""
    device(prelude)
    found = programs.run(seed, "cupy")
    assert found.backend == "cupy"
    assert found.compile_seconds > 0.0
    assert_same_bits(found, programs.run(seed, "numpy"))
    if seed < 4:
        assert_same_bits(found, programs.run(seed, "numba"))
    other: dict[str, Any] = {"steps": 8, "seed": 2**64 - 1, "burn_in": 0, "every": 3}
    again = programs.run(seed, "cupy", **other)
    assert again.compile_seconds == 0.0
    assert_same_bits(again, programs.run(seed, "numpy", **other))


def test_a_grid_of_parameters_in_one_call(device: Device) -> None:
    """Also any split of the trajectories."""
    device()
    whole = grids.grid_run("cupy")
    assert_same_bits(whole, grids.grid_run("numpy"))
    pieces = [
        grids.grid_run("cupy", slice(i, j), trajectories=j - i, first_trajectory=i)
        for i, j in ((0, 1), (1, 65), (65, grids.COUNT))
    ]
    assert_joined(pieces, whole)


def exponential() -> Response:
    return Response("exp(-w)/2", "exp(w)/2", -0.8, 0.8)


@pytest.mark.parametrize("noise", [Gaussian(0.4), Uniform(0.3), Rademacher(0.5), TwoPoint(0.4)])
@pytest.mark.parametrize("algorithm", [analog_sgd, residual_learning, buffered_residual_learning])
@pytest.mark.parametrize(
    "fidelity",
    [
        Fidelity("averaged"),
        Fidelity("ceiling", 0.02),
        Fidelity("rounded", 0.02, 0.3),
        Fidelity("pulsed", 0.02, 0.3, multiplicative_noise=True),
    ],
)
def test_the_algorithms_of_the_package(
    algorithm: Any, noise: Any, fidelity: Fidelity, device: Device
) -> None:
    device()
    dynamics = algorithm(exponential(), ScalarQuadratic(1, 0.3), noise)
    options: dict[str, Any] = {"trajectories": 20, "steps": 25, "fidelity": fidelity}
    options |= {"observe": {"W": W**2}, "burn_in": 3}
    found, expected = (simulate(dynamics, backend=b, **options) for b in ("cupy", "numpy"))
    assert_same_bits(found, expected)
    assert any(np.any(values) for values in found.final.values())


def test_functions_of_the_mathematical_library_agree_to_a_few_ulp(device: Device) -> None:
    device()
    powers = Response("(1 - w)**0.7", "1 + sinh(w)*tanh(w)/cosh(w)", -0.9, 0.9)
    options: dict[str, Any] = {"trajectories": 8, "steps": 20}
    found = simulate(grids.sgd(powers), backend="cupy", **options).final["W"]
    expected = simulate(grids.sgd(powers), backend="numpy", **options).final["W"]
    assert found == pytest.approx(expected, abs=20 * 4 * 2.0**-53)


# ---------------------------------------------------------------------- launches


def lengths(fake: FakeCupy) -> list[int]:
    return [end - begin for begin, end in fake.launched]


def test_launches_do_not_change_a_bit(device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pairs of normal numbers, sums, counters and records go on from launch to launch."""
    fake = device()
    expected = programs.run(3, "numpy")
    assert_same_bits(programs.run(3, "cupy"), expected)
    assert lengths(fake) == [31]
    fake.launched.clear()
    monkeypatch.setattr(gpu, "FIRST_LAUNCH", 6)
    monkeypatch.setattr(gpu, "LAUNCH_SECONDS", 0.0)
    assert_same_bits(programs.run(3, "cupy"), expected)
    assert lengths(fake) == [6, *[2] * 12, 1]
    fake.launched.clear()
    monkeypatch.setattr(gpu, "LAUNCH_SECONDS", 1e9)
    monkeypatch.setattr(gpu, "GROWTH", 1.5)
    assert_same_bits(programs.run(3, "cupy"), expected)
    assert lengths(fake) == [6, 8, 12, 5]


def test_launches_take_the_time_they_should(monkeypatch: pytest.MonkeyPatch) -> None:
    """At a microsecond an iteration they grow to 0.2 s, always by an even number."""
    clock = [0.0]
    monkeypatch.setattr(gpu.time, "perf_counter", lambda: clock[0])
    found = []
    for begin, end in gpu.launches(1_000_001):
        found.append(end - begin)
        clock[0] += (end - begin) * 1e-6
    assert sum(found) == 1_000_001
    assert found[:5] == [64, 512, 4096, 32768, 200_000]
    assert all(length % 2 == 0 for length in found[:-1])


def test_threads_go_on_to_further_trajectories(
    device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One block of 64 threads for 150 trajectories."""
    device()
    monkeypatch.setattr(gpu, "MOST_BLOCKS", 1)
    assert_same_bits(programs.run(1, "cupy"), programs.run(1, "numpy"))


@pytest.mark.parametrize("part", timing.PARTS)
def test_the_benchmark_runs(part: str, device: Device) -> None:
    fake = device()
    assert timing.kernel_alone(fake, part, 100, 6)() > 0.0
    assert lengths(fake) == [6]


# ---------------------------------------------------------------------- failures


@pytest.mark.parametrize("start", [1e250, 1e50])
@pytest.mark.parametrize("first", [64, 2])
def test_failures_are_those_of_the_reference(
    start: float, first: int, device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = device()
    monkeypatch.setattr(gpu, "FIRST_LAUNCH", first)
    dynamics = grids.growing(grids.family(0.5))
    starts = {"H": np.where(np.arange(200) == 130, start, -1.0)}
    options: dict[str, Any] = {"trajectories": 200, "steps": 9, "start": starts}
    options |= {"fidelity": "ceiling", "dw_min": 0.1}
    with pytest.raises(InputError) as expected:
        simulate(dynamics, backend="numpy", **options)
    with pytest.raises(type(expected.value)) as found:
        simulate(dynamics, backend="cupy", **options)
    assert str(found.value) == str(expected.value)
    assert lengths(fake) == [min(first, 9)], "nothing is launched after a failure"


def test_the_first_step_that_fails_is_named(device: Device) -> None:
    device()
    lanes = np.arange(200)
    starts = {"H": np.where(lanes == 7, 1.0, -1.0) + np.where(lanes == 90, 1e9, 0)}
    with pytest.raises(DivergedError, match=r"^step 2: state H is not a finite number"):
        simulate(grids.growing(grids.family(0.5)), trajectories=200, steps=9, start=starts,
                 backend="cupy")  # fmt: skip


def test_too_many_pulses_are_noticed_before_one_is_made(device: Device) -> None:
    device()
    grids.two_failures("cupy")


def test_what_a_gpu_cannot_run(device: Device) -> None:
    device()
    with pytest.raises(InputError, match=r"^backend 'cupy': observable 'x' is a Python function"):
        simulate(grids.sgd(), trajectories=4, steps=2, backend="cupy", observe={"x": lambda s: s})


def test_without_cupy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cupy", None)
    message = r"^needs the extra 'cuda12' or 'cuda13': pip install 'analogtheory\[cuda12\]'$"
    with pytest.raises(MissingExtra, match=message) as found:
        simulate(grids.sgd(), trajectories=4, steps=2, backend="cupy")
    assert found.value.extra == "cuda12"


def test_without_a_device(device: Device) -> None:
    device().is_available = lambda: False
    with pytest.raises(InputError, match=r"^backend 'cupy': CuPy finds no CUDA device"):
        simulate(grids.sgd(), trajectories=4, steps=2, backend="cupy")


def test_auto_never_asks_for_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cupy", None)
    assert simulate(grids.sgd(), trajectories=4, steps=2).backend == "numpy"
