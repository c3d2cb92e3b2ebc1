"""What a random chopper makes of an offset: a random walk; and what the keeping buffer conserves.

With probability p the sign flips after each read, E[c_i c_j] = u^{|i−j|}, u = 1 − 2p. Under an
offset alone H adds up λ·o·Σc, whose variance after k reads is

    λ²o²·(k(1 − p)/p − 2u(1 − u^k)/(4p²)),

growing without bound, where the regular chopper returns to 0 after each period. A buffer that
keeps the remainder (m = 0) loses nothing: W + δH moves by δ times what enters H. The theory notes
of the family (5.3) have 'triangle / random walk' and no rate. Derived here.
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
from analogtheory.proofs.general_device import GeneralObjective, ideal_device
from analogtheory.prove import ge, gt, le, prove_identity, prove_polynomial

Expr: TypeAlias = sympy.Expr

#: p, k, u^k; the variance of the sum so far, its covariance with the newest sign.
p, k, u_k = sympy.symbols("p k u_k", real=True)

_SOURCE = "theory notes of the family 5.3"
_RANDOM = (
    hypothesis("no gradient, no noise; c = ±1 flips after each read with probability p, "
               "0 < p ≤ 1/2, independently; E c = 0 at the start", gt(p), le(2 * p, 1)),
    hypothesis("k ≥ 0 reads, u_k = (1 − 2p)^k, 0 ≤ u_k ≤ 1", ge(k), ge(u_k), ge(1 - u_k)),
)  # fmt: skip


def _variance(correlated: Expr) -> Expr:
    """E(Σ_{i≤k} c_i)² = k(1 − p)/p − 2u(1 − u^k)/(4p²), the second term times `correlated`."""
    u = 1 - 2 * p
    return k * (1 - p) / p - correlated * u * (1 - u_k) / (2 * p**2)


@claim(
    "random-chopper-jitter",
    source=derived(_SOURCE, "2303.04721"),
    form="derived",
    statement="Under an offset alone the signal that a random chopper has passed into H after k "
    "reads has mean 0 and the variance λ²o²(k(1 − p)/p − (1 − 2p)(1 − (1 − 2p)^k)/(2p²)): a random "
    "walk with λ²o²(1 − p)/p a read, which no period brings back.",
    latex=r"\operatorname{Var}\sum_{i\le k} c_i = k\,\frac{1-p}{p} - \frac{(1-2p)(1-(1-2p)^k)}"
    r"{2p^2}",
    hypotheses=_RANDOM,
    twins=(
        twin("independent signs: k a read", independent=True),
        twin("the stationary rate alone, without the start", correlated=0),
    ),
)
def random_chopper_jitter(run: Run, independent: bool = False, correlated: int = 1) -> Evidence:
    """Induction on k: one more sign adds 1 + 2·cov, cov = u(1 − u^k)/(1 − u)."""
    u = 1 - 2 * p
    variance = k if independent else _variance(sympy.Integer(correlated))
    onward = {k: k + 1, u_k: u * u_k}
    covariance = u * (1 - u_k) / (1 - u)  # of the next sign with the sum of k signs
    given = facts_of(_RANDOM)
    points = [{"p": "1/4", "k": 1, "u_k": "1/2"}]
    return conclude(
        remark("E[c_{k+1}·X] = (1 − 2p)E[c_kX] for X known at read k; c² = 1"),
        lemma(
            "cov_{k+1} = u(1 + cov_k)",
            prove_identity(covariance.subs(onward, simultaneous=True), u * (1 + covariance)),
        ),
        lemma("cov_0 = 0", prove_identity(covariance.subs(u_k, 1), 0)),
        lemma(
            "V_{k+1} = V_k + 1 + 2cov_k",
            prove_identity(
                variance.subs(onward, simultaneous=True),
                variance + 1 + 2 * covariance,
                points=points,
                given=given,
            ),
        ),
        lemma("V_0 = 0", prove_identity(variance.subs({k: 0, u_k: 1}), 0)),
        lemma(
            "V_k ≥ k(1 − p)/p − 1/(2p²): it grows without bound",
            prove_polynomial(
                ge(_variance(sympy.S.One), k * (1 - p) / p - 1 / (2 * p**2)),
                given,
                multiplier=[gt(p), gt(p)],
            ),
        ),
        value="(1 − p)/p",
    )


@claim(
    "keeping-buffer-conserves",
    source=derived("the write of TTv2; theory notes of the family 3.1, 3.4"),
    form="derived",
    statement="With an ideal slow array and a buffer that keeps the remainder (m = 0) a write "
    "leaves W + δH unchanged, whatever the number of pulses: the transfer has no dead zone, and W "
    "is within δ of what the signal adds up to while |H| < 1. The forgetting buffer loses "
    "δ(H − n) at each write.",
    latex=r"W^+ + \delta H^+ = W + \delta H \quad (\text{keep, } m = 0), \qquad"
    r" W^+ + \delta H^+ = W + \delta H - \delta (H-n) \quad (\text{forget})",
    hypotheses=(hypothesis("ideal slow array, q± = 1; H before the write, n pulses"),),
    twins=(
        twin("the forgetting buffer conserves it too", forget=True),
        twin("a keeping buffer with momentum m", kept=momentum),
    ),
)
def keeping_buffer_conserves(run: Run, forget: bool = False, kept: Expr = sympy.S.Zero) -> Evidence:
    """H − (1 − m)n and W + δn, from the steps of the algorithm."""
    after = {}
    for keeps in (True, False):
        dynamics = ttv2(
            ideal_device("W"), GeneralObjective(), NoNoise(), buffer=Buffer(forget=not keeps)
        )
        writes = [s for s in dynamics.steps if isinstance(s, Assign) and s.value.has(pulses)]
        (branch, _), _ = writes[0].value.args
        change = next(s.change for s in dynamics.steps if isinstance(s, Pulse) and s.state == W)
        left = branch.subs(momentum, kept)
        after[keeps] = _plain(W + change + granularity * left)
    before = _plain(W + granularity * H)
    lost = _plain(granularity * (H - pulses))
    return conclude(
        lemma("keep: W + δH stays", prove_identity(after[not forget], before)),
        lemma("forget: δ(H − n) is lost", prove_identity(after[False], before - lost)),
        value="δ(H − n)",
    )


def _plain(expression: Expr) -> Expr:
    names = {s: sympy.Symbol(s.name, real=True) for s in expression.free_symbols}
    return expression.xreplace(names)
