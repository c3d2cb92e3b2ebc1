"""Options, their limits, and data at the edge of what can be fitted."""

import math

import numpy as np
import pytest
from scipy import stats

from analogtheory.errors import InputError
from analogtheory.responses.measured import PulseTable, fit_pulses

from .devices import relative_error, simulate, soft_down, soft_up


@pytest.mark.parametrize("degree", [0, 13, 2.5, True, "3"])
def test_bad_degree(degree):
    with pytest.raises(InputError, match="whole number from 1 to 12"):
        fit_pulses(simulate(soft_up, soft_down, 40, read=0.02), degree=degree)


@pytest.mark.parametrize("confidence", [0.5, 1.0, 95, math.nan])
def test_bad_confidence(confidence):
    with pytest.raises(InputError, match=r"not between 0\.5 and 1"):
        fit_pulses(simulate(soft_up, soft_down, 40, read=0.02), confidence=confidence)


def test_confidence_widens_the_intervals():
    table = simulate(soft_up, soft_down, 120, cycle=0.003, read=0.02, seed=16)
    narrow, wide = (fit_pulses(table, degree=1, confidence=c) for c in (0.8, 0.99))
    ratio = stats.norm.ppf(0.995) / stats.norm.ppf(0.9)
    width = [np.diff(f.band(0.1)[:2])[0] for f in (narrow, wide)]
    assert width[1] / width[0] == pytest.approx(ratio, rel=1e-6)
    assert wide.symmetric_point.low < narrow.symmetric_point.low
    assert wide.cycle_noise_interval[1] > narrow.cycle_noise_interval[1]


def test_columns_of_different_length_and_the_fewest_pulses():
    table = simulate(soft_up, soft_down, 120, cycle=0.002, read=0.02, seed=17)
    fit = fit_pulses(PulseTable(table.up, table.down[:30], "short"), degree=2)
    assert fit.family == "Bernstein degree 2"
    assert fit.response.range[0] < 0.0 < fit.response.range[1]


def test_noiseless_readings():
    """Steps without any noise: found to 1 % and no warning from a vanishing variance."""
    fit = fit_pulses(simulate(soft_up, soft_down, 60), degree=1)
    assert relative_error(fit, soft_up, soft_down) < 0.01


def test_the_fit_is_deterministic():
    table = simulate(soft_up, soft_down, 60, cycle=0.003, read=0.02, seed=18)
    assert fit_pulses(table, degree=1).response.up == fit_pulses(table, degree=1).response.up
