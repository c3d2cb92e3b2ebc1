"""Epochs: orders, schedules, records; the baseline learns."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from analogtheory.errors import InputError
from analogtheory.networks import DigitalSGD, Images, Perceptron, digits, train
from analogtheory.networks.classification import accuracy

Array = NDArray[Any]


class Recording(DigitalSGD):
    """Keeps what it was trained with."""

    def __init__(self, *arguments: Any, **settings: Any):
        super().__init__(*arguments, **settings)
        self.seen: list[Array] = []
        self.factors: list[float] = []

    def step(self, x: Any, d: Any) -> None:
        self.seen.append(np.array(x)[:, :, 0])
        self.factors.append(self.factor)
        super().step(x, d)


def numbered(count: int = 11) -> Images:
    """Images of one pixel, their own number."""
    pixels = np.arange(count, dtype=float)[:, None]
    labels = (np.arange(count) % 2).astype(np.int64)
    places = np.arange(count)[None]
    return Images("numbered", pixels, labels, places[:, 1:], places[:, :1])


def test_an_epoch_is_a_new_order_of_all_images_that_fill_mini_batches() -> None:
    layer = Recording((3, 2, 2), lr=0.01)
    shares: list[float] = []
    train(
        Perceptron([layer]), numbered(), 4, batch=3, problems=[0, 1, 0], seed=1,
        schedule={1: 0.5, 3: 0.1}, progress=shares.append,
    )  # fmt: skip
    assert len(layer.seen) == 12  # 10 images: 3 mini-batches of 3
    epochs = np.concatenate(layer.seen, axis=1).reshape(3, 4, 9)
    assert np.array_equal(epochs[0], epochs[2])
    assert not np.array_equal(epochs[0], epochs[1])
    for problem in epochs:
        orders = {tuple(order) for order in problem}
        assert len(orders) == 4
        assert all(len(set(order)) == 9 and set(order) <= set(range(1, 11)) for order in orders)
    assert layer.factors == [1.0] * 3 + [0.5] * 6 + [0.1] * 3
    assert np.allclose(shares, np.arange(1, 13) / 12)


def test_records_are_of_the_epochs_asked_for_and_of_the_end() -> None:
    def network() -> Perceptron:
        return Perceptron([DigitalSGD((2, 2, 2), lr=0.01)])

    result = train(network(), numbered(), 5, batch=5, every=2)
    assert result.steps.tolist() == [2, 4, 5]
    assert result.records["accuracy"].shape == result.records["loss"].shape == (3, 2)
    assert np.all(np.diff(result.records["loss"], axis=0) != 0)
    alone = train(network(), numbered(), 5, batch=5)
    assert alone.steps.tolist() == [5]
    assert np.array_equal(alone.final("accuracy"), result.final("accuracy"))


def test_accuracy_counts_what_is_told_right() -> None:
    """Class 1 where the pixel is above 3.5: 2 of the 10 training images have it wrong."""
    network = Perceptron([DigitalSGD((1, 2, 2), lr=0.1, initial=[[[0, 0], [1, -3.5]]])])
    images = numbered()
    told = (images.pixels[:, 0] > 3.5).astype(int)
    expected = (told == images.labels)[images.train[0]].mean()
    assert 0 < expected < 1
    assert accuracy(network, images, "train").tolist() == [expected]
    assert accuracy(network, images).tolist() == [1.0]
    with pytest.raises(InputError, match="part 'all': use 'test' or 'train'"):
        accuracy(network, images, "all")


@pytest.mark.parametrize(("widths", "epochs"), [((64, 32, 10), 8), ((64, 32, 16, 10), 16)])
def test_the_digital_baseline_learns_the_digits(widths: tuple[int, ...], epochs: int) -> None:
    """Deterministic. A linear classifier's level (some 90 %) is passed; a network whose layers
    do not learn stays near 10 %."""
    problems = [0, 1, 2]
    network = Perceptron.build(
        widths, lambda g, w: DigitalSGD(g, lr=0.1, initial=w), problems=problems, seed=1
    )
    result = train(network, digits(problems, seed=1), epochs, problems=problems, seed=1, every=1)
    assert result.records["loss"][0].min() > 1.0 > 0.3 > result.final("loss").max()
    assert result.final("accuracy").min() > 0.9
    assert len(set(result.final("loss"))) == 3


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"epochs": 0}, "epochs: must be a whole number of at least 1"),
        ({"batch": 11}, "batch: must be at most the 10 images to train with, got 11"),
        ({"problems": [0]}, "problems: must be 2 numbers"),
        ({"schedule": {1: 0.0}}, "schedule: must be > 0"),
        ({"every": 0}, "every: must be"),
        ({"steps": 0}, "steps: must be"),
    ],
)
def test_settings_that_cannot_be_used(changed: dict[str, Any], message: str) -> None:
    given = {"epochs": 1, "batch": 5, **changed}
    network = Perceptron([DigitalSGD((2, 2, 2), lr=0.1)])
    with pytest.raises(InputError, match=message):
        train(network, numbered(), given.pop("epochs"), **given)


def test_images_that_do_not_fit() -> None:
    wide = Perceptron([DigitalSGD((1, 2, 3), lr=0.1)])
    with pytest.raises(InputError, match="images: have 1 pixels, the network 2 inputs"):
        train(wide, numbered(), 1)
    images, split = numbered(), np.tile(numbered().train, (3, 1))
    three = Images("three", images.pixels, images.labels, split, split)
    with pytest.raises(InputError, match="splits for 3 problems, the network has 2"):
        train(Perceptron([DigitalSGD((2, 2, 2), lr=0.1)]), three, 1)
    many = Images("many", images.pixels, images.labels + 1, images.train, images.test)
    with pytest.raises(InputError, match="labels up to 2, the network 2 classes"):
        train(Perceptron([DigitalSGD((1, 2, 2), lr=0.1)]), many, 1)
