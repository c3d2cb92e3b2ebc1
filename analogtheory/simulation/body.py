"""Writing blocks of statements for a Dynamics: names, rows, lanes, checks, random words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import sympy
from numpy.typing import NDArray

from analogtheory.dynamics import Let
from analogtheory.kernels import elementary
from analogtheory.kernels.blocks import Block, Check, Failure, Lanes, TileProgram
from analogtheory.kernels.formulas import DOUBLE, SINGLE, Translator, UnsupportedFormula
from analogtheory.kernels.statements import Builder, Constants, Function, Operand
from analogtheory.objectives import ScalarObjective
from analogtheory.responses.formulas import WEIGHT, ElementwiseFunction
from analogtheory.simulation.program import scalar_gradient
from analogtheory.simulation.settings import Settings

Array = NDArray[np.float64]

#: Failures of one Pulse or Assign step, in their order; the code is 1 + 4·position + this.
NOT_FINITE, TOO_MANY, PULSE_NOT_FINITE = 0, 1, 2


class Scope(Mapping[str, Operand]):
    """What names stand for while lanes are written."""

    def __init__(self, body: Body):
        self._body = body

    def __getitem__(self, name: str) -> Operand:
        return self._body.value_of(name)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


class Body:
    """Writes the blocks of a simulation.

    Parameters
    ----------
    settings : Settings
        Of a scalar objective.

    Attributes
    ----------
    program : TileProgram
    constants : Constants
        Values of c0, c1, …
    columns : dict of arrays
        Values of the quantities given per trajectory, by row.
    functions : dict
        The functions called so far, by name.
    rules : dict
        How each draw is made, by name.
    precision : int
        64 or 32.

    Raises
    ------
    UnsupportedFormula
        If the objective is no scalar formula, a formula has no statements, or something
        is given as a Python function.
    """

    def __init__(self, settings: Settings):
        objective = settings.dynamics.objective
        if not isinstance(objective, ScalarObjective):
            raise UnsupportedFormula("the objective is not a scalar formula")
        self.settings = settings
        self.constants = Constants()
        self.columns: dict[str, Array] = {}
        self.precision = settings.precision
        self._arithmetic = SINGLE if self.precision == 32 else DOUBLE
        self._slope = scalar_gradient(objective, self._arithmetic)
        self._states = [str(state) for state in settings.dynamics.states]
        self._parameters = settings.parameter_values()
        self.rules = settings.rules()
        self.functions: dict[str, Function] = {}
        self._pending: list[Failure] = []
        self._lets: set[str] = set()
        self.program = TileProgram(
            [f"state {name}" for name in self._states], precision=self.precision
        )
        self._blocks: list[Block] = []
        steps = settings.dynamics.steps
        self._let_names = {str(step.symbol) for step in steps if isinstance(step, Let)}
        self._begin()

    # ------------------------------------------------------------------ writing lanes

    def _begin(self) -> None:
        single = self.precision == 32
        self.builder = Builder(self.constants, self.precision, inverting=single)
        self._local: dict[str, Operand] = {}
        self._changed: set[str] = set()

    def value_of(self, name: str) -> Operand:
        """The value of a state, draw, named quantity or parameter in the lanes being written."""
        if name in self._local:
            return self._local[name]
        if name in self._lets:
            value: Operand = self.builder.op("load", f"let {name}")
        elif name in self.rules:
            value = self.builder.op("load", f"draw {name}")
        elif name in self._states:
            value = self.builder.op("load", f"state {name}")
        else:
            value = self.quantity(f"parameter {name}", self._parameters[name])
        self._local[name] = value
        return value

    def quantity(self, key: str, value: Any) -> Operand:
        """A number, or one number per trajectory, under a name of its own."""
        array = np.asarray(value, dtype=np.float64)
        if array.ndim == 0:
            return self.constants.named(key, float(array))
        row = f"column {key}"
        self.columns.setdefault(row, self.settings.fit(key, array))
        return self.builder.op("load", row)

    def formula(self, expression: sympy.Expr) -> Operand:
        """The value of an expression of the Dynamics."""
        translate = Translator(self.builder, Scope(self), self._slope, self._arithmetic)
        return translate(sympy.sympify(expression))

    def response(self, function: ElementwiseFunction, at: Operand, position: int) -> Operand:
        """The value of a formula of the device of a Pulse step."""
        names = {
            name: self.quantity(f"device {position} {name}", value)
            for name, value in function.parameters.items()
        }
        translate = Translator(
            self.builder, {**names, WEIGHT.name: at}, arithmetic=self._arithmetic
        )
        return translate(function.general)

    def name_value(self, name: str, value: Operand) -> None:
        """Let a name stand for a value for the rest of the iteration."""
        self._local[name] = value

    def set_state(self, name: str, value: Operand) -> None:
        """Give a state a new value."""
        self._local[name] = value
        self._changed.add(name)

    def fail_unless(self, condition: str, position: int, kind: int, row: str | None = None) -> None:
        """Stop after these lanes if a condition does not hold in one of them."""
        code = 1 + 4 * position + kind
        self.builder.flag(f"bad{code}", self.builder.op("not", condition))
        failure = Failure(f"bad{code}", code, row)
        if failure not in self._pending:
            self._pending.append(failure)

    def count(self, what: str, name: str, amount: Operand) -> None:
        """Add to a counter of a state."""
        row = f"{what} {name}"
        if row not in self.program.totals:
            self.program.totals.append(row)
        self.builder.accumulate(row, amount)

    def close(self, later: frozenset[str] = frozenset()) -> None:
        """End these lanes: keep the states, and the named quantities that are used later."""
        for name in self._states:
            if name in self._changed:
                self.builder.store(f"state {name}", self._local[name])
        for name in sorted(later & set(self._local)):
            if name in self._let_names:
                self.builder.store(f"let {name}", self._local[name])
                self._lets.add(name)
        self.emit(*self._taken())
        if self._pending:
            self.emit(Check(tuple(self._pending)))
            self._pending = []
        self._begin()

    def _taken(self) -> list[Block]:
        self.functions |= self.builder.calls
        self.program.is_exact &= self.builder.is_exact
        statements = tuple(self.builder.statements)
        return [Lanes(statements)] if statements else []

    def emit(self, *blocks: Block) -> None:
        """Append blocks."""
        self._blocks.extend(blocks)

    def captured(self) -> list[Block]:
        """Take away the blocks written so far (to put them into another block)."""
        blocks, self._blocks = self._blocks, []
        return blocks

    def words(self, step: str, stream: int, index: Operand) -> tuple[str, ...]:
        """Four random words of this lane."""
        lane = self.builder.op("lane")
        return self.builder.call(elementary.philox(), step, lane, stream, index, "key0", "key1")

    def copied(self, source: str, target: str) -> Lanes:
        """Lanes that copy one row to another."""
        builder = Builder(self.constants, self.precision)
        builder.store(target, builder.op("load", source))
        return Lanes(tuple(builder.statements))
