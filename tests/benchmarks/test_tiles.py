"""Pulsed updates of a tile, and scalar problems pulse by pulse, against NumPy and aihwkit.

All cells have parameters of their own, weights are clipped after each pulse, and trains
are drawn within the measurement. The contestants get the same vectors, rates and noise.
The peer is aihwkit, where it can be imported. ``table.py`` beside this file prints ratios.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from analogtheory.algorithms import analog_sgd
from analogtheory.noise import Gaussian
from analogtheory.objectives import ScalarQuadratic
from analogtheory.responses import get
from analogtheory.simulation import Fidelity, simulate
from analogtheory.tiles import Tile

HAS_PEER = importlib.util.find_spec("aihwkit") is not None

LINES, DW, CYCLE, TRAIN = 1024, 0.001, 0.3, 31

#: 2.5 pulses a cell on average where |x| and |d| are uniform on [0, 1].
LR = 0.01
#: 0.0025 pulses a cell.
SPARSE_LR = 1e-5

_REACH = {"w_max": 0.6, "w_min": -0.6}

#: Spread of the cells: pulse sizes, both bounds, the asymmetry.
VARIATION = {"dw_min": 0.3, "up_down": 0.01, "bounds": 0.3}


@dataclass(frozen=True)
class Device:
    """One device in the words of each contestant."""

    name: str
    parameters: dict[str, Any]
    peer: str
    peer_parameters: dict[str, Any]
    step: Callable[[Any, Any, Any, Any], Any]
    granularity: float = 1.0


def _soft(w: Any, up: Any, low: Any, high: Any) -> Any:
    return 1 - w / np.where(up, high, low)


def _exponential(w: Any, up: Any, low: Any, high: Any) -> Any:
    z = np.float32(0.488) * w / (high - low) + np.float32(0.2425)
    rate = np.where(up, np.float32(12.44625), np.float32(-12.78785))
    return np.maximum(1 - np.where(up, np.float32(0.00081), np.float32(0.36833)) * np.exp(rate * z),
                      0)  # fmt: skip


def _power(w: Any, up: Any, low: Any, high: Any) -> Any:
    return (np.where(up, high - w, w - low) / (high - low)) ** np.float32(2.3)


#: What aihwkit computes the trains of its exponential and power step with.
_EXP_SIZE = 1 - 0.36833 * float(np.exp(-12.78785 * 0.2425))

DEVICES = {
    device.name: device
    for device in (
        Device("soft-bounds", _REACH, "SoftBoundsDevice", {}, _soft),
        Device("exp-step", {}, "ExpStepDevice", {}, _exponential, _EXP_SIZE),
        Device(
            "pow-step", {**_REACH, "gamma_up": 2.3, "gamma_down": 2.3}, "PowStepDevice",
            {"pow_gamma": 2.3, "pow_gamma_dtod": 0.1}, _power, 0.5**2.3,
        ),
    )
}  # fmt: skip


def vectors(batch: int, lines: int = LINES) -> tuple[Any, Any]:
    """x and d, uniform on [−1, 1]; the largest of each is 1."""
    x, d = np.random.default_rng(5).uniform(-1, 1, (2, batch, lines))
    x[:, 0] = d[:, 0] = 1.0
    return x, d


def starting_weights(lines: int = LINES) -> Any:
    return np.random.default_rng(6).uniform(-0.2, 0.2, (lines, lines)).astype(np.float32)


# ---------------------------------------------------------------------- tiles


def ours(name: str, batch: int, lr: float = LR, lines: int = LINES) -> Callable[[], Any]:
    """The whole call of a batch; returns the tile."""
    device = DEVICES[name]
    variation = dict(VARIATION)
    if name == "pow-step":
        variation |= {"gamma_up": 0.1, "gamma_down": 0.1}
    tile = Tile(
        get(name, **device.parameters), (lines, lines), dw_min=DW, cycle_noise=CYCLE,
        device_variation=variation, backend="numba",
    )  # fmt: skip
    tile.set_weights(starting_weights(lines))
    x, d = vectors(batch, lines)

    def run() -> Tile:
        tile.update(x, d, lr, pulses=TRAIN)
        return tile

    return run


def peers(name: str, batch: int, lr: float = LR, lines: int = LINES) -> Callable[[], Any]:
    """The tile of aihwkit; its rate is scaled so that it expects as many pulses."""
    import torch
    from aihwkit.simulator.configs import SingleRPUConfig, devices
    from aihwkit.simulator.tiles import AnalogTile

    device = DEVICES[name]
    kind = getattr(devices, device.peer)
    config = SingleRPUConfig(device=kind(dw_min=DW, dw_min_std=CYCLE, **device.peer_parameters))
    owner = AnalogTile(lines, lines, config)
    owner.tile.set_weights(torch.from_numpy(starting_weights(lines)))
    owner.tile.set_learning_rate(lr * device.granularity)
    x, d = (torch.from_numpy(v.astype(np.float32)) for v in vectors(batch, lines))

    def run() -> Any:
        owner.tile.update(x, d, False)
        return owner

    return run


def by_hand(name: str, batch: int, lr: float = LR, lines: int = LINES) -> Callable[[], Any]:
    """NumPy on whole arrays: counts from packed trains, then pulse by pulse."""
    generator = np.random.Generator(np.random.SFC64(1))
    cells = (lines, lines)
    low, high = (
        (end * np.abs(1 + 0.3 * generator.standard_normal(cells))).astype(np.float32)
        for end in (-0.6, 0.6)
    )
    size = (DW * np.abs(1 + 0.3 * generator.standard_normal(cells))).astype(np.float32)
    w, (x, d) = np.clip(starting_weights(lines), low, high), vectors(batch, lines)
    step = DEVICES[name].step
    slots = np.arange(TRAIN, dtype=np.uint32)

    def bits(probabilities: Any, length: int) -> Any:
        fires = generator.random((probabilities.size, length), dtype=np.float32)
        packed = (fires < probabilities[:, None]) << slots[:length]
        return packed.sum(axis=1, dtype=np.uint32)

    def one_vector(x: Any, d: Any) -> None:
        length = min(int(np.ceil(lr / DW)), TRAIN)
        gain = np.sqrt(lr / (DW * length))  # the largest |x| and |d| are 1
        columns, rows = bits(gain * np.abs(x), length), bits(gain * np.abs(d), length)
        i, j = np.flatnonzero(rows), np.flatnonzero(columns)
        counts = np.bitwise_count(rows[i, None] & columns[j])
        a, b = np.nonzero(counts)
        left, place = counts[a, b], i[a] * lines + j[b]
        up = (d < 0)[i[a]] != (x < 0)[j[b]]
        now, below, above = (cell.ravel()[place] for cell in (w, low, high))
        change = np.where(up, size.ravel()[place], -size.ravel()[place])
        number = 0
        while place.size:
            number += 1
            xi = generator.standard_normal(place.size, dtype=np.float32)
            now += change * step(now, up, below, above) * (1 + np.float32(CYCLE) * xi)
            np.clip(now, below, above, out=now)
            go = left > number
            w.ravel()[place[~go]] = now[~go]
            place, now, below, above, up, change, left = (
                values[go] for values in (place, now, below, above, up, change, left)
            )

    def run() -> Any:
        for one_x, one_d in zip(x, d, strict=True):
            one_vector(one_x, one_d)
        return w

    return run


# ---------------------------------------------------------------------- scalar problems

PROBLEMS, STEPS = 4096, 1000
SIGMA, TARGET, RATE, BOUND, SCALAR_DW = 0.5, 0.3, 0.05, 0.7, 0.005

#: About one pulse an update.
FEW_DW = 0.02


def scalar_ours(
    dw: float = SCALAR_DW, dtype: str = "float32", scaling: bool = True
) -> Callable[[], Any]:
    """The whole call, as a user makes it; in single precision as the peer computes."""
    device = get("soft-bounds", w_max=BOUND, w_min=-BOUND)
    problem = analog_sgd(device, ScalarQuadratic(1.0, TARGET), Gaussian(SIGMA), lr=RATE)
    fidelity = Fidelity("pulsed", dw, CYCLE, train_length=TRAIN, multiplicative_noise=scaling)
    return lambda: simulate(
        problem, trajectories=PROBLEMS, steps=STEPS, fidelity=fidelity, backend="numba",
        dtype=dtype,
    )  # fmt: skip


def scalar_peers(
    dw: float = SCALAR_DW, steps: int = STEPS // 5, scaling: bool = True
) -> Callable[[], Any]:
    """4096 rows of one column as independent problems.

    Both managements are off and lr is BL·Δw_min, so that A = B = 1: x = 1 fires in every
    slot, and the train of row i fires with probability |d_i|. With d = −Δ/(BL·Δw_min) a row
    gets Binomial(BL, |Δ|/(BL·Δw_min)) pulses, independent of the others: the law of `pulsed`.
    """
    import torch
    from aihwkit.simulator.configs import SingleRPUConfig, devices
    from aihwkit.simulator.configs.utils import UpdateParameters
    from aihwkit.simulator.tiles import AnalogTile

    quiet = {"dw_min_dtod": 0, "up_down_dtod": 0, "w_max_dtod": 0, "w_min_dtod": 0}
    device = devices.SoftBoundsDevice(
        dw_min=dw, dw_min_std=CYCLE, w_max=BOUND, w_min=-BOUND, mult_noise=scaling, **quiet
    )
    update = UpdateParameters(desired_bl=TRAIN, update_management=False, update_bl_management=False)
    owner = AnalogTile(PROBLEMS, 1, SingleRPUConfig(device=device, update=update))
    tile, scale = owner.tile, TRAIN * dw
    tile.set_learning_rate(scale)
    one = torch.ones(1, 1)

    def run() -> Any:
        tile.set_weights(torch.zeros(PROBLEMS, 1))
        for _ in range(steps):
            d = tile.get_weights() - TARGET
            d += SIGMA * torch.randn(PROBLEMS, 1)
            d *= RATE / scale
            tile.update(one, d.T, False)
        return owner.tile.get_weights()

    return run


def scalar_by_hand(
    dw: float = SCALAR_DW, steps: int = STEPS // 20, scaling: bool = True
) -> Callable[[], Any]:
    """NumPy: binomial counts, then pulse by pulse those problems that have pulses left."""
    generator = np.random.Generator(np.random.SFC64(1))

    def run() -> Any:
        w = np.zeros(PROBLEMS)
        for _ in range(steps):
            change = RATE * (TARGET - w + SIGMA * generator.standard_normal(PROBLEMS))
            n = generator.binomial(TRAIN, np.minimum(np.abs(change) / (dw * TRAIN), 1.0))
            sign, left = np.sign(change), np.flatnonzero(n)
            for number in range(1, int(n.max()) + 1):
                now, s = w[left], sign[left]
                xi = generator.standard_normal(left.size)
                q, noise = 1 - s * now / BOUND, CYCLE * xi
                now += s * dw * (q * (1 + noise) if scaling else q + noise)
                w[left] = np.clip(now, -BOUND, BOUND)
                left = left[n[left] > number]
        return w

    return run


# ---------------------------------------------------------------------- reads


def read_by_hand(transposed: bool, batch: int = 32) -> Callable[[], Any]:
    """NumPy: the default periphery, in place; nothing saturates, which is checked."""
    generator = np.random.Generator(np.random.SFC64(1))
    weights = np.random.default_rng(1).uniform(-0.1, 0.1, (LINES, LINES)).astype(np.float32)
    given = vectors(batch)[0].astype(np.float32)
    matrix = weights if transposed else weights.T
    in_step, out_step = np.float32(2 / 126), np.float32(24 / 510)
    noise = np.empty((batch, LINES), dtype=np.float32)

    def run() -> Any:
        scale = np.abs(given).max(axis=1, keepdims=True)
        inputs = np.rint(given / (scale * in_step))
        inputs *= in_step
        outputs = inputs @ matrix
        generator.standard_normal(out=noise, dtype=np.float32)
        np.multiply(noise, np.float32(0.06), out=noise)
        outputs += noise
        outputs *= 1 / out_step
        np.rint(outputs, out=outputs)
        outputs *= out_step * scale
        assert np.abs(outputs).max() < 12
        return outputs

    return run


# ---------------------------------------------------------------------- pytest

#: What is timed: how it is made, and what its time is multiplied by.
TIMED: dict[str, tuple[Callable[[], Callable[[], Any]], float]] = {
    "scalar pulsed, ours": (scalar_ours, 1),
    "scalar pulsed, NumPy": (scalar_by_hand, 20),
    "scalar pulsed, additive, ours": (lambda: scalar_ours(scaling=False), 1),
    "scalar pulsed, additive, NumPy": (lambda: scalar_by_hand(scaling=False), 20),
    "scalar pulsed, float64, ours": (lambda: scalar_ours(dtype="float64"), 1),
    "scalar pulsed, float64, NumPy": (scalar_by_hand, 20),
    "scalar, 1 pulse, ours": (lambda: scalar_ours(FEW_DW), 1),
    "scalar, 1 pulse, NumPy": (lambda: scalar_by_hand(FEW_DW), 20),
    "soft-bounds, batch 4, ours": (lambda: ours("soft-bounds", 4), 1),
    "soft-bounds, batch 4, NumPy": (lambda: by_hand("soft-bounds", 1), 4),
    "soft-bounds, batch 32, ours": (lambda: ours("soft-bounds", 32), 1),
    "soft-bounds, batch 32, NumPy": (lambda: by_hand("soft-bounds", 1), 32),
    "exp-step, batch 4, ours": (lambda: ours("exp-step", 4), 1),
    "exp-step, batch 4, NumPy": (lambda: by_hand("exp-step", 1), 4),
    "pow-step, batch 4, ours": (lambda: ours("pow-step", 4), 1),
    "pow-step, batch 4, NumPy": (lambda: by_hand("pow-step", 1), 4),
    "sparse, batch 1, ours": (lambda: ours("soft-bounds", 1, SPARSE_LR), 1),
    "sparse, batch 1, NumPy": (lambda: by_hand("soft-bounds", 1, SPARSE_LR), 1),
    "sparse, batch 32, ours": (lambda: ours("soft-bounds", 32, SPARSE_LR), 1),
    "sparse, batch 32, NumPy": (lambda: by_hand("soft-bounds", 1, SPARSE_LR), 32),
}
PEERS: dict[str, tuple[Callable[[], Callable[[], Any]], float]] = {
    "scalar pulsed, aihwkit": (scalar_peers, 5),
    "scalar pulsed, additive, aihwkit": (lambda: scalar_peers(scaling=False), 5),
    "scalar, 1 pulse, aihwkit": (lambda: scalar_peers(FEW_DW), 5),
    "soft-bounds, batch 4, aihwkit": (lambda: peers("soft-bounds", 4), 1),
    "soft-bounds, batch 32, aihwkit": (lambda: peers("soft-bounds", 8), 4),
    "exp-step, batch 4, aihwkit": (lambda: peers("exp-step", 4), 1),
    "pow-step, batch 4, aihwkit": (lambda: peers("pow-step", 4), 1),
    "sparse, batch 1, aihwkit": (lambda: peers("soft-bounds", 1, SPARSE_LR), 1),
    "sparse, batch 32, aihwkit": (lambda: peers("soft-bounds", 32, SPARSE_LR), 1),
}
TIMED |= {
    f"{way}, NumPy": (lambda way=way: read_by_hand(way == "backward"), 1)
    for way in ("forward", "backward")
}
if HAS_PEER:
    TIMED |= PEERS


@pytest.mark.parametrize("name", TIMED)
def test_time(benchmark: Any, name: str) -> None:
    build, scale = TIMED[name]
    function = build()
    function()
    benchmark.extra_info["times"] = scale
    benchmark(function)


# ---------------------------------------------------------------------- the same work


def displacement(name: str, who: Callable[..., Callable[[], Any]], lines: int = 192) -> float:
    """Root mean square change of the weights by a batch."""
    moved = who(name, 8, lines=lines)()
    weights = moved if isinstance(moved, np.ndarray) else None
    if weights is None:
        weights = moved.weights if isinstance(moved, Tile) else moved.tile.get_weights().numpy()
    return float(np.sqrt(((weights - starting_weights(lines)) ** 2).mean()))


@pytest.mark.parametrize("name", DEVICES)
def test_contestants_do_the_same_work(name: str) -> None:
    """8 vectors move each weight by some 20 pulses; few percent are chance (shared trains)."""
    expected = displacement(name, ours)
    assert displacement(name, by_hand) == pytest.approx(expected, rel=0.1)
    if HAS_PEER:
        assert displacement(name, peers) == pytest.approx(expected, rel=0.1)
