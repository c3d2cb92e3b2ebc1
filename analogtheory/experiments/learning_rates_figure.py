"""The figure of the learning-rate experiment."""

from __future__ import annotations

from typing import Any

from analogtheory.experiments.core import Data
from analogtheory.experiments.look import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    RED,
    new_figure,
    points,
    title,
)

_RATES = (RED, ORANGE, GREEN, BLUE)
_METHODS = {
    "samples": ("analog, sample by sample", RED, "s"),
    "vector": ("analog, one vector a step", ORANGE, "^"),
    "digital": ("digital", BLUE, "o"),
}


def draw(data: Data) -> Any:
    """Curves; late errors against the learning rate."""
    figure = new_figure(2.9)
    curves, late = figure.subplots(1, 2, width_ratios=(1.15, 1))
    _curves(curves, data)
    _late(late, data)
    return figure


def _curves(axes: Any, data: Data) -> None:
    step, dots = data["step"], slice(1, None, 4)
    for method, dash in (("digital", "--"), ("samples", "-")):
        for row, mean in enumerate(data[method]):
            rate, colour, marker = data["lr"][row], _RATES[row], _METHODS[method][2]
            axes.plot(step, data[f"{method}_path"][row], color=colour, lw=1.0, ls=dash)
            points(
                axes, step[dots], mean[dots], data[f"{method}_half"][row][dots], colour, marker,
                ms=3, mew=0.7,
            )  # fmt: skip
            if method == "digital":
                axes.plot([], [], color=colour, lw=2, label=rf"$\alpha={rate:g}$")
    looks = {"color": GREY, "lw": 1.0, "mfc": "white", "mew": 0.7, "ms": 3}
    axes.plot([], [], marker="s", label="analog, sample by sample", **looks)
    axes.plot([], [], marker="o", ls="--", label="digital", **looks)
    axes.set(xscale="log", yscale="log", xlim=(0.9, 1.1 * step[-1]), ylim=(8e-9, 0.3))
    axes.set(xlabel="step $k$", ylabel="error $f/D$")
    axes.legend(loc="lower left", labelspacing=0.2)
    title(axes, "a", "error against step")


def _late(axes: Any, data: Data) -> None:
    for method, (label, colour, marker) in _METHODS.items():
        axes.plot(data["fine"], data[f"{method}_law"], color=colour, lw=1.2)
        points(
            axes, data["lr"], data[f"{method}_late"], data[f"{method}_late_half"], colour, marker,
            label=label,
        )  # fmt: skip
        if method != "digital":
            axes.axhline(data[f"{method}_bias"][0], color=colour, ls="--", lw=0.9)
    axes.plot([], [], color=BLACK, ls="--", lw=0.9, label="bias of the mean field")
    axes.set(
        xscale="log", yscale="log", xlim=(data["fine"][0], data["fine"][-1]), ylim=(3e-9, 8e-5)
    )
    axes.set_xticks(data["lr"], [f"{rate:g}" for rate in data["lr"]])
    axes.set_xticks([], minor=True)
    axes.set(xlabel=r"learning rate $\alpha$", ylabel="stationary error $f/D$")
    axes.legend(loc="upper left", labelspacing=0.25, handletextpad=0.5)
    title(axes, "b", "what is left")
