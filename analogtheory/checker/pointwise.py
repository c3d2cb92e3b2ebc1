"""Counterexamples: every hypothesis holds at a rational point, and the conclusion fails."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import flint

from analogtheory.checker.balls import Series
from analogtheory.checker.expressions import names, number, split_relation
from analogtheory.checker.rational import Rationals

#: Bits at which the sign of a number that is not rational is sought.
_PRECISION = 300


def check_counterexample(certificate: Mapping[str, Any]) -> str:
    """The point meets the hypotheses and breaks the conclusion."""
    point = {name: number(value) for name, value in certificate["point"].items()}
    for text in certificate["given"]:
        if holds_at(text, point) is not True:
            return f"the hypothesis {text} is not shown to hold at the point"
    if holds_at(certificate["conclude"], point) is not False:
        return "the conclusion is not shown to fail at the point"
    return ""


def holds_at(text: str, point: Mapping[str, Fraction]) -> bool | None:
    """Whether a relation holds at a point; None if that stays undecided.

    Raises
    ------
    InputError
        If the formula is undefined at the point.
    """
    formula, relation = split_relation(text)
    if not names(formula) <= set(point):
        return None
    sign = _sign(formula, dict(point))
    if sign is None:
        return None
    return {">=": sign >= 0, ">": sign > 0, "==": sign == 0}[relation]


def _sign(formula: str, point: dict[str, Fraction]) -> int | None:
    algebra = Rationals(point)
    constant = algebra(formula).constant
    if constant is not None and not algebra.generators:
        return (constant > 0) - (constant < 0)
    box = {name: (value, value) for name, value in point.items()}
    with flint.ctx.workprec(_PRECISION):
        (value,) = Series(box)(formula)
    if constant is not None and value.is_finite():  # the function values cancel, and are defined
        return (constant > 0) - (constant < 0)
    if value > 0:
        return 1
    return -1 if value < 0 else None
