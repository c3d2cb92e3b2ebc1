"""Bounds lie on their side of the exact error on every axis, and end where hypotheses end."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from analogtheory.experiments import store, tightness_axes

QUICK = Path(__file__).parents[2] / "paper_figs" / "quick"


@pytest.mark.parametrize("axis", ["sigma", "tau", "w_star"])
def test_the_exact_error_lies_between_its_bounds(axis: str) -> None:
    data = store.read("tightness_axes", QUICK).data
    exact = data[f"{axis}_exact"]
    assert np.all(data[f"{axis}_error"] < 1e-8 * exact)
    lower, sharper = data[f"{axis}_lower"], data[f"{axis}_lower_step"]
    assert np.all((lower < sharper) & (sharper <= exact * (1 + 1e-9)))
    there = np.isfinite(data[f"{axis}_remark_1"])
    assert there.any()
    assert np.all(data[f"{axis}_remark_1"][there] >= exact[there])
    assert np.all(data[f"{axis}_weighted"] >= 1)


def test_the_upper_bound_ends_with_bounded_saturation() -> None:
    data, base = store.read("tightness_axes", QUICK).data, tightness_axes.INPUTS["quick"]["base"]
    for axis in ("sigma", "tau", "w_star"):
        given = {name: np.full_like(data[axis], base[name]) for name in base} | {axis: data[axis]}
        inside = given["w_star"] + given["sigma"] < given["tau"]
        assert np.array_equal(np.isfinite(data[f"{axis}_remark_1"]), inside)


def test_the_lower_bound_written_out() -> None:
    """σ²ρ², ρ = w*h/(hτ + σ), against every axis."""
    data, base = store.read("tightness_axes", QUICK).data, tightness_axes.INPUTS["quick"]["base"]
    for axis in ("sigma", "tau", "w_star"):
        given = {**base, axis: data[axis]}
        rho = given["w_star"] / (given["tau"] + given["sigma"])
        assert np.allclose(data[f"{axis}_lower"], (given["sigma"] * rho) ** 2, rtol=1e-10)
