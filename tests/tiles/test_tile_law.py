"""What the pulses of a tile do to its weights: families, noise, and the law of one cell."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from analogtheory import responses
from analogtheory.algorithms import analog_sgd
from analogtheory.noise import Gaussian, NoNoise
from analogtheory.objectives import ScalarQuadratic
from analogtheory.philox import normal_pairs
from analogtheory.responses.response import Response
from analogtheory.simulation import simulate
from analogtheory.simulation.fidelity import Fidelity
from analogtheory.stationary import stationary_law
from analogtheory.tiles.tile import Tile

from .sampling import bernstein, is_binomial

Array = NDArray[np.float64]

DW = 0.02
FAMILIES = tuple(family.name for family in responses.families())
PARAMETERS: dict[str, dict[str, float]] = {
    "power": {"gamma_res": 2.5, "tau": 0.7},
    "pow-step": {"gamma_up": 1.7, "gamma_down": 0.6, "scale_up": 1.2, "w_max": 0.8},
    "linear": {"c": 0.2, "tau": 0.9},
    "soft-bounds": {"scale_up": 0.8, "w_max": 0.7, "reference": 0.1},
    "linear-step": {"gamma_up": 1.4, "gamma_down": 0.2, "w_min": -0.6},
}


def device(name: str) -> Response:
    return responses.get(name, **PARAMETERS.get(name, {}))


def pulsed(
    response: Response, w: Array, sign: Any, xi: list[Array], sigma: float, multiplicative: bool
) -> Array:
    """Pulses one after the other, as 2502.06309 eqs. (3), (26) and facts 3.4 state them."""
    low, high = response.range
    for noise in xi:
        q = np.where(sign > 0, response.q_up(w), response.q_down(w))
        change = q * (1 + sigma * noise) if multiplicative else q + sigma * noise
        w = np.clip(w + sign * DW * change, low, high)
    return w


# ---------------------------------------------------------------------- each family


@pytest.mark.parametrize("name", FAMILIES)
def test_pulses_of_every_family_against_a_loop(name: str) -> None:
    """Without noise, and with the noise read from its documented address: to rounding.

    A tile evaluates exp(γ(aw + b)) as exp(h₁w + h₀): |exponent| ≤ 14 units of 2⁻⁵³ a pulse.
    """
    response, stream, seed = device(name), 3, 2**33 + 1
    low, high = response.range
    start = np.linspace(low, high, 41) * np.ones((2, 1))
    d, sign = np.array([-1.0, 1.0]), np.array([[1.0], [-1.0]])  # first row up, second down
    for sigma, multiplicative, count in ((0.0, True, 7), (0.8, True, 7), (0.8, False, 7)):
        settings: dict[str, Any] = {
            "dw_min": DW, "cycle_noise": sigma, "multiplicative_noise": multiplicative,
            "write_noise": 0.0, "seed": seed, "stream": stream, "backend": "numpy",
        }  # fmt: skip
        cells = np.arange(82).reshape(2, 41)
        # counter: vector 1, cell, stream 16·tile + 2, ⌊pulse/2⌋ of problem 0
        pairs = [normal_pairs(seed, 1, cells, 2 + 16 * stream, k // 2)[k % 2] for k in range(count)]
        expected = pulsed(response, start, sign, pairs, sigma, multiplicative)
        for dtype, tolerance in (("float64", 1e-14), ("float32", 3e-6)):
            tile = Tile(response, (2, 41), dtype=dtype, **settings)
            tile.set_weights(start)
            tile.update(np.ones(41), d, count * DW, train="deterministic")
            if dtype == "float32" and sigma:
                continue  # single precision draws other normal numbers, see the next test
            assert np.abs(tile.weights - expected).max() < tolerance
            assert tile.pulses == 82 * count
    assert np.ptp(expected - start) > DW


@pytest.mark.parametrize("multiplicative", [True, False])
@pytest.mark.parametrize("name", FAMILIES)
def test_mean_and_variance_of_every_family(name: str, multiplicative: bool) -> None:
    """Three pulses with σ_c = ½ in single precision, against the exact law of the loop.

    The exact mean, variance and fourth moment: the plain loop on 16³ Gauss-Hermite nodes.
    Bernstein intervals for 60 000 cells, error probability 5e-7 each: they see a mean off by
    3 % of a standard deviation, and a variance off by 7 %.
    """
    response, sigma, count = device(name), 0.5, 60_000
    low, high = response.range
    start = low + 0.45 * (high - low)
    nodes, weights = np.polynomial.hermite_e.hermegauss(16)
    weights = weights / weights.sum()
    grid = [np.array(x) for x in zip(*itertools.product(nodes, repeat=3), strict=True)]
    chance = np.prod(list(itertools.product(weights, repeat=3)), axis=1)
    w = pulsed(response, np.full(chance.shape, start), 1.0, grid, sigma, multiplicative)
    mean = float(chance @ w)
    variance, fourth = float(chance @ (w - mean) ** 2), float(chance @ (w - mean) ** 4)
    tile = Tile(
        response, (count, 1, 1), dw_min=DW, cycle_noise=sigma, write_noise=0.0, seed=21,
        multiplicative_noise=multiplicative, backend="numpy",
    )  # fmt: skip
    tile.set_weights(start)
    tile.update([1.0], [-1.0], 3 * DW, train="deterministic")
    found = tile.weights.ravel().astype(np.float64)
    # |ξ| ≤ 6.76 in single precision: three pulses move by at most 11.7 of their standard
    # deviations at equal q, and by less than 14 with the q that they meet
    width = 14 * np.sqrt(variance)
    assert np.abs(found - mean).max() < width
    off = bernstein(variance, width, count, 5e-7)
    assert abs(found.mean() - mean) < off + 1e-6
    assert off < 0.03 * np.sqrt(variance)
    off = bernstein(fourth - variance**2, width**2, count, 5e-7)
    assert abs(((found - mean) ** 2).mean() - variance) < off + 1e-8
    assert off < 0.07 * variance


# ---------------------------------------------------------------------- one cell


def test_one_update_has_the_exact_law_of_the_binomial_train() -> None:
    """A 1×1 tile without noise: w after n pulses with probability Binomial(31, k/31)(n).

    With one cell X·D = max: management gives p = q = √(k/BL) for k ≤ BL and p = 1, q = k/BL
    cut to 1 beyond, so that a slot coincides with probability min(1, k/BL) whatever x and d;
    without BL management BL = 31: the train of `simulate`, Binomial(31, min(1, k/31)).
    The weights are those of a loop to 1e-15, the frequency of each count within its exact
    binomial interval: error probability below 1e-6, shifts above .02 of a probability seen.
    """
    response = responses.get("linear", tau=0.7)
    for k, x in ((2.4, 0.1), (40.0, 3.0)):
        tile = Tile(response, (16_384, 1, 1), dw_min=DW, dtype="float64", backend="numpy", seed=5)
        tile.set_weights(0.3)
        tile.update([x], [k * DW / (x * 0.1)], 0.1, length_management=False)
        reached = [0.3]
        for _ in range(31):
            reached.append(max(reached[-1] - DW * (1 + reached[-1] / 0.7), -0.7))
        law = stats.binom(31, min(k / 31, 1.0)).pmf(np.arange(32))
        found = tile.weights.ravel()
        for weight, chance in zip(reached, law, strict=True):
            hits = int((np.abs(found - weight) < 1e-13).sum())
            if k < 31:
                assert is_binomial(hits, found.size, float(chance), 1e-6 / 32)
            else:
                assert hits == (found.size if weight == reached[31] else 0)
        assert min(np.abs(found[:, None] - reached).min(axis=1)) < 1e-13


def test_stationary_law_of_one_cell_is_that_of_the_scalar_dynamics() -> None:
    """Analog SGD by pulses of .02 with σ_c = .3: the exact stationary law of `pulsed`.

    Means of w, (w − m)², (w − m)⁴ and cos 3w over 32 768 independent cells, known to 1e-9
    without sampling. Each Bernstein interval misses with probability 2e-7; they see 4 % of
    a standard deviation in the mean and 7 % of the variance, which is .0085 without pulses
    (averaged) and with rounded counts, and .0106 with binomial counts. 150 steps: the mean
    forgets its start like (1 − α(1 + E|g|/τ))ᵏ < 1e-10.
    """
    lr, dw, sigma, n = 0.1, 0.02, 0.5, 32_768
    device = responses.get("soft-bounds", w_max=0.7, w_min=-0.7)
    dynamics = analog_sgd(device, ScalarQuadratic(1, 0.3), Gaussian(sigma), lr=lr)
    law = stationary_law(dynamics, fidelity=Fidelity("pulsed", dw, 0.3, 31, True))
    tile = Tile(device, (n, 1, 1), dw_min=dw, cycle_noise=0.3, seed=9)
    tile.set_weights(0.2)
    source = np.random.default_rng(17)
    for _ in range(150):
        gradient = tile.weights - 0.3 + sigma * source.normal(size=(n, 1, 1))
        tile.update([1.0], gradient, lr, length_management=False)
    found, mean = tile.weights.ravel().astype(np.float64), law.mean("W").value
    observables: tuple[tuple[Callable[[Array], Array], float], ...] = (
        (lambda w: w, 1.4),
        (lambda w: (w - mean) ** 2, 1.0),
        (lambda w: (w - mean) ** 4, 1.0),
        (lambda w: np.cos(3 * w), 2.0),
    )
    for observable, width in observables:
        exact = law.expectation(observable)
        assert exact.error < 1e-9
        square = law.expectation(lambda w, f=observable: f(w) ** 2).value
        allowed = bernstein(square - exact.value**2, width, n, 2e-7)
        assert abs(observable(found).mean() - exact.value) < allowed + 1e-6
    spread = law.expectation(lambda w: (w - mean) ** 2).value
    assert bernstein(2 * spread**2, 1.0, n, 2e-7) < 0.08 * spread
    rounded = stationary_law(dynamics, fidelity="rounded", dw_min=dw, cycle_noise=0.3)
    other = rounded.expectation(lambda w: w**2).value - rounded.mean("W").value ** 2
    assert spread > 1.2 * other


def test_one_step_has_the_same_law_as_the_simulated_scalar() -> None:
    """The exact mean of one pulsed step of a linear device, by a tile and by `simulate`.

    E w⁺ = τ − (τ − w)(1 − p + pa)^31 with a = 1 − Δw_min/τ; both Bernstein intervals miss
    with probability 5e-7 and see 3 % of the step.
    """
    n, p, a = 20_000, 2.5 / 31, 1 - DW / 0.7
    exact = 0.7 * (1 - (1 - p + p * a) ** 31)
    square = 0.49 * (1 - 2 * (1 - p + p * a) ** 31 + (1 - p + p * a**2) ** 31)
    linear = responses.get("linear", tau=0.7)
    tile = Tile(linear, (n, 1, 1), dw_min=DW, backend="numpy", seed=6)
    tile.update([1.0], [-0.5], 0.1, length_management=False)
    dynamics = analog_sgd(linear, ScalarQuadratic(1, 0.5), NoNoise(), lr=0.1)
    scalar = simulate(dynamics, trajectories=n, steps=1, fidelity="pulsed", dw_min=DW)
    allowed = bernstein(square - exact**2, 0.7, n, 5e-7)
    assert allowed < 0.03 * exact
    for weights in (tile.weights, scalar.final["W"]):
        assert abs(weights.mean() - exact) < allowed


# ---------------------------------------------------------------------- expected updates


@pytest.mark.parametrize("name", FAMILIES)
def test_expected_updates_are_the_averaged_dynamics(name: str) -> None:
    """W ← clip(W + Δ·F(W) − |Δ|·G(W)), 2502.06309 eq. (5), vector after vector."""
    response = device(name)
    low, high = response.range
    source = np.random.default_rng(4)
    x, d = source.normal(size=(3, 9)), source.normal(size=(3, 7))
    w = source.uniform(low, high, (7, 9))
    tile = Tile(response, (7, 9), dw_min=0.013, write_noise=0.0, dtype="float64", backend="numpy")
    tile.set_weights(w)
    tile.update(x, d, 0.1, train="expected")
    for column, row in zip(x, d, strict=True):
        change = -0.1 * np.outer(row, column)
        w = np.clip(w + change * response.F(w) - np.abs(change) * response.G(w), low, high)
    assert np.abs(tile.weights - w).max() < 1e-14
    assert tile.pulses == 0
    assert tile.vectors == 3


def test_expected_updates_follow_the_simulated_scalar() -> None:
    response = device("power")
    dynamics = analog_sgd(response, ScalarQuadratic(1, 0.5), NoNoise(), lr=0.2)
    result = simulate(dynamics, trajectories=1, steps=20, backend="numpy")
    for backend in ("numpy", "numba"):
        tile = Tile(response, (1, 1), dw_min=0.013, dtype="float64", backend=backend)
        for _ in range(20):
            tile.update([1.0], tile.weights[0] - 0.5, 0.2, train="expected")
        assert tile.weights[0, 0] == pytest.approx(result.final["W"][0], rel=1e-13)
