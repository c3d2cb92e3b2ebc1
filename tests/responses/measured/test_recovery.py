"""Known devices are recovered, and the fit is an ordinary response.

Every test that samples uses a fixed seed; its docstring gives the size of the effect that it
would see and the probability that a right program fails it for another seed.
"""

import math

import numpy as np
import pytest
import sympy

from analogtheory.responses.measured import PulseTable, fit_pulses

from .devices import DEVICES, relative_error, simulate, soft_down, soft_up


@pytest.mark.parametrize("family", DEVICES)
def test_known_devices_are_recovered(fits, family):
    """The right family is picked and its steps are found to 10 % of the mean step.

    The tolerances are five or more standard errors of the worst point. A hump is in no
    catalog family: a polynomial of degree at most 5 follows it to a third of a mean step.
    """
    up, down, noise, tolerance = DEVICES[family]
    fit = fits(family)
    assert fit.family.startswith(family)
    assert relative_error(fit, up, down) < tolerance
    assert fit.read_noise == pytest.approx(noise["read"], rel=0.3)
    assert fit.ranking[0].noise == "white"
    if family == "Bernstein":
        assert any("No family of the catalog" in note for note in fit.notes)


@pytest.mark.parametrize("family", DEVICES)
def test_the_fit_is_an_ordinary_response(fits, family):
    """F has mean 1, q± > 0, exact numbers, and the certified symmetric point is the fit's."""
    fit = fits(family)
    response = fit.response
    low, high = response.range
    nodes, weights = np.polynomial.legendre.leggauss(60)
    w = low + (high - low) * (nodes + 1) / 2
    assert float(response.F(w) @ weights) / 2 == pytest.approx(1.0, abs=1e-8)
    assert min(response.q_up(w).min(), response.q_down(w).min()) > 0.0
    assert not response.up.atoms(sympy.Float)
    up_low, up_high, down_low, down_high = fit.band(w)
    assert np.all((up_low <= response.q_up(w)) & (response.q_up(w) <= up_high))
    assert np.all((down_low <= response.q_down(w)) & (response.q_down(w) <= down_high))
    if fit.symmetric_point is not None:
        value, left, right = fit.symmetric_point
        assert left <= value <= right
        certified = [zero.value for zero in response.symmetric_points]
        assert min(abs(zero - value) for zero in certified) < 1e-7 * (high - low)


def test_units_are_free():
    """y → 250 + 40·y scales dw_min and the read noise by 40 and moves the symmetric point."""
    table = simulate(soft_up, soft_down, 150, cycle=0.003, read=0.03, seed=8)
    scaled = PulseTable(250 + 40 * table.up, 250 + 40 * table.down, "scaled")
    one, other = (fit_pulses(t, degree=1) for t in (table, scaled))
    assert other.dw_min == pytest.approx(40 * one.dw_min, rel=1e-3)
    assert other.read_noise == pytest.approx(40 * one.read_noise, rel=1e-3)
    assert other.cycle_noise == pytest.approx(one.cycle_noise, rel=1e-2)
    ends = 250 + 40 * np.array(one.symmetric_point)
    np.testing.assert_allclose(other.symmetric_point, ends, atol=0.1)
    shift = 300 * math.log(40)
    assert one.ranking[0].log_likelihood - other.ranking[0].log_likelihood == pytest.approx(
        shift, abs=0.05
    )


def test_naive_binning_would_not_pass():
    """Why the state-space model: regressing differences on readings is biased ten-fold here.

    Read noise 0.1 against steps of 0.01: the regression slope of y_{i+1} − y_i on y_i is of
    the order −σ_r²/Var(y), not the device's −0.0083. The fit finds the slope to 35 %.
    """
    table = simulate(soft_up, soft_down, 300, read=0.1, seed=4)
    naive = np.polyfit(table.up[:-1], np.diff(table.up), 1)[0]
    fit = fit_pulses(table, degree=1)
    slope = fit.dw_min * float(fit.response.q_up.derivative()(0.0))
    true = -0.01 / 1.2
    assert naive < 3 * true
    assert slope == pytest.approx(true, rel=0.35)
