"""The steps of one iteration, in symbols; see :mod:`analogtheory.dynamics`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import sympy

from analogtheory.noise import NoiseLaw
from analogtheory.responses.response import Response

Expr: TypeAlias = sympy.Expr

#: ∇f as a symbol: ``gradient(W + gamma*P)`` inside a step.
gradient = sympy.Function("gradient", real=True)


class MeanAbs(sympy.Function):  # type: ignore[misc]
    """m(x) = E|x + ε| for draw number `index` of a Dynamics; differentiable in x."""

    nargs = (2,)
    is_real = True

    def fdiff(self, argindex: int = 1) -> Expr:
        """m′, as :class:`MeanAbsSlope`."""
        return MeanAbsSlope(*self.args)


class MeanAbsSlope(sympy.Function):  # type: ignore[misc]
    """m′(x) = P(ε > −x) − P(ε < −x)."""

    nargs = (2,)
    is_real = True


@dataclass(frozen=True)
class Draw:
    """A random number, drawn anew at each iteration (and in each coordinate)."""

    symbol: sympy.Symbol
    law: NoiseLaw


@dataclass(frozen=True)
class Let:
    """Name a quantity of this iteration."""

    symbol: sympy.Symbol
    value: Expr


@dataclass(frozen=True)
class Pulse:
    """Ask the device to change an analog state by `change`."""

    state: sympy.Symbol
    change: Expr
    response: Response

    @property
    def target(self) -> sympy.Symbol:
        """The symbol that this step sets."""
        return self.state


@dataclass(frozen=True)
class Assign:
    """Set a digital state."""

    state: sympy.Symbol
    value: Expr


Step = Let | Pulse | Assign
