"""Lanes packed together and put back, against NumPy; and that the instructions are used."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numba import njit

from analogtheory.kernels import packing

pytestmark = pytest.mark.skipif(not packing.can_pack(), reason="the processor has no AVX-512")

#: Words, and reals of their size: weights and fields are packed with the words of their cells.
KINDS = [(np.uint32, np.float32), (np.uint64, np.float64)]


@njit
def moved(work: Any, reals: Any, bound: Any, bit: Any, count: int) -> Any:
    """Rows 1, 2, 3: chosen words, reals, and either of two reals; then back to other rows."""
    first, second = np.uint64(0), np.uint64(count)
    chosen, up = packing.above(work, first, bound), packing.marked(work, first, bit)
    packing.pack(work, np.uint64(count), work, first, chosen)
    packing.pack(work, np.uint64(2 * count), reals, first, chosen)
    packing.pack_either(work, np.uint64(3 * count), reals, first, second, up, chosen)
    packing.unpack(work, np.uint64(4 * count), work, np.uint64(count), chosen)
    packing.unpack(reals, np.uint64(2 * count), work, np.uint64(2 * count), chosen)
    return chosen, up


@pytest.mark.parametrize(("kind", "real"), KINDS)
def test_against_numpy(kind: Any, real: Any) -> None:
    source, count = np.random.default_rng(1), packing.lanes(8 * np.dtype(kind).itemsize)
    top = np.iinfo(kind).max
    for trial in range(200):
        values = source.integers(0, 9, count).astype(kind)
        values[source.random(count) < 0.1] = top  # words have no sign
        bound = kind(top if trial == 0 else source.integers(0, 9))
        bit = kind(1 << source.integers(0, 4))
        rest = source.integers(100, 200, count).astype(kind)
        work = np.concatenate([values, np.zeros(3 * count, kind), rest])
        reals = source.standard_normal(3 * count).astype(real)
        one, other, last = (reals[k * count : (k + 1) * count].copy() for k in range(3))
        bits = moved(work, reals, bound, bit, count)
        chosen, up = values > bound, (values & bit) != 0
        for found, wanted in zip(bits, (chosen, up), strict=True):
            assert [bool(found >> lane & 1) for lane in range(count)] == wanted.tolist()
        row, size = work.reshape(5, count), chosen.sum()
        assert np.array_equal(row[0], values)
        assert np.array_equal(row[1, :size], values[chosen])
        assert np.array_equal(row[2, :size].view(real), one[chosen])
        assert np.array_equal(row[3, :size].view(real), np.where(up, one, other)[chosen])
        assert np.array_equal(row[4], np.where(chosen, values, rest))
        assert np.array_equal(reals[2 * count :], np.where(chosen, one, last))


def test_not_where_numba_may_not_use_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing.config, "ENABLE_AVX", 0)
    assert not packing.can_pack.__wrapped__()


def test_packing_a_row_onto_itself() -> None:
    """What is written to the front does not reach what is still to be read."""

    @njit
    def onto_itself(work: Any) -> int:
        end = 0
        for at in range(0, 64, 16):
            chosen = packing.above(work, np.uint64(at), np.uint32(4))
            packing.pack(work, np.uint64(end), work, np.uint64(at), chosen)
            for lane in range(16):
                end += (chosen >> lane) & 1
        return end

    values = np.random.default_rng(2).integers(0, 9, 64).astype(np.uint32)
    work = np.concatenate([values, np.zeros(16, np.uint32)])
    wanted = values[values > 4]
    assert np.array_equal(work[: onto_itself(work)], wanted)
