"""The figure of the Residual Learning experiment."""

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


def draw(data: Data, given: dict[str, Any]) -> Any:
    """√α law, size of the residual array, tilt."""
    figure = new_figure(2.7)
    law, size, tilt = figure.subplots(1, 3)
    _law(law, data)
    _size(size, data, given)
    _tilt(tilt, data)
    return figure


def _filled(axes: Any, x: Any, y: Any, colour: str, marker: str, size: float = 4.0) -> None:
    axes.plot(x, y, marker, color=colour, ms=size, mew=0, zorder=3)


def _law(axes: Any, data: Data) -> None:
    alpha, fine = data["alpha"], data["alpha_fine"]
    root = np.sqrt(data["alpha_square"])
    axes.plot(fine, root[0] * np.sqrt(fine / alpha[0]), color=GREY, lw=0.9)
    _filled(axes, alpha, root, BLACK, "s")
    axes.plot([], [], "s", color=BLACK, label=r"$[E(\bar W-W^*)^2]^{1/2}$")
    for name, colour, marker, label in (
        ("main", BLUE, "o", "$|E\\,W-W^*|$"),
        ("mixed", RED, "^", "$|E\\,\\bar W-W^*|$"),
    ):
        axes.plot(fine, np.abs(data[f"alpha_{name}_formula"]), color=colour)
        _filled(axes, alpha, np.abs(data[f"alpha_{name}"]), colour, marker)
        mean, half = data[f"alpha_{name}_run"], data[f"alpha_{name}_run_half"]
        points(axes, 1.12 * alpha[: len(mean)], np.abs(mean), half, colour, marker, ms=3.5)
        axes.plot([], [], color=colour, marker=marker, label=label)
    axes.plot(fine, np.abs(data["alpha_mixed_notes"]), color=RED, ls=":", lw=0.9)
    axes.set(xscale="log", yscale="log", xlim=(1.7e-3, 0.06), ylim=(2.5e-3, 0.16))
    axes.set_xticks([0.0025, 0.01, 0.04], ["0.0025", "0.01", "0.04"])
    axes.set_xticks([], minor=True)
    axes.set(xlabel=r"step size $\alpha$", ylabel=r"error, in units of $\tau$")
    axes.legend(loc="upper left", labelspacing=0.2, handletextpad=0.5, fontsize=7.5)
    title(axes, "a", r"$\sqrt{\alpha}$ law")


def _size(axes: Any, data: Data, given: dict[str, Any]) -> None:
    target = data["size_target"]
    axes.plot(data["size_fine"], data["size_formula"], color=BLACK, label="$a(R)$")
    axes.axhline(np.sqrt(2 / np.pi), color=GREY, ls=":", lw=0.9)
    axes.annotate(r"$\sqrt{2/\pi}$", (0.83, np.sqrt(2 / np.pi)), (0, 3), ha="right",
                  textcoords="offset points", fontsize=8, color=GREY)  # fmt: skip
    for row, (colour, marker) in enumerate(((GREEN, "v"), (BLUE, "o"))):
        label = rf"$\alpha={given['size_steps'][row]:g}$"
        places = target - 0.035 + 0.015 * row
        axes.plot(places, data["size_exact"][row], marker, color=colour, ms=3, mew=0, label=label)
    _filled(axes, target, data["size_exact"][2], RED, "D", 5.0)
    axes.plot([], [], "D", color=RED, ms=5, mew=0, label=r"$\alpha\to 0$")
    axes.set(xlim=(-0.06, 0.86), ylim=(0.74, 1.2))
    axes.set(xlabel="asymmetry ratio $R=W^*$")
    axes.set(ylabel=r"$E|P|\,/\sqrt{\alpha\sigma^2/(2\kappa)}$")
    axes.legend(loc="upper left", labelspacing=0.2, handletextpad=0.5)
    title(axes, "b", "size of the residual array")


def _tilt(axes: Any, data: Data) -> None:
    c, fine = data["tilt_point"], data["tilt_fine"]
    for name, colour, marker, shift, label in (
        ("tilt", RED, "^", 0.004, r"noise $\pm\sigma$"),
        ("tilt_gaussian", BLUE, "o", 0.004, "Gaussian noise"),
    ):
        axes.plot(fine, data[f"{name}_field"], color=colour)
        _filled(axes, c, data[f"{name}_mixed"], colour, marker)
        mean, half = data[f"{name}_mixed_run"], data[f"{name}_mixed_run_half"]
        points(axes, c + shift, mean, half, colour, marker, ms=3.5)
        axes.plot([], [], color=colour, marker=marker, label=label)
    axes.plot(fine, np.abs(data["tilt_sgd"]), color=BLACK, ls="--", label="Analog SGD, size")
    axes.axhline(0.0, color=BLACK, lw=0.6, zorder=0)
    axes.set(xlim=(-0.01, 0.32), ylim=(-0.02, 0.21))
    axes.set(xlabel="symmetric point $c$", ylabel=r"$E\,\bar W-W^*$")
    axes.legend(loc="upper left", labelspacing=0.2, handletextpad=0.5, fontsize=7.5)
    title(axes, "c", "tilt")
