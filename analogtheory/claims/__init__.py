"""Claims that can fail: what they are made of, and the ledger that runs them."""

from analogtheory.claims.claim import (
    Claim,
    Hypothesis,
    Run,
    Source,
    Twin,
    claim,
    derived,
    facts_of,
    hypothesis,
    twin,
)
from analogtheory.claims.evidence import (
    Evidence,
    Settled,
    agrees,
    at_least,
    at_most,
    conclude,
    holds_exactly,
    lemma,
    remark,
    supported,
)

__all__ = [
    "Claim",
    "Evidence",
    "Hypothesis",
    "Run",
    "Settled",
    "Source",
    "Twin",
    "agrees",
    "at_least",
    "at_most",
    "claim",
    "conclude",
    "derived",
    "facts_of",
    "holds_exactly",
    "hypothesis",
    "lemma",
    "remark",
    "supported",
    "twin",
]
