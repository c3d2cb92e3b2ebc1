"""A misfit is noticed."""

import math

import numpy as np
import pytest

from analogtheory.responses.measured import PulseTable, fit_pulses
from analogtheory.responses.measured.goodness import ljung_box

from .devices import simulate, soft_down, soft_up


def test_a_periodic_disturbance_fits_no_candidate():
    """A tone of twice the read noise: the portmanteau statistic exceeds its limit ten-fold."""
    table = simulate(soft_up, soft_down, 150, read=0.02, seed=15)
    tone = 0.06 * np.sin(np.arange(150) * 2.0)
    fit = fit_pulses(PulseTable(table.up + tone, table.down + tone, "tone"), degree=1)
    assert fit.goodness < 1e-6
    assert any(note.startswith("No candidate fits") for note in fit.notes)


def test_ljung_box_by_hand():
    """n = 10 at lags 1 and 2 (m = n/5), one column, nothing fitted."""
    e = np.array([1.0, -2.0, 0.5, 1.5, -1.0, 0.3, 2.0, -0.7, 0.1, -1.2])
    r1, r2 = (np.dot(e[k:], e[:-k]) / np.dot(e, e) for k in (1, 2))
    statistic = 10 * 12 * (r1**2 / 9 + r2**2 / 8)
    assert ljung_box([e], 0) == pytest.approx(math.exp(-statistic / 2))
