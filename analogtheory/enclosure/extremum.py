"""Supremum and infimum of a formula, enclosed."""

from __future__ import annotations

import heapq
import itertools
import math
from typing import Literal, NamedTuple

from analogtheory.enclosure.arithmetic import Interval, round_down, round_up
from analogtheory.enclosure.formula import Formula, halves, middle, width


class Bounds(NamedTuple):
    """A number known to lie in [low, high]."""

    low: float
    high: float

    @property
    def value(self) -> float:
        """The middle of the enclosure (or its infinite end)."""
        if math.isinf(self.low) or math.isinf(self.high):
            return self.high if math.isinf(self.high) else self.low
        return 0.5 * (self.low + self.high)


def enclose_extremum(
    formula: Formula, kind: Literal["sup", "inf"], *, tolerance: float = 1e-10, boxes: int = 4000
) -> Bounds:
    """Enclose the supremum or infimum of a formula on its interval.

    The enclosure always holds; `boxes` limits the work, after which it may be wider than
    `tolerance` (relative to max(1, |value|)). An unbounded formula has an infinite end.
    """
    flip = kind == "inf"
    best = -math.inf
    queue: list[tuple[float, int, Interval]] = []
    order = itertools.count()

    def upper(value: Interval) -> float:
        return round_up(-value.low) if flip else round_up(value.high)

    def lower(value: Interval) -> float:
        return round_down(-value.high) if flip else round_down(value.low)

    def visit(box: Interval) -> None:
        nonlocal best
        for point in (box.low, middle(box), box.high):
            best = max(best, lower(formula.at(point)))
        heapq.heappush(queue, (-upper(formula.over(box)), next(order), box))

    visit(formula.box)
    smallest = 1e-14 * max(1.0, width(formula.box))
    for _ in range(boxes):
        top, _, box = queue[0]
        if -top - best <= tolerance * max(1.0, abs(best)) or width(box) < smallest:
            break
        heapq.heappop(queue)
        for half in halves(box):
            visit(half)
    ceiling = max(-queue[0][0], best)
    low, high = (-ceiling, -best) if flip else (best, ceiling)
    return Bounds(low + 0.0, high + 0.0)  # no minus zero
