"""exp, log, uniform and normal numbers as statements, against exact arithmetic and laws."""

from __future__ import annotations

import math
from typing import Any

import mpmath
import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import special

from analogtheory import philox
from analogtheory.kernels import elementary
from analogtheory.kernels.numpy_printer import numpy_function

Array = NDArray[np.float64]
Words = NDArray[np.uint64]


@pytest.fixture(autouse=True)
def _quiet() -> Any:
    with np.errstate(all="ignore"):
        yield


def words_of(k: Words) -> tuple[Words, Words]:
    """Two 32-bit words whose upper 52 bits are k."""
    return k >> np.uint64(20), (k & np.uint64(0xFFFFF)) << np.uint64(12)


def pair(radial: Words, angular: Words) -> tuple[Array, Array]:
    """The normal pair of two 52-bit numbers: radius and angle."""
    first, second = numpy_function(elementary.normal_pair())(*words_of(radial), *words_of(angular))
    return first, second


def uniform_of(k: Words) -> Array:
    return (k + 0.5) * 2.0**-52


def angle_of(k: Words) -> Array:
    """θ/(π/2): the quadrant and a fraction in (−½, ½)."""
    quadrant, rest = k >> np.uint64(50), k & np.uint64(2**50 - 1)
    return quadrant + ((rest + 0.5) * 2.0**-50 - 0.5)


def spread(count: int) -> Words:
    """52-bit numbers over all magnitudes: evenly spaced, and each power of two."""
    even = np.linspace(0, 2**52 - 1, count).astype(np.uint64)
    powers = np.uint64(1) << np.arange(52, dtype=np.uint64)
    return np.concatenate([even, powers, powers - np.uint64(1), np.uint64(2**52) - powers])


# ---------------------------------------------------------------------- exp and log


def ulps(found: Array, exact: list[Any]) -> float:
    """The largest error, in units of the last place of the exact value."""
    return max(
        abs(float(mpmath.mpf(float(value)) - true)) / float(np.spacing(abs(float(true))))
        for value, true in zip(found, exact, strict=True)
    )


def test_exp_errs_by_at_most_one_ulp() -> None:
    x = np.concatenate([np.linspace(-700, 709, 1500), np.linspace(-1.1, 1.1, 1500)])
    (found,) = numpy_function(elementary.exp())(x)
    with mpmath.workdps(40):
        assert ulps(found, [mpmath.exp(float(value)) for value in x]) <= 1.0


def test_log_errs_by_at_most_two_ulp() -> None:
    x = np.concatenate([np.geomspace(1e-300, 1e300, 1500), np.linspace(0.4, 2.4, 1501)])
    (found,) = numpy_function(elementary.log())(x)
    with mpmath.workdps(40):
        assert ulps(found, [mpmath.log(float(value)) for value in x]) <= 2.0


def test_exp_and_log_at_the_ends() -> None:
    (exp,) = numpy_function(elementary.exp())(
        np.array([-np.inf, -746.0, -745.0, 0.0, 709.7, 710.0, np.inf, np.nan])
    )
    assert exp[[0, 1, 3, 5, 6]].tolist() == [0.0, 0.0, 1.0, math.inf, math.inf]
    assert (exp[2], exp[4]) == (math.exp(-745), pytest.approx(math.exp(709.7), rel=2e-16))
    (log,) = numpy_function(elementary.log())(
        np.array([0.0, -1.0, 5e-324, 1.0, np.inf, np.nan, -0.0, 1e-310])
    )
    assert log[[0, 3, 4, 6]].tolist() == [-math.inf, 0.0, math.inf, -math.inf]
    assert log[[2, 7]] == pytest.approx([math.log(5e-324), math.log(1e-310)], rel=4e-16)
    assert np.isnan([exp[7], log[1], log[5]]).all()


# ---------------------------------------------------------------------- random words


def test_philox_and_uniforms_are_those_of_the_reference() -> None:
    counter = tuple(np.array([0, 1, 2**32 - 1, 77 * k], dtype=np.uint64) for k in range(1, 5))
    key = np.uint64(0x12345678), np.uint64(0xFFFFFFFF)
    found = numpy_function(elementary.philox())(*counter, *key)
    expected = philox.philox4x32(counter, (int(key[0]), int(key[1])))
    for one, other in zip(found, expected, strict=True):
        assert one.tolist() == other.tolist()
    k = spread(1000)
    (u,) = numpy_function(elementary.uniform())(*words_of(k))
    assert np.array_equal(u, uniform_of(k))


def test_normal_numbers_read_the_documented_address() -> None:
    lanes = np.arange(40, 45)
    words = [w.astype(np.uint64) for w in philox.philox4x32((3, lanes, 5, 7), (9, 1))]
    expected = numpy_function(elementary.normal_pair())(*words)
    found = philox.normal_pairs(2**32 + 9, 3, lanes, 5, 7)
    for one, other in zip(found, expected, strict=True):
        assert one.tolist() == other.tolist()


# ---------------------------------------------------------------------- the normal law


def test_normal_pairs_against_exact_arithmetic() -> None:
    """The error of z is at most 4·2⁻⁵³ of the radius √(−2 ln u), also next to u = √½."""
    near = np.round(np.linspace(0.69, 0.72, 300) * 2**52).astype(np.uint64)
    radial = np.concatenate([spread(400), near])
    angular = np.roll(np.concatenate([spread(400)[::-1], spread(144)]), 7)
    with mpmath.workdps(40):
        for z, u, turn in zip(
            np.stack(pair(radial, angular), axis=1),
            uniform_of(radial),
            angle_of(angular),
            strict=True,
        ):
            radius = mpmath.sqrt(-2 * mpmath.log(float(u)))
            angle = mpmath.pi / 2 * float(turn)
            errors = [
                abs(float(z[0]) - radius * mpmath.cos(angle)),
                abs(float(z[1]) - radius * mpmath.sin(angle)),
            ]
            assert max(errors) <= 4 * 2.0**-53 * radius


def test_radius_and_angle_have_the_exact_law() -> None:
    """exp(−(z₀² + z₁²)/2) = u and the angle is uniform: hence two independent N(0, 1).

    u and the angle are evenly spaced numbers by construction; here the numbers are read
    back from z, out to √(106 ln 2) = 8.57 standard deviations.
    """
    radial, angular = spread(5000), np.roll(spread(5000), 1234)
    first, second = pair(radial, angular)
    square = first**2 + second**2
    u = uniform_of(radial)
    assert np.exp(-0.5 * square) == pytest.approx(u, rel=1e-13)
    assert math.sqrt(square.max()) == pytest.approx(math.sqrt(106 * math.log(2)), rel=1e-14)
    gap = np.arctan2(second, first) / (math.pi / 2) - angle_of(angular)
    assert np.abs(gap - 4 * np.round(gap / 4)).max() < 1e-15 * 4


def test_moments_to_the_eighth_on_a_grid() -> None:
    """E z₀ᵃz₁ᵇ for a + b ≤ 8: Gauss-Laguerre in −ln u, equal angles; both exact there."""
    nodes, weights = np.polynomial.laguerre.laggauss(6)
    radial = np.round(np.exp(-nodes) * 2**52 - 0.5).astype(np.uint64)
    angular = ((np.arange(20, dtype=np.uint64) * np.uint64(2**52)) // np.uint64(20)) + np.uint64(9)
    first, second = pair(np.repeat(radial, 20), np.tile(angular, 6))
    for a in range(9):
        for b in range(9 - a):
            mean = weights @ (first**a * second**b).reshape(6, 20).mean(axis=1)
            exact = 0.0 if a % 2 or b % 2 else float(
                special.factorial2(max(a - 1, 1)) * special.factorial2(max(b - 1, 1))
            )  # fmt: skip
            assert mean == pytest.approx(exact, abs=2e-8)


@pytest.mark.parametrize("limit", [0.5, 1.0, 2.0, 3.0, 4.0, 5.0])
@pytest.mark.parametrize("number", [0, 1])
def test_tails(limit: float, number: int) -> None:
    """P(z > t), counted exactly: for each of 400 equal angles the last k with z > t.

    The sum over equal angles of the periodic, smooth probability converges faster than
    any power; both tails are met, since the angles come in opposite pairs.
    """
    steps = np.arange(400, dtype=np.uint64) * np.uint64(2**52 // 400)
    low = np.zeros(400, dtype=np.uint64)  # z falls as k grows; count of k with z > t
    high = np.full(400, 2**52, dtype=np.uint64)
    for _ in range(53):
        middle = (low + high) // np.uint64(2)
        beyond = pair(middle, steps)[number] > limit
        low, high = np.where(beyond, middle + np.uint64(1), low), np.where(beyond, high, middle)
        low = np.minimum(low, high)
    probability = float(np.mean(low.astype(np.float64))) / 2**52
    assert probability == pytest.approx(float(special.ndtr(-limit)), rel=1e-8)
