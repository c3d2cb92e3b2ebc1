"""How many pulses a wanted change becomes: the law of the signed count, given the state.

With x = |Δ|/Δw_min (the names are those of :mod:`analogtheory.simulation.fidelity`):

=========  ============================================
`pulsed`   n ~ Binomial(BL, min(1, x/BL))
`rounded`  n = ⌊x⌋ + Bernoulli(x − ⌊x⌋)
`ceiling`  n = ⌈x⌉
=========  ============================================

Δ = a + bε is affine in the one draw. Averages over ε are sums for a discrete law; for a
continuous one, quadrature split at the kinks (pulsed), second differences of
E(y − t)₊ (rounded) or differences of the distribution function (ceiling), y = Δ/Δw_min.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from analogtheory.errors import InputError
from analogtheory.noise import NoiseLaw

Array = NDArray[np.float64]

KINDS = ("averaged", "ceiling", "rounded", "pulsed")
#: More counts than this would take too many products of matrices.
MOST_COUNTS = 20_000
#: A quotient this close above a whole number counts as that number, as in the simulation.
_ROUNDING = 1.0 - 2.0**-50


@dataclass(frozen=True)
class PulseModel:
    """How a wanted change is executed; the fields of a simulation's Fidelity.

    Raises
    ------
    InputError
        For an unknown kind, or numbers out of their range.
    """

    kind: str = "averaged"
    dw_min: float | None = None
    cycle_noise: float = 0.0
    train_length: int = 31
    multiplicative_noise: bool = False

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise InputError(f"fidelity {self.kind!r}: unknown; use one of {', '.join(KINDS)}")
        if self.kind != "averaged" and self.dw_min is None:
            raise InputError(f"fidelity {self.kind!r}: needs dw_min, the size of one pulse")
        if self.dw_min is not None and not (np.isfinite(self.dw_min) and self.dw_min > 0):
            raise InputError(f"dw_min: must be a positive number, got {self.dw_min}")
        if not (np.isfinite(self.cycle_noise) and self.cycle_noise >= 0):
            raise InputError(f"cycle_noise: must be a number ≥ 0, got {self.cycle_noise}")
        if self.kind == "averaged" and self.cycle_noise > 0:
            raise InputError("cycle_noise: fidelity 'averaged' has no pulses; use 'pulsed'")
        if self.train_length < 1:
            raise InputError(f"train_length: must be at least 1, got {self.train_length}")

    @property
    def pulse(self) -> float:
        """Δw_min."""
        assert self.dw_min is not None
        return self.dw_min


def count_law(
    model: PulseModel, law: NoiseLaw, offset: Array, slope: Array, nodes: int
) -> tuple[Array, Array]:
    """Probabilities of n = 0, 1, … up-pulses and of n down-pulses, given the state.

    Parameters
    ----------
    model : PulseModel
    law : NoiseLaw
        Of ε.
    offset, slope : arrays, shape (n_states,)
        a and b in Δ = a + bε.
    nodes : int
        Quadrature nodes per segment of a continuous law.

    Returns
    -------
    up, down : arrays, shape (n_states, counts)
        Column 0 holds 0 in both: no pulse is what remains to 1.
    """
    a, b = offset / model.pulse, slope / model.pulse
    low, high = law.support
    reach = max(float(np.max(np.abs(a + b * low))), float(np.max(np.abs(a + b * high))))
    most = model.train_length if model.kind == "pulsed" else int(np.ceil(reach)) + 1
    if most > MOST_COUNTS:
        raise InputError(
            f"dw_min = {model.pulse:g}: an update takes up to {most} pulses, more than "
            f"{MOST_COUNTS}; use the averaged law, which is the limit of small pulses"
        )
    if law.atoms is None and model.kind != "pulsed":
        exact = _rounded if model.kind == "rounded" else _ceiling
        return exact(law, a, b, most), exact(law, -a, -b, most)
    return _by_quadrature(model, law, (a, b), most, nodes)


def _by_quadrature(
    model: PulseModel, law: NoiseLaw, affine: tuple[Array, Array], most: int, nodes: int
) -> tuple[Array, Array]:
    a, b = affine
    ends = np.array([0.0, -model.train_length, model.train_length])
    with np.errstate(divide="ignore", invalid="ignore"):
        breaks = np.nan_to_num((ends - a[:, None]) / b[:, None], posinf=0.0, neginf=0.0)
    points, weights = law.quadrature(breaks, nodes)
    wanted = a[:, None] + b[:, None] * points
    up, down = np.zeros((a.size, most + 1)), np.zeros((a.size, most + 1))
    for q in range(wanted.shape[1]):  # one quadrature node at a time keeps arrays small
        given = weights[:, q, None] * _given(model, np.abs(wanted[:, q]), most)
        up += given * (wanted[:, q, None] > 0)
        down += given * (wanted[:, q, None] < 0)
    up[:, 0] = down[:, 0] = 0.0
    return up, down


def _given(model: PulseModel, x: Array, most: int) -> Array:
    """Probability of each count for wanted numbers x."""
    n = np.arange(most + 1.0)
    if model.kind == "pulsed":
        length = float(model.train_length)
        p = np.minimum(x / length, 1.0)[:, None]
        choose = special.gammaln(length + 1) - special.gammaln(n + 1)
        choose = choose - special.gammaln(length - n + 1)
        return np.asarray(np.exp(choose + special.xlogy(n, p) + special.xlog1py(length - n, -p)))
    if model.kind == "rounded":
        return np.asarray(np.maximum(1.0 - np.abs(x[:, None] - n), 0.0))
    return np.asarray((np.ceil(x * _ROUNDING)[:, None] == n).astype(np.float64))


def _rounded(law: NoiseLaw, a: Array, b: Array, most: int) -> Array:
    """E max(0, 1 − |y − n|) = E(y−n+1)₊ − 2E(y−n)₊ + E(y−n−1)₊, y = a + bε."""
    t = np.arange(most + 2.0)
    scale, shifted = np.abs(b)[:, None], a[:, None] - t
    size = np.maximum(scale, 1e-300)
    plus = scale * law.positive_part(shifted / size)
    if np.any(b < 0):  # E(u − ε)₊ = u + E(ε − u)₊ for a zero-mean law
        mirrored = shifted + scale * law.positive_part(-shifted / size)
        plus = np.where(b[:, None] < 0, mirrored, plus)
    second = plus[:, :-2] - 2.0 * plus[:, 1:-1] + plus[:, 2:]
    return np.concatenate([np.zeros((a.size, 1)), np.maximum(second, 0.0)], axis=1)


def _ceiling(law: NoiseLaw, a: Array, b: Array, most: int) -> Array:
    """P(n − 1 < y ≤ n) for n ≥ 1, y = a + bε."""
    t = np.arange(most + 1.0)
    point = (t - a[:, None]) / np.where(b == 0, 1e-300, b)[:, None]
    below = law.cdf(point)
    cumulative = np.where(b[:, None] < 0, 1.0 - below, below)
    return np.concatenate([np.zeros((a.size, 1)), np.diff(cumulative, axis=1)], axis=1)
