"""A smaller learning rate lowers the error of digital SGD, but not the bias of Analog SGD.

Random least squares (:mod:`analogtheory.experiments.least_squares`), D = 40, N = 100, linear
device of range τ = 3, pulses of Δw_min = 1e-4: digital SGD, Analog SGD with the gradient as one
vector of pulse trains, and Analog SGD with each of the N samples as a vector, as a crossbar takes a
batch. Settings as in the public scripts of arXiv:2406.12774, Fig. 1, as the theory notes 7.1 read
them; its text was not available. Laws: :mod:`analogtheory.experiments.least_squares_theory` and
:mod:`analogtheory.experiments.learning_rates_theory`.

Run ``python -m analogtheory.experiments.learning_rates [--quick] [--out FOLDER]``.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from analogtheory.experiments import least_squares_theory as theory
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
    silent,
)
from analogtheory.experiments.learning_rates_theory import Sampled
from analogtheory.experiments.least_squares import (
    Arrays,
    Digital,
    Lanes,
    Noise,
    Problem,
    Pulsed,
    drawn,
    kept_steps,
    run,
)
from analogtheory.experiments.least_squares import Sampled as SampledArrays

METHODS = ("digital", "vector", "samples")
_COMMON = {
    "seed": 1,
    "problem": {"dimension": 40, "samples": 100, "design": 1.0, "target": 0.45},
    "tau": 3.0,
    "dw_min": 1e-4,
    "longest": 800,
    "output_noise": 0.01,
}
INPUTS: dict[Size, dict[str, Any]] = {
    "quick": {
        **_COMMON,
        "lr": [0.2, 0.1],
        "small": [],
        "fine": 8,
        "steps": 500,
        "late": 350,
        "replicas": {"digital": 16, "vector": 16, "samples": 4},
    },
    "full": {
        **_COMMON,
        "lr": [0.2, 0.1, 0.05, 0.03],
        "small": [0.01],
        "fine": 40,
        "steps": 2500,
        "late": 1500,
        "replicas": {"digital": 64, "vector": 64, "samples": 16},
    },
}


def weight_noise(given: dict[str, Any]) -> float:
    """s, the noise of each coordinate of a gradient: output noise/√D."""
    return float(given["output_noise"]) / math.sqrt(given["problem"]["dimension"])


def law_of(method: str, problem: Problem, lr: float, given: dict[str, Any]) -> theory.Step:
    """The law of one step."""
    s, tau, size = weight_noise(given), given["tau"], given["dw_min"]
    if method == "digital":
        return theory.Digital(problem, lr, s)
    if method == "vector":
        return theory.Pulsed(problem, lr, s, tau, dw_min=size)
    return Sampled(problem, lr, given["output_noise"], tau, dw_min=size)


def compute(size: Size, progress: Progress) -> Data:
    """Curves and late errors of the three methods, and their laws."""
    given = INPUTS[size]
    problem = drawn(given["problem"], given["seed"])
    rates = [*given["lr"], *given["small"]]
    fine = np.geomspace(0.7 * min(rates), 0.3, given["fine"])
    steps = np.array(kept_steps(given["steps"]), dtype=float)
    data: Data = {"step": steps, "lr": np.array(rates), "fine": fine}
    for method in METHODS:
        # the samples take nearly all of the time
        watched = progress if method == "samples" else silent
        data |= _simulated(method, problem, given, watched)
        laws = [law_of(method, problem, lr, given) for lr in fine]
        data[f"{method}_law"] = np.array([law.loss(*law.stationary()) for law in laws])
        data[f"{method}_path"] = _paths(method, problem, given)
    return data | _biases(problem, given)


def _simulated(method: str, problem: Problem, given: dict[str, Any], progress: Progress) -> Data:
    """Rows: rates of `lr` (and `small` for the late errors); columns: kept steps."""
    rates, replicas = [*given["lr"], *given["small"]], given["replicas"][method]
    lanes = Lanes.of(replicas, lr=rates, tau=given["tau"], dw_min=given["dw_min"])
    # the rates of `small` would still be on their way: they start at the rest point
    start = np.zeros((len(lanes), len(problem.target)))
    for lr in given["small"]:
        start[lanes.lr == lr] = law_of(method, problem, lr, given).rest()
    size = given["output_noise"] if method == "samples" else weight_noise(given)
    found = run(
        _arrays(method, problem, lanes, start, given),
        Noise(size, given["seed"]),
        given["steps"],
        {"loss": problem.loss},
        keep=kept_steps(given["steps"]),
        late=given["late"],
        progress=progress,
    )
    mean, half = interval(found["loss"][:, : len(given["lr"])], axis=2)
    late, late_half = interval(found["loss_late"], axis=1)
    values = {"": mean.T, "_half": half.T, "_late": late, "_late_half": late_half}
    return {f"{method}{name}": value for name, value in values.items()}


def _arrays(
    method: str, problem: Problem, lanes: Lanes, start: Array, given: dict[str, Any]
) -> Arrays:
    if method == "digital":
        return Digital(problem, lanes, start)
    kind = Pulsed if method == "vector" else SampledArrays
    return kind(problem, lanes, start, longest=given["longest"], seed=given["seed"])


def _paths(method: str, problem: Problem, given: dict[str, Any]) -> Array:
    """E f/D at the kept steps from W = 0; rows: rates."""
    start, kept = np.zeros(len(problem.target)), kept_steps(given["steps"])
    longest = given["longest"] * given["dw_min"] if method == "vector" else math.inf
    laws = [law_of(method, problem, lr, given) for lr in given["lr"]]
    return np.array([law.along(start, kept, longest) for law in laws])


def _biases(problem: Problem, given: dict[str, Any]) -> Data:
    """f/D where the mean field rests: ridge regression with Σ for E|g + ε|; and for samples."""
    kappa = weight_noise(given) * math.sqrt(2 / math.pi) / given["tau"]
    samples = law_of("samples", problem, 1e-9, given)  # α → 0, where order does not matter
    return {
        "vector_bias": np.array([problem.loss(theory.ridge(problem, kappa))]),
        "samples_bias": np.array([problem.loss(samples.rest())]),
    }


def tolerances(data: Data) -> dict[str, Any]:
    """Rounding for the laws, half-widths for what is sampled."""
    allowed: dict[str, Any] = {name: rounding(v, 1000) * 1e-2 for name, v in data.items()}
    for method in METHODS:
        for name in (method, f"{method}_late"):
            half, replicas = data[f"{name}_half"], INPUTS["quick"]["replicas"][method]
            allowed[name] = sampling(half)
            allowed[f"{name}_half"] = sampling_of_width(half, replicas)
    return allowed


def draw(data: Data) -> Any:
    """Two panels."""
    from analogtheory.experiments.learning_rates_figure import draw as figure

    return figure(data)


EXPERIMENT = Experiment(
    name="learning_rates",
    title="Digital and Analog SGD at different learning rates",
    caption="Error f/D of f = ‖A(W − W*)‖²/N, D = 40, N = 100, A = N(0, 1), W* = 0.45·N(0, 1), one "
    "problem, from W = 0; linear device q± = 1 ∓ w/τ, τ = 3, Δw_min = 1e-4, trains of up to 800 "
    "slots, no cycle-to-cycle noise; settings as in the paper's public scripts (arXiv:2406.12774, "
    "Fig. 1) as the theory notes 7.1 read them, the paper itself recalled. Three methods: digital "
    "SGD and Analog SGD with the gradient as one vector of pulse trains, both with additive "
    "Gaussian noise 0.01/√D in each coordinate, and Analog SGD that takes its batch sample by "
    "sample, one vector of trains each in turn, with noise 0.01 on each output (ours, in place of "
    "noise 0.01/√D on each weight that is read). (a) Mean over independent runs (markers with 99 % "
    "intervals), and the laws of mean and covariance (lines, derived here; exact for digital SGD). "
    "(b) Mean over steps 1500 to 2500 (markers with 99 % intervals; α = 0.01 is ours, started at "
    "the rest point) and the stationary laws (lines). The digital error is proportional to α as α "
    "→ 0. The analog error ends at a level that no α lowers: dashed, the bias of the mean field, "
    "for one vector a step that of ridge regression with κ = Σ/τ, Σ = E|ε| for E|g + ε| (claim "
    "ridge-bias), for samples the rest point as α → 0, with Σ_d = (2/N)Σ_i|a_id|·E|y_i|, y_i the "
    "noisy error of sample i (derived here, E|y| from claim mean-abs-closed-forms); above it, for "
    "small α, what the size of a pulse adds.",
    claims=("ridge-bias", "mean-abs-closed-forms"),
    inputs=INPUTS,
    compute=compute,
    draw=draw,
    tolerances=tolerances,
)

if __name__ == "__main__":
    run_module(EXPERIMENT)
