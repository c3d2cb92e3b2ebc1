"""A stand-in for CuPy: what the package uses of it, executed by the system's C compiler.

The CUDA source is taken as it is: a few definitions turn it into C, and a loop over blocks
and threads calls the kernel as a device would, with the same argument list. In a second
mode the same text runs under the C prelude, where one call does all trajectories.
"""

from __future__ import annotations

import ctypes
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from analogtheory.kernels.c_kernel import ARGUMENTS, ENTRY
from analogtheory.kernels.c_printer import CUDA_FLAGS, PRELUDE_C, PRELUDE_CUDA

from ..kernels.c_compiler import compiled

_SHIM = """\
#include <math.h>
#include <string.h>
#define __global__
#define __device__
#define __forceinline__ inline
typedef struct { unsigned x; } place;
static place blockIdx, threadIdx, blockDim, gridDim;
static long long __double_as_longlong(double v) { long long w; memcpy(&w, &v, 8); return w; }
static double __longlong_as_double(long long w) { double v; memcpy(&v, &w, 8); return v; }
"""
_LAUNCH = f"""
void launch(unsigned grid, unsigned block, {", ".join(f"{t} {n}" for n, t in ARGUMENTS.items())})
{{
    gridDim.x = grid; blockDim.x = block;
    for (blockIdx.x = 0; blockIdx.x < grid; ++blockIdx.x)
        for (threadIdx.x = 0; threadIdx.x < block; ++threadIdx.x)
            {ENTRY}({", ".join(ARGUMENTS)});
}}
"""
_WHOLE = f"""
void launch(unsigned grid, unsigned block, {", ".join(f"{t} {n}" for n, t in ARGUMENTS.items())})
{{
    {ENTRY}({", ".join(ARGUMENTS)});
}}
"""


class Launched:
    """A kernel on the "device": checks its arguments and counts its launches."""

    def __init__(self, function: Any, log: list[tuple[int, int]]):
        self._function, self._log = function, log

    def __call__(self, grid: tuple[int], block: tuple[int], args: tuple[Any, ...]) -> None:
        assert len(args) == len(ARGUMENTS)
        words = [_argument(arg, kind) for arg, kind in zip(args, ARGUMENTS.values(), strict=True)]
        self._log.append((int(args[0]), int(args[1])))
        self._function(ctypes.c_uint(grid[0]), ctypes.c_uint(block[0]), *words)


def _argument(value: Any, kind: str) -> Any:
    if kind == "whole":
        assert type(value) is np.int64
        return ctypes.c_longlong(int(value))
    if kind == "word":
        assert type(value) is np.uint64
        return ctypes.c_ulonglong(int(value))
    assert isinstance(value, np.ndarray)
    assert value.dtype == np.float64
    assert value.flags.c_contiguous
    return ctypes.c_void_p(value.ctypes.data)


class FakeCupy(ModuleType):
    """The module.

    Parameters
    ----------
    folder : Path
        Where compiled sources are kept.
    prelude : str
        "cuda", one call a thread, or "c", one call for all.

    Attributes
    ----------
    launched : list
        The first and last iteration of each launch.
    """

    def __init__(self, folder: Path, prelude: str = "cuda"):
        super().__init__("cupy")
        self._folder, self._prelude = folder, prelude
        self.launched: list[tuple[int, int]] = []
        self.cuda = SimpleNamespace(runtime=SimpleNamespace(getDevice=lambda: id(self)))
        self.asarray = self.asnumpy = lambda values: np.array(values, order="C")  # copies
        self.empty = lambda shape, dtype: np.full(shape, np.nan, dtype)
        self.is_available = lambda: True
        self.RawModule = self._module

    def _module(self, code: str, options: tuple[str, ...], backend: str) -> Any:
        assert (options, backend) == (CUDA_FLAGS, "nvrtc")
        assert code.startswith(PRELUDE_CUDA)
        if self._prelude == "c":
            source = code.replace(PRELUDE_CUDA, PRELUDE_C) + _WHOLE
        else:
            source = _SHIM + code.replace('extern "C" ', "") + _LAUNCH
        library = compiled(source, self._folder)
        return SimpleNamespace(
            get_function=lambda name: (
                Launched(library.launch, self.launched) if name == ENTRY else pytest.fail(name)
            )
        )
