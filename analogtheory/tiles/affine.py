"""n equal pulses at once, for devices whose step is affine in w and free of noise.

With s(w) = h₀ + h₁w a pulse is the map w ↦ Aw + C, A = 1 ± h₁, C = ±h₀; n pulses are the
n-th power of that map, taken by repeated squaring. With 0 ≤ A ≤ 1 the pulses move a weight
monotonically towards the fixed point of the map: it is clipped either by no pulse or by all
from some pulse on, hence clipping once at the end is exact. Derived here.
"""

from __future__ import annotations

from analogtheory.kernels.statements import Builder, Function, Operand
from analogtheory.tiles.step import Step


def has_affine_train(step: Step) -> bool:
    """Whether n pulses may be taken at once, exactly."""
    return step.is_contracting and not step.is_noisy


def affine_train(step: Step, precision: int, longest: int) -> Function:
    """(w, up, count, fields) → the weight after `count` pulses, a word of at most `longest`."""
    b = Builder(precision=precision)
    offset: Operand = b.op("select", "up", step.affine[0], b.op("neg", step.affine[0]))
    if len(step.affine) == 1:
        value = b.op("add", "w", b.op("mul", offset, b.op("real", "count")))
    else:
        value = _power(b, step.affine[1], offset, longest)
    names = tuple(field.name for field in step.fields)
    clipped = b.clip(value, "low", "high")
    return b.function("affine_train", ("w", "up", "count", *names), clipped)


def _power(b: Builder, slope: str, offset: Operand, longest: int) -> str:
    factor: Operand = b.op("add", 1.0, b.op("select", "up", slope, b.op("neg", slope)))
    value: str = "w"
    for bit in range(longest.bit_length()):
        if bit:
            offset = b.op("add", b.op("mul", factor, offset), offset)
            factor = b.op("mul", factor, factor)
        moved = b.op("add", b.op("mul", factor, value), offset)
        is_set = b.op("odd", b.op("ushr", "count", bit) if bit else "count")
        value = b.op("select", is_set, moved, value)
    return value
