"""Lemma 3 of arXiv:2502.06309 (eq. (33)): the analog increment is Lipschitz in ΔW.

The increment Δ ↦ Δ·F − |Δ|·G has slope q₊ for Δ > 0 and q₋ for Δ < 0, so its Lipschitz
constant is max(q₊, q₋) = F + |G|. The paper prints F_max, an upper bound of F (Lemma 2(a)); the
least one, sup F, is too small as soon as G ≠ 0 where F = sup F. The paper's proof bounds
|Δ−Δ′|·|F − |G||, with a minus sign that should be a plus. With q_max the statement is true and
sharp. Proof: with u = Δ − Δ′ and t = |Δ| − |Δ′|, |t| ≤ |u| and
u·F − t·G = q₊(u+t)/2 + q₋(u−t)/2 is a sum of two terms of one sign.
"""

from __future__ import annotations

from typing import Any

import sympy

from analogtheory.claims import (
    Evidence,
    Run,
    Source,
    claim,
    conclude,
    facts_of,
    hypothesis,
    lemma,
    remark,
    twin,
)
from analogtheory.proofs.residual_setting import (
    RESPONSE,
    F,
    F_max,
    G,
    q_down,
    q_max,
    q_up,
    reverse_triangle,
)
from analogtheory.prove import Fact, ge, prove_by_terms, prove_identity

x, y = sympy.symbols("Delta Delta_prime", real=True)

ANY_STEPS = hypothesis("any two increments Δ, Δ′ and any weights S ≥ 0 of the norm")
HYPOTHESES = (*RESPONSE, ANY_STEPS)
#: F = 1 and G = −1/2, so that q₊ = 3/2 and q₋ = 1/2.
DEVICE = {"q_up": "3/2", "q_down": "1/2", "F_max": 1}
POINTS = tuple({"Delta": 1, "Delta_prime": 0, **DEVICE, "q_max": q} for q in ("3/2", 1))


def lipschitz(constant: sympy.Expr, *, drop: str = "") -> list[Any]:
    """The steps of (increment − increment′)² ≤ constant²·(Δ − Δ′)², for one coordinate."""
    triangle, known = reverse_triangle(x, y)
    given: list[Fact] = [*facts_of(HYPOTHESES, drop=drop), known]
    u, t = x - y, sympy.Abs(x) - sympy.Abs(y)
    goal = ge((constant * u) ** 2, (u * F - t * G) ** 2)
    # Facts 0, 1: q± ≥ 0; 4, 5: q_max ≥ q±; 6: u² ≥ t².
    up, down, half = (u + t) / 2, (u - t) / 2, sympy.Rational(1, 2)
    terms = [
        (1, up, {4: 2}), (2, up, {0: 1, 4: 1}),
        (1, down, {5: 2}), (2, down, {1: 1, 5: 1}),
        (half, 1, {6: 1, 4: 1, 5: 1}), (half, 1, {6: 1, 1: 1, 4: 1}),
        (half, 1, {6: 1, 0: 1, 5: 1}),
    ]  # fmt: skip
    whole = lemma(
        "|(Δ−Δ′)F − (|Δ|−|Δ′|)G| ≤ constant·|Δ−Δ′|, squared",
        prove_by_terms(goal, given, terms, points=POINTS),
    )
    return [triangle, whole, remark("multiply by S_d ≥ 0 and sum over the coordinates")]


@claim(
    "lemma-3-printed",
    source=Source("2502.06309", "Lemma 3, eq. (33)"),
    form="printed",
    statement="For every upper bound F_max of F, the increment Δ·F − |Δ|·G is Lipschitz in Δ with "
    "constant F_max, in every weighted norm.",
    latex=r"\|\Delta\odot F - |\Delta|\odot G - (\Delta'\odot F - |\Delta'|\odot G)\|_S "
    r"\le F_{\max} \|\Delta - \Delta'\|_S",
    hypotheses=HYPOTHESES,
    twins=(twin("q_max in place of F_max", constant=q_max),),
    expected="refuted",
    readings=(
        "F_max as the supremum of F over all weights, the least constant that Lemma 2(a) allows: "
        "false, the linear device has F = 1 everywhere and slope 1 − w/τ = 3/2 at w = −τ/2",
        "F_max as a larger upper bound of F, at least max(q₊, q₋): true; but Lemma 2(a) asks for "
        "F ≤ F_max only, and the paper uses |G| ≤ F in the proof",
        "any weighted norm ‖·‖_S: false in one dimension, where all of them agree",
        "symmetric response, G = 0: true",
        "F_max read as max(q₊, q₋) = F + |G|: true, that is the repair",
    ),
    repaired_by="lemma-3-lipschitz",
    consequence="F_max must become q_max, up to twice as large, in the bounds of ‖ΔW‖² and "
    "‖ΔP‖²: Lemma 6 (111), Lemma 7 (127), and (113) and step (b) after (80), which print 1 for it",
)
def lemma_3_printed(run: Run, constant: sympy.Expr = F_max) -> Evidence:
    """F = 1, G = −1/2, Δ = 1 and Δ′ = 0: the increment moves by 3/2."""
    return conclude(*lipschitz(constant))


@claim(
    "lemma-3-lipschitz",
    source=Source("2502.06309", "Lemma 3, eq. (33), repaired"),
    form="repaired",
    statement="The increment Δ·F − |Δ|·G is Lipschitz in Δ, in every weighted norm, with "
    "constant q_max = max(q₊, q₋), the largest response; no smaller constant serves all of them.",
    latex=r"\|\Delta\odot F - |\Delta|\odot G - (\Delta'\odot F - |\Delta'|\odot G)\|_S "
    r"\le q_{\max} \|\Delta - \Delta'\|_S, \quad q_{\max} = \max(q_+, q_-)",
    hypotheses=HYPOTHESES,
    twins=(
        twin("F_max in place of q_max", constant=F_max),
        twin("99/100·q_max", constant=sympy.Rational(99, 100) * q_max),
        twin("a response that is not bounded by q_max", drop="≤ q_max"),
    ),
)
def lemma_3_lipschitz(run: Run, constant: sympy.Expr = q_max, drop: str = "") -> Evidence:
    """A certificate in the two responses; sharp at Δ = ±1, Δ′ = 0 in one coordinate."""
    up = lemma("sharp: from Δ′ = 0, Δ = 1 moves by q₊", prove_identity(F - G, q_up))
    down = lemma("sharp: from Δ′ = 0, Δ = −1 moves by −q₋", prove_identity(-F - G, -q_down))
    return conclude(*lipschitz(constant, drop=drop), up, down)
