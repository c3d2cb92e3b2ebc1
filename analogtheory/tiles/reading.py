"""Reading a tile: the analog matrix–vector product with its converters and noise.

For each vector x of a batch, ξ standard normal and fresh in every place::

    α = max |x|                                       noise management "abs-max", else 1
    u = clip(round(x/(αr)), ±b_in) + σ_in ξ           DAC; r = 1, 2, 4, …: bound management
    v = W u + σ_w ‖u‖₂ ξ + σ_out ξ
    y = αr·clip(round(v), ±b_out)                     ADC

round takes the nearest multiple of the converter's step, ties to the even one. The term
with σ_w is the exact law of a product whose weights each get N(0, σ_w²) anew for every
vector. This is the order, and these are the defaults, of aihwkit 1.2.0 as read from its
public source.

The noise is a function of seed and address (:mod:`analogtheory.tiles.streams`) to the
last bit: independent of how a batch is split, of the number of threads and of the backend.
The product W u comes from the BLAS of NumPy, whose rounding may differ between machines,
numbers of threads and sizes of the batch; a number next to the middle of two ADC steps may
therefore be read as the one or the other. Where the product is exact, so is all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analogtheory.errors import InputError
from analogtheory.philox import check_seed
from analogtheory.tiles import streams
from analogtheory.tiles.conversion import Addresses, Converter
from analogtheory.tiles.matrices import HostMatrices, Matrices
from analogtheory.tiles.periphery import Periphery

Array = NDArray[Any]
Rows = NDArray[np.intp]

BACKENDS = ("auto", "numpy", "numba")


def read(
    weights: Array | Matrices,
    inputs: ArrayLike,
    periphery: Periphery | None,
    *,
    seed: int,
    stream: int,
    first_vector: int,
    transposed: bool = False,
    first_problem: int = 0,
    backend: str = "auto",
) -> Array:
    """Outputs of independent tiles for a batch of vectors.

    Parameters
    ----------
    weights : array of float32 or float64, shape (problems, rows, columns), or Matrices
    inputs : array, shape (problems or 1, batch, columns)
        (…, rows) if transposed. They are taken in the precision of the weights.
    periphery : Periphery or None
        None: the exact product.
    seed : int
        0 ≤ seed < 2⁶⁴.
    stream : int
        Number of the tile, see :mod:`analogtheory.tiles.streams`.
    first_vector, first_problem : int
        Numbers of the first vector and the first problem: vectors 100 … 131 alone have
        ``first_vector=100``.
    transposed : bool
        False: y = W x, a forward read. True: y = Wᵀ x, a backward read; its noise has
        streams of its own, and there is no bound management.
    backend : str
        What runs converters and noise: "numpy", "numba", or "auto" (numba once there is
        enough to do). The bits are the same. Matrices bring their own.

    Returns
    -------
    array of the precision of the weights, shape (problems, batch, rows or columns)

    Raises
    ------
    InputError
        If shapes, precision or addresses do not fit, or a number is not finite.

    Examples
    --------
    >>> from analogtheory.tiles.periphery import Periphery
    >>> weights = np.full((1, 2, 2), 0.5)
    >>> quiet = Periphery(output_noise=0.0)
    >>> read(weights, [[[1.0, 0.5]]], quiet, seed=1, stream=0, first_vector=0).round(3)
    array([[[0.753, 0.753]]])
    """
    matrices, vectors = _checked(weights, inputs, transposed, backend)
    problems, batch, _ = vectors.shape
    key = check_seed(seed)
    first_stream = streams.stream_of(0, stream)
    streams.check_first("first_vector", first_vector, batch, 2**32)
    streams.check_first("first_problem", first_problem, problems, streams.PROBLEMS)
    if periphery is None:
        return matrices.host(matrices.product(vectors, transposed))
    if not isinstance(periphery, Periphery):
        raise InputError(f"periphery: must be a Periphery or None, got {periphery!r}")
    reader = _Reader(
        matrices, vectors.reshape(problems * batch, -1), periphery,
        (key & 0xFFFFFFFF, key >> 32), first_stream, first_vector, first_problem, transposed,
    )  # fmt: skip
    with np.errstate(all="ignore"):  # what overflows is found below
        outputs = reader.read().reshape(problems, batch, -1)
    if not np.isfinite(outputs).all():
        raise InputError("inputs: too large for the precision of the weights")
    return outputs


@dataclass(frozen=True, eq=False)
class _Reader:
    """One call; its vectors are numbered problem·batch + place in the batch."""

    weights: Matrices
    vectors: Array
    periphery: Periphery
    key: tuple[int, int]
    first_stream: int
    first_vector: int
    first_problem: int
    transposed: bool

    def read(self) -> Array:
        scales = self._scales()
        rows = np.arange(len(self.vectors))
        outputs, saturated = self._attempt(rows, scales, 0)
        reduction, attempt = 1.0, 0
        managed = self.periphery.bound_management == "iterative" and not self.transposed
        while managed and saturated.any() and reduction <= self.periphery.limit:
            reduction, attempt = 2.0 * reduction, attempt + 1
            rows = rows[saturated]
            outputs[rows], saturated = self._attempt(
                rows, scales[rows] * scales.dtype.type(reduction), attempt
            )
        return outputs

    def _scales(self) -> Array:
        """α of each vector."""
        largest = np.maximum(self.vectors.max(axis=1), -self.vectors.min(axis=1))
        return largest if self.periphery.noise_management == "abs-max" else np.ones_like(largest)

    def _attempt(self, rows: Rows, scales: Array, attempt: int) -> tuple[Array, NDArray[np.bool_]]:
        """One read of some vectors, and which of them saturated."""
        p, batch = self.periphery, len(self.vectors) // self.weights.shape[0]
        everything = len(rows) == len(self.vectors)
        values = self.vectors if everything else self.vectors[rows]
        problem, place = np.divmod(rows, batch)
        addresses = Addresses(
            (place + self.first_vector).astype(np.uint64),
            ((problem + self.first_problem) * streams.REPETITIONS + attempt).astype(np.uint64),
            self.key,
        )
        # a zero vector stays zero, whatever it is divided by
        divisors = np.where(scales == 0, scales.dtype.type(1), scales)
        dac = Converter("dac", p.input_step, p.input_bound)
        noise = {streams.INPUT_NOISE: np.full_like(scales, p.input_noise)} if p.input_noise else {}
        lines, _ = self._convert(dac, values, divisors, noise, addresses)
        if everything:
            batches = lines.reshape(self.weights.shape[0], batch, -1)
            products = self.weights.product(batches, self.transposed).reshape(len(rows), -1)
        else:
            products = _products_of_some(self.weights, lines, problem, self.transposed)
        adc = Converter("adc", p.output_step, p.output_bound)
        noise = self._output_noise(lines, scales.dtype)
        read, saturated = self._convert(adc, products, scales, noise, addresses)
        return self.weights.host(read), saturated

    def _output_noise(self, lines: Any, dtype: np.dtype[Any]) -> dict[int, Array]:
        """Standard deviation of each vector's noise, by its kind."""
        noise = {}
        if self.periphery.weight_noise:
            norms = np.sqrt(np.square(self.weights.host(lines)).sum(axis=1))
            noise[streams.WEIGHT_NOISE] = norms * dtype.type(self.periphery.weight_noise)
        if self.periphery.output_noise:
            level = self.periphery.output_noise
            noise[streams.OUTPUT_NOISE] = np.full(lines.shape[0], level, dtype)
        return noise

    def _convert(
        self,
        converter: Converter,
        values: Any,
        scales: Array,
        noise: dict[int, Array],
        addresses: Addresses,
    ) -> tuple[Any, NDArray[np.bool_]]:
        kinds = [streams.BACKWARD[kind] if self.transposed else kind for kind in noise]
        numbers = [self.first_stream + kind for kind in kinds]
        return self.weights.convert(
            converter, values, scales, list(noise.values()), numbers, addresses
        )


def _products_of_some(weights: Matrices, vectors: Any, problem: Rows, transposed: bool) -> Any:
    """Products for vectors in the order of their problems."""
    numbers, begins = np.unique(problem, return_index=True)
    ends = [*begins[1:], len(problem)]
    parts = [
        weights.problem(int(number)).product(vectors[None, begin:end], transposed)[0]
        for number, begin, end in zip(numbers, begins, ends, strict=True)
    ]
    return weights.joined(parts)


# ---------------------------------------------------------------------- inputs


def _matrices(weights: Any, backend: str) -> Matrices:
    """Weights as an array, checked; or those that were given as Matrices."""
    if isinstance(weights, np.ndarray) and weights.dtype in (np.float32, np.float64):
        if weights.ndim != 3 or weights.size == 0:
            raise InputError(f"weights: must be (problems, rows, columns), got {weights.shape}")
        if backend not in BACKENDS:
            raise InputError(f"backend: must be one of {', '.join(BACKENDS)}, got {backend!r}")
        return HostMatrices(weights, backend)
    if isinstance(weights, Matrices):
        return weights
    raise InputError("weights: must be an array of float32 or float64")


def _checked(
    weights: Any, inputs: ArrayLike, transposed: bool, backend: str
) -> tuple[Matrices, Array]:
    """The weights, and the vectors in their precision, one batch for each problem."""
    weights = _matrices(weights, backend)
    given = np.asarray(inputs)
    if given.dtype.kind not in "iuf":
        raise InputError(f"inputs: must be an array of numbers, got dtype {given.dtype}")
    problems, lines = weights.shape[0], weights.shape[1 if transposed else 2]
    fits = given.ndim == 3 and len(given) in (1, problems) and given.shape[2] == lines
    if not fits or given.size == 0:
        raise InputError(
            f"inputs: must be ({problems} or 1, batch, {lines}) for weights {weights.shape}"
            f"{', transposed' if transposed else ''}, got {given.shape}"
        )
    with np.errstate(over="ignore"):
        vectors = given.astype(weights.dtype, order="C")
    if not np.isfinite(vectors).all():
        raise InputError("inputs: must be finite numbers in the precision of the weights")
    if len(vectors) != problems:
        vectors = np.repeat(vectors, problems, axis=0)
    return weights, vectors
