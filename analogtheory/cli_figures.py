"""The command `figures`: experiments and their pictures, regenerated or compared."""

from __future__ import annotations

import argparse
import contextlib
import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analogtheory.cli_common import EXIT_FAILS, EXIT_HOLDS, EXIT_INPUT, EXIT_INTERRUPTED
from analogtheory.errors import InputError

if TYPE_CHECKING:
    from analogtheory.experiments.core import Experiment, Size
    from analogtheory.experiments.run import Outcome

_EPILOG = """\
For each experiment: NAME.npz (every number in the picture), NAME.json (inputs, seed, versions,
SHA-256 sums, caption, claims), NAME.pdf and NAME.png; for some NAME.md, a table; and index.html,
one page with all figures that are there. Quick sizes go into the folder quick of the output
folder. Numbers that are there already are used again if inputs, versions and source are the same;
the picture is always drawn.

The independent parts of all experiments are computed by one process a processor, or by a running
Dask cluster (--scheduler tcp://HOST:8786; extra 'cluster'); the numbers are the same bits. Each
part is kept in OUT/parts as soon as it is there, so that the same command goes on where a run was
cut off. --shard i/n computes every n-th part, i = 1, …, n, and keeps the parts; copy the folders of
all shards into one, and the command without --shard joins them. --shard needs no cluster.

--check computes the quick sizes again and compares them with OUT/quick within tolerances that are
derived from the error bars. Exit code 0: done, or the same; 1: something differs; 2: the input
cannot be used, or an experiment failed (the others are done all the same); 130: interrupted.
"""


def add_commands(commands: Any) -> None:
    """Add `figures` to the parser."""
    figures = commands.add_parser(
        "figures",
        help="experiments: their numbers and pictures",
        description="Run experiments and draw them: closed forms beside simulations.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    figures.add_argument("names", nargs="*", metavar="NAME", help="experiments (all)")
    size = figures.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_true", help="small sizes, some seconds each")
    size.add_argument("--full", action="store_true", help="the sizes that are printed (default)")
    figures.add_argument("--check", action="store_true", help="compare quick sizes with stored")
    figures.add_argument("--force", action="store_true", help="compute even what is current")
    figures.add_argument(
        "--out", type=Path, default=Path("paper_figs"), metavar="FOLDER", help="(%(default)s)"
    )
    figures.add_argument("--list", action="store_true", help="the experiments, one a line")
    running = figures.add_argument_group("running")
    running.add_argument("--jobs", type=int, metavar="N", help="processes (one a processor)")
    running.add_argument("--scheduler", metavar="ADDRESS", help="of a running Dask cluster")
    running.add_argument("--shard", metavar="i/n", help="compute the i-th of n shares of the parts")
    figures.set_defaults(run=_run_figures)


def _run_figures(options: argparse.Namespace) -> int:
    from analogtheory.experiments.registry import select
    from analogtheory.experiments.shard import read_shard

    _refuse_what_does_not_go_together(options)
    shard = None if options.shard is None else read_shard(options.shard)
    chosen = select(options.names)
    if options.list:
        return _list(chosen)
    return _check(chosen, options) if options.check else _regenerate(chosen, options, shard)


def _refuse_what_does_not_go_together(options: argparse.Namespace) -> None:
    others = (options.full, options.force, options.list, options.shard)
    if options.check and any(others):
        raise InputError(
            "figures --check: compares quick sizes; goes with NAME, --quick, --out, --jobs and "
            "--scheduler"
        )
    if options.scheduler is not None and options.jobs is not None:
        raise InputError("figures --jobs: is for processes here; --scheduler has its own workers")


def _list(chosen: list[Experiment]) -> int:
    width = max(len(experiment.name) for experiment in chosen)
    for experiment in chosen:
        print(f"{experiment.name:<{width}}  {experiment.title}")
    return EXIT_HOLDS


@contextlib.contextmanager
def _running(options: argparse.Namespace) -> Iterator[tuple[dict[str, Any], _Bar]]:
    """What computes, as keyword arguments, and the bar that watches it."""
    bar = _Bar()
    with contextlib.ExitStack() as stack:
        executor: Executor | None = None
        if options.scheduler is not None:
            from analogtheory.experiments.cluster import cluster

            executor = stack.enter_context(cluster(options.scheduler, say=_say))
        stack.callback(bar.clear)
        bar.watch(0.0, "starting")
        yield {"executor": executor, "jobs": options.jobs, "watch": bar.watch}, bar


def _regenerate(
    chosen: list[Experiment], options: argparse.Namespace, shard: tuple[int, int] | None
) -> int:
    from analogtheory.experiments.run import regenerated
    from analogtheory.experiments.store import folder_of
    from analogtheory.report.figures_page import write_page

    size: Size = "quick" if options.quick else "full"
    folder, problems, missing = folder_of(options.out, size), {}, 0
    try:
        with (
            _running(options) as (how, bar),
            contextlib.closing(
                regenerated(chosen, size, options.out, force=options.force, shard=shard, **how)
            ) as outcomes,
        ):
            for outcome in outcomes:
                bar.clear()
                _tell(outcome, folder)
                missing += outcome.missing
                if outcome.problem is not None:
                    problems[outcome.name] = outcome.problem
    except KeyboardInterrupt:
        _say(f"interrupted{_kept(chosen, folder)}")
        return EXIT_INTERRUPTED
    page = write_page(folder)
    if page is not None:
        print(page)
    if problems:
        return _failed(problems, _kept(chosen, folder) if missing else "")
    return EXIT_HOLDS


def _tell(outcome: Outcome, folder: Path) -> None:
    """One line on an experiment."""
    for note in outcome.note.splitlines():
        _say(note)
    if outcome.problem is not None:
        print(f"{outcome.name}: failed", flush=True)
    elif outcome.missing:
        parts = "1 part is" if outcome.missing == 1 else f"{outcome.missing} parts are"
        print(f"{outcome.name}: {parts} left to other shards", flush=True)
    else:
        how = "stored numbers" if outcome.reused else f"computed in {outcome.seconds:.1f} s"
        print(f"{outcome.name}: {how}; {folder / outcome.name}.*", flush=True)


def _kept(chosen: Sequence[Experiment], folder: Path) -> str:
    """What an unfinished run leaves behind, in words."""
    from analogtheory.experiments.parts import folder_of

    number = sum(len(list(folder_of(folder, one).glob("*.npz"))) for one in chosen)
    if not number:
        return ""
    parts = "1 part that is done is" if number == 1 else f"{number} parts that are done are"
    return f"; {parts} kept in {folder / 'parts'}, and the same command goes on from there"


def _check(chosen: list[Experiment], options: argparse.Namespace) -> int:
    from analogtheory.experiments.compare import compared

    differing, problems = [], {}
    with (
        _running(options) as (how, bar),
        contextlib.closing(compared(chosen, options.out, **how)) as comparisons,
    ):
        for found in comparisons:
            bar.clear()
            if found.problem is not None:
                problems[found.name] = found.problem
                continue
            print(f"{'✗' if found.lines else '✓'} {found.name}  {found.seconds:.1f} s", flush=True)
            for line in found.lines:
                print(f"    {line}")
            differing += [found.name] if found.lines else []
    if differing:
        print(f"differs: {' '.join(differing)}")
    if problems:
        return _failed(problems)
    return EXIT_FAILS if differing else EXIT_HOLDS


def _failed(problems: dict[str, Exception], kept: str = "") -> int:
    """Say at the end what failed; what is no matter of the input, with its traceback."""
    from analogtheory.experiments.sweep import ONE_LINE

    for name, problem in problems.items():
        if isinstance(problem, ONE_LINE):
            _say(f"{name}: {problem}")
        else:
            _say(f"{name}: failed\n{''.join(traceback.format_exception(problem)).rstrip()}")
    if kept or len(problems) > 1:
        _say(f"failed: {' '.join(problems)}{kept}")
    return EXIT_INPUT


def _say(text: str) -> None:
    print(f"analogtheory: {text}", file=sys.stderr)


class _Bar:
    """A bar on a terminal while the work goes on; nothing elsewhere."""

    def __init__(self) -> None:
        self._shown, self._start = sys.stderr.isatty(), time.perf_counter()

    def watch(self, share: float, words: str) -> None:
        """Draw it again."""
        bar = "█" * round(24 * min(max(share, 0.0), 1.0))
        passed = time.perf_counter() - self._start
        self._write(f"\r\033[K{bar:░<24} {share:4.0%} {words}, {passed:.0f} s")

    def clear(self) -> None:
        """Make way for a line of output."""
        self._write("\r\033[K")

    def _write(self, text: str) -> None:
        if self._shown:
            sys.stderr.write(text)
            sys.stderr.flush()
