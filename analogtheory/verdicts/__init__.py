"""One response held against every claim that speaks of it: the function `check`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from analogtheory.errors import InputError
from analogtheory.noise import NoiseLaw
from analogtheory.objectives import ScalarObjective
from analogtheory.responses.measured import MeasuredFit
from analogtheory.responses.response import Response
from analogtheory.verdicts.analog import AnalogAnalysis
from analogtheory.verdicts.claims import ClaimVerdict, judge_claims
from analogtheory.verdicts.facts import facts_section, response_section
from analogtheory.verdicts.hypotheses import Hypothesis, judge_hypotheses
from analogtheory.verdicts.measured_section import measured_section
from analogtheory.verdicts.problem import Problem, make_problem, nullable
from analogtheory.verdicts.residual import ResidualAnalysis
from analogtheory.verdicts.targets import calibrated, resolve
from analogtheory.verdicts.variation import variation_section

__all__ = ["CheckReport", "check"]


@dataclass(frozen=True)
class CheckReport:
    """What `check` found.

    Attributes
    ----------
    problem : Problem
        The device and what it is trained on, defaults filled in.
    analog, residual : AnalogAnalysis, ResidualAnalysis
        Analog SGD and Residual Learning on it; numbers are computed when asked for.
    fit : MeasuredFit or None
        The fit, for a measured device.
    variation : dict or None
        Spread over the cells of a matrix, if asked for.
    """

    problem: Problem
    analog: AnalogAnalysis
    residual: ResidualAnalysis
    fit: MeasuredFit | None
    variation: dict[str, Any] | None

    @cached_property
    def hypotheses(self) -> list[Hypothesis]:
        """Which hypotheses of the theorems hold."""
        return judge_hypotheses(self.analog, self.residual)

    @cached_property
    def claims(self) -> list[ClaimVerdict]:
        """The verdict on every claim."""
        return judge_claims(self.analog, self.residual)

    @property
    def all_hold(self) -> bool:
        """Whether no applicable claim fails."""
        return all(claim.verdict != "fails" for claim in self.claims)

    @cached_property
    def data(self) -> dict[str, Any]:
        """The report as plain data, as ``--json`` writes it (see the JSON Schema)."""
        self.problem.response.R_c.prepare()  # SymPy integrates while the laws are solved
        analog, residual = self.analog.section(), self.residual.section()
        return {
            "response": response_section(self.problem.response),
            "facts": facts_section(self.problem.response),
            **nullable(
                "measured",
                None if self.fit is None else measured_section(self.fit),
                "the response was given, not fitted to measured pulses",
            ),
            "problem": self.problem.as_dict(),
            "hypotheses": [hypothesis.as_dict() for hypothesis in self.hypotheses],
            "analog_sgd": analog,
            "residual_learning": residual,
            **nullable("device_variation", self.variation, "not asked for (--device-variation)"),
            "claims": [claim.as_dict() for claim in self.claims],
        }

    def __str__(self) -> str:
        from analogtheory.report.terminal import render

        return render(self)


def check(
    target: str | Response | MeasuredFit,
    *,
    parameters: dict[str, Any] | None = None,
    degree: int | None = None,
    reference: float | str | None = None,
    objective: str | ScalarObjective | None = None,
    curvature: float | None = None,
    minimiser: float | None = None,
    noise: str | NoiseLaw | None = None,
    lr: float = 0.05,
    gamma: float = 0.4,
    transfer_lr: float | None = None,
    dw_min: float | None = None,
    cycle_noise: float | None = None,
    device_variation: dict[str, float] | str | None = None,
    seed: int = 1,
) -> CheckReport:
    """Hold a response function against every claim that speaks of it.

    Parameters
    ----------
    target : str, Response or MeasuredFit
        A catalog name, the path of a table of measured pulses, ``file.py:NAME`` (runs the
        file), a response, or a fit.
    parameters : dict, optional
        Parameters of a catalog response.
    degree : int, optional
        Degree of the Bernstein basis for measured pulses.
    reference : float or "symmetric", optional
        Subtract this from the weight, as a reference device does (see
        :meth:`Response.shifted`): conductances of 20 to 60 µS become weights around 0.
    objective : str or ScalarObjective, optional
        f(w) as a formula; else a quadratic with `curvature` (1) and `minimiser` (65 % up
        the range).
    noise : str or NoiseLaw, optional
        For example ``"rademacher:0.5"``; Gaussian with σ a quarter of the range if not given.
    lr, transfer_lr, gamma : float
        α, β (α/10 unless given) and γ.
    dw_min, cycle_noise : float, optional
        Step size and cycle-to-cycle noise in units of it; those of the device if it has them.
    device_variation : dict or "calibrated", optional
        Spread of the parameters over the cells of a 32×32 matrix.
    seed : int
        Seed of simulations and of the cells.

    Returns
    -------
    CheckReport

    Raises
    ------
    InputError
        With one line that names the input and what would be right.

    Examples
    --------
    >>> report = check("linear", minimiser=0.3, noise="rademacher:0.5")
    >>> round(report.analog.mean_field_root, 9)
    0.2
    """
    found = resolve(target, parameters, degree=degree) if isinstance(target, str) else target
    fit = found if isinstance(found, MeasuredFit) else None
    response = calibrated(found) if isinstance(found, MeasuredFit) else found
    if not isinstance(response, Response):
        raise InputError(
            f"check: the target must be a name, a Response or a MeasuredFit, got {target!r}"
        )
    if response.shape:
        raise InputError(
            f"check: {response.name} has one parameter set per cell (shape {response.shape}); "
            "check .cell(index), or one device with device_variation"
        )
    if reference is not None:
        response = response.shifted(reference)
    problem = make_problem(
        response,
        objective=objective,
        curvature=curvature,
        minimiser=minimiser,
        noise=noise,
        lr=lr,
        gamma=gamma,
        transfer_lr=transfer_lr,
        dw_min=dw_min,
        cycle_noise=cycle_noise,
        seed=seed,
    )
    variation = None
    if device_variation is not None:
        spreads = None if device_variation == "calibrated" else device_variation
        variation = variation_section(problem, _as_spreads(spreads))
    return CheckReport(problem, AnalogAnalysis(problem), ResidualAnalysis(problem), fit, variation)


def _as_spreads(spreads: Any) -> dict[str, float] | None:
    if spreads is None or isinstance(spreads, dict):
        return spreads
    raise InputError(
        f"device_variation: must be 'calibrated' or a dict of parameter spreads, got {spreads!r}"
    )
