"""R_c: closed forms are checked, quadrature converges, what is refused says why."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate

from analogtheory.responses import Response, asymmetry, get

DEVICES = [
    get("linear", c=0.3),
    get("power", gamma_res=0.5),
    get("exponential", gamma_res=2),
    get("ecram"),
    get("reram-es"),
    get("exp-step"),
]


@pytest.mark.parametrize("device", DEVICES, ids=lambda d: d.name)
def test_quadrature_matches_an_independent_integral(device: Response) -> None:
    low, high = device.range
    start = device.reference_point
    for share in (0.0, 0.2, 0.7, 1.0):
        x = low + share * (high - low)
        expected = integrate.quad(lambda v: float(device.R(v)), start, x, epsabs=1e-13)[0]
        assert float(device.R_c(x)) == pytest.approx(expected, abs=1e-11)
    assert device.R_c.error < 1e-12


@pytest.mark.parametrize("name", ["linear", "power", "exponential", "ecram", "reram-sb"])
def test_closed_forms_are_found_for_the_common_families(name: str) -> None:
    R_c = get(name).R_c
    assert R_c.expr is not None, R_c.reason
    assert R_c.reason == ""


def test_a_wrong_antiderivative_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    device = get("power", gamma_res=3)
    right = device.R_c.expr
    monkeypatch.setattr(asymmetry, "_begin", lambda ratio, w: lambda: right + w / 10**6)
    other = get("power", gamma_res=3).R_c
    assert other.expr is None
    assert "not the integral" in other.reason


def test_the_time_limit_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asymmetry, "TIME_LIMIT", 0.05)
    R_c = get("exponential").R_c
    assert R_c.expr is None
    assert "within" in R_c.reason
    assert float(R_c(0.5)) > 0  # the number is there all the same


def test_kinks_have_no_closed_form_but_a_number() -> None:
    device = Response("1.5 - w - abs(w)/4", "1.5 + w", -1, 1)
    assert device.R_c.expr is None
    assert np.isfinite(float(device.R_c(0.7)))
