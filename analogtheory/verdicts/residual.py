"""Residual Learning on a device: what it removes of the error, and what it keeps."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import sympy
from numpy.typing import NDArray

from analogtheory.algorithms import residual_learning
from analogtheory.algorithms.symbols import P, W, epsilon
from analogtheory.bounds import (
    MEAN_ABS_RESIDUAL,
    SQRT_ALPHA_BIAS,
    TILT,
    WEIGHTED_RESIDUAL,
    folded_mean,
)
from analogtheory.dynamics import Dynamics, FixedPoint
from analogtheory.responses.formulas import WEIGHT
from analogtheory.verdicts.exactlaw import Exact, exact_law, ratio, simulated
from analogtheory.verdicts.problem import Problem, nullable

Array: TypeAlias = NDArray[np.float64]

#: Quadrature nodes on each side of the kink, for E[ΔW² | P, W].
_NODES = 40
#: |G(0)/F(0)| below which the symmetric point counts as zero-shifted.
_ZERO = 1e-12


class ResidualAnalysis:
    """Everything `check` says about Residual Learning, computed when asked for.

    The main and the residual array are made of the same device.
    """

    def __init__(self, problem: Problem):
        self.problem = problem

    def _dynamics(self, lr: float, transfer_lr: float) -> Dynamics:
        p = self.problem
        return residual_learning(
            p.response, p.objective, p.noise, lr=lr, transfer_lr=transfer_lr, gamma=p.gamma
        )

    @cached_property
    def dynamics(self) -> Dynamics:
        """Residual Learning on the problem."""
        return self._dynamics(self.problem.lr, self.problem.transfer_lr)

    # ---------------------------------------------------------------- the residual array

    @property
    def zero_in_range(self) -> bool:
        """Whether P = 0 is a weight that the device can hold."""
        low, high = self.problem.response.range
        return bool(low < 0.0 < high)

    @cached_property
    def offset_ratio(self) -> float | None:
        """R_P(0) = G(0)/F(0): how far P = 0 is from a symmetric point."""
        if not self.zero_in_range or not self.problem.response.is_positive:
            return None
        return float(self.problem.response.R(0.0))

    @property
    def is_zero_shifted(self) -> bool:
        """Assumption 4 of 2502.06309: G(0) = 0 (to 1e-12)."""
        return self.offset_ratio is not None and abs(self.offset_ratio) < _ZERO

    @cached_property
    def fixed_points(self) -> list[FixedPoint]:
        """Stable zeros of the mean field, nearest the minimiser first."""
        if not self.zero_in_range:
            return []
        stable = [point for point in self.dynamics.fixed_points() if point.is_stable]
        goal = self.problem.objective.minimiser
        return sorted(stable, key=lambda point: abs(point.state["W"] - goal))

    @property
    def is_metastable(self) -> bool:
        """Whether there are several stable fixed points, between which rare events switch."""
        return len(self.fixed_points) > 1

    @property
    def mean_field_root(self) -> float | None:
        """W̄ at the fixed point."""
        if not self.fixed_points:
            return None
        state = self.fixed_points[0].state
        return state["W"] + self.problem.gamma * state["P"]

    @property
    def tilt(self) -> float | None:
        """∇f(W̄) at the fixed point: 0 for a zero-shifted device."""
        root = self.mean_field_root
        if root is None:
            return None
        return 0.0 if self.is_zero_shifted else float(self.problem.objective.gradient(root))

    @property
    def predicted_tilt(self) -> float | None:
        """−Σ·R_P(0), the tilt to first order."""
        if self.offset_ratio is None:
            return None
        if not self.problem.noise.sigma or not self.offset_ratio:
            return 0.0
        return TILT(Sigma=self.problem.noise.mean_abs, R_P=self.offset_ratio)

    # ---------------------------------------------------------------- the √α bias

    def _bias_symbols(self) -> dict[str, float] | None:
        p = self.problem
        if not self.is_zero_shifted or not p.noise.sigma:
            return None
        ratio = float(p.response.R(p.objective.minimiser))
        if not abs(ratio) < 1:
            return None
        values = {
            "a": folded_mean(ratio),
            "alpha": p.lr,
            "sigma": p.noise.sigma,
            "h": p.objective.curvature,
            "F_0": float(p.response.F(0.0)),
            "Sigma": p.noise.mean_abs,
            "slope": float(p.response.G.derivative()(0.0)),
            "gamma": p.gamma,
            "R_W": ratio,
        }
        damping = values["h"] * p.gamma * values["F_0"] + values["Sigma"] * values["slope"]
        usable = damping > 0 and values["slope"] != 0 and values["h"] > 0
        return values if usable else None

    @cached_property
    def predicted_bias(self) -> float | None:
        """The √α bias E W̄ − w* to leading order; None where its hypotheses fail."""
        values = self._bias_symbols()
        return None if values is None else SQRT_ALPHA_BIAS(**values)

    @cached_property
    def predicted_residual_size(self) -> float | None:
        """E|P| to leading order; None where its hypotheses fail."""
        values = self._bias_symbols()
        return None if values is None else MEAN_ABS_RESIDUAL(**values)

    # ---------------------------------------------------------------- the exact law

    @cached_property
    def law(self) -> Exact:
        """The exact stationary law of (P, W), averaged updates."""
        if not self.zero_in_range:
            return Exact(
                None,
                "0 lies outside the response's range: P cannot rest at 0 (subtract a reference "
                "with --reference symmetric)",
            )
        if self.is_metastable:
            places = ", ".join(f"W = {point.state['W']:.4g}" for point in self.fixed_points)
            return Exact(None, f"metastable: several stable fixed points ({places})")
        return exact_law(self.dynamics)

    @cached_property
    def law_at_quarter_step(self) -> Exact:
        """The same with α/4 and β/4: at the √α law the bias halves."""
        p = self.problem
        return exact_law(self._dynamics(p.lr / 4, p.transfer_lr / 4))

    def gradient_observable(self) -> sympy.Expr:
        """∇f(W̄)."""
        return self.problem.objective.gradient_expr.subs(WEIGHT, self.dynamics.mixed_weight)

    @cached_property
    def gradient_second_moment(self) -> Any:
        """E f′(W̄)²."""
        return self.law.expectation(self.gradient_observable() ** 2)

    @cached_property
    def saturation(self) -> Any:
        """S = E[G(P)²/F(P)], the amplification factor of Theorem 3."""
        response = self.problem.response
        return self.law.expectation((response.G.expr**2 / response.F.expr).subs(WEIGHT, P))

    # ---------------------------------------------------------------- the bound

    @cached_property
    def weighted_second_moment(self) -> Any:
        """E[M(P)·f′(W̄)²]."""
        weight = self.problem.response.M.expr.subs(WEIGHT, P)
        return self.law.expectation(weight * self.gradient_observable() ** 2)

    @cached_property
    def _transfer(self) -> Callable[[Array, Array], Array]:
        """E[ΔW² | P, W], from the averaged iteration and the noise law."""
        dynamics, noise = self.dynamics, self.problem.noise
        change = sympy.lambdify((P, W, epsilon), dynamics.averaged_map()[W] - W, modules="numpy")
        gradient = sympy.lambdify((P, W), self.gradient_observable(), modules="numpy")

        def mean_square(residual: Array, weight: Array) -> Array:
            kink = -np.asarray(gradient(residual, weight))[..., None]
            draws, shares = noise.quadrature(kink, _NODES)
            moves = change(residual[..., None], weight[..., None], draws)
            return np.asarray(np.sum(shares * moves**2, axis=-1))

        return mean_square

    def why_no_bound(self) -> str | None:
        """The hypothesis of the descent inequality that fails, if one does."""
        p = self.problem
        if not p.noise.sigma:
            return "without noise the law is a point: there is nothing to bound"
        if not p.response.is_positive:
            return "the response is not positive, so |G| ≤ F fails"
        if p.gamma == 0:
            return "the descent inequality of W̄ needs γ > 0"
        if self.saturation is None:
            return self.law.reason
        low, high = p.response.range
        for name in ("P", "W"):
            ends = self.law.domain(name)
            if ends is None or not (low < ends[0] and ends[1] < high):
                return f"{name} reaches the ends of the range, where updates are clipped"
        largest = 1 / (8 * self.smoothness * p.gamma * p.response.F_max.high)
        if p.lr > largest:
            return f"α = {p.lr:g} exceeds 1/(8·L·γ·F_max) = {largest:.4g}"
        return None

    @cached_property
    def smoothness(self) -> float:
        """L on the mixed weights W + γP that the law reaches, which may leave the range."""
        residual, weight = self.law.domain("P"), self.law.domain("W")
        assert residual is not None
        assert weight is not None
        p = self.problem
        return p.objective.smoothness_between(
            weight[0] + p.gamma * residual[0], weight[1] + p.gamma * residual[1]
        )

    @cached_property
    def weighted_bound(self) -> float | None:
        """The bound on E[M(P)·f′(W̄)²]; None if a hypothesis fails."""
        p, law = self.problem, self.law
        if self.why_no_bound() is not None:
            return None
        saturation = p.response.M
        weighted = law.expectation(lambda P, W: self._transfer(P, W) / saturation(P))
        return WEIGHTED_RESIDUAL(
            alpha=p.lr,
            gamma=p.gamma,
            sigma=p.noise.sigma,
            L=self.smoothness,
            F_max=p.response.F_max.high,
            S=_above(self.saturation),
            T=_above(law.expectation(self._transfer)),
            T_M=_above(weighted),
        )

    @cached_property
    def simulated(self) -> dict[str, Any] | None:
        """Replicas of the averaged simulation; none where they depend on the start."""
        if self.is_metastable:
            return None
        return simulated(self.dynamics, self.fixed_points, self.law, self.problem)

    def section(self) -> dict[str, Any]:
        """The part `residual_learning` of the report."""
        p, law = self.problem, self.law
        no_root = law.reason or "the mean field has no stable root"
        no_bias = "the √α law needs a zero-shifted symmetric point, noise, and G′(0) ≠ 0 with κ > 0"
        return {
            **nullable("mean_field_root", self.mean_field_root, no_root),
            **law.entry("stationary_mean", law.expectation(self.dynamics.mixed_weight)),
            **law.entry("main_array_mean", law.expectation(W)),
            **law.entry("residual_array_mean", law.expectation(P)),
            **law.entry("residual_array_mean_abs", law.expectation(sympy.Abs(P))),
            **law.entry("gradient_mean", law.expectation(self.gradient_observable())),
            **law.entry("gradient_second_moment", self.gradient_second_moment),
            **law.entry("saturation", self.saturation),
            **law.health_entry(),
            **nullable("tilt", self.tilt, no_root),
            **nullable(
                "predicted_tilt",
                self.predicted_tilt,
                "needs a positive response with 0 inside its range",
            ),
            **nullable("sqrt_alpha_bias", self.predicted_bias, no_bias),
            **nullable("residual_size_predicted", self.predicted_residual_size, no_bias),
            **nullable(
                "upper_bound",
                None,
                "Theorem 3 of arXiv:2502.06309 is stated for the transfer rate β of its "
                f"eq. (89), not for β = {p.transfer_lr:g}, and for M(P) bounded away from 0; the "
                "weighted bound below comes from its Lemma 5, repaired",
            ),
            **nullable("tightness", None, "no bound applies at this transfer rate"),
            **law.entry("weighted_second_moment", self.weighted_second_moment),
            **nullable("weighted_bound", self.weighted_bound, self.why_no_bound() or ""),
            **nullable(
                "weighted_tightness",
                ratio(self.weighted_bound, self.weighted_second_moment),
                self.why_no_bound() or "the exact error is 0",
            ),
            **nullable("simulated_mean", self.simulated, no_root),
        }


def _above(estimate: Any) -> float:
    """The upper end of an estimate."""
    return float(estimate.value + estimate.error)
