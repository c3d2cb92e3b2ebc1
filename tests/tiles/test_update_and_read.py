"""Updates that read lines between their vectors, against one update a vector, bit by bit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numba
import numpy as np
import pytest

from analogtheory import responses
from analogtheory.errors import InputError
from analogtheory.kernels import packing
from analogtheory.tiles import Tile, kernel_source, pulsing

#: Cells of one problem and of several; with several rows a block, one, and parts of one.
SHAPES = ((3, 5, 4), (130, 3), (700, 1, 1), (2, 1025), (3, 2, 700), (1, 1300), (2, 40, 33))

#: Trains, and settings of the tile.
KINDS: tuple[tuple[dict[str, Any], dict[str, Any]], ...] = (
    ({"pulses": 31}, {"cycle_noise": 0.3}),
    ({"pulses": 5}, {"cycle_noise": 0.3, "dtype": "float64", "first_problem": 4}),
    ({"pulses": 40}, {"cycle_noise": 0.4, "reference": 0.03}),
    ({"pulses": 3, "train": "deterministic"}, {"device_variation": {"reference": 0.02}}),
    ({"pulses": 7, "train": "mean-count"}, {"cycle_noise": 0.2, "dtype": "float64"}),
)

BATCH = 24


def batch_of(shape: tuple[int, ...], share: float, seed: int) -> tuple[Any, Any]:
    """Vectors with a share of their lines, at least one; some have none, or none in a problem."""
    source = np.random.default_rng(seed)
    *problems, rows, columns = shape
    x, d = (source.uniform(-1, 1, (*problems, BATCH, lines)) for lines in (columns, rows))
    for values in (x, d):
        is_given = source.uniform(0, 1, values.shape) < share
        vectors = np.arange(BATCH)
        is_given[..., vectors, 7 * vectors % values.shape[-1]] = True
        values *= is_given
    x[..., 3, :] = 0.0
    if problems:
        x[0], d[-1, 10:] = x[0] * (np.arange(BATCH) % 2)[:, None], 0.0
    return x, d


def lines_of(tile: Tile, rows: bool, seed: int) -> Any:
    """The ends, places beside the seams of blocks, and others; none after some vectors."""
    most = tile._full[1 if rows else 2]
    source = np.random.default_rng(seed)
    lines = source.integers(-1, most, BATCH)
    places = [line for line in (0, most - 1, 511, 512, 513, 1024) if line < most]
    lines[: len(places)] = places
    lines[9], lines[12], lines[13] = -1, lines[11], lines[11]
    return lines


def in_turn(tile: Tile, x: Any, d: Any, lr: Any, lines: Any, rows: bool, **train: Any) -> Any:
    """One update a vector, with a look at the weights after each."""
    found = []
    for vector, line in enumerate(lines):
        tile.update(x[..., vector : vector + 1, :], d[..., vector : vector + 1, :], lr, **train)
        if line >= 0:
            found.append(tile.weights[..., line, :] if rows else tile.weights[..., :, line])
    return np.stack(found, axis=-2)


def started(shape: tuple[int, ...], backend: str, **settings: Any) -> Tile:
    given = {"dw_min": 0.01, "seed": 2**33 + 5, "stream": 2, **settings}
    if len(shape) == 2:
        given.pop("first_problem", None)
    tile = Tile(responses.get("soft-bounds"), shape, backend=backend, **given)
    tile.set_weights(np.random.default_rng(7).uniform(-0.4, 0.4, shape))
    return tile


def assert_same_reads(
    shape: tuple[int, ...], backend: str, train: Any, settings: Any, share: float
) -> None:
    for rows in (False, True):
        one, other = (started(shape, backend, **settings) for _ in range(2))
        x, d = batch_of(shape, share, len(shape) + rows)
        lines = lines_of(one, rows, 3)
        lr = 0.01 * (train["pulses"] * 0.7)
        wanted = in_turn(one, x, d, lr, lines, rows, **train)
        found = other.update_and_read(x, d, lr, lines, rows=rows, **train)
        assert found.dtype == wanted.dtype == one.dtype
        assert found.shape == wanted.shape
        assert found.tobytes() == wanted.tobytes()
        for name, value in one.state().items():
            assert value.tobytes() == other.state()[name].tobytes(), name
        assert one.pulses > 0 or train.get("train") == "expected"


def assert_all(backend: str, kinds: Any = KINDS, shares: Any = (1.0, 0.4, 0.03)) -> None:
    for number, shape in enumerate(SHAPES):
        for k, (train, settings) in enumerate(kinds):
            share = shares[(number + k) % len(shares)]
            assert_same_reads(shape, backend, train, settings, share)


@contextmanager
def threads(count: int) -> Iterator[None]:
    before = numba.get_num_threads()
    numba.set_num_threads(count)
    try:
        yield
    finally:
        numba.set_num_threads(before)


@pytest.mark.parametrize("shares", [(1.0, 0.4, 0.03), (0.4, 0.03, 1.0)])
def test_lines_are_those_of_single_updates(shares: tuple[float, ...]) -> None:
    assert_all("numba", shares=shares)


def test_lines_of_the_reference_implementation() -> None:
    assert_all("numpy", KINDS[:4])


@pytest.mark.skipif(not packing.can_pack(), reason="what the other tests run then")
def test_processors_that_cannot_pack_lanes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel_source, "can_pack", lambda: False)
    assert_all("numba", KINDS[:3], (1.0, 0.03))


@pytest.mark.skipif(numba.get_num_threads() < 2, reason="one processor")
def test_the_number_of_threads_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulsing, "_WORTH_THREADS", 1)
    for count in (1, 2):
        with threads(count):
            assert_all("numba", KINDS[:2])


def test_backends_read_the_same() -> None:
    for shape in SHAPES:
        found = []
        for backend in ("numpy", "numba"):
            tile = started(shape, backend, cycle_noise=0.3)
            x, d = batch_of(shape, 0.5, 1)
            found.append(tile.update_and_read(x, d, 0.1, lines_of(tile, False, 1)))
        assert found[0].tobytes() == found[1].tobytes()


@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_what_stops_for_each_read(backend: str) -> None:
    for shape in ((3, 5, 4), (2, 1025)):
        for train, settings in (
            ({"pulses": 31}, {"cycle_noise": 0.3, "write_noise": 1.5, "reference": 0.02}),
            ({"pulses": 31, "train": "expected"}, {}),
        ):
            assert_same_reads(shape, backend, train, settings, 0.5)


def test_a_read_sees_the_pulses_of_its_vector_and_none_after() -> None:
    """Exact pulses of 0.01 on a device that takes all alike: column 1 grows vector by vector."""
    tile = Tile(responses.get("ideal", tau=1.0), (2, 3), dw_min=0.01, dtype="float64")
    x = np.tile([0.0, 1.0, 0.0], (4, 1))
    found = tile.update_and_read(x, -np.ones((4, 2)), 0.01, [1, -1, 1, 0], train="deterministic")
    assert np.allclose(found, [[0.01] * 2, [0.03] * 2, [0.0] * 2], atol=1e-15)


@pytest.mark.parametrize("settings", [{}, {"write_noise": 1.0}])
def test_no_reads_and_no_vectors(settings: dict[str, Any]) -> None:
    one, other = (Tile("linear", (3, 2, 4), dw_min=0.01, **settings) for _ in range(2))
    x, d = np.ones((2, 4)), np.ones((2, 2))
    one.update(x, d, 0.05)
    assert other.update_and_read(x, d, 0.05, [-1, -1]).shape == (3, 0, 2)
    assert one.weights.tobytes() == other.weights.tobytes()
    none = np.zeros(0, dtype=int)
    assert other.update_and_read(x[:0], d[:0], 0.05, none, rows=True).shape == (3, 0, 4)
    assert other.vectors == 2


@pytest.mark.parametrize(
    ("lines", "rows", "message"),
    [
        ([0, 4], False, "from 0 to 3"),
        ([0, 2], True, "from 0 to 1"),
        ([0, -2], False, "got -2"),
        ([0], False, "2 whole numbers"),
        ([[0, 1]], False, "2 whole numbers"),
        (0, False, "2 whole numbers"),
        ([0.0, 1.0], False, "whole numbers"),
        ([True, False], False, "whole numbers"),
        (["a", "b"], False, "whole numbers"),
        ([0, 2**62], False, "from 0 to 3"),
        ([0, 1], 1, "rows: must be True or False"),
    ],
)
@pytest.mark.parametrize("settings", [{}, {"write_noise": 1.0}])
def test_bad_lines(lines: Any, rows: Any, message: str, settings: dict[str, Any]) -> None:
    tile = Tile("linear", (2, 4), dw_min=0.01, backend="numpy", **settings)
    before = tile.state()
    with pytest.raises(InputError, match=message):
        tile.update_and_read(np.ones((2, 4)), np.ones((2, 2)), 0.1, lines, rows=rows)
    assert all(value.tobytes() == tile.state()[name].tobytes() for name, value in before.items())


@pytest.mark.parametrize("settings", [{}, {"write_noise": 1.0}])
def test_bad_updates_change_nothing(settings: dict[str, Any]) -> None:
    tile = Tile("linear", (2, 4), dw_min=0.01, backend="numpy", **settings)
    x, d = np.ones((2, 4)), np.ones((2, 2))
    for given, message in (
        ((x, d, -1.0, [0, 1]), "lr"),
        ((x, d[:1], 0.1, [0, 1]), "vectors"),
        ((x * np.nan, d, 0.1, [0, 1]), "finite"),
    ):
        with pytest.raises(InputError, match=message):
            tile.update_and_read(*given)
    tile.vectors = 2**31 - 3  # the first of the two vectors would still have a number
    with pytest.raises(InputError, match="at most"):
        tile.update_and_read(x, d, 0.1, [0, 1])
    assert tile.vectors == 2**31 - 3
    assert not tile.conductances.any()


def test_lines_may_be_read_only_and_of_any_whole_kind() -> None:
    lines = np.array([0, 1, 3], dtype=np.uint8)
    lines.flags.writeable = False
    found = Tile("linear", (2, 4), dw_min=0.01).update_and_read(
        np.ones((3, 4)), np.ones((3, 2)), 0.1, lines[::-1]
    )
    assert found.shape == (3, 2)
