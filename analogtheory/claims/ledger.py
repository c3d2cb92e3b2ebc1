"""Runs claims and their twins, re-checks every certificate, and counts."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from analogtheory.checker import KINDS, failure
from analogtheory.claims.claim import Claim, Run, Twin
from analogtheory.claims.evidence import Evidence, Step, with_failure
from analogtheory.errors import MissingExtra
from analogtheory.prove.outcome import Certificate

Status = Literal["ok", "failed", "undecided"]


@dataclass(frozen=True)
class TwinResult:
    """A twin and whether the evidence rejected it (None: undecided)."""

    change: str
    rejected: bool | None
    reason: str
    needs: str = ""


@dataclass(frozen=True)
class Result:
    """A claim, what settled it, and its twins."""

    claim: Claim
    evidence: Evidence
    twins: tuple[TwinResult, ...]
    seconds: float

    @property
    def needs(self) -> str:
        """The extra without which something stayed undecided, or ""."""
        wanted = [self.evidence.needs, *(twin.needs for twin in self.twins)]
        return next((extra for extra in wanted if extra), "")

    @property
    def status(self) -> Status:
        """ok; failed; undecided only where an extra is missing."""
        verdicts = [self.claim.is_as_expected(self.evidence), *(t.rejected for t in self.twins)]
        if False in verdicts:
            return "failed"
        if None not in verdicts:
            return "ok"
        undecided_by_extra = (self.evidence.level != "undecided" or self.evidence.needs) and all(
            t.rejected is not None or t.needs for t in self.twins
        )
        return "undecided" if undecided_by_extra else "failed"


def settle(claim: Claim, run: Run, twin: Twin | None = None) -> Evidence:
    """The evidence of a claim or twin, its certificates re-checked from their JSON.

    A claim that raises is undecided with the exception as the reason, and so fails.
    """
    try:
        evidence: object = claim.run(run, twin)
        if not isinstance(evidence, Evidence):
            return stopped(f"the claim returned {type(evidence).__name__}, not conclude(…)")
        return recheck(evidence)
    except MissingExtra as missing:
        return stopped(str(missing), missing.extra)
    except (Exception, SystemExit) as problem:
        return stopped(" ".join(f"{type(problem).__name__}: {problem}".split()))


def stopped(reason: str, needs: str = "") -> Evidence:
    """Evidence that decides nothing, with the reason."""
    step = Step("its evidence stopped", "undecided", reason)
    return Evidence("undecided", steps=(step,), needs=needs)


def checkable(evidence: Evidence) -> list[Certificate]:
    """What the independent checker can read: certificates, and the counterexample as one.

    A counterexample that consists of numbers only is none.
    """
    example = evidence.counterexample
    last = [example] if example is not None and example.get("kind") in KINDS else []
    return [*evidence.certificates, *last]


def recheck(evidence: Evidence) -> Evidence:
    """The evidence if the independent checker accepts every certificate."""
    for certificate in checkable(evidence):
        copy = json.loads(json.dumps(certificate, ensure_ascii=False))
        if problem := failure(copy):
            return with_failure(evidence, f"{copy.get('name') or copy['kind']}: {problem}")
    return evidence


def run_claim(claim: Claim, run: Run) -> Result:
    """Run a claim and all its twins."""
    start = time.perf_counter()
    evidence = settle(claim, run)
    twins = tuple(run_twin(claim, twin, run) for twin in claim.twins)
    return Result(claim, evidence, twins, time.perf_counter() - start)


def run_twin(claim: Claim, twin: Twin, run: Run) -> TwinResult:
    """Run one twin."""
    evidence = settle(claim, run, twin)
    rejected = claim.is_rejected(evidence)
    reason = evidence.reason or (f"{evidence.level}" if rejected is not None else "undecided")
    return TwinResult(twin.change, rejected, reason, evidence.needs)


def totals(results: Sequence[Result]) -> dict[str, Any]:
    """Counts by evidence, and twins rejected out of twins."""
    levels = ("proved", "certified", "exact", "supported", "refuted", "undecided")
    counts: dict[str, Any] = {"claims": len(results)}
    for level in levels:
        counts[level] = sum(result.evidence.level == level for result in results)
    counts["failed"] = sum(result.status == "failed" for result in results)
    counts["twins"] = sum(len(result.twins) for result in results)
    counts["twins_rejected"] = sum(
        twin.rejected is True for result in results for twin in result.twins
    )
    counts["seconds"] = sum(result.seconds for result in results)
    return counts
