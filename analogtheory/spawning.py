"""How processes of a run's own start: they inherit nothing, and end with their parent.

This module imports nothing that computes, so that a new process can say how many threads the
libraries may use before they are loaded.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Iterator
from types import ModuleType

#: Libraries whose threads would compete with the processes.
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
_STARTING = threading.Lock()


def processors() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextlib.contextmanager
def nothing_inherited() -> Iterator[None]:
    """While processes start: no interrupt reaches them, and they do not import the main script.

    A script that verifies claims or makes figures at its top level would otherwise start again
    in each process, and nothing here needs it.
    """
    masks = hasattr(signal, "pthread_sigmask")
    with _STARTING:
        main, sys.modules["__main__"] = sys.modules["__main__"], ModuleType("__main__")
        old = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT}) if masks else None
        try:
            yield
        finally:
            sys.modules["__main__"] = main
            if old is not None:
                signal.pthread_sigmask(signal.SIG_SETMASK, old)


def begin(kernel_threads: int | None = None) -> None:
    """The first thing that a new process does.

    Interrupts are its parent's affair, prints go to standard error, libraries compute in one
    thread each unless the environment says otherwise, and it ends when its parent does.

    Parameters
    ----------
    kernel_threads : int, optional
        Threads of compiled kernels; as many as the environment says, or all, unless given.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.dup2(2, 1)
    for name in THREADS:
        os.environ.setdefault(name, "1")
    if kernel_threads is not None:
        os.environ.setdefault("NUMBA_NUM_THREADS", str(kernel_threads))
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
