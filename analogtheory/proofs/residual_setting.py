"""What the claims about Residual Learning share: symbols, hypotheses, one inequality.

Residual Learning (arXiv:2502.06309, eqs. (10)–(11)), with W̄ = W + γP, F = (q₋+q₊)/2 and
G = (q₋−q₊)/2:

    P⁺ = P − α(g·F(P) + |g|·G(P)),   W⁺ = W + β(P⁺·F(W) − |P⁺|·G(W)).

Everything acts coordinate by coordinate except f itself. A statement is therefore settled
for one coordinate and summed; where f couples the coordinates, the step says so.
"""

from __future__ import annotations

from typing import Any

import sympy

from analogtheory.claims import Hypothesis, hypothesis, lemma
from analogtheory.prove import (
    Fact,
    ge,
    gt,
    le,
    prove_polynomial,
)

alpha, beta, gamma = sympy.symbols("alpha beta gamma", real=True)
L, mu, sigma = sympy.symbols("L mu sigma", real=True)
q_up, q_down, q_max, F_max = sympy.symbols("q_up q_down q_max F_max", real=True)

F: sympy.Expr = (q_down + q_up) / 2
G: sympy.Expr = (q_down - q_up) / 2
M: sympy.Expr = q_up * q_down

#: The facts 0 to 5 of every claim that starts with these hypotheses.
RESPONSE: tuple[Hypothesis, ...] = (
    hypothesis("q₊, q₋ ≥ 0", ge(q_up), ge(q_down)),
    hypothesis("F ≤ F_max, F_max > 0", gt(F_max), ge(F_max, F)),
    hypothesis("q₊, q₋ ≤ q_max", ge(q_max, q_up), ge(q_max, q_down)),
)
STEPS: Hypothesis = hypothesis("α > 0, γ > 0", gt(alpha), gt(gamma))
SMOOTH: Hypothesis = hypothesis("f is L-smooth, L > 0", gt(L))
NOISE: Hypothesis = hypothesis("Assumption 2: E g = ∇f(W̄), E‖g − ∇f(W̄)‖² ≤ σ²")
UNSATURATED: Hypothesis = hypothesis(
    "no coordinate is saturated: M > 0, that is q₊, q₋ > 0", gt(q_up), gt(q_down)
)


def reverse_triangle(x: Any, y: Any) -> tuple[Any, Fact]:
    """(|x| − |y|)² ≤ (x − y)², as a step and as the fact that later steps may use."""
    fact = le((sympy.Abs(x) - sympy.Abs(y)) ** 2, (x - y) ** 2)
    return lemma("(|x| − |y|)² ≤ (x − y)²", prove_polynomial(fact)), fact
