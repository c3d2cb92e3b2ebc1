"""Confidence intervals: quantiles, likelihood-ratio drops, intervals of a logarithm."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Array = NDArray[np.float64]


class Interval(NamedTuple):
    """An estimate with the ends of its confidence interval."""

    value: float
    low: float
    high: float


def quantile(confidence: float) -> float:
    """Two-sided normal quantile z: 1.96 for 0.95."""
    return float(stats.norm.ppf(0.5 + 0.5 * confidence))


def two_sided_drop(confidence: float) -> float:
    """What the log-likelihood loses at the ends of a likelihood-ratio interval: ½z²."""
    return 0.5 * float(stats.chi2.ppf(confidence, 1))


def one_sided_drop(confidence: float) -> float:
    """What the log-likelihood loses at a one-sided limit: ½·1.645² for 0.95."""
    return two_sided_drop(2.0 * confidence - 1.0)


def log_interval(value: float, error: float, confidence: float) -> tuple[float, float]:
    """Interval of a positive quantity, symmetric in its logarithm: value·e^{±z·error}.

    Parameters
    ----------
    value, error : float
        The estimate and the standard error of its logarithm.
    confidence : float
        Level of the interval.

    Returns
    -------
    low, high : float
    """
    factor = math.exp(min(quantile(confidence) * error, 50.0))
    return value / factor, value * factor


def level_set(excess: Array, root: int) -> tuple[float, float]:
    """Ends of the set {excess ≤ 0} around the points root and root + 1.

    Parameters
    ----------
    excess : ndarray, shape (points,)
        A function on a grid, interpolated linearly.
    root : int
        Where to start.

    Returns
    -------
    low, high : float
        In fractional indices; 0 and points − 1 where the set reaches the end of the grid.
    """
    left, right = root, root + 1
    while left > 0 and excess[left] <= 0.0:
        left -= 1
    while right < excess.size - 1 and excess[right] <= 0.0:
        right += 1
    low, high = float(left), float(right)
    if excess[left] > 0.0 >= excess[left + 1]:
        low += excess[left] / (excess[left] - excess[left + 1])
    if excess[right] > 0.0 >= excess[right - 1]:
        high -= excess[right] / (excess[right] - excess[right - 1])
    return low, high
