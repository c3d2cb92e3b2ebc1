"""Images: the digits of scikit-learn, and IDX files made here."""

from __future__ import annotations

import gzip
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from analogtheory.errors import InputError
from analogtheory.networks import digits, mnist
from analogtheory.networks.data import MNIST_FILES

Bytes = NDArray[np.uint8]
TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS = MNIST_FILES.values()


def idx(array: Bytes) -> bytes:
    """As the format is described: 0 0 type axes, lengths with the high byte first, numbers."""
    head = bytes([0, 0, 8, array.ndim])
    return head + b"".join(n.to_bytes(4, "big") for n in array.shape) + array.tobytes()


def arrays() -> dict[str, Bytes]:
    generator = np.random.default_rng(0)
    return {
        TRAIN_IMAGES: generator.integers(0, 256, (7, 3, 2), dtype=np.uint8),
        TRAIN_LABELS: np.array([0, 1, 2, 3, 4, 5, 9], dtype=np.uint8),
        TEST_IMAGES: generator.integers(0, 256, (4, 3, 2), dtype=np.uint8),
        TEST_LABELS: np.array([9, 8, 7, 6], dtype=np.uint8),
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, array in arrays().items():
        (tmp_path / name).write_bytes(idx(array))
    return tmp_path


# ------------------------------------------------------------------ MNIST


@pytest.mark.parametrize("packed", [[], [TRAIN_IMAGES, TEST_LABELS], list(MNIST_FILES.values())])
def test_files_are_read_plain_and_packed(folder: Path, packed: list[str]) -> None:
    for name in packed:
        content = (folder / name).read_bytes()
        (folder / name).unlink()
        (folder / f"{name}.gz").write_bytes(gzip.compress(content))
    found, made = mnist(folder), arrays()
    assert found.name == "MNIST"
    assert found.pixels.shape == (11, 6)
    train, test = found.pixels[found.train[0]], found.pixels[found.test[0]]
    assert np.allclose(train * 255, made[TRAIN_IMAGES].reshape(7, 6), rtol=0, atol=1e-4)
    assert np.allclose(test * 255, made[TEST_IMAGES].reshape(4, 6), rtol=0, atol=1e-4)
    assert np.array_equal(found.labels[found.train[0]], made[TRAIN_LABELS])
    assert np.array_equal(found.labels[found.test[0]], made[TEST_LABELS])


def cut(name: str, length: int) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_bytes((folder / name).read_bytes()[:length])


def replaced(name: str, content: bytes) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_bytes(content)


def packed_badly(folder: Path) -> None:
    content = gzip.compress((folder / TRAIN_IMAGES).read_bytes())
    (folder / TRAIN_IMAGES).unlink()
    (folder / f"{TRAIN_IMAGES}.gz").write_bytes(content[:-12])


def swapped(folder: Path) -> None:
    """Labels where images should be."""
    (folder / TRAIN_IMAGES).write_bytes((folder / TRAIN_LABELS).read_bytes())


def not_packed(folder: Path) -> None:
    (folder / TEST_IMAGES).rename(folder / f"{TEST_IMAGES}.gz")


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda folder: (folder / TEST_LABELS).unlink(), f"{TEST_LABELS}: is not there, nor"),
        (cut(TRAIN_IMAGES, 57), f"{TRAIN_IMAGES}: is cut short: holds 57 bytes, must be 58 bytes"),
        (cut(TRAIN_IMAGES, 10), "is cut short: holds 10 bytes, must be at least 16 bytes"),
        (cut(TRAIN_LABELS, 0), "starts with nothing, an IDX file of bytes with 1 axis with 00 00"),
        (packed_badly, f"{TRAIN_IMAGES}.gz: is cut short or no gzip file"),
        (not_packed, f"{TEST_IMAGES}.gz: is cut short or no gzip file"),
        (swapped, "starts with 00 00 08 01, an IDX file of bytes with 3 axes with 00 00 08 03"),
        (replaced(TRAIN_IMAGES, b"<html>"), "starts with 3c 68 74 6d, an IDX file"),
        (replaced(TEST_LABELS, idx(np.zeros(4, np.uint8)) + b"x"), "is too long: holds 13 bytes"),
        (replaced(TEST_LABELS, idx(np.zeros(3, np.uint8))), "holds 4 images, .* 3 labels"),
        (replaced(TEST_LABELS, idx(np.full(4, 10, np.uint8))), "holds the label 10; must be 0"),
        (replaced(TEST_LABELS, idx(np.zeros(0, np.uint8))), r"holds nothing, its shape is \(0,\)"),
        (
            replaced(TEST_IMAGES, idx(np.zeros((4, 2, 2), np.uint8))),
            "images to train with are 3 × 2, those of the test 2 × 2",
        ),
    ],
)
def test_damaged_files(folder: Path, damage: Callable[[Path], object], message: str) -> None:
    damage(folder)
    with pytest.raises(InputError, match=message):
        mnist(folder)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is no folder; give that of the MNIST files"):
        mnist(tmp_path / "nothing")


# ------------------------------------------------------------------ digits


def test_digits_are_split_once_for_each_number() -> None:
    images = digits([0, 1, 0], test=360, seed=1)
    assert images.pixels.shape == (1797, 64)
    assert (images.pixels.min(), images.pixels.max()) == (0.0, 1.0)
    assert sorted(set(images.labels.tolist())) == list(range(10))
    assert images.train.shape == (3, 1437)
    for train, test in zip(images.train, images.test, strict=True):
        assert np.array_equal(np.sort(np.concatenate([train, test])), np.arange(1797))
    assert np.array_equal(images.test[0], images.test[2])
    # two random splits share 360²/1797 = 72 test images on average
    assert 30 < len(np.intersect1d(images.test[0], images.test[1])) < 120
    assert not np.array_equal(images.test[0], digits([0], seed=2).test[0])


def test_without_scikit_learn_the_message_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(InputError, match=r"pip install 'analogtheory\[ml\]'"):
        digits()


@pytest.mark.parametrize("test", [0, 1797, 2.5])
def test_sizes_of_the_test_are_checked(test: int) -> None:
    with pytest.raises(InputError, match="test: must"):
        digits(test=test)
