"""Families of steps: formula, map and derivative are the same function."""

import math

import numpy as np
import pytest
import sympy

from analogtheory.responses.formulas import WEIGHT
from analogtheory.responses.measured.bernstein import elevate

from .shapes import FAMILIES


@pytest.mark.parametrize("case", FAMILIES)
def test_formula_derivative_and_step_agree(case):
    family, shape = FAMILIES[case]
    lane, u, h = np.array(shape)[:, None], np.linspace(0.05, 0.95, 7), 1e-6
    move = family.step(np.repeat(lane, u.size, axis=1))
    x = np.tile(u, (2, 1))
    moved, slope = (np.broadcast_to(a, x.shape) for a in move(x))
    np.testing.assert_allclose((move(x + h)[0] - move(x - h)[0]) / (2 * h) * np.ones_like(x),
                               slope, atol=1e-6)  # fmt: skip
    np.testing.assert_allclose(family.sizes(lane, u)[:, 0], moved * [[1], [-1]], rtol=1e-12)
    place = (WEIGHT + 3) / 2  # u = (w + 3)/2
    short, held = family.shortened(np.array(shape))
    np.testing.assert_allclose(np.delete(short, held), np.delete(shape, held))
    np.testing.assert_allclose(short, shape, atol=1e-3)
    moved, _ = family.step(np.repeat(short[:, None], u.size, axis=1))(x)
    moved = np.broadcast_to(moved, x.shape)
    for column in (0, 1):
        formula = family.expression(short, column, place, 0.5)
        assert not formula.atoms(sympy.Float)
        values = [float(formula.subs(WEIGHT, sympy.Float(2 * point - 3))) for point in u]
        np.testing.assert_allclose(values, 0.5 * abs(moved[column]), rtol=1e-7)


def test_degree_elevation_keeps_the_polynomial():
    coefficients = np.array([[0.2, 1.0, 0.4, 2.0]])
    raised = elevate(coefficients)
    u = np.linspace(0, 1, 9)

    def value(c):
        d = c.shape[1] - 1
        return sum(c[0, k] * math.comb(d, k) * u**k * (1 - u) ** (d - k) for k in range(d + 1))

    assert raised.shape == (1, 5)
    np.testing.assert_allclose(value(raised), value(coefficients), rtol=1e-12)
