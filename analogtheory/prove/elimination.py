"""What hypotheses say about symbols: intervals, and formulas that equations give them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy

from analogtheory.prove.facts import Fact

Box = Mapping[str, tuple[Any, Any]]


@dataclass(frozen=True)
class Range:
    """Where a symbol may lie, by the box and the hypotheses on it alone."""

    low: Fraction | None = None
    high: Fraction | None = None

    def allows(self, value: Fraction) -> bool:
        """Whether a value lies in it."""
        return (self.low is None or self.low <= value) and (self.high is None or value <= self.high)


def range_of(name: str, given: Sequence[Fact], box: Box) -> Range:
    """The interval of one symbol, from the box and from hypotheses linear in it alone."""
    low = high = None
    if name in box:
        low, high = (Fraction(str(end)) for end in box[name])
    for fact in given:
        if [s.name for s in fact.expression.free_symbols] != [name] or fact.relation == "==":
            continue
        (symbol,) = fact.expression.free_symbols
        slope = sympy.diff(fact.expression, symbol)
        rest = fact.expression.subs(symbol, 0)
        if not (slope.is_Rational and rest.is_Rational and slope != 0):
            continue
        bound = Fraction(int(rest.p), int(rest.q)) / -Fraction(int(slope.p), int(slope.q))
        if slope > 0:
            low = bound if low is None else max(low, bound)
        else:
            high = bound if high is None else min(high, bound)
    return Range(low, high)


def ranges(
    conclude: Fact, given: Sequence[Fact]
) -> dict[str, tuple[Fraction | None, Fraction | None]]:
    """The interval that the hypotheses give each symbol by itself; None where there is no end."""
    every = {s.name for fact in [conclude, *given] for s in fact.expression.free_symbols}
    found = {name: range_of(name, given, {}) for name in sorted(every)}
    return {name: (found.low, found.high) for name, found in found.items()}


def eliminate(given: Sequence[Fact]) -> list[tuple[sympy.Symbol, sympy.Expr]]:
    """Symbols that an equation gives as a formula of the others."""
    solved: list[tuple[sympy.Symbol, sympy.Expr]] = []
    for fact in given:
        if fact.relation != "==":
            continue
        expression = fact.expression.subs(dict(solved))
        linear = []
        for symbol in sorted(expression.free_symbols, key=lambda s: str(s.name)):
            slope = sympy.diff(expression, symbol).expand()
            if slope != 0 and not slope.has(symbol):
                linear.append((not slope.is_number, str(symbol.name), symbol, slope))
        if linear:
            _, _, symbol, slope = min(linear, key=lambda entry: entry[:2])
            value = -expression.subs(symbol, 0) / slope
            solved = [(s, e.subs(symbol, value)) for s, e in solved]
            solved.append((symbol, value))
    return solved


def complete(
    point: Mapping[str, Fraction], solved: Sequence[tuple[sympy.Symbol, sympy.Expr]]
) -> dict[str, Fraction] | None:
    """The point with the eliminated symbols put back; None if one is not rational."""
    full = dict(point)
    for symbol, expression in solved:
        exact = {
            s: sympy.Rational(point[s.name].numerator, point[s.name].denominator)
            for s in expression.free_symbols
        }
        value = expression.subs(exact)
        if not value.is_Rational:
            return None
        full[symbol.name] = Fraction(int(value.p), int(value.q))
    return full
