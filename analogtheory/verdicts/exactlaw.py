"""The exact law and the simulation, wrapped so that what is missing has a reason."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import sympy

from analogtheory.dynamics import Dynamics, FixedPoint
from analogtheory.errors import InputError
from analogtheory.simulation import simulate
from analogtheory.stationary import stationary_law
from analogtheory.verdicts.problem import Problem, nullable

#: Replicas, and steps over which each is averaged.
REPLICAS = 512
AVERAGED_STEPS = 1000
_LONGEST_WAIT = 4000
#: The reference simulator fires the pulses of an update one after the other, in about 0.2 ms
#: each: more than this many would take seconds.
_PULSE_BUDGET = 10_000
_FEWEST_STEPS = 50


class Exact:
    """A stationary law, or the reason why there is none."""

    def __init__(self, law: Any, reason: str = ""):
        self.law, self.reason = law, reason

    def expectation(self, expression: sympy.Expr) -> Any:
        """The estimate of an expectation, or None."""
        if self.law is None:
            return None
        with np.errstate(all="ignore"):  # what is not finite is said so by :meth:`entry`
            return self.law.expectation(expression)

    def domain(self, state: str) -> tuple[float, float] | None:
        """The interval on which the law lives, or None."""
        return None if self.law is None else tuple(self.law.health.domain[state])

    @property
    def is_invariant(self) -> bool:
        """Whether the law lives on a forward-invariant domain, nothing cut off."""
        return self.law is not None and bool(self.law.health.is_invariant)

    def mean_state(self, dynamics: Dynamics) -> dict[str, float] | None:
        """The mean of each state, or None."""
        if self.law is None:
            return None
        return {str(state): self.law.expectation(state).value for state in dynamics.states}

    def entry(self, key: str, estimate: Any) -> dict[str, Any]:
        """An expectation as it stands in the report: a value and its error, or a reason."""
        if estimate is None:
            return nullable(key, None, self.reason)
        if not (math.isfinite(estimate.value) and math.isfinite(estimate.error)):
            return nullable(key, None, "the expectation is not a finite number")
        return {key: {"value": float(estimate.value), "error": float(estimate.error)}}

    def health_entry(self) -> dict[str, Any]:
        """How far the numbers of this law can be trusted."""
        if self.law is None:
            return nullable("health", None, self.reason)
        health = self.law.health
        return {
            "health": {
                "nodes": int(health.nodes),
                "node_doubling": float(health.difference),
                "sum_abs_weights": float(health.sum_abs_weights),
                "condition": float(health.condition),
                "domain": {name: list(ends) for name, ends in health.domain.items()},
                "forward_invariant": bool(health.is_invariant),
            }
        }


def exact_law(dynamics: Dynamics, **options: Any) -> Exact:
    """The exact stationary law, or the reason why it is not available."""
    try:
        with np.errstate(all="ignore"):
            law = stationary_law(dynamics, **options)
    except InputError as problem:
        return Exact(None, str(problem))
    if not law.resolved:
        return Exact(None, f"not resolved: {law.reason}")
    return Exact(law)


def simulated(
    dynamics: Dynamics,
    fixed_points: list[FixedPoint],
    law: Exact,
    problem: Problem,
    *,
    pulsed: bool = False,
) -> dict[str, Any] | None:
    """Mean of the mixed weight over independent replicas, with a 95 % t interval.

    Replicas start at the mean of the exact law (at the stable fixed point if there is no
    law) and wait ten relaxation times of the linearised mean field, at most 4000 steps
    (half of that where pulses are simulated, which takes longer). A wrong law shows as a
    drift away from its mean; a start at the fixed point would show its own slow
    relaxation instead where a step response is tiny (power response near its bound).
    """
    if not fixed_points:
        return None
    point = fixed_points[0]
    wait, averaged = _relaxation(point), AVERAGED_STEPS
    if pulsed:
        wait = (wait + 1) // 2
        averaged = min(AVERAGED_STEPS, int(_PULSE_BUDGET / pulses_per_update(problem)) - wait)
        if averaged < _FEWEST_STEPS:
            return None
    result = simulate(
        dynamics,
        trajectories=REPLICAS,
        steps=wait + averaged,
        start=law.mean_state(dynamics) or point.state,
        seed=problem.seed,
        observe={"weight": dynamics.mixed_weight},
        burn_in=wait,
        fidelity=problem.pulses() if pulsed else "averaged",
    )
    mean, low, high, count = result.interval("weight")
    return {"mean": float(mean), "low": float(low), "high": float(high), "replicas": count}


def ratio(bound: float | None, estimate: Any) -> float | None:
    """Tightness: a bound over the exact value; None if either is missing or the value is 0."""
    if bound is None or estimate is None or not estimate.value > 1e-30:
        return None
    return float(bound / estimate.value)


def pulses_per_update(problem: Problem) -> float:
    """The number of pulses that a large update (5σ) takes."""
    step = problem.pulses().dw_min
    assert step is not None
    return float(max(1.0, problem.lr * 5 * problem.noise.sigma / step))


def _relaxation(point: FixedPoint) -> int:
    """Ten relaxation times of the linearised mean field, in steps."""
    if not 0 < point.spectral_radius < 1:
        return _LONGEST_WAIT
    return min(_LONGEST_WAIT, math.ceil(-10 / math.log(point.spectral_radius)))
