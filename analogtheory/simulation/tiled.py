"""Running a simulation through a generated kernel, tiles of trajectories on all cores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analogtheory.errors import InputError
from analogtheory.kernels.compiled import compiled
from analogtheory.kernels.numba_printer import ARGUMENTS, TILE, kernel_source
from analogtheory.kernels.threads import in_threads
from analogtheory.simulation.body import TOO_MANY, Body
from analogtheory.simulation.fidelity import too_many_pulses
from analogtheory.simulation.program import step_target
from analogtheory.simulation.result import DivergedError, SimulationResult, diverged
from analogtheory.simulation.settings import Settings

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Buffers:
    """What the kernel writes; trajectories along the last axis, padded to whole tiles."""

    states: Array
    sums: Array
    totals: Array
    records: Array
    failures: Array

    @classmethod
    def of(cls, body: Body, start: dict[str, Array]) -> Buffers:
        """Buffers for a simulation from given states."""
        settings, program = body.settings, body.program
        width = -(-settings.trajectories // TILE) * TILE
        kept = settings.steps // settings.every + 1 if settings.record == "trajectory" else 0
        states = np.stack([_padded(values, width) for values in start.values()])
        return cls(
            states=states,
            sums=np.zeros((len(program.sums), width)),
            totals=np.zeros((len(program.totals), width)),
            records=np.empty((kept, len(program.states), width)),
            failures=np.zeros((width // TILE, 3)),
        )


def run_tiled(body: Body, start: dict[str, Array]) -> SimulationResult:
    """Run a simulation that was written as blocks.

    Raises
    ------
    DivergedError
        If a state or an observable ceases to be finite.
    InputError
        If a change needs more than a million pulses.
    """
    kernel = compiled(kernel_source(body.program), ARGUMENTS)
    buffers = Buffers.of(body, start)
    arguments = kernel_arguments(body, buffers)
    tiles = buffers.failures.shape[0]
    in_threads(lambda first, end: kernel.run(first, end, *arguments), tiles)
    _raise_failures(body, buffers.failures)
    return _result(body, buffers, kernel.seconds)


def kernel_arguments(body: Body, buffers: Buffers) -> tuple[Any, ...]:
    """The arguments of the kernel after the first and the last tile."""
    settings = body.settings
    width = buffers.states.shape[1]
    columns = np.empty((len(body.columns), width))
    for row, values in enumerate(body.columns.values()):
        columns[row] = _padded(values, width)
    return (
        settings.trajectories,
        settings.steps,
        settings.burn_in,
        settings.every if settings.record == "trajectory" else 0,
        settings.first_trajectory,
        np.uint64(settings.seed & 0xFFFFFFFF),
        np.uint64(settings.seed >> 32),
        np.array(body.constants.values()),
        columns,
        buffers.states,
        buffers.sums,
        buffers.totals,
        buffers.records,
        buffers.failures,
    )


def _padded(values: Array, width: int) -> Array:
    """The lanes beyond the last trajectory repeat it, and so cannot fail by themselves."""
    return np.pad(values, (0, width - values.size), mode="edge")


def _raise_failures(body: Body, failures: Array) -> None:
    """The earliest failure, by step and then by place in the program, as the reference has it."""
    failed = failures[failures[:, 0] > 0]
    if not failed.size:
        return
    step = failed[:, 1].min()
    code = failed[failed[:, 1] == step, 0].min()
    position, kind = divmod(int(code) - 1, 4)
    if kind == TOO_MANY:
        same = (failed[:, 1] == step) & (failed[:, 0] == code)
        raise InputError(too_many_pulses(body.settings.fidelity, float(failed[same, 2].max())))
    raise diverged(int(step), step_target(body.settings.dynamics.steps[position]))


def _result(body: Body, buffers: Buffers, seconds: float) -> SimulationResult:
    settings, program = body.settings, body.program
    count = settings.trajectories
    names = [str(state) for state in settings.dynamics.states]
    averages = _averages(settings, buffers.sums[:, :count])
    totals = {
        row: float(total) for row, total in
        zip(program.totals, buffers.totals[:, :count].sum(axis=1), strict=True)
    }  # fmt: skip
    kept = buffers.records.shape[0]
    has_pulses = settings.fidelity.kind != "averaged"
    return SimulationResult(
        final={name: buffers.states[k, :count].copy() for k, name in enumerate(names)},
        averages=averages,
        trajectory={n: buffers.records[:, k, :count].copy() for k, n in enumerate(names) if kept},
        recorded_steps=np.arange(kept, dtype=np.int64) * settings.every,
        clipped=_fractions(settings, totals, "clipped"),
        pulses=_fractions(settings, totals, "pulses") if has_pulses else {},
        truncated=_fractions(settings, totals, "truncated") if has_pulses else {},
        trajectories=count,
        steps=settings.steps,
        burn_in=settings.burn_in,
        first_trajectory=settings.first_trajectory,
        seed=settings.seed,
        fidelity=settings.fidelity,
        backend="numba",
        compile_seconds=seconds,
    )


def _averages(settings: Settings, sums: Array) -> dict[str, Array]:
    counted = settings.steps - settings.burn_in
    averages = {}
    for name, total in zip(settings.observe, sums, strict=True):
        if not np.isfinite(total).all():
            raise DivergedError(f"observable {name!r}: is not finite in every trajectory")
        averages[name] = total / counted
    return averages


def _fractions(settings: Settings, totals: dict[str, float], what: str) -> dict[str, float]:
    """Counted events per update."""
    updates = settings.steps * settings.trajectories
    return {
        name: totals.get(f"{what} {name}", 0.0) / (updates * steps)
        for name, steps in settings.pulse_steps().items()
    }
