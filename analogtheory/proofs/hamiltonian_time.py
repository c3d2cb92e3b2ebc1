"""How long Stochastic Hamiltonian Descent takes from passage to passage: decay in time.

Problem: the setting of hamiltonian_decay with f = (h/2)(C − C*)², ω = √(αβh), x = κA at a passage.
With s²/2 = x − ln(1 + x) (s and x of one sign) and y = κ√(αh/β)(C − C*), s² + y² is constant
where C > C*, and ẏ = ωx. So on the circle s = S·cos θ, y = S·sin θ

    ω·dt = (s/x)dθ,    ωT = ∫_0^{π/2} s(1/x₊ + 1/x₋)dθ,

x₊ and −x₋ being the two momenta of one s². The integrand lies between 2 and 2 + x²/5. Summed with
the return map this makes the averaged law R_0/(1 + 2κR_0ωt/(3π)) of hamiltonian_averaged (theory
notes 4.3) a theorem, with an error bound. Derived here.
"""

from __future__ import annotations

from typing import TypeAlias

import sympy
from sympy import Rational

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
from analogtheory.proofs.hamiltonian_setting import A, alpha, beta, g, kappa, noiseless_flow
from analogtheory.prove import ge, gt, le, lt, prove_identity, prove_polynomial

Expr: TypeAlias = sympy.Expr

PAPER = "2201.13377"
x, y, n, time, pi = sympy.symbols("x y n time circle", real=True)
x_0, start, now, after, passed, duration = sympy.symbols(
    "x_0 start now after passed duration", real=True
)
_SETTING = (
    hypothesis("mean field, α, β > 0; no noise, C ideal, A with q± = 1 ∓ κa, κ > 0; ω = √(αβh)"),
    hypothesis("f = (h/2)(C − C*)²; x = κ|A| at a passage through C*"),
    hypothesis("0 < x < 1: |A| inside the range 1/κ of the device", gt(x), lt(x, 1)),
)


def _size_slope(bound: Expr) -> Expr:
    """d/dx of bound² − s², s² = 2(x − ln(1 + x)), times a positive factor, as a polynomial."""
    slope = sympy.diff(bound**2 - 2 * (x - sympy.log(1 + x)), x)
    top, bottom = sympy.fraction(sympy.together(sympy.cancel(slope)))
    return sympy.expand(top * sympy.sign(bottom.subs(x, Rational(1, 2))))


@claim(
    "hamiltonian-passage-time",
    source=derived("the noiseless mean field on the circle s² + y² = S²; theory notes 4.3", PAPER),
    form="derived",
    statement="For a quadratic f and without noise the time T from a passage with x = κ|A| to the "
    "next obeys π ≤ ωT ≤ π(1 + x²/10), ω = √(αβh): the frequency does not depend on the "
    "amplitude to first order.",
    latex=r"\pi \le \omega T = \int_0^{\pi/2} s\Big(\frac1{x_+}+\frac1{x_-}\Big)d\theta \le"
    r" \pi\Big(1+\frac{x^2}{10}\Big)",
    hypotheses=_SETTING,
    twins=(
        twin("s ≤ x/(1 + x/3), so that ωT ≤ π to this order", bend=sympy.S.Zero),
        twin("π(1 + x²/13)", most=Rational(2, 13)),
    ),
)
def passage_time(run: Run, bend: Expr = Rational(1, 12), most: Expr = Rational(1, 5)) -> Evidence:
    """ẏ = ωx is an identity; s between rational bounds by slopes; the sum 1/x₊ + 1/x₋."""
    given = facts_of(_SETTING)
    h, place = sympy.symbols("h place", real=True)
    rate_a, rate_c = noiseless_flow(1)
    # s²/2 = κ²Φ(A); y² = κ²(αh/β)·place², place = C − C*
    square = 2 * (kappa * A - sympy.log(1 + kappa * A)) + kappa**2 * alpha * h / beta * place**2
    change = sympy.diff(square, A) * rate_a.subs(g, h * place)
    change += sympy.diff(square, place) * rate_c
    low, high = x / (1 + x / 3), x / (1 + x / 3) * (1 + bend * x**2)
    # s(1/x₊ + 1/x₋) with 1/x₋ − 1/x₊ between 2/3 and 2/3 + (4/135)x²
    least = low * (2 / x + Rational(2, 3))
    largest = high * (2 / x + Rational(2, 3) + Rational(4, 135) * x**2)
    at = {"alpha": 1, "beta": 1, "kappa": "1/2", "A": 1, "h": 1, "place": 1}
    excess = sympy.cancel((2 + most * x**2 - largest) * (1 + x / 3))
    return conclude(
        lemma("s² + y² is constant where C > C*", prove_identity(change, 0, points=[at])),
        lemma(
            "(ẏ)² = ω²x² for ω² = αβh",
            prove_identity(
                kappa**2 * alpha * h / beta * rate_c**2, alpha * beta * h * (kappa * A) ** 2
            ),
        ),
        lemma("s ≥ x/(1 + x/3): slope of s² − …", prove_polynomial(ge(-_size_slope(low)), given)),
        lemma(
            "s ≤ (1 + x²/12)x/(1 + x/3): slope of … − s²",
            prove_polynomial(ge(_size_slope(high)), given, points=[{"x": "1/10"}]),
        ),
        lemma("(2/x + 2/3)·x/(1 + x/3) = 2", prove_identity(least, 2)),
        lemma(
            "s(1/x₊ + 1/x₋) ≤ 2 + x²/5",
            prove_polynomial(ge(sympy.expand(excess)), given, points=[{"x": "9/10"}]),
        ),
        remark(
            "all are 0 at x = 0. On the circle ẏ = s·θ̇, so ω·dt = (s/x)dθ; θ and π − θ have the "
            "same s², and momenta x₊, −x₋ that one passage of hamiltonian-return-map joins; x₊ is "
            "largest at the passage itself"
        ),
        value="π ≤ ωT ≤ π(1 + x²/10)",
    )


_SUMMED = (
    hypothesis(
        "the setting of hamiltonian-passage-time; passages n = 0, 1, … at times t_n, t_0 = 0"
    ),
    hypothesis("π > 0", gt(pi)),
)


@claim(
    "hamiltonian-amplitude-in-time",
    source=derived("hamiltonian-return-map and hamiltonian-passage-time, summed", PAPER),
    form="derived",
    statement="For a quadratic f and without noise x = κ|A| at the passages t_n through the "
    "minimiser obeys 1/x_0 + 2ωt_n/(3π) − x_0/6 ≤ 1/x_n ≤ 1/x_0 + 2ωt_n/(3π) + 2x_0/27: the "
    "averaged amplitude R_0/(1 + 2κR_0ωt/(3π)) is exact up to a bounded error of 1/(κR).",
    latex=r"-\frac{x_0}{6} \le \frac{1}{x_n} - \frac{1}{x_0} - \frac{2\,\omega t_n}{3\pi} \le"
    r" \frac{2x_0}{27}",
    hypotheses=_SUMMED,
    twins=(
        twin("ωt/π for 2ωt/(3π)", pace=sympy.S.One),
        twin("− x_0/7 below", below=Rational(1, 7)),
        twin("2x_0/28 above", above=Rational(2, 28)),
    ),
)
def amplitude_in_time(
    run: Run,
    pace: Expr = Rational(2, 3),
    below: Expr = Rational(1, 6),
    above: Expr = Rational(2, 27),
) -> Evidence:
    """From n to n + 1; start, now, after are 1/x_0, 1/x_n, 1/x_{n+1}, times are ωt/π."""
    third = Rational(2, 3)
    fall = le(Rational(2, 5) * x**2, x - y)
    one = (ge(after, now + third), le(after, now + third + Rational(4, 135) * x**2), fall)
    lasts = (ge(duration, 1), le(duration, 1 + x**2 / 10))
    lower = ge(now, start + pace * passed - below * (x_0 - x))
    upper = le(now, start + pace * passed + above * (x_0 - x))
    inside = (gt(x), lt(x, 1), gt(y), le(y * (1 + third * x), x))
    step = passed + duration
    return conclude(
        lemma("x² ≤ (5/2)(x − y) if y ≤ x/(1 + 2x/3)", prove_polynomial(fall, inside)),
        lemma(
            "1/x_{n+1} ≥ 1/x_0 + 2ωt_{n+1}/(3π) − (x_0 − x_{n+1})/6",
            prove_polynomial(
                ge(after, start + pace * step - below * (x_0 - y)), (lower, *one, *lasts), degree=1
            ),
        ),
        lemma(
            "1/x_{n+1} ≤ 1/x_0 + 2ωt_{n+1}/(3π) + (2/27)(x_0 − x_{n+1})",
            prove_polynomial(
                le(after, start + pace * step + above * (x_0 - y)), (upper, *one, *lasts), degree=1
            ),
        ),
        value="2ωt/(3π)",
    )
