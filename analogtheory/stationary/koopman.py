"""The exact stationary law of a small Dynamics, without sampling (methods, section 1).

Not the density is discretised, which may be singular, but the Koopman operator
(P h)(x) = E[h(T(x, ξ)) | x]: collocated at Chebyshev nodes, it converges spectrally. The
left null vector v of I − P with Σv = 1 gives E_π f = v·f(nodes) for every observable,
powers of P the exact finite-horizon curve. The transition is read off the program of the
Dynamics; no formula of an algorithm is repeated here.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analogtheory.dynamics import Dynamics
from analogtheory.errors import InputError
from analogtheory.stationary.averaged import (
    SMOOTH_SHARE,
    averaged_operator,
    noise_nodes,
    operator_rows,
)
from analogtheory.stationary.box import Spread, box, linear_spread
from analogtheory.stationary.counts import PulseModel
from analogtheory.stationary.curves import Curve, propagate, reachable
from analogtheory.stationary.domain import (
    Domain,
    Rest,
    around,
    averaged_moments,
    rests,
    trap,
)
from analogtheory.stationary.law import Pair, StationaryLaw
from analogtheory.stationary.panels import kink_lines
from analogtheory.stationary.point import point_law
from analogtheory.stationary.program import Program
from analogtheory.stationary.pulses import PulsedUpdate
from analogtheory.stationary.solution import Operator, Solution

Array = NDArray[np.float64]

#: Default of `max_nodes`, by number of states; for pulses, whose operator costs more.
MOST_NODES = {1: 512, 2: 2100}
MOST_NODES_PULSED = 192
#: Half-width of a domain cut around the law of one state, in standard deviations.
DEVIATIONS = 9.0
#: The same for two states, where a wider box costs more by resolution than it gains, and
#: when the box is first sought.
BOX_DEVIATIONS, FIRST_DEVIATIONS = 6.5, 10.0
#: Nodes per panel of the first, coarse solution with two states.
COARSE = 14
#: Factor on differences under node doubling where kinks leave algebraic convergence: two
#: states with discrete noise.
ALGEBRAIC = 3.0


def stationary_law(
    dynamics: Dynamics,
    *,
    fidelity: Any = "averaged",
    dw_min: float | None = None,
    cycle_noise: float = 0.0,
    train_length: int = 31,
    multiplicative_noise: bool = False,
    nodes: int | None = None,
    tolerance: float = 1e-11,
    max_nodes: int | None = None,
) -> StationaryLaw:
    """The stationary law of a scalar Dynamics with one or two states.

    Parameters
    ----------
    dynamics : Dynamics
    fidelity : str or Fidelity
        "averaged" (one or two states), or "pulsed", "rounded", "ceiling" (one state), see
        :mod:`analogtheory.stationary.counts`; or an object with the attributes kind,
        dw_min, cycle_noise, train_length, multiplicative_noise, as used in simulation.
    dw_min : float
        Δw_min, in weight units; needed for pulses.
    cycle_noise, train_length, multiplicative_noise
        σ_c, BL and whether σ_c scales with q.
    nodes : int, optional
        Number of nodes, instead of doubling until `tolerance`.
    tolerance : float
        For the change of the moments under node doubling, see :class:`Health`.
    max_nodes : int, optional
        Where doubling stops: 512 for one state, 2100 for two, 192 for pulses.

    Returns
    -------
    StationaryLaw
        Whose `resolved` and `reason` say whether the nodes sufficed.

    Raises
    ------
    InputError
        For an objective that is not a scalar formula, more than two states, a noise-free
        dynamics that has not exactly one stable fixed point, or settings that do not fit.

    Examples
    --------
    >>> from analogtheory.algorithms import analog_sgd
    >>> from analogtheory.noise import Rademacher
    >>> from analogtheory.objectives import ScalarQuadratic
    >>> from analogtheory.responses.response import Response
    >>> device = Response("1 - w", "1 + w", -1, 1)
    >>> law = stationary_law(analog_sgd(device, ScalarQuadratic(1, 0.9), Rademacher(0.5)))
    >>> round(law.mean("W").value, 12), law.resolved
    (0.6, True)
    """
    model = _model(fidelity, dw_min, cycle_noise, train_length, multiplicative_noise)
    program = Program(dynamics)
    if program.is_noiseless and model.kind == "averaged":
        return point_law(program)
    solver = _Averaged(program) if model.kind == "averaged" else _Pulsed(program, model)
    limit = max_nodes or solver.most_nodes
    if limit < 4 or (nodes is not None and nodes < 4):
        raise InputError(f"nodes: at least 4 are needed, got {min(limit, nodes or limit)}")
    search = _Search(solver, nodes, tolerance, limit)
    pair = search.one_state() if len(program.states) == 1 else search.two_states()
    return StationaryLaw(program, pair, refine=search.same_size(pair), curve=search.curve(pair))


def _model(fidelity: Any, *settings: Any) -> PulseModel:
    if isinstance(fidelity, str):
        return PulseModel(fidelity, *settings)
    names = ("kind", "dw_min", "cycle_noise", "train_length", "multiplicative_noise")
    if not all(hasattr(fidelity, name) for name in names):
        raise InputError(f"fidelity {fidelity!r}: give a name or a Fidelity")
    return PulseModel(*(getattr(fidelity, name) for name in names))


class _Averaged:
    """Builds operators of the averaged update."""

    def __init__(self, program: Program):
        self.program = program
        self.most_nodes = MOST_NODES[len(program.states)]
        self.moments = averaged_moments(program)

    def candidates(self, found: list[Rest]) -> list[Domain]:
        """The trap around a single resting point, else the range; what is around the law."""
        whole = _whole_range(self.program)
        wide = trap(self.program, found[0].point) if len(found) == 1 else whole
        narrow = _around(found, wide)
        return [wide] if narrow is None else [wide, narrow]

    def build(self, domain: Domain, count: int) -> Operator:
        """The collocated operator."""
        return averaged_operator(self.program, domain, count)

    def first(self, operator: Operator, domain: Domain, start: tuple[float, ...]) -> Array:
        """h → E h(state at the cut of the first iteration)."""
        states = tuple(np.array([v]) for v in start)
        nodes = noise_nodes(operator.grid.axes[0].count)
        rows, _ = operator_rows(self.program, domain, operator.grid, states, nodes, from_cut=False)
        return np.asarray(rows[0])


class _Pulsed:
    """Builds operators of pulsed updates."""

    def __init__(self, program: Program, model: PulseModel):
        self.program, self.update = program, PulsedUpdate(program, model)
        self.most_nodes = MOST_NODES_PULSED
        self.moments = self.update.moments

    def candidates(self, found: list[Rest]) -> list[Domain]:
        """What is around the law; the range."""
        whole = _whole_range(self.program)
        narrow = _around(found, whole)
        return [whole] if narrow is None else [narrow, whole]

    def build(self, domain: Domain, count: int) -> Operator:
        """The collocated operator."""
        return self.update.operator(domain, count)

    def first(self, operator: Operator, domain: Domain, start: tuple[float, ...]) -> Array:
        """h → E h(first state), by interpolation of P h."""
        row: Array = operator.grid.axes[0].basis(np.array(start))[0]
        first: Array = row @ operator.matrix
        return first


def _whole_range(program: Program) -> Domain:
    low, high = program.ranges[0]
    how = "the device's range, at whose ends the hardware clips"
    return Domain((low,), (high,), ((),), ((False, False),), how)


def _around(found: list[Rest], wide: Domain) -> Domain | None:
    """The law ± some standard deviations, if that is much less than the wide domain."""
    if not found:
        return None
    narrow = around(found, DEVIATIONS, wide.low[0], wide.high[0])
    share = (narrow.high[0] - narrow.low[0]) / (wide.high[0] - wide.low[0])
    return narrow if 0.0 < share < 0.9 else None


def _badness(pair: Pair) -> float:
    return pair.difference + pair.fine.clipped


class _Search:
    """Finds the domain and the number of nodes."""

    def __init__(
        self, solver: _Averaged | _Pulsed, nodes: int | None, tolerance: float, limit: int
    ):
        self.solver, self.nodes, self.tolerance, self.limit = solver, nodes, tolerance, limit
        self.program = solver.program
        discrete = any(draw.law.atoms is not None for draw in self.program.draws)
        self.safety = ALGEBRAIC if discrete and len(self.program.states) > 1 else 1.0

    # ------------------------------------------------------------------ domains

    def one_state(self) -> Pair:
        """The first candidate domain that is resolved to the tolerance; else the best."""
        low, high = self.program.ranges[0]
        best: Pair | None = None
        for domain in self.solver.candidates(rests(self.solver.moments, low, high)):
            pair = self.converge(self._panelled(domain))
            if best is None or _badness(pair) < _badness(best):
                best = pair
            if _badness(best) <= 10 * self.tolerance or self.nodes is not None:
                break
        assert best is not None
        return best

    def two_states(self) -> Pair:
        """A box around the law: linearised first, then from a coarse solution."""
        try:
            spread = linear_spread(self.program)
        except LookupError as problem:
            raise InputError(
                f"{self.program.dynamics.name}: {problem}, so that there is no place to look "
                "for the stationary law; simulate it instead"
            ) from problem
        domain = box(self.program, spread, FIRST_DEVIATIONS)
        for _ in range(2):
            solution = Solution(self.solver.build(self._panelled(domain), COARSE))
            points = solution.operator.grid.points
            centre = np.array([solution.expect(p) for p in points])
            squares = [solution.expect((p - c) ** 2) for p, c in zip(points, centre, strict=True)]
            if not (np.all(np.isfinite(squares)) and min(squares) > 0):
                break
            domain = box(self.program, Spread(centre, np.sqrt(squares)), BOX_DEVIATIONS)
        return self.converge(self._panelled(domain))

    def _panelled(self, domain: Domain) -> Domain:
        return domain.with_breaks(kink_lines(self.program, domain))

    # ------------------------------------------------------------------ nodes

    def converge(self, domain: Domain) -> Pair:
        """Double the nodes until the moments agree; the best pair otherwise.

        Stops early where doubling no longer helps (rounding).
        """
        coarse, best = None, None
        for count in self._levels(domain):
            fine = Solution(self.solver.build(domain, count))
            if coarse is not None:
                pair = Pair(domain, coarse, fine, self.safety)
                if best is None or pair.difference <= best.difference or self.safety > 1:
                    best = pair
                elif best.difference < 1e-6:
                    return best
                if pair.difference <= self.tolerance:
                    break
            coarse = fine
        assert best is not None
        return best

    def _levels(self, domain: Domain) -> list[int]:
        """Nodes per panel of each level; the total doubles from one to the next."""
        dimension = len(domain.low)
        panels = math.prod(len(b) + 1 for b in domain.breaks)
        last = self.nodes or self.limit
        top = max(last / panels, 4.0**dimension)
        if self.nodes is not None:
            sizes = [top / 2, top]
        else:
            base, sizes = 8.0 if dimension == 1 else 128.0, []
            while base < top:
                sizes.append(base)
                base *= 2
            sizes = [*sizes, top] if len(sizes) < 2 or sizes[-1] < 0.75 * top else sizes
        share = 1.0 if dimension == 1 else SMOOTH_SHARE
        counts = [max(2, round((size / share) ** (1 / dimension))) for size in sizes]
        return counts if len(counts) > 1 else [max(2, counts[0] // 2), counts[0]]

    def same_size(self, pair: Pair) -> Callable[[Domain], Pair]:
        """Solve again on a domain with more panels, with as many nodes on each."""
        counts = [s.operator.grid.axes[0].count for s in (pair.coarse, pair.fine)]

        def refine(domain: Domain) -> Pair:
            solutions = [Solution(self.solver.build(domain, c)) for c in counts]
            return Pair(domain, solutions[0], solutions[1], self.safety)

        return refine

    # ------------------------------------------------------------------ curves

    def curve(self, pair: Pair) -> Callable[..., Curve]:
        """Curves on the domain stretched to hold the way from the start."""

        def curve(function: Callable[..., Array], start: tuple[float, ...], steps: int) -> Curve:
            domain = reachable(self.program, pair.domain, start, steps)
            domain = self._panelled(domain)
            coarse: Array | None = None
            best: Curve | None = None
            for count in self._levels(domain):
                values, slack = self._one_curve(function, domain, start, steps, count)
                if coarse is not None:
                    best = Curve(values, self.safety * np.abs(values - coarse) + slack)
                    scale = max(float(np.max(np.abs(values))), 1e-300)
                    if float(best.errors.max()) <= max(self.tolerance, 1e-13) * scale:
                        break
                coarse = values
            assert best is not None
            return best

        return curve

    def _one_curve(
        self,
        function: Callable[..., Array],
        domain: Domain,
        start: tuple[float, ...],
        steps: int,
        count: int,
    ) -> tuple[Array, Array]:
        operator = self.solver.build(domain, count)
        on_nodes = function(*self.program.observe(operator.grid.points))
        first = self.solver.first(operator, domain, start)
        values, clips = propagate(operator, first, on_nodes, steps)
        at_start = function(*(np.array([v]) for v in start))
        spread = float(on_nodes.max() - on_nodes.min())
        return np.concatenate([at_start, values]), np.concatenate([[0.0], clips * spread])
