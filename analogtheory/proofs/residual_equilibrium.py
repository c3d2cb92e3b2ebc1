"""Where Residual Learning comes to rest in the mean: at W = W*, P = 0, for every γ ≥ 0.

Problem: the mean field of :func:`analogtheory.algorithms.residual_learning` (arXiv:2502.06309
eqs. (10), (11)), with a differentiable f, any noise law, and unknown response functions of
the main array W and the residual array P. In one coordinate, with g = ∇f(W̄), W̄ = W + γP,

    Ẇ = β(P·F(W) − |P|·G(W)),    Ṗ = −α(g·F(P) + E|g + ε|·G(P)).

Proved from signs alone, for all parameters: Ẇ has the sign of P, so rest needs P = 0; there
W̄ = W and Ṗ = −α·g·F(0) if G(0) = 0 (Assumption 4), so rest needs g = 0. No condition on γ
enters; Corollary 1 asks for γ ≥ Ω(q_min^{−2/5}). Whether the rest point attracts is another
question: see residual_linearisation, and noiseless_tiki_taka for γ = 0 without noise. The
coordinates interact through g only.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import sympy

from analogtheory.algorithms import residual_learning
from analogtheory.algorithms.symbols import P, W
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
from analogtheory.dynamics import Dynamics
from analogtheory.noise import Gaussian
from analogtheory.proofs.general_device import (
    GeneralDevice,
    GeneralObjective,
    GeneralQuadratic,
    as_symbols,
    field_of,
    h,
    only,
    plain,
    w_star,
)
from analogtheory.prove import Fact, eq, ge, gt, prove_by_terms, prove_identity, prove_polynomial
from analogtheory.responses.formulas import WEIGHT

Expr: TypeAlias = sympy.Expr

alpha, beta, gamma, g, m, size = sympy.symbols("alpha beta gamma g m size", real=True)
up, down, up_0, down_0 = sympy.symbols("up down up_0 down_0", real=True)


def general_dynamics() -> Dynamics:
    """Residual Learning with unknown devices and an unknown gradient."""
    return residual_learning(
        GeneralDevice("W"),
        GeneralObjective(),
        Gaussian(1.0),  # any law: it enters as E|g + ε| only
        residual_response=GeneralDevice("P"),
    )


def main_array_drift(sign: int) -> Expr:
    """Ẇ for P = ±size in the symbols up = q₊(W), down = q₋(W)."""
    device = GeneralDevice("W")
    values = {device.general_up.func(W): up, device.general_down.func(W): down}
    drift = plain(as_symbols(field_of(general_dynamics(), "W"), values))
    return drift.subs(P, sign * size).subs(sympy.Abs(size), size)


def residual_drift_at_rest() -> Expr:
    """Ṗ at P = 0 in the symbols g, m = E|g + ε|, up_0 = q₊(0), down_0 = q₋(0) of the P array."""
    device = GeneralDevice("P")
    at_zero = field_of(general_dynamics(), "P").subs(P, 0)
    slope = sympy.Function("slope", real=True)(W)
    values = {device.general_up.func(0): up_0, device.general_down.func(0): down_0, slope: g}
    return plain(as_symbols(at_zero, values))


_EQUILIBRIUM = (
    hypothesis("α > 0 and β > 0", gt(alpha), gt(beta)),
    hypothesis("q₊ > 0 and q₋ > 0 for both arrays", gt(up), gt(down), gt(up_0), gt(down_0)),
    hypothesis(
        "G(0) = 0 for the residual array (Assumption 4)",
        eq(down_0, up_0),
        predicate=lambda problem: float(problem.response.G(0.0)) == 0.0,
    ),
    hypothesis("f is differentiable and ∇f vanishes at W* only"),
)


@claim(
    "residual-learning-equilibrium",
    source=derived("mean field of eqs. (10), (11) under Assumption 4", "2502.06309"),
    form="derived",
    statement="If G(0) = 0 for the residual array and all responses are positive, the mean field "
    "of Residual Learning vanishes at P = 0, W = W* and nowhere else, for every γ ≥ 0, noise law "
    "and step size: where it rests does not depend on a condition such as γ ≥ Ω(q_min^{−2/5}) of "
    "Corollary 1 (whether it gets there may depend on γ).",
    latex=r"\dot W = \beta\,P\,q_{\operatorname{sign} P}(W) = 0 \;\wedge\; \dot P = 0"
    r" \iff P = 0, \; \nabla f(W) = 0",
    hypotheses=_EQUILIBRIUM,
    twins=(
        twin("a shifted symmetric point of the residual array", drop="Assumption 4"),
        twin("a main array whose response may vanish", drop="q₊ > 0"),
        twin("the transfer with +|P|G, as if q₊ and q₋ were swapped", swap=True),
    ),
)
def residual_learning_equilibrium(run: Run, drop: str = "", swap: bool = False) -> Evidence:
    """Signs of the mean field, from the update itself."""
    given = facts_of(_EQUILIBRIUM, drop=drop)
    steps = [lemma("W̄ = W at P = 0, any γ", prove_identity(weight_at_rest(), W))]
    for sign, q, positive in ((1, up, gt(up)), (-1, down, gt(down))):
        drift = main_array_drift(sign)
        pulsed = (up + down - q) if swap else q
        expected = sign * beta * size * pulsed
        point = {"beta": 1, "size": 1, "up": 1, "down": 3}
        words = f"Ẇ = β·P·q for P {'>' if sign > 0 else '<'} 0"
        steps.append(lemma(words, prove_identity(drift, expected, points=[point])))
        factors = (gt(beta), gt(size), positive)
        moves = prove_by_terms(gt(sign * drift), (*given, gt(size)), [(1, 1, factors)])
        steps.append(lemma(words.replace("= β·P·q", "≠ 0"), moves))
    still = main_array_drift(1).subs(size, 0)
    return conclude(
        *steps,
        lemma("Ẇ = 0 at P = 0", prove_identity(still, 0)),
        *_rest(given),
        remark("one coordinate stands for all: the coordinates meet in ∇f(W̄) only"),
        value="P = 0, W = W*",
    )


def weight_at_rest() -> Expr:
    """W̄ at P = 0."""
    return general_dynamics().weight.subs(P, 0)


def _rest(given: tuple[Fact, ...]) -> list[Any]:
    drift = residual_drift_at_rest()
    alone = eq(drift, -alpha * g * up_0)
    facts = only(given, alpha, up_0, down_0)
    factors = (gt(alpha), gt(up_0), gt(g**2))
    opposes = prove_by_terms(gt(alpha * up_0 * g**2), (*given, gt(g**2)), [(1, 1, factors)])
    return [
        lemma("Ṗ = −α·g·F(0) at P = 0", prove_polynomial(alone, facts)),
        lemma("so Ṗ·g = −α·F(0)·g² < 0 unless g = 0", opposes),
    ]


F_w, G_p, F_p = sympy.symbols("F_w G_p F_p", real=True)
_LYAPUNOV = (
    hypothesis("α > 0 and β > 0", gt(alpha), gt(beta)),
    hypothesis("one weight, f(W) = (h/2)(W − W*)² with h > 0", gt(h)),
    hypothesis("γ ≥ 0", ge(gamma)),
    hypothesis("the main array is symmetric, G = 0, with F(W) > 0", gt(F_w)),
    hypothesis("F(P) > 0 for the residual array", gt(F_p)),
    hypothesis("P·G(P) ≥ 0: 0 is an attracting symmetric point of P", ge(P * G_p)),
    hypothesis("E|g + ε| ≥ 0", ge(m)),
)


def _quadratic_field() -> tuple[Expr, Expr]:
    """(Ṗ, Ẇ) for a quadratic f; G of the main array is 0."""
    device_w = sympy.Function("F_main", real=True)
    main = GeneralDevice("W", device_w(WEIGHT), device_w(WEIGHT))
    residual = GeneralDevice("P")
    dynamics = residual_learning(
        main, GeneralQuadratic(), Gaussian(1.0), residual_response=residual
    )
    values = {
        residual.general_up.func(P): F_p - G_p,
        residual.general_down.func(P): F_p + G_p,
        device_w(W): F_w,
    }
    drift_p, drift_w = (plain(as_symbols(field_of(dynamics, name), values)) for name in ("P", "W"))
    return drift_p, drift_w


@claim(
    "residual-learning-global-descent",
    source=derived("mean field of eqs. (10), (11) with a symmetric main array", "2502.06309"),
    form="derived",
    statement="For one weight, quadratic f and a symmetric main array, V = (h/β)∫(W−W*)/F(W)dW + "
    "(1/α)∫P/F(P)dP never grows along the mean field: it falls at the rate hγP² + "
    "E|g+ε|·P·G(P)/F(P) ≥ 0, wherever W and P are, not only near W*, and for every γ ≥ 0.",
    latex=r"\dot V = -h\gamma P^2 - \mathbb{E}|g+\varepsilon|\,\frac{P\,G(P)}{F(P)} \le 0, \quad"
    r" V = \frac{h}{\beta}\int_{W^*}^{W}\frac{v-W^*}{F(v)}dv"
    r" + \frac{1}{\alpha}\int_0^P\frac{p}{F(p)}dp",
    hypotheses=_LYAPUNOV,
    twins=(
        twin("the symmetric point of P does not attract: G(P) may be anything", drop="P·G(P) ≥ 0"),
        twin("γ < 0", drop="γ ≥ 0"),
        twin("α and β exchanged in V", exchange=True),
    ),
)
def residual_learning_global_descent(run: Run, drop: str = "", exchange: bool = False) -> Evidence:
    """V̇ by the chain rule, an identity; its sign, a polynomial inequality."""
    given = facts_of(_LYAPUNOV, drop=drop)
    drift_p, drift_w = _quadratic_field()
    first, second = (alpha, beta) if exchange else (beta, alpha)
    rate = h * (W - w_star) / (first * F_w) * drift_w + P / (second * F_p) * drift_p
    claimed = -h * gamma * P**2 - m * P * G_p / F_p
    point = {
        **{"P": 1, "W": 1, "w_star": 0, "h": 1, "gamma": 1, "m": 1, "alpha": 2, "beta": 1},
        **{"F_w": 1, "F_p": 1, "G_p": "1/2"},
    }
    falls = ge(h * gamma * P**2 * F_p + m * (P * G_p))
    terms = [
        (1, P, (gt(h), ge(gamma), gt(F_p))),
        (1, 1, (ge(m), ge(P * G_p))),
    ]
    return conclude(
        lemma("V̇ = −hγP² − E|g+ε|·P·G(P)/F(P)", prove_identity(rate, claimed, points=[point])),
        lemma("V̇·F(P) ≤ 0", prove_by_terms(falls, given, terms)),
        value="V̇ ≤ 0",
    )
