"""What the experiments show: simulations agree with the closed forms drawn beside them.

"Agrees" is within twice the 99 % half-width, 5.2 standard errors, of stored quick numbers; what
has no noise agrees to the error of its step size.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from analogtheory.errors import InputError
from analogtheory.experiments import (
    constant_gradient,
    constant_gradient_theory,
    hamiltonian,
    hamiltonian_theory,
    implicit_cost,
    runtime_model,
    store,
    zero_shift,
    zero_shift_theory,
)
from analogtheory.experiments.core import Data

QUICK = Path(__file__).parents[2] / "paper_figs" / "quick"


def stored(name: str) -> Data:
    return store.read(name, QUICK).data


def agree(mean: np.ndarray, half: np.ndarray, proved: np.ndarray, floor: float = 0.0) -> bool:
    return bool(np.all(np.abs(mean - proved) <= 2 * half + floor))


# ------------------------------------------------------------------ implicit cost


def test_rest_points_of_analog_sgd() -> None:
    data = stored("implicit_cost")
    assert agree(data["mean"], data["mean_half"], data["mean_root"])
    assert np.all(data["low"] <= data["root"])
    assert np.all(data["root"] <= data["high"])
    assert np.all(data["high"] <= data["ridge"])
    assert data["mean_half"].max() < 0.02


@pytest.mark.parametrize(
    ("kappa", "noise", "optimum", "digits"),
    [(1.66, 0.3, 0.3, 0.212123), (1.0, 0.5, 0.5, 0.353098), (1.66, 1.0, 0.5, 0.210106)],
)
def test_digits_of_the_ledger(kappa: float, noise: float, optimum: float, digits: float) -> None:
    """Claim implicit-cost-cases."""
    assert implicit_cost.rest_point(kappa, noise, optimum) == pytest.approx(digits, abs=5e-7)


def test_the_implicit_cost_is_the_integral_of_the_pull() -> None:
    data = stored("implicit_cost")
    w = data["curve_weight"]
    total = data["curve_objective"] + data["curve_implicit"]
    slope = np.gradient(total, w, edge_order=2)
    assert np.allclose(slope, implicit_cost.pull(1.66, 0.3, 0.5, w), atol=2e-4)
    assert w[np.argmin(total)] == pytest.approx(data["curve_rest"][0], abs=0.005)


def test_tiki_taka_ends_at_the_minimiser() -> None:
    data = stored("implicit_cost")
    assert np.allclose(data["flow"][:, 0, -1], 0.0, atol=2e-3)
    assert np.allclose(data["flow"][:, 1, -1], 0.5, atol=2e-3)
    end, half = data["descent"][:, :, -1], data["descent_half"][:, :, -1]
    assert agree(end, half, np.array([[0.0, 0.5]]), floor=2e-3)
    assert data["descent_sgd_rest"][0] < 0.36


# ------------------------------------------------------------------ zero-shifting


def test_alternating_pulses_follow_the_proved_mean() -> None:
    data = stored("zero_shift")
    mean, half, proved = (data[f"shift_{n}"] for n in ("mean", "mean_half", "proved"))
    there = np.isfinite(mean)
    assert agree(mean[there], half[there], proved[there])
    assert data["shift_count"].tolist() == [22, 136, 1436]


def test_what_pulses_leave() -> None:
    data, given = stored("zero_shift"), zero_shift.INPUTS["quick"]["residual"]
    steps = data["residual_step"]
    for name, formula in (
        ("alternating", zero_shift_theory.alternating_size),
        ("random", zero_shift_theory.random_size),
    ):
        proved = np.array([formula(steps, noise) for noise in given[name]])
        # four relaxation times leave e⁻⁸ of the variance and e⁻⁴ of the ripple
        assert agree(data[name], data[f"{name}_half"], proved, floor=0.02 * steps.max())


def test_the_time_average_and_its_bound() -> None:
    data = stored("zero_shift")
    mean, half, exact, proved = (
        data[f"average_{n}"] for n in ("simulated", "simulated_half", "exact", "proved")
    )
    there = np.isfinite(mean)
    assert agree(mean[there], half[there], exact[there], floor=1e-12)
    assert np.all(exact[there] <= proved[there])
    # the exact recursion settles at the stationary error of its claim
    errors = zero_shift_theory.mean_errors(0.3, 0.05, 0.9, 600)
    assert errors[-1] == pytest.approx(data["average_floor"][0], rel=1e-9)


# ------------------------------------------------------------------ Hamiltonian descent


def test_energies_without_noise() -> None:
    data = stored("hamiltonian")
    sgd, proved = data["still_sgd_symmetric"], data["theory_still_sgd_symmetric"]
    assert np.allclose(np.sqrt(sgd), np.sqrt(proved), rtol=1e-12, atol=1e-14)  # C near 0.7
    kept = data["still_shd_symmetric"] / data["theory_still_shd_symmetric"]
    assert np.max(np.abs(kept - 1)) < 0.02 / (2 - 0.02) + 1e-9  # symplectic Euler, α = 0.02
    slow = data["still_shd_asymmetric"] / data["theory_still_shd_asymmetric"]
    assert np.max(np.abs(slow - 1)) < 0.15  # the averaged law between passages
    # y′ = −yr with r = 0.3 + y ≤ 1.2: Euler's relative error of a step is at most α²r²
    y, proved = np.sqrt(data["still_sgd_asymmetric"]), np.sqrt(data["theory_still_sgd_asymmetric"])
    assert np.all(y <= proved + 1e-14)
    assert np.all(np.log(proved / y) <= 1.04 * 0.02 * 1.2 * np.log(proved[0] / y) + 1e-9)


def test_passages_lie_in_the_proved_band() -> None:
    times, energies = stored("hamiltonian")["theory_still_passages_flow"]
    sizes = np.sqrt(2 * energies)
    excess = 1 / sizes - 1 / sizes[0] - 2 * (times - times[0]) / (3 * np.pi)
    assert len(times) >= 12
    assert np.all(excess >= -1e-8)  # the integration errs by 1e-11 relative
    assert np.all(excess <= sizes[0] / 360 + 1e-8)


@pytest.mark.parametrize("setting", ["line", "plane"])
def test_exact_second_moments_of_symmetric_devices(setting: str) -> None:
    data = stored("hamiltonian")
    for case in ("sgd_symmetric", "shd_symmetric"):
        name = f"{setting}_{case}"
        # 200 records in a row: the largest of them may be as far as 3 half-widths
        gap = np.abs(data[name] - data[f"theory_{name}"])
        assert np.all(gap <= 3 * data[f"{name}_half"] + 1e-12)


def test_stationary_energies() -> None:
    data = stored("hamiltonian")
    late = slice(120, None, 20)
    sgd, half = data["line_sgd_asymmetric"][late], data["line_sgd_asymmetric_half"][late]
    assert agree(sgd, half, data["theory_line_sgd_asymmetric"])
    for setting in ("line", "plane"):
        name = f"{setting}_shd_asymmetric"
        proved = data[f"theory_{name}"][late]
        assert agree(data[name][late], data[f"{name}_half"][late], proved)
        worse = data[f"{setting}_sgd_asymmetric"][-1]
        assert worse > 2 * data[name][-1] > 2 * data[f"{setting}_sgd_symmetric"][-1]


def test_linearised_moments_settle_where_the_claim_says() -> None:
    """Claim hamiltonian-coupled-variance at α = β, h = 1."""
    from analogtheory.noise import Gaussian

    alpha, kappa, s = 0.02, 1.0, 0.5
    mean_abs = Gaussian(s).mean_abs
    momentum = (
        alpha
        * s**2
        / (kappa * (2 * mean_abs - alpha * alpha * mean_abs / 2 - alpha * kappa * s**2))
    )
    weight = (1 - alpha * kappa * mean_abs / 2) * momentum
    found = hamiltonian_theory.hamiltonian_moments(
        alpha, kappa, np.eye(1), s, np.array([-0.9]), 12_000
    )
    assert found[-1] == pytest.approx((momentum + weight) / 2, rel=1e-9)


def test_quick_and_full_differ_in_the_number_of_runs_only() -> None:
    quick, full = (dict(hamiltonian.INPUTS[size]) for size in ("quick", "full"))
    assert quick.pop("runs") < full.pop("runs")
    assert quick == full


# ------------------------------------------------------------------ constant gradient


def test_gains_of_runs_are_the_exact_ones() -> None:
    data, given = stored("constant_gradient"), constant_gradient.INPUTS["quick"]
    for name in ("ttv2", "regular", "agad"):
        proved = constant_gradient_theory.gain(name, given, data["gain_h"], 0.0)
        # what is left of the start after 10 periods at h = 0.2 is e⁻⁸ of it
        assert np.allclose(data[f"gain_h_{name}"], proved, atol=1e-4)
        assert np.allclose(data[f"gain_o_{name}"], data[f"gain_o_{name}_proved"], atol=1e-9)
    proved = constant_gradient_theory.gain("random", given, data["gain_h"], 0.0)
    assert agree(data["gain_h_random"], data["gain_h_random_half"], proved)
    proved = data["gain_o_random_proved"]
    assert agree(data["gain_o_random"], data["gain_o_random_half"], proved)


def test_gains_of_the_ledger() -> None:
    """Claim constant-gradient-runs: ακ|g| = 0.02, 10 reads of 5 updates."""
    given = {**constant_gradient.INPUTS["quick"], "kappa": 1.0}
    h = constant_gradient_theory.half_phase(given, 0.02)
    assert constant_gradient_theory.lr_of(given, h) == pytest.approx(0.02, rel=1e-12)
    for name, digits in (("regular", 0.1230), ("agad", 0.5258)):
        found = float(constant_gradient_theory.gain(name, given, h, 0.8))
        assert found == pytest.approx(digits, abs=5e-5)
    assert float(constant_gradient_theory.gain("ttv2", given, h, -0.8)) == pytest.approx(0.2)
    limits = {name: constant_gradient_theory.limit(name, given, 0.5) for name in ("random", "agad")}
    assert limits["random"] == pytest.approx(1 / 3)
    assert limits["agad"] == pytest.approx(0.4068, abs=5e-5)  # constant-gradient-limit-numbers


def test_slow_arrays_move_at_the_proved_rates() -> None:
    """Over whole periods of 100 updates, to one pulse of 0.02 (c-TTv2: its jitter of 4 pulses)."""
    data = stored("constant_gradient")
    for name, pulses in (("ttv2", 1), ("regular", 4), ("agad", 1)):
        slow = data[f"trace_{name}_W"]
        moved = slow[:, 800] - slow[:, 400]
        assert np.all(np.abs(moved - 400 * data[f"trace_{name}_rate"]) <= 0.0201 * pulses), name
    assert data["trace_ttv2_W"][1, -1] < 0 < data["trace_regular_W"][1, -1]


# ------------------------------------------------------------------ runtime model


def test_times_written_out() -> None:
    """TTv2, N = 512, l = 5, n_s = 2: 25 + 1024/175 + (45 + 1536/175)/2 ns, and so on."""
    given = runtime_model.Assumptions()
    times = {name: runtime_model.parts(m, given).sum() for name, m in runtime_model.METHODS.items()}
    assert times["sgd"] == pytest.approx(25 + 1024 / 175)
    assert times["ttv2"] == pytest.approx(25 + 1024 / 175 + (45 + 1536 / 175) / 2)
    assert times["agad"] == pytest.approx(25 + 1536 / 175 + (45 + 4096 / 175) / 2)
    assert times["mixed"] == pytest.approx(2 * 512**2 / 175 + (5 + 1024 / 175) / 2)
    assert times["mixed"] / times["ttv2"] == pytest.approx(52, abs=0.5)


def test_assumptions_can_be_changed(capsys: pytest.CaptureFixture[str]) -> None:
    runtime_model.main(["--table", "--set", "size=64", "--set", "pulses=1"])
    printed = capsys.readouterr().out
    assert "size = 64, pulses = 1" in printed
    assert f"| SGD | {5 + 128 / 175:.1f} |" in printed
    with pytest.raises(InputError, match="did you mean pulses"):
        runtime_model.assumed(["pulse=1"])
    with pytest.raises(InputError, match="write size=NUMBER"):
        runtime_model.assumed(["size=big"])
    with pytest.raises(InputError, match="must be a positive number"):
        runtime_model.assumed(["size=-1"])
    with pytest.raises(SystemExit) as stopped:
        runtime_model.main(["--table", "--set", "x=1"])
    assert stopped.value.code == 2
