"""CuPy, and kernels that it compiles for the current device."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from analogtheory.errors import InputError, MissingExtra
from analogtheory.kernels.c_printer import CUDA_FLAGS

_made: dict[tuple[int, str, str], Callable[..., None]] = {}


def available_cupy() -> Any:
    """The module cupy, if it finds a device.

    Raises
    ------
    MissingExtra
        If CuPy is not installed.
    InputError
        If it is, and there is no device.
    """
    try:
        import cupy
    except ImportError as problem:
        raise MissingExtra("cuda12", "cuda13") from problem
    if not cupy.is_available():
        raise InputError(
            "backend 'cupy': CuPy finds no CUDA device and driver; use 'numba' or 'numpy'"
        )
    return cupy


def compiled(cupy: Any, source: str, entry: str) -> tuple[Callable[..., None], float]:
    """A kernel of a source for the current device, and the seconds that it took now."""
    begin = time.perf_counter()
    key = (int(cupy.cuda.runtime.getDevice()), source, entry)
    if key in _made:
        return _made[key], 0.0
    module = cupy.RawModule(code=source, options=CUDA_FLAGS, backend="nvrtc")
    _made[key] = module.get_function(entry)
    return _made[key], time.perf_counter() - begin
