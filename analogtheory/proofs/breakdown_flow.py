"""The offset at which TTv2 breaks down: the mean flow of one row of a matrix regression.

y = Wx, x ~ N(0, I), row error e ∈ ℝⁿ, d = e·x. With the linear device the fast array rests, for
slowly changing e, where A − a* = −E[x_j d]/(κE|x_j d|); with E|x_j d| of
:mod:`analogtheory.proofs.breakdown_gaussian` an ideal slow array without threshold then moves by

    e_j′ = λ(o_j − K·f(ρ_j)),   f(ρ) = ρ/h(ρ),   ρ_j = e_j/‖e‖,   K = π/(2κ),

h(ρ) = √(1 − ρ²) + ρ·arcsin ρ. The theory notes of the family (5.4) have h = 1, where the right-hand
side is λ(o − Ke/‖e‖) and ‖o‖ = K decides. Here: that dichotomy, proved; and what is left of it
with the true h, 1 ≤ h ≤ π/2. At e = 0 the right-hand side jumps; a path that meets e = 0 is
continued in the sense of Filippov, e′ in the convex hull of the limits. Derived here.
"""

from __future__ import annotations

from typing import TypeAlias

import sympy

from analogtheory.algorithms.chopped import A, ttv2
from analogtheory.claims import (
    Evidence,
    Run,
    claim,
    conclude,
    derived,
    facts_of,
    hypothesis,
    lemma,
    remark,
    twin,
)
from analogtheory.noise import Gaussian
from analogtheory.proofs.constant_gradient_setting import FastArray, a_star, kappa
from analogtheory.proofs.general_device import (
    GeneralObjective,
    as_symbols,
    field_of,
    ideal_device,
    plain,
)
from analogtheory.prove import eq, ge, gt, prove_by_terms, prove_identity, prove_polynomial

Expr: TypeAlias = sympy.Expr

#: λ, K; ‖e‖, ‖o‖ and o·e.
rate, K, size, offset, inner = sympy.symbols("rate K size offset inner", real=True)
#: One coordinate: ρ_j, h(ρ_j); π/2; n.
rho, h, half_pi, n = sympy.symbols("rho h half_pi n", real=True)
#: E g and E|g|.
slope, m = sympy.symbols("slope m", real=True)

_SOURCE = "theory notes of the family 5.4"
_FAST = (
    hypothesis("linear fast array, q± = 1 ∓ κ(a − a*), κ > 0; no clipping", gt(kappa)),
    hypothesis("gradients g of one law, each independent of A (for example i.i.d.), E|g| < ∞"),
    hypothesis("E|g| > 0, |E g| ≤ E|g|", gt(m), ge(m - slope), ge(m + slope)),
)
#: One row of the regression and its mean flow; κ, o_j and s.
ROW = (
    hypothesis(
        "one row of y = Wx, x ~ N(0, I), row error e; d = e·x + sξ, s ≥ 0, ξ ~ N(0, 1) "
        "independent of x; the gradient of column j is x_j d"
    ),
    hypothesis(
        "linear fast array, q± = 1 ∓ κ(a − a*_j), κ > 0; o_j = a*_j − r_j is its offset, "
        "the symmetric point minus the reference",
        gt(kappa),
    ),
    hypothesis(
        "mean flow: A at its mean rest point, which e changes slowly; ideal slow array, "
        "no threshold, no clipping"
    ),
)
#: How a path without label noise goes on at e = 0.
FILIPPOV = hypothesis("s = 0: a path that meets e = 0 is continued in the sense of Filippov")
_FLOW = (
    *ROW,
    hypothesis("s = 0, and h = 1 in place of the true h: E|x_j d| taken as (2/π)‖e‖"),
    FILIPPOV,
    hypothesis("λ > 0, K = π/(2κ) > 0; e ≠ 0 where e′ is evaluated", gt(rate), gt(K), gt(size)),
    hypothesis("‖o‖ ≥ 0, |o·e| ≤ ‖o‖‖e‖ (Cauchy)",
               ge(offset), ge(offset * size - inner), ge(offset * size + inner)),
)  # fmt: skip


@claim(
    "ttv2-fast-array-rest",
    source=derived("TTv2's update of A in the mean; " + _SOURCE, "2303.04721"),
    form="derived",
    statement="Under gradients g of one law, each independent of A, the mean of TTv2's fast array "
    "A, q± = 1 ∓ κ(a − a*), rests at a* − E[g]/(κE|g|), whatever the law of g: within 1/κ of its "
    "symmetric point a*.",
    latex=r"\mathbb{E}A = a^* - \frac{\mathbb{E}g}{\kappa\,\mathbb{E}|g|}, \quad"
    r" |\mathbb{E}A - a^*| \le \frac{1}{\kappa}",
    hypotheses=_FAST,
    twins=(
        twin("the size of the mean for the mean size: saturated", ratio="slope/Abs(slope)"),
        twin("towards the gradient", sign=1),
        twin("within 1/(2κ)", reach=sympy.Rational(1, 2)),
    ),
)
def ttv2_fast_array_rest(
    run: Run, ratio: str = "slope/m", sign: int = -1, reach: Expr = sympy.S.One
) -> Evidence:
    """The zero of the averaged update of A, taken from the algorithm; |E g| ≤ E|g|."""
    dynamics = ttv2(ideal_device("W"), GeneralObjective(), Gaussian(1.0), fast_response=FastArray())
    given = facts_of(_FAST)
    drift = plain(field_of(dynamics, "A"))
    (call,) = drift.atoms(sympy.core.function.AppliedUndef)
    here = as_symbols(drift, {call: slope}).subs(call, slope)
    rest = a_star + sign * sympy.sympify(ratio, locals={"slope": slope, "m": m}) / kappa
    point = {"slope": 1, "m": 2, "kappa": 1, "a_star": 0, "alpha": 1}
    one_sided = {"slope": 1, "m": 1, "kappa": 1}  # g = 1
    return conclude(
        remark("g is independent of A: E[|g|(A − a*)] = E|g|·(E A − a*)"),
        lemma("E A⁺ = E A there", prove_identity(here.subs(A, rest), 0, points=[point])),
        *(
            lemma(
                f"{words}E[g]/(κE|g|) ≤ 1/κ",
                prove_by_terms(
                    ge(reach / kappa - side * slope / (kappa * m)),
                    given,
                    [(1, 1, (ge(m - side * slope),))],
                    multiplier=[gt(kappa), gt(m)],
                    points=[one_sided],
                ),
            )
            for words, side in (("", 1), ("−", -1))
        ),
        value="a* − E[g]/(κE|g|)",
    )


@claim(
    "ttv2-breakdown-flow",
    source=derived(_SOURCE, "2303.04721"),
    form="derived",
    statement="In the flow e′ = λ(o − Ke/‖e‖), K = π/(2κ), the row error e reaches 0 within the "
    "time ‖e_0‖/(λ(K − ‖o‖)) if ‖o‖ < K; if ‖o‖ > K it grows at least linearly along the offset o, "
    "(o·e)′ ≥ λ‖o‖(‖o‖ − K), and 0 is no rest point. n offsets of mean 0 and standard deviation "
    "σ_r have E‖o‖² = K² at σ_r = π/(2κ√n).",
    latex=r"\|o\| < \frac{\pi}{2\kappa} \Rightarrow \frac{d\|e\|}{dt} \le -\lambda(K-\|o\|),"
    r" \qquad \|o\| > \frac{\pi}{2\kappa} \Rightarrow \frac{d(o\cdot e)}{dt} \ge"
    r" \lambda\|o\|(\|o\|-K)",
    hypotheses=_FLOW,
    twins=(
        twin("the threshold 2K", threshold=2),
        twin("growth from K/2 on", growth=sympy.Rational(1, 2)),
        twin("a restoring force proportional to e", degree=1),
    ),
)
def ttv2_breakdown_flow(
    run: Run,
    threshold: Expr = sympy.S.One,
    growth: Expr = sympy.S.One,
    degree: int = 0,
) -> Evidence:
    """Lyapunov functions ‖e‖ and o·e, with e·e′ and o·e′ in ‖e‖, ‖o‖ and o·e."""
    given = facts_of(_FLOW)
    unit = size ** (degree - 1)  # e/‖e‖ for degree 0, e for degree 1
    shrinking = rate * (inner - K * unit * size**2) / size  # ‖e‖′ = e·e′/‖e‖
    growing = rate * (offset**2 - K * unit * inner)  # (o·e)′
    below, above = gt(threshold * K - offset), gt(offset - growth * K)
    n_sigma = n * (K / sympy.sqrt(n)) ** 2
    return conclude(
        lemma(
            "‖e‖′ ≤ −λ(K − ‖o‖)",
            prove_by_terms(
                ge(-rate * (K - offset) - shrinking),
                given,
                [(1, 1, (gt(rate), ge(offset * size - inner)))],
                multiplier=[gt(size)],
            ),
        ),
        lemma(
            "‖o‖ < K: ‖e‖′ < 0",
            prove_by_terms(
                gt(-shrinking),
                (*given, below),
                [
                    (1, 1, (gt(rate), ge(offset * size - inner))),
                    (1, 1, (gt(rate), gt(size), below)),
                ],
                multiplier=[gt(size)],
            ),
        ),
        lemma(
            "(o·e)′ ≥ λ‖o‖(‖o‖ − K)",
            prove_by_terms(
                ge(growing, rate * offset * (offset - K)),
                given,
                [(1, 1, (gt(rate), gt(K), ge(offset * size - inner)))],
                multiplier=[gt(size)],
            ),
        ),
        lemma(
            "‖o‖ > K: (o·e)′ > 0",
            prove_by_terms(
                gt(growing),
                (*given, above, gt(offset)),
                [
                    (1, 1, (gt(rate), gt(K), ge(offset * size - inner))),
                    (1, 1, (gt(rate), gt(size), gt(offset), above)),
                ],
                multiplier=[gt(size)],
            ),
        ),
        lemma("nσ_r² = K² at σ_r = K/√n", prove_identity(n_sigma, K**2)),
        remark("‖e‖ is smooth where e ≠ 0, so it reaches 0 within ‖e_0‖/(λ(K − ‖o‖))"),
        remark("at e = 0 every limit has o·λ(o − Ku) ≥ λ‖o‖(‖o‖ − K), ‖u‖ = 1, so their hull too"),
        value="π/(2κ)",
    )


_TRUE = (
    *ROW,
    hypothesis("s = 0, ρ = e/‖e‖"),
    FILIPPOV,
    hypothesis("π/2 > 1, K = (π/2)/κ, λ > 0", gt(half_pi, 1), gt(half_pi), eq(kappa * K, half_pi),
               gt(rate), gt(K)),
    hypothesis("1 ≤ h(ρ) ≤ π/2 on [−1, 1]", ge(h, 1), ge(half_pi - h), gt(h)),
    hypothesis("‖o‖ ≥ 0", ge(offset)),
)  # fmt: skip


@claim(
    "ttv2-breakdown-bracket",
    source=derived(_SOURCE + ", with the true E|x_j d|", "2303.04721"),
    form="derived",
    statement="In the mean flow e_j′ = λ(o_j − Kf(ρ_j)), K = π/(2κ), with the true f = ρ/h(ρ), "
    "every row with ‖o‖ < 1/κ loses its error in finite time, for every n, and every row with "
    "‖o‖ > π/(2κ) diverges. Between, the direction of the offset o decides: with o along one "
    "coordinate the forces balance, e along o, at ‖o‖ = 1/κ, with n equal offsets at K/h(1/√n), "
    "which tends to K.",
    latex=r"\|o\| < \frac{1}{\kappa} \Rightarrow \frac{d\|e\|}{dt} \le -\lambda\Big(\frac1\kappa -"
    r" \|o\|\Big), \qquad \|o\| > \frac{\pi}{2\kappa} \Rightarrow \|e\| \to \infty",
    hypotheses=_TRUE,
    twins=(
        twin("convergence for every ‖o‖ < π/(2κ)", low=half_pi),
        twin("divergence for every ‖o‖ > 1/κ", high=1 / half_pi),
    ),
)
def ttv2_breakdown_bracket(run: Run, low: Expr = sympy.S.One, high: Expr = sympy.S.One) -> Evidence:
    """ρ·f(ρ) ≥ (2/π)ρ² and f(ρ)² ≤ ρ² in each coordinate, then sum with Σρ² = 1 and Cauchy."""
    given = facts_of(_TRUE)
    force = rho / h
    psi, sine, cosine = sympy.symbols("psi sin_psi cos_psi", real=True)
    along = cosine + psi * sine  # h at ρ = sin ψ
    rise = (
        sympy.diff(along, psi) + sympy.diff(along, sine) * cosine - sympy.diff(along, cosine) * sine
    )
    return conclude(
        lemma("dh/dψ = ψ cos ψ for ρ = sin ψ", prove_identity(rise, psi * cosine)),
        lemma("h(0) = 1", prove_identity(along.subs({psi: 0, sine: 0, cosine: 1}), 1)),
        lemma(
            "h(±1) = π/2", prove_identity(along.subs({psi: half_pi, sine: 1, cosine: 0}), half_pi)
        ),
        remark("so h falls on [−1, 0] and rises on [0, 1]: 1 ≤ h ≤ π/2"),
        lemma(
            "(π/2)ρf(ρ) ≥ low·ρ²: ‖e‖′ ≤ λ(‖o‖ − KΣρf) ≤ λ(‖o‖ − 1/κ)",
            prove_by_terms(
                ge(half_pi * rho * force, low * rho**2),
                given,
                [(1, rho, (ge(half_pi - h),))],
                multiplier=[gt(h)],
                points=[{"rho": 1, "h": "11/7", "half_pi": "11/7", "kappa": 1, "K": "11/7",
                         "rate": 1, "offset": 1}],
            ),
        ),
        lemma(
            "f(ρ)² ≤ ρ²: (o·e)′ = λ(‖o‖² − KΣo_jf_j) ≥ λ‖o‖(‖o‖ − K)",
            prove_by_terms(
                ge(high**2 * rho**2, force**2),
                given,
                [(1, rho, (ge(h, 1), ge(h, 1))), (2, rho, (ge(h, 1),))],
                multiplier=[gt(h), gt(h)],
                points=[{"rho": "1/10", "h": "1005/1000", "half_pi": "11/7", "kappa": 1,
                         "K": "11/7", "rate": 1, "offset": 1}],
            ),
        ),
        lemma(
            "one offset, e along it: Kf(1) = 1/κ",
            prove_polynomial(eq(kappa * K / half_pi, 1), given, multiplier=[gt(half_pi)]),
        ),
        remark("n equal offsets, e along them: ρ_j = 1/√n, so K·√n·f(1/√n) = K/h(1/√n)"),
        remark("at e = 0: ‖f‖ ≤ 1 on the unit sphere, so on its hull: the bound of (o·e)′ stays"),
        value="1/κ … π/(2κ)",
    )  # fmt: skip
