"""RIDER: tracking the symmetric point during training (arXiv:2602.21321, Theorem 3.7).

W̄ = W + γ(P − Q); P⁺ = P − αgF_p(P) − α|g|G_p(P); W⁺ = W + β(P⁺ − Q)F_w − β|P⁺ − Q|G_w;
Q⁺ = (1 − η)Q + ηP⁺ (eqs. (11), (12), b = b′ = 0). Definition 2.1 allows an ideal W array, F_w = 1,
G_w = 0. Then W_k − (β/η)Q_k never changes, so that (W, Q) → (W*, W⋄) is impossible except from
starts on one line: Theorem 3.7 as printed is false. Where its proof slips: from (66) to (71) the
lower bound ‖∇f‖² ≥ 2μ(f − f*) is used also for a term with the opposite sign; without that step
the condition reads C_* ≥ 4√2 σ(q_max/q_min)^{3/2} > σ, which contradicts Jensen's inequality
near W*. The chopper of E-RIDER breaks the invariant; the means then converge.
"""

from __future__ import annotations

from typing import TypeAlias

import sympy

from analogtheory import responses
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
    twin,
)
from analogtheory.prove import (
    eq,
    ge,
    gt,
    le,
    lt,
    prove,
    prove_by_terms,
    prove_identity,
    prove_polynomial,
)
from analogtheory.responses.formulas import WEIGHT

PAPER = "2602.21321"
W, P_new, Q, beta, eta, F_w, G_w = sympy.symbols("W P_new Q beta eta F_w G_w", real=True)
u, v, y, rho, d, tau = sympy.symbols("u v y rho d tau", real=True)

Expr: TypeAlias = sympy.Expr


@claim(
    "rider-invariant",
    source=derived("eqs. (11b) and (12) with F_w = 1, G_w = 0", PAPER),
    form="derived",
    statement="With an ideal W array (F_w = 1, G_w = 0) RIDER keeps W_k − (β/η)Q_k constant, "
    "exactly and on every path, whatever f, the noise, the P array and γ.",
    latex=r"W_{k+1} - \frac{\beta}{\eta} Q_{k+1} = W_k - \frac{\beta}{\eta} Q_k",
    hypotheses=(hypothesis("F_w = 1, G_w = 0, η ≠ 0"),),
    twins=(
        twin("a W array with G_w ≠ 0", asymmetry=G_w),
        twin("the chopper's sign c = −1 in the W update", chopper=-1),
    ),
)
def rider_invariant(run: Run, asymmetry: Expr = sympy.S.Zero, chopper: int = 1) -> Evidence:
    """Both updates are multiples of the same P⁺ − Q."""
    change = chopper * beta * (P_new - Q)
    weight = W + change - sympy.Abs(change) * asymmetry
    tracker = (1 - eta) * Q + eta * P_new
    before, after = W - beta / eta * Q, weight - beta / eta * tracker
    return conclude(lemma("W⁺ − (β/η)Q⁺ = W − (β/η)Q", prove_identity(after, before)))


def _least_metric(offset: Expr) -> Expr:
    """min(1/8, d²/(1 + 9ρ²)) at ρ = 1: below it the metric cannot fall."""
    return min(sympy.Rational(1, 8), offset**2 / 10)


@claim(
    "rider-convergence-printed",
    source=Source(PAPER, "Theorem 3.7, eqs. (14), (15)"),
    form="printed",
    statement="Under Assumptions 3.1–3.4 and 3.6, Definition 2.1 and C_* ≥ "
    "4√2(σ/μ)(q_max/q_min)^{3/2}, the metric (1/K)ΣE[‖W_k − W*‖² + O(‖P_k − Q_k‖²) + "
    "O(‖G_p(P_k)‖²)] of RIDER tends to 0 with 1/√K and Δw_min, from every start.",
    latex=r"E_K \le O\left(\kappa_1\kappa_2^5/\sqrt{K}\right) + \Theta(\Delta w_{\min})",
    hypotheses=(
        hypothesis(
            "as printed, b = b′ = 0; P array q± = 1 ∓ y/(2√(1 + y²)), y = p − 1/5; ideal W array"
        ),
        hypothesis("f = 15(w − 1/2)², μ = L = 30, noise ±1: C_* = σ = 1, q_max/q_min < 3; β = η"),
    ),
    expected="refuted",
    repaired_by="rider-needs-calibrated-start",
    consequence="the exactness of RIDER without chopping, and with it the pulse complexity O(δ⁻²) "
    "of Corollary 3.9, does not hold; without the slip between (66) and (71) the proof needs "
    "C_* ≥ 4√2 σ(q_max/q_min)^{3/2} > σ, which cannot be met near W*, where E|∇f_d| ≤ σ (Jensen)",
    readings=(
        "O(·) in the metric with any positive constants, any γ, any α: the lower bound is pathwise "
        "and only its constant changes; still false",
        "μ < 4√2: the condition on C_* then contradicts the conclusion by Jensen's inequality, "
        "claim rider-noise-floor; the counterexample has μ = 30, where it can be met",
        "b = b′ = 0 here, which Assumption 3.4 reaches as Δw_min → 0: the bound is uniform in "
        "Δw_min, and a Δw_min small against 1/(αK) moves the invariant by as little as one likes",
        "only starts with Q_0 = W⋄ − (η/β)(W* − W_0): the obstruction is gone (the twin); but this "
        "presupposes W⋄ and W*",
    ),
    twins=(twin("the calibrated start Q_0 = W⋄ − (η/β)(W* − W_0)", start=sympy.Rational(-3, 10)),),
)
def rider_convergence_printed(run: Run, start: Expr = sympy.S.Zero) -> Evidence:
    """W_0 = 0, Q_0 = start: the hypotheses are met, and the metric stays above a constant."""
    best, symmetric = sympy.Rational(1, 2), sympy.Rational(1, 5)
    offset = sympy.S.Zero - best - (start - symmetric)  # d = W_0 − W* − (Q_0 − W⋄), β/η = 1
    square = y**2 / (4 * (1 + y**2))  # G_p²
    scaled = square * (1 + y**2)
    small = le(y**2, 1)
    near = prove_by_terms(ge(8 * scaled, y**2 * (1 + y**2)), [small], [(1, y, {small: 1})])
    bounded = prove_polynomial(gt(1 + y**2, 4 * scaled))
    return conclude(
        lemma("μ² ≥ 32(q_max/q_min)³: C_* is large enough", prove(ge(30**2, 32 * 3**3))),
        lemma("G_p² < 1/4, so 1/2 < q± < 3/2", bounded),
        lemma("|y| ≤ 1: G_p² ≥ y²/8", near),
        lemma(
            "|y| ≥ 1: G_p² ≥ 1/8",
            prove_polynomial(ge(8 * scaled, 1 + y**2), [ge(y**2, 1)]),
        ),
        lemma(
            "u + v − y = d: 10(u² + v² + y²/8) ≥ d²",
            prove_by_terms(
                ge(10 * (u**2 + v**2 + y**2 / 8), (u + v - y) ** 2),
                [],
                [(1, u - v, {}), (8, u + y / 8, {}), (8, v + y / 8, {})],
            ),
        ),
        at_most(
            "what the metric must fall below as K → ∞, against its pathwise lower bound",
            _least_metric(offset),
            0,
        ),
        value=_least_metric(offset),
    )


START = (
    hypothesis("ideal W array; linear P array, G_p = (P − W⋄)/τ, τ > 0", gt(tau)),
    hypothesis(
        "d = W_0 − W* − ρ(Q_0 − W⋄), ρ = β/η; the invariant W − ρQ keeps u + ρv − ρy = d for "
        "u = W − W*, v = P − Q, y = P − W⋄",
        eq(u + rho * v - rho * y, d),
    ),
)


@claim(
    "rider-needs-calibrated-start",
    source=derived("rider-invariant and Cauchy's inequality", PAPER),
    form="repaired",
    statement="With an ideal W array and a linear P array every iterate of RIDER has ‖W − W*‖² + "
    "‖P − Q‖² + ‖G_p(P)‖² ≥ d²/(1 + ρ² + ρ²τ²), d = W_0 − W* − ρ(Q_0 − W⋄), ρ = β/η: the metric "
    "can vanish only from a start with d = 0.",
    latex=r"\|W_k-W^*\|^2 + \|P_k-Q_k\|^2 + \|G_p(P_k)\|^2 \ge \frac{d^2}{1+\rho^2+\rho^2\tau^2}",
    hypotheses=START,
    twins=(
        twin("the bound d²/(1 + ρ²)", with_range=0),
        twin("a chopped update, without the invariant", drop="the invariant"),
    ),
)
def rider_needs_calibrated_start(run: Run, with_range: int = 1, drop: str = "") -> Evidence:
    """Lagrange's identity for (1, ρ, −ρτ) and (u, v, y/τ); coordinates add up."""
    given = facts_of(START, drop=drop)
    line = eq(u + rho * v - rho * y, d)
    weight = 1 + rho**2 + with_range * rho**2 * tau**2
    metric = u**2 + v**2 + y**2 / tau**2
    outcome = prove_by_terms(
        ge(weight * metric, d**2),
        given,
        [
            (1, rho * u - v, {}),
            (1, rho * tau * u + y / tau, {}),
            (1, rho * tau * v + rho * y / tau, {}),
            ("zero", line, u + rho * v - rho * y + d),
        ],
    )
    return conclude(lemma("(1 + ρ² + ρ²τ²)·metric ≥ d²", outcome), value="d²/(1 + ρ² + ρ²τ²)")


@claim(
    "rider-equilibria",
    source=derived("the invariant line and the zero of the mean drift at P = Q", PAPER),
    form="derived",
    statement="From W_0 = Q_0 = 0 on f = ½(w − 1/2)² with noise ±1/2 and a linear P array with "
    "symmetric point 1/5, the mean field of RIDER rests at (W, Q) = (0.394, 0.394), (0.546, "
    "0.109), (0.156, 0.780) for β/η = 1, 5, 1/5 (to 1e-3), not at (0.5, 0.2).",
    latex=r"f'(\rho Q) F_p(Q) + \sigma G_p(Q) = 0, \quad W = \rho Q",
    hypotheses=(hypothesis("ideal W array; c = 0.2, τ = 1; |f′| ≤ σ at the equilibria"),),
    twins=(
        twin("(W, Q) = (W*, W⋄) for β/η = 1", tracked=((1, sympy.Rational(1, 5)),)),
        twin(
            "the same Q for every β/η",
            tracked=tuple((ratio, sympy.Rational(394, 1000)) for ratio in (1, 5)),
        ),
    ),
)
def rider_equilibria(
    run: Run,
    tracked: tuple[tuple[Expr, Expr], ...] = (
        (sympy.S.One, sympy.Rational(3944, 10**4)),
        (sympy.Integer(5), sympy.Rational(1093, 10**4)),
        (sympy.Rational(1, 5), sympy.Rational(7804, 10**4)),
    ),
) -> Evidence:
    """P = Q and W = ρQ: the sign of the drift of P changes within 2e-4 of each Q."""
    device = responses.get("linear", c=0.2, tau=1.0)
    steps = []
    for ratio, place in tracked:
        gradient = ratio * WEIGHT - sympy.Rational(1, 2)
        drift = gradient * device.F.expr + device.G.expr / 2
        low, high = (place + sign * sympy.Rational(2, 10**4) for sign in (-1, 1))
        for words, fact in (
            (f"β/η = {ratio}: drift up at Q = {float(low):g}", lt(drift.subs(WEIGHT, low), 0)),
            (f"β/η = {ratio}: drift down at Q = {float(high):g}", gt(drift.subs(WEIGHT, high))),
        ):
            steps.append(lemma(words, prove(fact)))
    return conclude(*steps, value=tracked[0][1], domain="the instance")


m, a, C, mu, kappa, sigma = sympy.symbols("m a C_star mu kappa sigma", real=True)
FLOOR = (
    hypothesis("m = E|∇f_d(W̄_k; ξ)| ≥ C_* > 0 for all k (Assumption 3.6)", gt(C), ge(m, C)),
    hypothesis("C_* ≥ 4√2(σ/μ)κ^{3/2}, κ = q_max/q_min ≥ 1",
               ge(kappa, 1), ge(mu**2 * C**2, 32 * kappa**3 * sigma**2)),
    hypothesis("a = ∇f_d(W̄_k), variance at most σ² (Assumption 3.2): m² ≤ a² + σ² (Jensen)",
               le(m**2, a**2 + sigma**2)),
    hypothesis("μ ≠ 0, σ > 0", gt(mu**2), gt(sigma**2)),
)  # fmt: skip


@claim(
    "rider-noise-floor",
    source=derived("Assumptions 3.2 and 3.6 with the condition of Theorem 3.7", PAPER),
    form="derived",
    statement="The hypotheses of Theorem 3.7 force ∇f_d(W̄_k)² ≥ (32κ³/μ² − 1)σ² at every k and "
    "d: for μ² < 32 they rule out the convergence that the theorem asserts; the condition is not "
    "invariant under f → λf, where C_*, σ and μ all scale with λ.",
    latex=r"C_* \ge 4\sqrt2\,\frac{\sigma}{\mu}\kappa^{3/2} \ \Rightarrow\ "
    r"|\nabla f_d(\bar W_k)|^2 \ge \left(\frac{32\kappa^3}{\mu^2} - 1\right)\sigma^2",
    hypotheses=FLOOR,
    twins=(
        twin("without Assumption 3.6", drop="Assumption 3.6"),
        twin("heavy noise: second moments beyond a² + σ²", drop="Jensen"),
    ),
)
def rider_noise_floor(run: Run, drop: str = "") -> Evidence:
    """m² ≤ a² + σ² and m ≥ C_*; then κ ≥ 1 and μ² < 32."""
    given = facts_of(FLOOR, drop=drop)
    condition = ge(mu**2 * C**2, 32 * kappa**3 * sigma**2)
    outcome = prove_by_terms(
        ge(mu**2 * a**2, (32 * kappa**3 - mu**2) * sigma**2),
        given,
        [
            (1, mu, {le(m**2, a**2 + sigma**2): 1}),
            (1, mu * (m - C), {}),
            (2, mu, {ge(m, C): 1, gt(C): 1}),
            (1, 1, {condition: 1}),
        ],
    )
    excess = kappa - 1
    positive = prove_by_terms(
        gt((32 * kappa**3 - mu**2) * sigma**2),
        [gt(sigma**2), ge(excess), lt(mu**2, 32)],
        [
            (1, 1, {gt(sigma**2): 1, lt(mu**2, 32): 1}),
            *(
                (32 * k, 1, {gt(sigma**2): 1, ge(excess): power})
                for k, power in ((3, 1), (3, 2), (1, 3))  # κ³ − 1 in powers of κ − 1
            ),
        ],
    )  # fmt: skip
    return conclude(
        lemma("μ²∇f_d² ≥ (32κ³ − μ²)σ²", outcome),
        lemma("which is > 0 for μ² < 32", positive),
        value="(32κ³/μ² − 1)σ²",
    )


# ------------------------------------------------------------------ the chopper

alpha, gamma, h, noise, flip = sympy.symbols("alpha gamma h sigma flip", real=True)
CHOPPER_INSTANCE = {
    h: 1, noise: sympy.Rational(1, 2), tau: 1, gamma: sympy.Rational(2, 5),
    alpha: sympy.Rational(1, 20), beta: sympy.Rational(1, 20), eta: sympy.Rational(1, 20),
    flip: sympy.Rational(1, 20),
}  # fmt: skip


def _mean_maps() -> tuple[sympy.Matrix, sympy.Matrix]:
    """Maps of (E p, E q, E cω) and (E cp, E cq, E ω), p = P − W⋄, q = Q − W⋄, ω = W − W*.

    E[c_{k+1}·X] = (1 − 2·flip)·E[c_k·X], c² = 1, and ∇f = h(ω + γc(p − q)).
    """
    keep = 1 - 2 * flip
    # Acting on (p, q, cω), or on c times it, (cp, cq, ω): the same formulas.
    p_new = sympy.Matrix(
        [[1 - alpha * h * gamma - alpha * noise / tau, alpha * h * gamma, -alpha * h]]
    )
    q_new = (1 - eta) * sympy.Matrix([[0, 1, 0]]) + eta * p_new
    w_new = sympy.Matrix([[0, 0, 1]]) + beta * (p_new - sympy.Matrix([[0, 1, 0]]))
    plain = sympy.Matrix.vstack(p_new, q_new, keep * w_new)
    chopped = sympy.Matrix.vstack(keep * p_new, keep * q_new, w_new)
    return plain, chopped


def _jury(matrix: sympy.Matrix) -> list[sympy.Expr]:
    """Numbers that are all > 0 exactly if the eigenvalues lie inside the unit circle."""
    z = sympy.Symbol("z")
    _, a2, a1, a0 = sympy.Poly((z * sympy.eye(3) - matrix).det(), z).all_coeffs()
    return [1 + a2 + a1 + a0, 1 - a2 + a1 - a0, 1 - a0**2, (1 - a0**2) ** 2 - (a1 - a0 * a2) ** 2]


@claim(
    "chopper-restores-tracking",
    source=derived("eqs. (17), (18) in the mean, for ±σ noise and linear arrays", PAPER),
    form="derived",
    statement="E-RIDER on f = (h/2)(w − w*)² with noise ±σ, |f′| ≤ σ, an ideal W array and a P "
    "array q± = 1 ∓ (p − w⋄)/τ: the means of (P, Q, cW) and (cP, cQ, W) obey linear recursions A, "
    "B with det(I − A) = 2·flip·αησ/τ, det(I − B) = 2·flip·αβh, so flip > 0 removes the invariant; "
    "at h = τ = 1, σ = 1/2, γ = 2/5, α = β = η = flip = 1/20 both recursions are stable: the means "
    "of P, Q and W converge to w⋄, w⋄ and w* on every path that keeps |f′(W̄)| ≤ σ.",
    latex=r"\det(I - A) = 2 p\,\alpha\eta\sigma/\tau, \quad \det(I - B) = 2 p\,\alpha\beta h",
    hypotheses=(
        hypothesis("the chopper c multiplies the gradient of P, P − Q in W̄ and the change of W"),
        hypothesis("noise ±σ, |f′(W̄)| ≤ σ along the path, so that E|∇f| = σ"),
    ),
    twins=(
        twin("flip = 0, which is RIDER", changes={flip: 0}),
        twin("no gradient noise (σ = 0): nothing pulls towards w⋄", changes={noise: 0}),
    ),
)
def chopper_restores_tracking(run: Run, changes: dict[Expr, Expr] | None = None) -> Evidence:
    """Two maps of three means; Jury's conditions in exact arithmetic."""
    plain, chopped = _mean_maps()
    values = {**CHOPPER_INSTANCE, **(changes or {})}
    ones = sympy.eye(3)
    drift, descent = 2 * flip * alpha * eta * noise / tau, 2 * flip * alpha * beta * h
    steps = [
        lemma("det(I − A) = 2·flip·αησ/τ", prove_identity((ones - plain).det(), drift)),
        lemma("det(I − B) = 2·flip·αβh", prove_identity((ones - chopped).det(), descent)),
    ]
    for name, matrix in (("(E p, E q, E cω)", plain), ("(E cp, E cq, E ω)", chopped)):
        for k, number in enumerate(_jury(matrix.subs(values)), start=1):
            steps.append(lemma(f"{name}: Jury condition {k}", prove(gt(number))))
    return conclude(*steps, value="2·flip·αησ/τ, 2·flip·αβh")
