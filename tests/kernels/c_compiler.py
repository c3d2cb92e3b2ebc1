"""The system's C compiler, for tests that execute generated C."""

from __future__ import annotations

import ctypes
import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from analogtheory.kernels.c_printer import C_FLAGS


def c_compiler() -> str:
    """The C compiler; a test that needs it is skipped without it, but in CI it fails."""
    found = next((path for name in ("cc", "gcc", "clang") if (path := shutil.which(name))), None)
    if found is None:
        missing = "no C compiler: none of cc, gcc and clang is on the PATH"
        if os.environ.get("ANALOGTHEORY_COMPILER") == "required":
            pytest.fail(missing)
        pytest.skip(missing)
    return found


def compiled(source: str, folder: Path) -> ctypes.CDLL:
    """A C source as a loaded library."""
    path = folder / f"{hashlib.sha256(source.encode()).hexdigest()[:24]}.so"
    if not path.exists():
        text = path.with_suffix(".c")
        text.write_text(source)
        subprocess.run([c_compiler(), *C_FLAGS, str(text), "-o", str(path), "-lm"], check=True)
    return ctypes.CDLL(str(path))
