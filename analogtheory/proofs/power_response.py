"""The power response in closed form: F, G, M, symmetric point, R, R_c and the suprema.

power(γ, τ) has q± = (1 ∓ w/τ)^γ (arXiv:2502.06309 eq. (148)). F is not 1 unless γ = 1: for
γ = 3, F_max = 4 and q_max = 8, which enter every step-size limit of the theory.
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
    remark,
    twin,
)
from analogtheory.proofs.response_formulas import (
    HALF,
    ONE,
    D,
    U,
    family,
    gamma,
    tau,
    w,
    with_powers,
)
from analogtheory.prove import ge, gt, prove_by_terms, prove_identity

_RANGE = hypothesis("τ > 0", gt(tau))
_INSIDE = hypothesis("|w| < τ", gt(tau - w), gt(tau + w))
_POWER = (
    _RANGE,
    hypothesis("γ_res > 0", gt(gamma)),
    _INSIDE,
    hypothesis("U = (1−w/τ)^γ and D = (1+w/τ)^γ are > 0", gt(U), gt(D)),
)


@claim(
    "power-response-algebra",
    source=derived("eqs. (41), (65), (148)", "2502.06309"),
    form="derived",
    statement="For q± = (1∓w/τ)^γ with any γ > 0: M = (1−w²/τ²)^γ, R′ = (γ/τ)(1−R²)/(1−w²/τ²) "
    "> 0, so that 0 is the only symmetric point, F(0) = 1 and R′(0) = γ/τ.",
    latex=r"M = \Bigl(1-\frac{w^2}{\tau^2}\Bigr)^{\gamma},\quad R' = \frac{\gamma}{\tau}\,"
    r"\frac{1-R^2}{1-w^2/\tau^2} > 0,\quad R(0) = 0,\ R'(0) = \frac{\gamma}{\tau}",
    hypotheses=_POWER,
    twins=(
        twin("R′(0) = γ/(2τ)", slope=HALF),
        twin("R′ with 1 + R²", sign=1),
        twin("R increases for every γ", drop="γ_res > 0"),
    ),
)
def power_response_algebra(
    run: Run, slope: sympy.Expr = ONE, sign: int = -1, drop: str = ""
) -> Evidence:
    """Identities in U and D; 1 − R² = M/F², hence R′ = 4γτUD/((U + D)²(τ² − w²))."""
    device = family("power")
    F, G, R = with_powers(device.F), with_powers(device.G), with_powers(device.R)
    rate = with_powers(sympy.diff(device.R, w))
    slope_of_product = with_powers(sympy.diff(device.up * device.down, w))
    closed = gamma / tau * (1 + sign * R**2) / (1 - w**2 / tau**2)
    given = facts_of(_POWER, drop=drop)
    over = {gt(tau): 1, gt(gamma): 1, gt(U): 1, gt(D): 1, gt(tau - w): -1, gt(tau + w): -1}
    return conclude(
        lemma("M = q₊q₋", prove_identity(with_powers(device.M), U * D)),
        lemma(
            "M′/M is that of (1−w²/τ²)^γ",
            prove_identity(slope_of_product, -2 * gamma * w / (tau**2 - w**2) * U * D),
        ),
        lemma("M(0) = 1", prove_identity(device.M.subs(w, 0), 1)),
        lemma("F(0) = 1", prove_identity(device.F.subs(w, 0), 1)),
        lemma("G(0) = 0", prove_identity(device.G.subs(w, 0), 0)),
        lemma("R′", prove_identity(rate, closed, given=given)),
        lemma(
            "R′(0)",
            prove_identity(sympy.diff(device.R, w).subs(w, 0), slope * gamma / tau),
        ),
        lemma("F² − G² = UD", prove_identity(F**2 - G**2, U * D)),
        lemma("R′ > 0", prove_by_terms(gt(rate), given, [(4, 1 / (U + D), over)])),
        remark("two functions with the same M′/M and the value 1 at w = 0 are equal"),
    )


def _power_penalties() -> dict[int, sympy.Expr]:
    """R_c of the power response for γ = 1, 2, 3."""
    x2 = w**2 / tau**2
    return {
        1: w**2 / (2 * tau),
        2: tau * sympy.log(1 + x2),
        3: tau * (x2 / 6 + sympy.Rational(4, 9) * sympy.log(1 + 3 * x2)),
    }


@claim(
    "power-accumulated-asymmetry",
    source=derived("eqs. (41), (148)", "2502.06309"),
    form="derived",
    statement="For the power response R_c is w²/(2τ), τ·ln(1+w²/τ²) and "
    "τ(w²/(6τ²) + (4/9)·ln(1+3w²/τ²)) for γ = 1, 2, 3.",
    latex=r"R_c = \frac{w^2}{2\tau},\quad \tau\ln\Bigl(1+\frac{w^2}{\tau^2}\Bigr),\quad "
    r"\frac{w^2}{6\tau} + \frac{4\tau}{9}\ln\Bigl(1+\frac{3w^2}{\tau^2}\Bigr)"
    r"\qquad (\gamma = 1, 2, 3)",
    hypotheses=(_RANGE,),
    twins=(twin("the exponents shifted by one", offset=1), twin("all of it halved", scale=HALF)),
)
def power_accumulated_asymmetry(run: Run, offset: int = 0, scale: sympy.Expr = ONE) -> Evidence:
    """Two identities for each exponent."""
    steps = []
    for exponent, accumulated in _power_penalties().items():
        R = family("power").at(gamma_res=sympy.Integer(exponent + offset)).R
        slope = sympy.diff(scale * accumulated, w)
        steps.append(lemma(f"γ = {exponent}: R_c′ = R", prove_identity(slope, R)))
        steps.append(lemma("R_c(0) = 0", prove_identity(accumulated.subs(w, 0), 0)))
    return conclude(*steps)


_CLOSED = hypothesis("|w| ≤ τ", ge(tau - w), ge(tau + w))


@claim(
    "power-three-extremes",
    source=derived("eq. (148) with γ_res = 3", "2502.06309"),
    form="derived",
    statement="The power response with γ = 3 has F = 1 + 3w²/τ², so on |w| ≤ τ the suprema are "
    "F_max = 4 and q_max = 8, both attained at the ends.",
    latex=r"F(w) = 1 + \frac{3 w^2}{\tau^2},\qquad \max_{|w|\le\tau} F = 4,\qquad "
    r"\max_{|w|\le\tau} q_\pm = 8",
    hypotheses=(_RANGE, _CLOSED),
    twins=(
        twin("F_max = 1, that of the linear response", most=ONE),
        twin("q_max = 4", largest=sympy.Integer(4)),
        twin("weights beyond the range", drop="|w| ≤ τ"),
    ),
)
def power_three_extremes(
    run: Run,
    most: sympy.Expr = sympy.Integer(4),
    largest: sympy.Expr = sympy.Integer(8),
    drop: str = "",
) -> Evidence:
    """F, the two bounds with certificates, and their values at ±τ."""
    device = family("power").at(gamma_res=sympy.Integer(3))
    given = facts_of((_RANGE, _CLOSED), drop=drop)
    steps = [lemma("F", prove_identity(device.F, 1 + 3 * w**2 / tau**2))]
    # 8τ³ − (τ∓w)³ = (τ±w)·(4τ² + 2τ(τ∓w) + (τ∓w)²); the facts are τ, τ − w, τ + w.
    for words, value, bound, terms in (
        ("F ≤ F_max", device.F, most, [(3, 1, {0: 1, 1: 1, 2: 1})]),
        ("q₊ ≤ q_max", device.up, largest, _cubes(1, 2)),
        ("q₋ ≤ q_max", device.down, largest, _cubes(2, 1)),
    ):
        cleared = sympy.expand((bound - value) * tau**3)
        outcome = prove_by_terms(ge(cleared), given, terms)
        steps.append(lemma(f"{words} (times τ³)", outcome))
    return conclude(
        *steps,
        lemma("τ·F(τ) = τ·F_max", prove_identity(tau * device.F.subs(w, tau), tau * most)),
        lemma("τ·q₊(−τ) = τ·q_max", prove_identity(tau * device.up.subs(w, -tau), tau * largest)),
        lemma("τ·q₋(τ) = τ·q_max", prove_identity(tau * device.down.subs(w, tau), tau * largest)),
        value=most,
    )


def _cubes(near: int, far: int) -> list[tuple[int, int, dict[int, int]]]:
    """Terms of (2τ)³ − (fact near)³, where fact near + fact far = 2τ."""
    return [(4, 1, {0: 2, far: 1}), (2, 1, {0: 1, near: 1, far: 1}), (1, 1, {near: 2, far: 1})]


_CONVEX = (*_POWER, hypothesis("γ_res ≥ 1", ge(gamma, 1)))


@claim(
    "power-symmetric-part-convex",
    source=derived("eq. (148)", "2502.06309"),
    form="derived",
    statement="For γ ≥ 1 the symmetric part F of the power response is even and convex, so "
    "F ≥ F(0) = 1 and its supremum on [−τ, τ] is F(τ) = 2^(γ−1).",
    latex=r"F'' = \frac{\gamma(\gamma-1)}{2}\Bigl[\frac{q_+}{(\tau-w)^2} + \frac{q_-}{(\tau+w)^2}"
    r"\Bigr] \ge 0,\qquad F_{\max} = F(\tau) = 2^{\gamma-1}",
    hypotheses=_CONVEX,
    twins=(
        twin("for every γ > 0", drop="γ_res ≥ 1"),
        twin("F″ with (γ−1)² for γ−1", power=2),
    ),
)
def power_symmetric_part_convex(run: Run, drop: str = "", power: int = 1) -> Evidence:
    """F″ in U and D, and its sign."""
    device = family("power")
    curvature = with_powers(sympy.diff(device.F, w, 2))
    shape = U / (tau - w) ** 2 + D / (tau + w) ** 2
    given = facts_of(_CONVEX, drop=drop)
    mirrored = with_powers(device.F.subs(w, -w))
    cleared = gamma * (gamma - 1) * (U * (tau + w) ** 2 + D * (tau - w) ** 2)
    return conclude(
        lemma(
            "F″", prove_identity(curvature, gamma * (gamma - 1) ** power / 2 * shape, given=given)
        ),
        lemma(
            "F″·2(τ²−w²)² ≥ 0",
            prove_by_terms(
                ge(cleared),
                given,
                [(1, tau + w, {1: 1, 4: 1, 6: 1}), (1, tau - w, {1: 1, 5: 1, 6: 1})],
            ),
        ),
        lemma("F is even", prove_identity(mirrored, with_powers(device.F))),
        lemma("F(0) = 1", prove_identity(device.F.subs(w, 0), 1)),
        remark(
            "an even convex function is least at 0 and largest at the ends, where "
            "q₊(τ) = 0 and q₋(τ) = 2^γ"
        ),
    )
