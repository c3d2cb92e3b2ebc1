"""Pulsed Analog SGD."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from analogtheory.errors import InputError
from analogtheory.noise import Gaussian, NoiseLaw, Rademacher, TwoPoint, Uniform
from analogtheory.stationary import stationary_law
from analogtheory.stationary.counts import PulseModel, count_law

from .devices import linear, residual, sgd

OFFSET, SLOPE = np.array([0.031, -0.012, 0.0]), np.array([-0.1, -0.1, 0.05])
LAWS = [Rademacher(0.5), TwoPoint(0.5, 0.1), Gaussian(0.5), Uniform(0.5)]


def _sampled_wanted(law: NoiseLaw) -> np.ndarray:
    """x with its sign on a fine quantile grid."""
    u = (np.arange(400_000) + 0.5) / 400_000
    return (OFFSET[:, None] + SLOPE[:, None] * law.quantile(u)) / 0.01


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("kind", ["ceiling", "rounded", "pulsed"])
def test_count_laws_against_their_definition(law: NoiseLaw, kind: str) -> None:
    model = PulseModel(kind, dw_min=0.01, train_length=7)
    up, down = count_law(model, law, OFFSET, SLOPE, 64)
    x = _sampled_wanted(law)
    n = np.arange(up.shape[1])
    count = {
        "ceiling": np.ceil(np.abs(x)),
        "rounded": np.abs(x),
        "pulsed": np.minimum(np.abs(x), 7),
    }[kind]
    for found, sign in ((up, x > 0), (down, x < 0)):
        assert found @ n == pytest.approx((count * sign).mean(axis=1), abs=2e-4)
    square = {
        "ceiling": count**2,
        "rounded": np.floor(count) ** 2 + (count % 1) * (2 * np.floor(count) + 1),
        "pulsed": count * (1 - count / 7) + count**2,
    }[kind]
    assert (up + down) @ n**2 == pytest.approx(square.mean(axis=1), abs=2e-3)
    assert np.all(up.sum(axis=1) + down.sum(axis=1) <= 1 + 1e-12)


def _flow_mean(lr: float, nodes: int = 64) -> float:
    """The mean when infinitely many small pulses follow w′ = ±1 − w/τ: an own collocation."""
    tau, sigma = 0.7, 0.5
    w = tau * np.cos((np.arange(nodes) + 0.5) * np.pi / nodes)
    x, gauss = np.polynomial.legendre.leggauss(80)
    rows = []
    for point in w:
        g, row = point - 0.3, np.zeros(nodes)
        for low, high in ((-9 * sigma, -g), (-g, 9 * sigma)):
            noise = 0.5 * (high + low) + 0.5 * (high - low) * x
            weight = 0.5 * (high - low) * gauss * np.exp(-0.5 * (noise / sigma) ** 2)
            change = -lr * (g + noise)
            end = tau * np.sign(change)
            target = end + (point - end) * np.exp(-np.abs(change) / tau)
            row += weight @ np.polynomial.chebyshev.chebvander(target / tau, nodes - 1)
        rows.append(row / (sigma * np.sqrt(2 * np.pi)))
    values = np.polynomial.chebyshev.chebvander(w / tau, nodes - 1)
    operator = np.linalg.solve(values, np.array(rows))  # P on Chebyshev coefficients
    # m_k = E_π T_k: m·(P − 1) = 0 and m_0 = 1; the first column is 0 and gives way to that
    system = operator - np.eye(nodes)
    system[:, 0] = np.eye(nodes)[0]
    return float(tau * np.linalg.solve(system.T, np.eye(nodes)[0])[1])


@pytest.mark.parametrize(("lr", "dw_min"), [(0.1, 1e-3), (0.05, 1e-3)])
def test_small_rounded_pulses_follow_the_flow_of_the_device(lr: float, dw_min: float) -> None:
    dynamics = sgd(linear("0.7"), 0.3, Gaussian(0.5), lr)
    rounded = stationary_law(dynamics, fidelity="rounded", dw_min=dw_min).mean("W")
    assert rounded.error < 1e-10
    assert rounded.value == pytest.approx(_flow_mean(lr), abs=3e-6)
    halved = stationary_law(dynamics, fidelity="rounded", dw_min=2 * dw_min).mean("W")
    assert abs(rounded.value - _flow_mean(lr)) < 0.7 * abs(halved.value - _flow_mean(lr)) + 2e-7


def test_pulses_tend_to_the_averaged_law_only_with_the_step_size() -> None:
    # theory 3.1: with Δw_min → 0 at fixed α a gap of order α remains
    gaps = []
    for lr in (0.1, 0.05, 0.025):
        dynamics = sgd(linear("0.7"), 0.3, Gaussian(0.5), lr)
        pulsed = stationary_law(dynamics, fidelity="rounded", dw_min=1e-3)
        gaps.append(stationary_law(dynamics).mean("W").value - pulsed.mean("W").value)
    assert gaps == pytest.approx([9.06e-4, 4.33e-4, 2.12e-4], abs=2e-6)
    assert gaps[0] / gaps[2] == pytest.approx(4.0, rel=0.08)


@pytest.mark.parametrize("multiplicative", [False, True])
def test_binomial_pulses_with_cycle_noise(multiplicative: bool) -> None:
    dynamics = sgd(linear("0.7"), 0.3, Gaussian(0.5), 0.1)
    settings = SimpleNamespace(
        kind="pulsed",
        dw_min=0.01,
        cycle_noise=0.3,
        train_length=10,
        multiplicative_noise=multiplicative,
    )
    law = stationary_law(dynamics, fidelity=settings)
    best = {False: 0.187048603263, True: 0.187051750465}[multiplicative]
    assert law.mean("W").value == pytest.approx(best, abs=2e-12)
    assert law.mean("W").error < 1e-11
    assert law.health.sum_abs_weights < 1.8
    for nodes, error in ((32, 2e-9), (48, 2e-12 if multiplicative else 2e-10)):
        few = stationary_law(dynamics, fidelity=settings, nodes=nodes)
        assert abs(few.mean("W").value - best) < error


def test_cycle_noise_widens_the_law() -> None:
    dynamics = sgd(linear("0.7"), 0.3, Rademacher(0.5), 0.05)
    spread = []
    for noise in (0.0, 1.0):
        law = stationary_law(dynamics, fidelity="rounded", dw_min=0.01, cycle_noise=noise)
        spread.append(law.expectation(lambda w: w**2).value - law.mean("W").value ** 2)
    # α²σ² = 6e-4 a step, and 2.5 pulses of 1e-4 on average: E n·Δw²σ_c² = 2.5e-4
    assert spread[1] / spread[0] == pytest.approx(1 + 2.5e-4 / (0.05**2 * 0.25), rel=0.05)


def test_a_single_pulse_per_step_is_a_small_markov_chain() -> None:
    # BL = 1, no cycle noise, Rademacher: a pulse of sign s with probability |Δ|/Δw_min
    dynamics = sgd(linear("0.7"), 0.3, Rademacher(0.5), 0.02)
    law = stationary_law(dynamics, fidelity="pulsed", dw_min=0.05, train_length=1)
    # below saturation (x < 1) the mean moves as in the averaged map: E w⁺ is linear in w
    assert law.mean("W").value == pytest.approx(0.175, abs=1e-6)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"fidelity": "pulsed"}, "needs dw_min"),
        ({"fidelity": "exact"}, "unknown"),
        ({"fidelity": 3}, "give a name or a Fidelity"),
        ({"fidelity": "rounded", "dw_min": -1.0}, "positive"),
        ({"fidelity": "rounded", "dw_min": 1e-9}, "averaged law"),
        ({"fidelity": "pulsed", "dw_min": 0.1, "cycle_noise": -1.0}, "≥ 0"),
        ({"cycle_noise": 0.3}, "no pulses"),
        ({"fidelity": "pulsed", "dw_min": 0.1, "train_length": 0}, "at least 1"),
    ],
)
def test_settings_that_do_not_fit(settings: dict[str, object], message: str) -> None:
    dynamics = sgd(linear(), 0.3, Gaussian(0.5), 0.1)
    with pytest.raises(InputError, match=message):
        stationary_law(dynamics, **settings)  # type: ignore[arg-type]


def test_pulses_are_for_one_state() -> None:
    with pytest.raises(InputError, match="one state"):
        stationary_law(residual(linear(), Gaussian(0.5), 0.1), fidelity="pulsed", dw_min=0.01)
