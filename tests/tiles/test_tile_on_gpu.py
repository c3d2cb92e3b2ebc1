"""Tiles on a real GPU: the bits of the reference. Skipped where there is none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from analogtheory.tiles import Periphery

from ..simulation.test_on_gpu import is_available
from .test_c_tiles import AFFINE, DEVICES, SHAPE, assert_same, tile_of, updated, vectors

pytestmark = pytest.mark.skipif(
    not is_available(), reason="CuPy with a CUDA device is not available"
)

each_dtype = pytest.mark.parametrize("dtype", ["float32", "float64"])


@each_dtype
@pytest.mark.parametrize("train", ["stochastic", "deterministic", "mean-count"])
@pytest.mark.parametrize("name", DEVICES)
def test_pulses_have_the_bits_of_numpy(name: str, train: str, dtype: str) -> None:
    for pulses in (31, 100):
        found, expected = (
            updated(tile_of(b, DEVICES[name], dtype=dtype), train=train, pulses=pulses)
            for b in ("cupy", "numpy")
        )
        assert_same(found, expected)


@each_dtype
@pytest.mark.parametrize("name", AFFINE)
def test_pulses_at_once_have_the_bits_of_numba(name: str, dtype: str) -> None:
    options = dict(AFFINE[name])
    pulses = options.pop("pulses")
    found, expected = (
        updated(tile_of(b, options, dtype=dtype), pulses=pulses) for b in ("cupy", "numba")
    )
    assert_same(found, expected)


@each_dtype
@pytest.mark.parametrize("name", DEVICES)
def test_expected_updates(name: str, dtype: str) -> None:
    found, expected = (
        updated(tile_of(b, DEVICES[name], dtype=dtype), train="expected").conductances
        for b in ("cupy", "numpy")
    )
    assert found.tobytes() == expected.tobytes()


@each_dtype
def test_a_large_tile(dtype: str) -> None:
    """Many blocks, whose order is not known."""
    shape = (3, 300, 517)
    found, expected = (
        tile_of(b, DEVICES["soft-bounds"], shape=shape, dtype=dtype) for b in ("cupy", "numba")
    )
    for tile in (found, expected):
        tile.update(*vectors(1, shape, 20), 0.1)
    assert_same(found, expected)


@each_dtype
def test_numbers_below_the_normal_range_are_kept(dtype: str) -> None:
    unit = float(np.nextafter(np.zeros((), dtype), np.ones((), dtype)))
    tile = tile_of("cupy", {"response": "ideal", "dw_min": 1.0}, dtype=dtype)
    tile.set_weights(5 * unit)
    tile.update(np.full(37, 3 * unit), np.ones(5), 1.0, train="expected")
    assert (tile.weights == 2 * unit).all()


@each_dtype
def test_reads_where_products_are_exact(dtype: str) -> None:
    periphery = Periphery(input_resolution=1 / 128, output_bound=3.0, weight_noise=0.02)
    weights = np.random.default_rng(1).integers(-32, 33, SHAPE) / 64
    x, d = vectors(3)
    results: list[Any] = []
    for backend in ("cupy", "numpy"):
        tile = tile_of(backend, DEVICES["ideal"], dtype=dtype, periphery=periphery)
        tile.set_weights(weights)
        results.append((tile.forward(x).tobytes(), tile.backward(d).tobytes()))
    assert results[0] == results[1]
