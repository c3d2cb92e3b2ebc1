"""The measured ReRAM device of Gong et al. 2018."""

import pytest

from analogtheory.responses.measured import fit_pulses, read_pulse_table


@pytest.fixture(scope="module")
def reram(measured_file):
    return fit_pulses(read_pulse_table(measured_file))


def test_measured_reram(reram):
    """The up steps hardly depend on the state, the down steps do; slow noise dominates."""
    assert reram.family == "linear step"
    assert reram.ranking[0].noise == "slow"
    gap = next(r.bic for r in reram.ranking if r.noise == "white") - reram.ranking[0].bic
    assert gap > 40.0
    assert reram.goodness > 0.05
    assert 0.002 < reram.dw_min < 0.0035
    assert 0.1 < reram.read_noise < 0.125
    assert 5.0 < reram.slow_noise_memory < 20.0


def test_measured_reram_says_what_it_cannot_tell(reram):
    assert reram.cycle_noise_interval[0] == 0.0
    point = reram.symmetric_point
    assert point.low < -0.36 < point.high
    assert any("reaches the end of the observed range" in note for note in reram.notes)
    low, high = reram.response.range
    assert -1.3 < low < -0.9
    assert 0.9 < high < 1.3
