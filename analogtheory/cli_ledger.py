"""The ledger's commands: `verify`, `new-claim`, and what `list claims` prints."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from analogtheory.cli_common import (
    EXIT_FAILS,
    EXIT_HOLDS,
    check_writable,
    write_json,
    write_text,
)
from analogtheory.errors import InputError

if TYPE_CHECKING:
    from analogtheory.claims.claim import Claim
    from analogtheory.claims.ledger import Result
    from analogtheory.claims.runner import LedgerReport, Watch

_VERIFY_EPILOG = """\
CLAIM is the id of a claim (analogtheory list claims), a pattern such as 'residual-*', or a Python
file with claims of your own (analogtheory new-claim NAME); THIS RUNS THE FILE. With files, ids and
patterns choose among the claims of those files.

Evidence, strongest first. proved: for all parameters that the hypotheses allow; certified: on a
box, or a number with a proved half-width; exact: deterministic numerics with a stated error;
supported: sampling, with its error probability. A twin is the claim with one thing changed, and
must be rejected. A printed statement that is false stays on record as refuted, with its repair.

Exit code 0: everything is as on record; 1: a claim that should hold does not, a twin survives, or
a statement on record as refuted is not refuted any more; 2: the input cannot be used. A claim that
only an extra can decide is listed with the extra's name; --strict makes it fail.
"""


def add_commands(commands: Any) -> None:
    """Add `verify` and `new-claim` to the parser."""
    verify = commands.add_parser(
        "verify",
        help="every claim of the ledger, with its broken twins",
        description="Run the claims of the ledger: theorems as printed, repaired or derived, each\n"
        "with its proof or its counterexample, and with broken twins that must be rejected.",
        epilog=_VERIFY_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verify.add_argument("claims", nargs="*", metavar="CLAIM", help="id, pattern or FILE.py")
    _add_selection(verify.add_argument_group("selection"))
    _add_running(verify.add_argument_group("running"))
    _add_output(verify.add_argument_group("output"))
    verify.set_defaults(run=_run_verify)
    new = commands.add_parser(
        "new-claim",
        help="write a claim to start from",
        description="Write claim_NAME.py: a claim with comments, which runs as it is. "
        "Then: analogtheory verify claim_NAME.py, or pytest.",
    )
    new.add_argument("name", metavar="NAME", help="lower-case words joined by hyphens")
    new.add_argument("--folder", default=".", metavar="FOLDER", help="where (this folder)")
    new.set_defaults(run=_run_new_claim)


def _add_selection(group: Any) -> None:
    group.add_argument(
        "--paper", action="append", default=[], metavar="NUMBER",
        help="claims of this paper (2502.06309), or of none (derived); may be repeated",
    )  # fmt: skip
    group.add_argument(
        "--form", action="append", default=[], choices=("printed", "repaired", "derived"),
        help="claims of this form; may be repeated",
    )  # fmt: skip


def _add_running(group: Any) -> None:
    group.add_argument("--quick", action="store_true", help="smaller grids and samples")
    group.add_argument("--seed", type=int, default=1, metavar="N", help="(%(default)s)")
    group.add_argument("--jobs", type=int, metavar="N", help="processes (one a processor)")
    group.add_argument("--strict", action="store_true", help="a missing extra is a failure")
    group.add_argument(
        "--recheck", metavar="PATH",
        help="re-check stored certificates (file or folder), with the independent checker alone",
    )  # fmt: skip


def _add_output(group: Any) -> None:
    group.add_argument(
        "--explain", action="store_true",
        help="each claim whole: statement, source, hypotheses, steps, counterexample, twins",
    )  # fmt: skip
    group.add_argument("--json", metavar="FILE", help="write the report as JSON (- : stdout)")
    group.add_argument("--certificates", metavar="FOLDER", help="write ID.json for each claim")
    group.add_argument("--html", metavar="FILE", help="write the ledger as one page")
    group.add_argument("--errata", metavar="FILE", help="write what is refuted, and its repairs")


# -------------------------------------------------------------------------------- commands


def _run_verify(options: argparse.Namespace) -> int:
    if options.recheck is not None:
        return _run_recheck(options)
    _check_outputs(options)
    with contextlib.redirect_stdout(sys.stderr):  # what claims print is not our output
        report = _ledger(options)
    _write_outputs(report, options)
    if options.json != "-":
        print(_shown(report, options.explain))
    return EXIT_HOLDS if report.all_as_expected else EXIT_FAILS


def _check_outputs(options: argparse.Namespace) -> None:
    """What cannot be written is refused before the work, not after it."""
    for option in ("json", "html", "errata"):
        path = getattr(options, option)
        if path is not None and not (option == "json" and path == "-"):
            check_writable(path, f"--{option}")
    folder = options.certificates
    if folder is not None and os.path.exists(folder) and not os.path.isdir(folder):
        raise InputError(f"--certificates {folder}: is a file; name a folder")


def _ledger(options: argparse.Namespace) -> LedgerReport:
    from analogtheory.claims.runner import make_run, run_ledger

    run = make_run(options.quick, options.seed)
    claims = _selected(options)
    with _progress(len(claims)) as watch:
        return run_ledger(
            claims,
            run,
            jobs=options.jobs,
            strict=options.strict,
            seconds=_known_seconds(options.json),
            watch=watch,
        )


def _selected(options: argparse.Namespace) -> list[Claim]:
    from analogtheory.claims.collect import collect
    from analogtheory.claims.selection import select

    files = [word for word in options.claims if word.endswith(".py")]
    words = [word for word in options.claims if not word.endswith(".py")]
    for word in words:
        if os.path.isdir(word):
            raise InputError(f"verify {word}: is a folder; name its Python files")
    return select(collect(files), words, papers=options.paper, forms=options.form)


def _known_seconds(path: str | None) -> dict[str, float]:
    """How long claims took in the report that is about to be written again."""
    try:
        with open(path or "", encoding="utf-8") as file:
            return {row["id"]: float(row["seconds"]) for row in json.load(file)["claims"]}
    except (OSError, ValueError, KeyError, TypeError):
        return {}  # only the order of execution depends on it


@contextlib.contextmanager
def _progress(number: int) -> Iterator[Watch | None]:
    """One line on a terminal that says how far the run is; nothing elsewhere."""
    if not sys.stderr.isatty():
        yield None
        return
    start, failed = time.perf_counter(), 0

    def watch(result: Result, waiting: list[str]) -> None:
        nonlocal failed
        failed += result.status == "failed"
        done = number - len(waiting)
        bar = "█" * (24 * done // number)
        problems = f", {failed} failed" if failed else ""
        last = f", waiting for {' '.join(waiting)}" if 0 < len(waiting) <= 2 else ""
        passed = time.perf_counter() - start
        sys.stderr.write(
            f"\r\033[K{bar:░<24} {done}/{number} claims{problems}, {passed:.0f} s{last}"
        )
        sys.stderr.flush()

    try:
        yield watch
    finally:
        sys.stderr.write("\r\033[K")
        sys.stderr.flush()


def _write_outputs(report: LedgerReport, options: argparse.Namespace) -> None:
    if options.certificates is not None:
        from analogtheory.report.ledger_json import write_certificates

        write_certificates(report, options.certificates)
    if options.html is not None:
        from analogtheory.report.ledger_page import render_page

        write_text(render_page(report.results, report.run), options.html, "--html")
    if options.errata is not None:
        from analogtheory.report.errata import render_errata

        write_text(render_errata(report.results), options.errata, "--errata")
    if options.json is not None:
        write_json(report.as_dict(), options.json)


def _shown(report: LedgerReport, whole: bool) -> str:
    if not whole:
        return str(report)
    from analogtheory.report.ledger_explain import explain
    from analogtheory.report.ledger_table import totals_lines

    return "\n\n".join([*map(explain, report.results), "\n".join(totals_lines(report))])


def _run_recheck(options: argparse.Namespace) -> int:
    """Checks files only: no claim runs, and no prover is imported."""
    others = ("claims", "paper", "form", "json", "certificates", "html", "errata", "explain")
    if any(getattr(options, name) for name in others):
        raise InputError("--recheck: goes with no claim and no other output; it reads files only")
    from analogtheory.report.ledger_json import recheck_files

    rows = recheck_files(options.recheck)
    failed = sum(bool(row.problem) and (options.strict or not row.needs) for row in rows)
    width = max(len(row.file) for row in rows)
    for row in rows:
        mark = "?" if row.needs else "✗" if row.problem else "✓"
        print(f"{mark} {row.file:<{width}}  {row.problem or 'proves what it says'}")
    print(f"{len(rows)} files   {failed} failed")
    return EXIT_FAILS if failed else EXIT_HOLDS


def _run_new_claim(options: argparse.Namespace) -> int:
    from analogtheory.claims.template import write_claim

    path = write_claim(options.name, options.folder)
    print(f"{path}\nanalogtheory verify {path}")
    return EXIT_HOLDS


def run_list(path: str | None) -> int:
    """`list claims`: what there is, without running it."""
    from analogtheory.claims.collect import collect
    from analogtheory.claims.selection import select
    from analogtheory.report.ledger_explain import render_claims
    from analogtheory.report.ledger_json import claim_data

    claims = select(collect())
    if path is not None:
        write_json([claim_data(claim) for claim in claims], path)
    if path != "-":
        print(render_claims(claims))
    return EXIT_HOLDS
