"""Identities, slack substitutions, z3, Poisson certificates, the ladder, counterexamples."""

from __future__ import annotations

import sys

import pytest
import sympy

from analogtheory.algorithms import analog_sgd
from analogtheory.algorithms.symbols import W
from analogtheory.checker import failure
from analogtheory.errors import InputError, MissingExtra
from analogtheory.noise import Rademacher
from analogtheory.objectives import ScalarQuadratic
from analogtheory.prove import (
    Proved,
    Refuted,
    Unknown,
    counterexample,
    eq,
    find_counterexample,
    ge,
    gt,
    le,
    lt,
    prove,
    prove_expectation,
    prove_identity,
    prove_sign,
    prove_smt,
)
from analogtheory.prove.short import simplest
from analogtheory.responses.response import Response

x, y, z, s, t = sympy.symbols("x y z s t", real=True)
MOTZKIN = x**4 * y**2 + x**2 * y**4 + 1


def test_identity() -> None:
    assert isinstance(prove_identity((x + y) ** 2, x**2 + 2 * x * y + y**2), Proved)
    refuted = prove_identity((x + y) ** 2, x**2 + y**2)
    assert isinstance(refuted, Refuted)
    assert refuted.counterexample["point"] == {"x": "1", "y": "1"}
    assert isinstance(prove_identity(sympy.exp(x + y), sympy.exp(x) * sympy.exp(y)), Unknown)


def test_identity_at_points_of_ones_own() -> None:
    points = [{"x": 0, "y": 1}, {"x": 2}, {"x": 2, "y": "1/2", "z": 7}]
    refuted = prove_identity((x + y) ** 2, x**2 + y**2, points=points)
    assert isinstance(refuted, Refuted)
    assert refuted.counterexample["point"] == {"x": "2", "y": "1/2"}
    assert isinstance(prove_identity((x + y) ** 2, x**2 + 2 * x * y + y**2, points=points), Proved)


def test_identity_is_refuted_only_where_the_hypotheses_hold() -> None:
    point = {"x": 2, "y": "1/2"}
    negative = prove_identity(abs(x), x, given=[le(x, y)], points=[point])
    assert isinstance(negative, Refuted)
    assert failure(negative.counterexample) == ""
    assert negative.counterexample["given"] == ["-x + y >= 0"]
    assert negative.counterexample["point"] != {"x": "2", "y": "1/2"}
    assert isinstance(prove_identity(abs(x), x, given=[ge(x)]), Unknown)
    assert isinstance(prove_identity(x, 2 * x, given=[gt(x)], points=[{"x": -1}]), Refuted)


def test_sign() -> None:
    unit = [ge(x), lt(x, 1), ge(y), lt(y, 1)]
    slacks = {s: x / (1 - x), t: y / (1 - y)}
    outcome = prove_sign(lt(x * y, 1), unit, slacks)
    assert isinstance(outcome, Proved)
    assert failure(outcome.certificate) == ""
    refuted = prove_sign(lt(x + y, 1), unit, slacks)
    assert isinstance(refuted, Refuted)
    assert failure(refuted.counterexample) == ""
    assert isinstance(prove_sign(lt(x * y, 1), unit, {s: x + y, t: y}), Unknown)
    assert isinstance(prove_sign(ge(x**2 + 1, 2 * x), [ge(x)], {s: x}), Unknown)


def test_smt() -> None:
    pytest.importorskip("z3")
    outcome = prove_smt(ge(MOTZKIN, 3 * x**2 * y**2))
    assert isinstance(outcome, Proved)
    assert failure(outcome.certificate) == ""
    assert set(outcome.certificate) == {"kind", "name", "given", "conclude"}
    refuted = prove_smt(ge(MOTZKIN, 4 * x**2 * y**2), [gt(x)])
    assert isinstance(refuted, Refuted)
    assert refuted.counterexample["point"] == {"x": "1", "y": "1"}
    triangle = le(abs(x + y), sympy.Max(x, -x) + sympy.sqrt(z)), [eq(z, y**2)]
    assert isinstance(prove_smt(*triangle), Proved)


def test_smt_rounds_an_algebraic_model() -> None:
    pytest.importorskip("z3")
    refuted = prove_smt(lt(x**2, 2), [ge(x), ge(y, x), le(y * x, 5)])
    assert isinstance(refuted, Refuted)
    assert failure(refuted.counterexample) == ""
    no_rational = prove_smt(ge(x, 2), [eq(x**2, 2)])
    assert isinstance(no_rational, Unknown)
    assert isinstance(prove_smt(ge(sympy.exp(x))), Unknown)


def test_without_z3_nothing_is_green(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "z3", None)
    outcome = prove_smt(ge(x**2))
    assert isinstance(outcome, Unknown)
    assert outcome.needs == "smt"
    with pytest.raises(MissingExtra):
        failure({"kind": "smt", "given": [], "conclude": "x**2 >= 0"})
    step = {"kind": "smt", "given": [], "conclude": "x**2 >= 0"}
    with pytest.raises(MissingExtra):
        failure({"kind": "chain", "steps": [step]})
    ladder = prove(ge(MOTZKIN, 3 * x**2 * y**2))
    assert isinstance(ladder, Unknown)
    assert ladder.needs == "smt"


def test_expectation() -> None:
    device = Response("1 - w", "1 + w", -1, 1)
    quadratic = ScalarQuadratic(1, sympy.Rational(9, 10))
    dynamics = analog_sgd(device, quadratic, Rademacher(0.5), lr=0.1)
    for claimed in ({"equals": "3/5"}, {"lower": "3/5", "upper": 0.6}, {"upper": 1}):
        outcome = prove_expectation(dynamics, W, **claimed)
        assert isinstance(outcome, Proved)
        assert outcome.domain != "all parameters"
        assert failure(outcome.certificate) == ""
    for broken in ({"equals": "61/100"}, {"lower": "601/1000"}, {"upper": "1/2", "lower": 0}):
        refuted = prove_expectation(dynamics, W, **broken)
        assert isinstance(refuted, Refuted)
        assert refuted.counterexample["kind"] == "poisson-counterexample"
        assert failure(refuted.counterexample) == ""
    with pytest.raises(InputError, match="give lower, upper or equals"):
        prove_expectation(dynamics, W)


def test_expectation_beyond_its_half_width() -> None:
    device = Response("1 - w", "1 + w", -1, 1)
    quadratic = ScalarQuadratic(1, sympy.Rational(9, 10))
    dynamics = analog_sgd(device, quadratic, Rademacher(0.5), lr=0.1)
    center = sympy.Rational(3, 5)
    rough = prove_expectation(dynamics, W**4, equals=center, degree=2)
    assert isinstance(rough, Refuted | Unknown)
    assert isinstance(prove_expectation(dynamics, sympy.exp(W), lower=0), Unknown)


def test_ladder() -> None:
    kinds = [
        (eq((x + 1) ** 2, x**2 + 2 * x + 1), [], "identity"),
        (ge(x**2 + 1, 2 * x), [], "polynomial"),
        (gt(sympy.exp(x), x), [ge(x, -1), le(x, 1)], "interval"),
    ]
    for conclude, given, kind in kinds:
        outcome = prove(conclude, given)
        assert isinstance(outcome, Proved)
        assert outcome.certificate["kind"] == kind
    assert isinstance(prove(ge(x**2, 1)), Refuted)
    assert isinstance(prove(ge(sympy.exp(x), x)), Unknown)


def test_ladder_reaches_z3() -> None:
    pytest.importorskip("z3")
    outcome = prove(ge(MOTZKIN, 3 * x**2 * y**2))
    assert isinstance(outcome, Proved)
    assert outcome.certificate["kind"] == "smt"


def test_counterexamples_are_short() -> None:
    small = find_counterexample(ge(1000 * x**2, x), [ge(x)])
    assert small is not None
    assert small["point"] == {"x": "1/1001"}
    flat = find_counterexample(ge(x, y), [eq(x + y, 1), eq(z, x * y)])
    assert flat is not None
    assert flat["point"] == {"x": "0", "y": "1", "z": "0"}
    inside = find_counterexample(ge(x**2, x), box={"x": ("1/3", 1)})
    assert inside is not None
    assert inside["point"] == {"x": "1/2"}
    assert find_counterexample(ge(x**2)) is None
    assert find_counterexample(ge(x), [eq(x, 1)]) is None
    assert find_counterexample(ge(x), [eq(x, -1)]) is not None


def test_counterexamples_by_descent() -> None:
    """A corner that neither the grid nor the samples hit."""
    corner = [ge(x, sympy.Rational(997, 1000)), le(x * y, sympy.Rational(9975, 10000)), ge(y, 1)]
    found = find_counterexample(gt(y, x + sympy.Rational(34, 10000)), corner)
    assert found is not None
    assert failure(found) == ""
    bump = (x - sympy.Rational(123, 1000)) ** 2 + (y + sympy.Rational(77, 100)) ** 2
    hidden = find_counterexample(ge(bump, sympy.Rational(1, 10**7)))
    assert hidden is not None
    assert find_counterexample(ge(bump, sympy.Rational(1, 10**7))) == hidden


def test_counterexample_of_ones_own() -> None:
    assert counterexample(ge(x), [le(x, 0)], {"x": "-1/2"}) is not None
    assert counterexample(ge(x), [ge(x, 0)], {"x": "-1/2"}) is None
    assert counterexample(ge(1 / x), [], {"x": 0}) is None
    assert counterexample(ge(x), [], {"y": 0}) is None
    assert counterexample(ge(x), []) is None


def test_the_first_point_that_fits_is_the_counterexample() -> None:
    points = [{"y": -9}, {"x": 1, "y": 0}, {"x": -1, "y": 0, "z": 5}, {"x": -2, "y": 0}]
    found = counterexample(ge(x), [ge(y)], *points)
    assert found is not None
    assert found["point"] == {"x": "-1", "y": "0"}


@pytest.mark.parametrize(
    ("low", "high", "short"), [("31/100", "34/100", "1/3"), ("-5/2", "-9/4", "-7/3")]
)
def test_simplest(low: str, high: str, short: str) -> None:
    from fractions import Fraction

    found = simplest(Fraction(low), Fraction(high))
    assert Fraction(low) <= found <= Fraction(high)
    assert found.denominator <= Fraction(short).denominator
