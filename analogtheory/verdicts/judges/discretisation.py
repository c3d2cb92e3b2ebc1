"""An update fired pulse by pulse against the averaged update, on the device."""

from __future__ import annotations

import math

import numpy as np

from analogtheory.responses.formulas import ElementwiseFunction
from analogtheory.verdicts.analog import AnalogAnalysis
from analogtheory.verdicts.judges.judgement import Judgement, judges, not_applicable, settled
from analogtheory.verdicts.residual import ResidualAnalysis

#: Weights from which the update starts.
_WEIGHTS = 201


@judges("lipschitz-discretisation-error")
def discretisation(analog: AnalogAnalysis, _: ResidualAnalysis) -> Judgement:
    """One update of size α·σ, up and down, without cycle noise."""
    p = analog.problem
    if p.dw_min is None:
        return not_applicable("no step size was given (--dw-min)")
    size = p.lr * p.noise.sigma
    if not size:
        return not_applicable("without noise there is no typical update")
    if not p.response.is_positive:
        return not_applicable("the response is not positive")
    worst = -math.inf
    error = 0.0
    for sign, q in ((1, p.response.q_up), (-1, p.response.q_down)):
        gap, excess = _gap_and_excess(analog, q, sign, size, p.dw_min)
        worst, error = max(worst, excess), max(error, gap)
    pulses = math.ceil(size / p.dw_min)
    evidence = (
        f"exact: {pulses} pulses for an update of ασ = {size:.3g}: at most {error:.3g} from the "
        "averaged update"
    )
    return settled(worst <= 1e-12, evidence, f"exceeds the bound by {worst:.3g}")


def _gap_and_excess(
    analog: AnalogAnalysis, q: ElementwiseFunction, sign: int, size: float, dw_min: float
) -> tuple[float, float]:
    """Largest |Ũ − U|, and how far it exceeds its bound, from weights that stay in the range."""
    p = analog.problem
    low, high = p.response.range
    steep, largest = p.response.lipschitz(q).high, p.response.q_max.high
    start = np.linspace(low, high, _WEIGHTS)
    weight, inside = start.copy(), np.ones(_WEIGHTS, dtype=bool)
    for _ in range(math.ceil(size / dw_min)):
        weight = weight + sign * dw_min * q(weight)
        inside &= (low <= weight) & (weight <= high)
        weight = np.clip(weight, low, high)
    if not inside.any():
        return 0.0, -math.inf
    gap = np.abs(weight - start - sign * size * q(start))
    bound = dw_min * q(start) + steep * largest * size * (size + dw_min) / 2
    return float(gap[inside].max()), float((gap - bound)[inside].max())
