"""Statements about real numbers: a formula that is ≥ 0, > 0 or = 0."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, TypeAlias

import sympy

from analogtheory.checker import holds_at
from analogtheory.errors import InputError

Expr: TypeAlias = sympy.Expr
Relation = Literal[">=", ">", "=="]


@dataclass(frozen=True)
class Fact:
    """``expression >= 0``, ``> 0`` or ``== 0``, for real values of its symbols.

    Build one with :func:`ge`, :func:`gt`, :func:`le`, :func:`lt` or :func:`eq`. Symbols
    carry no assumption of their own beyond being real: what is positive is a fact, so that
    a certificate contains everything it uses.
    """

    expression: Expr
    relation: Relation

    def __str__(self) -> str:
        return f"{self.expression} {self.relation} 0"

    @property
    def symbols(self) -> list[sympy.Symbol]:
        """Its symbols, by name."""
        return sorted(self.expression.free_symbols, key=lambda s: str(s.name))

    def subs(self, values: Mapping[Any, Any]) -> Fact:
        """The fact with symbols replaced."""
        return Fact(self.expression.subs(values), self.relation)

    def holds(self, point: Mapping[str, Any]) -> bool | None:
        """Whether it holds at a point, in exact arithmetic; None if that stays undecided.

        Undecided are also a point without a value for some symbol, and one at which the
        formula is undefined.

        Examples
        --------
        >>> x = sympy.Symbol("x", real=True)
        >>> gt(x, sympy.Rational(1, 3)).holds({"x": "1/3"})
        False
        """
        try:
            return holds_at(str(self), {k: Fraction(str(value)) for k, value in point.items()})
        except InputError:  # undefined at the point
            return None


def ge(left: Any, right: Any = 0) -> Fact:
    """left ≥ right."""
    return Fact(sympy.sympify(left) - sympy.sympify(right), ">=")


def gt(left: Any, right: Any = 0) -> Fact:
    """left > right."""
    return Fact(sympy.sympify(left) - sympy.sympify(right), ">")


def le(left: Any, right: Any) -> Fact:
    """left ≤ right."""
    return ge(right, left)


def lt(left: Any, right: Any) -> Fact:
    """left < right."""
    return gt(right, left)


def eq(left: Any, right: Any = 0) -> Fact:
    """left = right."""
    return Fact(sympy.sympify(left) - sympy.sympify(right), "==")


def texts(facts: Sequence[Fact]) -> list[str]:
    """The facts as a certificate states them."""
    return [str(fact) for fact in facts]
