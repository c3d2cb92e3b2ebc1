"""Statements as C and CUDA: one text for both languages under a short prelude of each.

Every name of a function gets the type that its statements need: a double, a 64-bit word or
a truth value (``int``). Each operation is one assignment; the compilers must not contract
or reorder them, see :data:`C_FLAGS` and :data:`CUDA_FLAGS`. Doubles are printed with the
digits that determine them, infinities and NaN by their bits.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

from analogtheory.kernels.statements import LIBRARY, Function, Operand, Statement

#: The types of values.
DOUBLE, WORD, TRUTH = "double", "word", "int"

#: Flags of a C compiler (GCC, Clang) under which the results have the reference's bits.
C_FLAGS = ("-std=c99", "-O2", "-ffp-contract=off", "-fPIC", "-shared")

#: Options of NVRTC and nvcc: no fused multiply-add, division and square root as IEEE 754 says.
CUDA_FLAGS = ("--fmad=false", "--prec-div=true", "--prec-sqrt=true")

_TYPES = """\
typedef unsigned long long word;
typedef long long whole;
"""

PRELUDE_C = f"""\
#include <math.h>
#include <string.h>
{_TYPES}
#define FUNCTION static inline
#define KERNEL void
#define FOR_EACH_LANE(lane, count) for (whole lane = 0; lane < count; ++lane)

FUNCTION word bits(double value) {{ word w; memcpy(&w, &value, sizeof w); return w; }}
FUNCTION double unbits(word w) {{ double value; memcpy(&value, &w, sizeof w); return value; }}
"""

PRELUDE_CUDA = f"""\
{_TYPES}
#define FUNCTION static __device__ __forceinline__
#define KERNEL extern "C" __global__ void
#define FOR_EACH_LANE(lane, count) \\
    for (whole lane = (whole)blockIdx.x * blockDim.x + threadIdx.x; lane < count; \\
         lane += (whole)gridDim.x * blockDim.x)

FUNCTION word bits(double value) {{ return (word)__double_as_longlong(value); }}
FUNCTION double unbits(word w) {{ return __longlong_as_double((whole)w); }}
"""

_INFIX = {
    "add": "+", "sub": "-", "mul": "*", "div": "/",
    "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!=",
    "and": "&", "or": "|",
    "uadd": "+", "usub": "-", "umul": "*", "uand": "&", "uor": "|", "uxor": "^",
    "ushl": "<<", "ushr": ">>",
}  # fmt: skip
_CALLS = {
    "sqrt": "sqrt", "floor": "floor", "ceil": "ceil", "abs": "fabs",
    "bits": "bits", "unbits": "unbits", **dict(zip(LIBRARY, LIBRARY, strict=True)),
}  # fmt: skip

#: The types of what an operation takes, and of what it gives.
_OPERATIONS = {
    **dict.fromkeys(("add", "sub", "mul", "div"), ((DOUBLE, DOUBLE), DOUBLE)),
    **dict.fromkeys(("neg", "abs", "sqrt", "floor", "ceil"), ((DOUBLE,), DOUBLE)),
    **dict.fromkeys(("lt", "le", "gt", "ge", "eq", "ne"), ((DOUBLE, DOUBLE), TRUTH)),
    **dict.fromkeys(("and", "or"), ((TRUTH, TRUTH), TRUTH)),
    **dict.fromkeys(
        ("uadd", "usub", "umul", "uand", "uor", "uxor", "ushl", "ushr"), ((WORD, WORD), WORD)
    ),
    "not": ((TRUTH,), TRUTH),
    "odd": ((WORD,), TRUTH),
    "bits": ((DOUBLE,), WORD),
    "unbits": ((WORD,), DOUBLE),
    **{name: ((DOUBLE,) * count, DOUBLE) for name, count in LIBRARY.items()},
}

#: Names and their types.
Types: TypeAlias = Mapping[str, str]


@dataclass(frozen=True)
class Signature:
    """The types of a function's parameters and results."""

    parameters: tuple[str, ...]
    results: tuple[str, ...]


@cache
def signature(function: Function) -> Signature:
    """The types that the statements of a function imply.

    Raises
    ------
    ValueError
        If it calls something that is not a :class:`Function`.
    """
    callees = {callee.name: signature(callee) for callee in function.calls}
    types = dict(_used_as(function, callees))
    types |= typed(function.statements, types, callees)
    return Signature(
        tuple(types.get(name, DOUBLE) for name in function.parameters),
        tuple(_type_of(result, types) for result in function.results),
    )


def _used_as(function: Function, callees: Mapping[str, Signature]) -> Iterable[tuple[str, str]]:
    """The parameters that some operation takes, with the type it takes them as."""
    for statement in function.statements:
        if statement.op == "call":
            _, *args = statement.args
            wanted = _callee(statement, callees).parameters
        else:
            args, (wanted, _) = list(statement.args), _OPERATIONS.get(statement.op, ((), ""))
        for arg, kind in zip(args, wanted, strict=False):
            if arg in function.parameters:
                yield str(arg), kind


def typed(
    statements: Iterable[Statement], known: Types, callees: Mapping[str, Signature]
) -> dict[str, str]:
    """The types of the targets of statements.

    Parameters
    ----------
    statements : iterable of Statement
    known : mapping
        The types of the names in scope.
    callees : mapping of str to Signature
        The functions that may be called.
    """
    types = dict(known)
    found: dict[str, str] = {}
    for statement in statements:
        if statement.op == "call":
            kinds = _callee(statement, callees).results
        elif statement.op == "select":
            kinds = (_type_of(statement.args[1], types),)
        elif statement.op in ("load", "lane"):
            kinds = (DOUBLE if statement.op == "load" else WORD,)
        else:
            kinds = (_OPERATIONS[statement.op][1],) if statement.targets else ()
        new = dict(zip(statement.targets, kinds, strict=True))
        found |= new
        types |= new
    return found


def _callee(statement: Statement, callees: Mapping[str, Signature]) -> Signature:
    name = str(statement.args[0])
    if name not in callees:
        raise ValueError(f"{name}: is no function made of statements, C cannot call it")
    return callees[name]


def _type_of(operand: Operand, types: Types) -> str:
    if isinstance(operand, str):
        return types.get(operand, DOUBLE)
    return WORD if isinstance(operand, int) else DOUBLE


# ---------------------------------------------------------------------- functions


def function_name(name: str) -> str:
    """The name in C; the mathematical library has an exp and a log of its own."""
    return f"f_{name}"


@cache
def definition(function: Function) -> str:
    """The definition of one function, whose callees must stand before it.

    One result is returned; several are written through pointers r0, r1, … that come after
    the parameters.
    """
    kinds = signature(function)
    parameters = [f"{k} {n}" for k, n in zip(kinds.parameters, function.parameters, strict=True)]
    results = [operand(result) for result in function.results]
    if len(results) == 1:
        head, end = kinds.results[0], [f"return {results[0]};"]
    else:
        head = "void"
        parameters += [f"{kind} *r{k}" for k, kind in enumerate(kinds.results)]
        end = [f"*r{k} = {result};" for k, result in enumerate(results)]
    known = dict(zip(function.parameters, kinds.parameters, strict=True))
    body = lines(function.statements, known, {f.name: signature(f) for f in function.calls})
    head = f"FUNCTION {head} {function_name(function.name)}({', '.join(parameters)})"
    return "\n".join([f"{head} {{", *("    " + line for line in [*body, *end]), "}"])


def definitions(functions: Iterable[Function]) -> str:
    """The definitions of functions in their order, callees first."""
    return "\n\n".join(definition(function) for function in functions)


# ---------------------------------------------------------------------- statements


def lines(
    statements: Iterable[Statement],
    known: Types,
    callees: Mapping[str, Signature],
    rows: Types | None = None,
) -> list[str]:
    """Statements as C, one line each; arguments as for :func:`typed`.

    Parameters
    ----------
    statements, known, callees
    rows : mapping, optional
        The variable of each row that is loaded or stored.
    """
    statements = list(statements)
    types = typed(statements, known, callees)
    return [_line(statement, types, rows or {}) for statement in statements]


def _line(statement: Statement, types: Types, rows: Types) -> str:
    op = statement.op
    if op == "lane":
        return f"const word {statement.targets[0]} = lane_word;"
    if op == "load":
        return f"const double {statement.targets[0]} = {rows[str(statement.args[0])]};"
    if op == "store":
        return f"{rows[str(statement.args[0])]} = {operand(statement.args[1])};"
    args = [operand(arg) for arg in statement.args]
    if op == "flag":
        return f"{args[0]} |= {args[1]};"
    if op == "call":
        return _call(statement.targets, function_name(args[0]), args[1:], types)
    (target,) = statement.targets
    return f"const {types[target]} {target} = {_value(op, args)};"


def _call(targets: tuple[str, ...], name: str, args: list[str], types: Types) -> str:
    if len(targets) == 1:
        return f"const {types[targets[0]]} {targets[0]} = {name}({', '.join(args)});"
    declared = " ".join(f"{types[target]} {target};" for target in targets)
    return f"{declared} {name}({', '.join([*args, *(f'&{t}' for t in targets)])});"


def _value(op: str, args: list[str]) -> str:
    if op in _INFIX:
        return f"{args[0]} {_INFIX[op]} {args[1]}"
    if op in _CALLS:
        return f"{_CALLS[op]}({', '.join(args)})"
    others = {"neg": "-{0}", "not": "!{0}", "odd": "(int)({0} & 1)", "select": "{0} ? {1} : {2}"}
    return others[op].format(*args)


def operand(value: Operand) -> str:
    """A name, a word or a double as it stands in C."""
    if isinstance(value, str):
        return value
    if isinstance(value, int):
        return f"{value:#x}ULL"
    if math.isfinite(value):
        return f"({value!r})" if math.copysign(1.0, value) < 0 else repr(value)
    word = 0x7FF8000000000000 if math.isnan(value) else 0x7FF0000000000000
    return f"unbits({word | (1 << 63 if value < 0 else 0):#x}ULL)"
