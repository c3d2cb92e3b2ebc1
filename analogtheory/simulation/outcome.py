"""What kernels write, and the result or the error that it amounts to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analogtheory.errors import InputError
from analogtheory.simulation.body import TOO_MANY, Body
from analogtheory.simulation.fidelity import too_many_pulses
from analogtheory.simulation.program import step_target
from analogtheory.simulation.result import DivergedError, SimulationResult, diverged
from analogtheory.simulation.settings import Settings

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Buffers:
    """What a kernel reads and writes; trajectories along the last axis."""

    columns: NDArray[Any]
    states: NDArray[Any]
    sums: Array
    totals: Array
    records: NDArray[Any]

    @classmethod
    def of(cls, body: Body, start: dict[str, Array], width: int) -> Buffers:
        """Buffers for a simulation from given states.

        Parameters
        ----------
        body : Body
        start : dict of arrays
        width : int
            How long the last axis is; the lanes beyond the last trajectory repeat it, and
            so cannot fail by themselves.
        """
        settings, program = body.settings, body.program
        dtype = settings.dtype
        kept = settings.steps // settings.every + 1 if settings.record == "trajectory" else 0
        return cls(
            columns=_stacked(list(body.columns.values()), width, dtype),
            states=_stacked(list(start.values()), width, dtype),
            sums=np.zeros((len(program.sums), width)),
            totals=np.zeros((len(program.totals), width)),
            records=np.empty((kept, len(program.states), width), dtype),
        )


def _stacked(rows: list[Array], width: int, dtype: np.dtype[Any]) -> NDArray[Any]:
    stacked = np.empty((len(rows), width), dtype)
    for row, values in zip(stacked, rows, strict=True):
        row[:] = np.pad(values, (0, width - values.size), mode="edge")
    return stacked


def raise_failures(body: Body, failures: Array) -> None:
    """The earliest failure, by step and then by place in the program, as the reference has it.

    Parameters
    ----------
    body : Body
    failures : array of shape (…, 3)
        Code (0 for none), step and largest value of each tile or trajectory.

    Raises
    ------
    DivergedError
        If a state ceased to be finite.
    InputError
        If a change needs more than a million pulses.
    """
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


def outcome(body: Body, buffers: Buffers, backend: str, seconds: float) -> SimulationResult:
    """The result of a simulation whose kernel has filled the buffers.

    Raises
    ------
    DivergedError
        If an observable ceased to be finite.
    """
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
        dtype=settings.dtype.name,
        backend=backend,
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
