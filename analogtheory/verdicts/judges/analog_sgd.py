"""Claims that bound the asymptotic error of Analog SGD."""

from __future__ import annotations

from analogtheory.bounds import LOWER_INSTANCE, WEIGHTED_SHARP
from analogtheory.verdicts.analog import AnalogAnalysis
from analogtheory.verdicts.judges.judgement import (
    Judgement,
    below,
    judges,
    not_applicable,
    settled,
)
from analogtheory.verdicts.judges.penalty import why_not_instance
from analogtheory.verdicts.residual import ResidualAnalysis


@judges("analog-sgd-weighted-bound")
def weighted_bound(analog: AnalogAnalysis, _: ResidualAnalysis) -> Judgement:
    """E[M·f′²] against its bound."""
    reason = analog.why_no_bound() or ""
    return below(analog.weighted_bound, analog.weighted_second_moment, reason)


@judges("analog-sgd-weighted-bound-sharp")
def weighted_bound_sharp(analog: AnalogAnalysis, _: ResidualAnalysis) -> Judgement:
    """E[M·f′²] against the bound with half the asymptotic term."""
    reason = analog.why_no_bound(longest=2 * analog.largest_step)
    bound = WEIGHTED_SHARP(**analog.constants()) if reason is None else None
    return below(bound, analog.weighted_second_moment, reason or "")


@judges(
    "analog-sgd-upper-bound",
    "E f′(W)² ≤ 2F_max·σ²·(αLF_max² + E[G²/F])/M_min.",
)
def remark_1(analog: AnalogAnalysis, _: ResidualAnalysis) -> Judgement:
    """E f′² against the bound that divides by M_min."""
    bound, reason = analog.upper_bound
    return below(bound, analog.gradient_second_moment, reason)


@judges(
    "analog-sgd-lower-bound",
    "E f′(W)² ≥ σ²S/(1 + S) with S = ρ²/(1 − ρ²), ρ = w_S/τ: the error is no artefact.",
)
def lower_bound(analog: AnalogAnalysis, _: ResidualAnalysis) -> Judgement:
    """E f′² ≥ σ²S/(1 + S) on the instance."""
    p = analog.problem
    reason = why_not_instance(analog)
    estimate = analog.gradient_second_moment
    if reason is not None or estimate is None:
        return not_applicable(reason or analog.law.reason, "exact law")
    tau, h, sigma = float(p.response.high), p.objective.curvature, p.noise.sigma
    rho = p.objective.minimiser * h / (h * tau + sigma)
    bound = LOWER_INSTANCE(sigma=sigma, S=rho**2 / (1 - rho**2)) if rho else 0.0
    evidence = f"exact law: {estimate.value:.4g} ≥ {bound:.4g}"
    holds = estimate.value + estimate.error >= bound
    return settled(holds, evidence, f"E f′² = {estimate.value:.6g}")
