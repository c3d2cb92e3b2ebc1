"""Zero-shifting: pulses in turn or at random bring a weight to its symmetric point.

Linear device of range τ = 1, pulse size Δ, additive cycle-to-cycle noise of deviation sΔ
(theory notes 2.2; arXiv:2602.21321, Algorithm 1). (a) alternating pulses from w = 0.9: the proved
geometric approach to the two-cycle beside simulated means, and the proved number of pulses to
0.05; (b) what they leave: the proved deviation around the two-cycle against Δ, and that of random
signs; (c) random signs: the time average of E G², exactly by the recursion of the moments, its
upper bound (Theorem 2.2 as repaired) and its stationary value, beside simulation.

Run ``python -m analogtheory.experiments.zero_shift [--quick] [--out FOLDER]``.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from analogtheory.algorithms.symbols import W, epsilon
from analogtheory.algorithms.symbols import alpha as pulse_size
from analogtheory.dynamics import Draw, Dynamics, Pulse
from analogtheory.experiments import zero_shift_theory as theory
from analogtheory.experiments.core import (
    Array,
    Data,
    Experiment,
    Progress,
    Size,
    interval,
    rounding,
    run_module,
    sampling,
    sampling_of_width,
)
from analogtheory.noise import Rademacher
from analogtheory.objectives import ScalarQuadratic
from analogtheory.responses.formulas import WEIGHT
from analogtheory.responses.response import Response
from analogtheory.simulation import Fidelity, simulate

_COMMON = {
    "seed": 1,
    "start": 0.9,
    "goal": 0.05,
    "shift": {"steps": [0.1, 0.02, 0.002], "cycle_noise": 0.3, "pulses": [60, 300, 3000]},
    "residual": {
        "steps": [0.05, 0.03, 0.02, 0.01, 0.005],
        "alternating": [0.0, 0.3, 1.0],
        "random": [0.0, 1.0],
    },
    "bound": {"c": 0.3, "steps": [0.05, 0.005]},
}
INPUTS: dict[Size, dict[str, Any]] = {
    "quick": {**_COMMON, "cells": 64, "residual_cells": 200, "relaxations": 4.0, "pulses": 2000},
    "full": {
        **_COMMON,
        "cells": 1024,
        "residual_cells": 10000,
        "relaxations": 8.0,
        "pulses": 10000,
    },
}
#: Points at which a curve of (a) is kept, spaced as a logarithmic axis shows them.
_KEPT = 60


def device(c: float = 0.0) -> Response:
    """q₊ = (1 + c)(1 − w), q₋ = (1 − c)(1 + w); symmetric point c."""
    up, down = (1 + c) * (1 - WEIGHT), (1 - c) * (1 + WEIGHT)
    return Response(up, down, -1, 1)


def _program(c: float, *, random: bool) -> Dynamics:
    """An up and a down pulse, or one pulse of random sign."""
    change = pulse_size * epsilon if random else pulse_size
    steps = (Pulse(W, change, device(c)), Pulse(W, -pulse_size, device(c)))
    return Dynamics(
        "Zero-shifting",
        states=(W,),
        draws=(Draw(epsilon, Rademacher(1.0)),) if random else (),
        steps=steps[:1] if random else steps,
        objective=ScalarQuadratic(1, 0),
        parameters={pulse_size: 1},
        weight=W,
        source="arXiv:2602.21321 Algorithm 1",
    )


# ------------------------------------------------------------------ simulation


def compute(size: Size, progress: Progress) -> Data:
    """The three panels."""
    given = INPUTS[size]
    data = _approaches(given)
    progress(0.3)
    data |= _residuals(given)
    progress(0.7)
    return data | _averages(given)


def _approaches(given: dict[str, Any]) -> Data:
    """Rows: Δ; columns: pulse numbers, all even, NaN beyond the last."""
    shift, start = given["shift"], given["start"]
    kept: dict[str, list[Array]] = {name: [] for name in ("pulses", "mean", "mean_half", "cell")}
    for row, (step, pulses) in enumerate(zip(shift["steps"], shift["pulses"], strict=True)):
        result = simulate(
            _program(0.0, random=False),
            trajectories=given["cells"],
            steps=pulses // 2,
            start={"W": start},
            parameters={"alpha": step},
            fidelity=Fidelity("rounded", dw_min=step, cycle_noise=shift["cycle_noise"]),
            record="trajectory",
            seed=given["seed"] + row,
        )
        pairs = np.unique(np.geomspace(1, pulses // 2, _KEPT).astype(int))
        weights = result.trajectory["W"][pairs]
        rows = (2.0 * pairs, *interval(weights, axis=1), weights[:, 0])
        for name, values in zip(kept, rows, strict=True):
            kept[name].append(_padded(values, _KEPT))
    data = {f"shift_{name}": np.array(rows) for name, rows in kept.items()}
    steps = np.array(shift["steps"])[:, None]
    data["shift_proved"] = theory.approach(steps, start, data["shift_pulses"])
    counts = [theory.count(step, start, given["goal"]) for step in shift["steps"]]
    return {**data, "shift_count": np.array(counts, dtype=float)}


def _padded(values: Array, length: int) -> Array:
    """NaN at the end, so that rows have one length."""
    padded = np.full(length, np.nan)
    padded[: len(values)] = values
    return padded


def _residuals(given: dict[str, Any]) -> Data:
    """√(E w²) of both sequences; rows: cycle-to-cycle noise, columns: Δ."""
    residual = given["residual"]
    steps = residual["steps"]
    fine = np.geomspace(min(steps) * 0.8, max(steps) * 1.25, 60)
    data: Data = {"residual_step": np.array(steps), "residual_fine": fine}
    for name, formula in (("alternating", theory.alternating_size), ("random", theory.random_size)):
        noises = residual[name]
        data[f"{name}_proved"] = np.array([formula(fine, noise) for noise in noises])
        sizes = np.array(
            [[_root_mean_square(given, noise, step, name) for step in steps] for noise in noises]
        )
        data[name], data[f"{name}_half"] = sizes[..., 0], sizes[..., 1]
    return data


def _root_mean_square(
    given: dict[str, Any], noise: float, step: float, name: str
) -> tuple[float, float]:
    """√(mean of w²) over cells after some relaxation times 1/Δ, with its 99 % half-width.

    The mean of w² has a Student interval over the cells; to first order the root's half-width is
    half/(2·root).
    """
    random, pulses = name == "random", math.ceil(given["relaxations"] / step)
    result = simulate(
        _program(0.0, random=random),
        trajectories=given["residual_cells"],
        steps=pulses if random else math.ceil(pulses / 2),
        parameters={"alpha": step},
        fidelity=Fidelity("rounded", dw_min=step, cycle_noise=noise),
        seed=given["seed"] + round(1 / step) + round(10 * noise),
    )
    mean, half = interval(result.final["W"] ** 2, axis=0)
    root = math.sqrt(mean)
    return root, float(half) / (2 * root)


def _averages(given: dict[str, Any]) -> Data:
    """(1/N)Σ_{n<N} G(w_n)² against N; rows: Δ."""
    setting, start, pulses = given["bound"], given["start"], given["pulses"]
    c = setting["c"]
    rows = []
    for row, step in enumerate(setting["steps"]):
        result = simulate(
            _program(c, random=True),
            trajectories=given["cells"],
            steps=pulses,
            start={"W": start},
            parameters={"alpha": step},
            fidelity=Fidelity("rounded", dw_min=step),
            record="trajectory",
            seed=given["seed"] + 100 + row,
        )
        errors = (result.trajectory["W"][:-1] - c) ** 2
        numbers = np.unique(np.geomspace(1, pulses, 25).astype(int))
        places = numbers[:, None] - 1
        running = np.cumsum(errors, axis=0)[places[:, 0]] / numbers[:, None]
        mean, half = interval(running, axis=1)
        exact = np.cumsum(theory.mean_errors(c, step, start, pulses))[numbers - 1] / numbers
        upper = theory.bound(c, step, start, numbers.astype(float))
        rows.append([_padded(v, 25) for v in (numbers, mean, half, exact, upper)])
    names = ("pulses", "simulated", "simulated_half", "exact", "proved")
    data = {
        f"average_{name}": np.array([r[i] for r in rows], dtype=float)
        for i, name in enumerate(names)
    }
    floors = [theory.stationary_error(c, step) for step in setting["steps"]]
    return {**data, "average_floor": np.array(floors)}


def tolerances(data: Data) -> dict[str, Any]:
    """Rounding for what is proved, half-widths for what is sampled; a cell is one run in bits."""
    cells, many = (INPUTS["quick"][name] for name in ("cells", "residual_cells"))
    allowed: dict[str, Any] = {name: rounding(v, 100_000) for name, v in data.items()}
    for name, replicas in (
        ("shift_mean", cells),
        ("average_simulated", cells),
        ("alternating", many),
        ("random", many),
    ):
        half = data[f"{name}_half"]
        floor = rounding(data[name], 100_000)  # without noise the width is 0
        allowed[name] = sampling(half) + floor
        allowed[f"{name}_half"] = sampling_of_width(half, replicas) + floor
    return allowed


def draw(data: Data) -> Any:
    """Three panels."""
    from analogtheory.experiments.zero_shift_figure import draw as figure

    return figure(data, INPUTS["full"])


EXPERIMENT = Experiment(
    name="zero_shift",
    title="Zero-shifting: how fast pulses find the symmetric point, and what they leave",
    caption="Linear device of range τ = 1, pulse size Δ, additive cycle-to-cycle noise of "
    "deviation sΔ. (a) Alternating pulses from w = 0.9, s = 0.3: proved mean (lines, claim "
    "zero-shifting-two-cycle), mean of independent cells (markers with 99 % intervals) and one "
    "cell (grey); vertical marks: the number of pulses to w ≤ 0.05 without noise, 22, 136 and "
    "1436 (claim zero-shifting-pulse-count). (b) Root mean square distance from the symmetric "
    "point after many pulses: alternating (filled markers, solid lines) and random signs (open "
    "markers, dashed lines), proved in claims zero-shifting-cycle-noise and "
    "zero-shifting-cyclic-or-random, beside simulation with 99 % intervals. (c) Random signs on a "
    "device with symmetric point c = 0.3, no cycle-to-cycle noise: time average of E G² over the "
    "first N pulses; exact (lines, claim zero-shifting-moments), simulated (markers with 99 % "
    "intervals), upper bound (dashed, claim zero-shifting-bound) and stationary value (dotted, "
    "claim zero-shifting-stationary-error).",
    claims=(
        "zero-shifting-two-cycle",
        "zero-shifting-pulse-count",
        "zero-shifting-cycle-noise",
        "zero-shifting-cyclic-or-random",
        "zero-shifting-moments",
        "zero-shifting-bound",
        "zero-shifting-stationary-error",
    ),
    inputs=INPUTS,
    compute=compute,
    draw=draw,
    tolerances=tolerances,
)

if __name__ == "__main__":
    run_module(EXPERIMENT)
