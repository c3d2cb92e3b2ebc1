"""Where Residual Learning rests on the device, and whether it is stable there."""

from __future__ import annotations

from analogtheory.verdicts.analog import AnalogAnalysis
from analogtheory.verdicts.judges.judgement import (
    Judgement,
    judges,
    not_applicable,
    settled,
    width,
)
from analogtheory.verdicts.residual import ResidualAnalysis


def _why_not(residual: ResidualAnalysis) -> str | None:
    p = residual.problem
    if not residual.is_zero_shifted:
        return "0 is not a symmetric point (Assumption 4)"
    low, high = p.objective.minimiser, p.objective.minimiser
    for end in p.response.range:
        low, high = min(low, end), max(high, end)
    below, above = p.objective.gradient([low, high])
    if not (p.objective.strong_convexity and below < 0 < above):
        return "∇f may vanish at other places than w*"
    return None


@judges("residual-learning-equilibrium")
def equilibrium(analog: AnalogAnalysis, residual: ResidualAnalysis) -> Judgement:
    """Every zero of the mean field inside the range is P = 0, W = w*."""
    if reason := _why_not(residual):
        return not_applicable(reason)
    goal, reach = residual.problem.objective.minimiser, width(analog)
    low, high = residual.problem.response.range
    inside = [
        point.state
        for point in residual.dynamics.fixed_points()
        if all(low + 1e-9 * reach < value < high - 1e-9 * reach for value in point.state.values())
    ]
    if not inside:
        return Judgement("undecided", "exact", "no zero of the mean field was found inside")
    away = max(max(abs(state["P"]), abs(state["W"] - goal)) for state in inside)
    evidence = f"exact: {len(inside)} zero(s) inside, at most {away:.1e} from P = 0, W = w*"
    return settled(away < 1e-7 * reach, evidence, f"{inside}")


@judges("residual-learning-stability")
def stability(analog: AnalogAnalysis, residual: ResidualAnalysis) -> Judgement:
    """Eigenvalues of the two one-sided linearisations at P = 0, W = w*."""
    if reason := _why_not(residual):
        return not_applicable(reason)
    p = residual.problem
    slope = float(p.response.G.derivative()(0.0))
    damping = p.objective.curvature * p.gamma * float(p.response.F(0.0)) + p.noise.mean_abs * slope
    if not damping > 0:
        return not_applicable(f"the damping κ = {damping:.4g} is not positive")
    goal, reach = p.objective.minimiser, width(analog)
    at_rest = [
        point
        for point in residual.dynamics.fixed_points()
        if abs(point.state["P"]) < 1e-7 * reach and abs(point.state["W"] - goal) < 1e-7 * reach
    ]
    if not at_rest:
        return Judgement("undecided", "exact", "P = 0, W = w* was not found as a zero")
    abscissa = max(point.spectral_abscissa for point in at_rest)
    evidence = f"exact: damping κ = {damping:.4g}, largest real part {abscissa:.3g}"
    return settled(abscissa < 0, evidence, f"largest real part {abscissa:.3g}")
