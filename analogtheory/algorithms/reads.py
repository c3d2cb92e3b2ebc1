"""Noise of the read that a transfer starts from."""

from __future__ import annotations

import sympy

from analogtheory.algorithms.symbols import epsilon_read
from analogtheory.dynamics import Draw
from analogtheory.noise import NoiseLaw, NoNoise


def noise_of_read(law: NoiseLaw | None) -> tuple[sympy.Expr, tuple[Draw, ...]]:
    """What is added to the value read, and its draw; 0 and none for a law without noise."""
    if law is None or isinstance(law, NoNoise):
        return sympy.S.Zero, ()
    return epsilon_read, (Draw(epsilon_read, law),)
