"""The figure of the dynamics over τ."""

from __future__ import annotations

from typing import Any

from analogtheory.experiments.core import Data
from analogtheory.experiments.look import (
    BLACK,
    BLUE,
    ORANGE,
    RED,
    new_figure,
    points,
    title,
)

_METHODS = {
    "pulsed": ("pulses", RED, "s"),
    "averaged": ("averaged dynamics", ORANGE, "^"),
    "digital": ("digital SGD", BLUE, "o"),
}


def draw(data: Data) -> Any:
    """A panel for each τ."""
    count = len(data["tau"])
    figure = new_figure(4.4 if count == 4 else 2.7)
    panels = figure.subplots(2 if count == 4 else 1, 2, sharex=True, sharey=True).ravel()
    for row, (axes, tau) in enumerate(zip(panels, data["tau"], strict=True)):
        _panel(axes, data, row)
        title(axes, "abcd"[row], rf"$\tau={tau:g}$")
        if row % 2 == 0:
            axes.set_ylabel("error $f/D$")
        if row >= count - 2:
            axes.set_xlabel("step $k$")
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=5, handletextpad=0.5)
    return figure


def _panel(axes: Any, data: Data, row: int) -> None:
    step = data["step"]
    dots = slice(0, None, 3)
    for method, (label, colour, marker) in _METHODS.items():
        number = 0 if method == "digital" else row
        axes.plot(step, data[f"{method}_path"][number], color=colour, lw=1.1)
        points(
            axes, step[dots], data[method][number][dots], data[f"{method}_half"][number][dots],
            colour, marker, ms=3.2, mew=0.8, label=label,
        )  # fmt: skip
    axes.axhline(data["bias"][row], color=BLACK, ls=":", lw=1.0, label="mean-field bias")
    axes.plot(
        [1.018], [data["limit"][row]], "<", color=BLACK, ms=5, clip_on=False, zorder=5,
        transform=axes.get_yaxis_transform(), ls="", label="its limit for $D\\to\\infty$",
    )  # fmt: skip
    axes.set(xscale="log", yscale="log", xlim=(0.9, 2900), ylim=(5e-5, 3e-2))
