"""Comparing two simulations bit by bit."""

from __future__ import annotations

import numpy as np

from analogtheory.simulation import SimulationResult


def assert_same_bits(one: SimulationResult, other: SimulationResult) -> None:
    """Every number that a simulation returns, but for the time it took."""
    for what in ("final", "averages", "trajectory"):
        first, second = getattr(one, what), getattr(other, what)
        assert list(first) == list(second)
        for name in first:
            assert first[name].shape == second[name].shape, (what, name)
            assert first[name].tobytes() == second[name].tobytes(), (what, name)
    assert one.recorded_steps.tolist() == other.recorded_steps.tolist()
    assert one.recorded_steps.dtype == other.recorded_steps.dtype
    for what in ("clipped", "pulses", "truncated"):
        assert getattr(one, what) == getattr(other, what)


def assert_joined(pieces: list[SimulationResult], whole: SimulationResult) -> None:
    """The pieces, one after the other, are the whole."""
    for what, axis in (("final", 0), ("averages", 0), ("trajectory", 1)):
        for name, values in getattr(whole, what).items():
            joined = np.concatenate([getattr(piece, what)[name] for piece in pieces], axis=axis)
            assert joined.tobytes() == values.tobytes(), (what, name)
