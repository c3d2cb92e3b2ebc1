"""Devices of both packages with equal parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from analogtheory import responses
from analogtheory.responses.response import Response
from validation.peer import EQUAL_CELLS

HIGH, LOW, SIZE = 0.8, -0.5, 0.02
_ENDS = {"w_max": HIGH, "w_min": LOW}


@dataclass(frozen=True)
class Pair:
    """A device of ours and the same device of theirs.

    Attributes
    ----------
    name : str
        In the catalog.
    parameters : mapping
        Of the response.
    peer : str
        Class of aihwkit.
    peer_parameters : mapping
        Of that class, without Δw_min and noise.
    dw_min : float
    multiplicative : bool
        Whether noise scales with the step.
    granularity : float
        Size of a pulse that aihwkit computes its trains with, in units of Δw_min.
    """

    name: str
    parameters: Mapping[str, Any]
    peer: str
    peer_parameters: Mapping[str, Any] = field(default_factory=dict)
    dw_min: float = SIZE
    multiplicative: bool = True
    granularity: float = 1.0

    @property
    def label(self) -> str:
        """Name for a table."""
        kind = "" if self.multiplicative else ", additive"
        return f"{self.name} ({self.peer.removesuffix('Device')}{kind})"

    def response(self) -> Response:
        """Ours."""
        return responses.get(self.name, **self.parameters)

    def ends(self) -> tuple[float, float]:
        """Weights that both can be set to: aihwkit cuts w, not w + r, at its bounds."""
        low, high = self.response().range
        return (
            max(float(np.max(low)), self.peer_parameters.get("w_min", -np.inf)),
            min(float(np.min(high)), self.peer_parameters.get("w_max", np.inf)),
        )

    def theirs(self, noise: float = 0.0) -> dict[str, Any]:
        """Parameters of the class of aihwkit."""
        common = {**EQUAL_CELLS, "dw_min": self.dw_min, "dw_min_std": noise}
        return {**common, **self.peer_parameters}


_GAMMA = 2.3
_EXP = {
    "A_up": -1.18445, "A_down": -0.081404, "gamma_up": 5.0, "gamma_down": 5.0, "a": -0.5,
    "b": -0.5,
}  # fmt: skip
_EXP_DOWN = 1.0 + 0.081404 * np.exp(2.5)

#: Every step equation, with unequal bounds and, in some, unequal directions.
FAMILIES = (
    Pair("ideal", {"tau": HIGH}, "ConstantStepDevice", {"w_max": HIGH, "w_min": -HIGH}),
    Pair(
        "gokmen-vlasov", {**_ENDS, "scale_down": 0.8},
        "ConstantStepDevice", {**_ENDS, "up_down": 0.2},
    ),
    Pair(
        "linear-step", {**_ENDS, "gamma_up": 0.4, "gamma_down": 0.7, "scale_up": 0.9},
        "LinearStepDevice",
        {
            **_ENDS, "gamma_up": 0.4, "gamma_down": 0.7, "gamma_up_dtod": 0.0,
            "gamma_down_dtod": 0.0, "up_down": -0.1,
        },
    ),
    Pair("soft-bounds", _ENDS, "SoftBoundsDevice", _ENDS),
    Pair(
        "soft-bounds", {**_ENDS, "reference": 0.1}, "SoftBoundsReferenceDevice",
        {**_ENDS, "reference_mean": 0.1}, multiplicative=False,
    ),
    Pair(
        "exp-step", {**_ENDS, **_EXP}, "ExpStepDevice", {**_ENDS, **_EXP},
        dw_min=SIZE / 5,  # its steps are up to 20 Δw_min
        granularity=float(_EXP_DOWN),
    ),
    Pair(
        "pow-step", {**_ENDS, "gamma_up": _GAMMA, "gamma_down": _GAMMA}, "PowStepDevice",
        {**_ENDS, "pow_gamma": _GAMMA, "pow_gamma_dtod": 0.0},
        granularity=0.5**_GAMMA,
    ),
)  # fmt: skip

_GAMMA_EQUAL = {"gamma_up_dtod": 0.0, "gamma_down_dtod": 0.0}
_PRESETS: dict[str, tuple[str, dict[str, Any]]] = {
    "gokmen-vlasov": ("GokmenVlasovPresetDevice", {}),
    "idealized": ("IdealizedPresetDevice", {}),
    "ecram": ("EcRamPresetDevice", _GAMMA_EQUAL),
    "ecram-mo": ("EcRamMOPresetDevice", _GAMMA_EQUAL),
    "capacitor": ("CapacitorPresetDevice", _GAMMA_EQUAL),
    "reram-es": ("ReRamESPresetDevice", {}),
    "reram-sb": ("ReRamSBPresetDevice", {}),
    "reram-array-om": ("ReRamArrayOMPresetDevice", {"reference_std": 0.0}),
    "reram-array-hfo2": ("ReRamArrayHfO2PresetDevice", {"reference_std": 0.0}),
}


def presets() -> list[Pair]:
    """The calibrated devices, each with the pulse size of its own package."""
    pairs = []
    for name, (peer, parameters) in _PRESETS.items():
        known = responses.get(name).calibration
        assert known is not None
        quiet = {"write_noise_std": 0.0} if known.write_noise else {}
        pairs.append(Pair(name, {}, peer, {**parameters, **quiet}, dw_min=known.dw_min))
    return pairs
