"""Constant gradient: what TTv2, c-TTv2 and AGAD make of it, with and without an offset.

After the illustration of arXiv:2303.04721 Fig. 3 (settings of the theory notes 5.5, one element):
the gradient is g = −1, no noise, the fast array has q± = 1 ∓ κ(a − a*) and is read after every n_s
updates; it is compared with r, the offset is o = a* − r. (a–c) what is read; (d–f) the slow array
W with the proved mean rate δ_W·λ·(gain/κ) a read; (g) gains against h and (h) against κ·s·o,
s = sign g, of runs whose buffer H adds up the signal and never writes.

Run ``python -m analogtheory.experiments.constant_gradient [--quick] [--out FOLDER]``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from analogtheory.algorithms.chopped import Buffer, agad, chopped_ttv2, ttv2
from analogtheory.dynamics import Dynamics
from analogtheory.experiments import constant_gradient_theory as theory
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
from analogtheory.noise import NoNoise
from analogtheory.proofs.constant_gradient_runs import ConstantGradient
from analogtheory.responses.response import Response
from analogtheory.simulation import SimulationResult, simulate

#: The algorithms of the traces; the gains have a random chopper besides.
ALGORITHMS = ("ttv2", "regular", "agad")
_COMMON = {
    "seed": 1,
    "kappa": 1.6,
    "reads": 10,
    "every": 5,
    "tail_weight": 0.5,
    "trace": {
        "offsets": [0.0, -0.8],
        "lr": 0.025,
        "transfer_lr": 0.4,
        "granularity": 0.02,
        "steps": 800,
    },
    "half_phases": [0.2, 0.5, 1.0, 2.0, 4.0],
    "offsets": [-0.9, -0.6, -0.3, 0.0, 0.3, 0.6],
    "offset_half_phase": 1.0,
}
INPUTS: dict[Size, dict[str, Any]] = {
    "quick": {**_COMMON, "periods": 10, "runs": 64},
    "full": {**_COMMON, "periods": 40, "runs": 512},
}


def algorithm(name: str, given: dict[str, Any], offsets: Array, lr: float, buffer: Buffer) -> Any:
    """One of the algorithms on an array with symmetric points a* = offsets, read against 0."""
    ends = {"a": offsets, "k": given["kappa"]}
    fast = Response("1 - k*(w - a)", "1 + k*(w - a)", "a - 1/k", "a + 1/k", parameters=ends)
    common: tuple[Any, ...] = (Response(1, 1, -8, 8), ConstantGradient(-1), NoNoise())
    settings: dict[str, Any] = {"lr": lr, "buffer": buffer, "fast_response": fast}
    if name == "ttv2":
        return ttv2(*common, **settings)
    if name == "regular":
        return chopped_ttv2(*common, period=given["reads"], **settings)
    if name == "random":
        return chopped_ttv2(*common, flip_probability=1 / given["reads"], **settings)
    return agad(*common, period=given["reads"], tail_weight=given["tail_weight"], **settings)


def compute(size: Size, progress: Progress) -> Data:
    """Traces and gains."""
    given = INPUTS[size]
    data = _traces(given)
    progress(0.4)
    return data | _gains(given, lambda share: progress(0.4 + 0.6 * share))


def _traces(given: dict[str, Any]) -> Data:
    """Rows: offset; columns: updates."""
    trace = given["trace"]
    offsets = np.array(trace["offsets"])
    buffer = Buffer(
        transfer_lr=trace["transfer_lr"],
        granularity=trace["granularity"],
        every=given["every"],
        forget=False,
    )
    data: Data = {"trace_update": np.arange(0.0, trace["steps"] + 1)}
    for name in ALGORITHMS:
        dynamics = algorithm(name, given, offsets, trace["lr"], buffer)
        result = _run(dynamics, len(offsets), trace["steps"], offsets, 1, given["seed"])
        for state in ("A", "W", *(("latched",) if name == "agad" else ())):
            data[f"trace_{name}_{state}"] = result.trajectory[state].T
        data[f"trace_{name}_rate"] = theory.rates(name, given)
    return data


def _run(
    dynamics: Dynamics, count: int, steps: int, starts: Array, every: int, seed: int
) -> SimulationResult:
    """Runs whose fast arrays start at their symmetric points."""
    return simulate(
        dynamics,
        trajectories=count,
        steps=steps,
        start={"A": starts},
        record="trajectory",
        every=every,
        seed=seed,
        backend="numpy",
    )


def _gains(given: dict[str, Any], progress: Progress) -> Data:
    """Normalised gains −κs·(mean signal) against h without offset, and against the offset."""
    fine = np.geomspace(0.06, 6.0, 80)
    data: Data = {
        "gain_h": np.array(given["half_phases"]),
        "gain_h_fine": fine,
        "gain_kso": -given["kappa"] * np.array(given["offsets"]),
    }
    names = (*ALGORITHMS, "random")
    for number, name in enumerate(names):
        measured, half = _measured(name, given)
        places = len(given["half_phases"])
        for kind, part in (("h", slice(places)), ("o", slice(places, None))):
            data[f"gain_{kind}_{name}"] = measured[part]
            if name == "random":
                data[f"gain_{kind}_{name}_half"] = half[part]
        data[f"gain_h_{name}_proved"] = theory.gain(name, given, fine, 0.0)
        data[f"gain_h_{name}_limit"] = theory.limit(name, given, fine)
        data[f"gain_o_{name}_proved"] = np.array(
            [theory.gain(name, given, given["offset_half_phase"], o) for o in given["offsets"]]
        )
        progress((number + 1) / len(names))
    return data


def _measured(name: str, given: dict[str, Any]) -> tuple[Array, Array]:
    """Gains of all h without offset, then of all offsets, after a transient of as many periods.

    The random chopper is run several times, from which its half-width comes.
    """
    weak = 1e-6  # H never reaches 1: it adds up the signal
    reads, every, runs = given["reads"], given["every"], given["runs"] if name == "random" else 1
    h = np.array(given["half_phases"] + [given["offset_half_phase"]] * len(given["offsets"]))
    offsets = np.repeat([0.0] * len(given["half_phases"]) + given["offsets"], runs)
    rates = np.repeat(theory.lr_of(given, h), runs)
    dynamics = algorithm(name, given, offsets, 0.01, Buffer(transfer_lr=weak, every=every))
    period = 2 * reads * every
    result = simulate(
        dynamics,
        trajectories=len(rates),
        steps=2 * given["periods"] * period,
        start={"A": offsets},
        parameters={"alpha": rates},
        record="trajectory",
        every=given["periods"] * period,
        seed=given["seed"],
        backend="numpy",
    )
    sums = result.trajectory["H"]
    signal = (sums[2] - sums[1]) / (weak * given["periods"] * 2 * reads)
    gains = given["kappa"] * signal.reshape(len(h), runs)  # s = −1
    if runs == 1:
        return gains[:, 0], np.zeros(len(h))
    return interval(gains, axis=1)


def tolerances(data: Data) -> dict[str, Any]:
    """Rounding, over the weak transfer for gains; half-widths for the random chopper."""
    allowed: dict[str, Any] = {name: rounding(values, 100_000) for name, values in data.items()}
    for name in data:
        if name.startswith("gain_"):
            allowed[name] = 1e-8  # sums of 1e-6 signals are divided by 1e-6 again
    for kind in ("h", "o"):
        half = data[f"gain_{kind}_random_half"]
        allowed[f"gain_{kind}_random"] = sampling(half)
        allowed[f"gain_{kind}_random_half"] = sampling_of_width(half, INPUTS["quick"]["runs"])
    return allowed


def draw(data: Data) -> Any:
    """Six traces, two pictures of gains."""
    from analogtheory.experiments.constant_gradient_figure import draw as figure

    return figure(data, INPUTS["full"])


EXPERIMENT = Experiment(
    name="constant_gradient",
    title="TTv2, c-TTv2 and AGAD under a constant gradient, with and without an offset",
    caption="One element, constant gradient g = −1 without noise, fast array with "
    "q± = 1 ∓ κ(a − a*), κ = 1.6, read after every 5 updates of size α = 0.025 and compared with "
    "r; choppers flip after N = 10 reads (shaded: c = −1). Blue: offset o = a* − r = 0; red: "
    "o = −0.8. (a–c) Reads A − r of TTv2, c-TTv2 with a regular chopper, and AGAD with its moving "
    "reference (dashed); dotted in (a): the limit o + 1/κ (claim constant-gradient-gain-ttv2). "
    "(d–f) Slow array W (pulses of 0.02 once |H| reaches 1, λ = 0.4) and the proved mean rates "
    "(dashed, for AGAD from its first write on; claims constant-gradient-gain-ttv2, "
    "constant-gradient-gain-regular-chopper, "
    "agad-gain): at κ·s·o > 1, s = sign g, TTv2 walks up the gradient, c-TTv2 keeps its mean rate "
    "but jitters, AGAD does not notice. (g) Normalised gain, −κs·(mean signal), against the half "
    "length h = −(N·n_s/2)·ln(1 − κα|g|) of a phase, no offset: exact (lines; random chopper: "
    "claim constant-gradient-gain-random-chopper), limits of many small updates (dotted, claims "
    "chopper-gain-distance-to-limit, random-chopper-gain-is-larger, agad-gain-limit), runs "
    "(markers; 99 % intervals for the random chopper). (h) The same against the offset at h = 1.",
    claims=(
        "constant-gradient-gain-ttv2",
        "constant-gradient-gain-regular-chopper",
        "constant-gradient-gain-random-chopper",
        "chopper-gain-distance-to-limit",
        "random-chopper-gain-is-larger",
        "agad-gain",
        "agad-gain-limit",
    ),
    inputs=INPUTS,
    compute=compute,
    draw=draw,
    tolerances=tolerances,
)

if __name__ == "__main__":
    run_module(EXPERIMENT)
