"""The weighted gradient bound of Residual Learning in stationarity, from the repaired Lemma 5.

Taken under the stationary law, E f(W̄⁺) = E f(W̄), and Lemma 5 becomes

    E[M(P)·∇f(W̄)²] ≤ (4F_max/(αγ))·(¾αγσ²·E[G²/F] + 2α²γ²LF_max²σ² + (F_max/(αγ))·E[ΔW²/M]
                                     + L·E ΔW²),

the Bound object WEIGHTED_RESIDUAL. It is checked against the ideal device, whose stationary
second moments are exact rational numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sympy

from analogtheory.bounds import WEIGHTED_RESIDUAL
from analogtheory.bounds import residual_learning as symbols
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
from analogtheory.proofs import lemma_5
from analogtheory.proofs.residual_setting import F_max, L, alpha, beta, gamma, sigma
from analogtheory.prove import (
    Fact,
    Refuted,
    counterexample,
    eq,
    ge,
    gt,
    prove_by_terms,
    prove_identity,
)

#: E[G²/F], E ΔW², E[ΔW²/M] and E[M·∇f²].
S, T, T_M, weighted = sympy.symbols("S T T_M weighted", real=True)
three_quarters = sympy.Rational(3, 4)

HYPOTHESES = (
    *lemma_5.HYPOTHESES,
    hypothesis(
        "D = 1; (W, P) has a stationary law on a bounded range, on which the other hypotheses hold "
        "almost surely, and no update is clipped"
    ),
)


def bound(
    asymmetry: Any = three_quarters, noise: Any = 2, moved: int = 1, power: int = 1
) -> sympy.Expr:
    """The right side; `moved` = 0 drops the terms with ΔW, `power` is that of γ in front."""
    rate = alpha * gamma
    inside = (
        asymmetry * rate * sigma**2 * S
        + noise * rate**2 * L * F_max**2 * sigma**2
        + moved * (F_max / rate * T_M + L * T)
    )
    return 4 * F_max / (alpha * gamma**power) * inside


def _same_as_package() -> Any:
    """The formula is that of the package's Bound object."""
    names = {
        symbols.alpha: alpha, symbols.gamma: gamma, symbols.sigma: sigma, symbols.L: L,
        symbols.F_max: F_max, symbols.S: S, symbols.T: T, symbols.T_M: T_M,
    }  # fmt: skip
    return lemma(
        "the formula is the Bound object WEIGHTED_RESIDUAL",
        prove_identity(WEIGHTED_RESIDUAL.expr.subs(names), bound()),
    )


#: E u², E uP and E P² with u = W − W*.
uu, up, pp = sympy.symbols("uu up pp", real=True)


def stationary_moments() -> tuple[Fact, ...]:
    """Second moments on the ideal device, f = (L/2)(W̄ − W*)², noise of variance σ²."""
    bu, bp = -alpha * L, 1 - alpha * L * gamma
    au, ap = 1 + beta * bu, beta * bp
    noise = alpha**2 * sigma**2
    return (
        eq(uu, au**2 * uu + 2 * au * ap * up + ap**2 * pp + beta**2 * noise),
        eq(up, au * bu * uu + (au * bp + ap * bu) * up + ap * bp * pp + beta * noise),
        eq(pp, bu**2 * uu + 2 * bu * bp * up + bp**2 * pp + noise),
    )


def ideal_points(facts: Sequence[Fact]) -> list[dict[str, Any]]:
    """Parameters with the moments that solve the three equations (exact rationals)."""
    rates = (("1", "1/8", "1/1000"), ("1/10", "1", "1"), ("1/100", "1", "1/1000000"))
    points = []
    for mixing, step, transfer in rates:
        values = {"gamma": mixing, "alpha": step, "beta": transfer, "L": 1, "sigma": 1, "F_max": 1}
        exact = {sympy.Symbol(k, real=True): sympy.Rational(v) for k, v in values.items()}
        (found,) = sympy.linsolve([fact.expression.subs(exact) for fact in facts], [uu, up, pp])
        points.append({**values, **dict(zip(("uu", "up", "pp"), map(str, found), strict=True))})
    return points


@claim(
    "residual-learning-weighted-bound",
    source=derived("Lemma 5 repaired, taken in stationarity", "2502.06309"),
    form="repaired",
    statement="Under a stationary law of Residual Learning in one dimension, and for "
    "α ≤ 1/(8LγF_max), E[M(P)·∇f(W̄)²] ≤ (4F_max/(αγ))·(¾αγσ²E[G(P)²/F(P)] + 2α²γ²LF_max²σ² "
    "+ (F_max/(αγ))E[ΔW²/M(P)] + L·E ΔW²).",
    latex=r"\mathbb{E}_\pi[M(P)\,\nabla f(\bar W)^2] \le \frac{4F_{\max}}{\alpha\gamma} \Bigl("
    r"\tfrac34 \alpha\gamma\sigma^2\, \mathbb{E}\tfrac{G^2}{F} "
    r"+ 2\alpha^2\gamma^2LF_{\max}^2\sigma^2 "
    r"+ \frac{F_{\max}}{\alpha\gamma}\,\mathbb{E}\frac{\Delta W^2}{M} "
    r"+ L\,\mathbb{E}\,\Delta W^2\Bigr)",
    hypotheses=HYPOTHESES,
    twins=(
        twin("1/8 for 2 before the noise term", noise=sympy.Rational(1, 8)),
        twin("without the terms in ΔW", moved=0),
        twin("4F_max/α in front, as (76) would give", power=0),
    ),
)
def weighted_bound(
    run: Run,
    asymmetry: Any = three_quarters,
    noise: Any = 2,
    moved: int = 1,
    power: int = 1,
) -> Evidence:
    """Lemma 5 in stationarity; changed constants fail on the ideal device."""
    right = bound(asymmetry, noise, moved, power)
    facts = stationary_moments()
    ideal = {S: 0, T: beta**2 * pp, T_M: beta**2 * pp}
    goal = ge(right.subs(ideal), L**2 * (uu + 2 * gamma * up + gamma**2 * pp))
    step = 1 - 8 * L * gamma * F_max * alpha
    given = [*facts, gt(alpha), gt(beta), gt(gamma), ge(step), ge(pp), ge(uu * pp, up**2)]
    if found := counterexample(goal, given, *ideal_points(facts)):
        return conclude(lemma("stationary second moments on the ideal device", Refuted(found)))
    stationary = ge(alpha * gamma / (4 * F_max) * (right - weighted))
    return conclude(
        *lemma_5.pointwise(lemma_5.repaired(asymmetry, noise), lemma_5.HYPOTHESES),
        remark("expectation under the stationary law: E f(W̄⁺) = E f(W̄), and the square "
               "(∇f·F + |∇f|·G)² is dropped"),
        lemma("solved for E[M∇f²]", prove_by_terms(
            ge(right, weighted), [gt(F_max), gt(alpha), gt(gamma), stationary],
            [(4, 1, {0: 1, 1: -1, 2: -1, 3: 1})],
        )),
        _same_as_package(),
    )  # fmt: skip
