"""Stochastic Hamiltonian Descent without noise: an exact return map, and decay like 1/n only.

Problem: q± = 1 ∓ κa for the momentum array, C ideal, no noise, f with one minimiser and no other
stationary point (theory notes 4.2, 4.3; arXiv:2201.13377). Friction vanishes with |f′|:
on f′ > 0 (and, with −A for A, on f′ < 0)

    αf(C) + βΦ(A) is constant,    Φ(A) = A/κ − ln(1 + κA)/κ².

So x = κ|A| at one passage through the minimiser determines y = κ|A| at the next one,
x − ln(1 + x) = −y − ln(1 − y), whatever f, α and β are. From it

    2/3 ≤ 1/y − 1/x ≤ 2/3 + (4/135)x²,

so the decay is algebraic, with all constants. Averaging (as the notes do, for a quadratic f)
gives the leading term with time in place of passages. Derived here.
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
x, y, n = sympy.symbols("x y n", real=True)

_SETTING = (
    hypothesis("mean field, α, β > 0; no noise, C ideal, A with q± = 1 ∓ κa, κ > 0, read as 0"),
    hypothesis("f has one minimiser and no other stationary point, and f → ∞ on both sides"),
    hypothesis("0 < x < 1: |A| inside the range 1/κ of the device", gt(x), lt(x, 1)),
)


def _excess_slope(bound: Expr) -> Expr:
    """d/dx of (−b − ln(1 − b)) − (x − ln(1 + x)) for a bound b(x) of y."""
    return sympy.diff(-bound - sympy.log(1 - bound) - x + sympy.log(1 + x), x)


@claim(
    "hamiltonian-return-map",
    source=derived("first integrals of the noiseless mean field; theory notes 4.3", PAPER),
    form="derived",
    statement="Without noise, x = κ|A| at one passage of C through the minimiser and y = κ|A| at "
    "the next obey x − ln(1 + x) = −y − ln(1 − y), whatever f, α and β; hence "
    "1/x + 2/3 ≤ 1/y ≤ 1/x + 2/3 + (4/135)x².",
    latex=r"x - \ln(1+x) = -y - \ln(1-y), \qquad \frac23 \le \frac1y - \frac1x \le \frac23 +"
    r" \frac{4}{135}x^2",
    hypotheses=_SETTING,
    twins=(
        twin("3/4 in place of 2/3", step=Rational(3, 4)),
        twin("(4/136)x²", bend=Rational(4, 136)),
        twin("Φ with + ln(1 + κA)", sign=-1),
    ),
)
def return_map(
    run: Run, step: Expr = Rational(2, 3), bend: Expr = Rational(4, 135), sign: int = 1
) -> Evidence:
    """Constancy is an identity; the bounds by the sign of a derivative, a polynomial in x."""
    given = facts_of(_SETTING)
    steps = []
    for side in (1, -1):
        rate_a, rate_c = noiseless_flow(side)
        potential = side * A / kappa - sign * sympy.log(1 + side * kappa * A) / kappa**2
        change = alpha * g * rate_c + beta * sympy.diff(potential, A) * rate_a
        words = f"f′ {'>' if side > 0 else '<'} 0: αf(C) + βΦ({'' if side > 0 else '−'}A) constant"
        at = {"alpha": 1, "beta": 1, "g": 1, "kappa": "1/2", "A": 1}
        steps.append(lemma(words, prove_identity(change, 0, points=[at])))
    upper = x / (1 + step * x)
    lower = x / (1 + step * x + bend * x**3)
    for words, bound, sense in (
        ("y ≤ x/(1 + 2x/3)", upper, 1),
        ("y ≥ x/(1 + 2x/3 + 4x³/135)", lower, -1),
    ):
        slope = sympy.cancel(_excess_slope(bound))
        top, bottom = sympy.fraction(sympy.together(slope))
        if bottom.subs(x, Rational(1, 100)) < 0:
            top, bottom = -top, -bottom
        sample = {"x": "1/100"}
        steps += [
            lemma(
                f"{words}: the denominator of the slope is positive",
                prove_polynomial(gt(bottom), given),
            ),
            lemma(
                f"{words}: the slope of the excess has one sign",
                prove_polynomial(ge(sense * top), given, points=[sample]),
            ),
        ]
    return conclude(
        *steps,
        remark(
            "f has the same value at both passages, so Φ(x/κ) = Φ(−y/κ); the excess "
            "(−b − ln(1 − b)) − (x − ln(1 + x)) is 0 at x = 0, and −y − ln(1 − y) increases in y"
        ),
        value="1/y − 1/x ≈ 2/3",
    )


@claim(
    "hamiltonian-algebraic-decay",
    source=derived("hamiltonian-return-map, summed; theory notes 4.3", PAPER),
    form="derived",
    statement="Without noise Stochastic Hamiltonian Descent approaches the minimiser of any such f "
    "algebraically: after n passages x_n = κ|A| obeys 1/x_0 + 2n/3 ≤ 1/x_n ≤ 1/x_0 + 2n/3 + "
    "(2/27)(x_0 − x_n), and the largest f − f* on the way to the next one is "
    "(β/(ακ²))(x_n − ln(1 + x_n)), between (β/(ακ²))x_n²/2·(1 − 2x_n/3) and (β/(ακ²))x_n²/2.",
    latex=r"\frac{1}{x_0} + \frac{2n}{3} \le \frac{1}{x_n} \le \frac{1}{x_0} + \frac{2n}{3} +"
    r" \frac{2}{27}(x_0 - x_n), \quad \max (f-f^*) \approx \frac{9\beta}{8\alpha\kappa^2 n^2}",
    hypotheses=_SETTING,
    twins=(
        twin("1/x_n ≥ 1/x_0 + n", pace=sympy.S.One),
        twin("(2/28)(x_0 − x_n)", rest=Rational(2, 28)),
        twin("max(f − f*) ≥ (β/(ακ²))x_n²/2·(1 − x_n/2)", share=Rational(1, 2)),
    ),
)
def algebraic_decay(
    run: Run,
    pace: Expr = Rational(2, 3),
    rest: Expr = Rational(2, 27),
    share: Expr = Rational(2, 3),
) -> Evidence:
    """The bounds of one passage, telescoped; the energy by the slope of x − ln(1 + x)."""
    x_0, start, now, after = sympy.symbols("x_0 start now after", real=True)
    inside = facts_of(_SETTING)
    passed = (*inside, gt(y), le(y * (1 + Rational(2, 3) * x), x))
    # start, now, after: 1/x_0, 1/x_n, 1/x_{n+1}
    one = (
        ge(after, now + Rational(2, 3)),
        le(after, now + Rational(2, 3) + Rational(4, 135) * x**2),
    )
    lower = ge(now, start + pace * n)
    upper = le(now, start + Rational(2, 3) * n + rest * (x_0 - x))
    small = le(Rational(4, 135) * x**2, rest * (x - y))
    steps = [
        lemma(
            "(4/135)x² ≤ (2/27)(x − y) if y ≤ x/(1 + 2x/3) and x ≤ 1",
            prove_polynomial(small, passed, points=[{"x": "99/100", "y": "99/166"}]),
        ),
        lemma(
            "1/x_n ≥ 1/x_0 + 2n/3, from n to n + 1",
            prove_polynomial(ge(after, start + pace * (n + 1)), [lower, *one], degree=1),
        ),
        lemma(
            "1/x_n ≤ 1/x_0 + 2n/3 + (2/27)(x_0 − x_n), from n to n + 1",
            prove_polynomial(
                le(after, start + Rational(2, 3) * (n + 1) + rest * (x_0 - y)),
                [upper, *one, small],
                degree=1,
            ),
        ),
    ]
    energy = x - sympy.log(1 + x)
    for words, gap in (
        ("x − ln(1 + x) ≤ x²/2", x**2 / 2 - energy),
        ("x − ln(1 + x) ≥ (x²/2)(1 − 2x/3)", energy - x**2 / 2 * (1 - share * x)),
    ):
        slope = sympy.expand(sympy.cancel(sympy.diff(gap, x) * (1 + x)))
        steps.append(lemma(f"{words}: both 0 at 0, slopes", prove_polynomial(ge(slope), inside)))
    return conclude(
        *steps,
        remark("one passage: hamiltonian-return-map. f is largest where A = 0 = Φ(0)"),
        value="3/(2n)",
    )
