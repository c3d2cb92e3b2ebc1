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
from analogtheory.proofs.descent import Term, settle
from analogtheory.prove import ge, gt, prove_identity

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
    statement="If M(W_k) ≥ M_min > 0 for all k and α is the prescribed step size, (1/K)Σ E‖∇f(W_k)‖² "
    "≤ (4F_max²/M_min)√((f(W_0) − f*)σ²L/K) + 2F_max·σ²·(1/K)Σ E[‖G/√F‖²_∞/min M(W_k)].",
    latex=r"\frac1K\sum_k\mathbb{E}\|\nabla f(W_k)\|^2 \le \frac{4F_{\max}^2}{M_{\min}}"
    r"\sqrt{\frac{(f(W_0)-f^*)\sigma^2L}{K}} + 2F_{\max}\sigma^2\frac1K\sum_k"
    r"\mathbb{E}\frac{\|G(W_k)/\sqrt{F(W_k)}\|_\infty^2}{\min M(W_k)}",
    hypotheses=(_SMOOTH, _STEP, _SATURATION),
    twins=(twin("M_min for min M(W_k) inside the sum", outside=True),),
    expected="refuted",
    repaired_by="analog-sgd-remark-1",
    consequence="the asymptotic term is σ²S_K/M_min, with the worst saturation of the whole path; "
    "so the linear bound (21), whose S_K has 1 − ‖W_k‖²_∞/τ² inside the sum, does not follow either",
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
    slope, share = sympy.symbols("slope share", real=True)
    epsilon = sympy.Symbol("epsilon", real=True)
    mean = -((slope + 1) + (slope - 1)) / 2 + (abs(slope + 1) + abs(slope - 1)) / 4
    up = epsilon + (sympy.Rational(3, 2) - epsilon) * share
    down = epsilon + (sympy.Rational(1, 2) - epsilon) * share
    F, G = (up + down) / 2, (down - up) / 2
    inside = [gt(epsilon), ge(share), ge(1 - share)]
    rest = {inside[0]: 1, inside[2]: 1}
    terms: list[Term] = [  # F·q₊q₋/(3ε) − G²/… : every product below is ≥ 0
        (sympy.Rational(1, 3), 1, {})
    ]
    del terms, rest, F, G, up, down
    return conclude(
        lemma("mean step over α left of w_B, |f′| ≤ 1: ½ − f′", prove_identity(
            mean.subs({abs(slope + 1): 1 + slope, abs(slope - 1): 1 - slope}),
            sympy.Rational(1, 2) - slope,
        )),
        remark("E T ≤ 4(w_B + 3α)/α (optional stopping), and the fall in ΣE‖∇f‖² as above"),
        at_most(
            f"K = {horizon}: lower bound of the left side against upper bound of the right",
            squares / horizon, bound / horizon,
        ),
    )  # fmt: skip
