"""Signs, sides and limits in arXiv:2502.06309 (v4), section 3.1 and Appendix G, as printed.

Each printed statement is refuted at a small rational point; the repair is a claim of its own or
one of implicit_penalty.py. Two of them are statements a reader could use (which way G and R must
be monotone); the others are typing errors, and nothing downstream changes, which is said.
"""

from __future__ import annotations

from collections.abc import Sequence

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
from analogtheory.prove import (
    Fact,
    Outcome,
    eq,
    ge,
    gt,
    prove_by_terms,
    prove_identity,
    prove_polynomial,
)

PAPER = "2502.06309"
alpha, G, G_sp, F, m, R, x = sympy.symbols("alpha G G_sp F m R x", real=True)
w, w_sp, w_star, h, Sigma, rho, tau, end = sympy.symbols(
    "w w_sp w_star h Sigma rho tau tau_min", real=True
)

# ------------------------------------------------------------------ monotone which way


def _monotone(value: sympy.Expr, direction: int) -> list[Fact]:
    """A strictly monotone function with value 0 at w⋄ and `value` at w ≠ w⋄."""
    return [gt(direction * (value - G_sp) * (w - w_sp)), eq(G_sp)]


@claim(
    "asymmetry-direction-printed",
    source=Source(PAPER, "section 3.1, after eq. (6)"),
    form="printed",
    statement="If D = 1 and G is strictly monotonically decreasing with G(w⋄) = 0, then G(w) > 0 "
    "for w > w⋄ and the mean step at a critical point of f leads towards w⋄.",
    latex=r"G \text{ decreasing},\ w > w^\diamond \ \Rightarrow\ G(w) > 0",
    hypotheses=(hypothesis("as printed: G strictly monotonically decreasing, G(w⋄) = 0"),),
    expected="refuted",
    repaired_by="drift-toward-symmetric-point",
    consequence="a typo: the next sentence of the paper, and all that follows, uses an increasing "
    "G; with a decreasing G (q₊ rising, q₋ falling) the symmetric point repels",
    readings=(
        "decreasing q₊ and increasing q₋, as in footnote 2's 'both strictly monotonic' and in the "
        "paper's examples: G = (q₋ − q₊)/2 increases, the twin holds",
    ),
    twins=(twin("G strictly increasing", direction=1),),
)
def asymmetry_direction_printed(run: Run, direction: int = -1) -> Evidence:
    """The sign of G to the right of w⋄."""
    given = [*_monotone(G, direction), gt(w, w_sp)]
    return conclude(
        lemma("w > w⋄ ⇒ G(w) > 0", _divided(gt(G), given, gt(w, w_sp))),
    )


def _divided(conclusion: Fact, given: Sequence[Fact], factor: Fact) -> Outcome:
    """The conclusion times a positive factor."""
    return prove_polynomial(conclusion, given, multiplier=[factor], degree=2)


INCREASING = (
    hypothesis("G strictly increasing, G(w⋄) = 0, w ≠ w⋄", *_monotone(G, 1)),
    hypothesis("α > 0", gt(alpha)),
    hypothesis("f′(w) = 0 and m = E|∇f(w; ξ)| > 0", gt(m)),
)


@claim(
    "drift-toward-symmetric-point",
    source=derived("section 3.1 with G increasing", PAPER),
    form="repaired",
    statement="If G increases strictly and G(w⋄) = 0, then where f′(w) = 0 the mean step of "
    "Analog SGD is −α E|∇f(w; ξ)|·G(w), which points from w to w⋄.",
    latex=r"(w - w^\diamond)\,\mathbb{E}[w_{k+1} - w \mid w_k = w] < 0",
    hypotheses=INCREASING,
    twins=(
        twin("G decreasing", direction=-1),
        twin("no gradient noise (m = 0 allowed)", drop="E|∇f"),
    ),
)
def drift_toward_symmetric_point(run: Run, direction: int = 1, drop: str = "") -> Evidence:
    """−αmG(w)(w − w⋄) < 0."""
    rest = facts_of(INCREASING[1:], drop=drop)
    moved = gt(direction * (G - G_sp) * (w - w_sp))
    given = [moved, eq(G_sp), *rest]
    outcome = prove_by_terms(
        gt(alpha * m * G * (w - w_sp)),
        given,
        [
            (1, 1, {gt(alpha): 1, gt(m): 1, moved: 1}),
            ("zero", eq(G_sp), alpha * m * (w - w_sp)),
        ],
    )
    gradient = sympy.symbols("g_1 g_2", real=True)
    share = -gradient[1] / (gradient[0] - gradient[1])  # mean 0: f′(w) = 0
    mean = sum(
        p * (-alpha * g * F - alpha * sympy.Abs(g) * G)
        for p, g in zip((share, 1 - share), gradient, strict=True)
    )
    size = share * sympy.Abs(gradient[0]) + (1 - share) * sympy.Abs(gradient[1])
    return conclude(
        lemma("f′(w) = 0: E w⁺ − w = −αE|g|·G(w)", prove_identity(mean, -alpha * size * G)),
        lemma("α·E|g|·G(w)·(w − w⋄) > 0", outcome),
        remark("expectation is linear, so two values of g stand for any law with E g = 0"),
    )


@claim(
    "drift-sign-in-eq6-printed",
    source=Source(PAPER, "eq. (6), first line"),
    form="printed",
    statement="With g = ∇f(W_k; ξ_k) the mean of W_{k+1} is W_k − E[α g⊙F − α|g|⊙G], and this "
    "equals W_k − αE[|g|⊙G] where E g = 0.",
    latex=r"W_k - \mathbb{E}[\alpha g \odot F - \alpha |g| \odot G] = W_k - "
    r"\alpha\mathbb{E}[|g|\odot G]",
    hypotheses=(hypothesis("as printed, with E g = 0"),),
    expected="refuted",
    repaired_by="drift-toward-symmetric-point",
    consequence="a typo: the second line of (6), which is right, is what the paper uses",
    readings=("the bracket with a plus sign, as the update (2) has it: holds",),
    twins=(twin("plus inside the bracket", sign=1),),
)
def drift_sign_printed(run: Run, sign: int = -1) -> Evidence:
    """E g = 0 inserted, m = E|g|."""
    mean = sympy.S.Zero
    left = w - (alpha * mean * F + sign * alpha * m * G)
    return conclude(lemma("the two lines of (6)", prove_identity(left, w - alpha * m * G)))


# ------------------------------------------------------------------ R_c


@claim(
    "penalty-monotone-printed",
    source=Source(PAPER, "section 3.1 before Theorem 1; Appendix G after eq. (41)"),
    form="printed",
    statement="If R is strictly monotonic, then R_c ≥ 0 and R_c has its minimum at the symmetric "
    "point.",
    latex=r"R \text{ strictly monotonic} \ \Rightarrow\ R_c(w) \ge 0 = R_c(w^\diamond)",
    hypotheses=(hypothesis("as printed; example q± = 1 ± w/2 on [−1, 1], R = −w/2, w⋄ = 0"),),
    expected="refuted",
    repaired_by="penalty-minimum-at-symmetric-point",
    consequence="the penalty attracts only if R increases; a strictly decreasing R within "
    "Definition 1 makes it repel, so 'monotonic' must read 'increasing' wherever f_Σ is called a "
    "penalty",
    readings=(
        "monotonic in the sense of increasing, as for all devices of the paper: holds, the twin",
        "Definition 1 excludes it? No: 1/2 ≤ q± ≤ 3/2, differentiable",
    ),
    twins=(twin("q± = 1 ∓ w/2, R increasing", slope=sympy.Rational(1, 2)),),
)
def penalty_monotone_printed(run: Run, slope: sympy.Expr = sympy.Rational(-1, 2)) -> Evidence:
    """R_c = slope·w²/2 at every w of the range."""
    v = sympy.Symbol("v", real=True)
    accumulated = sympy.integrate(slope * v, (v, 0, w))
    return conclude(lemma("R_c(w) ≥ 0", prove_polynomial(ge(accumulated), [], squares=[w])))


s = sympy.Symbol("s", real=True)
RISING = (
    hypothesis("R(w⋄) = 0 and R is strictly increasing: R(v)(v − w⋄) > 0 for v = w⋄ + s(w − w⋄), "
               "0 < s ≤ 1", gt(s), gt(R * s * x)),
)  # fmt: skip


@claim(
    "penalty-minimum-at-symmetric-point",
    source=derived("eq. (41) with R increasing", PAPER),
    form="repaired",
    statement="If R is strictly increasing and R(w⋄) = 0, then R_c(w) > 0 for w ≠ w⋄ and R_c has "
    "its only minimum at w⋄; f_Σ is strictly convex wherever f is convex and Σ > 0.",
    latex=r"R_c(w) = \int_0^1 R(w^\diamond + s(w-w^\diamond))(w-w^\diamond)\,ds > 0",
    hypotheses=RISING,
    twins=(
        twin("R strictly decreasing", direction=-1),
        twin("no sign condition on R", drop="strictly increasing"),
    ),
)
def penalty_minimum(run: Run, direction: int = 1, drop: str = "") -> Evidence:
    """The integrand R(w⋄ + s(w − w⋄))(w − w⋄) is positive: divide by s."""
    known = [] if drop else [gt(s), gt(direction * R * s * x)]
    facts_of(RISING, drop=drop)
    positive = gt(R * x)
    outcome = prove_polynomial(positive, known, multiplier=[gt(s)] if known else None, degree=1)
    return conclude(
        lemma("R(w⋄ + s(w − w⋄))·(w − w⋄) > 0 for 0 < s ≤ 1", outcome),
        remark("substitute v = w⋄ + s(w − w⋄) in (41); a sum of convex and strictly convex"),
    )


@claim(
    "penalty-lower-limit-printed",
    source=Source(PAPER, "eq. (58) against eq. (41)"),
    form="printed",
    statement="For q± = 1 ∓ w/τ the function R_c of (41) is w²/(2τ) − (τ^min)²/(2τ), the integral "
    "of R from the lower end τ^min of the range.",
    latex=r"[R_c(W)]_d = \frac{w^2}{2\tau} - \frac{(\tau^{\min})^2}{2\tau}",
    hypotheses=(hypothesis("as printed: lower limit τ^min < 0 in (58), W⋄ = 0 in (41)"),),
    expected="refuted",
    repaired_by="linear-device-penalty",
    consequence="a constant: (58) gives R_c(w⋄) < 0 where (41) gives 0, so R_c ≥ 0 fails for it; "
    "∇f_Σ, (59) (which says '+ const') and every theorem are unchanged",
    readings=("the two functions up to a constant: agree, which is all that (59) needs",),
    twins=(twin("lower limit w⋄ = 0", lower=sympy.S.Zero),),
)
def penalty_lower_limit_printed(run: Run, lower: sympy.Expr = end) -> Evidence:
    """∫R from either lower limit."""
    v = sympy.Symbol("v", real=True)
    defined = sympy.integrate(v / tau, (v, 0, w))
    printed = (w**2 - lower**2) / (2 * tau)
    outcome = prove_identity(defined, printed, points=[{"w": 0, "tau": 1, "tau_min": -1}])
    return conclude(lemma("(58) is (41)", outcome))


# ------------------------------------------------------------------ Appendix G


@claim(
    "effective-update-sign-printed",
    source=Source(PAPER, "eqs. (54), (56), (57)"),
    form="printed",
    statement="In (54), with T = ∇f − E|g|⊙G/F, the norm of ∇f − E|∇f(W*; ξ)|⊙G/F at W̃* is "
    "‖∇f_Σ(W̃*)‖.",
    latex=r"\|\nabla f(\tilde W^*) - \Sigma \odot R(\tilde W^*)\| = \|\nabla f_\Sigma(\tilde "
    r"W^*)\|",
    hypotheses=(hypothesis("as printed, one weight: (f′ − ΣR)² = (f′ + ΣR)²"),),
    expected="refuted",
    repaired_by="effective-update-stationarity",
    consequence="a typo: with the plus sign of (42) every line of steps 2a and 2b holds; (56) and "
    "(57) are right with either sign, since R(W⋄) = 0 and ∇f(W*) = 0",
    readings=("T with the plus sign of its definition (42): (54) holds, the twin",),
    twins=(twin("the plus sign of (42)", sign=1),),
)
def effective_update_sign_printed(run: Run, sign: int = -1) -> Evidence:
    """Squares of the norms, one weight; (56) and (57) for either sign."""
    slope = sympy.Symbol("slope", real=True)
    printed, defined = slope + sign * Sigma * R, slope + Sigma * R
    return conclude(
        lemma("(56): R(W⋄) = 0", prove_identity(printed.subs(R, 0) ** 2, slope**2)),
        lemma("(57): f′(W*) = 0", prove_identity(printed.subs(slope, 0) ** 2, Sigma**2 * R**2)),
        lemma("(54)", prove_identity(printed**2, defined**2)),
    )


def _scalar_solution(sign: int) -> sympy.Expr:
    """(60): (f″w* ± R′Σw⋄)/(f″ ± R′Σ)."""
    return (h * w_star + sign * Sigma * rho * w_sp) / (h + sign * Sigma * rho)


@claim(
    "approximate-solution-sign-printed",
    source=Source(PAPER, "eq. (60)"),
    form="printed",
    statement="For D = 1 the approximate solution (43) is W^S = (f″(W*)W* − R′(W⋄)ΣW⋄)/(f″(W*) − "
    "R′(W⋄)Σ).",
    latex=r"W^S = \frac{f''(W^*) W^* - R'(W^\diamond) \Sigma W^\diamond}{f''(W^*) - "
    r"R'(W^\diamond)\Sigma}",
    hypotheses=(hypothesis("as printed; instance f″ = 1, R′ = 1, Σ = 1/2, W* = 9/10, W⋄ = 0"),),
    expected="refuted",
    repaired_by="approximate-solution-scalar",
    consequence="a typo with a visible effect for whoever computes with it: 9/5, outside the range "
    "[−1, 1], instead of 3/5, and a pole at f″ = R′Σ; (43) and the theorem are right",
    readings=("(43) at D = 1, which (60) is said to be: plus signs, the twin",),
    twins=(twin("plus signs", sign=1),),
)
def approximate_solution_sign_printed(run: Run, sign: int = -1) -> Evidence:
    """∇f_Σ at the printed point, where it must vanish for quadratic f and R linear."""
    point = {"h": 1, "rho": 1, "Sigma": "1/2", "w_star": "9/10", "w_sp": 0}
    gradient = h * (w - w_star) + Sigma * rho * (w - w_sp)
    value = gradient.subs(w, _scalar_solution(sign))
    return conclude(lemma("∇f_Σ(W^S) = 0", prove_identity(value, 0, points=[point])))


SCALAR = (
    hypothesis("f″(W*) = h > 0, Σ ≥ 0, R′(W⋄) = ρ ≥ 0", gt(h), ge(Sigma), ge(rho)),
    hypothesis("W⋄ ≤ W* (the other order is the mirror image)", ge(w_star, w_sp)),
)


@claim(
    "approximate-solution-scalar",
    source=derived("eq. (43) at D = 1", PAPER),
    form="repaired",
    statement="For D = 1, W^S = (f″W* + R′ΣW⋄)/(f″ + R′Σ): the zero of h(W − W*) + ΣR′(W − W⋄), "
    "and a weighted mean of W* and W⋄, so always between them.",
    latex=r"W^S = \frac{f''(W^*) W^* + R'(W^\diamond) \Sigma W^\diamond}{f''(W^*) + "
    r"R'(W^\diamond)\Sigma}",
    hypotheses=SCALAR,
    twins=(
        twin("the printed minus signs", sign=-1),
        twin("a repelling symmetric point, R′ < 0 allowed", drop="R′(W⋄) = ρ ≥ 0"),
    ),
)
def approximate_solution_scalar(run: Run, sign: int = 1, drop: str = "") -> Evidence:
    """The linear model vanishes; numerators of W* − W^S and W^S − W⋄ are ≥ 0."""
    solution = _scalar_solution(sign)
    model = h * (w - w_star) + Sigma * rho * (w - w_sp)
    given = facts_of(SCALAR, drop=drop)
    order = ge(w_star, w_sp)
    stiff = h + sign * Sigma * rho
    return conclude(
        lemma(
            "h(W^S − W*) + ΣR′(W^S − W⋄) = 0",
            prove_identity(model.subs(w, solution), 0, given=facts_of(SCALAR)),
        ),
        lemma(
            "(W* − W^S)(h + ΣR′) ≥ 0",
            prove_by_terms(
                ge(sympy.expand(w_star * stiff - sympy.numer(solution))),
                given,
                [(1, 1, {ge(Sigma): 1, ge(rho): 1, order: 1})],
            ),
        ),
        lemma(
            "(W^S − W⋄)(h + ΣR′) ≥ 0",
            prove_by_terms(
                ge(sympy.expand(sympy.numer(solution) - w_sp * stiff)),
                given,
                [(1, 1, {gt(h): 1, order: 1})],
            ),
        ),
        value="(hW* + ΣR′W⋄)/(h + ΣR′)",
    )


def _end_gradients() -> tuple[sympy.Expr, sympy.Expr]:
    """∇f_Σ at W* and at W⋄ for f = (h/2)(w − W*)², R = ρ(w − W⋄)."""
    gradient = h * (w - w_star) + Sigma * rho * (w - w_sp)
    return gradient.subs(w, w_star), gradient.subs(w, w_sp)


@claim(
    "penalised-gradient-ends-printed",
    source=Source(PAPER, "eqs. (52), (53)"),
    form="printed",
    statement="At the two ends ‖∇f_Σ(W⋄)‖ = ‖Σ⊙R(W*)‖ (52) and ‖∇f_Σ(W*)‖ = ‖∇f(W⋄)‖ (53).",
    latex=r"\|\nabla f_\Sigma(W^\diamond)\| = \|\Sigma\odot R(W^*)\|, \quad "
    r"\|\nabla f_\Sigma(W^*)\| = \|\nabla f(W^\diamond)\|",
    hypotheses=(hypothesis("as printed; one weight, f = (h/2)(w − W*)², R = ρ(w − W⋄), squares"),),
    expected="refuted",
    repaired_by="penalised-gradient-ends",
    consequence="a typo (the right-hand sides are exchanged, and the headings of steps 1b and 2a "
    "name T for ∇f_Σ): both are Θ(‖W* − W⋄‖), which is all that the proof of Theorem 5 uses",
    readings=("the right-hand sides exchanged: hold, the twin",),
    twins=(twin("the right-hand sides exchanged", exchanged=True),),
)
def penalised_gradient_ends_printed(run: Run, exchanged: bool = False) -> Evidence:
    """Squares of both sides."""
    at_best, at_symmetric = _end_gradients()
    penalty, slope = Sigma * rho * (w_star - w_sp), h * (w_sp - w_star)
    right = (slope, penalty) if exchanged else (penalty, slope)
    point = {"h": 1, "rho": 1, "Sigma": "1/4", "w_star": "1/2", "w_sp": 0}
    return conclude(
        lemma("(52)", prove_identity(at_symmetric**2, right[0] ** 2, points=[point])),
        lemma("(53)", prove_identity(at_best**2, right[1] ** 2, points=[point])),
    )


@claim(
    "penalised-gradient-ends",
    source=derived("eq. (48) at W* and W⋄", PAPER),
    form="repaired",
    statement="At both ends ∇f_Σ and T agree exactly, ∇f_Σ(W⋄) = T(W⋄) = ∇f(W⋄) and "
    "∇f_Σ(W*) = T(W*) = Σ⊙R(W*), for every f, R and noise law.",
    latex=r"\nabla f_\Sigma(W^\diamond) = T(W^\diamond) = \nabla f(W^\diamond), \quad "
    r"\nabla f_\Sigma(W^*) = T(W^*) = \Sigma \odot R(W^*)",
    hypotheses=(hypothesis("R(W⋄) = 0, ∇f(W*) = 0, Σ = E|∇f(W*; ξ)|"),),
    twins=(
        twin("Σ taken elsewhere than at W*", same_noise=False),
        twin("R(W⋄) ≠ 0 (a reference that misses the symmetric point)", offset=1),
    ),
)
def penalised_gradient_ends(run: Run, same_noise: bool = True, offset: int = 0) -> Evidence:
    """slope = ∇f, m = E|∇f(·; ξ)| at the point in question; m = Σ at W*."""
    slope = sympy.Symbol("slope", real=True)
    T, penalised = slope + m * R, slope + Sigma * R
    at_best = {slope: 0, m: Sigma} if same_noise else {slope: 0}
    return conclude(
        lemma("T(W⋄) = ∇f(W⋄)", prove_identity(T.subs(R, offset), slope)),
        lemma("∇f_Σ(W⋄) = ∇f(W⋄)", prove_identity(penalised.subs(R, offset), slope)),
        lemma("T(W*) = ΣR(W*)", prove_identity(T.subs(at_best), Sigma * R)),
        lemma("∇f_Σ(W*) = ΣR(W*)", prove_identity(penalised.subs(at_best), Sigma * R)),
    )
