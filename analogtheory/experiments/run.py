"""Running experiments: compute or reuse the numbers, draw them, compare them with stored ones."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from analogtheory.errors import InputError
from analogtheory.experiments import store
from analogtheory.experiments.core import Data, Experiment, Progress, Size, Sweep, silent
from analogtheory.experiments.look import paper_style


@dataclass(frozen=True)
class Outcome:
    """What became of one experiment.

    Attributes
    ----------
    files : list of Path
        Numbers, record, PDF, PNG, and the table if there is one.
    reused : bool
        Whether the numbers were there already, from the same inputs, versions and source.
    note : str
        What was wrong with stored numbers that had to be computed again, or "".
    seconds : float
        Of the computation; 0 where reused.
    """

    files: list[Path]
    reused: bool
    note: str
    seconds: float


def regenerate(
    experiment: Experiment,
    size: Size,
    out: Path,
    *,
    force: bool = False,
    progress: Progress = silent,
) -> Outcome:
    """Write the numbers and the picture of one experiment.

    Parameters
    ----------
    experiment : Experiment
    size : {"quick", "full"}
    out : Path
        Full results are written there, quick ones into its folder "quick".
    force : bool
        Compute even where current numbers are stored.
    progress : callable

    Raises
    ------
    InputError
        If the folder cannot be written.
    """
    folder = store.folder_of(out, size)
    store.make_folder(folder)
    stored, note = (None, "") if force else _current(experiment, size, folder)
    start = time.perf_counter()
    if stored is None:
        data = computed(experiment, size, progress)
        seconds = time.perf_counter() - start
        store.write(experiment, folder, data, store.record_of(experiment, size, data, seconds))
    else:
        data, seconds = stored, 0.0
    pictures = draw(experiment, data, folder)
    numbers = [folder / f"{experiment.name}.{ending}" for ending in ("npz", "json")]
    return Outcome([*numbers, *pictures], stored is not None, note, seconds)


def _current(experiment: Experiment, size: Size, folder: Path) -> tuple[Data | None, str]:
    """Stored numbers if they are whole and what would be computed now."""
    if not (folder / f"{experiment.name}.npz").exists():
        return None, ""
    try:
        stored = store.read(experiment.name, folder)
    except InputError as problem:
        return None, str(problem).partition(";")[0] + "; computed again"
    same = stored.record.get("inputs_sha256") == store.inputs_hash(experiment, size)
    return (stored.data if same else None), ""


def computed(experiment: Experiment, size: Size, progress: Progress = silent) -> Data:
    """The numbers, as arrays of doubles."""
    if experiment.sweep is not None:
        found = _in_turn(experiment.sweep, size, progress)
    else:
        assert experiment.compute is not None
        found = experiment.compute(size, progress)
    progress(1.0)
    return {name: np.asarray(values, dtype=np.float64) for name, values in found.items()}


def _in_turn(sweep: Sweep, size: Size, progress: Progress) -> Data:
    """All parts of a sweep, one after the other."""
    parts = sweep.parts(size)

    def share_after(done: int) -> Progress:
        return lambda share: progress((done + share) / len(parts))

    found = [sweep.run(part, share_after(number)) for number, part in enumerate(parts)]
    return sweep.join(size, found)


def draw(experiment: Experiment, data: Data, folder: Path) -> list[Path]:
    """NAME.pdf and NAME.png, the same bytes for the same numbers; NAME.md if there is a table."""
    pdf, png = (folder / f"{experiment.name}.{ending}" for ending in ("pdf", "png"))
    unstamped: dict[str, Any] = {"CreationDate": None, "ModDate": None}
    with paper_style():
        figure = experiment.draw(data)
        store.replace(pdf, lambda f: figure.savefig(f, format="pdf", metadata=unstamped))
        store.replace(png, lambda f: figure.savefig(f, format="png"))
    if experiment.table is None:
        return [pdf, png]
    text, table = experiment.table(data), folder / f"{experiment.name}.md"
    store.replace(table, lambda file: file.write(text.encode()))
    return [pdf, png, table]


def check(experiment: Experiment, out: Path, progress: Progress = silent) -> list[str]:
    """Compute the quick size again and compare; one line for each array that differs.

    Raises
    ------
    InputError
        If there are no stored numbers, or they are damaged.
    """
    stored = store.read(experiment.name, store.folder_of(out, "quick"))
    return differences(experiment, stored.data, computed(experiment, "quick", progress))


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
