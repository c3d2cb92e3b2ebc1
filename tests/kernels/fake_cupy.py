"""A stand-in for CuPy: what the package uses of it, executed by the system's C compiler.

The CUDA source is taken as it is: a few definitions turn it into C, and a loop over blocks
and threads calls the kernel as a device would, with the same argument list. In a second
mode the same text runs under the C prelude, where one call does all lanes. Arrays "on the
device" are no NumPy arrays and do not turn into any by themselves, as CuPy's.
"""

from __future__ import annotations

import ctypes
import re
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np

from analogtheory.kernels import c_single
from analogtheory.kernels.c_printer import (
    CUDA_FLAGS,
    PRELUDE_C,
    PRELUDE_CUDA,
    PRODUCT_C,
    PRODUCT_CUDA,
)

from .c_compiler import compiled

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
static inline int __popc(unsigned w) { int n = 0; for (; w; w &= w - 1) ++n; return n; }
static inline void atomicAdd(unsigned long long *p, unsigned long long n) { *p += n; }
"""
_BY_THREADS = """\
    gridDim.x = grid; blockDim.x = block;
    for (blockIdx.x = 0; blockIdx.x < grid; ++blockIdx.x)
        for (threadIdx.x = 0; threadIdx.x < block; ++threadIdx.x)
    """

#: Kinds of arguments: of numbers, and of what a pointer points to.
_NUMBERS = {"whole": (np.int64, ctypes.c_longlong), "word": (np.uint64, ctypes.c_ulonglong)}
_POINTED = {
    "double": np.float64, "float": np.float32, "word": np.uint64, "word32": np.uint32,
    "whole": np.int64, "byte": np.uint8,
}  # fmt: skip


class DeviceArray:
    """An array of the stand-in; like CuPy's it refuses to become a NumPy array by itself."""

    def __init__(self, held: np.ndarray):
        self.held = held
        self.shape, self.dtype = held.shape, held.dtype

    def __array__(self, *args: Any, **options: Any) -> np.ndarray:
        raise TypeError("Implicit conversion to a NumPy array is not allowed.")

    def __getitem__(self, key: Any) -> DeviceArray:
        return DeviceArray(self.held[key])

    def reshape(self, *shape: Any) -> DeviceArray:
        return DeviceArray(self.held.reshape(*shape))

    def swapaxes(self, one: int, other: int) -> DeviceArray:
        return DeviceArray(self.held.swapaxes(one, other))

    def all(self) -> DeviceArray:
        return DeviceArray(np.asarray(self.held.all()))

    def __bool__(self) -> bool:
        return bool(self.held)


def parameters(source: str, entry: str) -> dict[str, str]:
    """The parameters of a kernel in a source and their types."""
    (text,) = re.findall(rf"^KERNEL {entry}\(([^)]*)\)", source, re.MULTILINE)
    pairs = [re.fullmatch(r"\s*(.*?)\s*(\w+)\s*", part) for part in text.split(",")]
    return {pair[2]: pair[1] for pair in pairs if pair}


class Launched:
    """A kernel on the "device": checks its arguments and keeps a list of its launches."""

    def __init__(self, function: Any, kinds: list[str], real: str, log: list[tuple[int, int]]):
        self._function, self._kinds, self._real, self._log = function, kinds, real, log

    def __call__(self, grid: tuple[int], block: tuple[int], args: tuple[Any, ...]) -> None:
        assert len(args) == len(self._kinds)
        words = [self._argument(arg, kind) for arg, kind in zip(args, self._kinds, strict=True)]
        self._log.append((int(args[0]), int(args[1])))
        self._function(ctypes.c_uint(grid[0]), ctypes.c_uint(block[0]), *words)

    def _argument(self, value: Any, kind: str) -> Any:
        if kind in _NUMBERS:
            wanted, in_c = _NUMBERS[kind]
            assert type(value) is wanted
            return in_c(int(value))
        assert isinstance(value, DeviceArray)
        pointed = kind.replace("const", "").replace("*", "").strip()
        assert value.dtype == _POINTED[self._real if pointed == "real" else pointed]
        assert value.held.flags.c_contiguous
        return ctypes.c_void_p(value.held.ctypes.data)


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
        The first two arguments of each launch.
    """

    def __init__(self, folder: Path, prelude: str = "cuda"):
        super().__init__("cupy")
        self._folder, self._prelude = folder, prelude
        self.launched: list[tuple[int, int]] = []
        rates = {"ClockRate": 1_000_000, "MultiProcessorCount": 4}
        rates |= {"GlobalMemoryBusWidth": 512, "MemoryClockRate": 1_000_000}
        device = SimpleNamespace(attributes=rates, synchronize=lambda: None)
        runtime = SimpleNamespace(getDevice=lambda: id(self))
        self.cuda = SimpleNamespace(runtime=runtime, Device=lambda: device)
        self.asarray = lambda v: v if isinstance(v, DeviceArray) else DeviceArray(np.array(v))
        self.asnumpy = lambda values: np.array(values.held, order="C")  # copies
        self.ascontiguousarray = lambda v: DeviceArray(np.ascontiguousarray(v.held))
        self.empty = lambda shape, dtype: DeviceArray(unset(shape, dtype))
        self.matmul = product
        self.isfinite = lambda v: DeviceArray(np.isfinite(v.held))
        self.concatenate = lambda parts: DeviceArray(np.concatenate([p.held for p in parts]))
        self.is_available = lambda: True
        self.RawModule = self._module

    def _module(self, code: str, options: tuple[str, ...], backend: str) -> Any:
        assert (options, backend) == (CUDA_FLAGS, "nvrtc")
        return SimpleNamespace(get_function=lambda entry: self._kernel(code, entry))

    def _kernel(self, code: str, entry: str) -> Launched:
        given = parameters(code, entry)
        real = "".join(re.findall(r"^typedef (\w+) real;", code, re.MULTILINE))
        source = in_c(code, entry, given, self._prelude)
        function = compiled(source, self._folder).launch
        return Launched(function, list(given.values()), real, self.launched)


def in_c(code: str, entry: str, given: dict[str, str], prelude: str) -> str:
    """The CUDA source of a kernel as C with a function `launch`."""
    assert code.startswith(PRELUDE_CUDA)
    # the instructions of PTX are the one part that no C compiler can execute
    code = code.replace(c_single.PRELUDE_CUDA, c_single.PRELUDE_C)
    if prelude == "c":
        code = code.replace(PRELUDE_CUDA, PRELUDE_C)
    else:
        code = _SHIM + code.replace('extern "C" ', "").replace(PRODUCT_CUDA, PRODUCT_C)
    head = ", ".join(f"{kind} {name}" for name, kind in given.items())
    call = f"{entry}({', '.join(given)});"
    body = call if prelude == "c" else _BY_THREADS + call
    return f"{code}\nvoid launch(unsigned grid, unsigned block, {head})\n{{\n{body}\n}}\n"


def product(one: DeviceArray, other: DeviceArray) -> DeviceArray:
    """A device says nothing when numbers overflow."""
    with np.errstate(all="ignore"):
        return DeviceArray(np.matmul(one.held, other.held))


def unset(shape: Any, dtype: Any) -> np.ndarray:
    """Memory as it was found: not a number, or every bit set."""
    fill = np.nan if np.dtype(dtype).kind == "f" else np.iinfo(dtype).max
    return np.full(shape, fill, dtype)
