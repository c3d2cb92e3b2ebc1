"""The noise laws: runs meet the exact means, bounds hold, orders are those of the claims.

Where a mean over runs is compared with the exact one (full size): within 2.3 half-widths of 99 %,
5.9 standard errors of Student's t with 512 runs, for 56 numbers; together they fail by chance with
probability below 56·6e-9 < 4e-7.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from analogtheory.experiments import noise_laws, store
from analogtheory.experiments.core import Data

FIGURES = Path(__file__).parents[2] / "paper_figs"
QUICK = FIGURES / "quick"


@pytest.fixture(scope="module")
def data() -> Data:
    return store.read("noise_laws", QUICK).data


def test_runs_meet_the_exact_means() -> None:
    data = store.read("noise_laws", FIGURES).data
    assert np.all(data["exact_error"] < 1e-9)
    assert np.all(np.abs(data["simulated"] - data["exact"]) <= 2.3 * data["simulated_half"])
    # and do not meet the minimiser of f_Σ under skewed noise, nor at large σ the zero of the step
    half, skewed = data["simulated_half"][3], data["simulated"][3]
    assert np.all(np.abs(skewed - data["penalised_here"][3]) > 10 * half)
    assert np.all((np.abs(skewed - data["root_here"][3]) > 5 * half)[:, data["noise"] >= 0.8])


@pytest.mark.parametrize("spec", ["gaussian:{}", "two-point:{}:0.1"])
@pytest.mark.parametrize("name", ["linear", "power"])
def test_the_mean_lies_off_the_zero_by_a_term_of_first_order(spec: str, name: str) -> None:
    """(E w − w_T)/α tends to −D″v/(4D′²), the formula of claim stationary-mean-first-order."""
    device, law, best = noise_laws.device(name), noise_laws.law_of(spec, 0.6), 0.6
    zero, small = noise_laws.drift_zero(device, law, best), 1e-3

    def drift(w: float) -> float:  # F·T
        size = float(law.mean_abs_at(w - best))
        return float(device.F(w)) * (w - best) + float(device.G(w)) * size

    low, middle, high = (drift(zero + step) for step in (-small, 0.0, small))
    slope, bend = (high - low) / (2 * small), (high - 2 * middle + low) / small**2
    even, odd = float(device.F(zero)), float(device.G(zero))
    square, signed = 0.6**2 + (zero - best) ** 2, signed_square(spec, zero - best)
    variance = (even**2 + odd**2) * square + 2 * even * odd * signed  # E(gF + |g|G)²
    offsets = [
        (noise_laws._exact_mean({"optimum": best, "lr": lr}, device, law)[0] - zero) / lr
        for lr in (0.02, 0.01)
    ]
    limit = -bend * variance / (4 * slope**2)
    assert 2 * offsets[1] - offsets[0] == pytest.approx(limit, rel=0.02)


def signed_square(spec: str, mean: float) -> float:
    """E g|g| of g = mean + ε, σ = 0.6: Gaussian, or 1.8 with probability 0.1 and −0.2 else."""
    if spec.startswith("gaussian"):
        ratio = mean / 0.6
        slope = math.sqrt(2 / math.pi) * math.exp(-(ratio**2) / 2)
        return 0.36 * ((1 + ratio**2) * math.erf(ratio / math.sqrt(2)) + ratio * slope)
    up, down = mean + 1.8, mean - 0.2
    return 0.1 * up * abs(up) + 0.9 * down * abs(down)


def test_plus_minus_sigma_stops_at_the_penalised_minimiser(data: Data) -> None:
    """Claims penalty-exact-for-rademacher and, for the linear device, exact-mean-rademacher."""
    assert np.allclose(data["penalised"][0], data["root"][0], atol=1e-13)
    closed = 0.6 / (1 + data["noise"])
    assert np.allclose(data["exact"][0, 0], closed, atol=1e-12)
    assert np.all(np.abs(data["exact"][0, 1] - data["penalised_here"][0, 1]) > 1e-5)  # O(α)


def test_gaps_stay_below_their_bounds(data: Data) -> None:
    gaps = np.abs(data["penalised"] - data["root"])
    assert np.all(gaps <= data["bound"] + 1e-13)
    assert gaps[3, 1].max() > gaps[1, 1].max() > gaps[2, 1].max() > 0.02


@pytest.mark.parametrize(
    ("spec", "order"), [("gaussian:{}", 3), ("uniform:{}", 3), ("two-point:{}:0.1", 2)]
)
def test_orders_in_the_distance_of_minimiser_and_symmetric_point(spec: str, order: int) -> None:
    """Claim penalty-gap-leading-terms."""
    device, law = noise_laws.device("power"), noise_laws.law_of(spec, 0.5)
    gaps = [
        noise_laws.penalised_minimiser(device, law, best) - noise_laws.drift_zero(device, law, best)
        for best in (0.02, 0.01)
    ]
    assert np.log2(gaps[0] / gaps[1]) == pytest.approx(order, abs=0.1)
