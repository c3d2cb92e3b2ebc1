"""Exact finite-horizon curves: E f(state after k iterations) from a given start."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from analogtheory.stationary.box import within_ranges
from analogtheory.stationary.branches import branches
from analogtheory.stationary.domain import Domain
from analogtheory.stationary.program import Program
from analogtheory.stationary.solution import Operator

Array = NDArray[np.float64]
_MOST_DRIFT_STEPS = 100_000


@dataclass(frozen=True)
class Curve:
    """E f(state after k iterations), k = 0 … steps.

    Attributes
    ----------
    values, errors : arrays, shape (steps + 1,)
        `errors`: difference under node doubling, plus the overshoots at soft ends of the
        domain until then (in half-widths) times the spread of f.
    """

    values: Array
    errors: Array


def reachable(program: Program, law: Domain, start: tuple[float, ...], steps: int) -> Domain:
    """The domain of the law, stretched to hold the way from the start.

    One state: the hull with the start; below a forward-invariant interval every branch
    moves up and above it down, so that the hull is forward-invariant too. Two states: the
    hull with the path of the conditional means, padded by the half-widths of the domain.
    """
    if len(start) == 1:
        hull = min(law.low[0], start[0]), max(law.high[0], start[0])
        how = f"{law.how}; hull with the start"
        return replace(law, low=(hull[0],), high=(hull[1],), how=how)
    path = _mean_path(program, law, start, steps)
    half = [0.5 * (b - a) for a, b in zip(law.low, law.high, strict=True)]
    low = tuple(min(a, float(p.min()) - h) for a, p, h in zip(law.low, path, half, strict=True))
    high = tuple(max(b, float(p.max()) + h) for b, p, h in zip(law.high, path, half, strict=True))
    how = f"{law.how}; hull with the mean path from the start"
    return within_ranges(program, replace(law, low=low, high=high, how=how))


def _mean_path(program: Program, law: Domain, start: tuple[float, ...], steps: int) -> list[Array]:
    state = tuple(np.array([v]) for v in start)
    path = [list(start)]
    for _ in range(min(steps, _MOST_DRIFT_STEPS)):
        state = tuple(branches(program, state, nodes=12).mean())
        path.append([float(s[0]) for s in state])
        if law.is_central(state):
            break
    return [np.asarray(column) for column in zip(*path, strict=True)]


def propagate(operator: Operator, first: Array, on_nodes: Array, steps: int) -> tuple[Array, Array]:
    """Row·P^{k−1}·f for k = 1 … steps, and the overshoots up to then.

    Parameters
    ----------
    operator : Operator
    first : array, shape (n,)
        The functional h → E h(state at the cut of the first iteration).
    on_nodes : array, shape (n,)
        f after the tail.
    steps : int
    """
    values, clips = np.empty(steps), np.empty(steps)
    row, clipped = first, 0.0
    for k in range(steps):
        values[k], clips[k] = row @ on_nodes, clipped
        clipped += float(np.abs(row) @ operator.overshoot)
        row = row @ operator.matrix
    return values, clips
