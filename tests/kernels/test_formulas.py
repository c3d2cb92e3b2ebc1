"""Formulas as statements against SymPy's own numbers."""

from __future__ import annotations

import numpy as np
import pytest
import sympy

from analogtheory.kernels.formulas import Translator, UnsupportedFormula
from analogtheory.kernels.numpy_printer import numpy_function
from analogtheory.kernels.statements import Builder, Constants

x, y = sympy.symbols("x y", real=True)
POINTS = [(0.3, -1.2), (-0.7, 0.4), (1.9, 2.5), (-2.1, -0.3)]

EXACT = [
    x + y, x - y, -x, -x - y, x * y / 3, x / y, 1 / x, -2 / (x * y**2), x**2, x**7, x**-3,
    sympy.sqrt(1 + x**2), (1 + x**2) ** sympy.Rational(-5, 2), (y - 3) * (x + 1) / 10,
    sympy.Mul(sympy.Rational(1, 10), 10 * x - 9, evaluate=False), sympy.Abs(x - y),
    sympy.Max(x, y, 0), sympy.Min(x, y, sympy.Rational(1, 3)), sympy.sign(x) * y,
    sympy.exp(x - y), sympy.log(1 + x**2), sympy.pi * x, sympy.sqrt(2) * y, sympy.Integer(3),
    sympy.Piecewise((x, x > y), (y, sympy.And(x < 0, y > -1)), (x * y, True)),
    sympy.Piecewise((x, sympy.Or(sympy.Eq(x, y), x <= -2)), (y, sympy.Ne(y, 2))),
    sympy.Piecewise((x, sympy.ITE(x > 0, y > 0, y < 0)), (x - y, True)),
    sympy.Heaviside(x, sympy.Rational(1, 2)) + sympy.floor(y) - sympy.ceiling(x),
]  # fmt: skip
INEXACT = [
    sympy.sin(x) + sympy.cos(y), sympy.tan(x), sympy.tanh(x * y), sympy.sinh(x) - sympy.cosh(y),
    (1 + x**2) ** sympy.Rational(7, 10), sympy.atan2(x, y), sympy.atan(x), sympy.asinh(x),
    (2 + x**2) ** y, sympy.asin(x / 9) + sympy.acos(y / 9) + sympy.atanh(x / 9),
]  # fmt: skip


def values(expression: sympy.Expr, points: np.ndarray) -> tuple[np.ndarray, bool]:
    builder = Builder()
    result = Translator(builder, {"x": "a", "y": "b"})(expression)
    function = numpy_function(builder.function("f", ("a", "b"), result))
    (found,) = function(points[:, 0], points[:, 1])
    return np.broadcast_to(found, len(points)), builder.is_exact


@pytest.mark.parametrize("expression", [*EXACT, *INEXACT], ids=str)
def test_values(expression: sympy.Expr) -> None:
    found, is_exact = values(expression, np.array(POINTS))
    assert is_exact == (expression in EXACT)
    for value, (at_x, at_y) in zip(found, POINTS, strict=True):
        exact = expression.subs({x: sympy.Rational(at_x), y: sympy.Rational(at_y)})
        assert value == pytest.approx(float(exact), rel=3e-15, abs=1e-15)


def test_what_is_not_a_number_is_not_hidden() -> None:
    nothing = np.array([[np.nan, 1.0], [1.0, np.nan]])
    for expression in (sympy.Max(x, y), sympy.Min(x, y), x + sympy.Abs(y), sympy.exp(x * y)):
        assert np.isnan(values(expression, nothing)[0]).all()
    otherwise = sympy.Piecewise((x, x > 2), (y, x < -2))
    assert np.isnan(values(otherwise, np.array([[0.0, 1.0]]))[0]).all()


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        (sympy.gamma(x), "the function gamma has no statements"),
        (sympy.I * x, "is not a real number"),
        (sympy.Piecewise((x, sympy.Contains(x, sympy.S.Integers)), (y, True)), "must compare"),
    ],
)
def test_what_cannot_be_written(expression: sympy.Expr, reason: str) -> None:
    with pytest.raises(UnsupportedFormula, match=reason):
        values(expression, np.array(POINTS))


def test_repeated_parts_are_written_once_and_numbers_stay_outside() -> None:
    constants = Constants()
    builder = Builder(constants)
    translate = Translator(builder, {"x": "a", "y": "b"})
    first = translate((x - sympy.Rational(3, 10)) ** 2)
    assert translate((x - sympy.Rational(3, 10)) ** 2 + 0) == first
    assert [statement.op for statement in builder.statements] == ["sub", "mul"]
    assert constants.values() == [0.3]
