"""The mean size E|g + ε| under Gaussian noise: slope, convexity, bounds, alternating series.

Problem: m(g) = M(g, s) = E|g + ε|, ε ~ N(0, s²), the size of the implicit cost of Analog SGD
(arXiv:1909.07908; theory notes 2.1). M is the mean of a folded normal law. Its series
alternates, so that its partial sums Q_n enclose it: claims about Gaussian noise are certified
with polynomials instead of erf. The formula itself: claim mean-abs-closed-forms.
"""

from __future__ import annotations

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
    hypothesis,
    lemma,
    remark,
    twin,
)
from analogtheory.noise import Gaussian
from analogtheory.prove import (
    Term,
    eq,
    ge,
    gt,
    le,
    prove_by_terms,
    prove_identity,
    prove_polynomial,
)

Expr: TypeAlias = sympy.Expr

PAPER = "1909.07908"
g, s, x = sympy.symbols("g s x", real=True)
e, t = sympy.symbols("e t", real=True)
#: Order of the partial sums that claims use for digits, and the largest one that is proved.
ORDER = 7

# ------------------------------------------------------------------ m(g) = E|g + ε|


def exponential_sum(order: int, y: Expr) -> Expr:
    """S_n(y) = Σ_{k ≤ n} (−y)ᵏ/k!."""
    terms = [(-y) ** k / sympy.factorial(k) for k in range(order + 1)]
    return sum(terms, sympy.S.Zero)


def mean_abs_sum(order: int, ratio: Expr) -> Expr:
    """Q_n(x) = 1 + Σ_{k ≤ n} (−1)ᵏx²ᵏ⁺²/(2ᵏk!(2k+1)(2k+2)): m(g)/(s√(2/π)) at x = g/s."""
    terms = [
        (-1) ** k
        * ratio ** (2 * k + 2)
        / (sympy.Integer(2) ** k * sympy.factorial(k) * (2 * k + 1) * (2 * k + 2))
        for k in range(order + 1)
    ]
    return 1 + sum(terms, sympy.S.Zero)


def _pair_bounds(mean_square: int) -> list[Settled]:
    """E|g + ε| for ε = ±e: at least |g| and |e|, at most (g² + e² + t²)/(2t), t > 0.

    plus and minus stand for |g + e| and |g − e|; mean_square weighs e² in the last bound.
    """
    plus, minus = sympy.symbols("plus minus", real=True)
    sizes = [
        ge(size, sign * inner)
        for size, inner in ((plus, g + e), (minus, g - e))
        for sign in (1, -1)
    ]
    squares = [eq(plus**2, (g + e) ** 2), eq(minus**2, (g - e) ** 2)]
    steps = [
        lemma(
            f"a pair ±e: E|g + ε| ≥ {words}",
            prove_polynomial(ge((plus + minus) / 2, least), sizes, degree=1),
        )
        for words, least in (("g", g), ("−g", -g), ("e", e), ("−e", -e))
    ]
    wide = (g**2 + mean_square * e**2 + t**2) / (2 * t)
    quarter = Rational(1, 4)
    terms: list[Term] = [(quarter, plus - t, ()), (quarter, minus - t, ())]
    terms += [("zero", fact, -quarter) for fact in squares]
    bound = prove_by_terms(
        le((plus + minus) / 2, wide),
        [gt(t), *squares],
        terms,
        multiplier=[gt(t)],
        points=[{"g": 0, "e": 1, "t": 1, "plus": 1, "minus": 1}],
    )
    return [*steps, lemma("a pair ±e: E|g + ε| ≤ (g² + e² + t²)/(2t), t > 0", bound)]


@claim(
    "implicit-cost-folded-normal",
    source=derived("the mean of |g + ε| in the implicit cost; theory notes 2.1", PAPER),
    form="derived",
    statement="M(g, s) = E|g + ε|, ε ~ N(0, s²), has ∂M/∂g = erf(g/(s√2)) and "
    "∂²M/∂g² = √(2/π)e^{−g²/2s²}/s > 0; max(|g|, s√(2/π)) ≤ M ≤ √(g² + s²); and the first "
    "eight partial sums of s√(2/π)(1 + x²/2 − x⁴/24 + x⁶/240 − …), x = g/s, from x² on, bound M "
    "alternately from above and from below, for every g.",
    latex=r"M(g,s) = s\sqrt{\tfrac{2}{\pi}}\,e^{-g^2/2s^2} + g\operatorname{erf}\Big(\frac{g}"
    r"{s\sqrt2}\Big) = s\sqrt{\tfrac{2}{\pi}}\Big(1 + \sum_k \frac{(-1)^k x^{2k+2}}"
    r"{2^k k! (2k+1)(2k+2)}\Big)",
    hypotheses=(hypothesis("s > 0", gt(s)),),
    twins=(
        twin("curvature √(2/π)e^{−g²/s²}/s", width=1),
        twin("M ≤ |g|: the upper bound without s²", mean_square=0),
        twin("the series of e^{−x²} for its curvature", half=sympy.S.One),
    ),
)
def folded_normal(
    run: Run, width: int = 2, mean_square: int = 1, half: Expr = Rational(1, 2)
) -> Evidence:
    """Derivatives of the formula of the noise law; pairs ±e; the series of its curvature."""
    number = sympy.Symbol("circle", positive=True)  # π; positive, so that roots of it combine
    first, second = (
        Gaussian(1).symbolic_mean_abs(x).diff(x, order).subs(sympy.pi, number) for order in (1, 2)
    )
    bell = sympy.sqrt(2 / number) * sympy.exp(-(x**2) / width)
    area = sympy.Symbol("area", real=True)  # erf(x/√2), the only erf of the formula
    first = first.subs(sympy.erf(x / sympy.sqrt(2)), area)
    y = sympy.Symbol("y", real=True)
    steps = [
        lemma("s = 1: M′ = erf(x/√2)", prove_identity(first, area)),
        lemma(
            "s = 1: M″ = √(2/π)e^{−x²/2}",
            prove_identity(second, bell, points=[{"x": 1, "circle": 3}]),
        ),
        remark("e^{−x²/2} > 0; s ≠ 1 by scaling, M(g, s) = s·M(g/s, 1)"),
        *_pair_bounds(mean_square),
        remark("averaged over |ε|; t² = g² + s² makes the right side t"),
    ]
    for order in range(ORDER + 1):
        slope, below = exponential_sum(order, y).diff(y), exponential_sum(order - 1, y)
        steps.append(lemma(f"S_{order}′ = −S_{order - 1}", prove_identity(slope, -below)))
        curvature = mean_abs_sum(order, x).diff(x, 2)
        steps.append(
            lemma(
                f"Q_{order}″ = S_{order}(x²/2)",
                prove_identity(curvature, exponential_sum(order, half * x**2), points=[{"x": 1}]),
            )
        )
    return conclude(
        *steps,
        remark(
            "e^{−y} ≤ 1 = S_0 and (e^{−y} − S_n)′ = −(e^{−y} − S_{n−1}), all 0 at y = 0: the sign "
            "of e^{−y} − S_n alternates; integrating twice from M(0) = √(2/π), M′(0) = 0 carries "
            "it to M − √(2/π)Q_n, s = 1"
        ),
        value="s√(2/π)(1 + x²/2 − x⁴/24 + …)",
    )
