"""The formulas of the catalog's response functions, with symbols for their parameters.

The formulas of q± are the catalog's own; F and G follow by eq. (4) of arXiv:2502.06309,
M = F² − G² (eq. (65)), R = G/F (eq. (41)). A power with a symbolic exponent is an opaque
positive quantity, U = (1 − w/τ)^γ and D = (1 + w/τ)^γ, and so are E = e^γ and Y = e^{γw/τ};
derivatives are taken before that, or by the chain rule.
"""

from __future__ import annotations

from dataclasses import dataclass

import sympy

from analogtheory.proofs.compact_form import asymmetric_part, symmetric_part
from analogtheory.responses import WEIGHT as w
from analogtheory.responses import get, parameter

__all__ = [
    "HALF",
    "ONE",
    "D",
    "E",
    "Formulas",
    "U",
    "Y",
    "c",
    "exponential_in_y",
    "family",
    "gamma",
    "slope_in_y",
    "tau",
    "w",
    "with_exponentials",
    "with_powers",
]  # fmt: skip

c, tau, gamma = parameter("c"), parameter("tau"), parameter("gamma_res")
#: (1 − w/τ)^γ, (1 + w/τ)^γ, e^γ and e^{γw/τ}.
U, D, E, Y = sympy.symbols("U D E Y", real=True)
ONE, HALF = sympy.Integer(1), sympy.Rational(1, 2)


@dataclass(frozen=True)
class Formulas:
    """q₊ and q₋ of a family in w and its parameters, and what eq. (4) makes of them."""

    up: sympy.Expr
    down: sympy.Expr

    @property
    def F(self) -> sympy.Expr:
        """F = (q₋ + q₊)/2."""
        return symmetric_part(self.up, self.down)

    @property
    def G(self) -> sympy.Expr:
        """G = (q₋ − q₊)/2."""
        return asymmetric_part(self.up, self.down)

    @property
    def M(self) -> sympy.Expr:
        """M = F² − G²."""
        return self.F**2 - self.G**2

    @property
    def R(self) -> sympy.Expr:
        """R = G/F."""
        return self.G / self.F

    def at(self, **values: sympy.Expr) -> Formulas:
        """With some parameters set."""
        chosen = {parameter(name): value for name, value in values.items()}
        return Formulas(self.up.subs(chosen), self.down.subs(chosen))


def family(name: str) -> Formulas:
    """The catalog's own formulas, with symbols for the parameters."""
    response = get(name)
    return Formulas(response.general_up, response.general_down)


def with_powers(expression: sympy.Expr) -> sympy.Expr:
    """(1 ∓ w/τ)^γ written as U and D."""
    return expression.xreplace({(1 - w / tau) ** gamma: U, (1 + w / tau) ** gamma: D})


def with_exponentials(expression: sympy.Expr) -> sympy.Expr:
    """e^γ and e^{±γw/τ} in a sum written as E and Y^{±1}."""
    rate = gamma * w / tau
    return expression.expand(power_exp=True).xreplace(
        {sympy.exp(gamma): E, sympy.exp(rate): Y, sympy.exp(-rate): 1 / Y}
    )


def exponential_in_y() -> Formulas:
    """The exponential response as a function of Y."""
    device = family("exponential")
    return Formulas(with_exponentials(device.up), with_exponentials(device.down))


def slope_in_y(expression: sympy.Expr) -> sympy.Expr:
    """d/dw of a function of Y = e^{γw/τ}, by the chain rule with Y′ = γY/τ."""
    return sympy.diff(expression, Y) * gamma * Y / tau
