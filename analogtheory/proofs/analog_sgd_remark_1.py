"""Remark 1 of arXiv:2502.06309 after Theorem 2: what (75) and (21) say, and what the proof gives.

(74) with ‖∇f‖²_M ≥ min M(W_k)·‖∇f‖² reads α/(2F_max)·min M(W_k)·‖∇f(W_k)‖² ≤ f(W_k) −
E f(W_{k+1}) + … . Summing after a division by min M(W_k) does not telescope: (f(W_k) −
f(W_{k+1}))/min M(W_k) pays for every fall of f at the saturated weights and is repaid only in
part by the rises at others. (75) divides the terms of S_K by min{M(W_k)} and the rest by M_min.
If min{M(W_k)} is the least along the whole path, as in (19), the proof is right; if it belongs to
the iterate, as in (18), which is how (21) is deduced from it, (75) is false, and so is (21).

(75), f = w²/2, noise ±1 at every weight, σ = L = F_max = 1, α = ε³ (D = 1, all numbers exact):
* w < 1/4: q₊ = 3/2, q₋ = 1/2, so that F = 1, G = −1/2, M = 3/4; the mean step is α(½ − w).
* w ≥ 1/4: q₊ = q₋ = ε, so that F = ε, G = 0, M = M_min = ε²; the mean step is −αεw.
The weight rises where that is cheap and falls slowly where M is small: it stays near 1/4, left of
it for a share of about 4ε of the steps. As ε → 0 the left side tends to 1/16, the right to 0.

(21), linear device, τ = σ = 1, with λ = 1/128 and δ = 2⁻³² (D = 1, all numbers exact):
* 0 < w < 3/4 + ℓ: f′ = λ − w and noise ±1, so that the mean step is −αλ at every weight.
* w ≤ 0, with u = 1 + w: f′ = λ/u and no noise, so that every step is −αλ; below u = δ, f′ falls
  linearly to 0 at u = δ/2. Right of 3/4 + ℓ, f′ rises linearly to 0 at 3/4 + 2ℓ; no noise there.
From W_0 = 3/4 the bias lifts f by 0.275 up to w = 0; λ ln(1/δ) < 0.25 of it is spent left of 0,
where M ≈ 2u: α·Σf′² = λ/δ, but α·Σ2w²/(1 − w²) ≈ ln(1/δ)/λ only.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy

from analogtheory.claims import (
    Evidence,
    Run,
    Source,
    at_most,
    claim,
    conclude,
    derived,
    facts_of,
    hypothesis,
    lemma,
    remark,
    twin,
)
from analogtheory.proofs.response_formulas import family
from analogtheory.prove import Fact, Outcome, Term, ge, gt, prove_by_terms, prove_identity
from analogtheory.responses import WEIGHT, parameter

PAPER = "2502.06309"
HALF, QUARTER = sympy.Rational(1, 2), sympy.Rational(1, 4)
alpha, L, sigma, F_max, S, K = sympy.symbols("alpha L sigma F_max S K", real=True)
gap, fall, weighted, plain, M_min = sympy.symbols("gap fall weighted plain M_min", real=True)

_SMOOTH = hypothesis(
    "f is L-smooth and f ≥ f*; the noise has total variance ≤ σ²; |G| ≤ F ≤ F_max",
    gt(L), gt(F_max), ge(gap - fall),
)  # fmt: skip
_STEP = hypothesis("0 < α ≤ 1/(4·L·F_max)", gt(alpha), gt(K))
_SATURATION = hypothesis(
    "M(W_k) ≥ M_min > 0 for all k < K", gt(M_min), ge(weighted - M_min * plain)
)

#: The instance of (75): ε, and W_0; α = ε³ and K = W_0²/(2α²), so that α is the prescribed step.
EPSILON, START = Fraction(1, 1024), Fraction(1, 32)


def valley(
    per_iterate: bool = True, epsilon: Fraction = EPSILON, start: Fraction = START
) -> tuple[int, Fraction, Fraction]:
    """K, the left side of (75) at least, and its right side at most, on f = w²/2.

    `share` bounds the expected share of the steps from a weight below 1/4: each of them raises
    E W by α/4 at least, any other lowers it by αε at most, and E W rises by 1 − W_0 at most.
    """
    step = epsilon**3
    horizon = start**2 / (2 * step**2)
    share = (epsilon + (1 - start) / (step * horizon)) / (Fraction(1, 4) + epsilon)
    left = Fraction(1, 16) * (1 - share)
    least = Fraction(3, 4) if per_iterate else epsilon**2
    return int(horizon), left, 4 * step / epsilon**2 + 2 * share * Fraction(1, 4) / least


@claim(
    "analog-sgd-remark-1-printed",
    source=Source(PAPER, "Remark 1, eq. (75), with min{M(W_k)} at each iterate as in (18)"),
    form="printed",
    statement="If M(W_k) ≥ M_min > 0 for all k and α is the prescribed step size, "
    "(1/K)Σ E‖∇f(W_k)‖² ≤ (4F_max²/M_min)√((f(W_0) − f*)σ²L/K) + 2F_max·σ²·"
    "(1/K)Σ E[‖G/√F‖²_∞/min M(W_k)], where min M(W_k) is the least coordinate of M at W_k.",
    latex=r"\frac1K\sum_k\mathbb{E}\|\nabla f(W_k)\|^2 \le \frac{4F_{\max}^2}{M_{\min}}"
    r"\sqrt{\frac{(f(W_0)-f^*)\sigma^2L}{K}} + 2F_{\max}\sigma^2\frac1K\sum_k"
    r"\mathbb{E}\frac{\|G(W_k)/\sqrt{F(W_k)}\|_\infty^2}{\min_d [M(W_k)]_d}",
    hypotheses=(_SMOOTH, _STEP, _SATURATION),
    twins=(twin("M_min for min M(W_k) inside the sum", per_iterate=False),),
    expected="refuted",
    repaired_by="analog-sgd-remark-1",
    consequence="the asymptotic term is σ²S_K/M_min, with the worst saturation of the whole path; "
    "so (21), with 1 − ‖W_k‖²_∞/τ² inside the sum, does not follow either",
    readings=(
        "min{M(W_k)} as the least along the path too, as in (19): true, it is the repaired claim; "
        "but then (21) does not follow from it",
        "with expectations on both sides and ≤ for its =, as in Appendix B: what is refuted here; "
        "without expectations, for every path, it would imply this",
        "any constant factor on the right: with α = ε³ and ε → 0 the left side tends to 1/16 and "
        "the right side to 0",
        "f strongly convex and noise of the same law at every weight: both hold here",
        "sums from 0 to K − 1 or to K: one term more, below 2⁻⁴⁸, no difference",
    ),
)
def remark_1_printed(run: Run, per_iterate: bool = True) -> Evidence:
    """The first instance of the module's docstring, in exact rationals."""
    horizon, left, right = valley(per_iterate)
    return conclude(
        *_valley_steps(),
        remark(
            "q± have to be differentiable: in K steps with noise ±1 only finitely many weights can "
            "be reached, so some interval left of 1/4 contains none; q± pass smoothly from one "
            "value to the other inside it, which changes no path and keeps M ≥ ε²"
        ),
        at_most(
            f"ε = 1/1024, α = ε³, W_0 = 1/32, K = {horizon}: lower bound of the left side against "
            "upper bound of the right side",
            left,
            right,
        ),
        value=float(left / right),
    )


def _valley_steps() -> list[Any]:
    """|W_k| ≤ 1, the mean step left of 1/4 and right of it, and the share of the former."""
    w, q, eps, share, rise = sympy.symbols("w q epsilon share rise", real=True)
    inside, short, total = ge(1 - w), ge(1 - alpha * q), gt(QUARTER + eps)
    drift = ge(rise - alpha * K * (share / 4 - eps * (1 - share)))
    terms: list[Term] = [(1, 1, {drift: 1, gt(alpha): -1, gt(K): -1, total: -1})]
    kept: list[Term] = [(1, 1, {inside: 1, short: 1})]
    return [
        lemma(
            "|W| ≤ 1 is kept where αq± ≤ 1: upwards 1 − W⁺ = (1 − w)(1 − αq₊), downwards by w → −w",
            prove_by_terms(ge(1 - w - alpha * q * (1 - w)), (inside, short), kept),
        ),
        lemma(
            "|w ± 1| = 1 ± w for |w| ≤ 1, so left of 1/4 the mean step over α is ½ − w ≥ 1/4",
            prove_identity(_mean_step(w, 1, -HALF), HALF - w),
        ),
        lemma(
            "right of 1/4 the mean step over α is −εw ≥ −ε",
            prove_identity(_mean_step(w, eps, sympy.Integer(0)), -eps * w),
        ),
        lemma(
            "summed over k < K: the expected share of the steps left of 1/4 is at most "
            "(ε + (E W_K − W_0)/(αK))/(1/4 + ε)",
            prove_by_terms(
                ge((eps + rise / (alpha * K)) / (QUARTER + eps), share),
                (gt(alpha), gt(K), total, drift),
                terms,
            ),
        ),
        lemma(
            "left of 1/4, G²/(FM) = 1/3",
            prove_identity(HALF**2 / (1 - HALF**2), sympy.Rational(1, 3)),
        ),
    ]


def _mean_step(w: sympy.Expr, F: Any, G: sympy.Expr) -> sympy.Expr:
    """−E[gF + |g|G] for g = w ± 1 with |g| = 1 ± w."""
    return -((w + 1) + (w - 1)) * F / 2 - ((1 + w) + (1 - w)) * G / 2


def _summed(asymmetric: sympy.Expr) -> Fact:
    """One step without the metric's term, summed over K steps: c = `asymmetric`."""
    return ge(
        fall
        + K * (alpha**2 * L * F_max**2 * sigma**2 + asymmetric * alpha * sigma**2 * S)
        - alpha * K * weighted / (2 * F_max)
    )


def _bounded(asymmetric: sympy.Expr, last: sympy.Expr, power: int, drop: str) -> Outcome:
    """plain ≤ (2F·gap/(αK) + 2αLF³σ² + last·Fσ²S)/M_min from the sum; α is prescribed later."""
    known = (*facts_of((_SMOOTH, _STEP, _SATURATION), drop=drop), _summed(asymmetric))
    if drop:
        known = (*known, gt(M_min))
    bound = (
        2 * F_max * gap / (alpha * K)
        + 2 * alpha * L * F_max**3 * sigma**2
        + last * F_max * sigma**2 * S
    ) / M_min**power
    over = {gt(alpha): -1, gt(K): -1, gt(M_min): -1}
    terms: list[Term] = [
        (2, 1, {_summed(asymmetric): 1, gt(F_max): 1, **over}),
        (2, 1, {ge(gap - fall): 1, gt(F_max): 1, **over}),
        (1, 1, {ge(weighted - M_min * plain): 1, gt(M_min): -1}),
    ]
    one = {"alpha": "1/4", "L": 1, "F_max": 1, "K": 1, "gap": 0, "fall": 0}
    quiet = {"alpha": "1/4", "L": 1, "F_max": 1, "K": 8, "gap": 1, "fall": 1, "sigma": 0, "S": 0}
    spread = sympy.Rational(1, 2) + 2 * asymmetric  # (2αL + 2c·S)σ² with α = ¼, S = σ = 1
    points = [
        {**quiet, "weighted": 1, "plain": 2, "M_min": "1/2"},
        {**one, "sigma": 1, "S": 1, "weighted": spread, "plain": spread, "M_min": 1},
        {**quiet, "weighted": 1, "plain": 2, "M_min": 1},
    ]
    return prove_by_terms(ge(bound, plain), known, terms, points=points)


def _prescribed(longest: int) -> Outcome:
    """With r = √(gap/(σ²LK)) and α = r/F_max: 2F·gap/(αK) + 2αLF³σ² = 4F²·σ²Lr."""
    r = sympy.Symbol("r", real=True)
    step, spread = r / F_max, r**2 * sigma**2 * L * K
    total = 2 * F_max * spread / (step * K) + 2 * step * L * F_max**3 * sigma**2
    return prove_identity(total, longest * F_max**2 * sigma**2 * L * r)


@claim(
    "analog-sgd-remark-1",
    source=Source(PAPER, "Remark 1, eq. (75), with M_min for every min M(W_k)"),
    form="repaired",
    statement="If M(W_k) ≥ M_min > 0 for all k and α is the prescribed step size, "
    "(1/K)Σ E‖∇f(W_k)‖² ≤ [4F_max²√((f(W_0) − f*)σ²L/K) + 2F_max·σ²·E S_K]/M_min.",
    latex=r"\frac1K\sum_{k<K}\mathbb{E}\|\nabla f(W_k)\|^2 \le \frac{1}{M_{\min}}\left["
    r"4F_{\max}^2\sqrt{\frac{(f(W_0)-f^*)\sigma^2L}{K}} + 2F_{\max}\sigma^2\,\mathbb{E}S_K\right]",
    hypotheses=(_SMOOTH, _STEP, _SATURATION),
    twins=(
        twin("without the division by M_min", power=0),
        twin("½ for 2 before F_max·σ²·S_K", last=sympy.Rational(1, 2)),
        twin("2 for 4 before the square root", first=2),
        twin("M not bounded away from 0", drop="M_min"),
    ),
)
def remark_1(
    run: Run,
    power: int = 1,
    last: sympy.Expr = sympy.Integer(2),
    first: int = 4,
    drop: str = "",
) -> Evidence:
    """The sum of (74) over k, with M_min outside, then the step size."""
    return conclude(
        remark("(74) in expectation (claim analog-sgd-one-step), summed over k < K"),
        lemma("solved for (1/K)Σ E‖∇f‖²", _bounded(sympy.Integer(1), last, power, drop)),
        lemma("the prescribed step size", _prescribed(first)),
        value="2",
    )


@claim(
    "analog-sgd-remark-1-sharp",
    source=derived("claim analog-sgd-one-step-without-metric, summed over k", PAPER),
    form="derived",
    statement="In Remark 1 the asymptotic term can be halved: (1/K)Σ E‖∇f(W_k)‖² ≤ "
    "[4F_max²√((f(W_0) − f*)σ²L/K) + F_max·σ²·E S_K]/M_min, and for K ≥ 4L(f(W_0) − f*)/σ² "
    "already.",
    latex=r"\frac1K\sum_{k<K}\mathbb{E}\|\nabla f(W_k)\|^2 \le \frac{1}{M_{\min}}\left["
    r"4F_{\max}^2\sqrt{\frac{(f(W_0)-f^*)\sigma^2L}{K}} + F_{\max}\sigma^2\,\mathbb{E}S_K\right]",
    hypotheses=(_SMOOTH, hypothesis("0 < α ≤ 1/(2·L·F_max)", *_STEP.facts), _SATURATION),
    twins=(
        twin("0.9 for 1 before F_max·σ²·S_K", last=sympy.Rational(9, 10)),
        twin("without the division by M_min", power=0),
    ),
)
def remark_1_sharp(run: Run, last: sympy.Expr = sympy.Integer(1), power: int = 1) -> Evidence:
    """As before, with the sharper one-step inequality."""
    return conclude(
        remark("the one-step inequality with ½ασ², in expectation, summed over k < K"),
        lemma("solved for (1/K)Σ E‖∇f‖²", _bounded(sympy.Rational(1, 2), last, power, "")),
        lemma("the prescribed step size", _prescribed(4)),
        value="1",
    )


#: The instance of (21): λ, δ = 2⁻ⁿ, ℓ and α; W_0 = 3/4.
DRIFT, HALVINGS, MARGIN, SMALL = Fraction(1, 128), 32, Fraction(1, 2**40), Fraction(1, 2**140)


@dataclass(frozen=True)
class Slope:
    """The second instance of the module's docstring, times α·K, as exact rationals.

    Attributes
    ----------
    left : Fraction
        α·Σ E f′², at least.
    per_iterate, saturated : Fraction
        The right side of (21), at most; and with 1 − W_max² inside the sum, at most.
    climb, fall : Fraction
        f(0) − f(W_0), and what f falls by left of 0, at most.
    smoothness, curvature : Fraction
        L, from α = √((f(W_0) − f*)/(LK)); and the largest slope of f′.
    """

    left: Fraction
    per_iterate: Fraction
    saturated: Fraction
    climb: Fraction
    fall: Fraction
    smoothness: Fraction
    curvature: Fraction


def slope() -> Slope:
    """Bounds of the two sides of (21).

    The weight passes 0 at a step T with W_0 − ℓ < αλT, T ≤ (W_0 + ℓ)/(αλ) on all paths but a
    share `lost` (Chebyshev). Then u = 1 + W falls by αλ a step from at least 1 − 4α; K is such
    that it ends between δ and 2δ. In every halving of u there are 1/(2^{i+1}αλ) + 1 steps at
    most, each at the cost 2w²/(1 − w²) ≤ 1/u < 2^{i+1}; before T the cost is at most 4.
    """
    start, depth = Fraction(3, 4), Fraction(1, 2**HALVINGS)
    climbing = (start + MARGIN) / DRIFT  # αT at most
    total = (start + MARGIN + 1 - 2 * depth) / DRIFT  # αK
    lost = 4 * SMALL * climbing / MARGIN**2
    least = 1 - (1 - depth / 2) ** 2  # 1 − W_max²
    excess = start + MARGIN - DRIFT  # −f′ where the noise ends on the right
    gap = MARGIN * (start - DRIFT) + MARGIN**2 / 2 + excess * MARGIN / 2  # f(W_0) − f*
    cost = 4 * climbing + HALVINGS / DRIFT + SMALL * 2 ** (HALVINGS + 1)
    return Slope(
        left=(1 - lost) * DRIFT * (1 / (2 * depth + SMALL) - 2),
        per_iterate=4 * gap / least + cost + (lost * total + SMALL) * 2 / least,
        saturated=4 * gap / least + 2 * (total + SMALL) / least,
        climb=start**2 / 2 - DRIFT * start,
        fall=DRIFT * (HALVINGS + Fraction(1, 4)),
        smoothness=gap / (SMALL * total),
        curvature=max(2 * DRIFT / depth**2, excess / MARGIN),
    )


@claim(
    "analog-sgd-linear-bound-printed",
    source=Source(PAPER, "eq. (21), which restates a theorem of arXiv:2406.12774"),
    form="printed",
    statement="On the linear device with c = 0, ‖W_k‖_∞ ≤ W_max < τ and the prescribed step size, "
    "(1/K)Σ E‖∇f(W_k)‖² ≤ 4√((f(W_0) − f*)σ²L/K)/(1 − W_max²/τ²) "
    "+ 2σ²·(1/K)Σ E[(‖W_k‖²_∞/τ²)/(1 − ‖W_k‖²_∞/τ²)].",
    latex=r"\frac1K\sum_k\mathbb{E}\|\nabla f(W_k)\|^2 \le"
    r"\frac{4}{1-W_{\max}^2/\tau^2}\sqrt{\frac{(f(W_0)-f^*)\sigma^2L}{K}}"
    r" + 2\sigma^2\frac1K\sum_k\mathbb{E}"
    r"\frac{\|W_k\|_\infty^2/\tau^2}{1-\|W_k\|_\infty^2/\tau^2}",
    hypotheses=(_SMOOTH, _STEP, hypothesis("linear device with c = 0; ‖W_k‖_∞ ≤ W_max < τ")),
    twins=(twin("1 − W_max²/τ² for 1 − ‖W_k‖²_∞/τ² inside the sum", outside=True),),
    expected="refuted",
    repaired_by="analog-sgd-linear-device",
    consequence="the asymptotic term of the linear device is 2σ²(1/K)Σ‖W_k‖²_∞/τ² divided by "
    "1 − W_max²/τ², not a mean of the saturation at each iterate",
    readings=(
        "its first term with O(·), any constant for 4: here it is 4(f(W_0) − f*)/(αK(1 − W_max²)) "
        "with f(W_0) − f* < 2ℓ, and ℓ may be as small as one likes: no difference",
        "any constant factor before the second term: the left side grows like 1/δ, the sum of the "
        "second term like log(1/δ), with λ = 1/(4 log₂(1/δ)): no difference",
        "f convex, or noise of the same law at every weight, or E|g| ≥ cσ everywhere: not decided; "
        "this instance has none of them, and Assumptions 1 and 2 ask for none",
        "the text of arXiv:2406.12774 was not at hand: only its restatement is judged",
    ),
)
def linear_bound_printed(run: Run, outside: bool = False) -> Evidence:
    """The second instance of the module's docstring, in exact rationals."""
    found = slope()
    right = found.saturated if outside else found.per_iterate
    return conclude(
        *_slope_steps(),
        at_most("f is lowest right of W_0: it falls left of 0 by less than it climbed before",
                found.fall, found.climb),
        at_most("the prescribed α belongs to an L that is no less than the slope of f′, here over "
                "L", found.curvature / found.smoothness, 1),
        remark(
            "W_k + αλk is a martingale while 0 < W_k < W_0 + ℓ, its steps below 2α. Chebyshev's "
            "inequality at k = (W_0 + ℓ)/(αλ): it has moved by ℓ with probability 4α²k/ℓ² at most; "
            "if not, W passes 0 at a step T with W_0 − ℓ < αλT ≤ W_0 + ℓ, and then δ ≤ u ≤ 1 falls "
            "by αλ a step: at most 1/(2^{i+1}αλ) + 1 steps between 2^{-i-1} and 2^{-i}"
        ),
        at_most(
            "λ = 1/128, δ = 2⁻³², ℓ = 2⁻⁴⁰, α = 2⁻¹⁴⁰, K = (7/4 + ℓ − 2δ)/(αλ), "
            "W_max = 1 − δ/2: lower bound of the left side against upper bound of the right side, "
            "both times αK",
            found.left,
            right,
        ),
        value=float(found.left / right),
    )  # fmt: skip


def _slope_steps() -> list[Any]:
    """The mean step and its spread, the fall, its gain and its cost."""
    w, u, lam, h = sympy.symbols("w u lambda_ h", real=True)
    up, down = ((lam - w + s) + (1 + s * (lam - w)) * w for s in (1, -1))  # g + |g|w
    positive, below, room = gt(u), ge(1 - u), gt(2 - u)
    end = sympy.Rational(4, 5)
    near, far, inside = ge(end - w), ge(end + w), gt(1 - w**2)
    longer = gt(u + h)
    return [
        lemma("0 < w < W_0 + ℓ: f′ = λ − w, |f′ ± 1| = 1 ± f′, and the mean step is −αλ",
              prove_identity((up + down) / 2, lam)),
        lemma("there both steps differ from it by α(1 + wf′), between 0 and 2α",
              prove_identity((up - down) / 2, 1 + w * (lam - w))),
        lemma("w ≤ 0: f′ = λ/u and q₋ = u, so that u⁺ = u − αλ",
              prove_identity(u - alpha * (lam / u) * u, u - alpha * lam)),
        lemma("the gain: 1/u² ≥ (1/u − 1/(u + h))/h with h = αλ, which telescopes", prove_by_terms(
            ge(1 / u**2, 1 / (u * (u + h))), (positive, gt(h), longer),
            [(1, 1, {gt(h): 1, positive: -2, longer: -1})],
        )),
        lemma("the cost at u ≤ 1: 2w²/(1 − w²) ≤ 1/u", prove_by_terms(
            ge(1 / u, 2 * (1 - u) ** 2 / (u * (2 - u))), (positive, below, room),
            [(1, 1, {room: -1}), (2, 1, {below: 1, room: -1})],
        )),
        lemma("the cost at 0 ≤ w ≤ 4/5: 2w²/(1 − w²) ≤ 4", prove_by_terms(
            ge(4, 2 * w**2 / (1 - w**2)), (near, far, inside),
            [(sympy.Rational(4, 25), 1, {inside: -1}), (6, 1, {near: 1, far: 1, inside: -1})],
        )),
    ]  # fmt: skip


@claim(
    "analog-sgd-linear-device",
    source=Source(PAPER, "eq. (21), with 1 − W_max²/τ² for every 1 − ‖W_k‖²_∞/τ²"),
    form="repaired",
    statement="On the linear device with c = 0, ‖W_k‖_∞ ≤ W_max < τ and the prescribed step size, "
    "(1/K)Σ E‖∇f(W_k)‖² ≤ [4√((f(W_0) − f*)σ²L/K) + 2σ²·(1/K)Σ E‖W_k‖²_∞/τ²]/(1 − W_max²/τ²).",
    latex=r"\frac1K\sum_{k<K}\mathbb{E}\|\nabla f(W_k)\|^2 \le \frac{1}{1-W_{\max}^2/\tau^2}"
    r"\left[4\sqrt{\frac{(f(W_0)-f^*)\sigma^2L}{K}}"
    r" + 2\sigma^2\frac1K\sum_k\mathbb{E}\frac{\|W_k\|_\infty^2}{\tau^2}\right]",
    hypotheses=(hypothesis("the hypotheses of Remark 1; ‖W_k‖_∞ ≤ W_max < τ"),),
    twins=(
        twin("1 − W_max/τ for 1 − W_max²/τ²", power=1),
        twin("c = 1/10 for c = 0", shift=sympy.Rational(1, 10)),
    ),
)
def linear_device(run: Run, power: int = 2, shift: sympy.Expr = sympy.Integer(0)) -> Evidence:
    """F = 1, G = w/τ, M = 1 − w²/τ², smallest at |w| = W_max: put into Remark 1."""
    device = family("linear").at(c=shift)
    tau, most = parameter("tau"), sympy.Symbol("most", real=True)
    least = 1 - (most / tau) ** power
    known = [ge(most - WEIGHT), ge(most + WEIGHT), gt(tau - most), gt(tau)]
    return conclude(
        lemma("F = 1", prove_identity(device.F, 1)),
        lemma("G²/F = w²/τ²", prove_identity(device.G**2 / device.F, WEIGHT**2 / tau**2)),
        lemma("M at |w| = W_max", prove_identity(
            device.M.subs(WEIGHT, most), least, points=[{"most": 1, "tau": 2}],
        )),
        lemma("M is nowhere smaller", prove_by_terms(
            ge(device.M, 1 - most**2 / tau**2), known,
            [(1, 1, {known[0]: 1, known[1]: 1, known[3]: -2})],
        )),
        lemma("Remark 1, repaired", _bounded(sympy.Integer(1), sympy.Integer(2), 1, "")),
    )  # fmt: skip
