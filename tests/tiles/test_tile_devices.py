"""The devices of a tile: variation, stuck cells, references, write noise; saving and going on."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from analogtheory import responses
from analogtheory.philox import normal_pairs
from analogtheory.responses.calibration import draw_cells
from analogtheory.tiles.tile import Tile

from .sampling import is_binomial

Array = NDArray[np.float64]

CALIBRATED = tuple(f.name for f in responses.families() if f.calibration is not None)


def made(*shape: int, **settings: Any) -> Tile:
    settings = {"dw_min": 0.01, "backend": "numpy", "dtype": "float64", **settings}
    return Tile(settings.pop("response", "soft-bounds"), shape, **settings)


def is_normal(z: Array) -> bool:
    """Whether independent numbers may be N(0, 1): χ² of the squares, the sum, and DKW.

    Error probability 3e-7 together. 4096 numbers show a shift of .08, a scale off by 6 %
    and a distribution function off by .045.
    """
    square = stats.chi2(z.size)
    is_wide = min(square.cdf((z**2).sum()), square.sf((z**2).sum())) > 5e-8
    is_centred = 2 * stats.norm.sf(abs(z.sum()) / math.sqrt(z.size)) > 1e-7
    band = math.sqrt(math.log(2 / 1e-7) / (2 * z.size))
    return bool(is_wide and is_centred and stats.kstest(z, "norm").statistic < band)


def sizes(tile: Tile) -> tuple[Array, Array]:
    """The first up and the first down pulse of every cell, from weight 0."""
    found = []
    for d in (-1.0, 1.0):
        tile.set_weights(0.0)
        tile.update(np.ones(tile.shape[-1]), d * np.ones(tile.shape[-2]), 1.0, pulses=1,
                    train="deterministic")  # fmt: skip
        found.append(np.abs(tile.weights))
    return found[0], found[1]


# ---------------------------------------------------------------------- variation


def test_the_spread_of_pulse_sizes() -> None:
    """dw_min: |1 + sξ| with one ξ for both directions; log_dw_min: exp(sξ)."""
    up, down = sizes(made(64, 64, response="ideal", device_variation={"dw_min": 0.2}))
    assert np.array_equal(up, down)
    assert is_normal(((up / 0.01 - 1) / 0.2).ravel())
    up, down = sizes(made(64, 64, response="ideal", device_variation={"log_dw_min": 0.2}))
    assert np.array_equal(up, down)
    assert is_normal((np.log(up / 0.01) / 0.2).ravel())


def test_wide_spreads_are_folded() -> None:
    """|1 + ξ|: P(1 + ξ < 0) = Φ(−1) = .159, and no pulse goes backwards."""
    up, _ = sizes(made(64, 64, response="ideal", device_variation={"dw_min": 1.0}))
    z = np.sort(up.ravel() / 0.01)
    folded = stats.norm.cdf(z - 1) - stats.norm.cdf(-z - 1)
    steps = np.arange(z.size + 1) / z.size
    distance = max(np.abs(folded - steps[1:]).max(), np.abs(folded - steps[:-1]).max())
    assert distance < math.sqrt(math.log(2 / 1e-7) / (2 * z.size))  # DKW, error 1e-7
    tile = made(64, 64, response="ideal", device_variation={"dw_min": 1.0})
    tile.update(np.ones(64), np.ones(64), 0.01)
    assert np.all(tile.weights <= 0)


def test_up_and_down_vary_against_each_other() -> None:
    up, down = sizes(made(64, 64, response="ideal", device_variation={"up_down": 0.1}))
    assert up + down == pytest.approx(0.02, abs=1e-15)
    assert is_normal(((up - down) / 0.01 / 2 / 0.1).ravel())
    both = {"dw_min": 0.2, "up_down": 0.1}
    up, down = sizes(made(64, 64, response="ideal", device_variation=both))
    gain, tilt = (up + down) / 0.02, (up - down) / 0.02
    assert is_normal(((gain - 1) / 0.2).ravel())
    assert is_normal((tilt / 0.1).ravel())
    assert is_normal(((gain - 1) / 0.2 + tilt / 0.1).ravel() / math.sqrt(2))  # independent


def test_bounds_and_parameters_vary_each_by_itself() -> None:
    tile = made(64, 64, response="linear-step", device_variation={"bounds": 0.1, "gamma_up": 0.3})
    high, low = np.asarray(tile.high), np.asarray(tile.low)
    z = [((high - 1) / 0.1).ravel(), ((-low - 1) / 0.1).ravel()]
    gamma = tile.response.parameters["gamma_up"]
    z.append(((gamma / 0.5 - 1) / 0.3).ravel())
    for one in z:
        assert is_normal(one)
    assert is_normal((z[0] + z[1] + z[2]) / math.sqrt(3))
    assert np.ndim(tile.response.parameters["gamma_down"]) == 0
    # a parameter keeps its sign, and one of value 0 gets spread·ξ
    wide = made(64, 64, response="linear", device_variation={"tau": 1.0, "c": 0.01})
    assert wide.response.parameters["tau"].min() > 0
    assert is_normal((wide.response.parameters["c"] / 0.01).ravel())


def test_the_reference_varies_in_units_of_the_weight() -> None:
    tile = made(64, 64, device_variation={"reference": 0.02}, reference=0.1)
    assert is_normal(((tile.reference - 0.1) / 0.02).ravel())
    assert tile.conductances == pytest.approx(tile.reference[0], abs=1e-15)
    assert np.abs(tile.weights).max() == 0.0
    assert tile.symmetric_points == pytest.approx(-tile.reference[0], abs=1e-12)


def test_variation_depends_on_seed_and_stream_only() -> None:
    spreads = {"dw_min": 0.2, "bounds": 0.1}
    found = [
        made(4, 5, device_variation=spreads, **address).high.astype(np.float32).tobytes()
        for address in ({}, {"seed": 1}, {"stream": 1}, {"dtype": "float32"})
    ]
    assert found[0] == found[3]
    assert len(set(found)) == 3
    # one more spread does not change the others
    more = made(4, 5, device_variation={**spreads, "up_down": 0.1, "reference": 0.01})
    assert more.high.astype(np.float32).tobytes() == found[0]


@pytest.mark.parametrize("name", CALIBRATED)
def test_calibrated_cells_have_the_law_of_draw_cells(name: str) -> None:
    """Two-sample Kolmogorov-Smirnov for every parameter: 4096 cells of a tile and 4096 drawn.

    Two empirical distribution functions differ by more than 2√(ln(4/ε)/2n) with probability
    ε = 1e-7 at most (DKW for each): .093, a shift of .23 standard deviations.
    """
    tile = Tile(name, (4, 32, 32), device_variation="calibrated", backend="numpy", seed=8)
    drawn = draw_cells(responses.get(name), (64, 64), seed=1234)
    names = {key for key, value in drawn.parameters.items() if np.ndim(value)}
    assert names == {k for k, v in tile.response.parameters.items() if np.ndim(v)}
    band = 2 * math.sqrt(math.log(4 / 1e-7) / (2 * 4096))
    for key in sorted(names):
        found = tile.response.parameters[key]
        assert found.shape == (4, 32, 32)
        distance = stats.ks_2samp(found.ravel(), drawn.parameters[key].ravel()).statistic
        assert distance < band, key
        assert np.unique(found[0]).size == np.unique(found[1]).size > 1 or np.ptp(found) == 0
    figures = responses.get(name).calibration
    assert figures is not None
    assert (float(tile.dw_min), tile.write_noise) == (figures.dw_min, figures.write_noise)


# ---------------------------------------------------------------------- stuck cells


def test_stuck_cells() -> None:
    """Share .1 ± .029 of 4096 (exact binomial, error 1e-6), uniform in ±.01 (DKW, 1e-6)."""
    tile = made(64, 64, corrupt=0.1, cycle_noise=0.5, multiplicative_noise=False, seed=3)
    stuck = np.asarray(tile.high == tile.low)
    assert is_binomial(int(stuck.sum()), 4096, 0.1, 1e-6)
    values = tile.weights[stuck]
    band = math.sqrt(math.log(2 / 1e-6) / (2 * values.size))
    assert stats.kstest(values, stats.uniform(-0.01, 0.02).cdf).statistic < band
    assert np.all(tile.weights[~stuck] == 0.0)
    tile.update(np.ones((9, 64)), np.ones((9, 64)), 0.05)
    tile.program_symmetric_point(3)
    tile.update(np.ones(64), np.ones(64), 0.05, train="expected")
    assert np.array_equal(tile.weights[stuck], values)
    assert np.all(tile.weights[~stuck] != 0.0)
    assert tile.set_weights(0.5) == stuck.sum()
    assert np.array_equal(tile.weights[stuck], values)
    all_stuck = made(3, 3, corrupt=1.0, corrupt_reach=0.5)
    assert np.all(np.asarray(all_stuck.low == all_stuck.high))
    assert np.abs(all_stuck.weights).max() > 0.02
    none = made(3, 3, corrupt=0.0)
    assert np.all(np.asarray(none.low) < none.high)


def test_stuck_cells_and_spreads_are_drawn_apart() -> None:
    tile = made(64, 64, corrupt=0.5, device_variation={"dw_min": 0.2}, seed=3, response="ideal")
    stuck = np.asarray(tile.high == tile.low)
    gain = tile.response.parameters["gain_up"][0]
    assert is_normal(((gain - 1) / 0.2)[~stuck])


# ---------------------------------------------------------------------- references and weights


def test_weights_are_conductances_less_references() -> None:
    tile = made(2, 3, reference=[[0.1, 0.2, -0.3]])
    assert tile.set_weights(0.4) == 0
    assert tile.conductances == pytest.approx(np.array([[0.5, 0.6, 0.1]] * 2), abs=1e-15)
    assert tile.weights == pytest.approx(0.4, abs=1e-15)
    tile.update([1.0, 0.0, 0.0], [1.0, 0.0], 0.01)  # one down pulse at w = .5
    assert tile.conductances[0, 0] == pytest.approx(0.5 - 0.01 * 1.5, abs=1e-15)
    assert tile.weights[0, 0] == pytest.approx(0.4 - 0.015, abs=1e-15)
    assert tile.forward([1.0, 1.0, 1.0])[1] == pytest.approx(1.2, abs=1e-12)


def test_weights_beyond_the_range_are_counted_and_cut() -> None:
    tile = made(2, 2, reference=0.25, dtype="float32")
    assert tile.set_weights([[0.75, 0.76], [-1.25, -1.3]]) == 2
    assert tile.weights.tolist() == [[0.75, 0.75], [-1.25, -1.25]]
    copy = tile.weights
    copy[:] = 7.0
    assert tile.weights.max() == 0.75
    batch = made(3, 1, 2)
    assert batch.set_weights([2.0, 0.0]) == 3
    assert batch.set_weights(np.full((3, 1, 2), -2.0)) == 6


def test_cells_whose_range_excludes_zero_start_at_its_end() -> None:
    tile = Tile(
        responses.get("soft-bounds", reference=np.array([[0.0, -1.5]])), (1, 2), dw_min=0.01,
        backend="numpy",
    )  # fmt: skip
    assert tile.weights.tolist() == [[0.0, 0.5]]  # the second cell holds 0.5 to 2.5


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_weights_read_from_a_tile_fit_it(dtype: str) -> None:
    """0.6 is no binary number: an end of the range in single precision is within the range."""
    tile = made(2, 2, response=responses.get("soft-bounds", w_max=0.6, w_min=-0.7), dtype=dtype)
    assert tile.set_weights(5.0) == 4
    assert tile.set_weights(tile.weights) == 0


# ---------------------------------------------------------------------- write noise


def test_write_noise_is_seen_and_not_stored() -> None:
    """Visible − stored = σ_w·Δw_min·ξ, ξ ~ N(0, 1): error 3e-7, see `is_normal`."""
    step = np.array([0.001, 0.002])
    tile = made(2, 64, 64, dw_min=step, write_noise=2.0, seed=6)
    x, d = np.ones(64), -np.ones(64)
    x[::2] = 0.0

    def noise() -> Array:
        return (tile.weights - tile.conductances) / (2.0 * step[:, None, None])

    before = noise()
    assert is_normal(before.ravel())
    assert np.array_equal(tile.weights, tile.weights)
    tile.update(x, d, 0.003)
    after = noise()
    # only the pulsed cells are drawn anew
    assert before[:, :, ::2] == pytest.approx(after[:, :, ::2], abs=1e-9)
    assert is_normal(after[:, :, 1::2].ravel())
    assert is_normal((before + after)[:, :, 1::2].ravel() / math.sqrt(2))
    tile.update(np.zeros(64), d, 0.003)
    assert np.array_equal(noise(), after)
    # the pulses act on what is stored
    plain = made(2, 64, 64, dw_min=step, write_noise=0.0, seed=6)
    plain.update(x, d, 0.003)
    plain.update(np.zeros(64), d, 0.003)
    assert tile.conductances == pytest.approx(plain.weights, abs=1e-14)


def test_write_noise_has_the_documented_address() -> None:
    """Counter: last vector that pulsed the cell (or 2³¹ + writes), cell, 16·tile + 3, problem."""
    tile = made(2, 3, 4, write_noise=1.0, seed=2**33 + 5, stream=6, first_problem=9)
    tile.update(np.eye(4)[:2], np.ones((2, 3)), 0.01)
    last = np.full((3, 4), 2**31 + 1)
    last[:, 0], last[:, 1] = 1, 2
    cells, problems = np.arange(12).reshape(3, 4), (9 + np.arange(2))[:, None, None] * 256
    xi = normal_pairs(2**33 + 5, last, cells, 3 + 16 * 6, problems)[0]
    assert tile.weights == pytest.approx(tile.conductances + 0.01 * xi, abs=1e-15)


def test_setting_weights_draws_write_noise_anew() -> None:
    tile = made(3, 4, write_noise=1.0)
    seen = []
    for _ in range(2):
        tile.update(np.ones(4), np.ones(3), 0.01)
        seen.append(tile.weights - tile.conductances)
        tile.set_weights(0.0)
        seen.append(tile.weights - tile.conductances)
    tile.set_weights(0.0)
    seen.append(tile.weights - tile.conductances)
    assert len(np.unique(np.round(seen, 12))) == 5 * 12


# ---------------------------------------------------------------------- noise of the cycle


def test_noise_may_differ_from_problem_to_problem() -> None:
    tile = made(2, 64, 64, response="ideal", cycle_noise=[0.1, 0.4])
    tile.update(np.ones(64), -np.ones(64), 0.01)
    for weights, sigma in zip(tile.weights, (0.1, 0.4), strict=True):
        assert is_normal(((weights / 0.01 - 1) / sigma).ravel())


def test_calibrated_devices_bring_their_figures() -> None:
    tile = Tile("reram-sb", (64, 64), write_noise=0.0, dtype="float64", backend="numpy")
    tile.update(np.ones(64), -np.ones(64), 0.002)
    assert is_normal(((tile.weights / 0.002 - 1) / 3.75).ravel())  # additive


@pytest.mark.parametrize("multiplicative", [True, False])
def test_noise_scales_with_the_size_of_the_pulses_of_a_cell(multiplicative: bool) -> None:
    """facts 3.4 and theory 1.5: the noise of a cell is its own pulse size times σ_c ξ."""
    tile = made(
        64, 64, response="ideal", device_variation={"log_dw_min": 1.0}, cycle_noise=0.5,
        multiplicative_noise=multiplicative, reference=0.0,
    )  # fmt: skip
    size = 0.01 * tile.response.parameters["gain_up"][0]
    tile.update(np.ones(64), -np.ones(64), 0.01, pulses=1, train="deterministic")
    inside = np.abs(tile.weights) < 1
    assert is_normal(((tile.weights / size - 1) / 0.5)[inside & (size < 0.2)])


# ---------------------------------------------------------------------- state


@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_a_restored_tile_goes_on_with_the_same_bits(backend: str) -> None:
    settings: dict[str, Any] = {
        "cycle_noise": 0.3, "dtype": "float32", "backend": backend,
        "write_noise": 1.0 if backend == "numpy" else 0.0,
        "device_variation": {"dw_min": 0.2} if backend == "numpy" else None,
    }  # fmt: skip
    one, other = made(3, 4, **settings), made(3, 4, **settings)
    source = np.random.default_rng(2)
    x, d = source.normal(size=(7, 4)), source.normal(size=(7, 3))
    one.update(x, d, 0.05)
    one.zero_shift()
    state = one.state()
    kept = {name: value.copy() for name, value in state.items()}
    other.restore(state)
    assert one.weights.tobytes() == other.weights.tobytes()
    for tile in (one, other):
        tile.update(x, d, 0.05, pulses=3)
        tile.program_symmetric_point(3, "random")
    assert one.weights.tobytes() == other.weights.tobytes()
    for name in ("vectors", "pulses", "truncated"):
        assert getattr(one, name) == getattr(other, name)
    assert one.truncated > 0
    for name, value in kept.items():
        assert np.array_equal(state[name], value)  # a state does not change with the tile
    assert one.symmetric_points == pytest.approx(other.symmetric_points)
