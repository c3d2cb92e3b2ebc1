"""Remark 1 of arXiv:2502.06309 after Theorem 2: what (75) says, and what its proof gives.

(74) with ‖∇f‖²_M ≥ min M(W_k)·‖∇f‖² reads α/(2F_max)·min M(W_k)·‖∇f(W_k)‖² ≤ f(W_k) −
E f(W_{k+1}) + … . Summing after a division by min M(W_k) does not telescope: (f(W_k) −
f(W_{k+1}))/min M(W_k) pays for every fall of f at the saturated weights and is repaid only in
part by the rises at others. (75) divides the terms of S_K by min M(W_k) and the rest by M_min.
With M_min everywhere the proof is right; as printed (75) is false.

Counterexample (D = 1, σ = 1, L = 1, F_max = 1), for any height H, ε and α:
* f is a hill of height H on the level f*: slopes 0 → 1/4 → −1 → 0, linear but for parts of
  curvature ±1; it starts rising at w = 0, and its slope reaches −1 at w_B = 4H + 5/4.
* w < w_B: q₊ = 3/2, q₋ = 1/2 (F = 1, G = −1/2, M = 3/4, G²/(FM) = 1/3) and noise ±1.
* w ≥ w_B: no noise; q± fall smoothly to ε within a width αε, then F = ε, G = 0, M = M_min = ε².
* W_0 in (0, 1/4) with f(W_0) − f* = α²K, which makes α the prescribed step size.

The bias lifts the weight over the hill: it gains at least α(½ − ¼) per step in the mean, so
E T ≤ 4(w_B + 3α)/α for the time T at which it passes w_B. Then it falls without noise, slowly:
from f to f − αε(f′)²(1 + αε/2) at most, so that Σ(f′)² ≥ (H − 1 − 5α)/(αε(1 + αε/2)).
"""

from __future__ import annotations

import math
from fractions import Fraction

import sympy

from analogtheory.claims import (
    Evidence,
    Run,
    Source,
    at_most,
    claim,
    conclude,
    derived,
    facts_of,
    hypothesis,
    lemma,
    remark,
    twin,
)
from analogtheory.proofs.descent import Term, identity, settle
from analogtheory.proofs.response_formulas import family
from analogtheory.prove import Fact, Outcome, ge, gt, prove_identity
from analogtheory.responses import WEIGHT, parameter

PAPER = "2502.06309"
alpha, L, sigma, F_max, S, K = sympy.symbols("alpha L sigma F_max S K", real=True)
gap, fall, weighted, plain, M_min = sympy.symbols("gap fall weighted plain M_min", real=True)

_SMOOTH = hypothesis(
    "f is L-smooth and f ≥ f*; the noise has total variance ≤ σ²; |G| ≤ F ≤ F_max",
    gt(L), gt(F_max), ge(gap - fall),
)  # fmt: skip
_STEP = hypothesis("0 < α ≤ 1/(4·L·F_max)", gt(alpha), gt(K))
_SATURATION = hypothesis(
    "M(W_k) ≥ M_min > 0 for all k < K", gt(M_min), ge(weighted - M_min * plain)
)

HEIGHT, EPSILON, STEP = 10, Fraction(1, 64), Fraction(1, 200000)


def hill(
    height: int = HEIGHT, epsilon: Fraction = EPSILON, step: Fraction = STEP
) -> tuple[int, Fraction, Fraction]:
    """K, a lower bound of ΣE‖∇f(W_k)‖² and an upper bound of the expected time E T left of w_B.

    T̄ = 4(w_B + 3α)/α bounds E T; the walk has passed w_B before step 4·T̄ with probability
    at least 3/4 (Markov), and the fall then takes at most H/(αε) steps.
    """
    edge = 4 * height + Fraction(5, 4)
    waiting = 4 * (edge + 3 * step) / step
    falling = height / (step * epsilon)
    horizon = int(4 * waiting + falling) + 1
    descent = (height - 1 - 5 * step) / (step * epsilon * (1 + step * epsilon / 2))
    return horizon, Fraction(3, 4) * descent, waiting


@claim(
    "analog-sgd-remark-1-printed",
    source=Source(PAPER, "Remark 1, eq. (75)"),
    form="printed",
    statement="If M(W_k) ≥ M_min > 0 for all k and α is the prescribed step size, "
    "(1/K)Σ E‖∇f(W_k)‖² ≤ "
    "(4F_max²/M_min)√((f(W_0) − f*)σ²L/K) + 2F_max·σ²·(1/K)Σ E[‖G/√F‖²_∞/min M(W_k)].",
    latex=r"\frac1K\sum_k\mathbb{E}\|\nabla f(W_k)\|^2 \le \frac{4F_{\max}^2}{M_{\min}}"
    r"\sqrt{\frac{(f(W_0)-f^*)\sigma^2L}{K}} + 2F_{\max}\sigma^2\frac1K\sum_k"
    r"\mathbb{E}\frac{\|G(W_k)/\sqrt{F(W_k)}\|_\infty^2}{\min M(W_k)}",
    hypotheses=(_SMOOTH, _STEP, _SATURATION),
    twins=(twin("M_min for min M(W_k) inside the sum", outside=True),),
    expected="refuted",
    repaired_by="analog-sgd-remark-1",
    consequence="the asymptotic term is σ²S_K/M_min, with the worst saturation of the whole path; "
    "so the linear bound (21), with 1 − ‖W_k‖²_∞/τ² inside the sum, does not follow either",
    readings=(
        "read with an expectation on both sides and with ≤ for its =: false all the same",
        "M^RL in the text read as the least saturation of this path, M^ASGD: it is what is used",
        "sums from 0 to K − 1 or to K: the path has come to rest before K, no difference",
        "G²/F ≤ F_max·(1 − M/F_max²) does not help: the rises of f happen where M is large",
        "true for a path on which f never rises in the mean, or M(W_k) is constant",
    ),
)
def remark_1_printed(run: Run, outside: bool = False) -> Evidence:
    """The hill of the module's docstring, in exact rationals."""
    horizon, squares, waiting = hill()
    least = EPSILON**2
    a_priori = horizon * 4 * STEP / least  # K·(4F²/M_min)√(…), √(Δσ²L/K) = αL
    climbing = waiting * (Fraction(1, 4) / least if outside else Fraction(1, 3))
    crossing = 2 * (Fraction(1, 4) / least if outside else 1 / (3 * EPSILON))
    bound = a_priori + 2 * (climbing + crossing)
    return conclude(
        lemma("mean step over α left of w_B, where |f′| ≤ 1: ½ − f′", _mean_step()),
        lemma("where q± fall to ε: G²/(FM) ≤ 1/(3ε)", _transition()),
        remark("E T ≤ 4(w_B + 3α)/α (optional stopping), and the fall of f, as in the docstring"),
        at_most(
            f"ε = 1/64, H = 10, α = 1/200000, K = {horizon}: lower bound of the left side against "
            "upper bound of the right side",
            squares / horizon,
            bound / horizon,
        ),
    )


def _mean_step() -> Outcome:
    """−E[gF + |g|G] for g = f′ ± 1, F = 1, G = −1/2."""
    slope = sympy.Symbol("slope", real=True)
    mean = -((slope + 1) + (slope - 1)) / 2 + ((1 + slope) + (1 - slope)) / 4
    return prove_identity(mean, sympy.Rational(1, 2) - slope)


def _transition() -> Outcome:
    """q₊ = ε + (3/2 − ε)θ, q₋ = ε + (1/2 − ε)θ, 0 ≤ θ ≤ 1: F·q₊q₋ − ¾εθ² is a sum of products."""
    eps, share = sympy.symbols("eps share", real=True)
    up = eps + (sympy.Rational(3, 2) - eps) * share
    down = eps + (sympy.Rational(1, 2) - eps) * share
    known = [gt(eps), ge(1 - eps), ge(share), ge(1 - share)]
    small, below, part, rest = known
    terms: list[Term] = [
        (sympy.Rational(1, 4), 1, {part: 3, below: 1, small: -1}),
        (sympy.Rational(2, 3), 1, {part: 2, rest: 1}),
        (1, 1, {part: 1, small: 1, rest: 2}),
        (sympy.Rational(1, 3), 1, {small: 2, rest: 3}),
    ]
    asymmetric, symmetric = (down - up) / 2, (down + up) / 2
    return settle(ge(symmetric * up * down / (3 * eps), asymmetric**2), known, terms)


def _summed(asymmetric: sympy.Expr) -> Fact:
    """One step without the metric's term, summed over K steps: c = `asymmetric`."""
    return ge(
        fall
        + K * (alpha**2 * L * F_max**2 * sigma**2 + asymmetric * alpha * sigma**2 * S)
        - alpha * K * weighted / (2 * F_max)
    )


def _bounded(asymmetric: sympy.Expr, last: sympy.Expr, power: int, drop: str) -> Outcome:
    """plain ≤ (2F·gap/(αK) + 2αLF³σ² + last·Fσ²S)/M_min from the sum; α is prescribed later."""
    known = (*facts_of((_SMOOTH, _STEP, _SATURATION), drop=drop), _summed(asymmetric))
    if drop:
        known = (*known, gt(M_min))
    bound = (
        2 * F_max * gap / (alpha * K)
        + 2 * alpha * L * F_max**3 * sigma**2
        + last * F_max * sigma**2 * S
    ) / M_min**power
    over = {gt(alpha): -1, gt(K): -1, gt(M_min): -1}
    terms: list[Term] = [
        (2, 1, {_summed(asymmetric): 1, gt(F_max): 1, **over}),
        (2, 1, {ge(gap - fall): 1, gt(F_max): 1, **over}),
        (1, 1, {ge(weighted - M_min * plain): 1, gt(M_min): -1}),
    ]
    one = {"alpha": "1/4", "L": 1, "F_max": 1, "K": 1, "gap": 0, "fall": 0}
    quiet = {"alpha": "1/4", "L": 1, "F_max": 1, "K": 8, "gap": 1, "fall": 1, "sigma": 0, "S": 0}
    spread = sympy.Rational(1, 2) + 2 * asymmetric  # (2αL + 2c·S)σ² with α = ¼, S = σ = 1
    points = [
        {**quiet, "weighted": 1, "plain": 2, "M_min": "1/2"},
        {**one, "sigma": 1, "S": 1, "weighted": spread, "plain": spread, "M_min": 1},
        {**quiet, "weighted": 1, "plain": 2, "M_min": 1},
    ]
    return settle(ge(bound, plain), known, terms, points=points)


def _prescribed(longest: int) -> Outcome:
    """With r = √(gap/(σ²LK)) and α = r/F_max: 2F·gap/(αK) + 2αLF³σ² = 4F²·σ²Lr."""
    r = sympy.Symbol("r", real=True)
    step, spread = r / F_max, r**2 * sigma**2 * L * K
    total = 2 * F_max * spread / (step * K) + 2 * step * L * F_max**3 * sigma**2
    return prove_identity(total, longest * F_max**2 * sigma**2 * L * r)


@claim(
    "analog-sgd-remark-1",
    source=Source(PAPER, "Remark 1, eq. (75), with M_min for every min M(W_k)"),
    form="repaired",
    statement="If M(W_k) ≥ M_min > 0 for all k and α is the prescribed step size, "
    "(1/K)Σ E‖∇f(W_k)‖² ≤ [4F_max²√((f(W_0) − f*)σ²L/K) + 2F_max·σ²·S_K]/M_min.",
    latex=r"\frac1K\sum_{k<K}\mathbb{E}\|\nabla f(W_k)\|^2 \le \frac{1}{M_{\min}}\left["
    r"4F_{\max}^2\sqrt{\frac{(f(W_0)-f^*)\sigma^2L}{K}} + 2F_{\max}\sigma^2S_K\right]",
    hypotheses=(_SMOOTH, _STEP, _SATURATION),
    twins=(
        twin("without the division by M_min", power=0),
        twin("½ for 2 before F_max·σ²·S_K", last=sympy.Rational(1, 2)),
        twin("2 for 4 before the square root", first=2),
        twin("M not bounded away from 0", drop="M_min"),
    ),
)
def remark_1(
    run: Run,
    power: int = 1,
    last: sympy.Expr = sympy.Integer(2),
    first: int = 4,
    drop: str = "",
) -> Evidence:
    """The sum of (74) over k, with M_min outside, then the step size."""
    return conclude(
        remark("(74) in expectation (claim analog-sgd-one-step), summed over k < K"),
        lemma("solved for (1/K)Σ E‖∇f‖²", _bounded(sympy.Integer(1), last, power, drop)),
        lemma("the prescribed step size", _prescribed(first)),
        value="2",
    )


@claim(
    "analog-sgd-remark-1-sharp",
    source=derived("claim analog-sgd-one-step-without-metric, summed over k", PAPER),
    form="derived",
    statement="In Remark 1 the asymptotic term can be halved: (1/K)Σ E‖∇f(W_k)‖² ≤ "
    "[4F_max²√((f(W_0) − f*)σ²L/K) + F_max·σ²·S_K]/M_min, for K ≥ 4L(f(W_0) − f*)/σ² already.",
    latex=r"\frac1K\sum_{k<K}\mathbb{E}\|\nabla f(W_k)\|^2 \le \frac{1}{M_{\min}}\left["
    r"4F_{\max}^2\sqrt{\frac{(f(W_0)-f^*)\sigma^2L}{K}} + F_{\max}\sigma^2S_K\right]",
    hypotheses=(_SMOOTH, hypothesis("0 < α ≤ 1/(2·L·F_max)", *_STEP.facts), _SATURATION),
    twins=(
        twin("0.9 for 1 before F_max·σ²·S_K", last=sympy.Rational(9, 10)),
        twin("without the division by M_min", power=0),
    ),
)
def remark_1_sharp(run: Run, last: sympy.Expr = sympy.Integer(1), power: int = 1) -> Evidence:
    """As before, with the sharper one-step inequality."""
    return conclude(
        remark("the one-step inequality with ½ασ², in expectation, summed over k < K"),
        lemma("solved for (1/K)Σ E‖∇f‖²", _bounded(sympy.Rational(1, 2), last, power, "")),
        lemma("the prescribed step size", _prescribed(4)),
        value="1",
    )


def linear_limits(
    edge: Fraction = Fraction(1, 10**6),
    start: Fraction = Fraction(7, 10),
    crest: Fraction = Fraction(1, 10),
) -> tuple[float, float, float]:
    """α·Σ(f′)² at least, α·2σ²ΣS/M, and α·2σ²ΣS/M_min as α → 0 on the linear hill, τ = σ = 1.

    Noise ±1 and f′ = −w/2 on [crest, start], where w′ = −w/2; then no noise and
    f′ = λ·max(|w|, crest)/(1 + w) down to w = −1 + edge, where w′ = −(1 + w)f′. λ spends 99 % of
    the height gained. Right of `start` f has a valley and, further out, no noise, so that the
    weights stay where M ≥ M_min. All integrals are elementary.
    """
    eps, first, last = float(edge), float(start), float(crest)
    height = 0.25 * (first**2 - last**2)
    level = last * math.log((1 + last) / (1 - last))
    level += math.log((1 - last) / eps) - (1 - last) + eps
    slope = 0.99 * height / level
    squares = slope * (1 / eps - 1 / (1 - last) - math.log((1 - last) / eps))
    reached = eps * (2 - eps)  # 1 − (1 − eps)²
    weighted = 2 * math.log((1 - last**2) / (1 - first**2))
    weighted += 4 / 3 * last**2 / (slope * (1 - last**2))
    weighted += math.log((1 - last**2) / reached) / slope
    plain = first**2 - last**2 + 2 * last**2 / (3 * slope)
    plain += ((1 - eps) ** 2 - last**2) / (2 * slope)
    return squares, weighted, 2 * plain / reached


@claim(
    "analog-sgd-linear-bound-printed",
    source=Source(PAPER, "eq. (21), which restates a theorem of arXiv:2406.12774"),
    form="printed",
    statement="Linear device with c = 0, ‖W_k‖_∞ ≤ W_max < τ, prescribed step size: "
    "(1/K)Σ E‖∇f(W_k)‖² ≤ 4√((f(W_0) − f*)σ²L/K)/(1 − W_max²/τ²) "
    "+ 2σ²·(1/K)Σ E[(‖W_k‖²_∞/τ²)/(1 − ‖W_k‖²_∞/τ²)].",
    latex=r"\frac1K\sum_k\mathbb{E}\|\nabla f(W_k)\|^2 \le"
    r"\frac{4}{1-W_{\max}^2/\tau^2}\sqrt{\frac{(f(W_0)-f^*)\sigma^2L}{K}}"
    r" + 2\sigma^2\frac1K\sum_k\mathbb{E}"
    r"\frac{\|W_k\|_\infty^2/\tau^2}{1-\|W_k\|_\infty^2/\tau^2}",
    hypotheses=(_SMOOTH, _STEP, hypothesis("linear device with c = 0; ‖W_k‖_∞ ≤ W_max < τ")),
    twins=(twin("1 − W_max²/τ² for 1 − ‖W_k‖²_∞/τ² inside the sum", outside=True),),
    expected="refuted",
    repaired_by="analog-sgd-linear-device",
    consequence="the asymptotic term of the linear device is 2σ²(1/K)Σ‖W_k‖²_∞/τ² divided by "
    "1 − W_max²/τ², not a mean of the saturation at each iterate",
    readings=(
        "its first term with O(·) for the constant 4: it vanishes in the limit, no difference",
        "any larger W_max < τ in its first term: it vanishes all the same",
        "f convex, or noise of the same law at every weight: not decided; this hill uses neither",
        "the text of arXiv:2406.12774 was not at hand: only its restatement is judged",
    ),
)
def linear_bound_printed(run: Run, outside: bool = False) -> Evidence:
    """A hill for the linear device, in the limit α → 0, αK → T, f(W_0) − f* = αLT → 0."""
    squares, inside, saturated = linear_limits()
    return conclude(
        remark(
            "as α → 0 the path follows w′ = −(f′ + E|g|·w) (fluid limit of a Markov chain with "
            "steps of size α), α times each sum tends to an integral along it, and the first "
            "term vanishes: K·α·4αL/(1 − W_max²) → 0"
        ),
        at_most(
            "W_max = 1 − 10⁻⁶, integrals in closed form (rounding below 1e-9): left side against "
            "right side",
            squares,
            saturated if outside else inside,
            tolerance=1e-6,
        ),
    )


@claim(
    "analog-sgd-linear-device",
    source=Source(PAPER, "eq. (21), with 1 − W_max²/τ² for every 1 − ‖W_k‖²_∞/τ²"),
    form="repaired",
    statement="Linear device with c = 0 and ‖W_k‖_∞ ≤ W_max < τ: (1/K)Σ E‖∇f(W_k)‖² ≤ "
    "[4√((f(W_0) − f*)σ²L/K) + 2σ²·(1/K)Σ‖W_k‖²_∞/τ²]/(1 − W_max²/τ²); eq. (21) has "
    "1 − ‖W_k‖²_∞/τ² inside the sum, which this proof does not give.",
    latex=r"\frac1K\sum_{k<K}\mathbb{E}\|\nabla f(W_k)\|^2 \le \frac{1}{1-W_{\max}^2/\tau^2}"
    r"\left[4\sqrt{\frac{(f(W_0)-f^*)\sigma^2L}{K}}"
    r" + 2\sigma^2\frac1K\sum_k\frac{\|W_k\|_\infty^2}{\tau^2}\right]",
    hypotheses=(hypothesis("the hypotheses of Remark 1; ‖W_k‖_∞ ≤ W_max < τ"),),
    twins=(
        twin("1 − W_max/τ for 1 − W_max²/τ²", power=1),
        twin("c = 1/10 for c = 0", shift=sympy.Rational(1, 10)),
    ),
)
def linear_device(run: Run, power: int = 2, shift: sympy.Expr = sympy.Integer(0)) -> Evidence:
    """F = 1, G = w/τ, M = 1 − w²/τ², smallest at |w| = W_max: put into Remark 1."""
    device = family("linear").at(c=shift)
    tau, most = parameter("tau"), sympy.Symbol("most", real=True)
    least = 1 - (most / tau) ** power
    known = [ge(most - WEIGHT), ge(most + WEIGHT), gt(tau - most), gt(tau)]
    return conclude(
        lemma("F = 1", prove_identity(device.F, 1)),
        lemma("G²/F = w²/τ²", prove_identity(device.G**2 / device.F, WEIGHT**2 / tau**2)),
        lemma("M at |w| = W_max", identity(
            device.M.subs(WEIGHT, most), least, {"most": 1, "tau": 2},
        )),
        lemma("M is nowhere smaller", settle(
            ge(device.M, 1 - most**2 / tau**2), known,
            [(1, 1, {known[0]: 1, known[1]: 1, known[3]: -2})],
        )),
        lemma("Remark 1, repaired", _bounded(sympy.Integer(1), sympy.Integer(2), 1, "")),
    )  # fmt: skip
