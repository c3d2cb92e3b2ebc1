"""The extended Kalman filter and the smoother against dense algebra and a filter on a grid."""

import math

import numpy as np
import pytest
from scipy import stats

from analogtheory.responses.measured.families import LinearStep
from analogtheory.responses.measured.filter import run_filter
from analogtheory.responses.measured.parameters import COMMON
from analogtheory.responses.measured.readings import Readings
from analogtheory.responses.measured.smoother import smooth_states

from .shapes import FAMILIES, parameters, random_readings


def dense_log_likelihood(family, readings, theta):
    """The linear step's likelihood from the mean and the covariance matrix of all readings."""
    total = 0.0
    read, cycle, slow = np.exp(2 * theta[:3])
    keep = math.exp(-math.exp(-theta[3]))
    for column, (n, sign) in enumerate(zip(readings.lengths, (1, -1), strict=True)):
        start, end = theta[COMMON + 2 * column : COMMON + 2 * column + 2] * readings.unit
        a = 1 + sign * (end - start)
        mean, covariance = np.empty(n), np.zeros((n, n))
        mean[0] = theta[4 + column]
        for i in range(1, n):
            mean[i] = a * mean[i - 1] + sign * start
            covariance[i, i] = a * a * covariance[i - 1, i - 1] + cycle
        for i in range(n):
            for j in range(i):
                covariance[i, j] = covariance[j, i] = covariance[j, j] * a ** (i - j)
        lag = np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
        covariance += slow * keep**lag + read * np.eye(n)
        y = readings.values[:n, column]
        total += stats.multivariate_normal.logpdf(y, mean, covariance)
    return total


@pytest.mark.parametrize("slow", [None, 0.08])
@pytest.mark.parametrize("lengths", [(12, 12), (9, 14), (15, 8)])
def test_linear_likelihood_is_the_gaussian_one(lengths, slow):
    readings = random_readings(lengths)
    theta = parameters(FAMILIES["linear"][1], slow=slow)
    filtered = run_filter(LinearStep(), readings, theta[:, None])
    expected = dense_log_likelihood(LinearStep(), readings, theta)
    assert filtered.log_likelihood(readings.count)[0] == pytest.approx(expected, abs=1e-9)


def grid_log_likelihood(family, readings, theta, points=801):
    """Point-mass filter on −0.5 ≤ u ≤ 1.5: the likelihood without linearising the step."""
    u = np.linspace(-0.5, 1.5, points)
    read, cycle = math.exp(theta[0]), math.exp(theta[1])
    sizes = family.sizes(theta[COMMON:, None], u)[:, 0] * readings.unit
    total = 0.0
    for column, (n, sign) in enumerate(zip(readings.lengths, (1, -1), strict=True)):
        kernel = stats.norm.pdf(u[:, None], u + sign * sizes[column], cycle)
        first = family.sizes(theta[COMMON:, None], theta[4 + column : 5 + column])[column, 0, 0]
        weight = stats.norm.pdf(u, theta[4 + column] + sign * first * readings.unit, cycle)
        y = readings.values[:n, column]
        total += stats.norm.logpdf(y[0], theta[4 + column], read)
        for value in y[1:]:
            joint = weight * stats.norm.pdf(value, u, read)
            mass = joint.sum() * (u[1] - u[0])
            total += math.log(mass)
            weight = kernel @ joint * (u[1] - u[0]) / mass
    return total


@pytest.mark.parametrize("case", ["exponential", "power", "Bernstein"])
def test_extended_filter_is_close_to_the_exact_one(case):
    """The linearisation costs under 0.2 of a log-likelihood that misfits change by tens."""
    family, shape = FAMILIES[case]
    n = 120
    states = np.linspace(0.1, 0.85, n)
    noise = 0.05 * np.random.default_rng(3).standard_normal((2, n))
    readings = Readings.of(states + noise[0], states[::-1] + noise[1])
    theta = parameters(shape, cycle=0.01, states=(0.1, 0.85))
    filtered = run_filter(family, readings, theta[:, None])
    exact = grid_log_likelihood(family, readings, theta)
    assert filtered.log_likelihood(readings.count)[0] == pytest.approx(exact, abs=0.2)


def test_smoother_interpolates_the_state():
    """RTS means equal the conditional expectation of the Gaussian model (dense algebra)."""
    readings = random_readings((10, 10))
    theta = parameters(FAMILIES["linear"][1], cycle=0.05, slow=0.08)
    start, end = theta[COMMON : COMMON + 2] * readings.unit
    a, n = 1 + end - start, 10
    mean, state = np.empty(n), np.zeros((n, n))
    mean[0] = theta[4]
    for i in range(1, n):
        mean[i] = a * mean[i - 1] + start
        state[i, i] = a * a * state[i - 1, i - 1] + 0.05**2
    for i in range(n):
        state[i, :i] = state[:i, i] = [state[j, j] * a ** (i - j) for j in range(i)]
    lag = np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
    total = state + 0.08**2 * np.exp(-lag / 5.0) + 0.05**2 * np.eye(n)
    expected = mean + state @ np.linalg.solve(total, readings.values[:, 0] - mean)
    np.testing.assert_allclose(smooth_states(LinearStep(), readings, theta)[0], expected, atol=1e-9)
