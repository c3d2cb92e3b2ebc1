"""Every algorithm against a loop in plain Python over vectors, lines and cells, bit by bit.

A loop trains one problem on tiles of its own; the algorithm trains three at once.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from analogtheory.tiles import Tile
from analogtheory.training import (
    AGAD,
    Algorithm,
    Buffer,
    BufferedResidualLearning,
    ChoppedTTv2,
    Chopper,
    Devices,
    FastRate,
    Grid,
    InMemorySGD,
    MixedPrecision,
    Pulses,
    ResidualLearning,
    StochasticHamiltonianDescent,
    TikiTaka,
    Transfer,
    TTv2,
)
from analogtheory.training.randomness import CHOPPER, TRANSFER_READ, Source

Array = NDArray[Any]

ROWS, COLUMNS, PROBLEMS, VECTORS = 3, 4, 3, 90
SIZES = np.array([0.05, 0.1, 0.02])
OFFSETS = np.array([0.0, 0.2, -0.3])
SPREADS = {"log_dw_min": 0.2, "up_down": 0.1, "bounds": 0.1}
FAST = Devices(
    "soft-bounds", dw_min=SIZES, cycle_noise=0.3, device_variation=SPREADS, offset=OFFSETS
)
SLOW = Devices("linear", dw_min=0.04, cycle_noise=0.2, zero_shift="none")
GRID = Grid((PROBLEMS, ROWS, COLUMNS), seed=5, stream=4, first_problem=2)
RATE = FastRate(1.0, scaled=True, pulses=Pulses(5))


def data() -> tuple[Array, Array]:
    generator = np.random.default_rng(0)
    x = generator.normal(size=(PROBLEMS, VECTORS, COLUMNS))
    d = generator.normal(size=(PROBLEMS, VECTORS, ROWS)) + 0.5
    d[:, 10] = 0.0
    return x, d


class Loop:
    """One problem: its arrays, its fast rate, and its reads."""

    def __init__(self, problem: int, noise: float = 0.0):
        self.problem, self.noise, self.read_count = problem, noise, 0
        common: dict[str, Any] = {"shape": (ROWS, COLUMNS), "seed": 5, "first_problem": 2 + problem}
        self.fast = Tile(
            "soft-bounds", **common, stream=4, dw_min=float(SIZES[problem]), cycle_noise=0.3,
            device_variation=SPREADS,
        )  # fmt: skip
        points = self.fast.symmetric_points
        self.fast.set_weights(points)
        reference = points - OFFSETS[problem]
        self.fast.restore(self.fast.state() | {"reference": reference.reshape(1, ROWS, COLUMNS)})
        self.slow = Tile(
            "linear", **common, stream=5, dw_min=0.04, cycle_noise=0.2,
            reference=np.zeros((ROWS, COLUMNS)),
        )  # fmt: skip
        self.means = [0.0, 0.0]
        self.noises = Source.of(5, TRANSFER_READ, 4, [2 + problem])
        self.flips = Source.of(5, CHOPPER, 4, [2 + problem])

    def update_fast(self, x: Array, d: Array) -> None:
        newest = [float(np.abs(x).max()), float(np.abs(d).max())]
        for k, value in enumerate(newest):
            if value > 0:
                first = self.means[k] == 0
                self.means[k] = value if first else self.means[k] + 0.01 * (value - self.means[k])
        lr = 5 * SIZES[self.problem] / (self.means[0] * self.means[1])
        self.fast.update(x, d * lr, 1.0, pulses=5)

    def read(self, column: int) -> Array:
        values = self.fast.weights[:, column].astype(float)
        if self.noise:
            values = values + self.noise * self.noises.normal(self.read_count, ROWS)[0, 0]
        self.read_count += 1
        return values

    def pulse(self, column: int, counts: Array, most: int = 1) -> None:
        one_hot = np.eye(COLUMNS)[column]
        self.slow.update(one_hot, -counts, 0.04, pulses=most, train="deterministic")


def assert_equal(algorithm: Algorithm, loops: list[Loop]) -> None:
    for name in ("fast", "slow"):
        found = algorithm.tiles()[name].weights
        for problem, loop in enumerate(loops):
            expected = getattr(loop, name).weights
            assert found[problem].tobytes() == expected.tobytes(), (name, problem)
        assert len({loop.slow.weights.tobytes() for loop in loops}) == PROBLEMS


def trained(algorithm: Algorithm) -> Algorithm:
    """In batches of 7, which no transfer period divides."""
    x, d = data()
    for first in range(0, VECTORS, 7):
        algorithm.step(x[:, first : first + 7], d[:, first : first + 7])
    return algorithm


@pytest.mark.parametrize("kind", ["ttv1", "shd", "three reads"])
def test_ttv1_and_shd_are_the_loop(kind: str) -> None:
    every, reads = {"ttv1": (2, 1), "shd": (1, 1), "three reads": (5, 3)}[kind]
    arguments: dict[str, Any] = {"transfer_lr": 0.1, "rate": RATE}
    if kind == "shd":
        algorithm: Algorithm = StochasticHamiltonianDescent(GRID, FAST, SLOW, **arguments)
    else:
        transfer = Transfer(every=every, reads=reads)
        algorithm = TikiTaka(GRID, FAST, SLOW, transfer=transfer, **arguments)
    x, d = data()
    loops = [Loop(p) for p in range(PROBLEMS)]
    for p, loop in enumerate(loops):
        column = 0
        for t in range(VECTORS):
            loop.update_fast(x[p, t], d[p, t])
            if (t + 1) % every:
                continue
            for _ in range(reads):
                loop.slow.update(np.eye(COLUMNS)[column], -loop.read(column), 0.1)
                column = (column + 1) % COLUMNS
    assert_equal(trained(algorithm), loops)


BUFFERS = [
    Buffer(0.2, auto_granularity=3.0),
    Buffer(0.3, auto_granularity=3.0, forget=False, most_pulses=3, momentum=0.2, threshold=1.5),
    Buffer(0.2, granularity=0.5, momentum=0.4),
    Buffer(0.01, corrected=True),
]


@pytest.mark.parametrize("buffer", BUFFERS)
@pytest.mark.parametrize("kind", ["ttv2", "random", "regular", "agad"])
def test_the_buffered_family_is_the_loop(kind: str, buffer: Buffer) -> None:
    every, noise, p_flip, tail = 2, 0.05, 0.3, 3.0
    common: dict[str, Any] = {
        "rate": RATE, "transfer": Transfer(every=every, read_noise=noise), "buffer": buffer
    }  # fmt: skip
    if kind == "ttv2":
        algorithm: Algorithm = TTv2(GRID, FAST, SLOW, **common)
    elif kind == "agad":
        chopper = Chopper(p_flip, regular=True)
        algorithm = AGAD(GRID, FAST, SLOW, chopper=chopper, tail=tail, **common)
    else:
        chopper = Chopper(p_flip, regular=kind == "regular")
        algorithm = ChoppedTTv2(GRID, FAST, SLOW, chopper=chopper, **common)
    trained(algorithm)
    loops = [Loop(p, noise) for p in range(PROBLEMS)]
    for loop in loops:
        family_loop(loop, kind, buffer, every, p_flip, tail)
    assert_equal(algorithm, loops)


def family_loop(
    loop: Loop, kind: str, buffer: Buffer, every: int, p_flip: float, tail: float
) -> None:
    x, d = data()[0][loop.problem], data()[1][loop.problem]
    size, period = SIZES[loop.problem], max(math.ceil(1 / p_flip), 2)
    unit = buffer.granularity * size
    if buffer.auto_granularity:
        unit *= buffer.auto_granularity / (COLUMNS * every)
    held, mean, latched = (np.zeros((ROWS, COLUMNS)) for _ in range(3))
    signs, due = np.ones(COLUMNS), [False] * COLUMNS
    beta, column, sweep = min(tail / period, 1.0), 0, 0
    for t in range(VECTORS):
        loop.update_fast(x[t] * signs, d[t])
        if (t + 1) % every:
            continue
        values, k = loop.read(column), column
        if kind == "agad" and due[k]:
            latched[:, k] = mean[:, k]
        rate = buffer.lr / unit
        if buffer.corrected:
            fast_lr = 5 * size / (loop.means[0] * loop.means[1])
            rate = buffer.lr / (unit * 0.04 / size) / fast_lr
        counts = np.zeros(ROWS)
        for i in range(ROWS):
            held[i, k] += rate * ((values[i] - latched[i, k]) * signs[k])
            n = math.trunc(held[i, k] / buffer.threshold)
            n = max(-buffer.most_pulses, min(buffer.most_pulses, n))
            if n and buffer.forget:
                held[i, k] *= buffer.momentum
            elif n:
                held[i, k] -= (1 - buffer.momentum) * n * buffer.threshold
            counts[i] = n if kind != "agad" or sweep > period else 0
            mean[i, k] += beta * (values[i] - mean[i, k])
        loop.pulse(k, counts, buffer.most_pulses)
        flips = (sweep % period) + 1 == period
        if kind == "random":
            flips = loop.flips.uniform(sweep, [k])[0, 0, 0] < p_flip
        due[k] = False
        if kind != "ttv2" and flips:
            signs[k], due[k] = -signs[k], True
        column = (column + 1) % COLUMNS
        sweep += column == 0


@pytest.mark.parametrize("kind", ["v1", "average", "threshold"])
def test_residual_learning_is_the_loop(kind: str) -> None:
    common: dict[str, Any] = {"transfer_lr": 0.2, "gamma": 0.4, "every": 3, "rate": RATE}
    if kind == "v1":
        algorithm: Algorithm = ResidualLearning(GRID, FAST, SLOW, **common)
    else:
        threshold = 1.3 if kind == "threshold" else None
        algorithm = BufferedResidualLearning(GRID, FAST, SLOW, threshold=threshold, **common)
    x, d = data()
    loops = [Loop(p) for p in range(PROBLEMS)]
    for p, loop in enumerate(loops):
        held = np.zeros((ROWS, COLUMNS))
        for t in range(VECTORS):
            loop.update_fast(x[p, t], d[p, t])
            for k in range(COLUMNS) if (t + 1) % 3 == 0 else ():
                values = loop.read(k)
                held[:, k] += (1.0 if kind == "v1" else 0.2) * (values - held[:, k])
                if kind == "v1":
                    held[:, k] = values
                if kind == "threshold":
                    unit = 1.3 * 0.04
                    counts = np.clip(np.trunc(held[:, k] / unit), -1, 1)
                    held[:, k] -= counts * unit
                    loop.pulse(k, counts)
                else:
                    loop.slow.update(np.eye(COLUMNS)[k], -held[:, k], 0.2)
    assert_equal(trained(algorithm), loops)
    mixed = algorithm.tiles()["slow"].weights + 0.4 * algorithm.tiles()["fast"].weights
    np.testing.assert_allclose(algorithm.effective_weights, mixed, atol=1e-6)
    np.testing.assert_allclose(algorithm.forward(x[:, :2]), x[:, :2] @ mixed.swapaxes(1, 2), 1e-4)
    np.testing.assert_allclose(algorithm.backward(d[:, :2]), d[:, :2] @ mixed, 1e-4)


def test_one_array_algorithms_are_the_loop() -> None:
    lr, x, d = np.array([0.05, 0.1, 0.2]), *data()
    sgd = trained(InMemorySGD(GRID, FAST, lr=lr))
    mixed = trained(MixedPrecision(GRID, FAST, lr=lr, every=3))
    for p in range(PROBLEMS):
        one, other = Loop(p).fast, Loop(p).fast
        one.set_weights(0.0)
        other.set_weights(0.0)
        collected = np.zeros((ROWS, COLUMNS))
        for t in range(VECTORS):
            one.update(x[p, t], d[p, t], float(lr[p]))
            collected -= lr[p] * d[p, t][:, None] * x[p, t]
            if (t + 1) % 3 == 0:
                counts = np.clip(np.trunc(collected / SIZES[p]), -31, 31)
                collected -= counts * SIZES[p]
                for i in range(ROWS):
                    other.update(
                        counts[i], -np.eye(ROWS)[i], float(SIZES[p]), train="deterministic"
                    )
        assert sgd.effective_weights[p].tobytes() == one.weights.tobytes()
        assert mixed.effective_weights[p].tobytes() == other.weights.tobytes()


def test_rows_are_columns_of_the_transposed_problem() -> None:
    """Without pulses: reading rows of W is reading columns of Wᵀ."""
    expected = FastRate(0.02, pulses=Pulses(train="expected"))
    device = Devices("linear", dw_min=0.04)
    x, d = data()
    found = []
    for rows, shape in ((False, (PROBLEMS, ROWS, COLUMNS)), (True, (PROBLEMS, COLUMNS, ROWS))):
        algorithm = AGAD(
            Grid(shape, dtype="float64", backend="numpy"), device, device, rate=expected,
            transfer=Transfer(every=2, rows=rows), buffer=Buffer(0.3), gamma=0.2,
            chopper=Chopper(0.3, regular=True, across=0.4),
        )  # fmt: skip
        one, other = (d, x) if rows else (x, d)
        algorithm.step(one, other)
        weights = algorithm.effective_weights
        np.testing.assert_allclose(
            algorithm.forward(one[:, :3]), one[:, :3] @ weights.swapaxes(1, 2), atol=1e-12
        )
        np.testing.assert_allclose(
            algorithm.backward(other[:, :3]), other[:, :3] @ weights, atol=1e-12
        )
        assert set(np.unique(algorithm.across_signs)) == {-1.0, 1.0}
        found.append(weights.swapaxes(1, 2) if rows else weights)
    np.testing.assert_allclose(found[0], found[1], atol=1e-12)
    assert np.abs(found[0]).max() > 0.05
