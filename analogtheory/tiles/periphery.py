"""The periphery of a tile: converters, noise, and the management of scales."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from analogtheory.errors import InputError

NOISE_MANAGEMENT = ("abs-max", "none")
BOUND_MANAGEMENT = ("iterative", "none")

#: Below this a step is lost in the rounding of single precision.
FINEST_RESOLUTION = 1e-6


@dataclass(frozen=True)
class Periphery:
    """Converters, noise, and the management of scales.

    Inputs are in units of α, outputs in units of α times a weight.

    Attributes
    ----------
    input_bound, output_bound : float
        Range ±b of the DAC and of the ADC; ``math.inf`` for none, if the resolution is 0.
    input_resolution, output_resolution : float
        Step as a fraction of the full range: step = resolution·2b; 1/126 are the
        2⁷ − 2 steps of 7 bits. 0: no rounding.
    input_noise, output_noise : float
        σ_in and σ_out.
    weight_noise : float
        σ_w, in weight units.
    noise_management : str
        "abs-max": each vector is divided by its largest |x| and the output multiplied;
        a zero vector gives zeros. "none": α = 1.
    bound_management : str
        "iterative": a vector of which an output leaves the range of the ADC is read
        again, all its noise anew, with its inputs halved (r doubled), as long as
        r ≤ `largest_reduction` and r·(DAC step) ≤ `coarsest_step`. Forward reads only, as
        is the practice of the field; in backward reads outputs are clipped. "none": always.
    largest_reduction, coarsest_step : float

    Raises
    ------
    InputError
        If a value is out of range.

    Examples
    --------
    >>> Periphery().input_step == 2 / 126
    True
    """

    input_bound: float = 1.0
    input_resolution: float = 1 / 126
    input_noise: float = 0.0
    output_bound: float = 12.0
    output_resolution: float = 1 / 510
    output_noise: float = 0.06
    weight_noise: float = 0.0
    noise_management: str = "abs-max"
    bound_management: str = "iterative"
    largest_reduction: float = 1000.0
    coarsest_step: float = 0.25

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name.endswith("management"):
                _check_choice(field.name, value)
            else:
                object.__setattr__(self, field.name, _number(field.name, value))
        for side in ("input", "output"):
            bound, resolution = getattr(self, f"{side}_bound"), getattr(self, f"{side}_resolution")
            if math.isinf(bound) and resolution > 0:
                raise InputError(f"{side}_bound: must be finite where {side}_resolution is not 0")

    @classmethod
    def preset(cls) -> Periphery:
        """As the device presets of aihwkit 1.2.0: output bound 20, output noise 0.1."""
        return cls(output_bound=20.0, output_noise=0.1)

    @classmethod
    def standard(cls) -> Periphery:
        """As "StandardIO" of aihwkit 1.2.0: 8 bits both ways, bound 10, output noise 0.04."""
        return cls(
            input_resolution=1 / 254, output_bound=10.0, output_resolution=1 / 254,
            output_noise=0.04,
        )  # fmt: skip

    @property
    def input_step(self) -> float:
        """Step of the DAC; 0 for none."""
        return _step(self.input_resolution, self.input_bound)

    @property
    def output_step(self) -> float:
        """Step of the ADC; 0 for none."""
        return _step(self.output_resolution, self.output_bound)

    @property
    def limit(self) -> float:
        """The r up to which a saturated vector is read again."""
        step = self.input_step
        return min(self.largest_reduction, self.coarsest_step / step if step else math.inf)


def _step(resolution: float, bound: float) -> float:
    return 2.0 * resolution * bound if resolution else 0.0


_RANGES: dict[str, tuple[float, float]] = {
    "bound": (0.0, math.inf), "resolution": (FINEST_RESOLUTION, 0.5), "noise": (0.0, 1e6),
    "reduction": (1.0, 2.0**30), "step": (0.0, math.inf),
}  # fmt: skip


def _number(name: str, value: Any) -> float:
    kind = name.rsplit("_", 1)[1]
    low, high = _RANGES[kind]
    is_number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    if kind in ("bound", "step"):
        right, fits = "a positive number", is_number and value > 0
    elif kind == "resolution":
        right = f"0 or from {low} to {high}"
        fits = is_number and (value == 0 or low <= value <= high)
    else:
        right, fits = f"a number from {low} to {high}", is_number and low <= value <= high
    if not fits:
        raise InputError(f"{name}: must be {right}, got {value!r}")
    return float(value)


def _check_choice(name: str, value: Any) -> None:
    choices = NOISE_MANAGEMENT if name.startswith("noise") else BOUND_MANAGEMENT
    if value not in choices:
        raise InputError(f"{name}: must be one of {', '.join(choices)}, got {value!r}")
