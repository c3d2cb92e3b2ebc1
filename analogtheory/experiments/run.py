"""Running experiments: compute or reuse the numbers, and draw them."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analogtheory.errors import InputError
from analogtheory.experiments import parts, registry, store
from analogtheory.experiments.compare import check, compared, differences
from analogtheory.experiments.core import Data, Experiment, Progress, Size, silent
from analogtheory.experiments.look import paper_style
from analogtheory.experiments.shard import shares
from analogtheory.experiments.sweep import Watch, unseen, work_off
from analogtheory.experiments.work import Work

__all__ = ["Outcome", "check", "compared", "differences", "draw", "figures", "regenerate"]


@dataclass(frozen=True)
class Outcome:
    """What became of one experiment.

    Attributes
    ----------
    name : str
    files : list of Path
        Numbers, record, PDF, PNG, and the table if there is one.
    reused : bool
        Whether the numbers were there already, from the same inputs, versions and source.
    note : str
        What was wrong with stored numbers that had to be computed again, or "".
    seconds : float
        Of the computation, all parts together; 0 where reused.
    missing : int
        Parts that other shards still have to compute; nothing is drawn before.
    problem : Exception, optional
        Why it has no numbers or no picture; the other experiments are done all the same.
    """

    name: str
    files: list[Path]
    reused: bool = False
    note: str = ""
    seconds: float = 0.0
    missing: int = 0
    problem: Exception | None = None


def figures(
    names: str | Sequence[str] = (),
    size: Size = "full",
    out: str | Path = "paper_figs",
    *,
    executor: Executor | None = None,
    jobs: int | None = None,
    force: bool = False,
    shard: tuple[int, int] | None = None,
    watch: Watch = unseen,
) -> list[Outcome]:
    """Write the numbers and pictures of experiments, and the page that shows them.

    The numbers do not depend on `executor`, `jobs` or `shard`.

    Parameters
    ----------
    names : str or sequence of str
        Experiments; none means all.
    size : {"quick", "full"}
    out : path
        Full results are written there, quick ones into its folder "quick".
    executor : concurrent.futures.Executor, optional
        Computes the parts of all experiments; it must reach processes that can import this
        package (or be a pool of threads), and stays open.
    jobs : int, optional
        Without an executor: processes of this call's own, by default one a processor. 1 computes
        in this process.
    force : bool
        Compute even where current numbers are stored.
    shard : (int, int), optional
        (i, n): compute the i-th of n shares of the parts only, and join what is complete.
    watch : callable, optional
        ``watch(share, words)`` now and then.

    Raises
    ------
    InputError
        If an experiment is not known or the folder cannot be written. The problem of a single
        experiment is in its outcome.

    Examples
    --------
    >>> from concurrent.futures import ProcessPoolExecutor
    >>> with ProcessPoolExecutor() as pool:                                   # doctest: +SKIP
    ...     done = figures(["hamiltonian", "zero_shift"], "quick", executor=pool)
    """
    from analogtheory.report.figures_page import write_page

    chosen, place = registry.select([names] if isinstance(names, str) else names), Path(out)
    settings: dict[str, Any] = {"executor": executor, "jobs": jobs, "watch": watch}
    with contextlib.closing(
        regenerated(chosen, size, place, force=force, shard=shard, **settings)
    ) as stream:
        outcomes = list(stream)
    write_page(store.folder_of(place, size))
    order = [experiment.name for experiment in chosen]
    return sorted(outcomes, key=lambda outcome: order.index(outcome.name))


def regenerate(
    experiment: Experiment,
    size: Size,
    out: Path,
    *,
    force: bool = False,
    progress: Progress = silent,
) -> Outcome:
    """Write the numbers and the picture of one experiment, computed in this process.

    Parameters
    ----------
    experiment : Experiment
    size : {"quick", "full"}
    out : Path
        Full results are written there, quick ones into its folder "quick".
    force : bool
        Compute even where current numbers are stored.
    progress : callable

    Raises
    ------
    InputError
        If the folder cannot be written.
    """
    watched: Watch = lambda share, words: progress(share)  # noqa: E731 (one line, one use)
    [outcome] = regenerated([experiment], size, out, jobs=1, force=force, watch=watched)
    if outcome.problem is not None:
        raise outcome.problem
    return outcome


def regenerated(
    experiments: Sequence[Experiment],
    size: Size,
    out: Path,
    *,
    executor: Executor | None = None,
    jobs: int | None = None,
    force: bool = False,
    shard: tuple[int, int] | None = None,
    watch: Watch = unseen,
) -> Generator[Outcome, None, None]:
    """As :func:`figures`, but each outcome as soon as it is there, and no page."""
    folder = store.folder_of(out, size)
    store.make_folder(folder)
    works = [_begun(experiment, size, folder, force) for experiment in experiments]
    _choose(works, shard or (1, 1), force)
    with contextlib.closing(work_off(works, executor=executor, jobs=jobs, watch=watch)) as stream:
        for work in stream:
            yield _finished(work, size, folder, keep=shard is not None)


def _begun(experiment: Experiment, size: Size, folder: Path, force: bool) -> Work:
    """What is known of an experiment before anything is computed."""
    work = Work(experiment, folder=folder)
    if not force:
        work.stored, note = _current(experiment, size, folder)
        work.notes += [note] if note else []
    try:
        work.parts = parts.parts_of(experiment, size)
    except Exception as problem:
        work.problems += [problem] if work.stored is None else []
    return work


def _choose(works: Sequence[Work], shard: tuple[int, int], force: bool) -> None:
    """Read the parts that are there, and choose those that are to be computed here."""
    counts = [max(1, len(work.parts)) for work in works]
    for work, mine in zip(works, shares(counts, shard), strict=True):
        if work.stored is not None:
            continue
        for number, part in enumerate(work.parts):
            if not (force and number in mine):
                work.look_for(part)
            if number in mine and part.key not in work.found:
                work.pending[part.key] = part


def _current(experiment: Experiment, size: Size, folder: Path) -> tuple[Data | None, str]:
    """Stored numbers if they are whole and what would be computed now."""
    if not (folder / f"{experiment.name}.npz").exists():
        return None, ""
    try:
        stored = store.read(experiment.name, folder)
    except InputError as problem:
        return None, str(problem).partition(";")[0] + "; computed again"
    same = stored.record.get("inputs_sha256") == store.inputs_hash(experiment, size)
    return (stored.data if same else None), ""


def _finished(work: Work, size: Size, folder: Path, keep: bool) -> Outcome:
    """Join the parts if all are there, write the numbers and draw them; `keep` the parts."""
    experiment, reused = work.experiment, work.stored is not None
    known: dict[str, Any] = {"name": experiment.name, "note": "\n".join(work.notes)}
    if work.problems:
        return Outcome(files=[], missing=work.missing, problem=work.problems[0], **known)
    if not reused and work.missing:
        return Outcome(files=[], missing=work.missing, **known)
    try:
        if work.stored is None:
            work.stored = work.joined(size)
            record = store.record_of(experiment, size, work.stored, work.seconds)
            store.write(experiment, folder, work.stored, record)
        else:
            store.update_words(experiment, folder)
        if not keep:
            parts.remove(folder, experiment)
        pictures = draw(experiment, work.stored, folder)
    except Exception as problem:
        return Outcome(files=[], problem=problem, **known)
    finally:
        seconds = work.seconds
        work.forget()
    numbers = [folder / f"{experiment.name}.{ending}" for ending in ("npz", "json")]
    return Outcome(files=[*numbers, *pictures], reused=reused, seconds=seconds, **known)


def draw(experiment: Experiment, data: Data, folder: Path) -> list[Path]:
    """NAME.pdf and NAME.png, the same bytes for the same numbers; NAME.md if there is a table."""
    pdf, png = (folder / f"{experiment.name}.{ending}" for ending in ("pdf", "png"))
    unstamped: dict[str, Any] = {"CreationDate": None, "ModDate": None}
    with paper_style():
        figure = experiment.draw(data)
        store.replace(pdf, lambda f: figure.savefig(f, format="pdf", metadata=unstamped))
        store.replace(png, lambda f: figure.savefig(f, format="png"))
    if experiment.table is None:
        return [pdf, png]
    text, table = experiment.table(data), folder / f"{experiment.name}.md"
    store.replace(table, lambda file: file.write(text.encode()))
    return [pdf, png, table]
