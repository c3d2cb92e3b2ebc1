"""The numba kernel of a pulsed update whose work follows the pulses, for processors that pack.

Rows are taken one by one, and of each the vectors that fire it, in their order. The cells that
such a vector pulses are taken from memory into a group (:mod:`analogtheory.tiles.sparse_group`).
Columns that fire are known as a list and as *chunks* (:mod:`analogtheory.tiles.prepared`):

near
    Where chunks hold some columns, weights and fields are picked out of vectors of neighbours.
far
    Where they hold hardly more than one, cells are looked up one by one.

A group is stepped and put back when it is full, and before what must see its weights: a read, or a
vector that pulses a cell of the group again. Both ways give the bits of
:mod:`analogtheory.tiles.kernel_source`.
"""

from __future__ import annotations

from analogtheory.kernels import elementary, elementary_single
from analogtheory.kernels.numba_statements import HEADER, definition, indented
from analogtheory.kernels.statements import closure
from analogtheory.tiles.arguments import SPARSE
from analogtheory.tiles.sparse_group import IMPORT, WIDTH, SparseGroup
from analogtheory.tiles.step import Step

#: Chunks that are picked without a look at the room in the group.
SEGMENT = 16

#: Vectors with no more chunks than this may share a group with others of the same row.
NARROW = 2

#: Chunks with fewer columns that fire than this on average are not worth their vectors.
DENSE = 3


class SparseSource(SparseGroup):
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
    ):
        super().__init__(step, precision, arrays, constants)
        self._is_recording = is_recording
        self._every = f"I({(1 << self._lanes) - 1})"

    def source(self) -> str:
        """The text of the module that defines ``kernel``."""
        one = elementary_single if self._precision == 32 else elementary
        functions = closure([elementary.philox(), one.normal_pair(), self._step.pulse])
        parts = [*self.functions(), self._kernel()]
        return "\n\n".join([HEADER, IMPORT, *map(definition, functions), *parts]) + "\n"

    # ------------------------------------------------------------------ the kernel

    def _kernel(self) -> str:
        word = "np.uint32" if self._precision == 32 else "np.uint64"
        lines = [
            f"work = np.zeros({self._size}, {word})",
            f"places, masks = np.empty({WIDTH}, np.uint64), np.empty({WIDTH}, np.uint32)",
            "noise_stream, length = U(stream_of_noise), U(fields.shape[1])",
            "has_reads = values_read.shape[1] > 0",
            "left, kept, fired, is_once, is_far, problem, start = 0, 0, 0, True, False, U(0), U(0)",
            f"used = np.zeros(columns // {self._lanes} + 1, np.uint32)",
            "is_used, is_there, is_wide = False, False, False",
        ]
        for name, (up, down) in self._constants.items():
            if up == down:
                lines.append(f"constant_{name} = constants[{up}]")
            else:
                lines += [f"up_{name} = constants[{up}]", f"down_{name} = constants[{down}]"]
        lines += ["for number in range(first, end):", *indented(self._of_row())]
        lines += [*self._flushed("left > 0"), "pulses[first] = fired"]
        return "\n".join([f"def kernel({', '.join(SPARSE)}):", *indented(lines)])

    def _flushed(self, condition: str) -> list[str]:
        return [
            f"if {condition}:",
            f"    {self.call}",
            "    left, kept = 0, 0",
            "    is_there, is_wide = False, False",
            "    if is_used:",
            "        used[:], is_used = I(0), False",
        ]

    def _of_row(self) -> list[str]:
        return [
            "row = busy[number]",
            "p, i = row // rows, row % rows",
            "own_problem = U((first_problem + p) << 8)",
            *self._flushed("left > 0 and (has_reads or own_problem != problem)"),
            "problem, start = own_problem, U(p * rows * columns)",
            "is_there, is_wide = False, False",
            "if is_used:",
            "    used[:], is_used = I(0), False",
            "done, reads = 0, 0",
            "base = row * columns",
            "for entry in range(starts[number], starts[number + 1]):",
            *indented(self._of_vector()),
            "if has_reads:",
            *indented(self._flushed("left > 0")),
            *indented(self._read("vectors")),
        ]

    def _read(self, end: str) -> list[str]:
        """What this row has of the lines that are read after the vectors done, …, end − 1."""
        body = [
            "line = lines_read[done]",
            "if line >= 0:",
            "    if not reads_rows:",
            "        values_read[p, reads, i] = weights[base + line]",
            "    elif line == i:",
            "        values_read[p, reads, :] = weights[base : base + columns]",
            "    reads += 1",
            "done += 1",
        ]
        return [f"while done < {end}:", *indented(body)]

    def _of_vector(self) -> list[str]:
        kind = self._word
        return [
            "v = np.int64(entries[entry])",
            "if has_reads:",
            *indented(self._flushed("left > 0")),
            *indented(self._read("v")),
            "once = is_single[p, v] != 0",
            "is_given = once and not by_product",
            *self._clashing(),
            f"far = fired_count[p, v] < {DENSE} * chunk_count[p, v]",
            *self._flushed("left > 0 and (clashes or once != is_once or far != is_far)"),
            "is_once, is_far = once, far",
            f"word = {kind}({kind}(first_vector + v) << {kind}(1))",
            "sign = I(row_negative[p, v, i])",
            f"signs = {self._every} if sign != I(0) else I(0)",
            "if is_far:",
            f"    for k0 in range(0, fired_count[p, v], {WIDTH}):",
            f"        k1 = min(k0 + {WIDTH}, fired_count[p, v])",
            *indented(indented(self._far())),
            "else:",
            f"    for k0 in range(0, chunk_count[p, v], {SEGMENT}):",
            f"        k1 = min(k0 + {SEGMENT}, chunk_count[p, v])",
            *indented(indented(self._of_segment())),
            "is_there, is_wide = left > 0, is_wide or not is_narrow",
            "if is_narrow:",
            *indented(self._each_chunk("used[chunk] |= mask")),
            "    is_used = True",
        ]

    def _far(self) -> list[str]:
        """Cells k0, …, k1 − 1 of those that may be pulsed, one by one."""
        kind = self._word
        product = "row_values[p, v, i] * column_values[p, v, j]"
        bits = "I(column_bits[p, v, q, j] & row_bits[p, v, q, i])"
        collect = [
            "one = I(listed[p, v, U(k)])",
            "j = U(one >> I(1))",
            "if by_product:",
            f"    count = np.int64(np.rint({product}))",
            "else:",
            "    count = 0",
            "    for q in range(words):",
            f"        count += np.int64(popcount({bits}))",
            f"{self._at('cell', 'left')} = {kind}(i * columns) + {kind}(j)",
            f"{self._at('vector', 'left')} = word | {kind}((one ^ sign) & I(1))",
            f"{self._at('count', 'left')} = {kind}(count)",
            "left += 1 if count > 0 else 0",
            "fired += count",
        ]
        return [
            *self._flushed(f"left + k1 - k0 > {WIDTH}"),
            "before = left",
            "if is_given:",
            *indented(self._listed("k0", "k1 - k0")),
            "    left += k1 - k0",
            "    fired += k1 - k0",
            "else:",
            "    for k in range(k0, k1):",
            *indented(indented(collect)),
            "for l in range(before, left):",
            *indented(self._fetched()),
        ]

    def _fetched(self) -> list[str]:
        """Weights and fields of one cell."""
        kind = self._word
        lines = [
            f"s = start + U({self._at('cell')})",
            f"{self._at('w')} = {self._bits('weights[s]')}",
            f"side = U(1) - U({self._at('vector')} & {kind}(1))",
        ]
        for name, (up, down) in self._arrays.items():
            row = f"U({up})" if up == down else f"U({up}) + side"
            lines += [f"{self._at(name)} = {self._bits(f'fields[{row}, s]')}"]
        if self._is_recording:
            lines += ["touched[s] = I(first_vector + v)"]
        return lines

    def _listed(self, place: str, count: str) -> list[str]:
        """Addresses of all cells of a row that may be pulsed, from the list of columns."""
        kind, listed = self._word, f"I(listed[p, v, U({place} + l)])"
        whole = f"({count} + {self._lanes - 1}) // {self._lanes} * {self._lanes}"
        return [
            f"for l in range({whole}):",
            f"    {self._at('cell', 'left + l')} = {kind}(i * columns) + {kind}({listed} >> I(1))",
            f"    {self._at('vector', 'left + l')} = word | {kind}(({listed} ^ sign) & I(1))",
        ]

    def _each_chunk(self, body: str) -> list[str]:
        return [
            "for k in range(chunk_count[p, v]):",
            f"    chunk = U(chunk_starts[p, v, k]) // U({self._lanes})",
            f"    mask = I(chunk_masks[p, v, k] & {self._every})",
            f"    {body}",
        ]

    def _clashing(self) -> list[str]:
        """Whether the group holds a cell of this vector already; looked up if it has few chunks."""
        return [
            f"is_narrow = chunk_count[p, v] <= {NARROW}",
            "clashes = is_there and (is_wide or not is_narrow)",
            "if is_there and not clashes:",
            *indented(self._each_chunk("clashes |= (used[chunk] & mask) != I(0)")),
        ]

    def _of_segment(self) -> list[str]:
        """Chunks k0, …, k1 − 1; a loop of its own where all that fires is pulsed: it is short."""
        return [
            "place = np.int64(chunk_places[p, v, k0])",
            "number_of_cells = np.int64(chunk_places[p, v, k1]) - place",
            *self._flushed(f"left + number_of_cells > {WIDTH}"),
            "if is_given:",
            *indented(self._listed("place", "number_of_cells")),
            "    fired += number_of_cells",
            "    for k in range(k0, k1):",
            *indented(indented([*self._chunk(), *self._picked()])),
            "else:",
            "    for k in range(k0, k1):",
            *indented(indented([*self._chunk(), *self._counted()])),
            "        if chosen != I(0):",
            *indented(indented(indented([*self._addressed(), *self._picked()]))),
        ]

    def _chunk(self) -> list[str]:
        return [
            "at = U(base + np.int64(chunk_starts[p, v, U(k)]))",
            "mask = I(chunk_masks[p, v, U(k)])",
            f"chosen = I(mask & {self._every})",
            "ups = I(I(mask >> I(16)) ^ signs)",
        ]

    def _addressed(self) -> list[str]:
        kind = self._word
        cell, vector, count = (self._index(name, "left") for name in ("cell", "vector", "count"))
        return [
            "fired += np.int64(popcount(chosen))",
            f"pick_numbers(work, {cell}, {kind}(at - start), chosen)",
            f"pick_word(work, {vector}, word | {kind}(1), word, ups, chosen)",
            "if not once:",
            f"    pick(work, {count}, work, {self._index('natural', '0')}, chosen)",
        ]

    def _counted(self) -> list[str]:
        """The counts of a chunk, and which are not 0."""
        kind, count = self._word, self._at("natural")
        loop = f"for l in range({self._lanes}):"
        bits = "I(column_bits[p, v, {0}, U(j) + U(l)] & row_bits[p, v, {0}, i])"
        product = "row_values[p, v, i] * column_values[p, v, U(j) + U(l)]"
        return [
            "j = at - U(base)",
            "if by_product:",
            f"    {loop}",
            f"        {count} = {kind}(np.int64(np.rint({product})))",
            "else:",
            f"    {loop}",
            f"        {count} = {kind}(popcount({bits.format(0)}))",
            "    for q in range(1, words):",
            f"        {loop}",
            f"            {count} += {kind}(popcount({bits.format('q')}))",
            f"chosen &= above(work, {self._index('natural', '0')}, {kind}(0))",
            "if not once:",
            f"    {loop}",
            "        one = np.int64((chosen >> I(l)) & I(1))",
            f"        fired += one * (np.int64({count}) - 1)",
        ]

    def _picked(self) -> list[str]:
        """Weights and fields; a side that no cell needs is not touched: its memory may be far."""
        lines = [f"pick(work, {self._index('w', 'left')}, weights, at, chosen)"]
        if any(up != down for up, down in self._arrays.values()):
            lines += ["one = at if (chosen & ups) != I(0) else at + length"]
            lines += ["other = at + length if I(chosen & I(~ups)) != I(0) else at"]
        for name, (up, down) in self._arrays.items():
            to = self._index(name, "left")
            if up == down:
                lines += [f"pick(work, {to}, fields, U({up}) * length + at, chosen)"]
                continue
            sides = (f"U({up}) * length + {side}" for side in ("one", "other"))
            lines += [f"pick_sided(work, {to}, fields, {', '.join(sides)}, ups, chosen)"]
        return [
            *lines,
            "places[U(kept)], masks[U(kept)] = at, chosen",
            "kept += 1",
            "left += np.int64(popcount(chosen))",
            *self._recorded(),
        ]

    def _recorded(self) -> list[str]:
        if not self._is_recording:
            return []
        return [
            f"for l in range({self._lanes}):",
            "    if (chosen >> I(l)) & I(1) != I(0):",
            "        touched[at + U(l)] = I(first_vector + v)",
        ]
