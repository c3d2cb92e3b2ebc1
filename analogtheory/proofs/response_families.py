"""The linear response in closed form: F, G, M, symmetric point, R and R_c.

linear(c, τ) has q₊ = (1+c)(1−w/τ), q₋ = (1−c)(1+w/τ) (arXiv:2502.06309 eq. (16) for c = 0).
R_c is the antiderivative of R = G/F that vanishes at the symmetric point (eq. (41)). Proved for
all parameters, as identities; that R increases, by a certificate.
"""

from __future__ import annotations

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
    twin,
)
from analogtheory.proofs.response_formulas import HALF, ONE, c, family, tau, w
from analogtheory.prove import gt, prove_identity, prove_polynomial

_INSIDE = hypothesis("|w| < τ", gt(tau - w), gt(tau + w))
_RANGE = hypothesis("τ > 0", gt(tau))
_LINEAR = (_RANGE, hypothesis("|c| < 1", gt(1 - c), gt(1 + c)), _INSIDE)


@claim(
    "linear-response-algebra",
    source=derived("eqs. (4), (41), (65) for c_Lin", "2502.06309"),
    form="derived",
    statement="For q₊ = (1+c)(1−w/τ) and q₋ = (1−c)(1+w/τ) with |c| < 1 and |w| < τ: "
    "F = 1 − cw/τ, G = w/τ − c, M = (1−c²)(1−w²/τ²), R = (w−cτ)/(τ−cw) increases, the only "
    "symmetric point is cτ, and R′(cτ) = 1/(τ(1−c²)).",
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
        lemma("F", prove_identity(device.F, 1 - tilt * c * w / tau, given=given)),
        lemma("G", prove_identity(device.G, w / tau - c)),
        lemma("M", prove_identity(device.M, (1 - loss * c**2) * (1 - w**2 / tau**2), given=given)),
        lemma(
            "τG = w − cτ, which is 0 at w = cτ only", prove_identity(tau * device.G, w - c * tau)
        ),
        lemma("τ − cw > 0", prove_polynomial(gt(tau - c * w), facts_of(_LINEAR))),
        lemma("R", prove_identity(device.R, (w - c * tau) / (tau - c * w))),
        lemma(
            "R′(cτ)",
            prove_identity(rate.subs(w, c * tau), 1 / (tau * (1 - slope * c**2)), given=given),
        ),
        lemma("R′", prove_identity(rate, tau * (1 - c**2) / (tau - c * w) ** 2)),
        lemma("R′·(τ−cw)² > 0", prove_polynomial(gt(tau * (1 - c**2)), given, degree=3)),
    )


@claim(
    "linear-accumulated-asymmetry",
    source=derived("eq. (41)", "2502.06309"),
    form="derived",
    statement="The accumulated asymmetry of the linear response with 0 < |c| < 1 is R_c(w) = "
    "−(w−cτ)/c − (τ(1−c²)/c²)·ln((τ−cw)/(τ(1−c²))): its derivative is R and it vanishes at cτ.",
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
        lemma("R_c′ = R", prove_identity(sympy.diff(accumulated, w), R, given=facts_of(_LINEAR))),
        lemma("R_c(w⋄) = 0", prove_identity(accumulated.subs(w, point), 0)),
    )


@claim(
    "zero-shifted-penalty",
    source=Source("2502.06309", "section 3.1, eqs. (41), (59)"),
    form="printed",
    statement="For the linear response with c = 0 the accumulated asymmetry of eq. (41) is "
    "quadratic, R_c(w) = w²/(2τ); eq. (59) has it up to a constant.",
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
