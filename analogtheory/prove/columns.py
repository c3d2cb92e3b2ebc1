"""The terms a Positivstellensatz certificate may use: the columns of a linear programme."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from analogtheory.prove.ring import Polynomial, Statement

#: Columns that a linear programme may have.
MOST_COLUMNS = 6000


@dataclass(frozen=True)
class Column:
    """One term of a certificate, but for its coefficient.

    Attributes
    ----------
    polynomial
        Its value.
    term : dict
        The certificate's entry.
    free : bool
        Whether the coefficient may be negative: a multiple of an equation.
    strict : bool
        Whether it is > 0.
    weight : float
        What a unit of it costs in the linear programme: short terms are preferred.
    """

    polynomial: Polynomial
    term: Mapping[str, Any]
    free: bool
    strict: bool
    weight: float


def columns(
    statement: Statement, degree: int, squares: Sequence[Polynomial], size: int
) -> list[Column]:
    """square²·Π facts with at most `degree` facts, and monomials·equations up to degree `size`."""
    one = statement.target.context().constant(1)
    found: list[Column] = []
    for square in [one, *squares]:
        for powers, product, divisor in _products(statement, degree, one):
            polynomial = square**2 * product
            if square != one and polynomial.total_degree() > size:
                continue
            found.append(cone(statement, polynomial, square * divisor, powers))
            if len(found) > MOST_COLUMNS:
                return []
    found.extend(_multiples(statement, size, one))
    return found if len(found) <= MOST_COLUMNS else []


def _products(
    statement: Statement, degree: int, one: Polynomial
) -> Iterator[tuple[dict[int, int], Polynomial, Polynomial]]:
    """Products of inequalities: powers by index, N·D of the product, and its D."""
    usable = [k for k, fact in enumerate(statement.facts) if fact.relation != "=="]
    for count in range(degree + 1):
        for choice in itertools.combinations_with_replacement(usable, count):
            product, divisor = one, one
            for k in choice:
                fact = statement.facts[k]
                product = product * fact.polynomial
                divisor = divisor * fact.divisor if fact.divisor is not None else divisor
            yield {k: choice.count(k) for k in dict.fromkeys(choice)}, product, divisor


def cone(
    statement: Statement, polynomial: Polynomial, square: Polynomial, powers: Mapping[int, int]
) -> Column:
    """The column square²·Π facts, whose value is the polynomial."""
    text = statement.text(square)
    if statement.divisor is not None:
        text = f"({text})/({statement.text(statement.divisor)})"
    term: dict[str, Any] = {} if text == "1" else {"square": text}
    factors = dict(powers)
    for k, n in powers.items():
        for index, power in statement.facts[k].clearing.items():
            factors[index] = factors.get(index, 0) + n * power
    if factors:
        term["factors"] = {str(k): n for k, n in sorted(factors.items())}
    strict = square.is_constant() and all(statement.facts[k].relation == ">" for k in powers)
    return Column(polynomial, term, False, bool(strict), 1.0 + sum(powers.values()))


def _multiples(statement: Statement, size: int, one: Polynomial) -> Iterator[Column]:
    for index, fact in enumerate(statement.facts):
        if fact.relation != "==" or fact.polynomial.is_zero():
            continue
        for monomial in monomials(statement, size - fact.polynomial.total_degree()):
            factor = monomial if fact.divisor is None else monomial * fact.divisor
            cofactor = statement.text(factor)
            if statement.divisor is not None:
                cofactor = f"({cofactor})/({statement.text(statement.divisor)})**2"
            term = {"zero": index, "cofactor": cofactor}
            yield Column(monomial * fact.polynomial, term, True, False, 1.0)


def monomials(statement: Statement, degree: int) -> list[Polynomial]:
    """All monomials of at most a degree in the variables of the statement."""
    one = statement.target.context().constant(1)
    if degree < 0:
        return []
    found = [one]
    generators = [statement.generator(slot) for slot in sorted(statement.labels)]
    for count in range(1, degree + 1):
        for choice in itertools.combinations_with_replacement(generators, count):
            monomial = one
            for generator in choice:
                monomial = monomial * generator
            found.append(monomial)
            if len(found) > MOST_COLUMNS:
                return found
    return found
