"""A named response function with parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from analogtheory.errors import InputError
from analogtheory.responses.calibration import Calibration
from analogtheory.responses.response import Response


@dataclass(frozen=True)
class Family:
    """A named response function with parameters.

    Attributes
    ----------
    name : str
    up, down, low, high : str
        Formulas of q₊, q₋ and the ends of the range.
    defaults : mapping of str to float
        The parameters and their values unless set.
    summary, source : str
        What it is, and where it comes from.
    calibration : Calibration or None
        Measured figures of a calibrated device.
    """

    name: str
    up: str
    down: str
    low: str
    high: str
    defaults: Mapping[str, float]
    summary: str
    source: str
    calibration: Calibration | None = field(default=None)

    def build(self, **parameters: Any) -> Response:
        """The response with some parameters set (numbers, or arrays with one per cell).

        Raises
        ------
        InputError
            For an unknown parameter or values that give no usable response.
        """
        for key in parameters:
            if key not in self.defaults:
                raise InputError(
                    f"response {self.name}: unknown parameter {key!r}; it has "
                    f"{', '.join(f'{k}={v:g}' for k, v in self.defaults.items()) or 'none'}"
                )
        return Response(
            self.up,
            self.down,
            self.low,
            self.high,
            name=self.name,
            source=self.source,
            parameters={**self.defaults, **parameters},
            calibration=self.calibration,
        )
