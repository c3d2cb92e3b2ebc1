"""Lanes of a vector moved together and apart, inside numba code, on processors with AVX-512.

A vector is one of 512 bits: 16 words of 32 bits or 8 of 64. Bit l of `chosen` stands for lane l.
The compiler makes no such instruction of a loop by itself.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from llvmlite import binding, ir
from numba import types
from numba.core import cgutils, config
from numba.extending import intrinsic

_BITS = 512


@cache
def can_pack() -> bool:
    """Whether the processor has these instructions and numba may use all that it has."""
    told = getattr(config, "CPU_NAME", None) or getattr(config, "CPU_FEATURES", None)
    allowed = not told and getattr(config, "ENABLE_AVX", True)
    return bool(allowed and binding.get_host_cpu_features().get("avx512f", False))


def lanes(precision: int) -> int:
    """Words in a vector."""
    return _BITS // precision


@intrinsic
def above(context: Any, work: Any, at: Any, bound: Any) -> Any:
    """Which of the words work[at], work[at + 1], … are greater than `bound`."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        words = _load(builder, _place(context, builder, work, args[0], args[1]))
        bounds = _everywhere(builder, args[2], words.type)
        greater = builder.icmp_unsigned(">", words, bounds)
        return builder.zext(builder.bitcast(greater, ir.IntType(words.type.count)), ir.IntType(32))

    return types.uint32(work, types.uint64, work.dtype), generate


@intrinsic
def marked(context: Any, work: Any, at: Any, bit: Any) -> Any:
    """Which of the words work[at], work[at + 1], … have a bit set."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        words = _load(builder, _place(context, builder, work, args[0], args[1]))
        found = builder.and_(words, _everywhere(builder, args[2], words.type))
        nothing = ir.Constant(words.type, [0] * words.type.count)
        mask = builder.icmp_unsigned("!=", found, nothing)
        return builder.zext(builder.bitcast(mask, ir.IntType(words.type.count)), ir.IntType(32))

    return types.uint32(work, types.uint64, work.dtype), generate


@intrinsic
def pack(context: Any, work: Any, to: Any, source: Any, at: Any, chosen: Any) -> Any:
    """The chosen words after source[at] one after the other to work[to]; a whole vector is written.

    Words and reals of the same size are moved alike.
    """

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        words = _load(builder, _place(context, builder, source, args[2], args[3]))
        _packed(context, builder, work, args[:2], words, args[4])
        return context.get_dummy_value()

    return types.void(work, types.uint64, source, types.uint64, types.uint32), generate


@intrinsic
def pack_either(
    context: Any, work: Any, to: Any, source: Any, at: Any, other: Any, first: Any, chosen: Any
) -> Any:
    """As :func:`pack`; in the lanes `first` from source[at], else from source[other]."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        ones, others = (
            _load(builder, _place(context, builder, source, args[2], args[k])) for k in (3, 4)
        )
        words = builder.select(_mask(builder, args[5], ones.type), ones, others)
        _packed(context, builder, work, args[:2], words, args[6])
        return context.get_dummy_value()

    index, lanes_of = types.uint64, types.uint32
    return types.void(work, index, source, index, index, lanes_of, lanes_of), generate


@intrinsic
def unpack(context: Any, target: Any, to: Any, work: Any, at: Any, chosen: Any) -> Any:
    """The words at work[at], one after the other, to the chosen places after target[to].

    A whole vector is written, the other places with what is there.
    """

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        place = _place(context, builder, target, args[0], args[1])
        words = _load(builder, _place(context, builder, work, args[2], args[3]))
        spread = _moved(builder, "expand", words, _load(builder, place), args[4])
        _store(builder, spread, place)
        return context.get_dummy_value()

    return types.void(target, types.uint64, work, types.uint64, types.uint32), generate


def _packed(context: Any, builder: Any, kind: Any, place: Any, words: Any, chosen: Any) -> None:
    packed = _moved(builder, "compress", words, words, chosen)
    _store(builder, packed, _place(context, builder, kind, place[0], place[1]))


def _place(context: Any, builder: Any, kind: Any, array: Any, index: Any) -> Any:
    """A pointer to a vector that begins at a word of an array."""
    data = context.make_array(kind)(context, builder, array).data
    width = kind.dtype.bitwidth
    vector = ir.VectorType(ir.IntType(width), lanes(width))
    return builder.bitcast(builder.gep(data, [index]), vector.as_pointer())


def _load(builder: Any, place: Any) -> Any:
    loaded = builder.load(place)
    loaded.align = loaded.type.element.width // 8  # of a word, not of a vector
    return loaded


def _store(builder: Any, words: Any, place: Any) -> None:
    builder.store(words, place).align = words.type.element.width // 8


def _everywhere(builder: Any, word: Any, kind: Any) -> Any:
    empty, index = ir.Constant(kind, ir.Undefined), ir.IntType(32)
    first = builder.insert_element(empty, word, ir.Constant(index, 0))
    zeros = ir.Constant(ir.VectorType(index, kind.count), [0] * kind.count)
    return builder.shuffle_vector(first, empty, zeros)


def _moved(builder: Any, name: str, words: Any, others: Any, chosen: Any) -> Any:
    kind = words.type
    bits = _mask(builder, chosen, kind)
    function = ir.FunctionType(kind, [kind, kind, bits.type])
    label = f"llvm.x86.avx512.mask.{name}.v{kind.count}i{kind.element.width}"
    insert: Any = cgutils.get_or_insert_function
    return builder.call(insert(builder.module, function, label), [words, others, bits])


def _mask(builder: Any, chosen: Any, kind: Any) -> Any:
    mask = ir.VectorType(ir.IntType(1), kind.count)
    return builder.bitcast(builder.trunc(chosen, ir.IntType(kind.count)), mask)
