"""A group of pulsed cells from anywhere in a tile, as numba source: draw, step, put back.

The cells lie packed in rows of working memory: weights, fields, the number of the cell, and that of
the vector times 2, and 1 more for an up pulse. In a group no cell has more than one pulse, or there
is a row of counts; the weights go back into vectors of neighbours, or one by one.
"""

from __future__ import annotations

from analogtheory.kernels.numba_statements import indented
from analogtheory.kernels.packing import lanes
from analogtheory.tiles.group_source import normals_per_counter
from analogtheory.tiles.step import Step

#: Cells of a group at most.
WIDTH = 256

#: What the source of a kernel with such groups imports.
IMPORT = """from analogtheory.kernels.packing import above
from analogtheory.kernels.picking import pick, pick_numbers, pick_sided, pick_word, put"""


class SparseGroup:
    """Writes the functions of a group.

    Parameters
    ----------
    step : Step
        With noise.
    precision : int
        32 or 64.
    arrays, constants : mappings of str to (int, int)
        Where the fields are, as :class:`analogtheory.tiles.group_source.GroupSource` takes them.
    """

    def __init__(
        self,
        step: Step,
        precision: int,
        arrays: dict[str, tuple[int, int]],
        constants: dict[str, tuple[int, int]],
    ):
        self._step, self._precision = step, precision
        self._arrays, self._constants = arrays, constants
        self._lanes = lanes(precision)
        self._per_counter = normals_per_counter(precision)
        self._suffix = "_single" if precision == 32 else ""
        self._word = "I" if precision == 32 else "U"
        names = ["natural", "w", "cell", "vector", "count", "slot", "done", "home", *arrays]
        # no multiple of 4096 bytes from row to row, and room for a vector behind each
        length = WIDTH + 2 * self._lanes
        self._row = {name: number * length for number, name in enumerate(names)}
        self._size = len(names) * length

    def functions(self) -> list[str]:
        """The text of the functions."""
        return [self._step_once(), self._step_all(), self._flush()]

    # ------------------------------------------------------------------ names

    def _index(self, name: str, lane: str) -> str:
        # unsigned indices count from the front, and are not looked at again by numba
        return f"U({lane}) + U({self._row[name]})"

    def _at(self, name: str, lane: str = "l") -> str:
        return f"work[{self._index(name, lane)}]"

    def _real(self, name: str) -> str:
        return f"unbits{self._suffix}({self._at(name)})"

    def _bits(self, value: str) -> str:
        return f"bits{self._suffix}({value})"

    @property
    def _given_constants(self) -> list[str]:
        names = []
        for name, (up, down) in self._constants.items():
            names += [f"constant_{name}"] if up == down else [f"up_{name}", f"down_{name}"]
        return names

    def _given(self) -> str:
        given = {name: self._real(name) for name in self._arrays}
        given |= {name: f"constant_{name}" for name in self._constants}
        sided = {n for n, (a, b) in self._constants.items() if a != b}
        given |= {name: f"(up_{name} if up else down_{name})" for name in sided}
        return ", ".join(given[field.name] for field in self._step.fields)

    @property
    def _scope(self) -> list[str]:
        """What a group needs besides its rows."""
        return ["work", "left", "problem", "noise_stream", "key0", "key1", *self._given_constants]

    @property
    def _kept(self) -> list[str]:
        """What a group needs to be put back."""
        return ["is_once", "is_far", "start", "kept", "places", "masks", "weights"]

    @property
    def call(self) -> str:
        """Calls the function that steps a group and puts it back."""
        return f"flush({', '.join([*self._scope, *self._kept])})"

    # ------------------------------------------------------------------ a group

    def _function(self, name: str, scope: list[str], body: list[str], inline: bool = True) -> str:
        inlined = ", forceinline=True" if inline else ""
        head = [f'@njit(error_model="numpy"{inlined})', f"def {name}({', '.join(scope)}):"]
        return "\n".join([*head, *indented(body)])

    def _each(self, body: list[str]) -> list[str]:
        """For whole vectors of cells."""
        whole = f"(left + {self._lanes - 1}) // {self._lanes} * {self._lanes}"
        return [f"for l in range({whole}):", *indented(body)]

    def _cell(self, counter: str) -> list[str]:
        """Of one cell: what it was pulsed by, and the words of a counter."""
        word = self._at("vector")
        return [
            f"cell, vector = U({self._at('cell')}), U({word} >> {self._word}(1))",
            f"up = ({word} & {self._word}(1)) != {self._word}(0)",
            f"a, b, c, d = philox(vector, cell, noise_stream, {counter}, key0, key1)",
        ]

    def _normals(self) -> list[str]:
        if self._precision == 64:
            return ["z0, z1 = normal_pair(a, b, c, d)"]
        return [
            "z0, z1 = normal_pair_single(I(a), I(b))",
            "z2, z3 = normal_pair_single(I(c), I(d))",
        ]

    def _step_once(self) -> str:
        """One pulse for each cell."""
        body = [*self._cell("problem"), self._normals()[0]]
        body += [f"moved = pulse({self._real('w')}, up, z0, {self._given()})"]
        body += [f"{self._at('w')} = {self._bits('moved')}"]
        return self._function("step_once", self._scope, self._each(body))

    def _step_all(self) -> str:
        """Counter after counter, for the cells with pulses left."""
        kind = self._word
        lane = [*self._cell("problem | U(counter)"), *self._normals()]
        lane += [f"w, count = {self._real('w')}, {self._at('count')}"]
        for k in range(self._per_counter):
            lane += [f"moved = pulse(w, up, z{k}, {self._given()})"]
            lane += [f"w = moved if count > before + {kind}({k}) else w"]
        lane += [f"{self._at('w')} = {self._bits('w')}"]
        body = [
            f"before = {kind}({self._per_counter} * counter)",
            "if largest <= before:",
            "    break",
            "if counter > 0:",
            *indented(self._narrowed()),
            f"for l in range(left, left + {self._lanes}):",
            f"    {self._at('count')} = {kind}(0)",
            *self._each(lane),
            "for l in range(left):",
            f"    {self._at('done', self._at('slot'))} = {self._at('w')}",
        ]
        whole = [
            f"largest = {kind}(0)",
            "for l in range(left):",
            f"    {self._at('slot')} = {kind}(l)",
            f"    largest = max(largest, {self._at('count')})",
            "end = left",
            "for counter in range(256):",
            *indented(body),
            "for l in range(end):",
            f"    {self._at('w')} = {self._at('done')}",
        ]
        return self._function("step_all", self._scope, whole)

    def _narrowed(self) -> list[str]:
        """Close the ranks: rows are packed onto themselves, which are read ahead of a write."""
        kept = ["w", "cell", "vector", "slot", *self._arrays, "count"]
        moves = [
            f"pick(work, {self._index(name, 'left')}, work, {self._index(name, 'e')}, chosen)"
            for name in kept
        ]
        body = [f"chosen = above(work, {self._index('count', 'e')}, before)", *moves]
        body += ["left += np.int64(popcount(chosen))"]
        return [
            "last = left",
            "left = 0",
            f"for e in range(0, last, {self._lanes}):",
            *indented(body),
        ]

    def _flush(self) -> str:
        """Step the group, and put its weights back where they came from."""
        scope = [*self._scope, *self._kept]
        body = [
            "if is_far:",
            "    for l in range(left):",
            f"        {self._at('home')} = {self._at('cell')}",
            "if is_once:",
            f"    step_once({', '.join(self._scope)})",
            "else:",
            f"    step_all({', '.join(self._scope)})",
            "if is_far:",
            "    for l in range(left):",
            f"        weights[start + U({self._at('home')})] = {self._real('w')}",
            "    return",
            "here = 0",
            "for k in range(kept):",
            f"    put(weights, places[U(k)], work, {self._index('w', 'here')}, masks[U(k)])",
            "    here += np.int64(popcount(masks[U(k)]))",
        ]
        return self._function("flush", scope, body, inline=False)
