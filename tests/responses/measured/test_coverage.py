"""Intervals contain the truth as often as they say.

Every test that samples uses a fixed seed; its docstring gives the size of the effect that it
would see and the probability that a right program fails it for another seed.
"""

import numpy as np
import pytest
from scipy import stats

from analogtheory.responses.measured import fit_pulses

from .devices import SOFT_POINT, simulate, soft_down, soft_up

REPLICAS = 40


@pytest.fixture(scope="module")
def coverage():
    """Hits of the intervals in replicas of a soft-bounds device with both noises."""
    places = np.array([-0.4, 0.1, 0.6])
    true = np.array([[soft_up(w) for w in places], [soft_down(w) for w in places]])
    hits = dict.fromkeys(("point", "up", "down", "cycle", "read", "step", "goodness", "squares"), 0)
    for seed in range(100, 100 + REPLICAS):
        table = simulate(soft_up, soft_down, 100, cycle=0.004, read=0.02, seed=seed)
        fit = fit_pulses(table, degree=1)
        up_low, up_high, down_low, down_high = fit.band(places)
        point = fit.symmetric_point
        low, high = fit.response.range
        mean = 0.5 * sum(f(0.5 * (low + high)) for f in (soft_up, soft_down))
        up, down = true / fit.dw_min
        hits["point"] += point is not None and point.low <= SOFT_POINT <= point.high
        middle = [fit.response.q_up(0.1) - up[1], fit.response.q_down(0.1) - down[1]]
        errors = np.array([up_high[1] - up_low[1], down_high[1] - down_low[1]]) / (2 * 1.96)
        hits["squares"] += float(np.sum((np.array(middle) / errors) ** 2))
        hits["up"] += up_low[1] <= up[1] <= up_high[1]
        hits["down"] += down_low[1] <= down[1] <= down_high[1]
        cycle = np.array(fit.cycle_noise_interval) * fit.dw_min
        hits["cycle"] += cycle[0] <= 0.004 <= cycle[1]
        hits["read"] += fit.read_noise_interval[0] <= 0.02 <= fit.read_noise_interval[1]
        hits["step"] += fit.dw_min_interval[0] <= mean <= fit.dw_min_interval[1]
        hits["goodness"] += fit.goodness > 0.05
    return hits


@pytest.mark.parametrize("name", ["point", "up", "down", "cycle", "read", "step", "goodness"])
def test_intervals_cover(coverage, name):
    """At least 25 of 40 intervals of 95 % contain the truth.

    With true coverage 0.92 (what the normal approximation leaves of 0.95 at 100 pulses) the
    test fails with probability 4e-8; half the standard error (coverage 0.67) is seen in about
    one of three runs, a quarter (0.38) in all but one in a thousand.
    """
    limit = 25
    assert stats.binom.cdf(limit - 1, REPLICAS, 0.92) < 1e-6
    assert coverage[name] >= limit


def test_bands_have_the_right_width(coverage):
    """Squared errors over squared standard errors of q₊ and q₋ at one state average to 1.

    Their sum is χ² with 80 degrees of freedom, up to 1.15 times as large at 100 pulses (the
    normal approximation); the limit is exceeded with probability below 1e-6. Standard errors
    short by a factor 0.55 are seen in 98 of 100 runs, by 0.5 in 999 of 1000.
    """
    upper, lower = 2.3, 0.3
    assert stats.chi2.sf(2 * REPLICAS * upper / 1.15, 2 * REPLICAS) < 1e-6
    assert stats.chi2.cdf(2 * REPLICAS * lower, 2 * REPLICAS) < 1e-6
    assert lower < coverage["squares"] / (2 * REPLICAS) < upper
