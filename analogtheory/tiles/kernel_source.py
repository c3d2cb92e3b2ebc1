"""The numba kernel of a pulsed update, printed around the statements of a device.

A block is up to :data:`LANES` cells: some whole rows of the flattened (problem, row), or a
part of one long row. All vectors of a batch are applied to a block before the next one, so
that its weights and fields stay in the cache. For each vector:

dense
    A count is taken for every cell of the block. Where the processor can pack lanes, the cells
    with pulses are packed; else groups of :data:`GROUP` neighbours draw and step together, as
    often as the largest count of the group asks for.
sparse
    If few of the cells lie on lines that fired at all (one in :data:`_RARE`, or a half where
    lanes cannot be packed): the cells that are pulsed are collected, and these are grouped. So
    the cost of a sparse update follows its pulses, not the cells.

Both give the same bits: a normal number belongs to its vector, cell and pulse. After its pulses,
a vector may read one line of the weights: each block gives what it has of it. A whole batch of
sparse vectors has a kernel of its own where lanes can be packed, see
:mod:`analogtheory.tiles.sparse_source`.
"""

from __future__ import annotations

from analogtheory.kernels import elementary, elementary_single
from analogtheory.kernels.numba_statements import HEADER, definition, indented
from analogtheory.kernels.packing import can_pack
from analogtheory.kernels.statements import Function, closure
from analogtheory.tiles import packed_source
from analogtheory.tiles.arguments import DENSE
from analogtheory.tiles.group_source import GROUP, LANES, GroupSource
from analogtheory.tiles.packed_source import PackedBlock
from analogtheory.tiles.step import Step


def packs(step: Step) -> bool:
    """Whether cells are packed: their noise makes it worth while, and the processor can."""
    return step.is_noisy and can_pack()


class UpdateSource(GroupSource):
    """Writes the kernel; the parameters are those of a group, and

    Parameters
    ----------
    is_recording : bool
        Whether to keep in `touched` the number of the last vector that pulsed a cell.
    """

    def __init__(
        self,
        step: Step,
        precision: int,
        arrays: dict[str, tuple[int, int]],
        constants: dict[str, tuple[int, int]],
        is_recording: bool,
        longest: int,
    ):
        super().__init__(step, precision, arrays, constants, longest)
        self._is_recording = is_recording
        self._packed = self._packed_block() if packs(step) else None

    def source(self) -> str:
        """The text of the module that defines ``kernel``."""
        functions = closure([elementary.philox(), self._normal(), self._train or self._step.pulse])
        parts = [_count_rows(), _block_geometry()]
        parts += [self._packed.source() if self._packed else self._step_group()]
        parts += [self._narrow()._step_group()]
        texts = [
            HEADER,
            *([packed_source.IMPORT] if self._packed else []),
            *map(definition, functions),
            *parts,
            self._kernel(),
        ]
        return "\n\n".join(texts) + "\n"

    def _normal(self) -> Function:
        return (
            elementary_single.normal_pair() if self._precision == 32 else elementary.normal_pair()
        )

    def _packed_block(self) -> PackedBlock:
        constants = [name for name in self._scope if name.startswith(("constant_", "up_", "down_"))]
        block = PackedBlock(
            self._step, self._precision, LANES, self._arrays, self._given_by, constants, self._size
        )
        self._size = block.size
        return block

    # ------------------------------------------------------------------ the kernel

    def _kernel(self) -> str:
        word = "np.uint32" if self._precision == 32 else "np.uint64"
        lines = [f"work = np.zeros({self._size}, {word})"]
        lines += ["noise_stream = U(stream_of_noise)"]
        if self._packed:
            lines += ["cells_of_problem = rows * columns", "cells = I(cells_of_problem)"]
            lines += ["flat, row_length = fields.reshape(fields.size), fields.shape[1]"]
            lines += [f"is_small = cells_of_problem < {LANES}"]
            lines += [
                "inverse = I((2**20 + cells_of_problem - 1) // cells_of_problem if is_small else 0)"
            ]
        for name, (up, down) in self._constants.items():
            if up == down:
                lines.append(f"constant_{name} = constants[{up}]")
            else:
                lines += [f"up_{name} = constants[{up}]", f"down_{name} = constants[{down}]"]
        block = ["row0, row1, left, right = block_of(block, problems * rows, columns)"]
        block += ["width = right - left", "size = (row1 - row0) * width"]
        block += ["p0, i0 = row0 // rows, row0 % rows"]
        block += ["base = row0 * columns + left", "is_placed = False"]
        if self._packed:
            block += ["cell0 = I(base % cells_of_problem)"]
            block += ["problem0 = I((first_problem + base // cells_of_problem) << 8)"]
        block += ["reads = 0"]
        block += ["for v in range(vectors):", *indented(self._vector())]
        lines += ["fired_pulses = 0"]
        lines += ["for number in range(first, end):", "    block = busy[number]", *indented(block)]
        lines += ["pulses[first] = fired_pulses"]
        head = f"def kernel({', '.join(DENSE)}):"
        return "\n".join([head, *indented(lines)])

    def _addresses(self) -> list[str]:
        """What belongs to the cells of a block whatever the vector; not needed if sparse."""
        kind = self._word
        cell = [f"{self._at('natural', 'cell', 'l')} = {kind}((row % rows) * columns + left + j)"]
        problem = f"{kind}((first_problem + row // rows) << 8)"
        cell += [f"{self._at('natural', 'problem', 'l')} = {problem}"]
        return [
            *self._no_counts(),
            "l = 0",
            "for row in range(row0, row1):",
            "    for j in range(width):",
            *indented(indented([*cell, "l += 1"])),
        ]  # fmt: skip

    def _no_counts(self) -> list[str]:
        """For the lanes behind the last cell of a block."""
        count = (
            self._packed.at("block", "word")
            if self._packed
            else (self._at("natural", "count", "l"))
        )
        clear = f"    {count} = {self._word}(0)"
        return ["is_placed = True", f"for l in range({LANES}):", clear]

    def _vector(self) -> list[str]:
        placed = self._no_counts() if self._packed else self._addresses()
        return [
            "vector = U(first_vector + v)",
            "candidates = 0",
            *_each_row(
                [
                    f"if {_FIRES}:",
                    "    candidates += min(fired_count[p, v], width)",
                ]
            ),
            "if candidates > 0:",
            f"    if {_RARE if self._packed else 2} * candidates < size:",
            *indented(indented(self._sparse())),
            "    else:",
            "        if not is_placed:",
            *indented(indented(indented(placed))),
            *indented(indented(self._dense())),
            *_read(),
        ]

    def _dense(self) -> list[str]:
        lines = self._packed_dense() if self._packed else self._natural_dense()
        if self._is_recording:
            pulsed = (
                self._packed.has_pulses("l")
                if self._packed
                else (f"{self._at('natural', 'count', 'l')} > {self._word}(0)")
            )
            lines += ["for l in range(size):", f"    if {pulsed}:"]
            lines += ["        touched[U(base + l)] = I(vector)"]
        return lines

    def _counted(self, keep: list[str]) -> list[str]:
        """For each cell of a row its `count`, and whether it goes `up`; `keep` puts them away."""
        kind, kept = self._word, self._at("natural", "count", "l + j")
        column = "column_bits[p, v, {}, U(left + j)]"
        loop = "    for j in range(width):"
        up = f"up = {kind}(column_negative[p, v, U(left + j)] ^ negative)"
        each = [loop, *indented(indented([up, *keep]))]
        return [
            "negative = row_negative[p, v, i]",
            "if words == 1 and not by_product:",
            "    bits_0 = row_bits[p, v, 0, i]",
            each[0],
            f"        count = {kind}(popcount(I({column.format(0)} & bits_0)))",
            *each[1:],
            "else:",
            *indented(self._counts_of_row(kept, column)),
            each[0],
            f"        count = {kept}",
            *each[1:],
            "l += width",
        ]

    def _counts_of_row(self, kept: str, column: str) -> list[str]:
        """Trains of many words, or products, in several passes."""
        kind = self._word
        return [
            "for j in range(width):",
            f"    {kept} = {kind}(0)",
            "if by_product:",
            "    value = row_values[p, v, i]",
            "    for j in range(width):",
            "        product = value * column_values[p, v, U(left + j)]",
            f"        {kept} = {kind}(np.int64(np.rint(product)))",
            "else:",
            "    for q in range(words):",
            "        bits_q = row_bits[p, v, q, i]",
            "        for j in range(width):",
            f"            {kept} += {kind}(popcount(I({column.format('q')} & bits_q)))",
        ]

    def _natural_dense(self) -> list[str]:
        kind = self._word
        kept = {name: self._at("natural", name, "l + j") for name in ("count", "up")}
        counted = self._counted([f"{place} = {name}" for name, place in kept.items()])
        group = self._group("natural", [_NEXT])
        return [
            "l = 0",
            *_each_row(counted),
            f"total = {kind}(0)",
            "for l in range(size):",
            f"    total += {self._at('natural', 'count', 'l')}",
            "fired_pulses += np.int64(total)",
            *self._groups("size", [*group, *indented(self._stored(self._real("w")))]),
        ]

    def _packed_dense(self) -> list[str]:
        block, kind = self._packed, self._word
        assert block is not None
        word = block.at("block", "word", "l + j")
        counted = self._counted([f"{word} = {block.word_of('count', 'up', 'l + j')}"])
        count = f"{kind}({block.at('block', 'word')} >> {kind}({packed_source.COUNT}))"
        return [
            "l = 0",
            *_each_row(counted),
            f"total = largest = {kind}(0)",
            "for l in range(size):",
            f"    count = {count}",
            f"    total = {kind}(total + count)",
            "    largest = max(largest, count)",
            "fired_pulses += np.int64(total)",
            f"if largest > {kind}(0):",
            f"    {block.call}",
        ]

    def _stored(self, value: str) -> list[str]:
        """The weights of a group back to memory."""
        keep = f"weights[U(base + g) + U(l)] = {value}"
        store = [f"if g + {self._width} <= size:", *indented(self._lanes([keep]))]
        return [*store, "else:", "    for l in range(size - g):", f"        {keep}"]

    def _sparse(self) -> list[str]:
        kind = self._word
        place = {
            name: self._at("packed", name, "here")
            for name in ("cell", "problem", "count", "up", "place")
        }
        collect = [
            "j = np.int64(fired[p, v, k])",
            "if j < left or j >= right:",
            "    continue",
            "if by_product:",
            "    count = np.int64(np.rint(row_values[p, v, i] * column_values[p, v, j]))",
            "else:",
            "    count = 0",
            "    for q in range(words):",
            "        both = I(column_bits[p, v, q, j] & row_bits[p, v, q, i])",
            "        count += np.int64(popcount(both))",
            "if count == 0:",
            "    continue",
            f"{place['cell']} = {kind}(i * columns + j)",
            f"{place['problem']} = {kind}((first_problem + p) << 8)",
            f"{place['count']} = {kind}(count)",
            f"{place['up']} = {kind}(column_negative[p, v, j] ^ row_negative[p, v, i])",
            f"{place['place']} = {kind}(row * columns + j - base)",
            "here += 1",
            "fired_pulses += count",
        ]
        return [
            "here = 0",
            *_each_row(
                [
                    f"if {_FIRES}:",
                    "    for k in range(fired_count[p, v]):",
                    *indented(indented(collect)),
                ]
            ),
            *self._narrow()._packed_groups(),
        ]

    def _packed_groups(self) -> list[str]:
        """Step the collected cells; the last group is filled up with its first cell, unpulsed."""
        kind = self._word
        fill = [f"{self._at('packed', 'count', 'r')} = {kind}(0)"]
        fill += [f"{self._at('packed', 'place', 'r')} = {kind}(0)"]
        place = f"U(base) + U({self._at('packed', 'place', 'g + l')})"
        keep = ["if g + l < here:", f"    s = {place}", f"    weights[s] = {self._real('w')}"]
        if self._is_recording:
            keep += ["    touched[s] = I(vector)"]
        group = self._group("packed", [f"s = {place}"])
        return [
            f"for r in range(here, here + {self._width}):", *indented(fill),
            *self._groups("here", [*group, *indented(self._lanes(keep))]),
        ]  # fmt: skip


#: Where lanes can be packed, a block is sparse if fewer than one in so many cells lies on lines
#: that fired.
_RARE = 16

#: Where the cell of a lane lies in memory, if a group is a part of a block.
_NEXT = "s = U(base + g) + U(l)"
_FIRES = "row_fires(row_bits, row_values, p, v, i, words, by_product)"


def _each_row(body: list[str]) -> list[str]:
    """For each row of a block, its problem p and its place i there; divided once a block."""
    after = ["i += 1", "if i == rows:", "    i = 0", "    p += 1"]
    return ["p, i = p0, i0", "for row in range(row0, row1):", *indented([*body, *after])]


def _read() -> list[str]:
    """After the pulses of a vector, also if it has none here: what a block has of a line."""
    row = [
        "if i == line:",
        "    for j in range(left, right):",
        "        values_read[p, reads, j] = weights[row * columns + j]",
    ]
    column = ["values_read[p, reads, i] = weights[row * columns + line]"]
    return [
        "line = lines_read[v]",
        "if line >= 0:",
        "    if reads_rows:",
        *indented(indented(_each_row(row))),
        "    elif left <= line and line < right:",
        *indented(indented(_each_row(column))),
        "    reads += 1",
    ]


def _block_geometry() -> str:
    return f"""@njit(error_model="numpy", forceinline=True)
def block_of(block, all_rows, columns):
    if columns <= {LANES}:
        height = {LANES} // columns
        return block * height, min((block + 1) * height, all_rows), 0, columns
    parts = (columns + {LANES - 1}) // {LANES}
    left = (block % parts) * {LANES}
    return block // parts, block // parts + 1, left, min(left + {LANES}, columns)"""


def _count_rows() -> str:
    return """@njit(error_model="numpy", forceinline=True)
def row_fires(row_bits, row_values, p, v, i, words, by_product):
    if by_product:
        return row_values[p, v, i] > 0.0
    any_bit = I(0)
    for q in range(words):
        any_bit |= row_bits[p, v, q, i]
    return any_bit != I(0)"""


def padded_size(cells: int) -> int:
    """The length of a field of so many cells: kernels read whole groups beyond the last one.

    Not a multiple of 4096 bytes, for the reason given at :data:`_ROW`.
    """
    return -(-(cells + LANES) // LANES) * LANES + 3 * GROUP
