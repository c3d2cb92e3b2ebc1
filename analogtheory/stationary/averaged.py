"""The Koopman operator of averaged updates, for one or two states."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analogtheory.stationary.branches import Branches, Marks, branches
from analogtheory.stationary.domain import Domain
from analogtheory.stationary.grid import Axis, Grid
from analogtheory.stationary.program import Program
from analogtheory.stationary.solution import Operator

Array = NDArray[np.float64]

#: Largest number of floats in a temporary array.
_CHUNK = 4_000_000


def make_grid(domain: Domain, count: int) -> Grid:
    """A grid with `count` nodes on each panel (fewer where an axis has many panels)."""
    axes = []
    for index in range(len(domain.low)):
        edges = domain.edges(index)
        axes.append(Axis(edges, count))
    return Grid(tuple(axes))


def noise_nodes(count: int) -> int:
    """Gauss-Legendre nodes per segment that go with `count` nodes per panel."""
    return min(24 + count // 2, 72)


def averaged_operator(program: Program, domain: Domain, count: int) -> Operator:
    """Collocate (P h)(x) = E h(T(x, ξ)); next states beyond a soft end are clipped to it."""
    grid = make_grid(domain, count)
    nodes = noise_nodes(count)
    per_row = 4 * nodes * sum(axis.size for axis in grid.axes)
    chunk = max(1, _CHUNK // per_row)
    matrix = np.empty((grid.size, grid.size))
    leaving = np.empty(grid.size)
    for first in range(0, grid.size, chunk):
        rows = slice(first, first + chunk)
        states = tuple(p[rows] for p in grid.points)
        matrix[rows], leaving[rows] = operator_rows(program, domain, grid, states, nodes)
    return Operator(grid, matrix, leaving)


def operator_rows(
    program: Program,
    domain: Domain,
    grid: Grid,
    states: tuple[Array, ...],
    nodes: int,
    *,
    from_cut: bool = True,
) -> tuple[Array, Array]:
    """Rows of the operator from given states, and their expected artificial clips."""
    law = branches(program, states, nodes=nodes, marks=_marks(program, domain), from_cut=from_cut)
    inside, leaving = _clip(law, domain)
    return grid.rows(inside, law.weights), leaving


def _marks(program: Program, domain: Domain) -> Marks:
    marks = {}
    for index, state in enumerate(program.states):
        soft_low, soft_high = domain.soft[index]
        ends = (domain.low[index],) * soft_low + (domain.high[index],) * soft_high
        marks[state] = (*domain.breaks[index], *ends)
    return marks


def _clip(law: Branches, domain: Domain) -> tuple[list[Array], Array]:
    inside, beyond = [], np.zeros(law.weights.shape, dtype=bool)
    for values, low, high, (soft_low, soft_high) in zip(
        law.states, domain.low, domain.high, domain.soft, strict=True
    ):
        beyond |= ((values < low) & soft_low) | ((values > high) & soft_high)
        inside.append(np.clip(values, low, high))
    return inside, np.asarray((law.weights * beyond).sum(axis=1))
