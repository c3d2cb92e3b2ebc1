"""TTv2, c-TTv2 and AGAD against loops in plain Python, on both backends, and their exact gains."""

from __future__ import annotations

import math

import numpy as np
import pytest

from analogtheory.algorithms.chopped import Buffer, agad, chopped_ttv2, ttv2
from analogtheory.errors import InputError
from analogtheory.noise import Gaussian, NoNoise
from analogtheory.objectives import ScalarQuadratic
from analogtheory.proofs.constant_gradient_runs import ConstantGradient
from analogtheory.responses.response import Response
from analogtheory.simulation import simulate

SLOW = Response("1 - w", "1 + w", -1, 1)
FAST = Response("1 - (w - 0.3)/0.8", "1 + (w - 0.3)/0.8", -0.5, 1.1)
OBJECTIVE = ScalarQuadratic(1.0, 0.4)
BUFFERS = [
    Buffer(transfer_lr=0.7, granularity=0.05),
    Buffer(transfer_lr=3.0, granularity=0.05, every=3, forget=False, most_pulses=2),
    Buffer(transfer_lr=0.9, granularity=0.05, every=2, momentum=0.3),
]


def pulsed(weight: float, change: float, center: float, width: float) -> float:
    tilt = (weight - center) / width
    new = weight + change - abs(change) * tilt
    return min(max(new, center - width), center + width)


def by_hand(kind: str, buffer: Buffer, steps: int, *, level: float, period: int, weight: float):
    """One trajectory without noise from A = 0.1, W = H = 0."""
    a, w, h, mean, latched = 0.1, 0.0, 0.0, 0.0, 0.0
    reads, sign = 0, 1
    for step in range(steps):
        a = pulsed(a, -0.1 * sign * (w - 0.4), 0.3, 0.8)
        if (step + 1) % buffer.every:
            continue
        if kind == "agad" and reads % period == 0:
            latched = mean
        h += buffer.transfer_lr * sign * (a - (latched if kind == "agad" else level))
        count = math.copysign(min(math.floor(abs(h)), buffer.most_pulses), h)
        if count:
            h = buffer.momentum * h if buffer.forget else h - (1 - buffer.momentum) * count
            if kind != "agad" or reads > period:  # from read N + 2 on
                w = pulsed(w, buffer.granularity * count, 0.0, 1.0)
        mean = (1 - weight) * mean + weight * a
        reads += 1
        if kind != "ttv2" and reads % period == 0:
            sign = -sign
    return a, w, h


@pytest.mark.parametrize("buffer", BUFFERS)
@pytest.mark.parametrize("kind", ["ttv2", "regular", "agad"])
def test_runs_are_the_loops(kind: str, buffer: Buffer) -> None:
    common = (SLOW, OBJECTIVE, NoNoise())
    if kind == "ttv2":
        dynamics = ttv2(*common, lr=0.1, buffer=buffer, reference_level=0.25, fast_response=FAST)
    elif kind == "regular":
        dynamics = chopped_ttv2(
            *common, period=4, lr=0.1, buffer=buffer, reference_level=0.25, fast_response=FAST
        )
    else:
        dynamics = agad(
            *common, period=4, tail_weight=0.4, lr=0.1, buffer=buffer, fast_response=FAST
        )
    result = simulate(dynamics, trajectories=1, steps=120, start={"A": 0.1}, backend="numpy")
    expected = by_hand(kind, buffer, 120, level=0.25, period=4, weight=0.4)
    found = [float(result.final[name][0]) for name in ("A", "W", "H")]
    assert found == pytest.approx(expected, abs=1e-12)
    assert found[1] != 0.0  # the threshold was reached


@pytest.mark.parametrize("period", [1, 2, 10])
def test_agad_writes_first_at_read_n_plus_2(period: int) -> None:
    """Each read fires; W stays for N + 1 reads, of two updates each, and moves with the next."""
    dynamics = agad(
        SLOW,
        ConstantGradient(-1),
        NoNoise(),
        period=period,
        tail_weight=0.01,
        buffer=Buffer(transfer_lr=1e3, every=2),
        fast_response=SLOW,
    )
    result = simulate(
        dynamics, trajectories=1, steps=2 * (period + 3), start={"A": 0.9},
        record="trajectory", backend="numpy",
    )  # fmt: skip
    weights = result.trajectory["W"][:, 0]
    moved = np.flatnonzero(weights != weights[0])
    assert moved[0] == 2 * (period + 2)


def test_numba_has_the_bits_of_numpy() -> None:
    """Every construct at once: integer states, branches, floor, a random and a regular chopper."""
    common = (SLOW, OBJECTIVE, Gaussian(0.3))
    for dynamics in (
        chopped_ttv2(
            *common, flip_probability=0.2, buffer=BUFFERS[1], fast_response=FAST,
            read_noise=Gaussian(0.05),
        ),
        agad(*common, period=5, buffer=BUFFERS[2], fast_response=FAST),
    ):  # fmt: skip
        options = {"trajectories": 70, "steps": 150, "seed": 7, "fidelity": "pulsed"}
        one, other = (
            simulate(dynamics, **options, dw_min=0.01, backend=backend)
            for backend in ("numpy", "numba")
        )
        for name, values in one.final.items():
            assert values.tobytes() == other.final[name].tobytes(), name


def test_random_chopper_has_its_gain() -> None:
    """(1 − R)/(1 − R + 2pR), whatever the offset: 2000 runs, 5 standard errors."""
    rate, flips, offsets = 0.05, 0.1, np.repeat([0.0, 0.8], 1000)
    dynamics = chopped_ttv2(
        Response(1, 1, -1, 1),
        ConstantGradient(-1),
        NoNoise(),
        flip_probability=flips,
        lr=rate,
        buffer=Buffer(transfer_lr=1e-4, every=2),
        fast_response=SLOW,
    )
    result = simulate(
        dynamics,
        trajectories=2000,
        steps=1200,
        parameters={"reference": -offsets},
        record="trajectory",
        every=400,
        seed=3,
        backend="numpy",
    )
    sums = result.trajectory["H"]
    gains = ((sums[-1] - sums[1]) / (1e-4 * 400)).reshape(2, -1)
    decay = (1 - rate) ** 2
    expected = (1 - decay) / (1 - decay + 2 * flips * decay)
    for found in gains:
        error = found.std(ddof=1) / math.sqrt(found.size)
        assert abs(found.mean() - expected) < 5 * error < 0.2 * expected


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Buffer(transfer_lr=0.0), "transfer_lr"),
        (lambda: Buffer(granularity=-1.0), "granularity"),
        (lambda: Buffer(every=0), "every"),
        (lambda: Buffer(most_pulses=0), "most_pulses"),
        (lambda: Buffer(momentum=1.5), "momentum"),
        (lambda: chopped_ttv2(SLOW, OBJECTIVE, NoNoise(), period=0), "period"),
        (lambda: chopped_ttv2(SLOW, OBJECTIVE, NoNoise(), flip_probability=1.0), "flip"),
        (lambda: agad(SLOW, OBJECTIVE, NoNoise(), tail_weight=0.0), "tail_weight"),
        (lambda: agad(SLOW, OBJECTIVE, NoNoise(), period=0), "period"),
    ],
)
def test_what_is_out_of_range_is_refused(make, message: str) -> None:
    with pytest.raises(InputError, match=message):
        make()


def test_fixed_points_of_a_threshold_are_refused() -> None:
    with pytest.raises(InputError, match="its mean field jumps"):
        ttv2(SLOW, OBJECTIVE, NoNoise()).fixed_points()
