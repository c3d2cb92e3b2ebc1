"""Where the stationary law lives: forward-invariant intervals, or boxes around the law.

In one dimension the smallest forward-invariant interval around the resting point w̄ of
the drift has ends that solve max_ε T(w, ε) = w and min_ε T(w, ε) = w (derived here). For
Analog SGD with |ε| ≤ a these are w* ± a/L, or the ends of the range if they come first;
inside, the extreme branches never change their sign, so that with two-valued noise the
Koopman operator maps smooth functions to smooth functions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from analogtheory.stationary.branches import branches, extremes
from analogtheory.stationary.program import Program

Array = NDArray[np.float64]

#: Points at which invariance is checked.
CHECK_POINTS = 2001
#: Nodes per segment where only moments of one step are needed.
_MOMENT_NODES = 32


@dataclass(frozen=True)
class Domain:
    """A box of states.

    Attributes
    ----------
    low, high : tuple of float
        Its ends, one per state.
    breaks : tuple of tuple of float
        Panel edges inside, one tuple per state.
    soft : tuple of (bool, bool)
        Per state, whether the low and the high end cut the law artificially (next states
        beyond are clipped to the end, which costs accuracy), rather than being an end of
        the device's range or of a forward-invariant interval.
    how : str
        How it was found and checked.
    """

    low: tuple[float, ...]
    high: tuple[float, ...]
    breaks: tuple[tuple[float, ...], ...]
    soft: tuple[tuple[bool, bool], ...]
    how: str

    @property
    def is_invariant(self) -> bool:
        """Whether no end cuts the law."""
        return not any(flag for pair in self.soft for flag in pair)

    def edges(self, index: int) -> tuple[float, ...]:
        """Ends and inner breaks of one state."""
        return (self.low[index], *self.breaks[index], self.high[index])

    def is_central(self, states: Sequence[Array]) -> bool:
        """Whether all states lie in the inner half of the box."""
        return all(
            bool(np.all(np.abs(y - 0.5 * (low + high)) < 0.25 * (high - low)))
            for y, low, high in zip(states, self.low, self.high, strict=True)
        )

    def with_breaks(self, extra: tuple[tuple[float, ...], ...]) -> Domain:
        """The same box with more panel edges (those inside, and not twice)."""
        merged = tuple(
            _inner((*old, *new), low, high)
            for old, new, low, high in zip(self.breaks, extra, self.low, self.high, strict=True)
        )
        return replace(self, breaks=merged)


def _inner(points: tuple[float, ...], low: float, high: float) -> tuple[float, ...]:
    margin = 1e-9 * (high - low)
    kept: list[float] = []
    for point in sorted(points):
        if low + margin < point < high - margin and (not kept or point - kept[-1] > margin):
            kept.append(float(point))
    return tuple(kept)


# ---------------------------------------------------------------------- one state


@dataclass(frozen=True)
class Rest:
    """A resting point of the drift of one state, and the spread of the law around it."""

    point: float
    spread: float


def rests(moments: Callable[[Array], tuple[Array, Array]], low: float, high: float) -> list[Rest]:
    """Points where the drift b changes from + to −, with √(s²/(1 − (1 + b′)²)).

    Parameters
    ----------
    moments : callable
        Mean change b(w) and variance s²(w) of one step.
    low, high : float
    """
    grid = np.linspace(low, high, CHECK_POINTS)
    drift, variance = moments(grid)
    found = []
    for k in np.flatnonzero((drift[:-1] > 0) & (drift[1:] <= 0)):
        share = drift[k] / (drift[k] - drift[k + 1])
        slope = (drift[k + 1] - drift[k]) / (grid[k + 1] - grid[k])
        contraction = max(1.0 - (1.0 + slope) ** 2, 1e-12)
        here = (1 - share) * variance[k] + share * variance[k + 1]
        point = grid[k] + share * (grid[k + 1] - grid[k])
        found.append(Rest(float(point), float(np.sqrt(max(here, 0.0) / contraction))))
    return found


def averaged_moments(program: Program) -> Callable[[Array], tuple[Array, Array]]:
    """Mean change and variance of one averaged step of a one-state program."""

    def moments(w: Array) -> tuple[Array, Array]:
        law = branches(program, (w,), nodes=_MOMENT_NODES)
        return law.mean()[0] - w, law.covariance()[:, 0, 0]

    return moments


def trap(program: Program, centre: float) -> Domain:
    """The smallest forward-invariant interval around a resting point, checked.

    Falls back to the range, which the clipping makes invariant, where the check fails.
    """
    low, high = program.ranges[0]
    top = _end(lambda w: extremes(program, (w,))[1][0] - w, centre, high)
    bottom = _end(lambda w: w - extremes(program, (w,))[0][0], centre, low)
    grid = np.linspace(bottom, top, CHECK_POINTS)
    lowest, highest = extremes(program, (grid,))
    slack = 1e-12 * (high - low)
    how = f"forward-invariant: next states checked at {CHECK_POINTS} points"
    if lowest[0].min() < bottom - slack or highest[0].max() > top + slack:
        bottom, top = low, high
        how = "the device's range, at whose ends the hardware clips"
    return Domain((float(bottom),), (float(top),), ((),), ((False, False),), how)


def _end(outward: Callable[[Array], Array], centre: float, limit: float) -> float:
    """First point from the centre to the limit where nothing moves outward any more."""
    grid = np.linspace(centre, limit, 1001)
    values = outward(grid)
    stopped = np.flatnonzero(values[1:] <= 0)
    if stopped.size == 0:
        return limit
    k = int(stopped[0])
    if values[k] <= 0 or values[k + 1] == 0:
        return float(grid[k + 1])

    def at(w: float) -> float:
        return float(outward(np.array([w]))[0])

    scale = abs(limit - centre)
    return float(
        optimize.brentq(at, grid[k], grid[k + 1], xtol=1e-15 * scale, rtol=1e-15, maxiter=1000)
    )


def around(rest_points: list[Rest], deviations: float, low: float, high: float) -> Domain:
    """The range cut to a number of standard deviations around the resting points."""
    bottom = max(low, min(r.point - deviations * r.spread for r in rest_points))
    top = min(high, max(r.point + deviations * r.spread for r in rest_points))
    how = f"±{deviations:g} standard deviations around the law, within the range"
    return Domain((bottom,), (top,), ((),), ((bottom > low, top < high),), how)
