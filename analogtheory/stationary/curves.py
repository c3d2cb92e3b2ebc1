"""Exact finite-horizon curves: E f(state after k iterations) from a given start."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

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
        `errors`: difference under node doubling, plus the clips at soft ends of the
        domain until then times the spread of f.
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
        low, high = min(law.low[0], start[0]), max(law.high[0], start[0])
        return replace(law, low=(low,), high=(high,), how=f"{law.how}; hull with the start")
    path = _mean_path(program, law, start, steps)
    low, high, soft = [], [], []
    for k, (bottom, top) in enumerate(program.ranges):
        pad = 0.5 * (law.high[k] - law.low[k])
        low.append(max(bottom, min(law.low[k], float(path[k].min()) - pad)))
        high.append(min(top, max(law.high[k], float(path[k].max()) + pad)))
        soft.append((low[-1] > bottom, high[-1] < top))
    how = f"{law.how}; hull with the mean path from the start"
    return Domain(tuple(low), tuple(high), law.breaks, tuple(soft), how)


def _mean_path(
    program: Program, law: Domain, start: tuple[float, ...], steps: int
) -> list[Array]:
    state = tuple(np.array([v]) for v in start)
    path = [list(start)]
    for _ in range(min(steps, _MOST_DRIFT_STEPS)):
        state = tuple(branches(program, state, nodes=12).mean())
        path.append([float(s[0]) for s in state])
        half = [0.25 * (b - a) for a, b in zip(law.low, law.high, strict=True)]
        middle = [0.5 * (a + b) for a, b in zip(law.low, law.high, strict=True)]
        if all(abs(float(s[0]) - m) < h for s, m, h in zip(state, middle, half, strict=True)):
            break
    return [np.asarray(column) for column in zip(*path, strict=True)]


def propagate(operator: Operator, first: Array, on_nodes: Array, steps: int) -> tuple[Array, Array]:
    """Row·P^{k−1}·f for k = 1 … steps, and the artificial clips up to then.

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
        clipped += float(np.abs(row) @ operator.leaving)
        row = row @ operator.matrix
    return values, clips


Functional = Callable[[Operator], Array]
