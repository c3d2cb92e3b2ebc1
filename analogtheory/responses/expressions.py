"""Formulas typed by a user, read without evaluating any code.

A formula may contain decimal numbers (read exactly: 0.1 is 1/10), the variable, named
parameters, ``+ - * / **``, parentheses, ``pi``, and the functions ``exp log sqrt tanh
cosh sinh abs min max``. Python's ``ast`` module only splits the text into a tree; each
node is translated here, and a node that is not listed is an error.
"""

from __future__ import annotations

import ast
import math
import operator
import warnings
from collections.abc import Callable, Collection
from typing import Any

import sympy

from analogtheory.errors import InputError
from analogtheory.exact import exact

_OPERATORS: dict[type[ast.AST], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "exp": sympy.exp,
    "log": sympy.log,
    "sqrt": sympy.sqrt,
    "tanh": sympy.tanh,
    "cosh": sympy.cosh,
    "sinh": sympy.sinh,
    "abs": sympy.Abs,
    "min": sympy.Min,
    "max": sympy.Max,
}
_SEVERAL_ARGUMENTS = ("min", "max")
_CONSTANTS = {"pi": sympy.pi}
_ALLOWED = "numbers, + - * / ** and exp log sqrt tanh cosh sinh abs min max"
_LONGEST = 2000
_LARGEST_EXPONENT = 100


def parse(text: str, names: Collection[str] = ("w",), *, what: str = "formula") -> sympy.Expr:
    """Read a formula into a SymPy expression.

    Parameters
    ----------
    text : str
        The formula.
    names : collection of str
        The names it may use; each becomes a real symbol.
    what : str
        What the formula is, for error messages.

    Raises
    ------
    InputError
        For a syntax error, an unknown name or function, anything that is not arithmetic,
        a division by zero or a complex number among the constants.

    Examples
    --------
    >>> parse("1 - 0.1*w")
    1 - w/10
    >>> parse("(1 - w/tau)**g", names=("w", "tau", "g"))
    (1 - w/tau)**g
    >>> parse('__import__("os")')
    Traceback (most recent call last):
    analogtheory.errors.InputError: formula '__import__("os")': unknown function '__import__'; ...
    """
    if len(text) > _LONGEST:
        raise InputError(f"{what}: longer than {_LONGEST} characters")
    if not text.strip():
        raise InputError(f"{what}: is empty; write for example 1 - w/2")
    reader = _Reader(text, tuple(names), what)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # hints about likely typos; they become errors below
            tree = ast.parse(text.strip(), mode="eval")
        result = sympy.sympify(reader.read(tree.body))
    except SyntaxError as problem:
        raise reader.error(f"syntax error near column {problem.offset or 1}") from problem
    except (ValueError, RecursionError, MemoryError, OverflowError) as problem:
        if isinstance(problem, InputError):
            raise
        raise reader.error("cannot be read as a formula") from problem
    if result.has(sympy.zoo, sympy.nan, sympy.oo, sympy.S.NegativeInfinity):
        raise reader.error("divides by zero")
    if result.has(sympy.I):
        raise reader.error("contains the root or logarithm of a negative number")
    return result


class _Reader:
    """Translates one syntax tree, node by node."""

    def __init__(self, text: str, names: tuple[str, ...], what: str):
        self.text, self.names, self.what = text, names, what

    def error(self, problem: str) -> InputError:
        """An error that shows the formula and what may be used."""
        shown = " ".join(self.text.split())
        shown = shown if len(shown) <= 80 else shown[:77] + "..."
        return InputError(
            f"{self.what} {shown!r}: {problem}; use {', '.join(self.names)}, {_ALLOWED}"
        )

    def read(self, node: ast.AST) -> Any:
        """The expression of one node."""
        if isinstance(node, ast.Constant):
            return self._number(node.value)
        if isinstance(node, ast.Name):
            return self._name(node.id)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.UAdd | ast.USub):
            value = self.read(node.operand)
            return -value if isinstance(node.op, ast.USub) else value
        if isinstance(node, ast.BinOp):
            return self._operation(node)
        if isinstance(node, ast.Call):
            return self._call(node)
        raise self.error("only arithmetic is allowed")

    def _number(self, value: object) -> sympy.Expr:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.error(f"{value!r} is not a number")
        if isinstance(value, float) and not math.isfinite(value):
            raise self.error("contains a number that is too large")
        return exact(value)

    def _name(self, name: str) -> sympy.Expr:
        if name in self.names:
            return sympy.Symbol(name, real=True)
        if name in _CONSTANTS:
            return _CONSTANTS[name]
        raise self.error(f"unknown name {name!r}")

    def _operation(self, node: ast.BinOp) -> sympy.Expr:
        if isinstance(node.op, ast.BitXor):
            raise self.error("write powers as **, not ^")
        rule = _OPERATORS.get(type(node.op))
        if rule is None:
            raise self.error("only the operators + - * / ** are allowed")
        left, right = sympy.sympify(self.read(node.left)), sympy.sympify(self.read(node.right))
        if rule is operator.truediv and right.is_zero:
            raise self.error("divides by zero")
        if rule is operator.pow and right.is_number and abs(right) > _LARGEST_EXPONENT:
            raise self.error(f"exponents larger than {_LARGEST_EXPONENT} are not allowed")
        return rule(left, right)

    def _call(self, node: ast.Call) -> sympy.Expr:
        name = node.func.id if isinstance(node.func, ast.Name) else ast.unparse(node.func)
        if name not in _FUNCTIONS:
            raise self.error(f"unknown function {name!r}")
        if node.keywords or any(isinstance(a, ast.Starred) for a in node.args):
            raise self.error(f"{name} takes plain arguments only")
        if not node.args or (len(node.args) > 1 and name not in _SEVERAL_ARGUMENTS):
            wanted = "one or more arguments" if name in _SEVERAL_ARGUMENTS else "one argument"
            raise self.error(f"{name} takes {wanted}")
        return _FUNCTIONS[name](*(self.read(argument) for argument in node.args))
