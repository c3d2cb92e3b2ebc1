"""Formulas in the weight w, and how they act on arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import sympy
from numpy.typing import ArrayLike, NDArray

Array: TypeAlias = NDArray[np.float64]
Expr: TypeAlias = sympy.Expr

#: Rational functions up to this degree are brought to normal form.
_HIGHEST_DEGREE = 60

#: The weight, the one variable of every response function.
WEIGHT = sympy.Symbol("w", real=True)


def parameter(name: str) -> sympy.Symbol:
    """The symbol of a named parameter of a response function (a real number)."""
    return sympy.Symbol(name, real=True)


class ElementwiseFunction:
    """A formula in w (and the response's parameters) that acts on arrays entry by entry.

    Attributes
    ----------
    expr : sympy.Expr
        The formula with its scalar parameters inserted as exact numbers.
    """

    def __init__(self, expr: Expr, general: Expr, parameters: Mapping[str, Any]):
        self.expr = expr
        self._general = general
        self._parameters = parameters

    @property
    def general(self) -> Expr:
        """The formula with its parameters as symbols."""
        return self._general

    @property
    def parameters(self) -> Mapping[str, Any]:
        """The values of the parameters, numbers or arrays."""
        return self._parameters

    @cached_property
    def _numeric(self) -> Callable[..., Any]:
        names = [parameter(name) for name in self._parameters]
        function: Callable[..., Any] = sympy.lambdify(
            [WEIGHT, *names], self._general, modules="numpy", cse=True
        )
        return function

    def __call__(self, w: ArrayLike) -> Array:
        """Evaluate at the weights `w`; parameters that are arrays are broadcast with it."""
        weights = np.asarray(w, dtype=np.float64)
        values = [np.asarray(v, dtype=np.float64) for v in self._parameters.values()]
        shape = np.broadcast_shapes(weights.shape, *(value.shape for value in values))
        with np.errstate(all="ignore"):  # outside the range a formula may not be defined
            result = self._numeric(weights, *values)
        return np.array(np.broadcast_to(np.asarray(result, dtype=np.float64), shape))

    def derivative(self) -> ElementwiseFunction:
        """The derivative with respect to w."""
        return ElementwiseFunction(
            sympy.diff(self.expr, WEIGHT), sympy.diff(self._general, WEIGHT), self._parameters
        )

    def __repr__(self) -> str:
        return f"ElementwiseFunction({self.expr})"


def tidy(expression: Expr) -> Expr:
    """The shorter of the formula as built and, for a rational one, its normal forms.

    Only rational functions of w: as a polynomial in exp(w/10⁷) an exponential step with
    measured constants has a degree in the millions.
    """
    if not expression.is_rational_function(WEIGHT) or _degree(expression) > _HIGHEST_DEGREE:
        return expression
    candidates = [expression, sympy.expand(expression), sympy.cancel(expression)]
    return min(candidates, key=sympy.count_ops)


def _degree(expression: Expr) -> int:
    """A bound on the degree of a rational function, read off without expanding it."""
    if isinstance(expression, sympy.Pow):
        return _degree(expression.base) * abs(int(expression.exp))
    if isinstance(expression, sympy.Mul):
        return sum(_degree(part) for part in expression.args)
    return max((_degree(part) for part in expression.args), default=int(expression == WEIGHT))


def factors(q: Expr) -> list[Expr]:
    """Factors of q whose zeros are the zeros of q, powers and constants left out."""
    if q.is_rational_function(WEIGHT) and _degree(q) <= _HIGHEST_DEGREE:
        q = sympy.factor(q)
    bases = [part.base if isinstance(part, sympy.Pow) else part for part in sympy.Mul.make_args(q)]
    return [base for base in bases if base.has(WEIGHT)] or [q]
