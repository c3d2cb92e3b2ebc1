"""Theorem 3 of arXiv:2502.06309 repaired: Residual Learning with explicit constants.

Let f be μ-strongly convex and L-smooth, α ≤ 1/(8LγF_max), M_P ≤ min M(P_k),
M_W ≤ min M(W_k), both > 0, and

    β = αγ²μM_P√M_W/(16F_max²q_max),   C = 11μ√M_W/(32q_max) = 11βF_max²/(2αγ²M_P).

Then V_k = f(W̄_k) − f* + C‖W_k − W*‖² obeys, with ∇f = ∇f(W̄_k) and P* = (W* − W_k)/γ,

    (αγ/8F_max)·[ ‖∇f⊙F + |∇f|⊙G‖² + ¾M_P‖∇f‖² + ½γ²μ²M_P‖P_k − P*‖²
                  + (11μ²M_PM_W/(128F_max²q_max²))‖W_k − W*‖²_{M(W_k)}
                  + (γ²μ²M_PM_W/(64F_max²q_max²))‖P*⊙F − |P*|⊙G‖² ]
        ≤ V_k − E V_{k+1} + ¾αγσ²‖G/√F‖²_∞ + α²γ²Lσ²(2F_max² + 7q_max²/128),

and E_K, the mean of the bracket over k < K, is at most
8F_max V₀/(αγK) + 8F_max αγLσ²(2F_max² + 7q_max²/128) + 6F_max σ²S_K with
S_K = (1/K)Σ E‖G(P_k)/√F(P_k)‖²_∞. The floors M_P and M_W are those of the run itself: like the
paper's, this is a bound along the path, not one known before training.

Derivation: repaired Lemma 5 plus C times repaired Lemma 6. ‖P_{k+1} − P*‖² is bounded by
(8/7)‖P_k − P*‖² + 8‖ΔP‖² and Lemma 3: Lemma 7, with its hypothesis (126) on the spread of the
responses, is not needed. The theory notes insert Lemma 7 and get √464 for 16 in β and
(6 + F_max/4)F_max for 6F_max before σ²S_K; the paper prints 24F_max.
"""

from __future__ import annotations

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
    hypothesis,
    lemma,
    remark,
    twin,
)
from analogtheory.proofs.lemma_3 import lipschitz
from analogtheory.proofs.residual_runs import Ideal
from analogtheory.proofs.residual_setting import F_max, L, alpha, gamma, mu, q_max
from analogtheory.prove import Fact, ge, gt, le, prove_by_terms

M_P, root = sympy.symbols("M_P root", real=True)
M_W = root**2
#: f(W̄) − f*, ‖W − W*‖², and both after the step.
f, w, f_next, w_next = sympy.symbols("f w f_next w_next", real=True)
#: ‖∇f⊙F+|∇f|⊙G‖², ‖W−W*‖²_M, ‖P*⊙F−|P*|⊙G‖², ‖P−P*‖², E‖P⁺−P*‖², ‖∇f‖², E‖ΔW‖².
A, B, N, X, X_next, Y, D = sympy.symbols("A B N X X_next Y D", real=True)
#: ‖G/√F‖²_∞ and σ².
S, v = sympy.symbols("S v", real=True)

rate = alpha * gamma
beta = rate * gamma * mu * M_P * root / (16 * F_max**2 * q_max)
C = 11 * mu * root / (32 * q_max)

#: The facts by the names that the certificates use.
FACTS: dict[str, Fact] = {
    "mu": gt(mu), "L": gt(L), "convex": ge(L, mu),
    "F": gt(F_max), "q": gt(q_max), "q_from": ge(q_max, F_max), "q_to": ge(2 * F_max, q_max),
    "alpha": gt(alpha), "gamma": gt(gamma), "limit": le(8 * L * gamma * F_max * alpha, 1),
    "MP": gt(M_P), "MP_to": ge(F_max**2, M_P), "root": gt(root), "root_to": ge(F_max, root),
}  # fmt: skip


def _facts(names: str) -> tuple[Fact, ...]:
    return tuple(FACTS[name] for name in names.split())


HYPOTHESES = (
    hypothesis(
        "Residual Learning (10)–(11), no update clipped, under Assumptions 1–3: f is μ-strongly "
        "convex and L-smooth, 0 < μ ≤ L; E g = ∇f(W̄), E‖g − ∇f(W̄)‖² ≤ σ²",
        *_facts("mu L convex"),
    ),
    hypothesis(
        "0 < F_max ≤ q_max ≤ 2F_max: suprema of F and of q₊, q₋", *_facts("F q q_from q_to")
    ),
    hypothesis("α, γ > 0 and α ≤ 1/(8LγF_max)", *_facts("alpha gamma limit")),
    hypothesis(
        "in every coordinate, for all k < K, almost surely: 0 < M_P ≤ M(P_k) ≤ F_max² and "
        "0 < M_W ≤ M(W_k) ≤ F_max²; root = √M_W",
        *_facts("MP MP_to root root_to"),
    ),
    hypothesis("β = αγ²μM_P√M_W/(16F_max²q_max)"),
)

#: (coefficient, square, powers of facts by name: "alpha gamma:2 F:-1").
Named = tuple[Any, Any, str]


def by_names(facts: dict[str, Fact], terms: list[Named]) -> list[tuple[Any, Any, dict[int, int]]]:
    """A certificate with indices for names."""
    order = {name: index for index, name in enumerate(facts)}
    found = []
    for coefficient, square, powers in terms:
        index: dict[int, int] = {}
        for part in powers.split():
            name, _, power = part.partition(":")
            index[order[name]] = index.get(order[name], 0) + int(power or 1)
        found.append((coefficient, square, index))
    return found


def _settle(words: str, goal: Fact, facts: dict[str, Fact], terms: list[Named]) -> Any:
    return lemma(words, prove_by_terms(goal, list(facts.values()), by_names(facts, terms)))


def _q(numerator: int, denominator: int) -> sympy.Rational:
    return sympy.Rational(numerator, denominator)


def small_lemmas() -> tuple[list[Any], dict[str, Fact]]:
    """Bounds that the step limit gives, each with its certificate."""
    once = ge(9 * F_max / (8 * rate * M_P), F_max / (rate * M_P) + L)
    speed = ge(_q(1, 4), rate * mu * q_max)
    tail = ge(L * F_max, 8 * rate * mu**2 * M_P)
    steps = [
        _settle("F_max/(αγM_P) + L ≤ 9F_max/(8αγM_P)", once, FACTS, [
            (_q(1, 8), 1, "limit F:-1 alpha:-1 gamma:-1"),
            (_q(1, 8), 1, "MP_to F:-1 alpha:-1 gamma:-1 MP:-1"),
        ]),
        _settle("αγμ·q_max ≤ 1/4", speed, FACTS, [
            (_q(1, 4), 1, "limit"), (1, 1, "alpha gamma L q_to"), (1, 1, "alpha gamma q convex"),
        ]),
        _settle("8αγμ²M_P ≤ L·F_max", tail, FACTS, [
            (1, 1, "F convex"), (1, 1, "mu F limit"), (8, 1, "alpha gamma mu convex F:2"),
            (8, 1, "alpha gamma mu:2 MP_to"),
        ]),
        _settle("β ≤ γ/q_max, as Lemma 6 needs", ge(gamma, beta * q_max), FACTS, [
            (_q(1, 16), 1, "gamma:2 F:-2 alpha mu MP root_to"),
            (_q(1, 16), 1, "gamma:2 F:-1 alpha mu MP_to"),
            (_q(1, 16), 1, "gamma:2 alpha F convex"),
            (_q(1, 128), 1, "gamma limit"), (_q(127, 128), 1, "gamma"),
        ]),
    ]  # fmt: skip
    return steps, {"speed": speed, "tail": tail}


def coordinate_lemmas() -> list[Any]:
    """Splittings of squares, for one coordinate: n = P*·q_s, Λ and d as in Lemma 6."""
    n, excess, d, step = sympy.symbols("n excess d step", real=True)
    return [
        *lipschitz(q_max)[:2],
        lemma("(n + Λ)² ≤ 2n² + 2Λ²", prove_by_terms(
            ge(2 * n**2 + 2 * excess**2, (n + excess) ** 2), [], [(1, n - excess, {})],
        )),
        lemma("(d + ΔP)² ≤ (8/7)d² + 8ΔP²", prove_by_terms(
            ge(_q(8, 7) * d**2 + 8 * step**2, (d + step) ** 2), [], [(_q(1, 7), d - 7 * step, {})],
        )),
        remark("with Lemma 3: ‖ΔW‖² ≤ 2β²(‖P*⊙F − |P*|⊙G‖² + q_max²‖P⁺ − P*‖²) and "
               "E‖ΔP‖² ≤ α²q_max²(‖∇f‖² + σ²)"),
    ]  # fmt: skip


#: Coefficients before ‖W−W*‖²_M and ‖P*⊙F−|P*|⊙G‖² in the metric.
WEIGHTS = (_q(11, 128), _q(1, 64))


def bracket(weights: tuple[sympy.Rational, sympy.Rational] = WEIGHTS) -> sympy.Expr:
    """The metric of one step."""
    scale = mu**2 * M_P * M_W / (F_max**2 * q_max**2)
    return (
        A
        + _q(3, 4) * M_P * Y
        + gamma**2 * mu**2 * M_P * X / 2
        + weights[0] * scale * B
        + weights[1] * gamma**2 * scale * N
    )


def summed(noise: Any = 2, power: int = 1) -> Any:
    """E_K from the sum of the descent over k < K; `power` is that of γ in V₀/(αγK)."""
    E, V_0, V_K, K, S_K = sympy.symbols("E_K V_0 V_K K S_K", real=True)
    floor = rate**2 * L * v * (noise * F_max**2 + _q(7, 128) * q_max**2)
    each = _q(3, 4) * rate * v * S_K + floor
    facts = {
        **FACTS, "K": gt(K), "V_K": ge(V_K),
        "sum": le(K * rate / (8 * F_max) * E, V_0 - V_K + K * each),
    }  # fmt: skip
    goal = le(
        E,
        8 * F_max * V_0 / (alpha * gamma**power * K)
        + 8 * F_max * rate * L * v * (2 * F_max**2 + _q(7, 128) * q_max**2)
        + 6 * F_max * v * S_K,
    )
    scale = "F alpha:-1 gamma:-1 K:-1"
    return _settle("E_K ≤ the bound, from K·(αγ/8F_max)·E_K ≤ V₀ − V_K + K·noise", goal, facts, [
        (8, 1, f"{scale} sum"), (8, 1, f"{scale} V_K"),
    ])  # fmt: skip


def descent_steps(weights: Any = WEIGHTS, noise: Any = 2) -> list[Any]:
    """E V_{k+1} ≤ V_k − (αγ/8F_max)·metric + noise, from the repaired Lemmas 5 and 6."""
    steps, derived_facts = small_lemmas()
    last = 9 * F_max / (8 * rate * M_P)
    lemma_5 = ge(
        f - rate / (4 * F_max) * M_P * Y + _q(3, 4) * rate * v * S
        + 2 * rate**2 * L * F_max**2 * v - rate / (8 * F_max) * A + last * D,
        f_next,
    )  # fmt: skip
    lemma_6 = ge(
        w - beta / (2 * gamma * F_max) * B - beta * gamma / (2 * F_max) * N
        + 2 * beta * gamma * F_max * q_max**2 / M_W * X_next,
        w_next,
    )  # fmt: skip
    known = {
        **FACTS, **derived_facts, "lemma_5": lemma_5, "lemma_6": lemma_6,
        "transfer": ge(2 * beta**2 * (N + q_max**2 * X_next), D),
        "track": ge(_q(8, 7) * X + 8 * alpha**2 * q_max**2 * (Y + v), X_next),
        "strong": ge(Y, mu**2 * gamma**2 * X),
        "X_next": ge(X_next), "Y": ge(Y), "v": ge(v),
    }  # fmt: skip
    floor = rate**2 * L * v * (noise * F_max**2 + _q(7, 128) * q_max**2)
    goal = le(
        f_next + C * w_next,
        f + C * w - rate / (8 * F_max) * bracket(weights) + _q(3, 4) * rate * v * S + floor,
    )
    kappa = "alpha gamma:3 mu:2 MP F:-1"
    terms: list[Named] = [
        (1, 1, "lemma_5"),
        (_q(11, 32), 1, "mu root q:-1 lemma_6"),
        (_q(9, 8), 1, "F alpha:-1 gamma:-1 MP:-1 transfer"),
        (_q(14, 256), 1, f"{kappa} track"),
        (_q(3, 1024), 1, f"{kappa} X_next"),
        (_q(9, 1024), 1, f"{kappa} F:-2 root_to F X_next"),
        (_q(9, 1024), 1, f"{kappa} F:-2 root_to root X_next"),
        (_q(1, 8), 1, "alpha gamma MP F:-1 strong"),
        (_q(1, 256), 1, "alpha gamma MP F:-1 Y"),
        (_q(7, 16), _q(1, 4) - rate * mu * q_max, "alpha gamma MP F:-1 Y"),
        (_q(7, 8), 1, "alpha:2 gamma:2 mu q MP F:-1 speed Y"),
        (_q(7, 128), 1, "alpha:2 gamma:2 q:2 v F:-1 tail"),
    ]
    return [
        remark("Lemma 5 with M† ≤ 1/M_P (lemma-5-descent) and Lemma 6 with q_max³ ≤ "
               "2F_max·q_max², M† ≤ 1/M_W (lemma-6-descent) are used as proved there"),
        *steps,
        *coordinate_lemmas(),
        remark("μ-strong convexity: ‖∇f‖² ≥ μ²‖W̄ − W*‖² = μ²γ²‖P − P*‖²"),
        _settle("E V⁺ ≤ V − (αγ/8F_max)·metric + noise", goal, known, terms),
        remark("expectation, and the sum over k < K, where V telescopes and V_K ≥ 0"),
    ]  # fmt: skip


def ideal_sides(
    case: Ideal, weights: Any = WEIGHTS, noise: Any = 2, power: int = 1
) -> tuple[Fraction, Fraction]:
    """E_K and its bound on the ideal device (F = q_max = M = 1, G = 0), in exact arithmetic.

    There P − P* = ∇f/γ and P* = −(W − W*)/γ. `power` is that of γ in V₀/(αγK).
    """
    g, K = case.gamma, case.steps
    run = case.run(case.alpha * g**2 / 16)
    own, other = (Fraction(int(c.p), int(c.q)) for c in map(sympy.Rational, weights))
    metric = Fraction(9, 4) * run.gradient + (own + other) * run.error
    start = run.first_gradient / 2 + Fraction(11, 32) * run.first_error
    factor = Fraction(str(sympy.Rational(noise))) + Fraction(7, 128)
    floor = 8 * case.alpha * g * case.variance * factor
    return metric, 8 * start / (case.alpha * g**power * K) + floor


#: Instances on the ideal device; the last one only for twins, its step is too large.
INSTANCES = (
    Ideal(Fraction(1, 32), Fraction(1, 4), 32, error=Fraction(1)),
    Ideal(Fraction(1), Fraction(1, 8), 256, error=Fraction(1), residual=Fraction(-1)),
    Ideal(Fraction(1), Fraction(1, 8), 64, variance=Fraction(1)),
    Ideal(Fraction(1), Fraction(3), 20, error=Fraction(1)),
)


def on_instances(limit: Fraction, **constants: Any) -> Any:
    """The bound on every instance with αγ ≤ limit: a refutation, or the largest ratio."""
    ratios = []
    for case in INSTANCES:
        if case.alpha * case.gamma <= limit:
            metric, bound = ideal_sides(case, **constants)
            if metric > bound:
                words = f"E_K ≤ bound on the ideal device, {case.steps} steps, γ = {case.gamma}"
                return at_most(f"{words}, α = {case.alpha}", metric, bound)
            ratios.append(float(metric / bound))
    return remark(
        f"an illustration: on {len(ratios)} instances of the ideal device, in exact arithmetic, "
        f"E_K is at most {max(ratios):.2f} of the bound"
    )


@claim(
    "theorem-3-convergence",
    source=Source("2502.06309", "Theorem 3, eqs. (91)–(92), repaired"),
    form="repaired",
    statement="E_K, the mean over k < K of E[‖∇f⊙F(P) + |∇f|⊙G(P)‖² + ¾M_P‖∇f‖² "
    "+ ½γ²μ²M_P‖P − P*‖² + (11μ²M_PM_W/(128F_max²q_max²))‖W − W*‖²_{M(W)} "
    "+ (γ²μ²M_PM_W/(64F_max²q_max²))‖P*⊙F(W) − |P*|⊙G(W)‖²] with ∇f at W̄ and "
    "P* = (W* − W)/γ, is at most 8F_max V₀/(αγK) + 8F_max αγLσ²(2F_max² + 7q_max²/128) "
    "+ 6F_max σ²S_K, where V₀ = f(W̄₀) − f* + (11μ√M_W/(32q_max))‖W₀ − W*‖² and S_K is the mean "
    "of E‖G(P)/√F(P)‖²_∞.",
    latex=r"E_K := \frac1K \sum_{k<K} \mathbb{E}\Bigl[ "
    r"\|\nabla f\odot F(P_k) + |\nabla f|\odot G(P_k)\|^2 + \tfrac34 M_P \|\nabla f\|^2 "
    r"+ \tfrac12 \gamma^2\mu^2 M_P \|P_k - P^*\|^2 "
    r"+ \frac{11\mu^2 M_P M_W}{128 F_{\max}^2 q_{\max}^2} \|W_k - W^*\|_{M(W_k)}^2 "
    r"+ \frac{\gamma^2\mu^2 M_P M_W}{64 F_{\max}^2 q_{\max}^2} "
    r"\|P^*\odot F(W_k) - |P^*|\odot G(W_k)\|^2 \Bigr] "
    r"\le \frac{8F_{\max} V_0}{\alpha\gamma K} + 8F_{\max}\alpha\gamma L\sigma^2 "
    r"\Bigl(2F_{\max}^2 + \frac{7q_{\max}^2}{128}\Bigr) + 6F_{\max}\sigma^2 S_K",
    hypotheses=HYPOTHESES,
    twins=(
        twin("V₀/(αK) for V₀/(αγK), as printed", power=0),
        twin("3/8 for 11/128 before ‖W − W*‖²_M", weights=(_q(3, 8), _q(1, 64))),
        twin("1/16 for 2 in the noise term", noise=_q(1, 16)),
        twin("α ≤ 3/(LγF_max)", limit=Fraction(3)),
    ),
)
def theorem_3_convergence(
    run: Run,
    weights: Any = WEIGHTS,
    noise: Any = 2,
    power: int = 1,
    limit: Fraction = Fraction(1, 8),
) -> Evidence:
    """A chain of certificates for all parameters; exact runs refute changed constants."""
    checked = on_instances(limit, weights=weights, noise=noise, power=power)
    if checked.step.level == "refuted":
        return conclude(checked)
    proof = [*descent_steps(weights, noise), summed(noise, power)]
    return conclude(*proof, checked, value="6F_max σ²S_K")


@claim(
    "theorem-3-transfer-coefficient",
    source=derived("theory notes, E5: the repaired Theorem 3 by way of Lemma 7"),
    form="derived",
    statement="With C = 10βF_max²/(αγ²M_P) and β ≤ γ/(4F_max), the coefficient of ‖P⁺ − P*‖² in "
    "the sum of repaired Lemma 5 and C times Lemma 6 in the form 2βγF_max·q_max²‖·‖²_{M†} "
    "+ 2β²q_max²‖·‖² is at most (109/4)β²F_max³q_max²/(αγM_PM_W); the theory notes have 29.",
    latex=r"C\Bigl(\frac{2\beta\gamma F q^2}{M_W} + 2\beta^2 q^2\Bigr) "
    r"+ \frac{9\beta^2 F q^2}{4\alpha\gamma M_P} \le \frac{109}{4} "
    r"\frac{\beta^2 F^3 q^2}{\alpha\gamma M_P M_W}",
    hypotheses=(*HYPOTHESES[1:4], hypothesis("0 < β ≤ γ/(4F_max)")),
    twins=(
        twin("27 for 109/4", constant=_q(27, 1)),
        twin("β ≤ γ/F_max", largest=1),
    ),
)
def transfer_coefficient(
    run: Run, constant: sympy.Rational = _q(109, 4), largest: sympy.Rational = _q(1, 4)
) -> Evidence:
    """One certificate."""
    b = sympy.Symbol("beta", real=True)
    facts = {**FACTS, "beta": gt(b), "step": ge(largest * gamma, b * F_max)}
    scale = b**2 * F_max * q_max**2 / (rate * M_P)
    large = 10 * b * F_max**2 / (rate * gamma * M_P)
    move = 2 * b * gamma * F_max * q_max**2 / M_W + 2 * b**2 * q_max**2
    goal = le(large * move + _q(9, 4) * scale, constant * scale * F_max**2 / M_W)
    common = "beta:2 F q:2 alpha:-1 gamma:-1 MP:-1"
    terms: list[Named] = [
        (_q(29, 4), 1, f"{common} root:-2 root_to F"), (_q(29, 4), 1, f"{common} root:-1 root_to"),
        (20, 1, f"{common} gamma:-1 step"),
    ]  # fmt: skip
    point = {
        "mu": 1, "L": 1, "F_max": 1, "q_max": 1, "alpha": "1/8", "gamma": 1, "M_P": 1, "root": 1,
        "beta": "1/4",
    }  # fmt: skip
    points = (point, {**point, "beta": 1})
    words = "coefficient of ‖P⁺ − P*‖²"
    order = list(facts.values())
    outcome = prove_by_terms(goal, order, by_names(facts, terms), points=points)
    return conclude(lemma(words, outcome))
