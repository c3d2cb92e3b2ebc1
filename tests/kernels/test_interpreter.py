"""Statements executed over an arithmetic of one's own."""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np
import pytest

from analogtheory.kernels.interpreter import Arithmetic, Edit, Interpreter, edited
from analogtheory.kernels.numpy_printer import numpy_function
from analogtheory.kernels.statements import Builder, Function
from analogtheory.simulation.merged import merged_update

#: Python's floats: those of the kernels.
FLOATS = Arithmetic(
    {
        **{op: getattr(operator, op) for op in ("add", "sub", "mul", "lt", "le", "gt", "ge")},
        "and": operator.and_,
        "abs": abs,
        "sqrt": math.sqrt,
        "select": lambda condition, yes, no: yes if condition else no,
    },
    float,
)


@pytest.mark.parametrize("count", [0.0, 5.0, 31.0, 40.0])
@pytest.mark.parametrize("up", [True, False])
def test_floats_give_the_bits_of_numpy(count: float, up: bool) -> None:
    function = merged_update(64, 31, is_noisy=True)
    given = (0.1, up, count, 0.7, -0.02, 1 / 1.98, 0.013, 0.01, -1.0, 1.0, 0.3, -1.7)
    values = dict(zip(function.parameters, given, strict=True))
    expected = numpy_function(function)(*map(np.asarray, given))
    assert Interpreter(function, values, FLOATS).results() == tuple(x.item() for x in expected)


def two_values() -> tuple[Function, str]:
    """(x + 1, sin x), and the name of x + 1."""
    b = Builder()
    wanted, other = b.op("add", "x", 1.0), b.op("sin", "x")
    return b.function("two_values", ("x",), wanted, other), wanted


def test_only_what_is_needed_is_executed() -> None:
    function, wanted = two_values()
    assert Interpreter(function, {"x": 2.0}, FLOATS).value(wanted) == 3.0
    with pytest.raises(KeyError, match="sin"):
        Interpreter(function, {"x": 2.0}, FLOATS).results()


def test_a_given_value_stands_in_place_of_its_statement() -> None:
    function, wanted = two_values()
    assert Interpreter(function, {wanted: "given"}, FLOATS).value(wanted) == "given"


def test_calls_pass_values_and_results() -> None:
    function, _ = two_values()
    b = Builder()
    first, second = b.call(function, b.op("mul", "y", 2.0))
    caller = b.function("caller", ("y",), b.op("sub", first, second))
    sine: Any = {**FLOATS.operations, "sin": math.sin}
    assert Interpreter(caller, {"y": 3.0}, Arithmetic(sine, float)).results() == (7 - math.sin(6),)


def test_an_edit_changes_an_argument() -> None:
    function, wanted = two_values()
    other = edited(function, Edit("add", "x", 1, 4.0))
    assert Interpreter(other, {"x": 2.0}, FLOATS).value(wanted) == 6.0


def test_an_edit_that_changes_nothing_is_an_error() -> None:
    function, _ = two_values()
    with pytest.raises(ValueError, match="changes no statement"):
        edited(function, Edit("add", "y", 1, 4.0))
