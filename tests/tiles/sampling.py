"""Intervals that hold for every sample size: no normal approximation is used."""

from __future__ import annotations

import math

from scipy import stats


def is_binomial(hits: int, trials: int, probability: float, error: float) -> bool:
    """Whether a count lies in the central interval of its exact binomial law.

    A count of that law lies outside with probability at most `error`.
    """
    law = stats.binom(trials, probability)
    return bool(law.cdf(hits) > error / 2 and law.sf(hits - 1) > error / 2)


def bernstein(variance: float, width: float, count: int, error: float) -> float:
    """How far the mean of `count` independent numbers may lie from their expectation.

    Bernstein's inequality: P(|mean − E| > t) ≤ 2 exp(−n t²/(2(v + width·t/3))) for numbers
    of variance v that are never further than `width` from their expectation; solved for t.
    """
    most = math.log(2.0 / error)
    linear = most * width / (3.0 * count)
    return linear + math.sqrt(linear**2 + 2.0 * most * variance / count)
