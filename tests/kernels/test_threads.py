"""Work shared out to threads: every part once, errors raised after all have ended."""

from __future__ import annotations

import multiprocessing
import sys
import threading
import time
from collections.abc import Iterator

import numba
import pytest

from analogtheory.kernels.threads import in_threads


@pytest.fixture(params=[1, 2])
def threads(request: pytest.FixtureRequest) -> Iterator[int]:
    before = numba.get_num_threads()
    numba.set_num_threads(min(request.param, before))
    yield request.param
    numba.set_num_threads(before)


@pytest.mark.parametrize("parts", [1, 2, 7, 16, 1000])
def test_every_part_is_done_once(threads: int, parts: int) -> None:
    done: list[int] = []
    in_threads(lambda first, end: done.extend(range(first, end)), parts)
    assert sorted(done) == list(range(parts))


def test_two_threads_take_part(threads: int) -> None:
    seen = set()

    def run(first: int, end: int) -> None:
        seen.add(threading.get_ident())
        time.sleep(0.01)

    in_threads(run, 16)
    assert len(seen) == min(threads, numba.get_num_threads())


def test_an_error_is_raised_when_all_have_ended(threads: int) -> None:
    running = []

    def run(first: int, end: int) -> None:
        running.append(first)
        if first == 0:
            raise ValueError("the first share")
        time.sleep(0.02)
        running.remove(first)

    with pytest.raises(ValueError, match="the first share"):
        in_threads(run, 1000)
    assert running == [0]  # no share is left half done
    done: list[int] = []
    in_threads(lambda first, end: done.append(first), 4)  # and the threads are still there
    assert len(done) == 4 or threads == 1


def _in_child(results: multiprocessing.Queue) -> None:  # type: ignore[type-arg]
    done: list[int] = []
    in_threads(lambda first, end: done.extend(range(first, end)), 100)
    results.put(len(done))


@pytest.mark.skipif(sys.platform == "win32", reason="no fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_after_a_fork() -> None:
    in_threads(lambda first, end: None, 100)  # threads are running
    context = multiprocessing.get_context("fork")
    results = context.Queue()
    child = context.Process(target=_in_child, args=(results,))
    child.start()
    assert results.get(timeout=20) == 100
    child.join()
