"""Steps and the evidence they make: the weakest decides, and NaN passes nothing."""

from __future__ import annotations

import math

import pytest
import sympy

from analogtheory.claims import (
    Evidence,
    Run,
    agrees,
    at_least,
    at_most,
    claim,
    conclude,
    derived,
    hypothesis,
    lemma,
    remark,
    twin,
)
from analogtheory.claims.ledger import recheck, run_claim, settle
from analogtheory.prove import prove_identity
from analogtheory.prove.outcome import Proved, Refuted, Unknown

x = sympy.Symbol("x", real=True)
PROVED = prove_identity((x + 1) ** 2, x**2 + 2 * x + 1)


@pytest.mark.parametrize("step", [agrees, at_most, at_least])
@pytest.mark.parametrize("pair", [(math.nan, 1.0), (1.0, math.nan), (1.0, math.inf), (math.inf, 1)])
def test_what_is_not_finite_decides_nothing(step, pair: tuple[float, float]) -> None:
    settled = step("a comparison", *pair, tolerance=0.0)
    assert conclude(settled).level == "undecided"


def test_the_weakest_step_decides() -> None:
    proved = lemma("identity", PROVED)
    assert conclude(proved).level == "proved"
    assert conclude(proved, remark("words")).level == "proved"
    assert conclude(proved, agrees("digits", 1, 1, tolerance=0)).level == "exact"
    assert conclude(proved, lemma("open", Unknown("no idea"))).level == "undecided"
    false = prove_identity(x, 2 * x)
    assert isinstance(false, Refuted)
    assert conclude(lemma("open", Unknown("no idea")), lemma("false", false)).level == "refuted"


def test_words_alone_are_no_evidence() -> None:
    with pytest.raises(ValueError, match="a step that is checked"):
        conclude(remark("it is clear"))


def test_an_extra_is_named_only_if_every_open_step_waits_for_it() -> None:
    waiting = lemma("by z3", Unknown("z3 is not installed", needs="smt"))
    assert conclude(waiting).needs == "smt"
    assert conclude(waiting, lemma("open", Unknown("no idea"))).needs == ""


def test_a_step_names_its_certificate() -> None:
    (certificate,) = conclude(lemma("the square of a sum", PROVED)).certificates
    assert certificate["name"] == "the square of a sum"


def test_a_forged_certificate_is_not_believed() -> None:
    """The ledger re-checks what a prover says; a claim that rests on a forgery fails."""
    forged = {"kind": "identity", "left": "(x + 1)**2", "right": "x**2 + 1"}

    @claim(
        "forged",
        source=derived("nothing"),
        form="derived",
        statement="(x + 1)² = x² + 1.",
        latex="(x+1)^2 = x^2+1",
        hypotheses=(hypothesis("any x"),),
        twins=(twin("another", change=1),),
    )
    def evidence(run: Run, change: int = 0) -> Evidence:
        return conclude(lemma("expand", Proved(forged)))

    found = settle(evidence, Run())
    assert found.level == "undecided"
    assert "the two sides differ" in found.reason
    assert run_claim(evidence, Run()).status == "failed"


def test_a_forged_counterexample_rejects_no_twin() -> None:
    forged = {"kind": "counterexample", "given": [], "conclude": "x**2 >= 0", "point": {"x": "1"}}
    assert recheck(conclude(lemma("squares", Refuted(forged)))).level == "undecided"
