"""Analog SGD: stochastic gradient descent executed by device pulses."""

from __future__ import annotations

from analogtheory.algorithms.checks import learning_rate
from analogtheory.algorithms.symbols import W, alpha, epsilon, g
from analogtheory.dynamics import Draw, Dynamics, Let, Pulse, gradient
from analogtheory.noise import NoiseLaw
from analogtheory.objectives import Objective
from analogtheory.responses.response import Response


def analog_sgd(
    response: Response, objective: Objective, noise: NoiseLaw, *, lr: float = 0.05
) -> Dynamics:
    """Analog SGD: W⁺ = W − α·g·F(W) − α|g|·G(W), g = ∇f(W) + ε.

    Parameters
    ----------
    response : Response
    objective : Objective
    noise : NoiseLaw
        Law of ε, drawn independently in each coordinate.
    lr : float
        The learning rate α > 0.

    Source: arXiv:2502.06309 eqs. (2) and (5); for the linear device arXiv:2406.12774.

    Raises
    ------
    InputError
        If `lr` is not a positive number.

    Examples
    --------
    >>> from analogtheory.noise import Rademacher
    >>> from analogtheory.objectives import ScalarQuadratic
    >>> device = Response("1 - w", "1 + w", -1, 1)
    >>> dynamics = analog_sgd(device, ScalarQuadratic(1, 0.9), Rademacher(0.5))
    >>> [round(point.state["W"], 12) for point in dynamics.fixed_points()]
    [0.6]
    """
    return Dynamics(
        "Analog SGD",
        states=(W,),
        draws=(Draw(epsilon, noise),),
        steps=(
            Let(g, gradient(W) + epsilon),
            Pulse(W, -alpha * g, response),
        ),
        objective=objective,
        parameters={alpha: learning_rate("lr", lr)},
        weight=W,
        source="arXiv:2502.06309 eqs. (2), (5)",
    )
