"""Zero-shifting on the linear device of range τ = 1, as numbers: one function a claim.

Δ is the pulse size, s the cycle-to-cycle noise in units of Δ, c the symmetric point.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from analogtheory.experiments.core import Array


def approach(step: Any, start: float, pulses: Array) -> Array:
    """w after an even number of alternating pulses, up first (zero-shifting-two-cycle, c = 0)."""
    bottom = -step / (2 - step)
    return np.asarray(bottom + (1 - step) ** pulses * (start - bottom))


def count(step: float, start: float, goal: float) -> int:
    """The least even number of pulses after which w ≤ goal (zero-shifting-pulse-count)."""
    ripple = step / (2 - step)
    ratio = (start + ripple) / (goal + ripple)
    return 2 * math.ceil(math.log(ratio) / -math.log1p(-step) / 2)


def deviation(step: Any, noise: float) -> Any:
    """Deviation around the two-cycle, √(s²Δ/(2 − Δ)) (zero-shifting-cycle-noise)."""
    return noise * np.sqrt(step / (2 - step))


def random_size(step: Any, noise: float) -> Any:
    """√(E w²) of random signs, √((1 + s²)Δ/(2 − Δ)) (zero-shifting-cyclic-or-random)."""
    return np.sqrt((1 + noise**2) * step / (2 - step))


def alternating_size(step: Any, noise: float) -> Any:
    """√(E w²) of alternating pulses, ripple and noise (zero-shifting-cyclic-or-random)."""
    return np.sqrt(deviation(step, noise) ** 2 + (step / (2 - step)) ** 2)


def mean_errors(c: float, step: float, start: float, pulses: int) -> Array:
    """E G² before pulses 0, …, N − 1 (zero-shifting-moments)."""
    square, y, scale = (start - c) ** 2, start - c, 1 - c**2
    found = np.empty(pulses)
    for number in range(pulses):
        found[number] = square
        growth = (1 - step) ** 2 + c**2 * step**2
        square = growth * square - 2 * c * scale * step**2 * y + step**2 * scale**2
        y *= 1 - step
    return found


def bound(c: float, step: float, start: float, pulses: Array) -> Array:
    """The bound of zero-shifting-bound: φ = y²/2, L_q = 1, q_max = 2(1 + |c|) on [−1, 1]."""
    return np.asarray((start - c) ** 2 / 2 / (pulses * step) + (2 * (1 + abs(c))) ** 2 * step / 2)


def stationary_error(c: float, step: float) -> float:
    """E_π G² of zero-shifting-stationary-error."""
    return step * (1 - c**2) ** 2 / (2 - (1 + c**2) * step)
