"""The parts of experiments: computing one, naming it by what it depends on, keeping it on disk.

An experiment with a sweep has as many parts as the sweep says; any other is one part. A part that
was computed is the file parts/NAME/KEY.npz beside the results, where KEY is a SHA-256 sum over all
that its numbers depend on. So a run that was cut off goes on from what is there, and the parts of
several machines are brought together by copying their files into one folder.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np

from analogtheory.experiments import store
from analogtheory.experiments.core import Data, Experiment, Progress, Size, silent

_FOLDER = "parts"
_RECORD = "_record"
_FILE = re.compile(r"[0-9a-f]{16}\.npz")


@dataclass(frozen=True)
class Part:
    """One part of an experiment, before it is computed.

    Attributes
    ----------
    size : {"quick", "full"}
    given : dict or None
        What the sweep's part starts from; None for all of ``compute``.
    key : str
        16 hexadecimal digits of the SHA-256 sum over experiment, part, versions and source.
    """

    size: Size
    given: Mapping[str, Any] | None
    key: str


@dataclass(frozen=True)
class Done:
    """What a part gave.

    Attributes
    ----------
    data : dict of arrays
    seconds : float
        How long it took.
    """

    data: Data
    seconds: float


def parts_of(experiment: Experiment, size: Size) -> list[Part]:
    """The parts of an experiment in their order; ``given`` has been JSON, so it is the same
    wherever the part is computed."""
    if experiment.sweep is None:
        return [Part(size, None, _key(experiment, {"size": size, **experiment.inputs[size]}))]
    all_given = [json.loads(json.dumps(given)) for given in experiment.sweep.parts(size)]
    return [Part(size, given, _key(experiment, given)) for given in all_given]


def _key(experiment: Experiment, given: Mapping[str, Any]) -> str:
    depends = [experiment.name, given, store.versions(), store.source_of(experiment)]
    return hashlib.sha256(json.dumps(depends, sort_keys=True).encode()).hexdigest()[:16]


def compute(experiment: Experiment, part: Part, progress: Progress = silent) -> Done:
    """Compute a part in this process; its arrays as doubles."""
    start = time.perf_counter()
    if part.given is not None:
        assert experiment.sweep is not None
        found = experiment.sweep.run(part.given, progress)
    else:
        assert experiment.compute is not None
        found = experiment.compute(part.size, progress)
    progress(1.0)
    data = {name: np.asarray(values, dtype=np.float64) for name, values in found.items()}
    return Done(data, time.perf_counter() - start)


# ------------------------------------------------------------------ on disk


def folder_of(folder: Path, experiment: Experiment) -> Path:
    """Where the parts of an experiment are, in the folder of the results."""
    return folder / _FOLDER / experiment.name


def write(folder: Path, experiment: Experiment, part: Part, done: Done) -> None:
    """Write KEY.npz, whole or not at all.

    Raises
    ------
    InputError
        If it cannot be written.
    """
    record = {
        "experiment": experiment.name,
        "part": part.given,
        "seconds": done.seconds,
        "versions": store.versions(),
        "sha256": _sum(part.key, done.data),
    }
    text = np.frombuffer(json.dumps(record).encode(), dtype=np.uint8)
    place = folder_of(folder, experiment)
    store.make_folder(place)

    def arrays(file: IO[bytes]) -> None:
        np.savez_compressed(file, **done.data, **{_RECORD: text})  # type: ignore[arg-type]

    store.replace(place / f"{part.key}.npz", arrays)


def read(folder: Path, experiment: Experiment, part: Part) -> tuple[Done | None, str]:
    """A part if it is there and whole; and what is wrong with it, or ""."""
    path = folder_of(folder, experiment) / f"{part.key}.npz"
    if not path.is_file():
        return None, ""
    try:
        arrays = store.arrays_of(path)
        record = json.loads(arrays.pop(_RECORD).astype(np.uint8).tobytes())
        if record["sha256"] == _sum(part.key, arrays):
            return Done(arrays, float(record["seconds"])), ""
    except (*store.UNREADABLE, TypeError):
        pass
    return None, f"{path}: was cut short or changed; not used"


def _sum(key: str, data: Data) -> str:
    """SHA-256 of the arrays and of the key, so that a file under a wrong name is noticed too."""
    return hashlib.sha256(f"{key} {store.data_hash(data)}".encode()).hexdigest()


def remove(folder: Path, experiment: Experiment) -> None:
    """Delete the parts of an experiment whose numbers are written, and folders left empty."""
    place = folder_of(folder, experiment)
    for path in place.glob("*.npz"):
        if _FILE.fullmatch(path.name):
            path.unlink(missing_ok=True)
    with suppress(OSError):  # something else is in there
        place.rmdir()
        place.parent.rmdir()
