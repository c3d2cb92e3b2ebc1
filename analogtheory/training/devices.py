"""The devices of an array, with its reference: zero-shift, its error, offsets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analogtheory import responses
from analogtheory.errors import InputError
from analogtheory.responses.response import Response
from analogtheory.tiles import Periphery, Tile
from analogtheory.training.checks import numbers, per_problem, whole
from analogtheory.training.randomness import OFFSET, Source
from analogtheory.training.settings import Grid

Array = NDArray[Any]

_OWN = ("offset", "offset_spread", "zero_shift", "order")


@dataclass(frozen=True, eq=False)
class Devices:
    """Devices of an array, and what its weights are read against.

    A weight is w − r. With the offset o the reference is r = w⋄ − o: the array reads o at its
    symmetric point w⋄ (theory notes 0). Here o = `offset` + `offset_spread`·ξ per cell.

    Attributes
    ----------
    response, dw_min, cycle_noise, multiplicative_noise, write_noise, device_variation,
    corrupt, corrupt_reach, periphery
        As for :class:`analogtheory.tiles.Tile`.
    offset, offset_spread : float or array (problems,)
        Mean and standard deviation of o, in weight units. Drawn offsets may lie beyond the
        range: a reference is a device of its own.
    zero_shift : str or int
        How w⋄ is found. "exact": as the formulas give it. A number n: by n pulses of changing
        direction, copied with the error that they leave. "none": not at all, r = −o.
    order : str
        Of these pulses: "alternating" or "random".

    Raises
    ------
    InputError
        If an argument cannot be used; what a tile refuses is refused when it is built.
    """

    response: Response | str
    dw_min: Any = None
    cycle_noise: Any = None
    multiplicative_noise: bool | None = None
    write_noise: float | None = None
    device_variation: Mapping[str, float] | str | None = None
    corrupt: float = 0.0
    corrupt_reach: float = 0.01
    periphery: Periphery | None = None
    offset: Any = 0.0
    offset_spread: Any = 0.0
    zero_shift: str | int = "exact"
    order: str = "alternating"

    def __post_init__(self) -> None:
        numbers("offset", self.offset, "any")
        numbers("offset_spread", self.offset_spread, "non-negative")
        if isinstance(self.zero_shift, str):
            if self.zero_shift not in ("exact", "none"):
                raise InputError(
                    f"zero_shift {self.zero_shift!r}: use 'exact', 'none' or a number of pulses"
                )
        else:
            whole("zero_shift", self.zero_shift, 1)
        if isinstance(self.device_variation, Mapping) and "reference" in self.device_variation:
            raise InputError("device_variation of reference: give it as offset_spread")
        self._check_offset()

    def tile(self, grid: Grid, number: int) -> Tile:
        """Build the array.

        Parameters
        ----------
        grid : Grid
        number : int
            Which of the arrays of an algorithm it is, from 0.

        Returns
        -------
        Tile
            At its symmetric point, or where the search for it has ended; without such a
            search at conductance 0.

        Raises
        ------
        InputError
            If the devices do not fit the problems, or a cell has no symmetric point.
        """
        given = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in _OWN}
        tile = Tile(
            given.pop("response"), grid.shape, **given,
            seed=grid.seed,
            stream=grid.stream + number, first_problem=grid.first_problem, dtype=grid.dtype,
            backend=grid.backend,
        )  # fmt: skip
        self._refer(tile, self._offsets(grid, number))
        return tile

    def _refer(self, tile: Tile, offsets: Array) -> None:
        """Put the reference to w⋄ − o, and the devices to what was found for w⋄."""
        if not isinstance(self.zero_shift, str):
            tile.program_symmetric_point(self.zero_shift, self.order)
            tile.zero_shift()
            points = np.asarray(tile.reference)
        elif self.zero_shift == "exact":
            points = tile.symmetric_points
            if np.isnan(points).any():
                raise InputError(
                    f"zero_shift: {np.isnan(points).sum()} cells of {tile.response.name} have no "
                    "symmetric point; use 'none' or a number of pulses"
                )
            tile.set_weights(points)
        else:
            points = np.zeros(tile.shape)
        if np.any(points) or np.any(offsets):
            tile.restore(tile.state() | {"reference": points.reshape(tile.shape) - offsets})

    def _offsets(self, grid: Grid, number: int) -> Array:
        problems, rows, columns = grid.shape
        mean = per_problem("offset", self.offset, problems)
        spread = per_problem("offset_spread", self.offset_spread, problems)
        if not spread.any():
            return np.array(np.broadcast_to(mean[:, None, None], grid.shape))
        source = Source.of(grid.seed, OFFSET, grid.stream + number, grid.numbers())
        xi = source.normal(0, rows * columns).reshape(grid.shape)
        return np.asarray(mean[:, None, None] + spread[:, None, None] * xi)

    def _check_offset(self) -> None:
        """The mean reference must be a conductance that the mean device can have."""
        known = isinstance(self.response, str)
        mean = responses.get(str(self.response)) if known else self.response
        if not isinstance(mean, Response):
            raise InputError(f"response: must be a Response or a name, got {self.response!r}")
        low, high = (np.asarray(end, dtype=np.float64) for end in mean.range)
        point = mean.reference_point if not mean.shape and self.zero_shift != "none" else None
        reference = (0.0 if point is None else point) - np.asarray(self.offset, dtype=np.float64)
        if np.any(reference < low.min()) or np.any(reference > high.max()):
            raise InputError(
                f"offset: puts the reference to {reference.min():g} … {reference.max():g}, beyond "
                f"the bounds [{low.min():g}, {high.max():g}] of {mean.name}"
            )
