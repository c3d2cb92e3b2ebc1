"""Verdicts of single comparisons, and the table they make."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

#: Error probability of one statistical verdict, both sides together.
ERROR = 1e-5

AGREE = "agree"

#: Of a row that is there to show what the comparison notices.
APART = "told apart"


@dataclass(frozen=True)
class Row:
    """One comparison.

    Attributes
    ----------
    part, case, quantity : str
    ours, theirs : float
    expected : float or None
        The exact value, where there is one.
    allowed : float
        By how much the two may miss what they are compared with.
    verdict : str
        "agree", or which of the two differs; "told apart" where they must differ.
    """

    part: str
    case: str
    quantity: str
    ours: float
    theirs: float
    expected: float | None
    allowed: float
    verdict: str

    @property
    def is_met(self) -> bool:
        """Whether it came out as it must."""
        return self.verdict.startswith((AGREE, APART))


def against_exact(
    part: str, case: str, quantity: str, measured: tuple[float, float], expected: float,
    allowed: tuple[float, float],
) -> Row:  # fmt: skip
    """Ours and theirs against an exact value, each with the deviation allowed to it."""
    names = ("ours", "theirs")
    off = [
        name
        for name, value, most in zip(names, measured, allowed, strict=True)
        if not abs(value - expected) <= most
    ]
    verdict = f"{' and '.join(off)} off" if off else AGREE
    return Row(part, case, quantity, *measured, expected, max(allowed), verdict)


def against_each_other(
    part: str, case: str, quantity: str, ours: ArrayLike, theirs: ArrayLike, error: float = ERROR
) -> Row:
    """Paired samples: a t test of their differences."""
    a, b = np.asarray(ours, dtype=float), np.asarray(theirs, dtype=float)
    allowed = half_width(a - b, error)
    verdict = AGREE if abs(float(np.mean(a - b))) <= allowed else "differ"
    return Row(part, case, quantity, float(a.mean()), float(b.mean()), None, allowed, verdict)


def kept_apart(
    part: str, case: str, quantity: str, ours: ArrayLike, theirs: ArrayLike, error: float = ERROR
) -> Row:
    """As :func:`against_each_other`, for settings that differ on purpose."""
    row = against_each_other(part, case, quantity, ours, theirs, error)
    return replace(row, verdict="not told apart" if row.verdict == AGREE else APART)


def half_width(sample: Any, error: float = ERROR) -> float:
    """Half the t interval of a mean."""
    count = np.size(sample)
    quantile = float(stats.t.isf(error / 2, count - 1))
    return quantile * float(np.std(sample, ddof=1)) / math.sqrt(count)


def normal_quantile(error: float = ERROR) -> float:
    """z with P(|N(0, 1)| > z) = error."""
    return float(stats.norm.isf(error / 2))


def table(rows: Iterable[Row]) -> str:
    """The rows as text."""
    head = ("part", "case", "quantity", "ours", "aihwkit", "exact", "±", "verdict")
    lines = [head, *(_cells(row) for row in rows)]
    widths = [max(len(line[k]) for line in lines) for k in range(len(head))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def _cells(row: Row) -> tuple[str, ...]:
    numbers = (row.ours, row.theirs, row.expected, row.allowed)
    texts = ("" if number is None else f"{number:.4g}" for number in numbers)
    return (row.part, row.case, row.quantity, *texts, row.verdict)


def as_data(rows: Iterable[Row]) -> list[dict[str, Any]]:
    """The rows for JSON."""
    return [asdict(row) for row in rows]
