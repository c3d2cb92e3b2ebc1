"""Updates that are broken off, or that run beside each other: nobody else gets their arrays."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

from analogtheory.kernels.compiled import Kernel
from analogtheory.tiles import Tile, pulsing
from analogtheory.tiles.cell_fields import CellFields
from analogtheory.tiles.prepared import Preparation, Work


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> list[Work]:
    """What the preparation gave to each update."""
    found: list[Work] = []
    made = Preparation.__call__

    def spied(self: Preparation, *arguments: Any) -> Any:
        lines, work = made(self, *arguments)
        found.append(work)
        return lines, work

    monkeypatch.setattr(Preparation, "__call__", spied)
    idle = Kernel(lambda *arguments: None, 0.0)  # saves compiling one
    monkeypatch.setattr(CellFields, "kernel", lambda *arguments, **settings: idle)
    return found


def updated(tile: Tile) -> None:
    tile.update(np.linspace(-1, 1, 6), np.linspace(1, -0.5, 4), 0.1)


def share_memory(one: Work, other: Work) -> bool:
    ours, theirs = (
        [part for part in (*work.lines, *work) if isinstance(part, np.ndarray)]
        for work in (one, other)
    )
    return any(np.shares_memory(a, b) for a in ours for b in theirs)


def test_a_thread_left_behind_has_its_arrays_alone(
    given: list[Work], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a second Ctrl-C, which ends the wait for threads that are still at work."""
    tile = Tile("linear", (4, 6), dw_min=0.01, backend="numba")

    def interrupted(*arguments: Any) -> None:
        raise KeyboardInterrupt

    updated(tile)
    with monkeypatch.context() as patched:
        patched.setattr(pulsing, "_in_shares", interrupted)
        with pytest.raises(KeyboardInterrupt):
            updated(tile)
    updated(tile)
    assert given[1] is given[0]  # kept after a call that ended well
    assert not share_memory(given[2], given[1])


def test_updates_beside_each_other_share_no_arrays(
    given: list[Work], monkeypatch: pytest.MonkeyPatch
) -> None:
    tile = Tile("linear", (4, 6), dw_min=0.01, backend="numba")
    in_shares, others = pulsing._in_shares, [updated]

    def interleaved(*arguments: Any) -> None:
        if others:
            others.pop()(tile)
        in_shares(*arguments)

    updated(tile)
    monkeypatch.setattr(pulsing, "_in_shares", interleaved)
    updated(tile)
    assert len(given) == 3
    assert not share_memory(given[1], given[2])


def test_a_copy_of_a_tile_makes_arrays_of_its_own(given: list[Work]) -> None:
    """Kernels read whole vectors, also behind the last line, where a copied array has ended."""
    tile = Tile("linear", (4, 6), dw_min=0.01, backend="numba")
    updated(tile)
    updated(copy.deepcopy(tile))
    assert given[1] is not given[0]
    assert not share_memory(*given)
    bits = given[1].column_bits
    assert bits.base is not None
    assert bits.base.nbytes >= bits.nbytes + 64
