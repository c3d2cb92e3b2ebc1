"""The claims of the ledger that speak of one device on one problem, each with a verdict.

Only statements about the given response are judged here; whether a claim holds in general
is what the ledger settles. Id, statement, source and form are the ledger's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from analogtheory.claims import Claim
from analogtheory.claims.collect import collect
from analogtheory.verdicts.analog import AnalogAnalysis
from analogtheory.verdicts.judges import JUDGES, ON_A_DEVICE, Judgement
from analogtheory.verdicts.problem import nullable
from analogtheory.verdicts.residual import ResidualAnalysis


@dataclass(frozen=True)
class ClaimVerdict:
    """A claim of the ledger and the judgement on it."""

    claim: Claim
    judgement: Judgement

    @property
    def id(self) -> str:
        """Id of the claim."""
        return self.claim.id

    @property
    def verdict(self) -> str:
        """One of "holds", "fails", "not applicable", "undecided"."""
        return self.judgement.verdict

    @property
    def evidence(self) -> str:
        """What settled it."""
        return self.judgement.evidence

    @property
    def witness(self) -> str | None:
        """Where it fails, or which hypothesis does."""
        return self.judgement.witness

    def as_dict(self) -> dict[str, Any]:
        """As it stands in the report."""
        return {
            "id": self.claim.id,
            "statement": ON_A_DEVICE.get(self.id, self.claim.statement),
            "source": str(self.claim.source),
            "form": self.claim.form,
            "verdict": self.judgement.verdict,
            "evidence": self.judgement.evidence,
            **nullable("witness", self.judgement.witness, "nothing fails"),
        }


def judge_claims(analog: AnalogAnalysis, residual: ResidualAnalysis) -> list[ClaimVerdict]:
    """Judge every claim that speaks of one response."""
    ledger = collect()
    return [
        ClaimVerdict(ledger[name], judge(analog, residual))
        for name, judge in JUDGES.items()
        if name in ledger
    ]
