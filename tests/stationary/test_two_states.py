"""Residual Learning in (P, W): theory 4.3 and 4.4, methods 1."""

from __future__ import annotations

import math

import pytest
import sympy

from analogtheory.algorithms.symbols import P, W
from analogtheory.noise import Gaussian, NoiseLaw, Rademacher
from analogtheory.stationary import stationary_law

from .devices import linear, power, residual

HALF = sympy.Rational(1, 2)

# α, exact E W − W* at β = α/10, the simulated figure of theory 4.3 and its prediction
LINEAR = [
    (Rademacher(0.5), 0.04, -0.02762, -0.0270, -0.0273),
    (Rademacher(0.5), 0.01, -0.01416, -0.0144, -0.0141),
    (Rademacher(0.5), 0.0025, -0.00719, -0.0070, -0.0072),
    (Gaussian(0.5), 0.04, -0.026084, -0.0254, -0.0258),
    (Gaussian(0.5), 0.01, -0.013365, -0.0135, -0.0133),
    (Gaussian(0.5), 0.0025, -0.006785, -0.0069, -0.0068),
]


@pytest.mark.parametrize(("noise", "lr", "exact", "simulated", "predicted"), LINEAR)
def test_the_square_root_law(
    noise: NoiseLaw, lr: float, exact: float, simulated: float, predicted: float
) -> None:
    law = stationary_law(residual(linear(), noise, lr))
    found = law.expectation(W - HALF)
    digits = 1e-5 if isinstance(noise, Rademacher) else 6e-7
    assert found.value == pytest.approx(exact, abs=digits + found.error)
    assert found.error < (1e-4 if isinstance(noise, Rademacher) else 1e-7)
    # the simulated figures carry a Monte-Carlo error of up to 3 %
    assert simulated == pytest.approx(found.value, rel=0.03)
    assert predicted == pytest.approx(found.value, rel=0.013)
    assert law.resolved


def test_the_bias_hardly_depends_on_the_transfer_rate() -> None:
    # printed −.0146, −.0144, −.0145, −.0143 (simulated) for β/α = .01 … 1
    found = [
        stationary_law(residual(linear(), Gaussian(0.5), 0.01, ratio), tolerance=1e-6)
        .expectation(W - HALF)
        .value
        for ratio in (0.01, 0.1, 1.0)
    ]
    assert found == pytest.approx([-0.013387, -0.013365, -0.013141], abs=1e-6)
    assert max(found) - min(found) < 0.02 * 0.0134


@pytest.mark.parametrize(("lr", "printed"), [(0.04, -0.098), (0.01, -0.054), (0.0025, -0.029)])
def test_the_power_device(lr: float, printed: float) -> None:
    law = stationary_law(residual(power(), Rademacher(0.5), lr))
    assert law.expectation(W - HALF).value == pytest.approx(printed, abs=5.5e-4)


# Theory 4.4 states neither α nor which device is shifted: the printed figures are those
# of α = .01, β = α/10 with BOTH arrays on the shifted device.
SHIFTED = [
    ("0.05", 0.0173, 0.01742, 0.014, 0.01360),
    ("0.1", 0.0426, 0.04275, 0.034, 0.03398),
    ("0.2", 0.0935, 0.09354, 0.0752, 0.07539),
    ("0.3", 0.1444, 0.14445, 0.1184, 0.11846),
]


def _shifted_error(c: str, noise: NoiseLaw, gamma: float = 0.4) -> float:
    dynamics = residual(linear(c=c), noise, 0.01, gamma=gamma)
    law = stationary_law(dynamics, tolerance=1e-6)
    assert law.resolved
    weight = W + sympy.nsimplify(gamma) * P
    return law.expectation(weight - HALF).value


@pytest.mark.parametrize(("c", "printed", "exact", "printed_gauss", "exact_gauss"), SHIFTED)
def test_a_shifted_symmetric_point_tilts_the_objective(
    c: str, printed: float, exact: float, printed_gauss: float, exact_gauss: float
) -> None:
    rademacher, gauss = _shifted_error(c, Rademacher(0.5)), _shifted_error(c, Gaussian(0.5))
    assert rademacher == pytest.approx(exact, abs=3e-5)
    assert gauss == pytest.approx(exact_gauss, abs=1e-5)
    # Monte-Carlo error of the printed figures: 2e-4, and the first Gaussian one has 2 digits
    assert printed == pytest.approx(rademacher, abs=2e-4)
    assert printed_gauss == pytest.approx(gauss, abs=5e-4)


def test_the_tilt_hardly_depends_on_the_mixing() -> None:
    found = [_shifted_error("0.2", Rademacher(0.5), gamma) for gamma in (0, 0.1, 0.4, 1)]
    assert found == pytest.approx([0.0911, 0.0919, 0.0935, 0.0951], abs=6e-5)


def test_scalar_tiki_taka() -> None:
    dynamics = residual(linear("0.7"), Gaussian(0.5), 0.1, ratio=1.0, gamma=0.0, target=0.3)
    law = stationary_law(dynamics)
    means = law.mean("P"), law.mean("W")
    assert [m.value for m in means] == pytest.approx([0.0450987154, 0.2738735682], abs=2e-10)
    assert max(m.error for m in means) < 2e-9
    few = stationary_law(dynamics, nodes=768)
    assert abs(few.mean("W").value - means[1].value) < few.mean("W").error < 1e-6
    assert law.health.nodes_per_axis[0] > law.health.nodes_per_axis[1]


def test_the_transfer_vanishes_on_average() -> None:
    # E W⁺ = E W: E[P − |P|·W′] = 0, W′ the weight before the transfer, W = W′ + β(P − |P|W′)
    law = stationary_law(residual(linear(), Gaussian(0.5), 0.04))
    size, rate = sympy.Abs(P), sympy.Rational(4, 1000)
    balance = law.expectation(P - size * (W - rate * P) / (1 - rate * size))
    assert balance.value == pytest.approx(0.0, abs=1e-9)
    careless = law.expectation(P - size * W)
    assert abs(careless.value) > 1e-6
    # the E|P| of theory 4.3, √(2/π·ασ²/2κ) with κ = γ + Σ, holds to 10 % at this α
    damping = 0.4 + Gaussian(0.5).mean_abs
    predicted = math.sqrt(2 / math.pi * 0.04 * 0.25 / (2 * damping))
    assert law.expectation(size).value == pytest.approx(predicted, rel=0.1)
