"""Squares that a certificate lacks, found by pricing: sums of squares by linear programming.

A column c·g·(v·b)², b the monomials, helps the linear programme exactly if its dual values
give vᵀMv > 0 for the matrix M of g·b·bᵀ; so v is an eigenvector of M, rounded to short
rationals (Ahmadi and Hall's column generation).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import flint
import numpy as np
from numpy.typing import NDArray

from analogtheory.prove.columns import Column, cone, monomials
from analogtheory.prove.ring import Polynomial, Statement

_ROUNDS, _MOST_MONOMIALS, _MOST_PRODUCTS = 30, 25, 8000
#: Denominators at which the entries of an eigenvector are tried, shortest first.
_DENOMINATORS = (1, 2, 3, 4, 6, 12, 60, 1000)


def with_squares(statement: Statement, columns: Sequence[Column], size: int) -> list[Column]:
    """The columns, and squares of polynomials that bring the programme nearer to the target.

    Parameters
    ----------
    size : int
        Largest degree of a column.
    """
    one = statement.target.context().constant(1)
    basis = monomials(statement, size // 2)
    if len(basis) > _MOST_MONOMIALS:
        return list(columns)
    factors: list[tuple[dict[int, int], Polynomial]] = [({}, one)]
    for k, fact in enumerate(statement.facts[: _MOST_PRODUCTS // len(basis) ** 2]):
        if fact.relation != "==" and fact.divisor is None:
            factors.append(({k: 1}, fact.polynomial))
    gram = [_Gram(powers, weight, basis, size) for powers, weight in factors]
    found = list(columns)
    for _ in range(_ROUNDS):
        prices = _prices(statement.target, found, gram)
        if prices is None:
            break
        new = [c for matrix in gram for c in matrix.columns(statement, prices)]
        if not new:
            break
        found += new
    return found


class _Gram:
    """g·b·bᵀ for one product g of facts, as polynomials."""

    def __init__(
        self, powers: Mapping[int, int], weight: Polynomial, basis: Sequence[Polynomial], size: int
    ):
        room = size - weight.total_degree()
        self.powers, self.weight = powers, weight
        self.basis = [b for b in basis if 2 * b.total_degree() <= room]
        self.entries = [[(weight * a * b).to_dict() for b in self.basis] for a in self.basis]

    def columns(self, statement: Statement, prices: Mapping[Any, float]) -> list[Column]:
        """Squares along the eigenvectors that the prices ask for."""
        if not self.basis:
            return []
        matrix = np.array([[_priced(entry, prices) for entry in row] for row in self.entries])
        values, vectors = np.linalg.eigh(matrix)
        wanted = np.nonzero(values > 1e-7 * max(1.0, float(np.abs(values).max())))[0][-2:]
        return [self._column(statement, _short(vectors[:, k], matrix)) for k in wanted]

    def _column(self, statement: Statement, entries: Sequence[Fraction]) -> Column:
        square = statement.target.context().constant(0)
        for entry, monomial in zip(entries, self.basis, strict=True):
            square = square + flint.fmpq(entry.numerator, entry.denominator) * monomial
        return cone(statement, square**2 * self.weight, square, self.powers)


def _priced(entry: Mapping[Any, Any], prices: Mapping[Any, float]) -> float:
    return sum(_float(value) * prices.get(monomial, 0.0) for monomial, value in entry.items())


def _float(value: Any) -> float:
    return float(value.p) / float(value.q)


def _short(vector: NDArray[np.float64], matrix: NDArray[np.float64]) -> list[Fraction]:
    """The shortest rational vector that keeps half of what the eigenvector gains."""
    scaled = vector / vector[np.argmax(np.abs(vector))]
    gain = scaled @ matrix @ scaled
    for bound in _DENOMINATORS:
        short = [Fraction(round(float(v) * bound), bound) for v in scaled]
        rounded = np.array([float(v) for v in short])
        if rounded @ matrix @ rounded > gain / 2:
            return short
    return [Fraction(float(v)).limit_denominator(10**6) for v in scaled]


def _prices(
    target: Polynomial, columns: Sequence[Column], gram: Sequence[_Gram]
) -> dict[Any, float] | None:
    """Dual values by monomial of min Σ|target − Σ c·column|; None where that is 0."""
    from scipy.optimize import linprog  # not at import: it is large
    from scipy.sparse import csc_array, hstack, identity

    goal = target.to_dict()
    rows: dict[Any, int] = {}
    tables = [column.polynomial.to_dict() for column in columns]
    every = [goal, *tables, *(entry for g in gram for row in g.entries for entry in row)]
    for table in every:
        for monomial in table:
            rows.setdefault(monomial, len(rows))
    data: list[float] = []
    places: list[int] = []
    starts = [0]
    for table in tables:
        scale = max((abs(_float(v)) for v in table.values()), default=1.0)
        data += [_float(v) / scale for v in table.values()]
        places += [rows[m] for m in table]
        starts.append(len(data))
    matrix = csc_array((data, places, starts), shape=(len(rows), len(columns)))
    unit = identity(len(rows), format="csc")
    right = np.zeros(len(rows))
    for monomial, value in goal.items():
        right[rows[monomial]] = _float(value)
    costs = np.concatenate([np.full(len(columns), 1e-9), np.ones(2 * len(rows))])
    bounds = [(None if c.free else 0.0, None) for c in columns] + [(0.0, None)] * (2 * len(rows))
    solver: Any = linprog
    equations = hstack([matrix, unit, -unit])
    answer = solver(costs, A_eq=equations, b_eq=right, bounds=bounds, method="highs")
    if answer.status != 0 or answer.fun < 1e-7 * max(1.0, float(np.abs(right).max())):
        return None
    return {monomial: float(answer.eqlin.marginals[row]) for monomial, row in rows.items()}
