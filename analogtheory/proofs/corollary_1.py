"""Corollary 1 of arXiv:2502.06309: with G(0) = 0 for P, Residual Learning has no S_K term.

The proof bounds ‖G(P)/√F(P)‖² by L_S²‖P‖² (131), drops L_S² in (134), and concludes
"E_K − S_K ≥ Ω(E_K)" from γ ≥ Ω(q_min^{−2/5}). What is needed is
24F_max σ²S_K ≤ E_K/2, and that involves σ, L_S and μ: with γ = c·q_min^{−2/5} for any c, a noise
level σ of the size of γμ/L_S breaks it, so that the constant in Ω must depend on them. Repaired
with the metric of the repaired Theorem 3:

    γ ≥ 17σL_S·F_max^{3/2}q_max/(μ·M_P^{1/2}·M_W)  ⇒  6F_max σ²S_K ≤ E_K/2.

The conclusion of the corollary itself, that the error vanishes with the step size, is not
refuted here, nor is its condition, if Ω may hide σ, μ and the device: what is refuted is the
first inequality of (134).
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
    derived,
    hypothesis,
    lemma,
    remark,
    twin,
)
from analogtheory.proofs.residual_setting import F_max, gamma, mu, q_max, sigma
from analogtheory.proofs.theorem_3 import FACTS, HYPOTHESES, M_P, M_W, Named, X, by_names, w
from analogtheory.prove import Fact, ge, gt, le, prove_by_terms, prove_identity, prove_polynomial

#: Lipschitz constant of G/√F from P = 0, see (131).
L_S = sympy.Symbol("L_S", real=True)

ZERO_SHIFT = hypothesis("Assumption 4: G(0) = 0, and G(P)²/F(P) ≤ L_S²P² in each coordinate")


def gamma_condition(number: Any, power: int = 2) -> Fact:
    """γ²μ²M_PM_W² ≥ number²·σ²L_S^power·F_max³q_max²."""
    needed = number**2 * sigma**2 * L_S**power * F_max**3 * q_max**2
    return ge(gamma**2 * mu**2 * M_P * M_W**2, needed)


def absorbed(number: sympy.Rational, power: int = 2) -> list[Any]:
    """6F_max σ²S_K ≤ E_K/2, from the P- and W-terms of the metric."""
    d, e = sympy.symbols("d e", real=True)
    condition = gamma_condition(number, power)
    facts = {**FACTS, "condition": condition, "X": ge(X), "w": ge(w)}
    # S ≤ L_S²·(2X + 2w/γ²), and half of the metric's P- and W-terms.
    asymmetry = 6 * F_max * sigma**2 * L_S**2 * (2 * X + 2 * w / gamma**2)
    scale = mu**2 * M_P * M_W**2 / (F_max**2 * q_max**2)
    half = gamma**2 * mu**2 * M_P * X / 4 + sympy.Rational(11, 256) * scale * w
    share = 12 / number**2
    common = "mu:2 MP F:-2 q:-2"
    rest = "gamma:2 mu:2 MP F:-2 q:-2 X"
    # F²q² − M_W² = F²(q² − F²) + (F² − M_W)(F² + M_W), q² − F² = (q − F)² + 2F(q − F),
    # F² − M_W = (F − √M_W)(F + √M_W).
    terms: list[Named] = [
        (share, 1, "F:-2 q:-2 condition X"),
        (share, 1, "gamma:-2 F:-2 q:-2 condition w"),
        (sympy.Rational(11, 256) - share, 1, f"{common} root:4 w"),
        (sympy.Rational(1, 4) - share, 1, "gamma:2 mu:2 MP X"),
        (share, 1, f"{rest} F:2 q_from:2"),
        (2 * share, 1, f"{rest} F:3 q_from"),
    ] + [
        (share, 1, f"{rest} root_to {one} {two}")
        for one in ("F", "root") for two in ("F:2", "root:2")
    ]  # fmt: skip
    ones = dict.fromkeys(("mu", "L", "F_max", "q_max", "gamma", "M_P", "root"), 1)
    edge = {**ones, "alpha": "1/8", "X": 0, "w": 1}
    points = (
        {**edge, "sigma": "2/33", "L_S": 1},
        {**edge, "sigma": "1/17", "L_S": 2},
    )
    return [
        remark("S_k ≤ L_S²‖P_k‖² by (131), and ‖W − W*‖²_M ≥ M_W‖W − W*‖² in the metric"),
        lemma("P = P* + d with P* = −e/γ: P² ≤ 2d² + 2e²/γ²", prove_by_terms(
            le((d - e / gamma) ** 2, 2 * d**2 + 2 * e**2 / gamma**2), [gt(gamma)],
            [(1, d + e / gamma, {})],
        )),
        lemma("6F_max σ²S ≤ half of the metric", prove_by_terms(
            le(asymmetry, half), list(facts.values()), by_names(facts, terms), points=points,
        )),
    ]  # fmt: skip


SEVENTEEN = sympy.Integer(17)


@claim(
    "corollary-1-exactness",
    source=Source("2502.06309", "Corollary 1, repaired"),
    form="repaired",
    statement="Under Assumption 4 and the hypotheses of the repaired Theorem 3, and with its E_K "
    "and V₀, γ ≥ 17σL_S·F_max^{3/2}q_max/(μ·√M_P·M_W) is sufficient for E_K ≤ 16F_max V₀/(αγK) "
    "+ 16F_max αγLσ²(2F_max² + 7q_max²/128): no term stays as K → ∞ and then α → 0.",
    latex=r"\gamma \ge \frac{17\,\sigma L_S F_{\max}^{3/2} q_{\max}}{\mu \sqrt{M_P}\, M_W} "
    r"\;\Rightarrow\; E_K \le \frac{16F_{\max}V_0}{\alpha\gamma K} "
    r"+ 16 F_{\max}\alpha\gamma L\sigma^2\Bigl(2F_{\max}^2 + \frac{7q_{\max}^2}{128}\Bigr)",
    hypotheses=(
        *HYPOTHESES,
        ZERO_SHIFT,
        hypothesis("γ ≥ 17σL_S·F_max^{3/2}q_max/(μ·√M_P·M_W)", gamma_condition(SEVENTEEN)),
    ),
    twins=(
        twin("33/2 for 17", number=sympy.Rational(33, 2)),
        twin("L_S dropped from the condition, as in (134)", power=0),
    ),
)
def corollary_1(run: Run, number: sympy.Rational = SEVENTEEN, power: int = 2) -> Evidence:
    """The asymmetry term is absorbed by half of the metric."""
    E_K, asymmetry, rest = sympy.symbols("E_K asymmetry rest", real=True)
    known = [ge(rest + asymmetry, E_K), ge(E_K / 2, asymmetry)]
    return conclude(
        *absorbed(number, power),
        remark("the mean over k < K; the repaired Theorem 3 is used as proved there"),
        lemma("E_K ≤ rest + 6F_max σ²S_K gives E_K ≤ 2·rest", prove_by_terms(
            ge(2 * rest, E_K), known, [(2, 1, {0: 1}), (2, 1, {1: 1})],
        )),
    )  # fmt: skip


#: ‖G(P)/√F(P)‖²_∞, P − P* and W − W* in one dimension.
asymmetry_now, distance, error = sympy.symbols("asymmetry distance error", real=True)


@claim(
    "corollary-1-step-134-printed",
    source=Source("2502.06309", "eq. (134), its first inequality"),
    form="printed",
    statement="Under Assumption 4, ‖G(P_k)/√F(P_k)‖²_∞ ≤ 2‖P_k − P*(W_k)‖² "
    "+ (2/γ²)‖W_k − W*‖² for every device, with no constant L_S.",
    latex=r"\|G(P_k)/\sqrt{F(P_k)}\|_\infty^2 \le 2\|P_k - P^*(W_k)\|^2 "
    r"+ \frac{2}{\gamma^2}\|W_k - W^*\|^2",
    hypotheses=(ZERO_SHIFT, hypothesis("γ > 0", gt(gamma))),
    twins=(twin("with L_S², as (131) has it", power=2),),
    expected="refuted",
    readings=(
        "L_S ≤ 1, as for the linear device with τ ≥ 1: true; the linear device has L_S = 1/τ, and "
        "the paper's experiments with power responses use τ = 0.1 and τ = 0.05",
        "L_S² meant to be hidden in the O(E_K) at the end of (134): then true; but the next line "
        "subtracts S_K from E_K, which needs the constant of this O to be small, and γ large "
        "compared with σL_S/μ: see corollary-1-gamma-and-noise",
        "the conclusion, E_K = O(√(σ²L/K)) for α → 0: not refuted",
    ),
    repaired_by="corollary-1-exactness",
    consequence="The condition on γ must contain σL_S/μ, or Ω must hide it",
)
def corollary_1_step(run: Run, power: int = 0) -> Evidence:
    """Linear device with τ = 1/2 (L_S = 2), W = W*, P = 1/4: G²/F = 1/4 > 1/8."""
    given = [gt(gamma), ge(L_S**2 * (distance - error / gamma) ** 2, asymmetry_now)]
    goal = le(asymmetry_now, L_S**power * (2 * distance**2 + 2 * error**2 / gamma**2))
    point = {"gamma": 1, "L_S": 2, "distance": "1/4", "error": 0, "asymmetry": "1/4"}
    terms = [(1, 1, {1: 1}), (1, L_S * (distance + error / gamma), {})]
    return conclude(
        lemma("S_k ≤ 2‖P − P*‖² + (2/γ²)‖W − W*‖², with P* = (W* − W)/γ", prove_by_terms(
            goal, given, terms, points=(point,),
        )),
    )  # fmt: skip


#: γ = 4c from γ = c·q_min^{−2/5} with q_min = 1/32.
c = sympy.Symbol("c", real=True)


@claim(
    "corollary-1-gamma-and-noise",
    source=derived("eqs. (133)–(134): what Ω(q_min^{−2/5}) must hide", "2502.06309"),
    form="derived",
    statement="The constant in γ ≥ Ω(q_min^{−2/5}) must depend on σ: for every c > 0 there is an "
    "instance with Assumptions 1–4 and γ = c·q_min^{−2/5} in which 24F_max σ²S_K exceeds E_K of "
    "(91), for K = 1, so that E_K − 24F_max σ²S_K is negative.",
    latex=r"\forall c > 0 \; \exists \sigma: \quad \gamma = c\, q_{\min}^{-2/5}, \quad "
    r"24 F_{\max}\sigma^2 S_1^{\mathrm{RL}} > E_1^{\mathrm{RL}}",
    hypotheses=(
        hypothesis(
            "linear device, τ = 1, with |P|, |W| ≤ 1 − q_min, q_min = 1/32; f = ½(W̄ − W*)²; "
            "W₀ = W*, P₀ = 1/2, σ = γ; M_RL the least M on that range; (86)(a), an upper limit of "
            "γ, is not asked for"
        ),
        hypothesis("γ = c·q_min^{−2/5} = 4c, any c > 0", gt(c)),
    ),
    twins=(
        twin("σ = γ/2", level=sympy.Rational(1, 2)),
        twin("P₀ = 0", start=sympy.Integer(0)),
    ),
)
def corollary_1_noise(
    run: Run,
    level: sympy.Rational = sympy.Integer(1),
    start: sympy.Rational = sympy.Rational(1, 2),
) -> Evidence:
    """The terms of (91) at W = W*: F = 1, G = P, ∇f = γP, P* = 0."""
    q_min, strength = sympy.Rational(1, 32), 4 * c
    least = q_min * (2 - q_min)  # M at the end of the range: it makes (91) the largest
    slope = strength * start
    term = slope**2 * (1 + start) ** 2 + slope**2 / least + strength**2 * least / 2 * start**2
    goal = gt(24 * (level * strength) ** 2 * start**2, term)
    return conclude(
        lemma("24σ²S_1 > E_1, for every c", prove_polynomial(goal, [gt(c)], points=({"c": 1},))),
        value="every c > 0",
    )


#: √V₀, √K, and √(Lσ²(2F_max² + 7q_max²/128)); x = αγ.
root_V, root_K, root_noise, x = sympy.symbols("root_V root_K root_noise x", real=True)


@claim(
    "theorem-3-step-size",
    source=derived("the repaired Theorem 3: the best αγ", "2502.06309"),
    form="derived",
    statement="The step αγ = √(V₀/(Kκ)), κ = Lσ²(2F_max² + 7q_max²/128), makes the first two "
    "terms of the repaired Theorem 3 least; they are then 16F_max√(V₀κ/K), which is O(√(σ²L/K)).",
    latex=r"\alpha\gamma = \sqrt{\frac{V_0}{K\kappa}}: \quad \frac{8F_{\max}V_0}{\alpha\gamma K} "
    r"+ 8F_{\max}\alpha\gamma\kappa = 16F_{\max}\sqrt{\frac{V_0\kappa}{K}}",
    hypotheses=(
        hypothesis("V₀, K, κ, F_max > 0; C in V₀ does not depend on α",
                   gt(root_V), gt(root_K), gt(root_noise), gt(F_max)),
        hypothesis("K is so large that this αγ is at most 1/(8LF_max)"),
    ),
    twins=(
        twin("15 for 16", constant=15),
        twin("17 for 16 is not least", constant=17),
    ),
)  # fmt: skip
def theorem_3_step_size(run: Run, constant: int = 16) -> Evidence:
    """An identity at this αγ, and a square for every other one."""
    best = root_V / (root_K * root_noise)
    least = constant * F_max * root_V * root_noise / root_K

    def total(step: sympy.Expr) -> sympy.Expr:
        return 8 * F_max * root_V**2 / (step * root_K**2) + 8 * F_max * step * root_noise**2

    facts = [gt(x), gt(F_max), gt(root_K), gt(root_V), gt(root_noise)]
    ones = dict.fromkeys(("x", "F_max", "root_K", "root_V", "root_noise"), 1)
    return conclude(
        lemma("at αγ = √(V₀/(Kκ))", prove_identity(total(best), least)),
        lemma("no other αγ gives less", prove_by_terms(
            ge(total(x), least), facts,
            [(8, root_V / root_K - x * root_noise, {0: -1, 1: 1})], points=(ones,),
        )),
    )  # fmt: skip
