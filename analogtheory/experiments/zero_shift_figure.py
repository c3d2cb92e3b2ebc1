"""The figure of the zero-shifting experiment."""

from __future__ import annotations

from typing import Any

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

_LOOKS = ((RED, "^"), (BLUE, "o"), (GREEN, "s"))


def draw(data: Data, given: dict[str, Any]) -> Any:
    """Approach, residual, bound."""
    figure = new_figure(2.6)
    approach, residual, average = figure.subplots(1, 3)
    _approach(approach, data, given)
    _residual(residual, data, given)
    _average(average, data, given)
    return figure


def _approach(axes: Any, data: Data, given: dict[str, Any]) -> None:
    for row, (step, (colour, marker)) in enumerate(
        zip(given["shift"]["steps"], _LOOKS, strict=True)
    ):
        pulses = data["shift_pulses"][row]
        dots = slice(1, None, 3)
        axes.plot(pulses, data["shift_cell"][row], color=GREY, lw=0.5, alpha=0.6, zorder=1)
        axes.plot(pulses, data["shift_proved"][row], color=colour, zorder=3)
        points(
            axes, pulses[dots], data["shift_mean"][row][dots], data["shift_mean_half"][row][dots],
            colour, marker, ms=3.2, mew=0.8,
        )  # fmt: skip
        axes.plot(
            [], [], color=colour, marker=marker, mfc="white", mew=0.8, ms=3.5,
            label=rf"$\Delta={step:g}$",
        )  # fmt: skip
        count = data["shift_count"][row]
        axes.plot([count, count], [-0.16, given["goal"]], color=colour, lw=0.9, ls=":")
        axes.annotate(
            f"{count:.0f}", (count, -0.17), (-2, 0), textcoords="offset points", color=colour,
            fontsize=8, ha="right", va="bottom",
        )  # fmt: skip
    axes.axhline(0.0, color=BLACK, lw=0.6, zorder=0)
    axes.set(xscale="log", xlim=(1.8, 3200), ylim=(-0.18, 1.0))
    axes.set(xlabel="pulses", ylabel=r"weight $w/\tau$")
    axes.legend(loc="upper right", labelspacing=0.25, handletextpad=0.5)
    title(axes, "a", "alternating pulses, $s=0.3$")


def _residual(axes: Any, data: Data, given: dict[str, Any]) -> None:
    fine, steps = data["residual_fine"], data["residual_step"]
    looks = dict(zip(given["residual"]["alternating"], _LOOKS[::-1], strict=True))
    for name, line, filled in (("alternating", "-", True), ("random", "--", False)):
        for row, noise in enumerate(given["residual"][name]):
            colour, marker = looks[noise]
            face = {"mfc": colour} if filled else {}
            axes.plot(fine, data[f"{name}_proved"][row], color=colour, ls=line, lw=1.1)
            points(
                axes,
                steps,
                data[name][row],
                data[f"{name}_half"][row],
                colour,
                marker,
                ms=3.5,
                **face,
            )
    for noise, (colour, marker) in looks.items():
        axes.plot([], [], marker, color=colour, label=f"$s={noise:g}$")
    axes.plot([], [], color=GREY, label="alternating")
    axes.plot([], [], color=GREY, ls="--", lw=1.0, label="random")
    axes.set(xscale="log", yscale="log", xlim=(fine[0], fine[-1]), ylim=(1.5e-3, 1.4))
    axes.set_xticks([0.005, 0.01, 0.02, 0.05], ["0.005", "0.01", "0.02", "0.05"])
    axes.set_xticks([], minor=True)
    axes.set(xlabel=r"pulse size $\Delta/\tau$", ylabel=r"rms distance left / $\tau$")
    axes.legend(loc="upper left", ncols=2, labelspacing=0.2, handletextpad=0.5, columnspacing=1.2)
    title(axes, "b", "what is left")


def _average(axes: Any, data: Data, given: dict[str, Any]) -> None:
    for row, (step, (colour, marker)) in enumerate(
        zip(given["bound"]["steps"], _LOOKS[:2], strict=True)
    ):
        pulses = data["average_pulses"][row]
        axes.plot(pulses, data["average_proved"][row], color=colour, ls="--", lw=1.0)
        axes.plot(pulses, data["average_exact"][row], color=colour)
        axes.axhline(data["average_floor"][row], color=colour, ls=":", lw=1.0)
        points(
            axes, pulses[::2], data["average_simulated"][row][::2],
            data["average_simulated_half"][row][::2], colour, marker,
        )  # fmt: skip
        axes.plot(
            [], [], color=colour, marker=marker, mfc="white", mew=0.9,
            label=rf"$\Delta={step:g}$",
        )  # fmt: skip
    axes.plot([], [], color=GREY, ls="--", lw=1.0, label="upper bound")
    axes.plot([], [], color=GREY, ls=":", lw=1.0, label="stationary")
    axes.set(xscale="log", yscale="log", xlim=(0.8, None), ylim=(1.2e-3, 30))
    axes.set(xlabel="pulses $N$", ylabel=r"time average of $\mathrm{E}\,G^2$")
    axes.legend(loc="upper right", labelspacing=0.2, handletextpad=0.5, fontsize=7.5)
    title(axes, "c", "random signs, $c=0.3$")
