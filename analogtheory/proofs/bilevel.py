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
    prove_equal,
)
from analogtheory.prove import gt, prove_polynomial

Expr: TypeAlias = sympy.Expr

gamma, beta, size = sympy.symbols("gamma beta size", real=True)
up, down = sympy.symbols("up down", real=True)
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
    "∇P*(W) = −I/γ and ∇‖P*(W)‖² = −(2/γ)P*(W); so the upper level is minimal at W = W*, P* = 0.",
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
        lemma("W + γP* = W*", prove_equal(W[0] + gamma * found[0], W_min[0], _POINT)),
        lemma("∇P* = −I/γ, same coordinate", prove_equal(_along(found[0]), slope * V[0], _POINT)),
        lemma("∇‖P*‖² = −(2/γ)P*", prove_equal(_along(squares), factor * inner, _POINT)),
        value="-2/γ",
    )


def _upper_level(power: int) -> Evidence:
    """One coordinate; both sides are sums over coordinates."""
    square, distance = _residuals()[0] ** 2, (W_min[0] - W[0]) ** 2
    same = prove_equal(square, distance / gamma**power, _POINT, facts_of((_MIXING,)))
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
        "γ = 1: true, but γ is a free parameter of the method and 0.4 in the experiments",
        "'equals' up to a constant factor: true, and enough for the minimisers; the step size "
        "of the transfer that follows from it is 2γβ instead of 2β/γ",
    ),
    consequence="The minimisers are the same. Only the constant that is absorbed in β is wrong.",
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
    hypothesis("q₊ > 0 and q₋ > 0 at W", gt(up, 0), gt(down, 0)),
    hypothesis("βq± < 2γ at W", gt(2 * gamma, beta * up), gt(2 * gamma, beta * down)),
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
    "1 − (β/γ)·q_s(W), s its sign; so ‖P*‖ falls geometrically for βq± < 2γ, whatever G is.",
    latex=r"P^*(W^+)_d = \left(1 - \frac{\beta}{\gamma} q_{s}(W_d)\right) P^*(W)_d, \quad"
    r" s = \operatorname{sign} P^*(W)_d",
    hypotheses=_CONTRACTS,
    twins=(
        twin("β·γ for β/γ", rate=beta * gamma),
        twin("q₋ for q₊: the transfer pulses in the other direction", swap=True),
        twin("no limit on β", drop="βq± < 2γ"),
        twin("a response that vanishes", drop="q₊ > 0"),
    ),
)
def residual_transfer_contracts(
    run: Run, rate: Expr = beta / gamma, swap: bool = False, drop: str = ""
) -> Evidence:
    """Both signs of P*: the factor is an identity, |factor| < 1 a polynomial inequality."""
    given = facts_of(_CONTRACTS, drop=drop)
    steps = []
    for sign, q in ((1, up), (-1, down)):
        before, after = _transferred(sign)
        q = (up + down - q) if swap else q
        steps.append(
            lemma(
                f"P*(W⁺) for P* {'>' if sign > 0 else '<'} 0",
                prove_equal(after, (1 - rate * q) * before, _POINT),
            )
        )
        # |1 − βq/γ| < 1 as (γ − βq)² < γ²
        shrinks = gt(gamma**2, (gamma - beta * q) ** 2)
        small = prove_polynomial(shrinks, only(given, gamma, beta, q), degree=3)
        steps.append(lemma(f"|1 − βq/γ| < 1, q = {q}", small))
    return conclude(*steps, value="1 − (β/γ)q_s")
