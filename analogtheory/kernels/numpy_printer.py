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
    "bits": "_bits", "unbits": "_unbits", "real": "_real", "narrow": "_narrow",
    "asin": "np.arcsin", "acos": "np.arccos", "atan": "np.arctan",
    "asinh": "np.arcsinh", "acosh": "np.arccosh", "atanh": "np.arctanh",
    "atan2": "np.arctan2", "pow": "np.power",
}  # fmt: skip


def _bits(value: Any) -> NDArray[Any]:
    array = np.asarray(value)
    return array.view(np.uint32 if array.dtype == np.float32 else np.uint64)


def _unbits(word: Any) -> NDArray[Any]:
    array = np.asarray(word)
    return array.view(np.float32 if array.dtype == np.uint32 else np.float64)


def _real(word: Any) -> NDArray[Any]:
    array = np.asarray(word)
    return array.astype(np.float32 if array.dtype == np.uint32 else np.float64)


def _narrow(word: Any) -> NDArray[np.uint32]:
    return np.asarray(word).astype(np.uint32)


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

    Notes
    -----
    The precision is that of the arrays: a function of single precision wants float32 and
    uint32.
    """
    parts = [_definition(part) for part in function.closure()]
    names: dict[str, Any] = {"np": np, "inf": np.inf, "nan": np.nan, **(given or {})}
    names["F"] = np.float32
    names |= {"_bits": _bits, "_unbits": _unbits, "_odd": _odd, "_real": _real}
    names["_narrow"] = _narrow
    # The text comes from formulas that were parsed node by node, never from what was typed.
    exec(compile("\n\n".join(parts), f"<{function.name}>", "exec"), names)
    made: Callable[..., Any] = names[function.name]
    return made


def _definition(function: Function) -> str:
    lines = [f"def {function.name}({', '.join(function.parameters)}):"]
    done = _last_uses(function)
    for number, statement in enumerate(function.statements):
        lines.append("    " + _line(statement, function.precision))
        # the memory of an array that is done with is still in the cache of the processor
        lines += [f"    del {', '.join(done[number])}"] if done[number] else []
    results = "".join(f"{_operand(r, function.precision)}, " for r in function.results)
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


def _line(statement: Statement, precision: int) -> str:
    op, args = statement.op, [_operand(arg, precision) for arg in statement.args]
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


def _operand(operand: Operand, precision: int) -> str:
    if isinstance(operand, str):
        return operand
    text = f"({operand!r})" if operand < 0 else repr(operand)
    # numpy would choose between two plain numbers in double precision
    return f"F({text})" if precision == 32 and isinstance(operand, float) else text
