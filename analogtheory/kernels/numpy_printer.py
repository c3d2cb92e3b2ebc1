"""Statements as NumPy code over arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analogtheory.kernels.statements import LIBRARY, Function, Operand, Statement

_INFIX = {
    "add": "+", "sub": "-", "mul": "*", "div": "/",
    "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!=",
    "and": "&", "or": "|",
    "uadd": "+", "usub": "-", "umul": "*", "uand": "&", "uor": "|", "uxor": "^",
    "ushl": "<<", "ushr": ">>",
}  # fmt: skip
_CALLS = {
    "neg": "np.negative", "abs": "np.abs", "sqrt": "np.sqrt", "floor": "np.floor",
    "ceil": "np.ceil", "not": "np.logical_not", "select": "np.where", "odd": "_odd",
    "bits": "_bits", "unbits": "_unbits",
    "asin": "np.arcsin", "acos": "np.arccos", "atan": "np.arctan",
    "asinh": "np.arcsinh", "acosh": "np.arccosh", "atanh": "np.arctanh",
    "atan2": "np.arctan2", "pow": "np.power",
}  # fmt: skip


def _bits(value: Any) -> NDArray[np.uint64]:
    return np.asarray(value, dtype=np.float64).view(np.uint64)


def _unbits(word: Any) -> NDArray[np.float64]:
    return np.asarray(word, dtype=np.uint64).view(np.float64)


def _odd(word: Any) -> NDArray[np.bool_]:
    return np.asarray((word & 1) != 0)


def numpy_function(
    function: Function, given: Mapping[str, Any] | None = None
) -> Callable[..., Any]:
    """The function over arrays that broadcast together; a tuple of results.

    Parameters
    ----------
    function : Function
    given : mapping, optional
        Python functions that it calls by name.
    """
    parts = [_definition(part) for part in function.closure()]
    names: dict[str, Any] = {"np": np, "inf": np.inf, "nan": np.nan, **(given or {})}
    names |= {"_bits": _bits, "_unbits": _unbits, "_odd": _odd}
    # The text comes from formulas that were parsed node by node, never from what was typed.
    exec(compile("\n\n".join(parts), f"<{function.name}>", "exec"), names)
    made: Callable[..., Any] = names[function.name]
    return made


def _definition(function: Function) -> str:
    lines = [f"def {function.name}({', '.join(function.parameters)}):"]
    done = _last_uses(function)
    for number, statement in enumerate(function.statements):
        lines.append("    " + _line(statement))
        # the memory of an array that is done with is still in the cache of the processor
        lines += [f"    del {', '.join(done[number])}"] if done[number] else []
    results = "".join(f"{_operand(result)}, " for result in function.results)
    return "\n".join([*lines, f"    return ({results})"])


def _last_uses(function: Function) -> list[list[str]]:
    """For each statement the names that nothing after it uses."""
    after = {str(result) for result in function.results} | set(function.parameters)
    done: list[list[str]] = []
    for statement in reversed(function.statements):
        names = {*statement.targets, *(arg for arg in statement.args if isinstance(arg, str))}
        names -= {str(statement.args[0])} if statement.op == "call" else set()
        done.append(sorted(names - after))
        after |= names
    return done[::-1]


def _line(statement: Statement) -> str:
    op, args = statement.op, [_operand(arg) for arg in statement.args]
    if op == "call":
        targets = "".join(f"{target}, " for target in statement.targets)
        return f"{targets}= {args[0]}({', '.join(args[1:])})"
    if op in _INFIX:
        value = f"{args[0]} {_INFIX[op]} {args[1]}"
    elif op in _CALLS or op in LIBRARY:
        value = f"{_CALLS.get(op, f'np.{op}')}({', '.join(args)})"
    else:
        raise ValueError(f"{op}: only kernels have tiles")
    return f"{statement.targets[0]} = {value}"


def _operand(operand: Operand) -> str:
    if isinstance(operand, float) and operand < 0:
        return f"({operand!r})"
    return operand if isinstance(operand, str) else repr(operand)
