"""The ladder of provers: each answers Proved, Refuted or Unknown, and says on which domain."""

from analogtheory.prove.facts import Fact, eq, ge, gt, le, lt
from analogtheory.prove.identity import prove_identity
from analogtheory.prove.outcome import Outcome, Proved, Refuted, Unknown
from analogtheory.prove.search import counterexample, find_counterexample

__all__ = [
    "Fact",
    "Outcome",
    "Proved",
    "Refuted",
    "Unknown",
    "counterexample",
    "eq",
    "find_counterexample",
    "ge",
    "gt",
    "le",
    "lt",
    "prove_identity",
]
