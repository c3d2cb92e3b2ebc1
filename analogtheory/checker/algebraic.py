"""Identities, Positivstellensatz certificates and substitutions, checked exactly."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from analogtheory.checker.expressions import names, number, split_relation
from analogtheory.checker.facts import Known, known_facts
from analogtheory.checker.rational import Ratio, Rationals
from analogtheory.errors import InputError


def check_identity(certificate: Mapping[str, Any]) -> str:
    """left = right as rational functions."""
    algebra = Rationals()
    same = (algebra(certificate["left"]) - algebra(certificate["right"])).is_zero
    return "" if same else "the two sides differ"


def check_polynomial(certificate: Mapping[str, Any]) -> str:
    """conclusion·multiplier = Σ coefficient·square²·Π facts + Σ cofactor·(fact that is 0).

    Coefficients are ≥ 0 and the multiplier is a product of facts that are > 0, so the
    conclusion follows from the facts. With "by_contradiction" the negated conclusion is
    the last fact.
    """
    algebra = Rationals()
    formula, relation = split_relation(certificate["conclude"])
    target = algebra(formula)
    facts = known_facts(algebra, certificate["given"], certificate.get("axioms", ()))
    if certificate.get("by_contradiction", False):
        if relation == "==":
            return "an equation is not proved by contradiction"
        facts.append(Known(-target, ">" if relation == ">=" else ">="))
    multiplier, positive = _product(algebra, facts, certificate.get("multiplier", {}))
    if not positive:
        return "the multiplier is not a product of facts that are > 0"
    total, strict = algebra.number(Fraction(0)), False
    for term in certificate["terms"]:
        value, term_strict, is_zero = _term(algebra, facts, term, target)
        if relation == "==" and not is_zero:
            return "an equation follows from equations only"
        total, strict = total + value, strict or term_strict
    if not (target * multiplier - total).is_zero:
        return "the sum of the terms is not the conclusion"
    if relation == ">" and not strict:
        return "no term is positive, so the conclusion is not strict"
    return ""


def _term(
    algebra: Rationals, facts: list[Known], term: Mapping[str, Any], target: Ratio
) -> tuple[Ratio, bool, bool]:
    """Its value, whether it is > 0, and whether it is 0."""
    if "zero" in term:
        fact = facts[_index(term["zero"], len(facts))]
        if fact.relation != "==":
            raise InputError("certificate: a free cofactor needs a fact that is 0")
        return _regular(algebra(term["cofactor"]), target) * fact.value, False, True
    coefficient = number(term["coefficient"])
    if coefficient < 0:
        raise InputError("certificate: a coefficient is negative")
    product, positive = _product(algebra, facts, term.get("factors", {}))
    square = _regular(algebra(term.get("square", "1")), target)
    strict = positive and coefficient > 0 and _vanishes_nowhere(square)
    return algebra.number(coefficient) * square * square * product, strict, False


def _regular(value: Ratio, target: Ratio) -> Ratio:
    """The value, if it is defined wherever the conclusion is: no other denominators.

    Otherwise 1/x times the fact x == 0 would prove 1 == 0.
    """
    low = value.reduced
    rest = low.denominator
    while not rest.is_constant():
        common = rest.gcd(target.denominator)
        if common.is_constant():
            raise InputError("certificate: a square or cofactor has a denominator of its own")
        rest = rest / common
    return low


def _vanishes_nowhere(value: Ratio) -> bool:
    return bool(value.numerator.is_constant() and not value.is_zero)


def _product(
    algebra: Rationals, facts: list[Known], powers: Mapping[str, int]
) -> tuple[Ratio, bool]:
    """Π fact^power, and whether all of them are > 0; only those may be divided by."""
    product, positive = algebra.number(Fraction(1)), True
    for index, power in powers.items():
        fact = facts[_index(index, len(facts))]
        exponent = _integer(power)
        if exponent < 0 and not fact.is_positive:
            raise InputError("certificate: division by a fact that may be 0")
        product = product * fact.value**exponent
        positive = positive and fact.is_positive
    return product, positive


def _index(text: Any, count: int) -> int:
    index = _integer(text)
    if not 0 <= index < count:
        raise InputError(f"certificate: there is no fact {index}")
    return index


def _integer(value: Any) -> int:
    found = number(value)
    if found.denominator != 1 or abs(found) > 1000:
        raise InputError(f"certificate: {value!r} is not a small integer")
    return int(found)


def check_substitution(certificate: Mapping[str, Any]) -> str:
    """With every variable written in slacks that are ≥ 0, all coefficients are ≥ 0.

    Each slack is a quotient of products of facts, and putting the slacks back gives the
    variables: so the substitution reaches every point that the facts allow.
    """
    algebra = Rationals()
    facts = known_facts(algebra, certificate["given"], ())
    slacks, strict = {}, set()
    for name, form in certificate["slacks"].items():
        coefficient = number(form.get("coefficient", 1))
        if coefficient <= 0:
            return f"the slack {name} does not have a positive coefficient"
        product, positive = _product(algebra, facts, form["factors"])
        slacks[name] = algebra.number(coefficient) * product
        if positive:
            strict.add(name)
    formula, relation = split_relation(certificate["conclude"])
    variables = set().union(*(names(text) for text in [*certificate["given"], formula]))
    if variables & set(slacks) or not names(formula) <= set(certificate["substitution"]):
        return "slacks are new names, and every variable of the conclusion is substituted"
    back = Rationals(slacks, shared=algebra)
    for name, text in certificate["substitution"].items():
        if not (back(text) - algebra.name(name)).is_zero:
            return f"the substitution of {name} is not inverted by the slacks"
    return _coefficients(
        algebra, formula, relation, certificate["substitution"], set(slacks), strict
    )


def _coefficients(
    algebra: Rationals,
    formula: str,
    relation: str,
    substitution: Mapping[str, str],
    slacks: set[str],
    strict: set[str],
) -> str:
    inner = Rationals(shared=algebra)
    values = {name: inner(text) for name, text in substitution.items()}
    value = Rationals(values, shared=algebra)(formula).reduced
    for polynomial, needs_strict in ((value.numerator, relation == ">"), (value.denominator, True)):
        if any(coefficient < 0 for coefficient in polynomial.coeffs()):
            return "a coefficient is negative after the substitution"
        monomials = algebra.names_of(polynomial)
        if any(not set(monomial) <= slacks for monomial in monomials):
            return "a variable is left that is not a slack"
        if needs_strict and not any(set(monomial) <= strict for monomial in monomials):
            return "no monomial is positive at every point"
    return "" if relation != "==" else "a substitution proves no equation"
