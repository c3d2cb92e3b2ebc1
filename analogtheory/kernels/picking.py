"""Chosen neighbours gathered from arrays of numbers into working memory, and put back.

For processors with AVX-512, as :mod:`analogtheory.kernels.packing`, whose terms are used here: a
vector has 512 bits, bit l of `chosen` stands for lane l. Places count the items of an array
whatever its shape, in C order. What is written to working memory is a whole vector; what is put
back touches nothing but the chosen items.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from analogtheory.kernels.packing import _everywhere, _load, _moved, _place, _store, lanes

_INDEX = types.uint64
_MASK = types.uint32


@intrinsic
def pick(context: Any, work: Any, to: Any, values: Any, at: Any, chosen: Any) -> Any:
    """The chosen of the values at `at`, `at` + 1, … one after the other to `to`."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        found = _load(builder, _place(context, builder, values, args[2], args[3]))
        place = _place(context, builder, work, args[0], args[1])
        _store(builder, _moved(builder, "compress", found, found, args[4]), place)
        return context.get_dummy_value()

    return types.void(work, _INDEX, values, _INDEX, _MASK), generate


@intrinsic
def pick_sided(
    context: Any, work: Any, to: Any, values: Any, at: Any, other: Any, side: Any, chosen: Any
) -> Any:
    """As :func:`pick`, the values of lanes that are not in `side` from `other` in place of `at`."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        one, two = (
            _load(builder, _place(context, builder, values, args[2], index)) for index in args[3:5]
        )
        found = builder.select(_lanes_of(builder, args[5], one.type.count), one, two)
        place = _place(context, builder, work, args[0], args[1])
        _store(builder, _moved(builder, "compress", found, found, args[6]), place)
        return context.get_dummy_value()

    return types.void(work, _INDEX, values, _INDEX, _INDEX, _MASK, _MASK), generate


@intrinsic
def pick_numbers(context: Any, work: Any, to: Any, first: Any, chosen: Any) -> Any:
    """The chosen of the whole numbers `first`, `first` + 1, … one after the other to `to`."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        width = work.dtype.bitwidth
        kind = ir.VectorType(ir.IntType(width), lanes(width))
        steps = ir.Constant(kind, list(range(kind.count)))
        numbers = builder.add(_everywhere(builder, args[2], kind), steps)
        place = _place(context, builder, work, args[0], args[1])
        _store(builder, _moved(builder, "compress", numbers, numbers, args[3]), place)
        return context.get_dummy_value()

    return types.void(work, _INDEX, work.dtype, _MASK), generate


@intrinsic
def pick_word(
    context: Any, work: Any, to: Any, word: Any, other: Any, side: Any, chosen: Any
) -> Any:
    """For each chosen lane `word` if it is in `side`, else `other`, one after the other to `to`."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        width = work.dtype.bitwidth
        kind = ir.VectorType(ir.IntType(width), lanes(width))
        one, two = (_everywhere(builder, word, kind) for word in args[2:4])
        words = builder.select(_lanes_of(builder, args[4], kind.count), one, two)
        place = _place(context, builder, work, args[0], args[1])
        _store(builder, _moved(builder, "compress", words, words, args[5]), place)
        return context.get_dummy_value()

    return types.void(work, _INDEX, work.dtype, work.dtype, _MASK, _MASK), generate


@intrinsic
def put(context: Any, values: Any, at: Any, work: Any, of: Any, chosen: Any) -> Any:
    """The words at `of`, one after the other, to the chosen of the values at `at`, `at` + 1, …"""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        words = _load(builder, _place(context, builder, work, args[2], args[3]))
        spread = _moved(builder, "expand", words, words, args[4])
        place = _place(context, builder, values, args[0], args[1])
        mask = _lanes_of(builder, args[4], words.type.count)
        kind = words.type
        arguments = [kind, place.type, ir.IntType(32), mask.type]
        label = f"llvm.masked.store.v{kind.count}i{kind.element.width}.p0"
        insert: Any = cgutils.get_or_insert_function
        function = insert(builder.module, ir.FunctionType(ir.VoidType(), arguments), label)
        alignment = ir.Constant(ir.IntType(32), kind.element.width // 8)
        builder.call(function, [spread, place, alignment, mask])
        return context.get_dummy_value()

    return types.void(values, _INDEX, work, _INDEX, _MASK), generate


def _lanes_of(builder: Any, chosen: Any, count: int) -> Any:
    """Bits as truth values of lanes."""
    mask = ir.VectorType(ir.IntType(1), count)
    return builder.bitcast(builder.trunc(chosen, ir.IntType(count)), mask)
