"""The fit of a measured device, as `check` reports it."""

from __future__ import annotations

from typing import Any

import numpy as np

from analogtheory.responses.measured import MeasuredFit
from analogtheory.verdicts.problem import nullable

_BAND_POINTS = 9


def measured_section(fit: MeasuredFit) -> dict[str, Any]:
    """Family, ranking, noise figures, confidence intervals and notes of a fit."""
    low, high = fit.response.range
    grid = np.linspace(low, high, _BAND_POINTS)
    bands = fit.band(grid)
    point = fit.symmetric_point
    return {
        "family": fit.family,
        "ranking": [
            {
                "family": entry.family + (", slow noise" if entry.noise == "slow" else ""),
                "parameters": int(entry.parameters),
                "log_likelihood": float(entry.log_likelihood),
                "aic": float(entry.aic),
                "bic": float(entry.bic),
            }
            for entry in fit.ranking
        ],
        "dw_min": fit.dw_min,
        "cycle_noise": fit.cycle_noise,
        "cycle_noise_interval": list(fit.cycle_noise_interval),
        "read_noise": fit.read_noise,
        "read_noise_interval": list(fit.read_noise_interval),
        **nullable(
            "symmetric_point",
            None if point is None else {"value": point.value, "low": point.low, "high": point.high},
            "the data give no interval for a symmetric point inside the range",
        ),
        "band": {
            "w": grid.tolist(),
            **{
                key: np.asarray(values).tolist()
                for key, values in zip(
                    ("up_low", "up_high", "down_low", "down_high"), bands, strict=True
                )
            },
        },
        "goodness_p_value": fit.goodness,
        "notes": list(fit.notes),
    }
