"""Statements executed over an arithmetic of one's own: formulas, polynomials, intervals.

A proof about a kernel starts from the statements that the kernel is printed from. Only those are
executed that the value asked for needs, so that an arithmetic may lack the operations of others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from analogtheory.kernels.statements import Function, Operand, Statement


class Arithmetic(NamedTuple):
    """What operations and numbers mean.

    Attributes
    ----------
    operations : mapping of str to callable
        By their names in :mod:`analogtheory.kernels.statements`, all but `call`.
    number : callable
        The value of a number (a float, or an int where it is a word).
    """

    operations: Mapping[str, Callable[..., Any]]
    number: Callable[[float], Any]


class Interpreter:
    """The values of the names of a function.

    Parameters
    ----------
    function : Function
    values : mapping
        Of its parameters; a value given for another name stands in place of the statement
        that makes it.
    arithmetic : Arithmetic

    Examples
    --------
    >>> from fractions import Fraction
    >>> from operator import add, mul
    >>> from analogtheory.kernels.statements import Builder
    >>> b = Builder()
    >>> square = b.function("square", ("x",), b.op("mul", "x", b.op("add", "x", 1.0)))
    >>> exact = Arithmetic({"add": add, "mul": mul}, Fraction)
    >>> Interpreter(square, {"x": Fraction(1, 3)}, exact).results()
    (Fraction(4, 9),)
    """

    def __init__(self, function: Function, values: Mapping[str, Any], arithmetic: Arithmetic):
        self._values = dict(values)
        self._arithmetic = arithmetic
        self._results = function.results
        self._callees = {callee.name: callee for callee in function.calls}
        self._made_by = {name: s for s in function.statements for name in s.targets}

    def value(self, operand: Operand) -> Any:
        """The value of a name, or of a number."""
        if not isinstance(operand, str):
            return self._arithmetic.number(operand)
        if operand not in self._values:
            statement = self._made_by[operand]
            self._values.update(zip(statement.targets, self._executed(statement), strict=True))
        return self._values[operand]

    def results(self) -> tuple[Any, ...]:
        """All results of the function."""
        return tuple(self.value(result) for result in self._results)

    def _executed(self, statement: Statement) -> tuple[Any, ...]:
        if statement.op == "call":
            name, *args = statement.args
            callee = self._callees[str(name)]
            given = dict(zip(callee.parameters, map(self.value, args), strict=True))
            return Interpreter(callee, given, self._arithmetic).results()
        return (self._arithmetic.operations[statement.op](*map(self.value, statement.args)),)


class Edit(NamedTuple):
    """A fault: in statements `op` with the argument `having`, another argument at a position."""

    op: str
    having: Operand
    position: int
    new: Operand


def edited(function: Function, *edits: Edit) -> Function:
    """A function with faults in its statements, which a proof about it must notice.

    Raises
    ------
    ValueError
        If no statement is as an edit says, so that nothing would change.
    """
    for edit in edits:
        statements = tuple(_with(edit, statement) for statement in function.statements)
        if statements == function.statements:
            raise ValueError(f"{function.name}: {edit} changes no statement")
        function = replace(function, statements=statements)
    return function


def _with(edit: Edit, statement: Statement) -> Statement:
    if statement.op != edit.op or edit.having not in statement.args:
        return statement
    args = list(statement.args)
    args[edit.position] = edit.new
    return replace(statement, args=tuple(args))
