"""Functions made of statements as C: types, literals, and the bits of the NumPy code."""

from __future__ import annotations

import ctypes
import itertools
import math
from pathlib import Path

import numpy as np
import pytest

from analogtheory.kernels import c_single, elementary, elementary_single
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

KINDS = {
    "word": np.uint64, "double": np.float64, "int": np.int32,
    "word32": np.uint32, "float": np.float32,
}  # fmt: skip


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
    preludes = PRELUDE_C, c_single.PRELUDE_C
    source = "\n\n".join([*preludes, definitions(function.closure()), loop(function)])
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


@pytest.mark.parametrize(
    "function", [elementary_single.exp(), elementary_single.log()], ids=lambda f: f.name
)
def test_single_exp_and_log_have_the_bits_of_numpy(function: Function, tmp_path: Path) -> None:
    bits = np.random.default_rng(6).integers(0, 2**32, 5000, np.uint32)
    with np.errstate(all="ignore"):
        x = np.concatenate([bits.view(np.float32), doubles().astype(np.float32)])
    with np.errstate(all="ignore"):
        (expected,) = numpy_function(function)(x)
    (found,) = in_c(function, tmp_path, x)
    number = ~np.isnan(expected)
    assert np.array_equal(np.isnan(found), ~number)
    assert found[number].tobytes() == expected[number].tobytes()


def test_single_normal_numbers_and_powers_have_the_bits_of_numpy(tmp_path: Path) -> None:
    generator = np.random.default_rng(7)
    words = generator.integers(0, 2**32, (2, 5000), np.uint32)
    pair = elementary_single.normal_pair()
    for one, other in zip(in_c(pair, tmp_path, *words), numpy_function(pair)(*words), strict=True):
        assert one.tobytes() == other.tobytes()
    x, y = generator.uniform(0, 3, (2, 5000)).astype(np.float32)
    power = elementary_single.power()
    assert in_c(power, tmp_path, x, y)[0].tobytes() == numpy_function(power)(x, y)[0].tobytes()


def every_operation(precision: int = 64) -> Function:
    """One function with every exact operation on numbers, words and truth values."""
    b = Builder(precision=precision)
    arithmetic = [b.op(op, "x", "y") for op in ("add", "sub", "mul", "div")]
    rounded = [b.op(op, "x") for op in ("neg", "abs", "floor", "ceil")]
    root = b.op("sqrt", b.op("abs", "y"))
    compared = [b.op(op, "x", "y") for op in ("lt", "le", "gt", "ge", "eq", "ne")]
    either = b.op("or", b.op("and", compared[0], b.op("not", compared[4])), compared[3])
    chosen = b.op("select", either, "x", -2.5)
    whole = b.op("umul", b.op("uor", b.op("bits", "x"), "w"), 2 ** (precision - 1) + 5)
    shifted = b.op("uxor", b.op("ushl", whole, 3), b.op("ushr", "w", 1))
    picked = b.op("select", b.op("odd", shifted), whole, b.op("usub", 7, "w"))
    real = b.op("add", b.op("real", whole), b.op("unbits", b.op("uand", "w", 0xFFFFF)))
    results = [*arithmetic, *rounded, root, chosen, real, picked, *compared]
    return b.function("every", ("x", "y", "w"), *results)


@pytest.mark.parametrize("precision", [64, 32])
def test_every_operation(precision: int, tmp_path: Path) -> None:
    """Also on numbers below the normal range, and on those that are none."""
    function, real = every_operation(precision), np.dtype(f"float{precision}")
    kinds = ("double", "word") if precision == 64 else ("float", "word32")
    tiny = 3 * float(np.nextafter(real.type(0), real.type(1)))
    values = [-2.5, -0.0, 0.0, 0.1, 1.0, math.inf, -math.inf, math.nan, tiny, -tiny]
    columns = zip(*itertools.product(values, values), strict=True)
    x, y = (np.array(column, dtype=real) for column in columns)
    words = np.arange(len(x)).astype(KINDS[kinds[1]]) * 77_777_777
    with np.errstate(all="ignore"):
        expected = numpy_function(function)(x, y, words)
    assert signature(function).results == (kinds[0],) * 11 + (kinds[1],) + ("int",) * 6
    assert signature(function).parameters == (kinds[0], kinds[0], kinds[1])
    found = in_c(function, tmp_path, x, y, words)
    for one, other, kind in zip(found, expected, signature(function).results, strict=True):
        numbers = np.asarray(other, KINDS[kind])
        is_nan = np.isnan(numbers) if kind == kinds[0] else np.zeros(len(x), bool)
        assert one[~is_nan].tobytes() == numbers[~is_nan].tobytes()
        assert np.isnan(one[is_nan]).all()


def library_functions(precision: int = 64) -> Function:
    """Every function of the mathematical library, at arguments it is defined for."""
    b = Builder(precision=precision)
    above_one = b.op("add", "x", 1.0)
    names = [name for name, count in LIBRARY.items() if count == 1 and name != "acosh"]
    results = [b.op(name, "x") for name in names] + [b.op("acosh", above_one)]
    results += [b.op("pow", "x", 0.7), b.op("atan2", "x", 2.0)]
    return b.function("library", ("x",), *results)


@pytest.mark.parametrize("precision", [64, 32])
def test_functions_of_the_mathematical_library(precision: int, tmp_path: Path) -> None:
    """To a few ulp as C; for CUDA they must be known by the same names."""
    function, real = library_functions(precision), np.dtype(f"float{precision}")
    x = np.linspace(0.01, 0.99, 50, dtype=real)
    found, expected = in_c(function, tmp_path, x), numpy_function(function)(x)
    assert len(found) == len(LIBRARY)
    for one, other in zip(found, expected, strict=True):
        assert one.dtype == other.dtype == real
        assert one == pytest.approx(other, rel=4 * float(np.finfo(real).epsneg))
    results = ", ".join(f"x + {k}" for k in range(len(LIBRARY)))
    (kind,) = set(signature(function).results)
    kernel = f"KERNEL run({kind} *x) {{ f_library(*x, {results}); }}"
    source = "\n".join([PRELUDE_CUDA, c_single.PRELUDE_CUDA, definition(function), kernel])
    assert ".visible .entry run(" in nvrtc.compiled(source, "compute_90")[0]


def test_single_operations_are_single_instructions() -> None:
    """Under CuPy's ``-ftz=true`` no float is flushed to zero, and nothing is contracted."""
    function = every_operation(32)
    results = ", ".join(f"x + {k}" for k in range(11))
    rest = ", ".join(["w", *(f"t + {k}" for k in range(6))])
    call = f"f_every(*x, x[1], *w, {results}, {rest});"
    kernel = f"KERNEL run(float *x, word32 *w, int *t) {{ {call} }}"
    parts = [PRELUDE_CUDA, c_single.PRELUDE_CUDA, definition(function), kernel]
    ptx, _ = nvrtc.compiled("\n".join(parts), "compute_90")
    for code in ("add.rn.f32", "sub.rn.f32", "mul.rn.f32", "div.rn.f32", "sqrt.rn.f32",
                 "setp.lt.f32", "setp.neu.f32", "cvt.rmi.f32.f32", "cvt.rn.f32.u32"):  # fmt: skip
        assert code in ptx
    assert ".ftz" not in ptx
    assert "fma" not in ptx
    plain = f"{PRELUDE_CUDA}\nKERNEL run(float *x) {{ *x = x[1] * x[2]; }}"
    assert "mul.rn.ftz.f32" in nvrtc.compiled(plain, "compute_90")[0], "operators are flushed"


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


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("v3", "v3"),
        (26, "0x1aU"),
        (0.1, "0.10000000149011612f"),
        (-2.5, "(-2.5f)"),
        (-0.0, "(-0.0f)"),
        (1e-45, "1.401298464324817e-45f"),
        (1e39, "single_unbits(0x7f800000U)"),
        (-math.inf, "single_unbits(0xff800000U)"),
        (math.nan, "single_unbits(0x7fc00000U)"),
    ],
)
def test_single_literals(value: str | int | float, text: str) -> None:
    assert operand(value, 32) == text


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
