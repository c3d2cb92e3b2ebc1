"""Which hypotheses of the theorems a device meets on a problem, and where one fails."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

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
        detail = "q± has kinks (abs, max, min), or a slope that is not finite up to the ends"
    elif holds:
        detail = f"q_min = {smallest:.4g}, q_max = {response.q_max.value:.4g}"
    else:
        places = [zero.value for zero in response.zeros_of_q if zero.kind != "everywhere"]
        where = " and ".join(f"w = {place:.4g}" for place in places)
        reaches = f"q± reaches 0 at {where}" if where else "q± is not positive"
        detail = f"q_min = {max(smallest, 0) if response.is_positive else smallest:.4g}: {reaches}"
    return Hypothesis(
        "response-class",
        "0 < q_min ≤ q± ≤ q_max on the whole closed range, differentiable",
        "arXiv:2502.06309 Definition 1",
        bool(holds),
        detail,
    )


def _bounded_saturation(analog: AnalogAnalysis) -> Hypothesis:
    low, high = analog.invariant_interval
    lowest = analog.lowest_saturation.low
    known = analog.law.is_invariant
    what = "the reachable weights" if known else "the range (reachable weights not known)"
    if analog.problem.noise.truncated_mass:
        what += " (noise cut at 9σ)"
    return Hypothesis(
        "bounded-saturation",
        "M = q₊q₋ stays above some M_min > 0 on every weight that Analog SGD can reach",
        "arXiv:2406.12774 (bounded saturation), arXiv:2502.06309 Remark 1",
        lowest > 0,
        f"inf M = {lowest:.4g} on {what} [{low:.4g}, {high:.4g}]",
    )


def _no_overshoot(analog: AnalogAnalysis) -> Hypothesis:
    if not analog.problem.response.is_positive:
        holds, detail = False, "the response is not positive"
    else:
        moves = analog.reach
        holds = moves.stays_inside
        cut = "" if analog.problem.noise.truncated_mass == 0 else "; noise cut at 9σ"
        detail = (
            f"up moves α·(−g) ≤ {moves.up:.4g} (limit {moves.up_room:.4g}), "
            f"down moves α·g ≤ {moves.down:.4g} (limit {moves.down_room:.4g}){cut}"
        )
    return Hypothesis(
        "no-overshoot",
        "no update leaves the range (linear device with c = 0: α|g| ≤ τ)",
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
        low, high = residual.problem.response.range
        inside = low < 0 < high
        detail = (
            "the response is not positive" if inside else f"0 is not inside [{low:.4g}, {high:.4g}]"
        )
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
