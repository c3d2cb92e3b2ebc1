"""Lemma 7 of arXiv:2502.06309 (eq. (85)): P tracks P*(W) = (W* − W)/γ.

Under (126), C₊ ≥ 1/2 and a small step, eq. (85) bounds E‖P⁺ − P*‖² by
(1 − αγμL/(4(μ+L)))‖P − P*‖² + (2α(μ+L)F_maxσ²/(γμL))‖G/√F‖²_∞ + α²F_max²σ². Its last term
comes from (127), which takes F_max for the Lipschitz constant of Lemma 3. For noise that is
symmetric about 0 this goes unnoticed; for skewed noise E(gF + |g|G)² has a part
2FG·E g|g| of first order in G, while the term with ‖G/√F‖² is of second order. So (85) as
printed is false near the symmetric point, for every α. With q_max² in the last term and in the
step limit it is true, for every noise law.

Proof: Lemma 4 for ⟨P − P*, ∇f ⊙ q_s⟩, the inequality of strongly convex smooth functions for
⟨P − P*, ∇f⟩, Young's inequality for the spread C₋ and for the noise, Lemma 3 for ‖ΔP‖².
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
    facts_of,
    hypothesis,
    lemma,
    remark,
    twin,
)
from analogtheory.proofs.lemma_3 import lipschitz
from analogtheory.proofs.lemma_4 import mean as mean_factor
from analogtheory.proofs.lemma_4 import product_steps
from analogtheory.proofs.lemma_4 import spread as spread_factor
from analogtheory.proofs.residual_setting import (
    NOISE,
    RESPONSE,
    STEPS,
    F,
    F_max,
    G,
    L,
    alpha,
    gamma,
    mu,
    q_down,
    q_max,
    q_up,
    reverse_triangle,
)
from analogtheory.prove import (
    Fact,
    Refuted,
    counterexample,
    eq,
    ge,
    gt,
    le,
    prove_by_terms,
    prove_identity,
)

half = sympy.Rational(1, 2)
#: P − P*, the values of the noise and the probability of the upper one.
d, noise_up, noise_down, probability = sympy.symbols("d noise_up noise_down probability", real=True)

CONVEX = hypothesis("f is μ-strongly convex and L-smooth, 0 < μ ≤ L", gt(mu), ge(L, mu))
#: In one dimension C₋ = 0 and C₊ = q_s, so that (126) is met.
SIDE = hypothesis(
    "C₊ ≥ 1/2 and (126): (μ+L)C₋²/C₊² ≤ μL/(2(μ+L)), C± = (max_d q_s ± min_d q_s)/2, "
    "q_s the responses in the direction of the step; for D = 1 this is q± ≥ 1/2",
    ge(q_up, half),
    ge(q_down, half),
)


def small_step(constant: sympy.Expr) -> Any:
    """α·constant² ≤ C₊/(γ(μ + L)), for one coordinate."""
    rate = alpha * constant**2 * gamma * (mu + L)
    return hypothesis(f"α·{constant}² ≤ C₊/(γ(μ+L))", le(rate, q_up), le(rate, q_down))


HYPOTHESES = (*RESPONSE, STEPS, CONVEX, SIDE, small_step(q_max), NOISE)
PRINTED_HYPOTHESES = (*RESPONSE, STEPS, CONVEX, SIDE, small_step(F_max), NOISE)


def two_point(constant: sympy.Expr, rate: sympy.Expr, noise: Any) -> tuple[Fact, tuple[Fact, ...]]:
    """The lemma for D = 1, f = (L/2)(W̄ − W*)², μ = L and a two-point noise law."""
    gradient = L * gamma * d
    laws = ((probability, noise_up), (1 - probability, -noise_down))
    left, variance = sympy.Integer(0), sympy.Integer(0)
    for weight, value in laws:
        g = gradient + value
        left += weight * (d - alpha * (g * F + sympy.Abs(g) * G)) ** 2
        variance += weight * value**2
    right = (
        (1 - alpha * rate * mu * L / (4 * (mu + L))) * d**2
        + noise * alpha * (mu + L) * F_max / (gamma * mu * L) * variance * G**2 / F
        + alpha**2 * constant**2 * variance
    )
    law = (
        eq(probability * noise_up, (1 - probability) * noise_down),
        gt(probability),
        gt(1 - probability),
        eq(mu, L),
    )
    return le(left, right), law


def _point(**values: Any) -> dict[str, Any]:
    """P = P*, noise 4 with probability 1/5 and −1 otherwise, μ = L = γ = 1, some changed."""
    skewed: dict[str, Any] = {
        "alpha": "2/5", "gamma": 1, "L": 1, "mu": 1, "F_max": 1, "q_max": "11/10",
        "q_up": "9/10", "q_down": "11/10", "d": 0,
        "noise_up": 4, "noise_down": 1, "probability": "1/5",
    }  # fmt: skip
    return {**skewed, **values}


_IDEAL = {"q_up": 1, "q_down": 1, "q_max": 1}
_SILENT = {"noise_up": 0, "noise_down": 0}
#: Linear device at P = τ/10 (F = 1, G = 1/10); the others are for the twins.
POINTS = (
    _point(),
    _point(alpha="7/20"),
    _point(**_IDEAL, **_SILENT, d=1, gamma="1/4", alpha=1),
    _point(**_IDEAL, **_SILENT, d=1, gamma=1, alpha=2),
    _point(q_up="11/10", q_down="9/10", alpha="1/10000", d="4/75", noise_up=1, probability="1/2"),
)

#: Norms: ‖P−P*‖², ‖∇f‖², ⟨P−P*,∇f⟩, ⟨|P−P*|,|∇f|⟩, ⟨P−P*,∇f⊙q_s⟩, the noise term and E‖ΔP‖²/α².
X, Y, Z, T, H, N, U = sympy.symbols("X Y Z T H N U", real=True)
S, v = sympy.symbols("S v", real=True)
#: ρ = γμL/(μ+L), ω = γ(μ+L), C₊, C₋.
rho, omega, C_plus, C_minus = sympy.symbols("rho omega C_plus C_minus", real=True)
g, a, size_g, size_a = sympy.symbols("g a size_g size_a", real=True)


def coordinate_steps() -> list[Any]:
    """What is needed of one coordinate: Lemmas 3 and 4, and Young's inequality twice."""
    kappa, size_d = sympy.symbols("kappa size_d", real=True)
    sizes = [eq(size_d**2, d**2), eq(size_a**2, a**2)]
    spread = C_minus**2 * omega / C_plus
    young = ge(spread * d**2 + C_plus / omega * a**2, 2 * C_minus * size_d * size_a)
    noise = ge(kappa * F * d**2 + (G**2 / F) * (g - a) ** 2 / kappa, -2 * d * (size_g - size_a) * G)
    triangle = ge((g - a) ** 2, (size_g - size_a) ** 2)
    return [
        *product_steps(mean_factor, spread_factor)[:3],
        *lipschitz(q_max)[:2],
        lemma(
            "2C₋|d||∇f| ≤ (C₋²ω/C₊)d² + (C₊/ω)|∇f|²",
            prove_by_terms(
                young,
                [gt(omega), gt(C_plus), *sizes],
                [
                    (1, C_minus * omega * size_d - C_plus * size_a, {0: -1, 1: -1}),
                    ("zero", 2, -spread),
                    ("zero", 3, -C_plus / omega),
                ],
            ),
        ),
        reverse_triangle(g, a)[0],
        lemma(
            "−2d(|g| − |∇f|)G ≤ κFd² + (G²/F)(g − ∇f)²/κ",
            prove_by_terms(
                noise,
                [gt(kappa), gt(F), triangle],
                [
                    (1, kappa * F * d + (size_g - size_a) * G, {0: -1, 1: -1}),
                    (1, G, {0: -1, 1: -1, 2: 1}),
                ],
            ),
        ),
    ]


def assembly(rate: sympy.Expr = rho, noise: Any = 2, constant: sympy.Expr = q_max) -> Any:
    """E‖P⁺ − P*‖² from the sums of the coordinate inequalities."""
    known = [
        gt(alpha), gt(rho), gt(omega), gt(C_plus), ge(C_plus, half),
        ge(rho * C_plus / 2, omega * C_minus**2 / C_plus),
        ge(H, C_plus * Z - C_minus * T),
        ge(Z, rho * X + Y / omega),
        ge(C_minus**2 * omega / C_plus * X + C_plus / omega * Y, 2 * C_minus * T),
        ge(rho * C_plus * X + F_max * v * S / (rho * C_plus), N),
        ge(q_max**2 * (Y + v), U),
        ge(C_plus / omega, alpha * q_max**2),
        gt(F_max), ge(X), ge(Y), ge(v), ge(S),
    ]  # fmt: skip
    goal = le(
        X - 2 * alpha * H + alpha * N + alpha**2 * U,
        (1 - alpha * rate / 4) * X
        + noise * alpha * F_max / rho * v * S
        + alpha**2 * constant**2 * v,
    )
    terms = [
        (2, 1, {0: 1, 6: 1}), (2, 1, {0: 1, 3: 1, 7: 1}), (1, 1, {0: 1, 8: 1}),
        (1, 1, {0: 1, 9: 1}), (1, alpha, {10: 1}), (1, 1, {0: 1, 5: 1, 13: 1}),
        (half, 1, {0: 1, 1: 1, 4: 1, 13: 1}), (1, 1, {0: 1, 11: 1, 14: 1}),
        (2, 1, {0: 1, 12: 1, 15: 1, 16: 1, 1: -1, 3: -1, 4: 1}),
    ]  # fmt: skip
    return lemma("the sum, with ρ = γμL/(μ+L) and ω = γ(μ+L)", prove_by_terms(goal, known, terms))


def evidence_for(
    hypotheses: Any, constant: sympy.Expr, rate: sympy.Expr, noise: Any, drop: str = ""
) -> Evidence:
    """A two-point law that breaks the bound, or its proof."""
    goal, law = two_point(constant, rate, noise)
    if found := counterexample(goal, [*facts_of(hypotheses, drop=drop), *law], *POINTS):
        words = "D = 1, f = (L/2)(W̄ − W*)², μ = L, two-point noise"
        return conclude(lemma(words, Refuted(found)))
    return conclude(
        *coordinate_steps(),
        remark(
            "⟨∇f, x⟩ ≥ μL/(μ+L)‖x‖² + ‖∇f‖²/(μ+L) at x = W̄ − W* = γ(P − P*): a standard fact for "
            "every μ-strongly convex, L-smooth f, not proved here; the paper cites it as Theorem "
            "2.1.9 of Nesterov, and strong-convexity-product certifies it for quadratics. It is "
            "the only joint step"
        ),
        remark(
            "the sums over the coordinates, of the expectations: κ = ρC₊/F_max and F ≤ F_max in "
            "the noise term, G²/F ≤ ‖G/√F‖²_∞, Σ_d Var g_d ≤ σ²"
        ),
        assembly(rate * rho / gamma, noise, constant),
    )


@claim(
    "lemma-7-printed",
    source=Source("2502.06309", "Lemma 7, eq. (85)"),
    form="printed",
    statement="With αF_max² ≤ C₊/(γ(μ+L)), (126) and C₊ ≥ 1/2, and for every noise law of "
    "Assumption 2, E‖P⁺ − P*‖² obeys (85), whose last term is α²F_max²σ².",
    latex=r"\mathbb{E}\|P^+ - P^*\|^2 \le \Bigl(1 - \frac{\alpha\gamma\mu L}{4(\mu+L)}\Bigr) "
    r"\|P-P^*\|^2 + \frac{2\alpha(\mu+L)F_{\max}\sigma^2}{\gamma\mu L} "
    r"\|G/\sqrt F\|_\infty^2 + \alpha^2 F_{\max}^2 \sigma^2",
    hypotheses=PRINTED_HYPOTHESES,
    twins=(twin("q_max in place of F_max in (127)", constant=q_max),),
    expected="refuted",
    readings=(
        "noise that is symmetric about 0: not refuted; no violation in a random search over "
        "10⁵ devices and four-point laws in one to three dimensions",
        "α sufficiently small, depending on the device: false, the violation needs only "
        "4G < α(G + 2F·E g|g|/σ²), so every α fails at points close enough to the symmetric point",
        "F_max as the supremum of F over all weights: false, the linear device has F = 1; as a "
        "larger upper bound of F, at least max(q₊, q₋): true, that is the repair",
    ),
    repaired_by="lemma-7-tracking",
    consequence="None for the rate; the noise term of Theorem 3 gets q_max² for F_max². The "
    "repaired Theorem 3 does not need Lemma 7 at all",
)
def lemma_7_printed(run: Run, constant: sympy.Expr = F_max) -> Evidence:
    """Linear device at P = P* = τ/10, noise 4 with probability 1/5 and −1 otherwise."""
    hypotheses = PRINTED_HYPOTHESES if constant == F_max else HYPOTHESES
    return evidence_for(hypotheses, constant, gamma, 2)


@claim(
    "lemma-7-tracking",
    source=Source("2502.06309", "Lemma 7, eq. (85), repaired"),
    form="repaired",
    statement="With αq_max² ≤ C₊/(γ(μ+L)), (126) and C₊ ≥ 1/2, and for every noise law of "
    "Assumption 2, E‖P⁺ − P*‖² ≤ (1 − αγμL/(4(μ+L)))‖P − P*‖² "
    "+ (2α(μ+L)F_maxσ²/(γμL))‖G/√F‖²_∞ + α²q_max²σ², with P* = (W* − W)/γ and F, G at P.",
    latex=r"\mathbb{E}\|P^+ - P^*\|^2 \le \Bigl(1 - \frac{\alpha\gamma\mu L}{4(\mu+L)}\Bigr) "
    r"\|P-P^*\|^2 + \frac{2\alpha(\mu+L)F_{\max}\sigma^2}{\gamma\mu L} "
    r"\|G/\sqrt F\|_\infty^2 + \alpha^2 q_{\max}^2 \sigma^2",
    hypotheses=HYPOTHESES,
    twins=(
        twin("α²F_max²σ², as printed", constant=F_max),
        twin("the rate αμL/(4γ(μ+L)) that (86) quotes", rate=1 / gamma),
        twin("1/4 for 2 before the noise term", noise=sympy.Rational(1, 4)),
        twin("no limit on the step size", drop="α·q_max² ≤"),
    ),
)
def lemma_7_tracking(
    run: Run,
    constant: sympy.Expr = q_max,
    rate: sympy.Expr = gamma,
    noise: Any = 2,
    drop: str = "",
) -> Evidence:
    """A chain of certificates for all parameters."""
    return evidence_for(HYPOTHESES, constant, rate, noise, drop)


@claim(
    "lemma-7-rate-in-86",
    source=Source("2502.06309", "eq. (86)"),
    form="printed",
    statement="The rate of Lemma 7 is (α/4)·μL/(γ(μ+L)), as the third line of eq. (86) quotes it.",
    latex=r"\mathbb{E}\|P^+ - P^*\|^2 \le \Bigl(1 - \frac{\alpha}{4}\frac{\mu L}{\gamma(\mu+L)}"
    r"\Bigr) \|P - P^*\|^2 + \dots",
    hypotheses=HYPOTHESES,
    twins=(twin("γ in the numerator, as in (85)", rate=gamma),),
    expected="refuted",
    readings=(
        "γ ≥ 1: true, because it is then weaker than (85)",
        "as a misprint of (85) without effect: yes, the next line of (86) drops the rate",
    ),
    repaired_by="lemma-7-tracking",
    consequence="None: the contraction factor is bounded by 1 in the next line",
)
def lemma_7_rate(run: Run, rate: sympy.Expr = 1 / gamma) -> Evidence:
    """Ideal device without noise, γ = 1/4, α = 1: (3/4)² > 1/2."""
    return evidence_for(HYPOTHESES, q_max, rate, 2)


@claim(
    "strong-convexity-product",
    source=derived("the inequality behind (121), for quadratics"),
    form="derived",
    statement="For f = ½xᵀHx with μI ≤ H ≤ LI, ⟨∇f, x⟩ ≥ (μL/(μ+L))‖x‖² + ‖∇f‖²/(μ+L).",
    latex=r"\langle \nabla f(x), x\rangle \ge \frac{\mu L}{\mu+L}\|x\|^2 "
    r"+ \frac{1}{\mu+L} \|\nabla f(x)\|^2",
    hypotheses=(CONVEX, hypothesis("f is quadratic with eigenvalues λ in [μ, L]")),
    twins=(
        twin("twice the coefficient of ‖∇f‖²", factor=2),
        twin("an eigenvalue below μ", lowest=mu / 2),
    ),
)
def strong_convexity_product(run: Run, factor: int = 1, lowest: sympy.Expr = mu) -> Evidence:
    """One eigenvalue λ: (λ − μ)(L − λ) ≥ 0."""
    x, eigenvalue = sympy.symbols("x eigenvalue", real=True)
    given = [*facts_of((CONVEX,)), ge(eigenvalue, lowest), ge(L, eigenvalue), gt(mu + L)]
    goal = ge(
        eigenvalue * x**2,
        mu * L / (mu + L) * x**2 + factor * (eigenvalue * x) ** 2 / (mu + L),
    )
    points = ({"mu": 1, "L": 1, "eigenvalue": 1, "x": 1},
              {"mu": 1, "L": 1, "eigenvalue": "1/2", "x": 1})  # fmt: skip
    return conclude(
        lemma(
            "one eigenvalue",
            prove_by_terms(goal, given, [(1, x, {2: 1, 3: 1, 4: -1})], points=points),
        ),
        remark("sum over the eigenvectors; φ(P) = f(W + γP) has γ²μ, γ²L and ∇φ = γ∇f"),
    )


@claim(
    "lemma-7-spread-condition",
    source=derived("a two-dimensional instance of Lemma 7 without (126)"),
    form="derived",
    statement="Lemma 7 needs (126): for f = ½xᵀHx with H = [[5, 4], [4, 5]], P − P* = (1, −2), "
    "γ = 1 and responses q_s = (2, 1/4), one step without noise adds 6α + α²‖∇f⊙q_s‖² to "
    "‖P − P*‖², for every α > 0, where (85) has it decrease.",
    latex=r"\|P^+ - P^*\|^2 = \|P - P^*\|^2 + 6\alpha + \alpha^2 \|\nabla f\odot q_s\|^2",
    hypotheses=(hypothesis("μ = 1, L = 9, C₊ = 9/8 ≥ 1/2, C₋ = 7/8: (126) is not met"),),
    twins=(
        twin("equal responses q_s = (2, 2)", second=sympy.Integer(2)),
        twin("H = diag(5, 5)", coupling=sympy.Integer(0)),
    ),
)
def spread_condition(
    run: Run,
    second: sympy.Rational = sympy.Rational(1, 4),
    coupling: sympy.Integer = sympy.Integer(4),
) -> Evidence:
    """One identity in α."""
    x = sympy.Matrix([1, -2])
    gradient = sympy.Matrix([[5, coupling], [coupling, 5]]) * x
    moved = sympy.Matrix([2 * gradient[0], second * gradient[1]])
    after = x - alpha * moved
    growth = 6 * alpha + alpha**2 * moved.dot(moved)
    return conclude(lemma("‖P⁺ − P*‖²", prove_identity(after.dot(after), x.dot(x) + growth)))
