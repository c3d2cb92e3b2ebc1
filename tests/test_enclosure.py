"""Enclosures hold, and they are tight; a wrong rounding or rule turns these red."""

from __future__ import annotations

import math

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from analogtheory.enclosure import (
    Formula,
    Interval,
    compile_interval,
    domain_violation,
    enclose_extremum,
    exact_interval,
    isolate_zeros,
    resolve_kinks,
)
from analogtheory.responses.expressions import parse

w = sympy.Symbol("w", real=True)
FORMULAS = [
    "w**3 - w/3",
    "exp(w)*(1 - w)",
    "tanh(3*w) - w/2",
    "cosh(w) - sinh(2*w)",
    "abs(w - 0.2) + w**2",
    "max(w, 0.3) - min(w**2, 0.5)",
    "sqrt(1.5 - w)*log(w + 2)",
    "1/(w + 1.5) - 2**w",
    "(1 - w/2)**0.7 - (1 + w/2)**1.3",
]


def formula(text: str, low: str = "-1", high: str = "1") -> Formula:
    return Formula(parse(text), w, sympy.Rational(low), sympy.Rational(high))


@pytest.mark.parametrize("text", FORMULAS)
@settings(max_examples=60, deadline=None)
@given(x=st.floats(-1, 1), width=st.floats(0, 0.5))
def test_interval_extension_contains_the_values(text: str, x: float, width: float) -> None:
    expression = parse(text)
    low, high = max(-1.0, x - width), min(1.0, x + width)
    box = Interval(exact_interval(low).low, exact_interval(high).high)
    enclosed = compile_interval(expression, w)(box)
    value = float(expression.subs(w, sympy.Float(x, 30)).evalf(30))
    assert float(enclosed.low) <= value + 1e-15 * (1 + abs(value))
    assert float(enclosed.high) >= value - 1e-15 * (1 + abs(value))


@pytest.mark.parametrize("text", FORMULAS)
def test_extrema_are_enclosed_and_tight(text: str) -> None:
    grid = np.linspace(-1, 1, 20001)
    values = sympy.lambdify(w, parse(text), "numpy")(grid)
    top, bottom = (enclose_extremum(formula(text), kind) for kind in ("sup", "inf"))
    assert top.low <= top.high
    assert top.high >= values.max()
    assert bottom.low <= values.min()
    # A grid of 20001 points misses an extremum by at most |f''|h²/8 < 1e-7 here.
    assert top.high - values.max() < 1e-4
    assert values.min() - bottom.low < 1e-4
    assert top.high - top.low < 1e-8
    assert bottom.high - bottom.low < 1e-8


def test_extremum_at_a_rational_end_is_exact() -> None:
    # 4/5 is not a binary number, and 1 − 5w/4 is exactly 0 there.
    assert enclose_extremum(formula("1 - 5*w/4", "-4/5", "4/5"), "inf") == (0.0, 0.0)


def test_unbounded_slope_is_infinite() -> None:
    slope = Formula(sympy.diff(parse("sqrt(1 - w)"), w), w, sympy.Integer(-1), sympy.Integer(1))
    assert enclose_extremum(slope, "inf").low == -math.inf


def test_all_simple_zeros_are_found_and_enclosed() -> None:
    zeros = isolate_zeros(formula("w**3 - w/3"))
    expected = [-1 / math.sqrt(3), 0.0, 1 / math.sqrt(3)]
    assert [zero.kind for zero in zeros] == ["simple"] * 3
    assert [zero.direction for zero in zeros] == [1, -1, 1]
    for zero, value in zip(zeros, expected, strict=True):
        assert zero.low <= value <= zero.high
        assert zero.high - zero.low < 1e-14


def test_zeros_of_oscillating_formula() -> None:
    # Chebyshev T₇ has its zeros at cos((2k − 1)π/14).
    chebyshev = sympy.chebyshevt(7, w)
    zeros = isolate_zeros(Formula(chebyshev, w, sympy.Integer(-1), sympy.Integer(1)))
    expected = sorted(math.cos((2 * k - 1) * math.pi / 14) for k in range(1, 8))
    assert len(zeros) == 7
    for zero, value in zip(zeros, expected, strict=True):
        assert zero.low - 1e-16 <= value <= zero.high + 1e-16


@pytest.mark.parametrize(
    ("text", "kind", "direction"),
    [("(w - 1/3)**2", "multiple", 0), ("(w - 1/3)**3", "multiple", 1), ("w - w", "everywhere", 0)],
)
def test_degenerate_zeros_are_said_to_be(text: str, kind: str, direction: int) -> None:
    (zero,) = isolate_zeros(formula(text))
    assert (zero.kind, zero.direction) == (kind, direction)
    if kind == "multiple":
        assert zero.low < 1 / 3 < zero.high
        assert zero.high - zero.low < 1e-7


def test_zero_on_an_interval_is_reported_whole() -> None:
    (zero,) = isolate_zeros(formula("max(w - 1/2, 0)"))
    assert zero.kind == "interval"
    assert zero.low == -1.0
    assert zero.high == pytest.approx(0.5, abs=1e-3)
    assert zero.high >= 0.5


def test_zeros_at_the_ends_are_found() -> None:
    assert [zero.value for zero in isolate_zeros(formula("1 - w**2"))] == [-1.0, 1.0]


def test_a_formula_that_almost_vanishes_has_no_zero() -> None:
    assert isolate_zeros(formula("w**2 + 1e-12")) == []


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("1/w", "division by zero"),
        ("1/(w - 1/3)**2", "division by zero"),
        ("sqrt(w)", "negative"),
        ("log(1 - w)", "not positive"),
        ("(w + 0.5)**0.5", "negative"),
        ("1/(1 - w**2)", "division by zero"),
    ],
)
def test_domain_violations_are_found(text: str, word: str) -> None:
    violation = domain_violation(parse(text), w, sympy.Integer(-1), sympy.Integer(1))
    assert violation is not None
    assert word in violation.reason
    assert -1 <= violation.point <= 1


@pytest.mark.parametrize(
    "text", ["sqrt(1 - w**2)", "1/(w**2 + 1)", "log(w + 1.001)", "(1 - w)**0.5"]
)
def test_good_domains_are_proved(text: str) -> None:
    assert domain_violation(parse(text), w, sympy.Integer(-1), sympy.Integer(1)) is None


def test_kinks_are_resolved_only_where_one_side_wins() -> None:
    one = sympy.Integer(1)
    assert resolve_kinks(parse("max(1 - w/2, 0)"), w, -one, one) == 1 - w / 2
    assert resolve_kinks(parse("min(1 - w/2, 0)"), w, -one, one) == 0
    assert resolve_kinks(parse("abs(w - 2)"), w, -one, one) == 2 - w
    assert resolve_kinks(parse("abs(w)"), w, -one, one) == sympy.Abs(w)


# What a referee found by trying to break the first version.


@pytest.mark.parametrize(
    "formula_without_zero",
    [
        sympy.exp(w / 10**18) - 1 + sympy.Rational(1, 10**17),
        parse("2.718281828459045 + 2.4e-16 - exp(w)"),
        parse("exp(w) - exp(1)*(1 + 1e-19)"),
    ],
)
def test_a_sign_that_rounding_hides_makes_no_zero(formula_without_zero: sympy.Expr) -> None:
    one = sympy.Integer(1)
    assert isolate_zeros(Formula(formula_without_zero, w, -one, one)) == []


@pytest.mark.parametrize("text", ["log(cosh(w))", "w - tanh(w)"])
def test_one_flat_zero_is_one_zero(text: str) -> None:
    (zero,) = isolate_zeros(formula(text))
    assert zero.kind == "multiple"
    assert zero.low <= 0.0 <= zero.high


def test_a_zero_next_to_a_box_boundary_is_inside_its_enclosure() -> None:
    place = sympy.Rational(-1, 64) + sympy.Rational(1, 10**17)
    one = sympy.Integer(1)
    (zero,) = isolate_zeros(Formula(sympy.exp(w) - sympy.exp(place), w, -one, one))
    assert sympy.Rational(zero.low) <= place <= sympy.Rational(zero.high)


@pytest.mark.parametrize("base", [-2, 0, sympy.Rational(-9, 5)])
def test_variable_powers_need_a_positive_base(base: sympy.Expr) -> None:
    one = sympy.Integer(1)
    assert domain_violation(sympy.Pow(base, w, evaluate=False), w, -one, one) is not None


@pytest.mark.parametrize("exponent", [sympy.pi, sympy.sqrt(2)])
def test_irrational_powers_of_nonnegative_bases_are_real(exponent: sympy.Expr) -> None:
    one = sympy.Integer(1)
    assert domain_violation((1 - w) ** exponent, w, -one, one) is None
