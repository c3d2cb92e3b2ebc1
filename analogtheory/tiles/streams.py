"""Addresses of the random numbers of a tile.

Every number is a function of the seed and of its address, one Philox counter of four
32-bit words, see :func:`analogtheory.philox.philox4x32`::

    (vector, line or cell, stream, problem·256 + repetition)
    key = (seed mod 2³², ⌊seed / 2³²⌋)

vector: number of the vector, of updates and programming from 1, of reads from 0; for write
noise that of the vector that pulsed the cell last, or 2³¹ + number of the write ·
line: row or column · cell: row·columns + column · problem: place on the batch axis of
independent tiles ·
stream: kind + 16·(number of the tile), with the kind from this table:

======  ==========================  ==================================  ================
kind    what it feeds               second word                         repetition
======  ==========================  ==================================  ================
0       pulse trains of columns     column                              see the update
1       pulse trains of rows        row                                 see the update
2       cycle-to-cycle noise        cell                                see the update
3       write noise                 cell                                see the update
4, 5,   forward read: input,        quarter of a column (input) or of   attempt of the
6       output, weight noise        a row (output, weights)             bound management
7       device variation            cell                                see the device
8       programming                 cell                                see the device
9, 10,  backward read: input,       quarter of a row (input) or of      0
11      output, weight noise        a column (output, weights)
12–15   tasks and transfers         see :mod:`analogtheory.training.randomness`
======  ==========================  ==================================  ================

Forward and backward reads have streams of their own: both happen once for each vector,
and shared numbers would correlate their noise. Normal numbers of single precision come in
fours, so that the lines 4q, …, 4q + 3 share the counter with the second word q; of double
precision in twos, lines 2q and 2q + 1 ("quarter" then reads "half").
"""

from __future__ import annotations

from typing import Any

import numpy as np

from analogtheory.errors import InputError

COLUMN_TRAINS = 0
ROW_TRAINS = 1
CYCLE_NOISE = 2
WRITE_NOISE = 3
INPUT_NOISE = 4
OUTPUT_NOISE = 5
WEIGHT_NOISE = 6
DEVICE_VARIATION = 7
PROGRAMMING = 8
BACKWARD_INPUT_NOISE = 9
BACKWARD_OUTPUT_NOISE = 10
BACKWARD_WEIGHT_NOISE = 11

#: Kinds of noise of a forward read, and what they are in a backward read.
BACKWARD = {
    INPUT_NOISE: BACKWARD_INPUT_NOISE,
    OUTPUT_NOISE: BACKWARD_OUTPUT_NOISE,
    WEIGHT_NOISE: BACKWARD_WEIGHT_NOISE,
}

#: Streams of one tile.
KINDS = 16
#: Repetitions of one problem in the last word of a counter.
REPETITIONS = 256
#: Problems that the last word has room for.
PROBLEMS = 2**32 // REPETITIONS


def stream_of(kind: int, tile: int) -> int:
    """The third counter word: kind + 16·tile.

    Parameters
    ----------
    kind : int
        From the table at the top of this module.
    tile : int
        Number of the tile, 0 ≤ tile < 2²⁸.

    Raises
    ------
    InputError
        If the number of the tile is out of range.

    Examples
    --------
    >>> stream_of(OUTPUT_NOISE, 2)
    37
    """
    whole = isinstance(tile, int | np.integer) and not isinstance(tile, bool)
    if not whole or not 0 <= tile < 2**32 // KINDS:
        raise InputError(f"stream: must be a whole number from 0 to 2**28 - 1, got {tile!r}")
    return kind + KINDS * int(tile)


def check_first(name: str, first: Any, count: int, room: int) -> None:
    """Hold the number of the first of `count` things against the room in a counter word.

    Raises
    ------
    InputError
        If it is not a whole number, negative, or the last one has no room.
    """
    whole = isinstance(first, int | np.integer) and not isinstance(first, bool)
    if not whole or not 0 <= first <= room - count:
        raise InputError(f"{name}: must be a whole number from 0 to {room - count}, got {first!r}")
