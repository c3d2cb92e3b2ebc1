"""Maximising the objective: damped Fisher scoring from several starting points in lockstep."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analogtheory.responses.measured.model import Model
from analogtheory.responses.measured.parameters import COMMON

Array = NDArray[np.float64]

_LONGEST = 1.5  # longest move of one parameter in one step


def climb(model: Model, starts: Array, *, keep: int | None = 3, tolerance: float = 1e-5) -> Climb:
    """Maximise from every start at once.

    Parameters
    ----------
    model : Model
        What to maximise; p parameters.
    starts : ndarray, shape (starts, p)
        Starting points.
    keep : int or None
        After six steps only the `keep` best points go on, and six steps after the highest
        of them has converged the climb ends; with None every point is followed to its
        maximum.
    tolerance : float
        A point whose objective gains less has converged.

    Returns
    -------
    Climb
        Where the points have arrived.
    """
    state, settled = Climb(model, starts), 0
    for iteration in range(80):
        if not state.active.any():
            break
        state.advance(tolerance)
        if keep is None:
            continue
        if iteration == 5:
            state.prune(keep)
        settled += not state.active[state.best]
        if settled > 5:
            break
    return state


def profile(model: Model, theta: Array, index: int, values: Array) -> Array:
    """Objective maximised over the other parameters with parameter `index` at each value.

    Parameters
    ----------
    model : Model
        What to maximise; p parameters.
    theta : ndarray, shape (p,)
        Where the climbs start.
    index : int
        The parameter that is held.
    values : ndarray, shape (n,)
        Where it is held.

    Returns
    -------
    ndarray, shape (n,)
    """
    starts = np.repeat(theta[None, :], values.size, axis=0)
    starts[:, index] = values
    return climb(model.fixing(index), starts, keep=None, tolerance=1e-4).value


class Climb:
    """The state of a climb.

    Attributes
    ----------
    theta : ndarray, shape (starts, p)
        The points.
    value, gradient, information : ndarray
        :meth:`Model.expand` at the points.
    active : ndarray of bool, shape (starts,)
        Which points still move.
    """

    def __init__(self, model: Model, starts: Array):
        self.model, self.vary = model, model.varying
        self.theta = starts.copy()
        self.value, self.gradient, self.information = model.expand(starts)
        self.active: NDArray[np.bool_] = np.isfinite(self.value)
        self._damping = np.full(len(starts), 1e-2)
        self._idle = np.zeros(len(starts), dtype=int)
        self._boxed = np.flatnonzero(self.vary < COMMON)
        common = self.vary[self._boxed]
        self._lowest, self._highest = model.lowest[common], model.highest[common]

    @property
    def best(self) -> int:
        """Index of the highest point."""
        return int(np.argmax(self.value))

    def advance(self, tolerance: float) -> None:
        """Try one step at every active point; retire those that have converged."""
        chosen, trial = np.flatnonzero(self.active), self._proposals()
        values, gradients, informations = self.model.expand(trial)
        for row, i in enumerate(chosen):
            gain, expected = values[row] - self.value[i], self._expected(i, trial[row])
            self._idle[i] = 0 if gain > tolerance else self._idle[i] + 1
            undamped = gain >= 0.0 and self._damping[i] < 2e-3
            if gain >= 0.0:
                self.theta[i], self.value[i] = trial[row], values[row]
                self.gradient[i], self.information[i] = gradients[row], informations[row]
            self._damping[i] = max(self._damping[i] * _damping_factor(gain, expected), 1e-9)
            self.active[i] = self._idle[i] == 0 or (self._idle[i] < 5 and not undamped)

    def prune(self, keep: int) -> None:
        """Go on with the best few points only."""
        self.active[np.argsort(-self.value)[keep:]] = False

    def _proposals(self) -> Array:
        """Damped scoring steps of the active points, inside the box, shape (active, p)."""
        trial = self.theta[self.active]
        for row, i in enumerate(np.flatnonzero(self.active)):
            trial[row, self.vary] += self._move(i)
        common = self.vary[self._boxed]
        trial[:, common] = np.clip(trial[:, common], self._lowest, self._highest)
        return trial

    def _move(self, i: np.intp) -> Array:
        """Damped scoring step; a parameter that would move too far moves by the limit.

        The others are then solved for anew, so that one flat direction (a noise level at
        zero, say) does not spoil the step of the rest.
        """
        information, gradient = self.information[i], self.gradient[i]
        scale = 1.0 / np.sqrt(np.diag(information) + 1e-12)
        damped = information + np.diag(self._damping[i] / scale**2)
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
        theta, gradient = self.theta[i, self.vary[self._boxed]], self.gradient[i, self._boxed]
        below = (theta <= self._lowest) & (gradient < 0)
        stuck[self._boxed] = below | ((theta >= self._highest) & (gradient > 0))
        return stuck

    def _expected(self, i: np.intp, trial: Array) -> float:
        """Gain of a trial point in the quadratic model at point i."""
        move = (trial - self.theta[i])[self.vary]
        return float(move @ self.gradient[i] - 0.5 * move @ self.information[i] @ move)


def _damping_factor(gain: float, expected: float) -> float:
    """What a step with this gain says about the damping: its quadratic model was good or not."""
    if not gain >= 0.25 * expected:
        return 5.0 if gain < 0.0 else 3.0
    return 0.125 if gain > 0.7 * expected else 1.0
