"""Devices and problems that the tests of this folder share."""

from __future__ import annotations

from analogtheory.algorithms import analog_sgd, residual_learning
from analogtheory.dynamics import Dynamics
from analogtheory.noise import NoiseLaw
from analogtheory.objectives import ScalarQuadratic
from analogtheory.responses.response import Response


def linear(tau: str = "1", c: str = "0") -> Response:
    return Response(f"(1 + {c})*(1 - w/{tau})", f"(1 - {c})*(1 + w/{tau})", f"-{tau}", tau)


def power() -> Response:
    return Response("(1 - w)**3", "(1 + w)**3", -1, 1)


def sgd(device: Response, target: float, noise: NoiseLaw, lr: float) -> Dynamics:
    return analog_sgd(device, ScalarQuadratic(1, target), noise, lr=lr)


def residual(
    device: Response,
    noise: NoiseLaw,
    lr: float,
    ratio: float = 0.1,
    gamma: float = 0.4,
    target: float = 0.5,
) -> Dynamics:
    """Residual Learning with β = ratio·α."""
    return residual_learning(
        device, ScalarQuadratic(1, target), noise, lr=lr, transfer_lr=ratio * lr, gamma=gamma
    )
