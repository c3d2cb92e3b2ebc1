"""The Koopman operator of averaged updates, for one or two states."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from analogtheory.stationary.branches import Marks, branches
from analogtheory.stationary.domain import Domain
from analogtheory.stationary.grid import Axis, Grid
from analogtheory.stationary.program import Program
from analogtheory.stationary.solution import Operator

Array = NDArray[np.float64]

#: Largest number of floats in a temporary array.
_CHUNK = 4_000_000
#: Nodes along a smooth axis, relative to those per panel along a kinked one.
SMOOTH_SHARE = 0.75


def make_grid(domain: Domain, count: int) -> Grid:
    """`count` nodes on each panel; of two states, fewer along one without kinks."""
    smooth = count if len(domain.low) == 1 else max(2, round(SMOOTH_SHARE * count))
    counts = [count if breaks else smooth for breaks in domain.breaks]
    return Grid(tuple(Axis(domain.edges(k), c) for k, c in enumerate(counts)))


def noise_nodes(count: int) -> int:
    """Gauss-Legendre nodes per segment that go with `count` nodes per panel."""
    return min(24 + count // 2, 72)


def averaged_operator(program: Program, domain: Domain, count: int) -> Operator:
    """Collocate (P h)(x) = E h(T(x, ξ)); next states beyond a soft end are clipped to it."""
    grid = make_grid(domain, count)
    nodes = noise_nodes(count)
    per_row = _branches(program, nodes) * sum(axis.size for axis in grid.axes)
    chunk = max(1, _CHUNK // per_row)
    matrix = np.empty((grid.size, grid.size))
    overshoot = np.empty(grid.size)
    for first in range(0, grid.size, chunk):
        rows = slice(first, first + chunk)
        states = tuple(p[rows] for p in grid.points)
        matrix[rows], overshoot[rows] = operator_rows(program, domain, grid, states, nodes)
    return Operator(grid, matrix, overshoot)


def _branches(program: Program, nodes: int) -> int:
    """About how many next states a state has: continuous draws have up to four segments."""
    sizes = (4 * nodes if d.law.atoms is None else len(d.law.atoms[0]) for d in program.draws)
    return math.prod(sizes)


def operator_rows(
    program: Program,
    domain: Domain,
    grid: Grid,
    states: tuple[Array, ...],
    nodes: int,
    *,
    from_cut: bool = True,
) -> tuple[Array, Array]:
    """Rows of the operator from given states, and their expected overshoots."""
    law = branches(program, states, nodes=nodes, marks=_marks(program, domain), from_cut=from_cut)
    inside, overshoot = clip(domain, law.states, law.weights)
    return grid.rows(inside, law.weights), overshoot


def _marks(program: Program, domain: Domain) -> Marks:
    marks = []
    for index, state in enumerate(program.states):
        soft_low, soft_high = domain.soft[index]
        ends = (domain.low[index],) * soft_low + (domain.high[index],) * soft_high
        marks += [(state, t) for t in (*domain.breaks[index], *ends)]
    return marks


def clip(domain: Domain, states: list[Array], weights: Array) -> tuple[list[Array], Array]:
    """Clip to the domain; expected distance beyond its soft ends, in half-widths, summed.

    Parameters
    ----------
    domain : Domain
    states : list of arrays, shape (n, q) or (n, 1)
    weights : array, shape (n, q)
    """
    inside, beyond = [], np.zeros(weights.shape)
    ends = zip(domain.low, domain.high, domain.soft, strict=True)
    for values, (low, high, (soft_low, soft_high)) in zip(states, ends, strict=True):
        clipped = np.clip(values, low, high)
        half = 0.5 * (high - low)
        beyond += soft_low * np.maximum(clipped - values, 0.0) / half
        beyond += soft_high * np.maximum(values - clipped, 0.0) / half
        inside.append(clipped)
    return inside, np.asarray((weights * beyond).sum(axis=1))
