"""Poisson certificates: methods 2."""

from __future__ import annotations

import dataclasses
import json
import math
from fractions import Fraction

import pytest
import sympy

from analogtheory.algorithms.symbols import W
from analogtheory.dynamics import gradient
from analogtheory.errors import InputError
from analogtheory.noise import Gaussian, Rademacher, TwoPoint, Uniform
from analogtheory.stationary import PoissonCertificate, certify_expectation, stationary_law

from .devices import linear, power, residual, sgd

REST = sympy.Rational(7, 40)
DYNAMICS = {lr: sgd(linear("0.7"), 0.3, Rademacher(0.5), lr) for lr in (0.1, 0.01)}


@pytest.fixture(scope="module")
def proof() -> PoissonCertificate:
    return certify_expectation(DYNAMICS[0.1], (W - REST) ** 2, degree=12)


@pytest.mark.parametrize("lr", [0.1, 0.01])
def test_the_mean_with_rademacher_noise_is_proved_exactly(lr: float) -> None:
    found = certify_expectation(DYNAMICS[lr], W)
    assert (found.center, found.half_width) == (Fraction(7, 40), 0)
    assert found.interval == (Fraction(-1, 5), Fraction(7, 10))


@pytest.mark.parametrize(("lr", "half_width"), [(0.1, 6.5e-15), (0.01, 9.7e-14)])
def test_half_widths_of_methods_2(lr: float, half_width: float) -> None:
    found = certify_expectation(DYNAMICS[lr], (W - REST) ** 2, degree=20)
    assert 0 < found.half_width <= Fraction(half_width)
    assert found.verify()
    exact = stationary_law(DYNAMICS[lr]).expectation((W - REST) ** 2)
    assert exact.value == pytest.approx(float(found.center), rel=1e-11)


@pytest.mark.parametrize(
    ("observable", "degree"), [(gradient(W) ** 2, 12), (W**3 - 2 * W, 10), (sympy.S.One, 3)]
)
def test_the_exact_law_lies_in_the_proved_interval(observable: sympy.Expr, degree: int) -> None:
    found = certify_expectation(DYNAMICS[0.1], observable, degree=degree)
    value = stationary_law(DYNAMICS[0.1]).expectation(observable).value
    assert float(found.lower) - 1e-14 <= value <= float(found.upper) + 1e-14
    assert found.half_width < Fraction(1, 10**8)


def test_a_power_device_and_skewed_noise() -> None:
    dynamics = sgd(power(), 0.9, Rademacher(0.5), 0.05)
    found = certify_expectation(dynamics, W, degree=14)
    assert found.interval == (Fraction(2, 5), 1)
    value = stationary_law(dynamics).mean("W").value
    assert value == pytest.approx(float(found.center), abs=2e-13)
    skewed = sgd(linear(), 0.9, TwoPoint(0.5, 0.1), 0.05)
    found = certify_expectation(skewed, W, degree=12)
    assert found.interval == (Fraction(-3, 5), 1)
    value = stationary_law(skewed).mean("W").value
    assert abs(value - float(found.center)) < float(found.half_width) < 1e-5


def test_uniform_noise_with_a_rational_half_width() -> None:
    dynamics = sgd(linear("0.7"), 0.3, Uniform(0.8 / math.sqrt(3)), 0.1)
    found = certify_expectation(dynamics, W, degree=16, uniform_half_width="0.8")
    assert found.uniform == Fraction(4, 5)
    assert found.interval == (Fraction(-1, 2), Fraction(7, 10))
    assert 0 < found.half_width < Fraction(1, 10**12)
    value = stationary_law(dynamics).mean("W").value
    assert value == pytest.approx(float(found.center), abs=3e-13)
    assert not dataclasses.replace(found, uniform=Fraction(81, 100)).verify()


# ---------------------------------------------------------------- the checker


def test_a_certificate_survives_json(proof: PoissonCertificate) -> None:
    text = proof.to_json()
    again = PoissonCertificate.from_json(text)
    assert again == proof
    assert again.verify()
    assert all(isinstance(x, str) for x in json.loads(text)["h"])


@pytest.mark.parametrize(
    ("field", "index"), [("h", 2), ("observable", 1), ("up", 0), ("down", 1), ("offset", 0)]
)
def test_a_changed_coefficient_is_noticed(
    proof: PoissonCertificate, field: str, index: int
) -> None:
    coefficients = list(getattr(proof, field))
    coefficients[index] += Fraction(1, 10**6)
    corrupted = dataclasses.replace(proof, **{field: tuple(coefficients)})
    assert proof.verify()
    assert not corrupted.verify()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"center": Fraction(1, 100)}, "residual"),
        ({"half_width": Fraction(1, 10**13)}, "residual"),
        ({"half_width": Fraction(-1)}, "negative"),
        ({"interval": (Fraction(-1, 5), Fraction(13, 20))}, "forward-invariant"),
        ({"interval": (Fraction(-1, 4), Fraction(7, 10))}, "sign"),
        ({"interval": (Fraction(1), Fraction(0))}, "empty"),
        ({"atoms": ((Fraction(1, 2), Fraction(1, 2)),)}, "sum to 1"),
        ({"atoms": ()}, "noise"),
        ({"uniform": Fraction(1)}, "noise"),
    ],
)
def test_a_wrong_certificate_says_what_is_wrong(
    proof: PoissonCertificate, changes: dict[str, object], reason: str
) -> None:
    corrupted = dataclasses.replace(proof, **changes)  # type: ignore[arg-type]
    assert reason in corrupted.failure()


def test_a_worthless_h_still_gives_a_true_statement(proof: PoissonCertificate) -> None:
    # h = 0: E f − c is bounded by sup |f − c|
    wide = dataclasses.replace(proof, h=(Fraction(0),), half_width=Fraction(3, 10))
    assert wide.verify()
    assert not dataclasses.replace(wide, half_width=Fraction(1, 4)).verify()


@pytest.mark.parametrize("text", ["{}", "[1]", '{"kind": "x"}', "no json"])
def test_text_that_is_not_a_certificate(text: str) -> None:
    with pytest.raises(InputError, match="certificate"):
        PoissonCertificate.from_json(text)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((sgd(linear(), 0.3, Gaussian(0.5), 0.1), W), "two-valued or uniform"),
        ((sgd(linear(), 0.3, TwoPoint(0.5, 0.3), 0.1), W), "irrational"),
        ((sgd(linear(), 0.3, Uniform(0.5), 0.1), W), "uniform_half_width"),
        ((residual(linear(), Rademacher(0.5), 0.1), W), "one state"),
        ((DYNAMICS[0.1], sympy.exp(W)), "not a polynomial"),
    ],
)
def test_what_cannot_be_certified(arguments: tuple[object, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        certify_expectation(*arguments)  # type: ignore[arg-type]


def test_a_half_width_that_is_not_that_of_the_noise() -> None:
    with pytest.raises(InputError, match="not that of the noise"):
        certify_expectation(
            sgd(linear(), 0.3, Uniform(0.5), 0.1), W, uniform_half_width=Fraction(9, 10)
        )


def test_an_interval_on_which_a_sign_changes_is_refused() -> None:
    with pytest.raises(InputError, match="keep its sign"):
        certify_expectation(DYNAMICS[0.1], W, interval=("-0.7", "0.7"))
