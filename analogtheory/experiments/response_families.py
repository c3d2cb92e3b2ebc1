"""Response functions of the catalog: q₊ and q₋, their parts F and G, and the saturation M.

Ten devices of :mod:`analogtheory.responses`: the linear, power and exponential families with
τ = 1, and four calibrated devices. Curves are the formulas, markers what a pulse does: cells of a
tile are put to a weight and pulsed once, with cycle-to-cycle noise.

Run ``python -m analogtheory.experiments.response_families [--quick] [--out FOLDER]``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from analogtheory.experiments.core import (
    Array,
    Data,
    Experiment,
    Progress,
    Size,
    interval,
    rounding,
    run_module,
    sampling,
    sampling_of_width,
)
from analogtheory.responses import Response, get
from analogtheory.tiles import Tile

#: Column of the figure, then label and catalog entry of its devices.
FAMILIES: dict[str, list[dict[str, Any]]] = {
    "linear": [
        {"label": "$c=0$", "name": "linear", "parameters": {"c": 0}},
        {"label": "$c=0.3$", "name": "linear", "parameters": {"c": 0.3}},
    ],
    "power": [
        {"label": r"$\gamma=2$", "name": "power", "parameters": {"gamma_res": 2}},
        {"label": r"$\gamma=\frac{1}{2}$", "name": "power", "parameters": {"gamma_res": 0.5}},
    ],
    "exponential": [
        {"label": r"$\gamma=1$", "name": "exponential", "parameters": {"gamma_res": 1}},
        {
            "label": r"$\gamma=\frac{1}{4}$",
            "name": "exponential",
            "parameters": {"gamma_res": 0.25},
        },
    ],
    "ECRAM": [
        {"label": "Li", "name": "ecram", "parameters": {}},
        {"label": "metal oxide", "name": "ecram-mo", "parameters": {}},
    ],
    "ReRAM": [
        {"label": "exp. step", "name": "reram-es", "parameters": {}},
        {"label": "soft bounds", "name": "reram-sb", "parameters": {}},
    ],
}  # fmt: skip
_COMMON = {
    "seed": 1,
    "families": FAMILIES,
    "points": 101,
    "pulsed": 7,
    "dw_min": 1e-4,
    "cycle_noise": 0.3,
}
INPUTS: dict[Size, dict[str, Any]] = {
    "quick": {**_COMMON, "cells": 100},
    "full": {**_COMMON, "cells": 1000},
}


def devices() -> list[Response]:
    """The ten devices, column by column."""
    members = [member for family in FAMILIES.values() for member in family]
    return [get(member["name"], **member["parameters"]) for member in members]


def compute(size: Size, progress: Progress) -> Data:
    """Curves and pulses, a row a device; the symmetric points."""
    given = INPUTS[size]
    rows: list[dict[str, Array]] = []
    found = devices()
    for number, device in enumerate(found):
        rows.append(_curves(device, given["points"]) | _pulsed(device, given, number))
        progress((number + 1) / len(found))
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


def _curves(device: Response, points: int) -> dict[str, Array]:
    """The formulas over the range, and at the symmetric point."""
    low, high = device.range
    weight = np.linspace(low, high, points)
    [zero] = device.symmetric_points
    parts = {"up": device.q_up, "down": device.q_down, "F": device.F, "G": device.G, "M": device.M}
    curves = {name: part(weight) for name, part in parts.items()}
    at_zero = {f"{name}_at_symmetric": part(zero.value) for name, part in parts.items()}
    return {"weight": weight, "symmetric": np.float64(zero.value), **curves, **at_zero}  # type: ignore[dict-item]


def _pulsed(device: Response, given: dict[str, Any], stream: int) -> dict[str, Array]:
    """Mean change by one pulse from some weights, in units of Δw_min, up and down."""
    low, high = device.range
    weight = low + (high - low) * (np.arange(given["pulsed"]) + 0.5) / given["pulsed"]
    found: dict[str, Array] = {"pulsed_weight": weight}
    for name, sign in (("up", 1.0), ("down", -1.0)):
        tile = Tile(
            device, (len(weight), 1, given["cells"]), dw_min=given["dw_min"],
            cycle_noise=given["cycle_noise"], multiplicative_noise=True, write_noise=0.0,
            dtype="float64", seed=given["seed"], stream=2 * stream + (sign < 0), backend="numpy",
        )  # fmt: skip
        tile.set_weights(weight[:, None, None])
        before = tile.weights
        lines = np.ones(given["cells"]), np.array([-sign])
        tile.update(*lines, given["dw_min"], pulses=1, train="deterministic")
        moved = sign * (tile.weights - before)[:, 0] / given["dw_min"]
        found[f"pulsed_{name}"], found[f"pulsed_{name}_half"] = interval(moved, axis=1)
    return found


def tolerances(data: Data) -> dict[str, Any]:
    """Rounding for the formulas, half-widths for what is sampled."""
    allowed: dict[str, Any] = {name: rounding(values, 1000) for name, values in data.items()}
    for name in ("pulsed_up", "pulsed_down"):
        half = data[f"{name}_half"]
        allowed[name] = sampling(half)
        allowed[f"{name}_half"] = sampling_of_width(half, INPUTS["quick"]["cells"])
    return allowed


def draw(data: Data) -> Any:
    """A column for each family."""
    from analogtheory.experiments.response_families_figure import draw as figure

    return figure(data, FAMILIES)


EXPERIMENT = Experiment(
    name="response_families",
    title="Response functions of the device families",
    caption="A column for each family, red and blue for two members; the last column has axes of "
    "its own. Top: q₊ (solid) and q₋ (dashed) in units of Δw_min; markers: mean change by one up "
    "(squares) or down (circles) pulse of Δw_min = 1e-4 with cycle-to-cycle noise of 0.3 of its "
    "size, with 99 % intervals over cells. Middle: F = (q₋ + q₊)/2 (solid) and G = (q₋ − q₊)/2 "
    "(dashed), in which the averaged update is ΔF − |Δ|G (claim compact-form). Bottom: M = F² − G² "
    "= q₊q₋ (claim saturation-product), 0 where one of the two has no effect. Diamonds: the "
    "symmetric point, G = 0. Linear q₊ = (1 + c)(1 − w/τ), q₋ = (1 − c)(1 + w/τ) (claim "
    "linear-response-algebra), power q± = (1 ∓ w/τ)^γ (claim power-response-algebra) and "
    "exponential q± = (e^{γ(1 ∓ w/τ)} − 1)/(e^γ − 1) (claim exponential-response-algebra), τ = 1: "
    "q₊ is 0 at τ and q₋ at −τ (claim responses-vanish-at-range-ends). ECRAM (linear steps; F of "
    "the two is nearly the same) and ReRAM as fitted by aihwkit 1.2.0 to published devices (Tang "
    "et al., IEDM 2018; Kim et al., IEDM 2019; Gong et al., Nat. Commun. 2018, the soft bounds "
    "loosely), which takes all but the exponential step as shifted so that the symmetric point is "
    "0. After Fig. 6 of arXiv:2406.12774, of which only that it shows response factors is "
    "recalled; the members are our choice.",
    claims=(
        "compact-form",
        "saturation-product",
        "linear-response-algebra",
        "power-response-algebra",
        "exponential-response-algebra",
        "responses-vanish-at-range-ends",
    ),
    inputs=INPUTS,
    compute=compute,
    draw=draw,
    tolerances=tolerances,
)

if __name__ == "__main__":
    run_module(EXPERIMENT)
