"""The pulsed update of a large tile on a GPU, against its floor.

The floor counts what no program can leave out. Arithmetic: for each cell and vector two
words of the trains and the pulses in them, for each Philox counter that a cell needs its
multiplications and three-input XORs, for each pair of normal numbers and for each pulse
the statements of their functions; one instruction each, but division and square root. Every
multiprocessor starts 128 a clock. Memory: each weight is read and written once a batch. The
floor is the longer of the two.

Run as a program, this file prints both, and the measurement where there is a GPU.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from analogtheory.kernels import elementary, elementary_single
from analogtheory.kernels.statements import Function
from analogtheory.tiles import Tile
from analogtheory.tiles.batch import Batch
from analogtheory.tiles.trains import Trains, lines_of

from .test_gpu import available

#: Soft bounds, noise from cycle to cycle, and 2.5 pulses a cell and vector on average.
NOISE, DW_MIN, LR, VECTORS = 0.3, 0.001, 0.01, 256
SIZES = (1024, 4096)

#: Instructions for a cell and a vector: two loads, their common bits, the count, a comparison.
COUNTING = 5
#: A correctly rounded division or square root: an estimate and seven steps, on sm_90.
ROUNDED = 8
#: Operations without an instruction: names for the same bits, signs, joined conditions.
_FREE = {"bits", "unbits", "neg", "abs", "not", "and", "or", "call"}


def instructions(function: Function) -> int:
    """The least number of instructions of a function made of statements."""
    cost = {**dict.fromkeys(_FREE, 0), "div": ROUNDED, "sqrt": ROUNDED}
    own = sum(cost.get(statement.op, 1) for statement in function.statements)
    return own + sum(instructions(callee) for callee in function.calls)


def philox_instructions() -> int:
    """20 products of two words, and 20 times two XORs in one; the key is the same for all."""
    operations = [statement.op for statement in elementary.philox().statements]
    return operations.count("umul") + operations.count("uxor") // 2


@dataclass(frozen=True)
class Work:
    """What one vector asks of one cell, on average.

    Attributes
    ----------
    counters, pairs, pulses : float
        Of random numbers, of normal numbers, and pulses.
    """

    counters: float
    pairs: float
    pulses: float


@dataclass(frozen=True)
class Card:
    """Rates of a GPU: instructions of threads, and bytes, a second."""

    instructions: float
    bytes: float

    @classmethod
    def of(cls, cupy: Any) -> Card:
        """Of the current device."""
        found = cupy.cuda.Device().attributes
        clock = 1e3 * found["ClockRate"]
        # two words a clock, memory moves at both edges
        width = 2 * found["GlobalMemoryBusWidth"] / 8
        return cls(
            128 * clock * found["MultiProcessorCount"], 1e3 * found["MemoryClockRate"] * width
        )


#: An H100 SXM, from its data sheet: 132 multiprocessors at 1.98 GHz, HBM3.
H100 = Card(132 * 128 * 1.98e9, 3.35e12)


def inputs(size: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Vectors and errors, uniform in ±1, of which each has a 1."""
    generator = np.random.default_rng(2)
    x, d = generator.uniform(-1, 1, (2, count, size))
    vectors = np.arange(count)
    x[vectors, vectors % size] = d[vectors, vectors % size] = 1
    return x, d


def tile_of(backend: str, size: int) -> Tile:
    return Tile(
        "soft-bounds", (size, size), dw_min=DW_MIN, cycle_noise=NOISE, seed=3, backend=backend
    )


def work_of(size: int, count: int) -> Work:
    """From the trains of the first 64 lines of each side."""
    x, d = (lines[None] for lines in inputs(size, count))
    trains = Trains()
    lines = lines_of(x, d, np.array([LR]), np.array([DW_MIN]), trains)
    kept = {
        name: np.ascontiguousarray(getattr(lines, name)[:, :, :64])
        for name in ("columns", "rows", "column_negative", "row_negative")
    }
    batch = Batch(lines._replace(**kept), trains, 3, 0, 1, 0)
    counts = np.stack([batch.counts(vector) for vector in range(count)])
    counters, pairs = -(-counts // 4), -(-counts // 2)
    return Work(float(counters.mean()), float(pairs.mean()), float(counts.mean()))


def floor(size: int, count: int, card: Card) -> dict[str, float]:
    """Seconds of the arithmetic and of the memory traffic of a batch."""
    work, pulse = work_of(size, count), tile_of("numpy", 4)._fields.step.pulse
    each = COUNTING + work.counters * philox_instructions()
    each += work.pairs * instructions(elementary_single.normal_pair())
    each += work.pulses * instructions(pulse)
    return {
        "arithmetic": size * size * count * each / card.instructions,
        "memory": 2 * 4 * size * size / card.bytes,
    }


def update(cupy: Any, size: int, count: int) -> Callable[[], float]:
    """One batch through the tile; returns the seconds of the device.

    Trains included, but not what prepares them in main memory.
    """
    tile, given = tile_of("cupy", size), inputs(size, count)
    tile.update(*given, LR)
    launch = tile._cells._kernels.launch  # type: ignore[attr-defined]

    def run() -> float:
        seconds = [0.0]

        def timed(*arguments: Any) -> None:
            cupy.cuda.Device().synchronize()
            begin = time.perf_counter()
            launch(*arguments)
            cupy.cuda.Device().synchronize()
            seconds[0] += time.perf_counter() - begin

        tile._cells._kernels.launch = timed  # type: ignore[attr-defined]
        tile.update(*given, LR)
        return seconds[0]

    return run


@pytest.mark.skipif(available() is None, reason="CuPy with a CUDA device is not available")
@pytest.mark.parametrize("size", SIZES)
def test_time(benchmark: Any, size: int) -> None:
    cupy = available()
    run = update(cupy, size, VECTORS)
    least = max(floor(size, VECTORS, Card.of(cupy)).values())
    best = min(run() for _ in range(10))
    benchmark.extra_info |= {"floor_s": least, "device_s": best, "floor / kernel": least / best}
    benchmark(run)


def test_the_floor() -> None:
    """Twenty products, twenty XORs; a pulse of soft bounds; memory is not what limits."""
    assert philox_instructions() == 40
    work = work_of(256, 8)
    assert work.pulses == pytest.approx(2.5, rel=0.1)
    assert work.counters < work.pairs < work.pulses
    parts = floor(256, 8, H100)
    assert 0 < parts["memory"] < parts["arithmetic"]


def main(rounds: int) -> None:
    """Print the floor, and the measurement where there is a GPU."""
    cupy = available()
    card = H100 if cupy is None else Card.of(cupy)
    for size in SIZES:
        work, parts = work_of(size, VECTORS), floor(size, VECTORS, card)
        print(f"{size} x {size}, {VECTORS} vectors: {work}")
        print(f"  floor: {', '.join(f'{name} {1e3 * s:.3g} ms' for name, s in parts.items())}")
        if cupy is None:
            continue
        run = update(cupy, size, VECTORS)
        best = min(run() for _ in range(rounds))
        updates = size * size * VECTORS / best
        print(f"  device: {1e3 * best:.3g} ms, {updates:.3g} cells and vectors a second")
        print(f"  floor / device: {max(parts.values()) / best:.0%}")
    if cupy is None:
        print("no GPU: nothing to measure; the floors are those of an H100 SXM")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10)
