"""How Residual Learning approaches its equilibrium: eigenvalues, damping, step sizes.

Problem: the mean field of :func:`analogtheory.algorithms.residual_learning` (arXiv:2502.06309
eqs. (10), (11)) with unknown responses, G(0) = 0 for the residual array, linearised at P = 0,
W = W*, where h = f″(W*) and Σ = E|ε|. |P| has a kink there: for P > 0 the main array is
pulsed up (q = q₊(W*)), for P < 0 down (q = q₋(W*)), so there are two one-sided Jacobians.

    λ² + ακλ + αβ·h·F(0)·q = 0,    κ = hγF(0) + Σ·G′(0)

The Jacobians are differentiated here from the mean field of the Dynamics itself. (The theory
notes 4.2 write the constant term without F(0).) Stability of the two sides glued together is
shown by a strict Lyapunov function; the averaged iteration is in residual_step_sizes.
"""

from __future__ import annotations

from functools import cache
from typing import TypeAlias

import sympy

from analogtheory.algorithms import residual_learning
from analogtheory.algorithms.symbols import P, W
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
from analogtheory.dynamics import MeanAbs
from analogtheory.noise import Gaussian
from analogtheory.proofs.general_device import (
    GeneralDevice,
    GeneralQuadratic,
    as_symbols,
    field_of,
    h,
    plain,
    w_star,
)
from analogtheory.prove import ge, gt, prove_by_terms, prove_identity

Expr: TypeAlias = sympy.Expr

alpha, beta, gamma = sympy.symbols("alpha beta gamma", real=True)
#: F(0) and G′(0) of the residual array, Σ = E|ε|, m′(0), q_s(W*) of the main array.
F_0, slope, Sigma, m_slope, q = sympy.symbols("F_0 slope Sigma m_slope q", real=True)
#: Residual and distance to W* in the linearised equations, eigenvalue, β/α.
p, d, lam, ratio = sympy.symbols("p d lam ratio", real=True)
#: The smaller of q₊(W*) and q₋(W*).
q_0 = sympy.Symbol("q_0", real=True)
#: G(0), 0 under Assumption 4.
G_0 = sympy.Symbol("G_0", real=True)

kappa = h * gamma * F_0 + Sigma * slope

POSITIVE = hypothesis(
    "α, β, h > 0, F(0) > 0 and q± > 0", gt(alpha), gt(beta), gt(h), gt(F_0), gt(q)
)
ZERO_SHIFTED = hypothesis(
    "G(0) = 0 for the residual array (Assumption 4)",
    predicate=lambda problem: float(problem.response.G(0.0)) == 0.0,
)
_MIXING = hypothesis("γ ≥ 0", ge(gamma))
_NOISE = hypothesis("Σ = E|ε| ≥ 0", ge(Sigma))
_ATTRACTS = hypothesis("G′(0) ≥ 0: the symmetric point attracts", ge(slope))
DAMPED = hypothesis("κ > 0 (γ > 0, or noise and G′(0) > 0)", gt(kappa))

#: A problem with γ = 1, Σ = 1/2, F(0) = 2, G′(0) = 1, q = 1, where twins are shown to be wrong.
POINT = {
    **{"alpha": "1/10", "beta": "1/10", "gamma": 1, "h": 1, "F_0": 2, "slope": 1},
    **{"Sigma": "1/2", "m_slope": "1/2", "q": 1, "lam": 1, "p": 1, "d": 1, "ratio": 1, "G_0": 0},
    "q_0": 1,
}


@cache
def one_sided_jacobian(sign: int, g_0: Expr = sympy.S.Zero) -> sympy.ImmutableMatrix:
    """Jacobian of (Ṗ, Ẇ) at P = 0±, W = W*, in the symbols above.

    Parameters
    ----------
    sign : int
        The side of P = 0: q stands for q₊(W*) or q₋(W*).
    g_0 : sympy.Expr
        G(0) of the residual array.
    """
    main, residual = GeneralDevice("W"), GeneralDevice("P")
    dynamics = residual_learning(
        main, GeneralQuadratic(), Gaussian(1.0), residual_response=residual
    )
    rows = [field_of(dynamics, name).subs(sympy.Abs(P), sign * P) for name in ("P", "W")]
    jacobian = sympy.Matrix([[sympy.diff(row, state) for state in (P, W)] for row in rows])
    at_rest = jacobian.applyfunc(lambda entry: plain(_at_rest(entry, main, residual, sign, g_0)))
    return sympy.ImmutableMatrix(at_rest)


def _at_rest(
    entry: Expr, main: GeneralDevice, residual: GeneralDevice, sign: int, g_0: Expr
) -> Expr:
    """An entry at P = 0, W = W*; values and slopes of the responses become symbols."""
    pulsed, other = (
        (main.general_up, main.general_down) if sign > 0 else (main.general_down, main.general_up)
    )
    up_p, down_p = residual.general_up.func, residual.general_down.func
    rise = sympy.Symbol("rise", real=True)  # F′(0): it drops out where G(0) = g(W*) = 0
    values = {
        sympy.diff(up_p(P), P): rise - slope,
        sympy.diff(down_p(P), P): rise + slope,
        up_p(P): F_0 - g_0,
        down_p(P): F_0 + g_0,
        pulsed.func(W): q,
        other.func(W): sympy.Symbol("q_other", real=True),
    }
    moments = entry.atoms(MeanAbs)
    at_zero = as_symbols(entry.xreplace(dict.fromkeys(moments, Sigma)), values)
    return sympy.expand(at_zero.subs({P: 0, W: w_star}))


def _characteristic(jacobian: sympy.ImmutableMatrix) -> Expr:
    return (lam * sympy.eye(2) - jacobian).det()


def same_sides() -> Settled:
    """Both one-sided Jacobians are the same formula in q, so that one side stands for both."""
    x, y = sympy.symbols("x y", real=True)
    vector = sympy.Matrix([p, d])
    left, right = (
        x * rows[0] + y * rows[1] for rows in (one_sided_jacobian(s) * vector for s in (1, -1))
    )
    return lemma("the Jacobians of both sides agree, q for q₊ or q₋", prove_identity(left, right))


@claim(
    "residual-learning-linearisation",
    source=derived("mean field of eqs. (10), (11) at P = 0, W = W*", "2502.06309"),
    form="derived",
    statement="At P = 0, W = W* the eigenvalues of both one-sided Jacobians solve λ² + ακλ + "
    "αβ·h·F(0)·q = 0 with κ = hγF(0) + E|ε|·G′(0) and q = q±(W*): damping comes from γ or from "
    "the noise.",
    latex=r"\lambda^2 + \alpha\kappa\lambda + \alpha\beta\,h\,F(0)\,q_\pm(W^*) = 0, \quad"
    r" \kappa = h\gamma F(0) + \mathbb{E}|\varepsilon|\,G'(0)",
    hypotheses=(ZERO_SHIFTED, hypothesis("f is twice differentiable at W*, h = f″(W*)")),
    twins=(
        twin("no damping by the noise", damping=h * gamma * F_0),
        twin("the constant term without F(0), as in the theory notes", stiffness=h * q),
        twin("a shifted symmetric point, G(0) ≠ 0, of the residual array", shift=G_0),
    ),
)
def residual_learning_linearisation(
    run: Run,
    damping: Expr = kappa,
    stiffness: Expr = h * F_0 * q,
    shift: Expr = sympy.S.Zero,
) -> Evidence:
    """det(λI − J) for J differentiated from the mean field, on both sides of the kink."""
    claimed = lam**2 + alpha * damping * lam + alpha * beta * stiffness
    point = {**POINT, "G_0": "1/2"}
    return conclude(
        *(
            lemma(
                f"det(λI − J) at P = 0{'+' if sign > 0 else '−'}",
                prove_identity(
                    _characteristic(one_sided_jacobian(sign, shift)), claimed, points=[point]
                ),
            )
            for sign in (1, -1)
        ),
        value="λ² + ακλ + αβhF(0)q",
    )


_STABLE = (
    POSITIVE,
    hypothesis("q₊(W*), q₋(W*) ≥ q₀ > 0", gt(q_0), ge(q, q_0)),
    ZERO_SHIFTED,
    DAMPED,
)
#: b = βhF(0)q₀.
_SPRING = beta * h * F_0 * q_0


@claim(
    "residual-learning-stability",
    source=derived("one-sided linearisations of eqs. (10), (11)", "2502.06309"),
    form="derived",
    statement="If κ = hγF(0) + E|ε|·G′(0) > 0, the mean field linearised at P = 0, W = W* "
    "(two sides, glued at P = 0) is asymptotically stable, for all α, β, γ, h, F(0), q±: "
    "V = αhF(0)(W−W*)² + βq_sP² falls at the rate 2αβκq_sP², and V + 2δP(W−W*) is positive and "
    "falls strictly, δ = 2αbκ/(4b + ακ²), b = βhF(0)·min q±.",
    latex=r"V = \alpha h F(0)(W-W^*)^2 + \beta\,q_{\operatorname{sign}P}\,P^2, \quad"
    r" \dot V = -2\alpha\beta\kappa\, q_{\operatorname{sign}P}\, P^2, \quad"
    r" \tfrac{d}{dt}\big(V + 2\delta P(W-W^*)\big) < 0",
    hypotheses=_STABLE,
    twins=(
        twin("neither mixing nor noise, or a repelling symmetric point", drop="κ > 0"),
        twin("V with P²/q_s for q_s·P²", weight=1 / q),
        twin("a cross term of the other sign", cross=-1),
    ),
)
def residual_learning_stability(
    run: Run, drop: str = "", weight: Expr = q, cross: int = 1
) -> Evidence:
    """V̇ along J·(p, d) is an identity; the cross term makes it negative definite."""
    velocity = one_sided_jacobian(1) * sympy.Matrix([p, d])
    energy = alpha * h * F_0 * d**2 + beta * weight * p**2
    rate = sympy.diff(energy, p) * velocity[0] + sympy.diff(energy, d) * velocity[1]
    claimed = -2 * alpha * beta * kappa * q * p**2
    point = {**POINT, "q": 2}
    turned = velocity[0] * d + p * velocity[1]
    twisted = beta * q * p**2 - alpha * kappa * p * d - alpha * h * F_0 * d**2
    return conclude(
        same_sides(),
        lemma("V̇ = −2αβκqP²", prove_identity(rate, claimed, points=[point])),
        lemma(
            "d/dt P(W−W*) = βqP² − ακP(W−W*) − αhF(0)(W−W*)²",
            prove_identity(turned, twisted, points=[point]),
        ),
        *_strictly_falling(drop, cross),
        remark("V + 2δP(W−W*) is continuous and homogeneous of degree 2: the decay is exponential"),
        value="κ > 0",
    )


def _strictly_falling(drop: str, cross: int) -> list[Settled]:
    """V + 2δP(W−W*) > 0 and its rate < 0 for q ≥ q₀, by squares; κ is written k, d = W − W*.

    δ = 2αbκ/(4b + ακ²) is the weight of the cross term.

    4hF(0)·(−½ rate) = δα(kP + 2hF(0)d)² + n·P²,  n = 4hF(0)βq(αk − δ) − δαk²,
    αhF(0)·(V + 2δPd) = (αhF(0)d + δP)² + N·P²,  N = αhF(0)βq − δ².
    """
    k = sympy.Symbol("k", real=True)
    stiff, pull, bound = h * F_0, beta * q, 4 * _SPRING + alpha * k**2
    delta = cross * 2 * alpha * _SPRING * k / bound
    given = [gt(k) if fact == gt(kappa) else fact for fact in facts_of(_STABLE, drop=drop)]
    loss = alpha * pull * k * p**2 - delta * (
        pull * p**2 - alpha * k * p * d - alpha * stiff * d**2
    )
    size = alpha * stiff * d**2 + pull * p**2 + 2 * delta * p * d
    n = 4 * stiff * pull * (alpha * k - delta) - delta * alpha * k**2
    height = alpha * stiff * pull - delta**2
    squares = delta * alpha * (k * p + 2 * stiff * d) ** 2 + n * p**2
    spring, damper, wider = (gt(beta), gt(h), gt(F_0), gt(q_0)), (gt(alpha), gt(k)), ge(q, q_0)
    elastic = (*spring[:3], wider)
    return [
        lemma("4hF(0)·(−½ rate) in squares", prove_identity(4 * stiff * loss, squares)),
        lemma(
            "the first weight is positive: δ·(4b + ακ²) > 0",
            prove_by_terms(gt(sympy.cancel(delta * bound)), given, [(2, 1, (*spring, *damper))]),
        ),
        lemma(
            "the second too: n·(4b + ακ²) > 0",
            prove_by_terms(
                gt(sympy.expand(sympy.cancel(n * bound))),
                given,
                [
                    (8, 1, (*spring, *spring[:3], gt(q), *damper)),
                    (4, alpha * k, (*elastic, gt(k))),
                    (2, alpha * k, (*spring, gt(k))),
                ],
            ),
        ),
        lemma(
            "αhF(0)·(V + 2δP(W−W*)) in squares",
            prove_identity(
                alpha * stiff * size, (alpha * stiff * d + delta * p) ** 2 + height * p**2
            ),
        ),
        lemma(
            "their weight is positive: N·(4b + ακ²)² > 0",
            prove_by_terms(
                gt(sympy.expand(sympy.cancel(height * bound**2))),
                given,
                [
                    (1, bound, (gt(alpha), *elastic)),
                    (16, 1, (gt(alpha), *spring * 3)),
                    (1, 1, (*damper * 3, *spring, gt(k))),
                    (4, 1, (*damper * 2, *spring * 2)),
                ],
            ),
        ),
    ]


@claim(
    "residual-learning-damping",
    source=derived("trace of the linearisation; theory notes 4.2 and H7", "2502.06309"),
    form="derived",
    statement="The damping κ = hγF(0) + E|ε|·G′(0) is positive if γ > 0, or if there is noise and "
    "G′(0) > 0; for γ = 0 without noise it is 0 and both eigenvalues are ±i√(αβhF(0)q).",
    latex=r"\kappa > 0 \Leftarrow \gamma > 0 \vee (\mathbb{E}|\varepsilon| > 0 \wedge G'(0) > 0);"
    r" \quad \gamma = \mathbb{E}|\varepsilon| = 0 \Rightarrow \lambda = \pm i"
    r"\sqrt{\alpha\beta h F(0) q}",
    hypotheses=(POSITIVE, ZERO_SHIFTED, _MIXING, _NOISE, _ATTRACTS),
    twins=(
        twin("γ = 0 and noise, but G′(0) = 0 (a symmetric device): still damped?", flat=True),
        twin("γ = 0, no noise: still damped?", quiet=True),
    ),
)
def residual_learning_damping(run: Run, flat: bool = False, quiet: bool = False) -> Evidence:
    """Signs of κ, and the characteristic polynomial where it vanishes."""
    given = facts_of((POSITIVE, _MIXING, _NOISE, _ATTRACTS))
    mixed = (gt(h), gt(gamma), gt(F_0))
    noisy = (gt(Sigma), gt(slope))
    by_noise = tuple(f for f, gone in zip(noisy, (quiet, flat), strict=True) if not gone)
    frozen = _characteristic(one_sided_jacobian(1)).subs({gamma: 0, Sigma: 0})
    return conclude(
        lemma(
            "κ > 0 if γ > 0",
            prove_by_terms(
                gt(kappa), (*given, gt(gamma)), [(1, 1, mixed), (1, 1, (ge(Sigma), ge(slope)))]
            ),
        ),
        lemma(
            "κ > 0 if Σ > 0 and G′(0) > 0",
            prove_by_terms(
                gt(kappa),
                (*given, *by_noise),
                [(1, 1, noisy), (1, 1, (gt(h), ge(gamma), gt(F_0)))],
            ),
        ),
        lemma(
            "γ = Σ = 0: λ² + αβhF(0)q",
            prove_identity(frozen, lam**2 + alpha * beta * h * F_0 * q),
        ),
        value="κ",
    )


@claim(
    "residual-learning-overdamped",
    source=derived("discriminant of the linearisation; theory notes 4.2", "2502.06309"),
    form="derived",
    statement="Each one-sided linearisation of the mean field at P = 0, W = W* has real "
    "eigenvalues (no oscillation on that side) exactly if β/α ≤ κ²/(4·h·F(0)·q), q = q₊(W*) or "
    "q₋(W*).",
    latex=r"\lambda \in \mathbb{R} \iff \frac{\beta}{\alpha} \le \frac{\kappa^2}{4\,h\,F(0)\,q}",
    hypotheses=(POSITIVE, ZERO_SHIFTED),
    twins=(
        twin("2 for 4", four=2),
        twin("κ for κ²", power=1),
    ),
)
def residual_learning_overdamped(run: Run, four: int = 4, power: int = 2) -> Evidence:
    """The discriminant is α²(κ² − 4hF(0)q·β/α); its sign decides."""
    jacobian = one_sided_jacobian(1)
    discriminant = (jacobian.trace() ** 2 - 4 * jacobian.det()).subs(beta, ratio * alpha)
    gap = kappa**power - four * h * F_0 * q * ratio
    same = prove_identity(discriminant, alpha**2 * gap, points=[POINT])
    given = facts_of((POSITIVE,))
    below, above = ge(gap), gt(-gap)
    return conclude(
        same_sides(),
        lemma("discriminant = α²(κ² − 4hF(0)q·β/α)", same),
        lemma(
            "β/α ≤ κ²/(4hF(0)q): real",
            prove_by_terms(ge(alpha**2 * gap), (*given, below), [(1, alpha, (below,))]),
        ),
        lemma(
            "β/α > κ²/(4hF(0)q): complex",
            prove_by_terms(
                gt(-(alpha**2) * gap), (*given, above), [(1, 1, (gt(alpha), gt(alpha), above))]
            ),
        ),
        value="κ²/(4hF(0)q)",
    )
