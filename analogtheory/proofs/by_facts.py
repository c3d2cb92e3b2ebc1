"""Certificates written by hand, their factors named by the facts instead of by indices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import sympy

from analogtheory.prove import (
    Fact,
    Outcome,
    Refuted,
    counterexample,
    eq,
    prove_by_terms,
    prove_identity,
    prove_polynomial,
)

#: coefficient·square²·Π fact^power, or ("zero", equation, cofactor).
FactTerm: TypeAlias = tuple[Any, Any, Any]


def prove_by_facts(
    conclude: Fact,
    given: Sequence[Fact],
    terms: Sequence[FactTerm],
    *,
    multiplier: Sequence[Fact] | None = None,
) -> Outcome:
    """:func:`analogtheory.prove.prove_by_terms` with the facts themselves as factors.

    A term with a fact that is not given is left out: where a twin drops a hypothesis, the
    certificate no longer adds up, and a counterexample is sought.

    Parameters
    ----------
    conclude : Fact
    given : sequence of Fact
    terms : sequence
        ``(coefficient, square, {fact: power})``, or ``("zero", equation, cofactor)`` for a
        multiple of a fact that is 0.
    multiplier : sequence of Fact, optional
        Given facts > 0 that the conclusion is multiplied by.
    """
    index = {fact: k for k, fact in enumerate(given)}
    found: list[Any] = []
    for first, second, third in terms:
        if first == "zero":
            if second in index:
                found.append(("zero", index[second], third))
        elif all(fact in index for fact in third):
            found.append((first, second, _by_index(third, index)))
    return prove_by_terms(conclude, given, found, multiplier=multiplier)


def _by_index(factors: Mapping[Fact, int], index: Mapping[Fact, int]) -> dict[int, int]:
    return {index[fact]: power for fact, power in factors.items()}


def prove_number(fact: Fact) -> Outcome:
    """A fact without symbols, decided by exact arithmetic, with a certificate either way."""
    found = counterexample(fact, (), {})
    if found:
        return Refuted(found)
    if fact.relation == "==":
        return prove_identity(fact.expression, 0)
    return prove_polynomial(fact)


def prove_identity_or_at(left: Any, right: Any, point: Mapping[sympy.Symbol, Any]) -> Outcome:
    """:func:`analogtheory.prove.prove_identity`, refuted at a point of one's own if it is false.

    Parameters
    ----------
    left, right : sympy.Expr or number
    point : dict of symbol to rational
        Where the sides are expected to differ if they do; a readable counterexample.
    """
    found = counterexample(eq(left, right), (), {s.name: value for s, value in point.items()})
    return Refuted(found) if found else prove_identity(left, right)
