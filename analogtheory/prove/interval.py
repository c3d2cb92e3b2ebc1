"""Rung 4: an inequality on a box, by interval branch and bound.

The boxes are bisected in floating point, thousands at a time; the tree is then closed
again leaf by leaf in Arb, by the very function the checker uses.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
import sympy
from numpy.typing import NDArray

from analogtheory.checker.boxes import closes, order_of_contact
from analogtheory.checker.expressions import evaluate
from analogtheory.errors import InputError
from analogtheory.prove.facts import Fact, ge, texts
from analogtheory.prove.intervals import Interval, Jet, Jets
from analogtheory.prove.outcome import Outcome, Proved, Refuted, Unknown
from analogtheory.prove.search import counterexample, find_counterexample, shorten

Mask = NDArray[np.bool_]
#: Boxes that may be open or closed, in all.
MOST_BOXES = 60_000
#: Bisections in a row; further ones that Arb may ask for.
_DEEPEST, _EXTRA = 50, 6


def prove_on_box(
    conclude: Fact,
    box: Mapping[Any, tuple[Any, Any]],
    given: Sequence[Fact] = (),
    contacts: Sequence[tuple[Any, Any]] = (),
    *,
    name: str = "",
) -> Outcome:
    """Prove an inequality for all points of a box that meet the hypotheses.

    Parameters
    ----------
    conclude : Fact
        ``>= 0`` or ``> 0``, of formulas with exp, log, √, |·|, Max, tanh, ….
    box : dict of symbol to (low, high)
        Rational ends for every symbol.
    given : sequence of Fact
        Boxes on which one of them fails everywhere are dropped.
    contacts : sequence of (symbol, value)
        Where the formula is 0: a double zero with positive curvature in that symbol, or a
        simple zero at an end of its interval.

    Returns
    -------
    Proved, Refuted or Unknown
        Proved on the box, which is the domain.

    Examples
    --------
    >>> from analogtheory.prove.facts import ge, gt
    >>> x = sympy.Symbol("x", real=True)
    >>> prove_on_box(gt(sympy.exp(-x), 1 - x), {x: ("1/10", 2)}).domain
    'x in [1/10, 2]'
    >>> prove_on_box(ge(sympy.exp(-x), 1 - x), {x: (-1, 2)}, contacts=[(x, 0)]).domain
    'x in [-1, 2]'
    """
    ends = {str(k): (_rational(low), _rational(high)) for k, (low, high) in box.items()}
    try:
        task = _Task(conclude, given, ends, [(str(s), _rational(at)) for s, at in contacts])
    except InputError as problem:
        return Unknown(str(problem))
    region = [*given, *_as_facts(box)]
    if found := find_counterexample(conclude, region, box=ends, tries=4000):
        return Refuted(found)
    grown = _grow(task)
    if isinstance(grown, dict):
        found = counterexample(conclude, region, grown)
        return Refuted(shorten(conclude, region, grown) or found) if found else Unknown("no tree")
    if isinstance(grown, str):
        return Unknown(grown)
    tree = _confirm(task, grown)
    if tree is None:
        return Unknown("a leaf is closed in floating point but not in Arb")
    certificate = {
        "kind": "interval",
        "name": name,
        "box": {k: [str(low), str(high)] for k, (low, high) in ends.items()},
        "given": texts(given),
        "conclude": str(conclude),
        "contacts": [{"variable": v, "at": str(at)} for v, at in task.contacts],
        "tree": " ".join(tree),
    }
    words = ", ".join(f"{k} in [{low}, {high}]" for k, (low, high) in ends.items())
    return Proved(certificate, "; ".join([words, *(str(fact) for fact in given)]))


def _rational(value: Any) -> Fraction:
    return Fraction(str(sympy.sympify(value)))


def _as_facts(box: Mapping[Any, tuple[Any, Any]]) -> list[Fact]:
    facts = []
    for key, ends in box.items():
        symbol = key if isinstance(key, sympy.Symbol) else sympy.Symbol(str(key), real=True)
        low, high = (sympy.Rational(str(_rational(end))) for end in ends)
        facts += [ge(symbol, low), ge(high, symbol)]
    return facts


class _Task:
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
class _Tree:
    """Nodes by number: the variable that is halved, or "" for a leaf; children follow."""

    splits: list[str] = field(default_factory=lambda: [""])
    children: dict[int, tuple[int, int]] = field(default_factory=dict)

    def halve(self, node: int, variable: str) -> tuple[int, int]:
        """Split a leaf."""
        self.splits[node] = variable
        self.children[node] = (len(self.splits), len(self.splits) + 1)
        self.splits += ["", ""]
        return self.children[node]


def _grow(task: _Task) -> _Tree | dict[str, Fraction] | str:
    """A tree whose leaves are closed in floats; a point that breaks the statement; or why not."""
    tree, names = _Tree(), list(task.box)
    nodes = np.zeros(1, dtype=int)
    low = np.array([[float(task.box[n][0])] for n in names]).reshape(len(names), 1)
    high = np.array([[float(task.box[n][1])] for n in names]).reshape(len(names), 1)
    for _ in range(_DEEPEST):
        open_boxes, value, jet = _look(task, names, low, high)
        if not open_boxes.any():
            return tree
        broken = np.nonzero(open_boxes & (value.high < 0))[0]
        for k in broken[:20]:
            middle = {n: Fraction(float(m)) for n, m in zip(names, (low + high)[:, k] / 2, strict=True)}
            if all(_holds(fact, middle) for fact in task.given):
                return middle
        nodes, low, high = nodes[open_boxes], low[:, open_boxes], high[:, open_boxes]
        if len(tree.splits) + 2 * len(nodes) > MOST_BOXES or not names:
            break
        widths = _smear(names, jet, open_boxes, high - low)
        choice = np.argmax(widths, axis=0)
        pairs = [tree.halve(int(node), names[c]) for node, c in zip(nodes, choice, strict=True)]
        middle_ = (low + high) / 2
        pick = np.arange(len(nodes))
        left_high, right_low = high.copy(), low.copy()
        left_high[choice, pick] = middle_[choice, pick]
        right_low[choice, pick] = middle_[choice, pick]
        nodes = np.array([p[0] for p in pairs] + [p[1] for p in pairs])
        low, high = np.hstack([low, right_low]), np.hstack([left_high, high])
    where = ", ".join(
        f"{n} in [{a:.6g}, {b:.6g}]" for n, a, b in zip(names, low[:, 0], high[:, 0], strict=True)
    )
    return f"{len(tree.splits)} boxes do not decide it; open: {where}"


def _holds(fact: tuple[str, str], point: Mapping[str, Fraction]) -> bool:
    from analogtheory.checker import holds_at

    return holds_at(f"{fact[0]} {fact[1]} 0", dict(point)) is True


def _look(
    task: _Task, names: Sequence[str], low: Any, high: Any
) -> tuple[Mask, Interval, Jet]:
    """Which boxes stay open, with the enclosure of the formula and of its slopes."""
    boxes = {n: Interval(np.nextafter(a, -np.inf), np.nextafter(b, np.inf)) for n, a, b in zip(names, low, high, strict=True)}
    count = low.shape[1]
    with np.errstate(all="ignore"):
        jet: Jet = evaluate(task.formula, Jets(boxes))
        still = ~(np.broadcast_to(jet.value.low, count) > 0)
        for formula, relation in task.given:
            side = evaluate(formula, Jets(boxes, slopes=False)).value
            outside = side.high < 0
            if relation == ">":
                outside = side.high <= 0
            elif relation == "==":
                outside = outside | (side.low > 0)
            still &= ~np.broadcast_to(outside, count)
        still &= ~(_mean_value(task.formula, names, boxes, jet, low, high) > 0)
        for (variable, at), order in task.orders.items():
            still &= ~_touching(jet, variable, float(at), order, low, high, names)
    value = Interval(np.broadcast_to(jet.value.low, count), np.broadcast_to(jet.value.high, count))
    return still, value, jet


def _mean_value(
    formula: str, names: Sequence[str], boxes: Mapping[str, Interval], jet: Jet, low: Any, high: Any
) -> Any:
    """Lower end of the mean-value form, anchored at the better end where f is monotone."""
    anchors, rest = {}, Interval(np.zeros(low.shape[1]), np.zeros(low.shape[1]))
    for k, n in enumerate(names):
        slope = jet.slopes.get(n, Interval(np.float64(0), np.float64(0)))
        rises, falls = slope.low >= 0, slope.high <= 0
        middle = (low[k] + high[k]) / 2
        at = np.where(rises, low[k], np.where(falls, high[k], middle))
        anchors[n] = Interval(np.nextafter(at, -np.inf), np.nextafter(at, np.inf))
        change = slope * (boxes[n] - anchors[n])
        free = ~(rises | falls)
        rest = rest + Interval(np.where(free, change.low, 0.0), np.where(free, change.high, 0.0))
    value: Jet = evaluate(formula, Jets(anchors, slopes=False))
    return (value.value + rest).low


def _touching(
    jet: Jet, variable: str, at: float, order: int, low: Any, high: Any, names: Sequence[str]
) -> Any:
    k = names.index(variable)
    inside = (low[k] <= at) & (at <= high[k])
    zero = Interval(np.float64(0), np.float64(0))
    slope, bend = jet.slopes.get(variable, zero), jet.curvatures.get(variable, zero)
    closed = (low[k] == at) & (slope.low >= 0) | (high[k] == at) & (slope.high <= 0)
    if order == 2:
        closed = closed | (bend.low >= 0)
    return inside & closed


def _smear(names: Sequence[str], jet: Jet, keep: Mask, widths: Any) -> Any:
    """Width times largest slope, by variable; plain widths where slopes are not finite."""
    rows = []
    for k, n in enumerate(names):
        slope = jet.slopes.get(n)
        size: Any = 0.0 if slope is None else np.maximum(np.abs(slope.low), np.abs(slope.high))
        size = np.broadcast_to(size, keep.shape)[keep]
        rows.append(np.where(np.isfinite(size), size * widths[k], np.inf))
    scores = np.array(rows)
    bad = ~np.isfinite(scores).all(axis=0) | (scores.max(axis=0) == 0)
    scores[:, bad] = widths[:, bad]
    return np.where(widths > 0, scores, -1.0)


def _confirm(task: _Task, tree: _Tree) -> list[str] | None:
    """The tree in preorder, its leaves closed in Arb, split further where Arb asks for it."""
    tokens: list[str] = []
    waiting = [(0, dict(task.box))]
    while waiting:
        node, leaf = waiting.pop()
        variable = tree.splits[node]
        if not variable:
            found = _close(task, leaf, 0)
            if found is None:
                return None
            tokens += found
            continue
        tokens.append(variable)
        left, right = tree.children[node]
        low, high = leaf[variable]
        middle = (low + high) / 2
        waiting.append((right, {**leaf, variable: (middle, high)}))
        waiting.append((left, {**leaf, variable: (low, middle)}))
    return tokens


def _close(task: _Task, leaf: dict[str, tuple[Fraction, Fraction]], depth: int) -> list[str] | None:
    if closes(task.formula, leaf, task.given, task.orders):
        return ["."]
    widest = max(leaf, key=lambda n: leaf[n][1] - leaf[n][0], default=None)
    if depth == _EXTRA or widest is None:
        return None
    low, high = leaf[widest]
    middle = (low + high) / 2
    left = _close(task, {**leaf, widest: (low, middle)}, depth + 1)
    right = left and _close(task, {**leaf, widest: (middle, high)}, depth + 1)
    return [widest, *left, *right] if left and right else None
