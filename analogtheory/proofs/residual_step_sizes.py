"""Which step sizes keep the averaged iteration of Residual Learning stable.

Problem: arXiv:2502.06309 eqs. (10), (11) in the mean, linearised at P = 0, W = W* (see
residual_linearisation); the transfer reads the new P_{k+1}. Both eigenvalues lie inside the
unit circle exactly if κ > 0 and αβ·h·F(0)·q < 4 − 2ακ, by Jury's conditions, which are proved
here for two real roots and for a complex pair.
"""

from __future__ import annotations

import sympy

from analogtheory.claims import (
    Evidence,
    Run,
    Settled,
    claim,
    conclude,
    derived,
    facts_of,
    lemma,
    remark,
    twin,
)
from analogtheory.proofs.general_device import h
from analogtheory.proofs.residual_linearisation import (
    DAMPED,
    F_0,
    POINT,
    POSITIVE,
    ZERO_SHIFTED,
    alpha,
    beta,
    d,
    kappa,
    one_sided_jacobian,
    p,
    q,
    same_sides,
)
from analogtheory.prove import ge, gt, le, prove_by_terms, prove_identity


def _jury() -> list[Settled]:
    """Jury's conditions for the roots of χ(λ) = λ² − tr·λ + det, all by certificates.

    For real roots x, y: tr = x + y, det = xy. For a pair x ± iy: tr = 2x, det = x² + y².
    """
    x, y = sympy.symbols("x y", real=True)
    at_1, at_minus_1, low = gt((1 - x) * (1 - y)), gt((1 + x) * (1 + y)), gt(1 - x * y)
    inside = (gt(1, x), gt(x, -1), gt(1, y), gt(y, -1))
    steps = []
    for sign, end in ((1, at_1), (-1, at_minus_1)):
        s, wide = sign * x, gt(2 - sign * (x + y))
        near = prove_by_terms(
            gt(1 - s), (end, wide), [(1, 1 - s, ()), (1, 1, (end,))], multiplier=[wide]
        )
        pair, circle = gt((1 - s) ** 2 + y**2), (gt(y**2), gt(1, x**2 + y**2))
        both = inside[0::2] if sign > 0 else inside[1::2]
        steps += [
            lemma(
                f"Jury, real roots: χ({sign}) > 0 and det < 1 give tr·({sign}) < 2",
                prove_by_terms(wide, (end, low), [(1, 1, (end,)), (1, 1, (low,))]),
            ),
            lemma(f"Jury, real roots: so each root·({sign}) < 1", near),
            lemma(
                f"conversely roots in (−1, 1): χ({sign}) > 0",
                prove_by_terms(end, inside, [(1, 1, both)]),
            ),
            lemma(
                f"Jury, a pair x ± iy: χ({sign}) > 0",
                prove_by_terms(pair, circle, [(1, 1 - s, ()), (1, 1, (gt(y**2),))]),
            ),
        ]
    mixed = ((inside[0], inside[3]), (inside[1], inside[2]))
    equal = ((inside[0], inside[2]), (inside[1], inside[3]))
    return [
        *steps,
        *(
            lemma(words, prove_by_terms(fact, inside, [("1/2", 1, pair) for pair in pairs]))
            for words, fact, pairs in (
                ("conversely roots in (−1, 1): det < 1", low, mixed),
                ("and det > −1", gt(1 + x * y), equal),
            )
        ),
        remark("a real quadratic has two real roots or a pair x ± iy, and then |x ± iy|² = det"),
    ]


_JURY = (POSITIVE, ZERO_SHIFTED)


def iteration_matrix(simultaneous: bool = False) -> sympy.Matrix:
    """The averaged iteration, linearised: P⁺ = P + Ṗ, then W⁺ = W + Ẇ(P⁺).

    Eq. (11) transfers the new residual P_{k+1}; `simultaneous` transfers the old one.
    """
    jacobian = one_sided_jacobian(1)
    residual = p + jacobian[0, 0] * p + jacobian[0, 1] * d
    read = p if simultaneous else residual
    rows = (residual, d + jacobian[1, 0] * read + jacobian[1, 1] * d)
    return sympy.Matrix([[sympy.diff(sympy.expand(row), v) for v in (p, d)] for row in rows])


@claim(
    "residual-learning-step-sizes",
    source=derived("Jury's conditions for eqs. (10), (11), linearised in the mean", "2502.06309"),
    form="derived",
    statement="Each one-sided linearisation of the averaged iteration (which transfers the new "
    "P_{k+1}) has spectral radius below 1 exactly if κ > 0 and αβ·h·F(0)·q < 4 − 2ακ; its "
    "determinant is 1 − ακ, whatever β.",
    latex=r"\rho < 1 \iff \kappa > 0 \;\wedge\; \alpha\beta\,h\,F(0)\,q < 4 - 2\alpha\kappa",
    hypotheses=_JURY,
    twins=(
        twin("W moved by the old P_k", simultaneous=True),
        twin("2 for 4: the limit of gradient descent", four=2),
        twin("no condition on the step sizes", bounded=False),
    ),
)
def residual_learning_step_sizes(
    run: Run, simultaneous: bool = False, four: int = 4, bounded: bool = True
) -> Evidence:
    """Jury: |det| < 1, χ(1) > 0, χ(−1) > 0 for χ(λ) = λ² − tr·λ + det."""
    matrix, given = iteration_matrix(simultaneous), facts_of((*_JURY, DAMPED))
    trace, det = matrix.trace(), matrix.det()
    stiffness = alpha * beta * h * F_0 * q
    room = gt(four - 2 * alpha * kappa, stiffness)
    inside = (*given, *((room,) if bounded else ()))
    stiff = (gt(alpha), gt(beta), gt(h), gt(F_0), gt(q))
    spring = (1, 1, stiff)
    edge = (*given, le(four - 2 * alpha * kappa, stiffness))
    repelling = (*facts_of((POSITIVE,)), le(kappa, 0))
    return conclude(
        lemma("det = 1 − ακ", prove_identity(det, 1 - alpha * kappa, points=[POINT])),
        lemma(
            "det < 1",
            prove_by_terms(gt(1 - det), given, [(1, 1, (gt(alpha), gt(kappa)))]),
        ),
        lemma("χ(1) > 0", prove_by_terms(gt(1 - trace + det), given, [spring])),
        lemma("χ(−1) > 0", prove_by_terms(gt(1 + trace + det), inside, [(1, 1, (room,))])),
        lemma(
            "det > −1",
            prove_by_terms(gt(1 + det), inside, [("1/2", 1, (room,)), ("1/2", 1, stiff)]),
        ),
        lemma(
            "conversely χ(−1) ≤ 0 if αβhF(0)q ≥ 4 − 2ακ: an eigenvalue ≤ −1",
            prove_by_terms(le(1 + trace + det, 0), edge, [(1, 1, (edge[-1],))]),
        ),
        lemma(
            "conversely det ≥ 1 if κ ≤ 0",
            prove_by_terms(ge(det, 1), repelling, [(1, 1, (gt(alpha), repelling[-1]))]),
        ),
        same_sides(),
        *_jury(),
        value="4 − 2ακ",
    )
