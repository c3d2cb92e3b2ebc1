"""The ledger as one HTML page that needs no network and reads well without JavaScript.

The page is a document; filters, search and deep links are added by its script. Its policy
forbids every request and admits exactly its own style and script, by their hashes. All text
is escaped, so that the claims of a user's own file cannot put anything else into it.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from string import Template

import analogtheory
from analogtheory.claims.claim import Run
from analogtheory.claims.ledger import Result, totals
from analogtheory.report.grouping import Group, by_paper
from analogtheory.report.ledger_claim import FORMS, claim_html, level_html
from analogtheory.report.mathml import text_html
from analogtheory.report.page_parts import asset

#: What each level says, in the order of the page.
LEVELS: Mapping[str, str] = {
    "proved": "for all parameters that the hypotheses allow",
    "certified": "on a stated box, or a number with a proved half-width",
    "exact": "deterministic numerics with stated digits",
    "supported": "by sampling, with its size and error probability",
    "refuted": "a counterexample is shown; the repair is linked",
    "undecided": "nothing has settled it",
}


def render_page(results: Sequence[Result], run: Run) -> str:
    """The ledger as a self-contained HTML page.

    Parameters
    ----------
    results : sequence of Result
        In any order; the page groups them by paper.
    run : Run
        How they were obtained; shown at the top.

    Returns
    -------
    str
        The page; equal for equal input (the times of the claims are part of the input).
    """
    groups = by_paper(results)
    known = {result.claim.id: result for result in results}
    style, script = asset("style.css"), asset("filter.js")
    return Template(asset("template.html")).substitute(
        policy=_policy(style, script),
        style=style,
        script=script,
        verdict=_verdict(results),
        settings=_settings(results, run),
        totals=_totals(groups, results),
        levels=_levels(results),
        contents=_contents(groups),
        filters=_filters(groups, results),
        count=len(results),
        sections="\n".join(_section(index, group, known) for index, group in enumerate(groups)),
    )


def _policy(style: str, script: str) -> str:
    """The content security policy: no request at all, and only the page's own code."""

    def digest(text: str) -> str:
        return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()

    return (
        f"default-src 'none'; style-src 'sha256-{digest(style)}'; "
        f"script-src 'sha256-{digest(script)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _verdict(results: Sequence[Result]) -> str:
    """One sentence: whether every claim is as it is on record."""
    counts = totals(list(results))
    open_ones = sum(result.status == "undecided" for result in results)
    twins = f"{counts['twins_rejected']} of {counts['twins']} broken twins rejected"
    if not results:
        return '<p class="verdict">No claim was run.</p>'
    if counts["failed"]:
        kind, head = "bad", f"{counts['failed']} of {_claims(len(results))} failed"
    elif open_ones:
        kind, head = "open", f"No claim failed; {open_ones} undecided for want of an extra"
    else:
        kind, head = "good", f"{_claims(len(results))}, each as it is on record"
    names = _open_names(results)
    return f'<p class="verdict verdict-{kind}"><strong>{head}.</strong> {twins}.</p>{names}'


def _claims(number: int) -> str:
    return f"{number} claim" if number == 1 else f"{number} claims"


def _open_names(results: Sequence[Result]) -> str:
    """Links to what failed or stayed undecided."""
    items = "".join(
        f'<li><a href="#{text_html(result.claim.id)}">{text_html(result.claim.id)}</a> '
        f"{result.status}</li>"
        for result in results
        if result.status != "ok"
    )
    return f'<ul class="attention">{items}</ul>' if items else ""


def _settings(results: Sequence[Result], run: Run) -> str:
    seconds = sum(result.seconds for result in results)
    parts = [
        f"analogtheory {analogtheory.__version__}",
        "quick run" if run.quick else "full run",
        f"seed {run.seed}",
        f"false-alarm probability {run.error_probability:g} per statistical comparison",
        f"{seconds:.1f} s of computing",
    ]
    return text_html(" · ".join(parts))


def _totals(groups: Sequence[Group], results: Sequence[Result]) -> str:
    """Papers against levels; levels that do not occur have no column."""
    levels = [level for level in LEVELS if any(r.evidence.level == level for r in results)]
    head = "".join(f'<th scope="col">{level_html(level)}</th>' for level in levels)
    rows = "".join(_totals_row(group.label, group.results, levels) for group in groups)
    foot = _totals_row("all", results, levels)
    return (
        f'<table><thead><tr><th scope="col">paper</th>{head}<th scope="col">claims</th>'
        f'<th scope="col">twins rejected</th></tr></thead>'
        f"<tbody>{rows}</tbody><tfoot>{foot}</tfoot></table>"
    )


def _totals_row(label: str, results: Sequence[Result], levels: Sequence[str]) -> str:
    counts = totals(list(results))
    cells = "".join(f"<td>{counts[level] or '·'}</td>" for level in levels)
    twins = f"{counts['twins_rejected']}/{counts['twins']}"
    return (
        f'<tr><th scope="row">{text_html(label)}</th>{cells}'
        f"<td>{counts['claims']}</td><td>{twins}</td></tr>"
    )


def _levels(results: Sequence[Result]) -> str:
    found = {result.evidence.level for result in results}
    return "".join(
        f"<div><dt>{level_html(level)}</dt><dd>{text_html(words)}</dd></div>"
        for level, words in LEVELS.items()
        if level in found
    )


def _contents(groups: Sequence[Group]) -> str:
    items = "".join(
        f'<li><a href="#_paper{index}">{text_html(group.title or group.label)}</a> '
        f'<span class="size">{len(group.results)}</span></li>'
        for index, group in enumerate(groups)
    )
    return f"<ol>{items}</ol>"


def _filters(groups: Sequence[Group], results: Sequence[Result]) -> str:
    """Three groups of check boxes; none checked in a group means all of it."""
    papers = {group.paper: group.label for group in groups}
    levels = {level: level for level in LEVELS}
    return "".join(
        [
            _filter("paper", "Paper", papers, Counter(r.claim.source.paper for r in results)),
            _filter("form", "Form", FORMS, Counter(r.claim.form for r in results)),
            _filter("level", "Evidence", levels, Counter(r.evidence.level for r in results)),
        ]
    )


def _filter(name: str, title: str, labels: Mapping[str, str], counts: Mapping[str, int]) -> str:
    boxes = "".join(
        f'<label><input type="checkbox" name="{name}" value="{text_html(value)}">'
        f'<span class="box-{name}-{text_html(value)}">{text_html(label)}</span> '
        f'<span class="size">{counts[value]}</span></label>'
        for value, label in labels.items()
        if counts.get(value)
    )
    return f"<fieldset><legend>{title}</legend>{boxes}</fieldset>"


def _section(index: int, group: Group, known: Mapping[str, Result]) -> str:
    label = text_html(group.label)
    if group.is_arxiv:
        label = f'<a href="https://arxiv.org/abs/{group.paper}" rel="noreferrer">{label}</a>'
    claims = "\n".join(claim_html(result, known) for result in group.results)
    heading = text_html(group.title) if group.title else label
    under = f'<p class="paper">{label}</p>' if group.paper and group.title else ""
    return (
        f'<section class="group" aria-labelledby="_paper{index}">'
        f'<h2 id="_paper{index}">{heading}</h2>{under}\n{claims}\n</section>'
    )
