"""The figure of Tiki-Taka on asymmetric devices."""

from __future__ import annotations

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
    points,
    title,
)
from analogtheory.experiments.tiki_taka_asymmetry_theory import offset_of, up_down_of

_LABELS = (BLUE, SKY, ORANGE, RED)


def draw(data: Data, given: dict[str, Any]) -> Any:
    """Two rows of two."""
    figure = new_figure(5.2)
    axes = figure.subplots(2, 2)
    _runs(axes[0, 0], data, given)
    _left(axes[0, 1], data)
    _growth(axes[1, 0], data)
    _clean(axes[1, 1], data)
    return figure


def _runs(axes: Any, data: Data, given: dict[str, Any]) -> None:
    shown = data["step"] <= 1000
    step = data["step"][shown]
    for name, line in (("residual", "-"), ("sgd", "--")):
        for row, colour in enumerate(_LABELS):
            mean, half = data[name][row][shown], data[f"{name}_half"][row][shown]
            axes.fill_between(step, 10 ** (mean - half), 10 ** (mean + half), color=colour,
                              alpha=0.2, lw=0)  # fmt: skip
            axes.plot(step, 10**mean, line, color=colour, lw=1.2)
    for label, colour in zip(given["shown"], _LABELS, strict=True):
        axes.plot([], [], color=colour, label=rf"${label:g}$ ($c={offset_of(label):.3f}$)")
    axes.plot([], [], color=GREY, label="Residual Learning")
    axes.plot([], [], "--", color=GREY, label="Analog SGD")
    axes.set(yscale="log", xlim=(0, 1000), ylim=(2e-7, 3))
    axes.set(xlabel="batches $k$", ylabel="$f(W_k)/D$")
    axes.legend(loc="lower left", fontsize=7.5, labelspacing=0.2, handletextpad=0.5,
                title=r"label $c_{\rm Lin}$", title_fontsize=7.5)  # fmt: skip
    title(axes, "a", "least squares, by pulses")


def _left(axes: Any, data: Data) -> None:
    drawn = up_down_of(data["drawn_threshold"])
    axes.axvspan(drawn.min(), drawn.max(), color=GREEN, alpha=0.15, lw=0)
    limit = float(up_down_of(data["threshold"][0]))
    axes.axvline(limit, color=BLACK, lw=0.9, ls="--")
    for train, colour, marker, shift in (("8", RED, "o", -0.002), ("64", BLUE, "^", 0.002)):
        x, left = data[f"up_down_{train}"], data[f"left_{train}"]
        for column in left.T:
            axes.plot(x + shift, column, marker, color=colour, ms=3, mfc="white", mew=0.6)
        axes.plot(
            x + shift, np.median(left, axis=1), color=colour, lw=1.0, label=f"at most {train}"
        )
    axes.text(limit - 0.004, 3e-7, r"$c_{50}$", ha="right", va="bottom", fontsize=8)
    axes.set(yscale="log", xlim=(-0.01, 0.375), ylim=(2e-7, 5))
    axes.set(xlabel=r"label $c_{\rm Lin}$ of the script, up_down $u$", ylabel="$f(W)/D$ at the end")
    axes.legend(loc="center left", title="pulses of a train", title_fontsize=8, labelspacing=0.2)
    top = axes.secondary_xaxis("top", functions=(offset_of, up_down_of))
    top.set_xticks([0.0, 0.05, 0.1, 0.15, 0.2])
    top.set_xlabel(r"true $c=u/(2-u)$", fontsize=8)
    top.spines["top"].set_visible(True)
    title(axes, "b", "what is left")


def _growth(axes: Any, data: Data) -> None:
    axes.axhline(0.0, color=GREY, lw=0.8)
    axes.axvline(data["threshold"][0], color=BLACK, lw=0.9, ls="--")
    axes.text(data["threshold"][0] - 0.005, -0.93, r"$c_{50}=0.2199$", ha="right", fontsize=8)
    axes.plot(data["offset_fine"], data["growth_line"], color=ORANGE)
    axes.plot(data["offset_fine"], data["growth_residual_line"], color=BLUE)
    for row, colour, marker, label in (
        (0, ORANGE, "s", "Analog SGD"), (1, BLUE, "o", "Residual Learning"),
    ):  # fmt: skip
        half = data["growth_half"][row]
        points(axes, data["offset"], data["growth"][row], half, colour, marker, label=label)
    axes.set(xlim=(0, 0.4), ylim=(-1.05, 1.35))
    axes.set(xlabel=r"symmetric point $c=w^\diamond/\tau$", ylabel="growth rate near $W^*$")
    axes.legend(loc="upper left", handletextpad=0.3)
    title(axes, "c", "noise that vanishes at $W^*$: a threshold")


def _clean(axes: Any, data: Data) -> None:
    fine = data["clean_fine"]
    axes.plot(fine, data["clean_bound"], ":", color=BLUE, label="bound")
    axes.plot(fine, data["clean_tilt"], color=BLUE)
    axes.plot(fine, data["clean_sgd"], "--", color=ORANGE)
    x = data["clean_offset"]
    points(axes, x, np.abs(data["clean_simulated"]), data["clean_simulated_half"], BLUE, "o",
           ms=5, label="Residual Learning")  # fmt: skip
    axes.plot(
        x, np.abs(data["clean_exact"]), ".", color=BLACK, ms=3.5, zorder=6, label="exact mean"
    )
    axes.plot(x, np.abs(data["clean_sgd_exact"]), "s", color=ORANGE, ms=3.5, label="Analog SGD")
    axes.set(xlim=(-0.008, 0.42), ylim=(-0.008, 0.34))
    axes.set(
        xlabel=r"symmetric point $c=w^\diamond/\tau$", ylabel=r"$|\mathrm{E}\,\nabla f|$ at rest"
    )
    axes.legend(loc="upper left", handletextpad=0.4, labelspacing=0.25)
    title(axes, "d", "noise that stays: graded")
