"""Interpolation: the noise vanishes at W*, so there is no penalty, but stability can be lost.

Problem: f(W) = E ½(aᵀ(W − W*))² with one random row a a step, so ∇f(W; a) = a·aᵀd, d = W − W*,
is exactly 0 at W* for every sample (the least squares of Fig. 2 of arXiv:2502.06309 is of this
kind). Then Σ = E|∇f(W*; ξ)| = 0: Theorem 1's penalty vanishes. Near W* the mean drift is

    ḋ = −F·(Hd + Σ(d)⊙R),    Σ_j(d) = E|a_j||aᵀd|,   R = G/F,

with R = R_W(W*) for Analog SGD and R_P(0) for Residual Learning: homogeneous in d, so d = 0
either attracts or repels. In one dimension it attracts for every positive device; in many
dimensions there is a threshold. Derived here (theory notes 4.5, H2, H10).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from itertools import product
from typing import Any, TypeAlias

import sympy
from scipy import integrate

from analogtheory.algorithms import analog_sgd, residual_learning
from analogtheory.algorithms.symbols import P, W
from analogtheory.claims import (
    Evidence,
    Run,
    Settled,
    agrees,
    at_least,
    claim,
    conclude,
    derived,
    facts_of,
    holds_exactly,
    hypothesis,
    lemma,
    remark,
    twin,
)
from analogtheory.noise import NoNoise
from analogtheory.proofs.general_device import (
    GeneralDevice,
    GeneralQuadratic,
    as_symbols,
    field_of,
    h,
    only,
    plain,
    w_star,
)
from analogtheory.prove import Fact, eq, ge, gt, prove_by_terms, prove_identity, prove_polynomial

Expr: TypeAlias = sympy.Expr

alpha, beta, gamma, up, down, size = sympy.symbols("alpha beta gamma up down size", real=True)
offset, least = sympy.symbols("offset least", real=True)

_ONE_DIMENSION = (
    hypothesis("one weight, ∇f(W; a) = a²(W − W*), h = a² > 0", gt(h)),
    hypothesis("α > 0 and q± > 0", gt(alpha), gt(up), gt(down)),
    hypothesis("a²q± ≥ ℓ > 0", gt(least), ge(h * up, least), ge(h * down, least)),
    hypothesis(
        "α(a²q± + ℓ) ≤ 2", ge(2, alpha * (h * up + least)), ge(2, alpha * (h * down + least))
    ),
)


def _sample_step(sign: int, extra: Expr) -> Expr:
    """W⁺ − W* of Analog SGD on one sample (curvature h = a²), W = W* ± size, noise `extra`."""
    device = GeneralDevice("W")
    dynamics = analog_sgd(device, GeneralQuadratic(), NoNoise())
    values = {device.general_up.func(W): up, device.general_down.func(W): down}
    drift = plain(as_symbols(field_of(dynamics, "W"), values)).subs(W, w_star + sign * size)
    step = drift.replace(sympy.Abs, lambda _: h * size)
    return sign * size + step + extra


@claim(
    "interpolation-one-dimension",
    source=derived("eq. (5) on one sample; theory notes 4.5", "2502.06309"),
    form="derived",
    statement="In one dimension with noise that vanishes at W* (∇f(W; a) = a²(W − W*)), every step "
    "of Analog SGD multiplies W − W* by 1 − αa²q_s(W), s the direction of the pulses; where "
    "ℓ ≤ a²q± ≤ 2/α − ℓ on every step, |W − W*| falls by the factor 1 − αℓ at least, on every "
    "path, however large |G(W*)| < F(W*) is.",
    latex=r"W^+ - W^* = (1 - \alpha a^2 q_{s}(W))(W - W^*), \quad"
    r" s = -\operatorname{sign}(W - W^*), \quad |W^+ - W^*| \le (1-\alpha\ell)\,|W-W^*|",
    hypotheses=_ONE_DIMENSION,
    twins=(
        twin("additive noise, which does not vanish at W*", extra=offset),
        twin("pulses in the other direction", swap=True),
        twin("no limit on the step size", drop="≤ 2"),
        twin("samples that may vanish", drop="≥ ℓ"),
    ),
)
def interpolation_one_dimension(
    run: Run, extra: Expr = sympy.S.Zero, swap: bool = False, drop: str = ""
) -> Evidence:
    """An identity on both sides of W*; (1 − αℓ)² − (1 − αx)² = α(x − ℓ)(2 − α(x + ℓ)), x = a²q."""
    given = facts_of(_ONE_DIMENSION, drop=drop)
    point = {"alpha": "1/2", "h": 1, "size": 1, "up": 1, "down": 2, "offset": 1, "w_star": 0}
    steps = []
    for sign, pulsed in ((1, down), (-1, up)):
        q = (up + down - pulsed) if swap else pulsed
        claimed = (1 - alpha * h * q) * sign * size
        side = "W > W*" if sign > 0 else "W < W*"
        steps.append(
            lemma(side, prove_identity(_sample_step(sign, extra), claimed, points=[point]))
        )
        shrinks = ge((1 - alpha * least) ** 2, (1 - alpha * h * q) ** 2)
        facts = only(given, alpha, h, q, least)
        factors = (gt(alpha), ge(h * q, least), ge(2, alpha * (h * q + least)))
        words = f"|1 − αa²q| ≤ 1 − αℓ, {side}"
        steps.append(lemma(words, prove_by_terms(shrinks, facts, [(1, 1, factors)])))
    return conclude(*steps, value="1 − αa²q_s")


#: q of P pulsed against g, q of W pulsed along P, W̄ − W*, P.
q_P, q_W, u, p = sympy.symbols("q_P q_W u p", real=True)
#: Their smaller values, A = αhq_P and B = βq_W, and A₀ ≤ A, B₀ ≤ B.
A, B, A_0, B_0 = sympy.symbols("A B A_0 B_0", real=True)
_ABSORBED = (
    hypothesis("one weight, ∇f(W; a) = a²(W − W*), h = E a² > 0", gt(h)),
    hypothesis(
        "α > 0, β > 0 and positive responses, any G(0)", *(gt(alpha), gt(beta), gt(q_P), gt(q_W))
    ),
    hypothesis("γ > 0", gt(gamma), predicate=lambda problem: problem.gamma > 0),
)


def _residual_drift(up_pulse: bool, rising: bool) -> tuple[Expr, Expr]:
    """(Ṗ, Ẇ) at P = p (P > 0 if `rising`), W̄ = W* + u (P pulsed up, so u < 0, if `up_pulse`).

    The responses are frozen at P = 0, W = W*: the linearisation in that quadrant.
    """
    main, residual = GeneralDevice("W"), GeneralDevice("P")
    dynamics = residual_learning(main, GeneralQuadratic(), NoNoise(), residual_response=residual)
    other_p, other_w = sympy.symbols("other_P other_W", real=True)
    values = {
        residual.general_up.func(P): q_P if up_pulse else other_p,
        residual.general_down.func(P): other_p if up_pulse else q_P,
        main.general_up.func(W): q_W if rising else other_w,
        main.general_down.func(W): other_w if rising else q_W,
    }
    drifts = [plain(as_symbols(field_of(dynamics, name), values)) for name in ("P", "W")]
    kinks = {
        atom: (-1 if up_pulse else 1) * atom.args[0] if atom.has(W) else (1 if rising else -1) * P
        for drift in drifts
        for atom in drift.atoms(sympy.Abs)
    }
    first, second = (
        sympy.expand(drift.xreplace(kinks).subs(W, w_star + u - gamma * P).subs(P, p))
        for drift in drifts
    )
    return first, second


@claim(
    "interpolation-hides-a-shifted-symmetric-point",
    source=derived("mean field of eqs. (10), (11) with Σ(W*) = 0; theory notes H10", "2502.06309"),
    form="derived",
    statement="In one dimension with noise that vanishes at W*, the mean field of Residual "
    "Learning with γ > 0, linearised in each quadrant of W̄ − W*, P, is asymptotically stable "
    "although Assumption 4 fails: V = A(W̄−W*)² + BP², A = αhq_P, B = βq_W, falls at the rate "
    "2γA²(W̄−W*)² for every G(0) of a positive residual array, and V − 2δP(W̄−W*) is positive and "
    "falls strictly, δ = 2γA₀B₀/(γ²A₀ + 4B₀) with the least A₀, B₀.",
    latex=r"\dot V = -2\gamma\,A^2\,(\bar W - W^*)^2, \quad"
    r" \tfrac{d}{dt}\big(V - 2\delta P(\bar W-W^*)\big) < 0 \quad"
    r" \text{for every } G_P(0) \text{ with } q_\pm > 0",
    hypotheses=_ABSORBED,
    twins=(
        twin("γ = 0: V is conserved, no convergence", drop="γ > 0"),
        twin("γ in place of γ(αhq_P)²", rate=gamma * u**2),
        twin("noise that persists at W*", persists=True),
    ),
)
def interpolation_hides_a_shifted_symmetric_point(
    run: Run, drop: str = "", rate: Expr | None = None, persists: bool = False
) -> Evidence:
    """V̇ in each of the four quadrants of (W̄ − W*, P); V is continuous across them."""
    given = facts_of(_ABSORBED, drop=drop)
    energy = alpha * h * q_P * u**2 + beta * q_W * p**2
    claimed = -2 * (gamma * (alpha * h * q_P * u) ** 2 if rate is None else rate)
    point = {"alpha": 1, "beta": 1, "gamma": 1, "h": 1, "q_P": 2, "q_W": 1, "u": 1, "p": 1}
    steps = []
    for up_pulse, rising in product((True, False), repeat=2):
        drift_p, drift_w = _residual_drift(up_pulse, rising)
        drift_p = drift_p + (offset if persists else 0)
        change = sympy.diff(energy, u) * (drift_w + gamma * drift_p)
        change = change + sympy.diff(energy, p) * drift_p
        words = f"V̇, W̄ {'<' if up_pulse else '>'} W*, P {'>' if rising else '<'} 0"
        steps.append(lemma(words, prove_identity(change, claimed, points=[{**point, "offset": 1}])))
        steps.append(_turning(words, drift_p, drift_w + gamma * drift_p, point))
    return conclude(
        *steps,
        *_strictly_falling(given),
        remark("V − 2δP(W̄−W*) is continuous, homogeneous of degree 2: the decay is exponential"),
        value="V̇ ≤ 0",
    )


def _turning(words: str, drift_p: Expr, drift_u: Expr, point: dict[str, int]) -> Settled:
    """d/dt P(W̄ − W*) in one quadrant."""
    fast, slow = alpha * h * q_P, beta * q_W
    claimed = slow * p**2 - gamma * fast * u * p - fast * u**2
    turned = drift_p * u + p * drift_u
    words = words.replace("V̇", "d/dt P(W̄−W*) = BP² − γAP(W̄−W*) − A(W̄−W*)²")
    return lemma(words, prove_identity(turned, claimed, points=[{**point, "offset": 1}]))


def _strictly_falling(given: Sequence[Fact]) -> list[Settled]:
    """V − 2δPu > 0 and its rate < 0 for A ≥ A₀, B ≥ B₀, by squares; u = W̄ − W*.

    4B·(−½ rate) = δ(2BP − γAu)² + n·u²,  n = A(4B(γA − δ) − δγ²A),
    A·(V − 2δPu) = (Au − δP)² + N·P²,  N = AB − δ².
    """
    positive = tuple(gt(s) for s in (A_0, B_0))
    mixing = tuple(fact for fact in given if set(fact.symbols) == {gamma})
    known = (*positive, *mixing, gt(A), gt(B), ge(A, A_0), ge(B, B_0))
    bound = gamma**2 * A_0 + 4 * B_0
    delta = 2 * gamma * A_0 * B_0 / bound
    loss = gamma * A**2 * u**2 + delta * (B * p**2 - gamma * A * u * p - A * u**2)
    size = A * u**2 + B * p**2 - 2 * delta * p * u
    n, height = A * (4 * B * (gamma * A - delta) - delta * gamma**2 * A), A * B - delta**2
    mixed, high, wide = gt(gamma), ge(A, A_0), ge(B, B_0)
    rate_terms = [
        (8, 1, (mixed, gt(A), gt(B), gt(B_0), high)),
        (8, 1, (mixed, gt(A), gt(A), gt(B), gt(B_0))),
        (2, gamma * A, (mixed, gt(A_0), wide)),
        (2, gamma * A, (mixed, gt(A_0), gt(B))),
    ]
    # (AB − A₀B₀)·bound² + A₀B₀(bound² − 4γ²A₀B₀), AB − A₀B₀ = A(B − B₀) + B₀(A − A₀)
    height_terms = [
        (1, bound, (gt(A), wide)),
        (1, bound, (gt(B_0), high)),
        (1, gamma**2 * A_0, positive),
        (4, gamma * A_0 * B_0, ()),
        (16, 1, (*positive, gt(B_0), gt(B_0))),
    ]
    return [
        lemma(
            "4B·(−½ rate) in squares",
            prove_identity(4 * B * loss, delta * (2 * B * p - gamma * A * u) ** 2 + n * u**2),
        ),
        lemma(
            "the first weight is positive: δ·(γ²A₀ + 4B₀) > 0",
            prove_by_terms(gt(sympy.cancel(delta * bound)), known, [(2, 1, (mixed, *positive))]),
        ),
        lemma(
            "the second too: n·(γ²A₀ + 4B₀) > 0",
            prove_by_terms(gt(sympy.expand(sympy.cancel(n * bound))), known, rate_terms),
        ),
        lemma(
            "A·(V − 2δP(W̄−W*)) in squares",
            prove_identity(A * size, (A * u - delta * p) ** 2 + height * p**2),
        ),
        lemma(
            "their weight is positive: N·(γ²A₀ + 4B₀)² > 0",
            prove_by_terms(gt(sympy.expand(sympy.cancel(height * bound**2))), known, height_terms),
        ),
    ]


def kernel(rho: float) -> float:
    """s(ρ) = E|x||y| for standard normal x, y with correlation ρ."""
    return 2 / math.pi * (math.sqrt(1 - rho * rho) + rho * math.asin(rho))


def threshold(dimension: int) -> float:
    """c_D = 1/(√D·s(1/√D)): rows a ~ N(0, I), R = −c in every coordinate."""
    root = math.sqrt(dimension)
    return 1 / (root * kernel(1 / root))


def _kernel_by_quadrature(rho: float) -> float:
    """E r² = 2 times the mean of |cos φ·cos(φ − φ₀)| over the circle, cos φ₀ = ρ."""
    turn = math.acos(rho)
    kinks = sorted({math.pi / 2, (turn + math.pi / 2) % math.pi})
    value, _ = integrate.quad(
        lambda angle: abs(math.cos(angle) * math.cos(angle - turn)),
        0,
        math.pi,
        points=kinks,
        epsabs=1e-14,
    )
    return 2 / math.pi * float(value)


def _with_arccos(rho: float) -> float:
    """s(ρ) with arccos for arcsin, for a twin."""
    return 2 / math.pi * (math.sqrt(1 - rho * rho) + rho * math.acos(rho))


_THRESHOLDS = ((1, 1.0), (4, 0.6964), (50, 0.2199), (1000, 0.04965))


@claim(
    "interpolation-threshold",
    source=derived("mean drift near W* with Σ(W*) = 0; theory notes 4.5"),
    form="derived",
    statement="With rows a ~ N(0, I_D) and R = c (or −c) in every coordinate, W* attracts the mean "
    "drift of Analog SGD for c < c_D and repels it for c > c_D = 1/(√D·s(1/√D)), s(ρ) = "
    "(2/π)(√(1−ρ²) + ρ·arcsin ρ): a phase transition, at 1, 0.6964, 0.2199, 0.04965 for "
    "D = 1, 4, 50, 1000; π/(2√D) to leading order.",
    latex=r"c_D = \frac{1}{\sqrt{D}\,s(1/\sqrt D)}, \quad s(\rho) = \tfrac{2}{\pi}"
    r"\big(\sqrt{1-\rho^2} + \rho\arcsin\rho\big), \quad c_D \to \frac{\pi}{2\sqrt D}",
    hypotheses=(
        hypothesis("∇f(W; a) = a·aᵀ(W − W*), a ~ N(0, I_D), D = 1 or D ≥ 4"),
        hypothesis("F = 1 and |R_j| = c < 1 for all j, of equal sign, near W*"),
    ),
    twins=(
        twin("the leading order π/(2√D) at these D, as if s = 2/π", rough=True),
        twin("rows of ±1 in place of Gaussian ones", signs=True),
        twin("s(ρ) with ρ·arccos ρ", wrong_kernel=True),
    ),
)
def interpolation_threshold(
    run: Run, rough: bool = False, signs: bool = False, wrong_kernel: bool = False
) -> Evidence:
    """|d|² shrinks below c_D in every direction; along the diagonal it grows above.

    −½d|d|²/dt = |d|²(1 − cΣψ(ρ_j²)) with ψ(x) = √x·s(√x), Σρ_j² = 1. ψ is concave on [0, ½]
    and convex on [½, 1], so it lies below its tangent at 1/D ≤ ½ if it does at 1; hence
    Σψ(ρ_j²) ≤ Dψ(1/D), with equality on the diagonal.
    """
    steps = []
    for rho in (0.0, 0.3, 1 / math.sqrt(50), 1.0):
        found = _with_arccos(rho) if wrong_kernel else kernel(rho)
        words = f"s({rho:.3g}) against quadrature"
        steps.append(agrees(words, found, _kernel_by_quadrature(rho), tolerance=1e-12))
    for dimension, claimed in _THRESHOLDS:
        found = math.pi / (2 * math.sqrt(dimension)) if rough else threshold(dimension)
        if signs:
            found = 1 / float(mean_abs_sum(dimension))
        digits = 5e-6 if dimension == 1000 else 5e-5
        steps.append(agrees(f"c_D, D = {dimension}", found, claimed, tolerance=digits))
    return conclude(
        *_concavity(),
        remark(
            "so Σψ(ρ_j²) ≤ Dψ(1/D) for Σρ_j² = 1, D ≥ 4 (below the tangent at 1/D), and equality "
            "on the diagonal, which is invariant"
        ),
        *steps,
        value=threshold(50),
    )


def _concavity() -> list[Any]:
    """ψ″ has the sign of 2x − 1 (x = sin²θ); the tangent at 1/4 clears ψ(1) = 1.

    The tangent at x₀ ≤ ½, taken at 1, falls with x₀ (its derivative is ψ″(x₀)(1 − x₀)), so
    for D > 4 it clears ψ(1) all the more.
    """
    theta, sine, cosine = sympy.symbols("theta sine cosine", real=True)
    psi = sympy.sin(theta) * sympy.cos(theta) + theta * sympy.sin(theta) ** 2
    speed = sympy.diff(sympy.sin(theta) ** 2, theta)
    slope = sympy.expand(sympy.diff(psi, theta) / speed)
    bend = sympy.diff(slope, theta) / speed
    claimed = (2 * sympy.sin(theta) ** 2 - 1) / (4 * sympy.sin(theta) ** 3 * sympy.cos(theta))
    gap = (bend - claimed).subs({sympy.sin(theta): sine, sympy.cos(theta): cosine})
    numerator = sympy.expand(sympy.fraction(sympy.cancel(gap))[0])
    circle = eq(sine**2 + cosine**2, 1)
    at_end = 0.5 * kernel(0.5) + 0.75 * 2 / math.pi * (0.5 * math.sqrt(3) + math.asin(0.5))
    return [
        lemma(
            "ψ″ = (2x − 1)/(4x√(x(1 − x))), up to 2/π",
            prove_polynomial(eq(numerator), [circle]),
        ),
        at_least("the tangent of ψ at 1/4, taken at 1, against ψ(1) = 1", at_end, 1.0),
    ]


def mean_abs_sum(count: int) -> Fraction:
    """E|a_1 + … + a_n| for independent signs."""
    total = sum(abs(count - 2 * k) * math.comb(count, k) for k in range(count + 1))
    return Fraction(total, 2**count)


def _mean_step(dimension: int, c: Fraction, distance: Fraction) -> Fraction:
    """E Δd_1/α at d = distance·(1, …, 1), rows of ±1, F = 1, G = −c, by enumeration."""
    total = Fraction(0)
    for row in product((-1, 1), repeat=dimension):
        gradient = row[0] * sum(row) * distance
        total += -(gradient - abs(gradient) * c)
    return Fraction(total / 2**dimension)


@claim(
    "interpolation-penalty-is-blind",
    source=derived("Theorem 1 with Σ = E|∇f(W*; ξ)| = 0; theory notes H2", "2502.06309"),
    form="derived",
    statement="A vanishing Σ = E|∇f(W*; ξ)| does not make W* attract: with three weights, rows of "
    "±1, F = 1 and G = −3/4 near W*, the penalty of Theorem 1 vanishes, yet the mean step from "
    "W* + r(1, 1, 1), r > 0, points outward, E Δd_j = +αr/8. Σ has to be taken along the path.",
    latex=r"\Sigma(W^*) = 0 \;\wedge\; \mathbb{E}\Delta d_j = -\alpha r\,(1 - c\,\mathbb{E}|S_3|)"
    r" = \tfrac{1}{8}\alpha r > 0, \quad c = \tfrac34",
    hypotheses=(
        hypothesis("∇f(W; a) = a·aᵀ(W − W*), a uniform on {−1, 1}³, so E a·aᵀ = I"),
        hypothesis("positive responses: |G| = 3/4 < F = 1"),
    ),
    twins=(
        twin("c = 1/2, below the threshold 2/3", c=Fraction(1, 2)),
        twin("two weights, where the threshold is 1", dimension=2),
        twin("Σ at W* in place of Σ along the path", distance=Fraction(0)),
    ),
)
def interpolation_penalty_is_blind(
    run: Run,
    c: Fraction = Fraction(3, 4),
    dimension: int = 3,
    distance: Fraction = Fraction(1),
) -> Evidence:
    """All 2^D rows are enumerated in exact arithmetic at r = 1; eq. (5) is homogeneous in r > 0."""
    moved = _mean_step(dimension, c, distance)
    at_rest = _mean_step(dimension, c, Fraction(0))
    closed = -distance * (1 - c * mean_abs_sum(dimension))
    return conclude(
        holds_exactly("E Δd = 0 and Σ = 0 at W*", at_rest == 0, f"E Δd = {at_rest}"),
        holds_exactly("E Δd = −αr(1 − c·E|S_D|)", moved == closed, f"{moved} = {closed}"),
        holds_exactly("E Δd > 0: away from W*", moved > 0, f"E Δd/(αr) = {moved}"),
        value=str(moved),
    )
