"""Blocks: the control flow around statements, for tiles of lanes or for single trajectories.

A lane is one trajectory. What outlives a block is kept in rows, one double per lane. A
printer may execute every block for all lanes of a tile before the next one (the numba
kernel, so that each block is one vectorised loop), or all blocks for one lane (C, CUDA):
statements mask themselves, the result is the same.

Names in scope: c0, c1, … (:class:`~analogtheory.kernels.statements.Constants`), key0 and
key1 (the words of the seed); of an index i: i_word, i_pair = ⌊i/2⌋ (words) and i_real.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from analogtheory.kernels.statements import Function, Statement


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
    """``for index = 0, 1, …, times − 1``.

    Attributes
    ----------
    times : int or str
        A number, or the row that holds it (one number per lane: the body masks itself).
    flag : str, optional
        Stop when the body has left this flag unset.
    """

    index: str
    times: int | str
    blocks: tuple[Block, ...]
    flag: str | None = None


@dataclass(frozen=True)
class Alternate:
    """One list of blocks where an index is even, another where it is odd."""

    index: str
    even: tuple[Block, ...]
    odd: tuple[Block, ...]


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
        Rows that live as long as the simulation: the states, the sums of observables, and
        counters. Sums and counters start at 0.
    columns : list of str
        Rows that hold a quantity given per trajectory.
    constants : int
        How many there are.
    observing : list of Block
        Executed before each iteration that counts.
    blocks : list of Block
    functions : list of Function
        Called by the statements, callees first.
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
    is_exact: bool = True

    def rows(self) -> dict[str, int]:
        """The number of each row."""
        named = [*self.states, *self.columns, *self.sums, *self.totals]
        for lanes in all_lanes([*self.observing, *self.blocks]):
            named += [str(s.args[0]) for s in lanes.statements if s.op in ("load", "store")]
        return {row: number for number, row in enumerate(dict.fromkeys(named))}


def all_lanes(blocks: list[Block] | tuple[Block, ...]) -> Iterator[Lanes]:
    """Every :class:`Lanes` in the blocks, at any depth."""
    for block in blocks:
        if isinstance(block, Lanes):
            yield block
        elif isinstance(block, Repeat):
            yield from all_lanes(block.blocks)
        elif isinstance(block, Alternate):
            yield from all_lanes((*block.even, *block.odd))
