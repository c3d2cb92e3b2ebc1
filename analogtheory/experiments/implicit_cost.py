"""Implicit cost: where Analog SGD rests, and how Tiki-Taka gets to the minimiser.

One weight, f(w) = ½(w − w_opt)², linear response q± = 1 ∓ κw, Gaussian gradient noise of
deviation s. With m(g) = E|g + ε| the mean flow of Analog SGD is −α·V′(w),

    V(w) = f(w) + I(w),    I(w) = ∫₀ʷ m(f′(v))·κv dv   (the implicit cost),

and its ridge approximation is f + (κ/2)E|ε|w² (arXiv:1909.07908; theory notes 2.1). (a) these
curves; (b) the minimiser of V against s, with the bracket of the ridge, and the mean of simulated
runs; (c) mean flow and simulated mean of Tiki-Taka (γ = 0, ideal slow array C) in the plane (A, C).

Run ``python -m analogtheory.experiments.implicit_cost [--quick] [--out FOLDER]``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import integrate, optimize

from analogtheory.algorithms import analog_sgd
from analogtheory.algorithms.transfer import tiki_taka
from analogtheory.dynamics import Dynamics
from analogtheory.experiments.core import (
    Array,
    Data,
    Experiment,
    Progress,
    Size,
    interval,
    rounding,
    run_module,
    sampling,
    sampling_of_width,
)
from analogtheory.noise import Gaussian
from analogtheory.objectives import ScalarQuadratic
from analogtheory.responses.formulas import WEIGHT
from analogtheory.responses.response import Response
from analogtheory.simulation import simulate

_COMMON = {
    "seed": 1,
    "optimum": 0.5,
    "curves": {"kappa": 1.66, "noise": 0.3},
    "kappas": [0.5, 1.0, 1.66],
    "noises": [0.1, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5],
    "lr": 0.01,
    "descent": {"kappa": 1.66, "noise": 0.3, "lr": 0.02, "transfer_lr": 0.01, "steps": 1600},
    "starts": [[0.0, 0.0], [0.3, -0.35], [-0.25, 0.9]],
}
INPUTS: dict[Size, dict[str, Any]] = {
    "quick": {**_COMMON, "replicas": 32, "steps": 1500, "burn_in": 700, "runs": 64},
    "full": {**_COMMON, "replicas": 256, "steps": 8000, "burn_in": 1000, "runs": 1024},
}


def device(kappa: float) -> Response:
    """q± = 1 ∓ κw on the range where both are positive."""
    return Response(1 - kappa * WEIGHT, 1 + kappa * WEIGHT, -1 / kappa, 1 / kappa)


def pull(kappa: float, noise: float, optimum: float, w: Any) -> Any:
    """V′(w) = w − w_opt + κw·m(w − w_opt)."""
    gradient = np.asarray(w, dtype=float) - optimum
    return gradient + kappa * w * Gaussian(noise).mean_abs_at(gradient)


def rest_point(kappa: float, noise: float, optimum: float) -> float:
    """The only zero of V′, between 0 and w_opt (implicit-cost-root)."""
    return float(optimize.brentq(lambda w: pull(kappa, noise, optimum, w), 0.0, optimum))


def bracket(kappa: float, noise: float, optimum: float) -> tuple[float, float, float]:
    """φ(0), φ(w_R) and w_R, φ(v) = w_opt/(1 + κm(w_opt − v)), of implicit-cost-ridge-bracket."""
    law = Gaussian(noise)
    ridge = optimum / (1 + kappa * law.mean_abs)
    low, high = (optimum / (1 + kappa * float(law.mean_abs_at(optimum - v))) for v in (0.0, ridge))
    return low, high, ridge


def compute(size: Size, progress: Progress) -> Data:
    """Curves of (a), rest points of (b), trajectories of (c)."""
    given = INPUTS[size]
    data = _curves(given)
    progress(0.1)
    data |= _rest_points(given, lambda share: progress(0.1 + 0.6 * share))
    return data | _descents(given, lambda share: progress(0.7 + 0.3 * share))


def _curves(given: dict[str, Any]) -> Data:
    kappa, noise, optimum = given["curves"]["kappa"], given["curves"]["noise"], given["optimum"]
    w = np.linspace(-0.25, 0.6, 171)
    slope = kappa * w * Gaussian(noise).mean_abs_at(w - optimum)
    implicit = integrate.cumulative_simpson(slope, x=w, initial=0.0)
    implicit = implicit - np.interp(0.0, w, implicit)
    objective = (w - optimum) ** 2 / 2
    ridge = kappa / 2 * Gaussian(noise).mean_abs * w**2
    return {
        "curve_weight": w,
        "curve_objective": objective,
        "curve_implicit": implicit,
        "curve_ridge": ridge,
        "curve_rest": np.array([rest_point(kappa, noise, optimum)]),
        "curve_ridge_rest": np.array([bracket(kappa, noise, optimum)[2]]),
    }


def _rest_points(given: dict[str, Any], progress: Progress) -> Data:
    """Rows: κ; columns: s, on a fine grid for the curves and where runs are made."""
    kappas, noises, optimum = given["kappas"], np.array(given["noises"]), given["optimum"]
    fine = np.linspace(0.02, 1.6, 80)
    roots = [[rest_point(kappa, s, optimum) for s in fine] for kappa in kappas]
    ends = np.array([[bracket(kappa, s, optimum) for s in fine] for kappa in kappas])
    means, halves = [], []
    for number, kappa in enumerate(kappas):
        mean, half = _settled(given, kappa, noises, given["seed"] + number)
        means.append(mean)
        halves.append(half)
        progress((number + 1) / len(kappas))
    return {
        "noise": noises,
        "mean": np.array(means),
        "mean_half": np.array(halves),
        "mean_root": np.array([[rest_point(k, s, optimum) for s in noises] for k in kappas]),
        "noise_fine": fine,
        "root": np.array(roots),
        "low": ends[..., 0],
        "high": ends[..., 1],
        "ridge": ends[..., 2],
    }


def _settled(given: dict[str, Any], kappa: float, noises: Array, seed: int) -> tuple[Array, Array]:
    """Mean of W and its 99 % half-width for each noise, from independent runs of one call."""
    replicas, start = given["replicas"], rest_point(kappa, float(noises[0]), given["optimum"])
    dynamics = analog_sgd(
        device(kappa), ScalarQuadratic(1, given["optimum"]), Gaussian(1.0), lr=given["lr"]
    )
    result = simulate(
        dynamics,
        trajectories=replicas * len(noises),
        steps=given["steps"],
        burn_in=given["burn_in"],
        start={"W": start},
        parameters={"epsilon": np.repeat(noises, replicas)},
        observe={"W": dynamics.states[0]},
        seed=seed,
    )
    return interval(result.averages["W"].reshape(len(noises), replicas), axis=1)


def _tiki_taka(given: dict[str, Any]) -> Dynamics:
    descent = given["descent"]
    return tiki_taka(
        Response(1, 1, -2, 2),
        ScalarQuadratic(1, given["optimum"]),
        Gaussian(descent["noise"]),
        lr=descent["lr"],
        transfer_lr=descent["transfer_lr"],
        fast_response=device(descent["kappa"]),
    )


def _descents(given: dict[str, Any], progress: Progress) -> Data:
    """For each start: mean flow, mean of the runs with its half-width, and the first run."""
    dynamics, steps = _tiki_taka(given), given["descent"]["steps"]
    every = steps // 80
    times = np.linspace(0.0, steps, 401)
    flows, means, halves, singles = [], [], [], []
    for number, start in enumerate(given["starts"]):
        result = simulate(
            dynamics,
            trajectories=given["runs"],
            steps=steps,
            start=dict(zip("AC", start, strict=True)),
            record="trajectory",
            every=every,
            seed=given["seed"] + number,
        )
        runs = np.stack([result.trajectory[state] for state in "AC"])
        mean, half = interval(runs, axis=2)
        flows.append(_flow(dynamics, start, times))
        means.append(mean)
        halves.append(half)
        singles.append(runs[:, :, 0])
        progress((number + 1) / len(given["starts"]))
    return {
        "flow": np.array(flows),
        "descent": np.array(means),
        "descent_half": np.array(halves),
        "descent_run": np.array(singles),
        "descent_steps": np.arange(0.0, steps + 1, every),
        "descent_sgd_rest": np.array(
            [rest_point(given["descent"]["kappa"], given["descent"]["noise"], given["optimum"])]
        ),
    }


def _flow(dynamics: Dynamics, start: list[float], steps: Array) -> Array:
    """The mean field integrated from a start: rows A and C at the given iterations."""
    solution = integrate.solve_ivp(
        lambda _, state: [float(rate) for rate in dynamics.drift(*state)],
        (0.0, float(steps[-1])), start, t_eval=steps, rtol=1e-9, atol=1e-11,
    )  # fmt: skip
    return np.asarray(solution.y)


def tolerances(data: Data) -> dict[str, Any]:
    """Roots and flows to what their solvers promise, sampled numbers from their half-widths.

    100 000 operations: 1600 iterations of some tens of operations for a single run.
    """
    deterministic = {name: rounding(values, 100_000) for name, values in data.items()}
    solved = dict.fromkeys(("flow",), 1e-7)
    brent = {name: 1e-10 for name in data if "root" in name or "rest" in name}
    sampled = {
        "mean": sampling(data["mean_half"]),
        "descent": sampling(data["descent_half"]),
        "mean_half": sampling_of_width(data["mean_half"], INPUTS["quick"]["replicas"]),
        "descent_half": sampling_of_width(data["descent_half"], INPUTS["quick"]["runs"]),
    }
    return deterministic | solved | brent | sampled


def draw(data: Data) -> Any:
    """Three panels."""
    from analogtheory.experiments.implicit_cost_figure import draw as figure

    return figure(data, INPUTS["full"])


EXPERIMENT = Experiment(
    name="implicit_cost",
    title="Implicit cost: where Analog SGD rests, and how Tiki-Taka gets to the minimiser",
    caption="One weight, f(w) = (w − w_opt)²/2 with w_opt = 0.5, q± = 1 ∓ κw, Gaussian gradient "
    "noise of deviation s. (a) κ = 1.66, s = 0.3: the objective f, the implicit cost I that Analog "
    "SGD adds to it, and their sum V, whose minimiser is the rest point w₀ of the mean flow; "
    "dashed, f with the ridge (κ/2)E|ε|w², E|ε| = s√(2/π), in place of I, and its minimiser w_R. "
    "(b) w₀ (lines: the only root, claim implicit-cost-root, digits in implicit-cost-cases) and "
    "simulated means of W (α = 0.01, markers with 99 % intervals); dashed: w_R; shaded: the "
    "bracket [φ(0), φ(w_R)] of claim implicit-cost-ridge-bracket. (c) Tiki-Taka with γ = 0 and an "
    "ideal slow array C from three starts (κ = 1.66, s = 0.3, α = 0.02, β = 0.01): mean field "
    "(lines), mean of independent runs (markers every 100 iterations, with 99 % intervals in A "
    "and C) and one run (grey). All end at A = 0, C = w_opt (claims hamiltonian-is-tiki-taka, "
    "hamiltonian-offset-root for o = 0, and hamiltonian-damped-oscillator); the cross is where "
    "Analog SGD would rest at this noise.",
    claims=(
        "implicit-cost-root",
        "implicit-cost-cases",
        "implicit-cost-ridge-bracket",
        "hamiltonian-is-tiki-taka",
        "hamiltonian-offset-root",
        "hamiltonian-damped-oscillator",
    ),
    inputs=INPUTS,
    compute=compute,
    draw=draw,
    tolerances=tolerances,
)

if __name__ == "__main__":
    run_module(EXPERIMENT)
