"""Quick sizes computed again and compared with the stored numbers."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from analogtheory.experiments import store
from analogtheory.experiments.core import Data, Experiment, Progress, silent
from analogtheory.experiments.sweep import Watch, unseen, work_off
from analogtheory.experiments.work import Work, planned


@dataclass(frozen=True)
class Comparison:
    """What a recomputation of the quick size found.

    Attributes
    ----------
    name : str
    lines : list of str
        One for each array that differs.
    seconds : float
    problem : Exception, optional
        Why it could not be compared.
    """

    name: str
    lines: list[str]
    seconds: float = 0.0
    problem: Exception | None = None


def check(experiment: Experiment, out: Path, progress: Progress = silent) -> list[str]:
    """Compute the quick size again in this process; one line for each array that differs.

    Raises
    ------
    InputError
        If there are no stored numbers, or they are damaged.
    """
    watched: Watch = lambda share, words: progress(share)  # noqa: E731
    [found] = compared([experiment], out, jobs=1, watch=watched)
    if found.problem is not None:
        raise found.problem
    return found.lines


def compared(
    experiments: Sequence[Experiment],
    out: Path,
    *,
    executor: Executor | None = None,
    jobs: int | None = None,
    watch: Watch = unseen,
) -> Generator[Comparison, None, None]:
    """Compute the quick sizes again and compare, each as soon as it is there."""
    works = [_to_compare(experiment, store.folder_of(out, "quick")) for experiment in experiments]
    with contextlib.closing(work_off(works, executor=executor, jobs=jobs, watch=watch)) as stream:
        for work in stream:
            yield _compared(work)


def _to_compare(experiment: Experiment, folder: Path) -> Work:
    """All parts of the quick size, if there are numbers to compare with."""
    try:
        stored = store.read(experiment.name, folder).data
        work = planned(experiment, "quick")
    except Exception as problem:
        return Work(experiment, problems=[problem])
    work.stored = stored
    return work


def _compared(work: Work) -> Comparison:
    name, seconds = work.experiment.name, work.seconds
    if work.problems:
        return Comparison(name, [], seconds, work.problems[0])
    assert work.stored is not None
    try:
        lines = differences(work.experiment, work.stored, work.joined("quick"))
    except Exception as problem:
        return Comparison(name, [], seconds, problem)
    finally:
        work.forget()
    return Comparison(name, lines, seconds)


def differences(experiment: Experiment, stored: Data, found: Data) -> list[str]:
    """What is different between two runs beyond the tolerances of the first."""
    lines = [f"{name}: not stored" for name in sorted(found.keys() - stored.keys())]
    lines += [f"{name}: not computed any more" for name in sorted(stored.keys() - found.keys())]
    tolerances = experiment.tolerances(stored)
    for name in sorted(stored.keys() & found.keys()):
        if name not in tolerances:
            lines.append(f"{name}: has no tolerance")
        elif found[name].shape != stored[name].shape:
            lines.append(f"{name}: shape {found[name].shape}, stored {stored[name].shape}")
        else:
            lines += _beyond(name, stored[name], found[name], tolerances[name])
    return lines


def _beyond(name: str, stored: Any, found: Any, tolerance: Any) -> list[str]:
    """The worst entry beyond its tolerance, in a line."""
    both_nan = np.isnan(stored) & np.isnan(found)
    with np.errstate(invalid="ignore"):  # ∞ − ∞ of two equal entries
        gap = np.where(both_nan | (stored == found), 0.0, np.abs(found - stored))
    allowed = np.broadcast_to(np.asarray(tolerance, dtype=float), gap.shape)
    wrong = ~(gap <= allowed) & ~both_nan  # a NaN on one side only is wrong
    if not wrong.any():
        return []
    excess = np.where(wrong, np.nan_to_num(gap - allowed, nan=np.inf), -np.inf)
    place = np.unravel_index(int(np.argmax(excess)), gap.shape)
    at = ", ".join(str(int(i)) for i in place)
    return [
        f"{name}: {int(wrong.sum())} of {wrong.size} differ; at [{at}] {found[place]:.9g}, "
        f"stored {stored[place]:.9g}, tolerance {allowed[place]:.2g}"
    ]
