"""Tiki-Taka (Residual Learning with γ = 0): what P tracks, and when the known condition holds.

Problem: :func:`analogtheory.algorithms.residual_learning` with γ = 0 and the linear device,
q± = 1 ∓ w/τ (arXiv:2406.12774; arXiv:2502.06309 eqs. (10), (11)). In one coordinate, with
g = ∇f(W) and m = E|g + ε|, one step gives exactly

    E P⁺ − P° = (1 − αm/τ)(P − P°),    P° = −τg/m,

so P tracks −Cg with C = τ/m(g), saturating at ±τ. What is said of 2406.12774 is what
2502.06309 restates of it: eq. (24) has P with the opposite sign and β for α, and eq. (23) a
rate with the factor 1/(1 − 33P_max²/τ²), which asks for 33·P_max² < τ² along the whole run.
Here is what this means for |g|/σ, and a run that converges without it.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TypeAlias

import sympy
from scipy import optimize

from analogtheory.algorithms import residual_learning
from analogtheory.algorithms.symbols import P, W, gamma
from analogtheory.claims import (
    Evidence,
    Run,
    agrees,
    at_least,
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
from analogtheory.noise import Gaussian, NoiseLaw, Rademacher, Uniform
from analogtheory.proofs.exact_residual import Setting, moments
from analogtheory.proofs.general_device import (
    GeneralObjective,
    as_symbols,
    field_of,
    linear_device,
    plain,
    tau,
)
from analogtheory.prove import ge, gt, le, prove_by_terms, prove_identity

Expr: TypeAlias = sympy.Expr

alpha, g, m, x, x_0 = sympy.symbols("alpha g m x x_0", real=True)

_CONDITION = derived(
    "the condition of the Tiki-Taka theorem as restated in arXiv:2502.06309 eq. (23)", "2406.12774"
)
_LINEAR = hypothesis("linear device with symmetric point 0 for P, τ > 0", gt(tau))
_NOISY = hypothesis("m = E|g + ε| > 0", gt(m))
_MEAN_ABS = hypothesis("m ≥ |g| (Jensen)", ge(m, g), ge(m, -g))

_TRACKING = (
    _LINEAR,
    _NOISY,
    _MEAN_ABS,
    hypothesis("0 < αm ≤ τ", gt(alpha), ge(tau, alpha * m)),
)


def _mean_step() -> Expr:
    """E P⁺ − P, from the algorithm, with g = ∇f(W) and m = E|g + ε|."""
    dynamics = residual_learning(linear_device("W"), GeneralObjective(), Gaussian(1.0), gamma=0)
    drift = field_of(dynamics, "P").subs(gamma, 0)
    return plain(as_symbols(drift, {sympy.Function("slope", real=True)(W): g}))


@claim(
    "tiki-taka-tracking",
    source=derived("eq. (10) with γ = 0, scalar; compare (24)", "2502.06309"),
    form="derived",
    statement="The residual array of Tiki-Taka with the linear device tracks −Cg, C = τ/E|g + ε|: "
    "E P⁺ + Cg = (1 − α/C)(P + Cg) exactly, for every noise law. The target stays within ±τ, "
    "which it reaches where |g| exceeds all noise.",
    latex=r"\mathbb{E}P^+ - P^\circ = \Big(1-\frac{\alpha\,m}{\tau}\Big)(P-P^\circ), \quad"
    r" P^\circ = -\frac{\tau g}{m}, \quad m = \mathbb{E}|g+\varepsilon|",
    hypotheses=_TRACKING,
    twins=(
        twin("the sign of eq. (24) with the update of eq. (10)", sign=1),
        twin("contraction 1 − α/τ, the noise forgotten", rate=alpha / tau),
        twin("m < |g|, impossible for a noise law", drop="Jensen"),
    ),
)
def tiki_taka_tracking(
    run: Run, sign: int = -1, rate: Expr = alpha * m / tau, drop: str = ""
) -> Evidence:
    """One identity in P, g, m; the target is bounded because m ≥ |g|."""
    given = facts_of(_TRACKING, drop=drop)
    target = sign * tau * g / m
    point = {"P": 1, "g": 1, "m": 2, "tau": 3, "alpha": "1/2"}
    ends = [
        lemma(
            f"−τg/m {words}",
            prove_by_terms(fact, given, [(1, 1, (gt(tau), gap))], multiplier=[gt(m)]),
        )
        for words, fact, gap in (
            ("≤ τ", ge(tau, -tau * g / m), ge(m, -g)),
            ("≥ −τ", ge(tau, tau * g / m), ge(m, g)),
        )
    ]
    return conclude(
        remark("averaging over ε needs E(g + ε) = g and E|g + ε| = m only: exact for every law"),
        lemma(
            "E P⁺ − P° = (1 − αm/τ)(P − P°)",
            prove_identity(P + _mean_step() - target, (1 - rate) * (P - target), points=[point]),
        ),
        *ends,
        lemma("−τg/m = −τ where m = g", prove_identity((tau * g / m).subs(m, g), tau)),
        value="C = τ/E|g + ε|",
    )


_GAUSSIAN = Gaussian(1.0)
_RATIOS = (0.02, 0.15, 1.0, 3.0)
_TARGETS = (0.025061, 0.185910, 0.857169, 0.999745)


@claim(
    "tiki-taka-target-numbers",
    source=derived("closed form of E|g + ε|; theory notes 3.7"),
    form="derived",
    statement="Under Gaussian noise and at a fixed weight the mean of the residual array settles "
    "at 0.02506τ, 0.18591τ, 0.85717τ, 0.99975τ in size for |g|/σ = 0.02, 0.15, 1, 3.",
    latex=r"\frac{|P^\circ|}{\tau} = \frac{x}{\sqrt{2/\pi}\,e^{-x^2/2} + x\operatorname{erf}"
    r"(x/\sqrt 2)}, \quad x = |g|/\sigma",
    hypotheses=(_LINEAR, hypothesis("Gaussian noise")),
    twins=(
        twin("Σ = E|ε| for E|g + ε|", frozen=True),
        twin("Rademacher noise", noise=Rademacher(1.0)),
        twin("the digits of the notes' simulation", targets=(0.0249, 0.186, 0.857, 0.9997)),
    ),
)
def tiki_taka_target_numbers(
    run: Run,
    frozen: bool = False,
    noise: NoiseLaw = _GAUSSIAN,
    targets: tuple[float, ...] = _TARGETS,
) -> Evidence:
    """g/m(g) in double precision; tolerance: half a unit of the last digit."""
    steps = []
    for ratio, target in zip(_RATIOS, targets, strict=True):
        size = float(noise.mean_abs_at(0.0 if frozen else ratio))
        words = f"|P°|/τ at |g|/σ = {ratio:g}"
        steps.append(agrees(words, ratio / size, target, tolerance=5e-7))
    return conclude(*steps)


bell, area = sympy.symbols("bell area", real=True)
_FACTOR = sympy.sqrt(2 / sympy.pi)
_THRESHOLDS = (("gaussian", 0.140258), ("uniform", 0.151915), ("rademacher", 0.174078))
_LAWS: dict[str, NoiseLaw] = {
    "gaussian": _GAUSSIAN,
    "uniform": Uniform(1.0),
    "rademacher": Rademacher(1.0),
}


@claim(
    "tiki-taka-condition-is-a-noise-condition",
    source=_CONDITION,
    form="derived",
    statement="The condition 33P² < τ² at the point that P tracks means |g|/E|g + ε| < 1/√33 = "
    "0.17408: |g|/σ below 0.14026 for Gaussian, 0.15192 for uniform, 0.17408 for Rademacher noise. "
    "So it is a condition on the signal-to-noise ratio, wherever P has the time to follow.",
    latex=r"33\,(P^\circ)^2 < \tau^2 \iff \frac{|g|}{\mathbb{E}|g+\varepsilon|} <"
    r" \frac{1}{\sqrt{33}}",
    hypotheses=(_LINEAR, _NOISY, _MEAN_ABS),
    twins=(
        twin("thresholds of Σ = E|ε| in place of E|g + ε|", frozen=True),
        twin("9 for 33", factor=9),
    ),
)
def tiki_taka_condition_is_a_noise_condition(
    run: Run, frozen: bool = False, factor: int = 33
) -> Evidence:
    """|g|/m(g) increases with |g|, so there is one threshold a law; roots in double precision."""
    mean = _LAWS["gaussian"].symbolic_mean_abs(x)
    known = {sympy.erf(x / sympy.sqrt(2)): area, sympy.exp(-(x**2) / 2): bell / _FACTOR}
    gap = (mean - x * sympy.diff(mean, x)).subs(known)
    steps = []
    for name, claimed in _THRESHOLDS:
        law = _LAWS[name]

        def excess(ratio: float, law: NoiseLaw = law) -> float:
            size = float(law.mean_abs_at(0.0 if frozen else ratio))
            return factor * ratio**2 - size**2

        root = optimize.brentq(excess, 1e-6, 0.99, xtol=1e-14)
        steps.append(agrees(f"threshold of |g|/σ, {name}", root, claimed, tolerance=5e-7))
    point = {"tau": 1, "g": 1, "m": 2}
    return conclude(
        lemma(
            "τ² − 33P² = τ²(m² − 33g²)/m² at P = −τg/m",
            prove_identity(
                tau**2 - factor * (tau * g / m) ** 2,
                tau**2 * (m**2 - 33 * g**2) / m**2,
                points=[point],
            ),
        ),
        lemma(
            "m − g·m′ = √(2/π)e^{−g²/2} =: bell > 0 (Gaussian, σ = 1): |g|/m increases",
            prove_identity(gap, bell),
        ),
        remark("any law: m − g·m′ = E[ε·sign(g + ε)] ≥ 0, so |g|/m(g) does not decrease"),
        *steps,
    )


#: A run from W_0 = −1/2 to W* = 1/2, τ = 1, Rademacher σ = 1/10, α = 1/20, β = 1/200.
_RUN = Setting(Rademacher(0.1), lr=0.05, ratio=0.1, gamma=0.0)
_SLOWER_RUN = replace(_RUN, lr=_RUN.lr / 4)
_STEPS = 30


def _least_residual(steps: int) -> Fraction:
    """P_k ≥ 1 − (1 − αx₀)^k whatever the noise, while |g + ε| ≥ x₀."""
    alpha_, beta_, sigma_ = Fraction(1, 20), Fraction(1, 200), Fraction(1, 10)
    # W_k ≤ W_0 + kβ·max(P·q₊) with P ≤ 1, q₊ = 1 − W ≤ 3/2
    slowest = Fraction(1) - steps * beta_ * Fraction(3, 2) - sigma_
    return 1 - (1 - alpha_ * slowest) ** steps


@claim(
    "tiki-taka-condition-is-not-necessary",
    source=_CONDITION,
    form="derived",
    statement="The condition 33P_max² < τ² is not necessary: from W_0 = −1/2, P_0 = 0 (W* = 1/2, "
    "τ = 1, α = 1/20, β = 1/200, Rademacher σ = 1/10) every run reaches 33P² > 13τ² within 30 "
    "steps, and Tiki-Taka still settles at E(W − W*)² = 2.11e-4, which falls to 0.256 of that "
    "when α and β are quartered.",
    latex=r"33\,P_{30}^2 > 13\,\tau^2 \text{ on every path}, \quad"
    r" \mathbb{E}_\pi(W-W^*)^2 = 2.11\cdot 10^{-4}",
    hypotheses=(hypothesis("linear device, f(w) = ½(w − W*)², γ = 0"),),
    twins=(
        twin("within the condition: 33P² < τ² throughout", least=None),
        twin("the run does not converge: E(W − W*)² stays above 1e-3", mean_square=1e-3),
        twin("what is left does not vanish with α", ratio=1.0),
    ),
)
def tiki_taka_condition_is_not_necessary(
    run: Run,
    least: int | None = 13,
    mean_square: float = 2.112e-4,
    ratio: float = 0.256,
) -> Evidence:
    """A pathwise lower bound on P, exactly; the exact stationary law, whatever the start."""
    reached = 33 * _least_residual(_STEPS) ** 2
    grows = ge((P * (1 - alpha * x) + alpha * x) - (P * (1 - alpha * x_0) + alpha * x_0))
    given = (gt(alpha), le(P, 1), ge(x, x_0))
    settled = moments(_RUN, run.quick).mean_square
    slower = moments(_SLOWER_RUN, run.quick).mean_square
    beyond = (
        at_least("33P²/τ² after 30 steps, every path", reached, least)
        if least is not None
        else at_most("33P²/τ² after 30 steps, every path", reached, 1)
    )
    return conclude(
        lemma(
            "P⁺ = P(1 − αx) + αx, x = |g + ε|, grows with x ≤ 1/α",
            prove_by_terms(grows, given, [(1, 1, given)]),
        ),
        beyond,
        agrees(
            "E(W − W*)² at rest",
            settled.value,
            mean_square,
            tolerance=settled.error + 5e-8,
        ),
        agrees("the same at α/4, over it", slower.value / settled.value, ratio, tolerance=0.005),
        value=float(reached),
    )
