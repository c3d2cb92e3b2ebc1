"""Cycle-to-cycle, read and slow noise are told apart, or said not to be.

Every test that samples uses a fixed seed; its docstring gives the size of the effect that it
would see and the probability that a right program fails it for another seed.
"""

import numpy as np
import pytest

from analogtheory.responses.measured import fit_pulses
from analogtheory.responses.measured.cycle_noise import CycleCurve

from .devices import simulate, soft_down, soft_up


def test_cycle_noise_and_read_noise_are_told_apart(fits):
    fit = fits("constant step")
    low, high = fit.cycle_noise_interval
    assert 0.0 < low < 0.002 / fit.dw_min < high
    assert low < fit.cycle_noise < high
    assert not any("cycle-to-cycle" in note for note in fit.notes)


def test_no_cycle_noise_gives_an_upper_limit(fits):
    fit = fits("power step")
    low, high = fit.cycle_noise_interval
    assert low == 0.0
    assert 0.0 < high < 0.5
    assert any("cycle-to-cycle noise is not distinguishable from zero" in n for n in fit.notes)


def test_no_read_noise_gives_an_upper_limit():
    """Steps of 0.01 with σ_c = 0.01 and no read noise: the limit lies below σ_c/2."""
    fit = fit_pulses(simulate(soft_up, soft_down, 200, cycle=0.01, seed=5), degree=1)
    assert fit.read_noise_interval[0] == 0.0
    assert fit.read_noise <= fit.read_noise_interval[1] < 0.005
    assert any("read noise is not distinguishable" in note for note in fit.notes)
    assert fit.cycle_noise * fit.dw_min == pytest.approx(0.01, rel=0.3)


def test_slow_noise_is_not_booked_as_cycle_noise():
    """σ_z = 0.04 forgotten in 6 pulses, σ_c = 0: a model without z reports σ_c ≈ 0.015.

    The slow model gains some 20 in the log-likelihood (BIC asks for 6.4); the limit on σ_c,
    0.003, is far below the false value.
    """
    noise = {"read": 0.03, "slow": 0.04, "memory": 6.0}
    fit = fit_pulses(simulate(soft_up, soft_down, 300, **noise, seed=6), degree=1)
    assert fit.ranking[0].noise == "slow"
    assert fit.slow_noise == pytest.approx(0.04, rel=0.35)
    assert 2.0 < fit.slow_noise_memory < 18.0
    assert fit.cycle_noise_interval[0] == 0.0
    assert fit.cycle_noise * fit.dw_min < 0.006
    assert any("slow noise" in note for note in fit.notes)


def test_interval_of_the_restricted_likelihood():
    """Parabolas: 0 to the one-sided 1.645 s where 0 is inside, m ± 1.960 s where it is not."""
    levels = np.linspace(0.0, 8.0, 33)
    empty = np.zeros((33, 0))
    at_zero = CycleCurve(levels, empty, -0.5 * levels**2, empty)
    inside = CycleCurve(levels, empty, -0.5 * (levels - 4.0) ** 2, empty)
    assert at_zero.mode == 0.0
    assert at_zero.interval(0.95) == pytest.approx((0.0, 1.645), abs=0.01)
    assert inside.mode == pytest.approx(4.0, abs=0.01)
    assert inside.interval(0.95) == pytest.approx((4 - 1.96, 4 + 1.96), abs=0.01)
