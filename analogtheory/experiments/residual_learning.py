"""What Residual Learning keeps at a fixed step size, and what a shifted symmetric point adds.

Residual Learning (arXiv:2502.06309 eqs. (10), (11)) on one weight, see
:mod:`analogtheory.experiments.residual_problem`. (a) the √α law of the error; (b) the size of the
residual array that its constant comes from; (c) the tilt under a shifted symmetric point, beside
Analog SGD on the same device (theory notes 4.3, 4.4).

Run ``python -m analogtheory.experiments.residual_learning [--quick] [--out FOLDER]``.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
from scipy import optimize

from analogtheory.algorithms import analog_sgd
from analogtheory.bounds import folded_mean
from analogtheory.experiments.core import (
    Array,
    Data,
    Experiment,
    Progress,
    Size,
    rounding,
    run_module,
    sampling,
    sampling_of_width,
)
from analogtheory.experiments.residual_problem import (
    MOMENTS,
    Problem,
    bias,
    exact_size,
    laws,
    main_bias,
    scale,
    simulated,
)
from analogtheory.objectives import ScalarQuadratic
from analogtheory.responses.response import Response

_COMMON: dict[str, Any] = {
    "seed": 1,
    "steps": [0.04, 0.02, 0.01, 0.005, 0.0025],
    "size_steps": [0.01, 0.0025],
    "targets": [0.0, 0.2, 0.4, 0.6, 0.75],
    "points": [0.0, 0.05, 0.1, 0.2, 0.3],
    "tilt_step": 0.01,
}
INPUTS: dict[Size, dict[str, Any]] = {
    "quick": {**_COMMON, "nodes": 600, "simulation": {"runs": 64, "steps": 6000}, "sampled": 3},
    "full": {**_COMMON, "nodes": 2100, "simulation": {"runs": 1024, "steps": 40_000}, "sampled": 5},
}


def compute(size: Size, progress: Progress) -> Data:
    """The three panels."""
    given = INPUTS[size]
    data = _square_root_law(given)
    progress(0.4)
    data |= _sizes(given)
    progress(0.6)
    return data | _tilts(given)


def _square_root_law(given: dict[str, Any]) -> Data:
    """Against α: exact law, leading order, the notes' constant; simulation for the larger α."""
    problems = [Problem(lr=lr) for lr in given["steps"]]
    fine = np.geomspace(0.8 * min(given["steps"]), 1.25 * max(given["steps"]), 30)
    curves = [Problem(lr=float(lr)) for lr in fine]
    sampled = problems[: given["sampled"]]
    return {
        "alpha": np.array(given["steps"]),
        "alpha_fine": fine,
        "alpha_mixed_formula": np.array([bias(p) for p in curves]),
        "alpha_main_formula": np.array([main_bias(p) for p in curves]),
        "alpha_mixed_notes": np.array([bias(p, folded=False) for p in curves]),
        **laws("alpha", problems, given["nodes"]),
        **simulated(
            "alpha", sampled, given["simulation"], given["seed"], [main_bias(p) for p in sampled]
        ),
    }


def _sizes(given: dict[str, Any]) -> Data:
    """E|P|/√(ασ²/(2κ)) against R = w*: rows are α, then their extrapolation to α = 0."""
    rows, errors = [], []
    for lr in given["size_steps"]:
        problems = [Problem(lr=lr, target=target) for target in given["targets"]]
        found = [(exact_size(p, given["nodes"]), scale(p)) for p in problems]
        rows.append([value / unit for (value, _), unit in found])
        errors.append([error / unit for (_, error), unit in found])
    large, small = np.array(rows)
    fine = np.linspace(0.0, 0.85, 60)
    return {
        "size_target": np.array(given["targets"]),
        "size_exact": np.array([large, small, 2 * small - large]),  # the √α term drops out
        "size_error": np.array([*errors, 2 * np.array(errors[1]) + np.array(errors[0])]),
        "size_fine": fine,
        "size_formula": np.array([folded_mean(float(r)) for r in fine]),
    }


def _tilts(given: dict[str, Any]) -> Data:
    """E W̄ − w* against c: Residual Learning with both noise laws; Analog SGD."""
    lr, points = given["tilt_step"], given["points"]
    fine = np.linspace(0.0, 0.32, 65)
    data: Data = {"tilt_point": np.array(points), "tilt_fine": fine}
    for gaussian, name in ((False, "tilt"), (True, "tilt_gaussian")):
        problems = [Problem(lr=lr, c=c, gaussian=gaussian) for c in points]
        data |= laws(name, problems, given["nodes"])
        starts = [_rest(p) for p in problems]
        data |= simulated(name, problems, given["simulation"], given["seed"] + 1, starts)
        data[f"{name}_field"] = np.array([_rest(replace(problems[0], c=float(c))) for c in fine])
    data["tilt_sgd"] = np.array([_rest_of_sgd(float(c), problems[0].target) for c in fine])
    return data


def _rest(problem: Problem) -> float:
    """∇f at rest: g = c·E|g + ε|."""
    law = problem.noise

    def gap(g: float) -> float:
        return g - problem.c * _mean_abs(problem, g)

    return float(optimize.brentq(gap, -1e-12, float(law.sigma), xtol=1e-14))


def _mean_abs(problem: Problem, g: float) -> float:
    """E|g + ε|."""
    s = problem.sigma
    if not problem.gaussian:
        return max(abs(g), s)
    bell = s * math.sqrt(2 / math.pi) * math.exp(-(g**2) / (2 * s * s))
    return bell + g * math.erf(g / (s * math.sqrt(2)))


def _rest_of_sgd(c: float, target: float) -> float:
    """W − w* at the rest point of Analog SGD under ±σ noise, the same device."""
    device = Response("(1 + c)*(1 - w)", "(1 - c)*(1 + w)", -1, 1, parameters={"c": c})
    [point] = analog_sgd(device, ScalarQuadratic(1, target), Problem().noise).fixed_points()
    return float(point.state["W"]) - target


def tolerances(data: Data) -> dict[str, Any]:
    """Rounding; the laws' own errors; half-widths for what is sampled."""
    return moment_tolerances(data, ("alpha", "tilt", "tilt_gaussian"), INPUTS["quick"])


def moment_tolerances(
    data: Data, names: tuple[str, ...], given: dict[str, Any]
) -> dict[str, float | Array]:
    """Of the arrays of laws and of runs, and rounding for the rest."""
    allowed: dict[str, float | Array] = {n: rounding(v, 100_000) for n, v in data.items()}
    allowed |= {n: 1e-9 for n in data if n.endswith(("_formula", "_notes", "_field", "_sgd"))}
    pairs = [(f"{name}_{moment}", f"{name}_{moment}_error") for name in names for moment in MOMENTS]
    for value, error in [*pairs, ("size_exact", "size_error")]:
        if error in data:
            allowed[value] = 2 * data[error] + 1e-9
            allowed[error] = data[error] + 1e-9
    for name in data:
        if name.endswith("_run_half"):
            allowed[name] = sampling_of_width(data[name], given["simulation"]["runs"])
            allowed[name.removesuffix("_half")] = sampling(data[name])
    return allowed


def draw(data: Data) -> Any:
    """Three panels."""
    from analogtheory.experiments.residual_learning_figure import draw as figure

    return figure(data, INPUTS["full"])


EXPERIMENT = Experiment(
    name="residual_learning",
    title="Residual Learning: the √α law, and the tilt under a shifted symmetric point",
    caption="One weight, f = (w − 0.5)²/2, linear devices of range 1, Residual Learning with "
    "γ = 0.4 and β = α/10, gradient noise ±0.5 unless said. Lines: leading order or mean field; "
    "filled markers: exact stationary law; open markers, a little to the right: simulation with "
    "99 % intervals. (a) Error "
    "left at a fixed step size: bias of the mixed weight W̄ = W + γP (claim "
    "sqrt-alpha-bias-formula), of the main array W (the same, with E P from claim "
    "residual-learning-mean-balance), and root mean square of W̄ − W* (exact law only; grey line "
    "of slope 1/2; claim sqrt-alpha-mean-square); dotted: the bias with √(2/π) in place of a(R), "
    "as in the theory notes. (b) Size of the residual array, E|P|/√(ασ²/(2κ)), κ = γ + σ, against "
    "the asymmetry ratio R = W* of the main array: exact at α = 0.01 and 0.0025 (small, "
    "a little to the left) and extrapolated to α = 0 (large), and the folded normal law "
    "a = E|N(Ra, 1)| (line, claim sqrt-alpha-folded-normal); dotted: √(2/π). (c) Error of W̄ with "
    "both arrays shifted to the symmetric point c, α = 0.01: exact laws, which lie below the tilt "
    "c·E|∇f + ε| of the mean field (lines, claim residual-learning-tilt) by a term ∝ √α (claim "
    "residual-learning-tilt-numbers); dashed: Analog SGD on the same device at its rest point "
    "(size, ±0.5 noise), which Residual Learning exceeds from where |R_P(0)| > |R_W(W)| (claim "
    "residual-learning-against-analog-sgd).",
    claims=(
        "sqrt-alpha-bias-formula",
        "residual-learning-mean-balance",
        "sqrt-alpha-mean-square",
        "sqrt-alpha-folded-normal",
        "residual-learning-tilt",
        "residual-learning-tilt-numbers",
        "residual-learning-against-analog-sgd",
    ),
    inputs=INPUTS,
    compute=compute,
    draw=draw,
    tolerances=tolerances,
)

if __name__ == "__main__":
    run_module(EXPERIMENT)
