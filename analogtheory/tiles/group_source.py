"""What a group of cells does in an update: draw, step, and so on until no pulse is left.

The cells of a group lie in rows of working memory. Where the processor can pack lanes, groups of
neighbours are written by :mod:`analogtheory.tiles.packed_source` instead, and what is here serves
the narrow groups of sparse updates.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Self

from analogtheory.kernels.numba_statements import indented
from analogtheory.tiles.affine import affine_train, has_affine_train
from analogtheory.tiles.step import Step

#: Cells of a block.
LANES = 512

#: Cells that step together.
GROUP = 128

#: Packed cells that draw together.
VECTOR = 16

#: From one row of working memory to the next: not 4096 bytes, so that the same place of many
#: rows does not fall into one set of the cache.
_ROW = LANES + 3 * GROUP


def normals_per_counter(precision: int) -> int:
    """How many normal numbers one Philox counter gives."""
    return 4 if precision == 32 else 2


class GroupSource:
    """Writes what a group does.

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
    longest : int
        The longest train.
    """

    def __init__(
        self,
        step: Step,
        precision: int,
        arrays: dict[str, tuple[int, int]],
        constants: dict[str, tuple[int, int]],
        longest: int,
    ):
        self._train = affine_train(step, precision, longest) if has_affine_train(step) else None
        self._step, self._precision = step, precision
        self._arrays, self._constants = arrays, constants
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
        return self._given_by(self._real)

    def _given_by(self, read: Callable[[str], str]) -> str:
        """The fields as arguments of the statements; `read` reads one of a cell."""
        given = {name: read(name) for name in self._arrays}
        given |= {name: f"constant_{name}" for name in self._constants}
        sided = {n for n, (a, b) in self._constants.items() if a != b}
        given |= {name: f"(up_{name} if up else down_{name})" for name in sided}
        return ", ".join(given[field.name] for field in self._step.fields)

    # ------------------------------------------------------------------ a group

    def _narrow(self) -> Self:
        """The same with groups of as many cells as fit one vector, for sparse updates."""
        other = copy.copy(self)
        other._width = VECTOR
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
        direction = f"up = {self._own('up')} != {self._word}(0)"
        body += self._lanes([*place, direction, *self._loaded(self._own)])
        body += [f"step_{self._width}({', '.join(self._scope)})"]
        return [*lines, f"if largest > {self._word}(0):", *indented(body)]

    def _loaded(self, own: Callable[[str], str]) -> list[str]:
        lines = [f"{own('w')} = {self._bits('weights[s]')}"]
        for name, (up, down) in self._arrays.items():
            if up == down:
                lines.append(f"{own(name)} = {self._bits(f'fields[{up}, s]')}")
                continue
            if self._width == VECTOR:  # from all over memory: no line of it that is not needed
                row = f"(U({up}) if up else U({down}))"
                lines.append(f"{own(name)} = {self._bits(f'fields[{row}, s]')}")
                continue
            # both are loaded whatever the direction: a load under a condition is no vector
            lines += [f"one = fields[{up}, s]", f"other = fields[{down}, s]"]
            lines.append(f"{own(name)} = {self._bits('one if up else other')}")
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
        if self._width == VECTOR:
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
        lines += [f"for e in range(0, {GROUP}, {VECTOR}):", "    if e >= left:", "        break"]
        lines += indented(self._numbers("left ", f"for l in range(e, e + {VECTOR}):"))
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
