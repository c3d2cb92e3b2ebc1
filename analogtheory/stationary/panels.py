"""Panel edges: where kinks of the Koopman image lie on lines of the state space.

A kink of the iteration, |Δ| at Δ = 0 or clipping at an end of the range, leaves a kink in
(P h)(x) = E[h(T(x, ξ)) | x] at fixed states unless a continuous draw smooths it. Where it
depends on one state only, a panel edge is laid on it.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import partial

import numpy as np
import sympy
from numpy.typing import NDArray
from scipy import optimize

from analogtheory.stationary.domain import Domain
from analogtheory.stationary.program import Kink, Program

Array = NDArray[np.float64]
_SCAN = 513


def kink_lines(program: Program, domain: Domain) -> tuple[tuple[float, ...], ...]:
    """Positions of the kinks that depend on one state, one tuple per state."""
    return tuple(_on_axis(program, domain, k) for k in range(len(program.states)))


def _on_axis(program: Program, domain: Domain, axis: int) -> tuple[float, ...]:
    discrete = [d for d in program.draws if d.law.atoms is not None]
    continuous = frozenset(d.symbol for d in program.draws if d.law.atoms is None)
    atoms = [d.law.atoms[0] if d.law.atoms is not None else np.zeros(1) for d in discrete]
    centre = [0.5 * (a + b) for a, b in zip(domain.low, domain.high, strict=True)]
    own, all_states = program.states[axis], frozenset(program.states)
    found: list[float] = []
    for combination in itertools.product(*atoms):
        draws = dict(zip((d.symbol for d in discrete), combination, strict=True))

        def kinks(x: Array, draws: dict[sympy.Symbol, float] = draws) -> list[Kink]:
            values = {s: np.full_like(x, c) for s, c in zip(program.states, centre, strict=True)}
            values |= {s: np.full_like(x, v) for s, v in draws.items()}
            values |= {s: np.zeros_like(x) for s in continuous}
            values[own] = x
            collected: list[Kink] = []
            depends: dict[sympy.Symbol, frozenset[sympy.Symbol]] = {}
            program.run(program.tail + program.head, values, collected, depends)
            return collected

        grid = np.linspace(domain.low[axis], domain.high[axis], _SCAN)
        for index, kink in enumerate(kinks(grid)):
            if kink.depends & all_states == {own} and not kink.depends & continuous:
                found += _roots(partial(_value, kinks, index), kink.value, grid)
    return tuple(sorted(found))


def _value(kinks: Callable[[Array], list[Kink]], index: int, x: Array) -> Array:
    return kinks(x)[index].value


def _roots(function: Callable[[Array], Array], values: Array, grid: Array) -> list[float]:
    """Sign changes, refined; zeros that fill an interval are not kinks inside it."""
    level = np.broadcast_to(values, grid.shape)
    roots = [float(grid[k]) for k in range(1, len(grid) - 1) if _isolated_zero(level, k)]
    for k in np.flatnonzero(level[:-1] * level[1:] < 0):
        roots.append(
            float(
                optimize.brentq(
                    lambda x: float(function(np.array([x]))[0]), grid[k], grid[k + 1], xtol=1e-15
                )
            )
        )
    return roots


def _isolated_zero(level: Array, k: int) -> bool:
    return bool(level[k] == 0 and level[k - 1] != 0 and level[k + 1] != 0)
