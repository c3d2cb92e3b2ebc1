"""TTv2, c-TTv2 and AGAD for one weight: a buffer with a threshold, a chopper, a moving reference.

A fast array A collects the gradient, a digital buffer H integrates what is read of A, and the
slow array W gets a pulse whenever |H| reaches 1 (T. Gokmen, Front. Artif. Intell. 4:699148;
arXiv:2303.04721):

    A⁺ = A − α·c·g·F(A) − α|g|·G(A),    g = ∇f(W) + ε
    H⁺ = H + λ·c·(A⁺ + read noise − r)
    n  = sign(H⁺)·min(⌊|H⁺|⌋, B);   W gets n pulses of size δ;   where n ≠ 0:
    H⁺ = m·H⁺ (forget) or H⁺ − (1 − m)n (keep)

TTv2 has c = 1 and a fixed r. c-TTv2 flips the sign c = ±1 of gradients and reads, after every N
reads (regular) or with probability p after each (random). AGAD flips regularly and takes for r
what the running mean of the reads was at the last flip, so that it needs no reference array.

The papers are the source of what is chopped and compared. The threshold and its two rules (forget,
keep), AGAD's tail weight and that it holds its writes back at first are read in aihwkit's public
source only. Two differences:

* a write of n pulses is one pulse of size δ·n here. On a device whose response depends on w that
  is not n pulses of size δ one after another; n > 1 occurs for B > 1 only.
* N ≥ 1 is free. aihwkit has N = max(⌈1/p⌉, 2) sweeps, so that N = 1 has no counterpart there.

The integer states `phase`, `tick` and `reads` start at 0, which stands for c = 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import sympy

from analogtheory.algorithms.checks import learning_rate
from analogtheory.algorithms.symbols import H, W, alpha, epsilon, epsilon_read, g
from analogtheory.dynamics import Assign, Draw, Dynamics, Let, Pulse, Step, gradient
from analogtheory.errors import InputError
from analogtheory.noise import NoiseLaw, NoNoise, TwoPoint
from analogtheory.objectives import Objective
from analogtheory.responses.response import Response

Expr: TypeAlias = sympy.Expr

#: Fast array; running mean of its reads, and the value of it that serves as reference (AGAD).
A, mean, latched = sympy.symbols("A mean latched", real=True)
#: Where the chopper stands; updates since the last read; reads so far, up to N + 1.
phase, tick, reads = sympy.symbols("phase tick reads", real=True)
#: Chopper sign, whether this update ends with a read (1 or 0), pulses that W gets.
chop, due, pulses = sympy.symbols("chop due pulses", real=True)
#: Positive where a random chopper flips.
flip = sympy.Symbol("flip", real=True)
#: λ, the gain of a read in H; δ, the size of one pulse of W; m, what a write leaves in H.
transfer, granularity = sympy.symbols("transfer granularity", positive=True)
momentum = sympy.Symbol("momentum", nonnegative=True)
#: r, what a read of A is compared with; weight of the newest read in the running mean.
reference = sympy.Symbol("reference", real=True)
tail = sympy.Symbol("tail", positive=True)


@dataclass(frozen=True)
class Buffer:
    """The transfer from A to W through the buffer H.

    Attributes
    ----------
    transfer_lr : float
        λ > 0: H changes by λ times what is read.
    granularity : float
        δ > 0: the change of W by one pulse at q = 1.
    every : int
        n_s ≥ 1: A is read after every n_s updates.
    forget : bool
        What a write leaves in H: m·H, or else H − (1 − m)n; both rules as in aihwkit.
    momentum : float
        m, 0 ≤ m ≤ 1.
    most_pulses : int
        B ≥ 1, the largest number of pulses of one write, which is one pulse of size δ·n.

    Raises
    ------
    InputError
        If a number is out of its range.
    """

    transfer_lr: float = 0.1
    granularity: float = 0.01
    every: int = 1
    forget: bool = True
    momentum: float = 0.0
    most_pulses: int = 1

    def __post_init__(self) -> None:
        learning_rate("transfer_lr", self.transfer_lr)
        learning_rate("granularity", self.granularity)
        _whole("every", self.every)
        _whole("most_pulses", self.most_pulses)
        if not 0.0 <= self.momentum <= 1.0:
            raise InputError(f"momentum: must lie in [0, 1], got {self.momentum:g}")

    def steps(self, signal: Expr, response: Response, write: Expr = sympy.S.One) -> list[Step]:
        """H takes in the signal; W is written, where `write` is 1, once |H| ≥ 1."""
        count = sympy.sign(H) * sympy.Min(sympy.floor(sympy.Abs(H)), self.most_pulses)
        left = momentum * H if self.forget else H - (1 - momentum) * pulses
        return [
            Assign(H, H + self._at_reads(transfer * signal)),
            Let(pulses, self._at_reads(count)),
            Assign(H, sympy.Piecewise((left, sympy.Ne(pulses, 0)), (H, True))),
            Pulse(W, granularity * pulses * write, response),
        ]

    def clock(self) -> list[Step]:
        """Whether this update ends with a read."""
        if self.every == 1:
            return []
        last = sympy.Ge(tick, self.every - 1)
        return [
            Let(due, sympy.Piecewise((1, last), (0, True))),
            Assign(tick, sympy.Piecewise((0, last), (tick + 1, True))),
        ]

    def clock_states(self) -> tuple[sympy.Symbol, ...]:
        """`tick`, unless every update is followed by a read."""
        return () if self.every == 1 else (tick,)

    def after_read(self, value: Expr, state: Expr) -> Expr:
        """`value` after an update with a read, else the state as it is."""
        if self.every == 1:
            return value
        return sympy.Piecewise((value, sympy.Eq(due, 1)), (state, True))

    def parameters(self) -> dict[sympy.Symbol, Any]:
        """λ, δ and m by their symbols."""
        return {
            transfer: self.transfer_lr,
            granularity: self.granularity,
            momentum: self.momentum,
        }

    def _at_reads(self, value: Expr) -> Expr:
        return value if self.every == 1 else due * value


def ttv2(
    response: Response,
    objective: Objective,
    noise: NoiseLaw,
    *,
    lr: float = 0.05,
    buffer: Buffer | None = None,
    reference_level: float = 0.0,
    fast_response: Response | None = None,
    read_noise: NoiseLaw | None = None,
) -> Dynamics:
    """TTv2: A is compared with a fixed reference, H is written with a threshold.

    Parameters
    ----------
    response : Response
        Device of the slow array W, and of A unless `fast_response` is given.
    objective : Objective
    noise : NoiseLaw
        Law of the gradient noise ε.
    lr : float
        α, the rate of the fast array.
    buffer : Buffer, optional
        λ, δ, n_s and how the threshold works; ``Buffer()`` unless given.
    reference_level : float
        r. The offset is the symmetric point of A minus r.
    fast_response : Response, optional
        Device of the fast array.
    read_noise : NoiseLaw, optional
        Noise of each read of A.

    Source: T. Gokmen, Front. Artif. Intell. 4:699148; theory notes of the family 3.1.

    Examples
    --------
    >>> from analogtheory.objectives import ScalarQuadratic
    >>> device = Response("1 - w", "1 + w", -1, 1)
    >>> dynamics = ttv2(device, ScalarQuadratic(1, 0.5), NoNoise())
    >>> [str(state) for state in dynamics.states]
    ['A', 'W', 'H']
    """
    settings = buffer or Buffer()
    return _build(
        "TTv2",
        _Fast(response, objective, noise, lr, fast_response, read_noise),
        settings,
        settings.steps(_read(read_noise) - reference, response),
        source="Front. Artif. Intell. 4:699148",
        parameters={reference: reference_level},
    )


def chopped_ttv2(
    response: Response,
    objective: Objective,
    noise: NoiseLaw,
    *,
    period: int | None = None,
    flip_probability: float = 0.1,
    lr: float = 0.05,
    buffer: Buffer | None = None,
    reference_level: float = 0.0,
    fast_response: Response | None = None,
    read_noise: NoiseLaw | None = None,
) -> Dynamics:
    """c-TTv2: TTv2 with a chopper, regular if `period` is given and else random.

    Parameters
    ----------
    period : int, optional
        N ≥ 1: c flips after every N reads (N ≥ 2 in aihwkit).
    flip_probability : float
        p, 0 ≤ p < 1, of a random chopper: c flips after each read with probability p.

    Others as for :func:`ttv2`. Source: arXiv:2303.04721; theory notes of the family 5.2.

    Raises
    ------
    InputError
        If p or N is out of its range.
    """
    settings = buffer or Buffer()
    signs = _random(flip_probability, settings) if period is None else _regular(period, settings)
    return _build(
        "c-TTv2",
        _Fast(response, objective, noise, lr, fast_response, read_noise),
        settings,
        settings.steps(chop * (_read(read_noise) - reference), response),
        source="arXiv:2303.04721",
        parameters={reference: reference_level},
        signs=signs,
    )


def agad(
    response: Response,
    objective: Objective,
    noise: NoiseLaw,
    *,
    period: int = 10,
    tail_weight: float = 0.5,
    lr: float = 0.05,
    buffer: Buffer | None = None,
    fast_response: Response | None = None,
    read_noise: NoiseLaw | None = None,
) -> Dynamics:
    """AGAD: the reference is the running mean of the reads at the last flip of the chopper.

        latched⁺ = mean at the first read after a flip
        H⁺ = H + λ·c·(read − latched⁺)
        mean⁺ = (1 − tail)·mean + tail·read

    The first N + 1 reads write nothing to W, although H already runs and is set back where it
    reaches 1: the first write can come with read N + 2.

    Parameters
    ----------
    period : int
        N ≥ 1: c flips after every N reads (N ≥ 2 in aihwkit).
    tail_weight : float
        The weight of the newest read in the running mean, in (0, 1]; min(tail/N, 1) in aihwkit,
        whose tail is 5 by default.

    Others as for :func:`ttv2`. Source: arXiv:2303.04721; the tail weight and the reads without a
    write are read in aihwkit's public source only; theory notes of the family 5.2.

    Raises
    ------
    InputError
        If N or the weight is out of its range.
    """
    settings = buffer or Buffer()
    signs = _regular(period, settings)
    if not 0.0 < tail_weight <= 1.0:
        raise InputError(f"tail_weight: must lie in (0, 1], got {tail_weight:g}")
    value = _read(read_noise)
    flipped = sympy.Or(sympy.Eq(phase, 0), sympy.Eq(phase, period))
    at_flip = sympy.Piecewise((mean, flipped), (latched, True))
    steps = [
        Assign(latched, settings.after_read(at_flip, latched)),
        *settings.steps(
            chop * (value - latched),
            response,
            sympy.Piecewise((1, reads > period), (0, True)),
        ),
        Assign(mean, settings.after_read((1 - tail) * mean + tail * value, mean)),
        Assign(reads, settings.after_read(sympy.Min(reads + 1, period + 1), reads)),
    ]
    return _build(
        "AGAD",
        _Fast(response, objective, noise, lr, fast_response, read_noise),
        settings,
        steps,
        source="arXiv:2303.04721",
        parameters={tail: tail_weight},
        states=(mean, latched, reads),
        signs=signs,
    )


# ---------------------------------------------------------------------- parts


@dataclass(frozen=True)
class _Signs:
    """A chopper: its sign, what happens after a read, its state and its draw."""

    sign: Expr = sympy.S.One
    after: tuple[Step, ...] = ()
    states: tuple[sympy.Symbol, ...] = ()
    draws: tuple[Draw, ...] = ()


@dataclass(frozen=True)
class _Fast:
    """What the update of A needs."""

    response: Response
    objective: Objective
    noise: NoiseLaw
    lr: float
    fast_response: Response | None
    read_noise: NoiseLaw | None


def _regular(period: int, buffer: Buffer) -> _Signs:
    """phase counts the reads modulo 2N; c = 1 in the first half."""
    _whole("period", period)
    onward = sympy.Piecewise((0, sympy.Ge(phase, 2 * period - 1)), (phase + 1, True))
    return _Signs(
        sympy.Piecewise((1, phase < period), (-1, True)),
        (Assign(phase, buffer.after_read(onward, phase)),),
        (phase,),
    )


def _random(probability: float, buffer: Buffer) -> _Signs:
    """phase is 0 or 1, c = 1 − 2·phase; a draw that is positive with probability p flips it."""
    if not 0.0 <= probability < 1.0:
        raise InputError(f"flip_probability: must lie in [0, 1), got {probability:g}")
    law = TwoPoint(1.0, probability) if probability else NoNoise()
    flipped = sympy.Piecewise((1 - phase, flip > 0), (phase, True))
    return _Signs(
        1 - 2 * phase,
        (Assign(phase, buffer.after_read(flipped, phase)),),
        (phase,),
        (Draw(flip, law),),
    )


def _read(read_noise: NoiseLaw | None) -> Expr:
    return A if read_noise is None else A + epsilon_read


def _build(
    name: str,
    fast: _Fast,
    buffer: Buffer,
    steps: list[Step],
    *,
    source: str,
    parameters: dict[sympy.Symbol, Any],
    states: tuple[sympy.Symbol, ...] = (),
    signs: _Signs | None = None,
) -> Dynamics:
    """The update of A, the clock, the transfer, then the chopper."""
    chopper = signs or _Signs()
    sign: list[Step] = [] if signs is None else [Let(chop, chopper.sign)]
    change = -alpha * g if signs is None else -alpha * chop * g
    noisy = () if fast.read_noise is None else (Draw(epsilon_read, fast.read_noise),)
    return Dynamics(
        name,
        states=(A, W, H, *buffer.clock_states(), *chopper.states, *states),
        draws=(Draw(epsilon, fast.noise), *noisy, *chopper.draws),
        steps=(
            Let(g, gradient(W) + epsilon),
            *sign,
            Pulse(A, change, fast.fast_response or fast.response),
            *buffer.clock(),
            *steps,
            *chopper.after,
        ),
        objective=fast.objective,
        parameters={
            alpha: learning_rate("lr", fast.lr),
            **buffer.parameters(),
            **parameters,
        },
        weight=W,
        source=source,
    )


def _whole(name: str, value: int) -> None:
    if not (isinstance(value, int) and value >= 1):
        raise InputError(f"{name}: must be a whole number of at least 1, got {value!r}")
