"""Blocks as the source of one numba function that runs tiles of lanes.

All rows of a tile lie in one array, so that the compiler sees that they do not overlap and
turns each loop over lanes into vector instructions. Nothing is contracted or reordered:
`fastmath` stays off.
"""

from __future__ import annotations

from analogtheory.kernels.blocks import (
    Alternate,
    Block,
    Check,
    Lanes,
    Repeat,
    TileProgram,
    all_lanes,
)
from analogtheory.kernels.numba_statements import (
    HEADER,
    definition,
    indented,
    operand,
    statement_line,
)
from analogtheory.kernels.statements import Statement

#: Lanes of a tile.
TILE = 64

#: Lanes that repeat something together, see :meth:`_Printer._sorted_repeat`.
GROUP = 16

#: Lanes are sorted by their number of repetitions up to this one.
_BUCKETS = 32

#: The arguments of the kernel and their numba types.
ARGUMENTS = {
    "first_tile": "int64", "end_tile": "int64", "count": "int64", "steps": "int64",
    "burn_in": "int64", "every": "int64", "first": "int64", "key0": "uint64", "key1": "uint64",
    "constants": "float64[::1]", "columns": "float64[:, ::1]", "states": "float64[:, ::1]",
    "sums": "float64[:, ::1]", "totals": "float64[:, ::1]", "records": "float64[:, :, ::1]",
    "failures": "float64[:, ::1]",
}  # fmt: skip


def kernel_source(program: TileProgram) -> str:
    """The source of ``kernel``, see :data:`ARGUMENTS` for what it is given."""
    functions = [definition(function) for function in program.functions]
    return "\n\n".join([HEADER, *functions, _Printer(program).kernel()]) + "\n"


class _Printer:
    def __init__(self, program: TileProgram):
        self._program = program
        self._rows = {row: number * TILE for row, number in program.rows().items()}
        self._offsets = self._rows
        self._lanes = f"for l in range({TILE}):", "base + l"

    def kernel(self) -> str:
        program = self._program
        lines = [f"def kernel({', '.join(ARGUMENTS)}):"]
        lines += [f"    c{k} = constants[{k}]" for k in range(program.constants)]
        lines += ["    last = count - 1", f"    work = np.empty({2 * len(self._rows) * TILE})"]
        lines += [
            f"    order = np.empty({TILE}, np.int64)",
            f"    tally = np.empty({_BUCKETS}, np.int64)",
        ]
        lines += ["    for tile in range(first_tile, end_tile):"]
        body = [f"base = tile * {TILE}", "failed = 0", "at = 0", "largest = 0.0"]
        body += self._copy_in()
        body += ["for step in range(steps):", *indented(self._step())]
        body += ["if failed > 0:"]
        body += ["    failures[tile, 0] = failed", "    failures[tile, 1] = at"]
        body += ["    failures[tile, 2] = largest"]
        body += ["elif every > 0 and steps % every == 0:", *indented(self._record("steps"))]
        body += self._copy_out()
        return "\n".join(lines + indented(indented(body)))

    def _step(self) -> list[str]:
        lines = ["at = step", *_index("step")]
        lines += ["if every > 0 and step % every == 0:", *indented(self._record("step"))]
        if self._program.observing:
            observing = self._blocks(self._program.observing)
            lines += ["if step >= burn_in:", *indented(observing)]
        return lines + self._blocks(self._program.blocks)

    def _loop(self, lines: list[str]) -> list[str]:
        return [self._lanes[0], *indented(lines)]

    def _copy_in(self) -> list[str]:
        rows, work = self._program, self._work
        lines = [f"{work(row)} = states[{k}, base + l]" for k, row in enumerate(rows.states)]
        lines += [f"{work(row)} = columns[{k}, base + l]" for k, row in enumerate(rows.columns)]
        lines += [f"{work(row)} = 0.0" for row in (*rows.sums, *rows.totals)]
        return self._loop(lines)

    def _copy_out(self) -> list[str]:
        rows, lines = self._program, []
        for name in ("states", "sums", "totals"):
            for k, row in enumerate(getattr(rows, name)):
                lines.append(f"{name}[{k}, base + l] = {self._work(row)}")
        return self._loop(lines)

    def _record(self, step: str) -> list[str]:
        states = self._program.states
        return self._loop(
            [f"records[{step} // every, {k}, base + l] = {self._work(row)}"
             for k, row in enumerate(states)]
        )  # fmt: skip

    def _work(self, row: str) -> str:
        return f"work[l + {self._offsets[row]}]"

    # ------------------------------------------------------------------ blocks

    def _blocks(self, blocks: list[Block] | tuple[Block, ...]) -> list[str]:
        return [line for block in blocks for line in self._block(block)]

    def _block(self, block: Block) -> list[str]:
        if isinstance(block, Lanes):
            flags = [f"{flag} = False" for flag in block.flags]
            lane = self._lanes[1]
            return flags + self._loop([_line(s, self._offsets, lane) for s in block.statements])
        if isinstance(block, Alternate):
            lines = [f"if {block.index} & 1:", *indented(self._blocks(block.odd))]
            return [*lines, "else:", *indented(self._blocks(block.even))]
        if isinstance(block, Check):
            return self._check(block)
        return self._repeat(block)

    def _check(self, check: Check) -> list[str]:
        lines = []
        for failure in check.failures:
            found = [f"failed = {failure.code}"]
            if failure.row is not None:
                found += self._loop([f"largest = max(largest, {self._work(failure.row)})"])
            lines += [f"if {failure.flag} and failed == 0:", *indented(found)]
        return [*lines, "if failed > 0:", "    break"]

    def _repeat(self, repeat: Repeat) -> list[str]:
        if isinstance(repeat.times, str):
            return self._sorted_repeat(repeat, repeat.times)
        body = _index(repeat.index) + self._blocks(repeat.blocks)
        if repeat.flag is not None:
            body += [f"if not {repeat.flag}:", "    break"]
        lines = [f"for {repeat.index} in range({repeat.times}):", *indented(body)]
        return [*lines, "if failed > 0:", "    break"]

    def _sorted_repeat(self, repeat: Repeat, times: str) -> list[str]:
        """Lanes sorted by their number of repetitions, in groups that repeat together.

        A group goes on until its last lane is done, so that lanes with few repetitions do
        not wait for those with many.
        """
        statements = [s for lanes in all_lanes(repeat.blocks) for s in lanes.statements]
        stored = dict.fromkeys(str(s.args[0]) for s in statements if s.op == "store")
        read = dict.fromkeys(str(s.args[0]) for s in statements if s.op in ("load", "store"))
        packed = {row: offset + len(self._rows) * TILE for row, offset in self._rows.items()}
        lines = _sorted_by(self._work(times))
        lines += [f"for i in range({TILE}):", "    l = order[i]"]
        lines += [f"    work[i + {packed[row]}] = work[l + {self._rows[row]}]" for row in read]
        lines += [f"for group in range(0, {TILE}, {GROUP}):"]
        before = self._offsets, self._lanes
        self._offsets = packed
        self._lanes = f"for l in range(group, group + {GROUP}):", "base + order[l]"
        body = ["most = 0.0", *self._loop([f"most = max(most, {self._work(times)})"])]
        inner = _index(repeat.index) + self._blocks(repeat.blocks)
        body += [f"for {repeat.index} in range(int(most)):", *indented(inner)]
        self._offsets, self._lanes = before
        lines += indented([*body, "if failed > 0:", "    break"])
        lines += [f"for i in range({TILE}):", "    l = order[i]"]
        lines += [f"    work[l + {self._rows[row]}] = work[i + {packed[row]}]" for row in stored]
        return [*lines, "if failed > 0:", "    break"]


def _sorted_by(count: str) -> list[str]:
    """Put the lanes in `order`, the largest counts first, by counting."""
    bucket = f"{_BUCKETS - 1} - int(min({count}, {float(_BUCKETS - 1)}))"
    return [
        f"for i in range({_BUCKETS}):", "    tally[i] = 0",
        f"for l in range({TILE}):", f"    tally[{bucket}] += 1",
        "place = 0",
        f"for i in range({_BUCKETS}):",
        "    size = tally[i]", "    tally[i] = place", "    place += size",
        f"for l in range({TILE}):", f"    i = {bucket}",
        "    order[tally[i]] = l", "    tally[i] += 1",
    ]  # fmt: skip


def _index(name: str) -> list[str]:
    return [
        f"{name}_word = U({name})",
        f"{name}_pair = U({name} >> 1)",
        f"{name}_real = float({name})",
    ]


def _line(statement: Statement, offsets: dict[str, int], lane: str) -> str:
    """A statement of lanes: those of :mod:`numba_statements`, and rows of the tile."""
    op = statement.op
    if op == "lane":
        return f"{statement.targets[0]} = U(min({lane}, last) + first)"
    if op == "load":
        return f"{statement.targets[0]} = work[l + {offsets[str(statement.args[0])]}]"
    if op == "store":
        row, value = statement.args
        return f"work[l + {offsets[str(row)]}] = {operand(value)}"
    if op == "flag":
        return f"{statement.args[0]} |= {operand(statement.args[1])}"
    return statement_line(statement)
