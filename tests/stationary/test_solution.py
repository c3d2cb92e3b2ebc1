"""What is solved with a collocated operator, on a chain of three states."""

from __future__ import annotations

import numpy as np
import pytest

from analogtheory.noise import Gaussian
from analogtheory.stationary import stationary_law
from analogtheory.stationary.averaged import clip
from analogtheory.stationary.domain import Domain
from analogtheory.stationary.grid import Axis, Grid
from analogtheory.stationary.solution import Operator, Solution

from .devices import linear, residual

CHAIN = np.array([[0.5, 0.3, 0.2], [0.1, 0.8, 0.1], [0.25, 0.25, 0.5]])
GRID = Grid((Axis((-1.0, 1.0), 3),))
VALUES = np.array([1.0, -2.0, 4.0])


def _solution(matrix: np.ndarray) -> Solution:
    return Solution(Operator(GRID, matrix, np.array([0.0, 0.1, 0.4])))


def test_the_null_vector_is_the_stationary_law() -> None:
    solution = _solution(CHAIN)
    law = np.linalg.matrix_power(CHAIN, 400)[0]
    assert solution.weights == pytest.approx(law, abs=1e-14)
    assert solution.expect(VALUES) == pytest.approx(law @ VALUES)
    assert solution.clipped == pytest.approx(0.1 * law[1] + 0.4 * law[2])
    assert solution.sum_abs_weights == pytest.approx(1.0)
    assert 1 < solution.condition < 100


def test_poissons_equation_gives_the_effect_of_a_misplaced_step() -> None:
    solution, h = _solution(CHAIN), np.zeros(3)
    for k in range(400):  # h = Σ_k P^k (f − E f)
        h += np.linalg.matrix_power(CHAIN, k) @ (VALUES - solution.expect(VALUES))
    assert solution.perturbation(VALUES) == pytest.approx(h.max() - h.min(), rel=1e-12)
    # moving a small mass from one target to another changes E f by at most that much
    small = 1e-6
    changed = CHAIN + small * np.array([[1.0, -1.0, 0.0]] * 3)
    effect = (_solution(changed).expect(VALUES) - solution.expect(VALUES)) / small
    assert effect == pytest.approx(h[0] - h[1], rel=1e-4)


def test_clipping_is_measured_in_half_widths_at_soft_ends_only() -> None:
    states = [np.array([[-3.0, 0.0, 4.0]])]
    weights = np.array([[0.2, 0.3, 0.5]])
    for soft, expected in (
        ((True, True), 0.2 * 2 / 2 + 0.5 * 1 / 2),
        ((True, False), 0.2 * 2 / 2),
        ((False, True), 0.5 * 1 / 2),
    ):
        domain = Domain((-1.0,), (3.0,), ((),), (soft,), "")
        inside, overshoot = clip(domain, states, weights)
        assert inside[0].tolist() == [[-1.0, 0.0, 3.0]]
        assert overshoot[0] == pytest.approx(expected)


def test_what_a_box_cuts_is_reported_and_enters_the_error() -> None:
    law = stationary_law(residual(linear(), Gaussian(0.5), 0.04), tolerance=1e-5)
    assert not law.health.is_invariant
    assert 0 < law.health.clipped < 1e-8
    assert "standard deviations" in law.health.how
