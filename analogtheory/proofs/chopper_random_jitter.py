"""What a random chopper makes of an offset: a random walk; and what the keeping buffer conserves.

With probability p the sign flips after each read, E[c_i c_j] = u^{|i−j|}, u = 1 − 2p. Under an
offset alone λ·o·Σc enters H, whose second moment after k reads is

    λ²o²·(k(1 − p)/p − 2u(1 − u^k)/(4p²))

from either first sign, growing without bound, where the regular chopper returns to 0 after each
period. Its mean is 0 if the first sign is random and λo(1 − u^k)/(2p) if it is c = 1, as in
:func:`analogtheory.algorithms.chopped.chopped_ttv2`. A buffer that keeps the remainder (m = 0)
loses nothing: W + δH moves by δ times what enters H. The theory notes of the family (5.3) have
'triangle / random walk' and no rate. Derived here.
"""

from __future__ import annotations

from typing import TypeAlias

import sympy

from analogtheory.algorithms.chopped import Buffer, granularity, momentum, pulses, ttv2
from analogtheory.algorithms.symbols import H, W
from analogtheory.claims import (
    Evidence,
    Run,
    claim,
    conclude,
    derived,
    facts_of,
    hypothesis,
    lemma,
    remark,
    twin,
)
from analogtheory.dynamics import Assign, Pulse
from analogtheory.noise import NoNoise
from analogtheory.proofs.general_device import GeneralObjective, ideal_device, plain
from analogtheory.prove import ge, gt, le, prove_by_terms, prove_identity, prove_polynomial

Expr: TypeAlias = sympy.Expr

#: p, k, u^k.
p, k, u_k = sympy.symbols("p k u_k", real=True)

_SOURCE = "theory notes of the family 5.3"
_RANDOM = (
    hypothesis("no gradient, no noise; c = ±1 flips after each read with probability p, "
               "0 < p ≤ 1/2, independently", gt(p), le(2 * p, 1)),
    hypothesis("k ≥ 0 reads, u_k = (1 − 2p)^k, 0 ≤ u_k ≤ 1", ge(k), ge(u_k), ge(1 - u_k)),
)  # fmt: skip


def _second_moment(correlated: Expr) -> Expr:
    """E(Σ_{i≤k} c_i)² = k(1 − p)/p − 2u(1 − u^k)/(4p²), the second term times `correlated`."""
    u = 1 - 2 * p
    return k * (1 - p) / p - correlated * u * (1 - u_k) / (2 * p**2)


@claim(
    "random-chopper-jitter",
    source=derived(_SOURCE, "2303.04721"),
    form="derived",
    statement="Under an offset o alone what a random chopper has let into H after k reads has, "
    "from either first sign, the second moment λ²o²(k(1 − p)/p − (1 − 2p)(1 − (1 − 2p)^k)/(2p²)): "
    "a random walk with λ²o²(1 − p)/p a read, which no period brings back. Its mean is "
    "λo(1 − (1 − 2p)^k)/(2p) from c = 1, and 0 if the first sign is random.",
    latex=r"\mathbb{E}\Big(\sum_{i\le k} c_i\Big)^2 = k\,\frac{1-p}{p} - \frac{(1-2p)(1-(1-2p)^k)}"
    r"{2p^2},"
    r" \quad \mathbb{E}\Big[\sum_{i\le k} c_i \,\Big|\, c_1 = 1\Big] = \frac{1-(1-2p)^k}{2p}",
    hypotheses=_RANDOM,
    twins=(
        twin("independent signs: k a read", independent=True),
        twin("the stationary rate alone, without the start", correlated=0),
        twin("mean 0 from c = 1 too", drift=0),
    ),
)
def random_chopper_jitter(
    run: Run, independent: bool = False, correlated: int = 1, drift: int = 1
) -> Evidence:
    """Induction on k: one more sign adds 1 + 2·cross, cross = u(1 − u^k)/(1 − u)."""
    u = 1 - 2 * p
    moment = k if independent else _second_moment(sympy.Integer(correlated))
    onward = {k: k + 1, u_k: u * u_k}
    cross = u * (1 - u_k) / (1 - u)  # E of the next sign times the sum of k signs
    mean = drift * (1 - u_k) / (2 * p)  # of the sum of k signs, c_1 = 1
    given = facts_of(_RANDOM)
    points = [{"p": "1/4", "k": 1, "u_k": "1/2"}]
    return conclude(
        remark("E[c_{k+1}·X] = (1 − 2p)E[c_kX] for X known at read k; c² = 1"),
        lemma(
            "cross_{k+1} = u(1 + cross_k)",
            prove_identity(cross.subs(onward, simultaneous=True), u * (1 + cross)),
        ),
        lemma("cross_0 = 0", prove_identity(cross.subs(u_k, 1), 0)),
        lemma(
            "M_{k+1} = M_k + 1 + 2cross_k, the second moment",
            prove_identity(
                moment.subs(onward, simultaneous=True),
                moment + 1 + 2 * cross,
                points=points,
                given=given,
            ),
        ),
        lemma("M_0 = 0", prove_identity(moment.subs({k: 0, u_k: 1}), 0)),
        lemma(
            "the mean from c = 1: E c_{k+1} = u^k more at read k + 1",
            prove_identity(mean.subs(u_k, u * u_k), mean + u_k, points=points, given=given),
        ),
        lemma("it is 0 at k = 0", prove_identity(mean.subs(u_k, 1), 0)),
        remark("c_1 = −1 changes every sign: the same M_k, minus the mean; half and half: mean 0"),
        lemma(
            "M_k ≥ k(1 − p)/p − 1/(2p²): it grows without bound",
            prove_polynomial(
                ge(_second_moment(sympy.S.One), k * (1 - p) / p - 1 / (2 * p**2)),
                given,
                multiplier=[gt(p), gt(p)],
            ),
        ),
        value="(1 − p)/p",
    )


#: δ and H.
step, held = sympy.symbols("delta H", real=True)
_KEEPING = (
    hypothesis("ideal slow array, q± = 1, no clipping of W; H before the write, n pulses"),
    hypothesis("δ > 0; |H| < 1 for the distance", gt(step), gt(1 - held), gt(1 + held)),
)


@claim(
    "keeping-buffer-conserves",
    source=derived("the write of TTv2; theory notes of the family 3.1, 3.4"),
    form="derived",
    statement="With an ideal slow array without clipping and a buffer that keeps the remainder "
    "(m = 0) a write leaves W + δH unchanged, whatever the number n of pulses: the transfer has no "
    "dead zone, and from H = 0 W is within δ of its start plus δ times all that has entered H, "
    "while |H| < 1. The forgetting buffer, which leaves mH, loses δ((1 − m)H − n) at each write.",
    latex=r"W^+ + \delta H^+ = W + \delta H \quad (\text{keep, } m = 0), \qquad"
    r" W^+ + \delta H^+ = W + \delta H - \delta ((1-m)H-n) \quad (\text{forget})",
    hypotheses=_KEEPING,
    twins=(
        twin("the forgetting buffer conserves it too", forget=True),
        twin("a keeping buffer with momentum m", kept=momentum),
        twin("the forgetting buffer loses δ(H − n) for every m", left=0),
        twin("within δ/2", reach=sympy.Rational(1, 2)),
    ),
)
def keeping_buffer_conserves(
    run: Run,
    forget: bool = False,
    kept: Expr = sympy.S.Zero,
    left: int = 1,
    reach: Expr = sympy.S.One,
) -> Evidence:
    """H − (1 − m)n and mH with W + δn, from the steps of the algorithm."""
    after = {}
    given = facts_of(_KEEPING)
    written = {"W": 0, "H": 1, "pulses": 1, "granularity": 1, "momentum": "1/2"}
    for keeps in (True, False):
        dynamics = ttv2(
            ideal_device("W"), GeneralObjective(), NoNoise(), buffer=Buffer(forget=not keeps)
        )
        writes = [s for s in dynamics.steps if isinstance(s, Assign) and s.value.has(pulses)]
        (branch, _), _ = writes[0].value.args
        change = next(s.change for s in dynamics.steps if isinstance(s, Pulse) and s.state == W)
        remains = branch.subs(momentum, kept) if keeps else branch
        after[keeps] = plain(W + change + granularity * remains)
    before = plain(W + granularity * H)
    lost = plain(granularity * ((1 - left * momentum) * H - pulses))
    return conclude(
        lemma("keep: W + δH stays", prove_identity(after[not forget], before)),
        remark("a read adds to H alone: W + δH − δ·(what has entered H) is W at the start"),
        *(
            lemma(
                f"|H| < 1: {words}δH < δ",
                prove_by_terms(
                    gt(reach * step - side * step * held),
                    given,
                    [(1, 1, (gt(step), gt(1 - side * held)))],
                ),
            )
            for words, side in (("", 1), ("−", -1))
        ),
        lemma(
            "forget: δ((1 − m)H − n) is lost",
            prove_identity(after[False], before - lost, points=[written]),
        ),
        value="δ((1 − m)H − n)",
    )
