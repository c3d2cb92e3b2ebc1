"""A bisection tree of a box, grown in outward-rounded floats until every leaf is closed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analogtheory.checker import holds_at
from analogtheory.checker.boxes import order_of_contact
from analogtheory.checker.expressions import evaluate
from analogtheory.errors import InputError
from analogtheory.prove.facts import Fact
from analogtheory.prove.intervals import ZERO, Array, Interval, Jet, Jets

Mask = NDArray[np.bool_]
#: Nodes of a tree, and bisections in a row.
MOST_NODES, _DEEPEST = 60_000, 50


class Task:
    """The statement as texts, and the order of its contacts."""

    def __init__(
        self,
        conclude: Fact,
        given: Sequence[Fact],
        box: Mapping[str, tuple[Fraction, Fraction]],
        contacts: Sequence[tuple[str, Fraction]],
    ):
        self.formula, self.relation = str(conclude.expression), conclude.relation
        self.given = [(str(fact.expression), fact.relation) for fact in given]
        self.box = dict(box)
        missing = {s.name for f in (conclude, *given) for s in f.expression.free_symbols} - set(box)
        if missing:
            raise InputError(f"box: no interval for {', '.join(sorted(missing))}")
        if self.relation == "==" or (self.relation == ">" and contacts):
            raise InputError("a box proves >= 0, or > 0 where there is no contact")
        self.contacts = list(contacts)
        self.orders = {c: order_of_contact(self.formula, *c) for c in contacts}
        for (variable, at), order in self.orders.items():
            if order == 0:
                raise InputError(f"contact: the formula is not 0 at {variable} = {at}")


@dataclass
class Tree:
    """Nodes by number: the variable that is halved, or "" for a leaf; and the children."""

    splits: list[str] = field(default_factory=lambda: [""])
    children: dict[int, tuple[int, int]] = field(default_factory=dict)

    def halve(self, node: int, variable: str) -> tuple[int, int]:
        """Split a leaf."""
        self.splits[node] = variable
        self.children[node] = (len(self.splits), len(self.splits) + 1)
        self.splits += ["", ""]
        return self.children[node]


def grow(task: Task) -> Tree | dict[str, Fraction] | str:
    """A tree whose leaves are closed in floats; a point that breaks the statement; or why not."""
    tree, boxes = Tree(), _Boxes.of(task)
    for _ in range(_DEEPEST):
        still_open, jet = _look(task, boxes)
        if not still_open.any():
            return tree
        if point := _broken(task, boxes, still_open & (jet.value.high < 0)):
            return point
        widths = _smear(boxes, jet)[:, still_open]
        boxes = boxes.only(still_open)
        if len(tree.splits) + 2 * len(boxes.nodes) > MOST_NODES or not widths.size:
            break
        boxes = boxes.halved(tree, np.argmax(widths, axis=0))
    return f"{len(tree.splits)} boxes do not decide it; open: {boxes.first()}"


@dataclass(frozen=True)
class _Boxes:
    """Boxes that are open: their nodes, and the ends of every variable by rows."""

    names: tuple[str, ...]
    nodes: NDArray[np.int64]
    low: Array
    high: Array

    @classmethod
    def of(cls, task: Task) -> _Boxes:
        ends = np.array([[float(end) for end in ends] for ends in task.box.values()])
        ends = ends.reshape(len(task.box), 2)
        return cls(tuple(task.box), np.zeros(1, dtype=np.int64), ends[:, :1], ends[:, 1:])

    def only(self, keep: Mask) -> _Boxes:
        return _Boxes(self.names, self.nodes[keep], self.low[:, keep], self.high[:, keep])

    def halved(self, tree: Tree, choice: NDArray[np.int64]) -> _Boxes:
        """Every box in two, along the variable of the given row."""
        pairs = [tree.halve(int(n), self.names[c]) for n, c in zip(self.nodes, choice, strict=True)]
        each = np.arange(len(self.nodes))
        middle = (self.low[choice, each] + self.high[choice, each]) / 2
        left_high, right_low = self.high.copy(), self.low.copy()
        left_high[choice, each] = middle
        right_low[choice, each] = middle
        return _Boxes(
            self.names,
            np.array([left for left, _ in pairs] + [right for _, right in pairs]),
            np.hstack([self.low, right_low]),
            np.hstack([left_high, self.high]),
        )

    def intervals(self) -> dict[str, Interval]:
        return {
            n: Interval(np.nextafter(a, -np.inf), np.nextafter(b, np.inf))
            for n, a, b in zip(self.names, self.low, self.high, strict=True)
        }

    def first(self) -> str:
        return ", ".join(
            f"{n} in [{a:.6g}, {b:.6g}]"
            for n, a, b in zip(self.names, self.low[:, 0], self.high[:, 0], strict=True)
        )


def _broken(task: Task, boxes: _Boxes, where: Mask) -> dict[str, Fraction] | None:
    """The middle of a box on which the conclusion fails, if it meets the hypotheses."""
    for k in np.nonzero(where)[0][:20]:
        middle = (boxes.low[:, k] + boxes.high[:, k]) / 2
        point = {n: Fraction(float(m)) for n, m in zip(boxes.names, middle, strict=True)}
        if all(holds_at(f"{text} {relation} 0", point) for text, relation in task.given):
            return point
    return None


def _look(task: Task, boxes: _Boxes) -> tuple[Mask, Jet]:
    """Which boxes stay open, with the formula's enclosure and that of its slopes."""
    ends, count = boxes.intervals(), len(boxes.nodes)
    with np.errstate(all="ignore"):
        jet: Jet = evaluate(task.formula, Jets(ends))
        closed = np.broadcast_to(jet.value.low > 0, count).copy()
        for formula, relation in task.given:
            side = evaluate(formula, Jets(ends, slopes=False)).value
            outside = side.high <= 0 if relation == ">" else side.high < 0
            closed |= outside | (side.low > 0) if relation == "==" else outside
        closed |= _mean_value(task.formula, boxes, jet) > 0
        for (variable, at), order in task.orders.items():
            closed |= _touching(boxes, jet, variable, float(at), order)
    return ~closed, jet


def _mean_value(formula: str, boxes: _Boxes, jet: Jet) -> Any:
    """Lower end of the mean-value form, anchored at the better end where f is monotone."""
    anchors, rest, ends = {}, ZERO, boxes.intervals()
    for n, low, high in zip(boxes.names, boxes.low, boxes.high, strict=True):
        slope = jet.slopes.get(n, ZERO)
        rises, falls = slope.low >= 0, slope.high <= 0
        at = np.where(rises, low, np.where(falls, high, (low + high) / 2))
        anchors[n] = Interval(np.nextafter(at, -np.inf), np.nextafter(at, np.inf))
        rest = rest + ZERO.where(rises | falls, slope * (ends[n] - anchors[n]))
    value: Jet = evaluate(formula, Jets(anchors, slopes=False))
    return (value.value + rest).low


def _touching(boxes: _Boxes, jet: Jet, variable: str, at: float, order: int) -> Any:
    """The formula is 0 at the contact and rises away from it."""
    row = boxes.names.index(variable)
    low, high = boxes.low[row], boxes.high[row]
    slope, bend = jet.slopes.get(variable, ZERO), jet.curvatures.get(variable, ZERO)
    rises = (low == at) & (slope.low >= 0) | (high == at) & (slope.high <= 0)
    if order == 2:
        rises = rises | (bend.low >= 0)
    return (low <= at) & (at <= high) & rises


def _smear(boxes: _Boxes, jet: Jet) -> Array:
    """Width times largest slope, by variable; the width alone where slopes are not finite."""
    widths = boxes.high - boxes.low
    scores = np.zeros_like(widths)
    for row, n in enumerate(boxes.names):
        slope = jet.slopes.get(n, ZERO)
        scores[row] = np.maximum(np.abs(slope.low), np.abs(slope.high)) * widths[row]
    flat = ~np.isfinite(scores).all(axis=0) | (scores.max(axis=0, initial=0.0) == 0)
    scores[:, flat] = widths[:, flat]
    found: Array = np.where(widths > 0, scores, -1.0)
    return found
