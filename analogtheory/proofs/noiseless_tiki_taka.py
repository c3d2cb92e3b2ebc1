"""Tiki-Taka without noise: γ = 0 needs the noise for its damping.

Problem: :func:`analogtheory.algorithms.residual_learning` (arXiv:2502.06309 eqs. (10), (11))
on f(w) = (h/2)(w − W*)², with d = W̄ − W*.

Ideal devices, γ = 0: the iteration is area preserving and conserves

    Q = βP² − αβh·P·d + αh·d²,

positive definite for αβh < 4, so it never converges (from any
start but the rest point). Linear devices, γ = 0: the energy
V = αh·d² + βq_sP² loses 2αβh(q_s|d|P² + |P|d²)/τ, of third order, so that the amplitude of
the oscillation decays like C/k only. Averaging over the half-cycles P > 0 and P < 0 gives

    C = (3πτ/(2αh))/(1 + √(β/(αh))·(1/q₊ + 1/q₋)/(1/√q₊ + 1/√q₋)),   q± = q±(W*).

γ > 0: geometric. Derived here (theory notes 4.2, H7); the notes report amplitudes only.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any, TypeAlias

import numpy as np
import sympy
from numpy.typing import NDArray

from analogtheory.algorithms import residual_learning
from analogtheory.algorithms.symbols import P, W, epsilon
from analogtheory.claims import (
    Evidence,
    Run,
    agrees,
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
from analogtheory.noise import NoNoise
from analogtheory.objectives import ScalarQuadratic
from analogtheory.proofs.exact_residual import linear_response
from analogtheory.proofs.general_device import (
    GeneralQuadratic,
    field_of,
    h,
    ideal_device,
    linear_device,
    plain,
    tau,
    w_star,
)
from analogtheory.prove import gt, lt, prove_by_terms, prove_identity
from analogtheory.responses.response import Response

Array: TypeAlias = NDArray[np.float64]
Expr: TypeAlias = sympy.Expr

alpha, beta, gamma, p, d = sympy.symbols("alpha beta gamma p d", real=True)

_POSITIVE = hypothesis("α, β, h > 0", gt(alpha), gt(beta), gt(h))
_STEPS = hypothesis("αβh < 4", lt(alpha * beta * h, 4))
_IDEAL = (hypothesis("ideal devices, q± = 1, γ = 0, no noise"), _POSITIVE, _STEPS)


def _ideal_iteration(mixing: Expr, simultaneous: bool) -> tuple[Expr, Expr]:
    """(P⁺, d⁺) of ideal devices, W = W* + d; the transfer reads P⁺ (or the old P)."""
    dynamics = residual_learning(ideal_device("W"), GeneralQuadratic(), NoNoise())
    drift_p, drift_w = (plain(field_of(dynamics, name)) for name in ("P", "W"))
    here = {P: p, W: w_star + d, gamma: mixing}
    residual = p + drift_p.subs(here)
    moved = d + drift_w.subs(P, p if simultaneous else residual)
    return sympy.expand(residual), sympy.expand(moved)


@claim(
    "tiki-taka-ideal-never-converges",
    source=derived("eqs. (10), (11) with γ = 0 and no noise; theory notes 4.2, H7", "2502.06309"),
    form="derived",
    statement="Without noise, with ideal devices and γ = 0, Tiki-Taka conserves "
    "Q = βP² − αβhP(W−W*) + αh(W−W*)², which is positive definite for αβh < 4: for all such step "
    "sizes, and from every start but the rest point itself, it never converges to W*.",
    latex=r"Q(P^+, W^+) = Q(P, W), \quad Q = \beta P^2 - \alpha\beta h\,P(W-W^*)"
    r" + \alpha h (W-W^*)^2 > 0",
    hypotheses=_IDEAL,
    twins=(
        twin("γ > 0", mixing=gamma),
        twin("the transfer of the old P_k", simultaneous=True),
        twin("Q without its cross term", cross=0),
        twin("large step sizes", drop="αβh < 4"),
    ),
)
def tiki_taka_ideal_never_converges(
    run: Run,
    mixing: Expr = sympy.S.Zero,
    simultaneous: bool = False,
    cross: int = 1,
    drop: str = "",
) -> Evidence:
    """Invariance is an identity; 4αhQ = (2αhd − αβhP)² + αβh(4 − αβh)P²."""
    after = _ideal_iteration(mixing, simultaneous)

    def energy(x: Expr, y: Expr) -> Expr:
        return beta * x**2 - cross * alpha * beta * h * x * y + alpha * h * y**2

    given = (*facts_of(_IDEAL, drop=drop), gt(p**2))
    square = 2 * alpha * h * d - alpha * beta * h * p
    rest = (gt(alpha), gt(beta), gt(h), lt(alpha * beta * h, 4), gt(p**2))
    positive = prove_by_terms(
        gt(energy(p, d)),
        given,
        [("1/4", square, ()), ("1/4", 1, rest)],
        multiplier=[gt(alpha), gt(h)],
    )
    point = {"p": 1, "d": 1, "alpha": "1/2", "beta": "1/2", "h": 1, "gamma": 1}
    return conclude(
        lemma("Q(P⁺, W⁺) = Q(P, W)", prove_identity(energy(*after), energy(p, d), points=[point])),
        lemma("Q > 0 for P ≠ 0 (Q = αh(W−W*)² at P = 0)", positive),
        value="Q",
    )


def _iteration(
    response: Response, lr: float, transfer_lr: float, mixing: float
) -> Callable[..., Any]:
    """One noiseless averaged iteration as a function of (P, W)."""
    dynamics = residual_learning(
        response,
        ScalarQuadratic(1, 0.5),
        NoNoise(),
        lr=lr,
        transfer_lr=transfer_lr,
        gamma=mixing,
    )
    new = dynamics.averaged_map()
    formulas = [new[state].subs(epsilon, 0) for state in (P, W)]
    function: Callable[..., Any] = sympy.lambdify((P, W), formulas, modules="math", cse=True)
    return function


@cache
def _distances(device: str, transfer_lr: float, mixing: float, steps: int) -> Array:
    """W̄_k − W*, k = 1 … steps, from P = W = 0 with α = 0.05, W* = 1/2, τ = 1."""
    response = linear_response() if device == "linear" else Response(1, 1, -1, 1)
    iterate = _iteration(response, 0.05, transfer_lr, mixing)
    residual, weight = 0.0, 0.0
    found = np.empty(steps)
    for k in range(steps):
        residual, weight = iterate(residual, weight)
        found[k] = weight + mixing * residual - 0.5
    return found


def _scaled_amplitude(distances: Array) -> float:
    """k·|d_k| at the extrema of d in the last eighth, averaged."""
    size = np.abs(distances)
    peaks = np.flatnonzero((size[1:-1] >= size[:-2]) & (size[1:-1] > size[2:])) + 1
    late = peaks[peaks > 7 * len(size) // 8]
    if not late.size:
        return 0.0
    return float(np.mean(late * size[late]))


def decay_constant(lr: float, transfer_lr: float, up: float, down: float) -> float:
    """C of the module docstring, h = τ = 1."""
    mean = (1 / up + 1 / down) / (1 / math.sqrt(up) + 1 / math.sqrt(down))
    return 3 * math.pi / (2 * lr) / (1 + math.sqrt(transfer_lr / lr) * mean)


def _energy_loss(sign: int) -> tuple[Expr, Expr]:
    """V̇ of the linear device for P of one sign, and what it is claimed to be."""
    dynamics = residual_learning(linear_device("W"), GeneralQuadratic(), NoNoise())
    side = {sympy.Abs(P): sign * P}
    drift_p, drift_w = (
        plain(field_of(dynamics, name).xreplace(side)).subs(gamma, 0) for name in ("P", "W")
    )
    q_s = 1 - sign * w_star / tau
    energy = alpha * h * (W - w_star) ** 2 + beta * q_s * P**2
    rate = sympy.diff(energy, W) * drift_w + sympy.diff(energy, P) * drift_p
    (size,) = rate.atoms(sympy.Abs)  # |g|: the one kink that is left
    loss = -2 * alpha * beta / tau * (q_s * size * P**2 + h * sign * P * (W - w_star) ** 2)
    return rate, loss


@claim(
    "tiki-taka-noiseless-decay",
    source=derived("mean field of eqs. (10), (11) with γ = 0 and no noise, averaged", "2502.06309"),
    form="derived",
    statement="Without noise, with linear devices and γ = 0, averaging gives the amplitude C/k of "
    "W − W*, C = (3πτ/(2αh))/(1 + √(β/(αh))(1/q₊+1/q₋)/(1/√q₊+1/√q₋)), q± = q±(W*): 42.93 and "
    "68.39 at α = 0.05, h = τ = 1, W* = 1/2, β = α and α/10, where the iteration itself agrees "
    "within 1 %.",
    latex=r"k\,|W_k - W^*|_{\text{peak}} \approx \frac{3\pi\tau}{2\alpha h}\Big/\Big(1+"
    r"\sqrt{\tfrac{\beta}{\alpha h}}\;\frac{q_+^{-1}+q_-^{-1}}{q_+^{-1/2}+q_-^{-1/2}}\Big)",
    hypotheses=(
        hypothesis("linear devices with bound τ, γ = 0, no noise, f quadratic"),
        hypothesis("small αβh: the averaged (continuous-time) oscillation"),
    ),
    twins=(
        twin("γ = 0.1: geometric", mixing=0.1),
        twin("the loss in the main array left out: C = 3πτ/(2αh)", main=0.0),
        twin("q± = 1 for the main array", asymmetric=False),
    ),
)
def tiki_taka_noiseless_decay(
    run: Run, mixing: float = 0.0, main: float = 1.0, asymmetric: bool = True
) -> Evidence:
    """V̇ is an identity; the constant is compared with the iteration itself.

    Tolerance 1 %: terms of relative order C/(τk) and √(αβh) are left out.
    """
    steps = 40_000 if run.quick else 160_000
    up, down = (0.5, 1.5) if asymmetric else (1.0, 1.0)
    found = []
    for transfer_lr in (0.05, 0.005):
        constant = decay_constant(0.05, main * transfer_lr, up, down)
        amplitude = _scaled_amplitude(_distances("linear", transfer_lr, mixing, steps))
        words = f"k·|W_k − W*| after {steps} steps, β = {transfer_lr:g}"
        found.append(agrees(words, amplitude, constant, tolerance=0.01 * constant))
    point = {"P": 1, "W": 1, "w_star": 0, "h": 1, "tau": 1, "alpha": 1, "beta": 1}
    return conclude(
        *(
            lemma(
                f"V̇ = −2αβh(q|d|P² + |P|d²)/τ for P {'>' if sign > 0 else '<'} 0",
                prove_identity(*_energy_loss(sign), points=[point]),
            )
            for sign in (1, -1)
        ),
        remark(
            "with d = A cos θ, P = √(αh/(βq_s))·A sin θ and ∫|cos|sin² = ∫|sin|cos² = 2/3 over "
            "half a cycle of length π/√(αβhq_s): Ȧ = −A²/C"
        ),
        *found,
    )


#: Largest |W̄ − W*| from k = 2000, 8000, 20000, 38000 to 40000; α = β = 0.05.
_WINDOWS = (2000, 8000, 20000, 38000)
_LINEAR_AMPLITUDES = (0.02001, 0.00525, 0.00213, 0.00112)


@claim(
    "residual-learning-noiseless-amplitudes",
    source=derived("eqs. (10), (11) iterated; theory notes 4.2", "2502.06309"),
    form="derived",
    statement="Without noise (α = β = 0.05, h = τ = 1, W* = 1/2, start 0, 40000 steps) the largest "
    "|W̄ − W*| from k = 2000, 8000, 20000, 38000 on is 0.02001, 0.00525, 0.00213, 0.00112 for "
    "linear devices with γ = 0, stays 0.5002 for ideal ones, and is below 1e-9 from k = 8000 on "
    "for γ = 0.1.",
    latex=r"\max_{k \ge k_0} |\bar W_k - W^*| = 0.020,\ 0.0053,\ 0.0021,\ 0.0011",
    hypotheses=(hypothesis("averaged updates, no noise, α = β = 0.05"),),
    twins=(
        twin("ideal devices converge", ideal=0.0),
        twin("decay ∝ 1/k²", linear=(0.02001, 0.00125, 0.0002, 0.000055)),
        twin("γ = 0.1 decays like 1/k too", geometric=False),
    ),
)
def residual_learning_noiseless_amplitudes(
    run: Run,
    ideal: float = 0.5002,
    linear: tuple[float, ...] = _LINEAR_AMPLITUDES,
    geometric: bool = True,
) -> Evidence:
    """The iteration itself in double precision; tolerance: half a unit of the last digit."""
    runs = {
        "linear": _distances("linear", 0.05, 0.0, 40_000),
        "ideal": _distances("ideal", 0.05, 0.0, 40_000),
        "mixed": _distances("linear", 0.05, 0.1, 40_000),
    }
    steps = []
    for first, amplitude in zip(_WINDOWS, linear, strict=True):
        steps.append(
            agrees(
                f"linear, γ = 0, from k = {first}",
                _largest(runs["linear"], first),
                amplitude,
                tolerance=5e-6,
            )
        )
        words = f"ideal, γ = 0, from k = {first}"
        steps.append(agrees(words, _largest(runs["ideal"], first), ideal, tolerance=5e-5))
    mixed = _largest(runs["mixed"], 8000)
    words = "linear, γ = 0.1, from k = 8000"
    last = at_most(words, mixed, 1e-9) if geometric else agrees(words, mixed, 1e-3, tolerance=9e-4)
    return conclude(*steps, last)


def _largest(distances: Array, first: int) -> float:
    return float(np.abs(distances[first:]).max())
