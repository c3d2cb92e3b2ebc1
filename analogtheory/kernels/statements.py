"""Statements: what a generated kernel consists of, before it is printed in a language.

A statement is one operation on names and numbers, as C has them: doubles, 64-bit unsigned
words and truth values. Printed for NumPy a name is an array, printed for numba it is one
lane of a tile; the operations and their order are the same, and with them the bits.

=========================================  ================================================
operation                                  meaning
=========================================  ================================================
add sub mul div neg abs sqrt floor ceil    doubles, rounded as IEEE 754 says
lt le gt ge eq ne                          doubles → truth value
and or not                                 truth values
select                                     (truth value, a, b): a where true, else b
uadd usub umul uand uor uxor ushl ushr     words, modulo 2⁶⁴
odd                                        word → whether its last bit is set
real                                       word → the nearest double
bits, unbits                               the word that a double is stored as, and back
call                                       a :class:`Function`, named in the first argument
load, store                                a row of doubles of the tile (kernels only)
uload, ustore                              a row of words of the tile
accumulate                                 add a double to a sum or a counter of the tile
flag                                       set a flag of the tile if the value is true
lane                                       the number of this lane's trajectory
other names (sin, pow, …)                  the function of the mathematical library
=========================================  ================================================

Only the last line may differ in the last bits between backends; everything above is exact.

In single precision floats stand in place of doubles, and words are modulo 2³². Two things
keep 64 bits in kernels of single precision: sums and counters, and the words of counters and
keys (a lane, an index, what a call of Philox takes and gives); ``narrow`` gives the lower 32
bits of such a word.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

#: A name, a double (float) or a word (int).
Operand: TypeAlias = str | float | int

#: Operations that give the same bits on every IEEE machine.
EXACT = frozenset(
    {
        "add", "sub", "mul", "div", "neg", "abs", "sqrt", "floor", "ceil",
        "lt", "le", "gt", "ge", "eq", "ne", "and", "or", "not", "select",
        "uadd", "usub", "umul", "uand", "uor", "uxor", "ushl", "ushr", "odd", "real",
        "bits", "unbits", "narrow",
        "call", "load", "store", "uload", "ustore", "accumulate", "flag", "lane",
    }
)  # fmt: skip

_UNARY = (
    "sin", "cos", "tan", "asin", "acos", "atan",
    "sinh", "cosh", "tanh", "asinh", "acosh", "atanh",
)  # fmt: skip

#: Functions of the mathematical library, by their number of arguments.
LIBRARY = {**dict.fromkeys(_UNARY, 1), "pow": 2, "atan2": 2}

#: Numbers that belong to the shape of a formula; all others can be kept out of the source.
_SHAPE = (0.0, 0.5, 1.0, 2.0)


@dataclass(frozen=True)
class Statement:
    """``targets = op(args)``."""

    targets: tuple[str, ...]
    op: str
    args: tuple[Operand, ...]


@dataclass(frozen=True)
class Function:
    """A function made of statements.

    Attributes
    ----------
    calls : tuple of Function
        The functions that it calls.
    precision : int
        64, or 32 for single precision.
    """

    name: str
    parameters: tuple[str, ...]
    statements: tuple[Statement, ...]
    results: tuple[Operand, ...]
    calls: tuple[Function, ...] = ()
    precision: int = 64

    def closure(self) -> list[Function]:
        """This function and all that it calls, callees first."""
        return closure([self])


def closure(functions: Iterable[Function]) -> list[Function]:
    """The functions and all that they call, callees first, each once."""
    found: dict[str, Function] = {}
    for function in functions:
        for callee in closure(function.calls):
            found.setdefault(callee.name, callee)
        found.setdefault(function.name, function)
    return list(found.values())


@dataclass
class Constants:
    """Numbers kept out of the source, so that one compiled kernel serves many values."""

    names: dict[str, float] = field(default_factory=dict)

    def literal(self, value: float) -> Operand:
        """The name of a number that stands in a formula."""
        if value in _SHAPE:
            return value
        return self.named(f"number {value!r}", value)

    def named(self, key: str, value: float) -> str:
        """The name of a quantity."""
        self.names.setdefault(key, value)
        return f"c{list(self.names).index(key)}"

    def key(self, operand: Operand) -> str | None:
        """What a name stands for; None if it is no constant."""
        return {f"c{k}": key for k, key in enumerate(self.names)}.get(str(operand))

    def values(self) -> list[float]:
        """The values of c0, c1, …"""
        return list(self.names.values())


def _is_ordinary(value: float) -> bool:
    """Whether neither a number nor its reciprocal leaves the range of floats."""
    return 2.0**-126 < abs(value) < 2.0**126


class Builder:
    """Writes statements; an operation that was written before is not written twice.

    Parameters
    ----------
    constants : Constants, optional
        Where the numbers of formulas go; without it they stand in the source.
    precision : int
        64, or 32 for single precision.
    inverting : bool
        Whether to divide by a number that is known, or a constant, as a multiplication by its
        reciprocal, which costs a third and errs by 1.5 units of the last place, not by half a
        one.
    """

    def __init__(
        self,
        constants: Constants | None = None,
        precision: int = 64,
        inverting: bool = False,
    ):
        self.precision = precision
        self._inverting = inverting
        self.statements: list[Statement] = []
        self.calls: dict[str, Function] = {}
        self._constants = constants
        self._known: dict[tuple[str, tuple[str, ...]], tuple[str, ...]] = {}
        self._names = 0

    @property
    def is_exact(self) -> bool:
        """Whether every operation gives the same bits on every machine."""
        return all(statement.op in EXACT for statement in self.statements)

    def number(self, value: float) -> Operand:
        """A number of a formula."""
        return self._constants.literal(value) if self._constants is not None else value

    def op(self, op: str, *args: Operand) -> str:
        """Write ``name = op(args)`` and return the name."""
        if op == "div" and self._inverting:
            inverse = self._inverse(args[1])
            if inverse is not None:
                op, args = "mul", (args[0], inverse)
        return self._write(op, args, 1)[0]

    def _inverse(self, operand: Operand) -> Operand | None:
        """The reciprocal of a number or a constant, if it is an ordinary float."""
        if isinstance(operand, float):
            return 1.0 / operand if _is_ordinary(operand) else None
        key = None if self._constants is None else self._constants.key(operand)
        if self._constants is None or key is None:
            return None
        value = self._constants.names[key]
        return self._constants.named(f"1/({key})", 1.0 / value) if _is_ordinary(value) else None

    def call(self, function: Function, *args: Operand) -> tuple[str, ...]:
        """Call a function; the names of its results."""
        self.calls.setdefault(function.name, function)
        return self._write("call", (function.name, *args), len(function.results))

    def external(self, name: str, *args: Operand) -> str:
        """Call a Python function that the caller of the printed code supplies."""
        return self._write("call", (name, *args), 1)[0]

    def _write(self, op: str, args: tuple[Operand, ...], results: int) -> tuple[str, ...]:
        key = (op, tuple(map(repr, args)))
        if key not in self._known:
            targets = tuple(f"v{self._names + k}" for k in range(results))
            self._names += results
            self.statements.append(Statement(targets, op, args))
            self._known[key] = targets
        return self._known[key]

    def store(self, row: str, value: Operand) -> None:
        """Keep a value in a row of the tile."""
        self.statements.append(Statement((), "store", (row, value)))
        self._known.pop(("load", (repr(row),)), None)

    def store_word(self, row: str, word: Operand) -> None:
        """Keep a word in a row of the tile."""
        self.statements.append(Statement((), "ustore", (row, word)))
        self._known.pop(("uload", (repr(row),)), None)

    def accumulate(self, row: str, value: Operand) -> None:
        """Add to a sum or a counter."""
        self.statements.append(Statement((), "accumulate", (row, value)))

    def flag(self, name: str, condition: str) -> None:
        """Set a flag of the tile where a condition holds."""
        self.statements.append(Statement((), "flag", (name, condition)))

    # ------------------------------------------------------------------ combinations

    def power(self, base: Operand, exponent: int) -> Operand:
        """base^exponent, exponent ≥ 0, by repeated squaring: multiplications only."""
        result: Operand = 1.0
        while exponent:
            if exponent & 1:
                result = base if result == 1.0 else self.op("mul", result, base)
            exponent >>= 1
            if exponent:
                base = self.op("mul", base, base)
        return result

    def horner(self, coefficients: Iterable[float], x: Operand) -> Operand:
        """c₀ + x(c₁ + x(c₂ + …))."""
        *rest, total = list(coefficients)
        value: Operand = total
        for coefficient in reversed(rest):
            value = self.op("add", self.op("mul", value, x), coefficient)
        return value

    def is_finite(self, value: Operand) -> str:
        """Whether a double is a finite number."""
        return self.op("lt", self.op("abs", value), float("inf"))

    def clip(self, value: Operand, low: Operand, high: Operand) -> str:
        """The value brought into [low, high]."""
        above = self.op("select", self.op("gt", value, high), high, value)
        return self.op("select", self.op("lt", value, low), low, above)

    def function(self, name: str, parameters: tuple[str, ...], *results: Operand) -> Function:
        """What was written so far, as a function."""
        calls = tuple(self.calls.values())
        statements = tuple(self.statements)
        return Function(name, parameters, statements, results, calls, self.precision)
