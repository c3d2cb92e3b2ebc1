"""The pulses of a group of cells, drawn and stepped packed together, as numba source.

Of a group of :data:`WIDTH` neighbours, those with pulses left are packed, in their order, by the
instructions of :mod:`analogtheory.kernels.packing`; they draw one Philox counter and step, go back
to their places, and those with more pulses than one counter serves are packed again. The second
pair of normal numbers of a counter is made only for the cells with a third pulse; if a step is
dear, only these step, else all do, since packing their fields would cost more.

A cell is one word while it is packed: (pulses, direction, number in the group).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from analogtheory.kernels.numba_statements import indented
from analogtheory.kernels.packing import lanes
from analogtheory.tiles.step import Step

#: Cells of a group: two make a block.
WIDTH = 256

#: What the source of a kernel with such groups imports.
IMPORT = "from analogtheory.kernels.packing import above, pack, unpack"

#: Of the word of a cell: bits of the number in the group, and the bit of its direction.
_PLACE_BITS = 10
UP = 1 << _PLACE_BITS
COUNT = _PLACE_BITS + 1


class PackedGroup:
    """Writes the function that steps a group.

    Parameters
    ----------
    step : Step
        With noise.
    precision : int
        32 or 64.
    arrays : sequence of str
        Names of the fields with a value per cell.
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
        arrays: Sequence[str],
        given: Callable[[Callable[[str], str]], str],
        constants: Sequence[str],
        start: int,
    ):
        self._precision, self._given, self._arrays = precision, given, list(arrays)
        self._lanes, self._pairs = lanes(precision), 2 if precision == 32 else 1
        self._is_dear = any(s.op == "call" for s in step.pulse.statements)
        self._scope = [
            "work", "largest", "vector", "noise_stream", "key0", "key1",
            "cell0", "problem0", "cells", "inverse", *constants,
        ]  # fmt: skip
        self._word = "I" if precision == 32 else "U"
        self._suffix = "_single" if precision == 32 else ""
        self._kept = ["word", "w", *self._arrays]
        rows = [("group", name) for name in self._kept]
        rows += [("packed", name) for name in (*self._kept, "z0", "z1", "z2", "z3")]
        rows += [("third", name) for name in (*self._kept, "z2", "z3")]
        # no multiple of 4096 bytes from row to row, and room for a vector behind each
        length = WIDTH + 2 * self._lanes
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

    # ------------------------------------------------------------------ the function

    def source(self) -> str:
        """The function that steps a group."""
        kind = self._word
        body = [
            f"before = {kind}({2 * self._pairs} * counter)",
            "if largest <= before:",
            "    break",
            f"threshold = {self._threshold('before')}",
            "if counter == 0:",
            *indented(self._packed("group", "packed", self._kept, "left", f"{WIDTH}")),
            "else:",
            "    end = left",
            *indented(self._packed("packed", "packed", self._kept, "left", "end")),
            *self._ended("packed", "left"),
            *self._first_pair(),
        ]
        if self._pairs == 2:
            second = self._second_pair_dear() if self._is_dear else self._second_pair_cheap()
            body += [f"if largest > before + {kind}(2):", *indented(second)]
        body += [f"threshold = {self._threshold('before')}"]
        body += self._unpacked("packed", "group", {"w": "w"}, f"{WIDTH}")
        return "\n".join([
            '@njit(error_model="numpy", forceinline=True)',
            f"def step_packed({', '.join(self._scope)}):",
            "    left = 0",
            "    for counter in range(256):",
            *indented(indented(body)),
        ])  # fmt: skip

    def _first_pair(self) -> list[str]:
        place = f"I({self.at('packed', 'word')}) & I({UP - 1})"
        lines = [
            f"place = I(cell0 + I({place}))",
            "later = I(I(place * inverse) >> I(20)) if inverse > I(0) else I(place >= cells)",
            "cell = U(I(place - I(later * cells)))",
            "problem = U(I(problem0 + I(later << I(8))))",
            "a, b, c, d = philox(vector, cell, noise_stream, problem | U(counter), key0, key1)",
        ]
        if self._pairs == 2:
            lines += ["x, y = normal_pair_single(I(a), I(b))"]
            lines += [f"{self.at('packed', 'z2')} = I(c)", f"{self.at('packed', 'z3')} = I(d)"]
        else:
            lines += ["x, y = normal_pair(a, b, c, d)"]
        lines += self._keep_pair("packed", 0)
        return [*self._each("left", lines), *self._each("left", self._steps("packed", 0))]

    def _second_pair_cheap(self) -> list[str]:
        """Only the normal numbers are made for fewer cells."""
        names = {"z2": "z2", "z3": "z3"}
        return [
            f"threshold = {self._threshold(f'before + {self._word}(2)')}",
            *self._packed("packed", "third", list(names), "more", "left"),
            *self._each("more", self._second_numbers()),
            *self._unpacked("third", "packed", names, "left"),
            *self._each("left", self._steps("packed", 2)),
        ]

    def _second_pair_dear(self) -> list[str]:
        return [
            f"threshold = {self._threshold(f'before + {self._word}(2)')}",
            *self._packed("packed", "third", [*self._kept, "z2", "z3"], "more", "left"),
            *self._ended("third", "more"),
            *self._each("more", self._second_numbers()),
            *self._each("more", self._steps("third", 2)),
            *self._unpacked("third", "packed", {"w": "w"}, "left"),
        ]

    def _second_numbers(self) -> list[str]:
        words = ", ".join(f"I({self.at('third', name)})" for name in ("z2", "z3"))
        return [f"x, y = normal_pair_single({words})", *self._keep_pair("third", 2)]

    def _keep_pair(self, side: str, first: int) -> list[str]:
        pairs = zip((f"z{first}", f"z{first + 1}"), ("x", "y"), strict=True)
        return [f"{self.at(side, name)} = {self._bits(value)}" for name, value in pairs]

    def _steps(self, side: str, first: int) -> list[str]:
        """Two pulses after `before`; the fields are those of the direction already."""
        kind, word = self._word, self.at(side, "word")
        lines = [f"w = {self._real(side, 'w')}", f"count = {kind}({word} >> {kind}({COUNT}))"]
        lines += [f"up = ({word} & {kind}({UP})) != {kind}(0)"]
        given = self._given(lambda name: self._real(side, name))
        for number in (first, first + 1):
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

    def _packed(self, side: str, to: str, names: list[str], count: str, end: str) -> list[str]:
        """Pack rows; a row may be packed onto itself, since it is read ahead of what is written."""
        moves = [
            f"pack(work, {self._index(to, name, count)}, {self._index(side, name, 'e')}, chosen)"
            for name in names
        ]
        body = [*moves, f"{count} += np.int64(popcount(chosen))"]
        return [f"{count} = 0", *self._chosen(side, end, body)]

    def _unpacked(self, side: str, to: str, names: dict[str, str], end: str) -> list[str]:
        moves = [
            f"unpack(work, {self._index(to, name, 'e')}, {self._index(side, own, 'here')}, chosen)"
            for own, name in names.items()
        ]
        body = [*moves, "here += np.int64(popcount(chosen))"]
        return ["here = 0", *self._chosen(to, end, body)]

    def _ended(self, side: str, count: str) -> list[str]:
        """No pulses for what lies behind the last cell in its vector."""
        body = f"    {self.at(side, 'word')} = {self._word}(0)"
        return [f"for l in range({count}, {count} + {self._lanes}):", body]
