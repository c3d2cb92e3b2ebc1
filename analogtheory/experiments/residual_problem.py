"""One weight under Residual Learning: exact stationary moments of a setting, and simulated ones.

f(w) = (w − w*)²/2, linear devices q₊ = (1 + c)(1 − w), q₋ = (1 − c)(1 + w) for both arrays, in
units of the range τ (theory notes 4). Shared by the experiments on Residual Learning.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy

from analogtheory.algorithms import buffered_residual_learning, residual_learning
from analogtheory.algorithms.symbols import P, W
from analogtheory.bounds import SQRT_ALPHA_BIAS, folded_mean
from analogtheory.dynamics import Dynamics
from analogtheory.experiments.core import Array, Data, interval
from analogtheory.noise import Gaussian, NoiseLaw, NoNoise, Rademacher
from analogtheory.objectives import ScalarQuadratic
from analogtheory.responses.response import Response
from analogtheory.simulation import simulate
from analogtheory.stationary import stationary_law


@dataclass(frozen=True)
class Problem:
    """A setting.

    Attributes
    ----------
    lr, ratio, gamma : float
        α, β/α and γ.
    sigma : float
        Deviation of the gradient noise.
    gaussian : bool
        Whether that noise is Gaussian; ±σ otherwise.
    c : float
        Symmetric point of both arrays.
    target : float
        w*.
    read : float
        Deviation ρ of Gaussian read noise.
    buffered : bool
        Residual Learning v2.
    """

    lr: float = 0.01
    ratio: float = 0.1
    gamma: float = 0.4
    sigma: float = 0.5
    gaussian: bool = False
    c: float = 0.0
    target: float = 0.5
    read: float = 0.0
    buffered: bool = False

    @property
    def noise(self) -> NoiseLaw:
        """Law of the gradient noise."""
        return Gaussian(self.sigma) if self.gaussian else Rademacher(self.sigma)

    @property
    def damping(self) -> float:
        """κ = γ + E|ε|, for c = 0."""
        return self.gamma + float(self.noise.mean_abs)

    def dynamics(self, c: Any = None) -> Dynamics:
        """The algorithm; c may be one number for each trajectory."""
        device = Response(
            "(1 + c)*(1 - w)", "(1 - c)*(1 + w)", -1, 1,
            parameters={"c": self.c if c is None else c},
        )  # fmt: skip
        build = buffered_residual_learning if self.buffered else residual_learning
        return build(
            device,
            ScalarQuadratic(1, self.target),
            self.noise,
            lr=self.lr,
            transfer_lr=self.lr * self.ratio,
            gamma=self.gamma,
            read_noise=Gaussian(self.read) if self.read else NoNoise(),
        )


#: What is computed: E W̄ − w*, E W − w*, E P, E(W̄ − w*)².
MOMENTS = ("mixed", "main", "residual", "square")


def _formulas(problem: Problem, dynamics: Dynamics) -> dict[str, Any]:
    """In the states and γ, which may differ from trajectory to trajectory."""
    goal = sympy.nsimplify(problem.target)
    mixed = dynamics.weight - goal
    return dict(zip(MOMENTS, (mixed, W - goal, P, mixed**2), strict=True))


def exact(problem: Problem, nodes: int) -> dict[str, tuple[float, float]]:
    """Each moment under the exact stationary law, and its error."""
    dynamics = problem.dynamics()
    law = stationary_law(dynamics, max_nodes=nodes)
    found = {name: law.expectation(f) for name, f in _formulas(problem, dynamics).items()}
    return {name: (e.value, e.error) for name, e in found.items()}


def exact_size(problem: Problem, nodes: int) -> tuple[float, float]:
    """E|P|, with its error."""
    found = stationary_law(problem.dynamics(), max_nodes=nodes).expectation(sympy.Abs(P))
    return found.value, found.error


def laws(name: str, problems: Sequence[Problem], nodes: int) -> Data:
    """Arrays NAME_mixed, NAME_mixed_error, … with one entry a problem."""
    rows = [exact(problem, nodes) for problem in problems]
    data: Data = {}
    for moment in MOMENTS:
        data[f"{name}_{moment}"] = np.array([row[moment][0] for row in rows])
        data[f"{name}_{moment}_error"] = np.array([row[moment][1] for row in rows])
    return data


def simulated(
    name: str,
    problems: Sequence[Problem],
    size: Mapping[str, int],
    seed: int,
    starts: Sequence[float],
) -> Data:
    """Arrays NAME_mixed_run, NAME_mixed_run_half, …: time averages of independent runs.

    The problems differ in α, β, γ, σ, c and ρ only. Runs start at P = 0 and W = w* + `starts`,
    the leading order, as W relaxes slowly, and leave out their first third.
    """
    runs, first = size["runs"], problems[0]

    def each(values: Sequence[float]) -> Array:
        return np.repeat(np.array(values, dtype=float), runs)

    dynamics = first.dynamics(each([p.c for p in problems]))
    parameters = {
        "alpha": each([p.lr for p in problems]),
        "beta": each([p.lr * p.ratio for p in problems]),
        "gamma": each([p.gamma for p in problems]),
        "epsilon": each([p.sigma for p in problems]),
    }
    if first.read:
        parameters[str(dynamics.draws[1].symbol)] = each([p.read for p in problems])
    result = simulate(
        dynamics,
        trajectories=runs * len(problems),
        steps=size["steps"],
        start={"W": first.target + each(starts)},
        parameters=parameters,
        burn_in=size["steps"] // 3,
        observe=_formulas(first, dynamics),
        seed=seed,
        backend="numba",
    )
    data: Data = {}
    for moment in MOMENTS:
        values = result.averages[moment].reshape(len(problems), runs)
        data[f"{name}_{moment}_run"], data[f"{name}_{moment}_run_half"] = interval(values, axis=1)
    return data


def bias(problem: Problem, *, folded: bool = True) -> float:
    """E W̄ − w* to leading order in √α (claim sqrt-alpha-bias-formula), c = 0.

    `folded=False`: with √(2/π) for a(R), as the theory notes have it.
    """
    return float(
        SQRT_ALPHA_BIAS(
            a=folded_mean(problem.target if folded else 0.0),
            alpha=problem.lr,
            sigma=float(problem.noise.sigma),
            h=1.0,
            F_0=1.0,
            Sigma=float(problem.noise.mean_abs),
            slope=1.0,
            gamma=problem.gamma,
            R_W=problem.target,
        )
    )


def main_bias(problem: Problem) -> float:
    """E W − w* to leading order: E P = −(E W̄ − w*)/Σ, W = W̄ − γP."""
    mixed = bias(problem)
    return mixed * (1 + problem.gamma / float(problem.noise.mean_abs))


def scale(problem: Problem) -> float:
    """√(ασ²/(2κ)), the deviation of P."""
    return math.sqrt(problem.lr * problem.sigma**2 / (2 * problem.damping))
