"""The Koopman operator of pulsed updates of one state.

One pulse of sign s is an operator of its own, collocated on the same nodes,

    (U_s h)(w) = E_ξ h(clip(w + s·Δw_min·(q_s(w) + σ_c ξ))),   2502.06309 eq. (26),

so that n pulses are its power, and P = Σ_{s,n} P(sign s, n pulses | w)·U_sⁿ, which
Horner's rule sums from the largest count down (derived here).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from analogtheory.errors import InputError
from analogtheory.noise import NoiseLaw
from analogtheory.stationary.averaged import clip, make_grid
from analogtheory.stationary.counts import PulseModel, count_law
from analogtheory.stationary.domain import Domain
from analogtheory.stationary.grid import Grid
from analogtheory.stationary.program import Program
from analogtheory.stationary.solution import Operator

Array = NDArray[np.float64]

#: Gauss-Hermite nodes for the cycle-to-cycle noise of one pulse.
HERMITE_NODES = 24
#: Counts that are rarer than this at every node are dropped.
_RARE = 1e-19


class PulsedUpdate:
    """One pulsed update of the one state of a program.

    Raises
    ------
    InputError
        Unless there is one state, one draw, and the only pulse is the last step.
    """

    def __init__(self, program: Program, model: PulseModel):
        pulses = [step for step in program.head if step.response is not None]
        steps = program.head
        if len(program.states) != 1 or len(pulses) != 1 or steps[-1] is not pulses[0]:
            raise InputError(
                f"{program.dynamics.name}: the pulsed law is for algorithms with one state and "
                "one pulse per iteration, such as Analog SGD; use fidelity='averaged'"
            )
        if len(program.draws) != 1:
            raise InputError(
                f"{program.dynamics.name}: the pulsed law takes one random number per iteration"
            )
        self.program, self.model, self.step = program, model, pulses[0]
        self.law: NoiseLaw = program.draws[0].law

    def wanted(self, w: Array) -> tuple[Array, Array]:
        """a and b in Δ = a + bε."""
        offset = self._change(w, 0.0)
        return offset, self._change(w, 1.0) - offset

    def _change(self, w: Array, draw: float) -> Array:
        values = {
            self.program.states[0]: w,
            self.program.draws[0].symbol: np.full_like(w, draw),
        }
        before = self.program.run(self.program.head[:-1], values)
        return np.broadcast_to(self.step.body(before), w.shape)

    def counts(self, w: Array, nodes: int) -> tuple[Array, Array]:
        """Probabilities of the counts of up-pulses and of down-pulses."""
        return count_law(self.model, self.law, *self.wanted(w), nodes)

    def jump(self, w: Array, sign: int) -> Array:
        """Mean change by one pulse."""
        assert self.step.response is not None
        q = self.step.response.q_up(w) if sign > 0 else self.step.response.q_down(w)
        return np.asarray(sign * self.model.pulse * q)

    def spread(self, w: Array, sign: int) -> Array:
        """Standard deviation of the change by one pulse."""
        if self.model.multiplicative_noise:
            return np.asarray(self.model.cycle_noise * np.abs(self.jump(w, sign)))
        return np.full_like(w, self.model.cycle_noise * self.model.pulse)

    def moments(self, w: Array) -> tuple[Array, Array]:
        """Mean change and variance of one iteration, the curvature of q within it neglected."""
        mean, square = np.zeros_like(w), np.zeros_like(w)
        for sign, probability in zip((1, -1), self.counts(w, 32), strict=True):
            n = np.arange(probability.shape[1])
            mean += probability @ n * self.jump(w, sign)
            square += probability @ n**2 * self.jump(w, sign) ** 2
            square += probability @ n * self.spread(w, sign) ** 2
        return mean, square - mean**2

    def one_pulse(self, domain: Domain, grid: Grid, sign: int) -> tuple[Array, Array]:
        """U_s on the nodes, and the expected distance clipped at a soft end."""
        w = grid.points[0]
        nodes, weights = np.polynomial.hermite_e.hermegauss(
            HERMITE_NODES if self.model.cycle_noise > 0 else 1
        )
        weights = weights / weights.sum()
        target = (w + self.jump(w, sign))[:, None] + self.spread(w, sign)[:, None] * nodes
        shares = np.broadcast_to(weights, target.shape)
        inside, overshoot = clip(domain, [target], shares)
        return grid.rows(inside, shares), overshoot

    def operator(self, domain: Domain, count: int) -> Operator:
        """Collocate P with `count` nodes per panel."""
        grid = make_grid(domain, count)
        up, down = self.counts(grid.points[0], min(32 + count // 2, 96))
        idle = 1.0 - up.sum(axis=1) - down.sum(axis=1)
        matrix, overshoot = np.diag(idle), np.zeros(grid.size)
        for sign, probability in ((1, up), (-1, down)):
            pulse, beyond = self.one_pulse(domain, grid, sign)
            moved, left = _horner(pulse, probability, beyond)
            matrix += moved
            overshoot += left
        return Operator(grid, matrix, overshoot)


def _horner(pulse: Array, probability: Array, beyond: Array) -> tuple[Array, Array]:
    """Σ_{n≥1} diag(p_n)·Uⁿ, and the overshoots Σ_{n≥1} diag(p_n)·Σ_{j<n} U^j·beyond.

    With A_n = Σ_{m≥n} diag(p_m) U^{m−n}, A_n = diag(p_n) + A_{n+1} U; the first sum is
    A_1 U, the second Σ_n A_n·beyond.
    """
    common = np.flatnonzero(probability.max(axis=0) > _RARE)
    most = int(common[-1]) if common.size else 0
    total, left = np.zeros_like(pulse), np.zeros(len(pulse))
    diagonal = np.diag_indices(len(pulse))
    for n in range(most, 0, -1):
        total = total @ pulse
        total[diagonal] += probability[:, n]
        left += total @ beyond
    return total @ pulse, left


Builder = Callable[[Domain, int], Operator]
