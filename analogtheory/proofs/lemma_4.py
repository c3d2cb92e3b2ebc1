"""Lemma 4 of arXiv:2502.06309 (eq. (36)): an elementwise product against its mean factor.

For one coordinate with factor Q between min Q and max Q, and C± = (max Q ± min Q)/2,

    u·v·Q − C₊·u·v + C₋·|u||v| = (Q − min Q)(|uv| + uv)/2 + (max Q − Q)(|uv| − uv)/2 ≥ 0.
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
from analogtheory.prove import Fact, ge, prove_by_terms, prove_polynomial

u, v, Q, low, high = sympy.symbols("u v Q Q_low Q_high", real=True)
mean, spread = (high + low) / 2, (high - low) / 2

HYPOTHESES = (hypothesis("min Q ≤ Q ≤ max Q; no sign is needed", ge(Q, low), ge(high, Q)),)
POINTS = (
    {"u": 1, "v": 1, "Q": 0, "Q_low": 0, "Q_high": 1},
    {"u": 1, "v": -1, "Q": 1, "Q_low": 0, "Q_high": 1},
    {"u": 1, "v": 1, "Q": 3, "Q_low": 0, "Q_high": 1},
    {"u": 1, "v": -1, "Q": 3, "Q_low": 0, "Q_high": 1},
)


def product_steps(mean: sympy.Expr, spread: sympy.Expr, *, drop: str = "") -> list[Any]:
    """The steps of u·v·Q ≥ mean·u·v − spread·|u||v|."""
    size = sympy.Abs(u) * sympy.Abs(v)
    above, below = ge(size, u * v), ge(size, -u * v)
    given: list[Fact] = [*facts_of(HYPOTHESES, drop=drop), above, below]
    half = sympy.Rational(1, 2)
    terms = [(half, 1, (ge(Q, low), below)), (half, 1, (ge(high, Q), above))]
    goal = ge(u * v * Q, mean * u * v - spread * size)
    return [
        lemma("|u||v| ≥ u·v", prove_polynomial(above)),
        lemma("|u||v| ≥ −u·v", prove_polynomial(below)),
        lemma("u·v·Q ≥ C₊·u·v − C₋·|u||v|", prove_by_terms(goal, given, terms, points=POINTS)),
        remark("sum over the coordinates"),
    ]


@claim(
    "lemma-4-elementwise-product",
    source=Source("2502.06309", "Lemma 4, eqs. (36)–(37)"),
    form="printed",
    statement="For all vectors U, V and Q, ⟨U, V⊙Q⟩ ≥ C₊⟨U, V⟩ − C₋⟨|U|, |V|⟩ with "
    "C± = (max Q ± min Q)/2.",
    latex=r"\langle U, V\odot Q\rangle \ge C_+ \langle U, V\rangle - C_- \langle |U|, |V|\rangle, "
    r"\quad C_\pm = \tfrac12(\max Q \pm \min Q)",
    hypotheses=HYPOTHESES,
    twins=(
        twin("half of C₋", spread=(high - low) / 4),
        twin("C₊ replaced by max Q", mean=high),
        twin("Q not bounded", drop="min Q"),
    ),
)
def elementwise_product(
    run: Run, mean: sympy.Expr = mean, spread: sympy.Expr = spread, drop: str = ""
) -> Evidence:
    """One coordinate, by the identity above."""
    return conclude(*product_steps(mean, spread, drop=drop))
