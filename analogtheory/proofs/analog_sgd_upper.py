"""From one step of Analog SGD to its bounds: Theorem 2 of arXiv:2502.06309, and stationarity.

The one-step inequality (72), :mod:`analogtheory.proofs.analog_sgd_one_step`, is summed over K
steps (73), with the prescribed step size, or taken under a stationary law, where E f(W⁺) = E f(W).
Symbols: gap = f(W_0) − f*, `error` = the averaged metric, S = S_K or E‖G/√F‖²_∞.
"""

from __future__ import annotations

from typing import Any

import sympy

from analogtheory.bounds import REMARK_1, WEIGHTED
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
    remark,
    twin,
)
from analogtheory.proofs import descent
from analogtheory.proofs.descent import RESPONSE, exceeds
from analogtheory.prove import Fact, Term, ge, gt, le, prove_by_terms, prove_identity

PAPER = "2502.06309"
alpha, L, sigma, F_max, S, gap, K = sympy.symbols("alpha L sigma F_max S gap K", real=True)
error, weighted, plain, M_min, fall, r = sympy.symbols(
    "error weighted plain M_min fall r", real=True
)

SIZES = hypothesis("α, L, F_max, K > 0", gt(alpha), gt(L), gt(F_max), gt(K))
LOWER_BOUND = hypothesis("f ≥ f*", ge(gap - fall))
STATIONARY = hypothesis("W is stationary, so that E f(W⁺) = E f(W)")
ONE_STEP = hypothesis(
    "f is L-smooth, the noise has total variance ≤ σ², |G| ≤ F ≤ F_max, α ≤ 1/(4·L·F_max)",
    predicate=lambda p: p.lr * 4 * p.objective.smoothness * p.response.F_max.high <= 1,
)


# ------------------------------------------------------------------ K steps


@claim(
    "analog-sgd-finite-horizon",
    source=Source(PAPER, "eq. (73), second line, for every step size, with the expectation of S_K"),
    form="printed",
    statement="For α ≤ 1/(4·L·F_max) and every K, (1/K)Σ_{k<K} E[‖∇f⊙F + |∇f|⊙G‖² + 4‖∇f‖²_M] ≤ "
    "8F_max(f(W_0) − f*)/(αK) + 8αLF_max³σ² + 8F_max·σ²·E S_K.",
    latex=r"\frac{1}{K}\sum_{k=0}^{K-1}\mathbb{E}\left[\|\nabla f\odot F + |\nabla f|\odot G\|^2"
    r" + 4\|\nabla f\|_M^2\right] \le \frac{8F_{\max}(f(W_0)-f^*)}{\alpha K}"
    r" + 8\alpha L F_{\max}^3\sigma^2 + 8F_{\max}\sigma^2\,\mathbb{E}S_K",
    hypotheses=(ONE_STEP, SIZES, LOWER_BOUND),
    twins=(
        twin("4 for 8 in the first term", first=4),
        twin("4 for 8 in the last term", last=4),
        twin("f not bounded below", drop="f ≥ f*"),
    ),
)
def finite_horizon(run: Run, first: int = 8, last: int = 8, drop: str = "") -> Evidence:
    """Sum of (72): Σ E f(W_{k+1}) − E f(W_k) telescopes to −fall, the expected fall of f."""
    known = facts_of((ONE_STEP, SIZES, LOWER_BOUND), drop=drop)
    summed = ge(
        fall + K * (alpha**2 * L * F_max**2 * sigma**2 + alpha * sigma**2 * S)
        - alpha * K * error / (8 * F_max)
    )  # fmt: skip
    bound = (
        first * F_max * gap / (alpha * K)
        + 8 * alpha * L * F_max**3 * sigma**2
        + last * F_max * sigma**2 * S
    )
    over = {gt(alpha): -1, gt(K): -1}
    terms: list[Term] = [
        (8, 1, {summed: 1, gt(F_max): 1, **over}),
        (8, 1, {ge(gap - fall): 1, gt(F_max): 1, **over}),
    ]
    tight = {"alpha": 1, "L": "1/4", "F_max": 1, "K": 1, "gap": 1, "fall": 1}
    points = [
        {**tight, "sigma": 0, "S": 0, "error": 8},
        {**tight, "sigma": 1, "S": 1, "error": 18},
        {**tight, "gap": 0, "sigma": 0, "S": 0, "error": 8},
    ]
    return conclude(
        remark("(72) in expectation, summed over k < K; its terms telescope"),
        lemma("solved for the averaged metric", prove_by_terms(
            ge(bound, error), (*known, summed), terms, points=points,
        )),
    )  # fmt: skip


@claim(
    "analog-sgd-prescribed-step",
    source=Source(PAPER, "eq. (73), last line, and the step size after it"),
    form="printed",
    statement="The step size α = (1/F_max)√((f(W_0) − f*)/(σ²LK)) makes the first two terms of "
    "(73) 16F_max²√((f(W_0) − f*)σ²L/K), the least that any α gives; it is at most "
    "1/(4LF_max) if and only if K ≥ 16L(f(W_0) − f*)/σ².",
    latex=r"\min_\alpha\left[\frac{8F_{\max}\Delta}{\alpha K} + 8\alpha LF_{\max}^3\sigma^2\right]"
    r" = 16F_{\max}^2\sqrt{\frac{\Delta\sigma^2L}{K}},\quad"
    r" \alpha \le \frac{1}{4LF_{\max}} \Leftrightarrow K \ge \frac{16L\Delta}{\sigma^2}",
    hypotheses=(SIZES, hypothesis("σ > 0 and f(W_0) > f*", gt(sigma), gt(gap))),
    twins=(
        twin("8 for 16", total=8),
        twin("K ≥ 8L(f(W_0) − f*)/σ²", least=8),
        twin("K ≥ 18L(f(W_0) − f*)/σ²", least=18),
    ),
)
def prescribed_step(run: Run, total: int = 16, least: int = 16) -> Evidence:
    """With r = √(gap/(σ²LK)): α = r/F_max and √(gap·σ²L/K) = σ²·L·r."""
    spread = r**2 * sigma**2 * L * K  # gap, by the definition of r
    terms_at = 8 * F_max * spread / (alpha * K) + 8 * alpha * L * F_max**3 * sigma**2
    root = sigma**2 * L * r
    facts = (gt(alpha), gt(L), gt(F_max), gt(K), gt(sigma), gt(r))
    best: list[Term] = [(8, sigma * (r - alpha * F_max), {gt(L): 1, gt(F_max): 1, gt(alpha): -1})]
    many, short = ge(sigma**2 * K, least * L * spread), ge(1 - (4 * L * r) ** 2)
    return conclude(
        lemma("√(gap·σ²L/K) squared", prove_identity(root**2, spread * sigma**2 * L / K)),
        lemma("the prescribed step attains it", prove_identity(
            terms_at.subs(alpha, r / F_max), total * F_max**2 * root,
        )),
        lemma("no step does better", prove_by_terms(
            ge(terms_at, 16 * F_max**2 * root), facts, best,
        )),
        lemma("α ≤ 1/(4LF_max) needs K ≥ 16L·gap/σ²", prove_by_terms(
            many, (*facts, short), [(1, sigma, {gt(K): 1, short: 1})],
            points=[{**dict.fromkeys(("alpha", "F_max", "K", "sigma"), 1), "L": 1, "r": "6/25"}],
        )),
        lemma("K ≥ 16L·gap/σ² suffices: (4Lr)² ≤ 1", prove_by_terms(
            le((4 * L * r) ** 2, 1), (*facts, many),
            [(1, 1, {many: 1, gt(K): -1, gt(sigma): -2})],
            points=[{**dict.fromkeys(("alpha", "F_max", "K", "sigma"), 1), "L": 1, "r": "1/3"}],
        )),
        value=str(total),
    )  # fmt: skip


# ------------------------------------------------------------------ stationarity


_slope = sympy.Symbol("slope", real=True)
_INWARD = hypothesis(
    "f′(low) ≤ 0 ≤ f′(high): f does not fall towards the ends of the range",
    le(_slope, 0),
    predicate=lambda p: bool(
        p.objective.gradient(float(p.response.low)) <= 0
        and p.objective.gradient(float(p.response.high)) >= 0
    ),
)


@claim(
    "analog-sgd-clipping",
    source=derived("smoothness, with f continued linearly beyond the range"),
    form="derived",
    statement="If f′(low) ≤ 0 ≤ f′(high), clipping a weight to [low, high] does not raise the "
    "linear continuation of f, so that the descent inequalities survive clipping.",
    latex=r"w \le \mathrm{low},\; f'(\mathrm{low}) \le 0 \;\Rightarrow\;"
    r" f(\mathrm{low}) \le f(\mathrm{low}) + f'(\mathrm{low})\,(w - \mathrm{low})",
    hypotheses=(_INWARD,),
    twins=(twin("f falls towards the end of the range", drop="f′(low)"),),
)
def clipping(run: Run, drop: str = "") -> Evidence:
    """The lower end; the upper one by w → −w."""
    w, low = sympy.symbols("w low", real=True)
    outside = ge(low - w)
    known = (*facts_of((_INWARD,), drop=drop), outside)
    terms: list[Term] = [(1, 1, {le(_slope, 0): 1, outside: 1})]
    return conclude(
        lemma("the continuation lies above f(low)", prove_by_terms(
            ge(_slope * (w - low)), known, terms, points=[{"slope": 1, "w": 0, "low": 1}],
        )),
        remark("the continuation is L-smooth, so (72) holds for it before clipping"),
    )  # fmt: skip


def balance(asymmetric: sympy.Expr) -> Fact:
    """0 ≤ −(α/2F_max)·E‖∇f‖²_M + α²LF_max²σ² + c·ασ²·S: one step with E f(W⁺) = E f(W)."""
    return ge(
        -alpha * weighted / (2 * F_max)
        + alpha**2 * L * F_max**2 * sigma**2
        + asymmetric * alpha * sigma**2 * S
    )


def in_own_symbols(expression: sympy.Expr) -> sympy.Expr:
    """A formula of :mod:`analogtheory.bounds` in the symbols of this file."""
    names = {s.name: s for s in (alpha, L, sigma, F_max, S, M_min)}
    return expression.subs({s: names[s.name] for s in expression.free_symbols})


NO_HARM = hypothesis(
    "clipping at the ends of the range, if any, does not raise f", predicate=_INWARD.predicate
)
_SATURATION = hypothesis(
    "M(W) ≥ M_min > 0 for every weight of the law", gt(M_min), ge(weighted - M_min * plain)
)
_AT_HALF = {"alpha": "1/4", "L": 1, "F_max": 1, "sigma": 1, "S": 0, "weighted": "1/2", "K": 1}


@claim(
    "analog-sgd-weighted-bound",
    source=derived("eq. (72) in stationarity", PAPER),
    form="derived",
    statement="Under every stationary law E‖∇f(W)‖²_M ≤ 2F_max·σ²·(αLF_max² + E‖G/√F‖²_∞).",
    latex=r"\mathbb{E}\|\nabla f(W)\|_{M(W)}^2 \le 2F_{\max}\sigma^2\left(\alpha L F_{\max}^2"
    r" + \mathbb{E}\left\|\frac{G}{\sqrt F}\right\|_\infty^2\right)",
    hypotheses=(ONE_STEP, SIZES, STATIONARY, NO_HARM),
    twins=(
        twin("a quarter of the bound", factor=sympy.Rational(1, 4)),
        twin("without the term of the step size", symmetric=0),
    ),
)
def weighted_bound(run: Run, factor: sympy.Expr = sympy.Integer(1), symmetric: int = 1) -> Evidence:
    """(72) without its last term, solved for E‖∇f‖²_M."""
    bound = factor * in_own_symbols(WEIGHTED.expr).subs(L, symmetric * L)
    one_step = balance(sympy.Integer(1))
    terms: list[Term] = [(2, 1, {one_step: 1, gt(F_max): 1, gt(alpha): -1})]
    return conclude(
        remark("(72) (claim analog-sgd-one-step) under the law, where E f(W⁺) − E f(W) = 0"),
        lemma("solved for E‖∇f‖²_M", prove_by_terms(
            ge(bound, weighted), (*SIZES.facts, one_step), terms, points=[_AT_HALF],
        )),
    )  # fmt: skip


@claim(
    "analog-sgd-upper-bound",
    source=derived("Remark 1, eqs. (74) and (75), in stationarity", PAPER),
    form="derived",
    statement="If moreover M(W) ≥ M_min > 0, then under every stationary law "
    "E‖∇f(W)‖² ≤ 2F_max·σ²·(αLF_max² + E‖G/√F‖²_∞)/M_min.",
    latex=r"\mathbb{E}\|\nabla f(W)\|^2 \le \frac{2F_{\max}\sigma^2}{M_{\min}}\left("
    r"\alpha L F_{\max}^2 + \mathbb{E}\left\|\frac{G}{\sqrt F}\right\|_\infty^2\right)",
    hypotheses=(ONE_STEP, SIZES, STATIONARY, NO_HARM, _SATURATION),
    twins=(
        twin("without the division by M_min", power=0),
        twin("M not bounded away from 0", drop="M_min"),
    ),
)
def upper_bound(run: Run, power: int = 1, drop: str = "") -> Evidence:
    """E‖∇f‖²_M ≥ M_min·E‖∇f‖², then the weighted bound."""
    bound = in_own_symbols(REMARK_1.expr) * M_min ** (1 - power)
    one_step, saturated = balance(sympy.Integer(1)), ge(weighted - M_min * plain)
    hypotheses = (ONE_STEP, SIZES, STATIONARY, NO_HARM, _SATURATION)
    known = (*facts_of(hypotheses, drop=drop), one_step)
    terms: list[Term] = [
        (2, 1, {one_step: 1, gt(F_max): 1, gt(alpha): -1, gt(M_min): -1}),
        (1, 1, {saturated: 1, gt(M_min): -1}),
    ]
    points = [{**_AT_HALF, "M_min": "1/2", "plain": 1}, {**_AT_HALF, "M_min": 1, "plain": 1}]
    return conclude(
        remark("the weighted bound, with ‖∇f‖²_M ≥ M_min·‖∇f‖²"),
        lemma("solved for E‖∇f‖²", prove_by_terms(ge(bound, plain), known, terms, points=points)),
    )


_LONG = hypothesis(
    "f is L-smooth, the noise has total variance ≤ σ², |G| ≤ F ≤ F_max, α ≤ 1/(2·L·F_max)",
    predicate=lambda p: p.lr * 2 * p.objective.smoothness * p.response.F_max.high <= 1,
)


@claim(
    "analog-sgd-weighted-bound-sharp",
    source=derived("claim analog-sgd-one-step-without-metric, in stationarity", PAPER),
    form="derived",
    statement="For α ≤ 1/(2·L·F_max), under every stationary law E‖∇f(W)‖²_M ≤ "
    "F_max·σ²·(2αLF_max² + E‖G/√F‖²_∞): half the asymptotic term of (72), and no factor below 1 "
    "before E‖G/√F‖²_∞ will do (witness: the instance of the lower bound, h → 0).",
    latex=r"\mathbb{E}\|\nabla f(W)\|_{M(W)}^2 \le F_{\max}\sigma^2\left(2\alpha L F_{\max}^2"
    r" + \mathbb{E}\left\|\frac{G}{\sqrt F}\right\|_\infty^2\right)",
    hypotheses=(_LONG, SIZES, STATIONARY, NO_HARM),
    twins=(
        twin("0.9 for 1 before E‖G/√F‖²_∞", asymmetric=sympy.Rational(9, 20)),
        twin("1.1 for 1 as the least factor", asymmetric=sympy.Rational(11, 20)),
        twin("a quarter of the step-size term", symmetric=sympy.Rational(1, 4)),
    ),
)
def sharp_weighted_bound(
    run: Run,
    asymmetric: sympy.Expr = sympy.Rational(1, 2),
    symmetric: sympy.Expr = sympy.Integer(1),
) -> Evidence:
    """Solved as before; then an instance for every factor 1 − η, 0 < η ≤ 1."""
    bound = 2 * F_max * sigma**2 * (symmetric * alpha * L * F_max**2 + asymmetric * S)
    one_step = balance(sympy.Rational(1, 2))
    terms: list[Term] = [
        (2, 1, {one_step: 1, gt(F_max): 1, gt(alpha): -1}),
        (2 * asymmetric - 1, sigma, {gt(F_max): 1, ge(S): 1}),
    ]
    return conclude(
        remark(
            "the one-step inequality (claim analog-sgd-one-step-without-metric) under the law, "
            "where E f(W⁺) − E f(W) = 0"
        ),
        lemma("solved for E‖∇f‖²_M", prove_by_terms(
            ge(bound, weighted), (*SIZES.facts, ge(S), one_step), terms, points=[_AT_HALF],
        )),
        *_no_smaller_factor(2 * asymmetric),
    )  # fmt: skip


def _no_smaller_factor(factor: sympy.Expr) -> list[Any]:
    """E f′² − 4h²·E W² against F_max·σ²·(2αL + (factor − η)·E W²), on the witness below."""
    h, V = sympy.symbols("h V", real=True)
    rho, step = h / (1 + h), h**4
    square = rho**2 + V
    least = rho**2 + h**2 * V - 4 * h**2 * square
    return [
        remark(
            "witness: f = (h/2)(W − 1)², linear device with τ = σ = 1, noise ±1, h = η/8, α = h⁴; "
            "claims analog-sgd-lower-bound and rademacher-instance-crude-second-moment give its "
            "E W = ρ = h/(1 + h), E f′² = ρ² + h²V and V = Var W ≤ 4α; |f′| ≤ 2h"
        ),
        exceeds(
            "no factor 1 − η, 0 < η ≤ 1: there E[M f′²] ≥ E f′² − 4h²·E W² exceeds the bound",
            least - 2 * step * h - (factor - 8 * h) * square,
            [gt(h), ge(sympy.Rational(1, 8) - h), ge(V), ge(4 * step - V)],
            {"h": "1/10000", "V": 0},
        ),
    ]


# ------------------------------------------------------------------ the metric of the main text

HALF = sympy.Rational(1, 2)
q_min, root = sympy.symbols("q_min root", real=True)
_RESPONSES = hypothesis("q_min ≤ q± (Definition 1)", gt(q_min), ge(weighted - q_min**2 * plain))


@claim(
    "analog-sgd-main-text-metric",
    source=derived("Theorem 2 with the metric (1/K)Σ‖∇f‖² of its statement", PAPER),
    form="derived",
    statement="With the metric of the main text, (1/K)Σ E‖∇f(W_k)‖² ≤ "
    "(4F_max²√((f(W_0) − f*)σ²L/K) + 2F_max·σ²·E S_K)/q_min²; "
    "no constant that is independent of q_min will do for 1/q_min².",
    latex=r"\frac1K\sum_{k<K}\mathbb{E}\|\nabla f(W_k)\|^2 \le \frac{1}{q_{\min}^2}\left("
    r"4F_{\max}^2\sqrt{\frac{(f(W_0)-f^*)\sigma^2L}{K}} + 2F_{\max}\sigma^2\,\mathbb{E}S_K\right)",
    hypotheses=(
        ONE_STEP, hypothesis("the step size prescribed after (73)"), SIZES, _RESPONSES,
    ),
    twins=(
        twin("a constant that does not depend on q_min", power=0),
        twin("a tenth of the bound", factor=sympy.Rational(1, 10)),
    ),
)  # fmt: skip
def main_text_metric(run: Run, power: int = 2, factor: sympy.Expr = sympy.Integer(1)) -> Evidence:
    """M = q₊q₋ ≥ q_min², then (73); `root` is √((f(W_0) − f*)σ²L/K).

    Against a constant C: F = 1, q₊ = 1/K, q₋ = 2 − 1/K, f = w²/2, W_0 = −1, no noise drawn,
    σ² = 8/K, so that α = 1/4: the weight hardly moves, and (1/K)Σ(f′)² ≥ (1 − αq₊)^{2K} ≥
    1 − 2Kαq₊ = 1/2, while the bracket is at most 24/K. The twin's point is alike: q₊ = 1/8000,
    K = 800, σ = 1/10.
    """
    q_up, q_down = sympy.symbols("q_up q_down", real=True)
    above = [ge(q_up - q_min), ge(q_down - q_min), gt(q_min)]
    product: list[Term] = [
        (1, 1, {above[0]: 1, above[1]: 1}),
        (1, 1, {above[2]: 1, above[0]: 1}),
        (1, 1, {above[2]: 1, above[1]: 1}),
    ]
    theorem = ge(4 * F_max**2 * root + 2 * F_max * sigma**2 * S, weighted)
    saturated = ge(weighted - q_min**2 * plain)
    bound = factor * (4 * F_max**2 * root + 2 * F_max * sigma**2 * S) / q_min**power
    over = {gt(q_min): -2}
    terms: list[Term] = [(1, 1, {theorem: 1, **over}), (1, 1, {saturated: 1, **over})]
    constant = sympy.Symbol("C", real=True)
    many = gt(K - 48 * constant)
    small = sympy.Rational(1, 8000)
    stuck = {"alpha": "1/4", "L": 1, "F_max": 1, "K": 800, "sigma": "1/10", "root": "1/400",
             "S": str((1 - small) ** 2), "plain": "19/20", "q_min": str(small),
             "weighted": str(small * (2 - small) * sympy.Rational(19, 20))}  # fmt: skip
    plain_case = {**stuck, "q_min": 1, "S": 0, "weighted": "1/100", "plain": "1/100"}
    return conclude(
        lemma("M = q₊q₋ ≥ q_min²", prove_by_terms(ge(q_up * q_down, q_min**2), above, product)),
        remark("(73) with the prescribed step, the nonnegative first part of the metric left out"),
        lemma("solved for (1/K)Σ E‖∇f‖²", prove_by_terms(
            ge(bound, plain), (*SIZES.facts, *_RESPONSES.facts, theorem), terms,
            points=[stuck, plain_case],
        )),
        lemma(
            "no constant C for 1/q_min²: f = w²/2, W_0 = −1, F = 1, q₊ = 1/K, no noise drawn, "
            "σ² = 8/K, α = 1/4 give a left side ≥ 1 − 2Kαq₊ = 1/2 (Bernoulli) and a bracket "
            "≤ 24/K: too small for K > 48C",
            prove_by_terms(
                gt(HALF - constant * (4 * HALF**2 * 8 / K + 2 * 8 / K)), (gt(K), many),
                [(HALF, 1, {many: 1, gt(K): -1})],
            ),
        ),
    )  # fmt: skip


@claim(
    "amplification-factor-a-priori",
    source=derived("|G| ≤ F: what can be said of S_K before the run", PAPER),
    form="derived",
    statement="The amplification factor S_K contains the iterates; beforehand ‖G/√F‖²_∞ ≤ F_max, "
    "so that the asymptotic term of (73) is at most 8F_max²σ²; on a fully saturated device, "
    "|G| = F = F_max, it is that much.",
    latex=r"S_K = \frac1K\sum_{k<K}\left\|\frac{G(W_k)}{\sqrt{F(W_k)}}\right\|_\infty^2"
    r" \le F_{\max}",
    hypotheses=(RESPONSE,),
    twins=(
        twin("½F_max for F_max", factor=sympy.Rational(1, 2)),
        twin("responses that may be negative", drop="q± ≥ 0"),
    ),
)
def a_priori(run: Run, factor: sympy.Expr = sympy.Integer(1), drop: str = "") -> Evidence:
    """F_max − G²/F = (F_max − F) + (F − G)(F + G)/F."""
    known = facts_of((RESPONSE,), drop=drop) or (gt(descent.F),)
    terms: list[Term] = [
        (1, 1, {descent.BELOW_MAX: 1}),
        (1, 1, {descent.Q_UP: 1, descent.Q_DOWN: 1, **descent.OVER_F}),
    ]
    bound = factor * descent.F_max - descent.G**2 / descent.F
    points = [{"F": 1, "G": 1, "F_max": 1}, {"F": 1, "G": 2, "F_max": 1}]
    return conclude(
        lemma("G²/F ≤ F_max", prove_by_terms(ge(bound), known, terms, points=points)),
        lemma("G²/F at |G| = F = F_max", prove_identity(
            (descent.G**2 / descent.F).subs({descent.G: -descent.F_max, descent.F: descent.F_max}),
            factor * descent.F_max, points=[{"F_max": 1}],
        )),
        value=str(factor),
    )  # fmt: skip
