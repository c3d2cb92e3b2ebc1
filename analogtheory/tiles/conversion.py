"""The numbers of a read that are no product: converters and noise, line by line.

On the way in (a DAC), for each line of a vector with the scale α::

    u = clip(round(x/α), ±bound) + σ ξ

on the way out (an ADC), with all noises σₖ added before the conversion::

    r = round(v + Σₖ σₖ ξₖ),    y = α·clip(r, ±bound),    saturated: |r| > bound

round takes the nearest multiple of the step, ties to the even one; a step of 0 leaves the
number as it is. The formulas are written once, as statements, and run by a numba kernel
or by NumPy over whole arrays: the same bits. The noise ξ has the addresses of
:mod:`analogtheory.tiles.streams`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analogtheory.kernels import elementary, elementary_single
from analogtheory.kernels.numpy_printer import numpy_function
from analogtheory.kernels.threads import in_threads
from analogtheory.tiles.conversion_kernel import FORMULAS, PER_COUNTER, kernel

Array = NDArray[Any]
Words = NDArray[np.uint64]

#: From this many numbers on, in this process, a kernel repays its compilation (seconds).
WORTH_COMPILING = 2_000_000
#: From this many numbers in one call on, a second thread repays its start.
WORTH_THREADS = 1_000_000


@dataclass(frozen=True)
class Addresses:
    """Where the noise of some vectors comes from.

    Attributes
    ----------
    vectors, problems : array of uint64, shape (vectors,)
        First and last counter word of each vector.
    key : two words
    """

    vectors: Words
    problems: Words
    key: tuple[int, int]


@dataclass(frozen=True)
class Converter:
    """A DAC or an ADC, with the noise that is added at its analog side.

    Attributes
    ----------
    kind : str
        "dac" or "adc".
    step, bound : float
    """

    kind: str
    step: float
    bound: float


def convert(
    converter: Converter,
    values: Array,
    scales: Array,
    deviations: list[Array],
    streams: list[int],
    addresses: Addresses,
    backend: str = "auto",
) -> tuple[Array, NDArray[np.bool_]]:
    """Vectors through a converter.

    Parameters
    ----------
    converter : Converter
    values : array of float32 or float64, shape (vectors, lines)
    scales : array, shape (vectors,)
        α; the numbers of a DAC are divided by it, those of an ADC multiplied.
    deviations : list of arrays, shape (vectors,)
        Standard deviations of each noise.
    streams : list of int
        Third counter word of each noise.
    addresses : Addresses
    backend : str
        "numpy", "numba", or "auto": numba once it repays its compilation.

    Returns
    -------
    converted : array, shape (vectors, lines)
    saturated : array of bool, shape (vectors,)
        Whether an output of the vector hit the bound; never for a DAC.
    """
    compiled = _runs_compiled(backend, values.size * (1 + len(streams)))
    run = _by_numba if compiled else _by_numpy
    return run(converter, values, scales, deviations, streams, addresses)


_converted = 0


def _runs_compiled(backend: str, numbers: int) -> bool:
    """Whether a kernel shall do it; a choice of speed only, since the bits are the same."""
    global _converted
    if backend == "auto":
        _converted += numbers
        return _converted >= WORTH_COMPILING
    return backend == "numba"


def _precision(values: Array) -> int:
    return 8 * values.dtype.itemsize


# ---------------------------------------------------------------------- NumPy


def _by_numpy(
    converter: Converter,
    values: Array,
    scales: Array,
    deviations: list[Array],
    streams: list[int],
    addresses: Addresses,
) -> tuple[Array, NDArray[np.bool_]]:
    precision = _precision(values)
    formula = _as_numpy(FORMULAS[converter.kind](precision))
    step, bound = (values.dtype.type(x) for x in (converter.step, converter.bound))
    is_dac = converter.kind == "dac"
    with np.errstate(all="ignore"):  # words wrap around; numbers over a step of 0 are not used
        if is_dac:
            (values,) = formula(values, scales[:, None], step, bound)
        for deviation, stream in zip(deviations, streams, strict=True):
            noise = normals(precision, addresses, stream, values.shape[1])
            values = values + deviation[:, None] * noise
        if is_dac:
            return values, np.zeros(len(values), dtype=np.bool_)
        read, saturated = formula(values, scales[:, None], step, bound)
    return read, (saturated != 0).any(axis=1)


_as_numpy = cache(numpy_function)


def normals(precision: int, addresses: Addresses, stream: int, lines: int) -> Array:
    """Standard normal numbers, one for each vector and line; shape (vectors, lines).

    To be called under ``numpy.errstate(over="ignore")``: words are added modulo 2⁶⁴.
    """
    shared = PER_COUNTER[precision]
    groups = np.arange(-(-lines // shared), dtype=np.uint64)
    k0, k1 = (np.uint64(word) for word in addresses.key)
    words = _as_numpy(elementary.philox())(
        addresses.vectors[:, None], groups, np.uint64(stream), addresses.problems[:, None], k0, k1
    )
    if precision == 32:
        pair = _as_numpy(elementary_single.normal_pair())
        halves = [word.astype(np.uint32) for word in words]
        numbers = [*pair(*halves[:2]), *pair(*halves[2:])]
    else:
        numbers = list(_as_numpy(elementary.normal_pair())(*words))
    return np.stack(numbers, axis=-1).reshape(len(addresses.vectors), -1)[:, :lines]


# ---------------------------------------------------------------------- numba


def _by_numba(
    converter: Converter,
    values: Array,
    scales: Array,
    deviations: list[Array],
    streams: list[int],
    addresses: Addresses,
) -> tuple[Array, NDArray[np.bool_]]:
    run = kernel(converter.kind, _precision(values))
    vectors = len(values)
    out = np.empty_like(values)
    saturated = np.zeros(vectors, dtype=np.bool_)
    arguments = (
        values, out, saturated, scales,
        np.array(deviations, dtype=values.dtype).reshape(-1, vectors),
        np.array(streams, dtype=np.uint64), addresses.vectors, addresses.problems,
        values.dtype.type(converter.step), values.dtype.type(converter.bound),
        *map(np.uint64, addresses.key),
    )  # fmt: skip
    if values.size * (1 + len(streams)) < WORTH_THREADS:
        run(0, vectors, *arguments)
    else:
        in_threads(lambda first, end: run(first, end, *arguments), vectors)
    return out, saturated
