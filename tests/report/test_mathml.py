"""LaTeX as MathML: what it looks like, what it lets through, what it falls back to."""

from __future__ import annotations

import re

import pytest

from analogtheory.report.mathml import formula_html, text_html


def maths(latex: str) -> list[str]:
    return re.findall("<math.*?</math>", formula_html(latex))


def test_a_formula_is_mathml() -> None:
    html = formula_html(r"\frac{1}{2} \le \sqrt{x}")
    assert "<mfrac>" in html
    assert "<msqrt>" in html
    assert "≤" in html
    assert "<code>" not in html


@pytest.mark.parametrize(
    "latex",
    [
        "", "   ", r"\frac{1", "x^", r"\nosuch{x}", "}", r"\left( x", "a & b",
        r"\def\a{\a\a}\a", "{" * 3000, "x" * 5000,
    ],
)  # fmt: skip
def test_a_bad_formula_is_shown_as_its_source(latex: str) -> None:
    html = formula_html(latex)
    assert html == f'<div class="formula source"><code>{text_html(latex)}</code></div>'


@pytest.mark.parametrize(
    "latex",
    [
        r"\text{<script>alert(1)</script>}",
        r"\text{&#x3c;script&#x3e;}",
        r"\href{javascript:alert(1)}{x}",
        r"\class{a\" onload=\"x}{y}",
        r"\style{color:red}{x}",
        "<script>",
        r"\text{</math><script>}",
    ],
)
def test_nothing_but_mathml_comes_out(latex: str) -> None:
    html = formula_html(latex)
    tags = set(re.findall(r"<\s*/?\s*([a-z]+)", html.replace('<div class="formula', "<div ")))
    assert tags <= {"div", "math", "mrow", "mi", "mo", "mn", "mtext", "code", "mstyle"}
    assert not re.search(r"<[^>]* (href|onload|style|class=\"a)", html)


def test_a_line_can_break_before_relations_outside_parentheses() -> None:
    parts = maths("a = f(x = 1) \\le |y = 2| \\quad c")
    assert len(parts) == 4
    assert 'form="infix">=' in parts[1]
    assert parts[2].count("=</mo>") == 1


def test_a_long_sum_breaks_before_its_signs_but_not_after_a_relation() -> None:
    terms = " + ".join(f"a_{{{k}}}b_{{{k}}}" for k in range(20))
    parts = maths(f"x = -{terms}")
    assert len(parts) == 21
    assert parts[1].count("<mo") == 2  # "=" and the leading "−" stay together


def test_a_norm_with_an_exponent_closes_its_bars() -> None:
    assert len(maths(r"\|x\|^2 = \|y\|_2^2 = 1")) == 3


def test_limits_stand_below_and_greek_capitals_upright() -> None:
    html = formula_html(r"\limsup_{k\to\infty} \Delta + \operatorname{sign} x + \log(x)")
    assert "<munder>" in html
    assert '<mi mathvariant="normal">Δ</mi>' in html
    assert '<mo lspace="0.167em" rspace="0.167em">sign' not in html
    assert "<mi>∞</mi>" in html


def test_what_no_page_can_hold_as_one_line_also_comes_as_source() -> None:
    wide = r"\left(" + " + ".join(f"a_{{{k}}}" for k in range(60)) + r"\right)"
    html = formula_html(wide)
    assert html.startswith('<div class="formula too-wide">')
    assert '<div class="formula-source"><code>' in html


def test_text_is_escaped_and_can_be_written() -> None:
    assert text_html("<a href='x'>&\ud800") == "&lt;a href=&#x27;x&#x27;&gt;&amp;?"


def test_scripts_are_set_tight_and_arrows_wide() -> None:
    html = formula_html(r"x_{k+1} \to y \iff z")
    assert '<mo lspace="0" rspace="0">+</mo>' in html
    assert html.count('lspace="0.278em" rspace="0.278em"') == 2
