"""Reads the formulas of a certificate: Python's grammar, a short list of nodes, no ``eval``.

A formula is read once into a syntax tree and then evaluated in an *algebra*: exact rational
functions (:mod:`analogtheory.checker.rational`) or Arb series
(:mod:`analogtheory.checker.balls`).
"""

from __future__ import annotations

import ast
import re
import unicodedata
from fractions import Fraction
from functools import lru_cache
from typing import Any, Protocol

from analogtheory.errors import InputError

#: Functions that a formula may call.
FUNCTIONS = frozenset({"Abs", "Max", "Min", "exp", "log", "sqrt", "sinh", "cosh", "tanh"})
_LARGEST_POWER = 1000
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+|/0*[1-9][0-9]*)?")
_RELATIONS = {ast.GtE: ">=", ast.Gt: ">", ast.Eq: "=="}


def number(value: Any) -> Fraction:
    """A rational of a certificate: an integer, or a text such as "-3/4" or "0.25".

    Raises
    ------
    InputError
        If it is anything else.
    """
    plain = isinstance(value, int) and not isinstance(value, bool)
    if plain or (isinstance(value, str) and _NUMBER.fullmatch(value)):
        return Fraction(value)
    raise InputError(f"certificate: {str(value)[:60]!r} is not a rational number")


class Algebra(Protocol):
    """What a formula is evaluated in; values bring their own + − ×, and 1/x is power(x, −1)."""

    def number(self, value: Fraction) -> Any:
        """A rational constant."""

    def name(self, name: str) -> Any:
        """A variable."""

    def call(self, function: str, arguments: list[Any]) -> Any:
        """A function of :data:`FUNCTIONS`."""

    def power(self, base: Any, exponent: Fraction) -> Any:
        """base**exponent, the exponent a rational constant."""


def evaluate(text: str, algebra: Algebra) -> Any:
    """The value of a formula in an algebra.

    Raises
    ------
    InputError
        If the text is not a formula.
    """
    return _value(_parse(text), algebra)


def split_relation(text: str) -> tuple[str, str]:
    """``"a + b >= 0"`` as ``("a + b", ">=")``; the right side must be 0.

    Raises
    ------
    InputError
        If the text is not of this form.
    """
    tree = _parse(text)
    if (
        isinstance(tree, ast.Compare)
        and len(tree.ops) == 1
        and type(tree.ops[0]) in _RELATIONS
        and ast.unparse(tree.comparators[0]) == "0"
    ):
        return ast.unparse(tree.left), _RELATIONS[type(tree.ops[0])]
    raise InputError(f"certificate: {text!r} is not of the form 'formula >= 0', '> 0' or '== 0'")


def names(text: str) -> set[str]:
    """The variables of a formula or relation."""
    tree = _parse(text)
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    return {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and id(n) not in called}


def _parse(text: str) -> ast.expr:
    """The syntax tree. Python reads 𝑥 as x, so such spellings are refused."""
    if not isinstance(text, str) or unicodedata.normalize("NFKC", text) != text:
        raise InputError(f"certificate: {str(text)[:60]!r} is not a text in plain characters")
    return _tree(text)


@lru_cache(maxsize=512)
def _tree(text: str) -> ast.expr:
    try:
        return ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError, TypeError) as problem:
        raise InputError(f"certificate: {str(text)[:60]!r} is not a formula") from problem


def _value(node: ast.expr, algebra: Algebra) -> Any:
    match node:
        case ast.Constant(value=int(number)) if not isinstance(number, bool):
            return algebra.number(Fraction(number))
        case ast.Name(id=name):
            return algebra.name(name)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand, algebra)
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            exponent = _constant(right)
            if abs(exponent) > _LARGEST_POWER:
                raise InputError(f"certificate: the exponent {exponent} is too large")
            return algebra.power(_value(left, algebra), exponent)
        case ast.BinOp(left=left, op=operator, right=right):
            return _combine(operator, _value(left, algebra), _value(right, algebra), algebra)
        case ast.Call(func=ast.Name(id=function), args=arguments, keywords=[]):
            takes_any = function in ("Max", "Min") and arguments
            if function in FUNCTIONS and (takes_any or len(arguments) == 1):
                return algebra.call(function, [_value(a, algebra) for a in arguments])
    raise InputError(f"certificate: {ast.unparse(node)[:60]!r} is not a formula that can be read")


def _combine(operator: ast.operator, left: Any, right: Any, algebra: Algebra) -> Any:
    match operator:
        case ast.Add():
            return left + right
        case ast.Sub():
            return left - right
        case ast.Mult():
            return left * right
        case ast.Div():
            return left * algebra.power(right, Fraction(-1))
    raise InputError("certificate: only + - * / ** are known")


def _constant(node: ast.expr) -> Fraction:
    match node:
        case ast.Constant(value=int(number)) if not isinstance(number, bool):
            return Fraction(number)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_constant(operand)
        case ast.BinOp(left=left, op=ast.Div(), right=right) if _constant(right):
            return _constant(left) / _constant(right)
    raise InputError(f"certificate: the exponent {ast.unparse(node)!r} is not a rational constant")
