"""Two arrays with a transfer after every vector, against the compounds of aihwkit.

256 × 256 cells with parameters of their own; a batch of 64 vectors in one call: pulsed
update of the fast array, read of one column with noise, buffer, pulses to one column of the
slow array, for each vector. "dense": 2.5 pulses a cell and vector on average; "sparse": 0.125.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from test_tiles import CYCLE, DW, HAS_PEER, VARIATION, vectors

from analogtheory.responses import get
from analogtheory.training import (
    AGAD,
    Algorithm,
    Buffer,
    ChoppedTTv2,
    Chopper,
    Devices,
    FastRate,
    Grid,
    Pulses,
    Transfer,
    TTv2,
)

LINES, BATCH, LR, READ_NOISE = 256, 64, 0.05, 0.06

#: A pulse is due when the buffer has collected so many times Δw_min, over the learning rate.
UNIT = 4.0

#: Longest train, and pulses that the cell that moves most expects; max|x| = max|d| = 1.
LOADS = {"dense": (31, 10.0), "sparse": (5, 0.5)}

KINDS = ("TTv2", "c-TTv2", "AGAD")

#: Sweeps from flip to flip; AGAD writes from sweep PERIOD + 1 on.
PERIOD = 4


def ours(kind: str, load: str, lines: int = LINES) -> tuple[Callable[[], Any], Algorithm]:
    """A batch, and the algorithm that it trains; AGAD is past the sweeps without writes."""
    longest, most = LOADS[load]
    device = Devices(
        get("soft-bounds", w_max=0.6, w_min=-0.6), dw_min=DW, cycle_noise=CYCLE,
        device_variation=VARIATION, zero_shift="none", multiplicative_noise=True,
    )  # fmt: skip
    fixed = FastRate(most * DW, pulses=Pulses(longest))
    scaled = FastRate(most / longest, scaled=True, pulses=Pulses(longest))
    common: dict[str, Any] = {
        "transfer": Transfer(every=1, read_noise=READ_NOISE),
        "buffer": Buffer(LR, auto_granularity=UNIT * lines),
    }
    given = Grid((lines, lines)), device, device
    algorithm: Algorithm
    if kind == "TTv2":
        algorithm = TTv2(*given, rate=fixed, **common)
    elif kind == "c-TTv2":
        algorithm = ChoppedTTv2(*given, rate=scaled, chopper=Chopper(1 / PERIOD), **common)
    else:
        chopper = Chopper(1 / PERIOD, regular=True)
        algorithm = AGAD(*given, rate=scaled, chopper=chopper, **common)
    x, d = vectors(BATCH, lines)
    return _warm(kind, lines, lambda: algorithm.step(x, d)), algorithm


def peers(kind: str, load: str, lines: int = LINES) -> tuple[Callable[[], Any], Any]:
    """The same by aihwkit; the second is the tile's owner, which must outlive it."""
    import torch
    from aihwkit.simulator.configs import IOParameters, UnitCellRPUConfig, compounds, devices
    from aihwkit.simulator.configs.utils import (
        BoundManagementType,
        NoiseManagementType,
        UpdateParameters,
    )
    from aihwkit.simulator.tiles import AnalogTile

    longest, most = LOADS[load]
    cells = [devices.SoftBoundsDevice(dw_min=DW, dw_min_std=CYCLE) for _ in range(2)]
    reads = IOParameters(
        inp_res=-1, out_res=-1, inp_bound=0, out_bound=0, out_noise=READ_NOISE,
        noise_management=NoiseManagementType.NONE, bound_management=BoundManagementType.NONE,
    )  # fmt: skip
    common: dict[str, Any] = {
        "unit_cell_devices": cells, "transfer_every": 1, "units_in_mbatch": False,
        "transfer_forward": reads, "scale_fast_lr": False, "momentum": 0.0,
    }  # fmt: skip
    scaled = {
        **common, "auto_scale": True, "fast_lr": most / longest, "auto_granularity": UNIT * lines,
        "in_chop_prob": 1 / PERIOD,
    }  # fmt: skip
    if kind == "TTv2":
        compound = compounds.BufferedTransferCompound(fast_lr=most * DW, thres_scale=UNIT, **common)
    elif kind == "c-TTv2":
        compound = compounds.ChoppedTransferCompound(**scaled)
    else:
        compound = compounds.DynamicTransferCompound(**scaled)
    update = UpdateParameters(desired_bl=longest)
    owner = AnalogTile(lines, lines, UnitCellRPUConfig(device=compound, update=update))
    owner.tile.set_weights(torch.zeros(lines, lines))
    owner.tile.set_learning_rate(LR)
    x, d = (torch.from_numpy(v.astype(np.float32)) for v in vectors(BATCH, lines))
    return _warm(kind, lines, lambda: owner.tile.update(x, d, False)), owner


def _warm(kind: str, lines: int, function: Callable[[], Any]) -> Callable[[], Any]:
    if kind == "AGAD":
        for _ in range((PERIOD + 2) * lines // BATCH):
            function()
    return function


Build = Callable[[], Callable[[], Any]]


def _timed(make: Callable[..., tuple[Callable[[], Any], Any]], kind: str, load: str) -> Build:
    def build() -> Callable[[], Any]:
        function, owner = make(kind, load)

        def run() -> Any:
            function()
            return owner

        return run

    return build


#: What is timed: how it is made, and what its time is multiplied by.
TIMED: dict[str, tuple[Build, float]] = {
    f"{load} {kind}, {who}": (_timed(make, kind, load), 1)
    for load in LOADS
    for kind in KINDS
    for who, make in {"ours": ours, **({"aihwkit": peers} if HAS_PEER else {})}.items()
}


@pytest.mark.parametrize("name", TIMED)
def test_time(benchmark: Any, name: str) -> None:
    function = TIMED[name][0]()
    function()
    benchmark(function)


@pytest.mark.parametrize("load", LOADS)
@pytest.mark.parametrize("kind", KINDS)
def test_contestants_do_the_same_work(kind: str, load: str) -> None:
    """Writes to every column in 48 sweeps move C equally far; some percent are chance."""
    lines, moved = 32, []
    function, algorithm = ours(kind, load, lines)
    for _ in range(24):
        function()
    moved.append(float(np.abs(algorithm.effective_weights).mean()))
    assert moved[0] > 2 * DW
    if HAS_PEER:
        function, owner = peers(kind, load, lines)
        for _ in range(24):
            function()
        assert np.abs(owner.tile.get_weights().numpy()).mean() == pytest.approx(moved[0], rel=0.15)
