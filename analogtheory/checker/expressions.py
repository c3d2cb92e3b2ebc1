"""Reads the formulas of a certificate: Python's grammar, a short list of nodes, no ``eval``.

A formula is read once into a syntax tree and then evaluated in an *algebra*: exact rational
functions (:mod:`analogtheory.checker.rational`) or Arb series
(:mod:`analogtheory.checker.balls`).
"""

from __future__ import annotations

import ast
from fractions import Fraction
from typing import Any, Protocol

from analogtheory.errors import InputError

#: Functions that a formula may call.
FUNCTIONS = frozenset({"Abs", "Max", "Min", "exp", "log", "sqrt", "sinh", "cosh", "tanh"})
_RELATIONS = {ast.GtE: ">=", ast.Gt: ">", ast.Eq: "=="}


class Algebra(Protocol):
    """What a formula is evaluated in; values bring their own + − × ÷."""

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
        and isinstance(tree.comparators[0], ast.Constant)
        and tree.comparators[0].value == 0
    ):
        return ast.unparse(tree.left), _RELATIONS[type(tree.ops[0])]
    raise InputError(f"certificate: {text!r} is not of the form 'formula >= 0', '> 0' or '== 0'")


def names(text: str) -> set[str]:
    """The variables of a formula or relation."""
    tree = _parse(text)
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    return {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and id(n) not in called}


def _parse(text: str) -> ast.expr:
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
            return algebra.power(_value(left, algebra), _constant(right))
        case ast.BinOp(left=left, op=operator, right=right):
            return _combine(operator, _value(left, algebra), _value(right, algebra))
        case ast.Call(func=ast.Name(id=function), args=arguments, keywords=[]):
            if function in FUNCTIONS:
                return algebra.call(function, [_value(a, algebra) for a in arguments])
    raise InputError(f"certificate: {ast.unparse(node)[:60]!r} is not a formula that can be read")


def _combine(operator: ast.operator, left: Any, right: Any) -> Any:
    match operator:
        case ast.Add():
            return left + right
        case ast.Sub():
            return left - right
        case ast.Mult():
            return left * right
        case ast.Div():
            return left / right
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
