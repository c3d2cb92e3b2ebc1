"""Runs: resumed bit by bit, split over problems, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analogtheory.errors import InputError
from analogtheory.objectives import Quadratic
from analogtheory.tiles import Periphery
from analogtheory.training import (
    AGAD,
    Algorithm,
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
    LogisticRegression,
    MixedPrecision,
    Pulses,
    StochasticHamiltonianDescent,
    Task,
    TikiTaka,
    Trainer,
    Transfer,
    TTv2,
    drawn_target,
    storage,
)

SHAPE = (4, 3, 5)
FAST = Devices(
    "soft-bounds", dw_min=[0.05, 0.02, 0.05, 0.02], cycle_noise=0.3, write_noise=0.2,
    device_variation={"dw_min": 0.2}, offset_spread=[0.0, 0.1, 0.2, 0.3], periphery=Periphery(),
    zero_shift=40,
)  # fmt: skip
SLOW = Devices("linear", dw_min=0.04, cycle_noise=0.3, periphery=Periphery(output_noise=0.01))
RATE = FastRate(1.0, scaled=True, pulses=Pulses(5))
TRANSFER = Transfer(every=4, reads=2, read_noise=0.05, periphery=Periphery())

MAKERS: dict[str, Callable[[Grid, Devices], Algorithm]] = {
    "sgd": lambda grid, fast: InMemorySGD(grid, fast, lr=0.02),
    "mixed precision": lambda grid, fast: MixedPrecision(grid, fast, lr=0.05, every=3),
    "ttv1": lambda grid, fast: TikiTaka(
        grid, fast, SLOW, transfer_lr=0.1, rate=RATE, transfer=TRANSFER, gamma=0.1
    ),
    "shd": lambda grid, fast: StochasticHamiltonianDescent(grid, fast, SLOW, transfer_lr=0.1),
    "rlv2": lambda grid, fast: BufferedResidualLearning(
        grid, fast, SLOW, transfer_lr=0.1, threshold=1.0, rate=RATE
    ),
    "ttv2": lambda grid, fast: TTv2(grid, fast, SLOW, rate=RATE, transfer=TRANSFER),
    "c-ttv2": lambda grid, fast: ChoppedTTv2(
        grid, fast, SLOW, rate=RATE, transfer=TRANSFER, gamma=0.2, chopper=Chopper(0.3, across=0.2)
    ),
    "agad": lambda grid, fast: AGAD(
        grid, fast, SLOW, rate=RATE, transfer=TRANSFER, chopper=Chopper(0.3, regular=True)
    ),
}  # fmt: skip


def task(shape: tuple[int, int, int] = SHAPE) -> LinearRegression:
    target = drawn_target(shape, seed=3)
    return LinearRegression(shape, target, label_noise=0.1, batch=2, seed=3)


def trainer(kind: str, **others: Any) -> Trainer:
    options: dict[str, Any] = {"record": ("error", "loss", "weights"), "every": 9}
    return Trainer(MAKERS[kind](Grid(SHAPE, seed=2), FAST), task(), **(options | others))


class Cut(Exception):
    """An interruption in the middle of a run."""


@pytest.mark.parametrize("kind", MAKERS)
def test_a_resumed_run_has_the_bits_of_one_in_one_piece(kind: str, tmp_path: Path) -> None:
    schedule = {30: 0.5}
    whole = trainer(kind, schedule=schedule)
    result = whole.run(60, progress=False)
    broken, file = trainer(kind, schedule=schedule), tmp_path / "state.npz"
    step = broken.algorithm.step

    def cut(x: Any, d: Any) -> None:
        step(x, d)
        if broken.done > 41:
            raise Cut

    broken.algorithm.step = cut  # type: ignore[method-assign]
    with pytest.raises(Cut):
        broken.run(60, state=file, save_every=7, progress=False)
    again = trainer(kind, schedule=schedule)
    resumed = again.run(60, state=file, progress=False)
    assert resumed.steps.tolist() == result.steps.tolist() == [0, 9, 18, 27, 36, 45, 54, 60]
    for name, values in result.records.items():
        assert values.tobytes() == resumed.records[name].tobytes(), name
    for name, part in whole.algorithm.state().items():
        assert part.tobytes() == again.algorithm.state()[name].tobytes(), name
    assert len(np.unique(result.final("error"))) == SHAPE[0]


@pytest.mark.parametrize("kind", MAKERS)
def test_problems_are_the_same_alone(kind: str) -> None:
    """Problems 2 and 3 of four, by themselves."""
    together = trainer(kind).run(30, progress=False).final("weights")
    part = Devices(**(vars(FAST) | {"dw_min": [0.05, 0.02], "offset_spread": [0.2, 0.3]}))
    shape, numbers = (2, *SHAPE[1:]), np.array([2, 3])
    algorithm = MAKERS[kind](Grid(shape, seed=2, first_problem=2), part)
    target = drawn_target(shape, seed=3, data=numbers)
    alone = LinearRegression(shape, target, label_noise=0.1, batch=2, seed=3, data=numbers)
    found = Trainer(algorithm, alone, every=9, record="weights").run(30, progress=False)
    assert found.final("weights").tobytes() == together[2:].tobytes()


def test_steps_between_transfers_may_be_taken_together() -> None:
    """One vector a call gives the bits of the longest batches."""
    pieces = MAKERS["agad"](Grid(SHAPE, seed=2), FAST)
    stream = LinearRegression(SHAPE, drawn_target(SHAPE, seed=3), seed=3)
    for t in range(50):
        pieces.step(*stream.vectors(pieces, t, 1))
    at_once = MAKERS["agad"](Grid(SHAPE, seed=2), FAST)
    Trainer(at_once, stream).run(50, progress=False)
    np.testing.assert_allclose(pieces.effective_weights, at_once.effective_weights, atol=1e-6)
    assert pieces.vectors == at_once.vectors == 50


DAMAGES: dict[str, tuple[Callable[[Path], None], str]] = {}


def damage(message: str) -> Callable[[Callable[[Path], None]], Callable[[Path], None]]:
    def registered(function: Callable[[Path], None]) -> Callable[[Path], None]:
        DAMAGES[function.__name__] = function, message
        return function

    return registered


@damage("cut short")
def half_a_file(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


@damage("cut short")
def one_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 16
    path.write_bytes(bytes(content))


@damage("cut short")
def another_file(path: Path) -> None:
    path.write_text("no state\n")


@damage("cut short")
def empty(path: Path) -> None:
    path.write_bytes(b"")


@damage("'state/secret', which this algorithm|'secret', which this algorithm")
def unknown_state(path: Path) -> None:
    header, arrays = storage.load(path)
    storage.save(path, header, arrays | {"state/secret": np.zeros(3)})


@damage("'digital/buffer' is missing")
def missing_state(path: Path) -> None:
    header, arrays = storage.load(path)
    del arrays["state/digital/buffer"]
    storage.save(path, header, arrays)


@damage("not finite")
def nan_in_a_state(path: Path) -> None:
    header, arrays = storage.load(path)
    arrays["state/digital/buffer"][0, 0, 0] = np.nan
    storage.save(path, header, arrays)


@damage("of shape")
def wrong_shape(path: Path) -> None:
    header, arrays = storage.load(path)
    arrays["state/digital/buffer"] = np.zeros((1, 2))
    storage.save(path, header, arrays)


@damage("records do not fit")
def missing_record(path: Path) -> None:
    header, arrays = storage.load(path)
    del arrays["record/loss"]
    storage.save(path, header, arrays)


@damage("'other', which is unknown")
def unknown_part(path: Path) -> None:
    header, arrays = storage.load(path)
    storage.save(path, header, arrays | {"other": np.zeros(1)})


@damage("format is 99")
def newer_format(path: Path) -> None:
    header, arrays = storage.load(path)
    storage.save(path, header | {"format": 99}, arrays)


@damage("how many steps")
def negative_steps(path: Path) -> None:
    header, arrays = storage.load(path)
    storage.save(path, header | {"done": -1}, arrays)


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_file_is_one_error_and_changes_nothing(name: str, tmp_path: Path) -> None:
    file = tmp_path / "state.npz"
    first = trainer("ttv2")
    first.run(20, state=file, progress=False)
    change, message = DAMAGES[name]
    change(file)
    second = trainer("ttv2")
    before, content = second.algorithm.state(), file.read_bytes()
    with pytest.raises(InputError, match=message):
        second.run(40, state=file, progress=False)
    assert second.done == 0
    assert file.read_bytes() == content
    for part, values in second.algorithm.state().items():
        assert values.tobytes() == before[part].tobytes()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"every": 5}, "run settings"),
        ({"schedule": {3: 0.5}}, "run settings"),
        ({"record": "error"}, "run settings"),
    ],
)
def test_a_state_of_other_settings_is_refused(
    change: dict[str, Any], message: str, tmp_path: Path
) -> None:
    file = tmp_path / "state.npz"
    trainer("ttv2").run(20, state=file, progress=False)
    with pytest.raises(InputError, match=message):
        trainer("ttv2", **change).resume(file)
    with pytest.raises(InputError, match="algorithm is 'TTv2'"):
        trainer("agad").resume(file)
    other = TTv2(Grid(SHAPE, seed=2), FAST, SLOW, rate=RATE, transfer=Transfer(every=3))
    with pytest.raises(InputError, match="algorithm settings"):
        Trainer(other, task(), record=("error", "loss", "weights"), every=9).resume(file)


def test_a_state_beyond_the_wanted_steps_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "state.npz"
    trainer("sgd").run(20, state=file, progress=False)
    second = trainer("sgd")
    before = second.algorithm.state()
    with pytest.raises(InputError, match="steps: 20 are done already, got 10"):
        second.run(10, state=file, progress=False)
    assert second.done == 0
    for part, values in second.algorithm.state().items():
        assert values.tobytes() == before[part].tobytes()


def test_a_failed_write_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "state.npz"
    trainer("sgd").run(5, state=file, progress=False)
    content = file.read_bytes()

    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(InputError, match="cannot be written"):
        trainer("sgd").run(8, state=file, progress=False)
    assert file.read_bytes() == content
    assert [path.name for path in tmp_path.iterdir()] == ["state.npz"]
    with pytest.raises(InputError, match="cannot be written"):
        trainer("sgd").run(8, progress=False).save(tmp_path / "nowhere" / "result.npz")


def test_results_are_saved_whole(tmp_path: Path) -> None:
    result = trainer("sgd").run(20, progress=False)
    result.save(tmp_path / "result.npz")
    header, arrays = storage.load(tmp_path / "result.npz")
    assert header["algorithm"] == "in-memory SGD"
    assert arrays["steps"].tolist() == [0, 9, 18, 20]
    assert arrays["record/error"].tobytes() == result.records["error"].tobytes()
    json.dumps(header)


def test_the_bar_is_shown_when_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    trainer("ttv2").run(20, progress=True)
    shown = capsys.readouterr().err
    assert "TTv2 ████████████████████████ 20/20 steps" in shown
    assert shown.endswith("\r\033[K")
    trainer("ttv2").run(20)
    assert capsys.readouterr().err == ""


# ---------------------------------------------------------------------- tasks


def tasks(shape: tuple[int, int, int]) -> dict[str, Task]:
    generator = np.random.default_rng(0)
    target = drawn_target(shape, seed=3, spread=0.4)
    design = generator.normal(size=(40, shape[2]))
    quadratic = Quadratic.generate(shape[2], seed=1)
    return {
        "linear": LinearRegression(shape, target, label_noise=0.05, seed=1),
        "logistic": LogisticRegression(shape, target, seed=1),
        "least squares": LeastSquares(shape, design, design @ target[0].T, seed=1, batch=3),
        "quadratic": Descent(shape, quadratic, noise=0.05, seed=1),
    }


@pytest.mark.parametrize("name", ["linear", "logistic", "least squares", "quadratic"])
def test_every_task_is_learned(name: str) -> None:
    shape = (3, 2, 4)
    stream = tasks(shape)[name]
    device = Devices("ideal", dw_min=0.002)  # asymmetry would pull the noisy ones to 0
    start = stream.loss(np.zeros(shape))
    best = stream.loss(np.broadcast_to(stream.target, shape))
    algorithm = MixedPrecision(shape, device, lr=0.005, every=20)
    result = Trainer(algorithm, stream, record=("error", "loss")).run(4000, progress=False)
    assert (result.final("loss") - best < 0.1 * (start - best)).all()
    assert (result.final("error") < 0.1).all()


@pytest.mark.parametrize("name", ["linear", "logistic", "least squares", "quadratic"])
def test_errors_are_gradients_of_the_loss(name: str) -> None:
    """The mean of d xᵀ is the derivative of the loss: 5 standard errors, 24 numbers."""
    shape = (3, 2, 4)
    stream, device = tasks(shape)[name], Devices("ideal", dw_min=0.01)
    algorithm = InMemorySGD(Grid(shape, dtype="float64"), device, lr=0.1, initial=0.1)
    per_step = stream.vectors_per_step
    x, d = stream.vectors(algorithm, 0, 6000)
    products = d[:, :, :, None] * x[:, :, None, :]
    steps = products.reshape(3, 6000, per_step, 2, 4).sum(axis=2)
    mean, spread = steps.mean(axis=1), steps.std(axis=1) / np.sqrt(6000)
    weights, change = np.full(shape, 0.1), 1e-4
    samples = 1 / np.sqrt(1000) if name == "logistic" else 0.0
    for i in range(2):
        for j in range(4):
            moved = [weights.copy() for _ in range(2)]
            moved[0][:, i, j] += change
            moved[1][:, i, j] -= change
            slope = (stream.loss(moved[0]) - stream.loss(moved[1])) / (2 * change)
            distance = np.abs(mean[:, i, j] - slope)
            assert (distance < 5 * (spread[:, i, j] + samples * 0.5) + 1e-6).all()
