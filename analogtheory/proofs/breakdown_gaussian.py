"""Gaussian means behind TTv2's breakdown: E|XY|, and what clipped pulse trains change.

TTv2 on y = Wx with x ~ N(0, I): the update of A in row i has the mean E[x_j d_i] and the size
E|x_j d_i|. With d_i = e_i·x + label noise the pair is jointly Gaussian with correlation ρ_j, and

    E|XY| = (2/π)·h(ρ),    h(ρ) = √(1 − ρ²) + ρ·arcsin ρ    (unit variances)

(theory notes of the family 5.4). If the pulse train cuts |d| at t standard deviations,
E[X·clip(Z)] = ρ·P(|Z| < t) (Stein) and E|clip(Z)| = √(2/π)(1 − e^{−t²/2}) + t·P(|Z| > t). Derived
here for weak correlations.
"""

from __future__ import annotations

import math
from typing import TypeAlias

import sympy

from analogtheory.claims import (
    Evidence,
    Run,
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
from analogtheory.prove import gt, lt, prove_by_terms, prove_identity

Expr: TypeAlias = sympy.Expr

#: sin ψ = ρ and cos ψ; cos θ and sin θ; π, ψ and u as numbers.
sin_psi, cos_psi, cos_t, sin_t = sympy.symbols("sin_psi cos_psi cos_t sin_t", real=True)
pi, psi, u = sympy.symbols("pi psi u", real=True)
#: Where |d| is cut, in standard deviations; e^{−t²/2}, P(|Z| > t) and √(2/π).
t, bell, beyond, root = sympy.symbols("t bell beyond root", real=True)
#: o_j, K, f(ρ_j), χ(t).
o_j, K, f_x, chi = sympy.symbols("o_j K f_x chi", real=True)

_SOURCE = "theory notes of the family 5.4"


@claim(
    "mean-abs-product-gaussian",
    source=derived(_SOURCE, "2303.04721"),
    form="derived",
    statement="For jointly Gaussian X, Y of mean 0, variance 1 and correlation ρ, E|XY| = "
    "(2/π)(√(1 − ρ²) + ρ·arcsin ρ).",
    latex=r"\mathbb{E}|XY| = \frac{2}{\pi}\left(\sqrt{1-\rho^2} + \rho\arcsin\rho\right)",
    hypotheses=(hypothesis("X, Y jointly Gaussian, mean 0, variance 1; ρ = sin ψ, |ψ| ≤ π/2"),),
    twins=(
        twin("(2/π)·√(1 − ρ²) alone", linear=0),
        twin("arccos for arcsin", angle=pi / 2 - psi),
        twin("1/π for 2/π", factor=sympy.S.One),
    ),
)
def mean_abs_product_gaussian(
    run: Run, linear: int = 1, angle: Expr = psi, factor: Expr = sympy.Integer(2)
) -> Evidence:
    """Polar coordinates: X = R cos θ, Y = R sin(θ + ψ), E R² = 2; then ∫|sin u + sin ψ|du."""
    double_sine, double_cosine = 2 * sin_t * cos_t, 2 * cos_t**2 - 1
    # −cos u + u·sin ψ at the ends; cos(−ψ) = cos(2π − ψ) = cos ψ, cos(π + ψ) = −cos ψ
    left, middle = -cos_psi - psi * sin_psi, cos_psi + (pi + psi) * sin_psi
    right = -cos_psi + (2 * pi - psi) * sin_psi
    total = (middle - left) - (right - middle)
    claimed = factor / pi * (cos_psi + linear * angle * sin_psi)
    point = {"sin_psi": 1, "cos_psi": 0, "psi": "11/7", "pi": "22/7"}
    antiderivative = -sympy.cos(u) + u * sin_psi
    return conclude(
        lemma(
            "cos θ·sin(θ + ψ) = ½(sin(2θ + ψ) + sin ψ)",
            prove_identity(
                cos_t * (sin_t * cos_psi + cos_t * sin_psi),
                (double_sine * cos_psi + double_cosine * sin_psi + sin_psi) / 2,
            ),
        ),
        remark("E|XY| = E R²·E|cos θ sin(θ + ψ)| = (1/2π)∫|sin u + sin ψ|du over 2π, u = 2θ + ψ"),
        remark("sin u + sin ψ ≥ 0 on [−ψ, π + ψ], ≤ 0 on [π + ψ, 2π − ψ]"),
        lemma(
            "−cos u + u·sin ψ has the slope sin u + sin ψ",
            prove_identity(sympy.diff(antiderivative, u) - sympy.sin(u), sin_psi),
        ),
        lemma(
            "(1/2π)∫|sin u + sin ψ|du = (2/π)(cos ψ + ψ sin ψ)",
            prove_identity(total / (2 * pi), claimed, points=[point]),
        ),
        value="(2/π)h(ρ)",
    )


_CLIP = (
    hypothesis("Z ~ N(0, 1), |Z| cut at t > 0; bell = e^{−t²/2}, beyond = P(|Z| > t)", gt(t)),
    hypothesis("0 < bell < 1, 0 < beyond < 1, root = √(2/π) > 0",
               gt(bell), lt(bell, 1), gt(beyond), lt(beyond, 1), gt(root)),
    hypothesis("x, d jointly Gaussian, d = Z in units of its deviation; to first order in their "
               "correlation, at which E|x·clip(d)| = E|x|·E min(|Z|, t)"),
    hypothesis("mean flow of `ttv2-breakdown-exact`, every ρ_j small"),
)  # fmt: skip


def clip_factor(place: float) -> float:
    """χ(t) = P(|Z| < t)/(√(π/2)·E min(|Z|, t)), by which clipping shrinks the restoring force."""
    inside = math.erf(place / math.sqrt(2))
    size = math.sqrt(2 / math.pi) * (1 - math.exp(-(place**2) / 2)) + place * (1 - inside)
    return inside / (math.sqrt(math.pi / 2) * size)


@claim(
    "clipped-train-factor",
    source=derived(_SOURCE + ": the error 'higher at large q: train clipping'", "2303.04721"),
    form="derived",
    statement="If the pulse trains cut |d| at t standard deviations, the ratio E[xd]/E|xd| of a "
    "weakly correlated pair is multiplied by χ(t) = P(|Z| < t)/(√(π/2)·E min(|Z|, t)) < 1, "
    "Z ~ N(0, 1): by 0.8629 at t = 1, 0.9753 at 2, 0.9843 at 2.2, and by 2/π in the limit t → 0. "
    "At small ρ_j TTv2's restoring force Kf(ρ_j), and so the offset it balances, has this factor.",
    latex=r"\chi(t) = \frac{\operatorname{erf}(t/\sqrt2)}{1-e^{-t^2/2} + t\sqrt{\pi/2}\,"
    r"\operatorname{erfc}(t/\sqrt2)}",
    hypotheses=_CLIP,
    twins=(
        twin("E[x·clip(d)] unchanged, only E|clip(d)| smaller", stein=0),
        twin("E|clip(Z)| without the mass at t", mass=0),
        twin("χ → 1/2 as t → 0", least=sympy.Rational(1, 2)),
    ),
)
def clipped_train_factor(
    run: Run, stein: int = 1, mass: int = 1, least: Expr | None = None
) -> Evidence:
    """E min(|Z|, t) has the slope P(|Z| > t); D = √(π/2)E min − P(|Z| < t) is > 0."""
    # d bell/dt = −t·bell, d beyond/dt = −root·bell
    size = root * (1 - bell) + mass * t * beyond
    inside = 1 - beyond

    def slope(e: Expr) -> Expr:
        return (
            sympy.diff(e, t) - t * bell * sympy.diff(e, bell) - root * bell * sympy.diff(e, beyond)
        )

    given = facts_of(_CLIP)
    force = inside if stein else sympy.S.One
    room = size / root - force
    second = slope(slope(room))
    unit = root**2  # 2/π
    start = {t: 0, bell: 1, beyond: 1}
    limit = unit if least is None else least
    steps = []
    for place, number in ((1.0, 0.8629), (2.0, 0.9753), (2.2, 0.9843)):
        words = f"χ({place:g}), to half a unit of the last digit"
        steps.append(agrees(words, clip_factor(place), number, tolerance=5e-5))
    return conclude(
        remark("Stein: E[Z·clip(Z)] = E clip′(Z) = P(|Z| < t), and E[X|Z] = ρZ"),
        lemma("E min(|Z|, t) has the slope P(|Z| > t)", prove_identity(slope(size), beyond)),
        lemma(
            "D = 0 at t = 0",
            prove_identity(room.subs(start), 0),
        ),
        lemma(
            "D″ = e^{−t²/2}(√(2/π)t − 1)",
            prove_identity(second, bell * (root * t - 1), given=given),
        ),
        lemma(
            "D″ < 0 for √(2/π)t < 1",
            prove_by_terms(
                gt(-bell * (root * t - 1)),
                (*given, gt(1 - root * t)),
                [(1, 1, (gt(bell), gt(1 - root * t)))],
            ),
        ),
        lemma(
            "D′ = 1/root − root > 0 at t = 0, as 2/π < 1",
            prove_by_terms(
                gt(1 / root - root),
                (gt(root), gt(1 - unit)),
                [(1, 1, (gt(1 - unit),))],
                multiplier=[gt(root)],
            ),
        ),
        remark("D′ falls, then rises to 0 at ∞: D rises from 0, then falls to 0; so D > 0, χ < 1"),
        lemma(
            "t → 0: P(|Z| < t) and √(π/2)E min(|Z|, t), both 0, have slopes of the ratio 2/π",
            prove_identity(
                (slope(inside) / slope(size / root)).subs(start), limit, points=[{"root": "4/5"}]
            ),
        ),
        lemma(
            "A rests at a* − χ·E[xd]/(κE|xd|): o_j − χKf(ρ_j) = χ(o_j/χ − Kf(ρ_j))",
            prove_identity(o_j - chi * K * f_x, chi * (o_j / chi - K * f_x)),
        ),
        *steps,
        value="χ(t)",
    )
