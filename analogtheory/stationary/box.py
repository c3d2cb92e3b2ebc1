"""The box around a law of two states: linearised first, then from a coarse solution."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

from analogtheory.stationary.branches import branches
from analogtheory.stationary.domain import Domain
from analogtheory.stationary.program import Program

Array = NDArray[np.float64]

_MOMENT_NODES = 32


@dataclass(frozen=True)
class Spread:
    """Centre and standard deviation of each state, shape (d,)."""

    centre: Array
    deviation: Array


def linear_spread(program: Program) -> Spread:
    """The law of the iteration linearised around its stable fixed point.

    The covariance C solves C = A C Aᵀ + Q (Lyapunov), A = I + the Jacobian of the mean
    field (the side with the larger variances where there are two), Q the covariance of
    one step from the fixed point.

    Raises
    ------
    LookupError
        If there is no stable fixed point.
    """
    stable = [p for p in program.dynamics.fixed_points() if p.is_stable]
    if not stable:
        raise LookupError("no stable fixed point")
    centre = np.array([stable[0].state[str(s)] for s in program.states])
    start = tuple(np.array([v]) for v in centre)
    step = branches(program, start, nodes=_MOMENT_NODES).covariance()[0]
    deviation = np.zeros(centre.size)
    for jacobian in stable[0].jacobians:
        matrix = np.eye(centre.size) + jacobian
        if np.max(np.abs(np.linalg.eigvals(matrix))) < 1:
            covariance = linalg.solve_discrete_lyapunov(matrix, step)
            deviation = np.maximum(deviation, np.sqrt(np.maximum(np.diag(covariance), 0.0)))
    return Spread(centre, deviation)


def box(program: Program, spread: Spread, deviations: float) -> Domain:
    """Centre ± a number of standard deviations, cut to the ranges of the devices."""
    sizes = np.array([high - low for low, high in program.ranges])
    width = np.maximum(deviations * spread.deviation, 1e-9 * sizes)
    how = f"±{deviations:g} standard deviations around the law, within the ranges"
    low, high = spread.centre - width, spread.centre + width
    both = tuple((True, True) for _ in low)
    empty: tuple[tuple[float, ...], ...] = tuple(() for _ in low)
    ends = tuple(float(x) for x in low), tuple(float(x) for x in high)
    return within_ranges(program, Domain(*ends, empty, both, how))


def within_ranges(program: Program, domain: Domain) -> Domain:
    """Cut a box to the ranges of the devices; an end there is not soft."""
    low = tuple(max(a, r[0]) for a, r in zip(domain.low, program.ranges, strict=True))
    high = tuple(min(b, r[1]) for b, r in zip(domain.high, program.ranges, strict=True))
    soft = tuple(
        (a > bottom, b < top) for a, b, (bottom, top) in zip(low, high, program.ranges, strict=True)
    )
    return replace(domain, low=low, high=high, soft=soft)
