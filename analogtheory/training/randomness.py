"""Random numbers of training: data, reads of a transfer, choppers, offsets.

They have addresses as those of a tile (:mod:`analogtheory.tiles.streams`), with the kinds
that tiles leave free, so that nothing depends on how problems or steps are split::

    (number, line // 2, stream, problem·256 + place)       stream = kind + 16·(stream number)

======  ==============================  =======================  ==========================
kind    what it feeds                   number                   line
======  ==============================  =======================  ==========================
12      data: inputs, targets, noise    number of the vector     column, row
13      noise of the reads of a         number of the read       row, column
        transfer
14      choppers                        number of the sweep      column, row
15      offsets of references           0                        cell
======  ==============================  =======================  ==========================
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analogtheory.errors import InputError
from analogtheory.philox import check_seed, normal_pairs, uniforms
from analogtheory.tiles.streams import PROBLEMS, REPETITIONS, check_first, stream_of

Array = NDArray[np.float64]

DATA, TRANSFER_READ, CHOPPER, OFFSET = 12, 13, 14, 15


@dataclass(frozen=True, eq=False)
class Source:
    """Random numbers of one kind.

    Attributes
    ----------
    seed, kind, stream : int
    problems : array of int (problems,)
        Their numbers; problems with the same number get the same random numbers.
    """

    seed: int
    kind: int
    stream: int
    problems: NDArray[np.int64]

    @classmethod
    def of(cls, seed: Any, kind: int, stream: Any, problems: ArrayLike) -> Source:
        """A source with checked numbers.

        Raises
        ------
        InputError
            If one is not a whole number in its range.
        """
        numbers = np.asarray(problems)
        if numbers.ndim != 1 or numbers.size == 0 or numbers.dtype.kind not in "iu":
            raise InputError("problems: their numbers must be a vector of whole numbers")
        if numbers.min() < 0:
            raise InputError(f"problems: a number must not be negative, got {numbers.min()}")
        check_first("first_problem", int(numbers.max()), 1, PROBLEMS)
        stream_of(kind, stream)
        return cls(check_seed(seed), kind, int(stream), numbers.astype(np.int64))

    def normal(self, number: ArrayLike, lines: int, place: int = 0) -> Array:
        """N(0, 1), shape (problems, numbers, lines); `number` is one integer or a vector."""
        numbers = np.atleast_1d(np.asarray(number, dtype=np.int64))
        unique, back = np.unique(self.problems, return_inverse=True)
        first, second = normal_pairs(
            self.seed,
            numbers[None, :, None],
            np.arange((lines + 1) // 2),
            stream_of(self.kind, self.stream),
            (unique * REPETITIONS + place)[:, None, None],
        )
        both = np.stack([first, second], axis=-1).reshape(len(unique), len(numbers), -1)
        return np.ascontiguousarray(both[back, :, :lines])

    def uniform(self, number: ArrayLike, lines: ArrayLike, place: int = 0) -> Array:
        """Uniform in (0, 1), shape (problems, numbers, lines); `lines` are their numbers."""
        numbers = np.atleast_1d(np.asarray(number, dtype=np.int64))
        return uniforms(
            self.seed,
            numbers[None, :, None],
            np.asarray(lines),
            stream_of(self.kind, self.stream),
            (self.problems * REPETITIONS + place)[:, None, None],
        )
