"""Weights at the start of training, and where random numbers of networks come from.

All are of the kind "data" of :mod:`analogtheory.training.randomness`. Problems with the same
number get the same numbers: so that settings can be compared on the same images, in the same
order, from the same start.

=================  ======================  ===================
stream             what it feeds           number
=================  ======================  ===================
0                  split of the images     0
1                  order of an epoch       number of the epoch
2 + layer          weights at the start    0
=================  ======================  ===================
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analogtheory.training.checks import whole
from analogtheory.training.randomness import DATA, Source

SPLIT, ORDER, WEIGHTS = 0, 1, 2


def permutations(seed: Any, stream: int, problems: ArrayLike, number: int, count: int) -> Any:
    """A random order of `count` things for each problem, (problems, count)."""
    drawn = Source.of(seed, DATA, stream, problems).uniform(number, np.arange(count))
    return drawn[:, 0].argsort(axis=1, kind="stable")


def initial_weights(
    problems: ArrayLike, rows: int, columns: int, *, layer: int = 0, seed: int = 0
) -> NDArray[np.float64]:
    """Weights of a layer, uniform in ±1/√columns, bias included, (problems, rows, columns).

    Parameters
    ----------
    problems : array of int (problems,)
        Their numbers.
    rows, columns : int
        Outputs; inputs and one more for the bias.
    layer : int
        Number of the layer, from 0.
    seed : int

    Raises
    ------
    InputError
        If an argument cannot be used.

    Source: chosen here; the usual scale for layers with this many inputs.

    Examples
    --------
    >>> first, again, other = initial_weights([0, 0, 1], 10, 25)
    >>> bool((first == again).all()), bool((first == other).any())
    (True, False)
    >>> bool(abs(first).max() <= 0.2)
    True
    """
    count = whole("rows", rows, 1) * whole("columns", columns, 1)
    source = Source.of(seed, DATA, WEIGHTS + whole("layer", layer, 0), problems)
    uniform = source.uniform(0, np.arange(count)).reshape(-1, rows, columns)
    return np.asarray((2.0 * uniform - 1.0) / np.sqrt(columns))
