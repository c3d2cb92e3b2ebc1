"""Claims about the implicit penalty and the point where Analog SGD stops."""

from __future__ import annotations

import math

from analogtheory.bounds import RADEMACHER_MEAN
from analogtheory.noise import Rademacher
from analogtheory.objectives import ScalarQuadratic
from analogtheory.responses.formulas import WEIGHT
from analogtheory.verdicts.analog import AnalogAnalysis
from analogtheory.verdicts.judges.judgement import (
    Judgement,
    judges,
    not_applicable,
    settled,
    width,
)
from analogtheory.verdicts.residual import ResidualAnalysis


@judges(
    "implicit-penalty",
    "W̃* of (43) is closer to stationary than w* and w⋄: |T(W̃*)| < min{|T(w*)|, "
    "|T(w⋄)|}, a ratio that tends to 0 as w⋄ → w*.",
)
def implicit_penalty(analog: AnalogAnalysis, _: ResidualAnalysis) -> Judgement:
    """(45): the second-order point W̃* nearly solves T = 0 once w⋄ is close to w*."""
    response, objective = analog.problem.response, analog.problem.objective
    point = response.reference_point
    if point is None or not response.is_positive:
        return not_applicable("no symmetric point, or q± is not positive")
    sigma, slope = analog.problem.noise.mean_abs, float(response.R.derivative()(point))
    distance = abs(objective.minimiser - point)
    if sigma == 0 or slope <= 0 or distance < 1e-9 * width(analog):
        return not_applicable("needs Σ > 0, R′(w⋄) > 0 and w* ≠ w⋄: the ratio is 0/0 otherwise")
    h = objective.curvature
    middle = (h * objective.minimiser + sigma * slope * point) / (h + sigma * slope)
    ratio = drift_ratio(analog, middle, point)
    if not math.isfinite(ratio):
        return not_applicable("T vanishes at w* or w⋄ itself: the ratio is x/0")
    evidence = f"exact: ratio {ratio:.3g} at |w⋄ − w*| = {distance:.4g}, W̃* = {middle:.6g}"
    if ratio < 1:
        return Judgement("holds", evidence)
    return Judgement("undecided", evidence + "; outside the local regime of the theorem")


def drift_ratio(analog: AnalogAnalysis, middle: float, point: float) -> float:
    """|T(W̃*)| over the smaller of |T(w*)| and |T(w⋄)|."""
    p = analog.problem

    def drift(w: float) -> float:
        gradient = float(p.objective.gradient(w))
        return abs(gradient + float(p.noise.mean_abs_at(gradient)) * float(p.response.R(w)))

    smallest = min(drift(p.objective.minimiser), drift(point))
    return drift(middle) / smallest if smallest else math.inf


@judges("penalty-exact-for-rademacher")
def penalty_is_exact(analog: AnalogAnalysis, _: ResidualAnalysis) -> Judgement:
    """Rademacher noise with |f′| ≤ σ: E|g + ε| = σ, so T = ∇f_Σ."""
    target, root = analog.penalised_minimiser, analog.mean_field_root
    if target is None or root is None:
        return not_applicable("f_Σ or the mean field has no minimum inside")
    gap = abs(root - target.value)
    evidence = f"exact: |root of T − argmin f_Σ| = {gap:.2e}"
    if not isinstance(analog.problem.noise, Rademacher):
        return not_applicable("the noise is not Rademacher (H1)", evidence)
    return settled(gap < 1e-9 * width(analog), evidence, f"w = {root:.9g}")


@judges("exact-mean-rademacher")
def rademacher_mean(analog: AnalogAnalysis, _: ResidualAnalysis) -> Judgement:
    """E W = w*·hτ/(hτ + σ), whatever α."""
    p = analog.problem
    reason = why_not_instance(analog)
    mean = analog.law.expectation(analog.dynamics.mixed_weight)
    if reason is not None or mean is None:
        return not_applicable(reason or analog.law.reason)
    formula = RADEMACHER_MEAN(
        h=p.objective.curvature,
        tau=float(p.response.high),
        sigma=p.noise.sigma,
        w_star=p.objective.minimiser,
    )
    gap = abs(mean.value - formula)
    evidence = f"exact law: |E W − formula| = {gap:.1e} (its error {mean.error:.0e})"
    holds = gap <= 1e-9 * float(p.response.high) + 10 * mean.error
    return settled(holds, evidence, f"E W = {mean.value}")


def why_not_instance(analog: AnalogAnalysis) -> str | None:
    """What keeps the problem from being the instance of the lower bound, if anything does."""
    p = analog.problem
    if not isinstance(p.objective, ScalarQuadratic):
        return "the objective is not a scalar quadratic"
    if not _is_plain_linear(analog):
        return "the response is not linear with c = 0"
    if not isinstance(p.noise, Rademacher):
        return "the noise is not Rademacher"
    steepest = max(abs(float(v)) for v in p.objective.gradient(list(analog.invariant_interval)))
    if steepest > p.noise.sigma * (1 + 1e-9):
        return f"|f′| reaches {steepest:.4g} > σ on the reachable weights"
    if p.lr * (steepest + p.noise.sigma) > float(p.response.high) * (1 + 1e-12):
        return "α|g| exceeds τ: updates are clipped at the ends of the range"
    return None


def _is_plain_linear(analog: AnalogAnalysis) -> bool:
    response = analog.problem.response
    low, high = response.low, response.high
    return bool(
        high == -low
        and (response.up - (1 - WEIGHT / high)).expand() == 0
        and (response.down - (1 + WEIGHT / high)).expand() == 0
    )
