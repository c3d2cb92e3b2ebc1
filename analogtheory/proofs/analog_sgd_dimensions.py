"""Many coordinates: what the ∞-norm and the total variance cost in Theorem 2 (theory notes H3).

The one-step inequality (arXiv:2502.06309 eq. (72)) is a sum over coordinates: its noise terms
are Σ_d σ_d²·(…)_d with Σ_d σ_d² ≤ σ². The theorem replaces Σ_d σ_d²G_d²/F_d by σ²‖G/√F‖²_∞,
which is too large by up to the dimension D; and it is false if σ² is taken for the variance of
one coordinate. The lower bound loses nothing when all coordinates are alike.
"""

from __future__ import annotations

from fractions import Fraction

import sympy

from analogtheory.bounds import WEIGHTED
from analogtheory.claims import (
    Evidence,
    Run,
    at_most,
    claim,
    conclude,
    derived,
    holds_exactly,
    hypothesis,
    lemma,
    remark,
    twin,
)
from analogtheory.proofs.analog_sgd_lower import in_own_symbols, resting
from analogtheory.proofs.descent import NOISE, RESPONSE, SMOOTH, all_coordinates
from analogtheory.prove import Term, ge, gt, prove_by_terms, prove_identity

PAPER = "2502.06309"
D, rho, total, gradient = sympy.symbols("D rho total gradient", real=True)
alpha, L, sigma, h, tau, w_star = sympy.symbols("alpha L sigma h tau w_star", real=True)


@claim(
    "analog-sgd-coordinatewise",
    source=derived("eq. (72) before the ∞-norm is taken", PAPER),
    form="derived",
    statement="In (72) and (73) Σ_d σ_d²·G_d²/F_d can stand for σ²‖G/√F‖²_∞ and is never larger. "
    "With the noise spread evenly and one w*_d ≠ 0 on the instance of the lower bound, the bound "
    "with the ∞-norm exceeds the limit of E‖∇f‖²_M by 2D/(1 − ρ²), the other one by 2/(1 − ρ²).",
    latex=r"\sum_d \sigma_d^2\,\frac{G_d^2}{F_d} \le \sigma^2"
    r"\left\|\frac{G}{\sqrt F}\right\|_\infty^2,\qquad"
    r" \frac{2\sigma^2\rho^2}{\sigma_1^2\rho^2(1-\rho^2)} = \frac{2D}{1-\rho^2}"
    r" \text{ for } \sigma_1^2 = \frac{\sigma^2}{D}",
    hypotheses=(SMOOTH, NOISE, RESPONSE),
    twins=(
        twin("2/(1 − ρ²) with the ∞-norm", power=0),
        twin("2D²/(1 − ρ²)", power=2),
    ),
)
def coordinatewise(run: Run, power: int = 1) -> Evidence:
    """The sum over coordinates, and one saturated coordinate among D."""
    share = sigma**2 / D
    at_rest = {"S": rho**2, "L": 0, "F_max": 1}
    bound = in_own_symbols(WEIGHTED.expr)
    values = {symbol: at_rest.get(symbol.name, symbol) for symbol in bound.free_symbols}
    norm_bound = bound.subs(values)
    limit = share * rho**2 * (1 - rho**2)
    own_bound = norm_bound.subs(sigma, sympy.sqrt(share))
    return conclude(
        remark("(72) is proved in each coordinate with that coordinate's own variance"),
        *all_coordinates(),
        lemma(
            "with the ∞-norm",
            prove_identity(
                norm_bound / limit,
                2 * D**power / (1 - rho**2),
                points=[{"D": 2, "rho": "1/2", "sigma": 1}],
            ),
        ),
        lemma("coordinate by coordinate", prove_identity(own_bound / limit, 2 / (1 - rho**2))),
        value="D",
    )


def averaged_square(variance: int, alpha: Fraction, steps: int) -> Fraction:
    """(1/K)Σ_{k<K} E‖∇f(W_k)‖² for f = ‖w‖²/2 on the ideal device, by its exact recursion.

    E‖W⁺‖² = (1 − α)²‖W‖² + α²·variance, from ‖W_0‖² = 2α²K, which makes α the prescribed
    step size for σ = 1.
    """
    square, found = 2 * alpha**2 * steps, Fraction(0)
    for _ in range(steps):
        found += square
        square = (1 - alpha) ** 2 * square + alpha**2 * variance
    return found / steps


@claim(
    "analog-sgd-total-variance",
    source=derived("(72) and (73) on the ideal device; theory notes H3", PAPER),
    form="derived",
    statement="In Theorem 2 σ² is the variance of the whole gradient, summed over coordinates: "
    "with the variance of one coordinate in its place (72) and (73) fail on f = L‖w‖²/2 with "
    "the ideal device, D = 8, K = 40 (exact rational arithmetic).",
    latex=r"\mathbb{E}f(W^+) - f(W) = -\alpha\|\nabla f\|^2"
    r" + \frac{\alpha^2L}{2}\left(\|\nabla f\|^2 + \sigma^2\right)",
    hypotheses=(hypothesis("f = L‖w‖²/2, F = 1, G = 0, α ≤ 1/(4L)"),),
    twins=(twin("σ² for the variance of each of 8 coordinates", coordinates=8),),
)
def total_variance(run: Run, coordinates: int = 1) -> Evidence:
    """`coordinates` multiplies σ²: 1 is the total variance, 8 the variance of each of 8."""
    square = sympy.Symbol("square", real=True)  # ‖∇f‖²
    change = -alpha * square + alpha**2 * L / 2 * (square + coordinates * sigma**2)
    bound = -alpha * square / 2 + alpha**2 * L * sigma**2 - alpha * square / 8
    known = [gt(alpha), gt(L), ge(square), ge(1 - 4 * alpha * L)]
    terms: list[Term] = [
        (sympy.Rational(1, 8), 1, {known[0]: 1, known[2]: 1, known[3]: 1}),
        (sympy.Rational(1, 4), 1, {known[0]: 1, known[2]: 1}),
        (sympy.Rational(1, 2), alpha * sigma, {known[1]: 1}),
    ]
    point = {"alpha": "1/4", "L": 1, "square": 0, "sigma": 1}
    step, steps = Fraction(1, 4), 40
    each = 8  # of eight coordinates with variance σ²
    short = change.subs(square, 0) * sympy.Rational(each, coordinates) - bound.subs(square, 0)
    return conclude(
        lemma("(72), one step", prove_by_terms(ge(bound, change), known, terms, points=[point])),
        lemma("(72) fails at ∇f = 0 if each of 8 coordinates has variance σ²: 4α²Lσ² > α²Lσ²",
              prove_identity(short, 3 * alpha**2 * L * sigma**2)),
        holds_exactly(
            "(73) fails likewise at K = 40: 5·(1/K)ΣE‖∇f‖² > 16α",
            5 * averaged_square(each, step, steps) > 16 * step,
            f"{float(5 * averaged_square(each, step, steps)):.6g} > {16 * step}",
            level="certified",
        ),
        at_most(
            "(73) with the prescribed α = 1/4, σ = L = 1, K = 40: 5·(1/K)ΣE‖∇f‖² ≤ 16α",
            5 * averaged_square(coordinates, step, steps),
            16 * step,
            level="certified",
        ),
        value="the total variance" if coordinates == 1 else "the variance of one coordinate",
    )  # fmt: skip


@claim(
    "analog-sgd-lower-bound-equal-coordinates",
    source=derived("D copies of the scalar instance, theory notes 3.4", "2406.12774"),
    form="derived",
    statement="On D copies of the scalar instance with noise ±σ/√D each, the asymptotic error is "
    "at least σ²ρ² with ρ = w*h/(hτ + σ/√D): the total variance enters without a factor 1/D.",
    latex=r"\mathbb{E}\|\nabla f\|^2 \ge D\left(\frac{\sigma}{\sqrt D}\right)^2\rho^2"
    r" = \sigma^2\rho^2,\qquad \rho = \frac{h w^*}{h\tau + \sigma/\sqrt D}",
    hypotheses=(hypothesis("the instance of analog-sgd-lower-bound in each coordinate"),),
    twins=(
        twin("noise ±σ in each coordinate", power=0),
        twin("one coordinate with w* ≠ 0", copies=sympy.Integer(1)),
    ),
)
def equal_coordinates(run: Run, power: int = 1, copies: sympy.Expr = D) -> Evidence:
    """D·(f′(w_S))² at the scalar resting point with the coordinate's own noise s."""
    s = sympy.Symbol("s", real=True)  # s² = σ²/D
    own = {symbol: s for symbol in resting.free_symbols if symbol.name == "sigma"}
    rest = resting.subs(own)
    ratio = next(symbol for symbol in resting.free_symbols if symbol.name == "tau")
    steep = next(symbol for symbol in resting.free_symbols if symbol.name == "h")
    goal = next(symbol for symbol in resting.free_symbols if symbol.name == "w_star")
    slope = steep * (rest - goal)
    return conclude(
        lemma("f′(w_S)² = s²(w_S/τ)²", prove_identity(slope**2, s**2 * (rest / ratio) ** 2)),
        lemma("over all coordinates", prove_identity(
            copies * (sigma**2 / D**power) * rho**2,
            sigma**2 * rho**2,
            points=[{"D": 2, "rho": "1/2", "sigma": 1}],
        )),
        remark("analog-sgd-lower-bound in each coordinate"),
    )  # fmt: skip
