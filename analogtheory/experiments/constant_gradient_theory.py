"""Gains of TTv2, choppers and AGAD under a constant gradient, as numbers.

R = (1 − κα|g|)^{n_s} is the decay between reads, E = R^N over a phase of N reads, and
2h = −N·ln R; g = −1, so s = sign g = −1.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from analogtheory.experiments.core import Array


def lr_of(given: dict[str, Any], h: Any) -> Array:
    """α with R^N = e^{−2h}."""
    updates = given["reads"] * given["every"]
    return np.asarray(-np.expm1(-2 * np.asarray(h) / updates) / given["kappa"])


def half_phase(given: dict[str, Any], lr: float) -> float:
    """h of a learning rate."""
    updates = given["reads"] * given["every"]
    return float(-updates * np.log1p(-given["kappa"] * lr) / 2)


def gain(name: str, given: dict[str, Any], h: Any, offset: float) -> Array:
    """The exact normalised gain of the claims, at an offset o."""
    h = np.asarray(h, dtype=float)
    reads = given["reads"]
    between, phase = np.exp(-2 * h / reads), np.exp(-2 * h)
    if name == "ttv2":  # constant-gradient-gain-ttv2, s = −1
        return np.asarray(1 + given["kappa"] * offset + 0 * h)
    if name == "random":  # constant-gradient-gain-random-chopper, p = 1/N
        return np.asarray((1 - between) / (1 - between + 2 / reads * between))
    start = (1 - phase) / (1 + phase)
    chopped = 1 - 2 / reads * start * between / (1 - between)
    if name == "regular":  # constant-gradient-gain-regular-chopper
        return np.asarray(chopped)
    kept = 1 - given["tail_weight"]
    forgotten = kept**reads
    drift = (1 - kept) * (1 + start) * between * (phase - forgotten) / (between - kept)
    return np.asarray(chopped + (1 - forgotten - drift) / (1 + forgotten))  # agad-gain


def limit(name: str, given: dict[str, Any], h: Any) -> Array:
    """The limit of many small updates a phase, N → ∞ at the same h and N·(tail weight)."""
    h = np.asarray(h, dtype=float)
    if name == "ttv2":
        return np.ones_like(h)
    if name == "random":  # random-chopper-gain-is-larger
        return np.asarray(h / (1 + h))
    chopped = 1 - np.tanh(h) / h  # chopper-gain-distance-to-limit
    if name == "regular":
        return np.asarray(chopped)
    tau = given["reads"] * given["tail_weight"]
    phase, tail = np.exp(-2 * h), np.exp(-tau)
    drift = (1 + np.tanh(h)) * tau * (phase - tail) / (tau - 2 * h)
    return np.asarray(chopped + (1 - tail - drift) / (1 + tail))  # agad-gain-limit


def rates(name: str, given: dict[str, Any]) -> Array:
    """Mean change of W an update for the offsets of the traces: δ_W·λ·(gain/κ)/n_s."""
    trace = given["trace"]
    h = half_phase(given, trace["lr"])
    each = trace["granularity"] * trace["transfer_lr"] / given["kappa"] / given["every"]
    return np.array([each * float(gain(name, given, h, offset)) for offset in trace["offsets"]])
