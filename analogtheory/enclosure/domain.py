"""Where a formula is a finite real number, and where its kinks do not matter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

import flint
import sympy

from analogtheory.enclosure.extremum import enclose_extremum
from analogtheory.enclosure.formula import Formula
from analogtheory.enclosure.zeros import isolate_zeros

Expr: TypeAlias = sympy.Expr


@dataclass(frozen=True)
class Violation:
    """Where and why a formula is not a finite real number."""

    point: float
    reason: str


def domain_violation(
    expression: Expr, variable: sympy.Symbol, low: Expr, high: Expr
) -> Violation | None:
    """Show that a formula is real and finite on [low, high], or say where it is not.

    Checked from the innermost part outwards: constants must be finite real numbers, a base
    of a negative integer power must not vanish, a base of a fractional or variable power
    must not be negative (nor 0, unless the exponent is positive), a logarithm needs a
    positive argument. A denominator whose zero cannot be excluded counts as a violation.
    """
    for part in sympy.preorder_traversal(expression):
        if not part.free_symbols and part.is_extended_real is not True:
            return Violation(float(low), f"not a finite real number: {part}")
    for part, need in _requirements(expression, variable):
        violation = _violates(part, need, variable, low, high)
        if violation is not None:
            return violation
    return None


Need: TypeAlias = Literal["nonzero", "nonnegative", "positive"]


def _requirements(expression: Expr, variable: sympy.Symbol) -> Iterator[tuple[Expr, Need]]:
    for argument in expression.args:
        if argument.has(variable):
            yield from _requirements(argument, variable)
    if isinstance(expression, sympy.log) and expression.args[0].has(variable):
        yield expression.args[0], "positive"
    if isinstance(expression, sympy.Pow) and expression.has(variable):
        base, exponent = expression.args
        if exponent.is_Integer:
            if exponent < 0:
                yield base, "nonzero"
        elif base is not sympy.E:
            yield base, "nonnegative" if exponent.is_positive else "positive"


def _violates(
    part: Expr, need: Need, variable: sympy.Symbol, low: Expr, high: Expr
) -> Violation | None:
    formula = Formula(part, variable, low, high)
    if need == "nonzero":
        zeros = isolate_zeros(formula)
        if zeros:
            return Violation(zeros[0].value, f"division by zero: {part} vanishes")
        return None
    lowest = enclose_extremum(formula, "inf", tolerance=1e-12)
    if lowest.low > 0 or (need == "nonnegative" and lowest.low >= 0):
        return None
    if need == "nonnegative" and lowest.high >= 0:
        # It touches 0. Accept what rounding of its own size explains, and nothing more.
        size = enclose_extremum(formula, "sup").high
        if lowest.low > -1e-15 * size:
            return None
    what = "is not positive" if need == "positive" else "is negative"
    return Violation(_lowest_point(formula), f"not a finite real number: {part} {what}")


def _lowest_point(formula: Formula) -> float:
    """A grid point (of 1025) where the formula is smallest; used as a witness only."""
    left, width = float(formula.low), float(formula.high - formula.low)
    grid = [left + width * k / 1024 for k in range(1025)]
    values = [(float(formula.at(flint.arb(x)).high), x) for x in grid]
    return min(values)[1]


# ---------------------------------------------------------------------------------- kinks


def resolve_kinks(expression: Expr, variable: sympy.Symbol, low: Expr, high: Expr) -> Expr:
    """Drop |·|, max and min from a formula where one side provably wins on [low, high].

    Examples
    --------
    >>> w = sympy.Symbol("w", real=True)
    >>> resolve_kinks(sympy.Abs(w + 3) + sympy.Max(w, 0), w, sympy.Integer(-1), sympy.Integer(1))
    w + Max(0, w) + 3
    """
    if not expression.args:
        return expression
    parts = [resolve_kinks(argument, variable, low, high) for argument in expression.args]

    def sign(difference: Expr) -> int:
        if not difference.has(variable):
            return 0
        formula = Formula(difference, variable, low, high)
        if enclose_extremum(formula, "inf").low >= 0:
            return 1
        return -1 if enclose_extremum(formula, "sup").high <= 0 else 0

    if isinstance(expression, sympy.Abs):
        return {1: parts[0], -1: -parts[0], 0: sympy.Abs(parts[0])}[sign(parts[0])]
    if isinstance(expression, sympy.Max | sympy.Min) and len(parts) == 2:
        winner = sign(parts[0] - parts[1]) * (1 if isinstance(expression, sympy.Max) else -1)
        if winner:
            return parts[0] if winner > 0 else parts[1]
    return expression.func(*parts)
