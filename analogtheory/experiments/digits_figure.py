"""The figure, the table and the caption of the experiment on digits."""

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
    band,
    new_figure,
    points,
    title,
)

FAMILIES = ("power", "exponential")
ALGORITHMS = ("Analog SGD", "Tiki-Taka", "Residual Learning")
DIGITAL = "digital SGD"
_LOOKS = ((RED, "^"), (GREEN, "s"), (BLUE, "o"))
_SHORT = {"power": "power", "exponential": "exp."}

CAPTION = (
    "Digits, not MNIST: the 1797 images of 8 × 8 pixels that scikit-learn ships, 360 of them kept"
    " for the test; no number here can be compared with a table of a paper. Perceptrons with "
    "sigmoids and softmax cross-entropy, all layers on pulsed arrays (power and exponential "
    "responses; Δw_min = 0.001, stochastic trains of at most 31 slots, no cycle noise; reads "
    "through a 7-bit DAC, output noise 0.06 and a 9-bit ADC: the settings of 2502.06309, as read "
    "there). Markers: mean over seeds with its 99 % interval "
    "(Student's t; a seed draws split, order, weights and pulses; dashes: each seed, which tell "
    "more where they lie far apart). (a, b) Test accuracy after the last epoch; responses in the "
    "order of τR′(0), the slope of the asymmetry ratio at the symmetric point (in brackets; "
    "claims power-response-algebra and exponential-response-algebra). Line and band: the same "
    "network in floating point; dotted: chance. (c, d) Accuracy after every epoch for one "
    "response. Learning rates per image 0.05 (Analog SGD, digital) and 0.01 (the fast array of "
    "Tiki-Taka, γ = 0, and of Residual Learning, γ = 0.4; transfer of all columns after every 10 "
    "images at 0.1), found in a few trial runs with the power response, the same for all "
    "responses. What is seen: with two layers Analog SGD gets worse as τR′(0) rises, in one order"
    " for both families, and better with τ, while the two others come close to the digital "
    "network; with three layers Analog SGD hardly leaves chance (nor did it at learning rates of "
    "0.01 and 0.2 in trial runs). That Analog SGD fails where Residual Learning does not is as in"
    " 2502.06309; that it learns with the exponential response of γ_res = 0.5 and τ = 0.8, as "
    "printed there, is not reproduced. Nor is it that Tiki-Taka does as well as the digital "
    "network with three layers: it varies most from seed to seed where τR′(0) is small, is still "
    "learning at the last epoch, and its transfer rate was not tuned to the response; in trial "
    "runs slower transfers helped it at small slopes and held it back at large ones. Residual "
    "Learning stays below the digital network there, by up to some twenty per cent points, most "
    "at large slopes and the smallest τ; at the smallest slope one of its seeds is left behind."
)


def table(data: Data) -> str:
    """Accuracy of the test images, mean ± 99 % half-width over the seeds."""
    seeds = data["digital_2_end"].shape[-1]
    lines = [
        "Digits of scikit-learn (8 × 8 pixels), not MNIST. Test accuracy in per cent at the end of "
        f"training, mean ± half of the 99 % interval over {seeds} seeds.",
        "",
        f"| layers | response | γ_res | τ·R′(0) | τ | {' | '.join(ALGORITHMS)} | {DIGITAL} |",
        f"|---:|---|---:|---:|---:|{'---:|' * (len(ALGORITHMS) + 1)}",
    ]
    for layers in (2, 3):
        mean, half = (data[f"analog_{layers}_{name}"][:, :, -1] for name in ("mean", "half"))
        digital = [data[f"digital_{layers}_{name}"][-1] for name in ("mean", "half")]
        for family, power in _by_slope(data):
            response = f"{_name(data, family)} | {data['gamma_res'][power]:g}"
            for tau in range(len(data["tau"])):
                cells = [
                    *(
                        f"{mean[family, a, power, tau]:.1f} ± {half[family, a, power, tau]:.1f}"
                        for a in range(len(ALGORITHMS))
                    ),
                    f"{digital[0]:.1f} ± {digital[1]:.1f}",
                ]
                lines.append(
                    f"| {layers} | {response} | {data['slope'][family, power]:.2f} | "
                    f"{data['tau'][tau]:g} | {' | '.join(cells)} |"
                )
    return "\n".join(lines) + "\n"


def _name(data: Data, family: int) -> str:
    return FAMILIES[int(data["family"][family])]


def _by_slope(data: Data) -> list[tuple[int, int]]:
    """(family, γ_res) in the order of τ·R′(0)."""
    places = [(int(f), int(g)) for f, g in np.ndindex(*data["slope"].shape)]
    return sorted(places, key=lambda place: float(data["slope"][place]))


def draw(data: Data) -> Any:
    """Rows: two and three layers. Accuracies at the end by response; learning curves."""
    figure = new_figure(4.4)
    axes = figure.subplots(2, 2, width_ratios=(2.2, 1), sharey="row")
    for row, layers in enumerate((2, 3)):
        _ends(axes[row, 0], data, layers)
        _curves(axes[row, 1], data, layers)
    title(axes[0, 0], "a", "two layers, 64–32–10")
    title(axes[1, 0], "b", "three layers, 64–32–16–10")
    family, power, tau = _shown(data)
    response = (
        rf"{_SHORT[_name(data, family)]} {data['gamma_res'][power]:g}, $\tau={data['tau'][tau]:g}$"
    )
    title(axes[0, 1], "c", f"two layers, {response}")
    title(axes[1, 1], "d", f"three layers, {response}")
    figure.legend(
        *axes[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=4,
        columnspacing=1.5, handletextpad=0.5,
    )  # fmt: skip
    return figure


def _shown(data: Data) -> tuple[int, int, int]:
    """The response of the learning curves: the first family, the middle γ_res, the least τ."""
    return 0, len(data["gamma_res"]) // 2, 0


def _ends(axes: Any, data: Data, layers: int) -> None:
    """One group a response, in it τ from left to right; algorithms side by side."""
    mean, half = (data[f"analog_{layers}_{name}"][:, :, -1] for name in ("mean", "half"))
    base, spread = (data[f"digital_{layers}_{name}"][-1] for name in ("mean", "half"))
    axes.axhspan(base - spread, base + spread, color=GREY, alpha=0.25, lw=0, zorder=0)
    axes.axhline(base, color=BLACK, lw=1.0, zorder=1, label=DIGITAL)
    axes.axhline(10.0, color=GREY, lw=0.7, ls=":", zorder=0)
    groups = _by_slope(data)
    taus = len(data["tau"])
    apart = 0.9 / taus if taus > 1 else 0.45
    inside = apart * (np.arange(taus) - (taus - 1) / 2)
    for number, (family, power) in enumerate(groups):
        if number % 2:
            axes.axvspan(number - 0.5, number + 0.5, color="0.96", lw=0, zorder=-1)
        for a, (name, (colour, marker)) in enumerate(zip(ALGORITHMS, _LOOKS, strict=True)):
            place = number + inside + apart * (0.28 * (a - 1) - 0.06)
            seeds = data[f"analog_{layers}_end"][family, a, power]
            axes.plot(place + 0.13 * apart, seeds, "_", color=colour, ms=2.5, mew=0.7, zorder=3)
            points(
                axes, place, mean[family, a, power],
                half[family, a, power], colour, marker, label=None if number else name, ms=3.4,
            )  # fmt: skip
    axes.set_xticks(
        range(len(groups)),
        [
            f"{_SHORT[_name(data, family)]} {data['gamma_res'][power]:g}\n"
            f"({data['slope'][family, power]:.2f})"
            for family, power in groups
        ],
    )
    axes.set_xticks(
        [number + place for number in range(len(groups)) for place in inside],
        [f"{tau:g}" for _ in groups for tau in data["tau"]],
        minor=True,
    )
    axes.xaxis.remove_overlapping_locs = False  # the middle τ stands where a group does
    axes.tick_params(axis="x", which="major", length=0, pad=13)
    axes.tick_params(axis="x", which="minor", labelsize=7, pad=2)
    axes.set(xlim=(-0.5, len(groups) - 0.5), ylim=(0, 103), ylabel="test accuracy (%)")
    if layers == 2:
        axes.tick_params(axis="x", which="both", labelbottom=False)
    else:
        axes.set_xlabel(
            r"$\tau$, response with its $\gamma_{\mathrm{res}}$, and $(\tau R^\prime(0))$"
        )


def _curves(axes: Any, data: Data, layers: int) -> None:
    """Accuracy after every epoch."""
    family, power, tau = _shown(data)
    mean, half = (data[f"analog_{layers}_{name}"] for name in ("mean", "half"))
    base, spread = (data[f"digital_{layers}_{name}"] for name in ("mean", "half"))
    epochs = np.arange(1, len(base) + 1)
    band(axes, epochs, base, spread, GREY)
    axes.plot(epochs, base, color=BLACK, lw=1.0)
    for a, (colour, marker) in enumerate(_LOOKS):
        own = np.s_[family, a, :, power, tau]
        band(axes, epochs, mean[own], half[own], colour, alpha=0.2)
        axes.plot(epochs, mean[own], color=colour, marker=marker, mfc="white", ms=3, lw=0.9)
    axes.axhline(10.0, color=GREY, lw=0.7, ls=":", zorder=0)
    axes.set_xlim(0.5, len(base) + 0.5)
    axes.set_xticks(epochs if len(epochs) < 5 else epochs[3::4])
    if layers == 3:
        axes.set_xlabel("epoch")
