"""One simulation as asked for, checked once, for whichever backend runs it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import sympy
from numpy.typing import NDArray

from analogtheory.dynamics import Dynamics, Pulse
from analogtheory.errors import InputError
from analogtheory.simulation.checks import whole
from analogtheory.simulation.device import Device
from analogtheory.simulation.draws import Rule, rule_of
from analogtheory.simulation.fidelity import Fidelity

Array = NDArray[np.float64]
Observable: TypeAlias = sympy.Expr | Callable[[dict[str, Array]], Any]

_WORDS = 2**32
_DOUBLE = np.dtype(np.float64)
#: The whole numbers of a simulation and the smallest value of each.
_WHOLE = {"trajectories": 1, "steps": 1, "burn_in": 0, "every": 1, "first_trajectory": 0}
_RECORDS = ("final", "trajectory")


@dataclass(frozen=True, eq=False)
class Settings:
    """Everything that determines the outcome; see :func:`analogtheory.simulation.simulate`.

    Attributes
    ----------
    start : dict of arrays of shape `shape`
    devices : dict
        The device of each Pulse step, by its position in the program.

    Raises
    ------
    InputError
        If a number is out of its range or the parts do not fit together.
    """

    dynamics: Dynamics
    trajectories: int
    steps: int
    fidelity: Fidelity
    seed: int
    observe: dict[str, Observable]
    burn_in: int
    record: str
    every: int
    first_trajectory: int
    given: dict[str, Any]
    dtype: np.dtype[Any] = _DOUBLE

    def __post_init__(self) -> None:
        for name, low in _WHOLE.items():
            object.__setattr__(self, name, whole(name, getattr(self, name), low))
        whole("steps", self.steps, 1, _WORDS)
        whole("burn_in", self.burn_in, 0, self.steps)
        if self.observe and self.burn_in == self.steps:
            raise InputError(f"burn_in: must be less than steps = {self.steps} to observe")
        if self.record not in _RECORDS:
            raise InputError(f"record {self.record!r}: use one of {', '.join(_RECORDS)}")
        if (self.first_trajectory + self.trajectories) * self.dimension > _WORDS:
            raise InputError(
                "trajectories: (first_trajectory + trajectories) × dimension must not exceed "
                "2**32, the number of lanes"
            )
        object.__setattr__(self, "given", checked_parameters(self))
        for name, value in (("dw_min", self.fidelity.dw_min), ("cycle_noise", self.fidelity.noise)):
            if value is not None:
                self.fit(name, np.asarray(value))

    @property
    def precision(self) -> int:
        """Bits of a number: 32 or 64."""
        return 8 * self.dtype.itemsize

    @property
    def dimension(self) -> int:
        """D."""
        return self.dynamics.objective.dimension

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the array of one state: (N,) for scalar objectives, else (N, D)."""
        if self.dynamics.is_scalar:
            return (self.trajectories,)
        return (self.trajectories, self.dimension)

    @property
    def lanes(self) -> NDArray[np.int64]:
        """(first_trajectory + trajectory)·D + coordinate, in the shape of a state."""
        first = self.first_trajectory * self.dimension
        count = self.trajectories * self.dimension
        return np.arange(first, first + count).reshape(self.shape)

    def devices(self) -> dict[int, Device]:
        """The device of each Pulse step, by the step's position in the program.

        Raises
        ------
        InputError
            If the parameters of a response do not broadcast to the states.
        """
        found = {}
        for position, step in enumerate(self.dynamics.steps):
            if isinstance(step, Pulse):
                self.fit(f"parameters of {step.response.name}", np.empty(step.response.shape))
                found[position] = Device.of(step.response)
        return found

    def fit(self, what: str, value: Array) -> Array:
        """A copy of `value` broadcast to the shape of a state.

        Raises
        ------
        InputError
            If it does not broadcast.
        """
        try:
            return np.array(np.broadcast_to(value, self.shape))
        except ValueError:
            raise InputError(
                f"{what}: shape {value.shape} does not broadcast to {self.shape}, "
                + ("trajectories" if self.dynamics.is_scalar else "(trajectories, D)")
            ) from None

    def parameter_values(self) -> dict[str, Any]:
        """The parameters of the Dynamics by name: floats, or arrays where these were given."""
        exact = self.dynamics.exact_parameters
        values: dict[str, Any] = {str(symbol): float(value) for symbol, value in exact.items()}
        return values | {name: value for name, value in self.given.items() if name in values}

    def pulse_steps(self) -> dict[str, int]:
        """The number of Pulse steps of each analog state in one iteration."""
        names = [str(step.state) for step in self.dynamics.steps if isinstance(step, Pulse)]
        return {name: names.count(name) for name in names}

    def rules(self) -> dict[str, Rule]:
        """How each draw of the Dynamics is made, in order."""
        draws = self.dynamics.draws
        return {str(d.symbol): rule_of(d.law, self.given.get(str(d.symbol))) for d in draws}

    def starting(self, start: Mapping[Any, Any] | None) -> dict[str, Array]:
        """The states before step 0: as given, else 0.

        Raises
        ------
        InputError
            If a name is not a state, or a value is not finite, does not broadcast, or
            lies outside the range of the state's device.
        """
        given = {str(name): value for name, value in (start or {}).items()}
        names = [str(state) for state in self.dynamics.states]
        for name in given:
            if name not in names:
                raise InputError(f"start: unknown state {name!r}; it has {', '.join(names)}")
        states = {name: self._start_of(name, given.get(name, 0.0)) for name in names}
        for name, device in self._devices_by_state():
            if np.any((states[name] < device.low) | (states[name] > device.high)):
                raise InputError(
                    f"start: {name} = {_some(states[name])} lies outside the range "
                    f"[{_some(device.low)}, {_some(device.high)}] of {device.response.name}"
                    + ("" if name in given else f"; give start={{{name!r}: …}}")
                )
        return states

    def _devices_by_state(self) -> list[tuple[str, Device]]:
        pulses = [step for step in self.dynamics.steps if isinstance(step, Pulse)]
        names = [str(step.state) for step in pulses]
        return list(zip(names, self.devices().values(), strict=True))

    def _start_of(self, name: str, value: Any) -> Array:
        try:
            array = np.asarray(value, dtype=np.float64)
        except (TypeError, ValueError):
            raise InputError(f"start: {name} must be a number or an array of numbers") from None
        if not np.isfinite(array).all():
            raise InputError(f"start: {name} must be finite")
        return self.fit(f"start: {name}", array)


def checked_parameters(settings: Settings) -> dict[str, Array]:
    """The values of parameters, and of σ of draws, that replace those of the Dynamics.

    Raises
    ------
    InputError
        If a name is unknown, a value does not broadcast with a state, is not finite, or
        has a sign that the parameter must not have.
    """
    dynamics = settings.dynamics
    parameters = {str(symbol): symbol for symbol in dynamics.parameters}
    draws = {
        str(draw.symbol): draw for draw in dynamics.draws if str(draw.symbol) not in parameters
    }
    found = {}
    for name, value in {str(key): value for key, value in settings.given.items()}.items():
        if name not in parameters and name not in draws:
            raise InputError(
                f"parameters: unknown name {name!r}; it has {', '.join([*parameters, *draws])}"
            )
        try:
            array = np.asarray(value, dtype=np.float64)
        except (TypeError, ValueError):
            raise InputError(
                f"parameters: {name} must be a number or an array of numbers"
            ) from None
        settings.fit(f"parameters: {name}", array)
        strict = name in draws or bool(parameters[name].is_positive)
        sign = strict or bool(parameters[name].is_nonnegative)
        if not np.isfinite(array).all() or (sign and np.any(array <= 0 if strict else array < 0)):
            wanted = ("positive" if strict else "≥ 0") if sign else "finite"
            raise InputError(f"parameters: {name} must be {wanted} in every trajectory")
        if name in draws:
            rule_of(draws[name].law, array)
        found[name] = array
    return found


def chosen_fidelity(fidelity: str | Fidelity, dw_min: Any, cycle_noise: Any) -> Fidelity:
    """The fidelity from a name with `dw_min` and `cycle_noise`, or ready made.

    Raises
    ------
    InputError
        If both a Fidelity and one of the two numbers are given, or the numbers are wrong.
    """
    if not isinstance(fidelity, Fidelity):
        return Fidelity(fidelity, dw_min, cycle_noise)
    if dw_min is not None or np.any(cycle_noise):
        raise InputError("dw_min, cycle_noise: are part of the Fidelity; give them there")
    return fidelity


def _some(values: Array) -> str:
    low, high = float(values.min()), float(values.max())
    return f"{low:g}" if low == high else f"{low:g}…{high:g}"
