"""The runs of ``tiki_taka_asymmetry``: least squares by pulses, growth near W*, the clean test."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from analogtheory import responses
from analogtheory.algorithms import analog_sgd
from analogtheory.exact import exact as exact_number
from analogtheory.experiments.core import Array, Data, Progress, interval
from analogtheory.noise import Rademacher
from analogtheory.objectives import ScalarQuadratic
from analogtheory.proofs.exact_residual import Setting, linear_response, moments
from analogtheory.simulation import simulate
from analogtheory.stationary import stationary_law
from analogtheory.training import Devices, FastRate, InMemorySGD, Pulses, ResidualLearning


def generator(seed: int, stream: int) -> np.random.Generator:
    """Counter-based random numbers (Philox4x64-10) of one stream."""
    return np.random.Generator(np.random.Philox(key=[seed, stream]))


def problems(given: Mapping[str, Any]) -> tuple[Array, Array]:
    """A (problems, N, D) with entries N(0, 1), W* (problems, D) with entries N(0, σ_W²)."""
    numbers = generator(given["seed"], 0)
    count, samples, size = given["problems"], given["samples"], given["dimensions"]
    design = numbers.standard_normal((count, samples, size))
    return design, given["spread"] * numbers.standard_normal((count, size))


def descent(part: Mapping[str, Any], progress: Progress) -> Data:
    """f/D at the records, (records, problems), of Residual Learning or Analog SGD by pulses.

    One step is a batch of all samples: the gradient of each sample at the weights before the batch,
    one pulsed update a sample, then (Residual Learning) one transfer of all columns.
    """
    given = part["given"]
    design, best = problems(given)
    count, samples, size = design.shape
    labels = np.einsum("pnd,pd->pn", design, best)
    algorithm = _algorithm(part, (count, 1, size), samples)
    records = []
    for step in range(given["steps"] + 1):
        weights = np.asarray(algorithm.effective_weights, dtype=float)[:, 0]
        errors = np.einsum("pnd,pd->pn", design, weights) - labels
        if step % given["every"] == 0:
            records.append(0.5 * np.square(errors).mean(axis=1) / size)
            progress(step / given["steps"])
        algorithm.step(design, errors[:, :, None] / samples)
    return {"loss": np.array(records)}


def _algorithm(part: Mapping[str, Any], shape: tuple[int, int, int], samples: int) -> Any:
    given, pulses = part["given"], Pulses(part["pulses"])
    tau = given["tau"]
    # scale_down = 1 − u is what aihwkit makes of up_down = u
    response = responses.get(
        "soft-bounds", w_max=tau, w_min=-tau, scale_up=1.0, scale_down=1.0 - part["up_down"]
    )
    devices = Devices(response, dw_min=given["dw_min"], zero_shift="none")
    start = given["start"]
    if part["algorithm"] == "sgd":
        return InMemorySGD(shape, devices, lr=given["lr"], pulses=pulses, initial=start)
    return ResidualLearning(
        shape,
        devices,
        devices,
        transfer_lr=given["lr"],
        gamma=given["gamma"],
        every=samples,
        rate=FastRate(given["lr"], pulses=pulses),
        initial=start,
    )


def growth(part: Mapping[str, Any], progress: Progress) -> Data:
    """Rate of growth of log‖W̄ − W*‖ per unit of time αk near W*, one fresh row a step.

    Near W* the update is homogeneous: F = 1 and G = −c for the array that takes the gradient, no
    pulses, no end of the range; so the error is kept at length 1 and its growth is summed. Axes:
    c, and mean and 99 % half-width over independent runs.
    """
    given = part["given"]["growth"]
    offsets, alpha, size = np.array(given["offsets"]), given["alpha"], part["given"]["dimensions"]
    shape = (len(offsets), given["runs"], size)
    numbers, c = generator(part["given"]["seed"], 1), offsets[:, None, None]
    ratio, gamma = part["transfer"], part["given"]["gamma"]
    main, residual = np.full(shape, size**-0.5), np.zeros(shape)
    total, burn_in = np.zeros(shape[:2]), given["steps"] // 3
    for step in range(given["steps"]):
        rows = numbers.standard_normal(shape)
        mixed = main + gamma * residual if ratio else main
        gradient = rows * np.einsum("crd,crd->cr", rows, mixed)[:, :, None]
        change = -alpha * (gradient - c * np.abs(gradient))
        if ratio:
            residual = residual + change
            main = main + ratio * alpha * residual
        else:
            main = main + change
        length = np.sqrt(np.square(main).sum(axis=2) + np.square(residual).sum(axis=2))
        main, residual = main / length[:, :, None], residual / length[:, :, None]
        if step >= burn_in:
            total += np.log(length)
        if step % 500 == 0:
            progress(step / given["steps"])
    rates = total / ((given["steps"] - burn_in) * alpha)
    mean, half = interval(rates, axis=1)
    return {"rate": mean, "rate_half": half}


def clean(part: Mapping[str, Any], progress: Progress) -> Data:
    """E ∇f at rest with additive ±σ noise on one weight, both algorithms, by the exact law; and
    that of Residual Learning by independent runs."""
    given, c = part["given"]["clean"], part["c"]
    goal, setting = given["w_star"], Setting(Rademacher(given["noise"]), lr=given["lr"], c=c)
    exact = moments(setting, part["quick"])
    progress(0.5)
    sgd = stationary_law(
        analog_sgd(
            linear_response(c), ScalarQuadratic(1, goal), Rademacher(given["noise"]), lr=given["lr"]
        )
    ).mean("W")
    dynamics = setting.dynamics()
    result = simulate(
        dynamics,
        trajectories=given["runs"],
        steps=given["steps"],
        burn_in=given["burn_in"],
        start={"W": goal + exact.main.value, "P": exact.residual.value},
        observe={"mixed": dynamics.mixed_weight - exact_number(goal)},
        seed=part["given"]["seed"],
    )
    mean, half = interval(result.averages["mixed"], axis=0)
    values = [exact.mixed.value, exact.mixed.error, sgd.value - goal, sgd.error, mean, half]
    return {"clean": np.array(values, dtype=float)}
