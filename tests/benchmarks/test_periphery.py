"""Forward and backward reads of a 1024 × 1024 tile with periphery, a batch of 32 vectors.

``pytest tests/benchmarks --benchmark-only`` times each by itself. Run as a program, this
file measures all of them in turns and prints the best of many rounds, since a shared
machine only ever adds time. Where aihwkit is installed its tile is measured too: same
weights, same vectors, the default periphery of both, all threads that each takes.
"""

from __future__ import annotations

import importlib.util
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from analogtheory.tiles.periphery import Periphery
from analogtheory.tiles.reading import read

LINES, BATCH = 1024, 32

_rng = np.random.default_rng(1)
#: Outputs of about 1: nothing saturates.
WEIGHTS = _rng.uniform(-0.1, 0.1, (1, LINES, LINES))
VECTORS = _rng.uniform(-1.0, 1.0, (1, BATCH, LINES))


def ours(precision: Any, transposed: bool, periphery: Periphery | None = None) -> Callable[[], Any]:
    """The whole call, as a tile makes it."""
    weights, vectors = WEIGHTS.astype(precision), VECTORS.astype(precision)
    return lambda: read(
        weights, vectors, periphery, seed=1, stream=0, first_vector=0, transposed=transposed,
        backend="numba",
    )  # fmt: skip


def peers(transposed: bool) -> Callable[[], Any]:
    """The tile of aihwkit."""
    import torch
    from aihwkit.simulator.configs import SingleRPUConfig
    from aihwkit.simulator.tiles import AnalogTile

    tile = AnalogTile(LINES, LINES, SingleRPUConfig())
    tile.set_weights(torch.from_numpy(WEIGHTS[0].astype(np.float32)))
    vectors = torch.from_numpy(VECTORS[0].astype(np.float32))
    return lambda: (tile.backward if transposed else tile.forward)(vectors)


TIMED: dict[str, Callable[[], Callable[[], Any]]] = {
    "forward, float32": lambda: ours(np.float32, False, Periphery()),
    "backward, float32": lambda: ours(np.float32, True, Periphery()),
    "forward, float32, product alone": lambda: ours(np.float32, False),
    "backward, float32, product alone": lambda: ours(np.float32, True),
    "forward, float64": lambda: ours(np.float64, False, Periphery()),
    "backward, float64": lambda: ours(np.float64, True, Periphery()),
}
if importlib.util.find_spec("aihwkit") is not None:
    TIMED["forward, aihwkit"] = lambda: peers(False)
    TIMED["backward, aihwkit"] = lambda: peers(True)


@pytest.mark.parametrize("name", TIMED)
def test_time(benchmark: Any, name: str) -> None:
    function = TIMED[name]()
    function()
    benchmark.extra_info["vectors"] = BATCH
    benchmark(function)


def main(rounds: int) -> None:
    """Print the table: microseconds for each vector."""
    functions = {name: build() for name, build in TIMED.items()}
    times = dict.fromkeys(functions, float("inf"))
    for _ in range(rounds):
        for name, function in functions.items():
            for _ in range(3):
                begin = time.perf_counter()
                function()
                times[name] = min(times[name], time.perf_counter() - begin)
    for name, seconds in times.items():
        print(f"| {name} | {seconds / BATCH * 1e6:.1f} |")
    for way in ("forward", "backward"):
        if f"{way}, aihwkit" in times:
            ratio = times[f"{way}, aihwkit"] / times[f"{way}, float32"]
            print(f"{way}: {ratio:.1f} × aihwkit")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 50)
