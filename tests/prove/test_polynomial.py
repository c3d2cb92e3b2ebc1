"""Positivstellensatz certificates: found, refuted, or unknown."""

from __future__ import annotations

from typing import Any

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from analogtheory.checker import failure
from analogtheory.prove import (
    Fact,
    Proved,
    Refuted,
    Unknown,
    eq,
    ge,
    gt,
    le,
    lt,
    prove,
    prove_by_terms,
    prove_polynomial,
)

F, G, x, y, z, v, m, L, lr = sympy.symbols("F G x y z v m L lr", real=True)
half = sympy.Rational(1, 2)
TOUCHES = sympy.expand((x**2 - 2 * y + 1) ** 2 + x**2 * (y - 3) ** 2)

TRUE: dict[str, tuple[Fact, list[Fact], dict[str, Any]]] = {
    "product": (ge(F**2 - G**2), [gt(F), ge(F - G), ge(F + G)], {}),
    "strict": (gt(x * y), [gt(x), gt(y)], {}),
    "strict sum of squares": (gt(x**2 + x + 1), [], {}),
    "three squares": (ge(x**2 + y**2 + z**2, x * y + y * z + z * x), [], {}),
    "triangle": (ge(abs(x) + abs(y), abs(x + y)), [], {}),
    "means": (ge((x + y) / 2, sympy.sqrt(x * y)), [ge(x), ge(y)], {}),
    "second moment": (ge(sympy.sqrt(x**2 + v), abs(x)), [ge(v)], {}),
    "moments": (ge(x**2 + v, m**2 - v), [ge(v), le(m**2, x**2 + v), ge(m, abs(x))], {}),
    "equation": (eq(x**3, y**3), [eq(x, y)], {}),
    "quotient": (le(1 / (1 + x), 1), [ge(x)], {}),
    "strict quotient": (lt(x / (1 + x), 1), [gt(1 + x)], {}),
    "reciprocals": (le(1 / x, 1 / y), [ge(x, y), gt(y), gt(x)], {}),
    "denominator without a fact": (le(1 / x, 1 / y), [ge(x, y), gt(y)], {}),
    "hypothesis with a denominator": (ge(x, y), [ge(1 / y, 1 / x), gt(x), gt(y)], {}),
    "multiplier": (ge(x + 1 / x, 2), [gt(x)], {"multiplier": [gt(x)]}),
    "interval": (gt(x**3 - x + 1), [ge(x), le(x, 1)], {"degree": 3}),
    "descent": (ge(lr - L * lr**2 / 2, lr / 2), [gt(lr), gt(L), le(lr * L, 1)], {}),
    "maximum": (ge(2 * sympy.Max(x, y), x + y), [], {}),
    "minimum": (le(2 * sympy.Min(x, y), x + y), [], {}),
    "squares not offered": (ge(2 * x**4 + 2 * x**3 * y - x**2 * y**2 + 5 * y**4), [], {}),
    "squares that touch 0": (ge(TOUCHES), [], {}),
    "square offered": (ge((x**2 - 3 * y) ** 2), [], {"squares": [x**2 - 3 * y]}),
    "function values": (gt(sympy.exp(x) * y + x**2), [gt(sympy.exp(x)), gt(y)], {}),
    "equation with a denominator": (eq(x, 2 * y), [eq(x / y, 2)], {}),
    "by contradiction": (ge(x, y), [ge(x**2, y**2), ge(x), ge(y)], {}),
}  # fmt: skip

FALSE: dict[str, tuple[Fact, list[Fact], dict[str, str]]] = {
    "factor": (ge(x**2 + y**2, 3 * x * y), [], {"x": "1", "y": "1"}),
    "not strict": (gt(F**2 - G**2), [gt(F), ge(F - G), ge(F + G)], {"F": "1", "G": "1"}),
    "dropped hypothesis": (ge(F**2 - G**2), [gt(F), ge(F - G)], {"F": "1", "G": "-2"}),
    "quotient": (le(1 / (1 + x), half), [ge(x)], {"x": "0"}),
    "root": (ge(sympy.sqrt(x), x), [ge(x)], {"x": "2"}),
    "equation": (eq(x**2, y**2), [eq(x**2 + y**2, 1)], {"x": "0", "y": "1"}),
}  # fmt: skip


@pytest.mark.parametrize("name", TRUE)
def test_true(name: str) -> None:
    conclude, facts, options = TRUE[name]
    outcome = prove_polynomial(conclude, facts, name=name, **options)
    assert isinstance(outcome, Proved)
    assert outcome.domain == "all parameters"
    assert outcome.certificate["given"] == [str(fact) for fact in facts]
    assert outcome.certificate["conclude"] == str(conclude)
    assert failure(outcome.certificate) == ""


@pytest.mark.parametrize("name", FALSE)
def test_false(name: str) -> None:
    conclude, facts, point = FALSE[name]
    outcome = prove_polynomial(conclude, facts)
    assert isinstance(outcome, Refuted)
    assert outcome.counterexample["point"] == point
    assert failure(outcome.counterexample) == ""
    assert conclude.holds(point) is False
    assert all(fact.holds(point) for fact in facts)


def test_an_equation_from_both_sides() -> None:
    outcome = prove_polynomial(eq(2 * sympy.Max(x, y), x + y + abs(x - y)))
    assert isinstance(outcome, Proved)
    assert outcome.certificate["kind"] == "chain"
    assert failure(outcome.certificate) == ""


def test_true_but_beyond_it() -> None:
    motzkin = x**4 * y**2 + x**2 * y**4 + 1 - 3 * x**2 * y**2
    assert isinstance(prove_polynomial(ge(motzkin)), Unknown)


def test_what_it_cannot_read() -> None:
    assert isinstance(prove_polynomial(ge(sympy.sin(x), -1)), Unknown)
    assert isinstance(prove_polynomial(ge(x**2), multiplier=[gt(x)]), Unknown)
    assert isinstance(prove_polynomial(ge(x**2), squares=[1 / x]), Unknown)


def test_by_terms() -> None:
    outcome = prove_by_terms(
        ge(x * y * z),
        [ge(x), gt(y), eq(z, 2)],
        [(2, 1, {0: 1, 1: 1}), ("zero", 2, x * y)],
        name="product",
    )
    assert isinstance(outcome, Proved)
    assert outcome.certificate["name"] == "product"
    positive, double = gt(y), eq(z, 2)
    by_fact = [(2, 1, {ge(x): 1, positive: 1}), ("zero", double, x * y)]
    assert isinstance(prove_by_terms(ge(x * y * z), [double, ge(x), positive], by_fact), Proved)
    assert isinstance(prove_by_terms(ge(x * y * z), [double, ge(x)], by_fact), Refuted)
    divided = prove_by_terms(ge(x / y), [ge(x), gt(y)], [(1, 1, {0: 1})], multiplier=[gt(y)])
    assert isinstance(divided, Proved)
    assert isinstance(prove_by_terms(ge(x**2 + y**2, 2 * x * y), [], [(2, x - y, {})]), Unknown)
    assert isinstance(prove_by_terms(ge(x**2 + y**2, 3 * x * y), [], [(1, x - y, {})]), Refuted)


def test_by_terms_with_facts_in_a_row() -> None:
    factors = (ge(x), gt(y), gt(y))
    outcome = prove_by_terms(ge(2 * x * y**2), [ge(x), gt(y)], [(2, 1, factors)])
    assert isinstance(outcome, Proved)
    assert outcome.certificate["terms"] == [{"coefficient": "2", "factors": {"0": 1, "1": 2}}]
    assert isinstance(prove_by_terms(ge(2 * x * y**2), [gt(y)], [(2, 1, factors)]), Refuted)
    assert isinstance(prove_by_terms(ge(x**2), [], [(1, x, ())]), Proved)


@pytest.mark.parametrize("prover", [prove_polynomial, lambda *a, **k: prove_by_terms(*a, [], **k)])
def test_points_of_ones_own_come_first(prover: Any) -> None:
    outside, passed_over = {"x": -1, "y": 5}, {"x": 3}
    points = [outside, passed_over, {"x": 7, "y": "1/2", "z": 9}]
    refuted = prover(ge(y, x), [ge(x)], points=points)
    assert isinstance(refuted, Refuted)
    assert refuted.counterexample["point"] == {"x": "7", "y": "1/2"}
    assert failure(refuted.counterexample) == ""


def test_points_do_not_hinder_a_proof() -> None:
    points = [{"x": 1, "y": 1}, {"x": -1, "y": 1}]
    assert isinstance(prove_polynomial(ge(x * y), [ge(x), ge(y)], points=points), Proved)
    terms = [(1, 1, (ge(x), ge(y)))]
    assert isinstance(prove_by_terms(ge(x * y), [ge(x), ge(y)], terms, points=points), Proved)


@pytest.mark.parametrize("facts", [[], [ge(x)], [eq(x, y)]], ids=str)
@pytest.mark.parametrize(
    "conclude", [eq(0), ge(0), ge(2), gt(half), gt(sympy.sqrt(2), 1), eq(x, x)], ids=str
)
def test_true_without_a_symbol(conclude: Fact, facts: list[Fact]) -> None:
    outcome = prove_polynomial(conclude, facts)
    assert isinstance(outcome, Proved)
    assert failure(outcome.certificate) == ""


@pytest.mark.parametrize("facts", [[], [ge(x)], [eq(x, y)]], ids=str)
@pytest.mark.parametrize(
    "conclude", [gt(0), eq(1), ge(-half), eq(sympy.sqrt(2), 1), gt(x, x)], ids=str
)
def test_false_without_a_symbol(conclude: Fact, facts: list[Fact]) -> None:
    outcome = prove_polynomial(conclude, facts)
    assert isinstance(outcome, Refuted)
    assert failure(outcome.counterexample) == ""


def test_a_constant_that_no_certificate_knows() -> None:
    assert isinstance(prove_polynomial(gt(sympy.E, 2)), Unknown)
    assert isinstance(prove(gt(sympy.E, 2), [ge(x), le(x, 1)]), Unknown)


RATIONALS = st.fractions(-3, 3, max_denominator=4)


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(1, 5)), min_size=1, max_size=4
    )
)
def test_products_of_bounds_are_found(terms: list[tuple[int, int, int]]) -> None:
    """Handelman: Σ c·xⁱ·(1 − x)ʲ ≥ 0 on [0, 1], expanded."""
    total = sympy.expand(sum(c * x**i * (1 - x) ** j for i, j, c in terms))
    outcome = prove_polynomial(ge(total), [ge(x), le(x, 1)], degree=4)
    assert isinstance(outcome, Proved)
    assert failure(outcome.certificate) == ""


@settings(max_examples=15, deadline=None)
@given(RATIONALS, RATIONALS, st.integers(1, 40))
def test_a_little_too_much_is_refuted(a: Any, b: Any, n: int) -> None:
    """(x − a)² + (y − b)² ≥ 0, but not ≥ 1/n."""
    one, two = (
        sympy.Rational(a.numerator, a.denominator),
        sympy.Rational(b.numerator, b.denominator),
    )
    square = sympy.expand((x - one) ** 2 + (y - two) ** 2)
    refuted = prove_polynomial(ge(square, sympy.Rational(1, n)))
    assert isinstance(refuted, Refuted)
    assert failure(refuted.counterexample) == ""
    assert isinstance(prove_polynomial(ge(square), squares=[x - one, y - two]), Proved)
