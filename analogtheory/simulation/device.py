"""A response ready to be executed: its formulas as array functions, its range as numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import sympy
from numpy.typing import NDArray

from analogtheory.kernels.formulas import Translator, UnsupportedFormula
from analogtheory.kernels.numpy_printer import numpy_function
from analogtheory.kernels.statements import Builder
from analogtheory.responses.formulas import WEIGHT, ElementwiseFunction
from analogtheory.responses.response import Response
from analogtheory.simulation.merged import slope

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
Rule = Callable[[Array], Array]


@dataclass(frozen=True, eq=False)
class Device:
    """A response with the ends of its range evaluated once.

    Attributes
    ----------
    low, high : arrays
        Ends of the range.
    q_up, q_down, F, G : callables
        The formulas over arrays, as the statements of :mod:`analogtheory.kernels`.
    """

    response: Response
    low: Array
    high: Array
    q_up: Rule
    q_down: Rule
    F: Rule
    G: Rule

    @classmethod
    def of(cls, response: Response) -> Device:
        """The device of a response."""
        low, high = response.range
        rules = (response.q_up, response.q_down, response.F, response.G)
        return cls(response, np.asarray(low), np.asarray(high), *map(_rule, rules))

    @cached_property
    def slopes(self) -> tuple[Rule, Rule]:
        """The slopes of q₊ and q₋, which must be affine in w."""
        return _rule(slope(self.response.q_up)), _rule(slope(self.response.q_down))

    def cut(self, target: Array, where: Flags | bool = True) -> Array:
        """The target clipped to the range.

        Raises
        ------
        FloatingPointError
            If the target is not finite where it counts, which clipping would hide.
        """
        if not (np.isfinite(target) | ~np.asarray(where)).all():
            raise FloatingPointError
        below = np.where(target > self.high, self.high, target)
        return np.where(target < self.low, self.low, below)


def _rule(function: ElementwiseFunction) -> Rule:
    names = tuple(function.parameters)
    try:
        compiled = _compiled(function.general, names)
    except UnsupportedFormula:
        return function
    values = [np.asarray(value, dtype=np.float64) for value in function.parameters.values()]
    constant = np.broadcast_shapes(*(value.shape for value in values), ())

    def rule(weights: Array) -> Array:
        with np.errstate(all="ignore"):  # outside the range a formula may not be defined
            (result,) = compiled(weights, *values)
        shape = np.broadcast_shapes(np.shape(weights), constant)
        return np.broadcast_to(np.asarray(result, dtype=np.float64), shape)

    return rule


@lru_cache(maxsize=256)
def _compiled(expression: sympy.Expr, names: tuple[str, ...]) -> Callable[..., Any]:
    builder = Builder()
    arguments = {WEIGHT.name: "x0", **{name: f"x{k + 1}" for k, name in enumerate(names)}}
    value = Translator(builder, arguments)(expression)
    return numpy_function(builder.function("formula", tuple(arguments.values()), value))
