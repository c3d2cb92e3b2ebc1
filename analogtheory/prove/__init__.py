"""The ladder of provers: each answers Proved, Refuted or Unknown, and says on which domain."""

from analogtheory.prove.facts import Fact, eq, ge, gt, le, lt
from analogtheory.prove.identity import prove_identity
from analogtheory.prove.interval import prove_on_box
from analogtheory.prove.ladder import prove
from analogtheory.prove.outcome import Outcome, Proved, Refuted, Unknown
from analogtheory.prove.poisson import prove_expectation
from analogtheory.prove.polynomial import Term, prove_by_terms, prove_polynomial
from analogtheory.prove.search import counterexample, find_counterexample
from analogtheory.prove.sign import prove_sign
from analogtheory.prove.smt import prove_smt

__all__ = [
    "Fact",
    "Outcome",
    "Proved",
    "Refuted",
    "Term",
    "Unknown",
    "counterexample",
    "eq",
    "find_counterexample",
    "ge",
    "gt",
    "le",
    "lt",
    "prove",
    "prove_by_terms",
    "prove_expectation",
    "prove_identity",
    "prove_on_box",
    "prove_polynomial",
    "prove_sign",
    "prove_smt",
]
