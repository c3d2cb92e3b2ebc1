"""Counter-based random numbers: Philox4x32-10, vectorised over counters.

A draw is a function of its address and the seed, of nothing else. Hence the same number
comes out however the work is split over batches, threads or machines.

Address (one counter of four 32-bit words)::

    (step, lane, stream, index)        key = (seed mod 2³², ⌊seed / 2³²⌋)

=====================  ====================================  ============================
stream                 what it feeds                         index
=====================  ====================================  ============================
d < 2¹⁶                draw number d of the Dynamics         0
2¹⁶ + p                number of pulses of Pulse step p      0
2¹⁷ + p                cycle-to-cycle noise of Pulse step p  ⌊pulse number/2⌋
2¹⁸ + p                the same, of all pulses together      0
=====================  ====================================  ============================

step: iteration, from 0 · lane: trajectory·D + coordinate · p: Pulse steps of the program,
from 0. One counter gives one uniform number, words 0 and 1 of the output, see
:func:`uniforms`; or two normal numbers, see :func:`normal_pairs`. A Gaussian draw of the
Dynamics has the address (⌊step/2⌋, lane, d, 0): even steps take the first number of the
pair, odd steps the second; so have the draws for all pulses of an update together
(:mod:`analogtheory.simulation.merged`). With the cycle-to-cycle noise of single pulses even
and odd pulses share a counter.

In single precision one counter serves four draws, and none of its words is wasted:

====================  =========================================  ==============================
draw                  counter                                    which of the four
====================  =========================================  ==============================
uniform, of a stream  (⌊step/4⌋, lane, stream, 0)                (word + ½)/2³², word step mod 4
normal, of a stream   (⌊step/4⌋, lane, stream, 0)                normal number step mod 4
normal, of pulse k    (step, lane, 2¹⁷ + p, ⌊k/4⌋)               normal number k mod 4
====================  =========================================  ==============================

with the uniform numbers rounded to single precision, so that they lie in (0, 1], and the normal
ones of :mod:`analogtheory.kernels.elementary_single`.

Source: J. Salmon, M. Moraes, R. Dror, D. Shaw, "Parallel random numbers: as easy as
1, 2, 3", SC 2011; known answers from its Random123 library.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analogtheory.errors import InputError
from analogtheory.kernels import elementary
from analogtheory.kernels.numpy_printer import numpy_function

Words = NDArray[np.uint64]
Array = NDArray[np.float64]

#: First streams of the table above (a draw number is its own stream).
COUNT_STREAM = 1 << 16
CYCLE_STREAM = 1 << 17
MERGED_STREAM = 1 << 18

ROUNDS = 10
_MULTIPLIERS = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_KEY_STEPS = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
_MASK = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)


def philox4x32(
    counter: tuple[ArrayLike, ArrayLike, ArrayLike, ArrayLike], key: tuple[int, int]
) -> tuple[NDArray[np.uint32], ...]:
    """Philox4x32-10: four random 32-bit words for each counter.

    One round, with (hi, lo) = the two halves of a 64-bit product::

        (hi₀, lo₀) = 0xD2511F53·c₀,   (hi₁, lo₁) = 0xCD9E8D57·c₂
        (c₀, c₁, c₂, c₃) ← (hi₁ ⊕ c₁ ⊕ k₀, lo₁, hi₀ ⊕ c₃ ⊕ k₁, lo₀)
        (k₀, k₁) ← (k₀ + 0x9E3779B9, k₁ + 0xBB67AE85) mod 2³²

    Parameters
    ----------
    counter : four arrays of integers in [0, 2³²)
        They broadcast together.
    key : two integers in [0, 2³²)

    Returns
    -------
    four arrays of uint32, the common shape of the counters

    Raises
    ------
    InputError
        If a word is not an integer in [0, 2³²).

    Examples
    --------
    >>> [f"{int(word):08x}" for word in philox4x32((0, 0, 0, 0), (0, 0))]
    ['6627e8d5', 'e169c58d', 'bc57ac4c', '9b00dbd8']
    """
    words = [_word("counter", word) for word in counter]
    shape = np.broadcast_shapes(*(word.shape for word in words))
    k0, k1 = (_word("key", word) for word in key)
    return tuple(
        np.broadcast_to(word, shape).astype(np.uint32) for word in _rounds(words, (k0, k1))
    )


def _rounds(words: list[Words], key: tuple[Words, Words]) -> tuple[Words, Words, Words, Words]:
    """The ten rounds on 32-bit words held in 64 bits; words that are scalars stay so."""
    c0, c1, c2, c3 = words
    k0, k1 = key
    for _ in range(ROUNDS):
        first, second = _MULTIPLIERS[0] * c0, _MULTIPLIERS[1] * c2
        c0, c1 = (second >> _HALF) ^ (c1 ^ k0), second & _MASK
        c2, c3 = (first >> _HALF) ^ (c3 ^ k1), first & _MASK
        k0, k1 = (k0 + _KEY_STEPS[0]) & _MASK, (k1 + _KEY_STEPS[1]) & _MASK
    return c0, c1, c2, c3


def uniforms(
    seed: int, step: ArrayLike, lanes: ArrayLike, stream: int, index: ArrayLike = 0
) -> Array:
    """Uniform numbers in (0, 1), never 0 or 1: u = (k + ½)/2⁵², k = ⌊(2³²x₀ + x₁)/2¹²⌋.

    x₀ and x₁ are the first two words of :func:`philox4x32` at the counter (step, lane,
    stream, index). With 52 bits in k each u is exact in double precision, and 1 − u is
    as likely as u; with 53 bits k + ½ would round, sometimes up to u = 1.

    Parameters
    ----------
    seed : int
        0 ≤ seed < 2⁶⁴.
    step, lanes, index : integers or arrays of integers in [0, 2³²)
        They broadcast together.
    stream : int
        See the table at the top of this module.

    Returns
    -------
    array of float64, the common shape of `step`, `lanes` and `index`

    Raises
    ------
    InputError
        If the seed or a counter word is out of range.

    Examples
    --------
    >>> uniforms(1, step=0, lanes=[0, 1], stream=0).shape
    (2,)
    """
    (high, low, _, _), shape = _addressed(seed, step, lanes, stream, index)
    bits = (high << np.uint64(20)) | (low >> np.uint64(12))
    return np.array(np.broadcast_to((bits + 0.5) * 2.0**-52, shape))


def normal_pairs(
    seed: int, step: ArrayLike, lanes: ArrayLike, stream: int, index: ArrayLike = 0
) -> tuple[Array, Array]:
    """Two independent N(0, 1) numbers for each address, by Box and Muller.

    The four words of :func:`philox4x32` make a radius and an angle, see
    :mod:`analogtheory.kernels.elementary`. Parameters and errors as of :func:`uniforms`.

    Examples
    --------
    >>> first, second = normal_pairs(1, step=0, lanes=[0, 1, 2], stream=0)
    >>> first.shape, second.shape
    ((3,), (3,))
    """
    words, shape = _addressed(seed, step, lanes, stream, index)
    with np.errstate(over="ignore"):  # words are added modulo 2⁶⁴
        first, second = _pair()(*words)
    return np.array(np.broadcast_to(first, shape)), np.array(np.broadcast_to(second, shape))


@cache
def _pair() -> Callable[..., tuple[Array, Array]]:
    return numpy_function(elementary.normal_pair())


def _addressed(
    seed: int, step: ArrayLike, lanes: ArrayLike, stream: int, index: ArrayLike
) -> tuple[tuple[Words, Words, Words, Words], tuple[int, ...]]:
    """The words at some addresses, and the common shape of these."""
    whole = check_seed(seed)
    key = np.uint64(whole & 0xFFFFFFFF), np.uint64(whole >> 32)
    words = [
        _word(name, word)
        for name, word in zip(
            ("step", "lane", "stream", "index"), (step, lanes, stream, index), strict=True
        )
    ]
    shape = np.broadcast_shapes(*(word.shape for word in words))
    return _rounds(words, (np.asarray(key[0]), np.asarray(key[1]))), shape


def check_seed(seed: Any) -> int:
    """The seed as an integer in [0, 2⁶⁴).

    Raises
    ------
    InputError
        Otherwise.
    """
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer):
        raise InputError(f"seed: must be a whole number from 0 to 2**64 - 1, got {seed!r}")
    if not 0 <= seed < 2**64:
        raise InputError(f"seed: must lie between 0 and 2**64 - 1, got {seed}")
    return int(seed)


def _word(name: str, value: ArrayLike) -> Words:
    array = np.asarray(value)
    if array.dtype.kind not in "iu" or (
        array.size and (int(array.min()) < 0 or int(array.max()) >= 2**32)
    ):
        raise InputError(f"{name}: a counter word must be a whole number from 0 to 2**32 - 1")
    return array.astype(np.uint64)
