"""exp, log, powers and normal numbers in single precision, against doubles and exact laws."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import special

from analogtheory.kernels import elementary_single
from analogtheory.kernels.numpy_printer import numpy_function

Single = NDArray[np.float32]
Words = NDArray[np.uint32]


@pytest.fixture(autouse=True)
def _quiet() -> Any:
    with np.errstate(all="ignore"):
        yield


def words(values: Any) -> Words:
    return np.asarray(values, dtype=np.uint64).astype(np.uint32)


def pair(radial: Any, angular: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    first, second = numpy_function(elementary_single.normal_pair())(words(radial), words(angular))
    assert first.dtype == second.dtype == np.float32
    return first.astype(np.float64), second.astype(np.float64)


def uniform_of(word: Any) -> NDArray[np.float64]:
    return (np.asarray(word, dtype=np.float64) + 0.5) * 2.0**-32


def angle_of(word: Any) -> NDArray[np.float64]:
    """θ/(π/2): the quadrant and a fraction in (−½, ½)."""
    exact = np.asarray(word, dtype=np.int64)
    return (exact >> 30) + ((exact & (2**30 - 1)) + 0.5) * 2.0**-30 - 0.5


def spread(count: int) -> NDArray[np.int64]:
    """Words over all magnitudes: evenly spaced, and around each power of two."""
    even = np.linspace(0, 2**32 - 1, count).astype(np.int64)
    powers = 1 << np.arange(32)
    return np.concatenate([even, powers, powers - 1, 2**32 - powers])


def ulps(found: Single, exact: NDArray[np.float64]) -> float:
    """The largest error in units of the last place; doubles err by 1e-8 of those."""
    assert found.dtype == np.float32
    return float(np.max(np.abs(found - exact) / np.spacing(np.abs(exact).astype(np.float32))))


# ---------------------------------------------------------------------- exp and log


def test_exp_errs_by_hardly_more_than_one_ulp() -> None:
    """1.046 units in 2·10⁷ random numbers, more than 1 for one in 10⁵ of them."""
    x = np.concatenate([np.linspace(-87, 88.7, 500_001), np.linspace(-1.1, 1.1, 500_001)])
    x = x.astype(np.float32)
    (found,) = numpy_function(elementary_single.exp())(x)
    assert ulps(found, np.exp(x.astype(np.float64))) <= 1.06


def test_log_errs_by_at_most_two_ulp() -> None:
    x = np.concatenate([np.geomspace(2e-38, 3e38, 500_001), np.linspace(0.4, 2.4, 500_001)])
    x = x.astype(np.float32)
    (found,) = numpy_function(elementary_single.log())(x)
    exact = np.log(x.astype(np.float64))
    assert found[exact == 0].tolist() == [0.0] * int((exact == 0).sum())
    assert ulps(found[exact != 0], exact[exact != 0]) <= 2.0


def test_every_mantissa() -> None:
    """All 2²³ numbers from 1 to 2, and next to 1 from below: log has no bad place there."""
    x = (np.arange(0x3F000000, 0x40000000, 3, dtype=np.uint32)).view(np.float32)
    (found,) = numpy_function(elementary_single.log())(x)
    exact = np.log(x.astype(np.float64))
    assert ulps(found[exact != 0], exact[exact != 0]) <= 2.0


def test_exp_and_log_at_the_ends() -> None:
    x = np.array([-np.inf, -105.0, -103.0, -90.0, 0.0, 88.7, 89.5, np.inf, np.nan, -0.0])
    (exp,) = numpy_function(elementary_single.exp())(x.astype(np.float32))
    assert exp[[0, 1, 4, 6, 7, 9]].tolist() == [0.0, 0.0, 1.0, math.inf, math.inf, 1.0]
    assert exp[[2, 3]] == pytest.approx(np.exp([-103.0, -90.0]), abs=2.0**-149)
    assert exp[5] == pytest.approx(math.exp(np.float32(88.7)), rel=1.2e-7)
    x = np.array([0.0, -1.0, 1e-45, 1.0, np.inf, np.nan, -0.0, 1e-40])
    (log,) = numpy_function(elementary_single.log())(x.astype(np.float32))
    assert log[[0, 3, 4, 6]].tolist() == [-math.inf, 0.0, math.inf, -math.inf]
    subnormal = x[[2, 7]].astype(np.float32).astype(np.float64)
    assert log[[2, 7]] == pytest.approx(np.log(subnormal), rel=2e-7)
    assert np.isnan([exp[8], log[1], log[5]]).all()


def power(x: Any, y: Any) -> Single:
    x, y = np.broadcast_arrays(np.asarray(x, np.float32), np.asarray(y, np.float32))
    (found,) = numpy_function(elementary_single.power())(x, y)
    return np.asarray(found)


@pytest.mark.parametrize("y", [0.001, 0.1, 0.5, 1.0, 2.3, 7.0, 15.0, -0.2, -1.5])
def test_powers(y: float) -> None:
    """The documented error, for all results that are normal numbers."""
    x = np.concatenate([np.geomspace(1e-44, 3e38, 300_001), np.linspace(1e-3, 2, 300_001)])
    x = x.astype(np.float32).astype(np.float64)
    exact = x ** float(np.float32(y))
    usable = (exact > 2.0**-125) & (exact < 2.0**128 * (1 - 2.0**-16))
    x, exact = x[usable], exact[usable]
    units = np.abs(power(x, y) - exact) / np.spacing(exact.astype(np.float32))
    assert np.all(units <= 2 + 2 * abs(y) * (0.5 + np.abs(np.log(x))))
    assert x.size > 50_000


def test_powers_at_the_ends() -> None:
    inf, nan = math.inf, math.nan
    x = [0, 0, 0, 1, inf, inf, -1, -2, 1e-30, 1e30, 1e-40, 1e-20, 2, 2]
    y = [2.5, 0, -2.5, 7, 0.5, -0.5, 1, 0, 2.3, 2, 0.5, 1.9, 127.9, 128]
    exact = [0.0, 1.0, inf, 1.0, inf, 0.0, nan, 1.0, 0.0, inf]
    found = power(x, y)
    assert np.array_equal(found[:10], np.array(exact, np.float32), equal_nan=True)
    assert found[10] == pytest.approx(math.sqrt(float(np.float32(1e-40))), rel=1e-5)
    assert found[11] == 0.0  # 1e-38 is below 2⁻¹²⁵
    assert found[12] == pytest.approx(2.0**127.9, rel=1e-5)
    assert found[13] == inf
    assert np.isnan(power(nan, 2.5))


# ---------------------------------------------------------------------- the normal law


def test_radius_and_angle_have_the_exact_law() -> None:
    """exp(−(z₀² + z₁²)/2) = u and the angle is uniform: hence two independent N(0, 1).

    u is rounded to single precision, 2⁻²⁴ relative. Out to √(66 ln 2) = 6.76 standard
    deviations, from the word 0.
    """
    radial, angular = spread(200_000), np.roll(spread(200_000)[::-1], 12_345)
    first, second = pair(radial, angular)
    square = first**2 + second**2
    u = uniform_of(radial)
    # an ulp of the radius changes u by r²·2⁻²⁴ at most
    assert np.all(np.abs(np.exp(-0.5 * square) / u - 1) < (1 + 3 * square) * 2.0**-23)
    assert math.sqrt(square.max()) == pytest.approx(math.sqrt(66 * math.log(2)), rel=1e-6)
    far = square > 0
    gap = np.arctan2(second, first) / (math.pi / 2) - angle_of(angular)
    gap = gap - 4 * np.round(gap / 4)
    assert np.abs(gap[far]).max() < 4e-7
    assert np.all(u[~far] > 1 - 2.0**-24)


def test_moments_to_the_eighth_on_a_grid() -> None:
    """E z₀ᵃz₁ᵇ for a + b ≤ 8: Gauss-Laguerre in −ln u, equal angles; both exact there."""
    nodes, weights = np.polynomial.laguerre.laggauss(3)  # exact to the fifth power of r²
    radial = np.round(np.exp(-nodes) * 2**32 - 0.5).astype(np.int64)
    angular = np.arange(20, dtype=np.int64) * 2**32 // 20 + 9
    first, second = pair(np.repeat(radial, 20), np.tile(angular, 3))
    for a in range(9):
        for b in range(9 - a):
            mean = weights @ (first**a * second**b).reshape(3, 20).mean(axis=1)
            exact = 0.0 if a % 2 or b % 2 else float(
                special.factorial2(max(a - 1, 1)) * special.factorial2(max(b - 1, 1))
            )  # fmt: skip
            assert mean == pytest.approx(exact, rel=2e-6, abs=1e-6)


def test_moments_over_evenly_spaced_words() -> None:
    """2¹⁷ radii, one in the middle of each 2¹⁵ words, and 16 angles: E zⁿ to the eighth.

    The words below 2¹⁵ are represented by one: their part of E r⁸ is off by some .1 of 384.
    """
    radial = np.arange(2**17, dtype=np.int64) * 2**15 + 2**14
    total = np.zeros((2, 9))
    for k in range(16):
        for number, z in enumerate(pair(radial, np.full(2**17, k * 2**28 + 3 * 2**26))):
            powers = np.cumprod(np.broadcast_to(z, (8, z.size)), axis=0)
            total[number] += [1.0, *powers.mean(axis=1)]
    exact = [1.0, 0.0, 1.0, 0.0, 3.0, 0.0, 15.0, 0.0, 105.0]
    for found in total / 16:
        # 2e-7 is the rounding of a number, times its power
        assert np.abs(found - exact).max(where=np.arange(9) < 5, initial=0) < 2e-4
        assert found == pytest.approx(exact, rel=2e-3, abs=2e-6)


@pytest.mark.parametrize("limit", [0.5, 1.0, 2.0, 3.0, 4.0, 5.0])
@pytest.mark.parametrize("number", [0, 1])
def test_tails(limit: float, number: int) -> None:
    """P(z > t), counted for each of 400 equal angles: the number of words with z > t.

    z falls as the word grows, up to an ulp. At 5σ a probability is 1231 of 2³² words.
    """
    steps = np.arange(400, dtype=np.int64) * (2**32 // 400)
    low, high = np.zeros(400, dtype=np.int64), np.full(400, 2**32, dtype=np.int64)
    for _ in range(33):
        middle = (low + high) // 2
        beyond = (pair(np.minimum(middle, 2**32 - 1), steps)[number] > limit) & (middle < high)
        low, high = np.where(beyond, middle + 1, low), np.where(beyond, high, middle)
    probability = float(np.mean(low)) / 2**32
    allowed = 3e-5 if limit < 5 else 5e-4
    assert probability == pytest.approx(float(special.ndtr(-limit)), rel=allowed)
