"""What a certificate assumes: relations with 0, and axioms of Abs, Max and sqrt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from analogtheory.checker.expressions import split_relation
from analogtheory.checker.rational import Ratio, Rationals
from analogtheory.errors import InputError


@dataclass(frozen=True)
class Known:
    """A formula known to be ``>= 0``, ``> 0`` or ``== 0``."""

    value: Ratio
    relation: str

    @property
    def is_positive(self) -> bool:
        """Whether it is known to be > 0."""
        return self.relation == ">"


def known_facts(
    algebra: Rationals, given: Sequence[str], axioms: Sequence[Sequence[str]]
) -> list[Known]:
    """The facts of a certificate, those of its axioms after the given ones.

    An axiom is about a function value that occurs in the statement (read the conclusion
    first): there it is defined, so that an axiom of √u does not smuggle in u ≥ 0.
    """
    facts = []
    for text in given:
        formula, relation = split_relation(text)
        facts.append(Known(algebra(formula), relation))
    occurring = algebra.generators
    for axiom in axioms:
        facts.extend(_axiom(algebra, list(axiom)))
    if algebra.generators != occurring:
        raise InputError("certificate: an axiom is about a function that does not occur")
    return facts


def _axiom(algebra: Rationals, axiom: list[Any]) -> list[Known]:
    """|u|: ≥ 0, u² squared, ≥ u, ≥ −u. √u: ≥ 0, u squared. Max, Min: one of the arguments."""
    name, *arguments = axiom
    match name, arguments:
        case "Abs", [str(u)]:
            size, value = algebra(f"Abs({u})"), algebra(u)
            return [
                Known(size, ">="),
                Known(size * size - value * value, "=="),
                Known(size - value, ">="),
                Known(size + value, ">="),
            ]
        case "sqrt", [str(u)]:
            root = algebra(f"sqrt({u})")
            return [Known(root, ">="), Known(root * root - algebra(u), "==")]
        case (("Max" | "Min"), [_, *_]) if all(isinstance(u, str) for u in arguments):
            value = algebra(f"{name}({', '.join(arguments)})")
            gaps = [value - algebra(u) for u in arguments]
            product = algebra.number(Fraction(1))
            for gap in gaps:
                product = product * gap
            signed = gaps if name == "Max" else [-gap for gap in gaps]
            return [*(Known(gap, ">=") for gap in signed), Known(product, "==")]
    raise InputError(f"certificate: there is no axiom {axiom!r}")
