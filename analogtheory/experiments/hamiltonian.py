"""Four ways down a valley: SGD and Stochastic Hamiltonian Descent, symmetric or asymmetric devices.

Energy against time t = α·(iterations), in one and two dimensions (arXiv:2201.13377; theory notes
4.2, 4.3), α = β, with C for the weight, A for the momentum array and C* for the minimiser:

    H = f(C) + (β/(2α))·‖A‖²   (SGD has A = 0).

An ideal device has q± = 1, an asymmetric one q± = 1 ∓ κw; the weight array of SHD is ideal. Closed
forms are in :mod:`analogtheory.experiments.hamiltonian_theory`.

Run ``python -m analogtheory.experiments.hamiltonian [--quick] [--out FOLDER]``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from analogtheory.algorithms import analog_sgd
from analogtheory.algorithms.transfer import stochastic_hamiltonian_descent
from analogtheory.dynamics import Dynamics
from analogtheory.experiments import hamiltonian_theory as theory
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
from analogtheory.noise import Gaussian, NoiseLaw, NoNoise
from analogtheory.objectives import Objective, Quadratic, ScalarQuadratic
from analogtheory.responses.formulas import WEIGHT
from analogtheory.responses.response import Response
from analogtheory.simulation import simulate

#: Algorithm and slope of the asymmetry of each case.
CASES = ("sgd_symmetric", "sgd_asymmetric", "shd_symmetric", "shd_asymmetric")
_COMMON = {
    "seed": 1,
    "lr": 0.02,
    "kappa": 1.0,
    "steps": 2000,
    "every": 10,
    "noise": 0.5,
    "line": {"optimum": 0.7, "start": -0.2},
    "plane": {
        "hessian": [[1.0, 0.55], [0.55, 0.7]],
        "optimum": [0.7, -0.5],
        "start": [-0.1, 0.35],
    },
}
INPUTS: dict[Size, dict[str, Any]] = {
    "quick": {**_COMMON, "runs": 64},
    "full": {**_COMMON, "runs": 2048},
}


def _device(kappa: float, reach: float) -> Response:
    """q± = 1 ∓ κw; an ideal device (κ = 0) has a range that is not reached."""
    end = 1 / kappa if kappa else reach
    return Response(1 - kappa * WEIGHT, 1 + kappa * WEIGHT, -end, end)


def algorithm(case: str, given: dict[str, Any], objective: Objective, noise: NoiseLaw) -> Dynamics:
    """One of the four cases on an objective."""
    kappa = given["kappa"] if case.endswith("_asymmetric") else 0.0
    if case.startswith("sgd"):
        return analog_sgd(_device(kappa, 8.0), objective, noise, lr=given["lr"])
    return stochastic_hamiltonian_descent(
        _device(0.0, 8.0),
        objective,
        noise,
        lr=given["lr"],
        transfer_lr=given["lr"],
        fast_response=_device(kappa, 8.0),
    )


def compute(size: Size, progress: Progress) -> Data:
    """Simulated and proved energies of the three settings, and one path of each case."""
    given = INPUTS[size]
    line, plane = given["line"], given["plane"]
    objective = ScalarQuadratic(1, line["optimum"])
    data: Data = {"time": given["lr"] * np.arange(0.0, given["steps"] + 1, given["every"])}
    settings: list[tuple[str, Objective, NoiseLaw, Any, int]] = [
        ("still", objective, NoNoise(), line["start"], 1),
        ("line", objective, Gaussian(given["noise"]), line["start"], given["runs"]),
        (
            "plane",
            Quadratic(plane["hessian"], plane["optimum"]),
            Gaussian(given["noise"]),
            np.array(plane["start"]),
            given["runs"],
        ),
    ]
    share = 0.0
    for name, goal, noise, start, runs in settings:
        for case in CASES:
            energies, path = _run(algorithm(case, given, goal, noise), goal, start, runs, given)
            mean, half = interval(energies, axis=1) if runs > 1 else (energies[:, 0], None)
            data[f"{name}_{case}"] = mean
            if half is not None:
                data[f"{name}_{case}_half"] = half
            if name == "plane":
                data[f"path_{case}"] = path
            share += 1 / (len(CASES) * len(settings))
            progress(share)
    return data | theory.energies(given)


def _run(
    dynamics: Dynamics, objective: Objective, start: Any, runs: int, given: dict[str, Any]
) -> tuple[Array, Array]:
    """Energy (records, runs) and the path of the weight of the first run."""
    weight = str(dynamics.weight)
    result = simulate(
        dynamics,
        trajectories=runs,
        steps=given["steps"],
        start={weight: start},
        record="trajectory",
        every=given["every"],
        seed=given["seed"],
    )
    places = result.trajectory[weight]
    energy = objective.value(places)
    if "A" in result.trajectory:
        squares = result.trajectory["A"] ** 2
        energy = energy + 0.5 * (squares.sum(axis=-1) if squares.ndim > 2 else squares)
    return energy, np.asarray(places[:, 0])


def tolerances(data: Data) -> dict[str, Any]:
    """Rounding for runs without noise and closed forms, half-widths for the rest."""
    allowed: dict[str, Any] = {name: rounding(values, 100_000) for name, values in data.items()}
    for name in list(data):
        if name.startswith("theory_") and "flow" in name:
            allowed[name] = 1e-7  # of the integrator
        if f"{name}_half" in data:
            half = data[f"{name}_half"]
            floor = allowed[name]
            allowed[name] = sampling(half) + floor
            allowed[f"{name}_half"] = sampling_of_width(half, INPUTS["quick"]["runs"]) + floor
    return allowed


def draw(data: Data) -> Any:
    """Four panels."""
    from analogtheory.experiments.hamiltonian_figure import draw as figure

    return figure(data, INPUTS["full"])


EXPERIMENT = Experiment(
    name="hamiltonian",
    title="Stochastic Hamiltonian Descent and SGD on symmetric and asymmetric devices",
    caption="Energy H = f + (β/(2α))‖A‖² against time t = αk (k iterations), α = β = 0.02, of SGD "
    "and Stochastic Hamiltonian Descent (SHD) on symmetric (q± = 1) and asymmetric (q± = 1 ∓ w) "
    "devices. (a) One weight, f = (C − 0.7)²/2, from C = −0.2, no gradient noise. Markers: runs. "
    "Lines: (1 − α)^2k for symmetric SGD, the mean field in closed form for asymmetric SGD, "
    "conservation for symmetric SHD (claims hamiltonian-energy-balance, "
    "tiki-taka-ideal-never-converges), and for asymmetric SHD the averaged law "
    "H₀/(1 + 2R₀t/(3π))², R₀ = 0.9 (claim hamiltonian-averaged-amplitude); shaded: the band for "
    "the passages through the minimiser of claim hamiltonian-amplitude-in-time. (b) The same with "
    "Gaussian gradient noise of deviation s = 0.5: means of independent runs with 99 % intervals. "
    "Solid lines: exact second moments (symmetric devices); dashed: second moments linearised at "
    "the minimiser (asymmetric SHD), which end at the value of claim hamiltonian-coupled-variance; "
    "dotted: exact stationary energy of asymmetric SGD, which rests at the root of claim "
    "implicit-cost-root. (c) Two weights with a coupled Hessian, as in (b); dash-dotted: the mean "
    "field of asymmetric SGD. (d) One run of each case of (c) in the plane of the weights, from "
    "the plus to the large marker, over level lines of f; the star is the minimiser.",
    claims=(
        "hamiltonian-energy-balance",
        "tiki-taka-ideal-never-converges",
        "hamiltonian-averaged-amplitude",
        "hamiltonian-amplitude-in-time",
        "hamiltonian-coupled-variance",
        "implicit-cost-root",
    ),
    inputs=INPUTS,
    compute=compute,
    draw=draw,
    tolerances=tolerances,
)

if __name__ == "__main__":
    run_module(EXPERIMENT)
