"""Theorem 3 of arXiv:2502.06309 as printed in Appendix I: eqs. (88)–(92) and the metric (91).

    E_K ≤ 8F_max(V₀/(αK) + 3αLF_max²σ²) + 24F_max σ²S_K,      V₀ = f(W̄₀) − f* + C‖W₀ − W*‖²,

with β = αμγ^{3/2}√(min M(W))·M_RL/(16√2·F_max³) (89), C = 10βF_max²/(αM_RLγ) and E_K of (91).
Three errors make these explicit bounds false. Lemma 5 keeps α where the descent is αγ, so
V₀/(αK) is too small for small γ, on the ideal device already (still at γ = 8/25). The saturation
M_RL stands in denominators of the metric where the derivation (β²F_max/(αM_RL) with β of (89))
puts it in numerators. The steps (86)(a) and (126) are extra hypotheses. The form with O(·) in the
main text, (13), where the constants may depend on γ and on the device, is not refuted;
:mod:`analogtheory.proofs.theorem_3` gives it constants.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import sympy

from analogtheory import responses
from analogtheory.claims import (
    Evidence,
    Run,
    Source,
    at_least,
    at_most,
    claim,
    conclude,
    hypothesis,
    lemma,
    twin,
)
from analogtheory.proofs.residual_runs import Ideal, Visit, deterministic_run, rational_sqrt
from analogtheory.proofs.residual_setting import F_max, alpha, beta, gamma, mu
from analogtheory.proofs.theorem_3 import descent_steps, ideal_sides
from analogtheory.prove import eq, gt, le, prove_by_terms, prove_identity

#: γ = 1/32 makes β of (89) rational: β = α/4096.
SMALL = Ideal(Fraction(1, 32), Fraction(1, 4), 8, error=Fraction(1))
#: From W₀ = W*, with P₀ = 1; at γ = 8/25, β = α/125.
INSTANCES = (
    SMALL,
    replace(SMALL, steps=64),
    Ideal(Fraction(1, 32), Fraction(1, 4), 8, residual=Fraction(1)),
    Ideal(Fraction(8, 25), Fraction(1, 4), 50, residual=Fraction(1)),
)

CONDITIONS = (
    hypothesis("Assumptions 1–3; α ≤ 1/(4LF_max); β of (89); 0 < M_RL ≤ min M(P_k)"),
    hypothesis("(86)(a): γ·min M(W_k) ≤ F_max⁴/2, and the side conditions of Lemma 7"),
)


def printed_sides(case: Ideal) -> tuple[Fraction, Fraction]:
    """E_K of (91) and the bound (92), both times α·K/8, on the ideal device without noise."""
    g = case.gamma
    beta_89 = case.alpha * rational_sqrt(g**3 / 2) / 16
    run = case.run(beta_89)
    C = 10 * beta_89 / (case.alpha * g)
    # On the ideal device P* = −(W−W*)/γ and ‖P − P*‖² = ‖∇f‖²/γ².
    metric = (
        2 * run.gradient
        + g**3 / 64 * run.error / g**2
        + 5 * g**3 / 64 * run.error
        + Fraction(1, 2) * run.gradient
    )
    start = run.first_gradient / 2 + C * run.first_error
    return metric, 8 * start / (case.alpha * case.steps)


@claim(
    "theorem-3-printed",
    source=Source("2502.06309", "Theorem 3, eqs. (91)–(92)"),
    form="printed",
    statement="With β of (89), E_K of (91) is at most 8F_max(V₀/(αK) + 3αLF_max²σ²) "
    "+ 24F_max σ²S_K, the second line of (92), for every γ > 0 with γ·min M(W) ≤ F_max⁴/2.",
    latex=r"E_K^{\mathrm{RL}} \le 8F_{\max}\Bigl(\frac{\mathbb{V}_0}{\alpha K} "
    r"+ 3\alpha L F_{\max}^2\sigma^2\Bigr) + 24 F_{\max}\sigma^2 S_K^{\mathrm{RL}}",
    hypotheses=CONDITIONS,
    twins=(twin("the repaired theorem on the same instance", repair=True),),
    expected="refuted",
    readings=(
        "(13) of the main text, with O(·) that hides γ and the device: not refuted, and with the "
        "repaired β it follows from the repair; false are the explicit constants of (91) and (92)",
        "γ large enough for P*(W_k) to stay in the range of P, as the paper assumes before (78): "
        "met for every γ, the ideal device has M = 1 everywhere",
        "M_RL and min M(W) moved from the denominators of (91) to the numerators: false, they "
        "are 1 on the ideal device",
        "W₀ = W* (then V₀ has no term with C): false, at γ = 1/32 and still at γ = 8/25 "
        "(1.09 of the bound)",
        "γ ≥ 0.35: not refuted on the ideal device, where slack covers the missing 1/γ; (91) fails "
        "for another reason, see theorem-3-metric-printed",
        "γ > 1/2 on the ideal device: excluded by (86)(a)",
        "V₀/(αγK) for V₀/(αK), the rest of (92) and (91) unchanged: not refuted here",
    ),
    repaired_by="theorem-3-convergence",
    consequence="The rate constant and β of Residual Learning scale with γ otherwise than "
    "printed; Corollary 1 inherits it",
)
def theorem_3_printed(run: Run, repair: bool = False) -> Evidence:
    """Ideal device, no noise, α = 1/4: from P₀ = 0, and from W₀ = W*."""
    sides = ideal_sides if repair else printed_sides
    steps = []
    for case in INSTANCES:
        metric, bound = sides(case)
        words = (
            f"E_K ≤ bound on the ideal device without noise, γ = {case.gamma}, "
            f"α = {case.alpha}, W₀ − W* = {case.error}, P₀ = {case.residual}, K = {case.steps}"
        )
        steps.append(at_most(words + " (exact rational arithmetic)", metric, bound))
    return conclude(*steps)


#: One step of (90) on the ideal device without noise: W − W*, P.
u, P = sympy.symbols("u P", real=True)


@claim(
    "theorem-3-descent-printed",
    source=Source("2502.06309", "eqs. (88), (90)"),
    form="printed",
    statement="With β of (89), one step lowers V_k = f(W̄_k) − f* + C‖W_k − W*‖² by at least the "
    "left side of (90), up to the noise terms.",
    latex=r"\frac{\alpha}{8F_{\max}}\|\nabla f\odot F+|\nabla f|\odot G\|^2 "
    r"+ \frac{\alpha}{8F_{\max}M_{\mathrm{RL}}}\|\nabla f\|^2 + \dots \le "
    r"\mathbb{V}_k - \mathbb{E}\,\mathbb{V}_{k+1} + \dots",
    hypotheses=CONDITIONS,
    twins=(twin("the repaired V, β and descent", repair=True),),
    expected="refuted",
    readings=(
        "M in numerators or denominators: the same on the ideal device",
        "γ·min M(W) ≤ F_max⁴/2 and all side conditions of Lemma 7: met (γ = 1/8, C₋ = 0, C₊ = 1)",
    ),
    repaired_by="theorem-3-convergence",
    consequence="The sum over k, that is (92), is false with it",
)
def theorem_3_descent_printed(run: Run, repair: bool = False) -> Evidence:
    """Ideal device, W = W*, P = 1, γ = 1/8, α = 1/4: one step."""
    if repair:
        return conclude(*descent_steps())
    a, target = u + gamma * P, -u / gamma
    P_next = P - alpha * a
    u_next = u + beta * P_next
    C = 10 * beta / (alpha * gamma)
    spent = (
        2 * a**2
        + 5 * gamma**3 / 64 * u**2
        + gamma**3 / 64 * target**2
        + gamma**2 / 2 * (P - target) ** 2
    )
    drop = (a**2 - (u_next + gamma * P_next) ** 2) / 2 + C * (u**2 - u_next**2)
    given = [gt(alpha), gt(gamma), gt(beta), eq(512 * beta**2, alpha**2 * gamma**3)]
    point = {"u": 0, "P": 1, "gamma": "1/8", "alpha": "1/4", "beta": "1/2048"}
    outcome = prove_by_terms(le(alpha / 8 * spent, drop), given, [], points=(point,))
    return conclude(lemma("one step on the ideal device without noise", outcome))


M_P, M_W = sympy.symbols("M_P M_W", real=True)


@claim(
    "theorem-3-eq-88-printed",
    source=Source("2502.06309", "eq. (88), its last equality"),
    form="printed",
    statement="With β of (89), the coefficient β²F_max/(αM_RL) before ‖P*⊙F − |P*|⊙G‖² in (88) is "
    "αμ²γ³·min M(W)/(512·F_max⁵·M_RL).",
    latex=r"\frac{\beta^2 F_{\max}}{\alpha M_{\mathrm{RL}}} = "
    r"\frac{\alpha\mu^2\gamma^3 \min M(W_k)}{512 F_{\max}^5 M_{\mathrm{RL}}}",
    hypotheses=(hypothesis("β² = α²μ²γ³·min M(W)·M_RL²/(512·F_max⁶), eq. (89)"),),
    twins=(twin("M_RL in the numerator", power=1),),
    expected="refuted",
    readings=(
        "the W-term of (88), 5β²F_max/(αM_RL): printed with 1/M_RL, and without min M(W) in (88) "
        "and (91): false unless M_RL²·min M(W) = 1; with min M(W) in (90): false unless M_RL = 1",
        "the ‖∇f‖²-term: M_RL/(8F_max) in (88), 1/(8F_max·M_RL) in (90) and (91): false unless "
        "M_RL = 1",
        "M_RL = 1: true",
    ),
    repaired_by="theorem-3-convergence",
    consequence="The metric (91) divides by M_RL where it should multiply: it grows without "
    "bound as P approaches the end of its range",
)
def theorem_3_eq_88(run: Run, power: int = -1) -> Evidence:
    """Both sides with β inserted."""
    squared = alpha**2 * mu**2 * gamma**3 * M_W * M_P**2 / (512 * F_max**6)
    left = squared * F_max / (alpha * M_P)
    right = alpha * mu**2 * gamma**3 * M_W * M_P**power / (512 * F_max**5)
    return conclude(lemma("β of (89) inserted", prove_identity(left, right)))


def mean_metric(
    visits: Sequence[Visit], gamma: float, weights: tuple[float, float, float, float]
) -> float:
    """(1/K)Σ of ‖∇f⊙F+|∇f|⊙G‖², ‖∇f‖², ‖P*⊙F−|P*|⊙G‖², ‖W−W*‖²_M, ‖P−P*‖², weighted."""
    total = 0.0
    for k in visits:
        target = -k.error / gamma
        mixed, kept = _response(k.gradient, k.at_residual, -1), _response(target, k.at_weight, 1)
        parts = (k.gradient, kept, k.error * math.sqrt(math.prod(k.at_weight)), k.residual - target)
        total += mixed**2 + sum(c * part**2 for c, part in zip(weights, parts, strict=True))
    return total / len(visits)


def _response(wanted: float, responses: tuple[float, float], sign: int) -> float:
    """x·F − sign·|x|·G."""
    up, down = responses
    return wanted * (down + up) / 2 - sign * abs(wanted) * (down - up) / 2


@claim(
    "theorem-3-metric-printed",
    source=Source("2502.06309", "Theorem 3, metric (91), at γ = 1"),
    form="printed",
    statement="At γ = 1, where the steps αγ and α agree, E_K of (91) obeys (92) for the linear "
    "device under (86)(a) and the side conditions of Lemma 7.",
    latex=r"\gamma = 1: \quad E_K^{\mathrm{RL}} \le \frac{8 \mathbb{V}_0}{\alpha K}",
    hypotheses=CONDITIONS,
    twins=(
        twin("M_RL and min M(W) in the numerators of the metric", power=1),
        twin("the repaired theorem", repair=True),
    ),
    expected="refuted",
    readings=(
        "D = 1, W* = 0.98τ, W₀ = 0.75τ, P₀ = 0, no noise, every side condition met at every step: "
        "E_K is 1.54 times the bound",
        "(86)(a) for the least M(W_k) of the run only: W₀ = 0.48τ may then be taken, with 1.9 "
        "times the bound; 5.8 times for γ = 2, W* = 0.95τ, W₀ = 0",
        "β of (89) computed again at every step from M(W_k): C of V_k then changes with k, and the "
        "sum over (83) does not telescope; not refuted by this instance (0.75 of the bound)",
        "M's in numerators: true on this instance (0.35 of the bound); false for small γ by "
        "theorem-3-printed",
        "γ ≥ 4 with the M's in numerators: violated in the theory notes' runs, but (86)(a) does "
        "not hold there",
    ),
    repaired_by="theorem-3-convergence",
    consequence="The metric must carry M_RL·min M(W)/(F_max²q_max²), which is small near "
    "saturation",
)
def theorem_3_metric(run: Run, power: int = -1, repair: bool = False) -> Evidence:
    """Linear device, τ = 1, W* = 0.98, W₀ = 0.75, α = 1/8, 20,000 steps in double precision."""
    device, alpha, K, distance = responses.get("linear", c=0, tau=1), 0.125, 20_000, 0.23**2
    q_max = 2.0
    if repair:
        M_P, M_W = 0.948, 0.09
        beta, C = alpha * M_P * math.sqrt(M_W) / (16 * q_max), 11 * math.sqrt(M_W) / (32 * q_max)
        both = M_P * M_W / q_max**2
        weights = (0.75 * M_P, both / 64, 11 * both / 128, M_P / 2)
    else:
        M_P, M_W = 0.948, 0.0798
        beta = alpha * math.sqrt(M_W) * M_P / (16 * math.sqrt(2))
        C = 10 * beta / (alpha * M_P)
        own = M_P**power * (M_W if power > 0 else 1.0)
        weights = (M_P**power, M_P**power * M_W / 64, 5 * own / 64, M_P / 2)
    visits = deterministic_run(device, 0.98, gamma=1.0, alpha=alpha, beta=beta, steps=K, start=0.75)
    least_P = min(math.prod(k.at_residual) for k in visits)
    along_W = [math.prod(k.at_weight) for k in visits]
    response = min(k.at_residual[0 if k.gradient <= 0 else 1] for k in visits)
    metric = mean_metric(visits, 1.0, weights)
    bound = 8 * (distance / 2 + C * distance) / (alpha * K)
    return conclude(
        at_least("min M(P_k) ≥ the bound used", least_P, M_P),
        at_least("min M(W_k) ≥ the bound used", min(along_W), M_W),
        at_least("C₊ = q_s(P_k) ≥ 1/2, and C₋ = 0", response, 0.5),
        at_most("Lemma 7: α ≤ C₊/(γ(μ+L)), and 1/(4L) is 1/4", alpha, response / 2),
        at_most("(86)(a): γ·M(W_k) ≤ 1/2 at every step", max(along_W), 0.5),
        at_most("E_K ≤ 8V₀/(αγK), where rounding is below 10⁻⁹", metric, bound, tolerance=1e-9),
        value=metric / bound,
    )
