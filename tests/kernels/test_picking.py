"""Chosen neighbours picked from arrays and put back, against NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numba import njit

from analogtheory.kernels import packing, picking

pytestmark = pytest.mark.skipif(not packing.can_pack(), reason="the processor has no AVX-512")

KINDS = [(np.uint32, np.float32), (np.uint64, np.float64)]
U = np.uint64


@njit
def moved(work: Any, reals: Any, first: Any, side: Any, chosen: Any, count: int) -> None:
    """Rows 0 to 3 of working memory: values, either of two rows, numbers, either of two words."""
    length = np.uint64(reals.shape[1])
    row = np.uint64(count)
    picking.pick(work, U(0), reals, length + U(3), chosen)
    picking.pick_sided(work, row, reals, U(1), length + U(1), side, chosen)
    picking.pick_numbers(work, row * U(2), first, chosen)
    picking.pick_word(work, row * U(3), first, work[row * U(4)], side, chosen)
    picking.put(reals, length * U(2) + U(5), work, U(0), chosen)


@pytest.mark.parametrize(("kind", "real"), KINDS)
def test_against_numpy(kind: Any, real: Any) -> None:
    source, count = np.random.default_rng(1), packing.lanes(8 * np.dtype(kind).itemsize)
    for _ in range(200):
        reals = source.standard_normal((3, count + 7)).astype(real)
        before, work = reals.copy(), np.zeros(4 * count + 1, kind)
        side, chosen = source.integers(0, 1 << count, 2).astype(np.uint32)
        first, work[-1] = kind(source.integers(0, 2**31)), kind(7)
        moved(work, reals, first, side, chosen, count)
        is_chosen, is_side = ((bits >> np.arange(count) & 1) == 1 for bits in (chosen, side))
        rows, size = work[:-1].reshape(4, count), is_chosen.sum()
        either = np.where(is_side, before[0, 1 : count + 1], before[1, 1 : count + 1])
        assert np.array_equal(rows[0, :size].view(real), before[1, 3 : count + 3][is_chosen])
        assert np.array_equal(rows[1, :size].view(real), either[is_chosen])
        assert np.array_equal(rows[2, :size], (first + np.arange(count).astype(kind))[is_chosen])
        assert np.array_equal(rows[3, :size], np.where(is_side, first, kind(7))[is_chosen])
        wanted = before.copy()
        wanted[2, 5 : count + 5][is_chosen] = before[1, 3 : count + 3][is_chosen]
        assert np.array_equal(reals, wanted)  # and no neighbour is written
