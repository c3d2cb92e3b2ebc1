"""Closed forms of the energy in the four cases of the Hamiltonian experiment.

Energies are H = f(C) + ‖A‖²/2 (α = β), times t = α·(iterations), y = C − C* the distance to the
minimiser, h the curvature (the Hessian in two dimensions), s² = E ε² and Σ = E|ε| of the noise.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import integrate

from analogtheory.algorithms import analog_sgd
from analogtheory.experiments.core import Array, Data
from analogtheory.noise import Gaussian
from analogtheory.objectives import ScalarQuadratic
from analogtheory.responses.formulas import WEIGHT
from analogtheory.responses.response import Response
from analogtheory.stationary import stationary_law


def energies(given: dict[str, Any]) -> Data:
    """All proved curves, under names that begin with theory_."""
    alpha, kappa, noise = given["lr"], given["kappa"], given["noise"]
    steps, every = given["steps"], given["every"]
    line, plane = given["line"], given["plane"]
    start = np.array([line["start"] - line["optimum"]])
    away = np.array(plane["start"]) - np.array(plane["optimum"])
    time = alpha * np.arange(0.0, steps + 1, every)
    hessians = {"line": (np.eye(1), start), "plane": (np.array(plane["hessian"]), away)}
    data: Data = {
        "theory_still_sgd_symmetric": start[0] ** 2 / 2 * (1 - alpha) ** (2 * time / alpha),
        "theory_still_sgd_asymmetric": asymmetric_descent(-start[0], line["optimum"], kappa, time),
        "theory_still_shd_symmetric": np.full_like(time, start[0] ** 2 / 2),
        **algebraic_decay(abs(start[0]), kappa, time),
        "theory_line_sgd_asymmetric": np.array([stationary_energy(alpha, kappa, noise, line)]),
        "theory_plane_sgd_asymmetric_flow": flow_of_sgd(kappa, noise, plane, time),
    }
    for name, (hessian, distance) in hessians.items():
        symmetric = descent_moments(alpha, hessian, noise, distance, steps)
        data[f"theory_{name}_sgd_symmetric"] = symmetric[::every]
        for case, slope in (("shd_symmetric", 0.0), ("shd_asymmetric", kappa)):
            found = hamiltonian_moments(alpha, slope, hessian, noise, distance, steps)
            data[f"theory_{name}_{case}"] = found[::every]
    return data


def asymmetric_descent(distance: float, optimum: float, kappa: float, time: Array) -> Array:
    """f along the mean field of SGD without noise, from below the minimiser.

    With y = C* − C > 0 it is ẏ = −y(1 − κC* + κy), so y = ay₀e^{−at}/(a + κy₀(1 − e^{−at})),
    a = 1 − κC*.
    """
    rate = 1 - kappa * optimum
    left = np.exp(-rate * time)
    y = rate * distance * left / (rate + kappa * distance * (1 - left))
    return np.asarray(y**2 / 2)


def algebraic_decay(distance: float, kappa: float, time: Array) -> Data:
    """H without noise: averaged law from the start, and proved band from the first passage on.

    From rest at the distance R₀ the amplitude is R₀/(1 + 2κR₀t/(3π)) on average
    (hamiltonian-averaged-amplitude). From the first passage through C*, at t₀ with x₀ = κ|A|, the
    x of later passages obeys (hamiltonian-amplitude-in-time)

        1/x₀ + 2(t − t₀)/(3π) ≤ 1/x ≤ 1/x₀ + 2(t − t₀)/(3π) + x₀/360.

    There H = (x/κ)²/2. Passages are those of the mean field, integrated.
    """
    passed, sizes = passages(distance, kappa, float(time[-1]))
    later = np.where(time < passed[0], np.nan, time - passed[0])
    inverse = 1 / sizes[0] + 2 * later / (3 * np.pi)
    amplitude = distance / (1 + 2 * kappa * distance * time / (3 * np.pi))
    return {
        "theory_still_shd_asymmetric": amplitude**2 / 2,
        "theory_still_shd_asymmetric_flow_high": (kappa * inverse) ** -2 / 2,
        "theory_still_shd_asymmetric_flow_low": (kappa * (inverse + sizes[0] / 360)) ** -2 / 2,
        "theory_still_passages_flow": np.array([passed, (sizes / kappa) ** 2 / 2]),
    }


def passages(distance: float, kappa: float, end: float) -> tuple[Array, Array]:
    """When the mean field Ȧ = −y − κ|y|A, ẏ = A passes y = 0, and κ|A| there."""

    def rate(_: float, state: Array) -> list[float]:
        return [float(-state[1] - kappa * abs(state[1]) * state[0]), float(state[0])]

    def at_minimiser(_: float, state: Array) -> float:
        return float(state[1])

    solution: Any = integrate.solve_ivp(
        rate, (0.0, end), [0.0, -distance], events=at_minimiser, rtol=1e-11, atol=1e-13
    )
    return solution.t_events[0], kappa * np.abs(solution.y_events[0][:, 0])


def descent_moments(
    alpha: float, hessian: Array, noise: float, distance: Array, steps: int
) -> Array:
    """E f of SGD on an ideal device: y⁺ = (1 − αh)y − αε, exactly."""
    step = np.eye(len(distance)) - alpha * hessian
    second = np.outer(distance, distance)
    found = np.empty(steps + 1)
    for number in range(steps + 1):
        found[number] = np.trace(hessian @ second) / 2
        second = step @ second @ step.T + alpha**2 * noise**2 * np.eye(len(distance))
    return found


def hamiltonian_moments(
    alpha: float, kappa: float, hessian: Array, noise: float, distance: Array, steps: int
) -> Array:
    """E H of SHD: A⁺ = (1 − ακ|ε|)A − α(hy + ε), y⁺ = y + αA⁺, from A = 0.

    Exact for κ = 0. For κ > 0 it is the linearisation of hamiltonian-coupled-variance, |f′ + ε|
    taken as |ε|, which stays multiplicative: off the diagonal of E AAᵀ the factors are
    independent, (1 − ακΣ)², on it they are E(1 − ακ|ε|)² = 1 − 2ακΣ + α²κ²s².
    """
    size, mean_abs = len(distance), Gaussian(noise).mean_abs
    still, zero = np.eye(size), np.zeros((size, size))
    damp = (1 - alpha * kappa * mean_abs) * still
    # (A, y) ↦ (damp·A − αhy, y + αA⁺), by its mean; what the noise adds enters A⁺ and αA⁺ alike
    kick = np.block([[damp, -alpha * hessian], [zero, still]])
    move = np.block([[still, zero], [alpha * still, still]])
    spread = alpha**2 * kappa**2 * (noise**2 - mean_abs**2)
    second = np.zeros((2 * size, 2 * size))
    second[size:, size:] = np.outer(distance, distance)
    found = np.empty(steps + 1)
    for number in range(steps + 1):
        momentum, place = second[:size, :size], second[size:, size:]
        found[number] = (np.trace(momentum) + np.trace(hessian @ place)) / 2
        added = np.zeros_like(second)
        added[:size, :size] = np.diag(spread * np.diag(momentum) + alpha**2 * noise**2)
        second = move @ (kick @ second @ kick.T + added) @ move.T
    return found


def stationary_energy(alpha: float, kappa: float, noise: float, line: dict[str, float]) -> float:
    """E f of SGD on the asymmetric device under its exact stationary law."""
    device = Response(1 - kappa * WEIGHT, 1 + kappa * WEIGHT, -1 / kappa, 1 / kappa)
    objective = ScalarQuadratic(1, line["optimum"])
    dynamics = analog_sgd(device, objective, Gaussian(noise), lr=alpha)
    [weight] = dynamics.states
    law = stationary_law(dynamics)
    return law.expectation((weight - line["optimum"]) ** 2 / 2).value


def flow_of_sgd(kappa: float, noise: float, plane: dict[str, Any], time: Array) -> Array:
    """f along the mean field of SGD in the plane: Ċ = −g − κC·m(g) in each coordinate."""
    hessian, optimum = np.array(plane["hessian"]), np.array(plane["optimum"])
    law = Gaussian(noise)

    def rate(_: float, place: Array) -> Array:
        gradient = hessian @ (place - optimum)
        return np.asarray(-gradient - kappa * place * law.mean_abs_at(gradient))

    solution = integrate.solve_ivp(
        rate, (0.0, float(time[-1])), plane["start"], t_eval=time, rtol=1e-10, atol=1e-12
    )
    y = solution.y.T - optimum
    return np.asarray(np.einsum("ti,ij,tj->t", y, hessian, y) / 2)
