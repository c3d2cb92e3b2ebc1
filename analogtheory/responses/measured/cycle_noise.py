"""The cycle-to-cycle noise σ_c by restricted likelihood.

The plain maximum underrates σ_c, because the shape can bend after the wandering of the state,
and piles up at σ_c = 0. Restricted: the objective maximised over all else, minus ½ ln det of
the information of the initial states and the shape (the correction that turns maximum
likelihood into REML: D. R. Cox and N. Reid, J. R. Statist. Soc. B 49 (1987) 1).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import interpolate

from analogtheory.responses.measured.intervals import one_sided_drop, two_sided_drop
from analogtheory.responses.measured.maximise import climb
from analogtheory.responses.measured.model import Model
from analogtheory.responses.measured.parameters import CYCLE, STATES, log_reading_noise

Array = NDArray[np.float64]


class CycleCurve(NamedTuple):
    """The restricted likelihood at several levels of σ_c, and the fit of all else at each.

    Attributes
    ----------
    levels : ndarray, shape (n,)
        σ_c in units of the observed range, rising.
    thetas : ndarray, shape (n, p)
        The parameters fitted there.
    adjusted : ndarray, shape (n,)
        Logarithm of the restricted likelihood.
    informations : ndarray, shape (n, free, free)
        Fisher information of the other free parameters.
    """

    levels: Array
    thetas: Array
    adjusted: Array
    informations: Array

    def refined(self) -> tuple[Array, Array]:
        """The curve interpolated on a fine grid: levels and values."""
        fine = np.linspace(self.levels[0], self.levels[-1], 2001)
        return fine, interpolate.PchipInterpolator(self.levels, self.adjusted)(fine)

    @property
    def mode(self) -> float:
        """The level with the highest restricted likelihood."""
        fine, values = self.refined()
        return float(fine[int(np.argmax(values))])

    def interval(self, confidence: float) -> tuple[float, float]:
        """Likelihood-ratio interval; from 0 to the one-sided limit if 0 is not excluded."""
        fine, values = self.refined()
        lost = values.max() - values
        drop = one_sided_drop(confidence)
        if self.levels[0] > 0.0 or lost[0] > drop:
            inside = fine[lost <= two_sided_drop(confidence)]
            return float(inside[0]), float(inside[-1])
        return 0.0, float(fine[lost <= drop][-1])

    def extent(self) -> tuple[int, int]:
        """First and last index of what is not negligible (e⁻⁵ of the top), and one more."""
        high = np.flatnonzero(self.adjusted > self.adjusted.max() - 5.0)
        return max(int(high[0]) - 1, 0), min(int(high[-1]) + 1, self.levels.size - 1)


def restricted_likelihood(model: Model, theta: Array, precision: float) -> CycleCurve:
    """The curve on levels that cover its top: near the estimate, or searched for.

    Parameters
    ----------
    model : Model
        With ln σ_c among the parameters held; p parameters.
    theta : ndarray, shape (p,)
        The plain maximum, from which the climbs start.
    precision : float
        Inverse variance of ln σ_c there; above 16 the curve is narrow.

    Returns
    -------
    CycleCurve
    """
    if precision > 16.0:
        width = 1.0 / math.sqrt(precision)
        levels = np.exp(float(theta[CYCLE]) + width * np.linspace(-4.0, 6.0, 12))
        return _curve(model, theta, levels)
    lowest, highest = float(model.lowest[CYCLE]), log_reading_noise(theta) + 1.0
    coarse = _curve(model, theta, np.exp(np.linspace(lowest, highest, 10)))
    end = float(coarse.levels[coarse.extent()[1]])
    curve = _curve(model, theta, end * np.linspace(0.0, 1.0, 12))
    first, last = curve.extent()
    if last - first > 7:
        return curve
    return _curve(model, theta, np.linspace(curve.levels[first], curve.levels[last], 12))


def _curve(model: Model, theta: Array, levels: Array) -> CycleCurve:
    """The curve at given levels, without those where the filter diverges."""
    starts = np.repeat(theta[None, :], levels.size, axis=0)
    starts[:, CYCLE] = np.log(np.maximum(levels, math.exp(float(model.lowest[CYCLE]))))
    state = climb(model, starts, keep=None, tolerance=1e-3)
    shape = state.vary >= STATES.start
    blocks = state.information[:, shape][:, :, shape]
    adjusted = state.value - 0.5 * np.linalg.slogdet(blocks)[1]
    usable = np.isfinite(adjusted)
    return CycleCurve(
        levels[usable], state.theta[usable], adjusted[usable], state.information[usable]
    )
