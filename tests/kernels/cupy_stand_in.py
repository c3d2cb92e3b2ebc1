"""The fixture that puts a stand-in for CuPy in its place."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from analogtheory.kernels import gpu

from .c_compiler import c_compiler
from .fake_cupy import FakeCupy

Device = Callable[..., FakeCupy]


@pytest.fixture(scope="module")
def libraries(tmp_path_factory: pytest.TempPathFactory) -> Path:
    c_compiler()
    return tmp_path_factory.mktemp("libraries")


@pytest.fixture
def device(libraries: Path, monkeypatch: pytest.MonkeyPatch) -> Device:
    """Puts a stand-in for CuPy in its place."""

    def install(prelude: str = "cuda") -> FakeCupy:
        fake = FakeCupy(libraries, prelude)
        monkeypatch.setitem(sys.modules, "cupy", fake)
        monkeypatch.setattr(gpu, "_made", {})
        return fake

    return install
