"""Residual Learning at fixed step sizes: digits of the ledger, leading orders, simulation.

Of the stored full data. Sampled numbers are held to 4.9 standard errors (1.9 of the stored 99 %
half-widths): a correct one fails with probability 1e-6.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from analogtheory.bounds import folded_mean
from analogtheory.experiments import residual_rates, store
from analogtheory.experiments.core import Data
from analogtheory.experiments.residual_problem import MOMENTS, Problem, exact
from analogtheory.experiments.residual_rates_theory import (
    coupled_spread,
    rest,
    spread,
    step_limits,
)

FIGURES = Path(__file__).parents[2] / "paper_figs"
LAW = store.read("residual_learning", FIGURES).data
RATES = store.read("residual_rates", FIGURES).data


def agrees(data: Data, name: str, moment: str) -> bool:
    mean, half = data[f"{name}_{moment}_run"], data[f"{name}_{moment}_run_half"]
    return bool(np.all(np.abs(mean - data[f"{name}_{moment}"][: len(mean)]) < 1.9 * half))


@pytest.mark.parametrize("moment", MOMENTS)
def test_simulations_agree_with_the_exact_law(moment: str) -> None:
    for name in ("alpha", "tilt", "tilt_gaussian"):
        assert agrees(LAW, name, moment), name
    for name in ("ratio", "gamma", "read"):
        assert agrees(RATES, name, moment), name


def test_simulations_are_sharp_enough_to_tell() -> None:
    mean, half = LAW["alpha_mixed_run"], LAW["alpha_mixed_run_half"]
    assert np.all(np.abs(mean) > 1.9 * half)  # not 0
    tilt, half = LAW["tilt_mixed_run"], LAW["tilt_mixed_run_half"]
    assert np.all(np.abs(tilt - 0.5 * LAW["tilt_point"]) > 1.9 * half)  # not the mean field


def test_digits_of_the_ledger() -> None:
    """Claims sqrt-alpha-values, residual-learning-tilt-numbers and two more."""
    assert LAW["alpha"].tolist() == [0.04, 0.02, 0.01, 0.005, 0.0025]
    assert LAW["alpha_main"][[0, 2, 4]] == pytest.approx([-0.02762, -0.01416, -0.00719], abs=6e-6)
    assert LAW["tilt_mixed"][1:] == pytest.approx([0.01742, 0.04275, 0.09354, 0.14445], abs=6e-6)
    assert LAW["tilt_gaussian_mixed"][2:4] == pytest.approx([0.03398, 0.07539], abs=6e-6)
    slow = [list(RATES["ratio"]).index(r) for r in (0.03, 0.3, 1.0)]
    assert RATES["ratio_main"][slow] == pytest.approx([-0.01418, -0.01412, -0.01396], abs=6e-6)
    assert RATES["read_residual"][1:] == pytest.approx([0.04173, 0.11096, 0.27666], abs=6e-6)
    assert RATES["read_main"][1:] == pytest.approx([-0.02504, -0.06657, -0.16600], abs=6e-6)


def test_square_root_law_and_its_constant() -> None:
    fine, alpha = LAW["alpha_fine"], LAW["alpha"]
    for name in ("mixed", "main"):
        formula = np.exp(np.interp(-np.log(alpha), -np.log(fine)[::-1],
                                   np.log(-LAW[f"alpha_{name}_formula"])[::-1]))  # fmt: skip
        ratio = -LAW[f"alpha_{name}"] / formula
        limit = 2 * ratio[4] - ratio[2]  # α = 0.0025 and 0.01: the √α term drops out
        assert limit == pytest.approx(1.0, abs=0.005), name
    notes = np.interp(0.0025, fine, LAW["alpha_mixed_notes"])
    assert LAW["alpha_mixed"][4] / notes > 1.05  # √(2/π) is 9 % too small


def test_size_of_the_residual_array() -> None:
    target, limit = LAW["size_target"], LAW["size_exact"][2]
    expected = np.interp(target, LAW["size_fine"], LAW["size_formula"])
    assert limit == pytest.approx(expected, rel=4e-3)
    assert limit[-1] > 1.2 * np.sqrt(2 / np.pi)


def test_tilt_lies_below_its_mean_field() -> None:
    """By σ(1 − c²)·R·a(R)·√v to leading order, ±σ noise, W̄ at the tilt (derived here).

    Centred, P moves by ±ασ(1 − c²) a step against ακ, κ = γ + σ(1 − c²); R is that of W = w* + cσ.
    """
    gaps = {
        name: np.interp(LAW["tilt_point"], LAW["tilt_fine"], LAW[f"{name}_field"])
        - LAW[f"{name}_mixed"]
        for name in ("tilt", "tilt_gaussian")
    }
    c, sigma = LAW["tilt_point"], Problem().sigma
    weight = Problem().target + c * sigma
    ratio = (weight - c) / (1 - c * weight)
    damping = Problem().gamma + sigma * (1 - c**2)
    size = np.sqrt(0.01 * sigma**2 * (1 - c**2) ** 2 / (2 * damping))
    leading = sigma * (1 - c**2) * ratio * np.array([folded_mean(r) for r in ratio]) * size
    assert gaps["tilt"] / leading == pytest.approx(0.96, abs=0.02)  # the rest is O(√α) of it
    smaller = gaps["tilt_gaussian"] / gaps["tilt"]  # E|ε| is √(2/π)σ, κ smaller
    assert np.all((smaller > 0.8) & (smaller < 0.9))


def test_tilt_exceeds_analog_sgd_from_where_the_claim_says() -> None:
    crossing = np.interp(0.0, LAW["tilt_field"] + LAW["tilt_sgd"], LAW["tilt_fine"])
    # |R_W| of Analog SGD at its rest point W: there (W − c)/(1 − cW) = c
    weight = 0.5 - 0.5 * crossing
    assert (weight - crossing) / (1 - crossing * weight) == pytest.approx(crossing, abs=2e-3)


def test_rates_against_the_leading_order() -> None:
    """Numbers of the caption; corrections of some percent at α = 0.01; κ without γ is far off."""
    main, slow = RATES["ratio_main"], list(RATES["ratio"]).index(1.0)
    assert main[slow] / main[0] == pytest.approx(0.984, abs=2e-3)
    assert main[-1] / main[0] == pytest.approx(0.89, abs=5e-3)
    assert np.allclose(RATES["ratio_mixed"] / RATES["ratio_mixed"][0], main / main[0], rtol=1e-3)
    root = np.sqrt(RATES["ratio_square"][0]) / RATES["ratio_root_formula"][0]
    assert 1.0 < root < 1.02
    for name in ("mixed", "main"):
        line = np.interp(RATES["gamma"], RATES["gamma_fine"], RATES[f"gamma_{name}_formula"])
        ratio = RATES[f"gamma_{name}"] / line
        assert np.all((ratio > 0.94) & (ratio < 0.98)), name


def test_read_noise_with_and_without_fluctuations() -> None:
    """The mean field is low where the read noise is; with v + ρ² it is within 0.1 %."""
    levels = RATES["read_level"]
    problems = [Problem(sigma=0.2, read=float(r)) for r in levels]
    full = np.array([rest(spread(p), p)[1] for p in problems])
    field = np.array([rest(p.read, p)[1] for p in problems])
    assert RATES["read_main"] == pytest.approx(full, rel=1e-3)
    assert RATES["read_main"][0] / field[0] > 1.1


def test_the_buffer_in_a_loop() -> None:
    """The linearised loop holds to leading order: 4 % besides the interval."""
    found, half = RATES["buffer_main_run"], RATES["buffer_main_run_half"]
    problems = [Problem(sigma=0.2, read=float(r), buffered=True) for r in RATES["read_level"]]
    loop = np.array([rest(coupled_spread(p), p)[1] for p in problems])
    alone = np.array([rest(spread(p), p)[1] for p in problems])
    assert np.all(np.abs(found - loop) < 1.9 * half + 0.04 * np.abs(loop))
    assert not np.all(np.abs(found - alone) < 1.9 * half)
    assert np.all(np.abs(found[2:]) < 0.2 * np.abs(RATES["read_main"][2:]))


@pytest.mark.parametrize("gamma", [0.1, 0.4, 0.65])
def test_limits_are_where_the_spectral_radius_is_one(gamma: float) -> None:
    """Eigenvalues of one step P, H, W; the mean field's limit γ²/(1 − γ) is not one of them."""
    lr = residual_rates.INPUTS["full"]["loop"]["lr"]

    def radius(ratio: float) -> float:
        beta = lr * ratio
        fast = np.array([[1 - lr * gamma, 0, -lr], [0, 1, 0], [0, 0, 1]])
        buffer = np.array([[1, 0, 0], [beta, 1 - beta, 0], [0, 0, 1]])
        weight = np.array([[1, 0, 0], [0, 1, 0], [0, beta, 1]])
        return float(np.abs(np.linalg.eigvals(weight @ buffer @ fast)).max())

    low, high = step_limits(gamma, lr)
    assert [radius(low), radius(high)] == pytest.approx([1, 1], abs=1e-10)
    assert radius(0.99 * low) < 1 < radius(1.01 * low)
    assert radius(1.01 * high) < 1 < radius(0.99 * high)
    assert radius(gamma**2 / (1 - gamma)) < 1 - 1e-7


def test_loop_rests_outside_its_limits() -> None:
    """Points closer than 3 % to a limit may need longer than the run."""
    lr = residual_rates.INPUTS["full"]["loop"]["lr"]
    seen = []
    for row, gamma in enumerate(RATES["loop_gamma"]):
        low, high = step_limits(float(gamma), lr)
        for column, ratio in enumerate(RATES["loop_ratio"]):
            near = any(abs(np.log(ratio / limit)) < 0.03 for limit in (low, high))
            if not near:
                rests = not low < ratio < high
                assert RATES["loop_rests"][row, column] == rests, (gamma, ratio)
                seen.append(rests)
    assert len(seen) > 150
    assert 40 < sum(seen) < len(seen) - 40


def test_small_solution_is_the_stored_one() -> None:
    found = exact(Problem(lr=0.04), nodes=400)
    for moment in MOMENTS:
        value, error = found[moment]
        assert abs(value - LAW[f"alpha_{moment}"][0]) < 4 * error + 1e-6
