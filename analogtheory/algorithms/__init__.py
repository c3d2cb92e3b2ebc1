"""Training algorithms, one file each, every update written once in symbols."""

from analogtheory.algorithms.residual import buffered_residual_learning, residual_learning
from analogtheory.algorithms.sgd import analog_sgd

__all__ = ["analog_sgd", "buffered_residual_learning", "residual_learning"]
