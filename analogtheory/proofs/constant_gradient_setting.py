"""A constant gradient g on a linear device: the setting of the constant-gradient claims.

No claims here. The fast array A of TTv2, c-TTv2 and AGAD (:mod:`analogtheory.algorithms.chopped`)
has the responses q± = 1 ∓ κ(a − a*); its reads are compared with r, the offset is o = a* − r. With
δ = α|g| (the size of one update) and s = sign g, the scaled state y = κ·s·(A − a*) obeys

    y⁺ = ρy − (1 − ρ)c,    ρ = 1 − κδ,    c = ±1 the chopper.

The normalised gain of an algorithm is −κ·s·(mean signal that enters H): 1 for an unchopped array
without offset, which is as far as the device lets A go.
"""

from __future__ import annotations

from typing import TypeAlias

import sympy

from analogtheory.algorithms.chopped import A, chopped_ttv2, phase, ttv2
from analogtheory.algorithms.symbols import W, alpha
from analogtheory.claims import Settled, facts_of, hypothesis, lemma
from analogtheory.dynamics import Dynamics
from analogtheory.noise import NoNoise
from analogtheory.proofs.general_device import (
    GeneralDevice,
    GeneralObjective,
    field_of,
    ideal_device,
    plain,
)
from analogtheory.prove import gt, lt, prove_identity
from analogtheory.responses.formulas import WEIGHT

Expr: TypeAlias = sympy.Expr

#: Slope and symmetric point of the fast array, offset, size of one update; y and ρ, see above.
kappa, a_star, offset, delta = sympy.symbols("kappa a_star offset delta", real=True)
y, rho = sympy.symbols("y rho", real=True)

CONSTANT = (
    hypothesis("constant gradient g ≠ 0, no noise; linear fast array, q± = 1 ∓ κ(a − a*)"),
    hypothesis("κ > 0, δ = α|g| > 0, κδ < 1", gt(kappa), gt(delta), lt(kappa * delta, 1)),
)


class FastArray(GeneralDevice):
    """q± = 1 ∓ κ(a − a*) with κ and a* symbols."""

    def __init__(self) -> None:
        tilt = kappa * (WEIGHT - a_star)
        super().__init__("A", 1 - tilt, 1 + tilt)


def with_ttv2() -> Dynamics:
    """TTv2 with a general gradient, an ideal slow array and the linear fast array."""
    return ttv2(ideal_device("W"), GeneralObjective(), NoNoise(), fast_response=FastArray())


def with_chopper(period: int = 1) -> Dynamics:
    """The same with a regular chopper."""
    return chopped_ttv2(
        ideal_device("W"), GeneralObjective(), NoNoise(), period=period, fast_response=FastArray()
    )


def fast_step(dynamics: Dynamics, chopper: int, sign: int) -> Expr:
    """A⁺ in A, δ, κ and a*, from the algorithm, for c = ±1 and s = sign g = ±1."""
    change = field_of(dynamics, "A").subs(phase, 0 if chopper > 0 else 1)
    here = plain(change)
    slope = sympy.Function("slope", real=True)(sympy.Symbol(W.name, real=True))
    rate = sympy.Symbol(alpha.name, real=True)
    (size,) = here.atoms(sympy.Abs)  # |cg|, from |αcg| with α > 0
    here = here.xreplace({size: delta / rate}).xreplace({slope: sign * delta / rate})
    return sympy.expand(A + here)


def scaled_map(
    dynamics: Dynamics, shrink: Expr, choppers: tuple[int, ...] = (1, -1)
) -> list[Settled]:
    """y⁺ = ρy − (1 − ρ)c for each sign of g and of the chopper, with ρ = `shrink`."""
    found = []
    for sign in (1, -1):
        for chopper in choppers:
            after = kappa * sign * (fast_step(dynamics, chopper, sign) - a_star)
            before = kappa * sign * (A - a_star)
            words = f"y⁺ = ρy − (1 − ρ)c, sign g = {sign}, c = {chopper}"
            claimed = shrink * before - (1 - shrink) * chopper
            found.append(lemma(words, prove_identity(after, claimed, given=facts_of(CONSTANT))))
    return found
