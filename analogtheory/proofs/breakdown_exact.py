"""Where TTv2 breaks down, exactly: S = Σ_j f⁻¹(2κo_j/π)² = 1, from every start.

Setting: :mod:`analogtheory.proofs.breakdown_flow` and
:mod:`analogtheory.proofs.breakdown_label_noise`, e_j′ = λ(o_j − Kf(ρ_j)) with
ρ = e/√(‖e‖² + s²), s ≥ 0, f(ρ) = ρ/h(ρ) increasing, f(±1) = ±2/π. If |o_j| ≤ (2/π)K for all j let
ρ*_j = f⁻¹(o_j/K), S = ‖ρ*‖². Along the flow

    V = √(‖e‖² + s²) − ρ*·e,    V′ = −λK Σ_j (ρ_j − ρ*_j)(f(ρ_j) − f(ρ*_j)) ≤ 0,

because ∇√(‖e‖² + s²) = ρ. For S < 1 V bounds ‖e‖; for S > 1 V falls to −∞ and ‖e‖ grows. So S = 1
decides, in every direction of o: the theory notes of the family (5.4) have ‖o‖ = π/(2κ), which is
S = 1 for h = 1.

Without label noise the right-hand side jumps at e = 0, and a path may meet 0 even if S > 1 (n = 1,
κ = 1, o = 2, e_0 = −1). It is continued in the sense of Filippov: e′/λ in the convex hull of
o − Kf(ρ), ‖ρ‖ = 1. f is concave on [0, 1], so {q : Σ f⁻¹(q_j)² ≤ 1} is convex and contains all
f(ρ): for S > 1 that hull does not contain 0, and the path leaves. Derived here.
"""

from __future__ import annotations

from typing import TypeAlias

import sympy

from analogtheory.claims import (
    Evidence,
    Run,
    Settled,
    claim,
    conclude,
    derived,
    facts_of,
    hypothesis,
    lemma,
    remark,
    twin,
)
from analogtheory.proofs.breakdown_flow import FILIPPOV, ROW
from analogtheory.proofs.constant_gradient_setting import kappa
from analogtheory.prove import ge, gt, prove_by_terms, prove_identity

Expr: TypeAlias = sympy.Expr

#: One coordinate: ρ_j, ρ*_j, f(ρ_j), f(ρ*_j), o_j; λ and K.
x, y, f_x, f_y, o_j = sympy.symbols("x y f_x f_y o_j", real=True)
rate, K = sympy.symbols("rate K", real=True)
#: √(‖e‖² + s²), ‖e‖, ρ*·e; ‖ρ‖, ‖ρ*‖, ρ·ρ*.
root, size, inner = sympy.symbols("root size inner", real=True)
length, radius, product = sympy.symbols("length radius product", real=True)
psi, sine, cosine = sympy.symbols("psi sin_psi cos_psi", real=True)

_FLOW = (
    *ROW,
    hypothesis("ρ = e/√(‖e‖² + s²), s ≥ 0"),
    FILIPPOV,
    hypothesis("λ > 0, K = π/(2κ) > 0", gt(rate), gt(K)),
    hypothesis("|o_j| ≤ (2/π)K for every j, o_j = Kf(ρ*_j), unless it is said otherwise"),
    hypothesis("f increases: (ρ_j − ρ*_j)(f(ρ_j) − f(ρ*_j)) ≥ 0", ge((x - y) * (f_x - f_y))),
    hypothesis("√(‖e‖² + s²) ≥ ‖e‖ ≥ 0, ρ*·e ≤ ‖ρ*‖‖e‖ (Cauchy), √S = ‖ρ*‖ ≥ 0",
               ge(root - size), ge(size), ge(radius), ge(radius * size - inner)),
    hypothesis("0 ≤ ‖ρ‖ ≤ 1, ρ·ρ* ≤ ‖ρ‖‖ρ*‖",
               ge(length), ge(1 - length), ge(length * radius - product)),
)  # fmt: skip


@claim(
    "ttv2-breakdown-exact",
    source=derived("theory notes of the family 5.4, with the true E|x_j d|", "2303.04721"),
    form="derived",
    statement="TTv2's row error e follows the mean flow e_j′ = λ(o_j − Kf(ρ_j)), K = π/(2κ), "
    "f(ρ) = ρ/(√(1 − ρ²) + ρ·arcsin ρ), with the offsets o_j and the slope κ of the fast array. "
    "With S = Σ_j f⁻¹(o_j/K)² it tends to its rest point from every start if S < 1 (without label "
    "noise to e = 0, in finite time) and to infinity if S > 1. If |o_j| > 1/κ for one j, S is not "
    "defined and e_j diverges.",
    latex=r"e_j' = \lambda(o_j - Kf(\rho_j)), \quad V = \sqrt{\|e\|^2+s^2} - \rho^*\cdot e,"
    r" \quad V' = -\lambda K\sum_j(\rho_j-\rho_j^*)\big(f(\rho_j)-f(\rho_j^*)\big) \le 0,"
    r" \quad S = \|\rho^*\|^2",
    hypotheses=_FLOW,
    twins=(
        twin("the rest point of h = 1, ρ*_j = o_j/K", simple=True),
        twin("bounded for every S < 4", below=2),
        twin("divergence from S = 1/4 on", above=sympy.Rational(1, 2)),
        twin("divergence from |o_j| > 1/(2κ) on", single=sympy.Rational(1, 2)),
    ),
)
def ttv2_breakdown_exact(
    run: Run,
    simple: bool = False,
    below: Expr = sympy.S.One,
    above: Expr = sympy.S.One,
    single: Expr = sympy.S.One,
) -> Evidence:
    """∇V = ρ − ρ*; V′ coordinate by coordinate; V ≥ (1 − √S)‖e‖; how far ρ stays from ρ*."""
    given = facts_of(_FLOW)
    target = y if simple else f_y  # o_j/K
    apart = length**2 - 2 * product + radius**2  # ‖ρ − ρ*‖²
    cauchy = ge(radius * size - inner)
    small, large, alone = gt(below - radius), gt(radius - above), gt(o_j - single / kappa)
    beyond, within = gt(radius - 1), gt(1 - radius)
    bound = (root - inner) / (1 - radius)
    flat = {
        "rate": 1,
        "kappa": 1,
        "K": "11/7",
        "x": 0,
        "y": 0,
        "f_x": 0,
        "f_y": 0,
        "root": 1,
        "size": 1,
        "inner": 0,
        "length": 1,
        "product": 0,
        "radius": 0,
    }
    lag = {**flat, "x": 1, "y": "4/5", "f_x": "7/11", "f_y": "3/5"}  # f(1), f(4/5) rounded
    across = {**flat, "radius": "3/2"}  # e at right angles to ρ*
    at_rest = {**flat, "radius": "3/4", "length": "3/4", "product": "9/16"}  # ρ = ρ*
    strong = {**flat, "x": 1, "f_x": "7/11", "o_j": "3/4"}
    others = sympy.Symbol("others", real=True)  # s² and the squares of the other coordinates
    norm = sympy.sqrt(x**2 + others)
    return conclude(
        lemma("∂√(‖e‖² + s²)/∂e_j = ρ_j", prove_identity(sympy.diff(norm, x), x / norm)),
        *_increasing(),
        lemma(
            "V′: (ρ_j − ρ*_j)·λ(o_j − Kf(ρ_j)) ≤ 0 in each coordinate",
            prove_by_terms(
                ge(-(x - y) * rate * K * (target - f_x)),
                given,
                [(1, 1, (gt(rate), gt(K), ge((x - y) * (f_x - f_y))))],
                points=[lag],
            ),
        ),
        lemma(
            "V ≥ (1 − √S)‖e‖",
            prove_by_terms(
                ge(root - inner, (1 - radius) * size),
                given,
                [(1, 1, (ge(root - size),)), (1, 1, (cauchy,))],
            ),
        ),
        lemma(
            "S < 1: ‖e‖ ≤ V/(1 − √S), and V falls: the path is bounded",
            prove_by_terms(
                ge(bound, size),
                (*given, small),
                [(1, 1, (ge(root - size),)), (1, 1, (cauchy,))],
                multiplier=[within],
                points=[across],
            ),
        ),
        lemma(
            "S < 1, no label noise, ‖ρ‖ = 1: ‖ρ − ρ*‖² ≥ (1 − √S)²",
            prove_by_terms(
                ge(apart.subs(length, 1), (1 - radius) ** 2),
                (*given, ge(radius - product)),
                [(2, 1, (ge(radius - product),))],
            ),
        ),
        lemma(
            "S > 1: ‖ρ − ρ*‖² > 0, as ‖ρ‖ ≤ 1 < √S",
            prove_by_terms(
                gt(apart),
                (*given, large),
                [
                    (1, 1, (beyond, beyond)),
                    (2, 1, (beyond, ge(1 - length))),
                    (1, 1 - length, ()),
                    (2, 1, (ge(length * radius - product),)),
                ],
                points=[at_rest],
            ),
        ),
        remark(
            "convergence, s > 0, S < 1 (LaSalle): bounded, V′ = 0 at ρ = ρ* only, a single e, so "
            "e tends to it"
        ),
        remark(
            "finite time, s = 0, S < 1: V′ ≤ −c < 0 where e ≠ 0 (compactness of ‖ρ‖ = 1), V ≥ 0, "
            "so V = 0 by V(0)/c, which is e = 0, and e stays there"
        ),
        remark(
            "divergence, S > 1: V′ ≤ −c < 0 (compactness of ‖ρ‖ ≤ 1), so V → −∞, and "
            "‖e‖ ≥ −V/(√S − 1)"
        ),
        remark(
            "s = 0, S > 1, at e = 0: {q : Σf⁻¹(q_j)² ≤ 1} is convex as f is concave, holds every "
            "f(ρ), ‖ρ‖ = 1, but not o/K: 0 is no rest point, and e ≠ 0 at almost all times"
        ),
        lemma(
            "o_j > 1/κ: e_j′ ≥ λ(o_j − 1/κ) > 0, as Kf ≤ 1/κ",
            prove_by_terms(
                gt(rate * (o_j - K * f_x)),
                (*given, alone, ge(1 / kappa - K * f_x)),
                [
                    (1, 1, (gt(rate), gt(o_j - 1 / kappa))),
                    (1, 1, (gt(rate), ge(1 / kappa - K * f_x))),
                ],
                points=[strong],
            ),
        ),
        value="S = 1",
    )


def _increasing() -> list[Settled]:
    """f′ > 0 > f″ inside (0, 1) and f(1) = 2/π, with ρ = sin ψ and h = cos ψ + ψ sin ψ."""
    height = cosine + psi * sine
    slope = _slope(height)
    inside = (gt(psi), gt(sine), gt(cosine))
    fall = gt(2 * psi * cosine**2 + height * sine)
    half_pi = sympy.Symbol("half_pi", real=True)
    at_end = (sine / height).subs({psi: half_pi, sine: 1, cosine: 0})
    return [
        lemma(
            "h² cos ψ·f′(ρ) = cos²ψ: f increases",
            prove_identity(height * cosine - sine * slope, cosine**2),
        ),
        lemma(
            "h³·d/dψ (cos ψ/h²) = −(2ψ cos²ψ + h sin ψ), of f′ = cos ψ/h²",
            prove_identity(height**3 * _slope(cosine / height**2), -fall.expression),
        ),
        lemma(
            "which is < 0 for 0 < ψ < π/2: f is concave on [0, 1]",
            prove_by_terms(
                fall,
                inside,
                [
                    (2, cosine, (gt(psi),)),
                    (1, 1, (gt(cosine), gt(sine))),
                    (1, sine, (gt(psi),)),
                ],
            ),
        ),
        lemma("f(1) = 2/π", prove_identity(at_end, 1 / half_pi)),
    ]


def _slope(expression: Expr) -> Expr:
    """d/dψ."""
    along = sympy.diff(expression, psi) + sympy.diff(expression, sine) * cosine
    return along - sympy.diff(expression, cosine) * sine
