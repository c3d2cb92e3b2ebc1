"""Numbers as words and back, and bits counted, inside numba code."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic


@intrinsic
def bits(context: Any, value: Any) -> Any:
    """The 64 bits of a double."""
    return types.uint64(types.float64), _cast_to(ir.IntType(64))


@intrinsic
def unbits(context: Any, word: Any) -> Any:
    """The double with these 64 bits."""
    return types.float64(types.uint64), _cast_to(ir.DoubleType())


@intrinsic
def bits_single(context: Any, value: Any) -> Any:
    """The 32 bits of a float."""
    return types.uint32(types.float32), _cast_to(ir.IntType(32))


@intrinsic
def unbits_single(context: Any, word: Any) -> Any:
    """The float with these 32 bits."""
    return types.float32(types.uint32), _cast_to(ir.FloatType())


@intrinsic
def popcount(context: Any, word: Any) -> Any:
    """How many of the 32 bits are set."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.ctpop(args[0])

    return types.uint32(types.uint32), generate


def _cast_to(kind: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(args[0], kind)

    return generate
