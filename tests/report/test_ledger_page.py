"""The ledger's page as text: complete, safe, deterministic."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from html.parser import HTMLParser
from importlib.resources import files

import pytest

from analogtheory.claims import Run
from analogtheory.claims.ledger import Result, run_claim
from analogtheory.proofs import compact_form
from analogtheory.report.grouping import by_paper
from analogtheory.report.ledger_page import render_page

VOID = {"meta", "link", "input", "br"}


class Tree(HTMLParser):
    """Checks the nesting; collects ids, links, tags and the text of each claim."""

    def __init__(self, html: str):
        super().__init__()
        self.open: list[str] = []
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, dict[str, str | None]]] = []
        self.claims: dict[str, str] = {}
        self.claim = ""
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes.append((tag, dict(attrs)))
        if tag == "article":
            self.claim = dict(attrs)["id"] or ""
            self.claims[self.claim] = ""
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
        if tag == "article":
            self.claim = ""

    def handle_data(self, data: str) -> None:
        if self.claim:
            self.claims[self.claim] += data


@pytest.fixture(scope="module")
def html(ledger: list[Result]) -> str:
    return render_page(ledger, Run())


@pytest.fixture(scope="module")
def tree(html: str) -> Tree:
    return Tree(html)


def test_every_claim_has_its_statement_source_and_evidence(
    tree: Tree, ledger: list[Result]
) -> None:
    assert set(tree.claims) == {result.claim.id for result in ledger}
    for result in ledger:
        text = tree.claims[result.claim.id]
        assert result.claim.statement.split()[0] in text
        assert result.claim.source.where.replace("\ud800", "?") in text
        assert result.evidence.level in text
        for step in result.evidence.steps:
            assert step.words in text
        for twin in result.twins:
            assert twin.change in text
        for condition in result.claim.hypotheses:
            assert condition.words in text


def test_provenances_are_told_apart(tree: Tree) -> None:
    assert "read in the paper" in tree.claims["saturation-product"]
    assert "recalled, not read" in tree.claims["bad-latex"]
    assert "derived here" in tree.claims["wide-formula"]


def test_an_error_and_its_repair_are_linked_both_ways(html: str, tree: Tree) -> None:
    printed, repaired = tree.claims["upper-bound-printed"], tree.claims["upper-bound-repaired"]
    assert "Repaired by upper-bound-repaired proved" in printed
    assert "the constant grows by 2" in printed
    assert "the Euclidean norm: same" in printed
    assert "a = 1/2" in printed
    assert "a - 2*b >= 0" in printed
    assert "not refuted, as it must be" in printed
    assert "Repairs upper-bound-printed refuted" in repaired
    assert "not-in-this-run (not in this run)" in tree.claims["constant-printed"]
    assert 'href="#not-in-this-run"' not in html


def test_a_failed_and_an_undecided_claim_say_why(tree: Tree) -> None:
    assert "Failed." in tree.claims["failing"]
    assert "on record is that the statement holds" in tree.claims["failing"]
    assert "needs the extra “smt”" in tree.claims["needs-extra"]
    assert "Failed." not in tree.claims["upper-bound-printed"]


def test_totals_are_at_the_top(html: str) -> None:
    top = re.sub("<[^>]+>", " ", html[html.index("<h1>") : html.index('id="_filters"')])
    assert "1 of 10 claims failed" in top
    assert "9 of 10 broken twins rejected" in top
    assert re.search(r"all\s+2\s+2\s+1\s+1\s+3\s+1\s+10\s+9/10", top)


def test_a_large_certificate_is_described_not_shown(html: str, tree: Tree) -> None:
    assert "chain 30.0 kB (too long to show here)" in tree.claims["upper-bound-repaired"]
    assert "yyyyyyyy" not in html
    assert '"left": "((q_down' in tree.claims["saturation-product"]


def test_nothing_of_a_claim_becomes_markup(tree: Tree) -> None:
    assert tree.tags["script"] == 1
    assert tree.tags["style"] == 1
    assert not any(name.startswith("on") for _, found in tree.attributes for name in found)
    assert not any("style" in found for _, found in tree.attributes)
    assert "<script>alert('x')</script>" in tree.claims["nasty-text"]


def test_links_go_to_claims_and_ids_are_unique(tree: Tree) -> None:
    ids = [found["id"] for _, found in tree.attributes if "id" in found]
    assert len(ids) == len(set(ids))
    links = [str(found["href"]) for tag, found in tree.attributes if tag == "a"]
    assert {link[1:] for link in links if link.startswith("#")} <= set(ids)
    outside = {link for link in links if not link.startswith("#")}
    assert outside == {f"https://arxiv.org/abs/{n}" for n in ("2406.12774", "2502.06309")}
    references = {str(found.get("aria-controls", "_claims")) for _, found in tree.attributes}
    assert references | {f.get("aria-labelledby", ids[0]) for _, f in tree.attributes} <= set(ids)


def test_the_policy_admits_only_the_pages_own_code(html: str) -> None:
    policy = re.search('Content-Security-Policy" content="([^"]*)"', html)
    assert policy
    assert "default-src 'none'" in policy[1]
    assert "unsafe" not in policy[1]
    assert "http" not in policy[1]
    for tag in ("style", "script"):
        code = html[html.index(f"<{tag}>") + len(tag) + 2 : html.index(f"</{tag}>")]
        digest = base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy[1]


def test_the_page_does_not_depend_on_the_order_of_the_run(ledger: list[Result], html: str) -> None:
    backwards = render_page(ledger[::-1], Run())
    attention = re.compile(r'<ul class="attention">.*?</ul>')  # in the order of the run
    assert attention.sub("", backwards) == attention.sub("", html)
    assert html.encode("utf-8")


def test_claims_follow_the_equations_of_their_paper(ledger: list[Result]) -> None:
    groups = {group.paper: [r.claim.id for r in group.results] for group in by_paper(ledger)}
    assert list(groups)[:2] == ["2406.12774", "2502.06309"]
    assert list(groups)[-1] == ""
    assert groups["2502.06309"] == [
        "constant-printed",
        "upper-bound-printed",
        "upper-bound-repaired",
        "saturation-product",
    ]


def test_a_page_without_claims() -> None:
    assert "No claim was run." in render_page([], Run(quick=True))


def test_real_claims_of_the_package() -> None:
    results = [run_claim(compact_form.compact_form, Run(quick=True))]
    html = render_page(results, Run(quick=True))
    tree = Tree(html)
    assert "1 claim, each as it is on record" in html
    assert "quick run" in html
    assert '"kind": "identity"' in tree.claims["compact-form"]


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", [0, 1])
def test_every_colour_of_text_has_enough_contrast(theme: int) -> None:
    """WCAG 2 AA: 4.5 to 1, in the light and the dark theme."""
    style = (files("analogtheory.report") / "page" / "style.css").read_text(encoding="utf-8")
    block = re.findall(r":root \{(.*?)\}", style, re.S)[theme]
    colours = dict(re.findall(r"--([a-z]+): (#[0-9a-f]{6})", block))
    texts = set(colours) - {"paper", "card", "shade", "line"}
    assert {"ink", "soft", "link", "proved", "refuted", "bad"} <= texts
    for text in texts:
        for ground in ("paper", "card", "shade"):
            pair = sorted([luminance(colours[text]), luminance(colours[ground])])
            assert (pair[1] + 0.05) / (pair[0] + 0.05) >= 4.5, (text, ground)
