"""The one-step inequality of Analog SGD, arXiv:2502.06309 eqs. (61)–(72), and its best constants.

With the notation of :mod:`analogtheory.proofs.descent`, for α ≤ 1/(4·L·F_max),

    E f(W⁺) ≤ f − (α/2F_max)‖∇f‖²_M + α²LF_max²σ² + c·ασ²‖G/√F‖²_∞ − (α/8F_max)‖∇f⊙F + |∇f|⊙G‖²

with c = 1 as printed (72). The printed proof, summed with care, gives c = ¾; here c = ⅔ is
proved, and no smaller c is possible. Without the last term c = ½ suffices, for α up to
1/(2·L·F_max), and is best.

Proof: the mixed term is −(a²F + amG) = −½a²F + ½E g²·G²/F − X/(2F), X = E(aF + |g|G)². Each
inequality below is a sum of squares times products of hypotheses, for all parameters.
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
from analogtheory.proofs.descent import (
    BELOW_MAX,
    CAUCHY,
    HALF,
    JENSEN,
    MEAN,
    NOISE,
    OVER_BOTH,
    OVER_F,
    OVER_MAX,
    POSITIVE_F,
    Q_DOWN,
    Q_UP,
    QUARTER,
    RESPONSE,
    SMOOTH,
    SPREAD,
    THREE_QUARTERS,
    TWO_THIRDS,
    VARIANCE,
    F,
    F_max,
    G,
    M,
    a,
    all_coordinates,
    drift,
    eta,
    m,
    metric,
    n,
    no_smaller,
    noise_step,
    shifted_square,
    size,
    square,
    step_at_most,
    t,
    v,
)
from analogtheory.prove import Fact, Outcome, Term, ge, gt, le, prove_by_terms, prove_identity

PAPER = "2502.06309"

STEP = step_at_most(QUARTER, "step size α ≤ 1/(4·L·F_max)")
LONG_STEP = step_at_most(HALF, "step size α ≤ 1/(2·L·F_max)")

#: Two-valued gradients ±s: E|g| = s is as large as the second moment allows.
LARGE_NOISE = {"a": 1, "v": 9999, "m": 100, "n": 100, "F": 1, "G": "-1/133", "F_max": 1,
               "t": "1/100000000"}  # fmt: skip
SMALL_NOISE = {"a": 1, "v": "9/16", "m": "5/4", "n": "5/4", "F": 1, "G": "-99/100", "F_max": 1,
               "t": "1/100000000"}  # fmt: skip
NO_NOISE = {"a": 1, "v": 0, "m": 1, "n": 1, "F": 1, "G": 0, "F_max": 1, "t": 1}
LONGER = {**NO_NOISE, "t": 2}
ONLY_NOISE = {"a": 0, "v": 1, "m": 1, "n": 0, "F": 1, "G": 0, "F_max": 1, "t": "1/4"}
SUSPECTS = (LARGE_NOISE, SMALL_NOISE, NO_NOISE, LONGER, ONLY_NOISE)


def right_side(asymmetric: sympy.Expr, symmetric: sympy.Expr = sympy.Integer(1)) -> sympy.Expr:
    """The right side of (72) over α in one coordinate, f left out; c is `asymmetric`."""
    return weaker_side(asymmetric, symmetric) - metric**2 / (8 * F_max)


def weaker_side(asymmetric: sympy.Expr, symmetric: sympy.Expr = sympy.Integer(1)) -> sympy.Expr:
    """The same without the term of the metric."""
    return (
        -(a**2) * M / (2 * F_max) + symmetric * t * F_max**2 * v + asymmetric * v * G**2 / F
    )  # fmt: skip


# ------------------------------------------------------------------ steps of the printed proof


@claim(
    "analog-sgd-descent-identity",
    source=Source(PAPER, "eqs. (62)–(66)"),
    form="printed",
    statement="In every coordinate ∂f·E ΔW = −(α/2)(∂f)²F + (α/2)E g²·G²/F "
    "− (α/2F)·E(∂f·F + |g|G)², "
    "and (∂f)²(F − G²/F) ≥ (∂f)²·M/F_max.",
    latex=r"\nabla f\,\mathbb{E}\,\Delta W = -\frac{\alpha}{2}(\nabla f)^2 F"
    r" + \frac{\alpha}{2}\frac{G^2}{F}\,\mathbb{E}g^2"
    r" - \frac{\alpha}{2F}\,\mathbb{E}\left(\nabla f\,F + |g|\,G\right)^2",
    hypotheses=(RESPONSE,),
    twins=(
        twin("minus before |g|G in the square", sign=-1),
        twin("M without the division by F_max", divide=False),
    ),
)
def descent_identity(run: Run, sign: int = 1, divide: bool = True) -> Evidence:
    """The identity (62) with (63) and (64), then (66)."""
    mixed = a**2 * F**2 + 2 * sign * a * m * F * G + square * G**2
    right = -(a**2) * F / 2 + square * G**2 / (2 * F) - mixed / (2 * F)
    bound = a**2 * M / F_max if divide else a**2 * M
    terms: list[Term] = [(1, a, {Q_UP: 1, Q_DOWN: 1, BELOW_MAX: 1, **OVER_BOTH})]
    point = {"a": 1, "F": 2, "G": 0, "F_max": 2}
    return conclude(
        lemma("(62): the mixed term, in moments of g", prove_identity(drift(0), right)),
        lemma(
            "(66): F − G²/F = M/F ≥ M/F_max",
            prove_by_terms(ge(a**2 * (F - G**2 / F), bound), RESPONSE.facts, terms, points=[point]),
        ),
    )


_POSITIVE = hypothesis("L, F_max > 0 and 0 < α ≤ 1/(4·L·F_max)")


@claim(
    "step-size-inequality-printed",
    source=Source(PAPER, "the line after eq. (71)"),
    form="printed",
    statement="The step-size condition α ≤ 1/(4·L·F_max) implies 1/(2α) − L·F_max ≤ 1/(4α).",
    latex=r"\alpha \le \frac{1}{4LF_{\max}} \;\Rightarrow\; \frac{1}{2\alpha} - LF_{\max}"
    r" \le \frac{1}{4\alpha}",
    hypotheses=(_POSITIVE,),
    twins=(twin("≥ for ≤: what the proof uses", at_least=True),),
    expected="refuted",
    repaired_by="step-size-inequality",
    consequence="none beyond the misprint: the step from (69) to (72) uses ≥, which is true",
    readings=("with ≥ it holds for every L, F_max and α that are allowed",),
)
def step_size_printed(run: Run, at_least: bool = False) -> Evidence:
    """One inequality in α and L·F_max."""
    return conclude(lemma("1/(2α) − L·F_max against 1/(4α)", _step_size(at_least, 1)))


@claim(
    "step-size-inequality",
    source=Source(PAPER, "the line after eq. (71), with the sign that the proof uses"),
    form="repaired",
    statement="The step-size condition α ≤ 1/(4·L·F_max) implies 1/(2α) − L·F_max ≥ 1/(4α).",
    latex=r"\alpha \le \frac{1}{4LF_{\max}} \;\Rightarrow\; \frac{1}{2\alpha} - LF_{\max}"
    r" \ge \frac{1}{4\alpha}",
    hypotheses=(_POSITIVE,),
    twins=(
        twin("≤ for ≥, as printed", at_least=False),
        twin("α up to 1/(2·L·F_max)", longest=2),
    ),
)
def step_size(run: Run, at_least: bool = True, longest: int = 1) -> Evidence:
    """1/(2α) − LF_max − 1/(4α) = (1 − 4αLF_max)/(4α)."""
    return conclude(lemma("1/(2α) − L·F_max against 1/(4α)", _step_size(at_least, longest)))


def _step_size(at_least: bool, longest: int) -> Outcome:
    alpha, steep = sympy.symbols("alpha steep", real=True)  # steep = L·F_max
    left, right = 1 / (2 * alpha) - steep, 1 / (4 * alpha)
    positive, short = gt(alpha), ge(1 - 4 * alpha * steep / longest)
    statement = ge(left, right) if at_least else le(left, right)
    terms: list[Term] = [(QUARTER, 1, {short: 1, positive: -1})]
    points = [{"alpha": 1, "steep": "1/8"}, {"alpha": 1, "steep": "1/2"}]
    return prove_by_terms(statement, (positive, gt(steep), short), terms, points=points)


# ------------------------------------------------------------------ (72)


@claim(
    "analog-sgd-one-step",
    source=Source(PAPER, "eq. (72)"),
    form="printed",
    statement="For α ≤ 1/(4·L·F_max), E f(W⁺) ≤ f − (α/2F_max)‖∇f‖²_M + α²LF_max²σ² "
    "+ ασ²‖G/√F‖²_∞ − (α/8F_max)‖∇f⊙F + |∇f|⊙G‖², in every dimension and for every noise law.",
    latex=r"\mathbb{E}f(W^+) \le f(W) - \frac{\alpha}{2F_{\max}}\|\nabla f\|_M^2"
    r" + \alpha^2 L F_{\max}^2\sigma^2 + \alpha\sigma^2\left\|\frac{G}{\sqrt F}\right\|_\infty^2"
    r" - \frac{\alpha}{8F_{\max}}\left\|\nabla f\odot F + |\nabla f|\odot G\right\|^2",
    hypotheses=(SMOOTH, NOISE, RESPONSE, STEP),
    twins=(
        twin("½ασ² for ασ²", asymmetric=HALF),
        twin("a quarter of the term α²LF_max²σ²", symmetric=QUARTER),
        twin("any step size", drop="step size"),
    ),
)
def one_step(
    run: Run,
    asymmetric: sympy.Expr = sympy.Integer(1),
    symmetric: sympy.Expr = sympy.Integer(1),
    drop: str = "",
) -> Evidence:
    """Smoothness, (68), then one inequality in each coordinate."""
    facts = (*facts_of((SMOOTH, NOISE, RESPONSE, STEP), drop=drop), SPREAD)
    terms = [*_printed_terms(asymmetric), (HALF, 1, {ge(t): 1, SPREAD: 1})]
    statement = ge(right_side(asymmetric, symmetric), drift())
    return conclude(
        noise_step(),
        lemma("(72) in one coordinate", prove_by_terms(statement, facts, terms, points=SUSPECTS)),
        *all_coordinates(),
        value=str(asymmetric),
    )


@claim(
    "analog-sgd-one-step-three-quarters",
    source=derived("the proof of (72), eqs. (67) to (71), summed with care", PAPER),
    form="derived",
    statement="The printed proof of (72) gives ¾ασ²‖G/√F‖²_∞ for ασ²‖G/√F‖²_∞ (½ from (67), ¼ "
    "from (70) and (71)), and no less than ¾ once E‖ΔW‖² is replaced by its bound (68) (witness: "
    "gradients ±s, s → ∞, |G|·s = ½F·∂f, α = 1/(4LF_max)).",
    latex=r"\mathbb{E}f(W^+) \le f(W) - \frac{\alpha}{2F_{\max}}\|\nabla f\|_M^2"
    r" + \alpha^2 L F_{\max}^2\sigma^2"
    r" + \frac{3}{4}\alpha\sigma^2\left\|\frac{G}{\sqrt F}\right\|_\infty^2"
    r" - \frac{\alpha}{8F_{\max}}\left\|\nabla f\odot F + |\nabla f|\odot G\right\|^2",
    hypotheses=(SMOOTH, NOISE, RESPONSE, STEP),
    twins=(
        twin("0.74 for ¾", asymmetric=sympy.Rational(37, 50)),
        twin("0.76 for ¾ as the least", asymmetric=sympy.Rational(19, 25)),
        twin("α up to 1/(2·L·F_max)", limit=HALF),
    ),
)
def three_quarters(
    run: Run, asymmetric: sympy.Expr = THREE_QUARTERS, limit: sympy.Expr = QUARTER
) -> Evidence:
    """E‖ΔW‖² enters through (68) only: the statement is about that bound."""
    facts = (*NOISE.facts, *RESPONSE.facts, *step_at_most(limit, "").facts)
    statement = ge(right_side(asymmetric), drift(2 * shifted_square + 2 * v * F**2))
    contact = {"a": 1, "v": 10**6 - 1, "m": 1000, "F": 1, "G": "-1/2000", "F_max": 1}
    points = [{**contact, "t": "1/4"}, {"a": 1, "v": 0, "m": 1, "F": 1, "G": 0, "F_max": 1,
                                        "t": "1/2"}]  # fmt: skip
    return conclude(
        noise_step(),
        lemma(
            "the inequality in one coordinate, with (68)",
            prove_by_terms(statement, facts, _printed_terms(asymmetric), points=points),
        ),
        no_smaller(
            asymmetric,
            right_side(asymmetric - eta) - drift(2 * shifted_square + 2 * v * F**2),
            1 / eta,
            -1 / (2 * size),
            QUARTER,
        ),
        *all_coordinates(),
        value=str(asymmetric),
    )


def _printed_terms(asymmetric: sympy.Expr) -> list[Term]:
    """(72) with (68): X(1/2F − αL) split over 1/F − 1/F_max, 1 − 4αLF_max and 1/F_max."""
    step, mean_square = ge(1 - 4 * t * F_max), a * F + m * G
    return [
        (HALF, a, {Q_UP: 1, Q_DOWN: 1, BELOW_MAX: 1, **OVER_BOTH}),
        (HALF, mean_square, {BELOW_MAX: 1, **OVER_BOTH}),
        (HALF, G, {CAUCHY: 1, BELOW_MAX: 1, **OVER_BOTH}),
        (QUARTER, mean_square, {step: 1, **OVER_MAX}),
        (QUARTER, G, {CAUCHY: 1, step: 1, **OVER_MAX}),
        # (70), (71): X − ½(aF + aG)² + vG² ≥ 0
        (HALF / 4, metric + 2 * (m - a) * G, OVER_MAX),
        (HALF, G, {CAUCHY: 1, **OVER_MAX}),
        (HALF, G, {JENSEN: 1, MEAN: 1, **OVER_MAX}),
        (QUARTER, G, {VARIANCE: 1, BELOW_MAX: 1, **OVER_BOTH}),
        (asymmetric - THREE_QUARTERS, G, {VARIANCE: 1, **OVER_F}),
        (1, 1, {ge(t): 1, VARIANCE: 1, BELOW_MAX: 2}),
        (2, 1, {ge(t): 1, VARIANCE: 1, BELOW_MAX: 1, POSITIVE_F: 1}),
    ]


# ------------------------------------------------------------------ best constants


@claim(
    "analog-sgd-one-step-sharp",
    source=derived("eq. (72) with the exact second moment of the increment", PAPER),
    form="derived",
    statement="Inequality (72) holds with ⅔ασ²‖G/√F‖²_∞ in place of ασ²‖G/√F‖²_∞, and with no "
    "constant below ⅔ (two-valued gradients ±s, s → ∞, |G|·s = ¾F·∂f, α → 0).",
    latex=r"\mathbb{E}f(W^+) \le f(W) - \frac{\alpha}{2F_{\max}}\|\nabla f\|_M^2"
    r" + \alpha^2 L F_{\max}^2\sigma^2"
    r" + \frac{2}{3}\alpha\sigma^2\left\|\frac{G}{\sqrt F}\right\|_\infty^2"
    r" - \frac{\alpha}{8F_{\max}}\left\|\nabla f\odot F + |\nabla f|\odot G\right\|^2",
    hypotheses=(SMOOTH, NOISE, RESPONSE, STEP),
    twins=(
        twin("0.65 for ⅔", asymmetric=sympy.Rational(13, 20)),
        twin("½ for ⅔", asymmetric=HALF),
        twin("0.67 for ⅔ as the least", asymmetric=sympy.Rational(67, 100)),
        twin("any step size", drop="step size"),
    ),
)
def sharp(run: Run, asymmetric: sympy.Expr = TWO_THIRDS, drop: str = "") -> Evidence:
    """Affine in α: proved at α = 0 and at α = 1/(4LF_max), for both signs of G."""
    facts = (*NOISE.facts, *RESPONSE.facts)
    step = facts_of((SMOOTH, NOISE, RESPONSE, STEP), drop=drop)
    gap = right_side(asymmetric) - drift()
    start, end = gap.subs(t, 0), gap.subs(t, 1 / (4 * F_max))
    mixture = (1 - 4 * t * F_max) * start + 4 * t * F_max * end
    upper = (square + n, square - n, square + n - (m + a) ** 2 / 2)
    lower = (square + n, square - n, square - n - (m - a) ** 2 / 2)
    return conclude(
        remark("E g₊² = (E g² + n)/2 ≥ (E g₊)² = (m + a)²/4, and E g₋² ≥ (E g₋)² likewise"),
        lemma("the inequality is affine in α", prove_identity(gap, mixture)),
        lemma("every α allowed lies between the two", prove_by_terms(
            ge(1 - 4 * t * F_max), step, [(1, 1, {ge(1 - 4 * t * F_max): 1})],
            points=[NO_NOISE],
        )),
        lemma("α = 0", prove_by_terms(ge(start), facts, _start_terms(asymmetric), points=SUSPECTS)),
        lemma("α = 1/(4·L·F_max), G ≤ 0", prove_by_terms(
            ge(end), (*facts, ge(-G), *map(ge, upper)), _end_terms(asymmetric, -1, ge(-G)),
        )),
        lemma("α = 1/(4·L·F_max), G ≥ 0", prove_by_terms(
            ge(end), (*facts, ge(G), *map(ge, lower)), _end_terms(asymmetric, 1, ge(G)),
        )),
        no_smaller(
            asymmetric,
            right_side(asymmetric - eta) - drift(),
            2 / eta, -THREE_QUARTERS / size, size**-3,
        ),
        *all_coordinates(),
        value=str(asymmetric),
    )  # fmt: skip


def _start_terms(asymmetric: sympy.Expr) -> list[Term]:
    """α = 0: 24F·gap = (3aF + 4mG − aG)² + 8(m − a)aG² + 16(E g² − m²)G² + … ."""
    return [
        (HALF, a, {Q_UP: 1, Q_DOWN: 1, BELOW_MAX: 1, **OVER_BOTH}),
        (HALF / 4, metric, {BELOW_MAX: 1, **OVER_BOTH}),
        (HALF / 12, 3 * a * F + 4 * m * G - a * G, OVER_F),
        (HALF * TWO_THIRDS, G, {JENSEN: 1, MEAN: 1, **OVER_F}),
        (TWO_THIRDS, G, {CAUCHY: 1, **OVER_F}),
        (asymmetric - TWO_THIRDS, G, {VARIANCE: 1, **OVER_F}),
    ]


def _end_terms(asymmetric: sympy.Expr, sign: int, side: Fact) -> list[Term]:
    """α = 1/(4LF_max): first F_max = F, then what a larger F_max adds."""
    unit = HALF / 12  # 1/24
    jensen = ge(square - sign * n - (m - sign * a) ** 2 / 2)
    cross = F + G if sign > 0 else F + 2 * G
    more = {BELOW_MAX: 1, **OVER_BOTH}
    return [
        (6 * unit, a * (F + G), OVER_F),
        (unit * 3, F - sign * G, {CAUCHY: 1, **OVER_F}),
        (unit * 10, G, {CAUCHY: 1, **OVER_F}),
        (unit * 3, (m - a) * (F - sign * G / 2), OVER_F),
        (unit * sympy.Rational(49, 4), (m - a) * G, OVER_F),
        (unit * 6, cross, {MEAN: 1, JENSEN: 1, **OVER_F}),
        (unit * (20 if sign > 0 else 2), G, {MEAN: 1, JENSEN: 1, **OVER_F}),
        (unit * 6, 1, {jensen: 1, side: 1}),
        (asymmetric - TWO_THIRDS, G, {VARIANCE: 1, **OVER_F}),
        (HALF / 8, F + G, {ge(square + n): 1, **more}),
        (HALF / 8, F - G, {ge(square - n): 1, **more}),
        (HALF, a, {Q_UP: 1, Q_DOWN: 1, **more}),
        (HALF / 4, metric, more),
        (QUARTER, 1, {BELOW_MAX: 1, VARIANCE: 1}),
    ]


@claim(
    "analog-sgd-one-step-without-metric",
    source=derived("eqs. (61) to (69)", PAPER),
    form="derived",
    statement="Without its last term (72) holds with ½ασ²‖G/√F‖²_∞ and for α up to 1/(2·L·F_max): "
    "E f(W⁺) ≤ f − (α/2F_max)‖∇f‖²_M + α²LF_max²σ² + ½ασ²‖G/√F‖²_∞; no constant "
    "below ½ will do (gradients ±s, |G|·s = F·∂f, α → 0).",
    latex=r"\mathbb{E}f(W^+) \le f(W) - \frac{\alpha}{2F_{\max}}\|\nabla f\|_M^2"
    r" + \alpha^2 L F_{\max}^2\sigma^2"
    r" + \frac{1}{2}\alpha\sigma^2\left\|\frac{G}{\sqrt F}\right\|_\infty^2",
    hypotheses=(SMOOTH, NOISE, RESPONSE, LONG_STEP),
    twins=(
        twin("0.4 for ½", asymmetric=sympy.Rational(2, 5)),
        twin("0.51 for ½ as the least", asymmetric=sympy.Rational(51, 100)),
        twin("a quarter of the term α²LF_max²σ²", symmetric=QUARTER),
        twin("any step size", drop="step size"),
    ),
)
def without_metric(
    run: Run,
    asymmetric: sympy.Expr = HALF,
    symmetric: sympy.Expr = sympy.Integer(1),
    drop: str = "",
) -> Evidence:
    """X(1/2F − αL) ≥ 0 is all that is left to see."""
    facts = (*facts_of((SMOOTH, NOISE, RESPONSE, LONG_STEP), drop=drop), SPREAD)
    short, mean_square = ge(1 - 2 * t * F_max), a * F + m * G
    terms: list[Term] = [
        (HALF, a, {Q_UP: 1, Q_DOWN: 1, BELOW_MAX: 1, **OVER_BOTH}),
        (HALF, mean_square, {BELOW_MAX: 1, **OVER_BOTH}),
        (HALF, G, {CAUCHY: 1, BELOW_MAX: 1, **OVER_BOTH}),
        (HALF, mean_square, {short: 1, **OVER_MAX}),
        (HALF, G, {CAUCHY: 1, short: 1, **OVER_MAX}),
        (asymmetric - HALF, G, {VARIANCE: 1, **OVER_F}),
        (1, 1, {ge(t): 1, VARIANCE: 1, BELOW_MAX: 2}),
        (2, 1, {ge(t): 1, VARIANCE: 1, BELOW_MAX: 1, POSITIVE_F: 1}),
        (HALF, 1, {ge(t): 1, SPREAD: 1}),
    ]
    statement = ge(weaker_side(asymmetric, symmetric), drift())
    return conclude(
        noise_step(),
        lemma("the inequality in one coordinate", prove_by_terms(
            statement, facts, terms, points=[SMALL_NOISE, ONLY_NOISE, NO_NOISE, LONGER],
        )),
        no_smaller(
            asymmetric,
            weaker_side(asymmetric - eta) - drift(),
            2, -1 / size, eta / 4,
        ),
        *all_coordinates(),
        value=str(asymmetric),
    )  # fmt: skip
