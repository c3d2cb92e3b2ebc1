"""The network: gradients, the rank-1 updates, problems at once and one by one, its state."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from analogtheory import responses
from analogtheory.errors import InputError
from analogtheory.networks import DigitalSGD, Perceptron, initial_weights
from analogtheory.networks.activations import ACTIVATIONS
from analogtheory.tiles import Periphery
from analogtheory.training import (
    Algorithm,
    Devices,
    FastRate,
    Grid,
    InMemorySGD,
    Pulses,
    ResidualLearning,
)

Array = NDArray[Any]
WIDTHS = (5, 4, 3)


def images(problems: int, batch: int, seed: int = 0) -> tuple[Array, Array]:
    generator = np.random.default_rng(seed)
    x = generator.uniform(-1.0, 1.0, size=(problems, batch, WIDTHS[0]))
    return x, generator.integers(0, WIDTHS[-1], size=(problems, batch))


def digital(weights: list[Array], activation: str = "sigmoid") -> Perceptron:
    layers = [DigitalSGD(w.shape, lr=0.1, initial=w) for w in weights]
    return Perceptron(layers, activation)


def drawn_weights(problems: int, widths: tuple[int, ...] = WIDTHS) -> list[Array]:
    generator = np.random.default_rng(7)
    pairs = itertools.pairwise(widths)
    return [generator.normal(size=(problems, rows, columns + 1)) for columns, rows in pairs]


# ------------------------------------------------------------------ gradients


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("widths", [(5, 3), (5, 4, 3), (5, 4, 4, 3)])
def test_gradients_are_those_of_finite_differences(
    activation: str, widths: tuple[int, ...]
) -> None:
    """Every weight of two problems; error of the difference h²/6·f‴ + ε/h below 1e-8."""
    weights, (x, labels), h = drawn_weights(2, widths), images(2, 6), 1e-5
    _, factors = digital(weights, activation).gradients(x, labels)
    for k, (inputs, errors) in enumerate(factors):
        gradient = np.einsum("pbr,pbc->prc", errors, inputs)
        assert np.abs(gradient).max() > 0.01
        for place in np.ndindex(*weights[k].shape[1:]):
            ends = []
            for sign in (1, -1):
                moved = [w.copy() for w in weights]
                moved[k][:, *place] += sign * h
                losses, _ = digital(moved, activation).gradients(x, labels)
                ends.append(losses.sum(axis=1))
            difference = (ends[0] - ends[1]) / (2 * h)
            assert np.allclose(gradient[:, *place], difference, rtol=0, atol=1e-8)


def test_losses_of_large_logits_are_finite() -> None:
    network = digital([np.array([[[1e4, 0.0], [-1e4, 0.0]]])])
    losses, factors = network.gradients([[[1.0], [1.0]]], np.array([[0, 1]]))
    assert losses.tolist() == [[0.0, 2e4]]
    assert factors[0][1].tolist() == [[[0.0, 0.0], [1.0, -1.0]]]


def test_a_step_takes_all_gradients_at_the_same_weights() -> None:
    weights, (x, labels) = drawn_weights(2), images(2, 6)
    network = digital(weights)
    losses, factors = network.gradients(x, labels)
    assert np.array_equal(network.step(x, labels), losses.mean(axis=1))
    for layer, before, (inputs, errors) in zip(network.layers, weights, factors, strict=True):
        expected = before - 0.1 * np.einsum("pbr,pbc->prc", errors, inputs)
        assert np.allclose(layer.effective_weights, expected, rtol=0, atol=1e-14)


def test_labels_and_images_of_one_problem_serve_all() -> None:
    weights, (x, labels) = drawn_weights(3), images(1, 6)
    shared, own = digital(weights), digital(weights)
    shared.step(x[0], labels[0])
    own.step(np.repeat(x, 3, axis=0), np.repeat(labels, 3, axis=0))
    for one, other in zip(shared.layers, own.layers, strict=True):
        assert np.array_equal(one.effective_weights, other.effective_weights)


# ------------------------------------------------------------------ analog layers

GAMMA_RES, TAU = np.array([0.5, 1.0, 2.0]), np.array([0.6, 0.7, 0.8])


def analog(kind: str, first: int = 0, problems: int = 3, **more: Any) -> Perceptron:
    """Problems `first` … of three that differ in response, seed of the weights, and noise."""
    own = slice(first, first + problems)
    response = responses.get(
        "power", gamma_res=GAMMA_RES[own, None, None], tau=TAU[own, None, None]
    )
    settings: dict[str, Any] = {"dw_min": 0.02, "cycle_noise": 0.3, "periphery": Periphery()}
    devices = Devices(response, zero_shift="none", **{**settings, **more})
    pulses = Pulses(7)

    def layer(grid: Grid, initial: Array) -> Algorithm:
        if kind == "sgd":
            return InMemorySGD(grid, devices, lr=0.1, pulses=pulses, initial=initial)
        return ResidualLearning(
            grid, devices, devices, transfer_lr=0.2, gamma=0.4, every=6,
            rate=FastRate(0.1, pulses=pulses), pulses=pulses, initial=initial,
        )  # fmt: skip

    return Perceptron.build(
        WIDTHS, layer, problems=np.arange(3)[own], seed=5, first_problem=first, dtype="float64",
        backend="numpy",
    )  # fmt: skip


@pytest.mark.parametrize("kind", ["sgd", "residual"])
def test_problems_at_once_are_problems_one_by_one(kind: str) -> None:
    together, alone = analog(kind), [analog(kind, first, 1) for first in range(3)]
    for seed in range(4):
        x, labels = images(3, 6, seed)
        losses = together.step(x, labels)
        for number, network in enumerate(alone):
            own = network.step(x[number, None], labels[number, None])
            assert own.tobytes() == losses[number, None].tobytes()
    for k, layer in enumerate(together.layers):
        start = initial_weights(np.arange(3), *layer.shape[1:], layer=k, seed=5)
        assert np.all(np.abs(layer.effective_weights - start).max(axis=(1, 2)) > 0.01)
        for number, network in enumerate(alone):
            found = network.layers[k].effective_weights[0]
            assert found.tobytes() == layer.effective_weights[number].tobytes()


@pytest.mark.parametrize("kind", ["sgd", "residual"])
def test_a_restored_network_goes_on_with_the_same_bits(kind: str) -> None:
    straight, first, resumed = analog(kind), analog(kind), analog(kind)
    for seed in range(4):
        straight.step(*images(3, 6, seed))
        if seed < 2:
            first.step(*images(3, 6, seed))
    resumed.restore(first.state())
    for seed in (2, 3):
        resumed.step(*images(3, 6, seed))
    for name, array in straight.state().items():
        assert array.tobytes() == resumed.state()[name].tobytes(), name


def test_ideal_devices_with_expected_pulses_are_the_digital_baseline() -> None:
    """And a power response is not: the same program, another device."""
    x, labels = images(2, 6)
    for response, same in (("ideal", True), ("power", False)):
        devices = Devices(response, dw_min=0.01, zero_shift="none")

        def layer(grid: Grid, initial: Array, devices: Devices = devices) -> Algorithm:
            expected = Pulses(train="expected")
            return InMemorySGD(grid, devices, lr=0.1, pulses=expected, initial=initial)

        settings: dict[str, Any] = {"problems": [0, 1], "seed": 5, "dtype": "float64"}
        analogous = Perceptron.build(WIDTHS, layer, backend="numpy", **settings)
        exact = Perceptron.build(WIDTHS, lambda g, w: DigitalSGD(g, lr=0.1, initial=w), **settings)
        for _ in range(5):
            losses, expected = analogous.step(x, labels), exact.step(x, labels)
        assert np.allclose(losses, expected, rtol=0, atol=1e-13) is same


def test_the_layers_have_no_random_numbers_in_common() -> None:
    """Equal layers with equal inputs and errors, but for their streams."""
    devices = Devices("power", dw_min=0.01, cycle_noise=0.3, zero_shift="none")
    network = Perceptron.build(
        (3, 3, 3), lambda g, w: InMemorySGD(g, devices, lr=0.1), backend="numpy", seed=5
    )
    for layer in network.layers:
        layer.step(np.ones((20, 4)), np.ones((20, 3)))
    first, second = (layer.effective_weights for layer in network.layers)
    assert np.all(first != second)


# ------------------------------------------------------------------ bad input


@pytest.mark.parametrize(
    ("shapes", "message"),
    [
        ([], "one or more algorithms"),
        ([(1, 4, 6), (1, 3, 4)], r"layers 0 and 1: .* 1 problems and 5 columns"),
        ([(1, 4, 6), (2, 3, 5)], r"layers 0 and 1: .* 1 problems and 5 columns"),
        ([(1, 1, 6)], "two classes, got 5 and 1"),
        ([(1, 3, 1)], "an input besides the bias"),
    ],
)
def test_layers_that_do_not_fit(shapes: list[tuple[int, ...]], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Perceptron([DigitalSGD(shape, lr=0.1) for shape in shapes])


def test_an_activation_that_is_unknown() -> None:
    with pytest.raises(InputError, match="activation 'softplus': unknown; use one of sigmoid"):
        Perceptron([DigitalSGD((1, 3, 6), lr=0.1)], "softplus")


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.array([0, 1]), r"labels: must be whole numbers, \(3,\) or \(1, 3\)"),
        (np.array([0.0, 1.0, 2.0]), "labels: must be whole numbers"),
        (np.array([0, 1, 3]), "labels: must be from 0 to 2"),
        (np.array([-1, 1, 0]), "labels: must be from 0 to 2"),
    ],
)
def test_labels_that_do_not_fit(labels: Array, message: str) -> None:
    network = digital(drawn_weights(1))
    with pytest.raises(InputError, match=message):
        network.step(np.zeros((3, 5)), labels)


def test_states_that_do_not_fit() -> None:
    network = digital(drawn_weights(1))
    with pytest.raises(InputError, match="'layer 2/x', which this network does not have"):
        network.restore({"layer 2/x": np.zeros(1)})
    with pytest.raises(InputError, match="'counter/vectors' is missing"):
        network.restore({})


def test_widths_and_bounds_are_checked() -> None:
    with pytest.raises(InputError, match="widths: must be inputs, hidden layers, classes"):
        Perceptron.build((5,), lambda g, w: DigitalSGD(g, lr=0.1, initial=w))
    with pytest.raises(InputError, match="bound: must be > 0"):
        DigitalSGD((1, 2, 3), lr=0.1, bound=-1.0)


def test_a_bound_cuts_digital_weights() -> None:
    layer = DigitalSGD((1, 1, 1), lr=1.0, bound=0.5)
    layer.step([1.0], [2.0])
    assert layer.effective_weights.tolist() == [[[-0.5]]]
