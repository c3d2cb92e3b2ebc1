"""Sharing the work of a kernel out to the processors."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

#: Shares per thread: a thread that is done early takes another one.
SHARES = 8


def in_threads(run: Callable[[int, int], None], parts: int) -> None:
    """Call ``run(first, end)`` on shares of the parts, in as many threads as numba may use.

    Plain threads, since kernels release the interpreter's lock: kernels may then also
    run beside each other, which not every threading layer of numba allows.

    Parameters
    ----------
    run : callable
        Does the parts first, …, end − 1.
    parts : int
    """
    import numba

    threads = min(numba.get_num_threads(), parts)
    if threads == 1:
        run(0, parts)
        return
    share = max(1, parts // (threads * SHARES))
    firsts = range(0, parts, share)
    with ThreadPoolExecutor(threads) as pool:
        done = [pool.submit(run, first, min(first + share, parts)) for first in firsts]
        try:
            for future in done:
                future.result()
        finally:
            pool.shutdown(cancel_futures=True)
