"""The laws behind the toy-problem figures, against quadrature and closed forms."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy import integrate, special, stats

from analogtheory.bounds import LOWER_INSTANCE, RADEMACHER_MEAN
from analogtheory.experiments import ablations, least_squares_theory
from analogtheory.experiments.learning_rates_theory import Sampled
from analogtheory.experiments.least_squares import Averaged, Digital, Lanes, Noise, Problem, run

PROBLEM = {"dimension": 8, "samples": 20, "design": 0.7, "target": 0.3}


@pytest.fixture
def problem() -> Problem:
    from analogtheory.experiments.least_squares import drawn

    return drawn(PROBLEM, 1)


def equal_coordinates(curvature: float, target: float, dimension: int) -> Problem:
    """H = curvature·1."""
    design = math.sqrt(curvature * dimension / 2) * np.eye(dimension)
    return Problem(design, np.full(dimension, target))


def test_hessian_is_that_of_the_loss(problem: Problem) -> None:
    w = np.linspace(-0.4, 0.5, 8)
    away = w - problem.target
    assert 8 * problem.loss(w) == pytest.approx(away @ problem.hessian @ away / 2, rel=1e-12)
    moved = problem.loss(w + 1e-6 * np.eye(8)) - problem.loss(w - 1e-6 * np.eye(8))
    assert 8 * moved / 2e-6 == pytest.approx(problem.gradient(w), rel=1e-6)


def test_digital_law_in_closed_form(problem: Problem) -> None:
    """E f = ½αs²·Σ 1/(2 − αλ)."""
    law = least_squares_theory.Digital(problem, 0.1, 0.2)
    mean, covariance = law.stationary()
    values = np.linalg.eigvalsh(problem.hessian)
    assert mean == pytest.approx(problem.target, abs=1e-14)
    closed = 0.1 * 0.2**2 / 2 * (1 / (2 - 0.1 * values)).mean()
    assert law.loss(mean, covariance) == pytest.approx(closed, rel=1e-10)


def test_the_path_of_the_law_ends_at_rest(problem: Problem) -> None:
    for law in (
        least_squares_theory.Averaged(problem, 0.2, 0.1, 1.0),
        least_squares_theory.Pulsed(problem, 0.2, 0.1, 1.0, dw_min=0.003),
        Sampled(problem, 0.2, 0.1, 1.0, dw_min=0.003),
    ):
        *_, (mean, covariance) = law.path(np.zeros(8), 1500)
        rest, settled = law.stationary()
        assert mean == pytest.approx(rest, abs=1e-8)
        assert covariance == pytest.approx(settled, abs=1e-9)


def test_noise_of_two_values_by_enumeration() -> None:
    g, s = np.array([-0.3, 0.0, 0.2]), 0.5
    y = np.stack([g + s, g - s])
    found = least_squares_theory.folded(g, s, "rademacher")
    assert found.mean == pytest.approx(np.abs(y).mean(axis=0))
    assert found.variance == pytest.approx(np.abs(y).var(axis=0))
    assert found.covariance == pytest.approx(((y - g) * np.abs(y)).mean(axis=0))


def test_gaussian_moments_by_quadrature() -> None:
    g, s = 0.3, 0.5
    found = least_squares_theory.folded(np.array(g), s)

    def mean(of: Callable[[float], float]) -> float:
        value, _ = integrate.quad(lambda y: of(y) * stats.norm.pdf(y, g, s), -5, 5, points=[0])
        return float(value)

    size = mean(abs)
    assert found.mean == pytest.approx(size, abs=1e-9)
    assert found.sign == pytest.approx(mean(np.sign), abs=1e-9)
    assert found.covariance == pytest.approx(mean(lambda y: (y - g) * abs(y)), abs=1e-9)
    assert found.variance == pytest.approx(mean(lambda y: y * y) - size**2, abs=1e-9)


def test_mean_change_of_a_gaussian_weight() -> None:
    """E|h(W − w*) + ε|W, W ~ N(m, V), by quadrature over W of its mean given W."""
    h, target, s, m, second = 1.5, 0.4, 0.2, 0.25, 0.03
    law = least_squares_theory.Averaged(equal_coordinates(h, target, 1), 0.1, s, 1.0)
    value, _ = law.field(np.array([m]), np.array([[second]]))

    def given(w: float) -> float:
        size = least_squares_theory.folded(np.array(h * (w - target)), s).mean
        density = math.exp(-((w - m) ** 2) / (2 * second)) / math.sqrt(2 * math.pi * second)
        return float((h * (w - target) + size * w) * density)

    exact, _ = integrate.quad(given, m - 2, m + 2, epsabs=1e-12)
    assert value[0] == pytest.approx(exact, abs=1e-9)
    frozen, _ = law.field(np.array([m]), np.zeros((1, 1)))
    assert abs(frozen[0] - exact) > 0.005  # the covariance matters


def test_mean_square_over_length_on_a_grid() -> None:
    """Two coordinates, E y_d²/⌈max|y|/unit⌉ over 3000² points of equal probability."""
    points = special.ndtri((np.arange(3000) + 0.5) / 3000)
    g, s, unit = np.array([0.1, -0.3]), np.array([0.4, 0.2]), 0.25
    first, second = g[0] + s[0] * points[:, None], g[1] + s[1] * points
    length = np.ceil(np.maximum(np.abs(first), np.abs(second)) / unit)
    exact = [(first**2 / length).mean(), (second**2 / length).mean()]
    found = least_squares_theory.mean_square_over_length(g, s, unit)
    assert found == pytest.approx(exact, rel=2e-3)


def test_lower_bound_is_that_of_the_instance() -> None:
    """Equal coordinates: claims analog-sgd-lower-bound and its copies."""
    h, target, s, tau, copies = 1.3, 0.6, 0.2, 0.9, 5
    problem = equal_coordinates(h, target, copies)
    rest = RADEMACHER_MEAN(w_star=target, h=h, tau=tau, sigma=s)
    assert least_squares_theory.ridge(problem, s / tau) == pytest.approx(np.full(copies, rest))
    ratio = rest / tau
    one = LOWER_INSTANCE(sigma=s, S=ratio**2 / (1 - ratio**2))
    assert ablations.lower(problem, s, tau) == pytest.approx(copies * one)


def test_rest_point_of_the_law_is_ridge_regression(problem: Problem) -> None:
    law = least_squares_theory.Averaged(problem, 0.05, 0.1, 1.2, "rademacher")
    mean, _ = law.stationary()
    assert mean == pytest.approx(least_squares_theory.ridge(problem, 0.1 / 1.2), abs=1e-12)
    other = least_squares_theory.Averaged(problem, 0.05, 0.1, 1.2).rest()
    assert np.abs(other - mean).max() > 1e-3  # Gaussian noise has a smaller E|ε|


def test_averaged_is_digital_on_a_range_without_end(problem: Problem) -> None:
    lanes = Lanes.of(3, lr=0.1, tau=1e300)
    noise = Noise(0.1, 1)
    digital, averaged = (
        run(kind(problem, lanes), noise, 40, {"loss": problem.loss}, late=40)["loss_late"]
        for kind in (Digital, Averaged)
    )
    assert np.array_equal(digital, averaged)
