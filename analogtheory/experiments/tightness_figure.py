"""The figure of the tightness experiment: where the bounds are tight, and where loose."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from analogtheory.experiments.tightness import FAMILIES, ROWS, Ratio, Setting, ratios
from analogtheory.report.style import style

#: Okabe-Ito colours and markers of the families.
_LOOKS = dict(
    zip(FAMILIES, (("#0072B2", "o"), ("#56B4E9", "s"), ("#D55E00", "^"), ("#009E73", "D")),
        strict=True)
)  # fmt: skip
#: Bounds drawn against the step size, with colour and line.
_LINES = {
    "weighted": ("#0072B2", "-"),
    "sharp": ("#56B4E9", "--"),
    "remark-1": ("#D55E00", "-."),
    "crude": ("#000000", ":"),
    "lower": ("#009E73", (0, (5, 1))),
}
_SHORT = {
    "weighted": "weighted, (72)",
    "sharp": "weighted, sharp",
    "remark-1": "Remark 1",
    "crude": r"$4\alpha\sigma^2/\lambda$",
    "lower": "lower bound",
}


def draw(found: Sequence[Ratio], folder: Path) -> None:
    """Write tightness.pdf and tightness.png into a folder."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with style():
        figure = Figure(figsize=(7.2, 3.6), layout="constrained")
        FigureCanvasAgg(figure)
        left, right = figure.subplots(1, 2, width_ratios=(1.35, 1))
        _clouds(left, found)
        _against_step(right)
        figure.savefig(folder / "tightness.png", dpi=200)
        figure.savefig(folder / "tightness.pdf", metadata={"CreationDate": None})


def _clouds(axes: Any, found: Sequence[Ratio]) -> None:
    """One row a bound, one mark a problem, one lane a family; a bar at the median."""
    rows = [row for row in ROWS if any(ratio.bound == row for ratio in found)]
    families = list(_LOOKS)
    for place, row in enumerate(reversed(rows)):
        values = [ratio.looseness for ratio in found if ratio.bound == row]
        axes.plot(
            [np.median(values)] * 2, [place - 0.42, place + 0.42], color="k", lw=1.4, zorder=3
        )
        for lane, family in enumerate(families):
            own = [r.looseness for r in found if r.bound == row and r.setting.family == family]
            colour, marker = _LOOKS[family]
            height = place + 0.3 - 0.2 * lane
            axes.plot(
                own, [height] * len(own), marker, color=colour, ms=3, mew=0, alpha=0.55, ls="",
            )  # fmt: skip
    axes.axvline(1.0, color="0.4", lw=1.0)
    axes.set(
        xscale="log", xlabel="looseness: bound / exact (or exact / bound)", ylim=(-0.6, None),
        title="(a) every bound on the grid",
    )  # fmt: skip
    axes.set_yticks(range(len(rows)), [ROWS[row] for row in reversed(rows)], fontsize=7.5)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y", visible=False)
    for family, (colour, marker) in _LOOKS.items():
        axes.plot([], [], marker, color=colour, ms=4, mew=0, ls="", label=family)
    axes.plot([], [], "|", color="k", ms=9, mew=1.4, label="median")
    axes.legend(loc="upper right", fontsize=7, handletextpad=0.2, borderaxespad=0.1)


def _against_step(axes: Any) -> None:
    """Looseness against α: linear device, noise ±0.2, w* = 0.4, τ = 1."""
    steps = np.geomspace(0.001, 0.25, 17)
    curves: dict[str, list[tuple[float, float]]] = {row: [] for row in _LINES}
    for alpha in steps:
        alpha = float(f"{alpha:.4g}")
        for ratio in ratios(Setting("linear", 1.0, 0.2, 0.15, alpha, "rademacher")):
            if ratio.bound in curves:
                curves[ratio.bound].append((alpha, ratio.looseness))
    for row, (colour, line) in _LINES.items():
        if curves[row]:
            axes.plot(*zip(*curves[row], strict=True), ls=line, color=colour, label=_SHORT[row])
    axes.axhline(1.0, color="0.4", lw=1.0)
    axes.set(
        xscale="log", yscale="log", xlabel=r"step size $\alpha$ (in units of $1/L$)",
        ylabel="looseness", title=r"(b) linear, $\sigma = 0.2$, $w^* = 0.15$, $\tau = 1$",
    )  # fmt: skip
    axes.legend(fontsize=7, loc="best")
