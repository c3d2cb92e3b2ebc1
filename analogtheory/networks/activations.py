"""Activations with their derivatives, and the loss of a classifier."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analogtheory.errors import InputError

Array = NDArray[Any]


@dataclass(frozen=True)
class Activation:
    """A function of each output of a layer.

    Attributes
    ----------
    value : callable
        y = φ(z).
    slope : callable
        φ′(z), as a function of y.
    """

    value: Callable[[Array], Array]
    slope: Callable[[Array], Array]


def _sigmoid(z: Array) -> Array:
    shrunk = np.exp(-np.abs(z))  # never overflows
    return np.asarray(np.where(z >= 0, 1.0, shrunk) / (1.0 + shrunk))


ACTIVATIONS = {
    "sigmoid": Activation(_sigmoid, lambda y: y * (1.0 - y)),
    "tanh": Activation(np.tanh, lambda y: 1.0 - y * y),
    "relu": Activation(lambda z: np.maximum(z, 0.0), lambda y: (y > 0).astype(y.dtype)),
}


def activation(name: Any) -> Activation:
    """An activation by its name.

    Raises
    ------
    InputError
        If there is none of that name.

    Examples
    --------
    >>> activation("sigmoid").value(np.array([0.0, 1000.0, -1000.0])).tolist()
    [0.5, 1.0, 0.0]
    """
    if name not in ACTIVATIONS:
        raise InputError(f"activation {name!r}: unknown; use one of {', '.join(ACTIVATIONS)}")
    return ACTIVATIONS[name]


def softmax_cross_entropy(logits: Array, labels: NDArray[np.int64]) -> tuple[Array, Array]:
    """Loss of each image, and its derivative by the logits.

        ℓ = ln Σ_c exp(z_c) − z_label,    ∂ℓ/∂z_c = exp(z_c)/Σ exp(z) − [c = label]

    Parameters
    ----------
    logits : array (problems, batch, classes)
    labels : array of int (problems, batch)

    Returns
    -------
    losses, errors : arrays (problems, batch) and (problems, batch, classes)

    Examples
    --------
    >>> losses, errors = softmax_cross_entropy(np.zeros((1, 1, 4)), np.array([[2]]))
    >>> bool(np.isclose(losses[0, 0], np.log(4))), errors[0, 0].tolist()
    (True, [0.25, 0.25, -0.75, 0.25])
    """
    moved = logits - logits.max(axis=2, keepdims=True)  # exp of at most 0
    powers = np.exp(moved)
    total = powers.sum(axis=2, keepdims=True)
    hit = labels[:, :, None] == np.arange(logits.shape[2])
    losses = np.log(total[:, :, 0]) - np.where(hit, moved, 0.0).sum(axis=2)
    return losses, powers / total - hit
