"""One claim whole: what it says, where it comes from, and what settled it."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from analogtheory.report.ledger_table import key_number, reasons, seconds
from analogtheory.report.terminal import WIDTH

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analogtheory.claims.claim import Claim
    from analogtheory.claims.ledger import Result

_LABEL = 16


def explain(result: Result) -> str:
    """A claim with everything the ledger knows of it, at most 100 columns wide."""
    claim, evidence = result.claim, result.evidence
    lines = [
        claim.id,
        *_block("source", [str(claim.source)]),
        *_block("form", [f"{claim.form}, expected: {claim.expected}"]),
        *_block("statement", [claim.statement]),
        *_block("latex", [claim.latex]),
        *_block("hypotheses", [h.words for h in claim.hypotheses]),
        *_block("evidence", [_evidence(result)]),
        *_block("steps", [_step(s.words, s.level, s.detail) for s in evidence.steps]),
        *_block("counterexample", _counterexample(result)),
        *_block("certificates", [_kinds(result)]),
        *_block("readings tried", claim.readings),
        *_block("repaired by", [claim.repaired_by]),
        *_block("consequence", [claim.consequence]),
        *_block("twins", _twins(result)),
        *_block("status", [result.status, *(reasons(result) if result.status != "ok" else [])]),
    ]
    return "\n".join(lines)


def render_claims(claims: Sequence[Claim]) -> str:
    """What there is, without running it: id, form, source; the statement below."""
    width = max((len(claim.id) for claim in claims), default=0)
    lines = []
    for claim in claims:
        false = " (on record as refuted)" if claim.expected == "refuted" else ""
        head = f"{claim.id:<{width}}  {claim.form:<8}  {claim.source}{false}"
        lines += textwrap.wrap(
            head, WIDTH, subsequent_indent=" " * (width + 12), break_on_hyphens=False
        )
        lines += textwrap.wrap(
            claim.statement, WIDTH, initial_indent="    ", subsequent_indent="    "
        )
    return "\n".join(lines)


def _block(label: str, texts: Sequence[str]) -> list[str]:
    """Texts with a label in the margin; nothing where there is no text."""
    indent = " " * (_LABEL + 2)
    lines: list[str] = []
    for text in filter(None, texts):
        head = f"  {label if not lines else '':<{_LABEL}}"
        lines += textwrap.wrap(
            text, WIDTH, initial_indent=head, subsequent_indent=indent + "  ",
            break_on_hyphens=False,
        )  # fmt: skip
    return lines


def _evidence(result: Result) -> str:
    evidence = result.evidence
    parts: list[str] = [evidence.level]
    if evidence.domain:
        parts.append(f"on {evidence.domain}" if evidence.holds else evidence.domain)
    if evidence.value is not None:
        parts.append(f"number: {key_number(result)}")
    if result.needs:
        parts.append(f"needs the extra {result.needs}")
    return ", ".join([*parts, seconds(result.seconds)])


def _step(words: str, level: str, detail: str) -> str:
    return f"[{level}] {words}" + (f": {detail}" if detail else "")


def _counterexample(result: Result) -> list[str]:
    example = result.evidence.counterexample
    if example is None:
        return []
    if "point" not in example or "conclude" not in example:
        plain = {
            k: v for k, v in example.items() if k != "kind" and isinstance(v, str | float | int)
        }
        return [", ".join(f"{k}: {v}" for k, v in plain.items())]
    given = [f"given {fact}" for fact in example.get("given", ())]
    point = ", ".join(f"{name} = {value}" for name, value in example["point"].items())
    return [*given, f"{example['conclude']} fails", f"at {point}"]


def _kinds(result: Result) -> str:
    kinds = [str(c.get("kind")) for c in result.evidence.certificates]
    counted = {kind: kinds.count(kind) for kind in kinds}
    return ", ".join(f"{count} {kind}" for kind, count in counted.items())


def _twins(result: Result) -> list[str]:
    words = {True: "rejected", False: "NOT rejected", None: "undecided"}
    return [f"[{words[twin.rejected]}] {twin.change}: {twin.reason}" for twin in result.twins]
