"""Coincidences of stochastic trains: mean, variance, and correlation within a line."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from analogtheory import responses
from analogtheory.tiles import Tile
from validation.peer import EQUAL_CELLS, PeerTile
from validation.rows import Row, against_exact, normal_quantile

VECTORS = 20_000
LONGEST = 31

#: Pulses that the cell of the largest x and d expects.
WANTED = (0.35, 3.5, 14.3, 70.0)

#: x and d; the cell of the second entries is observed.
X, D = (1.0, -0.7), (0.9, 0.5)

#: One pulse is one unit, so that weights count pulses; single precision does so up to 2²⁴.
_REACH = 2.0**23

SETTINGS = {
    "both managements": (True, True),
    "update management": (True, False),
    "no management": (False, False),
}


@dataclass(frozen=True)
class Law:
    """Binomial(length, probability)."""

    length: int
    probability: float

    @classmethod
    def of(cls, wanted: float, management: bool, length_management: bool) -> Law:
        """The law of the observed cell, from the definition of the trains."""
        length = min(math.ceil(wanted), LONGEST) if length_management else LONGEST
        largest_x, largest_d = max(map(abs, X)), max(map(abs, D))
        gain = math.sqrt(wanted / (largest_x * largest_d) / length)
        ratio = 1.0
        if management:
            ratio = math.sqrt(largest_d * min(1.0, LONGEST / wanted) / largest_x)
        column = min(1.0, gain * ratio * abs(X[1]))
        row = min(1.0, gain / ratio * abs(D[1]))
        return cls(length, column * row)

    @property
    def moments(self) -> tuple[float, float, float]:
        """Mean, variance and fourth central moment."""
        mean, variance, kurtosis = stats.binom(self.length, self.probability).stats("mvk")
        fourth = (float(kurtosis) + 3) * float(variance) ** 2 if variance > 0 else 0.0
        return float(mean), float(variance), fourth


def compared() -> list[Row]:
    """Rows for every setting, and for the correlation."""
    rows = []
    for setting, (management, length_management) in SETTINGS.items():
        for wanted in WANTED:
            law = Law.of(wanted, management, length_management)
            lr = wanted / (max(map(abs, X)) * max(map(abs, D)))
            options = {"management": management, "length_management": length_management}
            counts = ours(X, D, lr, **options)[:, 1, 1], theirs(X, D, lr, **options)[:, 1, 1]
            rows += _moments(f"k = {wanted:g}, {setting}", law, *counts)
    return [*rows, *correlation()]


def _moments(case: str, law: Law, ours: NDArray[np.int64], theirs: NDArray[np.int64]) -> list[Row]:
    mean, variance, fourth = law.moments
    z = normal_quantile()
    rounding = 1e-9 * mean
    width = z * math.sqrt(variance / VECTORS) + rounding
    spread = _width_of_variance(variance, fourth, VECTORS) + rounding
    means, variances = (
        (float(f(ours)), float(f(theirs))) for f in (np.mean, lambda n: np.var(n, ddof=1))
    )
    return [
        against_exact("counts", case, "mean", means, mean, (width, width)),
        against_exact("counts", case, "variance", variances, variance, (spread, spread)),
    ]


def _width_of_variance(variance: float, fourth: float, count: int) -> float:
    """By how much a sample variance may miss: the mean square, and the mean's own error."""
    z = normal_quantile()
    return z * math.sqrt(max(fourth - variance**2, 0.0) / count) + z**2 * variance / count


def correlation(rows: int = 1000, expected: float = 0.25, vectors: int = 4000) -> list[Row]:
    """Equal cells of one column: they share its bits, so that many updates pulse none.

    k = 0.25 gives one slot, in which both lines fire with p = √k: no cell is pulsed with
    probability 1 − p + p(1 − p)^rows, and the fraction of pulsed cells is a coin of
    probability p times Binomial(rows, p)/rows.
    """
    p, case = math.sqrt(expected), f"{rows} cells of a column, k = {expected:g}"
    none = 1 - p + p * (1 - p) ** rows
    powers = [p * float(stats.binom(rows, p).moment(k)) / rows**k for k in range(5)]
    mean, second, third, fourth = powers[1:]
    variance = second - mean**2
    central = fourth - 4 * mean * third + 6 * mean**2 * second - 3 * mean**4
    fractions = [
        f((1.0,), (1.0,) * rows, expected, vectors).mean(axis=(1, 2)) for f in (ours, theirs)
    ]
    width = normal_quantile() * math.sqrt(none * (1 - none) / vectors)
    spread = _width_of_variance(variance, central, vectors)
    idle, spreads = (
        (float(g(fractions[0])), float(g(fractions[1])))
        for g in (lambda f: (f == 0).mean(), lambda f: f.var(ddof=1))
    )
    return [
        against_exact("counts", case, "P(no cell)", idle, none, (width, width)),
        against_exact("counts", case, "variance of fraction", spreads, variance, (spread, spread)),
    ]


def ours(
    x: tuple[float, ...], d: tuple[float, ...], lr: float, vectors: int = VECTORS,
    **options: bool,
) -> NDArray[np.int64]:  # fmt: skip
    """Pulses of each cell, (vector, row, column): every vector has a tile of its own."""
    tile = Tile(responses.get("ideal", tau=_REACH), (vectors, len(d), len(x)), dw_min=1.0)
    tile.update(np.array(x), np.array(d), lr, pulses=LONGEST, **options)
    return np.abs(tile.weights).astype(np.int64)


def theirs(
    x: tuple[float, ...], d: tuple[float, ...], lr: float, vectors: int = VECTORS,
    **options: bool,
) -> NDArray[np.int64]:  # fmt: skip
    """The same by one tile of aihwkit, which has no noise here and hence no table."""
    parameters = {**EQUAL_CELLS, "dw_min": 1.0, "dw_min_std": 0.0, "w_max": _REACH,
                  "w_min": -_REACH}  # fmt: skip
    tile = PeerTile(len(d), len(x), "ConstantStepDevice", parameters, pulses=LONGEST, **options)
    tile.set_weights(np.zeros((len(d), len(x))))
    weights = [np.zeros((len(d), len(x)))]
    for number in range(1, vectors + 1):
        tile.update(x, d, lr)
        weights.append(tile.weights)
        if number % 1000 == 0 and np.abs(weights[-1]).max() > _REACH / 2:
            raise ValueError("the weights reach their bound: they no longer count pulses")
    return np.rint(np.abs(np.diff(np.array(weights), axis=0))).astype(np.int64)
