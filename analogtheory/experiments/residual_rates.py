"""Residual Learning against its rates: β/α, γ, read noise, and where the buffered loop is stable.

One weight, see :mod:`analogtheory.experiments.residual_problem` (theory notes 4.2, 4.3, 4.6).
(a) β/α; (b) γ; (c) read noise of the transfer, plain and through the buffer of Residual Learning
v2 (arXiv:2502.06309 eqs. (14), (15)); (d) the loop of version 2 without noise: which (γ, β/α)
come to rest.

Run ``python -m analogtheory.experiments.residual_rates [--quick] [--out FOLDER]``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from analogtheory.algorithms import buffered_residual_learning
from analogtheory.dynamics import Dynamics
from analogtheory.experiments.core import Array, Data, Experiment, Progress, Size, run_module
from analogtheory.experiments.residual_learning import moment_tolerances
from analogtheory.experiments.residual_problem import (
    Problem,
    bias,
    laws,
    main_bias,
    simulated,
)
from analogtheory.experiments.residual_rates_theory import (
    coupled_spread,
    rest,
    root_mean_square,
    spread,
    step_limits,
)
from analogtheory.noise import NoNoise
from analogtheory.objectives import ScalarQuadratic
from analogtheory.responses.response import Response
from analogtheory.simulation import simulate

_COMMON: dict[str, Any] = {
    "seed": 1,
    "lr": 0.01,
    "gammas": [0.0, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2],
    "read": {"sigma": 0.2, "levels": [0.03, 0.1, 0.3, 1.0]},
    "loop": {"lr": 0.05, "far": 10.0},
}
INPUTS: dict[Size, dict[str, Any]] = {
    "quick": {
        **_COMMON,
        "nodes": 600,
        "ratios": [0.03, 0.3, 3.0],
        "simulation": {"runs": 64, "steps": 6000},
        "grid": [5, 6],
        "loop_steps": 20_000,
    },
    "full": {
        **_COMMON,
        "nodes": 2100,
        "ratios": [0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0],
        "simulation": {"runs": 1024, "steps": 40_000},
        "grid": [13, 17],
        "loop_steps": 200_000,
    },
}
#: Range of the map of (d).
_GAMMAS, _RATIOS = (0.05, 1.2), (0.003, 20.0)


def compute(size: Size, progress: Progress) -> Data:
    """The four panels."""
    given = INPUTS[size]
    data = _against_ratio(given)
    progress(0.3)
    data |= _against_gamma(given)
    progress(0.6)
    data |= _against_read_noise(given)
    progress(0.9)
    return data | _map(given)


def _against_ratio(given: dict[str, Any]) -> Data:
    problems = [Problem(lr=given["lr"], ratio=r) for r in given["ratios"]]
    one = problems[0]
    stiffness = [1 - one.target, 1 + one.target]  # q± at w*, h = F(0) = 1
    return {
        "ratio": np.array(given["ratios"]),
        "ratio_mixed_formula": np.array([bias(one)]),
        "ratio_main_formula": np.array([main_bias(one)]),
        "ratio_root_formula": np.array([root_mean_square(one)]),
        "ratio_overdamped": one.damping**2 / (4 * np.array(stiffness)),
        **laws("ratio", problems, given["nodes"]),
        **simulated(
            "ratio", problems, given["simulation"], given["seed"], [main_bias(p) for p in problems]
        ),
    }


def _against_gamma(given: dict[str, Any]) -> Data:
    problems = [Problem(lr=given["lr"], gamma=g) for g in given["gammas"]]
    fine = np.linspace(0.0, 1.05 * max(given["gammas"]), 60)
    curves = [Problem(lr=given["lr"], gamma=float(g)) for g in fine]
    return {
        "gamma": np.array(given["gammas"]),
        "gamma_fine": fine,
        "gamma_mixed_formula": np.array([bias(p) for p in curves]),
        "gamma_main_formula": np.array([main_bias(p) for p in curves]),
        **laws("gamma", problems, given["nodes"]),
        **simulated(
            "gamma",
            problems,
            given["simulation"],
            given["seed"] + 1,
            [main_bias(p) for p in problems],
        ),
    }


def _against_read_noise(given: dict[str, Any]) -> Data:
    read, lr = given["read"], given["lr"]
    common = {"lr": lr, "sigma": read["sigma"]}
    plain = [Problem(read=r, **common) for r in read["levels"]]
    buffered = [Problem(read=r, buffered=True, **common) for r in read["levels"]]
    fine = np.geomspace(0.8 * min(read["levels"]), 1.25 * max(read["levels"]), 40)
    curves = [Problem(read=float(r), **common) for r in fine]
    buffers = [Problem(read=float(r), buffered=True, **common) for r in fine]
    starts = [[rest(spread(p), p)[1] for p in some] for some in (plain, buffered)]
    size, seed = given["simulation"], given["seed"]
    return {
        "read_level": np.array(read["levels"]),
        "read_fine": fine,
        "read_main_field": np.array([rest(p.read, p)[1] for p in curves]),
        "read_mixed_field": np.array([rest(p.read, p)[0] for p in curves]),
        "read_main_formula": np.array([rest(spread(p), p)[1] for p in curves]),
        "read_mixed_formula": np.array([rest(spread(p), p)[0] for p in curves]),
        "buffer_main_formula": np.array([rest(coupled_spread(p), p)[1] for p in buffers]),
        "buffer_main_field": np.array([rest(spread(p), p)[1] for p in buffers]),
        **laws("read", plain, given["nodes"]),
        **simulated("read", plain, size, seed + 2, starts[0]),
        **simulated("buffer", buffered, size, seed + 3, starts[1]),
    }


def _map(given: dict[str, Any]) -> Data:
    """1 where the loop comes to rest, 0 where it grows: rows γ, columns β/α."""
    lr = given["loop"]["lr"]
    rows, columns = given["grid"]
    gammas = np.linspace(*_GAMMAS, rows)
    ratios = np.geomspace(*_RATIOS, columns)
    each_gamma, each_ratio = (a.ravel() for a in np.meshgrid(gammas, ratios, indexing="ij"))
    far = given["loop"]["far"]
    result = simulate(
        loop(lr, far),
        trajectories=each_gamma.size,
        steps=given["loop_steps"],
        start={"P": 1e-3 * far},
        parameters={"gamma": each_gamma, "beta": lr * each_ratio},
        record="trajectory",
        every=given["loop_steps"] // 64,
        seed=given["seed"],
    )
    sizes = np.abs(result.trajectory["P"]) + np.abs(result.trajectory["W"])
    early, late = sizes[16:32].max(axis=0), sizes[48:64].max(axis=0)
    rests = (late <= early) & (late < 100 * sizes[0])  # what grows ends at the range
    fine = np.linspace(*_GAMMAS, 400)
    return {
        "loop_gamma": gammas,
        "loop_ratio": ratios,
        "loop_rests": rests.astype(float).reshape(rows, columns),
        "loop_fine": fine,
        "loop_limit": np.where(fine < 1, fine**2 / np.maximum(1 - fine, 1e-9), np.inf),
        "loop_exact": np.array([step_limits(float(g), lr) for g in fine]).T,
    }


def loop(lr: float, far: float) -> Dynamics:
    """Residual Learning v2 on ideal devices without noise, minimiser 0."""
    ideal = Response(1, 1, -far, far)
    return buffered_residual_learning(ideal, ScalarQuadratic(1, 0), NoNoise(), lr=lr)


def tolerances(data: Data) -> dict[str, float | Array]:
    """As for the other experiment on Residual Learning; maps and limits are the same."""
    given = {**INPUTS["quick"]}
    return {
        **moment_tolerances(data, ("ratio", "gamma", "read"), given),
        "loop_exact": 1e-9,
    }


def draw(data: Data) -> Any:
    """Four panels."""
    from analogtheory.experiments.residual_rates_figure import draw as figure

    return figure(data)


EXPERIMENT = Experiment(
    name="residual_rates",
    title="Residual Learning against β/α, γ and read noise, and where its buffered loop is stable",
    caption="One weight, f = (w − 0.5)²/2, linear devices of range 1, Residual Learning with "
    "α = 0.01, β = α/10, γ = 0.4 and gradient noise ±0.5 unless said. Filled markers: exact "
    "stationary law; open markers, a little to the right: simulation with 99 % intervals. (a) The "
    "bias of W and of W̄ hardly changes with β/α (claim residual-learning-not-exact-at-fixed-step, "
    "up to β/α = 1: by less than 2 %; by 11 % up to 10), the root mean square error of W̄ grows. "
    "Lines: leading order in √α for β ≪ α, the bias of claim sqrt-alpha-bias-formula, and with it "
    "the deviation γ√(ασ²/(2κ)) (derived here); vertical: β/α = κ²/(4q±), beyond which the mean "
    "field oscillates on one side of W* (left) and on both (right; claim "
    "residual-learning-overdamped). (b) The same against γ (claim sqrt-alpha-bias-formula; γ = 0 "
    "is Tiki-Taka). (c) Gradient noise ±0.2 and Gaussian read noise ρ in the transfer. Dashed: the "
    "mean field of Residual Learning, in which P does not fluctuate (claim "
    "read-noise-equilibrium). Solid: the same with v + ρ² in place of ρ², v = ασ²/(2κ), and for "
    "version 2 with the variance of its buffer in the linearised loop (derived here); dotted: with "
    "that at a fixed weight, vβ/(β + ακ) + ρ²β/(2 − β) (claims buffer-reduces-fluctuation and "
    "buffer-variance), which is smaller, as the weight moves as fast as the buffer. (d) Version 2 "
    "without noise, ideal devices, α = 0.05: the loop comes to rest (dots) or grows (crosses); "
    "solid: limits of the iteration (claim buffered-residual-learning-step-sizes), stable again "
    "as β → 1, where the buffer does not buffer; dashed: limit of its mean field, γ²/(1 − γ) "
    "(claim buffered-residual-learning-limit).",
    claims=(
        "residual-learning-not-exact-at-fixed-step",
        "sqrt-alpha-bias-formula",
        "residual-learning-overdamped",
        "read-noise-equilibrium",
        "buffer-reduces-fluctuation",
        "buffer-variance",
        "buffered-residual-learning-step-sizes",
        "buffered-residual-learning-limit",
    ),
    inputs=INPUTS,
    compute=compute,
    draw=draw,
    tolerances=tolerances,
)

if __name__ == "__main__":
    run_module(EXPERIMENT)
