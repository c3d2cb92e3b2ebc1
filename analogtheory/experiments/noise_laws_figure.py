"""The figure of the noise laws."""

from __future__ import annotations

from typing import Any

from analogtheory.experiments.core import Data
from analogtheory.experiments.look import BLUE, GREY, RED, new_figure, points, title

_LOOKS = ((BLUE, "o"), (RED, "^"))
_TITLES = (r"two values $\pm\sigma$", "Gaussian", "uniform", "skewed, two values")


def draw(data: Data, given: dict[str, Any]) -> Any:
    """One column a law: positions above, gaps below."""
    figure = new_figure(3.9)
    axes = figure.subplots(2, 4, sharex=True, sharey="row")
    for column, words in enumerate(_TITLES):
        axes[0, column].axhline(given["optimum"], color=GREY, lw=0.6, zorder=0)
        _positions(axes[0, column], data, column)
        _gaps(axes[1, column], data, column)
        title(axes[0, column], "abcd"[column], words)
        axes[1, column].set_xlabel(r"noise $\sigma$")
    axes[0, 0].set(ylabel=r"weight $w/\tau$", ylim=(0.0, 0.65), xlim=(0.0, 1.29))
    axes[0, 0].set_xticks([0.0, 0.5, 1.0], ["0", "0.5", "1"])
    axes[1, 0].set(ylabel="distance to the\nminimiser of $f_\\Sigma$", ylim=(-0.015, 0.27))
    _legend(figure)
    return figure


def _positions(axes: Any, data: Data, law: int) -> None:
    for row, (colour, marker) in enumerate(_LOOKS):
        axes.plot(data["noise_fine"], data["penalised"][law, row], "--", color=colour, lw=1.0)
        axes.plot(data["noise_fine"], data["root"][law, row], color=colour, lw=1.2)
        points(
            axes, data["noise"], data["simulated"][law, row], data["simulated_half"][law, row],
            colour, marker, ms=5,
        )  # fmt: skip
        axes.plot(data["noise"], data["exact"][law, row], ".", color="black", ms=3, zorder=6)


def _gaps(axes: Any, data: Data, law: int) -> None:
    axes.axhline(0.0, color=GREY, lw=0.6, zorder=0)
    for row, (colour, marker) in enumerate(_LOOKS):
        penalised = data["penalised"][law, row]
        axes.plot(data["noise_fine"], penalised - data["root"][law, row], color=colour, lw=1.2)
        if data["bound"][law, row].any():
            axes.plot(data["noise_fine"], data["bound"][law, row], ":", color=colour, lw=1.2)
        here = data["penalised_here"][law, row]
        points(
            axes, data["noise"], here - data["simulated"][law, row],
            data["simulated_half"][law, row], colour, marker, ms=5,
        )  # fmt: skip
        axes.plot(data["noise"], here - data["exact"][law, row], ".", color="black", ms=3, zorder=6)


def _legend(figure: Any) -> None:
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], color=GREY, ls="--", lw=1.0, label=r"minimiser of $f_\Sigma$"),
        Line2D([], [], color=GREY, lw=1.2, label="zero of the mean step"),
        Line2D([], [], color="black", marker=".", ms=4, ls="", label="exact mean"),
        Line2D([], [], color=GREY, ls=":", lw=1.2, label="bound"),
        *(
            Line2D([], [], color=colour, marker=marker, mfc="white", ms=4.5, label=label)
            for (colour, marker), label in zip(_LOOKS, ("linear, runs", "power, runs"), strict=True)
        ),
    ]
    figure.legend(
        handles=handles, loc="outside upper center", ncols=6, columnspacing=1.2, handletextpad=0.5,
    )  # fmt: skip
