"""The errata as Markdown, and the file in docs against the ledger."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from analogtheory.claims.collect import collect
from analogtheory.claims.ledger import Result
from analogtheory.claims.runner import verify
from analogtheory.report.errata import render_errata

DOCS = Path(__file__).resolve().parents[2] / "docs" / "errata.md"


@pytest.fixture(scope="module")
def text(ledger: list[Result]) -> str:
    return render_errata(ledger)


def test_only_what_is_on_record_as_false_is_listed(text: str) -> None:
    assert re.findall("^### .*$", text, re.M) == [
        "### eq. (9) · `constant-printed`",
        "### Theorem 2, eq. (12) · `upper-bound-printed`",
    ]


def test_an_entry_says_everything(text: str) -> None:
    entry = text[text.index('<a id="upper-bound-printed">') :]
    parts = ["As printed", "Hypotheses", "Counterexample", "Readings tried", "Repair"]
    places = [entry.index(f"**{part}") for part in [*parts, "Control", "What it changes"]]
    assert places == sorted(places)
    assert "At `a = 1/2`, `b = 3`, which meets every hypothesis" in entry
    assert "`a - 2*b >= 0` is false" in entry
    assert "- the Euclidean norm: same\n" in entry
    link = "[`upper-bound-repaired`](../analogtheory/proofs/compact_form.py)"
    assert f"**Repair** ({link}, proved for all parameters)." in entry
    assert "the constant grows by 2." in entry


def test_the_contents_lead_to_every_entry(text: str) -> None:
    links = re.findall(r"\]\(#([a-z0-9-]+)\)", text)
    assert links == re.findall(r'<a id="([a-z0-9-]+)"></a>', text)
    assert len(links) == 2


def test_formulas_are_ones_that_github_renders(text: str) -> None:
    formulas = re.findall(r"```math\n(.*?)\n```", text)
    assert len(formulas) == 3
    assert not any("operatorname" in formula for formula in formulas)
    assert any(r"\mathrm{sign}(w)" in formula for formula in formulas)


def test_words_are_not_markup(text: str) -> None:
    assert r"\|Δ\|·G \[sic\] of w\_k \* w\_\*" in text
    assert "q± &gt; 0" in text


def test_numbers_are_short_and_times_are_not_there(ledger: list[Result], text: str) -> None:
    assert "The value is 0.12346; the statement says 0.123 (±0)." in text
    slower = [replace(result, seconds=result.seconds + 1) for result in reversed(ledger)]
    assert render_errata(slower) == text


def test_a_repair_that_was_not_run_is_said(text: str) -> None:
    assert "**Repair.** `not-in-this-run`, which was not part of this run." in text


def test_an_entry_that_no_longer_fails_is_said(ledger: list[Result]) -> None:
    stale = [
        replace(result, evidence=replace(result.evidence, level="proved", counterexample=None))
        for result in ledger
        if result.claim.expected == "refuted"
    ]
    assert "the entry is out of date" in render_errata(stale)


def test_no_errata() -> None:
    assert "No printed statement is on record as false." in render_errata([])


def test_the_file_in_docs_is_current() -> None:
    """`analogtheory verify --errata docs/errata.md` writes it; here the claims are run."""
    claims = collect()
    wrong = [claim for claim in claims.values() if claim.expected == "refuted"]
    names = dict.fromkeys(name for claim in wrong for name in (claim.id, claim.repaired_by))
    results = verify(list(names), quick=True).results if names else ()
    needs = sorted({result.needs for result in results if result.needs})
    if needs:
        pytest.skip(f"the errata need the extras {', '.join(needs)}")
    if not wrong:
        assert not DOCS.exists()
        return
    assert DOCS.read_text(encoding="utf-8") == render_errata(results)
