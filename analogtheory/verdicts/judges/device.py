"""Claims about the response function alone."""

from __future__ import annotations

from analogtheory.verdicts.analog import AnalogAnalysis
from analogtheory.verdicts.judges.judgement import Judgement, judges, settled
from analogtheory.verdicts.residual import ResidualAnalysis


@judges(
    "response-positive",
    "q₊ > 0 and q₋ > 0 inside the range of the device, so that |G| < F and M > 0 there.",
)
def positivity(analog: AnalogAnalysis, _: ResidualAnalysis) -> Judgement:
    """No zero of q₊ or q₋ inside the range."""
    response = analog.problem.response
    point = response.not_positive_at
    witness = ""
    if point is not None:
        up, down = float(response.q_up(point)), float(response.q_down(point))
        witness = f"w = {point:.6g}: q₊ = {up:.4g}, q₋ = {down:.4g}"
    return settled(point is None, "certified: all zeros of q± enclosed", witness)
