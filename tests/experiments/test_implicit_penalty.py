"""The implicit penalty: minimisers, means and the density agree with each other."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from analogtheory.experiments import implicit_penalty, store

QUICK = Path(__file__).parents[2] / "paper_figs" / "quick"


def test_the_penalty_is_a_ridge_on_the_linear_device() -> None:
    """Claim linear-device-penalty: Σw²/(2τ), and argmin w*/(1 + Σ/τ) in closed form."""
    data = store.read("implicit_penalty", QUICK).data
    for row, noise in enumerate(data["noise"]):
        size = noise * np.sqrt(2 / np.pi)
        assert np.allclose(data["noise_penalty"][row], size * data["weight"] ** 2 / 2, atol=1e-12)
        assert data["noise_minimiser"][row] == pytest.approx(0.8 / (1 + size), abs=1e-12)


@pytest.mark.parametrize("name", ["noise", "device"])
def test_squares_lie_at_the_bottom_of_the_drawn_curves(name: str) -> None:
    data = store.read("implicit_penalty", QUICK).data
    w, spacing = data["weight"], data["weight"][1] - data["weight"][0]
    for penalty, minimiser, mean in zip(
        data[f"{name}_penalty"], data[f"{name}_minimiser"], data[f"{name}_mean"], strict=True
    ):
        assert w[np.argmin(data["objective"] + penalty)] == pytest.approx(minimiser, abs=spacing)
        # Gaussian noise: nearer the symmetric point
        assert mean < minimiser - 0.01 or minimiser == mean == 0.8


def test_penalties_of_other_devices_in_closed_form() -> None:
    """Claims power-accumulated-asymmetry (γ_res = 3), exponential-response-algebra (2); τ = 1."""
    data = store.read("implicit_penalty", QUICK).data
    w, size = data["weight"], 0.5 * np.sqrt(2 / np.pi)
    power = w**2 / 6 + 4 / 9 * np.log(1 + 3 * w**2)
    e = np.exp(2.0)
    exponential = np.log((e * np.cosh(2 * w) - 1) / (e - 1)) / 2
    for row, closed in enumerate((w**2 / 2, power, exponential)):
        assert data["device_penalty"][row] == pytest.approx(size * closed, abs=1e-12)


def test_the_density_has_the_exact_mean() -> None:
    """The mean of the grid's law meets the exact one, with an error of second order."""
    data = store.read("implicit_penalty", QUICK).data
    linear, exact = implicit_penalty.device("linear", 1.0), data["noise_mean"][2]
    errors = []
    for cells in (250, 500):
        centres, shares = implicit_penalty.density(linear, 0.5, 0.8, 0.02, cells)
        assert shares.sum() * 2 / cells == pytest.approx(1, abs=1e-10)
        assert shares.min() > -1e-12
        errors.append(abs(centres @ shares * 2 / cells - exact))
    assert errors[1] < 2e-3
    assert 3 < errors[0] / errors[1] < 5
    assert data["density_mean"][0] == pytest.approx(exact, abs=errors[1] + 1e-9)


@pytest.mark.parametrize(("row", "name"), [(1, "power"), (2, "exponential")])
def test_exact_means_of_other_devices_by_the_grid(row: int, name: str) -> None:
    """The grid's mean, extrapolated from two sizes to cells of size 0."""
    data, device = store.read("implicit_penalty", QUICK).data, implicit_penalty.device(name, 1.0)
    means = []
    for cells in (500, 1000):
        centres, shares = implicit_penalty.density(device, 0.5, 0.8, 0.02, cells)
        means.append(centres @ shares * 2 / cells)
    assert (4 * means[1] - means[0]) / 3 == pytest.approx(data["device_mean"][row], abs=1e-5)
