"""Which hypotheses of the theorems a device meets on a problem, and where one fails."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sympy

from analogtheory.enclosure import Formula, enclose_extremum
from analogtheory.responses.response import WEIGHT
from analogtheory.verdicts.analog import AnalogAnalysis
from analogtheory.verdicts.residual import ResidualAnalysis


@dataclass(frozen=True)
class Hypothesis:
    """A condition that a theorem needs.

    Attributes
    ----------
    id, statement, source : str
    holds : bool
    detail : str
        The number that decides, or where it fails.
    """

    id: str
    statement: str
    source: str
    holds: bool
    detail: str

    def as_dict(self) -> dict[str, Any]:
        """As it stands in the report."""
        return {
            "id": self.id,
            "statement": self.statement,
            "source": self.source,
            "holds": self.holds,
            "detail": self.detail,
        }


def judge_hypotheses(analog: AnalogAnalysis, residual: ResidualAnalysis) -> list[Hypothesis]:
    """The hypotheses of the theorems on Analog SGD and Residual Learning."""
    return [
        _positive(analog),
        _response_class(analog),
        _bounded_saturation(analog),
        _no_overshoot(analog),
        _step_size(analog),
        _zero_shifted(residual),
        _residual_in_range(residual),
    ]


def _positive(analog: AnalogAnalysis) -> Hypothesis:
    response = analog.problem.response
    point = response.not_positive_at
    detail = (
        "proved on the open range"
        if point is None
        else (
            f"q₊ = {float(response.q_up(point)):.4g}, q₋ = {float(response.q_down(point)):.4g} "
            f"at w = {point:.4g}"
        )
    )
    return Hypothesis(
        "positive",
        "q₊ > 0 and q₋ > 0 inside the range, so |G| < F",
        "arXiv:2502.06309 Definition 1",
        point is None,
        detail,
    )


def _response_class(analog: AnalogAnalysis) -> Hypothesis:
    response = analog.problem.response
    smallest = response.q_min.value
    holds = response.q_min.low > 0 and response.is_differentiable()
    if not response.is_differentiable():
        detail = "q± has kinks (abs, max or min)"
    elif holds:
        detail = f"q_min = {smallest:.4g}, q_max = {response.q_max.value:.4g}"
    else:
        ends = [end for end in response.range if _smallest_q(analog, end) <= 1e-12]
        where = " and ".join(f"w = {end:.4g}" for end in ends) or "inside the range"
        detail = f"q_min = {smallest:.4g}: q± reaches 0 at {where}"
    return Hypothesis(
        "response-class",
        "0 < q_min ≤ q± ≤ q_max on the whole closed range, differentiable",
        "arXiv:2502.06309 Definition 1",
        bool(holds),
        detail,
    )


def _smallest_q(analog: AnalogAnalysis, w: float) -> float:
    response = analog.problem.response
    return min(float(response.q_up(w)), float(response.q_down(w)))


def _bounded_saturation(analog: AnalogAnalysis) -> Hypothesis:
    low, high = analog.invariant_interval
    lowest = analog.lowest_saturation.low
    return Hypothesis(
        "bounded-saturation",
        "M = q₊q₋ stays above some M_min > 0 on every weight that Analog SGD can reach",
        "arXiv:2406.12774 (bounded saturation), arXiv:2502.06309 Remark 1",
        lowest > 1e-12,
        f"inf M = {lowest:.4g} on the reachable weights [{low:.4g}, {high:.4g}]",
    )


def overshoot(analog: AnalogAnalysis) -> tuple[float, float]:
    """α·max|g| on the range, and the largest change that cannot leave the range.

    An up move Δ > 0 stays inside iff Δ·q₊(w) ≤ high − w; so the limit is the infimum of
    (high − w)/q₊(w), and likewise below. For the linear device with c = 0 it is τ.
    """
    p = analog.problem
    response = p.response
    slope = Formula(p.objective.gradient_expr, WEIGHT, response.low, response.high)
    steepest = max(enclose_extremum(slope, "sup").high, -enclose_extremum(slope, "inf").low)
    noise_low, noise_high = p.noise.support
    largest = p.lr * (steepest + max(abs(noise_low), abs(noise_high)))
    room = 1.0 / max(
        _largest(response.up / (response.high - WEIGHT), response.low, response.high, -1),
        _largest(response.down / (WEIGHT - response.low), response.low, response.high, +1),
        1e-300,
    )
    return largest, room


def _largest(ratio: sympy.Expr, low: sympy.Expr, high: sympy.Expr, open_side: int) -> float:
    """sup of q/(distance to the bound), ∞ if the step does not shrink at the bound."""
    reduced = sympy.cancel(ratio) if ratio.is_rational_function(WEIGHT) else ratio
    end = high if open_side < 0 else low
    denominator = sympy.fraction(sympy.together(reduced))[1]
    if denominator.subs(WEIGHT, end) != 0:
        return enclose_extremum(Formula(reduced, WEIGHT, low, high), "sup").high
    limit = sympy.limit(reduced, WEIGHT, end, "-" if open_side < 0 else "+")
    if not limit.is_finite:
        return float("inf")
    # A removable singularity at the very end: the supremum from the inside.
    nearly = end + open_side * (high - low) * sympy.Rational(1, 10**6)
    inside = (low, nearly) if open_side < 0 else (nearly, high)
    return max(float(limit), enclose_extremum(Formula(reduced, WEIGHT, *inside), "sup").high)


def _no_overshoot(analog: AnalogAnalysis) -> Hypothesis:
    if not analog.problem.response.is_positive:
        largest, room, holds = float("nan"), float("nan"), False
        detail = "the response is not positive"
    else:
        largest, room = overshoot(analog)
        holds = largest <= room * (1 + 1e-12)
        detail = f"α·|g| ≤ {largest:.4g} (noise cut where its law is cut), limit {room:.4g}"
    return Hypothesis(
        "no-overshoot",
        "α|g| is so small that no update leaves the range (linear device: α|g| ≤ τ)",
        "derived here (theory notes 1.11)",
        holds,
        detail,
    )


def _step_size(analog: AnalogAnalysis) -> Hypothesis:
    lr, largest = analog.problem.lr, analog.largest_step
    return Hypothesis(
        "step-size",
        "α ≤ 1/(4·L·F_max)",
        "arXiv:2502.06309 Theorem 2",
        lr <= largest,
        f"α = {lr:g}, limit {largest:.4g}",
    )


def _zero_shifted(residual: ResidualAnalysis) -> Hypothesis:
    ratio = residual.offset_ratio
    points = residual.problem.response.symmetric_points
    if ratio is None:
        detail = "0 is not inside the range of a positive response"
    elif residual.is_zero_shifted:
        detail = "G(0) = 0"
    else:
        where = ", ".join(f"{zero.value:.6g}" for zero in points) or "none in the range"
        detail = f"G(0)/F(0) = {ratio:.4g}; symmetric points: {where}"
    return Hypothesis(
        "zero-shifted",
        "0 is a symmetric point of the residual array: G(0) = 0",
        "arXiv:2502.06309 Assumption 4",
        residual.is_zero_shifted,
        detail,
    )


def _residual_in_range(residual: ResidualAnalysis) -> Hypothesis:
    p = residual.problem
    low, high = p.response.range
    start = min(max(0.0, low), high)
    if p.gamma == 0:
        return Hypothesis(
            "residual-in-range",
            "P*(W₀) = (w* − W₀)/γ lies inside the range",
            "arXiv:2502.06309, after Lemma 6",
            False,
            "γ = 0 (Tiki-Taka): P* is not defined",
        )
    target = (p.objective.minimiser - start) / p.gamma
    return Hypothesis(
        "residual-in-range",
        "P*(W₀) = (w* − W₀)/γ lies inside the range (W₀ = 0), so that P need not saturate",
        "arXiv:2502.06309, after Lemma 6",
        low < target < high,
        f"P*(W₀) = {target:.4g}, range ({low:.4g}, {high:.4g})",
    )
