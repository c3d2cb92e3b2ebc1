"""An offset of the readout shifts where Stochastic Hamiltonian Descent and Tiki-Taka settle.

Problem: the symmetric point of the momentum array is read as o (q± = 1 ∓ κ(a − o)), C ideal
(arXiv:2201.13377, arXiv:1909.07908; theory notes 4.4). The mean field rests at a = 0 and

    g = κo·m(g),    m(g) = E|g + ε|,  g = f′(C).

It has exactly one solution for κ|o| < 1, with the sign of o and size between κ|o|Σ and
κ|o|s/√(1 − κ²o²) under symmetric noise (Σ = E|ε|, s² = E ε²). For κ|o| > 1 there is none, unless
there is no noise; for κ|o| = 1 none if the noise is unbounded on both sides (m > |g|), while
bounded noise leaves a ray of rest points, which the notes' "exists iff κ|o| < 1" overlooks. For
soft bounds κ = 1/b, and κ|o| < 1 says that the reference lies inside the range of the array.
Gaussian noise: certified digits.
"""

from __future__ import annotations

from functools import cache
from typing import TypeAlias

import sympy
from sympy import Rational

from analogtheory.algorithms.transfer import C as POSITION
from analogtheory.algorithms.transfer import stochastic_hamiltonian_descent
from analogtheory.claims import (
    Evidence,
    Run,
    Settled,
    agrees,
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
from analogtheory.objectives import ScalarQuadratic
from analogtheory.proofs.hamiltonian_setting import (
    A,
    alpha,
    beta,
    descent,
    flow,
    g,
    kappa,
    m,
    r,
)
from analogtheory.proofs.implicit_cost_cases import CIRCLE, circle
from analogtheory.proofs.implicit_cost_series import ORDER, mean_abs_sum
from analogtheory.prove import (
    eq,
    ge,
    gt,
    le,
    lt,
    prove_by_terms,
    prove_identity,
    prove_on_box,
    prove_polynomial,
)
from analogtheory.responses.formulas import WEIGHT
from analogtheory.responses.response import Response
from analogtheory.stationary import Estimate

Expr: TypeAlias = sympy.Expr

PAPER = "2201.13377"
#: k = κo, size of the gradient noise: Σ = E|ε|, s² = E ε².
o, k, Sigma, s, square = sympy.symbols("o k Sigma s square", real=True)
g_1, g_2, m_1, m_2 = sympy.symbols("g_1 g_2 m_1 m_2", real=True)

_BELOW = hypothesis("0 ≤ k = κo < 1 (o < 0: the mirror image)", ge(k), lt(k, 1))
_SLOWER = hypothesis(
    "zero-mean noise, E|ε| < ∞: |m(g) − m(g′)| ≤ |g − g′|, as for every noise law",
    ge(g_2 - g_1, m_2 - m_1),
)
_SIZES = hypothesis(
    "for the bounds of |f′|: symmetric noise, so Σ ≤ m(g), m(g)² ≤ g² + s² (Cauchy–Schwarz)",
    ge(m, Sigma),
    ge(Sigma),
    le(m**2, g**2 + s**2),
)
ROOT = (_BELOW, hypothesis("two gradients g₁ < g₂", gt(g_2, g_1)), _SLOWER, _SIZES)


def _rest() -> tuple[Expr, Expr]:
    """(Ȧ at a = 0, Ċ) in the readout a = A − r, o = −r."""
    readout = sympy.Symbol("a", real=True)
    rates = [rate.subs(A, readout + r).subs(r, -o) for rate in flow(descent())]
    return rates[0].subs(readout, 0), rates[1]


@claim(
    "hamiltonian-offset-root",
    source=derived("rest point of the mean field with an offset; theory notes 4.4", PAPER),
    form="derived",
    statement="With the symmetric point of the momentum array read as o and an ideal C array the "
    "mean field rests exactly where a = 0 and f′ = κo·E|f′ + ε|. For κ|o| < 1 one number f′ solves "
    "this, for every zero-mean noise law with E|ε| < ∞, and the mean field rests wherever f′ takes "
    "this value; under symmetric noise κ|o|E|ε| ≤ |f′| ≤ κ|o|s/√(1 − κ²o²), s² = E ε².",
    latex=r"g = \kappa o\,\mathbb{E}|g+\varepsilon|, \qquad \kappa|o|\,\mathbb{E}|\varepsilon| \le "
    r"|g| \le \frac{\kappa|o|\,s}{\sqrt{1-\kappa^2o^2}}",
    hypotheses=ROOT,
    twins=(
        twin("any offset: κ|o| may exceed 1", drop="k = κo < 1"),
        twin("m may change faster than g: no noise law", drop="as for every noise law"),
        twin("|f′| ≤ κ|o|s", relief=0),
        twin("the offset of the opposite sign", sign=-1),
    ),
)
def offset_root(run: Run, drop: str = "", relief: int = 1, sign: int = 1) -> Evidence:
    """The drift at a = 0; g − k·m(g) increases strictly, and its size at the root."""
    given = facts_of(ROOT, drop=drop)
    rise = gt((g_2 - k * m_2) - (g_1 - k * m_1))
    at_rest, moving = _rest()
    point = {"alpha": 1, "g": 1, "kappa": 1, "o": "1/2", "m": 1}
    rooted = (*given, eq(g - k * m))
    upper = le(g**2 * (1 - relief * k**2), k**2 * s**2)
    return conclude(
        lemma(
            "Ȧ = −α(g − κo·m) at a = 0",
            prove_identity(at_rest, -alpha * (g - sign * kappa * o * m), points=[point]),
        ),
        lemma("Ċ = βa", prove_identity(moving, beta * sympy.Symbol("a", real=True))),
        # (1 − k)Δg + k(Δg − Δm)
        lemma(
            "g − k·m(g) increases strictly",
            prove_by_terms(
                rise,
                given,
                [(1, 1, (lt(k, 1), gt(g_2, g_1))), (1, 1, (ge(k), ge(g_2 - g_1, m_2 - m_1)))],
            ),
        ),
        lemma(
            "|g| ≥ kΣ at the root",
            prove_by_terms(
                ge(g, k * Sigma),
                rooted,
                [(1, 1, (ge(k), ge(m, Sigma))), ("zero", eq(g - k * m), 1)],
            ),
        ),
        # k²(g² + s² − m²) + (k m − g)(k m + g)
        lemma(
            "g²(1 − k²) ≤ k²s² at the root",
            prove_by_terms(
                upper,
                rooted,
                [
                    (1, k, (le(m**2, g**2 + s**2),)),
                    ("zero", eq(g - k * m), -(g + k * m)),
                ],
                points=[
                    {
                        "k": "3/5",
                        "g": "3/4",
                        "m": "5/4",
                        "s": 1,
                        "Sigma": 0,
                        "g_1": 0,
                        "g_2": 1,
                        "m_1": 0,
                        "m_2": 0,
                    }
                ],
            ),
        ),
        remark("g − k·m(g) is ≤ 0 at 0 and tends to ∞, as m ≤ g + Σ and k < 1: a root exists"),
        value="κo·E|ε| ≤ f′ ≤ κo·s/√(1 − κ²o²)",
    )


BEYOND = (
    hypothesis("k = κ|o| ≥ 1", ge(k, 1)),
    hypothesis(
        "zero-mean noise, E|ε| < ∞, not identically 0: m(g) ≥ |g|, m(g) > 0",
        ge(m, g),
        ge(m, -g),
        gt(m),
    ),
    hypothesis(
        "first part: P(ε > t) > 0, P(ε < −t) > 0 for all t, so m(g) > |g|", gt(m, g), gt(m, -g)
    ),
)
_BEYOND_POINT = {"k": 1, "m": 1, "g": 1}


@claim(
    "hamiltonian-offset-breakdown",
    source=derived("no rest point with a large offset; theory notes 4.4", PAPER),
    form="derived",
    statement="For κ|o| ≥ 1 and zero-mean noise with P(ε > t) > 0 and P(ε < −t) > 0 for all t the "
    "mean field with an offset has no rest point, as E|f′ + ε| > |f′|. For any zero-mean noise "
    "that is not identically 0 it has none for κ|o| > 1; at κ|o| = 1, if max|ε| < ∞, it rests at "
    "a = 0 and every |f′| ≥ max|ε| of the sign of o.",
    latex=r"\kappa|o| \ge 1 \;\wedge\; \mathbb{E}|g+\varepsilon| > |g| \;\forall g \;\Rightarrow\;"
    r" |g| \ne \kappa|o|\,\mathbb{E}|g+\varepsilon|",
    hypotheses=BEYOND,
    twins=(
        twin("κ|o| below 1", drop="κ|o| ≥ 1"),
        twin("bounded noise has no rest point for κ|o| ≥ 1 either", drop="first part"),
        twin("at κ|o| = 1 it rests at every |f′| ≥ max|ε|/2", share=Rational(1, 2)),
    ),
)
def offset_breakdown(run: Run, drop: str = "", share: Expr = sympy.S.One) -> Evidence:
    """k·m − |g| = (k − 1)m + (m − |g|) > 0; bounded noise: |g + ε| = g + ε, of mean g."""
    given = facts_of(BEYOND, drop=drop)
    weak = BEYOND[1].facts
    e, most = sympy.symbols("e most", real=True)
    bounded = (ge(most), ge(most, e), ge(e, -most), ge(g, share * most))
    steps: list[Settled] = []
    for sign, words in ((1, "f′"), (-1, "−f′")):
        steps += [
            lemma(
                f"k ≥ 1, m > |g|: κ|o|·m > {words}",
                prove_by_terms(
                    gt(k * m, sign * g),
                    given,
                    [(1, 1, (ge(k, 1), gt(m))), (1, 1, (gt(m, sign * g),))],
                    points=[{**_BEYOND_POINT, "g": sign}],
                ),
            ),
            lemma(
                f"k > 1, m ≥ |g|, m > 0: κ|o|·m > {words}",
                prove_by_terms(
                    gt(k * m, sign * g),
                    (gt(k, 1), *weak),
                    [(1, 1, (gt(k, 1), gt(m))), (1, 1, (ge(m, sign * g),))],
                ),
            ),
        ]
    return conclude(
        *steps,
        lemma(
            "g ≥ max|ε|: |g + ε| = g + ε",
            prove_polynomial(
                eq(sympy.Abs(g + e), g + e), bounded, points=[{"g": "1/2", "e": -1, "most": 1}]
            ),
        ),
        remark(
            "m ≥ |E(g + ε)| = |g|, strictly if g + ε takes both signs; m(g) = 0 only for g + ε = 0 "
            "almost surely, that is ε = 0. For g ≥ max|ε| the mean of g + ε is g: m = g, and "
            "g = κo·m at κo = 1; o < 0 is the mirror image"
        ),
        value="κ|o| ≥ 1",
    )


#: κ, s, o, and the rest point f′ to six digits.
_CASES = (
    ("0.5", "0.5", "0.2", 0.040022),
    ("0.5", "0.5", "0.5", 0.101795),
    ("1", "0.5", "0.3", 0.123304),
    ("1", "1", "0.3", 0.246607),
    ("1", "0.5", "0.8", 0.430796),
)


def _gap(friction: Expr, size: Expr, offset: Expr, at: Expr, order: int) -> Expr:
    """f′ − κo·s√(2/π)·Q_n(f′/s): above g − κo·m(g) for odd n, below it for even n."""
    total = mean_abs_sum(order, at / size) if order >= 0 else sympy.S.One
    return at - friction * offset * size * sympy.sqrt(2 / circle) * total


@claim(
    "hamiltonian-offset-cases",
    source=derived("hamiltonian-offset-root for Gaussian noise; theory notes 4.4", PAPER),
    form="derived",
    statement="For (κ, s, o) = (0.5, 0.5, 0.2), (0.5, 0.5, 0.5), (1, 0.5, 0.3), (1, 1, 0.3), "
    "(1, 0.5, 0.8) and f = ½(C − C*)² the mean field with Gaussian noise s rests at C − C* = "
    "0.040022, 0.101795, 0.123304, 0.246607, 0.430796 (to 5e-7).",
    latex=r"g = \kappa o\,M(g,s): \; 0.040022,\ 0.101795,\ 0.123304,\ 0.246607,\ 0.430796",
    hypotheses=(hypothesis("q± = 1 ∓ κ(a − o) for A, C ideal, Gaussian noise of deviation s"),),
    twins=(
        twin("the small-offset formula κos√(2/π)", frozen=True),
        twin("1.01 times the offset", factor=Rational(101, 100)),
    ),
)
def offset_cases(run: Run, frozen: bool = False, factor: Expr = sympy.S.One) -> Evidence:
    """g − κo·m(g) increases (hamiltonian-offset-root): its sign on both sides of each root."""
    steps: list[Settled] = []
    for friction, size, offset, digits in _CASES:
        numbers = (Rational(friction), Rational(size), factor * Rational(offset))
        for sign in (-1, 1):
            at = Rational(str(digits)) + sign * Rational(1, 2_000_000)
            # below the root an upper bound of the gap (odd order below m), above it a lower one
            order = -1 if frozen else ORDER if sign < 0 else ORDER - 1
            gap = _gap(*numbers, at, order)
            words = f"κ = {friction}, s = {size}, o = {offset}: at {float(at):.7f}"
            sense = "< 0" if sign < 0 else "> 0"
            steps.append(lemma(f"{words} {sense}", prove_on_box(gt(sign * gap), {circle: CIRCLE})))
    return conclude(*steps, value=_CASES[0][3])


#: α, and how far the exact mean is from the rest point at most, by case.
_RATE, _NEAR = 0.01, (6e-5, 1.5e-4, 9e-5, 1e-4, 1.7e-4)


@cache
def _mean(friction: str, size: str, offset: float) -> Estimate:
    """E C of the exact stationary law, C* = 0."""
    from analogtheory.stationary import stationary_law

    slope = Rational(friction)
    dynamics = stochastic_hamiltonian_descent(
        Response(1, 1, -2, 2),
        ScalarQuadratic(1, 0),
        Gaussian(float(size)),
        lr=_RATE,
        fast_response=Response(1 - slope * WEIGHT, 1 + slope * WEIGHT, -1 / slope, 1 / slope),
        reference=-offset,
    )
    return stationary_law(dynamics, max_nodes=600).mean(POSITION)


@claim(
    "hamiltonian-offset-mean",
    source=derived("exact stationary law; theory notes 4.4 simulate it", PAPER),
    form="derived",
    statement="In the five cases of hamiltonian-offset-cases the exact stationary mean of C − C* "
    "at α = 1/100, β = α/10 is within 6e-5, 1.5e-4, 9e-5, 1e-4, 1.7e-4 of the rest point of the "
    "mean field.",
    latex=r"|\mathbb{E}_\pi C - C_0| \le 1.7\cdot 10^{-4}",
    hypotheses=(hypothesis("the five cases of hamiltonian-offset-cases, C ideal on [−2, 2]"),),
    twins=(
        twin("the small-offset formula κos√(2/π)", frozen=True),
        twin("the offset of the opposite sign", sign=-1),
    ),
)
def offset_mean(run: Run, frozen: bool = False, sign: int = 1) -> Evidence:
    """The law's own error and that of the digits are taken off the tolerance."""
    steps = []
    cases = list(zip(_CASES, _NEAR, strict=True))
    for (friction, size, offset, digits), near in cases[1:3] if run.quick else cases:
        mean = _mean(friction, size, sign * float(Rational(offset)))
        small = float(Rational(friction) * Rational(offset)) * Gaussian(float(size)).mean_abs
        words = f"E C − C*, κ = {friction}, s = {size}, o = {offset}"
        claimed = small if frozen else digits
        steps.append(agrees(words, mean.value, claimed, tolerance=near - 5e-7 - mean.error))
    return conclude(*steps)
