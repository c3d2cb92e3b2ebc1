"""How long Stochastic Hamiltonian Descent takes from passage to passage: decay in time.

Problem: the setting of hamiltonian_decay with f = (h/2)(C − C*)², ω = √(αβh), x = κA at a passage.
With s²/2 = x − ln(1 + x) (s and x of one sign) and y = κ√(αh/β)(C − C*), s² + y² is constant
where C > C*, and ẏ = ωx. So on the circle s = S·cos θ, y = S·sin θ

    ω·dt = (s/x)dθ,    ωT = ∫_0^{π/2} s(1/x₊ + 1/x₋)dθ,

x₊ and −x₋ being the two momenta of one s². With the bounds of s/x± in hamiltonian_decay

    1 + S²/24 + S⁴/2304 − S⁶/12800 ≤ ωT/π ≤ 1 + S²/24 + S⁴/2304 ≤ 1 + x²/24.

Summed with the return map this makes the averaged law R_0/(1 + 2κR_0ωt/(3π)) of
hamiltonian_averaged (theory notes 4.3) a theorem, with a sharp error bound. Derived here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import sympy
from sympy import Rational

from analogtheory.claims import (
    Evidence,
    Run,
    claim,
    conclude,
    derived,
    hypothesis,
    lemma,
    remark,
    twin,
)
from analogtheory.proofs.hamiltonian_decay import (
    FALL_ABOVE,
    FALL_BELOW,
    GROWTH_ABOVE,
    GROWTH_BELOW,
    inverse_above,
    inverse_below,
    momentum_bounds,
    nonnegative,
    s,
)
from analogtheory.proofs.hamiltonian_setting import A, alpha, beta, g, kappa, noiseless_flow
from analogtheory.prove import ge, gt, le, lt, prove_identity, prove_polynomial

Expr: TypeAlias = sympy.Expr

PAPER = "2201.13377"
x, y, sine, cosine = sympy.symbols("x y sine cosine", real=True)
x_0, start, now, after, passed, duration = sympy.symbols(
    "x_0 start now after passed duration", real=True
)
_SETTING = (
    hypothesis("mean field, α, β, h > 0; no noise, C ideal, A with q± = 1 ∓ κa, κ > 0; ω = √(αβh)"),
    hypothesis("f = (h/2)(C − C*)²; x = κ|A| at a passage through C*"),
    hypothesis("0 < x < 1: |A| inside the range 1/κ of the device", gt(x), lt(x, 1)),
)
#: ωT/π from above, and what the bound from below lacks, with s for S.
_DURATION = 1 + s**2 / 24 + s**4 / 2304
_SHORT = s**6 / 12800


def mean_over_quarter(formula: Expr) -> Expr:
    """Mean of an even polynomial in s = S·cos θ over 0 < θ < π/2, S written s (Wallis)."""
    return sympy.Add(
        *(
            c * sympy.binomial(k, k // 2) / sympy.Integer(2) ** k * s**k
            for (k,), c in sympy.Poly(formula, s).terms()
        )
    )


def _wallis(power: int) -> Expr:
    """d/dθ of sin θ·cos^{2k−1}θ as a polynomial in cos θ."""
    theta = sympy.Symbol("theta", real=True)
    slope = sympy.diff(sympy.sin(theta) * sympy.cos(theta) ** (2 * power - 1), theta)
    named = slope.subs({sympy.sin(theta): sine, sympy.cos(theta): cosine})
    return sympy.expand(named).subs(sine**2, 1 - cosine**2)


@claim(
    "hamiltonian-passage-time",
    source=derived("the noiseless mean field on the circle s² + y² = S²; theory notes 4.3", PAPER),
    form="derived",
    statement="For a quadratic f and without noise the time T from a passage with x = κ|A| to the "
    "next obeys π ≤ ωT ≤ π(1 + x²/24), ω = √(αβh): the frequency does not depend on the amplitude "
    "to first order. With S² = 2(x − ln(1 + x)), 1 + S²/24 + S⁴/2304 − S⁶/12800 ≤ ωT/π ≤ "
    "1 + S²/24 + S⁴/2304.",
    latex=r"\pi \le \omega T = \int_0^{\pi/2} s\Big(\frac1{x_+}+\frac1{x_-}\Big)d\theta \le"
    r" \pi\Big(1+\frac{S^2}{24}+\frac{S^4}{2304}\Big) \le \pi\Big(1+\frac{x^2}{24}\Big)",
    hypotheses=_SETTING,
    twins=(
        twin("π(1 + x²/25)", most=Rational(1, 25)),
        twin("ωT/π ≤ 1 + S²/24", span=1 + s**2 / 24),
        twin("ωT = π whatever the amplitude", span=sympy.S.One, most=sympy.S.Zero),
    ),
)
def passage_time(run: Run, most: Expr = Rational(1, 24), span: Expr = _DURATION) -> Evidence:
    """ẏ = ωx is an identity; s/x± between polynomials in s, integrated over the circle."""
    h, place = sympy.symbols("h place", real=True)
    rate_a, rate_c = noiseless_flow(1)
    # s²/2 = κ²Φ(A); y² = κ²(αh/β)·place², place = C − C*
    square = 2 * (kappa * A - sympy.log(1 + kappa * A)) + kappa**2 * alpha * h / beta * place**2
    change = sympy.diff(square, A) * rate_a.subs(g, h * place)
    change += sympy.diff(square, place) * rate_c
    # ωT/π is half the mean of s(1/x₊ + 1/x₋)
    above = mean_over_quarter(inverse_above(s) + inverse_above(-s)) / 2
    below = mean_over_quarter(inverse_below(s) + inverse_below(-s)) / 2
    at = {"alpha": 1, "beta": 1, "kappa": "1/2", "A": 1, "h": 1, "place": 1}
    # x ≥ s/inverse_above(s), so x² ≥ s²/inverse_above(s)²
    wide = most - sympy.expand((_DURATION - 1) / s**2) * inverse_above(s) ** 2
    return conclude(
        lemma("s² + y² is constant where C > C*", prove_identity(change, 0, points=[at])),
        lemma(
            "(ẏ)² = ω²x² for ω² = αβh",
            prove_identity(
                kappa**2 * alpha * h / beta * rate_c**2, alpha * beta * h * (kappa * A) ** 2
            ),
        ),
        *momentum_bounds(),
        *(
            lemma(
                f"(sin·cos^{2 * k - 1})′ = {2 * k}cos^{2 * k} − {2 * k - 1}cos^{2 * k - 2}",
                prove_identity(
                    _wallis(k), 2 * k * cosine ** (2 * k) - (2 * k - 1) * cosine ** (2 * k - 2)
                ),
            )
            for k in (1, 2, 3)
        ),
        lemma("ωT/π from above", nonnegative(span - above)),
        lemma("ωT/π from below", prove_identity(below, _DURATION - _SHORT)),
        lemma("ωT ≥ π", nonnegative(below - 1)),
        lemma("S²/24 + S⁴/2304 ≤ x²/24", nonnegative(wide)),
        remark(
            "on the circle ẏ = s·θ̇, so ω·dt = (s/x)dθ; θ and π − θ have the same s², and momenta "
            "x₊, −x₋ that one passage of hamiltonian-return-map joins; s ≤ S; the mean of cos^{2k} "
            "is (2k − 1)/(2k) of that of cos^{2k−2}"
        ),
        value="π ≤ ωT ≤ π(1 + x²/24)",
    )


_SUMMED = (
    *_SETTING,
    hypothesis("passages n = 0, 1, … at times t_n ≥ 0, t_0 = 0, x_n = κ|A| at t_n, 0 < x_0 < 1"),
)


@claim(
    "hamiltonian-amplitude-in-time",
    source=derived("hamiltonian-return-map and hamiltonian-passage-time, summed", PAPER),
    form="derived",
    statement="For a quadratic f and without noise x_n = κ|A| at the passages t_n through the "
    "minimiser obeys 1/x_0 + 2ωt_n/(3π) ≤ 1/x_n ≤ 1/x_0 + 2ωt_n/(3π) + (x_0 − x_n)/360: at the "
    "passages 1/(κ|A|) differs from that of the averaged amplitude R_0/(1 + 2κR_0ωt/(3π)) by a "
    "bounded amount, 0 to x_0/360.",
    latex=r"0 \le \frac{1}{x_n} - \frac{1}{x_0} - \frac{2\,\omega t_n}{3\pi} \le"
    r" \frac{x_0 - x_n}{360}",
    hypotheses=_SUMMED,
    twins=(
        twin("ωt/π for 2ωt/(3π)", pace=sympy.S.One),
        twin("at least (x_0 − x_n)/350 more", below=Rational(1, 350)),
        twin("at most (x_0 − x_n)/400 more", above=Rational(1, 400)),
        twin("the averaged amplitude exactly", above=sympy.S.Zero),
    ),
)
def amplitude_in_time(
    run: Run,
    pace: Expr = Rational(2, 3),
    below: Expr = sympy.S.Zero,
    above: Expr = Rational(1, 360),
) -> Evidence:
    """One passage in s; from n to n + 1: start, now, after are 1/x_0, 1/x_n, 1/x_{n+1}.

    Times (passed, duration) are ωt/π; x_n = x, x_{n+1} = y.
    """
    inside = (gt(x), lt(x, 1), gt(y), gt(x, y), ge(x_0, x), lt(x_0, 1), ge(passed), ge(duration, 1))
    least = GROWTH_BELOW - pace * _DURATION - below * FALL_ABOVE
    largest = above * FALL_BELOW - GROWTH_ABOVE + pace * (_DURATION - _SHORT)
    lower = ge(now, start + pace * passed + below * (x_0 - x))
    upper = le(now, start + pace * passed + above * (x_0 - x))
    one = (
        ge(after, now + pace * duration + below * (x - y)),
        le(after, now + pace * duration + above * (x - y)),
    )
    step = passed + duration
    return conclude(
        *momentum_bounds(),
        lemma("1/y − 1/x ≥ 2ωT/(3π)", nonnegative(_cleared(least, inverse_below))),
        lemma("1/y − 1/x ≤ 2ωT/(3π) + (x − y)/360", nonnegative(_cleared(largest, inverse_above))),
        lemma(
            "1/x_{n+1} ≥ 1/x_0 + 2ωt_{n+1}/(3π)",
            prove_polynomial(
                ge(after, start + pace * step + below * (x_0 - y)), (*inside, lower, one[0])
            ),
        ),
        lemma(
            "1/x_{n+1} ≤ 1/x_0 + 2ωt_{n+1}/(3π) + (x_0 − x_{n+1})/360",
            prove_polynomial(
                le(after, start + pace * step + above * (x_0 - y)), (*inside, upper, one[1])
            ),
        ),
        value="2ωt/(3π)",
    )


def _cleared(formula: Expr, bound: Callable[[Expr], Expr]) -> Expr:
    """The formula times the positive denominator bound(s)·bound(−s)."""
    return sympy.cancel(formula * bound(s) * bound(-s))
