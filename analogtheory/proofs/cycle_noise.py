"""Cycle-to-cycle noise in a pulse train (arXiv:2502.06309 eqs. (26), (31)).

Every pulse moves the weight by Δw_min(q_s(w) + σ_c·ξ) with independent ξ, Eξ = 0, Var ξ = 1. On
the linear response the train is affine in the noise, so its variance has a closed form, and the
noise relative to the wanted change decays exactly like √(Δw_min/|Δ|). For any bounded Lipschitz
response the error of the averaged update is bounded in mean square, with constants.

Here y = Δw_min/τ, x = |Δ|/τ, P = (1−y)^{2n} and T = (1 − P)/(1 − (1−y)²) = Σ_{t<n} (1−y)^{2t}.
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
from analogtheory.proofs.response_formulas import HALF, ONE, family, tau, w
from analogtheory.prove import eq, ge, gt, prove_by_terms, prove_identity

y, x, n, P, T, delta, sigma = sympy.symbols("y x n P T delta sigma_c", real=True)
noise = sympy.Symbol("xi", real=True)
_PAPER = "2502.06309"
_GRAIN = hypothesis("0 < y = Δw_min/τ ≤ 1", gt(y), ge(1 - y))
_INDEPENDENT = hypothesis("independent ξ_t with Eξ = 0, Var ξ = 1; no pulse is clipped")


@claim(
    "cycle-noise-variance",
    source=derived("eq. (26) on the linear response; theory notes 3.1", _PAPER),
    form="derived",
    statement="On the linear response (c = 0) n pulses in one direction have the variance "
    "(Δw_min·σ_c)²(1 − a^{2n})/(1 − a²), a = 1 − Δw_min/τ, at every start, and the mean of the "
    "noiseless train.",
    latex=r"\operatorname{Var}(w_n) = (\Delta w_{\min}\sigma_c)^2\,\frac{1-a^{2n}}{1-a^2},\quad "
    r"a = 1 - \frac{\Delta w_{\min}}{\tau}",
    hypotheses=(hypothesis("0 < Δw_min < τ", gt(delta), gt(tau - delta)), _INDEPENDENT),
    twins=(
        twin("n(Δw_min·σ_c)², the variance without saturation", contraction=0),
        twin("a^n for a^{2n}", power=1),
    ),
)
def cycle_noise_variance(run: Run, contraction: int = 1, power: int = 2) -> Evidence:
    """One pulse is a·w + const ± Δw_min·σ_c·ξ, so V becomes a²V + (Δw_min·σ_c)²."""
    device = family("linear").at(c=sympy.Integer(0))
    a = 1 - delta / tau
    steps = []
    for sign, q, words in ((1, device.up, "up"), (-1, device.down, "down")):
        moved = w + sign * delta * (q + sigma * noise)
        affine = a * w + sign * delta + sign * delta * sigma * noise
        steps.append(lemma(f"{words}: the pulse is affine", prove_identity(moved, affine)))
    unit, grain = (delta * sigma) ** 2, (gt(delta), gt(tau - delta), gt(P), gt(1 - P))
    if contraction:
        now, then = unit * (1 - P) / (1 - a**2), unit * (1 - a**power * P) / (1 - a**2)
        start = now.subs(P, 1)
    else:
        now, then, start = unit * n, unit * (n + 1), sympy.Integer(0)
    return conclude(
        *steps,
        lemma("n = 0", prove_identity(start, 0)),
        lemma("n to n + 1", prove_identity(a**2 * now + unit, then, given=grain)),
        remark("the variance of independent terms adds; E w_n obeys the map with ξ = 0"),
    )


_SUM = (
    _GRAIN,
    hypothesis("n ≥ 1", ge(n, 1)),
    hypothesis(
        "1 − 2ny ≤ P ≤ 1 (pulse-power-bounds with 2n pulses)", ge(P - 1 + 2 * n * y), ge(1 - P)
    ),
)


@claim(
    "cycle-noise-variance-bounds",
    source=derived("cycle-noise-variance"),
    form="derived",
    statement="The variance of n pulses in one direction on the linear response (c = 0) lies "
    "between n(1 − (n−1)Δw_min/τ) and n times (Δw_min·σ_c)²: saturation lowers the noise by at "
    "most the fraction (n−1)Δw_min/τ.",
    latex=r"n\Bigl(1-\frac{(n-1)\Delta w_{\min}}{\tau}\Bigr) \le \frac{\operatorname{Var}(w_n)}"
    r"{(\Delta w_{\min}\sigma_c)^2} \le n",
    hypotheses=_SUM,
    twins=(
        twin("half the damping", share=HALF),
        twin("at most n/2", most=HALF),
    ),
)
def cycle_noise_variance_bounds(
    run: Run, share: sympy.Expr = ONE, most: sympy.Expr = ONE
) -> Evidence:
    """Induction with T_{n+1} = T_n + P, T_1 = 1."""
    given = facts_of(_SUM)

    def low(count: sympy.Expr) -> sympy.Expr:
        return count - share * count * (count - 1) * y

    below, above = ge(T - low(n)), ge(most * n - T)
    # Facts: the induction hypothesis, y, 1 − y, n − 1, P − 1 + 2ny, 1 − P.
    down = prove_by_terms(
        ge(sympy.expand(T + P - low(n + 1))), (below, *given), [(1, 1, {0: 1}), (1, 1, {4: 1})]
    )
    up = prove_by_terms(
        ge(most * (n + 1), T + P), (above, *given), [(1, 1, {0: 1}), (1, 1, {5: 1})]
    )
    a = 1 - y
    two = ge(sympy.expand(1 + a**2 - low(sympy.Integer(2))))
    total = (1 - P) / (1 - a**2)
    return conclude(
        lemma("T_{n+1} = T_n + P", prove_identity((1 - a**2 * P) / (1 - a**2), total + P)),
        lemma("T_1 = 1", prove_identity(total.subs(P, a**2), 1)),
        lemma("at least, n = 1", prove_identity(low(ONE), 1 + 0 * y, given=given)),
        lemma("at least, n = 2", prove_by_terms(two, given, [(1, y, {})])),
        lemma("at most, n = 1", prove_by_terms(ge(most * n, n), given, [(1, 0 * n, {})])),
        lemma("at least, n to n + 1", down),
        lemma("at most, n to n + 1", up),
    )


_LAW = (
    hypothesis(
        "n(1 − (n−1)y) ≤ T ≤ n (cycle-noise-variance-bounds)",
        ge(T - n * (1 - (n - 1) * y)),
        ge(n - T),
    ),
    hypothesis("n = ⌈|Δ|/Δw_min⌉ > 0", gt(x + y - n * y), ge(n * y - x), gt(n)),
    hypothesis("0 < |Δ| ≤ τ, 0 < Δw_min ≤ τ", ge(1 - x), gt(x), gt(y), ge(1 - y)),
)


@claim(
    "cycle-noise-square-root-law",
    source=derived("eq. (31); theory notes 3.1, H5", _PAPER),
    form="derived",
    statement="On the linear response (c = 0, 0 < |Δ| ≤ τ) the variance of the update by "
    "n = ⌈|Δ|/Δw_min⌉ pulses, relative to (n·Δw_min·q_s)², is (σ_c/q_s)² times a number between "
    "(1 − |Δ|/τ)·Δw_min/(|Δ| + Δw_min) and Δw_min/|Δ|: as Δ → 0 relative cycle noise decays like "
    "√(Δw_min/|Δ|), no faster.",
    latex=r"\Bigl(1-\frac{|\Delta|}{\tau}\Bigr)\frac{\Delta w_{\min}}{|\Delta|+\Delta w_{\min}} "
    r"\le \frac{q_s^2}{\sigma_c^2}\,"
    r"\frac{\operatorname{Var}(\tilde U)}{(n\,\Delta w_{\min}\, q_s)^2} \le "
    r"\frac{\Delta w_{\min}}{|\Delta|}",
    hypotheses=_LAW,
    twins=(
        twin("like Δw_min/|Δ| (the variance like its square)", power=2),
        twin("twice the lower bound", share=sympy.Integer(2)),
        twin("rounding down", drop="⌈|Δ|"),
    ),
)
def cycle_noise_square_root_law(
    run: Run, power: int = 1, share: sympy.Expr = ONE, drop: str = ""
) -> Evidence:
    """T/n² against y/x and (1 − x)y/(x + y), denominators multiplied out."""
    given = facts_of(_LAW, drop=drop)
    above = ge(sympy.expand(n**2 * y**power - x**power * T))
    below = ge(sympy.expand(T * (x + y) - share * (1 - x) * y * n**2))
    # Facts: T − n(1−(n−1)y), n − T, x + y − ny, ny − x, n, 1 − x, x, y.
    return conclude(
        lemma(
            "T/n² ≤ Δw_min/|Δ|",
            prove_by_terms(above, given, [(1, 1, {4: 1, 3: 1}), (1, 1, {6: 1, 1: 1})]),
        ),
        lemma(
            "T/n² ≥ (1 − x)y/(x + y)",
            prove_by_terms(
                below,
                given,
                [
                    (1, 1, {0: 1, 6: 1}),
                    (1, 1, {0: 1, 7: 1}),
                    (1, 1, {4: 1, 2: 1, 6: 1}),
                    (1, 1, {4: 1, 2: 1, 7: 1}),
                    (1, 1, {4: 1, 5: 1, 2: 1}),
                ],
            ),
        ),
    )


L, Q, D, N, r, u, V = sympy.symbols("L Q D N r u V", real=True)
_SQUARE = (
    hypothesis("|q_s| ≤ Q and Lipschitz constant L on all of ℝ", ge(L), ge(Q)),
    hypothesis("Δw_min > 0, σ_c ≥ 0", gt(delta), ge(sigma)),
    hypothesis("r = √n, u = √(n+1)", ge(n), ge(u - r), ge(r), eq(r**2, n)),
)


@claim(
    "theorem-four-mean-square",
    source=derived("proof of Theorem 4, eq. (31), with cycle noise and constants", _PAPER),
    form="derived",
    statement="For q_s with |q_s| ≤ Q and Lipschitz constant L on ℝ and independent cycle noise, "
    "n pulses obey (E|w_n − w − s·nΔw_min·q_s(w)|²)^{1/2} ≤ LQn(n−1)Δw_min²/2 + LΔw_min²σ_c·n√n + "
    "Δw_min·σ_c√n: eq. (31) with constants, and a term of order |Δ|√(Δw_min|Δ|) it leaves out.",
    latex=r"\|w_n - w - s n\Delta w_{\min} q_s(w)\|_{L^2} \le \frac{LQ}{2} n(n-1)\Delta w_{\min}^2 "
    r"+ L\sigma_c n\sqrt{n}\,\Delta w_{\min}^2 + \sigma_c\sqrt{n}\,\Delta w_{\min}",
    hypotheses=(*_SQUARE, _INDEPENDENT),
    twins=(
        twin("without the mixed term", mixed=sympy.Integer(0)),
        twin("noise that adds up like n", growth=2),
        twin("σ_c of any sign", drop="σ_c ≥ 0"),
    ),
)
def theorem_four_mean_square(
    run: Run, mixed: sympy.Expr = ONE, growth: int = 1, drop: str = ""
) -> Evidence:
    """Minkowski: drift errors add, ‖w_t − w‖ ≤ tδQ + δσ√t, and the noise has variance nδ²σ²."""
    base = facts_of(_SQUARE, drop=drop)

    def drift(count: sympy.Expr, roots: sympy.Expr) -> sympy.Expr:
        return L * Q * count * (count - 1) * delta**2 / 2 + mixed * L * delta**2 * sigma * roots

    after = D + delta * L * (n * delta * Q + delta * sigma * r)
    facts = (ge(drift(n, N) - D), ge(n * r - N), *base)
    unit = (delta * sigma) ** 2
    roots = prove_by_terms(
        ge((n + 1) * u, N + r),
        facts,
        [(1, 1, {1: 1}), (1, 1, {6: 1, 7: 1}), (1, 1, {7: 1})],
    )
    step = prove_by_terms(ge(sympy.expand(drift(n + 1, N + r) - after)), facts, [(1, 1, {0: 1})])
    total = prove_by_terms(
        ge(sympy.expand(drift(n, n * r) - drift(n, N))),
        facts,
        [(1, delta, {1: 1, 2: 1, 5: 1})],
    )
    return conclude(
        lemma(
            "noise: variance n(Δw_min·σ_c)², one pulse more",
            prove_identity(unit * n**growth + unit, unit * (n + 1) ** growth, given=base),
        ),
        lemma(
            "drift error: none at n = 0 (N = 0)",
            prove_identity(drift(sympy.Integer(0), sympy.Integer(0)), 0),
        ),
        lemma("drift error: one pulse more, N = Σ_{t<n} √t", step),
        lemma("Σ_{t<n+1} √t ≤ (n+1)√(n+1) from Σ_{t<n} √t ≤ n√n", roots),
        lemma("N ≤ n√n put in", total),
        remark("Minkowski's inequality in L²; the noise terms are uncorrelated"),
    )
