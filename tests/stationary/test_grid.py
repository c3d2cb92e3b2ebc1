from __future__ import annotations

import numpy as np
import pytest

from analogtheory.stationary.grid import Axis, Grid


def test_a_polynomial_is_interpolated_exactly_also_beyond_the_ends() -> None:
    axis = Axis((-1.0, 2.0), 6)
    points = np.array([-1.2, -1.0, 0.3, axis.nodes[2], 2.0, 2.1])
    exact = points**5 - 3 * points**2
    assert axis.basis(points) @ (axis.nodes**5 - 3 * axis.nodes**2) == pytest.approx(exact, 1e-12)


def test_a_jump_on_a_panel_edge_costs_nothing() -> None:
    axis = Axis((-1.0, 0.25, 1.0), 4)
    values = np.where(axis.nodes < 0.25, axis.nodes**3, 7.0 + axis.nodes)
    points = np.array([-0.9, 0.2, 0.25, 0.6])
    found = axis.basis(points) @ values
    assert found == pytest.approx([-0.729, 0.008, 7.25, 7.6], abs=1e-13)


def test_rows_of_a_tensor_grid_average_products() -> None:
    grid = Grid((Axis((-1.0, 0.0, 1.0), 5), Axis((0.0, 2.0), 4)))
    assert grid.size == 40
    x, y = grid.points
    states = [np.array([[-0.5, 0.25, 0.75]]), np.array([[0.1, 1.0, 1.9]])]
    weights = np.array([[0.2, 0.3, 0.5]])
    expected = (weights * states[0] ** 4 * states[1] ** 3).sum()
    assert grid.rows(states, weights)[0] @ (x**4 * y**3) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("still", [0, 1])
def test_a_state_that_does_not_vary_may_have_one_column(still: int) -> None:
    grid = Grid((Axis((-1.0, 1.0), 5), Axis((0.0, 2.0), 4)))
    wide = [np.array([[0.1, 0.25, 0.75]]), np.array([[0.1, 1.0, 1.9]])]
    wide[still] = np.full((1, 3), 0.4)
    narrow = list(wide)
    narrow[still] = np.array([[0.4]])
    weights = np.array([[0.2, 0.3, 0.5]])
    assert grid.rows(narrow, weights) == pytest.approx(grid.rows(wide, weights), abs=1e-14)
