"""The figure of the ablations."""

from __future__ import annotations

from typing import Any

from analogtheory.experiments.core import Data
from analogtheory.experiments.look import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PINK,
    RED,
    new_figure,
    points,
    title,
)

_LAWS = {"rademacher": (r"noise $\pm s$", RED, "s"), "gaussian": (r"noise $N(0,s^2)$", BLUE, "o")}
_STARTS = ((RED, "s"), (ORANGE, "^"), (GREEN, "D"), (BLUE, "o"), (PINK, "v"))


def draw(data: Data, given: dict[str, Any]) -> Any:
    """Range, noise, start."""
    figure = new_figure(3.0)
    reach, noise, start = figure.subplots(1, 3)
    _against(reach, data, "range")
    reach.set(xlabel=r"range $\tau$", ylabel=r"$\mathrm{E}\|\nabla f\|^2$ at rest")
    reach.set_xticks(data["range_place"], [f"{tau:g}" for tau in data["range_place"]])
    reach.set_xticks([], minor=True)
    reach.set_ylim(2e-4, 10)
    reach.legend(loc="upper right", labelspacing=0.2, handletextpad=0.5, fontsize=7.5)
    title(reach, "a", "range")
    _against(noise, data, "noise")
    noise.set(xlabel=r"noise $\sigma^2$", ylabel=r"$\mathrm{E}\|\nabla f\|^2$ at rest")
    title(noise, "b", "noise")
    _starts(start, data, given["start"])
    title(start, "c", "start")
    return figure


def _against(axes: Any, data: Data, name: str) -> None:
    place, fine = data[f"{name}_place"], data[f"{name}_fine"]
    axes.plot(
        place, data[f"{name}_upper"], color=GREY, marker="v", ms=3.5, label=r"upper, largest $W_d$"
    )
    axes.plot(
        place, data[f"{name}_upper_single"], color=BLACK, marker="v", ms=3.5,
        label="upper, by coordinates",
    )  # fmt: skip
    for law, (label, colour, marker) in _LAWS.items():
        axes.plot(fine, data[f"{name}_{law}_law"], color=colour, lw=0.9)
        points(
            axes, place, data[f"{name}_{law}"], data[f"{name}_{law}_half"], colour, marker,
            label=label,
        )  # fmt: skip
    axes.plot(fine, data[f"{name}_lower"], color=RED, ls="--", lw=1.1, label=r"lower, $\pm s$")
    axes.set(xscale="log", yscale="log", xlim=(fine[0], fine[-1]))


def _starts(axes: Any, data: Data, setting: dict[str, Any]) -> None:
    step, dots = data["start_step"], slice(1, None, 4)
    labels = [f"all {value:g}" for value in setting["everywhere"]]
    labels += [f"{number} digital" for number in setting["digital_steps"]] + ["at $W^*$"]
    for row, (label, (colour, marker)) in enumerate(zip(labels, _STARTS, strict=True)):
        axes.plot(step, data["start_path"][row], color=colour, lw=1.0)
        points(
            axes, step[dots], data["start"][row][dots], data["start_half"][row][dots], colour,
            marker, label=label, ms=3.2, mew=0.8,
        )  # fmt: skip
    axes.axhline(data["start_law"][0], color=BLACK, ls=":", lw=1.0)
    axes.set(xscale="log", yscale="log", xlim=(0.9, 1.1 * step[-1]), ylim=(1e-8, 4))
    axes.set(xlabel="step $k$", ylabel="error $f/D$")
    axes.legend(loc="upper right", labelspacing=0.2, handletextpad=0.3, fontsize=7.5)
