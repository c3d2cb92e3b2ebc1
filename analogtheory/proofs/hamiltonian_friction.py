"""Friction in Stochastic Hamiltonian Descent: the damped oscillator near the minimiser.

Problem: the mean field (arXiv:2201.13377; theory notes 4.2) with q± = 1 ∓ κa for the momentum
array A and an ideal array C, linearised at A = 0, C = C*, h = f″(C*), Σ = E|ε|:

    λ² + μλ + αβh = 0,    μ = ακΣ.

The friction μ is asymmetry times noise: it acts as long as there are updates. Derived here: decay
at the rate μ/2 while μ² < 4αβh, and why more friction than μ = 2√(αβh) slows the descent down.
"""

from __future__ import annotations

from typing import TypeAlias

import sympy

from analogtheory.algorithms.transfer import stochastic_hamiltonian_descent
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
    twin,
)
from analogtheory.noise import Gaussian
from analogtheory.objectives import ScalarQuadratic
from analogtheory.proofs.general_device import h
from analogtheory.proofs.hamiltonian_setting import (
    C_,
    A,
    alpha,
    beta,
    descent,
    flow,
    g,
    kappa,
    m,
    r,
)
from analogtheory.prove import eq, ge, gt, le, lt, prove_by_terms, prove_identity
from analogtheory.responses.formulas import WEIGHT
from analogtheory.responses.response import Response

Expr: TypeAlias = sympy.Expr

PAPER = "2201.13377"
Sigma, lam, mu, w, root, other = sympy.symbols("Sigma lam mu w root other", real=True)
center = sympy.Symbol("center", real=True)

_SETTING = (
    hypothesis("α, β, h > 0", gt(alpha), gt(beta), gt(h)),
    hypothesis("q± = 1 ∓ κa for A with κ > 0, read against 0; C ideal", gt(kappa)),
    hypothesis("Σ = E|ε| > 0", gt(Sigma)),
)
_POINT = {"alpha": "1/2", "beta": 1, "h": 1, "kappa": 1, "Sigma": 1, "lam": 1}


def jacobian() -> sympy.Matrix:
    """Jacobian of (Ȧ, Ċ) at A = 0, C = C* (center), m(C*) = Σ."""
    size = sympy.Function("size", real=True)(C_)
    rows = [rate.subs({m: size, r: 0, g: h * (C_ - center)}) for rate in flow(descent())]
    matrix = sympy.Matrix([[sympy.diff(row, state) for state in (A, C_)] for row in rows])
    slope = sympy.Symbol("size_slope", real=True)  # m′: it drops out at A = 0
    named = {sympy.diff(size, C_): slope, size: Sigma}
    return matrix.subs(named).subs({A: 0, C_: center})


@claim(
    "hamiltonian-damped-oscillator",
    source=derived("the mean field linearised at the minimiser; theory notes 4.2", PAPER),
    form="derived",
    statement="Near a minimiser with h = f″ > 0 the mean field of Stochastic Hamiltonian Descent "
    "is an oscillator λ² + μλ + αβh = 0 with friction μ = ακE|ε|: under-damped, decaying at the "
    "rate μ/2, exactly if ακ²Σ² < 4βh, Σ = E|ε|; else its slower rate lies between βh/(κΣ) and "
    "2βh/(κΣ). No friction makes the slower rate exceed √(αβh), which μ = 2√(αβh) attains.",
    latex=r"\lambda = -\frac{\mu}{2} \pm i\sqrt{\alpha\beta h - \mu^2/4}, \quad "
    r"\mu = \alpha\kappa\,\mathbb{E}|\varepsilon|",
    hypotheses=_SETTING,
    twins=(
        twin("friction without noise, μ = ακ", friction=alpha * kappa),
        twin("2βh for 4βh", four=2),
        twin("the slower root below βh/(κΣ)", slow=-1),
    ),
)
def damped_oscillator(
    run: Run, friction: Expr = alpha * kappa * Sigma, four: int = 4, slow: int = 1
) -> Evidence:
    """det(λI − J) from the mean field; the discriminant; Vieta for two real roots."""
    given = facts_of(_SETTING)
    claimed = lam**2 + friction * lam + alpha * beta * h
    discriminant = friction**2 - 4 * alpha * beta * h
    gap = alpha * (kappa * Sigma) ** 2 - four * beta * h
    # real roots −root, −other with root ≤ other: μ = root + other, αβh = root·other
    real = (gt(root), ge(other, root), eq(mu, root + other), eq(w, root * other))
    # a pair −μ/2 ± iω: αβh = μ²/4 + ω²
    return conclude(
        lemma(
            "det(λI − J)",
            prove_identity(
                (lam * sympy.eye(2) - jacobian()).det(), claimed, points=[{**_POINT, "Sigma": 2}]
            ),
        ),
        lemma(
            "discriminant = α(ακ²Σ² − 4βh)",
            prove_identity(discriminant, alpha * gap, points=[_POINT]),
        ),
        lemma(
            "complex if ακ²Σ² < 4βh",
            prove_by_terms(
                lt(alpha * gap, 0), (*given, lt(gap, 0)), [(1, 1, (gt(alpha), lt(gap, 0)))]
            ),
        ),
        lemma(
            "real otherwise",
            prove_by_terms(ge(alpha * gap), (*given, ge(gap)), [(1, 1, (gt(alpha), ge(gap)))]),
        ),
        lemma(
            "over-damped: slower rate ≥ αβh/μ",
            prove_by_terms(
                ge(slow * (root * mu - w)),
                real,
                [(1, root, ()), ("zero", 2, root), ("zero", 3, -1)],
                points=[{"root": 1, "other": 1, "mu": 2, "w": 1}],
            ),
        ),
        lemma(
            "over-damped: slower rate ≤ 2αβh/μ",
            prove_by_terms(
                le(root * mu, 2 * w),
                real,
                [(1, 1, (gt(root), ge(other, root))), ("zero", 2, -root), ("zero", 3, 2)],
            ),
        ),
        lemma(
            "over-damped: (slower rate)² ≤ αβh",
            prove_by_terms(
                le(root**2, w), real, [(1, 1, (gt(root), ge(other, root))), ("zero", 3, 1)]
            ),
        ),
        remark("under-damped (μ/2)² < αβh; at μ² = 4αβh both roots are −√(αβh)"),
        value="μ/2, μ = ακE|ε|",
    )


_RATES = ((0.5, 0.5, 0.0997356), (1.0, 0.3, 0.1196827), (1.0, 1.0, 0.3989423))


@claim(
    "hamiltonian-damping-numbers",
    source=derived("eigenvalues of the Jacobian of the mean field; theory notes 4.3", PAPER),
    form="derived",
    statement="For f = C²/2, α = β and Gaussian noise of deviation s the amplitude of the mean "
    "field near the minimiser decays at the rate μ/2 = 0.0997356α, 0.1196827α, 0.3989423α for "
    "(κ, s) = (0.5, 0.5), (1, 0.3), (1, 1).",
    latex=r"\frac{\mu}{2\alpha} = \frac{\kappa s}{\sqrt{2\pi}}",
    hypotheses=(hypothesis("q± = 1 ∓ κa for A, C ideal, α = β, h = 1"),),
    twins=(
        twin("the rate μ", factor=2.0),
        twin(
            "μ = ακs, as for ±s noise",
            rates=((0.5, 0.5, 0.125), (1.0, 0.3, 0.15), (1.0, 1.0, 0.5)),
        ),
    ),
)
def damping_numbers(
    run: Run, factor: float = 1.0, rates: tuple[tuple[float, float, float], ...] = _RATES
) -> Evidence:
    """The fixed point of the Dynamics; half a unit of the seventh digit."""
    steps = []
    for friction, size, claimed in rates:
        slope = sympy.Rational(str(friction))
        fast = Response(1 - slope * WEIGHT, 1 + slope * WEIGHT, -1 / slope, 1 / slope)
        dynamics = stochastic_hamiltonian_descent(
            Response(1, 1, -1, 1),
            ScalarQuadratic(1, 0),
            Gaussian(size),
            lr=0.01,
            transfer_lr=0.01,
            fast_response=fast,
        )
        (point,) = dynamics.fixed_points()
        rate = -point.spectral_abscissa / 0.01
        words = f"κ = {friction:g}, s = {size:g}: −Re λ/α"
        steps.append(agrees(words, rate, factor * claimed, tolerance=5.1e-8))
    return conclude(*steps)
