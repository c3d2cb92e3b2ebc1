"""What AGAD's moving reference does to an offset: how much of it is left, exactly.

AGAD (:func:`analogtheory.algorithms.chopped.agad`) compares a read of A with the running mean of
the reads at the last flip. Add d to every read of A. The running mean starts at 0 and has moved by
d(1 − b^k) after k reads, b = 1 − weight; the reference of phase p = 0, 1, … (N reads each) by
d(1 − b^{pN}); what enters H by λ·c·d·b^{pN}. The theory notes of the family (section 8, 10) have
'H after the first period is unchanged up to a factor (1 − β)^N': true of what enters H after the
first phase, not of H, which keeps what the first phase has left in it. Derived here.
"""

from __future__ import annotations

from functools import cache
from typing import TypeAlias

import numpy as np
import sympy
from numpy.typing import NDArray

from analogtheory.algorithms.chopped import A, Buffer, agad, chop, latched, mean, phase, tail
from analogtheory.algorithms.symbols import H
from analogtheory.claims import (
    Evidence,
    Run,
    agrees,
    claim,
    conclude,
    derived,
    facts_of,
    hypothesis,
    lemma,
    remark,
    twin,
)
from analogtheory.dynamics import Assign
from analogtheory.noise import Gaussian, NoNoise
from analogtheory.objectives import ScalarQuadratic
from analogtheory.proofs.general_device import (
    GeneralDevice,
    GeneralObjective,
    field_of,
    plain,
)
from analogtheory.prove import ge, gt, lt, prove_by_terms, prove_identity
from analogtheory.responses.response import Response
from analogtheory.simulation import simulate

Array: TypeAlias = NDArray[np.float64]
Expr: TypeAlias = sympy.Expr

#: What every read is raised by; b, b^k, b^{pN}, b^N; N; λ; the number of phases, with p even.
d, b, b_k, B_p, B, N, transfer = sympy.symbols("d b b_k B_p B N transfer", real=True)
#: (−B)^P after P phases.
power = sympy.Symbol("power", real=True)

_SOURCE = "theory notes of the family 5.2, 8 check 10"
_SHIFT = (
    hypothesis("regular chopper, N ≥ 1 reads a phase; running mean 0 at the start", ge(N, 1)),
    hypothesis("b = 1 − weight ∈ [0, 1), B = b^N, B_p = b^{pN} for phase p",
               ge(b), lt(b, 1), ge(B), lt(B, 1), ge(B_p), ge(1 - B_p)),
    hypothesis("−B ≤ (−B)^P ≤ 1, P ≥ 1 phases", ge(B + power), ge(1 - power)),
    hypothesis("λ > 0", gt(transfer)),
)  # fmt: skip


def _read_steps() -> tuple[Expr, Expr, Expr]:
    """mean⁺, latched⁺ at the first read of a phase, and what enters H, from the algorithm."""
    dynamics = agad(
        GeneralDevice("W"),
        GeneralObjective(),
        NoNoise(),
        period=2,
        fast_response=GeneralDevice("A"),
    )
    moved = plain(field_of(dynamics, "mean")) + mean
    first = plain(field_of(dynamics, "latched").subs(phase, 0)) + latched
    entered = next(s for s in dynamics.steps if isinstance(s, Assign) and s.state == H)
    return moved, first, plain(entered.value) - plain(H)


@claim(
    "agad-offset-shift",
    source=derived(_SOURCE, "2303.04721"),
    form="derived",
    statement="If d is added to every read of A on a given path, what enters AGAD's buffer in "
    "phase p = 0, 1, … changes by exactly λ·c·d·(1 − weight)^{pN} a read, whatever the noise and "
    "the device do: nothing from phase 1 on if the weight is 1. What any number of phases from the "
    "first flip on add to H changes by at most λN|d|(1 − weight)^N in all.",
    latex=r"\Delta I_p = \lambda\, c\, N\, d\, b^{pN}, \quad \Big|\sum_{p=1}^{P} \Delta I_p\Big|"
    r" = \lambda N |d|\, b^N\,\frac{1-(-b^N)^P}{1+b^N} \le \lambda N|d|\,b^N, \quad"
    r" I_p \text{: what enters } H \text{ in phase } p",
    hypotheses=_SHIFT,
    twins=(
        twin("a fixed reference: c-TTv2", moving=0),
        twin("no change at all from phase 1 on", left=0),
        twin("a running mean that starts anew at each flip", carried=0),
        twin("half as much from the first flip on", most=sympy.Rational(1, 2)),
    ),
)
def agad_offset_shift(
    run: Run, moving: int = 1, left: int = 1, carried: int = 1, most: Expr = sympy.S.One
) -> Evidence:
    """The shift of the running mean is linear in d; the reference takes it over at the flip."""
    given = facts_of(_SHIFT)
    moved, first, entered = _read_steps()
    weight = sympy.Symbol(tail.name, real=True)
    shift = d * (1 - carried * b_k)  # of the running mean after k reads
    raised = moved.subs({A: A + d, mean: mean + shift}, simultaneous=True) - moved
    reference = moving * shift.subs(b_k, B_p)
    signal = entered.subs({A: A + d, latched: latched + reference}, simultaneous=True) - entered
    sign = sympy.Symbol(chop.name, real=True)
    claimed = transfer * sign * d * B_p * left
    # Σ_{1 ≤ p ≤ P} (−B)^p, with (−B)^P = power
    alternating = -B * (1 - power) / (1 + B)
    point = {"b_k": "1/2", "tail": "1/2", "b": "1/2", "d": 1}
    # weight 1/2, one read a phase: in phase 1; what phase 1 alone adds
    second_phase = {
        "transfer": 1,
        "N": 1,
        "chop": -1,
        "d": 1,
        "b": "1/2",
        "B": "1/2",
        "B_p": "1/2",
        "A": 0,
        "latched": 0,
        "power": "-1/2",
    }
    all_phases = {
        "transfer": 1,
        "N": 1,
        "size": 1,
        "b": "1/2",
        "B": "1/2",
        "B_p": 1,
        "power": "-1/2",
    }
    size = sympy.Symbol("size", real=True)  # |d|
    return conclude(
        lemma(
            "shift of the mean: d(1 − b^{k+1}) after d(1 − b^k)",
            prove_identity(
                raised.subs(weight, 1 - b), d * (1 - b * b_k), points=[point], given=given
            ),
        ),
        lemma("0 reads: no shift", prove_identity(shift.subs(b_k, 1), 0, points=[point])),
        lemma("the reference of a phase is the mean at the flip", prove_identity(first, mean)),
        lemma(
            "what enters H: λ·c·d·b^{pN} more",
            prove_identity(signal, claimed, points=[second_phase], given=given),
        ),
        lemma(
            "Σ_{1≤p≤P} (−B)^p = −B(1 − (−B)^P)/(1 + B): one term more",
            prove_identity(alternating.subs(power, -B * power), alternating - B * power),
        ),
        lemma("no term: 0", prove_identity(alternating.subs(power, 1), 0)),
        lemma(
            "its size, λN|d|·B(1 − (−B)^P)/(1 + B), is at most λN|d|·B",
            prove_by_terms(
                ge(transfer * N * size * (most * B + alternating)),
                (*given, ge(size), gt(1 + B)),
                [
                    (1, 1, (gt(transfer), ge(N, 1), ge(size), ge(B), ge(B + power))),
                    (1, 1, (gt(transfer), ge(size), ge(B), ge(B + power))),
                ],
                multiplier=[gt(1 + B)],
                points=[all_phases],
            ),
        ),
        remark("the sums over a phase are N equal terms, of alternating sign from phase to phase"),
        value="λ·c·d·b^{pN}",
    )


_READS, _PHASES, _TRANSFER, _OFFSET = 8, 6, 1e-3, 0.3


@cache
def _phases(weight: float, offset: float) -> Array:
    """What enters H in each phase, over λN, of one noisy run with A shifted by `offset`."""
    fast = Response(f"1 - (w - {offset})", f"1 + (w - {offset})", offset - 1, offset + 1)
    dynamics = agad(
        Response(1, 1, -1, 1),
        ScalarQuadratic(1, 0.4),
        Gaussian(0.3),
        period=_READS,
        tail_weight=weight,
        fast_response=fast,
        buffer=Buffer(transfer_lr=_TRANSFER),
        read_noise=Gaussian(0.05),
    )
    result = simulate(
        dynamics,
        trajectories=1,
        steps=_READS * _PHASES,
        start={"A": offset},
        record="trajectory",
        every=_READS,
        backend="numpy",
    )
    return np.asarray(np.diff(result.trajectory["H"][:, 0]) / (_TRANSFER * _READS))


@claim(
    "agad-offset-runs",
    source=derived(_SOURCE, "2303.04721"),
    form="derived",
    statement="Two noisy runs of AGAD with the same seed, N = 8 and weight 1/2, on fast arrays "
    "whose symmetric points differ by 0.3, differ in what enters H in phase p by "
    "±λN·0.3·2^{−8p}, to rounding: over λ by 0.3 a read in phase 0, by 0.0012 in phase 1.",
    latex=r"\Delta H_p/(\lambda N) = (-1)^p\, 0.3 \cdot 2^{-8p}",
    hypotheses=(hypothesis("linear devices, Gaussian gradient and read noise, no write"),),
    twins=(
        twin("the shift stays, as in c-TTv2", decay=1.0),
        twin("H itself is unchanged after two phases", total=True),
    ),
)
def agad_offset_runs(run: Run, decay: float | None = None, total: bool = False) -> Evidence:
    """Differences of the two runs, phase by phase; tolerance: rounding over λN."""
    weight = 0.5
    factor = (1 - weight) ** _READS if decay is None else decay
    found = _phases(weight, _OFFSET) - _phases(weight, 0.0)
    steps = [
        agrees(f"phase {p}", found[p], (-1) ** p * _OFFSET * factor**p, tolerance=1e-12)
        for p in range(_PHASES)
    ]
    if total:
        steps.append(agrees("H after two phases, over λN", found[:2].sum(), 0, tolerance=0.01))
    return conclude(*steps, value=_OFFSET * factor)
