"""Random certificates that are true pass, and fail when any number of them is changed."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from analogtheory.checker import failure, holds_at

RATIONALS = st.fractions(-5, 5, max_denominator=6)
POSITIVE = st.fractions(Fraction(1, 6), 5, max_denominator=6)
LINEAR = st.tuples(RATIONALS, RATIONALS, RATIONALS).map(
    lambda c: f"({c[0]}) + ({c[1]})*x + ({c[2]})*y"
)
TERMS = st.lists(
    st.tuples(POSITIVE, LINEAR, st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=4
)


def certificate(facts: list[str], terms: list[tuple[Fraction, str, int, int]]) -> dict[str, Any]:
    """A conclusion made of its own terms."""
    shown = [f"({c})*({s})**2*({facts[0]})**{i}*({facts[1]})**{j}" for c, s, i, j in terms]
    return {
        "kind": "polynomial",
        "given": [f"{fact} >= 0" for fact in facts],
        "conclude": " + ".join(shown) + " >= 0",
        "terms": [
            {"coefficient": str(c), "square": s, "factors": {"0": i, "1": j}}
            for c, s, i, j in terms
        ],
    }


@settings(max_examples=60, deadline=None)
@given(st.lists(LINEAR, min_size=2, max_size=2), TERMS, POSITIVE)
def test_true_ones_pass_and_changed_ones_fail(facts: Any, terms: Any, change: Fraction) -> None:
    good = certificate(facts, terms)
    assert failure(good) == ""
    shifted = good["conclude"].replace(" >= 0", f" - {change} >= 0")
    assert failure({**good, "conclude": shifted})
    first = good["terms"][0]
    assume(holds_at(f"({first['square']})**2*({facts[0]})**2*({facts[1]})**2 > 0", _POINT))
    larger = {**first, "coefficient": str(Fraction(first["coefficient"]) + change)}
    assert failure({**good, "terms": [larger, *good["terms"][1:]]})
    negative = {**first, "coefficient": "-" + first["coefficient"]}
    assert failure({**good, "terms": [negative, *good["terms"][1:]]})
    assert failure({**good, "terms": good["terms"][1:]})


_POINT = {"x": Fraction(17, 7), "y": Fraction(-23, 11)}


@settings(max_examples=60, deadline=None)
@given(st.lists(LINEAR, min_size=2, max_size=2), TERMS, RATIONALS, RATIONALS)
def test_what_passes_holds_at_points(facts: Any, terms: Any, x: Fraction, y: Fraction) -> None:
    good, point = certificate(facts, terms), {"x": x, "y": y}
    if all(holds_at(fact, point) for fact in good["given"]):
        assert holds_at(good["conclude"], point) is True
