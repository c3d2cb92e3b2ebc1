"""Reads with periphery: by hand, against the documented addresses, and in law."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from analogtheory import philox
from analogtheory.errors import InputError
from analogtheory.kernels import elementary_single
from analogtheory.kernels.numpy_printer import numpy_function
from analogtheory.tiles import conversion, streams
from analogtheory.tiles.conversion import Addresses, Converter, convert
from analogtheory.tiles.periphery import Periphery
from analogtheory.tiles.reading import read

Array = NDArray[Any]

SEED = 2**40 + 77
BACKENDS = ("numpy", "numba")
PRECISIONS = (np.float32, np.float64)

#: DAC steps of 1/4 up to 1, ADC steps of 1/4 up to 2, and no noise.
COARSE = Periphery(
    input_resolution=1 / 8, output_bound=2.0, output_resolution=1 / 16, output_noise=0.0,
    bound_management="none",
)  # fmt: skip
#: Converters that change nothing.
OPEN = {
    "input_resolution": 0.0, "output_resolution": 0.0, "input_bound": math.inf,
    "output_bound": math.inf,
}  # fmt: skip

each_precision = pytest.mark.parametrize("precision", PRECISIONS)
each_backend = pytest.mark.parametrize("backend", BACKENDS)


def looked_at(weights: Array, inputs: Any, periphery: Periphery | None, **options: Any) -> Array:
    """A read with the usual seed."""
    options = {"stream": 3, "first_vector": 10, **options}
    return read(weights, inputs, periphery, seed=SEED, **options)


def documented_noise(
    precision: Any, kind: int, vectors: Any, lines: int, problem: int = 0, attempt: int = 0
) -> Array:
    """ξ at the addresses of the table, from the package's plain random numbers."""
    stream = kind + 16 * 3
    word = problem * 256 + attempt
    if precision == np.float64:
        halves = np.arange((lines + 1) // 2)
        pairs = philox.normal_pairs(SEED, np.asarray(vectors)[:, None], halves, stream, word)
        return np.stack(pairs, axis=-1).reshape(len(vectors), -1)[:, :lines]
    quarters = np.arange((lines + 3) // 4)
    words = philox.philox4x32(
        (np.asarray(vectors)[:, None], quarters, stream, word), (SEED % 2**32, SEED >> 32)
    )
    pair = numpy_function(elementary_single.normal_pair())
    with np.errstate(over="ignore"):
        fours = [*pair(words[0], words[1]), *pair(words[2], words[3])]
    return np.stack(fours, axis=-1).reshape(len(vectors), -1)[:, :lines]


# ---------------------------------------------------------------------- converters by hand


@each_backend
@each_precision
def test_converters_by_hand(precision: Any, backend: str) -> None:
    weights = np.diag([1.0, 0.6, 1.0, 2.0, -5.0]).astype(precision)[None]
    x = [[[4.0, 1.4, -0.6, 0.5, 3.4]]]
    # α = 4: x/α = 1, 0.35, −0.15, 0.125, 0.85 → 1, ¼, −¼, 0 (a tie, to even), ¾
    # W u = 1, 0.15, −¼, 0, −3.75 → 1, ¼, −¼, 0, −2 (clipped)
    y = looked_at(weights, x, COARSE, backend=backend)
    assert y.dtype == precision
    assert y.tolist() == [[[4.0, 1.0, -1.0, 0.0, -8.0]]]


@each_backend
@each_precision
def test_without_noise_management_inputs_are_clipped(precision: Any, backend: str) -> None:
    periphery = Periphery(
        input_resolution=0.3, input_bound=1.0, output_resolution=0.0, output_noise=0.0,
        noise_management="none", bound_management="none",
    )  # fmt: skip
    weights = np.ones((1, 1, 1), dtype=precision)
    x = np.array([7.0, -7.0, 0.95, 0.8, 0.25, 1e30]).reshape(1, -1, 1)
    # the step is 0.6: 0.95 lies next to 1.2, which is clipped to 1
    expected = np.array([1, -1, 1, 0.6, 0, 1]).astype(precision)
    y = looked_at(weights, x, periphery, backend=backend)
    assert y.ravel() == pytest.approx(expected, rel=1e-7)


@each_backend
@each_precision
def test_rounding_is_that_of_rint(precision: Any, backend: str) -> None:
    """Ties included: every fifth number lies in the middle of two steps."""
    values = np.random.default_rng(1).uniform(-14, 14, (3, 1500)).astype(precision)
    values[:, ::5] = (np.arange(900).reshape(3, 300) - 450 + precision(0.5)) * precision(0.25)
    for step in (precision(24 / 510), precision(0.25)):
        converted, saturated = convert(
            Converter("adc", float(step), 12.0), values, np.ones(3, precision), [], [],
            Addresses(np.zeros(3, np.uint64), np.zeros(3, np.uint64), (0, 0)), backend,
        )  # fmt: skip
        expected = np.clip(np.rint(values / step) * step, precision(-12), precision(12))
        assert np.array_equal(converted, expected)
        assert saturated.all()


@each_backend
@each_precision
def test_full_scale_is_not_beyond_the_bound(precision: Any, backend: str) -> None:
    """Some multiples n·step of 2b/2n exceed b by rounding alone."""
    exceeding = 0
    address = Addresses(np.zeros(1, np.uint64), np.zeros(1, np.uint64), (0, 0))
    for bound in (0.6, 10.0, 12.0):
        for half in range(1, 300):
            step = 2 * (1 / (2 * half)) * bound
            _, saturated = convert(
                Converter("adc", step, bound), np.array([[bound]], precision),
                np.ones(1, precision), [], [], address, backend,
            )  # fmt: skip
            exceeding += bool(precision(half) * precision(step) > precision(bound))
            assert not saturated.any()
    assert exceeding > 0


@each_backend
@each_precision
def test_scales_are_those_of_each_vector(precision: Any, backend: str) -> None:
    """Scaling a vector by a power of two scales its output, noise included."""
    rng = np.random.default_rng(2)
    weights = rng.uniform(-1, 1, (2, 5, 7)).astype(precision)
    x = rng.uniform(-1, 1, (2, 3, 7))
    small = looked_at(weights, x, Periphery(), backend=backend)
    large = looked_at(weights, 1024 * x, Periphery(), backend=backend)
    assert np.array_equal(large, 1024 * small)
    factors = np.array([1.0, 4.0, 0.125])[:, None]
    assert np.array_equal(
        looked_at(weights, factors * x, Periphery(), backend=backend), small * factors
    )


@each_backend
@each_precision
def test_zero_vectors_give_zeros(precision: Any, backend: str) -> None:
    weights = np.ones((1, 6, 4), dtype=precision)
    x = np.array([[[1.0, 0, 0, 0], [0, 0, 0, 0], [0, 0, -0.5, 0]]])
    noisy = Periphery(input_noise=0.1, weight_noise=0.1, output_noise=1.0)
    y = looked_at(weights, x, noisy, backend=backend)
    assert not y[0, 1].any()
    assert (y[0, [0, 2]] != 0).any(axis=1).all()
    # without noise management the noise of a zero vector is read
    y = looked_at(weights, x, Periphery(noise_management="none", output_noise=1.0), backend=backend)
    assert y[0, 1].any()


@each_precision
def test_transposed_and_exact_products(precision: Any) -> None:
    rng = np.random.default_rng(3)
    weights = rng.uniform(-1, 1, (3, 5, 7)).astype(precision)
    x, d = rng.uniform(-1, 1, (3, 4, 7)), rng.uniform(-1, 1, (1, 4, 5))
    tolerance = 1e-5 if precision == np.float32 else 1e-13
    forward, backward = looked_at(weights, x, None), looked_at(weights, d, None, transposed=True)
    assert forward == pytest.approx(np.einsum("prc,pbc->pbr", weights, x), abs=tolerance)
    assert backward == pytest.approx(np.einsum("prc,qbr->pbc", weights, d), abs=tolerance)
    assert forward.dtype == backward.dtype == precision
    nothing = Periphery(output_noise=0.0, **OPEN)
    assert looked_at(weights, x, nothing) == pytest.approx(forward, abs=tolerance)
    quantised = Periphery(output_noise=0.0)
    once = looked_at(weights, np.repeat(d, 3, axis=0), quantised, transposed=True)
    other = looked_at(np.ascontiguousarray(weights.swapaxes(1, 2)), d, quantised)
    assert once == pytest.approx(other, abs=tolerance)


def test_presets_and_steps() -> None:
    assert (Periphery().input_step, Periphery().output_step) == (2 / 126, 24 / 510)
    assert Periphery().limit == pytest.approx(0.25 * 63)
    preset, standard = Periphery.preset(), Periphery.standard()
    assert (preset.output_bound, preset.output_noise, preset.input_step) == (20, 0.1, 2 / 126)
    assert (standard.output_step, standard.input_step) == (pytest.approx(20 / 254), 2 / 254)
    assert Periphery(**OPEN).limit == 1000


# ---------------------------------------------------------------------- noise, exactly


@each_backend
@each_precision
@pytest.mark.parametrize("transposed", [False, True])
def test_output_noise_has_the_documented_addresses(
    precision: Any, backend: str, transposed: bool
) -> None:
    weights = np.zeros((2, 6, 6), dtype=precision)
    periphery = Periphery(**OPEN, output_noise=0.5)
    x = np.ones((1, 3, 6))
    y = looked_at(weights, x, periphery, transposed=transposed, first_problem=5, backend=backend)
    kind = streams.BACKWARD_OUTPUT_NOISE if transposed else streams.OUTPUT_NOISE
    for k, problem in enumerate((5, 6)):
        noise = documented_noise(precision, kind, [10, 11, 12], 6, problem)
        assert np.array_equal(y[k], precision(0.5) * noise)


@each_backend
@each_precision
def test_input_noise_has_the_documented_addresses(precision: Any, backend: str) -> None:
    """Through the identity, where the product is exact; after the DAC and its clipping."""
    weights = np.eye(9, dtype=precision)[None]
    periphery = Periphery(**{**OPEN, "input_bound": 1.0}, input_noise=0.25, output_noise=0.0,
                          noise_management="none")  # fmt: skip
    y = looked_at(weights, np.full((1, 2, 9), 3.0), periphery, backend=backend)
    noise = documented_noise(precision, streams.INPUT_NOISE, [10, 11], 9)
    assert np.array_equal(y[0], precision(1) + precision(0.25) * noise)
    back = looked_at(weights, np.ones((1, 2, 9)), periphery, transposed=True, backend=backend)
    noise = documented_noise(precision, streams.BACKWARD_INPUT_NOISE, [10, 11], 9)
    assert np.array_equal(back[0], precision(1) + precision(0.25) * noise)


@each_backend
@each_precision
def test_weight_noise_grows_with_the_norm_of_the_input(precision: Any, backend: str) -> None:
    weights = np.zeros((1, 5, 25), dtype=precision)
    x = np.zeros((1, 3, 25))
    x[0, 0, :16], x[0, 1, :4], x[0, 2, :] = 1.0, -0.5, 2.0  # norms 4, 1 and 10
    periphery = Periphery(**OPEN, weight_noise=0.125, output_noise=0.0, noise_management="none")
    y = looked_at(weights, x, periphery, backend=backend)
    noise = documented_noise(precision, streams.WEIGHT_NOISE, [10, 11, 12], 5)
    assert np.array_equal(y[0], np.array([[0.5], [0.125], [1.25]], precision) * noise)
    both = Periphery(**OPEN, weight_noise=0.125, output_noise=0.25, noise_management="none")
    more = looked_at(weights, x, both, backend=backend)[0] - y[0]
    added = precision(0.25) * documented_noise(precision, streams.OUTPUT_NOISE, [10, 11, 12], 5)
    assert more == pytest.approx(added, abs=1e-6)


@each_precision
def test_weight_noise_is_that_of_noisy_weights(precision: Any) -> None:
    """Var y = σ_w²‖u‖², as of y = (W + σ_w Ξ)u, drawn weight by weight.

    65 536 outputs each; the variance of both has a relative standard error of √(2/65536),
    0.55 %, and so the ratio 0.78 %. Error probability 6·10⁻⁸ (5.4 standard errors); a law
    with ‖u‖₁ or with max |u| in place of ‖u‖₂ would be off by factors of 11 and 0.16.
    """
    rng = np.random.default_rng(4)
    x = rng.uniform(-1, 1, 16)
    x[0] = 1.0
    periphery = Periphery(**OPEN, weight_noise=0.1, output_noise=0.0)
    y = looked_at(np.zeros((1, 256, 16), precision), np.tile(x, (1, 256, 1)), periphery)
    by_weights = 0.1 * rng.standard_normal((65536, 16)) @ x
    ratio = float(np.var(y, dtype=np.float64) / np.var(by_weights))
    assert abs(ratio - 1) < 5.4 * math.sqrt(4 / 65536)


@pytest.mark.parametrize("kind", ["forward", "backward"])
@each_precision
def test_noise_is_normal_without_bias(precision: Any, kind: str) -> None:
    """Moments of 2²² noise numbers, each within 5.6 standard errors.

    Two-sided error probability 2·10⁻⁸ for each of 6 statistics in 4 runs: 5·10⁻⁷ in all.
    A table of 32 768 normal numbers has a mean of typically 1/√32768 = 0.0055, which is
    11 standard errors here (√2²² = 2048), and repeats itself.
    """
    weights = np.zeros((1, 1024, 1024), dtype=precision)
    x = np.ones((1, 1024, 1024))
    periphery = Periphery(**OPEN, output_noise=0.25)
    z = np.concatenate([
        looked_at(weights, x, periphery, first_vector=1024 * part, transposed=kind == "backward",
                  backend="numba")[0]
        for part in range(4)
    ]).astype(np.float64) / 0.25  # fmt: skip
    tail = math.erfc(3 / math.sqrt(2))
    statistics = {
        "mean": (z, 0.0, 1.0),
        "variance": (z**2, 1.0, math.sqrt(2)),
        "skewness": (z**3, 0.0, math.sqrt(15)),
        "beyond 3": (np.abs(z) > 3, tail, math.sqrt(tail * (1 - tail))),
        "next line": (z[:, :-1] * z[:, 1:], 0.0, 1.0),
        "next vector": (z[:-1] * z[1:], 0.0, 1.0),
    }
    for name, (values, mean, deviation) in statistics.items():
        error = (float(np.mean(values)) - mean) * math.sqrt(values.size) / deviation
        assert abs(error) < 5.6, name


@each_precision
def test_noise_is_independent_of_direction_problem_tile_and_kind(precision: Any) -> None:
    """Correlations and variances of 65 536 numbers, each within 5.4 standard errors.

    12 statistics of two-sided error probability 7·10⁻⁸: 8·10⁻⁷ in all. Shared numbers
    would give a correlation of 1.
    """
    weights, x = np.zeros((2, 64, 64), dtype=precision), np.ones((1, 512, 64))
    noise = {"noise_management": "none", **OPEN}
    quiet = {**noise, "output_noise": 0.0}
    out, wei = Periphery(**noise, output_noise=1.0), Periphery(**quiet, weight_noise=1.0)
    first = looked_at(weights, x, out)
    others = [
        looked_at(weights, x, out, first_problem=2),
        looked_at(weights, x, out, transposed=True),
        looked_at(weights, x, out, stream=4),
        looked_at(weights, x, wei) / 8,
        looked_at(weights, x, out, first_vector=10 + 512),
        read(weights, x, out, seed=SEED + 1, stream=3, first_vector=10),
    ]
    for other in others:
        assert abs(float(np.mean(first * other, dtype=np.float64))) < 5.4 / 256
        assert float(np.var(other)) == pytest.approx(1, abs=5.4 * math.sqrt(2) / 256)


# ---------------------------------------------------------------------- bound management


@each_backend
@each_precision
def test_a_saturated_vector_is_read_again_with_smaller_inputs(precision: Any, backend: str) -> None:
    """An output of 64 with a bound of 12 fits at r = 8, the fourth attempt."""
    weights = np.ones((2, 5, 64), dtype=precision)
    weights[1] *= 0.125  # 8 fits at once
    x = np.ones((1, 3, 64))
    x[0, 1, 16:] = 0  # 16 and 2: r = 2
    managed = Periphery(**{**OPEN, "output_bound": 12.0}, output_noise=0.06)
    y = looked_at(weights, x, managed, backend=backend)
    for problem in range(2):
        for vector in range(3):
            exact = weights[problem, 0, 0] * x[0, vector].sum()
            attempt = 0 if exact < 12 else 1 if exact < 24 else 3
            noise = documented_noise(
                precision, streams.OUTPUT_NOISE, [10 + vector], 5, problem, attempt
            )
            r = precision(2**attempt)
            value = r * (precision(exact) / r + precision(0.06) * noise[0])
            assert np.array_equal(y[problem, vector], value)
    unmanaged = Periphery(
        **{**OPEN, "output_bound": 12.0}, output_noise=0.06, bound_management="none"
    )
    clipped = looked_at(weights, x, unmanaged, backend=backend)
    assert (clipped[0] == 12).any(axis=1).all()
    assert np.array_equal(clipped[1], y[1])
    backward = looked_at(weights, np.full((1, 1, 5), 1.0), managed, transposed=True)
    assert np.array_equal(
        backward,
        looked_at(weights, np.full((1, 1, 5), 1.0), unmanaged, transposed=True),
    )


@pytest.mark.parametrize(
    ("changes", "reduction"),
    [
        ({"input_resolution": 0.0}, 1024),  # the largest reduction: the first above 1000
        ({"input_resolution": 0.0, "largest_reduction": 4.0}, 8),
        ({}, 16),  # 16·2/126 is the first above 1/4
        ({"coarsest_step": 0.02}, 2),
        ({"bound_management": "none"}, 1),
    ],
)
def test_where_bound_management_stops(changes: dict[str, Any], reduction: float) -> None:
    weights = np.full((1, 2, 1), 1e6)
    weights[0, 1] = 0
    y = looked_at(weights, [[[1.0]]], Periphery(output_noise=0.0, **changes))
    assert y[0, 0] == pytest.approx([12 * reduction, 0])


def test_one_negative_output_beyond_the_bound_suffices() -> None:
    weights = np.array([[[0.5], [-20.0]]])
    y = looked_at(weights, [[[1.0]]], Periphery(output_noise=0.0, **{**OPEN, "output_bound": 12.0}))
    assert y[0, 0].tolist() == [0.5, -20.0]


# ---------------------------------------------------------------------- the same bits


@each_precision
@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize("shape", [(1, 1, 1), (3, 5, 4), (2, 63, 130), (1, 1100, 2051)])
def test_backends_agree_to_the_bit(
    precision: Any, transposed: bool, shape: tuple[int, ...]
) -> None:
    rng = np.random.default_rng(5)
    weights = rng.uniform(-1, 1, shape).astype(precision)
    x = rng.standard_normal((shape[0], 6, shape[1 if transposed else 2]))
    periphery = Periphery(input_noise=0.02, weight_noise=0.03)
    numpy, numba = (
        looked_at(weights, x, periphery, transposed=transposed, backend=backend)
        for backend in BACKENDS
    )
    assert numpy.tobytes() == numba.tobytes()


@each_precision
@pytest.mark.parametrize("kind", ["dac", "adc"])
def test_converters_agree_to_the_bit_on_any_numbers(precision: Any, kind: str) -> None:
    """All magnitudes, and enough numbers for more than one thread."""
    rng = np.random.default_rng(6)
    values = rng.standard_normal((40, 9000)) * 10.0 ** rng.uniform(-30, 30, (40, 9000))
    addresses = Addresses(
        np.arange(40, dtype=np.uint64), np.arange(40, dtype=np.uint64) * np.uint64(256), (3, 4)
    )
    scales = (10.0 ** rng.uniform(-3, 3, 40)).astype(precision)
    deviations = [rng.uniform(0, 1, 40).astype(precision) for _ in range(2)]
    (one, saturated), (other, flags) = (
        convert(Converter(kind, 0.01, 1.0), values.astype(precision), scales, deviations, [4, 6],
                addresses, backend)
        for backend in BACKENDS
    )  # fmt: skip
    assert values.size * 3 > conversion.WORTH_THREADS
    assert one.tobytes() == other.tobytes()
    assert np.array_equal(saturated, flags)


@each_precision
def test_a_batch_may_be_split(precision: Any) -> None:
    """Weights and DAC steps are dyadic, so that the product is exact in any order."""
    rng = np.random.default_rng(7)
    weights = (rng.integers(-64, 65, (3, 33, 40)) / 64).astype(precision)
    x = rng.uniform(-1, 1, (3, 16, 40))
    periphery = Periphery(input_resolution=1 / 128, weight_noise=0.01, output_bound=4.0)
    whole = looked_at(weights, x, periphery)
    for vectors in (slice(0, 1), slice(3, 11), slice(11, 16)):
        for problems in (slice(0, 1), slice(1, 3)):
            part = looked_at(
                weights[problems], x[problems, vectors], periphery,
                first_vector=10 + vectors.start, first_problem=problems.start,
            )  # fmt: skip
            assert np.array_equal(part, whole[problems, vectors])
    unmanaged = Periphery(
        input_resolution=1 / 128, weight_noise=0.01, output_bound=4.0, bound_management="none"
    )
    changed = (looked_at(weights, x, unmanaged) != whole).any(axis=2)
    assert 0 < changed.sum() < changed.size  # some of these vectors were read again


def test_auto_turns_to_kernels_when_they_pay(monkeypatch: pytest.MonkeyPatch) -> None:
    used = []
    for name in ("_by_numpy", "_by_numba"):
        original = getattr(conversion, name)
        monkeypatch.setattr(
            conversion, name, lambda *a, f=original, n=name, **k: used.append(n) or f(*a, **k)
        )
    monkeypatch.setattr(conversion, "_converted", 0)
    monkeypatch.setattr(conversion, "WORTH_COMPILING", 100)
    weights = np.zeros((1, 8, 8), dtype=np.float32)
    for _ in range(3):  # 8 numbers in, 8 out with one noise: 24 a read, two converters each
        looked_at(weights, np.ones((1, 2, 8)), Periphery())
    assert used == ["_by_numpy"] * 4 + ["_by_numba"] * 2


# ---------------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("input_bound", 0), ("input_bound", -1.0), ("input_bound", math.nan),
        ("input_bound", math.inf), ("output_bound", math.inf), ("output_bound", "12"),
        ("input_resolution", -0.1), ("input_resolution", 0.6), ("output_resolution", 1e-9),
        ("output_resolution", math.nan), ("input_noise", -0.1), ("output_noise", math.inf),
        ("output_noise", None), ("weight_noise", -1), ("weight_noise", True),
        ("noise_management", "max"), ("bound_management", None), ("bound_management", "shift"),
        ("largest_reduction", 0.5), ("largest_reduction", math.inf), ("coarsest_step", 0.0),
    ],
)  # fmt: skip
def test_bad_peripheries(name: str, value: Any) -> None:
    with pytest.raises(InputError, match=name):
        Periphery(**{name: value})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"weights": [[[1.0]]]}, "weights: must be an array"),
        ({"weights": np.ones((1, 2, 3), dtype=int)}, "weights: must be an array"),
        ({"weights": np.ones((2, 3))}, "weights: must be .problems, rows, columns."),
        ({"weights": np.ones((1, 0, 3))}, "weights: must be .problems, rows, columns."),
        ({"weights": np.full((1, 2, 3), np.nan)}, "weights: must be finite"),
        ({"weights": np.full((1, 2, 3), np.inf)}, "weights: must be finite"),
        ({"weights": np.full((1, 2, 3), 3e38, np.float32)}, "weights: must be finite"),
        ({"inputs": np.ones((1, 4, 2))}, "inputs: must be .1 or 1, batch, 3."),
        ({"inputs": np.ones((2, 4, 3))}, "inputs: must be .1 or 1, batch, 3."),
        ({"inputs": np.ones((4, 3))}, "inputs: must be .1 or 1, batch, 3."),
        ({"inputs": np.ones((1, 0, 3))}, "inputs: must be .1 or 1, batch, 3."),
        ({"transposed": True}, "inputs: must be .1 or 1, batch, 2. for .*, transposed"),
        ({"inputs": np.full((1, 1, 3), 1j)}, "inputs: must be an array of numbers"),
        ({"inputs": [["a", "b", "c"]]}, "inputs: must be an array of numbers"),
        ({"inputs": [[[0.0, np.nan, 0.0]]]}, "inputs: must be finite"),
        ({"inputs": [[[0.0, np.inf, 0.0]]]}, "inputs: must be finite"),
        (
            {"inputs": [[[0.0, 1e300, 0.0]]], "weights": np.ones((1, 2, 3), np.float32)},
            "inputs: must be finite numbers in the precision",
        ),
        ({"inputs": [[[1e308] * 3]], "weights": np.full((1, 2, 3), 9.0)}, "inputs: too large"),
        ({"periphery": "none"}, "periphery: must be a Periphery or None"),
        ({"seed": -1}, "seed: "),
        ({"seed": 1.5}, "seed: "),
        ({"stream": 2**28}, "stream: "),
        ({"stream": True}, "stream: "),
        ({"first_vector": -1}, "first_vector: "),
        ({"first_vector": 2**32}, "first_vector: "),
        ({"first_vector": 0.0}, "first_vector: "),
        ({"first_problem": 2**24}, "first_problem: "),
        ({"backend": "cuda"}, "backend: must be one of auto, numpy, numba"),
    ],
)
def test_bad_reads(changes: dict[str, Any], message: str) -> None:
    options: dict[str, Any] = {
        "weights": np.ones((1, 2, 3)), "inputs": np.ones((1, 4, 3)), "periphery": Periphery(),
        "seed": 1, "stream": 0, "first_vector": 0, **changes,
    }  # fmt: skip
    weights, inputs, periphery = (options.pop(k) for k in ("weights", "inputs", "periphery"))
    with pytest.raises(InputError, match=message):
        read(weights, inputs, periphery, **options)


def test_streams_of_a_tile_are_its_own() -> None:
    kinds = [value for name, value in vars(streams).items()
             if name.endswith(("NOISE", "TRAINS", "VARIATION", "PROGRAMMING"))]  # fmt: skip
    assert len(set(kinds)) == len(kinds) == 12
    assert max(kinds) < streams.KINDS
    assert len({streams.stream_of(kind, tile) for kind in kinds for tile in range(9)}) == 108
