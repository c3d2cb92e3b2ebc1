"""What single precision computes: the law of counts, and how far it is from double precision."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from analogtheory.algorithms import analog_sgd
from analogtheory.algorithms.symbols import H, W, epsilon
from analogtheory.dynamics import Assign, Draw, Dynamics, Pulse
from analogtheory.noise import NoNoise, TwoPoint
from analogtheory.objectives import ScalarQuadratic
from analogtheory.responses.response import Response
from analogtheory.simulation import Fidelity, count_blocks, iteration, simulate

LINEAR = Response("1 - w/0.7", "1 + w/0.7", -0.7, 0.7)
COUNTER = Dynamics(
    "counting", states=(W, H), draws=(),
    steps=(Pulse(W, H, Response("1 + 0*w", "1 + 0*w", -1000, 1000)),),
    objective=ScalarQuadratic(1, 0.3), parameters={}, weight=W, source="test",
)  # fmt: skip


def counts(
    u: Any, p: Any, length: int, monkeypatch: pytest.MonkeyPatch, backend: str = "numpy",
    dtype: str = "float32",
) -> Any:  # fmt: skip
    """The number of pulses at given uniform numbers: W after one step, Δw_min = 1."""
    monkeypatch.setattr(count_blocks, "uniform", lambda body, stream: body.quantity("u", u))
    result = simulate(
        COUNTER, trajectories=u.size, steps=1, start={"H": length * p}, backend=backend,
        fidelity=Fidelity("pulsed", 1.0, train_length=length), dtype=dtype,
    )  # fmt: skip
    return result.final["W"].astype(int)


@pytest.mark.parametrize("length", [1, 6, 31, 120])
def test_thresholds_of_counts_are_binomial_probabilities(
    length: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The largest float u whose count is at most n, found by bisection, is P(at most n).

    What errs most is (1 − p)^BL, by BL/2 roundings of 1 − p; with the products for each slot
    2·BL + 8 roundings of 2⁻²⁴ bound the whole.
    """
    n, p = np.meshgrid(np.arange(length), np.array([0.001, 0.03, 0.142, 0.3, 0.5, 0.61, 0.97]))
    n, p = n.ravel(), p.ravel()
    # words of floats: from 2⁻³⁴, half the smallest uniform number, to 1
    low, high = np.full(n.size, 0x2E800000), np.full(n.size, 0x3F800001)
    while (high - low > 1).any():
        middle = (low + high) // 2
        at_most = counts(middle.astype(np.uint32).view(np.float32), p, length, monkeypatch) <= n
        low, high = np.where(at_most, middle, low), np.where(at_most, high, middle)
    found = low.astype(np.uint32).view(np.float32).astype(float)
    exact = stats.binom.cdf(n, length, p)
    assert np.abs(found - exact).max() < (2 * length + 8) * 2.0**-24


@pytest.mark.parametrize("p", [0.0, 1e-6, 1e-5, 1e-4, 0.01, 0.1, 0.3, 0.5])
def test_the_last_float_does_not_fire_in_every_slot(
    p: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At u = 1 the count stops next to the last slot that the sum can still tell."""
    (most,) = counts(np.ones(1), np.full(1, p), 120, monkeypatch)
    assert most <= stats.binom.isf(2.0**-26, 120, p) + 2
    (most,) = counts(np.full(1, 1.0 - 2.0**-14), np.full(1, p), 120, monkeypatch)
    assert most == stats.binom.isf(2.0**-14, 120, p)


@pytest.mark.parametrize("length", [1, 5, 6, 30, 31, 120])
def test_a_slot_that_fires_with_certainty_always_fires(
    length: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    u = np.array([2.0**-33, 2.0**-26, 2.0**-24, 0.5, 1 - 2.0**-24, 1.0])
    assert np.all(counts(u, np.ones(u.size), length, monkeypatch) == length)


@pytest.mark.parametrize("p", [1e-9, 1e-7, 1e-5, 0.3, 1 - 1e-7])
def test_the_rarer_of_two_values_has_its_probability(
    p: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The share of the 2³² words that take it, found by bisection, errs by 2⁻³² or 2⁻²³p."""
    rarer = min(p, 1 - p)
    words = np.unique(np.clip(np.geomspace(1, 2.0**32, 4000).astype(np.int64) - 1, 0, 2**32 - 1))
    u = (words.astype(np.float32) * np.float32(2.0**-32)) + np.float32(2.0**-33)
    monkeypatch.setattr(iteration, "uniform", lambda body, stream: body.quantity("u", u))
    noise = Draw(epsilon, TwoPoint(1.0, p))
    drawn = Dynamics(
        "drawing", states=(W,), draws=(noise,), steps=(Assign(W, epsilon),),
        objective=ScalarQuadratic(1, 0.3), parameters={}, weight=W, source="test",
    )  # fmt: skip
    result = simulate(drawn, trajectories=u.size, steps=1, backend="numpy", dtype="float32")
    is_rarer = (result.final["W"] > 0) == (p < 0.5)
    edge = int(is_rarer.sum())
    assert is_rarer[:edge].all()
    assert not is_rarer[edge:].any()
    below = (words[edge - 1] + 1) / 2**32 if edge else 0.0
    above = words[edge] / 2**32
    slack = 2.0**-32 + rarer * 2.0**-22
    assert below - slack <= rarer <= above + slack


@pytest.mark.parametrize(
    ("backend", "dtype"), [("numpy", "float32"), ("numba", "float32"), ("numba", "float64")]
)
def test_an_exact_tie_is_at_most_n(
    backend: str, dtype: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P(0) = 1/4 is not below u = 1/4, whether pulses are counted or failures."""
    u, p = (
        np.array([0.25, 0.25 + 2.0**-20, 0.75, 0.75 + 2.0**-20]),
        np.array([0.75, 0.75, 0.25, 0.25]),
    )
    assert counts(u, p, 1, monkeypatch, backend, dtype).tolist() == [0, 1, 0, 1]


def test_an_averaged_trajectory_stays_by_that_of_double_precision() -> None:
    """w ← w + δ(1 − w/τ), δ = α(w* − w) ≥ 0, from 0: no state is above w* = 0.3.

    One step makes at most 10 roundings of numbers below 1 (numbers of the problem among them),
    each of 2⁻²⁴ at most, and shrinks an error: its slope is 1 − α(1 − w/τ) − δ/τ, at most
    1 − α(1 − w*/τ). So the error stays below 10·2⁻²⁴/(α(1 − w*/τ)).
    """
    dynamics = analog_sgd(LINEAR, ScalarQuadratic(1, 0.3), NoNoise(), lr=0.1)
    options: dict[str, Any] = {"trajectories": 2, "steps": 300, "record": "trajectory"}
    double = simulate(dynamics, **options).trajectory["W"]
    single = simulate(dynamics, dtype="float32", **options).trajectory["W"]
    error = np.abs(single.astype(float) - double).max()
    assert 0.0 < error < 10 * 2.0**-24 / (0.1 * (1 - 0.3 / 0.7))
