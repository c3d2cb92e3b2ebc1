"""The bias of Analog SGD on least squares is that of ridge regression with κ = Σ/τ.

Problem: f(W) = ½(W − W*)ᵀH(W − W*), linear device with symmetric point 0, noise with the same
Σ = E|ε| in every coordinate. The mean field of eq. (2) of arXiv:2502.06309 with E|g + ε| ≈ Σ
rests where H(W − W*) = −(Σ/τ)W: in each eigendirection of H (eigenvalue λ)

    W − W* = −κ/(λ + κ)·W*,    f = ½λκ²W*²/(λ + κ)²,    κ = Σ/τ.

A toy as the theory notes 4.8 run it, after Fig. 3 of 2406.12774 (recalled, not read): D = 40,
N = 100, A = N(0,1)/2, W* = 0.3·N(0,1), Gaussian noise 0.1, loss f/D. Its digits belong to one
random problem; here they are an average over problems (over W* exactly), and a limit with the
Marchenko–Pastur law of H = 2AᵀA/N.
"""

from __future__ import annotations

import math
from functools import cache
from typing import TypeAlias

import numpy as np
import sympy
from numpy.typing import NDArray
from scipy import integrate, stats

from analogtheory.algorithms import analog_sgd
from analogtheory.algorithms.symbols import W
from analogtheory.claims import (
    Evidence,
    Run,
    agrees,
    claim,
    conclude,
    derived,
    facts_of,
    hypothesis,
    lemma,
    remark,
    supported,
    twin,
)
from analogtheory.noise import Gaussian
from analogtheory.proofs.general_device import (
    GeneralQuadratic,
    as_symbols,
    field_of,
    h,
    linear_device,
    plain,
    tau,
    w_star,
)
from analogtheory.prove import ge, gt, prove_by_terms, prove_identity

Array: TypeAlias = NDArray[np.float64]
Expr: TypeAlias = sympy.Expr

kappa, larger, m = sympy.symbols("kappa larger m", real=True)

_RIDGE = (
    hypothesis("λ = h > 0, κ = Σ/τ ≥ 0", gt(h), ge(kappa), gt(tau)),
    hypothesis("E|g + ε| taken as Σ, the same in all coordinates"),
)


def _rest_point() -> Expr:
    """W − W* where the mean field of Analog SGD vanishes, Σ = κτ."""
    dynamics = analog_sgd(linear_device("W"), GeneralQuadratic(), Gaussian(1.0))
    drift = plain(as_symbols(field_of(dynamics, "W"), {})).subs(m, kappa * tau)
    (root,) = sympy.solve(drift, W)
    return sympy.factor(root - w_star)


@claim(
    "ridge-bias",
    source=derived("mean field of eq. (2) with E|g + ε| = Σ; theory notes 4.8", "2502.06309"),
    form="derived",
    statement="On a quadratic with eigenvalue λ and the linear device, the mean field of Analog "
    "SGD with Σ for E|g + ε| rests at W − W* = −κW*/(λ + κ), κ = Σ/τ, as ridge regression does: "
    "f − f* = ½λκ²W*²/(λ + κ)² ≤ ½κ²W*²/λ, and it grows with κ, so it falls with τ and rises "
    "with the noise.",
    latex=r"f - f^* = \frac{\lambda\kappa^2 W^{*2}}{2(\lambda+\kappa)^2}"
    r" \le \frac{\kappa^2 W^{*2}}{2\lambda}, \quad \kappa = \frac{\Sigma}{\tau}",
    hypotheses=_RIDGE,
    twins=(
        twin("the opposite sign of the bias", sign=1),
        twin("κ in place of κ² in the loss", power=1),
        twin("a bound with λ in the numerator", bound=kappa**2 * h),
    ),
)
def ridge_bias(run: Run, sign: int = -1, power: int = 2, bound: Expr = kappa**2 / h) -> Evidence:
    """The root of the mean field; two inequalities in λ and κ, by certificates."""
    given = facts_of(_RIDGE)
    distance = _rest_point()
    claimed = sign * kappa * w_star / (h + kappa)
    loss = h * kappa**power / (h + kappa) ** 2
    point = {"h": 1, "kappa": 1, "w_star": 1, "tau": 1, "larger": 2}
    below = gt(h + kappa)
    known = (*given, below, ge(larger, kappa))
    # κ²/λ − λκ²/(λ+κ)² = κ²(2λκ + κ²)/(λ(λ+κ)²)
    small = prove_by_terms(
        ge(sympy.factor((bound - h * kappa**2 / (h + kappa) ** 2) * h * (h + kappa) ** 2)),
        known,
        [(2, kappa, (gt(h), ge(kappa))), (1, kappa**2, ())],
    )
    grows = prove_by_terms(
        ge(larger * (h + kappa), kappa * (h + larger)),
        known,
        [(1, 1, (gt(h), ge(larger, kappa)))],
    )
    return conclude(
        lemma("W − W* = −κW*/(λ + κ)", prove_identity(distance, claimed, points=[point])),
        lemma(
            "2(f − f*)/W*² = λκ²/(λ + κ)²",
            prove_identity(h * distance**2 / w_star**2, loss, points=[{**point, "kappa": 2}]),
        ),
        lemma("≤ κ²/λ", small),
        lemma("κ/(λ + κ) grows with κ", grows),
        value="λκ²W*²/(2(λ + κ)²)",
    )


_DIMENSION, _ROWS, _TAUS = 40, 100, (1.0, 1.5, 2.0, 2.5)


def limit_loss(bound: float, scale: float = 0.5) -> float:
    """E f/D as D, N → ∞ with D/N = 0.4: ½·0.09·∫λκ²/(λ + κ)² over Marchenko–Pastur."""
    shape, size = _DIMENSION / _ROWS, 0.1 * math.sqrt(2 / math.pi) / bound
    middle, half = scale * (1 + shape), 2 * scale * math.sqrt(shape)

    def integrand(angle: float) -> float:
        value = middle + half * math.cos(angle)
        density = (half * math.sin(angle)) ** 2 / (2 * math.pi * scale * shape * value)
        return 0.045 * density * value * size**2 / (value + size) ** 2

    return float(integrate.quad(integrand, 0, math.pi, epsabs=1e-15)[0])


@cache
def _losses(problems: int, seed: int) -> Array:
    """f/D at the rest point of random problems, averaged over W*: a row a problem, a column a τ."""
    found = np.empty((problems, len(_TAUS)))
    for k in range(problems):
        generator = np.random.Generator(np.random.Philox(key=(seed, k)))
        design = generator.standard_normal((_ROWS, _DIMENSION)) / 2
        values = np.linalg.eigvalsh(2 * design.T @ design / _ROWS)
        size = 0.1 * math.sqrt(2 / math.pi) / np.array(_TAUS)[:, None]
        found[k] = 0.045 * (values * (size / (values + size)) ** 2).mean(axis=1)
    return found


_LIMITS = (5.08e-4, 2.68e-4, 1.66e-4, 1.13e-4)


@claim(
    "least-squares-toy-bias",
    source=derived("ridge-bias on random least squares; theory notes 4.8"),
    form="derived",
    statement="On random least squares with D/N = 0.4 and Gaussian noise 0.1 the mean-field bias "
    "f/D of Analog SGD tends to 5.08e-4, 2.68e-4, 1.66e-4, 1.13e-4 for τ = 1, 1.5, 2, 2.5 as "
    "D → ∞; at D = 40 its mean over random problems is within 2 % of that.",
    latex=r"\frac{\mathbb{E} f}{D} \to \frac{0.09}{2}\int \frac{\lambda\kappa^2}"
    r"{(\lambda+\kappa)^2}\,d\mu_{\text{MP}}(\lambda)",
    hypotheses=(
        hypothesis("H = 2AᵀA/N (f the mean square without ½), A = N(0,1)/2, W* = 0.3·N(0,1)"),
        hypothesis("E|g + ε| taken as Σ = 0.1·√(2/π)"),
    ),
    twins=(
        twin("H = AᵀA/N, f with the factor ½", scale=0.25),
        twin("the digits of the notes' one problem", limits=(3.9e-4, 2.2e-4, 1.5e-4, 1.0e-4)),
    ),
)
def least_squares_toy_bias(
    run: Run, scale: float = 0.5, limits: tuple[float, ...] = _LIMITS
) -> Evidence:
    """The limit by quadrature; the mean over problems within 2 % of it (t interval)."""
    losses = _losses(300 if run.quick else 1000, run.seed)
    count, steps = len(losses), []
    quantile = float(stats.t.isf(run.error_probability / 2, count - 1))
    for column, (bound, claimed) in enumerate(zip(_TAUS, limits, strict=True)):
        limit = limit_loss(bound, scale)
        steps.append(agrees(f"limit, τ = {bound:g}", limit, claimed, tolerance=5e-7))
        mean, spread = losses[:, column].mean(), losses[:, column].std(ddof=1)
        half = quantile * spread / math.sqrt(count)
        gap = abs(mean - limit)
        steps.append(
            supported(
                f"mean over random problems, τ = {bound:g}, within 2 % of the limit",
                True if gap + half < 0.02 * limit else False if gap - half > 0.02 * limit else None,
                samples=count,
                error_probability=run.error_probability,
                detail=f"{mean:.3g} ± {half:.1g}, limit {limit:.3g}, spread {spread:.2g}",
            )
        )
    return conclude(
        *steps, remark("Marchenko–Pastur: the spectrum of H tends to the law that is integrated")
    )
