"""What the tests of reads with periphery share."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from analogtheory import philox
from analogtheory.kernels import elementary_single
from analogtheory.kernels.numpy_printer import numpy_function
from analogtheory.tiles.periphery import Periphery
from analogtheory.tiles.reading import read

Array = NDArray[Any]

SEED = 2**40 + 77
BACKENDS = ("numpy", "numba")
PRECISIONS = (np.float32, np.float64)

#: Converters that change nothing.
OPEN = {
    "input_resolution": 0.0, "output_resolution": 0.0, "input_bound": math.inf,
    "output_bound": math.inf,
}  # fmt: skip

each_precision = pytest.mark.parametrize("precision", PRECISIONS)
each_backend = pytest.mark.parametrize("backend", BACKENDS)


def looked_at(weights: Array, inputs: Any, periphery: Periphery | None, **options: Any) -> Array:
    """A read with the usual seed."""
    options = {"stream": 3, "first_vector": 10, **options}
    return read(weights, inputs, periphery, seed=SEED, **options)


def documented_noise(
    precision: Any, kind: int, vectors: Any, lines: int, problem: int = 0, attempt: int = 0
) -> Array:
    """ξ at the addresses of the table, from the package's plain random numbers."""
    stream = kind + 16 * 3
    word = problem * 256 + attempt
    if precision == np.float64:
        halves = np.arange((lines + 1) // 2)
        pairs = philox.normal_pairs(SEED, np.asarray(vectors)[:, None], halves, stream, word)
        return np.stack(pairs, axis=-1).reshape(len(vectors), -1)[:, :lines]
    quarters = np.arange((lines + 3) // 4)
    words = philox.philox4x32(
        (np.asarray(vectors)[:, None], quarters, stream, word), (SEED % 2**32, SEED >> 32)
    )
    pair = numpy_function(elementary_single.normal_pair())
    with np.errstate(over="ignore"):
        fours = [*pair(words[0], words[1]), *pair(words[2], words[3])]
    return np.stack(fours, axis=-1).reshape(len(vectors), -1)[:, :lines]
