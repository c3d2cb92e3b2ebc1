"""Expectation over the random numbers of one iteration, split at every kink.

The next state is piecewise affine in each draw. Between its kinks Gauss-Legendre
quadrature converges spectrally, and for a discrete law the atoms are exact. The kinks are
found in program order, each from two values in every segment that the ones before it
leave: on a segment the function is affine, so two values give its root.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy
from numpy.typing import NDArray

from analogtheory.dynamics import Draw
from analogtheory.stationary.program import Kink, Program

Array = NDArray[np.float64]
#: Thresholds of a next state (panel edges, ends of the domain) at which to split.
Marks = Sequence[tuple[sympy.Symbol, float]]


@dataclass(frozen=True)
class Branches:
    """Next states with their probabilities.

    Attributes
    ----------
    states : list of arrays, shape (n, q), or (n, 1) if the state does not vary
    weights : array, shape (n, q)
    """

    states: list[Array]
    weights: Array

    def mean(self) -> list[Array]:
        """Conditional mean of each state, shape (n,)."""
        return [np.asarray((self.weights * s).sum(axis=1)) for s in self.states]

    def covariance(self) -> Array:
        """Conditional covariance of the next state, shape (n, d, d)."""
        shape = self.weights.shape
        centred = [
            np.broadcast_to(s, shape) - m[:, None]
            for s, m in zip(self.states, self.mean(), strict=True)
        ]
        return np.asarray(np.einsum("nq,anq,bnq->nab", self.weights, centred, centred))


def branches(
    program: Program,
    states: tuple[Array, ...],
    *,
    nodes: int,
    marks: Marks = (),
    from_cut: bool = True,
) -> Branches:
    """Next states from given states, for a quadrature over the draws.

    Parameters
    ----------
    program : Program
    states : tuple of arrays, shape (n,)
    nodes : int
        Gauss-Legendre nodes on each segment.
    marks : sequence of (state, threshold)
    from_cut : bool
        From the cut to the cut (tail, then head), or from the start of an iteration to
        its cut (head alone).
    """
    iteration = _Iteration(program, marks, nodes, from_cut)
    columns = [np.asarray(s, dtype=np.float64)[:, None] for s in states]
    return iteration.expand(dict(zip(program.states, columns, strict=True)))


class _Iteration:
    """One expansion: the draws are resolved one after the other, discrete ones first."""

    def __init__(self, program: Program, marks: Marks, nodes: int, from_cut: bool):
        self.program, self.marks, self.nodes = program, marks, nodes
        self.from_cut = from_cut
        self.draws = sorted(program.draws, key=lambda draw: draw.law.atoms is None)

    def expand(self, start: dict[sympy.Symbol, Array]) -> Branches:
        depends: dict[sympy.Symbol, frozenset[sympy.Symbol]] = {}
        if self.from_cut:
            start = self.program.run(self.program.tail, start, depends=depends)
        rows = len(next(iter(start.values())))
        weights = np.ones((rows, 1))
        values: dict[sympy.Symbol, Array] = {}
        for position in range(len(self.draws)):
            values, weights = self._resolve(position, start, values, weights, depends)
        final = self.program.run(self.program.head, {**start, **values})
        return Branches([final[s] for s in self.program.states], weights)

    def _resolve(
        self,
        position: int,
        start: dict[sympy.Symbol, Array],
        values: dict[sympy.Symbol, Array],
        weights: Array,
        depends: dict[sympy.Symbol, frozenset[sympy.Symbol]],
    ) -> tuple[dict[sympy.Symbol, Array], Array]:
        """Add one draw to those resolved before: (n, q) becomes (n, q·r)."""
        draw, later = self.draws[position], self.draws[position + 1 :]
        known: dict[sympy.Symbol, Any] = {s: v[..., None] for s, v in start.items()}
        known |= {s: v[..., None] for s, v in values.items()}
        known |= {d.symbol: np.zeros((1, 1, 1)) for d in later}

        def kinks(points: Array) -> list[Kink]:
            return self._kinks({**known, draw.symbol: points}, dict(depends))

        later_symbols = frozenset(d.symbol for d in later)
        breaks = _find_breaks(kinks, draw, later_symbols, weights.shape)
        points, shares = self._visit(draw, breaks)
        rows, per_point = weights.shape[0], points.shape[-1]
        joint = (weights[..., None] * shares).reshape(rows, -1)
        repeated = {s: np.repeat(v, per_point, axis=1) for s, v in values.items()}
        repeated[draw.symbol] = points.reshape(rows, -1)
        return repeated, joint

    def _visit(self, draw: Draw, breaks: Array) -> tuple[Array, Array]:
        return draw.law.quadrature(breaks, self.nodes)

    def _kinks(
        self,
        values: dict[sympy.Symbol, Array],
        depends: dict[sympy.Symbol, frozenset[sympy.Symbol]],
    ) -> list[Kink]:
        found: list[Kink] = []
        final = self.program.run(self.program.head, values, found, depends)
        for state, threshold in self.marks:
            used = depends.get(state, frozenset({state}))
            found.append(Kink(final[state] - threshold, used))
        return found


def _find_breaks(
    kinks: Callable[[Array], list[Kink]],
    draw: Draw,
    later: frozenset[sympy.Symbol],
    shape: tuple[int, ...],
) -> Array:
    """Values of the draw where a kink lies: shape (n, q, m), missing ones at the low end."""
    breaks = np.empty((*shape, 0))
    if draw.law.atoms is not None:
        return breaks
    low, high = draw.law.support
    ends = np.array([low, high])
    for index, kink in enumerate(kinks(np.full((*shape, 1), low))):
        if draw.symbol not in kink.depends or kink.depends & later:
            continue
        left, length = _segments(breaks, ends)
        one, two = left + 0.25 * length, left + 0.75 * length
        f_one = np.broadcast_to(kinks(one)[index].value, one.shape)
        f_two = np.broadcast_to(kinks(two)[index].value, one.shape)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            root = one - f_one * (two - one) / (f_two - f_one)
        margin = 1e-13 * (high - low)
        inside = (root > left + margin) & (root < left + length - margin) & (f_one != f_two)
        root = np.where(inside, root, low)
        found = root[..., inside.any(axis=tuple(range(len(shape))))]
        breaks = np.sort(np.concatenate([breaks, found], axis=-1), axis=-1)
    return breaks


def _segments(breaks: Array, ends: Array) -> tuple[Array, Array]:
    edge = np.ones((*breaks.shape[:-1], 1))
    points = np.concatenate([ends[0] * edge, breaks, ends[1] * edge], axis=-1)
    return points[..., :-1], np.diff(points, axis=-1)


def extremes(program: Program, states: tuple[Array, ...]) -> tuple[list[Array], list[Array]]:
    """Smallest and largest next value of each state over the support of the noise.

    Exact up to rounding: the next state is piecewise affine in each draw, so that its
    extremes lie at kinks and at the ends of the support. Two quadrature nodes per segment
    do not reach the ends, hence the support is probed at its ends and its kinks.

    Returns
    -------
    lowest, highest : lists of arrays, shape (n,)
    """
    probe = _Probe(program)
    columns = [np.asarray(s, dtype=np.float64)[:, None] for s in states]
    final = probe.expand(dict(zip(program.states, columns, strict=True))).states
    return [s.min(axis=1) for s in final], [s.max(axis=1) for s in final]


class _Probe(_Iteration):
    """Visits the ends of the support and the kinks instead of quadrature nodes."""

    def __init__(self, program: Program):
        super().__init__(program, (), 1, True)

    def _visit(self, draw: Draw, breaks: Array) -> tuple[Array, Array]:
        if draw.law.atoms is not None:
            return super()._visit(draw, breaks)
        left, length = _segments(breaks, np.array(draw.law.support))
        points = np.concatenate([left, (left + length)[..., -1:]], axis=-1)
        return points, np.ones(points.shape)
