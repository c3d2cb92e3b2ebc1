"""Closed forms behind the discretisation experiment, and pulses one by one.

The closed forms are those of the linear response with c = 0 unless said.

In units of τ: x = |Δ|/τ, y = Δw_min/τ, n = ⌈x/y⌉ pulses.
"""

from __future__ import annotations

import math

import numpy as np
import sympy
from scipy import optimize

from analogtheory.algorithms.symbols import W
from analogtheory.algorithms.symbols import alpha as change
from analogtheory.dynamics import Dynamics, Pulse
from analogtheory.experiments.core import Array
from analogtheory.objectives import ScalarQuadratic
from analogtheory.responses.formulas import WEIGHT
from analogtheory.responses.response import Response
from analogtheory.simulation import Fidelity, simulate
from analogtheory.simulation.fidelity import ROUNDING

#: Half-width of a 99 % interval in standard errors.
Z99 = 2.5758293035489004


def linear() -> Response:
    """q± = 1 ∓ w, in units of τ."""
    return Response(1 - WEIGHT, 1 + WEIGHT, -1, 1)


def power(gamma_res: float) -> Response:
    """q± = (1 ∓ w)^γ."""
    shape = sympy.nsimplify(gamma_res)
    return Response((1 - WEIGHT) ** shape, (1 + WEIGHT) ** shape, -1, 1)


def moved(
    response: Response,
    start: float,
    changes: Array,
    steps: Array,
    noise: float = 0.0,
    seed: int = 1,
) -> Array:
    """How far ⌈Δ/Δw_min⌉ pulses up really move a weight, one by one."""
    one = Dynamics(
        "pulses",
        states=(W,),
        draws=(),
        steps=(Pulse(W, change, response),),
        objective=ScalarQuadratic(1, 0),
        parameters={change: 1},
        weight=W,
        source="arXiv:2502.06309 eq. (27)",
    )
    result = simulate(
        one,
        trajectories=changes.size,
        steps=1,
        start={"W": start},
        parameters={"alpha": changes.ravel()},
        fidelity=Fidelity("ceiling", dw_min=steps.ravel(), cycle_noise=noise, one_by_one=True),
        seed=seed,
        backend="numpy",
    )
    return np.asarray(result.final["W"] - start).reshape(changes.shape)


def pulses(x: Array, y: Array) -> Array:
    """n = ⌈x/y⌉; a quotient of doubles just above a whole number counts as that number."""
    return np.asarray(np.ceil(x / y * ROUNDING))


def linear_error(x: Array, y: Array) -> Array:
    """|S − x|/S, S = 1 − (1 − y)ⁿ, at every weight (claim linear-pulse-train-ratio)."""
    total = np.where(y < 1, -np.expm1(pulses(x, y) * np.log1p(-np.minimum(y, 1 - 1e-12))), 1.0)
    return np.asarray(np.abs(total - x) / total)


def linear_bound(x: Array, y: Array) -> Array:
    """max{y/(x + y), x/(2 − x)} for y ≤ 1 (claim linear-discretisation-error)."""
    return np.asarray(np.where(y <= 1, np.maximum(y / (x + y), x / (2 - x)), np.nan))


def lipschitz_bound(x: float, y: Array, q: float, slope: float, largest: float) -> Array:
    """|Ũ − U| ≤ yq + LQx(x + y)/2 (claim lipschitz-discretisation-error)."""
    return np.asarray(y * q + slope * largest * x * (x + y) / 2)


def spread(x: Array, y: Array, noise: float, q: float) -> Array:
    """Deviation of n pulses over n·y·q: σ_c√((1 − a²ⁿ)/(1 − a²))/(nq), a = 1 − y
    (claim cycle-noise-variance)."""
    n = pulses(x, y)
    powers = -np.expm1(2 * n * np.log1p(-y)) / (y * (2 - y))
    return np.asarray(noise / q * np.sqrt(powers) / n)


def spread_bounds(x: Array, y: Array, noise: float, q: float) -> tuple[Array, Array]:
    """(σ_c/q)·√ of (1 − x)·y/(x + y) and of y/x (claim cycle-noise-square-root-law)."""
    low = noise / q * np.sqrt((1 - x) * y / (x + y))
    return np.asarray(low), np.asarray(noise / q * np.sqrt(y / x))


def sign_descent(noise: float, optimum: float) -> float:
    """Where one pulse a step, of the sign of −g, rests in the mean field (q± = 1 ∓ w, h = 1).

    E sgn(g)·F + G = 0: erf((w − w*)/(s√2)) + w = 0 (derived here). Rounding up tends to this
    for Δw_min ≫ α|g|, if Δw_min itself is small: the mean then lies lower by O(Δw_min).
    """

    def drift(w: float) -> float:
        return math.erf((w - optimum) / (noise * math.sqrt(2))) + w

    return float(optimize.brentq(drift, -1.0, 1.0, xtol=1e-14))
