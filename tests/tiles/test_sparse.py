"""Sparse updates, whose work follows the pulses, against the NumPy reference, byte by byte."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import pytest

from analogtheory.kernels import packing
from analogtheory.tiles import Tile, pulsing
from analogtheory.tiles.cell_fields import CellFields

pytestmark = pytest.mark.skipif(not packing.can_pack(), reason="sparse updates pack lanes")

#: Rows below, at and above a vector and a group; several problems; more rows than a group.
SHAPES = ((1, 700), (2, 2100), (40, 33), (3, 30, 70), (5, 7, 16), (300, 3), (4, 9, 1))

#: Shares of the columns and rows that are not 0: neighbours together, cells far apart, few rows.
SHARES = ((0.9, 0.15), (0.03, 0.9), (0.2, 0.2), (0.4, 0.05))

#: At most one pulse a cell; then several, in one word and in two, drawn and not.
SINGLE: tuple[dict[str, Any], ...] = (
    {"pulses": 1}, {"pulses": 1, "train": "deterministic"}, {"pulses": 1, "train": "mean-count"},
)  # fmt: skip
SEVERAL: tuple[dict[str, Any], ...] = (
    {"pulses": 9}, {"pulses": 12, "train": "deterministic"}, {"pulses": 40}, {"pulses": 31},
)  # fmt: skip

VARIED = {"dw_min": 0.3, "up_down": 0.05, "bounds": 0.2}

DEVICES: dict[str, dict[str, Any]] = {
    "single precision": {"device_variation": VARIED},
    "double precision": {"device_variation": VARIED, "dtype": "float64", "first_problem": 3},
    "no field, recording": {"write_noise": 0.7, "reference": 0.02},
}

BATCH = 7


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows with each update that is sparse."""
    calls: list[int] = []
    made = CellFields.sparse_kernel

    def spied(self: CellFields, **settings: Any) -> Any:
        calls.append(1)
        return made(self, **settings)

    monkeypatch.setattr(CellFields, "sparse_kernel", spied)
    return calls


def pair(shape: tuple[int, ...], **settings: Any) -> tuple[Tile, Tile]:
    one, other = (
        Tile("soft-bounds", shape, dw_min=0.01, cycle_noise=0.3, seed=2**35 + 9, stream=3,
             backend=backend, **settings)
        for backend in ("numpy", "numba")
    )  # fmt: skip
    return one, other


def chosen(source: Any, shape: tuple[int, ...], share: float) -> Any:
    """Numbers of both signs, a share of them not 0; one vector without any."""
    values = source.uniform(0.5, 1.0, shape) * source.choice([-1.0, 1.0], shape)
    values *= source.uniform(0, 1, shape) < share
    values[..., 2, :] = 0.0
    return values


def vectors(shape: tuple[int, ...], shares: tuple[float, float], seed: int) -> tuple[Any, Any]:
    source = np.random.default_rng(seed)
    *problems, rows, columns = shape
    return (
        chosen(source, (*problems, BATCH, columns), shares[0]),
        chosen(source, (*problems, BATCH, rows), shares[1]),
    )


def assert_same(one: Tile, other: Tile, *note: Any) -> None:
    for name, value in one.state().items():
        assert value.tobytes() == other.state()[name].tobytes(), (name, one.shape, *note)


@pytest.mark.parametrize("device", DEVICES)
def test_against_the_reference(device: str, counted: list[int]) -> None:
    updates, pulses = 0, 0
    for number, shape in enumerate(SHAPES):
        one, other = pair(shape, **DEVICES[device])
        for k, shares in enumerate(SHARES):
            for train in (SINGLE[(number + k) % 3], SEVERAL[(number + k) % 4]):
                x, d = vectors(shape, shares, 10 * number + k)
                for tile in (one, other):
                    tile.update(x, d, 0.01 * train["pulses"], **train)
                assert_same(one, other, shares, train)
                updates += 1
        pulses += one.pulses
    assert len(counted) > 0.5 * updates
    assert pulses > 10_000


@pytest.mark.parametrize("device", list(DEVICES)[:2])
@pytest.mark.parametrize("rows", [False, True])
def test_reads_ahead(device: str, rows: bool, counted: list[int]) -> None:
    for shape in SHAPES:
        one, other = pair(shape, **DEVICES[device])
        lines = np.random.default_rng(1).integers(-1, shape[-2 if rows else -1], BATCH)
        for k, train in enumerate((*SINGLE, *SEVERAL)):
            x, d = vectors(shape, SHARES[k % 4], k)
            read = [
                tile.update_and_read(x, d, 0.01 * train["pulses"], lines, rows=rows, **train)
                for tile in (one, other)
            ]
            assert read[0].tobytes() == read[1].tobytes(), (shape, train)
            assert_same(one, other, train)
    assert len(counted) > 10


@pytest.mark.parametrize(
    "columns", [(0, 1, 2, 3, 4, 5, 6), (5, 5, 5, 6, 20, 20, 5), (39, 0) * 3 + (1,)]
)
def test_vectors_of_one_column_share_a_group(columns: tuple[int, ...], counted: list[int]) -> None:
    """As transfers write: other columns of a row, or the same ones again, or two at a time."""
    one, other = pair((30, 40), **DEVICES["single precision"])
    source, x = np.random.default_rng(2), np.zeros((BATCH, 40))
    x[np.arange(BATCH), columns] = 1.0
    for most in (1, 6):
        x[1, 39] = x[4, 0] = most - 1
        for train in ("deterministic", "stochastic"):
            d = chosen(source, (BATCH, 30), 0.7)
            for tile in (one, other):
                tile.update(x, d, 0.01 * most, pulses=most, train=train)
            assert_same(one, other, most, train)
    assert len(counted) >= 2


def test_batches_of_single_vectors_and_threads(
    counted: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Groups over several rows; and the bits do not depend on how the rows are shared out."""
    shape, (x, d) = (2, 90, 130), vectors((2, 90, 130), (0.5, 0.4), 5)
    one, other = pair(shape, **DEVICES["single precision"])
    monkeypatch.setattr(pulsing, "_WORTH_THREADS", 0)
    before = numba.get_num_threads()
    try:
        for threads in {1, numba.config.NUMBA_NUM_THREADS}:
            numba.set_num_threads(threads)
            for v in range(BATCH):
                for tile in (one, other):
                    tile.update(x[:, v : v + 1], d[:, v : v + 1], 0.01, pulses=1)
                assert_same(one, other, threads, v)
            for tile in (one, other):
                tile.update(x, d, 0.01, pulses=1)
            assert_same(one, other, threads)
    finally:
        numba.set_num_threads(before)
    assert len(counted) > BATCH


def test_many_pulses_are_left_to_blocks(counted: list[int]) -> None:
    one, other = pair((30, 40), **DEVICES["single precision"])
    for tile in (one, other):
        tile.update(np.ones(40), np.ones(30), 0.01, pulses=1)
    assert_same(one, other)
    assert one.pulses == 1200
    assert not counted
