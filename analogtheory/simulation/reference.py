"""The NumPy reference simulator: every other backend is held against it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analogtheory.dynamics import Dynamics
from analogtheory.philox import check_seed
from analogtheory.simulation.fidelity import Fidelity, Update
from analogtheory.simulation.program import Program
from analogtheory.simulation.result import DivergedError, SimulationResult
from analogtheory.simulation.settings import (
    Observable,
    Settings,
    chosen_backend,
    chosen_fidelity,
)

Array = NDArray[np.float64]


def simulate(
    dynamics: Dynamics,
    *,
    trajectories: int = 4096,
    steps: int = 1000,
    start: Mapping[Any, Any] | None = None,
    fidelity: str | Fidelity = "averaged",
    dw_min: Any = None,
    cycle_noise: Any = 0.0,
    parameters: Mapping[Any, Any] | None = None,
    seed: int = 1,
    backend: str = "auto",
    observe: Mapping[str, Observable] | None = None,
    burn_in: int = 0,
    record: str = "final",
    every: int = 1,
    first_trajectory: int = 0,
) -> SimulationResult:
    """Simulate independent trajectories of a Dynamics.

    The program of the Dynamics is executed as written, step by step, on arrays with one
    entry per trajectory (scalar objectives, shape (N,)) or one row (D dimensions, shape
    (N, D)). Every random number is a function of the seed, the iteration, the trajectory
    and the coordinate (see :mod:`analogtheory.philox`): the outcome of a
    trajectory is the same to the last bit however the work is split.

    Parameters
    ----------
    dynamics : Dynamics
        The parameters of its responses may be arrays that broadcast with a state: in one
        dimension (N,), in D dimensions (D,), (N, 1) or (N, D). They belong to the
        trajectories of this call, also when `first_trajectory` is not 0.
    trajectories, steps : int
        N and the number of iterations.
    start : mapping of state name to number or array, optional
        The states before the first iteration; 0 for those not given. Arrays broadcast
        as above.
    fidelity : str or Fidelity
        "averaged", or with pulses of size `dw_min`: "ceiling", "rounded", "pulsed" (with
        trains of 31 slots). See :mod:`analogtheory.simulation.fidelity`.
    dw_min, cycle_noise : float or array
        Δw_min in weight units, and σ_c, for a fidelity given by its name; arrays as above.
    parameters : mapping of name to number or array, optional
        Values that replace those of the Dynamics: of a parameter (alpha, beta, gamma) or,
        under the name of a draw (epsilon), of its standard deviation; arrays as above. So
        one call runs a grid: ``parameters={"alpha": [0.01, 0.1], "epsilon": [0.5, 0.5]}``
        with two trajectories.
    seed : int
        0 ≤ seed < 2⁶⁴.
    backend : str
        "auto" or "numpy": this reference.
    observe : mapping of name to expression or function, optional
        What to average over time: a sympy expression in the states and parameters, which
        may contain ``gradient(…)`` of :mod:`analogtheory.dynamics`; or a function of a
        dict of arrays (name of state to its values) that returns an array of shape
        (N, …).
    burn_in : int
        Time averages run over the states before steps burn_in, …, steps − 1.
    record : str
        "final", or "trajectory" to keep every state before steps 0, `every`, 2·`every`, …
    every : int
    first_trajectory : int
        Number of the first trajectory: trajectories 100 … 199 alone are
        ``first_trajectory=100, trajectories=100``.

    Returns
    -------
    SimulationResult

    Raises
    ------
    InputError
        If an argument cannot be used.
    DivergedError
        If a state or an observable ceases to be finite.

    Notes
    -----
    Weights are clipped to the range of their device after every update; `clipped` of the
    result says how often that happened. A response that is not positive is simulated as
    it is.

    Source: arXiv:2502.06309 eqs. (5), (26), (27) for the fidelities; intervals over
    independent trajectories.

    Examples
    --------
    Analog SGD on a linear device settles at w*·hτ/(hτ + σ), not at w* = 0.9:

    >>> import sympy
    >>> from analogtheory.algorithms import analog_sgd
    >>> from analogtheory.noise import Rademacher
    >>> from analogtheory.objectives import ScalarQuadratic
    >>> from analogtheory.responses import WEIGHT, Response
    >>> device = Response(1 - WEIGHT, 1 + WEIGHT, -1, 1)
    >>> dynamics = analog_sgd(device, ScalarQuadratic(1, 0.9), Rademacher(0.5), lr=0.02)
    >>> weight = dynamics.states[0]
    >>> result = simulate(
    ...     dynamics, trajectories=64, steps=1000, burn_in=500, observe={"W": weight}
    ... )
    >>> mean, low, high, replicas = result.interval("W")
    >>> low < 0.61 and high > 0.59 and high - low < 0.02
    True
    """
    name = chosen_backend(backend)
    settings = Settings(
        dynamics=dynamics,
        trajectories=trajectories,
        steps=steps,
        fidelity=chosen_fidelity(fidelity, dw_min, cycle_noise),
        seed=check_seed(seed),
        observe=dict(observe or {}),
        burn_in=burn_in,
        record=record,
        every=every,
        first_trajectory=first_trajectory,
        given=dict(parameters or {}),
    )
    return _run(settings, settings.starting(start), name)


def _run(settings: Settings, states: dict[str, Array], backend: str) -> SimulationResult:
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
        backend=backend,
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
