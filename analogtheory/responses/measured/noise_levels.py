"""σ_c, σ_r and the slow noise of the picked fit, with intervals or upper limits."""

from __future__ import annotations

import math

import numpy as np

from analogtheory.responses.measured import notes
from analogtheory.responses.measured.intervals import Interval, log_interval, one_sided_drop
from analogtheory.responses.measured.maximise import profile
from analogtheory.responses.measured.parameters import (
    CYCLE,
    MEMORY,
    READ,
    SLOW,
    log_reading_noise,
)
from analogtheory.responses.measured.posterior import Posterior


def cycle_noise(posterior: Posterior, step: float, confidence: float) -> tuple[Interval, list[str]]:
    """σ_c in units of the mean step, by restricted likelihood.

    Parameters
    ----------
    posterior : Posterior
        The picked fit.
    step : float
        The mean step in units of the observed range.
    confidence : float
        Level of the interval.

    Returns
    -------
    noise : Interval
        From 0 to the one-sided limit where the noise is not distinguishable from zero.
    said : list of str
        A note in that case.
    """
    value = float(np.exp(posterior.theta[CYCLE])) / step
    low, high = (end / step for end in posterior.cycle.interval(confidence))
    noise = Interval(value, min(low, value), max(high, value))
    if low > 0.0:
        return noise, []
    return noise, [notes.no_noise("cycle-to-cycle noise", confidence, high, "dw_min")]


def read_noise(posterior: Posterior, span: float, confidence: float) -> tuple[Interval, list[str]]:
    """σ_r in conductance units: the delta method, or an upper limit from its profile.

    Parameters
    ----------
    posterior : Posterior
        The picked fit.
    span : float
        The observed range in conductance units.
    confidence : float
        Level of the interval.

    Returns
    -------
    noise : Interval
        From 0 to the one-sided limit where the noise is not distinguishable from zero.
    said : list of str
        A note in that case.
    """
    value = math.exp(posterior.theta[READ]) * span
    error, drop = posterior.parameter_error(READ), one_sided_drop(confidence)
    if error is not None and (error < 0.2 or _lost_without_read_noise(posterior) > drop):
        return Interval(value, *log_interval(value, error, confidence)), []
    limit = math.exp(_log_upper_limit(posterior, drop)) * span
    said = notes.no_noise("white read noise", confidence, limit, "conductance units")
    return Interval(value, 0.0, max(limit, value)), [said]


def slow_noise(posterior: Posterior, span: float) -> tuple[float, float, list[str]]:
    """σ_z in conductance units, its memory τ in pulses, and a note that it is there."""
    level = math.exp(posterior.theta[SLOW]) * span
    memory = math.exp(posterior.theta[MEMORY])
    return level, memory, [notes.slow_noise(level, memory)]


def _lost_without_read_noise(posterior: Posterior) -> float:
    """Log-likelihood lost when σ_r is set to (practically) zero."""
    lowest = posterior.full.lowest[READ : READ + 1]
    return posterior.peak.objective - float(
        profile(posterior.full, posterior.theta, READ, lowest)[0]
    )


def _log_upper_limit(posterior: Posterior, drop: float) -> float:
    """ln σ_r at which the profile of the objective has fallen by `drop`."""
    theta, full = posterior.theta, posterior.full
    low = max(float(theta[READ]), float(full.lowest[READ]))
    high = max(low, log_reading_noise(theta)) + 1.0
    for points in (10, 6):  # from one unit of the logarithm or so to a tenth of it
        grid = np.linspace(low, high, points)
        lost = posterior.peak.objective - profile(full, theta, READ, grid) - drop
        end = int(np.argmax(lost > 0.0)) if (lost > 0.0).any() else points - 1
        low, high = grid[max(end - 1, 0)], grid[max(end, 1)]
        before, after = lost[max(end - 1, 0)], lost[max(end, 1)]
    part = before / (before - after) if after > 0.0 > before else 1.0
    return float(low + part * (high - low))
