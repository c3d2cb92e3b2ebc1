"""The figure of the tightness experiment: where the bounds are tight, and where loose."""

from __future__ import annotations

from typing import Any

import numpy as np

from analogtheory.experiments.core import Data
from analogtheory.experiments.look import new_figure, title
from analogtheory.experiments.tightness_ratios import FAMILIES, ROWS

#: Okabe-Ito colours and markers of the families.
_LOOKS = dict(
    zip(FAMILIES, (("#0072B2", "o"), ("#56B4E9", "s"), ("#D55E00", "^"), ("#009E73", "D")),
        strict=True)
)  # fmt: skip
#: Row of panel (a): label.
_LABELS = {
    "weighted": "SGD, $E[Mf'^2]$\nupper, from (72)",
    "sharp": "SGD, $E[Mf'^2]$\nupper, sharp",
    "remark-1": "SGD, $E f'^2$\nRemark 1, $M_{\\min}$",
    "lower": "SGD, $E f'^2$\nlower",
    "lower-step": "SGD, $E f'^2$\nlower, with $\\alpha$ term",
    "crude": "SGD, $E(W-w_S)^2$\n$\\leq 4\\alpha\\sigma^2/\\lambda$",
    "largest": "SGD, $E(W-w_S)^2$\nupper",
    "least": "SGD, $E(W-w_S)^2$\nlower",
    "residual": "RL, $E[M(P)f'^2]$\nupper",
}
#: Curve of panel (b): colour, line, label.
_LINES: dict[str, tuple[str, Any, str]] = {
    "crude": ("#000000", ":", r"$4\alpha\sigma^2/\lambda$"),
    "remark-1": ("#D55E00", "-.", "Remark 1"),
    "weighted": ("#0072B2", "-", "weighted (72)"),
    "sharp": ("#56B4E9", "--", "weighted, sharp"),
    "lower": ("#009E73", (0, (5, 1)), "lower"),
    "lower-step": ("#CC79A7", (0, (3, 1, 1, 1, 1, 1)), r"lower, with $\alpha$ term"),
}


def draw(data: Data) -> Any:
    """Clouds of all problems over curves of one problem."""
    figure = new_figure(6.6, "single")
    top, bottom = figure.subplots(2, 1, height_ratios=(1.75, 1))
    _clouds(top, data)
    _against_step(bottom, data)
    return figure


def _clouds(axes: Any, data: Data) -> None:
    """One row a bound, one lane a family, one mark a problem; a bar at the median."""
    numbers = {row: number for number, row in enumerate(ROWS)}
    rows = [row for row in _LABELS if np.any(data["bound"] == numbers[row])][::-1]
    for place, row in enumerate(rows):
        here = data["bound"] == numbers[row]
        middle = float(np.median(data["looseness"][here]))
        axes.plot([middle, middle], [place - 0.42, place + 0.42], color="k", lw=1.3, zorder=3)
        if place % 2:
            axes.axhspan(place - 0.5, place + 0.5, color="0.96", lw=0, zorder=0)
        for lane, (colour, marker) in enumerate(_LOOKS.values()):
            own = data["looseness"][here & (data["family"] == lane)]
            height = [place + 0.3 - 0.2 * lane] * len(own)
            axes.plot(own, height, marker, color=colour, ms=3.2, mew=0, alpha=0.6, ls="")
    axes.axvline(1.0, color="0.4", lw=1.0, zorder=1)
    title(axes, "a", "all problems of the grid")
    axes.set_xscale("log")
    axes.set_xlabel("bound / exact  (lower bounds: exact / bound)", fontsize=8)
    axes.set_ylim(-0.5, len(rows) - 0.5)
    axes.set_yticks(range(len(rows)), [_LABELS[row] for row in rows], fontsize=7)
    axes.tick_params(axis="y", length=0)
    axes.tick_params(axis="x", labelsize=7.5)
    axes.grid(axis="y", visible=False)
    for family, (colour, marker) in _LOOKS.items():
        axes.plot([], [], marker, color=colour, ms=4, mew=0, ls="", label=family)
    axes.plot([], [], "|", color="k", ms=8, mew=1.3, label="median")
    axes.legend(
        loc="lower center", bbox_to_anchor=(0.38, 1.07), ncols=3, fontsize=6.8,
        handletextpad=0.1, columnspacing=0.8, borderaxespad=0.0,
    )  # fmt: skip


def _against_step(axes: Any, data: Data) -> None:
    """Looseness against α on one problem."""
    for number, row in enumerate(ROWS):
        loose = data["step_looseness"][number]
        if row in _LINES and np.isfinite(loose).any():
            colour, line, label = _LINES[row]
            axes.plot(data["step_alpha"], loose, ls=line, color=colour, label=label)
    axes.axhline(1.0, color="0.4", lw=1.0)
    title(axes, "b", r"linear, $\varepsilon=\pm 0.2$, $w^*=0.15$, $\tau=1$")
    axes.set(xscale="log", yscale="log", ylim=(0.9, 40.0))
    axes.set_xlabel(r"step size $\alpha$  (in units of $1/L$)", fontsize=8)
    axes.set_ylabel("ratio, as in (a)", fontsize=8)
    axes.set_yticks([1, 2, 5, 10, 20], ["1", "2", "5", "10", "20"])
    axes.minorticks_off()
    axes.tick_params(labelsize=7.5)
    axes.legend(fontsize=6.8, loc="upper center", ncols=2, columnspacing=1.0, borderaxespad=0.2)
