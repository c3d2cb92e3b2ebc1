"""The pulses of one update as one map with one normal number, where that is their exact law.

A pulse of sign s on a response q(w) = c + mw with additive cycle-to-cycle noise is

    w ← w + s·Δw_min·(q(w) + σ_c·ξ).

While no pulse is clipped, n of them are, in law,

    w ← w + s·Δw_min·(S·q(w) + σ_c·√V·ξ),   S = Σ aᵏ, V = Σ a²ᵏ over k < n, a = 1 + s·Δw_min·m,

since the noise of the pulses is a sum of independent normal numbers with the factors aᵏ. The
sums follow from S₂ₘ = Sₘ(1 + aᵐ), Sₘ₊₁ = 1 + aSₘ, aᵐ = 1 + (a − 1)Sₘ and
V = S(1 + aⁿ)/(1 + a). No pulse can be clipped where both ends of the range are at least
n·Δw_min·(max|q| + σ_c·Z) away, with Z above every normal number of the sampler: one pulse moves
the weight by at most an n-th of that. Then also |a − 1| ≤ 1, if n > 0. Elsewhere, and for any
other response or noise, pulses are executed one by one. The law is that of normal numbers cut
at Z: beyond it lie 1e-11 of them in single, 8e-18 in double precision.

Derived here; claims merged-pulses-law, merged-pulses-in-range and largest-normal-number.
"""

from __future__ import annotations

from functools import cache, lru_cache

import sympy

from analogtheory.kernels.statements import Builder, Function, Operand
from analogtheory.responses.formulas import WEIGHT, ElementwiseFunction
from analogtheory.responses.response import Response
from analogtheory.simulation.fidelity import Fidelity

#: More pulses than these are executed one by one: the longest train has fewer.
LONGEST = 1023

#: Z: normal numbers stay below 6.77 and 8.58 standard deviations.
FARTHEST = {32: 6.8, 64: 8.6}


def can_merge(response: Response, fidelity: Fidelity) -> bool:
    """Whether there is such a map."""
    if fidelity.kind == "averaged" or fidelity.one_by_one:
        return False
    if fidelity.multiplicative_noise:  # were it 0 here, it might not be in other trajectories
        return False
    return all(_slope(q.general) is not None for q in (response.q_up, response.q_down))


def longest(fidelity: Fidelity) -> int:
    """The most pulses that may be executed together."""
    return min(fidelity.train_length, LONGEST) if fidelity.kind == "pulsed" else LONGEST


def slope(q: ElementwiseFunction) -> ElementwiseFunction:
    """m of a response function q(w) = c + mw.

    Raises
    ------
    ValueError
        If it is not affine in w.
    """
    found, resolved = _slope(q.general), _slope(q.expr)
    if found is None or resolved is None:
        raise ValueError(f"{q}: is not affine in w")
    return ElementwiseFunction(resolved, found, q.parameters)


@lru_cache(maxsize=256)
def _slope(general: sympy.Expr) -> sympy.Expr | None:
    if not general.is_polynomial(WEIGHT):
        return None
    found = sympy.diff(general, WEIGHT)
    if not found.has(WEIGHT):
        return found
    # multiplied out it only tells whether w drops out: its terms may cancel, or be too large
    return None if sympy.expand(found).has(WEIGHT) else found.subs(WEIGHT, 0)


@cache
def direction(precision: int, *, is_noisy: bool) -> Function:
    """What pulses of one direction have in common, of all weights that share a device.

    (slope, q_low, q_high, dw_min[, noise]) → (a − 1, 1/(1 + a), the most that a pulse moves),
    with the slope of s·q and the values of q at the ends of the range.
    """
    b = Builder(precision=precision)
    growth = b.op("mul", "dw_min", "slope")
    inverse = b.op("div", 1.0, b.op("add", 2.0, growth))
    low, high = b.op("abs", "q_low"), b.op("abs", "q_high")
    reach = b.op("select", b.op("gt", low, high), low, high)
    if is_noisy:
        reach = b.op("add", reach, b.op("mul", "noise", FARTHEST[precision]))
    names = ("slope", "q_low", "q_high", "dw_min", *(("noise",) if is_noisy else ()))
    return b.function("direction", names, growth, inverse, b.op("mul", "dw_min", reach))


@cache
def merged_update(precision: int, most: int, *, is_noisy: bool) -> Function:
    """All pulses of an update, of which there are at most `most`.

    (w, up, count, q, growth, inverse, reach, dw_min, low, high[, noise, z]) →
    (weight, is_exact), with q(w) and the results of :func:`direction` of the direction of the
    pulses. Where `is_exact` is false the weight is of no use.
    """
    b = Builder(precision=precision)
    total = _sum_of_powers(b, "growth", most)
    moved = b.op("mul", total, "q")
    noise: tuple[str, ...] = ()
    if is_noisy:
        noise = "noise", "z"
        twice = b.op("add", 2.0, b.op("mul", "growth", total))  # 1 + aⁿ
        spread = b.op("sqrt", b.op("mul", b.op("mul", total, twice), "inverse"))
        moved = b.op("add", moved, b.op("mul", spread, b.op("mul", *noise)))
    step = b.op("mul", "dw_min", moved)
    target = b.op("select", "up", b.op("add", "w", step), b.op("sub", "w", step))
    reach = b.op("mul", "count", "reach")
    below, above = b.op("sub", "w", "low"), b.op("sub", "high", "w")
    is_exact = b.op("and", b.op("le", reach, below), b.op("le", reach, above))
    # with a pulse this follows (claim merged-pulses-in-range); without one a may be −1
    is_bounded = b.op("le", b.op("abs", "growth"), 1.0)
    is_exact = b.op("and", is_exact, b.op("and", is_bounded, b.op("le", "count", float(most))))
    names = (
        "w", "up", "count", "q", "growth", "inverse", "reach", "dw_min", "low", "high", *noise,
    )  # fmt: skip
    # clipping can only undo a rounding
    return b.function("merged_update", names, b.clip(target, "low", "high"), is_exact)


def _sum_of_powers(b: Builder, growth: Operand, most: int) -> str:
    """S, bit by bit of the count from the highest on."""
    factor = b.op("add", 1.0, growth)
    left: Operand = "count"
    total: Operand = 0.0
    for bit in reversed(range(most.bit_length())):
        is_set = b.op("ge", left, 2.0**bit)
        left = b.op("select", is_set, b.op("sub", left, 2.0**bit), left)
        if total == 0.0:
            total = b.op("select", is_set, 1.0, 0.0)
            continue
        doubled = b.op("mul", total, b.op("add", 2.0, b.op("mul", growth, total)))
        one_more = b.op("add", 1.0, b.op("mul", factor, doubled))
        total = b.op("select", is_set, one_more, doubled)
    return str(total)
