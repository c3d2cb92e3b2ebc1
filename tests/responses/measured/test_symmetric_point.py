"""The symmetric point and its Fieller set."""

import numpy as np
import pytest
from sympy import Rational

from analogtheory.responses.measured import fit_pulses
from analogtheory.responses.measured.families import ExponentialStep
from analogtheory.responses.measured.posterior import Posterior
from analogtheory.responses.measured.readings import Frame
from analogtheory.responses.measured.symmetric_point import symmetric_point

from .devices import simulate, soft_down, soft_up


def test_an_interval_that_leaves_the_range_is_reported():
    table = simulate(soft_up, soft_down, 40, start=-0.2, cycle=0.02, read=0.05, seed=14)
    fit = fit_pulses(table, degree=1)
    assert fit.symmetric_point is not None
    low, high = fit.response.range
    assert fit.symmetric_point.low <= low + 1e-6 or fit.symmetric_point.high >= high - 1e-6
    assert any("reaches the end of the observed range" in note for note in fit.notes)


class CubicGap:
    """A stand-in for the fit: q₋ − q₊ = (u − .1)(u − .45)(u − .7), correlated errors."""

    covariance = 1e-6 * np.array([[1.0, 0.5], [0.5, 1.0]])
    family = ExponentialStep()
    error = Posterior.error

    def steps(self, u):
        gap = (u - 0.1) * (u - 0.45) * (u - 0.7)
        return np.array([1 - gap / 2, 1 + gap / 2])

    def step_gradient(self, u):
        return np.eye(2)[:, :, None] * np.ones(u.size)


def test_of_several_crossings_the_attracting_one_nearest_the_middle_is_given():
    """Fieller's ends solve |G| = z·√(1e-6 + 1e-6 − 2·0.5e-6); w = 2 + 4u."""
    posterior = CubicGap()
    (value, low, high), said = symmetric_point(posterior, 0.0, 1.0, 0.95)
    assert value == pytest.approx(0.7)
    assert Frame(Rational(2), Rational(4)).outside(value) == pytest.approx(2 + 4 * 0.7)
    for end, sign in ((low, -1), (high, 1)):
        up, down = posterior.steps(end)
        assert down - up == pytest.approx(sign * 1.959964e-3, rel=1e-2)
    assert any("cross 3 times" in note for note in said)
