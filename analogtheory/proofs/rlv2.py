"""Residual Learning v2: the stability limit of its loop, and its dead zone.

Problem: :func:`analogtheory.algorithms.buffered_residual_learning` (arXiv:2502.06309 eqs. (10),
(14), (15)). β enters twice, in the buffer and in the transfer, which makes the loop of third
order: linearised at P = H = 0, W = W* its mean field has

    χ(λ) = λ³ + (ακ + β)λ² + αβκλ + αβ²·h·F(0)·q,    κ = hγF(0) + Σ·G′(0),

stable exactly if κ(ακ + β) > β·h·F(0)·q (Hurwitz; proved here for a cubic). With the
threshold transfer of section 5 (a pulse only where |H| ≥ Δw_min) nothing moves while |P| and
|H| stay below Δw_min. Derived here (theory notes 4.6, H11; they take F(0)q = 1).
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import sympy
from sympy import Rational

from analogtheory.algorithms import buffered_residual_learning, residual_learning
from analogtheory.algorithms.symbols import H, P, W
from analogtheory.claims import (
    Evidence,
    Run,
    Settled,
    agrees,
    at_least,
    at_most,
    claim,
    conclude,
    derived,
    facts_of,
    hypothesis,
    lemma,
    remark,
    twin,
)
from analogtheory.dynamics import MeanAbs
from analogtheory.noise import Gaussian, NoNoise
from analogtheory.objectives import ScalarQuadratic
from analogtheory.proofs.bilevel import residual as residual_of
from analogtheory.proofs.general_device import (
    GeneralDevice,
    GeneralQuadratic,
    as_symbols,
    field_of,
    h,
    plain,
    w_star,
)
from analogtheory.proofs.residual_linearisation import (
    F_0,
    Sigma,
    alpha,
    beta,
    gamma,
    kappa,
    lam,
    q,
    slope,
)
from analogtheory.prove import eq, ge, gt, le, prove_by_terms, prove_identity
from analogtheory.responses.response import Response

Expr: TypeAlias = sympy.Expr

damping, omega, ratio = sympy.symbols("kappa omega ratio", real=True)


def loop_jacobian(sign: int) -> sympy.Matrix:
    """Jacobian of (Ṗ, Ḣ, Ẇ) at P = H = 0, W = W*, on the side H > 0 or H < 0; G(0) = 0."""
    main, residual = GeneralDevice("W"), GeneralDevice("P")
    dynamics = buffered_residual_learning(
        main, GeneralQuadratic(), Gaussian(1.0), residual_response=residual
    )
    states = (P, H, W)
    rows = [field_of(dynamics, str(s)).subs(sympy.Abs(H), sign * H) for s in states]
    rise = sympy.Symbol("rise", real=True)
    up_p, down_p = residual.general_up.func, residual.general_down.func
    pulsed, other = (main.general_up.func(W), main.general_down.func(W))[::sign]
    values = {
        sympy.diff(up_p(P), P): rise - slope,
        sympy.diff(down_p(P), P): rise + slope,
        up_p(P): F_0,
        down_p(P): F_0,
        pulsed: q,
        other: sympy.Symbol("q_other", real=True),
    }

    def entry(row: Expr, state: sympy.Symbol) -> Expr:
        slope_of_row = sympy.diff(row, state)
        at_rest = slope_of_row.xreplace(dict.fromkeys(slope_of_row.atoms(MeanAbs), Sigma))
        replaced = as_symbols(at_rest, values).subs({P: 0, H: 0, W: w_star})
        return plain(sympy.expand(replaced))

    return sympy.Matrix([[entry(row, state) for state in states] for row in rows])


_LOOP = (
    hypothesis("α, β, h, F(0), q± > 0", gt(alpha), gt(beta), gt(h), gt(F_0), gt(q)),
    hypothesis("κ = hγF(0) + ΣG′(0) > 0", gt(damping)),
    hypothesis("G(0) = 0 for the residual array"),
)


@claim(
    "buffered-residual-learning-stability",
    source=derived("eqs. (10), (14), (15) linearised; theory notes 4.6, H11", "2502.06309"),
    form="derived",
    statement="Residual Learning v2, which applies β twice, has on each side of its kink the mean "
    "field linearisation λ³ + (ακ+β)λ² + αβκλ + αβ²hF(0)q, all of whose roots have negative real "
    "parts exactly if κ(ακ + β) > βhF(0)q; without the buffer κ > 0 is enough.",
    latex=r"\lambda^3 + (\alpha\kappa+\beta)\lambda^2 + \alpha\beta\kappa\lambda"
    r" + \alpha\beta^2 h F(0) q, \quad \operatorname{Re}\lambda < 0 \iff \kappa(\alpha\kappa+\beta)"
    r" > \beta\,h\,F(0)\,q",
    hypotheses=_LOOP,
    twins=(
        twin("β applied once, in the buffer only", stiffness=alpha * beta * h * F_0 * q),
        twin("stable for κ² > hF(0)q·β", condition=damping**2 - beta * h * F_0 * q),
        twin("stable whenever κ > 0", condition=damping),
    ),
)
def buffered_residual_learning_stability(
    run: Run,
    stiffness: Expr = alpha * beta**2 * h * F_0 * q,
    condition: Expr = damping * (alpha * damping + beta) - beta * h * F_0 * q,
) -> Evidence:
    """χ from the Dynamics, both sides; Hurwitz' determinant a₂a₁ − a₀; the borderline factor."""
    coefficients = (alpha * damping + beta, alpha * beta * damping, stiffness)
    claimed = lam**3 + sum(
        (c.subs(damping, kappa) * lam**k for c, k in zip(coefficients, (2, 1, 0), strict=True)),
        sympy.S.Zero,
    )
    point = {
        **{"alpha": "1/10", "beta": "1/5", "gamma": "1/10", "h": 1, "F_0": 1, "slope": 0},
        **{"Sigma": 0, "q": 1, "lam": 1},
    }
    determinant = sympy.expand(coefficients[0] * coefficients[1] - alpha * beta**2 * h * F_0 * q)
    given = facts_of(_LOOP)
    inside, outside = (*given, gt(condition)), (*given, le(condition, 0))
    border = lam**3 + coefficients[0] * lam**2 + omega * lam + coefficients[0] * omega
    return conclude(
        *(
            lemma(
                f"χ(λ), H {'>' if sign > 0 else '<'} 0",
                prove_identity(
                    (lam * sympy.eye(3) - loop_jacobian(sign)).det(), claimed, points=[point]
                ),
            )
            for sign in (1, -1)
        ),
        lemma(
            "a₂a₁ > a₀ under the condition",
            prove_by_terms(gt(determinant), inside, [(1, 1, (gt(alpha), gt(beta), gt(condition)))]),
        ),
        lemma(
            "a₂a₁ ≤ a₀ without it",
            prove_by_terms(
                le(determinant, 0), outside, [(1, 1, (gt(alpha), gt(beta), le(condition, 0)))]
            ),
        ),
        lemma(
            "at a₂a₁ = a₀ a pair ±i√a₁: (λ + a₂)(λ² + a₁)",
            prove_identity(border, (lam + coefficients[0]) * (lam**2 + omega), points=[point]),
        ),
        *hurwitz(),
        value="κ(ακ + β) > βhF(0)q",
    )


def hurwitz() -> list[Settled]:
    """λ³ + a₂λ² + a₁λ + a₀ with positive coefficients: Re λ < 0 exactly if a₂a₁ > a₀.

    A real cubic is (λ + r)(λ² + uλ + v); r > 0, so v = a₀/r > 0, and the pair has negative
    real parts exactly if u > 0, which has the sign of a₂a₁ − a₀.
    """
    r, u, v, a_0, a_1, a_2 = sympy.symbols("r u v a_0 a_1 a_2", real=True)
    a_root = eq(-(r**3) + a_2 * r**2 - a_1 * r + a_0)
    wide = gt(r**2 + a_1)  # as a₁ > 0
    positive = [gt(a_0), gt(a_1), gt(a_2), a_root, wide]
    # r(r² + a₁) = a₂r² + a₀ − (the cubic at −r)
    goes = prove_by_terms(
        gt(r), positive, [(1, r, {2: 1}), (1, 1, {0: 1}), ("zero", 3, -1)], multiplier=[wide]
    )
    factors = sympy.expand((lam + r) * (lam**2 + u * lam + v))
    two, one, zero = (factors.coeff(lam, k) for k in (2, 1, 0))
    return [
        lemma("r² + a₁ > 0", prove_by_terms(wide, positive[:3], [(1, r, ()), (1, 1, (gt(a_1),))])),
        lemma("Hurwitz: a real root −r of the cubic has r > 0", goes),
        lemma(
            "Hurwitz: a₂a₁ − a₀ = u(r² + a₁) for (λ + r)(λ² + uλ + v)",
            prove_identity(two * one - zero, u * (r**2 + one)),
        ),
        remark("a real cubic has a real root; the roots of λ² + uλ + v, v > 0: Re λ < 0 iff u > 0"),
    ]


def _abscissa(mixing: float, transfer: float) -> float:
    """Largest real part of the eigenvalues of the loop's Jacobian at P = H = 0, W = W*, over α.

    Ideal devices, no noise, h = 1, so κ = γ and q = F(0) = 1.
    """
    lr = 0.01
    dynamics = buffered_residual_learning(
        Response(1, 1, -1, 1),
        ScalarQuadratic(1, 0),
        NoNoise(),
        lr=lr,
        transfer_lr=transfer * lr,
        gamma=mixing,
    )
    (jacobian,) = dynamics.jacobians(np.zeros(3))
    return float(np.linalg.eigvals(jacobian).real.max()) / lr


_LIMITS = ((0.4, 4 / 15), (0.1, 1 / 90))


@claim(
    "buffered-residual-learning-limit",
    source=derived("eigenvalues of the loop's Jacobian; theory notes 4.6, H11", "2502.06309"),
    form="derived",
    statement="Without noise and with ideal devices (κ = hγ, h = F(0)q = 1) the loop of Residual "
    "Learning v2 is stable exactly for β/α < γ²/(1 − γ): 4/15 at γ = 0.4, 1/90 at γ = 0.1; for "
    "γ ≥ 1 always.",
    latex=r"\frac{\beta}{\alpha} < \frac{\gamma^2}{1-\gamma} \quad (\gamma < 1)",
    hypotheses=(hypothesis("ideal devices, no noise, h = 1, α, β, γ > 0, mean field"),),
    twins=(
        twin("the limit γ²", limits=((0.4, 0.16), (0.1, 0.01))),
        twin("the limit γ", limits=((0.4, 0.4), (0.1, 0.1))),
        twin("γ = 0.9 is always stable too", always=0.9),
    ),
)
def buffered_residual_learning_limit(
    run: Run,
    limits: tuple[tuple[float, float], ...] = _LIMITS,
    always: float = 1.0,
) -> Evidence:
    """The condition of `buffered-residual-learning-stability`; and the eigenvalues themselves.

    The spectral abscissa 1 % below, at and 1 % above the limit; at β/α up to 10³ for γ = 1.
    """
    known = (gt(alpha), gt(beta), gt(gamma), ge(gamma, Rational(str(always))))
    room = gamma * (alpha * gamma + beta) - beta
    steps = [
        lemma(
            "κ(ακ + β) − β = αγ² − β(1 − γ), κ = γ",
            prove_identity(room, alpha * gamma**2 - beta * (1 - gamma)),
        ),
        lemma(
            f"it is positive for all α, β if γ ≥ {always:g}",
            prove_by_terms(
                gt(room),
                known,
                [(1, 1, (gt(alpha), gt(gamma), gt(gamma))), (1, 1, (gt(beta), known[-1]))],
            ),
        ),
    ]
    for mixing, limit in limits:
        words = f"γ = {mixing:g}, β/α = {limit:.4g}"
        steps += [
            agrees(f"{words}: largest Re λ/α is 0", _abscissa(mixing, limit), 0, tolerance=1e-9),
            at_most(f"{words} − 1 %: Re λ < 0", _abscissa(mixing, 0.99 * limit), -1e-9),
            at_least(f"{words} + 1 %: Re λ > 0", _abscissa(mixing, 1.01 * limit), 1e-9),
        ]
    steps += [
        at_most(f"γ = {always:g}, β/α = {size:g}: Re λ < 0", _abscissa(always, size), -1e-9)
        for size in (0.1, 1.0, 10.0, 1000.0)
    ]
    return conclude(*steps, value=limits[0][1])


radius, share, p, q_s = sympy.symbols("radius share p q_s", real=True)
goal, held = sympy.symbols("goal held", real=True)  # P*(W) and H
_DEAD = (
    hypothesis("one weight, f quadratic, no noise; γ > 0, h > 0", gt(gamma)),
    hypothesis("0 < αhγq± ≤ 1 (written share), bounded away from 0", gt(share), le(share, 1)),
    hypothesis("0 ≤ β ≤ 1", ge(beta), le(beta, 1)),
    hypothesis(
        "|P|, |H| ≤ r < Δw_min", le(p, radius), ge(p, -radius), le(held, radius), ge(held, -radius)
    ),
    hypothesis("|W − W*| ≤ γr, so |P*(W)| ≤ r", le(goal, radius), ge(goal, -radius)),
)


def _residual_step(sign: int) -> tuple[Expr, Expr]:
    """P⁺ − P* without noise at fixed W, and its claimed form.

    `sign` is that of P* − P: P is pulsed up for 1, down for −1.
    """
    device = GeneralDevice("P")
    dynamics = residual_learning(
        GeneralDevice("W"), GeneralQuadratic(), NoNoise(), residual_response=device
    )
    other = sympy.Symbol("q_other", real=True)
    pulsed, still = (device.general_up, device.general_down)[::sign]
    values = {pulsed.func(P): q_s, still.func(P): other}
    drift = plain(as_symbols(field_of(dynamics, "P"), values))
    (kink,) = drift.atoms(sympy.Abs)
    target = residual_of(W, w_star)
    after = P + drift.xreplace({kink: -sign * kink.args[0]}) - target
    return after, (1 - alpha * h * gamma * q_s) * (P - target)


@claim(
    "threshold-transfer-dead-zone",
    source=derived("threshold transfer of section 5; theory notes 4.6, H11", "2502.06309"),
    form="derived",
    statement="With the threshold transfer and no noise Residual Learning v2 has a dead zone: if "
    "|P|, |H| ≤ r < Δw_min and |W − W*| ≤ γr, no pulse ever fires and W never moves, while "
    "P → P*(W), so that the mixed weight tends to W*.",
    latex=r"|P|, |H| \le r < \Delta w_{\min},\; |W-W^*| \le \gamma r \;\Rightarrow\;"
    r" W_k = W_0 \;\forall k, \quad W_0 + \gamma P_k \to W^*",
    hypotheses=_DEAD,
    twins=(
        twin("a buffer without decay, H + βP, as in eq. (32)", keep=sympy.S.One),
        twin("a wider zone: any distance |W − W*|", drop="|W − W*| ≤ γr"),
        twin("the buffer starts anywhere", drop="|P|, |H| ≤ r"),
    ),
)
def threshold_transfer_dead_zone(run: Run, keep: Expr = 1 - beta, drop: str = "") -> Evidence:
    """The set is invariant: P⁺ lies between P and P*, H⁺ between H and P⁺."""
    given = facts_of(_DEAD, drop=drop)
    point = {"P": 0, "alpha": "1/2", "h": 1, "gamma": 1, "q_s": 1, "W": 0, "w_star": 1}
    moved = (1 - share) * p + share * goal
    buffered = keep * held + beta * p
    steps = [
        lemma(
            f"P⁺ − P* = (1 − αhγq_s)(P − P*), P {'<' if sign > 0 else '>'} P*",
            prove_identity(*_residual_step(sign), points=[point]),
        )
        for sign in (1, -1)
    ]
    for words, inner, old, new, weight in (
        ("P⁺", moved, p, goal, (gt(share), le(share, 1))),
        ("H⁺ (before a pulse)", buffered, held, p, (ge(beta), le(beta, 1))),
    ):
        for sign in (1, -1):
            stays = ge(radius, sign * inner)
            ends = [le(x, radius) if sign > 0 else ge(x, -radius) for x in (old, new)]
            terms = [(1, 1, (weight[1], ends[0])), (1, 1, (weight[0], ends[1]))]
            side = "≤ r" if sign > 0 else "≥ −r"
            steps.append(lemma(f"{words} {side}", prove_by_terms(stays, given, terms)))
    return conclude(
        *steps,
        remark("so |H| < Δw_min at every step and W stays; W̄ − W* = γ(P − P*) → 0"),
        value="γΔw_min",
    )
