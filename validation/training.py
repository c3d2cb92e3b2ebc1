"""In-memory SGD on a linear regression: the law of the final weights over many tiles."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from analogtheory.tiles import Tile
from validation.devices import FAMILIES, Pair
from validation.peer import PeerTile
from validation.rows import AGREE, ERROR, Row, against_each_other

TILES, STEPS, LINES = 150, 200, 6
LR, CYCLE_NOISE, LABEL_NOISE = 0.1, 0.3, 0.3

Array = NDArray[np.float64]


def compared() -> list[Row]:
    """Rows for every step equation."""
    return [row for pair in FAMILIES for row in _rows(pair)]


class Task:
    """y = W*x + noise, with vectors of its own for each tile; the same for both packages."""

    def __init__(self) -> None:
        generator = np.random.default_rng(3)
        self.teacher: Array = generator.uniform(-0.3, 0.4, (LINES, LINES))
        self.x: Array = generator.uniform(-1, 1, (STEPS, TILES, LINES))
        noise = LABEL_NOISE * generator.standard_normal(self.x.shape)
        self.y: Array = np.einsum("ij,stj->sti", self.teacher, self.x) + noise


def _rows(pair: Pair) -> list[Row]:
    task = Task()
    a, b = (f(pair, task) - task.teacher for f in (ours, theirs))
    label = pair.label
    return [
        against_each_other("training", label, "mean error", a.mean((1, 2)), b.mean((1, 2))),
        against_each_other(
            "training", label, "mean square error", (a**2).mean((1, 2)), (b**2).mean((1, 2))
        ),
        _cells(label, a, b),
        _law(label, a, b),
    ]


def _cells(label: str, a: Array, b: Array) -> Row:
    """The cell whose mean differs most, as |t|; one error probability for all cells."""
    difference = a - b
    t = difference.mean(0) / (difference.std(0, ddof=1) / np.sqrt(TILES))
    worst = np.unravel_index(np.abs(t).argmax(), t.shape)
    return against_each_other(
        "training", label, "mean of the worst cell", a[:, *worst], b[:, *worst],
        ERROR / LINES**2,
    )  # fmt: skip


def _law(label: str, a: Array, b: Array) -> Row:
    """Kolmogorov–Smirnov, one cell of each tile; ours and theirs are the medians.

    The two share their data, so that they are not independent: the test then errs less
    often than stated, not more.
    """
    one, two = a[:, 0, 0], b[:, 0, 0]
    found = stats.ks_2samp(one, two)
    verdict = AGREE if found.pvalue > ERROR else "differ"
    quantity = f"law of one cell (KS p = {found.pvalue:.2g})"
    return Row(
        "training", label, quantity, float(np.median(one)), float(np.median(two)), None,
        float(np.sqrt(-np.log(ERROR / 2) / TILES)), verdict,
    )  # fmt: skip


def ours(pair: Pair, task: Task) -> Array:
    """Final weights, (tile, row, column); all tiles in one call a step."""
    tile = Tile(
        pair.response(), (TILES, LINES, LINES), dw_min=pair.dw_min, cycle_noise=CYCLE_NOISE,
        multiplicative_noise=pair.multiplicative, seed=2,
    )  # fmt: skip
    for x, y in zip(task.x, task.y, strict=True):
        error = np.einsum("tij,tj->ti", tile.weights.astype(float), x) - y
        tile.update(x[:, None], error[:, None], LR)
    return np.asarray(tile.weights, dtype=float)


def theirs(pair: Pair, task: Task) -> Array:
    """The same by tiles of aihwkit, one after the other, each with a table of its own."""
    weights = [_their_tile(pair, task.x[:, k], task.y[:, k]) for k in range(TILES)]
    return np.array(weights, dtype=float)


def _their_tile(pair: Pair, inputs: Array, targets: Array) -> Any:
    tile = PeerTile(LINES, LINES, pair.peer, pair.theirs(CYCLE_NOISE))
    tile.set_weights(np.zeros((LINES, LINES)))
    for x, y in zip(inputs, targets, strict=True):
        tile.update(x, tile.weights @ x - y, LR * pair.granularity)
    return tile.weights
