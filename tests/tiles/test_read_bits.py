"""Reads with periphery: the same bits from every backend, whole or in parts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from analogtheory.tiles import conversion
from analogtheory.tiles.conversion import Addresses, Converter, convert
from analogtheory.tiles.periphery import Periphery

from .reads import BACKENDS, each_precision, looked_at


@each_precision
@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize("shape", [(1, 1, 1), (3, 5, 4), (2, 63, 130), (1, 1100, 2051)])
def test_backends_agree_to_the_bit(
    precision: Any, transposed: bool, shape: tuple[int, ...]
) -> None:
    rng = np.random.default_rng(5)
    weights = rng.uniform(-1, 1, shape).astype(precision)
    x = rng.standard_normal((shape[0], 6, shape[1 if transposed else 2]))
    periphery = Periphery(input_noise=0.02, weight_noise=0.03)
    numpy, numba = (
        looked_at(weights, x, periphery, transposed=transposed, backend=backend)
        for backend in BACKENDS
    )
    assert numpy.tobytes() == numba.tobytes()


@each_precision
@pytest.mark.parametrize("kind", ["dac", "adc"])
def test_converters_agree_to_the_bit_on_any_numbers(precision: Any, kind: str) -> None:
    """All magnitudes, and enough numbers for more than one thread."""
    rng = np.random.default_rng(6)
    values = rng.standard_normal((40, 9000)) * 10.0 ** rng.uniform(-30, 30, (40, 9000))
    addresses = Addresses(
        np.arange(40, dtype=np.uint64), np.arange(40, dtype=np.uint64) * np.uint64(256), (3, 4)
    )
    scales = (10.0 ** rng.uniform(-3, 3, 40)).astype(precision)
    deviations = [rng.uniform(0, 1, 40).astype(precision) for _ in range(2)]
    (one, saturated), (other, flags) = (
        convert(Converter(kind, 0.01, 1.0), values.astype(precision), scales, deviations, [4, 6],
                addresses, backend)
        for backend in BACKENDS
    )  # fmt: skip
    assert values.size * 3 > conversion.WORTH_THREADS
    assert one.tobytes() == other.tobytes()
    assert np.array_equal(saturated, flags)


@each_precision
def test_a_batch_may_be_split(precision: Any) -> None:
    """Weights and DAC steps are dyadic, so that the product is exact in any order."""
    rng = np.random.default_rng(7)
    weights = (rng.integers(-64, 65, (3, 33, 40)) / 64).astype(precision)
    x = rng.uniform(-1, 1, (3, 16, 40))
    periphery = Periphery(input_resolution=1 / 128, weight_noise=0.01, output_bound=4.0)
    whole = looked_at(weights, x, periphery)
    for vectors in (slice(0, 1), slice(3, 11), slice(11, 16)):
        for problems in (slice(0, 1), slice(1, 3)):
            part = looked_at(
                weights[problems], x[problems, vectors], periphery,
                first_vector=10 + vectors.start, first_problem=problems.start,
            )  # fmt: skip
            assert np.array_equal(part, whole[problems, vectors])
    unmanaged = Periphery(
        input_resolution=1 / 128, weight_noise=0.01, output_bound=4.0, bound_management="none"
    )
    changed = (looked_at(weights, x, unmanaged) != whole).any(axis=2)
    assert 0 < changed.sum() < changed.size  # some of these vectors were read again


def test_auto_turns_to_kernels_when_they_pay(monkeypatch: pytest.MonkeyPatch) -> None:
    used = []
    for name in ("_by_numpy", "_by_numba"):
        original = getattr(conversion, name)
        monkeypatch.setattr(
            conversion, name, lambda *a, f=original, n=name, **k: used.append(n) or f(*a, **k)
        )
    monkeypatch.setattr(conversion, "_converted", 0)
    monkeypatch.setattr(conversion, "WORTH_COMPILING", 100)
    weights = np.zeros((1, 8, 8), dtype=np.float32)
    for _ in range(3):  # 8 numbers in, 8 out with one noise: 24 a read, two converters each
        looked_at(weights, np.ones((1, 2, 8)), Periphery())
    assert used == ["_by_numpy"] * 4 + ["_by_numba"] * 2
