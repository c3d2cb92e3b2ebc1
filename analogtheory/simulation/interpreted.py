"""The blocks of a simulation executed by NumPy, all trajectories at a time.

The reference in single precision: what a generated kernel does to the lanes of a tile happens
here to arrays with one number per trajectory, statement by statement.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analogtheory.kernels.blocks import Alternate, Block, Check, Lanes, Repeat
from analogtheory.kernels.numpy_printer import numpy_function
from analogtheory.kernels.statements import Function, Operand, Statement
from analogtheory.simulation.body import Body
from analogtheory.simulation.outcome import Buffers, outcome, raise_failures
from analogtheory.simulation.result import SimulationResult

Array = NDArray[Any]


def run_interpreted(body: Body, start: dict[str, Array]) -> SimulationResult:
    """Run a simulation that was written as blocks.

    Raises
    ------
    DivergedError
        If a state or an observable ceases to be finite.
    InputError
        If a change needs more than a million pulses.
    """
    buffers = Buffers.of(body, start, body.settings.trajectories)
    with np.errstate(all="ignore"):  # what is not finite is found and reported by name
        _Run(body, buffers).all_steps()
    return outcome(body, buffers, "numpy", 0.0)


@dataclass(frozen=True)
class _Loop:
    """Lanes as a function over arrays: its arguments by name, and what its results are."""

    arguments: tuple[str, ...]
    loaded: dict[str, str]
    results: tuple[tuple[str, str], ...]
    function: Callable[..., tuple[Any, ...]]


class _Run:
    def __init__(self, body: Body, buffers: Buffers):
        self._body, self._buffers, self._settings = body, buffers, body.settings
        self._program = program = body.program
        self._real, self._word = buffers.states.dtype.type, f"u{buffers.states.itemsize}"
        # copies: a state may become another one's array, and the buffers are written one by one
        self._rows = dict(zip(program.states, buffers.states.copy(), strict=True))
        self._rows |= zip(program.columns, buffers.columns, strict=True)
        self._sums = dict(zip(program.sums, buffers.sums, strict=True))
        self._sums |= zip(program.totals, buffers.totals, strict=True)
        self._flags: dict[str, bool] = {}
        self._loops: dict[int, _Loop] = {}
        settings = body.settings
        self._names: dict[str, Any] = {
            f"c{k}": self._real(value) for k, value in enumerate(body.constants.values())
        }
        self._names["lane"] = settings.lanes.astype(np.uint64)
        self._names["key0"] = np.uint64(settings.seed & 0xFFFFFFFF)
        self._names["key1"] = np.uint64(settings.seed >> 32)

    def all_steps(self) -> None:
        settings, every = self._settings, self._settings.every
        records = settings.record == "trajectory"
        for step in range(settings.steps + 1):
            if records and step % every == 0:
                for k, state in enumerate(self._program.states):
                    self._buffers.records[step // every, k] = self._rows[state]
            if step == settings.steps:
                break
            self._index("step", step)
            if step >= settings.burn_in:
                self._blocks(self._program.observing, step)
            self._blocks(self._program.blocks, step)
        for k, state in enumerate(self._program.states):
            self._buffers.states[k] = self._rows[state]

    def _index(self, name: str, value: int) -> None:
        self._names[name] = value
        self._names[f"{name}_word"] = np.uint64(value)
        self._names[f"{name}_pair"] = np.uint64(value >> 1)
        self._names[f"{name}_quad"] = np.uint64(value >> 2)
        self._names[f"{name}_real"] = self._real(value)

    def _blocks(self, blocks: list[Block] | tuple[Block, ...], step: int) -> None:
        for block in blocks:
            if isinstance(block, Lanes):
                self._lanes(block)
            elif isinstance(block, Alternate):
                self._blocks(block.ways[self._names[block.index] % len(block.ways)], step)
            elif isinstance(block, Repeat):
                self._repeat(block, step)
            else:
                self._check(block, step)

    def _repeat(self, repeat: Repeat, step: int) -> None:
        times = repeat.times
        most = int(self._rows[times].max()) if isinstance(times, str) else times
        for number in range(-(-most // repeat.stride)):
            self._index(repeat.index, number)
            self._blocks(repeat.blocks, step)
            if repeat.flag is not None and not self._flags[repeat.flag]:
                break

    def _check(self, check: Check, step: int) -> None:
        for failure in check.failures:
            if self._flags[failure.flag]:
                largest = 0.0 if failure.row is None else float(self._rows[failure.row].max())
                raise_failures(self._body, np.array([[failure.code, step, largest]]))

    def _lanes(self, lanes: Lanes) -> None:
        if id(lanes) not in self._loops:
            self._loops[id(lanes)] = _loop(lanes, self._body)
        loop = self._loops[id(lanes)]
        given = {name: self._rows[row] for name, row in loop.loaded.items()}
        values = loop.function(
            *(given[n] if n in given else self._names[n] for n in loop.arguments)
        )
        self._flags |= dict.fromkeys(lanes.flags, False)
        for (kind, name), value in zip(loop.results, values, strict=True):
            if kind == "flag":
                self._flags[name] |= bool(np.any(value))
            elif kind == "accumulate":
                self._sums[name] += value
            else:
                wanted = self._real if kind == "store" else self._word
                self._rows[name] = self._spread(value, wanted)

    def _spread(self, value: Any, wanted: Any) -> Array:
        array = np.asarray(value)
        if array.dtype != wanted:
            raise TypeError(f"a row of {wanted} was given {array.dtype}")
        return np.asarray(np.broadcast_to(array, self._settings.shape))


def _loop(lanes: Lanes, body: Body) -> _Loop:
    """Loads become arguments of a function, stores and flags its results."""
    values: dict[str, Operand] = {}
    held: dict[str, Operand] = {}
    loaded: dict[str, str] = {}
    stored: dict[tuple[str, str], Operand] = {}
    others: list[tuple[tuple[str, str], Operand]] = []
    statements: list[Statement] = []
    for s in lanes.statements:
        args = tuple(values.get(a, a) if isinstance(a, str) else a for a in s.args)
        if s.op in ("load", "uload"):
            row = str(s.args[0])
            if row not in held:
                held[row] = f"row{len(loaded)}"
                loaded[f"row{len(loaded)}"] = row
            values[s.targets[0]] = held[row]
        elif s.op in ("store", "ustore"):
            held[str(s.args[0])] = args[1]
            stored[s.op, str(s.args[0])] = args[1]
        elif s.op in ("flag", "accumulate"):
            others.append(((s.op, str(s.args[0])), args[1]))
        elif s.op == "lane":
            values[s.targets[0]] = "lane"
        else:
            statements.append(Statement(s.targets, s.op, args))
    results = [*stored.items(), *others]
    arguments = _free(statements, [value for _, value in results])
    calls = tuple(body.functions[str(s.args[0])] for s in statements if s.op == "call")
    function = Function(
        "lanes", arguments, tuple(statements), tuple(value for _, value in results),
        calls, body.precision,
    )  # fmt: skip
    names = tuple(name for name, _ in results)
    return _Loop(arguments, loaded, names, numpy_function(function))


def _free(statements: list[Statement], results: list[Operand]) -> tuple[str, ...]:
    """The names that are used and not defined, but for those of functions."""
    defined = {target for s in statements for target in s.targets}
    used = [a for s in statements for a in (s.args[1:] if s.op == "call" else s.args)]
    names = dict.fromkeys(a for a in [*used, *results] if isinstance(a, str))
    return tuple(name for name in names if name not in defined)
