"""The NumPy reference simulator: every other backend is held against it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from analogtheory.simulation.execution import Update
from analogtheory.simulation.program import Program
from analogtheory.simulation.result import DivergedError, SimulationResult
from analogtheory.simulation.settings import Settings

Array = NDArray[np.float64]


def run_reference(settings: Settings, states: dict[str, Array]) -> SimulationResult:
    """Run a simulation on NumPy arrays from given states, which are overwritten.

    Raises
    ------
    DivergedError
        If a state or an observable ceases to be finite.
    InputError
        If a change needs more than a million pulses, or an observable cannot be used.
    """
    with np.errstate(all="ignore"):  # what is not finite is found and reported by name
        program = Program(settings)
        averages, recorder, counters = _Averages(program), _Recorder(settings), _Counters(settings)
        for step in range(settings.steps):
            recorder.see(step, states)
            averages.see(step, states)
            counters.see(program.run_step(step, states))
        recorder.see(settings.steps, states)
    return SimulationResult(
        final={name: np.array(values) for name, values in states.items()},
        averages=averages.result(),
        trajectory=recorder.result(),
        recorded_steps=np.array(recorder.steps, dtype=np.int64),
        clipped=counters.fraction("clipped"),
        pulses=counters.fraction("pulses") if counters.has_pulses else {},
        truncated=counters.fraction("truncated") if counters.has_pulses else {},
        trajectories=settings.trajectories,
        steps=settings.steps,
        burn_in=settings.burn_in,
        first_trajectory=settings.first_trajectory,
        seed=settings.seed,
        fidelity=settings.fidelity,
        dtype=settings.dtype.name,
        backend="numpy",
    )


class _Averages:
    """Running sums of the observables, per trajectory."""

    def __init__(self, program: Program):
        self._settings = program.settings
        self._functions = {
            name: program.observable(name, what) for name, what in self._settings.observe.items()
        }
        self._sums: dict[str, Any] = dict.fromkeys(self._functions, 0.0)

    def see(self, step: int, states: dict[str, Array]) -> None:
        if step < self._settings.burn_in:
            return
        for name, function in self._functions.items():
            self._sums[name] = self._sums[name] + function(states)

    def result(self) -> dict[str, Array]:
        count = self._settings.steps - self._settings.burn_in
        for name, total in self._sums.items():
            if not np.isfinite(total).all():
                raise DivergedError(f"observable {name!r}: is not finite in every trajectory")
        return {name: np.asarray(total / count) for name, total in self._sums.items()}


class _Recorder:
    """Copies of the states at every so many steps."""

    def __init__(self, settings: Settings):
        self._every = settings.every if settings.record == "trajectory" else 0
        self.steps: list[int] = []
        self._kept: dict[str, list[Array]] = {str(state): [] for state in settings.dynamics.states}

    def see(self, step: int, states: dict[str, Array]) -> None:
        if not self._every or step % self._every:
            return
        self.steps.append(step)
        for name, values in states.items():
            self._kept[name].append(np.array(values))

    def result(self) -> dict[str, Array]:
        return {name: np.stack(kept) for name, kept in self._kept.items() if kept}


class _Counters:
    """How often updates were clipped or truncated, and how many pulses they took."""

    def __init__(self, settings: Settings):
        self.has_pulses = settings.fidelity.kind != "averaged"
        names = settings.dynamics.responses
        self._updates = dict.fromkeys(names, 0)
        self._totals = {
            what: dict.fromkeys(names, 0) for what in ("clipped", "pulses", "truncated")
        }

    def see(self, updates: dict[str, list[Update]]) -> None:
        for name, done in updates.items():
            for one in done:
                self._updates[name] += one.weights.size
                self._totals["clipped"][name] += int(np.count_nonzero(one.clipped))
                if self.has_pulses:
                    self._totals["pulses"][name] += int(one.pulses.sum())
                    self._totals["truncated"][name] += int(np.count_nonzero(one.truncated))

    def fraction(self, what: str) -> dict[str, float]:
        return {name: self._totals[what][name] / self._updates[name] for name in self._updates}
