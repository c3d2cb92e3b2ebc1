"""The problem that `check` sets a device: what is minimised, how, and under which noise."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from analogtheory.algorithms.checks import learning_rate, mixing
from analogtheory.errors import InputError
from analogtheory.noise import Gaussian, NoiseLaw, parse_noise
from analogtheory.objectives import FormulaObjective, ScalarObjective, ScalarQuadratic
from analogtheory.responses.response import Response
from analogtheory.simulation import Fidelity

#: Gradients beyond this overflow when they are squared and multiplied.
_STEEPEST = 1e60


@dataclass(frozen=True)
class Problem:
    """A scalar problem for a device.

    Attributes
    ----------
    response : Response
    objective : ScalarObjective
    noise : NoiseLaw
    lr, transfer_lr, gamma : float
        α, β and γ.
    dw_min, cycle_noise : float or None
        Step size and cycle-to-cycle noise (in units of Δw_min), where pulses are asked for.
    multiplicative_noise : bool
    seed : int
    """

    response: Response
    objective: ScalarObjective
    noise: NoiseLaw
    lr: float
    transfer_lr: float
    gamma: float
    dw_min: float | None
    cycle_noise: float
    multiplicative_noise: bool
    seed: int

    def pulses(self) -> Fidelity:
        """How pulses are counted: ⌊x⌋ plus a Bernoulli remainder, with cycle noise.

        Raises
        ------
        InputError
            If there is no step size.
        """
        if self.dw_min is None:
            raise InputError("dw_min: give the weight change of one pulse")
        return Fidelity(
            "rounded",
            dw_min=self.dw_min,
            cycle_noise=self.cycle_noise,
            multiplicative_noise=self.multiplicative_noise,
        )

    def as_dict(self) -> dict[str, Any]:
        """The part `problem` of the report."""
        quadratic = isinstance(self.objective, ScalarQuadratic)
        return {
            "objective": str(self.objective.expr),
            "curvature": self.objective.curvature,
            "minimiser": self.objective.minimiser,
            "smoothness": self.objective.smoothness,
            **nullable(
                "strong_convexity",
                self.objective.strong_convexity,
                "the objective is not strongly convex on the range",
            ),
            "quadratic": quadratic,
            "noise": self.noise.spec,
            "lr": self.lr,
            "transfer_lr": self.transfer_lr,
            "gamma": self.gamma,
            **nullable("dw_min", self.dw_min, "no step size was given: updates are averaged"),
            "cycle_noise": self.cycle_noise,
            "seed": self.seed,
        }


def nullable(key: str, value: Any, reason: str) -> dict[str, Any]:
    """{key: value}, or {key: None, key_reason: reason} where there is no value.

    A float that is not finite is no value either.
    """
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return {key: None, f"{key}_reason": reason}
    return {key: value}


def make_problem(
    response: Response,
    *,
    objective: str | ScalarObjective | None = None,
    curvature: float | None = None,
    minimiser: float | None = None,
    noise: str | NoiseLaw | None = None,
    lr: float = 0.05,
    gamma: float = 0.4,
    transfer_lr: float | None = None,
    dw_min: float | None = None,
    cycle_noise: float | None = None,
    seed: int = 1,
) -> Problem:
    """Fill in what is not given, and refuse what cannot be used.

    Defaults scale with the range [low, high] of the response: curvature 1, minimiser 65 % up
    the range, Gaussian noise with σ a quarter of the range, step size and cycle
    noise those of the calibrated or measured device, if it has them.

    Raises
    ------
    InputError
        With one line that names the input.
    """
    low, high = response.range
    goal = _objective(objective, curvature, minimiser, low, high)
    law = noise if isinstance(noise, NoiseLaw) else _noise(noise, high - low)
    step = learning_rate("lr", lr)
    figures = response.calibration
    if dw_min is None and figures is not None:
        dw_min = figures.dw_min
    if dw_min is not None and not (math.isfinite(dw_min) and 0 < dw_min < high - low):
        raise InputError(
            f"dw_min: must be a positive number below the width {high - low:g} of the range, "
            f"got {dw_min:g}"
        )
    if cycle_noise is None:
        cycle_noise = figures.cycle_noise if figures is not None else 0.0
    elif dw_min is None:
        raise InputError("cycle_noise: is in units of dw_min; give dw_min as well")
    if not (math.isfinite(cycle_noise) and cycle_noise >= 0):
        raise InputError(f"cycle_noise: must be a number ≥ 0, got {cycle_noise:g}")
    return Problem(
        response=response,
        objective=goal,
        noise=law,
        lr=step,
        transfer_lr=learning_rate("transfer_lr", step / 10 if transfer_lr is None else transfer_lr),
        gamma=mixing(gamma),
        dw_min=dw_min,
        cycle_noise=cycle_noise,
        multiplicative_noise=figures.multiplicative_noise if figures is not None else False,
        seed=_seed(seed),
    )


def _noise(text: str | None, width: float) -> NoiseLaw:
    return Gaussian(float(f"{width / 4:.6g}")) if text is None else parse_noise(text)


def _seed(seed: int) -> int:
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**64:
        raise InputError(f"seed: must be a whole number from 0 to 2^64 − 1, got {seed}")
    return seed


def _objective(
    objective: str | ScalarObjective | None,
    curvature: float | None,
    minimiser: float | None,
    low: float,
    high: float,
) -> ScalarObjective:
    if objective is not None and (curvature is not None or minimiser is not None):
        raise InputError(
            "objective: a formula has its own curvature and minimiser; give one or the other"
        )
    if isinstance(objective, str):
        return FormulaObjective(objective, low, high)
    if objective is None:
        if minimiser is None:
            minimiser = float(f"{low + 0.65 * (high - low):.6g}")
        if not math.isfinite(minimiser):
            raise InputError(f"minimiser: must be a finite number, got {minimiser}")
        objective = ScalarQuadratic(1.0 if curvature is None else curvature, minimiser)
    if not low < objective.minimiser < high:
        raise InputError(
            f"minimiser: {objective.minimiser:g} lies outside the response's range; "
            f"it must lie inside ({low:g}, {high:g})"
        )
    steepest = max(abs(float(slope)) for slope in objective.gradient([low, high]))
    if not steepest < _STEEPEST:
        raise InputError(
            f"objective: its gradient reaches {steepest:.3g} on the range; rescale the problem"
        )
    return objective
