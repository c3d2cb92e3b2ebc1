"""The figure of the hidden conditions."""

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
    SKY,
    new_figure,
    title,
)

#: What holds, and what is printed or left out and fails.
_HOLDS: dict[str, Any] = {"color": BLUE, "ls": "-"}
_FAILS: dict[str, Any] = {"color": RED, "ls": "--"}


def draw(data: Data, given: dict[str, Any]) -> Any:
    """Three rows of three."""
    figure = new_figure(6.2)
    axes = figure.subplots(3, 3).ravel()
    panels = (
        (_step, "small steps"),
        (_dimension, r"$\sigma^2$ of the whole gradient"),
        (_minimiser, r"weights inside the range"),
        (_valley, "least $M$ of the path"),
        (_change, "pulses finer than steps"),
        (_distance, "curvature, slope, noise"),
        (_gamma, r"a descent of $\alpha\gamma$ a step"),
        (_share, "symmetric noise"),
        (_offset, "symmetric point at 0"),
    )
    for panel, letter, (plot, words) in zip(axes, "abcdefghi", panels, strict=True):
        plot(panel, data, given)
        title(panel, letter, words)
    return figure


def _shade(axes: Any, low: float, high: float) -> None:
    axes.axvspan(low, high, color=GREEN, alpha=0.13, lw=0, zorder=0)


def _limit(axes: Any) -> None:
    axes.axhline(1.0, color=GREY, lw=0.8, zorder=1)


def _legend(axes: Any, where: str, **more: Any) -> None:
    axes.legend(loc=where, labelspacing=0.2, handletextpad=0.5, fontsize=7.5, **more)


def _step(axes: Any, data: Data, given: dict[str, Any]) -> None:
    _shade(axes, 0.0, 0.25)
    _limit(axes)
    inside = data["step_ratio"] <= 1
    axes.plot(data["step"][inside], data["step_ratio"][inside], **_HOLDS)
    axes.plot(data["step"][~inside], data["step_ratio"][~inside], **_FAILS)
    axes.axvline(2.0, color=BLACK, lw=0.7, ls=":")
    axes.text(1.97, 0.08, "diverges", rotation=90, ha="right", va="bottom", fontsize=7.5)
    axes.text(0.29, 2.4, r"$\alpha\leq\frac{1}{4L}$", fontsize=8.5, va="center")
    axes.set(xlim=(0, 2.05), ylim=(0, 3), xlabel=r"step size $\alpha L$", ylabel="ratio")


def _dimension(axes: Any, data: Data, given: dict[str, Any]) -> None:
    _limit(axes)
    axes.plot(data["dimension"], data["dimension_each"], "^", ms=4, **_FAILS,
              label="of one coordinate")  # fmt: skip
    axes.plot(data["dimension"], data["dimension_total"], "o", ms=4, **_HOLDS, label="total")
    axes.set(xlim=(0, 17), ylim=(0, 3.4), xlabel="dimensions $D$", ylabel="ratio")
    _legend(axes, "upper left", title=r"$\sigma^2$ is the variance", title_fontsize=7.5)


def _minimiser(axes: Any, data: Data, given: dict[str, Any]) -> None:
    _shade(axes, 0.5, 1.0)
    x = data["minimiser"]
    looks = ((SKY, ":"), (ORANGE, "-."), (BLUE, "-"))
    for row, steps, (colour, line) in zip(
        data["minimiser_gradient"], given["descent_steps"], looks, strict=True
    ):
        axes.plot(x, row, color=colour, ls=line, label=f"$K={steps}$")
    axes.plot([1.0, 1.5], [0.0, 0.5], **_FAILS, label=r"$w^*-\tau$")
    axes.set(xlim=(0.5, 1.5), ylim=(-0.01, 0.55))
    axes.set(xlabel=r"minimiser $w^*/\tau$", ylabel=r"$|f^\prime(w_K)|/(L\tau)$")
    _legend(axes, "upper left")


def _valley(axes: Any, data: Data, given: dict[str, Any]) -> None:
    x = data["valley"]
    axes.plot(x, data["valley_left"], color=BLACK, lw=1.6, label="left side")
    axes.plot(x, data["valley_printed"], **_FAILS, label="right, each iterate")
    axes.plot(x, data["valley_repaired"], **_HOLDS, label="right, whole path")
    axes.set(xscale="log", yscale="log", ylim=(5e-5, 3e7))
    axes.set(xlabel=r"$\varepsilon=\sqrt{M_{\min}}$", ylabel="sides of (75)")
    axes.set_yticks([1e-4, 1e-2, 1, 1e2, 1e4, 1e6])
    axes.minorticks_off()
    _legend(axes, "upper right")


def _change(axes: Any, data: Data, given: dict[str, Any]) -> None:
    _shade(axes, 10 * given["pulse"], 0.3)
    x = data["change"]
    axes.plot(x, data["change_fixed"], lw=0.9, **_FAILS, label=r"$\Delta w_{\min}=10^{-3}\tau$")
    axes.plot(x, data["change_fine"], lw=0.9, **_HOLDS, label=r"$\Delta w_{\min}=\Delta^2/\tau$")
    axes.set(xscale="log", xlim=(1e-4, 0.3), ylim=(-0.02, 1.05))
    axes.set(xlabel=r"wanted change $\Delta/\tau$", ylabel="relative error")
    _legend(axes, "upper right")


def _distance(axes: Any, data: Data, given: dict[str, Any]) -> None:
    x = data["distance"]
    axes.plot(x, data["distance_slope"], **_FAILS, label=r"$R^\prime=0$, or $f^{\prime\prime}=0$")
    axes.plot(x, data["distance_continuity"], color=PINK, ls="-.", label="noise jumps")
    axes.plot(x, data["distance_holds"], **_HOLDS, label="none missing")
    axes.set(xscale="log", yscale="log", xlim=(0.003, 0.5), ylim=(1e-6, 5))
    axes.set(xlabel=r"distance $\delta/\tau$", ylabel="ratio (45)")
    axes.set_yticks([1e-6, 1e-4, 1e-2, 1])
    axes.minorticks_off()
    _legend(axes, "lower right")


def _gamma(axes: Any, data: Data, given: dict[str, Any]) -> None:
    _shade(axes, 0.0, 0.5)
    _limit(axes)
    axes.plot(data["gamma"], data["gamma_printed"], **_FAILS, label="printed")
    axes.plot(data["gamma"], data["gamma_repaired"], **_HOLDS, label="repaired")
    axes.set(xlim=(0, 0.5), ylim=(0, 8.2), xlabel=r"mixing $\gamma$", ylabel="ratio")
    _legend(axes, "upper right")


def _share(axes: Any, data: Data, given: dict[str, Any]) -> None:
    _limit(axes)
    axes.axvline(0.5, 0.0, 0.78, color=GREEN, lw=1.2, ls=":")
    axes.plot(data["share"], data["share_printed"], **_FAILS, label=r"$F_{\max}^2$, printed")
    axes.plot(data["share"], data["share_repaired"], **_HOLDS, label=r"$q_{\max}^2$, repaired")
    axes.set(xlim=(0, 1), ylim=(0.55, 1.25))
    axes.set(xlabel=r"$p=\mathrm{P}(\varepsilon>0)$", ylabel="ratio")
    _legend(axes, "upper right")


def _offset(axes: Any, data: Data, given: dict[str, Any]) -> None:
    looks = ((BLUE, "-", r"$\pm\sigma$"), (ORANGE, "-.", "uniform"), (RED, "--", "Gaussian"))
    axes.axvline(0.0, color=GREEN, lw=4, alpha=0.4)
    for row, (colour, line, words) in zip(data["offset_gradient"], looks, strict=True):
        axes.plot(data["offset"], row, color=colour, ls=line, label=words)
    axes.set(xlim=(-0.02, 1.0), ylim=(-0.03, 1.8))
    axes.set(xlabel=r"symmetric point $c=w^\diamond/\tau$", ylabel=r"$|\nabla f|/\sigma$ at rest")
    _legend(axes, "upper left")
