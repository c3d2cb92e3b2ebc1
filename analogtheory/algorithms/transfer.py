"""Tiki-Taka (TTv1) and Stochastic Hamiltonian Descent, one weight: a fast and a slow array.

Both let a fast array A collect the gradient of a slow array C and add what is read from A to
C, here after every sample. A is read against a reference r, so that a symmetric point a⋄ of A
appears in the readout as the offset o = a⋄ − r.
"""

from __future__ import annotations

import math
from typing import Any

import sympy

from analogtheory.algorithms.checks import learning_rate, mixing, transfer_rate
from analogtheory.algorithms.reads import noise_of_read
from analogtheory.algorithms.symbols import alpha, beta, epsilon, g
from analogtheory.algorithms.symbols import gamma as gamma_symbol
from analogtheory.dynamics import Draw, Dynamics, Let, Pulse, gradient
from analogtheory.errors import InputError
from analogtheory.noise import NoiseLaw
from analogtheory.objectives import Objective
from analogtheory.responses.response import Response

#: Fast array (momentum) and slow array (weight, position).
A, C = sympy.symbols("A C", real=True)
#: The reference r that A is read against.
reference_symbol = sympy.Symbol("r", real=True)


def tiki_taka(
    response: Response,
    objective: Objective,
    noise: NoiseLaw,
    *,
    lr: float = 0.05,
    transfer_lr: float | None = None,
    gamma: float = 0.0,
    fast_response: Response | None = None,
    reference: float = 0.0,
    read_noise: NoiseLaw | None = None,
) -> Dynamics:
    """Tiki-Taka (TTv1) with a transfer after every sample.

        g  = ∇f(C + γ(A − r)) + ε
        A⁺ = A − α·g·F(A) − α|g|·G(A)
        C⁺ = C + β·v·F(C) − β|v|·G(C),   v = A⁺ − r + read noise

    Parameters
    ----------
    response : Response
        Device of the slow array C, and of A unless `fast_response` is given.
    objective : Objective
    noise : NoiseLaw
        Law of the gradient noise ε.
    lr, transfer_lr : float
        α and β; β = α/10 unless given.
    gamma : float
        Share γ ≥ 0 of the fast array in the weight.
    fast_response : Response, optional
        Device of the fast array A.
    reference : float
        Reference r of the readout; at a symmetric point a⋄ of A the readout is the offset
        o = a⋄ − r.
    read_noise : NoiseLaw, optional
        Noise of the readout; none unless given.

    Source: T. Gokmen, W. Haensch, Front. Neurosci. 14:103 (arXiv:1909.07908), one weight.
    With r = 0 it is Residual Learning, arXiv:2502.06309 eqs. (10), (11).

    Raises
    ------
    InputError
        If a step size is not positive, γ is negative or r is not finite.

    Examples
    --------
    >>> from analogtheory.noise import Rademacher
    >>> from analogtheory.objectives import ScalarQuadratic
    >>> device = Response("1 - w", "1 + w", -1, 1)
    >>> dynamics = tiki_taka(device, ScalarQuadratic(1, 0.5), Rademacher(0.5), reference=-0.2)
    >>> [point] = dynamics.fixed_points()
    >>> round(point.state["A"], 9), round(point.state["C"], 9)
    (-0.2, 0.6)
    """
    extra, draw = noise_of_read(read_noise)
    read = A - reference_symbol
    weight = C + gamma_symbol * read
    step = learning_rate("lr", lr)
    return Dynamics(
        "Tiki-Taka",
        states=(A, C),
        draws=(Draw(epsilon, noise), *draw),
        steps=(
            Let(g, gradient(weight) + epsilon),
            Pulse(A, -alpha * g, fast_response or response),
            Pulse(C, beta * (read + extra), response),
        ),
        objective=objective,
        parameters={**_rates(step, transfer_lr, reference), gamma_symbol: mixing(gamma)},
        weight=weight,
        source="arXiv:1909.07908; arXiv:2502.06309 eqs. (10), (11)",
    )


def stochastic_hamiltonian_descent(
    response: Response,
    objective: Objective,
    noise: NoiseLaw,
    *,
    lr: float = 0.05,
    transfer_lr: float | None = None,
    fast_response: Response | None = None,
    reference: float = 0.0,
) -> Dynamics:
    """Stochastic Hamiltonian Descent: momentum A, position C.

        A⁺ = A − α·x·F(A) − α|x|·G(A),   x = ∇f(C) + ε
        C⁺ = C + β·v·F(C) − β|v|·G(C),   v = A⁺ − r

    For ideal devices it is the symplectic Euler scheme of the Hamiltonian
    α·f(C) + β(A − r)²/2; the asymmetry G of A is its friction.

    Parameters
    ----------
    response : Response
        Device of the position C, and of the momentum A unless `fast_response` is given.
    objective : Objective
    noise : NoiseLaw
        Law of ε.
    lr, transfer_lr : float
        α and β; β = α/10 unless given.
    fast_response : Response, optional
        Device of A.
    reference : float
        Reference r of the readout.

    Source: M. Onen et al., Front. Artif. Intell. 5:891624 (arXiv:2201.13377), one weight;
    recalled, not read.

    Raises
    ------
    InputError
        If a step size is not positive or r is not finite.
    """
    slope = gradient(C) + epsilon
    return Dynamics(
        "Stochastic Hamiltonian Descent",
        states=(A, C),
        draws=(Draw(epsilon, noise),),
        steps=(
            Pulse(A, -alpha * slope, fast_response or response),
            Pulse(C, beta * (A - reference_symbol), response),
        ),
        objective=objective,
        parameters=_rates(learning_rate("lr", lr), transfer_lr, reference),
        weight=C,
        source="arXiv:2201.13377",
    )


def _rates(step: float, transfer_lr: float | None, reference: float) -> dict[sympy.Symbol, Any]:
    if not math.isfinite(reference):
        raise InputError(f"reference: must be a number, got {reference:g}")
    return {
        alpha: step,
        beta: transfer_rate(transfer_lr, step),
        reference_symbol: float(reference),
    }
