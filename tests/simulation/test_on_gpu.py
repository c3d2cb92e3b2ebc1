"""On a real GPU: the bits of the reference. Skipped where there is none."""

from __future__ import annotations

import pytest

from analogtheory.errors import InputError, MissingExtra
from analogtheory.simulation import gpu

from . import test_numba_backend as grids
from . import test_numba_programs as programs
from .comparing import assert_same_bits


def is_available() -> bool:
    try:
        gpu.available_cupy()
    except (InputError, MissingExtra):
        return False
    return True


pytestmark = pytest.mark.skipif(
    not is_available(), reason="CuPy with a CUDA device is not available"
)


@pytest.mark.parametrize("seed", range(8))
def test_random_programs_have_the_bits_of_the_reference(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = programs.run(seed, "numpy")
    assert_same_bits(programs.run(seed, "cupy"), expected)
    monkeypatch.setattr(gpu, "FIRST_LAUNCH", 2)
    monkeypatch.setattr(gpu, "LAUNCH_SECONDS", 0.0)
    assert_same_bits(programs.run(seed, "cupy"), expected)


def test_a_grid_of_parameters_in_one_call() -> None:
    assert_same_bits(grids.grid_run("cupy"), grids.grid_run("numpy"))


def test_failures_are_those_of_the_reference() -> None:
    grids.two_failures("cupy")
