"""Hidden conditions: nine statements that fail where a hypothesis is missing, computed exactly.

Each panel takes one hypothesis of the theory of Analog SGD and Residual Learning
(arXiv:2502.06309; theory notes 5 and 6), varies it on one instance of the ledger, and draws both
sides of the statement, or their ratio (at most 1 where it holds). No number is sampled. Formulas:
:mod:`analogtheory.experiments.hidden_conditions_theory`.

Run ``python -m analogtheory.experiments.hidden_conditions [--quick] [--out FOLDER]``.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from analogtheory.experiments import hidden_conditions_theory as theory
from analogtheory.experiments.core import (
    Data,
    Experiment,
    Progress,
    Size,
    rounding,
    run_module,
)
from analogtheory.noise import Gaussian, NoiseLaw, Rademacher, Uniform

#: Noise laws of the last panel.
LAWS: dict[str, NoiseLaw] = {
    "rademacher": Rademacher(1.0),
    "uniform": Uniform(1.0),
    "gaussian": Gaussian(1.0),
}
_COMMON = {
    "dimensions": [1, 2, 3, 4, 6, 8, 12, 16],
    "dimension_step": 0.25,
    "dimension_steps": 40,
    "descent_steps": [10, 100, 1000],
    "valley": [2**n for n in range(5, 17)],
    "pulse": 0.001,
    "penalty_size": 0.5,
    "laws": list(LAWS),
}
#: `changes` is larger: the error of a pulse train has teeth.
INPUTS: dict[Size, dict[str, Any]] = {
    "quick": {**_COMMON, "points": 31, "changes": 101, "roots": 10},
    "full": {**_COMMON, "points": 201, "changes": 3001, "roots": 40},
}


def compute(size: Size, progress: Progress) -> Data:
    """Every panel; names begin with what is varied."""
    given = INPUTS[size]
    points = given["points"]
    data: Data = {"step": np.linspace(0.02, 1.9, points)}
    data["step_ratio"] = theory.step_size(data["step"])
    data["dimension"] = np.array(given["dimensions"], dtype=float)
    data["dimension_each"], data["dimension_total"] = theory.total_variance(
        data["dimension"], given["dimension_step"], given["dimension_steps"]
    )
    data["minimiser"] = np.linspace(0.5, 1.5, points)
    data["minimiser_gradient"] = np.array(
        [theory.saturated_gradient(data["minimiser"], steps) for steps in given["descent_steps"]]
    )
    data["valley"] = 1 / np.array(given["valley"], dtype=float)
    sides = np.array([theory.remark_1(number) for number in given["valley"]]).T
    data |= dict(zip(("valley_left", "valley_printed", "valley_repaired"), sides, strict=True))
    progress(0.3)
    data["change"] = np.geomspace(1e-4, 0.3, given["changes"])
    data["change_fixed"] = theory.discretisation(data["change"], given["pulse"])
    data["change_fine"] = theory.discretisation(data["change"], data["change"] ** 2)
    data["distance"] = np.geomspace(0.003, 0.5, points)
    ratios = theory.penalty_ratios(data["distance"], given["penalty_size"])
    data |= {f"distance_{name}": ratio for name, ratio in ratios.items()}
    roots = [Fraction(n, 2 * given["roots"]) for n in range(1, given["roots"] + 1)]
    gamma, printed, repaired = np.array([theory.theorem_3(root) for root in roots]).T
    data |= {"gamma": gamma, "gamma_printed": printed, "gamma_repaired": repaired}
    progress(0.8)
    data["share"] = np.linspace(0.02, 0.98, points)
    data["share_printed"], data["share_repaired"] = theory.lemma_7(data["share"])
    data["offset"] = np.linspace(0.0, 0.97, points)
    data["offset_gradient"] = np.array(
        [[theory.tilted_gradient(law, c) for c in data["offset"]] for law in LAWS.values()]
    )
    return data


def tolerances(data: Data) -> dict[str, Any]:
    """Rounding; the zeros of the last panel to their own tolerance.

    A relative error of the change of a pulse train is a difference of numbers that nearly agree:
    its rounding is that of 1 over the change.
    """
    allowed: dict[str, Any] = {name: rounding(v, 10_000) for name, v in data.items()}
    for name in ("change_fixed", "change_fine"):
        allowed[name] = np.minimum(rounding(1.0, 100) / data["change"], 1e-8)
    allowed["offset_gradient"] = 1e-10
    return allowed


def draw(data: Data) -> Any:
    """Nine panels."""
    from analogtheory.experiments.hidden_conditions_figure import draw as figure

    return figure(data, INPUTS["full"])


EXPERIMENT = Experiment(
    name="hidden_conditions",
    title="Hidden conditions: theorems that fail where a hypothesis is missing",
    caption="Nine statements about Analog SGD and Residual Learning (arXiv:2502.06309) as a "
    "hypothesis is varied, each on one instance, without sampling. Shaded: where the hypothesis "
    "holds. Ratios in (a), (b), (g), (h) are left over right side, so the statement holds below 1. "
    "(a) Stationary E f′² "
    "over the bound of claim analog-sgd-weighted-bound, ideal device: α ≤ 1/(4L) is sufficient, "
    "αL ≤ 3/2 is needed (derived here). (b) Inequality (73), K = 40: σ² must be the variance of "
    "the whole gradient, not that of one of D coordinates (claim analog-sgd-total-variance). (c) "
    "Gradient after K steps without noise, linear device: with the minimiser beyond the range it "
    "stays above the dashed line (claim bounded-saturation-needed). (d) Remark 1, eq. (75), with "
    "the saturation at each iterate (claim analog-sgd-remark-1-printed) and with its least value "
    "along the path (claim analog-sgd-remark-1), on the instance with M_min = ε²: the left side at "
    "least, the right sides at most. (e) Theorem 4, linear device: the relative error vanishes "
    "with Δ if Δw_min/Δ does (claim theorem-four-limit), and tends to 1 at Δw_min = 0.001τ (claim "
    "granularity-hypothesis-needed; shaded: Δw_min ≤ Δ/10). (f) Theorem 5: the ratios of (45), "
    "which are to vanish with δ = |W* − W⋄|: with all that the proof uses (claim "
    "implicit-penalty), without R′(W⋄) ≠ 0 or without curvature, which give the same line (claims "
    "penalty-needs-asymmetry-slope, penalty-needs-curvature), and with a noise that jumps at W* "
    "(claim penalty-needs-continuous-noise). (g) Theorem 3, eq. (92), "
    "ideal device without noise: 1/γ is missing (claim theorem-3-printed); repaired: claim "
    "theorem-3-convergence; shaded: (86)(a). (h) Lemma 7 under two-valued noise that is positive "
    "with probability p: with F_max² (claim lemma-7-printed) and with q_max² (claim "
    "lemma-7-tracking); the dotted line is symmetric noise. (i) Where Residual Learning rests if "
    "the symmetric point of the residual array is cτ (claim residual-learning-tilt), E ε² = σ²: "
    "zero only under Assumption 4, c = 0, and without limit as c → 1 for Gaussian noise.",
    claims=(
        "analog-sgd-weighted-bound",
        "analog-sgd-total-variance",
        "bounded-saturation-needed",
        "analog-sgd-remark-1-printed",
        "analog-sgd-remark-1",
        "theorem-four-limit",
        "granularity-hypothesis-needed",
        "implicit-penalty",
        "penalty-needs-asymmetry-slope",
        "penalty-needs-curvature",
        "penalty-needs-continuous-noise",
        "theorem-3-printed",
        "theorem-3-convergence",
        "lemma-7-printed",
        "lemma-7-tracking",
        "residual-learning-tilt",
    ),
    inputs=INPUTS,
    compute=compute,
    draw=draw,
    tolerances=tolerances,
)

if __name__ == "__main__":
    run_module(EXPERIMENT)
