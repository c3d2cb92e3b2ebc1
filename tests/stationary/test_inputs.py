from __future__ import annotations

import numpy as np
import pytest
import sympy

from analogtheory.algorithms import (
    analog_sgd,
    buffered_residual_learning,
    residual_learning,
)
from analogtheory.algorithms.symbols import W
from analogtheory.errors import InputError
from analogtheory.noise import Gaussian, NoNoise, Rademacher
from analogtheory.objectives import FormulaObjective, Quadratic, ScalarQuadratic
from analogtheory.responses.response import Response
from analogtheory.stationary import stationary_law

from .devices import linear, sgd

LAW = stationary_law(sgd(linear(), 0.3, Rademacher(0.5), 0.1))


def test_dynamics_that_are_not_supported() -> None:
    array = analog_sgd(linear(), Quadratic(np.eye(2), [0.1, 0.2]), Gaussian(0.5))
    with pytest.raises(InputError, match="scalar objective"):
        stationary_law(array)
    three = buffered_residual_learning(linear(), ScalarQuadratic(1, 0.3), Gaussian(0.5))
    with pytest.raises(InputError, match="practical up to 2"):
        stationary_law(three)
    two = residual_learning(
        linear(), ScalarQuadratic(1, 0.3), Gaussian(0.5), read_noise=Gaussian(0.1)
    )
    with pytest.raises(InputError, match="two continuous draws"):
        stationary_law(two)
    cells = Response("1 - w/tau", "1 + w/tau", "-tau", "tau", parameters={"tau": [0.5, 0.6]})
    with pytest.raises(InputError, match="differs per cell"):
        stationary_law(sgd(cells, 0.3, Gaussian(0.5), 0.1))
    with pytest.raises(InputError, match="at least 4"):
        stationary_law(sgd(linear(), 0.3, Gaussian(0.5), 0.1), nodes=2)


def test_without_noise_there_must_be_one_stable_fixed_point() -> None:
    double_well = FormulaObjective("(w**2 - 1/4)**2 + w/1000", -1, 1)
    with pytest.raises(InputError, match="2 stable fixed points"):
        stationary_law(analog_sgd(Response("1", "1", -1, 1), double_well, NoNoise(), lr=0.01))


def test_observables_and_states_by_name() -> None:
    with pytest.raises(InputError, match="unknown symbol x"):
        LAW.expectation(sympy.Symbol("x"))
    with pytest.raises(InputError, match="formula or a function"):
        LAW.expectation("W")
    with pytest.raises(InputError, match="has the states W"):
        LAW.mean("P")
    assert LAW.expectation(2).value == pytest.approx(2.0, abs=1e-14)
    assert float(LAW.expectation(W)) == LAW.mean("W").value


@pytest.mark.parametrize(
    ("start", "message"),
    [({"P": 0.0}, "each of W"), ([0.0, 0.0], "one value"), ([2.0], "outside")],
)
def test_starts_of_a_curve(start: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        LAW.curve(W, start, 3)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="steps"):
        LAW.curve(W, [0.0], -1)


def test_two_wells_with_noise_need_the_whole_range() -> None:
    tilted = FormulaObjective("2*(w**2 - 1/4)**2 + w/100", -1, 1)
    law = stationary_law(analog_sgd(Response("1", "1", -1, 1), tilted, Gaussian(1.0), lr=0.1))
    assert law.resolved
    assert law.health.domain["W"] == (-1.0, 1.0)
    assert -0.2 < law.mean("W").value < 0.0  # the deeper well is the left one
