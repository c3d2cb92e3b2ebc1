"""The working memory of a tile in numba code: rows of words, and statements that use them.

All rows of a tile lie in one array, so that the compiler sees that they do not overlap and
turns each loop over lanes into vector instructions. The array holds words, and a number is
kept as its bits: whatever a row holds can be moved by :mod:`analogtheory.kernels.packing`.
Sums stay in the array that the kernel is given, counters are words of the tile for
:data:`COUNTED` steps.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from analogtheory.kernels.blocks import TileProgram, all_lanes
from analogtheory.kernels.numba_statements import operand, statement_line
from analogtheory.kernels.packing import lanes as lanes_of_vector
from analogtheory.kernels.statements import Statement

#: After so many steps counters are added to the totals: a word of 32 bits then holds a million
#: pulses in each of 16 updates a step.
COUNTED = 256

#: The row of the numbers of the lanes, for code that moves lanes about.
NUMBER = "number of the lane"


def flag_row(flag: str) -> str:
    """The row of what the lanes say about a flag."""
    return f"flag {flag}"


@dataclass(frozen=True)
class Side:
    """Where loops over lanes find their rows.

    Attributes
    ----------
    first : int
        The first word of row 0.
    loop : str
        The head of a loop over lanes.
    moved : bool
        Whether these are copies of lanes, at other places than in the tile.
    """

    first: int
    loop: str
    moved: bool = False

    def over(self, loop: str) -> Side:
        """The same rows in another loop."""
        return replace(self, loop=loop)


class Rows:
    """The rows of a program in the array ``work``, twice: as they are, and for moved lanes.

    Parameters
    ----------
    program : TileProgram
    tile : int
        The most lanes of a tile.
    """

    def __init__(self, program: TileProgram, tile: int):
        self.precision = program.precision
        self.vector = lanes_of_vector(program.precision)
        self.word = {64: "U", 32: "I"}[program.precision]
        self.real = {64: "np.float64", 32: "F"}[program.precision]
        self._suffix = {64: "", 32: "_single"}[program.precision]
        blocks = [*program.observing, *program.blocks]
        flags = [flag_row(flag) for lanes in all_lanes(blocks) for flag in lanes.flags]
        named = dict.fromkeys([*program.rows(), *program.totals, *flags, NUMBER])
        self._numbers = {row: number for number, row in enumerate(named)}
        # room for a vector behind each row, and no multiple of 4096 bytes from row to row
        self._length = tile + 2 * self.vector
        self._sums = {row: f"sums[{k}, U(base) + U(l)]" for k, row in enumerate(program.sums)}
        self._totals = list(program.totals)
        side = len(self._numbers) * self._length
        self.size = 2 * side
        self.home = Side(0, "for l in range(width):")
        self.elsewhere = Side(side, "for l in range(whole):", moved=True)

    def index(self, side: Side, row: str, lane: str = "l") -> str:
        """Where a row keeps a lane."""
        return f"U({lane}) + U({side.first + self._numbers[row] * self._length})"

    def at(self, side: Side, row: str, lane: str = "l") -> str:
        """The word of a lane in a row."""
        return f"work[{self.index(side, row, lane)}]"

    def number(self, side: Side, row: str) -> str:
        """The number of a lane in a row."""
        return f"unbits{self._suffix}({self.at(side, row)})"

    def bits(self, value: str) -> str:
        """The word that keeps a number."""
        return f"bits{self._suffix}({value})"

    def copied_in(self, row: str, value: str) -> str:
        """A number put into a row of the tile."""
        return f"{self.at(self.home, row)} = {self.bits(value)}"

    def index_names(self, name: str) -> list[str]:
        """The numbers made of an index, see :mod:`analogtheory.kernels.blocks`."""
        return [
            f"{name}_word = U({name})",
            f"{name}_pair = U({name} >> 1)",
            f"{name}_quad = U({name} >> 2)",
            f"{name}_real = {self.real}({name})",
        ]

    def totalled(self) -> list[str]:
        """Lines for a loop over lanes that empty the counters of the tile into `totals`."""
        lines = []
        for number, row in enumerate(self._totals):
            counter = self.at(self.home, row)
            lines += [f"totals[{number}, U(base) + U(l)] += np.float64({counter})"]
            lines += [f"{counter} = {self.word}(0)"]
        return lines

    def line(self, statement: Statement, side: Side) -> str:
        """A statement of lanes."""
        op, args = statement.op, statement.args
        if op == "lane":
            number = (
                f"U({self.at(side, NUMBER)})" if side.moved else "U(min(base + l, last) + first)"
            )
            return f"{statement.targets[0]} = {number}"
        if op == "flag":
            # a word as wide as the numbers of the loop costs no change of width
            return f"{self.at(side, flag_row(str(args[0])))} |= {self.word}({args[1]})"
        if op == "accumulate" and side.moved:
            raise ValueError("accumulate: a repetition of lanes cannot add to sums")
        if op not in ("load", "uload", "store", "ustore", "accumulate"):
            return statement_line(statement, self.precision)
        row = str(args[0])
        if op == "load":
            return f"{statement.targets[0]} = {self.number(side, row)}"
        if op == "uload":
            return f"{statement.targets[0]} = {self.at(side, row)}"
        value = operand(args[1], self.precision)
        if row in self._sums:
            return f"{self._sums[row]} += np.float64({value})"
        if op == "accumulate":
            counter = self.at(side, row)
            return f"{counter} = {self.word}({counter} + {self.word}({value}))"
        return f"{self.at(side, row)} = {value if op == 'ustore' else self.bits(value)}"
