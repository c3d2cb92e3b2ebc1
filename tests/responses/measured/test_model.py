"""Derivatives of the penalised likelihood against differences of it."""

import numpy as np
import pytest

from analogtheory.responses.measured.model import Model

from .shapes import FAMILIES, parameters, random_readings


@pytest.mark.parametrize("case", ["linear", "power", "Bernstein"])
def test_gradient_and_information_of_the_objective(case):
    family, shape = FAMILIES[case]
    readings = random_readings((40, 30), seed=5)
    free = np.full(4, 50.0)
    model = Model(family, readings, -free, free)
    theta = parameters(shape, read=0.2, cycle=0.03, slow=0.1)
    values, gradients, fisher = model.expand(theta[None, :])
    assert values[0] == pytest.approx(model.objective(theta[:, None])[0])
    for k in range(theta.size):
        moved = np.repeat(theta[:, None], 2, axis=1)
        moved[k] += [1e-5, -1e-5]
        forward, backward = model.objective(moved)
        assert gradients[0, k] == pytest.approx((forward - backward) / 2e-5, rel=1e-4, abs=1e-3)
    observed = model.observed_information(theta, fisher[0])
    row = (model.expand(theta + np.eye(theta.size) * 1e-4)[1]
           - model.expand(theta - np.eye(theta.size) * 1e-4)[1]) / -2e-4  # fmt: skip
    scale = np.sqrt(np.outer(np.diag(fisher[0]), np.diag(fisher[0])))
    np.testing.assert_allclose(observed / scale, row / scale, atol=0.03)
