"""The figure of the experiment on the rates of Residual Learning."""

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

_BIASES = (
    ("main", BLUE, "o", r"$|E\,W-W^*|$"),
    ("mixed", RED, "^", r"$|E\,\bar W-W^*|$"),
)


def draw(data: Data) -> Any:
    """β/α, γ, read noise, stability."""
    figure = new_figure(4.9)
    (ratio, gamma), (read, loop) = figure.subplots(2, 2)
    _ratio(ratio, data)
    _gamma(gamma, data)
    _read(read, data)
    _loop(loop, data)
    return figure


def _both(axes: Any, x: Any, data: Data, name: str, shift: Any) -> None:
    """Exact and simulated biases, and root mean squares."""
    root = np.sqrt(data[f"{name}_square"])
    axes.plot(x, root, "s", color=BLACK, ms=4, mew=0, zorder=3)
    square, half = data[f"{name}_square_run"], data[f"{name}_square_run_half"]
    points(axes, shift, np.sqrt(square), half / (2 * np.sqrt(square)), BLACK, "s", ms=3.5)
    axes.plot([], [], "s", color=BLACK, label=r"$[E(\bar W-W^*)^2]^{1/2}$")
    for moment, colour, marker, label in _BIASES:
        axes.plot(x, np.abs(data[f"{name}_{moment}"]), marker, color=colour, ms=4, mew=0)
        mean, half = data[f"{name}_{moment}_run"], data[f"{name}_{moment}_run_half"]
        points(axes, shift, np.abs(mean), half, colour, marker, ms=3.5)
        axes.plot([], [], marker, color=colour, label=label)


def _ratio(axes: Any, data: Data) -> None:
    x = data["ratio"]
    _both(axes, x, data, "ratio", 1.17 * x)
    for name, colour in (("main", BLUE), ("mixed", RED), ("root", BLACK)):
        axes.axhline(abs(data[f"ratio_{name}_formula"][0]), color=colour, lw=1.0, zorder=0)
    for place in data["ratio_overdamped"]:
        axes.axvline(place, color=GREY, ls=":", lw=0.9, zorder=0)
    axes.set(xscale="log", yscale="log", xlim=(0.007, 16), ylim=(3e-3, 1.0))
    axes.set(xlabel=r"transfer rate $\beta/\alpha$", ylabel=r"error, in units of $\tau$")
    axes.legend(loc="upper left", labelspacing=0.2, handletextpad=0.3)
    title(axes, "a", "speed of the transfer")


def _gamma(axes: Any, data: Data) -> None:
    x = data["gamma"]
    _both(axes, x, data, "gamma", x + 0.05)
    for name, colour in (("main", BLUE), ("mixed", RED)):
        axes.plot(data["gamma_fine"], np.abs(data[f"gamma_{name}_formula"]), color=colour, lw=1.0)
    axes.set(yscale="log", xlim=(-0.1, 3.4), ylim=(2e-3, 0.3))
    axes.set(xlabel=r"mixing $\gamma$", ylabel=r"error, in units of $\tau$")
    title(axes, "b", "mixing")


def _read(axes: Any, data: Data) -> None:
    x, fine = data["read_level"], data["read_fine"]
    for moment, colour, marker, label in _BIASES:
        axes.plot(fine, np.abs(data[f"read_{moment}_field"]), color=colour, ls="--", lw=0.9)
        axes.plot(fine, np.abs(data[f"read_{moment}_formula"]), color=colour, lw=1.0)
        axes.plot(x, np.abs(data[f"read_{moment}"]), marker, color=colour, ms=4, mew=0)
        mean, half = data[f"read_{moment}_run"], data[f"read_{moment}_run_half"]
        points(axes, 1.12 * x, np.abs(mean), half, colour, marker, ms=3.5)
        axes.plot([], [], marker, color=colour, label=label)
    axes.plot(fine, np.abs(data["buffer_main_formula"]), color=GREEN, lw=1.0)
    axes.plot(fine, np.abs(data["buffer_main_field"]), color=GREEN, ls=":", lw=0.9)
    mean, half = data["buffer_main_run"], data["buffer_main_run_half"]
    points(axes, x, np.abs(mean), half, GREEN, "D")
    axes.plot([], [], "D", color=GREEN, mfc="white", mew=0.9, label="version 2, $|E\\,W-W^*|$")
    axes.set(xscale="log", yscale="log", xlim=(0.022, 1.6), ylim=(8e-4, 1.5))
    axes.set(xlabel=r"read noise $\rho$", ylabel=r"error, in units of $\tau$")
    axes.legend(loc="upper left", labelspacing=0.2, handletextpad=0.3)
    title(axes, "c", "read noise of the transfer")


def _loop(axes: Any, data: Data) -> None:
    gammas, ratios = np.meshgrid(data["loop_gamma"], data["loop_ratio"], indexing="ij")
    rests = data["loop_rests"] > 0.5
    axes.plot(gammas[rests], ratios[rests], "o", color=BLUE, ms=2.6, mew=0, label="rests")
    axes.plot(gammas[~rests], ratios[~rests], "x", color=RED, ms=3.2, mew=0.8, label="grows")
    for limit in data["loop_exact"]:
        axes.plot(data["loop_fine"], limit, color=BLACK, lw=1.2)
    shown = data["loop_limit"] < 25
    axes.plot(data["loop_fine"][shown], data["loop_limit"][shown], color=BLACK, ls="--", lw=1.0)
    axes.set(yscale="log", xlim=(0.0, 1.25), ylim=(0.0022, 28))
    axes.set(xlabel=r"mixing $\gamma$", ylabel=r"transfer rate $\beta/\alpha$")
    axes.legend(
        loc="lower right", bbox_to_anchor=(1.03, 0.98), ncols=2, handletextpad=0.0,
        columnspacing=0.6, borderpad=0.2,
    )  # fmt: skip
    title(axes, "d", "version 2: where its loop is stable")
