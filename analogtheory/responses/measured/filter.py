"""The likelihood: an extended Kalman filter over many parameter vectors at once.

It is exact for constant and linear steps and for σ_c = 0; otherwise its error is of the
order of the filter's variance (checked in the tests against a filter on a grid). All
parameter vectors of a call are filtered together ("lanes", the last axis), so that
derivatives by differences and several starting points cost little more than one evaluation.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from analogtheory.responses.measured.family import Family, Step
from analogtheory.responses.measured.parameters import COMMON, CYCLE, MEMORY, READ, SLOW, STATES
from analogtheory.responses.measured.readings import Readings

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Filtered:
    """Innovations v and their variances S, shape (n, 2, lanes); v = 0, S = 1 where padded."""

    innovations: Array
    variances: Array

    def log_likelihood(self, count: int) -> Array:
        """−½ Σ (ln 2πS + v²/S) over `count` readings, shape (lanes,)."""
        terms = np.log(self.variances) + self.innovations**2 / self.variances
        return np.asarray(-0.5 * (count * math.log(2.0 * math.pi) + terms.sum(axis=(0, 1))))


def run_filter(family: Family, readings: Readings, theta: Array) -> Filtered:
    """Filter both columns for every parameter vector.

    Parameters
    ----------
    family : Family
        The steps.
    readings : Readings
        The data, n rows.
    theta : ndarray, shape (COMMON + family.size, lanes)
        Parameter vectors. A lane that diverges is recognised by its likelihood.

    Returns
    -------
    Filtered
    """
    shape = (len(readings.values), 2, theta.shape[1])
    filtered = Filtered(np.zeros(shape), np.ones(shape))
    state, spread = _initial(theta)
    with np.errstate(all="ignore"):
        noise = _Noise.of(theta)
        for rows, columns in readings.segments():
            _filter_rows(
                family.step(theta[COMMON:], columns),
                noise,
                readings.unit,
                readings.values[rows, columns, None],
                (state[:, columns], spread[:, columns]),
                (filtered.innovations[rows, columns], filtered.variances[rows, columns]),
            )
    return filtered


class _Noise(NamedTuple):
    """σ_r² and e^{−1/τ}, shape (lanes,); variances (xx, xz, zz) of a step, (3, 1, lanes)."""

    read: Array
    memory: Array
    process: Array

    @classmethod
    def of(cls, theta: Array) -> _Noise:
        """From parameter vectors, shape (p, lanes)."""
        memory = np.exp(-np.exp(-theta[MEMORY]))
        process = np.zeros((3, 1, theta.shape[1]))
        process[0] = np.exp(2.0 * theta[CYCLE])
        process[2] = np.exp(2.0 * theta[SLOW]) * (1.0 - memory * memory)
        return cls(np.exp(2.0 * theta[READ]), memory, process)


def _initial(theta: Array) -> tuple[Array, Array]:
    """Means (x, z) and covariances (xx, xz, zz) at the first reading, (2 or 3, 2, lanes)."""
    state = np.zeros((2, 2, theta.shape[1]))
    state[0] = theta[STATES]
    spread = np.zeros((3, 2, theta.shape[1]))
    spread[2] = np.exp(2.0 * theta[SLOW])
    return state, spread


def _filter_rows(
    step: Step,
    noise: _Noise,
    unit: float,
    readings: Array,
    moments: tuple[Array, Array],
    outputs: tuple[Array, Array],
) -> None:
    """Filter consecutive rows, in place: the moments go on, the outputs v and S are filled.

    With the covariance P of (x, z): g = P(1, 1)ᵀ, S = g_x + g_z + σ_r², K = g/S,
    P ← A(P − KSKᵀ)Aᵀ + Q, A = diag(1 + s·q_s′, e^{−1/τ}).
    """
    read, memory, process = noise
    state, spread = moments
    (x, z), zz = state, spread[2]
    factors = np.empty_like(spread)
    factors[2] = memory * memory
    for y, v, s in zip(readings, *outputs, strict=True):
        crossed = spread[:2] + spread[1:]
        np.add(crossed[0], crossed[1], out=s)
        s += read
        np.subtract(y, x, out=v)
        v -= z
        gain = crossed / s
        state += gain * v
        spread[:2] -= gain[0] * crossed
        zz -= gain[1] * crossed[1]
        moved, slope = step(x)
        x += unit * moved
        z *= memory
        stretch = 1.0 + unit * slope
        np.multiply(stretch, stretch, out=factors[0])
        np.multiply(stretch, memory, out=factors[1])
        spread *= factors
        spread += process
