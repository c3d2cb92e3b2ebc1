"""Checks that the algorithms share."""

from __future__ import annotations

import math

from analogtheory.errors import InputError


def learning_rate(name: str, value: float) -> float:
    """A positive, finite step size.

    Raises
    ------
    InputError
        Otherwise.
    """
    if not (math.isfinite(value) and value > 0):
        raise InputError(f"{name}: must be a positive number, got {value:g}")
    return float(value)


def transfer_rate(value: float | None, step: float) -> float:
    """The transfer rate β; α/10 unless given.

    Raises
    ------
    InputError
        If it is not a positive number.
    """
    return learning_rate("transfer_lr", step / 10 if value is None else value)


def mixing(value: float) -> float:
    """A mixing coefficient γ ≥ 0.

    Raises
    ------
    InputError
        Otherwise.
    """
    if not (math.isfinite(value) and value >= 0):
        raise InputError(f"gamma: must be a number ≥ 0, got {value:g}")
    return float(value)
