"""The figure of the weight-programming experiment."""

from __future__ import annotations

from typing import Any

import numpy as np

from analogtheory.experiments.core import Array, Data
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
    "A 20 × 20 layer is trained to a random target with 40000 random inputs, on soft-bounds "
    "devices, dw± = Δ(1 ∓ w/b), 2b/Δ states, whose reference misses the symmetric point by an "
    "offset of standard deviation σ_r (on the fast array; for SGD on the only one). Settings "
    "as in the theory notes 5.7, after arXiv:2303.04721 Fig. 4, whose own settings we know in "
    "part and its numbers at second hand only (above 25 % for SGD and near 5 % for TTv2 at 20 "
    "states, recalled): targets N(0, 0.09b²) cut at ±0.8b, inputs N(0, I), deviation from "
    "cell to cell 0.3 of Δ (log-normal), 0.1 between up and down pulses, 0.3 of the bounds of "
    "the fast array, cycle-to-cycle noise 0.3Δ, read noise 0.06b. (a–e) Root mean square of W "
    "− W*, median of 8 problems, each with a target, inputs and devices of its own: in-memory "
    "SGD (learning rate 0.005), TT without buffer and with stochastic rounding of what is "
    "transferred, TTv2, c-TTv2 with a random chopper, and AGAD (all 0.05). (f) The row of 20 "
    "states; bars from the least to the largest of the 8 problems, which is a 99.2 % interval "
    "of the median whatever the distribution; thin lines join the medians. Small markers: "
    "AGAD at the learning rate 0.02, as its gain may be up to twice that of TTv2 (claim "
    "agad-gain-against-ttv2). AGAD is independent of offsets but for 0.1 % after its first "
    "flips (claim agad-offset-shift). Dashed: σ_r = πb/(2√n), n = 20, about where offsets "
    "outweigh the restoring force of TTv2 if all bounds are alike (claim ttv2-breakdown-flow; "
    "half of the rows do so at 0.95 of it); bounds that vary from cell to cell make it fail "
    "earlier. (g) Fast arrays from soft bounds to a symmetric device: dw± = Δ(1 ∓ κw), 1/κ "
    "with the same relative deviation, up and down pulses alike at w = 0; 40 states, σ_r = "
    "0.1b, learning rate 0.01, for the small markers 0.003; κ = 0 is computed at κb = 10⁻⁶. "
    "Without asymmetry nothing damps the fast array: TTv2 and c-TTv2 fail, with a regular "
    "chopper, which keeps the smallest signal (claims symmetric-device-signals and "
    "random-chopper-gain-is-larger), most of all; AGAD goes on to learn. At κb = 1 all but "
    "AGAD at 0.01 are still settling."
)

#: Colour and marker by name.
_LOOKS = {
    "in-memory SGD": (GREY, "D"),
    "TT": (PINK, "v"),
    "TTv2": (RED, "^"),
    "c-TTv2": (GREEN, "s"),
    "c-TTv2, regular": (ORANGE, "X"),
    "AGAD": (BLUE, "o"),
}
#: The colour scale, in percent of the bound.
_LOW, _HIGH = 0.5, 100.0


def draw(data: Data, algorithms: list[str], swept: list[str]) -> Any:
    """Maps above; against the spread of offsets and against the slope below."""
    figure: Any = new_figure(4.9)
    top, bottom = figure.subfigures(2, 1, height_ratios=(1, 1.35))
    _maps(top, data, algorithms)
    spread, slope = bottom.subplots(1, 2)
    _against_spread(spread, data, algorithms)
    _against_slope(slope, data, swept)
    return figure


# ------------------------------------------------------------------ maps


def _maps(figure: Any, data: Data, algorithms: list[str]) -> None:
    from matplotlib.colors import LogNorm

    panels = figure.subplots(1, len(algorithms), sharey=True)
    for axes, name, errors, letter in zip(
        panels, algorithms, data["map_median"], "abcde", strict=True
    ):
        image = axes.imshow(
            100 * errors, norm=LogNorm(_LOW, _HIGH), cmap="viridis", origin="lower", aspect="auto"
        )
        _numbers(axes, 100 * errors)
        axes.set_xticks(range(len(data["spread"])), [_short(s) for s in data["spread"]], fontsize=7)
        axes.set_xlabel(r"offset spread $\sigma_r/b$")
        axes.tick_params(length=0)
        title(axes, letter, name)
    panels[0].set_yticks(range(len(data["states"])), [f"{n:g}" for n in data["states"]])
    panels[0].set_ylabel(r"states $2b/\Delta$")
    bar = figure.colorbar(image, ax=list(panels), pad=0.01, fraction=0.03, aspect=22)
    bar.set_ticks([1, 10, 100], labels=["1", "10", "100"])
    bar.set_label("rms error, % of $b$")


def _short(number: float) -> str:
    """Without a leading 0, as ticks are narrow."""
    return f"{number:g}".removeprefix("0") or "0"


def _numbers(axes: Any, percent: Array) -> None:
    """The number of each cell: two digits below 10, whole above."""
    for (row, column), value in np.ndenumerate(percent):
        words = f"{value:.1f}" if value < 9.95 else f"{value:.0f}"
        dark = value < np.sqrt(_LOW * _HIGH) * 1.3
        axes.text(
            column, row, words, ha="center", va="center", fontsize=6,
            color="white" if dark else BLACK,
        )  # fmt: skip


# ------------------------------------------------------------------ curves


def _curve(axes: Any, x: Array, data: Data, group: str, place: Any, name: str, **more: Any) -> None:
    """Medians; bars from the least to the largest problem; a thin line for the eye."""
    colour, marker = _LOOKS[name.removesuffix(", slower")]
    median, least, largest = (
        100 * data[f"{group}_{part}"][place] for part in ("median", "least", "largest")
    )
    axes.plot(x, median, color=colour, lw=0.7, ls=more.get("ls", "-"), alpha=0.8)
    reach = np.array([median - least, largest - median])
    points(axes, x, median, reach, colour, marker, label=name, ls="none", ms=more.get("ms", 4))


def _against_spread(axes: Any, data: Data, algorithms: list[str]) -> None:
    row = int(np.flatnonzero(data["states"] == 20)[0])
    spread = data["spread"]
    for number, name in enumerate(algorithms):
        shift = 0.004 * (number - len(algorithms) / 2)
        _curve(axes, spread + shift, data, "map", (number, row), name)
    _curve(axes, spread + 0.012, data, "slower", slice(None), "AGAD, slower", ls=":", ms=2.5)
    axes.axvline(data["breakdown"][0], color=RED, lw=0.9, ls="--", zorder=1)
    axes.set(yscale="log", ylim=(3, 120), xlim=(-0.03, spread[-1] + 0.03))
    axes.set_yticks([3, 5, 10, 20, 50, 100], ["3", "5", "10", "20", "50", "100"])
    axes.set_yticks([], minor=True)
    axes.set(xlabel=r"offset spread $\sigma_r/b$", ylabel="rms error, % of $b$")
    axes.legend(loc="upper left", labelspacing=0.15, handletextpad=0.1)
    title(axes, "f", "20 states")


def _against_slope(axes: Any, data: Data, swept: list[str]) -> None:
    slope = data["slope"]
    is_asymmetric = slope > 1e-3
    last = slope[is_asymmetric].min()
    place = np.where(is_asymmetric, slope, last / 4)  # the symmetric device at the left
    for number, name in enumerate(swept):
        shift = 1.04 ** (number - len(swept) / 2)
        _curve(axes, place * shift, data, "slopes", number, name)
    _curve(axes, place * 1.08, data, "slower_slopes", slice(None), "AGAD, slower", ls=":", ms=2.5)
    labels = np.where(is_asymmetric, [f"{s:g}" for s in slope], "0")
    axes.set(xscale="log", yscale="log", xlim=(last / 6, 1.5))
    axes.set_xticks(place, list(labels))
    axes.set_xticks([], minor=True)
    axes.set_yticks([2, 5, 10, 20, 50], ["2", "5", "10", "20", "50"])
    axes.set_yticks([], minor=True)
    axes.set(xlabel=r"slope $\kappa b$ of the fast array", ylabel="rms error, % of $b$")
    axes.legend(loc="upper right", labelspacing=0.2, handletextpad=0.1)
    title(axes, "g", r"40 states, $\sigma_r=0.1b$")
