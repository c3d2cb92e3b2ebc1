"""`check` end to end: the JSON against its schema, the numbers against the theory."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

import analogtheory
from analogtheory import Response, check, responses
from analogtheory.errors import InputError
from analogtheory.verdicts import CheckReport

SCHEMA = json.loads(
    (Path(analogtheory.__file__).parent / "report" / "check.schema.json").read_text("utf-8")
)
FAST = {"noise": "rademacher:0.5", "minimiser": 0.3}


@cache
def plain() -> CheckReport:
    """The report that most tests look at; they change nothing in it."""
    return check("linear", **FAST)


@cache
def with_gaussian_noise() -> CheckReport:
    return check("linear", minimiser=0.3, noise="gaussian:0.5")


def nulls_without_reason(value: Any, path: str = "") -> list[str]:
    if isinstance(value, dict):
        bare = [f"{path}/{k}" for k, v in value.items() if v is None and f"{k}_reason" not in value]
        return bare + [x for k, v in value.items() for x in nulls_without_reason(v, f"{path}/{k}")]
    if isinstance(value, list):
        return [x for i, v in enumerate(value) for x in nulls_without_reason(v, f"{path}/{i}")]
    return []


def valid(report: CheckReport) -> dict[str, Any]:
    data = json.loads(json.dumps(report.data, allow_nan=False))
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.validate(data, SCHEMA)
    assert nulls_without_reason(data) == []
    assert str(report)
    return data


CASES = {
    "plain": plain,
    "gaussian": with_gaussian_noise,
    "uniform": lambda: check("linear", minimiser=0.3, noise="uniform:0.5"),
    "two-point": lambda: check("linear", minimiser=0.3, noise="two-point:0.5:0.1"),
    "no noise": lambda: check("linear", minimiser=0.3, noise="none"),
    "ideal": lambda: check("ideal", **FAST),
    "negative": lambda: check(Response("1 - 2*w", "1 + w", -1, 1), **FAST),
    "no symmetric point": lambda: check(Response("1 + w/4", "2 + w/4", -1, 1), **FAST),
    "range without 0": lambda: check(
        Response("3 - w", "w", 1, 2), minimiser=1.4, noise="uniform:0.1"
    ),
    "kinks": lambda: check(Response("1 - w/2 - abs(w)/4", "1 + w/2", -1, 1), **FAST),
    "square root": lambda: check("power", parameters={"gamma_res": 0.5}, **FAST),
    "formula": lambda: check("linear", objective="(w - 0.3)**2/2 + w**4/4", noise="rademacher:0.5"),
    "pulses": lambda: check("linear", dw_min=0.01, cycle_noise=0.3, **FAST),
    "calibrated": lambda: check("capacitor"),
    "tiki-taka": lambda: check("linear", gamma=0.0, **FAST),
    "large step": lambda: check("linear", lr=0.4, **FAST),
    "cells": lambda: check("linear", device_variation={"tau": 0.1, "c": 0.05}, **FAST),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_json_follows_the_schema_and_every_null_has_a_reason(case: str) -> None:
    valid(CASES[case]())


def test_the_schema_is_strict_enough_to_fail() -> None:
    data = plain().data
    for spoil in (
        lambda d: d.pop("claims"),
        lambda d: d["facts"].pop("q_min"),
        lambda d: d["analog_sgd"].__setitem__("stationary_mean", 0.3),
        lambda d: d["claims"][0].__setitem__("verdict", "maybe"),
        lambda d: d.__setitem__("extra", 1),
    ):
        broken = json.loads(json.dumps(data))
        spoil(broken)
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(broken, SCHEMA)


def claims_of(report: CheckReport) -> dict[str, str]:
    return {claim.id: claim.verdict for claim in report.claims}


def test_the_plain_rademacher_instance() -> None:
    """w_S = w*·hτ/(hτ + σ) = 0.2; lower bound, exact error and upper bound in order."""
    report = plain()
    data = valid(report)["analog_sgd"]
    assert data["penalised_minimiser"] == pytest.approx(0.2, abs=1e-12)
    assert data["mean_field_root"] == pytest.approx(0.2, abs=1e-12)
    assert data["stationary_mean"]["value"] == pytest.approx(0.2, abs=1e-12)
    assert data["health"]["domain"]["W"] == pytest.approx([-0.2, 0.8], abs=1e-9)
    rho = 0.2
    lower = 0.25 * rho**2
    assert lower < data["gradient_second_moment"]["value"] < data["upper_bound"]
    assert data["tightness"] == pytest.approx(
        data["upper_bound"] / data["gradient_second_moment"]["value"]
    )
    verdicts = claims_of(report)
    for claim in (
        "penalty-exact-for-rademacher", "exact-mean-rademacher", "analog-sgd-lower-bound",
        "analog-sgd-upper-bound", "analog-sgd-weighted-bound", "residual-learning-exact",
        "analog-sgd-simulation", "residual-learning-simulation", "implicit-penalty",
    ):  # fmt: skip
        assert verdicts[claim] == "holds"
    assert report.all_hold


def test_upper_bound_uses_the_lowest_saturation_on_reachable_weights() -> None:
    """On [−0.2, 0.8]: M_min = 1 − 0.64 = 0.36; 2σ²(αL + E w²)/M_min, written again."""
    report = plain()
    second = report.analog.law.expectation(report.analog.dynamics.states[0] ** 2).value
    expected = 2 * 0.25 * (0.05 * 1 + second) / 0.36
    assert report.data["analog_sgd"]["upper_bound"] == pytest.approx(expected, rel=1e-8)


def test_gaussian_noise_reaches_every_weight_so_remark_1_does_not_apply() -> None:
    report = with_gaussian_noise()
    data = report.data["analog_sgd"]
    assert data["upper_bound"] is None
    assert "M falls to 0" in data["upper_bound_reason"]
    assert data["weighted_bound"] > data["weighted_second_moment"]["value"]
    assert claims_of(report)["analog-sgd-upper-bound"] == "not applicable"


def test_a_shifted_symmetric_point_tilts_residual_learning() -> None:
    """∇f = cΣ = 0.2·0.5 at the fixed point (theory notes 4.4)."""
    report = check("linear", parameters={"c": 0.2}, **FAST)
    data = report.data["residual_learning"]
    assert data["tilt"] == pytest.approx(0.1, abs=1e-9)
    assert data["predicted_tilt"] == pytest.approx(0.1, abs=1e-12)
    assert data["sqrt_alpha_bias"] is None
    verdicts = claims_of(report)
    assert verdicts["residual-learning-tilt"] == "holds"
    assert verdicts["residual-learning-exact"] == "not applicable"


def test_the_predicted_bias_is_the_exact_one_to_leading_order() -> None:
    report = check("linear", minimiser=0.5, noise="rademacher:0.5", lr=0.0025, transfer_lr=0.00025)
    data = report.data["residual_learning"]
    exact = data["stationary_mean"]["value"] - 0.5
    assert data["sqrt_alpha_bias"] == pytest.approx(exact, rel=0.02)


def test_hypotheses_of_the_linear_device() -> None:
    rows = {row.id: row for row in plain().hypotheses}
    assert rows["positive"].holds
    assert not rows["response-class"].holds  # q± vanish at ±τ (H4)
    assert "w = -1 and w = 1" in rows["response-class"].detail
    assert rows["bounded-saturation"].holds
    assert rows["zero-shifted"].holds
    assert rows["no-overshoot"].holds


@pytest.mark.parametrize(("lr", "holds"), [(0.54, True), (0.56, False)])
def test_no_overshoot_is_alpha_g_at_most_tau(lr: float, holds: bool) -> None:
    """max|g| = |−1 − 0.3| + 0.5 = 1.8 on [−1, 1], and τ = 1: α ≤ 1/1.8 = 0.5556."""
    rows = {row.id: row for row in check("linear", lr=lr, **FAST).hypotheses}
    assert rows["no-overshoot"].holds is holds


def test_directions_have_their_own_room() -> None:
    """Up moves ≤ 0.6·(0.15 + 0.0143), limit 1/2; down moves ≤ 0.6·(0.05 + 0.7), limit 2."""
    report = check(
        Response("2*(1 - w)", "0.5*(1 + w)", -1, 1),
        minimiser=0.5, curvature=0.1, noise="two-point:0.1:0.02", lr=0.6,
    )  # fmt: skip
    moves = report.analog.reach
    assert moves.stays_inside
    assert moves.up == pytest.approx(0.6 * (0.15 + 0.1 * np.sqrt(0.02 / 0.98)), rel=1e-9)
    assert moves.up_room == pytest.approx(0.5, rel=1e-9)
    assert moves.down_room == pytest.approx(2.0, rel=1e-9)


def test_claims_do_not_speak_where_updates_are_clipped() -> None:
    verdicts = claims_of(check("linear", noise="rademacher:3", lr=0.3, minimiser=0.3))
    assert verdicts["exact-mean-rademacher"] == "not applicable"
    assert verdicts["analog-sgd-lower-bound"] == "not applicable"
    verdicts = claims_of(check("linear", noise="rademacher:25", lr=0.05, gamma=0.1, minimiser=0.3))
    assert verdicts["residual-learning-weighted-bound"] == "not applicable"


def test_clipping_towards_a_lower_end_makes_the_bound_not_applicable() -> None:
    """f falls towards the lower end: projection onto the range can raise f."""
    report = check(
        Response("1", "1", -1, 1),
        objective="-w**3/3 - 0.0665665*w**2 + 0.2801202*w", noise="gaussian:0.730262", lr=0.09376,
    )  # fmt: skip
    claim = {c.id: c for c in report.claims}["analog-sgd-weighted-bound"]
    assert claim.verdict == "not applicable"
    assert "clipped" in claim.witness


def test_no_tilt_is_claimed_where_the_main_array_is_pinned() -> None:
    report = check(Response("1.5*(1 - w)", "0.5*(1 + w)", -1, 1), minimiser=0.9)
    assert claims_of(report)["residual-learning-tilt"] == "not applicable"


def test_a_penalty_that_is_lowest_at_an_end_has_no_minimiser_inside() -> None:
    device = Response("1 - 1.8*w*(0.5 - w)", "1 + 1.8*w*(0.5 - w)", -0.3, 1)
    report = check(device, minimiser=0.2, curvature=0.1, noise="rademacher:1")
    assert report.analog.penalised_minimiser is None
    assert "smallest at an end" in report.data["analog_sgd"]["penalised_minimiser_reason"]


@pytest.mark.parametrize("size", [1e-8, 1e6])
def test_verdicts_do_not_depend_on_the_unit_of_weight(size: float) -> None:
    """The same problem in other units: w → size·w, σ → size·σ; every verdict is the same."""
    here = plain()
    there = check(
        "linear", parameters={"tau": size}, noise=f"rademacher:{0.5 * size:g}", minimiser=0.3 * size
    )
    assert claims_of(here) == claims_of(there)
    assert [h.holds for h in here.hypotheses] == [h.holds for h in there.hypotheses]


def test_without_noise_there_is_nothing_to_bound_and_nothing_fails() -> None:
    """Rounding (1e-33 against a bound of 0) must not count as a violation."""
    report = check("soft-bounds", noise="none", minimiser=0.3)
    assert report.all_hold
    assert claims_of(report)["analog-sgd-weighted-bound"] == "not applicable"
    mean = report.analog.law.expectation(report.analog.dynamics.mixed_weight)
    assert mean.value == pytest.approx(0.3, abs=1e-9)


def test_too_many_pulses_are_said_not_computed() -> None:
    report = check("linear", dw_min=1e-5, minimiser=0.3, noise="rademacher:0.5")
    pulsed = report.analog.section()["pulsed"]
    assert pulsed["stationary_mean"] is None
    assert "pulses" in pulsed["stationary_mean_reason"]
    assert pulsed["simulated_mean"] is None


@pytest.mark.parametrize(
    ("up", "down"),
    [
        ("max(1 - w, 0.1)", "max(1 + w, 0.1)"),
        ("min(1 - w, 1)", "min(1 + w, 1)"),
        ("2 - w/2", "max(1 + w, 2 - w/2)"),
        ("max(0.1, 1 - w)", "1 + 0.5*abs(w)"),
    ],
)
def test_devices_with_kinks_are_checked_too(up: str, down: str) -> None:
    report = check(Response(up, down, -1, 1), minimiser=0.3)
    rows = {row.id: row for row in report.hypotheses}
    assert not rows["response-class"].holds
    assert rows["positive"].holds is report.problem.response.is_positive


def test_calibrated_devices_are_checked_with_their_pulses() -> None:
    data = check("ecram").data
    assert data["problem"]["dw_min"] == 0.002
    pulsed = data["analog_sgd"]["pulsed"]
    assert pulsed["stationary_mean"]["error"] < 1e-6
    interval = pulsed["simulated_mean"]
    half = 0.5 * (interval["high"] - interval["low"])
    # 128 replicas: 2.6 half-widths are 4.9 standard errors, error probability 1e-6.
    assert abs(interval["mean"] - pulsed["stationary_mean"]["value"]) < 2.6 * half


def test_a_measured_device_goes_all_the_way(tmp_path: Path) -> None:
    """Pulses simulated from a known linear device, fitted, and checked."""
    rng = np.random.Generator(np.random.Philox(2024))
    w, up, down = -0.6, [], []
    for _ in range(400):
        w += 0.01 * (1 - w + 0.3 * rng.standard_normal())
        up.append(w)
    for _ in range(400):
        w -= 0.01 * (1 + w + 0.3 * rng.standard_normal())
        down.append(w)
    table = tmp_path / "pulses.csv"
    lines = [f"{u:.6f};{d:.6f}" for u, d in zip(up, down, strict=True)]
    table.write_text("\ufeffup;down\n" + "\n".join(lines) + "\n", encoding="utf-8")
    report = check(str(table), minimiser=0.2)
    data = valid(report)
    fit = data["measured"]
    with pytest.raises(InputError, match="device-to-device"):
        check(str(table), device_variation="calibrated")
    assert fit["dw_min"] == pytest.approx(0.01, rel=0.25)
    assert fit["symmetric_point"]["low"] < 0.0 < fit["symmetric_point"]["high"]
    assert data["problem"]["dw_min"] == fit["dw_min"]
    assert data["facts"]["positive"]


def test_only_responses_can_be_checked() -> None:
    with pytest.raises(InputError, match="must be a name"):
        check(5)  # type: ignore[arg-type]


def test_cells_spread_as_their_closed_forms_say() -> None:
    """Rademacher noise: each cell stops at w_S(τ) = w*τ/(τ + σ) (|f′| ≤ σ there)."""
    report = check("linear", device_variation={"tau": 0.1}, seed=3, **FAST)
    from analogtheory.responses import draw_cells

    tau = draw_cells(responses.get("linear"), (32, 32), seed=3, spreads={"tau": 0.1})
    roots = 0.3 * tau.parameters["tau"] / (tau.parameters["tau"] + 0.5)
    found = report.data["device_variation"]["mean_field_root"]
    assert found["mean"] == pytest.approx(roots.mean(), abs=1e-12)
    assert found["std"] == pytest.approx(roots.std(), abs=1e-12)


def test_the_report_is_reproducible_and_follows_the_seed() -> None:
    one, two, three = (check("linear", seed=seed, **FAST).data for seed in (1, 1, 2))
    for section in ("analog_sgd", "residual_learning"):
        assert one[section]["simulated_mean"] == two[section]["simulated_mean"]
        assert one[section]["stationary_mean"] == pytest.approx(
            two[section]["stationary_mean"], rel=1e-9
        )
    assert one["claims"] == two["claims"]
    means = [d["analog_sgd"]["simulated_mean"]["mean"] for d in (one, three)]
    assert means[0] != means[1]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"objective": "w**2", "minimiser": 0.1}, "objective"),
        ({"noise": "gaussian:-1"}, "positive"),
        ({"device_variation": 3}, "device_variation"),
        ({"dw_min": 5.0}, "dw_min"),
        ({"seed": 1.5}, "seed"),
        ({"curvature": 1e99}, "rescale"),
        ({"degree": 3}, "degree"),
        ({"parameters": {"tau": [0.5, 1.0]}}, "one parameter set per cell"),
    ],
)
def test_bad_options(options: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        check("linear", **options)
