"""Lemma 6 of arXiv:2502.06309 (eq. (77)): one transfer step brings W closer to W*.

With P*(W) = (W* − W)/γ, F, G, M at W and d = P⁺ − P*(W), eq. (77) is printed with
(2βF_max³/γ)‖d‖²_{M†} + 2β²‖d‖² on its right side. Step (111) carries a factor 1/γ too many
and F_max for the Lipschitz constant q_max of Lemma 3. Repaired:

    ‖W⁺ − W*‖² ≤ ‖W − W*‖² − (β/2γF_max)‖W − W*‖²_M − (βγ/2F_max)‖P*⊙F − |P*|⊙G‖²
                 + βγ·q_max³·‖d‖²_{M†}                          for β ≤ γ/q_max and M(W) > 0.

The step limit β ≤ γ/(2F_max) of the paper implies β ≤ γ/q_max, because q_max ≤ 2F_max; no
term β²‖d‖² is needed. On the ideal device with P⁺ = 0 the two sides are equal. As
q_max ≤ 2F_max, this is stronger than the form of the theory notes,
2βγF_max·q_max²‖d‖²_{M†} + 2β²q_max²‖d‖² for β ≤ γ/(4F_max).

Proof, for one coordinate. Let q be the response in the direction of P* and q′ the other one,
and ΔW = β(q·P* + Λ), |Λ| ≤ q_max|d| by Lemma 3. Then the difference of the two sides, with
Λ² for q_max²d², is

    β(γ − βq)q·(P* + Λ/q)² + βγ(q_max − q′)Λ²/(qq′) + βγq(1 − F/F_max)·P*² ≥ 0.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import sympy

from analogtheory.claims import (
    Evidence,
    Run,
    Source,
    claim,
    conclude,
    derived,
    facts_of,
    hypothesis,
    lemma,
    remark,
    twin,
)
from analogtheory.claims.claim import Hypothesis
from analogtheory.proofs.lemma_3 import lipschitz
from analogtheory.proofs.residual_setting import (
    RESPONSE,
    UNSATURATED,
    F,
    F_max,
    G,
    M,
    beta,
    gamma,
    q_down,
    q_max,
    q_up,
)
from analogtheory.prove import (
    Fact,
    Refuted,
    Unknown,
    counterexample,
    eq,
    ge,
    gt,
    le,
    prove_by_terms,
)

#: W − W*, P⁺ and M†.
e, P, M_dagger = sympy.symbols("e P M_dagger", real=True)
target = -e / gamma

RATES = hypothesis("β > 0, γ > 0", gt(beta), gt(gamma))
PSEUDO_INVERSE = hypothesis(
    "M† is the pseudo-inverse of M", eq(M * M_dagger * M, M), eq(M_dagger * M * M_dagger, M_dagger)
)


COMMON = (*RESPONSE, RATES, PSEUDO_INVERSE, UNSATURATED)
STEP = hypothesis("β ≤ γ/q_max", le(beta * q_max, gamma))
PRINTED_STEP = hypothesis("β ≤ γ/(2F_max)", le(2 * F_max * beta, gamma))
HYPOTHESES = (*COMMON, STEP)
PRINTED_HYPOTHESES = (*COMMON, PRINTED_STEP)

#: The terms with d = P⁺ − P* on the right side, from d² and M†d².
Remainder = Callable[[Any, Any], sympy.Expr]


def printed(d_squared: Any, weighted: Any) -> sympy.Expr:
    """As in (77)."""
    return 2 * beta * F_max**3 / gamma * weighted + 2 * beta**2 * d_squared


def repaired(constant: sympy.Expr = gamma * q_max**3) -> Remainder:
    """β·constant·M†d²."""
    return lambda d_squared, weighted: beta * constant * weighted


def one_step(remainder: Remainder) -> Fact:
    """The lemma for one coordinate, in the symbols of the paper."""
    move = beta * (P * F - sympy.Abs(P) * G)
    kept = (target * F - sympy.Abs(target) * G) ** 2
    d = P - target
    return le(
        (e + move) ** 2,
        e**2
        - beta / (2 * gamma * F_max) * e**2 * M
        - beta * gamma / (2 * F_max) * kept
        + remainder(d**2, M_dagger * d**2),
    )


_IDEAL = {"q_up": 1, "q_down": 1, "q_max": 1, "F_max": 1, "M_dagger": 1}
#: What breaks (77), with P⁺ = 0, so that W does not move: the ideal device for γ = 2, and
#: q₊ = 4/3, q₋ = 2/3 for γ = 4/3.
PRINTED_POINTS: tuple[dict[str, Any], ...] = (
    {**_IDEAL, "gamma": 2, "beta": "1/4", "e": 1, "P": 0},
    {"q_up": "4/3", "q_down": "2/3", "q_max": "4/3", "F_max": 1, "M_dagger": "9/8",
     "gamma": "4/3", "beta": "1/1000", "e": -1, "P": 0},
)  # fmt: skip
#: The same, and one point for each twin.
POINTS: tuple[dict[str, Any], ...] = (
    *PRINTED_POINTS,
    {**_IDEAL, "gamma": 1, "beta": "1/8", "e": 1, "P": 0},
    {**_IDEAL, "gamma": 1, "beta": 2, "e": 1, "P": -2},
    {**_IDEAL, "q_up": 0, "q_down": 2, "q_max": 2, "M_dagger": 0,
     "gamma": 1, "beta": "1/4", "e": -1, "P": -1},
    {"q_up": 0, "q_down": 2, "q_max": 2, "F_max": 1, "M_dagger": 0,
     "gamma": "1/2", "beta": "1/8", "e": -1, "P": "-1/2"},
)  # fmt: skip

#: Response in the direction of P*, the other one, P* and Λ.
q, q_other, aim, excess = sympy.symbols("q q_other aim excess", real=True)


def proof(remainder: Remainder, largest: int = 1) -> list[Any]:
    """The difference of the two sides as a sum of three terms that are ≥ 0."""
    d_squared = excess**2 / q_max**2  # Λ² ≤ q_max²d², so d² is at least this
    mean = (q + q_other) / 2
    given = [
        gt(q), gt(q_other), ge(q_max, q), ge(q_max, q_other), gt(F_max), ge(F_max, mean),
        gt(beta), ge(largest * gamma, beta * q_max), gt(q_max), gt(gamma),
    ]  # fmt: skip
    move = beta * (q * aim + excess)
    goal = le(
        (move - gamma * aim) ** 2,
        (gamma * aim) ** 2
        - beta * gamma / (2 * F_max) * aim**2 * q * (q + q_other)
        + remainder(d_squared, d_squared / (q * q_other)),
    )
    terms = [
        (1, aim + excess / q, {6: 1, 7: 1, 0: 1}),
        (1, beta * (aim + excess / q), {2: 1, 0: 1}),
        (1, excess, {6: 1, 9: 1, 3: 1, 0: -1, 1: -1}),
        (1, aim, {6: 1, 9: 1, 0: 1, 5: 1, 4: -1}),
    ]
    inverse = prove_by_terms(
        eq(M * M_dagger, 1),
        facts_of((UNSATURATED, PSEUDO_INVERSE)),
        [("zero", PSEUDO_INVERSE.facts[0], 1)],
        multiplier=[gt(q_up), gt(q_down)],
    )
    return [
        *lipschitz(q_max)[:2],
        lemma("M† = 1/M", inverse),
        lemma("one coordinate, with q, q′ and Λ", prove_by_terms(goal, given, terms)),
        remark("q = q₊, q′ = q₋ for P* ≥ 0 and the other way round for P* < 0; more d² only "
               "adds to the right side; sum over the coordinates"),
    ]  # fmt: skip


def evidence_for(
    remainder: Remainder, hypotheses: Sequence[Hypothesis], drop: str = "", largest: int = 1
) -> Evidence:
    """A point that breaks the inequality, or its proof."""
    if found := counterexample(one_step(remainder), facts_of(hypotheses, drop=drop), *POINTS):
        return conclude(lemma("one coordinate", Refuted(found)))
    return conclude(*proof(remainder, largest))


@claim(
    "lemma-6-printed",
    source=Source("2502.06309", "Lemma 6, eq. (77)"),
    form="printed",
    statement="For every γ > 0 and β ≤ γ/(2F_max), one transfer step obeys (77), with "
    "(2βF_max³/γ)‖d‖²_{M†} + 2β²‖d‖² on its right side, d = P⁺ − P*(W).",
    latex=r"\|W^+ - W^*\|^2 \le \|W-W^*\|^2 - \frac{\beta}{2\gamma F_{\max}}\|W-W^*\|_M^2 "
    r"- \frac{\beta\gamma}{2F_{\max}} \|P^*\odot F - |P^*|\odot G\|^2 "
    r"+ \frac{2\beta F_{\max}^3}{\gamma} \|P^+ - P^*\|_{M^\dagger}^2 + 2\beta^2\|P^+-P^*\|^2",
    hypotheses=PRINTED_HYPOTHESES,
    twins=(twin("βγ·q_max³‖d‖²_{M†} for the two terms with d", repair=True),),
    expected="refuted",
    readings=(
        "large γ, as the paper asks for: false, on the ideal device for every γ > √2 once β is "
        "small; there it is true exactly for γ²(1 − 2β/γ) ≤ 2",
        "γ ≤ 1/2: true, see lemma-6-small-gamma; 1/2 < γ ≤ 1.29: no violation in a random search "
        "over 2·10⁶ devices and steps; γ² > 27/16, that is γ > 1.299, and small β: false for "
        "q₊ = 4/3, q₋ = 2/3, F_max = 1 and P⁺ = 0 (γ = 4/3 is checked here)",
        "q_max for F_max in both terms: false, the first counterexample has F_max = q_max = 1",
        "β as small as one likes: false, the first counterexample needs β/γ < 1/4 only",
    ),
    repaired_by="lemma-6-descent",
    consequence="The coefficient of ‖P⁺ − P*‖² in Theorem 3 gains γ² and q_max² for F_max²; "
    "with it β in (89) and the γ-powers of the metric (91)",
)
def lemma_6_printed(run: Run, repair: bool = False) -> Evidence:
    """P⁺ = 0, γ = 2 and γ = 4/3: W stays, and the right side is below ‖W − W*‖²."""
    if repair:
        return evidence_for(repaired(), HYPOTHESES)
    goal, given = one_step(printed), facts_of(PRINTED_HYPOTHESES)
    steps = []
    for point in PRINTED_POINTS:
        found = counterexample(goal, given, point)
        outcome = Refuted(found) if found else Unknown("the point does not break it")
        steps.append(lemma(f"one coordinate, γ = {point['gamma']}", outcome))
    return conclude(*steps)


@claim(
    "lemma-6-descent",
    source=Source("2502.06309", "Lemma 6, eq. (77), repaired"),
    form="repaired",
    statement="For 0 < β ≤ γ/q_max and M(W) > 0, and whatever P⁺ is, one transfer step obeys "
    "‖W⁺ − W*‖² ≤ ‖W − W*‖² "
    "− (β/2γF_max)‖W − W*‖²_M − (βγ/2F_max)‖P*⊙F − |P*|⊙G‖² + βγ·q_max³‖P⁺ − P*‖²_{M†}, "
    "with P* = (W* − W)/γ and F, G, M at W.",
    latex=r"\|W^+ - W^*\|^2 \le \|W-W^*\|^2 - \frac{\beta}{2\gamma F_{\max}}\|W-W^*\|_M^2 "
    r"- \frac{\beta\gamma}{2F_{\max}} \|P^*\odot F - |P^*|\odot G\|^2 "
    r"+ \beta\gamma\, q_{\max}^3 \|P^+ - P^*\|_{M^\dagger}^2",
    hypotheses=HYPOTHESES,
    twins=(
        twin("1/γ for γ, as printed", constant=q_max**3 / gamma),
        twin("99/100 of the coefficient", constant=sympy.Rational(99, 100) * gamma * q_max**3),
        twin("β ≤ 2γ/q_max", largest=2),
        twin("a saturated coordinate, M = 0", drop="M > 0"),
    ),
)
def lemma_6_descent(
    run: Run, constant: sympy.Expr = gamma * q_max**3, largest: int = 1, drop: str = ""
) -> Evidence:
    """A certificate for all parameters."""
    step = hypothesis("β ≤ largest·γ/q_max", le(beta * q_max, largest * gamma))
    return evidence_for(repaired(constant), (*COMMON, step), drop, largest)


@claim(
    "lemma-6-step-limit",
    source=derived("the step limit printed before (115)", "2502.06309"),
    form="derived",
    statement="The printed step limit β ≤ γ/(2F_max) suffices for the repaired Lemma 6: it implies "
    "β·q₊ ≤ γ and β·q₋ ≤ γ, because q± ≤ 2F ≤ 2F_max.",
    latex=r"\beta \le \frac{\gamma}{2F_{\max}} \;\Rightarrow\; \beta \le \frac{\gamma}{q_\pm}",
    hypotheses=(*RESPONSE[:2], RATES, PRINTED_STEP),
    twins=(
        twin("β ≤ γ/F_max", factor=1),
        twin("q₋ not bounded below by 0", drop="q₊, q₋ ≥ 0"),
    ),
)
def lemma_6_step_limit(run: Run, factor: int = 2, drop: str = "") -> Evidence:
    """One certificate for each of q₊ and q₋."""
    step = hypothesis("step", le(factor * F_max * beta, gamma))
    given = facts_of((*RESPONSE[:2], RATES, step), drop=drop)
    point = {"q_up": 2, "q_down": 0, "F_max": 1, "beta": 1, "gamma": 1}
    mirrored = {**point, "q_up": 0, "q_down": 2}
    beyond = {"q_up": 3, "q_down": -1, "F_max": 1, "beta": 1, "gamma": 2}
    # γ − βq± = (γ − 2F_max·β) + 2β(F_max − F) + βq∓
    up = [(1, 1, {6: 1}), (2, 1, {4: 1, 3: 1}), (1, 1, {4: 1, 1: 1})]
    down = [(1, 1, {6: 1}), (2, 1, {4: 1, 3: 1}), (1, 1, {4: 1, 0: 1})]
    return conclude(
        lemma("βq₊ ≤ γ", prove_by_terms(le(beta * q_up, gamma), given, up, points=(point, beyond))),
        lemma("βq₋ ≤ γ", prove_by_terms(le(beta * q_down, gamma), given, down, points=(mirrored,))),
    )


SMALL_GAMMA = hypothesis("γ ≤ 1/2", ge(sympy.Rational(1, 2), gamma))
TIGHT = hypothesis("q_max is the largest response, so that q_max ≤ 2F_max", ge(2 * F_max, q_max))


@claim(
    "lemma-6-small-gamma",
    source=derived("the printed (77) where it is true", "2502.06309"),
    form="derived",
    statement="Eq. (77) as printed is true for γ ≤ 1/2, β ≤ γ/(2F_max) and M(W) > 0: with "
    "q_max ≤ 2F_max the repaired coefficient βγ·q_max³ is then at most 2βF_max³/γ.",
    latex=r"\gamma \le \tfrac12 \;\Rightarrow\; \|W^+ - W^*\|^2 \le \|W-W^*\|^2 "
    r"- \frac{\beta}{2\gamma F_{\max}}\|W-W^*\|_M^2 "
    r"- \frac{\beta\gamma}{2F_{\max}} \|P^*\odot F - |P^*|\odot G\|^2 "
    r"+ \frac{2\beta F_{\max}^3}{\gamma} \|P^+ - P^*\|_{M^\dagger}^2 + 2\beta^2\|P^+-P^*\|^2",
    hypotheses=(*PRINTED_HYPOTHESES, SMALL_GAMMA, TIGHT),
    twins=(
        twin("γ ≤ 4/3", largest=sympy.Rational(4, 3)),
        twin("a saturated coordinate, M = 0", drop="M > 0"),
    ),
)
def lemma_6_small_gamma(
    run: Run, largest: sympy.Rational = sympy.Rational(1, 2), drop: str = ""
) -> Evidence:
    """The repaired coefficient is then below the printed one."""
    given = [*facts_of((*PRINTED_HYPOTHESES, TIGHT), drop=drop), ge(largest, gamma)]
    if found := counterexample(one_step(printed), given, *POINTS):
        return conclude(lemma("one coordinate", Refuted(found)))
    facts = [
        ge(q_max), ge(2 * F_max, q_max), gt(gamma), ge(largest, gamma), gt(F_max),
        gt(beta), le(2 * F_max * beta, gamma),
    ]  # fmt: skip
    half = sympy.Rational(1, 2)
    terms = [
        (1, 1, {1: 1, 4: 2}), (half, 1, {0: 1, 1: 1, 4: 1}), (half**2, 1, {0: 2, 1: 1}),
        (half, 1, {0: 3, 3: 1}), (1, 1, {0: 3, 2: 1, 3: 1}),
    ]  # fmt: skip
    return conclude(
        *proof(repaired()),
        lemma("β ≤ γ/q_max", prove_by_terms(
            ge(gamma, beta * q_max), facts, [(1, 1, {6: 1}), (1, 1, {1: 1, 5: 1})],
        )),
        lemma("γ²q_max³ ≤ 2F_max³", prove_by_terms(
            ge(2 * F_max**3, gamma**2 * q_max**3), facts, terms,
        )),
        remark("the term 2β²‖d‖² of (77) is not needed"),
    )  # fmt: skip
