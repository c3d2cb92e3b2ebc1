"""Devices and an independent Philox, written with Python's own integers."""

import math
from collections.abc import Callable

import pytest
import sympy

from analogtheory.responses.formulas import WEIGHT
from analogtheory.responses.response import Response


@pytest.fixture
def linear() -> Callable[..., Response]:
    """The linear device q± = 1 ∓ w/τ on [−τ, τ], τ given as a decimal string."""

    def build(tau: str = "0.7") -> Response:
        end = sympy.Rational(tau)
        return Response(1 - WEIGHT / end, 1 + WEIGHT / end, -end, end, name="linear")

    return build


@pytest.fixture
def ideal() -> Response:
    """The ideal device q± = 1 on [−½, ½]."""
    return Response(1 + 0 * WEIGHT, 1 + 0 * WEIGHT, sympy.Rational(-1, 2), sympy.Rational(1, 2))


@pytest.fixture
def power() -> Response:
    """A curved device: q± = (1 ∓ w/τ)³, τ = 0.8."""
    tau = sympy.Rational("0.8")
    return Response((1 - WEIGHT / tau) ** 3, (1 + WEIGHT / tau) ** 3, -tau, tau, name="power")


def philox_by_hand(counter: tuple[int, ...], key: tuple[int, int]) -> tuple[int, ...]:
    (a, b, c, d), (k, m) = counter, key
    for _ in range(10):
        p, q = 0xD2511F53 * a, 0xCD9E8D57 * c
        a, b, c, d = (q >> 32) ^ b ^ k, q % 2**32, (p >> 32) ^ d ^ m, p % 2**32
        k, m = (k + 0x9E3779B9) % 2**32, (m + 0xBB67AE85) % 2**32
    return a, b, c, d


@pytest.fixture
def oracle_philox() -> Callable[[tuple[int, ...], tuple[int, int]], tuple[int, ...]]:
    return philox_by_hand


@pytest.fixture
def oracle_uniform() -> Callable[..., float]:
    """One uniform number at (step, lane, stream, index), in exact integer arithmetic."""

    def uniform(seed: int, step: int, lane: int, stream: int, index: int = 0) -> float:
        x, y, _, _ = philox_by_hand((step, lane, stream, index), (seed % 2**32, seed >> 32))
        return (2 * ((2**32 * x + y) // 2**12) + 1) / 2**53

    return uniform


@pytest.fixture
def oracle_normal() -> Callable[..., float]:
    """Box and Muller at (step, lane, stream, index) with Python's own mathematics.

    `number` 0 or 1 of the pair: √(−2 ln u)·cos or sin of (π/2)(j + y).
    """

    def normal(seed: int, step: int, lane: int, stream: int, index: int, number: int) -> float:
        a, b, c, d = philox_by_hand((step, lane, stream, index), (seed % 2**32, seed >> 32))
        u = (2 * ((2**32 * a + b) // 2**12) + 1) / 2**53
        quadrant, rest = divmod((2**32 * c + d) // 2**12, 2**50)
        angle = math.pi / 2 * (quadrant + ((2 * rest + 1) / 2**51 - 0.5))
        return math.sqrt(-2 * math.log(u)) * (math.cos, math.sin)[number](angle)

    return normal
