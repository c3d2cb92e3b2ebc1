"""What a judge says of a claim on one device and one problem."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from analogtheory.verdicts.analog import AnalogAnalysis
from analogtheory.verdicts.residual import ResidualAnalysis

Verdict = Literal["holds", "fails", "not applicable", "undecided"]


@dataclass(frozen=True)
class Judgement:
    """A verdict, what settled it, and where it fails or which hypothesis does.

    Attributes
    ----------
    verdict : {"holds", "fails", "not applicable", "undecided"}
    evidence : str
        With its strength: proved, certified, exact, supported.
    witness : str or None
    """

    verdict: Verdict
    evidence: str
    witness: str | None = None


Judge: TypeAlias = Callable[[AnalogAnalysis, ResidualAnalysis], Judgement]

#: The judge of each claim that can be instantiated on a device, by the claim's id.
JUDGES: dict[str, Judge] = {}
#: What the claim says on a device, where the ledger words it for other instances.
ON_A_DEVICE: dict[str, str] = {}


def judges(claim_id: str, says: str = "") -> Callable[[Judge], Judge]:
    """Decorator: this function judges the claim of the ledger with this id on a device.

    Parameters
    ----------
    claim_id : str
    says : str, optional
        What the claim says there; the ledger's own statement if it speaks of any device.
    """

    def register(judge: Judge) -> Judge:
        JUDGES[claim_id] = judge
        if says:
            ON_A_DEVICE[claim_id] = says
        return judge

    return register


def not_applicable(why: str, evidence: str = "exact") -> Judgement:
    """A hypothesis of the claim fails on this device or problem."""
    return Judgement("not applicable", evidence, why)


def settled(holds: bool, evidence: str, witness: str) -> Judgement:
    """Holds, or fails with the witness."""
    return Judgement("holds", evidence) if holds else Judgement("fails", evidence, witness)


def below(bound: float | None, estimate: Any, why_not: str) -> Judgement:
    """An exact expectation held against its bound."""
    if bound is None or estimate is None:
        return not_applicable(why_not, "exact law")
    if not all(math.isfinite(x) for x in (bound, estimate.value, estimate.error)):
        return Judgement("undecided", "not a finite number")
    evidence = f"exact law: {estimate.value:.4g} ≤ {bound:.4g}"
    if estimate.value > 1e-30:
        evidence += f", tightness {bound / estimate.value:.3g}"
    if estimate.value - estimate.error <= bound * (1 + 1e-12):
        return Judgement("holds", evidence)
    witness = f"exact value {estimate.value:.6g} exceeds the bound {bound:.6g}"
    return Judgement("fails", witness, witness)


def width(analog: AnalogAnalysis) -> float:
    """Width of the device's range."""
    low, high = analog.problem.response.range
    return float(high - low)
