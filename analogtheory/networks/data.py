"""Images to learn: the digits of scikit-learn, and MNIST where the user has its files."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analogtheory.errors import InputError
from analogtheory.networks.idx import read_idx
from analogtheory.networks.initial import SPLIT, permutations
from analogtheory.training.checks import whole

Array = NDArray[Any]

#: The files of MNIST, each may end in .gz.
MNIST_FILES = {
    ("train", "images"): "train-images-idx3-ubyte",
    ("train", "labels"): "train-labels-idx1-ubyte",
    ("test", "images"): "t10k-images-idx3-ubyte",
    ("test", "labels"): "t10k-labels-idx1-ubyte",
}


@dataclass(frozen=True, eq=False)
class Images:
    """Labelled images, and which of them are for training.

    Attributes
    ----------
    name : str
    pixels : array (images, pixels)
        In [0, 1].
    labels : array of int64 (images,)
    train, test : arrays of int64 (1 or problems, images)
        Places of the images in `pixels`: one split for all, or one for each problem.
    """

    name: str
    pixels: Array
    labels: NDArray[np.int64]
    train: NDArray[np.int64]
    test: NDArray[np.int64]


def digits(problems: ArrayLike = (0,), *, test: int = 360, seed: int = 0) -> Images:
    """The handwritten digits that scikit-learn ships: 1797 images of 8 × 8 pixels, 0 to 16.

    They are not MNIST: smaller, fewer and easier. Pixels are divided by 16.

    Parameters
    ----------
    problems : array of int (problems,)
        Their numbers; each has a random split of its own, those of a number the same.
    test : int
        Images that are kept for the test.
    seed : int

    Raises
    ------
    InputError
        If scikit-learn is not installed, or an argument cannot be used.

    Source: Optical Recognition of Handwritten Digits, UCI Machine Learning Repository, the
    test set of it, as ``sklearn.datasets.load_digits`` gives it.
    """
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        raise InputError(
            "the digits need scikit-learn, which is not installed; "
            "pip install 'analogtheory[ml]' brings it"
        ) from None
    found = load_digits()
    pixels, labels = np.asarray(found.data) / 16.0, np.asarray(found.target, dtype=np.int64)
    count = len(labels)
    if whole("test", test, 1) >= count:
        raise InputError(f"test: must leave some of the {count} images to train with, got {test}")
    order = permutations(seed, SPLIT, problems, 0, count)
    return Images("digits", pixels, labels, order[:, test:], order[:, :test])


def mnist(folder: str | os.PathLike[str]) -> Images:
    """MNIST from the four IDX files in a folder, as they are or with .gz; nothing is loaded
    from a network. Its own split; pixels are divided by 255. ::

        images = mnist("folder/of/the/four/files")
        network = Perceptron.build(
            (784, 256, 128, 10), lambda grid, w: InMemorySGD(grid, devices, lr=0.01, initial=w)
        )
        print(train(network, images, 10, every=1).records["accuracy"])

    Parameters
    ----------
    folder : path
        With train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and
        t10k-labels-idx1-ubyte.

    Raises
    ------
    InputError
        If a file is missing, cut short or no IDX file of its kind, or if two of them do not
        fit each other.
    """
    root = Path(folder)
    if not root.is_dir():
        raise InputError(f"{root}: is no folder; give that of the MNIST files")
    (train, train_labels), (test, test_labels) = (_part(root, part) for part in ("train", "test"))
    if train.shape[1:] != test.shape[1:]:
        raise InputError(
            f"{root}: images to train with are {_size(train)}, those of the test {_size(test)}"
        )
    pixels = np.concatenate([train, test]).reshape(len(train) + len(test), -1)
    labels = np.concatenate([train_labels, test_labels]).astype(np.int64)
    places = np.arange(len(labels))[None]
    pixels = pixels.astype(np.float32) / np.float32(255)  # half the room of doubles
    return Images("MNIST", pixels, labels, places[:, : len(train)], places[:, len(train) :])


def _part(root: Path, part: str) -> tuple[Array, Array]:
    """Images (images, rows, columns) and labels (images,) of a part, as bytes."""
    images_path, labels_path = (_found(root, MNIST_FILES[part, kind]) for kind in _KINDS)
    images, labels = read_idx(images_path, 3), read_idx(labels_path, 1)
    if len(images) != len(labels):
        raise InputError(
            f"{images_path}: holds {len(images)} images, {labels_path.name} {len(labels)} labels; "
            "they must be as many"
        )
    if labels.max() > 9:
        raise InputError(f"{labels_path}: holds the label {labels.max()}; must be 0 to 9")
    return images, labels


_KINDS = ("images", "labels")


def _found(root: Path, name: str) -> Path:
    for path in (root / name, root / f"{name}.gz"):
        if path.is_file():
            return path
    raise InputError(f"{root / name}: is not there, nor with .gz; it is one of the MNIST files")


def _size(images: Array) -> str:
    return f"{images.shape[1]} × {images.shape[2]}"
