"""Without noise the averaged law is a point: the stable fixed point."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from analogtheory.errors import InputError
from analogtheory.stationary.curves import Curve
from analogtheory.stationary.domain import Domain
from analogtheory.stationary.grid import Axis, Grid
from analogtheory.stationary.law import Pair, StationaryLaw
from analogtheory.stationary.program import Program
from analogtheory.stationary.solution import Operator, Solution

Array = NDArray[np.float64]


def point_law(program: Program) -> StationaryLaw:
    """The law that sits at the one stable fixed point.

    Raises
    ------
    InputError
        If there is none, or more than one: then the limit depends on the start, or does
        not exist.
    """
    dynamics = program.dynamics
    stable = [p for p in dynamics.fixed_points() if p.is_stable]
    if len(stable) != 1:
        raise InputError(
            f"{dynamics.name}: without noise the law is a point, and there are {len(stable)} "
            "stable fixed points; add noise, or give a problem with exactly one"
        )
    values = {s: np.array([stable[0].state[str(s)]]) for s in program.states}
    draws = {d.symbol: np.zeros(1) for d in program.draws}
    at_cut = program.run(program.head, {**values, **draws})
    point = [float(np.ravel(at_cut[s])[0]) for s in program.states]
    size = [max(1e-9, 1e-9 * abs(x)) for x in point]
    axes = tuple(Axis((x - s, x + s), 1) for x, s in zip(point, size, strict=True))
    domain = Domain(
        tuple(a.edges[0] for a in axes),
        tuple(a.edges[1] for a in axes),
        tuple(() for _ in axes),
        tuple((False, False) for _ in axes),
        "no noise: the law is the stable fixed point",
    )
    solution = Solution(Operator(Grid(axes), np.ones((1, 1)), np.zeros(1)))
    pair = Pair(domain, solution, solution)

    def curve(function: Callable[..., Array], start: tuple[float, ...], steps: int) -> Curve:
        now = dict(zip(program.states, (np.array([v]) for v in start), strict=True))
        found = []
        for _ in range(steps + 1):
            found.append(float(function(*(now[s] for s in program.states))[0]))
            after = program.run(program.head + program.tail, {**now, **draws})
            now = {s: after[s] for s in program.states}
        return Curve(np.array(found), np.zeros(steps + 1))

    return StationaryLaw(program, pair, refine=lambda _: pair, curve=curve)
