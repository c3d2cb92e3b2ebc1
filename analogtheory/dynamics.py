"""Dynamics: one training algorithm on one objective, written once in symbols.

One iteration is a short program, a sequence of steps executed in order; a later step
sees the new value of a state that an earlier step has changed (as P_{k+1} in eq. (11) of
arXiv:2502.06309). There are three kinds of steps:

* :class:`Let` names a quantity of this iteration, for example g = ∇f(W + γP) + ε;
* :class:`Pulse` is the only analog primitive: a wanted change Δ of an analog state,
  executed by the device. How faithfully is chosen at use: averaged
  (w + Δ·F(w) − |Δ|·G(w)) or by pulses;
* :class:`Assign` sets a digital state.

From the program follow the averaged map, the mean field (the limit of small steps), its
fixed points, the Jacobian there and stability, as well as every simulation and the exact
stationary law. Nothing is written twice.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import sympy
from numpy.typing import NDArray

from analogtheory.errors import InputError
from analogtheory.exact import exact
from analogtheory.fixed_points import FixedPoint, Search
from analogtheory.noise import NoNoise
from analogtheory.objectives import Objective, ScalarObjective
from analogtheory.responses.formulas import WEIGHT
from analogtheory.responses.response import Response
from analogtheory.steps import (
    Assign,
    Draw,
    Let,
    MeanAbs,
    MeanAbsSlope,
    Pulse,
    Step,
    gradient,
)

__all__ = [
    "Assign",
    "Draw",
    "Dynamics",
    "FixedPoint",
    "Let",
    "MeanAbs",
    "MeanAbsSlope",
    "Pulse",
    "Step",
    "gradient",
]

Array = NDArray[np.float64]
Expr: TypeAlias = sympy.Expr


class Dynamics:
    """One iteration of a training algorithm, in symbols.

    Parameters
    ----------
    name : str
    states : sequence of sympy.Symbol
        Analog and digital states, in the order in which they are reported.
    draws : sequence of Draw
        The random numbers of one iteration.
    steps : sequence of Let, Pulse, Assign
    objective : Objective
    parameters : mapping of symbol to number
        Learning rates and the like.
    weight : sympy.Expr
        Where the gradient is taken (W̄ = W + γP), in the states.
    source : str
        Paper and equation numbers.
    """

    def __init__(
        self,
        name: str,
        *,
        states: tuple[sympy.Symbol, ...],
        draws: tuple[Draw, ...],
        steps: tuple[Step, ...],
        objective: Objective,
        parameters: Mapping[sympy.Symbol, Any],
        weight: Expr,
        source: str,
    ):
        self.name, self.source = name, source
        self.states, self.draws, self.steps = states, draws, steps
        self.objective, self.weight = objective, weight
        self.parameters = dict(parameters)
        allowed = {*states, *self.parameters, *(draw.symbol for draw in draws)}
        for step in steps:
            body = step.change if isinstance(step, Pulse) else step.value
            if body.free_symbols - allowed:
                raise InputError(f"{name}: unknown symbols {body.free_symbols - allowed}")
            allowed.add(step.symbol if isinstance(step, Let) else step.state)

    # ------------------------------------------------------------------ structure

    @property
    def is_scalar(self) -> bool:
        """Whether the objective is a scalar formula, so that ∇f can be inserted."""
        return isinstance(self.objective, ScalarObjective)

    @cached_property
    def responses(self) -> dict[str, Response]:
        """The device behind each analog state."""
        return {str(s.state): s.response for s in self.steps if isinstance(s, Pulse)}

    @cached_property
    def exact_parameters(self) -> dict[sympy.Symbol, Expr]:
        """The parameters as exact numbers."""
        return {symbol: exact(value) for symbol, value in self.parameters.items()}

    @property
    def mixed_weight(self) -> Expr:
        """Where the gradient is taken (W̄ = W + γP), parameters inserted."""
        return self.weight.subs(self.exact_parameters)

    def own_symbols(self, formula: Any) -> Expr:
        """A formula with its symbols found by name: a plain Symbol("W") means the state W."""
        expression = sympy.sympify(formula)
        known = {symbol.name: symbol for symbol in (*self.states, *self.parameters)}
        named = {s: known[s.name] for s in expression.free_symbols if s.name in known}
        return expression.subs(named)

    def insert_gradient(self, expression: Expr) -> Expr:
        """Replace ∇f(·) by the objective's formula.

        Raises
        ------
        InputError
            If the objective is not a scalar formula.
        """
        if not expression.has(gradient):
            return expression
        if not isinstance(self.objective, ScalarObjective):
            raise InputError(f"{self.name}: a formula needs a scalar objective")
        formula = self.objective.gradient_expr
        return expression.replace(gradient, lambda at: formula.subs(WEIGHT, at))

    # ------------------------------------------------------------------ averaged map

    def averaged_map(self) -> dict[sympy.Symbol, Expr]:
        """One averaged iteration as formulas: new states from old states and draws."""
        values: dict[sympy.Symbol, Expr] = {}
        for step in self.steps:
            if isinstance(step, Pulse):
                w = values.get(step.state, step.state)
                change = step.change.subs(values, simultaneous=True)
                symmetric = step.response.F.expr.subs(WEIGHT, w)
                asymmetric = step.response.G.expr.subs(WEIGHT, w)
                values[step.state] = w + change * symmetric - sympy.Abs(change) * asymmetric
            else:
                target = step.symbol if isinstance(step, Let) else step.state
                values[target] = step.value.subs(values, simultaneous=True)
        return {
            state: self.insert_gradient(values.get(state, state)).subs(self.exact_parameters)
            for state in self.states
        }

    # ------------------------------------------------------------------ mean field

    @cached_property
    def mean_field(self) -> dict[sympy.Symbol, Expr]:
        """Expected change per iteration in the limit of small steps, in symbols.

        Each step's change Δ is taken at the state before the iteration: an analog state
        moves by EΔ·F − E|Δ|·G. E|Δ| is written with :class:`MeanAbs`; step sizes stay
        symbols, the objective's gradient is inserted.
        """
        named = {s.symbol: s.value for s in self.steps if isinstance(s, Let)}
        field: dict[sympy.Symbol, Expr] = dict.fromkeys(self.states, sympy.S.Zero)
        for step in self.steps:
            if isinstance(step, Let):
                continue
            body = step.change if isinstance(step, Pulse) else step.value - step.state
            for _ in named:
                body = body.subs(named)
            mean, mean_abs = self._moments(self.insert_gradient(sympy.expand(body)))
            if isinstance(step, Pulse):
                symmetric = step.response.F.expr.subs(WEIGHT, step.state)
                asymmetric = step.response.G.expr.subs(WEIGHT, step.state)
                field[step.state] += mean * symmetric - mean_abs * asymmetric
            else:
                field[step.state] += mean
        return field

    def _moments(self, change: Expr) -> tuple[Expr, Expr]:
        """E Δ and E|Δ| of a change that is affine in at most one draw."""
        present = [i for i, draw in enumerate(self.draws) if change.has(draw.symbol)]
        if not present:
            return change, sympy.Abs(change)
        if len(present) > 1:
            raise InputError(f"{self.name}: a change may contain one random number, not more")
        draw = self.draws[present[0]]
        slope = sympy.simplify(sympy.diff(change, draw.symbol))
        if slope.has(draw.symbol):
            raise InputError(f"{self.name}: a change must be affine in its random number")
        mean = change.subs(draw.symbol, 0)
        if isinstance(draw.law, NoNoise):
            return mean, sympy.Abs(mean)  # its kink is seen by :meth:`jacobians`
        ratio = sympy.simplify(mean / slope)
        return mean, sympy.Abs(slope) * MeanAbs(ratio, present[0])

    def _numeric(self, expressions: list[Expr]) -> Any:
        laws = [draw.law for draw in self.draws]
        table = {
            "MeanAbs": lambda x, i: laws[int(i)].mean_abs_at(x),
            "MeanAbsSlope": lambda x, i: laws[int(i)].mean_abs_slope(x),
        }
        inserted = [e.subs(self.exact_parameters) for e in expressions]
        return sympy.lambdify(list(self.states), inserted, modules=[table, "numpy"])

    @cached_property
    def _drift_function(self) -> Any:
        return self._numeric([self.mean_field[state] for state in self.states])

    def drift(self, *state: Any) -> list[Array]:
        """The mean field at given states: one array per state, in the order of `states`."""
        arrays = np.broadcast_arrays(*(np.asarray(s, dtype=np.float64) for s in state))
        with np.errstate(all="ignore"):  # outside the range a response may not be defined
            drifts = self._drift_function(*arrays)
        return [np.broadcast_to(d, arrays[0].shape) for d in drifts]

    # ------------------------------------------------------------------ fixed points

    def fixed_points(self) -> list[FixedPoint]:
        """Zeros of the mean field inside the ranges of the analog states.

        One state: sign changes on a grid of 2001 points, refined by Brent's method.
        More: a quasi-Newton search from a grid of starts; what it finds is a fixed
        point, but it cannot show that there is no other.

        Raises
        ------
        InputError
            If the mean field jumps, as a write at a threshold does.
        """
        if any(field.has(sympy.floor, sympy.ceiling) for field in self.mean_field.values()):
            raise InputError(
                f"{self.name}: its mean field jumps (a write at a threshold), so it has no fixed "
                "points in the sense of a smooth one; simulate it"
            )
        return Search(self).points()

    # ------------------------------------------------------------------ stability

    def jacobians(self, state: Array) -> tuple[Array, ...]:
        """Jacobians of the mean field at a state, one for each side of a kink there."""
        values = dict(zip(self.states, state, strict=True))
        field = [self.mean_field[s].subs(self.exact_parameters) for s in self.states]
        kinks = {
            term
            for expression in field
            for term in expression.atoms(sympy.Abs)
            if abs(float(sympy.N(term.subs(values)))) < 1e-9
        }
        results = []
        for signs in itertools.product((1, -1), repeat=len(kinks)):
            sides = {term: s * term.args[0] for term, s in zip(kinks, signs, strict=True)}
            smooth = [expression.xreplace(sides) for expression in field]
            matrix = [[sympy.diff(e, s) for s in self.states] for e in smooth]
            with np.errstate(all="ignore"):
                flat = self._numeric([entry for row in matrix for entry in row])(
                    *(np.float64(value) for value in state)
                )
            shape = (len(self.states), len(self.states))
            results.append(np.array([float(v) for v in flat]).reshape(shape))
        return tuple(results)

    def __repr__(self) -> str:
        settings = ", ".join(f"{symbol} = {value:g}" for symbol, value in self.parameters.items())
        return f"Dynamics({self.name!r}, {settings})"
