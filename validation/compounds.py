"""Weight programming with two arrays: the compounds of aihwkit against the same algorithms here.

y = W* x is learned from x ~ N(0, I) without label noise. The fast device A has an offset
in each cell; the rms error of W = C over the last part of a run is compared, seed by
seed: the two have the target and the inputs of a seed in common, devices and noise are their own.

What has to be set for both to do the same (aihwkit 1.2.0, read in its source):

- both devices of a compound have one Δw_min: trains are made for the mean of the two;
- A is read with noise only: by default converters would round away most of A;
- ``fast_lr`` is given and not scaled by the learning rate; γ = 0;
- periods count vectors (``units_in_mbatch=False``), and running means divide their rate by
  the size of a batch, so that ``auto_momentum`` is set for the batches that are used;
- ``momentum`` is 0.1 by default in the buffered compound and 0 in the others; its threshold
  is ``thres_scale``, theirs is in ``auto_granularity``;
- every problem has a tile of its own: buffers and choppers outlive ``set_weights``, and
  the table of normal numbers belongs to a tile;
- A starts at weight 0, not at its symmetric point.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analogtheory.training import (
    AGAD,
    Buffer,
    ChoppedTTv2,
    Chopper,
    Devices,
    FastRate,
    Grid,
    Pulses,
    TikiTaka,
    Transfer,
    TTv2,
)
from analogtheory.training.algorithms.transfer import TransferAlgorithm
from validation.peer import PeerCompound
from validation.rows import Row, against_each_other, kept_apart

Array = NDArray[np.float64]

LINES, VECTORS, SEEDS = 20, 8000, 24

#: Vectors from transfer to transfer; the weights are looked at, and updates are made, in
#: batches of so many.
EVERY = 5

#: The error is averaged over the looks after this share of a run.
SETTLED = 0.6

READ_NOISE, CYCLE_NOISE, LONGEST = 0.06, 0.3, 5

#: Rate of A where it is fixed, and where it is scaled.
FIXED, SCALED = 0.05, 1.0

GRANULARITY, PERIOD, TAIL = 200, 10, 5.0

#: Learning rates by the number of states: with more states smaller steps, faster rates.
RATES = {20: 0.05, 100: 0.1}

SPREADS = (0.0, 0.5)


@dataclass(frozen=True)
class Setting:
    """A corner of the comparison.

    Attributes
    ----------
    states : int
        (w_max − w_min)/Δw_min.
    spread : float
        Standard deviation of the offsets of A.
    """

    states: int
    spread: float

    @property
    def dw_min(self) -> float:
        """With bounds ±1."""
        return 2.0 / self.states

    @property
    def label(self) -> str:
        """For a table."""
        return f"{self.states} states, spread {self.spread:g}"


SETTINGS = tuple(Setting(states, spread) for states in RATES for spread in SPREADS)


@dataclass(frozen=True)
class Compound:
    """An algorithm of ours and the compound that does the same.

    Attributes
    ----------
    label : str
    ours : callable
        Makes it for a grid, devices, and a learning rate for each problem.
    peer : str
        Name of the compound.
    parameters : mapping
        Of the compound.
    """

    label: str
    ours: Callable[[Grid, Devices, Devices, Array], TransferAlgorithm]
    peer: str
    parameters: Mapping[str, Any]


_TRANSFER = Transfer(every=EVERY, read_noise=READ_NOISE)
_FIXED_RATE = FastRate(FIXED, pulses=Pulses(LONGEST))
_SCALED_RATE = FastRate(SCALED, scaled=True, pulses=Pulses(LONGEST))

#: The unit of the buffer in pulses is this where a sweep has LINES·EVERY vectors.
_UNIT = GRANULARITY / (LINES * EVERY)

_PEERS_SCALED = {
    "auto_scale": True, "fast_lr": SCALED, "auto_granularity": GRANULARITY,
    "auto_momentum": 1 - _SCALED_RATE.average_rate * EVERY,
}  # fmt: skip


def _tiki_taka(grid: Grid, fast: Devices, slow: Devices, lr: Array) -> TransferAlgorithm:
    return TikiTaka(grid, fast, slow, rate=_FIXED_RATE, transfer=_TRANSFER, transfer_lr=lr)


def _ttv2(grid: Grid, fast: Devices, slow: Devices, lr: Array) -> TransferAlgorithm:
    buffer = Buffer(lr, threshold=_UNIT)
    return TTv2(grid, fast, slow, rate=_FIXED_RATE, transfer=_TRANSFER, buffer=buffer)


def _chopped(grid: Grid, fast: Devices, slow: Devices, lr: Array) -> TransferAlgorithm:
    return ChoppedTTv2(
        grid, fast, slow, rate=_SCALED_RATE, transfer=_TRANSFER,
        buffer=Buffer(lr, auto_granularity=GRANULARITY), chopper=Chopper(1 / PERIOD),
    )  # fmt: skip


def _agad(grid: Grid, fast: Devices, slow: Devices, lr: Array) -> TransferAlgorithm:
    return AGAD(
        grid, fast, slow, rate=_SCALED_RATE, transfer=_TRANSFER, tail=TAIL,
        buffer=Buffer(lr, auto_granularity=GRANULARITY), chopper=Chopper(1 / PERIOD, regular=True),
    )  # fmt: skip


COMPOUNDS = (
    Compound("TTv1 (Transfer)", _tiki_taka, "TransferCompound", {"fast_lr": FIXED}),
    Compound(
        "TTv2 (BufferedTransfer)", _ttv2, "BufferedTransferCompound",
        {"fast_lr": FIXED, "thres_scale": _UNIT, "momentum": 0.0},
    ),
    Compound(
        "c-TTv2 (ChoppedTransfer)", _chopped, "ChoppedTransferCompound",
        {**_PEERS_SCALED, "in_chop_prob": 1 / PERIOD, "in_chop_random": True},
    ),
    Compound(
        "AGAD (DynamicTransfer)", _agad, "DynamicTransferCompound",
        {
            **_PEERS_SCALED, "in_chop_prob": 1 / PERIOD, "in_chop_random": False,
            "tail_weightening": TAIL,
        },
    ),
)  # fmt: skip

#: What aihwkit is given otherwise, which must be noticed: compound, setting, how.
OTHERWISE: tuple[tuple[int, Setting, str, Mapping[str, Any]], ...] = (
    (0, Setting(20, 0.0), "lr_A scaled by lr", {"scale_fast_lr": True}),
    (1, Setting(20, 0.0), "threshold / 3", {"thres_scale": _UNIT / 3}),
    (2, Setting(20, 0.5), "no chopper", {"in_chop_prob": 0.0}),
    (3, Setting(20, 0.5), "buffer twice as fast", {"auto_granularity": GRANULARITY / 2}),
)


def compared() -> list[Row]:
    """Rows for every compound, then for those with another setting on one side."""
    task, rows = Task(), []
    found = [ours(compound, task) for compound in COMPOUNDS]
    for compound, errors in zip(COMPOUNDS, found, strict=True):
        for setting in SETTINGS:
            rows.append(_row(compound, setting, errors, theirs(compound, setting, task)))
    for number, setting, how, changes in OTHERWISE:
        compound = COMPOUNDS[number]
        errors = theirs(compound, setting, task, changes)
        rows.append(_row(compound, setting, found[number], errors, how))
    return rows


def _row(
    compound: Compound, setting: Setting, one: Mapping[Setting, Array], other: Array, how: str = ""
) -> Row:
    """A paired t test of the logarithms; what is shown are geometric means."""
    quantity = f"rms error, {setting.label}" + (f"; aihwkit: {how}" if how else "")
    test = kept_apart if how else against_each_other
    row = test("compounds", compound.label, quantity, np.log(one[setting]), np.log(other))
    middle = float(np.exp(row.theirs))
    return replace(
        row, ours=float(np.exp(row.ours)), theirs=middle, allowed=middle * np.expm1(row.allowed)
    )


# ---------------------------------------------------------------------- the task


class Task:
    """A target and inputs for each seed; the same for both packages."""

    def __init__(self, seeds: int = SEEDS, vectors: int = VECTORS) -> None:
        generator = np.random.default_rng(3)
        normal = generator.standard_normal((seeds, LINES, LINES))
        self.target: Array = np.clip(0.3 * normal, -0.8, 0.8)
        self.x: Array = generator.standard_normal((seeds, vectors, LINES))

    def errors(
        self, seeds: Array, weights: Callable[[], Array], step: Callable[[Array, Array], None]
    ) -> Array:
        """Train problems with the data of some seeds; the rms error of each."""
        target, x = self.target[seeds], self.x[seeds]
        vectors, squares = x.shape[1], []
        for first in range(0, vectors, EVERY):
            off, part = weights() - target, x[:, first : first + EVERY]
            if first >= SETTLED * vectors:
                squares.append((off**2).mean(axis=(1, 2)))
            step(part, part @ off.swapaxes(1, 2))
        return np.asarray(np.sqrt(np.mean(squares, axis=0)))


def ours(compound: Compound, task: Task) -> dict[Setting, Array]:
    """RMS error of each seed; all settings and seeds are problems of one call."""
    seeds = len(task.target)
    spread = np.repeat([setting.spread for setting in SETTINGS], seeds)
    common: dict[str, Any] = {
        "response": "soft-bounds", "cycle_noise": CYCLE_NOISE, "multiplicative_noise": False,
        "dw_min": np.repeat([setting.dw_min for setting in SETTINGS], seeds),
    }  # fmt: skip
    varied = {"log_dw_min": 0.3, "up_down": 0.1}
    fast = Devices(**common, device_variation={**varied, "bounds": 0.3}, offset_spread=spread)
    slow = Devices(**common, device_variation=varied, zero_shift="none")
    rates = np.repeat([RATES[setting.states] for setting in SETTINGS], seeds)
    grid = Grid((len(SETTINGS) * seeds, LINES, LINES), seed=7)
    algorithm = compound.ours(grid, fast, slow, rates)
    algorithm.fast.set_weights(0.0)
    errors = task.errors(
        np.tile(np.arange(seeds), len(SETTINGS)),
        lambda: np.asarray(algorithm.effective_weights, dtype=float),
        algorithm.step,
    )
    return dict(zip(SETTINGS, errors.reshape(-1, seeds), strict=True))


def theirs(
    compound: Compound, setting: Setting, task: Task, changes: Mapping[str, Any] | None = None
) -> Array:
    """The same by tiles of aihwkit, one after the other."""
    seeds = np.arange(len(task.target))
    return np.array([_their_error(compound, setting, task, [s], changes or {}) for s in seeds])


def _their_error(
    compound: Compound, setting: Setting, task: Task, seed: Any, changes: Mapping[str, Any]
) -> float:
    varied = {
        "dw_min": setting.dw_min, "dw_min_dtod": 0.3, "dw_min_dtod_log_normal": True,
        "dw_min_std": CYCLE_NOISE, "up_down": 0.0, "up_down_dtod": 0.1, "w_max": 1.0, "w_min": -1.0,
    }  # fmt: skip
    fast = {
        "w_max_dtod": 0.3, "w_min_dtod": 0.3, "subtract_symmetry_point": True,
        "reference_std": setting.spread,
    }  # fmt: skip
    slow = {"w_max_dtod": 0.0, "w_min_dtod": 0.0}
    name = "SoftBoundsReferenceDevice"
    given = {
        "transfer_every": EVERY, "units_in_mbatch": False, "scale_fast_lr": False, "gamma": 0.0,
        **compound.parameters, **changes,
    }  # fmt: skip
    tile = PeerCompound(
        LINES, LINES, compound.peer, [(name, {**varied, **own}) for own in (fast, slow)], given,
        read_noise=READ_NOISE, pulses=LONGEST,
    )  # fmt: skip
    tile.set_weights(np.zeros((LINES, LINES)))
    (error,) = task.errors(
        seed,
        lambda: tile.weights[None].astype(float),
        lambda x, d: tile.update(x[0], d[0], RATES[setting.states]),
    )
    return float(error)
