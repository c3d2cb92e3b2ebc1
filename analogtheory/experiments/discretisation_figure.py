"""The figure of the discretisation experiment."""

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
    new_figure,
    points,
    title,
)

_RULES = {
    "square": (BLUE, "o", r"$\Delta w_{\min}=\Delta^2/\tau$"),
    "fixed": (RED, "^", r"$\Delta w_{\min}=\tau/1000$"),
    "stall": (ORANGE, "D", r"$|\Delta|/\Delta w_{\min}=9.5$"),
    "whole": (GREEN, "s", r"$|\Delta|/\Delta w_{\min}=10$"),
}
_SIZES = ((RED, "^"), (BLUE, "o"), (GREEN, "s"))


def draw(data: Data, given: dict[str, Any]) -> Any:
    """Limits, orders, spread, and what becomes of Analog SGD."""
    figure = new_figure(4.9)
    (limit, order), (spread, sgd) = figure.subplots(2, 2)
    _limits(limit, data)
    _orders(order, data, given)
    _spreads(spread, data, given)
    _sgd(sgd, data)
    return figure


def _dots(axes: Any, x: Any, y: Any, colour: str) -> None:
    """Exact values that jump: dots, as a line would join what is not there."""
    axes.plot(x, y, ".", color=colour, ms=2.0, mew=0)


def _marks(axes: Any, x: Any, y: Any, colour: str, marker: str) -> None:
    """Numbers without error bars: pulses without noise."""
    axes.plot(x, y, marker, color=colour, mfc="white", mew=0.9, ms=4, zorder=4)


def _limits(axes: Any, data: Data) -> None:
    x, marks = data["limit_change"], data["limit_mark"]
    axes.plot(x, data["limit_bound"], color=BLUE, ls="--", lw=1.0)
    for name, (colour, marker, label) in _RULES.items():
        _dots(axes, x, data[f"limit_{name}_exact"], colour)
        _marks(axes, marks, data[f"limit_{name}_pulsed"], colour, marker)
        axes.plot([], [], marker, color=colour, mfc="white", mew=0.9, label=label)
    axes.axhline(data["limit_stalls"][0], color=ORANGE, lw=0.8, ls=":")
    axes.set(xscale="log", yscale="log", xlim=(2.2e-4, 0.5), ylim=(2e-5, 40))
    axes.set(xlabel=r"wanted change $|\Delta|/\tau$", ylabel="relative error")
    axes.legend(loc="upper center", ncols=2, columnspacing=1.0, handletextpad=0.5)
    title(axes, "a", r"four ways to let $\Delta\to 0$")


def _orders(axes: Any, data: Data, given: dict[str, Any]) -> None:
    fine, marks = data["order_ratio"], data["order_mark"]
    for row, (x, (colour, marker)) in enumerate(zip(given["changes"], _SIZES, strict=True)):
        axes.plot(fine, data["order_bound"][row], color=colour, ls="--", lw=1.0)
        _dots(axes, fine, data["order_exact"][row], colour)
        _marks(axes, marks, data["order_pulsed"][row], colour, marker)
        axes.plot(
            [], [], marker, color=colour, mfc="white", mew=0.9,
            label=rf"$|\Delta|/\tau={x:g}$",
        )  # fmt: skip
    axes.plot(fine, data["power_bound"], color=PINK, ls="--", lw=1.0)
    _dots(axes, fine, data["power_exact"], PINK)
    _marks(axes, marks, data["power_pulsed"], PINK, "v")
    axes.plot(
        [], [], "v", color=PINK, mfc="white", mew=0.9,
        label=rf"power, $|\Delta|/\tau={given['power']['change']:g}$",
    )  # fmt: skip
    axes.set(xscale="log", yscale="log", xlim=(1e-3, 10), ylim=(1e-4, 40))
    axes.set(xlabel=r"pulse size $\Delta w_{\min}/|\Delta|$", ylabel="relative error")
    axes.legend(loc="upper left", ncols=2, columnspacing=1.0, handletextpad=0.5)
    title(axes, "b", r"fixed $\Delta$, smaller pulses")


def _spreads(axes: Any, data: Data, given: dict[str, Any]) -> None:
    fine = data["spread_ratio"]
    for row, (x, (colour, marker)) in enumerate(
        zip(given["noise"]["changes"], _SIZES[:2], strict=True)
    ):
        axes.fill_between(
            fine, data["spread_low"][row], data["spread_high"][row], color=colour, alpha=0.15, lw=0
        )
        axes.plot(fine, data["spread_exact"][row], color=colour, lw=1.0)
        points(
            axes, data["spread_mark"], data["spread"][row], data["spread_half"][row], colour, marker
        )
        axes.plot(
            [], [], color=colour, marker=marker, mfc="white", mew=0.9,
            label=rf"$|\Delta|/\tau={x:g}$",
        )  # fmt: skip
    axes.plot([1e-3, 1], [0.01, 0.01 * np.sqrt(1e3)], color=GREY, lw=0.8, ls="-.", label="slope ½")
    axes.set(xscale="log", yscale="log", xlim=(1e-3, 1), ylim=(8e-3, 0.7))
    axes.set(xlabel=r"pulse size $\Delta w_{\min}/|\Delta|$")
    axes.set(ylabel="relative standard deviation")
    axes.legend(loc="upper left", handletextpad=0.5)
    title(axes, "c", r"cycle-to-cycle noise, $\sigma_c=0.3$")


def _sgd(axes: Any, data: Data) -> None:
    x = data["sgd_ratio"]
    axes.axhline(data["sgd_averaged"][0], color=BLACK, lw=0.9, ls="--")
    axes.axhline(data["sgd_sign"][0], color=GREY, lw=0.9, ls=":")
    for row, (label, colour, marker) in enumerate(
        (("rounded up", RED, "^"), ("stochastic rounding", BLUE, "o"))
    ):
        axes.plot(x, data["sgd_mean"][row], color=colour)
        points(
            axes, data["sgd_mark"], data["sgd_simulated"][row], data["sgd_simulated_half"][row],
            colour, marker,
        )  # fmt: skip
        axes.plot([], [], color=colour, marker=marker, mfc="white", mew=0.9, label=label)
    axes.annotate("averaged update", (0.1, data["sgd_averaged"][0]), (0, 3),
                  textcoords="offset points", fontsize=8)  # fmt: skip
    axes.annotate("one pulse a step", (0.1, data["sgd_sign"][0]), (0, 3),
                  textcoords="offset points", fontsize=8, color=GREY)  # fmt: skip
    axes.set(xscale="log", ylim=(0.29, 0.365))
    axes.set(xlabel=r"pulse size $\Delta w_{\min}/(\alpha s)$", ylabel=r"stationary mean $E\,W$")
    axes.legend(loc="center left", bbox_to_anchor=(0.0, 0.55), handletextpad=0.5)
    title(axes, "d", r"Analog SGD, $W^*=0.5$")
