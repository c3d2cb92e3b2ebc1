"""Bad input is one clear error; scalings of rates; references of devices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from analogtheory.errors import InputError
from analogtheory.objectives import Quadratic
from analogtheory.training import (
    AGAD,
    Buffer,
    BufferedResidualLearning,
    ChoppedTTv2,
    Chopper,
    Descent,
    Devices,
    FastRate,
    Grid,
    InMemorySGD,
    LeastSquares,
    LinearRegression,
    MixedPrecision,
    Pulses,
    ResidualLearning,
    TikiTaka,
    Trainer,
    Transfer,
    TTv2,
)

SHAPE = (2, 3, 4)
DEVICE = Devices("linear", dw_min=0.05)


def sgd() -> InMemorySGD:
    return InMemorySGD(SHAPE, DEVICE, lr=0.1)


def tt(**others: Any) -> TikiTaka:
    return TikiTaka(SHAPE, DEVICE, DEVICE, **({"transfer_lr": 0.1} | others))


def regression(**others: Any) -> LinearRegression:
    return LinearRegression(SHAPE, 0.1, **others)


BAD: list[tuple[str, Callable[[], object]]] = [
    ("x: must be", lambda: sgd().step(np.ones(3), np.ones(3))),
    ("d: must be", lambda: sgd().step(np.ones(4), np.ones(4))),
    ("x and d: hold 2 and 1", lambda: sgd().step(np.ones((2, 4)), np.ones(3))),
    ("x: must be", lambda: tt().step(np.ones((3, 1, 4)), np.ones(3))),
    ("x: must be finite, got nan", lambda: tt().step([1.0, np.nan, 0, 0], np.ones(3))),
    ("d: must be finite, got inf", lambda: tt().step(np.ones(4), [np.inf, 0, 0])),
    ("x: must be an array of numbers", lambda: tt().step(["a"] * 4, np.ones(3))),
    ("threshold: must be > 0, got 0", lambda: Buffer(threshold=0.0)),
    ("threshold: must be > 0", lambda: Buffer(threshold=[1.0, np.nan])),
    ("threshold: must be > 0", lambda: residual_v2(threshold=0.0)),
    ("lr: must be > 0", lambda: Buffer(lr=-1)),
    ("auto_granularity: must be > 0", lambda: Buffer(auto_granularity=0)),
    ("momentum: must be from 0 to 1", lambda: Buffer(momentum=1.5)),
    ("most_pulses: must be a whole number", lambda: Buffer(most_pulses=0)),
    ("most_pulses: must be at most 1000", lambda: Buffer(most_pulses=1001)),
    ("forget: must be True or False", lambda: Buffer(forget=1)),  # type: ignore[arg-type]
    ("chopper probability: must be from 0 to 1, got 1.1", lambda: Chopper(1.1)),
    ("chopper probability: must be from 0 to 1, got -0.1", lambda: Chopper([-0.1, 0.2])),
    ("across: must be from 0 to 1", lambda: Chopper(across=2)),
    ("probability: must be positive for AGAD", lambda: agad(chopper=Chopper(0.0))),
    ("tail: must be > 0", lambda: agad(tail=0)),
    ("every: must be a whole number of at least 1, got 0", lambda: Transfer(every=0)),
    ("every: must be a whole number", lambda: Transfer(every=1.5)),  # type: ignore[arg-type]
    ("reads: must be a whole number", lambda: Transfer(reads=0)),
    ("reads: a transfer reads at most all 4", lambda: tt(transfer=Transfer(reads=5))),
    ("read_noise: must be ≥ 0", lambda: Transfer(read_noise=-0.1)),
    ("read_noise: holds 3 numbers", lambda: tt(transfer=Transfer(read_noise=[0, 0, 0]))),
    ("periphery: must be a Periphery", lambda: Transfer(periphery=0.1)),  # type: ignore[arg-type]
    ("gamma: must be ≥ 0", lambda: tt(gamma=-1)),
    ("transfer_lr: must be > 0", lambda: tt(transfer_lr=0)),
    ("transfer_lr: holds 3 numbers", lambda: tt(transfer_lr=[1, 2, 3])),
    ("fast rate: must be > 0", lambda: FastRate(0.0)),
    ("fast rate: holds 3 numbers", lambda: tt(rate=FastRate([1, 2, 3]))),
    ("average_rate: must lie in", lambda: FastRate(average_rate=2.0)),
    ("average_rate: must be from 0 to 1", lambda: residual_v2(average_rate=1.5)),
    ("train 'other'", lambda: Pulses(train="other")),
    ("pulses: must be from 1", lambda: Pulses(0)),
    ("pulses: must be a Pulses", lambda: FastRate(pulses=5)),  # type: ignore[arg-type]
    ("lr: must be > 0, got nan", lambda: InMemorySGD(SHAPE, DEVICE, lr=np.nan)),
    ("lr: must be one number", lambda: InMemorySGD(SHAPE, DEVICE, lr=np.ones((2, 2)))),
    ("lr: must be numbers", lambda: InMemorySGD(SHAPE, DEVICE, lr="fast")),
    ("every: must be", lambda: MixedPrecision(SHAPE, DEVICE, lr=0.1, every=0)),
    ("most_pulses", lambda: MixedPrecision(SHAPE, DEVICE, lr=0.1, most_pulses=2000)),
    ("offset: puts the reference to -2", lambda: Devices("linear", dw_min=0.1, offset=2.0)),
    ("offset: puts the", lambda: Devices("linear", dw_min=0.1, offset=[0, -1.5])),
    ("offset: must be finite", lambda: Devices("linear", dw_min=0.1, offset=np.nan)),
    ("offset_spread: must be ≥ 0", lambda: Devices("linear", offset_spread=-1)),
    ("offset: holds 3", lambda: Devices("linear", dw_min=1, offset=[0] * 3).tile(Grid(SHAPE), 0)),
    ("zero_shift 'best'", lambda: Devices("linear", zero_shift="best")),
    ("zero_shift: must be a whole", lambda: Devices("linear", zero_shift=0)),
    ("order", lambda: Devices("linear", dw_min=1, zero_shift=3, order="x").tile(Grid(SHAPE), 0)),
    ("give it as offset_spread", lambda: Devices("linear", device_variation={"reference": 0.1})),
    ("response: must be", lambda: Devices(3)),  # type: ignore[arg-type]
    ("unknown name", lambda: Devices("lienar")),
    ("shape", lambda: Grid((2, 3, 0))),
    ("seed", lambda: Grid(SHAPE, seed=-1)),
    ("first_problem", lambda: Grid(SHAPE, first_problem=2**24)),
    ("stream", lambda: Grid(SHAPE, stream=2**28)),
    ("target: must be numbers that fit", lambda: LinearRegression(SHAPE, np.ones((3, 3)))),
    ("target: must be finite", lambda: LinearRegression(SHAPE, np.nan)),
    ("label_noise: must be ≥ 0", lambda: regression(label_noise=-1)),
    ("batch: must be", lambda: regression(batch=0)),
    ("data: must give one number", lambda: regression(data=[0])),
    ("problems: a number must not be neg", lambda: regression(data=[0, -1])),
    ("problems: their numbers", lambda: regression(data=[0.5, 1])),
    ("squares: design must be", lambda: LeastSquares(SHAPE, np.ones((5, 3)), np.ones((5, 3)))),
    (
        "least squares: design and targets must be finite",
        lambda: LeastSquares(SHAPE, np.full((5, 4), np.nan), np.ones((5, 3))),
    ),
    ("has 2 weights", lambda: Descent(SHAPE, Quadratic.generate(2))),
    ("law 'cauchy'", lambda: Descent(SHAPE, Quadratic.generate(4), law="cauchy")),
    ("objective: must be", lambda: Descent(SHAPE, 3)),  # type: ignore[arg-type]
    ("target: is for", lambda: Trainer(sgd(), LinearRegression((1, 3, 4), 0.1))),
    ("objective: is for", lambda: Trainer(sgd(), Descent((1, 3, 4), Quadratic.generate(4)))),
    ("record 'loos': unknown", lambda: Trainer(sgd(), regression(), record="loos")),
    ("record: must map", lambda: Trainer(sgd(), regression(), record={"a": 1})),  # type: ignore[dict-item]
    ("every: must be", lambda: Trainer(sgd(), regression(), every=0)),
    ("schedule: must be > 0", lambda: Trainer(sgd(), regression(), schedule={3: 0.0})),
    ("steps: must be", lambda: Trainer(sgd(), regression()).run(0)),
    ("save_every: must be", lambda: Trainer(sgd(), regression()).run(5, save_every=0)),
    ("save_every: needs state", lambda: Trainer(sgd(), regression()).run(5, save_every=2)),
    ("there is no such file", lambda: Trainer(sgd(), regression()).resume("/nowhere/state.npz")),
    ("states: must be > 0", lambda: Transfer.automatic_period(0, 20)),
]  # fmt: skip


def agad(**others: Any) -> AGAD:
    return AGAD(SHAPE, DEVICE, DEVICE, **others)


def residual_v2(**others: Any) -> BufferedResidualLearning:
    return BufferedResidualLearning(SHAPE, DEVICE, DEVICE, transfer_lr=0.1, **others)


@pytest.mark.parametrize(("message", "call"), BAD, ids=[f"{m[:30]}" for m, _ in BAD])
def test_bad_input_is_one_clear_error(message: str, call: Callable[[], object]) -> None:
    with pytest.raises(InputError) as caught:
        call()
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_fewer_steps_than_done_are_refused() -> None:
    trainer = Trainer(sgd(), regression())
    trainer.run(5, progress=False)
    with pytest.raises(InputError, match="5 are done"):
        trainer.run(4)
    with pytest.raises(InputError, match="record 'x'"):
        trainer.run(5).final("x")


# ---------------------------------------------------------------------- scalings


def test_buffer_rates_are_those_of_the_notes() -> None:
    """lr_H = lr·n·n_s/(g₀Δ_A); corrected: lr_H = lr/(lr_A·b·Δ_C/Δ_A) (theory notes 3.2)."""
    fast, slow = Devices("linear", dw_min=[0.1, 0.02]), Devices("linear", dw_min=0.05)
    transfer = Transfer(every=5)
    automatic = TTv2(
        SHAPE, fast, slow, transfer=transfer, buffer=Buffer(0.05, auto_granularity=200)
    )
    np.testing.assert_allclose(automatic.buffer_rate, 0.05 * 4 * 5 / (200 * np.array([0.1, 0.02])))
    plain = TTv2(SHAPE, fast, slow, buffer=Buffer(0.05, transfer_lr=2.0, granularity=3.0))
    np.testing.assert_allclose(plain.buffer_rate, 0.1 / (3 * np.array([0.1, 0.02])))
    corrected = TTv2(
        SHAPE, fast, slow, rate=FastRate([0.1, 0.2]), buffer=Buffer(0.05, corrected=True)
    )
    np.testing.assert_allclose(corrected.buffer_rate, 0.05 / (np.array([0.1, 0.2]) * 0.05))
    corrected.factor = 0.5
    np.testing.assert_allclose(corrected.buffer_rate, 0.025 / (np.array([0.1, 0.2]) * 0.05))
    scaled = TTv2(
        SHAPE, fast, slow, rate=FastRate(1, scaled=True), buffer=Buffer(0.05, corrected=True)
    )
    assert (scaled.buffer_rate == 0).all()  # nothing is known of the vectors yet
    assert [Transfer.automatic_period(*a) for a in ((20, 20), (1000, 20), (5, 20))] == [1, 50, 1]
    assert Transfer.automatic_period(100, 20, 2.0) == 10


def test_scaled_updates_fire_so_many_pulses_whatever_the_scale() -> None:
    """The cell that moves most expects BL pulses: x and d of any size give the same bits."""
    weights = []
    for scale in (1.0, 1024.0):
        tile = tt(rate=FastRate(1.0, scaled=True, pulses=Pulses(5)))
        for t in range(20):
            x = np.random.default_rng(t).normal(size=4) * scale
            tile.step(x, np.random.default_rng(t + 100).normal(size=3) / 8)
        weights.append(tile.fast.weights)
        counts = tile.fast.pulses / 20 / SHAPE[0]
        assert 1 < counts < 5 * 12
    assert weights[0].tobytes() == weights[1].tobytes()


def test_a_running_mean_starts_at_the_first_value_and_passes_over_zeros() -> None:
    algorithm = tt(rate=FastRate(1.0, scaled=True, average_rate=0.25))
    for largest in (0.0, 2.0, 0.0, 4.0):
        algorithm.step([0.0, -largest, 0.0, largest / 2], [1.0, 0.0, 0.0])
    assert algorithm._update.means[:, 0].tolist() == [2.5, 1.0]


# ---------------------------------------------------------------------- references


def test_offsets_are_what_is_read_at_the_symmetric_point() -> None:
    shape = (2, 50, 50)
    varied = {"up_down": 0.1, "bounds": 0.1}
    devices = Devices(
        "soft-bounds", dw_min=0.02, device_variation=varied, offset=[0.1, 0.0],
        offset_spread=[0.0, 0.2],
    )  # fmt: skip
    tile = devices.tile(Grid(shape, dtype="float64"), 0)
    np.testing.assert_allclose(tile.weights, tile.symmetric_points, atol=1e-9)
    np.testing.assert_allclose(tile.weights[0], 0.1, atol=1e-9)
    assert abs(tile.weights[1].mean()) < 5 * 0.2 / 50
    assert abs(tile.weights[1].std() - 0.2) < 5 * 0.2 / np.sqrt(2 * 2500)
    bare = Devices("linear", dw_min=0.02, zero_shift="none", offset=0.3).tile(Grid(shape), 0)
    assert np.unique(bare.conductances).tolist() == [0.0]
    np.testing.assert_allclose(bare.weights, 0.3, rtol=1e-6)


def test_zero_shift_by_pulses_leaves_the_error_of_the_notes() -> None:
    """Spread σ_c·√(Δw_min·b/2) around the symmetric point, and o on top (theory notes 2.2)."""
    devices = Devices(
        "soft-bounds", dw_min=0.02, cycle_noise=0.3, multiplicative_noise=False, zero_shift=1000,
        offset=0.2,
    )  # fmt: skip
    tile = devices.tile(Grid((1, 60, 60), dtype="float64"), 0)
    np.testing.assert_allclose(tile.weights, 0.2, atol=1e-12)
    assert tile.vectors == 1000
    expected = 0.3 * np.sqrt(0.02 / 2)
    assert abs(tile.conductances.std() / expected - 1) < 5 / np.sqrt(2 * 3600) + 0.02


def test_weights_start_where_they_are_put() -> None:
    algorithm = InMemorySGD((1, 2, 2), DEVICE, lr=0.1, initial=[[0.5, -0.25], [0.0, 0.75]])
    assert algorithm.effective_weights.tolist() == [[[0.5, -0.25], [0.0, 0.75]]]
    slow = TTv2((1, 2, 2), DEVICE, DEVICE, initial=0.5, gamma=1.0)
    assert (slow.effective_weights == 0.5).all()


def test_corrupt_cells_stay() -> None:
    devices = Devices("linear", dw_min=0.02, corrupt=0.3, zero_shift="none")
    algorithm = InMemorySGD((1, 20, 20), devices, lr=0.1, initial=0.5)
    before = algorithm.effective_weights
    stuck = np.abs(before) < 0.011
    assert 60 < stuck.sum() < 180
    algorithm.step(np.ones(20), np.ones(20))
    assert (algorithm.effective_weights[stuck] == before[stuck]).all()
    assert (algorithm.effective_weights[~stuck] < 0.5).all()


def test_residual_learning_reads_all_lines() -> None:
    algorithm = ResidualLearning(SHAPE, DEVICE, DEVICE, transfer_lr=0.1, every=2)
    algorithm.step(np.ones((6, 4)), np.ones((6, 3)))
    assert algorithm.reads == 3 * 4
    assert repr(algorithm) == "ResidualLearning(shape=(2, 3, 4), vectors=6)"
    assert ChoppedTTv2(SHAPE, DEVICE, DEVICE).fingerprint() != agad().fingerprint()
