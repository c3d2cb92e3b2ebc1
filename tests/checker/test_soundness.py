"""Statements that are false, or hypotheses smuggled in, which no certificate may carry."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from typing import Any

import flint
import pytest

from analogtheory.checker import failure, holds_at
from analogtheory.checker.balls import Series
from analogtheory.checker.expressions import FUNCTIONS

from .certificates import IDENTITY

FALSE: dict[str, dict[str, Any]] = {
    "a cofactor that divides by the equation": {
        "kind": "polynomial",
        "given": ["x == 0"],
        "conclude": "-1 >= 0",
        "terms": [{"zero": 0, "cofactor": "-1/x"}],
    },
    "a square that divides by the equation": {
        "kind": "polynomial",
        "given": ["x == 0", "-x == 0"],
        "conclude": "-1 >= 0",
        "terms": [{"coefficient": "1", "square": "1/x", "factors": {"0": 1, "1": 1}}],
    },
    "an axiom of a root that does not occur": {
        "kind": "polynomial",
        "given": [],
        "axioms": [["sqrt", "x"]],
        "conclude": "x >= 0",
        "terms": [{"coefficient": "1", "square": "sqrt(x)"}, {"zero": 1, "cofactor": "-1"}],
    },
    "an axiom of |1/x| where x is 0": {
        "kind": "polynomial",
        "given": ["x == 0"],
        "axioms": [["Abs", "1/x"]],
        "conclude": "-1 >= 0",
        "terms": [{"zero": 2, "cofactor": "x**2"}, {"zero": 0, "cofactor": "-x*Abs(1/x)**2"}],
    },
    "the root of a negative number": {
        "kind": "polynomial",
        "given": [],
        "axioms": [["sqrt", "-1"]],
        "conclude": "0*sqrt(-1) - 1 >= 0",
        "terms": [{"coefficient": "1", "square": "sqrt(-1)"}, {"zero": 1, "cofactor": "-1"}],
    },
    "nothing is positive": {
        "kind": "polynomial", "given": ["x >= 0"], "conclude": "0 > 0", "terms": [],
    },
    "a multiplier that may be 0": {
        "kind": "polynomial",
        "given": ["x >= 0"],
        "conclude": "y >= 0",
        "multiplier": {"0": 1},
        "terms": [{"coefficient": "1", "factors": {"0": 1}}],
    },
    "an equation from an inequality": {
        "kind": "polynomial",
        "given": ["x >= 0"],
        "conclude": "x == 0",
        "terms": [{"coefficient": "1", "factors": {"0": 1}}],
    },
    "an equation by contradiction": {
        "kind": "polynomial", "given": [], "conclude": "x == 0", "by_contradiction": True,
        "terms": [{"coefficient": "1", "factors": {"0": 1}}],
    },
    "a variable that passes for a slack": {
        "kind": "substitution",
        "given": ["x - z >= 0"],
        "conclude": "x >= 0",
        "slacks": {"s": {"factors": {"0": 1}}},
        "substitution": {"x": "s + z"},
    },
    "a slack named like a variable": {
        "kind": "substitution",
        "given": ["y - x >= 0"],
        "conclude": "x + y >= 0",
        "slacks": {"x": {"factors": {"0": 1}}},
        "substitution": {"y": "x + x"},
    },
    "two spellings of one name": {
        "kind": "polynomial",
        "given": ["𝑥 >= 0"],
        "conclude": "x >= 0",
        "terms": [{"coefficient": "1", "factors": {"0": 1}}],
    },
    "undefined on half of the box": {
        "kind": "interval", "box": {"x": ["-1", "1"]}, "conclude": "1 + 0*sqrt(x) > 0",
        "tree": ".",
    },
    "divided by 0 on a box of width 0": {
        "kind": "interval", "box": {"x": ["0", "0"]}, "conclude": "x/x + 1 > 0", "tree": ".",
    },
    "a contact at a kink": {
        "kind": "interval", "box": {"x": ["-1", "1"]}, "conclude": "-Abs(x) >= 0", "tree": ".",
        "contacts": [{"variable": "x", "at": "0"}],
    },
    "a contact at the kink of a root": {
        "kind": "interval", "box": {"x": ["-1", "1"]}, "conclude": "-sqrt(x**2) >= 0",
        "tree": ".", "contacts": [{"variable": "x", "at": "0"}],
    },
    "a contact at the kink of a half power": {
        "kind": "interval",
        "box": {"x": ["-1", "1"]},
        "conclude": "-(x**2)**(1/2) >= 0",
        "tree": ".",
        "contacts": [{"variable": "x", "at": "0"}],
    },
    "a contact outside the box": {
        "kind": "interval", "box": {"x": ["1", "2"]}, "conclude": "-x**2 >= 0", "tree": ".",
        "contacts": [{"variable": "x", "at": "0"}],
    },
    "a contact crossed": {
        "kind": "interval", "box": {"x": ["-1", "1"]}, "conclude": "x >= 0", "tree": ".",
        "contacts": [{"variable": "x", "at": "0"}],
    },
    "a contact at the wrong end": {
        "kind": "interval", "box": {"x": ["-1", "0"]}, "conclude": "x >= 0", "tree": ".",
        "contacts": [{"variable": "x", "at": "0"}],
    },
    "z3 may not divide by 0": {"kind": "smt", "given": ["x == 0"], "conclude": "x - 1 >= 0"},
    "a counterexample where the formula is undefined": {
        "kind": "counterexample", "given": [], "conclude": "x*log(x) - 1 >= 0", "point": {"x": "0"},
    },
    "a counterexample without a value": {
        "kind": "counterexample", "given": [], "conclude": "x + y*0 >= 0", "point": {"x": "-1"},
    },
    "a counterexample to nothing": {
        "kind": "counterexample", "given": [], "conclude": "x >= 0", "point": {"x": "0"},
    },
    "a chain that hides a false step": {
        "kind": "chain", "steps": [IDENTITY, {**IDENTITY, "right": "F"}],
    },
}  # fmt: skip


@pytest.mark.parametrize("what", FALSE)
def test_false_is_never_accepted(what: str) -> None:
    if FALSE[what]["kind"] == "smt":
        pytest.importorskip("z3")
    assert failure(FALSE[what])


@pytest.mark.parametrize(
    "text",
    [
        "x ** y >= 0", "x ** 10**9 >= 0", "x ** 1001 >= 0", "x >= 1", "x", "x >= 0 >= 0",
        "x >= 0.0",
        "Abs(x, y) >= 0", "Max() >= 0", "Abs() >= 0", "x if x else x >= 0", "0.5*x >= 0",
        "True >= 0", "x >= False", "x @ x >= 0", "x // 2 >= 0", "f(x) >= 0", "Abs(x=1) >= 0",
        "x.real >= 0", "[x][0] >= 0", "x\x00 >= 0", "(" * 500 + "x" + ")" * 500 + " >= 0",
    ],
)  # fmt: skip
def test_text_that_is_no_formula(text: str) -> None:
    given = {"kind": "polynomial", "given": [text], "conclude": "0 >= 0", "terms": []}
    assert failure(given)
    assert failure({**given, "given": [], "conclude": text})


def test_a_point_decides_exactly() -> None:
    point = {"x": Fraction(2)}
    assert holds_at("sqrt(x)**2 - x >= 0", point) is None
    assert holds_at("sqrt(x*2) - x == 0", point) is True
    assert holds_at("sqrt(x) - 1414213562373095/1000000000000000 > 0", point) is True
    assert holds_at("exp(x) - exp(x) + y - y >= 0", point) is None


def _samples(low: float, high: float) -> list[float]:
    return [low + (high - low) * k / 20 for k in range(21)]


@pytest.mark.parametrize(
    "text",
    [
        "x**3 - 2*x*y + y**2", "x**4*y", "1/(3 + x)**3 - y", "exp(x*y) - tanh(x)", "sqrt(2 + x)*y",
        "Abs(x - y) + Max(x, y, 1/3)", "log(3 + x*y)", "cosh(x)*sinh(y)", "(3 + x)**(3/2)",
        "Min(x, y)**2", "(2 + x)**(1/3)", "x**0 + y",
    ],
)  # fmt: skip
def test_series_enclose_values_and_slopes(text: str) -> None:
    box = {"x": (Fraction(-1), Fraction(3, 2)), "y": (Fraction(1, 4), Fraction(1))}
    value, slope, bend = Series(box, "x", 3)(text)
    for x in _samples(-1, 1.5):
        for y in _samples(0.25, 1):
            point = {"x": (Fraction(x), Fraction(x)), "y": (Fraction(y), Fraction(y))}
            one, two, three = Series(point, "x", 3)(text)
            assert value.overlaps(one)
            assert slope.overlaps(two)
            assert not bend.is_finite() or not three.is_finite() or bend.overlaps(three)


def test_every_function_has_an_enclosure() -> None:
    for name in FUNCTIONS:
        (value,) = Series({"x": (Fraction(1, 2), Fraction(1))})(f"{name}(x)")
        assert isinstance(value, flint.arb)
        assert value.is_finite()


def test_the_checker_stands_alone() -> None:
    """It imports no prover, no SymPy, no SciPy, no NumPy; z3 only when asked."""
    code = (
        "import sys; import analogtheory.checker as c; "
        f"assert c.failure({IDENTITY!r}) == ''; "
        "print([m for m in sys.modules if m.split('.')[0] in "
        "('sympy', 'scipy', 'numpy', 'z3', 'mpmath') or m.startswith('analogtheory.') "
        "and m.split('.')[1] not in ('checker', 'errors')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
