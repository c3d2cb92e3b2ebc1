"""One claim of the ledger as HTML: statement, evidence, certificates, twins."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from analogtheory.claims.claim import Claim, Hypothesis
from analogtheory.claims.evidence import Evidence, Step
from analogtheory.claims.ledger import Result, TwinResult
from analogtheory.report.mathml import formula_html, text_html
from analogtheory.report.page_parts import section

#: Longer certificates are described and not shown.
LARGEST_SHOWN = 20_000
#: Longer formulas of a counterexample are cut; its JSON has them in full.
_LONGEST_FORMULA = 400

FORMS = {"printed": "as printed", "repaired": "repaired", "derived": "derived"}
PROVENANCES = {
    "read": "read in the paper",
    "recalled": "recalled, not read",
    "derived": "derived here",
}
_STEP_LABELS = {"given": "in words, not checked"}


def claim_html(result: Result, known: Mapping[str, Result]) -> str:
    """A claim as an article that can be linked to by its id.

    Parameters
    ----------
    known : dict of str to Result
        All results of the page by id, for the links between an error and its repair.
    """
    claim, evidence = result.claim, result.evidence
    data = {
        "paper": claim.source.paper,
        "form": claim.form,
        "level": evidence.level,
        "status": result.status,
    }
    attributes = "".join(f' data-{name}="{text_html(value)}"' for name, value in data.items())
    return "\n".join(
        [
            f'<article class="claim" id="{text_html(claim.id)}"{attributes}>',
            _header(result),
            f'<p class="statement">{text_html(claim.statement)}</p>',
            formula_html(claim.latex),
            _status(result),
            _links(claim, known),
            f'<details class="more"><summary>{_summary(result)}</summary>',
            _hypotheses(claim.hypotheses),
            _evidence(evidence),
            _counterexample(evidence.counterexample),
            _listed("Readings tried", claim.readings),
            _twins(claim, result.twins),
            _certificates(evidence.certificates),
            f'<p class="footnote">Settled in {result.seconds:.2f} s.</p>',
            "</details>",
            "</article>",
        ]
    )


def level_html(level: str) -> str:
    """The name of a level in its colour."""
    return f'<span class="level level-{text_html(level)}">{text_html(level)}</span>'


def _header(result: Result) -> str:
    claim = result.claim
    source = claim.source
    where = replace(source, provenance="read")  # the provenance has a mark of its own
    name = text_html(claim.id)
    return (
        f'<header><h3><a href="#{name}">{name}</a></h3>'
        f'<p class="marks">{level_html(result.evidence.level)} '
        f'<span class="form">{text_html(FORMS[claim.form])}</span></p>'
        f'<p class="source">{text_html(where)} '
        f'<span class="provenance provenance-{source.provenance}">'
        f"{text_html(PROVENANCES[source.provenance])}</span></p></header>"
    )


def _status(result: Result) -> str:
    """A failed or undecided claim says so, and why; the others say nothing."""
    if result.status == "ok":
        return ""
    reasons = [result.evidence.reason] if result.evidence.reason else []
    if result.claim.is_as_expected(result.evidence) is False:
        reasons.append(
            f"on record is that the statement {_expected(result.claim)}, "
            f"and this run found it {result.evidence.level}"
        )
    reasons += [
        f"twin “{twin.change}” is {'undecided' if twin.rejected is None else 'not rejected'}"
        for twin in result.twins
        if not twin.rejected
    ]
    if result.needs:
        reasons.append(f"needs the extra “{result.needs}”")
    word = result.status.capitalize()
    text = text_html("; ".join(reasons))
    return f'<p class="status status-{result.status}"><strong>{word}.</strong> {text}</p>'


def _expected(claim: Claim) -> str:
    return "is refuted" if claim.expected == "refuted" else "holds"


def _links(claim: Claim, known: Mapping[str, Result]) -> str:
    """From an error to its repair and what it changes, and back."""
    lines = []
    if claim.repaired_by:
        repair = known.get(claim.repaired_by)
        lines.append(f"<strong>Repaired by</strong> {_link(claim.repaired_by, repair)}.")
    if claim.consequence:
        lines.append(f"<strong>What this changes:</strong> {text_html(claim.consequence)}")
    errors = sorted(name for name, other in known.items() if other.claim.repaired_by == claim.id)
    if errors:
        links = ", ".join(_link(name, known[name]) for name in errors)
        lines.append(f"<strong>Repairs</strong> {links}.")
    return "".join(f'<p class="link">{line}</p>' for line in lines)


def _link(name: str, result: Result | None) -> str:
    if result is None:
        return f"<code>{text_html(name)}</code> (not in this run)"
    shown = text_html(name)
    return f'<a href="#{shown}"><code>{shown}</code></a> {level_html(result.evidence.level)}'


def _summary(result: Result) -> str:
    """What the closed claim hides, in one line."""
    evidence, twins = result.evidence, result.twins
    rejected = sum(twin.rejected is True for twin in twins)
    parts = [_count(len(evidence.steps), "step")]
    if evidence.certificates:
        parts.append(_count(len(evidence.certificates), "certificate"))
    if evidence.counterexample is not None:
        parts.append("counterexample")
    if twins:
        verb = "not refuted" if result.claim.expected == "refuted" else "rejected"
        parts.append(f"{rejected} of {_count(len(twins), 'twin')} {verb}")
    return f"Evidence: {', '.join(parts)}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _items(items: Iterable[str], tag: str = "ul") -> str:
    body = "".join(f"<li>{item}</li>" for item in items)
    return f"<{tag}>{body}</{tag}>" if body else ""


def _listed(title: str, texts: Sequence[str]) -> str:
    return section(title, _items(map(text_html, texts)))


def _codes(texts: Iterable[object]) -> str:
    """Formulas as a person writes powers; the JSON has them as the checker reads them."""
    shown = (_cut(str(text).replace("**", "^")) for text in texts)
    return ", ".join(f"<code>{text_html(text)}</code>" for text in shown)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_FORMULA else text[:_LONGEST_FORMULA] + " …"


def _hypotheses(hypotheses: Sequence[Hypothesis]) -> str:
    def item(hypothesis: Hypothesis) -> str:
        facts = _codes(hypothesis.facts)
        shown = text_html(hypothesis.words)
        return f'{shown} <span class="facts">{facts}</span>' if facts else shown

    return section("Hypotheses", _items(map(item, hypotheses)))


def _evidence(evidence: Evidence) -> str:
    def item(step: Step) -> str:
        label = _STEP_LABELS.get(step.level)
        mark = f'<span class="level">{label}</span>' if label else level_html(step.level)
        detail = f'<span class="detail">{text_html(step.detail)}</span>' if step.detail else ""
        return f"{mark} <span>{text_html(step.words)}</span> {detail}"

    facts = []
    if evidence.value is not None:
        facts.append(f"Key number: <code>{text_html(_number(evidence.value))}</code>")
    if evidence.domain and evidence.holds:
        facts.append(f"Domain: {text_html(evidence.domain)}")
    lines = "".join(f'<p class="fact">{fact}</p>' for fact in facts)
    return section("Steps", _items(map(item, evidence.steps), "ol") + lines)


def _number(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.10g}"


def _counterexample(example: Mapping[str, Any] | None) -> str:
    if example is None:
        return ""
    return section("Counterexample", _example_body(example) + _json("its JSON", example))


def _example_body(example: Mapping[str, Any]) -> str:
    match example.get("kind"):
        case "counterexample":
            point = example.get("point", {})
            at = _codes(f"{name} = {value}" for name, value in point.items())
            given = _codes(example.get("given", ()))
            met = f'<p class="fact">meets the hypotheses {given}</p>' if given else ""
            return (
                f"<p>At {at or 'every point'}</p>{met}"
                f'<p class="fact">and breaks {_codes([example.get("conclude", "")])}</p>'
            )
        case "numbers":
            return (
                f"<p>Computed {_codes([example.get('computed')])}, claimed "
                f"{_codes([example.get('claimed')])} ({text_html(example.get('relation', ''))})</p>"
            )
        case _:
            return f"<p>{text_html(_cut(str(example.get('found', ''))))}</p>"


def _twins(claim: Claim, twins: Sequence[TwinResult]) -> str:
    title = "Broken twins: the same evidence, one thing changed"
    words = {True: "rejected", False: "not rejected", None: "undecided"}
    if claim.expected == "refuted":
        title = "Twins: the same evidence with the repair put in"
        words = {True: "not refuted, as it must be", False: "refuted too", None: "undecided"}

    def item(twin: TwinResult) -> str:
        kind = {True: "good", False: "bad", None: "open"}[twin.rejected]
        return (
            f'<span class="twin twin-{kind}">{words[twin.rejected]}</span> '
            f'<span>{text_html(twin.change)}</span> <span class="detail">'
            f"{text_html(_cut(twin.reason))}</span>"
        )

    return section(title, _items(map(item, twins)))


def _certificates(certificates: Sequence[Mapping[str, Any]]) -> str:
    body = "".join(_json(_name(certificate), certificate) for certificate in certificates)
    return section("Certificates, re-checked in this run", body)


def _name(certificate: Mapping[str, Any]) -> str:
    kind, name = str(certificate.get("kind", "?")), str(certificate.get("name", ""))
    return f"{kind}: {_cut(name)}" if name else kind


def _json(title: str, certificate: Mapping[str, Any]) -> str:
    """A certificate folded away; only its size if it is large."""
    compact = json.dumps(certificate, ensure_ascii=False, default=str)
    size = len(compact.encode("utf-8", "replace"))
    label = f"{text_html(title)} <span class='size'>{_bytes(size)}</span>"
    if size > LARGEST_SHOWN:
        return f'<p class="certificate">{label} (too long to show here)</p>'
    indented = json.dumps(certificate, ensure_ascii=False, indent=2, default=str)
    return (
        f'<details class="certificate"><summary>{label}</summary>'
        f"<pre>{text_html(indented)}</pre></details>"
    )


def _bytes(size: int) -> str:
    return f"{size} bytes" if size < 1000 else f"{size / 1000:.1f} kB"
