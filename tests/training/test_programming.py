"""Matrix problems of the theory notes: weight programming (5.7), offsets (5.3, 5.4), gains."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from analogtheory.training import (
    AGAD,
    Algorithm,
    Buffer,
    ChoppedTTv2,
    Chopper,
    Devices,
    FastRate,
    Grid,
    InMemorySGD,
    LinearRegression,
    Pulses,
    Trainer,
    Transfer,
    TTv2,
    drawn_target,
)

Array = NDArray[Any]

LINES, SEEDS, OFFSETS = 20, 3, (0.0, 0.5)
VARIED = {"log_dw_min": 0.3, "up_down": 0.1}
PROBLEMS = len(OFFSETS) * SEEDS
SPREADS = np.repeat(OFFSETS, SEEDS)
DATA = np.tile(np.arange(SEEDS), len(OFFSETS))
GRID = Grid((PROBLEMS, LINES, LINES), seed=7)
COMMON: dict[str, Any] = {"dw_min": 0.1, "cycle_noise": 0.3, "multiplicative_noise": False}
FAST = Devices(
    "soft-bounds", **COMMON, device_variation={**VARIED, "bounds": 0.3}, offset_spread=SPREADS
)
SLOW = Devices("soft-bounds", **COMMON, device_variation=VARIED, zero_shift="none")


def family(lr: float) -> dict[str, Any]:
    return {
        "rate": FastRate(1.0, scaled=True, pulses=Pulses(5)),
        "transfer": Transfer(every=5, read_noise=0.06),
        "buffer": Buffer(lr, auto_granularity=200),
    }


def programmed(kind: str) -> Algorithm:
    if kind == "sgd":
        one = Devices("soft-bounds", **COMMON, device_variation=VARIED, offset_spread=SPREADS)
        return InMemorySGD(GRID, one, lr=0.02)
    if kind == "ttv2":
        return TTv2(GRID, FAST, SLOW, **family(0.05))
    if kind == "c-ttv2":
        return ChoppedTTv2(GRID, FAST, SLOW, chopper=Chopper(0.1), **family(0.05))
    return AGAD(GRID, FAST, SLOW, chopper=Chopper(0.1, regular=True), tail=5.0, **family(0.05))


#: RMS errors of the notes (5.7) at 20 states and spreads 0 and 0.5 after 40000 vectors; at
#: 12000 here those without offset are reached, and c-TTv2 is within the stated factor.
NOTES = {"ttv2": (0.048, 0.637), "c-ttv2": (0.049, 0.111), "agad": (0.067, 0.067)}


@pytest.fixture(scope="module")
def errors() -> dict[str, Array]:
    target = drawn_target(GRID.shape, seed=3, data=DATA)  # type: ignore[arg-type]
    task = LinearRegression(GRID.shape, target, seed=3, data=DATA)  # type: ignore[arg-type]
    found = {}
    for kind in ("sgd", *NOTES):
        steps = 1500 if kind == "sgd" else 12000
        run = Trainer(programmed(kind), task).run(steps, progress=False)
        found[kind] = run.final("error").reshape(len(OFFSETS), SEEDS)
    return found


@pytest.mark.parametrize("kind", NOTES)
def test_weight_programming_gives_the_table_of_the_notes(
    kind: str, errors: dict[str, Array]
) -> None:
    """Seed spread ≤ .005 without offset (notes); the mean of 3 may differ by 4·.005·√(2/3)."""
    without, with_offset = errors[kind].mean(axis=1)
    tolerance = 4 * 0.005 * np.sqrt(2 / 3)
    assert abs(without - NOTES[kind][0]) < tolerance
    if kind == "ttv2":  # near breakdown the spread of seeds is .07
        assert abs(with_offset - NOTES[kind][1]) < 4 * 0.07 * np.sqrt(2 / 3)
    elif kind == "c-ttv2":
        assert with_offset < 0.2
        assert with_offset < errors["ttv2"].mean(axis=1)[1] / 3
    else:
        assert abs(with_offset - without) < tolerance


def test_in_memory_sgd_is_far_worse_at_few_states(errors: dict[str, Array]) -> None:
    assert errors["sgd"][0].mean() > 2 * errors["ttv2"][0].mean()


def test_ttv2_breaks_down_where_an_offset_exceeds_its_limit() -> None:
    """‖o_i‖ = q·π/(2κ): the error vanishes for q < 1 and grows beyond (theory notes 5.4)."""
    lines, limit = 20, np.pi / 2 / np.sqrt(20)
    shape = (2, lines, lines)
    arrays = (
        Devices("linear", dw_min=0.02, offset=np.array([0.5, 1.5]) * limit),
        Devices("linear", dw_min=0.02),
    )
    rate = FastRate(1.0, scaled=True, pulses=Pulses(5))
    transfer = Transfer(every=5)
    buffer = Buffer(0.05, auto_granularity=200)
    algorithm = TTv2(Grid(shape, seed=1), *arrays, rate=rate, transfer=transfer, buffer=buffer)
    target = drawn_target((1, lines, lines), seed=2)
    task = LinearRegression(shape, target, seed=2)
    below, above = Trainer(algorithm, task).run(14000, progress=False).final("error")
    assert below < 0.03, below
    assert above > 0.5, above


def test_the_mean_read_of_agad_is_not_seen_after_the_first_period() -> None:
    """A constant on all reads: H moves by it in the first period, then by (1 − β)^N of it."""
    shape, steps = (2, 2, 3), 400
    shift, period, tail = 0.25, 8, 5.0
    rate = FastRate(0.05, pulses=Pulses(train="expected"))
    fast = Devices("linear", dw_min=0.05, offset=[0.0, shift])
    algorithm = AGAD(
        Grid(shape), fast, Devices("linear", dw_min=0.05), rate=rate, tail=tail,
        chopper=Chopper(1 / period, regular=True), buffer=Buffer(0.001),
    )  # fmt: skip
    generator = np.random.default_rng(0)
    held = []
    for _ in range(steps):
        x, d = generator.normal(size=3), generator.normal(size=2)
        algorithm.step(x, d)
        held.append(algorithm.buffer.copy())
    assert np.abs(algorithm.buffer).max() < 1  # no writes: both problems see the same A
    reads = period * 3
    moved = np.diff(np.array(held), axis=0)
    apart = np.abs(moved[:, 1] - moved[:, 0]).max(axis=(1, 2))
    rate_h = float(algorithm.buffer_rate[0])
    assert apart[: reads - 1].max() > 0.99 * rate_h * shift
    transient = (1 - tail / period) ** period
    assert (apart[reads:] < rate_h * shift * transient + 1e-7).all()
    later = apart[reads + 3 * period :]
    assert (later < rate_h * shift * transient**2 + 1e-7).all()


@pytest.mark.parametrize("kind", ["ttv2", "regular", "agad"])
@pytest.mark.parametrize("offset", [0.0, 0.3])
def test_constant_gradients_have_the_gains_of_the_notes(kind: str, offset: float) -> None:
    """TTv2 1 − κo; c-TTv2 1 − tanh(h)/h; AGAD 1 − tanh(h)/h + tanh(h) (theory notes 5.3).

    κ = 1, h = ½, phases of N = 400 reads: discretisation O(1/N). AGAD with β = 1, so that
    its reference is the last read of the phase before.
    """
    phase, rate = 400, 1 / 400
    grid = Grid((1, 1, 1), dtype="float64", backend="numpy")
    arrays = Devices("linear", dw_min=0.05, offset=offset), Devices("linear", dw_min=0.05)
    common: dict[str, Any] = {
        "rate": FastRate(rate, pulses=Pulses(train="expected")), "buffer": Buffer(1e-6)
    }  # fmt: skip
    chopper = Chopper(1 / phase, regular=True)
    if kind == "ttv2":
        algorithm: Algorithm = TTv2(grid, *arrays, **common)
    elif kind == "regular":
        algorithm = ChoppedTTv2(grid, *arrays, chopper=chopper, **common)
    else:
        algorithm = AGAD(grid, *arrays, chopper=chopper, tail=1.0 * phase, **common)
    warm, counted = 8 * phase, 4 * phase
    constant = np.ones((warm, 1))
    algorithm.step(constant, constant)
    before = algorithm.state()["digital/buffer"].item()
    algorithm.step(constant[:counted], constant[:counted])
    moved = algorithm.state()["digital/buffer"].item() - before
    gain = -moved / counted / (1e-6 / 0.05)
    h = phase * rate / 2
    expected = {
        "ttv2": 1 - offset,
        "regular": 1 - np.tanh(h) / h,
        "agad": 1 - np.tanh(h) / h + np.tanh(h),
    }[kind]
    assert abs(gain - expected) < 5e-3, gain
