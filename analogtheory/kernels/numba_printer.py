"""Blocks as the source of one numba function that runs tiles of lanes.

Each block is a loop over the lanes of a tile, which the compiler turns into vector
instructions; see :mod:`analogtheory.kernels.numba_rows` for the memory of a tile. Nothing is
contracted or reordered: `fastmath` stays off.
"""

from __future__ import annotations

from analogtheory.kernels.blocks import (
    Alternate,
    Block,
    Check,
    Lanes,
    Repeat,
    TileProgram,
)
from analogtheory.kernels.numba_repeats import (
    BUCKETS,
    LANES,
    packed_repeat,
    packed_while,
    sorted_repeat,
)
from analogtheory.kernels.numba_rows import COUNTED, NUMBER, Rows, Side, flag_row
from analogtheory.kernels.numba_statements import HEADER, definition, indented
from analogtheory.kernels.packing import can_pack

#: The most lanes of a tile: where lanes are packed large ones leave fewer vectors half full.
LARGEST = {True: 512, False: 64}

#: Lanes that stop together where they need not go on, in vectors.
TOGETHER = 2

_IMPORT = "from analogtheory.kernels.packing import above, pack, unpack"


def arguments(precision: int) -> dict[str, str]:
    """The arguments of the kernel and their numba types.

    `lanes` is the number of lanes of a tile, at most :func:`largest_tile`.
    """
    real = f"float{precision}"
    return {
        "first_tile": "int64", "end_tile": "int64", "lanes": "int64", "count": "int64",
        "steps": "int64", "burn_in": "int64", "every": "int64", "first": "int64",
        "key0": "uint64", "key1": "uint64",
        "constants": f"{real}[::1]", "columns": f"{real}[:, ::1]", "states": f"{real}[:, ::1]",
        "sums": "float64[:, ::1]", "totals": "float64[:, ::1]",
        "records": f"{real}[:, :, ::1]", "failures": "float64[:, ::1]",
    }  # fmt: skip


def largest_tile(program: TileProgram) -> int:
    """The most lanes that a tile of the kernel may have."""
    return LARGEST[can_pack() and _has_lanes_of_their_own(program)]


def _has_lanes_of_their_own(program: TileProgram) -> bool:
    return any(isinstance(b, Repeat) and isinstance(b.times, str) for b in program.blocks)


def kernel_source(program: TileProgram) -> str:
    """The source of ``kernel``, see :func:`arguments` for what it is given."""
    functions = [definition(function) for function in program.functions]
    parts = [HEADER, *([_IMPORT] if can_pack() else []), *functions, _Printer(program).kernel()]
    return "\n\n".join(parts) + "\n"


class _Printer:
    def __init__(self, program: TileProgram):
        self._program = program
        self._tile = largest_tile(program)
        self._rows = Rows(program, self._tile)
        self._side = self._rows.home

    def kernel(self) -> str:
        program, rows = self._program, self._rows
        lines = [f"def kernel({', '.join(arguments(program.precision))}):"]
        lines += [f"    c{k} = constants[{k}]" for k in range(program.constants)]
        lines += ["    last = count - 1", f"    work = np.empty({rows.size}, {rows.word})"]
        lines += [
            f"    order = np.empty({self._tile}, np.int64)",
            f"    tally = np.empty({BUCKETS}, np.int64)",
        ]
        # the bounds tell the compiler that loops over lanes need no remainder
        lines += [f"    width = lanes // {LANES} * {LANES}"]
        lines += ["    for tile in range(first_tile, end_tile):"]
        body = ["base = tile * width", "failed = 0", "at = 0", "largest = 0.0"]
        body += self._copy_in()
        body += ["for step in range(steps):", *indented(self._step())]
        body += ["if failed > 0:"]
        body += ["    failures[tile, 0] = failed", "    failures[tile, 1] = at"]
        body += ["    failures[tile, 2] = largest"]
        body += ["elif every > 0 and steps % every == 0:", *indented(self._record("steps"))]
        body += self._copy_out()
        return "\n".join(lines + indented(indented(body)))

    def _step(self) -> list[str]:
        lines = ["at = step", *self._rows.index_names("step")]
        lines += ["if every > 0 and step % every == 0:", *indented(self._record("step"))]
        if self._program.observing:
            observing = self._blocks(self._program.observing)
            lines += ["if step >= burn_in:", *indented(observing)]
        lines += self._blocks(self._program.blocks)
        if self._program.totals:
            due = f"if step % {COUNTED} == {COUNTED - 1} or step == steps - 1:"
            lines += [due, *indented(self._loop(self._rows.totalled()))]
        return lines

    def _loop(self, lines: list[str]) -> list[str]:
        return [self._side.loop, *indented(lines)]

    def _copy_in(self) -> list[str]:
        program, rows = self._program, self._rows
        lines = [rows.copied_in(r, f"states[{k}, base + l]") for k, r in enumerate(program.states)]
        lines += [
            rows.copied_in(r, f"columns[{k}, base + l]") for k, r in enumerate(program.columns)
        ]
        lines += [f"{rows.at(rows.home, NUMBER)} = {rows.word}(min(base + l, last) + first)"]
        lines += [f"{rows.at(rows.home, row)} = {rows.word}(0)" for row in program.totals]
        return self._loop(lines)

    def _copy_out(self) -> list[str]:
        return self._loop(
            [f"states[{k}, base + l] = {self._rows.number(self._side, row)}"
             for k, row in enumerate(self._program.states)]
        )  # fmt: skip

    def _record(self, step: str) -> list[str]:
        return self._loop(
            [f"records[{step} // every, {k}, base + l] = {self._rows.number(self._side, row)}"
             for k, row in enumerate(self._program.states)]
        )  # fmt: skip

    # ------------------------------------------------------------------ blocks

    def _blocks(self, blocks: list[Block] | tuple[Block, ...]) -> list[str]:
        return [line for block in blocks for line in self._block(block)]

    def _on(self, blocks: tuple[Block, ...], side: Side) -> list[str]:
        """Blocks for lanes of another side."""
        before, self._side = self._side, side
        lines = self._blocks(blocks)
        self._side = before
        return lines

    def _block(self, block: Block) -> list[str]:
        if isinstance(block, Lanes):
            return self._lanes(block)
        if isinstance(block, Alternate):
            lines, which = [], f"{block.index} & {len(block.ways) - 1}"
            for number, way in enumerate(block.ways):
                lines += [f"{'elif' if number else 'if'} {which} == {number}:"]
                lines += indented(self._blocks(way))
            return lines
        if isinstance(block, Check):
            return self._check(block)
        return self._repeat(block)

    def _lanes(self, lanes: Lanes) -> list[str]:
        """A loop, and one more for each flag: to join flags in a long one costs registers."""
        rows, side, zero = self._rows, self._side, f"{self._rows.word}(0)"
        body = [f"{rows.at(side, flag_row(flag))} = {zero}" for flag in lanes.flags]
        lines = self._loop(body + [rows.line(s, side) for s in lanes.statements])
        for flag in lanes.flags:
            lines += [f"{flag} = {zero}"]
            lines += self._loop([f"{flag} |= {rows.at(side, flag_row(flag))}"])
        return lines

    def _check(self, check: Check) -> list[str]:
        lines = []
        for failure in check.failures:
            found = [f"failed = {failure.code}"]
            if failure.row is not None:
                value = self._rows.number(self._side, failure.row)
                found += self._loop([f"largest = max(largest, np.float64({value}))"])
            lines += [f"if {failure.flag} != 0 and failed == 0:", *indented(found)]
        return [*lines, "if failed > 0:", "    break"]

    def _repeat(self, repeat: Repeat) -> list[str]:
        if isinstance(repeat.times, str):
            write = packed_repeat if can_pack() else sorted_repeat
            return write(self._rows, repeat, self._on)
        if repeat.flag is not None and can_pack():
            return packed_while(self._rows, repeat, self._on)
        size = TOGETHER * self._rows.vector
        side = self._side.over(f"for l in range(group, group + {size}):")
        body = self._rows.index_names(repeat.index) + self._on(repeat.blocks, side)
        if repeat.flag is not None:
            body += [f"if {repeat.flag} == 0:", "    break"]
        lines = [f"for {repeat.index} in range({repeat.times}):", *indented(body)]
        lines = [f"for group in range(0, width, {size}):", *indented(lines)]
        return [*lines, "if failed > 0:", "    break"]
