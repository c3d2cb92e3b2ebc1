"""The figure of bounds and exact error against noise, range and minimiser."""

from __future__ import annotations

from typing import Any

from analogtheory.experiments.core import Data
from analogtheory.experiments.look import BLACK, BLUE, GREEN, GREY, PINK, RED, new_figure, title

#: Axis: panel, label, what it is called.
_AXES = {
    "sigma": ("a", r"noise $\sigma$", "noise"),
    "tau": ("b", r"range $\tau$", "range"),
    "w_star": ("c", r"minimiser $w^*$", "minimiser"),
}
_TICKS = {"sigma": [0.1, 0.3, 1, 3], "tau": [0.3, 1, 3, 10], "w_star": [0.01, 0.1, 1]}


def draw(data: Data, given: dict[str, Any]) -> Any:
    """One column an axis; errors above, ratios below."""
    figure = new_figure(4.0)
    axes = figure.subplots(2, 3, sharex="col", sharey="row", height_ratios=(1.5, 1))
    for column, (name, (letter, label, words)) in enumerate(_AXES.items()):
        top, bottom = axes[:, column]
        _errors(top, data, name)
        _ratios(bottom, data, name)
        for panel in (top, bottom):
            panel.axvline(given["base"][name], color=GREY, lw=0.6, zorder=0)
        title(top, letter, f"against the {words}")
        bottom.set(xscale="log", xlabel=label)
        bottom.set_xticks(_TICKS[name], [f"{x:g}" for x in _TICKS[name]])
        bottom.minorticks_off()
    axes[0, 0].set(ylabel=r"stationary $\mathrm{E}\,f^\prime(w)^2$", yscale="log")
    axes[0, 0].set_ylim(5e-6, 3.0)
    axes[1, 0].set(ylabel="ratio to exact", yscale="log", ylim=(0.85, 60))
    axes[1, 0].set_yticks([1, 3, 10, 30], ["1", "3", "10", "30"])
    handles, labels = axes[0, 0].get_legend_handles_labels()
    more, words = axes[1, 0].get_legend_handles_labels()
    figure.legend(handles + more, labels + words, loc="outside upper center", ncols=5,
                  columnspacing=1.3)  # fmt: skip
    return figure


def _errors(axes: Any, data: Data, name: str) -> None:
    x = data[name]
    axes.plot(x, data[f"{name}_exact"], color=BLACK, lw=2.0, label="exact")
    axes.plot(x, data[f"{name}_remark_1"], "-.", color=RED, label="upper")
    axes.plot(x, data[f"{name}_lower"], "--", color=GREEN, label="lower")
    axes.plot(x, data[f"{name}_lower_step"], ":", color=PINK, lw=1.8,
              label=r"lower, with $\alpha$ term")  # fmt: skip


def _ratios(axes: Any, data: Data, name: str) -> None:
    x, exact = data[name], data[f"{name}_exact"]
    axes.axhline(1.0, color=BLACK, lw=1.2)
    axes.plot(x, data[f"{name}_remark_1"] / exact, "-.", color=RED)
    axes.plot(x, exact / data[f"{name}_lower"], "--", color=GREEN)
    axes.plot(x, exact / data[f"{name}_lower_step"], ":", color=PINK, lw=1.8)
    axes.plot(x, data[f"{name}_weighted"], color=BLUE, label="upper, weighted by $M$")
