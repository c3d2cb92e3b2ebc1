"""An executor of processes of this run's own: one that dies takes its call with it, no other.

The processes of a :class:`concurrent.futures.ProcessPoolExecutor` all end when one of them is
killed, for example for want of memory. Here each thread of a thread pool has a process of its own,
which is started again after it died. This module imports nothing that computes, see
:mod:`analogtheory.spawning`.
"""

from __future__ import annotations

import multiprocessing
import signal
import threading
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Any, ParamSpec, TypeVar

from analogtheory.spawning import begin, nothing_inherited

P = ParamSpec("P")
T = TypeVar("T")


class Processes(Executor):
    """Calls functions of modules in spawned processes.

    Parameters
    ----------
    jobs : int
        How many processes.
    threads : int
        Threads of compiled kernels in each of them, unless the environment says another number.
    """

    def __init__(self, jobs: int, threads: int = 1):
        self._callers = ThreadPoolExecutor(jobs, thread_name_prefix="process")
        self._own = threading.local()
        self._started: set[_Process] = set()
        self._lock = threading.Lock()
        self._ended = False
        self._threads = threads

    def submit(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Call a function in one of the processes; BrokenExecutor if the process dies of it."""
        return self._callers.submit(self._call, function, args, kwargs)

    def _call(self, function: Callable[..., T], args: Any, kwargs: Any) -> T:
        process = getattr(self._own, "process", None)
        if process is None:
            process = self._own.process = self._start()
        try:
            answer: T = process.call(function, args, kwargs)
        except BrokenExecutor:
            self._own.process = None
            with self._lock:
                self._started.discard(process)
            raise
        return answer

    def _start(self) -> _Process:
        with self._lock:
            if self._ended:
                raise BrokenExecutor("was stopped")
            process = _Process(self._threads)
            self._started.add(process)
        return process

    def kill(self) -> None:
        """End all processes at once; what they were doing is lost."""
        with self._lock:
            self._ended = True
            for process in self._started:
                process.kill()
        self._callers.shutdown(cancel_futures=True)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the processes when they are done."""
        self._callers.shutdown(wait=wait, cancel_futures=cancel_futures)
        if wait:
            with self._lock:
                self._ended = True
                for process in self._started:
                    process.end()
                self._started.clear()


class _Process:
    """A spawned process that is sent functions and sends back what they return."""

    def __init__(self, threads: int):
        context = multiprocessing.get_context("spawn")
        self._line, other = context.Pipe()
        self._process: SpawnProcess = context.Process(target=_serve, args=(other, threads))
        with nothing_inherited():
            self._process.start()
        other.close()

    def call(self, function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        try:
            self._line.send((function, args, kwargs))
            answer, problem = self._line.recv()
        except (EOFError, OSError):
            self._process.join()
            raise BrokenExecutor(_ending(self._process.exitcode)) from None
        if problem is not None:
            raise problem
        return answer

    def kill(self) -> None:
        self._process.kill()

    def end(self) -> None:
        self._line.close()
        self._process.join()


def _ending(code: int | None) -> str:
    """How a process ended, in words."""
    if code is None or code >= 0:
        return f"its process ended with exit code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = str(-code)
    return f"its process was killed ({name})"


def _serve(line: Connection, threads: int) -> None:
    """What a process does: call what it is sent, until nobody is there any more."""
    begin(threads)
    while True:
        try:
            function, args, kwargs = line.recv()
        except (EOFError, OSError):
            return
        except Exception as problem:  # a function that is not there in this process
            line.send((None, _plain(problem)))
            continue
        try:
            line.send((function(*args, **kwargs), None))
        except (Exception, SystemExit) as problem:
            line.send((None, _plain(problem)))


def _plain(problem: BaseException) -> RuntimeError:
    """An exception that can be sent, whatever the problem is made of."""
    return RuntimeError(" ".join(f"{type(problem).__name__}: {problem}".split()))
