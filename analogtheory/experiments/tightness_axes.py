"""Bounds and exact error of Analog SGD against the noise, the range and the minimiser.

One weight, f(w) = ½(w − w*)², linear device of range τ with symmetric point 0, noise ±σ, learning
rate α: the instance of the lower bound (arXiv:2406.12774 for the rate, recalled; the instance and
its constants are derived here). One of σ, τ, w* varies, the others are those of `base`. The exact
stationary E f′(w)² lies between

    σ²S/(1 + S)      (lower; S = ρ²/(1 − ρ²), ρ = w_S/τ), sharper with its term of order α,
    2F_max·σ²(αLF_max² + E‖G/√F‖²)/M_min      (upper; Remark 1 of arXiv:2502.06309, repaired),

where each applies (NaN elsewhere): the upper bound needs weights that stay inside the range, the
lower one |f′| ≤ σ on all weights that are reached. The ratios are those of
:mod:`analogtheory.experiments.tightness_ratios`; against α they are in ``tightness``.

Run ``python -m analogtheory.experiments.tightness_axes [--quick] [--out FOLDER]``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from analogtheory.experiments.core import (
    Array,
    Data,
    Experiment,
    Progress,
    Size,
    rounding,
    run_module,
)
from analogtheory.experiments.tightness_ratios import Setting, ratios
from analogtheory.verdicts.analog import AnalogAnalysis

_COMMON: dict[str, Any] = {
    "base": {"sigma": 0.4, "tau": 1.0, "w_star": 0.2, "alpha": 0.01},
    "ranges": {"sigma": [0.05, 3.0], "tau": [0.25, 10.0], "w_star": [0.01, 0.95]},
    "bounds": ["remark-1", "weighted", "lower", "lower-step"],
}
INPUTS: dict[Size, dict[str, Any]] = {
    "quick": {**_COMMON, "points": 6},
    "full": {**_COMMON, "points": 49},
}


def setting(base: dict[str, float], **changed: float) -> Setting:
    """The problem with some numbers changed."""
    given = {**base, **changed}
    return Setting(
        family="linear",
        tau=given["tau"],
        sigma=given["sigma"],
        target=given["w_star"] / given["tau"],
        alpha=given["alpha"],
        noise="rademacher",
    )


def compute(size: Size, progress: Progress) -> Data:
    """For each axis: places, exact E f′² with its error, bounds (NaN where one does not apply)."""
    given = INPUTS[size]
    data: Data = {}
    for number, (axis, (low, high)) in enumerate(given["ranges"].items()):
        # six digits: as many as `Setting.problem` hands on of σ
        places = np.array([float(f"{x:g}") for x in np.geomspace(low, high, given["points"])])
        rows = [_row(setting(given["base"], **{axis: float(x)}), given["bounds"]) for x in places]
        exact, error, *bounds = np.array(rows).T
        data |= {
            f"{axis}": places,
            f"{axis}_exact": exact,
            f"{axis}_error": error,
            **{
                f"{axis}_{name.replace('-', '_')}": column
                for name, column in zip(given["bounds"], bounds, strict=True)
            },
        }
        progress((number + 1) / len(given["ranges"]))
    return data


def _row(problem: Setting, bounds: list[str]) -> list[float]:
    """Exact E f′², its error, and the bounds; that on E[M f′²] as its ratio to its own value."""
    analysis = AnalogAnalysis(problem.problem())
    moment = analysis.gradient_second_moment
    found = {ratio.bound: ratio for ratio in ratios(problem)}
    values = [found[name].proved if name in found else np.nan for name in bounds]
    place = bounds.index("weighted")
    values[place] = found["weighted"].looseness if "weighted" in found else np.nan
    return [moment.value, moment.error, *values]


def tolerances(data: Data) -> dict[str, Any]:
    """Rounding, and twice the error of the exact values."""
    allowed: dict[str, float | Array] = {n: rounding(v, 10_000) for n, v in data.items()}
    for axis in _COMMON["ranges"]:
        error = np.nan_to_num(data[f"{axis}_error"])
        allowed[f"{axis}_exact"] = 2 * error + 1e-9 * data[f"{axis}_exact"]
        allowed[f"{axis}_error"] = error + 1e-9
        for name in _COMMON["bounds"]:
            key = f"{axis}_{name.replace('-', '_')}"
            allowed[key] = 1e-6 * np.nan_to_num(data[key])
    return allowed


def draw(data: Data) -> Any:
    """Errors above, ratios below."""
    from analogtheory.experiments.tightness_axes_figure import draw as figure

    return figure(data, INPUTS["full"])


EXPERIMENT = Experiment(
    name="tightness_axes",
    title="Bounds and exact error of Analog SGD against noise, range and minimiser",
    caption="Stationary E f′(w)² of Analog SGD, f = ½(w − w*)², linear device with symmetric point "
    "0, noise ±σ, α = 0.01, against (a) the noise σ, (b) the range τ, (c) the minimiser w*, the "
    "others being σ = 0.4, τ = 1, w* = 0.2. Black: exact stationary law. Red: upper bound of "
    "claim analog-sgd-upper-bound. Green: lower bound of claim analog-sgd-lower-bound; pink: the "
    "same with its term of order α, claim rademacher-instance-second-moment. Bottom: upper bounds "
    "over exact values, exact value over lower bounds; blue: the weighted bound of claim "
    "analog-sgd-weighted-bound over the exact E[M f′²]. The upper bound ends where weights may "
    "reach the end of the range, w* + σ ≥ τ. The error falls with the range, and grows with w* "
    "and with σ; in (a) the lower bound tends to w*² = 0.04, the exact error grows beyond it with "
    "its term of order α.",
    claims=(
        "analog-sgd-upper-bound",
        "analog-sgd-lower-bound",
        "rademacher-instance-second-moment",
        "analog-sgd-weighted-bound",
    ),
    inputs=INPUTS,
    compute=compute,
    draw=draw,
    tolerances=tolerances,
)

if __name__ == "__main__":
    run_module(EXPERIMENT)
