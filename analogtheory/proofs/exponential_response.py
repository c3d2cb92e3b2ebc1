"""The exponential response in closed form: F, G, M, symmetric point, R, R_c and the suprema.

exponential(γ, τ) has q± = (e^{γ(1∓w/τ)} − 1)/(e^γ − 1) (arXiv:2502.06309 eq. (149)). With
E = e^γ and Y = e^{γw/τ} everything is rational; its R_c has the short form (τ/γ)·ln F.
"""

from __future__ import annotations

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
    twin,
)
from analogtheory.proofs.response_formulas import (
    ONE,
    E,
    Y,
    exponential_in_y,
    family,
    gamma,
    slope_in_y,
    tau,
    w,
    with_exponentials,
)
from analogtheory.prove import ge, gt, prove_by_terms, prove_identity

_RANGE = hypothesis("τ > 0", gt(tau))
_EXPONENTIAL = (
    _RANGE,
    hypothesis("γ_res > 0, so E = e^γ > 1", gt(gamma), gt(E, 1)),
    hypothesis("|w| ≤ τ, so 1/E ≤ Y ≤ E with Y = e^{γw/τ} > 0", ge(E, Y), ge(E * Y, 1)),
)


@claim(
    "exponential-response-algebra",
    source=derived("eqs. (41), (65), (149)", "2502.06309"),
    form="derived",
    statement="For q± = (e^{γ(1∓w/τ)} − 1)/(e^γ − 1) with γ > 0 and |w| ≤ τ: "
    "F = (e^γ·cosh(γw/τ) − 1)/(e^γ − 1), G = e^γ·sinh(γw/τ)/(e^γ − 1), R = G/F increases, the "
    "only symmetric point is 0, R′(0) = γe^γ/(τ(e^γ − 1)) and R_c = (τ/γ)·ln F.",
    latex=r"F = \frac{e^\gamma\cosh(\gamma w/\tau) - 1}{e^\gamma - 1},\ G = \frac{e^\gamma"
    r"\sinh(\gamma w/\tau)}{e^\gamma - 1},\ R'(0) = \frac{\gamma e^\gamma}{\tau(e^\gamma-1)},\ "
    r"R_c = \frac{\tau}{\gamma}\ln F",
    hypotheses=_EXPONENTIAL,
    twins=(
        twin("R_c = τ·ln F", scale=gamma),
        twin("R′(0) = γ/τ, that of the power response", gain=ONE - 1 / E),
        twin("R increases everywhere", drop="|w| ≤ τ"),
    ),
)
def exponential_response_algebra(
    run: Run, scale: sympy.Expr = ONE, gain: sympy.Expr = ONE, drop: str = ""
) -> Evidence:
    """Identities in E and Y; R′ has the sign of e^γ − cosh(γw/τ)."""
    catalog, device = family("exponential"), exponential_in_y()
    F, R, cosh, sinh = device.F, device.R, (Y + 1 / Y) / 2, (Y - 1 / Y) / 2
    chain = with_exponentials(sympy.diff(catalog.up, w))
    rise = gamma / tau * E * (E - cosh) / (E * cosh - 1) ** 2
    given = (gt(Y), *facts_of(_EXPONENTIAL, drop=drop))
    sign = sympy.expand(2 * Y * (1 + Y) * (E - cosh))
    terms = [(1, 1, {0: 1, 3: 1}), (1, Y, {3: 1}), (1, 1, {5: 1}), (1, Y, {4: 1})]
    positive = (gt(Y), gt(gamma), gt(E, 1))
    return conclude(
        lemma("F", prove_identity(F, (E * cosh - 1) / (E - 1))),
        lemma("G", prove_identity(device.G, E * sinh / (E - 1))),
        lemma("M", prove_identity(device.M, (E**2 - 2 * E * cosh + 1) / (E - 1) ** 2)),
        lemma("G(0) = 0", prove_identity(device.G.subs(Y, 1), 0)),
        lemma("q₊′ by the chain rule", prove_identity(chain, slope_in_y(device.up))),
        lemma(
            "R_c′ = R for R_c = (τ/γ)·ln F",
            prove_identity(scale * tau / gamma * slope_in_y(F) / F, R, given=given),
        ),
        lemma("F(0) = 1, so R_c(0) = 0", prove_identity(F.subs(Y, 1), 1)),
        lemma("R′", prove_identity(slope_in_y(R), rise)),
        lemma(
            "the square in R′ is not 0: 2Y(e^γ·cosh(γw/τ) − 1) > 0",
            prove_by_terms(
                gt(sympy.expand(2 * Y * (E * cosh - 1))),
                positive,
                [
                    (1, Y, {2: 1}),
                    (1, Y - 1, {}),
                    (1, 1, {2: 1}),
                ],
            ),
        ),
        lemma(
            "R′(0)",
            prove_identity(rise.subs(Y, 1), gain * gamma * E / (tau * (E - 1)), given=given),
        ),
        lemma("2Y(1+Y)(e^γ − cosh(γw/τ)) > 0", prove_by_terms(gt(sign), given, terms)),
    )


@claim(
    "exponential-extremes",
    source=derived("eq. (149)", "2502.06309"),
    form="derived",
    statement="On |w| ≤ τ the exponential response has 1 ≤ F ≤ F_max = (e^γ + 1)/2 and "
    "q± ≤ q_max = e^γ + 1, all attained.",
    latex=r"1 \le F(w) \le F_{\max} = \frac{e^\gamma + 1}{2},\qquad q_\pm(w) \le q_{\max} = "
    r"e^\gamma + 1",
    hypotheses=_EXPONENTIAL,
    twins=(
        twin("F_max = 1, that of the linear response", most=ONE),
        twin("q_max = e^γ", largest=E),
        twin("weights beyond the range", drop="|w| ≤ τ"),
    ),
)
def exponential_extremes(
    run: Run, most: sympy.Expr = (E + 1) / 2, largest: sympy.Expr = E + 1, drop: str = ""
) -> Evidence:
    """F_max − F = (E − Y)(EY − 1)/(2Y(E − 1)), and the values at w = ±τ (Y = E^{±1})."""
    device = exponential_in_y()
    F, up, down = device.F, device.up, device.down
    given = (gt(Y), *facts_of(_EXPONENTIAL, drop=drop))
    clear = 2 * Y * (E - 1)
    steps = []
    for words, gap, terms in (
        ("F ≥ 1", F - 1, [(1, Y - 1, {3: 1}), (1, Y - 1, {})]),
        ("F ≤ F_max", most - F, [(1, 1, {4: 1, 5: 1})]),
        ("q₊ ≤ q_max", largest - up, [(2, 1, {3: 1, 5: 1}), (2, 1, {5: 1})]),
        ("q₋ ≤ q_max", largest - down, [(2, 1, {0: 1, 3: 1, 4: 1}), (2, 1, {0: 1, 4: 1})]),
    ):
        fact = ge(sympy.expand(sympy.cancel(clear * gap)))
        outcome = prove_by_terms(fact, given, terms)
        steps.append(lemma(f"{words} (times 2Y(e^γ − 1))", outcome))
    return conclude(
        *steps,
        lemma("F(0) = 1", prove_identity(F.subs(Y, 1), 1)),
        lemma("F(τ) = F_max", prove_identity(F.subs(Y, E), most)),
        lemma("q₋(τ) = q_max", prove_identity(down.subs(Y, E), largest)),
        lemma("q₊(−τ) = q_max", prove_identity(up.subs(Y, 1 / E), largest)),
    )
