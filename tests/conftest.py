"""What the tests share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from .kernels.cupy_stand_in import device, libraries  # noqa: F401 (fixtures)

_ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def measured_file() -> Path:
    """The measured pulses of Gong et al. 2018; they are not part of the repository."""
    folder = Path(os.environ.get("ANALOGTHEORY_DATA", _ROOT.parent / "shared" / "data"))
    path = folder / "reram_pulse_response_gong2018.csv"
    if not path.is_file():
        pytest.skip(f"no measured data at {path}: set ANALOGTHEORY_DATA to its folder")
    return path


@pytest.fixture(scope="session", autouse=True)
def _kernels_in_a_folder_of_their_own(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[None]:
    """Compiled kernels do not go to the user's cache, unless the environment names one."""
    if "ANALOGTHEORY_CACHE" in os.environ:
        yield
        return
    os.environ["ANALOGTHEORY_CACHE"] = str(tmp_path_factory.mktemp("kernels"))
    yield
    del os.environ["ANALOGTHEORY_CACHE"]
