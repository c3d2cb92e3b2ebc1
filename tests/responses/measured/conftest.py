"""Fits that several files of tests look at."""

import pytest

from analogtheory.responses.measured import fit_pulses

from .devices import DEVICES, simulate


@pytest.fixture(scope="session")
def fits():
    made = {}

    def fit(family):
        if family not in made:
            up, down, noise, _ = DEVICES[family]
            made[family] = fit_pulses(simulate(up, down, 300, **noise, seed=3))
        return made[family]

    return fit
