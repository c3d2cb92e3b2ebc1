"""Blocks: the control flow around statements, for tiles of lanes or for single trajectories.

A lane is one trajectory. What outlives a block is kept in rows, one number or word per lane,
of the precision of the program; sums and counters, which are only added to, are doubles. A
printer may execute every block for all lanes of a tile before the next one (the numba
kernel, so that each block is one vectorised loop), or all blocks for one lane (C, CUDA):
statements mask themselves, the result is the same.

Names in scope: c0, c1, … (:class:`~analogtheory.kernels.statements.Constants`), key0 and
key1 (the words of the seed); of an index i: i_word, i_pair = ⌊i/2⌋, i_quad = ⌊i/4⌋ (words)
and i_real.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from analogtheory.kernels.statements import Function, Statement

#: Operations that read rows, and those that write them.
LOADS, STORES = ("load", "uload"), ("store", "ustore")


@dataclass(frozen=True)
class Lanes:
    """Statements to execute for every lane; their flags start unset."""

    statements: tuple[Statement, ...]

    @property
    def flags(self) -> list[str]:
        """The flags that may be set."""
        return list(dict.fromkeys(str(s.args[0]) for s in self.statements if s.op == "flag"))


@dataclass(frozen=True)
class Repeat:
    """``for index = 0, 1, …`` while index·stride < times.

    Attributes
    ----------
    times : int or str
        A number; or the row that holds it, one number ≥ 0 per lane that the body does not
        change. A lane that has been through its repetitions may be led through further ones:
        the body masks itself, and so loads every row that it stores and that outlives it.
    flag : str, optional
        Stop when the body has left this flag unset, for a lane or for all lanes that are
        led through it together: further repetitions change nothing of use in a lane that
        has not set it. The row of the same name holds 1 in lanes that need to go on at all,
        else 0; also where it is 0 a lane may be led through the body.
    stride : int
    results : tuple of str, optional
        The rows that are of use afterwards; all if not given.
    are_few : bool
        Whether few lanes repeat anything.
    """

    index: str
    times: int | str
    blocks: tuple[Block, ...]
    flag: str | None = None
    stride: int = 1
    results: tuple[str, ...] | None = None
    are_few: bool = False


@dataclass(frozen=True)
class Alternate:
    """Of several lists of blocks the one with the number index mod their number, 2 or 4."""

    index: str
    ways: tuple[tuple[Block, ...], ...]


@dataclass(frozen=True)
class Failure:
    """Why a simulation must stop.

    Attributes
    ----------
    flag : str
        Set if it must.
    code : int
        Which failure; the smallest code of the first step is reported.
    row : str, optional
        The row whose largest value goes with the report.
    """

    flag: str
    code: int
    row: str | None = None


@dataclass(frozen=True)
class Check:
    """Stop if one of some failures has happened; earlier ones have precedence."""

    failures: tuple[Failure, ...]


Block: TypeAlias = Lanes | Repeat | Alternate | Check


@dataclass
class TileProgram:
    """One iteration of a simulation.

    Attributes
    ----------
    states, sums, totals : lists of str
        What lives as long as the simulation: the rows of the states, the sums of
        observables, and counters. Sums and counters start at 0 and are no rows.
    columns : list of str
        Rows that hold a quantity given per trajectory.
    constants : int
        How many there are.
    observing : list of Block
        Executed before each iteration that counts.
    blocks : list of Block
    functions : list of Function
        Called by the statements, callees first.
    precision : int
        64, or 32 for single precision.
    is_exact : bool
        Whether the results have the same bits on every machine.
    """

    states: list[str]
    columns: list[str] = field(default_factory=list)
    sums: list[str] = field(default_factory=list)
    totals: list[str] = field(default_factory=list)
    constants: int = 0
    observing: list[Block] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    functions: list[Function] = field(default_factory=list)
    precision: int = 64
    is_exact: bool = True

    def rows(self) -> dict[str, int]:
        """The number of each row."""
        named = [*self.states, *self.columns]
        for lanes in all_lanes([*self.observing, *self.blocks]):
            named += [str(s.args[0]) for s in lanes.statements if s.op in (*LOADS, *STORES)]
        return {row: number for number, row in enumerate(dict.fromkeys(named))}

    def word_rows(self) -> set[str]:
        """The rows that hold words."""
        statements = (
            s for lanes in all_lanes([*self.observing, *self.blocks]) for s in lanes.statements
        )
        return {str(s.args[0]) for s in statements if s.op in ("uload", "ustore")}


def all_lanes(blocks: list[Block] | tuple[Block, ...]) -> Iterator[Lanes]:
    """Every :class:`Lanes` in the blocks, at any depth."""
    for block in blocks:
        if isinstance(block, Lanes):
            yield block
        elif isinstance(block, Repeat):
            yield from all_lanes(block.blocks)
        elif isinstance(block, Alternate):
            yield from (lanes for way in block.ways for lanes in all_lanes(way))
