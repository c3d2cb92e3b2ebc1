"""The implicit penalty of Analog SGD (arXiv:2502.06309, Theorems 1 and 5), for any response.

Problem: f with minimiser W*, stochastic gradient ∇f(W; ξ), a response with F > 0 and
|G| < F, symmetric point W⋄, R = G/F and R_c = ∫_{W⋄} R (41). The theorem compares the scaled
effective update T = E∇f(·; ξ) + E|∇f(·; ξ)|⊙R (42) with the gradient of the penalised
objective f_Σ = f + ⟨Σ, R_c⟩, Σ = E|∇f(W*; ξ)| (44).

How it is proved: E[W⁺|W] − W = −αF⊙T and ∇f_Σ = ∇f + Σ⊙R are identities in unknown functions;
the linear parts of both vanish at the approximate solution W̃* (43) by the definition of W̃*
(every dimension; written out for two coupled weights); what is left is bounded through norms
only, so that the rates hold in every dimension. With noise ±σ nothing is left at all.
"""

from __future__ import annotations

import sympy

from analogtheory import responses
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
    Outcome,
    eq,
    ge,
    gt,
    le,
    lt,
    prove_by_terms,
    prove_identity,
    prove_polynomial,
)
from analogtheory.responses.formulas import WEIGHT, parameter

w, w_star, w_sp, alpha = sympy.symbols("w w_star w_sp alpha", real=True)
F, G, g, sigma, share = sympy.symbols("F G g sigma share", real=True)
PAPER = "2502.06309"


def stochastic_step(weight: sympy.Expr, gradient: sympy.Expr) -> sympy.Expr:
    """One iteration (2): w − α·g·F − α|g|·G, for symbols F and G."""
    return weight - alpha * gradient * F - alpha * sympy.Abs(gradient) * G


# ------------------------------------------------------------------ T and ∇f_Σ


@claim(
    "effective-update-stationarity",
    source=Source(PAPER, "eq. (42) and the sentence after it"),
    form="printed",
    statement="The mean step of Analog SGD is E[W⁺|W] − W = −αF⊙T(W) with T = E g + E|g|⊙G/F, for "
    "every response with F ≠ 0 and every law of the stochastic gradient g; so W is stationary in "
    "conditional mean exactly where T(W) = 0.",
    latex=r"\mathbb{E}[W_{k+1}\mid W_k] - W_k = -\alpha\, F(W_k) \odot T(W_k)",
    hypotheses=(hypothesis("F > 0, α > 0", gt(F), gt(alpha)),),
    twins=(
        twin("T with a minus sign, as eqs. (54), (56) and (57) print it", sign=-1),
        twin("G in place of G/F", ratio=G),
    ),
)
def effective_update(run: Run, sign: int = 1, ratio: sympy.Expr = G / F) -> Evidence:
    """Two values of g with any probabilities; more values are the same sum."""
    first, second = sympy.symbols("g_1 g_2", real=True)

    def mean(of: tuple[sympy.Expr, sympy.Expr]) -> sympy.Expr:
        return share * of[0] + (1 - share) * of[1]

    step = mean((stochastic_step(w, first), stochastic_step(w, second)))
    T = mean((first, second)) + sign * mean((sympy.Abs(first), sympy.Abs(second))) * ratio
    return conclude(
        lemma(
            "E w⁺ − w = −αF·T, coordinate by coordinate", prove_identity(step - w, -alpha * F * T)
        ),
        remark("expectation is linear, so two values of g stand for any law with E|g| < ∞"),
    )


def _penalised_gradients(divide: bool) -> list[tuple[sympy.Expr, sympy.Expr]]:
    """∂f_Σ/∂w_d and ∂f/∂w_d + Σ_d R_d for unknown f(w₁, w₂), F and G, functions as symbols."""
    u, v, t = sympy.symbols("u v t", real=True)
    f = sympy.Function("f")(u, v)
    pairs = []
    penalty = sympy.S.Zero
    names: dict[sympy.Expr, sympy.Symbol] = {}
    for index, weight in enumerate((u, v), start=1):
        symmetric, asymmetric = sympy.Function(f"F_{index}"), sympy.Function(f"G_{index}")
        size, point = sympy.symbols(f"Sigma_{index} w_sp_{index}", real=True)
        density = asymmetric(t) / symmetric(t) if divide else asymmetric(t)
        penalty += size * sympy.Integral(density, (t, point, weight))
        for function in (symmetric, asymmetric):
            names[function(weight)] = sympy.Symbol(function.__name__, real=True)
        names[sympy.diff(f, weight)] = sympy.Symbol(f"slope_{index}", real=True)
        ratio = asymmetric(weight) / symmetric(weight)
        pairs.append((weight, sympy.diff(f, weight) + size * ratio))
    return [
        (sympy.diff(f + penalty, weight).xreplace(names), expected.xreplace(names))
        for weight, expected in pairs
    ]


@claim(
    "penalised-gradient",
    source=Source(PAPER, "eqs. (41), (44), (48)"),
    form="printed",
    statement="The gradient of f_Σ = f + ⟨Σ, R_c⟩ is ∇f_Σ = ∇f + Σ⊙R, for every differentiable f "
    "and all continuous F ≠ 0 and G, however the weights are coupled in f.",
    latex=r"\nabla f_\Sigma(W) = \nabla f(W) + \Sigma \odot R(W), \quad R = G/F",
    hypotheses=(hypothesis("f differentiable; F and G continuous, F ≠ 0"),),
    twins=(twin("the penalty ∫G in place of ∫G/F", divide=False),),
)
def penalised_gradient(run: Run, divide: bool = True) -> Evidence:
    """SymPy differentiates unknown functions of two weights; the results are compared."""
    pairs = _penalised_gradients(divide)
    steps = [
        lemma(f"coordinate {index}", prove_identity(left, right))
        for index, (left, right) in enumerate(pairs, start=1)
    ]
    return conclude(
        *steps,
        remark("more weights: each coordinate is the same derivative, R_c acts entry by entry"),
        value="∇f + Σ⊙R",
    )


mean_abs, Sigma, R, slope = sympy.symbols("m Sigma R slope", real=True)
noise = sympy.Symbol("epsilon", real=True)
size_g, size_e, size_sum = sympy.symbols("size_g size_e size_sum", real=True)


def _triangle(first: sympy.Symbol, factor: sympy.Expr) -> Outcome:
    """first ≤ factor·|g| + (the other) for first = |g + ε| or |ε|, the sizes as symbols.

    first² = |g ± other|², so (|g| + |other|)² − first² = 2(|g||other| ∓ g·other) ≥ 0.
    """
    other, value = (size_e, noise) if first == size_sum else (size_sum, -(g + noise))
    squares = {
        size_g: eq(size_g**2, g**2),
        size_e: eq(size_e**2, noise**2),
        size_sum: eq(size_sum**2, (g + noise) ** 2),
    }
    not_all_zero = gt(size_g + other + first)
    below, above = (ge(size_g, g), ge(other, value)), (ge(size_g, -g), ge(other, -value))
    return prove_by_terms(
        le(first - other, factor * size_g),
        [*squares.values(), *below, *above, not_all_zero],
        [
            (1, 1, {below[0]: 1, above[1]: 1}),
            (1, 1, {above[0]: 1, below[1]: 1}),
            ("zero", squares[size_g], 1),
            ("zero", squares[other], 1),
            ("zero", squares[first], -1),
        ],
        multiplier=[not_all_zero],
    )


@claim(
    "effective-update-gap",
    source=derived("eqs. (42) and (48)", PAPER),
    form="derived",
    statement="The scaled effective update T and ∇f_Σ differ by T − ∇f_Σ = (E|∇f(W; ξ)| − Σ)⊙R; "
    "with additive noise |E|g + ε| − E|ε|| ≤ |g|, so |T − ∇f_Σ| ≤ |∇f|⊙|R| for every law of ε.",
    latex=r"|T(W) - \nabla f_\Sigma(W)| \le |\nabla f(W)| \odot |R(W)|",
    hypotheses=(hypothesis("∇f(W; ξ) = ∇f(W) + ε, E ε = 0, the law of ε the same for all W"),),
    twins=(
        twin("|g + ε| − |ε| ≤ |g|/2", factor=sympy.Rational(1, 2)),
        twin("Σ with the opposite sign in ∇f_Σ", sign=-1),
    ),
)
def effective_update_gap(run: Run, factor: sympy.Expr = sympy.S.One, sign: int = 1) -> Evidence:
    """An identity, and the triangle inequality for each value of ε."""
    T, penalised = slope + mean_abs * R, slope + sign * Sigma * R
    return conclude(
        lemma("T − ∇f_Σ = (m − Σ)R", prove_identity(T - penalised, (mean_abs - Sigma) * R)),
        lemma("|g + ε| − |ε| ≤ |g| unless all three are 0", _triangle(size_sum, factor)),
        lemma("|ε| − |g + ε| ≤ |g| unless all three are 0", _triangle(size_e, factor)),
        remark("the expectation over ε keeps both inequalities"),
    )


# ------------------------------------------------------------------ the approximate solution


def _two_weights(use_noise: bool) -> tuple[sympy.Matrix, ...]:
    """H (symmetric), ΣJ = Diag(Σ)∇R(W⋄), W*, W⋄ and W̃* (43) for two weights."""
    h11, h12, h22 = sympy.symbols("h_11 h_12 h_22", real=True)
    s1, s2, r1, r2 = sympy.symbols("s_1 s_2 r_1 r_2", real=True)
    H = sympy.Matrix([[h11, h12], [h12, h22]])
    J = sympy.diag(s1 * r1, s2 * r2) if use_noise else sympy.diag(r1, r2)
    best = sympy.Matrix(sympy.symbols("w_star_1 w_star_2", real=True))
    symmetric = sympy.Matrix(sympy.symbols("w_sp_1 w_sp_2", real=True))
    penalty = sympy.diag(s1 * r1, s2 * r2)
    return H, penalty, best, symmetric, (H + J).inv() * (H * best + J * symmetric)


@claim(
    "approximate-solution",
    source=Source(PAPER, "eqs. (43), (46), (47)"),
    form="printed",
    statement="The approximate solution W̃* = (H + ΣJ)⁻¹(HW* + ΣJW⋄), H = ∇²f(W*), J = ∇R(W⋄), is "
    "where the linear parts of ∇f_Σ cancel, H(W̃* − W*) + ΣJ(W̃* − W⋄) = 0, and "
    "W⋄ − W̃* = (H + ΣJ)⁻¹H(W⋄ − W*), W* − W̃* = (H + ΣJ)⁻¹ΣJ(W* − W⋄); written out for two "
    "coupled weights.",
    latex=r"\tilde W^* = (H + \operatorname{Diag}(\Sigma) J)^{-1}"
    r"(H W^* + \operatorname{Diag}(\Sigma) J W^\diamond)",
    hypotheses=(hypothesis("H + Diag(Σ)∇R(W⋄) is invertible"),),
    twins=(
        twin("(43) without Σ", use_noise=False),
        twin("(46) with ΣJ in place of H", swap=True),
    ),
)
def approximate_solution(run: Run, use_noise: bool = True, swap: bool = False) -> Evidence:
    """Two coupled weights with a general symmetric H, entry by entry."""
    H, penalty, best, symmetric, solution = _two_weights(use_noise)
    first, second = (penalty, H) if swap else (H, penalty)
    to_symmetric = (H + penalty).inv() * first * (symmetric - best)
    to_best = (H + penalty).inv() * second * (best - symmetric)
    balance = H * (solution - best) + penalty * (solution - symmetric)
    steps = []
    for k in range(2):
        steps += [
            lemma(f"linear parts cancel, {k + 1}", prove_identity(balance[k], 0)),
            lemma(f"(46), {k + 1}", prove_identity(symmetric[k] - solution[k], to_symmetric[k])),
            lemma(f"(47), {k + 1}", prove_identity(best[k] - solution[k], to_best[k])),
        ]
    same_algebra = remark(
        "every dimension: H(W̃*−W*) + ΣJ(W̃*−W⋄) = (H + ΣJ)W̃* − (HW* + ΣJW⋄), which is 0 by (43)"
    )
    return conclude(*steps, same_algebra, value="H(W̃*−W*) + ΣJ(W̃*−W⋄) = 0")


# ------------------------------------------------------------------ Theorem 5

n, X, Y, N, N_T, at_best, at_symmetric = sympy.symbols(
    "n X Y N N_T at_best at_symmetric", real=True
)
a, b, c_1, c_2, rho, mu, ell, r_1 = sympy.symbols("a b c_1 c_2 rho mu ell r_1", real=True)

THEOREM_5 = (
    hypothesis("n = ‖W⋄ − W*‖ > 0", gt(n)),
    hypothesis(
        "∇²f and Σ⊙∇R are Lipschitz near W*: the Taylor remainders of ∇f and Σ⊙R are at most "
        "a‖·‖² and b‖·‖²; no constant here depends on n",
        ge(a), ge(b), le(N, a * X**2 + b * Y**2),
    ),
    hypothesis(
        "X = ‖W̃* − W*‖ ≤ c₁n and Y = ‖W̃* − W⋄‖ ≤ c₂n, by (46) and (47)",
        ge(X), ge(Y), ge(c_1), ge(c_2), le(X, c_1 * n), le(Y, c_2 * n),
    ),
    hypothesis(
        "∇²f(W*) ≥ μ > 0: ‖∇f(W⋄)‖ ≥ μn − an², and n ≤ μ/(2a)",
        gt(mu), ge(at_symmetric, mu * n - a * n**2), ge(mu - 2 * a * n),
    ),
    hypothesis(
        "Σ_d R_d′(W⋄) ≥ ρ > 0: ‖Σ⊙R(W*)‖ ≥ ρn − bn², and n ≤ ρ/(2b)",
        gt(rho), ge(at_best, rho * n - b * n**2), ge(rho - 2 * b * n),
    ),
    hypothesis(
        "sample-wise smoothness: ‖E|∇f(W̃*; ξ)| − Σ‖ ≤ ℓX, and ‖R(W̃*)‖ ≤ r₁Y",
        ge(ell), ge(r_1), le(N_T, N + ell * r_1 * X * Y),
    ),
)  # fmt: skip


def _numerators(drop: str) -> list[tuple[str, Outcome]]:
    """N ≤ Kn² and N_T ≤ (K + ℓr₁c₁c₂)n²."""
    known = list(facts_of(THEOREM_5, drop=drop))
    K = a * c_1**2 + b * c_2**2
    within = [ge(a), ge(b), ge(X), ge(Y), le(X, c_1 * n), le(Y, c_2 * n)]
    remainder = le(N, a * X**2 + b * Y**2)
    # c²n² − X² = (cn − X)² + 2X(cn − X), and the same with Y.
    first = prove_by_terms(
        le(N, K * n**2),
        [*within, remainder],
        [
            (1, 1, {6: 1}),
            (1, c_1 * n - X, {0: 1}), (2, 1, {0: 1, 2: 1, 4: 1}),
            (1, c_2 * n - Y, {1: 1}), (2, 1, {1: 1, 3: 1, 5: 1}),
        ],
    )  # fmt: skip
    # c₁c₂n² − XY = Y(c₁n − X) + c₁n(c₂n − Y), times ℓr₁.
    cross = prove_by_terms(
        le(ell * r_1 * X * Y, ell * r_1 * c_1 * c_2 * n**2),
        [*within, ge(ell), ge(r_1), ge(c_1), gt(n)],
        [(1, 1, {6: 1, 7: 1, 3: 1, 4: 1}), (1, 1, {6: 1, 7: 1, 8: 1, 9: 1, 5: 1})],
    )
    total = [le(N, K * n**2), le(ell * r_1 * X * Y, ell * r_1 * c_1 * c_2 * n**2)]
    total += [fact for fact in known if fact.expression.has(N_T)]
    together = prove_polynomial(le(N_T, (K + ell * r_1 * c_1 * c_2) * n**2), total, degree=1)
    return [
        ("N = ‖∇f_Σ(W̃*)‖ ≤ (ac₁² + bc₂²)n²", first),
        ("ℓr₁XY ≤ ℓr₁c₁c₂n²", cross),
        ("N_T = ‖T(W̃*)‖ ≤ (ac₁² + bc₂² + ℓr₁c₁c₂)n²", together),
    ]


def _denominators(drop: str) -> list[tuple[str, Outcome]]:
    """‖∇f(W⋄)‖ ≥ μn/2 and ‖Σ⊙R(W*)‖ ≥ ρn/2."""
    known = list(facts_of(THEOREM_5, drop=drop))
    found = []
    for words, size, rate in (
        ("‖∇f_Σ(W⋄)‖ = ‖T(W⋄)‖ = ‖∇f(W⋄)‖ ≥ μn/2", at_symmetric, mu),
        ("‖∇f_Σ(W*)‖ = ‖T(W*)‖ = ‖Σ⊙R(W*)‖ ≥ ρn/2", at_best, rho),
    ):
        about = {size, rate, n}
        given = [fact for fact in known if fact.expression.free_symbols & about - {n}]
        found.append((words, prove_polynomial(ge(2 * size, rate * n), [gt(n), *given], degree=2)))
    return found


@claim(
    "implicit-penalty",
    source=derived("Theorem 5, eq. (45), with the conditions that its proof uses", PAPER),
    form="repaired",
    statement="As n = ‖W⋄ − W*‖ → 0 with constants that do not depend on n, "
    "‖∇f_Σ(W̃*)‖/min{‖∇f_Σ(W*)‖, ‖∇f_Σ(W⋄)‖} and "
    "‖T(W̃*)‖/min{‖T(W*)‖, ‖T(W⋄)‖} tend to 0: they are at most 2Cn/min{ρ, μ}, with C = ac₁² + "
    "bc₂² for the first and C = ac₁² + bc₂² + ℓr₁c₁c₂ for the second, once n ≤ min{μ/(2a), "
    "ρ/(2b)}; in every dimension.",
    latex=r"\frac{\|\nabla f_\Sigma(\tilde W^*)\|}"
    r"{\min\{\|\nabla f_\Sigma(W^*)\|,\, \|\nabla f_\Sigma(W^\diamond)\|\}} \to 0, \quad "
    r"\frac{\|T(\tilde W^*)\|}{\min\{\|T(W^*)\|,\, \|T(W^\diamond)\|\}} \to 0",
    hypotheses=THEOREM_5,
    twins=(
        twin("no curvature at W* (only: W* is the unique minimiser)", drop="∇²f(W*) ≥ μ"),
        twin("Σ⊙R′(W⋄) may vanish", drop="≥ ρ > 0"),
        twin("no sample-wise smoothness", drop="sample-wise"),
    ),
    readings=(
        "with 'W* is the unique minimiser' as the only hypothesis, as Theorem 5 prints it: false, "
        "claim implicit-penalty-printed; see penalty-needs-curvature, "
        "penalty-needs-asymmetry-slope and penalty-needs-noise for each condition",
        "under Assumptions 1 and 2 only: false, sample-wise smoothness (or at least continuity of "
        "E|∇f(·; ξ)| at W*) is missing, see penalty-needs-continuous-noise",
        "with the conditions that its proof uses: holds, with the constants given here",
    ),
)
def implicit_penalty(run: Run, drop: str = "") -> Evidence:
    """Taylor's theorem with remainders, then four inequalities between norms."""
    x, y, A, B, h, r = sympy.symbols("x y A B h r", real=True)
    solution = (h * w_star + Sigma * r * w_sp) / (h + Sigma * r)
    at = {x: solution - w_star, y: solution - w_sp}
    gradient = (h * x + A * x**2 + Sigma * (r * y + B * y**2)).subs(at)
    steps = [
        lemma(
            "one weight, f′ = hx + Ax², R = ry + By²: ∇f_Σ(W̃*) = Ax² + ΣBy²",
            prove_identity(gradient, (A * x**2 + Sigma * B * y**2).subs(at)),
        ),
        remark("more weights: the linear parts cancel as well, claim approximate-solution"),
    ]
    steps += [lemma(words, outcome) for words, outcome in _numerators(drop)]
    steps += [lemma(words, outcome) for words, outcome in _denominators(drop)]
    C, low, top, bottom = sympy.symbols("C low top bottom", real=True)
    facts = [ge(C), gt(n), gt(low), le(top, C * n**2), ge(2 * bottom, low * n)]
    ratio = prove_by_terms(
        le(low * top, 2 * C * n * bottom), facts, [(1, 1, {0: 1, 1: 1, 4: 1}), (1, 1, {2: 1, 3: 1})]
    )
    steps.append(lemma("top ≤ Cn² and bottom ≥ low·n/2 give top/bottom ≤ 2Cn/low", ratio))
    return conclude(*steps, value="2Cn/min{ρ, μ}")


# ------------------------------------------------------------------ exact for ±σ

high, low = sympy.symbols("high low", real=True)
RADEMACHER = (
    hypothesis("ε = ±σ, each with probability 1/2, σ > 0", gt(sigma)),
    hypothesis("|R| < 1, that is q₊ > 0 and q₋ > 0", gt(1 + R), gt(1 - R)),
)


@claim(
    "penalty-exact-for-rademacher",
    source=derived("eqs. (42) and (44) with E|g + ε| = max(|g|, σ)", PAPER),
    form="derived",
    statement="With additive noise ±σ, T ≡ ∇f_Σ wherever |f′| ≤ σ, and neither vanishes elsewhere: "
    "the zeros of the mean drift and the critical points of f_Σ are the same set, coordinate by "
    "coordinate, for every f, every response with q± > 0 and every σ > 0, not only near W⋄; where "
    "f is convex and R increases, that is argmin f_Σ.",
    latex=r"T(w) = 0 \Leftrightarrow \nabla f_\Sigma(w) = 0, \quad T = \nabla f_\Sigma "
    r"\text{ where } |f'| \le \sigma",
    hypotheses=RADEMACHER,
    twins=(
        twin("skewed two-valued noise: +2σ and −σ with zero mean", ratio=2),
        twin("|R| ≥ 1 allowed", drop="|R| < 1"),
    ),
)
def penalty_exact_for_rademacher(run: Run, ratio: int = 1, drop: str = "") -> Evidence:
    """Noise +ratio·σ and −σ with zero mean; three ranges of g, signs of g ± σ fixed in each."""
    up = ratio * sigma
    p = sigma / (up + sigma)
    inside = p * (g + up) + (1 - p) * (sigma - g)  # −σ·ratio ≤ g ≤ σ
    known = facts_of(RADEMACHER, drop=drop)
    above, below = [*known, gt(g, sigma)], [*known, lt(g, -up)]
    size = 2 * p * up  # E|ε|
    penalised = g + size * R
    return conclude(
        lemma(
            "|g| ≤ σ: T = g + E|g + ε|·R = g + ΣR",
            prove_identity(g + inside * R, penalised, given=[*known, le(g, sigma), ge(g, -up)]),
        ),
        lemma("g > σ: T = g + gR > 0", prove_polynomial(gt(g + g * R), [*above, gt(g)])),
        lemma("g < −σ: T = g − gR < 0", prove_polynomial(lt(g - g * R, 0), [*below, lt(g, 0)])),
        lemma("g > σ: ∇f_Σ = g + ΣR > 0", prove_polynomial(gt(penalised), above)),
        lemma("g < −σ: ∇f_Σ = g + ΣR < 0", prove_polynomial(lt(penalised, 0), below)),
        remark("f convex and R increasing: ∇f_Σ increases, so the common zero is argmin f_Σ"),
        value="T ≡ ∇f_Σ",
    )


@claim(
    "linear-device-penalty",
    source=Source(PAPER, "eq. (59)"),
    form="printed",
    statement="For q± = 1 ∓ w/τ the penalty is quadratic, ⟨Σ, R_c(W)⟩ = ‖W‖²_Σ/(2τ) with R_c of "
    "eq. (41), so that f_Σ is an ℓ₂-regularised objective.",
    latex=r"\langle \Sigma, R_c(W)\rangle = \frac{1}{2\tau}\|W\|_\Sigma^2",
    hypotheses=(hypothesis("linear response with c = 0", gt(parameter("tau"))),),
    twins=(twin("c = 1/10 (symmetric point τ/10)", c=sympy.Rational(1, 10)),),
)
def linear_device_penalty(run: Run, c: sympy.Expr = sympy.S.Zero) -> Evidence:
    """R from the catalog's formulas; the derivative and the value at W⋄ = 0 fix R_c."""
    device = responses.get("linear")
    up, down = (q.subs(parameter("c"), c) for q in (device.general_up, device.general_down))
    penalty = WEIGHT**2 / (2 * parameter("tau"))
    return conclude(
        lemma(
            "d/dw w²/(2τ) = R(w)",
            prove_identity(sympy.diff(penalty, WEIGHT), (down - up) / (down + up)),
        ),
        lemma("w²/(2τ) = 0 at w⋄ = 0", prove_identity(penalty.subs(WEIGHT, 0), 0)),
        remark("the sum over the coordinates, weighted with Σ_d, is ‖W‖²_Σ/(2τ)"),
    )
