"""Facts as polynomials over one ring, and a conclusion with its denominators cleared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sympy

from analogtheory.checker.facts import Known as Checked
from analogtheory.checker.facts import known_facts
from analogtheory.checker.rational import Ratio, Rationals
from analogtheory.errors import InputError
from analogtheory.prove.facts import Fact, texts

#: A polynomial over the rationals; python-flint has no type stubs.
Polynomial = Any
_SMOOTH = (sympy.exp, sympy.log, sympy.sinh, sympy.cosh, sympy.tanh)


def axioms_of(facts: Sequence[Fact]) -> list[list[str]]:
    """The axioms of |u|, √u, Max and Min for those that occur in the facts.

    Their facts follow the given ones in a certificate, in this order. |u| brings
    |u| ≥ 0, |u|² − u² = 0, |u| − u ≥ 0, |u| + u ≥ 0; √u brings √u ≥ 0, √u² − u = 0;
    Max(u, v) brings Max − u ≥ 0, Max − v ≥ 0, (Max − u)·(Max − v) = 0; Min likewise.

    Examples
    --------
    >>> from analogtheory.prove.facts import ge
    >>> x, v = sympy.symbols("x v", real=True)
    >>> axioms_of([ge(abs(x), sympy.sqrt(v))])
    [['Abs', 'x'], ['sqrt', 'v']]
    """
    found: dict[str, list[str]] = {}
    for fact in facts:
        for node in sympy.preorder_traversal(fact.expression):
            if isinstance(node, sympy.Abs | sympy.Max | sympy.Min):
                found[str(node)] = [type(node).__name__, *map(str, node.args)]
            elif isinstance(node, sympy.Pow) and node.exp.is_Rational and node.exp.q == 2:
                found[f"sqrt({node.base})"] = ["sqrt", str(node.base)]
    return [found[key] for key in sorted(found)]


@dataclass(frozen=True)
class Known:
    """A fact N/D as a polynomial.

    Attributes
    ----------
    polynomial
        N where D is constant, D clears by positive facts, or the fact is an equation;
        N·D = fact·D² elsewhere.
    relation : str
    divisor
        D, None where it is constant or cleared.
    clearing : dict of int to int
        Powers of positive facts whose product with the fact is the polynomial.
    """

    polynomial: Polynomial
    relation: str
    divisor: Polynomial | None
    clearing: Mapping[int, int] = field(default_factory=dict)

    @property
    def is_strict(self) -> bool:
        """Whether the polynomial is the fact itself, and > 0."""
        return self.relation == ">" and self.divisor is None and not self.clearing


class Statement:
    """conclusion·multiplier as a polynomial `target`, the facts beside it.

    A conclusion N/D is multiplied by positive facts that clear D where there are such
    facts; otherwise `target` is N·D and `divisor` is D, and each square is divided by D.

    Parameters
    ----------
    conclude : Fact
    given : sequence of Fact
    multiplier : dict of str to int, optional
        Powers of facts by index, instead of those found automatically.
    by_contradiction : bool
        Add the negated conclusion to the facts; where it is > 0, multiply by it.
    """

    def __init__(
        self,
        conclude: Fact,
        given: Sequence[Fact],
        multiplier: Mapping[str, int] | None = None,
        by_contradiction: bool = False,
    ):
        self.conclude, self.given = conclude, tuple(given)
        self.by_contradiction = by_contradiction
        self.axioms = axioms_of([*given, conclude])
        self.algebra = Rationals()
        ratio = self.algebra(str(conclude.expression)).reduced
        known = known_facts(self.algebra, texts(given), self.axioms)
        if by_contradiction:
            known.append(Checked(-ratio, ">" if conclude.relation == ">=" else ">="))
        self.facts = [_as_polynomial(fact.value.reduced, fact.relation) for fact in known]
        self.facts = [
            self._cleared(plain, checked.value) if plain.divisor is not None else plain
            for plain, checked in zip(self.facts, known, strict=True)
        ]
        self.labels = self._names([*given, conclude])
        clearing = self._clearing(ratio.denominator) or {}
        automatic = {str(index): power for index, power in clearing.items()}
        self.multiplier = automatic if multiplier is None else dict(multiplier)
        if by_contradiction and conclude.relation == ">=":
            self.multiplier[str(len(known) - 1)] = 1
        for index, power in self.multiplier.items():
            ratio = ratio * known[int(index)].value ** power
        goal = _as_polynomial(ratio.reduced, conclude.relation)
        self.target, self.divisor = goal.polynomial, goal.divisor

    def certificate(self, terms: Sequence[Mapping[str, Any]], name: str) -> dict[str, Any]:
        """The certificate with these terms."""
        found: dict[str, Any] = {
            "kind": "polynomial",
            "name": name,
            "given": texts(self.given),
            "conclude": str(self.conclude),
            "terms": [dict(term) for term in terms],
        }
        if self.axioms:
            found["axioms"] = self.axioms
        if self.multiplier:
            found["multiplier"] = self.multiplier
        if self.by_contradiction:
            found["by_contradiction"] = True
        return found

    def polynomial(self, text: str) -> Polynomial:
        """A polynomial from its formula.

        Raises
        ------
        ValueError
            If it has a denominator.
        """
        low = self.algebra(text).reduced
        if not low.denominator.is_constant():
            raise ValueError(f"{text}: a square must be a polynomial")
        return low.numerator / low.denominator

    def text(self, polynomial: Polynomial) -> str:
        """A polynomial as a formula."""
        shown = ""
        for powers, coefficient in polynomial.to_dict().items():
            if any(power and k not in self.labels for k, power in enumerate(powers)):
                raise InputError("a function value in a denominator has no name here")
            factors = [
                f"{self.labels[k]}**{power}" if power > 1 else self.labels[k]
                for k, power in enumerate(powers)
                if power
            ]
            size = abs(coefficient)
            if size != 1 or not factors:
                factors.insert(0, str(size))
            sign = "-" if coefficient < 0 else "+"
            shown += f" {sign} " + "*".join(factors)
        return shown.removeprefix(" + ").strip() or "0"

    def generator(self, slot: int) -> Polynomial:
        """A variable of the ring."""
        return self.target.context().gen(slot)

    def _names(self, facts: Sequence[Fact]) -> dict[int, str]:
        """A text for each variable of the ring: a symbol, or a function value."""
        found = {str(s) for fact in facts for s in fact.expression.free_symbols}
        found |= {f"{name}({', '.join(u)})" for name, *u in self.axioms}
        for fact in facts:
            found |= {str(node) for node in fact.expression.atoms(*_SMOOTH)}
        slots = {}
        for text in sorted(found):
            monomials = self.algebra(text).numerator.monoms()
            if len(monomials) == 1 and sum(monomials[0]) == 1:
                slots[monomials[0].index(1)] = text
        return slots

    def _cleared(self, fact: Known, value: Ratio) -> Known:
        """The fact with its denominator cleared, where that is possible."""
        ratio = value.reduced
        if fact.relation == "==":
            return Known(ratio.numerator, "==", ratio.denominator)
        powers = self._clearing(ratio.denominator)
        if powers is None:
            return fact
        for index, power in powers.items():
            for _ in range(power):
                ratio = ratio * Ratio(self.facts[index].polynomial, ratio.denominator**0)
        return Known(_as_polynomial(ratio.reduced, "").polynomial, fact.relation, None, powers)

    def _clearing(self, denominator: Polynomial) -> dict[int, int] | None:
        """Powers of positive facts that clear a denominator; None where there are none."""
        powers: dict[int, int] = {}
        if denominator.is_constant():
            return powers
        for factor, exponent in denominator.factor()[1]:
            hits = (k for k, f in enumerate(self.facts) if f.is_strict and _multiple(f, factor))
            index = next(hits, None)
            if index is None:
                return None
            powers[index] = powers.get(index, 0) + int(exponent)
        return powers


def _as_polynomial(ratio: Ratio, relation: str) -> Known:
    if ratio.denominator.is_constant():
        return Known(ratio.numerator / ratio.denominator, relation, None)
    return Known(ratio.numerator * ratio.denominator, relation, ratio.denominator)


def _multiple(fact: Known, factor: Polynomial) -> bool:
    polynomial = fact.polynomial
    if polynomial.is_zero():
        return False
    return bool(
        polynomial / polynomial.leading_coefficient() == factor / factor.leading_coefficient()
    )
