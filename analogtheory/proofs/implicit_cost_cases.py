"""The rest point of Analog SGD under Gaussian noise in four cases, with certified digits.

Problem: f = ½(w − w_opt)², q± = 1 ∓ κw, noise N(0, s²): w − w_opt + κ·w·M(w − w_opt, s) = 0
(arXiv:1909.07908; theory notes 2.1, which give four digits). The sign of the left side on both
sides of each root is certified with the alternating series of M (implicit_cost_series), and
there is only one root (implicit_cost_root). The stationary mean of the iteration itself agrees.
"""

from __future__ import annotations

from typing import TypeAlias

import sympy
from sympy import Rational

from analogtheory.algorithms import analog_sgd
from analogtheory.claims import (
    Evidence,
    Run,
    Settled,
    agrees,
    claim,
    conclude,
    derived,
    hypothesis,
    lemma,
    twin,
)
from analogtheory.noise import Gaussian
from analogtheory.objectives import ScalarQuadratic
from analogtheory.proofs.implicit_cost_series import ORDER, mean_abs_sum
from analogtheory.prove import (
    gt,
    prove_on_box,
)
from analogtheory.responses.formulas import WEIGHT
from analogtheory.responses.response import Response

Expr: TypeAlias = sympy.Expr

PAPER = "1909.07908"
#: π as a variable on a short interval, so that a certificate is rational.
circle = sympy.Symbol("circle", real=True)
CIRCLE = ("314159265/100000000", "314159266/100000000")

#: κ, s, w_opt, and the rest point to six digits.
_CASES = (
    ("1.66", "0.3", "0.3", 0.212123),
    ("1.66", "1", "0.3", 0.127984),
    ("1", "0.5", "0.5", 0.353098),
    ("1.66", "1", "0.5", 0.210106),
)
#: How far the ridge value is above it.
_EXCESSES = (2.569e-3, 1.076e-3, 4.315e-3, 4.996e-3)


def _signs(kappa_: Expr, size: Expr, optimum: Expr, at: Expr, frozen: bool) -> tuple[Expr, Expr]:
    """Lower and upper bound of T(w) = w − w_opt + κwM in the variable `circle` for π."""
    ratio = (optimum - at) / size
    scale = kappa_ * at * size * sympy.sqrt(2 / circle)
    orders = (ORDER, ORDER - 1)  # an odd sum is a lower bound, an even one an upper bound
    sums = [sympy.S.One if frozen else mean_abs_sum(order, ratio) for order in orders]
    lower, upper = (at - optimum + scale * total for total in sums)
    return lower, upper


def _on_circle(words: str, expression: Expr) -> Settled:
    return lemma(words, prove_on_box(gt(expression), {circle: CIRCLE}))


@claim(
    "implicit-cost-cases",
    source=derived("implicit-cost-root for Gaussian noise; theory notes 2.1", PAPER),
    form="derived",
    statement="For (κ, s, w_opt) = (1.66, 0.3, 0.3), (1.66, 1, 0.3), (1, 0.5, 0.5), (1.66, 1, 0.5) "
    "the rest point of Analog SGD is 0.212123, 0.127984, 0.353098, 0.210106 (to 5e-7); the ridge "
    "value exceeds it by 2.569e-3, 1.076e-3, 4.315e-3, 4.996e-3 (to 1.5e-6).",
    latex=r"w - w_{opt} + \kappa\, w\, M(w - w_{opt}, s) = 0",
    hypotheses=(hypothesis("f = ½(w − w_opt)², q± = 1 ∓ κw, Gaussian noise of deviation s"),),
    twins=(
        twin("E|ε| in place of M: the ridge value", frozen=True),
        twin("the rest points of 1.2κ", factor=Rational(6, 5)),
        twin("the ridge value of the last case within 4e-3", excesses=(*_EXCESSES[:3], 4e-3)),
    ),
)
def implicit_cost_cases(
    run: Run,
    frozen: bool = False,
    factor: Expr = sympy.S.One,
    excesses: tuple[float, ...] = _EXCESSES,
) -> Evidence:
    """T < 0 half a unit of the sixth digit below, T > 0 above; T increases (implicit-cost-root)."""
    steps: list[Settled] = []
    for kappa_text, size, optimum, digits in _CASES:
        pull, spread, goal = (Rational(text) for text in (kappa_text, size, optimum))
        words = f"κ = {kappa_text}, s = {size}, w_opt = {optimum}"
        below, above = (Rational(str(digits)) + end * Rational(1, 2_000_000) for end in (-1, 1))
        low = _signs(factor * pull, spread, goal, below, frozen)[1]
        high = _signs(factor * pull, spread, goal, above, frozen)[0]
        steps += [
            _on_circle(f"{words}: T < 0 at {float(below):.7f}", -low),
            _on_circle(f"{words}: T > 0 at {float(above):.7f}", high),
        ]
    for (kappa_text, size, optimum, digits), excess in zip(_CASES, excesses, strict=True):
        scale = Rational(kappa_text) * Rational(size) * sympy.sqrt(2 / circle)
        gap = Rational(optimum) / (1 + scale) - Rational(str(digits))
        # 1.5e-6 less 5e-7, so that it holds from either end of the certified bracket of w_0
        room = Rational(1, 1_000_000)
        words = f"κ = {kappa_text}, s = {size}, w_opt = {optimum}: w_R − w_0 = {excess:g} ± 1.5e-6"
        steps += [
            _on_circle(words, room + sign * (gap - Rational(str(excess)))) for sign in (1, -1)
        ]
    return conclude(*steps, value=_CASES[0][3])


@claim(
    "implicit-cost-stationary-mean",
    source=derived("exact stationary law of Analog SGD; theory notes 2.1 simulate it", PAPER),
    form="derived",
    statement="The exact stationary mean of Analog SGD at α = 1/100 is within 2.2e-4 of the rest "
    "point in the four cases (κ, s, w_opt) of implicit-cost-cases (Gaussian noise, q± = 1 ∓ κw).",
    latex=r"|\mathbb{E}_\pi w - w_0| \le 2.2\cdot 10^{-4}",
    hypotheses=(hypothesis("the four cases of implicit-cost-cases, α = 1/100"),),
    twins=(twin("the ridge value in place of the rest point", excesses=_EXCESSES),),
)
def implicit_cost_stationary_mean(
    run: Run, excesses: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0)
) -> Evidence:
    """Means of the law, whose own errors (below 1e-12) are taken off the tolerance."""
    from analogtheory.stationary import stationary_law

    steps = []
    for (kappa_text, size, optimum, digits), excess in zip(_CASES, excesses, strict=True):
        slope = Rational(kappa_text)
        device = Response(1 - slope * WEIGHT, 1 + slope * WEIGHT, -1 / slope, 1 / slope)
        objective = ScalarQuadratic(1, float(Rational(optimum)))
        dynamics = analog_sgd(device, objective, Gaussian(float(Rational(size))), lr=0.01)
        mean = stationary_law(dynamics).mean("W")
        words = f"E_π w, κ = {kappa_text}, s = {size}, w_opt = {optimum}"
        steps.append(agrees(words, mean.value, digits + excess, tolerance=2.2e-4 - mean.error))
    return conclude(*steps)
