"""Formulas of facts in floating point, at many points at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analogtheory.checker.expressions import evaluate
from analogtheory.errors import InputError
from analogtheory.prove.facts import Fact

Array = NDArray[np.float64]
_FUNCTIONS = {
    "Abs": np.abs,
    "exp": np.exp,
    "log": np.log,
    "sqrt": np.sqrt,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": np.tanh,
}


class Floats:
    """The algebra of float arrays; nan where a formula is undefined."""

    def __init__(self, values: Mapping[str, Array]):
        self._values = values

    def number(self, value: Fraction) -> Any:
        """A constant."""
        try:
            return np.float64(value.numerator / value.denominator)
        except OverflowError:
            return np.float64("nan")

    def name(self, name: str) -> Any:
        """The values of a variable."""
        if name not in self._values:
            raise InputError(f"{name}: is no symbol of the statement")
        return self._values[name]

    def call(self, function: str, arguments: list[Any]) -> Any:
        """A function value."""
        if function in ("Max", "Min"):
            return reduce(np.maximum if function == "Max" else np.minimum, arguments)
        return _FUNCTIONS[function](arguments[0])

    def power(self, base: Any, exponent: Fraction) -> Any:
        """base**exponent."""
        return np.power(base, float(exponent))


def values_of(text: str, values: Mapping[str, Array], count: int) -> Array:
    """A formula at `count` points."""
    with np.errstate(all="ignore"):
        found: Array = np.broadcast_to(
            np.asarray(evaluate(text, Floats(values)), dtype=float), count
        ).copy()
    return found


class Margins:
    """How far points are from breaking a conclusion under its hypotheses."""

    def __init__(self, conclude: Fact, given: Sequence[Fact]):
        self._goal = (str(conclude.expression), conclude.relation)
        self._given = [(str(fact.expression), fact.relation) for fact in given]

    def __call__(self, values: Mapping[str, Array], count: int) -> tuple[Array, Array]:
        """The conclusion's margin (< 0: broken) and the violation of the hypotheses (0: none)."""
        goal = values_of(self._goal[0], values, count)
        margin = -np.abs(goal) if self._goal[1] == "==" else goal
        # A formula that is 0 breaks "> 0"; rounding must not hide it.
        noise = 1e-12 * reduce(np.maximum, map(np.abs, values.values()), np.ones(count))
        margin = margin - noise if self._goal[1] == ">" else margin + 1e-3 * noise
        violation = np.zeros(count)
        for text, relation in self._given:
            side = values_of(text, values, count)
            miss = np.abs(side) if relation == "==" else np.maximum(-side, 0.0)
            miss = np.where(miss <= 1e-12, 0.0, miss)
            if relation == ">":
                miss = np.where(side == 0, 1e-9, miss)
            violation += np.where(np.isnan(miss), np.inf, miss)
        margin[~np.isfinite(margin)] = np.inf
        return margin, violation
