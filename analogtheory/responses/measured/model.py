"""The quantity that is maximised: the likelihood of a family, weakly penalised."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from analogtheory.responses.measured.family import Family
from analogtheory.responses.measured.filter import run_filter
from analogtheory.responses.measured.parameters import COMMON
from analogtheory.responses.measured.readings import Readings

Array = NDArray[np.float64]

_DIFFERENCE = 1e-4  # central differences of the innovations; parameters are of order one


@dataclass(frozen=True)
class Fit:
    """A maximum of the (weakly penalised) likelihood.

    Attributes
    ----------
    theta : ndarray, shape (COMMON + family.size,)
        The parameter vector.
    log_likelihood : float
        Without the prior.
    objective : float
        With the prior, the quantity maximised.
    """

    theta: Array
    log_likelihood: float
    objective: float


@dataclass(frozen=True)
class Model:
    """A family and the readings it is to explain; p parameters.

    Attributes
    ----------
    family : Family
        The steps.
    readings : Readings
        The data.
    lowest, highest : ndarray, shape (COMMON,)
        Box of the common parameters: the logarithm of a noise level that the data put at
        zero stops there.
    free : tuple of bool
        Which parameters vary; empty for all of them.
    """

    family: Family
    readings: Readings
    lowest: Array
    highest: Array
    free: tuple[bool, ...] = ()

    @property
    def size(self) -> int:
        """Number of parameters p, noise levels and initial states included."""
        return COMMON + self.family.size

    def fixing(self, *indices: int) -> Model:
        """The same model with more parameters held at their starting values."""
        free = self.free or (True,) * self.size
        return replace(self, free=tuple(f and k not in indices for k, f in enumerate(free)))

    @cached_property
    def varying(self) -> NDArray[np.intp]:
        """Indices of the parameters that vary."""
        return np.flatnonzero(self.free or (True,) * self.size)

    def penalty(self, theta: Array) -> Array:
        """Minus the logarithm of the prior, zero at its mean: (p, lanes) to (lanes,)."""
        away = theta[COMMON:] - self.family.prior_mean[:, None]
        return np.asarray(0.5 * np.einsum("il,ij,jl->l", away, self.family.prior_precision, away))

    def objective(self, theta: Array) -> Array:
        """Penalised log-likelihood, (p, lanes) to (lanes,); −∞ where the filter diverges."""
        filtered = run_filter(self.family, self.readings, theta)
        with np.errstate(all="ignore"):
            value = filtered.log_likelihood(self.readings.count) - self.penalty(theta)
        return np.where(np.isfinite(value), value, -np.inf)

    def fit_at(self, theta: Array) -> Fit:
        """The objective at one parameter vector, without optimising."""
        value = float(self.objective(theta[:, None])[0])
        return Fit(theta, value + float(self.penalty(theta[:, None])[0]), value)

    def expand(self, thetas: Array) -> tuple[Array, Array, Array]:
        """Objective, gradient and Fisher information at several parameter vectors.

        The information is Σ (∂v ∂vᵀ/S + ½ ∂S ∂Sᵀ/S²) plus the prior's precision; the
        derivatives are central differences of the filter's output.

        Parameters
        ----------
        thetas : ndarray, shape (starts, p)

        Returns
        -------
        values, gradients, informations : ndarray
            Shapes (starts,), (starts, free), (starts, free, free).
        """
        starts, vary = len(thetas), self.varying
        filtered = run_filter(self.family, self.readings, self._neighbours(thetas))
        with np.errstate(all="ignore"):
            values = filtered.log_likelihood(self.readings.count).reshape(starts, -1)[:, 0]
            values = values - self.penalty(thetas.T)
        v = filtered.innovations.reshape(-1, starts, 2 * vary.size + 1)
        s = filtered.variances.reshape(v.shape)
        gradients = np.zeros((starts, vary.size))
        informations = np.zeros((starts, vary.size, vary.size))
        for i in range(starts):
            if not (np.all(np.isfinite(v[:, i])) and np.isfinite(values[i])):
                values[i] = -np.inf
                continue
            gradients[i], informations[i] = _scores(v[:, i], s[:, i])
        mean, precision = self._prior()
        gradients -= ((thetas - mean) @ precision)[:, vary]
        return values, gradients, informations + precision[np.ix_(vary, vary)]

    def _neighbours(self, thetas: Array) -> Array:
        """Lanes for each of `thetas`: itself, then plus and minus the difference in each."""
        vary = self.varying
        lanes = np.repeat(thetas[:, None, :], 2 * vary.size + 1, axis=1)
        for k, index in enumerate(vary):
            lanes[:, 1 + 2 * k, index] += _DIFFERENCE
            lanes[:, 2 + 2 * k, index] -= _DIFFERENCE
        return lanes.reshape(-1, self.size).T

    def _prior(self) -> tuple[Array, Array]:
        """Mean and precision of the prior of all parameters, shapes (p,) and (p, p)."""
        precision = np.zeros((self.size, self.size))
        precision[COMMON:, COMMON:] = self.family.prior_precision
        return np.concatenate([np.zeros(COMMON), self.family.prior_mean]), precision

    def observed_information(self, theta: Array, fisher: Array) -> Array:
        """Minus the Hessian of the objective in the free parameters (second differences).

        The differences span a tenth of a standard error (`fisher`: the information that
        sets it), so that rounding (1e-10) and curvature beyond the second order (below 1 %)
        are both negligible.

        Parameters
        ----------
        theta : ndarray, shape (p,)
        fisher : ndarray, shape (free, free)

        Returns
        -------
        ndarray, shape (free, free)
        """
        vary = self.varying
        step = 0.05 / np.sqrt(np.diag(fisher))
        moves = np.zeros((vary.size, self.size))
        moves[np.arange(vary.size), vary] = step
        pairs = [(i, j) for i in range(vary.size) for j in range(i + 1)]
        lanes = [
            theta + a * moves[i] + b * moves[j]
            for i, j in pairs
            for a, b in ((1, 1), (1, -1), (-1, 1), (-1, -1))
        ]
        values = self.objective(np.array(lanes).T).reshape(-1, 4)
        information = np.zeros((vary.size, vary.size))
        for (i, j), (pp, pm, mp, mm) in zip(pairs, values, strict=True):
            information[i, j] = information[j, i] = -(pp - pm - mp + mm) / (4 * step[i] * step[j])
        return information


def _scores(v: Array, s: Array) -> tuple[Array, Array]:
    """Gradient and information of Σ −½(ln S + v²/S) from the lanes (value, then ± pairs)."""
    dv = (v[:, 1::2] - v[:, 2::2]) / (2 * _DIFFERENCE)
    ds = (s[:, 1::2] - s[:, 2::2]) / (2 * _DIFFERENCE) / s[:, :1]
    scaled = v[:, :1] / s[:, :1]
    gradient = -(scaled * dv + 0.5 * ds * (1.0 - scaled * v[:, :1])).sum(axis=0)
    return gradient, dv.T @ (dv / s[:, :1]) + 0.5 * ds.T @ ds
