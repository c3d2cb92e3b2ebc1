"""Whether the picked candidate fits: portmanteau and normality tests of its innovations."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from analogtheory.responses.measured.filter import run_filter
from analogtheory.responses.measured.posterior import Posterior

Array = NDArray[np.float64]


def goodness_of_fit(posterior: Posterior, slow: bool) -> tuple[float, float]:
    """p-values of the Ljung-Box and the Jarque-Bera test of the innovations v/√S.

    Parameters
    ----------
    posterior : Posterior
        The picked fit.
    slow : bool
        Whether it has slow noise: three noise parameters that shape the autocorrelation
        instead of one.

    Returns
    -------
    goodness, normality : float
    """
    readings = posterior.readings
    filtered = run_filter(posterior.family, readings, posterior.theta[:, None])
    scaled = (filtered.innovations / np.sqrt(filtered.variances))[:, :, 0]
    columns = [scaled[:n, column] for column, n in enumerate(readings.lengths)]
    normality = float(stats.jarque_bera(np.concatenate(columns)).pvalue)
    return ljung_box(columns, 3 if slow else 1), normality


def ljung_box(columns: list[Array], fitted: int) -> float:
    """p-value of Σ_columns n(n+2) Σ_{k≤m} r_k²/(n−k), m = min(20, n/5), χ² with Σm − fitted.

    Source: G. M. Ljung and G. E. P. Box, Biometrika 65 (1978) 297.

    Parameters
    ----------
    columns : list of ndarray, shape (n,) each
        Standardised innovations.
    fitted : int
        Number of noise parameters that shape the autocorrelation.
    """
    statistic, freedom = 0.0, -fitted
    for e in columns:
        n, lags = e.size, min(20, e.size // 5)
        products = np.array([np.dot(e[k:], e[: n - k]) for k in range(1, lags + 1)])
        r = products / np.dot(e, e)
        statistic += n * (n + 2) * float(np.sum(r**2 / (n - np.arange(1, lags + 1))))
        freedom += lags
    return float(stats.chi2.sf(statistic, freedom))
