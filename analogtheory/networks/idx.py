"""Reading IDX files, the format of MNIST.

A file starts with two zero bytes, the type of its numbers (8: bytes), and how many axes
there are; then the length of each axis as four bytes, the highest first; then the numbers.
"""

from __future__ import annotations

import gzip
import zlib
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analogtheory.errors import InputError

_BYTES = 8


def read_idx(path: Path, axes: int) -> NDArray[Any]:
    """The bytes of an IDX file, plain or compressed with gzip.

    Parameters
    ----------
    path : Path
        Ends in .gz if it is compressed.
    axes : int
        How many axes it must have.

    Returns
    -------
    array of uint8

    Raises
    ------
    InputError
        If it cannot be read, is not such a file, is empty, or is cut short.
    """
    content = _content(path)
    expected = bytes([0, 0, _BYTES, axes])
    if content[:4] != expected:
        raise InputError(
            f"{path}: starts with {content[:4].hex(' ') or 'nothing'}, an IDX file of bytes with "
            f"{axes} {'axis' if axes == 1 else 'axes'} with {expected.hex(' ')}"
        )
    head = 4 + 4 * axes
    lengths = np.frombuffer(content[4 : min(head, 4 * (len(content) // 4))], dtype=">u4")
    shape = tuple(int(length) for length in lengths)
    wanted = head + prod(shape)
    if len(shape) < axes or len(content) != wanted:
        problem = "is cut short" if len(content) < wanted or len(shape) < axes else "is too long"
        size = f"{wanted} bytes" if len(shape) == axes else f"at least {head} bytes"
        raise InputError(f"{path}: {problem}: holds {len(content)} bytes, must be {size}")
    if 0 in shape:
        raise InputError(f"{path}: holds nothing, its shape is {shape}")
    return np.frombuffer(content, dtype=np.uint8, offset=head).reshape(shape)


def _content(path: Path) -> bytes:
    try:
        if path.suffix == ".gz":
            with gzip.open(path) as file:
                return file.read()
        return path.read_bytes()
    except (EOFError, zlib.error, gzip.BadGzipFile) as problem:
        raise InputError(f"{path}: is cut short or no gzip file ({problem})") from None
    except OSError as problem:
        reason = problem.strerror or type(problem).__name__
        raise InputError(f"{path}: cannot be read ({reason})") from None
