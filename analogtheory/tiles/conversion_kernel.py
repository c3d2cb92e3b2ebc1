"""The formulas of the converters as statements, and the numba kernel around them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from analogtheory.kernels import elementary, elementary_single
from analogtheory.kernels.compiled import compiled
from analogtheory.kernels.numba_statements import HEADER, definition
from analogtheory.kernels.statements import Builder, Function, Operand, closure

#: Normal numbers that come from one counter.
PER_COUNTER = {32: 4, 64: 2}

#: 1.5·2ⁿ added to a number below 2ⁿ⁻¹ leaves the nearest whole number in its last bits.
_MANTISSA = {32: 23, 64: 52}


def _rounded(b: Builder, value: Operand) -> str:
    """The nearest multiple of ``step``, or the value itself where that is 0."""
    digits = _MANTISSA[b.precision]
    # beyond this there is no fraction left; every bound lies well below
    limit = 2.0 ** (digits - 1)
    steps = b.clip(b.op("div", value, "step"), -limit, limit)
    magic = 1.5 * 2.0**digits
    whole = b.op("sub", b.op("add", steps, magic), magic)
    return b.op("select", b.op("gt", "step", 0.0), b.op("mul", whole, "step"), value)


@cache
def dac(precision: int) -> Function:
    """The input that a line gets: clip(round(x/α), ±bound)."""
    b = Builder(precision=precision)
    rounded = _rounded(b, b.op("div", "value", "scale"))
    clipped = b.clip(rounded, b.op("neg", "bound"), "bound")
    return b.function("dac", ("value", "scale", "step", "bound"), clipped)


@cache
def adc(precision: int) -> Function:
    """The output that is read, α·clip(round(v), ±bound), and 1 where it is saturated, else 0."""
    b = Builder(precision=precision)
    rounded = _rounded(b, "value")
    clipped = b.clip(rounded, b.op("neg", "bound"), "bound")
    # a whole number of steps may come out above the same bound by its rounding
    above = b.op("mul", "bound", 1.0 + 2.0 ** (2 - _MANTISSA[precision]))
    beyond = b.op("gt", b.op("abs", rounded), above)
    saturated = b.op("select", beyond, 1.0, 0.0)
    read = b.op("mul", clipped, "scale")
    return b.function("adc", ("value", "scale", "step", "bound"), read, saturated)


FORMULAS = {"dac": dac, "adc": adc}

#: Lines that a kernel works on at a time, and those of one vectorised loop.
_CHUNK, _GROUP = 1024, 64

_ARGUMENTS = {
    "first": "int64", "end": "int64", "values": "{T}[:, ::1]", "out": "{T}[:, ::1]",
    "saturated": "boolean[::1]", "scales": "{T}[::1]", "deviations": "{T}[:, ::1]",
    "streams": "uint64[::1]", "vectors": "uint64[::1]", "problems": "uint64[::1]",
    "step": "{T}", "bound": "{T}", "key0": "uint64", "key1": "uint64",
}  # fmt: skip

# All numbers of a chunk lie in one array, at offsets that the compiler sees do not overlap,
# and loops have a constant length: so it turns them into vector instructions. What a loop
# does beyond the last line is not read.
_KERNEL = """\
def kernel({arguments}):
    lines = values.shape[1]
    work = np.zeros({work}, np.{T})
    for row in range(first, end):
        scale, vector, problem = scales[row], vectors[row], problems[row]
        hits = 0
        source, target = values[row], out[row]
        for begin in range(0, lines, {chunk}):
            count, here = min({chunk}, lines - begin), U(begin)
            for l in range(count):
                work[l] = source[here + U(l)]
{before}
            for k in range(streams.size):
                stream, deviation = streams[k], deviations[k, row]
                group = U(begin // {shared})
                for g in range(0, {counters}, 16):
                    if g * {shared} >= count:
                        break
                    for q in range(g, g + 16):
                        c0, c1, c2, c3 = philox(vector, group + U(q), stream, problem, key0, key1)
{draws}
                for g in range(0, {chunk}, {group}):
                    if g >= count:
                        break
                    for l in range(g, g + {group}):
                        work[l] = work[l] + deviation * work[{chunk} + l]
{after}
            for l in range(count):
                target[here + U(l)] = work[l]
        saturated[row] = hits > 0
"""

_DRAWS = {
    32: """\
z0, z1 = normal_pair_single(I(c0), I(c1))
z2, z3 = normal_pair_single(I(c2), I(c3))
work[{chunk} + 4 * q] = z0
work[{chunk} + 4 * q + 1] = z1
work[{chunk} + 4 * q + 2] = z2
work[{chunk} + 4 * q + 3] = z3""",
    64: """\
z0, z1 = normal_pair(c0, c1, c2, c3)
work[{chunk} + 2 * q] = z0
work[{chunk} + 2 * q + 1] = z1""",
}

_CONVERSION = {
    "dac": """\
for g in range(0, {chunk}, {group}):
    if g >= count:
        break
    for l in range(g, g + {group}):
        work[l] = dac(work[l], scale, step, bound)""",
    "adc": """\
for g in range(0, {chunk}, {group}):
    if g >= count:
        break
    for l in range(g, g + {group}):
        work[l], beyond = adc(work[l], scale, step, bound)
        work[{chunk} + l] = beyond
for l in range(count):
    hits += 1 if work[{chunk} + l] != 0 else 0""",
}


@cache
def kernel(kind: str, precision: int) -> Callable[..., None]:
    """The compiled kernel of a converter."""
    pair = (elementary_single if precision == 32 else elementary).normal_pair()
    functions = closure([elementary.philox(), pair, FORMULAS[kind](precision)])
    shared, type_ = PER_COUNTER[precision], f"float{precision}"
    sizes: dict[str, Any] = {"chunk": _CHUNK, "group": _GROUP}
    conversion = _indented(_CONVERSION[kind].format(**sizes), 12)
    body = _KERNEL.format(
        arguments=", ".join(_ARGUMENTS), work=2 * _CHUNK, T=type_, **sizes,
        shared=shared, counters=_CHUNK // shared,
        draws=_indented(_DRAWS[precision].format(**sizes), 24),
        before=conversion if kind == "dac" else "", after=conversion if kind == "adc" else "",
    )  # fmt: skip
    text = "\n\n".join([HEADER, *map(definition, functions), body])
    types = {name: type.format(T=type_) for name, type in _ARGUMENTS.items()}
    return compiled(text, types).run


def _indented(text: str, by: int) -> str:
    return "\n".join(" " * by + line for line in text.splitlines())
