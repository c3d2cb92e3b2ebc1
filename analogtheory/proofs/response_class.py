"""The response class (Definition 1) and the bounded saturation it needs (hypothesis H4).

Definition 1 of arXiv:2502.06309 asks for 0 < q_min ≤ q±(w) ≤ q_max at every w. The linear,
power and exponential responses all have q₊(τ) = q₋(−τ) = 0, so none of them is in the class on
its whole range [−τ, τ]; each is on |w| ≤ W_max < τ, with the q_min given here (arXiv:2502.06309
eqs. (17)–(19) for the linear response). The last claim shows what is lost without it: the
gradient then need not become small however long Analog GD runs.
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
    remark,
    twin,
)
from analogtheory.proofs.response_formulas import (
    ONE,
    D,
    E,
    U,
    Y,
    c,
    exponential_in_y,
    family,
    gamma,
    tau,
    w,
    with_powers,
)
from analogtheory.prove import (
    Fact,
    Outcome,
    ge,
    gt,
    lt,
    prove_by_terms,
    prove_identity,
    prove_polynomial,
)

q_min, largest_weight = sympy.symbols("q_min W_max", real=True)
_RANGE = hypothesis("τ > 0", gt(tau))


@claim(
    "response-class-on-whole-range",
    source=Source("2502.06309", "Definition 1 with eq. (16); Fig. 3"),
    form="printed",
    statement="The linear response q± = 1 ∓ w/τ is in the class of Definition 1 on its dynamic "
    "range [−τ, τ]: some q_min > 0 has q_min ≤ q±(w) for every |w| ≤ τ.",
    latex=r"\exists\, q_{\min} > 0:\quad q_{\min} \le q_\pm(w) \quad \forall\, |w| \le \tau",
    hypotheses=(_RANGE, hypothesis("|w| ≤ τ")),
    expected="refuted",
    repaired_by="linear-bounded-saturation",
    consequence="Every bound that divides by q_min or M_min (Remark 1, eq. (137), Corollary 1) "
    "needs the further hypothesis |W_k| ≤ W_max < τ along the trajectory.",
    readings=(
        "'for every w' read as every real w: fails, q₊(w) < 0 for w > τ",
        "read as the open interval |w| < τ: fails, the infimum of q₊ is 0",
        "read as the weights of a trajectory with |W_k| ≤ W_max < τ: holds, with "
        "q_min = 1 − W_max/τ (eq. (17))",
    ),
    twins=(
        twin("|w| ≤ τ/2 with q_min = 1/2", reach=sympy.Rational(1, 2)),
        twin("|w| ≤ 9τ/10 with q_min = 1/10", reach=sympy.Rational(9, 10)),
    ),
)
def response_class_on_whole_range(run: Run, reach: sympy.Expr = ONE) -> Evidence:
    """No q_min larger than q₊ at the end of the range can serve: is that one > 0?"""
    device = family("linear").at(c=sympy.Integer(0))
    end = device.up.subs(w, reach * tau)
    given = (gt(tau), ge(reach * tau - w), ge(reach * tau + w))
    return conclude(
        lemma("the largest candidate q₊(end)·τ > 0", prove_polynomial(gt(end * tau), given[:1])),
        lemma("q₊ ≥ q₊(end)", prove_polynomial(ge((device.up - end) * tau), given)),
        lemma("q₋ ≥ q₊(end)", prove_polynomial(ge((device.down - end) * tau), given)),
        value=end,
    )


@claim(
    "responses-vanish-at-range-ends",
    source=derived("Definition 1 with eqs. (16), (148), (149)", "2502.06309"),
    form="derived",
    statement="At the ends of the range q₊(τ) = 0 and q₋(−τ) = 0, for the linear response (every "
    "c, τ), the power response (γ = 1/2, 1, 2, 3, 4; every τ) and the exponential response (every "
    "γ, τ): no q_min > 0 exists on [−τ, τ] for any of them.",
    latex=r"q_+(\tau) = q_-(-\tau) = 0 \quad\text{(linear, power, exponential)}",
    hypotheses=(_RANGE,),
    twins=(
        twin("the constant step", names=("ideal",)),
        twin("the end approached to 9τ/10", reach=sympy.Rational(9, 10)),
    ),
)
def responses_vanish_at_range_ends(
    run: Run,
    names: tuple[str, ...] = ("linear", "power", "exponential"),
    reach: sympy.Expr = ONE,
) -> Evidence:
    """One identity for each end of each response, multiplied by τ."""
    steps = []
    for name in names:
        exponents = [sympy.Rational(1, 2), *range(1, 5)] if name == "power" else [None]
        for exponent in exponents:
            device = family(name) if exponent is None else family(name).at(gamma_res=exponent)
            words = name if exponent is None else f"{name}, γ = {exponent}"
            for q, side in ((device.up, tau), (device.down, -tau)):
                value = tau * q.subs(w, reach * side)
                vanishes = prove_identity(value, 0 * tau, given=(gt(tau),))
                steps.append(lemma(f"{words}: τ·q(end) = 0", vanishes))
    return conclude(*steps)


_BOUNDED = (
    _RANGE,
    hypothesis("|w| ≤ W_max", ge(largest_weight - w), ge(largest_weight + w)),
    hypothesis("W_max < τ", lt(largest_weight, tau)),
)


@claim(
    "linear-bounded-saturation",
    source=Source("2502.06309", "eqs. (17)–(19)"),
    form="printed",
    statement="On |w| ≤ W_max < τ the linear response with c = 0 has q_min = 1 − W_max/τ > 0, "
    "q_max = 1 + W_max/τ and min M = 1 − W_max²/τ², all attained at |w| = W_max.",
    latex=r"q_{\min} = 1-\frac{W_{\max}}{\tau} > 0,\quad q_{\max} = 1+\frac{W_{\max}}{\tau},\quad "
    r"\min M = 1 - \frac{W_{\max}^2}{\tau^2}",
    hypotheses=_BOUNDED,
    twins=(
        twin("weights up to τ", drop="W_max < τ"),
        twin("q_min = 1 − W_max/(2τ)", share=sympy.Rational(1, 2)),
        twin("q_max = 1 + 2W_max/τ, a bound that is not attained", spread=sympy.Integer(2)),
        twin("c = 1/2", asymmetry=sympy.Rational(1, 2)),
    ),
)
def linear_bounded_saturation(
    run: Run,
    drop: str = "",
    share: sympy.Expr = ONE,
    spread: sympy.Expr = ONE,
    asymmetry: sympy.Expr = sympy.Integer(0),
) -> Evidence:
    """Linear inequalities (times τ), and M·τ² = τ² − w²."""
    device = family("linear").at(c=asymmetry)
    given = facts_of(_BOUNDED, drop=drop)
    lowest = 1 - share * largest_weight / tau
    highest = 1 + spread * largest_weight / tau
    saturation = sympy.cancel(device.M * tau**2) - (tau**2 - largest_weight**2)
    return conclude(
        lemma("q_min > 0 (times τ)", prove_polynomial(gt(sympy.expand(tau * lowest)), given)),
        *(
            lemma(words, outcome)
            for q in (device.up, device.down)
            for words, outcome in _between(q, lowest, highest, given)
        ),
        lemma("M ≥ 1 − W_max²/τ² (times τ²)", prove_polynomial(ge(saturation), given)),
        lemma(
            "q₊(W_max) = q_min",
            prove_identity(device.up.subs(w, largest_weight), lowest, given=(gt(tau),)),
        ),
        lemma(
            "q₊(−W_max) = q_max",
            prove_identity(device.up.subs(w, -largest_weight), highest, given=(gt(tau),)),
        ),
        lemma(
            "M(W_max) = 1 − W_max²/τ²",
            prove_identity(
                device.M.subs(w, largest_weight), 1 - largest_weight**2 / tau**2, given=(gt(tau),)
            ),
        ),
    )


def _between(
    q: sympy.Expr, lowest: sympy.Expr, highest: sympy.Expr, given: tuple[Fact, ...]
) -> list[tuple[str, Outcome]]:
    """q_min ≤ q ≤ q_max, multiplied by τ."""
    return [
        (words, prove_polynomial(ge(sympy.expand(tau * gap)), given))
        for words, gap in (("q ≥ q_min (times τ)", q - lowest), ("q ≤ q_max", highest - q))
    ]


_LINEAR = (*_BOUNDED, hypothesis("|c| < 1", gt(1 - c), gt(1 + c)))


@claim(
    "linear-bounded-saturation-tilted",
    source=derived("Definition 1 for c_Lin ≠ 0", "2502.06309"),
    form="derived",
    statement="On |w| ≤ W_max < τ the linear response with |c| < 1 has "
    "q± ≥ (1 − |c|)(1 − W_max/τ) > 0.",
    latex=r"q_\pm(w) \ge (1-|c|)\Bigl(1-\frac{W_{\max}}{\tau}\Bigr) > 0",
    hypotheses=_LINEAR,
    twins=(
        twin("weights up to τ", drop="W_max < τ"),
        twin("q± ≥ 1 − W_max/τ, the value for c = 0", tilt=0),
    ),
)
def linear_bounded_saturation_tilted(run: Run, drop: str = "", tilt: int = 1) -> Evidence:
    """(1 ± c) ≥ 1 − |c| and (1 ∓ w/τ) ≥ 1 − W_max/τ, multiplied; one sign of c at a time."""
    device = family("linear")
    given = facts_of(_LINEAR, drop=drop)
    steps = []
    # Facts: τ, W_max − w, W_max + w, τ − W_max, 1 − c, 1 + c, then ±c ≥ 0.
    smaller, larger = {1: (4, 2), -1: (5, 1)}, {1: (5, 1), -1: (4, 2)}
    for sign, words in ((1, "c ≥ 0"), (-1, "c ≤ 0")):
        facts = (*given, ge(sign * c))
        lowest = sympy.expand((1 - sign * tilt * c) * (tau - largest_weight))
        factor, side = smaller[sign]
        positive = prove_by_terms(gt(lowest), facts, [(1, 1, {factor: 1, 3: 1})])
        steps.append(lemma(f"{words}: q_min > 0 (times τ)", positive))
        weak, strong = (device.down, device.up) if sign == 1 else (device.up, device.down)
        near = [(1, 1, {factor: 1, side: 1})]
        far = [(2, 1, {6: 1, 3: 1}), (1, 1, {larger[sign][0]: 1, larger[sign][1]: 1})]
        for name, q, terms in (("smaller", weak, near), ("larger", strong, far)):
            fact = ge(sympy.expand(tau * q) - lowest)
            steps.append(lemma(f"{words}: {name} q ≥ q_min", prove_by_terms(fact, facts, terms)))
    return conclude(*steps)


_POWER = (
    _RANGE,
    hypothesis("γ_res > 0", gt(gamma)),
    hypothesis("|w| < τ", gt(tau - w), gt(tau + w)),
    hypothesis("U = (1−w/τ)^γ and D = (1+w/τ)^γ are > 0", gt(U), gt(D)),
)


@claim(
    "power-bounded-saturation",
    source=derived("Definition 1 with eq. (148)", "2502.06309"),
    form="derived",
    statement="For the power response q₊ decreases, q₋ increases and M decreases in |w|, for every "
    "γ > 0; so on |w| ≤ W_max < τ q_min = (1−W_max/τ)^γ > 0, q_max = (1+W_max/τ)^γ and "
    "M ≥ (1−W_max²/τ²)^γ > 0.",
    latex=r"q_+' = -\frac{\gamma\, q_+}{\tau - w} < 0 < q_-',\qquad \Bigl(1-\frac{W_{\max}}{\tau}"
    r"\Bigr)^{\gamma} \le q_\pm(w) \le \Bigl(1+\frac{W_{\max}}{\tau}\Bigr)^{\gamma}",
    hypotheses=_POWER,
    twins=(
        twin("γ of any sign", drop="γ_res > 0"),
        twin("weights beyond the range", drop="|w| < τ"),
        twin("q₊ increases", sign=-1),
    ),
)
def power_bounded_saturation(run: Run, drop: str = "", sign: int = 1) -> Evidence:
    """Signs of the derivatives of q₊, q₋ and M in U and D."""
    device = family("power")
    given = facts_of(_POWER, drop=drop)
    falling, rising, product = (
        with_powers(sympy.diff(q, w)) for q in (device.up, device.down, device.up * device.down)
    )
    return conclude(
        lemma("q₊′", prove_identity(falling, -gamma * U / (tau - w))),
        lemma("q₋′", prove_identity(rising, gamma * D / (tau + w))),
        lemma("M′", prove_identity(product, -2 * gamma * w * U * D / (tau**2 - w**2))),
        lemma("−q₊′ > 0", _quotient(sign * gamma * U, tau - w, given, {1: 1, 4: 1, 2: -1})),
        lemma("q₋′ > 0", _quotient(gamma * D, tau + w, given, {1: 1, 5: 1, 3: -1})),
        lemma(
            "τ² − w² > 0, so M′ has the sign of −w",
            prove_by_terms(gt(tau**2 - w**2), given, [(1, 1, {2: 1, 3: 1})]),
        ),
        remark("a monotone function takes its extremes at the ends of |w| ≤ W_max"),
    )


def _quotient(
    top: sympy.Expr, bottom: sympy.Expr, given: tuple[Fact, ...], factors: dict[int, int]
) -> Outcome:
    """top/bottom > 0, as a product of powers of facts."""
    return prove_by_terms(gt(top / bottom), given, [(1, 1, factors)])


V = sympy.Symbol("V", real=True)
_EXPONENTIAL = (
    _RANGE,
    hypothesis("γ_res > 0, so E = e^γ > 1", gt(E, 1)),
    hypothesis("|w| ≤ W_max: 1/V ≤ Y ≤ V with Y = e^{γw/τ}", gt(Y), ge(V, Y), ge(V * Y, 1)),
    hypothesis("W_max < τ: V = e^{γW_max/τ} < E", gt(V), gt(E, V)),
)


@claim(
    "exponential-bounded-saturation",
    source=derived("Definition 1 with eq. (149)", "2502.06309"),
    form="derived",
    statement="On |w| ≤ W_max < τ the exponential response has "
    "0 < q_min = (e^{γ(1−W_max/τ)} − 1)/(e^γ − 1) ≤ q± ≤ q_max = (e^{γ(1+W_max/τ)} − 1)/(e^γ − 1).",
    latex=r"0 < \frac{e^{\gamma(1-W_{\max}/\tau)} - 1}{e^\gamma - 1} \le q_\pm(w) \le "
    r"\frac{e^{\gamma(1+W_{\max}/\tau)} - 1}{e^\gamma - 1}",
    hypotheses=_EXPONENTIAL,
    twins=(
        twin("weights up to τ", drop="W_max < τ"),
        twin("q_min twice as large", scale=sympy.Integer(2)),
    ),
)
def exponential_bounded_saturation(run: Run, drop: str = "", scale: sympy.Expr = ONE) -> Evidence:
    """Differences of q± to their values at ±W_max, multiplied by V·Y·(e^γ − 1) > 0."""
    device = exponential_in_y()
    lowest, highest = scale * device.up.subs(Y, V), device.down.subs(Y, V)
    # Facts: τ, E − 1, Y, V − Y, VY − 1, and V, E − V unless dropped.
    given = facts_of(_EXPONENTIAL, drop=drop)
    near, far = {3: 1}, {4: 1}
    steps = []
    for words, gap, factor, ends in (
        ("q₊ ≥ q_min", device.up - lowest, V * Y, near),
        ("q₋ ≥ q_min", device.down - lowest, V, far),
        ("q₊ ≤ q_max", highest - device.up, Y, far),
        ("q₋ ≤ q_max", highest - device.down, ONE, near),
    ):
        fact = ge(sympy.cancel(gap * factor * (E - 1)))
        terms = [(1, 1, {1: 1, **ends}), (1, 1, ends)]
        steps.append(lemma(words, prove_by_terms(fact, given, terms)))
    positive = gt(sympy.cancel(lowest * V * (E - 1)))
    return conclude(lemma("q_min > 0", prove_by_terms(positive, given, [(1, 1, {6: 1})])), *steps)


height, target, step = sympy.symbols("L target step", real=True)
_CLIMB = (
    _RANGE,
    hypothesis("the minimiser w* lies beyond the range, τ < w*", gt(target, tau)),
    hypothesis("w ≤ τ", ge(tau - w)),
    hypothesis("w* − w ≤ τ", ge(tau - target + w)),
    hypothesis("curvature L > 0", gt(height)),
    hypothesis("0 < αL ≤ 1", gt(step), ge(1 - step)),
)


@claim(
    "bounded-saturation-needed",
    source=derived("hypothesis M_min > 0 of eq. (137) and Remark 1", "2502.06309"),
    form="derived",
    statement="Without W_max < τ the gradient need not become small (H4): for the linear response "
    "with c = 0, f(w) = (L/2)(w − w*)² with τ < w*, no noise, αL ≤ 1 and a start with "
    "w* − τ ≤ w_0 ≤ τ, Analog GD keeps w_k ≤ τ and |∇f(w_k)| ≥ L(w* − τ) > 0 for every k, while "
    "the bound of eq. (137) with a fixed M_min > 0 tends to 0.",
    latex=r"w_{k+1} = w_k + \alpha L (w^*-w_k)\Bigl(1-\frac{w_k}{\tau}\Bigr) \le \tau,\qquad "
    r"|\nabla f(w_k)| \ge L(w^*-\tau) > 0 \ \forall k",
    hypotheses=_CLIMB,
    twins=(
        twin("the minimiser inside the range", drop="w* lies beyond"),
        twin("the gradient stays above 2L(w* − τ)", gain=sympy.Integer(2)),
        twin("any start", drop="w* − w ≤ τ"),
    ),
)
def bounded_saturation_needed(run: Run, drop: str = "", gain: sympy.Expr = ONE) -> Evidence:
    """Induction: w ≤ τ and w* − w ≤ τ are kept, as w' − w ≥ 0 and τ − w' ≥ 0."""
    device = family("linear").at(c=sympy.Integer(0))
    moved = w + step * (target - w) * device.up
    given = facts_of(_CLIMB, drop=drop)
    room = sympy.expand(sympy.cancel((tau - moved) * tau))
    gained = sympy.expand(sympy.cancel((moved - w) * tau))
    slope = height * (target - w)
    excess = slope - gain * height * (target - tau)
    # Facts: τ, w* − τ, τ − w, τ − w* + w, L, αL, 1 − αL; w* − w = (w* − τ) + (τ − w).
    inward = [(1, 1, {2: 1, 3: 1}), (1, 1, {1: 1, 2: 1, 6: 1}), (1, 1, {2: 2, 6: 1})]
    upward = [(1, 1, {1: 1, 2: 1, 5: 1}), (1, 1, {2: 2, 5: 1})]
    return conclude(
        lemma("τ(τ − w') ≥ 0", prove_by_terms(ge(room), given, inward)),
        lemma("τ(w' − w) ≥ 0, so w* − w' ≤ τ", prove_by_terms(ge(gained), given, upward)),
        lemma("|∇f| ≥ L(w* − τ)", prove_by_terms(ge(excess), given, [(1, 1, {2: 1, 4: 1})])),
        lemma(
            "L(w* − τ) > 0",
            prove_by_terms(
                gt(sympy.expand(height * (target - tau))), given, [(1, 1, {1: 1, 4: 1})]
            ),
        ),
        remark("the bound of eq. (137) is a constant over K"),
    )
