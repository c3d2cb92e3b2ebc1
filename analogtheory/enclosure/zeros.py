"""All zeros of a formula, enclosed."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

import flint
import sympy

from analogtheory.enclosure.arithmetic import Interval, exact_interval, round_down, round_up
from analogtheory.enclosure.formula import Formula, halves, width


@dataclass(frozen=True)
class Zero:
    """An isolated zero of a formula, or a place where zeros could not be told apart.

    Attributes
    ----------
    low, high : float
        The enclosure.
    kind : {"simple", "multiple", "interval", "everywhere"}
        ``simple``: exactly one zero, where the sign changes and the derivative does not
        vanish (proved). ``multiple``: the derivative may vanish too, so there may be one
        zero of higher order, several, or (a double zero missed by rounding) none.
        ``interval``: zeros may lie anywhere on a whole interval: the formula cannot be
        told from 0 there, or not within the limit on the work.
        ``everywhere``: the formula is identically 0 (proved symbolically).
    direction : int
        Sign of the derivative at a simple zero; for the others +1 or −1 if the sign
        changes from − to + or from + to −, 0 if it does not change.
    end : int
        −1 or +1 if the zero lies exactly at the lower or upper end of the range, else 0.
    """

    low: float
    high: float
    kind: Literal["simple", "multiple", "interval", "everywhere"]
    direction: int
    end: Literal[-1, 0, 1] = 0

    @property
    def value(self) -> float:
        """The middle of the enclosure."""
        return 0.5 * (self.low + self.high)


def isolate_zeros(formula: Formula, *, boxes: int = 3000) -> list[Zero]:
    """Enclose all zeros of a formula on its interval, in increasing order.

    Where the formula has a sign there is no zero; where its derivative has one, the signs
    at the ends of the box decide, sought with up to 500 bits. Boxes that stay undecided
    down to a relative width of 1e-9 (or when `boxes` is used up, widest first) are merged
    with their neighbours and reported as ``multiple`` or ``interval``, never dropped.
    """
    if _is_identically_zero(formula):
        return [Zero(*formula.box.floats(), "everywhere", 0)]
    undecided: list[Interval] = []
    found: list[Zero] = []
    waiting = deque([formula.box])
    smallest = 1e-9 * width(formula.box)
    while waiting:
        box = waiting.popleft()
        if formula.over(box).sign():
            continue
        direction = formula.slope(box).sign()
        zeros = _zeros_of_monotone(formula, box, direction) if direction else None
        if zeros is not None:
            found.extend(zeros)
        elif width(box) < smallest or boxes <= 0:
            undecided.append(box)
        else:
            boxes -= 1
            waiting.extend(halves(box))
    found.extend(_merge(formula, undecided))
    return _without_repeats(sorted(found, key=lambda zero: (zero.low, zero.high)))


def _is_identically_zero(formula: Formula) -> bool:
    if formula.expression.is_zero:
        return True
    left, right = formula.box
    probes = [(left + (right - left) * flint.arb(k) / 7).mid() for k in range(1, 7)]
    if any(formula.sign_at(point) for point in probes):
        return False
    return bool(sympy.simplify(formula.expression) == 0)


def _zeros_of_monotone(formula: Formula, box: Interval, direction: int) -> list[Zero] | None:
    """The zero of a strictly monotone formula on a box; None if its end signs stay open."""
    left, right = formula.sign_at(box.low), formula.sign_at(box.high)
    if left is None or right is None:
        return None
    if left == 0 or right == 0:
        return [_exact_zero(formula, box.low if left == 0 else box.high, direction)]
    if left == right:
        return []
    low, high = _bisect(formula, box, direction)
    return [Zero(round_down(low), round_up(high), "simple", direction)]


def _exact_zero(formula: Formula, point: Any, direction: int) -> Zero:
    end = formula.end_at(point)
    exact = {-1: formula.low, 1: formula.high}.get(end)
    place = Interval(point, point) if exact is None else exact_interval(exact)
    return Zero(*place.floats(), "simple", direction, end)


def _bisect(formula: Formula, box: Interval, direction: int) -> tuple[Any, Any]:
    low, high = box
    for _ in range(70):
        middle = ((low + high) / 2).mid()
        if not (low < middle < high):
            break
        sign = formula.at(middle).sign() * direction
        if sign == 0:
            # The value at `middle` cannot be told from 0: close in from both sides.
            return _squeeze(formula, low, middle, high, direction)
        low, high = (middle, high) if sign < 0 else (low, middle)
    return low, high


def _squeeze(formula: Formula, low: Any, middle: Any, high: Any, direction: int) -> tuple[Any, Any]:
    left, right = middle, middle
    for _ in range(70):
        probe = ((low + left) / 2).mid()
        if not (low < probe < left):
            break
        low, left = (probe, left) if formula.at(probe).sign() * direction < 0 else (low, probe)
        probe = ((right + high) / 2).mid()
        if not (right < probe < high):
            break
        right, high = (right, probe) if formula.at(probe).sign() * direction > 0 else (probe, high)
    return low, high


def _merge(formula: Formula, boxes: list[Interval]) -> Iterator[Zero]:
    boxes = sorted(boxes, key=lambda box: float(box.low))
    tiny = 1e-8 * width(formula.box)
    while boxes:
        low, high = boxes.pop(0)
        while boxes and float(boxes[0].low - high) <= tiny:
            high = boxes.pop(0).high
        before = formula.sign_at((low - tiny).mid()) if low - tiny > formula.box.low else None
        after = formula.sign_at((high + tiny).mid()) if high + tiny < formula.box.high else None
        changes = before is not None and after is not None and before * after < 0
        wide = float(high - low) > 1e-4 * width(formula.box)
        kind: Literal["multiple", "interval"] = "interval" if wide else "multiple"
        yield Zero(round_down(low), round_up(high), kind, (after or 0) if changes else 0)


def _without_repeats(zeros: list[Zero]) -> list[Zero]:
    """Enclosures that touch become one that holds both: a zero seen from two sides."""
    kept: list[Zero] = []
    for zero in zeros:
        if not kept or zero.low > kept[-1].high:
            kept.append(zero)
            continue
        last = kept[-1]
        worse = last if last.kind != "simple" else zero
        kept[-1] = replace(
            worse,
            low=min(last.low, zero.low),
            high=max(last.high, zero.high),
            end=last.end if last == zero else 0,
        )
    return kept
