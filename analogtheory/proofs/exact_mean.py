"""Where Analog SGD stops in the mean, exactly: scalar quadratic, linear device.

f = (h/2)(w − w*)², q± = 1 ∓ w/τ, λ = h + σ/τ. With noise ±σ and |f′| ≤ σ the mean recursion is
linear, so that E_π w = w_S = w*hτ/(hτ + σ) for every learning rate; the second moment follows
from one more identity. With other noise the limit α → 0 is the zero of the mean drift, in
which E|g| belongs to the fixed point itself, not to w*.

Identities are proved for all parameters; Poisson certificates confirm them independently on
instances, by a route that does not use them (the exact law of the package's own recursion).
"""

from __future__ import annotations

from collections.abc import Sequence

import sympy

from analogtheory import responses
from analogtheory.algorithms import analog_sgd
from analogtheory.algorithms.symbols import W
from analogtheory.bounds import RADEMACHER_MEAN
from analogtheory.claims import (
    Evidence,
    Run,
    agrees,
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
from analogtheory.dynamics import Dynamics
from analogtheory.noise import Gaussian, NoiseLaw, Rademacher
from analogtheory.objectives import ScalarQuadratic
from analogtheory.prove import (
    ge,
    gt,
    le,
    prove_by_terms,
    prove_expectation,
    prove_identity,
    prove_polynomial,
)
from analogtheory.responses.formulas import WEIGHT as w
from analogtheory.responses.formulas import parameter

alpha, h, sigma, tau, w_star = sympy.symbols("alpha h sigma tau w_star", real=True)
g, rate, V = sympy.symbols("g lambda_ V", real=True)
#: w_S from the package's bound, its symbols without assumptions.
w_S = RADEMACHER_MEAN.expr.subs(
    {s: sympy.Symbol(s.name, real=True) for s in RADEMACHER_MEAN.expr.free_symbols}
)
CONTRACTION = 1 - alpha * (h + sigma / tau)

INSTANCE = {"h": 1, "w_star": 0.3, "sigma": 0.5, "tau": 0.7}
EXACT_INSTANCE = {
    h: 1, w_star: sympy.Rational(3, 10), sigma: sympy.Rational(1, 2), tau: sympy.Rational(7, 10)
}  # fmt: skip

RADEMACHER = (
    hypothesis("ε = ±σ, each with probability 1/2, σ > 0", gt(sigma)),
    hypothesis("linear response with c = 0, τ > 0", gt(tau)),
    hypothesis("f = (h/2)(w − w*)², h > 0", gt(h)),
    hypothesis("|f′| ≤ σ on [−τ, τ], where the law lives"),
    hypothesis("α|∇f(w; ξ)| ≤ τ there, so that |w| ≤ τ is kept", gt(alpha)),
)


def _instance(lr: float, law: NoiseLaw) -> Dynamics:
    """Analog SGD on the instance L = 1, w* = 0.3, σ = 0.5, τ = 0.7."""
    objective = ScalarQuadratic(INSTANCE["h"], INSTANCE["w_star"])
    return analog_sgd(responses.get("linear", tau=INSTANCE["tau"]), objective, law, lr=lr)


def _images(c: sympy.Expr, ratio: int, outside: bool) -> list[tuple[sympy.Expr, sympy.Expr]]:
    """(probability, w⁺) for ε = +ratio·σ and −σ; `outside`: g > σ instead of |g| ≤ σ."""
    device = responses.get("linear")
    up, down = (q.subs(parameter("c"), c) for q in (device.general_up, device.general_down))
    slope = h * (w - w_star)
    share = sympy.Rational(1, 1 + ratio)
    second = down if outside else up
    return [
        (share, w - alpha * (slope + ratio * sigma) * down),
        (1 - share, w - alpha * (slope - sigma) * second),
    ]


def _mean(images: Sequence[tuple[sympy.Expr, sympy.Expr]], power: int = 1) -> sympy.Expr:
    """E(w⁺ − w_S)^power."""
    return sum((share * (image - w_S) ** power for share, image in images), sympy.S.Zero)


@claim(
    "exact-mean-rademacher",
    source=derived("eqs. (2), (5) on the linear device of arXiv:2406.12774", "2502.06309"),
    form="derived",
    statement="On the linear response with c = 0, f = (h/2)(w − w*)² and noise ±σ, Analog SGD has "
    "E[w⁺|w] − w_S = (1 − α(h + σ/τ))(w − w_S), w_S = w*hτ/(hτ + σ), wherever |f′| ≤ σ: every "
    "stationary law there has E_π w = w_S exactly, whatever the learning rate, and "
    "E w_k − w_S = (1 − α(h + σ/τ))^k (w_0 − w_S) on the way.",
    latex=r"\mathbb{E}_\pi w = w_S = \frac{w^* h \tau}{h \tau + \sigma} \quad \text{for every } "
    r"\alpha",
    hypotheses=RADEMACHER,
    twins=(
        twin("a device with c = 1/10", c=sympy.Rational(1, 10)),
        twin("skewed noise +2σ, −σ with zero mean", ratio=2),
        twin("where f′ > σ", outside=True),
    ),
)
def exact_mean_rademacher(
    run: Run, c: sympy.Expr = sympy.S.Zero, ratio: int = 1, outside: bool = False
) -> Evidence:
    """One identity, then E_π of both sides; the interval |w| ≤ τ is kept."""
    step = sympy.Symbol("step", real=True)
    up = [ge(step), le(step, tau), le(w, tau), ge(w, -tau)]
    slope = h * (w - w_star)
    here = [gt(slope, sigma)] if outside else [le(slope, sigma), ge(slope, -ratio * sigma)]
    given = [*facts_of(RADEMACHER), le(w, tau), ge(w, -tau), *here]
    identity = prove_identity(
        _mean(_images(c, ratio, outside)), CONTRACTION * (w - w_S), given=given
    )
    steps = [
        lemma("E[w⁺|w] − w_S = (1 − α(h + σ/τ))(w − w_S)", identity),
        lemma(
            "0 ≤ Δ ≤ τ: τ(τ − w⁺) = (τ − w)(τ − Δ) ≥ 0",
            prove_by_terms(ge(tau**2 - tau * w - step * (tau - w)), up, [(1, 1, {1: 1, 2: 1})]),
        ),
        lemma(
            "and w⁺ ≥ w ≥ −τ",
            prove_by_terms(
                ge(tau * (w + tau) + step * (tau - w)),
                [*up, gt(tau)],
                [(1, 1, {4: 1, 3: 1}), (1, 1, {0: 1, 2: 1})],
            ),
        ),
        remark("E_π of the identity: α(h + σ/τ)·(E_π w − w_S) = 0; Δ < 0 is the mirror image"),
    ]
    return conclude(*steps, value="w*hτ/(hτ + σ)")


@claim(
    "exact-mean-certificates",
    source=derived("Poisson certificates on the package's own recursion", "2502.06309"),
    form="derived",
    statement="At L = 1, w* = 0.3, σ = 0.5, τ = 0.7 every stationary law of Analog SGD has "
    "E_π w = 7/40 exactly, at α = 1/10 and at α = 1/100: certificates of half-width 0 that do not "
    "use the identity of exact-mean-rademacher.",
    latex=r"\mathbb{E}_\pi w = \frac{7}{40}",
    hypotheses=(hypothesis("the instance L = 1, w* = 0.3, σ = 0.5, τ = 0.7; noise ±σ"),),
    twins=(
        twin("E_π w = w* = 3/10", target=sympy.Rational(3, 10)),
        twin("w* hτ/(hτ + σ²)", target=sympy.Rational(21, 95)),
    ),
)
def exact_mean_certificates(run: Run, target: sympy.Expr | None = None) -> Evidence:
    """h(w) = w/(αλ) solves Poisson's equation; found and checked in exact arithmetic."""
    value = w_S.subs(EXACT_INSTANCE) if target is None else target
    steps = []
    for lr in (0.1, 0.01):
        proof = prove_expectation(_instance(lr, Rademacher(INSTANCE["sigma"])), W, equals=value)
        steps.append(lemma(f"Poisson certificate: E_π w = {value} at α = {lr:g}", proof))
    return conclude(*steps, value=str(value))


VARIANCE = (
    hypothesis("V = E_π(w − w_S)², λ = h + σ/τ ≥ 0", ge(V), ge(rate)),
    hypothesis("αλ ≤ 1 (follows from |f′| ≤ σ, α|∇f| ≤ τ on [−τ, τ])", ge(1 - alpha * rate)),
)


@claim(
    "variance-bound-rademacher",
    source=derived("the second moment of the recursion of exact-mean-rademacher", "2502.06309"),
    form="derived",
    statement="Under the hypotheses of exact-mean-rademacher the stationary variance obeys "
    "E_π(w − w_S)² ≤ 4ασ²/(λ(2 − αλ)) ≤ 4ασ²/λ, λ = h + σ/τ: the fluctuation vanishes with α, the "
    "offset w_S − w* does not.",
    latex=r"\mathbb{E}_\pi (w - w_S)^2 \le \frac{4\alpha\sigma^2}{\lambda(2-\alpha\lambda)} "
    r"\le \frac{4\alpha\sigma^2}{\lambda}, \quad \lambda = h + \frac{\sigma}{\tau}",
    hypotheses=(*RADEMACHER, *VARIANCE),
    twins=(
        twin("the constant 3 in place of 4 in (σ + gw/τ)² ≤ 4σ²", constant=3),
        twin("steps with αλ > 1 in the second inequality", drop="αλ ≤ 1"),
    ),
)
def variance_bound(run: Run, constant: int = 4, drop: str = "") -> Evidence:
    """E(w⁺ − w_S)² in closed form, |g| ≤ σ and |w| ≤ τ in its last term, then stationarity."""
    spread = (sigma + h * (w - w_star) * w / tau) ** 2
    square = CONTRACTION**2 * (w - w_S) ** 2 + alpha**2 * spread
    signs = [le(g, sigma), ge(g, -sigma), le(w, tau), ge(w, -tau), gt(sigma), gt(tau)]
    # (στ − gw)(3στ + gw), each factor a sum of products of facts.
    quarter = sympy.Rational(1, 4)
    bound = prove_by_terms(
        le((sigma * tau + g * w) ** 2, constant * sigma**2 * tau**2),
        signs,
        [
            (1, 1, {0: 1, 3: 1, 4: 1, 5: 1}), (1, 1, {1: 1, 2: 1, 4: 1, 5: 1}),
            (quarter, 1, {0: 2, 2: 1, 3: 1}), (quarter, 1, {0: 1, 1: 1, 3: 2}),
            (quarter, 1, {0: 1, 1: 1, 2: 2}), (quarter, 1, {1: 2, 2: 1, 3: 1}),
        ],
    )  # fmt: skip
    balance = le(alpha * rate * (2 - alpha * rate) * V, 4 * alpha**2 * sigma**2)
    known = [*facts_of(VARIANCE, drop=drop), balance, gt(alpha), gt(sigma)]
    final = prove_by_terms(
        le(rate * V, 4 * alpha * sigma**2),
        known,
        [
            (1, 1, {balance: 1}),
            (1, 1, {gt(alpha): 1, ge(rate): 1, ge(1 - alpha * rate): 1, ge(V): 1}),
        ],
        multiplier=[gt(alpha)],
    )
    ends = [le(alpha * (h * (tau - s * w_star) + sigma), tau) for s in (1, -1)]
    return conclude(
        lemma(
            "E[(w⁺ − w_S)²|w] = (1 − αλ)²(w − w_S)² + α²(σ + gw/τ)²",
            prove_identity(_mean(_images(sympy.S.Zero, 1, False), 2), square),
        ),
        lemma("(σ + gw/τ)² ≤ 4σ²", bound),
        remark("stationarity: αλ(2 − αλ)V = α²E_π(σ + gw/τ)² ≤ 4α²σ²"),
        lemma("hence λV ≤ 4ασ²", final),
        lemma(
            "α(|f′| + σ) ≤ τ at both ends ±τ gives αλ ≤ 1",
            prove_polynomial(le(alpha * (h * tau + sigma), tau), ends, degree=1),
        ),
        value="4ασ²/λ",
        domain="all parameters",
    )


@claim(
    "variance-bound-tightness",
    source=derived("Poisson certificates for E_π(w − w_S)²", "2502.06309"),
    form="derived",
    statement="At L = 1, w* = 0.3, σ = 0.5, τ = 0.7 the bound 4ασ²/λ is 6.7 to 9.1 times the "
    "exact E_π(w − w_S)² at α = 1/5, 1/10, 1/20 and 1/100.",
    latex=r"6.7 \le \frac{4\alpha\sigma^2/\lambda}{\mathbb{E}_\pi (w-w_S)^2} \le 9.1",
    hypotheses=(hypothesis("the instance L = 1, w* = 0.3, σ = 0.5, τ = 0.7; noise ±σ"),),
    twins=(
        twin("the bound is at most 5 times the value", most=5),
        twin("the bound is at least 9 times the value", least=9),
    ),
)
def variance_tightness(
    run: Run, least: sympy.Expr = sympy.Rational(67, 10), most: sympy.Expr = sympy.Rational(91, 10)
) -> Evidence:
    """E_π(w − w_S)² enclosed by exact certificates at each α."""
    target, lam = w_S.subs(EXACT_INSTANCE), (h + sigma / tau).subs(EXACT_INSTANCE)
    steps = []
    for lr in ("1/5", "1/10", "1/20", "1/100"):
        alpha_ = sympy.Rational(lr)
        bound = 4 * alpha_ * sympy.Rational(1, 4) / lam
        dynamics = _instance(float(alpha_), Rademacher(INSTANCE["sigma"]))
        outcome = prove_expectation(
            dynamics, (W - target) ** 2, lower=bound / most, upper=bound / least, degree=12
        )
        steps.append(
            lemma(f"α = {lr}: bound/exact in [{float(least):g}, {float(most):g}]", outcome)
        )
    return conclude(*steps, value=f"{float(least):g} to {float(most):g}")


# ------------------------------------------------------------------ other noise


def _neville(points: Sequence[float], values: Sequence[float]) -> float:
    """The interpolating polynomial at 0."""
    table = list(values)
    for level in range(1, len(points)):
        for i in range(len(points) - level):
            far, near = points[i], points[i + level]
            table[i] = (far * table[i + 1] - near * table[i]) / (far - near)
    return table[0]


@claim(
    "small-step-limit-gaussian",
    source=derived("the exact stationary law as α → 0", "2502.06309"),
    form="derived",
    statement="At L = 1, w* = 0.3, σ = 0.5, τ = 0.7 with Gaussian noise the exact E_π w, "
    "extrapolated to α → 0, is to 1e-9 the zero w_0 of the mean drift "
    "h(w − w*) + (w/τ)E|f′(w) + ε|, with the noise size taken at w_0 itself.",
    latex=r"\lim_{\alpha\to 0} \mathbb{E}_\pi w = w_0, \quad "
    r"h(w_0 - w^*) + \frac{w_0}{\tau}\,\mathbb{E}|f'(w_0)+\varepsilon| = 0",
    hypotheses=(hypothesis("the instance L = 1, w* = 0.3, σ = 0.5, τ = 0.7; Gaussian noise"),),
    twins=(
        twin("the noise size frozen at w*: w_S with σ₁ = E|ε|", frozen=True),
        twin("the mean at the fixed α = 1/20 in place of the limit", largest=1),
    ),
)
def small_step_limit(run: Run, frozen: bool = False, largest: int = 5) -> Evidence:
    """E_π w at α = 2^−j/20, extrapolated to 0; each value has an error below 1e-12."""
    from analogtheory.stationary import stationary_law

    law = Gaussian(INSTANCE["sigma"])
    rates = [0.05 / 2**j for j in range(largest)]
    laws = [stationary_law(_instance(lr, law)) for lr in rates]
    means = [float(found.mean("W")) for found in laws]
    errors = [found.mean("W").error for found in laws]
    (point,) = _instance(0.05, law).fixed_points()
    target = _frozen_point(law) if frozen else point.state["W"]
    return conclude(
        at_most("errors of the exact laws", max(errors), 1e-11),
        agrees("lim E_π w (Neville, 5 rates)", _neville(rates, means), target, tolerance=1e-9),
        value=point.state["W"],
    )


def _frozen_point(law: NoiseLaw) -> float:
    """w_S with E|ε| in place of σ."""
    numbers = {**EXACT_INSTANCE, sigma: sympy.Float(law.mean_abs, 30)}
    return float(w_S.subs(numbers))


m, Sigma = sympy.symbols("m Sigma", real=True)
FROZEN = (
    hypothesis("linear response with c = 0; w* ≥ 0 (w* ≤ 0 is the mirror image)",
               ge(w_star), gt(tau)),
    hypothesis("f = (h/2)(w − w*)², h > 0", gt(h)),
    hypothesis("sign-symmetric noise: m = E|f′(w_0) + ε| ≥ Σ = E|ε| > 0", ge(m, Sigma), gt(Sigma)),
)  # fmt: skip


@claim(
    "noise-size-at-the-fixed-point",
    source=derived("the zero of the mean drift on the linear device", "2502.06309"),
    form="derived",
    statement="On the linear device the mean drift vanishes at w_0 = w*hτ/(hτ + m) with "
    "m = E|f′(w_0) + ε| for every noise law; freezing m at w*, Σ = E|ε|, overshoots for symmetric "
    "noise, |w_0| ≤ |w*|hτ/(hτ + Σ), by 1.675e-3 at L = 1, w* = 0.3, Gaussian σ = 0.5, τ = 0.7.",
    latex=r"w_0 = \frac{w^* h\tau}{h\tau + m(f'(w_0))} \le \frac{w^* h\tau}{h\tau + \Sigma}",
    hypotheses=FROZEN,
    twins=(
        twin("skewed noise, m < Σ possible", drop="sign-symmetric"),
        twin("no overshoot in the instance", overshoot=0.0),
    ),
)
def noise_size_at_fixed_point(run: Run, drop: str = "", overshoot: float = 1.675e-3) -> Evidence:
    """T = 0 solved for w, a polynomial inequality, and the instance."""
    given = facts_of(FROZEN, drop=drop)
    drift = h * (w - w_star) + m * w / tau
    zero = w_star * h * tau / (h * tau + m)
    gap = le(w_star * h * tau * (h * tau + Sigma), w_star * h * tau * (h * tau + m))
    outcome = prove_by_terms(
        gap, given, [(1, 1, {ge(w_star): 1, gt(h): 1, gt(tau): 1, ge(m, Sigma): 1})]
    )
    law = Gaussian(INSTANCE["sigma"])
    (point,) = _instance(0.05, law).fixed_points()
    return conclude(
        lemma("T(w_0) = 0", prove_identity(drift.subs(w, zero), 0)),
        lemma("w_0 ≤ w*hτ/(hτ + Σ), cross-multiplied", outcome),
        agrees(
            "w_S(frozen) − w_0 (Brent, 1e-15)",
            _frozen_point(law) - point.state["W"],
            overshoot,
            tolerance=5e-7,
        ),
        value=_frozen_point(law) - point.state["W"],
    )
