"""Residual Learning (γ > 0) and Tiki-Taka (γ = 0), plain and with a digital buffer."""

from __future__ import annotations

import sympy

from analogtheory.algorithms.checks import learning_rate, mixing, transfer_rate
from analogtheory.algorithms.reads import noise_of_read
from analogtheory.algorithms.symbols import H, P, W, alpha, beta, epsilon, g
from analogtheory.algorithms.symbols import gamma as gamma_symbol
from analogtheory.dynamics import Assign, Draw, Dynamics, Let, Pulse, Step, gradient
from analogtheory.noise import NoiseLaw
from analogtheory.objectives import Objective
from analogtheory.responses.response import Response


def residual_learning(
    response: Response,
    objective: Objective,
    noise: NoiseLaw,
    *,
    lr: float = 0.05,
    transfer_lr: float | None = None,
    gamma: float = 0.4,
    residual_response: Response | None = None,
    read_noise: NoiseLaw | None = None,
) -> Dynamics:
    """Residual Learning: a residual array P tracks what the main array W lacks.

        g  = ∇f(W + γP) + ε
        P⁺ = P − α·g·F(P) − α|g|·G(P)
        W⁺ = W + β·r·F(W) − β|r|·G(W),   r = P⁺ + read noise

    γ = 0 is Tiki-Taka (TT-v1).

    Parameters
    ----------
    response : Response
        Device of the main array W, and of P unless `residual_response` is given.
    objective : Objective
    noise : NoiseLaw
        Law of the gradient noise ε.
    lr, transfer_lr : float
        α and β; β = α/10 unless given.
    gamma : float
        γ ≥ 0.
    residual_response : Response, optional
        Device of the residual array P.
    read_noise : NoiseLaw, optional
        Noise of the transfer read (2502.06309 section 5); none unless given.

    Source: arXiv:2502.06309 eqs. (9) to (11).

    Raises
    ------
    InputError
        If a step size is not positive or γ is negative.

    Examples
    --------
    >>> from analogtheory.noise import Rademacher
    >>> from analogtheory.objectives import ScalarQuadratic
    >>> device = Response("1 - w", "1 + w", -1, 1)
    >>> dynamics = residual_learning(device, ScalarQuadratic(1, 0.5), Rademacher(0.5))
    >>> [point] = dynamics.fixed_points()
    >>> round(abs(point.state["P"]), 9), round(point.state["W"], 9), point.is_stable
    (0.0, 0.5, True)
    """
    extra, draw = noise_of_read(read_noise)
    return _build(
        "Residual Learning" if gamma else "Tiki-Taka",
        (Pulse(W, beta * (P + extra), response),),
        (),
        draw,
        "arXiv:2502.06309 eqs. (10), (11)",
        (response, objective, noise, lr, transfer_lr, gamma, residual_response),
    )


def buffered_residual_learning(
    response: Response,
    objective: Objective,
    noise: NoiseLaw,
    *,
    lr: float = 0.05,
    transfer_lr: float | None = None,
    gamma: float = 0.4,
    residual_response: Response | None = None,
    read_noise: NoiseLaw | None = None,
) -> Dynamics:
    """Residual Learning v2: the transfer goes through a moving average H.

        P⁺ as in :func:`residual_learning`
        H⁺ = (1 − β)H + β(P⁺ + read noise)
        W⁺ = W + β·H⁺·F(W) − β|H⁺|·G(W)

    Parameters and errors as in :func:`residual_learning`.

    Source: arXiv:2502.06309 eqs. (14), (15).
    """
    extra, draw = noise_of_read(read_noise)
    return _build(
        "Residual Learning v2",
        (
            Assign(H, (1 - beta) * H + beta * (P + extra)),
            Pulse(W, beta * H, response),
        ),
        (H,),
        draw,
        "arXiv:2502.06309 eqs. (10), (14), (15)",
        (response, objective, noise, lr, transfer_lr, gamma, residual_response),
    )


def _build(
    name: str,
    transfer: tuple[Step, ...],
    buffers: tuple[sympy.Symbol, ...],
    read: tuple[Draw, ...],
    source: str,
    settings: tuple[Response, Objective, NoiseLaw, float, float | None, float, Response | None],
) -> Dynamics:
    response, objective, noise, lr, transfer_lr, mix, residual_response = settings
    step = learning_rate("lr", lr)
    weight = W + gamma_symbol * P
    return Dynamics(
        name,
        states=(P, W, *buffers),
        draws=(Draw(epsilon, noise), *read),
        steps=(
            Let(g, gradient(weight) + epsilon),
            Pulse(P, -alpha * g, residual_response or response),
            *transfer,
        ),
        objective=objective,
        parameters={
            alpha: step,
            beta: transfer_rate(transfer_lr, step),
            gamma_symbol: mixing(mix),
        },
        weight=weight,
        source=source,
    )
