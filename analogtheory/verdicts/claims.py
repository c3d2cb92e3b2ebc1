"""The claims that speak of one device on one problem, each with a verdict.

Only statements about the given response are judged here; whether a lemma holds in
general is the business of the claim ledger.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from analogtheory.bounds import (
    LOWER_INSTANCE,
    RADEMACHER_MEAN,
    REMARK_1,
    WEIGHTED,
    WEIGHTED_RESIDUAL,
)
from analogtheory.noise import Rademacher
from analogtheory.objectives import ScalarQuadratic
from analogtheory.responses.formulas import WEIGHT
from analogtheory.verdicts.analog import AnalogAnalysis
from analogtheory.verdicts.problem import nullable
from analogtheory.verdicts.residual import ResidualAnalysis

Verdict = Literal["holds", "fails", "not applicable", "undecided"]
Form = Literal["printed", "repaired", "derived"]

#: False-alarm probability of one comparison of a simulation with the exact law.
FALSE_ALARM = 1e-6
#: A 95 % t half-width is about 1.96 standard errors; 4.9 of them are exceeded by chance
#: with probability 1e-6. The replicas number 512, so the normal quantile serves.
_HALF_WIDTHS = 4.9 / 1.96


@dataclass(frozen=True)
class ClaimVerdict:
    """A claim about this device on this problem, and how it was settled.

    Attributes
    ----------
    id, statement, source, form : str
        `form` is "printed", "repaired" or "derived".
    verdict : {"holds", "fails", "not applicable", "undecided"}
    evidence : str
        What settled it, with its strength: proved, certified, exact, supported.
    witness : str or None
        Where it fails; or which hypothesis fails.
    """

    id: str
    statement: str
    source: str
    form: Form
    verdict: Verdict
    evidence: str
    witness: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """As it stands in the report."""
        return {
            "id": self.id,
            "statement": self.statement,
            "source": self.source,
            "form": self.form,
            "verdict": self.verdict,
            "evidence": self.evidence,
            **nullable("witness", self.witness, "nothing fails"),
        }


def _positivity(analog: AnalogAnalysis, _: ResidualAnalysis) -> ClaimVerdict:
    response = analog.problem.response
    point = response.not_positive_at
    return ClaimVerdict(
        "response-positive",
        "q₊ > 0 and q₋ > 0 inside the range (so |G| < F)",
        "arXiv:2502.06309 Definition 1",
        "printed",
        "holds" if point is None else "fails",
        "certified: all zeros of q± enclosed",
        None
        if point is None
        else f"w = {point:.6g}: q₊ = {float(response.q_up(point)):.4g}, "
        f"q₋ = {float(response.q_down(point)):.4g}",
    )


def _implicit_penalty(analog: AnalogAnalysis, _: ResidualAnalysis) -> ClaimVerdict:
    """(45): the second-order point W̃* nearly solves T = 0 once w⋄ is close to w*."""
    response, objective = analog.problem.response, analog.problem.objective
    point = response.reference_point

    def claim(verdict: Verdict, evidence: str, witness: str | None = None) -> ClaimVerdict:
        return ClaimVerdict(
            "implicit-penalty",
            "W̃* of eq. (43) is closer to stationary than w* and w⋄: "
            "|T(W̃*)| < min(|T(w*)|, |T(w⋄)|), a ratio that → 0 as w⋄ → w*",
            "arXiv:2502.06309 Theorem 5, eq. (45)",
            "printed",
            verdict,
            evidence,
            witness,
        )

    if point is None or not response.is_positive:
        return claim("not applicable", "exact", "no symmetric point, or q± is not positive")
    sigma, slope = analog.problem.noise.mean_abs, float(response.R.derivative()(point))
    distance = abs(objective.minimiser - point)
    if sigma == 0 or slope <= 0 or distance < 1e-9 * _width(analog):
        return claim(
            "not applicable",
            "exact",
            "needs Σ > 0, R′(w⋄) > 0 and w* ≠ w⋄: the ratio is 0/0 otherwise",
        )
    h = objective.curvature
    middle = (h * objective.minimiser + sigma * slope * point) / (h + sigma * slope)
    ratio = _drift_ratio(analog, middle, point)
    if not math.isfinite(ratio):
        return claim("not applicable", "exact", "T vanishes at w* or w⋄ itself: the ratio is x/0")
    evidence = f"exact: ratio {ratio:.3g} at |w⋄ − w*| = {distance:.4g}, W̃* = {middle:.6g}"
    if ratio < 1:
        return claim("holds", evidence)
    return claim("undecided", evidence + "; outside the local regime of the theorem")


def _drift_ratio(analog: AnalogAnalysis, middle: float, point: float) -> float:
    p = analog.problem

    def drift(w: float) -> float:
        gradient = float(p.objective.gradient(w))
        return abs(gradient + float(p.noise.mean_abs_at(gradient)) * float(p.response.R(w)))

    smallest = min(drift(p.objective.minimiser), drift(point))
    return drift(middle) / smallest if smallest else math.inf


def _penalty_is_exact(analog: AnalogAnalysis, _: ResidualAnalysis) -> ClaimVerdict:
    """Rademacher noise with |f′| ≤ σ: E|g + ε| = σ, so T = ∇f_Σ."""
    target, root = analog.penalised_minimiser, analog.mean_field_root
    rademacher = isinstance(analog.problem.noise, Rademacher)

    def claim(verdict: Verdict, evidence: str, witness: str | None = None) -> ClaimVerdict:
        return ClaimVerdict(
            "penalty-exact-for-rademacher",
            "under Rademacher noise the mean-field root is argmin f_Σ exactly",
            "derived here (theory notes 4.1)",
            "derived",
            verdict,
            evidence,
            witness,
        )

    if target is None or root is None:
        return claim("not applicable", "exact", "f_Σ or the mean field has no minimum inside")
    gap = abs(root - target.value)
    evidence = f"exact: |root of T − argmin f_Σ| = {gap:.2e}"
    if not rademacher:
        return claim("not applicable", evidence, "the noise is not Rademacher (H1)")
    if gap < 1e-9 * _width(analog):
        return claim("holds", evidence)
    return claim("fails", evidence, f"w = {root:.9g}")


def _width(analog: AnalogAnalysis) -> float:
    low, high = analog.problem.response.range
    return float(high - low)


def _is_plain_linear(analog: AnalogAnalysis) -> bool:
    response = analog.problem.response
    low, high = response.low, response.high
    return bool(
        high == -low
        and (response.up - (1 - WEIGHT / high)).expand() == 0
        and (response.down - (1 + WEIGHT / high)).expand() == 0
    )


def _why_not_instance(analog: AnalogAnalysis) -> str | None:
    p = analog.problem
    if not isinstance(p.objective, ScalarQuadratic):
        return "the objective is not a scalar quadratic"
    if not _is_plain_linear(analog):
        return "the response is not linear with c = 0"
    if not isinstance(p.noise, Rademacher):
        return "the noise is not Rademacher"
    steepest = max(abs(float(v)) for v in p.objective.gradient(list(analog.invariant_interval)))
    if steepest > p.noise.sigma * (1 + 1e-9):
        return f"|f′| reaches {steepest:.4g} > σ on the reachable weights"
    if p.lr * (steepest + p.noise.sigma) > float(p.response.high) * (1 + 1e-12):
        return "α|g| exceeds τ: updates are clipped at the ends of the range"
    return None


def _rademacher_mean(analog: AnalogAnalysis, _: ResidualAnalysis) -> ClaimVerdict:
    p = analog.problem

    def claim(verdict: Verdict, evidence: str, witness: str | None = None) -> ClaimVerdict:
        return ClaimVerdict(
            "exact-mean-rademacher",
            "E W = w*·hτ/(hτ + σ), whatever α with α|g| ≤ τ",
            RADEMACHER_MEAN.source,
            "derived",
            verdict,
            evidence,
            witness,
        )

    reason = _why_not_instance(analog)
    mean = analog.law.expectation(analog.dynamics.mixed_weight)
    if reason is not None or mean is None:
        return claim("not applicable", "exact", reason or analog.law.reason)
    formula = RADEMACHER_MEAN(
        h=p.objective.curvature,
        tau=float(p.response.high),
        sigma=p.noise.sigma,
        w_star=p.objective.minimiser,
    )
    gap = abs(mean.value - formula)
    evidence = f"exact law: |E W − formula| = {gap:.1e} (its error {mean.error:.0e})"
    holds = gap <= 1e-9 * float(p.response.high) + 10 * mean.error
    return claim("holds", evidence) if holds else claim("fails", evidence, f"E W = {mean.value}")


def _weighted_bound(analog: AnalogAnalysis, _: ResidualAnalysis) -> ClaimVerdict:
    return _bound_claim(
        "analog-sgd-weighted-bound",
        "E[M·f′²] ≤ 2·F_max·σ²·(α·L·F_max² + E[G²/F])",
        WEIGHTED.source,
        "derived",
        analog.weighted_bound,
        analog.why_no_bound() or "",
        analog.weighted_second_moment,
    )


def _remark_1(analog: AnalogAnalysis, _: ResidualAnalysis) -> ClaimVerdict:
    bound, reason = analog.upper_bound
    return _bound_claim(
        "analog-sgd-upper-bound",
        "E f′² ≤ 2·F_max·σ²·(α·L·F_max² + E[G²/F])/M_min",
        REMARK_1.source,
        "derived",
        bound,
        reason,
        analog.gradient_second_moment,
    )


def _bound_claim(
    name: str,
    statement: str,
    source: str,
    form: Form,
    bound: float | None,
    reason: str,
    estimate: Any,
) -> ClaimVerdict:
    if bound is not None and estimate is not None and not _finite(bound, estimate):
        return ClaimVerdict(name, statement, source, form, "undecided", "not a finite number")
    if bound is None or estimate is None:
        return ClaimVerdict(name, statement, source, form, "not applicable", "exact law", reason)
    evidence = f"exact law: {estimate.value:.4g} ≤ {bound:.4g}"
    if estimate.value > 1e-30:
        evidence += f", tightness {bound / estimate.value:.3g}"
    if estimate.value - estimate.error <= bound * (1 + 1e-12):
        return ClaimVerdict(name, statement, source, form, "holds", evidence)
    witness = f"exact value {estimate.value:.6g} exceeds the bound {bound:.6g}"
    return ClaimVerdict(name, statement, source, form, "fails", witness, witness)


def _finite(bound: float, estimate: Any) -> bool:
    return math.isfinite(bound) and math.isfinite(estimate.value) and math.isfinite(estimate.error)


def _residual_weighted_bound(_: AnalogAnalysis, residual: ResidualAnalysis) -> ClaimVerdict:
    return _bound_claim(
        "residual-learning-weighted-bound",
        "E[M(P)·f′(W̄)²] ≤ 3F_max·σ²·E[G(P)²/F(P)] + 8αγ·L·F_max³·σ² + terms of the transfer",
        WEIGHTED_RESIDUAL.source,
        "repaired",
        residual.weighted_bound,
        residual.why_no_bound() or "",
        residual.weighted_second_moment,
    )


def _lower_bound(analog: AnalogAnalysis, _: ResidualAnalysis) -> ClaimVerdict:
    p = analog.problem

    def claim(verdict: Verdict, evidence: str, witness: str | None = None) -> ClaimVerdict:
        return ClaimVerdict(
            "analog-sgd-lower-bound",
            "E f′² ≥ σ²S/(1 + S) with S = ρ²/(1 − ρ²), ρ = w_S/τ: the error is no artefact",
            LOWER_INSTANCE.source,
            "derived",
            verdict,
            evidence,
            witness,
        )

    reason = _why_not_instance(analog)
    estimate = analog.gradient_second_moment
    if reason is not None or estimate is None:
        return claim("not applicable", "exact law", reason or analog.law.reason)
    tau, h, sigma = float(p.response.high), p.objective.curvature, p.noise.sigma
    rho = p.objective.minimiser * h / (h * tau + sigma)
    bound = 0.0
    if rho:
        bound = LOWER_INSTANCE(sigma=sigma, S=rho**2 / (1 - rho**2))
    evidence = f"exact law: {estimate.value:.4g} ≥ {bound:.4g}"
    if estimate.value + estimate.error >= bound:
        return claim("holds", evidence)
    return claim("fails", evidence, f"E f′² = {estimate.value:.6g}")


def _residual_exactness(analog: AnalogAnalysis, residual: ResidualAnalysis) -> ClaimVerdict:
    """The bias of W̄ must fall like √α, so it halves when the steps are quartered."""
    p = residual.problem

    def claim(verdict: Verdict, evidence: str, witness: str | None = None) -> ClaimVerdict:
        return ClaimVerdict(
            "residual-learning-exact",
            "the bias of Residual Learning vanishes as the step sizes do (at fixed α it is ∝ √α)",
            "arXiv:2502.06309 Corollary 1, read as a limit (theory notes 4.3, H6)",
            "printed",
            verdict,
            evidence,
            witness,
        )

    if not residual.is_zero_shifted:
        return claim("not applicable", "exact law", "0 is not a symmetric point (Assumption 4)")
    weight = residual.dynamics.mixed_weight
    now = residual.law.expectation(weight)
    if now is None:
        return claim("undecided", "exact law", residual.law.reason)
    bias = now.value - p.objective.minimiser
    if abs(bias) <= 1e-7 * _width(analog) + 10 * now.error:
        return claim("holds", f"exact law: bias {bias:.1e} already at α = {p.lr:g}")
    later = residual.law_at_quarter_step.expectation(weight)
    if later is None:
        return claim("undecided", "exact law", residual.law_at_quarter_step.reason)
    ratio = (later.value - p.objective.minimiser) / bias
    evidence = (
        f"exact law: bias {bias:.3g} at α = {p.lr:g}, {ratio * bias:.3g} at α/4 "
        f"(ratio {ratio:.2f}, √α law 0.5)"
    )
    if abs(ratio) < 0.75:
        return claim("holds", evidence)
    return claim("undecided", evidence, "the bias has not begun to fall like √α at this step size")


def _tilt(analog: AnalogAnalysis, residual: ResidualAnalysis) -> ClaimVerdict:
    """P = 0 at equilibrium forces g = −m(g)·R_P(0)."""
    p = residual.problem

    def claim(verdict: Verdict, evidence: str, witness: str | None = None) -> ClaimVerdict:
        return ClaimVerdict(
            "residual-learning-tilt",
            "a symmetric point shifted away from 0 tilts the objective: ∇f = −E|∇f + ε|·G(0)/F(0) "
            "at the fixed point",
            "derived here (theory notes 4.4)",
            "derived",
            verdict,
            evidence,
            witness,
        )

    if residual.is_zero_shifted:
        return claim("not applicable", "exact", "0 is a symmetric point: no tilt")
    if not p.noise.sigma:
        return claim("not applicable", "exact", "without noise there is no tilt")
    if residual.offset_ratio is None or residual.mean_field_root is None:
        return claim("not applicable", "exact", "no fixed point with P = 0 inside the range")
    low, high = p.response.range
    if abs(residual.fixed_points[0].state["P"]) > 1e-7 * (high - low):
        reason = "the residual array does not come to rest at 0: the main array is at a bound"
        return claim("not applicable", "exact", reason)
    gradient = float(p.objective.gradient(residual.mean_field_root))
    residue = gradient + float(p.noise.mean_abs_at(gradient)) * residual.offset_ratio
    first_order = residual.predicted_tilt
    evidence = f"exact: ∇f = {gradient:.5g} (first order −Σ·R_P(0) = {first_order:.5g})"
    if abs(residue) < 1e-7 * max(p.noise.sigma, abs(gradient)):
        return claim("holds", evidence)
    return claim("fails", evidence, f"W̄ = {residual.mean_field_root:.6g}")


def _simulation(analog: AnalogAnalysis, _: ResidualAnalysis) -> ClaimVerdict:
    mean = analog.law.expectation(analog.dynamics.mixed_weight)
    return _simulation_claim("analog-sgd-simulation", mean, analog.law.reason, analog.simulated)


def _simulation_residual(_: AnalogAnalysis, residual: ResidualAnalysis) -> ClaimVerdict:
    mean = residual.law.expectation(residual.dynamics.mixed_weight)
    return _simulation_claim(
        "residual-learning-simulation", mean, residual.law.reason, residual.simulated
    )


def _simulation_claim(
    name: str, mean: Any, reason: str, interval: dict[str, Any] | None
) -> ClaimVerdict:
    statement = "the simulated stationary mean agrees with the exact law"
    source = "derived here: both run the same symbolic update"
    if mean is None or interval is None:
        return ClaimVerdict(
            name, statement, source, "derived", "not applicable", "sampling",
            reason or "no stable fixed point to start from",
        )  # fmt: skip
    half_width = 0.5 * (interval["high"] - interval["low"])
    gap = abs(interval["mean"] - mean.value)
    evidence = (
        f"supported: {interval['mean']:.6g} ± {half_width:.1e} ({interval['replicas']} replicas) "
        f"against {mean.value:.6g}, error probability {FALSE_ALARM:g}"
    )
    if gap <= _HALF_WIDTHS * half_width + mean.error + 1e-12 * abs(mean.value):
        return ClaimVerdict(name, statement, source, "derived", "holds", evidence)
    return ClaimVerdict(
        name, statement, source, "derived", "fails", evidence, f"difference {gap:.3g}"
    )


#: Every claim that speaks of one response, by its id, in the order of the report.
JUDGES: dict[str, Callable[[AnalogAnalysis, ResidualAnalysis], ClaimVerdict]] = {
    "response-positive": _positivity,
    "implicit-penalty": _implicit_penalty,
    "penalty-exact-for-rademacher": _penalty_is_exact,
    "exact-mean-rademacher": _rademacher_mean,
    "analog-sgd-weighted-bound": _weighted_bound,
    "analog-sgd-upper-bound": _remark_1,
    "analog-sgd-lower-bound": _lower_bound,
    "residual-learning-exact": _residual_exactness,
    "residual-learning-weighted-bound": _residual_weighted_bound,
    "residual-learning-tilt": _tilt,
    "analog-sgd-simulation": _simulation,
    "residual-learning-simulation": _simulation_residual,
}


def judge_claims(analog: AnalogAnalysis, residual: ResidualAnalysis) -> list[ClaimVerdict]:
    """Judge every claim that speaks of one response."""
    return [judge(analog, residual) for judge in JUDGES.values()]
