"""The states given all readings: the Rauch-Tung-Striebel smoother."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from analogtheory.responses.measured.family import Family
from analogtheory.responses.measured.parameters import COMMON, CYCLE, MEMORY, READ, SLOW, STATES
from analogtheory.responses.measured.readings import Readings

Array = NDArray[np.float64]


def smooth_states(family: Family, readings: Readings, theta: Array) -> list[Array]:
    """Means of the state x given all readings, for the up and for the down column.

    Parameters
    ----------
    family : Family
        The steps.
    readings : Readings
        The data.
    theta : ndarray, shape (COMMON + family.size,)
        One parameter vector.

    Returns
    -------
    list of two ndarrays, shapes (n_up,) and (n_down,)
    """
    return [
        _smooth_column(family, y, readings.unit, theta, column)
        for column, y in enumerate(readings.columns())
    ]


def _smooth_column(family: Family, y: Array, unit: float, theta: Array, column: int) -> Array:
    """m_i + G_i(m̃_{i+1} − A m_i), backwards over the filtered means m of (x, z); its x."""
    step = family.step(theta[COMMON:, None], slice(column, column + 1))
    read = math.exp(2.0 * theta[READ])
    memory = math.exp(-math.exp(-theta[MEMORY]))
    slow = math.exp(2.0 * theta[SLOW])
    process = np.diag([math.exp(2.0 * theta[CYCLE]), slow * (1.0 - memory * memory)])
    mean, covariance = np.array([theta[STATES][column], 0.0]), np.diag([0.0, slow])
    filtered, backs, predictions = [], [], []
    for reading in y:
        gain = covariance.sum(axis=1) / (covariance.sum() + read)
        mean = mean + gain * (reading - mean.sum())
        covariance = covariance - np.outer(gain, covariance.sum(axis=0))
        moved, slope = (float(a.flat[0]) for a in step(mean[:1, None]))
        scale = np.array([1.0 + unit * slope, memory])
        ahead = scale[:, None] * covariance * scale + process
        filtered.append(mean)
        backs.append(_back_gain(covariance * scale, ahead))
        mean = np.array([mean[0] + unit * moved, memory * mean[1]])
        predictions.append(mean)
        covariance = ahead
    smoothed = np.array(filtered)
    for i in range(y.size - 2, -1, -1):
        smoothed[i] = filtered[i] + backs[i] @ (smoothed[i + 1] - predictions[i])
    return smoothed[:, 0]


def _back_gain(crossed: Array, ahead: Array) -> Array:
    """crossed·ahead⁻¹ (2 × 2), with the part of a variance that is zero left out."""
    (a, b), (_, d) = ahead
    determinant = a * d - b * b
    if determinant > 1e-12 * a * d:
        return np.asarray(crossed @ np.array([[d, -b], [-b, a]]) / determinant)
    diagonal = np.array([a, d])
    return np.asarray(
        crossed * np.divide(1.0, diagonal, out=np.zeros(2), where=diagonal > 0) * np.eye(2)
    )
