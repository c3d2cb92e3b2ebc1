"""Where the fitted q₊ and q₋ cross, with Fieller's confidence set."""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from analogtheory.responses.measured import notes
from analogtheory.responses.measured.families import ConstantStep
from analogtheory.responses.measured.intervals import Interval, level_set, quantile
from analogtheory.responses.measured.posterior import Posterior

_CELLS = 1000  # of the grid on the range


def symmetric_point(
    posterior: Posterior, low: float, high: float, confidence: float
) -> tuple[Interval | None, list[str]]:
    """Root of G = q₋ − q₊ with the set {u: |G(u)| ≤ z·(standard error of G(u))} around it.

    Of several roots the attracting one (G rising) nearest the middle of the range is given.
    The set is wide, or reaches the end of the range, where the data cannot tell
    (E. C. Fieller, J. R. Statist. Soc. B 16 (1954) 175).

    Parameters
    ----------
    posterior : Posterior
        The picked fit.
    low, high : float
        The range in u.
    confidence : float
        Level of the set.

    Returns
    -------
    point : Interval or None
        In u; None if there is no root in the range.
    said : list of str
        What the data cannot decide about it.
    """
    grid = np.linspace(low, high, _CELLS + 1)
    up, down = posterior.steps(grid)
    gradient = posterior.step_gradient(grid)
    gap, error = down - up, posterior.error(gradient[:, 1] - gradient[:, 0])
    excess = np.abs(gap) - quantile(confidence) * error
    roots = np.flatnonzero((gap[:-1] < 0.0) != (gap[1:] < 0.0))
    if isinstance(posterior.family, ConstantStep) or not roots.size:
        return None, [notes.no_symmetric_point(bool((excess <= 0.0).any()), confidence)]
    said = [notes.several_crossings(roots.size)] if roots.size > 1 else []
    attracting = roots[gap[roots] < 0.0]
    root = _nearest_middle(attracting if attracting.size else roots)
    left, right = level_set(excess, root)
    if left == 0.0 or right == _CELLS:
        said.append(notes.unbounded_symmetric_point(confidence))
    step = (high - low) / _CELLS
    value = _crossing(posterior, low + step * root, low + step * (root + 1))
    return Interval(value, low + step * left, low + step * right), said


def _nearest_middle(roots: NDArray[np.intp]) -> int:
    """The cell nearest the middle of the grid."""
    return int(min(roots, key=lambda k: abs(k - _CELLS // 2)))


def _crossing(posterior: Posterior, left: float, right: float) -> float:
    """The root of G between two points where it has different signs."""
    return float(optimize.brentq(partial(_gap, posterior), left, right, xtol=1e-14))


def _gap(posterior: Posterior, u: float) -> float:
    """G at one state."""
    up, down = posterior.steps(np.array([u]))[:, 0]
    return float(down - up)
