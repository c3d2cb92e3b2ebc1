"""Fitting measured pulses: known devices recovered, intervals that cover, honest notes.

Every test that samples uses a fixed seed; its docstring gives the size of the effect that it
would see and the probability that a right program fails it for another seed.
"""

import math
import os
from pathlib import Path

import numpy as np
import pytest
import sympy
from scipy import stats

from analogtheory.errors import InputError
from analogtheory.responses import measured, pulse_likelihood
from analogtheory.responses.measured import fit_pulses
from analogtheory.responses.pulse_likelihood import (
    ABSENT,
    COMMON,
    BernsteinStep,
    ConstantStep,
    ExponentialStep,
    LinearStep,
    Model,
    PowerStep,
    Readings,
    run_filter,
    smooth_states,
)
from analogtheory.responses.pulse_table import PulseTable, read_pulse_table
from analogtheory.responses.response import WEIGHT


def simulate(up, down, pulses, *, start=-0.8, cycle=0.0, read=0.0, slow=0.0, memory=1.0, seed=0):
    """Readings after `pulses` up pulses and as many down pulses of a device with known steps."""
    generator = np.random.default_rng([20260722, seed])
    columns, x, keep = [], start, math.exp(-1.0 / memory)
    for step, sign in ((up, 1.0), (down, -1.0)):
        states = np.empty(pulses)
        for i in range(pulses):
            x += sign * step(x) + cycle * generator.standard_normal()
            states[i] = x
        z = slow * generator.standard_normal(pulses)
        for i in range(1, pulses):
            z[i] = keep * z[i - 1] + math.sqrt(1.0 - keep * keep) * z[i]
        columns.append(states + z + read * generator.standard_normal(pulses))
    return PulseTable(*columns, "simulated")


def soft_up(w):
    return 0.01 * (1.0 - w / 1.2)


def soft_down(w):
    return 0.008 * (1.0 + w)


#: Where 0.01(1 − w/1.2) = 0.008(1 + w).
SOFT_POINT = 0.002 / (0.01 / 1.2 + 0.008)


FAMILIES = {
    "constant": (ConstantStep(), [-0.2, 0.4]),
    "linear": (LinearStep(), [2.0, 0.3, 0.2, 1.7]),
    "power": (PowerStep(), [0.1, -0.4, 0.6, -0.2, -0.3, -0.5]),
    "exponential": (ExponentialStep(), [2.0, 0.2, 1.5, 0.3, 1.8, -2.0]),
    "nearly linear": (ExponentialStep(), [2.0, 0.2, 1e-9, 0.3, 1.8, 0.0]),
    "Bernstein": (BernsteinStep(3), [0.1, 0.5, -0.3, -0.9, -0.5, 0.2, 0.4, 0.6]),
}


def parameters(shape, read=0.05, cycle=0.01, slow=None, memory=5.0, states=(0.1, 0.9)):
    noise = [math.log(read), math.log(cycle) if cycle else -60.0]
    noise += [math.log(slow), math.log(memory)] if slow else [ABSENT, 0.0]
    return np.array([*noise, *states, *shape])


def random_readings(lengths, seed=1):
    generator = np.random.default_rng(seed)
    up, down = (generator.random(n) for n in lengths)
    return Readings.of(np.sort(up), np.sort(down)[::-1])


# ------------------------------------------------------------------ the likelihood


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


# ------------------------------------------------------------------ recovering devices


def relative_error(fit, up, down):
    """Largest error of the fitted steps on the middle nine tenths, over the mean step."""
    low, high = fit.response.range
    w = np.linspace(low + 0.05 * (high - low), high - 0.05 * (high - low), 41)
    true = np.array([[up(x) for x in w], [down(x) for x in w]])
    found = fit.dw_min * np.array([fit.response.q_up(w), fit.response.q_down(w)])
    return np.abs(found - true).max() / true.mean()


def exponential_up(w):
    return 0.006 * (1.0 - math.exp(4.0 * (w - 1.0)))


def exponential_down(w):
    return 0.006 * (1.0 - math.exp(-4.0 * (w + 1.0)))


def power_up(w):
    return 0.03 * (max(1.0 - w, 0.0) / 2.0) ** 2.5


def power_down(w):
    return 0.03 * (max(1.0 + w, 0.0) / 2.0) ** 1.8


def hump_up(w):
    return 0.004 * (1.0 + 2.0 * math.exp(-(((w - 0.2) / 0.35) ** 2)))


def hump_down(w):
    return 0.004 * (1.0 + 2.0 * math.exp(-(((w + 0.3) / 0.35) ** 2)))


DEVICES = {
    "linear step": (soft_up, soft_down, {"cycle": 0.001, "read": 0.02}, 0.10),
    "constant step": (lambda w: 0.004, lambda w: 0.0035, {"cycle": 0.002, "read": 0.02}, 0.10),
    "power step": (power_up, power_down, {"read": 0.004}, 0.10),
    "exponential step": (exponential_up, exponential_down, {"cycle": 5e-4, "read": 0.01}, 0.10),
    "Bernstein": (hump_up, hump_down, {"cycle": 5e-4, "read": 0.004}, 0.35),
}


@pytest.fixture(scope="module")
def fits():
    made = {}

    def fit(family):
        if family not in made:
            up, down, noise, _ = DEVICES[family]
            made[family] = fit_pulses(simulate(up, down, 300, **noise, seed=3))
        return made[family]

    return fit


@pytest.mark.parametrize("family", DEVICES)
def test_known_devices_are_recovered(fits, family):
    """The right family is picked and its steps are found to 10 % of the mean step.

    The tolerances are five or more standard errors of the worst point. A hump is in no
    catalog family: a polynomial of degree at most 5 follows it to a third of a mean step.
    """
    up, down, noise, tolerance = DEVICES[family]
    fit = fits(family)
    assert fit.family.startswith(family)
    assert relative_error(fit, up, down) < tolerance
    assert fit.read_noise == pytest.approx(noise["read"], rel=0.3)
    assert fit.ranking[0].noise == "white"
    if family == "Bernstein":
        assert any("No family of the catalog" in note for note in fit.notes)


@pytest.mark.parametrize("family", DEVICES)
def test_the_fit_is_an_ordinary_response(fits, family):
    """F has mean 1, q± > 0, exact numbers, and the certified symmetric point is the fit's."""
    fit = fits(family)
    response = fit.response
    low, high = response.range
    nodes, weights = np.polynomial.legendre.leggauss(60)
    w = low + (high - low) * (nodes + 1) / 2
    assert float(response.F(w) @ weights) / 2 == pytest.approx(1.0, abs=1e-8)
    assert min(response.q_up(w).min(), response.q_down(w).min()) > 0.0
    assert not response.up.atoms(sympy.Float)
    up_low, up_high, down_low, down_high = fit.band(w)
    assert np.all((up_low <= response.q_up(w)) & (response.q_up(w) <= up_high))
    assert np.all((down_low <= response.q_down(w)) & (response.q_down(w) <= down_high))
    if fit.symmetric_point is not None:
        value, left, right = fit.symmetric_point
        assert left <= value <= right
        certified = [zero.value for zero in response.symmetric_points]
        assert min(abs(zero - value) for zero in certified) < 1e-7 * (high - low)


def test_ranking_counts_and_criteria(fits):
    ranking = fits("linear step").ranking
    counts = {row.family: row.parameters for row in ranking if row.noise == "white"}
    assert counts["constant step"] == 6
    assert counts["linear step"] == 8
    assert counts["power step"] == counts["exponential step"] == 10
    assert counts["Bernstein degree 2"] == 10
    assert next(row.parameters for row in ranking if row.noise == "slow") == 10
    assert [row.bic for row in ranking] == sorted(row.bic for row in ranking)
    for row in ranking:
        assert row.aic == pytest.approx(2 * (row.parameters - row.log_likelihood))
        assert row.bic == pytest.approx(row.parameters * math.log(600) - 2 * row.log_likelihood)


def test_units_are_free():
    """y → 250 + 40·y scales dw_min and the read noise by 40 and moves the symmetric point."""
    table = simulate(soft_up, soft_down, 150, cycle=0.003, read=0.03, seed=8)
    scaled = PulseTable(250 + 40 * table.up, 250 + 40 * table.down, "scaled")
    one, other = (fit_pulses(t, degree=1) for t in (table, scaled))
    assert other.dw_min == pytest.approx(40 * one.dw_min, rel=1e-3)
    assert other.read_noise == pytest.approx(40 * one.read_noise, rel=1e-3)
    assert other.cycle_noise == pytest.approx(one.cycle_noise, rel=1e-2)
    ends = 250 + 40 * np.array(one.symmetric_point)
    np.testing.assert_allclose(other.symmetric_point, ends, atol=0.1)
    shift = 300 * math.log(40)
    assert one.ranking[0].log_likelihood - other.ranking[0].log_likelihood == pytest.approx(
        shift, abs=0.05
    )


def test_naive_binning_would_not_pass():
    """Why the state-space model: regressing differences on readings is biased ten-fold here.

    Read noise 0.1 against steps of 0.01: the regression slope of y_{i+1} − y_i on y_i is of
    the order −σ_r²/Var(y), not the device's −0.0083. The fit finds the slope to 35 %.
    """
    table = simulate(soft_up, soft_down, 300, read=0.1, seed=4)
    naive = np.polyfit(table.up[:-1], np.diff(table.up), 1)[0]
    fit = fit_pulses(table, degree=1)
    slope = fit.dw_min * float(fit.response.q_up.derivative()(0.0))
    true = -0.01 / 1.2
    assert naive < 3 * true
    assert slope == pytest.approx(true, rel=0.35)


# ------------------------------------------------------------------ noise


def test_cycle_noise_and_read_noise_are_told_apart(fits):
    fit = fits("constant step")
    low, high = fit.cycle_noise_interval
    assert 0.0 < low < 0.002 / fit.dw_min < high
    assert low < fit.cycle_noise < high
    assert not any("cycle-to-cycle" in note for note in fit.notes)


def test_no_cycle_noise_gives_an_upper_limit(fits):
    fit = fits("power step")
    low, high = fit.cycle_noise_interval
    assert low == 0.0
    assert 0.0 < high < 0.5
    assert any("cycle-to-cycle noise is not distinguishable from zero" in n for n in fit.notes)


def test_no_read_noise_gives_an_upper_limit():
    """Steps of 0.01 with σ_c = 0.01 and no read noise: the limit lies below σ_c/2."""
    fit = fit_pulses(simulate(soft_up, soft_down, 200, cycle=0.01, seed=5), degree=1)
    assert fit.read_noise_interval[0] == 0.0
    assert fit.read_noise <= fit.read_noise_interval[1] < 0.005
    assert any("read noise is not distinguishable" in note for note in fit.notes)
    assert fit.cycle_noise * fit.dw_min == pytest.approx(0.01, rel=0.3)


def test_slow_noise_is_not_booked_as_cycle_noise():
    """σ_z = 0.04 forgotten in 6 pulses, σ_c = 0: a model without z reports σ_c ≈ 0.015.

    The slow model gains some 20 in the log-likelihood (BIC asks for 6.4); the limit on σ_c,
    0.003, is far below the false value.
    """
    noise = {"read": 0.03, "slow": 0.04, "memory": 6.0}
    fit = fit_pulses(simulate(soft_up, soft_down, 300, **noise, seed=6), degree=1)
    assert fit.ranking[0].noise == "slow"
    assert fit.slow_noise == pytest.approx(0.04, rel=0.35)
    assert 2.0 < fit.slow_noise_memory < 18.0
    assert fit.cycle_noise_interval[0] == 0.0
    assert fit.cycle_noise * fit.dw_min < 0.006
    assert any("slow noise" in note for note in fit.notes)


# ------------------------------------------------------------------ coverage

REPLICAS = 40


@pytest.fixture(scope="module")
def coverage():
    """Hits of the intervals in replicas of a soft-bounds device with both noises."""
    places = np.array([-0.4, 0.1, 0.6])
    true = np.array([[soft_up(w) for w in places], [soft_down(w) for w in places]])
    hits = dict.fromkeys(("point", "up", "down", "cycle", "read", "step", "goodness", "squares"), 0)
    for seed in range(100, 100 + REPLICAS):
        table = simulate(soft_up, soft_down, 100, cycle=0.004, read=0.02, seed=seed)
        fit = fit_pulses(table, degree=1)
        up_low, up_high, down_low, down_high = fit.band(places)
        point = fit.symmetric_point
        low, high = fit.response.range
        mean = 0.5 * sum(f(0.5 * (low + high)) for f in (soft_up, soft_down))
        up, down = true / fit.dw_min
        hits["point"] += point is not None and point.low <= SOFT_POINT <= point.high
        middle = [fit.response.q_up(0.1) - up[1], fit.response.q_down(0.1) - down[1]]
        errors = np.array([up_high[1] - up_low[1], down_high[1] - down_low[1]]) / (2 * 1.96)
        hits["squares"] += float(np.sum((np.array(middle) / errors) ** 2))
        hits["up"] += up_low[1] <= up[1] <= up_high[1]
        hits["down"] += down_low[1] <= down[1] <= down_high[1]
        cycle = np.array(fit.cycle_noise_interval) * fit.dw_min
        hits["cycle"] += cycle[0] <= 0.004 <= cycle[1]
        hits["read"] += fit.read_noise_interval[0] <= 0.02 <= fit.read_noise_interval[1]
        hits["step"] += fit.dw_min_interval[0] <= mean <= fit.dw_min_interval[1]
        hits["goodness"] += fit.goodness > 0.05
    return hits


@pytest.mark.parametrize("name", ["point", "up", "down", "cycle", "read", "step", "goodness"])
def test_intervals_cover(coverage, name):
    """At least 25 of 40 intervals of 95 % contain the truth.

    With true coverage 0.92 (what the normal approximation leaves of 0.95 at 100 pulses) the
    test fails with probability 4e-8; half the standard error (coverage 0.67) is seen in about
    one of three runs, a quarter (0.38) in all but one in a thousand.
    """
    limit = 25
    assert stats.binom.cdf(limit - 1, REPLICAS, 0.92) < 1e-6
    assert coverage[name] >= limit


def test_bands_have_the_right_width(coverage):
    """Squared errors over squared standard errors of q₊ and q₋ at one state average to 1.

    Their sum is χ² with 80 degrees of freedom, up to 1.15 times as large at 100 pulses (the
    normal approximation); the limit is exceeded with probability below 1e-6. Standard errors
    short by a factor 0.55 are seen in 98 of 100 runs, by 0.5 in 999 of 1000.
    """
    upper, lower = 2.3, 0.3
    assert stats.chi2.sf(2 * REPLICAS * upper / 1.15, 2 * REPLICAS) < 1e-6
    assert stats.chi2.cdf(2 * REPLICAS * lower, 2 * REPLICAS) < 1e-6
    assert lower < coverage["squares"] / (2 * REPLICAS) < upper


# ------------------------------------------------------------------ what cannot be decided


def test_noise_alone_decides_nothing():
    generator = np.random.default_rng(11)
    up, down = generator.standard_normal((2, 60)) + np.linspace(0, 1, 60) * [[1], [-1]]
    fit = fit_pulses(PulseTable(up, down, "noise"))
    text = " ".join(fit.notes)
    assert "not distinguishable from a constant" in text
    assert "cannot decide" in text or "do not cross" in text
    assert "cycle-to-cycle noise is not distinguishable" in text


def test_equal_constant_steps_have_no_symmetric_point_but_exclude_none():
    table = simulate(lambda w: 0.004, lambda w: 0.004, 200, cycle=0.002, read=0.03, seed=12)
    fit = fit_pulses(table)
    assert fit.family == "constant step"
    assert fit.symmetric_point is None
    assert any("do not exclude one" in note for note in fit.notes)
    assert any("constant step's BIC is the lowest" in note for note in fit.notes)


def test_unequal_constant_steps_exclude_a_symmetric_point():
    table = simulate(lambda w: 0.006, lambda w: 0.003, 200, cycle=0.001, read=0.02, seed=13)
    fit = fit_pulses(table)
    assert fit.symmetric_point is None
    assert any("no symmetric point there." in note for note in fit.notes)


def test_an_interval_that_leaves_the_range_is_reported():
    table = simulate(soft_up, soft_down, 40, start=-0.2, cycle=0.02, read=0.05, seed=14)
    fit = fit_pulses(table, degree=1)
    assert fit.symmetric_point is not None
    low, high = fit.response.range
    assert fit.symmetric_point.low <= low + 1e-6 or fit.symmetric_point.high >= high - 1e-6
    assert any("reaches the end of the observed range" in note for note in fit.notes)


def test_interval_of_the_restricted_likelihood():
    """Parabolas: 0 to the one-sided 1.645 s where 0 is inside, m ± 1.960 s where it is not."""
    levels = np.linspace(0.0, 8.0, 33)
    empty = np.zeros((33, 0))
    at_zero = measured._CycleCurve(levels, empty, -0.5 * levels**2, empty)
    inside = measured._CycleCurve(levels, empty, -0.5 * (levels - 4.0) ** 2, empty)
    assert at_zero.mode == 0.0
    assert at_zero.interval(0.95) == pytest.approx((0.0, 1.645), abs=0.01)
    assert inside.mode == pytest.approx(4.0, abs=0.01)
    assert inside.interval(0.95) == pytest.approx((4 - 1.96, 4 + 1.96), abs=0.01)


class CubicGap:
    """A stand-in for the fit: q₋ − q₊ = (u − .1)(u − .45)(u − .7), correlated errors."""

    covariance = 1e-6 * np.array([[1.0, 0.5], [0.5, 1.0]])
    error = measured._Posterior.error

    def steps(self, u):
        gap = (u - 0.1) * (u - 0.45) * (u - 0.7)
        return np.array([1 - gap / 2, 1 + gap / 2])

    def step_gradient(self, u):
        return np.eye(2)[:, :, None] * np.ones(u.size)


def test_of_several_crossings_the_attracting_one_nearest_the_middle_is_given():
    """Fieller's ends solve |G| = z·√(1e-6 + 1e-6 − 2·0.5e-6); w = 2 + 4u."""
    report = measured._Report.__new__(measured._Report)
    report.posterior, report.confidence, report.notes = CubicGap(), 0.95, []
    report.origin, report.span = 2.0, 4.0
    report.family = ExponentialStep()
    value, low, high = report._symmetric_point(0.0, 1.0)
    assert value == pytest.approx(2 + 4 * 0.7)
    for end, sign in ((low, -1), (high, 1)):
        up, down = report.posterior.steps((end - 2) / 4)
        assert down - up == pytest.approx(sign * 1.959964e-3, rel=1e-2)
    assert any("cross 3 times" in note for note in report.notes)


def test_a_periodic_disturbance_fits_no_candidate():
    """A tone of twice the read noise: the portmanteau statistic exceeds its limit ten-fold."""
    table = simulate(soft_up, soft_down, 150, read=0.02, seed=15)
    tone = 0.06 * np.sin(np.arange(150) * 2.0)
    fit = fit_pulses(PulseTable(table.up + tone, table.down + tone, "tone"), degree=1)
    assert fit.goodness < 1e-6
    assert any(note.startswith("No candidate fits") for note in fit.notes)


def test_ljung_box_by_hand():
    """n = 10 at lags 1 and 2 (m = n/5), one column, nothing fitted."""
    e = np.array([1.0, -2.0, 0.5, 1.5, -1.0, 0.3, 2.0, -0.7, 0.1, -1.2])
    r1, r2 = (np.dot(e[k:], e[:-k]) / np.dot(e, e) for k in (1, 2))
    statistic = 10 * 12 * (r1**2 / 9 + r2**2 / 8)
    assert measured._ljung_box([e], 0) == pytest.approx(math.exp(-statistic / 2))


# ------------------------------------------------------------------ options and edges


@pytest.mark.parametrize("degree", [0, 13, 2.5, True, "3"])
def test_bad_degree(degree):
    with pytest.raises(InputError, match="whole number from 1 to 12"):
        fit_pulses(simulate(soft_up, soft_down, 40, read=0.02), degree=degree)


@pytest.mark.parametrize("confidence", [0.5, 1.0, 95, math.nan])
def test_bad_confidence(confidence):
    with pytest.raises(InputError, match=r"not between 0\.5 and 1"):
        fit_pulses(simulate(soft_up, soft_down, 40, read=0.02), confidence=confidence)


def test_confidence_widens_the_intervals():
    table = simulate(soft_up, soft_down, 120, cycle=0.003, read=0.02, seed=16)
    narrow, wide = (fit_pulses(table, degree=1, confidence=c) for c in (0.8, 0.99))
    ratio = stats.norm.ppf(0.995) / stats.norm.ppf(0.9)
    width = [np.diff(f.band(0.1)[:2])[0] for f in (narrow, wide)]
    assert width[1] / width[0] == pytest.approx(ratio, rel=1e-6)
    assert wide.symmetric_point.low < narrow.symmetric_point.low
    assert wide.cycle_noise_interval[1] > narrow.cycle_noise_interval[1]


def test_columns_of_different_length_and_the_fewest_pulses():
    table = simulate(soft_up, soft_down, 120, cycle=0.002, read=0.02, seed=17)
    fit = fit_pulses(PulseTable(table.up, table.down[:30], "short"), degree=2)
    assert fit.family == "Bernstein degree 2"
    assert fit.response.range[0] < 0.0 < fit.response.range[1]


def test_noiseless_readings():
    """Steps without any noise: found to 1 % and no warning from a vanishing variance."""
    fit = fit_pulses(simulate(soft_up, soft_down, 60), degree=1)
    assert relative_error(fit, soft_up, soft_down) < 0.01


def test_the_fit_is_deterministic():
    table = simulate(soft_up, soft_down, 60, cycle=0.003, read=0.02, seed=18)
    assert fit_pulses(table, degree=1).response.up == fit_pulses(table, degree=1).response.up


def test_degree_elevation_keeps_the_polynomial():
    coefficients = np.array([[0.2, 1.0, 0.4, 2.0]])
    raised = pulse_likelihood._elevate(coefficients)
    u = np.linspace(0, 1, 9)

    def value(c):
        d = c.shape[1] - 1
        return sum(c[0, k] * math.comb(d, k) * u**k * (1 - u) ** (d - k) for k in range(d + 1))

    assert raised.shape == (1, 5)
    np.testing.assert_allclose(value(raised), value(coefficients), rtol=1e-12)


# ------------------------------------------------------------------ the measured device


def measured_file():
    root = Path(__file__).resolve().parents[2]
    folder = Path(os.environ.get("ANALOGTHEORY_DATA", root.parent / "shared" / "data"))
    return folder / "reram_pulse_response_gong2018.csv"


@pytest.fixture(scope="module")
def reram():
    path = measured_file()
    if not path.is_file():
        pytest.skip(f"measured data not found: set ANALOGTHEORY_DATA to the folder of {path.name}")
    return fit_pulses(read_pulse_table(path))


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
