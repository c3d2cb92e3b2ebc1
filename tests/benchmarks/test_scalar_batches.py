"""4096 trajectories × 1000 steps of Analog SGD under Gaussian noise: kernel, NumPy, floors.

``pytest tests/benchmarks --benchmark-only`` times each by itself. Run as a program, this
file measures all of them in turns and prints the table of docs/performance.md: the best of
many rounds, since a shared machine only ever adds time.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from analogtheory.algorithms import analog_sgd
from analogtheory.kernels.compiled import compiled
from analogtheory.kernels.numba_printer import arguments, kernel_source
from analogtheory.kernels.threads import in_threads
from analogtheory.noise import Gaussian, Uniform
from analogtheory.objectives import ScalarQuadratic
from analogtheory.responses.response import Response
from analogtheory.simulation import Fidelity, simulate
from analogtheory.simulation.iteration import written
from analogtheory.simulation.outcome import Buffers
from analogtheory.simulation.settings import Settings
from analogtheory.simulation.tiled import kernel_arguments, tiling

COUNT, STEPS = 4096, 1000
H, TARGET, SIGMA, TAU, LR = 1.0, 0.3, 0.5, 0.7, 0.05
DW, CYCLE, TRAIN = 0.005, 0.3, 31
PULSED = Fidelity("pulsed", DW, CYCLE, train_length=TRAIN, one_by_one=True)
#: All pulses of an update in one draw.
MERGED = Fidelity("pulsed", DW, CYCLE, train_length=TRAIN)


def dynamics(law: Any = None) -> Any:
    device = Response(f"1 - w/{TAU}", f"1 + w/{TAU}", -TAU, TAU)
    return analog_sgd(device, ScalarQuadratic(H, TARGET), law or Gaussian(SIGMA), lr=LR)


# ---------------------------------------------------------------------- what is timed


GAUSSIAN = dynamics()


def run(backend: str, fidelity: Fidelity, steps: int = STEPS) -> Any:
    """The whole call, as a user makes it."""
    return simulate(GAUSSIAN, trajectories=COUNT, steps=steps, fidelity=fidelity, backend=backend)


def numpy_averaged(steps: int = STEPS) -> Any:
    """By hand, in place, with numpy's fastest generator."""
    generator = np.random.Generator(np.random.SFC64(1))
    w, d, size, noise = (np.zeros(COUNT) for _ in range(4))
    for _ in range(steps):
        generator.standard_normal(out=noise)
        np.subtract(w, TARGET, out=d)
        noise *= SIGMA
        d += noise
        d *= -LR * H
        np.abs(d, out=size)
        size *= w
        size *= 1 / TAU
        w += d
        w -= size
        np.clip(w, -TAU, TAU, out=w)
    return w


def numpy_pulsed(steps: int = STEPS) -> Any:
    """By hand: binomial counts, then pulse by pulse those weights that have pulses left."""
    generator = np.random.Generator(np.random.SFC64(1))
    w = np.zeros(COUNT)
    for _ in range(steps):
        d = -LR * (H * (w - TARGET) + SIGMA * generator.standard_normal(COUNT))
        n = generator.binomial(TRAIN, np.minimum(np.abs(d) / (DW * TRAIN), 1.0))
        sign = np.sign(d)
        left = np.flatnonzero(n)
        for j in range(1, int(n.max()) + 1):
            now, s = w[left], sign[left]
            q = 1 - s * now / TAU + CYCLE * generator.standard_normal(left.size)
            w[left] = np.clip(now + s * DW * q, -TAU, TAU)
            left = left[n[left] > j]
    return w


def kernel_alone(part: str, law: Any = None, fidelity: Fidelity | None = None) -> Callable[[], Any]:
    """The compiled kernel, without preparation: all of it, its draws or its steps."""
    settings = Settings(
        dynamics=dynamics(law), trajectories=COUNT, steps=STEPS, burn_in=0, every=1,
        fidelity=fidelity or Fidelity("averaged"), seed=1, observe={}, record="final",
        first_trajectory=0, given={},
    )  # fmt: skip
    body = written(settings)
    blocks = body.program.blocks
    body.program = replace(
        body.program, blocks={"all": blocks, "draws": blocks[:1], "steps": blocks[1:]}[part]
    )
    kernel = compiled(kernel_source(body.program), arguments(64))

    def run_once() -> None:
        lanes, tiles = tiling(body)
        buffers = Buffers.of(body, settings.starting(None), tiles * lanes)
        given = kernel_arguments(body, buffers, np.zeros((tiles, 3)))
        in_threads(lambda first, end: kernel.run(first, end, lanes, *given), tiles)

    return run_once


TIMED: dict[str, tuple[Callable[[], Callable[[], Any]], int]] = {
    "averaged: simulate, numba": (lambda: lambda: run("numba", Fidelity("averaged")), 1),
    "averaged: simulate, numpy": (lambda: lambda: run("numpy", Fidelity("averaged"), 100), 10),
    "averaged: NumPy by hand": (lambda: numpy_averaged, 1),
    "averaged: kernel": (lambda: kernel_alone("all"), 1),
    "draws alone": (lambda: kernel_alone("draws"), 1),
    "uniform draws alone": (lambda: kernel_alone("draws", Uniform(SIGMA)), 1),
    "steps alone": (lambda: kernel_alone("steps"), 1),
    "pulsed: simulate, numba": (lambda: lambda: run("numba", PULSED), 1),
    "pulsed: simulate, numpy": (lambda: lambda: run("numpy", PULSED, 10), 100),
    "pulsed: NumPy by hand": (lambda: lambda: numpy_pulsed(50), 20),
    "merged: simulate, numba": (lambda: lambda: run("numba", MERGED), 1),
    "merged: simulate, numpy": (lambda: lambda: run("numpy", MERGED, 10), 100),
    "pulsed: kernel": (lambda: kernel_alone("all", None, PULSED), 1),
}


@pytest.mark.parametrize("name", TIMED)
def test_time(benchmark: Any, name: str) -> None:
    build, scale = TIMED[name]
    function = build()
    function()
    benchmark.extra_info["steps"] = STEPS // scale
    benchmark(function)


# ---------------------------------------------------------------------- the table


def best_times(rounds: int) -> dict[str, float]:
    """Seconds for all 1000 steps: the best of several rounds, the contestants in turns."""
    functions = {name: (build(), scale) for name, (build, scale) in TIMED.items()}
    times = dict.fromkeys(functions, float("inf"))
    for _ in range(rounds):
        for name, (function, scale) in functions.items():
            for _ in range(1 + (scale == 1)):
                begin = time.perf_counter()
                function()
                times[name] = min(times[name], (time.perf_counter() - begin) * scale)
    return times


def main(rounds: int) -> None:
    """Print the table."""
    import numba

    numba.set_num_threads(min(2, numba.config.NUMBA_NUM_THREADS))
    times = best_times(rounds)
    pulses = run("numba", PULSED).pulses["W"]
    normal, step = times["draws alone"], times["steps alone"]
    floors = {
        "averaged: kernel": normal + step,
        "merged: simulate, numba": (lambda: lambda: run("numba", MERGED), 1),
        "merged: simulate, numpy": (lambda: lambda: run("numpy", MERGED, 10), 100),
        "pulsed: kernel": (1 + pulses) * (normal + step) + times["uniform draws alone"],
    }
    for name, seconds in times.items():
        rate = COUNT * STEPS / seconds / 1e6
        print(f"| {name} | {seconds * 1e3:.1f} | {rate:.1f} |")
    for kind in ("averaged", "pulsed"):
        whole, kernel = times[f"{kind}: simulate, numba"], f"{kind}: kernel"
        for peer in ("simulate, numpy", "NumPy by hand"):
            print(f"{kind}: {times[f'{kind}: {peer}'] / whole:.1f} × {peer}")
        print(f"{kind}: floor {floors[kernel] * 1e3:.1f} ms, {floors[kernel] / times[kernel]:.0%}")
    merged = times["pulsed: NumPy by hand"] / times["merged: simulate, numba"]
    print(f"merged: {merged:.1f} × NumPy by hand, pulse by pulse; {pulses:.2f} pulses an update")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10)
