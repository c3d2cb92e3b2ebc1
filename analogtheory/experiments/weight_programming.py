"""Weight programming: what offsets, few states and symmetric devices do to six algorithms.

After arXiv:2303.04721 Fig. 4, with the settings of the theory notes 5.7: in-memory SGD, TT, TTv2,
c-TTv2 and AGAD train a 20 × 20 layer to a random target, W x against W* x, on soft-bounds devices
whose reference misses the symmetric point by an offset of standard deviation σ_r. All problems of
an algorithm (number of states × σ_r × seed) are one batch of tiles, and all algorithms have the
same devices, targets and inputs. See :mod:`analogtheory.experiments.weight_programming_setup`.

Run ``python -m analogtheory.experiments.weight_programming [--quick] [--out FOLDER]``.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from analogtheory.experiments.core import (
    Array,
    Data,
    Experiment,
    Progress,
    Size,
    Sweep,
    rounding,
    run_module,
)
from analogtheory.experiments.weight_programming_figure import CAPTION
from analogtheory.experiments.weight_programming_setup import (
    SETTINGS,
    Problems,
    programmed,
    train,
)

#: Algorithms and their learning rates: the map, AGAD at a lower rate, the sweep of slopes.
_MAP = {"sgd": 0.005, "tt": 0.05, "ttv2": 0.05, "c-ttv2": 0.05, "agad": 0.05}
_SLOWER = {"agad": 0.02}
_SLOPES = {"ttv2": 0.01, "c-ttv2": 0.01, "c-ttv2-regular": 0.01, "agad": 0.01}
_SLOWER_SLOPES = {"agad": 0.003}
NAMES = {
    "sgd": "in-memory SGD",
    "tt": "TT",
    "ttv2": "TTv2",
    "c-ttv2": "c-TTv2",
    "c-ttv2-regular": "c-TTv2, regular",
    "agad": "AGAD",
}


def _inputs(
    states: list[int], spreads: list[float], slopes: list[float], faster: float, **size: int
) -> dict[str, Any]:
    """Groups of problems; `first` are their numbers, so that each has devices of its own."""

    def rates(slow: dict[str, float]) -> dict[str, float]:
        return {name: faster * lr for name, lr in slow.items()}

    against_spread = {"spreads": spreads}
    against_slope = {"states": [40], "spreads": [0.1], "slopes": slopes, "first": 20_000}
    groups = {
        "map": {"rates": rates(_MAP), "states": states, "first": 0, **against_spread},
        "slower": {"rates": rates(_SLOWER), "states": [20], "first": 10_000, **against_spread},
        "slopes": {"rates": rates(_SLOPES), **against_slope},
        "slower_slopes": {"rates": rates(_SLOWER_SLOPES), **against_slope},
    }
    return {**SETTINGS, "seed": 1, **size, **groups}


#: The quick problems are smaller and learn five times as fast.
INPUTS: dict[Size, dict[str, Any]] = {
    "quick": _inputs(
        [20, 100], [0.0, 0.1, 0.5], [1.0, 0.1, 1e-6], faster=5.0, lines=6, steps=600, seeds=3
    ),
    "full": _inputs(
        [10, 20, 50, 100, 500],
        [0.0, 0.05, 0.1, 0.2, 0.3, 0.5, 0.8],
        [1.0, 0.3, 0.1, 0.03, 0.01, 1e-6],
        faster=1.0,
        lines=20,
        steps=40_000,
        seeds=8,
    ),
}
#: Which of the axes algorithm, states, spread, slope, seed a group has.
_AXES: dict[str, Any] = {
    "map": np.s_[:, :, :, 0],
    "slower": np.s_[0, 0, :, 0],
    "slopes": np.s_[:, 0, 0, :],
    "slower_slopes": np.s_[0, 0, 0],
}


# ------------------------------------------------------------------ parts


def parts(size: Size) -> list[dict[str, Any]]:
    """One part for each algorithm of a group."""
    given = INPUTS[size]
    shared = {name: value for name, value in given.items() if name not in _AXES}
    return [
        {"slopes": [1.0], **given[group], **shared, "group": group, "algorithm": algorithm}
        for group in _AXES
        for algorithm in given[group]["rates"]
    ]


def run(part: Mapping[str, Any], progress: Progress) -> Data:
    """Errors of all problems of a part, (states, spreads, slopes, seeds)."""
    axes = part["states"], part["spreads"], part["slopes"], range(part["seeds"])
    states, spreads, slopes, seeds = np.array(list(itertools.product(*axes)), dtype=float).T
    problems = Problems(
        part["lines"],
        states=states,
        spread=spreads,
        data=seeds.astype(int),
        slope=slopes if "slopes" in part["group"] else None,
        first=part["first"],
    )
    name = part["algorithm"]
    algorithm = programmed(name, problems, part, part["rates"][name])
    errors = train(algorithm, problems, part["seed"], part["steps"], progress)
    return {"errors": errors.reshape([len(axis) for axis in axes])}


def join(size: Size, found: Sequence[Data]) -> Data:
    """Errors, and over the seeds their medians, least and largest values."""
    given = INPUTS[size]
    data: Data = {
        "states": np.array(given["map"]["states"], dtype=float),
        "spread": np.array(given["map"]["spreads"]),
        "slope": np.array(given["slopes"]["slopes"]),
        "breakdown": np.array([math.pi / (2 * math.sqrt(given["lines"]))]),
    }
    groups = [part["group"] for part in parts(size)]
    for group, axes in _AXES.items():
        chosen = [part["errors"] for part, of in zip(found, groups, strict=True) if of == group]
        errors = np.array(chosen)[axes]
        data[f"{group}_errors"] = errors
        data[f"{group}_median"] = np.median(errors, axis=-1)
        data[f"{group}_least"] = errors.min(axis=-1)
        data[f"{group}_largest"] = errors.max(axis=-1)
    return data


def tolerances(data: Data) -> dict[str, Any]:
    """Rounding for axes; for errors how far apart two runs of other pulses can be."""
    allowed: dict[str, Any] = {name: rounding(values, 1000) for name, values in data.items()}
    for group in _AXES:
        errors = data[f"{group}_errors"]
        apart = _apart(errors)
        allowed[f"{group}_errors"] = np.broadcast_to(apart[..., None], errors.shape)
        # none of them moves further than the errors that it is taken from
        allowed |= {f"{group}_{name}": apart for name in ("median", "least", "largest")}
    return allowed


def _apart(errors: Array) -> Array:
    """3.65·√2 standard deviations, at most the mean: as :func:`core.sampling`, for one problem.

    The relative deviation over seeds is pooled over all cells, as few seeds say little of it.
    """
    mean = errors.mean(axis=-1)
    relative = math.sqrt(np.mean(errors.var(axis=-1, ddof=1) / mean**2))
    return np.asarray(min(1.0, 3.65 * math.sqrt(2) * relative) * mean)


# ------------------------------------------------------------------ what is shown


def table(data: Data) -> str:
    """Medians of the map in percent of b, with the least and the largest of the problems."""
    spreads = [f"{spread:g}" for spread in data["spread"]]
    lines = [
        "Error, % of b: median (least – largest) of the problems of a cell.\n",
        f"| algorithm | states | σ_r = {' | '.join(spreads)} |",
        "|---|---:|" + "---:|" * len(spreads),
    ]
    shown = zip(
        *(100 * data[f"map_{name}"] for name in ("median", "least", "largest")), strict=True
    )
    for algorithm, rows in zip(_MAP, shown, strict=True):
        for states, *row in zip(data["states"], *rows, strict=True):
            cells = [f"{m:.2g} ({a:.2g} – {b:.2g})" for m, a, b in zip(*row, strict=True)]
            lines.append(f"| {NAMES[algorithm]} | {states:g} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def draw(data: Data) -> Any:
    """Five maps, errors at 20 states, errors against the slope."""
    from analogtheory.experiments.weight_programming_figure import draw as figure

    return figure(data, [NAMES[name] for name in _MAP], [NAMES[name] for name in _SLOPES])


EXPERIMENT = Experiment(
    name="weight_programming",
    title="Weight programming: error against offset, number of states and asymmetry",
    caption=CAPTION,
    claims=(
        "agad-gain-against-ttv2",
        "agad-offset-shift",
        "ttv2-breakdown-flow",
        "symmetric-device-signals",
        "random-chopper-gain-is-larger",
    ),
    inputs=INPUTS,
    sweep=Sweep(parts=parts, run=run, join=join),
    draw=draw,
    tolerances=tolerances,
    table=table,
)

if __name__ == "__main__":
    run_module(EXPERIMENT)
