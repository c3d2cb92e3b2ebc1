"""Digits: Analog SGD, Tiki-Taka and Residual Learning on small networks of pulsed arrays.

Perceptrons of two and of three layers, sigmoid, softmax cross-entropy, on the 8 × 8 digits that
scikit-learn ships. THEY ARE DIGITS, NOT MNIST: no accuracy here can be compared with a table of a
paper. Response families, γ_res, τ, Δw_min, batch and converters are those of the tables of arXiv:
2502.06309 (power and exponential responses, γ_res = 0.5, 1, 2 and τ = 0.6, 0.7, 0.8; Δw_min = 10⁻³,
a 7-bit DAC, a 9-bit ADC, output noise 0.06: settings read there, theory notes 7.2); trains have 31
slots in place of its 32; widths, learning rates, γ and numbers of epochs are chosen here, the same
for all responses.

Each image is one rank-1 update by stochastic pulse trains; the ten images of a mini-batch see the
same weights. Residual Learning and Tiki-Taka then add transfer_lr·P to W, all columns, as pulses.
A learning rate is per image: that of a mean over mini-batches is ten times as large. Seeds share
split, order and initial weights between all settings. Needs scikit-learn: extra `ml`.

Run ``python -m analogtheory.experiments.digits [--quick] [--out FOLDER]``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from analogtheory import responses
from analogtheory.experiments.core import (
    Array,
    Data,
    Experiment,
    Progress,
    Size,
    Sweep,
    interval,
    rounding,
    run_module,
)
from analogtheory.experiments.digits_figure import ALGORITHMS, CAPTION, DIGITAL, FAMILIES, table
from analogtheory.networks import DigitalSGD, Perceptron, train
from analogtheory.networks.data import digits
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

_COMMON = {
    "seed": 1,
    "test": 360,
    "batch": 10,
    "dw_min": 1e-3,
    "pulses": 31,
    "widths": [[64, 32, 10], [64, 32, 16, 10]],
    # one rate for each algorithm, from trial runs with the power response at τ = 0.7
    "lr": {"Analog SGD": 0.05, "Tiki-Taka": 0.01, "Residual Learning": 0.01, DIGITAL: 0.05},
    "transfer_lr": 0.1,
    "gamma": {"Tiki-Taka": 0.0, "Residual Learning": 0.4},
}
INPUTS: dict[Size, dict[str, Any]] = {
    "quick": {
        **_COMMON,
        "families": ["power"],
        "gamma_res": [0.5, 2.0],
        "taus": [0.6, 0.8],
        "seeds": 3,
        "epochs": [2, 2],
        "steps": 25,
    },
    "full": {
        **_COMMON,
        "families": list(FAMILIES),
        "gamma_res": [0.5, 1.0, 2.0],
        "taus": [0.6, 0.7, 0.8],
        "seeds": 5,
        "epochs": [10, 16],
        "steps": None,
    },
}


def parts(size: Size) -> list[dict[str, Any]]:
    """Depth × family × algorithm, and the digital baseline of each depth."""
    given = dict(INPUTS[size])
    sizes = list(zip(given.pop("widths"), given.pop("epochs"), strict=True))
    families = given.pop("families")
    return [
        {**given, "widths": widths, "epochs": epochs, "family": family, "algorithm": algorithm}
        for widths, epochs in sizes
        for family, algorithm in [
            (None, DIGITAL),
            *((family, algorithm) for family in families for algorithm in ALGORITHMS),
        ]
    ]


def run(part: Mapping[str, Any], progress: Progress) -> Data:
    """Accuracies in per cent and losses of one part after every epoch.

    Shapes (epochs, γ_res, τ, seeds); the baseline has one γ_res and one τ.
    """
    points = [(None, None)]
    if part["family"] is not None:
        points = [(power, tau) for power in part["gamma_res"] for tau in part["taus"]]
    problems = np.tile(np.arange(part["seeds"]), len(points))
    repeated = [point for point in points for _ in range(part["seeds"])]
    network = Perceptron.build(
        part["widths"], _layer(part, repeated), problems=problems, seed=part["seed"],
        dtype="float64",
    )  # fmt: skip
    found = train(
        network, digits(problems, test=part["test"], seed=part["seed"]), part["epochs"],
        batch=part["batch"], problems=problems, seed=part["seed"], steps=part["steps"], every=1,
        progress=progress,
    )  # fmt: skip
    analog = part["family"] is not None
    sides = (len(part["gamma_res"]), len(part["taus"])) if analog else (1, 1)
    shape = (part["epochs"], *sides, part["seeds"])
    return {
        "accuracy": 100.0 * found.records["accuracy"].reshape(shape),
        "loss": found.records["loss"].reshape(shape),
    }


def _layer(part: Mapping[str, Any], points: Sequence[tuple[Any, Any]]) -> Any:
    """Builds a layer for problems with the given (γ_res, τ)."""
    kind = part["algorithm"]
    lr, pulses = part["lr"][kind], Pulses(part["pulses"])
    if kind == DIGITAL:
        return lambda grid, initial: DigitalSGD(grid, lr=lr, initial=initial)
    power, tau = np.array(points).T[:, :, None, None]
    response = responses.get(part["family"], gamma_res=power, tau=tau)
    # both families have their symmetric point at 0
    devices = Devices(response, dw_min=part["dw_min"], zero_shift="none", periphery=Periphery())

    def analog_sgd(grid: Grid, initial: Array) -> Algorithm:
        return InMemorySGD(grid, devices, lr=lr, pulses=pulses, initial=initial)

    def residual_learning(grid: Grid, initial: Array) -> Algorithm:
        return ResidualLearning(
            grid, devices, devices, gamma=part["gamma"][kind], transfer_lr=part["transfer_lr"],
            every=part["batch"], rate=FastRate(lr, pulses=pulses), pulses=pulses, initial=initial,
        )  # fmt: skip

    return analog_sgd if kind == "Analog SGD" else residual_learning


def slope(family: str, power: float) -> float:
    """τ·R′(0): claims power-response-algebra and exponential-response-algebra."""
    return power if family == "power" else power / (1.0 - float(np.exp(-power)))


def join(size: Size, found: Sequence[Data]) -> Data:
    """Axes: depth, family, algorithm, (epoch,) γ_res, τ, (seed); means, 99 % half-widths."""
    given = INPUTS[size]
    depths, families = len(given["widths"]), len(given["families"])
    each = 1 + families * len(ALGORITHMS)
    data: Data = {
        "slope": np.array(
            [[slope(family, power) for power in given["gamma_res"]] for family in given["families"]]
        ),
        "family": np.array([float(FAMILIES.index(family)) for family in given["families"]]),
        "gamma_res": np.array(given["gamma_res"]),
        "tau": np.array(given["taus"]),
        "epochs": np.array(given["epochs"], dtype=float),
    }
    for depth in range(depths):
        own = found[depth * each : (depth + 1) * each]
        for name, parts_of_it in (("digital", own[:1]), ("analog", own[1:])):
            data |= _joined(f"{name}_{depth + 2}", parts_of_it, families)
    return data


def _joined(name: str, found: Sequence[Data], families: int) -> Data:
    """Curves over the epochs, and every accuracy at the end."""
    accuracy = np.stack([part["accuracy"] for part in found])
    loss = np.stack([part["loss"] for part in found]).mean(axis=-1)
    if name.startswith("analog"):
        accuracy, loss = (
            values.reshape(families, len(ALGORITHMS), *values.shape[1:])
            for values in (accuracy, loss)
        )
        ends = accuracy[:, :, -1]
    else:
        accuracy, loss = accuracy[0, :, 0, 0], loss[0, :, 0, 0]
        ends = accuracy[-1]
    mean, half = interval(accuracy, axis=-1)
    return {f"{name}_end": ends, f"{name}_mean": mean, f"{name}_half": half, f"{name}_loss": loss}


def tolerances(data: Data) -> dict[str, float | Array]:
    """Rounding.

    Pulses are counted from random bits that are compared with probabilities to 2⁻³²; a gradient
    that differs by its last bit changes none of them but with a probability near 10⁻¹⁶ for each
    of some 10⁸ draws, and the weights follow from the pulses with the same bits. So an accuracy
    is the same to an image. Losses differ by rounding; those of the baseline, over some hundred
    steps, by 10 000 operations of it.
    """
    return {name: rounding(values, 10_000) for name, values in data.items()}


def draw(data: Data) -> Any:
    """Accuracies by response for both depths; learning curves."""
    from analogtheory.experiments.digits_figure import draw as figure

    return figure(data)


EXPERIMENT = Experiment(
    name="digits",
    title="Digits: Analog SGD, Tiki-Taka and Residual Learning on small networks",
    caption=CAPTION,
    claims=("power-response-algebra", "exponential-response-algebra"),
    inputs=INPUTS,
    sweep=Sweep(parts=parts, run=run, join=join),
    draw=draw,
    tolerances=tolerances,
    table=table,
)

if __name__ == "__main__":
    run_module(EXPERIMENT)
