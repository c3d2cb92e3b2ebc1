"""Digital SGD, the averaged dynamics of Analog SGD, and its pulses, for four ranges τ.

Random least squares (:mod:`analogtheory.experiments.least_squares`), D = 40, N = 100, linear
device, pulses of Δw_min = τ/300. The same noise drives the three; each has the law of its mean and
covariance beside it (:mod:`analogtheory.experiments.least_squares_theory`). Settings as in the
public scripts of arXiv:2406.12774, Fig. 3, as the theory notes 7.1 read them; its text was not
available.

Run ``python -m analogtheory.experiments.dynamics_over_tau [--quick] [--out FOLDER]``.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from analogtheory.experiments import least_squares_theory as theory
from analogtheory.experiments.core import (
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
from analogtheory.experiments.least_squares import (
    Arrays,
    Averaged,
    Digital,
    Lanes,
    Noise,
    Problem,
    Pulsed,
    drawn,
    kept_steps,
    run,
)
from analogtheory.proofs.ridge_bias import limit_loss

METHODS = ("digital", "averaged", "pulsed")
_COMMON = {
    "seed": 1,
    "problem": {"dimension": 40, "samples": 100, "design": 0.5, "target": 0.3},
    "lr": 0.03,
    "noise": 0.1,
    "pulses_per_range": 300,
    "longest": 1000,
    "steps": 2500,
    "late": 1800,
}
INPUTS: dict[Size, dict[str, Any]] = {
    "quick": {**_COMMON, "tau": [1.0, 2.5], "replicas": 16},
    "full": {**_COMMON, "tau": [1.0, 1.5, 2.0, 2.5], "replicas": 128},
}


def law_of(method: str, problem: Problem, tau: float, given: dict[str, Any]) -> theory.Step:
    """The law of one step."""
    lr, s = given["lr"], given["noise"]
    if method == "digital":
        return theory.Digital(problem, lr, s)
    if method == "averaged":
        return theory.Averaged(problem, lr, s, tau)
    return theory.Pulsed(problem, lr, s, tau, dw_min=tau / given["pulses_per_range"])


def compute(size: Size, progress: Progress) -> Data:
    """Curves, late errors, their laws, and the ridge bias."""
    given = INPUTS[size]
    problem = drawn(given["problem"], given["seed"])
    steps = kept_steps(given["steps"])
    data: Data = {"step": np.array(steps, dtype=float), "tau": np.array(given["tau"])}
    start = np.zeros(len(problem.target))
    for number, method in enumerate(METHODS):
        data |= _simulated(method, problem, given)
        progress((number + 0.8) / 3)
        laws = [law_of(method, problem, tau, given) for tau in _ranges(method, given)]
        data[f"{method}_path"] = np.array([law.along(start, steps) for law in laws])
        data[f"{method}_law"] = np.array([law.loss(*law.stationary()) for law in laws])
    sizes = given["noise"] * math.sqrt(2 / math.pi) / data["tau"]
    data["bias"] = np.array([problem.loss(theory.ridge(problem, kappa)) for kappa in sizes])
    return data | {"limit": np.array([limit_loss(tau) for tau in given["tau"]])}


def _ranges(method: str, given: dict[str, Any]) -> list[float]:
    """τ of a method's curves; digital SGD has none, and is run once."""
    return [math.inf] if method == "digital" else given["tau"]


def _simulated(method: str, problem: Problem, given: dict[str, Any]) -> Data:
    """Rows: τ; columns: kept steps."""
    tau = np.array(_ranges(method, given))
    size = tau / given["pulses_per_range"]
    lanes = Lanes.of(given["replicas"], lr=given["lr"], tau=tau, dw_min=size)
    found = run(
        _arrays(method, problem, lanes, given),
        Noise(given["noise"], given["seed"]),
        given["steps"],
        {"loss": problem.loss},
        keep=kept_steps(given["steps"]),
        late=given["late"],
    )
    mean, half = interval(found["loss"], axis=2)
    late, late_half = interval(found["loss_late"], axis=1)
    values = {"": mean.T, "_half": half.T, "_late": late, "_late_half": late_half}
    return {f"{method}{name}": value for name, value in values.items()}


def _arrays(method: str, problem: Problem, lanes: Lanes, given: dict[str, Any]) -> Arrays:
    if method == "pulsed":
        return Pulsed(problem, lanes, 0.0, longest=given["longest"], seed=given["seed"])
    return (Digital if method == "digital" else Averaged)(problem, lanes)


def tolerances(data: Data) -> dict[str, Any]:
    """Rounding for the laws, half-widths for what is sampled."""
    allowed: dict[str, Any] = {name: rounding(v, 1000) for name, v in data.items()}
    replicas = INPUTS["quick"]["replicas"]
    for method in METHODS:
        for name in (method, f"{method}_late"):
            half = data[f"{name}_half"]
            allowed[name] = sampling(half)
            allowed[f"{name}_half"] = sampling_of_width(half, replicas)
    return allowed


def draw(data: Data) -> Any:
    """A panel for each τ."""
    from analogtheory.experiments.dynamics_over_tau_figure import draw as figure

    return figure(data)


EXPERIMENT = Experiment(
    name="dynamics_over_tau",
    title="Digital SGD, averaged Analog SGD and pulses over the range τ",
    caption="Error f/D of f = ‖A(W − W*)‖²/N, D = 40, N = 100, A = N(0, 1)/2, W* = 0.3·N(0, 1), "
    "one problem, from W = 0 at α = 0.03 with Gaussian gradient noise of deviation 0.1 in each "
    "coordinate; linear device q± = 1 ∓ w/τ, Δw_min = τ/300, no cycle-to-cycle noise; settings as "
    "in the paper's public scripts (arXiv:2406.12774, Fig. 3) as the theory notes 7.1 read them, "
    "the paper itself recalled, but for f, which they halve, and a bias of the model, which is "
    "left out. Digital SGD, the averaged dynamics of Analog SGD and its simulation by stochastic "
    "pulse trains (of up to 1000 slots, in the scripts 5000; the longest that is asked for has "
    "fewer than 30) with the same noise: mean over independent runs (markers with 99 % intervals) "
    "and the laws of mean and covariance (lines, derived here; exact for digital SGD). Dotted: "
    "bias of the mean field with Σ = E|ε| for E|g + ε|, that of ridge regression with κ = Σ/τ "
    "(claim ridge-bias); triangle: its limit for many weights, averaged over problems (claim "
    "least-squares-toy-bias). The error of the averaged dynamics is nearly the sum of this bias "
    "and the error of digital SGD; pulses add the variance of their number, which grows with τ as "
    "Δw_min does.",
    claims=("ridge-bias", "least-squares-toy-bias"),
    inputs=INPUTS,
    compute=compute,
    draw=draw,
    tolerances=tolerances,
)

if __name__ == "__main__":
    run_module(EXPERIMENT)
