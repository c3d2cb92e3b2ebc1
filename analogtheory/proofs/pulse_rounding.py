"""What a pulse train does beyond first order, and what stochastic rounding repairs.

First, the expansion of n pulses (arXiv:2502.06309 eq. (27), no cycle noise) in Δw_min for an
arbitrary smooth response, by induction on n. Second, stochastic rounding in place of
BL = ⌈|Δ|/Δw_min⌉: k = ⌊|Δ|/Δw_min⌋ pulses and one more with probability f = |Δ|/Δw_min − k.
Its mean needs no small Δw_min, unlike Theorem 4; a single update is as coarse as before.
"""

from __future__ import annotations

from collections.abc import Sequence

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
from analogtheory.proofs.response_formulas import HALF, ONE, tau
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

n, delta, q, slope, bend = sympy.symbols("n delta q q_1 q_2", real=True)
_PAPER = "2502.06309"


@claim(
    "pulse-train-expansion",
    source=derived("eq. (31) made explicit to third order", _PAPER),
    form="derived",
    statement="For a smooth q₊ n pulses up of size δ = Δw_min move the weight by nδq + "
    "n(n−1)δ²qq′/2 + δ³[n(n−1)(n−2)qq′²/6 + n(n−1)(2n−1)q²q″/12] + O(δ⁴), all at w and without "
    "cycle noise; at nδ = |Δ| the leading relative error is |q′||Δ|(1 − 1/n)/2.",
    latex=r"w_n - w = n\delta q + \frac{n(n-1)}{2}\delta^2 q q' + \delta^3\Bigl["
    r"\frac{n(n-1)(n-2)}{6} q q'^2 + \frac{n(n-1)(2n-1)}{12} q^2 q''\Bigr] + O(\delta^4)",
    hypotheses=(hypothesis("q₊ is three times differentiable at w; n fixed, δ → 0"),),
    twins=(
        twin("n²/2 for n(n−1)/2, as BL² in eq. (31)", pairs=0),
        twin("the term with q″ doubled", curved=sympy.Integer(2)),
    ),
)
def pulse_train_expansion(run: Run, pairs: int = 1, curved: sympy.Expr = ONE) -> Evidence:
    """Induction on n: coefficients of δ, δ², δ³ after one more pulse."""

    def moved(count: sympy.Expr) -> sympy.Expr:
        second = count * (count - pairs) / 2 * q * slope
        third = count * (count - 1) * (count - 2) / 6 * q * slope**2
        third += curved * count * (count - 1) * (2 * count - 1) / 12 * q**2 * bend
        return count * delta * q + delta**2 * second + delta**3 * third

    here = moved(n)
    after = here + delta * (q + slope * here + bend * here**2 / 2)
    gap = sympy.Poly(sympy.expand(after - moved(n + 1)), delta)
    zero = 0 * delta
    steps = [
        lemma(
            f"n to n + 1: the coefficient of δ^{k}",
            prove_identity(gap.coeff_monomial(delta**k), zero),
        )
        for k in (1, 2, 3)
    ]
    relative = sympy.cancel((moved(n).coeff(delta, 2) * delta) / (n * q))
    half = slope * n * delta * (1 - pairs / n) / 2
    return conclude(
        lemma("n = 0", prove_identity(moved(sympy.Integer(0)), 0)),
        *steps,
        lemma("the leading relative error", prove_identity(relative, half)),
        remark(
            "Taylor: q(w_n) = q + q′(w_n − w) + q″(w_n − w)²/2 + O(δ³), and a pulse adds δ·q(w_n)"
        ),
    )


y, k, f, A = sympy.symbols("y k f A", real=True)
_ROUNDING = (
    hypothesis("0 < y = Δw_min/τ ≤ 1", gt(y), ge(1 - y)),
    hypothesis("k = 0, 1, 2, …", ge(k), ge(k * (k - 1))),
    hypothesis("0 ≤ f ≤ 1, |Δ|/Δw_min = k + f", ge(f), ge(1 - f)),
    hypothesis(
        "1 − ky ≤ A ≤ 1 − ky + k(k−1)y²/2 for A = (1−y)^k (pulse-power-bounds)",
        ge(A - 1 + k * y),
        ge(1 - k * y + k * (k - 1) * y**2 / 2 - A),
    ),
)


@claim(
    "stochastic-rounding-mean",
    source=derived("floor plus a Bernoulli pulse; theory notes 3.1"),
    form="derived",
    statement="With stochastic rounding and without cycle noise the mean size of the pulsed update "
    "on the linear response (c = 0) lies between |Δ|q_s(1 − |Δ|/(2τ)) and |Δ|q_s for every "
    "Δw_min ≤ τ, fixed or not: Theorem 4 holds in the mean without Δw_min ≤ o(Δ).",
    latex=r"1 - \frac{|\Delta|}{2\tau} \le \frac{\mathbb{E}|\tilde U - w|}{|\Delta|\, q_s(w)} \le 1"
    r"\qquad \forall\, \Delta w_{\min} \le \tau",
    hypotheses=_ROUNDING,
    twins=(
        twin("always the extra pulse, as ⌈·⌉ does", chance=ONE),
        twin("never the extra pulse", chance=sympy.Integer(0)),
        twin("the lower bound 1 − |Δ|/(4τ)", share=HALF),
    ),
)
def stochastic_rounding_mean(run: Run, chance: sympy.Expr = f, share: sympy.Expr = ONE) -> Evidence:
    """E S = 1 − A(1 − fy), between x − x²/2 and x for x = (k + f)y."""
    given = facts_of(_ROUNDING)
    mean = (1 - chance) * (1 - A) + chance * (1 - A * (1 - y))
    x = (k + f) * y
    # Facts: y, 1 − y, k, k(k−1), f, 1 − f, A − 1 + ky, 1 − ky + k(k−1)y²/2 − A.
    above = [(1, 1, {6: 1, 1: 1}), (1, 1, {6: 1, 0: 1, 5: 1}), (1, y, {2: 1, 4: 1})]
    below = [
        (1, 1, {7: 1, 1: 1}),
        (1, 1, {7: 1, 0: 1, 5: 1}),
        (HALF, f * y, {}),
        (HALF, y, {2: 1}),
        (HALF, y, {0: 1, 3: 1, 4: 1}),
    ]
    lower = ge(sympy.expand(mean - x + share * x**2 / 2))
    return conclude(
        lemma("E S", prove_identity(mean, 1 - A * (1 - chance * y), given=given)),
        lemma("E S ≤ x", prove_by_terms(ge(sympy.expand(x - mean)), given, above)),
        lemma(
            "E S ≥ x − x²/2",
            _three_pulses(lower, given) or prove_by_terms(lower, given, below),
        ),
        remark("the displacement is τ·q_s(w)·S (linear-pulse-train-ratio)"),
    )


def _three_pulses(conclusion: Fact, given: Sequence[Fact]) -> Outcome | None:
    """The conclusion at k = 3, y = 1/2, f = 1/4 with A = (1 − y)³: a failure, if it is one."""
    train = {k: 3, A: (1 - y) ** 3}
    facts = [fact.subs(train) for fact in given]
    found = counterexample(conclusion.subs(train), facts, {"y": "1/2", "f": "1/4"})
    return Refuted(found) if found else None


#: |Δ|, Δw_min (both in units of τ), and the relative error in units of 10⁻⁵, rounded down.
_VALUES = (
    ("1/10", "1/100", 4582),
    ("1/100", "1/10000", 495),
    ("3/1000", "9/1000000", 49),
    ("1/10", "1/1000", 5033),
    ("1/100", "1/1000", 450),
    ("3/10000", "1/1000", 70000),
)


@claim(
    "discretisation-error-values",
    source=derived("linear-pulse-train-ratio; theory notes 3.1"),
    form="derived",
    statement="On the linear response (c = 0, BL = ⌈|Δ|/Δw_min⌉ pulses, no cycle noise) the "
    "relative errors of the averaged update are 4.582 %, 0.495 % and 0.049 % for |Δ|/τ = 1/10, "
    "1/100, 3/1000 with Δw_min/τ = (Δ/τ)², and 5.033 %, 0.450 % and 70.000 % for |Δ|/τ = 1/10, "
    "1/100, 3/10000 with Δw_min/τ = 1/1000 (rounded down).",
    latex=r"\frac{|S-x|}{S},\quad S = 1-(1-y)^{\lceil x/y \rceil}",
    hypotheses=(hypothesis("c = 0, no cycle noise, any weight"),),
    twins=(
        twin("0.92 % at |Δ|/τ = 1/10, Δw_min/τ = 1/100", values=(("1/10", "1/100", 920),)),
        twin("5.7 % at |Δ| = 10·Δw_min = τ/1000", values=(("1/1000", "1/10000", 5700),)),
    ),
)
def discretisation_error_values(
    run: Run, values: tuple[tuple[str, str, int], ...] = _VALUES
) -> Evidence:
    """Exact rational arithmetic: N·S ≤ 10⁵·|S − x| < (N + 1)·S, a positive factor τ kept."""
    steps = []
    for change, grain, error in values:
        wanted, step = sympy.Rational(change), sympy.Rational(grain)
        moved = 1 - (1 - step) ** sympy.ceiling(wanted / step)
        scaled = 10**5 * abs(moved - wanted)
        low, high = scaled - error * moved, (error + 1) * moved - scaled
        for words, value in (("at least", low), ("below", high)):
            fact = ge(value * tau) if words == "at least" else gt(value * tau)
            outcome = prove_by_terms(fact, (gt(tau),), [(value, 1, {0: 1})])
            bound = (error + (words == "below")) / 1000
            steps.append(lemma(f"|Δ| = {change}, Δw_min = {grain}: {words} {bound} %", outcome))
    return conclude(*steps)


_FRACTION = (
    hypothesis("Δw_min·q_s(w) > 0", gt(delta), gt(q)),
    hypothesis("0 < f = |Δ|/Δw_min ≤ 1", gt(f), ge(1 - f)),
)


@claim(
    "stochastic-rounding-spread",
    source=derived("floor plus a Bernoulli pulse; theory notes 3.1"),
    form="derived",
    statement="For |Δ| ≤ Δw_min and without cycle noise stochastic rounding moves any weight with "
    "q_s(w) > 0 by exactly |Δ|q_s(w) in the mean, with relative variance Δw_min/|Δ| − 1, which "
    "grows without limit as Δ → 0: only the mean of Theorem 4 is repaired, not a single update.",
    latex=r"\mathbb{E}|\tilde U - w| = |\Delta|\,q_s(w),\qquad \frac{\operatorname{Var}(\tilde U)}"
    r"{(\Delta\, q_s(w))^2} = \frac{\Delta w_{\min}}{|\Delta|} - 1",
    hypotheses=_FRACTION,
    twins=(
        twin("the relative variance is Δw_min/|Δ|", offset=0),
        twin("the relative variance stays below 4", most=sympy.Integer(4)),
    ),
)
def stochastic_rounding_spread(
    run: Run, offset: int = 1, most: sympy.Expr | None = None
) -> Evidence:
    """A pulse of δq with probability f = |Δ|/δ."""
    given = facts_of(_FRACTION)
    step = delta * q
    mean = f * step
    variance = f * (step - mean) ** 2 + (1 - f) * mean**2
    relative = variance / (f * delta * q) ** 2
    limit = most if most is not None else 1 / n
    # f ≤ n/(1+n) with n the level: 1/f − 1 ≥ 1/n.
    large = ge(1 - f, limit * f) if most is None else ge(most * f, 1 - f)
    facts = (gt(n), ge(n - (1 + n) * f)) if most is None else given
    return conclude(
        lemma("the mean is |Δ|q", prove_identity(mean, (f * delta) * q)),
        lemma("the relative variance", prove_identity(relative, 1 / f - offset, given=given)),
        lemma(
            "it is ≥ 1/n once f ≤ n/(1 + n) (times f), for every n > 0",
            prove_by_terms(large, facts, [(1, 1, {0: -1, 1: 1})]),
        ),
    )
