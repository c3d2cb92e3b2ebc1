"""Fitting a response to measured pulses, and what comes back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analogtheory.errors import InputError
from analogtheory.responses.measured import notes
from analogtheory.responses.measured.fitted_response import (
    fitted_response,
    mean_step,
    steps_with_errors,
    visited_range,
)
from analogtheory.responses.measured.goodness import goodness_of_fit
from analogtheory.responses.measured.intervals import Interval, log_interval, quantile
from analogtheory.responses.measured.noise_levels import cycle_noise, read_noise, slow_noise
from analogtheory.responses.measured.posterior import Posterior
from analogtheory.responses.measured.ranking import Ranked, Search
from analogtheory.responses.measured.readings import Frame, Readings
from analogtheory.responses.measured.symmetric_point import symmetric_point
from analogtheory.responses.measured.table import PulseTable
from analogtheory.responses.response import Response

Array = NDArray[np.float64]

#: Highest degree of the Bernstein basis that can be asked for.
LARGEST_DEGREE = 12


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
        reach = quantile(self.confidence) * errors
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
        See :func:`analogtheory.responses.measured.read_pulse_table`.
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
        If an option is out of its range, the readings do not move, or the fitted steps are
        not positive on a useful part of the observed range.
    """
    _check_options(degree, confidence)
    frame = Frame.of(table)
    search = Search(Readings.of(frame.inside(table.up), frame.inside(table.down)), degree)
    search.run()
    return _report(table.path, frame, search, confidence)


def _check_options(degree: int | None, confidence: float) -> None:
    """Refuse options out of their range."""
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


def _report(path: str, frame: Frame, search: Search, confidence: float) -> MeasuredFit:
    """Everything a :class:`MeasuredFit` says, from the picked candidate."""
    best, span = search.best, float(frame.span)
    posterior = Posterior.of(best.model, best.fit.theta)
    low, high = visited_range(posterior, path)
    step, error = mean_step(posterior, low, high)
    point, crossing = symmetric_point(posterior, low, high, confidence)
    cycle, no_cycle = cycle_noise(posterior, step, confidence)
    read, no_read = read_noise(posterior, span, confidence)
    slow, memory, slowly = slow_noise(posterior, span) if best.slow else (0.0, 0.0, [])
    goodness, normality = goodness_of_fit(posterior, best.slow)
    misfit = notes.goodness(goodness, normality)
    return MeasuredFit(
        response=fitted_response(posterior, frame, (low, high), step * span, path),
        dw_min=step * span,
        dw_min_interval=log_interval(step * span, error / step, confidence),
        cycle_noise=cycle.value,
        cycle_noise_interval=(cycle.low, cycle.high),
        read_noise=read.value,
        read_noise_interval=(read.low, read.high),
        slow_noise=slow,
        slow_noise_memory=memory,
        family=best.family.name,
        ranking=tuple(candidate.ranked(span) for candidate in search.ranking),
        symmetric_point=point and Interval(*map(frame.outside, point)),
        goodness=goodness,
        normality=normality,
        confidence=confidence,
        notes=(*notes.ranking(search), *crossing, *no_cycle, *no_read, *slowly, *misfit),
        _steps=partial(steps_with_errors, posterior, frame),
    )
