"""The CUDA kernels of a tile, executed by the system's C compiler: the bits of NumPy.

`Tile(backend="cupy")` runs here as on a device, through a stand-in for CuPy.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest

from analogtheory.errors import InputError, MissingExtra
from analogtheory.responses.response import Response
from analogtheory.tiles import Periphery, Tile, launching

from ..benchmarks import test_gpu_tiles as timing
from ..kernels.cupy_stand_in import Device

SHAPE = (2, 5, 37)

POWER = Response("(1 - w/tau)**3", "(1 + w/tau)**3", "-tau", "tau", parameters={"tau": 0.8})

DEVICES: dict[str, dict[str, Any]] = {
    "soft-bounds": {"response": "soft-bounds", "cycle_noise": 0.3},
    "additive": {"response": "soft-bounds", "cycle_noise": 0.3, "multiplicative_noise": False},
    "exp-step": {"response": "exp-step", "cycle_noise": 0.2},
    "pow-step": {"response": "pow-step", "cycle_noise": 0.2},
    "ideal": {"response": "ideal", "cycle_noise": 0.5},
    "power": {"response": POWER, "cycle_noise": 0.3},
    "power without noise": {"response": POWER, "cycle_noise": 0.0},
    "cells": {
        "response": "soft-bounds", "cycle_noise": 0.3, "reference": 0.05, "write_noise": 0.5,
        "device_variation": {"dw_min": 0.3, "up_down": 0.1, "bounds": 0.2, "reference": 0.05},
    },
}  # fmt: skip
#: Devices whose n pulses the kernels take at once, and lengths of the train.
AFFINE: dict[str, dict[str, Any]] = {
    "constant": {"response": "ideal", "cycle_noise": 0.0, "pulses": 31},
    "linear": {"response": "soft-bounds", "cycle_noise": 0.0, "pulses": 200},
    "linear cells": {
        "response": "soft-bounds", "cycle_noise": 0.0, "device_variation": {"up_down": 0.2},
        "pulses": 31,
    },
}  # fmt: skip


def tile_of(backend: str, options: dict[str, Any], **changes: Any) -> Tile:
    given: dict[str, Any] = {"shape": SHAPE, "dw_min": 0.02, "seed": 2**40 + 5, "stream": 3}
    given |= {"first_problem": 7, **options, **changes}
    return Tile(given.pop("response"), given.pop("shape"), backend=backend, **given)


def vectors(number: int, shape: tuple[int, ...] = SHAPE, batch: int = 4) -> list[np.ndarray]:
    """Inputs, and errors of which one vector is zero."""
    generator = np.random.default_rng(number)
    x, d = (generator.normal(size=(shape[0], batch, lines)) for lines in shape[:0:-1])
    d[:, 1] = 0
    return [x, d]


def updated(tile: Tile, **options: Any) -> Tile:
    """Two updates, so that the second goes on from what the device holds."""
    for number in range(2):
        tile.update(*vectors(number), [0.05, 0.1], **options)
    return tile


def assert_same(found: Tile, expected: Tile) -> None:
    """Every bit of what a tile shows, and of what it goes on from."""
    assert found.weights.tobytes() == expected.weights.tobytes()
    one, other = found.state(), expected.state()
    for name, values in one.items():
        assert np.asarray(values).tobytes() == np.asarray(other[name]).tobytes(), name
    assert found.pulses == expected.pulses > 0
    assert len(np.unique(found.conductances)) > 10, "something has moved"


@pytest.mark.parametrize("prelude", ["c", "cuda"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", DEVICES)
def test_pulses_have_the_bits_of_numpy(name: str, dtype: str, prelude: str, device: Device) -> None:
    device(prelude)
    found, expected = (
        updated(tile_of(backend, DEVICES[name], dtype=dtype)) for backend in ("cupy", "numpy")
    )
    assert_same(found, expected)
    assert found.compile_seconds > 0
    assert found.truncated == expected.truncated


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", AFFINE)
def test_pulses_at_once_have_the_bits_of_numba(name: str, dtype: str, device: Device) -> None:
    device()
    options = dict(AFFINE[name])
    pulses = options.pop("pulses")
    found, expected = (
        updated(tile_of(backend, options, dtype=dtype), pulses=pulses)
        for backend in ("cupy", "numba")
    )
    assert_same(found, expected)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("train", ["deterministic", "mean-count", "stochastic"])
@pytest.mark.parametrize("pulses", [1, 31, 32, 100])
def test_trains(train: str, pulses: int, dtype: str, device: Device) -> None:
    """Of one word and of several; also with none of the managements."""
    device()
    for managed in (True, False):
        found, expected = (
            updated(
                tile_of(backend, DEVICES["cells"], dtype=dtype), train=train, pulses=pulses,
                management=managed, length_management=managed,
            )
            for backend in ("cupy", "numpy")
        )  # fmt: skip
        assert_same(found, expected)


def test_more_pulses_than_one_counter_has_numbers_for(device: Device) -> None:
    """Every cell gets 40 pulses: ten counters in single precision, twenty in double."""
    device()
    for dtype in ("float32", "float64"):
        tiles = [tile_of(b, DEVICES["cells"], dtype=dtype) for b in ("cupy", "numpy")]
        for tile in tiles:
            tile.update(np.ones((3, 37)), -np.ones((3, 5)), 0.8, pulses=40, train="deterministic")
        assert_same(*tiles)
        assert tiles[0].pulses == 3 * 40 * np.prod(SHAPE)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", DEVICES)
def test_expected_updates(name: str, dtype: str, device: Device) -> None:
    device()
    tiles = [tile_of(backend, DEVICES[name], dtype=dtype) for backend in ("cupy", "numpy")]
    for tile in tiles:
        updated(tile, train="expected")
    stored = [tile.conductances for tile in tiles]
    assert stored[0].tobytes() == stored[1].tobytes()
    assert len(np.unique(stored[0])) > 100


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_numbers_below_the_normal_range_are_kept(dtype: str, device: Device) -> None:
    """The smallest ones of a precision: an update moves the weight by a few of their units."""
    device()
    unit = float(np.nextafter(np.zeros((), dtype), np.ones((), dtype)))
    tiles = [Tile("ideal", (3, 4), dw_min=1.0, backend=b, dtype=dtype) for b in ("cupy", "numpy")]
    for tile in tiles:
        tile.set_weights(5 * unit)
        tile.update(np.full((2, 4), 3 * unit), np.array([[1.0] * 3, [-2.0] * 3]), 1.0,
                    train="expected")  # fmt: skip
    found, expected = (tile.weights for tile in tiles)
    assert found.tobytes() == expected.tobytes()
    assert (found == 8 * unit).all()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_reads_where_products_are_exact(dtype: str, device: Device) -> None:
    """Dyadic weights and DAC steps: the sums have no rounding, whatever their order."""
    device()
    periphery = Periphery(
        input_resolution=1 / 128, input_noise=0.0, output_bound=3.0, output_noise=0.06,
        weight_noise=0.02,
    )  # fmt: skip
    weights = np.random.default_rng(1).integers(-32, 33, SHAPE) / 64
    found, expected = [], []
    for backend, kept in (("cupy", found), ("numpy", expected)):
        tile = tile_of(backend, DEVICES["soft-bounds"], dtype=dtype, periphery=periphery)
        assert tile.set_weights(weights) == 0
        x, d = vectors(3)
        for _ in range(2):
            kept += [tile.forward(x), tile.backward(d), tile.forward(x[0, 0])]
    for one, other in zip(found, expected, strict=True):
        assert one.tobytes() == other.tobytes()
        assert one.dtype == dtype
    assert not np.array_equal(found[0], found[3]), "each read has its own noise"


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_reads_with_noise_on_the_inputs(dtype: str, device: Device) -> None:
    """Inputs are no longer dyadic: products agree to their rounding, and so do outputs."""
    device()
    periphery = Periphery(input_noise=0.1, output_resolution=0.0, output_bound=float("inf"))
    x, d = vectors(3)
    found, expected = [], []
    for backend, kept in (("cupy", found), ("numpy", expected)):
        tile = updated(tile_of(backend, DEVICES["cells"], dtype=dtype, periphery=periphery))
        kept += [tile.forward(x), tile.backward(d)]
    for one, other in zip(found, expected, strict=True):
        assert one == pytest.approx(other, abs=200 * float(np.finfo(dtype).eps))


def test_reads_without_periphery(device: Device) -> None:
    device()
    found, expected = (updated(tile_of(b, DEVICES["cells"])) for b in ("cupy", "numpy"))
    x, d = vectors(4)
    assert found.forward(x) == pytest.approx(expected.forward(x), abs=1e-5)
    assert found.backward(d[0]) == pytest.approx(expected.backward(d[0]), abs=1e-5)
    assert found.forward(x[0, 0]).shape == expected.forward(x[0, 0]).shape == (2, 1, 5)


def test_programming_zero_shifting_and_going_on(device: Device) -> None:
    """State moves between backends; the reference on the device follows the tile's."""
    device()
    tiles = [tile_of(backend, DEVICES["cells"]) for backend in ("cupy", "numpy")]
    for tile in tiles:
        tile.program_symmetric_point(30, "random")
        assert np.any(tile.weights)
        tile.zero_shift()
        updated(tile)
    assert_same(*tiles)
    other = tile_of("cupy", DEVICES["cells"])
    other.restore(tiles[1].state())
    for tile in (other, tiles[1]):
        tile.update(*vectors(8), 0.1)
    assert_same(other, tiles[1])


def test_a_batch_may_be_split(device: Device) -> None:
    device()
    x, d = vectors(5, batch=9)
    whole, parts = (tile_of("cupy", DEVICES["cells"]) for _ in range(2))
    whole.update(x, d, 0.1)
    for begin, end in ((0, 1), (1, 6), (6, 9)):
        parts.update(x[:, begin:end], d[:, begin:end], 0.1)
    assert_same(parts, whole)


def test_threads_go_on_to_further_cells(device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    device()
    monkeypatch.setattr(launching, "MOST_BLOCKS", 1)
    monkeypatch.setattr(launching, "THREADS", 16)
    found, expected = (updated(tile_of(b, DEVICES["cells"])) for b in ("cupy", "numpy"))
    assert_same(found, expected)


@pytest.mark.parametrize("size", [24, 70])
def test_the_benchmark_runs(size: int, device: Device) -> None:
    fake = device()
    assert timing.update(fake, size, 3)() > 0
    assert timing.Card.of(fake) == timing.Card(128 * 1e9 * 4, 1e9 * 128)


def test_what_a_second_update_copies(device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what belongs to lines: weights and fields stay on the device."""
    fake = device()
    shape = (2, 50, 60)
    tile = tile_of("cupy", DEVICES["cells"], shape=shape)
    tile.update(*vectors(0, shape, 2), 0.1)
    copied: list[int] = []
    original = fake.asarray
    monkeypatch.setattr(
        fake, "asarray",
        lambda v: (copied.append(v.size) if isinstance(v, np.ndarray) else None) or original(v),
    )  # fmt: skip
    tile.update(*vectors(1, shape, 2), 0.1)
    assert copied
    assert max(copied) < 50 * 60


# ---------------------------------------------------------------------- failures


def test_without_cupy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cupy", None)
    message = r"^needs the extra 'cuda12' or 'cuda13': pip install 'analogtheory\[cuda12\]'$"
    with pytest.raises(MissingExtra, match=message):
        Tile("soft-bounds", (2, 3), dw_min=0.01, backend="cupy")


def test_without_a_device(device: Device) -> None:
    device().is_available = lambda: False
    with pytest.raises(InputError, match=r"^backend 'cupy': CuPy finds no CUDA device"):
        Tile("soft-bounds", (2, 3), dw_min=0.01, backend="cupy")


def test_auto_never_asks_for_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cupy", None)
    assert Tile("soft-bounds", (2, 3), dw_min=0.01).forward(np.ones(3)).tolist() == [0, 0]


def test_products_that_are_not_finite(device: Device) -> None:
    """Single precision: the sum of 37 inputs is too large without a converter before it."""
    device()
    tile = tile_of("cupy", DEVICES["ideal"])
    tile.set_weights(0.5)
    with pytest.raises(InputError, match=r"^weights: must be finite, and so must their products"):
        tile.forward(np.full(37, 3e38))
    assert np.isfinite(tile.forward(np.full(37, 3e36))).all()
