"""A made-up ledger with every kind of claim, for the page and the errata."""

from __future__ import annotations

import pytest
import sympy

from analogtheory.claims import Evidence, Run, Source, claim, derived, facts_of, hypothesis, twin
from analogtheory.claims.claim import Claim, Form
from analogtheory.claims.evidence import Level, Step
from analogtheory.claims.ledger import Result, TwinResult
from analogtheory.prove import ge, gt

a, b = sympy.symbols("a b", real=True)
SCRIPT = "<script>alert('x')</script>"
LONG_LATEX = r"x = " + " + ".join(rf"\frac{{a_{{{k}}}}}{{b_{{{k}}}^2 + 1}}" for k in range(40))
WIDE_LATEX = (
    r"\left\|" + " + ".join(rf"\beta_{{{k}}}\nabla f(W_{{{k}}})" for k in range(30)) + r"\right\|"
)


def made_up(
    name: str,
    level: Level,
    *,
    source: Source,
    form: Form = "printed",
    statement: str = "M = F² − G² is the product q₊·q₋",
    latex: str = r"M(w) = F(w)^2 - G(w)^2 = q_+(w)\, q_-(w)",
    **fields: object,
) -> Claim:
    """A claim whose evidence is not run."""

    def never(run: Run, sign: int = 1) -> Evidence:
        raise AssertionError("not run")

    never.__module__ = "analogtheory.proofs.compact_form"
    conditions = (
        hypothesis("any response with q± > 0", gt(a, 0), ge(b, a)),
        hypothesis("noise of mean zero"),
    )
    assert facts_of(conditions)
    return claim(
        name,
        source=source,
        form=form,
        statement=statement,
        latex=latex,
        hypotheses=conditions,
        twins=(twin("plus for minus", sign=-1),),
        **fields,  # type: ignore[arg-type]
    )(never)


def settled(item: Claim, level: Level, **fields: object) -> Result:
    """A result with plausible steps; the fields are those of Evidence."""
    steps = (Step("expand both sides", level, "false at a = 1/2" if level == "refuted" else ""),)
    evidence = Evidence(level=level, **{"steps": steps, **fields})  # type: ignore[arg-type]
    twins = (TwinResult("plus for minus", True, "expand both sides: false at a = 1, b = 2"),)
    return Result(item, evidence, twins, 0.25)


IDENTITY = {
    "kind": "identity",
    "name": "M = q₊q₋",
    "left": "((q_down + q_up)/2)**2 - ((q_down - q_up)/2)**2",
    "right": "q_up*q_down",
}
EXAMPLE = {
    "kind": "counterexample",
    "given": ["a > 0", "-a + b >= 0"],
    "conclude": "a - 2*b >= 0",
    "point": {"a": "1/2", "b": "3"},
}
READ, RECALLED = Source("2502.06309", "eq. (65)"), Source("2406.12774", "Theorem 3", "recalled")


@pytest.fixture(scope="session")
def ledger() -> list[Result]:
    """Every form, level, status and provenance, in no particular order."""
    proved = made_up("saturation-product", "proved", source=READ)
    repaired = made_up(
        "upper-bound-repaired",
        "proved",
        source=Source("2502.06309", "Theorem 2, eqs. (62)–(64)"),
        form="repaired",
        statement="The average of E‖∇f(W_k) ⊙ √M(W_k)‖² is at most 2(f(W_0) − f*)/(αK) + αLσ²",
        latex=r"\frac{1}{K}\sum_{k=0}^{K-1} \mathbb{E}\left[\left\|\nabla f(W_k)\right\|_{M(W_k)}"
        r"^2\right] \le \frac{2(f(W_0)-f^\star)}{\alpha K} + \alpha L\sigma^2 F_{\max}^2",
    )
    wrong = made_up(
        "upper-bound-printed",
        "refuted",
        source=Source("2502.06309", "Theorem 2, eq. (12)"),
        statement="The bound as printed, with σ for σ² and |Δ|·G [sic] of w_k * w_*",
        latex=r"\limsup_{k\to\infty} \mathbb{E}\|\nabla f(w_k)\|^2 \le"
        r" \alpha\sigma \max_{w} \operatorname{sign}(w)",
        expected="refuted",
        repaired_by="upper-bound-repaired",
        readings=("σ the standard deviation: false at the same point", "the Euclidean norm: same"),
        consequence="Theorem 2 keeps its rate; the constant grows by 2.",
    )
    number_wrong = made_up(
        "constant-printed",
        "refuted",
        source=Source("2502.06309", "eq. (9)"),
        expected="refuted",
        repaired_by="not-in-this-run",
        consequence="Nothing else uses it.",
    )
    nasty = made_up(
        "nasty-text",
        "exact",
        source=Source(f"{SCRIPT}\" onload='x'", "Lemma <1> & \ud800", "read"),
        statement=f"a < b & c > d {SCRIPT} " + "pneumono" * 30,
        latex=rf"\text{{{SCRIPT}}} \href{{javascript:alert(1)}}{{x}} < y",
    )
    numbers = {"kind": "numbers", "computed": "0.1234567891", "claimed": "0.123", "relation": "±0"}
    results = [
        settled(proved, "proved", certificates=(IDENTITY,), domain="all parameters"),
        settled(repaired, "proved", certificates=(IDENTITY, {"kind": "chain", "x": "y" * 30000})),
        settled(wrong, "refuted", counterexample=EXAMPLE),
        settled(number_wrong, "refuted", counterexample=numbers),
        settled(nasty, "exact", value=0.70710678118, certificates=({"kind": SCRIPT},)),
        settled(made_up("bad-latex", "certified", source=RECALLED, latex=r"\frac{1"), "certified"),
        settled(
            made_up("long-formula", "certified", source=RECALLED, latex=LONG_LATEX),
            "certified",
            domain="a in [0, 1], b in [−1/2, 7/8]",
        ),
        settled(
            made_up("wide-formula", "supported", source=derived("notes 4.3"), latex=WIDE_LATEX),
            "supported",
        ),
    ]
    failing = settled(
        made_up("failing", "refuted", source=RECALLED), "refuted", counterexample=EXAMPLE
    )
    open_twin = TwinResult("without the hypothesis", None, "needs z3", "smt")
    undecided = Result(
        made_up("needs-extra", "undecided", source=derived("notes 5"), form="derived"),
        Evidence("undecided", steps=(Step("by z3", "undecided", "no z3"),), needs="smt"),
        (open_twin,),
        0.0,
    )
    return [*results, failing, undecided]
