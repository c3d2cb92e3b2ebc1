"""Analog SGD on a device: where it stops, and how large the error is."""

from __future__ import annotations

import math
from functools import cached_property
from typing import Any

import sympy

from analogtheory.algorithms import analog_sgd
from analogtheory.bounds import REMARK_1, WEIGHTED
from analogtheory.dynamics import Dynamics, FixedPoint
from analogtheory.enclosure import Bounds, Formula, Zero, enclose_extremum, isolate_zeros
from analogtheory.exact import exact
from analogtheory.responses.formulas import WEIGHT
from analogtheory.verdicts.exactlaw import Exact, exact_law, pulses_per_update, ratio, simulated
from analogtheory.verdicts.overshoot import Reach, reach
from analogtheory.verdicts.problem import Problem, nullable

#: The pulsed law multiplies one matrix per pulse: more than this takes many seconds.
_MOST_PULSES = 2000
#: M below this part of q_max² is 0 but for rounding: the law reaches an end of the range.
_LEAST_SATURATION = 1e-9


class AnalogAnalysis:
    """Everything `check` says about Analog SGD, computed when asked for.

    Parameters
    ----------
    problem : Problem
    """

    def __init__(self, problem: Problem):
        self.problem = problem

    @cached_property
    def dynamics(self) -> Dynamics:
        """Analog SGD on the problem."""
        p = self.problem
        return analog_sgd(p.response, p.objective, p.noise, lr=p.lr)

    # ---------------------------------------------------------------- fixed points

    @cached_property
    def penalised_minimiser(self) -> Zero | None:
        """argmin f_Σ on the range, enclosed; Σ = E|ε| (2502.06309 Theorem 1).

        None if f_Σ is not defined, or smallest at an end of the range.
        """
        p = self.problem
        if not p.response.is_positive or p.response.reference_point is None:
            return None
        slope = p.objective.gradient_expr + exact(p.noise.mean_abs) * p.response.R.expr
        low, high = p.response.low, p.response.high
        minima = [
            zero for zero in isolate_zeros(Formula(slope, WEIGHT, low, high)) if zero.direction > 0
        ]
        best = min(minima, key=lambda zero: self.penalised_value(zero.value), default=None)
        if best is None:
            return None
        ends = min(self.penalised_value(end) for end in p.response.range)
        return best if self.penalised_value(best.value) <= ends else None

    def penalised_value(self, w: float) -> float:
        """f_Σ(w) = f(w) + Σ·R_c(w)."""
        p = self.problem
        return float(p.objective.value(w) + p.noise.mean_abs * p.response.R_c(w))

    @cached_property
    def fixed_points(self) -> list[FixedPoint]:
        """Stable roots of the mean field, nearest the penalised minimiser first."""
        target = self.penalised_minimiser
        aim = self.problem.objective.minimiser if target is None else target.value
        stable = [point for point in self.dynamics.fixed_points() if point.is_stable]
        return sorted(stable, key=lambda point: abs(point.state["W"] - aim))

    @property
    def mean_field_root(self) -> float | None:
        """Where the expected update vanishes: the root of T (2502.06309 eq. (42))."""
        return self.fixed_points[0].state["W"] if self.fixed_points else None

    # ---------------------------------------------------------------- the exact law

    @cached_property
    def law(self) -> Exact:
        """The exact stationary law of the averaged dynamics."""
        return exact_law(self.dynamics)

    @cached_property
    def pulsed_law(self) -> Exact:
        """The exact stationary law with pulses of dw_min and cycle noise."""
        p = self.problem
        if p.dw_min is None:
            return Exact(None, "no step size was given: updates are averaged")
        pulses = max(self.reach.up, self.reach.down) / p.dw_min
        if pulses > _MOST_PULSES:
            return Exact(None, f"an update can take {pulses:.0f} pulses, too many for the law here")
        return exact_law(self.dynamics, fidelity=p.pulses())

    @cached_property
    def invariant_interval(self) -> tuple[float, float]:
        """The weights that Analog SGD can reach and stay in (the whole range if unknown)."""
        domain = self.law.domain("W") if self.law.is_invariant else None
        return self.problem.response.range if domain is None else domain

    def _observable(self, expression: sympy.Expr) -> sympy.Expr:
        return expression.subs(WEIGHT, self.dynamics.mixed_weight)

    @cached_property
    def gradient_second_moment(self) -> Any:
        """E f′(W)² under the exact law."""
        gradient = self.problem.objective.gradient_expr
        return self.law.expectation(self._observable(gradient**2))

    @cached_property
    def saturation(self) -> Any:
        """S = E[G²/F] under the exact law."""
        response = self.problem.response
        return self.law.expectation(self._observable(response.G.expr**2 / response.F.expr))

    @cached_property
    def weighted_second_moment(self) -> Any:
        """E[M(W)·f′(W)²] under the exact law."""
        p = self.problem
        return self.law.expectation(
            self._observable(p.response.M.expr * p.objective.gradient_expr**2)
        )

    # ---------------------------------------------------------------- bounds

    @cached_property
    def lowest_saturation(self) -> Bounds:
        """M_min: the infimum of M on the invariant interval, enclosed."""
        low, high = self.invariant_interval
        formula = Formula(
            self.problem.response.M.expr, WEIGHT, sympy.Rational(low), sympy.Rational(high)
        )
        lowest = enclose_extremum(formula, "inf")
        if self.problem.response.is_positive:  # M ≥ 0 is proved: rounding does not count
            return Bounds(max(lowest.low, 0.0), max(lowest.high, 0.0))
        return lowest

    def constants(self) -> dict[str, float]:
        """The symbols of the bounds, as numbers; needs a law."""
        p = self.problem
        return {
            "alpha": p.lr,
            "L": p.objective.smoothness,
            "sigma": p.noise.sigma,
            "F_max": p.response.F_max.high,
            "S": self.saturation.value,
        }

    @cached_property
    def reach(self) -> Reach:
        """How far one update reaches, and how far it may."""
        return reach(self.problem)

    @property
    def largest_step(self) -> float:
        """1/(4·L·F_max), the largest step size of Theorem 2."""
        steepest = 4.0 * self.problem.objective.smoothness * self.problem.response.F_max.high
        return 1.0 / steepest if steepest > 0 else math.inf

    def why_no_bound(self, longest: float | None = None) -> str | None:
        """The hypothesis of the one-step inequality (72) that fails, if one does.

        `longest` replaces the largest step size of Theorem 2.
        """
        longest = self.largest_step if longest is None else longest
        if not self.problem.noise.sigma:
            return "without noise the law is a point: there is nothing to bound"
        if not self.problem.response.is_positive:
            return "the response is not positive, so |G| ≤ F fails"
        if self.saturation is None:
            return self.law.reason
        if self.problem.lr > longest:
            return f"α = {self.problem.lr:g} exceeds the largest step size {longest:.4g}"
        below, above = self.problem.objective.gradient(list(self.problem.response.range))
        if not below <= 0 <= above and not self.reach.stays_inside:
            return "updates are clipped at an end of the range towards which f falls"
        return None

    @cached_property
    def weighted_bound(self) -> float | None:
        """The bound on E[M·f′²]; None if a hypothesis fails."""
        if self.why_no_bound() is not None:
            return None
        return WEIGHTED(**self.constants())

    @cached_property
    def upper_bound(self) -> tuple[float | None, str]:
        """Remark 1's bound on E f′², or None and the reason."""
        reason = self.why_no_bound()
        if reason is not None:
            return None, reason
        lowest = self.lowest_saturation.low
        if lowest <= _LEAST_SATURATION * self.problem.response.q_max.high**2:
            low, high = self.invariant_interval
            return None, (
                "Remark 1 needs M ≥ M_min > 0, but M falls to 0 on the weights that can be "
                f"reached, [{low:.4g}, {high:.4g}]"
            )
        return REMARK_1(**self.constants(), M_min=lowest), ""

    # ---------------------------------------------------------------- the report

    @cached_property
    def simulated(self) -> dict[str, Any] | None:
        """Replicas of the averaged simulation."""
        return simulated(self.dynamics, self.fixed_points, self.law, self.problem)

    @cached_property
    def simulated_pulses(self) -> dict[str, Any] | None:
        """Replicas of the pulse-level simulation."""
        return simulated(
            self.dynamics, self.fixed_points, self.pulsed_law, self.problem, pulsed=True
        )

    def section(self) -> dict[str, Any]:
        """The part `analog_sgd` of the report."""
        p, law = self.problem, self.law
        target = self.penalised_minimiser
        no_target = (
            "no symmetric point in the range"
            if p.response.reference_point is None
            else "the response is not positive, or f_Σ is smallest at an end of the range"
        )
        bound, why = self.upper_bound
        exact_error = self.gradient_second_moment
        weighted = self.weighted_second_moment
        return {
            "mean_noise": p.noise.mean_abs,
            **nullable("penalised_minimiser", target and target.value, no_target),
            **nullable(
                "mean_field_root", self.mean_field_root, "the mean field has no stable root"
            ),
            **law.entry("stationary_mean", law.expectation(self.dynamics.mixed_weight)),
            **law.entry("gradient_second_moment", exact_error),
            **law.entry("saturation", self.saturation),
            **law.health_entry(),
            **nullable("upper_bound", bound, why),
            **nullable("tightness", ratio(bound, exact_error), why or "the exact error is 0"),
            **law.entry("weighted_second_moment", weighted),
            **nullable("weighted_bound", self.weighted_bound, self.why_no_bound() or ""),
            **nullable(
                "weighted_tightness",
                ratio(self.weighted_bound, weighted),
                self.why_no_bound() or "the exact error is 0",
            ),
            **nullable("simulated_mean", self.simulated, "no stable fixed point to start from"),
            **self._pulsed_entry(),
        }

    def _pulsed_entry(self) -> dict[str, Any]:
        p, law = self.problem, self.pulsed_law
        if p.dw_min is None:
            return nullable("pulsed", None, law.reason)
        return {
            "pulsed": {
                "fidelity": "rounded",
                **law.entry("stationary_mean", law.expectation(self.dynamics.mixed_weight)),
                **nullable("simulated_mean", self.simulated_pulses, self._why_not_simulated()),
            }
        }

    def _why_not_simulated(self) -> str:
        if not self.fixed_points:
            return "no stable fixed point to start from"
        return (
            f"a large update takes {pulses_per_update(self.problem):.0f} pulses, too many to "
            "simulate here; the exact law with pulses holds"
        )
