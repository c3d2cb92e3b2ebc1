"""Which step sizes keep a weight inside its range [−τ, τ] (hypothesis H4 of theory notes 6).

One averaged update moves w by a·q₊(w) up or by a·q₋(w) down, a = |Δ| = α|g| (arXiv:2502.06309
eq. (3)). For the linear response with c = 0 the range is kept if and only if a ≤ τ. For a
convex q₊ with q₊(τ) = 0 it is kept if and only if a·q₊(−τ) ≤ 2τ, which is a·F_max ≤ τ for the
power response with γ ≥ 1 and for the exponential one. For γ = 1/2 no step size keeps it. Gaussian
gradient noise, which exceeds any bound with positive probability, leaves the range in each case.
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
    E,
    U,
    Y,
    c,
    exponential_in_y,
    family,
    gamma,
    slope_in_y,
    tau,
    w,
    with_powers,
)
from analogtheory.prove import ge, gt, prove_by_terms, prove_identity

#: a = |Δ|, the size of the wanted change.
size = sympy.Symbol("a", real=True)
_RANGE = hypothesis("τ > 0", gt(tau))
_INSIDE = hypothesis("|w| ≤ τ", ge(tau - w), ge(tau + w))
_SIZE = hypothesis("a ≥ 0", ge(size))
_TILT = hypothesis("|c| < 1", gt(1 - c), gt(1 + c))
_NOTES = "2502.06309"


@claim(
    "linear-range-invariance",
    source=derived("eqs. (3), (16); theory notes 1.11", _NOTES),
    form="derived",
    statement="The linear response with |c| < 1 keeps every |w| ≤ τ inside the range under a step "
    "of size a if and only if a(1 + |c|) ≤ τ (a ≤ τ for c = 0); if a(1 + c) > τ, a step up takes "
    "every w in [−τ, τ) beyond τ, and likewise down.",
    latex=r"|w| \le \tau \Rightarrow |w'| \le \tau \iff a\,(1+|c|) \le \tau;\qquad "
    r"\tau - w' = (\tau - w)\Bigl(1 - \frac{a(1+c)}{\tau}\Bigr)",
    hypotheses=(_RANGE, _INSIDE, _SIZE, _TILT),
    twins=(
        twin("a(1 + |c|) ≤ 2τ", reach=sympy.Integer(2)),
        twin("a(1 + |c|) ≤ 9τ/10, which is not necessary", reach=sympy.Rational(9, 10)),
        twin("a ≤ τ whatever c", tilt=sympy.Integer(0)),
        twin("weights outside the range", drop="|w| ≤ τ"),
    ),
)
def linear_range_invariance(
    run: Run, reach: sympy.Expr = ONE, tilt: sympy.Expr = ONE, drop: str = ""
) -> Evidence:
    """Products of facts for the four ends, and the converse (all times τ)."""
    device = family("linear")
    limit = (ge(reach * tau, size * (1 + tilt * c)), ge(reach * tau, size * (1 - tilt * c)))
    # Facts: limit up, limit down, τ, a, 1 − c, 1 + c, τ − w, τ + w.
    rest = facts_of((_RANGE, _SIZE, _TILT, _INSIDE), drop=drop)
    given = (*limit, *rest)
    up, down = w + size * device.up, w - size * device.down
    over = gt(size * (1 + tilt * c), reach * tau), gt(size * (1 - tilt * c), reach * tau)
    steps = []
    for words, gap, terms in (
        ("up: w' ≤ τ", tau - up, [(1, 1, {0: 1, 6: 1})]),
        ("up: w' ≥ −τ", tau + up, [(1, 1, {2: 1, 7: 1}), (1, 1, {3: 1, 5: 1, 6: 1})]),
        ("down: w' ≥ −τ", tau + down, [(1, 1, {1: 1, 7: 1})]),
        ("down: w' ≤ τ", tau - down, [(1, 1, {2: 1, 6: 1}), (1, 1, {3: 1, 4: 1, 7: 1})]),
    ):
        fact = ge(sympy.cancel(tau * gap))
        steps.append(lemma(words, prove_by_terms(fact, given, terms)))
    for words, gap, facts in (
        ("a(1+c) > τ, w < τ: up gives w' > τ", up - tau, (over[0], gt(tau - w))),
        ("a(1−c) > τ, w > −τ: down gives w' < −τ", -tau - down, (over[1], gt(tau + w))),
    ):
        fact = gt(sympy.cancel(tau * gap))
        steps.append(lemma(words, prove_by_terms(fact, facts, [(1, 1, {0: 1, 1: 1})])))
    return conclude(*steps)


_STEP = (_RANGE, _SIZE, hypothesis("a ≤ τ", ge(tau - size)))


@claim(
    "linear-step-contraction",
    source=derived("eqs. (3), (16); theory notes 1.11", _NOTES),
    form="derived",
    statement="For the linear response with c = 0 and a step of size a ≤ τ in either direction, "
    "|w'| ≤ (1 − a/τ)|w| + a, with equality for a step away from 0.",
    latex=r"|w'| \le \Bigl(1 - \frac{a}{\tau}\Bigr)|w| + a",
    hypotheses=_STEP,
    twins=(
        twin("the factor 1 − 2a/τ", rate=sympy.Integer(2)),
        twin("steps larger than τ", drop="a ≤ τ"),
        twin("c = 1/2", asymmetry=HALF),
    ),
)
def linear_step_contraction(
    run: Run,
    rate: sympy.Expr = ONE,
    drop: str = "",
    asymmetry: sympy.Expr = sympy.Integer(0),
) -> Evidence:
    """The four sides with the axioms of |w| (times τ)."""
    device = family("linear").at(c=asymmetry)
    given = facts_of(_STEP, drop=drop)
    bound = (tau - rate * size) * sympy.Abs(w) + size * tau
    # Facts: τ, a, τ − a; then |w| ≥ 0, |w|² = w², |w| − w ≥ 0, |w| + w ≥ 0.
    less, more, slack = (1, 1, {2: 1, 5: 1}), (1, 1, {2: 1, 6: 1}), (2, 1, {0: 1, 1: 1})
    up, down = w + size * device.up, w - size * device.down
    steps = []
    for words, gap, terms in (
        ("up: w' ≤ bound", -up, [less]),
        ("up: −w' ≤ bound", up, [more, slack]),
        ("down: w' ≤ bound", -down, [less, slack]),
        ("down: −w' ≤ bound", down, [more]),
    ):
        fact = ge(bound + sympy.cancel(tau * gap))
        steps.append(lemma(words, prove_by_terms(fact, given, terms)))
    outward = (tau - rate * size) * w + size * tau
    inverted = (tau - rate * size) * -w + size * tau
    return conclude(
        *steps,
        lemma("equality for w ≥ 0 up", prove_identity(sympy.cancel(tau * up), outward)),
        lemma("equality for w ≤ 0 down", prove_identity(sympy.cancel(-tau * down), inverted)),
    )


q, q_far = sympy.symbols("q q_far", real=True)
_CONVEX = (
    _RANGE,
    _INSIDE,
    _SIZE,
    hypothesis("q₊ ≥ 0", ge(q)),
    hypothesis(
        "q₊ is convex with q₊(τ) = 0, so q₊(w) ≤ q₊(−τ)(τ − w)/(2τ)",
        ge(q_far * (tau - w), 2 * tau * q),
    ),
    hypothesis("for the 'if' half: a·q₊(−τ) ≤ 2τ", ge(2 * tau, size * q_far)),
)


@claim(
    "convex-response-range-invariance",
    source=derived("eq. (3)", _NOTES),
    form="derived",
    statement="For any response whose q₊ ≥ 0 is convex on [−τ, τ] with q₊(τ) = 0, a step of size a "
    "up keeps every |w| ≤ τ inside the range if and only if a·q₊(−τ) ≤ 2τ; by symmetry a step "
    "down does if and only if a·q₋(τ) ≤ 2τ, for q₋ ≥ 0 convex with q₋(−τ) = 0.",
    latex=r"w + a\,q_+(w) \in [-\tau,\tau]\ \ \forall\,|w|\le\tau \iff a\,q_+(-\tau) \le 2\tau",
    hypotheses=_CONVEX,
    twins=(
        twin("q₊ not convex", drop="convex"),
        twin("no limit on the step", drop="a·q₊(−τ)"),
        twin("a·q₊(−τ) ≤ 4τ", reach=sympy.Integer(2)),
        twin("a·q₊(−τ) ≤ 9τ/5, which is not necessary", reach=sympy.Rational(9, 10)),
    ),
)
def convex_response_range_invariance(run: Run, drop: str = "", reach: sympy.Expr = ONE) -> Evidence:
    """2τ(τ − w') = a(q₊(−τ)(τ − w) − 2τq₊) + (τ − w)(2τ − a·q₊(−τ))."""
    given = facts_of(_CONVEX, drop=drop)
    if reach != 1:
        given = (*given[:-1], ge(2 * reach * tau, size * q_far))
    moved, weight = w + size * q, (w + tau) / (2 * tau)
    room = ge(sympy.expand(2 * tau * (tau - moved)))
    inward = [(1, 1, {3: 1, 5: 1}), (1, 1, {1: 1, 6: 1})]
    beyond = gt(size * q_far, 2 * reach * tau)
    return conclude(
        lemma(
            "the chord from (−τ, q₊(−τ)) to (τ, 0) at w",
            prove_identity((1 - weight) * q_far, q_far * (tau - w) / (2 * tau)),
        ),
        lemma("w' ≤ τ (times 2τ)", prove_by_terms(room, given, inward)),
        lemma(
            "w' ≥ −τ",
            prove_by_terms(ge(tau + moved), given, [(1, 1, {2: 1}), (1, 1, {3: 1, 4: 1})]),
        ),
        lemma(
            "a·q₊(−τ) > 2τ: from −τ to beyond τ",
            prove_by_terms(gt(-tau + size * q_far, tau), (beyond,), [(1, 1, {0: 1})]),
        ),
    )


_POWER = (
    _RANGE,
    hypothesis("|w| < τ", gt(tau - w), gt(tau + w)),
    hypothesis("U = (1−w/τ)^γ > 0", gt(U)),
    hypothesis("γ_res ≥ 1", gt(gamma), ge(gamma, 1)),
    hypothesis("E = e^γ > 1, Y = e^{γw/τ} > 0", gt(E, 1), gt(Y)),
)


@claim(
    "power-exponential-step-limit",
    source=derived("eqs. (3), (148), (149)", _NOTES),
    form="derived",
    statement="The power response with γ ≥ 1 and the exponential response with γ > 0 have a convex "
    "q₊, with q₊(−τ) = 2^γ and e^γ + 1: a step of size a keeps the range if and only if "
    "a·F_max ≤ τ, with F_max = 2^(γ−1) and (e^γ + 1)/2 (for the power response with γ = 3, a ≤ τ/4 "
    "where the linear response allows τ).",
    latex=r"q_+'' \ge 0,\qquad |w| \le \tau \Rightarrow |w'| \le \tau \iff a\,F_{\max} \le \tau",
    hypotheses=_POWER,
    twins=(
        twin("γ = 3 with the limit a ≤ τ of the linear response", reach=sympy.Integer(4)),
        twin("power response of any γ > 0", drop="γ_res ≥ 1"),
    ),
)
def power_exponential_step_limit(run: Run, reach: sympy.Expr = ONE, drop: str = "") -> Evidence:
    """Second derivatives, values at −τ, and γ = 3 done directly."""
    power, exponential = family("power"), exponential_in_y()
    given = (gt(gamma), *facts_of(_POWER, drop=drop))
    bend = with_powers(sympy.diff(power.up, w, 2))
    closed = gamma * (gamma - 1) * U / (tau - w) ** 2
    curve = slope_in_y(slope_in_y(exponential.up))
    cubic = power.at(gamma_res=sympy.Integer(3)).up
    # Facts: τ, τ − w, τ + w, a, and a ≤ reach·τ/4.
    facts = (gt(tau), ge(tau - w), ge(tau + w), ge(size), ge(reach * tau / 4, size))
    room = ge(sympy.expand(tau**3 * (tau - w - size * cubic)))
    # τ³ − a(τ−w)² = (τ/4 − a)(τ−w)² + (τ/4)(τ+w)(4τ − (τ+w)) for a ≤ τ/4.
    quarter = HALF / 2
    direct = [
        (1, 1, {1: 3, 4: 1}),
        (HALF, 1, {0: 2, 1: 1, 2: 1}),
        (quarter, 1, {0: 1, 1: 2, 2: 1}),
    ]
    return conclude(
        lemma("power: q₊″", prove_identity(bend, closed)),
        lemma(
            "power: q₊″·(τ−w)² ≥ 0",
            prove_by_terms(ge(gamma * (gamma - 1) * U), given, [(1, 1, {0: 1, 4: 1, 6: 1})]),
        ),
        lemma("power: q₊(−τ) = 2^γ at γ = 3", prove_identity(cubic.subs(w, -tau), 8)),
        lemma(
            "exponential: q₊″",
            prove_identity(curve, gamma**2 / tau**2 * E / (Y * (E - 1))),
        ),
        lemma(
            "exponential: q₊″ ≥ 0",
            prove_by_terms(
                ge(curve),
                given,
                [(1, gamma / tau, {gt(Y): -1}), (1, gamma / tau, {gt(Y): -1, gt(E, 1): -1})],
            ),
        ),
        lemma(
            "exponential: q₊(−τ) = e^γ + 1", prove_identity(exponential.up.subs(Y, 1 / E), E + 1)
        ),
        lemma("γ = 3, a ≤ τ/4: w' ≤ τ (times τ³)", prove_by_terms(room, facts, direct)),
        lemma(
            "γ = 3, a > τ/4: from −τ to beyond τ",
            prove_by_terms(
                gt(-tau + size * cubic.subs(w, -tau), tau),
                (gt(size, reach * tau / 4),),
                [(8, 1, {0: 1})],
            ),
        ),
        remark(
            "claim convex-response-range-invariance with q₊(τ) = 0 and q₊(−τ) = 2^γ or e^γ + 1, "
            "which is 2·F_max; q₋(w) = q₊(−w) is its mirror image"
        ),
    )


root = sympy.Symbol("r", real=True)
_ROOT = (
    _RANGE,
    hypothesis("w = τ(1 − r²) with r > 0", gt(root)),
    hypothesis("r < a/τ", gt(size, tau * root)),
)


@claim(
    "power-half-leaves-range",
    source=derived("eqs. (3), (148) with γ_res = 1/2", _NOTES),
    form="derived",
    statement="For the power response with γ = 1/2 no step size a > 0 keeps the range: every "
    "w = τ(1 − r²) in it with 0 < r < a/τ is taken beyond τ, where q₊ is not a real number.",
    latex=r"w = \tau(1-r^2),\ 0 < r < \frac{a}{\tau}:\qquad w + a\sqrt{1-\frac{w}{\tau}} = "
    r"\tau + r\,(a - \tau r) > \tau",
    hypotheses=_ROOT,
    twins=(
        twin("γ = 1", exponent=ONE),
        twin("weights farther from the end", drop="r < a/τ"),
    ),
)
def power_half_leaves_range(run: Run, exponent: sympy.Expr = HALF, drop: str = "") -> Evidence:
    """w' − τ = r(a − τr)."""
    up = family("power").at(gamma_res=exponent).up.subs(w, tau * (1 - root**2))
    gain = root ** (2 * exponent)
    excess = tau * (1 - root**2) + size * gain - tau
    given = facts_of(_ROOT, drop=drop)
    return conclude(
        lemma("q₊(w)^{1/γ} = r²", prove_identity(up ** (1 / exponent), root**2)),
        lemma("w' > τ", prove_by_terms(gt(sympy.expand(excess)), given, [(1, 1, {1: 1, 2: 1})])),
        remark("q₊ ≥ 0 and r > 0, so q₊(w) = r^{2γ}"),
    )


@claim(
    "response-negative-beyond-range",
    source=derived("eqs. (16), (148), (149)", _NOTES),
    form="derived",
    statement="Beyond the range, w > τ > 0, the linear response (c = 0), the power response with "
    "γ = 3 and the exponential response have q₊(w) < 0 < q₋(w): M < 0, |G| > F, and Definition 1 "
    "fails; an overshoot must be clipped.",
    latex=r"w > \tau:\quad q_+(w) < 0 < q_-(w),\quad M(w) < 0",
    hypotheses=(_RANGE, hypothesis("w > τ", gt(w, tau))),
    twins=(
        twin("γ = 2", exponent=2),
        twin("inside the range", drop="w > τ"),
    ),
)
def response_negative_beyond_range(run: Run, exponent: int = 3, drop: str = "") -> Evidence:
    """Odd powers of w − τ; for the exponential Y = e^{γw/τ} > E."""
    given = facts_of((_RANGE, hypothesis("w > τ", gt(w, tau))), drop=drop)
    linear, power = family("linear").at(c=sympy.Integer(0)), family("power")
    cubic, exponential = power.at(gamma_res=sympy.Integer(exponent)), exponential_in_y()
    facts = (gt(E, 1), gt(E), gt(Y, E))
    rising = gt(sympy.expand(tau * linear.down))
    pulled = gt(sympy.cancel(-exponential.up * Y * (E - 1)))
    pushed = gt(sympy.cancel(exponential.down * (E - 1)))
    third = [(b, 1, {0: k, 1: 3 - k}) for b, k in ((1, 0), (6, 1), (12, 2), (8, 3))]
    low, high = sympy.symbols("q_up q_down", real=True)
    signs = (gt(-low), gt(high))
    return conclude(
        lemma(
            "q₊ < 0 < q₋ gives M = q₊q₋ < 0",
            prove_by_terms(gt(-low * high), signs, [(1, 1, {0: 1, 1: 1})]),
        ),
        lemma(
            "and G − F = −q₊ > 0",
            prove_by_terms(gt((high - low) / 2, (high + low) / 2), signs, [(1, 1, {0: 1})]),
        ),
        lemma("linear: −τq₊ > 0", prove_by_terms(gt(-tau * linear.up), given, [(1, 1, {1: 1})])),
        lemma("linear: τq₋ > 0", prove_by_terms(rising, given, [(2, 1, {0: 1}), (1, 1, {1: 1})])),
        lemma(
            "power: −τ³q₊ > 0",
            prove_by_terms(gt(sympy.expand(-(tau**exponent) * cubic.up)), given, [(1, 1, {1: 3})]),
        ),
        lemma(
            "power: τ³q₋ > 0",
            prove_by_terms(gt(sympy.expand(tau**exponent * cubic.down)), given, third),
        ),
        lemma("exponential: q₊ < 0", prove_by_terms(pulled, facts, [(1, 1, {2: 1})])),
        lemma(
            "exponential: q₋ > 0",
            prove_by_terms(
                pushed, facts, [(1, 1, {1: 1, 2: 1}), (1, 1, {1: 1, 0: 1}), (1, 1, {0: 1})]
            ),
        ),
    )
