"""Vectors in one call, whose reads are used at the end of a sweep, against single vectors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from analogtheory.tiles import Periphery
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
    TikiTaka,
    Transfer,
    TTv2,
)

VARIED: dict[str, Any] = {"dw_min": 0.02, "cycle_noise": 0.3, "device_variation": {"bounds": 0.2}}
FAST = Devices("soft-bounds", offset_spread=0.2, **VARIED)
SLOW = Devices("soft-bounds", zero_shift="none", **VARIED)
FIXED, SCALED = (
    FastRate(0.05, pulses=Pulses(7)),
    FastRate(0.5, scaled=True, pulses=Pulses(5)),
)

Make = Callable[[Grid, FastRate, Transfer], Algorithm]


def tiki_taka(grid: Grid, rate: FastRate, transfer: Transfer) -> Algorithm:
    return TikiTaka(grid, FAST, SLOW, transfer_lr=0.2, rate=rate, transfer=transfer)


def buffered(grid: Grid, rate: FastRate, transfer: Transfer) -> Algorithm:
    return TTv2(grid, FAST, SLOW, rate=rate, transfer=transfer, buffer=Buffer(0.5))


def corrected(grid: Grid, rate: FastRate, transfer: Transfer) -> Algorithm:
    buffer = Buffer(0.2, corrected=True, forget=False)
    return TTv2(grid, FAST, SLOW, rate=rate, transfer=transfer, buffer=buffer)


def chopped(grid: Grid, rate: FastRate, transfer: Transfer) -> Algorithm:
    return ChoppedTTv2(
        grid, FAST, SLOW, rate=rate, transfer=transfer, buffer=Buffer(0.5),
        chopper=Chopper(0.4, across=0.5),
    )  # fmt: skip


def regular(grid: Grid, rate: FastRate, transfer: Transfer) -> Algorithm:
    return AGAD(
        grid, FAST, SLOW, rate=rate, transfer=transfer, buffer=Buffer(0.5),
        chopper=Chopper(0.5, regular=True), gamma=0.2,
    )  # fmt: skip


def state_after(make: Make, grid: Grid, parts: tuple[int, ...], *settings: Any) -> Any:
    algorithm = make(grid, *settings)
    source = np.random.default_rng(3)
    problems, rows, columns = algorithm.shape
    x = source.normal(size=(problems, sum(parts), columns))
    d = 0.5 * source.normal(size=(problems, sum(parts), rows))
    x[0, ::3] = 0.0
    ends = np.cumsum(parts)
    for first, end in zip(ends - parts, ends, strict=True):
        algorithm.step(x[:, first:end], d[:, first:end])
    assert algorithm.tiles()["slow"].pulses > 0
    return algorithm.state()


@pytest.mark.parametrize("make", [tiki_taka, buffered, corrected, chopped, regular])
@pytest.mark.parametrize(
    ("rate", "transfer"),
    [
        (FIXED, Transfer(read_noise=0.05)),
        (SCALED, Transfer(rows=True, read_noise=0.05)),
        (SCALED, Transfer(every=3, read_noise=0.05)),
        (FIXED, Transfer(every=2, rows=True, periphery=Periphery())),
    ],
)
@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_vectors_in_one_call_or_alone(
    make: Make, rate: FastRate, transfer: Transfer, backend: str
) -> None:
    grid = Grid((3, 5, 4), seed=2, first_problem=1, backend=backend)
    alone = state_after(make, grid, (1,) * 60, rate, transfer)
    for parts in ((60,), (1, 6, 2, 31, 20)):
        together = state_after(make, grid, parts, rate, transfer)
        for name, value in alone.items():
            assert value.tobytes() == together[name].tobytes(), (name, parts)


@pytest.mark.parametrize("shape", [(2, 3, 700), (1, 600, 3), (1, 2, 1030)])
def test_tiles_of_many_blocks(shape: tuple[int, int, int]) -> None:
    grid = Grid(shape, seed=2)
    for make in (buffered, chopped):
        for transfer in (Transfer(every=1, rows=True), Transfer(every=1)):
            parts = state_after(make, grid, (1,) * 40, SCALED, transfer)
            whole = state_after(make, grid, (40,), SCALED, transfer)
            assert all(value.tobytes() == whole[name].tobytes() for name, value in parts.items())
