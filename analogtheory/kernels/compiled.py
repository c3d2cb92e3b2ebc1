"""Compiling generated numba source, with a cache on disk.

The cache folder is ``$ANALOGTHEORY_CACHE``, else ``$XDG_CACHE_HOME/analogtheory``, else
``~/.cache/analogtheory``; an empty ``ANALOGTHEORY_CACHE`` means none. A source file is
named after its hash and numba keeps machine code beside it, one per kind of processor. A
folder that cannot be used, or that holds broken files, costs a compilation in memory, not
an error.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType

#: Part of the hash.
_FORMAT = 3

#: Modules whose functions become part of the machine code: their text is part of the hash.
_INLINED = ("words", "packing", "picking")

#: Every file gets this time stamp: numba takes a file with another one for a new source.
_STAMP = (1_000_000_000, 1_000_000_000)

_made: dict[str, Callable[..., None]] = {}
_lock = threading.Lock()


@dataclass(frozen=True)
class Kernel:
    """A compiled kernel.

    Attributes
    ----------
    run : callable
        Takes the arguments of its signature; releases the lock of the interpreter.
    seconds : float
        What compiling it, or loading it from disk, took now; 0 if it was there.
    """

    run: Callable[..., None]
    seconds: float


def compiled(source: str, arguments: Mapping[str, str]) -> Kernel:
    """The function ``kernel`` of a generated source.

    Parameters
    ----------
    source : str
    arguments : mapping of str to str
        Its arguments and their numba types.
    """
    begin = time.perf_counter()
    with _lock:
        if source in _made:
            return Kernel(_made[source], 0.0)
        signature = f"void({', '.join(arguments.values())})"
        _made[source] = _from_disk(source, signature) or _compile(
            source, signature, "<kernel>", cache=False
        )
        return Kernel(_made[source], time.perf_counter() - begin)


def cache_folder() -> Path | None:
    """Where kernels are kept; None for nowhere."""
    named = os.environ.get("ANALOGTHEORY_CACHE")
    if named is not None:
        return Path(named) if named else None
    base = os.environ.get("XDG_CACHE_HOME")
    try:
        return (Path(base) if base else Path.home() / ".cache") / "analogtheory"
    except RuntimeError:  # no home directory
        return None


def _from_disk(source: str, signature: str) -> Callable[..., None] | None:
    folder = cache_folder()
    if folder is None:
        return None
    try:
        return _compile(source, signature, _written(source, folder), cache=True)
    except Exception:  # whatever is wrong with the folder or a file in it, memory will do
        _forget(source, folder)
        return None


def _forget(source: str, folder: Path) -> None:
    """Remove machine code that could not be loaded, so that the next process writes it anew."""
    with contextlib.suppress(OSError):
        for path in (folder / "__pycache__").glob(f"{_digest(source)}.*"):
            path.unlink(missing_ok=True)


def _compile(source: str, signature: str, path: str, *, cache: bool) -> Callable[..., None]:
    from numba import njit

    # numba looks the module of cached machine code up by its name
    module = ModuleType(f"analogtheory_{_digest(source)}")
    sys.modules[module.__name__] = module
    # The text was generated from parsed formulas, and is not read back from the disk.
    exec(compile(source, path, "exec"), module.__dict__)
    compiler = njit([signature], cache=cache, nogil=True, error_model="numpy", fastmath=False)
    kernel: Callable[..., None] = compiler(module.__dict__["kernel"])
    return kernel


def _digest(source: str) -> str:
    import numba

    text = f"{_FORMAT} {numba.__version__} {_inlined()} {source}".encode()
    return f"kernel_{hashlib.sha256(text).hexdigest()[:32]}"


@cache
def _inlined() -> str:
    texts = (Path(__file__).with_name(f"{name}.py").read_bytes() for name in _INLINED)
    return hashlib.sha256(b"".join(texts)).hexdigest()


def _written(source: str, folder: Path) -> str:
    """Put the source into the folder and return its path; safe beside other processes."""
    path = folder / f"{_digest(source)}.py"
    folder.mkdir(parents=True, exist_ok=True)
    wanted = source.encode()
    if path.is_file() and path.stat().st_mtime == _STAMP[1] and path.read_bytes() == wanted:
        return str(path)
    handle, name = tempfile.mkstemp(dir=folder)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(wanted)
        os.utime(name, _STAMP)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return str(path)
