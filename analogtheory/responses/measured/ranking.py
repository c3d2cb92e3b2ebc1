"""Which family, with which noise model: all candidates worth fitting, by their BIC.

    BIC = k ln n − 2 ln L,    AIC = 2k − 2 ln L,

n readings, k parameters (noise levels and initial states included).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from analogtheory.responses.measured import starts
from analogtheory.responses.measured.bernstein import BernsteinStep
from analogtheory.responses.measured.families import (
    ConstantStep,
    ExponentialStep,
    LinearStep,
    PowerStep,
)
from analogtheory.responses.measured.family import Family
from analogtheory.responses.measured.maximise import climb
from analogtheory.responses.measured.model import Fit, Model
from analogtheory.responses.measured.parameters import MEMORY, NOISES, SLOW
from analogtheory.responses.measured.readings import Readings

Array = NDArray[np.float64]

#: Highest degree of the Bernstein basis that is tried unasked.
AUTOMATIC_DEGREE = 5


class Ranked(NamedTuple):
    """One candidate in the ranking; `noise` is "white" or "slow"."""

    family: str
    parameters: int
    log_likelihood: float
    aic: float
    bic: float
    noise: str


@dataclass(frozen=True)
class Candidate:
    """A fitted family with one of the two noise models."""

    model: Model
    fit: Fit
    slow: bool

    @property
    def family(self) -> Family:
        """The steps."""
        return self.model.family

    @property
    def parameters(self) -> int:
        """k: the slow noise has two parameters."""
        return self.model.size - (0 if self.slow else 2)

    @property
    def bic(self) -> float:
        """BIC, for readings in units of the observed range."""
        penalty = self.parameters * math.log(self.model.readings.count)
        return penalty - 2.0 * self.fit.log_likelihood

    def ranked(self, span: float) -> Ranked:
        """The candidate in the ranking, its likelihood that of readings in file units."""
        k, shift = self.parameters, self.model.readings.count * math.log(span)
        value, noise = self.fit.log_likelihood - shift, "slow" if self.slow else "white"
        bic = self.bic + 2.0 * shift
        return Ranked(self.family.name, k, value, 2.0 * (k - value), bic, noise)


class Search:
    """All candidates that are worth fitting, and the one picked.

    The noise model is first picked for the linear step, then every family is fitted with
    it; if the other noise model suits the winner better (a wrong family can pass for slow
    noise), the families are fitted with that one too.

    Parameters
    ----------
    readings : Readings
        The data.
    degree : int or None
        Pick the Bernstein polynomials of this degree.
    """

    def __init__(self, readings: Readings, degree: int | None):
        self.readings, self.degree = readings, degree
        self._rough = starts.Rough.of(readings)
        self._box = self._rough.box(max(readings.lengths))
        self._fits: dict[tuple[str, bool], Candidate] = {}

    def run(self) -> None:
        """Fit the candidates."""
        white, slow = (self._linear(noise) for noise in (False, True))
        noise = slow.bic < white.bic
        self._families(noise)
        best = next(c for c in self.eligible if c.slow == noise)
        if self._again(self.best, not noise).bic < best.bic:
            self._families(not noise)

    @property
    def ranking(self) -> list[Candidate]:
        """All candidates by rising BIC."""
        return sorted(self._fits.values(), key=lambda c: c.bic)

    @property
    def eligible(self) -> list[Candidate]:
        """Those of the degree asked for, if one was, by rising BIC."""
        wanted = None if self.degree is None else BernsteinStep(self.degree).name
        return [c for c in self.ranking if wanted in (None, c.family.name)]

    @property
    def best(self) -> Candidate:
        """The eligible candidate with the lowest BIC."""
        return self.eligible[0]

    def _fit(self, family: Family, slow: bool, points: list[Array]) -> Candidate:
        """The candidate climbed to from these starting points, unless it is known."""
        key = (family.name, slow)
        if key not in self._fits:
            model = Model(family, self.readings, *self._box)
            model = model if slow else model.fixing(SLOW, MEMORY)
            state = climb(model, np.array(points), tolerance=1e-2)
            self._fits[key] = Candidate(model, model.fit_at(state.theta[state.best]), slow)
        return self._fits[key]

    def _linear(self, slow: bool) -> Candidate:
        """The linear step with one noise model."""
        points = starts.linear_starts(self.readings, self._rough, slow)
        return self._fit(LinearStep(), slow, points)

    def _families(self, slow: bool) -> None:
        """Every family with one noise model; with a degree asked for, that one only."""
        linear = self._linear(slow).fit.theta
        points = starts.constant_starts(self.readings, self._rough, slow)
        self._fit(ConstantStep(), slow, points)
        if self.degree is not None:
            self._bernstein(self.degree, slow, linear, None)
            return
        self._fit(PowerStep(), slow, starts.power_starts(linear))
        self._fit(ExponentialStep(), slow, starts.exponential_starts(linear))
        self._rising_degrees(slow, linear)

    def _bernstein(self, degree: int, slow: bool, linear: Array, lower: Array | None) -> Candidate:
        """A polynomial, from the linear step's θ and that of the degree below."""
        commons = self._rough.common(slow)
        points = starts.bernstein_starts(degree, linear, lower, self.readings, commons)
        return self._fit(BernsteinStep(degree), slow, points)

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

    def _again(self, candidate: Candidate, slow: bool) -> Candidate:
        """The same family with the other noise model, started from the fit."""
        points = []
        for common in self._rough.common(slow):
            start = candidate.fit.theta.copy()
            start[NOISES] = common[NOISES]
            points.append(start)
        return self._fit(candidate.family, slow, points)
