"""Training algorithms on tiles, each written once over matrices and batches of problems.

Submodules
----------
base
    What all have: step, reads, weights, state.
one_array, sgd, mixed_precision
    One array: what such algorithms share, in-memory SGD, and the digital yardstick.
transfer, fast
    Two arrays: the loop of a transfer, and the rate of the fast array.
tiki_taka
    TTv1, Stochastic Hamiltonian Descent, Residual Learning v1 and v2.
buffered, chopped, dynamic
    TTv2, c-TTv2, AGAD: each adds one thing to the one before.
"""

from analogtheory.training.algorithms.base import Algorithm
from analogtheory.training.algorithms.buffered import TTv2
from analogtheory.training.algorithms.chopped import ChoppedTTv2
from analogtheory.training.algorithms.dynamic import AGAD
from analogtheory.training.algorithms.mixed_precision import MixedPrecision
from analogtheory.training.algorithms.sgd import InMemorySGD
from analogtheory.training.algorithms.tiki_taka import (
    BufferedResidualLearning,
    ResidualLearning,
    StochasticHamiltonianDescent,
    TikiTaka,
)

__all__ = [
    "AGAD",
    "Algorithm",
    "BufferedResidualLearning",
    "ChoppedTTv2",
    "InMemorySGD",
    "MixedPrecision",
    "ResidualLearning",
    "StochasticHamiltonianDescent",
    "TTv2",
    "TikiTaka",
]
