"""Algorithms that are others in a limit, bit for bit on noisy devices."""

from __future__ import annotations

import numpy as np

from analogtheory.training import (
    Buffer,
    ChoppedTTv2,
    Chopper,
    Devices,
    FastRate,
    Grid,
    StochasticHamiltonianDescent,
    TikiTaka,
    Transfer,
    TTv2,
)
from analogtheory.training.algorithms import Algorithm

SHAPE = (2, 3, 4)
DEVICE = Devices("soft-bounds", dw_min=0.05, cycle_noise=0.3, device_variation={"dw_min": 0.2})


def grid() -> Grid:
    return Grid(SHAPE, seed=4, backend="numpy")


def assert_same_run(one: Algorithm, other: Algorithm, vectors: int = 60) -> None:
    generator = np.random.default_rng(0)
    for _ in range(vectors):
        x, d = generator.normal(size=(1, 4)), generator.normal(size=(1, 3))
        one.step(x, d)
        other.step(x, d)
        assert one.effective_weights.tobytes() == other.effective_weights.tobytes()
    assert np.any(one.effective_weights != 0)


def test_chopped_ttv2_without_flips_is_ttv2() -> None:
    settings = {
        "rate": FastRate(0.1),
        "transfer": Transfer(every=2, read_noise=0.05),
        "buffer": Buffer(0.5),
    }
    plain = TTv2(grid(), DEVICE, DEVICE, **settings)  # type: ignore[arg-type]
    still = ChoppedTTv2(grid(), DEVICE, DEVICE, chopper=Chopper(0.0), **settings)  # type: ignore[arg-type]
    assert_same_run(plain, still)


def test_flips_make_a_difference() -> None:
    plain = TTv2(grid(), DEVICE, DEVICE, rate=FastRate(0.1), buffer=Buffer(0.5))
    chopped = ChoppedTTv2(
        grid(), DEVICE, DEVICE, chopper=Chopper(0.5), rate=FastRate(0.1), buffer=Buffer(0.5)
    )
    generator = np.random.default_rng(0)
    for _ in range(60):
        x, d = generator.normal(size=(1, 4)), generator.normal(size=(1, 3))
        plain.step(x, d)
        chopped.step(x, d)
    assert np.any(plain.effective_weights != chopped.effective_weights)


def test_stochastic_hamiltonian_descent_is_tiki_taka_with_one_column_a_vector() -> None:
    hamiltonian = StochasticHamiltonianDescent(
        grid(), DEVICE, DEVICE, transfer_lr=0.5, rate=FastRate(0.1), read_noise=0.02
    )
    tiki_taka = TikiTaka(
        grid(), DEVICE, DEVICE, transfer_lr=0.5, rate=FastRate(0.1), gamma=0.0,
        transfer=Transfer(every=1, reads=1, read_noise=0.02),
    )  # fmt: skip
    assert_same_run(hamiltonian, tiki_taka)
