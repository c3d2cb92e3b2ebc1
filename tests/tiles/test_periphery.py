"""Reads with periphery: converters and bound management by hand, and what is refused."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from analogtheory.errors import InputError
from analogtheory.tiles import streams
from analogtheory.tiles.conversion import Addresses, Converter, convert
from analogtheory.tiles.periphery import Periphery
from analogtheory.tiles.reading import read

from .reads import OPEN, documented_noise, each_backend, each_precision, looked_at

#: DAC steps of 1/4 up to 1, ADC steps of 1/4 up to 2, and no noise.
COARSE = Periphery(
    input_resolution=1 / 8, output_bound=2.0, output_resolution=1 / 16, output_noise=0.0,
    bound_management="none",
)  # fmt: skip


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
