"""Random numbers of training: data, reads of a transfer, choppers, offsets.

They have addresses as those of a tile (:mod:`analogtheory.tiles.streams`), with the kinds
that tiles leave free, so that nothing depends on how problems or steps are split::

    (number, line, stream, problem·256 + place)            stream = kind + 16·(stream number)

with line // 2 in place of the line for normal numbers, which come in pairs.

======  ==============================  =======================  ==========================
kind    what it feeds                   number                   line
======  ==============================  =======================  ==========================
12      data: inputs, targets, noise    number of the vector     column, row
13      noise of the reads of a         number of the read       row, column
        transfer
14      choppers                        number of the sweep      column, row
15      offsets of references           0                        cell
======  ==============================  =======================  ==========================
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analogtheory.errors import InputError
from analogtheory.kernels import elementary
from analogtheory.kernels.compiled import compiled
from analogtheory.kernels.numba_statements import HEADER, definition
from analogtheory.kernels.statements import closure
from analogtheory.philox import check_seed
from analogtheory.tiles.streams import PROBLEMS, REPETITIONS, check_first, stream_of

Array = NDArray[np.float64]

DATA, TRANSFER_READ, CHOPPER, OFFSET = 12, 13, 14, 15


@dataclass(frozen=True, eq=False)
class Source:
    """Random numbers of one kind.

    Attributes
    ----------
    seed, kind, stream : int
    problems : array of int (problems,)
        Their numbers; problems with the same number get the same random numbers.
    """

    seed: int
    kind: int
    stream: int
    problems: NDArray[np.int64]

    @classmethod
    def of(cls, seed: Any, kind: int, stream: Any, problems: ArrayLike) -> Source:
        """A source with checked numbers.

        Raises
        ------
        InputError
            If one is not a whole number in its range.
        """
        numbers = np.asarray(problems)
        if numbers.ndim != 1 or numbers.size == 0 or numbers.dtype.kind not in "iu":
            raise InputError("problems: their numbers must be a vector of whole numbers")
        if numbers.min() < 0:
            raise InputError(f"problems: a number must not be negative, got {numbers.min()}")
        check_first("first_problem", int(numbers.max()), 1, PROBLEMS)
        stream_of(kind, stream)
        return cls(check_seed(seed), kind, int(stream), numbers.astype(np.int64))

    @cached_property
    def _different(self) -> tuple[NDArray[np.int64], NDArray[np.intp]]:
        """The numbers of the problems, each once, and the place of each problem there."""
        unique, back = np.unique(self.problems, return_inverse=True)
        return unique, back

    def normal(self, number: ArrayLike, lines: int, place: int = 0) -> Array:
        """N(0, 1), shape (problems, numbers, lines); `number` is one integer or a vector."""
        unique, back = self._different
        pairs = np.arange((lines + 1) // 2)
        both = self._drawn("normal", unique, number, pairs, place)
        return np.ascontiguousarray(both[back, :, :lines])

    def uniform(self, number: ArrayLike, lines: ArrayLike, place: int = 0) -> Array:
        """Uniform in (0, 1), shape (problems, numbers, lines); `lines` are their numbers."""
        return self._drawn("uniform", self.problems, number, lines, place)

    def _drawn(
        self,
        kind: str,
        problems: NDArray[np.int64],
        number: ArrayLike,
        lines: ArrayLike,
        place: int,
    ) -> Array:
        """By a kernel: few numbers are drawn often."""
        numbers, lanes = _words("number", number), _words("line", lines)
        each = 2 if kind == "normal" else 1
        out = np.empty((len(problems), len(numbers), each * len(lanes)))
        last = problems * REPETITIONS + place
        stream, seed = stream_of(self.kind, self.stream), self.seed
        _kernel(kind)(last, numbers, lanes, stream, seed & 0xFFFFFFFF, seed >> 32, out)
        return out


def _words(name: str, given: ArrayLike) -> NDArray[np.int64]:
    """A vector of counter words."""
    words = np.array(given, ndmin=1)
    if words.dtype.kind not in "iu" or (words.size and (words.min() < 0 or words.max() >= 2**32)):
        raise InputError(f"{name}: must be a whole number from 0 to 2**32 - 1")
    return words.astype(np.int64)


_ARGUMENTS = {
    "last": "int64[::1]", "numbers": "int64[::1]", "lines": "int64[::1]", "stream": "uint64",
    "key0": "uint64", "key1": "uint64", "out": "float64[:, :, ::1]",
}  # fmt: skip

_KEPT = {
    "normal": "out[p, n, 2 * l], out[p, n, 2 * l + 1] = normal_pair(a, b, c, d)",
    "uniform": "out[p, n, l] = uniform(a, b)",
}


@cache
def _kernel(kind: str) -> Callable[..., None]:
    """The bits are those of :mod:`analogtheory.philox`."""
    text = f"""
def kernel({", ".join(_ARGUMENTS)}):
    for p in range(len(last)):
        for n in range(len(numbers)):
            for l in range(len(lines)):
                a, b, c, d = philox(
                    U(numbers[n]), U(lines[l]), stream, U(last[p]), key0, key1
                )
                {_KEPT[kind]}
"""
    drawn = elementary.normal_pair() if kind == "normal" else elementary.uniform()
    functions = closure([elementary.philox(), drawn])
    return compiled("\n\n".join([HEADER, *map(definition, functions), text]), _ARGUMENTS).run
