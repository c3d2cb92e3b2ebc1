from __future__ import annotations

import sympy

from analogtheory.report.terminal import _formula, _number


def test_formulas_read_like_formulas() -> None:
    w = sympy.Symbol("w", real=True)
    assert _formula(1 - w**2 / 4) == "1 - w²/4"
    assert _formula(w * sympy.Rational(123456789, 10**9)) == "0.12346·w"
    assert _formula(None) == "no closed form"
    assert len(_formula(sum(w**k for k in range(40)), 30)) == 30


def test_numbers() -> None:
    assert _number(None) == "none"
    assert _number(-0.0) == "0"
    assert _number(0.123456789, 3) == "0.123"
