"""Counterexamples: short rational points first, then sampling and descent; confirmed exactly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from analogtheory.checker import failure
from analogtheory.errors import InputError
from analogtheory.prove.elimination import complete, eliminate, range_of
from analogtheory.prove.facts import Fact, texts
from analogtheory.prove.floats import Array, Margins, values_of
from analogtheory.prove.outcome import Certificate
from analogtheory.prove.short import SHORT, height, simplest

Box = Mapping[str, tuple[Any, Any]]

#: Sizes that parameters of a statement often have.
_SCALES = np.array([0.01, 0.1, 0.5, 1.0, 2.0, 10.0])
#: Points of the grids of short rationals.
_GRIDS = (4_000, 150_000)
#: Candidates that are confirmed exactly, at most, in each stage.
_CANDIDATES = 40
_ROUNDS, _POPULATION = 60, 400
#: Points that one search confirms exactly, at most.
_CONFIRMATIONS = 600


def counterexample(
    conclude: Fact, given: Sequence[Fact], *points: Mapping[str, Any]
) -> Certificate | None:
    """The first of some points that meets the hypotheses and breaks the conclusion.

    Parameters
    ----------
    points : dicts of str to rational
        Values of symbols; Fractions, integers, or texts such as "1/3". Names that the
        statement does not contain are left out; a point that lacks one of its symbols is
        passed over.

    Returns
    -------
    dict or None
        A certificate of kind ``counterexample``.

    Examples
    --------
    >>> import sympy
    >>> from analogtheory.prove.facts import ge
    >>> x = sympy.Symbol("x", real=True)
    >>> counterexample(ge(x**2, x), [], {"x": 2}, {"x": "1/3", "y": 1})["point"]
    {'x': '1/3'}
    """
    symbols = {symbol.name for fact in [conclude, *given] for symbol in fact.symbols}
    for point in points:
        if symbols <= set(point):
            values = {k: str(Fraction(str(v))) for k, v in point.items() if k in symbols}
            certificate = {
                "kind": "counterexample",
                "given": texts(given),
                "conclude": str(conclude),
                "point": values,
            }
            if not failure(certificate):
                return certificate
    return None


def find_counterexample(
    conclude: Fact,
    given: Sequence[Fact] = (),
    *,
    box: Box | None = None,
    tries: int = 20000,
    seed: int = 0,
) -> Certificate | None:
    """Search for a rational point that meets the hypotheses and breaks the conclusion.

    Equations among the hypotheses eliminate symbols in which they are linear. Then points
    of short rationals are tried (0, ±1, ±2, ±1/2, …), then samples over several scales,
    then descent from the best of them; what is found is shortened, one symbol at a time.
    Reproducible for a given seed.

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
    >>> import sympy
    >>> from analogtheory.prove.facts import ge
    >>> x = sympy.Symbol("x", real=True)
    >>> find_counterexample(ge(x**2, x), box={"x": (-1, 1)})["point"]
    {'x': '1/2'}
    >>> find_counterexample(ge(1000 * x**2, x), [ge(x, 0)])["point"]
    {'x': '1/1001'}
    """
    try:
        search = _Search(conclude, given, box or {})
        found = search.on_grid() or search.by_samples(tries, seed)
    except InputError:  # a function that no certificate knows
        return None
    return None if found is None else search.shorten(found)


def shorten(conclude: Fact, given: Sequence[Fact], point: Mapping[str, Any]) -> Certificate | None:
    """A counterexample near a point, with short rationals; None if there is none there."""
    search = _Search(conclude, given, {})
    values = {name: float(Fraction(str(value))) for name, value in point.items()}
    if set(search.free) <= set(values):
        near = search.rounded(np.array([values[name] for name in search.free]))
        if near is not None:
            return search.shorten(near)
    return counterexample(conclude, given, point)


#: A point and the counterexample that it is.
_Found = tuple[dict[str, Fraction], Certificate]


class _Search:
    """One statement, its free symbols, and what its equations eliminate."""

    def __init__(self, conclude: Fact, given: Sequence[Fact], box: Box):
        self.conclude, self.given = conclude, list(given)
        self._margins, self._patience = Margins(conclude, given), _CONFIRMATIONS
        self._solved = eliminate(given)
        every = {s.name for fact in [conclude, *given] for s in fact.expression.free_symbols}
        self.free = sorted(every - {symbol.name for symbol, _ in self._solved})
        self._ranges = {name: range_of(name, given, box) for name in self.free}

    def on_grid(self) -> _Found | None:
        """The shortest point of a grid of short rationals."""
        for size in _GRIDS:
            choices = [self._short_values(name, size) for name in self.free]
            heights = [np.array([height(v) for v in values]) for values in choices]
            count = int(np.prod([len(values) for values in choices]))
            places = np.indices([len(v) for v in choices]).reshape(len(choices), count)
            total = sum((h[k] for h, k in zip(heights, places, strict=True)), np.zeros(count))
            places = places[:, np.argsort(total, kind="stable")]
            floats = [np.array([float(v) for v in values]) for values in choices]
            rows = [values[k] for values, k in zip(floats, places, strict=True)]
            margin, violation = self._measure(np.array(rows).reshape(len(choices), count))
            for index in np.nonzero((margin < 0) & (violation <= 0))[0][:_CANDIDATES]:
                short = [values[k] for values, k in zip(choices, places[:, index], strict=True)]
                if found := self._confirm(dict(zip(self.free, short, strict=True))):
                    return found
        return None

    def by_samples(self, tries: int, seed: int) -> _Found | None:
        """A point by sampling and descent."""
        generator = np.random.Generator(np.random.Philox(seed))
        if not self.free:
            return None
        points = self._sample(tries, generator)
        score = self._score(points)
        for _ in range(_ROUNDS):
            order = np.argsort(score, kind="stable")[:_POPULATION]
            points, score = points[:, order], score[order]
            if score[0] < 0 and (found := self._first(points, score)):
                return found
            width = 10.0 ** generator.uniform(-4, 0, points.shape[1])
            step = width * np.maximum(np.abs(points), 1e-3) * generator.normal(size=points.shape)
            moved = self._clip(points + step * (generator.random(points.shape) < 0.6))
            new = self._score(moved)
            points, score = np.hstack([points, moved]), np.hstack([score, new])
        return None

    def rounded(self, values: Array) -> _Found | None:
        """A rational point with a small common bound on its denominators."""
        for bound in (1, 2, 3, 4, 5, 8, 10, 20, 100, 1000, 10**5, 10**8, 10**12):
            short = [Fraction(float(value)).limit_denominator(bound) for value in values]
            if found := self._confirm(dict(zip(self.free, short, strict=True))):
                return found
        return None

    def shorten(self, found: _Found) -> Certificate:
        """Replace one symbol after the other by shorter rationals while it stays broken."""
        point, certificate = found
        for _ in range(3):
            before = dict(point)
            for name in self.free:
                for value in self._shorter(point, name):
                    if better := self._confirm({**point, name: value}):
                        point, certificate = better
                        break
            if point == before:
                break
        return certificate

    def _shorter(self, point: Mapping[str, Fraction], name: str) -> list[Fraction]:
        """Shorter values of a symbol that break the statement in floats, shortest first."""
        now = point[name]
        low, high = self._reach(point, name)
        near = {now.limit_denominator(10**k) for k in range(1, 9)} | {Fraction(round(now))}
        values = sorted({*SHORT, *near, simplest(low, high)}, key=height)
        values = [v for v in values if height(v) < height(now)]
        if not values:
            return []
        broken = self._broken(point, name, np.array([float(v) for v in values]))
        return [values[k] for k in np.nonzero(broken)[0][:6]]

    def _reach(self, point: Mapping[str, Fraction], name: str) -> tuple[Fraction, Fraction]:
        """An interval around the point on which the statement stays broken, in floats."""
        now, ends = float(point[name]), []
        for sign in (-1.0, 1.0):
            steps = sign * max(abs(now), 1e-6) * np.logspace(-6, 1, 141)
            broken = self._broken(point, name, now + steps)
            length = len(steps) if broken.all() else int(np.argmin(broken))
            ends.append(Fraction(now + float(steps[length - 1]) if length else now))
        return min(*ends), max(*ends)

    def _broken(self, point: Mapping[str, Fraction], name: str, values: Array) -> Any:
        """Where the statement is broken in floats, as one symbol varies."""
        array = np.array([np.full(len(values), float(point[n])) for n in self.free])
        array[self.free.index(name)] = values
        margin, violation = self._measure(array)
        return (margin < 0) & (violation <= 0)

    def _short_values(self, name: str, size: int) -> list[Fraction]:
        most = int(size ** (1.0 / len(self.free)))
        allowed = [value for value in SHORT if self._ranges[name].allows(value)]
        return allowed[: max(2, most)] or [Fraction(0)]

    def _sample(self, tries: int, generator: np.random.Generator) -> Array:
        rows = []
        for name in self.free:
            low, high = self._ranges[name].low, self._ranges[name].high
            size = _SCALES[generator.integers(0, len(_SCALES), tries)]
            if low is not None and high is not None:
                rows.append(float(low) + float(high - low) * generator.random(tries))
            elif low is not None:
                rows.append(float(low) + size * generator.random(tries))
            elif high is not None:
                rows.append(float(high) - size * generator.random(tries))
            else:
                rows.append(size * generator.uniform(-1, 1, tries))
        return np.array(rows)

    def _clip(self, points: Array) -> Array:
        for row, name in zip(points, self.free, strict=True):
            low, high = self._ranges[name].low, self._ranges[name].high
            np.clip(
                row,
                None if low is None else float(low),
                None if high is None else float(high),
                out=row,
            )
        return points

    def _score(self, points: Array) -> Array:
        """Negative only at a counterexample; violated hypotheses come last."""
        margin, violation = self._measure(points)
        scaled = margin / (1 + np.abs(points).max(axis=0) ** 2)
        return np.where(violation > 0, 1e6 * (1 + violation), np.minimum(scaled, 1e5))

    def _first(self, points: Array, score: Array) -> _Found | None:
        for index in range(min(_CANDIDATES // 4, len(score))):
            if score[index] < 0 and (found := self.rounded(points[:, index])):
                return found
        return None

    def _measure(self, points: Array) -> tuple[Array, Array]:
        count = points.shape[1]
        values = dict(zip(self.free, points, strict=True))
        solved = {s.name: values_of(str(e), values, count) for s, e in self._solved}
        return self._margins({**values, **solved}, count)

    def _confirm(self, point: dict[str, Fraction]) -> _Found | None:
        if self._patience == 0:
            return None
        self._patience -= 1
        full = complete(point, self._solved)
        certificate = None if full is None else counterexample(self.conclude, self.given, full)
        return None if certificate is None else (point, certificate)
