"""What TTv2 and c-TTv2 make of a constant gradient: exact gains, for pulses of any size.

Setting: :mod:`analogtheory.proofs.constant_gradient_setting`. A is read after every n_s updates,
ρ = 1 − κδ, R = ρ^{n_s}. Between reads y ↦ Ry − (1 − R)c, so that

* TTv2 (c = 1): the reads tend to o − s/κ, gain 1 − κso;
* c-TTv2, regular chopper of N reads: the attracting orbit is antisymmetric,
  y_j = −1 + (1 + t)R^j after j reads of a phase with c = 1, t = (1 − R^N)/(1 + R^N),
  gain 1 − (2/N)·t·R/(1 − R);
* c-TTv2, random chopper with probability p: E[cy] = −(1 − R)/(1 − R + 2pR).

Derived here; the theory notes of the family (5.3) have the limits of many small updates.
"""

from __future__ import annotations

from typing import TypeAlias

import sympy

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
from analogtheory.proofs.constant_gradient_setting import (
    CONSTANT,
    delta,
    kappa,
    offset,
    rho,
    scaled_map,
    with_chopper,
    with_ttv2,
    y,
)
from analogtheory.prove import ge, gt, le, lt, prove_by_terms, prove_identity, prove_polynomial

Expr: TypeAlias = sympy.Expr

#: s = sign g; R, R^N and R^j; N; t, where the orbit starts a phase; p.
s, R, E, E_j, N, t, p = sympy.symbols("s R E E_j N t p", real=True)
#: A second orbit.
z = sympy.Symbol("z", real=True)

_SOURCE = "arXiv:2303.04721 Fig. 3 in formulas; theory notes of the family 5.3"
_ASKED = (*CONSTANT, hypothesis("s = sign g, o = a* − r", ge(s, -1), le(s, 1)))


@claim(
    "constant-gradient-gain-ttv2",
    source=derived(_SOURCE, "2303.04721"),
    form="derived",
    statement="Under a constant gradient the reads A − r of TTv2 tend to o − s/κ geometrically, "
    "whatever the size δ of one update: the normalised gain −κs·read is 1 − κso, positive exactly "
    "if κso < 1. Beyond that the slow array moves up the gradient.",
    latex=r"-\kappa s\lim (A-r) = 1 - \kappa s\, o, \quad A_{k+1}-A^\circ = (1-\kappa\delta)"
    r"(A_k-A^\circ)",
    hypotheses=_ASKED,
    twins=(
        twin("the offset counted with the other sign", sign=-1),
        twin("a fixed point at the symmetric point, gain −κso", reach=0),
        twin("contraction 1 − δ, without the slope κ", shrink=1 - delta),
    ),
)
def constant_gradient_gain_ttv2(
    run: Run, sign: int = 1, reach: int = 1, shrink: Expr = 1 - kappa * delta
) -> Evidence:
    """y ↦ ρy − (1 − ρ) rests at −1 and shrinks the distance from it by ρ."""
    gain = 1 - sign * kappa * s * offset
    steps = []
    for side in (1, -1):
        read = offset - reach * side / kappa  # y = κs(A − a*) = −1
        words = f"gain 1 − κso, sign g = {side}"
        steps.append(lemma(words, prove_identity(-kappa * side * read, gain.subs(s, side))))
    facts = (*facts_of(_ASKED), gt(1 - kappa * s * offset))
    return conclude(
        *scaled_map(with_ttv2(), shrink, choppers=(1,)),
        lemma("y⁺ + 1 = ρ(y + 1)", prove_identity(rho * y - (1 - rho) + 1, rho * (y + 1))),
        lemma("|ρ| < 1: ρ > 0", prove_polynomial(gt(1 - kappa * delta), facts_of(CONSTANT))),
        lemma("ρ < 1", prove_polynomial(gt(1 - (1 - kappa * delta)), facts_of(CONSTANT))),
        *steps,
        lemma("gain > 0 where κso < 1", prove_by_terms(gt(gain), facts, [(1, 1, (facts[-1],))])),
        value="1 − κso",
    )


_CHOPPED = (
    *CONSTANT,
    hypothesis("R = (1 − κδ)^{n_s} ∈ (0, 1), the decay between reads", gt(R), lt(R, 1)),
    hypothesis("N ≥ 1 reads a phase; E = R^N ∈ (0, 1)", ge(N, 1), gt(E), lt(E, 1)),
)


@claim(
    "constant-gradient-gain-regular-chopper",
    source=derived(_SOURCE, "2303.04721"),
    form="derived",
    statement="Under a constant gradient c-TTv2 with a regular chopper of N reads, n_s updates a "
    "read, settles on a periodic orbit whose mean signal has the normalised gain "
    "1 − (2/N)·t·R/(1 − R), t = (1 − R^N)/(1 + R^N), R = (1 − κα|g|)^{n_s}: exact for every step "
    "size and independent of the offset.",
    latex=r"1 - \frac{2}{N}\,\frac{R}{1-R}\,\frac{1-R^N}{1+R^N}, \quad R = (1-\kappa\alpha|g|)"
    r"^{n_s}",
    hypotheses=_CHOPPED,
    twins=(
        twin("the limit 1 − t/h with 2h = N(1 − R), as if it were exact", following=1 / R),
        twin("a chopper on the gradients only", reading=1),
        twin("the orbit starts a phase at y = 1", start=sympy.S.One),
    ),
)
def constant_gradient_gain_regular_chopper(
    run: Run,
    following: Expr = sympy.S.One,
    reading: int = -1,
    start: Expr = (1 - E) / (1 + E),
) -> Evidence:
    """The orbit of one phase, that it closes, that it attracts, and the sum of its reads."""
    orbit = -1 + (1 + start) * E_j
    gain = 1 - 2 / N * following * R / (1 - R) * (1 - E) / (1 + E)
    # Σ_{i ≤ j} y_i, with E_j = R^j: 0 at j = 0 and y_{j+1} more at j + 1
    total = -N + (1 + t) * R * (1 - E) / (1 - R)
    partial = (1 + t) * R * (1 - E_j) / (1 - R)
    given = facts_of(_CHOPPED)
    signal = total / N  # of both phases alike: c·y is the same, c·κso cancels
    both = (signal + kappa * s * offset - reading * (signal - kappa * s * offset)) / 2
    return conclude(
        *scaled_map(with_chopper(), 1 - kappa * delta),
        remark("n_s updates with one c: y ↦ Ry − (1 − R)c, R = ρ^{n_s}, by induction:"),
        lemma(
            "ρ(Ry − (1 − R)) − (1 − ρ) = ρRy − (1 − ρR)",
            prove_identity(rho * (R * y - (1 - R)) - (1 - rho), rho * R * y - (1 - rho * R)),
        ),
        lemma(
            "y_{j+1} = Ry_j − (1 − R) on the orbit",
            prove_identity(R * orbit - (1 - R), orbit.subs(E_j, R * E_j)),
        ),
        lemma(
            "y_N = −y_0: the orbit closes", prove_identity(orbit.subs(E_j, E), -start, given=given)
        ),
        lemma(
            "two orbits: after a phase their distance is R^N times as large",
            prove_identity((E * y - (1 - E)) - (E * z - (1 - E)), E * (y - z)),
        ),
        lemma(
            "Σ_{i≤j+1} y_i − Σ_{i≤j} y_i = y_{j+1}, with R^{j+1} = R·R^j",
            prove_identity(-1 + partial.subs(E_j, R * E_j) - partial, -1 + (1 + t) * R * E_j),
        ),
        lemma(
            "the mean signal over both phases: the offset cancels",
            prove_identity(-both.subs(t, (1 - E) / (1 + E)), gain, given=given),
        ),
        value="1 − (2/N)·t·R/(1 − R)",
    )


_RANDOM = (
    *CONSTANT,
    hypothesis("R = (1 − κδ)^{n_s} ∈ (0, 1), the decay between reads", gt(R), lt(R, 1)),
    hypothesis("0 < p ≤ 1/2", gt(p), le(2 * p, 1)),
)


@claim(
    "constant-gradient-gain-random-chopper",
    source=derived(_SOURCE, "2303.04721"),
    form="derived",
    statement="Under a constant gradient c-TTv2 with a random chopper, flipped after each read "
    "with probability p, has in the mean the normalised gain (1 − R)/(1 − R + 2pR), "
    "R = (1 − κα|g|)^{n_s}: exact for every step size, independent of the offset, in (0, 1).",
    latex=r"-\kappa s\,\mathbb{E}[c\,(A-r)] = \frac{1-R}{1-R+2pR}",
    hypotheses=_RANDOM,
    twins=(
        twin("1 − p for 1 − 2p: a flip forgets the sign", forget=1),
        twin("the flip before the read", late=0),
    ),
)
def constant_gradient_gain_random_chopper(run: Run, forget: int = 2, late: int = 1) -> Evidence:
    """E[cy] obeys one linear recursion because c is independent of the draw that flips it."""
    keep = 1 - 2 * p
    gain = (1 - R) / (1 - R + forget * p * R) if late else (1 - R) * keep / (1 - R * keep)
    mean = -gain
    facts = facts_of(_RANDOM)
    point = {"R": "1/2", "p": "1/4"}
    denominator = 1 - R + 2 * p * R
    return conclude(
        *scaled_map(with_chopper(), 1 - kappa * delta),
        remark(
            "E[c⁺X] = (1 − 2p)E[cX] for X known before the flip; c² = 1; E[c] → 0 as (1 − 2p)^k, "
            "so that the offset leaves the mean"
        ),
        lemma(
            "E[cy] = R(1 − 2p)E[cy] − (1 − R)",
            prove_identity(R * keep * mean - (1 - R), mean, points=[point]),
        ),
        lemma(
            "gain > 0",
            prove_by_terms(
                gt((1 - R) / denominator),
                (*facts, gt(denominator)),
                [(1, 1, (lt(R, 1),))],
                multiplier=[gt(denominator)],
            ),
        ),
        lemma(
            "1 − R + 2pR > 0",
            prove_by_terms(gt(denominator), facts, [(1, 1, (lt(R, 1),)), (2, 1, (gt(p), gt(R)))]),
        ),
        lemma(
            "gain < 1",
            prove_by_terms(
                lt((1 - R) / denominator, 1),
                (*facts, gt(denominator)),
                [(2, 1, (gt(p), gt(R)))],
                multiplier=[gt(denominator)],
            ),
        ),
        value="(1 − R)/(1 − R + 2pR)",
    )
