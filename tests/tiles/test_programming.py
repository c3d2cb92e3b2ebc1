"""Pulses of changing direction take every cell to its symmetric point."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from analogtheory import responses
from analogtheory.responses.response import Response
from analogtheory.tiles.tile import Tile

Array = NDArray[np.float64]

SHAPE = (48, 40)
CELLS = 48 * 40
DW = 0.02


def cells(name: str) -> Response:
    """A response whose cells have symmetric points all over the middle of the range."""
    source = np.random.default_rng(6)

    def spread(low: float, high: float) -> Array:
        return source.uniform(low, high, SHAPE)

    if name == "soft-bounds":
        return responses.get(
            name, w_max=spread(0.5, 1.2), w_min=-spread(0.5, 1.2), scale_up=spread(0.8, 1.2)
        )
    if name == "linear":
        return responses.get(name, c=spread(-0.4, 0.4), tau=spread(0.7, 1.2))
    return responses.get(
        name, A_up=spread(0.2, 0.4), A_down=spread(0.2, 0.4), gamma_up=2.0, gamma_down=2.0,
        a=1.0, b=0.0,
    )  # fmt: skip


def local(response: Response, points: Array) -> tuple[Array, Array]:
    """q(w⋄) and b = 1/G′(w⋄): there a pulse pair moves w − w⋄ by −(Δw_min/b)(w − w⋄) each."""
    slope = (response.G(points + 1e-6) - response.G(points - 1e-6)) / 2e-6
    return response.q_up(points), 1.0 / slope


# ---------------------------------------------------------------------- alternating


@pytest.mark.parametrize("multiplicative", [True, False])
@pytest.mark.parametrize("name", ["soft-bounds", "linear", "exp-step"])
def test_cells_end_at_their_symmetric_points(name: str, multiplicative: bool) -> None:
    """|w − w⋄| ≤ Δw/2 + 3 standard deviations for all but .27 % of the cells.

    The standard deviation is σ√(Δw b/2)·(1 − Δw/2b)^(−½), Δw = Δw_min·q(w⋄) and with
    additive noise σ/q(w⋄) for σ: the variance of x ← (1 − Δw/b)x + Δw σξ. The mean after a
    down pulse lies at most Δw/2 off, so that a cell is outside with probability ≤ .0027 (of
    the linear law; .0035 is allowed for the curvature of exp-step): at most as many of the
    1920 independent cells as the exact binomial law exceeds with probability 1e-6. Cells
    whose noise were 1.4 times larger would be seen: 3.4 % outside.
    """
    response, sigma = cells(name), 0.3
    tile = Tile(
        response, SHAPE, dw_min=DW, cycle_noise=sigma, multiplicative_noise=multiplicative,
        backend="numpy", seed=31,
    )  # fmt: skip
    points = tile.symmetric_points
    assert np.abs(response.G(points)).max() < 1e-12
    assert points.std() > 0.03
    tile.set_weights(np.where(np.arange(SHAPE[1]) % 2 == 0, 0.4, -0.4))
    tile.program_symmetric_point(600)
    assert tile.pulses == 600 * CELLS
    q, b = local(response, points)
    step, relative = DW * q, sigma / (1.0 if multiplicative else q)
    # 2502.06309's b is that of w ↦ ±Δw(1 ∓ w/b): relative to the step at the symmetric point
    b = b * q
    deviation = relative * np.sqrt(step * b / 2) / np.sqrt(1 - step / (2 * b))
    assert np.max((1 - step / b) ** 600) < 1e-3
    away = np.abs(tile.weights - points)
    outside = int((away > step / 2 + 3 * deviation).sum())
    limit = stats.binom(CELLS, 0.0035 if name == "exp-step" else 0.0027).isf(1e-6)
    assert outside <= limit
    assert stats.binom(CELLS, 2 * stats.norm.sf(3 / 1.4)).cdf(limit) < 1e-3
    # nor are they suspiciously close: half of N(m, s²), |m| ≤ Δw/2, lies beyond .6 s
    assert int((away > 0.5 * deviation).sum()) > CELLS / 2


def test_without_noise_a_linear_cell_is_left_half_a_pulse_below() -> None:
    """Alternating pulses of a linear device have an exact cycle: ±b·h/(2 − h), h = Δw_min/b."""
    tile = Tile(responses.get("linear", tau=0.8), (3, 3), dw_min=DW, backend="numpy")
    tile.set_weights(0.5)
    tile.program_symmetric_point(1000)
    h = DW / 0.8
    assert tile.weights == pytest.approx(-0.8 * h / (2 - h), abs=1e-6)
    tile.program_symmetric_point(1)
    assert tile.weights == pytest.approx(0.8 * h / (2 - h), abs=1e-6)


def test_alternating_pulses_are_the_exact_gaussian_recursion() -> None:
    """20 pulses of soft bounds with additive noise: w is exactly N(m, v), cell by cell.

    w ← (1 − h±)w ± Δw(1 ± …): m and v by recursion. The largest of 1920 |z| stays below
    6.4 with error 5e-7 (a union bound), and the distribution function of all z within the
    Dvoretzky-Kiefer-Wolfowitz band of error 5e-7, ±.063: a shift of the mean by .16 or
    of the scale by 30 % is seen.
    """
    response = cells("soft-bounds")
    tile = Tile(
        response, SHAPE, dw_min=DW, cycle_noise=0.3, multiplicative_noise=False,
        dtype="float64", backend="numpy", seed=32,
    )  # fmt: skip
    tile.program_symmetric_point(20)
    mean, variance = np.zeros(SHAPE), np.zeros(SHAPE)
    for k in range(20):
        sign = 1 if k % 2 == 0 else -1
        q = response.q_up if sign > 0 else response.q_down
        slope = q(np.ones(SHAPE)) - q(np.zeros(SHAPE))
        mean, variance = (
            mean + sign * DW * q(mean),
            (1 + sign * DW * slope) ** 2 * variance + (DW * 0.3) ** 2,
        )
    z = ((tile.weights - mean) / np.sqrt(variance)).ravel()
    assert np.abs(z).max() < 6.4
    band = math.sqrt(math.log(2 / 5e-7) / (2 * CELLS))
    assert stats.kstest(z, "norm").statistic < band


# ---------------------------------------------------------------------- random order


def test_random_order_has_the_exact_mean_and_spread_of_its_walk() -> None:
    """w ← (1 − h)w + s·Δw_min on the symmetric linear device, s = ±1 fair: h = Δw_min/b.

    Without cycle noise w is Σ ±Δw_min(1 − h)ʲ: sub-Gaussian with its own variance v =
    Δw_min²/(1 − (1 − h)²), a sum of independent signs. 2048 independent 1×1 tiles: no
    |w| above 6.6 √v (error 6e-7), the mean within 5.5 √(v/2048) (error 4e-8) and w² within
    the Bernstein interval for numbers below 43 v (error 3e-7, ±25 %).
    """
    b = 0.8
    tile = Tile(responses.get("linear", tau=b), (2048, 1, 1), dw_min=DW, backend="numpy", seed=33)
    tile.program_symmetric_point(400, "random")
    w, h = tile.weights.ravel().astype(np.float64), DW / b
    v = DW**2 / (1 - (1 - h) ** 2)
    assert np.abs(w).max() < 6.6 * math.sqrt(v)
    assert abs(w.mean()) < 5.5 * math.sqrt(v / w.size)
    assert (w**2).mean() == pytest.approx(v, rel=0.25)
    # with σ = .3 the variance is 1 + σ² times larger, and the rule of the issue holds
    noisy = Tile(
        "linear", (2048, 1, 1), dw_min=DW, cycle_noise=0.3, multiplicative_noise=False,
        backend="numpy", seed=34,
    )  # fmt: skip
    noisy.program_symmetric_point(500, "random")
    deviation = math.sqrt(1.09) * math.sqrt(DW / 2) / math.sqrt(1 - DW / 2)
    outside = int((np.abs(noisy.weights) > DW / 2 + 3 * deviation).sum())
    assert outside <= stats.binom(2048, 0.0027).isf(1e-6)


def test_random_directions_are_fair_and_pairwise_independent() -> None:
    """Exact binomial intervals for 20 directions and the 190 pairs of them: error 1e-7.

    512 problems of 4×4 cells, and the first row once more: each cell goes up as often as
    not, and any two cells, or two pulses of a cell, go the same way half of the time; .14
    off is seen.
    """
    tile = Tile("ideal", (512, 4, 4), dw_min=0.25, backend="numpy", seed=35)
    tile.program_symmetric_point(1, "random")
    first = tile.weights.reshape(512, 16) > 0
    tile.set_weights(0.0)
    tile.program_symmetric_point(1, "random")
    up = np.concatenate([first, tile.weights[:, 0] > 0], axis=1)
    law = stats.binom(512, 0.5)
    low, high = law.ppf(2e-10), law.isf(2e-10)
    assert np.all((up.sum(axis=0) >= low) & (up.sum(axis=0) <= high))
    for i in range(20):
        for j in range(i):
            assert low <= int((up[:, i] == up[:, j]).sum()) <= high


# ---------------------------------------------------------------------- around it


@pytest.mark.parametrize("order", ["alternating", "random"])
def test_programming_may_be_split_anywhere(order: str) -> None:
    first = 7
    together, apart = (Tile("linear", (3, 4), dw_min=DW, backend="numpy") for _ in range(2))
    for tile in (together, apart):
        for _ in range(first):
            tile.update(np.ones(4), np.ones(3), 0.05)
    together.program_symmetric_point(520, order)
    for count in (1, 300, 219):
        apart.program_symmetric_point(count, order)
    assert together.weights.tobytes() == apart.weights.tobytes()
    assert together.vectors == apart.vectors == first + 520


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_zero_shift_makes_every_weight_zero(dtype: str) -> None:
    tile = Tile(
        cells("soft-bounds"), SHAPE, dw_min=DW, cycle_noise=0.3, dtype=dtype, backend="numpy",
        reference=0.05,
    )  # fmt: skip
    before = tile.symmetric_points + 0.05
    tile.program_symmetric_point(11)
    conductances = tile.conductances
    assert tile.weights.any()
    tile.zero_shift()
    assert not tile.weights.any()
    assert np.array_equal(tile.conductances, conductances)
    assert tile.symmetric_points == pytest.approx(before - conductances, abs=1e-12)
    assert not tile.forward(np.ones(SHAPE[1])).any()
    tile.set_weights(0.1)
    assert tile.conductances == pytest.approx(
        np.clip(conductances + 0.1, tile.low[0], tile.high[0]), abs=1e-6
    )
