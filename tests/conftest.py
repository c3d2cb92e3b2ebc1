"""What the tests share."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from analogtheory import spawning
from analogtheory.responses import asymmetry
from analogtheory.verdicts import exactlaw

from .kernels.cupy_stand_in import device, libraries  # noqa: F401 (fixtures)

_ROOT = Path(__file__).resolve().parent.parent


def pytest_configure(config: pytest.Config) -> None:
    """Processes beside each other compute in one thread each, as `analogtheory` has its own do.

    Two threads of two processes on two processors wait for each other in the solution of linear
    systems: a third of the time. Workers of pytest-xdist inherit this before they load NumPy.
    """
    if getattr(config.option, "numprocesses", None):
        for name in spawning.THREADS:
            os.environ.setdefault(name, "1")


def pytest_collection_finish() -> None:
    """Look for garbage less often: compiling makes millions of objects, and few are any."""
    gc.freeze()
    gc.set_threshold(100_000, *gc.get_threshold()[1:])


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
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent  # one for all processes: each kernel is compiled once
    os.environ["ANALOGTHEORY_CACHE"] = str(folder / "kernels")
    yield
    del os.environ["ANALOGTHEORY_CACHE"]


@pytest.fixture(scope="session", autouse=True)
def _time_for_closed_forms() -> Iterator[None]:
    """Whether SymPy finds a closed form does not depend on what else the machine does."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asymmetry, "TIME_LIMIT", 60.0)
        yield


@pytest.fixture
def small_simulations(monkeypatch: pytest.MonkeyPatch) -> None:
    """What `check` simulates is smaller than what a user gets."""
    monkeypatch.setattr(exactlaw, "REPLICAS", 128)
    monkeypatch.setattr(exactlaw, "AVERAGED_STEPS", 200)
    monkeypatch.setattr(exactlaw, "_LONGEST_WAIT", 1000)
