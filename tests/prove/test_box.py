"""Interval certificates."""

from __future__ import annotations

from typing import Any

import pytest
import sympy

from analogtheory.checker import failure
from analogtheory.prove import Fact, Proved, Refuted, Unknown, eq, ge, gt, le, prove_on_box

x, y = sympy.symbols("x y", real=True)
exp, tanh = sympy.exp, sympy.tanh
third = sympy.Rational(1, 3)
WIDE = {x: (-1, 1), y: (-1, 1)}

TRUE: dict[str, tuple[Fact, Any, dict[str, Any]]] = {
    "exponential": (gt(exp(-x), 1 - x), {x: ("1/10", 2)}, {}),
    "double contact": (ge(exp(-x), 1 - x), {x: (-1, 2)}, {"contacts": [(x, 0)]}),
    "simple contact": (ge(exp(-x), 1 - 2 * x), {x: (0, 2)}, {"contacts": [(x, 0)]}),
    "contact at the upper end": (ge(1 - x**3), {x: (0, 1)}, {"contacts": [(x, 1)]}),
    "root": (ge(1 + x / 2, sympy.sqrt(1 + x)), {x: ("-1/2", 3)}, {"contacts": [(x, 0)]}),
    "two variables": (gt(tanh(x) * y + 1 + abs(x - y) / 3), WIDE, {}),
    "kinks": (gt(sympy.Max(x, y, 1 - x - y), sympy.Rational(33, 100)), WIDE, {}),
    "hypothesis": (gt(x, y), {x: (0, 1), y: (0, 1)}, {"given": [ge(x, y + third)]}),
    "equation": (gt(x), {x: (-1, 1), y: (-1, 1)}, {"given": [eq(x, exp(y))]}),
    "a point": (gt(x), {x: (1, 1)}, {}),
    "hyperbolic": (gt(sympy.cosh(x), sympy.sinh(x)), {x: (-2, 2)}, {}),
    "powers": (gt((2 + x) ** third + 1 / (2 + x) ** 3, 1), {x: (-1, 1)}, {}),
    "logarithm": (ge(x - 1, sympy.log(x)), {x: ("1/2", 3)}, {"contacts": [(x, 1)]}),
}  # fmt: skip


@pytest.mark.parametrize("name", TRUE)
def test_true(name: str) -> None:
    conclude, box, options = TRUE[name]
    outcome = prove_on_box(conclude, box, **options, name=name)
    assert isinstance(outcome, Proved)
    assert outcome.domain.startswith("x in [")
    assert failure(outcome.certificate) == ""


def test_false() -> None:
    outcome = prove_on_box(ge(exp(-x), 1 - x / 2), {x: (-1, 2)})
    assert isinstance(outcome, Refuted)
    assert outcome.counterexample["point"] == {"x": "1"}
    assert failure(outcome.counterexample) == ""


def test_false_only_near_a_point() -> None:
    """Sampling misses it, or not; a box that is certainly negative does not."""
    bump = (x - sympy.Rational(17, 100)) ** 2 + (y - sympy.Rational(3, 7)) ** 2
    outcome = prove_on_box(ge(bump, sympy.Rational(1, 10**9)), {x: (-1, 2), y: (0, 1)})
    assert isinstance(outcome, Refuted)
    assert failure(outcome.counterexample) == ""


def test_beyond_it() -> None:
    contact = prove_on_box(ge((x - y) ** 2), WIDE)
    assert isinstance(contact, Unknown)
    assert "open: x in" in contact.reason
    assert isinstance(prove_on_box(ge(x + y), {x: (0, 1)}), Unknown)
    assert isinstance(prove_on_box(eq(x, x**2), {x: (0, 1)}), Unknown)
    assert isinstance(prove_on_box(gt(x), {x: (0, 1)}, contacts=[(x, 0)]), Unknown)
    assert isinstance(prove_on_box(ge(x), {x: (0, 1)}, contacts=[(x, 1)]), Unknown)
    assert isinstance(prove_on_box(ge(sympy.sin(x), -2), {x: (0, 1)}), Unknown)


def test_a_dropped_hypothesis_is_refuted() -> None:
    assert isinstance(prove_on_box(gt(x, y), {x: (0, 1), y: (0, 1)}), Refuted)
    assert isinstance(prove_on_box(le(x, 1), {x: (0, 2)}), Refuted)
