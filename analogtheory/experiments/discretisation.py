"""The averaged update against the pulses it stands for.

A wanted change Δ of a weight is done by n = ⌈|Δ|/Δw_min⌉ pulses; theory averages them to Δ·q_s(w)
(arXiv:2502.06309, Theorem 4 with eqs. (3), (27); theory notes 3.1). (a) the relative error
|Ũ − U|/|Ũ − w| for four ways to let Δ → 0; (b) the same against Δw_min at a fixed Δ; (c) the
spread that cycle-to-cycle noise adds; (d) what rounding does to Analog SGD: its exact stationary
mean against Δw_min. Only the markers of (c) and (d) are sampled.

Run ``python -m analogtheory.experiments.discretisation [--quick] [--out FOLDER]``.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from analogtheory.algorithms import analog_sgd
from analogtheory.algorithms.symbols import W
from analogtheory.dynamics import Dynamics
from analogtheory.experiments import discretisation_theory as theory
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
from analogtheory.noise import Gaussian
from analogtheory.objectives import ScalarQuadratic
from analogtheory.simulation import Fidelity, simulate
from analogtheory.stationary import stationary_law

#: Names of the four ways of (a); the last two keep |Δ|/Δw_min.
RULES = ("square", "fixed", "stall", "whole")
_COMMON: dict[str, Any] = {
    "seed": 1,
    "start": 0.37,
    "square_markers": [0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3],
    "fixed_step": 0.001,
    "ratios": {"stall": 9.5, "whole": 10.0},
    "smallest": 2e-4,
    "largest": 0.5,
    "changes": [0.1, 0.01, 0.001],
    "power": {"gamma_res": 3.0, "change": 0.1, "start": 0.0},
    "noise": {"cycle_noise": 0.3, "changes": [0.3, 0.03]},
    "sgd": {"lr": 0.01, "noise": 0.5, "optimum": 0.5},
}
INPUTS: dict[Size, dict[str, Any]] = {
    "quick": {
        **_COMMON,
        "points": 60,
        "markers": 9,
        "noise_runs": 1000,
        "law": 5,
        "runs": 256,
        "steps": 600,
    },
    "full": {
        **_COMMON,
        "points": 600,
        "markers": 13,
        "noise_runs": 20_000,
        "law": 25,
        "runs": 2048,
        "steps": 2000,
    },
}
#: How many of the markers of (d) lie on the curves.
_SIMULATED = 7


def compute(size: Size, progress: Progress) -> Data:
    """The four panels."""
    given = INPUTS[size]
    data = _limits(given) | _orders(given)
    progress(0.2)
    data |= _spreads(given)
    progress(0.3)
    return data | _stationary(given, lambda share: progress(0.3 + 0.7 * share))


def _limits(given: dict[str, Any]) -> Data:
    """Rows: ways to let Δ → 0; columns: |Δ|/τ."""
    x = np.geomspace(given["smallest"], given["largest"], given["points"])
    marks = np.array(given["square_markers"])
    data: Data = {"limit_change": x, "limit_mark": marks}
    for name in RULES:
        for places, kind in ((x, "exact"), (marks, "pulsed")):
            steps = _steps(name, given, places)
            if kind == "exact":
                data[f"limit_{name}_exact"] = theory.linear_error(places, steps)
            else:
                exact = theory.moved(theory.linear(), given["start"], places, steps)
                wanted = places * (1 - given["start"])
                data[f"limit_{name}_pulsed"] = np.abs(exact - wanted) / exact
    data["limit_bound"] = theory.linear_bound(x, x**2)
    data["limit_stalls"] = np.array([1 - given["ratios"]["stall"] / 10])
    return data


def _steps(name: str, given: dict[str, Any], x: Array) -> Array:
    if name == "square":
        return np.asarray(x**2)
    if name == "fixed":
        return np.full_like(x, given["fixed_step"])
    return np.asarray(x / given["ratios"][name])


def _orders(given: dict[str, Any]) -> Data:
    """Rows: fixed |Δ|, then the power response; columns: Δw_min/|Δ|."""
    setting = given["power"]
    fine = np.geomspace(1e-3, 10, given["points"])
    marks = np.geomspace(1.7e-3, 6.3, given["markers"])
    x = np.array(given["changes"])[:, None]
    device, start = theory.power(setting["gamma_res"]), setting["start"]
    data: Data = {"order_ratio": fine, "order_mark": marks}
    data["order_exact"] = theory.linear_error(x, x * fine)
    data["order_bound"] = np.array([theory.linear_bound(v, v * fine) for v in x[:, 0]])
    exact = theory.moved(theory.linear(), given["start"], x + 0 * marks, x * marks)
    data["order_pulsed"] = np.abs(exact - x * (1 - given["start"])) / exact
    size = setting["change"]
    for name, ratios in (("exact", fine), ("pulsed", marks)):
        way = theory.moved(device, start, size + 0 * ratios, size * ratios)
        data[f"power_{name}"] = np.abs(way - size) / way
        if name == "exact":  # q = 1, |q′| = γ at 0, and both fall on the way up
            limit = theory.lipschitz_bound(size, size * ratios, 1.0, setting["gamma_res"], 1.0)
            data["power_bound"] = limit / way
    return data


def _spreads(given: dict[str, Any]) -> Data:
    """Rows: |Δ|; columns: Δw_min/|Δ|: deviation of the update over n·Δw_min·q."""
    setting, runs = given["noise"], given["noise_runs"]
    fine = np.geomspace(1e-3, 1.0, given["points"])
    marks = np.geomspace(2e-3, 0.8, given["markers"] - 2)
    q, noise = 1 - given["start"], setting["cycle_noise"]
    x = np.array(setting["changes"])[:, None]
    low, high = theory.spread_bounds(x, x * fine, noise, q)
    shape = (*np.broadcast_shapes(x.shape, marks.shape), runs)
    each = np.broadcast_to((x + 0 * marks)[..., None], shape)
    steps = np.broadcast_to((x * marks)[..., None], shape)
    ends = theory.moved(theory.linear(), given["start"], each, steps, noise, given["seed"])
    unit = theory.pulses(x, x * marks) * x * marks * q
    deviation = ends.std(axis=-1, ddof=1) / unit
    return {
        "spread_ratio": fine,
        "spread_mark": marks,
        "spread_exact": theory.spread(x, x * fine, noise, q),
        "spread_low": low,
        "spread_high": high,
        "spread": deviation,
        "spread_half": theory.Z99 / math.sqrt(2 * runs) * deviation,
    }


def _stationary(given: dict[str, Any], progress: Progress) -> Data:
    """E W of Analog SGD: rows: rounding up, stochastic rounding; columns: Δw_min/(αs)."""
    setting = given["sgd"]
    lr, noise, optimum = setting["lr"], setting["noise"], setting["optimum"]
    dynamics = analog_sgd(theory.linear(), ScalarQuadratic(1, optimum), Gaussian(noise), lr=lr)
    ratios = np.geomspace(0.1, 10, given["law"])
    marks = np.geomspace(0.1, 10, _SIMULATED)
    means = np.empty((2, len(ratios)))
    errors = np.empty_like(means)
    for row, kind in enumerate(("ceiling", "rounded")):
        for column, ratio in enumerate(ratios):
            law = stationary_law(dynamics, fidelity=kind, dw_min=lr * noise * ratio)
            found = law.mean("W")
            means[row, column], errors[row, column] = found.value, found.error
            progress((row * len(ratios) + column + 1) / means.size * 0.8)
    data: Data = {"sgd_ratio": ratios, "sgd_mean": means, "sgd_error": errors, "sgd_mark": marks}
    sampled = [_sampled(given, dynamics, kind, marks) for kind in ("ceiling", "rounded")]
    data["sgd_simulated"] = np.array([mean for mean, _ in sampled])
    data["sgd_simulated_half"] = np.array([half for _, half in sampled])
    data["sgd_averaged"] = np.array([stationary_law(dynamics).mean("W").value])
    data["sgd_sign"] = np.array([theory.sign_descent(noise, optimum)])
    return data


def _sampled(
    given: dict[str, Any], dynamics: Dynamics, kind: str, ratios: Array
) -> tuple[Array, Array]:
    """Time averages of independent runs, which start at W* and forget it first."""
    setting, runs, steps = given["sgd"], given["runs"], given["steps"]
    sizes = np.repeat(setting["lr"] * setting["noise"] * ratios, runs)
    result = simulate(
        dynamics,
        trajectories=len(sizes),
        steps=steps,
        start={"W": setting["optimum"]},
        fidelity=Fidelity(kind, dw_min=sizes),
        burn_in=steps // 2,
        observe={"W": W},
        seed=given["seed"],
        backend="numba",
    )
    return interval(result.averages["W"].reshape(len(ratios), runs), axis=1)


def tolerances(data: Data) -> dict[str, Any]:
    """Rounding for sums of pulses, the law's own error, half-widths for what is sampled."""
    allowed: dict[str, Any] = {name: rounding(values, 100_000) for name, values in data.items()}
    given = INPUTS["quick"]
    allowed["sgd_mean"] = 2 * data["sgd_error"] + rounding(data["sgd_mean"], 100_000)
    allowed["sgd_error"] = data["sgd_error"] + 1e-9
    for name, runs in (("spread", 2 * given["noise_runs"]), ("sgd_simulated", given["runs"])):
        half = data[f"{name}_half"]
        allowed[name] = sampling(half)
        allowed[f"{name}_half"] = sampling_of_width(half, runs)
    return allowed


def draw(data: Data) -> Any:
    """Four panels."""
    from analogtheory.experiments.discretisation_figure import draw as figure

    return figure(data, INPUTS["full"])


EXPERIMENT = Experiment(
    name="discretisation",
    title="The averaged update against the pulses it stands for",
    caption="Relative error |Ũ − U|/|Ũ − w| of the averaged update U = w + Δ·q₊(w) against the "
    "⌈|Δ|/Δw_min⌉ pulses Ũ that do it; linear device of range τ, at every weight the same; no "
    "cycle-to-cycle noise in (a, b). Dots: closed form (claim linear-pulse-train-ratio); markers: "
    "pulses one by one from w = 0.37τ. (a) Four ways to let Δ → 0. Δw_min = Δ²/τ: the error "
    "vanishes, as Theorem 4 of arXiv:2502.06309 has it (claim theorem-four-limit), below the "
    "dashed bound of claim linear-discretisation-error. Δw_min = τ/1000: it tends to 1 (claim "
    "granularity-hypothesis-needed). |Δ| = 9.5Δw_min: it stalls at 1 − 9.5/10 (dotted), but "
    "vanishes for |Δ| = 10Δw_min (claim fixed-pulse-count-stalls). (b) At a fixed |Δ| smaller "
    "pulses help only down to the change of the response on the way, about |Δ|/(2τ); dashed: the "
    "bound as in (a). Pink: power response with γ = 3 from w = 0, pulses one by one (dots, too), "
    "bound of claim lipschitz-discretisation-error over the distance moved. (c) Cycle-to-cycle "
    "noise of deviation 0.3Δw_min a pulse: standard deviation of Ũ over nΔw_min·q₊; exact (lines, "
    "claim cycle-noise-variance), its bounds (shaded, claim cycle-noise-square-root-law), and "
    "simulation with 99 % intervals (mostly smaller than the markers). (d) Analog SGD, τ = 1, "
    "f = (W − 0.5)²/2, Gaussian noise s = 0.5, α = 0.01: stationary mean against Δw_min, rounded "
    "up to whole pulses or with stochastic rounding: exact law (lines) and simulation (99 % "
    "intervals); dashed: the averaged update; dotted: mean field of one pulse a step in the "
    "direction of −g, for αs ≪ Δw_min ≪ 1 (derived here), below which the exact law goes on to "
    "fall by about 0.04Δw_min.",
    claims=(
        "linear-pulse-train-ratio",
        "theorem-four-limit",
        "linear-discretisation-error",
        "granularity-hypothesis-needed",
        "fixed-pulse-count-stalls",
        "lipschitz-discretisation-error",
        "cycle-noise-variance",
        "cycle-noise-square-root-law",
    ),
    inputs=INPUTS,
    compute=compute,
    draw=draw,
    tolerances=tolerances,
)

if __name__ == "__main__":
    run_module(EXPERIMENT)
