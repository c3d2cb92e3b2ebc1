"""Training algorithms, one file a family, every update written once in symbols."""

from analogtheory.algorithms.chopped import Buffer, agad, chopped_ttv2, ttv2
from analogtheory.algorithms.residual import buffered_residual_learning, residual_learning
from analogtheory.algorithms.sgd import analog_sgd
from analogtheory.algorithms.transfer import stochastic_hamiltonian_descent, tiki_taka

__all__ = [
    "Buffer",
    "agad",
    "analog_sgd",
    "buffered_residual_learning",
    "chopped_ttv2",
    "residual_learning",
    "stochastic_hamiltonian_descent",
    "tiki_taka",
    "ttv2",
]
