"""Analog gradient descent without noise: arXiv:2502.06309, Theorem 6 (eqs. (135)–(145)).

One step is W⁺ = W − α(∇f⊙F + |∇f|⊙G). With M = F² − G² and in one coordinate a = |∂f|,

    f(W⁺) ≤ f − (α/2F_max)‖∇f‖²_M − (α/2F_max)(1 − αLF_max)‖∇f⊙F + |∇f|⊙G‖²,

proved for every α > 0. Summed with α = 1/(2LF_max) it gives (136) for the metric with "+", even
with 2‖∇f‖²_M; with α = 1/(LF_max) it gives (137). The printed metric (135) has "−": that sum
can be as large as one likes, since it counts an increment that is never made.
"""

from __future__ import annotations

from collections.abc import Sequence
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
from analogtheory.proofs.descent import (
    BELOW_MAX,
    MEAN,
    OVER_BOTH,
    OVER_MAX,
    Q_DOWN,
    Q_UP,
    RESPONSE,
    SMOOTH,
    F,
    F_max,
    G,
    M,
    a,
    metric,
    t,
)
from analogtheory.prove import Term, ge, gt, prove_by_terms, prove_identity

PAPER = "2502.06309"
HALF = sympy.Rational(1, 2)
L, K, gap, fall, error, plain, M_min = sympy.symbols("L K gap fall error plain M_min", real=True)

_GRADIENT = hypothesis("no noise: g = ∇f(W)", MEAN)
_POSITIVE = hypothesis("α > 0", ge(t))
_SUMMED = hypothesis("f is L-smooth, f ≥ f*, no noise", gt(L), gt(F_max), gt(K), ge(gap - fall))
_SATURATION = hypothesis("M(W_k) ≥ M_min > 0 for all k < K", gt(M_min))
_MIRROR = remark("∂f < 0 follows by (∂f, G) → (−∂f, −G); coordinates add up")


@claim(
    "analog-gd-one-step",
    source=derived("eqs. (138)–(144), both terms kept", PAPER),
    form="derived",
    statement="Without noise, for every α > 0, f(W⁺) ≤ f − (α/2F_max)‖∇f‖²_M "
    "− (α/2F_max)(1 − αLF_max)‖∇f⊙F + |∇f|⊙G‖².",
    latex=r"f(W^+) \le f(W) - \frac{\alpha}{2F_{\max}}\|\nabla f\|_M^2"
    r" - \frac{\alpha(1-\alpha LF_{\max})}{2F_{\max}}\|\nabla f\odot F + |\nabla f|\odot G\|^2",
    hypotheses=(SMOOTH, RESPONSE, _GRADIENT, _POSITIVE),
    twins=(
        twin("∇f⊙F − |∇f|⊙G in the last term", sign=-1),
        twin("1 for ½ before ‖∇f‖²_M", factor=1),
        twin("responses that may be negative", drop="q± ≥ 0"),
    ),
)
def one_step(run: Run, sign: int = 1, factor: sympy.Expr = HALF, drop: str = "") -> Evidence:
    """(aF + aG)²/(2F) ≥ (aF + aG)²/(2F_max), and ½a²M/F ≥ ½a²M/F_max."""
    known = (*facts_of((RESPONSE, _GRADIENT, _POSITIVE), drop=drop), gt(F), gt(F_max))
    change = -a * metric + t * metric**2 / 2
    claimed = a * F + sign * a * G
    bound = -factor * a**2 * M / F_max - (1 - t * F_max) * claimed**2 / (2 * F_max)
    terms: list[Term] = [
        (HALF, a, {Q_UP: 1, Q_DOWN: 1, BELOW_MAX: 1, **OVER_BOTH}),
        (HALF, metric, {BELOW_MAX: 1, **OVER_BOTH}),
    ]
    points: list[dict[str, Any]] = [
        {"a": 1, "F": 1, "G": "-1/2", "F_max": 1, "t": "1/2"},
        {"a": 1, "F": 1, "G": 0, "F_max": 1, "t": 1},
        {"a": 1, "F": 1, "G": -2, "F_max": 2, "t": 0},
    ]
    return conclude(
        lemma("the inequality in one coordinate", prove_by_terms(
            ge(bound, change), known, terms, points=points,
        )),
        _MIRROR,
    )  # fmt: skip


def descent(
    slope_up: Fraction, slope_down: Fraction, start: Fraction, steps: int, curvature: Fraction
) -> list[Fraction]:
    """Gradients of f = (curvature/2)w² along the path on a device with constant q±, exactly."""
    largest = (slope_up + slope_down) / 2
    alpha, w, found = 1 / (2 * curvature * largest), start, []
    for _ in range(steps):
        gradient = curvature * w
        found.append(gradient)
        w -= alpha * gradient * (slope_down if gradient > 0 else slope_up)
    return found


def average(gradients: Sequence[Fraction], up: Fraction, down: Fraction, sign: int) -> Fraction:
    """(1/K)Σ((∇f·F + sign·|∇f|·G)² + M·(∇f)²)."""
    symmetric, asymmetric = (up + down) / 2, (down - up) / 2
    total = sum(
        (g * symmetric + sign * abs(g) * asymmetric) ** 2 + up * down * g**2 for g in gradients
    )
    return Fraction(total) / len(gradients)


@claim(
    "analog-gd-printed",
    source=Source(PAPER, "Theorem 6, eqs. (135) and (136)"),
    form="printed",
    statement="With α = 1/(2LF_max), (1/K)Σ_{k<K}(‖∇f⊙F − |∇f|⊙G‖² + ‖∇f‖²_M) ≤ "
    "8L(f(W_0) − f*)F_max²/K.",
    latex=r"\frac1K\sum_{k<K}\left(\|\nabla f\odot F - |\nabla f|\odot G\|^2"
    r" + \|\nabla f\|_M^2\right) \le \frac{8L(f(W_0)-f^*)F_{\max}^2}{K}",
    hypotheses=(hypothesis("f is L-smooth, f ≥ f*, no noise; Definition 1"),),
    twins=(twin("plus before |∇f|⊙G, as the update has it", sign=1),),
    expected="refuted",
    repaired_by="analog-gd",
    consequence="only the metric changes: with + the theorem holds; (137) does not use the sign",
    readings=(
        "f = w²/2, W_0 = 1, constant q₊ = 3/2 and q₋ = 1/2, K = 2, α = 1/2: 75/32 > 2",
        "the same with F and G interpolated between the two visited weights, to have a symmetric "
        "point: the same numbers",
        "G = (q₊ − q₋)/2, the other sign convention: then the update (2) has the wrong sign",
        "α = 1/(LF_max) or smaller α: the sum grows as (1 + |G|/F)/(αL(1 − |G|/F)), false as well",
    ),
)
def analog_gd_printed(run: Run, sign: int = -1) -> Evidence:
    """Two steps in exact rationals: W_0 = 1, W_1 = 3/4, both with q₋ = 1/2."""
    up, down = Fraction(3, 2), Fraction(1, 2)
    gradients = descent(up, down, Fraction(1), 2, Fraction(1))
    bound = 8 * Fraction(1, 2) / 2
    return conclude(
        at_most(
            "f = w²/2, W_0 = 1, q₊ = 3/2, q₋ = 1/2, K = 2",
            average(gradients, up, down, sign),
            bound,
        )
    )


@claim(
    "analog-gd",
    source=Source(PAPER, "Theorem 6, eq. (136), with + in the metric (135)"),
    form="repaired",
    statement="With α = 1/(2LF_max), (1/K)Σ_{k<K}(‖∇f⊙F + |∇f|⊙G‖² + 2‖∇f‖²_M) ≤ "
    "8L(f(W_0) − f*)F_max²/K: the printed bound, for twice the weighted term.",
    latex=r"\frac1K\sum_{k<K}\left(\|\nabla f\odot F + |\nabla f|\odot G\|^2"
    r" + 2\|\nabla f\|_M^2\right) \le \frac{8L(f(W_0)-f^*)F_{\max}^2}{K}",
    hypotheses=(_SUMMED, RESPONSE),
    twins=(
        twin("4 for 8", factor=4),
        twin("3‖∇f‖²_M for 2‖∇f‖²_M", weight=3),
        twin("f not bounded below", drop="f ≥ f*"),
    ),
)
def analog_gd(run: Run, factor: int = 8, weight: int = 2, drop: str = "") -> Evidence:
    """One step with αLF_max = ½ is −(α/4F_max)(metric² + 2M·a²); the sum telescopes."""
    known = (*facts_of((_SUMMED,), drop=drop), gt(L), gt(F_max), gt(K))
    step = 1 / (2 * F_max)
    per_step = (
        a**2 * M / (2 * F_max) + (1 - step * F_max) * metric**2 / (2 * F_max)
    )  # fmt: skip
    fallen = ge(fall - step / L * K * error / (4 * F_max))
    bound = factor * L * gap * F_max**2 / K
    terms: list[Term] = [
        (8, F_max, {fallen: 1, gt(L): 1, gt(K): -1}),
        (8, F_max, {ge(gap - fall): 1, gt(L): 1, gt(K): -1}),
    ]
    one = {"L": 1, "F_max": 1, "K": 1}
    points: list[dict[str, Any]] = [
        {**one, "gap": 1, "fall": 1, "error": 8},
        {**one, "gap": 0, "fall": 1, "error": 8},
    ]
    return conclude(
        lemma("the fall of one step over α", prove_identity(
            per_step, (metric**2 + weight * a**2 * M) / (4 * F_max),
            points=[{"a": 1, "F": 1, "G": 0, "F_max": 1}],
        )),
        lemma("the sum, solved for the averaged metric", prove_by_terms(
            ge(bound, error), (*known, fallen), terms, points=points,
        )),
        remark("one step: claim analog-gd-one-step; f(W_0) − f(W_K) ≤ f(W_0) − f*"),
    )  # fmt: skip


@claim(
    "analog-gd-unweighted",
    source=Source(PAPER, "Theorem 6, eq. (137)"),
    form="printed",
    statement="If M(W_k) ≥ M_min > 0, then with α = 1/(LF_max), (1/K)Σ_{k<K}‖∇f(W_k)‖² ≤ "
    "2L(f(W_0) − f*)F_max²/(K·M_min).",
    latex=r"\frac1K\sum_{k<K}\|\nabla f(W_k)\|^2 \le \frac{2L(f(W_0)-f^*)F_{\max}^2}{K M_{\min}}",
    hypotheses=(_SUMMED, RESPONSE, _SATURATION),
    twins=(
        twin("1 for 2", factor=1),
        twin("without the division by M_min", power=0),
        twin("α = 2/(LF_max)", step=2),
    ),
)
def unweighted(run: Run, factor: int = 2, power: int = 1, step: int = 1) -> Evidence:
    """One step with αLF_max = 1 is −(α/2F_max)·M·a² at least; the sum telescopes."""
    known = facts_of((_SUMMED, _SATURATION))
    kept = 1 - sympy.Integer(step)
    fallen = ge(fall - K * M_min * plain / (2 * L * F_max**2))
    bound = factor * L * gap * F_max**2 / (K * M_min**power)
    over = {gt(K): -1, gt(M_min): -1}
    terms: list[Term] = [
        (2, F_max, {fallen: 1, gt(L): 1, **over}),
        (2, F_max, {ge(gap - fall): 1, gt(L): 1, **over}),
    ]
    one = {"L": 1, "F_max": 1, "K": 1, "gap": 1, "fall": 1}
    points: list[dict[str, Any]] = [
        {**one, "M_min": 1, "plain": 2},
        {**one, "M_min": "1/2", "plain": 4},
    ]
    rest = {"a": 1, "F": 1, "G": 0, "F_max": 1}
    return conclude(
        lemma("the square of the increment does not raise f", prove_by_terms(
            ge(kept * metric**2 / (2 * F_max)), RESPONSE.facts,
            [(kept / 2, metric, OVER_MAX)], points=[rest],
        )),
        lemma("the sum, solved for (1/K)Σ‖∇f‖²", prove_by_terms(
            ge(bound, plain), (*known, fallen), terms, points=points,
        )),
        remark("one step: claim analog-gd-one-step, with M ≥ M_min"),
    )  # fmt: skip
