"""Rung 3: an inequality by slack substitution, after which every coefficient is ≥ 0."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import flint
import sympy

from analogtheory.checker import failure
from analogtheory.errors import InputError
from analogtheory.prove.facts import Fact, texts
from analogtheory.prove.outcome import Outcome, Proved, Refuted, Unknown
from analogtheory.prove.ring import Polynomial, Statement
from analogtheory.prove.search import find_counterexample


def prove_sign(
    conclude: Fact, given: Sequence[Fact], slacks: Mapping[Any, Any], name: str = ""
) -> Outcome:
    """Prove an inequality by writing its variables in slacks that are ≥ 0.

    Parameters
    ----------
    given : sequence of Fact
    slacks : dict of new symbol to sympy.Expr
        Each a quotient of products of the given facts, in the old symbols; positive facts
        only below the line. The old symbols must be rational functions of the slacks.

    Examples
    --------
    >>> from analogtheory.prove.facts import ge, gt
    >>> x, y, s, t = sympy.symbols("x y s t", real=True)
    >>> facts = [ge(x - y), ge(y - 1)]
    >>> prove_sign(gt(x * y), facts, {s: x - y, t: y - 1}).certificate["substitution"]
    {'x': 's + t + 1', 'y': 't + 1'}
    """
    try:
        certificate = {
            "kind": "substitution",
            "name": name,
            "given": texts(given),
            "conclude": str(conclude),
            "slacks": _as_products(conclude, given, slacks),
        }
        problem = "the slacks cannot be solved for the variables"
        for substitution in _inverses(conclude, slacks):
            certificate["substitution"] = {str(k): str(v) for k, v in substitution.items()}
            problem = failure(certificate)
            if not problem:
                return Proved(certificate)
    except (InputError, NotImplementedError) as unreadable:
        problem = str(unreadable)
    found = find_counterexample(conclude, given)
    return Refuted(found) if found else Unknown(f"{problem}, and no counterexample found")


def _inverses(conclude: Fact, slacks: Mapping[Any, Any]) -> list[dict[sympy.Symbol, sympy.Expr]]:
    """The old symbols as rational functions of the slacks."""
    old = set().union(*(sympy.sympify(e).free_symbols for e in slacks.values()))
    old |= conclude.expression.free_symbols
    unknowns = sorted(old, key=lambda s: str(s.name))
    equations = [sympy.sympify(e) - symbol for symbol, e in slacks.items()]
    found: list[dict[sympy.Symbol, sympy.Expr]] = sympy.solve(equations, unknowns, dict=True)
    return [solution for solution in found if set(solution) == set(unknowns)]


def _as_products(
    conclude: Fact, given: Sequence[Fact], slacks: Mapping[Any, Any]
) -> dict[str, dict[str, Any]]:
    """Each slack as coefficient·Π factᵖᵒʷᵉʳ, by comparing irreducible factors."""
    statement = Statement(conclude, given, {})
    parts = [_factors(fact.polynomial, fact.divisor) for fact in statement.facts[: len(given)]]
    found = {}
    for symbol, expression in slacks.items():
        ratio = statement.algebra(str(sympy.sympify(expression))).reduced
        wanted = _powers(ratio.numerator, 1, _powers(ratio.denominator, -1, {}))
        powers = _combination(parts, wanted)
        if powers is None:
            raise InputError(f"slack {symbol}: is not a quotient of products of the facts")
        product = ratio
        for index, power in powers.items():
            product = product * statement.algebra(str(given[index].expression)) ** -power
        coefficient = product.constant
        if coefficient is None:
            raise InputError(f"slack {symbol}: is not a quotient of products of the facts")
        found[str(symbol)] = {
            "coefficient": str(coefficient),
            "factors": {str(index): power for index, power in powers.items()},
        }
    return found


def _factors(polynomial: Polynomial, divisor: Polynomial | None) -> dict[str, int]:
    """Powers of the irreducible factors; a fact N/D is stored as N·D."""
    powers = _powers(polynomial, 1, {})
    return powers if divisor is None else _powers(divisor, -2, powers)


def _powers(polynomial: Polynomial, sign: int, powers: dict[str, int]) -> dict[str, int]:
    found = dict(powers)
    if not polynomial.is_constant():
        for factor, exponent in polynomial.factor()[1]:
            key = str(factor / factor.leading_coefficient())
            found[key] = found.get(key, 0) + sign * int(exponent)
    return {key: power for key, power in found.items() if power}


def _combination(parts: Sequence[Mapping[str, int]], wanted: Mapping[str, int]) -> Any:
    """Integers e with Σ e_k·parts_k = wanted; None if there are none."""
    keys = sorted({*wanted, *(key for part in parts for key in part)})
    if not keys:
        return {}
    rows = [[*(part.get(key, 0) for part in parts), wanted.get(key, 0)] for key in keys]
    reduced, rank = flint.fmpq_mat([[flint.fmpq(v) for v in row] for row in rows]).rref()
    powers: dict[int, int] = {}
    for row in range(rank):
        pivot = next(j for j in range(len(parts) + 1) if reduced[row, j] != 0)
        value = Fraction(int(reduced[row, len(parts)].p), int(reduced[row, len(parts)].q))
        if pivot == len(parts) or value.denominator != 1:
            return None
        if value:
            powers[pivot] = int(value)
    return powers
