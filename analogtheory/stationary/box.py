"""The box around a law of two states.

Next states beyond the box are clipped to it. If the mean flow led out of the box, that
would leave a kink along the path that just touches a corner, right through the box, and
only algebraic convergence. So one coordinate is sheared, the kinked one (P) kept: with
J± the Jacobians of the drift on either side, in the sheared coordinates (p, u), the box
|p| ≤ a, |u| ≤ b is invariant under the linearised flow if and only if

    |J₂₁|·a ≤ −J₂₂·b   and   |J₁₂|·b ≤ −J₁₁·a   on both sides.                       (1)

The slope is chosen so that (1) needs the least widening of the box (derived here).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

from analogtheory.stationary.branches import branches
from analogtheory.stationary.domain import Domain
from analogtheory.stationary.grid import Shear
from analogtheory.stationary.program import Program

Array = NDArray[np.float64]

_MOMENT_NODES = 32
_SLOPES = 201
#: (1) is asked for with this margin, and never widens the box beyond this factor.
_MARGIN, _WIDEST = 1.05, 3.0


@dataclass(frozen=True)
class Linear:
    """The linearised law around a stable fixed point.

    Attributes
    ----------
    centre : array, shape (2,)
    covariance : array, shape (2, 2)
        Of the side with the larger variances, C = A C Aᵀ + Q with A = I + J and Q the
        covariance of one step (Lyapunov).
    jacobians : tuple of arrays
        Of the mean field per iteration.
    """

    centre: Array
    covariance: Array
    jacobians: tuple[Array, ...]


def linearise(program: Program) -> Linear:
    """The linearised law around the stable fixed point.

    Raises
    ------
    LookupError
        If there is none.
    """
    stable = [p for p in program.dynamics.fixed_points() if p.is_stable]
    if not stable:
        raise LookupError("no stable fixed point")
    centre = np.array([stable[0].state[str(s)] for s in program.states])
    start = tuple(np.array([v]) for v in centre)
    step = branches(program, start, nodes=_MOMENT_NODES).covariance()[0]
    jacobians = stable[0].jacobians
    candidates = [
        linalg.solve_discrete_lyapunov(np.eye(centre.size) + j, step)
        for j in jacobians
        if np.max(np.abs(np.linalg.eigvals(np.eye(centre.size) + j))) < 1
    ]
    return Linear(centre, max(candidates, key=lambda c: float(np.trace(c))), jacobians)


def choose_shear(linear: Linear, tilted: int) -> Shear:
    """The shear for which the box needs the least widening."""
    kept = 1 - tilted
    ratios = [j[kept, kept] / j[kept, tilted] for j in linear.jacobians if j[kept, tilted]]
    if not ratios:
        return Shear(0.0, tilted)
    slopes = np.linspace(0.0, 1.0, _SLOPES) * float(np.mean(ratios))
    shears = [Shear(float(s), tilted) for s in slopes]
    return min(shears, key=lambda s: _cost(_widening(linear.jacobians, linear.covariance, s)))


def _cost(widening: tuple[float, float] | None) -> float:
    return np.inf if widening is None else widening[0] * widening[1]


def _widening(
    jacobians: tuple[Array, ...], covariance: Array, shear: Shear
) -> tuple[float, float] | None:
    """Factors on the standard deviations (kept, tilted) that satisfy (1); None if none do."""
    matrix = shear.matrix(2)
    kept, tilted = 1 - shear.tilted, shear.tilted
    least, most = 0.0, np.inf  # bounds of b/a
    for jacobian in jacobians:
        j = matrix @ jacobian @ np.linalg.inv(matrix)
        if j[kept, kept] >= 0 or j[tilted, tilted] >= 0:
            return None
        least = max(least, abs(j[tilted, kept]) / -j[tilted, tilted] * _MARGIN)
        most = min(most, -j[kept, kept] / max(abs(j[kept, tilted]), 1e-300) / _MARGIN)
    spread = np.sqrt(np.diag(matrix @ covariance @ matrix.T))
    ratio = spread[tilted] / max(spread[kept], 1e-300)
    if least > most:
        return None
    return max(1.0, ratio / most), max(1.0, least / max(ratio, 1e-300))


def box(program: Program, linear: Linear, deviations: float, shear: Shear) -> Domain:
    """Centre ± standard deviations in sheared coordinates, cut to the ranges.

    Parameters
    ----------
    program : Program
    linear : Linear
        Centre and covariance may be those of a coarse solution.
    deviations : float
    shear : Shear
    """
    matrix = shear.matrix(2)
    centre = matrix @ linear.centre
    spread = np.sqrt(np.diag(matrix @ linear.covariance @ matrix.T))
    factors = _widening(linear.jacobians, linear.covariance, shear) or (1.0, 1.0)
    order = (factors[0], factors[1]) if shear.tilted == 1 else (factors[1], factors[0])
    wide = deviations * np.minimum(order, _WIDEST) * spread
    wide = np.maximum(wide, 1e-9 * np.maximum(1.0, np.abs(centre)))
    low, high = centre - wide, centre + wide
    how = f"±{deviations:g} standard deviations around the law, within the ranges"
    both = (True, True)
    ends = (float(low[0]), float(low[1])), (float(high[0]), float(high[1]))
    return within_ranges(program, Domain(*ends, ((), ()), (both, both), how, shear))


def within_ranges(program: Program, domain: Domain) -> Domain:
    """Cut a box to what the ranges of the devices allow; an end there is not soft."""
    low, high, soft = list(domain.low), list(domain.high), list(domain.soft)
    shear = domain.shear
    for index in (1 - shear.tilted, shear.tilted):
        bottom, top = program.ranges[index]
        if index == shear.tilted and shear.slope:
            ends = [shear.slope * low[1 - index], shear.slope * high[1 - index]]
            bottom, top = bottom + min(ends), top + max(ends)
        soft[index] = (low[index] > bottom, high[index] < top)
        low[index], high[index] = max(bottom, low[index]), min(top, high[index])
    return replace(domain, low=tuple(low), high=tuple(high), soft=tuple(soft))
