"""Tile: a crossbar array of analog devices, trained by pulses and read in parallel."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property, partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analogtheory import responses
from analogtheory.errors import InputError
from analogtheory.kernels.formulas import UnsupportedFormula
from analogtheory.philox import check_seed
from analogtheory.responses.cells import symmetric_points_of_cells
from analogtheory.responses.response import Response
from analogtheory.tiles import checks, streams, vector_checks
from analogtheory.tiles.cell_fields import CellFields
from analogtheory.tiles.cells import Cells, HostCells
from analogtheory.tiles.devices import Draws, VariedCells, corrupted, varied
from analogtheory.tiles.gpu import DeviceCells
from analogtheory.tiles.periphery import Periphery
from analogtheory.tiles.reading import read
from analogtheory.tiles.step import Device, step_of
from analogtheory.tiles.updates import Updates

Array = NDArray[Any]


class Tile(Updates):
    """A matrix of devices, or a batch of independent matrices.

    The weight of cell (i, j) is W_ij = w_ij − r_ij: the conductance w of a device less that
    of a reference. Pulses act on w by the response of the cell (2502.06309 eqs. (3), (26)).

    Parameters
    ----------
    response : Response or str
        The mean device, or its name in the catalog. Its parameters may be arrays that
        broadcast to `shape`.
    shape : tuple of int
        (rows, columns), or (problems, rows, columns) for independent tiles in one call.
    dw_min : float or array, optional
        Δw_min > 0, the weight change of a pulse at q = 1; one number, one per problem, or
        one per cell. The default is that of a calibrated device.
    cycle_noise : float or array, optional
        σ_c ≥ 0, cycle-to-cycle noise relative to a pulse; arrays as for `dw_min`.
    multiplicative_noise : bool, optional
        Whether the noise scales with q, (1 + σ_c ξ)·q, or not, q + σ_c ξ. The default is
        that of a calibrated device, else True.
    write_noise : float, optional
        Standard deviation of the visible weight around the stored one in units of Δw_min,
        drawn anew for a cell whenever it is pulsed.
    device_variation : mapping of str to float, or "calibrated", optional
        Spreads from cell to cell, see :mod:`analogtheory.tiles.devices`.
    reference : float or array
        r. It must lie within the range of its cell.
    corrupt : float
        Probability that a cell is stuck, at a weight drawn uniformly from ±`corrupt_reach`.
    corrupt_reach : float
    periphery : Periphery, optional
        Converters and noise of forward and backward reads; None reads exactly.
    dtype : str
        "float32" or "float64".
    seed : int
        0 ≤ seed < 2⁶⁴.
    stream : int
        Number of this tile among those with the same seed: they share no random number.
    first_problem : int
        Number of the first problem: problems 3 and 4 alone are ``first_problem=3``.
    backend : str
        "numba": generated kernels on all cores. "numpy": the reference, pulse by pulse on
        arrays. The bits are the same for responses made of + − × ÷ √ exp, log and powers,
        but for n pulses at once (see Notes). "auto": "numba". "cupy": generated CUDA
        kernels, the state kept on the GPU, with the bits of "numba" but for the product of
        a read; it must be asked for.

    Attributes
    ----------
    vectors : int
        How many vectors the tile has been updated with.
    pulses : int
        How many pulses have been fired.
    truncated : int
        For how many vectors (of any problem) the longest train was too short for the cell
        that moves most.

    Raises
    ------
    InputError
        If an argument cannot be used, or the backend is "cupy" and there is no device.
    MissingExtra
        If the backend is "cupy" and CuPy is not installed.

    Notes
    -----
    Pulses of one vector on one cell are executed one after the other, with fresh noise and
    clipping after each. Where the step is affine in w and free of noise the kernel takes
    all pulses of a vector at once, which is exact up to rounding
    (:mod:`analogtheory.tiles.affine`).

    Weights start at 0, or at the end of their cell's range nearest to it.

    Examples
    --------
    >>> tile = Tile("soft-bounds", (2, 3), dw_min=0.01, cycle_noise=0.3, backend="numpy")
    >>> tile.update([[1.0, -1.0, 0.0]], [[1.0, 0.5]], lr=0.1)
    >>> (tile.weights < 0).tolist(), bool((tile.weights[:, 2] == 0).all())
    ([[True, False, False], [True, False, False]], True)
    >>> tile.forward([[1.0, 1.0, 1.0]]).shape
    (1, 2)
    """

    def __init__(
        self,
        response: Response | str,
        shape: tuple[int, ...],
        *,
        dw_min: Any = None,
        cycle_noise: Any = None,
        multiplicative_noise: bool | None = None,
        write_noise: float | None = None,
        device_variation: Mapping[str, float] | str | None = None,
        reference: Any = 0.0,
        corrupt: float = 0.0,
        corrupt_reach: float = 0.01,
        periphery: Periphery | None = None,
        dtype: str = "float32",
        seed: int = 0,
        stream: int = 0,
        first_problem: int = 0,
        backend: str = "auto",
    ):
        self.shape, self._full = checks.shapes(shape)
        self.seed, self.stream = check_seed(seed), checks.stream(stream)
        streams.check_first("first_problem", first_problem, self._full[0], streams.PROBLEMS)
        self.first_problem, self.periphery = int(first_problem), checks.periphery(periphery)
        self.dtype, self.backend = checks.dtype(dtype), checks.backend(backend)
        mean = responses.get(response) if isinstance(response, str) else response
        figures = checks.Figures.of(
            mean, self._full, dw_min, cycle_noise, multiplicative_noise, write_noise
        )
        self.dw_min, self.write_noise = figures.dw_min, figures.write_noise
        draws = Draws(self.seed, self.stream, self.first_problem, self._full)
        self._name = mean.name
        self._drawn = partial(varied, mean, device_variation, draws)
        cells = self._drawn()
        checks.cells(cells.response, self.shape, self._full)
        device = self._device(figures, cells, corrupt, corrupt_reach, draws)
        self._fields = self._compiled_fields(device, mean.name)
        self.reference = checks.references(reference, device, self._full) + cells.reference
        self._spread = self.write_noise * self.dw_min if self.write_noise else None
        self._cells = self._new_cells()
        self.vectors = self.pulses = self.truncated = self._writes = 0
        self._reads = {"forward": 0, "backward": 0}
        self.set_weights(0.0)

    # ------------------------------------------------------------------ devices

    def _device(
        self, figures: Any, cells: VariedCells, corrupt: float, reach: float, draws: Draws
    ) -> Device:
        low, high = (np.asarray(end, dtype=np.float64) for end in cells.response.range)
        size = np.asarray(self.dw_min)
        if checks.probability("corrupt", corrupt) > 0:
            stuck, value = corrupted(corrupt, checks.positive("corrupt_reach", reach), draws)
            size = np.where(stuck, 0.0, size)
            low, high = np.where(stuck, value, low), np.where(stuck, value, high)
        return Device(
            up=cells.response.general_up,
            down=cells.response.general_down,
            parameters=cells.response.parameters,
            size_up=size,
            size_down=size,
            noise_up=size * cells.gain_up,
            noise_down=size * cells.gain_down,
            low=low,
            high=high,
            cycle_noise=figures.cycle_noise,
            multiplicative_noise=figures.multiplicative_noise,
        )

    def _compiled_fields(self, device: Device, name: str) -> CellFields:
        precision = 8 * self.dtype.itemsize
        try:
            return CellFields(step_of(device, precision), self._full, precision)
        except UnsupportedFormula as problem:
            raise InputError(f"response {name}: {problem}") from None

    def _new_cells(self) -> Cells:
        is_recording = self._spread is not None
        if self.backend == "cupy":
            return DeviceCells(self._fields, is_recording)
        return HostCells(self._fields, is_recording, self.backend)

    @property
    def compile_seconds(self) -> float:
        """Spent on compiling kernels, or on loading them."""
        return self._cells.seconds

    @property
    def response(self) -> Response:
        """The response of every cell, drawn again (it takes more room than the tile)."""
        return self._drawn().response

    @property
    def low(self) -> Array:
        """The lower end of the range of each conductance."""
        return self._shaped_field("low")

    @property
    def high(self) -> Array:
        """The upper end of the range of each conductance."""
        return self._shaped_field("high")

    @cached_property
    def symmetric_points(self) -> Array:
        """The symmetric point of each cell in units of the weights: w⋄ − r.

        NaN where a cell has none, see
        :func:`analogtheory.responses.cells.symmetric_points_of_cells`.
        """
        response = self.response
        if response.shape:
            points = symmetric_points_of_cells(response)
        else:
            point = response.reference_point
            points = np.asarray(np.nan if point is None else point)
        return self._shaped(np.broadcast_to(points - self.reference, self._full))

    # ------------------------------------------------------------------ weights

    def _shaped(self, values: Array) -> Array:
        return np.array(values).reshape(self.shape)

    def _visible(self) -> Any:
        """The weights as they are read, (problems, rows, columns), where the cells are."""
        return self._cells.visible(self.reference, self._spread, self)

    @property
    def weights(self) -> Array:
        """W as it is read: a copy of the shape of the tile, write noise included."""
        return self._shaped(self._cells.host(self._visible()))

    @property
    def conductances(self) -> Array:
        """w, what the pulses act on: a copy of the shape of the tile."""
        return self._shaped(self._cells.stored())

    def set_weights(self, weights: ArrayLike) -> int:
        """Put the weights where they are wanted, without pulses.

        Parameters
        ----------
        weights : float or array that broadcasts to the shape of the tile

        Returns
        -------
        int
            How many cells could not hold theirs and were put to the end of their range.

        Raises
        ------
        InputError
            If the weights do not fit, or are not finite.
        """
        wanted = checks.fitted("weights", weights, self._full, per_problem=False) + self.reference
        low, high = self._fields.field("low"), self._fields.field("high")
        # the neighbours of an end are that end, rounded on its way through single precision
        spare = 4 * np.finfo(self.dtype).eps * np.maximum(np.abs(low), np.abs(high))
        beyond = (wanted < low - spare) | (wanted > high + spare)
        self._cells.store(np.clip(wanted, low, high).astype(self.dtype))
        self._writes = checks.writes(self._writes + 1)
        self._cells.touch(checks.FIRST_WRITE + self._writes)
        return int(np.broadcast_to(beyond, self._full).sum())

    def zero_shift(self) -> None:
        """Copy the conductances into the reference, so that every weight reads 0."""
        self.reference = self._cells.stored().astype(np.float64)
        self.__dict__.pop("symmetric_points", None)

    # ------------------------------------------------------------------ reads

    def forward(self, x: ArrayLike) -> Array:
        """y = W x for each vector, through the periphery.

        Parameters
        ----------
        x : array, (columns,), (batch, columns) or (problems, batch, columns)

        Returns
        -------
        array, (rows,), (batch, rows) or (problems, batch, rows)

        Raises
        ------
        InputError
            If shapes do not fit, or a number is not finite.
        """
        return self._read(x, "forward")

    def backward(self, d: ArrayLike) -> Array:
        """g = Wᵀ d for each vector, through the periphery; shapes as for :meth:`forward`."""
        return self._read(d, "backward")

    def _read(self, vectors: ArrayLike, kind: str) -> Array:
        transposed = kind == "backward"
        length = self._full[1] if transposed else self._full[2]
        given, outer = vector_checks.read_vectors(vectors, self._full[0], length)
        result = read(
            self._visible(), given, self.periphery, seed=self.seed, stream=self.stream,
            first_vector=self._reads[kind], transposed=transposed,
            first_problem=self.first_problem, backend=self.backend,
        )  # fmt: skip
        self._reads[kind] += given.shape[1]
        if len(self.shape) == 3 or outer == 3:
            return result
        return np.asarray(result[0, 0] if outer == 1 else result[0])

    # ------------------------------------------------------------------ state

    def state(self) -> dict[str, Any]:
        """All that changes in use; with the same construction, :meth:`restore` goes on."""
        return {
            "stored": self.conductances,
            "touched": np.array(self._cells.touched()),
            "reference": np.array(self.reference),
            "counters": np.array(
                [self.vectors, self.pulses, self.truncated, self._writes, *self._reads.values()]
            ),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a state of a tile constructed in the same way: the bits are the same.

        Raises
        ------
        InputError
            If the state is not that of such a tile.
        """
        stored, touched, reference, counters = checks.state(
            state, self.shape, self._full, self._cells.touched().size
        )
        beyond = (stored < self.low) | (stored > self.high)
        if beyond.any():
            raise InputError("state: a stored weight lies beyond the range of its cell")
        self._cells.store(stored.reshape(self._full))
        self._cells.touch(touched)
        self.reference = reference
        self.vectors, self.pulses, self.truncated, self._writes = (int(n) for n in counters[:4])
        self._reads = {"forward": int(counters[4]), "backward": int(counters[5])}
        self.__dict__.pop("symmetric_points", None)

    def _shaped_field(self, name: str) -> Array:
        return self._shaped(np.broadcast_to(self._fields.field(name), self._full))

    def __repr__(self) -> str:
        return f"Tile({self._name!r}, shape={self.shape}, dtype={self.dtype.name!r})"
