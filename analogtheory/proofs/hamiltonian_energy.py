"""The energy of Stochastic Hamiltonian Descent: what asymmetry takes from it, or adds.

Problem: the mean field of stochastic Hamiltonian descent (arXiv:2201.13377, whose body is known
only from memory; theory notes 4.2), momentum A, position C, R = G/F of either array:

    H = α∫f′/F_C dC + β∫A/F_A dA,    Ḣ = −αβ(m·A·R_A(A) + f′(C)·|A|·R_C(C)),  m = E|f′ + ε|.

With a symmetric C array, only the asymmetry of A counts: energy is lost where the symmetric point
of A attracts (κ > 0) and is read as 0, kept for a symmetric A, gained where it repels, and gained
between 0 and the offset o where the symmetric point is read as o. Derived here.
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
from analogtheory.proofs.general_device import GeneralDevice
from analogtheory.proofs.hamiltonian_setting import (
    C_,
    A,
    alpha,
    beta,
    descent,
    flow,
    g,
    kappa,
    m,
    r,
)
from analogtheory.prove import ge, gt, le, lt, prove_by_terms, prove_identity

Expr: TypeAlias = sympy.Expr

PAPER = "2201.13377"
F_A, R_A, F_C, R_C, o = sympy.symbols("F_A R_A F_C R_C o", real=True)

_STEPS = hypothesis("α, β > 0", gt(alpha), gt(beta))
_NOISE = hypothesis(
    "zero-mean noise, E|ε| < ∞; m = E|f′ + ε| > 0 (0 only at a stationary point without noise)",
    gt(m),
)
BALANCE = (
    hypothesis("f′ and F continuous, F > 0 for both arrays; A is read against 0 (r = 0)"),
    _STEPS,
    _NOISE,
)


def _general_flow() -> tuple[Expr, Expr]:
    """(Ȧ, Ċ) with q± = F(1 ∓ R) of either array, r = 0."""
    fast, slow = GeneralDevice("A"), GeneralDevice("C")
    values = {}
    for device, state, rise, bend in ((fast, A, F_A, R_A), (slow, C_, F_C, R_C)):
        values[device.general_up.func(state)] = rise * (1 - bend)
        values[device.general_down.func(state)] = rise * (1 + bend)
    first, second = flow(descent(fast, slow))
    return first.subs(values).subs(r, 0), second.subs(values).subs(r, 0)


@claim(
    "hamiltonian-energy-balance",
    source=derived("mean field of the descent; theory notes 4.2", PAPER),
    form="derived",
    statement="Along the mean field of Stochastic Hamiltonian Descent H = α∫f′/F_C dC + "
    "β∫A/F_A dA changes at the rate −αβ(E|f′+ε|·A·R_A + f′·|A|·R_C), for every continuous f′, "
    "zero-mean noise law with E|ε| < ∞ and pair of responses. With a symmetric C array (R_C = 0) "
    "it does not grow where A·R_A ≥ 0 (the symmetric point of A attracts and is read as 0), is "
    "conserved for R_A = 0, and grows wherever A·R_A < 0.",
    latex=r"\dot H = -\alpha\beta\left(\mathbb{E}|f'+\varepsilon|\,A\,R_A(A) + f'(C)\,|A|\,R_C(C)"
    r"\right), \quad R = G/F",
    hypotheses=BALANCE,
    twins=(
        twin("it does not grow, whatever the sign of A·R_A", attracts=False),
        twin("H = αf + βA²/2, whatever F is", weights=(sympy.S.One, sympy.S.One)),
        twin("an asymmetric C array leaves the balance as it is", main=0),
    ),
)
def energy_balance(
    run: Run,
    attracts: bool = True,
    weights: tuple[Expr, Expr] = (1 / F_A, 1 / F_C),
    main: int = 1,
) -> Evidence:
    """dH/dt by the chain rule is one identity; its sign for R_C = 0."""
    case = (ge(A * R_A),) if attracts else ()
    given = (*facts_of(BALANCE), *case)
    rate_a, rate_c = _general_flow()
    rate = alpha * g * weights[1] * rate_c + beta * A * weights[0] * rate_a
    loss = -alpha * beta * (m * A * R_A + main * g * sympy.Abs(A) * R_C)
    point = {
        **{"alpha": 1, "beta": 1, "A": 1, "g": 1, "m": 2, "F_A": 2, "F_C": 3, "R_A": "1/2"},
        "R_C": "1/3",
    }
    still = loss.subs(R_C, 0)
    repels = (gt(alpha), gt(beta), gt(m), lt(A * R_A, 0))
    return conclude(
        lemma("Ḣ, by the chain rule", prove_identity(rate, loss, points=[point])),
        lemma(
            "R_C = 0, A·R_A ≥ 0: Ḣ ≤ 0",
            prove_by_terms(
                le(still, 0), given, [(1, 1, (gt(alpha), gt(beta), gt(m), ge(A * R_A)))]
            ),
        ),
        lemma("R_A = R_C = 0: Ḣ = 0", prove_identity(still.subs(R_A, 0), 0)),
        lemma("R_C = 0, A·R_A < 0: Ḣ > 0", prove_by_terms(gt(still), repels, [(1, 1, repels)])),
        value="Ḣ = −αβ·m·A·R_A",
    )


OFFSET = (_STEPS, _NOISE, hypothesis("q± = 1 ∓ κ(a − o), κ > 0, a the readout", gt(kappa)))


@claim(
    "hamiltonian-offset-energy",
    source=derived("hamiltonian-energy-balance with an offset; theory notes 4.2", PAPER),
    form="derived",
    statement="If the symmetric point of the momentum array (q± = 1 ∓ κ(a − o)) is read as o and "
    "C is ideal, H = αf(C) + βa²/2 changes at the rate −αβκ·E|f′+ε|·a(a − o): it grows exactly "
    "while a lies between 0 and o, and by at most αβκ·E|f′+ε|·o²/4 a unit of time.",
    latex=r"\dot H = -\alpha\beta\kappa\,\mathbb{E}|f'+\varepsilon|\; a(a-o) \le "
    r"\tfrac14\alpha\beta\kappa\,\mathbb{E}|f'+\varepsilon|\;o^2",
    hypotheses=OFFSET,
    twins=(
        twin("H never grows", quarter=0),
        twin("the offset of the opposite sign", sign=-1),
    ),
)
def offset_energy(run: Run, quarter: Expr = sympy.Rational(1, 4), sign: int = 1) -> Evidence:
    """The chain rule with a = A + o; a(a − o) = (a − o/2)² − o²/4."""
    given = facts_of(OFFSET)
    a = sympy.Symbol("a", real=True)
    rate_a, rate_c = (rate.subs(r, -o).subs(A, a - o) for rate in flow(descent()))
    rate = alpha * g * rate_c + beta * a * rate_a
    loss = -alpha * beta * kappa * m * a * (a - sign * o)
    point = {"alpha": 1, "beta": 1, "a": "1/2", "o": 1, "kappa": 1, "m": 1, "g": 1}
    size = (gt(alpha), gt(beta), gt(kappa), gt(m))
    room = le(loss, quarter * alpha * beta * kappa * m * o**2)
    between = (*size, gt(a * (o - a)))
    outside = (*size, ge(a * (a - o)))
    return conclude(
        lemma("Ḣ = −αβκ·m·a(a − o)", prove_identity(rate, loss, points=[point])),
        lemma(
            "≤ αβκ·m·o²/4",
            prove_by_terms(room, given, [(1, a - o / 2, size)], points=[point]),
        ),
        lemma("a(o − a) > 0: it grows", prove_by_terms(gt(loss), between, [(1, 1, between)])),
        lemma("a(a − o) ≥ 0: it does not", prove_by_terms(le(loss, 0), outside, [(1, 1, outside)])),
        remark("a(o − a) > 0 says that a lies strictly between 0 and o"),
        value="αβκ·m·o²/4",
    )
