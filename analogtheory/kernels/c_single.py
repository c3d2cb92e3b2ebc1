"""Single precision in C and CUDA: each operation on floats is a function of a prelude.

CuPy compiles with ``-ftz=true``, which no other option overrides (NVRTC takes the last one):
operators on floats would then take numbers below 2⁻¹²⁶ for 0, in comparisons too. So the
prelude of CUDA names the instructions of PTX, which round as IEEE 754 says and keep small
numbers unless they are called ``.ftz``, and which are never contracted. The functions of the
mathematical library do follow the option.

Source: PTX ISA, floating-point instructions; NVRTC documentation, options.
"""

from __future__ import annotations

import ctypes
import math

_BINARY = {"add": "+", "sub": "-", "mul": "*", "div": "/"}
_RELATIONS = {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!="}
_UNARY = {
    "neg": ("-a", "neg.f32"), "abs": ("fabsf(a)", "abs.f32"), "sqrt": ("sqrtf(a)", "sqrt.rn.f32"),
    "floor": ("floorf(a)", "cvt.rmi.f32.f32"), "ceil": ("ceilf(a)", "cvt.rpi.f32.f32"),
}  # fmt: skip

#: The operations that are functions ``single_…``.
OPERATIONS = (*_BINARY, *_RELATIONS, *_UNARY, "bits", "unbits")


def _in_c() -> str:
    head, two = "FUNCTION float single_", "(float a, float b) { return a"
    text = [f"{head}{op}{two} {sign} b; }}" for op, sign in _BINARY.items()]
    text += [f"FUNCTION int single_{op}{two} {sign} b; }}" for op, sign in _RELATIONS.items()]
    text += [f"{head}{op}(float a) {{ return {value}; }}" for op, (value, _) in _UNARY.items()]
    return (
        "\n".join(text)
        + """
FUNCTION word32 single_bits(float a) { word32 w; memcpy(&w, &a, sizeof w); return w; }
FUNCTION float single_unbits(word32 w) { float a; memcpy(&a, &w, sizeof a); return a; }
FUNCTION double widened(float a) { return (double)a; }
FUNCTION float narrowed(double a) { return (float)a; }
"""
    )


def _in_cuda() -> str:
    return "\n".join(
        [
            *(_instruction("float", op, f"{op}.rn.f32", "ff") for op in _BINARY),
            *(_comparison(op) for op in _RELATIONS),
            *(_instruction("float", op, code, "f") for op, (_, code) in _UNARY.items()),
            "FUNCTION word32 single_bits(float a) { return (word32)__float_as_int(a); }",
            "FUNCTION float single_unbits(word32 w) { return __int_as_float((int)w); }",
            'FUNCTION double widened(float a) { double c; asm("cvt.f64.f32 %0, %1;"'
            ' : "=d"(c) : "f"(a)); return c; }',
            'FUNCTION float narrowed(double a) { float c; asm("cvt.rn.f32.f64 %0, %1;"'
            ' : "=f"(c) : "d"(a)); return c; }',
            "",
        ]
    )


def _instruction(kind: str, op: str, code: str, inputs: str) -> str:
    """A function of one instruction, or of several that end with ``;``."""
    names = "ab"[: len(inputs)]
    taken = ", ".join(f"float {name}" for name in names)
    given = ", ".join(f'"f"({name})' for name in names)
    if not code.endswith("}"):
        code += " %0, " + ", ".join(f"%{k + 1}" for k in range(len(names))) + ";"
    result = "=f" if kind == "float" else "=r"
    body = f'{kind} c; asm("{code}" : "{result}"(c) : {given}); return c;'
    return f"FUNCTION {kind} single_{op}({taken}) {{ {body} }}"


def _comparison(op: str) -> str:
    # a comparison is true only between numbers, except "not equal"
    name = "neu" if op == "ne" else op
    code = f"{{ .reg .pred p; setp.{name}.f32 p, %1, %2; selp.s32 %0, 1, 0, p; }}"
    return _instruction("int", op, code, "ff")


#: To follow the prelude of the language.
PRELUDE_C, PRELUDE_CUDA = _in_c(), _in_cuda()


def operand(value: float | int) -> str:
    """A word or a float as it stands in C; a double is rounded to the nearest float."""
    if isinstance(value, int):
        return f"{value:#x}U"
    number = ctypes.c_float(value).value
    if math.isfinite(number):
        return f"({number!r}f)" if math.copysign(1.0, number) < 0 else f"{number!r}f"
    word = 0x7FC00000 if math.isnan(number) else 0x7F800000
    return f"single_unbits({word | (1 << 31 if number < 0 else 0):#x}U)"
