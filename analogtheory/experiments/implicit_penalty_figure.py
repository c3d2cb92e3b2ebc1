"""The figure of the implicit penalty."""

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
    PINK,
    RED,
    SKY,
    new_figure,
    title,
)

_NOISE_LOOKS = ((BLACK, "-"), (SKY, "-"), (RED, "-"), (PINK, "-"))
_DEVICE_LOOKS = ((RED, "-"), (BLUE, "--"), (GREEN, "-."))
_DEVICE_LABELS = ("linear", "power", "exponential")
#: Labels that would meet their neighbour, moved.
_LIFT = {"power": 0.02, "exponential": -0.02}


def draw(data: Data, given: dict[str, Any]) -> Any:
    """One large panel, two small ones."""
    figure = new_figure(3.5)
    grid = figure.add_gridspec(2, 2, width_ratios=(1.45, 1))
    _main(figure.add_subplot(grid[:, 0]), data, given)
    noise = figure.add_subplot(grid[0, 1])
    _noises(noise, data)
    _devices(figure.add_subplot(grid[1, 1], sharex=noise), data)
    return figure


def _value(data: Data, penalty: Any, w: float) -> float:
    return float(np.interp(w, data["weight"], data["objective"] + penalty))


def _main(axes: Any, data: Data, given: dict[str, Any]) -> None:
    w, f = data["weight"], data["objective"]
    row = given["noises"].index(given["noise"])
    penalty = data["noise_penalty"][row]
    minimiser, mean = data["noise_minimiser"][row], data["noise_mean"][row]
    optimum = given["optimum"]
    height = 0.16 / data["density"].max()
    axes.fill_between(
        data["density_weight"], -0.2, data["density"] * height - 0.2, color=GREY, lw=0, alpha=0.45
    )
    axes.fill_between(w, 0, penalty, color=ORANGE, alpha=0.28, lw=0)
    axes.plot(w, penalty, color=ORANGE, lw=1.0)
    axes.plot(w, f, color=BLACK)
    axes.plot(w, f + penalty, color=RED, lw=1.8)
    axes.axhline(0.0, color=GREY, lw=0.6)
    top = _value(data, penalty, minimiser)
    axes.plot([mean, mean], [-0.2, _value(data, penalty, mean)], color=BLACK, ls=":", lw=0.9)
    axes.plot(optimum, 0.0, "o", color=BLACK, ms=6, zorder=5)
    axes.plot(minimiser, top, "s", color=RED, ms=6, zorder=5)
    axes.plot(mean, -0.2 + 0.018, "X", color=BLACK, ms=6.5, mec="white", mew=0.6, zorder=6,
              clip_on=False)  # fmt: skip
    axes.plot(0.0, 0.0, "^", color=ORANGE, ms=5.5, zorder=5)
    axes.annotate(
        "", (minimiser + 0.02, 0.2), (optimum, 0.2),
        arrowprops={"arrowstyle": "-|>", "color": RED, "lw": 1.4},
    )  # fmt: skip
    axes.text(optimum + 0.01, 0.2, "pulled", color=RED, fontsize=8.5, va="center")
    dark = {ORANGE: "#9A6A00", GREY: "#5A5A5A"}  # text of a pale colour
    for x, y, words, colour, place in (
        (0.06, 0.17, "objective $f$", BLACK, "center"),
        (0.17, 0.27, r"$f_\Sigma=f+\Sigma R_c$", RED, "left"),
        (-0.24, 0.05, r"penalty $\Sigma R_c$", ORANGE, "left"),
        (0.0, -0.035, r"symmetric point $w^\diamond$", ORANGE, "center"),
        (optimum, -0.035, "$w^*$", BLACK, "center"),
        (0.28, -0.14, "stationary law", GREY, "center"),
    ):
        axes.text(x, y, words, color=dark.get(colour, colour), fontsize=8.5, ha=place, va="center")
    for marker, colour, words in (
        ("o", BLACK, "minimiser of $f$"),
        ("s", RED, r"minimiser of $f_\Sigma$"),
        ("X", BLACK, "exact mean"),
    ):
        axes.plot([], [], marker, color=colour, label=words, ls="")
    axes.set(xlim=(-0.25, 0.98), ylim=(-0.2, 0.56), yticks=[0.0, 0.2, 0.4])
    axes.set(xlabel=r"weight $w/\tau$", ylabel="objective")
    axes.legend(loc="upper right", labelspacing=0.3, handletextpad=0.3, borderaxespad=0.0)
    title(axes, "a", rf"a linear device bends $f$, $\sigma={given['noise']:g}$")


def _noises(axes: Any, data: Data) -> None:
    for row, (colour, line) in enumerate(_NOISE_LOOKS):
        label = rf"$\sigma={data['noise'][row]:g}$"
        _bent(axes, data, "noise", row, colour, line, label)
    axes.set(ylabel=r"$f_\Sigma$", ylim=(-0.03, 0.45), xlim=(0.0, 1.32))
    axes.set(xticks=[0.0, 0.2, 0.4, 0.6, 0.8, 1.0], yticks=[0.0, 0.2, 0.4])
    axes.tick_params(labelbottom=False)
    title(axes, "b", "more noise bends it more")


def _devices(axes: Any, data: Data) -> None:
    w, f = data["weight"], data["objective"]
    axes.plot(w, f, color=BLACK, lw=1.0)
    axes.text(1.0, f[-1], "$f$ alone", fontsize=8, va="center")
    axes.plot(0.8, 0.0, "o", color=BLACK, ms=5, zorder=5)
    for row, ((colour, line), label) in enumerate(zip(_DEVICE_LOOKS, _DEVICE_LABELS, strict=True)):
        _bent(axes, data, "device", row, colour, line, label)
    axes.set(xlabel=r"weight $w/\tau$", ylabel=r"$f_\Sigma$", ylim=(-0.03, 0.45))
    axes.set_yticks([0.0, 0.2, 0.4])
    title(axes, "c", "so do other devices")


def _bent(axes: Any, data: Data, name: str, row: int, colour: str, line: str, label: str) -> None:
    penalty = data[f"{name}_penalty"][row]
    minimiser, mean = data[f"{name}_minimiser"][row], data[f"{name}_mean"][row]
    total = data["objective"] + penalty
    axes.plot(data["weight"], total, line, color=colour)
    axes.text(1.0, total[-1] + _LIFT.get(label, 0.0), label, color=colour, fontsize=8, va="center")
    if name == "noise" and not data["noise"][row]:
        axes.plot(minimiser, 0.0, "o", color=colour, ms=5, zorder=5)
        return
    axes.plot(minimiser, _value(data, penalty, minimiser), "s", color=colour, ms=4.5, zorder=5)
    axes.plot(mean, _value(data, penalty, mean), "X", color=colour, ms=6, mec="white", mew=0.6,
              zorder=6)  # fmt: skip
