"""Formulas typed by a user, read without evaluating any code.

A formula may contain decimal numbers (read exactly: 0.1 is 1/10), the variable, named
parameters, ``+ - * / **``, parentheses, ``pi``, and the functions ``exp log sqrt tanh
cosh sinh abs min max``. Python's ``ast`` module only splits the text into a tree; each
node is translated here, and a node that is not listed is an error.
"""

from __future__ import annotations

import ast
import operator
import re
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
_DECIMAL = re.compile(r"(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_LONGEST = 2000
_LARGEST_EXPONENT = 100
_MOST_ARGUMENTS = 8
_MOST_BITS = 4000

#: Names that a parameter may not have: they mean something else in a formula.
RESERVED = frozenset({"w", "pi", *_FUNCTIONS})


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
            tree = ast.parse(reader.text, mode="eval")
        return _usable(sympy.sympify(reader.read(tree.body)), reader)
    except SyntaxError as problem:
        raise reader.error(f"syntax error near column {problem.offset or 1}") from problem
    except InputError:
        raise
    except (ValueError, TypeError, ArithmeticError, NotImplementedError) as problem:
        raise reader.error("cannot be read as a formula of real numbers") from problem
    except (RecursionError, MemoryError) as problem:
        raise reader.error("is nested too deeply") from problem


def _usable(result: sympy.Expr, reader: _Reader) -> sympy.Expr:
    if result.has(sympy.zoo, sympy.nan, sympy.oo, sympy.S.NegativeInfinity):
        raise reader.error("divides by zero")
    for part in sympy.preorder_traversal(result):
        if part.free_symbols:
            continue
        if part.is_extended_real is not True:
            raise reader.error("contains the root or logarithm of a negative number")
        if part.is_Rational and max(abs(part.p), part.q).bit_length() > _MOST_BITS:
            raise reader.error("contains a number that is too large or too long")
        if not part.is_Rational and not abs(sympy.N(part)) < 10**100:
            raise reader.error("contains a number that is too large")
    return result


class _Reader:
    """Translates one syntax tree, node by node."""

    def __init__(self, text: str, names: tuple[str, ...], what: str):
        self.text, self.names, self.what = text.strip(), names, what

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
            return self._number(node)
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

    def _number(self, node: ast.Constant) -> sympy.Expr:
        value = node.value
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.error(f"{value!r} is not a number")
        # The text of the number, not the float that Python makes of it.
        text = (ast.get_source_segment(self.text, node) or repr(value)).replace("_", "")
        try:
            return exact(text if _DECIMAL.fullmatch(text) else value)
        except InputError as problem:
            raise self.error(str(problem)) from problem

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
        if rule is operator.pow and right.is_number:
            return self._power(left, right)
        return rule(left, right)

    def _power(self, base: sympy.Expr, exponent: sympy.Expr) -> sympy.Expr:
        if not abs(exponent) <= _LARGEST_EXPONENT:
            raise self.error(f"exponents larger than {_LARGEST_EXPONENT} are not allowed")
        if not base.is_Rational or not exponent.is_Rational:
            return base**exponent
        bits = max(abs(base.p), base.q).bit_length()
        if bits * abs(exponent) > _MOST_BITS:
            raise self.error("contains a number that is too large or too long")
        if exponent.q == 1 or (bits < 14 and exponent.q < 100):
            return base**exponent
        if base < 0:
            raise self.error("contains the root or logarithm of a negative number")
        # SymPy would factorise the base, which can take minutes: 40 digits instead.
        return sympy.Rational(str(sympy.Float(base, 50) ** sympy.Float(exponent, 50))[:45])

    def _call(self, node: ast.Call) -> sympy.Expr:
        name = node.func.id if isinstance(node.func, ast.Name) else ast.unparse(node.func)
        if name not in _FUNCTIONS:
            raise self.error(f"unknown function {name!r}")
        if node.keywords or any(isinstance(a, ast.Starred) for a in node.args):
            raise self.error(f"{name} takes plain arguments only")
        if len(node.args) > _MOST_ARGUMENTS:
            raise self.error(f"{name} takes at most {_MOST_ARGUMENTS} arguments")
        if not node.args or (len(node.args) > 1 and name not in _SEVERAL_ARGUMENTS):
            wanted = "one or more arguments" if name in _SEVERAL_ARGUMENTS else "one argument"
            raise self.error(f"{name} takes {wanted}")
        return _FUNCTIONS[name](*(self.read(argument) for argument in node.args))
