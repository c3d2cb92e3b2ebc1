"""The figure of the runtime model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from analogtheory.experiments.core import Data
from analogtheory.experiments.look import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    RED,
    SKY,
    new_figure,
    title,
)

_PARTS = (BLUE, ORANGE, SKY, RED)
_METHODS = ((BLACK, "v"), (RED, "^"), (GREEN, "s"), (BLUE, "o"), (GREY, "D"))
#: Where the bar of mixed precision is cut, and where the axis ends.
_CUT, _END = 250.0, 345.0


def draw(
    data: Data, scenarios: Sequence[str], methods: Mapping[str, Any], parts: Sequence[str]
) -> Any:
    """Stacked bars of the scenarios; totals against N."""
    labels = [method.label for method in methods.values()]
    figure = new_figure(3.5)
    bars, curves = figure.subplots(1, 2, width_ratios=(1.45, 1))
    _bars(bars, data, scenarios, labels)
    for part, colour in zip(parts, _PARTS, strict=True):
        bars.barh([0], [0], color=colour, label=part)
    handles, names = bars.get_legend_handles_labels()
    _curves(curves, data, labels)
    figure.legend(handles, names, loc="outside lower left", ncols=4, columnspacing=1.4)
    return figure


def _bars(axes: Any, data: Data, scenarios: Sequence[str], labels: Sequence[str]) -> None:
    ticks, texts = [], []
    for group, name in enumerate(scenarios):
        top = group * (len(labels) + 1.7)
        mixed = data["parts"][group, -1].sum()
        for row, label in enumerate(labels):
            _bar(axes, top + row, data["parts"][group, row], mixed)
            ticks.append(top + row)
            texts.append(label)
        axes.text(3, top - 1.0, name, fontsize=8.5, va="center")
    axes.set_yticks(ticks, texts, fontsize=7.5)
    axes.tick_params(axis="y", length=0)
    axes.set_xticks(np.arange(0, 251, 50))
    axes.set(xlim=(0, _END), ylim=(ticks[-1] + 0.7, -1.7), xlabel="time of one update (ns)")
    title(axes, "a", "parts of the time, $N=512$")


def _bar(axes: Any, y: float, parts: Any, mixed: float) -> None:
    """One stacked bar; a bar beyond the axis is cut, with a gap that says so."""
    left, total = 0.0, float(parts.sum())
    for part, colour in zip(parts, _PARTS, strict=True):
        shown = max(0.0, min(part, _CUT - left))
        axes.barh(y, shown, left=left, color=colour, height=0.78)
        left += shown
    if total > _CUT:
        axes.plot([_CUT - 16, _CUT - 10], [y + 0.6, y - 0.6], color="white", lw=2.5, zorder=3)
    ratio = f" (mixed: {mixed / total:.0f}×)" if total < mixed else ""
    axes.text(left + 3, y, f"{total:.0f} ns{ratio}", fontsize=7, va="center")


def _curves(axes: Any, data: Data, labels: Sequence[str]) -> None:
    sizes = data["sizes"]
    for row, (label, (colour, marker)) in enumerate(zip(labels, _METHODS, strict=True)):
        axes.plot(
            sizes, data["totals"][row], marker=marker, color=colour, mfc="white", mew=0.9,
            label=label,
        )  # fmt: skip
    axes.set(xscale="log", yscale="log", xlabel="rows and columns $N$")
    axes.set_ylabel("time of one update (ns)")
    axes.set_xticks(sizes[::2], [f"{n:.0f}" for n in sizes[::2]])
    axes.set_xticks([], minor=True)
    axes.set_ylim(15, float(np.max(data["totals"])) * 2)
    axes.legend(loc="upper left", labelspacing=0.25)
    title(axes, "b", "$l=5$, $n_s=2$")
