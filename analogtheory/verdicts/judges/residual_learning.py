"""Claims about the error that Residual Learning removes, and the one it keeps."""

from __future__ import annotations

from analogtheory.verdicts.analog import AnalogAnalysis
from analogtheory.verdicts.judges.judgement import (
    Judgement,
    below,
    judges,
    not_applicable,
    settled,
    width,
)
from analogtheory.verdicts.residual import ResidualAnalysis


@judges(
    "residual-learning-exact",
    "The bias of Residual Learning vanishes as the step sizes do: like √α, so that it "
    "halves when α and β are quartered.",
)
def residual_exactness(analog: AnalogAnalysis, residual: ResidualAnalysis) -> Judgement:
    """The bias of W̄ must fall like √α, so it halves when the steps are quartered."""
    p = residual.problem
    if not residual.is_zero_shifted:
        return not_applicable("0 is not a symmetric point (Assumption 4)", "exact law")
    weight = residual.dynamics.mixed_weight
    now = residual.law.expectation(weight)
    if now is None:
        return Judgement("undecided", "exact law", residual.law.reason)
    bias = now.value - p.objective.minimiser
    if abs(bias) <= 1e-7 * width(analog) + 10 * now.error:
        return Judgement("holds", f"exact law: bias {bias:.1e} already at α = {p.lr:g}")
    later = residual.law_at_quarter_step.expectation(weight)
    if later is None:
        return Judgement("undecided", "exact law", residual.law_at_quarter_step.reason)
    ratio = (later.value - p.objective.minimiser) / bias
    evidence = (
        f"exact law: bias {bias:.3g} at α = {p.lr:g}, {ratio * bias:.3g} at α/4 "
        f"(ratio {ratio:.2f}, √α law 0.5)"
    )
    if abs(ratio) < 0.75:
        return Judgement("holds", evidence)
    why = "the bias has not begun to fall like √α at this step size"
    return Judgement("undecided", evidence, why)


@judges("residual-learning-weighted-bound")
def residual_weighted_bound(_: AnalogAnalysis, residual: ResidualAnalysis) -> Judgement:
    """E[M(P)·f′(W̄)²] against its bound."""
    reason = residual.why_no_bound() or ""
    return below(residual.weighted_bound, residual.weighted_second_moment, reason)


@judges("residual-learning-tilt")
def tilt(_: AnalogAnalysis, residual: ResidualAnalysis) -> Judgement:
    """P = 0 at equilibrium forces g = −m(g)·R_P(0)."""
    p = residual.problem
    if residual.is_zero_shifted:
        return not_applicable("0 is a symmetric point: no tilt")
    if not p.noise.sigma:
        return not_applicable("without noise there is no tilt")
    if residual.offset_ratio is None or residual.mean_field_root is None:
        return not_applicable("no fixed point with P = 0 inside the range")
    low, high = p.response.range
    if abs(residual.fixed_points[0].state["P"]) > 1e-7 * (high - low):
        return not_applicable(
            "the residual array does not come to rest at 0: the main array is at a bound"
        )
    gradient = float(p.objective.gradient(residual.mean_field_root))
    residue = gradient + float(p.noise.mean_abs_at(gradient)) * residual.offset_ratio
    first_order = residual.predicted_tilt
    evidence = f"exact: ∇f = {gradient:.5g} (first order −Σ·R_P(0) = {first_order:.5g})"
    holds = abs(residue) < 1e-7 * max(p.noise.sigma, abs(gradient))
    return settled(holds, evidence, f"W̄ = {residual.mean_field_root:.6g}")
