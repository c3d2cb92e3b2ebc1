"""The averaged update against the pulses it stands for (arXiv:2502.06309, Theorem 4, eq. (28)).

A wanted change Δ is done by BL = ⌈|Δ|/Δw_min⌉ pulses (eq. (29)); the averaged update moves the
weight by Δ·q_s(w), s = sign Δ (eq. (3)). The relative error is |Ũ − U|/|Ũ − w|. Without cycle
noise it has two parts: rounding up to a whole number of pulses, and the response changing on
the way. The linear response is done exactly, by Bernoulli's inequality (induction on n); any
Lipschitz response with explicit constants. Theorem 4 follows, with rates, and hypothesis H5:
Δw_min/|Δ| → 0 cannot be dropped. Noise is in :mod:`analogtheory.proofs.cycle_noise`.

In units of τ: y = Δw_min/τ, x = |Δ|/τ, m = n·y with n = BL, and S = 1 − (1 − y)^n.
"""

from __future__ import annotations

from collections.abc import Sequence

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
from analogtheory.proofs.pulse_trains import pulse
from analogtheory.proofs.response_formulas import HALF, ONE, c, family, tau, w
from analogtheory.prove import (
    Fact,
    Outcome,
    Refuted,
    counterexample,
    ge,
    gt,
    prove_by_terms,
    prove_identity,
)

y, x, n, m, A, S = sympy.symbols("y x n m A S", real=True)
delta, size = sympy.symbols("delta a", real=True)
_PAPER = "2502.06309"


def bernoulli_lower(count: sympy.Expr) -> sympy.Expr:
    """1 − n·y ≤ (1 − y)^n."""
    return 1 - count * y


def bernoulli_upper(count: sympy.Expr) -> sympy.Expr:
    """(1 − y)^n ≤ 1 − n·y + n(n−1)y²/2."""
    return 1 - count * y + count * (count - 1) * y**2 / 2


_PULSE = (
    hypothesis("0 ≤ y ≤ 1", ge(y), ge(1 - y)),
    hypothesis("n ≥ 1", ge(n, 1)),
)


@claim(
    "pulse-power-bounds",
    source=derived("Bernoulli's inequality and its second-order form"),
    form="derived",
    statement="For 0 ≤ y ≤ 1 and n = 1, 2, … the power (1 − y)^n lies between 1 − ny and "
    "1 − ny + n(n−1)y²/2.",
    latex=r"1 - n y \le (1-y)^n \le 1 - n y + \frac{n(n-1)}{2} y^2",
    hypotheses=_PULSE,
    twins=(
        twin("the second-order term n(n−1)y²/4", share=HALF),
        twin("the lower bound 1 − ny/2", slope=HALF),
    ),
)
def pulse_power_bounds(run: Run, share: sympy.Expr = ONE, slope: sympy.Expr = ONE) -> Evidence:
    """Induction: A stands for (1 − y)^n and becomes A(1 − y)."""
    upper = [share * bernoulli_upper(k) + (1 - share) * bernoulli_lower(k) for k in (n, n + 1)]
    base = facts_of(_PULSE)
    below, above = ge(A - bernoulli_lower(slope * n)), ge(upper[0] - A)
    # Facts of the step: the induction hypothesis, then y, 1 − y, n − 1.
    low = prove_by_terms(
        ge(A * (1 - y), bernoulli_lower(slope * (n + 1))),
        (below, *base),
        [(1, 1, {0: 1, 2: 1}), (1, y, {3: 1}), (1, y, {})],
    )
    high = prove_by_terms(
        ge(upper[1], A * (1 - y)),
        (above, *base),
        [(1, 1, {0: 1, 2: 1}), (HALF, y, {1: 1, 3: 2}), (HALF, y, {1: 1, 3: 1})],
    )
    return conclude(
        lemma("n = 1, lower", prove_identity(1 - y, bernoulli_lower(slope), given=(gt(y),))),
        lemma("n = 1, upper", prove_identity(1 - y, bernoulli_upper(ONE))),
        lemma("lower, n to n + 1", low),
        lemma("upper, n to n + 1", high),
    )


@claim(
    "linear-pulse-train-ratio",
    source=derived("eqs. (26), (27) with σ_c = 0; theory notes 3.1", _PAPER),
    form="derived",
    statement="On the linear response n pulses in direction s = ±1 move the weight by s times "
    "(q_s(w)·τ/(1 + sc))·(1 − (1 − (1 + sc)Δw_min/τ)^n): for c = 0 the relative error of Δ·q_s(w) "
    "is |S − x|/S with S = 1 − (1 − Δw_min/τ)^n and x = |Δ|/τ, the same at every weight.",
    latex=r"|\tilde U^{n} - w| = q_s(w)\,\tau\,\Bigl[1-\Bigl(1-\frac{\Delta w_{\min}}{\tau}\Bigr)^n"
    r"\Bigr],\qquad \frac{|\tilde U^n - U|}{|\tilde U^n - w|} = \frac{|S-x|}{S}",
    hypotheses=(
        hypothesis("τ > 0", gt(tau)),
        hypothesis("|c| < 1, q_s(w) ≠ 0, S ≠ 0; no cycle noise"),
    ),
    twins=(
        twin("the power response with γ = 2", name="power"),
        twin("S with base 1 − Δw_min/τ for c ≠ 0", tilt=sympy.Integer(0)),
    ),
)
def linear_pulse_train_ratio(run: Run, name: str = "linear", tilt: sympy.Expr = ONE) -> Evidence:
    """Induction in both directions: A is the n-th power of the base."""
    device = family(name).at(gamma_res=sympy.Integer(2))
    steps = []
    for s, q, words in ((1, device.up, "up"), (-1, device.down, "down")):
        gain = 1 + s * tilt * c
        moved = w + s * q * tau / gain * (1 - A)
        then = moved.subs(A, A * (1 - gain * delta / tau))
        after = pulse(device, moved, s, delta)
        steps.append(lemma(f"{words}: n = 0", prove_identity(moved.subs(A, 1), w)))
        steps.append(lemma(f"{words}: n to n + 1", prove_identity(after, then, given=(gt(tau),))))
    averaged = family("linear").at(c=sympy.Integer(0)).up * size
    move = family("linear").at(c=sympy.Integer(0)).up * tau * S
    ratio = prove_identity((move - averaged) / move, (S - size / tau) / S)
    return conclude(*steps, lemma("the relative error for c = 0", ratio))


#: BL = ⌈x/y⌉ says m ≥ x > m − y; the bounds of pulse-power-bounds are those of S = 1 − (1−y)^n.
_CEIL = (
    hypothesis("0 < Δw_min ≤ τ", gt(y), ge(1 - y)),
    hypothesis("BL = ⌈|Δ|/Δw_min⌉", ge(m - x), gt(x + y - m)),
    hypothesis("0 < |Δ| < 2τ", gt(x), gt(2 - x)),
    hypothesis("m − m(m−y)/2 ≤ S ≤ m (pulse-power-bounds)", ge(m - S), ge(S, m - m * (m - y) / 2)),
)
_SAMPLE = (
    (1, "1/4", "1/16"),
    (1, "1/4", "7/16"),
    (1, "1/2", "1/2"),
    (20, "1/20", "1"),
    (30, "1/20", "3/2"),
)


def _instances(conclusion: Fact, given: Sequence[Fact]) -> Outcome | None:
    """The conclusion on true pulse trains: a failure if there is one.

    In `_SAMPLE` each entry is n, y, x; S is written out as 1 − (1 − y)^n.
    """
    for count, grain, change in _SAMPLE:
        train = {S: 1 - (1 - y) ** count, m: count * y}
        facts = [fact.subs(train) for fact in given]
        if found := counterexample(conclusion.subs(train), facts, {"y": grain, "x": change}):
            return Refuted(found)
    return None


@claim(
    "linear-discretisation-error",
    source=derived("Theorem 4 for the linear response", _PAPER),
    form="derived",
    statement="On the linear response (c = 0, no cycle noise, Δw_min ≤ τ, 0 < |Δ| < 2τ) the "
    "relative error of the averaged update is at most max{Δw_min/(|Δ| + Δw_min), |Δ|/(2τ − |Δ|)}.",
    latex=r"\frac{|\tilde U^{BL} - U|}{|\tilde U^{BL} - w|} \le \max\Bigl\{\frac{\Delta w_{\min}}"
    r"{|\Delta| + \Delta w_{\min}},\ \frac{|\Delta|}{2\tau - |\Delta|}\Bigr\}",
    hypotheses=_CEIL,
    twins=(
        twin("half the rounding term", rounding=HALF),
        twin("Δw_min/|Δ| + |Δ|/(2τ), the leading-order estimate, taken as a bound", leading=True),
        twin("rounding down, BL = ⌊|Δ|/Δw_min⌋", floor=True),
    ),
)
def linear_discretisation_error(
    run: Run, rounding: sympy.Expr = ONE, leading: bool = False, floor: bool = False
) -> Evidence:
    """S ≤ m ≤ x + y settles S > x; S ≥ x − x²/2 settles S < x."""
    given = facts_of(_CEIL)
    if floor:
        given = (*given[:2], ge(x - m), gt(m + y - x), *given[4:])
    too_far = ge(rounding * y * S, (S - x) * (x + y))
    too_short = ge(S * x, (x - S) * (2 - x))
    if leading:
        too_far = ge(S * (y + x**2 / 2), (S - x) * x)
        too_short = ge(S * (y + x**2 / 2), (x - S) * x)
    # Facts: y, 1 − y, m − x, x + y − m, x, 2 − x, m − S, S − m + m(m−y)/2.
    shorter = [(2, 1, {7: 1}), (1, 1, {3: 1, 2: 1}), (1, 1, {3: 1, 4: 1}), (1, 1, {2: 1, 5: 1})]
    outcomes = (
        ("S − x ≤ S·Δw_min/(|Δ| + Δw_min)", too_far, [(1, 1, {4: 1, 3: 1}), (1, 1, {4: 1, 6: 1})]),
        ("x − S ≤ S·x/(2 − x)", too_short, shorter),
    )
    return conclude(
        *(
            lemma(words, _instances(fact, given) or prove_by_terms(fact, given, terms))
            for words, fact, terms in outcomes
        )
    )


error, jump, q, K = sympy.symbols("error jump q K", real=True)
_LIPSCHITZ = (
    hypothesis("Δw_min > 0, no cycle noise", gt(delta)),
    hypothesis("|q_s| ≤ Q on the way, and q_s(w) ≥ 0"),
    hypothesis(
        "|q_s(w_t) − q_s(w)| ≤ L|w_t − w| ≤ K·t·Δw_min with K = LQ",
        ge(K * n * delta - jump),
        ge(K * n * delta + jump),
    ),
)


@claim(
    "lipschitz-discretisation-error",
    source=derived("proof of Theorem 4, eq. (31), with constants", _PAPER),
    form="derived",
    statement="For any response with |q_s| ≤ Q and Lipschitz constant L, n pulses without cycle "
    "noise obey |w_n − w − s·n·Δw_min·q_s(w)| ≤ LQ·n(n−1)Δw_min²/2; with n = ⌈|Δ|/Δw_min⌉ and "
    "q_s(w) ≥ 0 hence |Ũ − U| ≤ Δw_min·q_s(w) + LQ|Δ|(|Δ| + Δw_min)/2.",
    latex=r"|\tilde U^{BL} - U| \le \Delta w_{\min}\, q_s(w) + \frac{LQ}{2}\,|\Delta|\,(|\Delta| + "
    r"\Delta w_{\min})",
    hypotheses=_LIPSCHITZ,
    twins=(
        twin("n(n−1)/4 for n(n−1)/2", share=HALF),
        twin("without the rounding term", rounding=sympy.Integer(0)),
        twin("a response that is not Lipschitz", drop="|q_s(w_t)"),
    ),
)
def lipschitz_discretisation_error(
    run: Run, share: sympy.Expr = ONE, rounding: sympy.Expr = ONE, drop: str = ""
) -> Evidence:
    """Induction on the error e_n = w_n − w − nδq; then n·δ ≤ |Δ| + δ and (n−1)δ ≤ |Δ|."""

    def bound(count: sympy.Expr) -> sympy.Expr:
        return share * K * count * (count - 1) * delta**2 / 2

    base = facts_of(_LIPSCHITZ, drop=drop)
    steps = []
    for sign, words in ((1, "above"), (-1, "below")):
        facts = (ge(bound(n) - sign * error), *base)
        index = 2 if sign == 1 else 3
        fact = ge(sympy.expand(bound(n + 1)), sign * (error + delta * jump))
        terms = [(1, 1, {0: 1}), (1, 1, {1: 1, index: 1})]
        steps.append(lemma(f"n to n + 1, {words}", prove_by_terms(fact, facts, terms)))
    ceil = (
        gt(delta),
        gt(n * delta),
        ge(n * delta - size),
        ge(size + delta - n * delta),
        ge(K),
        ge(q),
        ge(size),
    )
    # nδ·(n−1)δ ≤ (|Δ| + δ)·|Δ|, and 0 ≤ nδ − |Δ| ≤ δ.
    total = ge(
        sympy.expand(rounding * delta * q + K * size * (size + delta) / 2),
        sympy.expand((n * delta - size) * q + K * n * (n - 1) * delta**2 / 2),
    )
    rest = [(1, 1, {3: 1, 5: 1}), (HALF, 1, {3: 1, 4: 1, 6: 1}), (HALF, 1, {1: 1, 3: 1, 4: 1})]
    return conclude(
        lemma("|w_t − w| ≤ t·Δw_min·Q: one pulse more", _displacement()),
        lemma("n = 0", prove_identity(bound(sympy.Integer(0)), 0)),
        *steps,
        lemma("the sum of both parts", prove_by_terms(total, ceil, rest)),
    )


def _displacement() -> Outcome:
    """t·δ·Q ≥ |w_t − w| and Q ≥ |q_s(w_t)| give (t+1)·δ·Q ≥ |w_t − w| + δ|q_s(w_t)|."""
    Q, moved, here = sympy.symbols("Q moved here", real=True)
    facts = (ge(n * delta * Q - moved), ge(Q - here), gt(delta))
    after = ge((n + 1) * delta * Q, moved + delta * here)
    return prove_by_terms(after, facts, [(1, 1, {0: 1}), (1, 1, {1: 1, 2: 1})])


eps = sympy.Symbol("epsilon", real=True)
_LIMIT = (
    hypothesis("Δw_min ≤ ε|Δ|/4", ge(eps * size / 4, delta)),
    hypothesis("LQ|Δ| ≤ ε·q_s(w)/5", ge(eps * q / 5, K * size)),
    hypothesis("0 < ε ≤ 1", ge(1 - eps), gt(eps)),
    hypothesis("q_s(w) > 0, |Δ| > 0, Δw_min > 0", gt(q), gt(size), gt(delta)),
)


@claim(
    "theorem-four-limit",
    source=Source(_PAPER, "Theorem 4, eq. (28), with σ_c = 0"),
    form="printed",
    statement="Without cycle noise and for q_s with |q_s| ≤ Q and Lipschitz constant L (Lemma 2), "
    "if Δw_min/|Δ| → 0 as Δ → 0, the relative error of the averaged update tends to 0 at every w "
    "with q_s(w) > 0: it is at most ε once Δw_min ≤ ε|Δ|/4 and LQ|Δ| ≤ ε·q_s(w)/5.",
    latex=r"\Delta w_{\min} = o(\Delta) \Rightarrow \lim_{\Delta\to 0} \frac{|\tilde U^{BL} - U|}"
    r"{|\tilde U^{BL} - w|} = 0",
    hypotheses=_LIMIT,
    twins=(
        twin("Δw_min not small against |Δ|", drop="Δw_min ≤"),
        twin("|Δ| not small", drop="LQ|Δ|"),
        twin("error at most ε/8 (an ideal response reaches nearly ε/5)", share=HALF / 4),
    ),
)
def theorem_four_limit(run: Run, drop: str = "", share: sympy.Expr = ONE) -> Evidence:
    """η ≤ ε(|Δ|q − η), η the bound of lipschitz-discretisation-error; |Ũ − w| ≥ |Δ|q − η."""
    given = facts_of(_LIMIT, drop=drop)
    eta = delta * q + K * size * (size + delta) / 2
    fact = ge(sympy.expand(share * eps * (size * q - eta) - eta))
    # Facts: ε|Δ|/4 − δ, εq/5 − K|Δ|, 1 − ε, ε, q, |Δ|, δ.
    terms = [
        (sympy.Rational(1, 4), 1, {3: 1, 4: 1, 5: 1}),
        (sympy.Rational(2, 5), 1, {2: 1, 3: 1, 4: 1, 5: 1}),
        (sympy.Rational(1, 40), 1, {2: 1, 3: 2, 4: 1, 5: 1}),
        (1, 1, {0: 1, 4: 1}),
        (sympy.Rational(11, 10), 1, {0: 1, 3: 1, 4: 1}),
        (sympy.Rational(1, 10), 1, {0: 1, 3: 2, 4: 1}),
        (HALF, 1, {1: 1, 5: 1}),
        (HALF, 1, {1: 1, 6: 1}),
        (HALF, 1, {1: 1, 3: 1, 5: 1}),
        (HALF, 1, {1: 1, 3: 1, 6: 1}),
    ]
    return conclude(
        lemma("η ≤ ε(|Δ|q − η)", prove_by_terms(fact, given, terms)),
        remark("|Ũ − U| ≤ η gives |Ũ − w| ≥ |Δ|q − η by the triangle inequality"),
    )


_ONE_PULSE = (
    hypothesis("q_s(w) > 0, Δw_min > 0 and |Δ| > 0", gt(q), gt(delta), gt(size)),
    hypothesis("|Δ| ≤ Δw_min", ge(delta - size)),
)


@claim(
    "granularity-hypothesis-needed",
    source=derived("Theorem 4 without Δw_min ≤ o(Δ); theory notes 6, H5", _PAPER),
    form="derived",
    statement="At fixed Δw_min the limit of Theorem 4 is 1, not 0 (H5): for every response with "
    "q_s(w) > 0, without cycle noise and for 0 < |Δ| ≤ Δw_min, the one pulse sent moves by "
    "Δw_min·q_s(w), and the relative error is exactly 1 − |Δ|/Δw_min.",
    latex=r"0 < |\Delta| \le \Delta w_{\min}:\quad \frac{|\tilde U^{1} - U|}{|\tilde U^{1} - w|} = "
    r"1 - \frac{|\Delta|}{\Delta w_{\min}} \to 1",
    hypotheses=_ONE_PULSE,
    twins=(
        twin("the error stays below 1/2", least=HALF),
        twin("many pulses allowed", drop="|Δ| ≤ Δw_min"),
        twin("1 − |Δ|/(2Δw_min)", scale=HALF),
    ),
)
def granularity_hypothesis_needed(
    run: Run, least: sympy.Expr = ONE, drop: str = "", scale: sympy.Expr = ONE
) -> Evidence:
    """One identity; the error exceeds 1 − ε for |Δ| ≤ εΔw_min, and is never negative."""
    given = facts_of(_ONE_PULSE, drop=drop)
    relative = (delta * q - size * q) / (delta * q)
    small = (gt(delta), ge(eps * delta, size), gt(size))
    near = ge(delta - size, (least - eps) * delta)
    if least != 1:
        near = ge(least * delta, delta - size)
    return conclude(
        lemma(
            "the relative error", prove_identity(relative, 1 - scale * size / delta, given=given)
        ),
        lemma(
            "it is ≥ 0 (times Δw_min)", prove_by_terms(ge(delta - size), given, [(1, 1, {3: 1})])
        ),
        lemma(
            "|Δ| ≤ εΔw_min: it is ≥ 1 − ε (times Δw_min)",
            prove_by_terms(near, small, [(1, 1, {1: 1})]),
        ),
    )


kappa = sympy.Symbol("kappa", real=True)
_RATIO = (
    hypothesis("0 < Δw_min ≤ τ", gt(y), ge(1 - y)),
    hypothesis("0 < κ = |Δ|/Δw_min ≤ n = ⌈κ⌉", gt(kappa), ge(n - kappa)),
    hypothesis(
        "ny − n(n−1)y²/2 ≤ S ≤ ny (pulse-power-bounds)",
        ge(n * y - S),
        ge(S, n * y - n * (n - 1) * y**2 / 2),
    ),
    hypothesis("(n−1)y < 2", gt(2 - (n - 1) * y), ge(n, 1)),
)


@claim(
    "fixed-pulse-count-stalls",
    source=derived("Theorem 4 at Δw_min = |Δ|/κ; theory notes 3.1", _PAPER),
    form="derived",
    statement="At a fixed ratio κ = |Δ|/Δw_min the signed relative error (S − x)/S on the linear "
    "response with c = 0 tends to 1 − κ/⌈κ⌉ as Δ → 0: it lies between "
    "1 − (κ/n)/(1 − (n−1)Δw_min/(2τ)) and 1 − κ/n, n = ⌈κ⌉; it stalls (at 1/20 for κ = 19/2) "
    "unless κ is an integer, where it vanishes (κ = 10).",
    latex=r"1 - \frac{\kappa/n}{1-(n-1)\Delta w_{\min}/(2\tau)} \le \frac{S-x}{S} \le 1 - "
    r"\frac{\kappa}{n},\qquad n = \lceil\kappa\rceil",
    hypotheses=_RATIO,
    twins=(
        twin("it tends to half of that", share=HALF),
        twin("κ = 10 stalls at 57/1000", ratio=sympy.Integer(10), stall=sympy.Rational(57, 1000)),
        twin("without the pulse count's bound on S", drop="pulse-power-bounds"),
    ),
)
def fixed_pulse_count_stalls(
    run: Run,
    share: sympy.Expr = ONE,
    ratio: sympy.Expr = sympy.Rational(19, 2),
    stall: sympy.Expr = sympy.Rational(1, 20),
    drop: str = "",
) -> Evidence:
    """Both sides multiplied by positive factors; then the limit at one κ."""
    given = facts_of(_RATIO, drop=drop)
    excess, slowing = S - kappa * y, 2 - (n - 1) * y
    above = ge(sympy.expand(share * (n - kappa) * S - n * excess))
    below = ge(sympy.expand(n * slowing * excess - (n * slowing - 2 * kappa) * S))
    # Facts: y, 1 − y, κ, n − κ, ny − S, S − ny + n(n−1)y²/2, 2 − (n−1)y, n − 1.
    limit = 1 - kappa / sympy.ceiling(ratio)
    return conclude(
        lemma("(S − x)/S ≤ 1 − κ/n", prove_by_terms(above, given, [(1, 1, {2: 1, 4: 1})])),
        lemma(
            "(S − x)/S ≥ 1 − (κ/n)/(1 − (n−1)y/2)",
            prove_by_terms(below, given, [(2, 1, {2: 1, 5: 1})]),
        ),
        lemma(
            f"1 − κ/⌈κ⌉ at κ = {ratio}",
            prove_identity(tau * limit.subs(kappa, ratio), tau * stall, given=(gt(tau),)),
        ),
        lemma("1 − κ/⌈κ⌉ at κ = 10", prove_identity(1 - sympy.Integer(10) / sympy.ceiling(10), 0)),
        value=stall,
    )
