"""Reading measured pulses: a table with a column of up pulses and one of down pulses.

Accepted: an optional header row; comma, semicolon, tab or white space between the columns;
a decimal comma wherever it cannot be mistaken for a separator; a UTF-8 byte-order mark;
comments from ``#`` to the end of the line; quotes round a cell; columns of different length
(the shorter one simply ends). Everything else is refused with one line that names the file,
the line and what would be right.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analogtheory.errors import InputError

Array = NDArray[np.float64]

#: Fewest pulses in a column. The largest catalog family has six shape parameters, two noise
#: levels and two initial states; thirty readings a column leave 50 degrees of freedom.
MIN_PULSES = 30

_NAMES = ("up", "down")
#: What no text file contains: control characters other than tabs and line ends.
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\Z", re.ASCII)
_DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+([eE][+-]?\d+)?\Z", re.ASCII)
_NOT_FINITE = re.compile(r"[+-]?(nan|na|n/a|inf|infinity)\Z", re.IGNORECASE)


@dataclass(frozen=True)
class PulseTable:
    """Conductances read after consecutive up pulses and after the down pulses that follow.

    Parameters
    ----------
    up, down : array_like of float, shape (n_up,), (n_down,)
        Conductance after each pulse, in the units of the file (any units). Stored as
        read-only arrays.
    path : str
        What error messages and the fitted response call the data.

    Raises
    ------
    InputError
        If a column is not one-dimensional or not finite, has fewer than `MIN_PULSES`
        readings, is constant, or runs the wrong way (up falls, or down rises).
    """

    up: Array
    down: Array
    path: str = "measured pulses"

    def __post_init__(self) -> None:
        for name in _NAMES:
            object.__setattr__(self, name, _checked_column(getattr(self, name), name, self.path))
        _check_directions(self)
        _check_single_cycle(self)


def read_pulse_table(path: str | os.PathLike[str]) -> PulseTable:
    """Read a table of measured pulses.

    Parameters
    ----------
    path : str or path-like
        A UTF-8 text file; see the module's description for what it may look like.

    Returns
    -------
    PulseTable

    Raises
    ------
    InputError
        If the file cannot be read or its content cannot be used: one line with the file,
        the line number where there is one, what is wrong and what would be right.
    """
    name = os.fspath(path)
    rows = _rows(_text(name), name)
    if rows and _is_header(rows[0][1]):
        rows = rows[1:]
    if not rows:
        raise InputError(f"{name}: no numbers in it; {_EXPECTED}")
    up, down = (_column(rows, index, name) for index in range(2))
    return PulseTable(np.array(up), np.array(down), name)


_EXPECTED = (
    "expected two columns: the conductance after each up pulse, "
    "and after each of the down pulses that follow"
)


def _text(name: str) -> str:
    """The content of the file, if it is text."""
    path = Path(name)
    try:
        if path.is_dir():
            raise InputError(f"{name}: is a directory; give a CSV file of measured pulses")
        data = path.read_bytes()
    except FileNotFoundError:
        raise InputError(f"{name}: no such file; give a CSV file of measured pulses") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"{name}: cannot be read ({reason}); give a readable CSV file") from None
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InputError(f"{name}: is UTF-16 text; save it as UTF-8 (or plain ASCII) text")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")  # a header in an older encoding: "µS" of Windows-1252
    if _CONTROL.search(text):
        raise InputError(f"{name}: is not a text file (binary data); {_EXPECTED}, as UTF-8 text")
    if not text.strip():
        raise InputError(f"{name}: is empty; {_EXPECTED}")
    return text


def _rows(text: str, name: str) -> list[tuple[int, list[str]]]:
    """The non-empty lines as (line number, two cells), comments removed."""
    ends = text.replace("\r\n", "\n").replace("\r", "\n")
    stripped = [line.partition("#")[0].strip(" ") for line in ends.split("\n")]
    lines = [(number, line) for number, line in enumerate(stripped, 1) if line.strip()]
    separator = _separator([line for _, line in lines])
    return [(number, _cells(line, separator, number, name)) for number, line in lines]


def _separator(lines: Sequence[str]) -> str | None:
    """The separator used by the lines after a possible header; None is white space."""
    body = lines[1:] or lines
    for candidate in ";\t":
        if any(candidate in line for line in body):
            return candidate
    if all(_decimal_comma_pair(line) for line in body):
        return None
    return "," if any("," in line for line in body) else None


def _decimal_comma_pair(line: str) -> bool:
    """Whether the line reads as two numbers with decimal commas and white space between."""
    tokens = line.split()
    return len(tokens) == 2 and all(_DECIMAL_COMMA.match(token) for token in tokens)


def _cells(line: str, separator: str | None, number: int, name: str) -> list[str]:
    """The two cells of a line, decimal commas as points."""
    cells = [cell.strip().strip("\"'").strip() for cell in line.split(separator)]
    if separator != ",":
        cells = [c.replace(",", ".") if _DECIMAL_COMMA.match(c) else c for c in cells]
    while len(cells) > 2 and not cells[-1]:
        cells.pop()
    if len(cells) > 2:
        raise InputError(f"{name}, line {number}: {len(cells)} columns; {_EXPECTED}")
    return cells + [""] * (2 - len(cells))


def _is_header(cells: Sequence[str]) -> bool:
    """Whether the cells are words, not numbers."""
    words = [cell for cell in cells if cell]
    return not any(_NUMBER.match(word) or _NOT_FINITE.match(word) for word in words)


def _column(rows: Sequence[tuple[int, list[str]]], index: int, name: str) -> list[float]:
    """The numbers of one column; empty cells are allowed at its end only."""
    cells = [(number, row[index]) for number, row in rows]
    while cells and not cells[-1][1]:
        cells.pop()
    if not cells:
        raise InputError(f"{name}: the {_NAMES[index]} column is missing; {_EXPECTED}")
    return [_number(cell, number, _NAMES[index], name) for number, cell in cells]


def _number(cell: str, line: int, column: str, name: str) -> float:
    """The finite number in a cell."""
    where = f"{name}, line {line}, {column} column"
    if not cell:
        raise InputError(
            f"{where}: empty cell before the end of the column; put the reading there "
            "or delete the row"
        )
    if _NOT_FINITE.match(cell) or (_NUMBER.match(cell) and not math.isfinite(float(cell))):
        raise InputError(f"{where}: {cell!r} is not a finite number; delete the row or repair it")
    if not _NUMBER.match(cell):
        shown = cell if len(cell) <= 30 else cell[:27] + "..."
        raise InputError(f"{where}: {shown!r} is not a number; only the first row may be a header")
    return float(cell)


def _checked_column(values: ArrayLike, name: str, path: str) -> Array:
    """One column as a read-only array; see :class:`PulseTable` for what is refused."""
    try:
        column = np.array(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(f"{path}: the {name} column must be an array of real numbers") from None
    if column.ndim != 1:
        raise InputError(f"{path}: the {name} column must be one-dimensional, got {column.ndim}-D")
    if not np.all(np.isfinite(column)):
        bad = int(np.flatnonzero(~np.isfinite(column))[0])
        raise InputError(f"{path}: reading {bad + 1} of the {name} column is not finite")
    if column.size < MIN_PULSES:
        raise InputError(
            f"{path}: the {name} column has {column.size} readings; at least {MIN_PULSES} are "
            "needed, because the response, the noise and the initial states take about ten "
            "parameters"
        )
    if np.max(np.abs(column)) > 1e100 or np.ptp(column) < 1e-100 * (np.ptp(column) > 0):
        raise InputError(f"{path}: the {name} column is out of scale; use other units")
    if np.ptp(column) == 0.0:
        raise InputError(
            f"{path}: the {name} column is constant ({column[0]:g}); give the readings of a "
            "device that responds to its pulses"
        )
    column.flags.writeable = False
    return column


def _check_directions(table: PulseTable) -> None:
    """Refuse columns whose net movement is plainly against their pulses.

    "Plainly": the mean of the last quarter lies beyond that of the first quarter, on the
    wrong side, by more than half of the column's central spread (its 5 % to 95 % quantiles),
    which readings scattered about a level that does not move cannot do.
    """
    falls = _net_movement(table.up) < -0.5
    rises = _net_movement(table.down) > 0.5
    if falls and rises:
        raise InputError(
            f"{table.path}: the columns look swapped: the up column falls and the down column "
            "rises; the first column must hold conductances after up pulses (swap the columns; "
            "invert resistances; flip the sign of sign-flipped data)"
        )
    if falls or rises:
        column, does = ("up", "falls") if falls else ("down", "rises")
        raise InputError(
            f"{table.path}: the {column} column {does} over its pulses; up pulses must raise "
            "the conductance and down pulses lower it (a resistance column must be inverted)"
        )


def _check_single_cycle(table: PulseTable) -> None:
    """Refuse a column that jumps back against its pulses: several cycles stacked.

    Medians of blocks of n/40 readings (at least 5) must not step back by more than half of
    the column's central spread and 12·(noise of one reading)/√(block size), at once. The
    difference of two block medians has a standard deviation of at most 1.8 of the latter
    unit, so pure noise is refused with a probability below 1e-9 a block.
    """
    for column, values, sign in (("up", table.up, 1.0), ("down", table.down, -1.0)):
        size = max(5, values.size // 40)
        blocks = values[: values.size // size * size].reshape(-1, size)
        steps = sign * np.diff(np.median(blocks, axis=1))
        noise = 1.4826 * float(np.median(np.abs(np.diff(values)))) / math.sqrt(2)
        spread = float(np.subtract(*np.quantile(values, [0.95, 0.05])))
        if steps.min() < -max(0.5 * spread, 12 * noise / math.sqrt(size)):
            place = (int(np.argmin(steps)) + 1) * size
            raise InputError(
                f"{table.path}: the {column} column jumps back by {abs(steps.min()):.4g} near "
                f"reading {place}: several cycles in one column? give one cycle per file"
            )


def _net_movement(column: Array) -> float:
    quarter = column.size // 4
    spread = float(np.subtract(*np.quantile(column, [0.95, 0.05])))
    movement = float(column[-quarter:].mean() - column[:quarter].mean())
    return movement / spread if spread > 0.0 else 0.0
