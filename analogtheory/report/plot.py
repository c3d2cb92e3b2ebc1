"""One picture of a report: the device, its two parts, and what they do to the objective."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from analogtheory.errors import InputError
from analogtheory.report.style import COLOURS, style

if TYPE_CHECKING:
    from analogtheory.verdicts import CheckReport


def draw(report: CheckReport, path: str) -> None:
    """Draw q±, F and G, and the objective with its implicit penalty into a file.

    Parameters
    ----------
    report : CheckReport
    path : str
        Ends in .png, .pdf or .svg.

    Raises
    ------
    InputError
        If the file cannot be written.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with style():
        figure = Figure(figsize=(10.0, 3.3), layout="constrained")
        FigureCanvasAgg(figure)
        left, middle, right = figure.subplots(1, 3)
        _responses(left, report)
        _parts(middle, report)
        _objective(right, report)
        try:
            figure.savefig(path)
        except OSError as problem:
            raise InputError(f"--plot {path}: cannot be written ({problem.strerror})") from problem


def _grid(report: CheckReport) -> np.ndarray:
    return np.linspace(*report.problem.response.range, 401)


def _responses(axes: Any, report: CheckReport) -> None:
    response, w = report.problem.response, _grid(report)
    axes.plot(w, response.q_up(w), color=COLOURS["up"], label="$q_+$ (up)")
    axes.plot(w, response.q_down(w), color=COLOURS["down"], label="$q_-$ (down)")
    if report.fit is not None:
        shift = report.fit.response.range[0] - response.range[0]  # a reference was subtracted
        up_low, up_high, down_low, down_high = report.fit.band(w + shift)
        axes.fill_between(w, up_low, up_high, color=COLOURS["up"], alpha=0.2, lw=0)
        axes.fill_between(w, down_low, down_high, color=COLOURS["down"], alpha=0.2, lw=0)
    axes.set(title=response.name, xlabel="weight $w$", ylabel=r"step / $\Delta w_{\min}$")
    axes.legend()


def _parts(axes: Any, report: CheckReport) -> None:
    response, w = report.problem.response, _grid(report)
    axes.plot(w, response.F(w), color=COLOURS["F"], label="$F$ (symmetric)")
    axes.plot(w, response.G(w), color=COLOURS["G"], label="$G$ (asymmetric)")
    axes.axhline(0.0, color="0.7", lw=0.8, zorder=0)
    points = [p for p in response.symmetric_points if p.kind == "simple"]
    for index, point in enumerate(points):
        label = "symmetric point" if index == 0 else None
        axes.plot(point.value, 0.0, "o", color="k", ms=5, label=label)
    axes.set(title="symmetric and asymmetric part", xlabel="weight $w$")
    axes.legend()


def _objective(axes: Any, report: CheckReport) -> None:
    problem, w = report.problem, _grid(report)
    values = problem.objective.value(w)
    axes.plot(w, values, color=COLOURS["objective"], label="$f$")
    penalised = values
    if report.analog.penalised_minimiser is not None:
        penalised = values + problem.noise.mean_abs * problem.response.R_c(w)
        axes.plot(w, penalised, color=COLOURS["penalised"], label=r"$f + \Sigma R_c$")
    height = float(np.ptp(np.concatenate([values, penalised]))) or 1.0
    base = float(min(values.min(), penalised.min()))
    mean = report.analog.law.expectation(report.analog.dynamics.mixed_weight)
    target = report.analog.penalised_minimiser
    marks = (
        ("minimiser $w^*$", problem.objective.minimiser, "o", COLOURS["objective"]),
        (r"argmin $f_\Sigma$", target and target.value, "s", COLOURS["penalised"]),
        ("mean-field root", report.analog.mean_field_root, "D", COLOURS["root"]),
        ("exact mean", mean and mean.value, "x", "k"),
    )
    for row, (label, place, marker, colour) in enumerate(marks):
        if place is not None:
            y = base - 0.06 * height * (row + 1)
            axes.plot([place, place], [y, base], color=colour, lw=0.8, ls=":")
            axes.plot(place, y, marker, color=colour, ms=5, label=label, mew=1.4)
    axes.set(title="objective and implicit penalty", xlabel="weight $w$", ylabel="objective")
    axes.legend()
