"""What the data cannot decide is said.

Every test that samples uses a fixed seed; its docstring gives the size of the effect that it
would see and the probability that a right program fails it for another seed.
"""

import numpy as np

from analogtheory.responses.measured import PulseTable, fit_pulses

from .devices import simulate


def test_noise_alone_decides_nothing():
    generator = np.random.default_rng(11)
    up, down = generator.standard_normal((2, 60)) + np.linspace(0, 1, 60) * [[1], [-1]]
    fit = fit_pulses(PulseTable(up, down, "noise"))
    text = " ".join(fit.notes)
    assert "not distinguishable from a constant" in text
    assert "cannot decide" in text or "do not cross" in text
    assert "cycle-to-cycle noise is not distinguishable" in text


def test_equal_constant_steps_have_no_symmetric_point_but_exclude_none():
    table = simulate(lambda w: 0.004, lambda w: 0.004, 200, cycle=0.002, read=0.03, seed=12)
    fit = fit_pulses(table)
    assert fit.family == "constant step"
    assert fit.symmetric_point is None
    assert any("do not exclude one" in note for note in fit.notes)
    assert any("constant step's BIC is the lowest" in note for note in fit.notes)


def test_unequal_constant_steps_exclude_a_symmetric_point():
    table = simulate(lambda w: 0.006, lambda w: 0.003, 200, cycle=0.001, read=0.02, seed=13)
    fit = fit_pulses(table)
    assert fit.symmetric_point is None
    assert any("no symmetric point there." in note for note in fit.notes)
