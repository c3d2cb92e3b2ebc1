"""Where TTv2 breaks down, exactly: S = Σ_j f⁻¹(2κo_j/π)² = 1, from every start.

Setting: :mod:`analogtheory.proofs.breakdown_flow` and
:mod:`analogtheory.proofs.breakdown_label_noise`, e_j′ = λ(o_j − Kf(ρ_j)) with
ρ = e/√(‖e‖² + s²), s ≥ 0, f(ρ) = ρ/h(ρ) increasing, f(±1) = ±2/π. If |o_j| ≤ (2/π)K for all j let
ρ*_j = f⁻¹(o_j/K), S = ‖ρ*‖². Along the flow

    V = √(‖e‖² + s²) − ρ*·e,    V′ = −λK Σ_j (ρ_j − ρ*_j)(f(ρ_j) − f(ρ*_j)) ≤ 0,

because ∇√(‖e‖² + s²) = ρ. For S < 1 V bounds ‖e‖; for S > 1 V falls to −∞ and ‖e‖ grows. So S = 1
decides, in every direction of o: the theory notes of the family (5.4) have ‖o‖ = π/(2κ), which is
S = 1 for h = 1. Derived here.
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
from analogtheory.prove import ge, gt, prove_by_terms, prove_identity

Expr: TypeAlias = sympy.Expr

#: One coordinate: ρ_j, ρ*_j, f(ρ_j), f(ρ*_j), o_j; λ, K and κ.
x, y, f_x, f_y, o_j = sympy.symbols("x y f_x f_y o_j", real=True)
rate, K, kappa = sympy.symbols("rate K kappa", real=True)
#: √(‖e‖² + s²), ‖e‖, ρ*·e; ‖ρ‖, ‖ρ*‖, ρ·ρ*.
root, size, inner = sympy.symbols("root size inner", real=True)
length, radius, product = sympy.symbols("length radius product", real=True)
psi, sine, cosine = sympy.symbols("psi sin_psi cos_psi", real=True)

_FLOW = (
    hypothesis("mean flow of one row, A at its mean rest point; no clipping; label noise s ≥ 0, "
               "and e ≠ 0 if s = 0"),
    hypothesis("λ > 0, K = π/(2κ) > 0, κ > 0", gt(rate), gt(K), gt(kappa)),
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
    statement="With S = Σ_j f⁻¹(2κo_j/π)², f(ρ) = ρ/(√(1 − ρ²) + ρ·arcsin ρ), the mean flow of "
    "TTv2's row error tends to its rest point from every start if S < 1 (without label noise to "
    "e = 0, in finite time) and to infinity if S > 1: S = 1 is exactly where TTv2 breaks down. If "
    "|o_j| > 1/κ for one j, S is not defined and it diverges.",
    latex=r"V = \sqrt{\|e\|^2+s^2} - \rho^*\cdot e, \quad V' = -\lambda K\sum_j"
    r"(\rho_j-\rho_j^*)\big(f(\rho_j)-f(\rho_j^*)\big) \le 0, \quad S = \|\rho^*\|^2",
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
            "S < 1: (1 − √S)‖e‖ > 0, so V bounds ‖e‖",
            prove_by_terms(
                gt((1 - radius) * size),
                (*given, small, gt(size)),
                [(1, 1, (within, gt(size)))],
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
            ),
        ),
        remark(
            "so V′ is below a negative constant (compactness) if S > 1, or s = 0, S < 1: V falls "
            "to −∞, and ‖e‖ ≥ −V/(√S − 1); or it reaches 0. For s > 0, S < 1, V′ = 0 at ρ = ρ* only"
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
            ),
        ),
        value="S = 1",
    )


def _increasing() -> list[Settled]:
    """f′ > 0 inside (−1, 1) and f(1) = 2/π, with ρ = sin ψ and h = cos ψ + ψ sin ψ."""
    height = cosine + psi * sine
    slope = (
        sympy.diff(height, psi)
        + sympy.diff(height, sine) * cosine
        - sympy.diff(height, cosine) * sine
    )
    half_pi = sympy.Symbol("half_pi", real=True)
    at_end = (sine / height).subs({psi: half_pi, sine: 1, cosine: 0})
    return [
        lemma(
            "h² cos ψ·f′(ρ) = cos²ψ: f increases",
            prove_identity(height * cosine - sine * slope, cosine**2),
        ),
        lemma("f(1) = 2/π", prove_identity(at_end, 1 / half_pi)),
    ]
