"""Captions and claims of the page of figures: what is seen, and what it rests on."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from analogtheory.claims.claim import Claim
from analogtheory.report.ledger_claim import FORMS, PROVENANCES
from analogtheory.report.mathml import text_html


def caption_html(record: Mapping[str, Any]) -> str:
    """The caption, in which each claim's id is a link to its statement."""
    caption = text_html(record["caption"])
    ids = sorted(record["claims"], key=len, reverse=True)
    if not ids:
        return caption
    name = text_html(record["experiment"])
    any_id = rf"(?<![\w-])(?:{'|'.join(map(re.escape, ids))})(?![\w-])"
    return re.sub(
        any_id,
        lambda found: f'<a href="#{name}--{found[0]}"><code>{found[0]}</code></a>',
        caption,
    )


def claims_html(record: Mapping[str, Any], ledger: Mapping[str, Claim]) -> str:
    """The claims that a figure rests on: statement, source, and how to verify them."""
    ids = record["claims"]
    if not ids:
        return ""
    name = record["experiment"]
    items = "".join(_claim(name, item, ledger.get(item)) for item in ids)
    number = "1 claim" if len(ids) == 1 else f"{len(ids)} claims"
    return (
        f'<section class="claims"><h3>What it rests on: {number} of the ledger</h3>'
        f'<ul class="rests">{items}</ul>{_verify([item for item in ids if item in ledger])}'
        "</section>"
    )


def _verify(ids: Sequence[str]) -> str:
    """The command that verifies claims, folded."""
    if not ids:
        return ""
    command = text_html(f"analogtheory verify {' '.join(ids)} --explain")
    return (
        '<details class="more"><summary>Verify them</summary>'
        f'<p class="command"><code>{command}</code></p></details>'
    )


def _claim(figure: str, name: str, claim: Claim | None) -> str:
    shown, place = text_html(name), text_html(f"{figure}--{name}")
    if claim is None:
        return f'<li id="{place}"><code>{shown}</code> is not in this ledger any more</li>'
    source = claim.source
    record = "false, refuted by a counterexample" if claim.expected == "refuted" else "holds"
    where = text_html(replace(source, provenance="read"))  # the provenance has a mark of its own
    return (
        f'<li id="{place}"><p class="marks-line"><code>{shown}</code> '
        f'<span class="form">{text_html(FORMS[claim.form])}, on record: {record}</span></p>'
        f'<p class="source">{where} <span class="provenance provenance-{source.provenance}">'
        f"{text_html(PROVENANCES[source.provenance])}</span></p>"
        f'<p class="statement">{text_html(claim.statement)}</p>'
        f"{_repair(claim)}</li>"
    )


def _repair(claim: Claim) -> str:
    if not claim.repaired_by:
        return ""
    return f'<p class="link">Repaired by <code>{text_html(claim.repaired_by)}</code>.</p>'
