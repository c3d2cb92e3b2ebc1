"""Random numbers of training: the compiled kernels against their definition."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from analogtheory.errors import InputError
from analogtheory.philox import normal_pairs, uniforms
from analogtheory.tiles.streams import REPETITIONS, stream_of
from analogtheory.training.randomness import CHOPPER, DATA, TRANSFER_READ, Source

SEEDS = (0, 1, 2**32 + 7, 2**64 - 1)
NUMBERS: tuple[Any, ...] = (0, np.arange(5), [2**32 - 1, 3, 3])


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("numbers", NUMBERS)
def test_normal_numbers_are_those_at_their_addresses(seed: int, numbers: Any) -> None:
    problems = np.array([4, 9, 4, 0])
    source = Source.of(seed, TRANSFER_READ, 5, problems)
    given = np.atleast_1d(numbers)[None, :, None]
    last = (problems * REPETITIONS + 2)[:, None, None]
    for lines in (1, 2, 7, 64):
        found = source.normal(numbers, lines, place=2)
        lanes = np.arange((lines + 1) // 2)
        both = normal_pairs(seed, given, lanes, stream_of(TRANSFER_READ, 5), last)
        wanted = np.stack(both, axis=-1).reshape(len(problems), given.size, -1)[:, :, :lines]
        assert found.flags.c_contiguous
        assert found.shape == wanted.shape
        assert found.tobytes() == wanted.tobytes()


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("numbers", NUMBERS)
def test_uniform_numbers_are_those_at_their_addresses(seed: int, numbers: Any) -> None:
    problems = np.array([4, 9, 4, 2**24 - 1])
    source = Source.of(seed, CHOPPER, 2**27, problems)
    given = np.atleast_1d(numbers)[None, :, None]
    last = (problems * REPETITIONS + 1)[:, None, None]
    for lines in ([0], [5, 1, 2**32 - 1], np.arange(70)):
        found = source.uniform(numbers, lines, place=1)
        wanted = uniforms(seed, given, np.asarray(lines), stream_of(CHOPPER, 2**27), last)
        assert found.shape == wanted.shape
        assert found.tobytes() == wanted.tobytes()


def test_no_numbers() -> None:
    source = Source.of(1, DATA, 0, [0, 1])
    assert source.normal([0], 0).shape == (2, 1, 0)
    assert source.normal(np.arange(0), 3).shape == (2, 0, 3)
    assert source.uniform([1], np.arange(0)).shape == (2, 1, 0)


@pytest.mark.parametrize("wrong", [-1, 2**32, [0, -3], 0.5])
def test_numbers_that_are_no_counter_words(wrong: Any) -> None:
    source = Source.of(1, DATA, 0, [0])
    with pytest.raises(InputError, match="number"):
        source.normal(wrong, 3)
    with pytest.raises(InputError, match="number"):
        source.uniform(wrong, [0])
    with pytest.raises(InputError, match="line"):
        source.uniform(0, wrong)
