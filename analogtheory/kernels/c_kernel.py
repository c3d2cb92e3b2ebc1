"""Blocks as the source of one C function or CUDA kernel, each trajectory from start to end.

All rows of a lane are local variables, registers wherever there are enough, so that the
loop over steps reads no memory and writes only records. Trajectories are the last axis of
every array: neighbouring threads of a GPU read and write neighbouring numbers.

A call makes the iterations begin, …, end − 1 of `steps`, so that a long simulation can be
cut into several calls. Between calls the states, sums and totals live in their arrays; the
further normal and uniform numbers of a Philox counter do not, so `begin` must be a multiple
of :data:`TOGETHER`.
"""

from __future__ import annotations

from analogtheory.kernels import c_single
from analogtheory.kernels.blocks import (
    Alternate,
    Block,
    Check,
    Lanes,
    Repeat,
    TileProgram,
    all_lanes,
)
from analogtheory.kernels.c_printer import (
    DOUBLE,
    PRELUDE_CUDA,
    REAL,
    WORD,
    WORDS,
    definitions,
    lines,
    signature,
)

#: The name of the function.
ENTRY = "simulate_lanes"

#: Iterations that share a Philox counter, by precision.
TOGETHER = {64: 2, 32: 4}


def arguments(precision: int) -> dict[str, str]:
    """What the function is given.

    `failures` has rows (code, step, largest value), 0 where all is well; `every` = 0 keeps no
    records.
    """
    real = REAL[precision]
    return {
        "begin": "whole", "end": "whole", "count": "whole", "steps": "whole",
        "burn_in": "whole", "every": "whole", "first": "whole", "key0": "word", "key1": "word",
        "constants": f"const {real} *", "columns": f"const {real} *", "states": f"{real} *",
        "sums": "double *", "totals": "double *", "records": f"{real} *", "failures": "double *",
    }  # fmt: skip


def cuda_source(program: TileProgram) -> str:
    """The source in CUDA; any number of threads and blocks does all trajectories."""
    parts = [PRELUDE_CUDA, *([c_single.PRELUDE_CUDA] if program.precision == 32 else [])]
    return "\n".join(
        [*parts, f"{definitions(program.functions)}\n\n{_Printer(program).kernel()}\n"]
    )


class _Printer:
    def __init__(self, program: TileProgram):
        self._program = program
        self._precision, self._real = program.precision, REAL[program.precision]
        self._rows = {row: f"row{number}" for row, number in program.rows().items()}
        self._sums = {
            row: f"sum{number}" for number, row in enumerate([*program.sums, *program.totals])
        }
        self._callees = {f.name: signature(f) for f in program.functions}
        self._known = {"key0": WORD, "key1": WORD}
        self._known |= {f"c{k}": self._real for k in range(program.constants)}

    def kernel(self) -> str:
        program = self._program
        given = ", ".join(f"{kind} {name}" for name, kind in arguments(self._precision).items())
        text = [f"KERNEL {ENTRY}({given})", "{"]
        head = [f"const {self._real} c{k} = constants[{k}];" for k in range(program.constants)]
        head += ["const whole from = every ? (begin + every - 1) / every : 0;"]
        lane = ["const word lane_word = (word)(lane + first);"]
        lane += ["whole kept = from, due = every ? from * every : -1;"]
        lane += ["int failed = 0; double largest = 0.0; whole step = begin;"]
        lane += self._copy_in()
        lane += [f"int {flag} = 0;" for flag in self._flags()]
        lane += ["for (; step < end; ++step) {", *_indented(self._step()), "}"]
        lane += ["if (failed) {", *_indented(_FAILURE), "}"]
        lane += ["else if (end == steps && due == steps) {", *_indented(self._record()), "}"]
        lane += self._copy_out()
        head += ["FOR_EACH_LANE(lane, count) {", *_indented(lane), "}"]
        return "\n".join([*text, *_indented(head), "}"])

    def _flags(self) -> list[str]:
        program = self._program
        lanes = all_lanes([*program.observing, *program.blocks])
        return list(dict.fromkeys(flag for part in lanes for flag in part.flags))

    def _step(self) -> list[str]:
        self._let_know("step")
        recording = [*self._record(), "++kept;", "due += every;"]
        text = ["if (step == due) {", *_indented(recording), "}"]
        if self._program.observing:
            observing = self._blocks(self._program.observing)
            text += ["if (step >= burn_in) {", *_indented(observing), "}"]
        return self._with_index("step", text + self._blocks(self._program.blocks))

    def _copy_in(self) -> list[str]:
        program, text = self._program, []
        for name in ("states", "columns", "sums", "totals"):
            kind = self._real if name in ("states", "columns") else DOUBLE
            for k, row in enumerate(getattr(program, name)):
                text.append(f"{kind} {self._variable(row)} = {name}[{k} * count + lane];")
        words = program.word_rows()
        for row, variable in self._rows.items():
            if row not in (*program.states, *program.columns):
                kind = WORDS[self._precision] if row in words else self._real
                text.append(f"{kind} {variable} = 0;")
        return text

    def _variable(self, row: str) -> str:
        return self._sums[row] if row in self._sums else self._rows[row]

    def _double(self, row: str) -> str:
        """The number in a row as a double."""
        return f"widened({self._rows[row]})" if self._precision == 32 else self._rows[row]

    def _copy_out(self) -> list[str]:
        return [
            f"{name}[{k} * count + lane] = {self._variable(row)};"
            for name in ("states", "sums", "totals")
            for k, row in enumerate(getattr(self._program, name))
        ]

    def _record(self) -> list[str]:
        states = self._program.states
        return [
            f"records[(kept * {len(states)} + {k}) * count + lane] = {self._rows[row]};"
            for k, row in enumerate(states)
        ]

    # ------------------------------------------------------------------ blocks

    def _blocks(self, blocks: list[Block] | tuple[Block, ...]) -> list[str]:
        return [line for block in blocks for line in self._block(block)]

    def _block(self, block: Block) -> list[str]:
        if isinstance(block, Lanes):
            flags = [f"{flag} = 0;" for flag in block.flags]
            rows = {**self._rows, **self._sums}
            body = lines(block.statements, self._known, self._callees, rows, self._precision)
            return ["{", *_indented([*flags, *body]), "}"]
        if isinstance(block, Alternate):
            return self._alternate(block)
        if isinstance(block, Check):
            return self._check(block)
        return self._repeat(block)

    def _alternate(self, block: Alternate) -> list[str]:
        text: list[str] = []
        for number, way in enumerate(block.ways[:-1]):
            text += [f"if (({block.index} & {len(block.ways) - 1}) == {number}) {{"]
            text += [*_indented(self._blocks(way)), "} else"]
        return [*text, "{", *_indented(self._blocks(block.ways[-1])), "}"]

    def _check(self, check: Check) -> list[str]:
        text = []
        for number, failure in enumerate(check.failures):
            found = [f"failed = {failure.code};"]
            if failure.row is not None:
                found += [f"largest = {self._double(failure.row)};"]
            head = f"{'else ' if number else ''}if ({failure.flag}) {{"
            text += [head, *_indented(found), "}"]
        return [*text, "if (failed) break;"]

    def _repeat(self, repeat: Repeat) -> list[str]:
        i, times = repeat.index, repeat.times
        self._let_know(i)
        limit = f"(whole){self._double(times)}" if isinstance(times, str) else str(times)
        body = self._with_index(i, self._blocks(repeat.blocks))
        if repeat.flag is not None:
            body += [f"if (!{repeat.flag}) break;"]
        text = [
            f"for (whole {i} = 0; {i} * {repeat.stride} < {limit}; ++{i}) {{",
            *_indented(body),
            "}",
        ]
        return [*text, "if (failed) break;"]

    def _let_know(self, name: str) -> None:
        """The types of the numbers made of an index."""
        self._known |= {f"{name}_{kind}": WORD for kind in ("word", "pair", "quad")}
        self._known |= {f"{name}_real": self._real}

    def _with_index(self, name: str, body: list[str]) -> list[str]:
        """The body of a loop after those numbers made of its index that it uses."""
        made = {
            f"{name}_word": f"const word {name}_word = (word){name};",
            f"{name}_pair": f"const word {name}_pair = (word)({name} >> 1);",
            f"{name}_quad": f"const word {name}_quad = (word)({name} >> 2);",
            f"{name}_real": f"const {self._real} {name}_real = ({self._real}){name};",
        }
        text = "\n".join(body)
        return [*(line for number, line in made.items() if number in text), *body]


_FAILURE = [
    "failures[lane] = (double)failed;",
    "failures[count + lane] = (double)step;",
    "failures[2 * count + lane] = largest;",
]


def _indented(text: list[str]) -> list[str]:
    return ["    " + line for line in text]
