"""The weight-programming map against the table of the theory notes (5.7), and its devices."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from analogtheory.errors import InputError
from analogtheory.experiments import store
from analogtheory.experiments import weight_programming as experiment
from analogtheory.experiments import weight_programming_setup as setup
from analogtheory.experiments.core import Array, Data

STORED = Path(__file__).parents[2] / "paper_figs"
#: Mean errors of three problems: rows 20 and 100 states, columns the spreads of the full size.
NOTES = {
    "sgd": (
        (0.171, 0.177, 0.175, 0.190, 0.228, 0.327, 0.554),
        (0.060, 0.066, 0.068, 0.093, 0.137, 0.277, 0.533),
    ),
    "tt": (
        (0.078, 0.086, 0.098, 0.158, 0.327, 0.578, 0.745),
        (0.013, 0.013, 0.015, 0.078, 0.286, 0.607, 0.777),
    ),
    "ttv2": (
        (0.048, 0.049, 0.051, 0.131, 0.346, 0.637, 0.790),
        (0.011, 0.011, 0.012, 0.077, 0.297, 0.607, 0.777),
    ),
    "c-ttv2": (
        (0.049, 0.054, 0.050, 0.055, 0.060, 0.111, 0.194),
        (0.011, 0.012, 0.011, 0.016, 0.029, 0.082, 0.195),
    ),
    "agad": (
        (0.067, 0.068, 0.067, 0.070, 0.066, 0.067, 0.067),
        (0.023, 0.023, 0.022, 0.022, 0.023, 0.022, 0.022),
    ),
}
GIVEN = experiment.INPUTS["full"]
ALGORITHMS = list(GIVEN["map"]["rates"])


@pytest.fixture(scope="module")
def full() -> Data:
    return store.read("weight_programming", STORED).data


def of_map(data: Data, name: str, states: int) -> Array:
    """Errors (spreads, seeds)."""
    row = GIVEN["map"]["states"].index(states)
    return np.asarray(data["map_errors"][ALGORITHMS.index(name), row])


def deviations(errors: Array, notes: Array) -> Array:
    """Differences of the means of 8 and of 3 problems, in standard errors.

    The deviation of one problem is the larger one of the cell's own and of what is usual in the
    row, relative to the mean; the notes are rounded to 0.001.
    """
    mean, own = errors.mean(axis=-1), errors.std(axis=-1, ddof=1)
    usual = np.median(own / mean) * mean
    error = np.maximum(own, usual) * np.sqrt(1 / errors.shape[-1] + 1 / 3)
    return np.asarray(np.maximum(np.abs(mean - notes) - 0.0005, 0) / error)


@pytest.mark.parametrize("name", NOTES)
@pytest.mark.parametrize("row", [0, 1])
def test_the_map_is_the_table_of_the_notes(full: Data, name: str, row: int) -> None:
    errors = of_map(full, name, (20, 100)[row])
    assert deviations(errors, np.array(NOTES[name][row])).max() < 5


@pytest.mark.parametrize("name", NOTES)
@pytest.mark.parametrize("row", [0, 1])
def test_where_problems_scatter_little_the_means_agree_within_a_fifth(
    full: Data, name: str, row: int
) -> None:
    """Close to the breakdown of TT and TTv2 they scatter by up to 1: there it says little."""
    errors, notes = of_map(full, name, (20, 100)[row]), np.array(NOTES[name][row])
    mean = errors.mean(axis=-1)
    steady = errors.std(axis=-1, ddof=1) < 0.12 * mean
    assert steady.sum() >= 2
    assert np.all(np.abs(mean - notes)[steady] < 0.2 * notes[steady] + 0.0005)


def test_the_comparison_notices_another_algorithm(full: Data) -> None:
    """A row of the table under a wrong name, or with errors a third larger."""
    for name, other in (("sgd", "tt"), ("ttv2", "agad"), ("c-ttv2", "ttv2"), ("agad", "c-ttv2")):
        errors = of_map(full, name, 20)
        assert deviations(errors, np.array(NOTES[other][0])).max() > 8, name
    assert deviations(4 / 3 * of_map(full, "agad", 100), np.array(NOTES["agad"][1])).max() > 5


@pytest.mark.parametrize("states", GIVEN["map"]["states"])
def test_agad_does_not_see_offsets(full: Data, states: int) -> None:
    """Analysis of variance over the spreads, of log errors: exceeded with probability 1e-7."""
    errors = np.log(of_map(full, "agad", states))
    spreads, seeds = errors.shape
    within = errors.var(axis=-1, ddof=1).mean() / seeds
    limit = stats.f.isf(1e-7, spreads - 1, spreads * (seeds - 1))
    assert errors.mean(axis=-1).var(ddof=1) / within < limit


def test_offsets_break_down_ttv2_first_and_choppers_help(full: Data) -> None:
    """At 20 states: notes 8, check 8; TTv2 and TT break down together."""
    spreads = GIVEN["map"]["spreads"]
    none, half, last = (spreads.index(spread) for spread in (0.0, 0.5, 0.8))
    error = {name: np.median(of_map(full, name, 20), axis=-1) for name in ALGORITHMS}
    assert error["ttv2"][none] < 0.07
    assert error["ttv2"][half] > 0.4
    assert error["tt"][half] > 0.4
    assert error["c-ttv2"][half] < min(0.2, error["ttv2"][half] / 3)
    assert abs(error["agad"][last] - error["agad"][none]) < 0.01
    assert error["sgd"][none] > 2 * error["ttv2"][none]


def test_symmetric_devices(full: Data) -> None:
    """Notes 8, check 9; and the regular chopper is worse than the random one."""
    last = {
        name: full["slopes_errors"][number, -1]
        for number, name in enumerate(GIVEN["slopes"]["rates"])
    }
    assert last["ttv2"].min() > 0.1
    assert last["c-ttv2-regular"].min() > last["c-ttv2"].max() > last["ttv2"].max()
    assert full["slower_slopes_errors"][-1].max() < 0.05 < last["agad"].min()


# ------------------------------------------------------------------ set-up


def one_of_each(slope: Any = None) -> setup.Problems:
    ones = np.ones(2)
    return setup.Problems(
        4, states=np.array([20.0, 100.0]), spread=0.1 * ones, data=[0, 1], slope=slope, first=7
    )


def test_a_slope_of_one_gives_the_devices_of_the_map() -> None:
    """The same cells but for what up and down pulses differ by; a smaller slope, wider bounds."""
    given = {**GIVEN, "up_down_spread": 0.0}
    usual, same, wide = (
        setup.programmed("ttv2", one_of_each(slope), given, 0.05).tiles()["fast"]
        for slope in (None, np.ones(2), np.array([0.5, 0.1]))
    )
    for end in ("w_max", "w_min"):
        expected = usual.response.parameters[end]
        assert np.array_equal(same.response.parameters[end], expected)
        widened = wide.response.parameters[end] * np.array([0.5, 0.1])[:, None, None]
        assert widened == pytest.approx(expected, rel=1e-12)
    assert np.array_equal(same.reference, usual.reference)
    assert np.abs(wide.symmetric_points + np.asarray(wide.reference)).max() < 1e-6  # at 0
    assert np.asarray(usual.reference).std() == pytest.approx(0.1, rel=0.5)


def test_tt_moves_the_slow_array_as_the_buffer_of_ttv2_does() -> None:
    """In the mean: λ of TT is lr_H·Δ, pulses per unit read times their size, for any Δ."""
    problems = one_of_each()
    ttv2: Any = setup.programmed("ttv2", problems, GIVEN, 0.05)
    tt: Any = setup.programmed("tt", problems, GIVEN, 0.05)
    assert ttv2.buffer_rate * 2 / problems.states == pytest.approx(tt._transfer_lr, rel=1e-12)


def test_unknown_algorithm() -> None:
    with pytest.raises(InputError, match=r"'ttv3'.*must be one of sgd, tt, ttv2"):
        setup.programmed("ttv3", one_of_each(), GIVEN, 0.05)
