"""Pulses from different starts: the third panel of the ablations."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from analogtheory.experiments import least_squares_theory as theory
from analogtheory.experiments.core import Array, Data, interval
from analogtheory.experiments.least_squares import (
    Lanes,
    Noise,
    Problem,
    Pulsed,
    drawn,
    kept_steps,
    run,
)


def starts(problem: Problem, setting: dict[str, Any]) -> Array:
    """A row for each start: equal weights, digital SGD without noise after some steps, W*."""
    numbers = setting["digital_steps"]
    descent = theory.Digital(problem, setting["lr"], 0.0)
    means = [mean for mean, _ in descent.path(np.zeros(len(problem.target)), max(numbers))]
    rows = [np.full(len(problem.target), value) for value in setting["everywhere"]]
    return np.array([*rows, *(means[number] for number in numbers), problem.target])


def from_starts(given: dict[str, Any]) -> Data:
    """f/D along the way; rows: starts, columns: kept steps, the start as 0."""
    setting, kept = given["start"], [0, *kept_steps(given["path"])]
    problem = drawn(setting["problem"], given["seed"])
    rows = starts(problem, setting)
    noise = math.sqrt(setting["variance"] / len(problem.target))
    found = run(
        _arrays(problem, rows, setting, given),
        Noise(noise, given["seed"]),
        given["path"],
        {"loss": problem.loss},
        keep=kept,
    )
    mean, half = interval(found["loss"], axis=2)
    size = setting["dw_min"]
    law = theory.Pulsed(problem, setting["lr"], noise, setting["tau"], dw_min=size)
    return {
        "start_step": np.array(kept, dtype=float),
        "start": mean.T,
        "start_half": half.T,
        "start_path": np.array([law.along(row, kept, setting["longest"] * size) for row in rows]),
        "start_law": np.array([law.loss(*law.stationary())]),
    }


def _arrays(
    problem: Problem, rows: Array, setting: dict[str, Any], given: dict[str, Any]
) -> Pulsed:
    """Each start with each replica."""
    rate = np.full(len(rows), setting["lr"])
    lanes = Lanes.of(given["replicas"], lr=rate, tau=setting["tau"], dw_min=setting["dw_min"])
    places = np.repeat(rows, given["replicas"], axis=0)
    return Pulsed(problem, lanes, places, longest=setting["longest"], seed=given["seed"])
