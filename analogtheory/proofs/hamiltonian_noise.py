"""What gradient noise leaves in Stochastic Hamiltonian Descent: exact second moments.

Problem: q± = 1 ∓ κa for the momentum array A, an ideal array C, sign-symmetric noise ε of
variance s², Σ = E|ε| (arXiv:2201.13377; theory notes 4.2, which give ασ²/(2μ) for a fixed weight
and did not check it). With C fixed at a stationary point A⁺ = (1 − ακ|ε|)A − αε, hence exactly

    E A² = αs²/(κ(2Σ − ακs²)).

With C free and f quadratic, linearised in C − C* (|h(C − C*)| small against the noise, which
stays multiplicative), the 2×2 Lyapunov equation has a closed solution.
"""

from __future__ import annotations

from functools import cache
from typing import TypeAlias

import sympy

from analogtheory.algorithms.transfer import A as MOMENTUM
from analogtheory.algorithms.transfer import C as POSITION
from analogtheory.algorithms.transfer import stochastic_hamiltonian_descent
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
from analogtheory.noise import Gaussian, NoiseLaw, Rademacher
from analogtheory.objectives import ScalarQuadratic
from analogtheory.proofs.general_device import h
from analogtheory.proofs.hamiltonian_setting import (
    C_,
    A,
    alpha,
    beta,
    descent,
    g,
    kappa,
    r,
    step_of,
    xi,
)
from analogtheory.prove import ge, gt, prove_by_terms, prove_identity
from analogtheory.responses.formulas import WEIGHT
from analogtheory.responses.response import Response
from analogtheory.stationary import Estimate

Expr: TypeAlias = sympy.Expr

PAPER = "2201.13377"
s, Sigma, e, share = sympy.symbols("s Sigma e share", real=True)

_SETTING = (
    hypothesis("α, β, h > 0; C ideal", gt(alpha), gt(beta), gt(h)),
    hypothesis("q± = 1 ∓ κa for A with κ > 0, read against 0", gt(kappa)),
    hypothesis("sign-symmetric noise, Σ = E|ε| > 0, s² = E ε² > 0", gt(Sigma), gt(s)),
)
_UNCLIPPED = hypothesis(
    "no clipping of A at the ends ±1/κ: A⁺ = (1 − ακ|ε|)A − αε at every step (ακ|ε| ≤ 1 almost "
    "surely is enough)"
)
_FINITE = hypothesis("ακs² < 2Σ", gt(2 * Sigma - alpha * kappa * s**2))
_POINT = {"alpha": "1/2", "beta": "1/2", "kappa": 1, "s": 1, "Sigma": 1, "h": 1}


def step_at(noise: Expr, sign: int) -> tuple[Expr, Expr]:
    """(A⁺, C⁺ − C) for a given noise of one sign, where the noise decides the pulse direction.

    C is the distance to C*, and f′ = g.
    """
    found = step_of(descent(), {"A": -sign, "C": 1})
    return (found["A"].subs(xi, noise), (found["C"] - C_).subs({xi: noise, r: 0}))


def pair_mean(function: Expr, odds: Expr = sympy.Rational(1, 2)) -> Expr:
    """Mean over ε = e and −e of a polynomial in the symbol A⁺ (named after)."""
    after = sympy.Symbol("after", real=True)
    return sympy.expand(
        odds * function.subs(after, step_at(e, 1)[0].subs(g, 0))
        + (1 - odds) * function.subs(after, step_at(-e, -1)[0].subs(g, 0))
    )


def average(expression: Expr) -> Expr:
    """The mean over |ε| = e: e is Σ, e² is s²."""
    return sympy.expand(expression).subs(e**2, s**2).subs(e, Sigma)


@claim(
    "hamiltonian-noise-injection",
    source=derived("second moment of the momentum at a fixed weight; theory notes 4.2", PAPER),
    form="derived",
    statement="At a stationary point of f with C fixed and without clipping at the ends ±1/κ, "
    "sign-symmetric noise leaves in the momentum array exactly E A² = αs²/(κ(2Σ − ακs²)), "
    "Σ = E|ε|, s² = E ε²: finite exactly for ακs² < 2Σ, and at least the leading order "
    "αs²/(2κΣ). For ±s noise it is αs/(κ(2 − ακs)).",
    latex=r"\mathbb{E}A^2 = \frac{\alpha s^2}{\kappa\,(2\,\mathbb{E}|\varepsilon| - \alpha\kappa"
    r" s^2)} = \frac{\alpha s^2}{2\kappa\,\mathbb{E}|\varepsilon|}\,(1 + O(\alpha))",
    hypotheses=(*_SETTING, _UNCLIPPED, _FINITE),
    twins=(
        twin("the leading order as the exact value", correction=0),
        twin("αs²/κ(…), a factor 2", factor=2),
        twin("a skewed law: ±e with probabilities 3/4 and 1/4", odds=sympy.Rational(3, 4)),
    ),
)
def noise_injection(
    run: Run, correction: int = 1, factor: int = 1, odds: Expr = sympy.Rational(1, 2)
) -> Evidence:
    """E[A⁺²|A] over a pair ±e, averaged over e; its stationary value."""
    after = sympy.Symbol("after", real=True)
    square = pair_mean(after**2, odds)
    expected = (1 - alpha * kappa * e) ** 2 * A**2 + alpha**2 * e**2
    growth = 1 - 2 * alpha * kappa * Sigma + alpha**2 * kappa**2 * s**2
    value = factor * alpha * s**2 / (kappa * (2 * Sigma - correction * alpha * kappa * s**2))
    room = 2 * Sigma - alpha * kappa * s**2
    given = facts_of((*_SETTING, _FINITE))
    return conclude(
        lemma(
            "a pair ±e: E[A⁺²|A] = (1 − ακe)²A² + α²e²",
            prove_identity(square, expected, points=[{**_POINT, "A": 1, "e": 1}]),
        ),
        lemma(
            "averaged over |ε|",
            prove_identity(average(expected), growth * A**2 + alpha**2 * s**2),
        ),
        lemma(
            "stationary",
            prove_identity(growth * value + alpha**2 * s**2, value, points=[_POINT]),
        ),
        lemma(
            "E A² ≥ αs²/(2κΣ), cross-multiplied",
            prove_by_terms(ge(2 * Sigma, room), given, [(1, s, (gt(alpha), gt(kappa)))]),
        ),
        lemma(
            "the map contracts exactly if ακs² < 2Σ",
            prove_identity((1 - growth) / (alpha * kappa), room),
        ),
        remark("E A = 0: a pair ±e gives E[A⁺|A] = (1 − ακe)A"),
        value="αs²/(2κE|ε|)",
    )


# ------------------------------------------------------------------ the weight moves too

v_A, v_AC, v_C = sympy.symbols("v_A v_AC v_C", real=True)
_MOMENTUM = (
    alpha * s**2 / (kappa * (2 * Sigma - alpha * beta * h * Sigma / 2 - alpha * kappa * s**2))
)
_WEIGHT = beta / (alpha * h) * (1 - alpha * kappa * Sigma / 2)
_SIZES = ge(s**2, Sigma**2)
_ROOM = gt(2 * Sigma - alpha * beta * h * Sigma / 2 - alpha * kappa * s**2)
_COUPLED = (
    *_SETTING,
    hypothesis("s² ≥ Σ², as for every law (Cauchy–Schwarz)", _SIZES),
    hypothesis("αβhΣ/2 + ακs² < 2Σ", _ROOM),
)


def second_moments() -> tuple[Expr, Expr, Expr]:
    """E A⁺², E A⁺C⁺, E C⁺² in (v_A, v_AC, v_C), linearised: |f′ + ε| is taken as |ε|."""
    sides = []
    for sign in (1, -1):
        momentum, moved = step_at(sign * e, sign)
        # |g + ε| = ±(g + ε): the part ∓g of it, of second order in A⁺, is left out
        part = sign * alpha * kappa * g * A
        sides.append((momentum + part, C_ + moved + beta * part))
    found = []
    for i, j in ((0, 0), (0, 1), (1, 1)):
        mean = sum((side[i] * side[j] for side in sides), sympy.S.Zero) / 2
        quadratic = sympy.Poly(average(mean.subs(g, h * C_)), A, C_)
        found.append(  # A and C are independent of ε; the terms linear in them have mean 0
            quadratic.coeff_monomial(A**2) * v_A
            + quadratic.coeff_monomial(A * C_) * v_AC
            + quadratic.coeff_monomial(C_**2) * v_C
            + quadratic.coeff_monomial(1)
        )
    return found[0], found[1], found[2]


@claim(
    "hamiltonian-coupled-variance",
    source=derived("the linear Lyapunov equation of (A, C); theory notes 4.2", PAPER),
    form="derived",
    statement="Linearised at the minimiser (|f′ + ε| taken as |ε|, which stays multiplicative; no "
    "clipping at ±1/κ) Stochastic Hamiltonian Descent has the stationary "
    "E A² = αs²/(κ(2Σ − αβhΣ/2 − ακs²)) and E(C − C*)² = (β/(αh))(1 − ακΣ/2)·E A²: to leading "
    "order βs²/(2κΣh), whatever α is.",
    latex=r"\mathbb{E}(C-C^*)^2 = \frac{\beta}{\alpha h}\Big(1-\frac{\alpha\kappa\Sigma}{2}\Big)"
    r"\mathbb{E}A^2 \approx \frac{\beta s^2}{2\kappa\,\Sigma\,h}",
    hypotheses=(
        *_COUPLED,
        hypothesis("f quadratic with curvature h; the linearised equations, no clipping at ±1/κ"),
    ),
    twins=(
        twin(
            "the variance of A as if C were fixed",
            momentum=alpha * s**2 / (kappa * (2 * Sigma - alpha * kappa * s**2)),
        ),
        twin("equipartition: αh·E(C − C*)² = β·E A²", share=beta / (alpha * h)),
        twin("E A(C − C*) = 0", cross=sympy.S.Zero),
        twin("a covariance matrix for all step sizes", drop="αβhΣ/2"),
    ),
)
def coupled_variance(
    run: Run,
    momentum: Expr = _MOMENTUM,
    share: Expr = _WEIGHT,
    cross: Expr = beta / 2,
    drop: str = "",
) -> Evidence:
    """Three linear equations; the claimed moments solve them, and are those of a law."""
    given = facts_of(_COUPLED, drop=drop)
    spread = gt(4 - 2 * alpha * kappa * Sigma - alpha * beta * h)
    values = {v_A: momentum, v_AC: cross * momentum, v_C: share * momentum}
    steps = [
        lemma(
            f"{words} is stationary",
            prove_identity(moment.subs(values), values[name], points=[_POINT]),
        )
        for words, name, moment in zip(
            ("E A²", "E A(C − C*)", "E(C − C*)²"),
            (v_A, v_AC, v_C),
            second_moments(),
            strict=True,
        )
    ]
    leading = sympy.limit(sympy.simplify(share * momentum), alpha, 0)
    return conclude(
        *steps,
        lemma(
            "v_A·v_C − v_AC² = v_A²(β/(4αh))(4 − 2μ − αβh), μ = ακΣ",
            prove_identity(_WEIGHT - (beta / 2) ** 2, beta / (4 * alpha * h) * spread.expression),
        ),
        lemma(
            "4 − 2μ − αβh > 0",
            prove_by_terms(
                spread,
                given,
                [(2, 1, (_ROOM,)), (2, 1, (gt(alpha), gt(kappa), _SIZES))],
                multiplier=[gt(Sigma)],
                points=[{"alpha": 4, "beta": 1, "h": 1, "kappa": 1, "s": 1, "Sigma": 1}],
            ),
        ),
        remark(
            "so the moments M are positive definite. They solve M = LM + N, N = α²s²(1, β)(1, β)ᵀ, "
            "L keeping positive semidefinite matrices: with a leading Z ≥ 0 of the adjoint, "
            "(1 − ρ)⟨Z, M⟩ = ⟨Z, N⟩ ≥ 0, and 0 only for Z ∝ (β, −1)(β, −1)ᵀ, which the adjoint "
            "maps to (0, 1)(0, 1)ᵀ; so ρ < 1: no other solution, reached from every start"
        ),
        lemma("α → 0", prove_identity(leading, beta * s**2 / (2 * kappa * Sigma * h))),
        value="βs²/(2κE|ε|h)",
    )


@cache
def settled(noise: NoiseLaw, lr: float) -> tuple[Estimate, Estimate]:
    """E A² and E C² of the exact stationary law, κ = h = 1, β = α/10, C* = 0."""
    from analogtheory.stationary import stationary_law

    dynamics = stochastic_hamiltonian_descent(
        Response(1, 1, -2, 2),
        ScalarQuadratic(1, 0),
        noise,
        lr=lr,
        fast_response=Response(1 - WEIGHT, 1 + WEIGHT, -1, 1),
    )
    law = stationary_law(dynamics, max_nodes=1200)
    return law.expectation(MOMENTUM**2), law.expectation(POSITION**2)


#: Law, relative distance of the two, E A² and E C² of the exact law and of the linearised one.
_NUMBERS: tuple[tuple[NoiseLaw, float, tuple[float, float], tuple[float, float]], ...] = (
    (Rademacher(0.5), 1e-3, (5.025e-3, 5.000e-4), (5.0252e-3, 5.0000e-4)),
    (Gaussian(0.5), 2e-3, (6.2985e-3, 6.273e-4), (6.3062e-3, 6.2810e-4)),
)


@claim(
    "hamiltonian-variance-numbers",
    source=derived("exact stationary law against hamiltonian-coupled-variance", PAPER),
    form="derived",
    statement="For κ = h = 1, s = 1/2, α = 1/50, β = α/10 the exact stationary E A² and E C² of "
    "Stochastic Hamiltonian Descent (to 1e-6, 2e-7) are 5.025e-3, 5.000e-4 for ±s noise, those of "
    "the linearised equations (5.0252e-3, 5.0000e-4) to 0.1 %, and 6.2985e-3, 6.273e-4 for "
    "Gaussian noise, those of the linearised equations (6.3062e-3, 6.2810e-4) to 0.2 %.",
    latex=r"\mathbb{E}A^2 = 5.025\cdot 10^{-3}, \quad \mathbb{E}C^2 = 5.000\cdot 10^{-4}",
    hypotheses=(hypothesis("the instance named in the statement, C ideal on [−2, 2]"),),
    twins=(
        twin("α s²/(2μ) with μ = ακΣ, that is without α", momentum_factor=50.0),
        twin("E C² with E A² in place of (β/α)E A²", weight_factor=10.0),
        twin("Gaussian noise with the Σ of ±s noise", mean_abs=0.5),
    ),
)
def variance_numbers(
    run: Run,
    momentum_factor: float = 1.0,
    weight_factor: float = 1.0,
    mean_abs: float | None = None,
) -> Evidence:
    """The law's own error is taken off the tolerance; half a unit of the fifth digit."""
    steps = []
    for noise, share, exact, linear in _NUMBERS:
        size = noise.mean_abs if mean_abs is None else mean_abs
        numbers = {alpha: 0.02, beta: 0.002, h: 1, kappa: 1, s: 0.5, Sigma: size}
        momentum = momentum_factor * float(_MOMENTUM.subs(numbers))
        weight = weight_factor * float((_WEIGHT * _MOMENTUM).subs(numbers))
        law = settled(noise, 0.02)
        for words, found, claimed, digits, printed, error, unit in zip(
            ("E A²", "E C²"), law, (momentum, weight), exact, linear, (1e-6, 2e-7), (1e-3, 1e-4),
            strict=True,
        ):  # fmt: skip
            words = f"{words}, {noise.name}"
            steps += [
                agrees(f"{words}: law", found.value, digits, tolerance=error - found.error),
                agrees(f"{words}: linearised", claimed, printed, tolerance=5.1e-5 * unit),
                agrees(
                    f"{words}: law and linearised",
                    found.value,
                    claimed,
                    tolerance=share * claimed - found.error,
                ),
            ]
    return conclude(*steps, value=steps[0].value)
