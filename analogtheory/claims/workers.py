"""Runs claims in other processes: a claim that breaks its process is undecided, not a crash."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import (
    BrokenExecutor,
    Executor,
    Future,
    ProcessPoolExecutor,
    as_completed,
)
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass

from analogtheory.claims.claim import Run
from analogtheory.claims.collect import claims_in, load
from analogtheory.claims.evidence import Evidence
from analogtheory.claims.ledger import TwinResult, run_claim
from analogtheory.spawning import begin, nothing_inherited


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
            futures[_submit(executor, task)] = task
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
        jobs, mp_context=multiprocessing.get_context("spawn"), initializer=begin
    )
    futures: dict[Future[Done], Task] = {}
    try:
        with nothing_inherited():
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


def _submit(executor: Executor, task: Task) -> Future[Done]:
    """Submit; if the executor broke meanwhile, a future that says so."""
    try:
        return executor.submit(perform, task)
    except BrokenExecutor as problem:
        failed: Future[Done] = Future()
        failed.set_exception(problem)
        return failed


def _outcome(future: Future[Done]) -> Done | Exception:
    try:
        return future.result()
    except (Exception, SystemExit) as problem:
        return problem if isinstance(problem, Exception) else RuntimeError(repr(problem))
