"""An experiment of twelve short parts that says which process computed what, for the tests.

The environment says what becomes of it: TOY_LOG, a folder in which each part leaves a file when it
begins and when it ends; TOY_ACTS, JSON from part numbers to what these parts do.
"""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from analogtheory.errors import InputError, MissingExtra
from analogtheory.experiments.core import Data, Experiment, Progress, Size, Sweep
from analogtheory.experiments.look import new_figure

COUNT = 12


def parts(size: Size) -> list[dict[str, Any]]:
    acts = json.loads(os.environ.get("TOY_ACTS", "{}"))
    if acts.get("parts") == "unusable":
        raise InputError("toy: its parts cannot be known")
    return [
        {"number": number, "seed": 1, "act": acts.get(str(number), "compute")}
        for number in range(COUNT)
    ]


def run(part: Mapping[str, Any], progress: Progress) -> Data:
    log, name = os.environ.get("TOY_LOG"), f"{part['number']}-{os.getpid()}"
    if log:
        (Path(log) / f"{name}-begun").touch()
    progress(0.5)
    _act(part["act"])
    draws = np.random.Generator(np.random.Philox(key=[part["seed"], part["number"]]))
    if log:
        (Path(log) / f"{name}-ended").touch()
    return {"x": draws.standard_normal(3), "number": np.array(part["number"], dtype=float)}


def _act(act: str) -> None:
    if act.startswith("sleep"):
        time.sleep(float(act.removeprefix("sleep ")))
    elif act == "unusable":
        raise InputError("toy: this part cannot be used")
    elif act == "extra":
        raise MissingExtra("ml")
    elif act == "bug":
        raise ZeroDivisionError("a bug")
    elif act == "die" and not os.path.exists(os.environ["TOY_SPARE"]):
        os.kill(os.getpid(), signal.SIGKILL)


def join(size: Size, found: Sequence[Data]) -> Data:
    assert [int(one["number"]) for one in found] == list(range(COUNT))
    return {"x": np.stack([one["x"] for one in found]), "count": np.array([len(found)])}


def draw(data: Data) -> Any:
    figure = new_figure(1.0, "single")
    axes: Any = figure.subplots()
    axes.plot(data["x"])
    return figure


EXPERIMENT = Experiment(
    name="sweeping",
    title="Twelve parts",
    caption="Draws <by> part.",
    claims=(),
    inputs={"quick": {"seed": 1}, "full": {"seed": 1}},
    sweep=Sweep(parts=parts, run=run, join=join),
    draw=draw,
    tolerances=lambda data: {"x": 0.0, "count": 0.0},
)
