"""The noiseless descent integrated: passages, return map, times; zero-shifting pulse by pulse."""

from __future__ import annotations

import math

import numpy as np
import pytest
import sympy
from scipy import integrate, optimize

from analogtheory.noise import Gaussian
from analogtheory.proofs.hamiltonian_decay import inverse_above, inverse_below
from analogtheory.proofs.implicit_cost_series import ORDER, mean_abs_sum
from analogtheory.proofs.rlv2_step_sizes import characteristic
from analogtheory.responses import get


def passages(friction: float, momentum: float, force, count: int):
    """(t, |A|) at the passages of C through 0 after the start (A, C) = (momentum, 0)."""

    def field(_, state):
        slope = force(state[1])
        return [-slope - friction * abs(slope) * state[0], state[0]]

    def through(_, state):
        return state[1]

    found = integrate.solve_ivp(
        field, (0.0, 4.0 * count + 8), [momentum, 1e-13], "DOP853", events=through, max_step=0.05,
        rtol=1e-10, atol=1e-12,
    )  # fmt: skip
    late = found.t_events[0] > 1e-6
    times, sizes = found.t_events[0][late], np.abs(found.y_events[0][late, 0])
    return np.append(0.0, times)[: count + 1], np.append(momentum, sizes)[: count + 1]


@pytest.mark.parametrize("friction", [0.3, 0.95])
@pytest.mark.parametrize("force", [lambda c: c, lambda c: c + c**3], ids=["quadratic", "quartic"])
def test_return_map(friction: float, force) -> None:
    _, sizes = passages(friction, 1.0, force, 6)
    x, y = friction * sizes[:-1], friction * sizes[1:]
    np.testing.assert_allclose(x - np.log1p(x), -y - np.log1p(-y), rtol=1e-6)
    gaps = 1 / y - 1 / x - 2 / 3
    assert np.all(gaps > 0)
    assert np.all(gaps <= 4 / 135 * x**2 * (1 + 1e-5))
    total = 1 / y - 1 / x[0] - 2 / 3 * np.arange(1, 7)
    assert np.all((total > 0) & (total < 2 / 45 * (x[0] - y)))


@pytest.mark.parametrize("friction", [0.3, 0.95])
def test_passage_times_and_the_amplitude_in_time(friction: float) -> None:
    times, sizes = passages(friction, 1.0, lambda c: c, 8)
    x, lasts = friction * sizes, np.diff(times)
    size = np.sqrt(2 * (x[:-1] - np.log1p(x[:-1])))
    above = 1 + size**2 / 24 + size**4 / 2304
    tolerance = 1e-7  # of the integration and of the events
    assert np.all(lasts / math.pi <= above + tolerance)
    assert np.all(lasts / math.pi >= above - size**6 / 12800 - tolerance)
    assert np.all(above <= 1 + x[:-1] ** 2 / 24)
    error = 1 / x - 1 / x[0] - 2 * times / (3 * math.pi)
    assert np.all((error >= -1e-6) & (error <= (x[0] - x) / 360 + 1e-6))
    assert error[1] > (x[0] - x[1]) / 1000  # the averaged amplitude itself is not exact


@pytest.mark.parametrize("size", [-0.99, -0.5, -0.1, 0.1, 0.5, 0.99])
def test_polynomials_enclose_the_inverse_momentum(size: float) -> None:
    """s/x with x − ln(1 + x) = s²/2; numbers −y < 0 belong to s < 0."""
    ends = (1e-9, 3.0) if size > 0 else (-1 + 1e-9, -1e-9)
    x = optimize.brentq(lambda v: v - math.log1p(v) - size**2 / 2, *ends, xtol=1e-15)
    assert float(inverse_below(sympy.Float(size))) <= size / x + 1e-13
    assert size / x <= float(inverse_above(sympy.Float(size))) + 1e-13
    assert float(inverse_above(sympy.Float(size))) - size / x < 3e-4 * size**6 + 1e-13


@pytest.mark.parametrize(("size", "count"), [(0.1, 22), (0.02, 136), (0.002, 1436)])
def test_zero_shifting_pulse_by_pulse(size: float, count: int) -> None:
    device, weight, pulses = get("linear"), 0.9, 0
    while abs(weight) > 0.05:
        up = pulses % 2 == 0
        weight += size * float(device.q_up(weight)) if up else -size * float(device.q_down(weight))
        pulses += 1
    assert pulses == count


@pytest.mark.parametrize("c", [0.0, 0.4])
def test_the_two_cycle(c: float) -> None:
    device, size, weight = get("linear", c=c), 0.1, 0.9
    for _ in range(500):
        top = weight + size * float(device.q_up(weight))
        weight = top - size * float(device.q_down(top))
    scale = size * (1 - c**2) / (2 - (1 - c**2) * size)
    assert weight - c == pytest.approx(-scale * (1 - c), abs=1e-12)
    assert top - c == pytest.approx(scale * (1 + c), abs=1e-12)


@pytest.mark.parametrize("ratio", [0.0, 0.3, 1.0, 1.5])
def test_partial_sums_enclose_the_mean_size(ratio: float) -> None:
    exact = float(Gaussian(2.0).mean_abs_at(2.0 * ratio)) / (2.0 * math.sqrt(2 / math.pi))
    for order in range(ORDER + 1):
        total = float(mean_abs_sum(order, ratio))
        assert (total >= exact - 1e-15) if order % 2 == 0 else (total <= exact + 1e-15)


def test_step_sizes_of_the_buffered_loop_against_eigenvalues() -> None:
    """Both conditions decide the spectral radius, on random points of their domain."""
    polynomial = characteristic(1)
    symbols = {str(s): s for s in polynomial.free_symbols}
    assert set(symbols) >= {"alpha", "beta", "h", "F_0", "q", "lam"}
    generator = np.random.default_rng(1)
    unstable = 0
    for _ in range(300):
        k, beta = generator.uniform(0.01, 1, 2)
        spring = 10 ** generator.uniform(-2, 1)
        alpha = 10 ** generator.uniform(-1, 1)
        damping, e = k / alpha, alpha * beta**2 * spring
        roots = np.roots(np.polyadd(np.poly([1 - k, 1 - beta, 1]), [e, 0, 0]))
        first = damping * (k + beta - k * beta) > (1 - k) * (1 - beta) * beta * spring
        second = e < 2 * (2 - k) * (2 - beta)
        assert (np.abs(roots).max() < 1) == (first and second)
        unstable += not (first and second)
    assert 50 < unstable < 250


def test_the_rest_point_lies_in_its_bracket() -> None:
    law, kappa, goal = Gaussian(0.5), 1.0, 0.5

    def phi(v: float) -> float:
        return goal / (1 + kappa * float(law.mean_abs_at(goal - v)))

    root = optimize.brentq(lambda v: phi(v) - v, 0, goal)
    ridge = goal / (1 + kappa * law.mean_abs)
    assert phi(0) < phi(phi(0)) < root < phi(ridge) < ridge
