"""What the commands share: exit codes, and writing files with one-line errors."""

from __future__ import annotations

import os
from typing import Any

from analogtheory.errors import InputError

EXIT_HOLDS, EXIT_FAILS, EXIT_INPUT, EXIT_INTERRUPTED = 0, 1, 2, 130


def write_json(data: Any, path: str) -> None:
    """Write data as JSON to a file, or to standard output for ``-``."""
    import json

    text = json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False)
    if path == "-":
        print(text)
    else:
        write_text(text + "\n", path, "--json")


def write_text(text: str, path: str, option: str) -> None:
    """Write a file.

    Raises
    ------
    InputError
        If it cannot be written.
    """
    try:
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as problem:
        raise InputError(f"{option} {path}: cannot be written ({problem.strerror})") from problem


def check_writable(path: str, option: str) -> None:
    """Refuse a file that could not be written, before the work begins.

    Raises
    ------
    InputError
        If its folder is not there, or it is a folder itself.
    """
    folder = os.path.dirname(path) or "."
    if not os.path.isdir(folder):
        raise InputError(f"{option} {path}: there is no folder {folder}")
    if os.path.isdir(path):
        raise InputError(f"{option} {path}: is a folder; name a file")
