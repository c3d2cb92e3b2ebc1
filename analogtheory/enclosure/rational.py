"""The exact rational value of a formula at a rational point, where it has one."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, TypeAlias

import sympy

Expr: TypeAlias = sympy.Expr

#: Functions at the one rational point where they are rational.
_SPECIAL: dict[Any, tuple[int, int]] = {
    sympy.exp: (0, 1),
    sympy.log: (1, 0),
    sympy.tanh: (0, 0),
    sympy.sinh: (0, 0),
    sympy.cosh: (0, 1),
}
_ORDER: dict[Any, Callable[..., Fraction]] = {sympy.Abs: abs, sympy.Max: max, sympy.Min: min}


def rational_value(expression: Expr, variable: sympy.Symbol, point: Fraction) -> Fraction | None:
    """The value at `point` as a fraction; None where it is not known to be rational.

    SymPy's own substitution factorises the base of a fractional power, which can take
    minutes for decimals of eight digits; this does not.

    Examples
    --------
    >>> w = sympy.Symbol("w", real=True)
    >>> rational_value((1 - w) ** sympy.Rational(17, 10) * sympy.exp(w), w, Fraction(1))
    Fraction(0, 1)
    """
    if expression == variable:
        return point
    if expression.is_Rational:
        return Fraction(int(expression.p), int(expression.q))
    parts = [rational_value(argument, variable, point) for argument in expression.args]
    if isinstance(expression, sympy.Mul) and 0 in parts:
        return Fraction(0)  # the other factors are finite on the domain
    if not parts or None in parts:
        return None
    return _combine(expression, [part for part in parts if part is not None])


def _combine(expression: Expr, parts: list[Fraction]) -> Fraction | None:
    if isinstance(expression, sympy.Add):
        return sum(parts, Fraction(0))
    if isinstance(expression, sympy.Mul):
        product = Fraction(1)
        for part in parts:
            product *= part
        return product
    if isinstance(expression, sympy.Pow):
        return _power(*parts)
    if expression.func in _ORDER:
        return _ORDER[expression.func](*parts)
    place, value = _SPECIAL.get(expression.func, (None, None))
    return Fraction(value) if value is not None and parts == [place] else None


def _power(base: Fraction, exponent: Fraction) -> Fraction | None:
    if exponent.denominator == 1:
        return None if base == 0 and exponent < 0 else base ** int(exponent)
    if base == 1 or (base == 0 and exponent > 0):
        return base
    return None
