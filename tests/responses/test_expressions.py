"""The formula parser: right values, exact numbers, and nothing but arithmetic gets in."""

from __future__ import annotations

import math

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from analogtheory.errors import InputError
from analogtheory.responses.expressions import parse

w = sympy.Symbol("w", real=True)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 - w/2", 0.85),
        ("2**w*3", 2**0.3 * 3),
        ("-w**2", -0.09),
        ("exp(-w) + log(w + 1)", math.exp(-0.3) + math.log(1.3)),
        ("sqrt(w)*tanh(w)", math.sqrt(0.3) * math.tanh(0.3)),
        ("cosh(w) - sinh(w)", math.cosh(0.3) - math.sinh(0.3)),
        ("abs(w - 1) + min(w, 0.1, 2) + max(w, 0.5)", 0.7 + 0.1 + 0.5),
        ("pi*w", math.pi * 0.3),
        ("+w - -1e-3", 0.301),
        ("(1 - w)**0.5", 0.7**0.5),
    ],
)
def test_values(text: str, value: float) -> None:
    assert float(parse(text).subs(w, sympy.Rational(3, 10))) == pytest.approx(value, rel=1e-14)


def test_long_decimals_are_exact_and_long_exponents_do_not_hang() -> None:
    assert parse("0.1000000000000000000001*w") == w * sympy.Rational(10**21 + 1, 10**22)
    # SymPy alone factorises this base for minutes.
    value = parse("(33*1.0414567/97 + 1)**0.12345678")
    assert float(value) == pytest.approx((33 * 1.0414567 / 97 + 1) ** 0.12345678, rel=1e-15)


def test_decimals_are_exact() -> None:
    assert parse("0.1*w + 1e-3") == w / 10 + sympy.Rational(1, 1000)


def test_parameters() -> None:
    assert parse("g*w", names=("w", "g")).free_symbols == {w, sympy.Symbol("g", real=True)}


BAD = [
    ('__import__("os")', "unknown function"),
    ("os.system('x')", "unknown function"),
    ("w.__class__", "only arithmetic"),
    ("(lambda: 1)()", "unknown function"),
    ("[w for w in (1,)]", "only arithmetic"),
    ("w if w else 1", "only arithmetic"),
    ("w and 1", "only arithmetic"),
    ("w < 1", "only arithmetic"),
    ("w := 1", "syntax"),
    ("'a'", "not a number"),
    ("True", "not a number"),
    ("1j*w", "not a number"),
    ("q*w", "unknown name 'q'"),
    ("exp", "unknown name 'exp'"),
    ("1 -", "syntax error"),
    ("", "empty"),
    ("1/0", "divides by zero"),
    ("1/(w - w)", "divides by zero"),
    ("log(0)", "divides by zero"),
    ("sqrt(-1)", "negative number"),
    ("w^2", r"\*\*"),
    ("w // 2", "only the operators"),
    ("w % 2", "only the operators"),
    ("9**9**9", "exponents"),
    ("exp(w, w)", "one argument"),
    ("min()", "one or more"),
    ("max(w, key=w)", "plain arguments"),
    ("max(*w)", "plain arguments"),
    ("1e999", "out of scale"),
    ("w\n+1 = 2", "syntax"),
    ("(" * 500 + "w" + ")" * 500, "formula"),
    ("w+" * 1500 + "w", "longer"),
    ("((((9**100)**100)**100)**100)**100", "too large"),
    ("*".join(["1e90"] * 14), "too large"),
    ("2**(log(0)-log(0))", "real numbers"),
    ("tanh(exp(exp(exp(exp(10)))))", "real numbers"),
    ("2 + (-1.017)**(1/3)", "negative number"),
    ("max(" + ",".join(f"w+{k}" for k in range(24)) + ")", "at most"),
]


@pytest.mark.parametrize(("text", "words"), BAD, ids=[b[0][:20] for b in BAD])
def test_everything_else_is_refused_in_one_line(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        parse(text)
    assert "\n" not in str(caught.value)


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="w01.+-*/()expmax, _'\"[]{}:=<>\\\n\x00é", max_size=30))
def test_no_text_gets_past_the_parser(text: str) -> None:
    """Any text is either a real formula in w or an InputError: never another exception."""
    message, symbols = "", set()
    try:
        symbols = parse(text).free_symbols
    except InputError as problem:
        message = str(problem)
    assert "\n" not in message
    assert symbols <= {w}
