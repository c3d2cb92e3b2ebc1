"""Tiki-Taka on asymmetric devices: conversion, thresholds, the clean test.

Sampled means of the full size are held against exact ones within 2.3 half-widths of 99 %: 5.9
standard errors of Student's t with 512 runs, five comparisons, by chance false with probability
below 5·6e-9 = 3e-8; growth rates within 3, 8.4 standard errors with 24 runs, 14·2e-8 < 3e-7.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from analogtheory import responses
from analogtheory.experiments import store, tiki_taka_asymmetry
from analogtheory.experiments import tiki_taka_asymmetry_theory as theory
from analogtheory.experiments.tiki_taka_asymmetry_runs import generator, problems
from analogtheory.proofs.interpolation import threshold

FIGURES = Path(__file__).parents[2] / "paper_figs"


@pytest.mark.parametrize("up_down", [0.1, 0.2, 0.3])
def test_up_down_is_not_the_symmetric_point(up_down: float) -> None:
    """Soft bounds with scales 1 and 1 − u are the linear response with c = u/(2 − u)."""
    c = theory.offset_of(up_down)
    device = responses.get(
        "soft-bounds", w_max=3.5, w_min=-3.5, scale_up=1.0, scale_down=1.0 - up_down
    )
    assert float(device.reference_point or 0.0) == pytest.approx(3.5 * c, abs=1e-12)
    assert float(device.R(0.0)) == pytest.approx(-c, abs=1e-12)
    assert theory.up_down_of(c) == pytest.approx(up_down, abs=1e-14)


def test_the_threshold_of_many_samples_is_that_of_the_claim() -> None:
    rows = generator(1, 7).standard_normal((20_000, 50))
    assert theory.drawn_threshold(rows, iterations=60) == pytest.approx(threshold(50), rel=0.02)


@pytest.mark.parametrize(("factor", "sign"), [(0.97, -1), (1.03, 1)])
def test_small_errors_grow_beyond_the_drawn_threshold_only(factor: float, sign: int) -> None:
    """The mean drift d′ = −Hd + cΣ(d) of one table of samples, by Euler's method."""
    design = problems(tiki_taka_asymmetry.INPUTS["quick"])[0][0]
    c = factor * theory.drawn_threshold(design)
    d, growth = np.ones(50), 0.0
    for step in range(4000):
        values = design @ d
        d = d + 0.2 * (c * np.abs(values) @ np.abs(design) - values @ design) / len(design)
        length = float(np.linalg.norm(d))
        d, growth = d / length, growth + (np.log(length) if step >= 2000 else 0.0)
    assert np.sign(growth) == sign


def test_growth_near_the_minimiser() -> None:
    """Within the intervals and the error of order αD of the step size (full size: 0.025)."""
    data, given = (
        store.read("tiki_taka_asymmetry", FIGURES).data,
        tiki_taka_asymmetry.INPUTS["full"]["growth"],
    )
    floor = given["alpha"] * 50 / 2
    lines = np.array(
        [
            theory.growth_rate(data["offset"], 50),
            theory.residual_growth_rate(data["offset"], 50, 1.0, 0.4),
        ]
    )
    there = np.isfinite(lines)
    gap = np.abs(data["growth"] - lines)[there]
    assert np.all(gap <= 3 * data["growth_half"][there] + floor)
    sure = np.abs(data["growth"]) > 3 * data["growth_half"]
    assert np.all(sure)
    assert np.all((data["growth"] > 0) == (data["offset"] > threshold(50)))


def test_the_clean_test_is_graded() -> None:
    data = store.read("tiki_taka_asymmetry", FIGURES).data
    c, exact = data["clean_offset"], data["clean_exact"]
    gap = np.abs(data["clean_simulated"] - exact)
    assert np.all(gap <= 2.3 * data["clean_simulated_half"])
    # residual-learning-tilt-numbers
    assert exact[1:4] == pytest.approx([0.04275, 0.09354, 0.14445], abs=4e-5)
    assert -0.01 < exact[0] < 0
    assert np.all(exact < 0.5 * c)  # below the tilt by a term of order √α
    rest = [theory.resting_sgd(float(x), 0.5, 0.5) for x in c]
    assert np.abs(data["clean_sgd_exact"]) == pytest.approx(rest, abs=5e-4)  # of order α = 0.01
    worse = data["clean_tilt"] > data["clean_sgd"]
    weight = 0.5 - data["clean_sgd"]
    larger = data["clean_fine"] > (weight - data["clean_fine"]) / (1 - data["clean_fine"] * weight)
    assert np.array_equal(worse, larger)  # residual-learning-against-analog-sgd
    assert np.all(data["clean_bound"][1:] > data["clean_tilt"][1:])


def test_runs_by_pulses_pass_a_threshold() -> None:
    """Of the full size: all problems solved at label 0.1, none at 0.3; long trains help at 0.2."""
    data = store.read("tiki_taka_asymmetry", FIGURES).data
    labels, left = data["up_down_8"], data["left_8"]
    assert left[labels <= 0.1].max() < 1e-5
    assert left[labels >= 0.3].min() > 0.1
    assert np.all(np.sort(data["drawn_threshold"]) < threshold(50))
    long = data["left_64"][data["up_down_64"] == 0.2]
    assert np.median(long) < 1e-3 * np.median(left[labels == 0.2])
