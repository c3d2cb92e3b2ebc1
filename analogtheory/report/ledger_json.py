"""A run of the ledger as plain data, and its certificates as files."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analogtheory import __version__
from analogtheory.errors import InputError, MissingExtra

if TYPE_CHECKING:
    from analogtheory.claims.claim import Claim
    from analogtheory.claims.evidence import Evidence
    from analogtheory.claims.ledger import Result
    from analogtheory.claims.runner import LedgerReport


def report_data(report: LedgerReport) -> dict[str, Any]:
    """The report after ``verify.schema.json``; the same for any number of processes."""
    return {
        "version": __version__,
        "run": {"quick": report.run.quick, "seed": report.run.seed, "strict": report.strict},
        "claims": [result_data(result) for result in report.results],
        "totals": report.totals,
    }


def claim_data(claim: Claim) -> dict[str, Any]:
    """What a claim says, without running it."""
    return {
        "id": claim.id,
        "source": str(claim.source),
        "paper": claim.source.paper,
        "where": claim.source.where,
        "provenance": claim.source.provenance,
        "form": claim.form,
        "statement": claim.statement,
        "latex": claim.latex,
        "hypotheses": [hypothesis.words for hypothesis in claim.hypotheses],
        "expected": claim.expected,
        "readings": list(claim.readings),
        "repaired_by": claim.repaired_by,
        "consequence": claim.consequence,
    }


def result_data(result: Result) -> dict[str, Any]:
    """A claim with what settled it."""
    evidence = result.evidence
    return claim_data(result.claim) | {
        "status": result.status,
        "evidence": evidence.level,
        "value": _finite(evidence.value),
        "domain": evidence.domain,
        "needs": result.needs,
        "steps": [
            {"words": step.words, "level": step.level, "detail": step.detail}
            for step in evidence.steps
        ],
        "counterexample": _plain(evidence.counterexample),
        "certificate": certificate_of(evidence),
        "twins": [
            {
                "change": twin.change,
                "rejected": twin.rejected,
                "reason": twin.reason,
                "needs": twin.needs,
            }
            for twin in result.twins
        ],
        "seconds": round(result.seconds, 3),
    }


def certificate_of(evidence: Evidence) -> dict[str, Any] | None:
    """What can be re-checked: None, a certificate, or a chain of them.

    A counterexample in exact arithmetic is a certificate too, of a refutation.
    """
    from analogtheory.claims.ledger import checkable

    steps = [_plain(certificate) for certificate in checkable(evidence)]
    if len(steps) > 1:
        return {"kind": "chain", "steps": steps}
    return steps[0] if steps else None


def _plain(value: Any) -> Any:
    """As it reads back from JSON."""
    return json.loads(json.dumps(value, default=str))


def _finite(value: float | str | None) -> float | str | None:
    """JSON has no infinity."""
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def write_certificates(report: LedgerReport, folder: str) -> int:
    """Write ``ID.json`` for every claim with a certificate; return how many.

    Each file is a chain that :func:`analogtheory.checker.failure` accepts, with the claim it
    belongs to.
    """
    place, count = Path(folder), 0
    try:
        place.mkdir(parents=True, exist_ok=True)
        for result in report.results:
            certificate = certificate_of(result.evidence)
            if certificate is None:
                continue
            chain = certificate["steps"] if certificate["kind"] == "chain" else [certificate]
            data = {
                "kind": "chain",
                "name": result.claim.id,
                "source": str(result.claim.source),
                "statement": result.claim.statement,
                "evidence": result.evidence.level,
                "domain": result.evidence.domain,
                "steps": chain,
            }
            text = json.dumps(data, indent=1, ensure_ascii=False)
            (place / f"{result.claim.id}.json").write_text(text + "\n", encoding="utf-8")
            count += 1
    except OSError as problem:
        raise InputError(f"--certificates {folder}: {problem.strerror}") from problem
    return count


@dataclass(frozen=True)
class Rechecked:
    """A file of certificates; `problem` is "" where it proves what it says."""

    file: str
    problem: str
    needs: str = ""


def recheck_files(target: str) -> list[Rechecked]:
    """Check stored certificates with :mod:`analogtheory.checker` alone.

    Parameters
    ----------
    target : str
        A JSON file with a certificate, or a folder of such files.

    Raises
    ------
    InputError
        If there is no such file or folder, or no certificate in it.
    """
    path = Path(target)
    if not path.exists():
        raise InputError(f"--recheck {target}: there is no such file or folder")
    files = sorted(path.glob("*.json")) if path.is_dir() else [path]
    if not files:
        raise InputError(f"--recheck {target}: there is no .json file in this folder")
    return [_recheck(file) for file in files]


def _recheck(path: Path) -> Rechecked:
    from analogtheory.checker import failure

    try:
        certificate = json.loads(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise InputError(f"--recheck {path}: {problem.strerror}") from problem
    except ValueError as problem:
        return Rechecked(str(path), f"is not JSON ({problem})")
    if not isinstance(certificate, dict):
        return Rechecked(str(path), "is no certificate: a JSON object with the key 'kind'")
    try:
        return Rechecked(str(path), failure(certificate))
    except MissingExtra as missing:
        return Rechecked(str(path), str(missing), missing.extra)
