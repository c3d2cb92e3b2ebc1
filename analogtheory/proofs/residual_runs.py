"""Two instances on which the bounds of Theorem 3 are evaluated without sampling.

Both have D = 1 and f = ½(W̄ − W*)², so that μ = L = 1 and ∇f = W̄ − W*.

* The ideal device (q₊ = q₋ = 1, so F = 1, G = 0, M = 1): Residual Learning is linear and its
  second moments obey a linear recursion, run here in exact rational arithmetic for any noise
  law of variance σ².
* A device of the catalog without noise: a deterministic run in double precision. One step is
  a contraction up to rounding, so 10⁴ steps keep ten digits.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import sympy

from analogtheory.responses import Response
from analogtheory.responses.formulas import WEIGHT


@dataclass(frozen=True)
class IdealRun:
    """Exact averages over K steps on the ideal device.

    Attributes
    ----------
    gradient, error : Fraction
        (1/K)Σ E(W̄_k − W*)² and (1/K)Σ E(W_k − W*)², k = 0, …, K − 1.
    first_gradient, first_error : Fraction
        (W̄_0 − W*)² and (W_0 − W*)².
    """

    gradient: Fraction
    error: Fraction
    first_gradient: Fraction
    first_error: Fraction


@dataclass(frozen=True)
class Ideal:
    """An instance on the ideal device; all numbers rational.

    Attributes
    ----------
    gamma, alpha : Fraction
    steps : int
    error, residual : Fraction
        W_0 − W* and P_0.
    variance : Fraction
        σ².
    """

    gamma: Fraction
    alpha: Fraction
    steps: int
    error: Fraction = Fraction(0)
    residual: Fraction = Fraction(0)
    variance: Fraction = Fraction(0)

    def run(self, beta: Fraction) -> IdealRun:
        """The recursion u⁺ = u + βP⁺, P⁺ = P − α(u + γP + ε) for the moments of (u, P)."""
        # P⁺ = bu·u + bp·P − αε and u⁺ = au·u + ap·P − αβε.
        bu, bp = -self.alpha, 1 - self.alpha * self.gamma
        au, ap = 1 + beta * bu, beta * bp
        noise = self.alpha**2 * self.variance
        uu, up, pp = self.error**2, self.error * self.residual, self.residual**2
        first = uu + 2 * self.gamma * up + self.gamma**2 * pp
        gradient = error = Fraction(0)
        for _ in range(self.steps):
            gradient += uu + 2 * self.gamma * up + self.gamma**2 * pp
            error += uu
            uu, up, pp = (
                au * au * uu + 2 * au * ap * up + ap * ap * pp + beta**2 * noise,
                au * bu * uu + (au * bp + ap * bu) * up + ap * bp * pp + beta * noise,
                bu * bu * uu + 2 * bu * bp * up + bp * bp * pp + noise,
            )
        return IdealRun(gradient / self.steps, error / self.steps, first, self.error**2)


@dataclass(frozen=True)
class Visit:
    """One step of a deterministic run: ∇f, W − W*, P, and (q₊, q₋) at P and at W."""

    gradient: float
    error: float
    residual: float
    at_residual: tuple[float, float]
    at_weight: tuple[float, float]


def deterministic_run(
    response: Response,
    minimiser: float,
    *,
    gamma: float,
    alpha: float,
    beta: float,
    steps: int,
    start: float = 0.0,
) -> Sequence[Visit]:
    """A noise-free run from W_0 = start, P_0 = 0, with (q₊, q₋) of both arrays at every step."""
    up = sympy.lambdify(WEIGHT, response.up, "math")
    down = sympy.lambdify(WEIGHT, response.down, "math")

    def move(weight: float, wanted: float) -> float:
        return weight + wanted * float(up(weight) if wanted >= 0 else down(weight))

    visits, weight, residual = [], start, 0.0
    for _ in range(steps):
        gradient = weight + gamma * residual - minimiser
        both = [(float(up(x)), float(down(x))) for x in (residual, weight)]
        visits.append(Visit(gradient, weight - minimiser, residual, both[0], both[1]))
        residual = move(residual, -alpha * gradient)
        weight = move(weight, beta * residual)
    return visits


def rational_sqrt(value: Fraction) -> Fraction:
    """√value where it is rational.

    Raises
    ------
    ValueError
        If it is not.
    """
    root = Fraction(math.isqrt(value.numerator), math.isqrt(value.denominator))
    if root * root != value:
        raise ValueError(f"√({value}) is not rational")
    return root
