"""target = Σ coefficient·column: a linear programme in floats, then solved exactly."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import flint
import numpy as np
from numpy.typing import NDArray

from analogtheory.prove.columns import Column
from analogtheory.prove.ring import Polynomial

#: Float coefficients below this share of the largest do not belong to the support.
_THRESHOLDS = (1e-7, 1e-9, 1e-5)
#: Totals of the positive terms that are tried for a strict conclusion.
_SHARES = (Fraction(1), Fraction(1, 10), Fraction(1, 100), Fraction(1, 1000))
_SECONDS = 20.0


def combine(
    target: Polynomial, columns: Sequence[Column], *, strict: bool
) -> dict[int, Fraction] | None:
    """Rational coefficients by column, ≥ 0 for those that are not free; None if none is found.

    Parameters
    ----------
    strict : bool
        Ask for a positive coefficient of a column that is > 0.
    """
    table = _Table(target, columns)
    if table.is_hopeless:
        return None
    if not columns:  # the target is 0, the empty sum, which is not > 0
        return None if strict else {}
    found = table.solve(None)
    if found is None or not strict or table.is_strict(found):
        return found
    for share in _SHARES:
        found = table.solve(share)
        if found is not None and table.is_strict(found):
            return found
    return None


class _Table:
    """Monomials by columns."""

    def __init__(self, target: Polynomial, columns: Sequence[Column]):
        self._columns = columns
        self._entries = [column.polynomial.to_dict() for column in columns]
        self._target = target.to_dict()
        self._rows: dict[Any, int] = {}
        for entries in (*self._entries, self._target):
            for monomial in entries:
                self._rows.setdefault(monomial, len(self._rows))
        reach = set().union(*self._entries) if self._entries else set()
        self.is_hopeless = not set(self._target) <= reach

    def is_strict(self, found: dict[int, Fraction]) -> bool:
        """Whether a term that is > 0 is used."""
        return any(self._columns[k].strict and value > 0 for k, value in found.items())

    def solve(self, share: Fraction | None) -> dict[int, Fraction] | None:
        """The coefficients; `share` is the least total of the strict ones."""
        values = self._floats(share)
        if values is None:
            return None
        size = np.abs(values).max(initial=0.0)
        for threshold in _THRESHOLDS:
            support = np.nonzero(np.abs(values) > threshold * size)[0]
            support = support[np.argsort(-np.abs(values[support]), kind="stable")]
            found = self._exact([int(k) for k in support], share)
            if found is not None:
                return found
        return None

    def _floats(self, share: Fraction | None) -> NDArray[np.float64] | None:
        """A vertex of the linear programme, by the dual simplex method."""
        from scipy.optimize import linprog  # not at import: it is large
        from scipy.sparse import csc_array

        data: list[float] = []
        rows: list[int] = []
        starts, scales = [0], []
        for entries in self._entries:
            values = [float(v.p) / float(v.q) for v in entries.values()]
            scales.append(max((abs(v) for v in values), default=1.0) or 1.0)
            data.extend(v / scales[-1] for v in values)
            rows.extend(self._rows[m] for m in entries)
            starts.append(len(data))
        matrix = csc_array((data, rows, starts), shape=(len(self._rows), len(self._columns)))
        right = np.zeros(len(self._rows))
        for monomial, value in self._target.items():
            right[self._rows[monomial]] = float(value.p) / float(value.q)
        scale = np.array(scales)
        upper: dict[str, Any] = {}
        if share is not None:
            total = np.array([-1.0 * column.strict for column in self._columns]) / scale
            upper = {"A_ub": csc_array(total[None, :]), "b_ub": [-float(share)]}
        solver: Any = linprog
        answer = solver(
            [0.0 if column.free else column.weight for column in self._columns],
            A_eq=matrix,
            b_eq=right,
            bounds=[(None if column.free else 0.0, None) for column in self._columns],
            method="highs-ds",
            options={"time_limit": _SECONDS},
            **upper,
        )
        return answer.x / scale if answer.status == 0 else None

    def _exact(self, support: list[int], share: Fraction | None) -> dict[int, Fraction] | None:
        """The coefficients on the support in rationals, by elimination."""
        used = sorted({self._rows[m] for k in support for m in self._entries[k]})
        if not {self._rows[m] for m in self._target} <= set(used):
            return None
        place = {row: i for i, row in enumerate(used)}
        extra = share is not None
        width = len(support) + 1
        table = [[flint.fmpq(0)] * width for _ in range(len(used) + extra)]
        for j, k in enumerate(support):
            for monomial, value in self._entries[k].items():
                table[place[self._rows[monomial]]][j] = value
            if extra and self._columns[k].strict:
                table[-1][j] = flint.fmpq(1)
        for monomial, value in self._target.items():
            table[place[self._rows[monomial]]][-1] = value
        if share is not None:
            table[-1][-1] = flint.fmpq(share.numerator, share.denominator)
        return self._read(table, support)

    def _read(self, table: list[list[Any]], support: list[int]) -> dict[int, Fraction] | None:
        if not table:
            return {}
        reduced, rank = flint.fmpq_mat(table).rref()
        found: dict[int, Fraction] = {}
        for row in range(rank):
            pivot = next(j for j in range(len(support) + 1) if reduced[row, j] != 0)
            if pivot == len(support):
                return None
            value = reduced[row, len(support)]
            if value < 0 and not self._columns[support[pivot]].free:
                return None
            if value != 0:
                found[support[pivot]] = Fraction(int(value.p), int(value.q))
        return found
