"""Likelihood of measured pulses: a state-space model and the families of step sizes.

The state x (the conductance in units of the observed range, u = (y − low)/(high − low)) and
its readings y obey, for the up pulses (s = +1) and the down pulses (s = −1) alike,

    x_{i+1} = x_i + s·q_s(x_i) + σ_c ξ_i          (2502.06309 eq. (26))
    y_i     = x_i + σ_r η_i,                       ξ, η independent standard normal.

σ_c, the cycle-to-cycle noise, accumulates in the state; σ_r, the noise of reading and
writing, does not. Successive differences of the readings mix the two, and regressing them on
the readings is biased (errors in variables); the likelihood of this model is not. It is
evaluated with the extended Kalman filter, which is exact for constant and linear steps and
for σ_c = 0, and whose error otherwise is of the order of the filter's variance (checked in
the tests against a filter on a grid).

All parameter vectors of a call are filtered at once ("lanes", the last axis), so that the
derivatives (central differences of the innovations, hence Fisher's information) and several
starting points cost little more than one evaluation.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import sympy
from numpy.typing import NDArray

Array = NDArray[np.float64]
Step = Callable[[Array], tuple[Array, Array]]

#: Direction s of the pulses, first axis: up, down.
DIRECTION = np.array([[1.0], [-1.0]])
#: Parameters before those of the family: ln σ_r, ln σ_c, the initial states x₀ (up, down).
COMMON = 4
READ, CYCLE = 0, 1

_DIFFERENCE = 1e-4  # central differences of the innovations; parameters are of order one
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
        return rational(amplitude * unit) * base ** rational(power, 6)


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
            u = np.clip(x, 0.0, 1.0)
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
        return -0.5 * (count * math.log(2.0 * math.pi) + terms.sum(axis=(0, 1)))


def run_filter(family: Family, readings: Readings, theta: Array) -> Filtered:
    """Extended Kalman filter of both columns for every parameter vector.

    Parameters
    ----------
    theta : ndarray, shape (COMMON + family.size, lanes)
    """
    lanes = theta.shape[1]
    innovations = np.zeros((len(readings.values), 2, lanes))
    variances = np.ones_like(innovations)
    read, cycle = np.exp(2.0 * theta[READ]), np.exp(2.0 * theta[CYCLE])
    state, spread = theta[2:COMMON].copy(), np.zeros((2, lanes))
    with np.errstate(all="ignore"):  # a lane that diverges is recognised by its likelihood
        for rows, columns in readings.segments():
            step = family.step(theta[COMMON:], columns)
            x, p = state[columns], spread[columns]
            for i in range(rows.start, rows.stop):
                s = p + read
                v = readings.values[i, columns, None] - x
                innovations[i, columns], variances[i, columns] = v, s
                gain = p / s
                x = x + gain * v
                moved, slope = step(x)
                x = x + readings.unit * moved
                p = (1.0 + readings.unit * slope) ** 2 * (gain * read) + cycle
            state[columns], spread[columns] = x, p
    return Filtered(innovations, variances)


def smooth_states(family: Family, readings: Readings, theta: Array) -> list[Array]:
    """Rauch-Tung-Striebel means of the states of the two columns, for one vector theta."""
    read, cycle = math.exp(2.0 * theta[READ]), math.exp(2.0 * theta[CYCLE])
    smoothed = []
    for column, length in enumerate(readings.lengths):
        step = family.step(theta[COMMON:, None], slice(column, column + 1))
        x, p = float(theta[2 + column]), 0.0
        ahead: list[tuple[float, float, float, float]] = []  # filtered x, gain back, predicted x
        for y in readings.values[:length, column]:
            gain = p / (p + read)
            x, p = x + gain * (y - x), gain * read
            moved, slope = (float(a.flat[0]) for a in step(np.array([[x]])))
            a = 1.0 + readings.unit * slope
            predicted, variance = x + readings.unit * moved, a * a * p + cycle
            ahead.append((x, p * a / variance if variance > 0.0 else 0.0, predicted, variance))
            x, p = predicted, variance
        path = np.empty(length)
        path[-1] = ahead[-1][0]
        for i in range(length - 2, -1, -1):
            filtered, back, predicted, _ = ahead[i]
            path[i] = filtered + back * (path[i + 1] - predicted)
        smoothed.append(path)
    return smoothed


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
    """A family and the readings it is to explain; `free` marks the parameters that vary."""

    family: Family
    readings: Readings
    floor: float
    free: tuple[bool, ...] = ()

    @property
    def size(self) -> int:
        """Number of parameters, noise levels and initial states included."""
        return COMMON + self.family.size

    def fixing(self, *indices: int) -> Model:
        """The same model with some parameters held at their starting values."""
        return replace(self, free=tuple(k not in indices for k in range(self.size)))

    @cached_property
    def _varying(self) -> NDArray[np.intp]:
        return np.flatnonzero(self.free or (True,) * self.size)

    def penalty(self, theta: Array) -> Array:
        """Minus the logarithm of the prior, shape (lanes,), and zero at its mean."""
        away = theta[COMMON:] - self.family.prior_mean[:, None]
        return 0.5 * np.einsum("il,ij,jl->l", away, self.family.prior_precision, away)

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
        starts, vary = len(thetas), self._varying
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

        The differences span a fifth of a standard error (`fisher`: the information that
        sets it), so that rounding (1e-12 of the objective) and curvature beyond the second
        order (1 %) are both negligible.
        """
        vary = self._varying
        step = 0.2 / np.sqrt(np.diag(fisher))
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
        self.model, self.vary = model, model._varying
        self.theta = starts.copy()
        self.value, self.gradient, self.information = model.expand(starts)
        self.damping = np.full(len(starts), 1e-2)
        self.active = np.isfinite(self.value)

    def proposals(self) -> Array:
        """Damped scoring steps of the active points, at most one unit per parameter."""
        trial = self.theta[self.active]
        chosen = np.flatnonzero(self.active)
        for row, i in enumerate(chosen):
            move = self._move(i)
            trial[row, self.vary] += move
        if CYCLE in self.vary:
            trial[:, CYCLE] = np.maximum(trial[:, CYCLE], self.model.floor)
        return trial

    def _move(self, i: int) -> Array:
        gradient, information = self.gradient[i].copy(), self.information[i]
        diagonal = np.diag(information) + 1e-12
        at_floor = self.theta[i, CYCLE] <= self.model.floor
        stuck = (self.vary == CYCLE) & (gradient < 0.0) & at_floor
        gradient[stuck] = 0.0
        damped = information + np.diag(self.damping[i] * diagonal + 1e-12)
        damped[stuck] = damped[:, stuck] = 0.0
        damped[stuck, stuck] = 1.0
        move = np.linalg.lstsq(damped, gradient, rcond=None)[0]
        return move / max(1.0, float(np.abs(move).max()))

    def advance(self, tolerance: float) -> None:
        """Try one step at every active point; retire those that have converged."""
        chosen, trial = np.flatnonzero(self.active), self.proposals()
        values, gradients, informations = self.model.expand(trial)
        for row, i in enumerate(chosen):
            gain = values[row] - self.value[i]
            if gain >= 0.0:
                self.theta[i], self.value[i] = trial[row], values[row]
                self.gradient[i], self.information[i] = gradients[row], informations[row]
                self.damping[i] = max(self.damping[i] / 8.0, 1e-9)
                self.active[i] = gain > tolerance
            else:
                self.damping[i] *= 8.0
                self.active[i] = self.damping[i] < 1e7

    def prune(self, keep: int) -> None:
        """Go on with the best few points only."""
        for i in np.argsort(-self.value)[keep:]:
            self.active[i] = False


def climb(model: Model, starts: Array, *, keep: int | None = 2, tolerance: float = 1e-5) -> _Climb:
    """Maximise from every start at once; after six steps only the `keep` best go on."""
    state = _Climb(model, starts)
    for iteration in range(80):
        if not state.active.any():
            break
        state.advance(tolerance)
        if keep is not None and iteration == 5:
            state.prune(keep)
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

    def common(self) -> list[Array]:
        """Starting values of the common parameters: noise as estimated, and read noise only."""
        states = self.ends[:, 0]
        read, cycle = math.log(self.read), math.log(self.cycle)
        return [np.array([read, cycle - calm, *states]) for calm in (0.0, 4.0)]


def constant_starts(readings: Readings, rough: Rough) -> list[Array]:
    """Starting points of the constant step: the net movement per pulse."""
    net = (rough.ends[:, 1] - rough.ends[:, 0]) * DIRECTION[:, 0]
    pulses = np.array(readings.lengths) * readings.unit
    shape = np.log(np.maximum(net, 0.05) / pulses)
    return [np.concatenate([common, shape]) for common in rough.common()]


def linear_starts(readings: Readings, rough: Rough) -> list[Array]:
    """Starting points of the linear step: saturation by e^{−κ} over a column, κ = .3, 2, 6.

    x(n) = B − (B − x₀)e^{−κ} through both ends of a column gives B, and q = (κ/n)|B − x|.
    """
    pulses = np.array(readings.lengths) * readings.unit
    starts = []
    for kappa in (0.3, 2.0, 6.0):
        bound = rough.ends[:, 0] + np.diff(rough.ends)[:, 0] / -math.expm1(-kappa)
        rate = DIRECTION[:, 0] * kappa / pulses
        shape = np.column_stack([rate * bound, rate * (bound - 1.0)]).ravel()
        starts += [np.concatenate([common, shape]) for common in rough.common()]
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


def bernstein_starts(degree: int, linear: Array, lower: Array | None) -> list[Array]:
    """Starting points of a Bernstein basis: the linear step, and the fit one degree lower."""
    ends = linear[COMMON:].reshape(2, 2)
    grid = np.linspace(0.0, 1.0, degree + 1)
    lines = ends[:, :1] * (1.0 - grid) + ends[:, 1:] * grid
    shape = np.log(np.maximum(lines, 0.1 * np.maximum(lines.mean(axis=1, keepdims=True), 0.1)))
    starts = []
    for calm in (0.0, 2.0):
        common = linear[:COMMON].copy()
        common[CYCLE] -= calm
        starts.append(np.concatenate([common, shape.ravel()]))
    if lower is not None:
        coefficients = np.exp(lower[COMMON:].reshape(2, degree))
        raised = np.log(_elevate(coefficients))
        starts.append(np.concatenate([lower[:COMMON], raised.ravel()]))
    return starts


def _elevate(coefficients: Array) -> Array:
    """Bernstein coefficients of the same polynomials one degree higher (rows: polynomials)."""
    degree = coefficients.shape[1]
    k = np.arange(degree + 1) / degree
    padded = np.pad(coefficients, ((0, 0), (1, 1)))
    return np.asarray(k * padded[:, :-1] + (1.0 - k) * padded[:, 1:])
