"""The exact stationary law of Residual Learning on one problem, solved once for all claims.

No claims here. The problem is the one of the theory notes 4.3 to 4.6: f(w) = ½(w − w*)², the
linear device with τ = 1 for both arrays (symmetric point c), see
:func:`analogtheory.stationary.stationary_law` for how the law is computed and what its error
means. Only the expectations are kept: the law itself fills tens of megabytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import sympy

from analogtheory.algorithms import residual_learning
from analogtheory.algorithms.symbols import P, W
from analogtheory.dynamics import Dynamics
from analogtheory.noise import NoiseLaw
from analogtheory.objectives import ScalarQuadratic
from analogtheory.responses.formulas import WEIGHT
from analogtheory.responses.response import Response
from analogtheory.stationary import Estimate, stationary_law

#: Nodes of the law in a quick run, instead of about 2000.
_QUICK_NODES = 600


@dataclass(frozen=True)
class Setting:
    """One run of Residual Learning at stationarity.

    Attributes
    ----------
    noise : NoiseLaw
    lr : float
        α.
    ratio : float
        β/α.
    gamma : float
        γ.
    c : str
        Symmetric point of both arrays, a rational.
    w_star : str
        w*, a rational.
    read_noise : NoiseLaw, optional
    """

    noise: NoiseLaw
    lr: float = 0.01
    ratio: float = 0.1
    gamma: float = 0.4
    c: str = "0"
    w_star: str = "1/2"
    read_noise: NoiseLaw | None = None

    def dynamics(self) -> Dynamics:
        """The algorithm on this problem."""
        return residual_learning(
            linear_response(self.c),
            ScalarQuadratic(1, float(sympy.Rational(self.w_star))),
            self.noise,
            lr=self.lr,
            transfer_lr=self.lr * self.ratio,
            gamma=self.gamma,
            read_noise=self.read_noise,
        )


@dataclass(frozen=True)
class Moments:
    """Expectations under the stationary law, each with its error.

    Attributes
    ----------
    mixed, main : Estimate
        E W̄ − w* and E W − w*.
    residual : Estimate
        E P.
    mean_square : Estimate
        E(W̄ − w*)².
    """

    mixed: Estimate
    main: Estimate
    residual: Estimate
    mean_square: Estimate


def linear_response(c: str = "0") -> Response:
    """q₊ = (1 + c)(1 − w), q₋ = (1 − c)(1 + w)."""
    point = sympy.Rational(c)
    return Response((1 + point) * (1 - WEIGHT), (1 - point) * (1 + WEIGHT), -1, 1)


@cache
def moments(setting: Setting, quick: bool = False) -> Moments:
    """The expectations of one setting; `quick` takes fewer nodes, with a larger error."""
    dynamics = setting.dynamics()
    law = stationary_law(dynamics, max_nodes=_QUICK_NODES if quick else None)
    goal = sympy.Rational(setting.w_star)
    mixed = dynamics.mixed_weight - goal
    return Moments(*(law.expectation(formula) for formula in (mixed, W - goal, P, mixed**2)))


@cache
def residual_size(setting: Setting, quick: bool = False) -> Estimate:
    """E|P|: the law is solved once more with a panel edge at P = 0."""
    law = stationary_law(setting.dynamics(), max_nodes=_QUICK_NODES if quick else None)
    return law.expectation(sympy.Abs(P))
