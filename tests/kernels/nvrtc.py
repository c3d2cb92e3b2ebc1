"""NVIDIA's run-time compiler from its wheel: CUDA sources to PTX and machine code, no GPU."""

from __future__ import annotations

import ctypes
import importlib.util
import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest

from analogtheory.kernels.c_printer import CUDA_FLAGS

#: What CuPy adds to the options of a kernel.
CUPY_ADDS = ("-ftz=true", "--device-as-default-execution-space")


@cache
def _found() -> Path | None:
    spec = importlib.util.find_spec("nvidia")
    places = list(spec.submodule_search_locations or ()) if spec is not None else []
    paths = (path for place in places for path in Path(place).glob("*/lib/libnvrtc.so.*"))
    return next(paths, None)


def library() -> ctypes.CDLL:
    """The compiler; a test that needs it is skipped without it, but in CI it fails."""
    path = _found()
    if path is None:
        missing = "not installed: nvidia-cuda-nvrtc-cu12 (on Linux: pip install '.[test]')"
        if os.environ.get("ANALOGTHEORY_COMPILER") == "required":
            pytest.fail(missing)
        pytest.skip(missing)
    return ctypes.CDLL(str(path))


def architectures() -> list[int]:
    """The compute capabilities that the compiler knows, times ten, the oldest first."""
    count = ctypes.c_int()
    assert library().nvrtcGetNumSupportedArchs(ctypes.byref(count)) == 0
    found = (ctypes.c_int * count.value)()
    assert library().nvrtcGetSupportedArchs(found) == 0
    return sorted(found)


def compiled(
    source: str, architecture: str, options: Sequence[str] = CUDA_FLAGS
) -> tuple[str, bytes]:
    """Compile as CuPy would.

    Parameters
    ----------
    source : str
    architecture : str
        "compute_90" gives PTX, "sm_90" machine code.
    options : sequence of str

    Returns
    -------
    code : str
        The PTX; "" for machine code.
    log : str
        For machine code it tells registers, stack and spills.
    """
    nvrtc = library()
    program = ctypes.c_void_p()
    is_machine_code = architecture.startswith("sm")
    given = [*options, *CUPY_ADDS, f"--gpu-architecture={architecture}"]
    given += ["--ptxas-options=-v"] * is_machine_code
    flags = (ctypes.c_char_p * len(given))(*(option.encode() for option in given))
    create = (ctypes.byref(program), source.encode(), b"kernel.cu", 0, None, None)
    assert nvrtc.nvrtcCreateProgram(*create) == 0
    failed = nvrtc.nvrtcCompileProgram(program, len(given), flags)
    log = _text(nvrtc, program, "ProgramLog")
    assert not failed, log
    code = "" if is_machine_code else _text(nvrtc, program, "PTX")
    nvrtc.nvrtcDestroyProgram(ctypes.byref(program))
    return code, log


def _text(nvrtc: ctypes.CDLL, program: ctypes.c_void_p, what: str) -> str:
    size = ctypes.c_size_t()
    assert getattr(nvrtc, f"nvrtcGet{what}Size")(program, ctypes.byref(size)) == 0
    text = ctypes.create_string_buffer(size.value)
    assert getattr(nvrtc, f"nvrtcGet{what}")(program, text) == 0
    return text.value.decode()
