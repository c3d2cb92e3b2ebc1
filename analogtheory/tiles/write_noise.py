"""Write noise: what is read of a cell differs from what its pulses act on.

visible weight = stored weight + σ_write·Δw_min·ξ, with ξ ~ N(0, 1) drawn anew whenever the
cell is pulsed. ξ is a function of the cell and of the vector that pulsed it last, so that
only that number is kept. Source: aihwkit 1.2.0, read in its public source.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from analogtheory.kernels import elementary
from analogtheory.kernels.compiled import compiled
from analogtheory.kernels.numba_statements import HEADER, definition
from analogtheory.kernels.statements import closure
from analogtheory.kernels.threads import in_threads
from analogtheory.philox import normal_pairs
from analogtheory.tiles.streams import REPETITIONS, WRITE_NOISE, stream_of

_ARGUMENTS = {
    "first": "int64", "end": "int64", "cells": "int64", "stream": "uint64",
    "first_problem": "int64", "key0": "uint64", "key1": "uint64", "touched": "uint32[::1]",
    "out": "float64[::1]",
}  # fmt: skip

_KERNEL = f"""
def kernel({", ".join(_ARGUMENTS)}):
    for problem in range(first, end):
        last = U((first_problem + problem) * {REPETITIONS})
        for cell in range(cells):
            place = U(problem * cells + cell)
            a, b, c, d = philox(U(touched[place]), U(cell), stream, last, key0, key1)
            x, y = normal_pair(a, b, c, d)
            out[place] = x
"""


def write_noise(
    touched: NDArray[np.uint32],
    problems: int,
    *,
    seed: int,
    stream: int,
    first_problem: int,
    backend: str = "numba",
) -> NDArray[np.float64]:
    """ξ of every cell.

    Parameters
    ----------
    touched : array of uint32, flat over (problem, cell)
        Number of the vector that pulsed a cell last.
    problems, seed, stream, first_problem : int
    backend : str
        "numpy" or "numba"; the bits are the same.
    """
    cells, number = touched.size // problems, stream_of(WRITE_NOISE, stream)
    if backend == "numpy":
        last = (first_problem + np.arange(problems))[:, None] * REPETITIONS
        vectors = touched.reshape(problems, cells).astype(np.int64)
        return normal_pairs(seed, vectors, np.arange(cells), number, last)[0].reshape(-1)
    functions = closure([elementary.philox(), elementary.normal_pair()])
    source = "\n\n".join([HEADER, *map(definition, functions), _KERNEL])
    kernel, out = compiled(source, _ARGUMENTS), np.empty(touched.size)
    arguments: tuple[Any, ...] = (
        cells, np.uint64(number), first_problem, np.uint64(seed & 0xFFFFFFFF),
        np.uint64(seed >> 32), touched, out,
    )  # fmt: skip
    in_threads(lambda first, end: kernel.run(first, end, *arguments), problems)
    return out
