"""Stochastic Hamiltonian Descent in symbols, for the claims about it.

No claims here. :func:`analogtheory.algorithms.transfer.stochastic_hamiltonian_descent` with
unknown or linear devices; its mean field and its one-step map with every parameter a symbol.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import sympy

from analogtheory.algorithms.symbols import epsilon
from analogtheory.algorithms.transfer import C, stochastic_hamiltonian_descent
from analogtheory.dynamics import Assign, Dynamics, Let
from analogtheory.noise import Gaussian, NoiseLaw, NoNoise
from analogtheory.objectives import Objective
from analogtheory.proofs.general_device import (
    GeneralDevice,
    GeneralObjective,
    as_symbols,
    field_of,
    ideal_device,
    plain,
)
from analogtheory.responses.formulas import WEIGHT
from analogtheory.responses.response import Response

Expr: TypeAlias = sympy.Expr

#: Momentum and position, step sizes, slope f′(C), friction κ, noise size m = E|f′ + ε|.
A, C_, alpha, beta, g, kappa, m = sympy.symbols("A C alpha beta g kappa m", real=True)
#: Reference of the readout: the symmetric point 0 of the device is read as o = −r.
r = sympy.Symbol("r", real=True)

_SLOPE = sympy.Function("slope", real=True)(C)


def friction_device(name: str) -> GeneralDevice:
    """q± = 1 ∓ κ·a: F = 1, G = κa."""
    return GeneralDevice(name, 1 - kappa * WEIGHT, 1 + kappa * WEIGHT)


def descent(
    fast: Response | None = None,
    slow: Response | None = None,
    objective: Objective | None = None,
    noise: NoiseLaw | None = None,
) -> Dynamics:
    """The algorithm; by default q± = 1 ∓ κa for A, an ideal device for C, any f."""
    return stochastic_hamiltonian_descent(
        slow or ideal_device("C"),
        objective or GeneralObjective(),
        noise or Gaussian(1.0),
        fast_response=fast or friction_device("A"),
    )


def flow(dynamics: Dynamics) -> tuple[Expr, Expr]:
    """(Ȧ, Ċ) with f′(C) as g and E|f′ + ε| as m; |β(A − r)| is written β|A − r|."""
    fields = []
    for state in ("A", "C"):
        field = field_of(dynamics, state)
        sizes = {call: sympy.Abs(sympy.factor(call.args[0])) for call in field.atoms(sympy.Abs)}
        fields.append(plain(as_symbols(field.xreplace(sizes), {_SLOPE: g})))
    return fields[0], fields[1]


def noiseless_flow(sign: int) -> tuple[Expr, Expr]:
    """(Ȧ, Ċ) without noise where f′ = g has one sign."""
    rates = flow(descent(noise=NoNoise()))
    sides = {sympy.Abs(g): sign * g}
    first, second = (rate.subs(r, 0).xreplace(sides) for rate in rates)
    return first, second


def step_of(dynamics: Dynamics, signs: Mapping[str, Expr | int]) -> dict[str, Expr]:
    """One iteration, new states by name, with every parameter a symbol; f′(C) is written g.

    Parameters
    ----------
    signs : dict of state to ±1 or a symbol for it
        The side of the kink of each pulsed state: the sign of its wanted change.
    """
    values: dict[sympy.Symbol, Expr] = {}
    for step in dynamics.steps:
        if isinstance(step, Let | Assign):
            target = step.symbol if isinstance(step, Let) else step.state
            values[target] = step.value.subs(values, simultaneous=True)
            continue
        weight = values.get(step.state, step.state)
        change = step.change.subs(values, simultaneous=True)
        size = signs[str(step.state)] * change
        moved = change * step.response.F.expr - size * step.response.G.expr
        values[step.state] = weight + moved.subs(WEIGHT, weight)
    inserted = {str(s): dynamics.insert_gradient(values[s]) for s in dynamics.states}
    return {name: plain(value.subs(_SLOPE, g)) for name, value in inserted.items()}


#: The noise of one iteration as a plain symbol.
xi = plain(epsilon)
