"""The asymptotic error of Analog SGD is no artefact: the instance of the lower bound.

Problem: f = (h/2)(W − w*)² in one dimension, linear device with c = 0 (F = 1, G = w/τ), noise
±σ with equal chances, |f′| ≤ σ on the weights that are reached. Then |f′ ± σ| = σ ± f′, so the
mean of W obeys a linear recursion with rate λ = h + σ/τ,

    E[W⁺ | W] = (1 − αλ)W + αhw*,    Var[W⁺ | W] = α²(σ + f′W/τ)²,

and rests at w_S = w*hτ/(hτ + σ) for every α. With x = W − w_S, ρ = w_S/τ, V = E x² and
Q = E(σ + f′W/τ)², stationarity says V·λ(2 − αλ) = α·Q. Q contains fourth moments of W, so V has
no closed form; Jensen's inequality and a chord bound it from both sides, with the exact order.

Statement recalled from arXiv:2406.12774 (a lower bound Ω(σ²S_K)); this construction is our own.
"""

from __future__ import annotations

from typing import Any

import sympy

from analogtheory.bounds import LOWER_INSTANCE, RADEMACHER_MEAN, WEIGHTED
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
from analogtheory.proofs.response_formulas import c, family
from analogtheory.prove import (
    Outcome,
    Term,
    eq,
    ge,
    gt,
    le,
    prove_by_terms,
    prove_expectation,
    prove_identity,
)
from analogtheory.responses import WEIGHT, parameter

PAPER = "2406.12774"
alpha, h, sigma, w_star, slope, rho = sympy.symbols("alpha h sigma w_star slope rho", real=True)
V, Q, x, S = sympy.symbols("V Q x S", real=True)
tau = parameter("tau")
W = WEIGHT
#: Rate at which the mean forgets where it started.
rate = h + sigma / tau

#: Bounds of V = E(W − w_S)², claims rademacher-instance-(crude-)second-moment.
LEAST_SECOND_MOMENT = alpha * sigma**2 * (1 - rho**2) ** 2 / (rate * (2 - alpha * rate))
LARGEST_SECOND_MOMENT = (
    2 * alpha * sigma**2 * (1 - rho**2)
    / (rate * (2 - alpha * rate) - 2 * alpha * sigma * h / tau)
)  # fmt: skip
CRUDE_SECOND_MOMENT = 4 * alpha * sigma**2 / rate

SIZES = hypothesis("α, h, τ, σ > 0", gt(alpha), gt(h), gt(tau), gt(sigma))
SMALL_GRADIENT = hypothesis(
    "|f′(W)| ≤ σ on the weights that are reached", ge(sigma - slope), ge(sigma + slope)
)
INSTANCE = hypothesis(
    "scalar quadratic, linear device with c = 0, noise ±σ; α|f′ ± σ| ≤ τ, so that |W| ≤ τ"
)
SHORT = hypothesis("α(h + σ/τ) ≤ 1", ge(1 - alpha * rate))
STATIONARY = hypothesis("W is stationary", ge(V))


def in_own_symbols(expression: sympy.Expr) -> sympy.Expr:
    """A formula of :mod:`analogtheory.bounds` in the symbols of this file."""
    names = {s.name: s for s in (alpha, h, sigma, w_star, tau, S)}
    return expression.subs({s: names[s.name] for s in expression.free_symbols if s.name in names})


#: w_S, where the mean rests.
resting = in_own_symbols(RADEMACHER_MEAN.expr)


def update(gradient: sympy.Expr, sign: int) -> sympy.Expr:
    """W⁺ for noise sign·σ: g = f′ + sign·σ and |g| = σ + sign·f′."""
    device = family("linear")
    F, G = (part.subs(c, 0) for part in (device.F, device.G))
    return W - alpha * (gradient + sign * sigma) * F - alpha * (sigma + sign * gradient) * G


def moments(gradient: sympy.Expr) -> tuple[sympy.Expr, sympy.Expr]:
    """Mean and variance of W⁺ given W."""
    up, down = update(gradient, 1), update(gradient, -1)
    return (up + down) / 2, ((up - down) / 2) ** 2


# ------------------------------------------------------------------ the recursion


@claim(
    "rademacher-instance-recursion",
    source=derived("the update with |f′ ± σ| = σ ± f′; theory notes 3.4", PAPER),
    form="derived",
    statement="On the instance E[W⁺|W] − w_S = (1 − α(h + σ/τ))(W − w_S) with "
    "w_S = w*hτ/(hτ + σ), for every α, and f′(w_S) = −σw_S/τ.",
    latex=r"\mathbb{E}[W^+|W] - w_S = \left(1 - \alpha\left(h + \frac{\sigma}{\tau}\right)\right)"
    r"(W - w_S),\quad w_S = \frac{w^* h\tau}{h\tau + \sigma},\quad"
    r" f'(w_S) = -\frac{\sigma w_S}{\tau}",
    hypotheses=(INSTANCE, SIZES, SMALL_GRADIENT),
    twins=(
        twin("rate h − σ/τ", sign=-1),
        twin("|f′| may exceed σ", drop="|f′(W)|"),
    ),
)
def recursion(run: Run, sign: int = 1, drop: str = "") -> Evidence:
    """|f′ ± σ| opened, then three identities."""
    known = facts_of((SIZES, SMALL_GRADIENT), drop=drop)
    gradient = h * (W - w_star)
    mean, _ = moments(gradient)
    above, below = SMALL_GRADIENT.facts
    sizes = {"alpha": 1, "h": 1, "tau": 1, "sigma": 1}
    return conclude(
        lemma("σ + f′ ≥ 0, so |f′ + σ| = σ + f′", prove_by_terms(
            below, known, [(1, 1, {below: 1})], points=[{**sizes, "slope": -2}],
        )),
        lemma("σ − f′ ≥ 0, so |f′ − σ| = σ − f′", prove_by_terms(
            above, known, [(1, 1, {above: 1})], points=[{**sizes, "slope": 2}],
        )),
        lemma("the mean of one step", prove_identity(
            mean - resting, (1 - alpha * (h + sign * sigma / tau)) * (W - resting),
            points=[{**sizes, "w": 1, "w_star": 1}],
        )),
        lemma("f′(w_S) = −σw_S/τ", prove_identity(
            gradient.subs(W, resting), -sigma * resting / tau,
        )),
    )  # fmt: skip


@claim(
    "rademacher-instance-variance",
    source=derived("the same update; theory notes 3.4", PAPER),
    form="derived",
    statement="On the instance Var[W⁺|W] = α²(σ + f′(W)W/τ)², between 0 and 4α²σ².",
    latex=r"\operatorname{Var}[W^+|W] = \alpha^2\left(\sigma + \frac{f'(W)\,W}{\tau}\right)^2"
    r" \le 4\alpha^2\sigma^2",
    hypotheses=(INSTANCE, SIZES, SMALL_GRADIENT),
    twins=(
        twin("σ − f′W/τ", sign=-1),
        twin("at most α²σ²", most=1),
    ),
)
def variance(run: Run, sign: int = 1, most: int = 4) -> Evidence:
    """Half the difference of the two branches, squared; |f′W/τ| ≤ σ."""
    _, spread = moments(slope)
    y = sympy.Symbol("y", real=True)
    known = [ge(sigma - y), ge(sigma + y)]
    terms: list[Term] = [(1, 1, {known[0]: 2}), (2, 1, {known[0]: 1, known[1]: 1})]
    return conclude(
        lemma("the variance of one step", prove_identity(
            spread, alpha**2 * (sigma + sign * slope * W / tau) ** 2,
        )),
        lemma("with y = f′W/τ, |y| ≤ σ: (σ + y)² ≤ 4σ²", prove_by_terms(
            le((sigma + y) ** 2, most * sigma**2), known, terms, points=[{"sigma": 1, "y": 1}],
        )),
    )  # fmt: skip


# ------------------------------------------------------------------ the lower bound

#: What is known of V and Q: stationarity, Jensen's inequality, and a chord of (σ + y)².
_mean_y = h * V / tau - sigma * rho**2
BALANCE = eq(V * rate * (2 - alpha * rate), alpha * Q)
JENSEN = ge(Q - (sigma + _mean_y) ** 2)
CHORD = ge(2 * sigma * (sigma + _mean_y) - Q)
RHO = [ge(1 - rho), ge(1 + rho)]
SECOND = sigma**2 * rho**2 + h**2 * V


def _point(size: Any, share: Any) -> dict[str, Any]:
    """h = τ = σ = 1: α from V and ρ where Jensen's inequality is an equation."""
    size, share = sympy.Rational(size), sympy.Rational(share)
    spread = (1 + size - share**2) ** 2
    return {
        "h": 1, "tau": 1, "sigma": 1, "V": size, "rho": share, "Q": spread,
        "alpha": 4 * size / (spread + 4 * size),
    }  # fmt: skip


def second_moment_steps() -> list[Any]:
    """Stationarity; E f′² = σ²ρ² + h²V, E f′W/τ, and the chord, as steps of a proof."""
    gradient = h * x - sigma * rho
    weight = x + rho * tau
    remainder = x * (h * rho - sigma * rho / tau)
    y = sympy.Symbol("y", real=True)
    known = [ge(sigma - y), ge(sigma + y)]
    return [
        lemma("stationarity: E x = (1 − αλ)E x, so E x = 0; V = (1 − αλ)²V + α²Q, so "
              "V·λ(2 − αλ) = α·Q", prove_identity(
            V - (1 - alpha * rate) ** 2 * V - alpha**2 * Q,
            alpha * (V * rate * (2 - alpha * rate) - alpha * Q),
        )),
        lemma("f′² = σ²ρ² + h²x² − 2hσρ·x, and E x = 0", prove_identity(
            gradient**2, sigma**2 * rho**2 + h**2 * x**2 - 2 * h * sigma * rho * x,
        )),
        lemma("f′W/τ = hx²/τ − σρ² + x·(…), so E f′W/τ = hV/τ − σρ²", prove_identity(
            gradient * weight / tau, h * x**2 / tau - sigma * rho**2 + remainder,
        )),
        lemma("chord: (σ + y)² ≤ 2σ(σ + y) for |y| ≤ σ", prove_by_terms(
            le((sigma + y) ** 2, 2 * sigma * (sigma + y)), known,
            [(1, 1, {known[0]: 1, known[1]: 1})],
        )),
    ]  # fmt: skip


@claim(
    "analog-sgd-lower-bound",
    source=derived("E f′² ≥ (E f′)² at the resting point; the rate Ω(σ²S_K) is recalled", PAPER),
    form="derived",
    statement="On the instance, under every stationary law and for every α, E f′(W)² ≥ "
    "σ²S/(1 + S) with S = ρ²/(1 − ρ²), ρ = w_S/τ: Analog SGD keeps an error of order σ²S.",
    latex=r"\mathbb{E} f'(W)^2 \ge \frac{\sigma^2 S}{1 + S},\qquad"
    r" S = \frac{\rho^2}{1-\rho^2},\quad \rho = \frac{w_S}{\tau}",
    hypotheses=(INSTANCE, SIZES, SMALL_GRADIENT, STATIONARY),
    twins=(
        twin("2σ²S/(1 + S)", factor=2),
        twin("σ²S", exact=False),
    ),
)
def lower_bound(run: Run, factor: int = 1, exact: bool = True) -> Evidence:
    """E f′² = σ²ρ² + h²V ≥ σ²ρ² = σ²S/(1 + S)."""
    share = rho**2 / (1 - rho**2)
    bound = factor * in_own_symbols(LOWER_INSTANCE.expr).subs(S, share)
    if not exact:
        bound = factor * sigma**2 * share
    inside = gt(1 - rho**2)
    known = (*SIZES.facts, *STATIONARY.facts, inside, BALANCE, JENSEN, CHORD)
    point = _point("1/100", "1/2")
    return conclude(
        *second_moment_steps(),
        lemma("E f′² ≥ σ²S/(1 + S)", prove_by_terms(
            ge(SECOND, bound), known, [(1, h, {ge(V): 1})], points=[point],
        )),
    )  # fmt: skip


@claim(
    "rademacher-instance-second-moment",
    source=derived("stationarity of E x², Jensen's inequality and a chord", PAPER),
    form="derived",
    statement="On the instance, with λ = h + σ/τ and V = E(W − w_S)², ασ²(1 − ρ²)² ≤ V·λ(2 − αλ) "
    "and V·(λ(2 − αλ) − 2ασh/τ) ≤ 2ασ²(1 − ρ²); E f′² = σ²ρ² + h²V.",
    latex=r"\alpha\sigma^2(1-\rho^2)^2 \le \lambda(2-\alpha\lambda)V,\quad"
    r" \left(\lambda(2-\alpha\lambda) - \frac{2\alpha\sigma h}{\tau}\right)V"
    r" \le 2\alpha\sigma^2(1-\rho^2),\quad V = \mathbb{E}(W-w_S)^2",
    hypotheses=(INSTANCE, SIZES, SMALL_GRADIENT, STATIONARY),
    twins=(
        twin("1 − ρ² for its square in the lower bound", power=1),
        twin("½ for 2 in the upper bound", factor=sympy.Rational(1, 2)),
    ),
)
def second_moment(run: Run, power: int = 2, factor: sympy.Expr = sympy.Integer(2)) -> Evidence:
    """V·λ(2 − αλ) = αQ with (σ(1 − ρ²))² ≤ Q ≤ 2σ(σ(1 − ρ²) + hV/τ); then one exact law."""
    known = (*SIZES.facts, *STATIONARY.facts, *RHO, BALANCE, JENSEN, CHORD)
    least = LEAST_SECOND_MOMENT * (1 - rho**2) ** (power - 2)
    low = rate * (2 - alpha * rate) * (V - least)
    largest = LARGEST_SECOND_MOMENT * factor / 2
    high = (rate * (2 - alpha * rate) - 2 * alpha * sigma * h / tau) * (largest - V)
    cross = {gt(alpha): 1, gt(h): 1, gt(tau): -1}
    points = [_point("1/100", "1/2")]
    below: list[Term] = [
        (1, 1, {gt(alpha): 1, JENSEN: 1}),
        (1, h * V / tau, {gt(alpha): 1}),
        (2, 1, {gt(sigma): 1, ge(V): 1, RHO[0]: 1, RHO[1]: 1, **cross}),
        ("zero", BALANCE, 1),
    ]
    above: list[Term] = [(1, 1, {gt(alpha): 1, CHORD: 1}), ("zero", BALANCE, -1)]
    return conclude(
        *second_moment_steps(),
        lemma("the lower bound", prove_by_terms(ge(low), known, below, points=points)),
        lemma("the upper bound", prove_by_terms(ge(high), known, above, points=points)),
        *[lemma(words, outcome) for words, outcome in _one_law()],
    )


def instance() -> Any:
    """h = 1, w* = 3/10, τ = 1, σ = 1/2, α = 1/20: ρ = 1/5, |W| ≤ 4/5."""
    from analogtheory import responses
    from analogtheory.algorithms import analog_sgd
    from analogtheory.noise import Rademacher
    from analogtheory.objectives import ScalarQuadratic

    return analog_sgd(
        responses.get("linear"), ScalarQuadratic(1, 0.3), Rademacher(0.5), lr=0.05
    )  # fmt: skip


def _one_law() -> list[tuple[str, Outcome]]:
    """Both bounds against a Poisson certificate of E(W − 1/5)²."""
    from analogtheory.algorithms.symbols import W as state

    share = sympy.Rational(1, 5)
    values = {h: 1, tau: 1, sigma: sympy.Rational(1, 2), alpha: sympy.Rational(1, 20), rho: share}
    low, high = LEAST_SECOND_MOMENT.subs(values), LARGEST_SECOND_MOMENT.subs(values)
    return [(
        "one exact law (σ = 1/2, α = 1/20, ρ = 1/5) lies between them, by a Poisson certificate",
        prove_expectation(instance(), (state - share) ** 2, lower=low, upper=high),
    )]  # fmt: skip


@claim(
    "rademacher-instance-crude-second-moment",
    source=derived("the variance is at most 4α²σ²", PAPER),
    form="derived",
    statement="On the instance with α(h + σ/τ) ≤ 1, E(W − w_S)² ≤ 4ασ²/(h + σ/τ).",
    latex=r"\mathbb{E}(W - w_S)^2 \le \frac{4\alpha\sigma^2}{h + \sigma/\tau}",
    hypotheses=(INSTANCE, SIZES, SMALL_GRADIENT, SHORT, STATIONARY),
    twins=(
        twin("2/5 for 4", factor=sympy.Rational(2, 5)),
        twin("α² for α", power=2),
    ),
)
def crude(run: Run, factor: sympy.Expr = sympy.Integer(4), power: int = 1) -> Evidence:
    """V·λ(2 − αλ) = αQ ≤ 4ασ², and 2 − αλ ≥ 1."""
    most = ge(4 * sigma**2 - Q)
    known = (*facts_of((SIZES, STATIONARY, SHORT)), BALANCE, most)
    bound = CRUDE_SECOND_MOMENT * factor / 4 * alpha ** (power - 1)
    statement = ge(rate * (bound - V))
    terms: list[Term] = [
        (1, 1, {gt(alpha): 1, most: 1}),
        (1, 1, {SHORT.facts[0]: 1, gt(h): 1, ge(V): 1}),
        (1, 1, {SHORT.facts[0]: 1, gt(sigma): 1, gt(tau): -1, ge(V): 1}),
        ("zero", BALANCE, -1),
    ]
    outcome = prove_by_terms(statement, known, terms, points=[_point("1/100", 0)])
    return conclude(*second_moment_steps()[:1], lemma("solved for V", outcome))


# ------------------------------------------------------------------ every horizon, and the gap

u = sympy.Symbol("u", real=True)
_BETWEEN = hypothesis("W_0 lies between 0 and w_S ≥ 0", ge(rho), ge(-u))


@claim(
    "analog-sgd-lower-bound-every-horizon",
    source=derived("the recursion of the mean, iterated; the rate Ω(σ²S_K) is recalled", PAPER),
    form="derived",
    statement="On the instance with α(h + σ/τ) ≤ 1 and W_0 between 0 and w_S, "
    "(1/K)Σ_{k<K} E f′(W_k)² ≥ σ²ρ² for every K: the error is there from the first step on.",
    latex=r"\mathbb{E}W_k - w_S = \left(1-\alpha\left(h+\frac{\sigma}{\tau}\right)\right)^k"
    r"(W_0-w_S),\qquad \frac1K\sum_{k<K}\mathbb{E}f'(W_k)^2 \ge \sigma^2\rho^2",
    hypotheses=(INSTANCE, SIZES, SMALL_GRADIENT, SHORT, _BETWEEN),
    twins=(
        twin("any W_0", drop="W_0 lies between"),
        twin("any step size", drop="α(h + σ/τ)"),
        twin("2σ²ρ²", factor=2),
    ),
)
def every_horizon(run: Run, factor: int = 1, drop: str = "") -> Evidence:
    """u = E W_k − w_S stays ≤ 0, where |E f′| = |hu − σρ| is at least σρ; then Jensen."""
    known = facts_of((SIZES, SHORT, _BETWEEN), drop=drop)
    start = {"alpha": "1/4", "h": 1, "tau": 1, "sigma": 1, "rho": "1/4"}
    points = [{**start, "u": "1/4"}, {**start, "u": 0}]
    short = SHORT.facts[0]
    return conclude(
        lemma("u ≤ 0 is kept: u⁺ = (1 − αλ)u", prove_by_terms(
            le((1 - alpha * rate) * u, 0), known, [(1, 1, {short: 1, ge(-u): 1})],
            points=[{**start, "alpha": 1, "u": -1}, points[0]],
        )),
        lemma("(E f′)² ≥ σ²ρ²", prove_by_terms(
            ge((h * u - sigma * rho) ** 2, factor * sigma**2 * rho**2), known,
            [(1, h * u, {}), (2, 1, {gt(h): 1, gt(sigma): 1, ge(rho): 1, ge(-u): 1})],
            points=points,
        )),
        remark("E f′² ≥ (E f′)² for every k; the average over k < K keeps the bound"),
    )  # fmt: skip


@claim(
    "analog-sgd-bound-gap",
    source=derived("the weighted bounds and the instance, α → 0", PAPER),
    form="derived",
    statement="On the instance, as α → 0, the weighted bound from (72) exceeds E[M f′²] by the "
    "factor 2/(1 − ρ²), its sharp form by 1/(1 − ρ²); the resting point does not depend on α.",
    latex=r"\lim_{\alpha\to0}\frac{2\sigma^2(\alpha L + S)}{\mathbb{E}[M f'^2]}"
    r" = \frac{2}{1-\rho^2},\qquad \lim_{\alpha\to0}"
    r"\frac{\sigma^2(2\alpha L + S)}{\mathbb{E}[M f'^2]} = \frac{1}{1-\rho^2}",
    hypotheses=(INSTANCE, SIZES, SMALL_GRADIENT, STATIONARY),
    twins=(
        twin("2/(1 − ρ)", power=1),
        twin("1 for 2", factor=1),
    ),
)
def bound_gap(run: Run, power: int = 2, factor: int = 2) -> Evidence:
    """The law shrinks to w_S; f′ = hx − σρ and W/τ = ρ + x/τ."""
    L, F_max = sympy.symbols("L F_max", positive=True)
    at_rest = {S: rho**2, L: 0, F_max: 1}
    bound = in_own_symbols(WEIGHTED.expr).subs(at_rest)
    limit = (1 - rho**2) * sigma**2 * rho**2
    sharp = sigma**2 * rho**2
    weighted = sympy.expand((1 - (rho + x / tau) ** 2) * (h * x - sigma * rho) ** 2)
    linear = weighted.coeff(x, 1)
    rest = sympy.expand(weighted - weighted.coeff(x, 0) - linear * x)
    return conclude(
        lemma(
            "M f′² at W = w_S + x is (1 − ρ²)σ²ρ² + linear·x + x²·polynomial",
            prove_identity(weighted, limit + linear * x + sympy.expand(rest / x**2) * x**2),
        ),
        remark(
            "E x = 0, and V ≤ 2ασ²(1 − ρ²)/(λ(2 − αλ) − 2ασh/τ) → 0 (claim "
            "rademacher-instance-second-moment); |x| ≤ 2τ bounds the polynomial, so that "
            "E[M f′²] → (1 − ρ²)σ²ρ²; and E W²/τ² → ρ²"
        ),
        lemma(
            "2/(1 − ρ²)",
            prove_identity(
                bound / limit, factor / (1 - rho**power), points=[{"rho": "1/2", "sigma": 1}]
            ),
        ),
        lemma("1/(1 − ρ²)", prove_identity(sharp / limit, 1 / (1 - rho**2))),
        lemma("w_S is free of α", prove_identity(sympy.diff(resting, alpha), 0)),
        value="2/(1 − ρ²)",
    )
