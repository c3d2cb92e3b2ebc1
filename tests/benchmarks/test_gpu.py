"""Steps a second of the averaged Gaussian kernel on a GPU, against its floor.

The floor is the sum of two kernels: drawing alone, and stepping alone. Run as a program,
this file prints both and the count of operations behind the estimate of
docs/performance.md; without a GPU it prints the count only.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from analogtheory.algorithms import analog_sgd
from analogtheory.errors import InputError, MissingExtra
from analogtheory.kernels.blocks import Alternate, Block, Lanes, TileProgram
from analogtheory.kernels.c_kernel import ENTRY, cuda_source
from analogtheory.kernels.statements import Builder, Function, Statement
from analogtheory.noise import Gaussian
from analogtheory.objectives import ScalarQuadratic
from analogtheory.responses.response import Response
from analogtheory.simulation import Fidelity, gpu
from analogtheory.simulation.iteration import written
from analogtheory.simulation.outcome import Buffers
from analogtheory.simulation.settings import Settings

COUNT, STEPS = 1 << 21, 4096
PARTS = ("all", "draws", "steps")


def available() -> Any:
    """CuPy, or None without it or without a device."""
    try:
        return gpu.available_cupy()
    except (InputError, MissingExtra):
        return None


def program_of(part: str, count: int, steps: int) -> tuple[Any, Settings]:
    """Analog SGD on a linear device: all of an iteration, its draw or its step."""
    device = Response("1 - w/0.7", "1 + w/0.7", -0.7, 0.7)
    settings = Settings(
        dynamics=analog_sgd(device, ScalarQuadratic(1, 0.3), Gaussian(0.5), lr=0.05),
        trajectories=count, steps=steps, burn_in=0, every=1, fidelity=Fidelity("averaged"),
        seed=1, observe={}, record="final", first_trajectory=0, given={},
    )  # fmt: skip
    body = written(settings)
    draw, *step = body.program.blocks
    blocks = {"all": [draw, *step], "draws": [draw, used()], "steps": step}[part]
    body.program = replace(body.program, blocks=blocks)
    return body, settings


def used() -> Lanes:
    """Adds the draw to the state, so that the compiler cannot leave it out."""
    b = Builder()
    b.store("state W", b.op("add", b.op("load", "state W"), b.op("load", "draw epsilon")))
    return Lanes(tuple(b.statements))


def kernel_alone(cupy: Any, part: str, count: int, steps: int) -> Callable[[], float]:
    """One launch of all iterations; returns its seconds."""
    body, settings = program_of(part, count, steps)
    kernel, _ = gpu.compiled(cupy, cuda_source(body.program), ENTRY)
    buffers = Buffers.of(body, settings.starting(None), count)
    arrays = gpu.DeviceArrays.of(cupy, body, buffers)

    def launch() -> float:
        begin = time.perf_counter()
        gpu.launch(kernel, body, arrays, 0, steps)
        assert not np.any(cupy.asnumpy(arrays.failures[0, :1]))  # waits for the kernel
        return time.perf_counter() - begin

    return launch


@pytest.mark.skipif(available() is None, reason="CuPy with a CUDA device is not available")
@pytest.mark.parametrize("part", PARTS)
def test_time(benchmark: Any, part: str) -> None:
    launch = kernel_alone(available(), part, COUNT, STEPS)
    launch()
    benchmark.extra_info["updates"] = COUNT * STEPS
    benchmark(launch)


# ---------------------------------------------------------------------- operations

_CLASSES = {
    **dict.fromkeys(("add", "sub", "mul"), "double + − ×"),
    **dict.fromkeys(("lt", "le", "gt", "ge", "eq", "ne"), "double comparisons"),
    "div": "double ÷", "sqrt": "double √", "umul": "word ×",
    **dict.fromkeys(("uadd", "usub", "uand", "uor", "uxor", "ushl", "ushr"), "word, others"),
}  # fmt: skip


def operations(program: TileProgram) -> Counter[str]:
    """Operations of two iterations, an even and an odd one."""
    functions = {function.name: function for function in program.functions}

    def of(statements: tuple[Statement, ...]) -> Counter[str]:
        found = Counter(_CLASSES[s.op] for s in statements if s.op in _CLASSES)
        for statement in statements:
            if statement.op == "call":
                called: Function = functions[str(statement.args[0])]
                found += of(called.statements)
        return found

    def within(blocks: list[Block] | tuple[Block, ...], odd: bool) -> Counter[str]:
        found: Counter[str] = Counter()
        for block in blocks:
            if isinstance(block, Lanes):
                found += of(block.statements)
            elif isinstance(block, Alternate):
                found += within(block.ways[odd], odd)
        return found

    return within(program.blocks, False) + within(program.blocks, True)


def test_the_count_of_operations() -> None:
    """Philox multiplies twenty times, a pair of normal numbers divides and roots once."""
    body, _ = program_of("draws", 64, 2)
    found = operations(body.program)
    assert (found["word ×"], found["double ÷"], found["double √"]) == (20, 1, 1)


def main(rounds: int) -> None:
    """Print the count, and the measurement where there is a GPU."""
    body, _ = program_of("all", 64, 2)
    for name, number in operations(body.program).items():
        print(f"{name}: {number / 2:g} a step")
    cupy = available()
    if cupy is None:
        print("no GPU: nothing to measure")
        return
    best = dict.fromkeys(PARTS, float("inf"))
    contestants = {part: kernel_alone(cupy, part, COUNT, STEPS) for part in PARTS}
    for _ in range(rounds):
        for part, launch in contestants.items():
            best[part] = min(best[part], launch())
    for part, seconds in best.items():
        print(f"{part}: {COUNT * STEPS / seconds:.3g} steps a second")
    print(f"floor / kernel: {(best['draws'] + best['steps']) / best['all']:.0%}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10)
