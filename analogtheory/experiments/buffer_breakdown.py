"""TTv2 with drawn offsets: the error of a matrix regression, and where it breaks down.

y = Wx against labels with Gaussian noise s, x ~ N(0, I), n columns; the fast array is the linear
device with κ = 1 and pulses of Δ, read against references that are off by o_j ~ N(0, σ²)
(theory notes of the family 5.4). Settings follow the hypotheses of the claims as far as pulses
allow: fixed rate of the fast array, trains that are long enough not to be cut, a buffer that keeps
its rest, a slow array without bounds or asymmetry, 3 to 10 times slower than the fast one. Rows
of a tile share inputs; the label noise and the offsets are their own. Panel (d) leaves these
settings one by one.

Run ``python -m analogtheory.experiments.buffer_breakdown [--quick] [--out FOLDER]``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy import stats

from analogtheory.experiments import buffer_breakdown_theory as theory
from analogtheory.experiments.buffer_breakdown_figure import CAPTION
from analogtheory.experiments.buffer_breakdown_runs import (
    departure,
    departures,
    growth,
    regression,
)
from analogtheory.experiments.core import (
    Array,
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

_COMMON: dict[str, Any] = {
    "seed": 1,
    "kappa": 1.0,
    "label_noise": 0.1,
    "dw_min": 0.01,
    "slow_dw_min": 0.001,
    "lr": 0.05,
    "every": 40,
    "longest_train": 31,
    "settings": {"columns": 20, "spread": 0.6},
    "fine": [0.05, 1.3, 126],
    "lines": [4, 128],
}
INPUTS: dict[Size, dict[str, Any]] = {
    "quick": {
        **_COMMON,
        "fine": [0.05, 1.3, 26],
        "sizes": {"5": 24, "20": 24},
        "spreads": [0.4, 0.7, 1.1],
        "factors": [0.85, 1.0, 1.15],
        "times": [5.0, 10.0],
        "growth": [5.0, 15.0],
        "departure_rows": 32,
    },
    "full": {
        **_COMMON,
        "sizes": {"5": 384, "10": 256, "20": 192, "40": 96, "80": 48},
        "spreads": [0.3, 0.45, 0.6, 0.75, 0.85, 0.95, 1.1],
        "factors": [0.82, 0.88, 0.94, 1.0, 1.06, 1.12, 1.18],
        "times": [25.0, 45.0],
        "growth": [5.0, 30.0],
        "departure_rows": 192,
    },
}


def parts(size: Size) -> list[dict[str, Any]]:
    """Two runs for each number of columns, and one for each departure."""
    given = INPUTS[size]
    found = [
        {"run": run, "columns": int(columns), "rows": rows, "given": given}
        for columns, rows in given["sizes"].items()
        for run in ("regression", "growth")
    ]
    return found + [{"run": "departure", "name": name, "given": given} for name in departures()]


def run(part: Mapping[str, Any], progress: Progress) -> Data:
    """One of them."""
    if part["run"] == "departure":
        return departure(part["name"], part["given"], progress)
    simulated = regression if part["run"] == "regression" else growth
    return simulated(part["columns"], part["rows"], part["given"], progress)


def join(size: Size, done: Sequence[Data]) -> Data:
    """Sizes first; rows that a size does not have are NaN."""
    given = INPUTS[size]
    count = len(given["sizes"])
    most = max(given["sizes"].values())
    noisy, grown = done[0 : 2 * count : 2], done[1 : 2 * count : 2]
    data: Data = {"columns": np.array([float(n) for n in given["sizes"]])}
    data["spread"] = np.array(given["spreads"])
    for name in ("row_sum", "row_error", "row_half", "row_flow"):
        data[name] = np.array([_padded(part[name], most) for part in noisy])
    data["fluctuation"] = np.array([part["fluctuation"] for part in noisy])
    error, low, high = _medians(data["row_error"])
    data |= {"error": error, "error_low": low, "error_high": high}
    data["error_flow"] = np.nanmedian(data["row_flow"], axis=2)
    data |= _curves(given)
    data["growth_factor"] = np.array(given["factors"])
    data["growth_share"] = np.array([part["share"] for part in grown])
    data["growth_predicted"] = np.array([part["predicted"] for part in grown])
    data["critical"], data["critical_half"] = _critical(data, list(given["sizes"].values()))
    for name in ("ratio", "ratio_half"):
        data[f"departure_{name}"] = np.array([float(p[name]) for p in done[2 * count :]])
    return data


def _padded(rows: Array, length: int) -> Array:
    padded = np.full((rows.shape[0], length), np.nan)
    padded[:, : rows.shape[1]] = rows
    return padded


def _medians(rows: Array) -> tuple[Array, Array, Array]:
    """Medians over the last axis, with the order statistics of their 99 % interval."""
    low, middle, high = (np.empty(rows.shape[:-1]) for _ in range(3))
    for place in np.ndindex(rows.shape[:-1]):
        values = np.sort(rows[place][np.isfinite(rows[place])])
        rank = int(stats.binom.ppf(0.005, len(values), 0.5))
        low[place], high[place] = values[max(rank - 1, 0)], values[min(-rank, -1)]
        middle[place] = np.median(values)
    return middle, low, high


def _curves(given: dict[str, Any]) -> Data:
    """Medians over the law of the offsets against the spread, and critical spreads against n."""
    first, last, count = given["fine"]
    fine = np.linspace(first, last, count)
    rows = [[theory.quantile(int(n), float(t)) for t in fine] for n in given["sizes"]]
    least, most = given["lines"]
    lines = np.unique(np.geomspace(least, most, 24).astype(int))
    return {
        "fine": fine,
        "error_exact": np.sqrt(np.array(rows) / (1 - np.array(rows))),
        "lines": lines.astype(float),
        "critical_exact": np.array([theory.critical_spread(int(n)) for n in lines]),
        "critical_simple": np.array([theory.critical_spread_simple(int(n)) for n in lines]),
        "critical_proved": np.array([theory.critical_spread(int(n)) for n in given["sizes"]]),
    }


def _critical(data: Data, rows: list[int]) -> tuple[Array, Array]:
    """Factor at which half of the rows break down: weighted line through the probits.

    Shares count one half of a row more at either end; their standard errors are binomial.
    """
    found, factors = [], data["growth_factor"]
    for share, count, proved in zip(
        data["growth_share"], rows, data["critical_proved"], strict=True
    ):
        inside = (share * count + 0.5) / (count + 1)
        probit = stats.norm.ppf(inside)
        weight = count * stats.norm.pdf(probit) ** 2 / (inside * (1 - inside))
        mean = np.average(factors, weights=weight)
        spread = (weight * (factors - mean) ** 2).sum()
        slope = (weight * (factors - mean) * probit).sum() / spread
        centre = mean - np.average(probit, weights=weight) / slope
        error = math.sqrt(1 / weight.sum() + (centre - mean) ** 2 / spread) / slope
        found.append((centre * proved, float(stats.norm.ppf(0.995)) * error * proved))
    return np.array(found).T[0], np.array(found).T[1]


def tolerances(data: Data) -> dict[str, Any]:
    """Rounding for what is derived; half-widths, or one row of many, for what is sampled."""
    allowed: dict[str, Any] = {name: rounding(values, 100_000) for name, values in data.items()}
    for name in ("error_exact", "critical_exact", "critical_proved"):
        allowed[name] = 1e-6  # of root finding
    rows = min(INPUTS["quick"]["sizes"].values())
    half = np.nan_to_num(data["row_half"])
    allowed["row_half"] = np.minimum(1.4 * half + 0.05, half.max())  # 4/√8: eight parts
    allowed["row_error"] = sampling(np.nan_to_num(data["row_half"]), widths=3.0) + 0.05
    for name in ("error", "error_low", "error_high"):
        width = data["error_high"] - data["error_low"]
        allowed[name] = np.minimum(width, data[name].max())
    allowed["row_flow"], allowed["error_flow"] = 1e-6, 1e-6
    allowed["fluctuation"] = 0.5 * data["fluctuation"]
    allowed["growth_share"] = 3.65 * math.sqrt(0.5 / rows)
    allowed["growth_share"] = np.minimum(allowed["growth_share"], 1.0)
    allowed["critical"] = sampling(data["critical_half"])
    allowed["critical_half"] = data["critical_half"]
    half = data["departure_ratio_half"]
    allowed["departure_ratio"] = sampling(half)
    allowed["departure_ratio_half"] = sampling_of_width(half, INPUTS["quick"]["departure_rows"])
    return allowed


def draw(data: Data) -> Any:
    """Four panels."""
    from analogtheory.experiments.buffer_breakdown_figure import draw as figure

    return figure(data)


EXPERIMENT = Experiment(
    name="buffer_breakdown",
    title="Where TTv2 breaks down: drawn offsets, tiles of several sizes",
    caption=CAPTION,
    claims=("ttv2-label-noise-error", "ttv2-breakdown-exact", "ttv2-breakdown-flow"),
    inputs=INPUTS,
    sweep=Sweep(parts=parts, run=run, join=join),
    draw=draw,
    tolerances=tolerances,
)

if __name__ == "__main__":
    run_module(EXPERIMENT)
