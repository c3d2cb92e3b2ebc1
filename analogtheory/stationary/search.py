"""The domain and the number of nodes: doubled until the moments agree."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from analogtheory.errors import InputError
from analogtheory.stationary.averaged import SMOOTH_SHARE
from analogtheory.stationary.box import Spread, box, linear_spread
from analogtheory.stationary.curves import Curve, propagate, reachable
from analogtheory.stationary.domain import Domain, rests
from analogtheory.stationary.law import Pair
from analogtheory.stationary.panels import kink_lines
from analogtheory.stationary.solution import Solution
from analogtheory.stationary.solvers import Averaged, Pulsed

Array = NDArray[np.float64]

#: Half-width of the box for two states, in standard deviations (a wider box costs more by
#: resolution than it gains), and when the box is first sought.
BOX_DEVIATIONS, FIRST_DEVIATIONS = 6.5, 10.0
#: Nodes per panel of the first, coarse solution with two states.
COARSE = 14
#: Factor on differences under node doubling where kinks leave algebraic convergence: two
#: states with discrete noise.
ALGEBRAIC = 3.0


def _badness(pair: Pair) -> float:
    return pair.difference + pair.fine.clipped


class Search:
    """Finds the domain and the number of nodes."""

    def __init__(self, solver: Averaged | Pulsed, nodes: int | None, tolerance: float, limit: int):
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
