"""Interval certificates: a bisection tree whose every leaf is closed again in Arb."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from analogtheory.checker.balls import Box, Series, ball
from analogtheory.checker.duals import Duals
from analogtheory.checker.expressions import number, split_relation
from analogtheory.errors import InputError


def check_interval(certificate: Mapping[str, Any]) -> str:
    """The conclusion holds on every leaf; the leaves cover the box by construction."""
    box = {name: _ends(ends) for name, ends in certificate["box"].items()}
    formula, relation = split_relation(certificate["conclude"])
    contacts = [(c["variable"], number(c["at"])) for c in certificate.get("contacts", ())]
    if relation == "==" or (relation == ">" and contacts):
        return "an interval proves >= 0, or > 0 where there is no contact"
    given = [split_relation(text) for text in certificate.get("given", ())]
    orders = {contact: order_of_contact(formula, *contact) for contact in contacts}
    for contact, order in orders.items():
        if order == 0:
            return f"the formula is not shown to vanish at {contact[0]} = {contact[1]}"
    for leaf in _leaves(box, certificate["tree"].split()):
        if not closes(formula, leaf, given, orders):
            return f"the leaf {_show(leaf)} is not closed"
    return ""


def closes(
    formula: str,
    leaf: Box,
    given: Sequence[tuple[str, str]] = (),
    contacts: Mapping[tuple[str, Fraction], int] | None = None,
) -> bool:
    """Whether the formula is shown to be > 0 on a box (≥ 0 where it touches 0)."""
    if any(_excluded(fact, leaf) for fact in given):
        return True
    if Series(leaf)(formula)[0] > 0 or _mean_value(formula, leaf):
        return True
    return any(
        _touches(formula, leaf, variable, at, order)
        for (variable, at), order in (contacts or {}).items()
    )


def _ends(ends: list[str]) -> tuple[Fraction, Fraction]:
    if not isinstance(ends, list):
        raise InputError("certificate: an interval is a list of two rationals")
    low, high = map(number, ends)
    if not low <= high:
        raise InputError("certificate: an interval is empty")
    return low, high


def _leaves(box: Box, tree: list[str]) -> Iterator[Box]:
    """Walk the tree in preorder: the name of the variable that is halved, or '.' for a leaf."""
    waiting = [box]
    for token in tree:
        if not waiting:
            raise InputError("certificate: the tree goes on after its last leaf")
        current = waiting.pop()
        if token == ".":
            yield current
            continue
        if token not in current:
            raise InputError(f"certificate: the tree splits an unknown variable {token!r}")
        low, high = current[token]
        middle = (low + high) / 2
        waiting.append({**current, token: (middle, high)})
        waiting.append({**current, token: (low, middle)})
    if waiting:
        raise InputError("certificate: the tree ends before its last leaf")


def _excluded(fact: tuple[str, str], leaf: Box) -> bool:
    """No point of the leaf meets the hypothesis."""
    formula, relation = fact
    value = Series(leaf)(formula)[0]
    if relation == "==":
        return bool(value > 0 or value < 0)
    return bool(value < 0 or (relation == ">" and value <= 0))


def _mean_value(formula: str, leaf: Box) -> bool:
    """f ≥ f(x₀) + Σ f_i(box)·(x_i − x₀_i), with x₀ at the better end where f is monotone."""
    slopes = {name: Series(leaf, name, 2)(formula)[1] for name in leaf}
    anchor: Box = {}
    rest = 0
    for name, (low, high) in leaf.items():
        if slopes[name] >= 0:
            anchor[name] = (low, low)
        elif slopes[name] <= 0:
            anchor[name] = (high, high)
        else:
            middle = (low + high) / 2
            anchor[name] = (middle, middle)
            rest += slopes[name] * ball(low - middle, high - middle)
    return bool(Series(anchor)(formula)[0] + rest > 0)


def order_of_contact(formula: str, variable: str, at: Fraction) -> int:
    """2 if the formula and its slope vanish at the contact, 1 if only the formula does."""
    dual = Duals(variable, at)(formula)
    if not dual.value.is_zero:
        return 0
    return 2 if dual.slope.is_zero else 1


def _touches(formula: str, leaf: Box, variable: str, at: Fraction, order: int) -> bool:
    """The formula vanishes at the contact and rises away from it, on this leaf."""
    low, high = leaf[variable]
    if not low <= at <= high:
        return False
    coefficients = Series(leaf, variable, 3)(formula)
    if order == 2 and coefficients[2] >= 0:
        return True
    rises, falls = coefficients[1] >= 0, coefficients[1] <= 0
    return bool((at == low and rises) or (at == high and falls))


def _show(leaf: Box) -> str:
    return ", ".join(f"{name} in [{low}, {high}]" for name, (low, high) in leaf.items())
