"""Devices and objectives without formulas, so that a derivation holds for all of them.

No claims here. A :class:`GeneralDevice` is a response whose q₊ and q₋ are unknown functions
of the weight; a :class:`GeneralObjective` has an unknown gradient, a
:class:`GeneralQuadratic` the curvature h and the minimiser w* as symbols. Put into an
algorithm they give its averaged map and mean field in general form: what is proved about
them is proved about the very update that is simulated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TypeAlias

import numpy as np
import sympy
from numpy.typing import ArrayLike, NDArray

from analogtheory.dynamics import Dynamics, MeanAbs, MeanAbsSlope
from analogtheory.objectives import ScalarObjective
from analogtheory.prove import Fact
from analogtheory.responses.formulas import WEIGHT
from analogtheory.responses.response import Response

Array: TypeAlias = NDArray[np.float64]
Expr: TypeAlias = sympy.Expr

#: Curvature h and minimiser w* of :class:`GeneralQuadratic`; the bound τ of a linear device.
h, w_star, tau = sympy.symbols("h w_star tau", real=True)


class GeneralDevice(Response):
    """A response in symbols only: it enters derivations, and is never evaluated.

    Parameters
    ----------
    name : str
        The unknown functions are called ``q_up_<name>`` and ``q_down_<name>``.
    up, down : sympy.Expr, optional
        Formulas in the weight with symbols as parameters, in place of unknown functions.
    """

    def __init__(self, name: str, up: Expr | None = None, down: Expr | None = None):
        unknown = [sympy.Function(f"q_{side}_{name}", real=True) for side in ("up", "down")]
        self.name, self.source, self.calibration = name, "general", None
        self.parameters = {}
        self.general_up = unknown[0](WEIGHT) if up is None else sympy.sympify(up)
        self.general_down = unknown[1](WEIGHT) if down is None else sympy.sympify(down)
        self.general_low, self.general_high = sympy.Integer(-1), sympy.Integer(1)


def linear_device(name: str, c: Expr | int = 0) -> GeneralDevice:
    """q₊ = (1 + c)(1 − w/τ), q₋ = (1 − c)(1 + w/τ), with τ a symbol.

    Source: arXiv:2502.06309 eq. (16) for c = 0.
    """
    return GeneralDevice(name, (1 + c) * (1 - WEIGHT / tau), (1 - c) * (1 + WEIGHT / tau))


def ideal_device(name: str) -> GeneralDevice:
    """q₊ = q₋ = 1: digital."""
    return GeneralDevice(name, sympy.S.One, sympy.S.One)


class _Symbolic(ScalarObjective):
    """An objective of which only the gradient is known; it is never evaluated."""

    expr = sympy.Function("f", real=True)(WEIGHT)

    @property
    def curvature(self) -> float:
        """Not a number."""
        raise NotImplementedError("a symbolic objective has no numbers")

    @property
    def smoothness(self) -> float:
        """Not a number."""
        raise NotImplementedError("a symbolic objective has no numbers")

    @property
    def strong_convexity(self) -> float | None:
        """Not a number."""
        raise NotImplementedError("a symbolic objective has no numbers")

    @property
    def minimiser(self) -> float:
        """Not a number."""
        raise NotImplementedError("a symbolic objective has no numbers")

    def value(self, w: ArrayLike) -> Array:
        """Not a number."""
        raise NotImplementedError("a symbolic objective has no numbers")


class GeneralObjective(_Symbolic):
    """Any differentiable f: its gradient is the unknown function ``slope``."""

    @cached_property
    def gradient_expr(self) -> Expr:
        """f′(w), unknown."""
        return sympy.Function("slope", real=True)(WEIGHT)


class GeneralQuadratic(_Symbolic):
    """f(w) = (h/2)(w − w*)² with h and w* symbols."""

    @cached_property
    def gradient_expr(self) -> Expr:
        """h(w − w*)."""
        return h * (WEIGHT - w_star)


def as_symbols(expression: Expr, values: Mapping[Expr, Expr]) -> Expr:
    """An expression with function values replaced, m(x) = E|x + ε| by ``m``, m′ by ``m_slope``.

    Parameters
    ----------
    values : dict of expression to expression
        What replaces each function value, for example ``{q_up(W): Symbol("q_up")}``.
    """
    moments = {
        **{call: sympy.Symbol("m", real=True) for call in expression.atoms(MeanAbs)},
        **{call: sympy.Symbol("m_slope", real=True) for call in expression.atoms(MeanAbsSlope)},
    }
    return expression.xreplace(moments).subs(values)


def plain(expression: Expr) -> Expr:
    """The expression with every symbol real and without further assumptions."""
    names = {s: sympy.Symbol(s.name, real=True) for s in expression.free_symbols}
    return expression.xreplace(names)


def field_of(dynamics: Dynamics, state: str) -> Expr:
    """The mean field of one state, by its name."""
    return {str(s): value for s, value in dynamics.mean_field.items()}[state]


def only(facts: Sequence[Fact], *symbols: Expr) -> tuple[Fact, ...]:
    """The facts that speak of these symbols and of no others."""
    return tuple(fact for fact in facts if set(fact.symbols) <= set(symbols))
