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
    size = 2 * math.sqrt(h / 2)  # one sample: its gradient is this times its output
    single = Sampled(law.problem, 1e-7, s / size, 1.0)
    assert single.field(np.array([m]), np.array([[second]]))[0] == pytest.approx(value, abs=1e-6)
    frozen, _ = law.field(np.array([m]), np.zeros((1, 1)))
    assert abs(frozen[0] - exact) > 0.005  # the covariance matters


def test_samples_move_the_weights_one_after_the_other(problem: Problem) -> None:
    """Almost no noise: each vector takes W towards ±τ, from where the one before left it."""
    w, lr, tau = np.linspace(-0.4, 0.5, 8), 0.5, 0.8
    law = Sampled(problem, lr, 1e-9, tau)
    found, end = w - lr * law.field(w, np.zeros((8, 8)))[0], w
    errors = problem.design @ (w - problem.target)
    for sample, error in zip(problem.design, errors, strict=True):
        change = -lr * 2 / 20 * error * sample
        side = tau * np.sign(change)
        end = side + (end - side) * np.exp(-np.abs(change) / tau)
    assert found == pytest.approx(end, abs=1e-13)
    size = lr * 2 / 20 * np.abs(problem.design).T @ np.abs(errors)
    at_once = w - lr * problem.gradient(w) - size * w / tau
    assert np.abs(at_once - end).max() > 0.01


def test_slopes_are_those_of_the_mean_change(problem: Problem) -> None:
    w, none, step = np.linspace(-0.4, 0.5, 8), np.zeros((8, 8)), 1e-6
    for law in (
        least_squares_theory.Averaged(problem, 0.1, 0.2, 0.8),
        Sampled(problem, 1e-7, 0.2, 0.8),  # where the order of the samples has no effect
    ):
        ahead, behind = ([law.field(w + h * e, none)[0] for e in np.eye(8)] for h in (step, -step))
        slope = (np.array(ahead) - np.array(behind)).T / (2 * step)
        assert law.field(w, none)[1] == pytest.approx(slope, abs=1e-6)


def test_noise_of_samples_on_a_grid(problem: Problem) -> None:
    """Cov of c·Σ_i(a_i·y_i + |a_i|⊙W/τ·|y_i|), pulses as small as one likes."""
    w, s, tau, scale = np.linspace(-0.4, 0.5, 8), 0.2, 0.8, 2 / 20
    points = special.ndtri((np.arange(20_000) + 0.5) / 20_000)
    exact = np.zeros((8, 8))
    for sample in problem.design:
        y = sample @ (w - problem.target) + s * points[:, None]
        exact += np.cov(scale * (sample * y + np.abs(sample) * w / tau * np.abs(y)), rowvar=False)
    found = Sampled(problem, 0.1, s, tau, dw_min=1e-9).spread(w, np.zeros((8, 8)))
    assert found == pytest.approx(exact, abs=1e-3 * np.abs(exact).max())


def test_pulse_counts_of_a_shared_row() -> None:
    """One sample, almost no noise, long and short trains: moments over the row's firings."""
    sample, error = np.array([0.9, -0.5, 0.2]), 0.7
    problem = Problem(sample[None], np.zeros(3))
    w = error * sample / (sample @ sample)
    for size in (4.0, 0.45, 0.1):  # BL = 1, 3, 13
        law = Sampled(problem, 1.0, 1e-9, 1e9, dw_min=size)
        wanted = 2 * error * np.abs(sample) / size
        length = math.ceil(wanted.max())
        row = math.sqrt(wanted.max() / length)
        fires = stats.binom(length, row)
        column = wanted / (length * row)
        square = (fires.var() + fires.mean() ** 2) * np.outer(column, column)
        square += np.diag(fires.mean() * column * (1 - column))
        exact = size**2 * np.outer(np.sign(sample), np.sign(sample)) * (
            square - np.outer(wanted, wanted)
        )  # fmt: skip
        assert law.spread(w, np.zeros((3, 3))) == pytest.approx(exact, abs=1e-7)


def test_a_long_train_saturates_and_is_cut(problem: Problem) -> None:
    """One step without noise: W goes towards ±τ by 1 − e^{−x}; all x are scaled if one is cut."""
    w, lr, tau = np.linspace(-0.4, 0.5, 8), 0.5, 0.8
    law = least_squares_theory.Pulsed(problem, lr, 1e-9, tau, dw_min=1e-9)
    change = -lr * problem.gradient(w)
    for longest in (math.inf, np.abs(change).max() / 3):
        *_, (mean, _) = law.path(w, 1, longest)
        x = np.abs(change) / tau / (1 if longest == math.inf else 3)
        side = tau * np.sign(change)
        assert mean == pytest.approx(side + (w - side) * np.exp(-x), abs=1e-8)


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
