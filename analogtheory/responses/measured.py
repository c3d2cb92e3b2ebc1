"""A response fitted to measured pulses, with what the data can and cannot say about it.

Model: the state-space model of :mod:`analogtheory.responses.pulse_likelihood`. Families:
constant, linear (soft bounds), power and exponential steps, and positive Bernstein
polynomials; the noise model (white readings, or white and slow noise) and the family are
picked by the Bayesian information criterion

    BIC = k ln n − 2 ln L,

n readings, k parameters (noise levels and initial states included). A difference below 6 is
reported as undecided. The bands and intervals are those of the picked family (they do not
include the choice of the family): the delta method with the observed information, averaged
over the cycle-to-cycle noise levels that the restricted likelihood allows, and for the
symmetric point the set of states at which the band of G contains zero (Fieller's
method), which is wide or reaches the end of the range when the data cannot tell.

Range of the response: the states that the fitted (smoothed) trajectories visit; where a
family has a bound, a zero of q₊ or q₋, inside that range, the range ends just before it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import PurePath
from typing import NamedTuple

import numpy as np
import sympy
from numpy.typing import ArrayLike, NDArray
from scipy import interpolate, optimize, stats

from analogtheory.errors import InputError
from analogtheory.responses.pulse_likelihood import (
    COMMON,
    CYCLE,
    MEMORY,
    READ,
    SLOW,
    STATES,
    BernsteinStep,
    ConstantStep,
    ExponentialStep,
    Family,
    Fit,
    LinearStep,
    Model,
    PowerStep,
    Readings,
    Rough,
    bernstein_starts,
    climb,
    constant_starts,
    exponential_starts,
    linear_starts,
    power_starts,
    profile,
    rational,
    run_filter,
    smooth_states,
)
from analogtheory.responses.pulse_table import PulseTable
from analogtheory.responses.response import WEIGHT, Response

Array = NDArray[np.float64]

#: A BIC difference that counts as a decision (odds of e³ ≈ 20 to 1).
DECISIVE = 6.0
#: A portmanteau p-value below which the picked family is said not to fit.
MISFIT = 0.001
#: Highest degree of the Bernstein basis that is tried unasked, and that can be asked for.
AUTOMATIC_DEGREE, LARGEST_DEGREE = 5, 12


class Interval(NamedTuple):
    """An estimate with the ends of its confidence interval."""

    value: float
    low: float
    high: float


class Ranked(NamedTuple):
    """One candidate in the ranking; `noise` is "white" or "slow" (see the module)."""

    family: str
    parameters: int
    log_likelihood: float
    aic: float
    bic: float
    noise: str


@dataclass(frozen=True)
class MeasuredFit:
    """A response fitted to measured pulses.

    Attributes
    ----------
    response : Response
        q₊ and q₋ in the units of the file, normalised so that F has mean 1 on the range.
    dw_min : float
        Conductance per pulse: an up pulse moves the state by dw_min·q₊, a down pulse by
        −dw_min·q₋. `dw_min_interval` is its confidence interval.
    cycle_noise : float
        Standard deviation σ_c of a step, in units of dw_min (2502.06309 eq. (26)), with
        `cycle_noise_interval`; the interval starts at 0 where the noise is not
        distinguishable from zero, and then ends at the one-sided upper limit.
    read_noise : float
        Standard deviation of a reading about the state, white part, in conductance units,
        with `read_noise_interval` (same convention).
    slow_noise, slow_noise_memory : float
        Standard deviation (conductance units) and memory (pulses) of the slow part of the
        reading noise; 0 and 0 where white noise is enough.
    family : str
        The picked family.
    ranking : tuple of Ranked
        All candidates tried, by rising BIC.
    symmetric_point : Interval or None
        Where q₊ = q₋, in conductance units; None if that is nowhere in the range.
    goodness : float
        p-value of the Ljung-Box test of the standardised innovations of both columns.
    normality : float
        p-value of the Jarque-Bera test of the same innovations.
    confidence : float
        Level of all intervals and bands.
    notes : tuple of str
        What the data cannot decide, in sentences.
    """

    response: Response
    dw_min: float
    dw_min_interval: tuple[float, float]
    cycle_noise: float
    cycle_noise_interval: tuple[float, float]
    read_noise: float
    read_noise_interval: tuple[float, float]
    slow_noise: float
    slow_noise_memory: float
    family: str
    ranking: tuple[Ranked, ...]
    symmetric_point: Interval | None
    goodness: float
    normality: float
    confidence: float
    notes: tuple[str, ...]
    _steps: Callable[[Array], tuple[Array, Array]] = field(repr=False, compare=False)

    def band(self, w: ArrayLike) -> tuple[Array, Array, Array, Array]:
        """Pointwise confidence bands of q₊ and q₋.

        Parameters
        ----------
        w : array_like
            States in conductance units; sensible inside the response's range.

        Returns
        -------
        up_low, up_high, down_low, down_high : ndarray, shape of `w`
            Ends of the bands, in units of `dw_min` as given (its own uncertainty is part
            of the bands): steps ± z·(standard error), cut at zero.
        """
        points = np.asarray(w, dtype=np.float64)
        steps, errors = self._steps(points.ravel())
        reach = _quantile(self.confidence) * errors
        low, high = np.maximum(steps - reach, 0.0), np.maximum(steps + reach, 0.0)
        ends = np.stack([low[0], high[0], low[1], high[1]]) / self.dw_min
        up_low, up_high, down_low, down_high = ends.reshape(4, *points.shape)
        return up_low, up_high, down_low, down_high


def fit_pulses(
    table: PulseTable, *, degree: int | None = None, confidence: float = 0.95
) -> MeasuredFit:
    """Fit q₊ and q₋ to measured pulses by maximum likelihood.

    Parameters
    ----------
    table : PulseTable
        See :func:`analogtheory.responses.pulse_table.read_pulse_table`.
    degree : int, optional
        Fit positive Bernstein polynomials of this degree (1 to 12) instead of picking a
        family.
    confidence : float
        Level of the intervals and bands, between 0.5 and 1 (exclusive).

    Returns
    -------
    MeasuredFit

    Raises
    ------
    InputError
        If an option is out of its range, or the fitted steps are not positive on a useful
        part of the observed range.
    """
    _check_options(degree, confidence)
    frame = _Frame.of(table)
    readings = Readings.of(frame.inside(table.up), frame.inside(table.down))
    search = _Search(readings, degree)
    search.run()
    return _Report(table.path, frame, readings, search, confidence).build()


def _check_options(degree: int | None, confidence: float) -> None:
    if degree is not None and (
        isinstance(degree, bool)
        or not isinstance(degree, int | np.integer)
        or not 1 <= degree <= LARGEST_DEGREE
    ):
        raise InputError(
            f"degree of the Bernstein basis: {degree!r} is not a whole number from 1 to "
            f"{LARGEST_DEGREE}"
        )
    if not 0.5 < confidence < 1.0:
        raise InputError(f"confidence: {confidence!r} is not between 0.5 and 1, as 0.95 is")


def _quantile(confidence: float) -> float:
    """Two-sided normal quantile: 1.96 for 0.95."""
    return float(stats.norm.ppf(0.5 + 0.5 * confidence))


# ---------------------------------------------------------------------- units


@dataclass(frozen=True)
class _Frame:
    """The affine change to units of the observed range, w = low + span·u, exactly."""

    low: sympy.Rational
    span: sympy.Rational

    @classmethod
    def of(cls, table: PulseTable) -> _Frame:
        """From the extremes of moving averages over a fortieth of each column."""
        means = []
        for column in (table.up, table.down):
            width = max(5, column.size // 40)
            window = np.ones(width) / width
            means.append(np.convolve(column, window, mode="valid"))
        low, high = min(m.min() for m in means), max(m.max() for m in means)
        scale = max(abs(low), abs(high))
        if not high - low > 1e-9 * scale:
            raise InputError(
                f"{table.path}: the readings do not move beyond rounding; give the readings "
                "of a device that responds to its pulses"
            )
        digits = 6 + max(0, math.ceil(math.log10(scale / (high - low))))
        return cls(rational(float(low), digits), rational(float(high - low), 6))

    def inside(self, w: Array) -> Array:
        """Conductances as u."""
        return (w - float(self.low)) / float(self.span)

    @property
    def u(self) -> sympy.Expr:
        """The formula of u in the weight."""
        return (WEIGHT - self.low) / self.span


# ---------------------------------------------------------------------- picking a family


@dataclass(frozen=True)
class _Candidate:
    """A fitted family with one of the two noise models."""

    model: Model
    fit: Fit
    slow: bool

    @property
    def parameters(self) -> int:
        return self.model.size - (0 if self.slow else 2)

    @property
    def bic(self) -> float:
        penalty = self.parameters * math.log(self.model.readings.count)
        return penalty - 2.0 * self.fit.log_likelihood

    def ranked(self, span: float) -> Ranked:
        """The candidate in the ranking, its likelihood that of readings in file units."""
        k, shift = self.parameters, self.model.readings.count * math.log(span)
        value, noise = self.fit.log_likelihood - shift, "slow" if self.slow else "white"
        bic = self.bic + 2.0 * shift
        return Ranked(self.model.family.name, k, value, 2.0 * (k - value), bic, noise)


class _Search:
    """All candidates that are worth fitting, and the one picked.

    The noise model is first picked for the linear step, then every family is fitted with
    it; if the other noise model suits the winner better (a wrong family can pass for slow
    noise), the families are fitted with that one too.
    """

    def __init__(self, readings: Readings, degree: int | None):
        self.readings, self.degree = readings, degree
        self.rough = Rough.of(readings)
        self.box = self.rough.box(max(readings.lengths))
        self.fits: dict[tuple[str, bool], _Candidate] = {}

    def run(self) -> None:
        """Fit the candidates."""
        white, slow = (self._linear(noise) for noise in (False, True))
        noise = slow.bic < white.bic
        self._families(noise)
        if self._again(self.best, not noise).bic < self.best_with(noise).bic:
            self._families(not noise)

    @property
    def best(self) -> _Candidate:
        """The candidate with the lowest BIC (of the degree asked for, if one was)."""
        return self.order[0]

    @property
    def order(self) -> list[_Candidate]:
        """Eligible candidates by rising BIC."""
        wanted = None if self.degree is None else BernsteinStep(self.degree).name
        eligible = [c for c in self.fits.values() if wanted in (None, c.model.family.name)]
        return sorted(eligible, key=lambda c: c.bic)

    def best_with(self, slow: bool) -> _Candidate:
        """The eligible candidate with the lowest BIC for one noise model."""
        return next(c for c in self.order if c.slow == slow)

    def _fit(self, family: Family, slow: bool, starts: list[Array]) -> _Candidate:
        key = (family.name, slow)
        if key not in self.fits:
            model = Model(family, self.readings, *self.box)
            model = model if slow else model.fixing(SLOW, MEMORY)
            best = climb(model, np.array(starts), tolerance=1e-2)
            fit = model.fit_at(best.theta[int(np.argmax(best.value))])
            self.fits[key] = _Candidate(model, fit, slow)
        return self.fits[key]

    def _linear(self, slow: bool) -> _Candidate:
        return self._fit(LinearStep(), slow, linear_starts(self.readings, self.rough, slow))

    def _families(self, slow: bool) -> None:
        linear = self._linear(slow).fit.theta
        self._fit(ConstantStep(), slow, constant_starts(self.readings, self.rough, slow))
        if self.degree is not None:
            self._bernstein(self.degree, slow, linear, None)
            return
        self._fit(PowerStep(), slow, power_starts(linear))
        self._fit(ExponentialStep(), slow, exponential_starts(linear))
        self._rising_degrees(slow, linear)

    def _bernstein(self, degree: int, slow: bool, linear: Array, lower: Array | None) -> _Candidate:
        commons = self.rough.common(slow)
        starts = bernstein_starts(degree, linear, lower, self.readings, commons)
        return self._fit(BernsteinStep(degree), slow, starts)

    def _rising_degrees(self, slow: bool, linear: Array) -> None:
        """Degrees from 2 (1 is the linear step) until one more gains too little.

        Too little: less than 3 in the log-likelihood, what two idle parameters gain in one
        of twenty cases.
        """
        last = self._bernstein(2, slow, linear, None)
        for degree in range(3, AUTOMATIC_DEGREE + 1):
            candidate = self._bernstein(degree, slow, linear, last.fit.theta)
            if candidate.fit.log_likelihood < last.fit.log_likelihood + 3.0:
                return
            last = candidate

    def _again(self, candidate: _Candidate, slow: bool) -> _Candidate:
        """The same family with the other noise model, started from the fit."""
        starts = []
        for common in self.rough.common(slow):
            start = candidate.fit.theta.copy()
            start[:4] = common[:4]
            starts.append(start)
        return self._fit(candidate.model.family, slow, starts)


# ---------------------------------------------------------------------- uncertainty


class _CycleCurve(NamedTuple):
    """The restricted likelihood of σ_c: its levels, and the fit of all else at each.

    `adjusted` is the objective maximised over the rest minus ½ ln det of the information of
    the initial states and the shape. The plain maximum underrates σ_c, because the shape can
    bend after the wandering of the state, and piles up at σ_c = 0 (the same correction as
    REML: D. R. Cox and N. Reid, J. R. Statist. Soc. B 49 (1987) 1).
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
        drop = 0.5 * float(stats.chi2.ppf(2.0 * confidence - 1.0, 1))
        if self.levels[0] > 0.0 or lost[0] > drop:
            drop = 0.5 * float(stats.chi2.ppf(confidence, 1))
            inside = fine[lost <= drop]
            return float(inside[0]), float(inside[-1])
        return 0.0, float(fine[lost <= drop][-1])


class _Posterior:
    """The picked fit with the normal approximation of its uncertainty.

    σ_c is estimated by restricted likelihood and the covariance of the other parameters is
    averaged over the levels of σ_c that the data allow, Σ_j w_j (C_j + (θ_j−θ̂)(θ_j−θ̂)ᵀ),
    w_j the restricted likelihood (a flat prior of σ_c ≥ 0; derived here). Another noise
    parameter about which the data say next to nothing (a standard error of its logarithm
    above 1, as at a level of zero) is held at its estimate.
    """

    def __init__(self, candidate: _Candidate):
        self.full = candidate.model
        refined = climb(self.full, candidate.fit.theta[None, :], tolerance=1e-5)
        self.theta = refined.theta[0]
        self.fit = self.full.fit_at(self.theta)
        vary, information = refined.vary, refined.information[0]
        weak = [int(k) for k in vary[vary < 4] if _precision(information, vary, int(k)) < 1.0]
        self.model = self.full.fixing(CYCLE, *weak)
        self.vary = self.model.varying
        self.cycle = self._cycle_curve(_precision(information, vary, CYCLE))
        self._settle()
        self.covariance = self._covariance()

    def _cycle_curve(self, precision: float) -> _CycleCurve:
        """The curve on levels that cover its top: near the estimate, or searched for."""
        estimate = float(self.theta[CYCLE])
        if precision > 16.0:
            width = 1.0 / math.sqrt(precision)
            return self._curve(np.exp(estimate + width * np.linspace(-4.0, 6.0, 12)))
        lowest = float(self.full.lowest[CYCLE])
        highest = float(np.logaddexp(self.theta[READ], self.theta[SLOW])) + 1.0
        coarse = self._curve(np.exp(np.linspace(lowest, highest, 10)))
        high = np.flatnonzero(coarse.adjusted > coarse.adjusted.max() - 5.0)
        end = float(coarse.levels[min(int(high[-1]) + 1, coarse.levels.size - 1)])
        return self._narrowed(self._curve(end * np.linspace(0.0, 1.0, 12)))

    def _narrowed(self, curve: _CycleCurve) -> _CycleCurve:
        """The curve anew on the part of its levels that is not negligible."""
        high = np.flatnonzero(curve.adjusted > curve.adjusted.max() - 5.0)
        first, last = max(int(high[0]) - 1, 0), min(int(high[-1]) + 1, curve.levels.size - 1)
        if last - first > 7:
            return curve
        return self._curve(np.linspace(curve.levels[first], curve.levels[last], 12))

    def _curve(self, levels: Array) -> _CycleCurve:
        starts = np.repeat(self.theta[None, :], levels.size, axis=0)
        lowest = float(self.full.lowest[CYCLE])
        starts[:, CYCLE] = np.log(np.maximum(levels, math.exp(lowest)))
        state = climb(self.model, starts, keep=None, tolerance=1e-3)
        shape = self.vary >= STATES.start
        blocks = state.information[:, shape][:, :, shape]
        adjusted = state.value - 0.5 * np.linalg.slogdet(blocks)[1]
        usable = np.isfinite(adjusted)
        return _CycleCurve(
            levels[usable], state.theta[usable], adjusted[usable], state.information[usable]
        )

    def _settle(self) -> None:
        """Move to the mode of the restricted likelihood, exponents as short fractions."""
        level = max(self.cycle.mode, math.exp(float(self.full.lowest[CYCLE])))
        nearest = int(np.argmin(np.abs(self.cycle.levels - level)))
        start = self.cycle.thetas[nearest].copy()
        start[CYCLE] = math.log(level)
        theta = climb(self.model, start[None, :], tolerance=1e-5).theta[0]
        theta[COMMON:], held = self.model.family.shortened(theta[COMMON:])
        if held:
            held_model = self.model.fixing(*(COMMON + k for k in held))
            theta = climb(held_model, theta[None, :], tolerance=1e-5).theta[0]
        self.theta = theta

    def _covariance(self) -> Array:
        """Observed information at the estimate, averaged over σ_c relative to Fisher's."""
        _, _, fishers = self.model.expand(self.theta[None, :])
        observed = self.model.observed_information(self.theta, fishers[0])
        scale = 1.0 / np.sqrt(np.diag(fishers[0]))
        scaled = scale[:, None] * observed * scale
        regular = bool(np.all(np.isfinite(scaled))) and np.linalg.eigvalsh(scaled)[0] > 1e-6
        own = _inverse(observed) - _inverse(fishers[0]) if regular else 0.0
        curve = self.cycle
        weights = np.exp(curve.adjusted - curve.adjusted.max()) * np.gradient(curve.levels)
        away = (curve.thetas - self.theta)[:, self.vary]
        spread = np.einsum("j,ja,jb->ab", weights, away, away)
        for weight, information in zip(weights, curve.informations, strict=True):
            spread += weight * _inverse(information)
        return np.asarray(spread / weights.sum() + own)

    def steps(self, u: Array) -> Array:
        """q₊ and q₋ per pulse in units of the range, shape (2, points)."""
        shape = self.theta[COMMON:, None]
        return self.model.family.sizes(shape, u)[:, 0] * self.model.readings.unit

    def step_gradient(self, u: Array) -> Array:
        """Derivatives of :meth:`steps` in the free parameters, shape (free, 2, points)."""
        h = 1e-5
        moves = np.zeros((self.vary.size, self.theta.size))
        moves[np.arange(self.vary.size), self.vary] = h
        lanes = np.concatenate([self.theta + moves, self.theta - moves])[:, COMMON:].T
        values = self.model.family.sizes(lanes, u) * self.model.readings.unit
        forward, backward = values[:, : self.vary.size], values[:, self.vary.size :]
        return np.swapaxes(forward - backward, 0, 1) / (2.0 * h)

    def error(self, gradient: Array) -> Array:
        """Standard error of a quantity from its derivatives, shape (free, …)."""
        variance = np.einsum("i...,ij,j...->...", gradient, self.covariance, gradient)
        return np.asarray(np.sqrt(np.maximum(variance, 0.0)))

    def unit(self, index: int) -> Array | None:
        """Derivatives of parameter `index` itself; None if it is held."""
        hit = self.vary == index
        return hit.astype(float) if hit.any() else None

    def lost(self, index: int) -> float:
        """Log-likelihood lost when noise level `index` is set to (practically) zero."""
        lowest = self.full.lowest[index : index + 1]
        return self.fit.objective - float(profile(self.full, self.theta, index, lowest)[0])

    def upper_limit(self, index: int, drop: float) -> float:
        """The logarithm of the noise level at which the profile has fallen by `drop`."""
        low = max(float(self.theta[index]), float(self.full.lowest[index]))
        high = max(low, float(np.logaddexp(self.theta[READ], self.theta[SLOW]))) + 1.0
        for points in (10, 6):  # from one unit of the logarithm or so to a tenth of it
            grid = np.linspace(low, high, points)
            lost = self.fit.objective - profile(self.full, self.theta, index, grid) - drop
            end = int(np.argmax(lost > 0.0)) if (lost > 0.0).any() else points - 1
            low, high = grid[max(end - 1, 0)], grid[max(end, 1)]
            before, after = lost[max(end - 1, 0)], lost[max(end, 1)]
        part = before / (before - after) if after > 0.0 > before else 1.0
        return float(low + part * (high - low))


def _inverse(information: Array) -> Array:
    """Inverse of an information matrix, its smallest eigenvalues kept above rounding."""
    scale = 1.0 / np.sqrt(np.diag(information))
    values, vectors = np.linalg.eigh(scale[:, None] * information * scale)
    inverse = (vectors / np.maximum(values, 1e-9)) @ vectors.T
    return np.asarray(scale[:, None] * inverse * scale)


def _precision(information: Array, vary: NDArray[np.intp], index: int) -> float:
    """Inverse variance of a parameter, the others held."""
    position = int(np.flatnonzero(vary == index)[0])
    return float(information[position, position])


# ---------------------------------------------------------------------- the report


class _Report:
    """Everything a :class:`MeasuredFit` says, from the picked candidate."""

    def __init__(
        self, path: str, frame: _Frame, readings: Readings, search: _Search, confidence: float
    ):
        self.path, self.frame, self.readings = path, frame, readings
        self.search, self.confidence = search, confidence
        self.candidate = search.best
        self.family = self.candidate.model.family
        self.posterior = _Posterior(self.candidate)
        self.span, self.origin = float(frame.span), float(frame.low)
        self.notes: list[str] = []

    def build(self) -> MeasuredFit:
        """Assemble the fit."""
        low, high = self._range()
        unit = self._mean_step(low, high)
        self._note_ranking()
        point = self._symmetric_point(low, high)
        cycle, cycle_interval = self._cycle_noise(float(unit[0]))
        read, read_interval = self._read_noise()
        slow, memory = self._slow()
        goodness, normality = self._goodness()
        return MeasuredFit(
            response=self._response(low, high, float(unit[0]) * self.span),
            dw_min=float(unit[0]) * self.span,
            dw_min_interval=self._log_interval(unit[0], unit[1:], self.span),
            cycle_noise=cycle,
            cycle_noise_interval=cycle_interval,
            read_noise=read,
            read_noise_interval=read_interval,
            slow_noise=slow,
            slow_noise_memory=memory,
            family=self.family.name,
            ranking=self._ranking(),
            symmetric_point=point,
            goodness=goodness,
            normality=normality,
            confidence=self.confidence,
            notes=tuple(self.notes),
            _steps=partial(_conductance_steps, self.posterior, self.frame),
        )

    # ------------------------------------------------------------ range and scale

    def _range(self) -> tuple[float, float]:
        """Ends of the range in u: visited states on which q₊ and q₋ are positive."""
        theta = self.posterior.theta
        visited = np.concatenate(smooth_states(self.family, self.readings, theta))
        grid = np.linspace(visited.min(), visited.max(), 2001)
        steps = self.posterior.steps(grid)
        positive = self.family.applies(theta[COMMON:], grid) & np.all(
            steps > 1e-3 * np.abs(steps).mean(), axis=0
        )
        first, last = _longest_run(positive)
        if last - first < 200:
            raise InputError(
                f"{self.path}: the fitted {self.family.name} is not positive for both directions "
                "on a tenth of the observed range; check that up pulses raise the conductance "
                "and down pulses lower it, or ask for a Bernstein basis (degree=3)"
            )
        return float(grid[first]), float(grid[last])

    def _mean_step(self, low: float, high: float) -> Array:
        """Mean of (q₊ + q₋)/2 over the range in u per pulse, and its derivatives."""
        nodes, weights = np.polynomial.legendre.leggauss(48)
        points = low + (high - low) * 0.5 * (nodes + 1.0)
        mean = (self.posterior.steps(points).mean(axis=0) * weights).sum() / 2.0
        gradient = (self.posterior.step_gradient(points).mean(axis=1) * weights).sum(axis=1) / 2.0
        return np.concatenate([[mean], gradient])

    def _log_interval(
        self, value: float, gradient: Array, scale: float = 1.0
    ) -> tuple[float, float]:
        """Interval of a positive quantity, symmetric in its logarithm."""
        error = float(self.posterior.error(gradient)) / value
        factor = math.exp(min(_quantile(self.confidence) * error, 50.0))
        return float(scale * value / factor), float(scale * value * factor)

    def _response(self, low: float, high: float, dw_min: float) -> Response:
        theta = self.posterior.theta
        ends = [rational(self.origin + self.span * end, 8) for end in (low, high)]
        scale = self.readings.unit * self.span / dw_min
        up, down = (
            self.family.expression(theta[COMMON:], column, self.frame.u, scale) for column in (0, 1)
        )
        name = f"measured: {PurePath(self.path).name}"
        source = f"{self.family.name} fitted to {self.readings.count} readings of {self.path}"
        return Response(up, down, *ends, name=name, source=source)

    # ------------------------------------------------------------ the family

    def _ranking(self) -> tuple[Ranked, ...]:
        every = sorted(self.search.fits.values(), key=lambda c: c.bic)
        return tuple(candidate.ranked(self.span) for candidate in every)

    def _note_ranking(self) -> None:
        name = self.family.name
        if self.search.degree is None:
            self._note_runner_up(name)
            self._note_constant(name)
        if isinstance(self.family, BernsteinStep) and self.search.degree is None:
            self.notes.append(
                f"No family of the catalog describes the steps as well as the {name} polynomial."
            )

    def _note_runner_up(self, name: str) -> None:
        others = [c for c in self.search.order if c.model.family.name != name]
        gap = others[0].bic - self.candidate.bic
        if gap < DECISIVE:
            self.notes.append(
                f"The data cannot decide between {name} and {others[0].model.family.name}: "
                f"their BIC differs by {gap:.1f}, less than {DECISIVE:g}."
            )

    def _note_constant(self, name: str) -> None:
        constant = min(
            (c for c in self.search.order if isinstance(c.model.family, ConstantStep)),
            key=lambda c: c.bic,
        )
        gap = constant.bic - self.candidate.bic
        if gap < DECISIVE:
            self.notes.append(
                "The step size is not distinguishable from a constant: the constant step's BIC "
                f"is {'the lowest' if gap == 0 else f'only {gap:.1f} higher'}."
            )

    # ------------------------------------------------------------ the symmetric point

    def _symmetric_point(self, low: float, high: float) -> Interval | None:
        """Root of G = q₋ − q₊ with Fieller's set {u: |G(u)| ≤ z·(standard error)}."""
        grid = np.linspace(low, high, 1001)
        up, down = self.posterior.steps(grid)
        gradient = self.posterior.step_gradient(grid)
        gap, error = down - up, self.posterior.error(gradient[:, 1] - gradient[:, 0])
        excess = np.abs(gap) - _quantile(self.confidence) * error
        roots = np.flatnonzero((gap[:-1] < 0.0) != (gap[1:] < 0.0))
        if isinstance(self.family, ConstantStep) or not roots.size:
            self._note_no_symmetric_point(bool((excess <= 0.0).any()))
            return None
        if roots.size > 1:
            self.notes.append(
                f"The fitted q₊ and q₋ cross {roots.size} times; the symmetric point given is the "
                "attracting crossing nearest the middle of the range."
            )
        attracting = roots[gap[roots] < 0.0]
        chosen = attracting if attracting.size else roots
        root = int(min(chosen, key=lambda k: abs(k - 500)))
        left, right = _level_set(excess, root)
        if left == 0.0 or right == 1000.0:
            self.notes.append(
                f"The {self.confidence:.0%} interval of the symmetric point reaches the end of "
                "the observed range: the data do not bound it on that side."
            )
        step = (high - low) / 1000.0
        value = self._crossing(low + step * root, low + step * (root + 1))
        ends = (value, low + step * left, low + step * right)
        return Interval(*(float(self.origin + self.span * end) for end in ends))

    def _crossing(self, left: float, right: float) -> float:
        """The root of q₋ − q₊ between two points where it has different signs."""

        def gap(u: float) -> float:
            up, down = self.posterior.steps(np.array([u]))[:, 0]
            return float(down - up)

        return float(optimize.brentq(gap, left, right, xtol=1e-14))

    def _note_no_symmetric_point(self, possible: bool) -> None:
        note = "The fitted q₊ and q₋ do not cross in the observed range: no symmetric point there"
        if possible:
            note += f", but at {self.confidence:.0%} confidence the data do not exclude one"
        self.notes.append(note + ".")

    # ------------------------------------------------------------ noise

    def _cycle_noise(self, unit: float) -> tuple[float, tuple[float, float]]:
        """σ_c and its interval in units of the mean step."""
        level = float(np.exp(self.posterior.theta[CYCLE])) / unit
        low, high = (end / unit for end in self.posterior.cycle.interval(self.confidence))
        if low == 0.0:
            self._note_no_noise("cycle-to-cycle noise", high, "dw_min")
        return level, (min(low, level), max(high, level))

    def _read_noise(self) -> tuple[float, tuple[float, float]]:
        """σ_r and its interval in conductance units."""
        posterior = self.posterior
        value = math.exp(posterior.theta[READ]) * self.span
        own = posterior.unit(READ)
        drop = 0.5 * float(stats.chi2.ppf(2.0 * self.confidence - 1.0, 1))
        if own is not None and (float(posterior.error(own)) < 0.2 or posterior.lost(READ) > drop):
            return value, self._log_interval(value, value * own)
        limit = math.exp(posterior.upper_limit(READ, drop)) * self.span
        self._note_no_noise("white read noise", limit, "conductance units")
        return value, (0.0, max(limit, value))

    def _note_no_noise(self, name: str, limit: float, units: str) -> None:
        self.notes.append(
            f"The {name} is not distinguishable from zero; its {self.confidence:.0%} upper limit "
            f"is {limit:.3g} {units}."
        )

    def _slow(self) -> tuple[float, float]:
        if not self.candidate.slow:
            return 0.0, 0.0
        level = math.exp(self.posterior.theta[SLOW]) * self.span
        memory = math.exp(self.posterior.theta[MEMORY])
        self.notes.append(
            f"The readings carry slow noise of standard deviation {level:.3g} that is forgotten in "
            f"{memory:.3g} pulses; it does not accumulate, so it is not cycle-to-cycle noise."
        )
        return level, memory

    # ------------------------------------------------------------ goodness of fit

    def _goodness(self) -> tuple[float, float]:
        theta = self.posterior.theta
        filtered = run_filter(self.family, self.readings, theta[:, None])
        scaled = (filtered.innovations / np.sqrt(filtered.variances))[:, :, 0]
        columns = [scaled[:n, c] for c, n in enumerate(self.readings.lengths)]
        goodness = _ljung_box(columns, 3 if self.candidate.slow else 1)
        normality = float(stats.jarque_bera(np.concatenate(columns)).pvalue)
        if goodness < MISFIT:
            self.notes.append(
                f"No candidate fits: the innovations of the best one are correlated (Ljung-Box "
                f"p = {goodness:.2g}), so bands and intervals are too narrow."
            )
        if normality < 1e-3:
            self.notes.append(
                f"The innovations are not normal (Jarque-Bera p = {normality:.2g}); bands and "
                "intervals are approximate."
            )
        return goodness, normality


def _conductance_steps(posterior: _Posterior, frame: _Frame, w: Array) -> tuple[Array, Array]:
    """Step sizes per pulse and their standard errors in conductance units, shape (2, points)."""
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


def _level_set(excess: Array, root: int) -> tuple[float, float]:
    """Ends, in fractional indices, of the set {excess ≤ 0} around root and root + 1."""
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


def _ljung_box(columns: list[Array], fitted: int) -> float:
    """p-value of Σ_columns n(n+2) Σ_{k≤m} r_k²/(n−k), m = min(20, n/5), χ² with Σm − fitted.

    `fitted` counts the noise parameters that shape the autocorrelation (G. M. Ljung and
    G. E. P. Box, Biometrika 65 (1978) 297).
    """
    statistic, freedom = 0.0, -fitted
    for e in columns:
        n, lags = e.size, min(20, e.size // 5)
        products = np.array([np.dot(e[k:], e[: n - k]) for k in range(1, lags + 1)])
        r = products / np.dot(e, e)
        statistic += n * (n + 2) * float(np.sum(r**2 / (n - np.arange(1, lags + 1))))
        freedom += lags
    return float(stats.chi2.sf(statistic, freedom))
