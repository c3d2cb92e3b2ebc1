"""How faithfully a wanted change Δ of a weight is executed by the device.

===========  ==========================================================  ================
kind         what happens (x = |Δ|/Δw_min, s = sign Δ)                   mean count
===========  ==========================================================  ================
`averaged`   w ← w + Δ·F(w) − |Δ|·G(w), clipped to the range             (no pulses)
`ceiling`    n = ⌈x⌉ pulses of sign s                                    ⌈x⌉
`rounded`    n = ⌊x⌋ + Bernoulli(x − ⌊x⌋)                                x
`pulsed`     n ~ Binomial(BL, min(1, x/BL)), a stochastic pulse train    min(x, BL)
===========  ==========================================================  ================

One pulse, ξ ~ N(0, 1) drawn anew for each (cycle-to-cycle noise)::

    additive        w ← clip(w + s·Δw_min·(q_s(w) + σ_c·ξ))
    multiplicative  w ← clip(w + s·Δw_min·q_s(w)·(1 + σ_c·ξ))

with the ends of the response's range as clipping limits. A response that is not positive
is executed as it is: a negative q moves the weight against the sign of the pulse. Where the
pulses of an update have a law in closed form they are executed together
(:mod:`analogtheory.simulation.merged`).

Source: arXiv:2502.06309 eq. (5) (averaged), (26) (a pulse), (27) (ceiling); the binomial
train is the law of the number of coincidences of two stochastic pulse trains.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analogtheory.errors import InputError
from analogtheory.simulation.checks import reals, whole

Array = NDArray[np.float64]
Counts = NDArray[np.int64]
Flags = NDArray[np.bool_]

KINDS = ("averaged", "ceiling", "rounded", "pulsed")

#: Beyond this length (1 − p)^BL may underflow for p = 1/2, which inversion starts from.
LONGEST_TRAIN = 1000

#: More pulses than this in one update is taken for a mistake in the units of Δw_min.
MOST_PULSES = 1_000_000

#: A quotient |Δ|/Δw_min this close above a whole number counts as that number: 0.14/0.02
#: is 7 pulses, though the quotient of the two doubles lies above 7.
ROUNDING = 1.0 - 2.0**-50
ROUNDING_SINGLE = 1.0 - 2.0**-21


@dataclass(frozen=True)
class Fidelity:
    """How a Pulse step is executed.

    Parameters
    ----------
    kind : str
        "averaged", "ceiling", "rounded" or "pulsed", see the table of this module.
    dw_min : float or array
        Δw_min > 0, the change of weight by one pulse at q = 1. Needed for all kinds but
        "averaged", which has no pulses. An array broadcasts with a state, for example one
        value per trajectory; it is kept as nested tuples.
    cycle_noise : float or array
        σ_c ≥ 0, cycle-to-cycle noise in units of one pulse at q = 1 (additive) or as a
        fraction of the pulse (multiplicative); arrays as for `dw_min`.
    train_length : int
        BL, the number of slots of the train of "pulsed", 1 to 1000 (to 120 in float32).
    multiplicative_noise : bool
        Whether the noise scales with q.
    one_by_one : bool
        Whether each pulse is executed by itself, also where the law of all of them is known and
        one draw would do (:mod:`analogtheory.simulation.merged`): the same law, other random
        numbers, and slower.

    Raises
    ------
    InputError
        If the kind is unknown, a number out of its range, `dw_min` is missing, or noise
        is asked for where there are no pulses.

    Examples
    --------
    >>> Fidelity("pulsed", dw_min=0.001, cycle_noise=0.3).train_length
    31
    """

    kind: str
    dw_min: Any = None
    cycle_noise: Any = 0.0
    train_length: int = 31
    multiplicative_noise: bool = False
    one_by_one: bool = False

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise InputError(f"fidelity {self.kind!r}: unknown; use one of {', '.join(KINDS)}")
        if self.dw_min is None and self.kind != "averaged":
            raise InputError(f"fidelity {self.kind!r}: needs dw_min, the size of one pulse")
        if self.dw_min is not None:
            object.__setattr__(self, "dw_min", reals("dw_min", self.dw_min, positive=True))
        object.__setattr__(self, "cycle_noise", reals("cycle_noise", self.cycle_noise))
        if self.kind == "averaged" and self.is_noisy:
            raise InputError("cycle_noise: fidelity 'averaged' has no pulses; use 'pulsed'")
        length = whole("train_length", self.train_length, 1, LONGEST_TRAIN)
        object.__setattr__(self, "train_length", length)
        for name in ("multiplicative_noise", "one_by_one"):
            if not isinstance(getattr(self, name), bool | np.bool_):
                raise InputError(f"{name}: must be True or False, got {getattr(self, name)!r}")

    @property
    def pulse(self) -> Array:
        """Δw_min of a kind that has pulses, as an array (of shape () for one number)."""
        if self.dw_min is None:
            raise InputError(f"fidelity {self.kind!r} has no pulses")
        return np.asarray(self.dw_min, dtype=np.float64)

    @property
    def noise(self) -> Array:
        """σ_c as an array."""
        return np.asarray(self.cycle_noise, dtype=np.float64)

    @property
    def is_noisy(self) -> bool:
        """Whether there is cycle-to-cycle noise anywhere."""
        return bool(np.any(self.noise > 0))


def pulse_counts(
    wanted: Array, fidelity: Fidelity, uniform: Callable[[], Array]
) -> tuple[Counts, Flags]:
    """The number of pulses n for wanted numbers x = |Δ|/Δw_min.

    Parameters
    ----------
    wanted : array
        x ≥ 0.
    fidelity : Fidelity
        Of a kind that has pulses.
    uniform : callable
        Gives one uniform number in (0, 1) per entry; not called by "ceiling".

    Returns
    -------
    counts, truncated : arrays of the shape of `wanted`
        `truncated`: where a train of "pulsed" is too short, x > BL.

    Raises
    ------
    InputError
        If x exceeds a million, other than for a train, which cuts it at BL.
    """
    if fidelity.kind == "pulsed":
        length = fidelity.train_length
        probability = np.minimum(wanted / length, 1.0)
        return binomial_inverse(uniform(), length, probability), wanted > length
    largest = float(wanted.max(initial=0.0))
    if not largest <= MOST_PULSES:
        raise InputError(too_many_pulses(fidelity, largest))
    if fidelity.kind == "ceiling":
        counts = np.ceil(wanted * ROUNDING)
    else:
        counts = np.floor(wanted)
        counts = counts + (uniform() < wanted - counts)
    return counts.astype(np.int64), np.zeros(wanted.shape, dtype=np.bool_)


def too_many_pulses(fidelity: Fidelity, largest: float) -> str:
    """The message for a change that needs more pulses than are allowed."""
    return (
        f"dw_min: {fidelity.pulse.min():g} is too small, a change needs {largest:.3g} pulses "
        f"(at most {MOST_PULSES})"
    )


def binomial_inverse(uniform: Array, length: int, probability: Array) -> Counts:
    """The binomial count at the quantile u: the least n with P(Binomial(BL, p) ≤ n) ≥ u.

    The probabilities are summed upwards from P(0) = (1 − p)^BL by
    P(n+1) = P(n)·(BL − n)/(n + 1)·p/(1 − p). For p > ½ failures are counted instead,
    at the quantile 1 − u, so that nothing underflows. Only + − × ÷ are used: the count is
    the same on every IEEE machine.

    Parameters
    ----------
    uniform : array
        u in (0, 1).
    length : int
        BL, at most 1000.
    probability : array
        p in [0, 1], the shape of `uniform`.

    Examples
    --------
    >>> binomial_inverse(np.array([0.2, 0.5, 0.8]), 2, np.full(3, 0.5)).tolist()
    [0, 1, 2]
    """
    mirrored = probability > 0.5
    p = np.where(mirrored, 1.0 - probability, probability)
    u = np.where(mirrored, 1.0 - uniform, uniform)
    odds = p / (1.0 - p)
    mass = _power(1.0 - p, length)
    total = mass
    counts = np.zeros(u.shape, dtype=np.int64)
    for n in range(length):
        # failures are counted from the left of the quantile: an exact tie goes the other way
        above = np.where(mirrored, u >= total, u > total)
        if not above.any():
            break
        counts += above
        mass = mass * ((length - n) / (n + 1)) * odds
        total = total + mass
    return np.where(mirrored, length - counts, counts)


def _power(base: Array, exponent: int) -> Array:
    """base^exponent by repeated squaring: multiplications only, hence the same anywhere."""
    result = np.ones_like(base)
    while exponent:
        if exponent & 1:
            result = result * base
        base, exponent = base * base, exponent >> 1
    return result
