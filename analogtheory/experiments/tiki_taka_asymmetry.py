"""Figure 2 of arXiv:2502.06309 again: Tiki-Taka against Analog SGD on asymmetric devices.

Least squares, D = 50, N = 100, σ_A = 1, σ_W* = 0.5, no label noise, τ = 3.5, pulses of 1e-4, trains
of at most 8 (printed in its section K.2); both learning rates 0.8, γ = 0.4, W = 1 at the start, all
columns transferred after each batch (the authors' public script). f is ‖AW − b‖²/(2N), as in the
script; (150) has ½‖AW − b‖². The paper reads the failure of Tiki-Taka for c_Lin ≠ 0 as an
asymptotic error from a symmetric point that is not 0 (after its Corollary 1). What happens there,
theory notes 4.5 and 7.2:

(i) the script passes c_Lin as up_down = u, which makes c = u/(2 − u): 0.053, 0.111, 0.176 for the
    labels 0.1, 0.2, 0.3, and the symmetric point cτ; (ii) its legend exchanges the two algorithms;
(iii) updates go sample by sample, so "noise 0" is not free of noise, but the noise vanishes at W*:
    W* attracts or repels, with a threshold in c and no error that is left below it;
(iv) lr·λ_max > 2: only the cut at 8 pulses keeps averaged gradient descent bounded.

(a) the runs again, by pulses; (b) what is left against u: the cut of the trains lowers the
threshold; (c) growth of a small error with unlimited data, without pulses; (d) the clean test of
Assumption 4: noise that does not vanish. "Tiki-Taka" here is Residual Learning with γ = 0.4, as
there. Unlike the script: own draws, perfect reads (it cuts outputs at ±10), 2000 batches for its
1000.

Run ``python -m analogtheory.experiments.tiki_taka_asymmetry [--quick] [--out FOLDER]``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from scipy import stats

from analogtheory.experiments import tiki_taka_asymmetry_theory as theory
from analogtheory.experiments.core import (
    Data,
    Experiment,
    Progress,
    Size,
    Sweep,
    rounding,
    run_module,
    sampling,
    sampling_of_width,
)
from analogtheory.experiments.tiki_taka_asymmetry_runs import clean, descent, growth, problems
from analogtheory.proofs.interpolation import threshold

_COMMON: dict[str, Any] = {
    "seed": 1,
    "dimensions": 50,
    "samples": 100,
    "spread": 0.5,
    "start": 1.0,
    "tau": 3.5,
    "dw_min": 1e-4,
    "lr": 0.8,
    "gamma": 0.4,
    "shown": [0.0, 0.1, 0.2, 0.3],
    "transfer_ratio": 1.0,
}
_CLEAN = {"noise": 0.5, "lr": 0.01, "w_star": 0.5}
INPUTS: dict[Size, dict[str, Any]] = {
    "quick": {
        **_COMMON,
        "problems": 6,
        "steps": 80,
        "every": 20,
        "trains": {"8": [0.0, 0.1, 0.2, 0.3], "64": [0.2]},
        "growth": {"offsets": [0.1, 0.35], "alpha": 0.004, "steps": 2000, "runs": 6},
        "clean": {**_CLEAN, "offsets": ["0", "1/5"], "runs": 32, "steps": 1500, "burn_in": 500},
    },
    "full": {
        **_COMMON,
        "problems": 12,
        "steps": 2000,
        "every": 20,
        "trains": {
            "8": [0.0, 0.05, 0.1, 0.125, 0.15, 0.175, 0.2, 0.25, 0.3],
            "64": [0.0, 0.1, 0.15, 0.2, 0.225, 0.25, 0.275, 0.3],
        },
        "growth": {
            "offsets": [0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35],
            "alpha": 0.001,
            "steps": 30000,
            "runs": 24,
        },
        "clean": {
            **_CLEAN,
            "offsets": ["0", "1/10", "1/5", "3/10", "2/5"],
            "runs": 512,
            "steps": 20000,
            "burn_in": 4000,
        },
    },
}
#: Labels c_Lin, and offsets of the clean test, at which curves are drawn.
FINE = np.linspace(0.0, 0.42, 85)


def parts(size: Size) -> list[dict[str, Any]]:
    """Runs by pulses, growth of both algorithms, the clean test at each offset."""
    given = INPUTS[size]
    common = {"given": given}
    found = [
        {**common, "run": "descent", "algorithm": "residual", "up_down": u, "pulses": int(longest)}
        for longest, grid in given["trains"].items()
        for u in grid
    ]
    found += [
        {**common, "run": "descent", "algorithm": "sgd", "up_down": u, "pulses": 8}
        for u in given["shown"]
    ]
    found += [{**common, "run": "growth", "transfer": r} for r in (0.0, given["transfer_ratio"])]
    return found + [
        {**common, "run": "clean", "c": c, "quick": size == "quick"}
        for c in given["clean"]["offsets"]
    ]


def run(part: Mapping[str, Any], progress: Progress) -> Data:
    """One of them."""
    return {"descent": descent, "growth": growth, "clean": clean}[part["run"]](part, progress)


def join(size: Size, done: Sequence[Data]) -> Data:
    """Arrays of the four panels."""
    given = INPUTS[size]
    found: dict[str, list[Data]] = {name: [] for name in ("descent", "growth", "clean")}
    for part, result in zip(parts(size), done, strict=True):
        found[part["run"]].append(result)
    short, long = (given["trains"][name] for name in ("8", "64"))
    losses = [result["loss"] for result in found["descent"]]
    residual = losses[: len(short)]
    sgd = losses[len(short) + len(long) :]
    shown = [residual[short.index(u)] for u in given["shown"]]
    data: Data = {"step": np.arange(0.0, given["steps"] + 1, given["every"])}
    data |= _mean_logarithms("residual", shown) | _mean_logarithms("sgd", sgd)
    data |= {
        "up_down_8": np.array(short),
        "left_8": np.array([loss[-1] for loss in residual]),
        "up_down_64": np.array(long),
        "left_64": np.array([loss[-1] for loss in losses[len(short) : len(short) + len(long)]]),
        "drawn_threshold": np.array([theory.drawn_threshold(a) for a in problems(given)[0]]),
        "threshold": np.array([threshold(given["dimensions"])]),
    }
    return data | _growth(given, found["growth"]) | _clean(given, found["clean"])


def _mean_logarithms(name: str, losses: list[Any]) -> Data:
    """Mean of log₁₀ f/D over problems and its 99 % half-width; axes: label, record."""
    logarithms = np.log10(np.array(losses))
    count = logarithms.shape[-1]
    half = stats.t.ppf(0.995, count - 1) * logarithms.std(axis=-1, ddof=1) / np.sqrt(count)
    return {name: logarithms.mean(axis=-1), f"{name}_half": half}


def _growth(given: dict[str, Any], found: list[Data]) -> Data:
    fine, size = np.linspace(0.0, 0.4, 81), given["dimensions"]
    ratio, gamma = given["transfer_ratio"], given["gamma"]
    return {
        "offset": np.array(given["growth"]["offsets"]),
        "growth": np.array([data["rate"] for data in found]),
        "growth_half": np.array([data["rate_half"] for data in found]),
        "offset_fine": fine,
        "growth_line": theory.growth_rate(fine, size),
        "growth_residual_line": theory.residual_growth_rate(fine, size, ratio, gamma),
    }


def _clean(given: dict[str, Any], found: list[Data]) -> Data:
    setting = given["clean"]
    columns = np.array([data["clean"] for data in found]).T
    names = ("exact", "exact_error", "sgd_exact", "sgd_error", "simulated", "simulated_half")
    places = [float(Fraction(c)) for c in setting["offsets"]]
    noise, goal = setting["noise"], setting["w_star"]
    return {
        "clean_offset": np.array(places),
        **{f"clean_{name}": column for name, column in zip(names, columns, strict=True)},
        "clean_fine": FINE,
        "clean_tilt": noise * FINE,
        "clean_bound": theory.resting_bound(FINE, noise),
        "clean_sgd": np.array([theory.resting_sgd(float(c), noise, goal) for c in FINE]),
    }


def tolerances(data: Data) -> dict[str, Any]:
    """Rounding for what is proved and for runs in bits; half-widths for what is sampled.

    A run by pulses is the same in bits only for the same BLAS; sums in another order may send a
    pulse elsewhere, so that single losses have the spread of the problems as their tolerance.
    """
    allowed: dict[str, Any] = {name: rounding(v, 10_000) for name, v in data.items()}
    given = INPUTS["quick"]
    for name, count in (
        ("residual", given["problems"]),
        ("sgd", given["problems"]),
        ("growth", given["growth"]["runs"]),
        ("clean_simulated", given["clean"]["runs"]),
    ):
        half, floor = data[f"{name}_half"], 1e-9
        allowed[name] = sampling(half) + floor
        allowed[f"{name}_half"] = sampling_of_width(half, count) + floor
    for train in ("8", "64"):
        allowed[f"left_{train}"] = 0.5 * data[f"left_{train}"]
    allowed["drawn_threshold"] = 1e-8
    for name, error in (("exact", "exact_error"), ("sgd_exact", "sgd_error")):
        allowed[f"clean_{name}"] = 2 * data[f"clean_{error}"] + 1e-9
        allowed[f"clean_{error}"] = data[f"clean_{error}"] + 1e-9
    return allowed


def draw(data: Data) -> Any:
    """Four panels."""
    from analogtheory.experiments.tiki_taka_asymmetry_figure import draw as figure

    return figure(data, INPUTS["full"])


EXPERIMENT = Experiment(
    name="tiki_taka_asymmetry",
    title="Tiki-Taka on asymmetric devices: a threshold, and the clean test",
    caption="Residual Learning (Tiki-Taka, γ = 0.4) and Analog SGD on devices whose symmetric "
    "point is not 0; settings of Figure 2 of arXiv:2502.06309, where not printed those of its "
    "public script. (a) Least squares by pulses, f = ‖AW − b‖²/(2N), labels c_Lin = 0, 0.1, 0.2, "
    "0.3 as in that figure, which the script passes as up_down = u: the device then has c = u/(2 − "
    "u) = 0, 0.053, 0.111, 0.176. Geometric mean of f/D over 12 independent problems, 99 % bands "
    "(wide where some problems are solved and others not); solid: Residual Learning, dashed: "
    "Analog SGD (the script's legend exchanges them). (b) What is left after 2000 batches, one "
    "mark a problem, lines at the medians, trains of at most 8 pulses as in (a) and of at most 64: "
    "problems are solved to a level set by Δw_min or not at all, and the cut of the trains lowers "
    "the label at which they fail; upper axis: c. Band: where W* stops to attract for the drawn "
    "problems, without pulses (derived here); line: for unlimited data, c_50 = 0.2199 of claim "
    "interpolation-threshold. (c) Growth rate of a small error per unit of time αk, unlimited "
    "data, no pulses, main array of Residual Learning ideal, α = 0.001, mean of independent runs "
    "(99 % intervals are smaller than the marks); lines: α → 0, Analog SGD, c/c_50 − 1, and "
    "Residual Learning (β = α) beyond the threshold (derived here). The noise vanishes at W*, so "
    "below the threshold no error is left, though Assumption 4 fails (compare claim "
    "interpolation-hides-a-shifted-symmetric-point). (d) Noise ±0.5 that does not vanish, one "
    "weight, w* = 0.5, τ = 1, α = 0.01, β = α/10: |E ∇f| of Residual Learning by the exact law "
    "(dots; at c = 0.1, 0.2, 0.3 the values of claim residual-learning-tilt-numbers) and by runs "
    "(circles), of Analog SGD by the exact law (squares); lines: rest point cσ of Residual "
    "Learning (claim residual-learning-tilt) and that of Analog SGD (derived here); they cross "
    "where |G/F| agrees (claim residual-learning-against-analog-sgd); dotted: what the bound of "
    "claim theorem-3-convergence leaves for α → 0 (derived here). E ∇f of Residual Learning lies "
    "below cσ by a term of order √α, which is all of it, with a minus sign, at c = 0.",
    claims=(
        "interpolation-threshold",
        "interpolation-hides-a-shifted-symmetric-point",
        "residual-learning-tilt-numbers",
        "residual-learning-tilt",
        "residual-learning-against-analog-sgd",
        "theorem-3-convergence",
    ),
    inputs=INPUTS,
    sweep=Sweep(parts=parts, run=run, join=join),
    draw=draw,
    tolerances=tolerances,
)

if __name__ == "__main__":
    run_module(EXPERIMENT)
