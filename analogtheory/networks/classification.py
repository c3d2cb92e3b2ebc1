"""Training a network to tell images apart: epochs, records, progress."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analogtheory.errors import InputError
from analogtheory.networks.data import Images
from analogtheory.networks.initial import ORDER, permutations
from analogtheory.networks.perceptron import Perceptron
from analogtheory.training.checks import numbers, whole
from analogtheory.training.trainer import Training

Array = NDArray[Any]

#: Images that are read at once for an accuracy: some 100 MB for MNIST and 30 problems.
_CHUNK = 500


def accuracy(network: Perceptron, images: Images, part: str = "test") -> Array:
    """Share of the images that are told right, read through the periphery, (problems,).

    Parameters
    ----------
    network : Perceptron
    images : Images
    part : str
        "test" or "train".

    Raises
    ------
    InputError
        If the part is unknown, or the images do not fit the network.
    """
    if part not in ("test", "train"):
        raise InputError(f"part {part!r}: use 'test' or 'train'")
    places = images.test if part == "test" else images.train
    right = np.zeros(network.problems)
    for first in range(0, places.shape[1], _CHUNK):
        chunk = places[:, first : first + _CHUNK]
        found = network.predict(images.pixels[chunk])
        right += (found == images.labels[chunk]).sum(axis=1)
    return np.asarray(right / places.shape[1])


def train(
    network: Perceptron,
    images: Images,
    epochs: int,
    *,
    batch: int = 10,
    problems: ArrayLike | None = None,
    seed: int = 0,
    schedule: Mapping[int, float] | None = None,
    every: int | None = None,
    steps: int | None = None,
    progress: Callable[[float], None] | None = None,
) -> Training:
    """Epochs of mini-batches in a new random order each.

    An epoch is ⌊n/batch⌋ mini-batches; the images left over are others in every epoch.

    Parameters
    ----------
    network : Perceptron
    images : Images
        With one split, or one for each problem.
    epochs, batch : int
    problems : array of int (problems,), optional
        Their numbers: problems with the same number see the images in the same order.
        0, 1, … unless given.
    seed : int
        Of the order.
    schedule : mapping of int to float, optional
        From which epoch on learning rates have which factor.
    every : int, optional
        Epochs from record to record; only the end unless given.
    steps : int, optional
        Mini-batches of an epoch, where fewer are wanted.
    progress : callable (share), optional
        Called after every mini-batch with the share that is done.

    Returns
    -------
    Training
        `steps` counts epochs; records "accuracy" (of the test images) and "loss" (mean over
        the images of the last epoch as they were trained with), (times, problems).

    Raises
    ------
    InputError
        If an argument cannot be used.
    """
    total, size = whole("epochs", epochs, 1), whole("batch", batch, 1)
    named = np.arange(network.problems) if problems is None else np.asarray(problems)
    _check_fit(network, images, named, size)
    per_epoch = images.train.shape[1] // size
    if steps is not None:
        per_epoch = min(per_epoch, whole("steps", steps, 1))
    interval = total if every is None else whole("every", every, 1)
    factors = {
        whole("schedule", epoch, 0): float(numbers("schedule", factor, "positive"))
        for epoch, factor in sorted((schedule or {}).items())
    }
    start, times, losses, accuracies = time.perf_counter(), [], [], []
    for epoch in range(total):
        network.set_factor(([1.0] + [f for first, f in factors.items() if first <= epoch])[-1])
        order = permutations(seed, ORDER, named, epoch, images.train.shape[1])
        places = np.take_along_axis(np.broadcast_to(images.train, order.shape), order, axis=1)
        found = np.zeros(network.problems)
        for number in range(per_epoch):
            chosen = places[:, number * size : (number + 1) * size]
            found += network.step(images.pixels[chosen], images.labels[chosen])
            if progress is not None:
                progress((epoch * per_epoch + number + 1) / (total * per_epoch))
        if (epoch + 1) % interval == 0 or epoch + 1 == total:
            times.append(epoch + 1)
            losses.append(found / per_epoch)
            accuracies.append(accuracy(network, images))
    records = {"accuracy": np.array(accuracies), "loss": np.array(losses)}
    name = network.layers[0].name
    return Training(name, np.array(times), records, time.perf_counter() - start)


def _check_fit(network: Perceptron, images: Images, problems: Array, batch: int) -> None:
    if images.pixels.shape[1] != network.inputs:
        raise InputError(
            f"images: have {images.pixels.shape[1]} pixels, the network {network.inputs} inputs"
        )
    if images.labels.max() >= network.classes:
        raise InputError(
            f"images: have labels up to {images.labels.max()}, "
            f"the network {network.classes} classes"
        )
    if images.train.shape[0] not in (1, network.problems):
        raise InputError(
            f"images: have splits for {images.train.shape[0]} problems, the network has "
            f"{network.problems}"
        )
    if problems.shape != (network.problems,):
        raise InputError(
            f"problems: must be {network.problems} numbers, got shape {problems.shape}"
        )
    if images.train.shape[1] < batch:
        raise InputError(
            f"batch: must be at most the {images.train.shape[1]} images to train with, got {batch}"
        )
