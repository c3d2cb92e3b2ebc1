"""Running a simulation on a GPU: a generated CUDA kernel, launched through CuPy.

One thread makes all iterations of a trajectory, so the kernel reads its states once and
writes them once. A long simulation is a series of launches of a fifth of a second: short
enough for the watchdog of a card that drives a display, and for Ctrl-C. Where it is cut
does not change a bit.

CuPy keeps compiled kernels on disk (``$CUPY_CACHE_DIR``, else ``~/.cupy/kernel_cache``),
and :mod:`analogtheory.kernels.gpu` those of the process.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analogtheory.kernels.c_kernel import ENTRY, TOGETHER, cuda_source
from analogtheory.kernels.gpu import available_cupy, compiled
from analogtheory.simulation.body import Body
from analogtheory.simulation.outcome import Buffers, outcome, raise_failures
from analogtheory.simulation.result import SimulationResult

Array = NDArray[np.float64]

#: Threads of a block; small, so that a few thousand trajectories reach every processor.
THREADS = 64

#: Blocks of a launch; threads go on to further trajectories when there are not enough.
MOST_BLOCKS = 1 << 20

#: How long a launch should take, the iterations of the first one, and its greatest growth.
LAUNCH_SECONDS = 0.2
FIRST_LAUNCH = 64
GROWTH = 8.0


@dataclass(frozen=True)
class DeviceArrays:
    """Copies of :class:`Buffers` on the device, in the order of the kernel's arguments."""

    constants: Any
    columns: Any
    states: Any
    sums: Any
    totals: Any
    records: Any
    failures: Any

    @classmethod
    def of(cls, cupy: Any, body: Body, buffers: Buffers) -> DeviceArrays:
        """Copy everything to the device; records, which hold nothing yet, are only allocated."""
        return cls(
            constants=cupy.asarray(np.array(body.constants.values(), dtype=body.settings.dtype)),
            columns=cupy.asarray(buffers.columns),
            states=cupy.asarray(buffers.states),
            sums=cupy.asarray(buffers.sums),
            totals=cupy.asarray(buffers.totals),
            records=cupy.empty(buffers.records.shape, dtype=body.settings.dtype),
            failures=cupy.asarray(np.zeros((3, body.settings.trajectories))),
        )

    def arguments(self) -> tuple[Any, ...]:
        """The last arguments of the kernel."""
        return tuple(vars(self).values())


def run_on_gpu(body: Body, start: dict[str, Array]) -> SimulationResult:
    """Run a simulation that was written as blocks.

    Raises
    ------
    DivergedError
        If a state or an observable ceases to be finite.
    InputError
        If a change needs more than a million pulses, or there is no device.
    MissingExtra
        If CuPy is not installed.
    """
    cupy = available_cupy()
    kernel, seconds = compiled(cupy, cuda_source(body.program), ENTRY)
    buffers = Buffers.of(body, start, body.settings.trajectories)
    arrays = DeviceArrays.of(cupy, body, buffers)
    _run(cupy, kernel, body, arrays)
    raise_failures(body, cupy.asnumpy(arrays.failures).T)
    done = {name: cupy.asnumpy(getattr(arrays, name)) for name in vars(buffers)}
    return outcome(body, Buffers(**done), "cupy", seconds)


def _run(cupy: Any, kernel: Callable[..., None], body: Body, arrays: DeviceArrays) -> None:
    """Launch until all iterations are made, or a trajectory has failed."""
    for begin, end in launches(body.settings.steps, TOGETHER[body.precision]):
        launch(kernel, body, arrays, begin, end)
        # copying waits for the kernel; a later launch must not go on from a failure
        if np.any(cupy.asnumpy(arrays.failures[0])):
            return


def launch(
    kernel: Callable[..., None], body: Body, arrays: DeviceArrays, begin: int, end: int
) -> None:
    """Make the iterations begin, …, end − 1 of all trajectories; see :func:`launches`."""
    blocks = min(-(-body.settings.trajectories // THREADS), MOST_BLOCKS)
    numbers = (np.int64(begin), np.int64(end), *_numbers(body))
    kernel((blocks,), (THREADS,), (*numbers, *arrays.arguments()))


def launches(steps: int, together: int = 2) -> Iterator[tuple[int, int]]:
    """Cut iterations 0, …, steps − 1 into launches, by the time that each one takes.

    All begin at a multiple of `together`, the iterations that share a Philox counter.
    """
    begin, length = 0, -(-FIRST_LAUNCH // together) * together
    while begin < steps:
        end = min(begin + length, steps)
        started = time.perf_counter()
        yield begin, end
        taken = max(time.perf_counter() - started, 1e-6)
        wanted = length * min(GROWTH, LAUNCH_SECONDS / taken)
        length = max(together, together * int(wanted / together))
        begin = end


def _numbers(body: Body) -> tuple[Any, ...]:
    """The numbers among the kernel's arguments, after `begin` and `end`."""
    settings = body.settings
    every = settings.every if settings.record == "trajectory" else 0
    whole = (
        settings.trajectories,
        settings.steps,
        settings.burn_in,
        every,
        settings.first_trajectory,
    )
    key = (settings.seed & 0xFFFFFFFF, settings.seed >> 32)
    return (*map(np.int64, whole), *map(np.uint64, key))
