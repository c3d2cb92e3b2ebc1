"""Certificates written by hand, their factors named by the facts instead of by indices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from analogtheory.prove import (
    Fact,
    Outcome,
    Refuted,
    counterexample,
    prove_by_terms,
    prove_identity,
    prove_polynomial,
)

#: coefficient·square²·Π fact^power, or ("zero", equation, cofactor).
FactTerm: TypeAlias = tuple[Any, Any, Any]


def prove_by_facts(conclude: Fact, given: Sequence[Fact], terms: Sequence[FactTerm]) -> Outcome:
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
    """
    index = {fact: k for k, fact in enumerate(given)}
    found: list[Any] = []
    for first, second, third in terms:
        if first == "zero":
            if second in index:
                found.append(("zero", index[second], third))
        elif all(fact in index for fact in third):
            found.append((first, second, _by_index(third, index)))
    return prove_by_terms(conclude, given, found)


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
