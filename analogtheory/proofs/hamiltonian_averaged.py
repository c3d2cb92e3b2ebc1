"""Stochastic Hamiltonian Descent without noise, averaged over a cycle: the amplitude in time.

Problem: f = (h/2)(C − C*)², q± = 1 ∓ κa for the momentum array, C ideal, no noise
(arXiv:2201.13377; theory notes 4.3 for α = β = h = 1). The mean field is an oscillator of
frequency ω = √(αβh) with the friction ακ|f′|. Over one cycle the mean of cos²|sin| is 2/(3π),
so that the amplitude decays like R_0/(1 + 2κR_0ωt/(3π)): algebraically. What averaging leaves
out is bounded by hamiltonian_decay; here the mean field itself is integrated beside it.
"""

from __future__ import annotations

from functools import cache
from typing import TypeAlias

import numpy as np
import sympy
from numpy.typing import NDArray
from scipy import integrate
from sympy import Rational

from analogtheory.claims import (
    Evidence,
    Run,
    agrees,
    claim,
    conclude,
    derived,
    hypothesis,
    lemma,
    twin,
)
from analogtheory.proofs.hamiltonian_setting import A, alpha, beta, g, kappa, noiseless_flow
from analogtheory.prove import ge, gt, prove_identity

Expr: TypeAlias = sympy.Expr

PAPER = "2201.13377"
#: π as a symbol: the identities hold whatever its value.
circle = sympy.Symbol("circle", real=True)
R, R_0, t, omega, theta, sine, cosine = sympy.symbols("R R_0 t omega theta sine cosine", real=True)
_CYCLE = (
    hypothesis("f = (h/2)(C − C*)², ω = √(αβh); A = R·cos θ, C − C* = R·√(β/(αh))·sin θ"),
    hypothesis("κ > 0, R_0 > 0, ω > 0, t ≥ 0", gt(kappa), gt(R_0), gt(omega), ge(t)),
)


@claim(
    "hamiltonian-averaged-amplitude",
    source=derived("the noiseless mean field averaged over a cycle; theory notes 4.3", PAPER),
    form="derived",
    statement="For a quadratic f the amplitude R of A, averaged over a cycle of the noiseless "
    "oscillation of frequency ω = √(αβh), obeys Ṙ = −(2κω/(3π))R², as ⟨cos²|sin|⟩ = 2/(3π), so "
    "R(t) = R_0/(1 + 2κR_0ωt/(3π)): 2/3 for 1/(κR) in half a cycle, as in hamiltonian-return-map.",
    latex=r"\frac{1}{2\pi}\int_0^{2\pi}\cos^2\theta\,|\sin\theta|\,d\theta = \frac{2}{3\pi},"
    r" \quad R(t) = \frac{R_0}{1 + \frac{2\kappa R_0}{3\pi}\,\omega t}",
    hypotheses=_CYCLE,
    twins=(
        twin("⟨cos²|sin|⟩ = 1/π", mean=1 / circle),
        twin("exponential decay of the amplitude", power=1),
    ),
)
def averaged_amplitude(run: Run, mean: Expr = 2 / (3 * circle), power: int = 2) -> Evidence:
    """An antiderivative, the loss of energy R²/2 along the circle, and the solution."""
    size = R_0 / (1 + 2 * kappa * R_0 * omega * t / (3 * circle))
    cubic = -(sympy.cos(theta) ** 3) / 3
    named = {sympy.sin(theta): sine, sympy.cos(theta): cosine}
    # over (0, π) from −cos³/3; twice that over a whole cycle
    half = cubic.subs(theta, sympy.pi) - cubic.subs(theta, 0)
    rate_a, rate_c = noiseless_flow(1)  # sin θ > 0; the other half is the mirror image
    h = omega**2 / (alpha * beta)
    place = R * beta / omega * sine  # √(β/(αh)) = β/ω
    here = {A: R * cosine, g: h * place}
    # Ė of E = (ω²/β²)(C − C*)²/2 + A²/2 = R²/2
    change = (omega / beta) ** 2 * place * rate_c.subs(here) + R * cosine * rate_a.subs(here)
    point = {"R": 1, "omega": 1, "kappa": 1, "sine": 1, "cosine": 1, "alpha": 1, "beta": 1}
    point |= {"R_0": 1, "t": 0, "circle": 3}
    return conclude(
        lemma(
            "(−cos³θ/3)′ = cos²θ·sin θ",
            prove_identity(sympy.diff(cubic, theta).subs(named), cosine**2 * sine),
        ),
        lemma("⟨cos²|sin|⟩", prove_identity(2 * half / (2 * circle), mean, points=[point])),
        lemma(
            "d(R²/2)/dt = −κωR³cos²θ·sin θ where sin θ > 0",
            prove_identity(change, -kappa * omega * R**3 * cosine**2 * sine, points=[point]),
        ),
        lemma(
            "R(t) solves Ṙ = −(2κω/(3π))R²",
            prove_identity(
                sympy.diff(size, t),
                -2 * kappa * omega / (3 * circle) * size**power,
                points=[{**point, "R_0": 2}],
            ),
        ),
        lemma(
            "half a cycle, ωt = π: 1/(κR) grows by 2/3",
            prove_identity(
                (1 / (kappa * size)).subs(t, circle / omega) - 1 / (kappa * R_0), Rational(2, 3)
            ),
        ),
        value="R_0/(1 + 2κR_0ωt/(3π))",
    )


_TIMES = (50.0, 100.0, 200.0, 400.0)
#: √(A² + C²) at these times for κ = 1/5 and κ = 1.
_SLOW, _FAST = (0.3190, 0.1902, 0.1054, 0.0556), (0.0857, 0.0450, 0.0230, 0.0117)


@cache
def amplitudes(friction: float) -> NDArray[np.float64]:
    """√(A² + C²) at the times above, α = β = h = 1, from A = 0, C = 1.

    The mean field in double precision, relative and absolute tolerance 1e-11.
    """
    rates = sympy.lambdify(
        (A, g),
        [
            noiseless_flow(1)[0].subs({alpha: 1, kappa: friction}),
            noiseless_flow(-1)[0].subs({alpha: 1, kappa: friction}),
        ],
        modules="math",
    )

    def field(_: float, state: NDArray[np.float64]) -> list[float]:
        momentum, place = float(state[0]), float(state[1])
        return [rates(momentum, place)[0 if place > 0 else 1], momentum]

    found = integrate.solve_ivp(
        field, (0.0, _TIMES[-1]), [0.0, 1.0], "DOP853", t_eval=_TIMES, rtol=1e-11, atol=1e-11
    )
    size: NDArray[np.float64] = np.hypot(found.y[0], found.y[1])
    return size


@claim(
    "hamiltonian-decay-numbers",
    source=derived("the noiseless mean field integrated; theory notes 4.3", PAPER),
    form="derived",
    statement="For f = C²/2, α = β = 1, no noise and (A, C) = (0, 1) at first, √(A² + C²) at "
    "t = 50, 100, 200, 400 is 0.3190, 0.1902, 0.1054, 0.0556 for κ = 1/5 and 0.0857, 0.0450, "
    "0.0230, 0.0117 for κ = 1, within 0.6 % of R(t) = 1/(1 + 2κt/(3π)); it stays 1 for κ = 0.",
    latex=r"\sqrt{A^2+C^2} \approx \frac{1}{1 + 2\kappa t/(3\pi)}",
    hypotheses=(hypothesis("q± = 1 ∓ κa for A, C ideal; mean field, no noise"),),
    twins=(
        twin("the formula with π for 3π", factor=3.0),
        twin("κ = 0 decays too", still=0.99),
    ),
)
def decay_numbers(run: Run, factor: float = 1.0, still: float = 1.0) -> Evidence:
    """An explicit Runge–Kutta method of order 8; half a unit of the fourth digit."""
    steps = []
    for friction, digits in ((0.2, _SLOW), (1.0, _FAST)):
        for time, size, claimed in zip(_TIMES, amplitudes(friction), digits, strict=True):
            words = f"κ = {friction:g}, t = {time:g}"
            formula = 1 / (1 + factor * 2 * friction * time / (3 * np.pi))
            steps += [
                agrees(words, size, claimed, tolerance=5.1e-5),
                agrees(f"{words}: against R(t)", size / formula, 1, tolerance=6e-3),
            ]
    steps.append(agrees("κ = 0, t = 400", amplitudes(0.0)[-1], still, tolerance=1e-8))
    return conclude(*steps, value=steps[0].value)
