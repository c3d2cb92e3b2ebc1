"""The bilevel problem behind Residual Learning, and what its transfer step does to it.

Problem (arXiv:2502.06309 eq. (9)): min_W ‖P*(W)‖² with P*(W) ∈ argmin_P f(W + γP), where f
has the unique minimiser W* and γ ≠ 0. Then W + γP*(W) = W*, from which the residual, the
hyper-gradient and the fixed point W = W*, P = 0 follow for every f. The transfer step is
taken from :func:`analogtheory.algorithms.residual_learning` with unknown responses.

Three coordinates stand for D: every formula acts on each coordinate alone, and the
derivatives are taken along an arbitrary direction.
"""

from __future__ import annotations

from functools import cache
from typing import TypeAlias

import sympy

from analogtheory.algorithms import residual_learning
from analogtheory.algorithms.symbols import P as P_STATE
from analogtheory.algorithms.symbols import W as W_STATE
from analogtheory.claims import (
    Evidence,
    Run,
    Source,
    claim,
    conclude,
    derived,
    facts_of,
    hypothesis,
    lemma,
    remark,
    twin,
)
from analogtheory.noise import Gaussian
from analogtheory.proofs.general_device import (
    GeneralDevice,
    GeneralObjective,
    as_symbols,
    field_of,
    only,
    plain,
)
from analogtheory.prove import ge, gt, prove_identity, prove_polynomial

Expr: TypeAlias = sympy.Expr

gamma, beta, size = sympy.symbols("gamma beta size", real=True)
up, down, q_min = sympy.symbols("up down q_min", real=True)
W = sympy.symbols("W1:4", real=True)
W_min = sympy.symbols("W_min1:4", real=True)
V = sympy.symbols("v1:4", real=True)

_UNIQUE = hypothesis("f has exactly one minimiser W*")
_MIXING = hypothesis("γ > 0", gt(gamma, 0), predicate=lambda problem: problem.gamma > 0)


@cache
def residual(w: Expr, w_min: Expr) -> Expr:
    """P*(W) in one coordinate: the solution of W + γP = W*."""
    unknown = sympy.Symbol("unknown", real=True)
    (solution,) = sympy.solve(w + gamma * unknown - w_min, unknown)
    return sympy.sympify(solution)


#: Where twins are shown to be wrong: small numbers, W* ≠ W, γ = 2.
_POINT = {
    **{f"W{k}": 0 for k in (1, 2, 3)},
    **{f"W_min{k}": k for k in (1, 2, 3)},
    **{f"v{k}": 1 for k in (1, 2, 3)},
    **{"gamma": 2, "beta": 1, "size": 1, "up": 1, "down": 3},
}


def _residuals() -> list[Expr]:
    return [residual(w, w_min) for w, w_min in zip(W, W_min, strict=True)]


def _along(expression: Expr) -> Expr:
    """The derivative in W along the direction v."""
    return sum((v * sympy.diff(expression, w) for v, w in zip(V, W, strict=True)), sympy.S.Zero)


@claim(
    "bilevel-hyper-gradient",
    source=Source("2502.06309", "eq. (9) and the text below it"),
    form="printed",
    statement="If W* is the only minimiser of f and γ > 0, then P*(W) = (W* − W)/γ, "
    "∇P*(W) = −I/γ and ∇‖P*(W)‖² = −(2/γ)P*(W); so the upper level is least, 0, at W = W*.",
    latex=r"P^*(W) = \frac{W^*-W}{\gamma}, \quad \nabla P^*(W) = -\frac{1}{\gamma} I, \quad"
    r" \nabla \|P^*(W)\|^2 = -\frac{2}{\gamma} P^*(W)",
    hypotheses=(_UNIQUE, _MIXING),
    twins=(
        twin("the sign of the hyper-gradient", factor=2 / gamma),
        twin("γ² for γ in the hyper-gradient", factor=-2 / gamma**2),
        twin("∇P* = −I, the mixing coefficient forgotten", slope=sympy.Integer(-1)),
    ),
)
def bilevel_hyper_gradient(
    run: Run, factor: Expr = -2 / gamma, slope: Expr = -1 / gamma
) -> Evidence:
    """Solve W + γP = W* for P, and differentiate along an arbitrary direction."""
    found = _residuals()
    squares = sum((p**2 for p in found), sympy.S.Zero)
    inner = sum((v * p for v, p in zip(V, found, strict=True)), sympy.S.Zero)
    return conclude(
        remark("P ↦ W + γP is onto for γ ≠ 0, so f(W + γP) is least exactly where W + γP = W*"),
        lemma("W + γP* = W*", prove_identity(W[0] + gamma * found[0], W_min[0], points=[_POINT])),
        lemma(
            "∇P* = −I/γ, same coordinate",
            prove_identity(_along(found[0]), slope * V[0], points=[_POINT]),
        ),
        lemma(
            "∇‖P*‖² = −(2/γ)P*", prove_identity(_along(squares), factor * inner, points=[_POINT])
        ),
        lemma(
            "‖P*‖ = 0 at W = W*", prove_identity(squares.subs(dict(zip(W, W_min, strict=True))), 0)
        ),
        value="-2/γ",
    )


def _upper_level(power: int) -> Evidence:
    """One coordinate; both sides are sums over coordinates."""
    square, distance = _residuals()[0] ** 2, (W_min[0] - W[0]) ** 2
    given = facts_of((_MIXING,))
    same = prove_identity(square, distance / gamma**power, given=given, points=[_POINT])
    return conclude(lemma("‖P*(W)‖² against ‖W* − W‖², one coordinate", same))


@claim(
    "bilevel-upper-level-printed",
    source=Source("2502.06309", "text after eq. (11)"),
    form="printed",
    statement="The upper-level objective ‖P*(W)‖² equals ‖W* − W‖².",
    latex=r"\|P^*(W)\|^2 = \|W^*-W\|^2",
    hypotheses=(_UNIQUE, _MIXING),
    twins=(twin("divided by γ²", power=2),),
    expected="refuted",
    repaired_by="bilevel-upper-level",
    readings=(
        "γ = 1: true, but the text asks for γ ≠ 0 only",
        "'equals' up to a constant factor: true, and enough for the minimisers",
        "2/γ absorbed in β: said of the hyper-gradient, whose factor 2/γ is printed correctly "
        "just before; it does not turn 1/γ² into 1",
    ),
    consequence="None for the algorithm and its theorems: a constant factor is dropped in a "
    "remark, the minimisers and the printed hyper-gradient −(2/γ)P* are right.",
)
def bilevel_upper_level_printed(run: Run, power: int = 0) -> Evidence:
    """Insert P*(W) = (W* − W)/γ."""
    return _upper_level(power)


@claim(
    "bilevel-upper-level",
    source=Source("2502.06309", "text after eq. (11)"),
    form="repaired",
    statement="The upper-level objective ‖P*(W)‖² equals ‖W* − W‖²/γ².",
    latex=r"\|P^*(W)\|^2 = \frac{\|W^*-W\|^2}{\gamma^2}",
    hypotheses=(_UNIQUE, _MIXING),
    twins=(
        twin("the printed form, without 1/γ²", power=0),
        twin("γ for γ²", power=1),
    ),
)
def bilevel_upper_level(run: Run, power: int = 2) -> Evidence:
    """Insert P*(W) = (W* − W)/γ."""
    return _upper_level(power)


_CONTRACTS = (
    _UNIQUE,
    _MIXING,
    hypothesis("β > 0", gt(beta, 0)),
    hypothesis("q± ≥ q_min > 0 at W", gt(q_min), ge(up, q_min), ge(down, q_min)),
    hypothesis(
        "β(q± + q_min) ≤ 2γ at W",
        ge(2 * gamma, beta * (up + q_min)),
        ge(2 * gamma, beta * (down + q_min)),
    ),
)


def _transferred(sign: int) -> tuple[Expr, Expr]:
    """P*(W) and P*(W⁺) where the residual array has settled at P*(W) = ±size."""
    dynamics = residual_learning(GeneralDevice("W"), GeneralObjective(), Gaussian(1.0))
    moved = field_of(dynamics, "W")
    values = {f(W_STATE): s for f, s in zip(_responses(), (up, down), strict=True)}
    step = plain(as_symbols(moved.subs({P_STATE: sign * size}), values))
    step = step.subs(sympy.Abs(size), size)
    w_min = W[0] + gamma * sign * size
    return residual(W[0], w_min), residual(W[0] + step, w_min)


def _responses() -> tuple[Expr, Expr]:
    device = GeneralDevice("W")
    return device.general_up.func, device.general_down.func


@claim(
    "residual-transfer-contracts",
    source=derived("arXiv:2502.06309 eqs. (9), (11) with P = P*(W)"),
    form="derived",
    statement="If P has settled at P*(W), the transfer step multiplies each coordinate of P* by "
    "1 − (β/γ)·q_s(W), s its sign; where q_min ≤ q± ≤ 2γ/β − q_min this is at most 1 − βq_min/γ "
    "in size, whatever G is.",
    latex=r"P^*(W^+)_d = \left(1 - \frac{\beta}{\gamma} q_{s}(W_d)\right) P^*(W)_d, \quad"
    r" s = \operatorname{sign} P^*(W)_d, \quad"
    r" \|P^*(W^+)\| \le \Big(1-\frac{\beta q_{\min}}{\gamma}\Big)\|P^*(W)\|",
    hypotheses=_CONTRACTS,
    twins=(
        twin("β·γ for β/γ", rate=beta * gamma),
        twin("q₋ for q₊: the transfer pulses in the other direction", swap=True),
        twin("no limit on β", drop="≤ 2γ"),
        twin("a response below q_min", drop="≥ q_min"),
        twin("twice the rate of contraction", speed=2),
    ),
)
def residual_transfer_contracts(
    run: Run, rate: Expr = beta / gamma, swap: bool = False, drop: str = "", speed: int = 1
) -> Evidence:
    """Both signs of P*: the factor is an identity, its size a polynomial inequality."""
    given = facts_of(_CONTRACTS, drop=drop)
    steps = []
    for sign, q in ((1, up), (-1, down)):
        before, after = _transferred(sign)
        q = (up + down - q) if swap else q
        steps.append(
            lemma(
                f"P*(W⁺) for P* {'>' if sign > 0 else '<'} 0",
                prove_identity(after, (1 - rate * q) * before, points=[_POINT]),
            )
        )
        # (γ − βq_min)² − (γ − βq)² = β(q − q_min)(2γ − β(q + q_min))
        shrinks = ge((gamma - speed * beta * q_min) ** 2, (gamma - beta * q) ** 2)
        facts = only(given, gamma, beta, q, q_min)
        small = prove_polynomial(shrinks, facts, degree=3)
        steps.append(lemma(f"|1 − βq/γ| ≤ 1 − βq_min/γ, q = {q}", small))
    return conclude(*steps, value="1 − (β/γ)q_s")
