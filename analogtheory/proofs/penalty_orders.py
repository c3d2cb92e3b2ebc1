"""How far the penalised objective is from where Analog SGD stops: orders in δ = |w⋄ − w*|.

One weight, f L-smooth, f_Σ μ-strongly convex, R increasing with slope ≤ r. Where the mean
drift vanishes, T(w_T) = 0, the gradient of f_Σ is −(m − Σ)R with m = E|f′ + ε|, so that
μ|w_T − w_S| ≤ |m − Σ||R| for the minimiser w_S of f_Σ. What m − Σ is depends on the noise:
0 for ±σ, O(f′²) for symmetric noise with a density, O(f′) for skewed noise. This gives the
orders ∞, 3 and 2 as theorems with explicit constants, for every δ; the leading terms show that
the orders are exact; exact root finding confirms them on the package's devices.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import sympy

from analogtheory import responses
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
from analogtheory.noise import Gaussian, TwoPoint
from analogtheory.prove import eq, ge, gt, le, prove_by_terms, prove_identity
from analogtheory.responses.formulas import WEIGHT, parameter

g, e, a, b = sympy.symbols("g e a b", real=True)
PAPER = "2502.06309"

# ------------------------------------------------------------------ m(g) = E|g + ε|


@claim(
    "mean-abs-closed-forms",
    source=derived("E|g + ε| for the four noise laws, eq. (42)", PAPER),
    form="derived",
    statement="The mean size m(g) = E|g + ε| is σ√(2/π)·exp(−g²/2σ²) + g·erf(g/(σ√2)) for Gaussian "
    "noise, (a² + g²)/(2a) for uniform noise on [−a, a] and |g| ≤ a, and, for two values +a, −b "
    "with zero mean, (2ab + (b − a)g)/(a + b) where −a ≤ g ≤ b and |g| elsewhere: max(|g|, σ) "
    "for ±σ.",
    latex=r"m(g) = \mathbb{E}|g + \varepsilon|, \quad m''(g) = 2 p(-g)",
    hypotheses=(hypothesis("E ε = 0; p is the density of ε"),),
    twins=(
        twin("m″ = p(−g) for Gaussian noise", curvature=1),
        twin("the two-valued law with probabilities 1/2", p=sympy.Rational(1, 2)),
        twin("uniform noise with a³ in place of a²", power=3),
    ),
)
def mean_abs_closed_forms(
    run: Run, curvature: int = 2, p: sympy.Expr = b / (a + b), power: int = 2
) -> Evidence:
    """Derivatives for the Gaussian, an integral for the uniform law, a sum for two values."""
    # π as a symbol: the identities hold whatever its value.
    circle = sympy.Symbol("circle", positive=True)
    gaussian = Gaussian(1).symbolic_mean_abs(g)
    first, second = (gaussian.diff(g, order).subs(sympy.pi, circle) for order in (1, 2))
    density = sympy.exp(-(g**2) / 2) / sympy.sqrt(2 * circle)
    uniform = (sympy.integrate(-(g + e), (e, -a, -g)) + sympy.integrate(g + e, (e, -g, a))) / (
        2 * a
    )
    atoms = dict(TwoPoint(1, 0.1).exact_atoms())
    down, up = sorted(atoms)
    return conclude(
        lemma("Gaussian, σ = 1: m″ = 2p", prove_identity(second, curvature * density)),
        lemma("Gaussian: m′(0) = 0", prove_identity(first.subs(g, 0), 0)),
        remark("m(g) − |g| → 0 as |g| → ∞ fixes m; σ ≠ 1 by scaling, m(g) = σ·m₁(g/σ)"),
        lemma(
            "uniform, |g| ≤ a",
            prove_identity(
                uniform, (a**power + g**2) / (2 * a), given=[gt(a), ge(a - g), ge(a + g)]
            ),
        ),
        lemma(
            "two values: the mean is 0",
            prove_identity(p * a - (1 - p) * b, 0, given=[gt(a), gt(b)]),
        ),
        lemma(
            "two values, −a ≤ g ≤ b",
            prove_identity(p * (g + a) + (1 - p) * (b - g), (2 * a * b + (b - a) * g) / (a + b)),
        ),
        lemma("two values, g ≥ b: m = g", prove_identity(p * (g + a) + (1 - p) * (g - b), g)),
        lemma("two values, g ≤ −a: m = −g", prove_identity(-p * (g + a) + (1 - p) * (b - g), -g)),
        lemma(
            "the law two-point:1:0.1 of the package is a = 3, b = 1/3",
            prove_identity(atoms[up], (b / (a + b)).subs({a: up, b: -down})),
        ),
    )


sign_e, sign_sum = sympy.symbols("sign_e sign_sum", real=True)


@claim(
    "mean-abs-slope-at-zero",
    source=derived("the pointwise derivative of |g + ε|", PAPER),
    form="derived",
    statement="For every law with E|ε| < ∞ and P(ε = 0) = 0 the mean size m(g) = E|g + ε| obeys "
    "|m(g) − m(0) − g·(P(ε > 0) − P(ε < 0))| ≤ 2|g|·P(|ε| < |g|), so m′(0) = P(ε > 0) − P(ε < 0): "
    "skewed noise enters m to first order in g.",
    latex=r"m'(0) = P(\varepsilon > 0) - P(\varepsilon < 0)",
    hypotheses=(hypothesis("E|ε| < ∞ and P(ε = 0) = 0"),),
    twins=(
        twin("the slope with the opposite sign", slope=-1),
        twin("the constant 1 in place of 2", constant=1),
    ),
)
def mean_abs_slope(run: Run, slope: int = 1, constant: int = 2) -> Evidence:
    """Signs s of ε and t of g + ε: they agree where |ε| ≥ |g|."""
    value, total = sign_e * e, sign_sum * (g + e)  # |ε| and |g + ε|
    equal = (total - value - slope * sign_e * g).subs(sign_sum, sign_e)
    # Signs differ: g + ε and ε on opposite sides of 0, hence |ε| ≤ |g|. With ε = −v < 0 ≤ g − v:
    v = sympy.Symbol("v", real=True)
    facts = [gt(v), ge(g, v)]
    excess = (g - v) - v - slope * (-1) * g
    return conclude(
        lemma("signs equal: |g + ε| − |ε| = sign(ε)·g", prove_identity(equal, 0)),
        lemma(
            "signs differ, ε = −v < 0 ≤ g + ε: |g + ε| − |ε| + g ≤ 2|g|",
            prove_by_terms(le(excess, constant * g), facts, [(2, 1, {0: 1})]),
        ),
        lemma(
            "and ≥ 0",
            prove_by_terms(ge(excess), facts, [(2, 1, {1: 1})]),
        ),
        remark("ε > 0 ≥ g + ε is the mirror image; then take the expectation"),
    )


density = sympy.Symbol("p_max", real=True)


@claim(
    "mean-abs-symmetric-noise",
    source=derived("½(|g + ε| + |g − ε|) = max(|g|, |ε|)", PAPER),
    form="derived",
    statement="For sign-symmetric noise the mean size m(g) = E|g + ε| exceeds Σ = E|ε| by "
    "E max(|g| − |ε|, 0) ≥ 0, which is 0 if |ε| ≥ |g| always, and at most p_max·g² if ε has a "
    "density p ≤ p_max.",
    latex=r"0 \le m(g) - \Sigma = \mathbb{E}(|g| - |\varepsilon|)_+ \le p_{\max}\, g^2",
    hypotheses=(hypothesis("ε and −ε have the same law"),),
    twins=(
        twin("noise of unequal sizes a and b", ratio=2),
        twin("p_max·g²/2", factor=sympy.Rational(1, 2)),
    ),
)
def mean_abs_symmetric(run: Run, ratio: int = 1, factor: sympy.Expr = sympy.S.One) -> Evidence:
    """A pair ±v (or +ratio·v and −v with zero mean) for |g| below and above v > 0."""
    v = sympy.Symbol("v", real=True)
    weight = sympy.Rational(1, 1 + ratio)
    near = weight * (g + ratio * v) + (1 - weight) * (v - g)
    mean_size = 2 * weight * ratio * v
    area = 2 * sympy.integrate((g - v) * density, (v, 0, g))
    return conclude(
        lemma("|g| ≤ v: the mean of |g ± v| is v", prove_identity(near, mean_size)),
        lemma("g > v: it is g", prove_identity(weight * (g + v) + (1 - weight) * (g - v), g)),
        lemma("∫(|g| − |v|)₊ p_max dv = p_max·g²", prove_identity(area, factor * density * g**2)),
        remark("g < 0 is the mirror image"),
    )


# ------------------------------------------------------------------ the gap, every δ

D, Q, P, x, y, delta = sympy.symbols("D Q P x y delta", real=True)
L, r, mu = sympy.symbols("L r mu", real=True)

GAP = (
    hypothesis("f′ is L-Lipschitz, R is r-Lipschitz and increasing", ge(L), ge(r), le(P, r * y)),
    hypothesis("f_Σ is μ-strongly convex, μ > 0: μ|w_T − w_S| ≤ |m − Σ||R(w_T)|",
               gt(mu), le(mu * D, Q * P)),
    hypothesis("w_T lies between w* and w⋄ (f′ and R have opposite signs there): x + y = δ",
               ge(x), ge(y), ge(P), eq(x + y, delta)),
)  # fmt: skip
ANY_NOISE = hypothesis("additive noise: |m − Σ| ≤ |f′(w_T)| ≤ Lx", ge(Q), le(Q, L * x))
SYMMETRIC = hypothesis(
    "symmetric additive noise with density ≤ p: |m − Σ| ≤ p·f′(w_T)² ≤ pL²x²",
    ge(Q), ge(density), le(Q, density * L**2 * x**2),
)  # fmt: skip


@claim(
    "penalty-gap-any-noise",
    source=derived("eqs. (42), (44), (48)", PAPER),
    form="derived",
    statement="If f′ is L-Lipschitz, R increasing and r-Lipschitz and f_Σ μ-strongly convex, a "
    "zero w_T of the mean drift between w* and w⋄ and the minimiser w_S of f_Σ satisfy "
    "|w_T − w_S| ≤ Lrδ²/(4μ), δ = |w⋄ − w*|, for every law of additive noise.",
    latex=r"|w_T - w_S| \le \frac{L r}{4\mu}\,\delta^2",
    hypotheses=(*GAP, ANY_NOISE),
    twins=(
        twin("the constant 1/8", quarter=sympy.Rational(1, 8)),
        twin("noise whose size may change with w (not additive)", drop="additive noise"),
    ),
)
def gap_any_noise(run: Run, quarter: sympy.Expr = sympy.Rational(1, 4), drop: str = "") -> Evidence:
    """4xy ≤ (x + y)², and a chain of products."""
    given = facts_of((*GAP, ANY_NOISE), drop=drop)
    outcome = prove_by_terms(
        le(mu * D, quarter * L * r * delta**2),
        given,
        [
            (1, 1, {le(mu * D, Q * P): 1}),
            (1, 1, {le(Q, L * x): 1, ge(P): 1}),
            (1, 1, {le(P, r * y): 1, ge(L): 1, ge(x): 1}),
            (sympy.Rational(1, 4), x - y, {ge(L): 1, ge(r): 1}),
            ("zero", eq(x + y, delta), -L * r * (x + y + delta) / 4),
        ],
    )
    return conclude(lemma("μ|w_T − w_S| ≤ Lrδ²/4", outcome), value="Lrδ²/(4μ)")


@claim(
    "penalty-gap-symmetric-noise",
    source=derived("eqs. (42), (44), (48)", PAPER),
    form="derived",
    statement="If f′ is L-Lipschitz, R increasing and r-Lipschitz, f_Σ μ-strongly convex and the "
    "additive noise sign-symmetric with density at most p, a zero w_T of the mean drift between w* "
    "and w⋄ and the minimiser w_S of f_Σ satisfy |w_T − w_S| ≤ 4pL²rδ³/(27μ), δ = |w⋄ − w*|.",
    latex=r"|w_T - w_S| \le \frac{4 p L^2 r}{27 \mu}\,\delta^3",
    hypotheses=(*GAP, SYMMETRIC),
    twins=(
        twin("the constant 3/27", constant=sympy.Rational(3, 27)),
        twin("skewed noise (only |m − Σ| ≤ Lx)", skewed=True),
    ),
)
def gap_symmetric_noise(
    run: Run, constant: sympy.Expr = sympy.Rational(4, 27), skewed: bool = False
) -> Evidence:
    """27x²y ≤ 4(x + y)³, since the difference is (x − 2y)²(4x + y)."""
    noise = hypothesis("only first order", ge(Q), ge(density), le(Q, L * x))
    given = facts_of((*GAP, noise if skewed else SYMMETRIC))
    cubic = delta**2 + delta * (x + y) + (x + y) ** 2
    outcome = prove_by_terms(
        le(mu * D, constant * density * L**2 * r * delta**3),
        given,
        [
            (1, 1, {le(mu * D, Q * P): 1}),
            (1, 1, {le(Q, density * L**2 * x**2): 1, ge(P): 1}),
            (1, L * x, {le(P, r * y): 1, ge(density): 1}),
            (sympy.Rational(4, 27), L * (x - 2 * y), {ge(density): 1, ge(r): 1, ge(x): 1}),
            (sympy.Rational(1, 27), L * (x - 2 * y), {ge(density): 1, ge(r): 1, ge(y): 1}),
            ("zero", eq(x + y, delta), -4 * density * L**2 * r * cubic / 27),
        ],
    )
    return conclude(lemma("μ|w_T − w_S| ≤ 4pL²rδ³/27", outcome), value="4pL²rδ³/(27μ)")


# ------------------------------------------------------------------ leading terms

h, Sigma, slope_R = sympy.symbols("h Sigma rho", real=True)
h_2, h_3, rho_2, rho_3, m_1, m_2 = sympy.symbols("h_2 h_3 rho_2 rho_3 m_1 m_2", real=True)
k = h + Sigma * slope_R


Coefficients: TypeAlias = list[sympy.Expr]


def _times(one: Coefficients, two: Coefficients) -> Coefficients:
    """Product of two power series in d, up to d³."""
    return [
        sum((one[i] * two[power - i] for i in range(power + 1)), sympy.S.Zero) for power in range(4)
    ]


def _cubic(argument: Coefficients, first: Any, second: Any, third: Any) -> Coefficients:
    """first·x + second·x² + third·x³ for a power series x."""
    square = _times(argument, argument)
    cube = _times(square, argument)
    rows = zip(argument, square, cube, strict=True)
    return [first * x_1 + second * x_2 + third * x_3 for x_1, x_2, x_3 in rows]


def _residual(shift: Coefficients, noise: bool) -> Coefficients:
    """Coefficients of d⁰ … d³ in T(w* + shift), f and R general to third order."""
    gradient = _cubic(shift, h, h_2, h_3)
    from_symmetric = [shift[0], shift[1] - 1, *shift[2:]]
    ratio = _cubic(from_symmetric, slope_R, rho_2, rho_3)
    size = _cubic(gradient, m_1, m_2, 0) if noise else [sympy.S.Zero] * 4
    drift = _times([Sigma + size[0], *size[1:]], ratio)
    return [one + two for one, two in zip(gradient, drift, strict=True)]


def _series(noise: bool) -> tuple[Coefficients, Coefficients]:
    """The zero of T (or ∇f_Σ) as w* + c₁d + c₂d² + c₃d³, d = w⋄ − w*, and the residuals.

    Order i of the residual is k·c_i + (terms with c₁ … c_{i−1}): solved one after another.
    """
    names = sympy.symbols("coefficient_1:4", real=True)
    residual = _residual([sympy.S.Zero, *names], noise)
    found: dict[sympy.Symbol, sympy.Expr] = {}
    for name, coefficient in zip(names, residual[1:], strict=True):
        found[name] = -coefficient.subs(name, 0).subs(found) / k
    return list(found.values()), [coefficient.subs(found) for coefficient in residual]


@claim(
    "penalty-gap-leading-terms",
    source=derived("power series of the zeros of T and ∇f_Σ in d = w⋄ − w*", PAPER),
    form="derived",
    statement="As d = w⋄ − w* → 0 the zero w_T of the mean drift and the minimiser w_S of f_Σ "
    "differ by w_T − w_S = m₁h²Σρ²d²/(h + Σρ)³ + O(d³), h = f″(w*), ρ = R′(w⋄), "
    "m₁ = P(ε > 0) − P(ε < 0); for m₁ = 0 by m₂h³Σ²ρ³d³/(h + Σρ)⁴ + O(d⁴), m₂ = p(0), whatever "
    "the higher derivatives of f and R.",
    latex=r"w_T - w_S = \frac{m_1 h^2 \Sigma \rho^2}{(h + \Sigma\rho)^3} d^2 + O(d^3)",
    hypotheses=(
        hypothesis("h = f″(w*) > 0, Σ > 0, ρ = R′(w⋄) > 0", gt(h), gt(Sigma), gt(slope_R)),
        hypothesis(
            "f′, R and m smooth (four, four and three derivatives suffice), the device moved with "
            "w⋄ unchanged; m = Σ + m₁g + m₂g² + O(g³)"
        ),
    ),
    twins=(
        twin("(h + Σρ)² in the second-order term", power=2),
        twin("third order although m₁ ≠ 0", skew=m_1),
    ),
)
def gap_leading_terms(run: Run, power: int = 3, skew: sympy.Expr = sympy.S.Zero) -> Evidence:
    """Undetermined coefficients; the residuals up to third order are checked to vanish."""
    of_T, left = _series(True)
    of_f, rest = _series(False)
    steps = [
        lemma(f"the series solves T = 0 at order {i}", prove_identity(c, 0))
        for i, c in enumerate(left)
    ]
    steps += [
        lemma(f"the series solves ∇f_Σ = 0 at order {i}", prove_identity(c, 0))
        for i, c in enumerate(rest)
    ]
    gap = [one - other for one, other in zip(of_T, of_f, strict=True)]
    second = m_1 * h**2 * Sigma * slope_R**2 / k**power
    third = m_2 * h**3 * Sigma**2 * slope_R**3 / k**4
    return conclude(
        *steps,
        lemma("first order: no difference", prove_identity(gap[0], 0)),
        lemma("second order", prove_identity(gap[1], second)),
        lemma("third order for m₁ = 0", prove_identity(gap[2].subs(m_1, skew), third)),
        remark("∂T/∂w = h + Σρ > 0: the zeros are smooth in d by the implicit function theorem"),
        value="2 (skewed), 3 (symmetric)",
    )


# ------------------------------------------------------------------ ∇f_Σ at W̃*


@claim(
    "penalised-gradient-order",
    source=derived("eqs. (43), (51) for a quadratic f", PAPER),
    form="derived",
    statement="For quadratic f, ∇f_Σ(W̃*) = Σ(R(W̃*) − R′(w⋄)(W̃* − w⋄)). Linear device: "
    "Σcy²/(A(A − cy)), y = W̃* − cτ, A = τ(1 − c²), which is 0 for c = 0 and of order δ² else. "
    "Power device with γ_res = 3: −8Σx³/(1 + 3x²), x = W̃*/τ, of order δ³, as for every odd R.",
    latex=r"\nabla f_\Sigma(\tilde W^*) = \Sigma \frac{c\, y^2}{A (A - c y)}, \quad "
    r"A = \tau (1 - c^2)",
    hypotheses=(hypothesis("f(w) = (h/2)(w − w*)², h + ΣR′(w⋄) ≠ 0"),),
    twins=(
        twin("0 for the linear device whatever c", factor=0),
        twin("−9x³ for the power device", cubic=-9),
    ),
)
def penalised_gradient_order(run: Run, factor: int = 1, cubic: int = -8) -> Evidence:
    """R from the catalog; y is W̃* − w⋄, so R − R′y is all that is left."""
    tau, c = parameter("tau"), parameter("c")
    y_, u = sympy.symbols("y x", real=True)
    best, symmetric, slope = sympy.symbols("w_star w_sp slope", real=True)
    solution = (h * best + Sigma * slope * symmetric) / (h + Sigma * slope)
    value = sympy.Symbol("value", real=True)
    linear, power = responses.get("linear"), responses.get("power")
    ratio = _asymmetry_ratio(linear.general_up, linear.general_down).subs(WEIGHT, c * tau + y_)
    A = tau * (1 - c**2)
    cubic_ratio = _asymmetry_ratio(power.general_up, power.general_down).subs(
        {parameter("gamma_res"): 3, WEIGHT: tau * u}
    )
    exponential = responses.get("exponential")
    odd = _asymmetry_ratio(exponential.general_up, exponential.general_down)
    return conclude(
        lemma(
            "f quadratic: ∇f_Σ(W̃*) = Σ(R − R′·(W̃* − w⋄))",
            prove_identity(
                h * (solution - best) + Sigma * value,
                Sigma * (value - slope * (solution - symmetric)),
            ),
        ),
        lemma(
            "linear device: R − R′y = cy²/(A(A − cy))",
            prove_identity(ratio - y_ / A, factor * c * y_**2 / (A * (A - c * y_))),
        ),
        lemma(
            "power device, γ_res = 3: R − 3x = −8x³/(1 + 3x²)",
            prove_identity(cubic_ratio - 3 * u, cubic * u**3 / (1 + 3 * u**2)),
        ),
        lemma("exponential device: R is odd", prove_identity(odd + odd.subs(WEIGHT, -WEIGHT), 0)),
        remark("R odd about w⋄ has R″(w⋄) = 0, so R − R′y = O(y³); |y| ≤ δ"),
        value="0, 2, 3",
    )


def _asymmetry_ratio(up: sympy.Expr, down: sympy.Expr) -> sympy.Expr:
    """R = (q₋ − q₊)/(q₋ + q₊)."""
    return (down - up) / (down + up)
