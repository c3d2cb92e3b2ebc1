"""The parts of experiments on any executor: this process, processes of its own, a cluster.

What is sent to another process is the name of a module, a part as JSON can hold it, and the
versions and the source that its numbers are to come from; a worker that has others refuses. What
comes back does not depend on where or in which order the parts were computed.
"""

from __future__ import annotations

import contextlib
import platform
import traceback
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, as_completed
from dataclasses import dataclass
from typing import TypeAlias

from analogtheory import __version__
from analogtheory.errors import InputError, MissingExtra
from analogtheory.experiments import parts, registry, store
from analogtheory.experiments.core import Experiment
from analogtheory.experiments.parts import Done, Part
from analogtheory.experiments.processes import Processes
from analogtheory.experiments.work import Work
from analogtheory.spawning import processors

#: Called with the share of the work that is done, and with a few words on it.
Watch: TypeAlias = Callable[[float, str], None]


class WorkerError(RuntimeError):
    """A part was not computed because its worker died or cannot be used; one line says why."""


#: Problems that one line says all about.
ONE_LINE = (InputError, MissingExtra, WorkerError)


def unseen(share: float, words: str) -> None:
    """A watch that nobody looks at."""


# ------------------------------------------------------------------ in other processes


@dataclass(frozen=True)
class Task:
    """A part by names, so that any process finds it, and where its numbers are to come from."""

    module: str
    part: Part
    versions: Mapping[str, str]
    source: str


@dataclass(frozen=True)
class Failed:
    """Why a part has no numbers; the traceback where one line does not say all."""

    reason: str
    trace: str = ""

    def as_exception(self) -> Exception:
        """The problem, to be raised or shown in this process."""
        if self.trace:
            return RuntimeError(f"{self.reason}\n{self.trace}")
        return InputError(self.reason)


def perform(task: Task) -> Done | Failed:
    """Compute a part in whichever process this is; never raises, since not all can be sent."""
    try:
        experiment = registry.load(task.module.removeprefix(f"{registry.PACKAGE}."))
        _refuse_others(task, experiment)
        return parts.compute(experiment, task.part)
    except (InputError, MissingExtra) as problem:
        return Failed(str(problem))
    except (Exception, SystemExit) as problem:
        reason = " ".join(f"{type(problem).__name__}: {problem}".split())
        return Failed(reason, traceback.format_exc())


def _refuse_others(task: Task, experiment: Experiment) -> None:
    """Refuse to compute with other versions or another source than those asked for."""
    here = {**store.versions(), "source": store.source_of(experiment)[:12]}
    wanted = {**task.versions, "source": task.source[:12]}
    names = [name for name in wanted if here.get(name) != wanted[name]]
    if names:
        own, asked = (
            ", ".join(f"{name} {values.get(name, 'none')}" for name in ("analogtheory", *names))
            for values in (here, wanted)
        )
        raise InputError(
            f"the worker on {platform.node()} has {own}, where {asked} started the run; use the "
            "same everywhere, and do not change it while a run goes on"
        )


# ------------------------------------------------------------------ working it off


def work_off(
    works: Sequence[Work],
    *,
    executor: Executor | None = None,
    jobs: int | None = None,
    watch: Watch = unseen,
) -> Generator[Work, None, None]:
    """Compute what is pending, and yield each experiment once nothing of it is.

    Parameters
    ----------
    works : sequence of Work
    executor : concurrent.futures.Executor, optional
        Computes the parts; without it processes of this call's own do, or this process if only
        one part is pending. It stays open.
    jobs : int, optional
        How many own processes; by default one a processor. 1 computes in this process.
    watch : callable

    Raises
    ------
    InputError
        If `jobs` is less than 1, or a part cannot be written.
    """
    if jobs is not None and jobs < 1:
        raise InputError(f"jobs {jobs}: give a whole number ≥ 1")
    yield from [work for work in works if not work.pending]
    queue = [(work, part) for work in works for part in work.pending.values()]
    processes = min(jobs or processors(), len(queue))
    if executor is not None:
        stream = _submitted(executor, queue)
    elif processes > 1:
        stream = _in_processes(processes, queue)
    else:
        stream = _in_turn(queue, watch)
    with contextlib.closing(stream):
        for number, (work, part, outcome) in enumerate(stream, start=1):
            work.take(part, outcome)
            watch(number / len(queue), words_on(works, len(queue), number))
            if not work.pending:
                yield work


def words_on(works: Sequence[Work], total: int, number: int) -> str:
    """How many parts are there, and what is waited for towards the end."""
    waiting = [work.experiment.name for work in works if work.pending]
    names = f", waiting for {' '.join(waiting)}" if 0 < len(waiting) <= 2 else ""
    return f"{number}/{total} parts{names}"


_Stream: TypeAlias = Generator[tuple[Work, Part, Done | Exception], None, None]


def _in_turn(queue: Sequence[tuple[Work, Part]], watch: Watch) -> _Stream:
    """In this process, one after the other."""
    for number, (work, part) in enumerate(queue):
        words = f"{number}/{len(queue)} parts, {work.experiment.name}"

        def show(share: float, number: int = number, words: str = words) -> None:
            watch((number + share) / len(queue), words)

        try:
            outcome: Done | Exception = parts.compute(work.experiment, part, show)
        except Exception as problem:
            outcome = problem
        yield work, part, outcome


def _in_processes(jobs: int, queue: Sequence[tuple[Work, Part]]) -> _Stream:
    pool = Processes(jobs, threads=max(1, processors() // jobs))
    try:
        yield from _submitted(pool, queue)
    except BaseException:  # also when the reader stops: nothing keeps running
        pool.kill()
        raise
    finally:
        pool.shutdown()


def _submitted(executor: Executor, queue: Sequence[tuple[Work, Part]]) -> _Stream:
    futures: dict[Future[Done | Failed], tuple[Work, Part]] = {}
    tasks = [(work, part, task_of(work.experiment, part)) for work, part in queue]
    try:
        for work, part, task in tasks:
            futures[_submit(executor, task)] = work, part
        for future in as_completed(futures):
            yield (*futures[future], _outcome(future))
    finally:
        for future in futures:
            future.cancel()


def task_of(experiment: Experiment, part: Part) -> Task:
    """A part as it is sent.

    Raises
    ------
    InputError
        If the experiment is in no module, so that no other process could find it.
    """
    module = registry.module_of(experiment)
    if not module:
        raise InputError(
            f"{experiment.name}: is EXPERIMENT of no module, so other processes cannot find it; "
            "use jobs=1"
        )
    return Task(module, part, store.versions(), store.source_of(experiment))


def _submit(executor: Executor, task: Task) -> Future[Done | Failed]:
    """Submit; if the executor broke meanwhile, a future that says so."""
    try:
        return executor.submit(perform, task)
    except BrokenExecutor as problem:
        failed: Future[Done | Failed] = Future()
        failed.set_exception(problem)
        return failed


def _outcome(future: Future[Done | Failed]) -> Done | Exception:
    try:
        result = future.result()
    except CancelledError:
        return WorkerError("was cancelled: the cluster or the executor went away")
    except BrokenExecutor as problem:
        return WorkerError(" ".join(str(problem).split()))
    except ImportError as problem:  # none that a part raises, see perform
        return WorkerError(
            f"a worker cannot load analogtheory {__version__} ({problem}); install the same on all "
            "workers"
        )
    except Exception as problem:
        return WorkerError(" ".join(f"{type(problem).__name__}: {problem}".split()))
    return result if isinstance(result, Done) else result.as_exception()
