"""A run of the ledger on the terminal: one line a claim, what failed and why, totals."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from analogtheory.report.terminal import WIDTH

if TYPE_CHECKING:
    from analogtheory.claims.claim import Claim
    from analogtheory.claims.ledger import Result, TwinResult
    from analogtheory.claims.runner import LedgerReport

_MARKS = {"ok": "✓", "failed": "✗", "undecided": "?"}
_LEVELS = ("proved", "certified", "exact", "supported", "refuted", "undecided")


def render_table(report: LedgerReport) -> str:
    """The table grouped by paper, the reasons of what failed, and the totals."""
    lines = [*_table(report.results), *_reasons(report), "", *totals_lines(report)]
    return "\n".join(lines)


def _table(results: Sequence[Result]) -> list[str]:
    from analogtheory.report.grouping import by_paper

    width = max([len("claim"), *(len(result.claim.id) for result in results)])
    number = max(WIDTH - width - 41, 16)
    lines = [f"  {'claim':<{width}}  {'form':<8}  {'evidence':<9}  {'twins':<5}  number"]
    lines[0] = f"{lines[0]:<{width + number + 32}} {'time':>7}"
    for group in by_paper(results):
        head = f"{group.label}  {group.title}" if group.is_arxiv else group.title or group.label
        lines += ["", shorten(head, WIDTH)]
        lines += [_line(result, width, number) for result in group.results]
    return lines


def _line(result: Result, width: int, number: int) -> str:
    rejected = sum(twin.rejected is True for twin in result.twins)
    shown = shorten(key_number(result), number)
    return (
        f"{_MARKS[result.status]} {result.claim.id:<{width}}  {result.claim.form:<8}  "
        f"{result.evidence.level:<9}  {f'{rejected}/{len(result.twins)}':<5}  "
        f"{shown:<{number}} {seconds(result.seconds):>7}"
    )


def key_number(result: Result) -> str:
    """The key number of a claim; otherwise what repairs it, or where it holds."""
    value = result.evidence.value
    if value is not None:
        return f"{value:.6g}" if isinstance(value, float) else value
    if result.evidence.level == "refuted":
        return f"→ {result.claim.repaired_by}" if result.claim.repaired_by else ""
    return result.evidence.domain if result.evidence.level != "proved" else ""


def shorten(text: str, width: int) -> str:
    """One line of at most `width` characters."""
    line = " ".join(text.split())
    return line if len(line) <= width else line[: width - 1] + "…"


def seconds(value: float) -> str:
    """A duration that is short to read."""
    return f"{value:.1f} s" if value < 99.95 else f"{value:.0f} s"


def _reasons(report: LedgerReport) -> list[str]:
    """Why claims failed, and what an extra would decide."""
    from analogtheory.report.grouping import by_paper

    lines = []
    for result in (result for group in by_paper(report.results) for result in group.results):
        if result.status == "ok":
            continue
        lines += ["", f"{_MARKS[result.status]} {result.claim.id}"]
        lines += [line for reason in reasons(result) for line in _indented(reason)]
    return lines


def reasons(result: Result) -> list[str]:
    """Why a claim is not as on record, one text a cause."""
    claim, evidence = result.claim, result.evidence
    found = []
    if evidence.level == "undecided":
        found.append(f"undecided{_by(evidence.needs)}: {evidence.reason}")
    elif not claim.is_as_expected(evidence) and evidence.holds:
        found.append(f"on record as refuted, but the evidence holds ({evidence.level})")
    elif not claim.is_as_expected(evidence):
        found.append(f"refuted: {evidence.reason}{counterexample_text(evidence.counterexample)}")
    return found + [twin_reason(claim, t) for t in result.twins if t.rejected is not True]


def twin_reason(claim: Claim, twin: TwinResult) -> str:
    """Why a twin was not rejected."""
    if twin.rejected is None:
        return f"twin {twin.change!r} is undecided{_by(twin.needs)}: {twin.reason}"
    if claim.expected == "refuted":
        return f"twin {twin.change!r} carries the repair but is refuted too: {twin.reason}"
    return f"twin {twin.change!r} survives: the evidence holds for it too ({twin.reason})"


def _by(needs: str) -> str:
    return f" without the extra {needs} (pip install 'analogtheory[{needs}]')" if needs else ""


def counterexample_text(example: Mapping[str, Any] | None) -> str:
    """The conclusion that fails at a counterexample's point; its point is in the step."""
    if example is None or "conclude" not in example:
        return ""
    return f", where {example['conclude']} fails"


def _indented(text: str, indent: str = "    ") -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent + "  ")


def totals_lines(report: LedgerReport) -> list[str]:
    """Counts by evidence; twins, failures and time."""
    totals = report.totals
    counts = "   ".join(f"{level} {totals[level]}" for level in _LEVELS)
    how = "quick" if report.run.quick else "full"
    return [
        f"{totals['claims']} claims   {counts}",
        f"{totals['twins_rejected']} of {totals['twins']} twins rejected   "
        f"{totals['failed']} failed   {seconds(report.seconds)} ({how}, seed {report.run.seed})",
    ]
