"""Which step sizes keep the averaged iteration of Residual Learning v2 stable.

Problem: arXiv:2502.06309 eqs. (10), (14), (15) in the mean, linearised at P = H = 0, W = W* (see
rlv2): P⁺, then H⁺ = (1 − β)H + βP⁺, then W⁺ = W + βqH⁺. With k = ακ, κ = hγF(0) + E|ε|·G′(0),
and e = αβ²hF(0)q its characteristic polynomial is

    χ(z) = (z − 1 + k)(z − 1 + β)(z − 1) + e·z².

For 0 < k ≤ 1, 0 < β ≤ 1 all its roots lie inside the unit circle exactly if
κ(k + β − kβ) > (1 − k)(1 − β)β·hF(0)q and e < 2(2 − k)(2 − β): Jury's conditions, proved here by
the map z = (1 + σ)/(1 − σ) and Hurwitz' condition for a cubic. The condition of the mean field,
κ(k + β) > β·hF(0)q, is enough for both. Derived here.
"""

from __future__ import annotations

from functools import cache
from typing import TypeAlias

import sympy

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
from analogtheory.proofs.general_device import h
from analogtheory.proofs.residual_linearisation import F_0, alpha, beta, kappa, lam, q
from analogtheory.proofs.rlv2 import hurwitz, loop_jacobian
from analogtheory.prove import ge, gt, le, prove_by_terms, prove_identity, prove_polynomial

Expr: TypeAlias = sympy.Expr

#: k = ακ, e = αβ²hF(0)q, and κ and hF(0)q themselves.
k, e, damping, spring, sigma = sympy.symbols("k e kappa spring sigma", real=True)
p, held, d = sympy.symbols("p held d", real=True)

_STEPS = (
    hypothesis("α, κ, h, F(0), q > 0", gt(alpha), gt(damping), gt(spring)),
    hypothesis("0 < ακ ≤ 1", gt(k), le(k, 1)),
    hypothesis("0 < β ≤ 1", gt(beta), le(beta, 1)),
    hypothesis("G(0) = 0 for the residual array"),
)
_POINT = {
    **{"alpha": "1/10", "beta": "1/5", "gamma": "1/10", "h": 1, "F_0": 1, "slope": 1},
    **{"Sigma": "1/2", "q": 1, "lam": 2, "k": "1/2", "e": "1/2", "kappa": 1, "spring": 1},
}
_LOOP = damping * (k + beta - k * beta) - (1 - k) * (1 - beta) * beta * spring
_END = 2 * (2 - k) * (2 - beta) - e


@cache
def _jacobian(sign: int) -> sympy.ImmutableMatrix:
    return sympy.ImmutableMatrix(loop_jacobian(sign))


def characteristic(sign: int, simultaneous: bool = False) -> Expr:
    """det(λI − iteration) on one side of H = 0.

    Each step reads the new value of the one before; `simultaneous` reads the old ones.
    """
    jacobian = _jacobian(sign)
    old = sympy.Matrix([p, held, d])
    residual = p + (jacobian[0, :] * old)[0]
    read = p if simultaneous else residual
    buffer = held + (jacobian[1, :] * sympy.Matrix([read, held, d]))[0]
    sent = held if simultaneous else buffer
    weight = d + (jacobian[2, :] * sympy.Matrix([read, sent, d]))[0]
    rows = [sympy.expand(row) for row in (residual, buffer, weight)]
    matrix = sympy.Matrix([[sympy.diff(row, x) for x in (p, held, d)] for row in rows])
    return (lam * sympy.eye(3) - matrix).det()


def half_plane() -> list[Expr]:
    """b₀ … b₃ of (1 − σ)³χ((1 + σ)/(1 − σ))."""
    z = (1 + sigma) / (1 - sigma)
    polynomial = (z - 1 + k) * (z - 1 + beta) * (z - 1) + e * z**2
    moved = sympy.Poly(sympy.cancel(polynomial * (1 - sigma) ** 3), sigma)
    return [sympy.factor(moved.coeff_monomial(sigma**power)) for power in range(4)]


@claim(
    "buffered-residual-learning-step-sizes",
    source=derived("Jury's conditions for eqs. (10), (14), (15), linearised", "2502.06309"),
    form="derived",
    statement="For 0 < ακ ≤ 1, 0 < β ≤ 1 each one-sided linearisation of the averaged iteration of "
    "Residual Learning v2 has spectral radius below 1 exactly if κ(ακ + β − ακβ) > "
    "(1 − ακ)(1 − β)β·hF(0)q and αβ²hF(0)q < 2(2 − ακ)(2 − β), κ = hγF(0) + E|ε|·G′(0).",
    latex=r"\rho < 1 \iff \kappa(\alpha\kappa+\beta-\alpha\kappa\beta) > (1-\alpha\kappa)(1-\beta)"
    r"\,\beta\,h F(0) q \;\wedge\; \alpha\beta^2 h F(0) q < 2(2-\alpha\kappa)(2-\beta)",
    hypotheses=_STEPS,
    twins=(
        twin(
            "the condition of the mean field, κ(ακ + β) > βhF(0)q",
            loop=damping * (k + beta) - beta * spring,
        ),
        twin("the second condition 4(2 − ακ)(2 − β)", end=4 * (2 - k) * (2 - beta) - e),
        twin("every step reads the old values", simultaneous=True),
    ),
)
def buffered_step_sizes(
    run: Run, loop: Expr = _LOOP, end: Expr = _END, simultaneous: bool = False
) -> Evidence:
    """χ from the Dynamics, the half-plane coefficients, their signs, Hurwitz."""
    claimed = (lam - 1 + alpha * kappa) * (lam - 1 + beta) * (lam - 1)
    claimed += alpha * beta**2 * h * F_0 * q * lam**2
    b = half_plane()
    inside = {k: alpha * damping, e: alpha * beta**2 * spring}
    hurwitz_gap = b[2] * b[1] - b[3] * b[0]
    return conclude(
        *(
            lemma(
                f"χ, H {'>' if sign > 0 else '<'} 0",
                prove_identity(characteristic(sign, simultaneous), claimed, points=[_POINT]),
            )
            for sign in (1, -1)
        ),
        lemma("b₃ is the second condition", prove_identity(b[3], end, points=[_POINT])),
        lemma(
            "b₂b₁ − b₃b₀ = 8αβ·(the first condition)",
            prove_identity(
                hurwitz_gap.subs(inside), (8 * alpha * beta * loop).subs(inside), points=[_POINT]
            ),
        ),
        lemma("b₀ = e > 0", prove_identity(b[0], e)),
        lemma("b₁ = 2kβ + e > 0", prove_identity(b[1], 2 * k * beta + e)),
        lemma("b₂ = 4(k + β − kβ) − e", prove_identity(b[2], 4 * (k + beta - k * beta) - e)),
        *_second_coefficient(b[2]),
        *hurwitz(),
        remark(
            "|z| < 1 exactly if Re σ < 0. If b₃ ≤ 0, χ(−1) ≥ 0 and a real root is ≤ −1; if b₃ > 0 "
            "≥ b₂, the sum −b₂/b₃ of the σ is ≥ 0: no stable iteration is lost"
        ),
        value="κ(ακ + β − ακβ) > (1 − ακ)(1 − β)β·hF(0)q",
    )


def _second_coefficient(b_2: Expr) -> list[Settled]:
    """b₂ > 0 from both conditions, with u = 1 − k, v = 1 − β and X = k + β − 1 − 3uv.

    b₂ = (the second condition) + 2X where X ≥ 0; uv·b₂ = (the first) − (1 − uv)X where X < 0,
    and there u(1 + 3v) = β − X > 0, v(1 + 3u) = k − X > 0.
    """
    u, v = 1 - k, 1 - beta
    X = k + beta - 1 - 3 * u * v
    first, second, low = gt(_loop_in_k()), gt(_END), gt(-X)
    room = (gt(k), le(k, 1), gt(beta), le(beta, 1))
    steps = [
        lemma(
            "b₂ > 0 where k + β ≥ 1 + 3(1 − k)(1 − β)",
            prove_by_terms(gt(b_2), (second, ge(X)), [(1, 1, (second,)), (2, 1, (ge(X),))]),
        )
    ]
    for words, one, other, rate in (("k", u, v, beta), ("β", v, u, k)):
        wide = gt(1 + 3 * other)
        steps.append(
            lemma(
                f"elsewhere {words} < 1",
                prove_by_terms(
                    gt(one), (*room, low, wide), [(1, 1, (low,)), (1, 1, (gt(rate),))],
                    multiplier=[wide],
                ),
            )
        )  # fmt: skip
    inside = (gt(u), gt(v), gt(k), gt(beta), first, low)
    # 1 − uv = k + βu
    terms = [(1, 1, (first,)), (1, 1, (gt(k), low)), (1, 1, (gt(beta), gt(u), low))]
    outcome = prove_by_terms(gt(b_2), inside, terms, multiplier=[gt(u), gt(v)])
    return [*steps, lemma("and b₂ > 0", outcome)]


def _loop_in_k() -> Expr:
    """αβ·(the first condition) in k, β and e."""
    return (k + beta - k * beta) * k * beta - (1 - k) * (1 - beta) * e


@claim(
    "buffered-residual-learning-mean-field-suffices",
    source=derived("both stability conditions compared", "2502.06309"),
    form="derived",
    statement="For 0 < ακ ≤ 1, 0 < β ≤ 1 the stability condition κ(ακ + β) > β·hF(0)q of the mean "
    "field of Residual Learning v2 implies both conditions of the averaged iteration itself, so "
    "the spectral radius of each of its one-sided linearisations is below 1.",
    latex=r"\kappa(\alpha\kappa+\beta) > \beta h F(0) q \;\Rightarrow\; \rho < 1",
    hypotheses=_STEPS,
    twins=(
        twin("κ > 0 is enough", condition=damping),
        twin("twice the spring is still safe", condition=2 * damping * (k + beta) - beta * spring),
        twin("β above 1", drop="β ≤ 1"),
    ),
)
def mean_field_suffices(
    run: Run, condition: Expr = damping * (k + beta) - beta * spring, drop: str = ""
) -> Evidence:
    """Two polynomial inequalities; αβ²hF(0)q = e with ακ = k is e·κ = β²k·hF(0)q."""
    given = (*facts_of(_STEPS, drop=drop)[1:], gt(condition))
    # (1 − k)(1 − β)βS < (1 − k)(1 − β)κ(k + β) ≤ κ(k + β − kβ)
    end = gt(2 * (2 - k) * (2 - beta) * damping, beta**2 * k * spring)
    return conclude(
        lemma("the first condition", prove_polynomial(gt(_LOOP), given, degree=4)),
        lemma("the second, times κ", prove_polynomial(end, given, degree=4)),
        value="κ(ακ + β) > β·hF(0)q",
    )
