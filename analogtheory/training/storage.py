"""Saved arrays: one file, replaced at once or not at all."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analogtheory.errors import InputError

Array = NDArray[Any]

_HEADER = "header"


def save(
    path: str | os.PathLike[str], header: Mapping[str, Any], arrays: Mapping[str, Array]
) -> None:
    """Write a header (JSON) and arrays to a file in the format of NumPy (.npz).

    The file is written beside its place and then moved there: whoever reads sees the old
    one or the new one, whole.

    Raises
    ------
    InputError
        If it cannot be written there; the old file is left as it was.
    """
    target = Path(path)
    text = np.frombuffer(json.dumps(dict(header), sort_keys=True).encode(), dtype=np.uint8)
    name = None
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        with os.fdopen(handle, "wb") as file:
            np.savez(file, allow_pickle=False, **{_HEADER: text, **arrays})
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, target)
    except OSError as problem:
        _discard(name)
        raise InputError(f"{target}: cannot be written ({problem.strerror})") from None
    except BaseException:
        _discard(name)
        raise


def _discard(name: str | None) -> None:
    if name is not None:
        with contextlib.suppress(OSError):
            os.unlink(name)


def load(path: str | os.PathLike[str]) -> tuple[dict[str, Any], dict[str, Array]]:
    """The header and the arrays of a file written by :func:`save`.

    Raises
    ------
    InputError
        If the file is missing, cut short, damaged or of another kind.
    """
    try:
        with open(path, "rb") as opened, np.load(opened, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}  # checks every sum
        header = json.loads(arrays.pop(_HEADER).tobytes().decode())
    except FileNotFoundError:
        raise InputError(f"{os.fspath(path)}: there is no such file") from None
    except (OSError, ValueError, EOFError, KeyError, AttributeError, zipfile.BadZipFile):
        raise InputError(
            f"{os.fspath(path)}: is cut short, damaged, or not a file saved by training"
        ) from None
    if not isinstance(header, dict):
        raise InputError(f"{os.fspath(path)}: has no header of training")
    return header, arrays
