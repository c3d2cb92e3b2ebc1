"""One pulse from a grid of weights, without noise: the step equations."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analogtheory.tiles import Tile
from validation.devices import FAMILIES, Pair, presets
from validation.peer import PeerTile
from validation.rows import Row, against_exact

GRID = 401

#: Units in the last place of the largest weight that single precision may cost.
ROUNDINGS = 2.0

#: Probabilities above 1: the one slot of the train fires for certain.
_CERTAIN = 100.0


def compared() -> list[Row]:
    """A row for each device and direction."""
    pairs = [(pair, "steps") for pair in FAMILIES]
    pairs += [(pair, "steps, calibrated") for pair in presets()]
    return [_row(pair, part, up) for pair, part in pairs for up in (True, False)]


def _row(pair: Pair, part: str, up: bool) -> Row:
    low, high = pair.ends()
    grid = np.linspace(low, high, GRID, dtype=np.float32)
    d = [-1.0 if up else 1.0]
    exact = ours(pair, grid, d, "float64")
    unit = float(np.spacing(np.float32(max(-low, high))))
    off = [
        float(np.abs(moved - exact).max()) / unit
        for moved in (ours(pair, grid, d, "float32"), theirs(pair, grid, d))
    ]
    quantity = f"{'up' if up else 'down'}, largest error (ulp)"
    return against_exact(part, pair.label, quantity, (off[0], off[1]), 0.0, (ROUNDINGS, ROUNDINGS))


def ours(pair: Pair, grid: NDArray[np.float32], d: list[float], dtype: str) -> NDArray[np.floating]:
    """The weights after one pulse on each."""
    tile = Tile(pair.response(), (1, grid.size), dw_min=pair.dw_min, dtype=dtype, cycle_noise=0.0,
                write_noise=0.0)  # fmt: skip
    tile.set_weights(grid)
    lr = _CERTAIN * pair.dw_min
    tile.update(np.ones(grid.size), d, lr, pulses=1, management=False, length_management=False)
    return tile.weights[0]


def theirs(pair: Pair, grid: NDArray[np.float32], d: list[float]) -> NDArray[np.floating]:
    """The same by aihwkit, whose presets bring their own pulse size."""
    parameters = pair.theirs()
    if "Preset" in pair.peer:
        del parameters["dw_min"]
    tile = PeerTile(
        1, grid.size, pair.peer, parameters, pulses=1, management=False, length_management=False
    )
    tile.set_weights(grid[None])
    tile.update(np.ones(grid.size), d, _CERTAIN * pair.dw_min * max(pair.granularity, 1.0))
    return tile.weights[0]
