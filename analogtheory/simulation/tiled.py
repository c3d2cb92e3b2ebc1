"""Running a simulation through a generated kernel, tiles of trajectories on all cores."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analogtheory.kernels.compiled import compiled
from analogtheory.kernels.numba_printer import TILE, kernel_source
from analogtheory.simulation.body import Body
from analogtheory.simulation.outcome import Buffers, outcome, raise_failures
from analogtheory.simulation.result import SimulationResult

Array = NDArray[np.float64]

#: Shares per thread: a thread that is done early takes another one.
SHARES = 8


def run_tiled(body: Body, start: dict[str, Array]) -> SimulationResult:
    """Run a simulation that was written as blocks.

    Raises
    ------
    DivergedError
        If a state or an observable ceases to be finite.
    InputError
        If a change needs more than a million pulses.
    """
    kernel = compiled(kernel_source(body.program))
    tiles = tiles_of(body)
    buffers = Buffers.of(body, start, tiles * TILE)
    failures = np.zeros((tiles, 3))
    arguments = kernel_arguments(body, buffers, failures)
    in_threads(lambda first, end: kernel.run(first, end, *arguments), tiles)
    raise_failures(body, failures)
    return outcome(body, buffers, "numba", kernel.seconds)


def tiles_of(body: Body) -> int:
    """The number of tiles, the last of which may be filled up."""
    return -(-body.settings.trajectories // TILE)


def kernel_arguments(body: Body, buffers: Buffers, failures: Array) -> tuple[Any, ...]:
    """The arguments of the kernel after the first and the last tile."""
    settings = body.settings
    return (
        settings.trajectories,
        settings.steps,
        settings.burn_in,
        settings.every if settings.record == "trajectory" else 0,
        settings.first_trajectory,
        np.uint64(settings.seed & 0xFFFFFFFF),
        np.uint64(settings.seed >> 32),
        np.array(body.constants.values()),
        buffers.columns,
        buffers.states,
        buffers.sums,
        buffers.totals,
        buffers.records,
        failures,
    )


def in_threads(run: Callable[[int, int], None], tiles: int) -> None:
    """Share the tiles out to as many threads as numba may use.

    Plain threads, since kernels release the interpreter's lock: simulations may then also
    run beside each other, which not every threading layer of numba allows.
    """
    import numba

    threads = min(numba.get_num_threads(), tiles)
    if threads == 1:
        run(0, tiles)
        return
    share = max(1, tiles // (threads * SHARES))
    firsts = range(0, tiles, share)
    with ThreadPoolExecutor(threads) as pool:
        done = [pool.submit(run, first, min(first + share, tiles)) for first in firsts]
        try:
            for future in done:
                future.result()
        finally:
            pool.shutdown(cancel_futures=True)
