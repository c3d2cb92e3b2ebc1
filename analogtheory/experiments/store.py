"""Numbers of experiments on disk: NAME.npz, and NAME.json that says where they come from.

Both are written to a temporary file in the same folder that then takes the place of the old one, so
that a run that is cut off leaves the old numbers behind, never half of the new ones. The JSON file
holds the inputs, the versions and two SHA-256 sums: of the arrays, by which a damaged file is
noticed, and of everything that the arrays depend on, by which numbers are known to be current.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import IO, Any

import numpy as np

from analogtheory.errors import InputError
from analogtheory.experiments import registry
from analogtheory.experiments.core import Data, Experiment, Size
from analogtheory.experiments.sources import source_hash

#: What the numbers may depend on besides this package's own source.
_PACKAGES = ("numpy", "scipy", "sympy", "numba", "python-flint")
#: What reading a damaged file of arrays may raise.
UNREADABLE = (
    OSError, ValueError, EOFError, KeyError, RuntimeError, zipfile.BadZipFile, zlib.error
)  # fmt: skip


@dataclass(frozen=True)
class Stored:
    """Numbers as they were read back.

    Attributes
    ----------
    data : dict of arrays
    record : dict
        The JSON file beside them.
    """

    data: Data
    record: dict[str, Any]


def folder_of(out: Path, size: Size) -> Path:
    """Where the results of a size are: OUT, or OUT/quick."""
    return out if size == "full" else out / "quick"


def data_hash(data: Data) -> str:
    """SHA-256 of the arrays: names, shapes, and values as little-endian doubles."""
    digest = hashlib.sha256()
    for name in sorted(data):
        values = np.ascontiguousarray(data[name], dtype="<f8")
        digest.update(f"{name}{values.shape}".encode())
        digest.update(values.tobytes())
    return digest.hexdigest()


@cache
def versions() -> dict[str, str]:
    """Versions of Python and of the packages that compute."""
    return {
        "python": platform.python_version(),
        **{name: metadata.version(name) for name in ("analogtheory", *_PACKAGES)},
    }


def source_of(experiment: Experiment) -> str:
    """SHA-256 of the source; of an experiment elsewhere, of its own module."""
    own, module = source_hash(experiment.name), registry.module_of(experiment)
    if not module or module.startswith(f"{registry.PACKAGE}."):
        return own
    source = Path(str(sys.modules[module].__file__)).read_bytes()
    return hashlib.sha256(own.encode() + source).hexdigest()


def inputs_hash(experiment: Experiment, size: Size) -> str:
    """SHA-256 of all that the numbers depend on: inputs, versions and source."""
    parts = [
        experiment.name,
        size,
        experiment.inputs[size],
        versions(),
        source_of(experiment),
    ]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def record_of(experiment: Experiment, size: Size, data: Data, seconds: float) -> dict[str, Any]:
    """What NAME.json holds."""
    return {
        "experiment": experiment.name,
        **_words(experiment),
        "size": size,
        "inputs": dict(experiment.inputs[size]),
        "seed": experiment.inputs[size].get("seed"),
        "seconds": round(seconds, 2),
        "arrays": {name: list(data[name].shape) for name in sorted(data)},
        "versions": versions(),
        "inputs_sha256": inputs_hash(experiment, size),
        "data_sha256": data_hash(data),
    }


def _words(experiment: Experiment) -> dict[str, Any]:
    """What is said of the numbers, which may change without them."""
    return {
        "title": experiment.title,
        "caption": experiment.caption,
        "claims": list(experiment.claims),
    }


def update_words(experiment: Experiment, folder: Path) -> None:
    """Bring the words of a NAME.json up to date whose numbers are used again.

    Raises
    ------
    InputError
        If it cannot be written.
    """
    sidecar = folder / f"{experiment.name}.json"
    record = json.loads(sidecar.read_text(encoding="utf-8"))
    if record | _words(experiment) != record:
        _write_record(sidecar, record | _words(experiment))


def _write_record(sidecar: Path, record: dict[str, Any]) -> None:
    text = json.dumps(record, indent=1, ensure_ascii=False) + "\n"
    replace(sidecar, lambda file: file.write(text.encode()))


def write(experiment: Experiment, folder: Path, data: Data, record: dict[str, Any]) -> None:
    """Write NAME.npz and NAME.json.

    Raises
    ------
    InputError
        If they cannot be written.
    """

    def arrays(file: IO[bytes]) -> None:
        np.savez_compressed(file, **data)  # type: ignore[arg-type]  # stubs: a keyword is a flag

    replace(folder / f"{experiment.name}.npz", arrays)
    _write_record(folder / f"{experiment.name}.json", record)


def replace(path: Path, writer: Callable[[IO[bytes]], object]) -> None:
    """Write a file whole or not at all.

    Raises
    ------
    InputError
        If it cannot be written.
    """
    temporary = None
    try:
        with tempfile.NamedTemporaryFile(
            dir=path.parent, prefix=f".{path.name}.", suffix=".tmp", delete=False
        ) as file:
            temporary = file.name
            writer(file)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except OSError as problem:
        raise InputError(f"{path}: cannot be written ({problem.strerror})") from problem
    finally:
        if temporary is not None and os.path.exists(temporary):
            os.unlink(temporary)


def make_folder(folder: Path) -> None:
    """Make a folder and see that a file can be written there, before the work begins.

    Raises
    ------
    InputError
        If not.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as problem:
        reason = problem.strerror or type(problem).__name__
        raise InputError(f"--out {folder}: cannot be written to ({reason})") from problem


def read(name: str, folder: Path) -> Stored:
    """Read NAME.npz and NAME.json.

    Raises
    ------
    InputError
        If one is missing, cut short, or not what was written.
    """
    arrays, sidecar = folder / f"{name}.npz", folder / f"{name}.json"
    for path in (arrays, sidecar):
        if not path.is_file():
            size = "--quick" if folder.name == "quick" else "--full"
            raise InputError(
                f"{path}: is not there; `analogtheory figures {name} {size}` writes it"
            )
    try:
        record = json.loads(sidecar.read_text(encoding="utf-8"))
        claimed = record["data_sha256"]
    except (ValueError, KeyError, TypeError) as problem:
        raise _damaged(sidecar, name) from problem
    try:
        data = arrays_of(arrays)
    except UNREADABLE as problem:
        raise _damaged(arrays, name) from problem
    if data_hash(data) != claimed:
        raise _damaged(arrays, name)
    return Stored(data, record)


def arrays_of(path: Path) -> Data:
    """The arrays of a file, as doubles; one of `UNREADABLE` if it is damaged."""
    with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
        return {key: np.asarray(file[key], dtype=np.float64) for key in file.files}


def _damaged(path: Path, name: str) -> InputError:
    return InputError(
        f"{path}: was cut short or changed; delete it, and let `analogtheory figures {name}` "
        "write it again"
    )
