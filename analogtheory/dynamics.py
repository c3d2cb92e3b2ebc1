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
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import sympy
from numpy.typing import NDArray
from scipy import optimize

from analogtheory.errors import InputError
from analogtheory.exact import exact
from analogtheory.noise import NoiseLaw, NoNoise
from analogtheory.objectives import Objective, ScalarObjective
from analogtheory.responses.formulas import WEIGHT
from analogtheory.responses.response import Response

Array = NDArray[np.float64]
Expr: TypeAlias = sympy.Expr

#: ∇f as a symbol: ``gradient(W + gamma*P)`` inside a step.
gradient = sympy.Function("gradient", real=True)


class MeanAbs(sympy.Function):  # type: ignore[misc]
    """m(x) = E|x + ε| for draw number `index` of a Dynamics; differentiable in x."""

    nargs = (2,)
    is_real = True

    def fdiff(self, argindex: int = 1) -> Expr:
        """m′, as :class:`MeanAbsSlope`."""
        return MeanAbsSlope(*self.args)


class MeanAbsSlope(sympy.Function):  # type: ignore[misc]
    """m′(x) = P(ε > −x) − P(ε < −x)."""

    nargs = (2,)
    is_real = True


@dataclass(frozen=True)
class Draw:
    """A random number, drawn anew at each iteration (and in each coordinate)."""

    symbol: sympy.Symbol
    law: NoiseLaw


@dataclass(frozen=True)
class Let:
    """Name a quantity of this iteration."""

    symbol: sympy.Symbol
    value: Expr


@dataclass(frozen=True)
class Pulse:
    """Ask the device to change an analog state by `change`."""

    state: sympy.Symbol
    change: Expr
    response: Response

    @property
    def target(self) -> sympy.Symbol:
        """The symbol that this step sets."""
        return self.state


@dataclass(frozen=True)
class Assign:
    """Set a digital state."""

    state: sympy.Symbol
    value: Expr


Step = Let | Pulse | Assign


@dataclass(frozen=True)
class FixedPoint:
    """A zero of the mean field.

    Attributes
    ----------
    state : dict
        Value of each state.
    residual : float
        Largest component of the mean field there (relative to the step sizes).
    jacobians : tuple of arrays
        Jacobians of the mean field, one for each side of a kink that passes through the
        point (|P| at P = 0), one in all if there is none.
    spectral_abscissa : float
        Largest real part of their eigenvalues.
    spectral_radius : float
        Largest modulus of the eigenvalues of I + Jacobian: the averaged iteration at the
        given step sizes, to first order.
    """

    state: dict[str, float]
    residual: float
    jacobians: tuple[Array, ...]
    spectral_abscissa: float
    spectral_radius: float

    @property
    def is_stable(self) -> bool:
        """Whether every one-sided linearisation contracts at the given step sizes.

        With one side this is local stability. With two sides and two states it is too
        in continuous time (planar continuous bimodal systems); with more states it is
        only necessary.
        """
        return self.spectral_abscissa < 0 and self.spectral_radius < 1


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
        roots = self._scalar_roots() if len(self.states) == 1 else self._search_roots()
        return [self._describe(root) for root in roots]

    def _range_of(self, state: sympy.Symbol) -> tuple[float, float]:
        response = self.responses.get(str(state))
        if response is not None:
            return response.range
        # A digital state holds combinations of analog ones: look as far as any of them goes.
        ends = [device.range for device in self.responses.values()] or [(-1.0, 1.0)]
        return min(low for low, _ in ends), max(high for _, high in ends)

    @cached_property
    def _scale(self) -> float:
        """Size of the mean field over the ranges, to judge what counts as zero."""
        axes = [np.linspace(*self._range_of(state), 7) for state in self.states]
        grid = np.meshgrid(*axes, indexing="ij")
        return max(float(np.max(np.abs(d))) for d in self.drift(*grid)) or 1.0

    def _scalar_roots(self) -> list[Array]:
        low, high = self._range_of(self.states[0])
        grid = np.linspace(low, high, 2001)
        values = self.drift(grid)[0]

        def drift(w: float) -> float:
            return float(self.drift(w)[0])

        roots = [grid[k] for k in np.flatnonzero(np.abs(values) <= 1e-15 * self._scale)]
        for k in np.flatnonzero(values[:-1] * values[1:] < 0):
            ends = grid[k], grid[k + 1]
            xtol = 1e-15 * (high - low)
            roots.append(optimize.brentq(drift, *ends, xtol=xtol, rtol=1e-15, maxiter=1000))
        return [np.array([root]) for root in _distinct(sorted(roots), 1e-9 * (high - low))]

    def _search_roots(self) -> list[Array]:
        ranges = [self._range_of(state) for state in self.states]
        starts = itertools.product(*(np.linspace(low, high, 7)[1:-1] for low, high in ranges))
        step_sizes = np.array([max(abs(high - low), 1e-12) for low, high in ranges])
        found: list[Array] = []
        for start in starts:
            x, info, _, _ = optimize.fsolve(  # type: ignore[call-overload]  # stubs want 1-D types
                lambda x: self._at(x) / self._scale, np.array(start), xtol=1e-13, full_output=True
            )
            inside = all(low <= v <= high for v, (low, high) in zip(x, ranges, strict=True))
            if not inside or np.max(np.abs(info["fvec"])) > 1e-10:
                continue
            if all(np.max(np.abs(x - other) / step_sizes) > 1e-6 for other in found):
                found.append(x)
        return sorted(found, key=lambda x: float(np.max(np.abs(self._at(x)))))

    def _at(self, x: Array) -> Array:
        return np.array([float(d) for d in self.drift(*x)])

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

    def _describe(self, root: Array) -> FixedPoint:
        jacobians = self.jacobians(root)
        # A response whose slope is infinite at the root has no linearisation there.
        finite = all(np.all(np.isfinite(j)) for j in jacobians)
        spectra = [np.linalg.eigvals(j) for j in jacobians] if finite else [np.array([np.inf])]
        eigenvalues = np.concatenate(spectra)
        return FixedPoint(
            state={str(s): float(v) for s, v in zip(self.states, root, strict=True)},
            residual=float(np.max(np.abs(self._at(root)))) / self._scale,
            jacobians=jacobians,
            spectral_abscissa=float(np.max(eigenvalues.real)),
            spectral_radius=float(np.max(np.abs(1.0 + eigenvalues))),
        )

    def __repr__(self) -> str:
        settings = ", ".join(f"{symbol} = {value:g}" for symbol, value in self.parameters.items())
        return f"Dynamics({self.name!r}, {settings})"


def _distinct(values: list[float], tolerance: float) -> list[float]:
    kept: list[float] = []
    for value in values:
        if not kept or value - kept[-1] > tolerance:
            kept.append(value)
    return kept
