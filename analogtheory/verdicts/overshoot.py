"""Whether one averaged update can leave the range of the device."""

from __future__ import annotations

import math
from dataclasses import dataclass

import sympy

from analogtheory.enclosure import Formula, enclose_extremum
from analogtheory.responses.formulas import WEIGHT
from analogtheory.verdicts.problem import Problem


@dataclass(frozen=True)
class Reach:
    """The largest wanted change in each direction, and the largest that cannot leave.

    An up move Δ stays inside iff Δ·q₊(w) ≤ high − w for every w, so its room is the infimum
    of (high − w)/q₊(w), and likewise below. For the linear device with c = 0 both rooms
    are τ: the condition α|g| ≤ τ. The noise is cut where its law is cut (Gaussian: 9σ).
    Derived here (theory notes 1.11).
    """

    up: float
    up_room: float
    down: float
    down_room: float

    @property
    def stays_inside(self) -> bool:
        """Whether no update leaves the range."""
        slack = 1 + 1e-12
        return self.up <= self.up_room * slack and self.down <= self.down_room * slack


def reach(problem: Problem) -> Reach:
    """The reach of one update of Analog SGD from any weight of the range."""
    response = problem.response
    slope = Formula(problem.objective.gradient_expr, WEIGHT, response.low, response.high)
    steepest = enclose_extremum(slope, "sup").high
    lowest = enclose_extremum(slope, "inf").low
    noise_low, noise_high = problem.noise.support
    return Reach(
        up=max(0.0, -problem.lr * (lowest + noise_low)),
        up_room=_room(response.up, response.high, response.low),
        down=max(0.0, problem.lr * (steepest + noise_high)),
        down_room=_room(response.down, response.low, response.high),
    )


def _room(q: sympy.Expr, end: sympy.Expr, other: sympy.Expr) -> float:
    """A lower bound of inf |end − w|/q(w); 0 if the step does not shrink to 0 at the end.

    Within a thousandth of the range from the end, q(w)/|end − w| = |q′(ξ)| for some ξ
    between w and the end (mean-value theorem); elsewhere the quotient is enclosed.
    """
    if not Formula(q, WEIGHT, *sorted((end, other))).vanishes_at(end):
        return 0.0
    near = end + (other - end) / 1000
    slope = Formula(sympy.diff(q, WEIGHT), WEIGHT, *sorted((near, end)))
    distance = (end - WEIGHT) * sympy.sign(end - other)
    ratio = sympy.cancel(q / distance) if q.is_polynomial(WEIGHT) else q / distance
    quotient = Formula(ratio, WEIGHT, *sorted((near, other)))
    steepest = max(
        enclose_extremum(slope, "sup").high,
        -enclose_extremum(slope, "inf").low,
        enclose_extremum(quotient, "sup").high,
    )
    return 0.0 if math.isinf(steepest) else 1.0 / max(steepest, 1e-300)
