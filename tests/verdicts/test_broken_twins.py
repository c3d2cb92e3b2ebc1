"""Each claim of `check` rejects a broken twin: change the statement, and it must fail."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest
import sympy

from analogtheory import check
from analogtheory.bounds import (
    LOWER_INSTANCE,
    RADEMACHER_MEAN,
    REMARK_1,
    WEIGHTED,
    WEIGHTED_RESIDUAL,
    WEIGHTED_SHARP,
)
from analogtheory.claims.collect import collect
from analogtheory.dynamics import Dynamics
from analogtheory.enclosure import Bounds
from analogtheory.noise import NoiseLaw
from analogtheory.responses import Response
from analogtheory.verdicts import CheckReport, analog, residual
from analogtheory.verdicts.judges import (
    JUDGES,
    analog_sgd,
    descent,
    penalty,
    penalty_gap,
    simulation,
    zero_shifting,
)


def instance(**options) -> CheckReport:
    return check("linear", noise="rademacher:0.5", minimiser=0.3, **options)


def verdict(report: CheckReport, name: str) -> str:
    return JUDGES[name](report.analog, report.residual).verdict


def without(symbol: str, expr: sympy.Expr) -> sympy.Expr:
    """The formula with one symbol dropped."""
    (found,) = (s for s in expr.free_symbols if s.name == symbol)
    return expr.subs(found, 0)


@pytest.mark.parametrize(
    ("target", "bound", "name"),
    [
        ("WEIGHTED", WEIGHTED, "analog-sgd-weighted-bound"),
        ("REMARK_1", REMARK_1, "analog-sgd-upper-bound"),
    ],
)
def test_an_upper_bound_without_the_asymptotic_term_fails(
    monkeypatch: pytest.MonkeyPatch,
    target: str,
    bound,
    name: str,
) -> None:
    assert verdict(instance(lr=0.001), name) == "holds"
    monkeypatch.setattr(analog, target, replace(bound, expr=without("S", bound.expr)))
    report = instance(lr=0.001)
    assert verdict(report, name) == "fails"


def test_one_failing_claim_fails_the_report(monkeypatch: pytest.MonkeyPatch) -> None:
    report = instance()
    assert report.all_hold
    broken = instance()
    first = broken.claims[0]
    broken.claims[0] = replace(first, judgement=replace(first.judgement, verdict="fails"))
    assert not broken.all_hold


def test_the_residual_bound_without_the_asymptotic_term_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With a symmetric point at 0.3τ the term 3σ²E[G²/F] carries the bound."""
    name = "residual-learning-weighted-bound"
    assert verdict(instance(lr=0.005, parameters={"c": 0.3}), name) == "holds"
    twin = replace(WEIGHTED_RESIDUAL, expr=without("S", WEIGHTED_RESIDUAL.expr))
    monkeypatch.setattr(residual, "WEIGHTED_RESIDUAL", twin)
    assert verdict(instance(lr=0.005, parameters={"c": 0.3}), name) == "fails"


def test_a_lower_bound_with_twice_the_constant_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    assert verdict(instance(lr=0.001), "analog-sgd-lower-bound") == "holds"
    twin = replace(LOWER_INSTANCE, expr=2 * LOWER_INSTANCE.expr)
    monkeypatch.setattr(analog_sgd, "LOWER_INSTANCE", twin)
    assert verdict(instance(lr=0.001), "analog-sgd-lower-bound") == "fails"


def test_the_exact_mean_with_a_wrong_sign_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    (sigma,) = (s for s in RADEMACHER_MEAN.expr.free_symbols if s.name == "sigma")
    twin = replace(RADEMACHER_MEAN, expr=RADEMACHER_MEAN.expr.subs(sigma, -sigma))
    monkeypatch.setattr(penalty, "RADEMACHER_MEAN", twin)
    assert verdict(instance(), "exact-mean-rademacher") == "fails"


def test_a_penalty_with_another_coefficient_is_not_exact(monkeypatch: pytest.MonkeyPatch) -> None:
    right = NoiseLaw.mean_abs.fget
    monkeypatch.setattr(NoiseLaw, "mean_abs", property(lambda law: 1.01 * right(law)))
    assert verdict(instance(), "penalty-exact-for-rademacher") == "fails"


def test_a_simulation_that_is_off_by_six_standard_errors_fails() -> None:
    report = instance()
    good = report.analog.simulated
    half = 0.5 * (good["high"] - good["low"])
    mean = report.analog.law.expectation(report.analog.dynamics.mixed_weight)
    shifted = SimpleNamespace(value=good["mean"] + 6 / 1.96 * half, error=mean.error)
    assert simulation.compare(shifted, "", good).verdict == "fails"
    assert simulation.compare(mean, "", good).verdict == "holds"


def test_a_bias_that_does_not_fall_is_not_called_exact() -> None:
    report = instance()
    report.residual.__dict__["law_at_quarter_step"] = report.residual.law
    assert verdict(report, "residual-learning-exact") == "undecided"


def test_a_tilt_of_the_wrong_sign_fails() -> None:
    report = instance(parameters={"c": 0.2})
    assert verdict(report, "residual-learning-tilt") == "holds"
    broken = instance(parameters={"c": 0.2})
    broken.residual.__dict__["offset_ratio"] = +0.2
    assert verdict(broken, "residual-learning-tilt") == "fails"


def test_the_implicit_penalty_ratio_sees_a_wrong_point(monkeypatch: pytest.MonkeyPatch) -> None:
    assert verdict(instance(), "implicit-penalty") == "holds"
    right = penalty.drift_ratio
    monkeypatch.setattr(
        penalty, "drift_ratio", lambda a, middle, point: right(a, 2 * point - middle, point)
    )
    assert verdict(instance(), "implicit-penalty") == "undecided"


def test_every_judged_claim_is_in_the_ledger_and_is_reported() -> None:
    assert set(JUDGES) <= set(collect())
    assert [claim.id for claim in instance().claims] == list(JUDGES)


def test_the_sharp_bound_without_the_asymptotic_term_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "analog-sgd-weighted-bound-sharp"
    assert verdict(instance(lr=0.001), name) == "holds"
    twin = replace(WEIGHTED_SHARP, expr=without("S", WEIGHTED_SHARP.expr))
    monkeypatch.setattr(analog_sgd, "WEIGHTED_SHARP", twin)
    assert verdict(instance(lr=0.001), name) == "fails"


def test_the_one_step_inequality_without_its_noise_terms_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name = "analog-sgd-one-step"
    assert verdict(instance(), name) == "holds"
    right = descent._allowed_value
    monkeypatch.setattr(
        descent,
        "_allowed_value",
        lambda a, w: right(a, w) - a.problem.lr**2 * a.problem.noise.sigma**2,
    )
    assert verdict(instance(), name) == "fails"


def test_analog_gd_with_a_smaller_constant_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """From the end of the range the linear device needs the constant 8 exactly."""
    assert verdict(instance(), "analog-gd") == "holds"
    monkeypatch.setattr(descent, "_CONSTANT", 7.99)
    assert verdict(instance(), "analog-gd") == "fails"


def test_zero_shifting_with_an_eighth_of_the_constant_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert verdict(instance(dw_min=0.01), "zero-shifting-bound") == "holds"
    assert verdict(instance(), "zero-shifting-bound") == "not applicable"
    monkeypatch.setattr(zero_shifting, "_CONSTANT", 0.0625)
    assert verdict(instance(dw_min=0.01), "zero-shifting-bound") == "fails"


def test_discretisation_without_the_slope_of_the_response_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name = "lipschitz-discretisation-error"
    assert verdict(instance(dw_min=0.001, lr=0.2), name) == "holds"
    monkeypatch.setattr(Response, "lipschitz", lambda self, function: Bounds(0.0, 0.0))
    assert verdict(instance(dw_min=0.001, lr=0.2), name) == "fails"


def test_the_penalty_gap_sees_a_constant_that_is_too_small(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name = "penalty-gap-any-noise"
    gaussian = {"noise": "gaussian:0.5", "minimiser": 0.3}
    assert verdict(check("linear", **gaussian), name) == "holds"
    right = penalty_gap._constants
    monkeypatch.setattr(
        penalty_gap, "_constants", lambda a, ends: (0.01 * right(a, ends)[0], *right(a, ends)[1:])
    )
    assert verdict(check("linear", **gaussian), name) == "fails"


def test_a_shifted_symmetric_point_moves_the_equilibrium(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name = "residual-learning-equilibrium"
    assert verdict(instance(), name) == "holds"
    assert verdict(instance(parameters={"c": 0.2}), name) == "not applicable"
    monkeypatch.setattr(residual.ResidualAnalysis, "is_zero_shifted", True)
    assert verdict(instance(parameters={"c": 0.2}), name) == "fails"


def test_an_unstable_equilibrium_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "residual-learning-stability"
    assert verdict(instance(), name) == "holds"
    right = Dynamics.fixed_points
    monkeypatch.setattr(
        Dynamics,
        "fixed_points",
        lambda self: [replace(point, spectral_abscissa=0.1) for point in right(self)],
    )
    assert verdict(instance(), name) == "fails"
