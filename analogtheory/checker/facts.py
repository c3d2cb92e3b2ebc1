"""What a certificate assumes: relations with 0, and axioms of Abs, Max and sqrt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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
    """The facts of a certificate, those of its axioms after the given ones."""
    facts = []
    for text in given:
        formula, relation = split_relation(text)
        facts.append(Known(algebra(formula), relation))
    for axiom in axioms:
        facts.extend(_axiom(algebra, list(axiom)))
    return facts


def _axiom(algebra: Rationals, axiom: list[Any]) -> list[Known]:
    """|u|: ≥ 0, u² squared, ≥ u, ≥ −u. √u: ≥ 0, u squared. Max: ≥ both, equal to one."""
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
        case "Max", [str(u), str(v)]:
            most, first, second = algebra(f"Max({u}, {v})"), algebra(u), algebra(v)
            return [
                Known(most - first, ">="),
                Known(most - second, ">="),
                Known((most - first) * (most - second), "=="),
            ]
    raise InputError(f"certificate: there is no axiom {axiom!r}")
