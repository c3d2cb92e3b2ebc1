"""The figure of the constant-gradient experiment."""

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
    new_figure,
    points,
    title,
)

_OFFSETS = (BLUE, RED)
_NAMES = {"ttv2": "TTv2", "regular": "c-TTv2", "agad": "AGAD"}
#: Colour, marker and label of the gains.
_GAINS = {
    "ttv2": (BLACK, "v", "TTv2"),
    "regular": (GREEN, "s", "c-TTv2, regular"),
    "random": (ORANGE, "D", "c-TTv2, random"),
    "agad": (BLUE, "o", "AGAD"),
}


def draw(data: Data, given: dict[str, Any]) -> Any:
    """Reads, slow arrays, gains."""
    figure: Any = new_figure(5.9)
    top, bottom = figure.subfigures(2, 1, height_ratios=(1.65, 1))
    traces = top.subplots(2, 3, sharex=True, sharey="row")
    for column, (name, label) in enumerate(_NAMES.items()):
        reads, slow = traces[:, column]
        for axes in (reads, slow):
            _phases(axes, name, data, given)
        _reads(reads, name, data, given)
        _slow(slow, name, data, given)
        title(reads, "abc"[column], label)
        title(slow, "def"[column], label)
    traces[0, 0].set_ylabel("read $A-r$")
    traces[1, 0].set_ylabel("slow array $W$")
    traces[0, 0].set_ylim(-1.7, 0.95)
    traces[1, 1].legend(*_offset_legend(given), loc="upper left")
    half, shift = bottom.subplots(1, 2)
    _against_h(half, data)
    _against_offset(shift, data, given)
    return figure


def _offset_legend(given: dict[str, Any]) -> tuple[list[Any], list[str]]:
    from matplotlib.lines import Line2D

    offsets = given["trace"]["offsets"]
    lines = [Line2D([], [], color=colour) for colour in _OFFSETS]
    lines.append(Line2D([], [], color=GREY, ls="--", lw=1.0))
    return lines, [*(f"offset $o={o:g}$".replace("-", "−") for o in offsets), "proved rate"]


def _phases(axes: Any, name: str, data: Data, given: dict[str, Any]) -> None:
    """Shade where the chopper is −1."""
    last = data["trace_update"][-1]
    length = given["reads"] * given["every"]
    for start in np.arange(length, last if name != "ttv2" else 0, 2 * length):
        axes.axvspan(start, min(start + length, last), color="0.93", lw=0, zorder=0)
    axes.set_xlim(0, last)


def _reads(axes: Any, name: str, data: Data, given: dict[str, Any]) -> None:
    update = data["trace_update"]
    for row, colour in enumerate(_OFFSETS):
        axes.plot(update, data[f"trace_{name}_A"][row], color=colour, lw=1.0)
        offset = given["trace"]["offsets"][row]
        if name == "ttv2":
            axes.axhline(offset + 1 / given["kappa"], color=colour, ls=":", lw=0.9)
        if name == "agad":
            latched = data["trace_agad_latched"][row]
            axes.plot(update, latched, color=colour, ls="--", lw=0.9)
    axes.axhline(0.0, color=BLACK, lw=0.5, zorder=0)


def _slow(axes: Any, name: str, data: Data, given: dict[str, Any]) -> None:
    update, last = data["trace_update"], data["trace_update"][-1]
    # W is not written before
    first = (given["reads"] + 1) * given["every"] if name == "agad" else 0
    for row, colour in enumerate(_OFFSETS):
        axes.plot(update, data[f"trace_{name}_W"][row], color=colour, lw=1.0)
    for rate in sorted(set(np.round(data[f"trace_{name}_rate"], 12))):
        axes.plot([first, last], [0, rate * (last - first)], color=GREY, ls="--", lw=1.0, zorder=3)
    axes.axhline(0.0, color=BLACK, lw=0.5, zorder=0)
    axes.set_xlabel("update")


def _against_h(axes: Any, data: Data) -> None:
    for name, (colour, marker, label) in _GAINS.items():
        axes.plot(data["gain_h_fine"], data[f"gain_h_{name}_proved"], color=colour)
        axes.plot(data["gain_h_fine"], data[f"gain_h_{name}_limit"], color=colour, ls=":", lw=1.0)
        half = data.get(f"gain_h_{name}_half", 0.0)
        points(axes, data["gain_h"], data[f"gain_h_{name}"], half, colour, marker)
        axes.plot([], [], color=colour, marker=marker, mfc="white", mew=0.9, label=label)
    axes.set(xscale="log", xlim=(0.1, 6), ylim=(-0.05, 1.95))
    axes.set_xticks([0.1, 0.2, 0.5, 1, 2, 5], ["0.1", "0.2", "0.5", "1", "2", "5"])
    axes.set_xticks([], minor=True)
    axes.set(xlabel="half phase $h$", ylabel="normalised gain")
    axes.legend(loc="upper left", labelspacing=0.25)
    title(axes, "g", "no offset")


def _against_offset(axes: Any, data: Data, given: dict[str, Any]) -> None:
    place = data["gain_kso"]
    order = np.argsort(place)
    for name, (colour, marker, _) in _GAINS.items():
        axes.plot(place[order], data[f"gain_o_{name}_proved"][order], color=colour)
        half = data.get(f"gain_o_{name}_half", 0.0)
        points(axes, place, data[f"gain_o_{name}"], half, colour, marker)
    axes.axhspan(-0.6, 0, color=RED, alpha=0.1, lw=0, zorder=0)
    axes.text(-0.95, -0.08, "up the gradient", color=RED, fontsize=8, va="top")
    axes.axhline(0.0, color=BLACK, lw=0.6, zorder=0)
    axes.set(ylim=(-0.55, 2.1), xlim=(-1.05, 1.55))
    axes.set(xlabel=r"offset $\kappa\,s\,o$,  $s=\mathrm{sign}\,g$", ylabel="normalised gain")
    title(axes, "h", f"offset, $h={given['offset_half_phase']:g}$")
