"""Lanes packed together and put back, against NumPy; and that the instructions are used."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numba import njit

from analogtheory.kernels import packing

pytestmark = pytest.mark.skipif(not packing.can_pack(), reason="the processor has no AVX-512")


@njit
def moved(work: Any, bound: Any, count: int) -> Any:
    """Row 1: the words of row 0 above the bound, packed; row 2: they at their places again."""
    chosen = packing.above(work, np.uint64(0), bound)
    packing.pack(work, np.uint64(count), np.uint64(0), chosen)
    packing.unpack(work, np.uint64(2 * count), np.uint64(count), chosen)
    return chosen


@pytest.mark.parametrize("kind", [np.uint32, np.uint64])
def test_against_numpy(kind: Any) -> None:
    source, count = np.random.default_rng(1), packing.lanes(8 * np.dtype(kind).itemsize)
    top = np.iinfo(kind).max
    for trial in range(200):
        values = source.integers(0, 9, count).astype(kind)
        values[source.random(count) < 0.1] = top  # words have no sign
        bound = kind(top if trial == 0 else source.integers(0, 9))
        rest = source.integers(100, 200, count).astype(kind)
        work = np.concatenate([values, np.zeros(count, kind), rest])
        chosen = values > bound
        bits = moved(work, bound, count)
        assert [bool(bits >> lane & 1) for lane in range(count)] == chosen.tolist()
        assert np.array_equal(work[:count], values)
        assert np.array_equal(work[count : count + chosen.sum()], values[chosen])
        assert np.array_equal(work[2 * count :], np.where(chosen, values, rest))


def test_packing_a_row_onto_itself() -> None:
    """What is written to the front does not reach what is still to be read."""

    @njit
    def onto_itself(work: Any) -> int:
        end = 0
        for at in range(0, 64, 16):
            chosen = packing.above(work, np.uint64(at), np.uint32(4))
            packing.pack(work, np.uint64(end), np.uint64(at), chosen)
            for lane in range(16):
                end += (chosen >> lane) & 1
        return end

    values = np.random.default_rng(2).integers(0, 9, 64).astype(np.uint32)
    work = np.concatenate([values, np.zeros(16, np.uint32)])
    wanted = values[values > 4]
    assert np.array_equal(work[: onto_itself(work)], wanted)
