"""A perceptron whose layers are trained by the algorithms over tiles."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analogtheory.errors import InputError
from analogtheory.networks.activations import activation as named_activation
from analogtheory.networks.activations import softmax_cross_entropy
from analogtheory.networks.initial import initial_weights
from analogtheory.training.algorithms import Algorithm
from analogtheory.training.checks import vectors, whole
from analogtheory.training.settings import Grid

Array = NDArray[Any]
#: Builds a layer on a grid from its weights at the start.
LayerBuilder: TypeAlias = Callable[[Grid, Array], Algorithm]


class Perceptron:
    """Fully connected layers with a bias, an activation between them, softmax at the end.

        a₀ = x,   z_k = W_k (a_k, 1),   a_{k+1} = φ(z_k),   ℓ = softmax cross-entropy of the
        last z;   d_last = ∂ℓ/∂z,   d_k = φ′(z_k) ∘ (W_{k+1}ᵀ d_{k+1}), bias row left out

    The bias is one more input that is always 1. Both products go through the arrays of the
    layer and their periphery, activations and loss are digital. Each image then moves each
    layer by its own rank-1 update W_k ← W_k − lr·d_k (a_k, 1)ᵀ, in intention. Problems are
    independent networks.

    Parameters
    ----------
    layers : sequence of Algorithm
        Layer k of shape (problems, rows, columns) has rows + 1 = columns of layer k + 1.
    activation : str
        "sigmoid", "tanh" or "relu".

    Attributes
    ----------
    layers : tuple of Algorithm
    problems, inputs, classes : int

    Raises
    ------
    InputError
        If the layers do not fit each other.

    Examples
    --------
    >>> from analogtheory.networks import DigitalSGD
    >>> network = Perceptron.build((2, 8, 2), lambda g, w: DigitalSGD(g, lr=0.3, initial=w))
    >>> x, labels = np.array([[0, 0], [0, 1], [1, 0], [1, 1.0]]), np.array([0, 1, 1, 0])
    >>> for _ in range(1000):
    ...     losses = network.step(x, labels)
    >>> network.predict(x).tolist()
    [[0, 1, 1, 0]]
    """

    def __init__(self, layers: Sequence[Algorithm], activation: str = "sigmoid"):
        self.layers = tuple(layers)
        if not self.layers or not all(isinstance(layer, Algorithm) for layer in self.layers):
            raise InputError("layers: must be one or more algorithms over tiles")
        for number, (lower, upper) in enumerate(itertools.pairwise(self.layers)):
            if (lower.shape[0], lower.shape[1] + 1) != (upper.shape[0], upper.shape[2]):
                raise InputError(
                    f"layers {number} and {number + 1}: of shapes {lower.shape} and {upper.shape}; "
                    f"the second must have {lower.shape[0]} problems and {lower.shape[1] + 1} "
                    "columns, one of them for the bias"
                )
        self.activation = activation
        self._function = named_activation(activation)
        self.problems, self.inputs = self.layers[0].shape[0], self.layers[0].shape[2] - 1
        self.classes = self.layers[-1].shape[1]
        if self.inputs < 1 or self.classes < 2:
            raise InputError(
                "layers: must have an input besides the bias and two classes, "
                f"got {self.inputs} and {self.classes}"
            )

    @classmethod
    def build(
        cls,
        widths: Sequence[int],
        layer: LayerBuilder,
        *,
        problems: ArrayLike = (0,),
        activation: str = "sigmoid",
        **grid: Any,
    ) -> Perceptron:
        """A network of given widths from :func:`initial_weights`.

        Parameters
        ----------
        widths : sequence of int
            Inputs, hidden layers, classes.
        layer : callable (grid, weights) -> Algorithm
            Layer k gets a :class:`Grid` with stream 4k: an algorithm has up to four tiles.
        problems : array of int (problems,)
            Their numbers: problems with the same number start from the same weights.
        activation : str
        **grid
            `seed`, `first_problem`, `dtype`, `backend` of :class:`Grid`.

        Raises
        ------
        InputError
            If an argument cannot be used.
        """
        sizes = [whole("widths", width, 1) for width in widths]
        if len(sizes) < 2:
            raise InputError(f"widths: must be inputs, hidden layers, classes, got {sizes}")
        numbers, layers = np.atleast_1d(np.asarray(problems)), []
        for k, (columns, rows) in enumerate(itertools.pairwise(sizes)):
            own = Grid((len(numbers), rows, columns + 1), stream=4 * k, **grid)
            start = initial_weights(numbers, rows, columns + 1, layer=k, seed=own.seed)
            layers.append(layer(own, start))
        return cls(layers, activation)

    # ------------------------------------------------------------------ reads

    def forward(self, x: ArrayLike) -> Array:
        """The logits, (problems, batch, classes).

        Parameters
        ----------
        x : array, (inputs,), (batch, inputs) or (problems, batch, inputs)

        Raises
        ------
        InputError
            If the shape does not fit, or a number is not finite.
        """
        return self._forward(x)[1]

    def _forward(self, x: ArrayLike) -> tuple[list[Array], Array]:
        """What enters each layer, bias included, and the logits."""
        outputs, entering = vectors("x", x, self.problems, self.inputs), []
        for layer in self.layers[:-1]:
            entering.append(_with_bias(outputs))
            outputs = self._function.value(layer.forward(entering[-1]).astype(np.float64))
        entering.append(_with_bias(outputs))
        return entering, self.layers[-1].forward(entering[-1]).astype(np.float64)

    def predict(self, x: ArrayLike) -> NDArray[np.int64]:
        """The class of the largest logit, (problems, batch); x as for :meth:`forward`."""
        return np.asarray(self.forward(x).argmax(axis=2))

    # ------------------------------------------------------------------ training

    def gradients(self, x: ArrayLike, labels: ArrayLike) -> tuple[Array, list[tuple[Array, Array]]]:
        """Losses of some images, and the rank-1 factors of their gradients.

        Parameters
        ----------
        x : array
            As for :meth:`forward`.
        labels : array of int, (batch,) or (problems, batch)

        Returns
        -------
        losses : array (problems, batch)
        factors : list of pairs of arrays (problems, batch, columns), (problems, batch, rows)
            For each layer what enters it and its errors: ∂ℓ/∂W = d xᵀ for each image.

        Raises
        ------
        InputError
            If shapes do not fit, or a label is no class.
        """
        entering, logits = self._forward(x)
        losses, errors = softmax_cross_entropy(logits, self._labels(labels, logits.shape[1]))
        factors = [(entering[-1], errors)]
        for k in range(len(self.layers) - 1, 0, -1):
            back = self.layers[k].backward(errors)[:, :, :-1].astype(np.float64)
            errors = back * self._function.slope(entering[k][:, :, :-1])
            factors.insert(0, (entering[k - 1], errors))
        return losses, factors

    def _labels(self, given: ArrayLike, batch: int) -> NDArray[np.int64]:
        labels = np.asarray(given)
        if labels.dtype.kind not in "iu" or labels.shape not in (
            (batch,), (1, batch), (self.problems, batch),
        ):  # fmt: skip
            raise InputError(
                f"labels: must be whole numbers, ({batch},) or ({self.problems}, {batch}), "
                f"got {labels.dtype} of shape {labels.shape}"
            )
        if labels.min() < 0 or labels.max() >= self.classes:
            raise InputError(f"labels: must be from 0 to {self.classes - 1}")
        return np.broadcast_to(labels, (self.problems, batch)).astype(np.int64)

    def step(self, x: ArrayLike, labels: ArrayLike) -> Array:
        """Train with a mini-batch: all gradients at the same weights, then image by image.

        Returns
        -------
        array (problems,)
            Mean loss before the step.

        Raises
        ------
        InputError
            As for :meth:`gradients`.
        """
        losses, factors = self.gradients(x, labels)
        for layer, (inputs, errors) in zip(self.layers, factors, strict=True):
            layer.step(inputs, errors)
        return np.asarray(losses.mean(axis=1))

    def set_factor(self, factor: float) -> None:
        """Of a schedule: what the learning rates of all layers are multiplied with."""
        for layer in self.layers:
            layer.factor = factor

    # ------------------------------------------------------------------ state

    def state(self) -> dict[str, Array]:
        """All that changes in training, as arrays by names; copies."""
        return {
            f"layer {k}/{name}": array
            for k, layer in enumerate(self.layers)
            for name, array in layer.state().items()
        }

    def restore(self, state: Mapping[str, Array]) -> None:
        """Go on from a state of a network built in the same way; the bits are the same.

        Raises
        ------
        InputError
            If a part is unknown, missing or does not fit.
        """
        parts: list[dict[str, Array]] = [{} for _ in self.layers]
        for name, array in state.items():
            owner, _, rest = name.partition("/")
            place = owner.removeprefix("layer ")
            if not place.isdecimal() or int(place) >= len(parts):
                raise InputError(f"state: holds {name!r}, which this network does not have")
            parts[int(place)][rest] = array
        for layer, part in zip(self.layers, parts, strict=True):
            layer.restore(part)


def _with_bias(inputs: Array) -> Array:
    return np.concatenate([inputs, np.ones((*inputs.shape[:2], 1))], axis=2)
