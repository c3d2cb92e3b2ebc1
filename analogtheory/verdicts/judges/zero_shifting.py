"""Zero-shifting on the device: random single pulses towards the symmetric point."""

from __future__ import annotations

import sympy

from analogtheory.algorithms.symbols import W, alpha, epsilon
from analogtheory.dynamics import Draw, Dynamics, Pulse
from analogtheory.noise import Rademacher
from analogtheory.objectives import ScalarQuadratic
from analogtheory.responses.formulas import WEIGHT
from analogtheory.verdicts.analog import AnalogAnalysis
from analogtheory.verdicts.exactlaw import exact_law
from analogtheory.verdicts.judges.judgement import Judgement, below, judges, not_applicable
from analogtheory.verdicts.residual import ResidualAnalysis

#: The constant before L_q·q_max²·dw_min.
_CONSTANT = 0.5


@judges("zero-shifting-bound")
def zero_shifting(analog: AnalogAnalysis, _: ResidualAnalysis) -> Judgement:
    """Stationary E G² under random up and down pulses against (L_q/2)·q_max²·dw_min."""
    p = analog.problem
    if p.dw_min is None:
        return not_applicable("no step size was given (--dw-min)")
    if not p.response.is_positive or p.response.reference_point is None:
        return not_applicable("no symmetric point, or q± is not positive")
    steepest = p.response.lipschitz(p.response.G).high
    law = exact_law(random_pulses(analog, p.dw_min))
    squared = law.expectation((p.response.G.expr**2).subs(WEIGHT, W))
    bound = _CONSTANT * steepest * p.response.q_max.high**2 * p.dw_min
    return below(bound, squared, law.reason)


def random_pulses(analog: AnalogAnalysis, dw_min: float) -> Dynamics:
    """w⁺ = w ± dw_min·q±(w), each sign with probability one half."""
    response = analog.problem.response
    point = response.reference_point
    assert point is not None
    return Dynamics(
        "zero-shifting",
        states=(W,),
        draws=(Draw(epsilon, Rademacher(1.0)),),
        steps=(Pulse(W, alpha * epsilon, response),),
        objective=ScalarQuadratic(sympy.Integer(1), point),
        parameters={alpha: dw_min},
        weight=W,
        source="arXiv:2602.21321, zero-shifting by random pulses",
    )
