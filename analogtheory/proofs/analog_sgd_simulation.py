"""The simulator and the exact stationary law agree on Analog SGD.

Both are made from one symbolic update: the simulator steps replicas with counter-based random
numbers, the law solves the Koopman equation without sampling. Their means of the weight are
compared over independent replicas, with a t interval.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analogtheory import responses
from analogtheory.claims import Evidence, Run, claim, conclude, derived, hypothesis, supported, twin

if TYPE_CHECKING:
    from analogtheory.dynamics import Dynamics
    from analogtheory.responses.response import Response

#: Response, its parameters, noise, w*, α.
PROBLEMS: tuple[tuple[str, dict[str, Any], str, float, float], ...] = (
    ("linear", {}, "rademacher:0.5", 0.3, 0.05),
    ("linear", {"c": 0.2}, "gaussian:0.3", 0.4, 0.1),
    ("power", {}, "uniform:0.4", 0.3, 0.05),
    ("exponential", {}, "gaussian:0.4", -0.3, 0.1),
)
REPLICAS, WAIT, STEPS = 512, 400, 600


def _dynamics(device: Response, noise: str, minimiser: float, lr: float) -> Dynamics:
    from analogtheory.algorithms import analog_sgd
    from analogtheory.noise import parse_noise
    from analogtheory.objectives import ScalarQuadratic

    return analog_sgd(device, ScalarQuadratic(1.0, minimiser), parse_noise(noise), lr=lr)


@claim(
    "analog-sgd-simulation",
    source=derived("one symbolic update, executed in two ways"),
    form="derived",
    statement="The simulated stationary mean of the weight under Analog SGD agrees with the exact "
    "law, for linear, power and exponential devices and three noise laws.",
    latex=r"\frac1N\sum_{i=1}^N \bar W^{(i)} \to \mathbb{E}_\pi W",
    hypotheses=(hypothesis("independent replicas, started at the mean of the law, after a wait"),),
    twins=(
        twin("a law for a device of 0.8 times the range", scale=0.8),
        twin("a law without asymmetry (ideal device)", ideal=True),
    ),
)
def simulation(run: Run, scale: float = 1.0, ideal: bool = False) -> Evidence:
    """Each comparison uses an equal share of the error probability."""
    problems = PROBLEMS[:2] if run.quick else PROBLEMS
    share = run.error_probability / len(problems)
    return conclude(*(_compare(p, run.seed, share, scale, ideal) for p in problems))


def _compare(
    problem: tuple[str, dict[str, Any], str, float, float],
    seed: int,
    probability: float,
    scale: float,
    ideal: bool,
) -> Any:
    from scipy import stats

    from analogtheory.simulation import simulate
    from analogtheory.stationary import stationary_law

    name, parameters, noise, minimiser, lr = problem
    device = responses.get(name, **parameters)
    other = responses.get("ideal") if ideal else responses.get(
        name, **{**parameters, "tau": scale}
    )  # fmt: skip
    law = stationary_law(_dynamics(other, noise, minimiser, lr))
    dynamics = _dynamics(device, noise, minimiser, lr)
    mean = law.mean("W")
    result = simulate(
        dynamics,
        trajectories=REPLICAS,
        steps=WAIT + STEPS,
        start={"W": mean.value},
        seed=seed,
        observe={"weight": dynamics.mixed_weight},
        burn_in=WAIT,
    )
    centre, low, high, count = result.interval("weight")
    error = 0.5 * (high - low) / stats.t.ppf(0.975, count - 1)
    reach = float(stats.t.isf(probability / 2, count - 1) * error + mean.error)
    return supported(
        f"{name}, {noise}, w* = {minimiser}, α = {lr}",
        bool(abs(centre - mean.value) <= reach),
        samples=count,
        error_probability=probability,
        detail=f"{centre:.6f} against {mean.value:.6f}, allowed ±{reach:.1e}",
    )
