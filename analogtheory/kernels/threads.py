"""Sharing the work of a kernel out to the processors."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from functools import cache

#: Shares per thread: a thread that is done early takes another one.
SHARES = 8


def in_threads(run: Callable[[int, int], None], parts: int) -> None:
    """Call ``run(first, end)`` on shares of the parts, in as many threads as numba may use.

    Plain threads, since kernels release the interpreter's lock: kernels may then also
    run beside each other, which not every threading layer of numba allows. The calling thread
    works too. After an error no new share is begun, and it is raised when all have ended.

    Parameters
    ----------
    run : callable
        Does the parts first, …, end − 1.
    parts : int
    """
    import numba

    threads = min(numba.get_num_threads(), parts)
    if threads <= 1:
        run(0, parts)
        return
    size = max(1, parts // (threads * SHARES))
    shares = _Shares(run, range(0, parts, size), parts)
    others = [_pool().submit(shares.work) for _ in range(threads - 1)]
    try:
        shares.work()
    finally:
        shares.stop()
        wait(others)
    for other in others:
        other.result()


class _Shares:
    """The shares that no thread has taken yet."""

    def __init__(self, run: Callable[[int, int], None], firsts: range, end: int):
        self._run, self._size, self._end = run, firsts.step, end
        self._firsts, self._lock = iter(firsts), threading.Lock()

    def work(self) -> None:
        """Take one share after the other."""
        while (first := self._taken()) is not None:
            try:
                self._run(first, min(first + self._size, self._end))
            except BaseException:
                self.stop()
                raise

    def _taken(self) -> int | None:
        with self._lock:
            return next(self._firsts, None)

    def stop(self) -> None:
        """Leave nothing to take."""
        with self._lock:
            self._firsts = iter(range(0))


@cache
def _pool() -> ThreadPoolExecutor:
    """Threads that are kept: starting one takes longer than a small update."""
    return ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="analogtheory")


# a forked process has no other threads than the one that forked
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pool.cache_clear)
