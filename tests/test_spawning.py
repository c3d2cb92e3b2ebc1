"""What a process of a run's own does first."""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest

from analogtheory.spawning import begin, nothing_inherited


def test_threads_are_limited_before_libraries_are_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setenv("MKL_NUM_THREADS", "3")
    spawn = get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn, initializer=begin, initargs=(5,)) as pool:
        with nothing_inherited():
            loaded = pool.submit(eval, "'numpy' in __import__('sys').modules")
        assert not loaded.result()
        assert pool.submit(os.getenv, "OMP_NUM_THREADS").result() == "1"
        assert pool.submit(os.getenv, "MKL_NUM_THREADS").result() == "3"  # as it was set
        wanted = os.environ.get("NUMBA_NUM_THREADS", "5")
        assert pool.submit(os.getenv, "NUMBA_NUM_THREADS").result() == wanted
    assert "OMP_NUM_THREADS" not in os.environ
