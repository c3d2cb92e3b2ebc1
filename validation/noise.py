"""One noisy pulse, over many tiles: mean, standard deviation, and what a tile is off by."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from analogtheory.tiles import Tile
from validation.devices import FAMILIES, Pair
from validation.peer import PeerTile
from validation.rows import ERROR, Row, against_exact, half_width

TILES, CELLS, REPEATS = 60, 2000, 50

CYCLE_NOISE = 0.3

#: Of aihwkit on the CPU.
TABLE = 32768

#: From here no pulse ends at a bound.
START = 0.1

#: Single precision of a weight near START, relative to a step, times its bias from rounding.
_ROUNDING = 2e-6


def compared() -> list[Row]:
    """Rows for every step equation."""
    return [row for pair in FAMILIES for row in _rows(pair)]


def _rows(pair: Pair) -> list[Row]:
    """Steps are in units of the noise-free step; σ is relative to that too."""
    step = pair.dw_min * float(pair.response().q_up(START))
    sigma = CYCLE_NOISE * (1.0 if pair.multiplicative else pair.dw_min / step)
    samples = [f(pair) / step for f in (ours, theirs)]
    means = [sample.mean(axis=1) for sample in samples]
    deviations = [sample.std(axis=1, ddof=1) for sample in samples]
    return [
        _centred("mean step", pair.label, means, 1.0),
        _centred("standard deviation", pair.label, deviations, sigma),
        *_tile_spread(pair.label, means, sigma),
    ]


def _centred(quantity: str, case: str, values: list[NDArray[np.float64]], expected: float) -> Row:
    measured = float(values[0].mean()), float(values[1].mean())
    widths = half_width(values[0]) + _ROUNDING, half_width(values[1]) + _ROUNDING
    return against_exact("noise", case, quantity, measured, expected, widths)


def _tile_spread(case: str, means: list[NDArray[np.float64]], sigma: float) -> list[Row]:
    """Standard deviation of the means of tiles: sampling alone, or with a fixed table.

    Each is tested against its own law by χ² with TILES − 1 degrees of freedom.
    """
    sampling = sigma / math.sqrt(CELLS * REPEATS)
    fixed = math.hypot(sampling, sigma / math.sqrt(TABLE))
    found = [float(np.std(m, ddof=1)) for m in means]
    verdicts = [_within(value, law) for value, law in zip(found, (sampling, fixed), strict=True)]
    verdict = "agree" if all(verdicts) else "off its law"
    also = _within(found[1], sampling)
    note = "no table bias seen" if also else "known: fixed table of aihwkit"
    quantity = "std of a tile's mean"
    width = _upper(sampling) - sampling
    verdict = f"{verdict}; {note}" if verdict == "agree" else verdict
    return [Row("noise", case, quantity, found[0], found[1], sampling, width, verdict)]


def _within(value: float, law: float) -> bool:
    ratio = (TILES - 1) * (value / law) ** 2
    low, high = stats.chi2.ppf([ERROR / 2, 1 - ERROR / 2], TILES - 1)
    return bool(low <= ratio <= high)


def _upper(law: float) -> float:
    return law * math.sqrt(float(stats.chi2.isf(ERROR / 2, TILES - 1)) / (TILES - 1))


def ours(pair: Pair) -> NDArray[np.float64]:
    """Changes by single pulses up, (tile, draw)."""
    tile = Tile(
        pair.response(), (TILES, 1, CELLS), dw_min=pair.dw_min, cycle_noise=CYCLE_NOISE,
        multiplicative_noise=pair.multiplicative, seed=1,
    )  # fmt: skip
    changes = []
    for _ in range(REPEATS):
        tile.set_weights(START)
        tile.update(
            np.ones(CELLS), [-1.0], 100.0 * pair.dw_min, pulses=1, management=False,
            length_management=False,
        )  # fmt: skip
        changes.append(tile.weights[:, 0].astype(float) - float(np.float32(START)))
    return np.concatenate(changes, axis=1)


def theirs(pair: Pair) -> NDArray[np.float64]:
    """The same by tiles of aihwkit."""
    return np.array([_their_tile(pair) for _ in range(TILES)])


def _their_tile(pair: Pair) -> NDArray[np.float64]:
    tile = PeerTile(
        1, CELLS, pair.peer, pair.theirs(CYCLE_NOISE), pulses=1, management=False,
        length_management=False,
    )  # fmt: skip
    start, ones = np.full((1, CELLS), START), np.ones(CELLS)
    lr = 100.0 * pair.dw_min * max(pair.granularity, 1.0)
    changes = []
    for _ in range(REPEATS):
        tile.set_weights(start)
        tile.update(ones, [-1.0], lr)
        changes.append(tile.weights[0].astype(float) - float(np.float32(START)))
    return np.concatenate(changes)
