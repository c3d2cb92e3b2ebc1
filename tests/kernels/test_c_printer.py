"""Functions made of statements as C: types, literals, and the bits of the NumPy code."""

from __future__ import annotations

import ctypes
import itertools
import math
from pathlib import Path

import numpy as np
import pytest

from analogtheory.kernels import elementary
from analogtheory.kernels.c_printer import (
    PRELUDE_C,
    PRELUDE_CUDA,
    definition,
    definitions,
    operand,
    signature,
)
from analogtheory.kernels.numpy_printer import numpy_function
from analogtheory.kernels.statements import LIBRARY, Builder, Function

from . import nvrtc
from .c_compiler import c_compiler, compiled

KINDS = {"word": np.uint64, "double": np.float64, "int": np.int32}


def loop(function: Function) -> str:
    """C code that calls a function for each of many arguments."""
    kinds = signature(function)
    taken = [f"{kind} *a{k}" for k, kind in enumerate(kinds.parameters)]
    given = [f"{kind} *b{k}" for k, kind in enumerate(kinds.results)]
    args = [f"a{k}[i]" for k in range(len(taken))]
    if len(given) == 1:
        call = f"b0[i] = f_{function.name}({', '.join(args)})"
    else:
        call = f"f_{function.name}({', '.join([*args, *(f'b{k} + i' for k in range(len(given)))])})"
    head = f"void run({', '.join([*taken, *given])}, whole count)"
    return f"{head} {{ for (whole i = 0; i < count; ++i) {call}; }}"


def in_c(function: Function, folder: Path, *arguments: np.ndarray) -> list[np.ndarray]:
    source = "\n\n".join([PRELUDE_C, definitions(function.closure()), loop(function)])
    size = len(arguments[0])
    results = [np.empty(size, KINDS[kind]) for kind in signature(function).results]
    taken = [
        np.ascontiguousarray(argument, KINDS[kind])
        for argument, kind in zip(arguments, signature(function).parameters, strict=True)
    ]
    pointers = [ctypes.c_void_p(array.ctypes.data) for array in (*taken, *results)]
    compiled(source, folder).run(*pointers, ctypes.c_longlong(size))
    return results


def doubles() -> np.ndarray:
    """Everything that exp and log may be given."""
    special = [0.0, -0.0, 1.0, math.inf, -math.inf, math.nan, 5e-324, 2.0**-1022, 1e308, -745.2]
    bits = np.random.default_rng(3).integers(0, 2**64, 3000, np.uint64)
    near = np.random.default_rng(4).normal(size=3000) * 30
    return np.concatenate([special, bits.view(np.float64), near, abs(near)])


@pytest.mark.parametrize("function", [elementary.exp(), elementary.log()], ids=lambda f: f.name)
def test_exp_and_log_have_the_bits_of_numpy(function: Function, tmp_path: Path) -> None:
    x = doubles()
    with np.errstate(all="ignore"):
        (expected,) = numpy_function(function)(x)
    (found,) = in_c(function, tmp_path, x)
    number = ~np.isnan(expected)
    assert np.array_equal(np.isnan(found), ~number)
    assert found[number].tobytes() == expected[number].tobytes()


@pytest.mark.parametrize("function", [elementary.philox(), elementary.normal_pair()])
def test_random_numbers_have_the_bits_of_numpy(function: Function, tmp_path: Path) -> None:
    generator = np.random.default_rng(5)
    words = generator.integers(0, 2**32, (len(function.parameters), 5000), np.uint64)
    found = in_c(function, tmp_path, *words)
    for one, other in zip(found, numpy_function(function)(*words), strict=True):
        assert one.tobytes() == other.tobytes()


def test_philox_known_answer(tmp_path: Path) -> None:
    """Of the authors' file of known answers: counter and key zero."""
    found = in_c(elementary.philox(), tmp_path, *[np.zeros(1)] * 6)
    assert [int(word[0]) for word in found] == [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]


def every_operation() -> Function:
    """One function with every exact operation on doubles and truth values."""
    b = Builder()
    arithmetic = [b.op(op, "x", "y") for op in ("add", "sub", "mul", "div")]
    rounded = [b.op(op, "x") for op in ("neg", "abs", "floor", "ceil")]
    root = b.op("sqrt", b.op("abs", "y"))
    compared = [b.op(op, "x", "y") for op in ("lt", "le", "gt", "ge", "eq", "ne")]
    either = b.op("or", b.op("and", compared[0], b.op("not", compared[4])), compared[3])
    chosen = b.op("select", either, "x", -2.5)
    whole = b.op("umul", b.op("uor", b.op("bits", "x"), "w"), 2**63 + 5)
    picked = b.op("select", b.op("odd", whole), whole, b.op("usub", 7, "w"))
    results = [*arithmetic, *rounded, root, chosen, picked, *compared]
    return b.function("every", ("x", "y", "w"), *results)


def test_every_operation(tmp_path: Path) -> None:
    values = [-2.5, -0.0, 0.0, 0.1, 1.0, math.inf, 1e-310]
    x, y = (np.array(column) for column in zip(*itertools.product(values, values), strict=True))
    words = np.arange(len(x), dtype=np.uint64)
    with np.errstate(all="ignore"):
        expected = numpy_function(every_operation())(x, y, words)
    kinds = signature(every_operation()).results
    assert kinds == ("double",) * 10 + ("word",) + ("int",) * 6
    for one, other, kind in zip(in_c(every_operation(), tmp_path, x, y, words), expected, kinds,
                                strict=True):  # fmt: skip
        numbers = np.asarray(other, KINDS[kind])
        is_nan = np.isnan(numbers) if kind == "double" else np.zeros(len(x), bool)
        assert one[~is_nan].tobytes() == numbers[~is_nan].tobytes()
        assert np.isnan(one[is_nan]).all()


def library_functions() -> Function:
    """Every function of the mathematical library, at arguments it is defined for."""
    b = Builder()
    above_one = b.op("add", "x", 1.0)
    names = [name for name, count in LIBRARY.items() if count == 1 and name != "acosh"]
    results = [b.op(name, "x") for name in names] + [b.op("acosh", above_one)]
    results += [b.op("pow", "x", 0.7), b.op("atan2", "x", 2.0)]
    return b.function("library", ("x",), *results)


def test_functions_of_the_mathematical_library(tmp_path: Path) -> None:
    """To a few ulp as C; for CUDA they must be known by the same names."""
    x = np.linspace(0.01, 0.99, 50)
    found, expected = in_c(library_functions(), tmp_path, x), numpy_function(library_functions())(x)
    assert len(found) == len(LIBRARY)
    for one, other in zip(found, expected, strict=True):
        assert one == pytest.approx(other, rel=4 * 2.0**-53)
    results = ", ".join(f"x + {k}" for k in range(len(LIBRARY)))
    kernel = f"KERNEL run(double *x) {{ f_library(*x, {results}); }}"
    source = "\n".join([PRELUDE_CUDA, definition(library_functions()), kernel])
    assert ".visible .entry run(" in nvrtc.compiled(source, "compute_90")[0]


def test_types_are_those_that_the_statements_need() -> None:
    assert signature(elementary.philox()).parameters == ("word",) * 6
    assert signature(elementary.uniform()).results == ("double",)
    assert signature(elementary.normal_pair()).parameters == ("word",) * 4
    b = Builder()
    (value,) = b.call(elementary.log(), b.op("unbits", b.call(elementary.philox(), *"abcdef")[0]))
    assert signature(b.function("mixed", tuple("abcdef"), value)).parameters == ("word",) * 6


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("v3", "v3"),
        (26, "0x1aULL"),
        (0.1, "0.1"),
        (1e22, "1e+22"),
        (-2.5, "(-2.5)"),
        (-0.0, "(-0.0)"),
        (math.inf, "unbits(0x7ff0000000000000ULL)"),
        (-math.inf, "unbits(0xfff0000000000000ULL)"),
        (math.nan, "unbits(0x7ff8000000000000ULL)"),
    ],
)
def test_literals(value: str | int | float, text: str) -> None:
    assert operand(value) == text


def test_what_c_cannot_call() -> None:
    b = Builder()
    function = b.function("strange", ("x",), b.external("python_function", "x"))
    with pytest.raises(ValueError, match=r"^python_function: is no function made of statements"):
        definition(function)


def test_a_missing_compiler_fails_where_it_is_required(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("ANALOGTHEORY_COMPILER", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no C compiler"):
        c_compiler()
    monkeypatch.setenv("ANALOGTHEORY_COMPILER", "required")
    with pytest.raises(pytest.fail.Exception, match="no C compiler"):
        c_compiler()
