"""What a simulation hands back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from analogtheory.errors import InputError
from analogtheory.simulation.fidelity import Fidelity

Array = NDArray[np.float64]


class DivergedError(InputError, RuntimeError):
    """A simulated number is not finite; the message names the step and the state."""


def diverged(step: int, name: str) -> DivergedError:
    """The error for a state that is not finite after a step."""
    return DivergedError(
        f"step {step}: state {name} is not a finite number; the step sizes may be too large"
    )


class Interval(NamedTuple):
    """A mean with its confidence interval.

    `mean`, `low` and `high` are floats for a scalar observable, else arrays.
    """

    mean: Any
    low: Any
    high: Any
    #: Number of independent trajectories behind it.
    replicas: int


@dataclass(frozen=True, eq=False)
class SimulationResult:
    """The outcome of :func:`analogtheory.simulation.simulate`.

    N trajectories; an array of one state has shape (N,) for a scalar objective and
    (N, D) in D dimensions.

    Attributes
    ----------
    final : dict of arrays
        Each state after the last step.
    averages : dict of arrays, first axis of length N
        Time average of each observable over the states before steps burn_in,
        burn_in + 1, …, steps − 1 (the sums (1/K)Σ_{k<K} of the theorems).
    trajectory : dict of arrays, first axis the records
        Each state before step ``recorded_steps[r]`` (after the last one if that equals
        `steps`); empty unless ``record="trajectory"``.
    recorded_steps : array of int
        0, every, 2·every, … ≤ steps; empty unless ``record="trajectory"``.
    clipped : dict of float
        For each analog state, the fraction of its updates (over steps, trajectories and
        coordinates) that were cut at an end of the range.
    pulses : dict of float
        For each analog state, the mean number of pulses of one update; empty for
        fidelity "averaged".
    truncated : dict of float
        For each analog state, the fraction of its updates whose pulse train was too short
        for the wanted change, |Δ| > BL·Δw_min; empty for fidelity "averaged".
    trajectories, steps, burn_in, first_trajectory, seed : int
    fidelity : Fidelity
    backend : str
        What computed it: "numpy", "numba" or "cupy".
    compile_seconds : float
        What compiling the kernel, or loading it from the cache on disk, took in this call;
        0 for a kernel that was there, and for "numpy".
    dtype : str
        Of the states in `final` and `trajectory`: "float64" or "float32". Averages are always
        in double precision.
    """

    final: dict[str, Array]
    averages: dict[str, Array]
    trajectory: dict[str, Array]
    recorded_steps: NDArray[np.int64]
    clipped: dict[str, float]
    pulses: dict[str, float]
    truncated: dict[str, float]
    trajectories: int
    steps: int
    burn_in: int
    first_trajectory: int
    seed: int
    fidelity: Fidelity
    backend: str
    compile_seconds: float = 0.0
    dtype: str = "float64"

    def interval(self, name: str, confidence: float = 0.95) -> Interval:
        """Student's t interval of an observable's mean over independent trajectories.

        mean ± t·s/√N with s² = Σ(aᵢ − mean)²/(N − 1) and t the (1 + confidence)/2
        quantile of Student's law with N − 1 degrees of freedom. It speaks of the mean of
        the time average; a transient that `burn_in` leaves in is not accounted for.

        Parameters
        ----------
        name : str
            Name of an observable.
        confidence : float
            In (0, 1).

        Raises
        ------
        InputError
            If there is no such observable, fewer than two trajectories, or `confidence`
            lies outside (0, 1).
        """
        if name not in self.averages:
            known = ", ".join(self.averages) or "none"
            raise InputError(f"observable {name!r}: not observed; there are: {known}")
        if not 0.0 < confidence < 1.0:
            raise InputError(f"confidence: must lie strictly between 0 and 1, got {confidence}")
        if self.trajectories < 2:
            raise InputError("interval: needs at least 2 trajectories, there is 1")
        values, count = self.averages[name], self.trajectories
        mean = values.mean(axis=0)
        quantile = float(stats.t.isf(0.5 * (1.0 - confidence), count - 1))
        half = quantile * values.std(axis=0, ddof=1) / np.sqrt(count)
        ends = (mean, mean - half, mean + half)
        plain = [float(end) if end.ndim == 0 else end for end in map(np.asarray, ends)]
        return Interval(plain[0], plain[1], plain[2], count)
