"""The figure of the implicit-cost experiment."""

from __future__ import annotations

from typing import Any

import numpy as np

from analogtheory.experiments.core import Data
from analogtheory.experiments.look import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    RED,
    new_figure,
    points,
    title,
)

#: Colours and markers of κ in (b), and of the starts in (c).
_LOOKS = ((GREEN, "s"), (BLUE, "o"), (RED, "^"))


def draw(data: Data, given: dict[str, Any]) -> Any:
    """Cost curves, rest points, trajectories."""
    figure = new_figure(2.55)
    costs, rests, plane = figure.subplots(1, 3, width_ratios=(1, 1, 1.05))
    _costs(costs, data)
    _rests(rests, data, given)
    _plane(plane, data, given)
    return figure


def _costs(axes: Any, data: Data) -> None:
    w, objective = data["curve_weight"], data["curve_objective"]
    total, ridge = objective + data["curve_implicit"], objective + data["curve_ridge"]
    axes.plot(w, objective, color=BLACK, ls=(0, (1, 1)), label="objective $f$")
    axes.plot(
        w, data["curve_implicit"], color=BLUE, ls=(0, (6, 1, 1, 1)), label="implicit cost $I$"
    )
    axes.plot(w, total, color=RED, label="$V=f+I$")
    axes.plot(w, ridge, color=GREY, ls="--", lw=1.0, label="$f$ + ridge")
    for place, curve, colour, marker in (
        (data["curve_rest"][0], total, RED, "o"),
        (data["curve_ridge_rest"][0], ridge, GREY, "D"),
        (0.5, objective, BLACK, "v"),
    ):
        height = float(np.interp(place, w, curve))
        axes.plot(place, height, marker, color=colour, ms=4.2, mec="white", mew=0.5, zorder=5)
    rest = data["curve_rest"][0]
    low = float(np.interp(rest, w, total))
    axes.annotate("$w_0$", (rest, low), (0, 5), textcoords="offset points", ha="center", color=RED)
    axes.annotate(
        r"$w_{\rm opt}$", (0.5, 0.0), (0, 6), textcoords="offset points", ha="center", color=BLACK
    )
    axes.set(xlabel="weight $w$", ylabel="cost", xlim=(w[0], w[-1]), ylim=(-0.012, 0.42))
    axes.legend(loc="upper center", ncols=2, columnspacing=0.9, handletextpad=0.5, fontsize=7.5)
    title(axes, "a", r"$\kappa=1.66$, $s=0.3$")


def _rests(axes: Any, data: Data, given: dict[str, Any]) -> None:
    fine = data["noise_fine"]
    for row, (kappa, (colour, marker)) in enumerate(zip(given["kappas"], _LOOKS, strict=True)):
        axes.fill_between(fine, data["low"][row], data["high"][row], color=colour, alpha=0.22, lw=0)
        axes.plot(fine, data["ridge"][row], color=colour, ls="--", lw=0.9)
        axes.plot(fine, data["root"][row], color=colour)
        points(axes, data["noise"], data["mean"][row], data["mean_half"][row], colour, marker)
        axes.plot(
            [], [], color=colour, marker=marker, mfc="white", mew=0.9, label=rf"$\kappa={kappa:g}$"
        )
    axes.plot([], [], color=GREY, ls="--", lw=0.9, label="ridge $w_R$")
    axes.set(xlabel="noise $s$", ylabel="rest point of Analog SGD")
    axes.set(xlim=(0, fine[-1]), ylim=(0.1, 0.52))
    axes.legend(loc="lower left", handletextpad=0.5, labelspacing=0.25)
    title(axes, "b", "simulated and proved")


def _plane(axes: Any, data: Data, given: dict[str, Any]) -> None:
    for row, (colour, marker) in enumerate(_LOOKS):
        (a, c), (x, y) = data["flow"][row], data["descent"][row]
        axes.plot(*data["descent_run"][row], color=GREY, lw=0.6, alpha=0.7, zorder=1)
        axes.plot(a, c, color=colour, zorder=3)
        dots = slice(0, None, 5)
        half = data["descent_half"][row][:, dots]
        points(axes, x[dots], y[dots], half[1], colour, marker, xerr=half[0], ms=3.2, mew=0.8)
        axes.plot(a[0], c[0], marker, color=colour, ms=5, zorder=6)
    optimum = given["optimum"]
    axes.axhline(optimum, color=BLACK, lw=0.6, ls=":", zorder=0)
    axes.axvline(0.0, color=BLACK, lw=0.6, ls=":", zorder=0)
    axes.plot(0.0, optimum, "*", color=BLACK, ms=8, mec="white", mew=0.5, zorder=7)
    axes.plot(
        0.0, data["descent_sgd_rest"][0], "X", color=BLACK, ms=7, mec="white", mew=0.6, zorder=7
    )
    axes.annotate(
        "SGD rests",
        (0.0, data["descent_sgd_rest"][0]),
        (5, -9),
        textcoords="offset points",
        fontsize=8,
    )
    axes.set(xlabel="fast array $A$", ylabel="slow array $C$")
    title(axes, "c", r"Tiki-Taka, $\star=(0, w_{\rm opt})$")
