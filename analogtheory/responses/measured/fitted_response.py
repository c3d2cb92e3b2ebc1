"""The picked fit as a response: its range, its mean step, its formulas."""

from __future__ import annotations

from pathlib import PurePath

import numpy as np
from numpy.typing import NDArray

from analogtheory.errors import InputError
from analogtheory.responses.measured.posterior import Posterior
from analogtheory.responses.measured.readings import Frame, rational
from analogtheory.responses.measured.smoother import smooth_states
from analogtheory.responses.response import Response

Array = NDArray[np.float64]


def visited_range(posterior: Posterior, path: str) -> tuple[float, float]:
    """Ends of the range in u: visited states on which q₊ and q₋ are positive.

    Visited: by the smoothed trajectories. Positive: above a thousandth of the mean, on the
    longest connected part.

    Raises
    ------
    InputError
        If that part is less than a tenth of what was visited.
    """
    family = posterior.family
    visited = np.concatenate(smooth_states(family, posterior.readings, posterior.theta))
    grid = np.linspace(visited.min(), visited.max(), 2001)
    steps = posterior.steps(grid)
    positive = family.applies(posterior.shape, grid) & np.all(
        steps > 1e-3 * np.abs(steps).mean(), axis=0
    )
    first, last = _longest_run(positive)
    if last - first < 200:
        raise InputError(
            f"{path}: the fitted {family.name} is not positive for both directions "
            "on a tenth of the observed range; check that up pulses raise the conductance "
            "and down pulses lower it, or ask for a Bernstein basis (degree=3)"
        )
    return float(grid[first]), float(grid[last])


def mean_step(posterior: Posterior, low: float, high: float) -> tuple[float, float]:
    """Mean of (q₊ + q₋)/2 over the range low ≤ u ≤ high, per pulse, and its standard error.

    In units of the observed range, by Gauss-Legendre quadrature with 48 nodes.
    """
    nodes, weights = np.polynomial.legendre.leggauss(48)
    points = low + (high - low) * 0.5 * (nodes + 1.0)
    mean = (posterior.steps(points).mean(axis=0) * weights).sum() / 2.0
    gradient = (posterior.step_gradient(points).mean(axis=1) * weights).sum(axis=1) / 2.0
    return float(mean), float(posterior.error(gradient))


def fitted_response(
    posterior: Posterior, frame: Frame, ends: tuple[float, float], dw_min: float, path: str
) -> Response:
    """The response with exact numbers, in the units of the file.

    Parameters
    ----------
    posterior : Posterior
        The picked fit.
    frame : Frame
        The units of the observed range.
    ends : tuple of float
        The range in u.
    dw_min : float
        Conductance per pulse, the unit of q₊ and q₋.
    path : str
        What to call the data.
    """
    readings, family = posterior.readings, posterior.family
    low, high = (rational(frame.outside(end), 8) for end in ends)
    scale = readings.unit * float(frame.span) / dw_min
    up, down = (family.expression(posterior.shape, c, frame.u, scale) for c in (0, 1))
    name = f"measured: {PurePath(path).name}"
    source = f"{family.name} fitted to {readings.count} readings of {path}"
    return Response(up, down, low, high, name=name, source=source)


def steps_with_errors(posterior: Posterior, frame: Frame, w: Array) -> tuple[Array, Array]:
    """q₊, q₋ and their standard errors per pulse at the states w, all in conductance units.

    Parameters
    ----------
    posterior : Posterior
        The picked fit.
    frame : Frame
        The units of the observed range.
    w : ndarray, shape (points,)
        States.

    Returns
    -------
    steps, errors : ndarray, shape (2, points)
    """
    u, span = frame.inside(w), float(frame.span)
    return posterior.steps(u) * span, posterior.error(posterior.step_gradient(u)) * span


def _longest_run(flags: NDArray[np.bool_]) -> tuple[int, int]:
    """First and last index of the longest run of True; (0, 0) if there is none."""
    padded = np.concatenate([[False], flags, [False]]).astype(int)
    starts, ends = np.flatnonzero(np.diff(padded) == 1), np.flatnonzero(np.diff(padded) == -1)
    if not starts.size:
        return 0, 0
    longest = int(np.argmax(ends - starts))
    return int(starts[longest]), int(ends[longest]) - 1
