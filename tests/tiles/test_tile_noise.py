"""Cycle-to-cycle noise has no bias, within a tile and from one block of pulses to the next."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from analogtheory import responses
from analogtheory.errors import InputError
from analogtheory.tiles.tile import Tile

Array = NDArray[np.float64]

TILES, BLOCKS, PULSES = 64, 12, 32_768


def scores_of_tiles(backend: str) -> Array:
    """√32768 times the mean of ξ over 32768 pulses: one row a block, one column a tile.

    Read off soft bounds that are so wide that the step is constant to 2⁻²⁴: 2048 cells take
    16 pulses of Δw_min(1 + ξ) each.
    """
    step = 2.0**-8
    tile = Tile(
        responses.get("soft-bounds", w_max=2.0**20, w_min=-(2.0**20)), (TILES, 32, 64),
        dw_min=step, cycle_noise=1.0, seed=41, backend=backend,
    )  # fmt: skip
    rows = []
    for _ in range(BLOCKS):
        tile.set_weights(0.0)
        tile.update(np.ones(64), -np.ones(32), 16 * step, train="deterministic")
        mean = tile.weights.astype(np.float64).mean(axis=(1, 2)) / (16 * step) - 1.0
        rows.append(mean * np.sqrt(PULSES))
    assert tile.pulses == BLOCKS * TILES * PULSES
    return np.array(rows)


def scores_of_a_fixed_table() -> Array:
    """The same, where a tile draws from a table of 32768 normal numbers that it keeps.

    The mean of a block is the table's own, a N(0, 1/32768) number m, and the chance of
    drawing from it: √32768·(m + N(0, 1/32768)).
    """
    source = np.random.default_rng(42)
    own = source.normal(size=TILES)
    return own + source.normal(size=(BLOCKS, TILES))


def tails(scores: Array) -> dict[str, tuple[float, float]]:
    """Lower and upper tail of two statistics that are exactly χ² for fresh N(0, 1) noise.

    persistent: 12·(mean over the blocks)² summed over the tiles, χ² with 64 degrees;
    spread: the variance within a tile, χ² with 64·11 degrees.
    """
    mean = scores.mean(axis=0)
    persistent, within = BLOCKS * (mean**2).sum(), ((scores - mean) ** 2).sum()
    found = {}
    for name, value, degrees in (
        ("persistent", persistent, TILES),
        ("spread", within, TILES * (BLOCKS - 1)),
    ):
        law = stats.chi2(degrees)
        found[name] = float(law.cdf(value)), float(law.sf(value))
    return found


def test_the_noise_of_a_tile_has_no_bias_at_the_size_of_the_table_of_the_peer() -> None:
    """facts 3.2: the peer's table of 32768 numbers gives each tile a bias of .0055 that stays.

    64 tiles, 12 blocks of 32768 pulses each: 25 million pulses. Under fresh noise both
    statistics lie in their central interval with error 4e-7 each. A bias per tile of
    N(0, .0055²) multiplies `persistent` by 13: it is found (the control below); one of .0022
    would be as well. The mean over all tiles: |z| < 5, error 6e-7 of a Gaussian, sees a
    common bias of 3.2e-5 per pulse.
    """
    scores = scores_of_tiles("numba")
    for name, both in tails(scores).items():
        assert min(both) > 1e-7, name
    assert abs(scores.mean() * np.sqrt(scores.size)) < 5.0
    control = tails(scores_of_a_fixed_table())
    assert control["persistent"][1] < 1e-50
    assert min(control["spread"]) > 1e-7


def test_no_number_is_used_twice() -> None:
    """Two tiles of one seed, 20 vectors, 60 cells of two problems: 2400 different ξ.

    They are read with 40 bits or more: two of them agree by chance with probability 1e-6.
    """
    step = 2.0**-8
    seen = []
    for stream in (0, 1):
        tile = Tile(
            responses.get("ideal", tau=100.0), (2, 5, 6), dw_min=step, cycle_noise=1.0,
            stream=stream, dtype="float64", backend="numpy",
        )  # fmt: skip
        for _ in range(20):
            tile.set_weights(0.0)
            tile.update(np.ones(6), -np.ones(5), step, train="deterministic")
            seen.append(tile.weights.ravel())
    numbers = np.concatenate(seen)
    assert len(np.unique(numbers)) == numbers.size == 2400


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_pulses_cells_and_vectors_are_uncorrelated(dtype: str) -> None:
    """Normalised sums of ξ over pulses, vectors, columns, rows and problems are N(0, 1).

    The sum of their squares is χ² with 8192 degrees or more: seven intervals of error 1e-7,
    which see correlations above .09 of the numbers that are added.
    """
    step, tau = 2.0**-8, 100.0
    tile = Tile(
        responses.get("ideal", tau=tau), (8, 64, 64), dw_min=step, cycle_noise=1.0,
        dtype=dtype, backend="numpy", seed=43,
    )  # fmt: skip
    noise = []
    for count in (1, 1, 8):
        tile.set_weights(0.0)
        tile.update(np.ones(64), -np.ones(64), count * step, train="deterministic")
        noise.append(tile.weights.astype(np.float64) / step - count)
    first, second, eight = noise
    sums = {
        "pulses": eight / np.sqrt(8),
        "vectors": (first + second) / np.sqrt(2),
        "columns": (first[:, :, ::2] + first[:, :, 1::2]) / np.sqrt(2),
        "rows": (first[:, ::2] + first[:, 1::2]) / np.sqrt(2),
        "problems": (first[::2] + first[1::2]) / np.sqrt(2),
        "four": first.reshape(8, 64, 16, 4).sum(axis=3) / 2,
        "alone": first,
    }
    for name, values in sums.items():
        square = float((values**2).sum())
        law = stats.chi2(values.size)
        assert min(law.cdf(square), law.sf(square)) > 5e-8, name


def test_trains_longer_than_their_noise_has_addresses_are_refused() -> None:
    tile = Tile("ideal", (1, 1), dw_min=0.01, cycle_noise=0.3, dtype="float64", backend="numpy")
    tile.update([1.0], [1.0], 0.1, pulses=512)
    with pytest.raises(InputError, match="at most 512 slots, got 513"):
        tile.update([1.0], [1.0], 0.1, pulses=513)


def test_long_trains_do_not_use_the_numbers_of_the_next_problem() -> None:
    """The noise of pulses 513 to 560 of a problem is not that of the first 48 of the next one."""
    reached = []
    for count in (48, 512, 560):
        tile = Tile(
            responses.get("ideal", tau=100.0), (2, 1, 1), dw_min=2.0**-6, cycle_noise=1.0,
            backend="numpy",
        )  # fmt: skip
        tile.update([1.0], [-1.0], count * 2.0**-6, train="deterministic", pulses=1000)
        assert tile.pulses == 2 * count
        reached.append(tile.weights.ravel())
    assert abs((reached[2] - reached[1])[0] - reached[0][1]) > 1e-3
    assert abs((reached[2] - reached[1])[0] - reached[0][0]) > 1e-3
