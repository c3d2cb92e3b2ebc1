"""The figure of the breakdown experiment."""

from __future__ import annotations

from typing import Any

import numpy as np

from analogtheory.experiments.buffer_breakdown_runs import departures
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

#: Beside the picture, so that other words do not make the numbers old.
CAPTION = (
    "TTv2, y = Wx with label noise s = 0.1, n columns; linear fast array with κ = 1, pulses "
    "of 0.01, read against references that are off by o_j ~ N(0, σ_r²). Settings follow the "
    "claims: fixed rate, uncut pulse trains, all columns read every 40 vectors into a buffer "
    "that keeps its rest, slow array (pulses of 0.001) without bounds or asymmetry, its rate "
    "that of the fast one times min(0.3, 8/n). (a) Median over rows of the row error ‖e‖, the "
    "length of the time mean of W − W* over 25 to 45 relaxation times from e = 0 (markers "
    "with 99 % intervals); fluctuations, which make the root mean square up to 12 % larger, "
    "are left out, the median of s√(S/(1 − S)) over drawn offsets, S = Σ_j f⁻¹(2κo_j/π)² "
    "(lines, claim ttv2-label-noise-error), and the mean flow of the same rows at the same "
    "times (dotted, derived here): near S = 1 it takes longer than the runs; beyond, the "
    "error keeps growing. (b) Each row against its own S, with the claimed curve; dashed: S = "
    "1 (claim ttv2-breakdown-exact). (c) Spread at which half of the rows break down: without "
    "label noise from ‖e‖ = 0.1 along o, does the error grow (markers, probit fit, 99 % "
    "intervals over drawn offsets)? A few rows more grow than have S > 1, within the "
    "intervals. Solid: P(S > 1) = 1/2, computed here; dash-dotted: P(‖o‖ > π/(2κ)) = 1/2, "
    "which is S for h = 1; dashed: σ_r = π/(2κ√n), its mean square (claim "
    "ttv2-breakdown-flow). (d) Measured over exact row error at σ_r = 0.6π/(2κ√n), mean over "
    "rows with 99 % intervals: with the settings of (a) pulses, and an error that fluctuates, "
    "leave the difference shown first; below, one setting at a time as in practice: pulses of "
    "0.1; trains of at most 5 slots at a rate scaled to the vectors, which cuts large errors; "
    "a buffer that forgets its rest; a linear slow array; read noise of 0.06."
)

#: Colour and marker by the number of columns.
_LOOKS = {
    5: (RED, "^"),
    10: (ORANGE, "D"),
    20: (BLUE, "o"),
    40: (GREEN, "s"),
    80: (PINK, "v"),
}


def draw(data: Data) -> Any:
    """Medians, rows, critical spreads, departures."""
    figure = new_figure(4.7)
    (median, rows), (critical, departure) = figure.subplots(2, 2)
    _medians(median, data)
    _rows(rows, data)
    _critical(critical, data)
    _departures(departure, data)
    return figure


def _looks(data: Data) -> list[tuple[int, str, str]]:
    return [(int(n), *_LOOKS[int(n)]) for n in data["columns"]]


def _medians(axes: Any, data: Data) -> None:
    for row, (n, colour, marker) in enumerate(_looks(data)):
        exact = data["error_exact"][row]
        shown = np.isfinite(exact) & (exact < 9)
        axes.plot(data["fine"][shown], exact[shown], color=colour)
        axes.plot(data["spread"], data["error_flow"][row], color=colour, ls=":", lw=0.9)
        middle = data["error"][row]
        ends = [middle - data["error_low"][row], data["error_high"][row] - middle]
        points(axes, data["spread"], middle, np.maximum(ends, 0), colour, marker)
        axes.plot([], [], color=colour, marker=marker, mfc="white", mew=0.9, label=f"$n={n}$")
    axes.set(yscale="log", xlim=(0.25, 1.16), ylim=(0.2, 25))
    axes.set(xlabel=r"offset spread $\sigma_r\cdot 2\kappa\sqrt{n}/\pi$")
    axes.set(ylabel=r"row error $\|e\|/s$, median")
    axes.legend(loc="upper left", labelspacing=0.25, handletextpad=0.5)
    title(axes, "a", "error against offset spread")


def _rows(axes: Any, data: Data) -> None:
    total = np.linspace(0.0, 0.999, 400)
    for row, (_, colour, marker) in enumerate(_looks(data)):
        axes.plot(
            data["row_sum"][row].ravel(), data["row_error"][row].ravel(), marker, color=colour,
            ms=2.0, mew=0, alpha=0.55, ls="", rasterized=True,
        )  # fmt: skip
    axes.plot(total, np.sqrt(total / (1 - total)), color=BLACK, zorder=5)
    axes.axvline(1.0, color=BLACK, lw=0.8, ls="--", zorder=0)
    axes.set(yscale="log", xlim=(0.0, 1.6), ylim=(0.1, 25))
    axes.set(xlabel=r"$S=\sum_j f^{-1}(2\kappa o_j/\pi)^2$ of the row")
    axes.set(ylabel=r"row error $\|e\|/s$")
    title(axes, "b", "every row, against its own $S$")


def _critical(axes: Any, data: Data) -> None:
    axes.plot(data["lines"], data["critical_exact"], color=BLACK, label="$S=1$, exact")
    axes.plot(data["lines"], data["critical_simple"], color=GREY, ls="-.", label="$h=1$")
    axes.axhline(1.0, color=GREY, ls="--", lw=1.0, label=r"$\pi/(2\kappa\sqrt{n})$")
    for row, (n, colour, marker) in enumerate(_looks(data)):
        points(axes, [n], data["critical"][row], data["critical_half"][row], colour, marker)
    axes.set(xscale="log", xlim=(4.4, 110), ylim=(0.77, 1.12))
    axes.set_xticks(data["columns"], [f"{n:g}" for n in data["columns"]], minor=False)
    axes.minorticks_off()
    axes.set(xlabel="columns $n$", ylabel=r"critical $\sigma_r\cdot 2\kappa\sqrt{n}/\pi$")
    axes.legend(loc="lower right", labelspacing=0.25, handletextpad=0.5)
    title(axes, "c", "spread at which half of the rows break down")


def _departures(axes: Any, data: Data) -> None:
    labels = list(departures().values())
    places = np.arange(len(labels))[::-1]
    axes.axvline(1.0, color=BLACK, lw=0.8, zorder=0)
    axes.errorbar(
        data["departure_ratio"], places, xerr=data["departure_ratio_half"], fmt="o", color=BLUE,
        mfc="white", mew=0.9, elinewidth=0.9, ms=4,
    )  # fmt: skip
    axes.set_yticks(places, labels)
    axes.tick_params(axis="y", length=0)
    axes.set(ylim=(-0.6, len(labels) - 0.4))
    axes.set(xlabel="measured / exact row error")
    title(axes, "d", "one setting changed at a time, $n=20$")
