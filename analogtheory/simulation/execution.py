"""Wanted changes of weights executed on arrays, as :mod:`analogtheory.simulation.fidelity` says."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from analogtheory.kernels.numpy_printer import numpy_function
from analogtheory.simulation.device import Device
from analogtheory.simulation.fidelity import Fidelity, pulse_counts
from analogtheory.simulation.merged import can_merge, direction, longest, merged_update

Array = NDArray[np.float64]
Counts = NDArray[np.int64]
Flags = NDArray[np.bool_]


class Draws(NamedTuple):
    """The random numbers that an update may ask for."""

    #: One uniform number per weight, for the number of pulses.
    uniform: Callable[[], Array]
    #: ξ ~ N(0, 1) for pulse number j where a flag is set; elsewhere the value is not used.
    normal: Callable[[int, Flags], Array]
    #: ξ ~ N(0, 1), one per weight, for updates whose pulses are executed together.
    merged: Callable[[], Array]


class Update(NamedTuple):
    """What became of a wanted change, entry by entry."""

    weights: Array
    #: Whether the weight was cut at an end of the range.
    clipped: Flags
    #: Number of pulses fired (0 for averaged).
    pulses: Counts
    #: Whether the train was too short for the wanted change (x > BL).
    truncated: Flags


def update(
    weights: Array, change: Array, device: Device, fidelity: Fidelity, draws: Draws
) -> Update:
    """Execute the wanted change Δ = `change` on all weights, see the top of that module.

    Parameters
    ----------
    weights, change : arrays of one shape
        In weight units; the weights finite and within the range.
    device : Device
        The parameters of its response, if arrays, broadcast to that shape.
    fidelity : Fidelity
    draws : Draws

    Raises
    ------
    InputError
        If a change needs more than a million pulses.
    FloatingPointError
        If a change or a new weight is not finite.
    """
    if not np.isfinite(change).all():
        raise FloatingPointError
    if fidelity.kind == "averaged":
        return _averaged(weights, change, device)
    counts, truncated = pulse_counts(np.abs(change) / fidelity.pulse, fidelity, draws.uniform)
    moved, left = weights, counts
    if can_merge(device.response, fidelity):
        moved, left = _merged(weights, change > 0, counts, device, fidelity, draws)
    clipped = np.zeros(weights.shape, dtype=np.bool_)
    for number in range(int(left.max(initial=0))):
        active = left > number
        noise = draws.normal(number, active) if fidelity.is_noisy else None
        target = _one_pulse(moved, change > 0, device, fidelity, noise)
        kept = device.cut(target, active)
        clipped |= active & (kept != target)
        moved = np.where(active, kept, moved)
    return Update(moved, clipped, counts, truncated)


def _averaged(weights: Array, change: Array, device: Device) -> Update:
    """2502.06309 eq. (5), clipped."""
    symmetric, asymmetric = device.F(weights), device.G(weights)
    target = weights + change * symmetric - np.abs(change) * asymmetric
    kept = device.cut(target)
    nothing = np.zeros(weights.shape, dtype=np.int64)
    return Update(kept, kept != target, nothing, nothing > 0)


def _merged(
    weights: Array, up: Flags, counts: Counts, device: Device, fidelity: Fidelity, draws: Draws
) -> tuple[Array, Counts]:
    """The weights after all pulses that can be executed together, and how many are left."""

    q, ends = (device.q_up, device.q_down), (device.low, device.high)
    noise = (fidelity.noise,) if fidelity.is_noisy else ()
    common, together = _merged_functions(longest(fidelity), fidelity.is_noisy)
    both = [
        common(sign * rise(weights), *(rule(end) for end in ends), fidelity.pulse, *noise)
        for sign, rise, rule in zip((1.0, -1.0), device.slopes, q, strict=True)
    ]
    values = (
        np.where(up, *pair) for pair in ((rule(weights) for rule in q), *zip(*both, strict=True))
    )
    draw = (draws.merged(),) if fidelity.is_noisy else ()
    moved, is_exact = together(
        weights, up, counts.astype(np.float64), *values, fidelity.pulse, *ends, *noise, *draw
    )
    return np.where(is_exact, moved, weights), np.where(is_exact, 0, counts)


@cache
def _merged_functions(longest: int, is_noisy: bool) -> tuple[Callable[..., Any], ...]:
    common, together = (
        direction(64, is_noisy=is_noisy),
        merged_update(64, longest, is_noisy=is_noisy),
    )
    return numpy_function(common), numpy_function(together)


def _one_pulse(
    weights: Array, up: Flags, device: Device, fidelity: Fidelity, noise: Array | None
) -> Array:
    """2502.06309 eq. (26), before clipping."""
    q = np.where(up, device.q_up(weights), device.q_down(weights))
    if noise is not None:
        relative = fidelity.noise * noise
        q = q * (1.0 + relative) if fidelity.multiplicative_noise else q + relative
    step = fidelity.pulse * q
    return np.asarray(np.where(up, weights + step, weights - step))
