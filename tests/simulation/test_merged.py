"""All pulses of an update at once: the sums, the condition, the law."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from analogtheory.algorithms import analog_sgd
from analogtheory.kernels.numpy_printer import numpy_function
from analogtheory.noise import Gaussian, NoNoise
from analogtheory.objectives import ScalarQuadratic
from analogtheory.responses import WEIGHT, Response, get
from analogtheory.simulation import Fidelity, simulate
from analogtheory.simulation.device import Device
from analogtheory.simulation.execution import Draws, Update, update
from analogtheory.simulation.merged import LONGEST, can_merge, direction, longest, merged_update

Array = NDArray[Any]

#: The largest normal number of the sampler in double precision.
LARGEST = math.sqrt(106 * math.log(2))

#: (c, m) of q = c + mw, which is positive on [−1, 1] but for the last: it changes sign.
LINES = [(1.0, 0.0), (1.0, -1.0), (1.3, 0.4), (0.6, -0.5), (0.2, 0.9)]


def line(c: float, m: float) -> Response:
    """q₊ = c + mw and q₋ = c − mw on [−1, 1]."""
    return Response(f"{c} + {m}*w", f"{c} - {m}*w", -1, 1)


def fired(response: Response, w: Array, counts: Any, fidelity: Fidelity, noise: float) -> Update:
    """Pulses upwards with one and the same normal number."""
    change = (np.broadcast_to(counts, w.shape) - 0.5) * fidelity.pulse
    same = np.full(w.shape, noise)
    draws = Draws(lambda: same, lambda pulse, where: same, lambda: same)
    return update(w, change, Device.of(response), fidelity, draws)


# ---------------------------------------------------------------------- what is merged


@pytest.mark.parametrize(
    ("response", "options", "expected"),
    [
        (line(1.0, -1.0), {}, True),
        (line(1.0, 0.0), {"cycle_noise": 0.3}, True),
        (Response("(1 - w)*(2 + 0*w)", "(1 + w)**2 - w**2", -1, 1), {}, True),
        (line(1.0, -1.0), {"cycle_noise": 0.3, "multiplicative_noise": True}, False),
        (line(1.0, -1.0), {"multiplicative_noise": True}, False),
        (line(1.0, -1.0), {"one_by_one": True}, False),
        (Response("1 - w", "1 + w**2", -1, 1), {}, False),
        (Response("abs(w) + 1", "1", -1, 1), {}, False),
        (get("exponential"), {}, False),
    ],
)  # fmt: skip
def test_what_can_be_merged(response: Response, options: Any, expected: bool) -> None:
    assert can_merge(response, Fidelity("pulsed", 0.01, **options)) is expected


def test_averages_have_no_pulses_to_merge() -> None:
    assert not can_merge(line(1.0, 0.0), Fidelity("averaged"))


def settled(device: Response, **options: Any) -> Array:
    """Weights after five steps towards w* = 0.3."""
    dynamics = analog_sgd(device, ScalarQuadratic(1, 0.3), NoNoise(), lr=0.5)
    fidelity = {
        name: options.pop(name) for name in ("one_by_one", "cycle_noise") if name in options
    }
    fidelity = Fidelity("ceiling", 0.01, multiplicative_noise="cycle_noise" in fidelity, **fidelity)
    result = simulate(dynamics, fidelity=fidelity, steps=5, backend="numpy", **options)
    return result.final["W"]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(
    ("slope", "a", "b"),
    [
        ("exp(a - b)", np.array([800.0, 0.5]), np.array([801.0, 0.6])),  # exp(a)·exp(−b)
        ("(a - b)**4", np.array([1e5 + 0.5, 2.0]), np.array([1e5, 1.5])),  # a⁴ − 4a³b + …
    ],
)
def test_a_slope_is_evaluated_as_it_is_written(slope: str, a: Array, b: Array, dtype: str) -> None:
    """Multiplied out it would be no number, or one far from the slope."""
    texts = f"1 - w*{slope}", f"1 + w*{slope}"
    device = Response(*texts, -1, 1, parameters={"a": a, "b": b})
    assert can_merge(device, Fidelity("ceiling", 0.01))
    ways = [settled(device, trajectories=2, dtype=dtype, one_by_one=one) for one in (True, False)]
    assert ways[0] == pytest.approx(ways[1], abs={"float64": 1e-14, "float32": 3e-6}[dtype])


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_noise_of_some_trajectories_does_not_change_others(dtype: str) -> None:
    """Noise that scales with q: whether pulses are merged may not hang on who is in the call."""
    noise = np.array([0.0, 0.0, 0.5, 0.5])
    both = settled(line(1.0, -1.0), trajectories=4, dtype=dtype, cycle_noise=noise)
    alone = settled(line(1.0, -1.0), trajectories=2, dtype=dtype, cycle_noise=noise[:2])
    assert both[:2].tobytes() == alone.tobytes()


# ---------------------------------------------------------------------- the sums


def exact_sums(growth: float, count: int) -> tuple[Fraction, Fraction]:
    """Σaᵏ and Σa²ᵏ over k < count, a = 1 + growth, with whole numbers only."""
    a = 1 + Fraction(growth)
    powers = [a**k for k in range(count)]
    return sum(powers, Fraction(0)), sum((p * p for p in powers), Fraction(0))


@pytest.mark.parametrize("precision", [32, 64])
@pytest.mark.parametrize("growth", [0.0, 1e-9, -1e-4, 0.0078125, -0.25, 1.0, -1.0])
def test_the_sums_against_exact_arithmetic(growth: float, precision: int) -> None:
    """At w = 0, q = 1, Δw_min = σ_c = 1: the weight is S without noise, S + √V at ξ = 1."""
    real: Any = {32: np.float32, 64: np.float64}[precision]
    counts = [n for n in (0, 1, 2, 3, 7, 16, 31, 100) if abs(growth) < 0.1 or n < 32]
    given = [real(x) for x in (growth, 1.0 / (2.0 + growth), 1.0, 1.0)]
    far = real(1e30)
    function = numpy_function(merged_update(precision, 127, is_noisy=True))
    n = np.array(counts, dtype=real)
    zeros, noise = np.zeros(n.size, dtype=real), np.ones(n.size, dtype=real)
    sums = [
        function(zeros, n >= 0, n, noise, *given, -far, far, real(1.0), real(z))[0].astype(float)
        for z in (0.0, 1.0)
    ]
    rounding = float(np.finfo(real).eps)
    for k, count in enumerate(counts):
        total, squares = exact_sums(float(given[0]), count)
        slack = 4.0 * max(count, 1) * rounding
        assert sums[0][k] == pytest.approx(float(total), rel=slack)
        both = float(total) + math.sqrt(squares)
        assert sums[1][k] == pytest.approx(both, rel=slack)


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(("c", "m"), LINES)
def test_without_noise_it_is_pulse_by_pulse(c: float, m: float, sign: int) -> None:
    """Every count up to a train's 31, on the whole range, the ends included."""
    w, counts = np.meshgrid(np.linspace(-1, 1, 21), np.arange(32))
    change = sign * (counts - 0.5) * 0.013
    draws = Draws(*[lambda *_: np.zeros(0)] * 3)
    device = Device.of(line(c, m))
    ways = [
        update(w, change, device, Fidelity("ceiling", 0.013, one_by_one=one), draws)
        for one in (True, False)
    ]
    assert 0.0 < np.abs(ways[0].weights - ways[1].weights).max() < 2e-15 * 31  # not the same way
    for what in ("clipped", "pulses", "truncated"):
        assert (getattr(ways[0], what) == getattr(ways[1], what)).all()


def test_more_pulses_than_are_merged_go_one_by_one() -> None:
    """The ideal device, which keeps its symbols: every pulse is 2⁻²⁰."""
    counts = np.array([LONGEST - 1, LONGEST, LONGEST + 1, 3 * LONGEST])
    fidelity = Fidelity("ceiling", 2.0**-20)
    done = fired(line(1.0, 0.0), np.zeros(4), counts, fidelity, 0.0)
    assert done.weights.tolist() == (counts * 2.0**-20).tolist()
    assert longest(fidelity) == LONGEST
    assert longest(Fidelity("pulsed", 1.0, train_length=1000)) == 1000


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_no_pulse_is_no_pulse_however_large_it_would_be(dtype: str) -> None:
    """Δw_min = 2 on q± = 1 ∓ w: a = −1, and 1/(1 + a) is no number; w* = 0 wants nothing."""
    dynamics = analog_sgd(line(1.0, -1.0), ScalarQuadratic(1, 0.0), NoNoise(), lr=0.1)
    result = simulate(
        dynamics, trajectories=2, steps=3, fidelity=Fidelity("rounded", 2.0, 0.3), dtype=dtype
    )
    assert result.final["W"].tolist() == [0.0, 0.0]
    assert result.pulses == {"W": 0.0}


# ---------------------------------------------------------------------- no pulse is clipped


@pytest.mark.parametrize("sigma", [0.0, 0.3, 2.0])
@pytest.mark.parametrize(("c", "m"), LINES)
def test_no_pulse_can_be_clipped_where_they_are_merged(c: float, m: float, sigma: float) -> None:
    """The worst that the sampler has: its largest normal number at every pulse, up or down.

    Where they are merged no pulse is clipped; where one is clipped they are not merged.
    """
    fidelity = Fidelity("ceiling", 0.004, sigma, one_by_one=True)
    w, counts = np.meshgrid(np.linspace(-1, 1, 81), np.arange(1, 32))
    is_merged = merged_lanes(line(c, m), w, counts, fidelity)
    clipped = np.zeros(w.shape, dtype=bool)
    for noise in (LARGEST, -LARGEST):
        clipped |= fired(line(c, m), w, counts, fidelity, noise).clipped
    assert is_merged.any()
    assert clipped.any() or (m == -c and sigma == 0.0)  # where q ends at 0, as w does
    assert not (is_merged & clipped).any()


def merged_lanes(response: Response, w: Array, counts: Array, fidelity: Fidelity) -> Array:
    """Where pulses upwards are merged, by the statements of the kernels."""
    noise = (fidelity.noise,)
    q, (rise, _) = response.q_up, Device.of(response).slopes
    common = numpy_function(direction(64, is_noisy=True))
    together = numpy_function(merged_update(64, 127, is_noisy=True))
    low, high = response.range
    values = common(rise(w), q(low), q(high), fidelity.pulse, *noise)
    up = np.ones(w.shape, dtype=bool)
    given = (w, up, counts.astype(float), q(w), *values, fidelity.pulse, low, high, *noise)
    return np.array(together(*given, np.zeros(w.shape))[1])


# ---------------------------------------------------------------------- the law


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("one_by_one", [True, False])
def test_the_law_of_seven_pulses(one_by_one: bool, dtype: str) -> None:
    """Seven pulses from w = 0 on q = 1 − w: normal, with mean and spread in closed form.

    The Kolmogorov distance of 100 000 numbers is above 0.0086 with probability 1e-6. It would
    be 0.035 if the spread were that of noise which later pulses do not shrink (a = 1 in V).
    """
    dw, sigma, n = 0.05, 0.05, 7
    a = 1 - dw
    mean, spread = 1 - a**n, dw * sigma * math.sqrt(sum(a ** (2 * k) for k in range(n)))
    done = pulses_from(n * dw, Fidelity("rounded", dw, sigma, one_by_one=one_by_one), dtype)
    assert done.pulses == {"W": n}
    z = (done.final["W"].astype(float) - mean) / spread
    assert stats.kstest(z, "norm").statistic < 0.0086
    unshrunk = spread / (dw * sigma * math.sqrt(n))
    assert stats.kstest(z * unshrunk, "norm").statistic > 0.025


def pulses_from(change: float, fidelity: Fidelity, dtype: str) -> Any:
    """One update of Analog SGD from 0 whose wanted change is known: α(w* − w) with α = 1."""
    device = Response(1 - WEIGHT, 1 + WEIGHT, -1, 1)
    dynamics = analog_sgd(device, ScalarQuadratic(1, change), Gaussian(1e-12), lr=1.0)
    return simulate(
        dynamics, trajectories=100_000, steps=1, fidelity=fidelity, dtype=dtype, backend="numpy"
    )


def test_trajectories_that_meet_an_end() -> None:
    """Merged or not, 30 000 weights after 30 updates have one law, also next to an end.

    The Kolmogorov distance of two samples is above 0.0215 with probability 1e-6.
    """
    device = Response(1 - WEIGHT / 2, 1 + WEIGHT / 2, -0.5, 0.5)
    dynamics = analog_sgd(device, ScalarQuadratic(1, 0.45), Gaussian(0.5), lr=0.1)
    samples = []
    for one_by_one, seed in ((True, 1), (False, 2)):
        fidelity = Fidelity("pulsed", 0.01, 0.7, one_by_one=one_by_one)
        result = simulate(
            dynamics, trajectories=30_000, steps=30, fidelity=fidelity, seed=seed, backend="numpy"
        )
        assert result.clipped["W"] > 0.02
        samples.append(result.final["W"])
    assert stats.ks_2samp(*samples).statistic < 0.0215
