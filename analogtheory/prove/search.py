"""Counterexamples: rational points, sought by sampling and descent, confirmed exactly."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import sympy
from numpy.typing import NDArray

from analogtheory.checker import failure
from analogtheory.prove.facts import Fact, texts
from analogtheory.prove.outcome import Certificate

Array = NDArray[np.float64]
Box = Mapping[str, tuple[Any, Any]]

#: Sizes that parameters of a statement often have.
_SCALES = np.array([0.01, 0.1, 0.5, 1.0, 2.0, 10.0])
#: Denominators tried when a point is rounded, smallest first: short rationals are readable.
_DENOMINATORS = (1, 2, 3, 4, 5, 8, 10, 20, 100, 1000, 10**5, 10**8)


def counterexample(
    conclude: Fact, given: Sequence[Fact], point: Mapping[str, Any]
) -> Certificate | None:
    """A point as a certificate, if it meets the hypotheses and breaks the conclusion.

    Parameters
    ----------
    point : dict of str to rational
        A value for every symbol; Fractions, integers, or texts such as "1/3".
    """
    certificate = {
        "kind": "counterexample",
        "given": texts(given),
        "conclude": str(conclude),
        "point": {name: str(Fraction(str(value))) for name, value in point.items()},
    }
    return None if failure(certificate) else certificate


def find_counterexample(
    conclude: Fact,
    given: Sequence[Fact] = (),
    *,
    box: Box | None = None,
    tries: int = 20000,
    seed: int = 0,
) -> Certificate | None:
    """Search for a rational point that meets the hypotheses and breaks the conclusion.

    Equations among the hypotheses are used to eliminate symbols where they are linear in
    one of them; the rest is sampling over several scales. Reproducible for a given seed.

    Parameters
    ----------
    box : dict of str to (low, high), optional
        Where to look; otherwise each symbol is sampled over several scales.

    Returns
    -------
    dict or None
        A certificate of kind ``counterexample``, confirmed in exact arithmetic.

    Examples
    --------
    >>> x = sympy.Symbol("x", real=True)
    >>> from analogtheory.prove.facts import ge
    >>> find_counterexample(ge(x**2, x), box={"x": (-1, 1)})["point"]
    {'x': '1/2'}
    """
    solved = _eliminate(given)
    open_facts = [fact.subs(dict(solved)) for fact in given if fact.relation != "=="]
    goal = conclude.subs(dict(solved))
    symbols = sorted(
        set().union(*(fact.expression.free_symbols for fact in [goal, *open_facts])),
        key=lambda s: str(s.name),
    )
    if not symbols:
        point = _complete({}, [], solved)
        return None if point is None else counterexample(conclude, given, point)
    values = _sample(symbols, box or {}, tries, seed)
    margin = _margins(symbols, goal, open_facts)(values)
    for index in np.argsort(margin)[:50]:
        if not margin[index] < 0:
            break
        if found := _rounded(conclude, given, symbols, solved, values[:, index]):
            return found
    return None


def _eliminate(given: Sequence[Fact]) -> list[tuple[sympy.Symbol, sympy.Expr]]:
    """Symbols that an equation gives as a formula of the others."""
    solved: list[tuple[sympy.Symbol, sympy.Expr]] = []
    for fact in given:
        if fact.relation != "==":
            continue
        expression = fact.expression.subs(dict(solved))
        for symbol in sorted(expression.free_symbols, key=lambda s: str(s.name)):
            slope = sympy.diff(expression, symbol)
            if slope != 0 and not slope.has(symbol):
                value = sympy.simplify(symbol - expression / slope)
                solved = [(s, e.subs(symbol, value)) for s, e in solved]
                solved.append((symbol, value))
                break
    return solved


def _sample(symbols: Sequence[sympy.Symbol], box: Box, tries: int, seed: int) -> Array:
    generator = np.random.Generator(np.random.Philox(seed))
    rows = []
    for symbol in symbols:
        if symbol.name in box:
            low, high = (float(Fraction(str(end))) for end in box[symbol.name])
            rows.append(low + (high - low) * generator.random(tries))
        else:
            size = _SCALES[generator.integers(0, len(_SCALES), tries)]
            rows.append(size * generator.uniform(-1, 1, tries))
    return np.array(rows)


def _margins(
    symbols: Sequence[sympy.Symbol], goal: Fact, given: Sequence[Fact]
) -> Callable[[Array], Array]:
    """Relative size of the conclusion's formula; +∞ where a hypothesis fails."""
    value = sympy.lambdify(symbols, goal.expression, "numpy")
    conditions = [(sympy.lambdify(symbols, f.expression, "numpy"), f.relation) for f in given]

    def margins(points: Array) -> Array:
        with np.errstate(all="ignore"):
            shape = points.shape[1:]
            found = np.broadcast_to(np.asarray(value(*points), dtype=float), shape).copy()
            if goal.relation == "==":
                found = -np.abs(found)
            elif goal.relation == ">":
                found = np.where(found == 0, -1e-300, found)
            for condition, relation in conditions:
                side = np.broadcast_to(np.asarray(condition(*points), dtype=float), shape)
                ok = side > 0 if relation == ">" else side >= 0
                found[~ok] = np.inf
            found[~np.isfinite(found)] = np.inf
        scaled: Array = found / (1 + np.abs(points).max(axis=0, initial=0.0) ** 2)
        return scaled

    return margins


def _rounded(
    conclude: Fact,
    given: Sequence[Fact],
    symbols: Sequence[sympy.Symbol],
    solved: Sequence[tuple[sympy.Symbol, sympy.Expr]],
    values: Array,
) -> Certificate | None:
    """The point with the smallest denominators that still serves."""
    for bound in _DENOMINATORS:
        short = [Fraction(float(value)).limit_denominator(bound) for value in values]
        point = _complete(dict(zip(symbols, short, strict=True)), symbols, solved)
        if point is None:
            continue
        if found := counterexample(conclude, given, point):
            return found
    return None


def _complete(
    point: Mapping[sympy.Symbol, Fraction],
    symbols: Sequence[sympy.Symbol],
    solved: Sequence[tuple[sympy.Symbol, sympy.Expr]],
) -> dict[str, Fraction] | None:
    """The point with the eliminated symbols put back; None if one is not rational."""
    exact = {s: sympy.Rational(v.numerator, v.denominator) for s, v in point.items()}
    full = {s.name: v for s, v in point.items()}
    for symbol, expression in solved:
        value = expression.subs(exact)
        if not value.is_Rational:
            return None
        full[symbol.name] = Fraction(int(value.p), int(value.q))
    return full
