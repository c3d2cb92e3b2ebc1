"""The response functions of the catalog: F, G, M, symmetric point, R and R_c in closed form.

Families: linear(c, τ) (arXiv:2502.06309 eq. (16) for c = 0), power(γ, τ) (eq. (148)) and
exponential(γ, τ) (eq. (149)). The formulas of q± are the catalog's own, with symbols for the
parameters; F and G follow by eq. (4), M = F² − G² = q₊q₋ (eq. (65)), R = G/F and R_c, the
antiderivative of R that vanishes at the symmetric point (eq. (41)).

A power with a symbolic exponent is an opaque positive quantity, U = (1 − w/τ)^γ and
D = (1 + w/τ)^γ, and so are E = e^γ and Y = e^{γw/τ}; derivatives are taken before that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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
from analogtheory.proofs.compact_form import asymmetric_part, symmetric_part
from analogtheory.prove import (
    Fact,
    Outcome,
    Refuted,
    eq,
    find_counterexample,
    ge,
    gt,
    prove_by_terms,
    prove_identity,
    prove_polynomial,
)
from analogtheory.responses import WEIGHT as w
from analogtheory.responses import get, parameter

c, tau, gamma = parameter("c"), parameter("tau"), parameter("gamma_res")
#: (1 − w/τ)^γ, (1 + w/τ)^γ, e^γ and e^{γw/τ}.
U, D, E, Y = sympy.symbols("U D E Y", real=True)
ONE, HALF = sympy.Integer(1), sympy.Rational(1, 2)


@dataclass(frozen=True)
class Formulas:
    """q₊ and q₋ of a family in w and its parameters, and what eq. (4) makes of them."""

    up: sympy.Expr
    down: sympy.Expr

    @property
    def F(self) -> sympy.Expr:
        """F = (q₋ + q₊)/2."""
        return symmetric_part(self.up, self.down)

    @property
    def G(self) -> sympy.Expr:
        """G = (q₋ − q₊)/2."""
        return asymmetric_part(self.up, self.down)

    @property
    def M(self) -> sympy.Expr:
        """M = F² − G²."""
        return self.F**2 - self.G**2

    @property
    def R(self) -> sympy.Expr:
        """R = G/F."""
        return self.G / self.F

    def at(self, **values: sympy.Expr) -> Formulas:
        """With some parameters set."""
        chosen = {parameter(name): value for name, value in values.items()}
        return Formulas(self.up.subs(chosen), self.down.subs(chosen))


def family(name: str) -> Formulas:
    """The catalog's own formulas, with symbols for the parameters."""
    response = get(name)
    return Formulas(response.general_up, response.general_down)


def with_powers(expression: sympy.Expr) -> sympy.Expr:
    """(1 ∓ w/τ)^γ written as U and D."""
    return expression.xreplace({(1 - w / tau) ** gamma: U, (1 + w / tau) ** gamma: D})


def with_exponentials(expression: sympy.Expr) -> sympy.Expr:
    """e^γ and e^{±γw/τ} in a sum written as E and Y^{±1}."""
    rate = gamma * w / tau
    return expression.expand(power_exp=True).xreplace(
        {sympy.exp(gamma): E, sympy.exp(rate): Y, sympy.exp(-rate): 1 / Y}
    )


def exponential_in_y() -> Formulas:
    """The exponential response as a function of Y."""
    device = family("exponential")
    return Formulas(with_exponentials(device.up), with_exponentials(device.down))


def slope_in_y(expression: sympy.Expr) -> sympy.Expr:
    """d/dw of a function of Y = e^{γw/τ}, by the chain rule with Y′ = γY/τ."""
    return sympy.diff(expression, Y) * gamma * Y / tau


def same(left: sympy.Expr, right: sympy.Expr, given: Sequence[Fact]) -> Outcome:
    """An identity; where it fails, at a point that meets the hypotheses."""
    outcome = prove_identity(left, right)
    if isinstance(outcome, Refuted):
        found = find_counterexample(eq(left, right), given)
        return Refuted(found) if found else outcome
    return outcome


_INSIDE = hypothesis("|w| < τ", gt(tau - w), gt(tau + w))
_RANGE = hypothesis("τ > 0", gt(tau))
_LINEAR = (_RANGE, hypothesis("|c| < 1", gt(1 - c), gt(1 + c)), _INSIDE)


@claim(
    "linear-response-algebra",
    source=derived("eqs. (4), (41), (65) for c_Lin", "2502.06309"),
    form="derived",
    statement="For q₊ = (1+c)(1−w/τ), q₋ = (1−c)(1+w/τ): F = 1 − cw/τ, G = w/τ − c, "
    "M = (1−c²)(1−w²/τ²), R = (w−cτ)/(τ−cw) increases, the only symmetric point is cτ, and "
    "R′(cτ) = 1/(τ(1−c²))",
    latex=r"F = 1 - \frac{cw}{\tau},\ G = \frac{w}{\tau} - c,\ M = (1-c^2)\Bigl(1-"
    r"\frac{w^2}{\tau^2}\Bigr),\ R = \frac{w - c\tau}{\tau - cw},\ R'(c\tau) ="
    r" \frac{1}{\tau(1-c^2)}",
    hypotheses=_LINEAR,
    twins=(
        twin("F = 1, its value for c = 0", tilt=sympy.Integer(0)),
        twin("M without the factor 1 − c²", loss=sympy.Integer(0)),
        twin("R′(cτ) = 1/τ, its value for c = 0", slope=sympy.Integer(0)),
        twin("R increases for every c", drop="|c| < 1"),
    ),
)
def linear_response_algebra(
    run: Run,
    tilt: sympy.Expr = ONE,
    loss: sympy.Expr = ONE,
    slope: sympy.Expr = ONE,
    drop: str = "",
) -> Evidence:
    """Identities, and R′ = τ(1−c²)/(τ−cw)² > 0."""
    device = family("linear")
    rate = sympy.diff(device.R, w)
    given = facts_of(_LINEAR, drop=drop)
    return conclude(
        lemma("F", same(device.F, 1 - tilt * c * w / tau, given)),
        lemma("G", prove_identity(device.G, w / tau - c)),
        lemma("M", same(device.M, (1 - loss * c**2) * (1 - w**2 / tau**2), given)),
        lemma("G(cτ) = 0", prove_identity(device.G.subs(w, c * tau), 0)),
        lemma("R", prove_identity(device.R, (w - c * tau) / (tau - c * w))),
        lemma("R′(cτ)", same(rate.subs(w, c * tau), 1 / (tau * (1 - slope * c**2)), given)),
        lemma("R′", prove_identity(rate, tau * (1 - c**2) / (tau - c * w) ** 2)),
        lemma("R′·(τ−cw)² > 0", prove_polynomial(gt(tau * (1 - c**2)), given, degree=3)),
    )


@claim(
    "linear-accumulated-asymmetry",
    source=derived("eq. (41)", "2502.06309"),
    form="derived",
    statement="The accumulated asymmetry of the linear response with 0 < |c| < 1 is R_c(w) = "
    "−(w−cτ)/c − (τ(1−c²)/c²)·ln((τ−cw)/(τ(1−c²))): its derivative is R and it vanishes at cτ",
    latex=r"R_c(w) = -\frac{w-c\tau}{c} - \frac{\tau(1-c^2)}{c^2}"
    r"\ln\frac{\tau-cw}{\tau(1-c^2)}",
    hypotheses=(*_LINEAR, hypothesis("c ≠ 0")),
    twins=(
        twin("plus before the logarithm", sign=1),
        twin("the factor 1 − c² dropped", loss=sympy.Integer(0)),
    ),
)
def linear_accumulated_asymmetry(run: Run, sign: int = -1, loss: sympy.Expr = ONE) -> Evidence:
    """Two identities: the derivative and the value at the symmetric point."""
    factor = tau * (1 - loss * c**2)
    accumulated = -(w - c * tau) / c + sign * factor / c**2 * sympy.log((tau - c * w) / factor)
    return _antiderivative(family("linear").R, accumulated, c * tau)


def _antiderivative(R: sympy.Expr, accumulated: sympy.Expr, point: sympy.Expr) -> Evidence:
    """R_c′ = R and R_c(w⋄) = 0."""
    return conclude(
        lemma("R_c′ = R", prove_identity(sympy.diff(accumulated, w), R)),
        lemma("R_c(w⋄) = 0", prove_identity(accumulated.subs(w, point), 0)),
    )


@claim(
    "zero-shifted-penalty",
    source=Source("2502.06309", "section 3.1, eq. (59)"),
    form="printed",
    statement="For the linear response with c = 0 the penalty is quadratic, R_c(w) = w²/(2τ)",
    latex=r"R_c(w) = \int_0^w R(v)\,dv = \frac{w^2}{2\tau}",
    hypotheses=(_RANGE, hypothesis("c = 0")),
    twins=(
        twin("w²/τ", half=ONE),
        twin("c = 1/3", asymmetry=sympy.Rational(1, 3)),
    ),
)
def zero_shifted_penalty(
    run: Run, half: sympy.Expr = HALF, asymmetry: sympy.Expr = sympy.Integer(0)
) -> Evidence:
    """Two identities."""
    device = family("linear").at(c=asymmetry)
    return _antiderivative(device.R, half * w**2 / tau, asymmetry * tau)


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
    "> 0, so that 0 is the only symmetric point, F(0) = 1 and R′(0) = γ/τ",
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
    """Identities in U and D; 1 − R² = M/F²."""
    device = family("power")
    F, G, R = with_powers(device.F), with_powers(device.G), with_powers(device.R)
    rate = with_powers(sympy.diff(device.R, w))
    slope_of_product = with_powers(sympy.diff(device.up * device.down, w))
    closed = gamma / tau * (1 + sign * R**2) / (1 - w**2 / tau**2)
    given = facts_of(_POWER, drop=drop)
    terms = [(1, 1, {0: 1, 1: 1, 4: 1, 5: 1})]
    return conclude(
        lemma("M = q₊q₋", prove_identity(with_powers(device.M), U * D)),
        lemma(
            "M′/M is that of (1−w²/τ²)^γ",
            prove_identity(slope_of_product, -2 * gamma * w / (tau**2 - w**2) * U * D),
        ),
        lemma("M(0) = 1", prove_identity(device.M.subs(w, 0), 1)),
        lemma("F(0) = 1", prove_identity(device.F.subs(w, 0), 1)),
        lemma("G(0) = 0", prove_identity(device.G.subs(w, 0), 0)),
        lemma("R′", same(rate, closed, given)),
        lemma(
            "R′(0)",
            prove_identity(sympy.diff(device.R, w).subs(w, 0), slope * gamma / tau),
        ),
        lemma("F² − G² = UD", prove_identity(F**2 - G**2, U * D)),
        lemma("γτUD > 0", prove_by_terms(gt(gamma * tau * U * D), given, terms)),
        remark(
            "R′ has the sign of γ·M/(τF²(1−w²/τ²)), and two functions with the same "
            "logarithmic derivative and the value 1 at w = 0 are equal"
        ),
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
    "τ(w²/(6τ²) + (4/9)·ln(1+3w²/τ²)) for γ = 1, 2, 3",
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
    "F_max = 4 and q_max = 8, both attained at the ends",
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
    "F ≥ F(0) = 1 and its supremum on [−τ, τ] is F(τ) = 2^(γ−1)",
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
        lemma("F″", same(curvature, gamma * (gamma - 1) ** power / 2 * shape, given)),
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


_EXPONENTIAL = (
    _RANGE,
    hypothesis("γ_res > 0, so E = e^γ > 1", gt(gamma), gt(E, 1)),
    hypothesis("|w| ≤ τ, so 1/E ≤ Y ≤ E with Y = e^{γw/τ} > 0", ge(E, Y), ge(E * Y, 1)),
)


@claim(
    "exponential-response-algebra",
    source=derived("eqs. (41), (65), (149)", "2502.06309"),
    form="derived",
    statement="For q± = (e^{γ(1∓w/τ)} − 1)/(e^γ − 1): F = (e^γ·cosh(γw/τ) − 1)/(e^γ − 1), "
    "G = e^γ·sinh(γw/τ)/(e^γ − 1), the only symmetric point is 0, "
    "R′(0) = γe^γ/(τ(e^γ − 1)) and R_c = (τ/γ)·ln F",
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
    return conclude(
        lemma("F", prove_identity(F, (E * cosh - 1) / (E - 1))),
        lemma("G", prove_identity(device.G, E * sinh / (E - 1))),
        lemma("M", prove_identity(device.M, (E**2 - 2 * E * cosh + 1) / (E - 1) ** 2)),
        lemma("G(0) = 0", prove_identity(device.G.subs(Y, 1), 0)),
        lemma("q₊′ by the chain rule", prove_identity(chain, slope_in_y(device.up))),
        lemma(
            "R_c′ = R for R_c = (τ/γ)·ln F",
            same(scale * tau / gamma * slope_in_y(F) / F, R, given),
        ),
        lemma("F(0) = 1, so R_c(0) = 0", prove_identity(F.subs(Y, 1), 1)),
        lemma("R′", prove_identity(slope_in_y(R), rise)),
        lemma("R′(0)", same(rise.subs(Y, 1), gain * gamma * E / (tau * (E - 1)), given)),
        lemma("2Y(1+Y)(e^γ − cosh(γw/τ)) > 0", prove_by_terms(gt(sign), given, terms)),
    )


@claim(
    "exponential-extremes",
    source=derived("eq. (149)", "2502.06309"),
    form="derived",
    statement="On |w| ≤ τ the exponential response has 1 ≤ F ≤ F_max = (e^γ + 1)/2 and "
    "q± ≤ q_max = e^γ + 1, all attained",
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
        lemma("F(τ) = F_max", prove_identity(F.subs(Y, E), most)),
        lemma("q₋(τ) = q_max", prove_identity(down.subs(Y, E), largest)),
        lemma("q₊(−τ) = q_max", prove_identity(up.subs(Y, 1 / E), largest)),
    )
