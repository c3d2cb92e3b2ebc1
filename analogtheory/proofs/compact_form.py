"""The compact form of the analog update, and what it says about the response.

One pulse train moves a weight by Δ·q₊(w) for Δ ≥ 0 and by Δ·q₋(w) for Δ < 0 (eq. (3)).
With F = (q₋ + q₊)/2 and G = (q₋ − q₊)/2 (eq. (4)) this is Δ·F − |Δ|·G (eq. (5)).
"""

from __future__ import annotations

import sympy

from analogtheory.claims import Evidence, Run, Source, claim, conclude, hypothesis, lemma, twin
from analogtheory.prove import prove_identity

q_up, q_down, size = sympy.symbols("q_up q_down size", real=True)
F, G = (q_down + q_up) / 2, (q_down - q_up) / 2


@claim(
    "compact-form",
    source=Source("2502.06309", "eqs. (3)–(5)"),
    form="printed",
    statement="Δ·q₊ for Δ ≥ 0 and Δ·q₋ for Δ < 0 is Δ·F − |Δ|·G, with F = (q₋+q₊)/2, G = (q₋−q₊)/2",
    latex=r"\Delta\, q_{\operatorname{sign}\Delta}(w) = \Delta\, F(w) - |\Delta|\, G(w)",
    hypotheses=(hypothesis("any response; Δ = ±size with size = |Δ|"),),
    twins=(
        twin("the sign before |Δ|·G", sign=1),
        twin("F and G without the factor 1/2", half=sympy.Integer(1)),
    ),
)
def compact_form(run: Run, sign: int = -1, half: sympy.Expr = sympy.Rational(1, 2)) -> Evidence:
    """Both signs of Δ, each an identity."""
    F, G = half * (q_down + q_up), half * (q_down - q_up)
    return conclude(
        lemma("Δ ≥ 0", prove_identity(size * q_up, size * F + sign * size * G)),
        lemma("Δ < 0", prove_identity(-size * q_down, -size * F + sign * size * G)),
    )


@claim(
    "saturation-product",
    source=Source("2502.06309", "eq. (65)"),
    form="printed",
    statement="M = F² − G² is the product q₊·q₋",
    latex=r"M(w) = F(w)^2 - G(w)^2 = q_+(w)\, q_-(w)",
    hypotheses=(hypothesis("any response"),),
    twins=(twin("plus for minus", sign=1),),
)
def saturation_product(run: Run, sign: int = -1) -> Evidence:
    """One identity."""
    return conclude(lemma("F² − G² = q₊q₋", prove_identity(F**2 + sign * G**2, q_up * q_down)))
