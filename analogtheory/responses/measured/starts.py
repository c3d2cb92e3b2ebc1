"""Where the climbs start: moment estimates of the noise, simple fits of the steps.

Every function returns a list of parameter vectors, shape (COMMON + family.size,).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from analogtheory.responses.measured.bernstein import basis, elevate
from analogtheory.responses.measured.parameters import ABSENT, COMMON, CYCLE
from analogtheory.responses.measured.readings import DIRECTION, Readings

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Rough:
    """Moment estimates, in units of the observed range.

    Attributes
    ----------
    read, cycle : float
        σ_r and σ_c.
    ends : ndarray, shape (2, 2)
        Mean reading over the first and the last fiftieth of the up and the down column.
    """

    read: float
    cycle: float
    ends: Array

    @classmethod
    def of(cls, readings: Readings) -> Rough:
        """From the lag-0 and lag-1 covariances of the differences, σ_c²+2σ_r² and −σ_r²."""
        moments = []
        ends = np.empty((2, 2))
        for column, y in enumerate(readings.columns()):
            d = np.diff(y) - np.diff(y).mean()
            moments.append((float(np.mean(d * d)), float(np.mean(d[1:] * d[:-1]))))
            width = max(3, y.size // 50)
            ends[column] = y[:width].mean(), y[-width:].mean()
        total, lagged = np.mean(moments, axis=0)
        read = max(-lagged, 0.02 * total)
        cycle = max(total + 2.0 * lagged, 1e-4 * total)
        return cls(math.sqrt(read), math.sqrt(cycle), ends)

    def common(self, slow: bool) -> list[Array]:
        """Starting values of the common parameters, shape (COMMON,) each.

        Without slow noise: the moment estimates, and (nearly) all of it read noise. With
        it: the excess over white noise as slow noise of a memory of 10 or 3 pulses.
        """
        read, cycle = math.log(self.read), math.log(self.cycle)
        calm = cycle - 4.0
        if slow:
            noises = [(read, calm, read - 0.7, math.log(memory)) for memory in (3.0, 10.0)]
        else:
            noises = [(read, c, ABSENT, 0.0) for c in (cycle, calm)]
        return [np.array([*noise, *self.ends[:, 0]]) for noise in noises]

    def box(self, pulses: int) -> tuple[Array, Array]:
        """Lowest and highest values of the common parameters, shape (COMMON,) each.

        Noise levels below the lowest change the log-likelihood by less than 1e-3: a state
        that moves by 10⁻³σ_r in the whole column, slow noise of 10⁻²σ_r, white noise of
        10⁻²σ_r. A memory beyond a tenth of the column (`pulses`: its length) cannot be told
        from accumulation.
        """
        read, free = math.log(self.read), 50.0
        calm = math.log(1e-3 / math.sqrt(pulses))
        lowest = [read - 4.6, read + calm, read - 4.6, math.log(0.2), -free, -free]
        return np.array(lowest), np.array([free, free, free, math.log(pulses / 10), free, free])


def constant_starts(readings: Readings, rough: Rough, slow: bool) -> list[Array]:
    """Starting points of the constant step: the net movement per pulse."""
    net = (rough.ends[:, 1] - rough.ends[:, 0]) * DIRECTION[:, 0]
    pulses = np.array(readings.lengths) * readings.unit
    return _joined(rough.common(slow), np.log(np.maximum(net, 0.05) / pulses))


def linear_starts(readings: Readings, rough: Rough, slow: bool) -> list[Array]:
    """Starting points of the linear step: saturation by e^{−κ} over a column, κ = .3, 2, 6.

    x(n) = B − (B − x₀)e^{−κ} through both ends of a column gives B, and q = (κ/n)|B − x|.
    """
    pulses = np.array(readings.lengths) * readings.unit
    starts = []
    for kappa in (0.3, 2.0, 6.0):
        bound = rough.ends[:, 0] + np.diff(rough.ends)[:, 0] / -math.expm1(-kappa)
        rate = DIRECTION[:, 0] * kappa / pulses
        shape = np.column_stack([rate * bound, rate * (bound - 1.0)])
        starts += _joined(rough.common(slow), shape)
    return starts


def power_starts(linear: Array) -> list[Array]:
    """Starting points of the power step: the level and slope at ½ of the linear step's θ."""
    ends = linear[COMMON:].reshape(2, 2)
    level = np.maximum(ends.mean(axis=1), 0.05)
    slope = np.maximum(-(ends[:, 1] - ends[:, 0]) * DIRECTION[:, 0] / level, 0.3)
    starts = []
    for power, calm in ((0.6, 0.0), (1.0, 0.0), (1.0, 2.0), (2.5, 0.0)):
        reach = np.maximum(power / slope, 0.55)
        shape = np.column_stack([np.log(level), np.log(reach), np.full(2, math.log(power))])
        starts += _joined([_calmed(linear, calm)], shape)
    return starts


def exponential_starts(linear: Array) -> list[Array]:
    """Starting points of the exponential step: the linear step's θ bent either way."""
    ends = linear[COMMON:].reshape(2, 2)
    starts = []
    for up, down, calm in ((2, -2, 0), (-2, 2, 0), (-2, 2, 2), (0.2, 0.2, 0), (2, 2, 0)):
        shape = np.column_stack([ends, [up, down]])
        starts += _joined([_calmed(linear, calm)], shape)
    return starts


def bernstein_starts(
    degree: int, linear: Array, lower: Array | None, readings: Readings, commons: Sequence[Array]
) -> list[Array]:
    """Starting points of a Bernstein basis.

    The fitted linear step, the fit one degree lower (where there is one), and the slopes of
    the coarsely averaged columns with the rough noise levels `commons`: the last finds shapes
    that the linear step had to book as noise.

    Parameters
    ----------
    degree : int
        Degree of the basis.
    linear : ndarray, shape (COMMON + 4,)
        The fitted linear step.
    lower : ndarray, shape (COMMON + 2·degree,), or None
        The fit one degree lower.
    readings : Readings
        The data.
    commons : sequence of ndarray, shape (COMMON,)
        Common parameters for the slopes.
    """
    ends = linear[COMMON:].reshape(2, 2)
    grid = np.linspace(0.0, 1.0, degree + 1)
    line = ends[:, :1] * (1 - grid) + ends[:, 1:] * grid
    straight, same = _positive(line), _positive(line, floor=1e-6)
    slopes = _positive(np.array([_slopes(readings, column, degree) for column in (0, 1)]))
    starts = _joined([linear[:COMMON]], straight) + _joined([linear[:COMMON]], same)
    starts += _joined(commons, slopes)
    if lower is not None:
        raised = np.log(elevate(np.exp(lower[COMMON:].reshape(2, degree))))
        starts += _joined([lower[:COMMON]], raised)
    return starts


def _joined(commons: Iterable[Array], shape: Array) -> list[Array]:
    """Parameter vectors with these common parameters and one shape."""
    return [np.concatenate([common, shape.ravel()]) for common in commons]


def _calmed(theta: Array, calm: float) -> Array:
    """The common parameters of θ with ln σ_c lowered."""
    common = theta[:COMMON].copy()
    common[CYCLE] -= calm
    return common


def _positive(coefficients: Array, floor: float = 0.1) -> Array:
    """Logarithms of coefficients, kept above a share of their direction's mean."""
    lowest = floor * np.maximum(coefficients.mean(axis=1, keepdims=True), 0.1)
    return np.asarray(np.log(np.maximum(coefficients, lowest)))


def _slopes(readings: Readings, column: int, degree: int) -> Array:
    """Bernstein coefficients of q_s, least squares on the means of up to 25 blocks."""
    y = readings.columns()[column]
    width = max(5, y.size // 25)
    blocks = y[: y.size // width * width].reshape(-1, width).mean(axis=1)
    slopes = np.diff(blocks) * DIRECTION[column, 0] / (width * readings.unit)
    u = np.clip(0.5 * (blocks[1:] + blocks[:-1]), 0.0, 1.0)
    ridge = 0.03 * math.sqrt(u.size) * np.diff(np.eye(degree + 1), axis=0)
    padded = np.concatenate([slopes, np.zeros(degree)])
    return np.asarray(optimize.nnls(np.vstack([basis(degree, u), ridge]), padded)[0])
