"""Lemma 1 of arXiv:2502.06309: the weighted norm ‖W‖_S² = Σ S_d W_d² against the plain one.

Each inequality holds term by term for one coordinate of weight s between min S ≥ 0 and
max S, and is then summed over the coordinates.
"""

from __future__ import annotations

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
from analogtheory.prove import eq, ge, prove_polynomial

w, s, s_min, s_max = sympy.symbols("w s s_min s_max", real=True)

HYPOTHESES = (hypothesis("0 ≤ min S ≤ s ≤ max S", ge(s_min), ge(s, s_min), ge(s_max, s)),)
POINTS = ({"w": 1, "s": 2, "s_min": 2, "s_max": 3}, {"w": 1, "s": 1, "s_min": 0, "s_max": 1})


@claim(
    "lemma-1-weighted-norm",
    source=Source("2502.06309", "Lemma 1"),
    form="printed",
    statement="The weighted norm ‖W‖_S = (Σ_d S_d W_d²)^{1/2} with weights S ≥ 0 is ‖W⊙√S‖, and "
    "√(min S)·‖W‖ ≤ ‖W‖_S ≤ √(‖S‖_∞)·‖W‖.",
    latex=r"S \ge 0: \quad \|W\|_S = \|W \odot \sqrt{S}\|, \quad "
    r"\sqrt{\min S}\,\|W\| \le \|W\|_S \le \sqrt{\|S\|_\infty}\,\|W\|",
    hypotheses=HYPOTHESES,
    twins=(
        twin("‖W‖_S ≤ √(min S)·‖W‖", upper=s_min),
        twin("‖W‖_S ≥ √(‖S‖_∞)·‖W‖", lower=s_max),
        twin("the square root left out: ‖W‖_S = ‖W⊙S‖", root=sympy.Integer(1)),
    ),
)
def weighted_norm(
    run: Run,
    lower: sympy.Expr = s_min,
    upper: sympy.Expr = s_max,
    root: sympy.Expr = sympy.Rational(1, 2),
) -> Evidence:
    """The squares of the three norms, for one coordinate."""
    given = facts_of(HYPOTHESES)
    weighted = s * w**2
    same = eq(weighted, (w * s**root) ** 2)
    return conclude(
        lemma("(a) s·w² = (w·√s)²", prove_polynomial(same, given, points=POINTS)),
        lemma(
            "(b) s·w² ≤ max S·w²",
            prove_polynomial(ge(upper * w**2, weighted), given, points=POINTS),
        ),
        lemma(
            "(c) s·w² ≥ min S·w²",
            prove_polynomial(ge(weighted, lower * w**2), given, points=POINTS),
        ),
        remark("sum over the coordinates, and take the square root"),
    )
