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
from analogtheory.proofs.response_families import (
    ONE,
    D,
    E,
    U,
    Y,
    c,
    exponential_in_y,
    family,
    gamma,
    same,
    slope_in_y,
    tau,
    w,
    with_powers,
)
from analogtheory.prove import Fact, ge, gt, le, lt, prove_by_terms, prove_identity, prove_polynomial
from analogtheory.responses import get

q_min, largest_weight = sympy.symbols("q_min W_max", real=True)
_RANGE = hypothesis("τ > 0", gt(tau))


@claim(
    "response-class-on-whole-range",
    source=Source("2502.06309", "Definition 1 with eq. (16); Fig. 3"),
    form="printed",
    statement="The linear response q± = 1 ∓ w/τ is in the class of Definition 1 on its dynamic "
    "range [−τ, τ]: some q_min > 0 has q_min ≤ q±(w) for every |w| ≤ τ",
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
    statement="q₊(τ) = 0 and q₋(−τ) = 0 for the linear response (every c, τ), the power response "
    "(γ = 1/2, 1, 2, 3, 4; every τ) and the exponential response (every γ, τ): no q_min > 0 exists "
    "on [−τ, τ] for any of them",
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
                steps.append(lemma(f"{words}: τ·q(end) = 0", same(value, 0 * tau, (gt(tau),))))
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
    "q_max = 1 + W_max/τ and M ≥ 1 − W_max²/τ²",
    latex=r"q_{\min} = 1-\frac{W_{\max}}{\tau} > 0,\quad q_{\max} = 1+\frac{W_{\max}}{\tau},\quad "
    r"M \ge 1 - \frac{W_{\max}^2}{\tau^2}",
    hypotheses=_BOUNDED,
    twins=(
        twin("weights up to τ", drop="W_max < τ"),
        twin("q_min = 1 − W_max/(2τ)", share=sympy.Rational(1, 2)),
        twin("c = 1/2", asymmetry=sympy.Rational(1, 2)),
    ),
)
def linear_bounded_saturation(
    run: Run,
    drop: str = "",
    share: sympy.Expr = ONE,
    asymmetry: sympy.Expr = sympy.Integer(0),
) -> Evidence:
    """Linear inequalities (times τ), and M·τ² = τ² − w²."""
    device = family("linear").at(c=asymmetry)
    given = facts_of(_BOUNDED, drop=drop)
    lowest = 1 - share * largest_weight / tau
    highest = 1 + largest_weight / tau
    saturation = sympy.cancel(device.M * tau**2) - (tau**2 - largest_weight**2)
    return conclude(
        lemma("q_min > 0 (times τ)", prove_polynomial(gt(sympy.expand(tau * lowest)), given)),
        *_between(device.up, lowest, highest, given),
        *_between(device.down, lowest, highest, given),
        lemma("M ≥ 1 − W_max²/τ² (times τ²)", prove_polynomial(ge(saturation), given)),
        lemma("q₊(W_max) = q_min", same(device.up.subs(w, largest_weight), lowest, (gt(tau),))),
    )


def _between(
    q: sympy.Expr, lowest: sympy.Expr, highest: sympy.Expr, given: tuple[Fact, ...]
) -> list[object]:
    """q_min ≤ q ≤ q_max, multiplied by τ."""
    return [
        lemma(words, prove_polynomial(ge(sympy.expand(tau * gap)), given))
        for words, gap in (("q ≥ q_min (times τ)", q - lowest), ("q ≤ q_max", highest - q))
    ]


_LINEAR = (*_BOUNDED, hypothesis("|c| < 1", gt(1 - c), gt(1 + c)))


@claim(
    "linear-bounded-saturation-tilted",
    source=derived("Definition 1 for c_Lin ≠ 0", "2502.06309"),
    form="derived",
    statement="On |w| ≤ W_max < τ the linear response with |c| < 1 has "
    "q± ≥ (1 − |c|)(1 − W_max/τ) > 0",
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
    for sign, words in ((1, "c ≥ 0"), (-1, "c ≤ 0")):
        facts = (*given, ge(sign * c))
        lowest = sympy.expand((1 - sign * tilt * c) * (tau - largest_weight))
        positive = prove_polynomial(gt(lowest), facts)
        steps.append(lemma(f"{words}: q_min > 0 (times τ)", positive))
        for q, name in ((device.up, "q₊"), (device.down, "q₋")):
            gap = sympy.expand(tau * q) - lowest
            steps.append(lemma(f"{words}: {name} ≥ q_min", prove_polynomial(ge(gap), facts)))
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
    "M ≥ (1−W_max²/τ²)^γ > 0",
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
) -> object:
    """top/bottom > 0, as a product of powers of facts."""
    return prove_by_terms(gt(top / bottom), given, [(1, 1, factors)])


_EXPONENTIAL = (
    _RANGE,
    hypothesis("γ_res > 0, so E = e^γ > 1", gt(gamma), gt(E, 1)),
    hypothesis("Y = e^{γw/τ} > 0", gt(Y)),
    hypothesis("w ≤ W_max < τ, so Y ≤ V = e^{γW_max/τ} < E", *(), ),
)
