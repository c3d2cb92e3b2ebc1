"""1×1 problems: the law of each algorithm on tiles is that of its scalar Dynamics.

Means and variances over N runs of both, after T steps. Each comparison fails by chance with
probability < 4e-9 (|z| > 5.9, normal at these N); below 100 comparisons: < 4e-7 in all.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from analogtheory.algorithms import (
    agad,
    analog_sgd,
    buffered_residual_learning,
    chopped_ttv2,
    residual_learning,
    stochastic_hamiltonian_descent,
    tiki_taka,
    ttv2,
)
from analogtheory.algorithms.chopped import Buffer as ScalarBuffer
from analogtheory.dynamics import Dynamics
from analogtheory.noise import Gaussian, NoNoise, Rademacher
from analogtheory.objectives import ScalarQuadratic
from analogtheory.responses.response import Response
from analogtheory.simulation import simulate
from analogtheory.training import (
    AGAD,
    Algorithm,
    Buffer,
    BufferedResidualLearning,
    ChoppedTTv2,
    Chopper,
    Descent,
    Devices,
    FastRate,
    Grid,
    InMemorySGD,
    Pulses,
    ResidualLearning,
    StochasticHamiltonianDescent,
    TikiTaka,
    Trainer,
    Transfer,
    TTv2,
)

Array = NDArray[Any]

RUNS, STEPS, DW, LR = 3000, 240, 0.05, 0.05
SLOW = Response("1 - w", "1 + w", -1, 1)
FAST = Response("1 - (w - 0.1)/0.8", "1 + (w - 0.1)/0.8", -0.7, 0.9)
OBJECTIVE = ScalarQuadratic(1.0, 0.4)
LEVEL = 0.05
READ = 0.1


def devices(response: Response, noise: float, offset: float = 0.0) -> Devices:
    return Devices(response, dw_min=DW, cycle_noise=noise, zero_shift="none", offset=offset)


#: Below one pulse an update fires with probability |Δ|/Δw_min, in both.
PULSES = Pulses(31)


def pair(kind: str, law: Any, runs: int, exact: bool = False) -> tuple[Algorithm, Dynamics]:
    """The algorithm on tiles and its Dynamics, with read noise but for `exact`."""
    grid = Grid((runs, 1, 1), seed=11, dtype="float64", backend="numpy" if exact else "auto")
    pulses = Pulses(train="expected") if exact else PULSES
    noise = 0.0 if exact else READ
    read: Any = None if exact else Gaussian(READ)
    cycle = 0.0 if exact else 0.3
    arrays = devices(FAST, cycle, offset=-LEVEL), devices(SLOW, cycle)
    rate = FastRate(LR, pulses=pulses)
    common: dict[str, Any] = {"lr": LR, "fast_response": FAST}
    scalar = SLOW, OBJECTIVE, law
    if kind == "sgd":
        return InMemorySGD(grid, devices(SLOW, cycle), lr=LR, pulses=pulses), analog_sgd(
            *scalar, lr=LR
        )
    if kind == "shd":
        algorithm: Algorithm = StochasticHamiltonianDescent(
            grid, *arrays, transfer_lr=0.02, rate=rate, pulses=pulses
        )
        return algorithm, stochastic_hamiltonian_descent(
            *scalar, **common, transfer_lr=0.02, reference=LEVEL
        )
    if kind.startswith("ttv1"):
        gamma = 0.3 if kind.endswith("gamma") else 0.0
        algorithm = TikiTaka(
            grid, *arrays, transfer_lr=0.02, rate=rate, pulses=pulses, gamma=gamma,
            transfer=Transfer(read_noise=noise),
        )  # fmt: skip
        return algorithm, tiki_taka(
            *scalar, **common, transfer_lr=0.02, reference=LEVEL, gamma=gamma, read_noise=read
        )
    if kind.startswith("residual"):
        two = kind.endswith("v2")
        tile = BufferedResidualLearning if two else ResidualLearning
        symbolic = buffered_residual_learning if two else residual_learning
        algorithm = tile(
            grid, devices(FAST, cycle), arrays[1], transfer_lr=0.1, gamma=0.4, rate=rate,
            pulses=pulses, read_noise=noise,
        )  # fmt: skip
        return algorithm, symbolic(
            *scalar, lr=LR, transfer_lr=0.1, gamma=0.4, residual_response=FAST, read_noise=read
        )
    scalar_buffer = ScalarBuffer(transfer_lr=1.2, granularity=DW, every=2, momentum=0.2)
    buffered: dict[str, Any] = {
        "rate": rate, "transfer": Transfer(every=2, read_noise=noise),
        "buffer": Buffer(1.2, granularity=1 / DW, momentum=0.2),
    }  # fmt: skip
    common |= {"buffer": scalar_buffer, "read_noise": read}
    if kind == "agad":
        chopper = Chopper(0.2, regular=True)
        arrays = devices(FAST, cycle), arrays[1]  # its Dynamics reads A itself
        return AGAD(grid, *arrays, chopper=chopper, tail=2.0, **buffered), agad(
            *scalar, period=5, tail_weight=0.4, **common
        )
    common["reference_level"] = LEVEL
    if kind == "ttv2":
        return TTv2(grid, *arrays, **buffered), ttv2(*scalar, **common)
    if kind == "random":
        return ChoppedTTv2(grid, *arrays, chopper=Chopper(0.2), **buffered), chopped_ttv2(
            *scalar, flip_probability=0.2, **common
        )
    chopper = Chopper(0.2, regular=True)
    return ChoppedTTv2(grid, *arrays, chopper=chopper, **buffered), chopped_ttv2(
        *scalar, period=5, **common
    )


KINDS = (
    "sgd", "shd", "ttv1", "ttv1 gamma", "residual", "residual v2", "ttv2", "random", "regular",
    "agad",
)  # fmt: skip

#: States of the Dynamics, and which arrays they are.
NAMES = {"A": "fast", "P": "fast", "C": "slow", "W": "slow"}


def found(algorithm: Algorithm, state: str) -> Array:
    if state == "H":
        return np.asarray(algorithm.state()["digital/buffer"]).reshape(-1)
    tiles = algorithm.tiles()
    tile = tiles["weights"] if "weights" in tiles else tiles[NAMES[state]]
    return np.asarray(tile.conductances).reshape(-1)


def compared(one: Array, other: Array) -> list[float]:
    """|z| of the means and of the variances."""
    scores = []
    for a, b in ((one, other), ((one - one.mean()) ** 2, (other - other.mean()) ** 2)):
        error = np.sqrt(a.var() / a.size + b.var() / b.size)
        scores.append(float(abs(a.mean() - b.mean()) / error) if error > 0 else 0.0)
    return scores


@pytest.mark.parametrize("kind", KINDS)
def test_the_law_is_that_of_the_dynamics(kind: str) -> None:
    algorithm, dynamics = pair(kind, Rademacher(0.5), RUNS)
    task = Descent((RUNS, 1, 1), OBJECTIVE, noise=0.5, law="rademacher", seed=3)
    Trainer(algorithm, task).run(STEPS, progress=False)
    states = [str(s) for s in dynamics.states if str(s) in {*NAMES, "H"}]
    result = simulate(
        dynamics, trajectories=4 * RUNS, steps=STEPS, fidelity="rounded", dw_min=DW,
        cycle_noise=0.3, seed=4,
    )  # fmt: skip
    for state in states:
        expected = np.asarray(result.final[state]).reshape(-1)
        assert max(compared(found(algorithm, state), expected)) < 5.9, state


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "random"])
def test_without_noise_the_path_is_that_of_the_dynamics(kind: str) -> None:
    """Updates without pulses; writes of whole pulses are pulses of the linear device."""
    algorithm, dynamics = pair(kind, NoNoise(), 1, exact=True)
    Trainer(algorithm, Descent((1, 1, 1), OBJECTIVE)).run(STEPS, progress=False)
    result = simulate(dynamics, trajectories=1, steps=STEPS, backend="numpy")
    for state in (str(s) for s in dynamics.states if str(s) in {*NAMES, "H"}):
        expected = float(np.asarray(result.final[state]).reshape(-1)[0])
        assert found(algorithm, state)[0] == pytest.approx(expected, abs=1e-11), state
