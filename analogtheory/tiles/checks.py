"""Checks of what a user gives to a tile."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analogtheory.errors import InputError
from analogtheory.kernels.precision import dtype as dtype
from analogtheory.responses.response import Response
from analogtheory.tiles.periphery import Periphery
from analogtheory.tiles.step import Device
from analogtheory.tiles.streams import KINDS

Array = NDArray[Any]
Shape = tuple[int, int, int]

_MOST_VECTORS = 2**31 - 2

#: Added to the number of a write in place of a vector: where write noise is drawn from.
FIRST_WRITE = 2**31


def whole(name: str, value: Any, low: int) -> int:
    """A whole number that is not below `low`.

    Raises
    ------
    InputError
        Otherwise.
    """
    is_whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not is_whole or value < low:
        raise InputError(f"{name}: must be a whole number ≥ {low}, got {value!r}")
    return int(value)


def shapes(shape: Any) -> tuple[tuple[int, ...], Shape]:
    """The shape as given, and with its batch axis.

    Raises
    ------
    InputError
        If it is not (rows, columns) or (problems, rows, columns).
    """
    if not isinstance(shape, tuple | list) or len(shape) not in (2, 3):
        raise InputError(
            f"shape: must be (rows, columns) or (problems, rows, columns), got {shape!r}"
        )
    sizes = tuple(whole("shape", size, 1) for size in shape)
    problems, rows, columns = sizes if len(sizes) == 3 else (1, *sizes)
    if rows * columns >= 2**32:
        raise InputError(f"shape: a tile has at most 2**32 - 1 cells, got {rows}·{columns}")
    return sizes, (problems, rows, columns)


def stream(value: Any) -> int:
    """The number of a tile among those with the same seed.

    Raises
    ------
    InputError
        If it has no room in a counter.
    """
    if whole("stream", value, 0) >= 2**32 // KINDS:
        raise InputError(f"stream: must be a whole number below 2**28, got {value}")
    return int(value)


def periphery(value: Any) -> Periphery | None:
    """A periphery, or None.

    Raises
    ------
    InputError
        Otherwise.
    """
    if value is not None and not isinstance(value, Periphery):
        raise InputError(f"periphery: must be a Periphery or None, got {value!r}")
    return value


def backend(value: Any) -> str:
    """The name of a backend.

    Raises
    ------
    InputError
        If there is none of that name.
    """
    if not isinstance(value, str) or value not in ("auto", "numpy", "numba", "cupy"):
        raise InputError(f"backend {value!r}: unknown; use one of auto, numpy, numba, cupy")
    return str(value)


def positive(name: str, value: Any) -> float:
    """A finite number > 0.

    Raises
    ------
    InputError
        Otherwise.
    """
    if not _is_number(value) or not value > 0:
        raise InputError(f"{name}: must be a number > 0, got {value!r}")
    return float(value)


def probability(name: str, value: Any) -> float:
    """A number in [0, 1].

    Raises
    ------
    InputError
        Otherwise.
    """
    if not _is_number(value) or not 0 <= value <= 1:
        raise InputError(f"{name}: must be a probability, from 0 to 1, got {value!r}")
    return float(value)


def _is_number(value: Any) -> bool:
    is_number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    return is_number and math.isfinite(value)


def fitted(name: str, value: Any, full: Shape, *, per_problem: bool = True) -> Array:
    """Numbers that broadcast to the cells: one, one per problem, or one per cell.

    Raises
    ------
    InputError
        If they do not fit, or are not finite.
    """
    try:
        array = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(
            f"{name}: must be a number or an array of numbers, got {value!r}"
        ) from None
    if not np.isfinite(array).all():
        raise InputError(f"{name}: must be finite, got {array[~np.isfinite(array)].flat[0]}")
    if per_problem and array.ndim == 1 and array.size == full[0] and full[0] > 1:
        array = array[:, None, None]
    try:
        np.broadcast_to(array, full)
    except ValueError:
        raise InputError(
            f"{name}: an array of shape {array.shape} does not fit cells of shape {full}"
        ) from None
    return array


@dataclass(frozen=True, eq=False)
class Figures:
    """Pulse size and noise of a tile, given or those of a calibrated device."""

    dw_min: Array
    cycle_noise: Array
    multiplicative_noise: bool
    write_noise: float

    @classmethod
    def of(
        cls,
        response: Any,
        full: Shape,
        dw_min: Any,
        cycle_noise: Any,
        multiplicative_noise: Any,
        write_noise: Any,
    ) -> Figures:
        """The figures, checked.

        Raises
        ------
        InputError
            If one cannot be used, or Δw_min is given nowhere.
        """
        if not isinstance(response, Response):
            raise InputError(f"response: must be a Response or a name, got {response!r}")
        known = response.calibration
        if dw_min is None and known is None:
            raise InputError(f"dw_min: {response.name} is not calibrated; give the pulse size")

        def chosen(value: Any, name: str, default: Any) -> Any:
            if value is not None:
                return value
            return default if known is None else getattr(known, name)

        size = fitted("dw_min", chosen(dw_min, "dw_min", None), full)
        if np.any(size <= 0):
            raise InputError(f"dw_min: must be positive, got {size.min():g}")
        noise = fitted("cycle_noise", chosen(cycle_noise, "cycle_noise", 0.0), full)
        if np.any(noise < 0):
            raise InputError(f"cycle_noise: must be ≥ 0, got {noise.min():g}")
        written = chosen(write_noise, "write_noise", 0.0)
        if not _is_number(written) or written < 0:
            raise InputError(f"write_noise: must be a number ≥ 0, got {written!r}")
        scales = chosen(multiplicative_noise, "multiplicative_noise", True)
        if not isinstance(scales, bool | np.bool_):
            raise InputError(f"multiplicative_noise: must be True or False, got {scales!r}")
        return cls(size, noise, bool(scales), float(written))


def references(reference: Any, device: Device, full: Shape) -> Array:
    """The reference of each cell.

    Raises
    ------
    InputError
        If it does not fit, or lies beyond the range of its device.
    """
    given, low, high = fitted("reference", reference, full), device.low, device.high
    # what varies from cell to cell may exclude 0, the default, or be a single point
    if np.any(((given < low) | (given > high)) & (given != 0) & (low < high)):
        raise InputError(
            f"reference: must lie within the range of its device, [{np.max(low):g}, "
            f"{np.min(high):g}] or the cell's own; got {np.min(given):g} to {np.max(given):g}"
        )
    return given


def granularity(dw_min: Array) -> Array:
    """The pulse size that trains are computed with: one number per problem, the mean."""
    return dw_min if dw_min.ndim == 0 else dw_min.mean(axis=tuple(range(-min(2, dw_min.ndim), 0)))


def vectors(count: int) -> int:
    """The number of a vector.

    Raises
    ------
    InputError
        If it has no room in a counter.
    """
    if count > _MOST_VECTORS:
        raise InputError(f"a tile takes at most {_MOST_VECTORS} vectors; use another stream")
    return count


def writes(count: int) -> int:
    """The number of a write.

    Raises
    ------
    InputError
        If it has no room in a counter.
    """
    if count > _MOST_VECTORS:
        raise InputError(f"a tile can be written at most {_MOST_VECTORS} times")
    return count


def cells(response: Response, shape: tuple[int, ...], full: Shape) -> None:
    """Hold the parameters of a response against the shape of a tile.

    Raises
    ------
    InputError
        If they do not fit.
    """
    try:
        np.broadcast_to(np.empty(response.shape), full)
    except ValueError:
        raise InputError(
            f"response {response.name}: its parameters of shape {response.shape} do not fit a "
            f"tile of shape {shape}"
        ) from None


def state(
    state: Any, shape: tuple[int, ...], full: Shape, touched: int
) -> tuple[Array, Array, Array, Array]:
    """The parts of a saved state: stored weights, touched, reference, counters.

    Raises
    ------
    InputError
        If one is missing or does not fit.
    """
    names = ("stored", "touched", "reference", "counters")
    if not isinstance(state, Mapping) or set(state) != set(names):
        raise InputError(f"state: must hold {', '.join(names)}")
    parts = {name: np.asarray(state[name]) for name in names}
    for name, size in (("stored", shape), ("touched", (touched,)), ("counters", (6,))):
        if parts[name].shape != size:
            raise InputError(f"state: {name} has shape {parts[name].shape}, not {size}")
    for name, kinds in (("stored", "f"), ("touched", "u"), ("reference", "f"), ("counters", "i")):
        if parts[name].dtype.kind not in kinds:
            raise InputError(f"state: {name} holds numbers of the wrong kind")
    if not (np.isfinite(parts["stored"]).all() and np.isfinite(parts["reference"]).all()):
        raise InputError("state: a weight is not finite")
    if (parts["counters"] < 0).any():
        raise InputError("state: a counter is negative")
    fitted("state: reference", parts["reference"], full)
    return parts["stored"], parts["touched"], parts["reference"], parts["counters"]
