"""Stochastic Hamiltonian Descent without noise: an exact return map, and decay like 1/n only.

Problem: q± = 1 ∓ κa for the momentum array, C ideal, no noise, f with one minimiser and no other
stationary point (theory notes 4.2, 4.3; arXiv:2201.13377). Friction vanishes with |f′|:
on f′ > 0 (and, with −A for A, on f′ < 0)

    αf(C) + βΦ(A) is constant,    Φ(A) = A/κ − ln(1 + κA)/κ².

So x = κ|A| at one passage through the minimiser determines y = κ|A| at the next one,
x − ln(1 + x) = −y − ln(1 − y), whatever f, α and β are. From it

    2/3 ≤ 1/y − 1/x ≤ 2/3 + (4/135)x²,

so the decay is algebraic, with all constants. Sharper, with s² = 2(x − ln(1 + x)) of either sign
of s, s/x lies between two polynomials in s (:func:`momentum_bounds`). Averaging
(as the notes do, for a quadratic f) gives the leading term with time in place of passages.
Derived here.
"""

from __future__ import annotations

from functools import cache
from typing import TypeAlias

import sympy
from sympy import Rational

from analogtheory.claims import (
    Evidence,
    Run,
    Settled,
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
from analogtheory.prove import (
    Outcome,
    ge,
    gt,
    le,
    lt,
    prove_by_terms,
    prove_identity,
    prove_polynomial,
)

Expr: TypeAlias = sympy.Expr

PAPER = "2201.13377"
x, y, n = sympy.symbols("x y n", real=True)
#: s² = 2(x − ln(1 + x)) = 2(−y − ln(1 − y)), the same number for both passages; 0 < s ≤ x < 1.
s = sympy.Symbol("s", real=True)
_UNIT = (gt(s), lt(s, 1))

_SETTING = (
    hypothesis("mean field, α, β > 0; no noise, C ideal, A with q± = 1 ∓ κa, κ > 0, read as 0"),
    hypothesis("f has one minimiser and no other stationary point, and f → ∞ on both sides"),
    hypothesis("0 < x < 1: |A| inside the range 1/κ of the device", gt(x), lt(x, 1)),
)


def _excess_slope(bound: Expr) -> Expr:
    """d/dx of (−b − ln(1 − b)) − (x − ln(1 + x)) for a bound b(x) of y."""
    return sympy.diff(-bound - sympy.log(1 - bound) - x + sympy.log(1 + x), x)


def inverse_above(size: Expr) -> Expr:
    """Upper bound of s/x where x − ln(1 + x) = s²/2, |s| < 1, x of the sign of s."""
    terms = (1, "-1/3", "1/12", "-2/135", "1/864", "1/2835")
    return sum((Rational(c) * size**k for k, c in enumerate(terms)), sympy.S.Zero)


def inverse_below(size: Expr) -> Expr:
    """Lower bound of the same number."""
    return inverse_above(size) - size**6 / 4000


#: 1/y − 1/x, from s/x at s and s/(−y) at −s.
GROWTH_BELOW = sympy.expand((inverse_below(-s) - inverse_above(s)) / s)
GROWTH_ABOVE = sympy.expand((inverse_above(-s) - inverse_below(s)) / s)
#: x − y = s²·(1/y − 1/x)/((s/x)(s/y)).
FALL_BELOW = GROWTH_BELOW * s**2 / (inverse_above(s) * inverse_above(-s))
FALL_ABOVE = GROWTH_ABOVE * s**2 / (inverse_below(s) * inverse_below(-s))


def nonnegative(formula: Expr) -> Outcome:
    """formula ≥ 0 for 0 < s < 1, a polynomial in s, by its Bernstein coefficients."""
    polynomial = sympy.Poly(sympy.expand(formula), s)
    if polynomial.is_zero:
        return prove_identity(formula, 0)
    low = min(power for (power,) in polynomial.monoms())
    degree = int(polynomial.degree()) - low
    parts = [polynomial.coeff_monomial(s ** (low + k)) for k in range(degree + 1)]
    terms = []
    for k in range(degree + 1):
        weights = [sympy.binomial(degree - i, k - i) * parts[i] for i in range(k + 1)]
        terms.append((sum(weights, sympy.S.Zero), 1, {0: low + k, 1: degree - k}))
    samples = [{"s": "1/100"}, {"s": "1/2"}]
    return prove_by_terms(ge(polynomial.as_expr()), _UNIT, terms, points=samples)


@cache
def momentum_bounds() -> tuple[Settled, ...]:
    """inverse_below(±s) ≤ s/x₊, s/x₋ ≤ inverse_above(±s) by slopes.

    With b = s/B(±s) in place of x₊ or x₋ the slope of x₊ − ln(1 + x₊), −x₋ − ln(1 − x₋) is
    s(B − sB′)/(B²(B ± s)): it is compared with the slope s of s²/2.
    """
    steps: list[Settled] = []
    for words, bound, sense in (("≤ upper", inverse_above, 1), ("≥ lower", inverse_below, -1)):
        for side, name in ((1, "s/x₊"), (-1, "s/x₋")):
            B = sympy.expand(bound(side * s))
            gap = B**2 * (B + side * s) - (B - s * sympy.diff(B, s))
            steps += [
                lemma(f"{name} {words} bound: its slope", nonnegative(sense * gap)),
                lemma(
                    f"{name} {words} bound: B > 0, B ± s > 0",
                    nonnegative(B - (s if side < 0 else 0) - Rational(1, 10)),
                ),
            ]
    return (
        *steps,
        lemma("1/y − 1/x ≥ 2/3 from these bounds", nonnegative(GROWTH_BELOW - Rational(2, 3))),
        remark("all are 0 at s = 0; x < 1 gives s < 1, as s² = 2(x − ln(1 + x)) ≤ x²"),
    )


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


def _scale() -> Expr:
    """The denominator of FALL_BELOW, which is positive."""
    return inverse_above(s) * inverse_above(-s)


@claim(
    "hamiltonian-algebraic-decay",
    source=derived("hamiltonian-return-map, summed; theory notes 4.3", PAPER),
    form="derived",
    statement="Without noise Stochastic Hamiltonian Descent approaches the minimiser of any such f "
    "algebraically: after n passages x_n = κ|A| obeys 1/x_0 + 2n/3 ≤ 1/x_n ≤ 1/x_0 + 2n/3 + "
    "(2/45)(x_0 − x_n), and the largest f − f* on the way to the next one is "
    "(β/(ακ²))(x_n − ln(1 + x_n)), between (β/(ακ²))x_n²/2·(1 − 2x_n/3) and (β/(ακ²))x_n²/2.",
    latex=r"\frac{1}{x_0} + \frac{2n}{3} \le \frac{1}{x_n} \le \frac{1}{x_0} + \frac{2n}{3} +"
    r" \frac{2}{45}(x_0 - x_n), \quad \max (f-f^*) \approx \frac{9\beta}{8\alpha\kappa^2 n^2}",
    hypotheses=_SETTING,
    twins=(
        twin("1/x_n ≥ 1/x_0 + n", pace=sympy.S.One),
        twin("(1/25)(x_0 − x_n)", rest=Rational(1, 25)),
        twin("max(f − f*) ≥ (β/(ακ²))x_n²/2·(1 − x_n/2)", share=Rational(1, 2)),
    ),
)
def algebraic_decay(
    run: Run,
    pace: Expr = Rational(2, 3),
    rest: Expr = Rational(2, 45),
    share: Expr = Rational(2, 3),
) -> Evidence:
    """The bounds of one passage, telescoped; the energy by the slope of x − ln(1 + x)."""
    x_0, start, now, after = sympy.symbols("x_0 start now after", real=True)
    inside = facts_of(_SETTING)
    # start, now, after: 1/x_0, 1/x_n, 1/x_{n+1}, x_n = x, x_{n+1} = y
    lower = ge(now, start + pace * n)
    upper = le(now, start + Rational(2, 3) * n + rest * (x_0 - x))
    least = ge(after, now + Rational(2, 3))
    most = le(after, now + Rational(2, 3) + Rational(4, 135) * x**2)
    small = le(after, now + Rational(2, 3) + rest * (x - y))
    room = (*inside, gt(y), gt(x, y), ge(x_0, x), lt(x_0, 1), ge(n))
    excess = sympy.cancel((rest * FALL_BELOW - GROWTH_ABOVE + Rational(2, 3)) * _scale())
    steps = [
        *momentum_bounds(),
        lemma("1/y − 1/x − 2/3 ≤ (2/45)(x − y)", nonnegative(excess)),
        lemma(
            "1/x_n ≥ 1/x_0 + 2n/3, from n to n + 1",
            prove_polynomial(ge(after, start + pace * (n + 1)), [*room, lower, least, most]),
        ),
        lemma(
            "1/x_n ≤ 1/x_0 + 2n/3 + (2/45)(x_0 − x_n), from n to n + 1",
            prove_polynomial(
                le(after, start + Rational(2, 3) * (n + 1) + rest * (x_0 - y)),
                [upper, small],
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
