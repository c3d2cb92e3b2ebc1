"""Symmetric points of many devices at once: one per cell of a matrix."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analogtheory.responses.response import Response

_GRID = 257
_BISECTIONS = 60


def symmetric_points_of_cells(response: Response) -> NDArray[np.float64]:
    """The attracting symmetric point of each cell nearest the middle of its range.

    Found by a sign change of G from − to + on 257 points, then bisection to rounding.
    Two symmetric points closer than 1/256 of the range are seen as none or one; ask
    :meth:`Response.cell` for a certified answer about one cell.

    Returns
    -------
    points : array of shape `response.shape`
        NaN where G does not change sign from − to +; the middle of the range for an
        identically symmetric cell.
    """
    shape = response.shape
    low, high = (np.broadcast_to(np.asarray(end, dtype=float), shape) for end in response.range)
    steps = np.linspace(0.0, 1.0, _GRID).reshape((-1,) + (1,) * len(shape))
    signs = np.sign(response.G(low + steps * (high - low)))
    rises = (signs[:-1] <= 0) & (signs[1:] > 0)
    distance = np.abs(np.arange(_GRID - 1) - (_GRID - 1) / 2).reshape(steps[:-1].shape)
    chosen = np.argmin(np.where(rises, distance, np.inf), axis=0)
    found = np.any(rises, axis=0)
    left = low + (high - low) * chosen / (_GRID - 1)
    right = low + (high - low) * (chosen + 1) / (_GRID - 1)
    for _ in range(_BISECTIONS):
        middle = 0.5 * (left + right)
        below = response.G(middle) <= 0
        left, right = np.where(below, middle, left), np.where(below, right, middle)
    symmetric = np.all(signs == 0, axis=0)
    points = np.where(found, 0.5 * (left + right), np.nan)
    return np.where(symmetric, 0.5 * (low + high), points)
