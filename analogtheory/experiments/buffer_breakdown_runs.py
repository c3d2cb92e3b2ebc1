"""The simulated regressions of the breakdown experiment: TTv2 on tiles, pulse by pulse.

Lengths are in units of the label noise s, times in units of s/(λK), K = π/(2κ): the mean flow of
a row error e is e_j′ = q_j − f(e_j/√(‖e‖² + 1)) there, q = o/K. λ is the mean change of W by one
vector and unit read. It is chosen so that the slow array is by the factor `separation` slower than
the fast one, which relaxes at the rate lr·κ·E|x_j d| = lr·κ·(2/π)s.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from analogtheory.experiments import buffer_breakdown_theory as theory
from analogtheory.experiments.core import Array, Data, Progress, interval
from analogtheory.responses.response import Response
from analogtheory.training import (
    Buffer,
    Devices,
    FastRate,
    Grid,
    LinearRegression,
    Pulses,
    Trainer,
    Transfer,
    TTv2,
    drawn_target,
)

#: Records of a window, and the parts of it that a row's interval comes from.
_RECORDS, _BATCHES = 96, 8


@dataclass(frozen=True)
class Departure:
    """What is changed in one of the settings, and how it is called."""

    label: str
    dw_min: float | None = None
    scaled: bool = False
    forget: bool = False
    real_slow: bool = False
    read_noise: float = 0.0


_DEPARTURES = {
    "none": Departure("settings of (a)"),
    "pulses": Departure("pulses ×10", dw_min=0.1),
    "cut": Departure("5 slots, scaled", scaled=True),
    "forget": Departure("buffer forgets", forget=True),
    "slow": Departure("slow array linear", real_slow=True),
    "read": Departure("read noise 0.06", read_noise=0.06),
}


def departures() -> dict[str, str]:
    """Name and label of each."""
    return {name: setting.label for name, setting in _DEPARTURES.items()}


def separation(columns: int) -> float:
    """Rate of the slow array over that of the fast one: smaller for more columns, whose
    fluctuations add up in ‖e‖."""
    return min(0.3, 8 / columns)


class Bench:
    """A batch of regressions with drawn offsets, one for each spread.

    Parameters
    ----------
    columns, rows : int
    spreads : array
        σ√n/K.
    given : mapping
        Inputs of the experiment.
    label_noise : bool
    change : Departure
    """

    def __init__(
        self,
        columns: int,
        rows: int,
        spreads: Any,
        given: dict[str, Any],
        *,
        label_noise: bool = True,
        change: Departure | None = None,
    ):
        change = change or _DEPARTURES["none"]
        self.reach = math.pi / (2 * given["kappa"])
        self.noise = given["label_noise"]
        self.columns, self.shape = columns, (len(spreads), rows, columns)
        relaxation = given["lr"] * given["kappa"] * 2 / math.pi * self.noise
        self.rate = separation(columns) * relaxation  # of e, per vector
        self.given, self.change = given, change
        offsets = np.array(spreads) * self.reach / math.sqrt(columns)
        self.fast = Devices(
            "linear", dw_min=change.dw_min or given["dw_min"], offset_spread=offsets
        )
        self.target = (
            drawn_target(self.shape, seed=given["seed"]) if change.real_slow else np.zeros(1)
        )
        self.label_noise = self.noise if label_noise else 0.0

    def algorithm(self, initial: Any) -> TTv2:
        """TTv2 with λ = rate·s/K: all columns are read every n_s vectors."""
        given, change = self.given, self.change
        size = given["slow_dw_min"]
        gain = self.rate * self.noise / self.reach * given["every"] / size
        slow = Response(1, 1, -50, 50)
        rate = FastRate(given["lr"], pulses=Pulses(given["longest_train"]))
        if change.scaled:
            rate = FastRate(1.0, scaled=True, pulses=Pulses(5))
        return TTv2(
            Grid(self.shape, seed=given["seed"], stream=8 * self.columns),
            self.fast,
            Devices("linear" if change.real_slow else slow, dw_min=size, zero_shift="none"),
            rate=rate,
            transfer=Transfer(every=given["every"], reads=None, read_noise=change.read_noise),
            buffer=Buffer(
                gain * (change.dw_min or given["dw_min"]),
                forget=change.forget,
                most_pulses=1 if change.forget else 1000,
            ),
            initial=initial,
        )

    def errors(self, initial: Any, times: list[float], progress: Progress) -> tuple[Array, Array]:
        """Offsets over K, and (W − W*)/s at some times, (times, spreads, rows, columns)."""
        algorithm = self.algorithm(initial)
        task = LinearRegression(
            self.shape, self.target, label_noise=self.label_noise,
            seed=self.given["seed"], stream=8 * self.columns,
        )  # fmt: skip
        offsets = np.asarray(algorithm.fast.symmetric_points, dtype=float).reshape(self.shape)
        trainer, kept = Trainer(algorithm, task), []
        for time in times:
            steps = max(1, round(time / self.rate))
            if steps > trainer.done:
                trainer.run(steps, progress=False)
            kept.append((np.array(algorithm.effective_weights) - self.target) / self.noise)
            progress(time / times[-1])
        return offsets / self.reach, np.array(kept)


def regression(columns: int, rows: int, given: dict[str, Any], progress: Progress) -> Data:
    """Row errors at rest: (spreads, rows)."""
    bench = Bench(columns, rows, given["spreads"], given)
    return _at_rest(bench, given["times"], progress)


def _at_rest(bench: Bench, window: list[float], progress: Progress) -> Data:
    """Means over the window; the flow from the same start over the same window.

    ‖mean of e‖² is the product of the means of the two halves, so that what is left of the
    fluctuations drops out in the mean.
    """
    first, last = window
    times = np.linspace(first, last, _RECORDS + 1)[1:]
    relative, errors = bench.errors(bench.target, [float(t) for t in times], progress)
    halves = errors.reshape(2, -1, *errors.shape[1:]).mean(axis=1)
    square = np.maximum((halves[0] * halves[1]).sum(axis=-1), 0.0)
    mean = errors.mean(axis=0)
    along = mean / np.maximum(np.linalg.norm(mean, axis=-1, keepdims=True), 1e-9)
    projected = (errors * along).sum(axis=-1)
    batches = projected.reshape(_BATCHES, -1, *projected.shape[1:]).mean(axis=1)
    ends = np.asarray(np.round(np.linspace(first, last, _BATCHES + 1)[1:], 1))
    flow = theory.flow(relative, np.zeros(relative.shape), ends, noise=True).mean(axis=0)
    return {
        "row_sum": np.minimum(theory.sums(relative, 1.0), 10.0),
        "row_error": np.sqrt(square),
        "row_half": interval(batches, axis=0)[1],
        "row_flow": np.linalg.norm(flow, axis=-1),
        "fluctuation": np.median(errors.var(axis=0).sum(axis=-1), axis=-1),
    }


def growth(columns: int, rows: int, given: dict[str, Any], progress: Progress) -> Data:
    """Without label noise from ‖e‖ = s along the offsets: the share of rows that grow.

    A row has broken down if its error at the second time exceeds that at the start, and that at
    the first, when the fast array has settled.
    """
    spreads = np.array(given["factors"]) * theory.critical_spread(columns)
    bench = Bench(columns, rows, spreads, given, label_noise=False)
    drawn = bench.algorithm(0.0).fast.symmetric_points
    offsets = np.asarray(drawn, dtype=float).reshape(bench.shape)
    start = offsets / np.linalg.norm(offsets, axis=-1, keepdims=True)
    relative, errors = bench.errors(bench.noise * start, given["growth"], progress)
    first, last = np.linalg.norm(errors, axis=-1)
    sums = theory.sums(relative, 1.0)
    return {
        "share": (last > np.maximum(first, 1.0)).mean(axis=-1),
        "predicted": (sums > 1).mean(axis=-1),
    }


def departure(name: str, given: dict[str, Any], progress: Progress) -> Data:
    """Measured over claimed row error with one setting changed, mean over rows."""
    setting, rows = given["settings"], given["departure_rows"]
    bench = Bench(
        setting["columns"], rows, [setting["spread"]], given, change=replace(_DEPARTURES[name])
    )
    found = _at_rest(bench, given["times"], progress)
    total = found["row_sum"][0]
    settled = total < 0.8
    claimed = np.sqrt(total / (1 - np.minimum(total, 0.99)))
    ratio, half = interval(found["row_error"][0][settled] / claimed[settled], axis=0)
    return {"ratio": np.array(ratio), "ratio_half": np.array(half)}
