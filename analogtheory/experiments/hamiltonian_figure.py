"""The figure of the Hamiltonian experiment."""

from __future__ import annotations

from typing import Any

import numpy as np

from analogtheory.experiments.core import Data
from analogtheory.experiments.look import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    PINK,
    RED,
    new_figure,
    points,
    title,
)

#: Colour, marker and label of each case.
_LOOKS = {
    "sgd_symmetric": (BLACK, "v", "SGD, symmetric"),
    "sgd_asymmetric": (RED, "^", "SGD, asymmetric"),
    "shd_symmetric": (PINK, "s", "SHD, symmetric"),
    "shd_asymmetric": (BLUE, "o", "SHD, asymmetric"),
}


def draw(data: Data, given: dict[str, Any]) -> Any:
    """Three energies, one picture of the plane."""
    figure = new_figure(4.9)
    (still, line), (coupled, plane) = figure.subplots(2, 2)
    _still(still, data)
    _noisy(line, data, "line")
    _noisy(coupled, data, "plane")
    title(still, "a", "one weight, no noise")
    title(line, "b", r"one weight, noise $s=0.5$")
    title(coupled, "c", r"two weights, noise $s=0.5$")
    _plane(plane, data, given)
    handles, labels = still.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=4, columnspacing=1.6)
    return figure


def _still(axes: Any, data: Data) -> None:
    time = data["time"]
    low, high = (data[f"theory_still_shd_asymmetric_flow_{end}"] for end in ("low", "high"))
    axes.fill_between(time, low, high, color=BLUE, alpha=0.2, lw=0)
    for case, (colour, marker, label) in _LOOKS.items():
        axes.plot(time, data[f"theory_still_{case}"], color=colour)
        axes.plot(
            time[::12], data[f"still_{case}"][::12], marker, color=colour, mfc="white", mew=0.9,
            zorder=4,
        )  # fmt: skip
        axes.plot([], [], color=colour, marker=marker, mfc="white", mew=0.9, label=label)
    _scales(axes, time, (1e-5, 1.2))


def _noisy(axes: Any, data: Data, name: str) -> None:
    time = data["time"]
    axes.plot(time, data[f"theory_{name}_sgd_symmetric"], color=BLACK)
    axes.plot(time, data[f"theory_{name}_shd_symmetric"], color=PINK)
    axes.plot(time, data[f"theory_{name}_shd_asymmetric"], color=BLUE, ls="--")
    if name == "line":
        axes.axhline(data["theory_line_sgd_asymmetric"][0], color=RED, ls=":")
    else:
        axes.plot(time, data["theory_plane_sgd_asymmetric_flow"], color=RED, ls="-.")
    for case, (colour, marker, _) in _LOOKS.items():
        at = slice(None, None, 12)
        points(
            axes, time[at], data[f"{name}_{case}"][at], data[f"{name}_{case}_half"][at], colour,
            marker,
        )  # fmt: skip
    _scales(axes, time, (4e-4, 2.0))


def _scales(axes: Any, time: Any, limits: tuple[float, float]) -> None:
    axes.set(yscale="log", ylim=limits, xlim=(-0.4, time[-1] + 0.4))
    axes.set(xlabel=r"time $t=\alpha k$", ylabel="energy $H$")


def _plane(axes: Any, data: Data, given: dict[str, Any]) -> None:
    setting = given["plane"]
    hessian, optimum = np.array(setting["hessian"]), np.array(setting["optimum"])
    x, y = np.meshgrid(np.linspace(-0.4, 1.7, 120), np.linspace(-1.55, 0.75, 120))
    away = np.stack([x - optimum[0], y - optimum[1]], axis=-1)
    height = np.einsum("...i,ij,...j->...", away, hessian, away) / 2
    axes.contour(x, y, height, levels=[0.01, 0.05, 0.15, 0.3, 0.5, 0.8, 1.2], colors=[GREY],
                 linewidths=0.5, alpha=0.7, zorder=0)  # fmt: skip
    for case in ("shd_symmetric", "shd_asymmetric", "sgd_asymmetric", "sgd_symmetric"):
        colour, marker, _ = _LOOKS[case]
        path = data[f"path_{case}"]
        axes.plot(*path.T, color=colour, lw=0.7 if case == "shd_symmetric" else 1.0)
        axes.plot(*path[-1], marker, color=colour, mec="white", mew=0.6, ms=6, zorder=6)
    axes.plot(*optimum, "*", color=GREEN, ms=9, mec="white", mew=0.5, zorder=7)
    axes.plot(*setting["start"], "P", color=BLACK, ms=6, mec="white", mew=0.6, zorder=7)
    axes.set(xlabel="weight $C_1$", ylabel="weight $C_2$")
    axes.set(xlim=(x[0, 0], x[0, -1]), ylim=(y[0, 0], y[-1, 0]))
    title(axes, "d", "one run of each, level lines of $f$")
