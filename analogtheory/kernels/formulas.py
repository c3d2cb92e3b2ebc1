"""From a SymPy expression to statements.

Sums and products are taken in SymPy's printing order, whole powers by repeated squaring,
half powers by a square root, a quotient as one division, |x|, max, min and branches by
comparing. So every law made of + − × ÷ √, exp and log is exact: the same bits wherever the
statements are executed (see :mod:`analogtheory.kernels.statements`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

import sympy

from analogtheory.errors import InputError
from analogtheory.kernels import elementary, elementary_single
from analogtheory.kernels.statements import LIBRARY, Builder, Function, Operand

Expr: TypeAlias = sympy.Expr
#: What ``gradient(…)`` becomes: the value at a place.
Gradient = Callable[[Builder, Operand], Operand]

_HIGHEST_POWER = 64
_RELATIONS = {
    sympy.StrictLessThan: "lt", sympy.LessThan: "le", sympy.StrictGreaterThan: "gt",
    sympy.GreaterThan: "ge", sympy.Equality: "eq", sympy.Unequality: "ne",
}  # fmt: skip


class Arithmetic(NamedTuple):
    """The functions that a translation calls.

    Attributes
    ----------
    exp, log : callables
        Make the functions.
    power : callable, optional
        Makes xʸ for exponents that are neither whole nor half; without it they come from
        the mathematical library.
    """

    exp: Callable[[], Function]
    log: Callable[[], Function]
    power: Callable[[], Function] | None = None


#: As the simulations of a Dynamics use them.
DOUBLE = Arithmetic(elementary.exp, elementary.log)
SINGLE = Arithmetic(elementary_single.exp, elementary_single.log, elementary_single.power)


class UnsupportedFormula(InputError):
    """A formula that cannot be written as statements."""


class Translator:
    """Writes expressions into a builder.

    Parameters
    ----------
    builder : Builder
    names : mapping of symbol name to operand
        What the symbols stand for. Each is asked for when it is first met.
    gradient : callable, optional
        What ``gradient(…)`` of :mod:`analogtheory.dynamics` becomes.
    arithmetic : Arithmetic
        Of the precision of the builder.
    """

    def __init__(
        self,
        builder: Builder,
        names: Mapping[str, Operand],
        gradient: Gradient | None = None,
        arithmetic: Arithmetic = DOUBLE,
    ):
        self._builder, self._names, self._gradient = builder, names, gradient
        self._arithmetic = arithmetic
        self._done: dict[Expr, Operand] = {}

    def __call__(self, expression: Expr) -> Operand:
        """The value of the expression.

        Raises
        ------
        UnsupportedFormula
            If it contains a function without statements.
        """
        if expression not in self._done:
            self._done[expression] = self._translate(expression)
        return self._done[expression]

    def _translate(self, e: Any) -> Operand:
        if isinstance(e, sympy.Symbol):
            return self._names[e.name]
        if isinstance(e, sympy.Number | sympy.NumberSymbol) or (e.is_number and not e.args):
            return self._number(e)
        if isinstance(e, sympy.Add):
            return self._sum(e)
        if isinstance(e, sympy.Mul):
            return self._product(e)
        if isinstance(e, sympy.Pow):
            return self._power(e.base, e.exp)
        if isinstance(e, sympy.Piecewise):
            return self._branches(e)
        return self._function(e)

    def _number(self, e: Expr) -> Operand:
        try:
            value = float(e)
        except TypeError:
            raise UnsupportedFormula(f"{e}: is not a real number") from None
        return self._builder.number(value)

    # ------------------------------------------------------------------ + − × ÷

    def _sum(self, e: Expr) -> Operand:
        (_, first), *others = _signed_terms(e)
        total = self(first)
        for negative, term in others:
            total = self._builder.op("sub" if negative else "add", total, self(term))
        return total

    def _product(self, e: Expr) -> Operand:
        e = _distributed(e)
        if not isinstance(e, sympy.Mul):
            return self(e)
        coefficient, rest = e.as_coeff_Mul()
        if coefficient.is_negative:
            return self._builder.op("neg", self(-e))
        above, below = self._fraction(rest)
        if coefficient != 1 or not above:
            above.insert(0, self._number(coefficient))
        value = self._multiplied(above)
        return value if not below else self._builder.op("div", value, self._multiplied(below))

    def _fraction(self, e: Expr) -> tuple[list[Operand], list[Operand]]:
        """The factors above and below the line."""
        above: list[Operand] = []
        below: list[Operand] = []
        for factor in e.as_ordered_factors():
            base, exponent = factor.as_base_exp()
            if exponent.is_Rational and exponent.is_negative and not base.is_number:
                below.append(self(sympy.Pow(base, -exponent)))
            else:
                above.append(self(factor))
        return above, below

    def _multiplied(self, factors: list[Operand]) -> Operand:
        value = factors[0]
        for factor in factors[1:]:
            value = self._builder.op("mul", value, factor)
        return value

    def _power(self, base: Expr, exponent: Expr) -> Operand:
        b = self._builder
        twice = 2 * exponent
        if base.is_number and exponent.is_number:
            return self._number(sympy.Pow(base, exponent))
        if not (twice.is_Integer and abs(int(twice)) <= 2 * _HIGHEST_POWER):
            if self._arithmetic.power is not None:
                return b.call(self._arithmetic.power(), self(base), self(exponent))[0]
            return b.op("pow", self(base), self(exponent))
        if twice.is_negative:
            return b.op("div", 1.0, self._power(base, -exponent))
        whole, half = divmod(int(twice), 2)
        value = self(base)
        if not half:
            return b.power(value, whole)
        root = b.op("sqrt", value)
        return root if not whole else b.op("mul", b.power(value, whole), root)

    # ------------------------------------------------------------------ functions

    def _function(self, e: Any) -> Operand:
        name, args = type(e).__name__, e.args
        if name == "gradient" and self._gradient is not None:
            return self._gradient(self._builder, self(args[0]))
        special = getattr(self, f"_{name}", None)
        if special is not None and name in _SPECIAL:
            value: Operand = special(*args)
            return value
        if LIBRARY.get(name) == len(args):
            return self._builder.op(name, *(self(arg) for arg in args))
        raise UnsupportedFormula(f"{e}: the function {name} has no statements")

    def _exp(self, x: Expr) -> Operand:
        return self._builder.call(self._arithmetic.exp(), self(x))[0]

    def _log(self, x: Expr) -> Operand:
        return self._builder.call(self._arithmetic.log(), self(x))[0]

    def _Abs(self, x: Expr) -> Operand:
        return self._builder.op("abs", self(x))

    def _floor(self, x: Expr) -> Operand:
        return self._builder.op("floor", self(x))

    def _ceiling(self, x: Expr) -> Operand:
        return self._builder.op("ceil", self(x))

    def _sign(self, x: Expr) -> Operand:
        b, value = self._builder, self(x)
        below = b.op("select", b.op("lt", value, 0.0), -1.0, value)
        return b.op("select", b.op("gt", value, 0.0), 1.0, below)

    def _Heaviside(self, x: Expr, at_zero: Expr) -> Operand:
        b, value = self._builder, self(x)
        zero = b.op("select", b.op("eq", value, 0.0), self(at_zero), value)
        positive = b.op("select", b.op("gt", value, 0.0), 1.0, zero)
        return b.op("select", b.op("lt", value, 0.0), 0.0, positive)

    def _Max(self, *args: Expr) -> Operand:
        return self._extreme("ge", args)

    def _Min(self, *args: Expr) -> Operand:
        return self._extreme("le", args)

    def _extreme(self, relation: str, args: tuple[Expr, ...]) -> Operand:
        b = self._builder
        first, *others = [self(arg) for arg in sorted(args, key=sympy.default_sort_key)]
        for other in others:  # what is not a number stays
            wins = b.op("or", b.op(relation, first, other), b.op("ne", first, first))
            first = b.op("select", wins, first, other)
        return first

    # ------------------------------------------------------------------ branches

    def _branches(self, e: Any) -> Operand:
        value: Operand = float("nan")
        for branch, condition in reversed(e.args):
            if condition == sympy.true:
                value = self(branch)
            else:
                value = self._builder.op("select", self._condition(condition), self(branch), value)
        return value

    def _condition(self, e: Any) -> str:
        b = self._builder
        if isinstance(e, sympy.Not):
            return b.op("not", self._condition(e.args[0]))
        if isinstance(e, sympy.ITE):
            when, then, otherwise = (self._condition(arg) for arg in e.args)
            both = b.op("and", when, then), b.op("and", b.op("not", when), otherwise)
            return b.op("or", *both)
        if isinstance(e, sympy.And | sympy.Or):
            op = "and" if isinstance(e, sympy.And) else "or"
            first, *others = [
                self._condition(arg) for arg in sorted(e.args, key=sympy.default_sort_key)
            ]
            for other in others:
                first = b.op(op, first, other)
            return first
        for kind, op in _RELATIONS.items():
            if isinstance(e, kind):
                return b.op(op, self(e.lhs), self(e.rhs))
        raise UnsupportedFormula(f"{e}: a condition must compare numbers")


_SPECIAL = {"exp", "log", "Abs", "floor", "ceiling", "sign", "Heaviside", "Max", "Min"}


@lru_cache(maxsize=1024)
def _signed_terms(e: Expr) -> tuple[tuple[bool, Expr], ...]:
    """The terms of a sum, later ones with their signs taken off; a positive one first."""
    signed = [(bool(t.as_coeff_Mul()[0].is_negative), t) for t in e.as_ordered_terms()]
    (_, first), *others = sorted(signed, key=lambda pair: pair[0])  # stable
    return ((False, first), *((negative, -t if negative else t) for negative, t in others))


@lru_cache(maxsize=1024)
def _distributed(e: Expr) -> Expr:
    """(1/10)·(10w − 9) as w − 9/10: fewer operations, the same number."""
    coefficient, rest = e.as_coeff_Mul()
    if not (isinstance(rest, sympy.Add) and coefficient.is_Rational):
        return e
    terms = [coefficient * term for term in rest.args]

    def cost(parts: Any) -> int:
        with_symbols = [part for part in parts if part.free_symbols]
        return sum(abs(part.as_coeff_Mul()[0]) != 1 for part in with_symbols)

    return sympy.Add(*terms) if cost(terms) <= cost(rest.args) else e
