"""A residual array whose symmetric point is not 0 tilts the objective.

Problem: the mean field of :func:`analogtheory.algorithms.residual_learning` (arXiv:2502.06309
eqs. (10), (11)) without Assumption 4. It rests at P = 0 (see residual_equilibrium), where

    ∇f(W) = −m·R_P(0),    m = E|∇f(W) + ε|,  R_P(0) = G(0)/F(0) of the residual array:

the minimiser of f + ⟨m·R_P(0), W⟩, whatever W*, γ, the step sizes and the main array are.
Analog SGD rests at ∇f(W) = −m·R_W(W). Derived here (theory notes 4.4).

The numbers come from the exact stationary law at α = 1/100, β = α/10, h = τ = 1, W* = 1/2,
σ = 1/2, both arrays made of the linear device with symmetric point c.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TypeAlias

import sympy

from analogtheory.algorithms import analog_sgd
from analogtheory.algorithms.symbols import W
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
from analogtheory.noise import Gaussian, NoiseLaw, Rademacher
from analogtheory.proofs.exact_residual import Setting, moments
from analogtheory.proofs.general_device import (
    GeneralDevice,
    GeneralObjective,
    as_symbols,
    field_of,
    plain,
)
from analogtheory.proofs.residual_equilibrium import residual_drift_at_rest
from analogtheory.prove import ge, gt, lt, prove_by_terms, prove_identity

Expr: TypeAlias = sympy.Expr

alpha, g, m, F, R = sympy.symbols("alpha g m F R", real=True)
g_1, g_2, m_1, m_2, r_1, r_2 = sympy.symbols("g_1 g_2 m_1 m_2 r_1 r_2", real=True)

_REST = hypothesis("the main array comes to rest, so P = 0 (responses positive)")
_ANY_LAW = hypothesis("|m(g) − m(g′)| ≤ |g − g′| for m(g) = E|g + ε|, as for every noise law")


def _drift(factor: Expr) -> tuple[Expr, Expr]:
    """Ṗ at P = 0 with q± = F(1 ∓ R), and −αF(g + m·R) times a factor on R."""
    up, down = sympy.symbols("up_0 down_0", real=True)
    drift = residual_drift_at_rest().subs({up: F * (1 - R), down: F * (1 + R)})
    return drift, -alpha * F * (g + m * R * factor)


_UNIQUE = (
    hypothesis("|R_P(0)| < 1 (positive responses)", gt(R, -1), lt(R, 1)),
    hypothesis("one noise law, whatever W; g₁ < g₂ are two gradients", gt(g_2, g_1)),
    hypothesis("|m(g) − m(g′)| ≤ |g − g′|", ge(g_2 - g_1, m_2 - m_1), ge(g_2 - g_1, m_1 - m_2)),
)


_FALL, _RISE = ge(g_2 - g_1, m_1 - m_2), ge(g_2 - g_1, m_2 - m_1)
#: A gradient of size `far`, its moment, |R| ≤ reach and E|ε|: where the sign is settled.
far, reach, spread = sympy.symbols("far reach spread", real=True)
_FAR = (
    gt(far),
    ge(reach),
    ge(R, -reach),
    ge(reach, R),
    ge(m),
    ge(far + spread, m),
    gt(far * (1 - reach), reach * spread),
)
#: ½(1 + R)(Δg + Δm) + ½(1 − R)(Δg − Δm), rearranged so that a term is strictly positive.
_INCREASES = (
    ("2/5", 1, (gt(R, -1), _FALL)),
    ("2/5", 1, (lt(R, 1), _RISE)),
    ("1/10", 1, (gt(R, -1), lt(R, 1), gt(g_2, g_1))),
    ("1/20", 1 - R, (_RISE,)),
    ("1/20", 1 + R, (_FALL,)),
)


@claim(
    "residual-learning-tilt",
    source=derived("mean field of eqs. (10), (11) without Assumption 4", "2502.06309"),
    form="derived",
    statement="A symmetric point of the residual array away from 0 tilts the objective: the mean "
    "field rests only where ∇f = −E|∇f + ε|·G(0)/F(0). This has exactly one solution ∇f, which "
    "does not depend on W*, γ, α, β or the main array; under Rademacher noise it is −σG(0)/F(0).",
    latex=r"\nabla f(W) = -\mathbb{E}|\nabla f(W)+\varepsilon|\,\frac{G_P(0)}{F_P(0)}",
    hypotheses=(_REST, _ANY_LAW, *_UNIQUE),
    twins=(
        twin("the opposite sign", factor=sympy.Integer(-1)),
        twin("a response that is not positive: |R_P(0)| may exceed 1", drop="|R_P(0)| < 1"),
        twin("half the tilt", factor=sympy.Rational(1, 2)),
    ),
)
def residual_learning_tilt(run: Run, factor: Expr = sympy.S.One, drop: str = "") -> Evidence:
    """Ṗ at P = 0 is an identity; g ↦ g + m(g)R increases, so it has one zero at most."""
    drift, claimed = _drift(factor)
    given = facts_of(_UNIQUE, drop=drop)
    rise = gt((g_2 + m_2 * R) - (g_1 + m_1 * R))
    s = sympy.Symbol("sigma", real=True)
    point = {"alpha": 1, "F": 1, "g": 1, "m": 1, "R": "1/2"}
    return conclude(
        lemma("Ṗ = −αF(0)(g + m·R_P(0)) at P = 0", prove_identity(drift, claimed, points=[point])),
        lemma("g + m(g)R increases with g", prove_by_terms(rise, given, _INCREASES)),
        lemma(
            "m = σ for Rademacher noise, |g| ≤ σ",
            prove_identity(((g + s) + (s - g)) / 2, s, points=[{"g": 1, "sigma": 2}]),
        ),
        *(
            lemma(
                f"{words} where |g|(1 − |R|) > |R|·E|ε|, as m ≤ |g| + E|ε|",
                prove_by_terms(
                    gt(far + sign * m * R),
                    _FAR,
                    [
                        (1, 1, (ge(m), edge)),
                        (1, 1, (ge(reach), ge(far + spread, m))),
                        (1, 1, (_FAR[-1],)),
                    ],
                ),
            )
            for words, sign, edge in (
                ("g + m(g)R > 0 for g > 0", 1, ge(R, -reach)),
                ("g + m(g)R < 0 for g < 0", -1, ge(reach, R)),
            )
        ),
        remark("so the continuous g + m(g)R has a zero; |g| = σ|R| < σ for Rademacher"),
        value="−σR_P(0)",
    )


#: Analog SGD and Residual Learning at rest, |g| = m·r: the first has the larger r.
_SLOW = ge(m_1 - m_2, m_1 * r_1 - m_2 * r_2)
_COMPARED = (
    hypothesis("positive responses: 0 ≤ |R| < 1", ge(r_2), lt(r_2, 1)),
    hypothesis("there is noise: m > 0", gt(m_1)),
    hypothesis("|R| of the first is larger", gt(r_1, r_2)),
    hypothesis("both at rest, symmetric noise: |g| = m(|g|)·|R|"),
    hypothesis("|m(g) − m(g′)| ≤ |g − g′| (used where |g₁| ≤ |g₂|)", _SLOW),
)


@claim(
    "residual-learning-against-analog-sgd",
    source=derived("equilibria of eqs. (2) and (10), (11); theory notes 4.4", "2502.06309"),
    form="derived",
    statement="Under symmetric noise the mean field of Residual Learning rests at a larger |∇f| "
    "than that of Analog SGD exactly if |G/F| of its residual array at 0 is larger than |G/F| of "
    "the weight array at the point where Analog SGD rests.",
    latex=r"|\nabla f|_{\text{RL}} > |\nabla f|_{\text{SGD}} \iff |R_P(0)| > |R_W(W)|",
    hypotheses=_COMPARED,
    twins=(
        twin("no relation between the two |R|", drop="|R| of the first is larger"),
        twin("m may change faster than g", drop="|m(g)"),
        twin("Analog SGD rests at +m·R_W(W)", sign=-1),
    ),
)
def residual_learning_against_analog_sgd(run: Run, drop: str = "", sign: int = 1) -> Evidence:
    """Two solutions r of |g| = m(|g|)·r with r₁ > r₂: g₁ ≤ g₂ would imply g₁ > g₂."""
    given = facts_of(_COMPARED, drop=drop)
    point = {"alpha": 1, "F": 1, "g": 1, "m": 1, "R": "1/2"}
    at_rest = prove_identity(_analog_sgd_drift(), -alpha * F * (g + sign * m * R), points=[point])
    # (1 − r₂)(g₁ − g₂) = m₁(r₁ − r₂) + r₂(m₁ − m₂ − g₁ + g₂)
    terms = [(1, 1, (gt(m_1), gt(r_1, r_2))), (1, 1, (ge(r_2), _SLOW))]
    larger = prove_by_terms(gt(m_1 * r_1, m_2 * r_2), given, terms, multiplier=[lt(r_2, 1)])
    weak = (ge(m_1), ge(r_2), lt(r_2, 1), ge(r_1, r_2), _SLOW)
    terms = [(1, 1, (ge(m_1), ge(r_1, r_2))), (1, 1, (ge(r_2), _SLOW))]
    as_large = prove_by_terms(ge(m_1 * r_1, m_2 * r_2), weak, terms, multiplier=[lt(r_2, 1)])
    return conclude(
        lemma("Analog SGD: Ẇ = −αF(g + m·R_W(W))", at_rest),
        lemma("if |g₁| ≤ |g₂| then |g₁| > |g₂|, a contradiction", larger),
        lemma("the converse, roles exchanged: if |R₁| ≥ |R₂| then |g₁| ≥ |g₂|", as_large),
        remark("Residual Learning: residual-learning-tilt. |R₁|, |g₁| are the larger ones"),
        value="|R|",
    )


def _analog_sgd_drift() -> Expr:
    """Ẇ of Analog SGD with q± = F(1 ∓ R)."""
    device = GeneralDevice("W")
    dynamics = analog_sgd(device, GeneralObjective(), Gaussian(1.0))
    values = {
        device.general_up.func(W): F * (1 - R),
        device.general_down.func(W): F * (1 + R),
        sympy.Function("slope", real=True)(W): g,
    }
    return plain(as_symbols(field_of(dynamics, "W"), values))


_RADEMACHER, _GAUSSIAN = Rademacher(0.5), Gaussian(0.5)
#: E W̄ − W* by c at γ = 0.4 (Gaussian: c = 0.1, 0.2 only), and by γ at c = 0.2.
_BY_C = ("1/20", "1/10", "1/5", "3/10")
_EXACT_RADEMACHER = (0.01742, 0.04275, 0.09354, 0.14445)
_EXACT_GAUSSIAN = (0.03398, 0.07539)
_BY_GAMMA = (0.0, 4.0)
_EXACT_BY_GAMMA = (0.09107, 0.09739)
#: Half a unit of the last digit printed.
_ROUNDING = 5e-6
_NUMBERS = (
    hypothesis("h = τ = 1, W* = 1/2, σ = 1/2, both arrays linear with symmetric point c"),
    hypothesis("α = 1/100, β = α/10, γ = 0.4 unless said"),
)


@claim(
    "residual-learning-tilt-numbers",
    source=derived("exact stationary law; theory notes 4.4"),
    form="derived",
    statement="With both linear arrays shifted to c = 0.05, 0.1, 0.2, 0.3 (h = τ = 1, W* = σ = "
    "1/2, γ = 0.4, α = 1/100, β = α/10), E W̄ − W* is 0.01742, 0.04275, 0.09354, 0.14445 under "
    "Rademacher noise: the tilt cσ less a term that is about halved when α is quartered. Gaussian "
    "noise gives 0.03398, 0.07539 at c = 0.1, 0.2; γ = 0 and 4 give 0.09107, 0.09739 at c = 0.2.",
    latex=r"\mathbb{E}\bar W - W^* = c\,\mathbb{E}|\nabla f+\varepsilon| - O(\sqrt{\alpha})",
    hypotheses=_NUMBERS,
    twins=(
        twin("the tilt alone, cσ, without the √α term", rademacher=(0.025, 0.05, 0.1, 0.15)),
        twin("the digits of the notes' simulation", rademacher=(0.0173, 0.0426, 0.0935, 0.1444)),
        twin("the gap to the tilt falls like α", ratio=0.25),
    ),
)
def residual_learning_tilt_numbers(
    run: Run,
    rademacher: tuple[float, ...] = _EXACT_RADEMACHER,
    gaussian: tuple[float, ...] = _EXACT_GAUSSIAN,
    by_gamma: tuple[float, ...] = _EXACT_BY_GAMMA,
    ratio: float = 0.5,
) -> Evidence:
    """Numbers of the exact law; tolerance: its error plus half a unit of the last digit."""
    cases: list[tuple[NoiseLaw, str, float, float]] = [
        *((_RADEMACHER, c, 0.4, value) for c, value in zip(_BY_C, rademacher, strict=True)),
        *((_GAUSSIAN, c, 0.4, value) for c, value in zip(_BY_C[1:3], gaussian, strict=True)),
        *((_RADEMACHER, "1/5", mix, x) for mix, x in zip(_BY_GAMMA, by_gamma, strict=True)),
    ]
    steps = []
    for noise, c, mix, value in cases[1:2] if run.quick else cases:
        found = moments(Setting(noise, c=c, gamma=mix), run.quick).mixed
        words = f"E W̄ − W*, {noise.name}, c = {float(Fraction(c)):g}, γ = {mix:g}"
        steps.append(agrees(words, found.value, value, tolerance=found.error + _ROUNDING))
    gaps = [0.1 - _tilted(lr, run.quick) for lr in (0.01, 0.0025)]
    words = "cσ − (E W̄ − W*) at α/4 over that at α, c = 0.2: a √α term"
    return conclude(*steps, agrees(words, gaps[1] / gaps[0], ratio, tolerance=0.02))


def _tilted(lr: float, quick: bool) -> float:
    """E W̄ − W* at c = 0.2 under Rademacher noise, where the tilt is 0.1."""
    return moments(Setting(_RADEMACHER, c="1/5", lr=lr), quick).mixed.value
