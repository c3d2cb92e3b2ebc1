"""Drawing the trains of lines as packed words: a bit for each slot, set where the line fires."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from analogtheory.kernels import elementary
from analogtheory.kernels.compiled import compiled
from analogtheory.kernels.numba_statements import HEADER, definition

Array = NDArray[np.float64]

_ARGUMENTS = {
    "probabilities": "float64[:, :, ::1]", "lengths": "int64[:, ::1]", "stream": "uint64",
    "first_vector": "int64", "first_problem": "int64", "key0": "uint64", "key1": "uint64",
    "bits": "uint32[:, :, :, ::1]", "fired": "int32[:, :, ::1]", "fired_count": "int64[:, ::1]",
}  # fmt: skip

#: A function that draws the trains of lines, and lists those that fire. One loop goes over all
#: lines, for the sake of vectors: it takes the four slots of a counter, or the first alone.
DRAW = f"""
@njit(error_model="numpy")
def draw_slots(probabilities, slots, place, vector, stream, address, key0, key1, words):
    if slots == 1:
        for line in range(len(words)):
            limit = U(math.ceil(min(probabilities[line], 1.0) * 4294967296.0))
            a, b, c, d = philox(vector, U(line), stream, address, key0, key1)
            words[line] |= I(I(a < limit) << place)
        return
    keep = I((1 << slots) - 1)
    for line in range(len(words)):
        limit = U(math.ceil(min(probabilities[line], 1.0) * 4294967296.0))
        a, b, c, d = philox(vector, U(line), stream, address, key0, key1)
        fires = I(a < limit) | I(I(b < limit) << I(1))
        fires |= I(I(c < limit) << I(2)) | I(I(d < limit) << I(3))
        words[line] |= I(I(fires & keep) << place)

@njit(error_model="numpy")
def draw_trains({", ".join(_ARGUMENTS)}):
    problems, vectors, lines = probabilities.shape
    for p in range(problems):
        problem = U((first_problem + p) << 8)
        for v in range(vectors):
            vector, length = U(first_vector + v), lengths[p, v]
            bits[p, v] = 0
            for part in range((length + 3) // 4):
                slots, place = min(length - 4 * part, 4), I(4 * (part % 8))
                draw_slots(
                    probabilities[p, v], slots, place, vector, stream, problem | U(part),
                    key0, key1, bits[p, v, part // 8],
                )
            some = bits[p, v, 0]
            for q in range(1, bits.shape[2]):
                some = some | bits[p, v, q]
            own, count = fired[p, v], 0
            for line in range(lines):
                own[U(count)] = line
                count += some[U(line)] != I(0)
            fired_count[p, v] = count
"""

_KERNEL = f"""
def kernel({", ".join(_ARGUMENTS)}):
    draw_trains({", ".join(_ARGUMENTS)})
"""


class Bits(NamedTuple):
    """The trains of lines.

    Attributes
    ----------
    words : array (problem, vector, word, line) of uint32
        Bit s % 32 of word ⌊s/32⌋ is slot s.
    fired : array (problem, vector, line) of int32
        The lines that fired at all, in order; what follows them is undefined.
    counts : array (problem, vector) of int64
        How many they are.
    """

    words: NDArray[np.uint32]
    fired: NDArray[np.int32]
    counts: NDArray[np.int64]


@cache
def _kernel() -> Callable[..., None]:
    text = "\n\n".join([HEADER, definition(elementary.philox()), DRAW, _KERNEL])
    return compiled(text, _ARGUMENTS).run


def draw_bits(
    probabilities: Array,
    lengths: NDArray[np.int64],
    *,
    seed: int,
    stream: int,
    first_vector: int,
    first_problem: int,
) -> Bits:
    """The trains of lines as packed words.

    Slot s of line l fires if word s mod 4 of the counter (vector, l, stream,
    problem·256 + ⌊s/4⌋) is below ⌈p·2³²⌉, that is with probability p to 2⁻³².
    """
    problems, vectors, count = probabilities.shape
    words = max(1, -(-int(lengths.max(initial=1)) // 32))
    bits = Bits(
        np.empty((problems, vectors, words, count), dtype=np.uint32),
        np.empty((problems, vectors, count), dtype=np.int32),
        np.empty((problems, vectors), dtype=np.int64),
    )
    _kernel()(
        probabilities, lengths, stream, first_vector, first_problem,
        seed & 0xFFFFFFFF, seed >> 32, *bits,
    )  # fmt: skip
    return bits
