"""Interval arithmetic on exact Arb ends, and formulas compiled to it.

The ends of an interval are exact Arb numbers, rounded outwards; monotone functions are
evaluated at the ends, which keeps wide intervals tight.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

import flint
import sympy

Expr: TypeAlias = sympy.Expr
_INF = flint.arb.pos_inf()
_ZERO = flint.arb(0)


class Interval(NamedTuple):
    """A closed interval [low, high]; the ends are exact Arb numbers, possibly infinite."""

    low: Any
    high: Any

    def sign(self) -> int:
        """The common sign of all members, or 0 when they do not have one."""
        if self.low > 0:
            return 1
        return -1 if self.high < 0 else 0

    def floats(self) -> tuple[float, float]:
        """The ends as floats, rounded outwards."""
        return round_down(self.low), round_up(self.high)


WHOLE = Interval(-_INF, _INF)


def is_bounded(value: Interval) -> bool:
    """Whether both ends are finite."""
    return bool(value.low > -_INF) and bool(value.high < _INF)


def join(a: Interval, b: Interval) -> Interval:
    """The smallest interval that holds both."""
    return Interval(a.low if a.low < b.low else b.low, a.high if a.high > b.high else b.high)


def intersection(a: Interval, b: Interval) -> Interval:
    """What two overlapping intervals share."""
    return Interval(a.low if a.low > b.low else b.low, a.high if a.high < b.high else b.high)


def round_down(x: Any) -> float:
    """The largest float below or at an Arb number."""
    value = float(x)
    return value if flint.arb(value) <= x else math.nextafter(value, -math.inf)


def round_up(x: Any) -> float:
    """The smallest float above or at an Arb number."""
    value = float(x)
    return value if flint.arb(value) >= x else math.nextafter(value, math.inf)


def _ball(x: Any) -> Interval:
    if x.is_nan():
        return WHOLE
    return Interval(x.lower(), x.upper())


def _hull(*balls: Any) -> Interval:
    parts = [_ball(b) for b in balls]
    low, high = parts[0]
    for part in parts[1:]:
        low = part.low if part.low < low else low
        high = part.high if part.high > high else high
    return Interval(low, high)


def exact_interval(number: Any) -> Interval:
    """The tightest interval at working precision around an exact (or float) number."""
    if isinstance(number, sympy.Rational):
        return _ball(flint.arb(flint.fmpq(int(number.p), int(number.q))))
    if isinstance(number, sympy.Expr):
        return _constant(number)
    return _ball(flint.arb(number))


def _constant(number: Expr) -> Interval:
    if number is sympy.pi:
        return _ball(flint.arb.pi())
    if number is sympy.E:
        return _ball(flint.arb(1).exp())
    if isinstance(number, sympy.Float):
        return exact_interval(sympy.Rational(number))
    raise NotImplementedError(f"no enclosure for the constant {number}")


def add(a: Interval, b: Interval) -> Interval:
    """a + b."""
    low = a.low + b.low
    high = a.high + b.high
    return Interval(-_INF if low.is_nan() else low.lower(), _INF if high.is_nan() else high.upper())


def _product(x: Any, y: Any) -> Any:
    # 0 x (unbounded end): the members of an interval are finite, so the product is 0.
    if x.is_zero() or y.is_zero():
        return _ZERO
    return x * y


def mul(a: Interval, b: Interval) -> Interval:
    """a·b."""
    return _hull(
        _product(a.low, b.low),
        _product(a.low, b.high),
        _product(a.high, b.low),
        _product(a.high, b.high),
    )


def _reciprocal(a: Interval) -> Interval:
    if a.low > 0 or a.high < 0:
        return _hull(1 / a.low, 1 / a.high)
    if a.low.is_zero() and not a.high.is_zero():
        return Interval((1 / a.high).lower(), _INF)
    if a.high.is_zero() and not a.low.is_zero():
        return Interval(-_INF, (1 / a.low).upper())
    return WHOLE


def _integer_power(a: Interval, n: int) -> Interval:
    if n < 0:
        return _reciprocal(_integer_power(a, -n))
    low, high = a.low**n, a.high**n
    if n % 2 or a.low >= 0:
        return _hull(low, high)
    if a.high <= 0:
        return _hull(high, low)
    return Interval(_ZERO, _hull(low, high).high)


def _real_power(a: Interval, exponent: Interval) -> Interval:
    """a**exponent for a >= 0; what lies below 0 is outside the domain and is cut off."""
    if a.high < 0:
        return WHOLE
    low = a.low if a.low > 0 else _ZERO
    if exponent.low.is_zero() and exponent.high.is_zero():
        return exact_interval(1)
    values = []
    for base, power in itertools.product((low, a.high), exponent):
        if base.is_zero():
            values.append(_ZERO if power > 0 else _INF)
        else:
            values.append(base**power)
    return _hull(*values)


def _log(a: Interval) -> Interval:
    if a.high <= 0:
        return WHOLE
    low = -_INF if a.low <= 0 else a.low.log().lower()
    return Interval(low, a.high.log().upper())


def _abs(a: Interval) -> Interval:
    if a.low >= 0:
        return a
    if a.high <= 0:
        return Interval(-a.high, -a.low)
    return Interval(_ZERO, a.high if a.high > -a.low else -a.low)


def _cosh(a: Interval) -> Interval:
    size = _abs(a)
    return _hull(size.low.cosh(), size.high.cosh())


def _increasing(method: str) -> Callable[[Interval], Interval]:
    def apply(a: Interval) -> Interval:
        return _hull(getattr(a.low, method)(), getattr(a.high, method)())

    return apply


def _sign(a: Interval) -> Interval:
    low = -1 if a.low < 0 else (0 if a.low.is_zero() else 1)
    high = 1 if a.high > 0 else (0 if a.high.is_zero() else -1)
    return Interval(flint.arb(low), flint.arb(high))


def _heaviside(a: Interval) -> Interval:
    # At the kink the derivative of Max and Min may be anything between the sides.
    return Interval(flint.arb(1 if a.low > 0 else 0), flint.arb(0 if a.high < 0 else 1))


def _extremum(pick: Callable[[Any, Any], bool]) -> Callable[..., Interval]:
    def apply(first: Interval, *rest: Interval) -> Interval:
        low, high = first
        for other in rest:
            low = other.low if pick(other.low, low) else low
            high = other.high if pick(other.high, high) else high
        return Interval(low, high)

    return apply


_FUNCTIONS: dict[Any, Callable[..., Interval]] = {
    sympy.exp: _increasing("exp"),
    sympy.log: _log,
    sympy.tanh: _increasing("tanh"),
    sympy.sinh: _increasing("sinh"),
    sympy.cosh: _cosh,
    sympy.Abs: _abs,
    sympy.sign: _sign,
    sympy.Heaviside: lambda a, *_: _heaviside(a),
    sympy.Max: _extremum(lambda x, y: bool(x > y)),
    sympy.Min: _extremum(lambda x, y: bool(x < y)),
}

Function = Callable[[Interval], Interval]


def compile_interval(expression: Expr, variable: sympy.Symbol) -> Function:
    """Turn a formula into its natural interval extension.

    Values are enclosed wherever the formula is defined; parts of the interval outside
    the domain (a logarithm of a negative number, say) are left out.

    Raises
    ------
    NotImplementedError
        For a function or constant that has no interval rule here.
    """
    if expression == variable:
        return lambda x: x
    if not expression.has(variable) and (expression.is_Rational or not expression.args):
        value = exact_interval(expression)
        return lambda x: value
    parts = [compile_interval(argument, variable) for argument in expression.args]
    if isinstance(expression, sympy.Add):
        return _fold(add, parts)
    if isinstance(expression, sympy.Mul):
        return _fold(mul, parts)
    if isinstance(expression, sympy.Pow):
        return _compile_power(expression, parts)
    rule = _FUNCTIONS.get(expression.func)
    if rule is None:
        raise NotImplementedError(f"no interval rule for {expression.func}")
    return lambda x: rule(*(part(x) for part in parts))


def _compile_power(power: Expr, parts: list[Function]) -> Function:
    base, exponent = parts
    if power.exp.is_Integer:
        n = int(power.exp)
        return lambda x: _integer_power(base(x), n)
    if power.base is sympy.E:
        grow = _FUNCTIONS[sympy.exp]
        return lambda x: grow(exponent(x))
    return lambda x: _real_power(base(x), exponent(x))


def _fold(rule: Callable[[Interval, Interval], Interval], parts: list[Function]) -> Function:
    def apply(x: Interval) -> Interval:
        result = parts[0](x)
        for part in parts[1:]:
            result = rule(result, part(x))
        return result

    return apply
