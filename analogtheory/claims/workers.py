"""Runs claims in other processes: a claim that breaks its process is undecided, not a crash."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from types import ModuleType

from analogtheory.claims.claim import Run
from analogtheory.claims.collect import claims_in, load
from analogtheory.claims.evidence import Evidence
from analogtheory.claims.ledger import TwinResult, run_claim

#: Libraries whose threads would compete with the processes.
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True)
class Task:
    """A claim by the place that defines it, so that another process finds it."""

    origin: str
    id: str
    run: Run


@dataclass(frozen=True)
class Done:
    """What a process sends back; the claim itself stays where it is."""

    evidence: Evidence
    twins: tuple[TwinResult, ...]
    seconds: float


def perform(task: Task) -> Done:
    """Run one claim with its twins."""
    claim = next(item for item in claims_in(load(task.origin)) if item.id == task.id)
    result = run_claim(claim, task.run)
    return Done(result.evidence, result.twins, result.seconds)


def by_executor(
    executor: Executor, tasks: Sequence[Task]
) -> Iterator[tuple[Task, Done | Exception]]:
    """Each task with its result, as they come; the executor stays open."""
    futures: dict[Future[Done], Task] = {}
    try:
        for task in tasks:
            futures[executor.submit(perform, task)] = task
        for future in as_completed(futures):
            yield futures[future], _outcome(future)
    finally:
        for future in futures:
            future.cancel()


def in_processes(tasks: Sequence[Task], jobs: int) -> Iterator[tuple[Task, Done | Exception]]:
    """Each task with its result, as they come, from processes of this run's own.

    A process that dies takes the whole pool with it; what it left undone runs again, one
    claim a process, so that only the claim that kills its process stays undecided.
    """
    broken = []
    for task, outcome in _in_pool(tasks, jobs):
        if isinstance(outcome, BrokenProcessPool):
            broken.append(task)
        else:
            yield task, outcome
    for task in broken:
        for _, outcome in _in_pool([task], 1):
            died = isinstance(outcome, BrokenProcessPool)
            yield task, RuntimeError("its process died") if died else outcome


def _in_pool(tasks: Sequence[Task], jobs: int) -> Iterator[tuple[Task, Done | Exception]]:
    others = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(
        jobs, mp_context=multiprocessing.get_context("spawn"), initializer=_begin
    )
    futures: dict[Future[Done], Task] = {}
    try:
        with _nothing_inherited():
            for task in tasks:
                futures[_submit(pool, task)] = task
        for future in as_completed(futures):
            yield futures[future], _outcome(future)
    except BaseException:  # also when the reader stops: nothing keeps running
        for process in set(multiprocessing.active_children()) - others:
            process.kill()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _submit(pool: ProcessPoolExecutor, task: Task) -> Future[Done]:
    """Submit; if the pool broke meanwhile, a future that says so."""
    try:
        return pool.submit(perform, task)
    except BrokenProcessPool as problem:
        failed: Future[Done] = Future()
        failed.set_exception(problem)
        return failed


def _outcome(future: Future[Done]) -> Done | Exception:
    try:
        return future.result()
    except (Exception, SystemExit) as problem:
        return problem if isinstance(problem, Exception) else RuntimeError(repr(problem))


def _begin() -> None:
    """A process begins: interrupts are its parent's affair, prints go to standard error."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.dup2(2, 1)
    parent = multiprocessing.parent_process()
    assert parent is not None

    def end_with_parent() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=end_with_parent, daemon=True).start()


@contextlib.contextmanager
def _nothing_inherited() -> Iterator[None]:
    """While processes start: no interrupt reaches them, one thread each, no main script.

    A spawned process imports its parent's main script; a script that calls `verify` at top
    level would then start the ledger again and again, and nothing here needs it.
    """
    main, sys.modules["__main__"] = sys.modules["__main__"], ModuleType("__main__")
    added = {name: "1" for name in _THREADS if name not in os.environ}
    os.environ |= added
    masks = hasattr(signal, "pthread_sigmask")
    old = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT}) if masks else None
    try:
        yield
    finally:
        sys.modules["__main__"] = main
        for name in added:
            del os.environ[name]
        if old is not None:
            signal.pthread_sigmask(signal.SIG_SETMASK, old)
