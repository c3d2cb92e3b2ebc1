"""Statements as C and CUDA: one text for both languages under a short prelude of each.

Every name of a function gets the type that its statements need: a double, a 64-bit word or
a truth value (``int``); in single precision a float or a 32-bit word. Each operation is one
assignment; the compilers must not contract or reorder them, see :data:`C_FLAGS` and
:data:`CUDA_FLAGS`. Numbers are printed with the digits that determine them, infinities and
NaN by their bits.

Operations on floats are functions of :mod:`analogtheory.kernels.c_single`, whose prelude
must follow that of the language.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

from analogtheory.kernels import c_single
from analogtheory.kernels.statements import LIBRARY, Function, Operand, Statement

#: The types of values.
DOUBLE, WORD, TRUTH = "double", "word", "int"
FLOAT, WORD32 = "float", "word32"

#: Flags of a C compiler (GCC, Clang) under which the results have the reference's bits.
C_FLAGS = ("-std=c99", "-O2", "-ffp-contract=off", "-fPIC", "-shared")

#: Options of NVRTC and nvcc: no fused multiply-add, division and square root as IEEE 754 says.
CUDA_FLAGS = ("--fmad=false", "--prec-div=true", "--prec-sqrt=true")

_TYPES = """\
typedef unsigned long long word;
typedef unsigned int word32;
typedef long long whole;
typedef unsigned char byte;
"""

#: The product of two halves of words; C has no name for the instruction that makes it.
PRODUCT_C = "FUNCTION word product32(word32 a, word32 b) { return (word)a * b; }"
PRODUCT_CUDA = """\
FUNCTION word product32(word32 a, word32 b) {
    word c; asm("mul.wide.u32 %0, %1, %2;" : "=l"(c) : "r"(a), "r"(b)); return c;
}"""

PRELUDE_C = f"""\
#include <math.h>
#include <string.h>
{_TYPES}
#define FUNCTION static inline
#define KERNEL void
#define FOR_EACH_LANE(lane, count) for (whole lane = 0; lane < count; ++lane)

FUNCTION word bits(double value) {{ word w; memcpy(&w, &value, sizeof w); return w; }}
FUNCTION double unbits(word w) {{ double value; memcpy(&value, &w, sizeof w); return value; }}
{PRODUCT_C}
FUNCTION word32 bits_set(word32 w) {{
    w -= (w >> 1) & 0x55555555U;
    w = (w & 0x33333333U) + ((w >> 2) & 0x33333333U);
    return (((w + (w >> 4)) & 0x0f0f0f0fU) * 0x01010101U) >> 24;
}}
FUNCTION void add_to(word *total, word amount) {{ *total += amount; }}
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
{PRODUCT_CUDA}
FUNCTION word32 bits_set(word32 w) {{ return (word32)__popc(w); }}
FUNCTION void add_to(word *total, word amount) {{ atomicAdd(total, amount); }}
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

_WORD_OPERATIONS = ("uadd", "usub", "umul", "uand", "uor", "uxor", "ushl", "ushr")


def _operations(real: str, word: str) -> dict[str, tuple[tuple[str, ...], str]]:
    """The types of what each operation takes, and of what it gives."""
    return {
        **dict.fromkeys(("add", "sub", "mul", "div"), ((real, real), real)),
        **dict.fromkeys(("neg", "abs", "sqrt", "floor", "ceil"), ((real,), real)),
        **dict.fromkeys(("lt", "le", "gt", "ge", "eq", "ne"), ((real, real), TRUTH)),
        **dict.fromkeys(("and", "or"), ((TRUTH, TRUTH), TRUTH)),
        **dict.fromkeys(_WORD_OPERATIONS, ((word, word), word)),
        "not": ((TRUTH,), TRUTH),
        "odd": ((word,), TRUTH),
        "real": ((word,), real),
        "narrow": ((WORD,), WORD32),
        "bits": ((real,), word),
        "unbits": ((word,), real),
        **{name: ((real,) * count, real) for name, count in LIBRARY.items()},
    }


_OPERATIONS = {64: _operations(DOUBLE, WORD), 32: _operations(FLOAT, WORD32)}

#: The types of numbers and words in a precision.
REAL = {64: DOUBLE, 32: FLOAT}
WORDS = {64: WORD, 32: WORD32}
_FROM_TILE = {"load": REAL, "uload": WORDS, "lane": {64: WORD, 32: WORD}}

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
    precision = function.precision
    types |= typed(function.statements, types, callees, precision)
    return Signature(
        tuple(types.get(name, REAL[precision]) for name in function.parameters),
        tuple(_type_of(result, types, precision) for result in function.results),
    )


def _used_as(function: Function, callees: Mapping[str, Signature]) -> Iterable[tuple[str, str]]:
    """The parameters that some operation takes, with the type it takes them as."""
    operations = _OPERATIONS[function.precision]
    for statement in function.statements:
        if statement.op == "call":
            _, *args = statement.args
            wanted = _callee(statement, callees).parameters
        else:
            args, (wanted, _) = list(statement.args), operations.get(statement.op, ((), ""))
            if statement.op == "select":
                wanted = (TRUTH,)
        for arg, kind in zip(args, wanted, strict=False):
            if arg in function.parameters:
                yield str(arg), kind


def typed(
    statements: Iterable[Statement],
    known: Types,
    callees: Mapping[str, Signature],
    precision: int = 64,
) -> dict[str, str]:
    """The types of the targets of statements.

    Parameters
    ----------
    statements : iterable of Statement
    known : mapping
        The types of the names in scope.
    callees : mapping of str to Signature
        The functions that may be called.
    precision : int
        64 or 32.
    """
    types = dict(known)
    found: dict[str, str] = {}
    for statement in statements:
        if statement.op == "call":
            kinds = _callee(statement, callees).results
        elif statement.op == "select":
            kinds = (_type_of(statement.args[1], types, precision),)
        elif statement.op in _FROM_TILE:
            kinds = (_FROM_TILE[statement.op][precision],)
        else:
            kinds = (_OPERATIONS[precision][statement.op][1],) if statement.targets else ()
        new = dict(zip(statement.targets, kinds, strict=True))
        found |= new
        types |= new
    return found


def _callee(statement: Statement, callees: Mapping[str, Signature]) -> Signature:
    name = str(statement.args[0])
    if name not in callees:
        raise ValueError(f"{name}: is no function made of statements, C cannot call it")
    return callees[name]


def _type_of(operand: Operand, types: Types, precision: int) -> str:
    if isinstance(operand, str):
        return types.get(operand, REAL[precision])
    return (WORDS if isinstance(operand, int) else REAL)[precision]


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
    results = [operand(result, function.precision) for result in function.results]
    if len(results) == 1:
        head, end = kinds.results[0], [f"return {results[0]};"]
    else:
        head = "void"
        parameters += [f"{kind} *r{k}" for k, kind in enumerate(kinds.results)]
        end = [f"*r{k} = {result};" for k, result in enumerate(results)]
    known = dict(zip(function.parameters, kinds.parameters, strict=True))
    callees = {f.name: signature(f) for f in function.calls}
    body = lines(function.statements, known, callees, precision=function.precision)
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
    precision: int = 64,
) -> list[str]:
    """Statements as C, one line each; arguments as for :func:`typed`.

    Parameters
    ----------
    statements, known, callees, precision
    rows : mapping, optional
        The variable of each row, sum and counter.
    """
    statements = list(statements)
    types = typed(statements, known, callees, precision)
    if precision == 64:
        statements = _with_short_products(statements)
    return [_line(statement, types, rows or {}, precision) for statement in statements]


#: The lower half of a word.
_HALF = 0xFFFFFFFF


def _with_short_products(statements: list[Statement]) -> list[Statement]:
    """Products of two halves of words, for which processors have one instruction."""
    masked = {s.targets[0] for s in statements if s.op == "uand" and s.args[1] == _HALF}

    def is_short(statement: Statement) -> bool:
        one, other = statement.args
        return one in masked and isinstance(other, int) and other <= _HALF

    return [
        Statement(s.targets, "product32", s.args) if s.op == "umul" and is_short(s) else s
        for s in statements
    ]


def _line(statement: Statement, types: Types, rows: Types, precision: int) -> str:
    op = statement.op
    if op == "lane":
        return f"const word {statement.targets[0]} = lane_word;"
    if op in ("load", "uload"):
        (target,) = statement.targets
        return f"const {types[target]} {target} = {rows[str(statement.args[0])]};"
    if op in ("store", "ustore", "accumulate"):
        value = operand(statement.args[1], precision)
        if op == "accumulate" and precision == 32:
            value = f"widened({value})"
        return f"{rows[str(statement.args[0])]} {'+=' if op == 'accumulate' else '='} {value};"
    args = [operand(arg, precision) for arg in statement.args]
    if op == "flag":
        return f"{args[0]} |= {args[1]};"
    if op == "call":
        return _call(statement.targets, function_name(args[0]), args[1:], types)
    (target,) = statement.targets
    value = _value(op, args) if precision == 64 else _single(op, args)
    return f"const {types[target]} {target} = {value};"


def _call(targets: tuple[str, ...], name: str, args: list[str], types: Types) -> str:
    if len(targets) == 1:
        return f"const {types[targets[0]]} {targets[0]} = {name}({', '.join(args)});"
    declared = " ".join(f"{types[target]} {target};" for target in targets)
    return f"{declared} {name}({', '.join([*args, *(f'&{t}' for t in targets)])});"


def _value(op: str, args: list[str]) -> str:
    if op in _INFIX:
        return f"{args[0]} {_INFIX[op]} {args[1]}"
    if op == "product32":
        return f"product32((word32){args[0]}, (word32){args[1]})"
    if op in _CALLS:
        return f"{_CALLS[op]}({', '.join(args)})"
    others = {
        "neg": "-{0}", "not": "!{0}", "odd": "(int)({0} & 1)", "real": "(double){0}",
        "narrow": "(word32){0}", "select": "{0} ? {1} : {2}",
    }  # fmt: skip
    return others[op].format(*args)


def _single(op: str, args: list[str]) -> str:
    if op in c_single.OPERATIONS:
        return f"single_{op}({', '.join(args)})"
    if op in LIBRARY:
        return f"{op}f({', '.join(args)})"
    return f"(float){args[0]}" if op == "real" else _value(op, args)


def operand(value: Operand, precision: int = 64) -> str:
    """A name, a word or a number as it stands in C."""
    if isinstance(value, str):
        return value
    if precision == 32:
        return c_single.operand(value)
    if isinstance(value, int):
        return f"{value:#x}ULL"
    if math.isfinite(value):
        return f"({value!r})" if math.copysign(1.0, value) < 0 else repr(value)
    word = 0x7FF8000000000000 if math.isnan(value) else 0x7FF0000000000000
    return f"unbits({word | (1 << 63 if value < 0 else 0):#x}ULL)"
