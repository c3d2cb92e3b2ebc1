"""How symmetric point, fixed points and error spread over the cells of a matrix."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from analogtheory.responses.calibration import draw_cells
from analogtheory.responses.cells import symmetric_points_of_cells
from analogtheory.responses.response import Response
from analogtheory.verdicts.problem import Problem, nullable

Array = NDArray[np.float64]
#: Side of the matrix of cells.
SIDE = 32
_BISECTIONS = 60


def variation_section(problem: Problem, spreads: dict[str, float] | None) -> dict[str, Any]:
    """Draw the parameters per cell and report the spread of what follows.

    Parameters
    ----------
    spreads : dict or None
        Standard deviation per parameter; None for the device's calibrated figures.
    """
    cells = draw_cells(problem.response, (SIDE, SIDE), seed=problem.seed, spreads=spreads)
    return variation_of(problem, cells, spreads)


def variation_of(
    problem: Problem, cells: Response, spreads: dict[str, float] | None
) -> dict[str, Any]:
    """The same for cells that were drawn already."""
    points = symmetric_points_of_cells(cells)
    roots, bracketed = mean_field_roots(problem, cells)
    gradients = problem.objective.gradient(roots)
    ratio = cells.R(0.0)
    return {
        "cells": int(points.size),
        "spreads": "calibrated" if spreads is None else dict(spreads),
        "without_symmetric_point": int(np.isnan(points).sum()),
        "pinned_at_a_bound": int((~bracketed).sum()),
        "symmetric_point": _summary(points),
        "mean_field_root": _summary(roots),
        "gradient_squared": _summary(gradients**2),
        "residual_learning_tilt": _summary(-problem.noise.mean_abs * ratio),
    }


def mean_field_roots(problem: Problem, cells: Response) -> tuple[Array, NDArray[np.bool_]]:
    """Where Analog SGD stops in each cell: g·F + E|g + ε|·G = 0, by bisection.

    A cell whose drift does not change sign inside its range stops at the bound that the
    drift points to; the second array tells those cells (False) apart.
    """

    def drift(w: Array) -> Array:
        gradient = problem.objective.gradient(w)
        return gradient * cells.F(w) + problem.noise.mean_abs_at(gradient) * cells.G(w)

    low, high = (np.array(np.broadcast_to(np.asarray(e), cells.shape)) for e in cells.range)
    left, right = drift(low), drift(high)
    bracketed = (left <= 0) & (right >= 0)
    pinned = np.where(left > 0, low, high)
    for _ in range(_BISECTIONS):
        middle = 0.5 * (low + high)
        below = drift(middle) <= 0
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return np.where(bracketed, 0.5 * (low + high), pinned), bracketed


def _summary(values: Array) -> dict[str, Any]:
    finite = values[np.isfinite(values)]
    reason = "no cell has one"
    if finite.size == 0:
        keys = ("mean", "std", "p05", "median", "p95")
        return {k: v for key in keys for k, v in nullable(key, None, reason).items()}
    low, median, high = np.quantile(finite, [0.05, 0.5, 0.95])
    return {
        "mean": float(finite.mean()),
        "std": float(finite.std()),
        "p05": float(low),
        "median": float(median),
        "p95": float(high),
    }
