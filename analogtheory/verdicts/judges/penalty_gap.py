"""How far the penalised minimiser can be from the zero of the mean drift, on the device."""

from __future__ import annotations

import math
from typing import Literal

import sympy

from analogtheory.enclosure import Formula, enclose_extremum
from analogtheory.exact import exact
from analogtheory.responses.formulas import WEIGHT
from analogtheory.verdicts.analog import AnalogAnalysis
from analogtheory.verdicts.judges.judgement import Judgement, judges, not_applicable, settled
from analogtheory.verdicts.residual import ResidualAnalysis


@judges("penalty-gap-any-noise")
def penalty_gap(analog: AnalogAnalysis, _: ResidualAnalysis) -> Judgement:
    """|w_T − w_S| ≤ L·r·δ²/(4μ), constants enclosed between w* and w⋄."""
    p = analog.problem
    target, root = analog.penalised_minimiser, analog.mean_field_root
    point = p.response.reference_point
    if target is None or root is None or point is None:
        return not_applicable("f_Σ or the mean field has no minimum inside")
    ends = sorted((p.objective.minimiser, point))
    if not ends[1] - ends[0] > 0:
        return not_applicable("w* is the symmetric point: both are 0 apart")
    constants = _constants(analog, ends)
    if isinstance(constants, str):
        return not_applicable(constants)
    smooth, steep, convex = constants
    bound = smooth * steep * (ends[1] - ends[0]) ** 2 / (4 * convex)
    gap = abs(root - target.value)
    evidence = f"exact: |root of T − argmin f_Σ| = {gap:.3g} ≤ {bound:.3g}"
    return settled(gap <= bound * (1 + 1e-9) + 1e-12, evidence, f"w = {root:.9g}")


def _constants(analog: AnalogAnalysis, ends: list[float]) -> tuple[float, float, float] | str:
    """L of f′, r of R and μ of f_Σ on the interval; or what is missing."""
    p = analog.problem
    low, high = (exact(end) for end in ends)

    def extremum(expression: sympy.Expr, which: Literal["sup", "inf"]) -> float:
        found = enclose_extremum(Formula(expression, WEIGHT, low, high), which)
        return found.high if which == "sup" else found.low

    second = sympy.diff(p.objective.gradient_expr, WEIGHT)
    slope = sympy.diff(p.response.R.expr, WEIGHT)
    steep = extremum(slope, "sup")
    if extremum(slope, "inf") < 0 or not math.isfinite(steep):
        return "R is not increasing between w* and the symmetric point"
    convex = extremum(second + exact(p.noise.mean_abs) * slope, "inf")
    if not convex > 0:
        return "f_Σ is not strongly convex between w* and the symmetric point"
    return max(extremum(second, "sup"), -extremum(second, "inf")), steep, convex
