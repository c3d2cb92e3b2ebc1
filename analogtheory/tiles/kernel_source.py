"""The numba kernel of a pulsed update, printed around the statements of a device.

A block is up to :data:`LANES` cells: some whole rows of the flattened (problem, row), or a
part of one long row. All vectors of a batch are applied to a block before the next one, so
that its weights and fields stay in the cache. For each vector:

dense
    A count is taken for every cell of the block; then groups of :data:`GROUP` neighbours
    draw and step together, as often as the largest count of the group asks for.
sparse
    If fewer than half of the cells lie on lines that fired at all: the cells that are
    pulsed are collected, and these are grouped. So the cost of a sparse update follows its
    pulses, not the cells.

Both give the same bits: a normal number belongs to its vector, cell and pulse.
"""

from __future__ import annotations

import copy

import numpy as np
from numpy.typing import NDArray

from analogtheory.kernels import elementary, elementary_single
from analogtheory.kernels.numba_statements import HEADER, definition, indented
from analogtheory.kernels.statements import Function, closure
from analogtheory.tiles.affine import affine_train, has_affine_train
from analogtheory.tiles.step import Step

#: Cells of a block.
LANES = 512

#: Cells that step together.
GROUP = 128

#: Packed cells that draw together.
_VECTOR = 16

#: From one row of working memory to the next: not 4096 bytes, so that the same place of many
#: rows does not fall into one set of the cache.
_ROW = LANES + 3 * GROUP

#: Arguments of the kernel; "real" and "word" have the precision of the tile.
_ARGUMENTS = {
    "first": "int64", "end": "int64", "busy": "int64[::1]",
    "problems": "int64", "rows": "int64", "columns": "int64",
    "vectors": "int64", "words": "int64", "first_vector": "int64", "stream_of_noise": "int64",
    "key0": "uint64", "key1": "uint64", "first_problem": "int64", "by_product": "boolean",
    "column_bits": "uint32[:, :, :, ::1]", "row_bits": "uint32[:, :, :, ::1]",
    "column_values": "float64[:, :, ::1]", "row_values": "float64[:, :, ::1]",
    "column_negative": "uint8[:, :, ::1]", "row_negative": "uint8[:, :, ::1]",
    "fired": "int32[:, :, ::1]", "fired_count": "int64[:, ::1]",
    "weights": "real[::1]", "fields": "real[:, ::1]", "constants": "real[::1]",
    "touched": "uint32[::1]", "pulses": "int64[::1]",
}  # fmt: skip


def arguments(precision: int) -> dict[str, str]:
    """The arguments of the kernel and their numba types."""
    return {name: kind.replace("real", f"float{precision}") for name, kind in _ARGUMENTS.items()}


def normals_per_counter(precision: int) -> int:
    """How many normal numbers one Philox counter gives."""
    return 4 if precision == 32 else 2


class UpdateSource:
    """Writes the kernel.

    Parameters
    ----------
    step : Step
    precision : int
        32 or 64.
    arrays : mapping of str to (int, int)
        The rows of `fields` that hold a field for up and for down pulses, for fields with
        one value per cell.
    constants : mapping of str to (int, int)
        The same in `constants`, for the other fields.
    is_recording : bool
        Whether to keep in `touched` the number of the last vector that pulsed a cell.
    longest : int
        The longest train.
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
        self._train = affine_train(step, precision, longest) if has_affine_train(step) else None
        self._step, self._precision = step, precision
        self._arrays, self._constants, self._is_recording = arrays, constants, is_recording
        self._per_counter = normals_per_counter(precision)
        block = [("natural", n) for n in ("cell", "problem", "count", "up")]
        block += [("packed", n) for n in ("cell", "problem", "count", "up", "place")]
        local = ["cell", "problem", "count", "up", "w", *arrays]
        drawn = [f"z{k}" for k in range(self._per_counter)]
        local += [*drawn, "list", *(f"left {name}" for name in ("cell", "problem", *drawn))]
        self._row = {key: number * _ROW for number, key in enumerate(block)}
        start = len(block) * _ROW
        self._row |= {("group", name): start + k * GROUP for k, name in enumerate(local)}
        self._size = start + len(local) * GROUP
        self._width = GROUP
        self._suffix = "_single" if precision == 32 else ""
        self._word = "I" if precision == 32 else "U"

    def source(self) -> str:
        """The text of the module that defines ``kernel``."""
        functions = closure([elementary.philox(), self._normal(), self._train or self._step.pulse])
        parts = [_count_rows(), _block_geometry()]
        parts += [self._step_group(), self._narrow()._step_group()]
        texts = [HEADER, *map(definition, functions), *parts, self._kernel()]
        return "\n\n".join(texts) + "\n"

    def _normal(self) -> Function:
        return (
            elementary_single.normal_pair() if self._precision == 32 else elementary.normal_pair()
        )

    # ------------------------------------------------------------------ pieces

    def _at(self, side: str, name: str, lane: str) -> str:
        # unsigned indices count from the front, and are not looked at again by numba
        return f"work[U({lane}) + U({self._row[side, name]})]"

    def _own(self, name: str) -> str:
        """A row of the group at hand."""
        return self._at("group", name, "l")

    def _real(self, name: str) -> str:
        return f"unbits{self._suffix}({self._own(name)})"

    def _bits(self, value: str) -> str:
        return f"bits{self._suffix}({value})"

    def _lanes(self, body: list[str]) -> list[str]:
        return [f"for l in range({self._width}):", *indented(body)]

    def _groups(self, end: str, body: list[str]) -> list[str]:
        return [f"for g in range(0, {end}, {self._width}):", *indented(body)]

    def _given(self) -> str:
        """The fields as arguments of the statements."""
        given = {name: self._real(name) for name in self._arrays}
        given |= {name: f"constant_{name}" for name in self._constants}
        sided = {n for n, (a, b) in self._constants.items() if a != b}
        given |= {name: f"(up_{name} if up else down_{name})" for name in sided}
        return ", ".join(given[field.name] for field in self._step.fields)

    # ------------------------------------------------------------------ a group

    def _narrow(self) -> UpdateSource:
        """The same with groups of as many cells as fit one vector, for sparse updates."""
        other = copy.copy(self)
        other._width = _VECTOR
        return other

    def _step_group(self) -> str:
        """A function that steps the cells in the rows of a group."""
        body = self._all_pulses() if self._train is not None else self._pulse_by_pulse()
        head = f"def step_{self._width}({', '.join(self._scope)}):"
        decorator = '@njit(error_model="numpy", forceinline=True)'
        return "\n".join([decorator, head, *indented(body)])

    @property
    def _scope(self) -> list[str]:
        """What the cells of a group need besides their rows."""
        names = ["work", "largest", "pulsed", "vector", "noise_stream", "key0", "key1"]
        for name, (up, down) in self._constants.items():
            names += [f"constant_{name}"] if up == down else [f"up_{name}", f"down_{name}"]
        return names

    def _group(self, side: str, place: list[str]) -> list[str]:
        """Step the cells g, g + 1, … of a side; `place` says where one lies in memory."""
        count = self._own("count")
        copied = [f"{self._own(n)} = {self._at(side, n, 'g + l')}" for n in ("count", "up")]
        tally = [f"largest = max(largest, {count})"]
        tally += [f"pulsed += {self._word}(1) if {count} > {self._word}(0) else {self._word}(0)"]
        lines = [f"largest = {self._word}(0)", f"pulsed = {self._word}(0)"]
        lines += self._lanes([*copied, *tally])
        addresses = ("cell", "problem")
        body = self._lanes([f"{self._own(n)} = {self._at(side, n, 'g + l')}" for n in addresses])
        body += self._lanes([*place, *self._loaded()])
        body += [f"step_{self._width}({', '.join(self._scope)})"]
        return [*lines, f"if largest > {self._word}(0):", *indented(body)]

    def _loaded(self) -> list[str]:
        lines = [f"up = {self._own('up')} != {self._word}(0)"]
        lines += [f"{self._own('w')} = {self._bits('weights[s]')}"]
        for name, (up, down) in self._arrays.items():
            if up == down:
                lines.append(f"{self._own(name)} = {self._bits(f'fields[{up}, s]')}")
                continue
            # both are loaded whatever the direction: a load under a condition is no vector
            lines += [f"one = fields[{up}, s]", f"other = fields[{down}, s]"]
            lines.append(f"{self._own(name)} = {self._bits('one if up else other')}")
        return lines

    def _all_pulses(self) -> list[str]:
        moved = f"affine_train({self._real('w')}, up, {self._own('count')}, {self._given()})"
        return self._lanes([
            f"up = {self._own('up')} != {self._word}(0)",
            f"{self._own('w')} = {self._bits(moved)}",
        ])  # fmt: skip

    def _pulse_by_pulse(self) -> list[str]:
        per, half = self._per_counter, self._per_counter // 2
        body = [f"before = {self._word}({per} * counter)"]
        body += ["if largest <= before:", "    break", *self._drawn()]
        body += [f"if largest <= before + {self._word}({half}):"]
        body += indented([*self._lanes(self._steps(half)), "break"])
        body += self._lanes(self._steps(per))
        return ["for counter in range(256):", *indented(body)]

    def _steps(self, count: int) -> list[str]:
        """So many pulses of a lane after `before`."""
        lines = [f"w = {self._real('w')}", f"up = {self._own('up')} != {self._word}(0)"]
        lines += [f"count = {self._own('count')}"]
        lines += [] if self._step.is_noisy else [f"nothing = {self._zero}"]
        for k in range(count):
            xi = self._real(f"z{k}") if self._step.is_noisy else "nothing"
            lines += [f"moved = pulse(w, up, {xi}, {self._given()})"]
            lines += [f"w = moved if count > before + {self._word}({k}) else w"]
        return [*lines, f"{self._own('w')} = {self._bits('w')}"]

    @property
    def _zero(self) -> str:
        return "F(0.0)" if self._precision == 32 else "0.0"

    # ------------------------------------------------------------------ normal numbers

    def _drawn(self) -> list[str]:
        """The numbers of one counter: for each lane, or only for those that need them."""
        if not self._step.is_noisy:
            return []
        for_all = self._numbers("", f"for l in range({self._width}):")
        if self._width == _VECTOR:
            return for_all
        lines = [f"if counter > 0 or 2 * pulsed < {GROUP}:", *indented(self._drawn_packed())]
        return [*lines, "else:", *indented(for_all)]

    def _drawn_packed(self) -> list[str]:
        """For the lanes with pulses left, packed together and put back."""
        listed = self._own("list")
        lines = ["left = 0", f"for l in range({GROUP}):"]
        lines += [f"    {self._at('group', 'list', 'left')} = {self._word}(l)"]
        lines += [f"    left += 1 if {self._own('count')} > before else 0"]
        lines += ["for l in range(left):"]
        for name in ("cell", "problem"):
            lines += [f"    {self._own('left ' + name)} = {self._at('group', name, listed)}"]
        # constant bounds tell the compiler that no index is negative
        lines += [f"for e in range(0, {GROUP}, {_VECTOR}):", "    if e >= left:", "        break"]
        lines += indented(self._numbers("left ", f"for l in range(e, e + {_VECTOR}):"))
        lines += ["for l in range(left):"]
        for k in range(self._per_counter):
            lines += [f"    {self._at('group', f'z{k}', listed)} = {self._own(f'left z{k}')}"]
        return lines

    def _numbers(self, side: str, loop: str) -> list[str]:
        cell, problem = self._own(side + "cell"), self._own(side + "problem")
        call = f"philox(vector, U({cell}), noise_stream, U({problem}) | U(counter), key0, key1)"
        lines = [f"a, b, c, d = {call}"]
        if self._precision == 32:
            lines += ["x, y = normal_pair_single(I(a), I(b))", *self._kept(side, 0)]
            lines += ["x, y = normal_pair_single(I(c), I(d))", *self._kept(side, 2)]
        else:
            lines += ["x, y = normal_pair(a, b, c, d)", *self._kept(side, 0)]
        return [loop, *indented(lines)]

    def _kept(self, side: str, first: int) -> list[str]:
        pairs = zip(("x", "y"), (first, first + 1), strict=True)
        return [f"{self._own(f'{side}z{k}')} = {self._bits(name)}" for name, k in pairs]

    # ------------------------------------------------------------------ the kernel

    def _kernel(self) -> str:
        word = "np.uint32" if self._precision == 32 else "np.uint64"
        lines = [f"work = np.zeros({self._size}, {word})"]
        lines += ["noise_stream = U(stream_of_noise)"]
        for name, (up, down) in self._constants.items():
            if up == down:
                lines.append(f"constant_{name} = constants[{up}]")
            else:
                lines += [f"up_{name} = constants[{up}]", f"down_{name} = constants[{down}]"]
        block = ["row0, row1, left, right = block_of(block, problems * rows, columns)"]
        block += ["width = right - left", "size = (row1 - row0) * width"]
        block += ["p0, i0 = row0 // rows, row0 % rows"]
        block += ["base = row0 * columns + left", "fired_pulses = 0", "is_placed = False"]
        block += ["for v in range(vectors):", *indented(self._vector())]
        block += ["pulses[block] = fired_pulses"]
        lines += ["for number in range(first, end):", "    block = busy[number]", *indented(block)]
        head = f"def kernel({', '.join(_ARGUMENTS)}):"
        return "\n".join([head, *indented(lines)])

    def _addresses(self) -> list[str]:
        """What belongs to the cells of a block whatever the vector; not needed if sparse."""
        kind = self._word
        cell = [f"{self._at('natural', 'cell', 'l')} = {kind}((row % rows) * columns + left + j)"]
        problem = f"{kind}((first_problem + row // rows) << 8)"
        cell += [f"{self._at('natural', 'problem', 'l')} = {problem}"]
        return [
            "is_placed = True",
            f"for l in range({LANES}):", f"    {self._at('natural', 'count', 'l')} = {kind}(0)",
            "l = 0",
            "for row in range(row0, row1):",
            "    for j in range(width):",
            *indented(indented([*cell, "l += 1"])),
        ]  # fmt: skip

    def _vector(self) -> list[str]:
        return [
            "vector = U(first_vector + v)",
            "candidates = 0",
            *_each_row(
                [
                    f"if {_FIRES}:",
                    "    candidates += min(fired_count[p, v], width)",
                ]
            ),
            "if candidates == 0:",
            "    continue",
            "if 2 * candidates < size:",
            *indented(self._sparse()),
            "else:",
            "    if not is_placed:",
            *indented(indented(self._addresses())),
            *indented(self._dense()),
        ]

    def _dense(self) -> list[str]:
        kind, count = self._word, self._at("natural", "count", "l + j")
        column = "column_bits[p, v, {}, U(left + j)]"
        sign = "column_negative[p, v, U(left + j)] ^ negative"
        counted = [
            "negative = row_negative[p, v, i]",
            "if by_product:",
            "    value = row_values[p, v, i]",
            "    for j in range(width):",
            "        product = value * column_values[p, v, U(left + j)]",
            f"        {count} = {kind}(np.int64(np.rint(product)))",
            "else:",
            "    bits_0 = row_bits[p, v, 0, i]",
            "    for j in range(width):",
            f"        {count} = {kind}(popcount(I({column.format(0)} & bits_0)))",
            "    for q in range(1, words):",
            "        bits_q = row_bits[p, v, q, i]",
            "        for j in range(width):",
            f"            {count} += {kind}(popcount(I({column.format('q')} & bits_q)))",
            "for j in range(width):",
            f"    {self._at('natural', 'up', 'l + j')} = {kind}({sign})",
            "l += width",
        ]
        lines = [
            "l = 0",
            *_each_row(counted),
            f"total = {kind}(0)",
            "for l in range(size):",
            f"    total += {self._at('natural', 'count', 'l')}",
            "fired_pulses += np.int64(total)",
        ]
        keep = f"weights[U(base + g) + U(l)] = {self._real('w')}"
        store = [f"if g + {GROUP} <= size:", *indented(self._lanes([keep]))]
        store += ["else:", "    for l in range(size - g):", f"        {keep}"]
        group = self._group("natural", ["s = U(base + g) + U(l)"])
        lines += self._groups("size", [*group, *indented(store)])
        if self._is_recording:
            lines += ["for l in range(size):"]
            lines += [f"    if {self._at('natural', 'count', 'l')} > {kind}(0):"]
            lines += ["        touched[U(base + l)] = I(vector)"]
        return lines

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


_FIRES = "row_fires(row_bits, row_values, p, v, i, words, by_product)"


def _each_row(body: list[str]) -> list[str]:
    """For each row of a block, its problem p and its place i there; divided once a block."""
    after = ["i += 1", "if i == rows:", "    i = 0", "    p += 1"]
    return ["p, i = p0, i0", "for row in range(row0, row1):", *indented([*body, *after])]


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


def blocks(problems: int, rows: int, columns: int) -> int:
    """How many blocks the kernel divides the cells into."""
    if columns <= LANES:
        return -(-problems * rows // (LANES // columns))
    return problems * rows * -(-columns // LANES)


def busy_blocks(fires: NDArray[np.bool_], columns: int) -> NDArray[np.int64]:
    """The blocks with a row that fires.

    Parameters
    ----------
    fires : array, flat over (problem, row)
    columns : int
    """
    rows = np.flatnonzero(fires)
    if columns <= LANES:
        return np.unique(rows // (LANES // columns)).astype(np.int64)
    parts = -(-columns // LANES)
    return (rows[:, None] * parts + np.arange(parts)).reshape(-1).astype(np.int64)
