"""Stochastic Hamiltonian Descent is Tiki-Taka with γ = 0, and Residual Learning with γ = 0.

Problem: three programs, from three papers (arXiv:2201.13377, known only from memory;
arXiv:1909.07908; arXiv:2502.06309 eqs. (10), (11)), each of which is written once in
:mod:`analogtheory.algorithms`. With a transfer after every sample their iterations on one weight
are the same map, for every pair of devices, objective, noise and step size. For a matrix, both
Tiki-Taka and the descent transfer one column a step in turn; that is the same schedule, and not
part of what is proved here.
"""

from __future__ import annotations

from typing import TypeAlias

import sympy

from analogtheory.algorithms import residual_learning
from analogtheory.algorithms.transfer import (
    reference_symbol,
    stochastic_hamiltonian_descent,
    tiki_taka,
)
from analogtheory.claims import (
    Evidence,
    Run,
    Settled,
    claim,
    conclude,
    derived,
    hypothesis,
    lemma,
    twin,
)
from analogtheory.noise import Gaussian
from analogtheory.proofs.general_device import GeneralDevice, GeneralObjective, plain
from analogtheory.proofs.hamiltonian_setting import C_, A, g, step_of
from analogtheory.prove import prove_identity

Expr: TypeAlias = sympy.Expr

gamma, _ANY = sympy.symbols("gamma r", real=True)
_SIGN_A, _SIGN_C = sympy.symbols("sign_A sign_C", real=True)
#: f′(c) = c and linear devices: where the twins are shown to be wrong.
_POINT = {
    **{"A": "1/2", "C": 1, "alpha": "1/2", "beta": 1, "epsilon": 1, "gamma": 1, "r": "1/4"},
    **{"sign_A": -1, "sign_C": 1},
}


def _one_step(
    name: str, mixing: Expr, devices: tuple[GeneralDevice, GeneralDevice], reference: Expr
) -> tuple[Expr, Expr]:
    """(A⁺, C⁺) of one of the three programs, γ and r inserted."""
    fast, slow = devices
    objective, noise = GeneralObjective(), Gaussian(1.0)
    if name == "descent":
        program = stochastic_hamiltonian_descent(slow, objective, noise, fast_response=fast)
    elif name == "Tiki-Taka":
        program = tiki_taka(slow, objective, noise, fast_response=fast)
    else:
        program = residual_learning(slow, objective, noise, residual_response=fast)
    first, second = (str(state) for state in program.states)
    found = step_of(program, {first: _SIGN_A, second: _SIGN_C})
    names = {
        **{plain(sympy.Symbol(first)): A, plain(sympy.Symbol(second)): C_},
        **{gamma: mixing, plain(reference_symbol): reference},
        g: sympy.Function("slope", real=True)(C_),  # f′(C) has been written g
    }
    moved = [found[state].subs(names, simultaneous=True) for state in (first, second)]
    return moved[0], moved[1]


def _compared(left: Expr, right: Expr, sample: bool) -> tuple[Expr, Expr]:
    """Both sides with f′(c) as c and q± = 1 ∓ w in place of unknown functions, where asked."""
    if not sample:
        return left, right
    known = {
        "slope": lambda at: at,
        **{f"q_up_{array}": lambda at: 1 - at for array in "AC"},
        **{f"q_down_{array}": lambda at: 1 + at for array in "AC"},
    }

    def inserted(expression: Expr) -> Expr:
        for name, function in known.items():
            expression = expression.replace(sympy.Function(name, real=True), function)
        return expression

    return inserted(left), inserted(right)


@claim(
    "hamiltonian-is-tiki-taka",
    source=derived("the three programs, one weight, a transfer after every sample", "2201.13377"),
    form="derived",
    statement="On one weight, without read noise and with a transfer after every sample one "
    "iteration of Stochastic Hamiltonian Descent is one iteration of Tiki-Taka with γ = 0 and, for "
    "a readout against r = 0, of Residual Learning with γ = 0: for all devices, "
    "objectives, draws, α and β.",
    latex=r"(A, C) \mapsto (A^+, C^+) \text{ is the same map for } \gamma = 0",
    hypotheses=(
        hypothesis("averaged pulses: w⁺ = w + ΔF(w) − |Δ|G(w); γ = 0; every sample is transferred"),
        hypothesis("for Residual Learning: r = 0"),
    ),
    twins=(
        twin("Tiki-Taka with γ > 0", mixing=gamma),
        twin("Residual Learning, which has no reference, and r ≠ 0", reference=_ANY),
    ),
)
def hamiltonian_is_tiki_taka(
    run: Run, mixing: Expr = sympy.S.Zero, reference: Expr = sympy.S.Zero
) -> Evidence:
    """Equal maps in unknown functions; the signs of both pulses are symbols."""
    devices = (GeneralDevice("A"), GeneralDevice("C"))
    steps: list[Settled] = []
    for other, at in (("Tiki-Taka", _ANY), ("Residual Learning", reference)):
        pairs = zip(
            _one_step("descent", sympy.S.Zero, devices, at),
            _one_step(other, mixing, devices, at),
            strict=True,
        )
        for words, (left, right) in zip(("A⁺", "C⁺"), pairs, strict=True):
            same = sympy.expand(left - right) == 0
            names = _opaque(left, right) if same else {}
            one, two = _compared(left, right, not same)
            outcome = prove_identity(one.xreplace(names), two.xreplace(names), points=[_POINT])
            steps.append(lemma(f"{words}: the descent and {other}", outcome))
    return conclude(*steps, value="one map")


def _opaque(*expressions: Expr) -> dict[Expr, Expr]:
    """A symbol for each value of an unknown function."""
    calls = sorted(
        {
            call
            for expression in expressions
            for call in expression.atoms(sympy.core.function.AppliedUndef)
        },
        key=str,
    )
    return {call: sympy.Symbol(f"value_{k}", real=True) for k, call in enumerate(calls)}
