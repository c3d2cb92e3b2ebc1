"""Inequalities of one step, and of a run without noise, evaluated on the device."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import sympy
from numpy.typing import NDArray

from analogtheory.algorithms.symbols import W, epsilon
from analogtheory.objectives import ScalarQuadratic
from analogtheory.verdicts.analog import AnalogAnalysis
from analogtheory.verdicts.judges.judgement import Judgement, judges, not_applicable, settled
from analogtheory.verdicts.residual import ResidualAnalysis

Array: TypeAlias = NDArray[np.float64]

#: Weights inside the range at which the one-step inequality is evaluated.
_WEIGHTS = 401
#: Quadrature nodes on each side of the kink of |f′ + ε|.
_NODES = 60
#: Iterations of Analog GD, and the constant of (136).
_STEPS = 1000
_CONSTANT = 8


@judges("analog-sgd-one-step")
def one_step(analog: AnalogAnalysis, _: ResidualAnalysis) -> Judgement:
    """(72) at every weight of a grid, the mean over the noise by quadrature."""
    p = analog.problem
    if reason := _why_not(analog):
        return not_applicable(reason)
    weights = np.linspace(*p.response.range, _WEIGHTS + 2)[1:-1]
    excess = _expected_value(analog, weights) - _allowed_value(analog, weights)
    worst = int(np.argmax(excess))
    scale = float(np.max(np.abs(p.objective.value(weights)))) or 1.0
    evidence = (
        f"exact: E f(W⁺) minus its bound is at most {excess[worst]:.3g} "
        f"on {_WEIGHTS} weights (at w = {weights[worst]:.4g})"
    )
    return settled(bool(excess[worst] <= 1e-12 * scale), evidence, f"w = {weights[worst]:.6g}")


def _why_not(analog: AnalogAnalysis) -> str | None:
    p = analog.problem
    if not p.response.is_positive:
        return "the response is not positive, so |G| ≤ F fails"
    if p.lr > analog.largest_step:
        return f"α = {p.lr:g} exceeds 1/(4·L·F_max) = {analog.largest_step:.4g}"
    if not isinstance(p.objective, ScalarQuadratic) and not analog.reach.stays_inside:
        return "updates leave the range on which the smoothness L of f is known"
    return None


def _expected_value(analog: AnalogAnalysis, weights: Array) -> Array:
    """E f(W⁺) for the averaged iteration, before any clipping."""
    p = analog.problem
    step = sympy.lambdify((W, epsilon), analog.dynamics.averaged_map()[W], modules="numpy")
    draws, shares = p.noise.quadrature(-p.objective.gradient(weights)[:, None], _NODES)
    values = p.objective.value(step(weights[:, None], draws))
    return np.asarray(np.sum(shares * values, axis=-1))


def _allowed_value(analog: AnalogAnalysis, weights: Array) -> Array:
    """The right side of (72) in one dimension."""
    p = analog.problem
    alpha, variance = p.lr, p.noise.sigma**2
    largest, smooth = p.response.F_max.high, p.objective.smoothness
    gradient = p.objective.gradient(weights)
    F, G, M = (function(weights) for function in (p.response.F, p.response.G, p.response.M))
    descent = alpha / (2 * largest) * M * gradient**2
    descent = descent + alpha / (8 * largest) * (gradient * F + np.abs(gradient) * G) ** 2
    rise = alpha**2 * smooth * largest**2 * variance + alpha * variance * G**2 / F
    return np.asarray(p.objective.value(weights) - descent + rise)


@judges("analog-gd")
def analog_gd(analog: AnalogAnalysis, _: ResidualAnalysis) -> Judgement:
    """Theorem 6 (136), repaired, along one run without noise from the far end of the range."""
    p = analog.problem
    largest, smooth = p.response.F_max.high, p.objective.smoothness
    if not p.response.is_positive or smooth <= 0:
        return not_applicable("needs |G| ≤ F and L > 0")
    low, high = p.response.range
    weight = start = low if p.objective.minimiser > (low + high) / 2 else high
    alpha, total = 1 / (2 * smooth * largest), 0.0
    for _step in range(_STEPS):
        gradient = float(p.objective.gradient(weight))
        F, G = float(p.response.F(weight)), float(p.response.G(weight))
        change = gradient * F + abs(gradient) * G
        total += change**2 + 2 * (F**2 - G**2) * gradient**2
        weight -= alpha * change
        if not low <= weight <= high:
            return not_applicable("a step leaves the range of the device")
    fall = float(p.objective.value(start)) - float(p.objective.value(p.objective.minimiser))
    bound = _CONSTANT * smooth * fall * largest**2 / _STEPS
    evidence = f"exact: {total / _STEPS:.4g} ≤ {bound:.4g} over {_STEPS} steps from w = {start:g}"
    return settled(total / _STEPS <= bound * (1 + 1e-12), evidence, f"mean {total / _STEPS:.6g}")
