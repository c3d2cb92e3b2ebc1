"""Figures of a calibrated device beyond its mean response, and cells drawn from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy import special

from analogtheory.errors import InputError
from analogtheory.philox import uniforms

if TYPE_CHECKING:
    from analogtheory.responses.response import Response

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Calibration:
    """Step size, noise and device-to-device spread of a calibrated device.

    Attributes
    ----------
    dw_min : float
        Δw_min, the mean step at w = 0 in weight units.
    cycle_noise : float
        Cycle-to-cycle standard deviation of a step, in units of Δw_min.
    multiplicative_noise : bool
        Whether the noise scales with the step, (1 + σξ)·q, or adds to it, q + σξ.
    write_noise : float
        Standard deviation of the visible weight around the stored one, in units of Δw_min.
    dw_min_spread, up_down_spread, w_max_spread, w_min_spread, gamma_spread : float
        Device-to-device standard deviations, relative except `up_down_spread`.
    dw_min_log_normal : bool
        Whether the gain is exp(spread·ξ) instead of 1 + spread·ξ.
    reference_spread : float
        Absolute standard deviation of the reference device.
    subtract_symmetric_point : bool
        Whether each cell's own symmetric point is subtracted.
    mean_bound_reference : bool
        Whether the slope of a linear step refers to the mean bound, not the cell's own.

    Source: the public presets of aihwkit 1.2.0, as far as they enter the response.
    """

    dw_min: float
    cycle_noise: float
    multiplicative_noise: bool = True
    write_noise: float = 0.0
    dw_min_spread: float = 0.0
    dw_min_log_normal: bool = False
    up_down_spread: float = 0.0
    w_max_spread: float = 0.0
    w_min_spread: float = 0.0
    gamma_spread: float = 0.0
    reference_spread: float = 0.0
    subtract_symmetric_point: bool = False
    mean_bound_reference: bool = False


def draw_cells(
    response: Response,
    shape: tuple[int, ...],
    *,
    seed: int = 0,
    spreads: Mapping[str, float] | None = None,
) -> Response:
    """Draw the parameters of a response per cell of a matrix.

    Parameters
    ----------
    response : Response
        One device, the mean of the cells.
    shape : tuple of int
        Shape of the matrix.
    seed : int
        The same seed gives the same cells, whatever the other arguments.
    spreads : mapping of str to float, optional
        Standard deviation of each named parameter: relative to its value, absolute where
        the value is 0. A parameter keeps its sign (the normal law is folded). Without it
        the figures of the device's own calibration are used.

    Raises
    ------
    InputError
        For an unknown parameter, a negative spread, or no spreads and no calibration.

    Examples
    --------
    >>> from analogtheory.responses import get
    >>> cells = draw_cells(get("linear"), (2, 3), spreads={"tau": 0.1})
    >>> cells.shape, cells.F([[0.0, 0.0, 0.0]]).shape
    ((2, 3), (2, 3))
    """
    if response.shape:
        raise InputError(f"{response.name}: its parameters are already drawn per cell")
    if spreads is None:
        if response.calibration is None or "scale_up" not in response.parameters:
            raise InputError(
                f"{response.name}: has no measured device-to-device figures; "
                "give the spread of its parameters, for example tau=0.1"
            )
        return response.with_parameters(**_calibrated(response, response.calibration, shape, seed))
    values: dict[str, Array] = {}
    for index, (name, spread) in enumerate(sorted(spreads.items())):
        if name not in response.parameters:
            raise InputError(
                f"device variation: {response.name} has no parameter {name!r}; it has "
                f"{', '.join(response.parameters) or 'none'}"
            )
        if not (np.isfinite(spread) and spread >= 0):
            raise InputError(f"device variation of {name}: must be a number ≥ 0, got {spread:g}")
        mean = float(response.parameters[name])
        drawn = mean + (abs(mean) or 1.0) * spread * _normals(shape, seed, index)
        values[name] = np.copysign(drawn, mean) if mean else drawn
    return response.with_parameters(**values)


def _normals(shape: tuple[int, ...], seed: int, stream: int) -> Array:
    lanes = np.arange(int(np.prod(shape)))
    return np.asarray(special.ndtri(uniforms(seed, step=0, lanes=lanes, stream=stream))).reshape(
        shape
    )


def _calibrated(
    response: Response, figures: Calibration, shape: tuple[int, ...], seed: int
) -> dict[str, Array]:
    """Cells as the field's simulators draw them (aihwkit facts 3.3, folded to keep signs)."""
    mean = {name: float(value) for name, value in response.parameters.items()}
    xi = [_normals(shape, seed, stream) for stream in range(7)]
    spread = figures.dw_min_spread
    gain = np.exp(spread * xi[0]) if figures.dw_min_log_normal else 1.0 + spread * xi[0]
    tilt = figures.up_down_spread * xi[1]
    cells = {
        "scale_up": np.abs(gain + tilt + (mean["scale_up"] - 1.0)),
        "scale_down": np.abs(gain - tilt + (mean["scale_down"] - 1.0)),
        "w_max": np.abs(mean["w_max"] * (1.0 + figures.w_max_spread * xi[2])),
        "w_min": -np.abs(mean["w_min"] * (1.0 + figures.w_min_spread * xi[3])),
    }
    if figures.gamma_spread:
        for stream, name, bound in ((4, "gamma_up", "w_max"), (5, "gamma_down", "w_min")):
            gamma = np.abs(mean[name] + figures.gamma_spread * xi[stream])
            # A slope that refers to the mean bound, written with the cell's own bound.
            cells[name] = gamma * (
                cells[bound] / mean[bound] if figures.mean_bound_reference else 1
            )
    if "reference" in mean:
        cells["reference"] = _references(figures, cells, xi[6])
    return cells


def _references(figures: Calibration, cells: dict[str, Array], xi: Array) -> Array:
    reference = figures.reference_spread * xi
    if not figures.subtract_symmetric_point:
        return np.asarray(reference)
    up, down = cells["scale_up"], cells["scale_down"]
    symmetric_point = (up - down) / (up / cells["w_max"] - down / cells["w_min"])
    return np.asarray(reference + symmetric_point)
