"""The stationary law as a linear functional, with its errors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analogtheory.dynamics import Dynamics
from analogtheory.errors import InputError
from analogtheory.stationary.curves import Curve
from analogtheory.stationary.domain import Domain
from analogtheory.stationary.observables import (
    Observable,
    compile_observable,
    observable_kinks,
)
from analogtheory.stationary.program import Program
from analogtheory.stationary.solution import Solution

Array = NDArray[np.float64]

#: A difference beyond this, in half-widths of the domain, is called unresolved.
RESOLVED = 1e-3
_EPS = float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class Estimate:
    """A value and an estimate of its error.

    Attributes
    ----------
    value : float
    error : float
        The difference under node doubling, plus what clipping at the ends of the domain
        and rounding can cost to first order (the perturbation formula of Poisson's
        equation). Not a proved bound; see :mod:`analogtheory.stationary.poisson`.
    """

    value: float
    error: float

    def __float__(self) -> float:
        return self.value


@dataclass(frozen=True)
class Health:
    """What to know before trusting the numbers.

    Attributes
    ----------
    nodes : int
        Nodes in all.
    nodes_per_axis : tuple of int
    difference : float
        Largest change of the means (in half-widths of the domain) and second moments (in
        squares of them) when the number of nodes was doubled last.
    sum_abs_weights : float
        Σ|v|.
    condition : float
        Of the bordered I − P, in the 1-norm.
    domain : dict
        Name of each state → (low, high).
    is_invariant : bool
        Whether no end of the domain cuts the law.
    how : str
        How the domain was found and its invariance checked.
    clipped : float
        Mean distance per iteration, in half-widths of the domain, by which states are
        clipped at its artificial ends.
    noise_cut : float
        Probability of the noise outside its quadrature, per iteration.
    """

    nodes: int
    nodes_per_axis: tuple[int, ...]
    difference: float
    sum_abs_weights: float
    condition: float
    domain: dict[str, tuple[float, float]]
    is_invariant: bool
    how: str
    clipped: float
    noise_cut: float


@dataclass(frozen=True)
class Pair:
    """Solutions with n/2 and n nodes on one domain, and a factor on their differences."""

    domain: Domain
    coarse: Solution
    fine: Solution
    safety: float = 1.0

    @cached_property
    def difference(self) -> float:
        """See :attr:`Health.difference`."""
        return self.safety * max(
            abs(a - b)
            for a, b in zip(_moments(self, self.coarse), _moments(self, self.fine), strict=True)
        )


def _moments(pair: Pair, solution: Solution) -> list[float]:
    found = []
    for index, values in enumerate(solution.operator.grid.points):
        low, high = pair.domain.low[index], pair.domain.high[index]
        scaled = (2 * values - low - high) / (high - low)
        found += [solution.expect(scaled), solution.expect(scaled**2)]
    return found


class StationaryLaw:
    """The exact stationary law of a small Dynamics; made by :func:`stationary_law`.

    Attributes
    ----------
    dynamics : Dynamics
    health : Health
    """

    def __init__(
        self,
        program: Program,
        pair: Pair,
        *,
        refine: Callable[[Domain], Pair],
        curve: Callable[..., Curve],
    ):
        self._program, self._pair = program, pair
        self._refine, self._curve = refine, curve
        self._panelled: dict[tuple[tuple[float, ...], ...], Pair] = {}
        self.dynamics: Dynamics = program.dynamics

    @cached_property
    def health(self) -> Health:
        """What to know before trusting the numbers."""
        pair, names = self._pair, [str(s) for s in self._program.states]
        grid = pair.fine.operator.grid
        ends = zip(pair.domain.low, pair.domain.high, strict=True)
        return Health(
            nodes=grid.size,
            nodes_per_axis=tuple(axis.size for axis in grid.axes),
            difference=pair.difference,
            sum_abs_weights=pair.fine.sum_abs_weights,
            condition=pair.fine.condition,
            domain=dict(zip(names, ends, strict=True)),
            is_invariant=pair.domain.is_invariant,
            how=pair.domain.how,
            clipped=pair.fine.clipped,
            noise_cut=float(sum(d.law.truncated_mass for d in self._program.draws)),
        )

    @property
    def resolved(self) -> bool:
        """Whether the nodes sufficed, to about four digits."""
        return not self.reason

    @cached_property
    def reason(self) -> str:
        """Why the law is not resolved; empty if it is."""
        health = self.health
        if not np.isfinite(health.difference) or health.difference > RESOLVED:
            return (
                f"doubling the nodes to {health.nodes} still changed the moments by "
                f"{health.difference:.1e} of the domain"
            )
        if health.sum_abs_weights > 1e3:
            return f"Σ|v| = {health.sum_abs_weights:.1e}: rounding is amplified too much"
        if health.clipped > RESOLVED:
            return f"the domain cuts the law: {health.clipped:.1e} half-widths per iteration"
        return ""

    def expectation(self, observable: Observable) -> Estimate:
        """E_π f(state at the end of an iteration).

        Parameters
        ----------
        observable : sympy.Expr or callable
            A formula in the states (it may contain ∇f as
            :data:`analogtheory.dynamics.gradient`, and the parameters), or a function of
            arrays, one per state in the order of the dynamics. Where a formula has |·|
            of one state, the law is solved once more with a panel edge there.

        Raises
        ------
        InputError
            If the formula contains an unknown symbol.
        """
        function = compile_observable(self._program, observable)
        pair = self._pair_for(observable)
        coarse, fine = (self._on_nodes(s, function) for s in (pair.coarse, pair.fine))
        value = pair.fine.expect(fine)
        noise_cut = self.health.noise_cut
        misplaced = pair.fine.clipped + noise_cut + 4 * _EPS * pair.fine.sum_abs_weights
        error = pair.safety * abs(value - pair.coarse.expect(coarse))
        return Estimate(value, error + misplaced * pair.fine.perturbation(fine))

    def mean(self, name: str) -> Estimate:
        """E_π of one state.

        Raises
        ------
        InputError
            If there is no such state.
        """
        for state in self._program.states:
            if str(state) == str(name):
                return self.expectation(state)
        names = ", ".join(map(str, self._program.states))
        raise InputError(f"state {name!r}: {self.dynamics.name} has the states {names}")

    def curve(
        self, observable: Observable, start: Mapping[str, float] | Sequence[float], steps: int
    ) -> Curve:
        """E f(state after k iterations) for k = 0 … steps, from a given start.

        Parameters
        ----------
        observable : as in :meth:`expectation`
        start : mapping of name to number, or one number per state
        steps : int
        """
        values = self._start(start)
        if steps < 0:
            raise InputError(f"steps: must be a whole number ≥ 0, got {steps}")
        return self._curve(compile_observable(self._program, observable), values, steps)

    # ------------------------------------------------------------------ inner workings

    def _start(self, start: Mapping[str, float] | Sequence[float]) -> tuple[float, ...]:
        names = [str(s) for s in self._program.states]
        if isinstance(start, Mapping):
            given: dict[str, Any] = {str(k): v for k, v in start.items()}
            if set(given) != set(names):
                raise InputError(f"start: give a value for each of {', '.join(names)}")
            values = tuple(float(given[n]) for n in names)
        else:
            values = tuple(float(v) for v in start)
        if len(values) != len(names):
            raise InputError(f"start: give one value for each of {', '.join(names)}")
        for name, value, (low, high) in zip(names, values, self._program.ranges, strict=True):
            if not low <= value <= high:
                raise InputError(f"start: {name} = {value:g} lies outside [{low:g}, {high:g}]")
        return values

    def _pair_for(self, observable: Observable) -> Pair:
        extra = observable_kinks(self._program, observable, self._pair.domain)
        domain = self._pair.domain.with_breaks(extra)
        if domain.breaks == self._pair.domain.breaks:
            return self._pair
        if domain.breaks not in self._panelled:
            self._panelled[domain.breaks] = self._refine(domain)
        return self._panelled[domain.breaks]

    def _on_nodes(self, solution: Solution, function: Callable[..., Array]) -> Array:
        return function(*self._program.observe(solution.operator.grid.points))
