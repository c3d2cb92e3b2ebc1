"""Closed forms of the papers and of this project: expressions with hypotheses and source."""

from analogtheory.bounds.analog_sgd import (
    LOWER_INSTANCE,
    RADEMACHER_MEAN,
    REMARK_1,
    WEIGHTED,
    WEIGHTED_SHARP,
    Bound,
)
from analogtheory.bounds.residual_learning import (
    MEAN_ABS_RESIDUAL,
    SQRT_ALPHA_BIAS,
    TILT,
    WEIGHTED_RESIDUAL,
    folded_mean,
)

__all__ = [
    "LOWER_INSTANCE",
    "MEAN_ABS_RESIDUAL",
    "RADEMACHER_MEAN",
    "REMARK_1",
    "SQRT_ALPHA_BIAS",
    "TILT",
    "WEIGHTED",
    "WEIGHTED_RESIDUAL",
    "WEIGHTED_SHARP",
    "Bound",
    "folded_mean",
]
