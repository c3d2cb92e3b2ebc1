"""Running a simulation through a generated kernel, tiles of trajectories on all cores."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from analogtheory.kernels.compiled import compiled
from analogtheory.kernels.numba_printer import arguments, kernel_source, largest_tile
from analogtheory.kernels.numba_repeats import LANES
from analogtheory.kernels.threads import in_threads
from analogtheory.simulation.body import Body
from analogtheory.simulation.outcome import Buffers, outcome, raise_failures
from analogtheory.simulation.result import SimulationResult

Array = NDArray[np.float64]


#: Shares of the work for each thread, if tiles can be that small.
_SHARES = 4


def run_tiled(body: Body, start: dict[str, Array]) -> SimulationResult:
    """Run a simulation that was written as blocks.

    Raises
    ------
    DivergedError
        If a state or an observable ceases to be finite.
    InputError
        If a change needs more than a million pulses.
    """
    program = body.program
    kernel = compiled(kernel_source(program), arguments(program.precision))
    lanes, tiles = tiling(body)
    buffers = Buffers.of(body, start, tiles * lanes)
    failures = np.zeros((tiles, 3))
    given = kernel_arguments(body, buffers, failures)
    in_threads(lambda first, end: kernel.run(first, end, lanes, *given), tiles)
    raise_failures(body, failures)
    return outcome(body, buffers, "numba", kernel.seconds)


def tiling(body: Body) -> tuple[int, int]:
    """The lanes of a tile, and the number of tiles, the last of which may be filled up."""
    import numba

    trajectories = body.settings.trajectories
    share = -(-trajectories // (_SHARES * numba.get_num_threads()))
    lanes = min(largest_tile(body.program), -(-share // LANES) * LANES)
    return lanes, -(-trajectories // lanes)


def kernel_arguments(body: Body, buffers: Buffers, failures: Array) -> tuple[Any, ...]:
    """The arguments of the kernel after the first and the last tile and the lanes of a tile."""
    settings = body.settings
    return (
        settings.trajectories,
        settings.steps,
        settings.burn_in,
        settings.every if settings.record == "trajectory" else 0,
        settings.first_trajectory,
        np.uint64(settings.seed & 0xFFFFFFFF),
        np.uint64(settings.seed >> 32),
        np.array(body.constants.values(), dtype=settings.dtype),
        buffers.columns,
        buffers.states,
        buffers.sums,
        buffers.totals,
        buffers.records,
        failures,
    )
