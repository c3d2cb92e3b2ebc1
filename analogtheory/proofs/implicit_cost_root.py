"""Where the implicit cost of Analog SGD balances the objective: one root, and how to bracket it.

Problem: one weight, mean flow ẇ = −α(f′(w)F(w) + m·G(w)), m(g) = E|g + ε|, g = f′(w)
(arXiv:1909.07908; arXiv:2502.06309 eq. (2)): at rest g = −m(g)·R(w), R = G/F, the slope of an
implicit cost that pulls to the symmetric point. For f = ½(w − w_opt)² and q± = 1 ∓ κw

    w − w_opt + κ·w·m(w − w_opt) = 0,    ridge approximation w_R = w_opt/(1 + κE|ε|).

Proved: there is exactly one root, for every zero-mean noise law and every such response, and it
lies between symmetric point and minimiser; |w| ≤ |w_R| under symmetric noise, and
one more fixed-point step gives a better one and a lower bound. Digits for Gaussian noise are
certified in implicit_cost_cases. Derived here (theory notes 2.1).
"""

from __future__ import annotations

from typing import TypeAlias

import sympy

from analogtheory.algorithms import analog_sgd
from analogtheory.algorithms.symbols import W
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
from analogtheory.proofs.general_device import (
    GeneralDevice,
    GeneralObjective,
    GeneralQuadratic,
    as_symbols,
    field_of,
    h,
    linear_device,
    plain,
    tau,
    w_star,
)
from analogtheory.prove import (
    ge,
    gt,
    le,
    lt,
    prove_by_terms,
    prove_identity,
    prove_polynomial,
)

Expr: TypeAlias = sympy.Expr

PAPER = "1909.07908"
alpha, kappa, m, F, g = sympy.symbols("alpha kappa m F g", real=True)

# ------------------------------------------------------------------ existence and uniqueness

g_1, g_2, m_1, m_2, R_1, R_2, Sigma = sympy.symbols("g_1 g_2 m_1 m_2 R_1 R_2 Sigma", real=True)
_FALL, _RISE = ge(g_2 - g_1, m_1 - m_2), ge(g_2 - g_1, m_2 - m_1)

ROOT = (
    hypothesis("f′ increases strictly: g₁ < g₂ at weights w₁ < w₂", gt(g_2, g_1)),
    hypothesis("R = G/F does not decrease, R(w⋄) = 0", ge(R_2, R_1)),
    hypothesis("|R| < 1 (positive responses)", gt(R_1, -1), lt(R_1, 1)),
    hypothesis("f′ and R continuous; q± > 0 inside the range"),
    hypothesis("|m(g) − m(g′)| ≤ |g − g′|, as for every noise law", _FALL, _RISE),
    hypothesis("zero-mean noise, m = E|g + ε| < ∞, so m ≥ 0", ge(m_2), ge(Sigma)),
)
#: ½(1 + R)(Δg + Δm) + ½(1 − R)(Δg − Δm) + mΔR, with a strictly positive part kept apart.
_INCREASES = (
    ("2/5", 1, (gt(R_1, -1), _FALL)),
    ("2/5", 1, (lt(R_1, 1), _RISE)),
    ("1/10", 1, (gt(R_1, -1), lt(R_1, 1), gt(g_2, g_1))),
    ("1/20", 1 - R_1, (_RISE,)),
    ("1/20", 1 + R_1, (_FALL,)),
    (1, 1, (ge(m_2), ge(R_2, R_1))),
)


def _drift() -> Expr:
    """ẇ of Analog SGD with q± = F(1 ∓ R)."""
    device = GeneralDevice("W")
    dynamics = analog_sgd(device, GeneralObjective(), Gaussian(1.0))
    values = {
        device.general_up.func(W): F * (1 - R_1),
        device.general_down.func(W): F * (1 + R_1),
        sympy.Function("slope", real=True)(W): g,
    }
    return plain(as_symbols(field_of(dynamics, "W"), values))


@claim(
    "implicit-cost-root",
    source=derived("rest point of the mean flow; theory notes 2.1", PAPER),
    form="derived",
    statement="For every zero-mean noise law with E|ε| < ∞, every f with continuous, strictly "
    "increasing f′ and every response with R continuous, |R| < 1, not decreasing, R(w⋄) = 0, the "
    "mean flow of Analog SGD has exactly one rest "
    "point, and it lies between w⋄ and the minimiser of f (both in the range); for "
    "f = (h/2)(w − w_opt)² and q± = 1 ∓ κw it solves h(w − w_opt) + κ·w·m(h(w − w_opt)) = 0.",
    latex=r"f'(w) + \mathbb{E}|f'(w)+\varepsilon|\,R(w) = 0 \text{ has exactly one solution}",
    hypotheses=ROOT,
    twins=(
        twin("responses that are not positive: |R| may exceed 1", drop="|R| < 1"),
        twin("m may change faster than g: no noise law", drop="|m(g) − m(g′)|"),
        twin("a response that falls towards its bounds from below", drop="does not decrease"),
        twin("the cost pushes away from w⋄", sign=-1),
    ),
)
def implicit_cost_root(run: Run, drop: str = "", sign: int = 1) -> Evidence:
    """T = g + m(g)R increases strictly; its signs at w⋄ and at the minimiser."""
    given = facts_of(ROOT, drop=drop)
    rise = gt((g_2 + m_2 * R_2) - (g_1 + m_1 * R_1))
    dynamics = analog_sgd(linear_device("W"), GeneralQuadratic(), Gaussian(1.0))
    linear = plain(as_symbols(field_of(dynamics, "W"), {})).subs(tau, 1 / kappa)
    equation = -alpha * (h * (W - w_star) + sign * kappa * W * m)
    point = {"alpha": 1, "h": 1, "W": 1, "w_star": 0, "kappa": 1, "m": 1}
    general = {"alpha": 1, "F": 1, "g": 1, "m": 1, "R_1": "1/2"}
    return conclude(
        lemma(
            "ẇ = −αF(g + m·R)",
            prove_identity(_drift(), -alpha * F * (g + sign * m * R_1), points=[general]),
        ),
        lemma(
            "ẇ = −α(h(w − w_opt) + κ·w·m) for q± = 1 ∓ κw",
            prove_identity(linear, equation, points=[point]),
        ),
        lemma("g + m(g)R(w) increases strictly with w", prove_by_terms(rise, given, _INCREASES)),
        lemma(
            "at the minimiser beyond w⋄ (g = 0, R ≥ 0) it is E|ε|·R ≥ 0",
            prove_by_terms(
                ge(0 + Sigma * R_2), (ge(Sigma), ge(R_2)), [(1, 1, (ge(Sigma), ge(R_2)))]
            ),
        ),
        remark(
            "at w⋄ it is g(w⋄) ≤ 0, so that the continuous function has a zero between; the mirror "
            "image for a minimiser below w⋄"
        ),
        value="one root",
    )


# ------------------------------------------------------------------ ridge: an upper bound

w_opt, root, distance = sympy.symbols("w_opt root distance", real=True)
#: w_opt/φ at v₁ and v₂ and w_opt/w_R, that is 1 + κm₁, 1 + κm₂, 1 + κΣ.
low, high, ridge = sympy.symbols("low high ridge", real=True)
_NOISE_RISES = (ge(m_1, m_2), ge(m_2, Sigma))
RIDGE = (
    hypothesis(
        "f = ½(w − w_opt)², w_opt > 0 (mirror image below), q± = 1 ∓ κw, κ > 0, κw_opt < 1",
        gt(w_opt),
        gt(kappa),
        lt(kappa * w_opt, 1),
    ),
    hypothesis(
        "sign-symmetric noise, E|ε| < ∞: m(g) ≥ Σ = E|ε|, m does not fall with |g|", *_NOISE_RISES
    ),
    hypothesis("Σ > 0", gt(Sigma)),
    hypothesis(
        "0 ≤ v₁ ≤ v₂ ≤ w_opt, m₁ = m(w_opt − v₁), m₂ = m(w_opt − v₂), distance = v₂ − v₁ ≥ "
        "m₁ − m₂, as for every noise law",
        ge(distance, m_1 - m_2),
    ),
)


@claim(
    "implicit-cost-ridge-bracket",
    source=derived("w ↦ w_opt/(1 + κ·m(w_opt − w)) iterated; theory notes 2.1", PAPER),
    form="derived",
    statement="Under symmetric noise the rest point w_0 of Analog SGD on ½(w − w_opt)², "
    "q± = 1 ∓ κw, 0 < κw_opt < 1, is at most the ridge value w_R = w_opt/(1 + κE|ε|): with "
    "φ(v) = w_opt/(1 + κ·E|w_opt − v + ε|), φ(0) ≤ w_0 ≤ φ(w_R) ≤ w_R, and iterating φ from either "
    "end converges to w_0 with a factor of at most κw_opt/(1 + κE|ε|)² < 1.",
    latex=r"\frac{w_{opt}}{1+\kappa m(w_{opt})} \le w_0 \le \frac{w_{opt}}{1+\kappa"
    r" m(w_{opt}-w_R)} \le w_R = \frac{w_{opt}}{1+\kappa\,\mathbb{E}|\varepsilon|}",
    hypotheses=RIDGE,
    twins=(
        twin("skewed noise: m(g) may be below E|ε|", drop="sign-symmetric"),
        twin("the ridge value is a lower bound", sign=-1),
        twin("the factor κw_opt/(1 + κE|ε|)⁴", power=4),
    ),
)
def ridge_bracket(run: Run, drop: str = "", sign: int = 1, power: int = 2) -> Evidence:
    """φ increases, w_0 = φ(w_0), and the Lipschitz constant of φ, all cross-multiplied."""
    given = facts_of(RIDGE, drop=drop)
    grows = (gt(w_opt), gt(kappa))
    rest = root - w_opt + kappa * root * m
    sizes = {low: 1 + kappa * m_1, high: 1 + kappa * m_2, ridge: 1 + kappa * Sigma}
    monotone = ge(w_opt * (low - high)).subs(sizes)
    below = ge(sign * w_opt * (high - ridge)).subs(sizes)
    order = (ge(low, high), ge(high, ridge), gt(ridge), ge(distance, low - high))
    # D·LH − (L − H)ρ² = (D − (L − H))LH + (L − H)((L − H)H + (H − ρ)² + 2ρ(H − ρ))
    factor = prove_polynomial(
        le((low - high) * ridge**power, distance * low * high),
        order,
        degree=3,
        points=[{"low": 3, "high": 2, "ridge": 2, "distance": 1}],
    )
    return conclude(
        lemma("w_0 = φ(w_0)", prove_identity(rest.subs(root, w_opt / (1 + kappa * m)), 0)),
        lemma(
            "φ(v₁) ≤ φ(v₂)", prove_by_terms(monotone, given, [(1, 1, (*grows, _NOISE_RISES[0]))])
        ),
        lemma("φ(v₂) ≤ w_R", prove_by_terms(below, given, [(1, 1, (*grows, _NOISE_RISES[1]))])),
        remark("v₁ = 0, v₂ = w_0, then v₁ = w_0, v₂ = w_R: the four numbers in order"),
        lemma("φ(v₂) − φ(v₁) ≤ κw_opt(v₂ − v₁)/(1 + κΣ)²; distance stands for κ(v₂ − v₁)", factor),
        lemma(
            "κw_opt < (1 + κΣ)²",
            prove_by_terms(
                lt(kappa * w_opt, (1 + kappa * Sigma) ** 2),
                given,
                [
                    (1, 1, (lt(kappa * w_opt, 1),)),
                    (1, kappa * Sigma, ()),
                    (2, 1, (gt(kappa), gt(Sigma))),
                ],
            ),
        ),
        value="φ(0) ≤ w_0 ≤ φ(w_R) ≤ w_R",
    )
