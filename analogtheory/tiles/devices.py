"""The devices of a tile: one response per cell, drawn around the response of a mean device.

==============  ======================================================================
variation       what varies, ξ ~ N(0, 1) once per cell
==============  ======================================================================
`dw_min`        the size of both pulses: factor |1 + spread·ξ|
`log_dw_min`    the same, log-normal: factor exp(spread·ξ)
`up_down`       up pulses by + spread·ξ, down pulses by − spread·ξ, relative to Δw_min
`bounds`        every parameter in the ends of the range, each with a ξ of its own
a parameter     value·(1 + spread·ξ), its sign kept; spread·ξ where the value is 0
`reference`     the conductance that is subtracted when reading, by spread·ξ (absolute)
==============  ======================================================================

Source: the parameters of real arrays as aihwkit 1.2.0 draws them, read in its public
source; folded (|·|) so that a spread changes no sign.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy
from numpy.typing import NDArray

from analogtheory.errors import InputError
from analogtheory.philox import normal_pairs, philox4x32, uniforms
from analogtheory.responses.calibration import draw_cells
from analogtheory.responses.formulas import parameter
from analogtheory.responses.response import Response
from analogtheory.tiles.streams import DEVICE_VARIATION, REPETITIONS, stream_of

Array = NDArray[np.float64]
Shape = tuple[int, int, int]

#: Quantities that are drawn, and their number (parameters of the response follow).
_QUANTITIES = ("dw_min", "log_dw_min", "up_down", "reference", "corrupt", "stuck", "calibrated")


@dataclass(frozen=True)
class Draws:
    """Where the variation of the cells comes from.

    Attributes
    ----------
    seed, stream, first_problem : int
    shape : tuple of three int
        (problems, rows, columns).
    """

    seed: int
    stream: int
    first_problem: int
    shape: Shape

    def normal(self, quantity: int) -> Array:
        """One N(0, 1) number per cell."""
        return normal_pairs(self.seed, quantity, self._cells(), self._stream, self._problems())[0]

    def uniform(self, quantity: int) -> Array:
        """One number in (0, 1) per cell."""
        return uniforms(self.seed, quantity, self._cells(), self._stream, self._problems())

    def seed_of(self, problem: int) -> int:
        """A seed for what one problem draws by itself."""
        number = _QUANTITIES.index("calibrated"), self.first_problem + problem
        key = self.seed & 0xFFFFFFFF, self.seed >> 32
        words = philox4x32((number[0], 0, self._stream, number[1] * REPETITIONS), key)
        return int(words[0]) << 32 | int(words[1])

    @property
    def _stream(self) -> int:
        return stream_of(DEVICE_VARIATION, self.stream)

    def _cells(self) -> Any:
        return np.arange(self.shape[1] * self.shape[2]).reshape(self.shape[1:])

    def _problems(self) -> Any:
        numbers = self.first_problem + np.arange(self.shape[0])
        return (numbers * REPETITIONS)[:, None, None]


@dataclass(frozen=True, eq=False)
class VariedCells:
    """Cells drawn around a mean device.

    Attributes
    ----------
    response : Response
        With one parameter set per cell; pulse sizes vary through two more parameters of it,
        `gain_up` and `gain_down`.
    gain_up, gain_down : float or arrays
        The size of a cell's pulses relative to that of the mean device.
    reference : float or array
    """

    response: Response
    gain_up: Any = 1.0
    gain_down: Any = 1.0
    reference: Any = 0.0


def varied(
    response: Response, variation: Mapping[str, float] | str | None, draws: Draws
) -> VariedCells:
    """Draw the cells.

    Raises
    ------
    InputError
        If the variation names no quantity of the device, or a spread is not a number ≥ 0.
    """
    if variation is None:
        return VariedCells(response)
    if isinstance(variation, str):
        return _calibrated(response, variation, draws)
    if not isinstance(variation, Mapping):
        raise InputError(
            f"device_variation: must be 'calibrated' or a dict of spreads, got {variation!r}"
        )
    if response.shape:
        raise InputError(f"device_variation: the parameters of {response.name} are already arrays")
    spreads = {name: _checked_spread(name, spread) for name, spread in variation.items()}
    changed, gains, reference = {}, [1.0, 1.0], 0.0  # type: dict[str, Any], list[Any], Any
    for name, spread in spreads.items():
        if name in ("dw_min", "log_dw_min"):
            xi = draws.normal(_QUANTITIES.index(name))
            factor = np.exp(spread * xi) if name == "log_dw_min" else 1.0 + spread * xi
            gains = [gain * factor for gain in gains]
        elif name == "reference":
            reference = spread * draws.normal(_QUANTITIES.index(name))
        elif name != "up_down":
            changed |= _changed(response, name, spread, draws)
    if "up_down" in spreads:
        tilt = spreads["up_down"] * draws.normal(_QUANTITIES.index("up_down"))
        gains = [gains[0] + tilt, gains[1] - tilt]
    if changed:
        response = response.with_parameters(**changed)
    up, down = np.abs(gains[0]), np.abs(gains[1])
    if np.ndim(up) or np.ndim(down):
        response = _with_gains(response, up, down)
    return VariedCells(response, up, down, reference)


def _calibrated(response: Response, variation: str, draws: Draws) -> VariedCells:
    if variation != "calibrated":
        raise InputError(
            f"device_variation {variation!r}: must be 'calibrated' or a dict of spreads"
        )
    problems = [
        draw_cells(response, draws.shape[1:], seed=draws.seed_of(problem))
        for problem in range(draws.shape[0])
    ]
    names = [name for name, value in problems[0].parameters.items() if np.ndim(value)]
    values = {name: np.stack([cells.parameters[name] for cells in problems]) for name in names}
    gains = [values[name] / float(response.parameters[name]) for name in ("scale_up", "scale_down")]
    return VariedCells(response.with_parameters(**values), *gains)


def _checked_spread(name: str, spread: Any) -> float:
    if isinstance(spread, bool) or not isinstance(spread, int | float | np.number):
        raise InputError(f"device_variation of {name}: must be a number ≥ 0, got {spread!r}")
    if not (np.isfinite(spread) and spread >= 0):
        raise InputError(f"device_variation of {name}: must be a number ≥ 0, got {spread}")
    return float(spread)


def _changed(response: Response, name: str, spread: float, draws: Draws) -> dict[str, Array]:
    """New values of a parameter, or of those in the ends of the range."""
    names = _in_range_ends(response) if name == "bounds" else [name]
    if not names:
        raise InputError(
            f"device_variation: the ends of the range of {response.name} contain no parameter; "
            "write them with parameters, or leave 'bounds' out"
        )
    if name != "bounds" and name not in response.parameters:
        known = ["dw_min", "log_dw_min", "up_down", "bounds", "reference", *response.parameters]
        raise InputError(
            f"device_variation: {response.name} has no {name!r}; it may be {', '.join(known)}"
        )
    return {name: _drawn(response, name, spread, draws) for name in names}


def _in_range_ends(response: Response) -> list[str]:
    used = response.general_low.free_symbols | response.general_high.free_symbols
    return [n for n in response.parameters if parameter(n) in used and n != "reference"]


def _drawn(response: Response, name: str, spread: float, draws: Draws) -> Array:
    number = len(_QUANTITIES) + sorted(response.parameters).index(name)
    mean = float(response.parameters[name])
    values = mean + (abs(mean) or 1.0) * spread * draws.normal(number)
    return np.copysign(values, mean) if mean else values


def _with_gains(response: Response, up: Array, down: Array) -> Response:
    gain_up, gain_down = sympy.Symbol("gain_up", real=True), sympy.Symbol("gain_down", real=True)
    return Response(
        gain_up * response.general_up,
        gain_down * response.general_down,
        response.general_low,
        response.general_high,
        name=response.name,
        source=response.source,
        parameters={**response.parameters, "gain_up": up, "gain_down": down},
        calibration=response.calibration,
    )


def corrupted(probability: float, reach: float, draws: Draws) -> tuple[NDArray[np.bool_], Array]:
    """Which cells are stuck, and at which value, uniform in ±reach."""
    stuck = draws.uniform(_QUANTITIES.index("corrupt")) < probability
    value = reach * (2.0 * draws.uniform(_QUANTITIES.index("stuck")) - 1.0)
    return stuck, value
