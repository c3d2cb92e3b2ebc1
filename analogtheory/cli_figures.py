"""The command `figures`: experiments and their pictures, regenerated or compared."""

from __future__ import annotations

import argparse
import contextlib
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analogtheory.cli_common import EXIT_FAILS, EXIT_HOLDS
from analogtheory.errors import InputError

if TYPE_CHECKING:
    from analogtheory.experiments.core import Experiment, Progress, Size

_EPILOG = """\
For each experiment: NAME.npz (every number in the picture), NAME.json (inputs, seed, versions,
SHA-256 sums, caption, claims), NAME.pdf and NAME.png; for some NAME.md, a table. Quick sizes go
into the folder quick of the output folder. Numbers that are there already are used again if
inputs, versions and source are the same; the picture is always drawn.

--check computes the quick sizes again and compares them with OUT/quick within tolerances that are
derived from the error bars. Exit code 0: done, or the same; 1: something differs; 2: the input
cannot be used.
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
    figures.set_defaults(run=_run_figures)


def _run_figures(options: argparse.Namespace) -> int:
    from analogtheory.experiments.registry import select

    if options.check and (options.full or options.force or options.list):
        raise InputError("figures --check: compares quick sizes; goes with NAME, --quick and --out")
    chosen = select(options.names)
    if options.list:
        return _list(chosen)
    if options.check:
        return _check(chosen, options.out)
    return _regenerate(chosen, options)


def _list(chosen: list[Experiment]) -> int:
    width = max(len(experiment.name) for experiment in chosen)
    for experiment in chosen:
        print(f"{experiment.name:<{width}}  {experiment.title}")
    return EXIT_HOLDS


def _regenerate(chosen: list[Experiment], options: argparse.Namespace) -> int:
    from analogtheory.experiments.run import regenerate

    size: Size = "quick" if options.quick else "full"
    for number, experiment in enumerate(chosen, start=1):
        label = f"{experiment.name} ({number}/{len(chosen)})"
        with _progress(label) as progress:
            done = regenerate(experiment, size, options.out, force=options.force, progress=progress)
        if done.note:
            print(f"analogtheory: {done.note}", file=sys.stderr)
        how = "stored numbers" if done.reused else f"computed in {done.seconds:.1f} s"
        print(f"{experiment.name}: {how}; {done.files[0].parent / experiment.name}.*", flush=True)
    return EXIT_HOLDS


def _check(chosen: list[Experiment], out: Path) -> int:
    from analogtheory.experiments.run import check

    failed = []
    for number, experiment in enumerate(chosen, start=1):
        start = time.perf_counter()
        with _progress(f"{experiment.name} ({number}/{len(chosen)})") as progress:
            lines = check(experiment, out, progress)
        seconds = time.perf_counter() - start
        print(f"{'✗' if lines else '✓'} {experiment.name}  {seconds:.1f} s", flush=True)
        for line in lines:
            print(f"    {line}")
        if lines:
            failed.append(experiment.name)
    if failed:
        print(f"differs: {' '.join(failed)}")
    return EXIT_FAILS if failed else EXIT_HOLDS


@contextlib.contextmanager
def _progress(label: str) -> Iterator[Progress]:
    """A bar on a terminal; nothing elsewhere."""
    if not sys.stderr.isatty():
        from analogtheory.experiments.core import silent

        yield silent
        return
    start = time.perf_counter()

    def show(share: float) -> None:
        bar = "█" * round(24 * min(max(share, 0.0), 1.0))
        passed = time.perf_counter() - start
        sys.stderr.write(f"\r\033[K{bar:░<24} {share:4.0%} {label}, {passed:.0f} s")
        sys.stderr.flush()

    try:
        show(0.0)
        yield show
    finally:
        sys.stderr.write("\r\033[K")
        sys.stderr.flush()
