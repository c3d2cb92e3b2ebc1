"""AGAD under a constant gradient: its gain with the reference that it really has.

Setting: :mod:`analogtheory.proofs.constant_gradient_setting`, regular chopper of N reads, decay R
between reads, running mean of the reads with weight 1 − b for the newest. The reference of a phase
is the running mean at the end of the one before. In the scaled state

    y_j = −1 + (1 + t)R^j,    P_j = b^jP_0 − (1 − b^j) + (1 − b)(1 + t)R(R^j − b^j)/(R − b),

and P_N = −P_0 gives P_0. The mean signal c(y − P_0) has the gain 1 − (2/N)tR/(1 − R) + P_0. The
theory notes of the family (5.3) put the last read for the running mean, P_0 = t. The tail weight
τ = N(1 − b) is 5 by default in aihwkit's public source (read there, not in the paper). For many
reads a phase then b^N → e^{−5}, and P_0 is smaller by 39 % for small h; at N = 10, b = 1/2 it is
b^N = 2^{−10} = e^{−6.93}. Derived here.
"""

from __future__ import annotations

from typing import TypeAlias

import sympy

from analogtheory.algorithms.chopped import A, agad, latched, mean, phase, tail
from analogtheory.claims import (
    Evidence,
    Run,
    Settled,
    claim,
    conclude,
    derived,
    facts_of,
    hypothesis,
    lemma,
    remark,
    twin,
)
from analogtheory.noise import NoNoise
from analogtheory.proofs.constant_gradient_setting import CONSTANT, FastArray, kappa, offset
from analogtheory.proofs.general_device import GeneralObjective, field_of, ideal_device, plain
from analogtheory.prove import ge, gt, lt, prove_by_terms, prove_identity, prove_polynomial

Expr: TypeAlias = sympy.Expr

#: R, R^N, R^j; b, b^N, b^j; N; P_0.
R, E, E_j, b, B, B_j, N, P_0 = sympy.symbols("R E E_j b B B_j N P_0", real=True)
h, tau, t = sympy.symbols("h tau t", real=True)

_SOURCE = "arXiv:2303.04721 Fig. 3 in formulas; theory notes of the family 5.2, 5.3"
_CHOPPED = (
    *CONSTANT,
    hypothesis("R = (1 − κδ)^{n_s} ∈ (0, 1), E = R^N", gt(R), lt(R, 1), gt(E), lt(E, 1)),
    hypothesis("0 ≤ b < 1, b ≠ R, B = b^N; N ≥ 1", ge(b), lt(b, 1), ge(B), lt(B, 1), ge(N, 1)),
)


def start_of_phase() -> Expr:
    """t, where the orbit starts a phase with c = 1."""
    return (1 - E) / (1 + E)


def running_reference() -> Expr:
    """P_0 of the periodic orbit."""
    return ((1 - B) - (1 - b) * (1 + start_of_phase()) * R * (E - B) / (R - b)) / (1 + B)


@claim(
    "agad-gain",
    source=derived(_SOURCE, "2303.04721"),
    form="derived",
    statement="Under a constant gradient AGAD settles on a periodic orbit whose mean signal has "
    "the normalised gain 1 − (2/N)tR/(1 − R) + P_0, P_0 = [1 − B − (1 − b)(1 + t)R(E − B)/(R − b)]"
    "/(1 + B) with E = R^N, B = b^N, t = (1 − E)/(1 + E): exact for every step size and every "
    "weight 1 − b ≠ 1 − R of the running mean, and independent of the offset.",
    latex=r"1 - \frac{2tR}{N(1-R)} + P_0, \quad P_0 = \frac{1}{1+B}\Big(1-B-\frac{(1-b)(1+t)R"
    r"(E-B)}{R-b}\Big)",
    hypotheses=_CHOPPED,
    twins=(
        twin("the last read before the flip for the running mean", reference=start_of_phase()),
        twin("the running mean starts anew at each flip", carried=0),
        twin("a running mean that includes the first read of the phase", late=1),
    ),
)
def agad_gain(run: Run, reference: Expr | None = None, carried: int = 1, late: int = 0) -> Evidence:
    """The closed form of the running mean, that it closes with a change of sign, and the sum."""
    claimed = running_reference() if reference is None else reference
    given = facts_of(_CHOPPED)
    start = start_of_phase()
    orbit = -1 + (1 + start) * E_j
    running = carried * B_j * P_0 - (1 - B_j) + (1 - b) * (1 + start) * R * (E_j - B_j) / (R - b)
    ended = {E_j: E, B_j: B}
    onward = {E_j: R * E_j, B_j: b * B_j}
    total = -N + (1 + start) * R * (1 - E) / (1 - R)  # Σ y_j of a phase with c = 1
    latch = claimed if not late else b * claimed + (1 - b) * orbit.subs(E_j, R)
    shift = kappa * offset  # in every read, and so in the running mean
    phases = [c * ((c * total / N + shift) - (c * latch + shift)) for c in (1, -1)]
    both = sum(phases, sympy.S.Zero) / 2
    point = {"R": "1/2", "E": "1/4", "b": "1/4", "B": "1/16", "N": 2, "P_0": 0}
    return conclude(
        *_rules(),
        lemma(
            "P_{j+1} = bP_j + (1 − b)y_{j+1}",
            prove_identity(
                b * running + (1 - b) * orbit.subs(E_j, R * E_j),
                running.subs(onward, simultaneous=True),
            ),
        ),
        lemma("P_0 at j = 0", prove_identity(running.subs({E_j: 1, B_j: 1}), P_0, points=[point])),
        lemma(
            "P_N = −P_0: after the flip c·P is what it was",
            prove_identity(running.subs({**ended, P_0: claimed}), -claimed, points=[point]),
        ),
        remark("0 ≤ b < 1: the running mean forgets its start as b^k, so the orbit attracts"),
        lemma(
            "the gain: minus the mean of c(y − P_0) over both phases; the offset is in y and P_0",
            prove_identity(
                -both,
                1 - 2 / N * start * R / (1 - R) + running_reference(),
                given=given,
                points=[point],
            ),
        ),
        value="1 − (2/N)tR/(1 − R) + P_0",
    )


def _rules() -> list[Settled]:
    """What the algorithm does with the running mean and the reference at a read."""
    dynamics = agad(
        ideal_device("W"), GeneralObjective(), NoNoise(), period=2, fast_response=FastArray()
    )
    weight = sympy.Symbol(tail.name, real=True)
    moved = plain(field_of(dynamics, "mean")) + mean
    first = plain(field_of(dynamics, "latched").subs(phase, 0)) + latched
    return [
        lemma(
            "mean⁺ = b·mean + (1 − b)·read", prove_identity(moved, (1 - weight) * mean + weight * A)
        ),
        lemma("latched⁺ = mean at the first read of a phase", prove_identity(first, mean)),
    ]


_LIMIT = (
    hypothesis("h = κ|g|T/2 > 0, T = αn_sN, τ = N(1 − b) > 0, τ ≠ 2h; N → ∞", gt(h), gt(tau)),
    hypothesis("t = tanh h ∈ (0, 1)", gt(t), lt(t, 1)),
)
#: e^{−2hu} and e^{−τu} within a phase, 0 ≤ u ≤ 1.
e_u, b_u = sympy.symbols("e_u b_u", real=True)


def limit_reference(start: Expr) -> Expr:
    """P_0 for N → ∞ with R^N = e^{−2h} =: E and b^N = e^{−τ} =: B."""
    return (1 - B - (1 + start) * tau * (E - B) / (tau - 2 * h)) / (1 + B)


@claim(
    "agad-gain-limit",
    source=derived(_SOURCE, "2303.04721"),
    form="derived",
    statement="Let h = κ|g|T/2, T = αn_sN, for phases of N reads, n_s updates a read, rate α, "
    "gradient g and slope κ. For many small updates, N → ∞ at fixed h and τ = N·(weight of the "
    "newest read), AGAD's gain tends to 1 − tanh(h)/h + P_0, P_0 = [1 − e^{−τ} − (1 + tanh h)τ"
    "(e^{−2h} − e^{−τ})/(τ − 2h)]/(1 + e^{−τ}), which tends to tanh h as τ → ∞. On a nearly "
    "symmetric device, h → 0, a share 1 − tanh(τ/2)/(τ/2) of that signal is left.",
    latex=r"1 - \frac{\tanh h}{h} + \frac{1}{1+e^{-\tau}}\Big(1-e^{-\tau}-(1+\tanh h)\,\tau\,"
    r"\frac{e^{-2h}-e^{-\tau}}{\tau-2h}\Big)",
    hypotheses=_LIMIT,
    twins=(
        twin("the last read as reference, at every τ", reference=t),
        twin("the share 1 − 1/τ", share=1 - 1 / tau),
        twin("the running mean of a phase alone, P(0) = 0", carried=0),
    ),
)
def agad_gain_limit(
    run: Run, reference: Expr | None = None, share: Expr | None = None, carried: int = 1
) -> Evidence:
    """dP/du = τ(y − P) on a phase, P(1) = −P(0); the slope of P_0 in h at 0."""
    at_rest = 1 - 2 / tau * (1 - B) / (1 + B) if share is None else share
    claimed = limit_reference(t) if reference is None else reference
    orbit = -1 + (1 + t) * e_u
    running = carried * b_u * P_0 - (1 - b_u) + (1 + t) * tau * (e_u - b_u) / (tau - 2 * h)
    slope = -2 * h * e_u * sympy.diff(running, e_u) - tau * b_u * sympy.diff(running, b_u)
    ended = running.subs({e_u: E, b_u: B, P_0: claimed})
    small = limit_reference(sympy.tanh(h)).subs(E, sympy.exp(-2 * h))
    point = {"E": "1/2", "t": "1/3", "h": "1/3", "tau": 1, "B": "1/3"}
    long = 1 - (1 + t) * E  # P_0 with B → 0 and τ/(τ − 2h) → 1
    return conclude(
        lemma("dP/du = τ(y − P)", prove_identity(slope, tau * (orbit - running))),
        lemma("P(1) = −P(0)", prove_identity(ended, -claimed, points=[point])),
        lemma("slope of P_0 in h at 0", prove_identity(sympy.diff(small, h).subs(h, 0), at_rest)),
        lemma(
            "τ → ∞: P_0 → 1 − (1 + t)E = t, as t = (1 − E)/(1 + E)",
            prove_identity(long.subs(t, start_of_phase()), start_of_phase()),
        ),
        value="1 − tanh(h)/h + P_0",
    )


@claim(
    "agad-gain-against-ttv2",
    source=derived(_SOURCE, "2303.04721"),
    form="derived",
    statement="With the last read as reference AGAD's limiting gain 1 − tanh(h)/h + tanh(h) is "
    "larger than the gain 1 of TTv2 without offset exactly if h > 1, and stays below 2: 'twice "
    "the gain' is what it tends to for long phases.",
    latex=r"1-\frac{\tanh h}{h}+\tanh h > 1 \iff h > 1, \qquad 1-\frac{\tanh h}{h}+\tanh h < 2",
    hypotheses=_LIMIT,
    twins=(
        twin("larger than 1 from h > 1/2 on", least=sympy.Rational(1, 2)),
        twin("below 3/2", most=sympy.Rational(3, 2)),
    ),
)
def agad_gain_against_ttv2(
    run: Run, least: Expr = sympy.S.One, most: Expr = sympy.Integer(2)
) -> Evidence:
    """gain − 1 = t(h − 1)/h, and t < 1."""
    given = facts_of(_LIMIT)
    gain = 1 - t / h + t
    return conclude(
        lemma("gain − 1 = t(h − 1)/h", prove_identity(gain - 1, t * (h - 1) / h)),
        lemma(
            "h > 1: gain > 1",
            prove_by_terms(
                gt(gain, 1), (*given, gt(h, least)), [(1, 1, (gt(t), gt(h, 1)))], multiplier=[gt(h)]
            ),
        ),
        lemma(
            "h ≤ 1: gain ≤ 1",
            prove_by_terms(
                ge(1, gain), (*given, ge(1, h)), [(1, 1, (gt(t), ge(1, h)))], multiplier=[gt(h)]
            ),
        ),
        lemma("gain < 2", prove_polynomial(lt(gain, most), given, multiplier=[gt(h)])),
        value="h > 1",
    )
