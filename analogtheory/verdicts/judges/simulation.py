"""The simulation held against the exact law: both run the same symbolic update."""

from __future__ import annotations

from typing import Any

from analogtheory.verdicts.analog import AnalogAnalysis
from analogtheory.verdicts.judges.judgement import Judgement, judges, not_applicable, settled
from analogtheory.verdicts.residual import ResidualAnalysis

#: False-alarm probability of one comparison of a simulation with the exact law.
FALSE_ALARM = 1e-6
#: A 95 % t half-width is about 1.96 standard errors; 4.9 of them are exceeded by chance
#: with probability 1e-6. The replicas number 512, so the normal quantile serves.
_HALF_WIDTHS = 4.9 / 1.96


@judges(
    "analog-sgd-simulation",
    "The simulated stationary mean of the weight under Analog SGD agrees with the exact law.",
)
def analog_simulation(analog: AnalogAnalysis, _: ResidualAnalysis) -> Judgement:
    """Replicas of Analog SGD."""
    mean = analog.law.expectation(analog.dynamics.mixed_weight)
    return compare(mean, analog.law.reason, analog.simulated)


@judges(
    "residual-learning-simulation",
    "The simulated stationary mean of W̄ in Residual Learning agrees with the exact law.",
)
def residual_simulation(_: AnalogAnalysis, residual: ResidualAnalysis) -> Judgement:
    """Replicas of Residual Learning."""
    mean = residual.law.expectation(residual.dynamics.mixed_weight)
    return compare(mean, residual.law.reason, residual.simulated)


def compare(mean: Any, reason: str, interval: dict[str, Any] | None) -> Judgement:
    """The exact mean against the interval of independent replicas."""
    if mean is None or interval is None:
        return not_applicable(reason or "no stable fixed point to start from", "sampling")
    half_width = 0.5 * (interval["high"] - interval["low"])
    gap = abs(interval["mean"] - mean.value)
    evidence = (
        f"supported: {interval['mean']:.6g} ± {half_width:.1e} ({interval['replicas']} replicas) "
        f"against {mean.value:.6g}, error probability {FALSE_ALARM:g}"
    )
    holds = gap <= _HALF_WIDTHS * half_width + mean.error + 1e-12 * abs(mean.value)
    return settled(holds, evidence, f"difference {gap:.3g}")
