"""Doubles as words and back, inside numba code."""

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


def _cast_to(kind: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(args[0], kind)

    return generate
