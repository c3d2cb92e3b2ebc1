"""The pulses of a block of cells, drawn and stepped packed together, as numba source.

For each cell of a block one word is written: (pulses, direction, number in the block). The
cells with pulses are packed, in their order, with their weights and fields, by the instructions
of :mod:`analogtheory.kernels.packing`; they draw one Philox counter and step, their weights go
back, and those with more pulses than one counter serves are packed again. The second pair of
normal numbers of a counter is made only for the cells with a third pulse; if a step is dear,
only these step, else all do, since packing their fields would cost more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from analogtheory.kernels.numba_statements import indented
from analogtheory.kernels.packing import lanes
from analogtheory.tiles.step import Step

#: What the source of a kernel with such blocks imports.
IMPORT = "from analogtheory.kernels.packing import above, marked, pack, pack_either, unpack"

#: Of the word of a cell: bits of the number in the block, and the bit of its direction.
_PLACE_BITS = 9
UP = 1 << _PLACE_BITS
COUNT = _PLACE_BITS + 1

#: Cells of a block at most; the division by `inverse` is exact for twice as many.
MOST = 1 << _PLACE_BITS


class PackedBlock:
    """Writes the function that steps a block.

    Parameters
    ----------
    step : Step
        With noise.
    precision : int
        32 or 64.
    cells : int
        In a block at most.
    arrays : mapping of str to (int, int)
        The rows of `fields` that hold a field for up and for down pulses.
    given : callable
        The arguments of the statements, from what reads a field of this name.
    constants : sequence of str
        Names of the numbers that the function is given besides.
    start : int
        The first free word of working memory.
    """

    def __init__(
        self,
        step: Step,
        precision: int,
        cells: int,
        arrays: Mapping[str, tuple[int, int]],
        given: Callable[[Callable[[str], str]], str],
        constants: list[str],
        start: int,
    ):
        assert cells <= MOST
        self._precision, self._given, self._arrays = precision, given, dict(arrays)
        self._lanes, self._pairs = lanes(precision), 2 if precision == 32 else 1
        self._is_dear = any(s.op == "call" for s in step.pulse.statements)
        self._scope = [
            "work", "weights", "flat", "row_length", "base", "size", "largest", "vector",
            "noise_stream", "key0", "key1", "cell0", "problem0", "cells", "inverse", *constants,
        ]  # fmt: skip
        self._word = "I" if precision == 32 else "U"
        self._suffix = "_single" if precision == 32 else ""
        self._kept = ["word", "w", *self._arrays]
        third = [*self._kept, "z2", "z3"] if self._is_dear else ["z2", "z3"]
        rows = [("block", "word")]
        rows += [("packed", name) for name in (*self._kept, "z0", "z1", "z2", "z3")]
        rows += [("third", name) for name in third] if self._pairs == 2 else []
        # no multiple of 4096 bytes from row to row, and room for a vector behind each
        length = cells + 2 * self._lanes
        self._row = {row: start + number * length for number, row in enumerate(rows)}
        self.size = start + len(rows) * length

    # ------------------------------------------------------------------ names

    def at(self, side: str, name: str, lane: str = "l") -> str:
        """A word of a row."""
        return f"work[{self._index(side, name, lane)}]"

    def _index(self, side: str, name: str, lane: str) -> str:
        return f"U({lane}) + U({self._row[side, name]})"

    def _real(self, side: str, name: str) -> str:
        return f"unbits{self._suffix}({self.at(side, name)})"

    def _bits(self, value: str) -> str:
        return f"bits{self._suffix}({value})"

    def _threshold(self, pulses: str) -> str:
        """The word of a cell is greater if it has more pulses than this."""
        kind = self._word
        return f"{kind}({kind}(({pulses}) << {kind}({COUNT})) | {kind}({2 * UP - 1}))"

    @property
    def call(self) -> str:
        """Calls the function."""
        return f"step_packed({', '.join(self._scope)})"

    def word_of(self, count: str, up: str, place: str) -> str:
        """The word of a cell."""
        kind = self._word
        parts = f"({count} << {kind}({COUNT})) | ({up} << {kind}({_PLACE_BITS})) | {kind}({place})"
        return f"{kind}({parts})"

    def has_pulses(self, lane: str) -> str:
        """Whether a cell of the block has a pulse."""
        return f"{self.at('block', 'word', lane)} > {self._threshold(f'{self._word}(0)')}"

    # ------------------------------------------------------------------ the function

    def source(self) -> str:
        """The function that steps a block."""
        kind = self._word
        body = [
            f"before = {kind}({2 * self._pairs} * counter)",
            "if largest <= before:",
            "    break",
            f"threshold = {self._threshold('before')}",
            "if counter == 0:",
            *indented(self._taken()),
            "else:",
            "    end = left",
            *indented(self._packed("packed", "packed", self._kept, "left", "end")),
            *self._ended("packed", "left"),
            *self._first_pair(),
        ]
        if self._pairs == 2:
            second = self._second_pair_dear() if self._is_dear else self._second_pair_cheap()
            body += [f"if largest > before + {kind}(2):", *indented(second)]
        body += [f"threshold = {self._threshold('before')}", *self._given_back()]
        return "\n".join([
            '@njit(error_model="numpy", forceinline=True)',
            f"def step_packed({', '.join(self._scope)}):",
            "    left = 0",
            "    for counter in range(256):",
            *indented(indented(body)),
        ])  # fmt: skip

    def _first_pair(self) -> list[str]:
        """The counter of each cell; a block of one problem needs no division by its cells."""
        place = f"place = I(cell0 + I(I({self.at('packed', 'word')}) & I({UP - 1})))"
        several = [
            place,
            "later = I(I(place * inverse) >> I(20)) if inverse > I(0) else I(place >= cells)",
            "place = I(place - I(later * cells))",
            "problem = U(I(problem0 + I(later << I(8))))",
        ]
        one = [place, "problem = U(problem0)"]
        return [
            "if I(cell0 + I(size)) <= cells:",
            *indented(self._each("left", [*one, *self._drawn()])),
            "else:",
            *indented(self._each("left", [*several, *self._drawn()])),
            *self._steps("packed", "left", 0),
        ]

    def _drawn(self) -> list[str]:
        lines = [
            "a, b, c, d = philox(vector, U(place), noise_stream, problem | U(counter), key0, key1)"
        ]
        if self._pairs == 2:
            lines += ["x, y = normal_pair_single(I(a), I(b))"]
            lines += [f"{self.at('packed', 'z2')} = I(c)", f"{self.at('packed', 'z3')} = I(d)"]
        else:
            lines += ["x, y = normal_pair(a, b, c, d)"]
        return [*lines, *self._keep_pair("packed", 0)]

    def _second_pair_cheap(self) -> list[str]:
        """Only the normal numbers are made for fewer cells."""
        return [
            f"threshold = {self._threshold(f'before + {self._word}(2)')}",
            *self._packed("packed", "third", ["z2", "z3"], "more", "left"),
            *self._each("more", self._second_numbers()),
            *self._unpacked("third", "packed", {"z2": "z2", "z3": "z3"}, "left"),
            *self._steps("packed", "left", 2),
        ]

    def _second_pair_dear(self) -> list[str]:
        return [
            f"threshold = {self._threshold(f'before + {self._word}(2)')}",
            *self._packed("packed", "third", [*self._kept, "z2", "z3"], "more", "left"),
            *self._ended("third", "more"),
            *self._each("more", self._second_numbers()),
            *self._steps("third", "more", 2),
            *self._unpacked("third", "packed", {"w": "w"}, "left"),
        ]

    def _second_numbers(self) -> list[str]:
        words = ", ".join(f"I({self.at('third', name)})" for name in ("z2", "z3"))
        return [f"x, y = normal_pair_single({words})", *self._keep_pair("third", 2)]

    def _keep_pair(self, side: str, first: int) -> list[str]:
        pairs = zip((f"z{first}", f"z{first + 1}"), ("x", "y"), strict=True)
        return [f"{self.at(side, name)} = {self._bits(value)}" for name, value in pairs]

    def _steps(self, side: str, end: str, first: int) -> list[str]:
        """Two pulses after `before`; the fields are those of the direction already.

        Dear pulses have a loop each: two in a row would be one long chain, of which a
        processor sees too little at a time to work on several cells.
        """
        numbers = (first, first + 1)
        if self._is_dear:
            return [line for n in numbers for line in self._each(end, self._pulses(side, (n,)))]
        return self._each(end, self._pulses(side, numbers))

    def _pulses(self, side: str, numbers: tuple[int, ...]) -> list[str]:
        kind, word = self._word, self.at(side, "word")
        lines = [f"w = {self._real(side, 'w')}", f"count = {kind}({word} >> {kind}({COUNT}))"]
        lines += [f"up = ({word} & {kind}({UP})) != {kind}(0)"]
        given = self._given(lambda name: self._real(side, name))
        for number in numbers:
            lines += [f"moved = pulse(w, up, {self._real(side, f'z{number}')}, {given})"]
            lines += [f"w = moved if count > before + {kind}({number}) else w"]
        return [*lines, f"{self.at(side, 'w')} = {self._bits('w')}"]

    # ------------------------------------------------------------------ moving

    def _each(self, end: str, body: list[str]) -> list[str]:
        """For whole vectors of packed cells."""
        whole = f"({end} + {self._lanes - 1}) // {self._lanes} * {self._lanes}"
        return [f"for l in range({whole}):", *indented(body)]

    def _chosen(self, side: str, end: str, body: list[str]) -> list[str]:
        """For the vectors of a side: `chosen` are the cells above the threshold."""
        chosen = f"chosen = above(work, {self._index(side, 'word', 'e')}, threshold)"
        head = f"for e in range(0, {end}, {self._lanes}):"
        return [head, *indented([chosen, *body])]

    def _taken(self) -> list[str]:
        """Pack the cells with pulses: their words, and from memory weights and fields."""
        word = self._index("block", "word", "e")

        def to(name: str) -> str:
            return self._index("packed", name, "left")

        body = [f"upward = marked(work, {word}, {self._word}({UP}))"]
        body += [f"pack(work, {to('word')}, work, {word}, chosen)"]
        body += [f"pack(work, {to('w')}, weights, U(base + e), chosen)"]
        for name, rows in self._arrays.items():
            up, down = (f"U({row} * row_length + base + e)" for row in rows)
            if up == down:
                body += [f"pack(work, {to(name)}, flat, {up}, chosen)"]
            else:
                body += [f"pack_either(work, {to(name)}, flat, {up}, {down}, upward, chosen)"]
        body += ["left += np.int64(popcount(chosen))"]
        return ["left = 0", *self._chosen("block", "size", body)]

    def _given_back(self) -> list[str]:
        """The weights back to memory; no place behind the block is written."""
        word, own = self.at("block", "word"), self.at("packed", "w", "here")
        whole = f"size // {self._lanes} * {self._lanes}"
        moved = f"unpack(weights, U(base + e), work, {self._index('packed', 'w', 'here')}, chosen)"
        return [
            "here = 0",
            *self._chosen("block", whole, [moved, "here += np.int64(popcount(chosen))"]),
            f"for l in range({whole}, size):",
            f"    if {word} > threshold:",
            f"        weights[U(base + l)] = unbits{self._suffix}({own})",
            "        here += 1",
        ]

    def _packed(self, side: str, to: str, names: list[str], count: str, end: str) -> list[str]:
        """Pack rows; a row may be packed onto itself, since it is read ahead of what is written."""
        body = [
            f"pack(work, {self._index(to, name, count)}, work, {self._index(side, name, 'e')}, "
            "chosen)"
            for name in names
        ]
        body += [f"{count} += np.int64(popcount(chosen))"]
        return [f"{count} = 0", *self._chosen(side, end, body)]

    def _unpacked(self, side: str, to: str, names: dict[str, str], end: str) -> list[str]:
        body = [
            f"unpack(work, {self._index(to, name, 'e')}, work, {self._index(side, own, 'here')}, "
            "chosen)"
            for own, name in names.items()
        ]
        body += ["here += np.int64(popcount(chosen))"]
        return ["here = 0", *self._chosen(to, end, body)]

    def _ended(self, side: str, count: str) -> list[str]:
        """No pulses for what lies behind the last cell in its vector."""
        body = f"    {self.at(side, 'word')} = {self._word}(0)"
        return [f"for l in range({count}, {count} + {self._lanes}):", body]
