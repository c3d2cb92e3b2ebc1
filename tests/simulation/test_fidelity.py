"""Each fidelity against a pulse-by-pulse oracle, closed forms and exact count laws."""

import math
from statistics import NormalDist

import numpy as np
import pytest
from scipy import stats

from analogtheory.errors import InputError
from analogtheory.responses.formulas import WEIGHT
from analogtheory.responses.response import Response
from analogtheory.simulation import Fidelity
from analogtheory.simulation.device import Device
from analogtheory.simulation.execution import Draws, update
from analogtheory.simulation.fidelity import MOST_PULSES, binomial_inverse, pulse_counts

#: Uniform numbers and normal numbers of the oracle tests, by hand: weight i, pulse j.
UNIFORM = np.array([0.02, 0.97, 0.4, 0.61, 0.5, 0.83])
WEIGHTS = np.array([0.1, -0.35, 0.62, -0.69, 0.0, 0.33])
CHANGES = np.array([0.053, -0.031, 0.24, -0.0449, 0.0, -0.4])
DW = 0.02


def normal(pulse, where):
    grid = (0.13 + 0.31 * np.arange(6) + 0.173 * pulse) % 1.0
    return np.array(
        [NormalDist().inv_cdf(u) if on else 0.0 for u, on in zip(grid, where, strict=True)]
    )


def never():
    raise AssertionError("nothing is to be drawn")


def no_noise(pulse, where):
    raise AssertionError("no noise was asked for")


# ---------------------------------------------------------------------- oracle


def counts_by_hand(kind, x, u, length):
    if kind == "ceiling":
        return math.ceil(x)
    if kind == "rounded":
        return math.floor(x) + (1 if u < x - math.floor(x) else 0)
    return int(stats.binom.ppf(u, length, min(1.0, x / length)))


def fire_by_hand(w, change, count, i, tau, sigma, multiplicative):
    sign = 1 if change > 0 else -1
    was_clipped = False
    for j in range(count):
        q = 1 - sign * w / tau
        xi = float(normal(j, np.ones(6, dtype=bool))[i])
        size = q * (1 + sigma * xi) if multiplicative else q + sigma * xi
        target = w + sign * DW * size
        w = min(max(target, -tau), tau)
        was_clipped = was_clipped or w != target
    return w, was_clipped


@pytest.mark.parametrize("multiplicative", [False, True])
@pytest.mark.parametrize("sigma", [0.0, 0.6])
@pytest.mark.parametrize("kind", ["ceiling", "rounded", "pulsed"])
def test_pulses_agree_with_the_oracle(linear, kind, sigma, multiplicative):
    fidelity = Fidelity(
        kind, DW, sigma, train_length=12, multiplicative_noise=multiplicative, one_by_one=True
    )
    draws = Draws(lambda: UNIFORM, normal, never)
    done = update(WEIGHTS, CHANGES, Device.of(linear("0.7")), fidelity, draws)
    for i, (w, change) in enumerate(zip(WEIGHTS, CHANGES, strict=True)):
        count = counts_by_hand(kind, abs(change) / DW, UNIFORM[i], 12)
        expected, was_clipped = fire_by_hand(w, change, count, i, 0.7, sigma, multiplicative)
        assert done.pulses[i] == count
        assert done.weights[i] == pytest.approx(expected, abs=1e-15)
        assert done.clipped[i] == was_clipped
    assert done.truncated.tolist() == [kind == "pulsed" and abs(c) > 12 * DW for c in CHANGES]


@pytest.mark.parametrize("kind", ["averaged", "ceiling", "rounded", "pulsed"])
def test_no_random_number_is_drawn_without_need(linear, kind):
    fidelity = Fidelity(kind, DW)
    uniform = never if kind in ("averaged", "ceiling") else (lambda: UNIFORM)
    update(WEIGHTS, CHANGES, Device.of(linear()), fidelity, Draws(uniform, no_noise, never))


def test_averaged_update_is_the_formula_and_is_clipped(power):
    weights = np.array([0.2, 0.2, -0.5, -0.5, 0.3, 0.5])
    change = np.array([0.1, -0.1, 0.1, -0.1, 0.0, 5.0])
    draws = Draws(never, no_noise, never)
    up, down = (1 - weights / 0.8) ** 3, (1 + weights / 0.8) ** 3
    shift = np.where(change > 0, change * up, change * down)
    done = update(weights, change, Device.of(power), Fidelity("averaged"), draws)
    assert done.weights == pytest.approx(weights + shift, abs=1e-15)
    assert not done.clipped.any()
    assert not done.pulses.any()
    assert not done.truncated.any()
    far = update(weights, 40 * change, Device.of(power), Fidelity("averaged"), draws)
    assert far.clipped.tolist() == [True, True, True, False, False, True]
    assert far.weights[far.clipped].tolist() == [0.8, -0.8, 0.8, 0.8]
    assert far.weights[3] == pytest.approx(-0.5 + 40 * shift[3], abs=1e-14)


@pytest.mark.parametrize("one_by_one", [True, False])
@pytest.mark.parametrize("count", [1, 7, 40])
@pytest.mark.parametrize("sign", [1, -1])
def test_n_pulses_of_the_linear_device_in_closed_form(linear, count, sign, one_by_one):
    # w_n = ±τ + (w₀ ∓ τ)(1 − Δw_min/τ)ⁿ
    weights = np.linspace(-0.7, 0.7, 9)
    change = np.full(9, sign * (count - 0.5) * 0.01)
    fidelity = Fidelity("ceiling", 0.01, one_by_one=one_by_one)
    draws = Draws(never, no_noise, never)
    done = update(weights, change, Device.of(linear("0.7")), fidelity, draws)
    expected = sign * 0.7 + (weights - sign * 0.7) * (1 - 0.01 / 0.7) ** count
    assert done.weights == pytest.approx(expected, abs=2e-15 * count)
    assert done.pulses.tolist() == [count] * 9


def test_a_negative_response_moves_the_weight_the_other_way():
    response = Response(0 * WEIGHT - 2, 0 * WEIGHT + 1, -1, 1)
    weights = np.array([0.25])
    for kind, moved in (("averaged", 0.05), ("ceiling", 0.05)):
        fidelity = Fidelity(kind, 0.1)
        draws = Draws(never, no_noise, never)
        done = update(weights, np.array([0.1]), Device.of(response), fidelity, draws)
        assert done.weights[0] == pytest.approx(moved, abs=1e-15)


# ---------------------------------------------------------------------- count laws


def test_ceiling_counts_do_not_count_rounding_errors():
    wanted = np.array([0.0, 0.05, 1.0, 0.14 / 0.02, 3.0000001, 0.6 / 0.2])
    assert wanted[3] > 7.0 > 3.0 > wanted[5]  # the quotients of the doubles
    counts, truncated = pulse_counts(wanted, Fidelity("ceiling", 0.1), never)
    assert counts.tolist() == [0, 1, 1, 7, 4, 3]
    assert not truncated.any()


@pytest.mark.parametrize("wanted", [0.0, 0.3, 1.0, 2.75, 30.5])
@pytest.mark.parametrize("kind", ["rounded", "pulsed"])
def test_mean_and_variance_of_the_count(kind, wanted):
    # midpoint rule over u: a step function of height 1 per jump errs by at most 1/(2M) a jump
    grid = (np.arange(20_000) + 0.5) / 20_000
    fidelity = Fidelity(kind, 0.1)
    counts, _ = pulse_counts(np.full(grid.shape, wanted), fidelity, lambda: grid)
    fraction = wanted % 1
    variance = fraction * (1 - fraction) if kind == "rounded" else wanted * (1 - wanted / 31)
    assert abs(counts.mean() - wanted) <= 31 / 40_000
    assert abs(((counts - wanted) ** 2).mean() - variance) <= 31**2 / 20_000 * 0.5 + 1e-12


def test_a_train_cuts_what_it_cannot_carry():
    wanted = np.array([7.999, 8.0, 8.001, 1e9])
    fidelity = Fidelity("pulsed", 0.1, train_length=8)
    counts, truncated = pulse_counts(wanted, fidelity, lambda: np.full(4, 0.5))
    assert truncated.tolist() == [False, False, True, True]
    assert counts.tolist() == [8, 8, 8, 8]


@pytest.mark.parametrize("length", [1, 2, 31, 200, 1000])
@pytest.mark.parametrize("p", [0.0, 1e-9, 0.03, 0.4999, 0.5, 0.5001, 0.9, 1 - 1e-9, 1.0])
def test_binomial_inversion_against_scipy(length, p):
    cumulative = stats.binom.cdf(np.arange(length + 1), length, p)
    grid = (np.arange(4001) + 0.5) / 4001
    grid = np.concatenate([[2.0**-53], grid, [1 - 1e-9]])
    near = np.abs(cumulative[:, None] - grid).min(axis=0) < 1e-11
    expected = np.minimum(np.searchsorted(cumulative, grid, side="left"), length)
    found = binomial_inverse(grid, length, np.full(grid.shape, p))
    assert np.array_equal(found[~near], expected[~near])
    assert near.sum() <= 3  # u = 1e-16, 1 − 1e-9 and the middle may touch the law's jumps


def test_binomial_inversion_at_exact_ties():
    # p = 1/2, BL = 2: jumps at 1/4, 3/4; p = 3/4: at 1/16, 7/16 (counted by failures)
    u = np.array([0.25, 0.2501, 0.75, 0.7501])
    assert binomial_inverse(u, 2, np.full(4, 0.5)).tolist() == [0, 1, 1, 2]
    u = np.array([0.0625, 0.0626, 0.4375, 0.4376])
    assert binomial_inverse(u, 2, np.full(4, 0.75)).tolist() == [0, 1, 1, 2]


# ---------------------------------------------------------------------- bad inputs


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("exact", 0.1),
            r"fidelity 'exact': unknown; use one of averaged, ceiling, rounded, pulsed",
        ),
        (("pulsed",), r"fidelity 'pulsed': needs dw_min"),
        (("pulsed", 0.0), r"dw_min: must be a positive number, got 0.0"),
        (("averaged", -1.0), r"dw_min: must be a positive number"),
        (("pulsed", math.nan), r"dw_min: must be a positive number"),
        (("pulsed", "0.1"), r"dw_min: must be a positive number"),
        (("pulsed", True), r"dw_min: must be a positive number"),
        (("pulsed", 0.1, -0.1), r"cycle_noise: must be a number ≥ 0"),
        (("pulsed", 0.1, math.inf), r"cycle_noise: must be a number ≥ 0"),
        (("averaged", None, 0.1), r"cycle_noise: fidelity 'averaged' has no pulses"),
        (("pulsed", 0.1, 0.0, 0), r"train_length: must be from 1 to 1000, got 0"),
        (("pulsed", 0.1, 0.0, 1001), r"train_length: must be from 1 to 1000, got 1001"),
        (("pulsed", 0.1, 0.0, 2.5), r"train_length: must be a whole number from 1 to 1000"),
        (("pulsed", 0.1, 0.0, 31, 1), r"multiplicative_noise: must be True or False, got 1"),
        (("pulsed", 0.1, 0.0, 31, False, "no"), r"one_by_one: must be True or False, got 'no'"),
    ],
)
def test_bad_fidelities(arguments, message):
    with pytest.raises(InputError, match=rf"^{message}[^\n]*$"):
        Fidelity(*arguments)


@pytest.mark.parametrize("length", [1, np.int64(1000)])
def test_shortest_and_longest_train(length):
    fidelity = Fidelity("pulsed", np.float64(0.1), 0, train_length=length)
    assert (type(fidelity.train_length), fidelity.train_length) == (int, length)
    assert (type(fidelity.dw_min), type(fidelity.cycle_noise)) == (float, float)


def test_averaged_has_no_pulse_size():
    assert Fidelity("averaged").dw_min is None
    with pytest.raises(InputError, match="has no pulses"):
        _ = Fidelity("averaged").pulse


@pytest.mark.parametrize("kind", ["ceiling", "rounded"])
def test_absurd_numbers_of_pulses_are_refused(kind):
    fidelity = Fidelity(kind, 1e-9)
    counts, _ = pulse_counts(np.array([float(MOST_PULSES)]), fidelity, lambda: np.array([0.5]))
    assert counts.tolist() == [MOST_PULSES]
    with pytest.raises(InputError, match=r"^dw_min: 1e-09 is too small[^\n]*$"):
        pulse_counts(np.array([MOST_PULSES + 1.0]), fidelity, lambda: np.array([0.5]))


@pytest.mark.parametrize("change", [math.nan, math.inf])
@pytest.mark.parametrize("kind", ["averaged", "pulsed"])
def test_a_change_that_is_not_finite_is_not_hidden_by_clipping(linear, kind, change):
    with pytest.raises(FloatingPointError):
        update(
            np.zeros(2),
            np.array([0.1, change]),
            Device.of(linear()),
            Fidelity(kind, 0.1),
            Draws(lambda: np.full(2, 0.5), no_noise, never),
        )
