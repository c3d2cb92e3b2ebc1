"""Noise of reads with periphery: against the documented addresses, and in law."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from analogtheory.tiles import streams
from analogtheory.tiles.periphery import Periphery
from analogtheory.tiles.reading import read

from .reads import OPEN, SEED, documented_noise, each_backend, each_precision, looked_at


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


def test_streams_of_a_tile_are_its_own() -> None:
    kinds = [value for name, value in vars(streams).items()
             if name.endswith(("NOISE", "TRAINS", "VARIATION", "PROGRAMMING"))]  # fmt: skip
    assert len(set(kinds)) == len(kinds) == 12
    assert max(kinds) < streams.KINDS
    assert len({streams.stream_of(kind, tile) for kind in kinds for tile in range(9)}) == 108
