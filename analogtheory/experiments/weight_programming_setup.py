"""Weight programming: a linear layer is trained to a target on arrays with offsets.

Settings of the theory notes 5.7 (after arXiv:2303.04721 Fig. 4, whose own are not all known):
targets N(0, 0.3²) cut at ±0.8, inputs N(0, I), soft bounds dw± = Δ(1 ∓ w/b), b = 1, 2/Δ states.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from analogtheory import responses
from analogtheory.errors import InputError
from analogtheory.experiments.core import Array, Progress
from analogtheory.responses.response import Response
from analogtheory.tiles.devices import Draws, varied
from analogtheory.training import (
    AGAD,
    Algorithm,
    Buffer,
    ChoppedTTv2,
    Chopper,
    Devices,
    FastRate,
    Grid,
    InMemorySGD,
    LinearRegression,
    Pulses,
    TikiTaka,
    Trainer,
    Transfer,
    TTv2,
    drawn_target,
)

#: What all problems have in common.
SETTINGS: dict[str, Any] = {
    "cycle_noise": 0.3,
    "pulse_spread": 0.3,
    "up_down_spread": 0.1,
    "bound_spread": 0.3,
    "read_noise": 0.06,
    "auto_granularity": 200,
    "every": 5,
    "longest_train": 5,
    "reads_of_a_phase": 10,
    "tail": 5.0,
}
ALGORITHMS = ("sgd", "tt", "ttv2", "c-ttv2", "c-ttv2-regular", "agad")


@dataclass(frozen=True, eq=False)
class Problems:
    """Independent problems of one size.

    Attributes
    ----------
    lines : int
        Rows and columns.
    states : array (problems,)
        2/Δ.
    spread : array (problems,)
        Standard deviation of the offset of the fast array; of the only array for SGD.
    data : array of int (problems,)
        Problems with the same number have the same target and inputs.
    slope : array (problems,), optional
        κ of the fast array, dw± = Δ(1 ∓ κw/(1 + 0.3ξ)), up and down pulses of a cell alike
        at w = 0. Unless given κ = 1, and up and down pulses differ.
    first : int
        Number of the first problem; each has devices of its own.
    """

    lines: int
    states: Array
    spread: Array
    data: Any
    slope: Array | None = None
    first: int = 0

    @property
    def shape(self) -> tuple[int, int, int]:
        """(problems, rows, columns)."""
        return len(self.states), self.lines, self.lines


def train(
    algorithm: Algorithm, problems: Problems, seed: int, steps: int, progress: Progress
) -> Array:
    """Train with some vectors; root mean square of W − W* after them, (problems,)."""
    target = drawn_target(problems.shape, seed=seed, data=problems.data)
    task = LinearRegression(problems.shape, target, seed=seed, data=problems.data)
    trainer = Trainer(algorithm, task)
    shares = 20
    for share in range(1, shares):
        trainer.run(steps * share // shares, progress=False)
        progress(share / shares)
    return trainer.run(steps, progress=False).final("error")


def programmed(name: str, problems: Problems, given: Mapping[str, Any], lr: float) -> Algorithm:
    """An algorithm on these problems, before training.

    Parameters
    ----------
    name : str
        One of `ALGORITHMS`; c-TTv2 has a random chopper unless it is called regular.
    problems : Problems
    given : mapping
        As `SETTINGS`, and "seed".
    lr : float
        Of TT: that of the buffer which TTv2 has in its place.

    Raises
    ------
    InputError
        If there is no such algorithm.
    """
    grid = Grid(problems.shape, seed=given["seed"], first_problem=problems.first)
    if name == "sgd":
        return InMemorySGD(grid, _slow(problems, given, problems.spread), lr=lr)
    arrays = grid, _fast(grid, problems, given), _slow(problems, given)
    common: dict[str, Any] = {
        "rate": FastRate(1.0, scaled=True, pulses=Pulses(given["longest_train"])),
        "transfer": Transfer(every=given["every"], read_noise=given["read_noise"]),
    }
    if name == "tt":
        return TikiTaka(*arrays, **common | _unbuffered(problems, given, lr))
    common["buffer"] = Buffer(lr, auto_granularity=given["auto_granularity"])
    flip = 1 / given["reads_of_a_phase"]
    if name == "ttv2":
        return TTv2(*arrays, **common)
    if name in ("c-ttv2", "c-ttv2-regular"):
        return ChoppedTTv2(*arrays, **common, chopper=Chopper(flip, regular=name != "c-ttv2"))
    if name == "agad":
        chopper = Chopper(flip, regular=True)
        return AGAD(*arrays, **common, chopper=chopper, tail=given["tail"])
    raise InputError(f"algorithm {name!r}: must be one of {', '.join(ALGORITHMS)}")


def _unbuffered(problems: Problems, given: Mapping[str, Any], lr: float) -> dict[str, Any]:
    """C moves by λv in the mean, as it would from a buffer: λ = lr·lines·n_s/g₀.

    A stochastic train: where λ|v|/Δ ≤ 1 one pulse with this probability, stochastic rounding.
    """
    rate = lr * problems.lines * given["every"] / given["auto_granularity"]
    return {"transfer_lr": rate, "pulses": Pulses(given["longest_train"])}


def _common(problems: Problems, given: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "dw_min": 2 / problems.states,
        "cycle_noise": given["cycle_noise"],
        "multiplicative_noise": False,
    }


def _slow(problems: Problems, given: Mapping[str, Any], spread: Any = None) -> Devices:
    """Bounds ±1 in every cell; read against 0, or, with offsets, against symmetric points."""
    variation = {"log_dw_min": given["pulse_spread"], "up_down": given["up_down_spread"]}
    reference = {"zero_shift": "none"} if spread is None else {"offset_spread": spread}
    return Devices(
        "soft-bounds", **_common(problems, given), device_variation=variation, **reference
    )


def _fast(grid: Grid, problems: Problems, given: Mapping[str, Any]) -> Devices:
    variation = {"log_dw_min": given["pulse_spread"], "bounds": given["bound_spread"]}
    common = {**_common(problems, given), "offset_spread": problems.spread}
    if problems.slope is None:
        variation["up_down"] = given["up_down_spread"]
        return Devices("soft-bounds", **common, device_variation=variation)
    draws = Draws(grid.seed, grid.stream, grid.first_problem, problems.shape)
    mean = responses.get("soft-bounds")
    assert isinstance(mean, Response)
    cells = varied(mean, variation, draws).response
    slope = np.reshape(problems.slope, (-1, 1, 1))
    ends = {end: cells.parameters[end] / slope for end in ("w_max", "w_min")}
    return Devices(cells.with_parameters(**ends), **common)
