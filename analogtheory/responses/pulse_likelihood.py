"""Likelihood of measured pulses: a state-space model and the families of step sizes.

The state x (the conductance in units of the observed range, u = (y − low)/(high − low)) and
its readings y obey, for the up pulses (s = +1) and the down pulses (s = −1) alike,

    x_{i+1} = x_i + s·q_s(x_i) + σ_c ξ_i                       (2502.06309 eq. (26))
    z_{i+1} = e^{−1/τ} z_i + σ_z √(1 − e^{−2/τ}) ζ_i            (derived here)
    y_i     = x_i + z_i + σ_r η_i,          ξ, ζ, η independent standard normal.

σ_c, the cycle-to-cycle noise, accumulates in the state. What reading and writing add does
not: a white part σ_r and, where the data show it, a slow part z (low-frequency or
random-telegraph noise) of standard deviation σ_z that is forgotten in τ pulses. A model
without z would book slow noise as cycle-to-cycle noise. Successive differences of the
readings mix all of them, and regressing them on the readings is biased (errors in
variables); the likelihood of this model is not. It is evaluated with the extended Kalman
filter, which is exact for constant and linear steps and for σ_c = 0, and whose error
otherwise is of the order of the filter's variance (checked in the tests against a filter on
a grid).

All parameter vectors of a call are filtered at once ("lanes", the last axis), so that the
derivatives (central differences of the innovations, hence Fisher's information) and several
starting points cost little more than one evaluation.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property

import numpy as np
import sympy
from numpy.typing import NDArray
from scipy import optimize

Array = NDArray[np.float64]
Step = Callable[[Array], tuple[Array, Array]]

#: Direction s of the pulses, first axis: up, down.
DIRECTION = np.array([[1.0], [-1.0]])
#: Parameters before those of the family: ln σ_r, ln σ_c, ln σ_z, ln τ, then the initial
#: states x₀ of the up and of the down column.
COMMON = 6
READ, CYCLE, SLOW, MEMORY = range(4)
STATES = slice(4, 6)
#: ln σ_z of a model without slow noise.
ABSENT = -40.0

_DIFFERENCE = 1e-4  # central differences of the innovations; parameters are of order one
_LONGEST = 1.5  # longest move of one parameter in one step of the maximisation
_BOTH = slice(0, 2)


# ---------------------------------------------------------------------- families of steps


class Family(ABC):
    """A parametric pair of step sizes q₊(u), q₋(u) on the observed range 0 ≤ u ≤ 1.

    Step sizes are measured in `unit`, the step that crosses the range in one column.
    Where a parameter is weakly determined a normal prior worth a fraction of a nat keeps it
    finite: `prior_mean`, `prior_precision` (shape (size,), (size, size)).
    """

    name: str
    size: int

    @property
    def prior_mean(self) -> Array:
        """Mean of the weak prior of the family's parameters."""
        return np.zeros(self.size)

    @property
    def prior_precision(self) -> Array:
        """Precision matrix of the weak prior."""
        return np.zeros((self.size, self.size))

    @abstractmethod
    def step(self, shape: Array, columns: slice = _BOTH) -> Step:
        """The map u ↦ (s·q_s(u), its derivative), both of shape (columns, lanes).

        `shape` has shape (size, lanes), u has shape (columns, lanes); results are in `unit`.
        """

    @abstractmethod
    def expression(self, shape: Array, column: int, u: sympy.Expr, unit: float) -> sympy.Expr:
        """q_s(u)·unit with its numbers as short exact rationals."""

    def applies(self, shape: Array, u: Array) -> NDArray[np.bool_]:
        """At which points u the formula holds for one `shape`, shape (points,)."""
        return np.ones(u.shape, dtype=bool)

    def shortened(self, shape: Array) -> tuple[Array, tuple[int, ...]]:
        """The shape with the parameters that must be short fractions rounded, and which.

        The others are then fitted anew, so that the formula is the fit and not near it.
        """
        return shape, ()

    def sizes(self, shape: Array, u: Array) -> Array:
        """q₊ and q₋ in `unit`, shape (2, lanes, points), at the points u for each lane."""
        lanes, points = shape.shape[1], u.size
        spread = np.repeat(shape, points, axis=1)
        moved, _ = self.step(spread)(np.tile(u, (2, lanes)))
        return (DIRECTION * np.broadcast_to(moved, (2, lanes * points))).reshape(2, lanes, points)


def rational(value: float, digits: int = 10) -> sympy.Rational:
    """The decimal number of so many significant digits nearest to `value`, exactly."""
    return sympy.Rational(f"{value:.{digits - 1}e}")


class ConstantStep(Family):
    """q₊ = a, q₋ = b. Parameters: ln a, ln b."""

    name = "constant step"
    size = 2

    def step(self, shape: Array, columns: slice = _BOTH) -> Step:
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

    def step(self, shape: Array, columns: slice = _BOTH) -> Step:
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

    def step(self, shape: Array, columns: slice = _BOTH) -> Step:
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
        """See :meth:`Family.applies`."""
        reach = np.exp(shape[1::3])
        return np.asarray((u < 0.5 + 0.999 * reach[0]) & (u > 0.5 - 0.999 * reach[1]))


def _short(power: float) -> Fraction:
    """A positive fraction near `power`; exact algebra raises numbers to its numerator."""
    return max(Fraction(float(power)).limit_denominator(50), Fraction(1, 50))


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
        return np.where(np.abs(value) < 1e-6, 1e-6, np.clip(value, -30.0, 30.0))

    def step(self, shape: Array, columns: slice = _BOTH) -> Step:
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
        start, end, _ = shape[3 * column : 3 * column + 3]
        rate = float(self._rate(shape[3 * column + 2 : 3 * column + 3])[0])
        weight = (end - start) / math.expm1(rate) * unit
        exponent = rational(rate, 15) * u
        return rational(start * unit - weight, 15) + rational(weight, 15) * sympy.exp(exponent)


class BernsteinStep(Family):
    """q_s = Σ_k c_{s,k} C(d,k) u^k (1−u)^{d−k}, c > 0, hence q_s > 0; constant beyond [0, 1].

    Parameters: ln c_{+,0…d}, ln c_{−,0…d}. A weak prior (standard deviation 2 about their
    mean) keeps the logarithm of a coefficient that the data put at zero finite.
    """

    def __init__(self, degree: int):
        self.degree = degree
        self.name = f"Bernstein degree {degree}"
        self.size = 2 * (degree + 1)
        self._powers = _bernstein_to_powers(degree)

    @property
    def prior_precision(self) -> Array:
        """Standard deviation 2 for the deviations of ln c from their mean."""
        return (np.eye(self.size) - 1.0 / self.size) / 4.0

    def step(self, shape: Array, columns: slice = _BOTH) -> Step:
        """See :meth:`Family.step`."""
        coefficients = np.exp(shape).reshape(2, self.degree + 1, -1)
        powers = np.einsum("jk,ckl->jcl", self._powers, coefficients) * DIRECTION
        terms = list(powers[:, columns])

        def move(x: Array) -> tuple[Array, Array]:
            u = np.minimum(np.maximum(x, 0.0), 1.0)
            value, slope = terms[-1], np.zeros_like(terms[-1])
            for term in reversed(terms[:-1]):
                slope = slope * u + value
                value = value * u + term
            return value, slope * (u == x)

        return move

    def expression(self, shape: Array, column: int, u: sympy.Expr, unit: float) -> sympy.Expr:
        """See :meth:`Family.expression`."""
        d = self.degree
        coefficients = np.exp(shape[column * (d + 1) : (column + 1) * (d + 1)]) * unit
        return sympy.Add(
            *(
                rational(float(c)) * math.comb(d, k) * u**k * (1 - u) ** (d - k)
                for k, c in enumerate(coefficients)
            )
        )

    def applies(self, shape: Array, u: Array) -> NDArray[np.bool_]:
        """See :meth:`Family.applies`."""
        return np.asarray((u >= 0.0) & (u <= 1.0))


def _affine(constant: float, slope: float, u: sympy.Expr) -> sympy.Expr:
    """constant + slope·u, expanded when u is affine in w so that it reads a + b·w."""
    w = next(iter(u.free_symbols))
    a, b = float(u.subs(w, 0)), float(sympy.diff(u, w))
    return rational(constant + slope * a, 12) + rational(slope * b, 12) * w


def _bernstein_to_powers(degree: int) -> Array:
    """Matrix T with Σ_k c_k B_{k,d}(u) = Σ_j (T c)_j u^j."""
    matrix = np.zeros((degree + 1, degree + 1))
    for k in range(degree + 1):
        for j in range(k, degree + 1):
            sign = -1.0 if (j - k) % 2 else 1.0
            matrix[j, k] = sign * math.comb(degree, j) * math.comb(j, k)
    return matrix


# ---------------------------------------------------------------------- the likelihood


@dataclass(frozen=True)
class Readings:
    """Two columns of readings in units of the observed range.

    Attributes
    ----------
    values : ndarray, shape (n, 2)
        Padded with zeros beyond the end of the shorter column.
    lengths : tuple of int
        Readings in the up and in the down column.
    """

    values: Array
    lengths: tuple[int, int]

    @cached_property
    def count(self) -> int:
        """Number of readings in both columns."""
        return sum(self.lengths)

    @cached_property
    def unit(self) -> float:
        """The step that crosses the range in the longer column."""
        return 1.0 / max(self.lengths)

    @classmethod
    def of(cls, up: Array, down: Array) -> Readings:
        """Pad the columns to a common length."""
        values = np.zeros((max(up.size, down.size), 2))
        values[: up.size, 0], values[: down.size, 1] = up, down
        return cls(values, (up.size, down.size))

    def segments(self) -> list[tuple[slice, slice]]:
        """(rows, columns) with readings: first both columns, then the longer one alone."""
        short, long = sorted(self.lengths)
        parts = [(slice(0, short), _BOTH)]
        if long > short:
            column = int(np.argmax(self.lengths))
            parts.append((slice(short, long), slice(column, column + 1)))
        return parts


@dataclass(frozen=True)
class Filtered:
    """Innovations v and their variances S, shape (n, 2, lanes); v = 0, S = 1 where padded."""

    innovations: Array
    variances: Array

    def log_likelihood(self, count: int) -> Array:
        """−½ Σ (ln 2πS + v²/S), shape (lanes,)."""
        terms = np.log(self.variances) + self.innovations**2 / self.variances
        return np.asarray(-0.5 * (count * math.log(2.0 * math.pi) + terms.sum(axis=(0, 1))))


def run_filter(family: Family, readings: Readings, theta: Array) -> Filtered:
    """Extended Kalman filter of both columns for every parameter vector.

    Parameters
    ----------
    theta : ndarray, shape (COMMON + family.size, lanes)
    """
    lanes = theta.shape[1]
    innovations = np.zeros((len(readings.values), 2, lanes))
    variances = np.ones_like(innovations)
    state, spread = _initial(theta)
    with np.errstate(all="ignore"):  # a lane that diverges is recognised by its likelihood
        for rows, columns in readings.segments():
            _filter_rows(
                family.step(theta[COMMON:], columns),
                theta,
                readings.unit,
                readings.values[rows, columns, None],
                state[:, columns],
                spread[:, columns],
                innovations[rows, columns],
                variances[rows, columns],
            )
    return Filtered(innovations, variances)


def _initial(theta: Array) -> tuple[Array, Array]:
    """Means (x, z) and covariances (xx, xz, zz) at the first reading, (2 or 3, 2, lanes)."""
    state = np.zeros((2, 2, theta.shape[1]))
    state[0] = theta[STATES]
    spread = np.zeros((3, 2, theta.shape[1]))
    spread[2] = np.exp(2.0 * theta[SLOW])
    return state, spread


def _filter_rows(
    step: Step,
    theta: Array,
    unit: float,
    readings: Array,
    state: Array,
    spread: Array,
    innovations: Array,
    variances: Array,
) -> None:
    """Filter consecutive rows, in place: `state` and `spread` go on, the outputs are filled.

    With the covariance P of (x, z): g = P(1, 1)ᵀ, S = g_x + g_z + σ_r², K = g/S,
    P ← A(P − KSKᵀ)Aᵀ + Q, A = diag(1 + s·q_s′, e^{−1/τ}).
    """
    read = np.exp(2.0 * theta[READ])
    memory = np.exp(-np.exp(-theta[MEMORY]))
    process = np.zeros((3, 1, theta.shape[1]))
    process[0], process[2] = (
        np.exp(2.0 * theta[CYCLE]),
        np.exp(2.0 * theta[SLOW]) * (1.0 - memory * memory),
    )
    factors = np.empty_like(spread)
    factors[2] = memory * memory
    for i, y in enumerate(readings):
        crossed = spread[:2] + spread[1:]
        s = crossed[0] + crossed[1]
        s += read
        v = y - state[0]
        v -= state[1]
        innovations[i], variances[i] = v, s
        gain = crossed / s
        state += gain * v
        spread[:2] -= gain[0] * crossed
        spread[2] -= gain[1] * crossed[1]
        moved, slope = step(state[0])
        state[0] += unit * moved
        state[1] *= memory
        stretch = 1.0 + unit * slope
        np.multiply(stretch, stretch, out=factors[0])
        np.multiply(stretch, memory, out=factors[1])
        spread *= factors
        spread += process


def smooth_states(family: Family, readings: Readings, theta: Array) -> list[Array]:
    """Rauch-Tung-Striebel means of the state x in the two columns, for one vector theta."""
    return [
        _smooth_column(family, readings, theta, column, length)
        for column, length in enumerate(readings.lengths)
    ]


def _smooth_column(
    family: Family, readings: Readings, theta: Array, column: int, length: int
) -> Array:
    step = family.step(theta[COMMON:, None], slice(column, column + 1))
    read = math.exp(2.0 * theta[READ])
    memory = math.exp(-math.exp(-theta[MEMORY]))
    slow = math.exp(2.0 * theta[SLOW])
    process = np.diag([math.exp(2.0 * theta[CYCLE]), slow * (1.0 - memory * memory)])
    mean, cov = np.array([theta[STATES][column], 0.0]), np.diag([0.0, slow])
    filtered, backs, predictions = [], [], []
    for y in readings.values[:length, column]:
        gain = cov.sum(axis=1) / (cov.sum() + read)
        mean = mean + gain * (y - mean.sum())
        cov = cov - np.outer(gain, cov.sum(axis=0))
        moved, slope = (float(a.flat[0]) for a in step(mean[:1, None]))
        scale = np.array([1.0 + readings.unit * slope, memory])
        ahead = scale[:, None] * cov * scale + process
        filtered.append(mean)
        backs.append(_back_gain(cov * scale, ahead))
        mean = np.array([mean[0] + readings.unit * moved, memory * mean[1]])
        predictions.append(mean)
        cov = ahead
    smoothed = np.array(filtered)
    for i in range(length - 2, -1, -1):
        smoothed[i] = filtered[i] + backs[i] @ (smoothed[i + 1] - predictions[i])
    return smoothed[:, 0]


def _back_gain(crossed: Array, ahead: Array) -> Array:
    """crossed·ahead⁻¹, with the part of a variance that is zero left out."""
    (a, b), (_, d) = ahead
    determinant = a * d - b * b
    if determinant > 1e-12 * a * d:
        return np.asarray(crossed @ np.array([[d, -b], [-b, a]]) / determinant)
    diagonal = np.array([a, d])
    return np.asarray(
        crossed * np.divide(1.0, diagonal, out=np.zeros(2), where=diagonal > 0) * np.eye(2)
    )


@dataclass(frozen=True)
class Fit:
    """A maximum of the (weakly penalised) likelihood.

    Attributes
    ----------
    theta : ndarray, shape (COMMON + family.size,)
    log_likelihood : float
        Without the prior.
    objective : float
        With the prior, the quantity maximised.
    """

    theta: Array
    log_likelihood: float
    objective: float


@dataclass(frozen=True)
class Model:
    """A family and the readings it is to explain.

    Attributes
    ----------
    lowest, highest : ndarray, shape (COMMON,)
        Box of the common parameters: the logarithm of a noise level that the data put at
        zero stops there.
    free : tuple of bool
        Which parameters vary; empty for all of them.
    """

    family: Family
    readings: Readings
    lowest: Array
    highest: Array
    free: tuple[bool, ...] = ()

    @property
    def size(self) -> int:
        """Number of parameters, noise levels and initial states included."""
        return COMMON + self.family.size

    def fixing(self, *indices: int) -> Model:
        """The same model with more parameters held at their starting values."""
        free = self.free or (True,) * self.size
        return replace(self, free=tuple(f and k not in indices for k, f in enumerate(free)))

    @cached_property
    def varying(self) -> NDArray[np.intp]:
        """Indices of the parameters that vary."""
        return np.flatnonzero(self.free or (True,) * self.size)

    def penalty(self, theta: Array) -> Array:
        """Minus the logarithm of the prior, shape (lanes,), and zero at its mean."""
        away = theta[COMMON:] - self.family.prior_mean[:, None]
        return np.asarray(0.5 * np.einsum("il,ij,jl->l", away, self.family.prior_precision, away))

    def objective(self, theta: Array) -> Array:
        """Penalised log-likelihood of each lane; −∞ where the filter diverges."""
        filtered = run_filter(self.family, self.readings, theta)
        with np.errstate(all="ignore"):
            value = filtered.log_likelihood(self.readings.count) - self.penalty(theta)
        return np.where(np.isfinite(value), value, -np.inf)

    def fit_at(self, theta: Array) -> Fit:
        """The objective at one parameter vector, without optimising."""
        value = float(self.objective(theta[:, None])[0])
        return Fit(theta, value + float(self.penalty(theta[:, None])[0]), value)

    def expand(self, thetas: Array) -> tuple[Array, Array, Array]:
        """Objective, gradient and Fisher information at each of `thetas`, shape (starts, p).

        The information is Σ (∂v ∂vᵀ/S + ½ ∂S ∂Sᵀ/S²) plus the prior's precision; the
        derivatives are central differences of the filter's output.
        """
        starts, vary = len(thetas), self.varying
        lanes = np.repeat(thetas[:, None, :], 2 * vary.size + 1, axis=1)
        for k, index in enumerate(vary):
            lanes[:, 1 + 2 * k, index] += _DIFFERENCE
            lanes[:, 2 + 2 * k, index] -= _DIFFERENCE
        filtered = run_filter(self.family, self.readings, lanes.reshape(-1, self.size).T)
        with np.errstate(all="ignore"):
            values = filtered.log_likelihood(self.readings.count).reshape(starts, -1)[:, 0]
            values = values - self.penalty(thetas.T)
        v = filtered.innovations.reshape(-1, starts, 2 * vary.size + 1)
        s = filtered.variances.reshape(v.shape)
        gradients = np.zeros((starts, vary.size))
        informations = np.zeros((starts, vary.size, vary.size))
        for i in range(starts):
            if not (np.all(np.isfinite(v[:, i])) and np.isfinite(values[i])):
                values[i] = -np.inf
                continue
            gradients[i], informations[i] = _scores(v[:, i], s[:, i])
        precision = np.zeros((self.size, self.size))
        precision[COMMON:, COMMON:] = self.family.prior_precision
        mean = np.concatenate([np.zeros(COMMON), self.family.prior_mean])
        gradients -= ((thetas - mean) @ precision)[:, vary]
        return values, gradients, informations + precision[np.ix_(vary, vary)]

    def observed_information(self, theta: Array, fisher: Array) -> Array:
        """Minus the Hessian of the objective in the free parameters (second differences).

        The differences span a tenth of a standard error (`fisher`: the information that
        sets it), so that rounding (1e-10) and curvature beyond the second order (below 1 %)
        are both negligible.
        """
        vary = self.varying
        step = 0.05 / np.sqrt(np.diag(fisher))
        moves = np.zeros((vary.size, self.size))
        moves[np.arange(vary.size), vary] = step
        pairs = [(i, j) for i in range(vary.size) for j in range(i + 1)]
        lanes = [
            theta + a * moves[i] + b * moves[j]
            for i, j in pairs
            for a, b in ((1, 1), (1, -1), (-1, 1), (-1, -1))
        ]
        values = self.objective(np.array(lanes).T).reshape(-1, 4)
        information = np.zeros((vary.size, vary.size))
        for (i, j), (pp, pm, mp, mm) in zip(pairs, values, strict=True):
            information[i, j] = information[j, i] = -(pp - pm - mp + mm) / (4 * step[i] * step[j])
        return information


def _scores(v: Array, s: Array) -> tuple[Array, Array]:
    """Gradient and information of Σ −½(ln S + v²/S) from the lanes (value, then ± pairs)."""
    dv = (v[:, 1::2] - v[:, 2::2]) / (2 * _DIFFERENCE)
    ds = (s[:, 1::2] - s[:, 2::2]) / (2 * _DIFFERENCE) / s[:, :1]
    scaled = v[:, :1] / s[:, :1]
    gradient = -(scaled * dv + 0.5 * ds * (1.0 - scaled * v[:, :1])).sum(axis=0)
    return gradient, dv.T @ (dv / s[:, :1]) + 0.5 * ds.T @ ds


# ---------------------------------------------------------------------- maximisation


class _Climb:
    """The state of a damped Fisher scoring from several starting points in lockstep."""

    def __init__(self, model: Model, starts: Array):
        self.model, self.vary = model, model.varying
        self.theta = starts.copy()
        self.value, self.gradient, self.information = model.expand(starts)
        self.damping = np.full(len(starts), 1e-2)
        self.idle = np.zeros(len(starts), dtype=int)
        self.active: NDArray[np.bool_] = np.isfinite(self.value)

    def proposals(self) -> Array:
        """Damped scoring steps of the active points, at most 1.5 in each parameter."""
        trial = self.theta[self.active]
        chosen = np.flatnonzero(self.active)
        for row, i in enumerate(chosen):
            move = self._move(i)
            trial[row, self.vary] += move
        boxed = self.vary[self.vary < COMMON]
        trial[:, boxed] = np.clip(
            trial[:, boxed], self.model.lowest[boxed], self.model.highest[boxed]
        )
        return trial

    def _move(self, i: np.intp) -> Array:
        """Damped scoring step; a parameter that would move too far moves by the limit.

        The others are then solved for anew, so that one flat direction (a noise level at
        zero, say) does not spoil the step of the rest.
        """
        information, gradient = self.information[i], self.gradient[i]
        scale = 1.0 / np.sqrt(np.diag(information) + 1e-12)
        damped = information + np.diag(self.damping[i] / scale**2)
        move, loose = np.zeros(self.vary.size), ~self._stuck(i)
        for _ in range(3):
            known = gradient - damped @ np.where(loose, 0.0, move)
            part = scale[loose]
            matrix = part[:, None] * damped[np.ix_(loose, loose)] * part
            matrix += 1e-10 * np.eye(part.size)
            move[loose] = part * np.linalg.solve(matrix, part * known[loose])
            far = loose & (np.abs(move) > _LONGEST)
            move = np.clip(move, -_LONGEST, _LONGEST)
            if not far.any():
                break
            loose &= ~far
        return move

    def _stuck(self, i: np.intp) -> NDArray[np.bool_]:
        """Which varying parameters sit at an end of their box and are driven against it."""
        stuck = np.zeros(self.vary.size, dtype=bool)
        boxed = np.flatnonzero(self.vary < COMMON)
        theta, gradient = self.theta[i, self.vary[boxed]], self.gradient[i, boxed]
        low, high = self.model.lowest[self.vary[boxed]], self.model.highest[self.vary[boxed]]
        stuck[boxed] = ((theta <= low) & (gradient < 0)) | ((theta >= high) & (gradient > 0))
        return stuck

    def advance(self, tolerance: float) -> None:
        """Try one step at every active point; retire those that have converged."""
        chosen, trial = np.flatnonzero(self.active), self.proposals()
        values, gradients, informations = self.model.expand(trial)
        for row, i in enumerate(chosen):
            gain, expected = values[row] - self.value[i], self._expected(i, trial[row])
            self.idle[i] = 0 if gain > tolerance else self.idle[i] + 1
            undamped = gain >= 0.0 and self.damping[i] < 2e-3
            if gain >= 0.0:
                self.theta[i], self.value[i] = trial[row], values[row]
                self.gradient[i], self.information[i] = gradients[row], informations[row]
            self.damping[i] = max(self.damping[i] * _damping_factor(gain, expected), 1e-9)
            self.active[i] = self.idle[i] == 0 or (self.idle[i] < 5 and not undamped)

    def _expected(self, i: np.intp, trial: Array) -> float:
        """Gain of a trial point in the quadratic model at point i."""
        move = (trial - self.theta[i])[self.vary]
        return float(move @ self.gradient[i] - 0.5 * move @ self.information[i] @ move)

    def prune(self, keep: int) -> None:
        """Go on with the best few points only."""
        for i in np.argsort(-self.value)[keep:]:
            self.active[i] = False


def _damping_factor(gain: float, expected: float) -> float:
    """What a step with this gain says about the damping: its quadratic model was good or not."""
    if not gain >= 0.25 * expected:
        return 5.0 if gain < 0.0 else 3.0
    return 0.125 if gain > 0.7 * expected else 1.0


def climb(model: Model, starts: Array, *, keep: int | None = 3, tolerance: float = 1e-5) -> _Climb:
    """Maximise from every start at once.

    After six steps only the `keep` best points go on, and six steps after the highest of them
    has converged the climb ends; with None every point is followed to its maximum.
    """
    state, settled = _Climb(model, starts), 0
    for iteration in range(80):
        if not state.active.any():
            break
        state.advance(tolerance)
        if keep is None:
            continue
        if iteration == 5:
            state.prune(keep)
        settled += not state.active[int(np.argmax(state.value))]
        if settled > 5:
            break
    return state


def maximise(model: Model, starts: Sequence[Array] | Array) -> Fit:
    """The highest maximum found from the starting points, shape (starts, p)."""
    state = climb(model, np.asarray(starts))
    return model.fit_at(state.theta[int(np.argmax(state.value))])


def profile(model: Model, theta: Array, index: int, values: Array) -> Array:
    """Objective maximised over the other parameters with parameter `index` at each value."""
    starts = np.repeat(theta[None, :], values.size, axis=0)
    starts[:, index] = values
    return climb(model.fixing(index), starts, keep=None, tolerance=1e-4).value


# ---------------------------------------------------------------------- starting points


@dataclass(frozen=True)
class Rough:
    """Moment estimates from which the climbs start (σ_r, σ_c, and the ends of the columns)."""

    read: float
    cycle: float
    ends: Array

    @classmethod
    def of(cls, readings: Readings) -> Rough:
        """From the lag-0 and lag-1 covariances of the differences, σ_c²+2σ_r² and −σ_r²."""
        moments = []
        ends = np.empty((2, 2))
        for column, n in enumerate(readings.lengths):
            y = readings.values[:n, column]
            d = np.diff(y) - np.diff(y).mean()
            moments.append((float(np.mean(d * d)), float(np.mean(d[1:] * d[:-1]))))
            width = max(3, n // 50)
            ends[column] = y[:width].mean(), y[-width:].mean()
        total, lagged = np.mean(moments, axis=0)
        read = max(-lagged, 0.02 * total)
        cycle = max(total + 2.0 * lagged, 1e-4 * total)
        return cls(math.sqrt(read), math.sqrt(cycle), ends)

    def common(self, slow: bool) -> list[Array]:
        """Starting values of the common parameters.

        Without slow noise: the moment estimates, and (nearly) all of it read noise. With
        it: the excess over white noise as slow noise of a memory of 10 or 3 pulses.
        """
        read, cycle, calm = math.log(self.read), math.log(self.cycle), math.log(self.cycle) - 4.0
        states = self.ends[:, 0]
        if slow:
            noises = [(read, calm, read - 0.7, math.log(memory)) for memory in (3.0, 10.0)]
        else:
            noises = [(read, c, ABSENT, 0.0) for c in (cycle, calm)]
        return [np.array([*noise, *states]) for noise in noises]

    def box(self, pulses: int) -> tuple[Array, Array]:
        """Lowest and highest values of the common parameters, shape (COMMON,) each.

        Noise levels below the lowest change the log-likelihood by less than 1e-3: a state
        that moves by 10⁻³σ_r in the whole column, slow noise of 10⁻²σ_r, white noise of
        10⁻²σ_r. A memory beyond a tenth of the column cannot be told from accumulation.
        """
        read, free = math.log(self.read), 50.0
        calm = math.log(1e-3 / math.sqrt(pulses))
        lowest = [read - 4.6, read + calm, read - 4.6, math.log(0.2), -free, -free]
        return np.array(lowest), np.array([free, free, free, math.log(pulses / 10), free, free])


def constant_starts(readings: Readings, rough: Rough, slow: bool) -> list[Array]:
    """Starting points of the constant step: the net movement per pulse."""
    net = (rough.ends[:, 1] - rough.ends[:, 0]) * DIRECTION[:, 0]
    pulses = np.array(readings.lengths) * readings.unit
    shape = np.log(np.maximum(net, 0.05) / pulses)
    return [np.concatenate([common, shape]) for common in rough.common(slow)]


def linear_starts(readings: Readings, rough: Rough, slow: bool) -> list[Array]:
    """Starting points of the linear step: saturation by e^{−κ} over a column, κ = .3, 2, 6.

    x(n) = B − (B − x₀)e^{−κ} through both ends of a column gives B, and q = (κ/n)|B − x|.
    """
    pulses = np.array(readings.lengths) * readings.unit
    starts = []
    for kappa in (0.3, 2.0, 6.0):
        bound = rough.ends[:, 0] + np.diff(rough.ends)[:, 0] / -math.expm1(-kappa)
        rate = DIRECTION[:, 0] * kappa / pulses
        shape = np.column_stack([rate * bound, rate * (bound - 1.0)]).ravel()
        starts += [np.concatenate([common, shape]) for common in rough.common(slow)]
    return starts


def power_starts(linear: Array) -> list[Array]:
    """Starting points of the power step: the fitted linear step's level and slope at ½."""
    ends = linear[COMMON:].reshape(2, 2)
    level = np.maximum(ends.mean(axis=1), 0.05)
    slope = np.maximum(-(ends[:, 1] - ends[:, 0]) * DIRECTION[:, 0] / level, 0.3)
    starts = []
    for power, calm in ((0.6, 0.0), (1.0, 0.0), (1.0, 2.0), (2.5, 0.0)):
        reach = np.maximum(power / slope, 0.55)
        shape = np.column_stack([np.log(level), np.log(reach), np.full(2, math.log(power))])
        common = linear[:COMMON].copy()
        common[CYCLE] -= calm
        starts.append(np.concatenate([common, shape.ravel()]))
    return starts


def exponential_starts(linear: Array) -> list[Array]:
    """Starting points of the exponential step: the linear step bent either way."""
    ends = linear[COMMON:].reshape(2, 2)
    starts = []
    for up, down, calm in ((2, -2, 0), (-2, 2, 0), (-2, 2, 2), (0.2, 0.2, 0), (2, 2, 0)):
        shape = np.column_stack([ends, [up, down]]).ravel()
        common = linear[:COMMON].copy()
        common[CYCLE] -= calm
        starts.append(np.concatenate([common, shape]))
    return starts


def bernstein_starts(
    degree: int, linear: Array, lower: Array | None, readings: Readings, commons: Sequence[Array]
) -> list[Array]:
    """Starting points of a Bernstein basis.

    The fitted linear step, the fit one degree lower (where there is one), and the slopes of
    the coarsely averaged columns with the rough noise levels `commons`: the last finds shapes
    that the linear step had to book as noise.
    """
    ends = linear[COMMON:].reshape(2, 2)
    grid = np.linspace(0.0, 1.0, degree + 1)
    starts = [
        np.concatenate([linear[:COMMON], _positive(ends[:, :1] * (1 - grid) + ends[:, 1:] * grid)])
    ]
    shape = _positive(np.array([_slopes(readings, column, degree) for column in (0, 1)]))
    starts += [np.concatenate([common, shape]) for common in commons]
    if lower is not None:
        raised = np.log(_elevate(np.exp(lower[COMMON:].reshape(2, degree))))
        starts.append(np.concatenate([lower[:COMMON], raised.ravel()]))
    return starts


def _positive(coefficients: Array) -> Array:
    """Logarithms of coefficients, kept above a tenth of their direction's mean."""
    lowest = 0.1 * np.maximum(coefficients.mean(axis=1, keepdims=True), 0.1)
    return np.asarray(np.log(np.maximum(coefficients, lowest)).ravel())


def _slopes(readings: Readings, column: int, degree: int) -> Array:
    """Bernstein coefficients of q_s, least squares on the means of up to 25 blocks."""
    length = readings.lengths[column]
    width = max(5, length // 25)
    blocks = readings.values[: length // width * width, column].reshape(-1, width).mean(axis=1)
    slopes = np.diff(blocks) * DIRECTION[column, 0] / (width * readings.unit)
    u = np.clip(0.5 * (blocks[1:] + blocks[:-1]), 0.0, 1.0)
    basis = np.array([math.comb(degree, k) * u**k * (1 - u) ** (degree - k)
                      for k in range(degree + 1)]).T  # fmt: skip
    ridge = 0.03 * math.sqrt(u.size) * np.diff(np.eye(degree + 1), axis=0)
    padded = np.concatenate([slopes, np.zeros(degree)])
    return np.asarray(optimize.nnls(np.vstack([basis, ridge]), padded)[0])


def _elevate(coefficients: Array) -> Array:
    """Bernstein coefficients of the same polynomials one degree higher (rows: polynomials)."""
    degree = coefficients.shape[1]
    k = np.arange(degree + 1) / degree
    padded = np.pad(coefficients, ((0, 0), (1, 1)))
    return np.asarray(k * padded[:, :-1] + (1.0 - k) * padded[:, 1:])
