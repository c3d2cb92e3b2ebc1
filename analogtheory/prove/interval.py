"""Rung 4: an inequality on a box, by interval branch and bound.

The boxes are bisected in floating point, thousands at a time; the tree is then closed
again leaf by leaf in Arb, by the very function the checker uses.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import sympy

from analogtheory.checker.boxes import closes
from analogtheory.errors import InputError
from analogtheory.prove.bisection import Task, Tree, grow
from analogtheory.prove.facts import Fact, ge, texts
from analogtheory.prove.outcome import Outcome, Proved, Refuted, Unknown
from analogtheory.prove.search import counterexample, find_counterexample, shorten

#: Bisections that Arb may ask for beyond the tree.
_EXTRA = 6


def prove_on_box(
    conclude: Fact,
    box: Mapping[Any, tuple[Any, Any]],
    given: Sequence[Fact] = (),
    contacts: Sequence[tuple[Any, Any]] = (),
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
        task = Task(conclude, given, ends, [(str(s), _rational(at)) for s, at in contacts])
    except InputError as problem:
        return Unknown(str(problem))
    region = [*given, *_as_facts(box)]
    if found := find_counterexample(conclude, region, box=ends, tries=4000):
        return Refuted(found)
    try:
        grown = grow(task)
    except InputError as problem:
        return Unknown(str(problem))
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


def _confirm(task: Task, tree: Tree) -> list[str] | None:
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


def _close(task: Task, leaf: dict[str, tuple[Fraction, Fraction]], depth: int) -> list[str] | None:
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
