"""`verify`: runs the ledger, or a part of it, and says whether everything is as on record."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analogtheory.claims.claim import Claim, Run
from analogtheory.claims.collect import collect, origin_of
from analogtheory.claims.ledger import Result, TwinResult, run_claim, stopped, totals
from analogtheory.claims.selection import select
from analogtheory.claims.workers import Done, Task, by_executor, in_processes
from analogtheory.errors import InputError
from analogtheory.spawning import processors

#: Called after each claim: its result, and the ids that are still to come.
Watch = Callable[[Result, list[str]], None]


@dataclass(frozen=True)
class LedgerReport:
    """What a run of the ledger found; printing it shows the table.

    Attributes
    ----------
    results : tuple of Result
        One a claim, in the order of the ledger.
    run : Run
        How it was run.
    strict : bool
        Whether a claim that an extra leaves undecided counts as failed.
    seconds : float
        From start to end.
    """

    results: tuple[Result, ...]
    run: Run
    strict: bool
    seconds: float

    @property
    def totals(self) -> dict[str, Any]:
        """Counts by evidence, twins rejected out of twins, and the seconds of all claims."""
        return totals(self.results) | {"failed": len(self.failed)}

    @property
    def failed(self) -> tuple[Result, ...]:
        """What is not as on record: a claim, or a twin that survives."""
        bad = ("failed", "undecided") if self.strict else ("failed",)
        return tuple(result for result in self.results if result.status in bad)

    @property
    def all_as_expected(self) -> bool:
        """Whether nothing failed."""
        return not self.failed

    def as_dict(self) -> dict[str, Any]:
        """The report as plain data, after ``report/verify.schema.json``."""
        from analogtheory.report.ledger_json import report_data

        return report_data(self)

    def __str__(self) -> str:
        from analogtheory.report.ledger_table import render_table

        return render_table(self)


def verify(
    selection: str | Sequence[str] = (),
    *,
    quick: bool = False,
    seed: int = 1,
    jobs: int | None = None,
    papers: str | Sequence[str] = (),
    forms: str | Sequence[str] = (),
    files: str | Path | Sequence[str | Path] = (),
    strict: bool = False,
    executor: Executor | None = None,
) -> LedgerReport:
    """Run the claims of the ledger and their broken twins.

    The result does not depend on `jobs`, `executor` or the order of execution.

    Parameters
    ----------
    selection : str or sequence of str
        Ids, or patterns such as ``"residual-*"``; empty runs all.
    quick : bool
        Smaller grids and samples.
    seed : int
        For what remains random.
    jobs : int, optional
        Processes; by default one a processor. 1 runs in this process.
    papers, forms : str or sequence of str
        Only claims of these papers (arXiv numbers, "derived") or of these forms
        ("printed", "repaired", "derived").
    files : path or sequence of paths
        Python files with claims, instead of the package's own. THIS RUNS THEM.
    strict : bool
        Count claims that a missing extra leaves undecided as failed.
    executor : concurrent.futures.Executor, optional
        Runs the claims instead of this call's own processes.

    Raises
    ------
    InputError
        If the selection names nothing, or a file cannot be used.
    """
    chosen = select(
        collect(_listed(files)), _listed(selection), papers=_listed(papers), forms=_listed(forms)
    )
    return run_ledger(chosen, make_run(quick, seed), jobs=jobs, strict=strict, executor=executor)


def _listed(value: Any) -> list[Any]:
    return [value] if isinstance(value, str | Path) else list(value)


def make_run(quick: bool, seed: int) -> Run:
    """How the ledger is run.

    Raises
    ------
    InputError
        If the seed is negative.
    """
    if seed < 0:
        raise InputError(f"seed {seed}: give a whole number ≥ 0")
    return Run(quick=quick, seed=seed)


def run_ledger(
    claims: Sequence[Claim],
    run: Run,
    *,
    jobs: int | None = None,
    strict: bool = False,
    executor: Executor | None = None,
    seconds: Mapping[str, float] | None = None,
    watch: Watch | None = None,
) -> LedgerReport:
    """Run claims that were already selected.

    Parameters
    ----------
    seconds : dict of str to float, optional
        How long claims took before: the longest start first.
    watch : callable, optional
        ``watch(result, ids still to come)`` after each claim.

    Raises
    ------
    InputError
        If `jobs` is less than 1.
    """
    if jobs is not None and jobs < 1:
        raise InputError(f"jobs {jobs}: give a whole number ≥ 1")
    start = time.perf_counter()
    jobs = min(jobs or processors(), len(claims))
    known = seconds or {}
    queue = sorted(claims, key=lambda claim: -known.get(claim.id, float("inf")))
    found: dict[str, Result] = {}
    with contextlib.closing(_results(queue, run, jobs, executor)) as stream:
        for result in stream:
            found[result.claim.id] = result
            if watch is not None:
                watch(result, [claim.id for claim in queue if claim.id not in found])
    results = tuple(found[claim.id] for claim in claims)
    return LedgerReport(results, run, strict, time.perf_counter() - start)


def _results(
    claims: Sequence[Claim], run: Run, jobs: int, executor: Executor | None
) -> Generator[Result, None, None]:
    if executor is None and jobs == 1:
        yield from (run_claim(claim, run) for claim in claims)
        return
    tasks = [Task(origin_of(claim), claim.id, run) for claim in claims]
    by_id = {claim.id: claim for claim in claims}
    outcomes = in_processes(tasks, jobs) if executor is None else by_executor(executor, tasks)
    for task, outcome in outcomes:
        yield _result(by_id[task.id], outcome)


def _result(claim: Claim, outcome: Done | Exception) -> Result:
    """The result; undecided if the process that ran the claim failed."""
    if isinstance(outcome, Done):
        return Result(claim, outcome.evidence, outcome.twins, outcome.seconds)
    reason = " ".join(f"{type(outcome).__name__}: {outcome}".split())
    twins = tuple(TwinResult(twin.change, None, reason) for twin in claim.twins)
    return Result(claim, stopped(reason), twins, 0.0)
