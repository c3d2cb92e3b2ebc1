"""How tight the proved bounds are: bound over exact value, on a grid of problems.

For every bound of Analog SGD and Residual Learning that speaks of a stationary law, the ratio of
the proved bound to the exact value (upper bounds), or of the exact value to the proved bound
(lower bounds): 1 is tight, 100 is loose by two orders of magnitude. Objective: f = (w − w*)²/2,
w* = target·τ. See :mod:`analogtheory.experiments.tightness_ratios`.

Run ``python -m analogtheory.experiments.tightness [--quick | --full] [--out paper_figs]``.
"""

from __future__ import annotations

import statistics
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
from analogtheory.experiments.tightness_ratios import (
    FAMILIES,
    ROWS,
    SOURCES,
    Ratio,
    Setting,
    measure,
    ratios,
)

_NOISES = ("rademacher", "gaussian")
_STEPS = [float(f"{step:.3g}") for step in np.geomspace(0.002, 0.25, 9)]
_LINE = {"family": "linear", "tau": 1.0, "sigma": 0.2, "target": 0.15, "noise": "rademacher"}
INPUTS: dict[Size, dict[str, Any]] = {
    size: {
        "grid": size,
        "bounds": {row: {"label": ROWS[row], "source": SOURCES[row]} for row in ROWS},
        "families": list(FAMILIES),
        "noises": list(_NOISES),
        "line": {**_LINE, "alpha": _STEPS},
    }
    for size in ("quick", "full")
}


def compute(size: Size, progress: Progress) -> Data:
    """Ratios of the grid, one row each, and the looseness against α on one problem."""
    found = measure(size == "quick", lambda share: progress(0.95 * share))
    return {**as_arrays(found), **_against_step()}


def as_arrays(found: list[Ratio]) -> Data:
    """Columns by name; bounds, families and noises as their place in the inputs."""
    rows = list(ROWS)
    columns: dict[str, list[float]] = {
        "bound": [rows.index(r.bound) for r in found],
        "family": [list(FAMILIES).index(r.setting.family) for r in found],
        "noise": [_NOISES.index(r.setting.noise) for r in found],
        "proved": [r.proved for r in found],
        "exact": [r.exact for r in found],
        "error": [r.error for r in found],
        "looseness": [r.looseness for r in found],
    }
    for name in ("tau", "sigma", "target", "alpha"):
        columns[name] = [getattr(r.setting, name) for r in found]
    return {name: np.array(values, dtype=float) for name, values in columns.items()}


def _against_step() -> Data:
    """Rows: bounds; columns: α; NaN where a bound does not apply."""
    loose = np.full((len(ROWS), len(_STEPS)), np.nan)
    errors = np.zeros_like(loose)
    for column, alpha in enumerate(_STEPS):
        for ratio in ratios(Setting(**_LINE, alpha=alpha)):  # type: ignore[arg-type]
            row = list(ROWS).index(ratio.bound)
            loose[row, column] = ratio.looseness
            errors[row, column] = ratio.looseness * ratio.error / ratio.exact
    return {"step_alpha": np.array(_STEPS), "step_looseness": loose, "step_error": errors}


def table(data: Data) -> str:
    """Number of problems, least, median and largest looseness of each bound."""
    lines = [
        "| bound | source | problems | least | median | largest |",
        "|---|---|---:|---:|---:|---:|",
    ]
    for number, (row, label) in enumerate(ROWS.items()):
        values = sorted(data["looseness"][data["bound"] == number])
        if values:
            numbers = f"{values[0]:.3g} | {statistics.median(values):.3g} | {values[-1]:.4g}"
            lines.append(f"| {label} | {SOURCES[row]} | {len(values)} | {numbers} |")
    return "\n".join(lines) + "\n"


def tolerances(data: Data) -> dict[str, float | Array]:
    """Twice the errors of the exact values; rounding for the rest."""
    allowed: dict[str, float | Array] = {n: rounding(v, 10_000) for n, v in data.items()}
    relative = data["error"] / data["exact"]
    allowed["exact"] = 2 * data["error"] + rounding(data["exact"], 10_000)
    allowed["error"] = data["error"] + rounding(data["error"], 10_000)
    scale = rounding(1.0, 10_000) / data["exact"]  # an absolute error of the exact value
    allowed["looseness"] = data["looseness"] * (2 * relative + scale)
    allowed["step_error"] = data["step_error"] + 1e-8
    allowed["step_looseness"] = np.nan_to_num(2 * data["step_error"] + 1e-8)
    return allowed


def draw(data: Data) -> Any:
    """All problems; one problem against α."""
    from analogtheory.experiments.tightness_figure import draw as figure

    return figure(data)


EXPERIMENT = Experiment(
    name="tightness",
    title="How tight the proved bounds of stationary laws are",
    caption="Proved bound over exact stationary value (lower bounds: exact over bound), so that 1 "
    "is tight; exact values by solving for the stationary law. (a) All problems of the grid, "
    "f = (w − w*)²/2, one mark a problem, bars at the medians. Analog SGD: weighted error E[M f′²] "
    "(claims analog-sgd-weighted-bound and analog-sgd-weighted-bound-sharp), unweighted error "
    "(claims analog-sgd-upper-bound and analog-sgd-lower-bound), second moments on the instance "
    "with ±σ noise (claims rademacher-instance-crude-second-moment and "
    "rademacher-instance-second-moment). Residual Learning (RL): claim "
    "residual-learning-weighted-bound. (b) The same ratios against the step size α on one "
    "problem: linear device, τ = 1, noise ±0.2, w* = 0.15.",
    claims=(
        "analog-sgd-weighted-bound",
        "analog-sgd-weighted-bound-sharp",
        "analog-sgd-upper-bound",
        "analog-sgd-lower-bound",
        "rademacher-instance-crude-second-moment",
        "rademacher-instance-second-moment",
        "residual-learning-weighted-bound",
    ),
    inputs=INPUTS,
    compute=compute,
    draw=draw,
    tolerances=tolerances,
    table=table,
)

if __name__ == "__main__":
    run_module(EXPERIMENT)
