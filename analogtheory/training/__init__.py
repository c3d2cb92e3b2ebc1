"""Training on crossbar arrays: the algorithms of the field over tiles, batched and resumable.

Submodules
----------
algorithms
    In-memory SGD, TTv1, SHD, Residual Learning v1 and v2, TTv2, c-TTv2, AGAD, mixed precision.
settings, devices
    What an algorithm is built from.
objectives, task, regression, descent
    Tasks: linear and logistic regression, least squares, noisy descent of a function.
trainer
    :class:`Trainer`: runs, records, saves, resumes.
storage, progress, fingerprint, randomness, checks
    Files, the bar, equality of settings, addresses of random numbers, bad input.
"""

from analogtheory.training.algorithms import (
    AGAD,
    Algorithm,
    BufferedResidualLearning,
    ChoppedTTv2,
    InMemorySGD,
    MixedPrecision,
    ResidualLearning,
    StochasticHamiltonianDescent,
    TikiTaka,
    TTv2,
)
from analogtheory.training.devices import Devices
from analogtheory.training.objectives import (
    Descent,
    LeastSquares,
    LinearRegression,
    LogisticRegression,
    Task,
    drawn_target,
)
from analogtheory.training.settings import Buffer, Chopper, FastRate, Grid, Pulses, Transfer
from analogtheory.training.trainer import Trainer, Training

__all__ = [
    "AGAD",
    "Algorithm",
    "Buffer",
    "BufferedResidualLearning",
    "ChoppedTTv2",
    "Chopper",
    "Descent",
    "Devices",
    "FastRate",
    "Grid",
    "InMemorySGD",
    "LeastSquares",
    "LinearRegression",
    "LogisticRegression",
    "MixedPrecision",
    "Pulses",
    "ResidualLearning",
    "StochasticHamiltonianDescent",
    "TTv2",
    "Task",
    "TikiTaka",
    "Trainer",
    "Training",
    "Transfer",
    "drawn_target",
]
