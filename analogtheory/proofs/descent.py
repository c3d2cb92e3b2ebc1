"""One step of Analog SGD in one coordinate: symbols, moments, and what is known of them.

Problem: f is L-smooth, one step is W⁺ = W − α(g⊙F + |g|⊙G) (arXiv:2502.06309 eq. (2)), g has mean
∇f(W) and total variance at most σ². Smoothness gives

    E f(W⁺) ≤ f + Σ_d [∂_d f·E ΔW_d + (L/2)·E ΔW_d²],

and each summand contains, of the law of g_d, four moments only: a = E g, v = Var g, m = E|g|
and n = E g|g|. So an inequality between polynomials in (a, v, m, n, F, G, F_max, αL), proved
for all moments that a law can have, is the theorem for every law and every dimension. By the
symmetry (g, G) → (−g, −G) it suffices to take a ≥ 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sympy

from analogtheory.claims import Hypothesis, hypothesis, lemma, remark
from analogtheory.prove import (
    Fact,
    ge,
    gt,
    prove_by_terms,
    prove_polynomial,
)

#: Moments of one coordinate of the stochastic gradient.
a, v, m, n = sympy.symbols("a v m n", real=True)
#: Parts of the response at this weight, and sup F.
F, G, F_max = sympy.symbols("F G F_max", real=True)
#: t = α·L, the step size in units of 1/L.
t = sympy.Symbol("t", real=True)

HALF, QUARTER = sympy.Rational(1, 2), sympy.Rational(1, 4)
THREE_QUARTERS, TWO_THIRDS = sympy.Rational(3, 4), sympy.Rational(2, 3)

POSITIVE_F, POSITIVE_MAX, BELOW_MAX = gt(F), gt(F_max), ge(F_max - F)
Q_UP, Q_DOWN = ge(F - G), ge(F + G)
MEAN, VARIANCE = ge(a), ge(v)
JENSEN, CAUCHY = ge(m - a), ge(a**2 + v - m**2)

#: Products of facts by which a certificate divides.
OVER_F, OVER_MAX = {POSITIVE_F: -1}, {POSITIVE_MAX: -1}
OVER_BOTH = {**OVER_F, **OVER_MAX}

#: E g².
square = a**2 + v
#: E(gF + |g|G)², the second moment of the increment over α².
increment_square = square * (F**2 + G**2) + 2 * F * G * n
#: E(aF + |g|G)²: the increment without the noise of its symmetric part.
shifted_square = a**2 * F**2 + 2 * a * m * F * G + square * G**2
#: ∇f⊙F + |∇f|⊙G in one coordinate (a ≥ 0), the metric of (73).
metric = a * F + a * G
M = F**2 - G**2

RESPONSE = hypothesis(
    "0 < F ≤ F_max and |G| ≤ F at the current weight (q± ≥ 0)",
    POSITIVE_F, POSITIVE_MAX, BELOW_MAX, Q_UP, Q_DOWN,
    predicate=lambda problem: problem.response.is_positive,
)  # fmt: skip
NOISE = hypothesis(
    "g has mean ∇f(W) and total variance E‖g − ∇f(W)‖² ≤ σ²; so m = E|g| ≥ |a|, m² ≤ E g²",
    MEAN, VARIANCE, JENSEN, CAUCHY,
)  # fmt: skip
SMOOTH = hypothesis("f is L-smooth on the line from W to W⁺")

#: (68) in moments: 2E(aF + |g|G)² + 2vF² − E(gF + |g|G)² = E(aF + |g|G − (g − a)F)² ≥ 0.
SPREAD = ge(2 * shifted_square + 2 * v * F**2 - increment_square)


def drift(second_moment: sympy.Expr = increment_square) -> sympy.Expr:
    """E f(W⁺) − f over α, at most, in one coordinate: −(a²F + amG) + (αL/2)·E(gF + |g|G)²."""
    return -(a**2 * F + a * m * G) + t * second_moment / 2


def step_at_most(limit: sympy.Expr, words: str) -> Hypothesis:
    """0 ≤ α·L and α ≤ limit/(L·F_max), as 1/limit·αLF_max ≤ 1."""
    return hypothesis(words, ge(t), ge(1 - t * F_max / limit))


def noise_step() -> Any:
    """(68) for every value of g = a + e with |g| = z, as a step of a proof."""
    e, z = sympy.symbols("e z", real=True)
    gap = 2 * (a * F + z * G) ** 2 + 2 * e**2 * F**2 - ((a + e) * F + z * G) ** 2
    return lemma(
        "(68): (gF + |g|G)² ≤ 2(aF + |g|G)² + 2(g − a)²F² for every g, so in the mean",
        prove_by_terms(ge(gap), (), [(1, a * F + z * G - e * F, {})]),
    )


def all_coordinates() -> list[Any]:
    """From one coordinate to all of them: Σ v_d x_d ≤ σ²·max x_d, as steps of a proof."""
    v_1, v_2, x_1, x_2, most, total = sympy.symbols("v_1 v_2 x_1 x_2 most total", real=True)
    parts = [ge(v_1), ge(v_2), ge(most - x_1), ge(most - x_2), ge(x_1), ge(total - v_1 - v_2)]
    top = ge(most)
    terms = [
        (1, 1, (parts[0], parts[2])),
        (1, 1, (parts[1], parts[3])),
        (1, 1, (parts[5], top)),
    ]
    return [
        lemma(
            "coordinates add up: Σ_d v_d·x_d ≤ σ²·max_d x_d (two written out)",
            prove_by_terms(ge(total * most - v_1 * x_1 - v_2 * x_2), (*parts, top), terms),
        ),
        remark("∂f < 0 follows by (g, G) → (−g, −G), under which every term keeps its value"),
    ]


#: How far a constant is made too small, and the modulus of two-valued gradients.
eta, size = sympy.symbols("eta s", real=True)


def exceeds(words: str, excess: sympy.Expr, known: Sequence[Fact], wrong: Mapping[str, Any]) -> Any:
    """An excess over a bound is > 0 on a family: no better bound holds, as a step of a proof.

    `wrong` is a point of the family at which this fails where the constant is not the best.
    """
    claimed = gt(sympy.factor(sympy.together(excess)))
    return lemma(words, prove_polynomial(claimed, known, degree=6, points=[wrong]))


def no_smaller(
    constant: sympy.Expr, gap: sympy.Expr, modulus: Any, asymmetry: sympy.Expr, step: Any
) -> Any:
    """With c − η in place of the constant c, `gap` < 0 for some gradients ±s: a step of a proof.

    The instance is f = Lw²/2 in one dimension at ∂f = 1, F = F_max = 1, gradients ±s of mean 1,
    so that E g|g| = s; `modulus` gives s in terms of η, `asymmetry` and `step` G and αL in s.
    """
    two_valued = {a: 1, v: size**2 - 1, m: size, n: size, F: 1, F_max: 1, G: asymmetry, t: step}
    return exceeds(
        "no smaller constant: c − η fails for every η > 0, with f = Lw²/2, D = 1, gradients ±s of "
        "mean 1, F = F_max = 1",
        -gap.subs(two_valued).subs(size, modulus),
        [gt(eta), ge(constant - eta)],
        {"eta": "1/1000"},
    )
