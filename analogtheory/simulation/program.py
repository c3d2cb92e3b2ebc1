"""The program of a Dynamics over arrays: one state is one array, one step a few NumPy calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import sympy
from numpy.typing import NDArray

from analogtheory.dynamics import Assign, Let, Pulse
from analogtheory.errors import InputError
from analogtheory.kernels.formulas import (
    DOUBLE,
    Arithmetic,
    Gradient,
    Translator,
    UnsupportedFormula,
)
from analogtheory.kernels.numpy_printer import numpy_function
from analogtheory.kernels.statements import Builder, Operand
from analogtheory.objectives import ScalarObjective
from analogtheory.philox import (
    COUNT_STREAM,
    CYCLE_STREAM,
    MERGED_STREAM,
    normal_pairs,
    uniforms,
)
from analogtheory.responses.formulas import WEIGHT
from analogtheory.simulation.device import Device
from analogtheory.simulation.draws import table
from analogtheory.simulation.execution import Draws, Flags, Update, update
from analogtheory.simulation.result import diverged
from analogtheory.simulation.settings import Observable, Settings

Array = NDArray[np.float64]
Values = dict[str, Any]

#: Trajectories per call of a matrix gradient, see :func:`gradient_by_blocks`.
ROWS = 16

#: Random numbers drawn at a time (several steps at once when there are few lanes).
DRAWN = 16384


def gradient_by_blocks(settings: Settings) -> Callable[[Any], Array]:
    """∇f over all trajectories, the same to the last bit however they are split.

    A matrix product may sum a row in another order when the number of rows changes. So it is
    always asked for 16 rows at a time, trajectories 0 … 15, 16 … 31, … of the whole experiment;
    those of other batches are filled in.
    """
    objective, shape = settings.dynamics.objective, settings.shape
    if settings.dynamics.is_scalar:
        return lambda at: np.asarray(objective.gradient(np.broadcast_to(at, shape)))
    count, dimension = shape
    before = settings.first_trajectory % ROWS
    blocks = -(-(before + count) // ROWS)
    padded = np.empty((blocks, ROWS, dimension))
    rows = padded.reshape(-1, dimension)

    def gradient(at: Any) -> Array:
        rows[before : before + count] = at
        rows[:before] = rows[before]
        rows[before + count :] = rows[before]
        flat = np.asarray(objective.gradient(padded)).reshape(-1, dimension)
        return np.array(flat[before : before + count])  # a view may be of `padded`

    return gradient


def scalar_gradient(objective: ScalarObjective, arithmetic: Arithmetic = DOUBLE) -> Gradient:
    """f′ as statements."""

    def gradient(builder: Builder, at: Operand) -> Operand:
        translate = Translator(builder, {WEIGHT.name: at}, None, arithmetic)
        return translate(objective.gradient_expr)

    return gradient


def array_gradient(builder: Builder, at: Operand) -> Operand:
    """∇f as a call of a Python function."""
    return builder.external("gradient", at)


class Formula:
    """An expression in states, parameters, named quantities and draws, over arrays.

    Parameters
    ----------
    expression : sympy.Expr
        It may contain ``gradient(…)`` of :mod:`analogtheory.dynamics`.
    objective : Objective
    gradient : callable
        ∇f over arrays, of an objective that is not a scalar formula.
    shape : tuple of int
        Shape of the result.
    """

    def __init__(
        self,
        expression: sympy.Expr,
        objective: Any,
        gradient: Callable[[Any], Array],
        shape: tuple[int, ...],
    ):
        symbols = sorted(expression.free_symbols, key=str)
        self.names = [str(symbol) for symbol in symbols]
        self._shape = shape
        try:
            self._function = self._from_statements(expression, objective, gradient)
        except UnsupportedFormula:
            self._function = sympy.lambdify(
                symbols, expression, modules=[{"gradient": gradient}, "numpy"], cse=True
            )

    def _from_statements(
        self, expression: sympy.Expr, objective: Any, gradient: Callable[[Any], Array]
    ) -> Callable[..., Any]:
        builder = Builder()
        arguments = {name: f"x{k}" for k, name in enumerate(self.names)}
        slope: Gradient = array_gradient
        if isinstance(objective, ScalarObjective):
            slope = scalar_gradient(objective)
        value = Translator(builder, arguments, slope)(expression)
        function = builder.function("formula", tuple(arguments.values()), value)
        made = numpy_function(function, {"gradient": lambda at: (gradient(at),)})
        return lambda *values: made(*values)[0]

    def __call__(self, values: Values) -> Array:
        """The value of the expression, the quantities given by name."""
        result = self._function(*(values[name] for name in self.names))
        return np.broadcast_to(np.asarray(result, dtype=np.float64), self._shape)


class NoiseTable:
    """The draws of the Dynamics, made for a few steps at a time."""

    def __init__(self, settings: Settings):
        self._settings = settings
        self._lanes = settings.lanes
        # an even number of steps: normal numbers come in pairs of steps
        self._span = max(2, DRAWN // self._lanes.size // 2 * 2)
        self._first = -self._span
        self._rules = settings.rules()
        self._table: dict[str, Array] = {}

    def at(self, step: int) -> Values:
        """The value of each draw in each lane at iteration `step`."""
        if not self._first <= step < self._first + self._span:
            self._first = step // self._span * self._span
            self._fill()
        return {name: values[step - self._first] for name, values in self._table.items()}

    def _fill(self) -> None:
        steps = self._first, min(self._first + self._span, self._settings.steps)
        seed = self._settings.seed
        for number, (name, rule) in enumerate(self._rules.items()):
            self._table[name] = table(rule, seed, steps, self._lanes, number)


class Program:
    """The steps of a Dynamics, ready to run over arrays.

    Parameters
    ----------
    settings : Settings

    Raises
    ------
    InputError
        If the parameters of a response do not broadcast to the states.
    """

    def __init__(self, settings: Settings):
        self.settings = settings
        self.gradient = gradient_by_blocks(settings)
        self.parameters = settings.parameter_values()
        self._noise = NoiseTable(settings)
        self._lanes = settings.lanes
        self._targets = [step_target(step) for step in settings.dynamics.steps]
        self._bodies = [self._formula(step_body(step)) for step in settings.dynamics.steps]
        self._devices: dict[int, Device] = settings.devices()
        self._pulse_number = {at: number for number, at in enumerate(self._devices)}

    def _formula(self, expression: sympy.Expr) -> Formula:
        objective = self.settings.dynamics.objective
        return Formula(expression, objective, self.gradient, self.settings.shape)

    def run_step(self, step: int, states: dict[str, Array]) -> dict[str, list[Update]]:
        """Execute iteration `step` (from 0) and put the new states into `states`.

        Returns
        -------
        dict
            For each analog state what became of its wanted changes, in program order.

        Raises
        ------
        DivergedError
            If a state ceases to be finite.
        InputError
            If a change needs more than a million pulses.
        """
        values: Values = {**self.parameters, **states, **self._noise.at(step)}
        updates: dict[str, list[Update]] = {}
        for position, part in enumerate(self.settings.dynamics.steps):
            name, value = self._targets[position], self._bodies[position](values)
            if isinstance(part, Pulse):
                done = self._pulse(step, position, values[name], value)
                updates.setdefault(name, []).append(done)
                value = done.weights
            values[name] = value
            if not isinstance(part, Let):
                if not np.isfinite(value).all():
                    raise diverged(step, name)
                states[name] = value
        return updates

    def _pulse(self, step: int, position: int, weights: Array, change: Array) -> Update:
        draws = self._draws(step, self._pulse_number[position])
        try:
            return update(weights, change, self._devices[position], self.settings.fidelity, draws)
        except FloatingPointError:
            raise diverged(step, self._targets[position]) from None

    def _draws(self, step: int, number: int) -> Draws:
        """The draws of Pulse step `number`: table in :mod:`analogtheory.philox`."""
        seed, lanes = self.settings.seed, self._lanes

        spare = np.zeros(lanes.shape)

        def normal(pulse: int, where: Flags) -> Array:
            if pulse % 2:
                return spare
            noise = np.zeros(lanes.shape)
            noise[where], spare[where] = normal_pairs(
                seed, step, lanes[where], CYCLE_STREAM + number, pulse // 2
            )
            return noise

        def merged() -> Array:
            return normal_pairs(seed, step // 2, lanes, MERGED_STREAM + number)[step % 2]

        return Draws(lambda: uniforms(seed, step, lanes, COUNT_STREAM + number), normal, merged)

    # ------------------------------------------------------------------ observables

    def observable(self, name: str, what: Observable) -> Callable[[dict[str, Array]], Array]:
        """A function of the states for an expression or a callable.

        Raises
        ------
        InputError
            If an expression contains anything but states, parameters and ``gradient``, or
            a callable does not return one value (or row of values) per trajectory.
        """
        if isinstance(what, sympy.Basic):
            check_names(self.settings, name, what)
            formula = self._formula(what)
            return lambda states: formula({**self.parameters, **states})
        if not callable(what):
            raise InputError(f"observable {name!r}: give a sympy expression or a function")
        return lambda states: self._called(name, what, states)

    def _called(
        self, name: str, function: Callable[[dict[str, Array]], Any], states: dict[str, Array]
    ) -> Array:
        views = {key: value.view() for key, value in states.items()}
        for view in views.values():
            view.flags.writeable = False
        result = np.asarray(function(views), dtype=np.float64)
        count = self.settings.trajectories
        if result.shape[:1] != (count,):
            raise InputError(
                f"observable {name!r}: must give an array of shape ({count}, …), one entry "
                f"per trajectory, got shape {result.shape}"
            )
        return result


def step_target(step: Let | Pulse | Assign) -> str:
    """The name that a step sets."""
    return str(step.symbol if isinstance(step, Let) else step.state)


def step_body(step: Let | Pulse | Assign) -> sympy.Expr:
    """The formula of a step."""
    return sympy.sympify(step.change if isinstance(step, Pulse) else step.value)


def check_names(settings: Settings, name: str, expression: sympy.Expr) -> None:
    """Hold the names in an observable against those of the Dynamics.

    Raises
    ------
    InputError
        If there is an unknown one.
    """
    known = {str(state) for state in settings.dynamics.states} | set(settings.parameter_values())
    unknown = sorted({str(symbol) for symbol in expression.free_symbols} - known)
    if unknown:
        raise InputError(
            f"observable {name!r}: unknown name {', '.join(unknown)}; use "
            f"{', '.join(sorted(known))} and gradient(…)"
        )
