"""Families with closed forms: constant, linear, power and exponential steps."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import sympy
from numpy.typing import NDArray

from analogtheory.responses.measured.family import Family, Step
from analogtheory.responses.measured.readings import BOTH, DIRECTION, rational

Array = NDArray[np.float64]


class ConstantStep(Family):
    """q₊ = a, q₋ = b. Parameters: ln a, ln b."""

    name = "constant step"
    size = 2

    def step(self, shape: Array, columns: slice = BOTH) -> Step:
        """See :meth:`Family.step`."""
        moved = (DIRECTION * np.exp(shape))[columns]
        flat = np.zeros_like(moved)
        return lambda x: (moved, flat)

    def expression(self, shape: Array, column: int, u: sympy.Expr, unit: float) -> sympy.Expr:
        """See :meth:`Family.expression`."""
        return rational(math.exp(shape[column]) * unit)


class LinearStep(Family):
    """q_s = q_s(0) + (q_s(1) − q_s(0)) u, soft bounds included. Parameters: the four ends."""

    name = "linear step"
    size = 4

    def step(self, shape: Array, columns: slice = BOTH) -> Step:
        """See :meth:`Family.step`."""
        start = (DIRECTION * shape[0::2])[columns]
        slope = (DIRECTION * (shape[1::2] - shape[0::2]))[columns]
        return lambda x: (start + slope * x, slope)

    def expression(self, shape: Array, column: int, u: sympy.Expr, unit: float) -> sympy.Expr:
        """See :meth:`Family.expression`."""
        start, end = shape[2 * column : 2 * column + 2] * unit
        return _affine(start, end - start, u)


class PowerStep(Family):
    """q₊ = a₊((hi−u)/(hi−½))^γ₊, q₋ = a₋((u−lo)/(½−lo))^γ₋.

    Parameters, for up and then for down: ln a, ln h with hi = ½ + h (lo = ½ − h), ln γ.
    The base is kept above 10⁻³: a state at the bound stays there.
    """

    name = "power step"
    size = 6

    @property
    def prior_mean(self) -> Array:
        """h about 0.6 (a bound just outside the observed range), γ about 1."""
        return np.array([0.0, math.log(0.6), 0.0] * 2)

    @property
    def prior_precision(self) -> Array:
        """Standard deviation 1.5 for ln h and ln γ."""
        return np.diag([0.0, 1.5**-2, 1.5**-2] * 2)

    def step(self, shape: Array, columns: slice = BOTH) -> Step:
        """See :meth:`Family.step`."""
        amplitude = (DIRECTION * np.exp(shape[0::3]))[columns]
        lean = (DIRECTION / np.exp(shape[1::3]))[columns]
        power = np.exp(shape[2::3])[columns]
        factor = -lean * power

        def move(x: Array) -> tuple[Array, Array]:
            base = np.maximum(1.0 - lean * (x - 0.5), 1e-3)
            moved = amplitude * base**power
            return moved, factor * moved / base

        return move

    def expression(self, shape: Array, column: int, u: sympy.Expr, unit: float) -> sympy.Expr:
        """See :meth:`Family.expression`."""
        amplitude, reach, power = np.exp(shape[3 * column : 3 * column + 3])
        lean = (-1.0 if column == 0 else 1.0) / reach
        base = _affine(1.0 - 0.5 * lean, lean, u)
        return rational(amplitude * unit) * base ** sympy.Rational(_short(power))

    def shortened(self, shape: Array) -> tuple[Array, tuple[int, ...]]:
        """See :meth:`Family.shortened`: γ as fractions with denominators up to 50."""
        short = shape.copy()
        short[2::3] = [math.log(_short(power)) for power in np.exp(shape[2::3])]
        return short, (2, 5)

    def applies(self, shape: Array, u: Array) -> NDArray[np.bool_]:
        """See :meth:`Family.applies`: up to 0.999 of the way from ½ to the bounds."""
        reach = np.exp(shape[1::3])
        return np.asarray((u < 0.5 + 0.999 * reach[0]) & (u > 0.5 - 0.999 * reach[1]))


class ExponentialStep(Family):
    """q_s = q_s(0) + (q_s(1) − q_s(0))·(e^{γ_s u} − 1)/(e^{γ_s} − 1), γ_s of either sign.

    With a zero at u_b it is a(1 − e^{γ(u−u_b)}): the exponential step 1 − A e^{±γz} of the
    calibrated devices and the response (149) of 2502.06309 are both of this form; γ → 0 is
    the linear step. Parameters, for up and then for down: q(0), q(1), γ.
    """

    name = "exponential step"
    size = 6

    @property
    def prior_precision(self) -> Array:
        """Standard deviation 5 for γ."""
        return np.diag([0.0, 0.0, 0.04] * 2)

    @staticmethod
    def _rate(value: Array) -> Array:
        """γ between −30 and 30, and not so near zero that (e^{γu} − 1)/(e^γ − 1) rounds."""
        return np.where(np.abs(value) < 1e-6, 1e-6, np.clip(value, -30.0, 30.0))

    def step(self, shape: Array, columns: slice = BOTH) -> Step:
        """See :meth:`Family.step`."""
        rate = self._rate(shape[2::3])
        start = (DIRECTION * shape[0::3])[columns]
        weight = (DIRECTION * (shape[1::3] - shape[0::3]) / np.expm1(rate))[columns]
        rate = rate[columns]
        slope = rate * weight

        def move(x: Array) -> tuple[Array, Array]:
            grown = np.expm1(rate * x)
            return start + weight * grown, slope * grown + slope

        return move

    def expression(self, shape: Array, column: int, u: sympy.Expr, unit: float) -> sympy.Expr:
        """See :meth:`Family.expression`."""
        start, end, gamma = shape[3 * column : 3 * column + 3]
        rate = float(self._rate(gamma))
        weight = (end - start) / math.expm1(rate) * unit
        exponent = rational(rate, 15) * u
        return rational(start * unit - weight, 15) + rational(weight, 15) * sympy.exp(exponent)


def _short(power: float) -> Fraction:
    """A positive fraction near `power`; exact algebra raises numbers to its numerator."""
    return max(Fraction(float(power)).limit_denominator(50), Fraction(1, 50))


def _affine(constant: float, slope: float, u: sympy.Expr) -> sympy.Expr:
    """constant + slope·u, expanded (u is affine in the weight) so that it reads a + b·w."""
    w = next(iter(u.free_symbols))
    a, b = float(u.subs(w, 0)), float(sympy.diff(u, w))
    return rational(constant + slope * a, 12) + rational(slope * b, 12) * w
