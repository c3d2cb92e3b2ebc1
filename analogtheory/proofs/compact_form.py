"""The compact form of the analog update, and what it says about the response.

One pulse train moves a weight by Δ·q₊(w) for Δ ≥ 0 and by Δ·q₋(w) for Δ < 0 (eq. (3)).
With F = (q₋ + q₊)/2 and G = (q₋ − q₊)/2 (eq. (4)) this is Δ·F − |Δ|·G (eq. (5)).

Proved here for every response: (3) = (5); |G| ≤ F exactly where q± ≥ 0; M = F² − G² = q₊q₋;
and the smallest Lipschitz constant of the increment in Δ: F + |G| = max(q₊, q₋), not F.
"""

from __future__ import annotations

import sympy

from analogtheory.claims import (
    Evidence,
    Run,
    Source,
    claim,
    conclude,
    derived,
    facts_of,
    hypothesis,
    lemma,
    twin,
)
from analogtheory.prove import ge, le, prove_by_terms, prove_identity, prove_polynomial

q_up, q_down, size = sympy.symbols("q_up q_down size", real=True)
#: F and G as quantities of their own, with q₊ = F − G and q₋ = F + G.
even, odd = sympy.symbols("F G", real=True)


def symmetric_part(up: sympy.Expr, down: sympy.Expr) -> sympy.Expr:
    """F = (q₋ + q₊)/2 (2502.06309 eq. (4))."""
    return (down + up) / 2


def asymmetric_part(up: sympy.Expr, down: sympy.Expr) -> sympy.Expr:
    """G = (q₋ − q₊)/2 (2502.06309 eq. (4))."""
    return (down - up) / 2


F, G = symmetric_part(q_up, q_down), asymmetric_part(q_up, q_down)


@claim(
    "compact-form",
    source=Source("2502.06309", "eqs. (3)–(5)"),
    form="printed",
    statement="With F = (q₋+q₊)/2 and G = (q₋−q₊)/2 the increment of the analog update, Δ·q₊ for "
    "Δ ≥ 0 and Δ·q₋ for Δ < 0, is Δ·F − |Δ|·G.",
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
    statement="The saturation vector M = F² − G² is the product q₊·q₋.",
    latex=r"M(w) = F(w)^2 - G(w)^2 = q_+(w)\, q_-(w)",
    hypotheses=(hypothesis("any response"),),
    twins=(twin("plus for minus", sign=1),),
)
def saturation_product(run: Run, sign: int = -1) -> Evidence:
    """One identity."""
    return conclude(lemma("F² − G² = q₊q₋", prove_identity(F**2 + sign * G**2, q_up * q_down)))


_POSITIVE = (
    hypothesis("q₊ ≥ 0", ge(even - odd)),
    hypothesis("q₋ ≥ 0", ge(even + odd)),
)


@claim(
    "asymmetry-within-symmetric-part",
    source=derived("eq. (4)", "2502.06309"),
    form="derived",
    statement="At a weight w the asymmetric part obeys |G(w)| ≤ F(w) if and only if q₊(w) ≥ 0 and "
    "q₋(w) ≥ 0.",
    latex=r"|G(w)| \le F(w) \iff q_+(w) \ge 0 \ \text{and}\ q_-(w) \ge 0",
    hypotheses=_POSITIVE,
    twins=(
        twin("only q₊ ≥ 0 asked for", drop="q₋"),
        twin("|G| ≤ F/2", share=sympy.Rational(1, 2)),
    ),
)
def asymmetry_within_symmetric_part(
    run: Run, drop: str = "", share: sympy.Expr = sympy.Integer(1)
) -> Evidence:
    """N = |G| − F > 0 would give −N² = q₊q₋ + N(q₊ + q₋) ≥ 0; and q± = (F − |G|) + (|G| ∓ G)."""
    bound = ge(share * even, sympy.Abs(odd))
    given = facts_of(_POSITIVE, drop=drop)
    forward = prove_polynomial(bound, given, name="|G| at most F")
    back = [
        prove_polynomial(fact, (bound,), name="q at least 0")
        for fact in (ge(even - odd), ge(even + odd))
    ]
    return conclude(
        lemma("q₊ = F − G", prove_identity(F - G, q_up)),
        lemma("q₋ = F + G", prove_identity(F + G, q_down)),
        lemma("q± ≥ 0 gives |G| ≤ F", forward),
        lemma("|G| ≤ F gives q₊ ≥ 0", back[0]),
        lemma("|G| ≤ F gives q₋ ≥ 0", back[1]),
    )


first, second, gap, shift = sympy.symbols("first second gap shift", real=True)
_HALF = sympy.Rational(1, 2)
_LIPSCHITZ = (hypothesis("F ≥ 0", ge(even)),)


@claim(
    "increment-lipschitz-constant",
    source=derived("eq. (5)", "2502.06309"),
    form="derived",
    statement="For F ≥ 0 the smallest Lipschitz constant of the increment Δ ↦ Δ·F − |Δ|·G is "
    "F + |G|, which is the larger of q₊ and q₋.",
    latex=r"|\Delta F - |\Delta| G - \Delta' F + |\Delta'| G| \le (F + |G|)\,|\Delta - \Delta'|,"
    r"\qquad F + |G| = \max\{q_+, q_-\}",
    hypotheses=_LIPSCHITZ,
    twins=(
        twin("the constant F", share=sympy.Integer(0)),
        twin("the constant F − |G|", share=sympy.Integer(-1)),
        twin("the constant F + 2|G|, which is one, but not the smallest", share=sympy.Integer(2)),
        twin("F of any sign", drop="F ≥ 0"),
    ),
)
def increment_lipschitz_constant(
    run: Run, share: sympy.Expr = sympy.Integer(1), drop: str = ""
) -> Evidence:
    """Reverse triangle inequality, then |G|·d + G·t = ½(|G|+G)(d+t) + ½(|G|−G)(d−t) ≥ 0.

    Here d = |Δ − Δ'| is `gap` and t = |Δ| − |Δ'| is `shift`; Δ − Δ' = ±d.
    """
    a, b = sympy.Abs(first), sympy.Abs(second)
    given = (ge(gap), ge(gap + shift), ge(gap - shift), *facts_of(_LIPSCHITZ, drop=drop))
    constant = even + share * sympy.Abs(odd)
    # The facts of |G| follow those given: |G| ≥ 0, |G|² = G², |G| − G ≥ 0, |G| + G ≥ 0.
    less, more = len(given) + 2, len(given) + 3
    steps = []
    for sign, e in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
        difference = sign * gap * even - shift * odd
        near, far = (1, 2) if e == 1 else (2, 1)
        terms = [(1 - e * sign, 1, {0: 1, 3: 1}), (_HALF, 1, {more: 1, near: 1})]
        outcome = prove_by_terms(
            ge(constant * gap, e * difference), given, [*terms, (_HALF, 1, {less: 1, far: 1})]
        )
        signs = f"Δ − Δ' = {'+-'[sign < 0]}d, {'+-'[e < 0]}(difference of increments)"
        steps.append(lemma(f"{signs} ≤ (F + |G|)·d", outcome))
    reverse = ge((first - second) ** 2, (a - b) ** 2)
    return conclude(
        *steps,
        lemma("| |Δ| − |Δ'| | ≤ |Δ − Δ'|", prove_polynomial(reverse, name="reverse triangle")),
        lemma("Δ = size, Δ' = 0 moves by q₊·size", prove_identity(size * (F - G), size * q_up)),
        lemma(
            "Δ = −size, Δ' = 0 moves by −q₋·size, so no constant is below |q₊| or |q₋|",
            prove_identity(-size * (F + G), -size * q_down),
        ),
        lemma("G ≥ 0: the constant is q₋", prove_identity(even + share * odd, even + odd)),
        lemma("G ≤ 0: the constant is q₊", prove_identity(even - share * odd, even - odd)),
        lemma("F + |G| ≥ q₊", prove_polynomial(le(even - odd, even + sympy.Abs(odd)))),
        lemma("F + |G| ≥ q₋", prove_polynomial(le(even + odd, even + sympy.Abs(odd)))),
    )
