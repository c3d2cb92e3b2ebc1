"""Statements and functions as numba source, in double or single precision."""

from __future__ import annotations

import math
from functools import cache

from analogtheory.kernels.statements import LIBRARY, Function, Operand, Statement

#: What the source of a kernel begins with.
HEADER = """\
import math

import numpy as np
from numba import njit

from analogtheory.kernels.words import bits, bits_single, popcount, unbits, unbits_single

U = np.uint64
I = np.uint32
F = np.float32
"""

_INFIX = {
    "add": "+", "sub": "-", "mul": "*", "div": "/",
    "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!=",
    "and": "&", "or": "|",
    "uadd": "+", "usub": "-", "umul": "*", "uand": "&", "uor": "|", "uxor": "^",
    "ushl": "<<", "ushr": ">>",
}  # fmt: skip
_CALLS = {"sqrt": "math.sqrt", "floor": "np.floor", "ceil": "np.ceil"}

_WORDS = ("uadd", "usub", "umul", "uand", "uor", "uxor", "ushl", "ushr")


@cache
def definition(function: Function) -> str:
    """A function that may be called in a kernel."""
    lines = ['@njit(error_model="numpy", forceinline=True)']
    lines.append(f"def {function.name}({', '.join(function.parameters)}):")
    lines += ["    " + statement_line(s, function.precision) for s in function.statements]
    results = [operand(result, function.precision) for result in function.results]
    return "\n".join([*lines, f"    return {', '.join(results)}"])


def statement_line(statement: Statement, precision: int = 64) -> str:
    """One statement that is no load or store."""
    op, args = statement.op, [operand(arg, precision) for arg in statement.args]
    if op == "call":
        return f"{', '.join(statement.targets)} = {args[0]}({', '.join(args[1:])})"
    value = _value(op, args)
    if precision == 32:
        value = _single(op, args, value)
    return f"{statement.targets[0]} = {value}"


def _value(op: str, args: list[str]) -> str:
    if op in _INFIX:
        return f"{args[0]} {_INFIX[op]} {args[1]}"
    if op in ("bits", "unbits", "abs") or op in _CALLS:
        return f"{_CALLS.get(op, op)}({args[0]})"
    if op in LIBRARY:
        return f"math.{op}({', '.join(args)})"
    others = {
        "neg": "-{0}", "not": "not {0}", "odd": "({0} & U(1)) != U(0)",
        "real": "float({0})", "narrow": "I({0})",
        "select": "{1} if {0} else {2}",
    }  # fmt: skip
    return others[op].format(*args)


def _single(op: str, args: list[str], value: str) -> str:
    """numba makes 64-bit words of sums of 32-bit ones, unless told otherwise."""
    if op in _WORDS:
        return f"I({value})"
    if op in ("bits", "unbits"):
        return f"{op}_single({args[0]})"
    if op in LIBRARY:
        return f"F({value})"
    others = {"odd": "({0} & I(1)) != I(0)", "real": "F({0})"}
    return others[op].format(*args) if op in others else value


def operand(value: Operand, precision: int = 64) -> str:
    """A name or a number."""
    if isinstance(value, str):
        return value
    if isinstance(value, int):
        return f"{'U' if precision == 64 else 'I'}({value:#x})"
    if math.isfinite(value):
        text = f"({value!r})" if value < 0 else repr(value)
    else:
        text = "np.nan" if math.isnan(value) else "np.inf" if value > 0 else "(-np.inf)"
    return text if precision == 64 else f"F({text})"


def indented(lines: list[str]) -> list[str]:
    """The lines one level further in."""
    return ["    " + line for line in lines]
